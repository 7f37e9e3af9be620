/* act.c: what is done about a call that was judged. Does as it is told, and judges nothing. */
#include "act.h"

#include <errno.h>
#include <signal.h>

#include "processes.h"
#include "util.h"

enum { WRITE_MAX = 0x7ffff000 /* MAX_RW_COUNT: write(2) transfers no more at once */ };

/* Does the kernel answer so to anybody? The thread may have fewer rights than stopgate, so it gives
 * its own answer. Any other error is stopgate's: beyond it the thread might see what stopgate
 * cannot judge. */
static bool fails_for_all(int error)
{
        static const int errors[] = {-ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG,
                                     -EISDIR, -EINVAL,  -EBADF};

        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                if (error == errors[i])
                        return true;
        }
        return false;
}

/* A call that is aimed at processes of the run is made by the thread itself, unless it would reach
 * more than was judged: a group has members outside; what a pidfd leads to another thread may
 * change until then (dup2); a number that is nobody's now may be a stranger's soon. */
static bool is_done_for_it(const struct event *event)
{
        const struct object *object = &event->objects[0];
        bool signals = event->has & EVENT_HAS_SIGNAL;

        return object->standing == STANDS_NOWHERE ||
               (signals && (object->standing == STANDS_ON_BOTH ||
                            event->call->args[0].number == NUMBER_PIDFD));
}

static int do_for_it(const struct actor *actor, const struct tracee *t, const struct event *event)
{
        enum { PIDFD_INFO = 2 };
        const struct object *object = &event->objects[0];
        bool pidfd = event->call->args[0].number == NUMBER_PIDFD;

        if (object->standing == STANDS_NOWHERE)
                return -ESRCH;
        return processes_signal(actor->threads, t, object, event->signal,
                                pidfd ? t->args[PIDFD_INFO] : 0);
}

/* What cannot succeed, and stopgate knows better than the kernel would. */
static bool is_answered(const struct actor *actor, const struct event *event)
{
        return event->error && !event->undecodable && actor->denies && !fails_for_all(event->error);
}

static bool is_aimed(const struct actor *actor, const struct event *event)
{
        return actor->holds_processes && event->nobjects &&
               event->objects[0].kind == OBJECT_PROCESS && is_done_for_it(event);
}

bool act_lets_run(const struct actor *actor, const struct event *event,
                  const struct verdict *verdict)
{
        return (verdict->action == ACTION_ALLOW || verdict->action == ACTION_LOG) &&
               !is_answered(actor, event) && !is_aimed(actor, event);
}

static int let_run(const struct actor *actor, struct tracee *t, const struct event *event)
{
        enum { SENDMMSG_VLEN = 2 };

        if (is_aimed(actor, event))
                return tracee_refuse(t, do_for_it(actor, t, event));
        if (is_answered(actor, event))
                return tracee_refuse(t, event->error);
        if (!event->first_only)
                return 0;
        int r = tracee_set_arg(t, SENDMMSG_VLEN, 1);

        return r ? tracee_refuse(t, r) : 0;
}

static int discard(const struct tracee *t, const struct event *event)
{
        uint64_t count = event->count < WRITE_MAX ? event->count : WRITE_MAX;

        return tracee_refuse(t, event->error ? event->error : (int64_t)count);
}

int act(const struct actor *actor, struct tracee *t, const struct event *event,
        const struct verdict *verdict)
{
        int r;

        switch (verdict->action) {
        case ACTION_ALLOW:
        case ACTION_LOG:
                return let_run(actor, t, event);
        case ACTION_DISCARD:
                return discard(t, event);
        case ACTION_DENY:
                return tracee_refuse(t, -verdict->err);
        case ACTION_KILL:
                r = tracee_refuse(t, -verdict->err);
                kill(t->tgid, SIGKILL);
                return r;
        }
        return tracee_refuse(t, -EPERM);
}
