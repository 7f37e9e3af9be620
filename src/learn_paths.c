/* learn_paths.c: from single names to rules, with restraint. */
#include "learn_paths.h"

#include "learn_guard.h"
#include "path.h"
#include "policy_index.h"
#include "util.h"

enum {
        ENTRIES_MIN = 4,   /* in a directory, or with one ending, that make a rule */
        PROGRAMS_MIN = 40, /* in a directory of programs */
        ENDING_MAX = 8
};

#define CHANGING (CLASS_BIT(CLASS_WRITE) | FOLLOWS_WRITE)

/* Where everybody's programs and libraries are, and nobody's secrets. */
static const char *const system_places[] = {"/usr",    "/lib", "/lib32", "/lib64",
                                            "/libx32", "/bin", "/sbin"};

/* Never as a whole, in whatever class. */
static const char *const forbidden[] = {
        "/",    "/home",  "/root", "/etc",     "/var",       "/var/lib",   "/run",
        "/dev", "/proc",  "/sys",  "/tmp",     "/var/tmp",   "/opt",       "/srv",
        "/mnt", "/media", "/boot", "/var/log", "/var/cache", "/var/spool", "/usr/local"};

/* Where no directory is a rule, but one that the run made, if it may be a rule at all. */
static const char *const reserved[] = {"/etc",   "/boot",  "/sys",    "/usr", "/lib",
                                       "/lib32", "/lib64", "/libx32", "/bin", "/sbin"};

/* Nothing there is alike. */
static const char *const singular[] = {"/dev", "/proc", "/run"};

static bool covers(const char *above, const char *path)
{
        return path_covers(above, strlen(above), path, strlen(path));
}

static bool is_below_one(const char *const *places, size_t n, const char *path)
{
        for (size_t i = 0; i < n; i++)
                if (covers(places[i], path))
                        return true;
        return false;
}

static bool is_one(const char *const *places, size_t n, const char *path)
{
        for (size_t i = 0; i < n; i++)
                if (!strcmp(places[i], path))
                        return true;
        return false;
}

/* ---- directories ---- */

/* It, or what it is in: to grant that is to grant all of it. */
static bool holds_place(const char *directory, const char *place, bool itself)
{
        return place && covers(directory, place) && (itself || strcmp(directory, place) != 0);
}

static bool is_system_read(enum call_class class, const char *directory)
{
        return class == CLASS_READ && is_one(system_places, ARRAY_SIZE(system_places), directory);
}

static bool is_reserved(const struct learn_restraint *restraint, enum call_class class,
                        const char *directory)
{
        return CHANGING & CLASS_BIT(class) &&
               is_below_one(reserved, ARRAY_SIZE(reserved), directory) &&
               !learn_names_made(restraint->names, directory, strlen(directory));
}

static bool is_forbidden(const struct learn_restraint *restraint, const char *directory)
{
        return is_one(forbidden, ARRAY_SIZE(forbidden), directory) ||
               is_below_one(singular, ARRAY_SIZE(singular), directory) ||
               holds_place(directory, restraint->home, true) ||
               holds_place(directory, restraint->cwd, false);
}

static bool is_permitted(const struct learn_restraint *restraint, enum call_class class,
                         const char *directory)
{
        bool first_level = !strchr(directory + 1, '/');
        bool here = restraint->cwd && !strcmp(directory, restraint->cwd);

        if (is_forbidden(restraint, directory) || is_reserved(restraint, class, directory))
                return false;
        if (class == CLASS_EXEC)
                return is_below_one(system_places, ARRAY_SIZE(system_places), directory);
        return !first_level || here;
}

bool learn_paths_may_cover(const struct learn_restraint *restraint, enum call_class class,
                           const char *directory)
{
        return (is_system_read(class, directory) || is_permitted(restraint, class, directory)) &&
               !learn_guard_of(restraint->guarded, class, directory, strlen(directory), 0) &&
               !learn_guard_below(restraint->guarded, class, directory);
}

bool learn_paths_may_move(const struct learn_restraint *restraint, enum call_class class,
                          const char *directory)
{
        return !is_forbidden(restraint, directory) &&
               !learn_guard_of(restraint->guarded, class, directory, strlen(directory), 0) &&
               !learn_guard_below(restraint->guarded, class, directory);
}

/* An entry of a directory: the first child bytes of text, of which dir are the directory's. */
struct step {
        const char *text;
        size_t dir, child;
};

static int compare_dirs(const struct step *a, const struct step *b)
{
        size_t len = a->dir < b->dir ? a->dir : b->dir;
        int order = memcmp(a->text, b->text, len);

        return order ? order : (a->dir > b->dir) - (a->dir < b->dir);
}

