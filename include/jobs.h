/* jobs.h: signals to stopgate, and job control: stopgate stops and goes on with its command, so
 * that the shell sees one job. Layer 2. Source: signal(7), ptrace(2) "Group-stop", credentials(7).
 */
#ifndef STOPGATE_JOBS_H
#define STOPGATE_JOBS_H

#include <sys/types.h>
#include "status.h"
#include "threads.h"

struct jobs;

/* Take over the signals of the process. threads, pidfd and status (or NULL), which leaves the
 * terminal when stopgate stops, are borrowed. One at a time. */
struct jobs *jobs_new(const struct threads *threads, pid_t first, int pidfd, struct status *status);
void jobs_free(struct jobs *jobs);

/* From now on signals go to all that is left. */
void jobs_first_is_gone(struct jobs *jobs);

/* A signal is about to be delivered to a thread of the run, from the terminal or kernel (sender 0)
 * or a process. */
void jobs_note_delivery(struct jobs *jobs, const struct thread *thread, int signal, pid_t sender);

/* A thread has entered a group stop, of that signal, or has left it or ended: 0. */
void jobs_set_group_stop(struct jobs *jobs, struct thread *thread, int signal);

/* When no stop is waiting, and after every wait that was interrupted: pass on what has arrived, and
 * stop stopgate itself if its command has been stopped; returns when it goes on. */
void jobs_settle(struct jobs *jobs);

#endif
