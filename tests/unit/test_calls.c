/* test_calls.c: the table of rows and what follows from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <linux/net.h>
#include <seccomp.h>

#include "calls.h"
#include "calls_requests.h"
#include "util.h"

enum { NUMBERS = 2000 }; /* more than any ABI has */

static const uint32_t abis[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64};

static bool is_closed(enum call_kind kind)
{
        return kind == CALL_BLINDING || kind == CALL_CONFINING || kind == CALL_GUARDED;
}

static void for_each_row(void (*check)(const struct call *call))
{
        size_t n;
        const struct call *table = calls_table(&n);

        assert_true(n > 400);
        for (size_t i = 0; i < n; i++)
                check(&table[i]);
}

static void every_name_libseccomp_knows_has_a_row(void **state)
{
        unsigned missing = 0;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
                for (int nr = 0; nr < NUMBERS; nr++) {
                        cleanup_free char *name = seccomp_syscall_resolve_num_arch(abis[i], nr);
                        if (name && !calls_by_name(name)) {
                                print_error("no row for %s, %d\n", name, nr);
                                missing++;
                        }
                }
        }
        assert_int_equal(missing, 0);
}

static void row_is_the_first_of_its_name(const struct call *call)
{
        assert_ptr_equal(calls_by_name(call->name), call);
}

static void no_call_has_two_rows(void **state)
{
        (void)state;
        for_each_row(row_is_the_first_of_its_name);
}

static void number_of_an_abi_leads_to_the_row(void **state)
{
        (void)state;
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86_64, 2), calls_by_name("open"));
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86, 5), calls_by_name("open"));
        assert_ptr_equal(calls_by_number(SCMP_ARCH_AARCH64, 56), calls_by_name("openat"));
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86_64, 2), calls_by_name("open"));
}

static void every_number_leads_to_the_row_of_its_name(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(abis); i++) {
                for (int nr = 0; nr < NUMBERS; nr++) {
                        cleanup_free char *name = seccomp_syscall_resolve_num_arch(abis[i], nr);
                        const struct call *row = name ? calls_by_name(name) : NULL;
                        assert_ptr_equal(calls_by_number(abis[i], nr), row);
                }
        }
}

/* libseccomp resolves these names to numbers of its own, below zero. */
static void i386_call_that_socketcall_also_does_is_found_by_its_own_number(void **state)
{
        (void)state;
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86, 362), calls_by_name("connect"));
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86, 397), calls_by_name("shmat"));
        assert_ptr_equal(calls_by_number(SCMP_ARCH_X86, 102), calls_by_name("socketcall"));
}

static void unknown_numbers_have_no_row(void **state)
{
        (void)state;
        assert_null(calls_by_number(SCMP_ARCH_X86_64, -1));
        assert_null(calls_by_number(SCMP_ARCH_X86_64, 400));
        assert_null(calls_by_number(SCMP_ARCH_X86_64, 1000000));
        assert_null(calls_by_number(SCMP_ARCH_X86_64, 0x40000000 | 39));
        assert_null(calls_by_number(0xdead, 1));
}

static void dirfd_is_followed_by_its_path(const struct call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++) {
                if (call->args[i].role != ARG_DIRFD)
                        continue;
                assert_true(i + 1 < ARRAY_SIZE(call->args));
                assert_int_equal(call->args[i + 1].role, ARG_PATH);
        }
}

static void every_dirfd_has_a_path(void **state)
{
        (void)state;
        for_each_row(dirfd_is_followed_by_its_path);
}

static void buffer_is_followed_by_its_count(const struct call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++) {
                if (call->args[i].role != ARG_BUF && call->args[i].role != ARG_IOVEC)
                        continue;
                assert_true(i + 1 < ARRAY_SIZE(call->args));
                assert_int_equal(call->args[i + 1].role, ARG_COUNT);
        }
}

static void every_buffer_has_a_count(void **state)
{
        (void)state;
        for_each_row(buffer_is_followed_by_its_count);
}

static bool has_role(const struct call *call, enum arg_role role)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                if (call->args[i].role == role)
                        return true;
        return false;
}

