/* order.h: which calls may run at the same time. Layer 2.
 *
 * A call that was judged is "in flight" until its thread is seen at another stop. A call that could
 * change what others were judged by runs when nothing is in flight; a call that others could change
 * runs while these are stopped. Either has the turn from the moment it asks for it until it
 * returns, and every thread that stops at a call meanwhile waits. It is a lock of many readers or
 * one writer, but that the readers do not say when they are done: who waits for them looks, and
 * interrupts them if need be. */
#ifndef STOPGATE_ORDER_H
#define STOPGATE_ORDER_H

#include "threads.h"
#include "tracee.h"

struct order;

/* threads is borrowed. Never NULL. */
struct order *order_new(const struct threads *threads);
void order_free(struct order *order);

/* What must be out of the way of a call, as bits. */
enum clear {
        CLEAR_FLIGHTS = 1,   /* no call is in flight */
        CLEAR_SHARERS = 2,   /* whoever shares anything with the thread is stopped */
        CLEAR_ALL = 4,       /* every other thread is */
        CLEAR_TO_THE_END = 8 /* and they stay so however long it takes: it may not sleep */
};

/* thread is at a call: is it somebody else's turn? Then it is to stay there, and order_next() will
 * tell when it goes on. */
bool order_waits(struct order *order, struct thread *thread);

/* thread, at a call, takes the turn. True: its way is clear, and the call may run. False: it is to
 * stay there until order_ready() names it, and the call to be judged anew. */
bool order_claim(struct order *order, struct thread *thread, unsigned clear);

/* thread runs its call nr. True: it must stop when that returns, for others are stopped or wait; if
 * they begin to wait later they will be told by order_next() all the same. */
bool order_run(struct order *order, struct thread *thread, int nr);

/* Has it the turn? And has it asked for others to be stopped? */
bool order_has_turn(const struct order *order, const struct thread *thread);
bool order_holds_others(const struct order *order, const struct thread *thread);

/* Did thread sleep under CLEAR_TO_THE_END, and was interrupted for that? Until its turn ends. */
bool order_was_cut_short(const struct order *order, const struct thread *thread);

/* thread has stopped, whatever for. */
void order_stopped(struct order *order, struct thread *thread);

/* thread is resumed, or about to be; not for RESUME_LISTEN. */
void order_resumed(struct order *order, struct thread *thread);

/* The call of the thread has returned or will not run, or it executes a program: the turn is over,
 * if it had it. */
void order_end_turn(struct order *order, struct thread *thread);

/* thread is stopped where it ends: whatever it did or waited for is over. */
void order_leave(struct order *order, struct thread *thread);

/* It is to go on from there, and somebody else's call may rely on its not having ended: is nothing
 * in flight? False: not now, as for order_claim(). True: it has the turn until it is gone. */
bool order_claim_end(struct order *order, struct thread *thread);

/* thread has ended. */
void order_drop(struct order *order, struct thread *thread);

/* A stopped thread is to be resumed so. False: not now; it is kept until order_kept() gives it
 * back. */
bool order_may_resume(struct order *order, struct thread *thread, enum resume how, int signal);

/* After all that was to be resumed has been: who goes on? Each returns NULL when there is nobody
 * (any more). ready: has the turn, and its way is clear now. next: has waited; it may have to
 * again. kept: with what it was to be resumed. */
struct thread *order_ready(struct order *order);
struct thread *order_next(struct order *order);
struct thread *order_kept(struct order *order, enum resume *how, int *signal);

/* Let waits for stops be interrupted every few milliseconds, as they are while somebody has the
 * turn. */
void order_watch(struct order *order, bool on);

/* One was. A call that sleeps, as the open of a FIFO does, must not keep those stopped whom it
 * may be waiting for. */
void order_tick(struct order *order);

#endif
