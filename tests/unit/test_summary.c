/* test_summary.c: what summary.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../strict.h"
#include "calls.h"
#include "summary.h"
#include "util.h"

enum { PATHS_MAX = 4096 };

static struct audit *audit;
static char *text; /* of the last summary */

static struct words words(const char *bytes)
{
        return (struct words){bytes, bytes ? strlen(bytes) : 0};
}

/* ---- runs made by hand ---- */

static void start_run(bool permissive)
{
        struct fact fact = {.kind = FACT_START,
                            .home = words("/home/joe"),
                            .permissive = permissive,
                            .states_changes = true};

        audit_free(audit);
        audit = audit_new(&(struct audit_options){.live = false});
        audit_add(audit, &fact);
}

static int setup(void **state)
{
        (void)state;
        start_run(false);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        audit_free(audit);
        audit = NULL;
        free(text);
        text = NULL;
        return 0;
}

static void state_change(struct change change)
{
        audit_add(audit, &(struct fact){.kind = FACT_CHANGE, .change = change});
}

static void change_file(enum change_kind kind, const char *path)
{
        struct file_state there = {.mode = S_IFREG | 0644, .size = 100};
        struct change change = {.kind = kind, .path = words(path), .after = there};

        if (kind != CHANGE_CREATED)
                change.before = there;
        if (kind == CHANGE_DELETED)
                change.after = (struct file_state){0};
        state_change(change);
}

static void create(const char *path, uint32_t mode)
{
        state_change((struct change){
                .kind = CHANGE_CREATED, .path = words(path), .after = {.mode = mode, .size = 100}});
}

/* A call of the process 7, "cat". */
static struct fact call_of(const char *name, enum call_class class, const char *path)
{
        return (struct fact){
                .kind = FACT_CALL,
                .tgid = 7,
                .tid = 7,
                .comm = words("cat"),
                .call = calls_by_name(name),
                .class = class,
                .path = words(path),
        };
}

static void refuse(const char *path, const char *rule)
{
        struct fact fact = call_of("openat", CLASS_WRITE, path);

        fact.action = fact.would = ACTION_DENY;
        fact.has_flags = fact.has_result = true;
        fact.flags = O_WRONLY;
        fact.result = -EACCES;
        fact.rule = words(rule);
        audit_add(audit, &fact);
}

static void read_file(const char *path)
{
        struct fact fact = call_of("openat", CLASS_READ, path);

        fact.action = fact.would = ACTION_LOG;
        fact.has_flags = fact.has_result = true;
        fact.flags = O_RDONLY;
        fact.result = 3;
        audit_add(audit, &fact);
}

static void run_program(const char *path)
{
        audit_add(audit,
                  &(struct fact){.kind = FACT_EXEC, .tgid = 7, .tid = 7, .path = words(path)});
}

static void end_process(pid_t tgid, bool has_written, uint64_t written)
{
        audit_add(audit, &(struct fact){.kind = FACT_EXIT,
                                        .tgid = tgid,
                                        .has_written = has_written,
                                        .written = written});
}

static void end_run(int status)
{
        audit_add(audit, &(struct fact){.kind = FACT_END, .status = status, .time = {.tv_sec = 3}});
        audit_settle(audit);
}

/* ---- what came of it ---- */

static const char *summarize_with(const struct summary_options *options)
{
        size_t size;
        FILE *out;

        free(text);
        text = NULL;
        out = open_memstream(&text, &size);
        summary_write(out, audit, options);
        assert_int_equal(fclose(out), 0);
        return text;
}

static const char *summarize(unsigned rows)
{
        return summarize_with(&(struct summary_options){.rows = rows, .columns = rows ? 80 : 0});
}

static size_t count_rows(const char *page, size_t columns)
{
        size_t rows = 0;

        for (const char *end; *page; page = end + 1) {
                end = strchr(page, '\n');
                assert_non_null(end);
                rows += end == page ? 1 : ((size_t)(end - page) + columns - 1) / columns;
        }
        return rows;
}

static void assert_shows(const char *expected)
{
        if (!strstr(text, expected))
                fail_msg("\"%s\" is not in:\n%s", expected, text);
}

