/* run_record.h: the record of a run: where it goes, guarded against the command, from its first
 * line to its last. Layer 3. */
#ifndef STOPGATE_RUN_RECORD_H
#define STOPGATE_RUN_RECORD_H

#include <limits.h>
#include "options.h"
#include "policy.h"
#include "record.h"

struct run_record {
        struct recorder *recorder; /* owned; NULL: not open */
        int fd;                    /* owned unless it is standard error; -1: nothing is written */
        const char *name;          /* as it is shown; borrowed */
        char path[PATH_MAX];       /* canonical, if it is rotated */
        int directory;             /* owned; -1: not rotated */
};

/* The name of its file; NULL: nothing is written. Borrowed. */
const char *run_record_name(const struct options *options, const struct policy *policy);

/* Open it, emptied, and guard it in the policy. closed: of descriptors 0 to 2 those that were
 * closed at the start. Returns 0, or -errno after an error message; close it in either case. */
int run_record_open(struct run_record *record, const struct options *options, struct policy *policy,
                    unsigned closed);
void run_record_close(struct run_record *record);

/* Write its first line: nothing runs before. Returns 0, or -errno after an error message. */
int run_record_start(struct run_record *record, const struct run_info *info);

/* Write what is left. Returns 0, or -errno after an error message: the run was ended for that. */
int run_record_check(struct run_record *record);

#endif
