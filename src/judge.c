/* judge.c: what becomes of one call: fetch, decode, decide, record, act. */
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "act.h"
#include "audit_live.h"
#include "decode.h"
#include "exposure.h"
#include "filter.h"
#include "names.h"
#include "pending.h"
#include "place.h"
#include "processes.h"
#include "program.h"
#include "shares.h"
#include "tracee.h"
#include "util.h"

struct judge {
        struct judge_options options;
        struct outlets outlets;
        struct decode_options decode;
        struct actor actor;
        bool trusts_memory; /* from policy_trusts_memory() */
        bool checks_programs;
        bool roots; /* some thread may have got another root directory */
        int error;
        struct event event;
};

static void fail(struct judge *j, int error)
{
        if (error && !j->error)
                j->error = error;
}

static void end_turn(const struct judge *j, struct thread *thread)
{
        if (j->options.order)
                order_end_turn(j->options.order, thread);
}

/* ---- calls: fetch, decode, decide, record, act ---- */

static bool is_exec(const struct call *call)
{
        return call && call_classes(call) & CLASS_BIT(CLASS_EXEC);
}

/* Of what is recorded: would the kernel refuse it, were stopgate not there? */
static bool is_backed(const struct judge *j, const struct event *event,
                      const struct verdict *verdict)
{
        return verdict->action != ACTION_ALLOW && event->nobjects > verdict->object &&
               landlock_holds(j->options.landlock, verdict->class,
                              &event->objects[verdict->object]);
}

/* A thread that was killed while it was looked at is no error, and makes no call: what could not be
 * found out about it is not for the record. */
static bool has_died(const struct tracee *t)
{
        struct tracee again = *t;

        return tracee_fetch(&again) == -ESRCH;
}

static bool removes_link(const struct event *event)
{
        for (unsigned i = 0; i < event->nasks; i++)
                if (event->asks[i].class == CLASS_DELETE &&
                    event->objects[event->asks[i].object].link)
                        return true;
        return false;
}

static bool may_turn(const struct event *event)
{
        pid_t tid;

        return event->call->turns == TURNS_NAMES ||
               (event->call->turns == TURNS_LINKS && removes_link(event)) ||
               exposure_opens_memory(event, &tid);
}

static bool may_create(const struct event *event)
{
        for (size_t i = 0; i < ARRAY_SIZE(event->call->args); i++)
                if (event->call->args[i].use == USE_CREAT)
                        return true;
        return event->has & EVENT_HAS_FLAGS && event->flag_names == open_flag_names &&
               event->flags & O_CREAT;
}

/* It opens what is there, and may not make what is not: nobody must take it away until then. */
static bool needs_it_there(const struct judge *j, const struct event *event)
{
        const struct object *object = &event->objects[0];

        if (!event->nobjects || !object->exists || !may_create(event))
                return false;
        return action_refuses(
                policy_judge(j->options.policy, CLASS_CREATE, object, event->tgid).action);
}

/* Its number is another terminal's as soon as the master is closed. */
static bool needs_its_master(const struct event *event)
{
        for (unsigned i = 0; i < event->nobjects; i++)
                if (event->objects[i].held & HELD_MASTER)
                        return true;
        return false;
}

/* Who may write to the memory of a thread may change what it asks for. */
static void note_memory(struct judge *j, const struct event *event)
{
        struct thread *thread;
        pid_t tid;

        if (!j->options.order || !exposure_opens_memory(event, &tid))
                return;
        thread = threads_find(j->options.threads, tid);
        if (thread)
                shares_set_written(thread);
}

static enum resume run_call(struct judge *j, struct thread *thread, int nr)
{
        if (!j->options.order)
                return RESUME_CONT;
        return order_run(j->options.order, thread, nr) ? RESUME_RESULT : judge_goes_on(thread);
}

/* It stops only so that it does not run at the same time as others. */
static enum resume run_in_turn(struct judge *j, struct thread *thread, const struct tracee *t)
{
        if (threads_count(j->options.threads) > 1 &&
            !order_claim(j->options.order, thread, CLEAR_FLIGHTS))
                return RESUME_NOT_YET;
        return run_call(j, thread, t->nr);
}

/* ---- so that what was judged is what runs ---- */

enum way {
        WAY_CLEAR,    /* nobody can change the call: it may run */
        WAY_LATER,    /* it stays where it is, and is judged anew */
        WAY_PREPARING /* the thread makes other calls first, and is judged anew */
};

