/* learn_check.h: does a learned policy allow what it was learned from? For learn.c alone. Layer 2.
 */
#ifndef STOPGATE_LEARN_CHECK_H
#define STOPGATE_LEARN_CHECK_H

#include "audit.h"
#include "event.h"

/* Something of the run that the policy refuses. */
struct learn_refusal {
        enum call_class class;
        uint32_t path; /* index */
        pid_t tgid;
        bool carried; /* by a link or rename, which asks for more than its own classes */
        bool whole;   /* carried: a directory, with all that is below */
        bool link;    /* carried: a symbolic link */
};

struct learn_refusals {
        struct learn_refusal *list; /* owned */
        size_t n;
};

/* Load the text as a policy and judge all touches that are learned from. kinds: learn_kinds().
 * Returns 0, or -EINVAL if the text is no policy: then *why, owned, says it. */
int learn_check(const char *text, size_t len, const struct audit *audit, const char *const *search,
                const unsigned char *kinds, struct learn_refusals *refusals, char **why);

/* What ${PWD} and ${HOME} of a run were, NULL if that says nothing. */
const char *learn_place(const struct words *place);

#endif
