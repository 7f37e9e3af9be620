/* tracee_registers.c: all that knows an architecture. */
#include "tracee_registers.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "util.h"

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

int tracee_set_result(const struct tracee *t, int64_t result)
{
        return poke_register(t, offsetof(struct user, regs.rax), (uint64_t)result);
}

/* A negative number makes the kernel skip the call and leave the result register as it is:
 * __seccomp_filter() in kernel/seccomp.c, since 4.8. */
int tracee_refuse(const struct tracee *t, int64_t result)
{
        int r = poke_register(t, offsetof(struct user, regs.orig_rax), (uint64_t)-1);

        return r ? r : tracee_set_result(t, result);
}

int registers_write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        return poke_register(t, t->arch == AUDIT_ARCH_I386 ? arg_offsets_32[i] : arg_offsets_64[i],
                             value);
}

int registers_get(const struct tracee *t, struct user_regs_struct *regs)
{
        return ptrace(PTRACE_GETREGS, t->tid, 0, regs) ? -errno : 0;
}

int registers_set(const struct tracee *t, const struct user_regs_struct *regs)
{
        return ptrace(PTRACE_SETREGS, t->tid, 0, regs) ? -errno : 0;
}

uint64_t registers_stack(const struct user_regs_struct *regs)
{
        return regs->rsp;
}

void registers_set_args(const struct tracee *t, struct user_regs_struct *regs, const uint64_t *args)
{
        if (t->arch == AUDIT_ARCH_I386) {
                regs->rbx = args[0], regs->rcx = args[1], regs->rdx = args[2];
                regs->rsi = args[3], regs->rdi = args[4], regs->rbp = args[5];
                return;
        }
        regs->rdi = args[0], regs->rsi = args[1], regs->rdx = args[2];
        regs->r10 = args[3], regs->r8 = args[4], regs->r9 = args[5];
}

void registers_args(struct tracee *t, const struct user_regs_struct *regs)
{
        _Static_assert(offsetof(struct user, regs) == 0, "offsets are those of the registers");
        const size_t *offsets = t->arch == AUDIT_ARCH_I386 ? arg_offsets_32 : arg_offsets_64;

        for (unsigned i = 0; i < 6; i++)
                memcpy(&t->args[i], (const char *)regs + offsets[i], sizeof(t->args[i]));
}

/* The number of the call that has failed with EINTR; negative: none has. */
int registers_interrupted(const struct user_regs_struct *regs)
{
        return (int)regs->rax == -EINTR ? (int)regs->orig_rax : -1;
}

/* Of what stands where the number is the kernel takes the low half of a thread that has a filter,
 * in syscall_trace_enter() of kernel/entry/common.c, and puts all of it back for a restart: the
 * other half tells that from a new call, and nobody sees it in the end. */
#define RESTARTED (UINT64_C(0x5347) << 32)

bool registers_restarted(const struct user_regs_struct *regs)
{
        return (regs->orig_rax & ~(uint64_t)UINT32_MAX) == RESTARTED;
}

int registers_mark_restarted(const struct tracee *t)
{
        return poke_register(t, offsetof(struct user, regs.orig_rax), RESTARTED | (uint32_t)t->nr);
}

int registers_set_number(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        (void)t;
        regs->orig_rax = (unsigned long long)nr;
        return 0;
}

/* "syscall", "int $0x80", and what the vDSO has before the place where "sysenter" returns, have two
 * bytes. Without a number in orig_rax the kernel restarts nothing: arch_do_signal_or_restart(). */
int registers_rewind(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        (void)t;
        regs->rip -= 2;
        regs->rax = (unsigned long long)nr;
        regs->orig_rax = (unsigned long long)-1;
        return 0;
}

/* With the number goes what a restart would issue again. */
int registers_keep_result(const struct tracee *t, const struct user_regs_struct *now,
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

int registers_write_arg(const struct tracee *t, unsigned i, uint64_t value)
{
        struct user_regs_struct regs;
        int r = regset(PTRACE_GETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));

        if (r)
                return r;
        regs.regs[i] = value;
        return regset(PTRACE_SETREGSET, t, NT_PRSTATUS, &regs, sizeof(regs));
}

int tracee_set_result(const struct tracee *t, int64_t result)
{
        return registers_write_arg(t, 0, (uint64_t)result);
}

/* Writing x8 does not change the number on this architecture: it has a register set of its own. */
int tracee_refuse(const struct tracee *t, int64_t result)
{
        int none = -1;
        int r = regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &none, sizeof(none));

        return r ? r : tracee_set_result(t, result);
}

int registers_get(const struct tracee *t, struct user_regs_struct *regs)
{
        return regset(PTRACE_GETREGSET, t, NT_PRSTATUS, regs, sizeof(*regs));
}

int registers_set(const struct tracee *t, const struct user_regs_struct *regs)
{
        struct user_regs_struct copy = *regs;

        return regset(PTRACE_SETREGSET, t, NT_PRSTATUS, &copy, sizeof(copy));
}

uint64_t registers_stack(const struct user_regs_struct *regs)
{
        return regs->sp;
}

void registers_set_args(const struct tracee *t, struct user_regs_struct *regs, const uint64_t *args)
{
        (void)t;
        for (unsigned i = 0; i < 6; i++)
                regs->regs[i] = args[i];
}

void registers_args(struct tracee *t, const struct user_regs_struct *regs)
{
        for (unsigned i = 0; i < 6; i++)
                t->args[i] = regs->regs[i];
}

int registers_interrupted(const struct user_regs_struct *regs)
{
        (void)regs;
        return -1;
}

bool registers_restarted(const struct user_regs_struct *regs)
{
        (void)regs;
        return false;
}

int registers_mark_restarted(const struct tracee *t)
{
        (void)t;
        return 0;
}

enum { NUMBER_REGISTER = 8, INSTRUCTION = 4 };

int registers_set_number(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        regs->regs[NUMBER_REGISTER] = (unsigned)nr;
        return regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &nr, sizeof(nr));
}

/* Without a number the kernel restarts nothing: do_signal() in arch/arm64/kernel/signal.c. */
int registers_rewind(const struct tracee *t, struct user_regs_struct *regs, int nr)
{
        int none = -1;

        regs->pc -= INSTRUCTION;
        regs->regs[NUMBER_REGISTER] = (unsigned)nr;
        return regset(PTRACE_SETREGSET, t, NT_ARM_SYSTEM_CALL, &none, sizeof(none));
}

/* A restart takes the first argument as it was when the call was entered, before any change. */
int registers_keep_result(const struct tracee *t, const struct user_regs_struct *now,
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
