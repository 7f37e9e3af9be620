/* learn_touches.c: which touches of a run are learned from, and what their names are. */
#include "learn_touches.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "policy.h"
#include "util.h"

enum {
        ADDRESS_MAX = 128,
        ABSTRACT_MAX = 108 /* unix(7) */
};

static const char deleted[] = " (deleted)";

static bool is_call(const struct audit_touch *touch, const char *name)
{
        return touch->call && !strcmp(touch->call->name, name);
}

static bool has_failed(const struct audit_touch *touch)
{
        return touch->known && touch->error;
}

bool learn_was_refused(const struct audit_touch *touch)
{
        return touch->action >= ACTION_DENY && touch->action == touch->would;
}

bool learn_carries(const struct audit_touch *touch)
{
        return touch->call && call_carries(touch->call) & CLASS_BIT(CLASS_READ);
}

char *learn_address(const struct words *address)
{
        static const char inet[] = "inet:";
        cleanup_free char *pattern = NULL;
        char *colon;

        if (address->len <= strlen(inet) || address->len > ADDRESS_MAX ||
            memcmp(address->bytes, inet, strlen(inet)) != 0)
                return NULL;
        pattern = xasprintf("%.*s", (int)address->len, address->bytes);
        colon = strrchr(pattern, ':');
        if (!strcmp(colon, ":0"))
                *colon = '\0';
        return pattern_complaint(CLASS_CONNECT, pattern) ? NULL : steal_pointer(&pattern);
}

bool learn_is_nameable(enum call_class class, const struct words *path)
{
        cleanup_free char *address = NULL;

        if (!path->bytes || path->len == 0)
                return false;
        if (class == CLASS_CONNECT && path->bytes[0] != '/') {
                address = learn_address(path);
                return address || (path->bytes[0] == '@' && path->len <= ABSTRACT_MAX);
        }
        return path->bytes[0] == '/' && path->len < OBJECT_PATH_MAX;
}

static bool is_said_to_be_deleted(const struct words *path)
{
        size_t suffix = strlen(deleted);

        return path->len > suffix && path->bytes[0] == '/' &&
               !memcmp(path->bytes + path->len - suffix, deleted, suffix);
}

struct words learn_judged_name(const struct words *path, unsigned kind)
{
        return (struct words){path->bytes, path->len - (kind & KIND_DELETED ? strlen(deleted) : 0)};
}

static unsigned kind_of_call(const struct audit_touch *touch)
{
        if (has_failed(touch))
                return 0;
        if (is_call(touch, "mkdir") || is_call(touch, "mkdirat") || is_call(touch, "rmdir"))
                return KIND_DIRECTORY;
        if (is_call(touch, "unlinkat"))
                return touch->flags & AT_REMOVEDIR ? KIND_DIRECTORY : 0;
        if (is_call(touch, "symlink") || is_call(touch, "symlinkat"))
                return KIND_LINK;
        if (is_call(touch, "open") || is_call(touch, "openat") || is_call(touch, "openat2"))
                return touch->flags & O_DIRECTORY ? KIND_DIRECTORY : 0;
        return 0;
}

static unsigned kind_of_mode(uint32_t mode)
{
        return S_ISDIR(mode) ? KIND_DIRECTORY : S_ISLNK(mode) ? KIND_LINK : 0;
}

static int compare_paths(const struct words *a, const struct words *b)
{
        size_t len = a->len < b->len ? a->len : b->len;
        int order = memcmp(a->bytes, b->bytes, len);

        return order ? order : (a->len > b->len) - (a->len < b->len);
}

struct sorted {
        struct words path;
        size_t index;
};

static int compare_sorted(const void *one, const void *other)
{
        return compare_paths(&((const struct sorted *)one)->path,
                             &((const struct sorted *)other)->path);
}

static void mark(unsigned char *kinds, const struct sorted *sorted, size_t n, const char *path,
                 size_t len, unsigned kind)
{
        struct sorted key = {.path = {path, len}};
        const struct sorted *found =
                n ? bsearch(&key, sorted, n, sizeof(key), compare_sorted) : NULL;

        if (found)
                kinds[found->index] |= kind;
}

