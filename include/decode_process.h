/* decode_process.h: numbers of processes -> objects; files of /proc that belong to one. Layer 2.
 * Source: kill(2), setpriority(2), ioprio_set(2), fcntl(2), pidfd_send_signal(2), proc(5). */
#ifndef STOPGATE_DECODE_PROCESS_H
#define STOPGATE_DECODE_PROCESS_H

#include "calls.h"
#include "event.h"
#include "tracee.h"

/* Where processes stand, seen from the run: the monitor knows, and a test can say. */
struct process_lookup {
        /* As t, the caller, has the number; 0 is the caller itself, or its group. */
        enum standing (*find)(const void *data, const struct tracee *t, enum process_set set,
                              pid_t number);
        const void *data;
};

/* Add the object that argument i of the call (role PROCESS) means, and ask for it. None is added
 * where the argument means nobody. */
void decode_process(const struct tracee *t, const struct call *call, unsigned i,
                    const struct process_lookup *lookup, struct event *event);

/* Does it, with these arguments, concern processes alone, and not its descriptor? */
bool decode_aims(const struct tracee *t, const struct call *call);

/* Say of a file whether it is one of /proc about a process outside: object->foreign and memory. */
void decode_proc_file(const struct tracee *t, const struct process_lookup *lookup,
                      struct object *object);

#endif
