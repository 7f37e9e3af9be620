/* learn_token.h: which part of a name was made up for one run. Pure. Private to learn*.c. Layer 2.
 */
#ifndef STOPGATE_LEARN_TOKEN_H
#define STOPGATE_LEARN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What is known of a name beside its letters. */
struct token_evidence {
        bool gone;          /* the run has taken it away again, or renamed it */
        bool scratch;       /* it stands in a directory for temporary files */
        const char *target; /* the last component of what it was renamed to; NULL */
        size_t target_len;
        bool (*is_pid)(const void *data, unsigned long number); /* of the run */
        const void *data;
};

struct token {
        size_t from, to;             /* bytes of the component; to 0: there is none */
        size_t other_from, other_to; /* another such part before it; other_to 0: none */
        bool same_length;            /* it is as long each time, with '-' at the same places */
};

/* The part of a component that mkstemp(3), mktemp(1), tempfile.py or a process number made. */
struct token token_find(const char *name, size_t len, const struct token_evidence *evidence);

/* Does the name have such a part at the same place as another one has: the same text around it, and
 * as many letters and digits in it? */
bool token_is_like(const char *name, size_t len, const char *other, size_t other_len,
                   const struct token *token);

#endif
