/* test_facts.c: what follows from a fact alone, held against what decode asks of the event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "asks.h"
#include "facts.h"
#include "record_samples.h"

#define READS    CLASS_BIT(CLASS_READ)
#define WRITES   CLASS_BIT(CLASS_WRITE)
#define CREATES  CLASS_BIT(CLASS_CREATE)
#define DELETES  CLASS_BIT(CLASS_DELETE)
#define ATTRS    CLASS_BIT(CLASS_ATTR)
#define EXECS    CLASS_BIT(CLASS_EXEC)
#define OUTPUTS  CLASS_BIT(CLASS_OUTPUT)
#define CONNECTS CLASS_BIT(CLASS_CONNECT)

static struct event event;
static struct fact_room room;

static void make_event(const char *name, bool has_flags, uint64_t flags)
{
        memset(&event, 0, sizeof(event));
        event.call = calls_by_name(name);
        assert_non_null(event.call);
        event.has = has_flags ? EVENT_HAS_FLAGS : 0;
        event.flags = flags;
}

/* Objects for its uses as decode makes them, and what they are asked for. */
static void ask_all(bool exists)
{
        struct ask_flags flags = {.open = event.flags, .rename = event.flags};

        event.nobjects = event.nasks = 0;
        for (unsigned i = 0; i < 6; i++) {
                enum path_use use = event.call->args[i].use;
                unsigned at = event.nobjects;

                if (use == USE_NONE)
                        continue;
                if (use == USE_CREAT)
                        flags.open = O_CREAT | O_WRONLY | O_TRUNC;
                memset(&event.objects[at], 0, offsetof(struct object, path));
                set_path(&event, at, "/x");
                event.objects[at].exists = exists;
                asks_add(&event, use, at, &flags);
        }
}

/* What was asked of that object itself. */
static unsigned asked_of(unsigned object)
{
        unsigned asks = 0;

        for (unsigned i = 0; i < event.nasks; i++)
                if (event.asks[i].object == object && !event.asks[i].carry)
                        asks |= CLASS_BIT(event.asks[i].class);
        return asks;
}

static unsigned facts_asks(unsigned *asks_to)
{
        struct verdict verdict = logged(event.nasks ? event.asks[0].class : CLASS_WRITE);
        struct fact fact;

        fact_of_call(&event, &verdict, &fact, &room);
        return fact_asks(&fact, asks_to);
}

/* All that the call may ask for, whatever is there, is what its fact asks for. */
static void assert_as_asked(const char *name, bool has_flags, uint64_t flags, unsigned asks,
                            unsigned asks_to)
{
        unsigned of_path, of_to, to;

        make_event(name, has_flags, flags);
        ask_all(false);
        of_path = asked_of(0);
        of_to = asked_of(1);
        ask_all(true);
        assert_int_equal(of_path | asked_of(0), asks);
        assert_int_equal(of_to | asked_of(1), asks_to);
        assert_int_equal(facts_asks(&to), asks);
        assert_int_equal(to, asks_to);
}

static void open_asks_for_what_its_flags_say(void **state)
{
        (void)state;
        assert_as_asked("open", true, O_RDONLY, READS, 0);
        assert_as_asked("openat", true, O_WRONLY, WRITES, 0);
        assert_as_asked("openat", true, O_RDWR, READS | WRITES, 0);
        assert_as_asked("openat", true, O_ACCMODE, READS | WRITES, 0);
        assert_as_asked("openat2", true, O_RDONLY | O_TRUNC, READS | WRITES, 0);
        assert_as_asked("openat", true, O_RDONLY | O_CREAT, READS | CREATES, 0);
        assert_as_asked("openat", true, O_WRONLY | O_CREAT, WRITES | CREATES, 0);
        assert_as_asked("openat", true, O_RDWR | O_TMPFILE, READS | WRITES | CREATES, 0);
        assert_as_asked("openat", true, O_WRONLY | O_DIRECTORY, WRITES, 0);
        assert_as_asked("openat", true, O_PATH, READS, 0);
}

/* decode takes away what O_PATH ignores before it asks. */
static void handle_asks_for_no_more_than_reading(void **state)
{
        unsigned to;

        (void)state;
        make_event("openat", true, O_PATH | O_RDWR | O_CREAT | O_TRUNC);
        set_path(&event, 0, "/x");
        assert_int_equal(facts_asks(&to), READS);
        assert_int_equal(to, 0);
}

static void open_with_unknown_flags_asks_for_nothing(void **state)
{
        unsigned to;

        (void)state;
        make_event("openat2", false, 0);
        set_path(&event, 0, "/x");
        assert_int_equal(facts_asks(&to), 0);
}

