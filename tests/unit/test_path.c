/* test_path.c: what path.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "path.h"

static void assert_joined(const char *dir, const char *rel, const char *expected)
{
        char buf[PATH_MAX];

        assert_int_equal(path_join(dir, rel, strlen(rel), buf, sizeof(buf)), strlen(expected));
        assert_string_equal(buf, expected);
}

static bool matches(const char *pattern, const char *text)
{
        return path_match(pattern, text, strlen(text));
}

static bool matches_below(const char *pattern, const char *path)
{
        return path_match_below(pattern, path, strlen(path));
}

static bool covers(const char *dir, const char *path)
{
        return path_covers(dir, strlen(dir), path, strlen(path));
}

static void join_puts_relative_below_directory(void **state)
{
        (void)state;
        assert_joined("/a/b", "c/d", "/a/b/c/d");
        assert_joined("/", "c", "/c");
        assert_joined("/a/b", "", "/a/b");
}

static void join_ignores_directory_before_absolute(void **state)
{
        (void)state;
        assert_joined("/a/b", "/c", "/c");
        assert_joined("/a/b", "/", "/");
}

static void join_takes_dots_and_double_slashes_out(void **state)
{
        (void)state;
        assert_joined("/a//b/", "./c/./d//", "/a/b/c/d");
        assert_joined("/a/b", "../c", "/a/c");
        assert_joined("/a", "../../..", "/");
        assert_joined("/a", "...", "/a/...");
        assert_joined("/a", "..b/.c", "/a/..b/.c");
}

static void join_reads_no_further_than_told(void **state)
{
        char buf[16];
        const char rel[4] = {'a', 'b', '/', 'c'};

        (void)state;
        assert_int_equal(path_join("/", rel, 2, buf, sizeof(buf)), 3);
        assert_string_equal(buf, "/ab");
}

static void join_refuses_what_does_not_fit(void **state)
{
        char buf[8];

        (void)state;
        assert_int_equal(path_join("/", "123456", 6, buf, sizeof(buf)), 7);
        assert_int_equal(path_join("/", "1234567", 7, buf, sizeof(buf)), -ENAMETOOLONG);
        assert_int_equal(path_join("/", "a", 1, buf, 1), -ENAMETOOLONG);
}

static void directory_covers_itself_and_below(void **state)
{
        (void)state;
        assert_true(covers("/a", "/a"));
        assert_true(covers("/a", "/a/b/c"));
        assert_false(covers("/a/b", "/a"));
}

static void directory_covers_no_namesake(void **state)
{
        (void)state;
        assert_false(covers("/a", "/ab"));
        assert_false(covers("/a/b", "/a/c"));
}

static void root_covers_all(void **state)
{
        (void)state;
        assert_true(covers("/", "/"));
        assert_true(covers("/", "/a"));
        assert_true(covers("", "/a"));
}

static void wildcards_are_found_unless_escaped(void **state)
{
        (void)state;
        assert_true(path_has_wildcard("/a*"));
        assert_true(path_has_wildcard("/a?"));
        assert_true(path_has_wildcard("/[a]"));
        assert_false(path_has_wildcard("/a\\*\\?\\["));
        assert_int_equal(path_literal_len("/a/b*c"), 4);
        assert_int_equal(path_literal_len("/a\\*b*"), 5);
        assert_int_equal(path_literal_len("/a"), 2);
}

static void assert_tail(const char *pattern, const char *expected)
{
        size_t len;
        const char *tail = path_literal_tail(pattern, &len);

        assert_int_equal(len, strlen(expected));
        assert_memory_equal(tail, expected, len);
}

static void what_all_matches_end_with_is_known(void **state)
{
        (void)state;
        assert_tail("/a/*/b.c", "b.c");
        assert_tail("/a/*.key", ".key");
        assert_tail("/**/a/b", "a/b");
        assert_tail("/a/**", "");
        assert_tail("/a/x[yz]", "");
        assert_tail("/a/[yz]x", "x");
        assert_tail("/a?", "");
        assert_tail("/*/a\\*b", "b");
        assert_tail("/*/a\\bc", "bc");
        assert_tail("/*/a]b", "b");
        assert_tail("", "");
        assert_tail("/*0123456789012345678901234567890123456789",
                    "89012345678901234567890123456789");
}