static void assert_hides(const char *unexpected)
{
        if (strstr(text, unexpected))
                fail_msg("\"%s\" is in:\n%s", unexpected, text);
}

static void assert_order(const char *first, const char *second)
{
        assert_shows(first);
        assert_shows(second);
        assert_true(strstr(text, first) < strstr(text, second));
}

/* ---- the first line ---- */

static void run_without_effect_says_so(void **state)
{
        (void)state;
        end_run(0);
        summarize(24);
        assert_string_equal(text, "stopgate: exit status 0, after 3.0 s; nothing was refused; "
                                  "nothing was changed\n");
}

static void verdict_tells_status_refusals_and_what_to_look_at(void **state)
{
        (void)state;
        create("/etc/cron.d/x", S_IFREG | 0644);
        refuse("/a", "x.ini:1");
        refuse("/b", "x.ini:2");
        end_run(3);
        summarize(24);
        assert_shows("exit status 3, after 3.0 s; refused 2 calls; 1 thing to look at\n");
}

static void permissive_run_would_have_refused(void **state)
{
        struct fact fact = call_of("openat", CLASS_WRITE, "/a");

        (void)state;
        start_run(true);
        fact.action = ACTION_LOG;
        fact.would = ACTION_DENY;
        fact.rule = words("x.ini:1");
        audit_add(audit, &fact);
        end_run(0);
        summarize(24);
        assert_shows("; would have refused 1 call; ");
        assert_shows("Would have been refused (1)\n  1x  write  x.ini:1  [cat]  /a\n");
}

static void record_without_end_says_so(void **state)
{
        (void)state;
        audit_settle(audit);
        summarize(24);
        assert_shows("the end is not recorded");
}

/* ---- sections ---- */

static void marked_changes_say_what_they_are_and_what_happened(void **state)
{
        (void)state;
        create("/tmp/su", S_IFREG | 04755);
        change_file(CHANGE_DELETED, "/etc/cron.d/x");
        state_change((struct change){.kind = CHANGE_ATTRIBUTES,
                                     .path = words("/etc/sudoers"),
                                     .attributes = CHANGED_MODE | CHANGED_OWNER,
                                     .before = {.mode = S_IFREG | 0440},
                                     .after = {.mode = S_IFREG | 0666, .uid = 7, .gid = 8}});
        state_change((struct change){.kind = CHANGE_CREATED,
                                     .path = words("/usr/bin/x"),
                                     .target = words("../lib/x"),
                                     .after.mode = S_IFLNK | 0777});
        end_run(0);
        summarize(0);
        assert_shows("Look at (4)\n");
        assert_shows("  set-user-ID program  created, mode 04755 ");
        assert_shows("/tmp/su\n");
        assert_shows("  cron job             deleted ");
        assert_shows("changed: mode 0440 -> 0666, owner 0:0 -> 7:8  /etc/sudoers\n");
        assert_shows("/usr/bin/x -> ../lib/x\n");
        assert_order("set-user-ID", "cron job");
        assert_order("cron job", "command in PATH");
        assert_hides("Deleted (1)");
}

static void column_whose_cells_are_all_wide_is_shown(void **state)
{
        (void)state;
        state_change((struct change){.kind = CHANGE_ATTRIBUTES,
                                     .path = words("/opt/su"),
                                     .before = {.mode = S_IFREG | 0755},
                                     .after = {.mode = S_IFREG | 04755, .uid = 1000, .gid = 1000},
                                     .attributes = CHANGED_MODE | CHANGED_OWNER});
        end_run(0);
        summarize(0);
        assert_shows("changed: mode 0755 -> 04755, owner 0:0 -> 1000:1000  /opt/su\n");
}

static void secrets_that_were_read_are_to_look_at(void **state)
{
        (void)state;
        read_file("/etc/shadow");
        read_file("/etc/hosts");
        end_run(0);
        summarize(0);
        assert_shows("Look at (1)\n  password hashes  read [cat]  /etc/shadow\n");
        assert_hides("/etc/hosts");
}

