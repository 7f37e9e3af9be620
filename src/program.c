/* program.c: by which scripts a program that has just begun was started. */
#include "program.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "resolve.h"
#include "script.h"
#include "util.h"

enum {
        ARGS_MAX =
                2 * SCRIPT_DEPTH_MAX + 1, /* an interpreter and one argument each, and the script */
        ARGS_SIZE = ARGS_MAX * (SCRIPT_LINE_MAX + 1) + PATH_MAX
};

static bool is_same_file(int a, int b)
{
        struct stat first, second;

        return !fstat(a, &first) && !fstat(b, &second) && first.st_dev == second.st_dev &&
               first.st_ino == second.st_ino;
}

static bool is_program(const struct tracee *t, const char *name, int exe)
{
        struct object object;
        cleanup_fd int place = -1;

        return !resolve_path(t, AT_FDCWD, name, RESOLVE_LINK, &object, &place) &&
               is_same_file(place, exe);
}

/* Those before the name of what was executed. */
static unsigned split(const char *text, size_t len, const char *executed, const char **args)
{
        unsigned n = 0;

        for (size_t at = 0; at < len && n < ARGS_MAX; at += strlen(text + at) + 1) {
                if (n && !strcmp(text + at, executed))
                        return n;
                args[n++] = text + at;
        }
        return n;
}

/* Does it name what stands before it? In between there may be an argument. */
static bool is_started_by(const char *const *args, unsigned i, const char *interpreter)
{
        return !strcmp(args[i - 1], interpreter) || (i > 1 && !strcmp(args[i - 2], interpreter));
}

static void add_script(const struct tracee *t, const char *const *args, unsigned i,
                       struct event *event)
{
        struct object *object = &event->objects[event->nobjects];
        char line[SCRIPT_LINE_MAX];
        cleanup_fd int place = -1;
        const char *interpreter;

        if (resolve_path(t, AT_FDCWD, args[i], RESOLVE_LINK, object, &place) ||
            script_interpreter(place, line, sizeof(line), &interpreter) <= 0)
                return;
        event->nobjects += is_started_by(args, i, interpreter);
}

void program_add_scripts(const struct tracee *t, int exe, struct event *event)
{
        char text[ARGS_SIZE], executed[PATH_MAX];
        const char *args[ARGS_MAX];
        ssize_t len = tracee_cmdline(t->tid, text, sizeof(text));
        unsigned n;

        if (len <= 0 || tracee_executed(t, executed, sizeof(executed)) < 0 ||
            is_program(t, executed, exe))
                return;
        n = split(text, (size_t)len, executed, args);
        for (unsigned i = 1; i < n && event->nobjects < EVENT_OBJECTS; i++)
                add_script(t, args, i, event);
}
