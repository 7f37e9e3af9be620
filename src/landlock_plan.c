/* landlock_plan.c: what to ask of Landlock for a policy. */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "landlock_grants.h"
#include "path.h"
#include "util.h"

#define WRITE_BIT  CLASS_BIT(CLASS_WRITE)
#define READ_BIT   CLASS_BIT(CLASS_READ)
#define EXEC_BIT   CLASS_BIT(CLASS_EXEC)
#define ENTRY_BITS (CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE))
#define KNOWN_BITS (WRITE_BIT | READ_BIT | EXEC_BIT | ENTRY_BITS | CLASS_BIT(CLASS_CONNECT))

enum { ABI_WITH_REFER = 2, ABI_WITH_TCP = 4, ABI_WITH_SCOPES = 6, ABI_WITH_UNIX_PATHS = 9 };

struct plan {
        struct landlock *landlock;
        const struct policy *policy;
        char cwd[PATH_MAX]; /* "" if it has no name */
        bool narrow;        /* only some calls stop: nothing may be wider than it has to */
};

/* ---- which classes ---- */

/* Landlock has no "all but this": only where the default is to refuse, it can help. */
static bool refuses_by_default(const struct policy *policy, enum call_class class)
{
        return policy->classes[class].spoken && action_refuses(policy->classes[class].fallback);
}

static unsigned held_classes(const struct policy *policy)
{
        unsigned classes = 0;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (KNOWN_BITS & CLASS_BIT(class) && refuses_by_default(policy, class))
                        classes |= CLASS_BIT(class);
        return classes;
}

/* The classes among these for which the rule is written: [write] is also that of others. */
static unsigned classes_of_rule(const struct policy *policy, unsigned classes,
                                const struct rule *rule)
{
        unsigned led = 0;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (classes & CLASS_BIT(class) && policy_rules_of(policy, class) == rule->class)
                        led |= CLASS_BIT(class);
        return led;
}

/* ---- grants ---- */

static void grant(const struct plan *plan, const char *path, unsigned classes,
                  const struct rule *rule, bool wide)
{
        if (classes)
                grants_add(plan->landlock, *path ? path : "/", classes, rule, wide);
}

/* The nearest directory above path that exists. */
static void grant_above(const struct plan *plan, const char *path, unsigned classes,
                        const struct rule *rule)
{
        cleanup_free char *above = xstrdup(path);
        char *slash;
        struct stat st;

        do {
                slash = strrchr(above, '/');
                if (slash)
                        *slash = '\0';
        } while (slash && *above && (stat(above, &st) || !S_ISDIR(st.st_mode)));
        grant(plan, slash ? above : "/", classes, rule, true);
}

/* May the command put another file in its place? Then what stands there now is not the point. */
static bool is_replaceable(const struct plan *plan, const char *path)
{
        struct object *object = xcalloc(1, sizeof(*object));
        bool replaceable;

        object->kind = OBJECT_PATH;
        object->len = (size_t)snprintf(object->path, sizeof(object->path), "%s", path);
        replaceable = !action_refuses(policy_judge(plan->policy, CLASS_CREATE, object, 0).would);
        free(object);
        return replaceable;
}

/* To remove and remake an allowed directory is a build's way to start anew. Only below the working
 * directory: to give away all of a home because ~/.cache may go would cost more. */
static bool is_remade(const struct plan *plan, const char *path)
{
        const char *slash = strrchr(path, '/');

        return !plan->narrow && *plan->cwd && slash &&
               path_covers(plan->cwd, strlen(plan->cwd), path, (size_t)(slash - path));
}

static void grant_directory(const struct plan *plan, const char *path, unsigned classes,
                            const struct rule *rule)
{
        grant(plan, path, classes, rule, false);
        if (classes & ENTRY_BITS && is_remade(plan, path))
                grant_above(plan, path, classes, rule);
}

/* What a link leads to is another spelling of the rule; here is only its name. */
static void grant_link(const struct plan *plan, const char *path, unsigned classes,
                       const struct rule *rule)
{
        if (!plan->narrow)
                grant_above(plan, path, classes & ENTRY_BITS, rule);
}

