/* decode_process.c: numbers of processes -> objects; files of /proc that belong to one. */
#include "decode_process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "util.h"

#ifndef PIDFD_SIGNAL_THREAD /* Linux 6.9 */
#define PIDFD_SIGNAL_THREAD        (1u << 0)
#define PIDFD_SIGNAL_PROCESS_GROUP (1u << 2)
#endif

static enum standing find(const struct process_lookup *lookup, const struct tracee *t,
                          enum process_set set, pid_t number)
{
        return lookup->find ? lookup->find(lookup->data, t, set, number) : STANDS_OUTSIDE;
}

static const char *const set_names[] = {
        [PROCESS_ONE] = "process",         [PROCESS_HANDLE] = "process",
        [PROCESS_GROUP] = "process group", [PROCESS_USER] = "processes of user",
        [PROCESS_ALL] = "all processes",
};

static void add(struct event *event, enum process_set set, pid_t number, enum standing standing)
{
        struct object *object = &event->objects[event->nobjects];
        const char *mixed = standing == STANDS_ON_BOTH ? ", those inside" : "";
        int len;

        memset(object, 0, offsetof(struct object, path));
        object->kind = OBJECT_PROCESS;
        object->set = set;
        object->number = number;
        object->standing = standing;
        object->exists = standing != STANDS_NOWHERE;
        if (set == PROCESS_GROUP && !number)
                len = snprintf(object->path, sizeof(object->path), "its process group%s", mixed);
        else if (set == PROCESS_ALL || (set == PROCESS_HANDLE && !number))
                len = snprintf(object->path, sizeof(object->path), "%s%s", set_names[set], mixed);
        else
                len = snprintf(object->path, sizeof(object->path), "%s %d%s", set_names[set],
                               number, mixed);
        object->len = (size_t)len;
        event->asks[event->nasks++] =
                (struct ask){.class = CLASS_PROCESS, .object = event->nobjects++};
}

/* What cannot be divided is outside if any of it is. */
static void add_undivided(const struct tracee *t, const struct process_lookup *lookup,
                          enum process_set set, pid_t number, struct event *event)
{
        enum standing standing = find(lookup, t, set, number);

        add(event, set, number, standing == STANDS_ON_BOTH ? STANDS_OUTSIDE : standing);
}

/* A negative number is nobody's, and the kernel says what is wrong with it. */
static void add_task(const struct tracee *t, const struct process_lookup *lookup, pid_t number,
                     struct event *event)
{
        if (number > 0)
                add(event, PROCESS_ONE, number, find(lookup, t, PROCESS_ONE, number));
}

static void add_kill(const struct tracee *t, const struct process_lookup *lookup, pid_t number,
                     struct event *event)
{
        if (number > 0)
                add_task(t, lookup, number, event);
        else if (number == -1)
                add(event, PROCESS_ALL, number, find(lookup, t, PROCESS_ALL, number));
        else if (number != INT_MIN)
                add(event, PROCESS_GROUP, -number, find(lookup, t, PROCESS_GROUP, -number));
}

static void add_owner(const struct tracee *t, const struct process_lookup *lookup, pid_t number,
                      struct event *event)
{
        if (number > 0)
                add_task(t, lookup, number, event);
        else if (number < 0 && number != INT_MIN)
                add_undivided(t, lookup, PROCESS_GROUP, -number, event);
}

/* Who is gone will not be signalled. */
static void add_async(const struct tracee *t, const struct process_lookup *lookup, int fd,
                      struct event *event)
{
        enum standing standing = STANDS_OUTSIDE;
        enum process_set set = PROCESS_HANDLE;
        pid_t number = 0;
        bool group = false;
        int r = tracee_fd_owner(t, fd, &number, &group);

        event->by |= EVENT_BY_FILES;
        if (r == -EBADF || (!r && !number))
                return;
        if (group)
                set = PROCESS_GROUP;
        if (!r)
                standing = find(lookup, t, set, number);
        if (standing == STANDS_OUTSIDE || standing == STANDS_ON_BOTH)
                add(event, set, r ? 0 : number, STANDS_OUTSIDE);
}

/* A user's processes are never all of the run: stopgate is one. */
static void add_which(const struct tracee *t, const struct process_lookup *lookup, int which,
                      const int values[3], pid_t number, struct event *event)
{
        if (which == values[0])
                add_task(t, lookup, number, event);
        else if (which == values[1] && number >= 0)
                add_undivided(t, lookup, PROCESS_GROUP, number, event);
        else if (which == values[2])
                add(event, PROCESS_USER, number, STANDS_OUTSIDE);
}

