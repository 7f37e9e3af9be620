/* filter_context.h: one filter in the making, as libseccomp sees it: ABIs, attributes, rules.
 * Layer 2. */
#ifndef STOPGATE_FILTER_CONTEXT_H
#define STOPGATE_FILTER_CONTEXT_H

#include <seccomp.h>
#include "calls.h"

/* A context for the ABIs of this machine. Returns 0 or -errno; the caller releases it in either
 * case (it may be NULL). */
int filter_context_new(scmp_filter_ctx *ctx, uint32_t default_action);

/* Add a rule for a call on every ABI that has it. A name that the installed libseccomp does not
 * know gets no rule, and no error: it falls to the gate. Returns 0 or -errno. */
int filter_context_add(scmp_filter_ctx ctx, uint32_t action, const struct call *call,
                       unsigned ntests, const struct call_test *tests);

/* Load it into the calling thread. Returns 0 or -errno; -ENOMEM also where libseccomp had less
 * memory than it needed, and the filter that is loaded is not what was asked for: then nothing may
 * run. */
int filter_context_load(scmp_filter_ctx ctx);

/* The old mmap(2) of i386 has its arguments in memory, and nothing since glibc 2.1 makes it: ENOSYS
 * there, and nothing else. A context of its own, for libseccomp makes a rule for all ABIs. */
int filter_context_old_mmap(scmp_filter_ctx *ctx);

/* The gate of filter.h. It is the same for every policy and takes libseccomp 7 ms, so stopgate is
 * built with the result (src/compile_gate.c); --dump-filter and a test make it anew. */
int filter_context_gate(scmp_filter_ctx *gate);

/* Whatever the policy says, once it closes anything: no descriptor or process that the call is
 * about matters. ERRNO is the answer then, and never a stop. */
bool filter_context_is_closed(enum call_kind kind, bool outside, bool signals);

/* What is closed in that way, and the notes of filter.h, built in the same way. */
int filter_context_closed(scmp_filter_ctx *closed);
int filter_context_notes(scmp_filter_ctx *notes);

#endif
