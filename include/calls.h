/* calls.h: the table of rows. Everything we know about a call stands in its row and nowhere else;
 * it feeds the filter, the decoder, the records, --list-calls and the tests. Layer 0.
 *
 * Source: the section-2 manual pages, syscalls(2), and the kernel's syscall_64.tbl and
 * syscall_32.tbl for calls that have no page yet. */
#ifndef STOPGATE_CALLS_H
#define STOPGATE_CALLS_H

#include "event.h"

enum call_kind {
        CALL_HARMLESS,  /* cannot reach past what was already granted: runs without a look */
        CALL_POLICED,   /* has roles; raises a stop when a class it asks for is concerned */
        CALL_BLINDING,  /* would let the command act unseen: closed when a class is spoken of */
        CALL_CONFINING, /* would undo the confinement: closed when a rule denies */
        CALL_GUARDED,   /* of conditions alone: stops where arguments are pinned, for what enum
                           call_guard says */
};

/* Where the memory for pinned arguments lies: below all that programs are linked to, within reach
 * of 32-bit calls, and at or above what vm.mmap_min_addr usually is. As it is that low, whatever
 * could touch it has an address below PINNED_END. */
#define PINNED_START 0x10000u
#define PINNED_END   0x400000u

/* The bits that an address below PINNED_END has not, but for a tag in the highest byte, which
 * munmap(2), mremap(2) and madvise(2) do not look at: Documentation/arch/arm64/tagged-address-abi
 * and x86's linear address masking. */
#define PINNED_ABOVE UINT64_C(0x00ffffffffc00000)

/* What a guarded call would do to pinned arguments. */
enum call_guard {
        GUARD_NONE,
        GUARD_MEMORY,      /* takes away or replaces the memory that holds them: refused there */
        GUARD_DESCRIPTORS, /* lets others share the descriptors: the memory has to be made before */
        GUARD_NEWBORN,     /* has the kernel write for a new thread that nobody may know of yet:
                              refused */
        GUARD_FILTERS /* adds a filter, which need not know of calls that are not its maker's */
};

/* What one argument is. DIRFD is the directory of the PATH that follows it. */
enum arg_role {
        ARG_NONE, /* the call has no such argument */
        ARG_OTHER,
        ARG_DIRFD,
        ARG_PATH,
        ARG_TEXT, /* a string that is shown, not judged: the text of a symbolic link */
        ARG_OFLAGS,
        ARG_OPENHOW, /* struct open_how, its size is the next argument */
        ARG_ATFLAGS, /* AT_*: may say AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH */
        ARG_RENAMEFLAGS,
        ARG_XATTRFLAGS,
        ARG_MODE,
        ARG_FD,  /* an open descriptor, judged by where it leads */
        ARG_BUF, /* what is written; its length is the next ARG_COUNT */
        ARG_COUNT,
        ARG_IOVEC,    /* struct iovec array; its length is the next ARG_COUNT */
        ARG_SOCKADDR, /* its length is the next argument */
        ARG_MSGHDR,
        ARG_MMSGHDR, /* only the first message is judged and sent: sendmmsg(2) may send fewer */
        ARG_FAMILY,  /* of a new socket; its type and protocol are the next two arguments */
        ARG_SOCKOPT, /* the level of a socket option; its name is the next argument */
        ARG_SUBCALL, /* socketcall(2): the number of the call that is meant, and its arguments */
        ARG_PROCESS, /* a number that means a process, or several */
        ARG_SIGNAL
};

/* What the number in a PROCESS argument means. */
enum process_number {
        NUMBER_NONE,
        NUMBER_TASK,   /* a thread, or the process that it belongs to; 0 the caller itself */
        NUMBER_KILL,   /* kill(2): also 0 the caller's group, -1 all processes, -N a group */
        NUMBER_OWNER,  /* fcntl(2), F_SETOWN: also 0 nobody, -N a group; F_SETFL, F_SETSIG: as
                          ASYNC */
        NUMBER_ASYNC,  /* ioctl(2), FIOASYNC: none, but the owner of the descriptor */
        NUMBER_WHICH,  /* setpriority(2): the argument before it says of what it is the number */
        NUMBER_IOPRIO, /* ioprio_set(2): the same, with other values */
        NUMBER_PIDFD
};

/* What a path (or descriptor) is asked for. */
enum path_use {
        USE_NONE,
        USE_OPEN,  /* as the OFLAGS or OPENHOW of the call say: read, write, create */
        USE_CREAT, /* creat(2): as O_CREAT|O_WRONLY|O_TRUNC */
        USE_WRITE,
        USE_CREATE,
        USE_SYMLINK, /* created as a symbolic link */
        USE_DELETE,
        USE_ATTR,
        USE_CONTROL, /* ioctl(2): attr of a file, write to a device */
        USE_EXEC,
        USE_OUTPUT,
        USE_CONNECT,
        USE_SOCKET, /* may connect later, or without a call: counts only when refused */
        USE_LINK,   /* gets a second name: must be no less open than the new one */
        USE_MOVE,   /* deleted here, and with all below it carried elsewhere */
        USE_TARGET  /* created here, and deleted first if it exists (rename) */
};

/* Whether a symbolic link in the last place is followed. */
enum path_follow {
        FOLLOW_ALWAYS,
        FOLLOW_NEVER,
        FOLLOW_FLAGS, /* ATFLAGS: unless AT_SYMLINK_NOFOLLOW; OFLAGS: unless O_NOFOLLOW and kin */
        FOLLOW_IF,    /* ATFLAGS: only with AT_SYMLINK_FOLLOW (linkat) */
        FOLLOW_ENTRY  /* never, not even before a trailing slash: the call is about the entry */
};

