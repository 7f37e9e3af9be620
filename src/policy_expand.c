/* policy_expand.c: ~ and ${...}: from what the user wrote to patterns. */
#include "loader.h"

#include <errno.h>
#include <pwd.h>

#include "path.h"

/* ---- variables ---- */

static char *copy_of(const char *value)
{
        return value && *value ? xstrdup(value) : NULL;
}

static char *home(const struct loader *loader, const char *directory)
{
        (void)directory;
        return copy_of(loader->home ? loader->home : getenv("HOME"));
}

static char *working_directory(const struct loader *loader, const char *directory)
{
        (void)directory;
        return copy_of(loader->pwd ? loader->pwd : loader->cwd);
}

static char *temporary_directory(const struct loader *loader, const char *directory)
{
        char *value = copy_of(getenv("TMPDIR"));

        (void)loader;
        (void)directory;
        return value ? value : xstrdup("/tmp");
}

static char *user(const struct loader *loader, const char *directory)
{
        char *value = copy_of(getenv("USER"));
        struct passwd *passwd = value ? NULL : getpwuid(getuid());

        (void)loader;
        (void)directory;
        return value ? value : passwd ? copy_of(passwd->pw_name) : NULL;
}

static char *uid(const struct loader *loader, const char *directory)
{
        (void)loader;
        (void)directory;
        return xasprintf("%u", (unsigned)getuid());
}

static char *runtime_directory(const struct loader *loader, const char *directory)
{
        (void)loader;
        (void)directory;
        return copy_of(getenv("XDG_RUNTIME_DIR"));
}

static char *policy_directory(const struct loader *loader, const char *directory)
{
        (void)loader;
        return copy_of(directory);
}

static const struct variable {
        const char *name;
        char *(*value)(const struct loader *loader, const char *directory); /* owned, or NULL */
        const char *why; /* it may have no value, if that is not plain */
} variables[] = {
        {"HOME", home, NULL},
        {"PWD", working_directory, ": the working directory has no path; was it removed?"},
        {"TMPDIR", temporary_directory, NULL},
        {"USER", user, NULL},
        {"UID", uid, NULL},
        {"XDG_RUNTIME_DIR", runtime_directory, NULL},
        {"POLICY_DIR", policy_directory, NULL},
};

/* ---- expansion ---- */

struct expansion {
        struct loader *loader;
        const struct origin *origin;
        const char *directory;
        size_t len;
        char out[PATH_PATTERN_MAX];
};

static bool say_too_long(struct expansion *e)
{
        loader_error(e->loader, e->origin, "longer than any path");
        return false;
}

static bool put(struct expansion *e, const char *text, size_t len)
{
        if (len >= sizeof(e->out) - e->len)
                return say_too_long(e);
        memcpy(e->out + e->len, text, len);
        e->len += len;
        return true;
}

/* Once is enough: a list of files in a home directory needs it in each line. */
static bool say_unset(struct expansion *e, const struct variable *variable)
{
        unsigned bit = 1u << (variable - variables);

        if (!(e->loader->unset & bit))
                loader_error(e->loader, e->origin, "${%s} is not set%s", variable->name,
                             variable->why ? variable->why : "");
        e->loader->unset |= bit;
        return false;
}

static bool put_value(struct expansion *e, const struct variable *variable)
{
        cleanup_free char *value = variable->value(e->loader, e->directory);
        ssize_t len;

        if (!value)
                return say_unset(e, variable);
        len = path_escape(value, strlen(value), e->out + e->len, sizeof(e->out) - e->len);
        if (len < 0)
                return say_too_long(e);
        e->len += (size_t)len;
        return true;
}

static bool put_variable(struct expansion *e, const char *name)
{
        const char *names[ARRAY_SIZE(variables)];

        for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
                names[i] = variables[i].name;
                if (!strcmp(names[i], name))
                        return put_value(e, &variables[i]);
        }
        loader_unknown(e->loader, e->origin, "variable", name, NULL, names, ARRAY_SIZE(names));
        return false;
}

