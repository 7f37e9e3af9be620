/* learn_elf.c: what the kernel runs beside a program, and no call names. */
#include "learn_elf.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "util.h"

enum { SEGMENTS_MAX = 1024 };

static bool read_at(int fd, void *buf, size_t size, uint64_t at)
{
        return at <= INT64_MAX && pread(fd, buf, size, (off_t)at) == (ssize_t)size;
}

static char *read_name(int fd, uint64_t at, uint64_t size)
{
        cleanup_free char *name = NULL;

        if (size < 2 || size > PATH_MAX)
                return NULL;
        name = xcalloc(size, 1);
        return read_at(fd, name, size, at) && name[0] == '/' && !name[size - 1]
                       ? steal_pointer(&name)
                       : NULL;
}

struct segments {
        uint64_t at;
        size_t size; /* of each */
        unsigned n;
};

static bool read_head(int fd, bool wide, struct segments *segments)
{
        Elf64_Ehdr head;
        Elf32_Ehdr narrow;

        if (wide ? !read_at(fd, &head, sizeof(head), 0) : !read_at(fd, &narrow, sizeof(narrow), 0))
                return false;
        if (wide)
                *segments = (struct segments){head.e_phoff, head.e_phentsize, head.e_phnum};
        else
                *segments = (struct segments){narrow.e_phoff, narrow.e_phentsize, narrow.e_phnum};
        return segments->size == (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
}

static bool read_segment(int fd, bool wide, uint64_t at, Elf64_Phdr *segment)
{
        Elf32_Phdr narrow;

        if (wide)
                return read_at(fd, segment, sizeof(*segment), at);
        if (!read_at(fd, &narrow, sizeof(narrow), at))
                return false;
        segment->p_type = narrow.p_type;
        segment->p_offset = narrow.p_offset;
        segment->p_filesz = narrow.p_filesz;
        return true;
}

static char *find_name(int fd, bool wide)
{
        struct segments segments;
        Elf64_Phdr segment;

        if (!read_head(fd, wide, &segments))
                return NULL;
        for (unsigned i = 0; i < segments.n && i < SEGMENTS_MAX; i++) {
                if (!read_segment(fd, wide, segments.at + i * segments.size, &segment))
                        return NULL;
                if (segment.p_type == PT_INTERP)
                        return read_name(fd, segment.p_offset, segment.p_filesz);
        }
        return NULL;
}

/* It may have become something else since: a device is not opened, nor a pipe or lease waited for.
 */
static int open_file(const char *path)
{
        char link[32];
        struct stat st;
        cleanup_fd int place = open(path, O_PATH | O_CLOEXEC);

        if (place < 0 || fstat(place, &st) || !S_ISREG(st.st_mode))
                return -1;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
        return open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

char *learn_elf_interpreter(const char *program)
{
        unsigned char ident[EI_NIDENT];
        cleanup_fd int fd = open_file(program);

        if (fd < 0 || !read_at(fd, ident, sizeof(ident), 0) || memcmp(ident, ELFMAG, SELFMAG) != 0)
                return NULL;
        return find_name(fd, ident[EI_CLASS] == ELFCLASS64);
}

char *learn_elf_below(const char *root, const char *path)
{
        cleanup_free struct object *object = xcalloc(1, sizeof(*object));
        cleanup_fd int at = place_open(AT_FDCWD, root, O_DIRECTORY, 0);
        cleanup_fd int fd = at < 0 ? -1 : place_open(at, path, 0, RESOLVE_IN_ROOT);

        if (fd < 0 || place_name(fd, object) || object->kind != OBJECT_PATH)
                return NULL;
        return xstrdup(object->path);
}
