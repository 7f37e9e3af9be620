"""Calls that are closed: those by which a command could act unseen, wherever a class is spoken of, and
those that would undo the confinement, wherever something is denied. Each is first shown not to give that
errno without stopgate (with arguments that do no harm), nor under the built-in policy, nor where a
`[system] allow` opens it."""

import harness
from harness import PROBE32, promise
from rows import KNOWN, KNOWN32
from test_outside import AIMED, WORD

LOGS = "[write]\ndefault = log\n"
DENIES = "[write]\ndeny = /nonexistent\n"

CLONE_UNTRACED = 0x00800000
NAMESPACES = {"newtime": 0x80, "newns": 0x20000, "newcgroup": 0x2000000, "newuts": 0x4000000,
              "newipc": 0x8000000, "newuser": 0x10000000, "newpid": 0x20000000, "newnet": 0x40000000}
SIGCHLD = 17
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
USERFAULTFD_IOC_NEW = 0xAA00


class Closed:
    def __init__(self, name, words, errno, word, bare):
        self.name, self.words, self.errno, self.word = name, str(words).split(), errno, word
        self.bare = (bare,) if isinstance(bare, str) or bare is None else bare

    def may_be(self):
        """A kernel may be built without it: then only the refusal is shown."""
        return (*self.bare, "ENOSYS")

    @property
    def call(self):
        calls = " ".join(self.words).split(" -- ")
        return calls[-1].split()[0]