static void creat_writes_and_creates(void **state)
{
        (void)state;
        assert_as_asked("creat", false, 0, WRITES | CREATES, 0);
}

static void truncate_writes(void **state)
{
        (void)state;
        assert_as_asked("truncate", false, 0, WRITES, 0);
}

static void new_names_are_created(void **state)
{
        (void)state;
        assert_as_asked("mkdir", false, 0, CREATES, 0);
        assert_as_asked("mknodat", false, 0, CREATES, 0);
        assert_as_asked("bind", false, 0, CREATES, 0);
}

static void unlink_and_rmdir_delete(void **state)
{
        (void)state;
        assert_as_asked("unlinkat", true, AT_REMOVEDIR, DELETES, 0);
        assert_as_asked("rmdir", false, 0, DELETES, 0);
}

static void attributes_are_asked_for_by_path_and_by_descriptor(void **state)
{
        (void)state;
        assert_as_asked("chmod", false, 0, ATTRS, 0);
        assert_as_asked("fchownat", true, AT_EMPTY_PATH, ATTRS, 0);
        assert_as_asked("fsetxattr", true, 0, ATTRS, 0);
        assert_as_asked("ioctl", false, 0, ATTRS, 0);
}

static void request_to_a_device_asks_to_write(void **state)
{
        unsigned to;

        (void)state;
        make_event("ioctl", false, 0);
        ask_all(true);
        event.objects[0].device = true;
        event.nasks = 0;
        asks_add(&event, USE_CONTROL, 0, &(struct ask_flags){0});
        assert_int_equal(asked_of(0), WRITES);
        assert_int_equal(facts_asks(&to), WRITES);
}

static void write_puts_out(void **state)
{
        (void)state;
        assert_as_asked("write", false, 0, OUTPUTS, 0);
        assert_as_asked("copy_file_range", false, 0, OUTPUTS, 0);
}

static void connect_connects(void **state)
{
        (void)state;
        assert_as_asked("connect", false, 0, CONNECTS, 0);
        assert_as_asked("sendto", false, 0, CONNECTS, 0);
}

static void socket_asks_for_nothing_of_its_own(void **state)
{
        (void)state;
        assert_as_asked("socket", false, 0, 0, 0);
        assert_as_asked("setsockopt", false, 0, 0, 0);
}

static void link_creates_its_second_name(void **state)
{
        (void)state;
        assert_as_asked("link", false, 0, 0, CREATES);
        assert_as_asked("linkat", true, AT_SYMLINK_FOLLOW, 0, CREATES);
}

static void rename_deletes_here_and_creates_or_replaces_there(void **state)
{
        (void)state;
        assert_as_asked("rename", false, 0, DELETES, CREATES | DELETES);
        assert_as_asked("renameat2", true, RENAME_NOREPLACE, DELETES, CREATES | DELETES);
}

static void exchange_and_whiteout_leave_something_behind(void **state)
{
        (void)state;
        assert_as_asked("renameat2", true, RENAME_EXCHANGE, DELETES | CREATES, CREATES | DELETES);
        assert_as_asked("renameat2", true, RENAME_WHITEOUT, DELETES | CREATES, CREATES | DELETES);
}

/* The link is the path; its text, the "to", is asked for nothing. */
static void symlink_is_created_whatever_it_says(void **state)
{
        unsigned to;

        (void)state;
        assert_as_asked("symlink", false, 0, CREATES, 0);
        make_event("symlinkat", false, 0);
        set_path(&event, 0, "/link");
        set_object(&event, 1, OBJECT_TEXT, "/etc/passwd", 11);
        assert_int_equal(facts_asks(&to), CREATES);
        assert_int_equal(to, 0);
}

static void interpreter_that_decided_is_executed_too(void **state)
{
        struct event *exec = sample_exec();
        struct verdict verdict = refused(CLASS_EXEC, ACTION_DENY);
        struct fact fact;
        unsigned to;

        (void)state;
        assert_as_asked("execve", false, 0, EXECS, 0);
        exec->call = calls_by_name("execve");
        verdict.object = 1;
        fact_of_call(exec, &verdict, &fact, &room);
        assert_int_equal(fact_asks(&fact, &to), EXECS);
        assert_int_equal(to, EXECS);
        assert_int_equal(fact.to.len, strlen("/usr/bin/python3"));
}

static void second_address_of_a_message_is_connected_to(void **state)
{
        unsigned to;

        (void)state;
        make_event("sendmsg", false, 0);
        set_object(&event, 0, OBJECT_INET, "inet:10.0.0.1:80", 16);
        set_object(&event, 1, OBJECT_INET_ANY, "source route", 12);
        assert_int_equal(facts_asks(&to), CONNECTS);
        assert_int_equal(to, CONNECTS);
}

