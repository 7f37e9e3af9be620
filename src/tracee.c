/* tracee.c: one stopped thread: its registers, and what it is made to do. */
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/user.h>

#include "util.h"

/* include/linux/errno.h of the kernel: results that the command never sees. */
enum {
        RESTART_SYSTEM_CALL = 512,
        RESTART_NO_INTERRUPTION = 513,
        RESTART_NO_HANDLER = 514,
        RESTART_BLOCK = 516
};

/* ---- registers: all that knows an architecture stands here ---- */

#if defined(__x86_64__)

static const uint32_t abis[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386};

/* Which registers carry the arguments: syscall(2). A 64-bit tracer sees the registers of a 32-bit
 * thread in their 64-bit places. */
static const size_t arg_offsets_64[6] = {
        offsetof(struct user, regs.rdi), offsetof(struct user, regs.rsi),
        offsetof(struct user, regs.rdx), offsetof(struct user, regs.r10),
        offsetof(struct user, regs.r8),  offsetof(struct user, regs.r9),
};
static const size_t arg_offsets_32[6] = {
        offsetof(struct user, regs.rbx), offsetof(struct user, regs.rcx),
        offsetof(struct user, regs.rdx), offsetof(struct user, regs.rsi),
        offsetof(struct user, regs.rdi), offsetof(struct user, regs.rbp),
};

static int poke_register(const struct tracee *t, size_t offset, uint64_t value)
{
        return ptrace(PTRACE_POKEUSER, t->tid, offset, value) ? -errno : 0;
}

static int write_result(const struct tracee *t, int64_t result)
{
        return poke_register(t, offsetof(struct user, regs.rax), (uint64_t)result);
}

static int write_number_and_result(const struct tracee *t, int64_t result)
{
        int r = poke_register(t, offsetof(struct user, regs.orig_rax), (uint64_t)-1);

        return r ? r : write_result(t, result);
}

static int write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        return poke_register(t, t->arch == AUDIT_ARCH_I386 ? arg_offsets_32[i] : arg_offsets_64[i],
                             value);
}

static int get_registers(const struct tracee *t, struct user_regs_struct *regs)
{
        return ptrace(PTRACE_GETREGS, t->tid, 0, regs) ? -errno : 0;
}

static int set_registers(const struct tracee *t, const struct user_regs_struct *regs)
{
        return ptrace(PTRACE_SETREGS, t->tid, 0, regs) ? -errno : 0;
}

static uint64_t stack_of(const struct user_regs_struct *regs)
{
        return regs->rsp;
}

static void set_args(const struct tracee *t, struct user_regs_struct *regs, const uint64_t *args)
{
        if (t->arch == AUDIT_ARCH_I386) {
                regs->rbx = args[0], regs->rcx = args[1], regs->rdx = args[2];
                regs->rsi = args[3], regs->rdi = args[4], regs->rbp = args[5];
                return;
        }
        regs->rdi = args[0], regs->rsi = args[1], regs->rdx = args[2];
        regs->r10 = args[3], regs->r8 = args[4], regs->r9 = args[5];
}

static void get_args(struct tracee *t, const struct user_regs_struct *regs)
{
        _Static_assert(offsetof(struct user, regs) == 0, "offsets are those of the registers");
        const size_t *offsets = t->arch == AUDIT_ARCH_I386 ? arg_offsets_32 : arg_offsets_64;

        for (unsigned i = 0; i < 6; i++)
                memcpy(&t->args[i], (const char *)regs + offsets[i], sizeof(t->args[i]));
}

/* The number of the call that has failed with EINTR; negative: none has. */
static int interrupted_call(const struct user_regs_struct *regs)
{
        return (int)regs->rax == -EINTR ? (int)regs->orig_rax : -1;
}

/* Of what stands where the number is the kernel takes the low half of a thread that has a filter,
 * in syscall_trace_enter() of kernel/entry/common.c, and puts all of it back for a restart: the
 * other half tells that from a new call, and nobody sees it in the end. */
#define RESTARTED (UINT64_C(0x5347) << 32)

static bool was_restarted(const struct user_regs_struct *regs)
{
        return (regs->orig_rax & ~(uint64_t)UINT32_MAX) == RESTARTED;
}

