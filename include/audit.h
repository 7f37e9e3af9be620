/* audit.h: what a run has touched, collected while it runs or from its record, for those who tell
 * of it at the end: summary.h, report.h, learn.h. Layer 2.
 *
 * Two things are kept: touches, which say who did what when under which rule, those that are alike
 * as one; and, of a live run, how each name that was touched stood before the run touched it. At
 * the end the file system is asked again: what differs is the net effect, by whatever calls it came
 * about, through mapped memory too, and what failed or was undone is none. */
#ifndef STOPGATE_AUDIT_H
#define STOPGATE_AUDIT_H

#include "fact.h"

#define AUDIT_NONE UINT32_MAX

/* A program that a process has run: what stood in the process record. */
struct audit_program {
        uint32_t process, path; /* indexes */
        uint64_t time;          /* microseconds since the run began */
        struct words argv;
};

struct audit_process {
        pid_t tgid;
        uint32_t parent;  /* index; AUDIT_NONE of the first */
        uint32_t program; /* index of the last that it ran; AUDIT_NONE: its parent's */
        char comm[EVENT_COMM + 1];
        uint64_t began, ended; /* microseconds since the run began; ended 0: not seen */
        bool has_ended, has_written;
        int status; /* as from wait(2) */
        uint64_t written;
};

/* Calls that are alike: of one process, of the same name, on the same paths, decided and ended in
 * the same way. */
struct audit_touch {
        uint32_t path, to; /* indexes into the paths; AUDIT_NONE: not stated */
        uint32_t process;
        uint32_t rule;           /* index into the rules; AUDIT_NONE */
        const struct call *call; /* NULL: none that is known */
        uint8_t class, action, would;
        uint16_t asks, asks_to; /* CLASS_BIT: what it asks for, of path and of to */
        uint64_t flags;
        bool known;           /* error is known: it has returned, or never ran */
        int error;            /* 0, or -errno */
        uint64_t count;       /* of such calls, at least 1 */
        uint64_t first, last; /* microseconds since the run began */
        uint64_t bytes;       /* written by them, as far as it is known */
};

/* What happened in each of equal spans of time: for a time line. */
struct audit_span {
        uint64_t calls, changing, refused; /* changing: they asked to write, create, delete... */
};
#define AUDIT_SPANS 512

/* Of the whole run. Borrowed from the audit. */
struct audit_run {
        struct words host, run, cwd, home;
        struct words argv, policies; /* each part ended by NUL */
        struct timespec began;       /* UTC */
        uint64_t lasted;             /* microseconds, to the last fact */
        unsigned recorded;           /* CLASS_BIT: classes of which all is known */
        bool unknown; /* not all that changes something is recorded, so that there may be changes of
                         which nothing is known */
        bool unlooked; /* the run was to look at what has changed, and its end is not recorded: but
                          for what was stated by then, calls alone tell of changes */
        bool permissive;
        bool ended;              /* an end was stated; else status is 0 */
        int status;              /* exit status */
        uint64_t calls, refused; /* would have been, if permissive */
        uint64_t
                dropped; /* touches left out over the limit, or records that the recorder dropped */
        uint64_t unseen; /* changes of names that could not be looked at */
        uint64_t temporary; /* names that were made and taken away again */
        uint64_t span;      /* microseconds of each of the spans */
        struct audit_span spans[AUDIT_SPANS];
};

struct audit;

struct audit_options {
        uint64_t limit; /* touches and names kept, each; of names and arguments INTERN_MEAN bytes
                         * on the average; 0: none */
        bool live;      /* ask the file system; else only what facts state is known */
};

/* Never NULL: out of memory ends the program. */
struct audit *audit_new(const struct audit_options *options);
void audit_free(struct audit *audit);

/* Live: this call is about to run. Asks how the names that it could change stand now. */
void audit_look(struct audit *audit, const struct event *event);

/* Live: the command holds a descriptor of this file, and may write to it. */
void audit_inherit(struct audit *audit, const struct words *path);

/* One more fact, in the order of the record. The bytes are copied. */
void audit_add(struct audit *audit, const struct fact *fact);

/* The run has ended: find the net effect. Once, before what follows is asked for. */
void audit_settle(struct audit *audit);

/* What was collected; borrowed, until audit_free(). */
const struct audit_run *audit_run(const struct audit *audit);
const struct words *audit_paths(const struct audit *audit, size_t *n);
const struct words *audit_rules(const struct audit *audit, size_t *n);
const struct audit_process *audit_processes(const struct audit *audit, size_t *n);
const struct audit_program *audit_programs(const struct audit *audit, size_t *n);
const struct audit_touch *audit_touches(const struct audit *audit, size_t *n);

/* Sorted by path. What was renamed and modified is told as both, in this order. */
const struct change *audit_changes(const struct audit *audit, size_t *n);

#endif
