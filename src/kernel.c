/* kernel.c: each feature that stopgate uses is tried once, harmlessly. */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "landlock.h"
#include "util.h"

static int probe_release(void)
{
        enum { MAJOR = 5, MINOR = 10 };
        unsigned major = 0, minor = 0;
        struct utsname name;

        if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
                return -EPROTO;
        return major > MAJOR || (major == MAJOR && minor >= MINOR) ? 0 : -ENOSYS;
}

/* That of this process's own namespace: else the numbers in it are those of others. */
static int probe_proc(void)
{
        char self[32] = "", own[32];
        struct statfs fs;

        if (statfs("/proc/self", &fs))
                return -errno;
        if (fs.f_type != PROC_SUPER_MAGIC)
                return -ENOENT;
        if (readlink("/proc/self", self, sizeof(self) - 1) < 0)
                return -errno;
        snprintf(own, sizeof(own), "%d", getpid());
        return strcmp(self, own) ? -ESRCH : 0;
}

static int probe_seccomp(void)
{
        uint32_t action = SECCOMP_RET_TRACE;

        return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ? -errno : 0;
}

static int closed(long fd)
{
        if (fd < 0)
                return -errno;
        close((int)fd);
        return 0;
}

static int probe_openat2(void)
{
        struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};

        return closed(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how)));
}

static int probe_memory(void)
{
        char from = 1, to = 0;
        struct iovec local = {&to, 1}, remote = {&from, 1};

        return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1 ? 0 : -errno;
}

static int probe_pidfd_open(void)
{
        return closed(syscall(SYS_pidfd_open, getpid(), 0));
}

/* There is no such descriptor. */
static int probe_close_range(void)
{
        return syscall(SYS_close_range, ~0u, ~0u, 0) ? -errno : 0;
}

/* Ask about a child that has itself traced. Not PTRACE_SEIZE: that fails where the child is not
 * dumpable, as it is not once a command was started. */
static int ask_of_tracee(int (*ask)(pid_t pid))
{
        int status, r;
        pid_t pid = fork();

        if (pid < 0)
                return -errno;
        if (!pid) {
                if (ptrace(PTRACE_TRACEME, 0, 0, 0))
                        _exit(errno);
                raise(SIGSTOP);
                _exit(EPROTO);
        }
        if (waitpid(pid, &status, __WALL) != pid)
                return -errno;
        if (!WIFSTOPPED(status))
                return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPROTO;
        r = ask(pid);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, __WALL);
        return r;
}

static int ask_nothing(pid_t pid)
{
        (void)pid;
        return 0;
}

static int ask_syscall_info(pid_t pid)
{
        struct __ptrace_syscall_info info;

        return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ? -errno : 0;
}

static int probe_ptrace(void)
{
        return ask_of_tracee(ask_nothing);
}

static int probe_syscall_info(void)
{
        return ask_of_tracee(ask_syscall_info);
}

static int probe_seals(void)
{
        cleanup_fd int fd = memfd_create("stopgate", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                return -errno;
        return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) ? -errno : 0;
}

static int probe_kcmp(void)
{
        pid_t pid = getpid();

        return syscall(SYS_kcmp, pid, pid, KCMP_VM, 0, 0) < 0 ? -errno : 0;
}

static int probe_pidfd_getfd(void)
{
        cleanup_fd int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

        return pidfd < 0 ? -errno : closed(syscall(SYS_pidfd_getfd, pidfd, pidfd, 0));
}

static int probe_landlock(void)
{
        return landlock_abi() > 0 ? 0 : -EOPNOTSUPP;
}

static const struct kernel_feature features[] = {
        {"Linux 5.10", "5.10", KERNEL_NEEDED, false, "stopgate was never tried with older ones",
         probe_release},
        {"/proc", "2.0", KERNEL_NEEDED, false,
         "names and descriptors of the command cannot be looked up", probe_proc},
        {"seccomp filters", "4.14", KERNEL_NEEDED, false, "no call would stop", probe_seccomp},
        {"openat2", "5.6", KERNEL_NEEDED, false, "it cannot be found out where a path leads",
         probe_openat2},
        {"process_vm_readv", "3.2", KERNEL_NEEDED, false, "the command's memory cannot be read",
         probe_memory},
        {"pidfd_open", "5.3", KERNEL_NEEDED, false,
         "signals could reach a process that took the command's number", probe_pidfd_open},
        {"close_range", "5.9", KERNEL_NEEDED, false,
         "what stopgate holds open would reach the command", probe_close_range},
        {"ptrace", "3.4", KERNEL_NEEDED, true, "nothing can be judged", probe_ptrace},
        {"PTRACE_GET_SYSCALL_INFO", "5.3", KERNEL_NEEDED, true,
         "it cannot be told which call has stopped", probe_syscall_info},
        {"sealed memfds", "5.1", KERNEL_WANTED, false,
         "calls are not run on copies: more of them wait for each other", probe_seals},
        {"kcmp", "3.5", KERNEL_WANTED, false,
         "all processes count as if they shared memory and descriptors: more of their calls wait "
         "for each other",
         probe_kcmp},
        {"pidfd_getfd", "5.6", KERNEL_WANTED, false,
         "calls that make a descriptor send signals cannot be judged, and are refused",
         probe_pidfd_getfd},
        {"Landlock", "5.13", KERNEL_BACKSTOP, false,
         "the stops stand alone; to processes outside, signals are sent in the command's name",
         probe_landlock},
};

const struct kernel_feature *kernel_features(size_t *n)
{
        *n = ARRAY_SIZE(features);
        return features;
}

int kernel_check(bool refuses)
{
        for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
                const struct kernel_feature *feature = &features[i];
                bool needed = feature->need == KERNEL_NEEDED;
                int r;

                if (feature->forks || feature->need == KERNEL_BACKSTOP || (!needed && !refuses))
                        continue;
                r = feature->probe();
                if (r && needed) {
                        error_user("this kernel, or a filter around stopgate, lacks %s: %s; "
                                   "without it %s; see 'stopgate --doctor'",
                                   feature->name, strerror(-r), feature->lost);
                        return r;
                }
                if (r)
                        warn_user("this kernel, or a filter around stopgate, lacks %s: %s; without "
                                  "it %s",
                                  feature->name, strerror(-r), feature->lost);
        }
        return 0;
}