static int mark_restarted(const struct tracee *t)
{
        return poke_register(t, offsetof(struct user, regs.orig_rax), RESTARTED | (uint32_t)t->nr);
}

static int write_number(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        (void)t;
        regs->orig_rax = (unsigned long long)nr;
        return 0;
}

/* "syscall", "int $0x80", and what the vDSO has before the place where "sysenter" returns, have two
 * bytes. Without a number in orig_rax the kernel restarts nothing: arch_do_signal_or_restart(). */
static int rewind_to(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        (void)t;
        regs->rip -= 2;
        regs->rax = (unsigned long long)nr;
        regs->orig_rax = (unsigned long long)-1;
        return 0;
}

/* With the number goes what a restart would issue again. */
static int keep_result(const struct tracee *t, const struct user_regs_struct *now,
                       struct user_regs_struct *regs)
{
        (void)t;
        regs->rax = now->rax;
        return 0;
}

#elif defined(__aarch64__)

static const uint32_t abis[] = {AUDIT_ARCH_AARCH64};

static int regset(enum __ptrace_request request, const struct tracee *t, int type, void *data,
                  size_t len)
{
        struct iovec iov = {data, len};

        return ptrace(request, t->tid, type, &iov) ? -errno : 0;
}

static int write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        struct user_regs_struct regs;
        int r = regset(PTRACE_GETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));

        if (r)
                return r;
        regs.regs[i] = value;
        return regset(PTRACE_SETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));
}

static int write_result(const struct tracee *t, int64_t result)
{
        return write_arg(t, 0, (uint64_t)result);
}

/* Writing x8 does not change the number on this architecture: it has a register set of its own. */
static int write_number_and_result(const struct tracee *t, int64_t result)
{
        int none = -1;
        int r = regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &none, sizeof(none));

        return r ? r : write_result(t, result);
}

static int get_registers(const struct tracee *t, struct user_regs_struct *regs)
{
        return regset(PTRACE_GETREGSET, t, NT_PRSTATUS, regs, sizeof(*regs));
}

static int set_registers(const struct tracee *t, const struct user_regs_struct *regs)
{
        struct user_regs_struct copy = *regs;

        return regset(PTRACE_SETREGSET, t, NT_PRSTATUS, &copy, sizeof(copy));
}

static uint64_t stack_of(const struct user_regs_struct *regs)
{
        return regs->sp;
}

static void set_args(const struct tracee *t, struct user_regs_struct *regs, const uint64_t *args)
{
        (void)t;
        for (unsigned i = 0; i < 6; i++)
                regs->regs[i] = args[i];
}

static void get_args(struct tracee *t, const struct user_regs_struct *regs)
{
        for (unsigned i = 0; i < 6; i++)
                t->args[i] = regs->regs[i];
}

static int interrupted_call(const struct user_regs_struct *regs)
{
        (void)regs;
        return -1;
}

static bool was_restarted(const struct user_regs_struct *regs)
{
        (void)regs;
        return false;
}

static int mark_restarted(const struct tracee *t)
{
        (void)t;
        return 0;
}

enum { NUMBER_REGISTER = 8, INSTRUCTION = 4 };

static int write_number(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        regs->regs[NUMBER_REGISTER] = (unsigned)nr;
        return regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &nr, sizeof(nr));
}

/* Without a number the kernel restarts nothing: do_signal() in arch/arm64/kernel/signal.c. */
static int rewind_to(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        int none = -1;

        regs->pc -= INSTRUCTION;
        regs->regs[NUMBER_REGISTER] = (unsigned)nr;
        return regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &none, sizeof(none));
}

/* A restart takes the first argument as it was when the call was entered, before any change. */
static int keep_result(const struct tracee *t, const struct user_regs_struct *now,
                       struct user_regs_struct *regs)
{
        (void)t;
        regs->regs[0] = now->regs[0];
        return 0;
}

#else
#error "stopgate knows x86-64 and aarch64; another architecture is a register table here"
#endif

const uint32_t *tracee_abis(size_t *n)
{
        *n = ARRAY_SIZE(abis);
        return abis;
}

const char *tracee_abi_name(uint32_t arch)
{
        switch (arch) {
        case AUDIT_ARCH_X86_64:
                return "x86-64";
        case AUDIT_ARCH_I386:
                return "i386";
        case AUDIT_ARCH_AARCH64:
                return "aarch64";
        }
        return "unknown";
}

