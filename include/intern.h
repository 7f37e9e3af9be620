/* intern.h: each different string of bytes once, by a number: 0, 1, 2... in the order in which they
 * came. A balanced tree (tsearch(3)), so that no choice of names makes it slow. Layer 0. */
#ifndef STOPGATE_INTERN_H
#define STOPGATE_INTERN_H

#include "fact.h"

#define INTERN_NONE UINT32_MAX

struct intern;

/* The bytes of all strings together may be as many as if each had that many. */
#define INTERN_MEAN 256

/* limit: how many at most; 0: as many as there are numbers. Never NULL: out of memory ends the
 * program. */
struct intern *intern_new(uint64_t limit);
void intern_free(struct intern *intern);

/* The number of these bytes, which are copied if they are new. INTERN_NONE: the limit is reached.
 */
uint32_t intern_add(struct intern *intern, const void *bytes, size_t len);

/* The same if they are known, else INTERN_NONE. */
uint32_t intern_find(const struct intern *intern, const void *bytes, size_t len);

/* All of them, by number; a NUL follows each. Borrowed, until the next one is added. */
const struct words *intern_words(const struct intern *intern, size_t *n);

#endif
