/* test_filter_closed.c: what the filters refuse by themselves, asked of the exported programs and,
 * at the end, of the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <linux/sockios.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bpf.h"
#include "filter_subject.h"
#include "tracee.h"
#include "util.h"

#define X32_BIT 0x40000000

enum { UNKNOWN = 1000 };

static void x32_numbers_are_refused(void **state)
{
        struct subject s;

        (void)state;
        subject_builtin(&s);
        for (int nr = 0; nr < NUMBERS; nr++)
                assert_int_equal(subject_answer(&s, SCMP_ARCH_X86_64, nr | X32_BIT, NO_ARGS),
                                 REFUSE(ENOSYS));
        subject_end(&s);
        subject_denying_writes(&s);
        assert_int_equal(subject_answer(&s, SCMP_ARCH_X86_64, SYS_getpid | X32_BIT, NO_ARGS),
                         REFUSE(ENOSYS));
        assert_int_equal(subject_answer(&s, SCMP_ARCH_X86_64, SYS_mount | X32_BIT, NO_ARGS),
                         REFUSE(ENOSYS));
        subject_end(&s);
}

static void foreign_abis_are_refused(void **state)
{
        struct subject s;

        (void)state;
        subject_builtin(&s);
        assert_int_equal(subject_answer(&s, SCMP_ARCH_PPC64LE, SYS_getpid, NO_ARGS),
                         REFUSE(ENOSYS));
        assert_int_equal(subject_answer(&s, 0, SYS_getpid, NO_ARGS), REFUSE(ENOSYS));
        subject_end(&s);
}

static void unknown_numbers_get_ENOSYS(void **state)
{
        struct subject s;
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < n; i++)
                for (int nr = 0; nr < NUMBERS; nr++)
                        if (!calls_by_number(abis[i], nr))
                                assert_int_equal(subject_answer(&s, abis[i], nr, NO_ARGS),
                                                 REFUSE(ENOSYS));
        subject_end(&s);
}

static void unknown_numbers_are_left_alone_when_nothing_is_closed(void **state)
{
        struct subject s;

        (void)state;
        subject_builtin(&s);
        assert_int_equal(subject_answer(&s, tracee_abis(&(size_t){0})[0], UNKNOWN, NO_ARGS), ALLOW);
        subject_end(&s);
}

static void everything_closed_is_refused_with_its_errno(void **state)
{
        struct subject s;
        size_t n;
        const struct call *table = calls_table(&n);

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < n; i++)
                if (table[i].kind == CALL_BLINDING || table[i].kind == CALL_CONFINING)
                        assert_answer(&s, table[i].name, NO_ARGS,
                                      table[i].outside ? STOP : REFUSE((uint32_t)table[i].err));
        assert_answer(&s, "ptrace", NO_ARGS, REFUSE(EPERM));
        assert_answer(&s, "io_uring_setup", NO_ARGS, REFUSE(ENOSYS));
        assert_answer(&s, "clone3", NO_ARGS, REFUSE(ENOSYS));
        subject_end(&s);
}

static void only_what_blinds_is_closed_when_nothing_is_denied(void **state)
{
        struct subject s;

        (void)state;
        subject_speaking(&s, CLASS_WRITE, ACTION_LOG);
        assert_answer(&s, "io_uring_setup", NO_ARGS, REFUSE(ENOSYS));
        assert_answer(&s, "clone3", NO_ARGS, REFUSE(ENOSYS));
        assert_answer(&s, "clone", ARGS(CLONE_UNTRACED), REFUSE(EPERM));
        assert_answer(&s, "clone", ARGS(CLONE_NEWUSER), ALLOW);
        assert_answer(&s, "ptrace", NO_ARGS, ALLOW);
        assert_answer(&s, "mount", NO_ARGS, ALLOW);
        assert_answer(&s, "ioctl", ARGS(0, TIOCSTI), ALLOW);
        subject_end(&s);
}

static void a_system_word_opens_its_calls_and_no_others(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_WRITE, ACTION_DENY);
        subject_open_word(&s, "ptrace");
        subject_open_word(&s, "namespaces");
        subject_open_word(&s, "terminal");
        subject_build(&s);
        assert_answer(&s, "ptrace", NO_ARGS, ALLOW);
        assert_answer(&s, "process_vm_writev", NO_ARGS, ALLOW);
        assert_answer(&s, "unshare", ARGS(CLONE_NEWUSER | CLONE_NEWNS), ALLOW);
        assert_answer(&s, "setns", NO_ARGS, ALLOW);
        assert_answer(&s, "ioctl", ARGS(0, TIOCSTI), ALLOW);
        assert_answer(&s, "mount", NO_ARGS, REFUSE(EPERM));
        assert_answer(&s, "clone", ARGS(CLONE_UNTRACED), REFUSE(EPERM));
        subject_end(&s);
}

static void namespace_flags_are_refused_one_by_one(void **state)
{
        static const uint64_t flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                         CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                assert_answer(&s, "unshare", ARGS(flags[i]), REFUSE(EPERM));
                assert_answer(&s, "unshare", ARGS(HIGH | CLONE_FILES | flags[i]), REFUSE(EPERM));
                assert_answer(&s, "clone", ARGS(SIGCHLD | flags[i]), REFUSE(EPERM));
                assert_answer(&s, "clone", ARGS(UINT64_MAX), REFUSE(EPERM));
        }
        subject_end(&s);
}

static void threads_and_unsharing_of_tables_are_left_alone(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "unshare", ARGS(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM), ALLOW);
        assert_answer(&s, "clone", ARGS(SIGCHLD), ALLOW);
        assert_answer(&s, "clone", ARGS(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_THREAD), ALLOW);
        subject_end(&s);
}

/* 0x80 is CLONE_NEWTIME to unshare(2) and part of the exit signal to clone(2). */
static void time_namespace_is_refused_to_unshare_alone(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "unshare", ARGS(0x80), REFUSE(EPERM));
        assert_answer(&s, "clone", ARGS(0x80), ALLOW);
        subject_end(&s);
}

