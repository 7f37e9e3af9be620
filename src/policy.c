/* policy.c: the decision. Pure: no system calls, no printing. */
#include "policy.h"

#include <errno.h>
#include <stdio.h>

#include "path.h"
#include "policy_index.h"
#include "policy_inet.h"
#include "util.h"

enum { LOG_DATA_DEFAULT = 64, LOG_LIMIT_DEFAULT = 1000000, LOG_KEEP_DEFAULT = 9 };

#define ALL_CLASSES (CLASS_BIT(CLASS_COUNT) - 1)

static const struct origin built_in = {"built-in", 0};

void policy_init(struct policy *policy)
{
        memset(policy, 0, sizeof(*policy));
        policy->err = EACCES;
        policy->pin = PIN_AUTO;
        policy->log_data = LOG_DATA_DEFAULT;
        policy->log_limit = LOG_LIMIT_DEFAULT;
        policy->log_keep = LOG_KEEP_DEFAULT;
}

static void free_rule(struct rule *rule)
{
        free(rule->source);
        for (unsigned s = 0; s < rule->nspellings; s++)
                pattern_fini(&rule->spelling[s]);
}

static void free_strings(char **strings, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(strings[i]);
        free(strings);
}

void policy_fini(struct policy *policy)
{
        policy_index_free(policy->index);
        for (size_t r = 0; r < policy->nrules; r++)
                free_rule(&policy->rules[r]);
        free(policy->rules);
        free_strings(policy->protected_paths, policy->nprotected);
        free(policy->protected_parts);
        free_strings(policy->files, policy->nfiles);
        free_strings(policy->names, policy->nnames);
        free(policy->description);
        free(policy->log_file);
        memset(policy, 0, sizeof(*policy));
}

void policy_add_rule(struct policy *policy, const struct rule *rule)
{
        enum { STEP = 64 };
        struct class_policy *class = &policy->classes[rule->class];

        if (policy->nrules % STEP == 0)
                policy->rules =
                        xreallocarray(policy->rules, policy->nrules + STEP, sizeof(*policy->rules));
        policy->rules[policy->nrules++] = *rule;
        class->spoken = class->own = true;
}

void policy_protect(struct policy *policy, const char *path)
{
        size_t n = policy->nprotected;

        policy->protected_paths =
                xreallocarray(policy->protected_paths, n + 1, sizeof(*policy->protected_paths));
        policy->protected_paths[n] = xstrdup(path);
        policy->nprotected++;
}

void policy_protect_parts(struct policy *policy, const char *path)
{
        free(policy->protected_parts);
        policy->protected_parts = xstrdup(path);
}

enum call_class policy_rules_of(const struct policy *policy, enum call_class class)
{
        bool follows = (FOLLOWS_WRITE & CLASS_BIT(class)) && !policy->classes[class].own;

        return follows ? CLASS_WRITE : class;
}

void policy_finish(struct policy *policy)
{
        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                enum call_class leader = policy_rules_of(policy, class);

                if (leader == class)
                        continue;
                policy->classes[class] = policy->classes[leader];
                policy->classes[class].own = false;
        }
        policy->index = policy_index_new(policy);
}

bool action_refuses(enum action action)
{
        return action >= ACTION_DENY;
}

static struct verdict make_verdict(enum call_class class, enum action action,
                                   const struct origin *origin)
{
        return (struct verdict){
                .action = action, .would = action, .class = class, .origin = *origin};
}

/* Last of all: what is done about what would have been done. */
static struct verdict settle(const struct policy *policy, struct verdict verdict)
{
        int err = policy->classes[verdict.class].err;

        if (action_refuses(verdict.would))
                verdict.err = err ? err : policy->err;
        if (policy->permissive && verdict.action != ACTION_ALLOW)
                verdict.action = ACTION_LOG;
        return verdict;
}

/* Opening one's own pipe again, through /proc, or a terminal as it is held, reaches nothing new;
 * nor does the other end of a pseudo-terminal of one's own, by its name. */