/* Making and removing a name are rights to its directory. */
static void grant_file(const struct plan *plan, const char *path, unsigned classes,
                       const struct rule *rule)
{
        if (classes & ENTRY_BITS || is_replaceable(plan, path))
                grant_above(plan, path, classes, rule);
        else
                grant(plan, path, classes, rule, false);
}

/* Each process has files of its own there, and this one's are not the command's. */
static bool is_of_self(const char *path)
{
        static const char *const selves[] = {"/proc/self", "/proc/thread-self"};

        for (size_t i = 0; i < ARRAY_SIZE(selves); i++)
                if (path_covers(selves[i], strlen(selves[i]), path, strlen(path)))
                        return true;
        return false;
}

static void grant_path(const struct plan *plan, const char *path, unsigned classes,
                       const struct rule *rule)
{
        struct stat st;

        if (is_of_self(path)) {
                if (!plan->narrow)
                        grant(plan, "/proc", classes, rule, true);
        } else if (lstat(*path ? path : "/", &st)) {
                grant_above(plan, path, classes, rule);
        } else if (S_ISDIR(st.st_mode)) {
                grant_directory(plan, path, classes, rule);
        } else if (S_ISREG(st.st_mode)) {
                grant_file(plan, path, classes, rule);
        } else if (S_ISLNK(st.st_mode)) {
                grant_link(plan, path, classes, rule);
        } else if (classes & CLASS_BIT(CLASS_CONNECT)) {
                grant_above(plan, path, classes, rule); /* who listens makes the socket anew */
        } else {
                grant(plan, path, classes, rule, false);
        }
}

/* The directory in which the first wildcard stands. */
static void grant_wildcard(const struct plan *plan, const char *pattern, unsigned classes,
                           const struct rule *rule)
{
        cleanup_free char *literal = xstrdup(pattern);
        char *slash;

        literal[path_literal_len(pattern)] = '\0';
        slash = strrchr(literal, '/');
        if (!slash)
                return;
        slash[1] = 'x'; /* any name in it */
        slash[2] = '\0';
        path_unescape(literal);
        if (is_of_self(literal))
                grant_path(plan, literal, classes, rule);
        else
                grant_above(plan, literal, classes, rule);
}

static void grant_rule(const struct plan *plan, const struct rule *rule)
{
        unsigned classes = classes_of_rule(plan->policy, plan->landlock->classes, rule);

        if (action_refuses(rule->action) || !classes)
                return;
        for (unsigned s = 0; s < rule->nspellings; s++) {
                const struct pattern *pattern = &rule->spelling[s];

                if (pattern->kind == PATTERN_LITERAL)
                        grant_path(plan, pattern->text, classes, rule);
                else if (pattern->kind == PATTERN_WILDCARD)
                        grant_wildcard(plan, pattern->text, classes, rule);
        }
}

/* The terminal that the command was given may be opened again (policy.c), and so may those that it
 * makes. */
static void grant_terminals(const struct plan *plan)
{
        unsigned classes = plan->landlock->classes & (READ_BIT | WRITE_BIT);
        char link[32], path[PATH_MAX];

        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
                ssize_t len = isatty(fd) ? readlink(link, path, sizeof(path) - 1) : -1;

                if (len <= 0)
                        continue;
                path[len] = '\0';
                grant(plan, path, classes, NULL, false);
        }
        if (!plan->narrow)
                grant(plan, "/dev/pts", classes, NULL, true);
}

static const char *const interpreters[] = {
        "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux.so.2",       "/lib/ld-linux-aarch64.so.1",
        "/lib/ld-linux-armhf.so.3",    "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-i386.so.1",
        "/lib/ld-musl-aarch64.so.1",
};

bool landlock_knows_interpreter(const char *path)
{
        for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++)
                if (!strcmp(path, interpreters[i]))
                        return true;
        return false;
}

/* The kernel opens the ELF interpreter of a program as it does the program; no rule names it.
 * Executing also needs the right to read. */
static void grant_interpreters(const struct plan *plan)
{
        unsigned classes = plan->landlock->classes & (READ_BIT | EXEC_BIT);

        for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++)
                if (!access(interpreters[i], F_OK))
                        grant(plan, interpreters[i], classes, NULL, false);
}

