/* resolve.c: where a path leads, as the thread sees it. */
#include "resolve.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "place.h"
#include "util.h"
#include "walk.h"

/* ---- the short way: the kernel resolves, and a result that may be the tracer's own is not taken
 * ---- */

/* /proc/self, and all that leads there, is the tracer's when the tracer resolves it; it is a plain
 * link, which RESOLVE_NO_MAGICLINKS lets pass. Its number in the result tells. */
static bool names_tracer(const struct object *object)
{
        static char own[32];
        static size_t len;
        const char *hit = object->path;

        if (!len)
                len = (size_t)snprintf(own, sizeof(own), "/%d", getpid());
        while ((hit = strstr(hit, own))) {
                if (hit[len] == '/' || hit[len] == '\0')
                        return true;
                hit++;
        }
        return false;
}

static int open_base(const struct tracee *t, int dirfd, const char *raw)
{
        if (raw[0] == '/')
                return place_open(AT_FDCWD, "/", O_DIRECTORY, 0);
        return dirfd == AT_FDCWD ? tracee_open_cwd(t) : tracee_open_fd(t, dirfd);
}

static bool is_dots(const char *name)
{
        return !strcmp(name, ".") || !strcmp(name, "..");
}

/* The last name is missing, or is what the call is about: resolve the directory it stands in. */
static int shortcut_entry(int base, const char *raw, unsigned mode, struct object *object)
{
        char dir[PATH_MAX];
        const char *slash = strrchr(raw, '/');
        const char *last = slash ? slash + 1 : raw;
        size_t dir_len = (size_t)(last - raw);

        if (!*last || is_dots(last))
                return -EAGAIN;
        memcpy(dir, raw, dir_len);
        strcpy(dir + dir_len, dir_len ? "" : ".");
        cleanup_fd int parent = place_open(base, dir, O_DIRECTORY, RESOLVE_NO_MAGICLINKS);
        if (parent < 0 || place_name_entry(parent, last, object) || names_tracer(object))
                return -EAGAIN;
        if (object->kind != OBJECT_PATH)
                return -EAGAIN;
        if (mode == RESOLVE_ENTRY)
                return 0;
        if (object->exists)
                return -EAGAIN; /* a dangling link, or a race: look closely */
        return mode == RESOLVE_NEW ? 0 : place_failed(object, -ENOENT);
}

/* -EAGAIN: not to be had this way. */
static int shortcut(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                    struct object *object, int *place)
{
        cleanup_fd int base = raw[0] == '/' ? -1 : open_base(t, dirfd, raw);
        uint64_t flags = mode == RESOLVE_NOLINK ? O_NOFOLLOW : 0;

        if (raw[0] != '/' && base < 0)
                return -EAGAIN;
        if (mode == RESOLVE_ENTRY)
                return shortcut_entry(base, raw, mode, object);
        cleanup_fd int fd = place_open(base, raw, flags, RESOLVE_NO_MAGICLINKS);
        if (fd == -ENOENT)
                return shortcut_entry(base, raw, mode, object);
        if (fd < 0 || place_name_near(fd, object) || names_tracer(object))
                return -EAGAIN;
        object->link = flags & O_NOFOLLOW && place_is_link(fd);
        if (place)
                *place = steal_fd(&fd);
        return 0;
}

/* ---- the long way: as the thread itself would go ---- */

static int walk_from(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                     struct object *object, int *place)
{
        bool below = mode & RESOLVE_BELOW_DIRFD;
        cleanup_fd int root = below ? open_base(t, dirfd, "") : tracee_open_root(t);
        cleanup_fd int base = raw[0] == '/' || below ? place_dup(root) : open_base(t, dirfd, raw);

        if (root < 0 || base < 0)
                return place_failed(object, root < 0 ? root : base);
        return walk_path(t, root, base, raw, mode & ~RESOLVE_BELOW_DIRFD, object, place);
}

static void clear(struct object *object)
{
        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
}

/* A pseudo-terminal of its own? */
static void note_made(const struct tracee *t, struct object *object)
{
        static const char pts[] = "/dev/pts/";
        const char *name = object->path + sizeof(pts) - 1;
        long number;
        char *end;

        if (strncmp(object->path, pts, sizeof(pts) - 1) != 0 || !isdigit((unsigned char)*name))
                return;
        number = strtol(name, &end, 10);
        if (!*end && number <= INT_MAX && tracee_holds_master(t, (int)number))
                object->held |= HELD_READ | HELD_WRITE | HELD_MASTER;
}

static int find_path(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                     struct object *object, int *place)
{
        int r;

        clear(object);
        if (!*raw)
                return place_failed(object, -ENOENT);
        if (strlen(raw) >= PATH_MAX)
                return place_failed(object, -ENAMETOOLONG);
        if (!(mode & RESOLVE_BELOW_DIRFD) && (t->same_root || !tracee_has_other_root(t))) {
                r = shortcut(t, dirfd, raw, mode, object, place);
                if (r != -EAGAIN)
                        return r;
        }
        clear(object);
        return walk_from(t, dirfd, raw, mode, object, place);
}

int resolve_path(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                 struct object *object, int *place)
{
        int r = find_path(t, dirfd, raw, mode, object, place);

        note_made(t, object);
        return r;
}

static int name_and_keep(int *at, struct object *object, int *place)
{
        int r;

        clear(object);
        r = *at < 0 ? *at : place_name_near(*at, object);
        if (r)
                return place_failed(object, r);
        object->link = place_is_link(*at);
        if (place)
                *place = steal_fd(at);
        return 0;
}

int resolve_fd(const struct tracee *t, int fd, struct object *object, int *place)
{
        cleanup_fd int at = tracee_open_fd(t, fd);
        int r = name_and_keep(&at, object, place);

        object->own = object->kind == OBJECT_ANONYMOUS;
        note_made(t, object);
        return r;
}

int resolve_dir(const struct tracee *t, int dirfd, struct object *object, int *place)
{
        cleanup_fd int at = -1;

        if (dirfd != AT_FDCWD)
                return resolve_fd(t, dirfd, object, place);
        at = tracee_open_cwd(t);
        return name_and_keep(&at, object, place);
}
