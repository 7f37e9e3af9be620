/* test_names.c: the words for classes, actions and flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "names.h"

static void assert_flags(const struct flag_names *names, uint64_t flags, const char *expected)
{
        char buf[512];

        assert_int_equal(flags_format(names, flags, buf, sizeof(buf)), strlen(expected));
        assert_string_equal(buf, expected);
}

static void every_class_is_found_by_its_name(void **state)
{
        (void)state;
        for (int class = 0; class < CLASS_COUNT; class ++)
                assert_int_equal(class_from_name(class_name((enum call_class) class)), class);
}

static void every_action_is_found_by_its_name(void **state)
{
        (void)state;
        for (int action = 0; action < ACTION_COUNT; action++)
                assert_int_equal(action_from_name(action_name((enum action)action)), action);
}

static void names_are_those_of_the_policy_language(void **state)
{
        (void)state;
        assert_string_equal(class_name(CLASS_OUTPUT), "output");
        assert_string_equal(class_name(CLASS_ATTR), "attr");
        assert_string_equal(class_name(CLASS_CONNECT), "connect");
        assert_string_equal(action_name(ACTION_ALLOW), "allow");
        assert_string_equal(action_name(ACTION_DISCARD), "discard");
}

static void unknown_words_are_no_class_and_no_action(void **state)
{
        (void)state;
        assert_int_equal(class_from_name("writ"), -1);
        assert_int_equal(class_from_name(""), -1);
        assert_int_equal(class_from_name("WRITE"), -1);
        assert_int_equal(action_from_name("denyx"), -1);
}

static void access_mode_is_named_even_when_zero(void **state)
{
        (void)state;
        assert_flags(open_flag_names, O_RDONLY, "O_RDONLY");
        assert_flags(open_flag_names, O_RDONLY | O_CLOEXEC, "O_RDONLY|O_CLOEXEC");
        assert_flags(open_flag_names, O_WRONLY | O_CREAT, "O_WRONLY|O_CREAT");
        assert_flags(open_flag_names, O_RDWR | O_APPEND, "O_RDWR|O_APPEND");
}

static void both_access_bits_have_no_word(void **state)
{
        (void)state;
        assert_flags(open_flag_names, 3, "0x3");
}

static void wider_flag_takes_the_bits_of_the_narrower(void **state)
{
        (void)state;
        assert_flags(open_flag_names, O_WRONLY | O_SYNC, "O_WRONLY|O_SYNC");
        assert_flags(open_flag_names, O_WRONLY | O_DSYNC, "O_WRONLY|O_DSYNC");
        assert_flags(open_flag_names, O_RDWR | O_TMPFILE, "O_RDWR|O_TMPFILE");
        assert_flags(open_flag_names, O_DIRECTORY, "O_RDONLY|O_DIRECTORY");
}

static void half_a_flag_stays_a_number(void **state)
{
        char expected[64];

        (void)state;
        snprintf(expected, sizeof(expected), "O_RDWR|0x%x", O_TMPFILE & ~O_DIRECTORY);
        assert_flags(open_flag_names, O_RDWR | (O_TMPFILE & ~O_DIRECTORY), expected);
}

static void largefile_is_the_bit_of_the_kernel(void **state)
{
        uint64_t bit = O_NOFOLLOW == 0100000 ? 0400000 : 0100000;

        (void)state;
        assert_flags(open_flag_names, bit, "O_RDONLY|O_LARGEFILE");
        assert_flags(open_flag_names, bit | O_NOFOLLOW, "O_RDONLY|O_LARGEFILE|O_NOFOLLOW");
}

static void bits_without_a_word_follow_as_hexadecimal(void **state)
{
        (void)state;
        assert_flags(open_flag_names, O_WRONLY | 1ull << 63, "O_WRONLY|0x8000000000000000");
        assert_flags(at_flag_names, 0x80000000u, "0x80000000");
        assert_flags(NULL, 0x10, "0x10");
}

static void no_bits_are_zero(void **state)
{
        (void)state;
        assert_flags(at_flag_names, 0, "0");
        assert_flags(rename_flag_names, 0, "0");
        assert_flags(NULL, 0, "0");
}

static void other_calls_have_words_of_their_own(void **state)
{
        (void)state;
        assert_flags(at_flag_names, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
                     "AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH");
        assert_flags(at_flag_names, AT_REMOVEDIR, "AT_REMOVEDIR");
        assert_flags(rename_flag_names, RENAME_EXCHANGE, "RENAME_EXCHANGE");
        assert_flags(xattr_flag_names, XATTR_CREATE | XATTR_REPLACE, "XATTR_CREATE|XATTR_REPLACE");
}

static void assert_parsed_back(const struct flag_names *names, uint64_t flags)
{
        char buf[FLAGS_TEXT_MAX];
        uint64_t parsed;

        flags_format(names, flags, buf, sizeof(buf));
        assert_int_equal(flags_parse(names, buf, &parsed), 0);
        assert_true(parsed == flags);
}

/* Every pair of bits, and all. */
static void flags_are_parsed_back_as_they_were(void **state)
{
        const struct flag_names *lists[] = {open_flag_names, at_flag_names, rename_flag_names,
                                            xattr_flag_names, NULL};

        (void)state;
        for (size_t i = 0; i < 5; i++) {
                assert_parsed_back(lists[i], 0);
                assert_parsed_back(lists[i], UINT64_MAX);
                for (unsigned a = 0; a < 64; a++)
                        for (unsigned b = 0; b <= a; b++)
                                assert_parsed_back(lists[i], UINT64_C(1) << a | UINT64_C(1) << b);
                for (const struct flag_names *name = lists[i]; name && name->name; name++)
                        for (unsigned b = 0; b < 64; b++)
                                assert_parsed_back(lists[i], name->value ^ UINT64_C(1) << b);
        }
}

