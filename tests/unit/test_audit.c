/* test_audit.c: what a run has touched, from facts alone and from the file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "audit.h"
#include "calls.h"
#include "util.h"

enum { PID = 100 };

static struct audit *audit;
static struct event event;
static char place[64]; /* a directory for the test alone */

static struct words words(const char *text)
{
        return (struct words){text, text ? strlen(text) : 0};
}

static void use(const struct audit_options *options)
{
        audit_free(audit);
        audit = audit_new(options);
        audit_add(audit, &(struct fact){.kind = FACT_START, .time = {1000, 0}});
}

static int setup(void **state)
{
        (void)state;
        use(&(struct audit_options){0});
        strcpy(place, "/tmp/stopgate-audit.XXXXXX");
        return mkdtemp(place) ? 0 : -1;
}

static int teardown(void **state)
{
        cleanup_free char *command = xasprintf("rm -rf %s", place);

        (void)state;
        audit_free(audit);
        audit = NULL;
        return system(command); /* NOLINT: the name is our own */
}

/* ---- facts ---- */

static struct fact call(const char *name, enum call_class class, const char *path, const char *to)
{
        return (struct fact){
                .kind = FACT_CALL,
                .time = {1000, 0},
                .tgid = PID,
                .tid = PID,
                .comm = words("test"),
                .call = calls_by_name(name),
                .class = class,
                .action = ACTION_LOG,
                .would = ACTION_LOG,
                .path = words(path),
                .to = words(to),
                .has_result = true,
        };
}

static void add(const char *name, enum call_class class, const char *path, const char *to)
{
        struct fact fact = call(name, class, path, to);

        audit_add(audit, &fact);
}

static void add_open(enum call_class class, const char *path, uint64_t flags)
{
        struct fact fact = call("openat", class, path, NULL);

        fact.has_flags = true;
        fact.flags = flags;
        audit_add(audit, &fact);
}

static void end(void)
{
        audit_add(audit, &(struct fact){.kind = FACT_END, .time = {1000, 0}});
}

/* ---- judging: "created /a", "renamed /a from /b", each on its line ---- */

static const char *changes(void)
{
        static const char *const names[CHANGE_KINDS] = {"created", "modified", "deleted",
                                                        "renamed", "linked",   "attributes"};
        static char text[4096];
        size_t n, len = 0, skip = 0;
        const struct change *list;

        audit_settle(audit);
        list = audit_changes(audit, &n);
        text[0] = '\0';
        for (size_t i = 0; i < n; i++) {
                skip = strncmp(list[i].path.bytes, place, strlen(place)) ? 0 : strlen(place);
                len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s", i ? "; " : "",
                                        names[list[i].kind], list[i].path.bytes + skip);
                if (list[i].from.bytes)
                        len += (size_t)snprintf(text + len, sizeof(text) - len, " from %s",
                                                list[i].from.bytes + skip);
        }
        return text;
}

/* ---- touches ---- */

static void calls_that_are_alike_are_one_touch(void **state)
{
        const struct audit_touch *touches;
        struct fact fact = call("openat", CLASS_READ, "/a", NULL);
        size_t n;

        (void)state;
        for (int i = 0; i < 3; i++) {
                fact.time.tv_nsec = (i + 1) * 1000000;
                audit_add(audit, &fact);
        }
        fact.result = -EACCES;
        audit_add(audit, &fact);
        fact.tgid = PID + 1;
        audit_add(audit, &fact);
        touches = audit_touches(audit, &n);
        assert_int_equal(n, 3);
        assert_int_equal(touches[0].count, 3);
        assert_int_equal(touches[0].first, 1000);
        assert_int_equal(touches[0].last, 3000);
        assert_int_equal(touches[0].error, 0);
        assert_int_equal(touches[1].error, -EACCES);
        assert_int_equal(touches[2].process, 1);
}

static void limit_leaves_out_and_counts(void **state)
{
        size_t n;

        (void)state;
        use(&(struct audit_options){.limit = 2});
        for (char i = 'a'; i < 'e'; i++)
                add("mkdir", CLASS_CREATE, (char[]){'/', i, 0}, NULL);
        audit_settle(audit);
        audit_touches(audit, &n);
        assert_int_equal(n, 2);
        assert_true(audit_run(audit)->dropped >= 2);
        assert_int_equal(audit_run(audit)->calls, 4);
}

static void rule_and_refusal_are_kept(void **state)
{
        struct fact fact = call("unlink", CLASS_DELETE, "/a", NULL);
        const struct audit_touch *touches;
        size_t n;

        (void)state;
        fact.action = fact.would = ACTION_DENY;
        fact.result = -EACCES;
        fact.rule = words("p.ini:3");
        audit_add(audit, &fact);
        touches = audit_touches(audit, &n);
        assert_int_equal(n, 1);
        assert_string_equal(audit_rules(audit, &n)[touches[0].rule].bytes, "p.ini:3");
        assert_int_equal(audit_run(audit)->refused, 1);
        assert_string_equal(changes(), "");
}

