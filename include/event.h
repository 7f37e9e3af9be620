/* event.h: what decode fills in and policy reads. Types only. Layer 0. */
#ifndef STOPGATE_EVENT_H
#define STOPGATE_EVENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a call asks for, and a section of the policy. In the order in which a record names the
 * class of a call that asks for several which are judged alike (the later, the more telling). */
enum call_class {
        CLASS_OUTPUT,
        CLASS_READ,
        CLASS_ATTR,
        CLASS_WRITE,
        CLASS_CREATE,
        CLASS_DELETE,
        CLASS_EXEC,
        CLASS_CONNECT,
        CLASS_COUNT,
        /* No section of the policy, but what a record says of a call that is aimed at a process. */
        CLASS_PROCESS = CLASS_COUNT,
        RECORD_CLASSES
};

#define CLASS_BIT(class) (1u << (class))

/* In order of strictness: the strictest verdict over all that a call asks for wins. */
enum action { ACTION_ALLOW, ACTION_LOG, ACTION_DISCARD, ACTION_DENY, ACTION_KILL };
#define ACTION_COUNT (ACTION_KILL + 1)

enum object_kind {
        OBJECT_NONE,
        OBJECT_PATH,      /* path: absolute, canonical, as seen from stopgate's root */
        OBJECT_DELETED,   /* a file without a name; path: the name it had */
        OBJECT_ANONYMOUS, /* pipe, socket, memfd, anon inode; path: the kernel's label, "pipe:[7]"
                           */
        OBJECT_ABSTRACT,  /* abstract socket; path: '@' and the name's bytes, which may hold NUL */
        OBJECT_INET,      /* path: "inet:10.0.0.1:80" or "inet:[::1]:80"; address and port below */
        OBJECT_FAMILY,    /* another socket family; path: "netlink", "vsock", "family 77" */
        OBJECT_INET_ALL,  /* an internet socket that has no address yet; path: "inet", "inet6" */
        OBJECT_INET_ANY,  /* what reaches internet addresses that no call names; path: "packet",
                             "inet type 3 protocol 1", "source route" */
        OBJECT_PROCESS,   /* path: "process 7", "process group 7"; set, number and standing below */
        OBJECT_TEXT       /* not judged, only shown: the text of a symbolic link */
};

/* Which processes a call is aimed at. */
enum process_set {
        PROCESS_ONE,    /* a process, or one thread of it, by its number as the caller has it */
        PROCESS_HANDLE, /* the same by a pidfd: its number as stopgate has it */
        PROCESS_GROUP,
        PROCESS_USER, /* all of a user; number is the user's */
        PROCESS_ALL   /* all but the caller and init: kill(2) */
};

/* Where they stand, seen from the run. The closed answer is 0. */
enum standing {
        STANDS_OUTSIDE,
        STANDS_INSIDE,  /* or cannot be reached any more */
        STANDS_ON_BOTH, /* a group that has members outside too */
        STANDS_NOWHERE  /* nobody has that number */
};

/* How a terminal is held: its descriptor is open for reading, for writing; or it is the other end
 * of a pseudo-terminal that the process has made. */
enum { HELD_READ = 1, HELD_WRITE = 2, HELD_MASTER = 4 };

/* A canonical directory name is shorter than PATH_MAX; one component may be added to it. */
#define OBJECT_PATH_MAX (PATH_MAX + NAME_MAX + 2)

struct object {
        enum object_kind kind;
        bool exists;    /* something had that name when it was resolved */
        bool directory; /* RESOLVE_ENTRY: is one; or becomes one, the target of a rename */
        bool link;      /* RESOLVE_ENTRY, RESOLVE_NOLINK: is a symbolic link; or becomes one */
        bool device;    /* of a descriptor: a device */
        unsigned magic; /* MAGIC_*: the links of /proc that it was reached by */
        bool barred;    /* and by a link that the kernel perhaps does not follow for the thread */
        bool deep;      /* the kernel has no name for it: path is that of a directory above */
        bool own;       /* a pipe, socket or memfd, reached through the process's own descriptors */
        unsigned held;  /* HELD_*: a terminal, reached so if not by its master */
        bool foreign;   /* a file of /proc about a process outside of the run */
        bool memory;    /* foreign: and it shows the memory of that process */
        enum process_set set;   /* OBJECT_PROCESS */
        enum standing standing; /* OBJECT_PROCESS */
        bool thread;            /* OBJECT_PROCESS: that one thread, not its process */
        pid_t number;           /* OBJECT_PROCESS; of PROCESS_USER the user's; 0: its own */
        int error;  /* 0, or -errno: what the kernel answers to that path; path is then the
                       best name known (lexical below what exists), "" if not even that */
        size_t len; /* bytes in path, without the NUL that follows */
        char path[OBJECT_PATH_MAX];
        uint8_t address[16]; /* OBJECT_INET: network order; IPv4 as ::ffff:a.b.c.d */
        uint16_t port;       /* OBJECT_INET: host order */
};

