/* test_record_read.c: JSON lines -> facts, and what is said of lines that are not as they should
 * be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "facts.h"
#include "policy_index.h"
#include "record_read.h"
#include "record_samples.h"

#define RUN "9f3c0a51d2e47b68"
#define HEAD_OF(event, run, seq)                                                    \
        "{\"event\":\"" event                                                       \
        "\",\"time\":\"2026-11-23T12:00:00.123456Z\",\"host\":\"m\",\"run\":\"" run \
        "\",\"seq\":" #seq
#define HEAD(event, seq) HEAD_OF(event, RUN, seq)
#define START_OF(version)                                                  \
        HEAD("start", 0)                                                   \
        ",\"version\":\"" version                                          \
        "\",\"policy\":[\"/a.ini\",\"/b.ini\"],\"argv\":[\"ls\",\"a b\"]," \
        "\"cwd\":\"/work\",\"home\":\"/home/"                              \
        "u\",\"mode\":\"permissive\",\"stops\":[],\"layers\":[],"          \
        "\"changes\":true}\n"
#define START        START_OF(STOPGATE_VERSION)
#define PART(seq, n) HEAD("part", seq) ",\"version\":\"" STOPGATE_VERSION "\",\"part\":" #n "}\n"
#define THREAD       ",\"pid\":7,\"tid\":8,\"comm\":\"ls\""
#define CALL(seq, more) \
        HEAD("call", seq) THREAD ",\"call\":\"openat\",\"class\":\"write\"," more "}\n"
#define LOG          "\"action\":\"log\",\"backstop\":false"
#define END(seq)     HEAD("end", seq) ",\"status\":0,\"counts\":{},\"dropped\":3}\n"
#define CHANGE(more) HEAD("change", 1) ",\"change\":" more "}\n"

#define FACTS_MAX 64

/* What was handed over, the last fact whole. */
static struct {
        size_t n;
        struct fact facts[FACTS_MAX];
        char bytes[1 << 20]; /* what their words point to */
        size_t used;
        char said[4096]; /* each complaint on a line; fatal ones begin with '!' */
} seen;

static void keep(struct words *words)
{
        char *to = seen.bytes + seen.used;

        if (!words->bytes)
                return;
        assert_in_range(words->len, 0, sizeof(seen.bytes) - seen.used - 1);
        memcpy(to, words->bytes, words->len);
        to[words->len] = '\0';
        words->bytes = to;
        seen.used += words->len + 1;
}

static void take(const struct fact *fact, void *data)
{
        struct fact *kept = &seen.facts[seen.n];
        struct words *words[] = {&kept->comm,        &kept->path,          &kept->to,
                                 &kept->rule,        &kept->argv,          &kept->change.path,
                                 &kept->change.from, &kept->change.target, &kept->host,
                                 &kept->run,         &kept->cwd,           &kept->home,
                                 &kept->policies};

        assert_ptr_equal(data, &seen);
        assert_in_range(seen.n, 0, FACTS_MAX - 1);
        *kept = *fact;
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                keep(words[i]);
        seen.n++;
}

static void complain(const char *message, bool fatal, void *data)
{
        size_t len = strlen(seen.said);

        (void)data;
        snprintf(seen.said + len, sizeof(seen.said) - len, "%s%s\n", fatal ? "!" : "", message);
}

static int read_bytes(const char *bytes, size_t len)
{
        struct record_reader_options options = {"run.json", take, complain, &seen};
        FILE *in = fmemopen((void *)(uintptr_t)bytes, len, "r");
        int r;

        assert_non_null(in);
        memset(&seen, 0, offsetof(__typeof__(seen), bytes));
        seen.used = 0;
        seen.said[0] = '\0';
        r = record_read(in, &options);
        fclose(in);
        return r;
}

static int read_text(const char *text)
{
        return read_bytes(text, strlen(text));
}

/* Refused with that complaint, after that many facts. */
static void assert_refused(const char *text, size_t nfacts, const char *said)
{
        char expected[512];

        snprintf(expected, sizeof(expected), "!%s\n", said);
        assert_int_equal(read_text(text), -EINVAL);
        assert_string_equal(seen.said, expected);
        assert_int_equal(seen.n, nfacts);
}

static void assert_warned(const char *text, size_t nfacts, const char *said)
{
        assert_int_equal(read_text(text), 0);
        assert_string_equal(seen.said, said);
        assert_int_equal(seen.n, nfacts);
}

/* The second line is wrong, and so is all of it. */
static void assert_wrong(const char *line, const char *what)
{
        char text[4096], said[256];

        snprintf(text, sizeof(text), "%s%s%s", START, line, END(2));
        snprintf(said, sizeof(said), "run.json:2: %s", what);
        assert_refused(text, 1, said);
}

static void assert_words(struct words words, const char *expected, size_t len)
{
        assert_non_null(words.bytes);
        assert_int_equal(words.len, len);
        assert_memory_equal(words.bytes, expected, len);
}

static void assert_text(struct words words, const char *expected)
{
        assert_words(words, expected, strlen(expected));
}

/* ---- there and back ---- */

static void assert_same_words(struct words a, struct words b)
{
        assert_int_equal(!a.bytes, !b.bytes);
        if (b.bytes)
                assert_words(a, b.bytes, b.len);
}

