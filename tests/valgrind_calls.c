/* valgrind_calls.c: linked into stopgate for tests/valgrind. valgrind 3.19 knows neither seccomp(2)
 * nor openat2(2), pidfd_open(2) and what ptrace(2) tells of a call: each is made with calls that it
 * knows, or its result is declared. For looking at memory alone: what openat2(2) would refuse is
 * not refused, and there is no Landlock. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

static long make(long nr, const long a[6])
{
        register long r10 __asm__("r10") = a[3];
        register long r8 __asm__("r8") = a[4];
        register long r9 __asm__("r9") = a[5];
        long r;

        __asm__ volatile("syscall"
                         : "=a"(r)
                         : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
        if (r < 0 && r > -4096) {
                errno = (int)-r;
                return -1;
        }
        return r;
}

static long fail(int error)
{
        errno = error;
        return -1;
}

static long load_filter(long operation, long program)
{
        if (operation == SECCOMP_GET_ACTION_AVAIL)
                return 0;
        if (operation != SECCOMP_SET_MODE_FILTER)
                return fail(EINVAL);
        return program ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) : fail(EFAULT);
}

static long open_process(long pid)
{
        char path[32];

        snprintf(path, sizeof(path), "/proc/%ld", pid);
        return open(path, O_DIRECTORY | O_CLOEXEC);
}

static long open_as_told(const long a[6])
{
        const struct open_how *how = (const struct open_how *)a[2];

        return openat((int)a[0], (const char *)a[1], (int)how->flags, (mode_t)how->mode);
}

long syscall(long nr, ...)
{
        long a[6];
        va_list args;

        va_start(args, nr);
        for (int i = 0; i < 6; i++)
                a[i] = va_arg(args, long);
        va_end(args);
        switch (nr) {
        case SYS_seccomp:
                return load_filter(a[0], a[2]);
        case SYS_openat2:
                return open_as_told(a);
        case SYS_pidfd_open:
                return open_process(a[0]);
        case SYS_pidfd_getfd:
        case SYS_landlock_create_ruleset:
        case SYS_landlock_add_rule:
        case SYS_landlock_restrict_self:
                return fail(ENOSYS);
        default:
                return make(nr, a);
        }
}

int pidfd_open(pid_t pid, unsigned flags)
{
        (void)flags;
        return (int)open_process(pid);
}

long ptrace(enum __ptrace_request request, ...)
{
        long a[6] = {request}, r, peeked;
        va_list args;

        va_start(args, request);
        for (int i = 1; i < 4; i++)
                a[i] = va_arg(args, long);
        va_end(args);
        if (request <= PTRACE_PEEKUSER && request > 0)
                a[3] = (long)&peeked;
        r = make(SYS_ptrace, a);
        if (r >= 0 && request == PTRACE_GET_SYSCALL_INFO)
                VALGRIND_MAKE_MEM_DEFINED(a[3], a[2]);
        if (r >= 0 && request == PTRACE_GETSIGMASK)
                VALGRIND_MAKE_MEM_DEFINED(a[3], a[2]);
        return r >= 0 && request <= PTRACE_PEEKUSER && request > 0 ? peeked : r;
}
