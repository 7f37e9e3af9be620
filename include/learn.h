/* learn.h: a policy that allows what a run did, and little else. Layer 2. */
#ifndef STOPGATE_LEARN_H
#define STOPGATE_LEARN_H

#include <stdio.h>
#include "audit.h"
#include "policy.h"

/* Write the policy in the language of stopgate.ini(5); the audit is settled. guarded: a policy that
 * refuses what no directory shall be granted around, secrets in [read] and files that are run later
 * in [write]. The same audit gives the same text. Errors are left in out. Returns how many rules it
 * has. */
size_t learn_write(FILE *out, const struct audit *audit, const struct policy *guarded);

#endif
