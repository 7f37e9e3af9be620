/* test_outfile.c: a file takes its name only when it is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "outfile.h"
#include "util.h"

static char dir[] = "outfile.XXXXXX";

static int setup(void **state)
{
        (void)state;
        strcpy(dir, "outfile.XXXXXX");
        return mkdtemp(dir) ? 0 : -1;
}

static char *below(const char *name)
{
        return xasprintf("%s/%s", dir, name);
}

/* Removes what is in the directory; returns how many there were. */
static unsigned empty(void)
{
        DIR *stream = opendir(dir);
        const struct dirent *entry;
        unsigned n = 0;

        while ((entry = readdir(stream))) {
                if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
                        continue;
                cleanup_free char *path = below(entry->d_name);

                assert_int_equal(remove(path), 0);
                n++;
        }
        closedir(stream);
        return n;
}

static int teardown(void **state)
{
        (void)state;
        empty();
        return rmdir(dir);
}

static void assert_holds(const char *path, const char *content)
{
        char text[64] = "";
        FILE *file = fopen(path, "r");

        assert_non_null(file);
        assert_true(fread(text, 1, sizeof(text) - 1, file) < sizeof(text));
        fclose(file);
        assert_string_equal(text, content);
}

static void make(const char *path, const char *content)
{
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(content, file);
        fclose(file);
}

static void finished_file_replaces_what_was_there(void **state)
{
        cleanup_free char *path = below("a");
        struct outfile file;
        struct stat st;

        (void)state;
        make(path, "old");
        assert_int_equal(outfile_open(&file, path), 0);
        fputs("new", file.stream);
        assert_holds(path, "old");
        assert_int_equal(outfile_finish(&file), 0);
        assert_holds(path, "new");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(empty(), 1);
}

static void dropped_file_leaves_what_was_there_and_nothing_else(void **state)
{
        cleanup_free char *path = below("a");
        struct outfile file;

        (void)state;
        make(path, "old");
        assert_int_equal(outfile_open(&file, path), 0);
        fputs("new", file.stream);
        outfile_drop(&file);
        assert_holds(path, "old");
        assert_int_equal(empty(), 1);
}

static void link_is_followed(void **state)
{
        cleanup_free char *path = below("a"), *link = below("l");
        struct outfile file;
        struct stat st;

        (void)state;
        make(path, "old");
        assert_int_equal(symlink("a", link), 0);
        assert_int_equal(outfile_open(&file, link), 0);
        fputs("new", file.stream);
        assert_int_equal(outfile_finish(&file), 0);
        assert_holds(path, "new");
        assert_int_equal(lstat(link, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
}

static void directory_may_have_moved_meanwhile(void **state)
{
        cleanup_free char *sub = below("sub"), *moved = below("moved"), *path = below("sub/a");
        cleanup_free char *there = below("moved/a");
        struct outfile file;

        (void)state;
        assert_int_equal(mkdir(sub, 0700), 0);
        assert_int_equal(outfile_open(&file, path), 0);
        fputs("new", file.stream);
        assert_int_equal(rename(sub, moved), 0);
        assert_int_equal(outfile_finish(&file), 0);
        assert_holds(there, "new");
        assert_int_equal(unlink(there), 0);
}

static void device_is_written_as_it_is(void **state)
{
        struct outfile file;

        (void)state;
        assert_int_equal(outfile_open(&file, "/dev/null"), 0);
        assert_null(file.path);
        fputs("new", file.stream);
        assert_int_equal(outfile_finish(&file), 0);
}

static void full_disk_is_an_error(void **state)
{
        struct outfile file;

        (void)state;
        assert_int_equal(outfile_open(&file, "/dev/full"), 0);
        fputs("new", file.stream);
        assert_int_equal(outfile_finish(&file), -ENOSPC);
}

static void full_disk_is_told_however_much_was_written(void **state)
{
        struct outfile file;

        (void)state;
        assert_int_equal(outfile_open(&file, "/dev/full"), 0);
        for (int i = 0; i < 100000; i++)
                fputs("new", file.stream);
        assert_int_equal(outfile_finish(&file), -ENOSPC);
}

/* As on a full disk: what was there before stays. */
static void file_that_could_not_be_written_takes_no_name(void **state)
{
        cleanup_free char *path = below("a");
        struct rlimit before, small;
        struct outfile file;

        (void)state;
        make(path, "old");
        assert_int_equal(outfile_open(&file, path), 0);
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        small = (struct rlimit){4096, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        for (int i = 0; i < 100000; i++)
                fputs("new", file.stream);
        assert_int_equal(outfile_finish(&file), -EFBIG);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_holds(path, "old");
        assert_int_equal(empty(), 1);
}

static void what_cannot_be_written_is_told_at_once(void **state)
{
        cleanup_free char *missing = below("none/a"), *slash = below("b/");
        struct outfile file;

        (void)state;
        assert_int_equal(outfile_open(&file, missing), -ENOENT);
        assert_int_equal(outfile_open(&file, slash), -EISDIR);
        assert_int_equal(outfile_open(&file, ""), -ENOENT);
        assert_int_equal(outfile_open(&file, dir), -EISDIR);
        assert_null(file.stream);
        assert_int_equal(empty(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(finished_file_replaces_what_was_there),
                TEST(dropped_file_leaves_what_was_there_and_nothing_else),
                TEST(link_is_followed),
                TEST(directory_may_have_moved_meanwhile),
                TEST(device_is_written_as_it_is),
                TEST(full_disk_is_an_error),
                TEST(full_disk_is_told_however_much_was_written),
                TEST(file_that_could_not_be_written_takes_no_name),
                TEST(what_cannot_be_written_is_told_at_once),
        };
        char place[] = "/tmp/stopgate-outfile.XXXXXX";

        if (!mkdtemp(place) || chdir(place))
                return 1;
        int failed = cmocka_run_group_tests(tests, NULL, NULL);

        return chdir("/") || rmdir(place) ? 1 : failed;
}
