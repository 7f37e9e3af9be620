/* tracee.c: one stopped thread: its registers, its memory, its /proc links. */
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "util.h"

/* ---- registers: all that knows an architecture stands here ---- */

#if defined(__x86_64__)

static const uint32_t abis[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};

/* Which registers carry the arguments: syscall(2). A 64-bit tracer sees the registers of a 32-bit
 * thread in their 64-bit places. */
static const size_t arg_offsets_64[6] = {
        offsetof(struct user, regs.rdi), offsetof(struct user, regs.rsi),
        offsetof(struct user, regs.rdx), offsetof(struct user, regs.r10),
        offsetof(struct user, regs.r8),  offsetof(struct user, regs.r9),
};
static const size_t arg_offsets_32[6] = {
        offsetof(struct user, regs.rbx), offsetof(struct user, regs.rcx),
        offsetof(struct user, regs.rdx), offsetof(struct user, regs.rsi),
        offsetof(struct user, regs.rdi), offsetof(struct user, regs.rbp),
};

static int poke_register(const struct tracee *t, size_t offset, uint64_t value)
{
        return ptrace(PTRACE_POKEUSER, t->tid, offset, value) ? -errno : 0;
}

static int write_number_and_result(const struct tracee *t, int64_t result)
{
        int r = poke_register(t, offsetof(struct user, regs.orig_rax), (uint64_t)-1);

        return r ? r : poke_register(t, offsetof(struct user, regs.rax), (uint64_t)result);
}

static int write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        return poke_register(t, t->arch == AUDIT_ARCH_I386 ? arg_offsets_32[i] : arg_offsets_64[i],
                             value);
}

#elif defined(__aarch64__)

static const uint32_t abis[] = {AUDIT_ARCH_AARCH64};

static int regset(enum __ptrace_request request, const struct tracee *t, int type, void *data,
                  size_t len)
{
        struct iovec iov = {data, len};

        return ptrace(request, t->tid, type, &iov) ? -errno : 0;
}

static int write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        struct user_regs_struct regs;
        int r = regset(PTRACE_GETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));

        if (r)
                return r;
        regs.regs[i] = value;
        return regset(PTRACE_SETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));
}

/* Writing x8 does not change the number on this architecture: it has a register set of its own. */
static int write_number_and_result(const struct tracee *t, int64_t result)
{
        int none = -1;
        int r = regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &none, sizeof(none));

        return r ? r : write_arg(t, 0, (uint64_t)result);
}

#else
#error "stopgate knows x86-64 and aarch64; another architecture is a register table here"
#endif

const uint32_t *tracee_abis(size_t *n)
{
        *n = ARRAY_SIZE(abis);
        return abis;
}

const char *tracee_abi_name(uint32_t arch)
{
        switch (arch) {
        case AUDIT_ARCH_X86_64:
                return "x86-64";
        case AUDIT_ARCH_I386:
                return "i386";
        case AUDIT_ARCH_AARCH64:
                return "aarch64";
        }
        return "unknown";
}

size_t tracee_word_size(const struct tracee *t)
{
        return t->arch & __AUDIT_ARCH_64BIT ? 8 : 4;
}

/* ---- attaching and resuming ---- */

int tracee_seize(pid_t pid)
{
        const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                             PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                             PTRACE_O_TRACEEXEC;

        return ptrace(PTRACE_SEIZE, pid, 0, options) ? -errno : 0;
}

int tracee_resume(pid_t tid, enum resume how, int signal)
{
        static const enum __ptrace_request requests[] = {
                [RESUME_CONT] = PTRACE_CONT,
                [RESUME_RESULT] = PTRACE_SYSCALL,
                [RESUME_LISTEN] = PTRACE_LISTEN,
        };

        return ptrace(requests[how], tid, 0, signal) ? -errno : 0;
}

pid_t tracee_signal_sender(pid_t tid)
{
        siginfo_t info;

        if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
                return 0;
        if (info.si_code != SI_USER && info.si_code != SI_QUEUE && info.si_code != SI_TKILL)
                return 0;
        return info.si_pid;
}

int tracee_event_message(pid_t tid, unsigned long *message)
{
        return ptrace(PTRACE_GETEVENTMSG, tid, 0, message) ? -errno : 0;
}

/* ---- the stopped call ---- */

static int syscall_info(const struct tracee *t, struct __ptrace_syscall_info *info)
{
        return ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(*info), info) < 0 ? -errno : 0;
}

