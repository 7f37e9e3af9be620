/* test_filter.c: which calls stop under which policy, and how the filters are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bpf.h"
#include "filter_context.h"
#include "filter_subject.h"
#include "tracee.h"
#include "util.h"

static bool is_builtin_stop(const struct call *call)
{
        static const char *const names[] = {"open", "openat", "write"};

        for (size_t i = 0; call && i < ARRAY_SIZE(names); i++)
                if (strcmp(call->name, names[i]) == 0)
                        return true;
        return false;
}

static void built_in_policy_traces_open_openat_write_and_nothing_else(void **state)
{
        struct subject s;
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        (void)state;
        subject_builtin(&s);
        assert_false(s.filter.gate);
        for (size_t i = 0; i < n; i++) {
                for (int nr = 0; nr < NUMBERS; nr++) {
                        bool stops = is_builtin_stop(calls_by_number(abis[i], nr));

                        assert_int_equal(subject_answer(&s, abis[i], nr, NO_ARGS),
                                         stops ? STOP : ALLOW);
                }
        }
        subject_end(&s);
}

static size_t count(const char *text, const char *what)
{
        size_t n = 0;

        for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
                n++;
        return n;
}

static char *dump_text(const struct filter *filter)
{
        enum { SIZE = 1 << 20 };
        char *text = xcalloc(1, SIZE);
        cleanup_fd int fd = memfd_create("dump", MFD_CLOEXEC);

        assert_int_equal(filter_dump(filter, fd), 0);
        assert_true(pread(fd, text, SIZE - 1, 0) > 0);
        return text;
}

static void dump_of_built_in_policy_shows_these_calls_and_no_others(void **state)
{
        struct subject s;
        size_t n, expected = 0;
        const uint32_t *abis = tracee_abis(&n);

        (void)state;
        for (size_t i = 0; i < n; i++)
                for (int nr = 0; nr < NUMBERS; nr++)
                        expected += is_builtin_stop(calls_by_number(abis[i], nr));
        subject_builtin(&s);
        cleanup_free char *text = dump_text(&s.filter);
        assert_int_equal(count(text, "TRACE"), expected);
        assert_int_equal(count(text, "filter for syscall \""), expected);
        assert_int_equal(count(text, "syscall \"openat\""), n);
        assert_int_equal(count(text, "syscall \"write\""), n);
        assert_int_equal(count(text, "# stopgate:"), 1);
        subject_end(&s);
}

static void dump_shows_the_gate_when_something_is_closed(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        cleanup_free char *text = dump_text(&s.filter);
        assert_int_equal(count(text, "# stopgate:"), 2);
        assert_true(count(text, "syscall \"getpid\"") > 0);
        subject_end(&s);
}

static void policy_that_speaks_of_nothing_stops_and_closes_nothing(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_build(&s);
        assert_false(s.filter.gate);
        assert_answer(&s, "openat", NO_ARGS, ALLOW);
        assert_answer(&s, "ptrace", NO_ARGS, ALLOW);
        assert_answer(&s, "io_uring_setup", NO_ARGS, ALLOW);
        subject_end(&s);
}

static void read_only_open_raises_no_stop_when_no_rule_looks_at_reads(void **state)
{
        static const uint64_t harmless[] = {
                O_RDONLY,        O_RDONLY | O_CLOEXEC | O_NOFOLLOW,
                O_DIRECTORY,     O_PATH,
                O_NONBLOCK,      O_APPEND,
                HIGH | O_RDONLY,
        };
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
                assert_answer(&s, "open", ARGS(0, harmless[i]), ALLOW);
                assert_answer(&s, "openat", ARGS(0, 0, harmless[i]), ALLOW);
        }
        subject_end(&s);
}

static void open_that_can_change_something_always_stops(void **state)
{
        static const uint64_t changing[] = {
                O_WRONLY,
                O_RDWR,
                O_ACCMODE,
                O_CREAT,
                O_TRUNC,
                O_TMPFILE,
                O_TMPFILE & ~O_DIRECTORY,
                O_CREAT | O_EXCL,
                O_RDWR | O_CLOEXEC,
                HIGH | O_WRONLY,
                UINT64_MAX,
        };
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(changing); i++) {
                assert_answer(&s, "open", ARGS(0, changing[i]), STOP);
                assert_answer(&s, "openat", ARGS(0, 0, changing[i]), STOP);
        }
        subject_end(&s);
}

static void open_whose_flags_lie_in_memory_always_stops(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "openat2", NO_ARGS, STOP);
        assert_answer(&s, "creat", NO_ARGS, STOP);
        subject_end(&s);
}

static void every_open_stops_when_reads_are_looked_at(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_READ, ACTION_LOG);
        assert_answer(&s, "open", NO_ARGS, STOP);
        assert_answer(&s, "openat", NO_ARGS, STOP);
        assert_answer(&s, "openat2", NO_ARGS, STOP);
        assert_answer(&s, "creat", NO_ARGS, ALLOW);
        subject_end(&s);
}

static void call_named_by_hand_stops_whatever_its_arguments(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_WRITE, ACTION_LOG);
        subject_name_call(&s, "openat");
        subject_build(&s);
        assert_answer(&s, "openat", ARGS(0, 0, O_RDONLY), STOP);
        assert_answer(&s, "open", ARGS(0, O_WRONLY), ALLOW);
        subject_end(&s);
}

static void write_deny_stops_all_that_changes_names_and_attributes(void **state)
{
        static const char *const names[] = {
                "truncate",  "rename", "renameat2", "link",      "linkat",
                "unlinkat",  "rmdir",  "symlinkat", "mkdirat",   "mknodat",
                "fchmodat2", "fchown", "utimensat", "fsetxattr", "bind",
        };
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_answer(&s, names[i], NO_ARGS, STOP);
        assert_answer(&s, "write", NO_ARGS, ALLOW);
        assert_answer(&s, "execve", NO_ARGS, ALLOW);
        assert_answer(&s, "connect", NO_ARGS, ALLOW);
        subject_end(&s);
}

/* What the kernel remembers costs the command next to nothing: seccomp_cache_prepare(). */
static void harmless_calls_are_allowed_without_a_look_at_their_arguments(void **state)
{
        struct subject s;
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < n; i++) {
                for (int nr = 0; nr < NUMBERS; nr++) {
                        const struct call *call = calls_by_number(abis[i], nr);
                        struct seccomp_data data = {.nr = nr, .arch = abis[i]};
                        bool constant;

                        if (!call || call->kind != CALL_HARMLESS || call->conditions)
                                continue;
                        assert_int_equal(subject_ask(&s, &data, &constant), ALLOW);
                        assert_true(constant);
                }
        }
        subject_end(&s);
}