static void assert_same_call(const struct fact *a, const struct fact *b)
{
        assert_int_equal(a->kind, FACT_CALL);
        assert_int_equal(a->tgid, b->tgid);
        assert_int_equal(a->tid, b->tid);
        assert_string_equal(a->call ? a->call->name : "", b->call ? b->call->name : "");
        assert_int_equal(a->class, b->class);
        assert_int_equal(a->action, b->action);
        assert_int_equal(a->would, b->would);
        assert_int_equal(a->has_flags, b->has_flags);
        assert_int_equal(a->has_result, b->has_result);
        assert_int_equal(a->has_count, b->has_count);
        assert_true(a->flags == b->flags);
        assert_true(a->result == b->result);
        assert_true(a->count == b->count);
        assert_int_equal(a->repeated, 0);
        assert_same_words(a->comm, b->comm);
        assert_same_words(a->path, b->path);
        assert_same_words(a->to, b->to);
        assert_same_words(a->rule, b->rule);
}

static char record[4 * RECORD_LINE_MAX];

/* A start, that line, and an end. */
static int read_back(size_t len)
{
        static const char start[] = START, end[] = END(18);

        memcpy(record, start, sizeof(start) - 1);
        memcpy(record + sizeof(start) - 1, sample_buf, len);
        memcpy(record + sizeof(start) - 1 + len, end, sizeof(end) - 1);
        return read_bytes(record, sizeof(start) - 1 + len + sizeof(end) - 1);
}

static void assert_call_comes_back(const struct event *event, struct verdict verdict)
{
        static struct fact_room room;
        struct fact fact;
        size_t len = json_formatter.call(sample_buf, sizeof(sample_buf), &sample_stamp, event,
                                         &verdict, false);

        if (read_back(len))
                fprintf(stderr, "%s", seen.said);
        assert_string_equal(seen.said, "run.json:2: records 1 to 16 are missing\n");
        assert_int_equal(seen.n, 3);
        fact_of_call(event, &verdict, &fact, &room);
        assert_same_call(&seen.facts[1], &fact);
        assert_int_equal(seen.facts[1].time.tv_sec, 1795435200);
        assert_int_equal(seen.facts[1].time.tv_nsec, 123456000);
}

static void calls_come_back_as_they_were(void **state)
{
        static const int flags[] = {O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC, O_RDWR | O_TMPFILE,
                                    O_ACCMODE, O_PATH | O_CLOEXEC};
        struct event *event;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
                assert_call_comes_back(sample_open("/etc/x", flags[i]), logged(CLASS_READ));
                assert_call_comes_back(sample_open("/etc/x", flags[i]),
                                       would_refuse(CLASS_WRITE, ACTION_DENY));
        }
        assert_call_comes_back(sample_open("/x", O_RDWR), refused(CLASS_WRITE, ACTION_DENY));
        assert_call_comes_back(sample_open("/x", O_RDWR), refused(CLASS_WRITE, ACTION_KILL));
        assert_call_comes_back(sample_write("hi\n", 3), refused(CLASS_OUTPUT, ACTION_DISCARD));
        assert_call_comes_back(sample_kill(SIGKILL), refused(CLASS_PROCESS, ACTION_DENY));
        assert_call_comes_back(sample_exec(), logged(CLASS_EXEC));
        event = sample_rename("/a", "/b");
        event->flags = RENAME_EXCHANGE | 0x100;
        assert_call_comes_back(event, logged(CLASS_DELETE));
        event->has |= EVENT_HAS_RESULT;
        event->result = -ENOENT;
        assert_call_comes_back(event, logged(CLASS_DELETE));
        event = new_event("", "");
        event->call = NULL;
        assert_call_comes_back(event, logged(CLASS_READ));
}

static bool holds_nul(struct hostile bytes)
{
        return memchr(bytes.bytes, '\0', bytes.len);
}

/* The exact bytes, whatever they are; but no file's name holds NUL. */
static void hostile_names_come_back_as_they_were(void **state)
{
        struct event *event;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
                event = sample_of(hostile[i].bytes, hostile[i].len);
                event->call = calls_by_name("openat");
                if (!holds_nul(hostile[i]))
                        assert_call_comes_back(event, logged(CLASS_WRITE));
        }
        assert_call_comes_back(sample_longest('\xff', 'x'), logged(CLASS_READ));
        assert_call_comes_back(sample_longest('\x01', '\xff'), logged(CLASS_READ));
        event = new_event("x", "connect");
        set_object(event, 0, OBJECT_ABSTRACT, "@a\0b\xff", 5);
        assert_call_comes_back(event, logged(CLASS_CONNECT));
}

/* More than jansson's integers hold. */
static void huge_numbers_do_not_spoil_a_record(void **state)
{
        struct event *event = sample_write("hi\n", 3);

        (void)state;
        event->count = UINT64_MAX;
        assert_call_comes_back(event, refused(CLASS_OUTPUT, ACTION_DENY));
        event->count = INT64_MAX;
        assert_call_comes_back(event, refused(CLASS_OUTPUT, ACTION_DENY));
}

static const struct fact *process_comes_back(const struct process_info *info)
{
        size_t len =
                json_formatter.process(sample_buf, sizeof(sample_buf), &sample_stamp, info, false);

        assert_int_equal(read_back(len), 0);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.facts[1].tgid, info->tgid);
        assert_int_equal(seen.facts[1].tid, info->tid);
        assert_text(seen.facts[1].comm, info->comm);
        return &seen.facts[1];
}

