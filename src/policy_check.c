/* policy_check.c: warnings: rules that cannot do what they say. */
#include "loader.h"

#include <glob.h>

#include "names.h"
#include "path.h"

struct quoted said(const struct rule *rule)
{
        cleanup_free char *text = xasprintf("%s = %s", action_name(rule->action), rule->source);

        return quote(text);
}

bool from_command_line(const struct note *note)
{
        return !note->source;
}

bool is_included(const struct note *note)
{
        return note->source && note->source->depth > 0;
}

/* ---- classes ---- */

static size_t count_rules(const struct loader *loader, enum call_class class, bool only_allowing)
{
        const struct policy *policy = loader->policy;
        size_t n = 0;

        for (size_t r = 0; r < policy->nrules; r++)
                if (policy->rules[r].class == class &&
                    (!only_allowing || policy->rules[r].action == ACTION_ALLOW))
                        n++;
        return n;
}

bool only_allows(const struct loader *loader, enum call_class class)
{
        return !loader->policy->classes[class].has_fallback &&
               count_rules(loader, class, true) == count_rules(loader, class, false);
}

static void check_default(struct loader *loader, enum call_class class)
{
        const struct origin *origin = &loader->sections[class];
        bool follower = class == CLASS_CREATE || class == CLASS_DELETE || class == CLASS_ATTR;
        const struct class_policy *write = &loader->policy->classes[CLASS_WRITE];

        if (!only_allows(loader, class))
                return;
        if (count_rules(loader, class, false) > 0)
                loader_warn(loader, origin, false,
                            "[%s] only allows, and what no rule names is allowed as well; "
                            "add 'default = deny'",
                            class_name(class));
        else if (follower && write->own)
                loader_warn(loader, origin, false,
                            "[%s] is empty: all of it is allowed, for it no longer follows [write]",
                            class_name(class));
}

static bool is_reachable(const struct policy *policy, enum call_class class)
{
        for (size_t i = 0; i < policy->ncalls; i++) {
                const struct call *call = policy->calls[i];

                if ((call_classes(call) | call_carries(call)) & CLASS_BIT(class))
                        return true;
        }
        return !policy->calls_given;
}

static void check_class(struct loader *loader, enum call_class class)
{
        if (!loader->policy->classes[class].own)
                return;
        check_default(loader, class);
        /* What is refused without a stop, the kernel holds, or landlock_warn() speaks of. */
        if (!policy_rules_refuse(loader->policy, class) && !is_reachable(loader->policy, class))
                loader_warn(loader, &loader->sections[class], false,
                            "[%s] has no effect: no call that [trace] lists asks for it",
                            class_name(class));
}

/* ---- rules against the file system ---- */

enum { MISSING_SAID = 3 };

/* -d makes one rule for each of several classes; once is enough. */
static bool is_repeated(const struct policy *policy, size_t r)
{
        const struct rule *rule = &policy->rules[r], *before = rule - 1;

        return r > 0 && rule->origin.file == before->origin.file &&
               rule->origin.line == before->origin.line && !strcmp(rule->source, before->source);
}

static bool is_missing(const struct loader *loader, size_t r)
{
        const struct note *note = &loader->notes[r];

        return note->missing && !is_included(note) &&
               loader->policy->rules[r].class != CLASS_CREATE && !is_repeated(loader->policy, r);
}

/* A mistake is one or two; a policy for what is yet to be made is full of them. */
static void check_existence(struct loader *loader)
{
        size_t said = 0, more = 0;

        for (size_t r = 0; r < loader->policy->nrules; r++) {
                const struct rule *rule = &loader->policy->rules[r];
                bool minor = from_command_line(&loader->notes[r]) || said == MISSING_SAID;

                if (!is_missing(loader, r))
                        continue;
                loader_warn(loader, &rule->origin, minor, "%s does not exist",
                            quote(rule->source).text);
                said += !minor;
                more += minor && !from_command_line(&loader->notes[r]);
        }
        if (more)
                loader_warn(loader, &(struct origin){NULL, 0}, false,
                            "%zu more %s what does not exist; -v says which", more,
                            more == 1 ? "rule names" : "rules name");
}

