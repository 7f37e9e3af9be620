/* marks.h: what a person who judges a run must not overlook. Pure. Layer 1. */
#ifndef STOPGATE_MARKS_H
#define STOPGATE_MARKS_H

#include "fact.h"

/* What this change amounts to: "set-user-ID program", "systemd unit", "command in PATH", "shell
 * start-up file"; NULL: nothing special. path is a value of $PATH and home a home directory, or
 * NULL. Borrowed. */
const char *change_mark(const struct change *change, const char *path, const char *home);

/* What was read here that is nobody else's business: "password hashes", "SSH key"; NULL: nothing
 * special. Borrowed. */
const char *read_mark(const struct words *path, const char *home);

/* How much a mark of change_mark() weighs: 0 is the most. For sorting. */
unsigned mark_rank(const char *mark);

#endif
