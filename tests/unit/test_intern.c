/* test_intern.c: each different string once, by a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "intern.h"
#include "util.h"

static void same_bytes_have_the_same_number(void **state)
{
        struct intern *intern = intern_new(0);

        (void)state;
        assert_int_equal(intern_add(intern, "a", 1), 0);
        assert_int_equal(intern_add(intern, "ab", 2), 1);
        assert_int_equal(intern_add(intern, "", 0), 2);
        assert_int_equal(intern_add(intern, "a\0b", 3), 3);
        assert_int_equal(intern_add(intern, "a", 1), 0);
        assert_int_equal(intern_find(intern, "a\0b", 3), 3);
        assert_int_equal(intern_find(intern, "a\0", 2), INTERN_NONE);
        intern_free(intern);
}

static void words_stand_by_number_and_end_with_nul(void **state)
{
        struct intern *intern = intern_new(0);
        const struct words *words;
        char text[16];
        size_t n;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                int len = snprintf(text, sizeof(text), "name %d", i * 7919 % 1000);

                assert_int_equal(intern_add(intern, text, (size_t)len), i);
        }
        words = intern_words(intern, &n);
        assert_int_equal(n, 1000);
        assert_string_equal(words[0].bytes, "name 0");
        assert_string_equal(words[1].bytes, "name 919");
        assert_int_equal(words[1].len, 8);
        intern_free(intern);
}

static void limit_refuses_what_is_new_alone(void **state)
{
        struct intern *intern = intern_new(2);

        (void)state;
        assert_int_equal(intern_add(intern, "a", 1), 0);
        assert_int_equal(intern_add(intern, "b", 1), 1);
        assert_int_equal(intern_add(intern, "c", 1), INTERN_NONE);
        assert_int_equal(intern_add(intern, "b", 1), 1);
        intern_free(intern);
}

static void limit_holds_for_bytes_as_well(void **state)
{
        struct intern *intern = intern_new(4);
        char text[3 * INTERN_MEAN];

        (void)state;
        memset(text, 'a', sizeof(text));
        assert_int_equal(intern_add(intern, text, sizeof(text)), 0);
        assert_int_equal(intern_add(intern, text, INTERN_MEAN + 1), INTERN_NONE);
        assert_int_equal(intern_add(intern, text, INTERN_MEAN), 1);
        assert_int_equal(intern_add(intern, text, sizeof(text)), 0);
        assert_int_equal(intern_add(intern, "b", 1), INTERN_NONE);
        intern_free(intern);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(same_bytes_have_the_same_number),
                cmocka_unit_test(words_stand_by_number_and_end_with_nul),
                cmocka_unit_test(limit_refuses_what_is_new_alone),
                cmocka_unit_test(limit_holds_for_bytes_as_well),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
