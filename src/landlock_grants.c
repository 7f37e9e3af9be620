/* landlock_grants.c: see landlock_grants.h. A hash table of paths, at most half full; grants of one
 * path are a chain. */
#include "landlock_grants.h"

#include "hash.h"
#include "util.h"

enum { FIRST_SLOTS = 64 };

static bool is_of(const struct landlock_grant *grant, const char *path, size_t len)
{
        return !strncmp(grant->path, path, len) && !grant->path[len];
}

/* The slot where the first grant of that path is, or would be put. */
static unsigned *slot_of(const struct landlock *landlock, uint64_t hash, const char *path,
                         size_t len)
{
        size_t slot = hash_slot(hash, landlock->nslots);

        for (;; slot = (slot + 1) & (landlock->nslots - 1)) {
                unsigned *first = &landlock->slots[slot];

                if (!*first || is_of(&landlock->grants[*first - 1], path, len))
                        return first;
        }
}

static void chain(struct landlock *landlock, size_t i)
{
        struct landlock_grant *grant = &landlock->grants[i];
        size_t len = strlen(grant->path);
        unsigned *first = slot_of(landlock, hash_bytes(grant->path, len), grant->path, len);

        grant->next = *first;
        *first = (unsigned)i + 1;
}

static void make_room(struct landlock *landlock)
{
        if (landlock->ngrants < landlock->nslots / 2)
                return;
        landlock->nslots = landlock->nslots ? landlock->nslots * 2 : FIRST_SLOTS;
        landlock->grants =
                xreallocarray(landlock->grants, landlock->nslots / 2, sizeof(*landlock->grants));
        free(landlock->slots);
        landlock->slots = xcalloc(landlock->nslots, sizeof(*landlock->slots));
        for (size_t i = 0; i < landlock->ngrants; i++)
                chain(landlock, i);
}

static bool is_there(const struct landlock *landlock, const char *path, unsigned classes, bool wide)
{
        size_t len = strlen(path);
        unsigned i = *slot_of(landlock, hash_bytes(path, len), path, len);

        for (; i; i = landlock->grants[i - 1].next)
                if (landlock->grants[i - 1].classes == classes &&
                    landlock->grants[i - 1].wide == wide)
                        return true;
        return false;
}

/* Rules come in runs about the same directory. */
static bool widens_last(struct landlock *landlock, const char *path, unsigned classes, bool wide)
{
        struct landlock_grant *last = landlock->grants + landlock->ngrants - 1;

        if (last->wide != wide || strcmp(last->path, path) != 0)
                return false;
        last->classes |= classes;
        return true;
}

void grants_add(struct landlock *landlock, const char *path, unsigned classes,
                const struct rule *rule, bool wide)
{
        if (landlock->ngrants && widens_last(landlock, path, classes, wide))
                return;
        make_room(landlock);
        if (is_there(landlock, path, classes, wide))
                return;
        landlock->grants[landlock->ngrants++] =
                (struct landlock_grant){xstrdup(path), classes, rule, wide, 0};
        chain(landlock, landlock->ngrants - 1);
}

static bool holds_there(const struct landlock *landlock, uint64_t hash, unsigned classes,
                        const char *path, size_t len, bool narrow)
{
        for (unsigned i = *slot_of(landlock, hash, path, len); i;) {
                const struct landlock_grant *grant = &landlock->grants[i - 1];

                if (!(classes & ~grant->classes) && !(narrow && grant->wide))
                        return true;
                i = grant->next;
        }
        return false;
}

bool grants_hold(const struct landlock *landlock, unsigned classes, const char *path, size_t len,
                 bool narrow)
{
        uint64_t hash = HASH_START;

        if (!landlock->ngrants)
                return false;
        if (holds_there(landlock, hash_bytes("/", 1), classes, "/", 1, narrow))
                return true;
        for (size_t i = 0; i < len; i++) {
                hash = hash_byte(hash, path[i]);
                if ((i + 1 == len || path[i + 1] == '/') &&
                    holds_there(landlock, hash, classes, path, i + 1, narrow))
                        return true;
        }
        return false;
}

void landlock_fini(struct landlock *landlock)
{
        for (size_t i = 0; i < landlock->ngrants; i++)
                free(landlock->grants[i].path);
        free(landlock->grants);
        free(landlock->slots);
        free(landlock->ports);
        *landlock = (struct landlock){0};
}
