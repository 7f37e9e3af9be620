/* births.c: a new thread stops, and its parent tells of it, in either order. */
#include "births.h"

#include "shares.h"
#include "util.h"

struct births {
        const struct threads *threads;
        struct order *order;
        struct pins *pins;
        unsigned norphans; /* who wait to be told of */
};

struct births *births_new(const struct threads *threads, struct order *order, struct pins *pins)
{
        struct births *births = xcalloc(1, sizeof(*births));

        *births = (struct births){.threads = threads, .order = order, .pins = pins};
        return births;
}

void births_free(struct births *births)
{
        free(births);
}

bool births_is_early(struct births *births, struct thread *thread)
{
        if (thread->shared[SHARE_MEMORY])
                return false;
        births->norphans += !thread->orphan;
        thread->orphan = true;
        order_watch(births->order, true);
        return true;
}

void births_drop(struct births *births, struct thread *thread)
{
        if (!thread->orphan)
                return;
        thread->orphan = false;
        births->norphans--;
        order_watch(births->order, births->norphans > 0);
}

bool births_told(struct births *births, struct thread *parent, struct thread *child, bool vforked)
{
        bool has_stopped = child->orphan;

        shares_born(parent, child, vforked);
        pins_inherit(births->pins, parent, child);
        child->watched |= parent->watched;
        if (vforked) { /* the end of either ends the wait */
                shares_watch_end(parent);
                if (has_stopped)
                        shares_watch_end(child);
        }
        if (has_stopped)
                births_drop(births, child);
        else if (!child->order) /* no stop of it has been seen */
                order_resumed(births->order, child);
        return has_stopped;
}

static bool find_orphan(const struct thread *thread, void *data)
{
        const struct thread **found = data;

        *found = thread->orphan ? thread : NULL;
        return !*found;
}

struct thread *births_overdue(struct births *births)
{
        const struct thread *found = NULL;
        struct thread *orphan;

        if (!births->norphans)
                return NULL;
        threads_all(births->threads, find_orphan, &found);
        orphan = found ? threads_find(births->threads, found->tid) : NULL;
        if (!orphan)
                return NULL;
        shares_orphan(births->threads, orphan);
        births_drop(births, orphan);
        orphan->begins = true;
        return orphan;
}
