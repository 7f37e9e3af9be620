/* learn_made.c: which names the run made, and which of them are temporary. */
#include "learn_made.h"

#include <errno.h>

#include "path.h"
#include "util.h"

struct learn_names {
        const struct words *paths; /* of the audit */
        struct learn_made *made;   /* sorted by path */
        size_t nmade;
        pid_t *tgids; /* sorted */
        size_t ntgids;
};

enum { SHAPES_MAX = 512 /* temporary names that others are compared with */ };

/* ---- what the run made ---- */

static int compare_words(const struct words *a, const struct words *b)
{
        size_t len = a->len < b->len ? a->len : b->len;
        int order = memcmp(a->bytes, b->bytes, len);

        return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_made(const void *one, const void *other)
{
        return compare_words(&((const struct learn_made *)one)->path,
                             &((const struct learn_made *)other)->path);
}

static int compare_tgids(const void *one, const void *other)
{
        pid_t a = *(const pid_t *)one, b = *(const pid_t *)other;

        return (a > b) - (a < b);
}

/* By path: how its name came and went. */
struct fate {
        bool made, gone, missed; /* missed: its directory was missing when it was to be made */
        uint32_t target;
};

static void note_touch(struct fate *fates, const struct audit_touch *touch)
{
        bool moves = touch->call && touch->to != AUDIT_NONE && touch->asks_to &&
                     touch->asks & CLASS_BIT(CLASS_DELETE);

        if (touch->path == AUDIT_NONE)
                return;
        if (touch->known && touch->error == -ENOENT && touch->asks & CLASS_BIT(CLASS_CREATE))
                fates[touch->path].missed = true;
        if (touch->known && touch->error)
                return;
        fates[touch->path].made |= touch->asks & CLASS_BIT(CLASS_CREATE);
        fates[touch->path].gone |= touch->asks & CLASS_BIT(CLASS_DELETE);
        if (touch->to != AUDIT_NONE)
                fates[touch->to].made |= touch->asks_to & CLASS_BIT(CLASS_CREATE);
        if (moves && fates[touch->path].target == AUDIT_NONE)
                fates[touch->path].target = touch->to;
}

/* It was meant to be made, and is made under another name of the same kind; but mkdir -p(1) comes
 * back for the same one. */
static void settle_missed(struct fate *fates, size_t npaths)
{
        for (size_t i = 0; i < npaths; i++)
                if (fates[i].missed && !fates[i].made)
                        fates[i].made = fates[i].gone = true;
}

static struct fate *find_fates(const struct audit *audit, size_t npaths)
{
        struct fate *fates = xcalloc(npaths, sizeof(*fates));
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);

        for (size_t i = 0; i < npaths; i++)
                fates[i].target = AUDIT_NONE;
        for (size_t i = 0; i < n; i++)
                note_touch(fates, &touches[i]);
        settle_missed(fates, npaths);
        return fates;
}

const struct learn_made *learn_made_find(const struct learn_names *names, const char *path,
                                         size_t len)
{
        struct learn_made key = {.path = {path, len}};

        return names->nmade ? bsearch(&key, names->made, names->nmade, sizeof(key), compare_made)
                            : NULL;
}

static int compare_change(const void *path, const void *change)
{
        return compare_words(path, &((const struct change *)change)->path);
}

/* What stood there before is not of this run, though it was opened with O_CREAT. */
static void drop_older(struct fate *fates, const struct words *paths, size_t npaths,
                       const struct audit *audit)
{
        size_t n;
        const struct change *changes = audit_changes(audit, &n);

        for (size_t i = 0; i < npaths && n; i++) {
                const struct change *change =
                        fates[i].made
                                ? bsearch(&paths[i], changes, n, sizeof(*changes), compare_change)
                                : NULL;

                if (change && change->before.mode && change->kind != CHANGE_DELETED)
                        fates[i].made = false;
        }
}

