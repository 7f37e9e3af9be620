/* jobs.c: signals to stopgate, and job control.
 *
 * A signal that the terminal, or kill(2) with a group's number, sends to the whole group reaches
 * the command by itself. One that was sent to stopgate alone is passed on. */
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "tracee.h"
#include "util.h"

enum {
        EXIT_NO_TIMER = 125,
        TURN_NS = 5000000,  /* how long a group signal may take to show in the command */
        RECENT_MS = 500,    /* older deliveries have nothing to do with what arrives now */
        CONTINUE_TURNS = 4, /* how long a stop before SIGCONT may take to be waited for */
        CONTINUE_POLL_US = 1000,
        CONTINUE_POLLS = 20
};

/* A signal that the first process got from a process. */
struct delivery {
        pid_t sender;
        int64_t when; /* ms */
};

struct jobs {
        const struct threads *threads;
        pid_t first;
        int pidfd;
        struct status *status;
        bool first_gone;
        size_t nstopped;          /* threads in a group stop */
        bool stopped_from_inside; /* the last stop: by the terminal, or by a process of the run */
        bool told_to_stop;        /* stopgate itself was, alone or with the whole job */
        struct delivery delivered[NSIG];
};

/* All that would end stopgate, but for what means an error of its own. Real-time signals follow,
 * less the last, which is the timer's. */
static const int passed_on[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGTERM, SIGUSR1, SIGUSR2,   SIGALRM,
                                SIGPROF, SIGPOLL, SIGVTALRM, SIGPWR,  SIGTSTP, SIGSTKFLT, SIGWINCH};

/* Records may be written from the background, to a pipe that nobody reads and to a file that may
 * not grow: the write then fails, which is noticed. The command may set limits on stopgate:
 * prlimit(2) asks for the same user only. */
static const int ignored[] = {SIGTTIN, SIGTTOU, SIGPIPE, SIGXFSZ, SIGXCPU};

static struct {
        volatile sig_atomic_t sender; /* 0: has not arrived; -1: sent by no process */
        volatile sig_atomic_t turn;
} arrived[NSIG];
static volatile sig_atomic_t turns, any, stop_asked, continued, continued_turn;

/* A signal may arrive between the look at what has arrived and the wait, which would then sleep on.
 * So until it is handled a timer interrupts every wait again. */
static timer_t timer;

static int timer_signal(void)
{
        return SIGRTMAX;
}

static void set_timer(long interval)
{
        struct itimerspec spec = {{0, interval}, {0, interval}};

        timer_settime(timer, 0, &spec, NULL);
}

static bool from_terminal(int signal, const siginfo_t *info)
{
        bool of_terminal =
                signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP || signal == SIGWINCH;

        return info->si_code == SI_KERNEL && of_terminal;
}

static bool from_process(const siginfo_t *info)
{
        return (info->si_code == SI_USER || info->si_code == SI_QUEUE ||
                info->si_code == SI_TKILL) &&
               info->si_pid > 0;
}

static void note(int signal, siginfo_t *info, void *context)
{
        (void)context;
        if (signal == SIGCONT) {
                continued = 1;
                continued_turn = turns;
        } else if (!from_terminal(signal, info)) {
                arrived[signal].turn = turns;
                arrived[signal].sender = from_process(info) ? info->si_pid : -1;
        } else if (signal == SIGTSTP) {
                stop_asked = 1;
        }
        any = 1;
        set_timer(TURN_NS);
}

static void take_turn(int signal)
{
        (void)signal;
        turns++;
}

static void handle_with(int signal, struct sigaction action)
{
        sigfillset(&action.sa_mask);
        sigaction(signal, &action, NULL);
}

static void install(void)
{
        const struct sigaction noting = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};

        for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
                handle_with(passed_on[i], noting);
        for (int signal = SIGRTMIN; signal < timer_signal(); signal++)
                handle_with(signal, noting);
        handle_with(SIGCONT, noting);
        handle_with(timer_signal(), (struct sigaction){.sa_handler = take_turn});
        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
                handle_with(ignored[i], (struct sigaction){.sa_handler = SIG_IGN});
}

struct jobs *jobs_new(const struct threads *threads, pid_t first, int pidfd, struct status *status)
{
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = timer_signal()};
        struct jobs *jobs = xcalloc(1, sizeof(*jobs));
        sigset_t none;

        *jobs = (struct jobs){.threads = threads, .first = first, .pidfd = pidfd, .status = status};
        if (timer_create(CLOCK_MONOTONIC, &event, &timer))
                die(EXIT_NO_TIMER, "cannot create a timer: %s", strerror(errno));
        install();
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        return jobs;
}

void jobs_free(struct jobs *jobs)
{
        set_timer(0);
        free(jobs);
}

void jobs_first_is_gone(struct jobs *jobs)
{
        jobs->first_gone = true;
}

/* ---- passing on ---- */

static bool send_to(const struct thread *thread, void *data)
{
        if (thread->tid == thread->tgid)
                kill(thread->tgid, *(int *)data);
        return true;
}

static void pass_on(const struct jobs *jobs, int signal)
{
        if (!jobs->first_gone)
                syscall(SYS_pidfd_send_signal, jobs->pidfd, signal, NULL, 0);
        else
                threads_all(jobs->threads, send_to, &signal);
}

