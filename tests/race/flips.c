/* flips.c: what the sibling does, to and fro. */
#include "race.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void flip_byte(bool to_bad)
{
        *flipped = to_bad ? 'b' : 'g';
}

void flip_flags(bool to_bad)
{
        target->how.flags = to_bad ? O_WRONLY | O_TRUNC : O_RDONLY;
}

void flip_resolve(bool to_bad)
{
        target->how.resolve = to_bad ? 0 : RESOLVE_IN_ROOT;
}

void flip_port(bool to_bad)
{
        ((volatile struct sockaddr_in *)&target->address)->sin_port = htons(ports[to_bad]);
}

void flip_descriptor(bool to_bad)
{
        dup2(held[to_bad], slot);
}

void flip_directory(bool to_bad)
{
        if (fchdir(held[to_bad]))
                return;
}

/* Whether way and way.link are what their names say now, nobody has to know. */
void flip_exchange(bool to_bad)
{
        (void)to_bad;
        syscall(SYS_renameat2, AT_FDCWD, in(good, "way"), AT_FDCWD, in(good, "way.link"),
                RENAME_EXCHANGE);
}

void flip_rename(bool to_bad)
{
        rename(in(good, "way"), in(good, to_bad ? "way.real" : "way.link"));
        rename(in(good, to_bad ? "way.link" : "way.real"), in(good, "way"));
}

/* The link is another at once. */
void flip_link(bool to_bad)
{
        if (!symlink(to_bad ? bad : "dirs", in(good, "way.new")))
                rename(in(good, "way.new"), in(good, "way"));
}

void map_page(bool to_bad, int flags)
{
        mmap((void *)target, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, held[to_bad], 0);
}

void flip_mmap(bool to_bad)
{
        map_page(to_bad, MAP_SHARED);
}

void flip_munmap(bool to_bad)
{
        munmap((void *)target, PAGE);
        map_page(to_bad, MAP_SHARED);
}

/* A length of 0 makes a second mapping of the same pages. */
void flip_mremap(bool to_bad)
{
        mremap(pages[to_bad], 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
}

/* The page is a private copy of the forbidden one, with one byte written; then the copy is gone. */
void flip_dontneed(bool to_bad)
{
        if (to_bad)
                madvise((void *)target, PAGE, MADV_DONTNEED);
        else
                flip_byte(false);
}

void flip_mem(bool to_bad)
{
        if (pwrite(slot, to_bad ? "b" : "g", 1, (off_t)(uintptr_t)flipped) < 0)
                return;
}

void flip_name(bool to_bad)
{
        target->message.msg_name = (void *)(to_bad ? &target->other : &target->address);
}

/* The fifth argument of sendto(2). */
void flip_word(bool to_bad)
{
        target->words[4] = (uint32_t)(uintptr_t)(to_bad ? &target->other : &target->address);
}

/* Not over it, but away, and another in its place. */
void flip_closed_descriptor(bool to_bad)
{
        close(slot);
        fcntl(held[to_bad], F_DUPFD, slot);
}

/* The way out of a root is a descriptor. */
void flip_root(bool to_bad)
{
        if (fchdir(held[to_bad]) || chroot("."))
                return;
}

void flip_relink(bool to_bad)
{
        if (!link(in(good, to_bad ? "way.bad" : "way.good"), in(good, "way.new")))
                rename(in(good, "way.new"), in(good, "way"));
        unlink(in(good, "way.new")); /* of two names of one file, rename(2) leaves both */
}

/* For a moment there is none. */
void flip_remade(bool to_bad)
{
        unlink(in(good, "way"));
        if (symlink(in(to_bad ? bad : good, "new"), in(good, "way")))
                return;
}

/* A directory, and then a link. */
void flip_remade_directory(bool to_bad)
{
        unlink(in(good, "way"));
        rmdir(in(good, "way"));
        if (to_bad ? symlink(bad, in(good, "way")) : mkdir(in(good, "way"), 0700))
                return;
}

/* From deep/er/ to g, so that two dots lead elsewhere. */
void flip_moved(bool to_bad)
{
        const char *deep = in(good, "deep/er/moves"), *high = in(good, "moves");

        rename(to_bad ? deep : high, to_bad ? high : deep);
}

/* Without a call, which could be held up. */
static void wait_a_little(void)
{
        for (volatile int n = 20000; n > 0; n--)
                ;
}

/* One byte of its first line. A script that is open for writing is not executed. */
void flip_script(bool to_bad)
{
        int fd = open(in(good, "way"), O_WRONLY);

        if (fd < 0)
                return;
        if (pwrite(fd, to_bad ? "b" : "g", 1, (off_t)(2 + strlen(base) + 1)) < 0)
                ftruncate(fd, 0);
        close(fd);
        wait_a_little();
}

void flip_script_exchange(bool to_bad)
{
        flip_exchange(to_bad);
}

/* One call that writes the byte a thousand times, and cannot be stopped in between. */
void flip_many_at_once(bool to_bad)
{
        static struct iovec vector[1024];

        (void)to_bad;
        for (size_t i = 0; i < COUNT(vector); i++)
                vector[i] = (struct iovec){(void *)flipped, 1};
        if (preadv(held[0], vector, COUNT(vector), 0) < 0)
                flip_byte(to_bad);
}

/* What is mapped is a file, and it is written to. */
void flip_file(bool to_bad)
{
        if (pwrite(held[0], to_bad ? "b" : "g", 1, flipped - target->path) < 0)
                return;
}

/* A shorter file takes private copies of its pages away. */
void flip_truncated_file(bool to_bad)
{
        if (!to_bad) {
                flip_file(false);
                return;
        }
        if (ftruncate(held[0], 0) || pwrite(held[0], pages[1], PAGE, 0) < 0)
                return;
        wait_a_little();
}

/* Whatever names g in the stack, names b. */
void flip_stack(bool to_bad)
{
        char *start = pages[0], *end = pages[1], *mark;

        flip_byte(to_bad);
        for (char *at = start; (at = memmem(at, (size_t)(end - at), good, strlen(good))); at++) {
                mark = at + strlen(base) + 1;
                *mark = 'b';
        }
}
