"""The attacks of race.c: what they are held against, by which layers, and how one is run.

A row says which policy an attack is made against, and whether Landlock holds it there. What is expected of a layer is said
once, in LAYERS.
"""
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

# What a layer is expected to do against an attack.
LOSES = "loses"  # must be won: otherwise the attack proves nothing
MAY_LOSE = "may lose"
HOLDS = "holds"  # must not be won even once

POLICIES = {
    # [create], [delete] and [attr] follow [write].
    "write": "[write]\ndefault = deny\nallow = {base}/g\n",
    "write-proc": "[write]\ndefault = deny\nallow = {base}/g\nallow = /proc\n",
    # Forbidden is the beginning of an allowed name; Landlock is wider, for that may be created.
    "tail": "[write]\ndefault = deny\nallow = {base}/g\nallow = {base}/b/file-more\n",
    "carved": "[write]\ndefault = deny\nallow = {base}\ndeny = {base}/b\n",
    "read": "[read]\ndefault = deny\nallow = {base}/g\nallow = {tests}\n" + "".join(
        f"allow = {path}\n" for path in ("/usr", "/lib", "/lib64", "/etc", "/proc")),
    "secret": "[read]\ndeny = {base}/b\n",
    "exec": "[exec]\ndefault = deny\nallow = {base}/g\nallow = {tests}\nallow = /lib\nallow = /lib64\nallow = /usr/lib\n",
    "program": "[exec]\ndeny = {base}/b\n",
    "connect": "[connect]\ndefault = deny\nallow = {base}/g\nallow = inet:127.0.0.1:{port}\n",
}

# Since which version Landlock holds it; None: it does not know of such things, or of the exception.
NEVER = None
FILES, TRUNCATE, TCP, UNIX, UDP = 2, 3, 4, 9, 10