static void refusals_that_are_the_same_stand_once(void **state)
{
        (void)state;
        for (int i = 0; i < 12; i++)
                refuse("/home/joe/.bashrc", "startup.ini:19");
        refuse("/home/joe/.bashrc", "other.ini:1");
        end_run(0);
        summarize(0);
        assert_shows("Refused (13)\n");
        assert_shows("  12x  write  EACCES  startup.ini:19  [cat]  /home/joe/.bashrc\n");
        assert_shows("   1x  write  EACCES  other.ini:1     [cat]  /home/joe/.bashrc\n");
}

static void call_without_a_path_is_shown_by_its_name(void **state)
{
        (void)state;
        refuse(NULL, "x.ini:1");
        end_run(0);
        summarize(0);
        assert_shows("[cat]  openat\n");
}

static void each_kind_of_change_has_its_section(void **state)
{
        struct file_state there = {.mode = S_IFREG | 0644, .size = 2048};
        struct file_state grown = {.mode = S_IFREG | 0600, .size = 4096};
        struct file_state link = {.mode = S_IFLNK | 0777, .size = 1};

        (void)state;
        create("/a/created", S_IFREG | 0644);
        create("/a/dir", S_IFDIR | 0755);
        change_file(CHANGE_DELETED, "/a/deleted");
        state_change((struct change){.kind = CHANGE_MODIFIED,
                                     .path = words("/a/modified"),
                                     .before = there,
                                     .after = grown,
                                     .attributes = CHANGED_MODE | CHANGED_TIMES});
        state_change((struct change){.kind = CHANGE_MODIFIED,
                                     .path = words("/a/replaced"),
                                     .before = there,
                                     .after = link,
                                     .target = words("x")});
        state_change((struct change){.kind = CHANGE_RENAMED,
                                     .path = words("/a/new"),
                                     .from = words("/a/old"),
                                     .after = there});
        state_change((struct change){.kind = CHANGE_LINKED,
                                     .path = words("/a/second"),
                                     .from = words("/a/first"),
                                     .after = there});
        state_change((struct change){.kind = CHANGE_ATTRIBUTES,
                                     .path = words("/a/touched"),
                                     .before = there,
                                     .after = there,
                                     .attributes = CHANGED_TIMES | CHANGED_XATTRS});
        end_run(0);
        summarize(0);
        assert_shows("Created (2)\n  100 B  /a/created\n         /a/dir/\n");
        assert_shows("Deleted (1)\n  100 B  /a/deleted\n");
        assert_shows("  2.0 KiB -> 4.0 KiB, mode 0644 -> 0600  /a/modified\n");
        assert_shows("  file -> link                           /a/replaced -> x\n");
        assert_shows("Renamed (1)\n  /a/old -> /a/new\n");
        assert_shows("Linked: a second name (1)\n  /a/first -> /a/second\n");
        assert_shows("Attributes changed (1)\n  times, xattrs  /a/touched\n");
        assert_shows("new files hold 100 B\n");
}

static void sizes_that_round_alike_are_told_in_bytes(void **state)
{
        (void)state;
        state_change((struct change){.kind = CHANGE_MODIFIED,
                                     .path = words("/a"),
                                     .before = {.mode = S_IFREG | 0644, .size = 4510},
                                     .after = {.mode = S_IFREG | 0644, .size = 4512}});
        end_run(0);
        summarize(0);
        assert_shows("  4510 B -> 4512 B  /a\n");
}

static void programs_of_the_run_come_before_those_of_the_system(void **state)
{
        (void)state;
        create("/home/joe/x/conftest", S_IFREG | 0755);
        run_program("/usr/bin/cc");
        run_program("/usr/bin/cc");
        run_program("/home/joe/x/conftest");
        run_program("/opt/tool");
        end_run(0);
        summarize(0);
        assert_order("Programs from elsewhere (2)\n  1x  made by the run  /home/joe/x/conftest\n",
                     "  1x                   /opt/tool\nPrograms of the system (2)\n");
        assert_shows("  2x  /usr/bin/cc\n");
}

