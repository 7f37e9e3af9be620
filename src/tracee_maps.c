/* tracee_maps.c: what kind of memory a thread has at an address. */
#include "tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "util.h"

enum { PAGE = 4096 }; /* larger ones are multiples of it */

/* <linux/fs.h> since Linux 6.11, which Debian 12 does not have. */
struct procmap_query {
        uint64_t size, query_flags, query_addr;
        uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
        uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
        uint64_t vma_name_addr, build_id_addr;
};

#define PROCMAP_QUERY _IOWR('f', 17, struct procmap_query)

/* Its flags. */
enum { VMA_READABLE = 0x01, VMA_WRITABLE = 0x02, VMA_SHARED = 0x08, COVERING_OR_NEXT = 0x10 };

static int query(int maps, uint64_t addr, struct tracee_mapping *mapping)
{
        struct procmap_query q = {
                .size = sizeof(q), .query_flags = COVERING_OR_NEXT, .query_addr = addr};

        if (ioctl(maps, PROCMAP_QUERY, &q))
                return -errno;
        *mapping = (struct tracee_mapping){
                .start = q.vma_start,
                .end = q.vma_end,
                .offset = q.vma_offset,
                .inode = q.inode,
                .major = q.dev_major,
                .minor = q.dev_minor,
                .readable = q.vma_flags & VMA_READABLE,
                .writable = q.vma_flags & VMA_WRITABLE,
                .shared = q.vma_flags & VMA_SHARED,
        };
        return 0;
}

static int parse(const char *line, struct tracee_mapping *mapping)
{
        char mode[5];

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64, &mapping->start,
                   &mapping->end, mode, &mapping->offset, &mapping->major, &mapping->minor,
                   &mapping->inode) != 7)
                return -EPROTO;
        mapping->readable = mode[0] == 'r';
        mapping->writable = mode[1] == 'w';
        mapping->shared = mode[3] != 'p';
        return 0;
}

/* Older kernels print all there is, in the order of addresses. */
static int search(int maps, uint64_t addr, struct tracee_mapping *mapping)
{
        enum { LINE = 8192 };
        char line[LINE];
        cleanup_fd int copy = dup(maps);
        cleanup_file FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
        int r = 0;

        if (file)
                steal_fd(&copy);
        if (!file || fseek(file, 0, SEEK_SET))
                return -errno;
        while (!r && fgets(line, sizeof(line), file)) {
                r = parse(line, mapping);
                if (!r && mapping->end > addr)
                        return 0;
        }
        return r ? r : -ENOENT;
}

static int find_mapping(int maps, uint64_t addr, struct tracee_mapping *mapping)
{
        int r = query(maps, addr, mapping);

        return r == -ENOTTY ? search(maps, addr, mapping) : r;
}

int tracee_open_maps(pid_t tid)
{
        char path[64];
        int maps;

        snprintf(path, sizeof(path), "/proc/%d/maps", tid);
        maps = open(path, O_RDONLY | O_CLOEXEC);
        return maps < 0 ? -errno : maps;
}

int tracee_mapping(pid_t tid, uint64_t address, struct tracee_mapping *mapping)
{
        cleanup_fd int maps = tracee_open_maps(tid);

        return maps < 0 ? maps : find_mapping(maps, address, mapping);
}

static bool is_anonymous(const struct tracee_mapping *mapping)
{
        return !mapping->shared && !mapping->inode && !mapping->major && !mapping->minor;
}

/* known: the mapping that was found last. */
static bool is_private(int maps, uint64_t addr, size_t len, struct tracee_mapping *known)
{
        uint64_t end = addr + len;

        while (addr < end) {
                bool is_known = addr >= known->start && addr < known->end;

                if (!is_known && find_mapping(maps, addr, known))
                        return false;
                if (known->start > addr || !is_anonymous(known))
                        return false;
                addr = known->end;
        }
        return true;
}

static unsigned add_pages(struct iovec *pages, unsigned n, unsigned max, uint64_t addr, size_t len)
{
        for (uint64_t at = addr; at < addr + len; at = (at | (PAGE - 1)) + 1) {
                if (n < max)
                        pages[n] = (struct iovec){(void *)(uintptr_t)at, 1};
                n++;
        }
        return n;
}

/* A byte of each page is written as it is. So it is the thread's own page, which a fork may have
 * left shared with what still arrives there (open(2), NOTES on O_DIRECT), and it holds its bytes,
 * which madvise(2) MADV_FREE may have left to be dropped at any time. */
static bool touch(const struct tracee *t, const struct tracee_reads *reads)
{
        struct iovec pages[2 * ARRAY_SIZE(reads->at)], here;
        char bytes[ARRAY_SIZE(pages)];
        unsigned n = 0;

        for (unsigned i = 0; i < reads->n; i++)
                n = add_pages(pages, n, ARRAY_SIZE(pages), reads->at[i].addr, reads->at[i].len);
        here = (struct iovec){bytes, n};
        return n <= ARRAY_SIZE(pages) &&
               process_vm_readv(t->tid, &here, 1, pages, n, 0) == (ssize_t)n &&
               process_vm_writev(t->tid, &here, 1, pages, n, 0) == (ssize_t)n;
}

bool tracee_is_private(const struct tracee *t, int maps, const struct tracee_reads *reads)
{
        struct tracee_mapping known = {0};

        if (!reads->n || reads->more)
                return !reads->more;
        if (maps < 0)
                return false;
        for (unsigned i = 0; i < reads->n; i++)
                if (!is_private(maps, reads->at[i].addr, reads->at[i].len, &known) ||
                    tracee_overlaps_rseq(t, reads->at[i].addr, reads->at[i].len))
                        return false;
        return touch(t, reads);
}
