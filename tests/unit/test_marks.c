/* test_marks.c: what marks.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "marks.h"
#include "marks_table.h"
#include "path.h"
#include "util.h"

static const char search_path[] = "/opt/tool/bin:/usr/bin:relative::/opt/slash/";
static const char home[] = "/srv/people/joe";

static struct words words(const char *text)
{
        return (struct words){text, strlen(text)};
}

static const char *mark_of(const struct change *change)
{
        return change_mark(change, search_path, home);
}

static const char *created(const char *path, uint32_t mode)
{
        struct change change = {.kind = CHANGE_CREATED, .path = words(path), .after.mode = mode};

        return mark_of(&change);
}

static const char *created_file(const char *path)
{
        return created(path, S_IFREG | 0644);
}

static void assert_mark(const char *mark, const char *expected)
{
        assert_non_null(mark);
        assert_string_equal(mark, expected);
}

static void ordinary_files_have_no_mark(void **state)
{
        static const char *const paths[] = {
                "/usr/share/doc/x/README",
                "/usr/lib/libx.so.1",
                "/tmp/x",
                "/etc/x.conf",
                "/srv/people/joe/x",
                "/srv/people/joe/bin",
                "/home/joe",
                "/home",
                "/usr/include/x.h",
                "/etc/cron.dx",
                "/",
                "/etc/alternatives/x.1.gz",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                const char *mark = created_file(paths[i]);

                if (mark)
                        fail_msg("%s: %s", paths[i], mark);
        }
}

static void start_up_files_are_marked_as_what_they_are(void **state)
{
        static const struct {
                const char *path, *mark;
        } rows[] = {
                {"/etc/cron.d/x", "cron job"},
                {"/etc/crontab", "cron table"},
                {"/var/spool/cron/crontabs/joe", "cron table"},
                {"/usr/lib/systemd/system/x.service", "systemd unit"},
                {"/etc/systemd/system/x.service.d/y.conf", "systemd unit"},
                {"/usr/lib/systemd/system/x.timer", "systemd timer"},
                {"/usr/lib/systemd/system-generators/x", "systemd generator"},
                {"/usr/lib/systemd/system-preset/9.preset", "systemd preset"},
                {"/usr/lib/tmpfiles.d/x.conf", "tmpfiles rule"},
                {"/etc/init.d/x", "init script"},
                {"/etc/rc2.d/S01x", "init script"},
                {"/etc/profile", "shell start-up file"},
                {"/etc/profile.d/x.sh", "shell start-up file"},
                {"/etc/ld.so.preload", "library preloaded into every program"},
                {"/etc/ld.so.conf.d/x.conf", "library search path"},
                {"/etc/environment", "environment of logins"},
                {"/etc/sudoers", "sudo rule"},
                {"/etc/sudoers.d/x", "sudo rule"},
                {"/usr/share/polkit-1/rules.d/x.rules", "polkit rule"},
                {"/etc/pam.d/sshd", "PAM setting"},
                {"/usr/lib/x86_64-linux-gnu/security/pam_x.so", "PAM module"},
                {"/etc/nsswitch.conf", "name service setting"},
                {"/usr/share/dbus-1/system-services/x.service", "D-Bus service"},
                {"/usr/share/dbus-1/system.d/x.conf", "D-Bus policy"},
                {"/usr/lib/udev/rules.d/9-x.rules", "udev rule"},
                {"/etc/modules-load.d/x.conf", "kernel module loaded at boot"},
                {"/etc/modprobe.d/x.conf", "kernel module setting"},
                {"/boot/vmlinuz", "kernel or boot loader"},
                {"/etc/xdg/autostart/x.desktop", "desktop autostart"},
                {"/etc/X11/Xsession.d/9x", "desktop login hook"},
                {"/etc/apt/apt.conf.d/9x", "apt hook or setting"},
                {"/var/lib/dpkg/info/x.postinst", "package script"},
                {"/usr/lib/python3/dist-packages/x.pth", "Python start-up file"},
                {"/opt/v/lib/python3.12/site-packages/sitecustomize.py", "Python start-up file"},
                {"/src/x/.git/hooks/pre-commit", "git hook"},
                {"/src/x.git/hooks/post-receive", "git hook"},
                {"/src/x/.git/config", "git setting"},
                {"/src/x/.git/config.worktree", "git setting"},
                {"/src/x/.git/commondir", "git repository elsewhere"},
                {"/src/x/.git/worktrees/y/commondir", "git repository elsewhere"},
                {"/src/x/.git/worktrees/y/config.worktree", "git setting"},
                {"/src/x/.git/modules/a/b/config", "git setting"},
                {"/src/x/.git/modules/a/b/config.worktree", "git setting"},
                {"/etc/ssh/sshd_config", "SSH key or setting"},
                {"/etc/passwd", "accounts"},
                {"/etc/shadow", "accounts"},
                {"/usr/local/share/ca-certificates/x.crt", "trusted certificate"},
                {"/usr/lib/binfmt.d/x.conf", "handler of a program format"},
                {"/etc/hosts", "host names"},
                {"/etc/resolv.conf", "name servers"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                assert_mark(created_file(rows[i].path), rows[i].mark);
}

static void start_up_files_of_every_home_are_marked(void **state)
{
        (void)state;
        assert_mark(created_file("/srv/people/joe/.bashrc"), "shell start-up file");
        assert_mark(created_file("/root/.bashrc"), "shell start-up file");
        assert_mark(created_file("/home/ann/.bashrc"), "shell start-up file");
        assert_mark(created_file("/home/ann/.ssh/authorized_keys"), "SSH access");
        assert_mark(created_file("/home/ann/.config/systemd/user/x.service"), "systemd user unit");
        assert_null(created_file("/home/ann/copy/.bashrc"));
        assert_null(created_file("/srv/people/ann/.bashrc"));
}

static void names_like_patterns_hide_nothing(void **state)
{
        (void)state;
        assert_mark(created_file("/**/b/.envrc"), "direnv file");
        assert_mark(created_file("/srv/*/**.git/hooks/x"), "git hook");
        assert_mark(created_file("/etc/rc?.d/S01x"), "init script");
        assert_null(created_file("/*"));
}

