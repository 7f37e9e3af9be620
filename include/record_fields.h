/* record_fields.h: what a call record states, before it is worded as text or JSON. Pure. Layer 1.
 */
#ifndef STOPGATE_RECORD_FIELDS_H
#define STOPGATE_RECORD_FIELDS_H

#include "policy.h"

/* An object's name as it is shown: a deleted file's says so. */
#define RECORD_NAME_MAX (OBJECT_PATH_MAX + 16)

struct shown_name {
        const char *bytes; /* in the object or in buf; NULL: there is nothing to show */
        size_t len;
        char buf[RECORD_NAME_MAX];
};

/* The record's "path", and its "to": the second path or the text of a symbolic link; of an exec,
 * whose further objects are interpreters, the one that decided. */
void record_path(const struct event *event, struct shown_name *name);
void record_to(const struct event *event, const struct verdict *verdict, struct shown_name *name);

/* Is the path as the command gave it worth showing beside name? */
bool record_shows_raw(const struct event *event, const struct shown_name *name);

/* The call's name; "unknown" where no row names it. Borrowed. */
const char *record_call_name(const struct event *event);

/* What the call returns as far as it is known when the record is made: what the kernel said; the
 * errno of a refusal, or the count of a discarded write; or why the call cannot succeed. False: not
 * known. */
bool record_result(const struct event *event, const struct verdict *verdict, int64_t *result);

/* The name of the errno in result, or NULL. Borrowed. */
const char *record_errno(int64_t result);

/* "SIGKILL" for 9, "SIG34" where there is no name, "0" for none, into buf. */
#define SIGNAL_NAME_MAX 32
void record_signal_name(int signal, char *buf, size_t size);

/* The origin of the verdict as "file:line" into buf. Returns its length, 0 if it has none. */
#define RECORD_RULE_MAX (PATH_MAX + 64)
size_t record_rule(const struct verdict *verdict, char buf[RECORD_RULE_MAX]);

#endif
