/* learn.h: a policy that allows what a run did, and little else. Layer 2. */
#ifndef STOPGATE_LEARN_H
#define STOPGATE_LEARN_H

#include <stdio.h>
#include "audit.h"
#include "policy.h"

struct learn_options {
        /* Refuses what no directory shall be granted around: secrets in [read], files that are run
         * later in [write]. NULL: nothing. Its ${PWD} and ${HOME} have to be those of the run:
         * loader_set_places(). */
        const struct policy *guarded;
        /* Where base.ini is looked for: loader_set_search(). If it is nowhere, nothing is included.
         */
        const char *const *search;
};

struct learned {
        size_t rules;
        unsigned unrecorded; /* CLASS_BIT: classes of which the record does not tell all: but for
                                connections, which are refused, the policy leaves them open */
        size_t unlearned; /* names, each in one class, that the policy refuses all the same, as it
                             says in a comment: no rule can name them */
};

/* Write the policy in the language of stopgate.ini(5); the audit is settled. The same audit gives
 * the same text. Asks the file system which names are directories and links, and
 * programs which ELF interpreter they have. Errors are left in
 * out. */
struct learned learn_write(FILE *out, const struct audit *audit,
                           const struct learn_options *options);

#endif
