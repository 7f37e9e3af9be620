/* policy_links.c: where a path leads that a policy names, at load. */
#include "loader.h"

#include <errno.h>

#include "hash.h"

enum { LINKS_MAX = 40 /* path_resolution(7) */, FIRST_SLOTS = 64 };

/* A directory by which a rule goes, and where the walk stood after it. */
struct known {
        char *from; /* owned; NULL: the slot is free */
        char *to;   /* owned, or NULL if it leads to itself */
        size_t len; /* of from */
        unsigned links;
        bool missing, settled;
};

/* The rules of a policy share directories: where one leads is asked once. A hash table, at most
 * half full. */
struct links {
        struct known *slots;
        size_t size, used;
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

/* The slot where that directory is, or would be put. */
static struct known *slot_of(const struct links *links, const char *directory, size_t len)
{
        size_t slot = hash_slot(hash_bytes(directory, len), links->size);

        for (;; slot = (slot + 1) & (links->size - 1)) {
                struct known *known = &links->slots[slot];

                if (!known->from || (known->len == len && !memcmp(known->from, directory, len)))
                        return known;
        }
}

static void make_room(struct links *links)
{
        struct links larger = {.size = links->size * 2, .used = links->used};

        if (links->used < links->size / 2)
                return;
        larger.slots = xcalloc(larger.size, sizeof(*larger.slots));
        for (size_t i = 0; i < links->size; i++)
                if (links->slots[i].from)
                        *slot_of(&larger, links->slots[i].from, links->slots[i].len) =
                                links->slots[i];
        free(links->slots);
        *links = larger;
}

static void remember(struct links *links, const char *path, size_t len, const struct walk *walk)
{
        bool itself = walk->len == len && !memcmp(walk->buf, path, len);

        make_room(links);
        *slot_of(links, path, len) = (struct known){
                .from = xasprintf("%.*s", (int)len, path),
                .to = itself ? NULL : xstrdup(walk->buf),
                .len = len,
                .links = walk->links,
                .missing = walk->missing,
                .settled = walk->settled,
        };
        links->used++;
}

static bool recall(const struct known *known, struct walk *walk)
{
        const char *to = known->to ? known->to : known->from;
        size_t len = known->from ? strlen(to) : 0;

        if (!known->from || len >= walk->size)
                return false;
        memcpy(walk->buf, to, len + 1);
        walk->len = len;
        walk->links = known->links;
        walk->missing = known->missing;
        walk->settled = known->settled;
        return true;
}

/* Go to the last directory above path that is known. Returns how much of path that was. */
static size_t begin(const struct links *links, struct walk *walk, const char *path)
{
        size_t len = strlen(path);

        while (len > 0) {
                while (path[--len] != '/' && len > 0)
                        ;
                if (len > 0 && recall(slot_of(links, path, len), walk))
                        return len;
        }
        return 0;
}

static int go_along(struct links *links, struct walk *walk, const char *path)
{
        char name[NAME_MAX + 1];
        size_t at = begin(links, walk, path);
        int err = 0;

        while (err == 0 && path[at]) {
                size_t len = strcspn(path + at + 1, "/");

                if (len >= sizeof(name))
                        return go(walk, path + at + 1);
                memcpy(name, path + at + 1, len);
                name[len] = '\0';
                err = go(walk, name);
                at += 1 + len;
                if (err == 0 && path[at])
                        remember(links, path, at, walk);
        }
        return err;
}

struct links *links_new(void)
{
        struct links *links = xcalloc(1, sizeof(*links));

        links->size = FIRST_SLOTS;
        links->slots = xcalloc(links->size, sizeof(*links->slots));
        return links;
}

void links_free(struct links *links)
{
        for (size_t i = 0; i < links->size; i++) {
                free(links->slots[i].from);
                free(links->slots[i].to);
        }
        free(links->slots);
        free(links);
}

ssize_t links_resolve(struct links *links, const char *path, char *buf, size_t size, bool *exists)
{
        struct walk walk = {.buf = buf, .size = size};
        int err;

        if (size < 2)
                return -ENAMETOOLONG;
        buf[0] = '\0';
        err = go_along(links, &walk, path);
        if (err)
                return err;
        *exists = !walk.missing;
        if (walk.settled && !walk.missing)
                *exists = access(path, F_OK) == 0 || errno == EACCES;
        if (walk.len == 0)
                strcpy(buf, "/");
        return walk.len ? (ssize_t)walk.len : 1;
}