static void spans_hold_every_call_however_long_the_run(void **state)
{
        const struct audit_run *run = audit_run(audit);
        struct fact fact = call("openat", CLASS_READ, "/a", NULL);
        uint64_t sum = 0;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                fact.time.tv_sec = 1000 + (time_t)i * i;
                audit_add(audit, &fact);
        }
        for (size_t i = 0; i < AUDIT_SPANS; i++)
                sum += run->spans[i].calls;
        assert_int_equal(sum, 1000);
        assert_int_equal(run->lasted, UINT64_C(999) * 999 * 1000000);
        assert_true(run->lasted / run->span < AUDIT_SPANS);
}

static void clock_that_is_set_back_does_no_harm(void **state)
{
        struct fact fact = call("openat", CLASS_READ, "/a", NULL);

        (void)state;
        fact.time.tv_sec = 1;
        audit_add(audit, &fact);
        assert_int_equal(audit_run(audit)->lasted, 0);
}

/* ---- processes ---- */

static void processes_know_their_parents_programs_and_ends(void **state)
{
        struct fact fork = {.kind = FACT_FORK, .time = {1000, 0}, .tgid = PID, .child = PID + 1};
        struct fact exec = {.kind = FACT_EXEC,
                            .time = {1001, 0},
                            .tgid = PID + 1,
                            .comm = words("cat"),
                            .path = words("/bin/cat"),
                            .argv = {"cat\0x", 6}};
        struct fact gone = {.kind = FACT_EXIT,
                            .time = {1002, 0},
                            .tgid = PID + 1,
                            .status = 256,
                            .has_written = true,
                            .written = 12};
        const struct audit_process *processes;
        const struct audit_program *programs;
        size_t n;

        (void)state;
        audit_add(audit, &fork);
        audit_add(audit, &exec);
        audit_add(audit, &gone);
        processes = audit_processes(audit, &n);
        assert_int_equal(n, 2);
        assert_int_equal(processes[0].parent, AUDIT_NONE);
        assert_int_equal(processes[1].parent, 0);
        assert_string_equal(processes[1].comm, "cat");
        assert_true(processes[1].has_ended);
        assert_int_equal(processes[1].written, 12);
        programs = audit_programs(audit, &n);
        assert_int_equal(n, 1);
        assert_int_equal(processes[1].program, 0);
        assert_int_equal(programs[0].argv.len, 6);
        assert_string_equal(audit_paths(audit, &n)[programs[0].path].bytes, "/bin/cat");
}

static void number_that_is_used_again_is_another_process(void **state)
{
        struct fact gone = {.kind = FACT_EXIT, .time = {1000, 0}, .tgid = PID};
        size_t n;

        (void)state;
        add("mkdir", CLASS_CREATE, "/a", NULL);
        audit_add(audit, &gone);
        add("mkdir", CLASS_CREATE, "/a", NULL);
        audit_processes(audit, &n);
        assert_int_equal(n, 2);
        audit_touches(audit, &n);
        assert_int_equal(n, 2);
}

static void child_may_act_before_its_parent_tells(void **state)
{
        struct fact fork = {.kind = FACT_FORK, .time = {1000, 0}, .tgid = PID, .child = PID + 1};
        struct fact early = call("mkdir", CLASS_CREATE, "/b", NULL);
        const struct audit_process *processes;
        size_t n;

        (void)state;
        add("mkdir", CLASS_CREATE, "/a", NULL);
        early.tgid = PID + 1;
        audit_add(audit, &early);
        audit_add(audit, &fork);
        processes = audit_processes(audit, &n);
        assert_int_equal(n, 2);
        assert_int_equal(processes[1].parent, 0);
}

/* ---- the net effect, from calls alone ---- */

static void told_changes_are_net(void **state)
{
        (void)state;
        add_open(CLASS_CREATE, "/new", O_WRONLY | O_CREAT);
        add_open(CLASS_WRITE, "/old", O_WRONLY);
        add_open(CLASS_READ, "/read", O_RDONLY);
        add_open(CLASS_CREATE, "/temporary", O_WRONLY | O_CREAT);
        add("unlink", CLASS_DELETE, "/temporary", NULL);
        add("unlink", CLASS_DELETE, "/gone", NULL);
        add("chmod", CLASS_ATTR, "/mode", NULL);
        add("symlink", CLASS_CREATE, "/link", "text");
        assert_string_equal(changes(), "deleted /gone; created /link; attributes /mode; created "
                                       "/new; modified /old");
        assert_int_equal(audit_run(audit)->temporary, 1);
}

static void told_failure_changes_nothing(void **state)
{
        struct fact fact = call("mkdir", CLASS_CREATE, "/a", NULL);

        (void)state;
        fact.result = -EEXIST;
        audit_add(audit, &fact);
        assert_string_equal(changes(), "");
}