static enum way wait_for(struct judge *j, struct thread *thread, unsigned clear)
{
        return !clear || order_claim(j->options.order, thread, clear) ? WAY_CLEAR : WAY_LATER;
}

/* It is given the copy on its own stack; 0 or -errno. */
static int pin_on_stack(struct judge *j, struct thread *thread, const struct tracee *t,
                        const struct event *event)
{
        struct tracee_reads reads = {.n = 1};
        struct pin_area area;
        int r = pin_stack_area(t, event, &area);

        if (r)
                return r;
        reads.at[0].addr = area.start;
        reads.at[0].len = (size_t)(area.end - area.start);
        return exposure_is_private(thread, t, &reads)
                       ? pin_run(j->options.pins, t, thread, event, PIN_STACK)
                       : -ENOTSUP;
}

/* It is given the copy in a slot; 0, 1 if there are no slots yet and it makes them, or -errno. */
static int pin_in_slot(struct judge *j, struct thread *thread, const struct tracee *t,
                       const struct event *event)
{
        int r = pin_can_copy(event->call) ? pins_prepare(j->options.pins, t, thread) : -ENOTSUP;

        return r ? r : pin_run(j->options.pins, t, thread, event, PIN_MEMFD);
}

static int pin_call(struct judge *j, struct thread *thread, const struct tracee *t,
                    const struct event *event, enum exposure exposure)
{
        if (exposure == EXPOSED_AS_TEXT)
                return pin_on_stack(j, thread, t, event);
        return pin_in_slot(j, thread, t, event);
}

/* Who is stopped for a call that only they could change. */
static unsigned clear_for(const struct event *event, enum exposure exposure)
{
        bool may_not_sleep = event->call->late && exposure_can_be_led(event);

        return (exposure == EXPOSED_TO_SHARERS ? CLEAR_SHARERS : CLEAR_ALL) |
               (may_not_sleep ? CLEAR_TO_THE_END : 0);
}

/* A copy is cheaper than to stop others; but once they are asked to stop it has shown that none
 * will do. */
static enum way make_safe(struct judge *j, struct thread *thread, const struct tracee *t,
                          const struct event *event)
{
        enum exposure exposure =
                exposure_of(j->options.threads, thread, t, event, j->trusts_memory);
        int r = -ENOTSUP;

        if (exposure == EXPOSED_TO_NOBODY)
                return WAY_CLEAR;
        if (!order_holds_others(j->options.order, thread))
                r = pin_call(j, thread, t, event, exposure);
        if (r > 0)
                return WAY_PREPARING;
        if (r != -ENOTSUP) {
                /* If not 0 it is neither pinned nor as it was, and must not run. */
                fail(j, r == -ESRCH ? 0 : r);
                return WAY_CLEAR;
        }
        return wait_for(j, thread, clear_for(event, exposure));
}

/* Whoever is the only thread of the run is in nobody's way. */
static enum way find_way(struct judge *j, struct thread *thread, const struct tracee *t,
                         const struct event *event)
{
        enum way way;

        if (!j->options.order || !event->call || threads_count(j->options.threads) == 1)
                return WAY_CLEAR;
        way = wait_for(j, thread, may_turn(event) ? CLEAR_FLIGHTS : 0);
        if (way != WAY_CLEAR || !policy_pins_call(j->options.policy, event->call))
                return way;
        return needs_it_there(j, event) || needs_its_master(event) ? wait_for(j, thread, CLEAR_ALL)
                                                                   : make_safe(j, thread, t, event);
}

static enum resume let_run(struct judge *j, struct thread *thread, const struct tracee *t,
                           const struct event *event, const struct verdict *verdict)
{
        enum resume how;

        note_memory(j, event);
        thread->executes = is_exec(event->call);
        how = run_call(j, thread, pin_number(thread, t->nr));
        if (!pending_wanted(&j->outlets, event, verdict))
                return how;
        pending_await(&j->outlets, thread, t, event, verdict);
        return RESUME_RESULT;
}

/* Its turn, if it has it, is for later. */
static enum resume prepare(const struct judge *j, struct thread *thread)
{
        end_turn(j, thread);
        return RESUME_RESULT;
}

/* /proc/PID/status has the CPUs that a thread may use: proc(5). */
static bool shows_cpus(const struct event *event)
{
        static const char proc[] = "/proc/";

        return event->nobjects && !strncmp(event->objects[0].path, proc, sizeof(proc) - 1);
}

