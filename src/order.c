/* order.c: which calls may run at the same time. */
#include "order.h"

#include <signal.h>
#include <time.h>

#include "shares.h"
#include "util.h"

enum { EXIT_NO_TIMER = 125, TICK_NS = 10000000 };

/* What order.c knows of a thread. */
struct order_thread {
        bool running; /* since it was resumed no stop has been seen */
        bool poked;   /* since then it was interrupted */
        bool over;    /* has_ended(): no stop will be seen */
        bool in_flight;
        int nr; /* of the call in flight */
        bool waits;
        struct thread *next_waiting;
        bool kept;
        enum resume how;
        int signal;
};

struct order {
        const struct threads *threads;
        struct thread *owner; /* of the turn */
        unsigned clear;       /* what it asked for */
        bool runs;            /* its call */
        bool unwatched;       /* which will not stop when it returns */
        unsigned ticks;       /* since it began to */
        bool cut_short;       /* it was interrupted, for it slept and must not */
        unsigned nkept;
        struct thread *first, *last; /* that wait, and are not about to go on */
        timer_t timer;
        bool watched; /* ticks are wanted although nobody has the turn */
};

static void interrupted(int signal)
{
        (void)signal;
}

struct order *order_new(const struct threads *threads)
{
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
        struct sigaction action = {.sa_handler = interrupted};
        struct order *order = xcalloc(1, sizeof(*order));

        order->threads = threads;
        if (sigaction(SIGURG, &action, NULL) ||
            timer_create(CLOCK_MONOTONIC, &event, &order->timer))
                die(EXIT_NO_TIMER, "cannot create a timer");
        return order;
}

void order_free(struct order *order)
{
        if (!order)
                return;
        timer_delete(order->timer);
        free(order);
}

static void set_timer(const struct order *order)
{
        bool ticks = order->watched || (order->owner && (!order->unwatched || order->first));
        long interval = ticks ? TICK_NS : 0;
        struct itimerspec spec = {{0, interval}, {0, interval}};

        timer_settime(order->timer, 0, &spec, NULL);
}

static struct order_thread *state_of(struct thread *thread)
{
        if (!thread->order)
                thread->order = xcalloc(1, sizeof(*thread->order));
        return thread->order;
}

/* ---- waiting ---- */

static void enqueue(struct order *order, struct thread *thread)
{
        struct order_thread *state = state_of(thread);

        state->waits = true;
        state->next_waiting = NULL;
        if (order->last)
                order->last->order->next_waiting = thread;
        else
                order->first = thread;
        order->last = thread;
}

static struct thread *dequeue(struct order *order)
{
        struct thread *thread = order->first;

        if (!thread)
                return NULL;
        order->first = thread->order->next_waiting;
        if (!order->first)
                order->last = NULL;
        thread->order->waits = false;
        return thread;
}

static void leave_queue(struct order *order, const struct thread *thread)
{
        struct thread *before = NULL, *at = order->first;

        while (at && at != thread) {
                before = at;
                at = at->order->next_waiting;
        }
        if (!at)
                return;
        if (before)
                before->order->next_waiting = at->order->next_waiting;
        else
                order->first = at->order->next_waiting;
        if (order->last == at)
                order->last = before;
        at->order->waits = false;
}

bool order_waits(struct order *order, struct thread *thread)
{
        if (!order->owner || order->owner == thread)
                return false;
        enqueue(order, thread);
        if (order->unwatched)
                set_timer(order);
        return true;
}

/* ---- the way of the one who has the turn ---- */

/* A vfork's parent cannot run, nor be stopped, before its child is through with it. If that child
 * is not the one whose turn it is, somebody else could end it: so then everybody is held. */
static bool is_still(const struct thread *thread)
{
        const struct order_thread *state = thread->order;

        return !state || !state->running || state->over || (thread->vforked && thread->waits);
}

/* Nor may it end unseen: as it does the kernel writes to its memory. */
static bool is_held_fast(const struct thread *thread)
{
        return is_still(thread) && (!thread->order || thread->order->over || thread->watched);
}

static bool is_in_the_way(const struct order *order, const struct thread *thread)
{
        if (thread == order->owner)
                return false;
        if (order->clear & CLEAR_FLIGHTS && thread->order && thread->order->in_flight)
                return true;
        if (is_held_fast(thread))
                return false;
        return order->clear & CLEAR_ALL ||
               (order->clear & CLEAR_SHARERS && shares_any(order->owner, thread));
}