static int compare_steps(const void *one, const void *other)
{
        const struct step *a = one, *b = other;
        size_t len = a->child < b->child ? a->child : b->child;
        int order = compare_dirs(a, b);

        if (!order)
                order = memcmp(a->text, b->text, len);
        return order ? order : (a->child > b->child) - (a->child < b->child);
}

struct steps {
        struct step *list; /* owned */
        size_t n, room;
};

static void add_step(struct steps *steps, const char *text, size_t dir, size_t child)
{
        if (steps->n == steps->room) {
                steps->room = steps->room ? 2 * steps->room : 256;
                steps->list = xreallocarray(steps->list, steps->room, sizeof(*steps->list));
        }
        steps->list[steps->n++] = (struct step){text, dir, child};
}

static bool counts(const struct want *want)
{
        return want->is & WANT_PRESENT && !(want->is & WANT_GUARDED);
}

/* A wildcard may be the last of it: what stands in a directory whose name varies is no evidence. */
static void add_steps(struct steps *steps, const struct want *want)
{
        size_t literal = path_literal_len(want->pattern), len = strlen(want->pattern);

        for (size_t dir = 1; dir < len && dir <= literal; dir++) {
                const char *next;

                if (want->pattern[dir] != '/')
                        continue;
                next = strchrnul(want->pattern + dir + 1, '/');
                add_step(steps, want->pattern, dir, (size_t)(next - want->pattern));
        }
}

static char *plain_text(const char *pattern, size_t len)
{
        char *text = xasprintf("%.*s", (int)len, pattern);

        path_unescape(text);
        return text;
}

/* Of sorted steps those are kept, one for each, whose directories become rules. */
static void keep_rules(const struct learn_restraint *restraint, enum call_class class,
                       struct steps *steps)
{
        size_t min = class == CLASS_EXEC ? PROGRAMS_MIN : ENTRIES_MIN, kept = 0;

        for (size_t first = 0, next; first < steps->n; first = next) {
                const struct step *step = &steps->list[first];
                cleanup_free char *directory = plain_text(step->text, step->dir);
                size_t entries = 1;

                for (next = first + 1; next < steps->n && !compare_dirs(step, &steps->list[next]);
                     next++)
                        entries += compare_steps(&steps->list[next - 1], &steps->list[next]) != 0;
                if (entries >= min && learn_paths_may_cover(restraint, class, directory))
                        steps->list[kept++] = *step;
        }
        steps->n = kept;
}

/* The topmost rule that covers the want: bytes of its pattern, 0 if there is none. */
static size_t find_rule(const struct steps *rules, const struct want *want)
{
        size_t len = strlen(want->pattern);

        for (size_t dir = 1; rules->n && dir <= len; dir++) {
                size_t low = 0, high = rules->n;
                struct step key = {want->pattern, dir, dir};

                if (want->pattern[dir] != '/' && want->pattern[dir])
                        continue;
                while (low < high) {
                        size_t middle = low + (high - low) / 2;

                        if (compare_dirs(&rules->list[middle], &key) < 0)
                                low = middle + 1;
                        else
                                high = middle;
                }
                if (low < rules->n && !compare_dirs(&rules->list[low], &key))
                        return dir;
        }
        return 0;
}

static void cover(struct want *want, size_t len)
{
        char *pattern = xasprintf("%.*s", (int)len, want->pattern);

        free(want->pattern);
        want->pattern = pattern;
        want->is |= WANT_BELOW;
}

/* The rules borrow their text from patterns: those are replaced after all have been looked up. */
static void make_directories(const struct learn_restraint *restraint, struct want *wants, size_t n)
{
        struct steps rules = {0};
        cleanup_free size_t *covered = xcalloc(n, sizeof(*covered));

        for (size_t i = 0; i < n; i++)
                if (counts(&wants[i]))
                        add_steps(&rules, &wants[i]);
        if (rules.n)
                qsort(rules.list, rules.n, sizeof(*rules.list), compare_steps);
        keep_rules(restraint, wants->class, &rules);
        for (size_t i = 0; i < n; i++)
                covered[i] = find_rule(&rules, &wants[i]);
        for (size_t i = 0; i < n; i++)
                if (covered[i])
                        cover(&wants[i], covered[i]);
        free(rules.list);
}

static void read_system(const struct learn_restraint *restraint, struct want *wants, size_t n)
{
        for (size_t p = 0; p < ARRAY_SIZE(system_places); p++) {
                const char *place = system_places[p];

                if (!learn_paths_may_cover(restraint, CLASS_READ, place))
                        continue;
                for (size_t i = 0; i < n; i++)
                        if (covers(place, wants[i].pattern))
                                cover(&wants[i], strlen(place));
        }
}

/* ---- endings ---- */

