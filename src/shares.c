/* shares.c: who shares memory, descriptors, or working directory and root with whom. */
#include "shares.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>

#include "tracee.h"
#include "util.h"

/* One address space, descriptor table or fs_struct. */
struct shared {
        unsigned users; /* live threads */
        bool unsure;    /* the kernel did not tell: there may be more */
        /* Of memory: */
        bool written; /* perhaps through /proc, by whoever has the descriptor */
        int maps;     /* kept open; or -1 */
};

enum { MAPS_KEPT = 128 };

static unsigned nmaps;

static struct shared *new_shared(void)
{
        struct shared *shared = xcalloc(1, sizeof(*shared));

        shared->maps = -1;
        return shared;
}

static void free_shared(struct shared *shared)
{
        nmaps -= shared->maps >= 0;
        util_cleanup_fd(&shared->maps);
        free(shared);
}

static void leave(struct thread *thread, enum share what)
{
        struct shared *shared = thread->shared[what];

        thread->shared[what] = NULL;
        if (!shared)
                return;
        if (--shared->users == 0)
                free_shared(shared);
}

static void join(struct thread *thread, enum share what, struct shared *shared)
{
        shared->users++;
        leave(thread, what);
        thread->shared[what] = shared;
}

void shares_first(struct thread *thread)
{
        for (enum share what = 0; what < SHARE_COUNT; what++)
                join(thread, what, new_shared());
}

/* ---- the kernel's word ---- */

/* 1 they share it, 0 they do not, -1 it does not tell: no kcmp, or one that is not dumpable. */
static int compare(pid_t a, pid_t b, enum share what)
{
        static const int types[SHARE_COUNT] = {
                [SHARE_MEMORY] = KCMP_VM, [SHARE_FILES] = KCMP_FILES, [SHARE_PLACES] = KCMP_FS};
        long r = syscall(SYS_kcmp, a, b, types[what], 0, 0);

        return r < 0 ? -1 : r == 0;
}

static void join_as_told(struct thread *child, const struct thread *relative, enum share what,
                         int told)
{
        if (!told || !relative->shared[what]) {
                join(child, what, new_shared());
                return;
        }
        join(child, what, relative->shared[what]);
        child->shared[what]->unsure |= told < 0;
}

void shares_born(struct thread *parent, struct thread *child, bool vforked)
{
        for (enum share what = 0; what < SHARE_COUNT; what++)
                join_as_told(child, parent, what, compare(parent->tid, child->tid, what));
        if (!vforked)
                return;
        parent->vforked = child->tid;
        parent->waits = false;
        child->vforker = parent->tid;
}

struct search {
        struct thread *child;
        enum share what;
        bool found;
};

static bool find_relative(const struct thread *other, void *data)
{
        struct search *search = data;
        int told = 0;

        if (other != search->child && other->shared[search->what])
                told = compare(other->tid, search->child->tid, search->what);
        if (told) {
                join_as_told(search->child, other, search->what, told);
                search->found = true;
        }
        return !search->found;
}

void shares_orphan(const struct threads *threads, struct thread *child)
{
        for (enum share what = 0; what < SHARE_COUNT; what++) {
                struct search search = {child, what, false};

                threads_all(threads, find_relative, &search);
                if (!search.found)
                        join(child, what, new_shared());
        }
}

/* ---- later ---- */

/* The kernel wakes the parent when the child's memory is its own: mm_release(), kernel/fork.c. */
static void end_vfork(const struct threads *threads, struct thread *child)
{
        struct thread *parent = child->vforker ? threads_find(threads, child->vforker) : NULL;

        if (parent && parent->vforked == child->tid)
                parent->vforked = 0;
        child->vforker = 0;
}

void shares_executed(const struct threads *threads, struct thread *thread)
{
        end_vfork(threads, thread);
        join(thread, SHARE_MEMORY, new_shared());
        join(thread, SHARE_FILES, new_shared());
}

void shares_take_over(struct thread *leader, const struct thread *former)
{
        if (former->shared[SHARE_PLACES])
                join(leader, SHARE_PLACES, former->shared[SHARE_PLACES]);
}

void shares_ends(const struct threads *threads, struct thread *thread)
{
        end_vfork(threads, thread);
        thread->vforked = 0;
}

void shares_gone(const struct threads *threads, struct thread *thread)
{
        end_vfork(threads, thread);
        for (enum share what = 0; what < SHARE_COUNT; what++)
                leave(thread, what);
}

void shares_watch_end(struct thread *thread)
{
        if (!thread->watched)
                thread->watched = !tracee_watch_end(thread->tid, true);
}

bool shares_waits(struct thread *thread)
{
        if (thread->vforked && !thread->waits)
                thread->waits = thread->watched && tracee_is_fast_asleep(thread->tid);
        return thread->vforked && thread->waits;
}

/* Whoever waits for another child could be woken by that child's end. */
static bool waits_for(const struct threads *threads, const struct thread *child, enum share what)
{
        struct thread *parent = child->vforker ? threads_find(threads, child->vforker) : NULL;

        return parent && parent->vforked == child->tid &&
               parent->shared[what] == child->shared[what] && shares_waits(parent);
}

bool shares_alone(const struct threads *threads, const struct thread *thread, enum share what)
{
        const struct shared *shared = thread->shared[what];

        if (!shared || shared->unsure)
                return false;
        return shared->users == 1 || (shared->users == 2 && waits_for(threads, thread, what));
}

bool shares_is_relied_on(const struct thread *thread)
{
        const struct shared *memory = thread->shared[SHARE_MEMORY];

        return thread->vforked && memory && memory->users == 2;
}

bool shares_any(const struct thread *a, const struct thread *b)
{
        for (enum share what = 0; what < SHARE_COUNT; what++)
                if (!a->shared[what] || !b->shared[what] || a->shared[what] == b->shared[what])
                        return true;
        return false;
}

void shares_set_written(struct thread *thread)
{
        if (thread->shared[SHARE_MEMORY])
                thread->shared[SHARE_MEMORY]->written = true;
}

bool shares_written(const struct thread *thread)
{
        return !thread->shared[SHARE_MEMORY] || thread->shared[SHARE_MEMORY]->written;
}

int shares_open_maps(struct thread *thread)
{
        struct shared *memory = thread->shared[SHARE_MEMORY];
        bool kept = memory && !memory->unsure && memory->maps >= 0;
        int maps = kept ? memory->maps : tracee_open_maps(thread->tid);

        if (memory && !memory->unsure && memory->maps < 0 && maps >= 0 && nmaps < MAPS_KEPT) {
                memory->maps = maps;
                nmaps++;
        }
        return maps;
}

void shares_close_maps(struct thread *thread, int maps)
{
        struct shared *memory = thread->shared[SHARE_MEMORY];

        if (maps >= 0 && (!memory || memory->maps != maps))
                close(maps);
}
