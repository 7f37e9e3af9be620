/* decide.c: what a decision costs, for tests/bench: prints a line for each kind of rules and number
 * of them. Half of the paths match a rule. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "path.h"
#include "policy_load.h"
#include "util.h"

enum { PATHS = 512, DECISIONS = 100000 };

/* What stands before and behind the number of a rule. */
struct text {
        const char *before, *behind;
};

static const struct kind {
        const char *name;
        struct text rule, path;
} kinds[] = {
        {"directories", {"/srv/project", "/src"}, {"/srv/project", "/src/a/b/c/d/file.c"}},
        {"files", {"/srv/a/b/c/d/e/f/file", ".c"}, {"/srv/a/b/c/d/e/f/file", ".c"}},
        {"/srv/*/NAME", {"/srv/*/name", ""}, {"/srv/any/name", ""}},
        {"/srv/NAME/*.key", {"/srv/name", "/*.key"}, {"/srv/name", "/private.key"}},
        {"/**/NAME", {"/**/name", ""}, {"/srv/a/b/c/d/e/f/name", ""}},
};

static int write_text(char *buf, size_t size, const struct text *text, unsigned number)
{
        return snprintf(buf, size, "%s%u%s", text->before, number, text->behind);
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void load(struct policy *policy, const struct kind *kind, unsigned rules)
{
        static const char head[] = "[write]\ndefault = log\n";
        cleanup_free char *text = xcalloc(rules, 64 + sizeof(head));
        struct messages messages = {0};
        struct loader *loader;
        char pattern[64];
        size_t len = sizeof(head) - 1;

        memcpy(text, head, len);
        for (unsigned i = 0; i < rules; i++) {
                write_text(pattern, sizeof(pattern), &kind->rule, i);
                len += (size_t)sprintf(text + len, "deny = %s\n", pattern);
        }
        policy_init(policy);
        loader = loader_new(policy, &messages);
        if (loader_add_text(loader, "rules", "/", text, len))
                abort();
        loader_finish(loader);
        if (messages.errors)
                abort();
        loader_free(loader);
        messages_fini(&messages);
}

static double nanoseconds_a_decision(const struct policy *policy, const struct kind *kind,
                                     unsigned rules)
{
        struct object *objects = xcalloc(PATHS, sizeof(*objects));
        unsigned refused = 0;
        double begin;

        for (unsigned i = 0; i < PATHS; i++) {
                objects[i].kind = OBJECT_PATH;
                objects[i].exists = true;
                write_text(objects[i].path, sizeof(objects[i].path), &kind->path,
                           i % 2 ? i * 7919 % rules : rules + i);
                objects[i].len = strlen(objects[i].path);
        }
        begin = now();
        for (unsigned i = 0; i < DECISIONS; i++)
                refused += policy_judge(policy, CLASS_WRITE, &objects[i % PATHS], 1).action ==
                           ACTION_DENY;
        begin = now() - begin;
        free(objects);
        if (refused < DECISIONS / 3 || refused > DECISIONS * 2 / 3)
                fprintf(stderr, "decide: %s: %u of %d are refused\n", kind->name, refused,
                        DECISIONS);
        return begin / DECISIONS;
}

int main(void)
{
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
                for (unsigned rules = 10; rules <= 10000; rules *= rules < 1000 ? 100 : 10) {
                        struct policy policy;
                        double begin = now(), loaded;

                        load(&policy, &kinds[k], rules);
                        loaded = now() - begin;
                        printf("%5u rules, %s: %.0f ns a decision, loaded in %.1f ms\n", rules,
                               kinds[k].name, nanoseconds_a_decision(&policy, &kinds[k], rules),
                               loaded * 1e-6);
                        fflush(stdout);
                        policy_fini(&policy);
                }
        return 0;
}