/* What a use or a way of following needs beside it. */
static void argument_has_what_its_use_needs(const struct call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++) {
                const struct arg *arg = &call->args[i];

                if (arg->use == USE_OPEN)
                        assert_true(has_role(call, ARG_OFLAGS) || has_role(call, ARG_OPENHOW));
                if (arg->role == ARG_PATH)
                        assert_int_not_equal(arg->use, USE_NONE);
                if (arg->follow == FOLLOW_FLAGS)
                        assert_true(has_role(call, ARG_ATFLAGS) || has_role(call, ARG_OFLAGS) ||
                                    has_role(call, ARG_OPENHOW));
                if (arg->follow == FOLLOW_IF)
                        assert_true(has_role(call, ARG_ATFLAGS));
        }
}

static void every_use_finds_the_flags_it_needs(void **state)
{
        (void)state;
        for_each_row(argument_has_what_its_use_needs);
}

static void policed_row_asks_for_a_class(const struct call *call)
{
        unsigned classes = call_classes(call) | call_carries(call);

        assert_int_equal(call->kind == CALL_POLICED, classes != 0);
        if (call->kind != CALL_POLICED && !has_role(call, ARG_PROCESS))
                assert_int_equal(call->args[0].role, ARG_NONE);
}

static void policed_rows_and_no_others_ask_for_a_class(void **state)
{
        (void)state;
        for_each_row(policed_row_asks_for_a_class);
}

static void assert_well_closed(const char *name, enum call_kind kind, int err, const char *word,
                               const char *why)
{
        if (!is_closed(kind)) {
                assert_int_equal(err, 0);
                assert_null(word);
                assert_null(why);
                return;
        }
        if (err != EPERM && err != ENOSYS && kind != CALL_GUARDED)
                fail_msg("%s: errno %d", name, err);
        assert_non_null(why);
        assert_true(islower((unsigned char)why[0]));
        for (const char *c = word; c && *c; c++)
                if (!islower((unsigned char)*c) && *c != '_')
                        fail_msg("%s: word '%s'", name, word);
}

static void closed_row_has_errno_and_reason(const struct call *call)
{
        assert_well_closed(call->name, call->kind, call->err, call->word, call->why);
        for (const struct call_condition *c = call->conditions; c && c->ntests; c++)
                assert_well_closed(call->name, c->kind, c->err, c->word, c->why);
}

static void everything_closed_has_errno_and_reason(void **state)
{
        (void)state;
        for_each_row(closed_row_has_errno_and_reason);
}

static void conditions_are_well_formed(const struct call *call)
{
        unsigned n = 0, policed = 0;

        if (!call->conditions)
                return;
        assert_false(is_closed(call->kind));
        for (const struct call_condition *c = call->conditions; c->ntests; c++, n++) {
                assert_true(n + 1 < CALL_CONDITIONS);
                assert_in_range(c->ntests, 1, ARRAY_SIZE(c->tests));
                for (unsigned i = 0; i < c->ntests; i++) {
                        assert_in_range(c->tests[i].arg, 0, 5);
                        assert_int_equal(c->tests[i].not_zero + c->tests[i].low, !c->tests[i].mask);
                        assert_int_equal(c->tests[i].value & ~c->tests[i].mask, 0);
                }
                if (c->ntests == 2)
                        assert_int_not_equal(c->tests[0].arg, c->tests[1].arg);
                assert_int_not_equal(c->kind, CALL_HARMLESS);
                assert_int_equal(c->kind == CALL_GUARDED, c->guard != GUARD_NONE);
                if (c->kind == CALL_GUARDED)
                        assert_int_equal(c->guard == GUARD_MEMORY || c->guard == GUARD_NEWBORN,
                                         c->err == EPERM);
                policed += c->kind == CALL_POLICED;
        }
        assert_true(n > 0);
        assert_int_equal(call->kind == CALL_POLICED, policed > 0);
}

/* What is asked for nothing is of a type that is looked at, and stands there once; no request that
 * is named as a change is among it. */
