/* monitor.c: wait, classify the stop, dispatch, resume.
 *
 * All stops that are ready are handled before any thread is resumed: their records go out in one
 * write, and no call runs before its record is written. */
#include "monitor.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "affinity.h"
#include "audit_live.h"
#include "births.h"
#include "jobs.h"
#include "judge.h"
#include "order.h"
#include "pin.h"
#include "place.h"
#include "shares.h"
#include "threads.h"
#include "tracee.h"
#include "util.h"
#include "waits.h"

enum { BATCH_MAX = 256, ARGV_SHOWN = 4096 };

/* What a wait status means. What the caller owes the thread stands behind it. */
enum stop_kind {
        STOP_GONE,   /* the thread has ended: nothing */
        STOP_CALL,   /* at a call the filter stops: decide, resume */
        STOP_RESULT, /* that call returns: record, resume */
        STOP_CHILD,  /* has made a thread or process: note it, resume */
        STOP_EXEC,   /* has executed another program: note it, resume */
        STOP_END,    /* ends, and still has its memory: resume when nobody relies on that */
        STOP_GROUP,  /* its process is stopped by job control: listen */
        STOP_TRAP,   /* a new thread's first stop, or the end of a group stop: resume */
        STOP_SIGNAL  /* a signal is to be delivered: resume with it */
};

struct resumption {
        pid_t tid;
        bool sleeps, shows; /* from struct thread */
        enum resume how;
        int signal;
};

struct monitor {
        const struct monitor_options *options;
        struct order *order;   /* NULL: nothing is pinned */
        struct pins *pins;     /* NULL: the same */
        struct births *births; /* NULL: the same */
        struct affinity *affinity;
        struct judge *judge;
        struct threads *threads;
        struct jobs *jobs;
        bool ending; /* all are being killed, and whoever turns up late */
        int error;   /* why, if it is no end of its own: 0 or -errno */
        int status;
        bool executed;    /* the command itself: what ran before is stopgate's own code */
        pid_t ended;      /* process whose end is about to be reported, or 0, and what it wrote: */
        uint64_t written; /* bytes */
        struct resumption batch[BATCH_MAX];
        size_t nbatch;
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
        case PTRACE_EVENT_EXIT:
                return STOP_END;
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

static void end_on_error(struct monitor *m, int r)
{
        if (r)
                end_run(m, r);
}

/* ---- resuming ---- */

static void show_status(const struct monitor *m)
{
        const struct recorder *recorder = m->options->recorder;
        struct shown_name name;

        if (!status_is_due(m->options->status))
                return;
        judge_last_name(m->judge, &name);
        status_note(m->options->status, recorder_calls(recorder), recorder_refused(recorder),
                    name.bytes, name.len);
}

/* Who goes on, and not only to wait for another who does? */
static void plan_affinity(struct monitor *m)
{
        size_t n = 0;
        pid_t tid = 0;

        for (size_t i = 0; i < m->nbatch; i++) {
                if (m->batch[i].sleeps)
                        continue;
                tid = m->batch[i].tid;
                n++;
        }
        affinity_plan(m->affinity, n, tid);
}

/* SIGKILL frees whoever has stopped, but for one that ends: that is tried again. */
static void on_stuck(struct monitor *m, const struct resumption *next, int error)
{
        const struct thread *thread = threads_find(m->threads, next->tid);

        end_run(m, error);
        if (thread && thread->ends)
                (void)tracee_resume(next->tid, RESUME_CONT, 0);
}

static void finish_batch(struct monitor *m)
{
        end_on_error(m, recorder_flush(m->options->recorder));
        show_status(m);
        plan_affinity(m);
        for (size_t i = 0; i < m->nbatch; i++) {
                const struct resumption *next = &m->batch[i];
                int r = affinity_resume(m->affinity, next->tid, next->how, next->signal,
                                        next->shows);

                if (r && r != -ESRCH)
                        on_stuck(m, next, r);
        }
        m->nbatch = 0;
}

static void resume_later(struct monitor *m, struct thread *thread, enum resume how, int signal)
{
        if (how == RESUME_NOT_YET)
                return;
        if (m->order && how != RESUME_LISTEN) {
                if (!order_may_resume(m->order, thread, how, signal))
                        return;
                order_resumed(m->order, thread);
        }
        if (thread->ends)
                shares_ends(m->threads, thread);
        if (m->nbatch == BATCH_MAX)
                finish_batch(m);
        m->batch[m->nbatch++] = (struct resumption){
                .tid = thread->tid,
                .sleeps = thread->sleeps,
                .shows = thread->shows,
                .how = how,
                .signal = signal,
        };
        thread->sleeps = thread->shows = false;
}

/* ---- threads ---- */

static void remove_thread(struct monitor *m, struct thread *thread)
{
        jobs_set_group_stop(m->jobs, thread, 0);
        shares_gone(m->threads, thread);
        if (m->order) {
                births_drop(m->births, thread);
                order_drop(m->order, thread);
                pins_drop(m->pins, thread);
        }
        if (thread->io)
                close(thread->io);
        threads_remove(m->threads, thread->tid);
}

/* ---- processes ---- */

static void record_process(struct monitor *m, struct process_info *info, struct thread *thread)
{
        if (info->what != PROCESS_EXIT)
                threads_look_at_name(thread);
        info->tid = thread->tid;
        info->tgid = thread->tgid;
        info->comm = thread->comm;
        end_on_error(m, recorder_process(m->options->recorder, info));
        audit_process(m->options->audit, info);
}

struct search {
        const struct thread *leader, *found;
};

static bool find_other(const struct thread *thread, void *data)
{
        struct search *search = data;

        if (thread->tgid == search->leader->tgid && thread != search->leader)
                search->found = thread;
        return !search->found;
}

/* A process is told of as gone when its other threads are. Who is known still has executed a
 * program, taken the leader's number, and been killed before that was told. */
static void forget_others(struct monitor *m, const struct thread *leader)
{
        struct search search = {.leader = leader};

        while (!threads_all(m->threads, find_other, &search)) {
                struct thread *other = threads_find(m->threads, search.found->tid);

                judge_drop(m->judge, other, true);
                remove_thread(m, other);
                search.found = NULL;
        }
}

static void on_gone(struct monitor *m, struct thread *thread, int status)
{
        struct process_info info = {.what = PROCESS_EXIT, .status = status};
        bool is_first = thread->tid == m->options->pid;

        if (thread->tid == thread->tgid)
                forget_others(m, thread);
        judge_drop(m->judge, thread, WIFSIGNALED(status));
        if (is_first) {
                m->status = status;
                jobs_first_is_gone(m->jobs);
        }
        info.has_written = m->ended == thread->tid;
        info.written = m->written;
        if (thread->tid == thread->tgid && !thread->ours)
                record_process(m, &info, thread);
        remove_thread(m, thread);
        if (is_first && m->options->policy->kill_stragglers)
                kill_all(m);
}

static void watch_written(const struct monitor *m, struct thread *process)
{
        int io = m->options->audit && !process->io ? tracee_open_io(process->tid) : -1;

        if (io >= 0 && may_stay_open(io))
                process->io = io;
        else if (io >= 0)
                close(io);
}

static struct thread *adopt(struct monitor *m, pid_t tid)
{
        struct thread *thread = threads_add(m->threads, tid);

