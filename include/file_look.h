/* file_look.h: all of a file that a run may change, but its content. Layer 1. Source: statx(2),
 * xattr(7). */
#ifndef STOPGATE_FILE_LOOK_H
#define STOPGATE_FILE_LOOK_H

#include "fact.h"

struct file_look {
        struct file_state state; /* mode 0: nothing has that name, or unseen */
        bool unseen;             /* it could not be looked at: nothing is known */
        uint64_t device, inode;
        uint64_t file_system; /* f_type of statfs(2); 0: unknown, or that of a disk */
        struct timespec mtime, ctime;
        struct timespec born; /* where the file system tells; else 0 */
        uint64_t flags;       /* STATX_ATTR_* that chattr(1) sets */
        uint64_t xattrs;      /* a digest of names and values, for they may be long; 0: none */
        bool capabilities;    /* one of them holds file capabilities */
        char *target;         /* owned: of a symbolic link; NULL: it is none */
        char *content;        /* owned: what file_look_keep() has read; NULL: nothing */
        bool young; /* just changed when it was looked at: a change in the same tick of the clock
                       leaves no trace in its times */
};

/* Look at path, NUL-terminated, not following a link in its last place. */
void file_look(const char *path, struct file_look *look);
void file_look_fini(struct file_look *look);

/* Of a regular file of at most max bytes that is still what was looked at: keep its content, too.
 * Returns how much that is. */
size_t file_look_keep(const char *path, struct file_look *look, size_t max);

/* Is that the content that was kept? */
bool file_has_content(const char *path, const struct file_look *look);

/* Make copy, which holds nothing yet, the same as look. */
void file_look_copy(struct file_look *copy, const struct file_look *look);

/* The same file, whatever happened to it? */
bool file_is_same(const struct file_look *a, const struct file_look *b);

/* CHANGED_* by which they differ; of times only that of the last modification counts. */
unsigned file_differs(const struct file_look *a, const struct file_look *b);

#endif