static bool is_own(enum call_class class, const struct object *object)
{
        return object->own || (class == CLASS_READ && object->held & HELD_READ) ||
               (class == CLASS_WRITE && object->held & HELD_WRITE) ||
               (class == CLASS_ATTR && object->held & HELD_MASTER);
}

/* A pipe, socket or memfd has no name that a rule could match: one of another process is refused
 * where anything is. */
static enum action fallback_of(const struct policy *policy, enum call_class class,
                               const struct object *object)
{
        enum action fallback = policy->classes[class].fallback;

        if (class == CLASS_OUTPUT || class == CLASS_EXEC)
                return fallback;
        if (is_own(class, object))
                return fallback > ACTION_LOG ? ACTION_LOG : fallback;
        if (object->kind == OBJECT_ANONYMOUS && policy_rules_refuse(policy, class))
                return fallback > ACTION_DENY ? fallback : ACTION_DENY;
        return fallback;
}

static struct verdict judge_by_rules(const struct policy *policy, enum call_class class,
                                     const struct object *object, pid_t tgid)
{
        const struct class_policy *class_policy = &policy->classes[class];
        enum call_class leader = policy_rules_of(policy, class);
        const struct rule *rule;
        enum action action;
        struct verdict verdict;

        if (object->kind == OBJECT_INET_ALL || object->kind == OBJECT_INET_ANY) {
                action = policy_inet_judge(policy, leader, object->kind, &rule);
        } else {
                rule = policy_index_find(policy->index, leader, object, tgid);
                action = rule ? rule->action : fallback_of(policy, class, object);
        }
        verdict =
                make_verdict(class, action, rule ? &rule->origin : &class_policy->fallback_origin);
        verdict.rule = rule;
        return verdict;
}

static bool is_protected_part(const struct policy *policy, const struct object *object)
{
        const char *path = policy->protected_parts;
        size_t len = path ? strlen(path) : 0;

        return path && object->len > len + 1 && !memcmp(object->path, path, len) &&
               object->path[len] == '.' &&
               strspn(object->path + len + 1, "0123456789") == object->len - len - 1;
}

/* Moving a directory takes along what is below it; removing one needs it to be empty. */
static bool touches_protected(const struct policy *policy, enum call_class class,
                              const struct object *object, bool with_below)
{
        if (!(PROTECTED_CLASSES & CLASS_BIT(class)) ||
            (object->kind != OBJECT_PATH && object->kind != OBJECT_DELETED))
                return false;
        for (size_t i = 0; i < policy->nprotected; i++) {
                const char *path = policy->protected_paths[i];
                size_t len = strlen(path);

                if (with_below ? path_covers(object->path, object->len, path, len)
                               : len == object->len && !memcmp(path, object->path, len))
                        return true;
        }
        return is_protected_part(policy, object);
}

/* What holds below a directory for names that no rule speaks of: a wildcard that allows the
 * directory itself says nothing about them. */
static struct verdict judge_unnamed(const struct policy *policy, enum call_class class,
                                    const struct object *directory, pid_t tgid, const char *name)
{
        size_t len = directory->len == 1 ? 0 : directory->len;
        struct object below;

        if (len + strlen(name) >= sizeof(below.path))
                return judge_by_rules(policy, class, directory, tgid);
        memcpy(&below, directory, offsetof(struct object, path));
        memcpy(below.path, directory->path, len);
        strcpy(below.path + len, name);
        below.len = len + strlen(name);
        return judge_by_rules(policy, class, &below, tgid);
}

/* The first refusal of anything that may lie below, else the verdict on the directory itself. */
static struct verdict judge_with_below(const struct policy *policy, enum call_class class,
                                       const struct object *directory, pid_t tgid,
                                       struct verdict verdict)
{
        /* Control bytes: no policy file can hold them. */
        static const char *const unnamed[] = {"/\1", "/\1/\1/\1"};
        const struct rule *rule = policy_index_below(policy->index, policy_rules_of(policy, class),
                                                     directory, tgid, false);

        if (rule) {
                verdict = make_verdict(class, rule->action, &rule->origin);
                verdict.rule = rule;
        }
        for (size_t i = 0; i < ARRAY_SIZE(unnamed) && !action_refuses(verdict.would); i++) {
                struct verdict below = judge_unnamed(policy, class, directory, tgid, unnamed[i]);

                if (action_refuses(below.would))
                        verdict = below;
        }
        return verdict;
}

