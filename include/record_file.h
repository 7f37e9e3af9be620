/* record_file.h: the regular file that records go to: that nobody else changes it, and the older
 * parts that it leaves behind as NAME.1, NAME.2 and so on. Layer 2. */
#ifndef STOPGATE_RECORD_FILE_H
#define STOPGATE_RECORD_FILE_H

#include <limits.h>
#include <sys/types.h>
#include <time.h>

struct record_file {
        int fd;                  /* borrowed; the number stays, whichever part is being written */
        int directory;           /* borrowed; where the parts stand */
        const char *name;        /* there; borrowed */
        unsigned keep;           /* older parts that are kept */
        off_t size;              /* as we left it */
        struct timespec changed; /* when it was last written, by us */
};

/* Find the path of the file that fd leads to, as it is now, for the names of its parts. *name
 * points into path. Returns a descriptor of its directory, owned by the caller, or -errno: -ESTALE
 * if another file stands there, -EACCES if the directory cannot be written, -ENAMETOOLONG if there
 * is no room for a number. */
int record_file_find(int fd, char path[PATH_MAX], const char **name);

/* Remember how the file stands now. Returns 0 or -errno. */
int record_file_note(struct record_file *file);

/* Does it stand as it was noted? Returns 0, or -errno: -ESTALE if somebody else changed it. */
int record_file_check(const struct record_file *file);

/* Of these bytes, whole lines, not all could be written: cut off what there is of a line.
 * Returns 0 or -errno; -ESTALE if somebody else changed the file: then nothing is cut off. */
int record_file_cut(const struct record_file *file, const char *bytes, size_t len);

/* Let NAME become NAME.1, that NAME.2 and so on up to a number that is free, and fd lead to a new
 * NAME; remove what is then beyond keep. Returns 0 or -errno: -ESTALE as above, also if NAME is
 * another file now. After an error nothing is lost, but names may have moved. */
int record_file_rotate(struct record_file *file);

#endif
