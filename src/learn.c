/* learn.c: from what a run touched to a policy: collect, generalise, word, and check that it
 * allows what it was learned from. */
#include "learn.h"

#include "learn_check.h"
#include "learn_guard.h"
#include "learn_names.h"
#include "learn_paths.h"
#include "learn_text.h"
#include "learn_touches.h"
#include "path.h"
#include "policy_load.h"
#include "util.h"

#include <errno.h>

enum {
        ROUNDS_MAX = 6, /* of checking, and adding what is missing */
        HOSTS_MIN = 4   /* with one port, that make a rule of the port */
};

#define FOLLOWERS (CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE) | CLASS_BIT(CLASS_ATTR))

struct learning {
        const struct audit *audit;
        const struct learn_options *options;
        const struct words *paths; /* of the audit */
        unsigned char *kinds;      /* owned; by path */
        struct learn_names *names; /* owned */
        struct policy base;        /* base.ini */
        struct learn_restraint restraint;
        struct learn_text text;
        struct wants wants;
        unsigned follows; /* CLASS_BIT */
};

/* ---- base.ini ---- */

static bool load_base(struct learning *l)
{
        struct messages messages = {0};
        struct loader *loader;
        bool loaded;

        policy_init(&l->base);
        loader = loader_new(&l->base, &messages);
        loader_set_search(loader, l->options->search);
        loaded = l->options->search && !loader_add_file(loader, "base");
        loader_finish(loader);
        loaded = loaded && !messages.errors;
        loader_free(loader);
        messages_fini(&messages);
        return loaded;
}

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

/* ---- collecting ---- */

/* One name in one class, and who used it where that matters. */
struct use {
        enum call_class class;
        uint32_t path;
        pid_t tgid;
        bool present;
        uint64_t calls;
};

struct uses {
        struct use *list; /* owned */
        size_t n, room;
};

static void add_use(struct uses *uses, const struct use *use)
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
        struct use use = {.path = path, .calls = touch->count};

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
        const struct use *a = one, *b = other;

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

static char *pattern_of(const struct learning *l, const struct use *use, const char *guard)
{
        const struct words *path = &l->paths[use->path];
        char *pattern;

        if (path->bytes[0] != '/')
                return path->bytes[0] == '@' ? learn_names_exact(path, 0) : learn_address(path);
        if (guard)
                return learn_names_exact(path, use->tgid);
        pattern = learn_names_pattern(l->names, path, use->tgid);
        if (!path_has_wildcard(pattern) ||
            !learn_guard_meets(l->options->guarded, use->class, pattern))
                return pattern;
        free(pattern);
        return learn_names_exact(path, use->tgid);
}

static unsigned is_of_kind(unsigned kind)
{
        return (kind & KIND_DIRECTORY ? WANT_DIRECTORY : 0) | (kind & KIND_LINK ? WANT_LINK : 0);
}

static void want_use(struct learning *l, const struct use *use)
{
        const struct words *path = &l->paths[use->path];
        const char *guard =
                learn_guard_of(l->options->guarded, use->class, path->bytes, path->len, use->tgid);
        struct want want = {.class = use->class,
                            .names = use->calls > 0, /* of a program that has run: known anyway */
                            .calls = use->calls,
                            .note = guard};

        if ((use->class == CLASS_WRITE && is_in_base(l, path, use->tgid, false)) ||
            (FOLLOWERS & CLASS_BIT(use->class) && is_in_base(l, path, use->tgid, true)))
                return;
        want.pattern = pattern_of(l, use, guard);
        want.is = (use->present ? WANT_PRESENT : 0) | (guard ? WANT_GUARDED : 0) |
                  is_of_kind(l->kinds[use->path]);
        wants_add(&l->wants, &want);
}

static void collect(struct learning *l)
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
        wants_join(&l->wants);
}

/* ---- addresses ---- */

