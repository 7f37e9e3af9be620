/* jobs.h: signals to stopgate, and job control: stopgate stops and goes on with its command, so that the shell
 * sees one job. Layer 2. Source: signal(7), ptrace(2) "Group-stop", credentials(7). */
#ifndef STOPGATE_JOBS_H
#define STOPGATE_JOBS_H

#include <sys/types.h>
#include "threads.h"

struct jobs;

/* Take over the signals of the process. threads and pidfd are borrowed. One at a time. */
struct jobs *jobs_new(const struct threads *threads, pid_t first, int pidfd);
void jobs_free(struct jobs *jobs);

/* From now on signals go to all that is left. */
void jobs_first_is_gone(struct jobs *jobs);

/* Pass on what has arrived. Call after every wait that was interrupted. */
void jobs_handle_signals(struct jobs *jobs);

/* When no stop is waiting: the same, and stop stopgate itself if its command has been stopped; returns when it goes on. */
void jobs_settle(struct jobs *jobs);

#endif