static void grant_readable_programs(const struct plan *plan)
{
        struct landlock *landlock = plan->landlock;

        if (!(landlock->classes & READ_BIT))
                return;
        for (size_t i = 0; i < landlock->ngrants; i++)
                if (landlock->grants[i].classes & EXEC_BIT)
                        landlock->grants[i].classes |= READ_BIT;
}

/* ---- sockets ---- */

static bool allows_abstract(const struct policy *policy)
{
        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];

                if (rule->class == CLASS_CONNECT && !action_refuses(rule->action) &&
                    rule->spelling[0].kind == PATTERN_ABSTRACT)
                        return true;
        }
        return false;
}

/* What holds for an internet address of which no other rule speaks. */
static bool refuses_inet(const struct policy *policy)
{
        bool refuses = refuses_by_default(policy, CLASS_CONNECT);

        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];
                const struct pattern *pattern = &rule->spelling[0];

                if (rule->class != CLASS_CONNECT || pattern->kind != PATTERN_INET ||
                    pattern->bits || pattern->port)
                        continue;
                if (!action_refuses(rule->action))
                        return false;
                refuses = true;
        }
        return refuses;
}

static void plan_sockets(const struct plan *plan)
{
        struct landlock *landlock = plan->landlock;
        const struct policy *policy = plan->policy;

        landlock->abstract = refuses_by_default(policy, CLASS_CONNECT) && !allows_abstract(policy);
        if (!refuses_inet(policy))
                return;
        landlock->connects = true;
        landlock->ports = xcalloc(policy->nrules + 1, sizeof(*landlock->ports));
        for (size_t r = 0; r < policy->nrules; r++) {
                const struct rule *rule = &policy->rules[r];
                const struct pattern *pattern = &rule->spelling[0];

                if (rule->class != CLASS_CONNECT || pattern->kind != PATTERN_INET ||
                    action_refuses(rule->action))
                        continue;
                if (!pattern->port) /* Landlock knows no hosts */
                        landlock->connects = false;
                landlock->ports[landlock->nports++] = pattern->port;
        }
        landlock->binds = landlock->nports == 0; /* then there are no such sockets at all */
}

/* What lies in a place that another rule allows as a whole is no wider than the rules. */
static void narrow_grants(struct landlock *landlock)
{
        for (size_t i = 0; i < landlock->ngrants; i++) {
                struct landlock_grant *g = &landlock->grants[i];

                if (g->wide && grants_hold(landlock, g->classes, g->path, strlen(g->path), true))
                        g->wide = false;
        }
}

/* ---- the whole ---- */

void landlock_plan(struct landlock *landlock, const struct policy *policy, int abi)
{
        struct plan plan = {.landlock = landlock, .policy = policy, .narrow = policy->calls_given};
        const unsigned keeping = WRITE_BIT | ENTRY_BITS;

        *landlock = (struct landlock){0};
        if (!policy_denies(policy))
                return;
        if (!getcwd(plan.cwd, sizeof(plan.cwd)) || plan.cwd[0] != '/')
                plan.cwd[0] = '\0';
        /* The first version refuses every rename to another directory: narrower than any policy. */
        landlock->abi = abi < ABI_WITH_REFER ? 0 : abi;
        landlock->classes = held_classes(policy);
        if (abi < ABI_WITH_UNIX_PATHS)
                landlock->classes &= ~CLASS_BIT(CLASS_CONNECT);
        /* Where nothing may be written, a link brings a file to no place where it could be. */
        landlock->keeps_place = (landlock->classes & keeping) == keeping &&
                                !policy_refuses_all(policy, CLASS_WRITE);
        landlock->signals =
                abi >= ABI_WITH_SCOPES && policy_closes(policy, CALL_CONFINING, WORD_PROCESSES);
        for (size_t r = 0; r < policy->nrules; r++)
                grant_rule(&plan, &policy->rules[r]);
        grant_terminals(&plan);
        grant_interpreters(&plan);
        grant_readable_programs(&plan);
        narrow_grants(landlock);
        plan_sockets(&plan);
}