        if (thread->tgid <= 0) {
                pid_t tgid = tracee_tgid_of(tid);

                thread->tgid = tgid > 0 ? tgid : tid;
                if (thread->tgid == tid)
                        watch_written(m, thread);
        }
        return thread;
}

/* It ran and ended before its parent's stop was seen, and stands in no table any more. */
static void on_late_child(struct monitor *m, struct thread *parent, struct process_info *info,
                          bool is_process)
{
        affinity_born(m->affinity, parent->tid, info->child);
        if (is_process)
                record_process(m, info, parent);
}

static void on_child(struct monitor *m, struct thread *parent, int event)
{
        struct process_info info = {.what = PROCESS_FORK};
        unsigned long message;
        struct thread *child;

        if (tracee_event_message(parent->tid, event, &message))
                return;
        info.child = (pid_t)message;
        if (!threads_find(m->threads, info.child) && !tracee_is_attached(info.child)) {
                on_late_child(m, parent, &info, event != PTRACE_EVENT_CLONE);
                return;
        }
        child = adopt(m, info.child);
        affinity_born(m->affinity, parent->tid, child->tid);
        if (m->order && births_told(m->births, parent, child, event == PTRACE_EVENT_VFORK))
                resume_later(m, child, RESUME_CONT, 0);
        if (child->tgid == child->tid)
                record_process(m, &info, parent);
        if (!*child->comm)
                memcpy(child->comm, parent->comm, sizeof(child->comm));
}

/* When a thread that is not the leader executes a program, it takes the leader's number, and the
 * leader ends without a word: ptrace(2), "execve(2) under ptrace". Whatever the leader did, waited
 * for or was asked to wait for is over. */
static void take_over(struct monitor *m, struct thread *leader)
{
        unsigned long former;
        struct thread *old;

        if (tracee_event_message(leader->tid, PTRACE_EVENT_EXEC, &former) ||
            (pid_t)former == leader->tid)
                return;
        judge_drop(m->judge, leader, true);
        leader->ends = leader->waits = false;
        leader->vforked = 0;
        jobs_set_group_stop(m->jobs, leader, 0);
        if (m->order)
                order_leave(m->order, leader);
        old = threads_find(m->threads, (pid_t)former);
        if (!old)
                return;
        leader->pending = steal_pointer(&old->pending);
        shares_take_over(leader, old);
        remove_thread(m, old);
}

static void on_exec(struct monitor *m, struct thread *thread)
{
        char exe[OBJECT_PATH_MAX], argv[ARGV_SHOWN];
        struct process_info info = {.what = PROCESS_EXEC, .path = exe, .argv = argv};
        ssize_t len = tracee_exe(thread->tid, exe, sizeof(exe));
        int r = tracee_tells(thread->tid);

        thread->ours = false;
        m->executed = true;
        /* Before the command's first instruction: can its calls be told? */
        end_on_error(m, r == -ESRCH ? 0 : r);
        if (m->order)
                pins_exec(m->pins, thread);
        take_over(m, thread);
        if (m->order) {
                shares_executed(m->threads, thread);
                tracee_watch_end(thread->tid, false);
                thread->watched = false;
        }
        info.path_len = len < 0 ? 0 : (size_t)len;
        len = tracee_cmdline(thread->tid, argv, sizeof(argv));
        info.argv_len = len < 0 ? 0 : (size_t)len;
        record_process(m, &info, thread);
        judge_program(m->judge, thread);
        end_on_error(m, judge_error(m->judge));
}

/* ---- the loop ---- */

static bool is_early(const struct monitor *m, struct thread *thread)
{
        return m->order && births_is_early(m->births, thread);
}

static enum resume on_call(struct monitor *m, struct thread *thread)
{
        enum resume how = judge_call(m->judge, thread);

