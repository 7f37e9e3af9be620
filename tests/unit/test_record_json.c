/* test_record_json.c: the fields of JSON records, which are a contract. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "record_samples.h"

#define LINE_FILLER (64 << 10) /* more than there is room for in a list */

#define TIME "\"time\":\"2026-11-23T12:00:00.123456Z\"" SAMPLE_IDENTITY "17"
#define HEAD "{\"event\":\"call\"," TIME ",\"pid\":1234,\"tid\":1234,"

static void assert_record(size_t len, const char *expected)
{
        assert_true(len <= RECORD_LINE_MAX);
        assert_true(strict_record(sample_buf, len));
        sample_buf[len - 1] = '\0';
        assert_string_equal(sample_buf, expected);
}

static size_t call_line(const struct event *event, struct verdict verdict)
{
        return json_formatter.call(sample_buf, sizeof(sample_buf), &sample_stamp, event, &verdict,
                                   true);
}

static void assert_call(const struct event *event, struct verdict verdict, const char *expected)
{
        assert_record(call_line(event, verdict), expected);
}

/* Does the record of that call hold this? */
static void assert_holds(const struct event *event, struct verdict verdict, const char *part)
{
        size_t len = call_line(event, verdict);

        assert_true(strict_record(sample_buf, len));
        assert_non_null(memmem(sample_buf, len, part, strlen(part)));
}

static void assert_lacks(const struct event *event, struct verdict verdict, const char *part)
{
        size_t len = call_line(event, verdict);

        assert_true(strict_record(sample_buf, len));
        assert_null(memmem(sample_buf, len, part, strlen(part)));
}

static void fields_come_in_the_order_of_the_contract(void **state)
{
        struct event *event = new_event("tar", "openat");

        (void)state;
        event->tgid = event->tid = 7;
        set_path(event, 0, "/abs/resolved");
        set_path(event, 1, "/abs/second");
        set_raw(event, "../as/given", 11);
        set_data(event, "hello", 5);
        event->fd = 1;
        event->flag_names = open_flag_names;
        event->flags = O_WRONLY | O_CREAT;
        event->mode = 0644;
        event->has |= EVENT_HAS_FD | EVENT_HAS_FLAGS | EVENT_HAS_MODE;
        assert_call(event, refused(CLASS_WRITE, ACTION_DENY),
                    "{\"event\":\"call\"," TIME ",\"pid\":7,\"tid\":7,\"comm\":\"tar\","
                    "\"call\":\"openat\",\"class\":\"write\",\"path\":\"/abs/resolved\","
                    "\"to\":\"/abs/second\",\"raw\":\"../as/given\",\"fd\":1,"
                    "\"flags\":\"O_WRONLY|O_CREAT\",\"mode\":\"0644\",\"count\":5,"
                    "\"data\":\"hello\",\"action\":\"deny\",\"errno\":\"EACCES\",\"result\":-13,"
                    "\"rule\":\"untrusted.ini:12\",\"backstop\":false}");
}

static void refused_signal_says_whom_it_was_for(void **state)
{
        (void)state;
        assert_call(sample_kill(SIGKILL), refused(CLASS_PROCESS, ACTION_DENY),
                    HEAD "\"comm\":\"sh\",\"call\":\"kill\",\"class\":\"process\","
                         "\"path\":\"process 7\",\"signal\":\"SIGKILL\",\"action\":\"deny\","
                         "\"errno\":\"EACCES\",\"result\":-13,\"rule\":\"untrusted.ini:12\","
                         "\"backstop\":false}");
}

static void fields_that_do_not_apply_are_left_out(void **state)
{
        (void)state;
        assert_call(new_event("sh", "sync"), logged(CLASS_WRITE),
                    HEAD "\"comm\":\"sh\",\"call\":\"sync\",\"class\":\"write\",\"action\":\"log\","
                         "\"backstop\":false}");
}

