/* outfile.h: a file that takes its name only when it is complete: what was there before stays until
 * then. Layer 0. */
#ifndef STOPGATE_OUTFILE_H
#define STOPGATE_OUTFILE_H

#include <stdio.h>

struct outfile {
        FILE *stream;     /* NULL: none is open */
        char *name;       /* owned: canonical, what it will be called; NULL: it has its name */
        char *unfinished; /* owned: what it is called until then */
};

/* Open it: a new file beside name, with mode 0600; or name itself, if that is no regular file; or
 * standard output for "-". Returns 0 or -errno; then nothing is open. */
int outfile_open(struct outfile *file, const char *name);

/* All is written: close it and give it its name. Returns 0, or -errno: then what was there before
 * still is. */
int outfile_finish(struct outfile *file);

/* Close it if it is open, and leave nothing behind. */
void outfile_drop(struct outfile *file);

#endif
