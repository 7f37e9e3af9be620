/* asks.h: what a use of an object asks for, class by class. Layer 2. */
#ifndef STOPGATE_ASKS_H
#define STOPGATE_ASKS_H

#include <fcntl.h>
#include "calls.h"
#include "event.h"

/* The flags that change what a use asks for. */
struct ask_flags {
        uint64_t open;   /* O_*, without those that the call ignores */
        uint64_t rename; /* RENAME_* */
};

static inline bool asks_tmpfile(uint64_t flags)
{
        return (flags & O_TMPFILE) == O_TMPFILE;
}

/* Add to event what using its object number at asks for. What does not fit makes the event
 * undecodable. */
void asks_add(struct event *event, enum path_use use, unsigned at, const struct ask_flags *flags);

#endif