static void logged_open_says_what_and_how(void **state)
{
        (void)state;
        assert_call(sample_open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC), logged(CLASS_READ),
                    HEAD "\"comm\":\"ls\",\"call\":\"openat\",\"class\":\"read\","
                         "\"path\":\"/etc/ld.so.cache\",\"flags\":\"O_RDONLY|O_CLOEXEC\","
                         "\"action\":\"log\",\"backstop\":false}");
}

static void permissive_mode_says_what_would_have_been(void **state)
{
        (void)state;
        assert_call(sample_open("/etc/passwd", O_RDWR), would_refuse(CLASS_WRITE, ACTION_DENY),
                    HEAD "\"comm\":\"ls\",\"call\":\"openat\",\"class\":\"write\","
                         "\"path\":\"/etc/passwd\",\"flags\":\"O_RDWR\",\"action\":\"log\","
                         "\"would\":\"deny\",\"rule\":\"untrusted.ini:12\",\"backstop\":false}");
}

static void discarded_write_returns_its_count(void **state)
{
        (void)state;
        assert_holds(sample_write("hello\n", 6), refused(CLASS_OUTPUT, ACTION_DISCARD),
                     "\"data\":\"hello\\n\",\"action\":\"discard\",\"result\":6,\"rule\":");
}

static void killed_call_returns_nothing(void **state)
{
        const struct event *event = sample_open("/etc/shadow", O_RDONLY);

        (void)state;
        assert_holds(event, refused(CLASS_READ, ACTION_KILL), "\"action\":\"kill\",\"rule\":");
        assert_lacks(event, refused(CLASS_READ, ACTION_KILL), "\"errno\"");
}

static void known_result_is_recorded(void **state)
{
        struct event *event = sample_open("/x", O_RDONLY);

        (void)state;
        event->has |= EVENT_HAS_RESULT;
        event->result = 3;
        assert_holds(event, logged(CLASS_READ), "\"action\":\"log\",\"result\":3,\"backstop\"");
        event->result = -ENOENT;
        assert_holds(event, logged(CLASS_READ), "\"errno\":\"ENOENT\",\"result\":-2,");
}

static void result_that_is_no_errno_has_no_name(void **state)
{
        struct event *event = sample_open("/x", O_RDONLY);

        (void)state;
        event->has |= EVENT_HAS_RESULT;
        event->result = -4096;
        assert_holds(event, logged(CLASS_READ), "\"action\":\"log\",\"result\":-4096,");
}

static void call_that_cannot_succeed_says_the_kernels_errno(void **state)
{
        struct event *event = new_event("x", "openat");

        (void)state;
        event->error = -EFAULT;
        event->undecodable = true;
        assert_holds(event, logged(CLASS_READ), "\"errno\":\"EFAULT\",\"result\":-14,");
        assert_lacks(event, logged(CLASS_READ), "\"path\"");
}

static void refusal_says_the_errno_that_the_command_gets(void **state)
{
        struct event *event = sample_open("/secret/none", O_RDONLY);

        (void)state;
        event->error = -ENOENT;
        assert_holds(event, refused(CLASS_READ, ACTION_DENY),
                     "\"errno\":\"EACCES\",\"result\":-13,");
}

static void discarded_write_claims_no_more_than_write_may(void **state)
{
        struct event *event = sample_write("x", 1);

        (void)state;
        event->count = UINT64_MAX;
        assert_holds(event, refused(CLASS_OUTPUT, ACTION_DISCARD), "\"result\":2147479552,");
        event->error = -EBADF;
        assert_holds(event, refused(CLASS_OUTPUT, ACTION_DISCARD),
                     "\"errno\":\"EBADF\",\"result\":-9,");
}

static void call_without_a_row_is_unknown(void **state)
{
        struct event *event = new_event("x", NULL);

        (void)state;
        event->call = NULL;
        assert_holds(event, logged(CLASS_READ), "\"call\":\"unknown\"");
}

