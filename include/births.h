/* births.h: a new thread stops, and its parent tells of it, in either order. Layer 2. Source:
 * ptrace(2), "PTRACE_EVENT_CLONE".
 *
 * Whose child it is tells what it shares. Until that is known it does not run where calls are
 * pinned; its parent is stopped at the event that says it, or has been killed. */
#ifndef STOPGATE_BIRTHS_H
#define STOPGATE_BIRTHS_H

#include "order.h"
#include "pin.h"
#include "threads.h"

struct births;

/* All three are borrowed. Never NULL. */
struct births *births_new(const struct threads *threads, struct order *order, struct pins *pins);
void births_free(struct births *births);

/* thread has stopped. Has nobody told of it yet? Then it is to stay there. */
bool births_is_early(struct births *births, struct thread *thread);

/* parent, stopped, tells that it has made child; vforked: and waits until it executes a program or
 * ends. Returns whether child has stopped before, and is now to be resumed. */
bool births_told(struct births *births, struct thread *parent, struct thread *child, bool vforked);

/* After a tick of order.h: one whose parent has not told for a while is nobody's child, and is to
 * be resumed once nothing is in flight, which was judged as if it were not there. NULL: no more. */
struct thread *births_overdue(struct births *births);

/* thread has ended: nobody waits for its parent any more. */
void births_drop(struct births *births, struct thread *thread);

#endif
