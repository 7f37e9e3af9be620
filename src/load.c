/* load.c: what the command line names -> a policy. */
#include "load.h"

#include <errno.h>
#include <pwd.h>

#include "audit_live.h"
#include "policy_load.h"
#include "util.h"

/* Where a bare policy NAME is looked up. Never the working directory: what is untrusted may own it.
 */
void load_search_path(char *dirs[LOAD_DIRS_MAX])
{
        const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        cleanup_free char *exe = realpath("/proc/self/exe", NULL);
        const char *build = exe ? strstr(exe, "/build/stopgate") : NULL;

        if (build && !strcmp(build, "/build/stopgate"))
                *dirs++ = xasprintf("%.*s/policies", (int)(build - exe), exe);
        if (config && *config == '/')
                *dirs++ = xasprintf("%s/stopgate", config);
        else if (home && *home == '/')
                *dirs++ = xasprintf("%s/.config/stopgate", home);
        *dirs++ = xstrdup("/etc/stopgate");
        *dirs++ = xstrdup(STOPGATE_DATADIR "/policies");
        *dirs = NULL;
}

static void free_all(char **strings)
{
        for (size_t i = 0; strings[i]; i++)
                free(strings[i]);
}

/* In [write], and in those of [create], [delete] and [attr] that do not follow [write]. */
static void add_rules(struct loader *loader, const struct policy *policy, const char *option,
                      enum action action, const char *path)
{
        static const enum call_class followers[] = {CLASS_CREATE, CLASS_DELETE, CLASS_ATTR};

        loader_add_rule(loader, option, CLASS_WRITE, action, path);
        for (size_t i = 0; i < ARRAY_SIZE(followers); i++) {
                if (policy->classes[followers[i]].own)
                        loader_add_rule(loader, option, followers[i], action, path);
        }
}

static void add_denial(struct loader *loader, const struct policy *policy, const char *path)
{
        static const enum call_class others[] = {CLASS_READ, CLASS_EXEC, CLASS_CONNECT};
        cleanup_free char *option = xasprintf("-d %s", path);

        add_rules(loader, policy, option, ACTION_DENY, path);
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                loader_add_rule(loader, option, others[i], ACTION_DENY, path);
}

static void add_allowed_write(struct loader *loader, const struct policy *policy, const char *path)
{
        cleanup_free char *option = xasprintf("-w %s", path);

        add_rules(loader, policy, option, ACTION_ALLOW, path);
        loader_add_default(loader, option, CLASS_WRITE, ACTION_DENY);
}

static void add_adhoc(struct loader *loader, const struct policy *policy, const struct adhoc *adhoc)
{
        switch (adhoc->kind) {
        case ADHOC_ALLOW_WRITE:
                add_allowed_write(loader, policy, adhoc->path);
                return;
        case ADHOC_DENY:
                add_denial(loader, policy, adhoc->path);
                return;
        case ADHOC_NO_NETWORK:
                loader_add_rule(loader, "-n", CLASS_CONNECT, ACTION_DENY, "inet");
                return;
        }
}

static bool allows_writes(const struct options *options)
{
        for (size_t i = 0; i < options->nadhoc; i++) {
                if (options->adhoc[i].kind == ADHOC_ALLOW_WRITE)
                        return true;
        }
        return false;
}

bool load_is_silent(const struct options *options)
{
        return options_tell(options) && !options->output && !options->format_given;
}

/* Without a policy all is logged; but who says where writing is allowed wants it refused elsewhere,
 * and needs the devices that every program writes to. Ad-hoc rules concern more than the three
 * calls that the built-in policy logs. */
static void add_defaults(struct loader *loader, struct policy *policy,
                         const struct options *options)
{
        if (allows_writes(options)) {
                loader_add_file(loader, "base");
                return;
        }
        if (load_is_silent(options))
                return;
        loader_add_builtin(loader);
        if (options->nadhoc || options_tell(options))
                policy->calls_given = false;
}

static void print_messages(const struct messages *messages, bool verbose)
{
        for (size_t i = 0; i < messages->count; i++) {
                const struct message *message = &messages->list[i];

                if (!message->warning)
                        error_user("%s", message->text);
                else if (!message->minor || verbose)
                        warn_user("%s", message->text);
        }
}

int load_policy(const struct options *options, struct policy *policy, struct landlock *landlock)
{
        char *dirs[LOAD_DIRS_MAX];
        struct messages messages = {0};
        struct loader *loader;
        bool failed;

        policy_init(policy);
        load_search_path(dirs);
        loader = loader_new(policy, &messages);
        loader_set_search(loader, (const char *const *)dirs);
        for (size_t i = 0; i < options->npolicies; i++)
                loader_add_file(loader, options->policies[i]);
        if (!options->npolicies)
                add_defaults(loader, policy, options);
        for (size_t i = 0; i < options->nadhoc; i++)
                add_adhoc(loader, policy, &options->adhoc[i]);
        if (options->permissive || options->learn)
                policy->permissive = true;
        if (options->format_given)
                policy->log_format = options->format;
        /* What is told at the end needs stops at more calls than those of which the rules speak. */
        if (options_tell(options))
                policy->watched = AUDIT_ALL;
        loader_finish(loader);
        if (policy->log_changes)
                policy->watched |= AUDIT_CHANGING;
        if (!messages.errors) {
                landlock_plan(landlock, policy, landlock_abi());
                landlock_tell(landlock, policy);
                landlock_warn(landlock, policy, loader);
        }
        print_messages(&messages, options->verbose || options->task == TASK_CHECK);
        failed = messages.errors > 0;
        messages_fini(&messages);
        loader_free(loader);
        free_all(dirs);
        return failed ? -EINVAL : 0;
}

/* A home directory that no variable names holds secrets, too. NULL: one does. Borrowed. */
static const char *home_if_unset(void)
{
        const char *home = getenv("HOME");
        const struct passwd *user = home && *home == '/' ? NULL : getpwuid(getuid());

        if (home && *home == '/')
                return NULL;
        return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : "/";
}

int load_guarded(struct policy *policy, const char *cwd, const char *home)
{
        char *dirs[LOAD_DIRS_MAX];
        struct messages messages = {0};
        struct loader *loader = loader_new(policy, &messages);
        bool failed;

        load_search_path(dirs);
        loader_set_search(loader, (const char *const *)dirs);
        loader_set_places(loader, cwd, home ? home : home_if_unset());
        loader_add_file(loader, "secrets");
        loader_add_file(loader, "startup");
        loader_finish(loader);
        failed = messages.errors > 0;
        for (size_t i = 0; i < messages.count; i++)
                if (!messages.list[i].warning)
                        error_user("%s", messages.list[i].text);
        messages_fini(&messages);
        loader_free(loader);
        free_all(dirs);
        return failed ? -EINVAL : 0;
}
