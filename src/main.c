/* main.c: the five calls that tell the story: load, launch, monitor, report, exit. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit_live.h"
#include "doctor.h"
#include "explain.h"
#include "filter.h"
#include "kernel.h"
#include "landlock.h"
#include "launch.h"
#include "load.h"
#include "marks.h"
#include "monitor.h"
#include "options.h"
#include "privileges.h"
#include "record.h"
#include "run_record.h"
#include "status.h"
#include "tell.h"
#include "util.h"

#ifndef STOPGATE_VERSION
#error "the Makefile says the version"
#endif

enum { LAYERS_MAX = 8 };

/* What enforces the policy. */
static void find_layers(const struct policy *policy, const struct landlock *landlock,
                        const char *layers[LAYERS_MAX])
{
        size_t n = 0;

        layers[n++] = "ptrace";
        layers[n++] = "seccomp";
        if (landlock->abi)
                layers[n++] = "landlock";
        layers[n++] = "no_new_privs";
        if (privileges_dropped(policy))
                layers[n++] = "capabilities";
        if (policy_pins(policy))
                layers[n++] = "pinning";
        layers[n] = NULL;
}

/* ---- launch and monitor ---- */

struct run {
        const struct options *options;
        struct policy *policy;
        const struct landlock *landlock;
        struct filter filter;
        struct run_record record;
        struct audit *audit;   /* NULL: nobody asks what was touched */
        struct tell tell;      /* at the end */
        struct status *status; /* NULL: none is shown */
        unsigned closed;       /* descriptors 0 to 2 that were closed at the start */
};

static int start_record(struct run *run)
{
        const char **stops = filter_stops(run->policy), *layers[LAYERS_MAX];
        const char *home = getenv("HOME");
        cleanup_free char *cwd = getcwd(NULL, 0);
        struct run_info info = {
                .version = STOPGATE_VERSION,
                .cwd = cwd && cwd[0] == '/' ? cwd : NULL,
                .home = home && home[0] == '/' ? home : NULL,
                .changes = run->policy->log_changes,
                .policy = run->policy,
                .argv = run->options->command,
                .stops = stops,
                .layers = layers,
        };
        int r;

        find_layers(run->policy, run->landlock, layers);
        audit_start(run->audit, &info, recorder_host(run->record.recorder),
                    recorder_run(run->record.recorder), run->record.fd);
        r = run_record_start(&run->record, &info);
        free(stops);
        return r;
}

static void record_changes(const struct run *run)
{
        size_t n = 0;
        const struct change *changes =
                run->policy->log_changes ? audit_changes(run->audit, &n) : NULL;

        for (size_t i = 0; i < n; i++)
                recorder_change(run->record.recorder, &changes[i],
                                change_mark(&changes[i], getenv("PATH"), getenv("HOME")));
}

/* What was touched is told also if not all of it could be recorded. */
static int end_record(struct run *run, int status)
{
        uint64_t dropped = recorder_dropped(run->record.recorder);

        if (recorder_flush(run->record.recorder))
                status = EXIT_STOPGATE;
        audit_end(run->audit, status, dropped);
        if (run->audit && audit_run(run->audit)->dropped > dropped)
                warn_user("more was touched than is kept: not all that has changed is told");
        record_changes(run);
        recorder_end(run->record.recorder, status);
        if (run_record_check(&run->record)) {
                status = EXIT_STOPGATE;
                outfile_drop(&run->tell.learned); /* half a run teaches nothing */
        }
        if (run->audit && tell_all(&run->tell, run->audit, stderr))
                return EXIT_STOPGATE;
        return status;
}

static void say_why_not_traced(int error)
{
        struct obstacles obstacles;

        launch_find_obstacles(error, &obstacles);
        error_user("cannot trace the command: %s: %s", strerror(error), launch_explain(&obstacles));
}

/* Another stopgate forbids more than ptrace(2). */
static void say_if_traced(void)
{
        struct obstacles obstacles;

        launch_find_obstacles(EPERM, &obstacles);
        if (obstacles.tracer)
                say_why_not_traced(EPERM);
}

