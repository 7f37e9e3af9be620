/* landlock_warn.c: warnings: what the kernel alone does not hold. */
#include "landlock.h"

#include <stdio.h>

#include "landlock_grants.h"
#include "names.h"
#include "policy_load.h"

/* Where the class was told to refuse. */
static struct origin origin_of(const struct policy *policy, enum call_class class)
{
        if (action_refuses(policy->classes[class].fallback))
                return policy->classes[class].fallback_origin;
        for (size_t r = 0; r < policy->nrules; r++)
                if (policy->rules[r].class == policy_rules_of(policy, class) &&
                    action_refuses(policy->rules[r].action))
                        return policy->rules[r].origin;
        return (struct origin){NULL, 0};
}

/* ---- calls that neither stop nor are held ---- */

enum { CALLS_SHOWN = 4 };

struct gap {
        const char *calls[CALLS_SHOWN];
        size_t count;
};

/* Those that ask for the class by themselves, or those that only carry something out of it. */
static void find_gap(const struct policy *policy, enum call_class class, bool by_itself,
                     struct gap *gap)
{
        size_t n;
        const struct call *table = calls_table(&n);

        for (size_t i = 0; i < n; i++) {
                bool asks = call_classes(&table[i]) & CLASS_BIT(class);

                if (asks != by_itself || !(policy_unheld(policy, &table[i]) & CLASS_BIT(class)))
                        continue;
                if (gap->count < CALLS_SHOWN)
                        gap->calls[gap->count] = table[i].name;
                gap->count++;
        }
}

static void warn_of_gap(const struct policy *policy, struct loader *loader, enum call_class class)
{
        struct origin origin = origin_of(policy, class);
        struct gap gap = {.count = 0};
        char names[256] = "", more[32] = "";
        size_t len = 0;

        find_gap(policy, class, true, &gap);
        find_gap(policy, class, false, &gap);
        for (size_t i = 0; i < gap.count && i < CALLS_SHOWN; i++)
                len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
                                        gap.calls[i]);
        if (gap.count > CALLS_SHOWN)
                snprintf(more, sizeof(more), " and %zu more", gap.count - CALLS_SHOWN);
        if (gap.count)
                loader_warn(loader, &origin, false,
                            "what [%s] refuses can still be done by %s%s: [trace] calls leaves "
                            "them out, and the kernel cannot hold it",
                            class_name(class), names, more);
}

/* ---- rules ---- */

static bool is_said(const struct landlock *landlock, size_t i)
{
        for (size_t before = 0; before < i; before++)
                if (landlock->grants[before].wide && landlock->grants[before].rule &&
                    !strcmp(landlock->grants[before].path, landlock->grants[i].path))
                        return true;
        return false;
}

static void warn_of_width(const struct landlock *landlock, struct loader *loader)
{
        enum { SAID_MAX = 50 };
        unsigned said = 0;

        for (size_t i = 0; i < landlock->ngrants && said < SAID_MAX; i++) {
                const struct landlock_grant *grant = &landlock->grants[i];
                const struct rule *rule = grant->rule;

                if (!grant->wide || !rule || is_said(landlock, i))
                        continue;
                said++;
                loader_warn(loader, &rule->origin, true,
                            "the kernel's backstop lets through all of '%s' for '%s = %s'",
                            grant->path, action_name(rule->action), rule->source);
        }
}

static bool is_inside(const struct landlock *landlock, enum call_class class,
                      const struct pattern *pattern)
{
        bool is_path = pattern->kind == PATTERN_LITERAL || pattern->kind == PATTERN_WILDCARD;

        return is_path &&
               grants_hold(landlock, CLASS_BIT(class), pattern->text, pattern->len, false);
}

static void warn_of_exceptions(const struct landlock *landlock, const struct policy *policy,
                               struct loader *loader)
{
        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];

                if (action_refuses(rule->action) && landlock->classes & CLASS_BIT(rule->class) &&
                    is_inside(landlock, rule->class, &rule->spelling[rule->nspellings - 1]))
                        loader_warn(loader, &rule->origin, true,
                                    "'%s = %s' is an exception, which stops alone hold: the "
                                    "kernel's backstop knows none",
                                    action_name(rule->action), rule->source);
        }
}

static void warn_of_open_class(const struct landlock *landlock, const struct policy *policy,
                               struct loader *loader, enum call_class class)
{
        struct origin origin = origin_of(policy, class);

        if (!policy->classes[class].own || !policy_rules_refuse(policy, class) ||
            landlock->classes & CLASS_BIT(class) || policy_refuses_all(policy, class))
                return;
        loader_warn(loader, &origin, true, "[%s] is held by stops alone: %s", class_name(class),
                    action_refuses(policy->classes[class].fallback)
                            ? "the kernel's backstop does not know it"
                            : "the kernel's backstop holds what is denied by default");
}

void landlock_warn(const struct landlock *landlock, const struct policy *policy,
                   struct loader *loader)
{
        if (!policy_denies(policy))
                return;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                warn_of_gap(policy, loader, class);
        if (!landlock->abi)
                return;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                warn_of_open_class(landlock, policy, loader, class);
        warn_of_exceptions(landlock, policy, loader);
        warn_of_width(landlock, loader);
}