static uint32_t flags_of_pidfd(const struct tracee *t, const struct call *call, unsigned i)
{
        enum { SIGNAL_FLAGS = 3 };

        return call->args[i + 1].role == ARG_SIGNAL ? (uint32_t)t->args[SIGNAL_FLAGS] : 0;
}

/* Below 0 it is no descriptor, but stands for the caller itself since Linux 6.14. The kernel takes
 * no two flags at once. */
static void add_pidfd(const struct tracee *t, const struct process_lookup *lookup, int fd,
                      uint32_t flags, struct event *event)
{
        bool thread = false;
        pid_t number = 0;
        bool odd = flags & (flags - 1) || flags > PIDFD_SIGNAL_PROCESS_GROUP;
        int r = fd < 0 || odd ? -EBADF : tracee_fd_process(t, fd, &number, &thread);

        event->by |= EVENT_BY_FILES;
        event->fd = fd;
        event->has |= EVENT_HAS_FD;
        if (r == -EBADF)
                return;
        if (r)
                add(event, PROCESS_HANDLE, 0, STANDS_OUTSIDE);
        else if (!number)
                add(event, PROCESS_HANDLE, 0, STANDS_NOWHERE);
        else if (flags & PIDFD_SIGNAL_PROCESS_GROUP)
                add(event, PROCESS_GROUP, number, find(lookup, t, PROCESS_GROUP, number));
        else
                add(event, PROCESS_HANDLE, number, find(lookup, t, PROCESS_HANDLE, number));
        if (event->nobjects)
                event->objects[0].thread = flags ? flags & PIDFD_SIGNAL_THREAD : thread;
}

void decode_process(const struct tracee *t, const struct call *call, unsigned i,
                    const struct process_lookup *lookup, struct event *event)
{
        static const int priorities[3] = {PRIO_PROCESS, PRIO_PGRP, PRIO_USER};
        static const int ioprios[3] = {IOPRIO_WHO_PROCESS, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER};
        pid_t number = (pid_t)t->args[i];
        int before = i > 0 ? (int)t->args[i - 1] : 0;

        switch (call->args[i].number) {
        case NUMBER_NONE:
                return;
        case NUMBER_TASK:
                if (number > 0)
                        add_task(t, lookup, number, event);
                return;
        case NUMBER_KILL:
                add_kill(t, lookup, number, event);
                return;
        case NUMBER_OWNER:
                if (before == F_SETOWN)
                        add_owner(t, lookup, number, event);
                else if ((before == F_SETFL && number & O_ASYNC) || before == F_SETSIG)
                        add_async(t, lookup, (int)t->args[0], event);
                return;
        case NUMBER_ASYNC:
                if (decode_aims(t, call))
                        add_async(t, lookup, (int)t->args[0], event);
                return;
        case NUMBER_WHICH:
                add_which(t, lookup, before, priorities, number, event);
                return;
        case NUMBER_IOPRIO:
                add_which(t, lookup, before, ioprios, number, event);
                return;
        case NUMBER_PIDFD:
                add_pidfd(t, lookup, number, flags_of_pidfd(t, call, i), event);
                return;
        }
}

bool decode_aims(const struct tracee *t, const struct call *call)
{
        enum { REQUEST = 1 };

        return call->args[REQUEST].number == NUMBER_ASYNC && (uint32_t)t->args[REQUEST] == FIOASYNC;
}

/* ---- files of /proc ---- */

static bool shows_memory(const char *path)
{
        const char *name = strrchr(path, '/');

        return name && (!strcmp(name, "/mem") || !strcmp(name, "/environ"));
}

/* In another /proc than ours the numbers may be others. */
static bool is_in_other_proc(const char *path)
{
        struct statfs fs;

        return !statfs(path, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

void decode_proc_file(const struct tracee *t, const struct process_lookup *lookup,
                      struct object *object)
{
        static const char proc[] = "/proc/";
        const char *number = object->path + sizeof(proc) - 1;
        enum standing standing;

        if (object->kind != OBJECT_PATH)
                return;
        object->memory = shows_memory(object->path);
        if (strncmp(object->path, proc, sizeof(proc) - 1) != 0) {
                object->foreign = object->memory && is_in_other_proc(object->path);
                return;
        }
        if (!isdigit((unsigned char)*number))
                return;
        standing = find(lookup, t, PROCESS_HANDLE, (pid_t)strtol(number, NULL, 10));
        /* Who is nowhere now may be born before the file is opened. */
        object->foreign =
                standing == STANDS_OUTSIDE || (standing == STANDS_NOWHERE && object->memory);
}