/* A single file by its plain name. */
static bool is_file(const struct want *want)
{
        return !(want->is & (WANT_DIRECTORY | WANT_LINK | WANT_BELOW | WANT_GUARDED)) &&
               !path_has_wildcard(want->pattern);
}

/* "/a/" and "*.o" of "/a/x.o"; NULL if there is no ending, or it says nothing there. Owned. */
static char *ending_pattern(const struct want *want)
{
        const char *name = strrchr(want->pattern, '/') + 1, *dot = strrchr(name, '.');
        size_t len = dot ? strlen(dot + 1) : 0;

        if (!is_file(want) || len == 0 || len > ENDING_MAX || dot == name ||
            strspn(dot + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") !=
                    len ||
            is_below_one(singular, ARRAY_SIZE(singular), want->pattern) ||
            (CHANGING & CLASS_BIT(want->class) &&
             is_below_one(reserved, ARRAY_SIZE(reserved), want->pattern)))
                return NULL;
        return xasprintf("%.*s*%s", (int)(name - want->pattern), want->pattern, dot);
}

struct ending {
        char *pattern;     /* owned, or NULL */
        struct want *want; /* borrowed */
};

static int compare_endings(const void *one, const void *other)
{
        const struct ending *a = one, *b = other;

        if (!a->pattern || !b->pattern)
                return !a->pattern - !b->pattern;
        return strcmp(a->pattern, b->pattern);
}

static void replace(struct want *want, const char *pattern)
{
        free(want->pattern);
        want->pattern = xstrdup(pattern);
}

static void apply_ending(const struct learn_restraint *restraint, struct ending *endings, size_t n)
{
        size_t present = 0;

        for (size_t i = 0; i < n; i++)
                present += (endings[i].want->is & WANT_PRESENT) != 0;
        if (present < ENTRIES_MIN ||
            learn_guard_meets(restraint->guarded, endings->want->class, endings->pattern))
                return;
        for (size_t i = 0; i < n; i++)
                replace(endings[i].want, endings->pattern);
}

static void make_endings(const struct learn_restraint *restraint, struct want *wants, size_t n)
{
        cleanup_free struct ending *endings = xcalloc(n, sizeof(*endings));

        for (size_t i = 0; i < n; i++)
                endings[i] = (struct ending){ending_pattern(&wants[i]), &wants[i]};
        qsort(endings, n, sizeof(*endings), compare_endings);
        for (size_t first = 0, next; first < n && endings[first].pattern; first = next) {
                for (next = first + 1;
                     next < n && !compare_endings(&endings[first], &endings[next]);)
                        next++;
                apply_ending(restraint, endings + first, next - first);
        }
        for (size_t i = 0; i < n; i++)
                free(endings[i].pattern);
}

/* ---- versions, and names alone ---- */

/* The directories in which the user stands are called what they are called. */
static size_t fixed_len(const struct learn_restraint *restraint, const char *pattern)
{
        const char *const places[] = {restraint->cwd, restraint->home};
        size_t fixed = 0;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                char escaped[PATH_PATTERN_MAX];

                if (places[i] &&
                    path_escape(places[i], strlen(places[i]), escaped, sizeof(escaped)) >= 0 &&
                    covers(escaped, pattern) && strlen(escaped) > fixed)
                        fixed = strlen(escaped);
        }
        return fixed;
}

static void make_version(const struct learn_restraint *restraint, struct want *want)
{
        cleanup_free char *pattern = NULL;

        if (want->is & WANT_GUARDED)
                return;
        pattern = learn_names_unversioned(want->pattern, fixed_len(restraint, want->pattern));
        if (pattern && !learn_guard_meets(restraint->guarded, want->class, pattern))
                replace(want, pattern);
}

static void make_alone(struct want *want)
{
        char *pattern;

        if (want->is & WANT_BELOW || !(want->is & (WANT_DIRECTORY | WANT_LINK)))
                return;
        pattern = learn_names_alone(want->pattern);
        free(want->pattern);
        want->pattern = pattern;
}

static void generalise(const struct learn_restraint *restraint, struct want *wants, size_t n)
{
        if (wants->class == CLASS_READ)
                read_system(restraint, wants, n);
        make_directories(restraint, wants, n);
        if (wants->class != CLASS_EXEC)
                make_endings(restraint, wants, n);
        for (size_t i = 0; i < n; i++) {
                make_version(restraint, &wants[i]);
                make_alone(&wants[i]);
        }
}

void learn_paths_generalise(const struct learn_restraint *restraint, struct wants *wants)
{
        for (size_t first = 0, next; first < wants->n; first = next) {
                for (next = first + 1;
                     next < wants->n && wants->list[next].class == wants->list[first].class;)
                        next++;
                if (wants->list[first].class != CLASS_CONNECT)
                        generalise(restraint, wants->list + first, next - first);
        }
        wants_join(wants);
}