static void processes_come_back_as_they_were(void **state)
{
        struct process_info info = sample_process(PROCESS_FORK);
        const struct fact *fact = process_comes_back(&info);

        (void)state;
        assert_int_equal(fact->kind, FACT_FORK);
        assert_int_equal(fact->child, 1235);
        info = sample_process(PROCESS_EXEC);
        fact = process_comes_back(&info);
        assert_int_equal(fact->kind, FACT_EXEC);
        assert_text(fact->path, "/usr/bin/ls");
        assert_words(fact->argv, "ls\0-l\0a b", 10);
}

static void ends_of_processes_come_back_as_from_wait(void **state)
{
        static const int statuses[] = {0, 1 << 8, 255 << 8, SIGKILL, 34, 64};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
                struct process_info info = sample_process(PROCESS_EXIT);
                const struct fact *fact;

                info.status = statuses[i];
                info.has_written = i > 0;
                info.written = i;
                fact = process_comes_back(&info);
                assert_int_equal(fact->kind, FACT_EXIT);
                assert_int_equal(fact->status, statuses[i]);
                assert_int_equal(fact->has_written, i > 0);
                assert_int_equal(fact->written, i);
        }
}

/* Folded calls: the same line once more. */
static void repeated_call_comes_back(void **state)
{
        static char again[RECORD_LINE_MAX];
        struct verdict verdict = logged(CLASS_READ);
        size_t len = json_formatter.call(again, sizeof(again), &sample_stamp,
                                         sample_open("/x", O_RDONLY), &verdict, false);

        (void)state;
        len = json_formatter.again(sample_buf, sizeof(sample_buf), &sample_stamp, again, len, 41);
        assert_int_equal(read_back(len), 0);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.facts[1].repeated, 41);
        assert_text(seen.facts[1].path, "/x");
}

static void assert_change_comes_back(const struct change *change)
{
        const struct change *back = &seen.facts[1].change;
        size_t len = json_formatter.change(sample_buf, sizeof(sample_buf), &sample_stamp, change,
                                           "systemd unit");

        assert_int_equal(read_back(len), 0);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.facts[1].kind, FACT_CHANGE);
        assert_int_equal(back->kind, change->kind);
        assert_same_words(back->path, change->path);
        assert_same_words(back->from, change->from);
        assert_same_words(back->target, change->target);
        assert_memory_equal(&back->before, &change->before, sizeof(back->before));
        assert_memory_equal(&back->after, &change->after, sizeof(back->after));
        assert_int_equal(back->attributes, change->attributes);
        assert_int_equal(back->capabilities, change->capabilities);
}

static void changes_come_back_as_they_were(void **state)
{
        static const mode_t types[] = {S_IFREG,  S_IFDIR, S_IFLNK, S_IFIFO,
                                       S_IFSOCK, S_IFCHR, S_IFBLK};
        struct change change = {.path = {"/a\xff\n", 4}};

        (void)state;
        for (unsigned i = 0; i < CHANGE_KINDS * ARRAY_LEN(types); i++) {
                change.kind = (enum change_kind)(i % CHANGE_KINDS);
                change.from = (struct words){"/from", 5};
                change.target = (struct words){i % 2 ? "\xfe" : NULL, i % 2};
                change.before = (struct file_state){types[i % ARRAY_LEN(types)] | 04755, i, 2, 3};
                change.after = (struct file_state){types[i / CHANGE_KINDS], UINT32_MAX, i, i};
                change.attributes = i % 32;
                change.capabilities = i % 3 == 0;
                assert_change_comes_back(&change);
        }
        change = (struct change){.kind = CHANGE_CREATED, .path = {"/a", 2}};
        assert_change_comes_back(&change);
}

static void exact_arguments_come_back(void **state)
{
        struct process_info info = sample_process(PROCESS_EXEC);
        const struct fact *fact;

        (void)state;
        info.argv = "a\xff\0\xfe";
        info.argv_len = 5;
        fact = process_comes_back(&info);
        assert_words(fact->argv, "a\xff\0\xfe", 5);
        info.path = "";
        info.path_len = info.argv_len = 0;
        fact = process_comes_back(&info);
        assert_null(fact->path.bytes);
        assert_int_equal(fact->argv.len, 0);
}

static void end_comes_back(void **state)
{
        struct counts counts = {.dropped = 9};
        static const char start[] = START;
        size_t len;

        (void)state;
        counts.by[CLASS_READ][ACTION_DENY] = 3;
        memcpy(record, start, sizeof(start) - 1);
        len = json_formatter.end(record + sizeof(start) - 1, RECORD_LINE_MAX, &sample_stamp, 126,
                                 &counts);
        assert_int_equal(read_bytes(record, sizeof(start) - 1 + len), 0);
        assert_int_equal(seen.facts[1].kind, FACT_END);
        assert_int_equal(seen.facts[1].status, 126);
        assert_int_equal(seen.facts[1].dropped, 9);
}

