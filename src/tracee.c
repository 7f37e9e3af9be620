/* tracee.c: what one stopped thread is about to do, and is made to do. */
#include "tracee_registers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "util.h"

/* include/linux/errno.h of the kernel: results that the command never sees. */
enum {
        RESTART_SYSTEM_CALL = 512,
        RESTART_NO_INTERRUPTION = 513,
        RESTART_NO_HANDLER = 514,
        RESTART_BLOCK = 516
};

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
        int r = registers_get(t, &regs);

        if (r)
                return r;
        t->nr = registers_interrupted(&regs);
        if (t->nr < 0)
                return -ENOENT;
        r = syscall_info(t, &info);
        if (r)
                return r;
        t->arch = info.arch;
        registers_args(t, &regs);
        *again = registers_restarted(&regs);
        return 0;
}

int tracee_restart(const struct tracee *t)
{
        int r = registers_mark_restarted(t);

        return r ? r : tracee_set_result(t, -RESTART_NO_HANDLER);
}

bool tracee_is_again(const struct tracee *t, const struct tracee *earlier)
{
        return t->arch == earlier->arch && t->nr == earlier->nr && t->ip == earlier->ip &&
               t->sp == earlier->sp && !memcmp(t->args, earlier->args, sizeof(t->args));
}

int tracee_set_arg(struct tracee *t, unsigned i, uint64_t value)
{
        int r = registers_write_arg(t, i, value);

        if (!r)
                t->args[i] = value;
        return r;
}

/* ---- other calls in place of the stopped one ---- */

int tracee_save(const struct tracee *t, struct tracee_saved *saved)
{
        saved->call = *t;
        return registers_get(t, &saved->registers);
}

int tracee_replace_call(const struct tracee_saved *saved, int nr, const uint64_t args[6])
{
        struct user_regs_struct regs = saved->registers;
        int r = registers_set_number(&saved->call, &regs, nr);

        if (r)
                return r;
        registers_set_args(&saved->call, &regs, args);
        return registers_set(&saved->call, &regs);
}

int tracee_issue_call(const struct tracee_saved *saved, int nr, const uint64_t args[6])
{
        struct user_regs_struct regs = saved->registers;
        int r = registers_rewind(&saved->call, &regs, nr);

        if (r)
                return r;
        registers_set_args(&saved->call, &regs, args);
        return registers_set(&saved->call, &regs);
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
        int r = registers_rewind(&saved->call, &regs, saved->call.nr);

        return r ? r : registers_set(&saved->call, &regs);
}

int tracee_restore(const struct tracee_saved *saved)
{
        struct user_regs_struct now, regs = saved->registers;
        int r = registers_get(&saved->call, &now);

        if (!r)
                r = registers_keep_result(&saved->call, &now, &regs);
        return r ? r : registers_set(&saved->call, &regs);
}

uint64_t tracee_stack(const struct tracee_saved *saved)
{
        return registers_stack(&saved->registers);
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
