/* learn_guard.c: what must not be granted around. */
#include "learn_guard.h"

#include "path.h"
#include "policy_index.h"
#include "util.h"

static bool fill_object(struct object *object, const char *path, size_t len)
{
        memset(object, 0, offsetof(struct object, path));
        if (len >= sizeof(object->path))
                return false;
        object->kind = OBJECT_PATH;
        object->exists = true;
        object->len = len;
        memcpy(object->path, path, len);
        object->path[len] = '\0';
        return true;
}

const char *learn_guard_of(const struct policy *guarded, enum call_class class, const char *path,
                           size_t len, pid_t tgid)
{
        struct object object;
        struct verdict verdict;

        if (!guarded || class == CLASS_CONNECT || !fill_object(&object, path, len))
                return NULL;
        verdict = policy_judge(guarded, class, &object, tgid);
        if (!action_refuses(verdict.would))
                return NULL;
        return verdict.rule ? verdict.rule->source : "default";
}

bool learn_guard_below(const struct policy *guarded, enum call_class class, const char *directory)
{
        struct object object;

        if (!guarded || !fill_object(&object, directory, strlen(directory)))
                return false;
        return policy_index_below(guarded->index, policy_rules_of(guarded, class), &object, 0,
                                  false);
}

/* Some name that a wildcard matches. */
static void make_instance(const char *pattern, char *name)
{
        while (*pattern) {
                if (*pattern == '*') {
                        *name++ = 'x';
                        while (*pattern == '*')
                                pattern++;
                        continue;
                }
                if (*pattern == '[' && pattern[1] && strchr(pattern, ']')) {
                        *name++ = pattern[1] == '!' || pattern[1] == '^' ? 'x' : pattern[1];
                        pattern = strchr(pattern, ']') + 1;
                        continue;
                }
                pattern += *pattern == '\\' && pattern[1];
                *name++ = *pattern == '?' ? 'x' : *pattern;
                pattern++;
        }
        *name = '\0';
}

static bool may_meet(const char *pattern, const char *instance, const struct pattern *guard)
{
        char name[PATH_PATTERN_MAX];

        if (guard->kind == PATTERN_LITERAL)
                return path_match(pattern, guard->text, guard->len) ||
                       path_match_below(pattern, guard->text, guard->len);
        if (guard->kind != PATTERN_WILDCARD)
                return false;
        make_instance(guard->text, name);
        return path_match(pattern, name, strlen(name)) ||
               path_match(guard->text, instance, strlen(instance));
}

/* Would a wildcard let something pass that is guarded? */
bool learn_guard_meets(const struct policy *guarded, enum call_class class, const char *pattern)
{
        char instance[PATH_PATTERN_MAX];

        if (!guarded || class == CLASS_CONNECT || strlen(pattern) >= sizeof(instance))
                return guarded && class != CLASS_CONNECT;
        make_instance(pattern, instance);
        for (size_t r = 0; r < guarded->nrules; r++) {
                const struct rule *rule = &guarded->rules[r];

                if (rule->class != policy_rules_of(guarded, class) || !action_refuses(rule->action))
                        continue;
                for (unsigned s = 0; s < rule->nspellings; s++)
                        if (may_meet(pattern, instance, &rule->spelling[s]))
                                return true;
        }
        return learn_guard_of(guarded, class, instance, strlen(instance), 0);
}