/* One thing that a call asks for. A call with two paths or an open for reading and writing has
 * several. */
struct ask {
        enum call_class class;
        unsigned object; /* index into objects */
        bool carry;      /* the call asks for no such access itself, but would carry the object
                            out from under a rule (link, rename), and a directory with all that is
                            below it; or prepares it (socket): counts only when refused */
        bool compared; /* carry: and it opens nothing, so does not count, where the class is refused
                          of the name that it goes to as well */
        unsigned other; /* compared: index of that name */
};

enum {
        EVENT_OBJECTS = 8, /* execve: a script, up to five interpreters, and what they name */
        EVENT_ASKS = 16,
        EVENT_DATA_MAX = 4096,
        EVENT_COMM = 16,        /* TASK_COMM_LEN, proc(5) */
        EVENT_ADDRESS_MAX = 128 /* struct sockaddr_storage */
};

/* Links of proc(5) that lead to what somebody has open, or where he stands: the thread's own
 * process, or another. */
enum { MAGIC_OWN = 1, MAGIC_OTHER = 2 };

/* What of the thread, beside its memory, a call's names were resolved by. */
enum {
        EVENT_BY_FILES = 1 << 0,      /* a descriptor */
        EVENT_BY_PLACES = 1 << 1,     /* its working directory */
        EVENT_BY_INTERPRETER = 1 << 2 /* the same, for a script that names one by a relative path */
};

/* Which of the optional fields below hold something. */
enum {
        EVENT_HAS_FD = 1 << 0,
        EVENT_HAS_FLAGS = 1 << 1,
        EVENT_HAS_MODE = 1 << 2,
        EVENT_HAS_COUNT = 1 << 3,
        EVENT_HAS_DATA = 1 << 4,
        EVENT_HAS_RAW = 1 << 5,
        EVENT_HAS_RESULT = 1 << 6,
        EVENT_HAS_SIGNAL = 1 << 7,
        EVENT_HAS_RAW2 = 1 << 8
};

struct call;       /* calls.h */
struct flag_names; /* names.h */

/* One call of one thread, decoded. objects[0] is the record's "path", objects[1] its "to". */
struct event {
        pid_t tgid, tid;
        char comm[EVENT_COMM + 1]; /* any bytes, NUL-terminated */
        const struct call *call;   /* borrowed from the table */
        int error;        /* 0, or -errno: the call could not be decoded, or cannot succeed;
                             what the kernel would answer */
        bool undecodable; /* error, and the objects are not known: nothing may be guessed */
        bool asks_known;  /* undecodable, but asks holds all that it can be for */
        bool first_only;  /* sendmmsg: only the first message was judged, and only it may be sent */
        unsigned by;      /* EVENT_BY_* */
        unsigned nobjects, nasks;
        struct ask asks[EVENT_ASKS];

        struct { /* of openat2(2), as the call gave it; else all zero */
                uint64_t flags, mode, resolve;
                bool more; /* and something else, which no kernel of ours knows */
        } how;

        unsigned has; /* EVENT_HAS_* */
        int fd;
        const struct flag_names *flag_names;
        uint64_t flags;
        uint32_t mode;
        uint64_t count;
        int signal;     /* to be sent; 0: only asks whether it could be */
        int64_t result; /* what the call returned; -errno on failure */
        size_t raw_len;
        char raw[PATH_MAX]; /* the first path as the command gave it */
        size_t raw2_len;
        char raw2[PATH_MAX];             /* and the second */
        size_t address_len;              /* 0: no address of a socket was judged */
        char address[EVENT_ADDRESS_MAX]; /* as the command gave it */
        size_t data_len;
        char data[EVENT_DATA_MAX]; /* the first bytes of what is written */
        struct object objects[EVENT_OBJECTS];
};

#endif
