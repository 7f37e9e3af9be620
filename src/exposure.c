/* exposure.c: what others could change of a call between its decision and its use, and who. */
#include "exposure.h"

#include "shares.h"
#include "util.h"

/* /proc/PID/mem and its like, opened to write. */
bool exposure_opens_memory(const struct event *event, pid_t *tid)
{
        static const char proc[] = "/proc/";

        for (unsigned i = 0; i < event->nasks; i++) {
                const struct object *object = &event->objects[event->asks[i].object];

                if (event->asks[i].class != CLASS_WRITE || !object->memory)
                        continue;
                *tid = strncmp(object->path, proc, sizeof(proc) - 1) != 0
                               ? 0
                               : (pid_t)strtol(object->path + sizeof(proc) - 1, NULL, 10);
                return true;
        }
        return false;
}

unsigned exposure_magic(const struct event *event)
{
        unsigned magic = 0;

        for (unsigned i = 0; i < event->nobjects; i++)
                magic |= event->objects[i].magic;
        return magic;
}

bool exposure_can_be_led(const struct event *event)
{
        return event->by || exposure_magic(event);
}

/* The links below /proc/PID are those of the leader. */
static bool is_at_home(const struct threads *threads, const struct thread *thread,
                       const struct event *event, unsigned magic)
{
        bool own = magic & MAGIC_OWN;

        if (own && thread->tid != thread->tgid)
                return false;
        if ((own || event->by & EVENT_BY_FILES) && !shares_alone(threads, thread, SHARE_FILES))
                return false;
        return !(own || event->by & EVENT_BY_PLACES) || shares_alone(threads, thread, SHARE_PLACES);
}

bool exposure_is_private(struct thread *thread, const struct tracee *t,
                         const struct tracee_reads *reads)
{
        int maps = shares_open_maps(thread);
        bool is_private = tracee_is_private(t, maps, reads);

        shares_close_maps(thread, maps);
        return is_private;
}

enum exposure exposure_of(const struct threads *threads, struct thread *thread,
                          const struct tracee *t, const struct event *event, bool trusted)
{
        unsigned magic = exposure_magic(event);
        bool alone = shares_alone(threads, thread, SHARE_MEMORY);
        bool home = is_at_home(threads, thread, event, magic);

        if (!trusted || shares_written(thread) || magic & MAGIC_OTHER ||
            (magic && thread->tid != thread->tgid))
                return EXPOSED_TO_ALL;
        if (!exposure_is_private(thread, t, t->reads))
                return alone && home ? EXPOSED_AS_TEXT : EXPOSED_TO_ALL;
        return alone && home ? EXPOSED_TO_NOBODY : EXPOSED_TO_SHARERS;
}