static void listener_is_refused_and_plain_filter_is_not(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "seccomp",
                      ARGS(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER),
                      REFUSE(EPERM));
        assert_answer(&s, "seccomp",
                      ARGS(HIGH | SECCOMP_SET_MODE_FILTER,
                           HIGH | SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC),
                      REFUSE(EPERM));
        assert_answer(&s, "seccomp", ARGS(SECCOMP_SET_MODE_FILTER), ALLOW);
        assert_answer(&s, "seccomp", ARGS(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC),
                      ALLOW);
        subject_end(&s);
}

static void ioctl_is_compared_by_its_low_32_bits(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "ioctl", ARGS(0, TIOCSTI), REFUSE(EPERM));
        assert_answer(&s, "ioctl", ARGS(0, HIGH | TIOCSTI), REFUSE(EPERM));
        assert_answer(&s, "ioctl", ARGS(0, HIGH | TIOCLINUX), REFUSE(EPERM));
        assert_answer(&s, "ioctl", ARGS(0, FS_IOC_SETFLAGS), STOP);
        assert_answer(&s, "ioctl", ARGS(0, HIGH | FS_IOC_SETFLAGS), STOP);
        assert_answer(&s, "ioctl", ARGS(0, 0x80000000 | TIOCSTI), ALLOW);
        subject_end(&s);
}

static void device_nodes_are_refused_and_other_nodes_stop(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "mknod", ARGS(0, S_IFCHR | 0600), REFUSE(EPERM));
        assert_answer(&s, "mknodat", ARGS(0, 0, S_IFBLK | 0600), REFUSE(EPERM));
        assert_answer(&s, "mknodat", ARGS(0, 0, HIGH | 0x10000 | S_IFCHR), REFUSE(EPERM));
        assert_answer(&s, "mknod", ARGS(0, S_IFIFO | 0600), STOP);
        assert_answer(&s, "mknodat", ARGS(0, 0, S_IFREG | 0777), STOP);
        assert_answer(&s, "mknodat", ARGS(0, 0, S_IFSOCK), STOP);
        assert_answer(&s, "mknodat", ARGS(0, 0, 0644), STOP);
        subject_end(&s);
}

