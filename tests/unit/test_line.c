/* test_line.c: the bounded line builder and its escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../strict.h"
#include "line.h"

static char buf[LINE_RESERVE + 4096];

static struct line empty_line(void)
{
        struct line line;

        line_init(&line, buf, sizeof(buf));
        return line;
}

static void assert_line(struct line *line, const char *expected)
{
        assert_int_equal(line->len, strlen(expected));
        assert_memory_equal(line->buf, expected, line->len);
        assert_true(strict_line(buf, line_finish(line)));
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void assert_json(const char *bytes, size_t len, bool valid, const char *expected)
{
        struct line line = empty_line();

        assert_int_equal(line_json_string(&line, bytes, len), valid);
        assert_line(&line, expected);
}

static void assert_text(const char *bytes, size_t len, const char *expected)
{
        struct line line = empty_line();

        line_text(&line, bytes, len);
        assert_line(&line, expected);
}

static void assert_quoted(const char *bytes, size_t len, const char *expected)
{
        struct line line = empty_line();

        line_quoted(&line, bytes, len);
        assert_line(&line, expected);
}

static void ordinary_text_stays_as_it_is(void **state)
{
        (void)state;
        assert_json(BYTES("/tmp/a b~"), true, "\"/tmp/a b~\"");
        assert_json(BYTES("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"), true,
                    "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
        assert_text(BYTES("/tmp/a b \xe2\x82\xac"), "/tmp/a b \xe2\x82\xac");
        assert_quoted(BYTES(""), "\"\"");
}

static void json_escapes_quotes_backslashes_and_controls(void **state)
{
        (void)state;
        assert_json(BYTES("\"\\\n\t\r\b\f"), true, "\"\\\"\\\\\\n\\t\\r\\b\\f\"");
        assert_json(BYTES("a\0b"), true, "\"a\\u0000b\"");
        assert_json(BYTES("\x1b[31m\x7f"), true, "\"\\u001b[31m\\u007f\"");
}

static void c1_controls_never_reach_the_terminal(void **state)
{
        (void)state;
        assert_json(BYTES("\xc2\x80\xc2\x9b"), true, "\"\\u0080\\u009b\"");
        assert_text(BYTES("\xc2\x9b"), "\\xc2\\x9b");
        assert_json(BYTES("\xc2\xa0"), true, "\"\xc2\xa0\"");
}

static void characters_that_reorder_text_are_escaped(void **state)
{
        (void)state;
        assert_json(BYTES("\xd8\x9c\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9"), true,
                    "\"\\u061c\\u200e\\u202e\\u2066\\u2069\"");
        assert_text(BYTES("\xd8\x9c\xe2\x80\xae"), "\\u{61c}\\u{202e}");
        assert_json(BYTES("\xe2\x80\x8d\xe2\x80\xb0"), true, "\"\xe2\x80\x8d\xe2\x80\xb0\"");
}

static void unicode_line_ends_are_escaped(void **state)
{
        (void)state;
        assert_json(BYTES("\xe2\x80\xa8\xe2\x80\xa9"), true, "\"\\u2028\\u2029\"");
        assert_text(BYTES("\xe2\x80\xa8\xc2\x85"), "\\u{2028}\\xc2\\x85");
}

static void every_unsafe_character_is_escaped_and_no_other(void **state)
{
        (void)state;
        for (uint32_t c = 0x80; c < 0x3000; c++) {
                struct line line = empty_line();
                char utf8[3];
                size_t len = c < 0x800 ? 2 : 3;

                utf8[0] = (char)(len == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
                utf8[1] = (char)(len == 2 ? 0x80 | (c & 0x3f) : 0x80 | (c >> 6 & 0x3f));
                utf8[2] = (char)(0x80 | (c & 0x3f));
                line_text(&line, utf8, len);
                assert_int_equal(line.buf[0] == '\\', strict_is_unsafe(c));
        }
}

static void each_byte_that_is_no_utf8_is_replaced(void **state)
{
        (void)state;
        assert_json(BYTES("a\xff"
                          "b\xfe"),
                    false,
                    "\"a\xef\xbf\xbd"
                    "b\xef\xbf\xbd\"");
        assert_text(BYTES("a\xff"), "a\\xff");
}

static void overlong_surrogate_and_too_great_forms_are_no_utf8(void **state)
{
        static const char *const forms[] = {
                "\xc0\xaf",
                "\xc1\xbf",
                "\xe0\x80\xaf",
                "\xe0\x9f\xbf",
                "\xed\xa0\x80",
                "\xed\xbf\xbf",
                "\xf0\x80\x80\x8a",
                "\xf0\x8f\xbf\xbf",
                "\xf4\x90\x80\x80",
                "\xf5\x80\x80\x80",
                "\x80",
                "\xbf",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                char expected[32] = "\"";
                size_t len = strlen(forms[i]);

                for (size_t n = 0; n < len; n++)
                        strcat(expected, "\xef\xbf\xbd");
                assert_json(forms[i], len, false, strcat(expected, "\""));
        }
}

static void truncated_sequences_are_no_utf8(void **state)
{
        (void)state;
        assert_json(BYTES("\xe2\x82"), false, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
        assert_json(BYTES("\xf0\x9f\x98"), false, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
        assert_json(BYTES("\xe2\x82\""), false, "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\"");
}

static void first_and_last_characters_of_each_length_are_utf8(void **state)
{
        (void)state;
        assert_json(BYTES("\xc2\xa0\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true,
                    "\"\xc2\xa0\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"");
        assert_json(BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true,
                    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}

static void people_see_escapes_as_in_c(void **state)
{
        (void)state;
        assert_text(BYTES("a\n\t\r\\\x1b\x01\""), "a\\n\\t\\r\\\\\\x1b\\x01\"");
        assert_quoted(BYTES("a\n\"\0"), "\"a\\n\\\"\\x00\"");
}

static void numbers_have_all_their_digits(void **state)
{
        struct line line = empty_line();

        (void)state;
        line_u64(&line, 0);
        line_str(&line, " ");
        line_u64(&line, UINT64_MAX);
        line_str(&line, " ");
        line_i64(&line, INT64_MIN);
        line_str(&line, " ");
        line_i64(&line, -13);
        assert_line(&line, "0 18446744073709551615 -9223372036854775808 -13");
}

static void modes_are_octal_as_in_c(void **state)
{
        struct line line = empty_line();

        (void)state;
        line_octal(&line, 0644);
        line_str(&line, " ");
        line_octal(&line, 0);
        line_str(&line, " ");
        line_octal(&line, 0104755);
        line_str(&line, " ");
        line_octal(&line, UINT32_MAX);
        assert_line(&line, "0644 0000 0104755 037777777777");
}

static void columns_are_filled_and_kept_apart(void **state)
{
        struct line line = empty_line();
        size_t from;

        (void)state;
        line_str(&line, "x");
        from = line.len;
        line_str(&line, "ab");
        line_pad(&line, from, 4);
        from = line.len;
        line_str(&line, "abcdef");
        line_pad(&line, from, 4);
        assert_line(&line, "xab  abcdef ");
}

static void hexadecimal_gives_the_exact_bytes(void **state)
{
        struct line line = empty_line();

        (void)state;
        line_hex(&line, BYTES("/\xff\0\x0a"));
        assert_line(&line, "2fff000a");
}

static void narrowed_content_is_cut_and_the_rest_is_not(void **state)
{
        struct line line = empty_line();
        size_t content = line_narrow(&line, 4);

        (void)state;
        line_json_string(&line, BYTES("abcdef"));
        line_widen(&line, content);
        assert_true(line.cut);
        line_json_string(&line, BYTES("ghi"));
        assert_line(&line, "\"abc\"\"ghi\"");
}

static void cut_never_splits_an_escape_or_a_character(void **state)
{
        static const char *const parts[] = {"\n", "\x01", "\xe2\x82\xac", "\xff", "\xe2\x80\xae"};

        (void)state;
        for (size_t room = 0; room < 40; room++) {
                for (size_t i = 0; i < 5; i++) {
                        struct line line = empty_line();
                        char bytes[64] = "";
                        size_t content = line_narrow(&line, room);

                        for (int n = 0; n < 12; n++)
                                strcat(bytes, parts[i]);
                        line_str(&line, "{\"a\":");
                        line_json_string(&line, bytes, strlen(bytes));
                        line_widen(&line, content);
                        line_str(&line, "}");
                        assert_true(strict_record(buf, line_finish(&line)));
                }
        }
}

static void line_without_room_still_ends(void **state)
{
        size_t size = LINE_RESERVE + 1;
        char *tight = malloc(size);
        struct line line;

        (void)state;
        assert_non_null(tight);
        memset(buf, 'x', sizeof(buf));
        line_init(&line, tight, size);
        for (int i = 0; i < 100; i++) {
                line_json_string(&line, buf, sizeof(buf));
                line_hex(&line, buf, sizeof(buf));
                line_put(&line, buf, 100);
                line_pad(&line, 0, sizeof(buf));
        }
        assert_true(line.cut);
        assert_int_equal(line_finish(&line), size);
        assert_int_equal(tight[size - 1], '\n');
        free(tight);
}

static void what_is_shown_as_itself_is_told_from_what_is_escaped(void **state)
{
        (void)state;
        assert_int_equal(line_shown("a\n", 2), 1);
        assert_int_equal(line_shown("\"", 1), 1);
        assert_int_equal(line_shown("\xc3\xa9", 2), 2);
        assert_int_equal(line_shown("\xc3\xa9", 1), 0);
        assert_int_equal(line_shown("\n", 1), 0);
        assert_int_equal(line_shown("\\", 1), 0);
        assert_int_equal(line_shown("\xff", 1), 0);
        assert_int_equal(line_shown("\u202e", 3), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ordinary_text_stays_as_it_is),
                cmocka_unit_test(json_escapes_quotes_backslashes_and_controls),
                cmocka_unit_test(c1_controls_never_reach_the_terminal),
                cmocka_unit_test(characters_that_reorder_text_are_escaped),
                cmocka_unit_test(unicode_line_ends_are_escaped),
                cmocka_unit_test(every_unsafe_character_is_escaped_and_no_other),
                cmocka_unit_test(each_byte_that_is_no_utf8_is_replaced),
                cmocka_unit_test(overlong_surrogate_and_too_great_forms_are_no_utf8),
                cmocka_unit_test(truncated_sequences_are_no_utf8),
                cmocka_unit_test(first_and_last_characters_of_each_length_are_utf8),
                cmocka_unit_test(people_see_escapes_as_in_c),
                cmocka_unit_test(numbers_have_all_their_digits),
                cmocka_unit_test(modes_are_octal_as_in_c),
                cmocka_unit_test(columns_are_filled_and_kept_apart),
                cmocka_unit_test(hexadecimal_gives_the_exact_bytes),
                cmocka_unit_test(narrowed_content_is_cut_and_the_rest_is_not),
                cmocka_unit_test(cut_never_splits_an_escape_or_a_character),
                cmocka_unit_test(line_without_room_still_ends),
                cmocka_unit_test(what_is_shown_as_itself_is_told_from_what_is_escaped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