static void collect_made(struct learn_names *names, const struct audit *audit)
{
        size_t npaths;
        const struct words *paths = audit_paths(audit, &npaths);
        cleanup_free struct fate *fates = find_fates(audit, npaths);

        drop_older(fates, paths, npaths, audit);
        names->paths = paths;
        names->made = xcalloc(npaths, sizeof(*names->made));
        for (size_t i = 0; i < npaths; i++)
                if (fates[i].made && paths[i].len > 0 && paths[i].bytes[0] == '/')
                        names->made[names->nmade++] = (struct learn_made){
                                .path = paths[i], .target = fates[i].target, .gone = fates[i].gone};
        qsort(names->made, names->nmade, sizeof(*names->made), compare_made);
}

/* ---- which of them are temporary ---- */

static bool is_pid(const void *data, unsigned long number)
{
        const struct learn_names *names = data;
        pid_t key = (pid_t)number;

        return names->ntgids &&
               bsearch(&key, names->tgids, names->ntgids, sizeof(key), compare_tgids);
}

static bool is_scratch(const char *path, size_t len)
{
        static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm"};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (path_covers(places[i], strlen(places[i]), path, len))
                        return true;
        return false;
}

/* Where the last component begins. */
static size_t last_component(const struct words *path)
{
        const char *slash = memrchr(path->bytes, '/', path->len);

        return slash ? (size_t)(slash + 1 - path->bytes) : 0;
}

static struct token find_token(const struct learn_names *names, const struct learn_made *made)
{
        size_t last = last_component(&made->path);
        struct token_evidence evidence = {
                .gone = made->gone,
                .scratch = is_scratch(made->path.bytes, made->path.len),
                .is_pid = is_pid,
                .data = names,
        };

        if (made->target != AUDIT_NONE) {
                const struct words *target = &names->paths[made->target];
                size_t from = last_component(target);

                evidence.target = target->bytes + from;
                evidence.target_len = target->len - from;
        }
        return token_find(made->path.bytes + last, made->path.len - last, &evidence);
}

static bool is_sibling(const struct learn_made *a, const struct learn_made *b)
{
        size_t last = last_component(&a->path);

        return last == last_component(&b->path) && !memcmp(a->path.bytes, b->path.bytes, last) &&
               token_is_like(b->path.bytes + last, b->path.len - last, a->path.bytes + last,
                             a->path.len - last, &a->token);
}

/* Six letters may happen to be a word: who has a sibling that is temporary is so too. */
static void rescue_siblings(struct learn_names *names)
{
        cleanup_free const struct learn_made **shapes = xcalloc(SHAPES_MAX, sizeof(*shapes));
        size_t nshapes = 0;

        for (size_t i = 0; i < names->nmade && nshapes < SHAPES_MAX; i++) {
                const struct learn_made *made = &names->made[i];

                if (made->token.to && !(nshapes && is_sibling(shapes[nshapes - 1], made)))
                        shapes[nshapes++] = made;
        }
        for (size_t i = 0; i < names->nmade; i++)
                for (size_t s = 0; s < nshapes && !names->made[i].token.to; s++)
                        if (is_sibling(shapes[s], &names->made[i]))
                                names->made[i].token = shapes[s]->token;
}

struct learn_names *learn_names_new(const struct audit *audit)
{
        struct learn_names *names = xcalloc(1, sizeof(*names));
        const struct audit_process *processes = audit_processes(audit, &names->ntgids);

        names->tgids = xcalloc(names->ntgids, sizeof(*names->tgids));
        for (size_t i = 0; i < names->ntgids; i++)
                names->tgids[i] = processes[i].tgid;
        qsort(names->tgids, names->ntgids, sizeof(*names->tgids), compare_tgids);
        collect_made(names, audit);
        for (size_t i = 0; i < names->nmade; i++)
                names->made[i].token = find_token(names, &names->made[i]);
        rescue_siblings(names);
        return names;
}

void learn_names_free(struct learn_names *names)
{
        if (!names)
                return;
        free(names->made);
        free(names->tgids);
        free(names);
}

bool learn_names_made(const struct learn_names *names, const char *path, size_t len)
{
        return learn_made_find(names, path, len);
}