static void told_rename_is_followed(void **state)
{
        (void)state;
        add("rename", CLASS_DELETE, "/a", "/b");
        add("rename", CLASS_DELETE, "/b", "/c");
        add_open(CLASS_CREATE, "/new", O_WRONLY | O_CREAT);
        add("rename", CLASS_DELETE, "/new", "/old");
        assert_string_equal(changes(), "renamed /c from /a; created /old");
}

static void told_file_whose_first_name_is_gone_has_moved_to_another(void **state)
{
        (void)state;
        add("link", CLASS_WRITE, "/a", "/b");
        add("link", CLASS_WRITE, "/a", "/c");
        add("unlink", CLASS_DELETE, "/a", NULL);
        assert_string_equal(changes(), "renamed /b from /a; linked /c from /b");
}

static void told_file_that_was_linked_and_replaced_is_another(void **state)
{
        (void)state;
        add("link", CLASS_WRITE, "/a", "/a~");
        add("mknod", CLASS_CREATE, "/b", NULL);
        add("rename", CLASS_DELETE, "/b", "/a");
        assert_string_equal(changes(), "modified /a; renamed /a~ from /a");
}

static void told_directory_takes_along_what_is_below(void **state)
{
        (void)state;
        add("mkdir", CLASS_CREATE, "/tmp-x", NULL);
        add_open(CLASS_CREATE, "/tmp-x/f", O_WRONLY | O_CREAT);
        add("rename", CLASS_DELETE, "/tmp-x", "/x");
        assert_string_equal(changes(), "created /x; created /x/f");
}

static void changes_are_unknown_where_they_are_not_recorded(void **state)
{
        struct fact start = {.kind = FACT_START, .has_recorded = true};

        (void)state;
        assert_false(audit_run(audit)->unknown);
        audit_add(audit, &start);
        assert_true(audit_run(audit)->unknown);
        start.states_changes = true;
        audit_add(audit, &start);
        end();
        audit_settle(audit);
        assert_false(audit_run(audit)->unknown);
}

static void stated_changes_are_taken_as_they_are(void **state)
{
        struct fact start = {.kind = FACT_START, .states_changes = true};
        struct fact fact = {
                .kind = FACT_CHANGE,
                .change = {.kind = CHANGE_RENAMED, .path = words("/b"), .from = words("/a")}};

        (void)state;
        audit_add(audit, &start);
        add("mkdir", CLASS_CREATE, "/not", NULL);
        audit_add(audit, &fact);
        end();
        assert_string_equal(changes(), "renamed /b from /a");
        assert_false(audit_run(audit)->unlooked);
}

static void calls_tell_of_changes_where_the_end_that_states_them_is_missing(void **state)
{
        struct fact start = {.kind = FACT_START, .states_changes = true};
        struct fact fact = {.kind = FACT_CHANGE,
                            .change = {.kind = CHANGE_MODIFIED, .path = words("/a")}};

        (void)state;
        audit_add(audit, &start);
        add("mkdir", CLASS_CREATE, "/a", NULL);
        add("mkdir", CLASS_CREATE, "/b", NULL);
        audit_add(audit, &fact);
        assert_string_equal(changes(), "modified /a; created /b");
        assert_true(audit_run(audit)->unlooked);
}

/* ---- the net effect, as the file system has it ---- */

static char *below(const char *name)
{
        return xasprintf("%s/%s", place, name);
}

static void make(const char *name, const char *content)
{
        cleanup_free char *path = below(name);
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(content, file);
        fclose(file);
}

/* What was made before the run was not made in the same tick of the clock. */
static void begin(void)
{
        usleep(20000);
        use(&(struct audit_options){.live = true});
}

static void ask(unsigned at, const char *path, enum call_class class)
{
        struct object *object = &event.objects[at];

        memset(object, 0, offsetof(struct object, path));
        object->kind = OBJECT_PATH;
        object->len = strlen(path);
        strcpy(object->path, path);
        event.asks[event.nasks++] = (struct ask){.class = class, .object = at};
        event.nobjects = at + 1;
}

/* The call is judged, run by doing, and has returned. */
static void run(const char *name, enum call_class class, const char *from, const char *to,
                int (*doing)(const char *, const char *))
{
        cleanup_free char *a = below(from), *b = to ? below(to) : NULL;
        struct fact fact = call(name, class, a, b);

        event.nasks = 0;
        ask(0, a, class);
        event.asks[0].carry = !strcmp(name, "link");
        if (b)
                ask(1, b, CLASS_CREATE);
        audit_look(audit, &event);
        fact.result = doing(a, b) ? -errno : 0;
        if (!strcmp(name, "openat")) {
                fact.has_flags = true;
                fact.flags = O_RDWR | (class == CLASS_CREATE ? O_CREAT : 0);
        }
        audit_add(audit, &fact);
}

static int do_write(const char *path, const char *other)
{
        FILE *file = fopen(path, "a");

        (void)other;
        if (!file)
                return -1;
        fputs("x", file);
        return fclose(file);
}