static void device_nodes_that_are_opened_stop_like_others(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_WRITE, ACTION_DENY);
        subject_open_word(&s, "devices");
        subject_build(&s);
        assert_answer(&s, "mknod", ARGS(0, S_IFCHR | 0600), STOP);
        assert_answer(&s, "mknodat", ARGS(0, 0, S_IFBLK | 0600), STOP);
        subject_end(&s);
}

static void memory_is_not_laid_over_what_is_mapped(void **state)
{
        enum { SHMAT_CALL = 21, VERSION_2 = 2 << 16 };
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "shmat", ARGS(0, 0, SHM_REMAP | SHM_RDONLY), REFUSE(EPERM));
        assert_answer(&s, "shmat", ARGS(0, 0, SHM_RDONLY), ALLOW);
        assert_answer(&s, "remap_file_pages", NO_ARGS, REFUSE(ENOSYS));
        assert_i386(&s, "ipc", ARGS(SHMAT_CALL, 0, SHM_REMAP), REFUSE(EPERM));
        assert_i386(&s, "ipc", ARGS(VERSION_2 | SHMAT_CALL, 0, SHM_REMAP), REFUSE(EPERM));
        assert_i386(&s, "ipc", ARGS(SHMAT_CALL, 0, 0), ALLOW);
        assert_i386(&s, "ipc", ARGS(SHMAT_CALL + 1, 0, SHM_REMAP), ALLOW);
        subject_end(&s);
}

static void a_command_stays_readable_to_its_tracer(void **state)
{
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "prctl", ARGS(PR_SET_DUMPABLE, 0), REFUSE(EPERM));
        assert_answer(&s, "prctl", ARGS(PR_SET_DUMPABLE, 1), ALLOW);
        assert_answer(&s, "prctl", ARGS(PR_SET_NAME, 0), ALLOW);
        subject_end(&s);
}

static void denying_and_pinning(struct subject *s, enum pin pin)
{
        subject_begin(s);
        subject_speak(s, CLASS_WRITE, ACTION_DENY);
        s->policy.pin = pin;
        subject_build(s);
}

/* Whatever lies at least in part below PINNED_END starts there. */
static void what_may_take_pinned_memory_away_stops(void **state)
{
        enum { IN = PINNED_START + 0x1000, AFTER = PINNED_END, NR_OLD_MMAP = 90 };
        static const uint64_t high = UINT64_C(0x7f0000000000);
        struct seccomp_data old_mmap = {.nr = NR_OLD_MMAP, .arch = SCMP_ARCH_X86};
        const struct bpf_program third = {filter_old_mmap_program.filter,
                                          filter_old_mmap_program.len};
        struct subject s;
        bool constant;

        (void)state;
        denying_and_pinning(&s, PIN_AUTO);
        for (uint64_t at = 0; at < PINNED_END; at = at * 2 + 0x1000) {
                assert_answer(&s, "munmap", ARGS(at, 0x1000), STOP);
                assert_answer(&s, "mremap", ARGS(at, 0x1000, 0x1000, 0), STOP);
                assert_answer(&s, "mremap",
                              ARGS(high, 0x1000, 0x1000, MREMAP_MAYMOVE | MREMAP_FIXED, at), STOP);
                assert_answer(&s, "mmap2", ARGS(at, 1, 0, MAP_FIXED), STOP);
                assert_answer(&s, "madvise", ARGS(at, 0x1000, MADV_DONTFORK), STOP);
        }
        assert_answer(&s, "munmap", ARGS(AFTER, 0x1000), ALLOW);
        assert_answer(&s, "munmap", ARGS(0x80000000u, 0x1000), ALLOW);
        assert_answer(&s, "mmap2", ARGS(0, 0x1000, 0, MAP_PRIVATE | MAP_ANONYMOUS), ALLOW);
        assert_answer(&s, "mmap2", ARGS(IN, 0x1000, 0, MAP_SHARED | MAP_FIXED_NOREPLACE), ALLOW);
        assert_answer(&s, "mmap2", ARGS(AFTER, 1, 0, MAP_FIXED), ALLOW);
        assert_answer(&s, "mremap", ARGS(AFTER, 0x1000, 0x1000, 0, 0), ALLOW);
        assert_answer(&s, "madvise", ARGS(IN, 0x1000, MADV_DONTNEED), ALLOW);
        assert_answer(&s, "prctl", ARGS(PR_SET_MM, 14), STOP);
        assert_true(s.filter.old_mmap);
        assert_int_equal(bpf_run(&third, &old_mmap, &constant), REFUSE(ENOSYS));
        old_mmap.arch = SCMP_ARCH_X86_64;
        assert_int_equal(bpf_run(&third, &old_mmap, &constant), ALLOW);
        subject_end(&s);
}

