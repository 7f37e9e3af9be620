/* pin.h: calls that run on copies of the arguments that were judged, so that nobody can change them
 * between the decision and the use. Layer 2.
 *
 * The copies lie in a slot until the call returns. There are two kinds of memory for slots:
 *
 *     PIN_MEMFD  for memory that others share with the thread: one mapping of a sealed memfd
 *                (memfd_create(2), F_SEAL_FUTURE_WRITE) in each address space, read-only there,
 *                made by calls in the thread's name (tracee.h). A fork keeps it, so several
 *                processes share one memfd, a family; an exec drops it. Processes of a family can
 *                read each other's slots, as a child can read all that its parent had.
 *     PIN_STACK  for memory that nobody shares, where the text itself lies in a mapping that others
 *                can change: the thread's own stack below its stack pointer. What was there is put
 *                back when the call returns.
 *
 * Whatever is not possible is -ENOTSUP: the call is as it was made, nothing of it has run, and it
 * has to be held instead. Nothing is refused because it cannot be pinned. */
#ifndef STOPGATE_PIN_H
#define STOPGATE_PIN_H

#include "threads.h"
#include "tracee.h"

struct pins;

/* threads is borrowed: who may share memory with whom. */
struct pins *pins_new(const struct threads *threads);
void pins_free(struct pins *pins);

/* parent has made child: it has the same mapping, or a copy of it. */
void pins_inherit(struct pins *pins, const struct thread *parent, struct thread *child);

/* thread has executed another program (PTRACE_EVENT_EXEC): it has no mapping any more, and if its
 * parent tells late, has none from there. The call is over: of its registers and memory nothing is
 * to be put back. The first to do so has stopgate's filters and no others. Where a thread takes the
 * leader's number, thread is the leader's, and pins_drop() is for the one that is no more. */
void pins_exec(struct pins *pins, struct thread *thread);

/* thread has ended. */
void pins_drop(struct pins *pins, struct thread *thread);

/* ---- guarded calls (CALL_GUARDED of calls.h): at their stop, before they are judged ---- */

/* Must the call at which t is stopped be refused with EPERM, for it would take slots away, or have
 * the kernel write where arguments were judged? The former only where its memory has slots, or is
 * about to. If not, and the call could, no slots are made there until it has returned:
 * pin_awaits(). Also notes filters of the command's own. */
bool pins_guards(struct pins *pins, const struct tracee *t, struct thread *thread);

/* Will there be no way to make slots after this call, for others will share the thread's
 * descriptors? Then is the time for pins_prepare(). */
bool pins_wants_room(const struct tracee *t);

/* ---- PIN_MEMFD: the mapping ---- */

/* At a seccomp stop: 0 if the thread has the mapping; 1 if it is being made: the thread is to be
 * resumed with RESUME_RESULT, and its stops at calls and returns belong to pins_step() until that
 * ends; the call then stops again as it was made, whether there is a mapping now or not. -ENOTSUP:
 * there is none, and cannot be; -ESRCH. */
int pins_prepare(struct pins *pins, const struct tracee *t, struct thread *thread);

/* Is the mapping being made? */
bool pins_prepares(const struct thread *thread);

/* At such a stop: how to resume. */
enum resume pins_step(struct pins *pins, struct thread *thread);

/* ---- calls ---- */

enum pin_provider { PIN_STACK, PIN_MEMFD };

struct pin_area {
        uint64_t start, end;
};

/* Has such a call arguments in memory that are judged and can be copied? call may be NULL. If not,
 * pin_run() is always -ENOTSUP. */
bool pin_can_copy(const struct call *call);

/* The memory that PIN_STACK would use for this call: at its seccomp stop, judged by event. The
 * caller sees to it that nobody else can write there. 0, -ENOTSUP, -ESRCH. */
int pin_stack_area(const struct tracee *t, const struct event *event, struct pin_area *area);

/* At the seccomp stop of a call that was judged by event and may run: replace what it has in memory
 * by copies of what was judged. PIN_MEMFD wants the mapping. With it calls that name paths are
 * given the canonical names, opens run as openat2(2) without symbolic links; where the name itself
 * is seen later (execve(2), bind(2)), and with PIN_STACK, it is the command's own text: with
 * PIN_MEMFD only if nobody else can change where that leads, but by calls that order.h knows of. t
 * is as fetched. 0: resume with RESUME_RESULT; -ENOTSUP: nothing has changed (also: it has nothing
 * in memory that is judged); -ESRCH. Any other error: it must not run. */
int pin_run(struct pins *pins, const struct tracee *t, struct thread *thread,
            const struct event *event, enum pin_provider provider);

/* Does such a call run? Then its number is not nr, that of the call as it was made. */
bool pin_runs(const struct thread *thread);
int pin_number(const struct thread *thread, int nr);

/* Must the thread stop when its call returns? True while pin_runs(), pins_prepares(), or while a
 * guarded call runs. */
bool pin_awaits(const struct thread *thread);

/* What pin_end() found. */
enum {
        PIN_AGAIN = 1, /* what was judged has changed: the call will stop again as it was made */
        PIN_HOLD /* it will stop again too, and has to be held then, for pin_run() is -ENOTSUP:
                    the thread has no right to the name that was judged, but may have come
                    there another way; or the kernel may say why it fails in another way */
};

/* At the return of a call for which pin_awaits(), but not pins_prepares(): all is as it was, but
 * for the result; what a signal has interrupted is restarted as it was made. 0, PIN_AGAIN, PIN_HOLD
 * or -errno. */
int pin_end(struct pins *pins, struct thread *thread);

#endif