static int do_open(const char *path, const char *other)
{
        int fd = open(path, O_RDWR | O_CREAT, 0600);

        (void)other;
        return fd < 0 ? -1 : close(fd);
}

static int do_replace(const char *path, const char *other)
{
        FILE *file = fopen(path, "w");

        (void)other;
        if (!file)
                return -1;
        fputs("b", file);
        return fclose(file);
}

static int do_unlink(const char *path, const char *other)
{
        (void)other;
        return remove(path);
}

static int do_mkdir(const char *path, const char *other)
{
        (void)other;
        return mkdir(path, 0700);
}

static int do_chmod(const char *path, const char *other)
{
        (void)other;
        return chmod(path, 04755);
}

static int do_nothing(const char *path, const char *other)
{
        (void)path;
        (void)other;
        return 0;
}

static int do_exchange(const char *from, const char *to)
{
        return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
}

static void seen_changes_are_net(void **state)
{
        (void)state;
        make("written", "a");
        make("opened", "a");
        make("gone", "a");
        make("mode", "a");
        make("old", "a");
        make("linked", "a");
        begin();
        run("openat", CLASS_WRITE, "written", NULL, do_write);
        run("openat", CLASS_WRITE, "opened", NULL, do_open);
        run("openat", CLASS_CREATE, "new", NULL, do_open);
        run("openat", CLASS_CREATE, "temporary", NULL, do_open);
        run("unlink", CLASS_DELETE, "temporary", NULL, do_unlink);
        run("unlink", CLASS_DELETE, "gone", NULL, do_unlink);
        run("unlink", CLASS_DELETE, "never", NULL, do_unlink);
        run("chmod", CLASS_ATTR, "mode", NULL, do_chmod);
        run("rename", CLASS_DELETE, "old", "newer", rename);
        run("link", CLASS_WRITE, "linked", "second", link);
        assert_string_equal(changes(), "deleted /gone; attributes /mode; created /new; renamed "
                                       "/newer from /old; linked /second from /linked; modified "
                                       "/written");
        assert_int_equal(audit_run(audit)->temporary, 1);
}

static void link_says_where_the_other_name_is(void **state)
{
        cleanup_free char *dir = below("d");

        (void)state;
        mkdir(dir, 0700);
        make("a", "a");
        make("b", "b");
        make("c", "c");
        make("d/f", "f");
        begin();
        run("link", CLASS_READ, "a", "a2", link);
        run("rename", CLASS_DELETE, "a2", "a3", rename);
        run("link", CLASS_READ, "b", "b2", link);
        run("unlink", CLASS_DELETE, "b2", NULL, do_unlink);
        run("rename", CLASS_DELETE, "b", "b3", rename);
        run("rename", CLASS_DELETE, "c", "c2", rename);
        run("link", CLASS_READ, "c2", "c3", link);
        run("rename", CLASS_DELETE, "d", "e", rename);
        run("link", CLASS_READ, "e/f", "f2", link);
        assert_string_equal(changes(), "linked /a3 from /a; renamed /b3 from /b; renamed /c2 from "
                                       "/c; linked /c3 from /c2; renamed /e from /d; linked /f2 "
                                       "from /e/f");
}

static void file_whose_first_name_is_gone_has_moved_to_another(void **state)
{
        (void)state;
        make("a", "a");
        make("b", "b");
        begin();
        run("link", CLASS_WRITE, "a", "a1", link);
        run("link", CLASS_WRITE, "a", "a2", link);
        run("unlink", CLASS_DELETE, "a", NULL, do_unlink);
        run("unlink", CLASS_DELETE, "a1", NULL, do_unlink);
        run("link", CLASS_WRITE, "b", "b1", link);
        run("unlink", CLASS_DELETE, "b", NULL, do_unlink);
        run("link", CLASS_WRITE, "b1", "b2", link);
        assert_string_equal(changes(),
                            "renamed /a2 from /a; renamed /b1 from /b; linked /b2 from /b1");
}

static void file_all_of_whose_names_are_gone_is_deleted(void **state)
{
        (void)state;
        make("a", "a");
        begin();
        run("link", CLASS_WRITE, "a", "b", link);
        run("unlink", CLASS_DELETE, "a", NULL, do_unlink);
        run("unlink", CLASS_DELETE, "b", NULL, do_unlink);
        run("openat", CLASS_CREATE, "b", NULL, do_open);
        assert_string_equal(changes(), "deleted /a; created /b");
}

static void file_that_was_written_and_renamed_is_both(void **state)
{
        (void)state;
        make("grown", "a");
        make("same", "a");
        make("equal", "a");
        begin();
        run("openat", CLASS_WRITE, "grown", NULL, do_write);
        run("rename", CLASS_DELETE, "grown", "grown2", rename);
        run("openat", CLASS_WRITE, "same", NULL, do_open);
        run("rename", CLASS_DELETE, "same", "same2", rename);
        run("rename", CLASS_DELETE, "equal", "equal2", rename);
        run("openat", CLASS_WRITE, "equal2", NULL, do_replace);
        assert_string_equal(changes(),
                            "renamed /equal2 from /equal; modified /equal2; "
                            "renamed /grown2 from /grown; modified /grown2; renamed /same2 from "
                            "/same");
}

