/* learn_collect.h: from the touches of a run to what is wanted. Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_COLLECT_H
#define STOPGATE_LEARN_COLLECT_H

#include "learn_names.h"
#include "learn_paths.h"
#include "learn_text.h"
#include "learn_wants.h"

/* All that is known while a policy is made. */
struct learning {
        const struct audit *audit;
        const struct policy *guarded; /* as in learn.h; both borrowed */
        const char *const *search;
        const struct words *paths; /* of the audit */
        unsigned char *kinds;      /* owned; by path */
        struct learn_names *names; /* owned */
        struct policy base;        /* base.ini */
        struct learn_restraint restraint;
        struct learn_text text;
        struct wants wants;
};

/* One name in one class, and who used it where that matters. */
struct learn_use {
        enum call_class class;
        uint32_t path;
        pid_t tgid;
        bool present; /* it was there: else only looked for */
        uint64_t calls;
};

/* Each name of the run in each class, as it was called: fills in the wants. */
void learn_collect(struct learning *learning);

/* What is wanted for that use, alone. */
struct want learn_want_of(const struct learning *learning, const struct learn_use *use);

#endif
