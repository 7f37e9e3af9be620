/* record_samples.h: events, verdicts and hostile bytes for the tests of records. */
#ifndef STOPGATE_TESTS_RECORD_SAMPLES_H
#define STOPGATE_TESTS_RECORD_SAMPLES_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../strict.h"
#include "names.h"
#include "record.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* 2026-11-23T12:00:00.123456Z. The identity has the form of JSON. */
#define SAMPLE_TIME                                        \
        {                                                  \
                .tv_sec = 1795435200, .tv_nsec = 123456789 \
        }
#define SAMPLE_IDENTITY ",\"host\":\"myhost\",\"run\":\"9f3c0a51d2e47b68\",\"seq\":"
static const struct stamp sample_stamp = {SAMPLE_TIME, 17, SAMPLE_IDENTITY,
                                          sizeof(SAMPLE_IDENTITY) - 1};
static const struct rule sample_rule;
static char sample_buf[RECORD_LINE_MAX] __attribute__((unused));

struct hostile {
        const char *bytes;
        size_t len;
};

#define HOSTILE(literal)                     \
        {                                    \
                literal, sizeof(literal) - 1 \
        }

static const struct hostile hostile[] = {
        HOSTILE("\n[1 sh] DENY"),
        HOSTILE("a\r\nb\t\v\f\b"),
        HOSTILE("\x1b]0;title\x07\x1b[2J"),
        HOSTILE("\",\"action\":\"allow"),
        HOSTILE("back\\slash\\"),
        HOSTILE("nul\0byte"),
        HOSTILE("\x7f\x01\x1f"),
        HOSTILE("c1 \xc2\x9b 31m\xc2\x85"),
        HOSTILE("invalid \x80\xff\xfe"),
        HOSTILE("overlong \xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf"),
        HOSTILE("surrogate \xed\xa0\x80"),
        HOSTILE("too great \xf4\x90\x80\x80"),
        HOSTILE("cut short \xf0\x9f\x98"),
        HOSTILE("bidi \xe2\x80\xae txt.exe \xe2\x81\xa6\xd8\x9c"),
        HOSTILE("lines \xe2\x80\xa8\xe2\x80\xa9"),
        HOSTILE("good \xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"),
};

static inline void set_object(struct event *event, unsigned n, enum object_kind kind,
                              const char *bytes, size_t len)
{
        struct object *object = &event->objects[n];

        object->kind = kind;
        object->len = len;
        memcpy(object->path, bytes, len);
        object->path[len] = '\0';
        if (event->nobjects <= n)
                event->nobjects = n + 1;
}

static inline void set_path(struct event *event, unsigned n, const char *path)
{
        set_object(event, n, OBJECT_PATH, path, strlen(path));
}

static inline void set_raw(struct event *event, const char *bytes, size_t len)
{
        memcpy(event->raw, bytes, len);
        event->raw_len = len;
        event->has |= EVENT_HAS_RAW;
}

static inline void set_data(struct event *event, const char *bytes, size_t len)
{
        memcpy(event->data, bytes, len);
        event->data_len = len;
        event->count = len;
        event->has |= EVENT_HAS_DATA | EVENT_HAS_COUNT;
}

/* The one event that tests fill in: it is too large for the stack. */
static inline struct event *new_event(const char *comm, const char *name)
{
        static struct event event;
        static struct call call;

        memset(&event, 0, sizeof(event));
        call.name = name;
        event.call = &call;
        event.tgid = 1234;
        event.tid = 1234;
        strncpy(event.comm, comm, EVENT_COMM);
        return &event;
}

static inline struct event *sample_open(const char *path, int flags)
{
        struct event *event = new_event("ls", "openat");

        set_path(event, 0, path);
        event->flag_names = open_flag_names;
        event->flags = (uint64_t)flags;
        event->has = EVENT_HAS_FLAGS;
        return event;
}

static inline struct event *sample_write(const char *bytes, size_t len)
{
        struct event *event = new_event("ls", "write");

        set_path(event, 0, "/dev/pts/0");
        event->fd = 1;
        event->has = EVENT_HAS_FD;
        set_data(event, bytes, len);
        return event;
}

static inline struct event *sample_rename(const char *from, const char *to)
{
        struct event *event = new_event("mv", "renameat2");

        set_path(event, 0, from);
        set_path(event, 1, to);
        event->flag_names = rename_flag_names;
        event->has = EVENT_HAS_FLAGS;
        return event;
}

