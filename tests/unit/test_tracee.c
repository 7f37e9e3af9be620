/* test_tracee.c: other calls in place of a stopped one, tried on a real thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"
#include "util.h"

enum { GETPPID_32 = 64, MEMFD_CREATE_32 = 356, CLOSE_32 = 6, WRONG = 7 };
enum { ERESTARTSYS = 512 /* linux/errno.h of the kernel: a tracer sees it */ };

static const uint64_t given[6] = {11, 12, 13, 14, 15, 16};
static volatile sig_atomic_t signalled;
static int go[2]; /* the child has both ends, and finds nothing in it */

#if defined(__x86_64__)

static uint64_t after[6];

/* With all six arguments, and what the registers hold when it has returned. */
static long call_64(long nr)
{
        /* cppcheck-suppress constStatement */
        register uint64_t a4 __asm__("r10") = given[3];
        /* cppcheck-suppress constStatement */
        register uint64_t a5 __asm__("r8") = given[4];
        /* cppcheck-suppress constStatement */
        register uint64_t a6 __asm__("r9") = given[5];
        uint64_t a1 = given[0], a2 = given[1], a3 = given[2];
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(a4), "+r"(a5), "+r"(a6)
                         : "0"(nr)
                         : "rcx", "r11", "memory");
        memcpy(after, (uint64_t[6]){a1, a2, a3, a4, a5, a6}, sizeof(after));
        return result;
}

static long call_32(long nr)
{
        uint64_t a1 = given[0], a2 = given[1], a3 = given[2], a4 = given[3], a5 = given[4];
        long result;

        __asm__ volatile("int $0x80"
                         : "=a"(result), "+b"(a1), "+c"(a2), "+d"(a3), "+S"(a4), "+D"(a5)
                         : "0"(nr)
                         : "r8", "r9", "r10", "r11", "memory");
        memcpy(after, (uint64_t[6]){a1, a2, a3, a4, a5, given[5]}, sizeof(after));
        return (int)result;
}

#else

static uint64_t after[6] = {11, 12, 13, 14, 15, 16};

static long call_64(long nr)
{
        return syscall(nr, given[0], given[1], given[2], given[3], given[4], given[5]);
}

static long call_32(long nr)
{
        (void)nr;
        abort();
}

#endif

