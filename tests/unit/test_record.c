/* test_record.c: the recorder; and whatever a command supplies, one strict line. With --samples it
 * prints JSON records of every kind for tests/validate_records.py, with --text the same for people.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record_samples.h"
#include "util.h"

static struct recorder *new_recorder(int fd, uint64_t limit)
{
        const struct recorder_options options = {.fd = fd, .format = FORMAT_JSON, .limit = limit};

        return recorder_new(&options);
}

static struct recorder *new_exclusive(int fd)
{
        const struct recorder_options options = {.fd = fd, .exclusive = true};

        return recorder_new(&options);
}

static int new_file(void)
{
        int fd = memfd_create("records", MFD_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static int record_open(struct recorder *recorder, struct verdict verdict)
{
        return recorder_call(recorder, sample_open("/etc/passwd", O_RDONLY), &verdict);
}

/* What stands in fd, NUL-terminated. */
static const char *contents(int fd)
{
        static char text[1 << 20];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        assert_true(n >= 0);
        text[n] = '\0';
        return text;
}

static size_t count_of(const char *text, const char *part)
{
        size_t n = 0;

        for (const char *s = strstr(text, part); s; s = strstr(s + 1, part))
                n++;
        return n;
}

/* Strict lines, all of them. Returns their number. */
static size_t count_records(const char *text)
{
        size_t n = 0;

        for (const char *end; *text; text = end + 1, n++) {
                end = strchr(text, '\n');
                assert_non_null(end);
                assert_true(strict_record(text, (size_t)(end + 1 - text)));
        }
        return n;
}

static void records_are_written_in_batches(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);

        (void)state;
        assert_int_equal(recorder_start(recorder, sample_run()), 0);
        assert_int_equal(record_open(recorder, logged(CLASS_READ)), 0);
        assert_string_equal(contents(fd), "");
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(count_records(contents(fd)), 2);
        recorder_free(recorder);
}

static void batch_is_one_write(void **state)
{
        static char message[1 << 16];
        struct recorder *recorder;
        int pair[2];

        (void)state;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
        recorder = new_recorder(pair[0], 0);
        for (int i = 0; i < 20; i++)
                record_open(recorder, logged(CLASS_READ));
        assert_int_equal(recorder_flush(recorder), 0);
        assert_true(recv(pair[1], message, sizeof(message) - 1, MSG_DONTWAIT) > 0);
        assert_int_equal(count_records(message), 20);
        assert_true(recv(pair[1], message, sizeof(message), MSG_DONTWAIT) < 0);
        recorder_free(recorder);
        close(pair[0]);
        close(pair[1]);
}

static void full_batch_is_written_by_itself(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);
        const int n = 3000;

        (void)state;
        for (int i = 0; i < n; i++)
                assert_int_equal(record_open(recorder, logged(CLASS_READ)), 0);
        assert_true(strlen(contents(fd)) > 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(count_records(contents(fd)), n);
        recorder_free(recorder);
}

static void longest_records_fit_a_batch(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);
        struct verdict verdict = refused(CLASS_READ, ACTION_DENY);

        (void)state;
        for (int i = 0; i < 5; i++)
                recorder_call(recorder, sample_longest(1, '\xff'), &verdict);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(count_records(contents(fd)), 5);
        recorder_free(recorder);
}

static void end_is_written_at_once(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);

        (void)state;
        assert_int_equal(recorder_end(recorder, 3), 0);
        assert_non_null(strstr(contents(fd), "\"event\":\"end\""));
        assert_non_null(strstr(contents(fd), "\"status\":3,"));
        recorder_free(recorder);
}

static void silent_allow_is_counted_and_not_written(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);
        struct verdict verdict = logged(CLASS_READ);

        (void)state;
        verdict.action = verdict.would = ACTION_ALLOW;
        assert_int_equal(record_open(recorder, verdict), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_string_equal(contents(fd), "");
        assert_int_equal(recorder_count(recorder, CLASS_READ, ACTION_ALLOW), 1);
        recorder_free(recorder);
}

static void permissive_refusals_are_counted_as_what_they_would_be(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 0);

        (void)state;
        record_open(recorder, would_refuse(CLASS_READ, ACTION_DENY));
        assert_int_equal(recorder_count(recorder, CLASS_READ, ACTION_DENY), 1);
        assert_int_equal(recorder_count(recorder, CLASS_READ, ACTION_LOG), 0);
        recorder_free(recorder);
}