/* The port of "inet:HOST:PORT", NULL if it has none. */
static const char *port_of(const struct want *want)
{
        const char *colon = strrchr(want->pattern, ':');

        return want->class == CLASS_CONNECT && !strncmp(want->pattern, "inet:", 5) && colon &&
                               colon > want->pattern + 5
                       ? colon + 1
                       : NULL;
}

static size_t count_port(const struct wants *wants, const char *port)
{
        size_t hosts = 0;

        for (size_t i = 0; i < wants->n; i++) {
                const char *other = port_of(&wants->list[i]);

                hosts += other && !strcmp(port, other);
        }
        return hosts;
}

/* Many hosts with one port: what varies is the host. */
static void join_ports(struct wants *wants)
{
        size_t first = 0;
        cleanup_free bool *many = xcalloc(wants->n + 1, sizeof(*many));

        while (first < wants->n && wants->list[first].class != CLASS_CONNECT)
                first++;
        for (size_t i = first; i < wants->n; i++)
                many[i] = port_of(&wants->list[i]) &&
                          count_port(wants, port_of(&wants->list[i])) >= HOSTS_MIN;
        for (size_t i = first; i < wants->n; i++) {
                char *pattern;

                if (!many[i])
                        continue;
                pattern = xasprintf("inet:%s", port_of(&wants->list[i]));
                free(wants->list[i].pattern);
                wants->list[i].pattern = pattern;
                wants->list[i].is |= WANT_BELOW; /* of which names are counted */
        }
        wants_join(wants);
}

/* ---- what is too long for a line ---- */

static char *cut_name(const struct learning *l, const struct want *want, size_t room)
{
        size_t slash = (size_t)(strrchr(want->pattern, '/') - want->pattern);
        cleanup_free char *pattern = NULL;

        while (room > slash + 1 && (((unsigned char)want->pattern[room] & 0xc0) == 0x80 ||
                                    strchr("\\*?[]", want->pattern[room - 1])))
                room--;
        if (room <= slash + 1 || want->is & WANT_BELOW)
                return NULL;
        pattern = xasprintf("%.*s*", (int)room, want->pattern);
        return learn_guard_meets(l->options->guarded, want->class, pattern)
                       ? NULL
                       : steal_pointer(&pattern);
}

/* The nearest directory above that fits and may be a rule. */
static char *find_above(const struct learning *l, const struct want *want, size_t room)
{
        for (size_t len = room; len > 1; len--) {
                cleanup_free char *above = xasprintf("%.*s", (int)len, want->pattern);
                cleanup_free char *plain = xstrdup(above);

                if (want->pattern[len] != '/' || path_has_wildcard(above))
                        continue;
                path_unescape(plain);
                if (learn_paths_may_cover(&l->restraint, want->class, plain))
                        return steal_pointer(&above);
        }
        return NULL;
}

static void shorten(struct learning *l)
{
        for (size_t i = 0; i < l->wants.n; i++) {
                struct want *want = &l->wants.list[i];
                cleanup_free char *shown = learn_text_pattern(&l->text, want->pattern);
                size_t more = strlen(shown) - strlen(want->pattern), room;
                char *pattern;

                if (learn_text_fits(&l->text, want) || want->is & WANT_GUARDED ||
                    want->pattern[0] != '/')
                        continue;
                room = LEARN_LINE_MAX - strlen("allow = ") - strlen("*") - more;
                if (room >= strlen(want->pattern))
                        room = strlen(want->pattern) - 1;
                pattern = cut_name(l, want, room);
                if (!pattern) {
                        pattern = find_above(l, want, room);
                        want->is |= pattern ? WANT_BELOW : 0;
                }
                if (!pattern)
                        continue;
                free(want->pattern);
                want->pattern = pattern;
        }
        wants_join(&l->wants);
}

/* ---- wording ---- */

/* The wants of that class. Returns how many. */
static size_t section_of(const struct learning *l, enum call_class class, struct want **first)
{
        size_t from = 0, n = 0;

        while (from < l->wants.n && l->wants.list[from].class < class)
                from++;
        while (from + n < l->wants.n && l->wants.list[from + n].class == class)
                n++;
        *first = l->wants.list + from;
        return n;
}

