/* act.h: what is done about a call that was judged: it runs, or is refused, or is done for the
 * caller. Layer 2. */
#ifndef STOPGATE_ACT_H
#define STOPGATE_ACT_H

#include "policy.h"
#include "threads.h"
#include "tracee.h"

struct actor {
        bool denies;          /* something is refused: what cannot be judged for sure may not run */
        bool holds_processes; /* from policy_holds_processes() */
        const struct threads *threads; /* borrowed: who is of the run */
};

/* Will the thread make the call itself, rather than be given an answer? */
bool act_lets_run(const struct actor *actor, const struct event *event,
                  const struct verdict *verdict);

/* At a seccomp stop, for the event that was decoded there. Returns 0 or -errno; but for -ESRCH the
 * call may then run although it was refused, and the run has to end. */
int act(const struct actor *actor, struct tracee *t, const struct event *event,
        const struct verdict *verdict);

#endif
