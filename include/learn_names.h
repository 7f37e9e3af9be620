/* learn_names.h: names of files -> patterns of the policy language: absolute, without variables.
 * Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_NAMES_H
#define STOPGATE_LEARN_NAMES_H

#include "learn_made.h"

/* A pattern for what the process tgid calls path, an absolute path: bytes that a policy cannot
 * hold become '?', its own /proc/PID becomes /proc/self, and temporary names wildcards. Owned. */
char *learn_names_pattern(const struct learn_names *names, const struct words *path, pid_t tgid);

/* The same, but that names are taken as they are, all but those of its own process. */
char *learn_names_exact(const struct words *path, pid_t tgid);

/* The pattern with '*' in the place of dotted versions, in components that begin at or behind from.
 * Owned; NULL: it has none. */
char *learn_names_unversioned(const char *pattern, size_t from);

/* A wildcard that matches what the plain pattern does, and nothing below it; its links are not
 * followed when it is read. Owned. */
char *learn_names_alone(const char *pattern);

#endif