static void files_read_are_neither_of_the_system_nor_of_the_run(void **state)
{
        struct fact listing = call_of("openat", CLASS_READ, "/home/joe/listed");

        (void)state;
        listing.has_flags = true;
        listing.flags = O_DIRECTORY;
        audit_add(audit, &listing);
        create("/home/joe/made", S_IFREG | 0644);
        read_file("/home/joe/made");
        read_file("/usr/lib/libc.so.6");
        read_file("/home/joe/notes");
        read_file("/home/joe/notes");
        end_run(0);
        summarize(0);
        assert_shows("Read outside of the system (1)\n  /home/joe/notes\n");
        assert_hides("libc");
        assert_hides("listed");
}

static void paths_all_over_the_root_are_not_folded_into_it(void **state)
{
        (void)state;
        run_program("/home/joe/x");
        run_program("/opt/tool");
        run_program("/srv/tool");
        end_run(0);
        summarize(3);
        assert_shows("1x  /opt/tool\n");
        assert_hides("below /\n");
}

static void reading_that_nobody_watched_is_not_taken_for_none(void **state)
{
        struct fact refused = call_of("openat", CLASS_READ, "/home/joe/.ssh");

        (void)state;
        refused.action = refused.would = ACTION_DENY;
        audit_add(audit, &refused);
        run_program("/usr/bin/cat");
        end_run(0);
        summarize(0);
        assert_shows("What was read is not known");
        run_program("/usr/bin/cat");
        read_file("/usr/lib/libc.so.6");
        summarize(0);
        assert_hides("What was read is not known");
}

static void connections_are_counted_by_address(void **state)
{
        struct fact fact = call_of("connect", CLASS_CONNECT, "inet:10.0.0.1:80");

        (void)state;
        fact.action = fact.would = ACTION_LOG;
        audit_add(audit, &fact);
        audit_add(audit, &fact);
        end_run(0);
        summarize(0);
        assert_shows("Connections (2)\n  2x  [cat]  inet:10.0.0.1:80\n");
}

static void connection_to_nobody_is_none(void **state)
{
        struct fact fact = call_of("connect", CLASS_CONNECT, "/run/nscd/socket");

        (void)state;
        fact.action = fact.would = ACTION_LOG;
        fact.has_result = true;
        fact.result = -ENOENT;
        audit_add(audit, &fact);
        fact.path = words("inet:10.0.0.1:80");
        fact.result = -ECONNREFUSED;
        audit_add(audit, &fact);
        end_run(0);
        summarize(0);
        assert_shows("Connections (1)\n  1x  ECONNREFUSED  [cat]  inet:10.0.0.1:80\n");
}

static void written_is_at_least_what_some_processes_said(void **state)
{
        (void)state;
        end_process(7, true, 3 << 20);
        end_run(0);
        summarize(0);
        assert_shows("Written: 3.0 MiB, ");
        end_process(8, false, 0);
        summarize(0);
        assert_shows("Written: at least 3.0 MiB, ");
}

static void records_that_were_dropped_are_told(void **state)
{
        (void)state;
        audit_add(audit, &(struct fact){.kind = FACT_END, .dropped = 17});
        audit_settle(audit);
        summarize(0);
        assert_shows("This is not all: 17 records were left out over the limit\n");
}

/* ---- folding ---- */

static void create_many(const char *dir, size_t n, uint32_t mode)
{
        char path[256];

        for (size_t i = 0; i < n; i++) {
                snprintf(path, sizeof(path), "%s/f%zu", dir, i);
                create(path, mode);
        }
}

static void directory_with_many_entries_folds(void **state)
{
        (void)state;
        create_many("/usr/share/doc/x", 212, S_IFREG | 0644);
        create("/usr/share/doc/y", S_IFREG | 0644);
        end_run(0);
        summarize(24);
        assert_shows("Created (213)\n");
        assert_shows("  20.7 KiB  212 files in /usr/share/doc/x\n");
        assert_shows("     100 B  /usr/share/doc/y\n");
}

