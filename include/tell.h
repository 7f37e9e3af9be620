/* tell.h: what is told when a run has ended, or of one that was recorded: summary, report, learned
 * policy. Their files are opened before anything runs. Layer 3. */
#ifndef STOPGATE_TELL_H
#define STOPGATE_TELL_H

#include "audit.h"
#include "options.h"
#include "outfile.h"
#include "policy.h"

struct tell {
        const struct options *options; /* borrowed */
        struct outfile report, learned;
        struct policy guarded; /* around what no learned policy shall grant a directory */
};

/* Open what the options ask for. record: the name of the file that the run is recorded in, or NULL:
 * none of them may be that. Returns 0, or -errno after an error message. */
int tell_open(struct tell *tell, const struct options *options, const char *record);

/* Guard their names against the command. */
void tell_protect(const struct tell *tell, struct policy *policy);

/* Tell it; the audit is settled. summary is where that goes. Returns 0, or -errno after an error
 * message: not all could be written. */
int tell_all(struct tell *tell, const struct audit *audit, FILE *summary);

/* Close all that is open; what was there before stays. */
void tell_close(struct tell *tell);

/* Read the record that the options name, and tell of it. Returns 0, or -errno after error messages.
 */
int tell_of_record(const struct options *options);

#endif