/* In 64 bits all of the address counts. */
static void pinned_memory_is_guarded_by_whole_addresses(void **state)
{
        static const uint64_t low_half = UINT64_C(0x7f0000011000);
        struct subject s;

        (void)state;
        denying_and_pinning(&s, PIN_AUTO);
        assert_int_equal(subject_answer(&s, SCMP_ARCH_X86_64, SYS_munmap, ARGS(low_half, 1)),
                         ALLOW);
        assert_int_equal(
                subject_answer(&s, SCMP_ARCH_X86_64, SYS_mmap, ARGS(low_half, 1, 0, MAP_FIXED)),
                ALLOW);
        assert_int_equal(
                subject_answer(&s, SCMP_ARCH_X86_64, SYS_mmap, ARGS(0x11000, 1, 0, MAP_FIXED)),
                STOP);
        /* munmap(2) may overlook the highest byte. */
        assert_int_equal(subject_answer(&s, SCMP_ARCH_X86_64, SYS_munmap,
                                        ARGS(UINT64_C(0x4200000000011000), 1)),
                         STOP);
        subject_end(&s);
}

static void threads_begin_with_a_stop_where_arguments_are_pinned(void **state)
{
        struct subject s;

        (void)state;
        denying_and_pinning(&s, PIN_AUTO);
        assert_answer(&s, "clone", ARGS(CLONE_VM | CLONE_FILES | CLONE_THREAD | CLONE_SIGHAND),
                      STOP);
        assert_answer(&s, "clone", ARGS(CLONE_VM | CLONE_VFORK | SIGCHLD), ALLOW);
        assert_answer(&s, "clone", ARGS(SIGCHLD), ALLOW);
        assert_answer(&s, "clone", ARGS(CLONE_FILES | CLONE_NEWUSER), REFUSE(EPERM));
        subject_end(&s);
}

static void filters_of_the_commands_own_are_noted_where_arguments_are_pinned(void **state)
{
        struct subject s;

        (void)state;
        denying_and_pinning(&s, PIN_AUTO);
        assert_answer(&s, "seccomp", ARGS(SECCOMP_SET_MODE_FILTER), STOP);
        assert_answer(&s, "seccomp", ARGS(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC),
                      STOP);
        assert_answer(&s, "seccomp",
                      ARGS(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER),
                      REFUSE(EPERM));
        assert_answer(&s, "seccomp", ARGS(SECCOMP_GET_ACTION_AVAIL), ALLOW);
        assert_answer(&s, "prctl", ARGS(PR_SET_SECCOMP, SECCOMP_MODE_FILTER), STOP);
        subject_end(&s);
}