static void raw_is_left_out_when_it_is_the_path(void **state)
{
        struct event *event = sample_open("/etc/passwd", O_RDONLY);

        (void)state;
        set_raw(event, "/etc/passwd", 11);
        assert_lacks(event, logged(CLASS_READ), "\"raw\"");
        set_raw(event, "/etc/passw", 10);
        assert_holds(event, logged(CLASS_READ), "\"path\":\"/etc/passwd\",\"raw\":\"/etc/passw\"");
        set_raw(event, "", 0);
        assert_holds(event, logged(CLASS_READ), "\"raw\":\"\"");
}

static void deleted_file_says_so(void **state)
{
        struct event *event = sample_write("x", 1);

        (void)state;
        event->objects[0].kind = OBJECT_DELETED;
        assert_holds(event, logged(CLASS_OUTPUT), "\"path\":\"/dev/pts/0 (deleted)\"");
}

static void labels_and_socket_names_are_shown_as_they_are(void **state)
{
        struct event *event = new_event("x", "connect");

        (void)state;
        set_object(event, 0, OBJECT_ANONYMOUS, "pipe:[7]", 8);
        assert_holds(event, logged(CLASS_OUTPUT), "\"path\":\"pipe:[7]\"");
        set_object(event, 0, OBJECT_ABSTRACT, "@a\0b", 4);
        assert_holds(event, logged(CLASS_CONNECT), "\"path\":\"@a\\u0000b\"");
        set_object(event, 0, OBJECT_INET, "inet:[::1]:80", 13);
        assert_holds(event, logged(CLASS_CONNECT), "\"path\":\"inet:[::1]:80\"");
}

static void rename_and_symlink_have_a_second_name(void **state)
{
        struct event *event = sample_rename("/a", "/b");

        (void)state;
        assert_holds(event, logged(CLASS_DELETE), "\"path\":\"/a\",\"to\":\"/b\",\"flags\":\"0\"");
        set_object(event, 1, OBJECT_TEXT, "../text", 7);
        assert_holds(event, logged(CLASS_CREATE), "\"path\":\"/a\",\"to\":\"../text\"");
}

static void interpreter_is_shown_only_when_it_decided(void **state)
{
        struct verdict verdict = refused(CLASS_EXEC, ACTION_DENY);

        (void)state;
        assert_lacks(sample_exec(), verdict, "\"to\"");
        verdict.object = 2;
        assert_holds(sample_exec(), verdict,
                     "\"path\":\"/home/u/script\",\"to\":\"/lib64/ld-linux-x86-64.so.2\"");
}

static void bytes_that_are_no_utf8_are_given_exactly(void **state)
{
        (void)state;
        assert_call(sample_of("/\xff", 2), logged(CLASS_READ),
                    HEAD "\"comm\":\"/\xef\xbf\xbd\",\"comm_hex\":\"2fff\",\"call\":\"openat\","
                         "\"class\":\"read\",\"path\":\"/\xef\xbf\xbd\",\"path_hex\":\"2fff\","
                         "\"to\":\"/\xef\xbf\xbd\",\"to_hex\":\"2fff\","
                         "\"raw\":\"/\xef\xbf\xbd/\",\"raw_hex\":\"2fff2f\",\"count\":2,"
                         "\"data\":\"/\xef\xbf\xbd\",\"data_hex\":\"2fff\",\"action\":\"log\","
                         "\"backstop\":false}");
}

static void longest_call_fits_whole(void **state)
{
        static char file[PATH_MAX];
        struct verdict verdict = refused(CLASS_READ, ACTION_DENY);
        size_t len;

        (void)state;
        memset(file, 1, sizeof(file) - 1);
        verdict.origin.file = file;
        len = call_line(sample_longest(1, '\xff'), verdict);
        assert_true(strict_record(sample_buf, len));
        /* Each field is there to its last byte, the one that is not UTF-8. */
        for (int i = 0; i < 5; i++) {
                static const char *const keys[] = {
                        ",\"comm_hex\":", ",\"path_hex\":", ",\"to_hex\":", ",\"raw_hex\":",
                        ",\"data_hex\":"};
                assert_non_null(memmem(sample_buf, len, keys[i], strlen(keys[i])));
        }
        assert_non_null(memmem(sample_buf, len, "01ff\",\"signal\"", 14));
        assert_non_null(memmem(sample_buf, len, "\\u0001:12\",\"backstop\":false}", 27));
}