static void harmless_requests_are_of_types_that_stop(void **state)
{
        const struct call *ioctl_row = calls_by_name("ioctl");
        unsigned n = 0;

        (void)state;
        for (const uint32_t *request = ioctl_row->harmless_requests; *request; request++, n++) {
                const uint64_t args[6] = {0, *request};
                bool stops = false;

                assert_int_equal(*request, CALL_REQUEST(*request));
                assert_true(calls_is_harmless_request(ioctl_row, args));
                for (const uint32_t *other = request + 1; *other; other++)
                        assert_int_not_equal(*request, *other);
                for (const struct call_condition *c = ioctl_row->conditions; c->ntests; c++) {
                        stops |= c->wide && calls_holds(c, args);
                        if (!c->wide)
                                assert_int_not_equal(CALL_REQUEST(c->tests[0].value), *request);
                }
                assert_true(stops);
        }
        assert_in_range(n, 100, 200);
        assert_false(calls_is_harmless_request(calls_by_name("fchmod"), (uint64_t[6]){0}));
        assert_false(calls_is_harmless_request(NULL, (uint64_t[6]){0}));
}

static void guards_hold_for_what_touches_pinned_memory(void **state)
{
        const struct call *munmap = calls_by_name("munmap"), *mremap = calls_by_name("mremap");
        const uint64_t high = UINT64_C(0x7f0000000000), tag = UINT64_C(0x4200000000000000);

        (void)state;
        assert_int_equal(calls_guard(NULL, (uint64_t[6]){0}), GUARD_NONE);
        assert_int_equal(calls_guard(munmap, (uint64_t[6]){PINNED_START}), GUARD_MEMORY);
        assert_int_equal(calls_guard(munmap, (uint64_t[6]){tag | PINNED_START}), GUARD_MEMORY);
        assert_int_equal(calls_guard(munmap, (uint64_t[6]){PINNED_END}), GUARD_NONE);
        assert_int_equal(calls_guard(munmap, (uint64_t[6]){high | PINNED_START}), GUARD_NONE);
        assert_int_equal(calls_guard(mremap, (uint64_t[6]){high, 1, 1, 3, PINNED_END - 1}),
                         GUARD_MEMORY);
        assert_int_equal(calls_guard(mremap, (uint64_t[6]){high, 1, 1, 1, PINNED_END - 1}),
                         GUARD_NONE);
        assert_int_equal(calls_guard(calls_by_name("clone"), (uint64_t[6]){CLONE_FILES}),
                         GUARD_DESCRIPTORS);
        assert_int_equal(calls_guard(calls_by_name("seccomp"), (uint64_t[6]){1}), GUARD_FILTERS);
        assert_int_equal(calls_guard(calls_by_name("open"), (uint64_t[6]){1}), GUARD_NONE);
}

/* The flags of glibc's fork(3), posix_spawn(3) and pthread_create(3) do not. */
static void guards_hold_for_what_is_written_for_the_newborn(void **state)
{
        const struct call *clone = calls_by_name("clone");
        const uint64_t shared = CLONE_VM | CLONE_CHILD_SETTID,
                       ends = CLONE_VM | CLONE_CHILD_CLEARTID;

        (void)state;
        assert_int_equal(calls_guard(clone, (uint64_t[6]){shared}), GUARD_NEWBORN);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){shared | CLONE_THREAD}), GUARD_NEWBORN);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){shared | CLONE_FILES}), GUARD_NEWBORN);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){ends | CLONE_VFORK}), GUARD_NEWBORN);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){ends | CLONE_THREAD}), GUARD_NONE);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){CLONE_CHILD_SETTID |
                                                          CLONE_CHILD_CLEARTID | SIGCHLD}),
                         GUARD_NONE);
        assert_int_equal(calls_guard(clone, (uint64_t[6]){CLONE_VM | CLONE_VFORK | SIGCHLD}),
                         GUARD_NONE);
}

static void every_condition_is_well_formed(void **state)
{
        (void)state;
        for_each_row(conditions_are_well_formed);
}

static void only_what_names_a_process_is_judged_by_it(const struct call *call)
{
        bool outside = call->outside;

        for (const struct call_condition *c = call->conditions; c && c->ntests; c++) {
                outside |= c->outside;
                if (c->outside || c->signals)
                        assert_string_equal(c->word, WORD_PROCESSES);
        }
        if (call->outside || call->signals)
                assert_string_equal(call->word, WORD_PROCESSES);
        assert_int_equal(outside, has_role(call, ARG_PROCESS));
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                assert_int_equal(call->args[i].role == ARG_PROCESS,
                                 call->args[i].number != NUMBER_NONE);
}

static void every_row_with_a_process_is_closed_outside_of_the_run(void **state)
{
        (void)state;
        for_each_row(only_what_names_a_process_is_judged_by_it);
}

