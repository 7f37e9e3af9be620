/* fail_alloc.c: preloaded, makes one allocation of stopgate fail: the one whose number is in
 * FAIL_AT. Counts those that stopgate and the libraries it is linked with ask for, not what the
 * command does. With FAIL_COUNT=FILE it only counts. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char *program_invocation_short_name;

static atomic_ulong made;
static unsigned long fail_at;
static pid_t owner;
static bool on, in_parent, in_child;

/* Of the C library, for dlsym() itself allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

__attribute__((constructor)) static void begin(void)
{
        const char *at = getenv("FAIL_AT"), *in = getenv("FAIL_IN");

        on = !strcmp(program_invocation_short_name, "stopgate");
        fail_at = at ? strtoul(at, NULL, 10) : 0;
        owner = getpid();
        in_parent = !in || strcmp(in, "child");
        in_child = !in || strcmp(in, "parent");
}

__attribute__((destructor)) static void end(void)
{
        const char *path = getenv("FAIL_COUNT");
        int fd = on && path && getpid() == owner ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)
                                                 : -1;

        if (fd >= 0)
                dprintf(fd, "%lu\n", made);
}

static bool fails(void)
{
        if (!on || ++made != fail_at || !(getpid() == owner ? in_parent : in_child))
                return false;
        errno = ENOMEM;
        return true;
}

void *malloc(size_t size)
{
        return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
        return fails() ? NULL : __libc_realloc(old, size);
}
