/* learn_touches.h: which touches of a run are learned from, and what their names are. Private to
 * learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_TOUCHES_H
#define STOPGATE_LEARN_TOUCHES_H

#include "audit.h"

enum {
        KIND_DIRECTORY = 1 << 0,
        KIND_LINK = 1 << 1,
        KIND_DELETED = 1 << 2 /* no name any more: the path says so behind it */
};

/* What each path of the audit is known to be, or to have been. Owned. */
unsigned char *learn_kinds(const struct audit *audit);

/* Was it really refused, or about no file or socket? */
bool learn_was_refused(const struct audit_touch *touch);

/* Can the policy language name it, in that class: no pipe? */
bool learn_is_nameable(enum call_class class, const struct words *path);

/* The name that it is judged by: of a deleted file the one that it had. Not ended by NUL then. */
struct words learn_judged_name(const struct words *path, unsigned kind);

/* The pattern for an internet address: one with port 0 is any port for a rule. Owned; NULL: it is
 * none. */
char *learn_address(const struct words *address);

/* Is it a rename or link: of the name that goes, and of the one that comes? */
bool learn_carries(const struct audit_touch *touch);

#endif