size_t tracee_word_size(const struct tracee *t)
{
        return t->arch & __AUDIT_ARCH_64BIT ? 8 : 4;
}

/* ---- attaching and resuming ---- */

enum {
        OPTIONS = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                  PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                  PTRACE_O_TRACEEXEC
};

int tracee_seize(pid_t pid)
{
        return ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) ? -errno : 0;
}

int tracee_watch_end(pid_t tid, bool on)
{
        long options = OPTIONS | (on ? PTRACE_O_TRACEEXIT : 0);

        return ptrace(PTRACE_SETOPTIONS, tid, 0, options) ? -errno : 0;
}

int tracee_resume(pid_t tid, enum resume how, int signal)
{
        static const enum __ptrace_request requests[] = {
                [RESUME_CONT] = PTRACE_CONT,
                [RESUME_RESULT] = PTRACE_SYSCALL,
                [RESUME_LISTEN] = PTRACE_LISTEN,
        };

        if (!ptrace(requests[how], tid, 0, signal))
                return 0;
        /* It is not in that stop any more: it has been killed, and has stopped where it ends. */
        return how == RESUME_LISTEN && errno == EIO ? -ESRCH : -errno;
}

int tracee_interrupt(pid_t tid)
{
        return ptrace(PTRACE_INTERRUPT, tid, 0, 0) ? -errno : 0;
}

pid_t tracee_signal_sender(pid_t tid)
{
        siginfo_t info;

        if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
                return 0;
        if (info.si_code != SI_USER && info.si_code != SI_QUEUE && info.si_code != SI_TKILL)
                return 0;
        return info.si_pid;
}

bool tracee_is_attached(pid_t tid)
{
        siginfo_t info;

        return !waitid(P_PID, (id_t)tid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL);
}

int tracee_event_message(pid_t tid, int event, unsigned long *message)
{
        siginfo_t info;

        if (ptrace(PTRACE_GETEVENTMSG, tid, 0, message) || ptrace(PTRACE_GETSIGINFO, tid, 0, &info))
                return -errno;
        /* Who has been killed since has stopped where it ends, which has a message of its own. */
        return info.si_code >> 8 == event ? 0 : -ESRCH;
}

/* ---- the stopped call ---- */

static int syscall_info(const struct tracee *t, struct __ptrace_syscall_info *info)
{
        return ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(*info), info) < 0 ? -errno : 0;
}

/* Of a thread at a call or its return: where it is at neither any more it is being killed, and has
 * stopped where it ends. */
static int call_info(const struct tracee *t, struct __ptrace_syscall_info *info)
{
        int r = syscall_info(t, info);

        return !r && info->op == PTRACE_SYSCALL_INFO_NONE ? -ESRCH : r;
}

int tracee_tells(pid_t tid)
{
        struct __ptrace_syscall_info info;

        return syscall_info(&(struct tracee){.tid = tid}, &info);
}

int tracee_fetch(struct tracee *t)
{
        struct __ptrace_syscall_info info;
        int r = call_info(t, &info);

        if (r)
                return r;
        if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
                return -EPROTO;
        t->arch = info.arch;
        t->nr = (int)info.seccomp.nr;
        t->ip = info.instruction_pointer;
        t->sp = info.stack_pointer;
        for (unsigned i = 0; i < 6; i++)
                t->args[i] = tracee_word_size(t) == sizeof(uint32_t)
                                     ? (uint32_t)info.seccomp.args[i]
                                     : info.seccomp.args[i];
        return 0;
}

int tracee_fetch_result(const struct tracee *t, int64_t *result)
{
        struct __ptrace_syscall_info info;
        int r = call_info(t, &info);

        if (r)
                return r;
        if (info.op != PTRACE_SYSCALL_INFO_EXIT)
                return -EPROTO;
        *result = info.exit.rval;
        return 0;
}

bool tracee_is_interrupted(int64_t result)
{
        return result == -RESTART_SYSTEM_CALL || result == -RESTART_NO_INTERRUPTION ||
               result == -RESTART_NO_HANDLER || result == -RESTART_BLOCK;
}

