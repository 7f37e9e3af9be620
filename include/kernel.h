/* kernel.h: what the running kernel, and whoever fenced stopgate in, lets it use, and what is lost
 * without. Layer 2. */
#ifndef STOPGATE_KERNEL_H
#define STOPGATE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

enum kernel_need {
        KERNEL_NEEDED,  /* without it nothing is run */
        KERNEL_WANTED,  /* without it less can be done: warned about where a policy refuses */
        KERNEL_BACKSTOP /* Landlock: --check says what it holds */
};

struct kernel_feature {
        const char *name, *since; /* since: the version of Linux that brought it */
        enum kernel_need need;
        bool forks;         /* the probe starts a process: not tried at the start of a run */
        const char *lost;   /* without it, as a part of a sentence */
        int (*probe)(void); /* 0, or -errno: why it cannot be used */
};

/* All of them, in the order in which they are told. */
const struct kernel_feature *kernel_features(size_t *n);

/* What is looked at before a command runs: an error message about the first feature that is needed
 * and missing, and warnings about those that are wanted, if the policy refuses something. Returns 0
 * or -errno. */
int kernel_check(bool refuses);

#endif
