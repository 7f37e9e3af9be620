/* judge.h: what becomes of one call: fetch, decode, decide, record, act; and of its return.
 * Layer 3.
 *
 * Where the policy pins, no call runs that somebody could have changed since it was decided: it
 * waits for its turn (order.h), if others could. */
#ifndef STOPGATE_JUDGE_H
#define STOPGATE_JUDGE_H

#include "audit.h"
#include "landlock.h"
#include "order.h"
#include "pin.h"
#include "policy.h"
#include "record.h"
#include "record_fields.h"
#include "status.h"
#include "threads.h"

struct judge;

struct judge_options {
        const struct policy *policy;
        struct recorder *recorder;
        struct audit *audit; /* or NULL */
        const struct landlock *landlock;
        struct threads *threads;
        struct order *order; /* NULL: nothing is pinned, and pins is NULL */
        struct pins *pins;
        struct status *status; /* NULL: none is shown */
};

/* All is borrowed. Never NULL. */
struct judge *judge_new(const struct judge_options *options);
void judge_free(struct judge *judge);

/* What the last call that was judged is about, as its record shows it. Borrowed from judge and name
 * until the next. */
void judge_last_name(const struct judge *judge, struct shown_name *name);

/* thread stands at a call that the filter stops: how to resume it, RESUME_NOT_YET if it has to
 * wait. */
enum resume judge_call(struct judge *judge, struct thread *thread);

/* It stands at that call's return, or at that of another that was made in its name: how to resume
 * it. */
enum resume judge_result(struct judge *judge, struct thread *thread);

/* How to resume it from any other stop: it may be in the middle of a call whose return matters. */
enum resume judge_goes_on(const struct thread *thread);

/* It has executed a program. If that is none that it may, for the file has been changed since it
 * was judged, the process is killed before its first instruction. */
void judge_program(struct judge *judge, struct thread *thread);

/* It has ended; killed, perhaps in the middle of a call, or by itself. A call that never returned
 * is recorded without a result. */
void judge_drop(struct judge *judge, struct thread *thread, bool killed);

/* 0, or -errno: the records could not be written, or a thread could not be held. All have to end.
 */
int judge_error(const struct judge *judge);

#endif
