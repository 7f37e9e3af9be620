/* pending.h: calls whose results are recorded: what waits for a call to return. Layer 2. */
#ifndef STOPGATE_PENDING_H
#define STOPGATE_PENDING_H

#include "audit.h"
#include "policy.h"
#include "record.h"
#include "threads.h"
#include "tracee.h"

/* Where what is known of a call goes. All is borrowed. */
struct outlets {
        const struct policy *policy;
        struct recorder *recorder;
        struct audit *audit; /* or NULL */
};

/* Does anybody want to know what the call will return? */
bool pending_wanted(const struct outlets *outlets, const struct event *event,
                    const struct verdict *verdict);

/* It is sure that the call runs, or is refused, now: make its record, unless that waits for the
 * result. 0, or -errno of recorder_call(). */
int pending_record(const struct outlets *outlets, const struct event *event,
                   const struct verdict *verdict);

/* thread is to be resumed until its call, t, returns; event and verdict are copied. */
void pending_await(const struct outlets *outlets, struct thread *thread, const struct tracee *t,
                   const struct event *event, const struct verdict *verdict);

/* Has its call to stop when it returns? */
bool pending_awaits(const struct thread *thread);

/* Its call returns; or, if nothing is awaited, another. 0 or -errno, as above. */
int pending_return(const struct outlets *outlets, struct thread *thread);

/* It makes a call. If that is the one which a signal has interrupted, it is judged and recorded
 * now, as the same; else the signal's handler runs, or has run, and that has failed. 0 or -errno.
 */
int pending_settle(const struct outlets *outlets, struct thread *thread, const struct tracee *t);

/* It has ended; killed, perhaps in the middle of a call, or by itself. A call that never returned
 * is recorded without a result. 0 or -errno. */
int pending_end(const struct outlets *outlets, struct thread *thread, bool killed);

/* Its call has not been made after all. */
void pending_forget(struct thread *thread);

#endif
