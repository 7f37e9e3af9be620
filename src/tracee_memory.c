/* tracee_memory.c: the memory of a stopped thread. */
#include "tracee.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "util.h"

/* process_vm_readv(2) does not split an element of the remote vector: one that touches an unmapped
 * page fails whole. So no element crosses a page; larger pages than this are multiples of it. */
enum { PAGE = 4096, PAGES_A_CALL = 8 };

static size_t page_rest(uint64_t addr)
{
        return PAGE - (size_t)(addr % PAGE);
}

static void keep_read(const struct tracee *t, uint64_t addr, size_t len)
{
        struct tracee_reads *reads = t->reads;

        if (!reads || !len)
                return;
        if (reads->n == ARRAY_SIZE(reads->at)) {
                reads->more = true;
                return;
        }
        reads->at[reads->n].addr = addr;
        reads->at[reads->n++].len = len;
}

static ssize_t read_memory(const struct tracee *t, uint64_t addr, void *buf, size_t len)
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

ssize_t tracee_read(const struct tracee *t, uint64_t addr, void *buf, size_t len)
{
        keep_read(t, addr, len);
        return read_memory(t, addr, buf, len);
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
                got = read_memory(t, addr + done, buf + done, want);
                if (got < 0) {
                        buf[0] = '\0';
                        return got;
                }
                nul = memchr(buf + done, '\0', (size_t)got);
                if (nul) {
                        keep_read(t, addr, (size_t)(nul - buf) + 1);
                        return nul - buf;
                }
                done += (size_t)got;
        }
        buf[0] = '\0';
        return -ENAMETOOLONG;
}

int tracee_write(const struct tracee *t, uint64_t addr, const void *bytes, size_t len)
{
        const struct iovec local = {(void *)(uintptr_t)bytes, len};
        const struct iovec remote = {(void *)(uintptr_t)addr, len};
        ssize_t done = process_vm_writev(t->tid, &local, 1, &remote, 1, 0);

        if (done < 0 && errno == ESRCH)
                return -ESRCH;
        return done == (ssize_t)len ? 0 : -EFAULT;
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