static void terminal_that_is_closed_is_not_deleted(void **state)
{
        int leader = posix_openpt(O_RDWR | O_NOCTTY);
        const char *path = leader < 0 ? NULL : ptsname(leader);
        struct fact fact = call("chmod", CLASS_ATTR, path, NULL);

        (void)state;
        if (!path)
                skip();
        begin();
        event.nasks = 0;
        ask(0, path, CLASS_ATTR);
        audit_look(audit, &event);
        audit_add(audit, &fact);
        close(leader);
        assert_string_equal(changes(), "");
}

static void rename_to_another_name_of_the_same_file_does_nothing(void **state)
{
        cleanup_free char *a = below("a"), *b = below("b");

        (void)state;
        make("a", "a");
        assert_int_equal(link(a, b), 0);
        begin();
        run("rename", CLASS_DELETE, "a", "b", rename);
        assert_string_equal(changes(), "");
}

static void what_was_before_is_the_same_under_every_name(void **state)
{
        cleanup_free char *a = below("a"), *b = below("b");
        const struct change *list;
        size_t n;

        (void)state;
        make("a", "a");
        assert_int_equal(link(a, b), 0);
        begin();
        run("openat", CLASS_WRITE, "a", NULL, do_write);
        run("openat", CLASS_WRITE, "b", NULL, do_write);
        assert_string_equal(changes(), "modified /a; modified /b");
        list = audit_changes(audit, &n);
        assert_int_equal(list[1].before.size, 1);
        assert_int_equal(list[1].after.size, 3);
}

static void file_that_was_given_the_number_of_another_is_another(void **state)
{
        (void)state;
        make("a", "a");
        begin();
        run("unlink", CLASS_DELETE, "a", NULL, do_unlink);
        run("openat", CLASS_CREATE, "a", NULL, do_write);
        assert_string_equal(changes(), "modified /a");
}

static void what_was_below_a_moved_directory_never_stood_below_its_new_name(void **state)
{
        cleanup_free char *dir = below("d"), *sub = below("d/s");

        (void)state;
        mkdir(dir, 0700);
        mkdir(sub, 0700);
        make("d/s/f", "f");
        make("d/s/g", "g");
        make("d/h", "h");
        begin();
        run("rename", CLASS_DELETE, "d", "e", rename);
        run("rename", CLASS_DELETE, "e/s", "s", rename);
        run("rename", CLASS_DELETE, "s/f", "s/f2", rename);
        run("rename", CLASS_DELETE, "e/h", "h", rename);
        run("unlink", CLASS_DELETE, "s/g", NULL, do_unlink);
        assert_string_equal(changes(), "deleted /d/s/g; renamed /e from /d; renamed /h from /d/h; "
                                       "renamed /s from /d/s; renamed /s/f2 from /d/s/f");
}

static void same_mode_is_no_change(void **state)
{
        cleanup_free char *path = below("a");

        (void)state;
        make("a", "a");
        chmod(path, 04755);
        begin();
        run("chmod", CLASS_ATTR, "a", NULL, do_chmod);
        assert_string_equal(changes(), "");
}

/* What is written while the file cannot show it by its times counts as written. */
static void make_large(const char *name)
{
        cleanup_free char *path = below(name);

        make(name, "a");
        assert_int_equal(truncate(path, 1 << 20), 0);
}

/* In the same tick of the clock times tell nothing. */
static void young_file_that_was_opened_for_writing_counts_as_written_if_it_is_large(void **state)
{
        const char *told = "";

        (void)state;
        make("a", "a");
        /* It may be looked at too late, for this process does not run all the time. */
        for (int tries = 100; tries && !*told; tries--) {
                make_large("b");
                use(&(struct audit_options){.live = true});
                run("openat", CLASS_WRITE, "a", NULL, do_open);
                run("openat", CLASS_WRITE, "b", NULL, do_open);
                told = changes();
        }
        assert_string_equal(told, "modified /b");
}

static int set_times(const char *path, const char *other)
{
        const struct timespec old[2] = {{1000000000, 0}, {1000000000, 0}};

        (void)other;
        return utimensat(AT_FDCWD, path, old, 0);
}

static int overwrite(const char *path, const char *other)
{
        int fd = open(path, O_WRONLY);
        bool done = write(fd, other ? other : "b", 1) == 1;

        close(fd);
        return done ? 0 : -1;
}

static int do_the_same(const char *path, const char *other)
{
        (void)other;
        return overwrite(path, "a");
}

