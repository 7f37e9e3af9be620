/* waits.h: calls that wait, and that the kernel ends because their thread is traced. Layer 2.
 * Source: signal(7), "Interruption of system calls and library functions by stop signals"; the
 * results ERESTARTNOHAND and EINTR of the kernel's own. */
#ifndef STOPGATE_WAITS_H
#define STOPGATE_WAITS_H

#include "threads.h"

/* A thread is stopped for a signal, or for stopgate alone (0). Without stopgate no wait would end
 * there, unless a handler runs or the process is stopped: so a wait that has is made again. One
 * with a timeout begins anew, for nobody knows how much of it has gone by; but if it was made
 * again for all that time already, it has timed out: it lasts no longer than three timeouts. */
void waits_go_on(struct thread *thread, int signal);

#endif