static void folded_line_tells_of_directories_and_of_itself(void **state)
{
        (void)state;
        create("/usr/share/doc/x", S_IFDIR | 0755);
        create("/usr/share/doc/x/sub", S_IFDIR | 0755);
        create_many("/usr/share/doc/x", 100, S_IFREG | 0644);
        create_many("/usr/share/doc/x/sub", 100, S_IFLNK | 0777);
        end_run(0);
        summarize(5);
        assert_shows("  100 files, 2 directories, 100 links at and below /usr/share/doc/x\n");
}

static void few_entries_do_not_fold(void **state)
{
        (void)state;
        create_many("/usr/share/doc/x", 10, S_IFREG | 0644);
        end_run(0);
        summarize(24);
        assert_hides("files in");
        assert_shows("/usr/share/doc/x/f9\n");
}

static void deletions_never_fold(void **state)
{
        char path[64];

        (void)state;
        for (int i = 0; i < 300; i++) {
                snprintf(path, sizeof(path), "/home/joe/photos/%d", i);
                change_file(CHANGE_DELETED, path);
        }
        end_run(0);
        summarize(24);
        for (int i = 0; i < 300; i++) {
                snprintf(path, sizeof(path), "/home/joe/photos/%d\n", i);
                assert_shows(path);
        }
}

static void what_is_marked_never_folds(void **state)
{
        char path[64];

        (void)state;
        create_many("/etc/cron.d", 60, S_IFREG | 0644);
        create_many("/usr/share/x", 60, S_IFREG | 0644);
        end_run(0);
        summarize(24);
        for (int i = 0; i < 60; i++) {
                snprintf(path, sizeof(path), "/etc/cron.d/f%d\n", i);
                assert_shows(path);
        }
        assert_shows("60 files in /usr/share/x\n");
        assert_shows("Created (120, 60 of them above)\n");
}

static void refusals_never_fold(void **state)
{
        char path[64];

        (void)state;
        for (int i = 0; i < 60; i++) {
                snprintf(path, sizeof(path), "/home/joe/%d", i);
                refuse(path, "x.ini:1");
        }
        end_run(0);
        summarize(24);
        for (int i = 0; i < 60; i++) {
                snprintf(path, sizeof(path), "/home/joe/%d\n", i);
                assert_shows(path);
        }
}

/* 300 files in 15 directories, some of which a person has to see, programs and reading. */
static void install_something(void)
{
        static const char *const dirs[] = {
                "/usr/share/doc/tool",
                "/usr/share/man/man1",
                "/usr/share/man/man5",
                "/usr/share/locale/de/LC_MESSAGES",
                "/usr/share/locale/fr/LC_MESSAGES",
                "/usr/share/locale/pt_BR/LC_MESSAGES",
                "/usr/share/tool/templates",
                "/usr/share/tool/icons/16x16",
                "/usr/share/tool/icons/32x32",
                "/usr/include/tool",
                "/usr/lib/tool/plugins",
                "/usr/lib/pkgconfig",
                "/etc/tool",
                "/var/lib/tool",
                "/opt/tool/share",
        };
        char path[256];

        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                create_many(dirs[i], 19, S_IFREG | 0644);
        create_many("/usr/bin", 3, S_IFREG | 0755);
        create("/usr/lib/systemd/system/tool.service", S_IFREG | 0644);
        change_file(CHANGE_MODIFIED, "/etc/ld.so.cache");
        change_file(CHANGE_MODIFIED, "/var/lib/dpkg/status");
        change_file(CHANGE_DELETED, "/etc/tool/old.conf");
        for (int i = 0; i < 40; i++) {
                snprintf(path, sizeof(path), "/usr/bin/program%d", i % 25);
                run_program(path);
                snprintf(path, sizeof(path), "/home/joe/src/tool-1.%d/data/file%d", i % 3, i);
                read_file(path);
        }
        end_process(7, true, 1 << 20);
        end_run(0);
}