static void ioctl_stops_by_the_type_of_its_request(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "ioctl", ARGS(0, FS_IOC32_SETFLAGS), STOP);
        assert_answer(&s, "ioctl", ARGS(0, FS_IOC_FSSETXATTR), STOP);
        assert_answer(&s, "ioctl", ARGS(0, HIGH | FS_IOC_GETFLAGS), STOP);
        assert_answer(&s, "ioctl", ARGS(0, 0x66ee), STOP);
        assert_answer(&s, "ioctl", ARGS(0, BTRFS_IOC_SNAP_CREATE), REFUSE(EPERM));
        assert_answer(&s, "ioctl", ARGS(0, TCGETS), ALLOW);
        assert_answer(&s, "ioctl", ARGS(0, FIONREAD), ALLOW);
        subject_end(&s);
}

/* [trace] calls = openat, and [write] denies. held, missing: what the kernel makes of it. */
static void narrowed(struct subject *s, unsigned held, unsigned missing)
{
        subject_begin(s);
        subject_speak(s, CLASS_WRITE, ACTION_DENY);
        subject_name_call(s, "openat");
        s->policy.backstop = (struct backstop){.held = held, .missing = missing};
}

static void call_that_is_left_out_is_closed_where_all_of_it_is_refused(void **state)
{
        struct subject s;

        (void)state;
        narrowed(&s, CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE), 0);
        s.policy.classes[CLASS_WRITE].err = EROFS;
        subject_build(&s);
        assert_answer(&s, "openat", NO_ARGS, STOP);
        assert_answer(&s, "chmod", NO_ARGS, REFUSE(EROFS));
        assert_answer(&s, "utimensat", NO_ARGS, REFUSE(EROFS));
        assert_answer(&s, "ioctl", ARGS(3, FS_IOC_SETFLAGS | HIGH), REFUSE(EROFS));
        assert_answer(&s, "ioctl", ARGS(3, FS_IOC_GETFLAGS), ALLOW);
        assert_answer(&s, "unlink", NO_ARGS, ALLOW); /* the kernel refuses it */
        assert_answer(&s, "creat", NO_ARGS, ALLOW);
        assert_answer(&s, "bind", NO_ARGS, ALLOW); /* may be about no file at all */
        subject_end(&s);
}

