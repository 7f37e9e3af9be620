/* resolve.h: where a path leads, as the thread sees it: its cwd, its dirfd, its root, its
 * /proc/self. The kernel is asked, not imitated: names are read back from opened O_PATH
 * descriptors. Layer 2. Source: path_resolution(7), openat2(2), proc(5). */
#ifndef STOPGATE_RESOLVE_H
#define STOPGATE_RESOLVE_H

#include "event.h"
#include "tracee.h"
#include "walk.h" /* enum resolve_mode */

/* Added to a mode: dirfd is the root of the resolution, as with openat2's RESOLVE_IN_ROOT. */
#define RESOLVE_BELOW_DIRFD 0x100u

/* place, here and below: if not NULL and the object exists (not with RESOLVE_ENTRY), *place becomes
 * an O_PATH descriptor of it, the caller's to close; else it is left as it is.
 *
 * Resolve raw (NUL-terminated) against dirfd (AT_FDCWD or a descriptor of the thread) into
 * object. Returns 0, or -errno, which also stands in object->error: what the kernel would answer;
 * then object->path is the best name known (kind OBJECT_NONE: none is). A directory deeper than the
 * kernel can name is shown as the nearest one above it that has a name, and "/...". -ENOENT for a
 * missing last name is an error except for RESOLVE_NEW and RESOLVE_ENTRY, where object->exists says
 * it. */
int resolve_path(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                 struct object *object, int *place);

/* What descriptor fd of the thread leads to. Returns 0 or -errno as above (-EBADF). */
int resolve_fd(const struct tracee *t, int fd, struct object *object, int *place);

/* Where the thread's working directory or dirfd itself is: for AT_EMPTY_PATH. */
int resolve_dir(const struct tracee *t, int dirfd, struct object *object, int *place);

#endif
