/* learn_collect.c: from the touches of a run to what is wanted. */
#include "learn_collect.h"

#include <errno.h>

#include "landlock.h"
#include "learn_elf.h"
#include "learn_guard.h"
#include "learn_touches.h"
#include "path.h"
#include "policy_index.h"
#include "util.h"

/* What base.ini names in [write], and by that in the classes that follow it. What is named by its
 * own name is a device that is there: nobody creates it, though it be opened with O_CREAT. */
static bool is_in_base(const struct learning *l, const struct words *path, pid_t tgid, bool exactly)
{
        struct object object = {.kind = OBJECT_PATH, .exists = true};
        struct verdict verdict;

        if (!l->text.has_base || path->len >= sizeof(object.path))
                return false;
        memcpy(object.path, path->bytes, path->len);
        object.path[path->len] = '\0';
        object.len = path->len;
        verdict = policy_judge(&l->base, CLASS_WRITE, &object, tgid);
        return verdict.rule && !action_refuses(verdict.would) &&
               (!exactly || (verdict.rule->spelling[0].kind == PATTERN_LITERAL &&
                             verdict.rule->spelling[0].len == path->len));
}

struct uses {
        struct learn_use *list; /* owned */
        size_t n, room;
};

static void add_use(struct uses *uses, const struct learn_use *use)
{
        if (uses->n == uses->room) {
                uses->room = uses->room ? 2 * uses->room : 256;
                uses->list = xreallocarray(uses->list, uses->room, sizeof(*uses->list));
        }
        uses->list[uses->n++] = *use;
}

/* Only below /proc it matters whose name it is. */
static pid_t user_of(const struct learning *l, uint32_t path, uint32_t process)
{
        size_t n;
        const struct audit_process *processes = audit_processes(l->audit, &n);
        const struct words *words = &l->paths[path];

        return process < n && path_covers("/proc", strlen("/proc"), words->bytes, words->len)
                       ? processes[process].tgid
                       : 0;
}

static void add_uses(const struct learning *l, struct uses *uses, uint32_t path, unsigned classes,
                     const struct audit_touch *touch)
{
        struct learn_use use = {.path = path, .calls = touch->count};

        if (path == AUDIT_NONE)
                return;
        use.tgid = user_of(l, path, touch->process);
        use.present = !touch->known || (touch->error != -ENOENT && touch->error != -ENOTDIR &&
                                        touch->error != -ENAMETOOLONG);
        for (use.class = 0; use.class < CLASS_COUNT; use.class ++)
                if (classes & CLASS_BIT(use.class) && use.class != CLASS_OUTPUT &&
                    learn_is_nameable(use.class, &l->paths[path]))
                        add_use(uses, &use);
}

/* Where reading is a list, the kernel lets programs run only if they can be read. */
static void add_programs(const struct learning *l, struct uses *uses)
{
        size_t n;
        const struct audit_program *programs = audit_programs(l->audit, &n);

        for (size_t i = 0; i < n; i++) {
                struct audit_touch touch = {.process = programs[i].process};

                add_uses(l, uses, programs[i].path, CLASS_BIT(CLASS_EXEC) | CLASS_BIT(CLASS_READ),
                         &touch);
        }
}

static int compare_uses(const void *one, const void *other)
{
        const struct learn_use *a = one, *b = other;

        if (a->class != b->class)
                return a->class < b->class ? -1 : 1;
        if (a->path != b->path)
                return a->path < b->path ? -1 : 1;
        return (a->tgid > b->tgid) - (a->tgid < b->tgid);
}

static void join_uses(struct uses *uses)
{
        size_t kept = 0;

        if (uses->n)
                qsort(uses->list, uses->n, sizeof(*uses->list), compare_uses);
        for (size_t i = 0; i < uses->n; i++) {
                if (kept && !compare_uses(&uses->list[kept - 1], &uses->list[i])) {
                        uses->list[kept - 1].calls += uses->list[i].calls;
                        uses->list[kept - 1].present |= uses->list[i].present;
                } else {
                        uses->list[kept++] = uses->list[i];
                }
        }
        uses->n = kept;
}

/* "/d/#17", as O_TMPFILE makes them: another number each time. */
static char *unnamed_pattern(const struct words *path)
{
        const char *slash = memrchr(path->bytes, '/', path->len);
        size_t dir = (size_t)(slash - path->bytes);
        cleanup_free char *above = NULL;

        if (path->len - dir < 3 || slash[1] != '#' ||
            strspn(slash + 2, "0123456789") < path->len - dir - 2)
                return NULL;
        above = learn_names_exact(&(struct words){path->bytes, dir}, 0);
        return xasprintf("%s/#[0-9]*", above);
}