static bool is_same_section(const struct learning *l, enum call_class class)
{
        struct want *write, *other;
        size_t nwrite = section_of(l, CLASS_WRITE, &write);
        size_t nother = section_of(l, class, &other);

        for (size_t i = 0; i < nwrite && nwrite == nother; i++)
                if (strcmp(write[i].pattern, other[i].pattern) != 0 ||
                    (write[i].is ^ other[i].is) & WANT_BELOW)
                        return false;
        return nwrite == nother;
}

static size_t write_policy(const struct learning *l, FILE *out)
{
        static const enum call_class order[] = {CLASS_READ, CLASS_WRITE, CLASS_CREATE, CLASS_DELETE,
                                                CLASS_ATTR, CLASS_EXEC,  CLASS_CONNECT};
        size_t rules = 0;

        learn_text_head(&l->text, out);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                struct want *wants;
                size_t n = section_of(l, order[i], &wants);

                if (FOLLOWERS & CLASS_BIT(order[i]) && is_same_section(l, order[i]))
                        continue;
                rules += learn_text_section(&l->text, out, order[i], wants, n);
        }
        return rules;
}

/* ---- checking ---- */

static bool may_be_moved(const struct learning *l, const struct learn_refusal *refusal)
{
        const struct words *path = &l->paths[refusal->path];

        return !refusal->whole || learn_paths_may_move(&l->restraint, refusal->class, path->bytes);
}

/* A rule about that very name: where it is moved with all that is below it, about that too. */
static void want_refused(struct learning *l, const struct learn_refusal *refusal)
{
        const struct use use = {
                .class = refusal->class, .path = refusal->path, .tgid = refusal->tgid};
        const struct words *path = &l->paths[refusal->path];
        const char *guard =
                learn_guard_of(l->options->guarded, use.class, path->bytes, path->len, use.tgid);
        struct want want = {.class = use.class, .names = 1, .calls = 1, .note = guard};
        char *alone;

        if (!may_be_moved(l, refusal))
                return;
        want.is = WANT_PRESENT | (guard ? WANT_GUARDED : 0) | is_of_kind(l->kinds[use.path]) |
                  (refusal->carried ? WANT_MOVED : 0) | (refusal->whole ? WANT_BELOW : 0);
        want.pattern = pattern_of(l, &use, guard);
        if (want.is & (WANT_DIRECTORY | WANT_LINK) && !(want.is & WANT_BELOW) &&
            use.class != CLASS_CONNECT) {
                alone = learn_names_alone(want.pattern);
                free(want.pattern);
                want.pattern = alone;
        }
        wants_add(&l->wants, &want);
}

static size_t count_below(const struct wants *wants)
{
        size_t n = 0;

        for (size_t i = 0; i < wants->n; i++)
                n += (wants->list[i].is & WANT_BELOW) != 0;
        return n;
}

/* Did that change anything? */
static bool want_all_refused(struct learning *l, const struct learn_refusals *refusals)
{
        size_t n = l->wants.n, below = count_below(&l->wants);

        for (size_t i = 0; i < refusals->n; i++)
                want_refused(l, &refusals->list[i]);
        wants_join(&l->wants);
        shorten(l);
        return l->wants.n != n || count_below(&l->wants) != below;
}

static void add_all(const struct learning *l, struct learn_lines *lines,
                    const struct learn_refusals *refusals)
{
        for (size_t i = 0; i < refusals->n; i++)
                learn_lines_add(lines, refusals->list[i].class, &l->paths[refusals->list[i].path],
                                NULL);
}

