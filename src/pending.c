/* pending.c: calls whose results are recorded. See pending.h. */
#include "pending.h"

#include <errno.h>

#include "audit_live.h"
#include "util.h"

struct pending {
        struct event event;
        struct verdict verdict;
        bool records;       /* no record has been made of it yet */
        bool interrupted;   /* by a signal: it is made again, or fails */
        struct tracee call; /* as it was made */
};

void pending_forget(struct thread *thread)
{
        free(thread->pending);
        thread->pending = NULL;
}

/* Of what is recorded once it has returned, no record is made before. */
static bool records_result(const struct outlets *outlets, const struct verdict *verdict)
{
        return outlets->policy->log_results && verdict->action == ACTION_LOG;
}

bool pending_wanted(const struct outlets *outlets, const struct event *event,
                    const struct verdict *verdict)
{
        return records_result(outlets, verdict) ||
               audit_wants_result(outlets->audit, event, verdict);
}

int pending_record(const struct outlets *outlets, const struct event *event,
                   const struct verdict *verdict)
{
        int r = records_result(outlets, verdict) ? 0
                                                 : recorder_call(outlets->recorder, event, verdict);

        if (pending_wanted(outlets, event, verdict))
                audit_before(outlets->audit, event);
        else
                audit_call(outlets->audit, event, verdict);
        return r;
}

void pending_await(const struct outlets *outlets, struct thread *thread, const struct tracee *t,
                   const struct event *event, const struct verdict *verdict)
{
        struct pending *pending = xcalloc(1, sizeof(*pending));

        pending->event = *event;
        pending->verdict = *verdict;
        pending->records = records_result(outlets, verdict);
        pending->call = *t;
        pending->call.reads = NULL;
        pending_forget(thread);
        thread->pending = pending;
}

bool pending_awaits(const struct thread *thread)
{
        return thread->pending && !thread->pending->interrupted;
}

static int record_as_it_is(const struct outlets *outlets, struct thread *thread)
{
        const struct pending *pending = thread->pending;
        int r = 0;

        if (!pending)
                return 0;
        if (pending->records)
                r = recorder_call(outlets->recorder, &pending->event, &pending->verdict);
        audit_call(outlets->audit, &pending->event, &pending->verdict);
        pending_forget(thread);
        return r;
}

static int record_with(const struct outlets *outlets, struct thread *thread, int64_t result)
{
        thread->pending->event.result = result;
        thread->pending->event.has |= EVENT_HAS_RESULT;
        return record_as_it_is(outlets, thread);
}

int pending_return(const struct outlets *outlets, struct thread *thread)
{
        struct tracee t = {.tid = thread->tid};
        int64_t result;

        if (!thread->pending)
                return 0;
        if (tracee_fetch_result(&t, &result))
                return record_as_it_is(outlets, thread);
        if (!tracee_is_interrupted(result))
                return record_with(outlets, thread, result);
        thread->pending->interrupted = true;
        return 0;
}

int pending_settle(const struct outlets *outlets, struct thread *thread, const struct tracee *t)
{
        if (!thread->pending || !thread->pending->interrupted)
                return 0;
        if (!tracee_is_again(t, &thread->pending->call))
                return record_with(outlets, thread, -EINTR);
        pending_forget(thread);
        return 0;
}

int pending_end(const struct outlets *outlets, struct thread *thread, bool killed)
{
        if (thread->pending && thread->pending->interrupted && !killed)
                return record_with(outlets, thread, -EINTR);
        return record_as_it_is(outlets, thread);
}
