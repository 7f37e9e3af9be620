/* calls_table.c: the rows of calls.h, by family and then by name.
 *
 * Every name that libseccomp resolves for x86-64, i386 and aarch64 has a row, and so have newer
 * calls, up to Linux 6.19, that a newer libseccomp may name. What has none gets ENOSYS whenever the
 * filter closes anything. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/ioprio.h>
#include <linux/loop.h>
#include <linux/sockios.h>
#include <linux/msdos_fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/shm.h>
#include <linux/uinput.h>
#include <linux/vhost.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <linux/in6.h> /* after the C library's: linux/libc-compat.h */

#include "calls_requests.h"
#include "util.h"

/* One macro, one line: */
/* clang-format off */

/* What an argument is. */
#define ARG(role, use, follow)    {ARG_##role, USE_##use, FOLLOW_##follow, NUMBER_NONE}
#define OTHER                     ARG(OTHER, NONE, ALWAYS)
#define DIRFD                     ARG(DIRFD, NONE, ALWAYS)
#define PATH(use, follow)         ARG(PATH, use, follow)
#define TEXT                      ARG(TEXT, NONE, ALWAYS)
#define OFLAGS                    ARG(OFLAGS, NONE, ALWAYS)
#define OPENHOW                   ARG(OPENHOW, NONE, ALWAYS)
#define ATFLAGS                   ARG(ATFLAGS, NONE, ALWAYS)
#define RENAMEFLAGS               ARG(RENAMEFLAGS, NONE, ALWAYS)
#define XATTRFLAGS                ARG(XATTRFLAGS, NONE, ALWAYS)
#define MODE                      ARG(MODE, NONE, ALWAYS)
#define FD(use)                   ARG(FD, use, ALWAYS)
#define BUF                       ARG(BUF, NONE, ALWAYS)
#define COUNT                     ARG(COUNT, NONE, ALWAYS)
#define IOVEC                     ARG(IOVEC, NONE, ALWAYS)
#define SOCKADDR(use, follow)     ARG(SOCKADDR, use, follow)
#define MSGHDR(use)               ARG(MSGHDR, use, ALWAYS)
#define MMSGHDR(use)              ARG(MMSGHDR, use, ALWAYS)
#define FAMILY                    ARG(FAMILY, SOCKET, ALWAYS)
#define SOCKOPT                   ARG(SOCKOPT, SOCKET, ALWAYS)
#define SUBCALL                   ARG(SUBCALL, NONE, ALWAYS)
#define PROCESS(number)           {ARG_PROCESS, USE_NONE, FOLLOW_ALWAYS, NUMBER_##number}
#define SIGNAL                    ARG(SIGNAL, NONE, ALWAYS)

/* What a call is: n its name, e the errno when closed, w the word that opens it, y why it is
 * closed. With conditions, c, it is something else for some values of its arguments. */
#define ROW(n, ...)               {.name = #n, .kind = CALL_POLICED, .args = {__VA_ARGS__}}
#define ROW_WHEN(n, c, ...)       {.name = #n, .kind = CALL_POLICED, .conditions = c, \
                                   .args = {__VA_ARGS__}}
#define TURNS(n, ...)             {.name = #n, .kind = CALL_POLICED, .turns = TURNS_NAMES, \
                                   .args = {__VA_ARGS__}}
#define REMOVES(n, ...)           {.name = #n, .kind = CALL_POLICED, .turns = TURNS_LINKS, \
                                   .args = {__VA_ARGS__}}
#define LATE(n, ...)              {.name = #n, .kind = CALL_POLICED, .late = true, \
                                   .args = {__VA_ARGS__}}
#define LATE_WHEN(n, c, ...)      {.name = #n, .kind = CALL_POLICED, .conditions = c, \
                                   .late = true, .args = {__VA_ARGS__}}
#define HARMLESS(n)               {.name = #n, .kind = CALL_HARMLESS}
#define NOTED(n, w)               {.name = #n, .kind = CALL_HARMLESS, .note = NOTE_##w}
#define WAITS(n, w, t, r)         {.name = #n, .kind = CALL_HARMLESS, .wait = WAIT_##w, \
                                   .timeout = t, .timed_out = r}
#define HARMLESS_BUT(n, c, ...)   {.name = #n, .kind = CALL_HARMLESS, .conditions = c, \
                                   .args = {__VA_ARGS__}}
#define BLINDING(n, e, w, y)      {.name = #n, .kind = CALL_BLINDING, .err = e, .word = w, .why = y}
#define CONFINING(n, w, y)        {.name = #n, .kind = CALL_CONFINING, .err = EPERM, .word = w, \
                                   .why = y}
#define MOUNTS(n)                 {.name = #n, .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = "mount", .why = WHY_MOUNT, .turns = TURNS_NAMES}
#define OUTSIDE(n, ...)           {.name = #n, .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_PROCESSES, \
                                   .outside = true, .args = {__VA_ARGS__}}
#define SIGNALS(n, ...)           {.name = #n, .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_SIGNALS, \
                                   .outside = true, .signals = true, .args = {__VA_ARGS__}}

/* Conditions, and the tests they are made of. */
#define POLICED_WHEN(...)         {WHEN(__VA_ARGS__), .kind = CALL_POLICED}
#define POLICED_TYPE(type)        {WHEN(FIELD(1, 0xff00, (type) << 8)), .kind = CALL_POLICED, \
                                   .wide = true}
#define BLINDING_WHEN(y, ...)     {WHEN(__VA_ARGS__), .kind = CALL_BLINDING, .err = EPERM, .why = y}
#define CONFINING_WHEN(w, y, ...) {WHEN(__VA_ARGS__), .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = w, .why = y}
#define OUTSIDE_WHEN(...)         {WHEN(__VA_ARGS__), .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_PROCESSES, .outside = true}
#define SIGNALS_WHEN(...)         {WHEN(__VA_ARGS__), .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_SIGNALS, \
                                   .outside = true, .signals = true}
/* The owner may have been named outside: Landlock holds whoever named him. */
#define OWNED_WHEN(...)           {WHEN(__VA_ARGS__), .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_SIGNALS, .outside = true}
#define SIGNALS_UNSEEN_WHEN(...)  {WHEN(__VA_ARGS__), .kind = CALL_CONFINING, .err = EPERM, \
                                   .word = WORD_PROCESSES, .why = WHY_OWNER, .signals = true}
#define GUARDED_WHEN(...)         {WHEN(__VA_ARGS__), .kind = CALL_GUARDED, .guard = GUARD_MEMORY, \
                                   .err = EPERM, .why = WHY_PINNED}
