/* monitor.c: wait, classify the stop, dispatch, resume.
 *
 * All stops that are ready are handled before any thread is resumed: their records go out in one
 * write, and no call runs before its record is written. */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "act.h"
#include "decode.h"
#include "jobs.h"
#include "processes.h"
#include "threads.h"
#include "tracee.h"
#include "util.h"

enum { BATCH_MAX = 256, ARGV_SHOWN = 4096 };

/* What a wait status means. What the caller owes the thread stands behind it. */
enum stop_kind {
        STOP_GONE,   /* the thread has ended: nothing */
        STOP_CALL,   /* at a call the filter stops: decide, resume */
        STOP_RESULT, /* that call returns: record, resume */
        STOP_CHILD,  /* has made a thread or process: note it, resume */
        STOP_EXEC,   /* has executed another program: note it, resume */
        STOP_GROUP,  /* its process is stopped by job control: listen */
        STOP_TRAP,   /* a new thread's first stop, or the end of a group stop: resume */
        STOP_SIGNAL  /* a signal is to be delivered: resume with it */
};

struct pending {
        struct event event;
        struct verdict verdict;
};

struct resumption {
        pid_t tid;
        enum resume how;
        int signal;
};

struct monitor {
        const struct monitor_options *options;
        struct decode_options decode;
        struct actor actor;
        struct threads *threads;
        struct jobs *jobs;
        bool ending; /* all are being killed, and whoever turns up late */
        int error;   /* why, if it is no end of its own: 0 or -errno */
        int status;
        struct resumption batch[BATCH_MAX];
        size_t nbatch;
        struct event event;
};

static enum stop_kind classify(int status)
{
        int event = status >> 16;
        int signal = WSTOPSIG(status);

        if (!WIFSTOPPED(status))
                return STOP_GONE;
        switch (event) {
        case PTRACE_EVENT_SECCOMP:
                return STOP_CALL;
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK:
        case PTRACE_EVENT_CLONE:
                return STOP_CHILD;
        case PTRACE_EVENT_EXEC:
                return STOP_EXEC;
        case PTRACE_EVENT_STOP:
                /* ptrace(2): a group stop shows its signal, the other two show SIGTRAP. */
                return signal == SIGTRAP ? STOP_TRAP : STOP_GROUP;
        }
        return signal == (SIGTRAP | 0x80) ? STOP_RESULT : STOP_SIGNAL;
}

/* ---- ending the run ---- */

static bool kill_process(const struct thread *thread, void *data)
{
        (void)data;
        kill(thread->tgid > 0 ? thread->tgid : thread->tid, SIGKILL);
        return true;
}

/* What is in the table is unreaped, so that no number in it can be a stranger's. What is not in it
 * yet, because its parent had just made it, is attached all the same: it is killed at its first
 * stop, before it runs. A process that was sent SIGKILL makes no more: fork(2) fails with a signal
 * pending. */
static void kill_all(struct monitor *m)
{
        m->ending = true;
        threads_all(m->threads, kill_process, NULL);
}

/* Rather than go on unrecorded or unheld: end all. */
static void end_run(struct monitor *m, int error)
{
        if (!m->error)
                m->error = error;
        kill_all(m);
}

static void check_record(struct monitor *m, int r)
{
        if (r)
                end_run(m, r);
}

/* ---- processes ---- */

static void record_process(struct monitor *m, struct process_info *info, struct thread *thread)
{
        struct tracee t = {.tid = thread->tid};
        char comm[sizeof(thread->comm)];

        if (tracee_comm(&t, comm, sizeof(comm)) > 0)
                memcpy(thread->comm, comm, sizeof(comm));
        info->tid = thread->tid;
        info->tgid = thread->tgid;
        info->comm = thread->comm;
        check_record(m, recorder_process(m->options->recorder, info));
}

static void forget_pending(struct thread *thread)
{
        free(thread->pending);
        thread->pending = NULL;
}

/* A call that never returned is recorded without a result. */
static void record_pending(struct monitor *m, struct thread *thread)
{
        if (!thread->pending)
                return;
        check_record(m, recorder_call(m->options->recorder, &thread->pending->event,
                                      &thread->pending->verdict));
        forget_pending(thread);
}

static void on_gone(struct monitor *m, struct thread *thread, int status)
{
        struct process_info info = {.what = PROCESS_EXIT, .status = status};
        bool is_first = thread->tid == m->options->pid;

        record_pending(m, thread);
        if (is_first) {
                m->status = status;
                jobs_first_is_gone(m->jobs);
        }
        if (thread->tid == thread->tgid && !thread->ours)
                record_process(m, &info, thread);
        jobs_set_group_stop(m->jobs, thread, 0);
        threads_remove(m->threads, thread->tid);
        if (is_first && m->options->policy->kill_stragglers)
                kill_all(m);
}

