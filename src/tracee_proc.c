/* tracee_proc.c: what /proc says of a thread, and of processes that need not be ours. */
#include "tracee.h"

#include <elf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "util.h"

/* ---- links below /proc ---- */

enum {
        PROC_NAME = 64,
        STATUS_MAX = 8192 /* of /proc/TID/status: the list of groups may be long */
};

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

int tracee_open_exe(const struct tracee *t)
{
        return open_link(t, "exe");
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

int tracee_reopen_fd(const struct tracee *t, int fd, int flags)
{
        char path[PROC_NAME];
        int copy;

        snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
        copy = open(path, flags | O_CLOEXEC);
        return copy < 0 ? -errno : copy;
}

static int open_file(pid_t tid, const char *name)
{
        char path[PROC_NAME];
        int fd;

        snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static ssize_t read_proc(pid_t tid, const char *name, char *buf, size_t size)
{
        cleanup_fd int fd = open_file(tid, name);
        ssize_t len;

        buf[0] = '\0';
        if (fd < 0)
                return fd;
        len = read(fd, buf, size - 1);
        if (len < 0)
                return -errno;
        buf[len] = '\0';
        return len;
}

int tracee_open_io(pid_t tid)
{
        return open_file(tid, "io");
}

int tracee_written(int io, uint64_t *bytes)
{
        char text[512];
        ssize_t len = pread(io, text, sizeof(text) - 1, 0);
        unsigned long long written;
        const char *line;

        if (len < 0)
                return -errno;
        text[len] = '\0';
        line = strstr(text, "wchar: ");
        if (!line || sscanf(line, "wchar: %llu", &written) != 1)
                return -EPROTO;
        *bytes = written;
        return 0;
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

int tracee_open_comm(pid_t tid)
{
        return open_file(tid, "comm");
}

ssize_t tracee_read_comm(int fd, char *buf, size_t size)
{
        ssize_t len = pread(fd, buf, size - 1, 0);

        buf[len < 0 ? 0 : len] = '\0';
        if (len > 0 && buf[len - 1] == '\n')
                buf[--len] = '\0';
        return len < 0 ? -errno : len;
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

/* -EPROTO: /proc says something unheard of. */
static int state_and_threads(pid_t tid, char *letter, unsigned *threads)
{
        char text[512], *state;

        if (read_proc(tid, "stat", text, sizeof(text)) < 0)
                return -ESRCH;
        state = strrchr(text, ')');
        /* proc(5): state, then 16 fields, then num_threads. */
        if (!state || sscanf(state + 1,
                             " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                             " %u",
                             letter, threads) != 2)
                return -EPROTO;
        return 0;
}

unsigned tracee_threads(pid_t tid)
{
        unsigned threads;
        char letter;

        return state_and_threads(tid, &letter, &threads) ? 0 : threads;
}

bool tracee_is_fast_asleep(pid_t tid)
{
        /* <linux/sched.h>: killed, which get_signal() notes before the thread ends; and ending. */
        enum { PF_EXITING = 0x4, PF_SIGNALED = 0x400 };
        char text[512], *state, letter;
        unsigned flags;

        if (read_proc(tid, "stat", text, sizeof(text)) < 0)
                return false;
        /* proc(5): state, ppid, pgrp, session, tty_nr, tpgid, flags. */
        state = strrchr(text, ')');
        return state && sscanf(state + 1, " %c %*d %*d %*d %*d %*d %u", &letter, &flags) == 2 &&
               letter == 'D' && !(flags & (PF_EXITING | PF_SIGNALED));
}

int tracee_brk_start(pid_t tid, uint64_t *start)
{
        enum { STATE = 3, START_BRK = 47 }; /* proc(5), /proc/PID/stat */
        char text[1024], *at;
        ssize_t len = read_proc(tid, "stat", text, sizeof(text));

        if (len < 0)
                return (int)len;
        at = strrchr(text, ')');
        for (int i = STATE - 1; at && i < START_BRK; i++)
                at = strchr(at + 1, ' ');
        if (!at)
                return -EPROTO;
        *start = strtoull(at, NULL, 10);
        return 0;
}

int tracee_sleeps_in(pid_t tid, int *nr)
{
        char text[256];
        ssize_t len = read_proc(tid, "syscall", text, sizeof(text));

        if (len < 0)
                return (int)len;
        return sscanf(text, "%d", nr) == 1 ? 0 : -EAGAIN;
}

ssize_t tracee_cmdline(pid_t tid, char *buf, size_t size)
{
        return read_proc(tid, "cmdline", buf, size);
}

/* Of a 32-bit program the pairs are half as wide; no 64-bit one has such a type. */
static uint64_t find_auxiliary(const char *bytes, size_t len, uint32_t type)
{
        uint64_t wide[2];
        uint32_t narrow[2];

        for (size_t at = 0; at + sizeof(wide) <= len; at += sizeof(wide)) {
                memcpy(wide, bytes + at, sizeof(wide));
                if (wide[0] == type)
                        return wide[1];
        }
        for (size_t at = 0; at + sizeof(narrow) <= len; at += sizeof(narrow)) {
                memcpy(narrow, bytes + at, sizeof(narrow));
                if (narrow[0] == type)
                        return narrow[1];
        }
        return 0;
}

ssize_t tracee_executed(const struct tracee *t, char *buf, size_t size)
{
        enum { AUXV_MAX = 1024 };
        char bytes[AUXV_MAX];
        ssize_t len = read_proc(t->tid, "auxv", bytes, sizeof(bytes));
        uint64_t at = len < 0 ? 0 : find_auxiliary(bytes, (size_t)len, AT_EXECFN);

        return at ? tracee_read_str(t, at, buf, size) : -EFAULT;
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

/* tgkill(2) looks for it in the process of that number; a signal 0 is none. */
static bool is_leader(pid_t tid)
{
        return !syscall(SYS_tgkill, tid, tid, 0) || errno == EPERM;
}

pid_t tracee_tgid_of(pid_t tid)
{
        char status[512], *line;
        ssize_t len;
        int tgid;

        if (is_leader(tid))
                return tid;
        len = read_proc(tid, "status", status, sizeof(status));
        if (len < 0)
                return -ESRCH;
        line = strstr(status, "\nTgid:");
        return line && sscanf(line, "\nTgid: %d", &tgid) == 1 ? tgid : -ESRCH;
}

static bool share(pid_t a, pid_t b, int what)
{
        long order = syscall(SYS_kcmp, a, b, what, 0, 0);

        return a == b || order == 0 || (order < 0 && errno != ESRCH);
}

bool tracee_share_memory(pid_t a, pid_t b)
{
        return share(a, b, KCMP_VM);
}

bool tracee_share_descriptors(pid_t a, pid_t b)
{
        return share(a, b, KCMP_FILES);
}

/* ---- lists of /proc/TID/status ---- */

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

int tracee_filters(pid_t tid)
{
        char text[STATUS_MAX];
        unsigned n;
        ssize_t len = read_proc(tid, "status", text, sizeof(text));
        int filters = len < 0 ? -1 : number_behind(text, "\nSeccomp_filters:", false, &n);

        return filters < 0 ? -ENOTSUP : filters;
}

/* ---- processes that need not be ours ---- */

static bool is_dead(pid_t tid)
{
        char letter;
        unsigned threads;
        int r = state_and_threads(tid, &letter, &threads);

        /* A leader that has ended before its threads is a zombie too. */
        return r == -ESRCH || (!r && (letter == 'Z' || letter == 'X') && threads <= 1);
}

int tracee_look(pid_t tid, struct tracee_look *look)
{
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

/* Elsewhere than in /dev the numbers are those of other pseudo-terminals. */
static bool is_master(const struct tracee *t, int fd, int index)
{
        char path[PROC_NAME], name[PROC_NAME], text[1024];
        unsigned n;
        ssize_t len;

        snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->tid, fd);
        len = readlink(path, name, sizeof(name) - 1);
        name[len < 0 ? 0 : len] = '\0';
        if (strcmp(name, "/dev/ptmx") != 0 && strcmp(name, "/dev/pts/ptmx") != 0)
                return false;
        len = read_fdinfo(t, fd, text, sizeof(text));
        return len > 0 && number_behind(text, "\ntty-index:", false, &n) == index && n;
}

bool tracee_holds_master(const struct tracee *t, int index)
{
        char path[PROC_NAME];
        struct dirent *entry;
        bool found = false;
        DIR *dir;

        snprintf(path, sizeof(path), "/proc/%d/fd", t->tid);
        dir = opendir(path);
        while (dir && !found && (entry = readdir(dir)))
                found = *entry->d_name != '.' &&
                        is_master(t, (int)strtol(entry->d_name, NULL, 10), index);
        if (dir)
                closedir(dir);
        return found;
}

/* A pidfd of a thread is to be had since Linux 6.9. Before, that of its process will do if
 * both have the same descriptors. */
static int open_pidfd(const struct tracee *t)
{
        int fd = (int)syscall(SYS_pidfd_open, t->tid, t->tid == t->tgid ? 0 : O_EXCL);

        if (fd < 0 && t->tid != t->tgid &&
            syscall(SYS_kcmp, t->tid, t->tgid, KCMP_FILES, 0, 0) == 0)
                fd = (int)syscall(SYS_pidfd_open, t->tgid, 0);
        return fd < 0 ? -EPROTO : fd;
}

int tracee_copy_fd(const struct tracee *t, int fd)
{
        cleanup_fd int pidfd = open_pidfd(t);
        int copy;

        if (pidfd < 0)
                return pidfd;
        copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
        return copy < 0 ? -errno : copy;
}

int tracee_fd_owner(const struct tracee *t, int fd, pid_t *number, bool *group)
{
        cleanup_fd int copy = tracee_copy_fd(t, fd);
        struct f_owner_ex owner;

        *number = 0;
        *group = false;
        if (copy < 0)
                return copy;
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
