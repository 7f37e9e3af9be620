/* learn_made.h: which names the run made, and which of them are temporary. Private to learn*.c.
 * Layer 2. */
#ifndef STOPGATE_LEARN_MADE_H
#define STOPGATE_LEARN_MADE_H

#include "audit.h"
#include "learn_token.h"

/* A name that the run made. */
struct learn_made {
        struct words path;
        uint32_t target; /* index of what it was renamed to, or AUDIT_NONE */
        bool gone;
        struct token token; /* of its last component */
};

/* What the run tells about names: which it made, and which of them look made up for it. */
struct learn_names;
struct learn_names *learn_names_new(const struct audit *audit);
void learn_names_free(struct learn_names *names);

/* Did the run make that name? */
bool learn_names_made(const struct learn_names *names, const char *path, size_t len);

/* What is known of that name, NULL if the run did not make it. Borrowed. */
const struct learn_made *learn_made_find(const struct learn_names *names, const char *path,
                                         size_t len);

#endif