static void limit_is_said_once_and_the_rest_counted(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 3);
        struct process_info info = sample_process(PROCESS_FORK);

        (void)state;
        recorder_start(recorder, sample_run());
        for (int i = 0; i < 5; i++)
                assert_int_equal(record_open(recorder, refused(CLASS_READ, ACTION_DENY)), 0);
        assert_int_equal(recorder_process(recorder, &info), 0);
        assert_int_equal(recorder_end(recorder, 0), 0);
        assert_int_equal(count_records(contents(fd)), 1 + 3 + 1 + 1);
        assert_int_equal(count_of(contents(fd), "\"event\":\"limit\""), 1);
        assert_non_null(strstr(contents(fd), "{\"read\":{\"deny\":5}},\"dropped\":3}"));
        assert_int_equal(recorder_dropped(recorder), 3);
        recorder_free(recorder);
}

static void limit_that_costs_nothing_is_not_said(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 2);
        struct process_info info = sample_process(PROCESS_FORK);

        (void)state;
        record_open(recorder, logged(CLASS_READ));
        recorder_process(recorder, &info);
        recorder_end(recorder, 0);
        assert_int_equal(count_records(contents(fd)), 3);
        assert_int_equal(recorder_dropped(recorder), 0);
        recorder_free(recorder);
}

static void lines_of_a_run_are_numbered_without_a_gap(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_recorder(fd, 3);
        char wanted[200];

        (void)state;
        recorder_start(recorder, sample_run());
        for (int i = 0; i < 5; i++)
                record_open(recorder, logged(CLASS_READ));
        recorder_end(recorder, 0);
        for (int seq = 0; seq < 6; seq++) {
                snprintf(wanted, sizeof(wanted), "\"run\":\"%s\",\"seq\":%d,",
                         recorder_run(recorder), seq);
                assert_int_equal(count_of(contents(fd), wanted), 1);
        }
        assert_int_equal(count_records(contents(fd)), 6);
        recorder_free(recorder);
}

static void runs_are_told_apart(void **state)
{
        struct recorder *one = new_recorder(-1, 0), *other = new_recorder(-1, 0);
        const char *digits = recorder_run(one);

        (void)state;
        assert_int_equal(strlen(digits), RECORD_RUN_DIGITS);
        assert_int_equal(strspn(digits, "0123456789abcdef"), RECORD_RUN_DIGITS);
        assert_string_not_equal(digits, recorder_run(other));
        assert_string_equal(recorder_host(one), recorder_host(other));
        recorder_free(one);
        recorder_free(other);
}

static void silent_recorder_counts_as_usual(void **state)
{
        struct recorder *recorder = new_recorder(-1, 3);
        struct process_info info = sample_process(PROCESS_FORK);

        (void)state;
        assert_int_equal(recorder_start(recorder, sample_run()), 0);
        for (int i = 0; i < 5; i++)
                assert_int_equal(record_open(recorder, refused(CLASS_READ, ACTION_DENY)), 0);
        assert_int_equal(recorder_process(recorder, &info), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(recorder_end(recorder, 0), 0);
        assert_int_equal(recorder_count(recorder, CLASS_READ, ACTION_DENY), 5);
        assert_int_equal(recorder_dropped(recorder), 3);
        recorder_free(recorder);
}

#define TIME "\"time\":\"2026-11-23T12:00:00.123456Z\""

static struct recorder *new_folding(int fd, enum record_format format, uint64_t limit)
{
        const struct recorder_options options = {
                .fd = fd, .format = format, .limit = limit, .fold = true};

        return recorder_new(&options);
}

static void records_alike_are_written_once_and_counted(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);

        (void)state;
        recorder_start(recorder, sample_run());
        for (int i = 0; i < 5; i++)
                record_open(recorder, logged(CLASS_READ));
        recorder_flush(recorder);
        assert_int_equal(count_records(contents(fd)), 2);
        assert_int_equal(count_of(contents(fd), "repeated"), 0);
        recorder_end(recorder, 0);
        assert_int_equal(count_records(contents(fd)), 4);
        assert_int_equal(count_of(contents(fd), "\"seq\":2,\"pid\":1234"), 1);
        assert_int_equal(count_of(contents(fd), "\"backstop\":false,\"repeated\":4}"), 1);
        assert_int_equal(count_of(contents(fd), "\"seq\":3,\"status\":0"), 1);
        assert_int_equal(recorder_count(recorder, CLASS_READ, ACTION_LOG), 5);
        recorder_free(recorder);
}

