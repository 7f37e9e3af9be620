/* waits.c: see waits.h. */
#include "waits.h"

#include <errno.h>
#include <signal.h>

#include "calls.h"
#include "tracee.h"
#include "util.h"

enum { TIMEOUT_MAX_S = 1000000 /* longer ones are as good as that */ };

/* Of a wait that has one, in ms and rounded up. -EFAULT: it cannot be read; -ENOENT: it is no wait,
 * or one of i386, of which nobody knows whether it was made again. */
static int64_t timeout_of(const struct tracee *t, const struct call *call)
{
        bool known = call && tracee_word_size(t) == sizeof(uint64_t);
        uint64_t time[2] = {0};
        int r = 0;

        switch (known ? call->wait : WAIT_NOT) {
        case WAIT_NOT:
        case WAIT_FOR_GOOD:
                return -ENOENT;
        case WAIT_MS:
                return (int32_t)t->args[call->timeout];
        case WAIT_TIME:
                r = tracee_read_words(t, t->args[call->timeout], time, ARRAY_SIZE(time));
                break;
        }
        if (r || time[0] > TIMEOUT_MAX_S)
                return r ? r : TIMEOUT_MAX_S * 1000;
        return (int64_t)(time[0] * 1000 + time[1] / 1000000 + 1);
}

static bool has_timed_out(struct thread *thread, bool again, int64_t timeout)
{
        if (!again)
                thread->waits_again = monotonic_ms();
        return monotonic_ms() - thread->waits_again >= timeout;
}

void waits_go_on(struct thread *thread, int signal)
{
        struct tracee t = {.tid = thread->tid, .tgid = thread->tgid};
        const struct call *call;
        int64_t timeout;
        bool again;

        if (thread->group_stop || is_stop_signal(signal) || signal == SIGCONT ||
            tracee_fetch_interrupted(&t, &again))
                return;
        call = calls_by_number(t.arch, t.nr);
        timeout = calls_waits_for_good(call, t.args) ? INT64_MAX : timeout_of(&t, call);
        if (timeout < 0)
                return;
        /* Both fail if it has been killed. */
        if (has_timed_out(thread, again, timeout))
                (void)tracee_set_result(&t, call->timed_out);
        else
                (void)tracee_restart(&t);
}
