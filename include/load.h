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

/* Who wants to be told at the end, and names no record or format, wants no records on standard
 * error. Without a policy nothing is spoken of then. */
bool load_is_silent(const struct options *options);

/* What is shipped of secrets, and of files that are run later, as one policy: around these no
 * directory is granted to what a policy is learned for. Returns 0, or -EINVAL after error messages.
 * policy is initialised before, and the caller frees it. */
int load_guarded(struct policy *policy);

#endif