int tracee_fetch(struct tracee *t)
{
        struct __ptrace_syscall_info info;
        int r = syscall_info(t, &info);

        if (r)
                return r;
        if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
                return -EPROTO;
        t->arch = info.arch;
        t->nr = (int)info.seccomp.nr;
        for (unsigned i = 0; i < 6; i++)
                t->args[i] = tracee_word_size(t) == sizeof(uint32_t)
                                     ? (uint32_t)info.seccomp.args[i]
                                     : info.seccomp.args[i];
        return 0;
}

int tracee_fetch_result(const struct tracee *t, int64_t *result)
{
        struct __ptrace_syscall_info info;
        int r = syscall_info(t, &info);

        if (r)
                return r;
        if (info.op != PTRACE_SYSCALL_INFO_EXIT)
                return -EPROTO;
        *result = info.exit.rval;
        return 0;
}

/* A negative number makes the kernel skip the call and leave the result register as it is:
 * __seccomp_filter() in kernel/seccomp.c, since 4.8. */
int tracee_refuse(const struct tracee *t, int64_t result)
{
        return write_number_and_result(t, result);
}

int tracee_set_arg(struct tracee *t, unsigned i, uint64_t value)
{
        int r = write_arg(t, i, value);

        if (!r)
                t->args[i] = value;
        return r;
}

/* ---- memory ---- */

/* process_vm_readv(2) does not split an element of the remote vector: one that touches an unmapped
 * page fails whole. So no element crosses a page; larger pages than this are multiples of it. */
enum { PAGE = 4096, PAGES_A_CALL = 8 };

static size_t page_rest(uint64_t addr)
{
        return PAGE - (size_t)(addr % PAGE);
}

ssize_t tracee_read(const struct tracee *t, uint64_t addr, void *buf, size_t len)
{
        size_t done = 0;

        while (done < len) {
                struct iovec remote[PAGES_A_CALL], local = {(char *)buf + done, 0};
                unsigned n = 0;
                ssize_t got;

                for (; n < PAGES_A_CALL && done + local.iov_len < len; n++) {
                        uint64_t from = addr + done + local.iov_len;
                        size_t rest = page_rest(from), want = len - done - local.iov_len;

                        remote[n].iov_base = (void *)(uintptr_t)from;
                        remote[n].iov_len = want < rest ? want : rest;
                        local.iov_len += remote[n].iov_len;
                }
                got = process_vm_readv(t->tid, &local, 1, remote, n, 0);
                if (got < 0 && errno == ESRCH)
                        return -ESRCH;
                if (got <= 0)
                        break;
                done += (size_t)got;
                if ((size_t)got < local.iov_len)
                        break;
        }
        return done || !len ? (ssize_t)done : -EFAULT;
}

/* The first read takes the rest of a page, and the next page too where that rest is short: nearly
 * every path comes with one call. */
enum { SHORT_REST = 256 };

ssize_t tracee_read_str(const struct tracee *t, uint64_t addr, char *buf, size_t size)
{
        size_t done = 0;

        while (done < size) {
                size_t want = page_rest(addr + done);
                ssize_t got;
                char *nul;

                if (want < SHORT_REST)
                        want += PAGE;
                if (want > size - done)
                        want = size - done;
                got = tracee_read(t, addr + done, buf + done, want);
                if (got < 0) {
                        buf[0] = '\0';
                        return got;
                }
                nul = memchr(buf + done, '\0', (size_t)got);
                if (nul)
                        return nul - buf;
                done += (size_t)got;
        }
        buf[0] = '\0';
        return -ENAMETOOLONG;
}

int tracee_read_words(const struct tracee *t, uint64_t addr, uint64_t *words, size_t n)
{
        enum { WORDS_MAX = 16 };
        uint32_t narrow[WORDS_MAX] = {0};
        size_t size = tracee_word_size(t);
        ssize_t got;

        if (n > WORDS_MAX)
                return -EINVAL;
        got = tracee_read(t, addr, size == 8 ? (void *)words : narrow, n * size);
        if (got != (ssize_t)(n * size))
                return got < 0 ? (int)got : -EFAULT;
        for (size_t i = 0; size == 4 && i < n; i++)
                words[i] = narrow[i];
        return 0;
}

/* ---- links below /proc ---- */

enum { PROC_NAME = 64 };

