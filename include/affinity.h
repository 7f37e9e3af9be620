/* affinity.h: a thread goes on, on the CPU that the tracer runs on, where nothing else wants to
 * run. Layer 2.
 *
 * A stop takes two wake-ups: the tracer's and the thread's. The scheduler wakes either on a CPU
 * that idles, and to wake that up costs more than all the rest of the stop, in a virtual machine
 * ten times as much. Where the thread is the only one that runs, nothing is lost if it stays
 * where the tracer is: the tracer keeps to its CPU, and the thread may use no other for the moment
 * in which it is resumed: sched_setaffinity(2). Then it may again what it might before.
 *
 * The scheduler may let the thread run before that moment has ended. So a thread whose CPUs are
 * asked for or set by a call stops there (enum call_note), is not kept when it may be about to read
 * them in /proc, and a child that was born in that moment gets back what its parent has. */
#ifndef STOPGATE_AFFINITY_H
#define STOPGATE_AFFINITY_H

#include <stdbool.h>
#include <stddef.h>
#include "tracee.h"

struct affinity;

/* load: a file as /proc/loadavg, proc_loadavg(5). Borrowed, for the call. Where it cannot be
 * opened, and where stopgate may use one CPU only, threads are resumed as ever. Never NULL. */
struct affinity *affinity_new(const char *load);

/* The tracer may use its CPUs again. */
void affinity_free(struct affinity *affinity);

/* n threads are about to be resumed, and to run; tid is one of them. Decides whether threads are
 * kept near; who only waits changes nothing about it. */
void affinity_plan(struct affinity *affinity, size_t n, pid_t tid);

/* Are threads kept near? Then who is resumed does not run until the tracer waits, and it is in vain
 * to ask who else has stopped meanwhile. */
bool affinity_keeps(const struct affinity *affinity);

/* As tracee_resume(). shows: its next steps may show which CPUs it may use. */
int affinity_resume(struct affinity *affinity, pid_t tid, enum resume how, int signal, bool shows);

/* parent, which is stopped, has made child. */
void affinity_born(const struct affinity *affinity, pid_t parent, pid_t child);

#endif
