/* processes.h: which processes are of the run, and which stand outside. Layer 2.
 * Source: kill(2), credentials(7), pid_namespaces(7), proc(5). */
#ifndef STOPGATE_PROCESSES_H
#define STOPGATE_PROCESSES_H

#include "event.h"
#include "threads.h"
#include "tracee.h"

/* Where they stand, as decode_process.h asks for it; data is the struct threads. In another pid
 * namespace the numbers are others: there all but the caller itself counts as outside. */
enum standing processes_find(const void *data, const struct tracee *t, enum process_set set,
                             pid_t number);

/* Do in place of the caller t what it cannot be let do by itself: signal those of the object that
 * are inside. info: the address of a siginfo to send, or 0. The signal says that the caller sent it
 * (SI_QUEUE). Returns what the caller's own call would: 0 or -errno. */
int processes_signal(const struct threads *threads, const struct tracee *t,
                     const struct object *object, int signal, uint64_t info);

#endif
