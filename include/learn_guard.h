/* learn_guard.h: what must not be granted around. Pure. Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_GUARD_H
#define STOPGATE_LEARN_GUARD_H

#include "policy.h"

/* In all of these guarded is a policy, or NULL: then nothing is guarded. */

/* The rule that refuses path in that class, as it was written; NULL: none. */
const char *learn_guard_of(const struct policy *guarded, enum call_class class, const char *path,
                           size_t len, pid_t tgid);

/* Is something refused below that directory? */
bool learn_guard_below(const struct policy *guarded, enum call_class class, const char *directory);

/* Would a wildcard let something pass that is refused? In doubt, yes. */
bool learn_guard_meets(const struct policy *guarded, enum call_class class, const char *pattern);

#endif