static void nothing_is_guarded_where_nothing_is_pinned(void **state)
{
        struct subject s;

        (void)state;
        denying_and_pinning(&s, PIN_NEVER);
        assert_answer(&s, "munmap", ARGS(PINNED_START, 0x1000), ALLOW);
        assert_answer(&s, "clone", ARGS(CLONE_FILES), ALLOW);
        assert_false(s.filter.old_mmap);
        subject_end(&s);
        subject_begin(&s);
        subject_speak(&s, CLASS_WRITE, ACTION_LOG);
        s.policy.pin = PIN_AUTO;
        subject_build(&s);
        assert_answer(&s, "munmap", ARGS(PINNED_START, 0x1000), ALLOW);
        subject_end(&s);
}

static void a_signal_stops_to_see_whom_it_is_for(void **state)
{
        static const char *const names[] = {"kill",
                                            "tkill",
                                            "tgkill",
                                            "rt_sigqueueinfo",
                                            "rt_tgsigqueueinfo",
                                            "pidfd_send_signal",
                                            "process_madvise",
                                            "process_mrelease"};
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                assert_answer(&s, names[i], NO_ARGS, STOP);
        subject_end(&s);
}

static void what_is_done_to_the_caller_itself_raises_no_stop(void **state)
{
        static const char *const names[] = {
                "prlimit64",     "sched_setaffinity",  "sched_setattr", "sched_setparam",
                "migrate_pages", "sched_setscheduler", "move_pages",    "setpriority",
        };
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_answer(&s, names[i], ARGS(0, 0, 0x1000), ALLOW);
                assert_answer(&s, names[i], ARGS(7, 0, 0x1000), STOP);
                assert_answer(&s, names[i], ARGS(UINT32_MAX, 0, 0x1000), STOP);
        }
        assert_answer(&s, "setpriority", ARGS(0, 7), STOP);
        assert_answer(&s, "ioprio_set", ARGS(1, 0), ALLOW);
        assert_answer(&s, "ioprio_set", ARGS(1, 7), STOP);
        assert_answer(&s, "ioprio_set", ARGS(2, 0), STOP);
        assert_answer(&s, "ioprio_set", ARGS(HIGH | 3, 0), STOP);
        subject_end(&s);
}

/* An address may have nothing but zeros in its low half. */
static void limits_that_are_set_stop_wherever_they_lie_in_memory(void **state)
{
        struct subject s;
        uint64_t address = 0x100000000;

        (void)state;
        subject_denying_writes(&s);
        assert_answer(&s, "prlimit64", ARGS(7, 0, 0, 0x1000), ALLOW);
        assert_int_equal(subject_answer(&s, tracee_abis(&(size_t){0})[0],
                                        seccomp_syscall_resolve_name("prlimit64"),
                                        ARGS(7, 0, address)),
                         STOP);
        subject_end(&s);
}

static void owner_of_a_descriptor_is_looked_at_or_refused(void **state)
{
        static const char *const names[] = {"fcntl", "fcntl64"};
        struct subject s;

        (void)state;
        subject_denying_writes(&s);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_answer(&s, names[i], ARGS(3, F_SETOWN, 7), STOP);
                assert_answer(&s, names[i], ARGS(3, HIGH | F_SETOWN, 7), STOP);
                assert_answer(&s, names[i], ARGS(3, F_SETOWN_EX, 7), REFUSE(EPERM));
                assert_answer(&s, names[i], ARGS(3, F_SETFL, O_NONBLOCK), ALLOW);
                assert_answer(&s, names[i], ARGS(3, F_SETFL, HIGH | O_ASYNC | O_RDWR), STOP);
                assert_answer(&s, names[i], ARGS(3, F_SETSIG, 9), STOP);
        }
        assert_answer(&s, "ioctl", ARGS(3, HIGH | FIOASYNC, 0x1000), STOP);
        assert_answer(&s, "ioctl", ARGS(3, FIOSETOWN, 0x1000), REFUSE(EPERM));
        assert_answer(&s, "ioctl", ARGS(3, HIGH | SIOCSPGRP, 0x1000), REFUSE(EPERM));
        subject_end(&s);
}

