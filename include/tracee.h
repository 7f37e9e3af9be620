/* tracee.h: one stopped thread: its registers, its memory, its /proc links. Behind it are all
 * per-thread ptrace requests, and all that knows an architecture. Layer 1.
 *
 * Every function returns 0 or a count, else -errno; -ESRCH means that the thread is gone, which is
 * no error: its end is reported by wait(2). Source: ptrace(2), seccomp(2), proc(5). */
#ifndef STOPGATE_TRACEE_H
#define STOPGATE_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* Where its memory was read. */
struct tracee_reads {
        unsigned n;
        bool more; /* than there is room for */
        struct {
                uint64_t addr;
                size_t len;
        } at[16];
};

struct tracee {
        pid_t tid, tgid;
        bool same_root;             /* it is known to have stopgate's root directory */
        struct tracee_reads *reads; /* borrowed: kept by the functions that read; or NULL */
        /* The call at which it is stopped, from tracee_fetch(). */
        uint32_t arch; /* AUDIT_ARCH_* */
        int nr;
        uint64_t args[6]; /* 32-bit ABIs: zero-extended */
        uint64_t ip, sp;  /* instruction and stack pointer: where it is made */
};

/* Attach to a process of ours that waits to be attached to, and to all that it will start; it
 * dies if stopgate does. */
int tracee_seize(pid_t pid);

/* How a stopped thread goes on. */
enum resume {
        RESUME_CONT,   /* to its next stop */
        RESUME_RESULT, /* the same, but stop when the call returns */
        RESUME_LISTEN, /* stay in a group stop until SIGCONT: ptrace(2), PTRACE_LISTEN */
        RESUME_NOT_YET /* it stays where it is */
};

/* Let a stopped thread go on; signal is delivered to it unless 0. */
int tracee_resume(pid_t tid, enum resume how, int signal);

/* At any stop: shall it stop once more when it ends (PTRACE_EVENT_EXIT), while it still has its
 * memory? For there the kernel writes as it ends: set_tid_address(2), get_robust_list(2). A thread
 * is born as its maker is. Older kernels let a second SIGKILL end that stop, which prepare_signal()
 * in kernel/signal.c drops by now; seen to on 6.18. 0, or -ESRCH: it is no longer stopped. */
int tracee_watch_end(pid_t tid, bool on);

/* At the stop for that event (PTRACE_EVENT_FORK, ...): the number that came with it. -ESRCH, too,
 * if it is at another by now, for it has been killed. */
int tracee_event_message(pid_t tid, int event, unsigned long *message);

/* At a stop for a signal: the process that sent it; 0 the kernel, the terminal, or not known. */
pid_t tracee_signal_sender(pid_t tid);

/* Its state as in proc(5): 'R' running, 't' stopped by its tracer, 'Z' ended but not reaped (as a
 * leader whose other threads live on); 'X' it is gone. */
char tracee_state(pid_t tid);

/* How many threads its process has that are not reaped, whatever has become of them; 0: it is gone.
 */
unsigned tracee_threads(pid_t tid);

/* Does it sleep where nothing but SIGKILL wakes it, and has not been killed either? As whoever
 * waits in vfork(2). */
bool tracee_is_fast_asleep(pid_t tid);

/* The ABIs that are decoded on this machine, native first; *n is their number. Anything else is
 * refused by the filter. */
const uint32_t *tracee_abis(size_t *n);

/* "x86-64", "i386", "aarch64". Borrowed. */
const char *tracee_abi_name(uint32_t arch);

/* Does the kernel tell of the calls of a stopped thread? 0, or -errno. */
int tracee_tells(pid_t tid);

/* At a seccomp stop: what call is this? Fills in arch, nr, args, ip and sp. */
int tracee_fetch(struct tracee *t);

/* At a syscall exit stop: what did it return? -errno of the call on failure. */
int tracee_fetch_result(const struct tracee *t, int64_t *result);

/* Is that result one that only a tracer sees? A signal has interrupted the call, which has done
 * nothing: it is made again, or fails with EINTR: signal(7), SA_RESTART. */
bool tracee_is_interrupted(int64_t result);

/* At a seccomp stop: is the call of that earlier stop made again, at the same place? */
bool tracee_is_again(const struct tracee *t, const struct tracee *earlier);

/* At a seccomp stop: do not run the call; it returns result (-errno, or a count). */
int tracee_refuse(const struct tracee *t, int64_t result);

/* At a seccomp stop: replace argument i (0 to 5) in the registers. */
int tracee_set_arg(struct tracee *t, unsigned i, uint64_t value);

/* A stopped call and all registers, so that others can run in its place. */
struct tracee_saved {
        struct tracee call;
        struct user_regs_struct registers;
};

/* At a seccomp stop, after tracee_fetch(): keep it. */
int tracee_save(const struct tracee *t, struct tracee_saved *saved);

