"""The attacks of race.c: what they are held against, by which layers, and how one is run.

A row says which policy an attack is made against, and whether Landlock holds it there. What is expected of a layer is said
once, in LAYERS: one that pins arguments would be a row more, which HOLDS all, and the others would turn that off.
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
        ("write", NEVER, "chmod setxattr"),
        ("carved", NEVER, "openat-carved-out"),
        ("read", FILES, "read-unlisted"),
        ("secret", NEVER, "read-secret"),
        ("write", TRUNCATE, "shared-openat"),
        ("write", FILES, "shared-unlink shared-rename-to"),
        ("secret", NEVER, "shared-read-secret"),
        ("write", TRUNCATE, "how-flags how-resolve"),
        ("connect", UNIX, "connect-unix sendto-unix sendmsg-unix"),
        ("connect", TCP, "connect-port"),
        ("connect", UDP, "sendto-port"),
        ("exec", FILES, "exec exec-fork"),
        ("program", NEVER, "exec-carved-out"),
        ("write", TRUNCATE, "dirfd-thread dirfd-process"),
        ("write", FILES, "dirfd-unlink"),
        ("write", TRUNCATE, "cwd-thread cwd-process"),
        ("write", FILES, "cwd-unlink"),
        ("write", TRUNCATE, "exchange-open"),
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
        ("write", NEVER, "fchmod fsetxattr"),
        ("write", TRUNCATE, "page-mmap page-munmap page-mremap page-dontneed"),
        ("write-proc", TRUNCATE, "proc-mem"),
    ] for name in names.split()
]


class Attack:
    def __init__(self, policy, since, name):
        self.policy, self.name = policy, name
        self.held_by_landlock = since is not None and landlock_version() >= since


def landlock_version():
    """landlock_create_ruleset(2) says it, where there is any."""
    return max(0, ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


def attacks(words=()):
    return [Attack(*row) for row in ATTACKS if not words or any(w in row[2] for w in words)]


# (layer, program below BUILD or None, environment, what is expected of it)
LAYERS = [
    ("bare", None, {}, lambda attack: LOSES),
    ("stops", "tests/stopgate", {"STOPGATE_TEST_ABI": "0"}, lambda attack: LOSES),
    ("both", "stopgate", {}, lambda attack: HOLDS if attack.held_by_landlock else MAY_LOSE),
]
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
    _, program, environment, _ = layer
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
                policy.write_text(POLICIES[attack.policy].format(base=base, tests=race.parent, port=ports[0]))
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