static void times_that_were_set_hide_no_write(void **state)
{
        static const char *const names[] = {"opened", "written", "same", "touched"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                cleanup_free char *path = below(names[i]);

                make(names[i], "a");
                if (i < 2)
                        set_times(path, NULL);
        }
        begin();
        run("openat", CLASS_WRITE, "opened", NULL, do_open);
        run("utimensat", CLASS_ATTR, "opened", NULL, set_times);
        run("openat", CLASS_WRITE, "written", NULL, overwrite);
        run("utimensat", CLASS_ATTR, "written", NULL, set_times);
        run("openat", CLASS_WRITE, "same", NULL, do_the_same);
        run("openat", CLASS_WRITE, "touched", NULL, do_open);
        run("utimensat", CLASS_ATTR, "touched", NULL, set_times);
        assert_string_equal(changes(), "attributes /same; attributes /touched; modified /written");
}

static void what_is_written_by_a_second_name_is_known_by_the_first(void **state)
{
        cleanup_free char *a = below("a"), *b = below("b");

        (void)state;
        make("f", "a");
        make("g", "a");
        make("a", "a");
        assert_int_equal(link(a, b), 0);
        begin();
        run("link", CLASS_READ, "f", "f2", link);
        run("openat", CLASS_WRITE, "f2", NULL, overwrite);
        run("unlink", CLASS_DELETE, "f2", NULL, do_unlink);
        run("link", CLASS_READ, "g", "g2", link);
        run("utimensat", CLASS_ATTR, "g2", NULL, set_times);
        run("unlink", CLASS_DELETE, "g2", NULL, do_unlink);
        run("chmod", CLASS_ATTR, "a", NULL, do_nothing);
        run("openat", CLASS_WRITE, "b", NULL, overwrite);
        assert_string_equal(changes(), "modified /a; modified /b; modified /f; attributes /g");
}

static void same_content_written_by_a_second_name_is_none_by_the_first(void **state)
{
        cleanup_free char *a = below("a"), *b = below("b");

        (void)state;
        make("a", "a");
        assert_int_equal(link(a, b), 0);
        begin();
        run("chmod", CLASS_ATTR, "a", NULL, do_nothing);
        run("openat", CLASS_WRITE, "b", NULL, do_the_same);
        assert_string_equal(changes(), "attributes /a; attributes /b");
}

static void told_write_by_a_second_name_is_known_by_the_first(void **state)
{
        (void)state;
        add("link", CLASS_READ, "/f", "/g");
        add_open(CLASS_WRITE, "/g", O_WRONLY);
        add("unlink", CLASS_DELETE, "/g", NULL);
        assert_string_equal(changes(), "modified /f");
}

static void times_of_a_directory_count_against_before_its_entries_changed(void **state)
{
        cleanup_free char *same = below("same"), *other = below("other");

        (void)state;
        mkdir(same, 0700);
        mkdir(other, 0700);
        set_times(same, NULL);
        begin();
        run("openat", CLASS_CREATE, "same/f", NULL, do_write);
        run("utimensat", CLASS_ATTR, "same", NULL, set_times);
        run("openat", CLASS_CREATE, "other/f", NULL, do_write);
        run("utimensat", CLASS_ATTR, "other", NULL, set_times);
        assert_string_equal(changes(), "attributes /other; created /other/f; created /same/f");
}

/* One is longer than any path that can be given, the other is how a name that the kernel cannot
 * give is shown. */
static void names_that_are_too_long_are_told_by_calls(void **state)
{
        cleanup_free char *part = xcalloc(251, 1), *name = below("long"), *deep = below(".../deep");
        struct fact fact;
        size_t n;

        (void)state;
        memset(part, 'd', 250);
        while (strlen(name) < PATH_MAX) {
                cleanup_free char *above = name;

                name = xasprintf("%s/%s", above, part);
        }
        begin();
        for (unsigned i = 0; i < 2; i++) {
                event.nasks = 0;
                ask(0, i ? deep : name, CLASS_CREATE);
                event.objects[0].deep = i;
                audit_look(audit, &event);
                fact = call("mkdirat", CLASS_CREATE, i ? deep : name, NULL);
                audit_add(audit, &fact);
        }
        audit_settle(audit);
        assert_true(audit_changes(audit, &n)[0].unseen && audit_changes(audit, &n)[1].unseen);
        assert_int_equal(n, 2);
        assert_int_equal(audit_run(audit)->temporary, 0);
}

static void file_of_the_same_content_that_took_the_place_is_another(void **state)
{
        (void)state;
        make("a", "a");
        begin();
        run("openat", CLASS_CREATE, "b", NULL, do_write);
        run("rename", CLASS_DELETE, "b", "a", rename);
        assert_string_equal(changes(), "modified /a");
}

