/* pin_open.h: how a call that opens a file runs on the name that was judged. Layer 2.
 *
 * As openat2 without symbolic links: if a component has become a link since, the kernel opens
 * nothing, and the call is judged anew. Source: openat2(2), open(2). */
#ifndef STOPGATE_PIN_OPEN_H
#define STOPGATE_PIN_OPEN_H

#include "calls.h"
#include "pin_plan.h"

/* Does the call open a file? */
bool pin_opens(const struct call *call);

/* What open(2) makes of its flags and mode: build_open_how() in fs/open.c. */
struct open_how pin_open_how(uint64_t flags, uint64_t mode);

/* 0, or -ENOTSUP. */
int pin_open_plan(const struct tracee *t, const struct event *event, struct pin_plan *plan);

#endif