struct arg {
        enum arg_role role;
        enum path_use use;
        enum path_follow follow;
        enum process_number number;
};

#define CALL_TESTS      2
#define CALL_CONDITIONS 80

/* The words of [system] that open what a process outside of the run is protected by. */
#define WORD_PROCESSES "processes"
#define WORD_PTRACE    "ptrace"

/* A test on an argument in a register, made in BPF on its low 32 bits. */
struct call_test {
        unsigned arg;
        uint32_t mask, value; /* holds when (argument & mask) == value */
        bool not_zero; /* instead: when any of all its bits is set. The low half of an address may
                          be 0; of an int that is, the filter may think otherwise and be stricter */
        bool low;      /* instead: when it is an address below PINNED_END, tagged or not */
};

/* When every test holds, the call is of that kind. Where several conditions hold, a closed one
 * counts. */
struct call_condition {
        unsigned ntests; /* at least 1, on different arguments */
        struct call_test tests[CALL_TESTS];
        enum call_kind kind;
        enum call_guard guard; /* GUARDED */
        int err;   /* of a closed call: EPERM or ENOSYS, positive; of a guarded one EPERM
                      if it is refused, else 0 */
        bool wide; /* POLICED: holds for more than asks for something. It raises stops, but where
                      the filter refuses by itself it does not count */
        bool outside, signals; /* as in the row */
        const char *word;      /* opens it in [system]; NULL: nothing does */
        const char *why;       /* of a closed call: the reason, for the manual and --check */
};

/* May it change where the names of other calls lead? */
enum call_turns {
        TURNS_NOTHING,
        TURNS_LINKS, /* where it takes a symbolic link away: O_CREAT would then make a file there */
        TURNS_NAMES
};

/* What stopgate must know of, whatever the policy says: the call stops, and runs. */
enum call_note {
        NOTE_NOTHING,
        NOTE_ROOT, /* gives threads another root directory */
        NOTE_CPUS  /* asks for or sets the CPUs that a thread may use: affinity.h */
};

/* A wait that fails with EINTR though no handler has run: signal(7), the end of "Interruption of
 * system calls". What says how long it may take: */
enum call_wait {
        WAIT_NOT,
        WAIT_FOR_GOOD,
        WAIT_MS,  /* an int, in milliseconds; negative: for good */
        WAIT_TIME /* the address of a time: for x86-64 two words; NULL: for good */
};

struct call {
        const char *name; /* as libseccomp knows it */
        enum call_kind kind;
        struct arg args[6];
        int err;          /* closed kinds: EPERM or ENOSYS, positive */
        const char *word; /* closed kinds: what opens it in [system]; NULL: nothing does */
        const char *why;  /* closed kinds */
        bool outside;     /* closed only when the PROCESS argument leads outside of the run: it
                             raises a stop, and is judged there */
        bool signals;     /* can do no more to a process outside than signal it */
        bool late;        /* it may look for what it names after it has slept, or once more */
        enum call_turns turns;
        enum call_note note;
        enum call_wait wait;
        unsigned timeout; /* of such a wait: which argument */
        int timed_out;    /* and what it returns after that time: 0 or -errno */
        /* Kinds that hold only for some argument values, at most CALL_CONDITIONS with the one that
         * ends them (ntests == 0). A POLICED call with conditions raises stops only for the POLICED
         * ones among them (ioctl); a HARMLESS call may have closed ones (clone). Borrowed, may be
         * NULL. */
        const struct call_condition *conditions;
        /* ioctl(2): what of that is asked for nothing, as CALL_REQUEST() tells; 0 ends it. */
        const uint32_t *harmless_requests;
};

/* The whole table. Returns its first row and puts the number of rows into n. */
const struct call *calls_table(size_t *n);

/* The row of a call by libseccomp's name, or by number in an ABI (AUDIT_ARCH_*); NULL if none. */
const struct call *calls_by_name(const char *name);
const struct call *calls_by_number(uint32_t arch, int nr);

/* The number of a call of the table in an ABI; negative if that has none. */
int calls_number(const char *name, uint32_t arch);

/* The row that socketcall(2) number sub stands for, and how many arguments it takes; NULL if the
 * number is unknown. Source: socketcall(2), <linux/net.h>. */
const struct call *calls_by_subcall(unsigned sub, unsigned *nargs);

/* Does every test of the condition hold for these arguments? As the filter would say. */
bool calls_holds(const struct call_condition *condition, const uint64_t args[6]);

/* Is it a request that asks for nothing, whatever it is made on? call may be NULL. */
bool calls_is_harmless_request(const struct call *call, const uint64_t args[6]);

/* Is it a wait of that sort, and has no time after which it ends? call may be NULL. */
bool calls_waits_for_good(const struct call *call, const uint64_t args[6]);

/* What guard is on the call with these arguments; call may be NULL. */
enum call_guard calls_guard(const struct call *call, const uint64_t args[6]);

/* The number by which socketcall(2) does that call; 0: it does not. */
unsigned calls_subcall_number(const struct call *call);

/* The classes (CLASS_BIT) that a call may ask for by itself, and those whose refusals it must
 * respect because it can carry an object from one name to another, or opens a way round them. */
unsigned call_classes(const struct call *call);
unsigned call_carries(const struct call *call);

/* The words that open closed calls: fills words with up to max of them, each once, and returns
 * their number. Borrowed. */
size_t calls_system_words(const char **words, size_t max);

#endif