/* Writing to the memory of a process outside makes it act for the command; reading it is as good as
 * reading all that it has read. */
static bool reaches_process(const struct policy *policy, enum call_class class,
                            const struct object *object)
{
        bool reads = class == CLASS_READ && object->memory && policy_rules_refuse(policy, class);

        return object->foreign && (class == CLASS_WRITE || reads) &&
               policy_guards_processes(policy);
}

/* Not a matter of rules, so neither is the errno. */
static struct verdict judge_process(const struct policy *policy, const struct object *object)
{
        struct verdict verdict = make_verdict(CLASS_PROCESS, ACTION_DENY, &built_in);

        if (!policy_holds_processes(policy) || object->standing == STANDS_INSIDE ||
            object->standing == STANDS_NOWHERE)
                verdict.action = verdict.would = ACTION_ALLOW;
        else if (object->standing == STANDS_ON_BOTH)
                verdict.action = verdict.would = ACTION_LOG;
        else
                verdict.err = EPERM;
        return verdict;
}

/* A link in the place of a directory that is not there would bring another one under the names
 * below it, of which a rule says that nobody brings them. What is there stays, so that wildcards,
 * which would forbid links nearly everywhere, need not count. */
static struct verdict judge_link(const struct policy *policy, enum call_class class,
                                 const struct object *link, pid_t tgid, struct verdict verdict)
{
        const struct rule *rule =
                policy_index_below(policy->index, policy_rules_of(policy, class), link, tgid, true);

        if (rule) {
                verdict = make_verdict(class, rule->action, &rule->origin);
                verdict.rule = rule;
        }
        return verdict;
}

/* Is what is refused so at least as strictly refused at the name that it goes to? Then going there
 * opens nothing, and going on from there is judged again. Directories and links are another matter:
 * rules hold below them, of which the two names say nothing. */
static bool stays_shut(const struct policy *policy, const struct verdict *verdict,
                       const struct object *object, const struct object *to, pid_t tgid)
{
        if (object->directory || object->link || to->directory || to->link ||
            to->kind != OBJECT_PATH || to->deep || to->error)
                return false;
        enum action there = judge_by_rules(policy, verdict->class, to, tgid).would;

        return action_refuses(there) && there >= verdict->would;
}

/* to: where it goes by a link or rename, if the class has to be compared; else NULL. */
static struct verdict judge(const struct policy *policy, enum call_class class,
                            const struct object *object, pid_t tgid, bool carry,
                            const struct object *to)
{
        static const struct origin nowhere = {NULL, 0};
        struct verdict verdict;

        if (class == CLASS_PROCESS)
                return judge_process(policy, object);
        if (reaches_process(policy, class, object) ||
            touches_protected(policy, class, object, carry && object->directory))
                return settle(policy, make_verdict(class, ACTION_DENY, &built_in));
        /* Where all is refused there is nothing more open to carry it to. */
        if (carry && class != CLASS_CONNECT && policy_refuses_all(policy, class))
                return make_verdict(class, ACTION_ALLOW, &nowhere);
        verdict = judge_by_rules(policy, class, object, tgid);
        if (to && action_refuses(verdict.would) && stays_shut(policy, &verdict, object, to, tgid))
                return make_verdict(class, ACTION_ALLOW, &nowhere);
        if (carry && object->directory && !action_refuses(verdict.would))
                verdict = judge_with_below(policy, class, object, tgid, verdict);
        if (carry && object->link && !action_refuses(verdict.would))
                verdict = judge_link(policy, class, object, tgid, verdict);
        return settle(policy, verdict);
}

struct verdict policy_judge(const struct policy *policy, enum call_class class,
                            const struct object *object, pid_t tgid)
{
        return judge(policy, class, object, tgid, false, NULL);
}

/* The class of bits that tells most, for a record. */
static enum call_class last_class(unsigned bits)
{
        enum call_class last = 0;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (bits & CLASS_BIT(class))
                        last = class;
        return last;
}

