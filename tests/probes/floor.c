/* floor.c: the least that following a command by ptrace(2) can cost, for tests/bench: floor [-n]
 * COMMAND. It stops open, openat and write, fetches their registers, and lets them run; the status
 * is the command's. -n: a thread that runs alone is kept near, on the floor's own processor, while
 * it is resumed. No policy, no record: this is not a tool. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif
#ifndef SYS_open
#define SYS_open SYS_openat
#endif

static void load_filter(void)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 0, 4),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 3, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        };
        struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program))
                abort();
}

static pid_t start(char **argv)
{
        const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
                             PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
        int ready[2];
        pid_t pid;
        char byte;

        if (pipe(ready))
                abort();
        pid = fork();
        if (pid == 0) {
                close(ready[1]);
                if (read(ready[0], &byte, 1) != 1)
                        _exit(125);
                close(ready[0]);
                load_filter();
                execvp(argv[0], argv);
                _exit(127);
        }
        if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, options) || write(ready[1], "", 1) != 1)
                abort();
        close(ready[0]);
        close(ready[1]);
        return pid;
}

static void resume_near(pid_t tid, long signal, const cpu_set_t *here)
{
        cpu_set_t set;

        if (sched_getaffinity(tid, sizeof(set), &set) ||
            sched_setaffinity(tid, sizeof(*here), here)) {
                ptrace(PTRACE_CONT, tid, 0, signal);
                return;
        }
        ptrace(PTRACE_CONT, tid, 0, signal);
        sched_setaffinity(tid, sizeof(set), &set);
}

/* The signal to go on with, or -1: it stays in its group stop. */
static long handle(pid_t tid, int status)
{
        struct __ptrace_syscall_info info;

        switch (status >> 16) {
        case PTRACE_EVENT_SECCOMP:
                ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info);
                return 0;
        case PTRACE_EVENT_STOP:
                if (WSTOPSIG(status) == SIGTRAP)
                        return 0;
                ptrace(PTRACE_LISTEN, tid, 0, 0);
                return -1;
        case 0:
                return WSTOPSIG(status);
        }
        return 0;
}

int main(int argc, char **argv)
{
        int near = argc > 1 && !strcmp(argv[1], "-n"), status, result = 0;
        cpu_set_t here;
        pid_t first, tid;
        long signal;

        if (argc < 2 + near)
                return 2;
        first = start(argv + 1 + near);
        CPU_ZERO(&here);
        CPU_SET(sched_getcpu(), &here);
        if (near)
                sched_setaffinity(0, sizeof(here), &here);
        while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
                if (tid == first && !WIFSTOPPED(status))
                        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                if (tid < 0 || !WIFSTOPPED(status))
                        continue;
                signal = handle(tid, status);
                if (signal >= 0 && near)
                        resume_near(tid, signal, &here);
                else if (signal >= 0)
                        ptrace(PTRACE_CONT, tid, 0, signal);
        }
        return result;
}
