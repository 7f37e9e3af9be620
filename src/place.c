/* place.c: what the kernel calls the place that an O_PATH descriptor stands for. */
#include "place.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

enum { CLIMB_MAX = 4096 /* levels above a directory that is too deep to be named */ };

static const char deleted_suffix[] = " (deleted)";

int place_open(int at, const char *path, uint64_t flags, uint64_t resolve)
{
        struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = resolve};
        long fd = syscall(SYS_openat2, at, path, &how, sizeof(how));

        return fd < 0 ? -errno : (int)fd;
}

bool place_is_link(int fd)
{
        struct stat st;

        return !fstat(fd, &st) && S_ISLNK(st.st_mode);
}

int place_dup(int fd)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        return copy < 0 ? -errno : copy;
}

static void set_path(struct object *object, enum object_kind kind, const char *path, size_t len)
{
        if (len >= sizeof(object->path))
                len = sizeof(object->path) - 1;
        memmove(object->path, path, len);
        object->path[len] = '\0';
        object->len = len;
        object->kind = kind;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A file may really be called "x (deleted)": then that name leads to the same inode. */
static bool is_deleted(int fd, const char *name, size_t len)
{
        size_t suffix = sizeof(deleted_suffix) - 1;
        struct stat object, named;

        if (len <= suffix || strcmp(name + len - suffix, deleted_suffix) != 0)
                return false;
        return fstat(fd, &object) || lstat(name, &named) || !same_file(&object, &named);
}

static void set_deleted(struct object *object, const char *name, size_t len)
{
        static const char memfd[] = "/memfd:";

        if (!strncmp(name, memfd, sizeof(memfd) - 1))
                set_path(object, OBJECT_ANONYMOUS, name + 1, len - 1);
        else
                set_path(object, OBJECT_DELETED, name, len);
}

/* /proc/self/fd of the process that has called place_keep_names(), or -1. */
static int own_links = -1;

void place_keep_names(void)
{
        if (own_links < 0)
                own_links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int place_name(int fd, struct object *object)
{
        char link[64], name[PATH_MAX + 1];
        ssize_t len;

        snprintf(link, sizeof(link), "%s%d", own_links < 0 ? "/proc/self/fd/" : "", fd);
        len = readlinkat(own_links < 0 ? AT_FDCWD : own_links, link, name, sizeof(name) - 1);
        if (len < 0)
                return -errno;
        name[len] = '\0';
        object->exists = true;
        if (name[0] != '/')
                set_path(object, OBJECT_ANONYMOUS, name, (size_t)len);
        else if (is_deleted(fd, name, (size_t)len))
                set_deleted(object, name, (size_t)len - (sizeof(deleted_suffix) - 1));
        else
                set_path(object, OBJECT_PATH, name, (size_t)len);
        return 0;
}

/* A directory below a chain of others may have a name that is longer than the kernel gives out. The
 * nearest one above it that can be named is what rules can speak of. */
static int name_from_above(int fd, struct object *object)
{
        cleanup_fd int at = place_dup(fd);
        int r = -ENAMETOOLONG;

        for (unsigned i = 0; at >= 0 && i < CLIMB_MAX && r == -ENAMETOOLONG; i++) {
                int above = place_open(at, "..", O_DIRECTORY, 0);

                close(at);
                at = above;
                r = at < 0 ? -ENAMETOOLONG : place_name(at, object);
        }
        object->deep = !r;
        if (!r && object->kind == OBJECT_PATH)
                set_path(object, OBJECT_PATH, strcat(object->path, "/..."), object->len + 4);
        return r;
}

int place_name_near(int fd, struct object *object)
{
        int r = place_name(fd, object);

        return r == -ENAMETOOLONG ? name_from_above(fd, object) : r;
}

static void look_at_entry(int fd, const char *entry, struct object *object)
{
        struct stat st;

        object->exists = !fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW);
        object->directory = object->exists && S_ISDIR(st.st_mode);
        object->link = object->exists && S_ISLNK(st.st_mode);
}

int place_name_entry(int fd, const char *entry, struct object *object)
{
        int r = place_name_near(fd, object);
        size_t at, len = strlen(entry);

        if (r)
                return r;
        at = object->len == 1 && object->path[0] == '/' ? 0 : object->len;
        if (len + 1 > sizeof(object->path) - 1 - at)
                return -ENAMETOOLONG;
        object->path[at] = '/';
        memcpy(object->path + at + 1, entry, len);
        object->len = at + 1 + len;
        object->path[object->len] = '\0';
        look_at_entry(fd, entry, object);
        return 0;
}
