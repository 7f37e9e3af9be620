/* pin_plan.h: what a call that was judged is to run on. Layer 2. Touches no thread. */
#ifndef STOPGATE_PIN_PLAN_H
#define STOPGATE_PIN_PLAN_H

#include <linux/openat2.h>
#include <sys/un.h>

#include "pin.h"
#include "pin_thread.h"

enum { PIN_COPIES = 2 };

struct pin_plan {
        int nr;
        uint64_t args[6]; /* but for those that copies replace */
        size_t len;       /* of all copies */
        unsigned ncopies;
        struct pin_copy {
                unsigned arg;      /* gets the address of the copy, */
                size_t at;         /* which begins here in the slot */
                const void *bytes; /* borrowed from the event, or from below */
                size_t len;
        } copies[PIN_COPIES];
        struct pin_form form;
        struct open_how how;
        struct sockaddr_un address;
        char names[PIN_COPIES][PATH_MAX];
};

/* 0; -ENOTSUP: it cannot be said in copies, or there is nothing to copy. */
int pin_plan_own_text(const struct tracee *t, const struct event *event, struct pin_plan *plan);
int pin_plan_names(const struct tracee *t, const struct event *event, struct pin_plan *plan);

/* For the above: argument i becomes a pointer to a copy of these bytes. */
int pin_plan_add(struct pin_plan *plan, unsigned i, const void *bytes, size_t len);

/* The canonical name of path n of the call, in plan->names; with a slash behind it if the command
 * gave one. */
int pin_plan_name(const struct event *event, unsigned n, struct pin_plan *plan);

#endif