static void call_that_is_left_out_stops_where_an_older_kernel_has_a_gap(void **state)
{
        struct subject s;

        (void)state;
        narrowed(&s, CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE), CLASS_BIT(CLASS_WRITE));
        subject_build(&s);
        assert_answer(&s, "truncate", NO_ARGS, STOP);
        assert_answer(&s, "creat", NO_ARGS, STOP);
        assert_answer(&s, "openat2", NO_ARGS, STOP);
        assert_answer(&s, "unlink", NO_ARGS, ALLOW);
        subject_end(&s);
}

static void call_that_is_left_out_runs_where_only_some_of_it_is_refused(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_ATTR, ACTION_DENY);
        subject_name_call(&s, "openat");
        struct rule rule = {.class = CLASS_ATTR, .source = xstrdup("/tmp"), .nspellings = 1};
        assert_int_equal(pattern_parse(&rule.spelling[0], CLASS_ATTR, "/tmp"), 0);
        policy_add_rule(&s.policy, &rule);
        subject_build(&s);
        assert_answer(&s, "chmod", NO_ARGS, ALLOW);
        assert_int_equal(policy_unheld(&s.policy, calls_by_name("chmod")), CLASS_BIT(CLASS_ATTR));
        assert_int_equal(policy_unheld(&s.policy, calls_by_name("openat")), 0);
        assert_int_equal(policy_unheld(&s.policy, calls_by_name("unlink")), 0);
        subject_end(&s);
}

static void ioctl_named_by_hand_stops_only_where_it_changes_attributes(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_ATTR, ACTION_DENY);
        subject_name_call(&s, "ioctl");
        subject_build(&s);
        assert_answer(&s, "ioctl", ARGS(0, FS_IOC_SETFLAGS), STOP);
        assert_answer(&s, "ioctl", ARGS(0, TCGETS), ALLOW);
        assert_answer(&s, "ioctl", ARGS(0, TIOCSTI), REFUSE(EPERM));
        subject_end(&s);
}

static void connect_stops_and_asking_for_names_does_not(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_CONNECT, ACTION_DENY);
        assert_answer(&s, "connect", NO_ARGS, STOP);
        assert_answer(&s, "sendto", ARGS(3, 1, 1, 0, 0, 16), ALLOW);
        assert_answer(&s, "sendto", ARGS(3, 1, 1, 0, 0x1000, 16), STOP);
        assert_answer(&s, "sendmsg", NO_ARGS, STOP);
        assert_answer(&s, "sendmmsg", NO_ARGS, STOP);
        assert_answer(&s, "bind", NO_ARGS, ALLOW);
        assert_answer(&s, "getsockname", NO_ARGS, ALLOW);
        subject_end(&s);
}

static void socketcall_connect_stops_like_connect(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_CONNECT, ACTION_DENY);
        for (unsigned sub = 0; sub < 32; sub++) {
                bool stops = sub == SYS_CONNECT || sub == SYS_SENDTO || sub == SYS_SENDMSG ||
                             sub == SYS_SENDMMSG || sub == SYS_SOCKET || sub == SYS_SETSOCKOPT;
                assert_i386(&s, "socketcall", ARGS(sub), stops ? STOP : ALLOW);
        }
        subject_end(&s);
        subject_denying_writes(&s);
        assert_i386(&s, "socketcall", ARGS(SYS_BIND), STOP);
        assert_i386(&s, "socketcall", ARGS(SYS_CONNECT), ALLOW);
        subject_end(&s);
}

