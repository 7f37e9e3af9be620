/* test_status.c: what the status line says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "status.h"

/* Whatever it says, it fits, and nothing in it steers a terminal. */

static char *formatted(unsigned columns, const struct status_text *text)
{
        static char buf[STATUS_COLUMNS_MAX + 1];
        size_t len = status_format(buf, columns, text);

        assert_true(len <= columns && len <= STATUS_COLUMNS_MAX);
        for (size_t i = 0; i < len; i++)
                assert_true(buf[i] >= 0x20 && buf[i] < 0x7f);
        buf[len] = '\0';
        return buf;
}

static struct status_text text_of(const char *path)
{
        return (struct status_text){
                .calls = 12345, .refused = 3, .path = path, .len = path ? strlen(path) : 0};
}

static void says_calls_refused_and_path(void **state)
{
        struct status_text text = text_of("/usr/share/doc");

        (void)state;
        assert_string_equal(formatted(80, &text),
                            "stopgate: 12345 calls, 3 refused, /usr/share/doc");
        text.path = NULL;
        assert_string_equal(formatted(80, &text), "stopgate: 12345 calls, 3 refused");
        text.calls = 1;
        text.permissive = true;
        assert_string_equal(formatted(80, &text), "stopgate: 1 call, 3 would be refused");
}

static void cuts_the_path_in_its_middle(void **state)
{
        struct status_text text = text_of("/usr/share/doc/stopgate/README");

        (void)state;
        assert_string_equal(formatted(64, &text),
                            "stopgate: 12345 calls, 3 refused, /usr/share/doc/stopgate/README");
        assert_string_equal(formatted(63, &text),
                            "stopgate: 12345 calls, 3 refused, /usr/share/do...opgate/README");
        assert_string_equal(formatted(38, &text), "stopgate: 12345 calls, 3 refused, ...E");
        assert_string_equal(formatted(36, &text), "stopgate: 12345 calls, 3 refused, ");
}

static void shows_no_byte_that_a_terminal_could_obey(void **state)
{
        struct status_text text =
                text_of("/\033[2J\n\302\233\342\200\256\303\251\346\274\242\377\177");

        (void)state;
        assert_string_equal(formatted(200, &text), "stopgate: 12345 calls, 3 refused, "
                                                   "/\\x1b[2J\\n\\xc2\\x9b\\u{202e}??\\xff\\x7f");
}

static void holds_any_length(void **state)
{
        static char path[4200];
        struct status_text text = {.calls = UINT64_MAX,
                                   .refused = UINT64_MAX,
                                   .permissive = true,
                                   .path = path,
                                   .len = sizeof(path)};

        (void)state;
        for (int c = 0; c < 256; c++) {
                memset(path, c, sizeof(path));
                for (unsigned columns = 0; columns < 600; columns += 7)
                        formatted(columns > STATUS_COLUMNS_MAX ? STATUS_COLUMNS_MAX : columns,
                                  &text);
        }
        path[0] = '<';
        path[sizeof(path) - 1] = '>';
        assert_non_null(strstr(formatted(STATUS_COLUMNS_MAX, &text), ", <"));
        assert_int_equal(strlen(formatted(STATUS_COLUMNS_MAX, &text)), STATUS_COLUMNS_MAX);
        assert_int_equal(formatted(STATUS_COLUMNS_MAX, &text)[STATUS_COLUMNS_MAX - 1], '>');
}

static void nothing_is_a_status(void **state)
{
        (void)state;
        assert_null(status_new(-1, false));
        assert_false(status_is_due(NULL));
        status_note(NULL, 0, 0, NULL, 0);
        status_check_size(NULL);
        status_yield(NULL);
        status_hide(NULL);
        status_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_calls_refused_and_path),
                cmocka_unit_test(cuts_the_path_in_its_middle),
                cmocka_unit_test(shows_no_byte_that_a_terminal_could_obey),
                cmocka_unit_test(holds_any_length),
                cmocka_unit_test(nothing_is_a_status),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
