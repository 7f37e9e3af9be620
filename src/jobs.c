/* jobs.c: signals to stopgate, and job control.
 *
 * A signal that the terminal sends goes to the whole foreground group: the command has it already.
 * One that was sent to stopgate alone is passed on. */
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "util.h"

enum {
        WAKE_INTERVAL_US = 5000,
        CONTINUE_POLL_US = 1000,
        CONTINUE_POLLS = 20
};

struct jobs {
        const struct threads *threads;
        pid_t first;
        int pidfd;
        bool first_gone;
};

static const int passed_on[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM,
                                SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP};

/* Records may be written from the background, to a pipe that nobody reads and to a file that may not grow: the
 * write then fails, which is noticed. The command may set limits on stopgate: prlimit(2) asks for the same user only. */
static const int ignored[] = {SIGTTIN, SIGTTOU, SIGPIPE, SIGXFSZ, SIGXCPU};

static volatile sig_atomic_t arrived[NSIG];
static volatile sig_atomic_t any, stop_asked, continued;

/* A signal may arrive between the look at what has arrived and the wait, which would then sleep on. So
 * until it is handled a timer interrupts every wait again. */
static void set_wake_timer(suseconds_t interval)
{
        struct itimerval timer = {{0, interval}, {0, interval}};

        setitimer(ITIMER_REAL, &timer, NULL);
}

static bool from_terminal(int signal, const siginfo_t *info)
{
        return info->si_code == SI_KERNEL && signal != SIGHUP;
}

static void note(int signal, siginfo_t *info, void *context)
{
        (void)context;
        any = 1;
        if (signal == SIGCONT)
                continued = 1;
        else if (!from_terminal(signal, info))
                arrived[signal] = 1;
        else if (signal == SIGTSTP)
                stop_asked = 1;
        else
                return;
        set_wake_timer(WAKE_INTERVAL_US);
}

static void wake(int signal)
{
        (void)signal;
}

static void handle_with(int signal, struct sigaction action)
{
        sigfillset(&action.sa_mask);
        sigaction(signal, &action, NULL);
}

static void install(void)
{
        for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
                handle_with(passed_on[i],
                            (struct sigaction){.sa_sigaction = note, .sa_flags = SA_SIGINFO});
        handle_with(SIGCONT, (struct sigaction){.sa_sigaction = note, .sa_flags = SA_SIGINFO});
        handle_with(SIGALRM, (struct sigaction){.sa_handler = wake});
        for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
                handle_with(ignored[i], (struct sigaction){.sa_handler = SIG_IGN});
}

struct jobs *jobs_new(const struct threads *threads, pid_t first, int pidfd)
{
        struct jobs *jobs = xcalloc(1, sizeof(*jobs));
        sigset_t none;

        *jobs = (struct jobs){.threads = threads, .first = first, .pidfd = pidfd};
        install();
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        return jobs;
}

void jobs_free(struct jobs *jobs)
{
        free(jobs);
}

void jobs_first_is_gone(struct jobs *jobs)
{
        jobs->first_gone = true;
}

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

static bool has_news(pid_t pid)
{
        siginfo_t info = {0};

        return waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) ||
               info.si_pid;
}

static const struct thread *first_thread(const struct jobs *jobs)
{
        return jobs->first_gone ? NULL : threads_find(jobs->threads, jobs->first);
}

/* The shell continues the whole group, somebody with kill(1) perhaps stopgate alone: pass it on only
 * if the command does not move by itself, for it may count how often it is continued. */
static void continue_command(const struct jobs *jobs)
{
        const struct thread *first = first_thread(jobs);

        if (!first || !first->group_stop)
                return;
        for (unsigned i = 0; i < CONTINUE_POLLS; i++) {
                if (has_news(jobs->first))
                        return;
                usleep(CONTINUE_POLL_US);
        }
        pass_on(jobs, SIGCONT);
}

void jobs_handle_signals(struct jobs *jobs)
{
        any = 0;
        set_wake_timer(0);
        for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
                if (arrived[passed_on[i]]) {
                        arrived[passed_on[i]] = 0;
                        pass_on(jobs, passed_on[i]);
                }
        }
        if (continued) {
                continued = 0;
                continue_command(jobs);
        }
}

static bool is_stopped(const struct thread *thread, void *data)
{
        (void)data;
        return thread->group_stop != 0;
}

/* Stopped as a whole, nothing inside can continue it. After Ctrl-Z it is enough that the first process
 * has stopped: what it left running in other sessions must not keep the shell from its prompt. */
static bool must_stop(const struct jobs *jobs)
{
        const struct thread *first = first_thread(jobs);

        if (!first || !first->group_stop)
                return false;
        return stop_asked || threads_all(jobs->threads, is_stopped, NULL);
}

static void stop_self(struct jobs *jobs)
{
        int signal = first_thread(jobs)->group_stop;

        stop_asked = continued = 0;
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
                jobs_handle_signals(jobs);
        if (must_stop(jobs))
                stop_self(jobs);
}
