/* script.c: what "#!" lines run. */
#include "script.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolve.h"
#include "util.h"

enum {
        LINE_MAX_BYTES = 256, /* BINPRM_BUF_SIZE, since 5.1 */
        DEPTH_MAX = 5         /* exec_binprm() in fs/exec.c gives up beyond it */
};

static bool read_first_line(int place, char *line, size_t size)
{
        char link[64];

        snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
        /* A FIFO or a device must not hold stopgate up. */
        cleanup_fd int fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        ssize_t len;

        if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
                return false;
        len = read(fd, line, size - 1);
        if (len < 2)
                return false;
        line[len] = '\0';
        return true;
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

void script_add_interpreters(const struct tracee *t, struct event *event, int place)
{
        cleanup_fd int next_place = -1;
        char line[LINE_MAX_BYTES];
        const char *next;

        for (unsigned depth = 0; depth < DEPTH_MAX && event->nobjects < EVENT_OBJECTS; depth++) {
                struct object *object = &event->objects[event->nobjects];

                if (!read_first_line(place, line, sizeof(line)) || !(next = interpreter(line)))
                        return;
                util_cleanup_fd(&next_place);
                next_place = -1;
                if (*next != '/')
                        event->by |= EVENT_BY_INTERPRETER;
                if (resolve_path(t, AT_FDCWD, next, RESOLVE_LINK, object, &next_place))
                        return;
                event->asks[event->nasks++] =
                        (struct ask){.class = CLASS_EXEC, .object = event->nobjects++};
                place = next_place;
        }
}