#define NEWBORN_WHEN(...)         {WHEN(__VA_ARGS__), .kind = CALL_GUARDED, .guard = GUARD_NEWBORN, \
                                   .err = EPERM, .why = WHY_NEWBORN}
#define NOTED_WHEN(g, y, ...)     {WHEN(__VA_ARGS__), .kind = CALL_GUARDED, .guard = g, .why = y}
#define END                       {.ntests = 0}
#define WHEN(...)                 .ntests = NTESTS(__VA_ARGS__), .tests = {__VA_ARGS__}
#define NTESTS(...)               ARRAY_SIZE(((struct call_test[]){__VA_ARGS__}))
#define IS(arg, value)            {arg, UINT32_MAX, value, false, false}
#define FIELD(arg, mask, value)   {arg, mask, value, false, false}
#define BITS(arg, mask)           {arg, mask, mask, false, false}
#define NOT_ZERO(arg)             {arg, 0, 0, true, false}
#define LOW(arg)                  {arg, 0, 0, false, true}

/* clang-format on */

/* Reasons that several rows share. */
#define WHY_AIO        "writes to descriptors without a call that stops"
#define WHY_IO_URING   "opens, writes and connects without a call that stops"
#define WHY_MOUNT      "changes what a path leads to"
#define WHY_NAMESPACES "changes what names lead to, and grants capabilities there"
#define WHY_PTRACE     "acts through another process, which may stand outside"
#define WHY_REBOOT     "ends or replaces the running kernel"
#define WHY_MODULES    "changes the running kernel"
#define WHY_RAWIO      "reaches devices, and through them all memory and every file"
#define WHY_FANOTIFY   "opens files of others, and may hold up the opens of others"
#define WHY_QUOTA      "changes what a file system holds for others, and writes its quota files"
#define WHY_SWAP       "reads and overwrites the file or device it is given"
#define WHY_DEVICES    "makes a second name for a device, for which no rule was written"
#define WHY_TERMINAL   "types into the terminal as if the user did"
#define WHY_FAULTS     "holds the kernel up in the middle of a call, at will"
#define WHY_LEASES     "holds up the opens of others"
#define WHY_VHOST      "has the kernel write to memory later, without a call that stops"
#define WHY_KEYS       "has the kernel run a program outside of the run"
#define WHY_SUBVOLUMES "gives files other names, or takes theirs, unseen"
#define WHY_SIGNALS    "signals processes outside of the run"
#define WHY_OWNER      "names in memory who is to be signalled, perhaps a process outside of the run"
#define WHY_PROCESSES  "limits, slows or moves processes outside of the run"
#define WHY_REMAP      "lays other memory over the arguments that were judged"

#define WHY_DROPPABLE "may lose arguments after they were judged"
#define WHY_PINNED    "takes the memory away that holds pinned arguments"
#define WHY_NEWBORN   "has the kernel write to memory for a thread that is not known of yet"
#define WHY_FILTER    "may forbid the calls by which arguments are pinned"

/* MAP_DROPPABLE, since Linux 6.11: the kernel empties such pages when it needs them. */
#define MAP_DROPPABLE_TYPE 0x08

/* In clone's flags the low byte is the exit signal, so CLONE_NEWTIME (0x80) is unshare's alone. */
#define NAMESPACE_WHEN(flag) CONFINING_WHEN("namespaces", WHY_NAMESPACES, BITS(0, flag))

/* Whoever is killed within clone(2) has perhaps made a thread that nobody tells of, until it runs
 * for the first time. Before its first stop the kernel writes its number to memory
 * (schedule_tail(), kernel/sched/core.c), and if it is killed with its maker, a zero
 * (mm_release(), kernel/fork.c): into the arguments of a call that was judged, if the memory
 * is not its own. A thread's leader is not gone before that; and no C library that we know of asks
 * for the rest. */
static const struct call_condition clone_conditions[] = {
        BLINDING_WHEN("starts a process that is not traced", BITS(0, CLONE_UNTRACED)),
        NAMESPACE_WHEN(CLONE_NEWCGROUP),
        NAMESPACE_WHEN(CLONE_NEWIPC),
        NAMESPACE_WHEN(CLONE_NEWNET),
        NAMESPACE_WHEN(CLONE_NEWNS),
        NAMESPACE_WHEN(CLONE_NEWPID),
        NAMESPACE_WHEN(CLONE_NEWUSER),
        NAMESPACE_WHEN(CLONE_NEWUTS),
        NEWBORN_WHEN(BITS(0, CLONE_VM | CLONE_CHILD_SETTID)),
        NEWBORN_WHEN(FIELD(0, CLONE_VM | CLONE_THREAD | CLONE_CHILD_CLEARTID,
                           CLONE_VM | CLONE_CHILD_CLEARTID)),
        NOTED_WHEN(GUARD_DESCRIPTORS,
                   "has pinned memory made first, while nobody shares its descriptors",
                   BITS(0, CLONE_FILES)),
        END,
};

static const struct call_condition unshare_conditions[] = {
        NAMESPACE_WHEN(CLONE_NEWCGROUP),
        NAMESPACE_WHEN(CLONE_NEWIPC),
        NAMESPACE_WHEN(CLONE_NEWNET),
        NAMESPACE_WHEN(CLONE_NEWNS),
        NAMESPACE_WHEN(CLONE_NEWPID),
        NAMESPACE_WHEN(CLONE_NEWTIME),
        NAMESPACE_WHEN(CLONE_NEWUSER),
        NAMESPACE_WHEN(CLONE_NEWUTS),
        END,
};

/* A listener outranks our stops (seccomp(2): USER_NOTIF before TRACE), and what it lets go on was
 * seen by nobody else. A filter without one can only take rights away. */
static const struct call_condition seccomp_conditions[] = {
        BLINDING_WHEN("lets calls go on without a stop", IS(0, SECCOMP_SET_MODE_FILTER),
                      BITS(1, SECCOMP_FILTER_FLAG_NEW_LISTENER)),
        /* The rest: libseccomp takes no two answers to one question. */
        NOTED_WHEN(GUARD_FILTERS, WHY_FILTER, IS(0, SECCOMP_SET_MODE_FILTER),
                   FIELD(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)),
        END,
};

/* Of fs/ext4/ext4.h, fs/xfs/libxfs/xfs_fs.h and fs/ocfs2/ocfs2_ioctl.h: no header for programs has
 * them. */
#define EXT4_IOC_SETVERSION   _IOW('f', 4, long)
#define EXT4_IOC32_SETVERSION _IOW('f', 4, int)
#define EXT4_IOC_MIGRATE      _IO('f', 9)
#define OCFS2_IOC_REFLINK     _IOW('o', 4, uint64_t[3])

