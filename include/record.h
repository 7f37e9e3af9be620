/* record.h: event + verdict -> exactly one escaped line. The fields are a contract: section 5 of
 * the design, tests/record.schema.json, stopgate(1). Layer 2. */
#ifndef STOPGATE_RECORD_H
#define STOPGATE_RECORD_H

#include <time.h>
#include "fact.h"
#include "policy.h"

/* What the first record says of the run. All borrowed for the call. */
struct run_info {
        const char *version;    /* as long as the recorder lives */
        const char *cwd, *home; /* absolute, or NULL: left out */
        bool changes;           /* records of the net effect will come */
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
        bool has_written;
        uint64_t written; /* EXIT: bytes by write(2) and the like: proc(5), /proc/PID/io, wchar */
};

/* Where records go. One recorder a run. */
struct recorder;

struct recorder_options {
        int fd; /* borrowed; where lines are written; -1: nowhere, all is only counted */
        enum record_format format;
        bool colour;     /* text only */
        uint64_t limit;  /* call and process records; 0: none */
        bool fold;       /* of call records alike that follow each other only the first is written,
                          * and at last how many there were: they cost no record of the limit */
        bool exclusive;  /* fd is a regular file of ours: size and links must stay as we leave them
                          */
        uint64_t rotate; /* exclusive: no file gets longer than that many bytes, but by a single
                          * line; 0: never. record_file.h says what the next three are. */
        unsigned keep;
        int directory;
        const char *name;
};

struct recorder *recorder_new(const struct recorder_options *options);
void recorder_free(struct recorder *recorder);

/* What stands on every JSON line: the name of this machine, any bytes; and 16 random hexadecimal
 * digits that tell this run from all others. Borrowed from the recorder. */
const char *recorder_host(const struct recorder *recorder);
const char *recorder_run(const struct recorder *recorder);

/* Add one record to the batch. No system call but the clock, unless the batch is full, then
 * it is flushed. Return 0 or -errno of a flush (also of an earlier one that failed: the first
 * failure stays). recorder_end() flushes. */
int recorder_start(struct recorder *recorder, const struct run_info *info);
int recorder_call(struct recorder *recorder, const struct event *event,
                  const struct verdict *verdict);
int recorder_process(struct recorder *recorder, const struct process_info *info);
/* What the run has changed, before the end; mark, may be NULL, says what that amounts to. */
int recorder_change(struct recorder *recorder, const struct change *change, const char *mark);
int recorder_end(struct recorder *recorder, int exit_status);

/* Write the batch out; waits where fd would block, so that no record is lost to a slow reader.
 * Returns 0 or -errno; -ESTALE: an exclusive file was changed by someone else. After an error every
 * later call returns it too. The caller ignores SIGPIPE. */
int recorder_flush(struct recorder *recorder);

/* Was it a new part of the file that could not be begun? */
bool recorder_failed_to_rotate(const struct recorder *recorder);

/* Counts by class and action of all call verdicts, silently allowed ones that raised a stop too.
 * In permissive mode the action is the one that would have been taken.
 * recorder_call() counts; calls whose verdict is ACTION_ALLOW are counted but not written. */
uint64_t recorder_count(const struct recorder *recorder, enum call_class class, enum action action);
uint64_t recorder_calls(const struct recorder *recorder);
uint64_t recorder_refused(const struct recorder *recorder);
uint64_t recorder_dropped(const struct recorder *recorder);

/* The formatters, one line each with its newline, into buf (size at least RECORD_LINE_MAX, which
 * holds the longest call record whole). Return the length. record_text.c and record_json.c; pure.
 */
#define RECORD_LINE_MAX (208u << 10)

/* Where in all records a line stands. */
struct stamp {
        struct timespec when;
        uint64_t seq;         /* lines of this run before it */
        const char *identity; /* of machine and run, by the formatter's own function; borrowed */
        size_t identity_len;
};

/* Names of machines are of this many bytes: uname(2). */
#define RECORD_HOST_MAX     64
#define RECORD_RUN_DIGITS   16
#define RECORD_IDENTITY_MAX 4096

struct counts {
        uint64_t by[RECORD_CLASSES][ACTION_COUNT]; /* as recorder_count() */
        uint64_t dropped;
        bool permissive; /* nothing of it was refused, it only would have been */
};

struct formatter {
        /* What its lines say of machine and run: worded once, for it may stand on every line. size
         * is at least RECORD_IDENTITY_MAX; no newline is added. */
        size_t (*identity)(char *buf, size_t size, const char *host, const char *run);
        size_t (*start)(char *buf, size_t size, const struct stamp *stamp,
                        const struct run_info *info);
        size_t (*call)(char *buf, size_t size, const struct stamp *stamp, const struct event *event,
                       const struct verdict *verdict, bool colour);
        size_t (*process)(char *buf, size_t size, const struct stamp *stamp,
                          const struct process_info *info, bool colour);
        size_t (*change)(char *buf, size_t size, const struct stamp *stamp,
                         const struct change *change, const char *mark);
        size_t (*part)(char *buf, size_t size, const struct stamp *stamp, const char *version,
                       unsigned part);
        size_t (*limit)(char *buf, size_t size, const struct stamp *stamp, uint64_t limit);
        /* A line of its own again, with another time and number; and, if that is not 0, how many
         * more there were like it. */
        size_t (*again)(char *buf, size_t size, const struct stamp *stamp, const char *line,
                        size_t len, uint64_t repeated);
        /* Where in a line of its own that begins which is neither event, time, identity nor number.
         */
        size_t (*body)(const char *line, size_t len);
        size_t (*end)(char *buf, size_t size, const struct stamp *stamp, int exit_status,
                      const struct counts *counts);
};

extern const struct formatter text_formatter;
extern const struct formatter json_formatter;

#endif