static void text_that_is_no_flags_is_refused(void **state)
{
        static const char *const texts[] = {"",
                                            "|",
                                            "O_RDONLY|",
                                            "|O_RDONLY",
                                            "O_RDONLY||O_CREAT",
                                            "O_CREA",
                                            "O_CREATE",
                                            "o_creat",
                                            "O_RDONLY O_CREAT",
                                            "AT_EMPTY_PATH",
                                            "0x",
                                            "0x1F",
                                            "0x10000000000000000",
                                            "1",
                                            "0x-1"};
        uint64_t flags;

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_int_equal(flags_parse(open_flag_names, texts[i], &flags), -EINVAL);
        assert_int_equal(flags_parse(NULL, "O_RDONLY", &flags), -EINVAL);
}

static void no_two_words_of_a_list_are_the_same_bits(void **state)
{
        const struct flag_names *lists[] = {open_flag_names, at_flag_names, rename_flag_names,
                                            xattr_flag_names};

        (void)state;
        for (size_t i = 0; i < 4; i++)
                for (const struct flag_names *a = lists[i]; a->name; a++)
                        for (const struct flag_names *b = a + 1; b->name; b++)
                                assert_false(a->mask == b->mask && a->value == b->value);
}

static void all_words_of_a_list_fit(void **state)
{
        char buf[FLAGS_TEXT_MAX];

        (void)state;
        assert_in_range(flags_format(open_flag_names, UINT64_MAX, buf, sizeof(buf)), 100,
                        sizeof(buf) - 2);
}

static void flags_are_cut_to_every_size(void **state)
{
        (void)state;
        for (size_t size = 1; size < 40; size++) {
                char buf[64];
                size_t len;

                memset(buf, '#', sizeof(buf));
                len = flags_format(open_flag_names, O_WRONLY | O_CREAT | 1ull << 40, buf, size);
                assert_true(len < size);
                assert_int_equal(buf[len], '\0');
                assert_int_equal(buf[size], '#');
        }
        assert_int_equal(flags_format(open_flag_names, 0, NULL, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_class_is_found_by_its_name),
                cmocka_unit_test(every_action_is_found_by_its_name),
                cmocka_unit_test(names_are_those_of_the_policy_language),
                cmocka_unit_test(unknown_words_are_no_class_and_no_action),
                cmocka_unit_test(access_mode_is_named_even_when_zero),
                cmocka_unit_test(both_access_bits_have_no_word),
                cmocka_unit_test(wider_flag_takes_the_bits_of_the_narrower),
                cmocka_unit_test(half_a_flag_stays_a_number),
                cmocka_unit_test(largefile_is_the_bit_of_the_kernel),
                cmocka_unit_test(bits_without_a_word_follow_as_hexadecimal),
                cmocka_unit_test(no_bits_are_zero),
                cmocka_unit_test(other_calls_have_words_of_their_own),
                cmocka_unit_test(flags_are_parsed_back_as_they_were),
                cmocka_unit_test(text_that_is_no_flags_is_refused),
                cmocka_unit_test(no_two_words_of_a_list_are_the_same_bits),
                cmocka_unit_test(all_words_of_a_list_fit),
                cmocka_unit_test(flags_are_cut_to_every_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
