/* record.h: event + verdict -> exactly one escaped line. The fields are a contract: section 5 of
 * the design, tests/record.schema.json, stopgate(1). Layer 2. */
#ifndef STOPGATE_RECORD_H
#define STOPGATE_RECORD_H

#include <time.h>
#include "policy.h"

/* What the first record says of the run. All borrowed for the call. */
struct run_info {
        const char *version;
        const struct policy *policy;
        char *const *argv;
        const char *const *stops;  /* names of the calls that raise stops, ended by NULL */
        const char *const *layers; /* what enforces, ended by NULL: "seccomp", "ptrace", ... */
};

enum process_what { PROCESS_FORK, PROCESS_EXEC, PROCESS_EXIT };

struct process_info {
        enum process_what what;
        pid_t tgid, tid;
        const char *comm;
        pid_t child;      /* FORK */
        const char *path; /* EXEC: the program that runs now; may hold any bytes */
        size_t path_len;
        const char
                *argv; /* EXEC: as in /proc/PID/cmdline, each argument ended by NUL; may be NULL */
        size_t argv_len; /* no NUL at the end: the last argument was cut, and the record says so */
        int status;      /* EXIT: as from wait(2) */
};

/* Where records go. One recorder a run. */
struct recorder;

struct recorder_options {
        int fd; /* borrowed; where lines are written */
        enum record_format format;
        bool colour;    /* text only */
        uint64_t limit; /* call and process records; 0: none */
        bool exclusive; /* fd is a regular file of ours: size and links must stay as we leave them
                         */
};

struct recorder *recorder_new(const struct recorder_options *options);
void recorder_free(struct recorder *recorder);

/* Add one record to the batch. No system call but the clock, unless the batch is full, then
 * it is flushed. Return 0 or -errno of a flush (also of an earlier one that failed: the first
 * failure stays). recorder_end() flushes. */
int recorder_start(struct recorder *recorder, const struct run_info *info);
int recorder_call(struct recorder *recorder, const struct event *event,
                  const struct verdict *verdict);
int recorder_process(struct recorder *recorder, const struct process_info *info);
int recorder_end(struct recorder *recorder, int exit_status);

/* Write the batch out; waits where fd would block, so that no record is lost to a slow reader.
 * Returns 0 or -errno; -ESTALE: an exclusive file was changed by someone else. After an error every
 * later call returns it too. The caller ignores SIGPIPE. */
int recorder_flush(struct recorder *recorder);

/* Counts by class and action of all call verdicts, silently allowed ones that raised a stop too.
 * In permissive mode the action is the one that would have been taken.
 * recorder_call() counts; calls whose verdict is ACTION_ALLOW are counted but not written. */
uint64_t recorder_count(const struct recorder *recorder, enum call_class class, enum action action);
uint64_t recorder_dropped(const struct recorder *recorder);

/* The formatters, one line each with its newline, into buf (size at least RECORD_LINE_MAX, which
 * holds the longest call record whole). Return the length. record_text.c and record_json.c; pure
 * (when is the time to show). */
#define RECORD_LINE_MAX (192u << 10)

struct counts {
        uint64_t by[RECORD_CLASSES][ACTION_COUNT]; /* as recorder_count() */
        uint64_t dropped;
        bool permissive; /* nothing of it was refused, it only would have been */
};

struct formatter {
        size_t (*start)(char *buf, size_t size, const struct timespec *when,
                        const struct run_info *info);
        size_t (*call)(char *buf, size_t size, const struct timespec *when,
                       const struct event *event, const struct verdict *verdict, bool colour);
        size_t (*process)(char *buf, size_t size, const struct timespec *when,
                          const struct process_info *info, bool colour);
        size_t (*limit)(char *buf, size_t size, const struct timespec *when, uint64_t limit);
        size_t (*end)(char *buf, size_t size, const struct timespec *when, int exit_status,
                      const struct counts *counts);
};

extern const struct formatter text_formatter;
extern const struct formatter json_formatter;

#endif
