/* exposure.h: what others could change of a call between its decision and its use, and who.
 * Layer 2.
 *
 * Names that lead elsewhere are not its matter: order.h keeps calls that could bring that about out
 * of each other's way. */
#ifndef STOPGATE_EXPOSURE_H
#define STOPGATE_EXPOSURE_H

#include "event.h"
#include "threads.h"
#include "tracee.h"

enum exposure {
        EXPOSED_TO_NOBODY,
        EXPOSED_AS_TEXT,    /* what it was judged by lies in a file or memory that others may map */
        EXPOSED_TO_SHARERS, /* of the thread's memory, descriptors or working directory */
        EXPOSED_TO_ALL
};

/* Of a thread that is stopped at the call, after it was decoded with t->reads. trusted: nobody
 * writes to the memory of others by ptrace(2) and its kin, or through /proc. */
enum exposure exposure_of(const struct threads *threads, struct thread *thread,
                          const struct tracee *t, const struct event *event, bool trusted);

/* Can these bytes be changed only by those who share the thread's memory? tracee_is_private(). */
bool exposure_is_private(struct thread *thread, const struct tracee *t,
                         const struct tracee_reads *reads);

/* MAGIC_*: of all that it names. */
unsigned exposure_magic(const struct event *event);

/* Does it name anything by way of a working directory, a descriptor or a magic link, so that
 * somebody could lead it elsewhere as soon as he runs? */
bool exposure_can_be_led(const struct event *event);

/* Does it open the memory of a process to write? *tid is one of its threads. Once it runs, that
 * memory is shares_set_written(). */
bool exposure_opens_memory(const struct event *event, pid_t *tid);

#endif
