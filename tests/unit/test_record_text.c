/* test_record_text.c: records for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "record_samples.h"

static void assert_text(size_t len, const char *expected)
{
        assert_true(len > 0 && len <= RECORD_LINE_MAX);
        assert_int_equal(sample_buf[len - 1], '\n');
        sample_buf[len - 1] = '\0';
        assert_string_equal(sample_buf, expected);
}

static size_t call_line(const struct event *event, struct verdict verdict, bool colour)
{
        return text_formatter.call(sample_buf, sizeof(sample_buf), &sample_stamp, event, &verdict,
                                   colour);
}

static void assert_call(const struct event *event, struct verdict verdict, const char *expected)
{
        size_t len = call_line(event, verdict, false);

        assert_true(strict_line(sample_buf, len));
        assert_text(len, expected);
}

static void logged_open_stands_in_columns(void **state)
{
        (void)state;
        assert_call(sample_open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC), logged(CLASS_READ),
                    "[1234 ls]            log        openat     /etc/ld.so.cache  "
                    "O_RDONLY|O_CLOEXEC");
}

static void refusal_names_errno_and_rule(void **state)
{
        (void)state;
        assert_call(sample_open("/etc/passwd", O_WRONLY | O_APPEND),
                    refused(CLASS_WRITE, ACTION_DENY),
                    "[1234 ls]            DENY       openat     /etc/passwd  O_WRONLY|O_APPEND  "
                    "EACCES  untrusted.ini:12");
}

static void permissive_refusal_names_the_rule(void **state)
{
        (void)state;
        assert_call(sample_open("/etc/passwd", O_RDWR), would_refuse(CLASS_WRITE, ACTION_DENY),
                    "[1234 ls]            would DENY openat     /etc/passwd  O_RDWR  "
                    "untrusted.ini:12");
}

static struct words word(const char *text)
{
        return (struct words){text, strlen(text)};
}

static void assert_change(const struct change *change, const char *mark, const char *expected)
{
        size_t len =
                text_formatter.change(sample_buf, sizeof(sample_buf), &sample_stamp, change, mark);

        assert_true(strict_line(sample_buf, len));
        assert_text(len, expected);
}

static void change_says_what_is_there_now(void **state)
{
        struct change change = {.path = word("/w/a"), .after = {.mode = S_IFREG | 0644}};

        (void)state;
        assert_change(&change, NULL, "[after the run]      created    /w/a  0644");
        change.kind = CHANGE_MODIFIED;
        change.before.mode = S_IFREG | 0600;
        change.attributes = CHANGED_MODE | CHANGED_OWNER;
        assert_change(&change, "start-up file",
                      "[after the run]      modified   /w/a  0600 -> 0644  mode  owner  start-up "
                      "file");
        change.kind = CHANGE_DELETED;
        change.after.mode = 0;
        change.attributes = 0;
        assert_change(&change, NULL, "[after the run]      deleted    /w/a  0600");
}

static void change_says_where_it_came_from_and_leads_to(void **state)
{
        struct change change = {.kind = CHANGE_RENAMED,
                                .path = word("/w/a\n"),
                                .from = word("/w/b"),
                                .before = {.mode = S_IFREG | 0600},
                                .after = {.mode = S_IFREG | 0600}};

        (void)state;
        assert_change(&change, NULL, "[after the run]      renamed    /w/b -> /w/a\\n  0600");
        change = (struct change){.path = word("/w/l"),
                                 .target = word("/etc/pass\x1bwd"),
                                 .after = {.mode = S_IFLNK | 0777}};
        assert_change(&change, NULL,
                      "[after the run]      created    /w/l -> \"/etc/pass\\x1bwd\"  0777");
}

static void mode_follows_the_flags(void **state)
{
        struct event *event = sample_open("/tmp/a b", O_WRONLY | O_CREAT);

        (void)state;
        event->mode = 0644;
        event->has |= EVENT_HAS_MODE;
        assert_call(event, logged(CLASS_CREATE),
                    "[1234 ls]            log        openat     /tmp/a b  O_WRONLY|O_CREAT  0644");
}

static void write_shows_its_bytes(void **state)
{
        struct event *event = sample_write("hello\n", 6);

        (void)state;
        assert_call(event, logged(CLASS_OUTPUT),
                    "[1234 ls]            log        write      /dev/pts/0 <fd 1>  "
                    "6 bytes \"hello\\n\"");
        event->count = 4711;
        assert_call(event, logged(CLASS_OUTPUT),
                    "[1234 ls]            log        write      /dev/pts/0 <fd 1>  "
                    "4711 bytes \"hello\\n\"...");
        event = sample_write("x", 1);
        event->has &= ~(unsigned)EVENT_HAS_DATA;
        assert_call(event, refused(CLASS_OUTPUT, ACTION_DISCARD),
                    "[1234 ls]            discard    write      /dev/pts/0 <fd 1>  1 byte  "
                    "untrusted.ini:12");
}

static void signal_says_whom_it_was_for(void **state)
{
        (void)state;
        assert_call(sample_kill(SIGTERM), refused(CLASS_PROCESS, ACTION_DENY),
                    "[1234 sh]            DENY       kill       process 7  SIGTERM  EACCES  "
                    "untrusted.ini:12");
        assert_call(sample_kill(0), logged(CLASS_PROCESS),
                    "[1234 sh]            log        kill       process 7  0");
}

static void rename_shows_both_names(void **state)
{
        struct event *event = sample_rename("/a", "/b");

        (void)state;
        assert_call(event, logged(CLASS_DELETE),
                    "[1234 mv]            log        renameat2  /a -> /b");
        event->flags = RENAME_EXCHANGE;
        assert_call(event, logged(CLASS_DELETE),
                    "[1234 mv]            log        renameat2  /a -> /b  RENAME_EXCHANGE");
}

static void result_is_shown_when_it_is_known(void **state)
{
        struct event *event = sample_open("/x", O_RDONLY);

        (void)state;
        event->has |= EVENT_HAS_RESULT;
        event->result = 3;
        assert_call(event, logged(CLASS_READ),
                    "[1234 ls]            log        openat     /x  O_RDONLY  = 3");
        event->result = -EACCES;
        assert_call(event, logged(CLASS_READ),
                    "[1234 ls]            log        openat     /x  O_RDONLY  = -13 EACCES");
        event->result = -4095;
        assert_call(event, logged(CLASS_READ),
                    "[1234 ls]            log        openat     /x  O_RDONLY  = -4095");
}

static void rule_that_logs_is_named_and_a_default_is_not(void **state)
{
        struct verdict verdict = logged(CLASS_READ);

        (void)state;
        verdict.origin = (struct origin){"-w /tmp", 0};
        assert_call(sample_open("/x", O_RDONLY), verdict,
                    "[1234 ls]            log        openat     /x  O_RDONLY");
        verdict.rule = &sample_rule;
        assert_call(sample_open("/x", O_RDONLY), verdict,
                    "[1234 ls]            log        openat     /x  O_RDONLY  -w /tmp");
}

static void undecodable_path_is_shown_as_given(void **state)
{
        struct event *event = new_event("x", "openat");

        (void)state;
        event->error = -ENOENT;
        assert_call(event, logged(CLASS_READ),
                    "[1234 x]             log        openat     -  ENOENT");
        set_raw(event, "../\x1b", 4);
        assert_call(event, logged(CLASS_READ),
                    "[1234 x]             log        openat     \"../\\x1b\"  ENOENT");
}

static void hostile_name_stays_in_its_column(void **state)
{
        struct event *event = sample_open("/tmp/\n[1 sh] \x1b[31m\\\xff\xe2\x80\xae", O_RDONLY);

        (void)state;
        strcpy(event->comm, "a] log\n\x9b");
        assert_call(event, logged(CLASS_READ),
                    "[1234 \"a] log\\n\\x9b\"] log        openat     "
                    "/tmp/\\n[1 sh] \\x1b[31m\\\\\\xff\\u{202e}  O_RDONLY");
}

static void assert_colour(struct verdict verdict, const char *code)
{
        static const char reset[] = "\033[0m\n";
        size_t len = call_line(sample_of("\033[31m", 5), verdict, true);
        size_t tail = strlen(reset);

        assert_memory_equal(sample_buf, code, strlen(code));
        assert_memory_equal(sample_buf + len - tail, reset, tail);
        sample_buf[len - tail] = '\n';
        assert_true(strict_line(sample_buf + strlen(code), len - tail + 1 - strlen(code)));
}

static void colours_come_only_from_the_verdict(void **state)
{
        (void)state;
        assert_colour(logged(CLASS_READ), "\033[2m");
        assert_colour(refused(CLASS_READ, ACTION_DENY), "\033[1;31m");
        assert_colour(refused(CLASS_READ, ACTION_KILL), "\033[1;31m");
        assert_colour(refused(CLASS_READ, ACTION_DISCARD), "\033[33m");
        assert_colour(would_refuse(CLASS_READ, ACTION_DENY), "\033[33m");
}

static void longest_call_is_one_line(void **state)
{
        static const char bytes[] = {'\x01', '\xff', 'a', '"', '\\'};

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++) {
                size_t len = call_line(sample_longest(bytes[i], '\xff'),
                                       refused(CLASS_READ, ACTION_DENY), false);

                assert_true(strict_line(sample_buf, len));
                assert_non_null(memmem(sample_buf, len, "  untrusted.ini:12\n", 19));
        }
}

static size_t process_line(struct process_info info, bool colour)
{
        return text_formatter.process(sample_buf, sizeof(sample_buf), &sample_stamp, &info, colour);
}

static void processes_fork_exec_and_exit(void **state)
{
        struct process_info info = sample_process(PROCESS_EXIT);

        (void)state;
        assert_text(process_line(sample_process(PROCESS_FORK), false),
                    "[1234 ls]            fork       1235");
        assert_text(process_line(sample_process(PROCESS_EXEC), false),
                    "[1234 ls]            exec       /usr/bin/ls  ls -l \"a b\"");
        assert_text(process_line(info, false), "[1234 ls]            exit       0");
        info.status = SIGKILL;
        assert_text(process_line(info, false), "[1234 ls]            killed by SIGKILL");
        assert_text(process_line(info, true),
                    "\033[2m[1234 ls]            killed by SIGKILL\033[0m");
}

static void endless_arguments_fit(void **state)
{
        static char bytes[1 << 20];
        static const char fill[] = {'\0', '\xff', ' '};

        (void)state;
        for (size_t i = 0; i < sizeof(fill); i++) {
                struct process_info info = sample_process(PROCESS_EXEC);
                size_t len;

                memset(bytes, fill[i], sizeof(bytes));
                info.argv = bytes;
                info.argv_len = sizeof(bytes);
                len = process_line(info, false);
                assert_true(len <= RECORD_LINE_MAX && strict_line(sample_buf, len));
                assert_memory_equal(sample_buf + len - 5, " ...\n", 5);
        }
}

static size_t start_line(const struct run_info *info)
{
        struct stamp stamp = sample_stamp;
        char identity[RECORD_IDENTITY_MAX];

        stamp.identity = identity;
        stamp.identity_len =
                text_formatter.identity(identity, sizeof(identity), "myhost", "9f3c0a51d2e47b68");
        return text_formatter.start(sample_buf, sizeof(sample_buf), &stamp, info);
}

static void start_names_policy_stops_and_layers(void **state)
{
        (void)state;
        assert_text(start_line(sample_run()),
                    "stopgate 0.1: base.ini, untrusted.ini; stops at open openat write; "
                    "layers ptrace seccomp; run 9f3c0a51d2e47b68");
}

static void start_does_not_list_every_stop(void **state)
{
        static const char *const stops[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", NULL};
        struct run_info *info = sample_run();
        struct policy policy = {.permissive = true};

        (void)state;
        info->policy = &policy;
        info->stops = stops;
        assert_text(start_line(info),
                    "stopgate 0.1: no policy file; permissive: nothing is refused; stops at a b c "
                    "d e f g h and 2 more; layers ptrace seccomp; run 9f3c0a51d2e47b68");
}

static size_t end_line(const struct counts *counts)
{
        return text_formatter.end(sample_buf, sizeof(sample_buf), &sample_stamp, 0, counts);
}

static void end_says_what_was_done(void **state)
{
        struct counts counts = {0};

        (void)state;
        assert_text(end_line(&counts), "stopgate: exit status 0");
        counts.by[CLASS_READ][ACTION_ALLOW] = 99;
        counts.by[CLASS_READ][ACTION_LOG] = 12;
        assert_text(end_line(&counts), "stopgate: exit status 0; logged 12");
        counts.by[CLASS_WRITE][ACTION_DENY] = 2;
        counts.by[CLASS_READ][ACTION_DENY] = 1;
        assert_text(end_line(&counts),
                    "stopgate: exit status 0; denied 3 (write 2, read 1), logged 12");
        counts.by[CLASS_EXEC][ACTION_KILL] = 1;
        counts.dropped = 5;
        assert_text(end_line(&counts), "stopgate: exit status 0; killed 1 (exec 1), denied 3 "
                                       "(write 2, read 1), logged 12, 5 records dropped");
}

static void end_of_a_permissive_run_claims_no_refusal(void **state)
{
        struct counts counts = {.permissive = true};

        (void)state;
        counts.by[CLASS_WRITE][ACTION_DENY] = 2;
        assert_text(end_line(&counts), "stopgate: exit status 0; would have denied 2 (write 2)");
}

static void limit_says_what_it_is(void **state)
{
        (void)state;
        assert_text(text_formatter.limit(sample_buf, sizeof(sample_buf), &sample_stamp, 1000),
                    "stopgate: the limit of 1000 records is reached, further ones are dropped");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(logged_open_stands_in_columns),
                cmocka_unit_test(refusal_names_errno_and_rule),
                cmocka_unit_test(permissive_refusal_names_the_rule),
                cmocka_unit_test(change_says_what_is_there_now),
                cmocka_unit_test(change_says_where_it_came_from_and_leads_to),
                cmocka_unit_test(mode_follows_the_flags),
                cmocka_unit_test(write_shows_its_bytes),
                cmocka_unit_test(signal_says_whom_it_was_for),
                cmocka_unit_test(rename_shows_both_names),
                cmocka_unit_test(result_is_shown_when_it_is_known),
                cmocka_unit_test(rule_that_logs_is_named_and_a_default_is_not),
                cmocka_unit_test(undecodable_path_is_shown_as_given),
                cmocka_unit_test(hostile_name_stays_in_its_column),
                cmocka_unit_test(colours_come_only_from_the_verdict),
                cmocka_unit_test(longest_call_is_one_line),
                cmocka_unit_test(processes_fork_exec_and_exit),
                cmocka_unit_test(endless_arguments_fit),
                cmocka_unit_test(start_names_policy_stops_and_layers),
                cmocka_unit_test(start_does_not_list_every_stop),
                cmocka_unit_test(end_says_what_was_done),
                cmocka_unit_test(end_of_a_permissive_run_claims_no_refusal),
                cmocka_unit_test(limit_says_what_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
