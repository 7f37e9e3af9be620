/* walk.h: resolve a path component by component, as the thread itself would go. Layer 2.
 * Source: path_resolution(7), symlink(7), proc(5). */
#ifndef STOPGATE_WALK_H
#define STOPGATE_WALK_H

#include "event.h"
#include "tracee.h"

/* How the last name of a path is taken. */
enum resolve_mode {
        RESOLVE_LINK,   /* follow a link in the last place */
        RESOLVE_NOLINK, /* do not, unless a slash comes after it */
        RESOLVE_NEW,  /* follow; the last name may be missing (O_CREAT, through a dangling link) */
        RESOLVE_ENTRY /* the name itself in its directory: unlink, rename, mkdir */
};

/* Walk raw from the directory at (O_PATH), under root (O_PATH); both are borrowed. mode is an enum
 * resolve_mode. Returns and fills in object as resolve_path() does. */
int walk_path(const struct tracee *t, int root, int at, const char *raw, unsigned mode,
              struct object *object, int *place);

#endif