# Name, the call, the errno when closed, the word that opens it, what may come of it otherwise.
BLINDING = [
    Closed("io_uring_setup", "io_uring_setup 0 null", "ENOSYS", "io_uring", ("EINVAL", "EFAULT", "EPERM")),
    Closed("io_uring_enter", "io_uring_enter -1 0 0 0 null 0", "ENOSYS", "io_uring", "EBADF"),
    Closed("io_uring_register", "io_uring_register -1 0 null 0", "ENOSYS", "io_uring",
           ("EBADF", "EINVAL", "EFAULT")),
    Closed("io_setup", "io_setup 0 null", "ENOSYS", "aio", ("EFAULT", "EINVAL")),
    Closed("io_submit", "io_submit 0 1 null", "ENOSYS", "aio", ("EINVAL", "EFAULT")),
    Closed("clone3", "clone3 null 0", "ENOSYS", None, "EINVAL"),
    Closed("clone-untraced", f"clone {CLONE_UNTRACED | SIGCHLD} 0 0 0 0", "EPERM", None, None),
    Closed("clone-untraced-high-bits", f"clone {0xdead << 32 | CLONE_UNTRACED | SIGCHLD} 0 0 0 0", "EPERM",
           None, None),
    Closed("seccomp-listener", "seccomp 1 8 null", "EPERM", None, "EFAULT"),
    Closed("seccomp-listener-and-more", "seccomp 1 0x18 null", "EPERM", None, ("EFAULT", "EINVAL")),
    Closed("seccomp-listener-high-bits", "seccomp 0xdead00000001 0xbeef00000008 null", "EPERM", None,
           ("EFAULT", "EINVAL")),
    Closed("prctl-not-dumpable", "prctl 4 0 0 0 0", "EPERM", None, None),
    Closed("prctl-not-dumpable-high-bits", "prctl 0xdead00000004 0xbeef00000000 0 0 0", "EPERM", None,
           (None, "EINVAL")),
    Closed("remap_file_pages", "remap_file_pages 1 4096 0 0 0", "ENOSYS", None, "EINVAL"),
    Closed("shmat-remap", "shmat -1 null 040000", "EPERM", None, "EINVAL"),
    Closed("uselib", "uselib null", "ENOSYS", None, ("EFAULT", "ENOSYS")),
    Closed("unknown-number", "nr:5000 0", "ENOSYS", None, "ENOSYS"),
    Closed("unknown-number-in-a-gap", "nr:390 0", "ENOSYS", None, "ENOSYS"),
]
CONFINING = [
    # MAP_DROPPABLE, since Linux 6.11
    Closed("mmap-droppable", "mmap 0 4096 3 0x28 -1 0", "EPERM", None, (None, "EINVAL", "EOPNOTSUPP")),
    Closed("ptrace", "ptrace 0x4207 0 0 0", "EPERM", "ptrace", ("EIO", "ESRCH")),
    Closed("process_vm_readv", "process_vm_readv pid iov:x 1 iov:x 2000 0", "EPERM", "ptrace", "EINVAL"),
    Closed("process_vm_writev", "process_vm_writev pid iov:x 1 iov:x 2000 0", "EPERM", "ptrace", "EINVAL"),
    Closed("pidfd_getfd", "pidfd_getfd -1 0 0", "EPERM", "ptrace", "EBADF"),
    Closed("mount", "mount bad bad bad 0 null", "EPERM", "mount", ("EFAULT", "EPERM")),
    Closed("umount2", "umount2 bad 0xffff", "EPERM", "mount", ("EINVAL", "EPERM")),
    Closed("pivot_root", "pivot_root bad bad", "EPERM", "mount", ("EFAULT", "EPERM")),
    Closed("fsopen", "fsopen bad 0xff", "EPERM", "mount", ("EFAULT", "EINVAL", "EPERM")),
    Closed("fsmount", "fsmount -1 0 0", "EPERM", "mount", ("EBADF", "EPERM")),
    Closed("fsconfig", "fsconfig -1 0 null null 0", "EPERM", "mount", ("EINVAL", "EBADF")),
    Closed("fspick", "fspick -1 bad 0", "EPERM", "mount", ("EFAULT", "EPERM")),
    Closed("open_tree", "open_tree -1 bad 0", "EPERM", "mount", "EFAULT"),
    Closed("move_mount", "move_mount -1 bad -1 bad 0xffff", "EPERM", "mount", ("EINVAL", "EPERM")),
    Closed("mount_setattr", "mount_setattr -1 bad 0xffffff bad 32", "EPERM", "mount", ("EINVAL", "EPERM")),
    Closed("setns", "setns -1 0", "EPERM", "namespaces", "EBADF"),
    Closed("open_by_handle_at", "open_by_handle_at -1 bad 0", "EPERM", "handles", ("EPERM", "EFAULT", "EBADF")),
    Closed("userfaultfd", "userfaultfd 0xffff", "EPERM", "userfaultfd", ("EINVAL", "EPERM")),
    Closed("bpf", "bpf 9999 null 0", "EPERM", "bpf", ("EINVAL", "EPERM")),
    Closed("perf_event_open", "perf_event_open bad 0 0 -1 0xffff", "EPERM", "perf", ("EINVAL", "EFAULT", "EACCES")),
    Closed("kexec_load", "kexec_load 0 0 null 0xff", "EPERM", "reboot", ("EINVAL", "EPERM")),
    Closed("kexec_file_load", "kexec_file_load -1 -1 0 null 0xffff", "EPERM", "reboot", ("EINVAL", "EPERM")),
    Closed("reboot", "reboot 0 0 0 null", "EPERM", "reboot", ("EINVAL", "EPERM")),
    Closed("init_module", "init_module bad 0 bad", "EPERM", "modules", ("ENOEXEC", "EFAULT", "EPERM")),
    Closed("finit_module", "finit_module -1 bad 0xffff", "EPERM", "modules", ("EINVAL", "EBADF", "EPERM")),
    Closed("delete_module", "delete_module bad 0", "EPERM", "modules", ("EFAULT", "EPERM")),
    Closed("fanotify_init", "fanotify_init 0xffffff 0", "EPERM", "fanotify", ("EINVAL", "EPERM")),
    Closed("fanotify_mark", "fanotify_mark -1 0xffffff 0 -1 bad", "EPERM", "fanotify", ("EINVAL", "EBADF")),
    Closed("acct", "acct bad", "EPERM", "accounting", ("EFAULT", "EPERM")),
    Closed("quotactl", "quotactl 0xffffffff bad 0 null", "EPERM", "quota", ("EINVAL", "EPERM", "EFAULT", "ENOTBLK")),
    Closed("quotactl_fd", "quotactl_fd -1 0xffffffff 0 null", "EPERM", "quota", ("EBADF", "EINVAL")),
    Closed("swapon", "swapon bad 0", "EPERM", "swap", ("EFAULT", "EPERM")),
    Closed("swapoff", "swapoff bad", "EPERM", "swap", ("EFAULT", "EPERM")),
    Closed("ioperm", "ioperm 0xffffff 1 1", "EPERM", "rawio", "EINVAL"),
    Closed("iopl", "iopl 77", "EPERM", "rawio", "EINVAL"),
    Closed("tiocsti", f"ioctl -1 {TIOCSTI} bad", "EPERM", "terminal", "EBADF"),
    Closed("tiocsti-high-bits", f"ioctl -1 {0xdeadbeef << 32 | TIOCSTI} bad", "EPERM", "terminal", "EBADF"),
    Closed("tiocsti-sign", f"ioctl -1 {0xffffffff << 32 | TIOCSTI} bad", "EPERM", "terminal", "EBADF"),
    Closed("tioclinux", f"ioctl -1 {TIOCLINUX} bad", "EPERM", "terminal", "EBADF"),
    Closed("tioclinux-high-bits", f"ioctl -1 {1 << 63 | TIOCLINUX} bad", "EPERM", "terminal", "EBADF"),
    Closed("uinput", "ioctl -1 0x5501 0", "EPERM", "terminal", "EBADF"),
    Closed("userfaultfd-device", f"ioctl -1 {USERFAULTFD_IOC_NEW} 0", "EPERM", "userfaultfd", "EBADF"),
    Closed("userfaultfd-device-high-bits", f"ioctl -1 {0xdeadbeef << 32 | USERFAULTFD_IOC_NEW} 0", "EPERM",
           "userfaultfd", "EBADF"),
    Closed("vhost", "ioctl -1 0xaf01 0", "EPERM", "vhost", "EBADF"),
    Closed("request-key", "request_key bad bad bad 0", "EPERM", "keys", "EFAULT"),
    Closed("request-key-high-bits", f"request_key bad bad {1 << 40} 0", "EPERM", "keys", "EFAULT"),
    Closed("lease-of-a-reader", "fcntl -1 1024 0", "EPERM", "leases", "EBADF"),
    Closed("lease-high-bits", f"fcntl -1 {0xdeadbeef << 32 | 1024} 1", "EPERM", "leases", "EBADF"),
    Closed("delegation", "fcntl -1 1040 bad", "EPERM", "leases", "EBADF"),
    Closed("bcachefs-subvolume", "ioctl -1 0x4020bc10 bad", "EPERM", "subvolumes", "EBADF"),
    Closed("btrfs-snapshot", "ioctl -1 0x50009401 bad", "EPERM", "subvolumes", "EBADF"),
    Closed("mknod-block", "mknodat cwd bad 060600 0x100", "EPERM", "devices", "EFAULT"),
    Closed("mknod-char", "mknodat cwd bad 020600 0x103", "EPERM", "devices", "EFAULT"),
    Closed("mknod-char-high-bits", f"mknodat cwd bad {0xdead << 32 | 0o20600} 0x103", "EPERM", "devices",
           "EFAULT"),
]
for ns, flag in NAMESPACES.items():
    # Both a user namespace and CLONE_FS is EINVAL, wherever one may be made.
    CONFINING.append(Closed(f"unshare-{ns}", f"unshare {flag | 1 << 4}", "EPERM", "namespaces", "EINVAL"))
    CONFINING.append(Closed(f"unshare-{ns}-high-bits", f"unshare {0xdead << 32 | flag | 1 << 4}", "EPERM",
                            "namespaces", "EINVAL"))
    if ns != "newtime":
        # CLONE_THREAD without CLONE_SIGHAND is EINVAL.
        CONFINING.append(Closed(f"clone-{ns}", f"clone {flag | 0x10000} 0 0 0 0", "EPERM", "namespaces",
                                "EINVAL"))