void jobs_note_delivery(struct jobs *jobs, const struct thread *thread, int signal, pid_t sender)
{
        if (is_stop_signal(signal)) {
                jobs->stopped_from_inside =
                        !sender || sender == getpid() || threads_find(jobs->threads, sender);
        }
        if (thread->tgid == jobs->first && signal < NSIG)
                jobs->delivered[signal] = (struct delivery){sender, monotonic_ms()};
}

/* The same from the same sender, to stopgate and to the command: it was meant for the group. */
static bool command_has_it(const struct jobs *jobs, int signal)
{
        const struct delivery *delivered = &jobs->delivered[signal];

        return arrived[signal].sender > 0 && arrived[signal].sender == delivered->sender &&
               monotonic_ms() - delivered->when < RECENT_MS;
}

/* Passed on at the earliest a turn after it arrived: by then a group signal has shown. Returns
 * whether it is done with. */
static bool settle_signal(struct jobs *jobs, int signal)
{
        if (!arrived[signal].sender)
                return true;
        if (arrived[signal].turn == turns && !command_has_it(jobs, signal))
                return false;
        if (is_stop_signal(signal))
                jobs->told_to_stop = true;
        if (!command_has_it(jobs, signal))
                pass_on(jobs, signal);
        jobs->delivered[signal].sender = 0;
        arrived[signal].sender = 0;
        return true;
}

/* ---- stopping and continuing ---- */

void jobs_set_group_stop(struct jobs *jobs, struct thread *thread, int signal)
{
        jobs->nstopped -= thread->group_stop != 0;
        jobs->nstopped += signal != 0;
        thread->group_stop = signal;
}

struct first_stop {
        pid_t first;
        int signal;
};

static bool look_for_stop(const struct thread *thread, void *data)
{
        struct first_stop *stop = data;

        if (thread->tgid == stop->first && thread->group_stop)
                stop->signal = thread->group_stop;
        return true;
}

/* The signal of the group stop that the first process is in, or 0. Any of its threads tells: the
 * leader may have ended before the others. */
static int first_stop(const struct jobs *jobs)
{
        struct first_stop stop = {.first = jobs->first};

        if (!jobs->first_gone)
                threads_all(jobs->threads, look_for_stop, &stop);
        return stop.signal;
}

/* Has a thread stopped or ended that has not been waited for? */
static bool has_news(idtype_t which, pid_t pid)
{
        siginfo_t info = {0};

        return waitid(which, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) ||
               info.si_pid;
}

/* The shell continues the whole group, somebody with kill(1) perhaps stopgate alone: pass it on
 * only if the command does not move by itself, for it may count how often it is continued. */
static void continue_command(const struct jobs *jobs)
{
        if (!first_stop(jobs))
                return;
        for (unsigned i = 0; i < CONTINUE_POLLS; i++) {
                if (has_news(P_PID, jobs->first))
                        return;
                usleep(CONTINUE_POLL_US);
        }
        pass_on(jobs, SIGCONT);
}

/* The whole job may have been stopped before: then the command's stop is still to be waited for.
 * Returns whether it is done with. */
static bool settle_continue(struct jobs *jobs)
{
        if (!continued)
                return true;
        if (!first_stop(jobs) && turns - continued_turn < CONTINUE_TURNS)
                return false;
        continued = 0;
        continue_command(jobs);
        return true;
}

static void handle_signals(struct jobs *jobs)
{
        bool settled = true;

        any = 0;
        status_check_size(jobs->status);
        for (int signal = 1; signal < NSIG; signal++)
                settled &= settle_signal(jobs, signal);
        settled &= settle_continue(jobs);
        if (settled)
                set_timer(0);
        else
                any = 1;
}

/* Really, and not about to go on: one that SIGCONT has woken from its stop is running until it says
 * so. */
static bool is_stopped(const struct thread *thread, void *data)
{
        char state = tracee_state(thread->tid);

        (void)data;
        return state == 'Z' || state == 'X' || (thread->group_stop && state == 't');
}

/* A stop that comes from outside may be undone from outside, by the command's number: then stopgate
 * must be there. One from the terminal or from inside is the job's. Stopped as a whole, nothing
 * inside can continue it; after Ctrl-Z it is enough that the first process has stopped: what it
 * left running in other sessions must not keep the shell from its prompt. */
static bool must_stop(const struct jobs *jobs)
{
        bool of_job = jobs->stopped_from_inside || jobs->told_to_stop;

        if (!jobs->nstopped || !of_job || !first_stop(jobs))
                return false;
        if (!stop_asked && !threads_all(jobs->threads, is_stopped, NULL))
                return false;
        return !has_news(P_ALL, 0);
}

static void stop_self(struct jobs *jobs)
{
        int signal = first_stop(jobs);

        status_hide(jobs->status);
        stop_asked = continued = 0;
        jobs->told_to_stop = false;
        if (signal != SIGSTOP)
                handle_with(signal, (struct sigaction){.sa_handler = SIG_DFL});
        raise(signal);
        install();
        continue_command(jobs);
        stop_asked = continued = 0;
}

void jobs_settle(struct jobs *jobs)
{
        if (any)
                handle_signals(jobs);
        if (must_stop(jobs))
                stop_self(jobs);
}
