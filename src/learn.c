/* learn.c: from what a run touched to a policy: collect, generalise, word, and check that it
 * allows what it was learned from. */
#include "learn.h"

#include "learn_check.h"
#include "learn_collect.h"
#include "learn_fit.h"
#include "learn_touches.h"
#include "policy_index.h"
#include "policy_load.h"
#include "util.h"

enum {
        ROUNDS_MAX = 6 /* of checking, and adding what is missing */
};

/* ---- base.ini ---- */

static bool load_base(struct learning *l)
{
        struct messages messages = {0};
        struct loader *loader;
        bool loaded;

        policy_init(&l->base);
        loader = loader_new(&l->base, &messages);
        loader_set_search(loader, l->search);
        loaded = l->search && !loader_add_file(loader, "base");
        loader_finish(loader);
        loaded = loaded && !messages.errors;
        loader_free(loader);
        messages_fini(&messages);
        return loaded;
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
        *first = n > 0 ? l->wants.list + from : NULL;
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

/* Of a script every record has its interpreter, but not the script itself. */
static bool is_recorded(const struct learning *l, enum call_class class)
{
        return audit_run(l->audit)->recorded & CLASS_BIT(class);
}

static unsigned unrecorded(const struct learning *l)
{
        unsigned classes = 0;

        for (enum call_class class = CLASS_OUTPUT + 1; class < CLASS_COUNT; class ++)
                classes |= is_recorded(l, class) ? 0 : CLASS_BIT(class);
        return classes;
}

static size_t write_policy(const struct learning *l, FILE *out)
{
        static const enum call_class order[] = {CLASS_READ, CLASS_WRITE, CLASS_CREATE, CLASS_DELETE,
                                                CLASS_ATTR, CLASS_EXEC,  CLASS_CONNECT};
        size_t rules = 0;

        learn_text_head(&l->text, out);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                bool follows = FOLLOWS_WRITE & CLASS_BIT(order[i]) && is_recorded(l, CLASS_WRITE);
                struct want *wants;
                size_t n = section_of(l, order[i], &wants);

                if (!is_recorded(l, order[i])) {
                        learn_text_unrecorded(out, order[i], follows);
                        continue;
                }
                if (follows && is_same_section(l, order[i]))
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

/* About that very name: where it is moved with all that is below it, about that too. */
static void want_refused(struct learning *l, const struct learn_refusal *refusal,
                         struct wants *wants)
{
        const struct learn_use use = {.class = refusal->class,
                                      .path = refusal->path,
                                      .tgid = refusal->tgid,
                                      .present = true,
                                      .calls = 1};
        struct want want;

        if (!may_be_moved(l, refusal))
                return;
        want = learn_want_of(l, &use);
        want.is |= (refusal->carried ? WANT_MOVED : 0) | (refusal->whole ? WANT_BELOW : 0);
        wants_add(wants, &want);
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
        struct wants refused = {0};

        for (size_t i = 0; i < refusals->n; i++)
                want_refused(l, &refusals->list[i], &refused);
        wants_join(&refused);
        learn_paths_generalise(&l->restraint, &refused);
        wants_move(&l->wants, &refused);
        wants_join(&l->wants);
        learn_fit_lines(l);
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
                again = !learn_check(*text, len, l->audit, l->search, l->kinds, &refusals, why) &&
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
        l->restraint = (struct learn_restraint){.guarded = l->guarded,
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
        struct learning l = {
                .audit = audit, .guarded = options->guarded, .search = options->search};
        struct learn_lines refused = {0}, left = {0};
        cleanup_free char *text = NULL, *why = NULL;
        struct learned learned;

        begin(&l);
        learn_collect(&l);
        learn_paths_generalise(&l.restraint, &l.wants);
        learn_fit_ports(&l.wants);
        learn_fit_lines(&l);
        learned.unrecorded = unrecorded(&l);
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