static void ordinary_installer_fits_a_screen(void **state)
{
        static const unsigned screens[][2] = {{24, 80}, {25, 80}, {40, 80}, {40, 120}, {50, 200}};

        (void)state;
        install_something();
        for (size_t i = 0; i < ARRAY_SIZE(screens); i++) {
                summarize_with(
                        &(struct summary_options){.rows = screens[i][0], .columns = screens[i][1]});
                if (count_rows(text, screens[i][1]) >= screens[i][0])
                        fail_msg("%ux%u:\n%s", screens[i][0], screens[i][1], text);
                assert_shows("/usr/lib/systemd/system/tool.service\n");
                assert_shows("/etc/tool/old.conf\n");
                assert_shows("Created (289, 4 of them above)\n");
        }
}

static void larger_screen_is_made_use_of(void **state)
{
        (void)state;
        install_something();
        summarize(24);
        assert_true(count_rows(text, 80) >= 16);
        summarize(60);
        assert_true(count_rows(text, 80) >= 40);
}

static void lines_that_wrap_are_counted_as_what_they_fill(void **state)
{
        char dir[200] = "/srv/";

        (void)state;
        memset(dir + 5, 'd', 150);
        for (int i = 0; i < 8; i++) {
                dir[5] = (char)('a' + i);
                create_many(dir, 4, S_IFREG | 0644);
        }
        end_run(0);
        summarize_with(&(struct summary_options){.rows = 24, .columns = 80});
        assert_true(count_rows(text, 80) < 24);
}

static void no_line_is_cut(void **state)
{
        char path[4000];

        (void)state;
        memset(path, '\x01', sizeof(path) - 1);
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        create(path, S_IFREG | 0644);
        state_change(
                (struct change){.kind = CHANGE_RENAMED, .path = words(path), .from = words(path)});
        end_run(0);
        summarize(0);
        assert_true(strlen(text) > 3 * 4 * (sizeof(path) - 2));
}

/* ---- hostile names ---- */

static void hostile_names_forge_nothing(void **state)
{
        static const char *const paths[] = {
                "/tmp/a\nstopgate: exit status 0; nothing was refused",
                "/tmp/\033[2J\033[H",
                "/tmp/\xc2\x9b"
                "2J",
                "/tmp/\xe2\x80\xaetxt.exe",
                "/tmp/\xff\xfe",
                "/tmp/\r\b\x7f",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                create(paths[i], S_IFREG | 04755);
                change_file(CHANGE_DELETED, paths[i]);
                refuse(paths[i], paths[i]);
                read_file(paths[i]);
                run_program(paths[i]);
                state_change((struct change){
                        .kind = CHANGE_RENAMED, .path = words(paths[i]), .from = words(paths[i])});
        }
        end_run(0);
        summarize(0);
        for (const char *line = text, *end; *line; line = end + 1) {
                end = strchr(line, '\n');
                assert_true(strict_line(line, (size_t)(end + 1 - line)));
                assert_true(line == text || strncmp(line, "stopgate:", 9) != 0);
        }
        assert_shows("/tmp/a\\nstopgate: ");
        assert_shows("\\u{202e}txt.exe");
}

static void colour_is_only_where_it_is_wanted(void **state)
{
        (void)state;
        create("/etc/cron.d/x", S_IFREG | 0644);
        refuse("/a", "x.ini:1");
        end_run(0);
        summarize_with(&(struct summary_options){.colour = true});
        assert_shows("\033[33m");
        assert_shows("\033[1;31m");
        assert_shows("\033[0m/etc/cron.d/x\n");
        summarize(0);
        assert_hides("\033");
}

/* ---- nothing is lost ---- */

static unsigned long next_random(void)
{
        static uint64_t seed = 7;

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (unsigned long)(seed >> 33);
}

/* Up to 6 deep, with few names, so that directories are shared and are changed themselves. */
static void make_random_path(char *path, size_t size, int serial)
{
        size_t len = 0;

        for (unsigned long depth = 1 + next_random() % 6; depth > 0; depth--)
                len += (size_t)snprintf(path + len, size - len, "/%c",
                                        (int)("abc-."[next_random() % 5]));
        snprintf(path + len, size - len, "/%d", serial);
}