/* text begins with "${". Puts its value and moves text behind it. */
static bool expand_variable(struct expansion *e, const char **text)
{
        size_t len = strcspn(*text, "}/");
        cleanup_free char *name = NULL;

        if ((*text)[len] != '}') {
                loader_error(e->loader, e->origin, "unclosed '${' in %s", quote(*text).text);
                return false;
        }
        name = xasprintf("%.*s", (int)len - 2, *text + 2);
        *text += len + 1;
        return put_variable(e, name);
}

static bool expand_home(struct expansion *e, const char **text)
{
        if ((*text)[1] != '\0' && (*text)[1] != '/') {
                loader_error(e->loader, e->origin, "expected ~ or ~/..., not %s",
                             quote(*text).text);
                return false;
        }
        ++*text;
        return put_variable(e, "HOME");
}

static bool expand(struct expansion *e, const char *text)
{
        if (text[0] == '~' && !expand_home(e, &text))
                return false;
        while (*text) {
                size_t n = *text == '\\' && text[1] ? 2 : 1;

                if (text[0] == '$' && text[1] == '{') {
                        if (!expand_variable(e, &text))
                                return false;
                        continue;
                }
                if (!put(e, text, n))
                        return false;
                text += n;
        }
        e->out[e->len] = '\0';
        return true;
}

char *expand_text(struct loader *loader, const struct origin *origin, const char *directory,
                  const char *text)
{
        struct expansion e = {.loader = loader, .origin = origin, .directory = directory};

        return expand(&e, text) ? xstrdup(e.out) : NULL;
}

/* ---- patterns ---- */

static bool is_path_text(enum call_class class, const char *text)
{
        bool inet = !strncmp(text, "inet", 4) && (text[4] == ':' || text[4] == '\0');

        return class != CLASS_CONNECT || (text[0] != '@' && !inet);
}

static bool varies(const char *text)
{
        return text[0] == '~' || strstr(text, "${");
}

/* What may have been meant by a pattern that is no absolute path. */
static char *guess(const char *text, const char *expanded)
{
        if (varies(text))
                return xasprintf("; it becomes %s", quote(expanded).text);
        if (text[0] == '"' || text[0] == '\'')
                return xstrdup("; no quotes are needed");
        for (size_t i = 0; text[0] == '$' && i < ARRAY_SIZE(variables); i++) {
                size_t len = strlen(variables[i].name);

                if (!strncmp(text + 1, variables[i].name, len) && strchr("/", text[1 + len]))
                        return xasprintf("; did you mean '${%s}%s'?", variables[i].name,
                                         text + 1 + len);
        }
        return xstrdup("");
}

/* A backslash that escapes nothing is a slip, and could hide a "..". */
static bool check_escapes(struct loader *loader, const struct origin *origin, const char *text)
{
        for (const char *p = text; *p; p++) {
                if (*p != '\\')
                        continue;
                p++;
                if (!*p || !strchr("*?[]\\", *p)) {
                        loader_error(loader, origin,
                                     "stray '\\' in %s; it stands before * ? [ ] or another \\",
                                     quote(text).text);
                        return false;
                }
        }
        if (!path_has_open_set(text))
                return true;
        loader_error(loader, origin, "unclosed '[' in %s; write '\\[' for the character itself",
                     quote(text).text);
        return false;
}

/* On the command line a path may be relative. Takes text, returns owned text. */
static char *make_absolute(const struct loader *loader, char *text)
{
        char cwd[PATH_PATTERN_MAX], *absolute;

        if (text[0] == '/' || !loader->cwd ||
            path_escape(loader->cwd, strlen(loader->cwd), cwd, sizeof(cwd)) < 0)
                return text;
        absolute = xasprintf("%s/%s", cwd, text);
        free(text);
        return absolute;
}

static bool parse_spelling(struct loader *loader, const struct origin *origin,
                           struct pattern *pattern, enum call_class class, const char *text,
                           const char *source)
{
        const char *why = pattern_complaint(class, text);
        cleanup_free char *hint = why ? guess(source, text) : NULL;

        if (!why)
                return pattern_parse(pattern, class, text) == 0;
        loader_error(loader, origin, "%s: %s%s", quote(source).text, why, hint);
        return false;
}

