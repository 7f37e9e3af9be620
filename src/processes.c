/* processes.c: which processes are of the run, and which stand outside. */
#include "processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

/* What is in the table has not been waited for, so its number is nobody else's. A newborn may not
 * be there yet, but has its tracer from its first moment on. What is dead feels nothing, and its
 * parent, who has not waited for it yet, may find that out. */
static enum standing stand(const struct threads *threads, pid_t tid)
{
        struct tracee_look look;
        int r;

        if (threads_find(threads, tid))
                return STANDS_INSIDE;
        r = tracee_look(tid, &look);
        if (r)
                return r == -ESRCH ? STANDS_NOWHERE : STANDS_OUTSIDE;
        return look.tracer == getpid() || look.dead ? STANDS_INSIDE : STANDS_OUTSIDE;
}

/* ---- groups ---- */

/* Call visit for every process of the machine that is in the group (0: in any). */
static void for_each_member(pid_t group, void (*visit)(pid_t tgid, void *data), void *data)
{
        DIR *proc = opendir("/proc");
        struct dirent *entry;

        while (proc && (entry = readdir(proc))) {
                pid_t tgid = isdigit((unsigned char)*entry->d_name)
                                     ? (pid_t)strtol(entry->d_name, NULL, 10)
                                     : 0;

                if (tgid && (!group || getpgid(tgid) == group))
                        visit(tgid, data);
        }
        if (proc)
                closedir(proc);
}

struct census {
        const struct threads *threads;
        bool inside, outside;
};

static void count_member(pid_t tgid, void *data)
{
        struct census *census = data;
        enum standing standing = stand(census->threads, tgid);

        census->inside |= standing == STANDS_INSIDE;
        census->outside |= standing == STANDS_OUTSIDE;
}

static enum standing stand_as_group(const struct threads *threads, pid_t group)
{
        struct census census = {.threads = threads};

        for_each_member(group, count_member, &census);
        if (census.inside)
                return census.outside ? STANDS_ON_BOTH : STANDS_INSIDE;
        return census.outside ? STANDS_OUTSIDE : STANDS_NOWHERE;
}

static enum standing find_from_nested(const struct threads *threads, const struct tracee *t,
                                      const struct tracee_look *caller, enum process_set set,
                                      pid_t number)
{
        if (set == PROCESS_ONE && (number == caller->own_tid || number == caller->own_tgid))
                return STANDS_INSIDE;
        if (set == PROCESS_GROUP && number == 0)
                return stand_as_group(threads, getpgid(t->tgid));
        return STANDS_OUTSIDE;
}

enum standing processes_find(const void *data, const struct tracee *t, enum process_set set,
                             pid_t number)
{
        const struct threads *threads = data;
        struct tracee_look caller;

        if (tracee_look(t->tid, &caller))
                return STANDS_OUTSIDE;
        if (caller.nested)
                return find_from_nested(threads, t, &caller, set, number);
        switch (set) {
        case PROCESS_ONE:
        case PROCESS_HANDLE:
                return stand(threads, number);
        case PROCESS_GROUP:
                return stand_as_group(threads, number ? number : getpgid(t->tgid));
        case PROCESS_ALL:
                return STANDS_ON_BOTH; /* stopgate is one of them */
        case PROCESS_USER:
                return STANDS_OUTSIDE;
        }
        return STANDS_OUTSIDE;
}

/* ---- signals in place of the caller ---- */

enum { SIGNAL_MAX = 64 }; /* _NSIG of every architecture that we know */

struct delivery {
        const struct threads *threads;
        const struct tracee *t;
        const struct object *object;
        int signal;
        siginfo_t info;
        struct tracee_look caller;
        pid_t *done; /* whom it was sent to, or could not be */
        size_t ndone;
        bool sent;
};

/* stopgate may be root, and the caller not any more: kill(2). */
static bool may_signal(const struct tracee_look *caller, const struct tracee_look *target)
{
        return !caller->euid || caller->euid == target->suid || caller->euid == target->uid ||
               caller->uid == target->suid || caller->uid == target->uid;
}

/* The only kind of siginfo in which a process may name another as the sender: rt_sigqueueinfo(2).
 */
static siginfo_t sent_by(const struct tracee *t, const struct tracee_look *caller, int signal)
{
        siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};

        info.si_pid = t->tgid;
        info.si_uid = caller->uid;
        return info;
}

static int send_to(const struct delivery *d, pid_t tid)
{
        struct tracee_look target;
        siginfo_t info = d->info;
        long r;

        if (tracee_look(tid, &target))
                return -ESRCH;
        if (!may_signal(&d->caller, &target))
                return -EPERM;
        if (d->object->thread)
                r = syscall(SYS_rt_tgsigqueueinfo, target.tgid, tid, d->signal, &info);
        else
                r = syscall(SYS_rt_sigqueueinfo, tid, d->signal, &info);
        return r ? -errno : 0;
}

static bool is_done(const struct delivery *d, pid_t tgid)
{
        for (size_t i = 0; i < d->ndone; i++)
                if (d->done[i] == tgid)
                        return true;
        return false;
}

static void signal_member(pid_t tgid, void *data)
{
        struct delivery *d = data;
        bool is_caller = tgid == d->t->tgid;

        if ((is_caller && d->object->set == PROCESS_ALL) || is_done(d, tgid) ||
            stand(d->threads, tgid) != STANDS_INSIDE)
                return;
        d->done = xreallocarray(d->done, d->ndone + 1, sizeof(*d->done));
        d->done[d->ndone++] = tgid;
        if (!send_to(d, tgid))
                d->sent = true;
}

/* A process that was being made while we looked must not escape: who has a signal to take makes no
 * more of them (fork(2) is restarted), so the second look finds the last. */
static int signal_group(struct delivery *d)
{
        enum { LOOKS_MAX = 16 };
        pid_t group = d->object->number ? d->object->number : getpgid(d->t->tgid);
        size_t before;

        for (unsigned i = 0; i < LOOKS_MAX; i++) {
                before = d->ndone;
                for_each_member(d->object->set == PROCESS_ALL ? 0 : group, signal_member, d);
                if (d->ndone == before)
                        break;
        }
        free(d->done);
        /* kill(2): -1 succeeds whoever could not be signalled. */
        return d->sent || d->object->set == PROCESS_ALL ? 0 : -EPERM;
}

/* The siginfo that pidfd_send_signal(2) was given. The caller's own may say anything; that we may
 * not send such a thing the kernel tells us. */
static int read_info(struct delivery *d, uint64_t addr)
{
        if (tracee_word_size(d->t) != sizeof(void *))
                return -EPERM; /* of another layout */
        if (tracee_read(d->t, addr, &d->info, sizeof(d->info)) != (ssize_t)sizeof(d->info))
                return -EFAULT;
        return d->info.si_signo == d->signal ? 0 : -EINVAL;
}

int processes_signal(const struct threads *threads, const struct tracee *t,
                     const struct object *object, int signal, uint64_t info)
{
        struct delivery d = {.threads = threads, .t = t, .object = object, .signal = signal};
        int r;

        if (signal < 0 || signal > SIGNAL_MAX)
                return -EINVAL;
        if (tracee_look(t->tid, &d.caller))
                return -ESRCH;
        d.info = sent_by(t, &d.caller, signal);
        r = info ? read_info(&d, info) : 0;
        if (r)
                return r;
        if (object->set == PROCESS_GROUP || object->set == PROCESS_ALL)
                return signal_group(&d);
        return send_to(&d, object->number);
}
