/* fuzz_record.c: bytes -> the fields of an event, and both formatters: whatever a command supplies,
 * one strict line comes out. */
#include <stdlib.h>
#include <string.h>

#include "../strict.h"
#include "names.h"
#include "record.h"

struct bytes {
        const uint8_t *data;
        size_t len;
};

/* The next bytes into to; what is missing stays zero. */
static void take(struct bytes *bytes, void *to, size_t len)
{
        size_t n = len < bytes->len ? len : bytes->len;

        memset(to, 0, len);
        if (n > 0)
                memcpy(to, bytes->data, n);
        bytes->data += n;
        bytes->len -= n;
}

static uint64_t take_number(struct bytes *bytes, uint64_t below)
{
        uint64_t number;

        take(bytes, &number, sizeof(number));
        return number % below;
}

static size_t take_text(struct bytes *bytes, char *to, size_t size)
{
        uint8_t len;

        take(bytes, &len, sizeof(len));
        if (len > 250) /* as long as may be */
                memset(to, len, size);
        else
                take(bytes, to, len < size ? len : size);
        return len > 250 || len > size ? size : len;
}

static void take_object(struct bytes *bytes, struct object *object)
{
        object->kind = (enum object_kind)take_number(bytes, OBJECT_TEXT + 1);
        object->len = take_text(bytes, object->path, OBJECT_PATH_MAX - 1);
}

static void take_event(struct bytes *bytes, struct event *event)
{
        static const struct call call = {.name = "openat"};
        static const struct flag_names *const names[] = {open_flag_names, at_flag_names, NULL};

        take(bytes, &event->tid, sizeof(event->tid));
        take(bytes, &event->has, sizeof(event->has));
        take(bytes, &event->flags, sizeof(event->flags));
        take(bytes, &event->mode, sizeof(event->mode));
        take(bytes, &event->count, sizeof(event->count));
        take(bytes, &event->result, sizeof(event->result));
        event->tgid = event->tid;
        event->call = take_number(bytes, 2) ? &call : NULL;
        event->error = -(int)take_number(bytes, 200);
        event->flag_names = names[take_number(bytes, 3)];
        event->nobjects = (unsigned)take_number(bytes, EVENT_OBJECTS + 1);
        event->nasks = (unsigned)take_number(bytes, 2);
        event->asks[0].class = (enum call_class)take_number(bytes, CLASS_COUNT);
        (void)take_text(bytes, event->comm, EVENT_COMM);
        event->raw_len = take_text(bytes, event->raw, PATH_MAX);
        event->data_len = take_text(bytes, event->data, EVENT_DATA_MAX);
        for (unsigned i = 0; i < event->nobjects; i++)
                take_object(bytes, &event->objects[i]);
}

static struct verdict take_verdict(struct bytes *bytes, const char *file)
{
        static const struct rule rule;
        struct verdict verdict = {
                .action = (enum action)take_number(bytes, ACTION_COUNT),
                .would = (enum action)take_number(bytes, ACTION_COUNT),
                .err = (int)take_number(bytes, 200),
                .class = (enum call_class)take_number(bytes, CLASS_COUNT),
                .object = (unsigned)take_number(bytes, EVENT_OBJECTS),
                .origin = {take_number(bytes, 2) ? file : NULL, (unsigned)take_number(bytes, 3)},
                .rule = take_number(bytes, 2) ? &rule : NULL,
        };

        return verdict;
}

static void must(bool holds)
{
        if (!holds)
                abort();
}

#define SEQ ",\"seq\":"

static void check_call(const struct event *event, const struct verdict *verdict, char *buf)
{
        const struct stamp stamp = {{1795435200, 999999999}, 1, SEQ, sizeof(SEQ) - 1};
        size_t len = json_formatter.call(buf, RECORD_LINE_MAX, &stamp, event, verdict, false);

        must(len <= RECORD_LINE_MAX && strict_record(buf, len));
        len = text_formatter.call(buf, RECORD_LINE_MAX, &stamp, event, verdict, false);
        must(len <= RECORD_LINE_MAX && strict_line(buf, len));
}

/* The object's bytes serve as path and argv, longer than any real ones. */
static void check_process(const struct event *event, char *buf)
{
        const struct stamp stamp = {.identity = SEQ, .identity_len = sizeof(SEQ) - 1};
        struct process_info info = {
                .what = (enum process_what)(event->mode % 3),
                .tgid = event->tgid,
                .tid = event->tid,
                .comm = event->comm,
                .child = event->fd,
                .path = event->objects[0].path,
                .path_len = event->objects[0].len,
                .argv = (const char *)event->objects,
                .argv_len = event->flags % sizeof(event->objects),
                .status = (int)(event->flags % 0xffff),
        };
        size_t len = json_formatter.process(buf, RECORD_LINE_MAX, &stamp, &info, false);

        must(len <= RECORD_LINE_MAX && strict_record(buf, len));
        len = text_formatter.process(buf, RECORD_LINE_MAX, &stamp, &info, false);
        must(len <= RECORD_LINE_MAX && strict_line(buf, len));
}

static struct words words_of(const struct object *object)
{
        return (struct words){object->len ? object->path : NULL, object->len};
}

static void check_change(const struct event *event, const char *mark, char *buf)
{
        const struct stamp stamp = {.identity = SEQ, .identity_len = sizeof(SEQ) - 1};
        struct change change = {
                .kind = (enum change_kind)(event->mode % CHANGE_KINDS),
                .path = words_of(&event->objects[0]),
                .from = words_of(&event->objects[1]),
                .target = {event->raw, event->raw_len},
                .before = {.mode = (uint32_t)event->flags},
                .after = {.mode = event->mode},
                .attributes = event->count & 31,
                .capabilities = event->count & 32,
        };
        size_t len;

        if (!change.path.bytes)
                change.path = (struct words){"/", 1};
        len = json_formatter.change(buf, RECORD_LINE_MAX, &stamp, &change, mark);
        must(len <= RECORD_LINE_MAX && strict_record(buf, len));
        len = text_formatter.change(buf, RECORD_LINE_MAX, &stamp, &change, mark);
        must(len <= RECORD_LINE_MAX && strict_line(buf, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct event event;
        struct bytes bytes = {data, size};
        char *buf = malloc(RECORD_LINE_MAX); /* so that a sanitizer sees its end */
        char file[64] = "";
        struct verdict verdict;

        memset(&event, 0, sizeof(event));
        take_event(&bytes, &event);
        (void)take_text(&bytes, file, sizeof(file) - 1);
        verdict = take_verdict(&bytes, file);
        must(buf != NULL);
        check_call(&event, &verdict, buf);
        check_process(&event, buf);
        check_change(&event, event.nasks ? "runs at login" : NULL, buf);
        free(buf);
        return 0;
}