static int open_link(const struct tracee *t, const char *name)
{
        char path[PROC_NAME];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/%s", t->tid, name);
        fd = open(path, O_PATH | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int tracee_open_root(const struct tracee *t)
{
        return open_link(t, "root");
}

int tracee_open_cwd(const struct tracee *t)
{
        return open_link(t, "cwd");
}

int tracee_open_fd(const struct tracee *t, int fd)
{
        char name[PROC_NAME / 2];
        int r;

        if (fd < 0)
                return -EBADF;
        snprintf(name, sizeof(name), "fd/%d", fd);
        r = open_link(t, name);
        return r == -ENOENT ? -EBADF : r;
}

static ssize_t read_proc(pid_t tid, const char *name, char *buf, size_t size)
{
        char path[PROC_NAME];
        ssize_t len;

        buf[0] = '\0';
        snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        len = read(fd, buf, size - 1);
        if (len < 0)
                return -errno;
        buf[len] = '\0';
        return len;
}

static int flags_of_fdinfo(const char *text)
{
        unsigned flags;

        return sscanf(text, "pos: %*d flags: %o", &flags) == 1 ? (int)flags : -EPROTO;
}

static ssize_t read_fdinfo(const struct tracee *t, int fd, char *buf, size_t size)
{
        char name[PROC_NAME / 2];
        ssize_t len;

        if (fd < 0)
                return -EBADF;
        snprintf(name, sizeof(name), "fdinfo/%d", fd);
        len = read_proc(t->tid, name, buf, size);
        return len == -ENOENT ? -EBADF : len;
}

int tracee_fd_flags(const struct tracee *t, int fd)
{
        char text[128];
        ssize_t len = read_fdinfo(t, fd, text, sizeof(text));

        return len < 0 ? (int)len : flags_of_fdinfo(text);
}

/* A mount's id is unique on the machine, so equal ids and inodes mean the same directory of the
 * same mount, whatever namespace it is seen from: statx(2), STATX_MNT_ID since 5.8. */
static bool same_place(const struct statx *a, const struct statx *b)
{
        return a->stx_mnt_id == b->stx_mnt_id && a->stx_ino == b->stx_ino &&
               a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

bool tracee_has_other_root(const struct tracee *t)
{
        static struct statx own;
        static bool own_known;
        struct statx its;
        char path[PROC_NAME];

        if (!own_known)
                own_known = !statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &own);
        snprintf(path, sizeof(path), "/proc/%d/root", t->tid);
        if (!own_known || statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &its))
                return true;
        return !same_place(&own, &its);
}

ssize_t tracee_comm(const struct tracee *t, char *buf, size_t size)
{
        ssize_t len = read_proc(t->tid, "comm", buf, size);

        if (len > 0 && buf[len - 1] == '\n')
                buf[--len] = '\0';
        return len;
}

char tracee_state(pid_t tid)
{
        char text[512], *state;

        if (read_proc(tid, "stat", text, sizeof(text)) < 0)
                return 'X';
        /* The name in parentheses may hold any byte, so the state follows the last one: proc(5). */
        state = strrchr(text, ')');
        return state && state[1] ? state[2] : 'X';
}

ssize_t tracee_cmdline(pid_t tid, char *buf, size_t size)
{
        return read_proc(tid, "cmdline", buf, size);
}

ssize_t tracee_exe(pid_t tid, char *buf, size_t size)
{
        char path[PROC_NAME];
        ssize_t len;

        snprintf(path, sizeof(path), "/proc/%d/exe", tid);
        len = readlink(path, buf, size - 1);
        if (len < 0)
                return -errno;
        buf[len] = '\0';
        return len;
}

pid_t tracee_tgid_of(pid_t tid)
{
        char status[512], *line;
        ssize_t len = read_proc(tid, "status", status, sizeof(status));
        int tgid;

        if (len < 0)
                return -ESRCH;
        line = strstr(status, "\nTgid:");
        return line && sscanf(line, "\nTgid: %d", &tgid) == 1 ? tgid : -ESRCH;
}

/* ---- processes that need not be ours ---- */

/* The number behind a key at the start of a line, the last one if there are several. */
static int number_behind(const char *text, const char *key, bool last, unsigned *n)
{
        const char *at = strstr(text, key), *end;
        int number = -1;

        *n = 0;
        if (!at)
                return -1;
        for (at += strlen(key); (at = at + strspn(at, " \t")), *at && *at != '\n'; at = end) {
                end = at + strcspn(at, " \t\n");
                if (last || !*n)
                        number = atoi(at);
                ++*n;
        }
        return number;
}

static bool is_dead(pid_t tid)
{
        char text[512], *state, letter;
        int threads;

        if (read_proc(tid, "stat", text, sizeof(text)) < 0)
                return true;
        state = strrchr(text, ')');
        /* proc(5): state, then 16 fields, then num_threads. A leader that has ended before its
         * threads is a zombie too. */
        if (!state || sscanf(state + 1,
                             " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                             " %d",
                             &letter, &threads) != 2)
                return false;
        return (letter == 'Z' || letter == 'X') && threads <= 1;
}

int tracee_look(pid_t tid, struct tracee_look *look)
{
        enum { STATUS_MAX = 8192 }; /* the list of groups may be long */
        char text[STATUS_MAX], *uids;
        unsigned depth, n;
        ssize_t len;

        *look = (struct tracee_look){.tracer = 0};
        len = read_proc(tid, "status", text, sizeof(text));
        if (len < 0)
                return -ESRCH;
        uids = strstr(text, "\nUid:");
        if (!uids || sscanf(uids, "\nUid: %u %u %u", &look->uid, &look->euid, &look->suid) != 3)
                return -EPROTO;
        look->tracer = number_behind(text, "\nTracerPid:", false, &n);
        look->tgid = number_behind(text, "\nTgid:", false, &n);
        look->own_tgid = number_behind(text, "\nNStgid:", true, &n);
        look->own_tid = number_behind(text, "\nNSpid:", true, &depth);
        /* Cut short, or of a kernel that has no namespaces. */
        if (!depth && len == sizeof(text) - 1)
                return -EPROTO;
        if (!depth) {
                look->own_tgid = look->tgid;
                look->own_tid = tid;
        }
        look->nested = depth > 1;
        look->dead = !look->tracer && is_dead(tid);
        return 0;
}

/* A directory of /proc serves as a pidfd too: pidfd_send_signal(2). */
static int process_of_directory(const struct tracee *t, int fd, pid_t *tid)
{
        char path[PROC_NAME], name[PROC_NAME], rest;
        struct statfs fs;
        ssize_t len;

        snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
        len = readlink(path, name, sizeof(name) - 1);
        if (len < 0 || statfs(path, &fs))
                return len < 0 && errno == ENOENT ? -EBADF : -EPROTO;
        name[len] = '\0';
        if (fs.f_type != PROC_SUPER_MAGIC)
                return -EBADF;
        return sscanf(name, "/proc/%d%c", tid, &rest) == 1 ? 0 : -EPROTO;
}

int tracee_fd_process(const struct tracee *t, int fd, pid_t *tid, bool *thread)
{
        char text[1024];
        ssize_t len = read_fdinfo(t, fd, text, sizeof(text));
        unsigned n;

        *thread = false;
        *tid = 0;
        if (len < 0)
                return (int)len;
        *tid = number_behind(text, "\nPid:", false, &n);
        if (!n)
                return process_of_directory(t, fd, tid);
        /* PIDFD_THREAD, since Linux 6.9, is O_EXCL. */
        *thread = flags_of_fdinfo(text) & O_EXCL;
        /* -1: has ended; 0: not in the namespace of this /proc. */
        if (*tid == 0)
                return -EPROTO;
        *tid = *tid < 0 ? 0 : *tid;
        return 0;
}

/* A pidfd of a thread is to be had since Linux 6.9. Before, that of its process will do if both
 * have the same descriptors. */
static int open_pidfd(const struct tracee *t)
{
        int fd = (int)syscall(SYS_pidfd_open, t->tid, t->tid == t->tgid ? 0 : O_EXCL);

        if (fd < 0 && t->tid != t->tgid &&
            syscall(SYS_kcmp, t->tid, t->tgid, KCMP_FILES, 0, 0) == 0)
                fd = (int)syscall(SYS_pidfd_open, t->tgid, 0);
        return fd < 0 ? -EPROTO : fd;
}

int tracee_fd_owner(const struct tracee *t, int fd, pid_t *number, bool *group)
{
        cleanup_fd int pidfd = open_pidfd(t);
        struct f_owner_ex owner;

        *number = 0;
        *group = false;
        if (pidfd < 0)
                return pidfd;
        cleanup_fd int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
        if (copy < 0)
                return -errno;
        if (fcntl(copy, F_GETOWN_EX, &owner))
                return -errno;
        *number = owner.pid;
        *group = owner.type == F_OWNER_PGRP;
        if (*number || !isatty(copy))
                return 0;
        *group = true;
        *number = tcgetpgrp(copy);
        return *number < 0 ? -errno : 0;
}
