/* fact.h: what one record states, apart from its wording: of a call that was judged, or of a line
 * that was read back from a record file. Types only. Layer 0. */
#ifndef STOPGATE_FACT_H
#define STOPGATE_FACT_H

#include <time.h>
#include "event.h"

/* Bytes of the command's, of any value but NUL where they are a name. Borrowed. */
struct words {
        const char *bytes; /* NULL: not stated */
        size_t len;
};

/* The net effect of a run on one name of the file system: before against after. */
enum change_kind {
        CHANGE_CREATED,
        CHANGE_MODIFIED, /* other content, or another file in its place */
        CHANGE_DELETED,
        CHANGE_RENAMED,   /* what stood at from stands here now */
        CHANGE_LINKED,    /* a second name of what stands at from */
        CHANGE_ATTRIBUTES /* the same content */
};
#define CHANGE_KINDS (CHANGE_ATTRIBUTES + 1)

/* Attributes that differ: a set. */
enum {
        CHANGED_MODE = 1 << 0,
        CHANGED_OWNER = 1 << 1,
        CHANGED_TIMES = 1 << 2,  /* of the last modification */
        CHANGED_XATTRS = 1 << 3, /* extended attributes, ACLs and capabilities among them */
        CHANGED_FLAGS = 1 << 4   /* chattr(1) */
};

/* What lstat(2) says. */
struct file_state {
        uint32_t mode; /* with the type; 0: there is none */
        uint32_t uid, gid;
        uint64_t size;
};

struct change {
        enum change_kind kind;
        struct words path;
        struct words from;   /* RENAMED, LINKED */
        struct words target; /* of a symbolic link that is there now: its text */
        struct file_state before, after;
        unsigned attributes; /* CHANGED_*; also beside other kinds than ATTRIBUTES */
        bool unseen;         /* it could not be looked at: calls alone tell */
        bool capabilities;   /* it has file capabilities now: capabilities(7) */
};

enum fact_kind { FACT_START, FACT_CALL, FACT_FORK, FACT_EXEC, FACT_EXIT, FACT_CHANGE, FACT_END };

struct fact {
        enum fact_kind kind;
        struct timespec time; /* UTC */
        pid_t tgid, tid;      /* CALL, FORK, EXEC, EXIT */
        struct words comm;

        /* CALL; path also of EXEC: the program that runs now */
        const struct call *call; /* borrowed from the table; NULL: none that is known */
        enum call_class class;   /* that decided; CLASS_PROCESS too */
        enum action action, would;
        struct words path, to; /* as in the record: also "inet:10.0.0.1:80", "pipe:[7]" */
        struct words rule;     /* "untrusted.ini:12" */
        bool has_flags, has_result, has_count;
        uint64_t flags; /* of open(2) or of the *at(2) call */
        int64_t result; /* -errno on failure, or of a refusal */
        uint64_t count;
        uint64_t repeated; /* not 0: it stands for so many more calls like one stated before */

        pid_t child;       /* FORK */
        struct words argv; /* START, EXEC: each ended by NUL; may be cut */

        int status;       /* EXIT: as from wait(2); END: the exit status */
        bool has_written; /* EXIT: the kernel said it */
        uint64_t written; /* EXIT: bytes by write(2) and the like: proc(5), /proc/PID/io, wchar */

        struct change change; /* CHANGE */

        /* START */
        struct words host, run; /* where, and which of all runs */
        struct words cwd, home; /* what ${PWD} and ${HOME} were */
        struct words policies;  /* each ended by NUL */
        bool permissive;
        bool states_changes; /* CHANGE facts tell the net effect */
        bool has_recorded;   /* it is stated: */
        unsigned recorded;   /* CLASS_BIT: of these classes all that was asked for has a fact */

        uint64_t dropped; /* END: records over the limit */
};

#endif
