/* policy_overlap.c: warnings: rules that others make ineffective or superfluous. */
#include "loader.h"

#include "names.h"
#include "path.h"
#include "policy_index.h"

/* A rule as it takes effect: with its links followed. */
struct entry {
        const struct rule *rule;
        const struct note *note;
        const struct pattern *pattern;
};

/* All rules, sorted by class, kind of pattern, pattern, the strictest first. */
struct entries {
        struct entry *list;
        size_t n;
};

static int compare_patterns(const struct pattern *a, const struct pattern *b)
{
        int order;

        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        if (a->kind != PATTERN_INET)
                return strcmp(a->text, b->text);
        order = memcmp(a->address, b->address, sizeof(a->address));
        if (order == 0)
                order = (int)a->bits - (int)b->bits;
        return order ? order : (int)a->port - (int)b->port;
}

static int compare_subjects(const struct entry *a, const struct entry *b)
{
        if (a->rule->class != b->rule->class)
                return a->rule->class < b->rule->class ? -1 : 1;
        return compare_patterns(a->pattern, b->pattern);
}

static int compare_entries(const void *one, const void *other)
{
        const struct entry *a = one, *b = other;
        int order = compare_subjects(a, b);

        if (order)
                return order;
        if (a->rule->action != b->rule->action)
                return a->rule->action > b->rule->action ? -1 : 1;
        return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static void collect(const struct loader *loader, struct entries *entries)
{
        const struct policy *policy = loader->policy;

        entries->n = policy->nrules;
        entries->list = xcalloc(entries->n, sizeof(*entries->list));
        for (size_t r = 0; r < entries->n; r++) {
                const struct rule *rule = &policy->rules[r];

                entries->list[r] = (struct entry){rule, &loader->notes[r],
                                                  &rule->spelling[rule->nspellings - 1]};
        }
        qsort(entries->list, entries->n, sizeof(*entries->list), compare_entries);
}

/* ---- the same pattern twice ---- */

static void warn_of_twin(struct loader *loader, const struct entry *strict,
                         const struct entry *weak)
{
        char where[PATH_MAX + 16];
        bool same = strict->rule->action == weak->rule->action;
        bool across = strict->note->source != weak->note->source;
        bool minor = same ? across
                          : is_included(weak->note) || (from_command_line(strict->note) && across);

        if (same && (strict->note->varies || weak->note->varies))
                return;
        origin_format(&strict->rule->origin, where, sizeof(where));
        if (same)
                loader_warn(loader, &weak->rule->origin, minor, "%s says the same as %s",
                            said(weak->rule).text, where);
        else
                loader_warn(loader, &weak->rule->origin, minor,
                            "%s has no effect: %s in %s is stricter", said(weak->rule).text,
                            said(strict->rule).text, where);
}

static void check_twins(struct loader *loader, const struct entries *entries)
{
        const struct entry *strict = entries->list;

        for (size_t i = 1; i < entries->n; i++) {
                const struct entry *entry = &entries->list[i];

                if (compare_subjects(strict, entry) == 0)
                        warn_of_twin(loader, strict, entry);
                else
                        strict = entry;
        }
}

/* ---- rules that change nothing ---- */

/* The plain paths of a class, in order, and its wildcards: what may lie above or below a path. */
struct family {
        const struct class_policy *class_policy;
        const struct entry *plain, *wild;
        size_t nplain, nwild;
        size_t (*before)[ACTION_COUNT]; /* owned: rules of each action before a place in plain */
};

enum { WILDCARDS_MAX = 64 /* beyond, nothing is said */ };

static void count_actions(struct family *family)
{
        family->before = xcalloc(family->nplain + 1, sizeof(*family->before));
        for (size_t i = 0; i < family->nplain; i++) {
                memcpy(family->before[i + 1], family->before[i], sizeof(family->before[i]));
                family->before[i + 1][family->plain[i].rule->action]++;
        }
}

/* The first place whose text is not before path followed by end. */
static size_t place_of(const struct family *family, const char *path, size_t len, char end)
{
        size_t low = 0, high = family->nplain;

        while (low < high) {
                size_t middle = (low + high) / 2;
                const char *text = family->plain[middle].pattern->text;
                int order = strncmp(text, path, len);

                if (order < 0 || (order == 0 && (unsigned char)text[len] < (unsigned char)end))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static size_t others_between(const struct family *family, size_t from, size_t to,
                             enum action action)
{
        size_t others = 0;

        for (enum action a = 0; a < ACTION_COUNT; a++)
                if (a != action)
                        others += family->before[to][a] - family->before[from][a];
        return others;
}

static bool others_below(const struct family *family, const struct entry *entry)
{
        const struct pattern *pattern = entry->pattern;
        size_t from = place_of(family, pattern->text, pattern->len, '/');
        size_t to = place_of(family, pattern->text, pattern->len, '/' + 1);

        return others_between(family, from, to, entry->rule->action) > 0;
}

/* One that depends on where the command is started does not make another one superfluous. */
static bool any_fixed(const struct family *family, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++)
                if (!family->plain[i].note->varies)
                        return true;
        return false;
}

/* Do rules above it say something else? If not, *covered: one of them says the same. */
static bool others_above(const struct family *family, const struct entry *entry, bool *covered)
{
        const struct pattern *pattern = entry->pattern;

        *covered = false;
        for (size_t len = pattern->len; len-- > 0;) {
                size_t from, to;

                if (pattern->text[len] != '/')
                        continue;
                from = place_of(family, pattern->text, len, '\0');
                to = place_of(family, pattern->text, len, '\1');
                if (others_between(family, from, to, entry->rule->action) > 0)
                        return true;
                *covered = *covered || any_fixed(family, from, to);
        }
        return false;
}

static bool others_by_wildcard(const struct family *family, const struct entry *entry)
{
        const struct pattern *pattern = entry->pattern;

        for (size_t i = 0; i < family->nwild; i++) {
                const struct entry *wild = &family->wild[i];

                if (wild->rule->action != entry->rule->action &&
                    (path_match(wild->pattern->text, pattern->text, pattern->len) ||
                     path_match_below(wild->pattern->text, pattern->text, pattern->len)))
                        return true;
        }
        return false;
}

/* Only where no rule that says something else has to do with that path, above or below. */
static bool changes_nothing(const struct family *family, const struct entry *entry)
{
        bool covered;

        if (others_below(family, entry) || others_above(family, entry, &covered) ||
            others_by_wildcard(family, entry))
                return false;
        return covered || family->class_policy->fallback == entry->rule->action;
}

static bool has_twin(const struct family *family, const struct entry *entry)
{
        return (entry > family->plain && compare_subjects(entry - 1, entry) == 0) ||
               (entry + 1 < family->plain + family->nplain &&
                compare_subjects(entry, entry + 1) == 0);
}

static void check_family(struct loader *loader, struct family *family)
{
        if (family->nwild > WILDCARDS_MAX)
                return;
        count_actions(family);
        for (size_t i = 0; i < family->nplain; i++) {
                const struct entry *entry = &family->plain[i];
                bool minor = is_included(entry->note) || from_command_line(entry->note);

                if (entry->note->varies || has_twin(family, entry) ||
                    !changes_nothing(family, entry))
                        continue;
                loader_warn(loader, &entry->rule->origin, minor,
                            "%s changes nothing: [%s] does the same without it",
                            said(entry->rule).text, class_name(entry->rule->class));
        }
        free(family->before);
}

static size_t count_run(const struct entry *entry, const struct entry *end, enum call_class class,
                        enum pattern_kind kind)
{
        const struct entry *e = entry;

        while (e < end && e->rule->class == class && e->pattern->kind == kind)
                e++;
        return (size_t)(e - entry);
}

/* Where all is allowed, each rule that allows changes nothing; that is said once, elsewhere. */
static void check_effects(struct loader *loader, const struct entries *entries)
{
        const struct entry *entry = entries->list, *end = entry + entries->n;

        while (entry < end) {
                enum call_class class = entry->rule->class;
                struct family family = {.class_policy = &loader->policy->classes[class],
                                        .plain = entry};

                family.nplain = count_run(entry, end, class, PATTERN_LITERAL);
                family.wild = entry + family.nplain;
                family.nwild = count_run(family.wild, end, class, PATTERN_WILDCARD);
                if (!only_allows(loader, class))
                        check_family(loader, &family);
                while (entry < end && entry->rule->class == class)
                        entry++;
        }
}

void check_overlaps(struct loader *loader)
{
        struct entries entries;

        if (loader->policy->nrules == 0)
                return;
        collect(loader, &entries);
        check_twins(loader, &entries);
        check_effects(loader, &entries);
        free(entries.list);
}