HIGH = "high-bits", "sign"


def here(table, known, wide=True):
    return [c for c in table if c.call.startswith("nr:") or c.call in known
            and (wide or not c.name.endswith(HIGH))]


def check_closed(t, item, policy, program):
    def errno(policy):
        run = t.probe(*item.words, program=program) if policy == "bare" else t.run_probe(
            policy, *item.words, program=program)
        return run.errno, run

    native, _ = errno("bare")
    t.true(native in item.may_be(), f"without stopgate {native}, expected {item.bare}")
    t.equal(errno(None)[0], native, "under the built-in policy")
    got, run = errno(policy)
    t.equal(got, item.errno, run)
    if item.word:
        t.equal(errno(policy + f"[system]\nallow = {item.word}\n")[0], native, f"[system] allow = {item.word}")
        # A word opens what it says and nothing else.
        other = "bpf" if item.word != "bpf" else "ptrace"
        t.equal(errno(policy + f"[system]\nallow = {other}\n")[0], item.errno, f"[system] allow = {other}")


@promise(each=here(BLINDING, KNOWN))
def blinding_call_is_closed_where_a_class_is_spoken_of(t, item):
    check_closed(t, item, LOGS, harness.PROBE)


@promise(each=here(CONFINING, KNOWN))
def confining_call_is_closed_where_something_is_denied(t, item):
    check_closed(t, item, DENIES, harness.PROBE)
    run = t.run_probe(LOGS, *item.words)
    t.true(run.errno in item.may_be(), f"closed though nothing is denied\n{run}")