/* At the same stop: run call nr of the same ABI instead. The kernel asks the filters again, but
 * where ours would stop it does not stop a second time: seccomp(2). The next stop, after
 * RESUME_RESULT, is that call's return: seen in __seccomp_filter(), no signal is delivered in
 * between. */
int tracee_replace_call(const struct tracee_saved *saved, int nr, const uint64_t args[6]);

/* At the stop for a call's return: issue call nr at the same instruction, or the saved call as it
 * was. With RESUME_RESULT follow a stop before and one after it, and before them whatever signal is
 * not held; with RESUME_CONT only what the filter stops. */
int tracee_issue_call(const struct tracee_saved *saved, int nr, const uint64_t args[6]);
int tracee_reissue(const struct tracee_saved *saved);

/* Is the thread stopped before that call? 0; -EPERM: it is not; or -errno. Between
 * tracee_issue_call() and this stop it runs its own code, if that is not what it was, or a critical
 * section of rseq(2) leads elsewhere. */
int tracee_is_before(const struct tracee *t, int nr, const uint64_t args[6]);

/* At the stop for a replaced call's return: all registers as saved, but for the result; a call that
 * a signal has interrupted is then restarted as it was saved, not as it was replaced. */
int tracee_restore(const struct tracee_saved *saved);

/* The stack pointer, at that stop. */
uint64_t tracee_stack(const struct tracee_saved *saved);

/* At any stop: let no signal be delivered, but for SIGKILL and SIGSTOP, until the mask is set back;
 * they wait in the kernel, in order and whole. */
int tracee_hold_signals(pid_t tid, uint64_t *mask);
int tracee_set_signals(pid_t tid, uint64_t mask);

/* Copy len bytes at addr into buf, up to the first unreadable page. Returns the bytes copied,
 * which may be fewer; -EFAULT if none. */
ssize_t tracee_read(const struct tracee *t, uint64_t addr, void *buf, size_t len);

/* Copy the NUL-terminated string at addr into buf (size bytes). Returns its length without the
 * NUL; -EFAULT unreadable, -ENAMETOOLONG no NUL within size. On error buf holds "". Never reads
 * past an unmapped page after the NUL. */
ssize_t tracee_read_str(const struct tracee *t, uint64_t addr, char *buf, size_t size);

/* Copy len bytes to addr, where the thread itself may write. 0, or -EFAULT: not all could be
 * written, or none. */
int tracee_write(const struct tracee *t, uint64_t addr, const void *bytes, size_t len);

/* Copy n words of the ABI's pointer size at addr, each zero-extended. 0 or -EFAULT. n <= 16. */
int tracee_read_words(const struct tracee *t, uint64_t addr, uint64_t *words, size_t n);

/* A piece of a thread's address space: /proc/TID/maps. Anonymous memory has no inode, unless it is
 * shared. */
struct tracee_mapping {
        uint64_t start, end, offset, inode;
        unsigned major, minor;
        bool readable, writable, shared;
};

/* The first one that ends above address. -ENOENT: there is none. */
int tracee_mapping(pid_t tid, uint64_t address, struct tracee_mapping *mapping);

/* Where the memory begins whose end brk(2) moves; prctl(2) PR_SET_MM changes it. 0 or -errno. */
int tracee_brk_start(pid_t tid, uint64_t *start);

/* Do these bytes lie in private anonymous memory: such as only those can change who share its
 * memory, or write through /proc/TID/mem? Then they are written as they are, and so they stay. A
 * private mapping of a file is none: who cuts the file short takes even the process's own copies
 * of its pages. maps is from tracee_open_maps(), perhaps when it was asked before: it stays with
 * the memory that the thread had then. False if the kernel does not tell, or maps is negative. */
bool tracee_is_private(const struct tracee *t, int maps, const struct tracee_reads *reads);

/* The map of its memory; the caller closes it. */
int tracee_open_maps(pid_t tid);

/* Do these bytes touch what the kernel writes to whenever it moves the thread to another CPU?
 * Source: rseq(2). */
bool tracee_overlaps_rseq(const struct tracee *t, uint64_t addr, size_t len);

/* The number of the call in which it sleeps; -1 if it sleeps elsewhere. 0, -EAGAIN: it does not
 * sleep, -errno. Source: proc(5), /proc/PID/syscall. */
int tracee_sleeps_in(pid_t tid, int *nr);

/* At a stop that is at no call, for a signal or by tracee_interrupt(): the call that has just
 * failed with EINTR, as tracee_fetch() gives it; and was it made again before, by tracee_restart()?
 * Of an i386 call nobody knows. -ENOENT: none has failed so. On aarch64, where a restart is decided
 * before the stop, none ever has: do_signal() in arch/arm64/kernel/signal.c. */
int tracee_fetch_interrupted(struct tracee *t, bool *again);

