/* test_summary_fold.c: what summary_fold.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "summary_fold.h"
#include "util.h"

enum { PATHS = 400, ROOT_SLACK = 16 };

static char texts[PATHS][64];
static struct words paths[PATHS];
static struct fold folds[PATHS];
static size_t line_of[PATHS], npaths;

static int compare(const void *a, const void *b)
{
        return fold_compare(a, b);
}

static void add_path(const char *text)
{
        assert_true(npaths < PATHS);
        snprintf(texts[npaths], sizeof(texts[0]), "%s", text);
        paths[npaths] = (struct words){texts[npaths], strlen(texts[npaths])};
        npaths++;
}

static void add_many(const char *dir, size_t n)
{
        char text[64];

        for (size_t i = 0; i < n; i++) {
                snprintf(text, sizeof(text), "%s/%zu", dir, i);
                add_path(text);
        }
}

static size_t fold_all(size_t budget)
{
        qsort(paths, npaths, sizeof(*paths), compare);
        return fold_paths(paths, npaths, budget, folds, line_of);
}

static int setup(void **state)
{
        (void)state;
        npaths = 0;
        return 0;
}

static void assert_fold(size_t line, size_t count, const char *dir)
{
        assert_int_equal(folds[line].count, count);
        assert_int_equal(folds[line].dir_len, strlen(dir));
        assert_memory_equal(paths[folds[line].first].bytes, dir, strlen(dir));
}

static void what_is_below_a_directory_follows_it(void **state)
{
        static const char *const expected[] = {"/",    "/a",  "/a/c",   "/a/c/d",
                                               "/a-b", "/a.", "/a.b/c", "/b"};

        (void)state;
        for (size_t i = ARRAY_SIZE(expected); i > 0; i--)
                add_path(expected[i - 1]);
        qsort(paths, npaths, sizeof(*paths), compare);
        for (size_t i = 0; i < npaths; i++)
                assert_string_equal(paths[i].bytes, expected[i]);
}

static void what_fits_is_not_folded(void **state)
{
        (void)state;
        add_many("/a", 10);
        assert_int_equal(fold_all(10), 10);
        for (size_t i = 0; i < 10; i++)
                assert_int_equal(folds[i].count, 1);
}

static void largest_directory_folds_and_small_ones_stay(void **state)
{
        (void)state;
        add_many("/usr/share/x", 100);
        add_many("/usr/share/y", 3);
        add_path("/usr/share/z");
        assert_int_equal(fold_all(7), 5);
        assert_fold(0, 100, "/usr/share/x");
        assert_false(folds[0].deep);
        for (size_t i = 1; i < 5; i++)
                assert_int_equal(folds[i].count, 1);
}

static void what_one_directory_does_not_need_goes_to_the_others(void **state)
{
        (void)state;
        add_many("/usr/a", 20);
        for (char dir[] = "/usr/b/0"; dir[7] <= '9'; dir[7]++)
                add_many(dir, 3);
        /* A half each; but a is one line or twenty, so that nine of them are not for it. */
        assert_int_equal(fold_all(19), 19);
        assert_fold(0, 20, "/usr/a");
}

static void files_of_a_directory_fold_beside_its_directories(void **state)
{
        (void)state;
        add_path("/a/b");
        add_many("/a/b", 50);
        add_many("/a/b/dir", 50);
        assert_int_equal(fold_all(3), 2);
        assert_fold(0, 51, "/a/b");
        assert_true(folds[0].itself);
        assert_false(folds[0].deep);
        assert_fold(1, 50, "/a/b/dir");
        assert_false(folds[1].itself);
}

static void one_line_tells_the_deepest_directory_of_all(void **state)
{
        (void)state;
        add_many("/home/joe/src/x/y", 7);
        add_many("/home/joe/src/x/z", 7);
        assert_int_equal(fold_all(1), 1);
        assert_fold(0, 14, "/home/joe/src/x");
        assert_true(folds[0].deep);
}

static void directories_of_the_root_stay_apart(void **state)
{
        (void)state;
        add_many("/usr/x", 7);
        add_many("/etc/x", 7);
        add_path("/opt/x");
        assert_int_equal(fold_all(1), 3);
        assert_fold(0, 7, "/etc/x");
        assert_int_equal(folds[1].count, 1);
        assert_fold(2, 7, "/usr/x");
}