# (policy, since which version Landlock holds it, attacks in the order of race.c)
ATTACKS = [
    (policy, since, name) for policy, since, names in [
        ("write", TRUNCATE, "open openat openat-create creat truncate"),
        ("write", FILES, "unlink rmdir mkdir mknod symlink rename-from rename-to link-from link-to"),
        ("write", NEVER, "chmod setxattr chown utimens"),
        ("carved", NEVER, "openat-carved-out"),
        ("read", FILES, "read-unlisted"),
        ("secret", NEVER, "read-secret"),
        ("write", TRUNCATE, "int80-open shared-openat"),
        ("write", FILES, "shared-unlink shared-rename-to"),
        ("secret", NEVER, "shared-read-secret"),
        ("write", NEVER, "shared-chmod"),
        ("write", TRUNCATE, "vm-openat"),
        ("write", FILES, "vm-unlink"),
        ("write", TRUNCATE, "vm-nested-openat vm-fleeting-openat fleeting-openat"),
        ("write", FILES, "fleeting-unlink"),
        ("write", TRUNCATE, "stopped-openat stopped-vm-openat"),
        ("tail", NEVER, "dying-openat"),
        ("write", TRUNCATE, "many-openat"),
        ("write", FILES, "many-unlink"),
        ("write", TRUNCATE, "how-flags how-resolve"),
        ("connect", UNIX, "connect-unix sendto-unix sendmsg-unix"),
        ("write", FILES, "bind"),
        ("connect", UNIX, "sendmsg-pointer sendmmsg-pointer socketcall-pointer"),
        ("connect", TCP, "connect-port"),
        ("connect", UDP, "sendto-port"),
        ("exec", FILES, "exec exec-fork"),
        ("program", NEVER, "exec-carved-out exec-nested exec-script exec-descriptor exec-descriptor-process"),
        ("program", NEVER, "interpreter-written interpreter-exchange"),
        ("write", TRUNCATE, "dirfd-thread dirfd-process"),
        ("write", FILES, "dirfd-unlink dirfd-mkdir dirfd-rename"),
        ("write", NEVER, "dirfd-chmod"),
        ("write", TRUNCATE, "dirfd-closed dirfd-fleeting dirfd-unsharing cwd-thread cwd-process"),
        ("write", FILES, "cwd-unlink cwd-mkdir cwd-rename"),
        ("write", TRUNCATE, "cwd-fleeting cwd-unsharing cwd-moved-open"),
        ("write", FILES, "cwd-moved-unlink"),
        ("write", TRUNCATE, "dirfd-moved-open other-dirfd-open"),
        ("write", FILES, "other-dirfd-unlink"),
        ("write", TRUNCATE, "other-cwd-open"),
        ("write", NEVER, "other-cwd-chmod"),
        ("write", TRUNCATE, "other-root-open exchange-open"),
        ("write", FILES, "exchange-unlink exchange-rename exchange-mkdir"),
        ("write", NEVER, "exchange-chmod"),
        ("write", TRUNCATE, "exchange-last-open exchange-last-truncate"),
        ("write", NEVER, "exchange-last-chmod"),
        ("write", TRUNCATE, "renamed-open"),
        ("write", FILES, "renamed-unlink renamed-rename renamed-mkdir"),
        ("write", NEVER, "renamed-chmod"),
        ("write", TRUNCATE, "renamed-last-open"),
        ("write", NEVER, "renamed-last-chmod"),
        ("write", TRUNCATE, "link-open"),
        ("write", FILES, "link-unlink"),
        ("write", TRUNCATE, "relinked-open remade-create"),
        ("write", FILES, "remade-unlink"),
        ("write", TRUNCATE, "exchange-thread-open"),
        ("secret", NEVER, "exchange-read renamed-read"),
        ("write", FILES, "exchange-link exchange-symlink exchange-rename-to"),
        ("write", NEVER, "exchange-setxattr"),
        ("connect", UNIX, "exchange-connect"),
        ("program", NEVER, "exchange-exec"),
        ("write", NEVER, "fchmod fsetxattr fchmod-process fsetxattr-process fchown fchown-process futimens"),
        ("write", TRUNCATE, "magic-open magic-open-process"),
        ("write", NEVER, "magic-chmod"),
        ("program", NEVER, "magic-exec magic-exec-descriptor cwd-exec interpreter-relative interpreter-rewritten interpreter-magic"),
        ("write", FILES, "magic-bind cwd-bind"),
        ("connect", UNIX, "magic-connect magic-sendto magic-sendmsg cwd-connect cwd-sendto"),
        ("write", TRUNCATE, "page-mmap page-munmap page-mremap page-dontneed"),
        ("write-proc", TRUNCATE, "proc-mem proc-mem-process proc-task-mem proc-mem-again"),
        ("write", TRUNCATE, "file-shared file-written file-truncated sysv"),
        ("write", FILES, "sysv-unlink"),
        ("write", TRUNCATE, "stack-shared"),
        ("write-proc", TRUNCATE, "kept-mem kept-map-files kept-map-files-mmap"),
        ("write", TRUNCATE, "kept-mprotect kept-pkey kept-mmap kept-munmap kept-mremap-away kept-mremap-onto kept-shmat"),
        ("write", TRUNCATE, "kept-remap-file-pages kept-brk kept-old-mmap kept-int80-munmap kept-dontneed kept-remove"),
        ("write", TRUNCATE, "kept-free kept-wipe kept-process-madvise kept-fork kept-fork-and-thread kept-dontfork"),
        ("write", TRUNCATE, "kept-vfork kept-exec kept-squat"),
    ] for name in names.split()
]
ONLY_ROOT = ("other-root-open",)
ONLY_X86_64 = ("int80-open", "socketcall-pointer", "stack-shared")
BY_INT80 = ("int80-open", "socketcall-pointer", "kept-old-mmap", "kept-int80-munmap")

class Attack:
    def __init__(self, policy, since, name):
        self.policy, self.name = policy, name
        self.held_by_landlock = since is not None and landlock_version() >= since