static char *pattern_of(const struct learning *l, const struct learn_use *use,
                        const struct words *path, const char *guard)
{
        char *pattern = l->kinds[use->path] & KIND_DELETED && !guard ? unnamed_pattern(path) : NULL;

        if (pattern)
                return pattern;
        if (path->bytes[0] != '/')
                return path->bytes[0] == '@' ? learn_names_exact(path, 0) : learn_address(path);
        if (guard)
                return learn_names_exact(path, use->tgid);
        pattern = learn_names_pattern(l->names, path, use->tgid);
        if (!path_has_wildcard(pattern) || !learn_guard_meets(l->guarded, use->class, pattern))
                return pattern;
        free(pattern);
        return learn_names_exact(path, use->tgid);
}

static unsigned is_of_kind(unsigned kind)
{
        return (kind & KIND_DIRECTORY ? WANT_DIRECTORY : 0) | (kind & KIND_LINK ? WANT_LINK : 0);
}

struct want learn_want_of(const struct learning *l, const struct learn_use *use)
{
        const struct words path = learn_judged_name(&l->paths[use->path], l->kinds[use->path]);
        const char *guard = learn_guard_of(l->guarded, use->class, path.bytes, path.len, use->tgid);

        return (struct want){
                .class = use->class,
                .pattern = pattern_of(l, use, &path, guard),
                .is = (use->present ? WANT_PRESENT : 0) | (guard ? WANT_GUARDED : 0) |
                      is_of_kind(l->kinds[use->path]),
                .names = use->calls > 0, /* of a program that has run: known anyway */
                .calls = use->calls,
                .note = guard,
        };
}

static void want_use(struct learning *l, const struct learn_use *use)
{
        const struct words *path = &l->paths[use->path];
        struct want want;

        if ((use->class == CLASS_WRITE && is_in_base(l, path, use->tgid, false)) ||
            (FOLLOWS_WRITE & CLASS_BIT(use->class) && is_in_base(l, path, use->tgid, true)))
                return;
        want = learn_want_of(l, use);
        wants_add(&l->wants, &want);
}

/* ---- ELF interpreters ---- */

/* Was it the root of something? ld.so(8) looks there for what it is told. */
static bool was_root(const struct learning *l, const char *directory)
{
        cleanup_free char *settings = xasprintf("%s/etc/ld", directory);
        size_t n;

        (void)audit_paths(l->audit, &n);
        for (size_t i = 0; i < n; i++)
                if (l->paths[i].len >= strlen(settings) &&
                    !memcmp(l->paths[i].bytes, settings, strlen(settings)))
                        return true;
        return false;
}

/* Of an interpreter there is no call, but the kernel has to run it. */
static void want_interpreter(struct learning *l, const char *root, const char *name)
{
        cleanup_free char *path = learn_elf_below(root, name);
        struct want want = {.class = CLASS_EXEC, .is = WANT_PRESENT};
        struct words words = {path, path ? strlen(path) : 0};

        if (!path || learn_guard_of(l->guarded, CLASS_EXEC, path, words.len, 0))
                return;
        want.pattern = learn_names_pattern(l->names, &words, 0);
        wants_add(&l->wants, &want);
}

static void want_interpreters(struct learning *l, const char *program)
{
        cleanup_free char *name = learn_elf_interpreter(program);
        cleanup_free char *root = xstrdup(program);
        char *slash;

        if (!name)
                return;
        while ((slash = strrchr(root, '/')) && slash > root) {
                *slash = '\0';
                if (was_root(l, root)) {
                        want_interpreter(l, root, name);
                        return;
                }
        }
        if (!landlock_knows_interpreter(name))
                want_interpreter(l, "/", name);
}

static void want_all_interpreters(struct learning *l)
{
        size_t n, npaths;
        const struct audit_program *programs = audit_programs(l->audit, &n);
        (void)audit_paths(l->audit, &npaths);
        cleanup_free bool *seen = xcalloc(npaths, sizeof(*seen));

        for (size_t i = 0; i < n; i++) {
                uint32_t path = programs[i].path;

                if (path == AUDIT_NONE || seen[path] || l->paths[path].bytes[0] != '/')
                        continue;
                seen[path] = true;
                want_interpreters(l, l->paths[path].bytes);
        }
}

void learn_collect(struct learning *l)
{
        struct uses uses = {0};
        size_t n;
        const struct audit_touch *touches = audit_touches(l->audit, &n);

        for (size_t i = 0; i < n; i++) {
                if (learn_was_refused(&touches[i]))
                        continue;
                add_uses(l, &uses, touches[i].path, touches[i].asks, &touches[i]);
                add_uses(l, &uses, touches[i].to, touches[i].asks_to, &touches[i]);
        }
        add_programs(l, &uses);
        join_uses(&uses);
        for (size_t i = 0; i < uses.n; i++)
                want_use(l, &uses.list[i]);
        free(uses.list);
        want_all_interpreters(l);
        wants_join(&l->wants);
}
