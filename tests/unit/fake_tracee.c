/* fake_tracee.c: see the header. */
#include "fake_tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tracee.h"

enum { REGIONS = 16 };

static struct {
        uint64_t addr;
        const char *bytes;
        size_t len;
} regions[REGIONS];
static unsigned nregions, reads;
static int pidfd = -1;
static pid_t pidfd_tid;
static bool pidfd_thread;
static pid_t owner;
static bool owner_is_group;

void fake_reset(void)
{
        nregions = reads = 0;
        pidfd = -1;
        owner = 0;
}

void fake_owner(pid_t number, bool group)
{
        owner = number;
        owner_is_group = group;
}

void fake_pidfd(int fd, pid_t tid, bool thread)
{
        pidfd = fd;
        pidfd_tid = tid;
        pidfd_thread = thread;
}

void fake_map(uint64_t addr, const void *bytes, size_t len)
{
        regions[nregions].addr = addr;
        regions[nregions].bytes = bytes;
        regions[nregions++].len = len;
}

unsigned fake_reads(void)
{
        return reads;
}

const uint32_t *tracee_abis(size_t *n)
{
        static const uint32_t abis[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};

        *n = 2;
        return abis;
}

size_t tracee_word_size(const struct tracee *t)
{
        return t->arch & __AUDIT_ARCH_64BIT ? 8 : 4;
}

static ssize_t copy(uint64_t addr, char *buf, size_t len)
{
        size_t done = 0;

        for (unsigned i = 0; i < nregions && done < len;) {
                uint64_t at = addr + done, end = regions[i].addr + regions[i].len;
                size_t n = len - done;

                if (at < regions[i].addr || at >= end) {
                        i++;
                        continue;
                }
                if (n > end - at)
                        n = (size_t)(end - at);
                memcpy(buf + done, regions[i].bytes + (at - regions[i].addr), n);
                done += n;
                i = 0;
        }
        return done || !len ? (ssize_t)done : -EFAULT;
}

ssize_t tracee_read(const struct tracee *t, uint64_t addr, void *buf, size_t len)
{
        (void)t;
        reads++;
        return copy(addr, buf, len);
}

ssize_t tracee_read_str(const struct tracee *t, uint64_t addr, char *buf, size_t size)
{
        ssize_t got;
        char *nul;

        (void)t;
        reads++;
        got = copy(addr, buf, size);
        nul = got > 0 ? memchr(buf, '\0', (size_t)got) : NULL;
        if (nul)
                return nul - buf;
        buf[0] = '\0';
        return got == (ssize_t)size ? -ENAMETOOLONG : -EFAULT;
}

int tracee_read_words(const struct tracee *t, uint64_t addr, uint64_t *words, size_t n)
{
        size_t size = tracee_word_size(t);

        reads++;
        for (size_t i = 0; i < n; i++) {
                words[i] = 0;
                if (copy(addr + i * size, (char *)&words[i], size) != (ssize_t)size)
                        return -EFAULT;
        }
        return 0;
}

int tracee_open_root(const struct tracee *t)
{
        (void)t;
        return open("/", O_PATH | O_CLOEXEC);
}

int tracee_open_cwd(const struct tracee *t)
{
        (void)t;
        return open(".", O_PATH | O_CLOEXEC);
}

static void link_of(int fd, char *link, size_t size)
{
        snprintf(link, size, "/proc/self/fd/%d", fd);
}

int tracee_open_fd(const struct tracee *t, int fd)
{
        char link[64];
        int copy_fd;

        (void)t;
        link_of(fd, link, sizeof(link));
        copy_fd = open(link, O_PATH | O_CLOEXEC);
        return copy_fd < 0 ? -EBADF : copy_fd;
}

int tracee_fd_flags(const struct tracee *t, int fd)
{
        int flags = fcntl(fd, F_GETFL);

        (void)t;
        return flags < 0 ? -EBADF : flags;
}

bool tracee_has_other_root(const struct tracee *t)
{
        (void)t;
        return false;
}

int tracee_open_comm(pid_t tid)
{
        (void)tid;
        return -ENOENT;
}

ssize_t tracee_read_comm(int fd, char *buf, size_t size)
{
        (void)fd;
        return snprintf(buf, size, "fake");
}

int tracee_fd_process(const struct tracee *t, int fd, pid_t *tid, bool *thread)
{
        (void)t;
        *tid = pidfd_tid;
        *thread = pidfd_thread;
        return fd == pidfd ? 0 : -EBADF;
}

bool tracee_holds_master(const struct tracee *t, int index)
{
        (void)t;
        (void)index;
        return false;
}

int tracee_copy_fd(const struct tracee *t, int fd)
{
        (void)t;
        (void)fd;
        return -EBADF;
}

int tracee_fd_owner(const struct tracee *t, int fd, pid_t *number, bool *group)
{
        (void)t;
        (void)fd;
        *number = owner;
        *group = owner_is_group;
        return 0;
}
