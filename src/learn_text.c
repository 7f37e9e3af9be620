/* learn_text.c: what was learned, worded as a policy. */
#include "learn_text.h"

#include <inttypes.h>

#include "line.h"
#include "names.h"
#include "path.h"
#include "util.h"

enum {
        COMMENT_COLUMN = 40,
        COMMAND_MAX = 120,    /* bytes of the command line that are shown */
        NAME_MAX_SHOWN = 400, /* of a name in a comment */
        LINES_MAX = 200       /* of a comment */
};

static const char allow[] = "allow = ", all_below[] = "/**";

/* ---- variables ---- */

static bool stands_for(const char *value, const char *pattern)
{
        return value && path_covers(value, strlen(value), pattern, strlen(pattern));
}

char *learn_text_pattern(const struct learn_text *text, const char *pattern)
{
        size_t cwd = stands_for(text->cwd, pattern) ? strlen(text->cwd) : 0;
        size_t home = stands_for(text->home, pattern) ? strlen(text->home) : 0;

        if (cwd && cwd >= home)
                return xasprintf("${PWD}%s", pattern + cwd);
        if (home)
                return xasprintf("${HOME}%s", pattern + home);
        return xstrdup(pattern);
}

static bool needs_second(const struct want *want)
{
        return want->is & WANT_BELOW && path_has_wildcard(want->pattern) &&
               want->class != CLASS_CONNECT;
}

bool learn_text_fits(const struct learn_text *text, const struct want *want)
{
        cleanup_free char *pattern = learn_text_pattern(text, want->pattern);
        size_t more = needs_second(want) ? strlen(all_below) : 0;

        return strlen(allow) + strlen(pattern) + more <= LEARN_LINE_MAX;
}

/* ---- comments ---- */

/* As it is shown to people, cut to max bytes. Owned. */
static char *shown(const char *bytes, size_t len, size_t max)
{
        size_t size = LINE_RESERVE + max + 8;
        cleanup_free char *buf = xcalloc(size, 1);
        struct line line;

        line_init(&line, buf, size);
        (void)line_narrow(&line, max);
        line_text(&line, bytes, len);
        return xasprintf("%.*s%s", (int)line.len, line.buf, line.cut ? "..." : "");
}

static const char *what_it_guards(enum call_class class)
{
        return class == CLASS_READ ? "a secret" : "run or read later by others";
}

static const char *why_moved(const struct want *want)
{
        if (!(want->is & WANT_BELOW))
                return "for it is linked or renamed";
        return want->is & WANT_DIRECTORY ? "for it is linked or renamed with all that is below"
                                         : "for names below it are linked or renamed";
}

/* "14 names, 20 calls" */
static char *comment_of(const struct want *want)
{
        bool many = want->is & WANT_BELOW || path_has_wildcard(want->pattern);
        cleanup_free char *what = NULL, *names = NULL;

        if (want->is & WANT_GUARDED)
                what = xasprintf("%s: %s, ", what_it_guards(want->class), want->note);
        else if (want->is & WANT_MOVED)
                what = xstrdup(why_moved(want));
        else if (!(want->is & WANT_PRESENT))
                what = xstrdup("looked for, ");
        else if (want->is & WANT_DIRECTORY && !(want->is & WANT_BELOW))
                what = xstrdup("the directory alone, ");
        if (want->is & WANT_MOVED)
                return steal_pointer(&what);
        if (!want->calls)
                return xstrdup("a program that has run");
        if (many && want->names > 1)
                names = xasprintf("%" PRIu64 " names, ", want->names);
        return xasprintf("%s%s%" PRIu64 " call%s", what ? what : "", names ? names : "",
                         want->calls, want->calls == 1 ? "" : "s");
}

static size_t write_rule(const struct learn_text *text, FILE *out, const struct want *want)
{
        cleanup_free char *pattern = learn_text_pattern(text, want->pattern);
        cleanup_free char *comment = comment_of(want);
        cleanup_free char *line = xasprintf("%s%s", allow, pattern);
        bool inside = (strlen(line) < COMMENT_COLUMN ? COMMENT_COLUMN : strlen(line)) +
                              strlen(" ; ") + strlen(comment) <=
                      LEARN_LINE_MAX;

        if (inside)
                fprintf(out, "%-*s ; %s\n", COMMENT_COLUMN, line, comment);
        else
                fprintf(out, "; %s:\n%s\n", comment, line);
        if (!needs_second(want))
                return 1;
        fprintf(out, "%s%s\n", line, all_below);
        return 2;
}

/* ---- sections ---- */

enum group { GROUP_HERE, GROUP_HOME, GROUP_SCRATCH, GROUP_KERNEL, GROUP_SYSTEM, GROUPS };

static const char *const group_titles[GROUPS] = {
        [GROUP_HERE] = "Here",
        [GROUP_HOME] = "At home",
        [GROUP_SCRATCH] = "Temporary files",
        [GROUP_KERNEL] = "Devices, processes and the kernel",
        [GROUP_SYSTEM] = "The system",
};

static bool is_in(const char *place, const char *pattern)
{
        return path_covers(place, strlen(place), pattern, strlen(pattern));
}

static enum group group_of(const struct learn_text *text, const struct want *want)
{
        cleanup_free char *pattern = learn_text_pattern(text, want->pattern);