static void sample_hooks_of_git_are_not_marked(void **state)
{
        (void)state;
        assert_null(created_file("/src/x/.git/hooks/pre-commit.sample"));
}

static void set_id_programs_are_marked_wherever_they_are(void **state)
{
        (void)state;
        assert_mark(created("/tmp/x", S_IFREG | 04755), "set-user-ID program");
        assert_mark(created("/tmp/x", S_IFREG | 02755), "set-group-ID program");
        assert_mark(created("/tmp/x", S_IFREG | 04001), "set-user-ID program");
        assert_mark(created("/etc/cron.d/x", S_IFREG | 04755), "set-user-ID program");
}

static void set_id_bits_that_the_kernel_ignores_are_not_marked(void **state)
{
        (void)state;
        assert_null(created("/tmp/x", S_IFREG | 04644));
        assert_null(created("/tmp/x", S_IFREG | 02745));
        assert_null(created("/tmp/x", S_IFDIR | 02775));
        assert_null(created("/tmp/x", S_IFLNK | 06777));
}

static void program_that_was_set_id_is_marked_when_it_changes(void **state)
{
        struct change change = {
                .kind = CHANGE_DELETED, .path = words("/tmp/x"), .before.mode = S_IFREG | 04755};

        (void)state;
        assert_mark(mark_of(&change), "set-user-ID program");
        change.kind = CHANGE_MODIFIED;
        change.after.mode = S_IFREG | 0755;
        assert_mark(mark_of(&change), "set-user-ID program");
}

static void capabilities_are_marked(void **state)
{
        struct change change = {.kind = CHANGE_ATTRIBUTES,
                                .path = words("/tmp/x"),
                                .before.mode = S_IFREG | 0755,
                                .after.mode = S_IFREG | 0755,
                                .attributes = CHANGED_XATTRS,
                                .capabilities = true};

        (void)state;
        assert_mark(mark_of(&change), "program with capabilities");
}

static void devices_are_marked(void **state)
{
        (void)state;
        assert_mark(created("/tmp/x", S_IFBLK | 0600), "device");
        assert_mark(created("/tmp/x", S_IFCHR | 0600), "device");
}

