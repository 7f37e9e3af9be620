/* test_launch.c: why ptrace is not possible, and how a command is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch.h"
#include "util.h"

static void assert_says(const struct obstacles *obstacles, const char *word)
{
        const char *text = launch_explain(obstacles);

        if (!strstr(text, word))
                fail_msg("'%s' does not say '%s'", text, word);
}

static void existing_tracer_is_named_before_all_else(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = EPERM, .tracer = 7, .yama = 3, .seccomp = 2},
                    "itself being traced");
}

static void yama_for_administrators_says_which_setting(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = EPERM, .yama = 2, .seccomp = 2},
                    "sysctl kernel.yama.ptrace_scope=1");
}

static void yama_for_ever_asks_for_another_boot(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = EPERM, .yama = 3}, "until the next boot");
}

static void yama_that_allows_a_child_is_no_obstacle(void **state)
{
        (void)state;
        for (int scope = -1; scope <= 1; scope++) {
                struct obstacles obstacles = {.error = EPERM, .yama = scope, .seccomp = 2};

                assert_says(&obstacles, "seccomp filter");
                assert_null(strstr(launch_explain(&obstacles), "Yama"));
        }
}

static void filter_around_stopgate_is_named_as_a_containers(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = EPERM, .yama = -1, .seccomp = 2},
                    "--cap-add=SYS_PTRACE");
}

static void strict_seccomp_is_not_taken_for_a_filter(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = EPERM, .yama = -1, .seccomp = 1},
                    "security module");
}

static void kernel_without_ptrace_is_told_what_is_needed(void **state)
{
        (void)state;
        assert_says(&(struct obstacles){.error = ENOSYS, .yama = -1}, "Linux 5.10");
}

static void every_obstacle_has_one_line(void **state)
{
        (void)state;
        for (int tracer = 0; tracer < 2; tracer++) {
                for (int yama = -1; yama < 5; yama++) {
                        for (int seccomp = 0; seccomp < 4; seccomp++) {
                                const char *text =
                                        launch_explain(&(struct obstacles){.error = EPERM,
                                                                           .tracer = tracer,
                                                                           .yama = yama,
                                                                           .seccomp = seccomp});

                                assert_non_null(text);
                                assert_null(strchr(text, '\n'));
                        }
                }
        }
}

static void obstacles_of_a_test_run_are_read_from_proc(void **state)
{
        struct obstacles obstacles;

        (void)state;
        launch_find_obstacles(EPERM, &obstacles);
        assert_int_equal(obstacles.error, EPERM);
        assert_true(obstacles.yama >= -1 && obstacles.yama <= 3);
        assert_true(obstacles.seccomp >= 0 && obstacles.seccomp <= 2);
        assert_true(obstacles.tracer >= 0);
}

/* ---- launch_find: in a directory of its own, with sub/run, sub/plain and the directory sub/dir
 * ---- */

static char dir[] = "/tmp/stopgate-launch.XXXXXX";

static void make(const char *name, mode_t mode)
{
        FILE *file = fopen(name, "w");

        assert_non_null(file);
        fclose(file);
        assert_int_equal(chmod(name, mode), 0);
}

static int set_up(void **state)
{
        (void)state;
        if (!mkdtemp(dir) || chdir(dir) || mkdir("sub", 0755) || mkdir("sub/dir", 0755))
                return -1;
        make("sub/run", 0755);
        make("sub/plain", 0644);
        make("here", 0755);
        return 0;
}

static int tear_down(void **state)
{
        static const char *const files[] = {"sub/run", "sub/plain", "here"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                unlink(files[i]);
        return rmdir("sub/dir") || rmdir("sub") || chdir("/") || rmdir(dir);
}

static void assert_found(const char *path, const char *command, int status, const char *expected)
{
        cleanup_free char *found = NULL;

        if (path)
                setenv("PATH", path, 1);
        else
                unsetenv("PATH");
        assert_int_equal(launch_find(command, &found), status);
        if (expected)
                assert_string_equal(found, expected);
        else
                assert_null(found);
}

static void name_is_searched_along_path(void **state)
{
        (void)state;
        assert_found("/nowhere:sub:/bin", "run", 0, "sub/run");
        assert_found("/nowhere:/bin", "no-such-thing", EXIT_NOT_FOUND, NULL);
        assert_found(NULL, "sh", 0, "/bin/sh");
}

static void name_with_a_slash_is_a_path(void **state)
{
        (void)state;
        assert_found("/bin", "sub/run", 0, "sub/run");
        assert_found("sub", "./run", EXIT_NOT_FOUND, NULL);
}

static void empty_name_is_not_found(void **state)
{
        (void)state;
        assert_found("/bin:", "", EXIT_NOT_FOUND, NULL);
}

static void empty_entries_of_path_mean_here(void **state)
{
        static const char *const paths[] = {"", ":", ":/bin", "/nowhere:", "/nowhere::/bin"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                assert_found(paths[i], "here", 0, "./here");
}

static void what_cannot_be_run_is_told_from_what_is_missing(void **state)
{
        (void)state;
        assert_found("sub", "plain", EXIT_CANNOT_RUN, NULL);
        assert_found("sub", "dir", EXIT_CANNOT_RUN, NULL);
        assert_found("/bin", "sub/plain", EXIT_CANNOT_RUN, NULL);
        assert_found("/bin", "sub", EXIT_NOT_FOUND, NULL);
        assert_found("/bin", "sub/run/below", EXIT_NOT_FOUND, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(existing_tracer_is_named_before_all_else),
                cmocka_unit_test(yama_for_administrators_says_which_setting),
                cmocka_unit_test(yama_for_ever_asks_for_another_boot),
                cmocka_unit_test(yama_that_allows_a_child_is_no_obstacle),
                cmocka_unit_test(filter_around_stopgate_is_named_as_a_containers),
                cmocka_unit_test(strict_seccomp_is_not_taken_for_a_filter),
                cmocka_unit_test(kernel_without_ptrace_is_told_what_is_needed),
                cmocka_unit_test(every_obstacle_has_one_line),
                cmocka_unit_test(obstacles_of_a_test_run_are_read_from_proc),
                cmocka_unit_test(name_is_searched_along_path),
                cmocka_unit_test(name_with_a_slash_is_a_path),
                cmocka_unit_test(empty_name_is_not_found),
                cmocka_unit_test(empty_entries_of_path_mean_here),
                cmocka_unit_test(what_cannot_be_run_is_told_from_what_is_missing),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