/* USERFAULTFD_IOC_NEW of <linux/userfaultfd.h>, since Linux 6.1. */
#define USERFAULTFD_IOC_NEW_REQUEST _IO(0xaa, 0x00)

/* A descriptor for reading is enough to change files, file systems and devices with many requests,
 * and newer kernels have more. So all of these types are looked at, but for
 * calls_harmless_requests; those that are named are for the filter, where it refuses alone. Then
 * those that type for the user, those that make and remove names unseen, and by which devices give
 * what a closed call gives. */
static const struct call_condition ioctl_conditions[] = {
        POLICED_WHEN(IS(1, BTRFS_IOC_SET_RECEIVED_SUBVOL)),
        POLICED_WHEN(IS(1, BTRFS_IOC_SUBVOL_SETFLAGS)),
        POLICED_WHEN(IS(1, EXT4_IOC_MIGRATE)),
        POLICED_WHEN(IS(1, EXT4_IOC_SETVERSION)),
        POLICED_WHEN(IS(1, EXT4_IOC32_SETVERSION)),
        POLICED_WHEN(IS(1, FAT_IOCTL_SET_ATTRIBUTES)),
        POLICED_WHEN(IS(1, FS_IOC_ADD_ENCRYPTION_KEY)),
        POLICED_WHEN(IS(1, FS_IOC_ENABLE_VERITY)),
        POLICED_WHEN(IS(1, FS_IOC_FSSETXATTR)),
        POLICED_WHEN(IS(1, FS_IOC_REMOVE_ENCRYPTION_KEY)),
        POLICED_WHEN(IS(1, FS_IOC_REMOVE_ENCRYPTION_KEY_ALL_USERS)),
        POLICED_WHEN(IS(1, FS_IOC_SETFLAGS)),
        POLICED_WHEN(IS(1, FS_IOC_SETFSLABEL)),
        POLICED_WHEN(IS(1, FS_IOC_SET_ENCRYPTION_POLICY)),
        POLICED_WHEN(IS(1, FS_IOC32_SETFLAGS)),
        POLICED_WHEN(IS(1, FS_IOC_SETVERSION)),
        POLICED_WHEN(IS(1, FS_IOC32_SETVERSION)),
        POLICED_WHEN(IS(1, LOOP_CHANGE_FD)),
        POLICED_WHEN(IS(1, LOOP_CLR_FD)),
        POLICED_WHEN(IS(1, LOOP_CONFIGURE)),
        POLICED_WHEN(IS(1, LOOP_SET_FD)),
        POLICED_WHEN(IS(1, LOOP_CTL_ADD)),
        POLICED_WHEN(IS(1, LOOP_CTL_GET_FREE)),
        POLICED_WHEN(IS(1, LOOP_CTL_REMOVE)),
        POLICED_TYPE('N'), /* NVMe */
        POLICED_TYPE('X'), /* XFS, and all */
        POLICED_TYPE('f'), /* ext4, and all */
        POLICED_TYPE('m'), /* tapes */
        POLICED_TYPE('n'), /* NILFS2 */
        POLICED_TYPE('o'), /* OCFS2, UBI */
        POLICED_TYPE('r'), /* FAT */
        POLICED_TYPE('v'),
        POLICED_TYPE(TYPE_BLOCK),
        POLICED_TYPE(TYPE_BTRFS),
        POLICED_TYPE(TYPE_CEPH),
        POLICED_TYPE(TYPE_CIFS),
        POLICED_TYPE(TYPE_DM),
        POLICED_TYPE(TYPE_F2FS),
        POLICED_TYPE(TYPE_FLOPPY),
        POLICED_TYPE(TYPE_LOOP),
        POLICED_TYPE(TYPE_MD),
        POLICED_TYPE(TYPE_MMC),
        POLICED_TYPE(TYPE_NBD),
        POLICED_TYPE(TYPE_SCSI),
        POLICED_TYPE(TYPE_SG),
        CONFINING_WHEN("terminal", WHY_TERMINAL, IS(1, TIOCSTI)),
        CONFINING_WHEN("terminal", WHY_TERMINAL, IS(1, TIOCLINUX)),
        CONFINING_WHEN("terminal", WHY_TERMINAL, IS(1, UI_DEV_CREATE)),
        CONFINING_WHEN("userfaultfd", WHY_FAULTS, IS(1, USERFAULTFD_IOC_NEW_REQUEST)),
        CONFINING_WHEN("vhost", WHY_VHOST, IS(1, VHOST_SET_OWNER)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SNAP_CREATE)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SNAP_CREATE_V2)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SNAP_DESTROY)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SNAP_DESTROY_V2)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SUBVOL_CREATE)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, BTRFS_IOC_SUBVOL_CREATE_V2)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, IS(1, OCFS2_IOC_REFLINK)),
        CONFINING_WHEN("subvolumes", WHY_SUBVOLUMES, FIELD(1, 0xff00, TYPE_BCACHEFS << 8)),
        OWNED_WHEN(IS(1, FIOASYNC)),
        SIGNALS_UNSEEN_WHEN(IS(1, FIOSETOWN)),
        SIGNALS_UNSEEN_WHEN(IS(1, SIOCSPGRP)),
        END,
};

/* libseccomp cannot say "any other mode" beside a closed one, so every type that mknod(2) makes has
 * its line; the rest the kernel refuses. */
static const struct call_condition mknod_conditions[] = {
        POLICED_WHEN(FIELD(1, S_IFMT, 0)),
        POLICED_WHEN(FIELD(1, S_IFMT, S_IFBLK)),
        POLICED_WHEN(FIELD(1, S_IFMT, S_IFCHR)),
        POLICED_WHEN(FIELD(1, S_IFMT, S_IFIFO)),
        POLICED_WHEN(FIELD(1, S_IFMT, S_IFREG)),
        POLICED_WHEN(FIELD(1, S_IFMT, S_IFSOCK)),
        CONFINING_WHEN("devices", WHY_DEVICES, FIELD(1, S_IFMT, S_IFBLK)),
        CONFINING_WHEN("devices", WHY_DEVICES, FIELD(1, S_IFMT, S_IFCHR)),
        END,
};

static const struct call_condition mknodat_conditions[] = {
        POLICED_WHEN(FIELD(2, S_IFMT, 0)),
        POLICED_WHEN(FIELD(2, S_IFMT, S_IFBLK)),
        POLICED_WHEN(FIELD(2, S_IFMT, S_IFCHR)),
        POLICED_WHEN(FIELD(2, S_IFMT, S_IFIFO)),
        POLICED_WHEN(FIELD(2, S_IFMT, S_IFREG)),
        POLICED_WHEN(FIELD(2, S_IFMT, S_IFSOCK)),
        CONFINING_WHEN("devices", WHY_DEVICES, FIELD(2, S_IFMT, S_IFBLK)),
        CONFINING_WHEN("devices", WHY_DEVICES, FIELD(2, S_IFMT, S_IFCHR)),
        END,
};