static inline struct event *sample_kill(int signal)
{
        struct event *event = new_event("sh", "kill");

        set_object(event, 0, OBJECT_PROCESS, "process 7", 9);
        event->signal = signal;
        event->has = EVENT_HAS_SIGNAL;
        return event;
}

/* An exec of a script: its interpreter and the loader are further objects. */
static inline struct event *sample_exec(void)
{
        struct event *event = new_event("sh", "execve");

        set_path(event, 0, "/home/u/script");
        set_path(event, 1, "/usr/bin/python3");
        set_path(event, 2, "/lib64/ld-linux-x86-64.so.2");
        for (unsigned i = 0; i < 3; i++)
                event->asks[i] = (struct ask){.class = CLASS_EXEC, .object = i};
        event->nasks = 3;
        return event;
}

/* Everything that can be given, as bytes. */
static inline struct event *sample_of(const char *bytes, size_t len)
{
        struct event *event = new_event("", "openat");

        strncpy(event->comm, bytes, EVENT_COMM);
        set_object(event, 0, OBJECT_PATH, bytes, len);
        set_object(event, 1, OBJECT_TEXT, bytes, len);
        set_raw(event, bytes, len);
        event->raw[event->raw_len++] = '/';
        set_data(event, bytes, len);
        return event;
}

/* As long as they may be, of one byte and, as its last, another. */
static inline struct event *sample_longest(char byte, char last)
{
        struct event *event = new_event("", "openat");

        memset(event->comm, byte, EVENT_COMM);
        for (unsigned i = 0; i < 2; i++) {
                event->objects[i].kind = OBJECT_DELETED;
                event->objects[i].len = OBJECT_PATH_MAX - 1;
                memset(event->objects[i].path, byte, OBJECT_PATH_MAX - 1);
                event->objects[i].path[OBJECT_PATH_MAX - 2] = last;
        }
        memset(event->raw, byte, sizeof(event->raw));
        memset(event->data, byte, sizeof(event->data));
        event->comm[EVENT_COMM - 1] = last;
        event->raw[PATH_MAX - 1] = last;
        event->data[EVENT_DATA_MAX - 1] = last;
        event->nobjects = 2;
        event->raw_len = PATH_MAX;
        event->data_len = EVENT_DATA_MAX;
        event->count = UINT64_MAX;
        event->fd = INT32_MIN;
        event->flags = UINT64_MAX;
        event->flag_names = open_flag_names;
        event->mode = UINT32_MAX;
        event->result = INT64_MIN;
        event->has = ~0u;
        return event;
}

static inline struct verdict logged(enum call_class class)
{
        return (struct verdict){.action = ACTION_LOG, .would = ACTION_LOG, .class = class};
}

static inline struct verdict refused(enum call_class class, enum action action)
{
        return (struct verdict){.action = action,
                                .would = action,
                                .err = EACCES,
                                .class = class,
                                .origin = {"untrusted.ini", 12},
                                .rule = &sample_rule};
}

static inline struct verdict would_refuse(enum call_class class, enum action action)
{
        struct verdict verdict = refused(class, action);

        verdict.action = ACTION_LOG;
        return verdict;
}

static inline struct process_info sample_process(enum process_what what)
{
        static const char argv[] = "ls\0-l\0a b";

        return (struct process_info){.what = what,
                                     .tgid = 1234,
                                     .tid = 1234,
                                     .comm = "ls",
                                     .child = 1235,
                                     .path = "/usr/bin/ls",
                                     .path_len = strlen("/usr/bin/ls"),
                                     .argv = argv,
                                     .argv_len = sizeof(argv)};
}

static inline struct process_info process_of(const char *bytes, size_t len)
{
        struct process_info info = sample_process(PROCESS_EXEC);

        info.comm = bytes;
        info.path = info.argv = bytes;
        info.path_len = info.argv_len = len;
        return info;
}

/* Of a run under a policy with these files; all may be changed. */
static inline struct run_info *sample_run(void)
{
        static char *files[] = {(char *)"/etc/stopgate/base.ini", (char *)"/home/u/untrusted.ini",
                                NULL};
        static char *argv[] = {(char *)"ls", (char *)"-l", (char *)"a b", NULL};
        static const char *const stops[] = {"open", "openat", "write", NULL};
        static const char *const layers[] = {"ptrace", "seccomp", NULL};
        static struct policy policy;
        static struct run_info info;

        memset(&policy, 0, sizeof(policy));
        policy.files = files;
        policy.nfiles = 2;
        info = (struct run_info){"0.1", "/work", "/home/u", false, &policy, argv, stops, layers};
        return &info;
}

#endif