/* Bytes of the canonical pattern before the last slash that no wildcard precedes; all of a plain
 * path. */
static size_t directory_len(const char *pattern)
{
        size_t len = path_literal_len(pattern);

        if (pattern[len] == '\0')
                return len;
        while (len > 0 && pattern[len] != '/')
                len--;
        return len;
}

bool names_own_descriptor(const char *path)
{
        static const char *const names[] = {"/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr"};

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (path_covers(names[i], strlen(names[i]), path, strlen(path)))
                        return true;
        return false;
}

/* The pattern with the symbolic links in its literal directories followed: owned, or NULL. */
static char *resolve_pattern(const struct loader *loader, const char *pattern, bool *exists)
{
        size_t len = directory_len(pattern);
        cleanup_free char *directory = xasprintf("%.*s", (int)len, pattern);
        char resolved[PATH_MAX], escaped[PATH_PATTERN_MAX];
        ssize_t resolved_len;

        *exists = true;
        path_unescape(directory);
        if (names_own_descriptor(directory))
                return NULL;
        resolved_len = links_resolve(loader->links, directory, resolved, sizeof(resolved), exists);
        if (resolved_len < 0 ||
            path_escape(resolved, (size_t)resolved_len, escaped, sizeof(escaped)) < 0)
                return NULL;
        return xasprintf("%s%s", strcmp(escaped, "/") != 0 || !pattern[len] ? escaped : "",
                         pattern + len);
}

static void add_resolved_spelling(const struct loader *loader, struct rule *rule, const char *text,
                                  struct note *note)
{
        char canonical[PATH_PATTERN_MAX];
        cleanup_free char *resolved = NULL;
        bool exists;

        if (path_join("/", text, strlen(text), canonical, sizeof(canonical)) < 0)
                return;
        resolved = resolve_pattern(loader, canonical, &exists);
        note->missing = !exists && rule->spelling[0].kind == PATTERN_LITERAL;
        if (!resolved || !strcmp(resolved, canonical) ||
            pattern_parse(&rule->spelling[1], rule->class, resolved))
                return;
        rule->nspellings = 2;
}

static void add_note(struct loader *loader, const struct note *note)
{
        loader->notes = xreallocarray(loader->notes, loader->nnotes + 1, sizeof(*loader->notes));
        loader->notes[loader->nnotes++] = *note;
}

/* On the command line, what exists by that very name is meant, whatever it is called: /tmp/[id].
 * Takes over text, returns text or what replaces it. */
static char *escape_existing(char *text)
{
        char escaped[PATH_MAX];

        if (!strpbrk(text, "*?[\\") || access(text, F_OK) ||
            path_escape(text, strlen(text), escaped, sizeof(escaped)) < 0)
                return text;
        free(text);
        return xstrdup(escaped);
}

int expand_rule(struct loader *loader, const struct source *source, const struct origin *origin,
                enum call_class class, enum action action, const char *text)
{
        struct rule rule = {.class = class,
                            .action = action,
                            .origin = *origin,
                            .nspellings = 1,
                            .ad_hoc = !source};
        struct note note = {.source = source, .varies = varies(text)};
        cleanup_free char *expanded =
                expand_text(loader, origin, source ? source->directory : NULL, text);
        bool path = expanded && is_path_text(class, expanded);

        if (!expanded)
                return -EINVAL;
        if (path && !source)
                expanded = make_absolute(loader, escape_existing(expanded));
        if ((path || expanded[0] == '@') && !check_escapes(loader, origin, expanded))
                return -EINVAL;
        if (!parse_spelling(loader, origin, &rule.spelling[0], class, expanded, text))
                return -EINVAL;
        if (path)
                add_resolved_spelling(loader, &rule, expanded, &note);
        rule.source = xstrdup(text);
        keys_speak_of(loader, class, origin);
        policy_add_rule(loader->policy, &rule);
        add_note(loader, &note);
        return 0;
}