int tracee_fetch_interrupted(struct tracee *t, bool *again)
{
        struct __ptrace_syscall_info info;
        struct user_regs_struct regs;
        int r = get_registers(t, &regs);

        if (r)
                return r;
        t->nr = interrupted_call(&regs);
        if (t->nr < 0)
                return -ENOENT;
        r = syscall_info(t, &info);
        if (r)
                return r;
        t->arch = info.arch;
        get_args(t, &regs);
        *again = was_restarted(&regs);
        return 0;
}

int tracee_restart(const struct tracee *t)
{
        int r = mark_restarted(t);

        return r ? r : write_result(t, -RESTART_NO_HANDLER);
}

int tracee_set_result(const struct tracee *t, int64_t result)
{
        return write_result(t, result);
}

bool tracee_is_again(const struct tracee *t, const struct tracee *earlier)
{
        return t->arch == earlier->arch && t->nr == earlier->nr && t->ip == earlier->ip &&
               t->sp == earlier->sp && !memcmp(t->args, earlier->args, sizeof(t->args));
}

/* A negative number makes the kernel skip the call and leave the result register as it is:
 * __seccomp_filter() in kernel/seccomp.c, since 4.8. */
int tracee_refuse(const struct tracee *t, int64_t result)
{
        return write_number_and_result(t, result);
}

int tracee_set_arg(struct tracee *t, unsigned i, uint64_t value)
{
        int r = write_arg(t, i, value);

        if (!r)
                t->args[i] = value;
        return r;
}

/* ---- other calls in place of the stopped one ---- */

int tracee_save(const struct tracee *t, struct tracee_saved *saved)
{
        saved->call = *t;
        return get_registers(t, &saved->registers);
}

int tracee_replace_call(const struct tracee_saved *saved, int nr, const uint64_t args[6])
{
        struct user_regs_struct regs = saved->registers;
        int r = write_number(&saved->call, &regs, nr);

        if (r)
                return r;
        set_args(&saved->call, &regs, args);
        return set_registers(&saved->call, &regs);
}

int tracee_issue_call(const struct tracee_saved *saved, int nr, const uint64_t args[6])
{
        struct user_regs_struct regs = saved->registers;
        int r = rewind_to(&saved->call, &regs, nr);

        if (r)
                return r;
        set_args(&saved->call, &regs, args);
        return set_registers(&saved->call, &regs);
}

int tracee_is_before(const struct tracee *t, int nr, const uint64_t args[6])
{
        struct __ptrace_syscall_info info;
        int r = call_info(t, &info);

        if (r)
                return r;
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.arch != t->arch ||
            (int)info.entry.nr != nr || info.instruction_pointer != t->ip)
                return -EPERM;
        for (unsigned i = 0; i < 6; i++)
                if (info.entry.args[i] != args[i])
                        return -EPERM;
        return 0;
}

int tracee_reissue(const struct tracee_saved *saved)
{
        struct user_regs_struct regs = saved->registers;
        int r = rewind_to(&saved->call, &regs, saved->call.nr);

        return r ? r : set_registers(&saved->call, &regs);
}

int tracee_restore(const struct tracee_saved *saved)
{
        struct user_regs_struct now, regs = saved->registers;
        int r = get_registers(&saved->call, &now);

        if (!r)
                r = keep_result(&saved->call, &now, &regs);
        return r ? r : set_registers(&saved->call, &regs);
}

uint64_t tracee_stack(const struct tracee_saved *saved)
{
        return stack_of(&saved->registers);
}

int tracee_hold_signals(pid_t tid, uint64_t *mask)
{
        uint64_t all = ~UINT64_C(0);

        if (ptrace(PTRACE_GETSIGMASK, tid, sizeof(*mask), mask))
                return -errno;
        return tracee_set_signals(tid, all);
}

int tracee_set_signals(pid_t tid, uint64_t mask)
{
        return ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask) ? -errno : 0;
}

/* <linux/ptrace.h> has it since Linux 5.13, and the C library the request alone. */
struct rseq_configuration {
        uint64_t pointer;
        uint32_t size, signature, flags, pad;
};

bool tracee_overlaps_rseq(const struct tracee *t, uint64_t addr, size_t len)
{
        struct rseq_configuration rseq = {0};

        if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, t->tid, sizeof(rseq), &rseq) < 0)
                return false;
        return addr < rseq.pointer + rseq.size && rseq.pointer < addr + len;
}