static enum resume judge_fetched(struct judge *j, struct thread *thread, struct tracee *t)
{
        struct event *event = &j->event;
        struct verdict verdict;
        enum way way;
        bool runs;
        int r;

        decode_call(t, &j->decode, event);
        if (event->error && has_died(t)) {
                end_turn(j, thread);
                return RESUME_CONT;
        }
        thread->shows |= shows_cpus(event);
        verdict = policy_decide(j->options.policy, event);
        runs = act_lets_run(&j->actor, event, &verdict);
        way = runs ? find_way(j, thread, t, event) : WAY_CLEAR;
        if (way != WAY_CLEAR)
                return way == WAY_LATER ? RESUME_NOT_YET : prepare(j, thread);
        verdict.backstop = is_backed(j, event, &verdict);
        if (verdict.action != ACTION_ALLOW || j->options.audit)
                threads_look_at_name(thread);
        memcpy(event->comm, thread->comm, sizeof(event->comm));
        fail(j, pending_record(&j->outlets, event, &verdict));
        /* If it cannot be refused it must not run. */
        r = act(&j->actor, t, event, &verdict);
        if (r != -ESRCH)
                fail(j, r);
        if (runs)
                return let_run(j, thread, t, event, &verdict);
        end_turn(j, thread);
        if (!pending_wanted(&j->outlets, event, &verdict))
                return RESUME_CONT;
        pending_await(&j->outlets, thread, t, event, &verdict);
        return RESUME_RESULT;
}

/* A thread has its parent's root, unless it was made in a mount namespace of its own: one look at
 * each is enough, until one makes a call that could change it. */
static bool has_same_root(const struct judge *j, struct thread *thread, const struct tracee *t)
{
        if (!j->roots && !thread->root_seen) {
                thread->same_root = !tracee_has_other_root(t);
                thread->root_seen = true;
        }
        return !j->roots && thread->same_root;
}

/* It stops only for stopgate to know of it, and now it does. */
static bool is_noted(const struct judge *j, const struct call *call, const struct tracee *t)
{
        return call && call->note != NOTE_NOTHING && !policy_stops(j->options.policy, call) &&
               !policy_orders(j->options.policy, call) && calls_guard(call, t->args) == GUARD_NONE;
}

/* Calls that would take pinned arguments away, or the means to pin any. True: it is done with. */
static bool is_guarded(struct judge *j, struct thread *thread, const struct tracee *t,
                       enum resume *how)
{
        int r;

        if (!j->options.pins || thread->ours)
                return false;
        if (pins_guards(j->options.pins, t, thread)) {
                r = tracee_refuse(t, -EPERM);
                fail(j, r == -ESRCH ? 0 : r);
                *how = RESUME_CONT;
                return true;
        }
        *how = RESUME_RESULT;
        return pins_wants_room(t) && pins_prepare(j->options.pins, t, thread) == 1;
}

enum resume judge_call(struct judge *j, struct thread *thread)
{
        struct tracee_reads reads = {0};
        struct tracee t = {.tid = thread->tid,
                           .tgid = thread->tgid,
                           .reads = j->options.order ? &reads : NULL};
        const struct call *call;
        enum resume how;
        int r = tracee_fetch(&t);

        if (r) {
                fail(j, r == -ESRCH ? 0 : r);
                end_turn(j, thread);
                return RESUME_CONT;
        }
        call = calls_by_number(t.arch, t.nr);
        /* Until the command is executed the calls are stopgate's own. */
        if (thread->ours && !is_exec(call))
                return RESUME_CONT;
        fail(j, pending_settle(&j->outlets, thread, &t));
        if (j->options.status && filter_hands_over_terminal(call, t.args)) {
                status_yield(j->options.status);
                return RESUME_CONT;
        }
        j->roots |= call && call->note == NOTE_ROOT;
        thread->shows = call && call->note == NOTE_CPUS;
        if (is_noted(j, call, &t))
                return RESUME_CONT;
        t.same_root = has_same_root(j, thread, &t);
        if (j->options.order && order_waits(j->options.order, thread))
                return RESUME_NOT_YET;
        if (is_guarded(j, thread, &t, &how))
                return how;
        if (j->options.order && call && call->turns != TURNS_NOTHING &&
            !policy_stops(j->options.policy, call))
                return run_in_turn(j, thread, &t);
        return judge_fetched(j, thread, &t);
}