/* The memory of a process that is not dumpable cannot be read by a tracer without CAP_SYS_PTRACE
 * (ptrace(2), access mode checking). */
static const struct call_condition prctl_conditions[] = {
        BLINDING_WHEN("hides its memory from the tracer", IS(0, PR_SET_DUMPABLE), IS(1, 0)),
        /* Says where brk(2) unmaps. */
        GUARDED_WHEN(IS(0, PR_SET_MM)),
        NOTED_WHEN(GUARD_FILTERS, WHY_FILTER, IS(0, PR_SET_SECCOMP)),
        END,
};

/* Each range that reaches the memory for pinned arguments starts below its end. What it holds
 * cannot be changed, whatever mprotect(2) and the rest of madvise(2) do: memfd_create(2),
 * F_SEAL_FUTURE_WRITE. i386 has an mmap whose arguments lie in memory: filter_context.h. */
static const struct call_condition munmap_conditions[] = {
        GUARDED_WHEN(LOW(0)),
        END,
};

static const struct call_condition mmap_conditions[] = {
        {WHEN(FIELD(3, MAP_TYPE, MAP_DROPPABLE_TYPE)), .kind = CALL_CONFINING, .err = EPERM,
         .why = WHY_DROPPABLE},
        GUARDED_WHEN(LOW(0), BITS(3, MAP_FIXED)),
        END,
};

static const struct call_condition mremap_conditions[] = {
        GUARDED_WHEN(LOW(0)),
        GUARDED_WHEN(BITS(3, MREMAP_FIXED), LOW(4)),
        END,
};

/* A child without it could have memory of its own there. */
static const struct call_condition madvise_conditions[] = {
        GUARDED_WHEN(LOW(0), IS(2, MADV_DONTFORK)),
        END,
};

/* SHM_REMAP replaces what is mapped at the address. ipc(2) takes the flags as its third argument
 * and a version in the upper half of the first. */
static const struct call_condition shmat_conditions[] = {
        BLINDING_WHEN(WHY_REMAP, BITS(2, SHM_REMAP)),
        END,
};

static const struct call_condition ipc_conditions[] = {
        BLINDING_WHEN(WHY_REMAP, FIELD(0, 0xffff, SHMAT), BITS(2, SHM_REMAP)),
        END,
};

/* Every family from 2 to 63 but netlink, 16; the kernel has fewer than 64. Neither AF_UNIX nor
 * netlink reaches anything before it names an address. */
static const struct call_condition socket_conditions[] = {
        POLICED_WHEN(BITS(0, 2)),  POLICED_WHEN(BITS(0, 4)),      POLICED_WHEN(BITS(0, 8)),
        POLICED_WHEN(BITS(0, 32)), POLICED_WHEN(BITS(0, 16 | 1)), END,
};

/* A source route sends to its first stop, whatever the address: ip(7), tcp_v4_connect(),
 * fl6_update_dst(). The older options carry the newer ones: RFC 2292. A flow label has options of
 * its own: fl_create(), net/ipv6/ip6_flowlabel.c. */
static const struct call_condition setsockopt_conditions[] = {
        POLICED_WHEN(IS(1, IPPROTO_IP), IS(2, IP_OPTIONS)),
        POLICED_WHEN(IS(1, IPPROTO_IPV6), IS(2, IPV6_2292PKTOPTIONS)),
        POLICED_WHEN(IS(1, IPPROTO_IPV6), IS(2, IPV6_FLOWLABEL_MGR)),
        POLICED_WHEN(IS(1, IPPROTO_IPV6), IS(2, IPV6_RTHDR)),
        END,
};

/* send(2) is made of it: without an address it goes where connect(2) has led. */
static const struct call_condition sendto_conditions[] = {
        POLICED_WHEN(NOT_ZERO(4)),
        END,
};

/* With something to say to it the kernel starts /sbin/request-key, as root and outside of the run,
 * for a key that is not there: request_key(2). The DNS resolver's asks any server for any name. */
static const struct call_condition request_key_conditions[] = {
        CONFINING_WHEN("keys", WHY_KEYS, NOT_ZERO(2)),
        END,
};

/* F_SETDELEG of <linux/fcntl.h>, since Linux 6.19. */
#define F_SETDELEGATION 1040

/* Who owns a descriptor gets its signal, with F_SETSIG any signal, as if the caller had sent it:
 * fcntl(2), f_setown() in fs/fcntl.c. A descriptor may have come with an owner, and a terminal
 * takes the group in front, perhaps the user's editor, when it is made asynchronous:
 * __tty_fasync(). One request has the owner in memory. And whoever has a lease of a file, which a
 * descriptor for reading is enough for, is waited for. */
static const struct call_condition fcntl_conditions[] = {
        SIGNALS_WHEN(IS(1, F_SETOWN)),
        OWNED_WHEN(IS(1, F_SETSIG)),
        OWNED_WHEN(IS(1, F_SETFL), BITS(2, O_ASYNC)),
        SIGNALS_UNSEEN_WHEN(IS(1, F_SETOWN_EX)),
        CONFINING_WHEN("leases", WHY_LEASES, IS(1, F_SETLEASE)),
        CONFINING_WHEN("leases", WHY_LEASES, IS(1, F_SETDELEGATION)),
        END,
};

/* Without new limits it only asks for the old. */
static const struct call_condition prlimit_conditions[] = {
        OUTSIDE_WHEN(NOT_ZERO(0), NOT_ZERO(2)),
        END,
};

static const struct call_condition task_conditions[] = {
        OUTSIDE_WHEN(NOT_ZERO(0)),
        END,
};

/* Of the caller alone: PRIO_PROCESS, which is 0, and 0; the same for ioprio_set(2). */
static const struct call_condition setpriority_conditions[] = {
        OUTSIDE_WHEN(NOT_ZERO(0)),
        OUTSIDE_WHEN(NOT_ZERO(1)),
        END,
};

static const struct call_condition ioprio_conditions[] = {
        OUTSIDE_WHEN(IS(0, IOPRIO_WHO_PGRP)),
        OUTSIDE_WHEN(IS(0, IOPRIO_WHO_USER)),
        OUTSIDE_WHEN(NOT_ZERO(1)),
        END,
};