static void the_kernel_s_own_hold_on_signals_saves_the_stops(void **state)
{
        struct subject s;

        (void)state;
        subject_begin(&s);
        subject_speak(&s, CLASS_WRITE, ACTION_DENY);
        s.policy.backstop.signals = true;
        subject_build(&s);
        assert_answer(&s, "kill", NO_ARGS, ALLOW);
        assert_answer(&s, "pidfd_send_signal", NO_ARGS, ALLOW);
        assert_answer(&s, "fcntl", ARGS(3, F_SETOWN, 7), ALLOW);
        assert_answer(&s, "fcntl", ARGS(3, F_SETOWN_EX, 7), ALLOW);
        assert_answer(&s, "ioctl", ARGS(3, FIOSETOWN), ALLOW);
        assert_answer(&s, "prlimit64", ARGS(7, 0, 0x1000), STOP);
        assert_answer(&s, "setpriority", ARGS(0, 7), STOP);
        assert_answer(&s, "process_madvise", NO_ARGS, STOP);
        subject_end(&s);
}

static void processes_are_left_alone_when_opened_or_when_stops_are_named_by_hand(void **state)
{
        struct subject s;

        (void)state;
        for (int by_hand = 0; by_hand < 2; by_hand++) {
                subject_begin(&s);
                subject_speak(&s, CLASS_WRITE, ACTION_DENY);
                if (by_hand)
                        subject_name_call(&s, "openat");
                else
                        subject_open_word(&s, WORD_PROCESSES);
                subject_build(&s);
                assert_answer(&s, "kill", NO_ARGS, ALLOW);
                assert_answer(&s, "prlimit64", ARGS(7, 0, 0x1000), ALLOW);
                assert_answer(&s, "fcntl", ARGS(3, F_SETOWN_EX, 7), ALLOW);
                assert_answer(&s, "ptrace", NO_ARGS, REFUSE(EPERM));
                subject_end(&s);
        }
        subject_speaking(&s, CLASS_WRITE, ACTION_LOG);
        assert_answer(&s, "kill", NO_ARGS, ALLOW);
        assert_answer(&s, "fcntl", ARGS(3, F_SETOWN_EX, 7), ALLOW);
        subject_end(&s);
}

/* From here on the kernel is asked. A child cannot report by write(2), since that may stop and has
 * no tracer: it leaves its results in shared memory. */
enum { RESULTS = 16 };