static unsigned asked_classes(const struct event *event)
{
        unsigned classes = 0;

        for (unsigned i = 0; i < event->nasks; i++)
                classes |= CLASS_BIT(event->asks[i].class);
        return classes;
}

/* Nothing is known of what it would touch, so whatever could be refused is. */
static struct verdict judge_undecodable(const struct policy *policy, const struct event *event)
{
        static const struct origin nowhere = {NULL, 0};
        unsigned named = ALL_CLASSES, refusing = 0, concerned = 0;
        struct verdict verdict;

        if (event->asks_known)
                named = asked_classes(event);
        else if (event->call)
                named = call_classes(event->call) | call_carries(event->call);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                if (policy_may_refuse(policy, class) || policy_guards(policy, class))
                        refusing |= named & CLASS_BIT(class);
                if (policy_speaks(policy, class))
                        concerned |= named & CLASS_BIT(class);
        }
        if (!refusing)
                return make_verdict(last_class(concerned ? concerned : named),
                                    concerned ? ACTION_LOG : ACTION_ALLOW, &nowhere);
        verdict = settle(policy, make_verdict(last_class(refusing), ACTION_DENY, &nowhere));
        if (event->error < 0)
                verdict.err = -event->error;
        return verdict;
}

static bool is_stricter(const struct verdict *a, const struct verdict *b)
{
        return a->would != b->would ? a->would > b->would : a->class > b->class;
}

struct verdict policy_decide(const struct policy *policy, const struct event *event)
{
        static const struct origin nowhere = {NULL, 0};
        unsigned named = event->call ? call_classes(event->call) : 0;
        struct verdict strictest = make_verdict(last_class(named), ACTION_ALLOW, &nowhere);
        bool first = true;

        if (event->undecodable)
                return judge_undecodable(policy, event);
        for (unsigned i = 0; i < event->nasks; i++) {
                const struct ask *ask = &event->asks[i];
                const struct object *to = ask->compared ? &event->objects[ask->other] : NULL;
                struct verdict verdict = judge(policy, ask->class, &event->objects[ask->object],
                                               event->tgid, ask->carry, to);

                verdict.object = ask->object;
                if (ask->carry && !action_refuses(verdict.would))
                        continue;
                if (first || is_stricter(&verdict, &strictest))
                        strictest = verdict;
                first = false;
        }
        return strictest;
}

/* Insert into the first max places of found; n have been seen. On a tie the earlier line stays in
 * front. */
static void insert_match(const struct rule **found, unsigned *closeness, size_t n, size_t max,
                         const struct rule *rule, unsigned specificity)
{
        size_t at = n < max ? n : max;

        for (; at > 0; at--) {
                const struct rule *before = found[at - 1];

                if (closeness[at - 1] > specificity ||
                    (closeness[at - 1] == specificity && before->action >= rule->action))
                        break;
                if (at < max) {
                        found[at] = before;
                        closeness[at] = closeness[at - 1];
                }
        }
        if (at < max) {
                found[at] = rule;
                closeness[at] = specificity;
        }
}

static bool rule_matches(const struct rule *rule, const struct object *object, pid_t tgid,
                         unsigned *specificity)
{
        bool matches = false;
        unsigned one;

        *specificity = 0;
        for (unsigned s = 0; s < rule->nspellings; s++) {
                if (!pattern_match(&rule->spelling[s], object, tgid, &one))
                        continue;
                matches = true;
                if (one > *specificity)
                        *specificity = one;
        }
        return matches;
}

size_t policy_matches(const struct policy *policy, enum call_class class,
                      const struct object *object, pid_t tgid, const struct rule **found,
                      size_t max)
{
        cleanup_free unsigned *closeness = xcalloc(max, sizeof(*closeness));
        enum call_class leader = policy_rules_of(policy, class);
        size_t n = 0;

        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];
                unsigned specificity;

                if (rule->class != leader || !rule_matches(rule, object, tgid, &specificity))
                        continue;
                insert_match(found, closeness, n++, max, rule, specificity);
        }
        return n;
}
