/* launch.h: fork, hand-shake with the tracer, no_new_privs, limits, capabilities,
 * Landlock, descriptors, filter, exec. Layer 3. */
#ifndef STOPGATE_LAUNCH_H
#define STOPGATE_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>
#include "filter.h"

/* stopgate's own exit statuses: stopgate(1), as env(1) and nohup(1) have them. */
enum {
        EXIT_STOPGATE = 125,   /* stopgate itself failed */
        EXIT_CANNOT_RUN = 126, /* found but not executable */
        EXIT_NOT_FOUND = 127,
        EXIT_SIGNALLED = 128 /* + the number of the signal */
};

/* Which of descriptors 0 to 2 were closed when stopgate started: bits. They are held by /dev/null
 * meanwhile, so that no file of stopgate's own gets one of these numbers. */
unsigned launch_guard_descriptors(void);

/* Find a command as the shell would: by name if it has a slash, else along PATH. Returns 0 and
 * a path to execute (owned by the caller), else EXIT_NOT_FOUND or EXIT_CANNOT_RUN. */
int launch_find(const char *command, char **path);

/* What the child did last, before it failed. */
enum launch_step {
        STEP_NO_NEW_PRIVS,
        STEP_LIMITS,
        STEP_CAPABILITIES,
        STEP_LANDLOCK,
        STEP_DESCRIPTORS,
        STEP_FILTER,
        STEP_EXEC
};

/* Why the command was not executed; error is 0 if it was, else an errno. */
struct launch_failure {
        enum launch_step step;
        int error;
};

/* What the child confines itself with. */
struct confinement {
        const struct policy *policy;
        const struct filter *filter;
        int ruleset;     /* of Landlock; -1: none */
        unsigned closed; /* from launch_guard_descriptors() */
};

struct launch {
        pid_t pid;
        int pidfd;  /* owned by the caller */
        int report; /* owned by the caller: read with launch_failure() */
};

/* Start path with argv, traced and confined. The child runs stopgate's own code until its first
 * execve. Returns 0 or -errno; on -errno nothing runs, and launch_find_obstacles() can tell why. */
int launch_start(const char *path, char *const *argv, const struct confinement *confinement,
                 struct launch *launch);

/* What kept the command from being executed, once it has ended. */
struct launch_failure launch_failure(const struct launch *launch);

/* What stands in the way of ptrace(2) here. */
struct obstacles {
        int error;    /* positive, of PTRACE_SEIZE */
        pid_t tracer; /* of stopgate itself, 0 none */
        int yama;     /* kernel.yama.ptrace_scope, -1 if there is no Yama */
        int seccomp;  /* Seccomp: of /proc/self/status; 2 is a filter */
};

void launch_find_obstacles(int error, struct obstacles *obstacles);

/* A sentence that says which obstacle it is and what to do. Pure. Borrowed. */
const char *launch_explain(const struct obstacles *obstacles);

#endif
