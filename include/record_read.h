/* record_read.h: JSON lines of a record file -> facts. Layer 2. */
#ifndef STOPGATE_RECORD_READ_H
#define STOPGATE_RECORD_READ_H

#include <stdio.h>
#include "fact.h"

struct record_reader_options {
        const char *name; /* of the file, as it is shown in messages */
        void (*take)(const struct fact *fact, void *data);
        /* A line of it is not as it should be: "run.json:17: the line is cut short". Fatal: nothing
         * more is read. */
        void (*complain)(const char *message, bool fatal, void *data);
        void *data;
};

/* Read all of in and hand over its facts in their order; they are borrowed for the call. Returns 0,
 * or -EINVAL after a fatal complaint. */
int record_read(FILE *in, const struct record_reader_options *options);

#endif