        end_on_error(m, judge_error(m->judge));
        return how;
}

static enum resume on_result(struct monitor *m, struct thread *thread)
{
        enum resume how = judge_result(m->judge, thread);

        end_on_error(m, judge_error(m->judge));
        return how;
}

static void let_end(struct monitor *m, struct thread *thread)
{
        /* Its child may have ended since it asked for the turn. */
        bool claims = shares_is_relied_on(thread) || order_has_turn(m->order, thread);

        if (!claims || order_claim_end(m->order, thread))
                resume_later(m, thread, RESUME_CONT, 0);
}

/* It is being killed, perhaps, and was in the middle of something. */
static void on_end(struct monitor *m, struct thread *thread)
{
        thread->ends = true;
        jobs_set_group_stop(m->jobs, thread, 0);
        order_leave(m->order, thread);
        if (!is_early(m, thread))
                let_end(m, thread);
}

static void let_begin(struct monitor *m, struct thread *thread)
{
        if (order_waits(m->order, thread) || !order_claim(m->order, thread, CLEAR_FLIGHTS))
                return;
        order_end_turn(m->order, thread);
        thread->begins = false;
        resume_later(m, thread, RESUME_CONT, 0);
}

static void on_turn(struct monitor *m, struct thread *thread)
{
        if (thread->ends)
                let_end(m, thread);
        else if (thread->begins)
                let_begin(m, thread);
        else
                resume_later(m, thread, on_call(m, thread), 0);
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
        if (m->order)
                order_stopped(m->order, thread);
        how = judge_goes_on(thread);
        switch (classify(status)) {
        case STOP_GONE:
                on_gone(m, thread, status);
                return;
        case STOP_CALL:
                how = on_call(m, thread);
                break;
        case STOP_RESULT:
                how = on_result(m, thread);
                break;
        case STOP_CHILD:
                thread->sleeps = status >> 16 == PTRACE_EVENT_VFORK;
                on_child(m, thread, status >> 16);
                break;
        case STOP_EXEC:
                on_exec(m, thread);
                how = judge_goes_on(thread);
                break;
        case STOP_END:
                on_end(m, thread);
                return;
        case STOP_GROUP:
                if (m->order)
                        shares_watch_end(thread); /* PTRACE_LISTEN takes no options */
                jobs_set_group_stop(m->jobs, thread, WSTOPSIG(status));
                resume_later(m, thread, RESUME_LISTEN, 0);
                return;
        case STOP_TRAP:
                waits_go_on(thread, 0);
                jobs_set_group_stop(m->jobs, thread, 0);
                if (is_early(m, thread))
                        return;
                if (thread->vforker)
                        shares_watch_end(thread);
                break;
        case STOP_SIGNAL:
                jobs_note_delivery(m->jobs, thread, WSTOPSIG(status),
                                   tracee_signal_sender(thread->tid));
                waits_go_on(thread, WSTOPSIG(status));
                resume_later(m, thread, how, WSTOPSIG(status));
                return;
        }
        resume_later(m, thread, how, 0);
}

/* After a turn, or when its way has become clear: who goes on. */
static void advance(struct monitor *m)
{
        struct thread *thread;
        enum resume how;
        int signal;

        if (!m->order)
                return;
        while ((thread = order_kept(m->order, &how, &signal)))
                resume_later(m, thread, how, signal);
        if ((thread = order_ready(m->order)))
                on_turn(m, thread);
        while ((thread = order_next(m->order)))
                on_turn(m, thread);
}

static void on_tick(struct monitor *m)
{
        struct thread *thread;

        if (!m->order)
                return;
        order_tick(m->order);
        while ((thread = births_overdue(m->births)))
                let_begin(m, thread);
}

static void note_written(struct monitor *m, pid_t tid)
{
        const struct thread *process = threads_find(m->threads, tid);
        cleanup_fd int io = -1;

        if (!process)
                return;
        if (!process->io)
                io = tracee_open_io(tid);
        if (!tracee_written(process->io ? process->io : io, &m->written))
                m->ended = tid;
}

/* As waitpid(2) of all; but what a process has written is asked while it can still be: until it is
 * reaped. */
static pid_t wait_for_stop(struct monitor *m, int *status, int flags)
{
        siginfo_t info = {0};

        m->ended = 0;
        if (!m->options->audit)
                return waitpid(-1, status, __WALL | flags);
        if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL | flags))
                return -1;
        if (info.si_pid == 0)
                return 0;
        if (info.si_code != CLD_STOPPED && info.si_code != CLD_TRAPPED)
                note_written(m, info.si_pid);
        return waitpid(info.si_pid, status, __WALL);
}