/* What stands above another name. */
static void mark_above(unsigned char *kinds, const struct sorted *sorted, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct words *path = &sorted[i].path;

                for (size_t len = path->len; len-- > 1;)
                        if (path->bytes[len] == '/')
                                mark(kinds, sorted, n, path->bytes, len, KIND_DIRECTORY);
                mark(kinds, sorted, n, "/", 1, KIND_DIRECTORY);
        }
}

static void mark_changes(unsigned char *kinds, const struct sorted *sorted, size_t n,
                         const struct audit *audit)
{
        size_t nchanges;
        const struct change *changes = audit_changes(audit, &nchanges);

        for (size_t i = 0; i < nchanges; i++) {
                const struct change *change = &changes[i];
                unsigned kind =
                        kind_of_mode(change->before.mode) | kind_of_mode(change->after.mode);

                mark(kinds, sorted, n, change->path.bytes, change->path.len, kind);
                if (change->from.bytes)
                        mark(kinds, sorted, n, change->from.bytes, change->from.len, kind);
        }
}

static void mark_calls(unsigned char *kinds, const struct audit *audit)
{
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);

        for (size_t i = 0; i < n; i++)
                if (touches[i].path != AUDIT_NONE)
                        kinds[touches[i].path] |= kind_of_call(&touches[i]);
}

/* What is moved stays what it is. */
static void mark_moves(unsigned char *kinds, const struct audit *audit)
{
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);

        for (size_t i = 0; i < n; i++) {
                const struct audit_touch *touch = &touches[i];

                if (!learn_carries(touch) || touch->path == AUDIT_NONE || touch->to == AUDIT_NONE ||
                    has_failed(touch))
                        continue;
                kinds[touch->path] |= kinds[touch->to];
                kinds[touch->to] |= kinds[touch->path];
        }
}

static void ask_file_system(unsigned char *kinds, const struct sorted *sorted, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                struct stat st;

                /* Bytes of the audit are ended by NUL. */
                if (!kinds[sorted[i].index] && !lstat(sorted[i].path.bytes, &st))
                        kinds[sorted[i].index] |= kind_of_mode(st.st_mode);
        }
}

/* A file may really be called so: then it is there, or the run has made it or taken it away. */
static void mark_deleted(unsigned char *kinds, const struct audit *audit)
{
        const unsigned by_name = CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE);
        size_t npaths, n;
        const struct words *paths = audit_paths(audit, &npaths);
        const struct audit_touch *touches = audit_touches(audit, &n);
        struct stat st;

        for (size_t i = 0; i < npaths; i++)
                if (is_said_to_be_deleted(&paths[i]) && lstat(paths[i].bytes, &st))
                        kinds[i] |= KIND_DELETED;
        for (size_t i = 0; i < n; i++) {
                if (touches[i].path != AUDIT_NONE && touches[i].asks & by_name)
                        kinds[touches[i].path] &= (unsigned char)~KIND_DELETED;
                if (touches[i].to != AUDIT_NONE && touches[i].asks_to & by_name)
                        kinds[touches[i].to] &= (unsigned char)~KIND_DELETED;
        }
}

unsigned char *learn_kinds(const struct audit *audit)
{
        size_t npaths, n = 0;
        const struct words *paths = audit_paths(audit, &npaths);
        unsigned char *kinds = xcalloc(npaths, 1);
        cleanup_free struct sorted *sorted = xcalloc(npaths, sizeof(*sorted));

        for (size_t i = 0; i < npaths; i++)
                if (paths[i].len > 0 && paths[i].bytes[0] == '/')
                        sorted[n++] = (struct sorted){paths[i], i};
        if (n)
                qsort(sorted, n, sizeof(*sorted), compare_sorted);
        mark_calls(kinds, audit);
        mark_above(kinds, sorted, n);
        mark_changes(kinds, sorted, n, audit);
        ask_file_system(kinds, sorted, n);
        mark_moves(kinds, audit);
        mark_deleted(kinds, audit);
        return kinds;
}