def landlock_version():
    """landlock_create_ruleset(2) says it, where there is any."""
    return max(0, ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


def can_be_made(name):
    return (os.geteuid() == 0 or name not in ONLY_ROOT) and (os.uname().machine == "x86_64" or name not in ONLY_X86_64)


def cannot_be_made(build):
    """Names of those that use calls of i386, where the kernel has none."""
    tried = subprocess.run([pathlib.Path(build) / "tests/race", "int80"], check=False)
    return () if tried.returncode == 0 or os.uname().machine != "x86_64" else BY_INT80


def attacks(words=()):
    """Those that can be made here, and have one of the words in their names."""
    return [Attack(*row) for row in ATTACKS
            if can_be_made(row[2]) and (not words or any(w in row[2] for w in words))]


def always(expected):
    return lambda attack: expected


# Where a policy knows no `pin`, nothing is pinned: then only Landlock holds anything.
PINS = "pin" in (pathlib.Path(__file__).parent.parent.parent / "man/stopgate.ini.5").read_text().split()

# (layer, program below BUILD or None, environment, what [policy] pin says or None, what is expected of it)
LAYERS = [
    ("bare", None, {}, None, always(LOSES)),
    ("stops", "tests/stopgate", {"STOPGATE_TEST_ABI": "0"}, "never" if PINS else None, always(LOSES)),
    ("pinned", "tests/stopgate", {"STOPGATE_TEST_ABI": "0"}, None, always(HOLDS)),
    ("both", "stopgate", {}, None,
     always(HOLDS) if PINS else lambda attack: HOLDS if attack.held_by_landlock else MAY_LOSE),
]
if not PINS:
    LAYERS = [layer for layer in LAYERS if layer[0] != "pinned"]
ENOUGH = 100  # wins, where losing is no failure


class Broken(Exception):
    """An attack could not be made at all."""


class Count:
    def __init__(self, attempts, honest, refused, wins):
        self.attempts, self.honest, self.refused, self.wins = attempts, honest, refused, wins

    def rate(self):
        """Wins in a million attempts."""
        return self.wins * 1_000_000 // max(1, self.attempts)

    def __str__(self):
        return f"{self.wins} of {self.attempts} won, {self.honest} honest, {self.refused} refused"


def numbers(text):
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", text)}


@contextlib.contextmanager
def started(argv, **more):
    """In a group of its own, which is gone at the end."""
    process = subprocess.Popen([os.fspath(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True, **more)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def run(build, scratch, attack, layer, seconds, most):
    """One attack against one layer: the Count."""
    _, program, environment, pin, _ = layer
    build, directory = pathlib.Path(build), pathlib.Path(tempfile.mkdtemp(prefix="r.", dir=scratch))
    race, base = build / "tests/race", directory.resolve()
    try:
        with started([race, "keep", base]) as keeper:
            ports = keeper.stdout.readline().split()
            if len(ports) != 2:
                raise Broken(f"{attack.name}: {keeper.stderr.read()}")
            argv = [race, attack.name, str(seconds), str(most), base, *ports]
            if program:
                policy = base / "policy.ini"
                text = f"[policy]\npin = {pin}\n" if pin else ""
                text += POLICIES[attack.policy].format(base=base, tests=race.parent, port=ports[0])
                policy.write_text(text)
                argv = [build / program, "-q", "-p", policy, "-o", "/dev/null", "--", *argv]
            # Not in BASE: there, Landlock would let g itself be removed, and with that everything in BASE.
            with started(argv, cwd=base / "g", env={**os.environ, **environment}) as process:
                out, err = process.communicate(timeout=seconds + 30)
            if process.returncode or not numbers(out):
                raise Broken(f"{attack.name}: status {process.returncode}\n{out}{err}")
            seen = numbers(keeper.communicate()[0])  # its standard input ends, and so does it
            count = Count(**numbers(out))
            count.wins = max(count.wins, seen["mended"] + seen["reached"])
            return count
    except subprocess.TimeoutExpired:
        raise Broken(f"{attack.name}: it does not end") from None
    finally:
        shutil.rmtree(directory, ignore_errors=True)