static void call_aimed_at_a_process_asks_for_nothing(void **state)
{
        struct verdict verdict = refused(CLASS_PROCESS, ACTION_DENY);
        struct fact fact;
        unsigned to;

        (void)state;
        make_event("ioctl", false, 0);
        set_object(&event, 0, OBJECT_PROCESS, "process 7", 9);
        fact_of_call(&event, &verdict, &fact, &room);
        assert_int_equal(fact_asks(&fact, &to), 0);
        assert_int_equal(to, 0);
}

static void nothing_is_asked_of_names_that_are_not_stated(void **state)
{
        unsigned to;

        (void)state;
        make_event("rename", false, 0);
        assert_int_equal(facts_asks(&to), 0);
        assert_int_equal(to, 0);
        event.call = NULL;
        assert_int_equal(facts_asks(&to), 0);
}

/* Every row, under every single flag, asks for what decode asks for it. */
static void every_row_asks_as_decode_does(void **state)
{
        size_t nrows, policed = 0;
        const struct call *table = calls_table(&nrows);

        (void)state;
        for (size_t i = 0; i < nrows; i++) {
                if (table[i].kind != CALL_POLICED)
                        continue;
                policed++;
                for (unsigned bit = 0; bit < 32; bit++) {
                        uint64_t flags = UINT64_C(1) << bit;
                        unsigned to, asks;

                        make_event(table[i].name, true, flags);
                        ask_all(true);
                        asks = facts_asks(&to);
                        assert_int_equal(asked_of(0) & ~asks, 0);
                        assert_int_equal(asked_of(1) & ~to, 0);
                        ask_all(false);
                        assert_int_equal(asked_of(0) & ~asks, 0);
                        assert_int_equal(asked_of(1) & ~to, 0);
                        assert_int_equal((asks | to) & ~call_classes(&table[i]), 0);
                }
        }
        assert_in_range(policed, 60, nrows);
}

static void fact_states_what_the_record_states(void **state)
{
        struct event *open = sample_open("/etc/passwd", O_RDWR);
        struct verdict verdict = would_refuse(CLASS_WRITE, ACTION_DENY);
        struct fact fact;

        (void)state;
        fact_of_call(open, &verdict, &fact, &room);
        assert_int_equal(fact.kind, FACT_CALL);
        assert_int_equal(fact.tgid, 1234);
        assert_int_equal(fact.tid, 1234);
        assert_memory_equal(fact.comm.bytes, "ls", fact.comm.len);
        assert_ptr_equal(fact.call, open->call);
        assert_int_equal(fact.class, CLASS_WRITE);
        assert_int_equal(fact.action, ACTION_LOG);
        assert_int_equal(fact.would, ACTION_DENY);
        assert_int_equal(fact.path.len, strlen("/etc/passwd"));
        assert_null(fact.to.bytes);
        assert_int_equal(fact.rule.len, strlen("untrusted.ini:12"));
        assert_true(fact.has_flags);
        assert_int_equal(fact.flags, O_RDWR);
        assert_false(fact.has_result);
        assert_false(fact.has_count);
        verdict = refused(CLASS_WRITE, ACTION_DENY);
        fact_of_call(open, &verdict, &fact, &room);
        assert_true(fact.has_result);
        assert_int_equal(fact.result, -EACCES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(open_asks_for_what_its_flags_say),
                cmocka_unit_test(handle_asks_for_no_more_than_reading),
                cmocka_unit_test(open_with_unknown_flags_asks_for_nothing),
                cmocka_unit_test(creat_writes_and_creates),
                cmocka_unit_test(truncate_writes),
                cmocka_unit_test(new_names_are_created),
                cmocka_unit_test(unlink_and_rmdir_delete),
                cmocka_unit_test(attributes_are_asked_for_by_path_and_by_descriptor),
                cmocka_unit_test(request_to_a_device_asks_to_write),
                cmocka_unit_test(write_puts_out),
                cmocka_unit_test(connect_connects),
                cmocka_unit_test(socket_asks_for_nothing_of_its_own),
                cmocka_unit_test(link_creates_its_second_name),
                cmocka_unit_test(rename_deletes_here_and_creates_or_replaces_there),
                cmocka_unit_test(exchange_and_whiteout_leave_something_behind),
                cmocka_unit_test(symlink_is_created_whatever_it_says),
                cmocka_unit_test(interpreter_that_decided_is_executed_too),
                cmocka_unit_test(second_address_of_a_message_is_connected_to),
                cmocka_unit_test(call_aimed_at_a_process_asks_for_nothing),
                cmocka_unit_test(nothing_is_asked_of_names_that_are_not_stated),
                cmocka_unit_test(every_row_asks_as_decode_does),
                cmocka_unit_test(fact_states_what_the_record_states),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