static void programs_made_in_path_are_marked(void **state)
{
        (void)state;
        assert_mark(created("/usr/bin/x", S_IFREG | 0755), "command in PATH");
        assert_mark(created("/usr/local/sbin/x", S_IFREG | 0700), "command in PATH");
        assert_mark(created("/opt/tool/bin/x", S_IFREG | 0755), "command in PATH");
        assert_mark(created("/opt/slash/x", S_IFREG | 0755), "command in PATH");
        assert_mark(created("/usr/bin/x", S_IFLNK | 0777), "command in PATH");
        assert_mark(created("/home/ann/.local/bin/x", S_IFREG | 0755), "command in PATH");
}

static void what_is_no_command_is_not_marked_as_one(void **state)
{
        (void)state;
        assert_null(created_file("/usr/bin/x"));
        assert_null(created("/usr/bin/sub/x", S_IFREG | 0755));
        assert_null(created("/usr/bin/sub", S_IFDIR | 0755));
        assert_null(created("/opt/other/bin/x", S_IFREG | 0755));
        assert_null(created("/relative/x", S_IFREG | 0755));
}

static void no_path_and_no_home_are_no_error(void **state)
{
        struct change change = {
                .kind = CHANGE_CREATED, .path = words("/usr/bin/x"), .after.mode = S_IFREG | 0755};

        (void)state;
        assert_mark(change_mark(&change, NULL, NULL), "command in PATH");
        change.path = words("/srv/people/joe/.bashrc");
        assert_null(change_mark(&change, NULL, NULL));
        assert_null(change_mark(&change, "", ""));
        assert_null(change_mark(&change, ":::", "/"));
}

static void deletions_and_attributes_carry_the_same_mark(void **state)
{
        struct change change = {.kind = CHANGE_DELETED,
                                .path = words("/etc/cron.d/x"),
                                .before.mode = S_IFREG | 0644};

        (void)state;
        assert_mark(mark_of(&change), "cron job");
        change.kind = CHANGE_ATTRIBUTES;
        change.after.mode = S_IFREG | 0666;
        assert_mark(mark_of(&change), "cron job");
        change = (struct change){
                .kind = CHANGE_DELETED, .path = words("/usr/bin/x"), .before.mode = S_IFREG | 0755};
        assert_mark(mark_of(&change), "command in PATH");
}

static void taking_a_file_from_its_place_carries_its_mark(void **state)
{
        struct change change = {.kind = CHANGE_RENAMED,
                                .path = words("/tmp/x"),
                                .from = words("/etc/cron.d/x"),
                                .after.mode = S_IFREG | 0644};

        (void)state;
        assert_mark(mark_of(&change), "cron job");
        change.kind = CHANGE_LINKED;
        assert_null(mark_of(&change));
}

static void making_a_directory_is_nothing_but_moving_one_there_is(void **state)
{
        struct change change = {
                .kind = CHANGE_CREATED, .path = words("/etc/cron.d"), .after.mode = S_IFDIR | 0755};

        (void)state;
        assert_null(mark_of(&change));
        change.kind = CHANGE_RENAMED;
        change.from = words("/tmp/x");
        assert_mark(mark_of(&change), "cron job");
        change.path = words("/etc/systemd");
        assert_mark(mark_of(&change), "directory of start-up files or settings");
        change.path = words("/usr");
        assert_mark(mark_of(&change), "directory in PATH");
        change.path = words("/opt/tool");
        assert_mark(mark_of(&change), "directory in PATH");
        change.path = words("/usr/lib/x");
        assert_null(mark_of(&change));
}

static void access_to_a_directory_matters_but_its_times_do_not(void **state)
{
        struct change change = {.kind = CHANGE_ATTRIBUTES,
                                .path = words("/etc/cron.d"),
                                .before.mode = S_IFDIR | 0755,
                                .after.mode = S_IFDIR | 0777,
                                .attributes = CHANGED_TIMES};

        (void)state;
        assert_null(mark_of(&change));
        change.attributes = CHANGED_MODE;
        assert_mark(mark_of(&change), "cron job");
        change.path = words("/usr/bin");
        assert_mark(mark_of(&change), "directory in PATH");
        change.path = words("/usr");
        assert_null(mark_of(&change));
}

static void link_in_the_place_of_a_directory_is_marked(void **state)
{
        (void)state;
        assert_mark(created("/etc/cron.d", S_IFLNK | 0777), "cron job");
        assert_mark(created("/etc/systemd", S_IFLNK | 0777),
                    "directory of start-up files or settings");
        assert_mark(created("/usr/local", S_IFLNK | 0777), "directory in PATH");
        assert_null(created("/usr/lib/libx.so", S_IFLNK | 0777));
}