static void socket_stops_but_for_local_families(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_CONNECT, ACTION_DENY);
        for (uint64_t family = 0; family < 64; family++) {
                bool local = family == 0 || family == AF_UNIX || family == AF_NETLINK;

                assert_answer(&s, "socket", ARGS(family), local ? ALLOW : STOP);
                assert_answer(&s, "socket", ARGS(HIGH | family, 1), local ? ALLOW : STOP);
        }
        assert_answer(&s, "socketpair", ARGS(AF_INET), ALLOW);
        subject_end(&s);
}

static void setsockopt_stops_for_source_routes_only(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_CONNECT, ACTION_DENY);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IP, IP_OPTIONS), STOP);
        assert_answer(&s, "setsockopt", ARGS(3, HIGH | IPPROTO_IP, HIGH | IP_OPTIONS), STOP);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IPV6, IPV6_RTHDR), STOP);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IPV6, 32 /* IPV6_FLOWLABEL_MGR */), STOP);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IPV6, IPV6_2292PKTOPTIONS), STOP);
        assert_answer(&s, "setsockopt", ARGS(3, SOL_SOCKET, SO_REUSEADDR), ALLOW);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IP, IP_TTL), ALLOW);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_TCP, IP_OPTIONS), ALLOW);
        subject_end(&s);
}

static void socket_and_its_options_do_not_stop_where_connect_refuses_nothing(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_CONNECT, ACTION_LOG);
        assert_answer(&s, "connect", NO_ARGS, STOP);
        assert_answer(&s, "socket", ARGS(AF_INET), ALLOW);
        assert_answer(&s, "setsockopt", ARGS(3, IPPROTO_IP, IP_OPTIONS), ALLOW);
        assert_i386(&s, "socketcall", ARGS(SYS_SOCKET), ALLOW);
        assert_i386(&s, "socketcall", ARGS(SYS_SETSOCKOPT), ALLOW);
        subject_end(&s);
}

static void connect_named_by_hand_covers_socketcall(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_CONNECT, ACTION_LOG);
        subject_name_call(&s, "connect");
        subject_build(&s);
        assert_answer(&s, "connect", NO_ARGS, STOP);
        assert_i386(&s, "socketcall", ARGS(SYS_CONNECT), STOP);
        assert_i386(&s, "socketcall", ARGS(SYS_SENDTO), ALLOW);
        subject_end(&s);
}

static void stops_are_listed_in_table_order(void **state)
{
        struct subject s;

        (void)state;
        subject_builtin(&s);
        cleanup_free const char **stops = filter_stops(&s.policy);
        assert_string_equal(stops[0], "open");
        assert_string_equal(stops[1], "openat");
        assert_string_equal(stops[2], "write");
        assert_null(stops[3]);
        subject_end(&s);
}

static void assert_built_in(int (*make)(scmp_filter_ctx *), const struct sock_fprog *program)
{
        struct bpf_program now;
        scmp_filter_ctx ctx;

        assert_int_equal(make(&ctx), 0);
        assert_int_equal(bpf_export(ctx, &now), 0);
        assert_int_equal(now.len, program->len);
        assert_memory_equal(now.code, program->filter, now.len * sizeof(*now.code));
        bpf_free(&now);
        seccomp_release(ctx);
}

static void what_was_built_in_is_what_libseccomp_compiles(void **state)
{
        (void)state;
        assert_built_in(filter_context_gate, &filter_gate_program);
        assert_built_in(filter_context_closed, &filter_closed_program);
        assert_built_in(filter_context_old_mmap, &filter_old_mmap_program);
        assert_built_in(filter_context_notes, &filter_notes_program);
}

static void notes_stop_what_must_be_known_of_and_nothing_else(void **state)
{
        struct bpf_program notes = {filter_notes_program.filter, filter_notes_program.len};
        size_t ncalls, nabis, stopped = 0;
        const struct call *table = calls_table(&ncalls);
        const uint32_t *abis = tracee_abis(&nabis);

        (void)state;
        for (size_t i = 0; i < ncalls * nabis; i++) {
                const struct call *call = &table[i / nabis];
                struct seccomp_data data = {.arch = abis[i % nabis],
                                            .nr = calls_number(call->name, abis[i % nabis])};
                bool constant, noted = call->note != NOTE_NOTHING;

                if (data.nr < 0)
                        continue;
                assert_int_equal(bpf_run(&notes, &data, &constant), noted ? STOP : ALLOW);
                assert_true(constant);
                stopped += noted;
        }
        assert_int_equal(stopped, 6 * nabis);
}

