/* script.c: what "#!" lines run. */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolve.h"
#include "util.h"

/* How much of it there is; 0 also if stopgate has no right to read it; or -errno. */
static ssize_t read_first_line(int place, char *line, size_t size)
{
        char link[64];
        struct stat st;
        ssize_t len;

        if (fstat(place, &st))
                return -errno;
        if (!S_ISREG(st.st_mode))
                return 0;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
        /* A lease of somebody else's must not hold stopgate up: fcntl(2), F_SETLEASE. */
        cleanup_fd int fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == EACCES || errno == EPERM ? 0 : -errno;
        len = read(fd, line, size - 1);
        if (len < 0)
                return -errno;
        line[len] = '\0';
        return len;
}

/* The interpreter of a script, cut out of its first line in place; NULL if it is no script. */
static const char *interpreter(char *line)
{
        char *start, *end;

        if (strncmp(line, "#!", 2) != 0)
                return NULL;
        start = line + 2 + strspn(line + 2, " \t");
        end = start + strcspn(start, " \t\n");
        *end = '\0';
        return *start ? start : NULL;
}

int script_interpreter(int place, char *line, size_t size, const char **name)
{
        ssize_t len = read_first_line(place, line, size);

        if (len < 0)
                return (int)len;
        *name = len ? interpreter(line) : NULL;
        return *name != NULL;
}

static void fail(struct event *event, int error, bool blind)
{
        event->error = error;
        event->undecodable = blind;
}

void script_add_interpreters(const struct tracee *t, struct event *event, int place)
{
        cleanup_fd int next_place = -1;
        char line[SCRIPT_LINE_MAX];
        const char *next;

        for (unsigned depth = 0; depth < SCRIPT_DEPTH_MAX && event->nobjects < EVENT_OBJECTS;
             depth++) {
                struct object *object = &event->objects[event->nobjects];
                int r = script_interpreter(place, line, sizeof(line), &next);

                if (r < 0)
                        fail(event, r, true);
                if (r <= 0)
                        return;
                util_cleanup_fd(&next_place);
                next_place = -1;
                if (*next != '/')
                        event->by |= EVENT_BY_INTERPRETER;
                r = resolve_path(t, AT_FDCWD, next, RESOLVE_LINK, object, &next_place);
                event->asks[event->nasks++] =
                        (struct ask){.class = CLASS_EXEC, .object = event->nobjects++};
                if (r) {
                        fail(event, r, object->kind == OBJECT_NONE);
                        return;
                }
                place = next_place;
        }
}
