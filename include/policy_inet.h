/* policy_inet.h: what the rules say of a socket before it has an address. Private to policy.c.
 * Layer 1. */
#ifndef STOPGATE_POLICY_INET_H
#define STOPGATE_POLICY_INET_H

#include "policy.h"

/* An OBJECT_INET_ALL is refused if every address would be; an OBJECT_INET_ANY if some address would
 * be, or by a default that refuses. Returns the action; *rule is the rule that decides, NULL: the
 * default, or none does. Nothing is logged for what passes: its address will be judged. */
enum action policy_inet_judge(const struct policy *policy, enum call_class class,
                              enum object_kind kind, const struct rule **rule);

#endif
