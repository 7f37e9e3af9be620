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

/* Where a bare policy NAME is looked up, ended by NULL; the caller frees each. */
#define LOAD_DIRS_MAX 5
void load_search_path(char *dirs[LOAD_DIRS_MAX]);

/* What is shipped of secrets, and of files that are run later, as one policy: around these no
 * directory is granted to what a policy is learned for. cwd and home: if the run that it is learned
 * from had others than stopgate has; or NULL. Returns 0, or -EINVAL after error messages.
 * policy is initialised before, and the caller frees it. */
int load_guarded(struct policy *policy, const char *cwd, const char *home);

#endif
