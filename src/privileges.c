/* privileges.c: what the command loses besides calls: the capabilities that undo the rules, and
 * core files. */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/resource.h>

#include "util.h"

/* ---- the table ---- */

/* One macro, one line: */
/* clang-format off */
#define EVERY               ((1u << CLASS_COUNT) - 1)
#define WRITES              (CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE))
#define CONNECTS            CLASS_BIT(CLASS_CONNECT)
#define ROW(n, u, y, ...)   {.number = CAP_##n, .name = "CAP_" #n, .undoes = u, .why = y, \
                             .words = {__VA_ARGS__}}
#define KEPT(n, y)          ROW(n, 0, y, NULL)
#define LOST(n, y)          ROW(n, EVERY, y, NULL)
#define LOST_BUT(n, y, ...) ROW(n, EVERY, y, __VA_ARGS__)
#define LOST_TO(n, u, y)    ROW(n, u, y, NULL)
/* clang-format on */

/* A word keeps what the calls that it opens ask for, and nothing else. What is kept is what honest
 * installers and services of root need, and the rules or the filter look at what it is used for. */
static const struct capability capabilities[] = {
        KEPT(CHOWN, "[attr] judges what it is used for"),
        KEPT(DAC_OVERRIDE, "the rules are asked about root's opens, too"),
        LOST_BUT(DAC_READ_SEARCH, "opens and links files without a path that could be judged",
                 "handles"),
        KEPT(FOWNER, "[attr] and [delete] judge what it is used for"),
        KEPT(FSETID, "[attr] judges what it is used for"),
        KEPT(KILL, "no rule speaks of signals"),
        KEPT(SETGID, "rules are about paths, whoever asks"),
        KEPT(SETUID, "rules are about paths, whoever asks"),
        KEPT(SETPCAP, "with no_new_privs it can only take away"),
        KEPT(LINUX_IMMUTABLE, "[attr] judges what it is used for"),
        KEPT(NET_BIND_SERVICE, "no rule speaks of incoming connections"),
        KEPT(NET_BROADCAST, "the kernel does not ask for it"),
        ROW(NET_ADMIN, CONNECTS, "redirects connections after they were judged", "bpf"),
        LOST_TO(NET_RAW, CONNECTS, "sends to addresses that stand in the data, where none judges"),
        KEPT(IPC_LOCK, "locks memory"),
        LOST(IPC_OWNER, "writes to the shared memory of other users' processes"),
        LOST_BUT(SYS_MODULE, "changes the running kernel", "modules"),
        LOST_BUT(SYS_RAWIO, "reaches devices, and through them all memory and every file", "rawio"),
        KEPT(SYS_CHROOT, "a path is judged by where it leads, in a chroot as well"),
        LOST_BUT(SYS_PTRACE, "reads and writes the memory of processes outside", "ptrace",
                 "userfaultfd"),
        LOST_BUT(SYS_PACCT, "makes the kernel write to the file it is given", "accounting"),
        LOST_BUT(SYS_ADMIN, "changes what paths lead to, what programs see, and much else", "mount",
                 "namespaces", "fanotify", "quota", "swap", "subvolumes", "terminal"),
        LOST_BUT(SYS_BOOT, "ends or replaces the running kernel", "reboot"),
        KEPT(SYS_NICE, "sets priorities"),
        LOST_TO(SYS_RESOURCE, WRITES, "lets the kernel write core files again"),
        LOST(SYS_TIME, "dates files, and the record, as it likes"),
        LOST_BUT(SYS_TTY_CONFIG, "types into terminals, by their keys", "terminal"),
        LOST_BUT(MKNOD, "makes a second name for a device, for which no rule was written",
                 "devices"),
        LOST_BUT(LEASE, "holds up the opens of others", "leases"),
        KEPT(AUDIT_WRITE, "su, sshd and useradd do not work without"),
        LOST(AUDIT_CONTROL, "turns off what the system records about itself"),
        KEPT(SETFCAP, "[attr] judges what it is used for; nothing in the run gains by it"),
        LOST(MAC_OVERRIDE, "ignores the rules of a security module"),
        LOST(MAC_ADMIN, "changes the rules of a security module"),
        LOST(SYSLOG, "empties the kernel's log, and tells where the kernel lies in memory"),
        KEPT(WAKE_ALARM, "sets timers"),
        KEPT(BLOCK_SUSPEND, "keeps the machine awake"),
        LOST(AUDIT_READ, "reads what the system records about other programs"),
        LOST_BUT(PERFMON, "watches other programs and the kernel", "perf", "bpf"),
        LOST_BUT(BPF, "runs code in the kernel that reads and changes what other programs do",
                 "bpf"),
        LOST(CHECKPOINT_RESTORE, "opens files by what other processes have mapped"),
};

