/* audit_changes.h: the net effect of a run on the names that it touches: how each of them stood
 * before, what moved where, and how it stands now. Part of audit.h. Layer 2. */
#ifndef STOPGATE_AUDIT_CHANGES_H
#define STOPGATE_AUDIT_CHANGES_H

#include "fact.h"
#include "intern.h"

struct changes;

/* names is borrowed: names are its numbers. live: the file system is asked; else only calls count.
 */
struct changes *changes_new(struct intern *names, bool live);
void changes_free(struct changes *changes);

/* The length of the directory above a path of that length; 0: there is none but "/". */
size_t changes_parent_len(const char *path, size_t len);

/* Live: this name may be about to change. The first time it is asked how it stands. */
void changes_look(struct changes *changes, uint32_t name);

/* Live: the same of a name that leads nowhere, for it stands for one that is too long. */
void changes_cannot_look(struct changes *changes, uint32_t name);

/* Live, after that: it may be written now. That it was not is seen by its content, if it is small:
 * its times may have been set. */
void changes_keep(struct changes *changes, uint32_t name);

/* The same as changes_look(), and it can be written from now on. */
void changes_inherit(struct changes *changes, uint32_t name);

/* A call on these names has returned (INTERN_NONE: it has no such name): asks as from fact_asks().
 */
void changes_note(struct changes *changes, const struct fact *fact, uint32_t name, uint32_t to,
                  unsigned asks, unsigned asks_to);

/* A record states this change. */
void changes_state(struct changes *changes, const struct change *change);

/* It has stated all of them: what calls tell does not count. */
void changes_are_stated(struct changes *changes);

/* At the end, once: all changes, sorted as audit_changes() says; borrowed from changes. */
const struct change *changes_settle(struct changes *changes, size_t *n);

/* Names that were made by the run and are gone. */
uint64_t changes_temporary(const struct changes *changes);

#endif
