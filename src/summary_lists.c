/* summary_lists.c: what belongs into which section, and which of it is the same. */
#include "summary_lists.h"

#include <errno.h>
#include <fcntl.h>

#include "calls.h"
#include "marks.h"
#include "path.h"
#include "summary_fold.h"
#include "util.h"

static const struct words nothing = {"", 0};

static const struct words *or_nothing(const struct words *words)
{
        return words->bytes ? words : &nothing;
}

static struct summary_entry *add(struct summary_list *list, const struct words *path)
{
        struct summary_entry *entry;

        if (list->n == list->room) {
                list->room = list->room ? 2 * list->room : 32;
                list->entries = xreallocarray(list->entries, list->room, sizeof(*list->entries));
        }
        entry = &list->entries[list->n++];
        *entry = (struct summary_entry){.path = *or_nothing(path), .count = 1};
        return entry;
}

static struct words words_at(const struct words *all, size_t n, uint32_t number)
{
        return number < n ? all[number] : (struct words){NULL, 0};
}

/* ---- order, and what is the same ---- */

static int by_words(const struct words *a, const struct words *b)
{
        return fold_compare(or_nothing(a), or_nothing(b));
}

static int by_text(const char *a, const char *b)
{
        return strcmp(a ? a : "", b ? b : "");
}

static int by_path(const void *a, const void *b)
{
        const struct summary_entry *x = a, *y = b;
        int order = by_words(&x->path, &y->path);

        return order ? order : by_words(&x->to, &y->to);
}

static int by_mark(const void *a, const void *b)
{
        const struct summary_entry *x = a, *y = b;
        unsigned rank = mark_rank(x->mark), other = mark_rank(y->mark);
        int order = (rank > other) - (rank < other);

        if (!order)
                order = strcmp(x->mark, y->mark);
        if (!order)
                order = by_path(a, b);
        return order ? order : by_text(x->comm, y->comm);
}

static int by_refusal(const void *a, const void *b)
{
        const struct summary_entry *x = a, *y = b;
        int order = (y->class > x->class) - (y->class < x->class);

        if (!order)
                order = by_words(&x->rule, &y->rule);
        if (!order)
                order = by_path(a, b);
        if (!order)
                order = by_text(x->comm, y->comm);
        if (!order)
                order = (x->error > y->error) - (x->error < y->error);
        return order ? order : (int)x->would - (int)y->would;
}

static int by_path_and_comm(const void *a, const void *b)
{
        const struct summary_entry *x = a, *y = b;
        int order = by_path(a, b);

        return order ? order : by_text(x->comm, y->comm);
}

static bool is_same_fact(const struct summary_entry *a, const struct summary_entry *b,
                         int (*order)(const void *, const void *))
{
        return !a->change && !b->change && order(a, b) == 0;
}

/* Sort, and let one stand for all touches that are the same. */
static void arrange(struct summary_list *list, int (*order)(const void *, const void *))
{
        size_t kept = 0;

        if (list->n == 0)
                return;
        qsort(list->entries, list->n, sizeof(*list->entries), order);
        for (size_t i = 1; i < list->n; i++) {
                if (is_same_fact(&list->entries[kept], &list->entries[i], order))
                        list->entries[kept].count += list->entries[i].count;
                else
                        list->entries[++kept] = list->entries[i];
        }
        list->n = kept + 1;
}

/* ---- changes ---- */

static enum summary_section section_of(enum change_kind kind)
{
        switch (kind) {
        case CHANGE_CREATED:
                return SECTION_CREATED;
        case CHANGE_MODIFIED:
                return SECTION_MODIFIED;
        case CHANGE_DELETED:
                return SECTION_DELETED;
        case CHANGE_RENAMED:
                return SECTION_RENAMED;
        case CHANGE_LINKED:
                return SECTION_LINKED;
        case CHANGE_ATTRIBUTES:
                return SECTION_ATTRIBUTES;
        }
        return SECTION_LOOK;
}

static void add_change(struct summary_lists *lists, const struct change *change, const char *path)
{
        const char *mark = change_mark(change, path, lists->home);
        struct summary_list *own = &lists->of[section_of(change->kind)];
        struct summary_entry *entry = add(mark ? &lists->of[SECTION_LOOK] : own, &change->path);

        entry->change = change;
        entry->mark = mark;
        own->marked += mark != NULL;
}