static void moved_directory_stands_for_all_below(void **state)
{
        cleanup_free char *dir = below("d");

        (void)state;
        mkdir(dir, 0700);
        make("d/kept", "a");
        make("d/before", "a");
        make("d/after", "a");
        make("d/gone", "a");
        begin();
        run("openat", CLASS_WRITE, "d/before", NULL, do_write);
        run("rename", CLASS_DELETE, "d", "e", rename);
        run("openat", CLASS_WRITE, "e/after", NULL, do_write);
        run("unlink", CLASS_DELETE, "e/gone", NULL, do_unlink);
        run("openat", CLASS_CREATE, "e/new", NULL, do_open);
        assert_string_equal(changes(), "deleted /d/gone; renamed /e from /d; modified /e/after; "
                                       "modified /e/before; created /e/new");
}

static void directory_built_aside_and_put_in_place_is_new(void **state)
{
        cleanup_free char *dir = below("app");

        (void)state;
        mkdir(dir, 0700);
        make("app/f", "old");
        begin();
        run("mkdir", CLASS_CREATE, "app.new", NULL, do_mkdir);
        run("openat", CLASS_CREATE, "app.new/f", NULL, do_write);
        run("rename", CLASS_DELETE, "app", "app.old", rename);
        run("rename", CLASS_DELETE, "app.new", "app", rename);
        run("unlink", CLASS_DELETE, "app.old/f", NULL, do_unlink);
        run("rmdir", CLASS_DELETE, "app.old", NULL, do_unlink);
        assert_string_equal(changes(), "modified /app/f");
}

static void directory_made_where_another_has_left_is_told(void **state)
{
        cleanup_free char *dir = below("d");

        (void)state;
        mkdir(dir, 0700);
        begin();
        run("rename", CLASS_DELETE, "d", "e", rename);
        run("mkdir", CLASS_CREATE, "d", NULL, do_mkdir);
        assert_string_equal(changes(), "modified /d; renamed /e from /d");
}

static void exchange(const char *one, const char *other)
{
        struct fact fact;
        cleanup_free char *a = below(one), *b = below(other);

        event.nasks = 0;
        ask(0, a, CLASS_DELETE);
        ask(1, b, CLASS_CREATE);
        audit_look(audit, &event);
        assert_int_equal(do_exchange(a, b), 0);
        fact = call("renameat2", CLASS_DELETE, a, b);
        fact.has_flags = true;
        fact.flags = RENAME_EXCHANGE;
        audit_add(audit, &fact);
}

static void directory_filled_by_the_run_is_exchanged_with_what_is_in_it(void **state)
{
        cleanup_free char *d = below("d");

        (void)state;
        mkdir(d, 0700);
        make("d/a", "old");
        make("d/b", "old");
        make("d/gone", "old");
        begin();
        run("unlink", CLASS_DELETE, "d/gone", NULL, do_unlink);
        run("mkdir", CLASS_CREATE, "m", NULL, do_mkdir);
        run("openat", CLASS_CREATE, "m/a", NULL, do_write);
        run("openat", CLASS_CREATE, "m/c", NULL, do_write);
        exchange("d", "m");
        run("openat", CLASS_WRITE, "m/b", NULL, do_write);
        assert_string_equal(changes(), "modified /d; modified /d/a; created /d/c; deleted /d/gone; "
                                       "renamed /m from /d; modified /m/b");
}

static void what_has_come_home_was_there_with_all_below(void **state)
{
        cleanup_free char *a = below("a"), *b = below("a/b"), *c = below("a/b/c");

        (void)state;
        mkdir(a, 0700);
        mkdir(b, 0700);
        mkdir(c, 0700);
        begin();
        run("rename", CLASS_DELETE, "a", "a1", rename);
        run("mkdir", CLASS_CREATE, "a", NULL, do_mkdir);
        run("rename", CLASS_DELETE, "a1/b", "a/b", rename);
        run("chmod", CLASS_ATTR, "a/b/c", NULL, do_chmod);
        assert_string_equal(changes(), "modified /a; attributes /a/b/c; renamed /a1 from /a");
}

static void what_comes_with_a_directory_is_not_new_where_something_was_looked_for(void **state)
{
        cleanup_free char *dir = below("old");

        (void)state;
        mkdir(dir, 0700);
        make("old/f", "a");
        begin();
        run("unlink", CLASS_DELETE, "new/f", NULL, do_unlink);
        run("rename", CLASS_DELETE, "old", "new", rename);
        assert_string_equal(changes(), "renamed /new from /old");
}

static void what_comes_with_a_directory_that_was_moved_before_is_not_new(void **state)
{
        cleanup_free char *dir = below("a");

        (void)state;
        mkdir(dir, 0700);
        make("a/f", "a");
        begin();
        run("unlink", CLASS_DELETE, "c/f", NULL, do_unlink);
        run("rename", CLASS_DELETE, "a", "b", rename);
        run("rename", CLASS_DELETE, "b", "c", rename);
        assert_string_equal(changes(), "renamed /c from /a");
}

static void directory_that_is_exchanged_with_one_from_inside_holds_nothing_else(void **state)
{
        cleanup_free char *a = below("a"), *b = below("a/b"), *d = below("d");

        (void)state;
        mkdir(a, 0700);
        mkdir(b, 0700);
        mkdir(d, 0700);
        begin();
        exchange("a/b", "d");
        exchange("a", "d");
        assert_string_equal(changes(),
                            "renamed /a from /a/b; renamed /d from /a; renamed /d/b from /d");
}