/* What the command's own end means, or why it never began. */
static int exit_status(const struct run *run, const struct launch *launch, int status,
                       bool executed)
{
        static const char *const steps[] = {
                [STEP_DESCRIPTORS] = "close descriptors",
                [STEP_NO_NEW_PRIVS] = "give up new privileges",
                [STEP_LIMITS] = "forbid core files",
                [STEP_CAPABILITIES] = "drop capabilities",
                [STEP_LANDLOCK] = "enter the Landlock domain",
                [STEP_FILTER] = "install the filter",
        };
        struct launch_failure failure = launch_failure(launch);
        int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

        if (failure.error && failure.step != STEP_EXEC) {
                error_user("cannot %s: %s", steps[failure.step],
                           failure.step == STEP_LANDLOCK && failure.error == E2BIG
                                   ? "too many of them around this one"
                                   : strerror(failure.error));
                return EXIT_STOPGATE;
        }
        if (failure.error) {
                error_user("cannot run '%s': %s", run->options->command[0],
                           strerror(failure.error));
                return failure.error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
        }
        /* A library that does not bear to be short of memory, as libseccomp 2.5: no fault of the
         * command's. */
        if (!executed && (signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT)) {
                error_user("cannot run '%s': the child died of '%s' before it was executed; is "
                           "memory short?",
                           run->options->command[0], strsignal(signal));
                return EXIT_STOPGATE;
        }
        return signal ? EXIT_SIGNALLED + signal : WEXITSTATUS(status);
}

static int follow(struct run *run, const struct launch *launch)
{
        int status = 0, r;
        bool executed = false;
        struct monitor_options options = {
                .policy = run->policy,
                .recorder = run->record.recorder,
                .audit = run->audit,
                .landlock = run->landlock,
                .pid = launch->pid,
                .pidfd = launch->pidfd,
                .status = run->status,
        };

        r = monitor_run(&options, &status, &executed);
        if (r && !recorder_flush(run->record.recorder)) {
                error_user("cannot hold the command: %s; the run was ended; 'stopgate --doctor' "
                           "tells what this kernel lacks",
                           strerror(-r));
                return EXIT_STOPGATE;
        }
        return exit_status(run, launch, status, executed);
}

/* What is to be loaded into the child. */
static void build_confinement(struct run *run, struct confinement *confinement)
{
        int r = filter_build(&run->filter, run->policy, false);

        if (!r && run->status)
                r = filter_watch_terminal(&run->filter);
        if (r)
                die(EXIT_STOPGATE, "cannot build the seccomp filter: %s", strerror(-r));
        *confinement = (struct confinement){run->policy, &run->filter, -1, run->closed};
        if (!run->landlock->abi)
                return;
        confinement->ruleset = landlock_ruleset(run->landlock);
        if (confinement->ruleset < 0)
                die(EXIT_STOPGATE, "cannot make a Landlock ruleset: %s",
                    strerror(-confinement->ruleset));
}

/* A record may be kept short; what has changed is told all the same. */
static uint64_t audit_limit(const struct policy *policy)
{
        enum { LEAST = 1000000 };

        return policy->log_limit && policy->log_limit < LEAST ? LEAST : policy->log_limit;
}

static int run_command(struct run *run)
{
        char *const *argv = run->options->command;
        struct confinement confinement;
        cleanup_free char *path = NULL;
        struct launch launch = {.report = -1, .pidfd = -1};
        int r = launch_find(argv[0], &path);

        if (r) {
                error_user("cannot run '%s': %s", argv[0],
                           r == EXIT_NOT_FOUND ? "not found" : "not executable");
                return r;
        }
        if (kernel_check(policy_pins(run->policy))) {
                say_if_traced();
                return EXIT_STOPGATE;
        }
        if (tell_open(&run->tell, run->options, run_record_name(run->options, run->policy)))
                return EXIT_STOPGATE;
        tell_protect(&run->tell, run->policy);
        if (run->policy->watched)
                run->audit = audit_new(&(struct audit_options){audit_limit(run->policy), true});
        if (run_record_open(&run->record, run->options, run->policy, run->closed))
                return EXIT_STOPGATE;
        if (!run->options->quiet && !isatty(run->record.fd))
                run->status = status_new(STDERR_FILENO, run->policy->permissive);
        build_confinement(run, &confinement);
        r = start_record(run);
        if (r)
                return EXIT_STOPGATE;
        r = launch_start(path, argv, &confinement, &launch);
        if (confinement.ruleset >= 0)
                close(confinement.ruleset);
        if (r) {
                say_why_not_traced(-r);
                return end_record(run, EXIT_STOPGATE);
        }
        r = end_record(run, follow(run, &launch));
        close(launch.report);
        close(launch.pidfd);
        return r;
}