/* ---- where files and programs come from ---- */

enum origin_of { FROM_BEFORE, ALTERED, MADE };

/* As audit_changes() is sorted. */
static int compare_bytes(const void *a, const void *b)
{
        const struct words *x = &((const struct change *)a)->path;
        const struct words *y = &((const struct change *)b)->path;
        int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);

        return order ? order : (x->len > y->len) - (x->len < y->len);
}

static enum origin_of origin_by_change(const struct change *change)
{
        switch (change->kind) {
        case CHANGE_CREATED:
        case CHANGE_RENAMED:
        case CHANGE_LINKED:
                return MADE;
        case CHANGE_MODIFIED:
                return ALTERED;
        case CHANGE_DELETED:
        case CHANGE_ATTRIBUTES:
                break;
        }
        return FROM_BEFORE;
}

/* Everything that the lists are made of, for the time of making them. */
struct sources {
        const struct audit *audit;
        const struct words *paths, *rules;
        const struct audit_process *processes;
        const struct audit_touch *touches;
        const struct change *changes;
        size_t npaths, nrules, nprocesses, ntouches, nchanges;
        unsigned *asked; /* owned: by number of path, what was asked of it with success */
};

static struct sources open_sources(const struct audit *audit)
{
        struct sources s = {.audit = audit};

        s.paths = audit_paths(audit, &s.npaths);
        s.rules = audit_rules(audit, &s.nrules);
        s.processes = audit_processes(audit, &s.nprocesses);
        s.touches = audit_touches(audit, &s.ntouches);
        s.changes = audit_changes(audit, &s.nchanges);
        s.asked = xcalloc(s.npaths + 1, sizeof(*s.asked));
        for (size_t i = 0; i < s.ntouches; i++) {
                const struct audit_touch *touch = &s.touches[i];

                if (touch->error || touch->action >= ACTION_DISCARD)
                        continue;
                if (touch->path < s.npaths)
                        s.asked[touch->path] |= touch->asks;
                if (touch->to < s.npaths)
                        s.asked[touch->to] |= touch->asks_to;
        }
        return s;
}

/* A call that may make a file says so whether or not the file was there. But what was taken away as
 * well, and is not deleted now, was there during the run only. */
static enum origin_of origin_of(const struct sources *s, uint32_t path)
{
        unsigned both = CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE);
        struct change key = {.path = s->paths[path]};
        const struct change *change = NULL;

        if (s->nchanges > 0)
                change = bsearch(&key, s->changes, s->nchanges, sizeof(key), compare_bytes);
        if (change && change > s->changes && compare_bytes(change - 1, change) == 0)
                change--; /* renamed comes before modified */
        if (change)
                return origin_by_change(change);
        return (s->asked[path] & both) == both ? MADE : FROM_BEFORE;
}

static bool is_below(const struct words *path, const char *const *dirs, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (path_covers(dirs[i], strlen(dirs[i]), path->bytes, path->len))
                        return true;
        return false;
}

static bool is_system_program(const struct words *path)
{
        static const char *const dirs[] = {"/usr",   "/bin",   "/sbin",  "/lib",
                                           "/lib32", "/lib64", "/libx32"};

        return is_below(path, dirs, ARRAY_SIZE(dirs));
}

static bool is_system_file(const struct words *path)
{
        static const char *const dirs[] = {"/etc", "/proc", "/sys", "/dev"};

        return is_system_program(path) || is_below(path, dirs, ARRAY_SIZE(dirs));
}

static bool is_path(const struct words *path)
{
        return path->len > 0 && path->bytes[0] == '/';
}

/* ---- programs ---- */

static const char *note_of(enum origin_of origin)
{
        switch (origin) {
        case MADE:
                return "made by the run";
        case ALTERED:
                return "altered by the run";
        case FROM_BEFORE:
                break;
        }
        return "";
}