static void fold_has_the_time_of_its_last(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);
        const char *first, *last;

        (void)state;
        record_open(recorder, logged(CLASS_READ));
        usleep(2000);
        record_open(recorder, logged(CLASS_READ));
        usleep(2000);
        recorder_end(recorder, 0);
        first = strstr(contents(fd), "\"time\":\"");
        last = strstr(first + 1, "\"time\":\"");
        assert_true(strncmp(first, last, sizeof(TIME) - 1) < 0);
        assert_true(strncmp(last, strstr(last + 1, "\"time\":\""), sizeof(TIME) - 1) < 0);
        recorder_free(recorder);
}

static void another_record_ends_a_fold(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);
        struct process_info info = sample_process(PROCESS_FORK);

        (void)state;
        for (int i = 0; i < 3; i++) { /* three lines each time: twice the same, and a process */
                record_open(recorder, logged(CLASS_READ));
                record_open(recorder, logged(CLASS_READ));
                recorder_process(recorder, &info);
        }
        record_open(recorder, logged(CLASS_READ));
        record_open(recorder, refused(CLASS_READ, ACTION_DENY));
        record_open(recorder, logged(CLASS_READ));
        recorder_flush(recorder);
        assert_int_equal(count_records(contents(fd)), 3 * 3 + 3);
        assert_int_equal(count_of(contents(fd), "\"repeated\":1}"), 3);
        recorder_free(recorder);
}

static void silent_allow_does_not_end_a_fold(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);
        struct verdict allowed = logged(CLASS_READ);

        (void)state;
        allowed.action = allowed.would = ACTION_ALLOW;
        record_open(recorder, logged(CLASS_READ));
        record_open(recorder, allowed);
        record_open(recorder, logged(CLASS_READ));
        recorder_end(recorder, 0);
        assert_int_equal(count_records(contents(fd)), 3);
        recorder_free(recorder);
}

static void folded_records_cost_nothing_of_the_limit(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 2);

        (void)state;
        for (int i = 0; i < 4; i++)
                record_open(recorder, logged(CLASS_READ));
        for (int i = 0; i < 4; i++) /* the last that has room, at the limit as well */
                record_open(recorder, refused(CLASS_READ, ACTION_DENY));
        assert_int_equal(recorder_dropped(recorder), 0);
        for (int i = 0; i < 4; i++)
                record_open(recorder, logged(CLASS_READ));
        recorder_end(recorder, 0);
        assert_int_equal(recorder_dropped(recorder), 4);
        assert_int_equal(count_of(contents(fd), "\"repeated\":3}"), 2);
        assert_int_equal(count_records(contents(fd)), 2 + 2 + 1 + 1);
        for (int seq = 0; seq < 6; seq++) {
                char wanted[32];

                snprintf(wanted, sizeof(wanted), "\"seq\":%d,", seq);
                assert_int_equal(count_of(contents(fd), wanted), 1);
        }
        recorder_free(recorder);
}

static void text_says_how_often(void **state)
{
        for (int colour = 0; colour < 2; colour++) {
                cleanup_fd int fd = new_file();
                struct recorder_options options = {.fd = fd, .fold = true, .colour = colour};
                struct recorder *recorder = recorder_new(&options);

                (void)state;
                for (int i = 0; i < 5; i++)
                        record_open(recorder, logged(CLASS_READ));
                record_open(recorder, refused(CLASS_READ, ACTION_DENY));
                record_open(recorder, refused(CLASS_READ, ACTION_DENY));
                recorder_end(recorder, 0);
                assert_int_equal(count_of(contents(fd), "\n"), 5);
                assert_int_equal(
                        count_of(contents(fd), colour ? "O_RDONLY  (repeated 4 times)\033[0m\n"
                                                      : "O_RDONLY  (repeated 4 times)\n"),
                        1);
                assert_int_equal(count_of(contents(fd), "  (repeated 1 time)"), 1);
                recorder_free(recorder);
        }
}

static void longest_records_are_folded_whole(void **state)
{
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);
        struct verdict verdict = refused(CLASS_READ, ACTION_DENY);

        (void)state;
        for (int i = 0; i < 3; i++)
                recorder_call(recorder, sample_longest(1, '\xff'), &verdict);
        recorder_end(recorder, 0);
        assert_int_equal(count_records(contents(fd)), 3);
        assert_int_equal(count_of(contents(fd), "\"backstop\":false,\"repeated\":2}"), 1);
        recorder_free(recorder);
}

