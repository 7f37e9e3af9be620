/* policy_load.c: a loader's life: what the caller adds, and in what order it counts. */
#include "loader.h"

#include <errno.h>

#include "path.h"

/* The same as policies/default.ini, which a test holds against it. */
static const char builtin_text[] = "[policy]\n"
                                   "description = Log every open, openat and write\n"
                                   "[read]\n"
                                   "default = log\n"
                                   "[write]\n"
                                   "default = log\n"
                                   "[output]\n"
                                   "default = log\n"
                                   "[trace]\n"
                                   "calls = open openat write\n";

struct loader *loader_new(struct policy *policy, struct messages *messages)
{
        struct loader *loader = xcalloc(1, sizeof(*loader));

        loader->policy = policy;
        loader->messages = messages;
        loader->cwd = getcwd(NULL, 0);
        loader->links = links_new();
        return loader;
}

static void free_source(struct source *source)
{
        for (size_t i = 0; i < source->nincludes; i++)
                free(source->includes[i].path);
        free(source->includes);
        free(source->directory);
        free(source);
}

void loader_free(struct loader *loader)
{
        if (!loader)
                return;
        for (size_t i = 0; i < loader->nsources; i++)
                free_source(loader->sources[i]);
        for (size_t i = 0; i < loader->nsettings; i++)
                free(loader->settings[i].text);
        free(loader->sources);
        free(loader->settings);
        free(loader->notes);
        free(loader->cwd);
        links_free(loader->links);
        free(loader);
}

void loader_set_search(struct loader *loader, const char *const *directories)
{
        loader->search = directories;
}

void loader_set_places(struct loader *loader, const char *cwd, const char *home)
{
        loader->pwd = cwd;
        loader->home = home;
}

const char *loader_name(struct loader *loader, const char *name)
{
        struct policy *policy = loader->policy;
        size_t n = policy->nnames;

        if (n > 0 && !strcmp(policy->names[n - 1], name))
                return policy->names[n - 1];
        policy->names = xreallocarray(policy->names, n + 1, sizeof(*policy->names));
        policy->names[n] = xstrdup(name);
        policy->nnames++;
        return policy->names[n];
}

struct source *loader_new_source(struct loader *loader, const char *name, const char *directory)
{
        struct source *source = xcalloc(1, sizeof(*source));

        source->name = loader_name(loader, name);
        source->directory = xstrdup(directory);
        source->numbered = true;
        source->turn = loader->turn;
        loader->sources =
                xreallocarray(loader->sources, loader->nsources + 1, sizeof(*loader->sources));
        loader->sources[loader->nsources++] = source;
        return source;
}

struct origin source_origin(const struct source *source, unsigned line)
{
        return (struct origin){source->name, source->numbered ? line : 0};
}

/* A path is taken as it is, a bare name is looked up. */
static bool is_path(const char *file_or_name)
{
        size_t len = strlen(file_or_name);

        return strchr(file_or_name, '/') || (len >= 4 && !strcmp(file_or_name + len - 4, ".ini"));
}

int loader_add_file(struct loader *loader, const char *file_or_name)
{
        cleanup_free char *found = NULL;
        int result;

        loader->turn++;
        found = is_path(file_or_name) ? xstrdup(file_or_name) : files_find(loader, file_or_name);
        if (!found)
                return -ENOENT;
        result = files_read(loader, found, NULL, NULL, NULL);
        settings_apply(loader);
        return result;
}

static int add_text(struct loader *loader, const char *name, const char *directory,
                    const char *text, size_t len, bool numbered)
{
        struct source *source;
        int result;

        loader->turn++;
        source = loader_new_source(loader, name, directory);
        source->numbered = numbered;
        result = files_read_text(loader, source, text, len);
        settings_apply(loader);
        return result;
}

int loader_add_text(struct loader *loader, const char *name, const char *directory,
                    const char *text, size_t len)
{
        return add_text(loader, name, directory, text, len, true);
}

void loader_add_builtin(struct loader *loader)
{
        (void)add_text(loader, "built-in", "/", builtin_text, strlen(builtin_text), false);
}

int loader_add_rule(struct loader *loader, const char *option, enum call_class class,
                    enum action action, const char *pattern)
{
        struct origin origin = {loader_name(loader, option), 0};

        return expand_rule(loader, NULL, &origin, class, action, pattern);
}

void loader_add_default(struct loader *loader, const char *option, enum call_class class,
                        enum action action)
{
        struct origin origin = {loader_name(loader, option), 0};

        keys_add_default(loader, &origin, class, action);
        settings_apply(loader);
}

/* A policy that speaks of nothing would stop nothing, unless somebody watches: surely not what was
 * meant. */
static void check_says_something(struct loader *loader)
{
        struct origin origin = {NULL, 0};

        if (loader->policy->watched)
                return;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (loader->policy->classes[class].own)
                        return;
        if (loader->nsources > 0)
                origin.file = loader->sources[loader->nsources - 1]->name;
        for (size_t i = loader->nsources; i-- > 0;)
                if (loader->sources[i]->depth == 0)
                        origin.file = loader->sources[i]->name;
        loader_error(loader, &origin, "%ssays nothing: no section such as [read] or [write]",
                     origin.file ? "" : "the policy ");
}

void loader_finish(struct loader *loader)
{
        settings_check(loader);
        if (loader->messages->errors == 0)
                check_says_something(loader);
        policy_finish(loader->policy);
        files_guard(loader);
        if (loader->messages->errors == 0)
                check_rules(loader);
        loader_say_rest(loader);
}