enum resume judge_goes_on(const struct thread *thread)
{
        return pending_awaits(thread) || pin_awaits(thread) ? RESUME_RESULT : RESUME_CONT;
}

/* It slept while those were stopped who could lead it elsewhere, and perhaps it was for them that
 * it waited. */
static int answer_cut_short(const struct judge *j, const struct thread *thread)
{
        struct tracee t = {.tid = thread->tid};
        int64_t result;
        int r;

        if (!j->options.order || !order_was_cut_short(j->options.order, thread))
                return 0;
        r = tracee_fetch_result(&t, &result);
        if (r || (result != -EINTR && !tracee_is_interrupted(result)))
                return r;
        return tracee_set_result(&t, -EAGAIN);
}

enum resume judge_result(struct judge *j, struct thread *thread)
{
        int r = 0;

        if (pins_prepares(thread))
                return pins_step(j->options.pins, thread);
        if (pin_awaits(thread))
                r = pin_end(j->options.pins, thread);
        if (pin_awaits(thread))
                return RESUME_RESULT;
        if (!r)
                r = answer_cut_short(j, thread);
        end_turn(j, thread);
        fail(j, r < 0 && r != -ESRCH ? r : 0);
        if (r == PIN_AGAIN || r == PIN_HOLD)
                pending_forget(thread);
        fail(j, pending_return(&j->outlets, thread));
        return RESUME_CONT;
}

/* ---- programs ---- */

static void kill_for(struct judge *j, const struct thread *thread, const struct verdict *verdict)
{
        j->event.call = calls_by_name("execve");
        j->event.tid = thread->tid;
        j->event.tgid = thread->tgid;
        memcpy(j->event.comm, thread->comm, sizeof(j->event.comm));
        fail(j, recorder_call(j->options.recorder, &j->event, verdict));
        audit_call(j->options.audit, &j->event, verdict);
        kill(thread->tgid, SIGKILL);
}

/* The names were judged before the kernel read the file: by now a script may name another
 * interpreter. */
void judge_program(struct judge *j, struct thread *thread)
{
        struct tracee t = {.tid = thread->tid, .tgid = thread->tgid};
        struct object *object = &j->event.objects[0];
        struct verdict verdict;

        end_turn(j, thread);
        if (!j->checks_programs)
                return;
        cleanup_fd int exe = tracee_open_exe(&t);
        memset(&j->event, 0, offsetof(struct event, objects));
        memset(object, 0, offsetof(struct object, path));
        if (exe < 0 || place_name_near(exe, object))
                return;
        j->event.nobjects = 1;
        program_add_scripts(&t, exe, &j->event);
        for (unsigned i = 0; i < j->event.nobjects; i++) {
                verdict = policy_judge(j->options.policy, CLASS_EXEC, &j->event.objects[i],
                                       thread->tgid);
                if (!action_refuses(verdict.action))
                        continue;
                verdict.object = i;
                verdict.action = verdict.would = ACTION_KILL;
                kill_for(j, thread, &verdict);
                return;
        }
}

/* ---- its life ---- */

void judge_drop(struct judge *j, struct thread *thread, bool killed)
{
        fail(j, pending_end(&j->outlets, thread, killed));
}

void judge_last_name(const struct judge *j, struct shown_name *name)
{
        record_path(&j->event, name);
}

int judge_error(const struct judge *j)
{
        return j->error;
}

struct judge *judge_new(const struct judge_options *options)
{
        const struct policy *policy = options->policy;
        struct judge *j = xcalloc(1, sizeof(*j));

        j->options = *options;
        j->outlets = (struct outlets){policy, options->recorder, options->audit};
        j->decode.data = policy->log_data;
        j->decode.descriptors = policy_refuses(policy, CLASS_OUTPUT);
        j->decode.processes = (struct process_lookup){processes_find, options->threads};
        j->actor = (struct actor){
                .denies = policy_denies(policy),
                .holds_processes = policy_holds_processes(policy),
                .threads = options->threads,
        };
        j->trusts_memory = policy_trusts_memory(policy);
        j->checks_programs = options->order && policy_refuses(policy, CLASS_EXEC) &&
                             policy_polices(policy, calls_by_name("execve"));
        return j;
}

void judge_free(struct judge *j)
{
        free(j);
}