static void add_programs(struct summary_lists *lists, const struct sources *s)
{
        size_t n;
        const struct audit_program *programs = audit_programs(s->audit, &n);

        for (size_t i = 0; i < n; i++) {
                enum origin_of origin;
                struct summary_entry *entry;
                bool strange;

                if (programs[i].path >= s->npaths)
                        continue;
                origin = origin_of(s, programs[i].path);
                strange = origin != FROM_BEFORE || !is_system_program(&s->paths[programs[i].path]);
                entry = add(&lists->of[strange ? SECTION_ELSEWHERE : SECTION_PROGRAMS],
                            &s->paths[programs[i].path]);
                if (strange)
                        entry->mark = note_of(origin);
        }
}

/* ---- calls ---- */

/* Where no path is known, the call says the most. */
static struct words name_of(const struct sources *s, const struct audit_touch *touch)
{
        struct words path = words_at(s->paths, s->npaths, touch->path);

        if (!path.bytes && touch->call)
                path = (struct words){touch->call->name, strlen(touch->call->name)};
        return path;
}

static struct summary_entry *add_touch(struct summary_list *list, const struct sources *s,
                                       const struct audit_touch *touch)
{
        struct words path = name_of(s, touch);
        struct summary_entry *entry = add(list, &path);

        entry->to = words_at(s->paths, s->npaths, touch->to);
        entry->rule = words_at(s->rules, s->nrules, touch->rule);
        entry->comm = touch->process < s->nprocesses ? s->processes[touch->process].comm : NULL;
        entry->count = touch->count;
        entry->error = touch->error;
        entry->class = touch->class;
        entry->action = touch->action;
        entry->would = touch->would;
        return entry;
}

/* A file that stood there before, not a directory that was listed. */
static bool is_read(const struct sources *s, const struct audit_touch *touch)
{
        return touch->asks & CLASS_BIT(CLASS_READ) && !touch->error &&
               !(touch->flags & O_DIRECTORY) && touch->path < s->npaths &&
               is_path(&s->paths[touch->path]) && origin_of(s, touch->path) != MADE;
}

static void add_read(struct summary_lists *lists, const struct sources *s,
                     const struct audit_touch *touch)
{
        const struct words *path = &s->paths[touch->path];
        const char *mark = read_mark(path, lists->home);

        if (mark)
                add_touch(&lists->of[SECTION_LOOK], s, touch)->mark = mark;
        else if (!is_system_file(path))
                add(&lists->of[SECTION_READ], path);
}

static void add_touches(struct summary_lists *lists, const struct sources *s)
{
        for (size_t i = 0; i < s->ntouches; i++) {
                const struct audit_touch *touch = &s->touches[i];

                lists->reads_known |=
                        touch->asks & CLASS_BIT(CLASS_READ) && touch->would < ACTION_DENY;
                if (touch->would >= ACTION_DENY)
                        add_touch(&lists->of[SECTION_REFUSED], s, touch);
                else if (touch->would == ACTION_DISCARD)
                        add_touch(&lists->of[SECTION_DISCARDED], s, touch);
                if (touch->action >= ACTION_DISCARD)
                        continue;
                if (touch->class == CLASS_CONNECT && touch->error != -ENOENT) /* nobody is there */
                        add_touch(&lists->of[SECTION_CONNECTED], s, touch);
                else if (is_read(s, touch))
                        add_read(lists, s, touch);
        }
}

void summary_lists_init(struct summary_lists *lists, const struct audit *audit, const char *path)
{
        static int (*const orders[SUMMARY_SECTIONS])(const void *, const void *) = {
                [SECTION_LOOK] = by_mark,
                [SECTION_REFUSED] = by_refusal,
                [SECTION_DISCARDED] = by_refusal,
                [SECTION_CONNECTED] = by_path_and_comm,
        };
        const struct words *home = &audit_run(audit)->home;
        struct sources s = open_sources(audit);

        *lists = (struct summary_lists){0};
        if (home->bytes) {
                lists->home = xcalloc(1, home->len + 1);
                memcpy(lists->home, home->bytes, home->len);
        }
        for (size_t i = 0; i < s.nchanges; i++)
                add_change(lists, &s.changes[i], path);
        add_programs(lists, &s);
        add_touches(lists, &s);
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                arrange(&lists->of[i], orders[i] ? orders[i] : by_path);
        free(s.asked);
}

void summary_lists_fini(struct summary_lists *lists)
{
        for (unsigned i = 0; i < SUMMARY_SECTIONS; i++)
                free(lists->of[i].entries);
        free(lists->home);
}
