/* outfile.h: a file that takes its name only when it is complete: what was there before stays until
 * then. Layer 0. */
#ifndef STOPGATE_OUTFILE_H
#define STOPGATE_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
        FILE *stream;     /* NULL: none is open */
        int dir;          /* owned: of the directory that it will stand in; -1: none */
        char *name;       /* owned: what it will be called there; NULL: it has its name */
        char *unfinished; /* owned: what it is called until then; NULL: nothing yet */
        char *path;       /* owned: the whole canonical name; NULL: it has none */
};

/* Open it: a new file in the directory of name, with mode 0600, and without a name if the file
 * system can do that; or name itself, if that is no regular file; or standard output for "-".
 * Returns 0, or -errno: then nothing is open. */
int outfile_open(struct outfile *file, const char *name);

/* Are these names, or would they be, of one regular file? */
bool outfile_is_same(const char *name, const char *other);

/* All is written: close it and give it its name. Returns 0, or -errno: then what was there before
 * still is. */
int outfile_finish(struct outfile *file);

/* Close it if it is open, and leave nothing behind. A file that is all zero is not open. */
void outfile_drop(struct outfile *file);

#endif