static void exchange_is_two_renames(void **state)
{
        (void)state;
        make("a", "1");
        make("b", "22");
        begin();
        exchange("a", "b");
        assert_string_equal(changes(), "renamed /a from /b; renamed /b from /a");
}

static void extended_attribute_is_a_change(void **state)
{
        cleanup_free char *path = below("a");

        (void)state;
        make("a", "1");
        if (setxattr(path, "user.test", "1", 1, 0))
                skip();
        begin();
        event.nasks = 0;
        ask(0, path, CLASS_ATTR);
        audit_look(audit, &event);
        assert_int_equal(setxattr(path, "user.test", "2", 1, 0), 0);
        add("setxattr", CLASS_ATTR, path, NULL);
        assert_string_equal(changes(), "attributes /a");
}

static void file_that_is_held_open_may_be_written(void **state)
{
        cleanup_free char *path = below("out");
        struct words name = words(path);

        (void)state;
        make("out", "");
        begin();
        audit_inherit(audit, &name);
        do_write(path, NULL);
        assert_string_equal(changes(), "modified /out");
}

static void kernel_settings_are_told_by_the_call(void **state)
{
        struct fact fact = call("openat", CLASS_WRITE, "/proc/sys/vm/swappiness", NULL);

        (void)state;
        begin();
        event.nasks = 0;
        ask(0, "/proc/sys/vm/swappiness", CLASS_WRITE);
        audit_look(audit, &event);
        assert_int_equal(do_nothing(NULL, NULL), 0);
        fact.has_flags = true;
        fact.flags = O_WRONLY;
        audit_add(audit, &fact);
        assert_string_equal(changes(), "modified /proc/sys/vm/swappiness");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(calls_that_are_alike_are_one_touch),
                TEST(limit_leaves_out_and_counts),
                TEST(rule_and_refusal_are_kept),
                TEST(spans_hold_every_call_however_long_the_run),
                TEST(clock_that_is_set_back_does_no_harm),
                TEST(processes_know_their_parents_programs_and_ends),
                TEST(number_that_is_used_again_is_another_process),
                TEST(child_may_act_before_its_parent_tells),
                TEST(told_changes_are_net),
                TEST(told_failure_changes_nothing),
                TEST(told_rename_is_followed),
                TEST(told_file_whose_first_name_is_gone_has_moved_to_another),
                TEST(told_file_that_was_linked_and_replaced_is_another),
                TEST(told_directory_takes_along_what_is_below),
                TEST(changes_are_unknown_where_they_are_not_recorded),
                TEST(stated_changes_are_taken_as_they_are),
                TEST(calls_tell_of_changes_where_the_end_that_states_them_is_missing),
                TEST(seen_changes_are_net),
                TEST(link_says_where_the_other_name_is),
                TEST(file_whose_first_name_is_gone_has_moved_to_another),
                TEST(file_all_of_whose_names_are_gone_is_deleted),
                TEST(file_that_was_written_and_renamed_is_both),
                TEST(terminal_that_is_closed_is_not_deleted),
                TEST(rename_to_another_name_of_the_same_file_does_nothing),
                TEST(what_was_before_is_the_same_under_every_name),
                TEST(file_that_was_given_the_number_of_another_is_another),
                TEST(what_was_below_a_moved_directory_never_stood_below_its_new_name),
                TEST(same_mode_is_no_change),
                TEST(young_file_that_was_opened_for_writing_counts_as_written_if_it_is_large),
                TEST(times_that_were_set_hide_no_write),
                TEST(what_is_written_by_a_second_name_is_known_by_the_first),
                TEST(same_content_written_by_a_second_name_is_none_by_the_first),
                TEST(told_write_by_a_second_name_is_known_by_the_first),
                TEST(times_of_a_directory_count_against_before_its_entries_changed),
                TEST(names_that_are_too_long_are_told_by_calls),
                TEST(file_of_the_same_content_that_took_the_place_is_another),
                TEST(moved_directory_stands_for_all_below),
                TEST(directory_built_aside_and_put_in_place_is_new),
                TEST(directory_made_where_another_has_left_is_told),
                TEST(what_has_come_home_was_there_with_all_below),
                TEST(what_comes_with_a_directory_is_not_new_where_something_was_looked_for),
                TEST(what_comes_with_a_directory_that_was_moved_before_is_not_new),
                TEST(directory_that_is_exchanged_with_one_from_inside_holds_nothing_else),
                TEST(exchange_is_two_renames),
                TEST(directory_filled_by_the_run_is_exchanged_with_what_is_in_it),
                TEST(extended_attribute_is_a_change),
                TEST(file_that_is_held_open_may_be_written),
                TEST(kernel_settings_are_told_by_the_call),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