static void check_names_process(struct loader *loader, size_t r)
{
        static const char thread_self[] = "/proc/thread-self";
        const struct rule *rule = &loader->policy->rules[r];
        const struct pattern *pattern = &rule->spelling[0];
        bool minor = is_included(&loader->notes[r]);

        if (pattern->kind != PATTERN_LITERAL && pattern->kind != PATTERN_WILDCARD)
                return;
        if (names_own_descriptor(pattern->text))
                loader_warn(loader, &rule->origin, minor,
                            "%s never matches: a descriptor is judged by what it leads to",
                            said(rule).text);
        if (path_covers(thread_self, strlen(thread_self), pattern->text, pattern->len))
                loader_warn(loader, &rule->origin, minor,
                            "%s never matches; write /proc/self/task/*", said(rule).text);
}

/* ${PWD} was meant to be a project. */
static void check_covers_all(struct loader *loader, size_t r)
{
        const struct rule *rule = &loader->policy->rules[r];
        const struct pattern *pattern = &rule->spelling[rule->nspellings - 1];

        if (pattern->kind == PATTERN_LITERAL && pattern->len == 0 && loader->notes[r].varies &&
            !action_refuses(rule->action))
                loader_warn(loader, &rule->origin, false, "%s becomes '/' and covers everything",
                            said(rule).text);
}

/* Is there no other rule that refuses what lies below the directory? */
static bool below_is_open(const struct loader *loader, enum call_class class, const char *directory)
{
        struct object *object = xcalloc(1, sizeof(*object));
        struct verdict verdict;
        ssize_t len = path_join(directory, "x", 1, object->path, sizeof(object->path));

        object->kind = OBJECT_PATH;
        object->len = len < 0 ? 0 : (size_t)len;
        verdict = policy_judge(loader->policy, class, object, 0);
        free(object);
        return !action_refuses(verdict.would);
}

static void check_matches(struct loader *loader, const struct rule *rule, const char *pattern,
                          const glob_t *found)
{
        for (size_t i = 0; i < found->gl_pathc; i++) {
                const char *path = found->gl_pathv[i];
                const char *name = strrchr(path, '/') + 1;
                struct stat st;

                if (!strcmp(name, ".") || !strcmp(name, ".."))
                        continue;
                if (!path_match(pattern, path, strlen(path)) || lstat(path, &st) ||
                    !S_ISDIR(st.st_mode) || !below_is_open(loader, rule->class, path))
                        continue;
                loader_warn(loader, &rule->origin, false,
                            "%s refuses the directory %s itself, not what is below it; "
                            "add '%s = %s/**'",
                            said(rule).text, quote(path).text, action_name(rule->action),
                            rule->source);
                return;
        }
}

/* A wildcard covers nothing below what it matches. Only patterns that are cheap to look up. */
static bool is_cheap(const char *pattern)
{
        size_t stars = 0;

        for (const char *p = pattern; *p; p++)
                stars += *p == '*' || *p == '?' || *p == '[';
        return stars <= 2 && !strstr(pattern, "**");
}

static void check_directory(struct loader *loader, size_t r)
{
        const struct rule *rule = &loader->policy->rules[r];
        const struct pattern *pattern = &rule->spelling[rule->nspellings - 1];
        glob_t found = {0};

        if (!action_refuses(rule->action) || pattern->kind != PATTERN_WILDCARD ||
            is_included(&loader->notes[r]) || !is_cheap(pattern->text))
                return;
        if (glob(pattern->text, GLOB_NOSORT, NULL, &found) == 0)
                check_matches(loader, rule, pattern->text, &found);
        globfree(&found);
}

static void check_directories(struct loader *loader)
{
        enum { CHECKED_MAX = 100 };
        size_t checked = 0;

        for (size_t r = 0; r < loader->policy->nrules && checked < CHECKED_MAX; r++) {
                checked += action_refuses(loader->policy->rules[r].action);
                check_directory(loader, r);
        }
}

void check_rules(struct loader *loader)
{
        if (loader->nnotes != loader->policy->nrules) /* rules that we know nothing of */
                return;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                check_class(loader, class);
        for (size_t r = 0; r < loader->policy->nrules; r++) {
                check_names_process(loader, r);
                check_covers_all(loader, r);
        }
        check_existence(loader);
        check_directories(loader);
        check_overlaps(loader);
}
