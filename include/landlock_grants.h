/* landlock_grants.h: the places that a plan lets through, found by path. Private to
 * landlock_*.c. Layer 2. */
#ifndef STOPGATE_LANDLOCK_GRANTS_H
#define STOPGATE_LANDLOCK_GRANTS_H

#include "landlock.h"

/* Add a grant, unless it is there already. The path is canonical and absolute. */
void grants_add(struct landlock *landlock, const char *path, unsigned classes,
                const struct rule *rule, bool wide);

/* Does one grant, of that place or one above it, hold all these classes? narrow: one that is no
 * wider than its rule. */
bool grants_hold(const struct landlock *landlock, unsigned classes, const char *path, size_t len,
                 bool narrow);

#endif
