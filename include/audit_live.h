/* audit_live.h: what happens in a run -> facts for its audit. Each does nothing if audit is NULL.
 * Layer 2. */
#ifndef STOPGATE_AUDIT_LIVE_H
#define STOPGATE_AUDIT_LIVE_H

#include "audit.h"
#include "policy.h"
#include "record.h"

/* The classes (CLASS_BIT) that have to be watched so that the net effect is known, and so that all
 * that a summary, a report or a learned policy tells is. */
#define AUDIT_CHANGING                                                                \
        (CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE) | \
         CLASS_BIT(CLASS_ATTR))
#define AUDIT_ALL \
        (AUDIT_CHANGING | CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_EXEC) | CLASS_BIT(CLASS_CONNECT))

/* The run begins: the same as its first record. What standard descriptors lead to may be written
 * without being opened; records is the one of them that stopgate itself writes to, or -1. */
void audit_start(struct audit *audit, const struct run_info *info, const char *host,
                 const char *run, int records);

/* A call that was judged: before it runs, if it is to; and when it has, or never will. */
void audit_before(struct audit *audit, const struct event *event);
void audit_call(struct audit *audit, const struct event *event, const struct verdict *verdict);

/* Must its return be awaited? */
bool audit_wants_result(const struct audit *audit, const struct event *event,
                        const struct verdict *verdict);

void audit_process(struct audit *audit, const struct process_info *info);
void audit_end(struct audit *audit, int exit_status, uint64_t dropped);

#endif
