/* load.h: the policies and ad-hoc rules of the command line -> the policy of the run, and what to
 * ask of Landlock for it. Layer 3. */
#ifndef STOPGATE_LOAD_H
#define STOPGATE_LOAD_H

#include "landlock.h"
#include "options.h"
#include "policy.h"

/* Prints errors and warnings. Returns 0, or -EINVAL: nothing may run. The caller frees policy and
 * landlock in either case; landlock is zero before. */
int load_policy(const struct options *options, struct policy *policy, struct landlock *landlock);

#endif