/* Names that look like what is searched for in a line. */
static void hostile_names_do_not_deceive_a_fold(void **state)
{
        static const char *const names[] = {"/a\",\"seq\":1", "/a\",\"seq\":2", "/,\"time\":",
                                            "/}\n",           "/,\"seq\":12",   "/,\"seq\":13"};
        const struct verdict verdict = logged(CLASS_READ);
        cleanup_fd int fd = new_file();
        struct recorder *recorder = new_folding(fd, FORMAT_JSON, 0);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                recorder_call(recorder, sample_open(names[i], O_RDONLY), &verdict);
                recorder_call(recorder, sample_open(names[i], O_RDONLY), &verdict);
        }
        recorder_end(recorder, 0);
        assert_int_equal(count_records(contents(fd)), 2 * ARRAY_LEN(names) + 1);
        assert_int_equal(count_of(contents(fd), "\"repeated\":1}"), ARRAY_LEN(names));
        recorder_free(recorder);
}

static void full_disk_is_an_error_that_stays(void **state)
{
        cleanup_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        struct recorder *recorder = new_recorder(fd, 1);
        struct process_info info = sample_process(PROCESS_FORK);

        (void)state;
        assert_int_equal(record_open(recorder, logged(CLASS_READ)), 0);
        assert_int_equal(recorder_flush(recorder), -ENOSPC);
        assert_int_equal(recorder_flush(recorder), -ENOSPC);
        assert_int_equal(recorder_start(recorder, sample_run()), -ENOSPC);
        assert_int_equal(record_open(recorder, logged(CLASS_READ)), -ENOSPC);
        assert_int_equal(recorder_process(recorder, &info), -ENOSPC);
        assert_int_equal(recorder_end(recorder, 0), -ENOSPC);
        recorder_free(recorder);
}

static void full_disk_is_noticed_without_a_flush(void **state)
{
        cleanup_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        struct recorder *recorder = new_recorder(fd, 0);
        int error = 0;

        (void)state;
        for (int i = 0; i < 3000 && !error; i++)
                error = record_open(recorder, logged(CLASS_READ));
        assert_int_equal(error, -ENOSPC);
        recorder_free(recorder);
}

static void closed_pipe_is_an_error(void **state)
{
        struct recorder *recorder;
        int pipe_fds[2];

        (void)state;
        signal(SIGPIPE, SIG_IGN);
        assert_int_equal(pipe(pipe_fds), 0);
        close(pipe_fds[0]);
        recorder = new_recorder(pipe_fds[1], 0);
        record_open(recorder, logged(CLASS_READ));
        assert_int_equal(recorder_flush(recorder), -EPIPE);
        recorder_free(recorder);
        close(pipe_fds[1]);
}

/* The exit status says whether as many lines came as were expected. */
static void read_slowly(int fd, size_t expected)
{
        char part[5000];
        size_t lines = 0;
        ssize_t n;

        while ((n = read(fd, part, sizeof(part))) > 0) {
                for (ssize_t i = 0; i < n; i++)
                        lines += part[i] == '\n';
                usleep(100);
        }
        _exit(lines == expected ? 0 : 1);
}

static void slow_reader_loses_nothing(void **state)
{
        enum { LINES = 4000 };
        struct recorder *recorder;
        int pipe_fds[2], status;
        pid_t reader;

        (void)state;
        assert_int_equal(pipe(pipe_fds), 0);
        reader = fork();
        if (reader == 0) {
                close(pipe_fds[1]);
                read_slowly(pipe_fds[0], LINES);
        }
        close(pipe_fds[0]);
        assert_int_equal(fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK), 0);
        recorder = new_recorder(pipe_fds[1], 0);
        for (int i = 0; i < LINES; i++)
                assert_int_equal(record_open(recorder, logged(CLASS_READ)), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        recorder_free(recorder);
        close(pipe_fds[1]);
        assert_int_equal(waitpid(reader, &status, 0), reader);
        assert_int_equal(status, 0);
}