/* Returns false when no thread is left. tid 0: no other stop is ready. A child that is not ours may
 * live on, so its end is not awaited. */
static bool next_stop(struct monitor *m, pid_t *tid, int *status)
{
        while (m->nbatch < BATCH_MAX && !(m->nbatch && affinity_keeps(m->affinity))) {
                bool none = !threads_count(m->threads);

                *tid = wait_for_stop(m, status, m->nbatch || none ? WNOHANG : 0);
                if (*tid > 0)
                        return true;
                if (*tid == 0 && none)
                        return false;
                if (*tid == 0)
                        break;
                if (errno == ECHILD) {
                        /* Then what is known to live cannot be followed. */
                        if (!none && !m->error)
                                m->error = -ECHILD;
                        return false;
                }
                jobs_settle(m->jobs);
                on_tick(m);
                break;
        }
        *tid = 0;
        return true;
}

static void start(struct monitor *m, const struct monitor_options *options)
{
        struct thread *first;

        m->options = options;
        raise_descriptor_limit();
        place_keep_names();
        m->affinity = affinity_new("/proc/loadavg");
        m->threads = threads_new();
        m->jobs = jobs_new(m->threads, options->pid, options->pidfd, options->status);
        first = threads_add(m->threads, options->pid);
        first->tgid = options->pid;
        first->ours = true;
        shares_first(first);
        watch_written(m, first);
        if (policy_pins(options->policy)) {
                m->order = order_new(m->threads);
                m->pins = pins_new(m->threads);
                m->births = births_new(m->threads, m->order, m->pins);
        }
        m->judge = judge_new(&(struct judge_options){
                .policy = options->policy,
                .recorder = options->recorder,
                .audit = options->audit,
                .landlock = options->landlock,
                .threads = m->threads,
                .order = m->order,
                .pins = m->pins,
                .status = options->status,
        });
}

int monitor_run(const struct monitor_options *options, int *status, bool *executed)
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
                do {
                        finish_batch(m);
                        advance(m);
                } while (m->nbatch);
                jobs_settle(m->jobs);
        }
        status_hide(options->status);
        end_on_error(m, recorder_flush(options->recorder));
        *status = m->status;
        *executed = m->executed;
        error = m->error;
        jobs_free(m->jobs);
        judge_free(m->judge);
        affinity_free(m->affinity);
        births_free(m->births);
        order_free(m->order);
        pins_free(m->pins);
        threads_free(m->threads);
        free(m);
        return error;
}
