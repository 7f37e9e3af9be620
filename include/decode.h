/* decode.h: thread + row -> struct event: roles interpreted, paths resolved, buffers sampled.
 * Reads each piece of the command's memory once and judges nothing. Layer 2. */
#ifndef STOPGATE_DECODE_H
#define STOPGATE_DECODE_H

#include "calls.h"
#include "decode_process.h"
#include "event.h"
#include "tracee.h"

struct decode_options {
        unsigned data;    /* bytes of each written buffer to keep, at most EVENT_DATA_MAX */
        bool descriptors; /* [output] may discard: also check that a descriptor is open for writing
                           */
        struct process_lookup processes; /* find may be NULL: all stand outside */
};

/* Fill in event from the call at which t is stopped (after tracee_fetch()). Never fails: what
 * could not be decoded stands in event->error and event->undecodable. t->args of a socketcall(2)
 * are replaced by those of the call that is meant. A row that is not found makes the event
 * undecodable (-ENOSYS). */
void decode_call(struct tracee *t, const struct decode_options *options, struct event *event);

#endif