/* Word it, check it, add what is missing, until nothing is, or nothing helps. */
static size_t settle(struct learning *l, struct learn_lines *left, char **text, char **why)
{
        for (unsigned round = 0;; round++) {
                struct learn_refusals refusals = {0};
                size_t len = 0, rules;
                FILE *out = open_memstream(text, &len);
                bool again;

                if (!out)
                        return 0;
                rules = write_policy(l, out);
                fclose(out);
                again = !learn_check(*text, len, l->audit, l->options, l->kinds, &refusals, why) &&
                        refusals.n && round < ROUNDS_MAX && want_all_refused(l, &refusals);
                if (!again)
                        add_all(l, left, &refusals);
                free(refusals.list);
                if (!again)
                        return rules;
                free(steal_pointer(text));
        }
}

/* ---- what is not learned ---- */

static void list_refused(const struct learning *l, struct learn_lines *lines)
{
        size_t n, nrules;
        const struct audit_touch *touches = audit_touches(l->audit, &n);
        const struct words *rules = audit_rules(l->audit, &nrules);

        for (size_t i = 0; i < n; i++) {
                const struct audit_touch *touch = &touches[i];

                if (learn_was_refused(touch) && touch->path != AUDIT_NONE &&
                    touch->class < CLASS_COUNT)
                        learn_lines_add(lines, touch->class, &l->paths[touch->path],
                                        touch->rule < nrules ? &rules[touch->rule] : NULL);
        }
}

/* Sockets of other families than those that a rule can name. */
static void list_unnameable(const struct learning *l, struct learn_lines *lines)
{
        size_t n;
        const struct audit_touch *touches = audit_touches(l->audit, &n);

        for (size_t i = 0; i < n; i++) {
                const struct audit_touch *touch = &touches[i];

                if (!learn_was_refused(touch) && touch->path != AUDIT_NONE &&
                    touch->asks & CLASS_BIT(CLASS_CONNECT) &&
                    !learn_is_nameable(CLASS_CONNECT, &l->paths[touch->path]))
                        learn_lines_add(lines, CLASS_CONNECT, &l->paths[touch->path], NULL);
        }
}

/* ---- the whole ---- */

static char *place_pattern(const struct words *place)
{
        return learn_place(place) ? learn_names_exact(place, 0) : NULL;
}

static void begin(struct learning *l)
{
        const struct audit_run *run = audit_run(l->audit);
        size_t n;

        l->paths = audit_paths(l->audit, &n);
        l->kinds = learn_kinds(l->audit);
        l->names = learn_names_new(l->audit);
        l->text = (struct learn_text){.audit = l->audit,
                                      .has_base = load_base(l),
                                      .cwd = place_pattern(&run->cwd),
                                      .home = place_pattern(&run->home)};
        l->restraint = (struct learn_restraint){.guarded = l->options->guarded,
                                                .names = l->names,
                                                .cwd = learn_place(&run->cwd),
                                                .home = learn_place(&run->home)};
}

static void end(struct learning *l)
{
        wants_fini(&l->wants);
        policy_fini(&l->base);
        learn_names_free(l->names);
        free(l->text.cwd);
        free(l->text.home);
        free(l->kinds);
}

struct learned learn_write(FILE *out, const struct audit *audit,
                           const struct learn_options *options)
{
        struct learning l = {.audit = audit, .options = options};
        struct learn_lines refused = {0}, left = {0};
        cleanup_free char *text = NULL, *why = NULL;
        struct learned learned;

        begin(&l);
        collect(&l);
        learn_paths_generalise(&l.restraint, &l.wants);
        join_ports(&l.wants);
        shorten(&l);
        learned.rules = settle(&l, &left, &text, &why);
        list_unnameable(&l, &left);
        list_refused(&l, &refused);
        learn_lines_sort(&left);
        learn_lines_sort(&refused);
        fputs(text ? text : "", out);
        if (why)
                fprintf(out, "\n# This could not be checked: %s\n", why);
        learn_lines_write(&left, out,
                          "No rule can allow this, or none should; it will be refused:");
        learn_lines_write(&refused, out, "Refused in that run, and not allowed here:");
        learned.unlearned = left.n + (why != NULL);
        learn_lines_fini(&left);
        learn_lines_fini(&refused);
        end(&l);
        return learned;
}
