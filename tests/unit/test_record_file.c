/* test_record_file.c: records in files that do not get too long; what stands there is not lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_file.h"
#include "record_samples.h"
#include "util.h"

static char directory[] = "/tmp/stopgate-test-XXXXXX";
static int at = -1; /* it */
static int fd = -1; /* "log" in it */
static const char *name;

static void write_file(const char *file, const char *text)
{
        cleanup_fd int out = openat(at, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(out >= 0);
        assert_int_equal(write_all(out, text, strlen(text)), 0);
}

/* What stands there, NUL-terminated; NULL: it does not exist. */
static const char *read_file(const char *file)
{
        static char text[1 << 20];
        cleanup_fd int in = openat(at, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n = in < 0 ? -1 : read(in, text, sizeof(text) - 1);

        if (n < 0)
                return NULL;
        text[n] = '\0';
        return text;
}

static off_t size_of(const char *file)
{
        struct stat st;

        return fstatat(at, file, &st, AT_SYMLINK_NOFOLLOW) ? -1 : st.st_size;
}

static int set_up(void **state)
{
        static char path[PATH_MAX];
        int out;

        (void)state;
        strcpy(directory, "/tmp/stopgate-test-XXXXXX");
        if (!mkdtemp(directory))
                return -1;
        at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd = openat(at, "log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        out = fd < 0 ? -1 : record_file_find(fd, path, &name);
        if (out < 0)
                return -1;
        close(at);
        at = openat(out, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(out);
        return at < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
        DIR *files = fdopendir(at);
        const struct dirent *entry;

        (void)state;
        close(fd);
        if (!files)
                return -1;
        while ((entry = readdir(files)))
                if (unlinkat(at, entry->d_name, 0))
                        unlinkat(at, entry->d_name, AT_REMOVEDIR);
        closedir(files);
        return rmdir(directory);
}

static struct record_file new_file(unsigned keep)
{
        struct record_file file = {.fd = fd, .directory = at, .name = name, .keep = keep};

        assert_int_equal(record_file_note(&file), 0);
        return file;
}

static void add(struct record_file *file, const char *text)
{
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
        assert_int_equal(record_file_note(file), 0);
}

static void assert_file(const char *file, const char *text)
{
        const char *found = read_file(file);

        if (!text)
                assert_null(found);
        else
                assert_non_null(found);
        if (text)
                assert_string_equal(found, text);
}

static void line_that_was_written_in_part_is_cut_off(void **state)
{
        struct record_file file = new_file(2);

        (void)state;
        add(&file, "one\n");
        assert_int_equal(write_all(fd, "two\nthr", 7), 0);
        assert_int_equal(record_file_cut(&file, "two\nthree\n", 10), 0);
        assert_file("log", "one\ntwo\n");
        assert_int_equal(record_file_note(&file), 0);
        assert_int_equal(write_all(fd, "thr", 3), 0);
        assert_int_equal(record_file_cut(&file, "three\n", 6), 0);
        assert_file("log", "one\ntwo\n");
}

static void what_another_has_written_is_not_cut_off(void **state)
{
        struct record_file file = new_file(2);

        (void)state;
        add(&file, "one\n");
        assert_int_equal(write_all(fd, "two, by another", 15), 0);
        assert_int_equal(record_file_cut(&file, "three\n", 6), -ESTALE);
        assert_file("log", "one\ntwo, by another");
}

static void parts_move_up_and_the_oldest_goes(void **state)
{
        struct record_file file = new_file(2);

        (void)state;
        add(&file, "a");
        assert_int_equal(record_file_rotate(&file), 0);
        add(&file, "b");
        assert_int_equal(record_file_rotate(&file), 0);
        add(&file, "c");
        assert_file("log", "c");
        assert_file("log.1", "b");
        assert_file("log.2", "a");
        assert_int_equal(record_file_rotate(&file), 0);
        assert_file("log", "");
        assert_file("log.1", "c");
        assert_file("log.2", "b");
        assert_file("log.3", NULL);
}

static void parts_of_an_earlier_run_move_up_to_a_gap(void **state)
{
        struct record_file file = new_file(9);

        (void)state;
        write_file("log.1", "one");
        write_file("log.2", "two");
        write_file("log.4", "four");
        assert_int_equal(record_file_rotate(&file), 0);
        assert_file("log.1", "");
        assert_file("log.2", "one");
        assert_file("log.3", "two");
        assert_file("log.4", "four");
        assert_file("log.5", NULL);
}

static void new_part_is_private_and_appended_to(void **state)
{
        struct record_file file = new_file(1);
        struct stat st;
        mode_t mask = umask(0);

        (void)state;
        assert_int_equal(record_file_rotate(&file), 0);
        umask(mask);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_true(fcntl(fd, F_GETFL) & O_APPEND);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void links_that_were_planted_are_moved_and_not_followed(void **state)
{
        struct record_file file = new_file(1);
        char text[8] = "";

        (void)state;
        write_file("victim", "victim");
        assert_int_equal(symlinkat("victim", at, "log.1"), 0);
        assert_int_equal(symlinkat("victim", at, "log.2"), 0);
        add(&file, "a");
        assert_int_equal(record_file_rotate(&file), 0);
        assert_file("victim", "victim");
        assert_file("log.1", "a");
        assert_int_equal(readlinkat(at, "log.2", text, sizeof(text)), -1);
}

static void another_file_in_its_place_is_stale(void **state)
{
        struct record_file file = new_file(1);

        (void)state;
        write_file("other", "other");
        assert_int_equal(renameat(at, "log", at, "saved"), 0);
        assert_int_equal(record_file_rotate(&file), -ESTALE);
        assert_int_equal(renameat(at, "other", at, "log"), 0);
        assert_int_equal(record_file_rotate(&file), -ESTALE);
        assert_int_equal(unlinkat(at, "log", 0), 0);
        assert_int_equal(symlinkat("saved", at, "log"), 0);
        assert_int_equal(record_file_rotate(&file), -ESTALE);
        assert_file("log.1", NULL);
}

static void file_that_another_wrote_to_is_stale(void **state)
{
        struct record_file file = new_file(1);

        (void)state;
        assert_int_equal(write(fd, "x", 1), 1);
        assert_int_equal(record_file_rotate(&file), -ESTALE);
        assert_file("log.1", NULL);
}

static void rename_that_is_refused_loses_nothing(void **state)
{
        struct record_file file = new_file(1);

        (void)state;
        write_file("log.1", "old");
        assert_int_equal(mkdirat(at, "log.2", 0700), 0); /* where the oldest is to wait */
        add(&file, "new");
        assert_int_equal(record_file_rotate(&file), -EISDIR);
        assert_file("log", "new");
        assert_file("log.1", "old");
}

static void hard_links_among_the_parts_lose_nothing(void **state)
{
        struct record_file file = new_file(3);

        (void)state;
        add(&file, "a");
        assert_int_equal(linkat(at, "log", at, "log.1", 0), 0);
        assert_int_equal(record_file_note(&file), 0);
        assert_int_equal(record_file_rotate(&file), 0);
        assert_file("log", "");
        assert_file("log.1", "a");
        assert_file("log.2", "a");
}

static void file_is_found_by_what_it_is_called(void **state)
{
        char path[PATH_MAX], longest[NAME_MAX + 1];
        const char *base;
        int found, other;

        (void)state;
        found = record_file_find(fd, path, &base);
        assert_true(found >= 0);
        assert_string_equal(base, "log");
        assert_int_equal(strncmp(path, directory, strlen(directory)), 0);
        close(found);
        memset(longest, 'x', NAME_MAX);
        longest[NAME_MAX - 4] = '\0';
        other = openat(at, longest, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(other >= 0);
        assert_int_equal(record_file_find(other, path, &base), -ENAMETOOLONG);
        close(other);
        assert_int_equal(unlinkat(at, "log", 0), 0);
        assert_int_equal(record_file_find(fd, path, &base), -ESTALE);
}

/* ---- the recorder ---- */

static struct recorder *new_recorder(enum record_format format, uint64_t rotate, unsigned keep,
                                     bool fold)
{
        const struct recorder_options options = {.fd = fd,
                                                 .format = format,
                                                 .fold = fold,
                                                 .exclusive = true,
                                                 .rotate = rotate,
                                                 .keep = keep,
                                                 .directory = at,
                                                 .name = name};

        return recorder_new(&options);
}

static int record_open(struct recorder *recorder, const char *path)
{
        const struct verdict verdict = logged(CLASS_READ);

        return recorder_call(recorder, sample_open(path, O_RDONLY), &verdict);
}

/* Each line is strict and numbered one more than the one before it; the first one of the file is
 * head. Returns the number of lines. */
static unsigned check_part(const char *file, const char *head, unsigned seq)
{
        const char *text = read_file(file), *end;
        unsigned n = 0;

        assert_non_null(text);
        assert_int_equal(strncmp(text, head, strlen(head)), 0);
        for (; *text; text = end + 1, n++) {
                char wanted[32];
                const char *found;

                snprintf(wanted, sizeof(wanted), "\"seq\":%u,", seq + n);
                found = strstr(text, wanted);
                end = strchr(text, '\n');
                assert_non_null(end);
                assert_true(strict_record(text, (size_t)(end + 1 - text)));
                assert_true(found && found < end);
        }
        return n;
}

static void no_part_is_longer_and_no_line_is_missing(void **state)
{
        static const unsigned sizes[] = {1, 700, 4096, 60000};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                struct recorder *recorder;
                unsigned seq = 0, parts = 0;
                char file[32];

                assert_int_equal(ftruncate(fd, 0), 0);
                recorder = new_recorder(FORMAT_JSON, sizes[i], 999, false);
                recorder_start(recorder, sample_run());
                for (unsigned call = 0; call < 300; call++) {
                        assert_int_equal(record_open(recorder, "/etc/passwd"), 0);
                        if (call % 7 == 0)
                                assert_int_equal(recorder_flush(recorder), 0);
                }
                assert_int_equal(recorder_end(recorder, 0), 0);
                recorder_free(recorder);
                while (snprintf(file, sizeof(file), "log.%u", parts + 1), size_of(file) >= 0)
                        parts++;
                for (unsigned part = parts + 1; part-- > 0;) {
                        snprintf(file, sizeof(file), part ? "log.%u" : "log", part);
                        if (sizes[i] >= 700)
                                assert_true(size_of(file) <= sizes[i]);
                        seq += check_part(file,
                                          seq == 0 ? "{\"event\":\"start\"" : "{\"event\":\"part\"",
                                          seq);
                        if (part > 0)
                                unlinkat(at, file, 0);
                }
                assert_int_equal(seq, 1 + 300 + 1 + parts);
                assert_int_equal(parts, sizes[i] == 1 ? 301 : parts);
                assert_true(parts > 0);
        }
}

static void longer_line_stands_alone(void **state)
{
        struct recorder *recorder = new_recorder(FORMAT_JSON, 4096, 9, false);
        const struct verdict verdict = refused(CLASS_READ, ACTION_DENY);

        (void)state;
        recorder_start(recorder, sample_run());
        recorder_call(recorder, sample_longest(1, '\xff'), &verdict);
        assert_int_equal(recorder_end(recorder, 0), 0);
        assert_int_equal(check_part("log.2", "{\"event\":\"start\"", 0), 1);
        assert_int_equal(check_part("log.1", "{\"event\":\"part\"", 1), 2);
        assert_int_equal(check_part("log", "{\"event\":\"part\"", 3), 2);
        assert_non_null(strstr(read_file("log"), "\"version\":\"0.1\",\"part\":3}\n"));
        recorder_free(recorder);
}

static void fold_goes_on_behind_a_rotation(void **state)
{
        struct recorder *recorder = new_recorder(FORMAT_JSON, 700, 9, true);

        (void)state;
        recorder_start(recorder, sample_run());
        for (int i = 0; i < 5; i++)
                record_open(recorder, "/a");
        record_open(recorder, "/b");
        record_open(recorder, "/b");
        assert_int_equal(recorder_end(recorder, 0), 0);
        assert_int_equal(check_part("log.2", "{\"event\":\"start\"", 0), 2);
        assert_int_equal(check_part("log.1", "{\"event\":\"part\"", 2), 3);
        assert_non_null(strstr(read_file("log.1"), "\"repeated\":4}\n"));
        assert_int_equal(check_part("log", "{\"event\":\"part\"", 5), 3);
        assert_non_null(strstr(read_file("log"), "\"repeated\":1}\n"));
        recorder_free(recorder);
}

static void text_says_which_part_of_which_run(void **state)
{
        struct recorder *recorder = new_recorder(FORMAT_TEXT, 1, 9, false);
        cleanup_free char *head =
                xasprintf("stopgate 0.1: part 3; run %s\n", recorder_run(recorder));

        (void)state;
        recorder_start(recorder, sample_run());
        record_open(recorder, "/a");
        assert_int_equal(recorder_end(recorder, 0), 0);
        assert_int_equal(strncmp(read_file("log"), head, strlen(head)), 0);
        recorder_free(recorder);
}

static void rotation_that_fails_is_an_error_that_stays(void **state)
{
        struct recorder *recorder = new_recorder(FORMAT_JSON, 1, 1, false);

        (void)state;
        write_file("log.1", "old");
        assert_int_equal(mkdirat(at, "log.2", 0700), 0);
        recorder_start(recorder, sample_run());
        assert_int_equal(recorder_flush(recorder), 0);
        assert_false(recorder_failed_to_rotate(recorder));
        assert_int_equal(record_open(recorder, "/a"), -EISDIR);
        assert_true(recorder_failed_to_rotate(recorder));
        assert_int_equal(recorder_end(recorder, 0), -EISDIR);
        assert_int_equal(check_part("log", "{\"event\":\"start\"", 0), 1);
        assert_file("log.1", "old");
        recorder_free(recorder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(line_that_was_written_in_part_is_cut_off),
                TEST(what_another_has_written_is_not_cut_off),
                TEST(parts_move_up_and_the_oldest_goes),
                TEST(parts_of_an_earlier_run_move_up_to_a_gap),
                TEST(new_part_is_private_and_appended_to),
                TEST(links_that_were_planted_are_moved_and_not_followed),
                TEST(another_file_in_its_place_is_stale),
                TEST(file_that_another_wrote_to_is_stale),
                TEST(rename_that_is_refused_loses_nothing),
                TEST(hard_links_among_the_parts_lose_nothing),
                TEST(file_is_found_by_what_it_is_called),
                TEST(no_part_is_longer_and_no_line_is_missing),
                TEST(longer_line_stands_alone),
                TEST(fold_goes_on_behind_a_rotation),
                TEST(text_says_which_part_of_which_run),
                TEST(rotation_that_fails_is_an_error_that_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
