/* threads.h: the table of live threads. Layer 2. */
#ifndef STOPGATE_THREADS_H
#define STOPGATE_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "event.h"

struct pending;      /* a call whose result is awaited; pending.c's */
struct order_thread; /* order.c's */
struct pin_thread;   /* pin.c's */
struct shared;       /* memory, descriptors or places; shares.c's */

/* What threads may share: clone(2), CLONE_VM, CLONE_FILES, CLONE_FS. */
enum share { SHARE_MEMORY, SHARE_FILES, SHARE_PLACES, SHARE_COUNT };

struct thread {
        pid_t tid, tgid;
        bool ours; /* still stopgate's own code: it has not executed the command yet */
        int io;    /* owned by monitor.c: what the process reads and writes; 0: not open */
        int name;  /* owned by threads.c: where its comm is read; 0: not open */
        char comm[EVENT_COMM + 1]; /* as last seen: a process that has ended has no name any more */
        int group_stop;            /* the signal of the group stop it is in, or 0 */
        int64_t waits_again;       /* waits.c: since when, in ms */
        struct pending *pending;   /* owned by pending.c, or NULL */
        struct shared *shared[SHARE_COUNT]; /* shares.c's; NULL: it is not known yet whose child */
        pid_t vforked;                      /* the child that it waits for, or 0, */
        bool waits;                         /* and has been seen to, since it was resumed */
        bool orphan;   /* it has stopped before its parent told of it, and waits for that */
        bool begins;   /* nobody will, and it is about to go on from there */
        bool watched;  /* it will stop when it ends */
        bool ends;     /* it has, and is stopped there or goes on from there */
        bool executes; /* the call that it makes may execute a program */
        pid_t vforker; /* who waits for it, or 0 */
        struct order_thread *order; /* owned by order.c, or NULL */
        struct pin_thread *pin;     /* owned by pin.c, or NULL */
        bool root_seen, same_root;  /* judge.c: has it been looked at, and had it stopgate's own */
        bool sleeps; /* it is about to wait for the child that it has made: vfork(2) */
        bool shows;  /* what it is about to do may show the CPUs that it may use: affinity.h */
        struct thread *next; /* in its bucket */
};

struct threads;

/* Never NULL: out of memory ends the program. */
struct threads *threads_new(void);
void threads_free(struct threads *threads);

/* The thread, or NULL. Borrowed from the table, until it is removed. */
struct thread *threads_find(const struct threads *threads, pid_t tid);

/* The thread, added if need be (with tgid 0). */
struct thread *threads_add(struct threads *threads, pid_t tid);

void threads_remove(struct threads *threads, pid_t tid);

/* Puts its name as it is now in thread->comm, if it has one still. What it is read from is kept
 * open, while descriptors are plenty. */
void threads_look_at_name(struct thread *thread);

size_t threads_count(const struct threads *threads);

/* Call visit for every thread until it returns false. The table must not be changed meanwhile.
 * Returns whether every visit was true. */
bool threads_all(const struct threads *threads, bool (*visit)(const struct thread *, void *),
                 void *data);

#endif