static void without_a_mode_the_name_counts(void **state)
{
        (void)state;
        assert_mark(created("/usr/bin/x", 0), "command in PATH");
        assert_mark(created("/etc/cron.d/x", 0), "cron job");
        assert_null(created("/tmp/x", 0));
}

static void sockets_and_pipes_are_run_by_nobody(void **state)
{
        (void)state;
        assert_null(created("/run/systemd/user/x", S_IFSOCK | 0666));
        assert_null(created("/etc/cron.d/x", S_IFIFO | 0666));
}

static void secrets_are_marked_when_read(void **state)
{
        struct words path = words("/etc/shadow");

        (void)state;
        assert_mark(read_mark(&path, home), "password hashes");
        path = words("/etc/passwd");
        assert_null(read_mark(&path, home));
        path = words("/srv/people/joe/.ssh/id_ed25519");
        assert_mark(read_mark(&path, home), "SSH key or setting");
        path = words("/home/ann/.aws/credentials");
        assert_mark(read_mark(&path, home), "access tokens");
        path = words("/home/ann/.ssh/known_hosts");
        assert_null(read_mark(&path, home));
        path = words("inet:10.0.0.1:80");
        assert_null(read_mark(&path, home));
}

static void set_id_weighs_most_and_commands_least(void **state)
{
        (void)state;
        assert_true(mark_rank("set-user-ID program") < mark_rank("program with capabilities"));
        assert_true(mark_rank("program with capabilities") < mark_rank("cron job"));
        assert_true(mark_rank("cron job") < mark_rank("command in PATH"));
}

/* Only the first of them could ever count. */
static void assert_rows_are_sound(const struct mark_row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                assert_true(rows[i].pattern[0] == '/' || strncmp(rows[i].pattern, "~/", 2) == 0);
                assert_null(strpbrk(rows[i].pattern, "[\\"));
                assert_true(!rows[i].mark || strlen(rows[i].mark) <= 40);
                for (size_t k = 0; k < i; k++) {
                        const char *earlier = rows[k].pattern, *later = rows[i].pattern;
                        bool reached = path_has_wildcard(earlier)
                                               ? strcmp(earlier, later) != 0
                                               : !path_covers(earlier, strlen(earlier), later,
                                                              strlen(later));

                        if (!reached)
                                fail_msg("%s stands behind %s", later, earlier);
                }
        }
}

static void no_row_hides_behind_another(void **state)
{
        (void)state;
        assert_rows_are_sound(change_marks, nchange_marks);
        assert_rows_are_sound(read_marks, nread_marks);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ordinary_files_have_no_mark),
                cmocka_unit_test(start_up_files_are_marked_as_what_they_are),
                cmocka_unit_test(start_up_files_of_every_home_are_marked),
                cmocka_unit_test(names_like_patterns_hide_nothing),
                cmocka_unit_test(sample_hooks_of_git_are_not_marked),
                cmocka_unit_test(set_id_programs_are_marked_wherever_they_are),
                cmocka_unit_test(set_id_bits_that_the_kernel_ignores_are_not_marked),
                cmocka_unit_test(program_that_was_set_id_is_marked_when_it_changes),
                cmocka_unit_test(capabilities_are_marked),
                cmocka_unit_test(devices_are_marked),
                cmocka_unit_test(programs_made_in_path_are_marked),
                cmocka_unit_test(what_is_no_command_is_not_marked_as_one),
                cmocka_unit_test(no_path_and_no_home_are_no_error),
                cmocka_unit_test(deletions_and_attributes_carry_the_same_mark),
                cmocka_unit_test(taking_a_file_from_its_place_carries_its_mark),
                cmocka_unit_test(making_a_directory_is_nothing_but_moving_one_there_is),
                cmocka_unit_test(access_to_a_directory_matters_but_its_times_do_not),
                cmocka_unit_test(link_in_the_place_of_a_directory_is_marked),
                cmocka_unit_test(without_a_mode_the_name_counts),
                cmocka_unit_test(sockets_and_pipes_are_run_by_nobody),
                cmocka_unit_test(secrets_are_marked_when_read),
                cmocka_unit_test(set_id_weighs_most_and_commands_least),
                cmocka_unit_test(no_row_hides_behind_another),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
