/* shares.h: who shares memory, descriptors, or working directory and root with whom: what one of
 * them changes, the others see changed. Layer 2. Source: clone(2), kcmp(2), execve(2).
 *
 * The kernel is asked when a thread is born. One that parts later by unshare(2) counts as sharing
 * still: what follows from sharing is only more care. */
#ifndef STOPGATE_SHARES_H
#define STOPGATE_SHARES_H

#include <stdbool.h>
#include "threads.h"

/* The first process of the run shares nothing with the others. */
void shares_first(struct thread *thread);

/* parent, stopped at the event that says so, has made child, which has not run yet; vforked: and
 * waits until it executes a program or ends. */
void shares_born(struct thread *parent, struct thread *child, bool vforked);

/* The same of a child whose parent was killed before it could say so. */
void shares_orphan(const struct threads *threads, struct thread *child);

/* thread has executed a program: its memory and descriptors are its own. */
void shares_executed(const struct threads *threads, struct thread *thread);

/* A thread that was not the leader has executed a program, and goes on under the leader's number.
 */
void shares_take_over(struct thread *leader, const struct thread *former);

/* thread goes on from the stop at its end: who waits for it in vfork(2) does no longer, nor does
 * it. */
void shares_ends(const struct threads *threads, struct thread *thread);

/* thread has ended. */
void shares_gone(const struct threads *threads, struct thread *thread);

/* Can no other thread change what this one has of that kind, as long as it is stopped or in a
 * call? Who waits for its vfork(2) cannot run. */
bool shares_alone(const struct threads *threads, const struct thread *thread, enum share what);

/* thread, which is stopped, is to stop once more when it ends (watched). One that is being killed
 * is not stopped any more, and will be gone. */
void shares_watch_end(struct thread *thread);

/* Is it waiting for the child that it has made by vfork(2)? Then it cannot run, and if it is killed
 * it stops once more. One that is killed where it says that it has made the child goes
 * on from that stop when it is resumed, and is not seen to. */
bool shares_waits(struct thread *thread);

/* thread ends while it waits so: may a call of the child rely on its not writing to their memory?
 * That is so where they were alone (shares_alone()), and they are still, for the child is in that
 * call. */
bool shares_is_relied_on(const struct thread *thread);

/* Do they share anything at all? True if it is not known. */
bool shares_any(const struct thread *a, const struct thread *b);

/* Somebody, perhaps the thread itself, opens its memory to write, through /proc. Was that so once?
 */
void shares_set_written(struct thread *thread);
bool shares_written(const struct thread *thread);

/* The map of its memory (tracee_open_maps()), kept open for who asks often, but not for too many.
 * Returns a descriptor or -errno. */
int shares_open_maps(struct thread *thread);
void shares_close_maps(struct thread *thread, int maps);

#endif