static void start_tells_the_run(void **state)
{
        struct run_info *info = sample_run();

        (void)state;
        assert_record(json_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, info),
                      "{\"event\":\"start\"," TIME ",\"version\":\"0.1\","
                      "\"policy\":[\"/etc/stopgate/base.ini\",\"/home/u/untrusted.ini\"],"
                      "\"argv\":[\"ls\",\"-l\",\"a "
                      "b\"],\"cwd\":\"/work\",\"home\":\"/home/u\",\"mode\":\"enforce\","
                      "\"stops\":[\"open\",\"openat\",\"write\"],"
                      "\"layers\":[\"ptrace\",\"seccomp\"],\"recorded\":[]}");
}

static void start_leaves_out_what_there_is_not(void **state)
{
        struct run_info *info = sample_run();
        size_t len;

        (void)state;
        info->cwd = info->home = NULL;
        info->changes = true;
        len = json_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, info);
        assert_true(strict_record(sample_buf, len));
        assert_null(memmem(sample_buf, len, "\"cwd", 4));
        assert_null(memmem(sample_buf, len, "\"home", 5));
        assert_non_null(memmem(sample_buf, len, "],\"changes\":true}", 17));
}

static void longest_start_fits_whole(void **state)
{
        static char path[2 * PATH_MAX], word[LINE_FILLER];
        static char *argv[] = {word, NULL};
        struct policy policy = {.files = argv, .nfiles = 1};
        struct run_info *info = sample_run();
        size_t len;

        (void)state;
        memset(path, '\1', sizeof(path) - 1);
        memset(word, '\1', sizeof(word) - 1);
        path[0] = '\xff';
        info->cwd = info->home = path;
        info->policy = &policy;
        info->argv = argv;
        info->stops = info->layers = (const char *const *)argv;
        len = json_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, info);
        assert_true(strict_record(sample_buf, len));
        assert_non_null(memmem(sample_buf, len, "01\",\"mode\":\"enforce\"", 20));
        assert_non_null(memmem(sample_buf, len, ",\"layers_cut\":true,\"recorded\":[]}", 33));
}

static void assert_identity(const char *host, const char *expected)
{
        char identity[RECORD_IDENTITY_MAX];
        size_t len = json_formatter.identity(identity, sizeof(identity), host, "00");

        assert_int_equal(len, strlen(expected));
        assert_memory_equal(identity, expected, len);
}

static void identity_escapes_the_name_of_the_machine(void **state)
{
        char longest[RECORD_HOST_MAX + 1], identity[RECORD_IDENTITY_MAX];

        (void)state;
        assert_identity("a", ",\"host\":\"a\",\"run\":\"00\",\"seq\":");
        assert_identity("", ",\"host\":\"\",\"run\":\"00\",\"seq\":");
        assert_identity("\",\n", ",\"host\":\"\\\",\\n\",\"run\":\"00\",\"seq\":");
        assert_identity("\xff",
                        ",\"host\":\"\xef\xbf\xbd\",\"host_hex\":\"ff\",\"run\":\"00\",\"seq\":");
        memset(longest, '\1', RECORD_HOST_MAX);
        longest[0] = '\xff';
        longest[RECORD_HOST_MAX] = '\0';
        assert_true(json_formatter.identity(identity, sizeof(identity), longest, "00") >
                    8 * (RECORD_HOST_MAX - 1));
}

static void long_argv_is_cut_and_says_so(void **state)
{
        static char word[] = "\x01\x01\x01\x01\x01\x01\x01\x01";
        static char *argv[20001];
        struct run_info *info = sample_run();
        size_t len;

        (void)state;
        for (size_t i = 0; i + 1 < ARRAY_LEN(argv); i++)
                argv[i] = word + i % sizeof(word);
        info->argv = argv;
        len = json_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, info);
        assert_true(strict_record(sample_buf, len));
        assert_non_null(memmem(sample_buf, len, "],\"argv_cut\":true,\"cwd\":", 24));
        assert_non_null(memmem(sample_buf, len,
                               "\"layers\":[\"ptrace\",\"seccomp\"],\"recorded\":[]}", 44));
}