        if (is_in("${PWD}", pattern))
                return GROUP_HERE;
        if (is_in("${HOME}", pattern))
                return GROUP_HOME;
        if (is_in("/tmp", pattern) || is_in("/var/tmp", pattern) || is_in("/dev/shm", pattern))
                return GROUP_SCRATCH;
        if (is_in("/dev", pattern) || is_in("/proc", pattern) || is_in("/sys", pattern))
                return GROUP_KERNEL;
        return GROUP_SYSTEM;
}

static const char *const not_done[CLASS_COUNT] = {
        [CLASS_OUTPUT] = "nothing was written",      [CLASS_READ] = "nothing was read",
        [CLASS_ATTR] = "no attributes were changed", [CLASS_WRITE] = "nothing was written",
        [CLASS_CREATE] = "nothing was created",      [CLASS_DELETE] = "nothing was deleted",
        [CLASS_EXEC] = "no program was run",         [CLASS_CONNECT] = "nothing was connected to",
};

static size_t write_group(const struct learn_text *text, FILE *out, enum group group,
                          const struct want *wants, size_t n, bool titled)
{
        size_t rules = 0;

        for (size_t i = 0; i < n; i++) {
                if (group_of(text, &wants[i]) != group || !learn_text_fits(text, &wants[i]))
                        continue;
                if (!rules && titled)
                        fprintf(out, "# %s\n", group_titles[group]);
                rules += write_rule(text, out, &wants[i]);
        }
        return rules;
}

size_t learn_text_section(const struct learn_text *text, FILE *out, enum call_class class,
                          struct want *wants, size_t n)
{
        size_t rules = 0;

        fprintf(out, "\n[%s]\n", class_name(class));
        if (!n) {
                fprintf(out, "%-*s ; %s\n", COMMENT_COLUMN, "default = deny", not_done[class]);
                return 0;
        }
        fprintf(out, "default = deny\n");
        for (enum group group = 0; group < GROUPS; group++)
                rules += write_group(text, out, group, wants, n, class != CLASS_CONNECT);
        return rules;
}

void learn_text_unrecorded(FILE *out, enum call_class class, bool follows)
{
        static const char why[] = "the record does not tell all of this";
        bool closed = class == CLASS_CONNECT;

        if (closed || follows)
                fprintf(out, "\n[%s]\n%-*s ; %s\n", class_name(class), COMMENT_COLUMN,
                        closed ? "default = deny" : "default = allow", why);
        else
                fprintf(out, "\n# [%s] is left open: %s.\n", class_name(class), why);
}

/* ---- the head ---- */

/* The words of the command line, with blanks between them. Owned. */
static char *command_of(const struct audit *audit)
{
        const struct words *argv = &audit_run(audit)->argv;
        size_t len = argv->len;
        cleanup_free char *joined = xcalloc(len + 1, 1);
        char *command;

        for (size_t i = 0; i < len; i++)
                joined[i] = argv->bytes[i] ? argv->bytes[i] : ' ';
        while (len > 0 && joined[len - 1] == ' ')
                len--;
        command = shown(joined, len, COMMAND_MAX);
        /* A comment would begin here, or an error. */
        for (char *p = command; *p; p++)
                if ((*p == ';' || *p == '#') && (p == command || p[-1] == ' '))
                        *p = '_';
        return command;
}

void learn_text_head(const struct learn_text *text, FILE *out)
{
        cleanup_free char *command = command_of(text->audit);

        fprintf(out,
                "# Allows what one run did, and little else. Read it before you rely on it: what "
                "was wrong in that\n"
                "# run is allowed here, and what it had no reason to do is not.\n"
                "[policy]\n"
                "description = Learned from: %s\n",
                *command ? command : "a run");
        if (text->has_base)
                fprintf(out, "include = base.ini\n");
}

/* ---- lists ---- */

void learn_lines_add(struct learn_lines *lines, enum call_class class, const struct words *path,
                     const struct words *rule)
{
        cleanup_free char *name = shown(path->bytes, path->len, NAME_MAX_SHOWN);
        cleanup_free char *why =
                rule && rule->bytes ? shown(rule->bytes, rule->len, NAME_MAX_SHOWN) : NULL;

        if (lines->n % 64 == 0)
                lines->list = xreallocarray(lines->list, lines->n + 64, sizeof(*lines->list));
        lines->list[lines->n++] = xasprintf("%s %s%s%s%s", class_name(class), name,
                                            why ? "  (" : "", why ? why : "", why ? ")" : "");
}

static int compare_lines(const void *one, const void *other)
{
        return strcmp(*(char *const *)one, *(char *const *)other);
}

void learn_lines_sort(struct learn_lines *lines)
{
        size_t kept = 0;

        if (lines->n)
                qsort(lines->list, lines->n, sizeof(*lines->list), compare_lines);
        for (size_t i = 0; i < lines->n; i++) {
                if (kept && !strcmp(lines->list[kept - 1], lines->list[i]))
                        free(lines->list[i]);
                else
                        lines->list[kept++] = lines->list[i];
        }
        lines->n = kept;
}

void learn_lines_write(const struct learn_lines *lines, FILE *out, const char *title)
{
        size_t n = lines->n < LINES_MAX ? lines->n : LINES_MAX;

        if (!lines->n)
                return;
        fprintf(out, "\n# %s\n", title);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "#     %s\n", lines->list[i]);
        if (n < lines->n)
                fprintf(out, "#     and %zu more\n", lines->n - n);
}

void learn_lines_fini(struct learn_lines *lines)
{
        for (size_t i = 0; i < lines->n; i++)
                free(lines->list[i]);
        free(lines->list);
        *lines = (struct learn_lines){0};
}
