/* options.h: the command line. Layer 3. stopgate(1) is its specification. */
#ifndef STOPGATE_OPTIONS_H
#define STOPGATE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "record.h"

enum task {
        TASK_RUN,
        TASK_READ_BACK, /* a record, in place of a run */
        TASK_CHECK,
        TASK_EXPLAIN,
        TASK_DUMP_FILTER,
        TASK_LIST_CALLS,
        TASK_DOCTOR,
        TASK_HELP,
        TASK_VERSION
};

enum adhoc_kind { ADHOC_ALLOW_WRITE, ADHOC_DENY, ADHOC_NO_NETWORK };

struct adhoc {
        enum adhoc_kind kind;
        const char *path; /* borrowed from argv; NULL for NO_NETWORK */
};

struct options {
        enum task task;
        const char **policies; /* owned array of borrowed strings */
        size_t npolicies;
        struct adhoc *adhoc; /* owned */
        size_t nadhoc;
        const char *output; /* NULL: as the policy says */
        bool format_given;
        enum record_format format;
        bool permissive, quiet, verbose;
        const char *explain; /* CLASS:PATH */
        bool summary;
        const char *report, *learn; /* files to write, or NULL */
        const char *from;           /* READ_BACK: the record */
        char **command;             /* the rest of argv, ended by NULL */
};

/* Returns 0, or -EINVAL after an error message that names the option. Nothing else is printed. */
int options_parse(int argc, char **argv, struct options *options);
void options_fini(struct options *options);

/* Is anything asked for that is said at the end of a run? */
bool options_tell(const struct options *options);

/* One option of the command line. */
struct option_row {
        int id; /* the letter of its short form, or above OPTION_LETTERS */
        const char *name, *argument, *help;
};
enum { OPTION_LETTERS = 255 };

/* All of them, for what is made of the table when stopgate is built. Borrowed. */
const struct option_row *options_rows(size_t *n);

/* What --help prints. */
void options_help(FILE *out);

#endif