static void run_filtered(const struct filter *filter, void (*probe)(long *results),
                         long results[RESULTS])
{
        size_t size = RESULTS * sizeof(*results);
        long *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int status;

        assert_ptr_not_equal(shared, MAP_FAILED);
        pid_t child = fork();
        if (child == 0) {
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                shared[0] = filter_load(filter);
                if (shared[0] == 0)
                        probe(shared);
                syscall(SYS_exit_group, 0);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        memcpy(results, shared, size);
        munmap(shared, size);
        assert_int_equal(results[0], 0);
}

/* ---- what is loaded, and what is shown ---- */

static void ask_both(const struct subject *parts, const struct subject *whole,
                     const struct call *call, const uint64_t args[6])
{
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        for (size_t i = 0; i < n; i++) {
                int nr = calls_number(call->name, abis[i]);
                uint32_t answer = nr < 0 ? 0 : subject_answer(parts, abis[i], nr, args);

                if (nr >= 0 && subject_answer(whole, abis[i], nr, args) != answer)
                        fail_msg("%s(%#lx, %#lx, %#lx): %#x", call->name, args[0], args[1], args[2],
                                 answer);
        }
}

/* Each condition as it holds, and what is next to it. */
static void ask_about_conditions(const struct subject *parts, const struct subject *whole,
                                 const struct call *call)
{
        for (const struct call_condition *c = call->conditions; c && c->ntests; c++)
                for (uint64_t near = 0; near < 3; near++) {
                        uint64_t args[6] = {0};

                        for (unsigned i = 0; i < c->ntests; i++)
                                args[c->tests[i].arg] = c->tests[i].value + near;
                        ask_both(parts, whole, call, args);
                }
}

static void assert_same_answers(void (*prepare)(struct subject *))
{
        static const uint64_t samples[][6] = {{0}, {1, 1, 1, 1, 1, 1}, {~0ul, ~0ul, ~0ul}};
        struct subject parts, whole;
        size_t n;
        const struct call *table = calls_table(&n);

        prepare(&parts);
        prepare(&whole);
        subject_build(&parts);
        subject_build_whole(&whole);
        assert_true(parts.filter.closed);
        assert_false(whole.filter.closed);
        for (size_t i = 0; i < n; i++) {
                for (size_t k = 0; k < ARRAY_SIZE(samples); k++)
                        ask_both(&parts, &whole, &table[i], samples[k]);
                ask_about_conditions(&parts, &whole, &table[i]);
        }
        subject_end(&parts);
        subject_end(&whole);
}

static void prepare_denying(struct subject *s)
{
        subject_begin(s);
        subject_speak(s, CLASS_WRITE, ACTION_DENY);
        subject_speak(s, CLASS_READ, ACTION_LOG);
}

static void prepare_pinning(struct subject *s)
{
        prepare_denying(s);
        s->policy.pin = PIN_AUTO;
        s->policy.backstop.signals = true;
}

static void what_is_loaded_answers_as_what_is_shown(void **state)
{
        (void)state;
        assert_same_answers(prepare_denying);
        assert_same_answers(prepare_pinning);
}

static void opened_word_is_not_closed_by_what_was_built_in(void **state)
{
        struct subject s;

        (void)state;
        prepare_denying(&s);
        subject_open_word(&s, "mount");
        subject_build(&s);
        assert_false(s.filter.closed);
        assert_answer(&s, "mount", ARGS(0), ALLOW);
        subject_end(&s);
}

static long outcome(long result)
{
        return result < 0 ? -errno : result;
}

static void probe_what_is_closed(long *results)
{
        results[1] = syscall(SYS_getpid) == getpid();
        results[2] = outcome(syscall(UNKNOWN));
        results[3] = outcome(syscall(SYS_clone3, NULL, 0));
        results[4] = outcome(syscall(X32_BIT | SYS_getpid));
        results[5] = outcome(syscall(SYS_ioctl, 0, HIGH | TIOCSTI, ""));
        results[6] = outcome(syscall(SYS_unshare, CLONE_NEWUSER));
        results[7] = outcome(syscall(SYS_mknodat, AT_FDCWD, "/tmp/no device", S_IFCHR | 0600, 0));
        results[8] = outcome(syscall(SYS_unshare, CLONE_FILES));
        results[9] = outcome(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                     SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL));
        results[10] = outcome(syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
}

static void the_kernel_refuses_what_is_closed(void **state)
{
        struct subject s;
        long results[RESULTS];

        (void)state;
        subject_denying_writes(&s);
        run_filtered(&s.filter, probe_what_is_closed, results);
        assert_int_equal(results[1], 1);
        assert_int_equal(results[2], -ENOSYS);
        assert_int_equal(results[3], -ENOSYS);
        assert_int_equal(results[4], -ENOSYS);
        assert_int_equal(results[5], -EPERM);
        assert_int_equal(results[6], -EPERM);
        assert_int_equal(results[7], -EPERM);
        assert_int_equal(results[8], -ENOSYS); /* is noted: it stops, and nobody is there */
        assert_int_equal(results[9], -EPERM);
        assert_int_equal(results[10], -EPERM);
        subject_end(&s);
}

/* A stop without a tracer gets ENOSYS (seccomp(2)). */
static void probe_what_stops(long *results)
{
        results[1] = outcome(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY));
        results[2] = outcome(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY)) >= 0;
        results[3] = outcome(syscall(SYS_mknodat, AT_FDCWD, "/tmp/no pipe", S_IFIFO, 0));
        results[4] = outcome(syscall(SYS_write, -1, "", 0));
}