static void start_comes_back(void **state)
{
        const struct stamp stamp = {SAMPLE_TIME, 0, SAMPLE_IDENTITY, sizeof(SAMPLE_IDENTITY) - 1};
        struct run_info *info = sample_run();
        size_t len;

        (void)state;
        info->version = STOPGATE_VERSION;
        len = json_formatter.start(sample_buf, sizeof(sample_buf), &stamp, info);
        assert_int_equal(read_bytes(sample_buf, len), 0);
        assert_string_equal(seen.said, "run.json:1: the run was not ended, or the record is cut\n");
        assert_int_equal(seen.facts[0].kind, FACT_START);
        assert_text(seen.facts[0].host, "myhost");
        assert_text(seen.facts[0].run, RUN);
        assert_text(seen.facts[0].cwd, "/work");
        assert_text(seen.facts[0].home, "/home/u");
        assert_words(seen.facts[0].argv, "ls\0-l\0a b", 10);
        assert_words(seen.facts[0].policies, "/etc/stopgate/base.ini\0/home/u/untrusted.ini", 45);
        assert_false(seen.facts[0].permissive);
        assert_false(seen.facts[0].states_changes);
}

/* ---- single fields ---- */

static void start_says_what_the_run_is(void **state)
{
        (void)state;
        assert_warned(START END(1), 2, "");
        assert_true(seen.facts[0].permissive);
        assert_true(seen.facts[0].states_changes);
        assert_words(seen.facts[0].policies, "/a.ini\0/b.ini", 14);
        assert_int_equal(seen.facts[1].dropped, 3);
}

static void start_says_which_classes_are_recorded(void **state)
{
        struct run_info *info = sample_run();
        const struct stamp stamp = {SAMPLE_TIME, 0, SAMPLE_IDENTITY, sizeof(SAMPLE_IDENTITY) - 1};
        struct policy policy = *info->policy;
        size_t len;

        (void)state;
        policy.classes[CLASS_READ].spoken = true;
        policy.classes[CLASS_READ].fallback = ACTION_LOG;
        policy.nrules = 0;
        policy.index = NULL;
        policy_finish(&policy);
        info->policy = &policy;
        info->version = STOPGATE_VERSION;
        len = json_formatter.start(sample_buf, sizeof(sample_buf), &stamp, info);
        policy_index_free(policy.index);
        assert_int_equal(read_bytes(sample_buf, len), 0);
        assert_true(seen.facts[0].has_recorded);
        assert_int_equal(seen.facts[0].recorded, CLASS_BIT(CLASS_READ));
}

static void repeated_call_says_how_often(void **state)
{
        (void)state;
        assert_warned(START CALL(1, LOG ",\"path\":\"/x\",\"repeated\":41") END(2), 3, "");
        assert_int_equal(seen.facts[1].repeated, 41);
        assert_text(seen.facts[1].path, "/x");
}

static void change_is_read(void **state)
{
        const struct change *change = &seen.facts[1].change;

        (void)state;
        assert_warned(START CHANGE("\"modified\",\"path\":\"/usr/bin/x\",\"type\":\"file\","
                                   "\"mode\":\"04755\",\"uid\":0,\"gid\":4294967295,\"size\":12,"
                                   "\"before\":{\"type\":\"symlink\",\"mode\":\"0777\",\"uid\":1,"
                                   "\"gid\":2,\"size\":3},\"attributes\":[\"mode\",\"flags\"],"
                                   "\"mark\":\"set-user-ID program\"") END(2),
                      3, "");
        assert_int_equal(seen.facts[1].kind, FACT_CHANGE);
        assert_int_equal(change->kind, CHANGE_MODIFIED);
        assert_text(change->path, "/usr/bin/x");
        assert_int_equal(change->after.mode, S_IFREG | 04755);
        assert_true(change->after.gid == UINT32_MAX);
        assert_int_equal(change->after.size, 12);
        assert_int_equal(change->before.mode, S_IFLNK | 0777);
        assert_int_equal(change->before.uid, 1);
        assert_int_equal(change->before.gid, 2);
        assert_int_equal(change->before.size, 3);
        assert_int_equal(change->attributes, CHANGED_MODE | CHANGED_FLAGS);
        assert_null(change->from.bytes);
}

static void renamed_name_says_from_where(void **state)
{
        (void)state;
        assert_warned(START CHANGE("\"renamed\",\"path\":\"/b\",\"from\":\"/a?\",\"from_hex\":"
                                   "\"2f61ff\",\"type\":\"symlink\",\"mode\":\"0777\","
                                   "\"target\":\"x\"") END(2),
                      3, "");
        assert_text(seen.facts[1].change.from, "/a\xff");
        assert_text(seen.facts[1].change.target, "x");
        assert_wrong(CHANGE("\"linked\",\"path\":\"/b\",\"type\":\"file\""), "'from' is missing");
        assert_wrong(CHANGE("\"created\",\"path\":\"/b\",\"mode\":\"0644\""),
                     "'mode' stands without 'type'");
        assert_warned(START CHANGE("\"deleted\",\"path\":\"/b\"") END(2), 3, "");
}

static void unknown_fields_and_events_are_passed_over(void **state)
{
        (void)state;
        assert_warned(START CALL(1, LOG ",\"new\":{\"a\":[1,2.5,null]}")
                              HEAD("novel", 2) "}\n" HEAD("process", 3) THREAD
                      ",\"process\":\"sleep\"}\n" HEAD("limit", 4) ",\"limit\":7}\n" END(5),
                      3, "");
        assert_warned(START HEAD("call", 1) THREAD ",\"call\":\"openat9\",\"class\":\"read\","
                                                   "\"flags\":\"O_NEW\"," LOG "}\n" END(2),
                      3, "");
        assert_null(seen.facts[1].call);
        assert_false(seen.facts[1].has_flags);
}

