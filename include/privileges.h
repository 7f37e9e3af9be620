/* privileges.h: what the command loses besides calls: the capabilities that undo the rules, and
 * core files. Layer 2. Source: capabilities(7), core(5). */
#ifndef STOPGATE_PRIVILEGES_H
#define STOPGATE_PRIVILEGES_H

#include "policy.h"

#define CAPABILITY_WORDS 8

struct capability {
        const char *name;
        int number;
        /* CLASS_BIT: the classes whose rules it gets round. It is lost where one of them may be
         * refused; 0: it is kept. */
        unsigned undoes;
        const char *words[CAPABILITY_WORDS]; /* of [system]: calls that ask for it; ended by NULL */
        const char *why;                     /* it is lost, or may be kept */
};

/* Every capability that there is, by number. Returns the first row and puts their number into n. */
const struct capability *privileges_table(size_t *n);

/* What the policy takes away, from whoever has it: bits, 1 << number. A capability that is newer
 * than the table is taken away with the rest. Pure. */
uint64_t privileges_lost(const struct policy *policy);

/* Of that, what the calling process has, and the command will not. */
uint64_t privileges_dropped(const struct policy *policy);

/* Drop it, in the child before exec, from every set. Only with no_new_privs does it stay dropped.
 * Returns 0 or -errno, and then some of it may still be there. */
int privileges_drop(const struct policy *policy);

/* May the kernel write no core file for the command? It asks no rule where. */
bool privileges_forbid_cores(const struct policy *policy);

/* If so, let it write none, in the child before exec. Returns 0 or -errno. */
int privileges_limit(const struct policy *policy);

#endif