static void the_strictest_of_two_answers_counts(void **state)
{
        (void)state;
        assert_int_equal(bpf_strictest(ALLOW, STOP), STOP);
        assert_int_equal(bpf_strictest(REFUSE(EPERM), STOP), REFUSE(EPERM));
        assert_int_equal(bpf_strictest(SECCOMP_RET_USER_NOTIF, STOP), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(bpf_strictest(SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS),
                         SECCOMP_RET_KILL_PROCESS);
}

static void whoever_takes_the_terminal_is_stopped_where_it_is_watched(void **state)
{
        static const uint64_t requests[] = {TCSETS,  TCSETSW, TCSETSF,  TCSETA,
                                            TCSETAW, TCSETAF, TIOCSPGRP};
        const struct call *row = calls_by_name("ioctl");
        struct filter filter = {0};
        struct bpf_program program;
        size_t n;
        struct seccomp_data data = {.arch = tracee_abis(&n)[0]};
        bool constant;

        (void)state;
        assert_int_equal(filter_watch_terminal(&filter), 0);
        assert_int_equal(bpf_export(filter.terminal, &program), 0);
        data.nr = seccomp_syscall_resolve_name("ioctl");
        for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
                data.args[1] = HIGH | requests[i];
                assert_int_equal(bpf_run(&program, &data, &constant), STOP);
                assert_true(filter_hands_over_terminal(row, ARGS(0, HIGH | requests[i])));
        }
        data.args[1] = TCGETS;
        assert_int_equal(bpf_run(&program, &data, &constant), ALLOW);
        assert_false(filter_hands_over_terminal(row, ARGS(0, TCGETS)));
        assert_false(filter_hands_over_terminal(calls_by_name("fcntl"), ARGS(0, TCSETS)));
        assert_false(filter_hands_over_terminal(NULL, ARGS(0, TCSETS)));
        bpf_free(&program);
        filter_free(&filter);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(built_in_policy_traces_open_openat_write_and_nothing_else),
                cmocka_unit_test(dump_of_built_in_policy_shows_these_calls_and_no_others),
                cmocka_unit_test(dump_shows_the_gate_when_something_is_closed),
                cmocka_unit_test(policy_that_speaks_of_nothing_stops_and_closes_nothing),
                cmocka_unit_test(read_only_open_raises_no_stop_when_no_rule_looks_at_reads),
                cmocka_unit_test(open_that_can_change_something_always_stops),
                cmocka_unit_test(open_whose_flags_lie_in_memory_always_stops),
                cmocka_unit_test(every_open_stops_when_reads_are_looked_at),
                cmocka_unit_test(call_named_by_hand_stops_whatever_its_arguments),
                cmocka_unit_test(write_deny_stops_all_that_changes_names_and_attributes),
                cmocka_unit_test(harmless_calls_are_allowed_without_a_look_at_their_arguments),
                cmocka_unit_test(ioctl_stops_by_the_type_of_its_request),
                cmocka_unit_test(call_that_is_left_out_is_closed_where_all_of_it_is_refused),
                cmocka_unit_test(call_that_is_left_out_stops_where_an_older_kernel_has_a_gap),
                cmocka_unit_test(call_that_is_left_out_runs_where_only_some_of_it_is_refused),
                cmocka_unit_test(ioctl_named_by_hand_stops_only_where_it_changes_attributes),
                cmocka_unit_test(connect_stops_and_asking_for_names_does_not),
                cmocka_unit_test(socketcall_connect_stops_like_connect),
                cmocka_unit_test(socket_stops_but_for_local_families),
                cmocka_unit_test(setsockopt_stops_for_source_routes_only),
                cmocka_unit_test(socket_and_its_options_do_not_stop_where_connect_refuses_nothing),
                cmocka_unit_test(connect_named_by_hand_covers_socketcall),
                cmocka_unit_test(stops_are_listed_in_table_order),
                cmocka_unit_test(what_was_built_in_is_what_libseccomp_compiles),
                cmocka_unit_test(notes_stop_what_must_be_known_of_and_nothing_else),
                cmocka_unit_test(the_strictest_of_two_answers_counts),
                cmocka_unit_test(whoever_takes_the_terminal_is_stopped_where_it_is_watched),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
