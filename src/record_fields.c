/* record_fields.c: what a call record states, before it is worded. */
#include "record_fields.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

/* What write(2) says it has written, at most: its manual page, NOTES. */
#define MAX_RW_COUNT 0x7ffff000

static const char deleted_suffix[] = " (deleted)";

_Static_assert(RECORD_NAME_MAX >= OBJECT_PATH_MAX + sizeof(deleted_suffix), "a deleted name fits");

static void show_object(const struct object *object, struct shown_name *name)
{
        name->bytes = object->kind == OBJECT_NONE || object->len == 0 ? NULL : object->path;
        name->len = object->len;
        if (!name->bytes || object->kind != OBJECT_DELETED)
                return;
        memcpy(name->buf, object->path, object->len);
        memcpy(name->buf + object->len, deleted_suffix, strlen(deleted_suffix));
        name->bytes = name->buf;
        name->len += strlen(deleted_suffix);
}

static void show_nth(const struct event *event, unsigned n, struct shown_name *name)
{
        name->bytes = NULL;
        name->len = 0;
        if (n < event->nobjects)
                show_object(&event->objects[n], name);
}

void record_path(const struct event *event, struct shown_name *name)
{
        show_nth(event, 0, name);
}

static bool asks_for_exec(const struct event *event)
{
        for (unsigned i = 0; i < event->nasks; i++)
                if (event->asks[i].class == CLASS_EXEC && !event->asks[i].carry)
                        return true;
        return false;
}

void record_to(const struct event *event, const struct verdict *verdict, struct shown_name *name)
{
        unsigned second = asks_for_exec(event) ? EVENT_OBJECTS : 1;

        show_nth(event, verdict->object > 0 ? verdict->object : second, name);
}

bool record_shows_raw(const struct event *event, const struct shown_name *name)
{
        if (!(event->has & EVENT_HAS_RAW))
                return false;
        return !name->bytes || name->len != event->raw_len ||
               memcmp(name->bytes, event->raw, name->len) != 0;
}

const char *record_call_name(const struct event *event)
{
        return event->call ? event->call->name : "unknown";
}

bool record_result(const struct event *event, const struct verdict *verdict, int64_t *result)
{
        if (event->has & EVENT_HAS_RESULT)
                *result = event->result;
        else if (verdict->action == ACTION_KILL)
                return false;
        else if (verdict->action == ACTION_DENY)
                *result = -verdict->err;
        else if (event->error < 0)
                *result = event->error;
        else if (verdict->action == ACTION_DISCARD && event->has & EVENT_HAS_COUNT)
                *result = event->count < MAX_RW_COUNT ? (int64_t)event->count : MAX_RW_COUNT;
        else
                return false;
        return true;
}

const char *record_errno(int64_t result)
{
        enum { MAX_ERRNO = 4095 }; /* include/linux/err.h: what lies beyond is an address */

        return result < 0 && result >= -MAX_ERRNO ? errno_name((int)-result) : NULL;
}

void record_signal_name(int signal, char *buf, size_t size)
{
        const char *name = sigabbrev_np(signal);

        if (!signal)
                snprintf(buf, size, "0");
        else if (name)
                snprintf(buf, size, "SIG%s", name);
        else
                snprintf(buf, size, "SIG%d", signal);
}

size_t record_rule(const struct verdict *verdict, char buf[RECORD_RULE_MAX])
{
        if (!verdict->origin.file)
                return 0;
        buf[0] = '\0';
        (void)origin_format(&verdict->origin, buf, RECORD_RULE_MAX);
        return strnlen(buf, RECORD_RULE_MAX);
}