/* Not on all architectures, nor on every kernel of x86-64: there the call is a fault. */
static bool has_calls_32(void)
{
        pid_t child = fork();
        int status = 0;

        if (child == 0) {
                call_32(GETPPID_32);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        return status == 0;
}

static void note(int signal)
{
        (void)signal;
        signalled = 1;
}

/* Stops at getppid, by the number it has in either ABI. */
static void stop_at_getppid(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 3, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GETPPID_32, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {ARRAY_SIZE(code), code};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
                _exit(WRONG);
}

/* A child that makes one such call, and ends with 0 if that gave wanted (0: its parent's number),
 * if the registers are as they were and if it was signalled as it should be. */
static struct tracee begin(long (*make)(long), int nr, bool wants_signal)
{
        const struct sigaction handler = {.sa_handler = note, .sa_flags = SA_RESTART};
        struct tracee t = {0};
        pid_t parent = getpid();
        int status;

        assert_int_equal(pipe2(go, O_CLOEXEC), 0);
        t.tid = t.tgid = fork();
        if (t.tid == 0) {
                char byte;

                sigaction(SIGUSR1, &handler, NULL);
                if (read(go[0], &byte, 1) != 1)
                        _exit(WRONG);
                stop_at_getppid();
                if (make(nr) != parent || memcmp(after, given, sizeof(given)) != 0)
                        _exit(1);
                _exit(signalled == wants_signal ? 0 : 2);
        }
        assert_int_equal(tracee_seize(t.tid), 0);
        assert_int_equal(write(go[1], "", 1), 1);
        close(go[0]);
        close(go[1]);
        assert_int_equal(waitpid(t.tid, &status, __WALL), t.tid);
        assert_int_equal(status >> 8, SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
        assert_int_equal(tracee_fetch(&t), 0);
        assert_int_equal(t.nr, nr);
        return t;
}

static int next_stop(const struct tracee *t, enum resume how, int signal)
{
        int status;

        assert_int_equal(tracee_resume(t->tid, how, signal), 0);
        assert_int_equal(waitpid(t->tid, &status, __WALL), t->tid);
        return status >> 8;
}

static int go_on(const struct tracee *t, enum resume how)
{
        return next_stop(t, how, 0);
}

static int deliver(const struct tracee *t, int signal)
{
        return next_stop(t, RESUME_CONT, signal);
}

static int64_t result_of(const struct tracee *t)
{
        int64_t result = -1;

        assert_int_equal(tracee_fetch_result(t, &result), 0);
        return result;
}

static int64_t issue(const struct tracee_saved *saved, int nr, const uint64_t args[6])
{
        assert_int_equal(tracee_issue_call(saved, nr, args), 0);
        assert_int_equal(go_on(&saved->call, RESUME_RESULT), SIGTRAP | 0x80);
        assert_int_equal(go_on(&saved->call, RESUME_RESULT), SIGTRAP | 0x80);
        return result_of(&saved->call);
}

static void expect_good_end(const struct tracee *t)
{
        int status;

        assert_int_equal(tracee_resume(t->tid, RESUME_CONT, 0), 0);
        assert_int_equal(waitpid(t->tid, &status, __WALL), t->tid);
        assert_int_equal(status, 0);
}

static void replaced_call_runs_and_registers_come_back(void **state)
{
        struct tracee t = begin(call_64, SYS_getppid, false);
        struct tracee_saved saved;

        (void)state;
        assert_int_equal(tracee_save(&t, &saved), 0);
        assert_int_equal(tracee_replace_call(&saved, SYS_getpid, (uint64_t[6]){7, 7, 7, 7, 7, 7}),
                         0);
        assert_int_equal(go_on(&t, RESUME_RESULT), SIGTRAP | 0x80);
        assert_int_equal(result_of(&t), t.tid);
        assert_int_equal(tracee_restore(&saved), 0);
        assert_int_equal(tracee_refuse(&t, getpid()), 0);
        expect_good_end(&t);
}

/* An empty string whose address has a low half that no process has anything at. */
static const char *empty;

static int map_empty(void **state)
{
        void *high = (void *)0x200000001000;

        (void)state;
        empty = mmap(high, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        return empty == MAP_FAILED ? -1 : 0;
}

/* memfd_create, close, and the call again, which stops as it did before. */
static void inject_and_reissue(struct tracee t, int memfd_nr, int close_nr)
{
        struct tracee_saved saved;
        struct tracee again = t;
        char name[64];
        int64_t fd;

        assert_int_equal(tracee_save(&t, &saved), 0);
        assert_true(tracee_stack(&saved) > 0);
        /* Beyond the reach of a 32-bit call: EFAULT. */
        assert_int_equal(
                tracee_replace_call(&saved, memfd_nr, (uint64_t[6]){(uint64_t)(uintptr_t)empty}),
                0);
        assert_int_equal(go_on(&t, RESUME_RESULT), SIGTRAP | 0x80);
        fd = result_of(&t);
        assert_int_equal(fd < 0, t.arch == AUDIT_ARCH_I386);
        snprintf(name, sizeof(name), "/proc/%d/fd/%d", t.tid, (int)fd);
        assert_int_equal(access(name, F_OK) == 0, fd >= 0);
        assert_int_equal(issue(&saved, close_nr, (uint64_t[6]){(uint64_t)fd}), fd < 0 ? -EBADF : 0);
        assert_int_equal(access(name, F_OK), -1);
        assert_int_equal(tracee_reissue(&saved), 0);
        assert_int_equal(go_on(&t, RESUME_CONT), SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
        assert_int_equal(tracee_fetch(&again), 0);
        assert_memory_equal(&again, &t, sizeof(t));
        expect_good_end(&t);
}

static void calls_are_injected_and_the_first_is_issued_again(void **state)
{
        (void)state;
        inject_and_reissue(begin(call_64, SYS_getppid, false), SYS_memfd_create, SYS_close);
}

static void the_same_with_32_bit_calls(void **state)
{
        (void)state;
        if (!has_calls_32())
                skip();
        inject_and_reissue(begin(call_32, GETPPID_32, false), MEMFD_CREATE_32, CLOSE_32);
}

/* What stopgate writes there the thread finds, and it is as before when that is put back. */
static void memory_is_written_and_put_back(void **state)
{
        enum { BELOW = 512 };
        struct tracee t = begin(call_64, SYS_getppid, false);
        struct tracee_saved saved;
        char before[64], now[64];
        uint64_t at;

        (void)state;
        assert_int_equal(tracee_save(&t, &saved), 0);
        at = tracee_stack(&saved) - BELOW;
        assert_int_equal(tracee_read(&t, at, before, sizeof(before)), sizeof(before));
        assert_int_equal(tracee_write(&t, at, "text", sizeof("text")), 0);
        assert_int_equal(tracee_read(&t, at, now, sizeof(now)), sizeof(now));
        assert_string_equal(now, "text");
        assert_int_equal(tracee_write(&t, at, before, sizeof(before)), 0);
        assert_int_equal(tracee_write(&t, 0, before, 1), -EFAULT);
        /* Constants are not written, although a tracer could. */
        assert_int_equal(tracee_write(&t, (uint64_t)(uintptr_t)given, before, 1), -EFAULT);
        assert_int_equal(tracee_refuse(&t, getpid()), 0);
        expect_good_end(&t);
}

static void neighbours_and_filters_are_told(void **state)
{
        struct tracee t = begin(call_64, SYS_getppid, false);

        (void)state;
        assert_false(tracee_share_memory(t.tid, getpid()));
        assert_false(tracee_share_descriptors(t.tid, getpid()));
        assert_true(tracee_share_memory(t.tid, t.tid));
        assert_int_equal(tracee_filters(t.tid), tracee_filters(getpid()) + 1);
        assert_int_equal(tracee_refuse(&t, getpid()), 0);
        expect_good_end(&t);
}

static void signals_wait_until_the_mask_is_set_back(void **state)
{
        struct tracee t = begin(call_64, SYS_getppid, true);
        struct tracee_saved saved;
        uint64_t mask;

        (void)state;
        assert_int_equal(tracee_save(&t, &saved), 0);
        assert_int_equal(tracee_hold_signals(t.tid, &mask), 0);
        kill(t.tid, SIGUSR1);
        assert_int_equal(tracee_replace_call(&saved, SYS_getpid, given), 0);
        assert_int_equal(go_on(&t, RESUME_RESULT), SIGTRAP | 0x80);
        assert_int_equal(issue(&saved, SYS_getpid, given), t.tid);
        assert_int_equal(tracee_reissue(&saved), 0);
        assert_int_equal(tracee_set_signals(t.tid, mask), 0);
        assert_int_equal(go_on(&t, RESUME_CONT), SIGUSR1);
        assert_int_equal(tracee_signal_sender(t.tid), getpid());
        assert_int_equal(deliver(&t, SIGUSR1), SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
        expect_good_end(&t);
}

/* What a signal interrupts is restarted as the command asked for it. */
static void an_interrupted_call_is_restarted_as_it_was(void **state)
{
        struct tracee t = begin(call_64, SYS_getppid, true);
        struct tracee_saved saved;

        (void)state;
        assert_int_equal(tracee_save(&t, &saved), 0);
        assert_int_equal(
                tracee_replace_call(&saved, SYS_read, (uint64_t[6]){(uint64_t)go[0], 0, 1}), 0);
        kill(t.tid, SIGUSR1);
        assert_int_equal(go_on(&t, RESUME_RESULT), SIGTRAP | 0x80);
        assert_int_equal(result_of(&t), -ERESTARTSYS);
        assert_int_equal(tracee_restore(&saved), 0);
        assert_int_equal(go_on(&t, RESUME_CONT), SIGUSR1);
        assert_int_equal(deliver(&t, SIGUSR1), SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
        expect_good_end(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(replaced_call_runs_and_registers_come_back),
                cmocka_unit_test(calls_are_injected_and_the_first_is_issued_again),
                cmocka_unit_test(the_same_with_32_bit_calls),
                cmocka_unit_test(memory_is_written_and_put_back),
                cmocka_unit_test(neighbours_and_filters_are_told),
                cmocka_unit_test(signals_wait_until_the_mask_is_set_back),
                cmocka_unit_test(an_interrupted_call_is_restarted_as_it_was),
        };

        return cmocka_run_group_tests_name("tracee", tests, map_empty, NULL);
}