static unsigned classes(const char *name)
{
        const struct call *call = calls_by_name(name);

        assert_non_null(call);
        return call_classes(call);
}

static void classes_follow_from_the_roles(void **state)
{
        const unsigned read = CLASS_BIT(CLASS_READ), write = CLASS_BIT(CLASS_WRITE),
                       create = CLASS_BIT(CLASS_CREATE), delete = CLASS_BIT(CLASS_DELETE);

        (void)state;
        assert_int_equal(classes("open"), read | write | create);
        assert_int_equal(classes("openat2"), read | write | create);
        assert_int_equal(classes("creat"), write | create);
        assert_int_equal(classes("truncate"), write);
        assert_int_equal(classes("rename"), create | delete);
        assert_int_equal(classes("linkat"), create);
        assert_int_equal(classes("bind"), create);
        assert_int_equal(classes("unlinkat"), delete);
        assert_int_equal(classes("ioctl"), CLASS_BIT(CLASS_ATTR) | write);
        assert_int_equal(classes("execveat"), CLASS_BIT(CLASS_EXEC));
        assert_int_equal(classes("sendmmsg"), CLASS_BIT(CLASS_CONNECT));
        assert_int_equal(classes("splice"), CLASS_BIT(CLASS_OUTPUT));
        assert_int_equal(classes("getpid"), 0);
        assert_int_equal(classes("mount"), 0);
}

static void socketcall_asks_for_what_its_calls_ask(void **state)
{
        (void)state;
        assert_int_equal(classes("socketcall"), CLASS_BIT(CLASS_CONNECT) | CLASS_BIT(CLASS_CREATE));
}

static void subcall_is_found_by_its_number_and_back(void **state)
{
        unsigned nargs;

        (void)state;
        for (unsigned sub = SYS_SOCKET; sub <= SYS_SENDMMSG; sub++)
                assert_int_equal(calls_subcall_number(calls_by_subcall(sub, &nargs)), sub);
        assert_int_equal(calls_subcall_number(calls_by_name("openat")), 0);
}

static void row_carries_if_it_links_moves_or_makes_a_socket(const struct call *call)
{
        bool carries = false;

        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                carries |= call->args[i].use == USE_LINK || call->args[i].use == USE_MOVE ||
                           call->args[i].use == USE_SOCKET;
        assert_int_equal(call_carries(call) != 0, carries);
}

static void link_rename_and_socket_carry_and_nothing_else(void **state)
{
        const unsigned carried = CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_WRITE) |
                                 CLASS_BIT(CLASS_ATTR) | CLASS_BIT(CLASS_EXEC);

        (void)state;
        for_each_row(row_carries_if_it_links_moves_or_makes_a_socket);
        assert_int_equal(call_carries(calls_by_name("linkat")), carried);
        assert_int_equal(call_carries(calls_by_name("renameat2")), carried);
        assert_int_equal(call_carries(calls_by_name("socket")), CLASS_BIT(CLASS_CONNECT));
        assert_int_equal(call_carries(calls_by_name("symlink")), 0);
}

/* libseccomp numbers these calls by their place in socketcall(2). */
static void every_subcall_leads_to_the_row_that_libseccomp_means(void **state)
{
        enum { SOCKETCALL_BASE = -100 };
        unsigned nargs;

        (void)state;
        for (unsigned sub = SYS_SOCKET; sub <= SYS_SENDMMSG; sub++) {
                const struct call *call = calls_by_subcall(sub, &nargs);

                assert_non_null(call);
                assert_in_range(nargs, 2, 6);
                assert_int_equal(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, call->name),
                                 SOCKETCALL_BASE - (int)sub);
        }
}

static void unknown_subcalls_have_no_row(void **state)
{
        unsigned nargs;

        (void)state;
        assert_null(calls_by_subcall(0, &nargs));
        assert_null(calls_by_subcall(SYS_SENDMMSG + 1, &nargs));
        assert_null(calls_by_subcall(UINT32_MAX, &nargs));
}

static void subcall_takes_as_many_arguments_as_its_row_has_roles(void **state)
{
        unsigned nargs;

        (void)state;
        for (unsigned sub = SYS_SOCKET; sub <= SYS_SENDMMSG; sub++) {
                const struct call *call = calls_by_subcall(sub, &nargs);

                for (unsigned i = 0; call->kind == CALL_POLICED && i < 6; i++)
                        assert_int_equal(call->args[i].role != ARG_NONE, i < nargs);
        }
}