const struct capability *privileges_table(size_t *n)
{
        *n = ARRAY_SIZE(capabilities);
        return capabilities;
}

/* ---- what is lost ---- */

static uint64_t bit_of(int capability)
{
        return UINT64_C(1) << capability;
}

static bool is_lost(const struct policy *policy, const struct capability *row)
{
        bool undoes = false;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                undoes |= (row->undoes & CLASS_BIT(class)) && policy_denies_in(policy, class);
        for (size_t i = 0; row->words[i]; i++)
                if (policy_opens(policy, row->words[i]))
                        return false;
        return undoes;
}

uint64_t privileges_lost(const struct policy *policy)
{
        uint64_t known = 0, lost = 0;

        if (!policy_denies(policy) || policy_opens(policy, WORD_CAPABILITIES))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
                known |= bit_of(capabilities[i].number);
                if (is_lost(policy, &capabilities[i]))
                        lost |= bit_of(capabilities[i].number);
        }
        return lost | ~known;
}

/* ---- what the process has ---- */

enum {
        CAPABILITY_BITS = 64,
        THREAD_SETS = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT
};

/* Without CAP_SETPCAP a bounding set cannot be changed. Nor need it be: it only limits what an
 * execve may add (a set-user-ID program, a file with capabilities, root's user number), and under
 * no_new_privs an execve leaves no more than was permitted before; capabilities(7), and
 * cap_bprm_creds_from_file() of the kernel. tests/live/test_privileges.py shows it. */
static int sets_that_count(void)
{
        return capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP)
                       ? THREAD_SETS | CAPNG_BOUNDING_SET
                       : THREAD_SETS;
}

static bool has(int sets, int capability)
{
        for (int set = 1; set <= sets; set <<= 1)
                if ((sets & set) && capng_have_capability((capng_type_t)set, (unsigned)capability))
                        return true;
        return false;
}

/* Returns 0 or -errno. libcap-ng would go on asking for the process that asked first: the parent of
 * this one, perhaps. */
static int look(int *sets, uint64_t *held)
{
        *held = 0;
        capng_setpid(getpid());
        if (capng_get_caps_process())
                return errno ? -errno : -EIO;
        *sets = sets_that_count();
        for (int i = 0; i < CAPABILITY_BITS; i++)
                if (has(*sets, i))
                        *held |= bit_of(i);
        return 0;
}

uint64_t privileges_dropped(const struct policy *policy)
{
        uint64_t held;
        int sets;

        return look(&sets, &held) ? 0 : held & privileges_lost(policy);
}

int privileges_drop(const struct policy *policy)
{
        uint64_t lost = privileges_lost(policy), held;
        int sets, r = look(&sets, &held);

        if (r || !(held & lost))
                return r;
        for (int i = 0; i < CAPABILITY_BITS; i++)
                if (held & lost & bit_of(i))
                        capng_update(CAPNG_DROP, (capng_type_t)sets, (unsigned)i);
        /* The ambient set follows the others by itself. What libcap-ng says of its success is not
         * needed: look again. */
        capng_apply(sets & CAPNG_BOUNDING_SET ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
        r = look(&sets, &held);
        if (r)
                return r;
        return held & lost ? -EPERM : 0;
}

/* ---- core files ---- */

bool privileges_forbid_cores(const struct policy *policy)
{
        return policy_denies_in(policy, CLASS_WRITE) || policy_denies_in(policy, CLASS_CREATE);
}

/* The hard limit, too; without CAP_SYS_RESOURCE nobody raises it again. core(5): a core that is
 * piped to a program heeds no limit but that of 1 byte, which the command could lower to 0. */
int privileges_limit(const struct policy *policy)
{
        const struct rlimit none = {0, 0};

        if (!privileges_forbid_cores(policy))
                return 0;
        return setrlimit(RLIMIT_CORE, &none) ? -errno : 0;
}
