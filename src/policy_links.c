/* policy_links.c: where a path leads that a policy names, at load. */
#include "loader.h"

#include <errno.h>

enum { LINKS_MAX = 40 /* path_resolution(7) */, KNOWN_MAX = 256 };

/* The rules of a policy share directories: where one leads is asked once. */
struct links {
        struct known {
                char *from, *to; /* owned, or NULL */
                bool missing, settled;
        } known[KNOWN_MAX];
};

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

static int go(struct walk *walk, const char *next)
{
        int err = 0;

        while (next && *next)
                next = step(walk, next, &err);
        return err < 0 ? err : 0;
}

static struct known *slot_of(struct links *links, const char *directory)
{
        unsigned hash = 0;

        while (*directory)
                hash = hash * 31 + (unsigned char)*directory++;
        return &links->known[hash % KNOWN_MAX];
}

static bool recall(const struct known *known, const char *directory, struct walk *walk)
{
        if (!known->from || strcmp(known->from, directory) != 0 || strlen(known->to) >= walk->size)
                return false;
        strcpy(walk->buf, known->to);
        walk->len = strlen(known->to);
        walk->missing = known->missing;
        walk->settled = known->settled;
        return true;
}

static void remember(struct known *known, const char *directory, const struct walk *walk)
{
        free(known->from);
        free(known->to);
        *known = (struct known){xstrdup(directory), xstrdup(walk->buf), walk->missing,
                                walk->settled};
}

static int go_to_directory(struct links *links, struct walk *walk, const char *directory)
{
        struct known *known = slot_of(links, directory);
        int err;

        if (recall(known, directory, walk))
                return 0;
        err = go(walk, directory);
        if (err == 0)
                remember(known, directory, walk);
        return err;
}

struct links *links_new(void)
{
        return xcalloc(1, sizeof(struct links));
}

void links_free(struct links *links)
{
        for (size_t i = 0; i < KNOWN_MAX; i++) {
                free(links->known[i].from);
                free(links->known[i].to);
        }
        free(links);
}

ssize_t links_resolve(struct links *links, const char *path, char *buf, size_t size, bool *exists)
{
        struct walk walk = {.buf = buf, .size = size};
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        cleanup_free char *directory = xasprintf("%.*s", (int)(name - path), path);
        int err;

        if (size < 2)
                return -ENAMETOOLONG;
        buf[0] = '\0';
        err = go_to_directory(links, &walk, directory);
        if (err == 0)
                err = go(&walk, name);
        if (err)
                return err;
        *exists = !walk.missing;
        if (walk.settled && !walk.missing)
                *exists = access(path, F_OK) == 0 || errno == EACCES;
        if (walk.len == 0)
                strcpy(buf, "/");
        return walk.len ? (ssize_t)walk.len : 1;
}
