/* pin_thread.h: what pin.c and pin_run.c know of a thread; theirs alone. Layer 2. */
#ifndef STOPGATE_PIN_THREAD_H
#define STOPGATE_PIN_THREAD_H

#include "pin.h"

/* A slot of PIN_MEMFD: two paths, or a path and a struct of fixed size. */
enum { PIN_SLOT = 2 * PATH_MAX + 256 };

/* Of PIN_STACK less: a signal frame is larger, and for one of these every program has room. */
enum { PIN_STACK_MAX = 1024 };

enum pin_step { STEP_NONE, STEP_CREATE, STEP_MAP, STEP_CLOSE };

struct pin_family;

/* How a call runs that has a slot. */
struct pin_form {
        bool opens;   /* a file, by the name that was judged, */
        size_t name;  /* which begins here in the slot, */
        bool existed; /* and which something had, */
        bool link;    /* a symbolic link that is not followed */
        bool differs; /* what the command gave is another name than the one that was judged */
};

struct pin_thread {
        struct pin_family *family; /* NULL: not known to have one */
        bool cannot;               /* make one */
        bool executed;             /* a program, since it began */
        bool unguarded;            /* a call runs that could take away what is being made */

        /* While one is made. */
        enum pin_step step;
        int remote;              /* the descriptor in the thread, or -1 */
        uint64_t args[6];        /* of the call that was issued: nr */
        struct pin_family *made; /* by this thread, not mapped yet */
        uint64_t mask;

        /* While a call runs on a slot. */
        bool runs;
        int slot;     /* of the family, or -1: it is on the stack */
        char *memory; /* where stopgate writes the family's */
        struct pin_area area;
        char bytes[PIN_STACK_MAX]; /* what was there */
        struct pin_form form;
        unsigned tries;
        bool hold; /* the call that stops next */

        int nr; /* of the call that is made instead of the one that was saved */
        struct tracee_saved saved;
};

struct pin_thread *pin_thread(struct thread *thread);

/* The call at whose return thread is stopped was perhaps a guarded one. */
void pins_note_return(struct pins *pins, struct thread *thread);

/* A slot of the thread's family: pin->slot, memory and area, where the thread has it. -ENOTSUP if
 * there is no family, or all are taken. */
int pin_take_slot(struct pins *pins, pid_t tid, struct pin_thread *pin);
void pin_give_back_slot(struct pin_thread *pin);

#endif