static void order_of_fields_does_not_matter(void **state)
{
        (void)state;
        assert_warned("{\"version\":\"" STOPGATE_VERSION "\","
                      "\"seq\":0,\"run\":\"" RUN "\","
                      "\"layers\":[],\"stops\":[],\"mode\":\"enforce\",\"argv\":[],\"policy\":[],"
                      "\"host\":\"m\",\"time\":\"2026-11-23T12:00:00.000000Z\","
                      "\"event\":\"start\"}\n" END(1),
                      2, "");
}

static void fields_that_are_not_as_they_should_be_are_named(void **state)
{
        static const struct {
                const char *line, *what;
        } wrong[] = {
                {HEAD("call", 1) "}\n", "'pid' is missing"},
                {CALL(1, "\"path\":\"/x\""), "'action' is missing"},
                {CALL(1, "\"action\":\"allow\""),
                 "'action' is not 'log', 'discard', 'deny' or 'kill'"},
                {CALL(1, LOG ",\"would\":\"no\""),
                 "'would' is not 'log', 'discard', 'deny' or 'kill'"},
                {CALL(1, "\"action\":\"deny\",\"would\":\"kill\""),
                 "'would' stands beside an action other than 'log'"},
                {CALL(1, LOG ",\"path\":7"), "'path' is not a string"},
                {CALL(1, LOG ",\"path\":\"/a\\u0000b\""), "'path' holds a NUL byte"},
                {CALL(1, LOG ",\"path\":\"/a\",\"path_hex\":\"2f0041\""),
                 "'path' holds a NUL byte"},
                {CALL(1, LOG ",\"path\":\"/a\",\"path_hex\":\"2f0\""),
                 "'path_hex' is not bytes in hexadecimal"},
                {CALL(1, LOG ",\"path\":\"/a\",\"path_hex\":\"2F41\""),
                 "'path_hex' is not bytes in hexadecimal"},
                {CALL(1, LOG ",\"path\":\"/a\",\"path_hex\":41"),
                 "'path_hex' is not bytes in hexadecimal"},
                {CALL(1, LOG ",\"flags\":\"O_NEW\""), "'flags' is not the flags of that call"},
                {CALL(1, LOG ",\"flags\":\"RENAME_EXCHANGE\""),
                 "'flags' is not the flags of that call"},
                {CALL(1, LOG ",\"count\":-1"),
                 "'count' is not a whole number from 0 to 18446744073709551615"},
                {CALL(1, LOG ",\"count\":1.0"),
                 "'count' is not a whole number from 0 to 18446744073709551615"},
                {CALL(1, LOG ",\"count\":99999999999999999999"),
                 "'count' is not a whole number from 0 to 18446744073709551615"},
                {CALL(1, LOG ",\"result\":9223372036854775808"),
                 "'result' is not a whole number of 64 bits"},
                {CALL(1, LOG ",\"result\":\"0\""), "'result' is not a whole number of 64 bits"},
                {CALL(1, LOG ",\"repeated\":0"),
                 "'repeated' is not a whole number from 1 to 18446744073709551615"},
                {HEAD("fork", 1) ",\"seq\":2}\n",
                 "is no JSON: duplicate object key near '\"seq\"'"},
                {HEAD("process", 1) THREAD "}\n", "'process' is missing"},
                {HEAD("process", 1) THREAD ",\"process\":\"fork\",\"child\":0}\n",
                 "'child' is not a whole number from 1 to 4194304"},
                {HEAD("process", 1) THREAD ",\"process\":\"fork\",\"child\":4194305}\n",
                 "'child' is not a whole number from 1 to 4194304"},
                {HEAD("process", 1) THREAD ",\"process\":\"exit\"}\n",
                 "'status' or 'signal' is missing"},
                {HEAD("process", 1) THREAD
                 ",\"process\":\"exit\",\"status\":0,\"signal\":\"SIGHUP\"}\n",
                 "has both 'status' and 'signal'"},
                {HEAD("process", 1) THREAD ",\"process\":\"exit\",\"status\":256}\n",
                 "'status' is not a whole number from 0 to 255"},
                {HEAD("process", 1) THREAD ",\"process\":\"exit\",\"signal\":\"SIGFOO\"}\n",
                 "'signal' is not the name of a signal"},
                {HEAD("process", 1) THREAD ",\"process\":\"exec\",\"path\":\"/x\",\"argv\":[1]}\n",
                 "'argv' is not a list of strings without NUL bytes"},
                {HEAD("process", 1) THREAD
                 ",\"process\":\"exec\",\"path\":\"/x\",\"argv\":\"x\"}\n",
                 "'argv' is not a list of strings"},
                {CHANGE("\"gone\",\"path\":\"/b\""), "'change' is not a change, such as 'created'"},
                {CHANGE("\"deleted\",\"path\":\"b\""), "'path' is not an absolute path"},
                {CHANGE("\"deleted\",\"path\":\"/b\",\"before\":7"), "'before' is not an object"},
                {CHANGE("\"deleted\",\"path\":\"/b\",\"before\":{\"type\":\"door\"}"),
                 "'type' is not the type of a file"},
                {CHANGE("\"deleted\",\"path\":\"/b\",\"before\":{\"mode\":\"070000\"}"),
                 "'mode' is not a mode in octal digits"},
                {CHANGE("\"deleted\",\"path\":\"/b\",\"attributes\":[\"name\"]"),
                 "'attributes' is not a list of attributes"},
                {"{\"event\":\"call\",\"time\":\"2026-13-23T12:00:00.123456Z\"}\n",
                 "'time' is not a time such as 2026-11-23T12:00:00.123456Z"},
                {"{\"event\":\"call\",\"time\":\"2026-11-23 12:00:00.123456Z\"}\n",
                 "'time' is not a time such as 2026-11-23T12:00:00.123456Z"},
                {"{\"event\":\"call\",\"time\":\"2026-11-2-T12:00:00.123456Z\"}\n",
                 "'time' is not a time such as 2026-11-23T12:00:00.123456Z"},
                {HEAD_OF("call", "9F3C0A51D2E47B68", 1) "}\n",
                 "'run' is not 16 hexadecimal digits"},
                {HEAD_OF("call", "9f3c", 1) "}\n", "'run' is not 16 hexadecimal digits"},
                {"{\"time\":\"2026\"}\n", "'event' is missing"},
                {"[1]\n", "is no JSON object"},
                {"\n", "the line is empty"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
                assert_wrong(wrong[i].line, wrong[i].what);
}

/* ---- whole files ---- */

static void file_without_a_record_says_so(void **state)
{
        FILE *in = fopen("/dev/null", "r");
        struct record_reader_options options = {"run.json", take, complain, &seen};

        (void)state;
        assert_non_null(in);
        seen.said[0] = '\0';
        assert_int_equal(record_read(in, &options), -EINVAL);
        fclose(in);
        assert_string_equal(seen.said, "!run.json: holds no record\n");
}

static void file_that_cannot_be_read_says_why(void **state)
{
        FILE *in = fopen("/", "r");
        struct record_reader_options options = {"run.json", take, complain, &seen};

        (void)state;
        assert_non_null(in);
        seen.said[0] = '\0';
        assert_int_equal(record_read(in, &options), -EINVAL);
        fclose(in);
        assert_string_equal(seen.said, "!run.json: Is a directory\n");
}

static void what_is_not_ours_says_so(void **state)
{
        static const char *const strange[] = {"hello\n",
                                              "hello",
                                              "\n",
                                              "{",
                                              "{\n  \"event\":\n",
                                              "\x7f"
                                              "ELF\x02\x01",
                                              "[]\n",
                                              "{}\n",
                                              "\xff\xfe\n",
                                              "{\"a\":1}\n",
                                              "{\"a\":1",
                                              "<html>\n"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(strange); i++)
                assert_refused(strange[i], 0, "run.json:1: this is no record of stopgate in JSON");
        assert_refused("{\"event\":\"click\"}\n", 0,
                       "run.json:1: begins with 'click'; a record begins with 'start', or with "
                       "'part' if it is continued");
        assert_refused("stopgate 0.1.0: no policy file\n", 0,
                       "run.json:1: this is a text record, which cannot be read back; one made "
                       "with --format=json can");
}

static void text_record_is_recognised(void **state)
{
        size_t len =
                text_formatter.start(sample_buf, sizeof(sample_buf), &sample_stamp, sample_run());

        (void)state;
        assert_int_equal(read_bytes(sample_buf, len), -EINVAL);
        assert_non_null(strstr(seen.said, "text record"));
}

static void binary_junk_says_so(void **state)
{
        static char junk[3 * RECORD_LINE_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof(junk); i++)
                junk[i] = (char)(i * 2654435761u >> 13 | 0x80);
        assert_int_equal(read_bytes(junk, sizeof(junk)), -EINVAL);
        assert_string_equal(seen.said, "!run.json:1: this is no record of stopgate in JSON\n");
        memset(junk, 0, sizeof(junk));
        assert_int_equal(read_bytes(junk, sizeof(junk)), -EINVAL);
        assert_string_equal(seen.said, "!run.json:1: this is no record of stopgate in JSON\n");
}

/* Wherever it is cut: between lines it is a warning, within one an error that names it. */
static void record_cut_anywhere_says_where(void **state)
{
        static const char text[] = START CALL(1, LOG ",\"path\":\"/x\"") CALL(2, LOG) END(3);
        const char *const cut_short = "the line is cut short\n";
        size_t line = 1;
        char expected[128];

        (void)state;
        for (size_t len = 10; len < sizeof(text) - 1; len++) {
                bool between = text[len - 1] == '\n';

                snprintf(expected, sizeof(expected), "%srun.json:%zu: %s", between ? "" : "!", line,
                         between ? "the run was not ended, or the record is cut\n" : cut_short);
                assert_int_equal(read_bytes(text, len), between ? 0 : -EINVAL);
                assert_string_equal(seen.said, expected);
                assert_int_equal(seen.n, between ? line : line - 1);
                line += between;
        }
}

static void line_cut_in_the_middle_of_a_file_is_found(void **state)
{
        (void)state;
        assert_wrong(HEAD("call", 1) ",\"comm\":\"l\n", "the line is cut short");
        assert_wrong(HEAD("call", 1) ",\"comm\"\n", "the line is cut short");
}

static void record_of_another_version_is_refused(void **state)
{
        (void)state;
        assert_refused(START_OF("9.9.9"), 0,
                       "run.json:1: made by stopgate 9.9.9; this is " STOPGATE_VERSION
                       ", which reads records of 0.1");
        assert_refused(START_OF("0.10.0"), 0,
                       "run.json:1: made by stopgate 0.10.0; this is " STOPGATE_VERSION
                       ", which reads records of 0.1");
        assert_refused("{\"event\":\"start\",\"version\":\"2\"}\n", 0,
                       "run.json:1: made by stopgate 2; this is " STOPGATE_VERSION
                       ", which reads records of 0.1");
        assert_refused("{\"event\":\"start\"}\n", 0, "run.json:1: 'version' is missing");
        assert_warned(START_OF("0.1.99") END(1), 2, "");
        assert_warned(START_OF("0.1") END(1), 2, "");
}

static void record_without_its_beginning_is_refused(void **state)
{
        (void)state;
        assert_refused(CALL(5, LOG) END(6), 0,
                       "run.json:1: begins with 'call'; a record begins with 'start', or with "
                       "'part' if it is continued");
}

static void parts_follow_one_another(void **state)
{
        (void)state;
        assert_warned(START CALL(1, LOG) PART(2, 2) CALL(3, LOG) PART(4, 3) END(5), 4, "");
        assert_warned(PART(4, 3) CALL(5, LOG) END(6), 2,
                      "run.json:1: begins with part 3; what came before is missing\n");
        assert_text(seen.facts[0].run, RUN);
        assert_text(seen.facts[0].host, "m");
        assert_int_equal(read_text(PART(4, 3) CALL(5, LOG) START CALL(1, LOG)), -EINVAL);
        assert_string_equal(seen.said,
                            "run.json:1: begins with part 3; what came before is missing\n"
                            "!run.json:3: record 0 stands after record 5; parts follow one "
                            "another, the oldest first\n");
}

static void part_is_read_as_it_is_written(void **state)
{
        size_t len = json_formatter.part(sample_buf, sizeof(sample_buf), &sample_stamp,
                                         STOPGATE_VERSION, 2);

        (void)state;
        assert_int_equal(read_back(len), 0);
        assert_string_equal(seen.said, "run.json:2: records 1 to 16 are missing\n");
        assert_int_equal(seen.n, 2);
        assert_int_equal(read_bytes(sample_buf, len), 0);
        assert_string_equal(seen.said,
                            "run.json:1: begins with part 2; what came before is missing\n"
                            "run.json:1: the run was not ended, or the record is cut\n");
        len = text_formatter.part(sample_buf, sizeof(sample_buf), &sample_stamp, STOPGATE_VERSION,
                                  2);
        assert_int_equal(read_bytes(sample_buf, len), -EINVAL);
        assert_non_null(strstr(seen.said, "text record"));
}

static void gaps_are_told_of(void **state)
{
        (void)state;
        assert_warned(START CALL(2, LOG) CALL(6, LOG) END(7), 4,
                      "run.json:2: record 1 is missing\n"
                      "run.json:3: records 3 to 5 are missing\n");
}

static void gaps_without_end_are_told_of_no_longer(void **state)
{
        size_t len, lines = 0;

        (void)state;
        len = (size_t)snprintf(record, sizeof(record), "%s", START);
        for (int i = 1; i < 50; i++)
                len += (size_t)snprintf(record + len, sizeof(record) - len,
                                        "{\"event\":\"x\",\"time\":\"2026-11-23T12:00:00.123456Z\","
                                        "\"host\":\"m\",\"run\":\"" RUN "\",\"seq\":%d}\n",
                                        2 * i);
        assert_int_equal(read_bytes(record, len), 0);
        for (const char *at = seen.said; *at; at++)
                lines += *at == '\n';
        assert_int_equal(lines, 10 + 2);
}

static void lines_of_two_runs_are_not_mixed(void **state)
{
        (void)state;
        assert_refused(START HEAD_OF("limit", "0123456789abcdef", 1) ",\"limit\":1}\n", 1,
                       "run.json:2: belongs to run 0123456789abcdef; before it stands run " RUN);
        assert_refused(START START, 1,
                       "run.json:2: record 0 stands after record 0; parts follow one another, the "
                       "oldest first");
        assert_refused(START CALL(1, LOG) CALL(1, LOG), 2,
                       "run.json:3: record 1 stands after record 1; parts follow one another, the "
                       "oldest first");
}

static void nothing_stands_after_the_end(void **state)
{
        (void)state;
        assert_refused(START END(1) CALL(2, LOG), 2, "run.json:3: stands after the end of the run");
}

static void run_begins_once(void **state)
{
        (void)state;
        assert_refused(
                START HEAD("start", 1) ",\"version\":\"" STOPGATE_VERSION
                                       "\",\"policy\":[],\"argv\":[\"ls\"],\"cwd\":\"/\",\"mode\":"
                                       "\"enforce\",\"stops\":[],\"layers\":[]}\n",
                1, "run.json:2: the run begins a second time");
}

static void line_longer_than_any_record_is_refused(void **state)
{
        static const char start[] = START;
        size_t len = sizeof(start) - 1;
        char said[128];

        (void)state;
        snprintf(said, sizeof(said),
                 "!run.json:2: the line is longer than any record: more than %u bytes\n",
                 RECORD_LINE_MAX);
        memcpy(record, start, len);
        memset(record + len, ' ', sizeof(record) - len);
        record[len] = '{';
        for (size_t size = RECORD_LINE_MAX + 1; size < sizeof(record) - len;
             size += RECORD_LINE_MAX / 2) {
                assert_int_equal(read_bytes(record, len + size), -EINVAL);
                assert_string_equal(seen.said, said);
        }
        assert_int_equal(read_bytes(record, len + RECORD_LINE_MAX), -EINVAL);
        assert_string_equal(seen.said, "!run.json:2: the line is cut short\n");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
        static const char nul[] = START HEAD("call", 1) "\0}\n";

        (void)state;
        assert_int_equal(read_bytes(nul, sizeof(nul) - 1), -EINVAL);
        assert_string_equal(seen.said, "!run.json:2: the line holds a NUL byte\n");
        assert_int_equal(read_text(START CALL(1, LOG ",\"path\":\"/\xff\"")), -EINVAL);
        assert_non_null(strstr(seen.said, "!run.json:2: is no JSON: unable to decode byte 0xff"));
        assert_int_equal(read_text(START CALL(1, LOG ",\"path\":\"/\xed\xa0\x80\"")), -EINVAL);
        assert_non_null(strstr(seen.said, "!run.json:2: is no JSON: "));
        assert_int_equal(read_text(START CALL(1, LOG ",\"path\":\"/\\ud800\"")), -EINVAL);
        assert_non_null(strstr(seen.said, "!run.json:2: is no JSON: "));
}

static void nesting_without_end_is_refused(void **state)
{
        static const char start[] = START;
        size_t len = sizeof(start) - 1, depth = RECORD_LINE_MAX - 512;

        (void)state;
        memcpy(record, start, len);
        len += (size_t)sprintf(record + len, "%s,\"x\":", HEAD("call", 1));
        memset(record + len, '[', depth / 2);
        memset(record + len + depth / 2, ']', depth / 2);
        len += depth / 2 * 2;
        memcpy(record + len, "}\n", 2);
        assert_int_equal(read_bytes(record, len + 2), -EINVAL);
        assert_non_null(strstr(seen.said, "!run.json:2: is no JSON: "));
        assert_int_equal(seen.n, 1);
}

static void numbers_out_of_all_range_are_refused(void **state)
{
        static const char start[] = START;
        size_t len = sizeof(start) - 1;

        (void)state;
        memcpy(record, start, len);
        len += (size_t)sprintf(record + len, "%s,\"x\":", HEAD("call", 1));
        memset(record + len, '9', 1000);
        memcpy(record + len + 1000, "}\n", 2);
        assert_int_equal(read_bytes(record, len + 1002), -EINVAL);
        assert_non_null(strstr(seen.said, "!run.json:2: is no JSON: "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(calls_come_back_as_they_were),
                cmocka_unit_test(hostile_names_come_back_as_they_were),
                cmocka_unit_test(huge_numbers_do_not_spoil_a_record),
                cmocka_unit_test(processes_come_back_as_they_were),
                cmocka_unit_test(ends_of_processes_come_back_as_from_wait),
                cmocka_unit_test(repeated_call_comes_back),
                cmocka_unit_test(changes_come_back_as_they_were),
                cmocka_unit_test(exact_arguments_come_back),
                cmocka_unit_test(end_comes_back),
                cmocka_unit_test(start_comes_back),
                cmocka_unit_test(start_says_what_the_run_is),
                cmocka_unit_test(start_says_which_classes_are_recorded),
                cmocka_unit_test(repeated_call_says_how_often),
                cmocka_unit_test(change_is_read),
                cmocka_unit_test(renamed_name_says_from_where),
                cmocka_unit_test(unknown_fields_and_events_are_passed_over),
                cmocka_unit_test(order_of_fields_does_not_matter),
                cmocka_unit_test(fields_that_are_not_as_they_should_be_are_named),
                cmocka_unit_test(file_without_a_record_says_so),
                cmocka_unit_test(file_that_cannot_be_read_says_why),
                cmocka_unit_test(what_is_not_ours_says_so),
                cmocka_unit_test(text_record_is_recognised),
                cmocka_unit_test(binary_junk_says_so),
                cmocka_unit_test(record_cut_anywhere_says_where),
                cmocka_unit_test(line_cut_in_the_middle_of_a_file_is_found),
                cmocka_unit_test(record_of_another_version_is_refused),
                cmocka_unit_test(record_without_its_beginning_is_refused),
                cmocka_unit_test(parts_follow_one_another),
                cmocka_unit_test(part_is_read_as_it_is_written),
                cmocka_unit_test(gaps_are_told_of),
                cmocka_unit_test(gaps_without_end_are_told_of_no_longer),
                cmocka_unit_test(lines_of_two_runs_are_not_mixed),
                cmocka_unit_test(nothing_stands_after_the_end),
                cmocka_unit_test(run_begins_once),
                cmocka_unit_test(line_longer_than_any_record_is_refused),
                cmocka_unit_test(bytes_that_are_no_text_are_refused),
                cmocka_unit_test(nesting_without_end_is_refused),
                cmocka_unit_test(numbers_out_of_all_range_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
