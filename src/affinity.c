/* affinity.c: a thread goes on, on the CPU that the tracer runs on. See affinity.h. */
#include "affinity.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

enum {
        LOOK_STOPS = 16,   /* how long what was seen of the load is believed: so many stops */
        LOOK_NS = 1000000, /* and so long */
        SECOND_NS = 1000000000
};

struct affinity {
        int load;        /* -1: threads are never kept */
        cpu_set_t own;   /* the tracer's, when it is not kept */
        bool own_is_all; /* nobody has taken a CPU from it but for all processes alike */
        bool kept;       /* it keeps to one CPU, and so does who is resumed */
        int cpu;
        cpu_set_t here; /* that CPU alone */
        pid_t last;     /* who was resumed last, alone; or 0 */
        unsigned stops; /* since the load was looked at */
        int64_t looked;
};

static int64_t now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec;
}

static const cpu_set_t *all_cpus(void)
{
        static cpu_set_t all;

        if (!CPU_COUNT(&all))
                memset(&all, 0xff, sizeof(all));
        return &all;
}

/* Who asks for all CPUs gets those of its cpuset, and more when that grows: cpuset(7). So to give
 * back the same set that it had would not be the same. */
static bool has_all(const cpu_set_t *own)
{
        cpu_set_t whole;

        if (sched_setaffinity(0, sizeof(*own), all_cpus()))
                return false;
        if (!sched_getaffinity(0, sizeof(whole), &whole) && CPU_EQUAL(own, &whole))
                return true;
        sched_setaffinity(0, sizeof(*own), own);
        return false;
}

struct affinity *affinity_new(const char *load)
{
        struct affinity *a = xcalloc(1, sizeof(*a));

        a->load = open(load, O_RDONLY | O_CLOEXEC);
        if (a->load < 0)
                return a;
        /* It fails where there are more CPUs than a set holds. */
        if (sched_getaffinity(0, sizeof(a->own), &a->own) || CPU_COUNT(&a->own) < 2) {
                close(a->load);
                a->load = -1;
                return a;
        }
        a->own_is_all = has_all(&a->own);
        return a;
}

/* ---- the tracer ---- */

static void keep(struct affinity *a)
{
        int cpu = sched_getcpu();

        if (cpu < 0 || cpu >= CPU_SETSIZE)
                return;
        CPU_ZERO(&a->here);
        CPU_SET(cpu, &a->here);
        a->cpu = cpu;
        a->kept = !sched_setaffinity(0, sizeof(a->here), &a->here);
}

static void give_back(const struct affinity *a, pid_t tid, const cpu_set_t *set)
{
        bool all = a->own_is_all && CPU_EQUAL(set, &a->own);
        cpu_set_t now_set;

        /* Somebody else has changed it since. */
        if (sched_getaffinity(tid, sizeof(now_set), &now_set) || !CPU_EQUAL(&now_set, &a->here))
                return;
        if (sched_setaffinity(tid, sizeof(*set), all ? all_cpus() : set))
                sched_setaffinity(tid, sizeof(*set), all_cpus());
}

static void leave(struct affinity *a)
{
        give_back(a, 0, &a->own);
        a->kept = false;
}

void affinity_free(struct affinity *a)
{
        if (a->kept)
                leave(a);
        if (a->load >= 0)
                close(a->load);
        free(a);
}

/* Does anybody want to run but stopgate? */
static bool is_alone(const struct affinity *a)
{
        char text[128];
        ssize_t len = pread(a->load, text, sizeof(text) - 1, 0);
        unsigned running;

        if (len <= 0)
                return false;
        text[len] = '\0';
        return sscanf(text, "%*s %*s %*s %u/", &running) == 1 && running <= 1;
}

void affinity_plan(struct affinity *a, size_t n, pid_t tid)
{
        bool again = n == 1 && tid == a->last && ++a->stops < LOOK_STOPS;
        int64_t at = a->load < 0 ? 0 : now();
        bool alone;

        if (a->load < 0 || n == 0 || (again && at - a->looked < LOOK_NS))
                return;
        alone = n == 1 && is_alone(a);
        a->last = n == 1 ? tid : 0;
        a->stops = 0;
        a->looked = at;
        if (alone && !a->kept)
                keep(a);
        else if (!alone && a->kept)
                leave(a);
}

bool affinity_keeps(const struct affinity *a)
{
        return a->kept;
}

/* ---- the thread ---- */

/* It may use others, and that which the tracer runs on is one of them. A thread of real time would
 * not let the tracer run there. */
static bool can_be_kept(const struct affinity *a, pid_t tid, const cpu_set_t *set)
{
        int policy = sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK;

        if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
                return false;
        return CPU_ISSET(a->cpu, set) && !CPU_EQUAL(&a->here, set);
}

int affinity_resume(struct affinity *a, pid_t tid, enum resume how, int signal, bool shows)
{
        cpu_set_t set;
        int r;

        if (!a->kept || shows || how == RESUME_LISTEN ||
            sched_getaffinity(tid, sizeof(set), &set) || !can_be_kept(a, tid, &set) ||
            sched_setaffinity(tid, sizeof(a->here), &a->here))
                return tracee_resume(tid, how, signal);
        r = tracee_resume(tid, how, signal);
        give_back(a, tid, &set);
        return r;
}

void affinity_born(const struct affinity *a, pid_t parent, pid_t child)
{
        cpu_set_t set;

        if (CPU_COUNT(&a->here) && !sched_getaffinity(parent, sizeof(set), &set) &&
            !CPU_EQUAL(&set, &a->here))
                give_back(a, child, &set);
}