static void the_kernel_stops_what_is_policed(void **state)
{
        struct subject s;
        long results[RESULTS];

        (void)state;
        subject_denying_writes(&s);
        run_filtered(&s.filter, probe_what_stops, results);
        assert_int_equal(results[1], -ENOSYS);
        assert_int_equal(results[2], 1);
        assert_int_equal(results[3], -ENOSYS);
        assert_int_equal(results[4], -EBADF);
        subject_end(&s);
}

static void x32_is_refused_by_the_kernel_without_a_gate(void **state)
{
        struct subject s;
        long results[RESULTS];

        (void)state;
        subject_builtin(&s);
        run_filtered(&s.filter, probe_what_is_closed, results);
        assert_int_equal(results[4], -ENOSYS);
        subject_end(&s);
}

static void loading_without_no_new_privs_is_refused(void **state)
{
        struct subject s;

        (void)state;
        subject_builtin(&s);
        assert_int_equal(filter_load(&s.filter), -EACCES);
        subject_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(x32_numbers_are_refused),
                cmocka_unit_test(foreign_abis_are_refused),
                cmocka_unit_test(unknown_numbers_get_ENOSYS),
                cmocka_unit_test(unknown_numbers_are_left_alone_when_nothing_is_closed),
                cmocka_unit_test(everything_closed_is_refused_with_its_errno),
                cmocka_unit_test(only_what_blinds_is_closed_when_nothing_is_denied),
                cmocka_unit_test(a_system_word_opens_its_calls_and_no_others),
                cmocka_unit_test(namespace_flags_are_refused_one_by_one),
                cmocka_unit_test(threads_and_unsharing_of_tables_are_left_alone),
                cmocka_unit_test(time_namespace_is_refused_to_unshare_alone),
                cmocka_unit_test(listener_is_refused_and_plain_filter_is_not),
                cmocka_unit_test(ioctl_is_compared_by_its_low_32_bits),
                cmocka_unit_test(device_nodes_are_refused_and_other_nodes_stop),
                cmocka_unit_test(device_nodes_that_are_opened_stop_like_others),
                cmocka_unit_test(memory_is_not_laid_over_what_is_mapped),
                cmocka_unit_test(a_command_stays_readable_to_its_tracer),
                cmocka_unit_test(what_may_take_pinned_memory_away_stops),
                cmocka_unit_test(pinned_memory_is_guarded_by_whole_addresses),
                cmocka_unit_test(threads_begin_with_a_stop_where_arguments_are_pinned),
                cmocka_unit_test(filters_of_the_commands_own_are_noted_where_arguments_are_pinned),
                cmocka_unit_test(nothing_is_guarded_where_nothing_is_pinned),
                cmocka_unit_test(a_signal_stops_to_see_whom_it_is_for),
                cmocka_unit_test(what_is_done_to_the_caller_itself_raises_no_stop),
                cmocka_unit_test(limits_that_are_set_stop_wherever_they_lie_in_memory),
                cmocka_unit_test(owner_of_a_descriptor_is_looked_at_or_refused),
                cmocka_unit_test(the_kernel_s_own_hold_on_signals_saves_the_stops),
                cmocka_unit_test(
                        processes_are_left_alone_when_opened_or_when_stops_are_named_by_hand),
                cmocka_unit_test(what_is_loaded_answers_as_what_is_shown),
                cmocka_unit_test(opened_word_is_not_closed_by_what_was_built_in),
                cmocka_unit_test(the_kernel_refuses_what_is_closed),
                cmocka_unit_test(the_kernel_stops_what_is_policed),
                cmocka_unit_test(x32_is_refused_by_the_kernel_without_a_gate),
                cmocka_unit_test(loading_without_no_new_privs_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