/* How many entries the lines below a heading stand for. */
static unsigned long sum_of_section(const char *title)
{
        const char *line = strstr(text, title);
        unsigned long sum = 0;

        if (!line)
                return 0;
        while ((line = strchr(line, '\n') + 1) && strncmp(line, "  ", 2) == 0) {
                const char *end = strchr(line, '\n'), *p = line;
                unsigned long n;
                char unit[16];
                bool folded = false;
                int used;

                p += strspn(p, " ");
                /* The size, then kinds: "1.2 KiB  3 files, 1 directory below /x". */
                while (p < end && sscanf(p, "%lu %15[a-z]%n", &n, unit, &used) == 2) {
                        sum += n;
                        folded = true;
                        p += used;
                        p += strspn(p, ", ");
                }
                if (!folded && *p != '/') {
                        p = strstr(p, "B  ");
                        assert_non_null(p);
                        p += 3;
                        while (p < end && sscanf(p, "%lu %15[a-z]%n", &n, unit, &used) == 2) {
                                sum += n;
                                folded = true;
                                p += used;
                                p += strspn(p, ", ");
                        }
                }
                sum += !folded;
        }
        return sum;
}

static void what_is_shown_adds_up_to_all_changes(void **state)
{
        static const uint32_t modes[] = {S_IFREG | 0644, S_IFREG | 0644, S_IFDIR | 0755,
                                         S_IFLNK | 0777, S_IFIFO | 0600};
        char path[64], heading[64];

        (void)state;
        for (int round = 0; round < 200; round++) {
                unsigned long n = 1 + next_random() % 300;
                unsigned rows = (unsigned)(next_random() % 60);

                start_run(false);
                for (unsigned long i = 0; i < n; i++) {
                        make_random_path(path, sizeof(path), (int)i);
                        create(path, modes[next_random() % ARRAY_SIZE(modes)]);
                        if (i % 7 == 0) { /* and the directory itself */
                                *strrchr(path, '/') = '\0';
                                create(path, S_IFDIR | 0755);
                        }
                }
                end_run(0);
                size_t changes;
                audit_changes(audit, &changes);
                summarize_with(&(struct summary_options){.rows = rows, .columns = 200});
                snprintf(heading, sizeof(heading), "Created (%zu)\n", changes);
                assert_shows(heading);
                if (sum_of_section("Created (") != changes)
                        fail_msg("%lu of %zu:\n%s", sum_of_section("Created ("), changes, text);
                if (rows > 10)
                        assert_true(count_rows(text, 200) < rows);
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(run_without_effect_says_so),
                TEST(verdict_tells_status_refusals_and_what_to_look_at),
                TEST(permissive_run_would_have_refused),
                TEST(record_without_end_says_so),
                TEST(marked_changes_say_what_they_are_and_what_happened),
                TEST(column_whose_cells_are_all_wide_is_shown),
                TEST(secrets_that_were_read_are_to_look_at),
                TEST(refusals_that_are_the_same_stand_once),
                TEST(call_without_a_path_is_shown_by_its_name),
                TEST(each_kind_of_change_has_its_section),
                TEST(sizes_that_round_alike_are_told_in_bytes),
                TEST(programs_of_the_run_come_before_those_of_the_system),
                TEST(files_read_are_neither_of_the_system_nor_of_the_run),
                TEST(paths_all_over_the_root_are_not_folded_into_it),
                TEST(reading_that_nobody_watched_is_not_taken_for_none),
                TEST(connections_are_counted_by_address),
                TEST(connection_to_nobody_is_none),
                TEST(written_is_at_least_what_some_processes_said),
                TEST(records_that_were_dropped_are_told),
                TEST(directory_with_many_entries_folds),
                TEST(folded_line_tells_of_directories_and_of_itself),
                TEST(few_entries_do_not_fold),
                TEST(deletions_never_fold),
                TEST(what_is_marked_never_folds),
                TEST(refusals_never_fold),
                TEST(ordinary_installer_fits_a_screen),
                TEST(larger_screen_is_made_use_of),
                TEST(lines_that_wrap_are_counted_as_what_they_fill),
                TEST(no_line_is_cut),
                TEST(hostile_names_forge_nothing),
                TEST(colour_is_only_where_it_is_wanted),
                TEST(what_is_shown_adds_up_to_all_changes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
