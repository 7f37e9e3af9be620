/* learn_paths.h: from single names to rules, with restraint. Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_PATHS_H
#define STOPGATE_LEARN_PATHS_H

#include "learn_names.h"
#include "learn_wants.h"
#include "policy.h"

/* What holds back. */
struct learn_restraint {
        const struct policy *guarded; /* borrowed; may be NULL */
        const struct learn_names *names;
        const char *cwd, *home; /* absolute, or NULL */
};

/* May a rule cover this directory (absolute, plain) and all below it? */
bool learn_paths_may_cover(const struct learn_restraint *restraint, enum call_class class,
                           const char *directory);

/* May it as it is moved by the run, with all that is below? */
bool learn_paths_may_move(const struct learn_restraint *restraint, enum call_class class,
                          const char *directory);

/* Make few of many: directories, endings and versions. Directories and links that are left get a
 * pattern of their own alone. The wants are joined before and afterwards. */
void learn_paths_generalise(const struct learn_restraint *restraint, struct wants *wants);

#endif
