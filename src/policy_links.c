/* policy_links.c: where a path leads that a policy names, at load. */
#include "loader.h"

#include <errno.h>

#include "path.h"

enum { LINKS_MAX = 40 /* path_resolution(7) */ };

struct walk {
        char *buf; /* where we are, canonical; "" is the root */
        size_t size, len;
        char todo[2 * PATH_MAX]; /* and what is left to go */
        unsigned links;
        bool missing;
        bool settled; /* links are no longer followed */
};

/* Each process sees itself here; we must not put ourselves in its place. */
static bool is_self(const char *path)
{
        return !strcmp(path, "/proc/self") || !strcmp(path, "/proc/thread-self");
}

static int enter(struct walk *walk, const char *name, size_t len)
{
        if (walk->len + len + 2 > walk->size)
                return -ENAMETOOLONG;
        walk->buf[walk->len++] = '/';
        memcpy(walk->buf + walk->len, name, len);
        walk->len += len;
        walk->buf[walk->len] = '\0';
        return 0;
}

static void leave(struct walk *walk)
{
        while (walk->len > 0 && walk->buf[--walk->len] != '/')
                ;
        walk->buf[walk->len] = '\0';
}

/* The walk stands at a link; go where it points. rest is what comes after it. */
static int follow(struct walk *walk, const char *target, const char *rest)
{
        cleanup_free char *todo = xasprintf("%s/%s", target, rest);

        if (++walk->links > LINKS_MAX)
                return -ELOOP;
        if (strlen(todo) >= sizeof(walk->todo))
                return -ENAMETOOLONG;
        strcpy(walk->todo, todo);
        leave(walk);
        if (target[0] == '/') {
                walk->len = 0;
                walk->buf[0] = '\0';
        }
        return 1;
}

/* Look whether the walk came to a link. Returns 1 if it did, and then todo has changed. */
static int look(struct walk *walk, const char *rest)
{
        char target[PATH_MAX];
        ssize_t n;

        walk->settled = walk->settled || is_self(walk->buf);
        if (walk->settled)
                return 0;
        n = readlink(walk->buf, target, sizeof(target) - 1);
        if (n >= 0) {
                target[n] = '\0';
                return follow(walk, target, rest);
        }
        walk->missing = errno == ENOENT || errno == ENOTDIR;
        walk->settled = errno != EINVAL; /* what we may not see, we cannot follow */
        return 0;
}

/* Go one name further along next. Returns where to go on, or NULL with an error in *err. */
static const char *step(struct walk *walk, const char *next, int *err)
{
        size_t len = strcspn(next, "/");
        const char *rest = next + len + strspn(next + len, "/");
        bool up = len == 2 && !strncmp(next, "..", 2);

        *err = 0;
        if (up)
                leave(walk);
        if (len == 0 || up || (len == 1 && *next == '.'))
                return rest;
        *err = enter(walk, next, len);
        if (*err == 0)
                *err = look(walk, rest);
        if (*err < 0)
                return NULL;
        return *err ? walk->todo : rest;
}

ssize_t links_resolve(const char *path, char *buf, size_t size, bool *exists)
{
        struct walk walk = {.buf = buf, .size = size};
        const char *next = path;
        int err = 0;

        *exists = true;
        if (size < 2)
                return -ENAMETOOLONG;
        buf[0] = '\0';
        while (next && *next)
                next = step(&walk, next, &err);
        if (!next)
                return err;
        *exists = walk.settled && !walk.missing ? access(path, F_OK) == 0 || errno == EACCES
                                                : !walk.missing;
        if (walk.len == 0)
                strcpy(buf, "/");
        return walk.len ? (ssize_t)walk.len : 1;
}