static struct thread *adopt(struct monitor *m, pid_t tid)
{
        struct thread *thread = threads_add(m->threads, tid);

        if (thread->tgid <= 0) {
                pid_t tgid = tracee_tgid_of(tid);

                thread->tgid = tgid > 0 ? tgid : tid;
        }
        return thread;
}

static void on_child(struct monitor *m, struct thread *parent)
{
        struct process_info info = {.what = PROCESS_FORK};
        unsigned long message;
        struct thread *child;

        if (tracee_event_message(parent->tid, &message))
                return;
        child = adopt(m, (pid_t)message);
        info.child = child->tid;
        if (child->tgid == child->tid)
                record_process(m, &info, parent);
}

/* When a thread that is not the leader executes a program, it takes the leader's number, and the
 * leader ends without a word: ptrace(2), "execve(2) under ptrace". */
static void take_over(struct monitor *m, struct thread *leader)
{
        unsigned long former;
        struct thread *old;

        if (tracee_event_message(leader->tid, &former) || (pid_t)former == leader->tid)
                return;
        old = threads_find(m->threads, (pid_t)former);
        if (!old)
                return;
        record_pending(m, leader);
        leader->pending = steal_pointer(&old->pending);
        jobs_set_group_stop(m->jobs, old, 0);
        threads_remove(m->threads, old->tid);
}

static void on_exec(struct monitor *m, struct thread *thread)
{
        char exe[OBJECT_PATH_MAX], argv[ARGV_SHOWN];
        struct process_info info = {.what = PROCESS_EXEC, .path = exe, .argv = argv};
        ssize_t len = tracee_exe(thread->tid, exe, sizeof(exe));

        thread->ours = false;
        take_over(m, thread);
        info.path_len = len < 0 ? 0 : (size_t)len;
        len = tracee_cmdline(thread->tid, argv, sizeof(argv));
        info.argv_len = len < 0 ? 0 : (size_t)len;
        record_process(m, &info, thread);
}

/* ---- calls: fetch, decode, decide, record, act ---- */

static bool is_exec(const struct call *call)
{
        return call && call_classes(call) & CLASS_BIT(CLASS_EXEC);
}

/* Of what is recorded: would the kernel refuse it, were stopgate not there? */
static bool is_backed(const struct monitor *m, const struct event *event,
                      const struct verdict *verdict)
{
        return verdict->action != ACTION_ALLOW && event->nobjects > verdict->object &&
               landlock_holds(m->options->landlock, verdict->class,
                              &event->objects[verdict->object]);
}

static bool wants_result(const struct monitor *m, const struct verdict *verdict)
{
        return m->options->policy->log_results && verdict->action == ACTION_LOG;
}

static enum resume await_result(struct thread *thread, const struct event *event,
                                const struct verdict *verdict)
{
        struct pending *pending = xcalloc(1, sizeof(*pending));

        pending->event = *event;
        pending->verdict = *verdict;
        forget_pending(thread);
        thread->pending = pending;
        return RESUME_RESULT;
}

/* A thread that was killed while it was looked at is no error, and makes no call: what could not be
 * found out about it is not for the record. */
static bool has_died(const struct tracee *t)
{
        struct tracee again = *t;

        return tracee_fetch(&again) == -ESRCH;
}

static enum resume on_call(struct monitor *m, struct thread *thread)
{
        struct tracee t = {.tid = thread->tid, .tgid = thread->tgid};
        struct event *event = &m->event;
        struct verdict verdict;
        int r = tracee_fetch(&t);

        if (r) {
                if (r != -ESRCH)
                        end_run(m, r);
                return RESUME_CONT;
        }
        /* Until the command is executed the calls are stopgate's own. */
        if (thread->ours && !is_exec(calls_by_number(t.arch, t.nr)))
                return RESUME_CONT;
        decode_call(&t, &m->decode, event);
        if (event->error && has_died(&t))
                return RESUME_CONT;
        memcpy(thread->comm, event->comm, sizeof(thread->comm));
        verdict = policy_decide(m->options->policy, event);
        verdict.backstop = is_backed(m, event, &verdict);
        if (!wants_result(m, &verdict))
                check_record(m, recorder_call(m->options->recorder, event, &verdict));
        /* If it cannot be refused it must not run. */
        r = act(&m->actor, &t, event, &verdict);
        if (r && r != -ESRCH)
                end_run(m, r);
        return wants_result(m, &verdict) ? await_result(thread, event, &verdict) : RESUME_CONT;
}

