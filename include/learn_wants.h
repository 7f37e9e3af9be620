/* learn_wants.h: what the rules of a learned policy shall be about. Private to learn*.c. Layer 2.
 */
#ifndef STOPGATE_LEARN_WANTS_H
#define STOPGATE_LEARN_WANTS_H

#include "event.h"

enum {
        WANT_PRESENT = 1 << 0,   /* it was there: else only looked for */
        WANT_DIRECTORY = 1 << 1, /* a directory, of which the rule says nothing that is below */
        WANT_LINK = 1 << 2,      /* a symbolic link, of which it says nothing where it leads */
        WANT_BELOW = 1 << 3,     /* the rule covers all that is below, too */
        WANT_GUARDED = 1 << 4,   /* note says why nothing around it shall be granted */
        WANT_MOVED = 1 << 5      /* is linked or renamed: asked for because of that alone */
};

struct want {
        enum call_class class;
        char *pattern; /* owned: absolute, in the language of policies, without variables */
        unsigned is;   /* WANT_* */
        uint64_t names, calls;
        const char *note; /* borrowed, or NULL: the rule of the guarded policy */
};

struct wants {
        struct want *list; /* owned */
        size_t n, room;
};

/* Append; takes over the pattern. */
void wants_add(struct wants *wants, const struct want *want);

/* Append all that are in from, which is empty then. */
void wants_move(struct wants *to, struct wants *from);

/* Sort by class and pattern, and make one of those that have the same. */
void wants_join(struct wants *wants);

void wants_fini(struct wants *wants);

#endif
