/* policy_list_keys.c: keys that can be said as often as one likes: rules, includes, words and
 * calls. */
#include "loader.h"

#include <unistd.h>

#include "names.h"
#include "path.h"

void list_take_rule(const struct pair *pair)
{
        enum action action = (enum action)action_from_name(pair->key);

        (void)expand_rule(pair->loader, pair->source, &pair->origin, pair->section->class, action,
                          pair->value);
}

/* What is shipped is found from anywhere; what stands beside the file comes first. */
static char *find_included(const struct pair *pair, const char *beside, const char *name)
{
        const char *const *search = pair->loader->search;

        for (size_t i = 0; access(beside, F_OK) && !strchr(name, '/') && search && search[i]; i++) {
                cleanup_free char *path = xasprintf("%s/%s", search[i], name);

                if (!access(path, F_OK))
                        return steal_pointer(&path);
        }
        return xstrdup(beside);
}

void list_take_include(const struct pair *pair)
{
        struct source *source = pair->source;
        cleanup_free char *text =
                expand_text(pair->loader, &pair->origin, source->directory, pair->value);
        char path[PATH_MAX];

        if (!text)
                return;
        path_unescape(text);
        if (path_join(source->directory, text, strlen(text), path, sizeof(path)) < 0) {
                loader_error(pair->loader, &pair->origin, "%s is longer than any path",
                             quote(pair->value).text);
                return;
        }
        source->includes =
                xreallocarray(source->includes, source->nincludes + 1, sizeof(*source->includes));
        source->includes[source->nincludes++] =
                (struct inclusion){.path = find_included(pair, path, text), .origin = pair->origin};
}

static void take_system_word(const struct pair *pair, const char *word)
{
        struct policy *policy = pair->loader->policy;
        const char *words[POLICY_CALLS];
        size_t n = policy_system_words(words, POLICY_CALLS);

        for (size_t i = 0; i < policy->nsystem; i++)
                if (!strcmp(policy->system[i], word))
                        return;
        for (size_t i = 0; i < n; i++) {
                if (!strcmp(words[i], word)) {
                        policy->system[policy->nsystem++] = words[i];
                        return;
                }
        }
        loader_unknown(pair->loader, &pair->origin, "word", word, pair->section->name, words, n);
}

/* The names that [trace] calls takes, for a hint. */
static char *near_call(const char *word)
{
        size_t n, nnames = 0;
        const struct call *table = calls_table(&n);
        cleanup_free const char **names = xcalloc(n, sizeof(*names));

        for (size_t i = 0; i < n; i++)
                if (table[i].kind == CALL_POLICED)
                        names[nnames++] = table[i].name;
        return did_you_mean(word, names, nnames);
}

static void take_call(const struct pair *pair, const char *word)
{
        struct policy *policy = pair->loader->policy;
        const struct call *call = calls_by_name(word);
        cleanup_free char *hint = NULL;

        if (!call || call->kind != CALL_POLICED) {
                hint = near_call(word);
                loader_error(pair->loader, &pair->origin, "%s %s%s",
                             call ? "no class asks for a stop at" : "unknown call",
                             quote(word).text, hint);
                return;
        }
        policy->calls_given = true;
        for (size_t i = 0; i < policy->ncalls; i++)
                if (policy->calls[i] == call)
                        return;
        if (policy->ncalls < POLICY_CALLS)
                policy->calls[policy->ncalls++] = call;
        else
                loader_error(pair->loader, &pair->origin, "more than %d calls", POLICY_CALLS);
}

static void take_words(const struct pair *pair,
                       void (*take_word)(const struct pair *pair, const char *word))
{
        cleanup_free char *words = xstrdup(pair->value);
        char *rest = words, *word;
        size_t n = 0;

        while ((word = strsep(&rest, " \t,"))) {
                if (!*word)
                        continue;
                take_word(pair, word);
                n++;
        }
        if (n == 0)
                loader_error(pair->loader, &pair->origin, "expected words, not %s",
                             quote(pair->value).text);
}

void list_take_system(const struct pair *pair)
{
        take_words(pair, take_system_word);
}

void list_take_calls(const struct pair *pair)
{
        take_words(pair, take_call);
}