static void unescape_undoes_escape(void **state)
{
        char escaped[32];

        (void)state;
        assert_int_equal(path_escape("/a*[b]?\\", 8, escaped, sizeof(escaped)), 12);
        assert_string_equal(escaped, "/a\\*\\[b]\\?\\\\");
        assert_false(path_has_wildcard(escaped));
        assert_int_equal(path_unescape(escaped), 8);
        assert_string_equal(escaped, "/a*[b]?\\");
}

static void escape_refuses_what_does_not_fit(void **state)
{
        char buf[4];

        (void)state;
        assert_int_equal(path_escape("abc", 3, buf, sizeof(buf)), 3);
        assert_int_equal(path_escape("ab*", 3, buf, sizeof(buf)), -ENAMETOOLONG);
        assert_int_equal(path_escape("abcd", 4, buf, sizeof(buf)), -ENAMETOOLONG);
}

static void open_set_is_found_within_its_component(void **state)
{
        (void)state;
        assert_true(path_has_open_set("/a/[b"));
        assert_true(path_has_open_set("/a/[b/c]"));
        assert_true(path_has_open_set("/[]"));
        assert_false(path_has_open_set("/[]]"));
        assert_false(path_has_open_set("/[!]a]/b"));
        assert_false(path_has_open_set("/\\[b"));
}

static void star_stays_in_its_component(void **state)
{
        (void)state;
        assert_true(matches("/a/*", "/a/b"));
        assert_true(matches("/a/*c", "/a/bcc"));
        assert_true(matches("/*/x", "/a/x"));
        assert_false(matches("/a/*", "/a/b/c"));
        assert_false(matches("/*", "/a/b"));
        assert_true(matches("/a*", "/a"));
}

static void question_mark_takes_one_byte_but_slash(void **state)
{
        (void)state;
        assert_true(matches("/a?c", "/abc"));
        assert_false(matches("/a?c", "/a/c"));
        assert_false(matches("/a?", "/a"));
}

static void double_star_crosses_components(void **state)
{
        (void)state;
        assert_true(matches("/a/**", "/a/b"));
        assert_true(matches("/a/**", "/a/b/c"));
        assert_true(matches("/a/**.c", "/a/b/c/d.c"));
        assert_true(matches("/a**z", "/abc/xyz"));
        assert_false(matches("/a/**", "/a"));
        assert_false(matches("/a/**", "/ab"));
}

static void double_star_between_slashes_may_be_nothing(void **state)
{
        (void)state;
        assert_true(matches("/a/**/b", "/a/b"));
        assert_true(matches("/a/**/b", "/a/x/b"));
        assert_true(matches("/a/**/b", "/a/x/y/b"));
        assert_true(matches("/**/**/b", "/b"));
        assert_false(matches("/a/**/b", "/a/xb"));
        assert_false(matches("/a/**/b", "/ab"));
}

static void set_takes_one_member_but_slash(void **state)
{
        (void)state;
        assert_true(matches("/[abc]", "/b"));
        assert_true(matches("/[a-c]", "/b"));
        assert_false(matches("/[a-c]", "/d"));
        assert_true(matches("/[!a-c]", "/d"));
        assert_false(matches("/[!a-c]", "/a"));
        assert_false(matches("/a[!b]c", "/a/c"));
        assert_true(matches("/[]x]", "/]"));
        assert_true(matches("/[a-]", "/-"));
        assert_true(matches("/[\\]]", "/]"));
}

static void set_compares_bytes_unsigned(void **state)
{
        (void)state;
        assert_true(matches("/[a-\xff]", "/\xc3"));
        assert_false(matches("/[\x80-\xff]", "/a"));
}

