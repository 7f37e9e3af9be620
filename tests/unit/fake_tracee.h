/* fake_tracee.h: a tracee made of plain memory, linked in place of tracee.c, so that decode can be
 * shown any registers and any memory. Its directories and descriptors are the test's own. */
#ifndef STOPGATE_FAKE_TRACEE_H
#define STOPGATE_FAKE_TRACEE_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Forget all memory. */
void fake_reset(void);

/* From addr on len bytes are readable; bytes is borrowed. */
void fake_map(uint64_t addr, const void *bytes, size_t len);

/* Descriptor fd is a pidfd of that process, or of that one thread, until fake_reset(). */
void fake_pidfd(int fd, pid_t tid, bool thread);

/* Who owns every descriptor, until fake_reset(): nobody, unless said. */
void fake_owner(pid_t number, bool group);

/* How many times memory was read since fake_reset(). */
unsigned fake_reads(void);

#endif