static void system_words_are_those_of_the_policy_language(void **state)
{
        static const char *const expected[] = {
                "accounting", "aio",         "bpf",   "devices",    "fanotify",   "handles",
                "io_uring",   "modules",     "mount", "namespaces", "perf",       "processes",
                "ptrace",     "quota",       "rawio", "reboot",     "subvolumes", "swap",
                "terminal",   "userfaultfd", "vhost", "leases",     "keys",
        };
        const char *words[64];
        size_t n = calls_system_words(words, ARRAY_SIZE(words));

        (void)state;
        assert_int_equal(n, ARRAY_SIZE(expected));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                unsigned found = 0;

                for (size_t j = 0; j < n; j++)
                        found += strcmp(words[j], expected[i]) == 0;
                if (found != 1)
                        fail_msg("'%s' found %u times", expected[i], found);
        }
}

static void system_words_fill_no_more_than_there_is_room_for(void **state)
{
        const char *words[3] = {0};

        (void)state;
        assert_int_equal(calls_system_words(words, 2), 2);
        assert_null(words[2]);
}

static bool waits_for_good(const char *name, unsigned timeout, uint64_t value)
{
        uint64_t args[6] = {1, 1, 1, 1, 1, 1};

        args[timeout] = value;
        return calls_waits_for_good(calls_by_name(name), args);
}

static void wait_without_a_timeout_is_told(void **state)
{
        (void)state;
        assert_true(waits_for_good("semop", 0, 1));
        assert_true(waits_for_good("epoll_wait", 3, 0xdeadbeefffffffff)); /* the low half counts */
        assert_false(waits_for_good("epoll_wait", 3, 0));
        assert_false(waits_for_good("epoll_pwait", 3, 0xffffffff7fffffff));
        assert_true(waits_for_good("rt_sigtimedwait", 2, 0));
        assert_false(waits_for_good("rt_sigtimedwait", 2, 0x100000000));
        assert_false(waits_for_good("poll", 2, UINT64_MAX)); /* the kernel restarts it */
        assert_false(calls_waits_for_good(NULL, (uint64_t[6]){0}));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_name_libseccomp_knows_has_a_row),
                cmocka_unit_test(no_call_has_two_rows),
                cmocka_unit_test(number_of_an_abi_leads_to_the_row),
                cmocka_unit_test(every_number_leads_to_the_row_of_its_name),
                cmocka_unit_test(i386_call_that_socketcall_also_does_is_found_by_its_own_number),
                cmocka_unit_test(unknown_numbers_have_no_row),
                cmocka_unit_test(wait_without_a_timeout_is_told),
                cmocka_unit_test(every_dirfd_has_a_path),
                cmocka_unit_test(every_buffer_has_a_count),
                cmocka_unit_test(every_use_finds_the_flags_it_needs),
                cmocka_unit_test(policed_rows_and_no_others_ask_for_a_class),
                cmocka_unit_test(everything_closed_has_errno_and_reason),
                cmocka_unit_test(every_condition_is_well_formed),
                cmocka_unit_test(guards_hold_for_what_touches_pinned_memory),
                cmocka_unit_test(guards_hold_for_what_is_written_for_the_newborn),
                cmocka_unit_test(harmless_requests_are_of_types_that_stop),
                cmocka_unit_test(every_row_with_a_process_is_closed_outside_of_the_run),
                cmocka_unit_test(classes_follow_from_the_roles),
                cmocka_unit_test(socketcall_asks_for_what_its_calls_ask),
                cmocka_unit_test(subcall_is_found_by_its_number_and_back),
                cmocka_unit_test(link_rename_and_socket_carry_and_nothing_else),
                cmocka_unit_test(every_subcall_leads_to_the_row_that_libseccomp_means),
                cmocka_unit_test(unknown_subcalls_have_no_row),
                cmocka_unit_test(subcall_takes_as_many_arguments_as_its_row_has_roles),
                cmocka_unit_test(system_words_are_those_of_the_policy_language),
                cmocka_unit_test(system_words_fill_no_more_than_there_is_room_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