static void unclosed_set_matches_itself(void **state)
{
        (void)state;
        assert_true(matches("/a[b", "/a[b"));
        assert_false(matches("/a[b", "/ab"));
        assert_true(matches("/[a/b]", "/[a/b]"));
}

static void backslash_takes_next_byte_as_it_is(void **state)
{
        (void)state;
        assert_true(matches("/\\*", "/*"));
        assert_false(matches("/\\*", "/a"));
        assert_true(matches("/\\**", "/*abc"));
        assert_true(matches("/a\\", "/a\\"));
}

static void pattern_matches_the_whole_text(void **state)
{
        (void)state;
        assert_false(matches("/a", "/ab"));
        assert_false(matches("/ab", "/a"));
        assert_true(path_match("/a\0b", "/a", 2));
        assert_true(path_match("@a*", "@a\0b", 4));
        assert_true(matches("", ""));
}

static void evil_pattern_takes_bounded_time(void **state)
{
        char pattern[4096] = "", text[4096];
        struct timespec from, to;

        (void)state;
        for (int i = 0; i < 400; i++)
                strcat(pattern, "**a*?");
        memset(text, 'a', sizeof(text));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        assert_false(path_match(strcat(pattern, "b"), text, sizeof(text)));
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        assert_true(to.tv_sec - from.tv_sec < 5);
}

static void overlong_pattern_matches_nothing(void **state)
{
        static char pattern[PATH_PATTERN_MAX + 1];

        (void)state;
        memset(pattern, '*', PATH_PATTERN_MAX);
        assert_false(matches(pattern, "a"));
        pattern[PATH_PATTERN_MAX - 1] = '\0';
        assert_true(matches(pattern, "a"));
}

static void below_is_found_where_wildcard_may_reach(void **state)
{
        (void)state;
        assert_true(matches_below("/a/b/*.key", "/a"));
        assert_true(matches_below("/a/*.key", "/a"));
        assert_true(matches_below("/a/**/x", "/a/b"));
        assert_true(matches_below("/a/*/x", "/a/b"));
        assert_true(matches_below("/*", "/"));
        assert_false(matches_below("/a/*.key", "/a/b"));
        assert_false(matches_below("/a/*.key", "/b"));
        assert_false(matches_below("/a/b*", "/a/bc"));
        assert_false(matches_below("/a/b/", "/a/b"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(join_puts_relative_below_directory),
                cmocka_unit_test(join_ignores_directory_before_absolute),
                cmocka_unit_test(join_takes_dots_and_double_slashes_out),
                cmocka_unit_test(join_reads_no_further_than_told),
                cmocka_unit_test(join_refuses_what_does_not_fit),
                cmocka_unit_test(directory_covers_itself_and_below),
                cmocka_unit_test(directory_covers_no_namesake),
                cmocka_unit_test(root_covers_all),
                cmocka_unit_test(wildcards_are_found_unless_escaped),
                cmocka_unit_test(what_all_matches_end_with_is_known),
                cmocka_unit_test(unescape_undoes_escape),
                cmocka_unit_test(escape_refuses_what_does_not_fit),
                cmocka_unit_test(open_set_is_found_within_its_component),
                cmocka_unit_test(star_stays_in_its_component),
                cmocka_unit_test(question_mark_takes_one_byte_but_slash),
                cmocka_unit_test(double_star_crosses_components),
                cmocka_unit_test(double_star_between_slashes_may_be_nothing),
                cmocka_unit_test(set_takes_one_member_but_slash),
                cmocka_unit_test(set_compares_bytes_unsigned),
                cmocka_unit_test(unclosed_set_matches_itself),
                cmocka_unit_test(backslash_takes_next_byte_as_it_is),
                cmocka_unit_test(pattern_matches_the_whole_text),
                cmocka_unit_test(evil_pattern_takes_bounded_time),
                cmocka_unit_test(overlong_pattern_matches_nothing),
                cmocka_unit_test(below_is_found_where_wildcard_may_reach),
        };

        return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
