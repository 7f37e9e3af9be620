/* explain.h: what --check, --explain and --list-calls print, for people. Layer 3. */
#ifndef STOPGATE_EXPLAIN_H
#define STOPGATE_EXPLAIN_H

#include <stdio.h>
#include "landlock.h"
#include "policy.h"

/* The effective policy, the stops and why each is needed, what is closed and why, the layers in
 * force. */
void explain_policy(FILE *out, const struct policy *policy, const struct landlock *landlock,
                    const char *const *layers);

/* Which rule decides about CLASS:PATH, and those it beats. Returns 0 or -EINVAL after an error
 * message. */
int explain_decision(FILE *out, const struct policy *policy, const char *question);

/* The table of calls: name, kind, classes, what opens it, why it is closed. */
void explain_calls(FILE *out);

#endif