static int new_disk_file(char *path)
{
        int fd = mkostemp(path, O_APPEND | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static int flush_two(struct recorder *recorder)
{
        int error;

        record_open(recorder, logged(CLASS_READ));
        error = recorder_flush(recorder);
        if (error)
                return error;
        record_open(recorder, logged(CLASS_READ));
        return recorder_flush(recorder);
}

static void exclusive_file_may_have_had_contents(void **state)
{
        char path[] = "/tmp/stopgate-test-XXXXXX";
        cleanup_fd int fd = new_disk_file(path);
        struct recorder *recorder;

        (void)state;
        assert_int_equal(write(fd, "old\n", 4), 4);
        recorder = new_exclusive(fd);
        assert_int_equal(flush_two(recorder), 0);
        assert_int_equal(flush_two(recorder), 0);
        assert_int_equal(count_of(contents(fd), "\n"), 5);
        recorder_free(recorder);
        unlink(path);
}

static void exclusive_file_that_another_wrote_to_is_stale(void **state)
{
        char path[] = "/tmp/stopgate-test-XXXXXX";
        cleanup_fd int fd = new_disk_file(path);
        struct recorder *recorder = new_exclusive(fd);

        (void)state;
        assert_int_equal(flush_two(recorder), 0);
        assert_int_equal(write(fd, "x", 1), 1);
        assert_int_equal(flush_two(recorder), -ESTALE);
        assert_int_equal(recorder_flush(recorder), -ESTALE);
        recorder_free(recorder);
        unlink(path);
}

static void exclusive_file_that_was_truncated_is_stale(void **state)
{
        char path[] = "/tmp/stopgate-test-XXXXXX";
        cleanup_fd int fd = new_disk_file(path);
        struct recorder *recorder = new_exclusive(fd);

        (void)state;
        assert_int_equal(flush_two(recorder), 0);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(flush_two(recorder), -ESTALE);
        recorder_free(recorder);
        unlink(path);
}

static void exclusive_file_that_was_removed_is_stale(void **state)
{
        char path[] = "/tmp/stopgate-test-XXXXXX";
        cleanup_fd int fd = new_disk_file(path);
        struct recorder *recorder = new_exclusive(fd);

        (void)state;
        unlink(path);
        assert_int_equal(flush_two(recorder), -ESTALE);
        recorder_free(recorder);
}

static void assert_both_are_strict(size_t json_len, size_t text_len, const char *text)
{
        assert_true(strict_record(sample_buf, json_len));
        assert_true(strict_line(text, text_len));
}

static void hostile_bytes_in_a_call_are_one_line(void **state)
{
        static char text[RECORD_LINE_MAX];
        struct verdict verdict = refused(CLASS_WRITE, ACTION_DENY);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                struct event *event = sample_of(hostile[i].bytes, hostile[i].len);

                verdict.origin.file = hostile[i].bytes;
                assert_both_are_strict(json_formatter.call(sample_buf, sizeof(sample_buf),
                                                           &sample_stamp, event, &verdict, false),
                                       text_formatter.call(text, sizeof(text), &sample_stamp, event,
                                                           &verdict, false),
                                       text);
        }
}

static void hostile_bytes_in_an_exec_are_one_line(void **state)
{
        static char text[RECORD_LINE_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                struct process_info info = process_of(hostile[i].bytes, hostile[i].len);

                assert_both_are_strict(
                        json_formatter.process(sample_buf, sizeof(sample_buf), &sample_stamp, &info,
                                               false),
                        text_formatter.process(text, sizeof(text), &sample_stamp, &info, false),
                        text);
        }
}

static void hostile_bytes_in_the_start_are_one_line(void **state)
{
        static char text[RECORD_LINE_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                char *strings[] = {(char *)hostile[i].bytes, NULL};
                struct run_info *info = sample_run();
                struct policy policy = {.files = strings, .nfiles = 1};

                info->policy = &policy;
                info->argv = strings;
                info->layers = (const char *const *)strings;
                assert_both_are_strict(
                        json_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, info),
                        text_formatter.start(text, sizeof(text), &sample_stamp, info), text);
        }
}

static void print_calls(struct recorder *recorder)
{
        static const enum action actions[] = {ACTION_DISCARD, ACTION_DENY, ACTION_KILL};
        struct verdict verdict = logged(CLASS_READ);
        struct event *event;

        recorder_call(recorder, sample_open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC), &verdict);
        recorder_call(recorder, sample_rename("/a", "/b"), &verdict);
        event = sample_write("hello\n", 6);
        event->has |= EVENT_HAS_RESULT;
        event->result = -EPIPE;
        recorder_call(recorder, event, &verdict);
        event = new_event("x", "openat");
        event->error = -EFAULT;
        recorder_call(recorder, event, &verdict);
        for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
                verdict = refused(CLASS_OUTPUT, actions[i]);
                recorder_call(recorder, sample_write("hello\n", 6), &verdict);
                verdict = would_refuse(CLASS_OUTPUT, actions[i]);
                recorder_call(recorder, sample_write("hello\n", 6), &verdict);
        }
        verdict.object = 1;
        recorder_call(recorder, sample_exec(), &verdict);
        recorder_call(recorder, sample_longest('\x01', '\xff'), &verdict);
}