static size_t process_line(struct process_info info)
{
        return json_formatter.process(sample_buf, sizeof(sample_buf), &sample_stamp, &info, true);
}

#define PROCESS \
        "{\"event\":\"process\"," TIME ",\"pid\":1234,\"tid\":1234,\"comm\":\"ls\",\"process\":"

static void processes_fork_exec_and_exit(void **state)
{
        struct process_info info = sample_process(PROCESS_EXIT);

        (void)state;
        assert_record(process_line(sample_process(PROCESS_FORK)),
                      PROCESS "\"fork\",\"child\":1235}");
        assert_record(process_line(sample_process(PROCESS_EXEC)), PROCESS
                      "\"exec\",\"path\":\"/usr/bin/ls\",\"argv\":[\"ls\",\"-l\",\"a b\"]}");
        info.status = 3 << 8;
        assert_record(process_line(info), PROCESS "\"exit\",\"status\":3}");
        info.has_written = true;
        info.written = 17;
        assert_record(process_line(info), PROCESS "\"exit\",\"status\":3,\"written\":17}");
        info.has_written = false;
        info.status = SIGKILL;
        assert_record(process_line(info), PROCESS "\"exit\",\"signal\":\"SIGKILL\"}");
        info.status = 40;
        assert_record(process_line(info), PROCESS "\"exit\",\"signal\":\"SIG40\"}");
}

static void exec_arguments_are_exact_and_their_cut_is_said(void **state)
{
        struct process_info info = sample_process(PROCESS_EXEC);

        (void)state;
        info.argv = "a\0\xff";
        info.argv_len = 3;
        assert_record(process_line(info),
                      PROCESS "\"exec\",\"path\":\"/usr/bin/ls\",\"argv\":[\"a\",\"\xef\xbf\xbd\"],"
                              "\"argv_hex\":\"6100ff\",\"argv_cut\":true}");
        info.argv = NULL;
        info.argv_len = 0;
        assert_record(process_line(info), PROCESS "\"exec\",\"path\":\"/usr/bin/ls\",\"argv\":[]}");
}

static void endless_arguments_fit(void **state)
{
        static char bytes[1 << 20];
        static const char fill[] = {'\0', '\xff', '\x01'};

        (void)state;
        for (size_t i = 0; i < sizeof(fill); i++) {
                struct process_info info = sample_process(PROCESS_EXEC);
                size_t len;

                memset(bytes, fill[i], sizeof(bytes));
                info.argv = info.path = bytes;
                info.argv_len = sizeof(bytes);
                info.path_len = i == 0 ? 1 : PATH_MAX;
                len = process_line(info);
                assert_true(strict_record(sample_buf, len));
                assert_non_null(memmem(sample_buf, len, ",\"argv_cut\":true}", 17));
        }
}

static void part_says_which(void **state)
{
        (void)state;
        assert_record(json_formatter.part(sample_buf, sizeof(sample_buf), &sample_stamp, "0.1", 2),
                      "{\"event\":\"part\"," TIME ",\"version\":\"0.1\",\"part\":2}");
}

static void limit_says_what_it_is(void **state)
{
        (void)state;
        assert_record(json_formatter.limit(sample_buf, sizeof(sample_buf), &sample_stamp, 1000),
                      "{\"event\":\"limit\"," TIME ",\"limit\":1000}");
}