@promise(each=here(BLINDING + CONFINING, KNOWN32 or KNOWN, wide=False), needs=("i386", "once"))
def closed_on_i386_too(t, item):
    check_closed(t, item, DENIES, PROBE32)


@promise(needs="i386")
def ipc_with_remap_is_closed(t):
    """shmat of i386, with a version in the upper half of the call."""
    for call in (21, 21 | 1 << 16):
        words = ("ipc", call, -1, 0o40000, 0, "null", 0)
        t.equal(t.probe(*words, program=PROBE32).errno, "EINVAL")
        t.equal(t.run_probe(DENIES, *words, program=PROBE32).errno, "EPERM")


@promise(needs="x86-64")
def x32_number_is_refused(t):
    """Bit 30 in the number; whether the kernel has that ABI or not."""
    file = t.file("f/file", "x")
    for policy in (None, LOGS, f"[write]\ndeny = {t.dir}/f\n"):
        for number, rest in ((2, (f"s:{file}", 1)), (257, ("cwd", f"s:{file}", 1)), (87, (f"s:{file}",)),
                             (520, (f"s:{file}", "null", "null")), (39, ())):
            with t.unchanged(t.dir / "f"):
                run = t.run_probe(policy, f"nr:{number | 1 << 30}", *rest)
            t.equal(run.errno, "ENOSYS", run)


@promise(needs="x86-64")
def negative_and_huge_numbers_are_refused(t):
    for number in (-1, -7, 1 << 31, 0x7FFFFFFF, 0xFFFFFFFF, 471, 1000):
        run = t.run_probe(DENIES, f"nr:{number}")
        t.equal(run.errno, "ENOSYS", run)


@promise
def nothing_is_closed_where_the_stops_are_narrowed_by_hand(t):
    policy = LOGS + "[trace]\ncalls = openat\n"
    for item in here(BLINDING, KNOWN):
        run = t.run_probe(policy, *item.words)
        t.true(run.errno in item.may_be(), f"{item.name}\n{run}")


@promise
def all_is_closed_where_they_are_narrowed_and_something_is_denied(t):
    policy = DENIES + "[trace]\ncalls = openat\n"
    for item in here(BLINDING, KNOWN) + here(CONFINING, KNOWN)[:10]:
        run = t.run_probe(policy, *item.words)
        t.equal(run.errno, item.errno, f"{item.name}\n{run}")


