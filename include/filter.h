/* filter.h: policy + table -> seccomp filters. Layer 2.
 *
 * Two filters are stacked, since libseccomp can say "these values of an argument" and "every other
 * call", but not both in one allow-list:
 *
 *     gate   allows every call that has a row, without conditions; any other number gets ENOSYS.
 *            The same for every policy. A policy that closes nothing has none.
 *     stops  allows all but what the policy closes (its errno) and what it polices (TRACE).
 *
 * One more, which is the same for every policy too, stops the few calls that stopgate must know of
 * to be fast (enum call_note). They are none of the policy's: they run without a look, and
 * --dump-filter, which shows what the policy makes, has no part in them.
 *
 * Where arguments are pinned, and i386 is an ABI, a third one closes its old mmap. One more may
 * stop what hands the terminal over.
 *
 * The kernel takes the strictest answer of both (seccomp(2): ERRNO before TRACE before ALLOW), and
 * remembers for which numbers both allow without looking at arguments. Both refuse foreign ABIs and
 * x32. */
#ifndef STOPGATE_FILTER_H
#define STOPGATE_FILTER_H

#include <linux/filter.h>
#include <seccomp.h>
#include "policy.h"

struct filter {
        bool gate;   /* something is closed */
        bool closed; /* all that can be, so that it need not be in stops: filter_closed_program */
        scmp_filter_ctx stops;
        bool old_mmap;            /* arguments are pinned, and i386 is decoded */
        scmp_filter_ctx terminal; /* after filter_watch_terminal(); else NULL */
};

/* The gate, as libseccomp compiled it when stopgate was built. */
extern const struct sock_fprog filter_gate_program;

/* What is closed whatever the policy says, if it closes all that there is to close; and the notes.
 * In the same way. */
extern const struct sock_fprog filter_closed_program;
extern const struct sock_fprog filter_old_mmap_program;
extern const struct sock_fprog filter_notes_program;

/* Build both. whole: as filter_dump() is to show it, with all that is closed among the stops; it is
 * not to be loaded, which would take longer. Returns 0 or -errno (and then frees what it made). */
int filter_build(struct filter *filter, const struct policy *policy, bool whole);
void filter_free(struct filter *filter);

/* Stop also at calls after which somebody may take the whole screen to be his: where the modes of a
 * terminal, or the group in front of it, are set. Whatever the policy, they are none of its.
 * Returns 0 or -errno. */
int filter_watch_terminal(struct filter *filter);
bool filter_hands_over_terminal(const struct call *call, const uint64_t args[6]);

/* Install both in the calling process, the stops last. Async-signal-unsafe (allocates). Returns 0
 * or -errno; -EACCES if the process does not have no_new_privs. */
int filter_load(const struct filter *filter);

/* Write both as libseccomp's pseudo code to fd. Returns 0 or -errno. */
int filter_dump(const struct filter *filter, int fd);

/* The names of the calls that raise stops, ended by NULL, in table order. The array is the caller's
 * to free; the names are borrowed. */
const char **filter_stops(const struct policy *policy);

#endif
