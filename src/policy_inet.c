/* policy_inet.c: see policy_inet.h. */
#include "policy_inet.h"

#include <string.h>

#include "policy_index.h"

static bool is_inet(const struct rule *rule, enum call_class class)
{
        return rule->class == class && rule->spelling[0].kind == PATTERN_INET;
}

static bool is_whole(const struct rule *rule)
{
        return rule->spelling[0].bits == 0 && rule->spelling[0].port == 0;
}

/* Does one match all that the other matches? */
static bool covers(const struct rule *rule, const struct rule *other)
{
        const struct pattern *pattern = &other->spelling[0];
        struct object object = {.kind = OBJECT_INET, .port = pattern->port};
        unsigned specificity;

        memcpy(object.address, pattern->address, sizeof(object.address));
        return rule->spelling[0].bits <= pattern->bits &&
               pattern_match(&rule->spelling[0], &object, 0, &specificity);
}

static bool overrules(const struct rule *refusal, const struct rule *rule)
{
        bool command_line = refusal->ad_hoc && !rule->ad_hoc;

        return covers(refusal, rule) && (command_line || covers(rule, refusal));
}

/* Does a rule allow some address, as far as single refusals tell? */
static bool allows(const struct policy *policy, const struct rule *rule)
{
        if (action_refuses(rule->action))
                return false;
        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *other = &policy->rules[r];

                if (is_inet(other, rule->class) && action_refuses(other->action) &&
                    overrules(other, rule))
                        return false;
        }
        return true;
}

/* What is known of the rules about internet addresses. */
struct survey {
        bool allows;                /* one allows something */
        const struct rule *all;     /* refuses every address: the strictest */
        const struct rule *refusal; /* refuses something: the first */
};

static bool is_stricter(const struct rule *rule, const struct rule *than)
{
        if (!than || rule->action != than->action)
                return !than || rule->action > than->action;
        return rule->ad_hoc && !than->ad_hoc;
}

static struct survey survey_rules(const struct policy *policy, enum call_class class)
{
        struct survey survey = {0};

        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];

                if (!is_inet(rule, class))
                        continue;
                survey.allows |= allows(policy, rule);
                if (!action_refuses(rule->action))
                        continue;
                if (!survey.refusal)
                        survey.refusal = rule;
                if (is_whole(rule) && is_stricter(rule, survey.all))
                        survey.all = rule;
        }
        return survey;
}

enum action policy_inet_judge(const struct policy *policy, enum call_class class,
                              enum object_kind kind, const struct rule **rule)
{
        struct survey survey = survey_rules(policy, class);
        enum action fallback = policy->classes[class].fallback;

        *rule = NULL;
        if (survey.allows && kind == OBJECT_INET_ALL)
                return ACTION_ALLOW;
        *rule = survey.all;
        if (survey.all)
                return survey.all->action;
        if (action_refuses(fallback))
                return fallback;
        if (kind == OBJECT_INET_ALL || !survey.refusal)
                return ACTION_ALLOW;
        /* A kill is for the address it names. */
        *rule = survey.refusal;
        return ACTION_DENY;
}