static int dump_filter(struct policy *policy)
{
        struct filter filter;
        int r = filter_build(&filter, policy, true);

        if (!r) {
                fflush(stdout);
                r = filter_dump(&filter, STDOUT_FILENO);
                filter_free(&filter);
        }
        if (!r)
                return 0;
        error_user("cannot dump the filter: %s", strerror(-r));
        return EXIT_STOPGATE;
}

/* ---- and the rest ---- */

static int do_task(const struct options *options, struct policy *policy,
                   const struct landlock *landlock, unsigned closed)
{
        struct run run = {.options = options,
                          .policy = policy,
                          .landlock = landlock,
                          .record = {.fd = -1, .directory = -1},
                          .closed = closed};
        const char *layers[LAYERS_MAX];
        int status = 0;

        switch (options->task) {
        case TASK_CHECK:
                find_layers(policy, landlock, layers);
                explain_policy(stdout, policy, landlock, layers);
                break;
        case TASK_EXPLAIN:
                status = explain_decision(stdout, policy, options->explain) ? EXIT_STOPGATE : 0;
                break;
        case TASK_DUMP_FILTER:
                status = dump_filter(policy);
                break;
        case TASK_RUN:
                status = run_command(&run);
                status_free(run.status);
                run_record_close(&run.record);
                audit_free(run.audit);
                tell_close(&run.tell);
                filter_free(&run.filter);
                break;
        case TASK_READ_BACK:
        case TASK_LIST_CALLS:
        case TASK_DOCTOR:
        case TASK_HELP:
        case TASK_VERSION:
                break;
        }
        return status;
}

static bool do_simple_task(const struct options *options, int *status)
{
        switch (options->task) {
        case TASK_READ_BACK:
                *status = tell_of_record(options) ? EXIT_STOPGATE : 0;
                return true;
        case TASK_LIST_CALLS:
                explain_calls(stdout);
                return true;
        case TASK_DOCTOR:
                *status = doctor_tell(stdout, STOPGATE_VERSION) ? EXIT_STOPGATE : 0;
                return true;
        case TASK_HELP:
                options_help(stdout);
                return true;
        case TASK_VERSION:
                puts("stopgate " STOPGATE_VERSION);
                return true;
        case TASK_RUN:
        case TASK_CHECK:
        case TASK_EXPLAIN:
        case TASK_DUMP_FILTER:
                return false;
        }
        return false;
}

static int finish_output(int status)
{
        if (!status && (fflush(stdout) || ferror(stdout))) {
                error_user("cannot write to standard output: %s", strerror(errno));
                return EXIT_STOPGATE;
        }
        return status;
}

int main(int argc, char **argv)
{
        unsigned closed = launch_guard_descriptors();
        struct options options;
        struct policy policy;
        struct landlock landlock = {0};
        int status = 0;

        /* AT_SECURE: also with capabilities of the file. */
        if (getuid() != geteuid() || getgid() != getegid() || getauxval(AT_SECURE))
                die(EXIT_STOPGATE,
                    "will not run set-uid, set-gid or with capabilities of its file: "
                    "that would lend the policy's "
                    "author its rights");
        if (options_parse(argc, argv, &options))
                return EXIT_STOPGATE;
        util_set_quiet(options.quiet);
        if (!do_simple_task(&options, &status)) {
                status = load_policy(&options, &policy, &landlock)
                                 ? EXIT_STOPGATE
                                 : do_task(&options, &policy, &landlock, closed);
                landlock_fini(&landlock);
                policy_fini(&policy);
        }
        options_fini(&options);
        return finish_output(status);
}