static void end_counts_without_zeros(void **state)
{
        struct counts counts = {.dropped = 2};

        (void)state;
        assert_record(json_formatter.end(sample_buf, sizeof(sample_buf), &sample_stamp, 0, &counts),
                      "{\"event\":\"end\"," TIME ",\"status\":0,\"counts\":{},\"dropped\":2}");
        counts.by[CLASS_WRITE][ACTION_DENY] = 3;
        counts.by[CLASS_WRITE][ACTION_LOG] = 1;
        counts.by[CLASS_READ][ACTION_ALLOW] = 9;
        assert_record(
                json_formatter.end(sample_buf, sizeof(sample_buf), &sample_stamp, 137, &counts),
                "{\"event\":\"end\"," TIME ",\"status\":137,\"counts\":{\"read\":{\"allow\":9},"
                "\"write\":{\"deny\":3,\"log\":1}},\"dropped\":2}");
}

static void greatest_counts_fit(void **state)
{
        struct counts counts;

        (void)state;
        memset(&counts, 0xff, sizeof(counts));
        counts.permissive = true;
        assert_true(strict_record(sample_buf, json_formatter.end(sample_buf, sizeof(sample_buf),
                                                                 &sample_stamp, 255, &counts)));
}

static void seconds_change_with_the_clock(void **state)
{
        static const struct {
                struct timespec when;
                const char *text;
        } times[] = {
                {{0, 0}, "\"time\":\"1970-01-01T00:00:00.000000Z\""},
                {{0, 999}, "\"time\":\"1970-01-01T00:00:00.000000Z\""},
                {{951782400, 999999999}, "\"time\":\"2000-02-29T00:00:00.999999Z\""},
                {{951782401, 1000}, "\"time\":\"2000-02-29T00:00:01.000001Z\""},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
                struct stamp stamp = sample_stamp;
                size_t len;

                stamp.when = times[i].when;
                len = json_formatter.limit(sample_buf, sizeof(sample_buf), &stamp, 1);
                assert_non_null(memmem(sample_buf, len, times[i].text, strlen(times[i].text)));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fields_come_in_the_order_of_the_contract),
                cmocka_unit_test(refused_signal_says_whom_it_was_for),
                cmocka_unit_test(fields_that_do_not_apply_are_left_out),
                cmocka_unit_test(logged_open_says_what_and_how),
                cmocka_unit_test(permissive_mode_says_what_would_have_been),
                cmocka_unit_test(discarded_write_returns_its_count),
                cmocka_unit_test(killed_call_returns_nothing),
                cmocka_unit_test(known_result_is_recorded),
                cmocka_unit_test(result_that_is_no_errno_has_no_name),
                cmocka_unit_test(call_that_cannot_succeed_says_the_kernels_errno),
                cmocka_unit_test(refusal_says_the_errno_that_the_command_gets),
                cmocka_unit_test(discarded_write_claims_no_more_than_write_may),
                cmocka_unit_test(call_without_a_row_is_unknown),
                cmocka_unit_test(raw_is_left_out_when_it_is_the_path),
                cmocka_unit_test(deleted_file_says_so),
                cmocka_unit_test(labels_and_socket_names_are_shown_as_they_are),
                cmocka_unit_test(rename_and_symlink_have_a_second_name),
                cmocka_unit_test(interpreter_is_shown_only_when_it_decided),
                cmocka_unit_test(bytes_that_are_no_utf8_are_given_exactly),
                cmocka_unit_test(longest_call_fits_whole),
                cmocka_unit_test(start_tells_the_run),
                cmocka_unit_test(start_leaves_out_what_there_is_not),
                cmocka_unit_test(longest_start_fits_whole),
                cmocka_unit_test(identity_escapes_the_name_of_the_machine),
                cmocka_unit_test(long_argv_is_cut_and_says_so),
                cmocka_unit_test(processes_fork_exec_and_exit),
                cmocka_unit_test(exec_arguments_are_exact_and_their_cut_is_said),
                cmocka_unit_test(endless_arguments_fit),
                cmocka_unit_test(part_says_which),
                cmocka_unit_test(limit_says_what_it_is),
                cmocka_unit_test(end_counts_without_zeros),
                cmocka_unit_test(greatest_counts_fit),
                cmocka_unit_test(seconds_change_with_the_clock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