/* At that stop: if the thread then runs no handler, the call is made again, and else fails as it
 * has. Source: arch_do_signal_or_restart() in arch/x86/kernel/signal.c. */
int tracee_restart(const struct tracee *t);

/* At that stop: the call returns that instead. */
int tracee_set_result(const struct tracee *t, int64_t result);

/* Stop a running thread: ptrace(2), PTRACE_INTERRUPT. */
int tracee_interrupt(pid_t tid);

/* Bytes in a word of the stopped call's ABI: 4 or 8. */
size_t tracee_word_size(const struct tracee *t);

/* O_PATH descriptors of its root, its working directory, and what its descriptor fd leads to
 * (-EBADF if not open). The caller closes them. */
int tracee_open_root(const struct tracee *t);
int tracee_open_cwd(const struct tracee *t);
int tracee_open_fd(const struct tracee *t, int fd);

/* And of the program that it runs. */
int tracee_open_exe(const struct tracee *t);
/* A descriptor of stopgate's own for the file that its descriptor fd leads to, opened with these
 * flags of open(2). */
int tracee_reopen_fd(const struct tracee *t, int fd, int flags);

/* The open(2) flags of its descriptor fd, from /proc/TID/fdinfo; -EBADF if not open. */
int tracee_fd_flags(const struct tracee *t, int fd);

/* Has it made the pseudo-terminal /dev/pts/INDEX, and holds its master? Source: pts(4), proc(5). */
bool tracee_holds_master(const struct tracee *t, int index);

/* Does its root directory differ from stopgate's own? */
bool tracee_has_other_root(const struct tracee *t);

/* A descriptor from which its name, /proc/TID/comm, is read, or -errno. The name is ended by NUL.
 * Returns its length, or -errno. */
int tracee_open_comm(pid_t tid);
ssize_t tracee_read_comm(int fd, char *buf, size_t size);

/* The program that process tid runs, and its NUL-separated arguments (cut at size); both may hold
 * any bytes. Return the length or -errno. */
ssize_t tracee_exe(pid_t tid, char *buf, size_t size);
ssize_t tracee_cmdline(pid_t tid, char *buf, size_t size);

/* The name by which the program that it runs was executed: getauxval(3), AT_EXECFN. As
 * tracee_read_str(). */
ssize_t tracee_executed(const struct tracee *t, char *buf, size_t size);

/* What process tid reads and writes: a descriptor, the caller's to close, or -errno. Opened while
 * it lives, for then the file belongs to root. Source: proc(5), /proc/PID/io. */
int tracee_open_io(pid_t tid);

/* How many bytes it has written by write(2) and the like, also once it has ended, until it is
 * reaped. 0 or -errno. */
int tracee_written(int io, uint64_t *bytes);

/* How many seccomp filters thread tid has; -ENOTSUP: not told before Linux 5.9. */
int tracee_filters(pid_t tid);

/* Do two threads share their memory, or their descriptors? What the kernel does not tell is true:
 * kcmp(2). */
bool tracee_share_memory(pid_t a, pid_t b);
bool tracee_share_descriptors(pid_t a, pid_t b);

/* Is there such a thread that this process traces, and whose end it has not been told? waitid(2).
 */
bool tracee_is_attached(pid_t tid);

/* The process (thread group) that thread tid belongs to, read from /proc; -ESRCH. */
pid_t tracee_tgid_of(pid_t tid);

/* Any process or thread of the machine, as /proc shows it. */
struct tracee_look {
        bool dead; /* all of it has ended, and only its number is left until it is reaped */
        pid_t tracer;
        uid_t uid, euid, suid;
        pid_t tgid;
        pid_t own_tid, own_tgid; /* its numbers as it knows them itself */
        bool nested;             /* these are of another pid namespace than stopgate's */
};

/* -ESRCH if nobody has that number, -EPROTO if /proc says something unheard of. */
int tracee_look(pid_t tid, struct tracee_look *look);

/* Its descriptor fd as one of ours, which the caller closes, or -errno: pidfd_getfd(2). */
int tracee_copy_fd(const struct tracee *t, int fd);

/* Whom its descriptor fd, a pidfd or a directory of /proc, stands for, by number: *tid, 0 if
 * nobody any more. *thread: for that one thread, not for its process. -EBADF if it is no such
 * descriptor, -EPROTO if it cannot be told. */
int tracee_fd_process(const struct tracee *t, int fd, pid_t *tid, bool *thread);

/* Who is signalled once its descriptor fd is made asynchronous: fcntl(2), F_SETOWN; of a terminal
 * that has no owner it will be the group in front. *number is 0 for nobody but perhaps the
 * thread itself. -EBADF if fd is not open, another error if it cannot be told. */
int tracee_fd_owner(const struct tracee *t, int fd, pid_t *number, bool *group);

#endif