@promise
def permissive_closes_what_blinds_and_not_what_confines(t):
    policy = "[policy]\nmode = permissive\n" + DENIES
    for item in here(BLINDING, KNOWN):
        t.equal(t.run_probe(policy, *item.words).errno, item.errno, item.name)
    for item in here(CONFINING, KNOWN):
        t.true(t.run_probe(policy, *item.words).errno in item.may_be(), item.name)


@promise
def every_closed_call_has_a_test(t):
    out = t.task("--list-calls").out
    closed, call = set(), None
    for line in out.splitlines():
        words = line.split()
        call = words[0] if not line.startswith(" ") else call
        kind = words[1] if not line.startswith(" ") else words[0]
        if kind in ("blinding", "confining"):
            closed.add(call)
    tested = {c.call for c in BLINDING + CONFINING} | AIMED | {"ipc"}
    # Names of other ABIs and of the same deed, and what libseccomp may not know.
    same = {"umount", "create_module", "mknod", "open_tree_attr", "fcntl64", "mmap2"}
    t.equal(closed - tested - same, set(), "closed calls without a live test")
    t.equal(tested - closed - {"nr:5000", "nr:390"}, set(), "tested, but not closed")


@promise
def listed_words_open_and_others_are_errors(t):
    words = sorted({c.word for c in BLINDING + CONFINING if c.word} | {WORD})
    run = t.task("--check", policy=DENIES + "[system]\n" + "".join(f"allow = {w}\n" for w in words))
    t.equal(run.status, 0, run)
    run = t.task("--check", policy=DENIES + "[system]\nallow = ptracee\n")
    t.true(run.status == 125 and "ptrace" in run.err, run)
    run = t.task("--check", policy=DENIES + "[system]\nallow = clone3\n")
    t.equal(run.status, 125, run)


@promise
def ordinary_use_is_not_closed(t):
    """What threads, shells and build tools call."""
    words = ("clone", SIGCHLD, 0, 0, 0, 0, "--", "ioctl", 0, 0x5401, "buf:64", "--", "seccomp", 0, 0, "bad",
             "--", "prctl", 3, 0, 0, 0, 0, "--", "unshare", 0x400, "--", "personality", 0xFFFFFFFF, "--",
             "memfd_create", "s:x", 0, "--", "mknodat", "cwd", "s:fifo", 0o10600, 0, "--",
             "prctl", 4, 1, 0, 0, 0, "--", "unshare", 0x200)
    bare = t.probe(*words)
    (t.dir / "work/fifo").unlink()
    run = t.run_probe("[write]\ndeny = /nonexistent\n[create]\ndefault = allow\n", *words)
    t.equal([e for e, _ in run.results], [e for e, _ in bare.results], run)


@promise
def command_s_own_filter_may_still_take_rights_away(t):
    """A strict filter of its own works; it gets no listener."""
    run = t.run(["/usr/bin/python3", "-c", """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
# ld nr; jeq getppid, ERRNO(77); ALLOW. Of native numbers.
nr = {"x86_64": 110, "aarch64": 173}[os.uname().machine]
code = b"".join(struct.pack("HBBI", *i) for i in
                [(0x20, 0, 0, 0), (0x15, 0, 1, nr), (0x06, 0, 0, 0x00050000 | 77), (0x06, 0, 0, 0x7fff0000)])
buffer = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer)))
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
for flags in (8, 0):
    r = libc.syscall(number, 1, flags, program)
    print(flags, r, ctypes.get_errno() if r else 0)
r = libc.syscall(nr)
print(r, ctypes.get_errno())
try:
    open("/nonexistent/x", "w")
except OSError as error:
    print(error.errno)
"""], "[write]\ndeny = /nonexistent\n")
    t.equal(run.out.split("\n")[:4], ["8 -1 1", "0 0 0", "-1 77", "13"], run)
    run.one(call="openat", path="/nonexistent/x", action="deny")