static bool is_out_of_the_way(const struct thread *thread, void *data)
{
        return !is_in_the_way(data, thread);
}

static bool widens(const struct thread *thread, void *data)
{
        struct order *order = data;

        if (thread != order->owner && thread->vforked && thread->vforked != order->owner->tid &&
            shares_any(order->owner, thread))
                order->clear |= CLEAR_ALL;
        return true;
}

/* Who is in the way only because it is not known that he stays where he is? */
static bool look_closer(const struct thread *found, void *data)
{
        struct order *order = data;
        struct thread *thread;

        if (!is_in_the_way(order, found))
                return true;
        thread = threads_find(order->threads, found->tid);
        if (is_still(thread) && !thread->vforked)
                shares_watch_end(thread);
        else
                shares_waits(thread);
        return true;
}

static bool is_clear(struct order *order)
{
        if (order->clear & CLEAR_SHARERS)
                threads_all(order->threads, widens, order);
        if (order->clear & (CLEAR_SHARERS | CLEAR_ALL))
                threads_all(order->threads, look_closer, order);
        return threads_all(order->threads, is_out_of_the_way, order);
}

bool order_claim(struct order *order, struct thread *thread, unsigned clear)
{
        bool begins = !order->owner;

        order->owner = thread;
        order->clear |= clear;
        if (begins)
                set_timer(order);
        return is_clear(order);
}

/* If it sleeps, and not in that call, it has made it. So one that sleeps elsewhere is not
 * disturbed: some calls fail when they are interrupted, signal(7). */
static bool has_landed(const struct thread *thread)
{
        int nr;

        return !thread->ends && !tracee_sleeps_in(thread->tid, &nr) && nr != thread->order->nr;
}

struct group {
        pid_t tgid;
        unsigned known;
};

static bool count_known(const struct thread *thread, void *data)
{
        struct group *group = data;

        group->known += thread->tgid == group->tgid;
        return true;
}

/* Has its process a thread that nobody has told of, and who was killed with it? */
static bool has_strangers(const struct order *order, const struct thread *leader)
{
        struct group group = {.tgid = leader->tgid};

        threads_all(order->threads, count_known, &group);
        return tracee_threads(leader->tid) > group.known;
}

/* A leader may have before its threads; another may be gone without a word, for it has executed a
 * program under the leader's number. */
static bool has_ended(const struct order *order, const struct thread *thread)
{
        char state;

        if (thread->tid != thread->tgid)
                return !tracee_is_attached(thread->tid);
        state = tracee_state(thread->tid);
        return (state == 'Z' || state == 'X') && !has_strangers(order, thread);
}

static bool poke(const struct thread *thread, void *data)
{
        const struct order *order = data;
        struct order_thread *state = thread->order;

        if (!is_in_the_way(order, thread) || !state || !state->running)
                return true;
        if (has_ended(order, thread)) {
                state->over = true;
                state->in_flight = false;
        } else if (!state->poked && state->in_flight && has_landed(thread)) {
                state->in_flight = false;
        }
        if (state->poked || !is_in_the_way(order, thread))
                return true;
        state->poked = !tracee_interrupt(thread->tid);
        return true;
}

/* Nobody looked whether its call had returned, for nobody waited. */
static void hurry(struct order *order)
{
        struct thread *owner = order->owner;

        if (!order->first || !owner->order->running)
                return;
        if (has_ended(order, owner) || (!owner->order->poked && has_landed(owner)))
                order_end_turn(order, owner);
        else if (!owner->order->poked)
                owner->order->poked = !tracee_interrupt(owner->tid);
}

struct thread *order_ready(struct order *order)
{
        if (order->unwatched)
                hurry(order);
        if (!order->owner || order->runs)
                return NULL;
        threads_all(order->threads, poke, order);
        return is_clear(order) ? order->owner : NULL;
}

/* ---- running and stopping ---- */

bool order_run(struct order *order, struct thread *thread, int nr)
{
        struct order_thread *state = state_of(thread);

        state->in_flight = true;
        state->nr = nr;
        if (order->owner != thread)
                return false;
        order->runs = true;
        order->ticks = 0;
        order->unwatched = order->clear == CLEAR_FLIGHTS && !order->first;
        if (order->unwatched)
                set_timer(order);
        return !order->unwatched;
}

