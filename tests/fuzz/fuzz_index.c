/* fuzz_index.c: rules and names from few letters, so that they meet: the index finds the rule that
 * is found when all are tried, and a directory with a refusal below it is never taken for one
 * without. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "policy_index.h"
#include "util.h"

enum { TGID = 4711, TEXT_MAX = 64, RULES_MAX = 40 };

struct input {
        const uint8_t *data;
        size_t len;
};

static void must(bool holds, const struct policy *policy, const struct object *object)
{
        if (holds)
                return;
        for (size_t i = 0; i < policy->nrules; i++)
                fprintf(stderr, "class %d, action %d%s: %s\n", policy->rules[i].class,
                        policy->rules[i].action, policy->rules[i].ad_hoc ? ", ad hoc" : "",
                        policy->rules[i].source);
        fprintf(stderr, "object: %s\n", object->path);
        abort();
}

static unsigned take(struct input *input, unsigned below)
{
        unsigned byte = input->len ? *input->data : 0;

        input->data += input->len > 0;
        input->len -= input->len > 0;
        return byte % below;
}

/* "/a/proc/self" and the like; a name that stands for itself, or a pattern. */
static void take_path(struct input *input, char *text, bool pattern)
{
        static const char *const parts[] = {"/a",      "/b",   "/ab",  "/proc/self", "/proc/4711",
                                            "a",       "b",    "/fd",  "\\*",        "*",
                                            "**",      "?",    "[ab]", "/**",        "/**/b",
                                            "[!a-b]*", "\\\\", "]",    "/*.a",       "/proc/1"};
        unsigned n = 1 + take(input, 6);

        strcpy(text, "/");
        for (; n > 0; n--)
                strcat(text,
                       parts[take(input, pattern ? ARRAY_SIZE(parts) : 8)] + (strlen(text) == 1));
        if (!text[1])
                strcpy(text, "/a");
}

static void take_address(struct input *input, char *text, bool pattern)
{
        if (take(input, 4) == 0)
                snprintf(text, TEXT_MAX, "inet:[2001::%u]%s", take(input, 3),
                         pattern && take(input, 2) ? "" : ":80");
        else if (pattern && take(input, 3) == 0)
                snprintf(text, TEXT_MAX, "inet:%u", 80 + take(input, 2));
        else if (pattern && take(input, 2) == 0)
                snprintf(text, TEXT_MAX, "inet:10.0.%u.0/%u", take(input, 2), 8 + take(input, 17));
        else
                snprintf(text, TEXT_MAX, "inet:10.0.%u.%u:%u", take(input, 2), take(input, 2),
                         80 + take(input, 2));
}

/* What is no pattern is no rule. */
static void take_spelling(struct input *input, struct rule *rule)
{
        cleanup_free char *former = rule->source;
        char text[2 * TEXT_MAX];

        if (rule->class == CLASS_CONNECT)
                take_address(input, text, true);
        else
                take_path(input, text, true);
        if (!pattern_parse(&rule->spelling[rule->nspellings], rule->class, text))
                rule->nspellings++;
        rule->source = former ? xasprintf("%s or %s", former, text) : xstrdup(text);
}

static void take_rule(struct input *input, struct policy *policy, unsigned line)
{
        static const enum call_class classes[] = {CLASS_READ, CLASS_WRITE, CLASS_CONNECT};
        struct rule rule = {.class = classes[take(input, 3)],
                            .action = (enum action)take(input, ACTION_COUNT),
                            .origin = {"fuzz.ini", line},
                            .ad_hoc = take(input, 8) == 0};

        take_spelling(input, &rule);
        if (rule.nspellings && take(input, 3) == 0)
                take_spelling(input, &rule);
        if (rule.nspellings)
                policy_add_rule(policy, &rule);
        else
                free(rule.source);
}

static bool fill(struct object *object, enum call_class class, const char *text)
{
        struct pattern pattern;

        memset(object, 0, sizeof(*object));
        object->exists = true;
        object->len = strlen(text);
        strcpy(object->path, text);
        object->kind = OBJECT_PATH;
        if (class != CLASS_CONNECT)
                return true;
        if (pattern_parse(&pattern, class, text))
                return false;
        object->kind = OBJECT_INET;
        memcpy(object->address, pattern.address, sizeof(object->address));
        object->port = pattern.port;
        pattern_fini(&pattern);
        return true;
}

/* The first of all that match, but if the first of the command line refuses no less, that. */
static const struct rule *slow_find(const struct policy *policy, enum call_class class,
                                    const struct object *object)
{
        const struct rule *found[RULES_MAX];
        size_t n = policy_matches(policy, class, object, TGID, found, RULES_MAX), i = 0;

        while (i < n && !found[i]->ad_hoc)
                i++;
        if (i < n && action_refuses(found[i]->action) && found[i]->action >= found[0]->action)
                return found[i];
        return n > 0 ? found[0] : NULL;
}

static void check_found(const struct policy *policy, enum call_class class,
                        const struct object *object)
{
        const struct rule *rule = policy_judge(policy, class, object, TGID).rule;
        const struct rule *slow = slow_find(policy, class, object);

        must(rule == slow, policy, object);
}

static bool matches(const struct policy *policy, enum call_class class, const struct object *object,
                    const struct rule *rule)
{
        const struct rule *found[RULES_MAX];
        size_t n = policy_matches(policy, class, object, TGID, found, RULES_MAX);

        for (size_t i = 0; i < n; i++)
                if (found[i] == rule)
                        return true;
        return false;
}

/* A rule that refuses a name refuses something below each directory above it that it does not
 * match. */
static void check_below(const struct policy *policy, enum call_class class,
                        const struct object *object)
{
        static struct object above;
        const struct rule *rule = policy_judge(policy, class, object, TGID).rule;

        if (!rule || !action_refuses(rule->action))
                return;
        above = *object;
        while (above.len > 1) {
                while (above.path[above.len - 1] != '/')
                        above.len--;
                above.len -= above.len > 1;
                above.path[above.len] = '\0';
                must(matches(policy, class, &above, rule) ||
                             policy_index_below(policy->index, rule->class, &above, TGID, false),
                     policy, &above);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const enum call_class classes[] = {CLASS_READ, CLASS_DELETE, CLASS_CONNECT};
        static struct object object;
        struct input input = {data, size};
        struct policy policy;
        char text[2 * TEXT_MAX];

        policy_init(&policy);
        for (unsigned n = take(&input, RULES_MAX), i = 0; i < n; i++)
                take_rule(&input, &policy, i + 1);
        policy_finish(&policy);
        while (input.len > 0) {
                enum call_class class = classes[take(&input, 3)];

                if (class == CLASS_CONNECT)
                        take_address(&input, text, false);
                else
                        take_path(&input, text, false);
                if (!fill(&object, class, text))
                        continue;
                check_found(&policy, class, &object);
                if (class != CLASS_CONNECT)
                        check_below(&policy, class, &object);
        }
        policy_fini(&policy);
        return 0;
}
