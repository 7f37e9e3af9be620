/* monitor.h: wait, classify the stop, dispatch, resume; exit status; signals. Layer 3. */
#ifndef STOPGATE_MONITOR_H
#define STOPGATE_MONITOR_H

#include <sys/types.h>
#include "audit.h"
#include "landlock.h"
#include "policy.h"
#include "record.h"
#include "status.h"

struct monitor_options {
        const struct policy *policy;
        struct recorder *recorder;
        struct audit *audit;             /* what it touches is collected here; or NULL */
        const struct landlock *landlock; /* as it is in force, for the records */
        pid_t pid;                       /* of the first process, attached and waiting */
        int pidfd;                       /* of the same */
        struct status *status;           /* NULL: none is shown */
};

/* Follow the first process and all that it starts to their end, or kill the rest when the first has
 * ended, if the policy says so. Returns 0, the first process's status as from wait(2), and whether
 * it ever executed the command; or -errno: records could not be written or a thread could not be
 * held, and every process of the run was killed. Takes over the signals of the calling process. */
int monitor_run(const struct monitor_options *options, int *status, bool *executed);

#endif