static const struct call rows[] = {
        /* Opening. */
        ROW(creat, PATH(CREAT, ALWAYS), MODE),
        ROW(open, PATH(OPEN, FLAGS), OFLAGS, MODE),
        ROW(openat, DIRFD, PATH(OPEN, FLAGS), OFLAGS, MODE),
        ROW(openat2, DIRFD, PATH(OPEN, FLAGS), OPENHOW, OTHER),
        ROW(truncate, PATH(WRITE, ALWAYS), OTHER),
        ROW(truncate64, PATH(WRITE, ALWAYS), OTHER, OTHER),
        CONFINING(open_by_handle_at, "handles", "opens a file without a path that could be judged"),

        /* Names. */
        TURNS(link, PATH(LINK, ENTRY), PATH(CREATE, ENTRY)),
        TURNS(linkat, DIRFD, PATH(LINK, IF), DIRFD, PATH(CREATE, ENTRY), ATFLAGS),
        ROW(mkdir, PATH(CREATE, ENTRY), MODE),
        ROW(mkdirat, DIRFD, PATH(CREATE, ENTRY), MODE),
        ROW_WHEN(mknod, mknod_conditions, PATH(CREATE, ENTRY), MODE, OTHER),
        ROW_WHEN(mknodat, mknodat_conditions, DIRFD, PATH(CREATE, ENTRY), MODE, OTHER),
        TURNS(rename, PATH(MOVE, ENTRY), PATH(TARGET, ENTRY)),
        TURNS(renameat, DIRFD, PATH(MOVE, ENTRY), DIRFD, PATH(TARGET, ENTRY)),
        TURNS(renameat2, DIRFD, PATH(MOVE, ENTRY), DIRFD, PATH(TARGET, ENTRY), RENAMEFLAGS),
        ROW(rmdir, PATH(DELETE, ENTRY)),
        TURNS(symlink, TEXT, PATH(SYMLINK, ENTRY)),
        TURNS(symlinkat, TEXT, DIRFD, PATH(SYMLINK, ENTRY)),
        REMOVES(unlink, PATH(DELETE, ENTRY)),
        REMOVES(unlinkat, DIRFD, PATH(DELETE, ENTRY), ATFLAGS),

        /* Attributes. */
        ROW(chmod, PATH(ATTR, ALWAYS), MODE),
        ROW(chown, PATH(ATTR, ALWAYS), OTHER, OTHER),
        ROW(chown32, PATH(ATTR, ALWAYS), OTHER, OTHER),
        ROW(fchmod, FD(ATTR), MODE),
        ROW(fchmodat, DIRFD, PATH(ATTR, ALWAYS), MODE),
        ROW(fchmodat2, DIRFD, PATH(ATTR, FLAGS), MODE, ATFLAGS),
        ROW(fchown, FD(ATTR), OTHER, OTHER),
        ROW(fchown32, FD(ATTR), OTHER, OTHER),
        ROW(fchownat, DIRFD, PATH(ATTR, FLAGS), OTHER, OTHER, ATFLAGS),
        ROW(file_setattr, DIRFD, PATH(ATTR, FLAGS), OTHER, OTHER, ATFLAGS),
        ROW(fremovexattr, FD(ATTR), OTHER),
        ROW(fsetxattr, FD(ATTR), OTHER, OTHER, OTHER, XATTRFLAGS),
        ROW(futimesat, DIRFD, PATH(ATTR, ALWAYS), OTHER),
        {.name = "ioctl",
         .kind = CALL_POLICED,
         .conditions = ioctl_conditions,
         .harmless_requests = calls_harmless_requests,
         .args = {FD(CONTROL), PROCESS(ASYNC), OTHER}},
        ROW(lchown, PATH(ATTR, NEVER), OTHER, OTHER),
        ROW(lchown32, PATH(ATTR, NEVER), OTHER, OTHER),
        ROW(lremovexattr, PATH(ATTR, NEVER), OTHER),
        ROW(lsetxattr, PATH(ATTR, NEVER), OTHER, OTHER, OTHER, XATTRFLAGS),
        ROW(removexattr, PATH(ATTR, ALWAYS), OTHER),
        ROW(removexattrat, DIRFD, PATH(ATTR, FLAGS), ATFLAGS, OTHER),
        ROW(setxattr, PATH(ATTR, ALWAYS), OTHER, OTHER, OTHER, XATTRFLAGS),
        ROW(setxattrat, DIRFD, PATH(ATTR, FLAGS), ATFLAGS, OTHER, OTHER, OTHER),
        ROW(utime, PATH(ATTR, ALWAYS), OTHER),
        ROW(utimensat, DIRFD, PATH(ATTR, FLAGS), OTHER, ATFLAGS),
        ROW(utimensat_time64, DIRFD, PATH(ATTR, FLAGS), OTHER, ATFLAGS),
        ROW(utimes, PATH(ATTR, ALWAYS), OTHER),

        /* Programs. For a script the kernel waits (fcntl(2), F_SETLEASE), and then for its
           interpreter. */
        LATE(execve, PATH(EXEC, ALWAYS), OTHER, OTHER),
        LATE(execveat, DIRFD, PATH(EXEC, FLAGS), OTHER, OTHER, ATFLAGS),
        BLINDING(uselib, ENOSYS, NULL, "maps a file as a program without opening it"),

        /* Sockets. What is sent without an address goes where an earlier connect was judged. Where
         * a queue is full the name is looked for (again) when there is room: unix_stream_connect()
         * and unix_dgram_sendmsg() in net/unix/af_unix.c. */
        ROW(bind, FD(NONE), SOCKADDR(CREATE, ENTRY), OTHER),
        LATE(connect, FD(NONE), SOCKADDR(CONNECT, ALWAYS), OTHER),
        LATE(sendmmsg, FD(NONE), MMSGHDR(CONNECT), OTHER, OTHER),
        LATE(sendmsg, FD(NONE), MSGHDR(CONNECT), OTHER),
        LATE_WHEN(sendto, sendto_conditions, FD(NONE), BUF, COUNT, OTHER, SOCKADDR(CONNECT, ALWAYS),
                  OTHER),
        ROW_WHEN(setsockopt, setsockopt_conditions, FD(NONE), SOCKOPT, OTHER, OTHER, OTHER),
        ROW_WHEN(socket, socket_conditions, FAMILY, OTHER, OTHER),
        ROW(socketcall, SUBCALL, OTHER),
        HARMLESS(accept),
        HARMLESS(accept4),
        HARMLESS(getpeername),
        HARMLESS(getsockname),
        HARMLESS(getsockopt),
        HARMLESS(listen),
        HARMLESS(recv),
        HARMLESS(recvfrom),
        HARMLESS(recvmmsg),
        HARMLESS(recvmmsg_time64),
        HARMLESS(recvmsg),
        HARMLESS(send),
        HARMLESS(shutdown),
        HARMLESS(socketpair),

        /* Writing to what is open. Of mapped memory the file was judged when it was opened. */
        ROW(copy_file_range, OTHER, OTHER, FD(OUTPUT), OTHER, COUNT, OTHER),
        ROW(pwrite64, FD(OUTPUT), BUF, COUNT, OTHER),
        ROW(pwritev, FD(OUTPUT), IOVEC, COUNT, OTHER, OTHER),
        ROW(pwritev2, FD(OUTPUT), IOVEC, COUNT, OTHER, OTHER, OTHER),
        ROW(sendfile, FD(OUTPUT), OTHER, OTHER, COUNT),
        ROW(sendfile64, FD(OUTPUT), OTHER, OTHER, COUNT),
        ROW(splice, OTHER, OTHER, FD(OUTPUT), OTHER, COUNT, OTHER),
        ROW(tee, OTHER, FD(OUTPUT), COUNT, OTHER),
        ROW(vmsplice, FD(OUTPUT), IOVEC, COUNT, OTHER),
        ROW(write, FD(OUTPUT), BUF, COUNT),
        ROW(writev, FD(OUTPUT), IOVEC, COUNT),
        BLINDING(io_setup, ENOSYS, "aio", WHY_AIO),
        BLINDING(io_submit, ENOSYS, "aio", WHY_AIO),
        BLINDING(io_uring_enter, ENOSYS, "io_uring", WHY_IO_URING),
        BLINDING(io_uring_register, ENOSYS, "io_uring", WHY_IO_URING),
        BLINDING(io_uring_setup, ENOSYS, "io_uring", WHY_IO_URING),
        HARMLESS(fallocate),
        HARMLESS(ftruncate),
        HARMLESS(ftruncate64),
        HARMLESS(io_cancel),
        HARMLESS(io_destroy),
        HARMLESS(io_getevents),
        HARMLESS(io_pgetevents),
        HARMLESS(io_pgetevents_time64),

        /* Reading from and asking about what is open. */
        HARMLESS(_llseek),
        HARMLESS(fadvise64),
        HARMLESS(fadvise64_64),
        HARMLESS(fdatasync),
        HARMLESS(fgetxattr),
        HARMLESS(flistxattr),
        HARMLESS(flock),
        HARMLESS(fstat),
        HARMLESS(fstat64),
        HARMLESS(fstatfs),
        HARMLESS(fstatfs64),
        HARMLESS(fsync),
        HARMLESS(getdents),
        HARMLESS(getdents64),
        HARMLESS(lseek),
        HARMLESS(pread64),
        HARMLESS(preadv),
        HARMLESS(preadv2),
        HARMLESS(read),
        HARMLESS(readahead),
        HARMLESS(readdir),
        HARMLESS(readv),
        HARMLESS(sync),
        HARMLESS(sync_file_range),
        HARMLESS(syncfs),

        /* Asking about paths: tells what is there, opens nothing. */
        HARMLESS(access),
        HARMLESS(faccessat),
        HARMLESS(faccessat2),
        HARMLESS(file_getattr),
        HARMLESS(fstatat64),
        HARMLESS(getxattr),
        HARMLESS(getxattrat),
        HARMLESS(inotify_add_watch),
        HARMLESS(inotify_init),
        HARMLESS(inotify_init1),
        HARMLESS(inotify_rm_watch),
        HARMLESS(lgetxattr),
        HARMLESS(listmount),
        HARMLESS(listns),
        HARMLESS(listxattr),
        HARMLESS(listxattrat),
        HARMLESS(llistxattr),
        HARMLESS(lstat),
        HARMLESS(lstat64),
        HARMLESS(name_to_handle_at),
        HARMLESS(newfstatat),
        HARMLESS(oldfstat),
        HARMLESS(oldlstat),
        HARMLESS(oldstat),
        HARMLESS(readlink),
        HARMLESS(readlinkat),
        HARMLESS(stat),
        HARMLESS(stat64),
        HARMLESS(statfs),
        HARMLESS(statfs64),
        HARMLESS(statmount),
        HARMLESS(statx),
        HARMLESS(ustat),
        CONFINING(fanotify_init, "fanotify", WHY_FANOTIFY),
        CONFINING(fanotify_mark, "fanotify", WHY_FANOTIFY),

        /* Where a thread stands: paths are resolved from there, a chroot included. */
        HARMLESS(chdir),
        {.name = "chroot", .kind = CALL_HARMLESS, .turns = TURNS_NAMES, .note = NOTE_ROOT},
        HARMLESS(fchdir),
        HARMLESS(getcwd),
        HARMLESS(umask),

        /* Descriptors. */
        HARMLESS(close),
        HARMLESS(close_range),
        HARMLESS(dup),
        HARMLESS(dup2),
        HARMLESS(dup3),
        HARMLESS(epoll_create),
        HARMLESS(epoll_create1),
        HARMLESS(epoll_ctl),
        WAITS(epoll_pwait, MS, 3, 0),
        WAITS(epoll_pwait2, TIME, 3, 0),
        WAITS(epoll_wait, MS, 3, 0),
        HARMLESS(eventfd),
        HARMLESS(eventfd2),
        HARMLESS_BUT(fcntl, fcntl_conditions, OTHER, OTHER, PROCESS(OWNER)),
        HARMLESS_BUT(fcntl64, fcntl_conditions, OTHER, OTHER, PROCESS(OWNER)),
        HARMLESS(_newselect),
        HARMLESS(pipe),
        HARMLESS(pipe2),
        HARMLESS(poll),
        HARMLESS(ppoll),
        HARMLESS(ppoll_time64),
        HARMLESS(pselect6),
        HARMLESS(pselect6_time64),
        HARMLESS(select),
        HARMLESS(signalfd),
        HARMLESS(signalfd4),
        HARMLESS(timerfd_create),
        HARMLESS(timerfd_gettime),
        HARMLESS(timerfd_gettime64),
        HARMLESS(timerfd_settime),
        HARMLESS(timerfd_settime64),

        /* Mounts and namespaces. */
        MOUNTS(fsconfig),
        MOUNTS(fsmount),
        MOUNTS(fsopen),
        MOUNTS(fspick),
        MOUNTS(mount),
        MOUNTS(mount_setattr),
        MOUNTS(move_mount),
        MOUNTS(open_tree),
        MOUNTS(open_tree_attr),
        {.name = "pivot_root",
         .kind = CALL_CONFINING,
         .err = EPERM,
         .word = "mount",
         .why = WHY_MOUNT,
         .turns = TURNS_NAMES,
         .note = NOTE_ROOT},
        MOUNTS(umount),
        MOUNTS(umount2),
        {.name = "setns",
         .kind = CALL_CONFINING,
         .err = EPERM,
         .word = "namespaces",
         .why = WHY_NAMESPACES,
         .note = NOTE_ROOT},
        {.name = "unshare",
         .kind = CALL_HARMLESS,
         .conditions = unshare_conditions,
         .note = NOTE_ROOT},

        /* Processes and threads. */
        HARMLESS_BUT(clone, clone_conditions),
        BLINDING(clone3, ENOSYS, NULL, "has its flags in memory; callers fall back to clone"),
        HARMLESS(alarm),
        HARMLESS(arch_prctl),
        HARMLESS(capget),
        HARMLESS(capset),
        HARMLESS(exit),
        HARMLESS(exit_group),
        HARMLESS(fork),
        HARMLESS(futex),
        HARMLESS(futex_requeue),
        HARMLESS(futex_time64),
        HARMLESS(futex_wait),
        HARMLESS(futex_waitv),
        HARMLESS(futex_wake),
        HARMLESS(get_robust_list),
        HARMLESS(get_thread_area),
        HARMLESS(getcpu),
        HARMLESS(getegid),
        HARMLESS(getegid32),
        HARMLESS(geteuid),
        HARMLESS(geteuid32),
        HARMLESS(getgid),
        HARMLESS(getgid32),
        HARMLESS(getgroups),
        HARMLESS(getgroups32),
        HARMLESS(getitimer),
        HARMLESS(getpgid),
        HARMLESS(getpgrp),
        HARMLESS(getpid),
        HARMLESS(getppid),
        HARMLESS(getpriority),
        HARMLESS(getresgid),
        HARMLESS(getresgid32),
        HARMLESS(getresuid),
        HARMLESS(getresuid32),
        HARMLESS(getrlimit),
        HARMLESS(getrusage),
        HARMLESS(getsid),
        HARMLESS(gettid),
        HARMLESS(getuid),
        HARMLESS(getuid32),
        HARMLESS(ioprio_get),
        HARMLESS_BUT(ioprio_set, ioprio_conditions, OTHER, PROCESS(IOPRIO), OTHER),
        HARMLESS(kcmp),
        HARMLESS(membarrier),
        HARMLESS(modify_ldt),
        HARMLESS(nice),
        HARMLESS(personality),
        HARMLESS(pidfd_open),
        HARMLESS_BUT(prctl, prctl_conditions),
        HARMLESS_BUT(prlimit64, prlimit_conditions, PROCESS(TASK), OTHER, OTHER, OTHER),
        HARMLESS(restart_syscall),
        HARMLESS(rseq),
        HARMLESS(sched_get_priority_max),
        HARMLESS(sched_get_priority_min),
        NOTED(sched_getaffinity, CPUS),
        HARMLESS(sched_getattr),
        HARMLESS(sched_getparam),
        HARMLESS(sched_getscheduler),
        HARMLESS(sched_rr_get_interval),
        HARMLESS(sched_rr_get_interval_time64),
        {.name = "sched_setaffinity",
         .kind = CALL_HARMLESS,
         .conditions = task_conditions,
         .note = NOTE_CPUS,
         .args = {PROCESS(TASK), OTHER, OTHER}},
        HARMLESS_BUT(sched_setattr, task_conditions, PROCESS(TASK), OTHER, OTHER),
        HARMLESS_BUT(sched_setparam, task_conditions, PROCESS(TASK), OTHER),
        HARMLESS_BUT(sched_setscheduler, task_conditions, PROCESS(TASK), OTHER, OTHER),
        HARMLESS(sched_yield),
        HARMLESS(set_robust_list),
        HARMLESS(set_thread_area),
        HARMLESS(set_tid_address),
        HARMLESS(setfsgid),
        HARMLESS(setfsgid32),
        HARMLESS(setfsuid),
        HARMLESS(setfsuid32),
        HARMLESS(setgid),
        HARMLESS(setgid32),
        HARMLESS(setgroups),
        HARMLESS(setgroups32),
        HARMLESS(setitimer),
        HARMLESS(setpgid),
        HARMLESS_BUT(setpriority, setpriority_conditions, OTHER, PROCESS(WHICH), OTHER),
        HARMLESS(setregid),
        HARMLESS(setregid32),
        HARMLESS(setresgid),
        HARMLESS(setresgid32),
        HARMLESS(setresuid),
        HARMLESS(setresuid32),
        HARMLESS(setreuid),
        HARMLESS(setreuid32),
        HARMLESS(setrlimit),
        HARMLESS(setsid),
        HARMLESS(setuid),
        HARMLESS(setuid32),
        HARMLESS(times),
        HARMLESS(ugetrlimit),
        HARMLESS(vfork),
        HARMLESS(vm86),
        HARMLESS(vm86old),
        HARMLESS(wait4),
        HARMLESS(waitid),
        HARMLESS(waitpid),

        /* Into other processes. */
        CONFINING(pidfd_getfd, WORD_PTRACE, WHY_PTRACE),
        CONFINING(process_vm_readv, WORD_PTRACE, WHY_PTRACE),
        CONFINING(process_vm_writev, WORD_PTRACE, WHY_PTRACE),
        CONFINING(ptrace, WORD_PTRACE, WHY_PTRACE),
        OUTSIDE(process_madvise, PROCESS(PIDFD), OTHER, OTHER, OTHER, OTHER),
        OUTSIDE(process_mrelease, PROCESS(PIDFD), OTHER),

        /* Signals. */
        HARMLESS(pause),
        HARMLESS(rt_sigaction),
        HARMLESS(rt_sigpending),
        HARMLESS(rt_sigprocmask),
        HARMLESS(rt_sigreturn),
        HARMLESS(rt_sigsuspend),
        WAITS(rt_sigtimedwait, TIME, 2, -EAGAIN),
        WAITS(rt_sigtimedwait_time64, TIME, 2, -EAGAIN),
        HARMLESS(sgetmask),
        HARMLESS(sigaction),
        HARMLESS(sigaltstack),
        HARMLESS(signal),
        HARMLESS(sigpending),
        HARMLESS(sigprocmask),
        HARMLESS(sigreturn),
        HARMLESS(sigsuspend),
        HARMLESS(ssetmask),
        SIGNALS(kill, PROCESS(KILL), SIGNAL),
        SIGNALS(pidfd_send_signal, PROCESS(PIDFD), SIGNAL, OTHER, OTHER),
        SIGNALS(rt_sigqueueinfo, PROCESS(TASK), SIGNAL, OTHER),
        SIGNALS(rt_tgsigqueueinfo, OTHER, PROCESS(TASK), SIGNAL, OTHER),
        SIGNALS(tgkill, OTHER, PROCESS(TASK), SIGNAL),
        SIGNALS(tkill, PROCESS(TASK), SIGNAL),

        /* Memory. */
        HARMLESS(brk),
        HARMLESS(cachestat),
        HARMLESS(get_mempolicy),
        HARMLESS_BUT(madvise, madvise_conditions),
        HARMLESS(map_shadow_stack),
        HARMLESS(mbind),
        HARMLESS(memfd_create),
        HARMLESS(memfd_secret),
        HARMLESS_BUT(migrate_pages, task_conditions, PROCESS(TASK), OTHER, OTHER, OTHER),
        HARMLESS(mincore),
        HARMLESS(mlock),
        HARMLESS(mlock2),
        HARMLESS(mlockall),
        HARMLESS_BUT(mmap, mmap_conditions),
        HARMLESS_BUT(mmap2, mmap_conditions),
        HARMLESS_BUT(move_pages, task_conditions, PROCESS(TASK), OTHER, OTHER, OTHER, OTHER, OTHER),
        HARMLESS(mprotect),
        HARMLESS_BUT(mremap, mremap_conditions),
        HARMLESS(mseal),
        HARMLESS(msync),
        HARMLESS(munlock),
        HARMLESS(munlockall),
        HARMLESS_BUT(munmap, munmap_conditions),
        HARMLESS(pkey_alloc),
        HARMLESS(pkey_free),
        HARMLESS(pkey_mprotect),
        BLINDING(remap_file_pages, ENOSYS, NULL, WHY_REMAP),
        HARMLESS(set_mempolicy),
        HARMLESS(set_mempolicy_home_node),
        CONFINING(userfaultfd, "userfaultfd", WHY_FAULTS),

        /* Messages, semaphores, shared memory, keys. */
        HARMLESS(add_key),
        HARMLESS_BUT(ipc, ipc_conditions),
        HARMLESS(keyctl),
        HARMLESS(mq_getsetattr),
        HARMLESS(mq_notify),
        HARMLESS(mq_open),
        HARMLESS(mq_timedreceive),
        HARMLESS(mq_timedreceive_time64),
        HARMLESS(mq_timedsend),
        HARMLESS(mq_timedsend_time64),
        HARMLESS(mq_unlink),
        HARMLESS(msgctl),
        HARMLESS(msgget),
        HARMLESS(msgrcv),
        HARMLESS(msgsnd),
        HARMLESS_BUT(request_key, request_key_conditions),
        HARMLESS(semctl),
        HARMLESS(semget),
        WAITS(semop, FOR_GOOD, 0, -EAGAIN),
        WAITS(semtimedop, TIME, 3, -EAGAIN),
        WAITS(semtimedop_time64, TIME, 3, -EAGAIN),
        HARMLESS_BUT(shmat, shmat_conditions),
        HARMLESS(shmctl),
        HARMLESS(shmdt),
        HARMLESS(shmget),

        /* Confinement that the command takes upon itself. */
        HARMLESS(landlock_add_rule),
        HARMLESS(landlock_create_ruleset),
        HARMLESS(landlock_restrict_self),
        HARMLESS(lsm_get_self_attr),
        HARMLESS(lsm_list_modules),
        HARMLESS(lsm_set_self_attr),
        HARMLESS_BUT(seccomp, seccomp_conditions),

        /* Time. */
        HARMLESS(adjtimex),
        HARMLESS(clock_adjtime),
        HARMLESS(clock_adjtime64),
        HARMLESS(clock_getres),
        HARMLESS(clock_getres_time64),
        HARMLESS(clock_gettime),
        HARMLESS(clock_gettime64),
        HARMLESS(clock_nanosleep),
        HARMLESS(clock_nanosleep_time64),
        HARMLESS(clock_settime),
        HARMLESS(clock_settime64),
        HARMLESS(gettimeofday),
        HARMLESS(nanosleep),
        HARMLESS(settimeofday),
        HARMLESS(stime),
        HARMLESS(time),
        HARMLESS(timer_create),
        HARMLESS(timer_delete),
        HARMLESS(timer_getoverrun),
        HARMLESS(timer_gettime),
        HARMLESS(timer_gettime64),
        HARMLESS(timer_settime),
        HARMLESS(timer_settime64),

        /* The machine. */
        CONFINING(acct, "accounting", "makes the kernel write to the file it is given"),
        CONFINING(bpf, "bpf",
                  "runs code in the kernel that reads and changes what other programs do"),
        CONFINING(create_module, "modules", WHY_MODULES),
        CONFINING(delete_module, "modules", WHY_MODULES),
        CONFINING(finit_module, "modules", WHY_MODULES),
        CONFINING(init_module, "modules", WHY_MODULES),
        CONFINING(ioperm, "rawio", WHY_RAWIO),
        CONFINING(iopl, "rawio", WHY_RAWIO),
        CONFINING(kexec_file_load, "reboot", WHY_REBOOT),
        CONFINING(kexec_load, "reboot", WHY_REBOOT),
        CONFINING(perf_event_open, "perf", "watches other programs and the kernel"),
        CONFINING(quotactl, "quota", WHY_QUOTA),
        CONFINING(quotactl_fd, "quota", WHY_QUOTA),
        CONFINING(reboot, "reboot", WHY_REBOOT),
        CONFINING(swapoff, "swap", WHY_SWAP),
        CONFINING(swapon, "swap", WHY_SWAP),
        HARMLESS(getrandom),
        HARMLESS(lookup_dcookie),
        HARMLESS(olduname),
        HARMLESS(oldolduname),
        HARMLESS(setdomainname),
        HARMLESS(sethostname),
        HARMLESS(sysfs),
        HARMLESS(sysinfo),
        HARMLESS(syslog),
        HARMLESS(uname),
        HARMLESS(uprobe),
        HARMLESS(uretprobe),
        HARMLESS(vhangup),

        /* Names without a deed: no kernel that we support has them. */
        HARMLESS(_sysctl),
        HARMLESS(afs_syscall),
        HARMLESS(bdflush),
        HARMLESS(break),
        HARMLESS(epoll_ctl_old),
        HARMLESS(epoll_wait_old),
        HARMLESS(ftime),
        HARMLESS(get_kernel_syms),
        HARMLESS(getpmsg),
        HARMLESS(gtty),
        HARMLESS(idle),
        HARMLESS(lock),
        HARMLESS(mpx),
        HARMLESS(nfsservctl),
        HARMLESS(prof),
        HARMLESS(profil),
        HARMLESS(putpmsg),
        HARMLESS(query_module),
        HARMLESS(security),
        HARMLESS(stty),
        HARMLESS(tuxcall),
        HARMLESS(ulimit),
        HARMLESS(vserver),
};

const struct call *calls_table(size_t *n)
{
        *n = ARRAY_SIZE(rows);
        return rows;
}