static void print_processes(struct recorder *recorder)
{
        static const enum process_what whats[] = {PROCESS_FORK, PROCESS_EXEC, PROCESS_EXIT};

        for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
                struct process_info info = sample_process(whats[i]);

                recorder_process(recorder, &info);
                info.status = SIGSEGV;
                recorder_process(recorder, &info);
        }
}

static void print_hostile(struct recorder *recorder)
{
        const struct verdict verdict = refused(CLASS_CREATE, ACTION_DENY);

        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                struct process_info info = process_of(hostile[i].bytes, hostile[i].len);

                info.comm = "hostile";
                recorder_call(recorder, sample_of(hostile[i].bytes, hostile[i].len), &verdict);
                recorder_process(recorder, &info);
        }
}

/* The last record but the end is one too many, so that the limit is said. */
static int print_samples(enum record_format format)
{
        struct recorder_options options = {
                .fd = STDOUT_FILENO,
                .format = format,
                .limit = 12 + 6 + 2 * ARRAY_LEN(hostile),
                .colour = format == FORMAT_TEXT && isatty(STDOUT_FILENO),
        };
        struct recorder *recorder = recorder_new(&options);
        int error;

        recorder_start(recorder, sample_run());
        print_calls(recorder);
        print_processes(recorder);
        print_hostile(recorder);
        record_open(recorder, logged(CLASS_READ));
        error = recorder_end(recorder, 0);
        recorder_free(recorder);
        return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(records_are_written_in_batches),
                cmocka_unit_test(batch_is_one_write),
                cmocka_unit_test(full_batch_is_written_by_itself),
                cmocka_unit_test(longest_records_fit_a_batch),
                cmocka_unit_test(end_is_written_at_once),
                cmocka_unit_test(silent_allow_is_counted_and_not_written),
                cmocka_unit_test(permissive_refusals_are_counted_as_what_they_would_be),
                cmocka_unit_test(limit_is_said_once_and_the_rest_counted),
                cmocka_unit_test(limit_that_costs_nothing_is_not_said),
                cmocka_unit_test(lines_of_a_run_are_numbered_without_a_gap),
                cmocka_unit_test(runs_are_told_apart),
                cmocka_unit_test(silent_recorder_counts_as_usual),
                cmocka_unit_test(records_alike_are_written_once_and_counted),
                cmocka_unit_test(fold_has_the_time_of_its_last),
                cmocka_unit_test(another_record_ends_a_fold),
                cmocka_unit_test(silent_allow_does_not_end_a_fold),
                cmocka_unit_test(folded_records_cost_nothing_of_the_limit),
                cmocka_unit_test(text_says_how_often),
                cmocka_unit_test(longest_records_are_folded_whole),
                cmocka_unit_test(hostile_names_do_not_deceive_a_fold),
                cmocka_unit_test(full_disk_is_an_error_that_stays),
                cmocka_unit_test(full_disk_is_noticed_without_a_flush),
                cmocka_unit_test(closed_pipe_is_an_error),
                cmocka_unit_test(slow_reader_loses_nothing),
                cmocka_unit_test(exclusive_file_may_have_had_contents),
                cmocka_unit_test(exclusive_file_that_another_wrote_to_is_stale),
                cmocka_unit_test(exclusive_file_that_was_truncated_is_stale),
                cmocka_unit_test(exclusive_file_that_was_removed_is_stale),
                cmocka_unit_test(hostile_bytes_in_a_call_are_one_line),
                cmocka_unit_test(hostile_bytes_in_an_exec_are_one_line),
                cmocka_unit_test(hostile_bytes_in_the_start_are_one_line),
        };

        if (argc > 1 && !strcmp(argv[1], "--samples"))
                return print_samples(FORMAT_JSON);
        if (argc > 1 && !strcmp(argv[1], "--text"))
                return print_samples(FORMAT_TEXT);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