static void on_result(struct monitor *m, struct thread *thread)
{
        struct tracee t = {.tid = thread->tid};

        if (!thread->pending)
                return;
        if (!tracee_fetch_result(&t, &thread->pending->event.result))
                thread->pending->event.has |= EVENT_HAS_RESULT;
        record_pending(m, thread);
}

/* ---- the loop ---- */

static void resume_later(struct monitor *m, const struct thread *thread, enum resume how,
                         int signal)
{
        m->batch[m->nbatch++] = (struct resumption){thread->tid, how, signal};
}

static void on_stop(struct monitor *m, pid_t tid, int status)
{
        struct thread *thread;
        enum resume how;

        /* A child that stopgate's process had before it became stopgate is nothing of ours. */
        if (!WIFSTOPPED(status) && !threads_find(m->threads, tid))
                return;
        thread = adopt(m, tid);
        if (m->ending && WIFSTOPPED(status))
                kill_process(thread, NULL);
        how = thread->pending ? RESUME_RESULT : RESUME_CONT;
        switch (classify(status)) {
        case STOP_GONE:
                on_gone(m, thread, status);
                return;
        case STOP_CALL:
                how = on_call(m, thread);
                break;
        case STOP_RESULT:
                on_result(m, thread);
                how = RESUME_CONT;
                break;
        case STOP_CHILD:
                on_child(m, thread);
                break;
        case STOP_EXEC:
                on_exec(m, thread);
                how = thread->pending ? RESUME_RESULT : RESUME_CONT;
                break;
        case STOP_GROUP:
                jobs_set_group_stop(m->jobs, thread, WSTOPSIG(status));
                resume_later(m, thread, RESUME_LISTEN, 0);
                return;
        case STOP_TRAP:
                jobs_set_group_stop(m->jobs, thread, 0);
                break;
        case STOP_SIGNAL:
                jobs_note_delivery(m->jobs, thread, WSTOPSIG(status),
                                   tracee_signal_sender(thread->tid));
                resume_later(m, thread, how, WSTOPSIG(status));
                return;
        }
        resume_later(m, thread, how, 0);
}

static void finish_batch(struct monitor *m)
{
        check_record(m, recorder_flush(m->options->recorder));
        for (size_t i = 0; i < m->nbatch; i++) {
                const struct resumption *next = &m->batch[i];
                int r = tracee_resume(next->tid, next->how, next->signal);

                if (r && r != -ESRCH)
                        end_run(m, r);
        }
        m->nbatch = 0;
}

/* Returns false when no thread is left. tid 0: no other stop is ready. A child that is not ours may
 * live on, so its end is not awaited. */
static bool next_stop(struct monitor *m, pid_t *tid, int *status)
{
        while (m->nbatch < BATCH_MAX) {
                bool none = !threads_count(m->threads);

                *tid = waitpid(-1, status, __WALL | (m->nbatch || none ? WNOHANG : 0));
                if (*tid > 0)
                        return true;
                if (*tid == 0 && none)
                        return false;
                if (*tid == 0)
                        break;
                if (errno == ECHILD)
                        return false;
                jobs_settle(m->jobs);
        }
        *tid = 0;
        return true;
}

static void start(struct monitor *m, const struct monitor_options *options)
{
        struct thread *first;

        m->options = options;
        m->decode.data = options->policy->log_data;
        m->decode.descriptors = policy_refuses(options->policy, CLASS_OUTPUT);
        m->threads = threads_new();
        m->decode.processes = (struct process_lookup){processes_find, m->threads};
        m->actor = (struct actor){
                .denies = policy_denies(options->policy),
                .holds_processes = policy_holds_processes(options->policy),
                .threads = m->threads,
        };
        m->jobs = jobs_new(m->threads, options->pid, options->pidfd);
        first = threads_add(m->threads, options->pid);
        first->tgid = options->pid;
        first->ours = true;
}

int monitor_run(const struct monitor_options *options, int *status)
{
        struct monitor *m = xcalloc(1, sizeof(*m));
        int wait_status, error;
        pid_t tid;

        start(m, options);
        while (next_stop(m, &tid, &wait_status)) {
                if (tid > 0)
                        on_stop(m, tid, wait_status);
                if (tid > 0 && m->nbatch)
                        continue;
                finish_batch(m);
                jobs_settle(m->jobs);
        }
        check_record(m, recorder_flush(options->recorder));
        *status = m->status;
        error = m->error;
        jobs_free(m->jobs);
        threads_free(m->threads);
        free(m);
        return error;
}