bool order_has_turn(const struct order *order, const struct thread *thread)
{
        return order->owner == thread;
}

bool order_holds_others(const struct order *order, const struct thread *thread)
{
        return order->owner == thread && order->clear & (CLEAR_SHARERS | CLEAR_ALL);
}

bool order_was_cut_short(const struct order *order, const struct thread *thread)
{
        return order->owner == thread && order->cut_short;
}

void order_stopped(struct order *order, struct thread *thread)
{
        struct order_thread *state = state_of(thread);

        state->running = state->poked = state->over = state->in_flight = false;
        if (order->owner == thread && order->unwatched)
                order_end_turn(order, thread);
}

void order_resumed(struct order *order, struct thread *thread)
{
        (void)order;
        state_of(thread)->running = true;
}

void order_end_turn(struct order *order, struct thread *thread)
{
        if (order->owner != thread)
                return;
        order->owner = NULL;
        order->clear = 0;
        order->runs = order->unwatched = order->cut_short = false;
        set_timer(order);
}

void order_leave(struct order *order, struct thread *thread)
{
        struct order_thread *state = state_of(thread);

        order_end_turn(order, thread);
        if (state->waits)
                leave_queue(order, thread);
        order->nkept -= state->kept;
        state->kept = false;
}

bool order_claim_end(struct order *order, struct thread *thread)
{
        if (order_waits(order, thread) || !order_claim(order, thread, CLEAR_FLIGHTS))
                return false;
        order_run(order, thread, -1);
        return true;
}

void order_drop(struct order *order, struct thread *thread)
{
        order_leave(order, thread);
        free(thread->order);
        thread->order = NULL;
}

/* Who ends needs to be held only while a call runs, and might have to be let go for its way to
 * clear: execve(2) waits for the other threads of its process. Once it has what it was judged by,
 * that is; so then they do not change it. */
static bool may_end(const struct order *order, const struct thread *thread)
{
        const struct thread *owner = order->owner;

        return thread->ends && (!order->runs || (owner->executes && thread->tgid == owner->tgid));
}

/* Who is resumed in the middle of a turn would be in its way. */
static bool is_held(const struct order *order, const struct thread *thread)
{
        if (!order->owner || thread == order->owner || may_end(order, thread))
                return false;
        return order->clear & CLEAR_ALL ||
               (order->clear & CLEAR_SHARERS && shares_any(order->owner, thread));
}

bool order_may_resume(struct order *order, struct thread *thread, enum resume how, int signal)
{
        struct order_thread *state;

        if (!is_held(order, thread))
                return true;
        state = state_of(thread);
        order->nkept += !state->kept;
        state->kept = true;
        state->how = how;
        state->signal = signal;
        return false;
}

struct thread *order_next(struct order *order)
{
        return order->owner ? NULL : dequeue(order);
}

struct search {
        const struct order *order;
        const struct thread *found;
};

static bool find_kept(const struct thread *thread, void *data)
{
        struct search *search = data;

        if (thread->order && thread->order->kept && !is_held(search->order, thread))
                search->found = thread;
        return !search->found;
}

struct thread *order_kept(struct order *order, enum resume *how, int *signal)
{
        struct search search = {.order = order};
        struct order_thread *state;

        if (!order->nkept)
                return NULL;
        threads_all(order->threads, find_kept, &search);
        if (!search.found)
                return NULL;
        state = search.found->order;
        state->kept = false;
        order->nkept--;
        *how = state->how;
        *signal = state->signal;
        return threads_find(order->threads, search.found->tid);
}

void order_watch(struct order *order, bool on)
{
        if (order->watched == on)
                return;
        order->watched = on;
        set_timer(order);
}

/* In its sleep it has its path, address or descriptor: these come first, or it must not sleep. A
 * rename never sleeps so, and nothing may be in flight meanwhile. */
void order_tick(struct order *order)
{
        enum { PATIENCE = 2 };

        if (order->runs && has_ended(order, order->owner))
                order_end_turn(order, order->owner);
        if (!order->runs || order->clear & CLEAR_FLIGHTS || ++order->ticks < PATIENCE)
                return;
        if (tracee_state(order->owner->tid) != 'S' || order->cut_short)
                return;
        if (order->clear & CLEAR_TO_THE_END)
                order->cut_short = !tracee_interrupt(order->owner->tid);
        else
                order_end_turn(order, order->owner);
}