static void same_path_twice_is_no_error(void **state)
{
        (void)state;
        for (int i = 0; i < 9; i++)
                add_path("/a/b");
        for (int i = 0; i < 9; i++)
                add_path("/");
        fold_all(1);
        fold_all(5);
}

static void nothing_folds_to_nothing(void **state)
{
        (void)state;
        assert_int_equal(fold_all(10), 0);
}

static void shares_are_fair(void **state)
{
        static const size_t wants[] = {100, 2, 0, 50, 1};
        size_t shares[ARRAY_SIZE(wants)];

        (void)state;
        fold_share(wants, ARRAY_SIZE(wants), 23, shares);
        assert_int_equal(shares[0], 10);
        assert_int_equal(shares[1], 2);
        assert_int_equal(shares[2], 0);
        assert_int_equal(shares[3], 10);
        assert_int_equal(shares[4], 1);
        fold_share(wants, ARRAY_SIZE(wants), 0, shares);
        assert_int_equal(shares[0], 1);
        assert_int_equal(shares[2], 0);
}

/* ---- random trees ---- */

static unsigned long next_random(void)
{
        static uint64_t seed = 11;

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (unsigned long)(seed >> 33);
}

static void add_random_paths(void)
{
        for (unsigned long n = next_random() % PATHS; n > 0; n--) {
                char text[64];
                size_t len = 0;

                for (unsigned long depth = 1 + next_random() % 8; depth > 0; depth--)
                        len += (size_t)snprintf(text + len, sizeof(text) - len, "/%c%s",
                                                (int)("ab-."[next_random() % 4]),
                                                next_random() % 3 ? "" : "x");
                add_path(text);
        }
}

/* What a line says of its paths, looked at the slow way. */
static void assert_line_is_true(size_t line)
{
        const struct fold *fold = &folds[line];
        const char *dir = paths[fold->first].bytes;
        size_t count = 0, first = SIZE_MAX;
        bool deep = false, itself = false;

        for (size_t i = 0; i < npaths; i++) {
                if (line_of[i] != line)
                        continue;
                first = first == SIZE_MAX ? i : first;
                count++;
                assert_true(path_covers(dir, fold->dir_len, paths[i].bytes, paths[i].len));
                itself = itself || paths[i].len == fold->dir_len;
                deep = deep || (paths[i].len > fold->dir_len &&
                                strchr(paths[i].bytes + fold->dir_len + 1, '/'));
        }
        assert_int_equal(fold->count, count);
        assert_int_equal(fold->first, first);
        if (count == 1)
                return;
        assert_int_equal(fold->deep, deep);
        assert_int_equal(fold->itself, itself);
}

static void lines_are_true_of_random_trees(void **state)
{
        (void)state;
        for (int round = 0; round < 500; round++) {
                size_t budget = next_random() % 100, lines, sum = 0;

                npaths = 0;
                add_random_paths();
                lines = fold_all(budget);
                assert_true(lines <= budget + ROOT_SLACK || lines == npaths);
                for (size_t i = 0; i < lines; i++) {
                        assert_line_is_true(i);
                        assert_true(i == 0 || folds[i - 1].first < folds[i].first);
                        sum += folds[i].count;
                }
                assert_int_equal(sum, npaths);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(what_is_below_a_directory_follows_it, setup),
                cmocka_unit_test_setup(what_fits_is_not_folded, setup),
                cmocka_unit_test_setup(largest_directory_folds_and_small_ones_stay, setup),
                cmocka_unit_test_setup(what_one_directory_does_not_need_goes_to_the_others, setup),
                cmocka_unit_test_setup(files_of_a_directory_fold_beside_its_directories, setup),
                cmocka_unit_test_setup(one_line_tells_the_deepest_directory_of_all, setup),
                cmocka_unit_test_setup(directories_of_the_root_stay_apart, setup),
                cmocka_unit_test_setup(same_path_twice_is_no_error, setup),
                cmocka_unit_test_setup(nothing_folds_to_nothing, setup),
                cmocka_unit_test(shares_are_fair),
                cmocka_unit_test_setup(lines_are_true_of_random_trees, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
