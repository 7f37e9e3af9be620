"""Each system call and each allocation of stopgate fails once, in a run that tries what it may and what it may not.

Whatever fails, nothing forbidden happens and no process of the command stays behind. Then either the run is as if nothing had
failed; or its status is 125, or 126 for a command that cannot be run, and standard error says why; or a process is killed, and
standard error says why; or a call that could not be judged is refused, and the record says so."""
import collections
import errno
import json
import os
import pathlib
import re
import subprocess
import time

TIMEOUT = 5  # seconds for a run that takes a tenth of one

POLICY = """
[write]
default = deny
allow = {work}
allow = /dev/null
[read]
deny = {dir}/secret
[exec]
deny = /usr/bin/id
"""

# In several processes at once: what is allowed, what is not, each also behind a pipe or in the background.
SCRIPT = """
echo 1 > one; cp one two
(echo 2 > "$OUT/kept") & (echo 3 > three; rm three) &
cat "$OUT/secret" | cat > four
mv two "$OUT/moved"; ln one "$OUT/linked"; id
wait
(sleep 0.02; echo 4 >> "$OUT/kept"; echo 5 > five) | cat
exit 7
"""

# What a failure of each may be; others fail with EIO. Those of ESRCH that the kernel gives only for a thread that is gone are not
# made up: who is told so of a thread that lives could not know better.
ERRORS = {
    "openat": ("EMFILE", "ENOMEM"), "openat2": ("EMFILE", "ENOSYS"), "mmap": ("ENOMEM",), "clone": ("EAGAIN",),
    "read": ("EIO", "EINTR"), "write": ("ENOSPC", "EPIPE"), "ptrace": ("EPERM", "EIO"), "process_vm_readv": ("EFAULT", "EPERM"),
    "wait4": ("ECHILD", "EINTR"), "seccomp": ("EINVAL",), "memfd_create": ("EMFILE",), "kcmp": ("ENOSYS",), "pidfd_open": ("EMFILE",),
    "fcntl": ("EINVAL",), "pidfd_getfd": ("EPERM",), "pipe2": ("EMFILE",), "readlink": ("EACCES",), "fstat": ("EIO",),
}
# What no kernel refuses, or not so: brk(2) gives the old end of memory where it fails, and libc relies on it.
NEVER = {"brk", "exit_group", "exit", "execve", "rt_sigreturn", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "getpid", "gettid",
         "getuid", "geteuid", "getgid", "getegid", "uname", "clock_gettime"}


class Scene:
    def __init__(self, root, stopgate, preload=None):
        self.root, self.stopgate, self.preload = pathlib.Path(root), pathlib.Path(stopgate), preload

    def run(self, before=(), env=None, kill_after=None):
        """One run in a fresh directory, of which stopgate is killed after so many seconds. Gives what became of it."""
        self.root.mkdir(parents=True, exist_ok=True)
        work, log = self.root / "work", self.root / "log"
        subprocess.run(["rm", "-rf", work, log, self.root / "moved", self.root / "linked"], check=True)
        work.mkdir()
        log.mkdir()
        (self.root / "kept").write_text("kept\n")
        (self.root / "secret").write_text("hush\n")
        policy = self.root / "policy.ini"
        policy.write_text(POLICY.format(work=work, dir=self.root))
        argv = [*before, self.stopgate, "-p", policy, "-o", log / "record", "--format=json", "--", "/bin/sh", "-c", SCRIPT]
        run = subprocess.Popen(argv, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, env={"PATH": "/usr/bin:/bin", "OUT": str(self.root), "LC_ALL": "C", **(env or {})})
        if kill_after is not None:
            time.sleep(kill_after)
            run.kill()
        try:
            out, err = run.communicate(timeout=TIMEOUT)
            hung = False
        except subprocess.TimeoutExpired:
            hung = True
            for pid in session(run.pid):
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass
            out, err = run.communicate()
        return Outcome(self, run.returncode, out.decode(errors="replace"), err.decode(errors="replace"), hung)


def session(sid):
    """The processes of the session that we began: nobody else's."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[3]) == sid:
                yield int(entry.name)
        except OSError:
            pass


def without_numbers(record):
    keep = ("event", "call", "action", "errno", "path", "to", "rule", "class", "status")
    return json.dumps({k: record[k] for k in keep if k in record}, sort_keys=True)


class Outcome:
    def __init__(self, scene, status, out, err, hung):
        root = scene.root
        self.status, self.out, self.err, self.hung = status, out, err, hung
        self.forbidden = []
        if (root / "kept").read_text() != "kept\n":
            self.forbidden.append("kept was written")
        self.forbidden += [name for name in ("moved", "linked") if os.path.lexists(root / name)]
        four = root / "work/four"
        if four.exists() and "hush" in four.read_text() or "hush" in out or "uid=" in out:
            self.forbidden.append("secret was read, or id was run")
        self.made = sorted(p.name for p in (root / "work").iterdir())
        self.logs = sorted(p.name for p in (root / "log").iterdir())
        record = root / "log/record"
        text = record.read_text(errors="replace") if record.exists() else ""
        self.whole = text.endswith("\n")
        self.records = []
        for line in text.splitlines():
            try:
                self.records.append(json.loads(line))
            except ValueError:
                self.whole = False
        # Refused by no rule: for want of what was needed to judge it.
        self.unjudged = [r for r in self.records if r.get("action") == "deny" and "rule" not in r and r.get("errno") != "EACCES"]

    def events(self):
        return collections.Counter(without_numbers(r) for r in self.records if r.get("action") == "deny" or r["event"] == "end")

    def harm(self):
        """What may not be, whatever is short or fails; empty if nothing is."""
        # libseccomp 2.5 may search for ever in lists that it had no memory for: in the child, which is not the command yet.
        if self.hung and not any(r["event"] == "process" and r.get("path") for r in self.records):
            return ""
        if self.hung:
            return "hung: a process stayed"
        if self.forbidden:
            return "forbidden: " + ", ".join(self.forbidden)
        if self.status == -9:  # killed as it was meant to be; a record may end in the middle of a line
            return ""
        if set(self.logs) - {"record"}:
            return f"left behind: {self.logs}"
        return "125 without a word" if self.status == 125 and "stopgate: " not in self.err else ""

    def wrong(self, usual):
        """What is not as promised; empty if all is."""
        harm = self.harm()
        if harm or self.status in (125, -9) or self.hung:
            return harm
        if self.status == 126 and "stopgate: cannot run" in self.err:
            return ""
        if re.search(r"^stopgate: process \d+ is killed: ", self.err, re.M):
            return ""
        if self.unjudged:
            return "" if self.whole else "the record is not whole"
        if self.status != usual.status:
            return f"status {self.status}, neither 125 nor {usual.status}"
        if self.made != usual.made:
            return f"made {self.made}, not {usual.made}"
        if self.events() != usual.events():
            more, less = self.events() - usual.events(), usual.events() - self.events()
            return f"other records: more {dict(more)}, less {dict(less)}"
        return ""


def calls_of(log):
    """What stopgate called, in order, and how many of each before its own code began."""
    names = [m[1] for m in re.finditer(r"^(?:\d+ +)?(\w+)\(", log, re.M)]
    lines = [line for line in log.splitlines() if re.match(r"(?:\d+ +)?\w+\(", line)]
    began = next(i for i, line in enumerate(lines) if "fcntl(0, F_GETFD)" in line)
    return collections.Counter(names), collections.Counter(names[:began])


def choose(first, last, most):
    """Every one, or the first and last ones and some between."""
    if last - first < most:
        return range(first, last + 1)
    edge = max(1, most // 3)
    middle = range(first + edge, last + 1 - edge, max(1, (last - first) // edge))
    return sorted({*range(first, first + edge), *middle, *range(last + 1 - edge, last + 1)})


def injections(scene, most):
    """(what, strace's options) for each call, number and error."""
    log = scene.root / "strace"
    scene.run(["strace", "-o", log])
    total, before = calls_of(log.read_text(errors="replace"))
    for name in sorted(total):
        if name in NEVER or total[name] == before[name]:
            continue
        for error in ERRORS.get(name, ("EIO",)):
            assert error in errno.errorcode.values()
            for n in choose(before[name] + 1, total[name], most):
                yield f"{name} {n} {error}", ["-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={n}"]


def allocations(scene, most):
    """(what, environment): in the tracer, and in the child until it has become the command."""
    count = scene.root / "count"
    scene.run(env={"LD_PRELOAD": str(scene.preload), "FAIL_COUNT": str(count)})
    last = int(count.read_text())
    for where in ("parent", "child"):
        # The child goes on counting where it was born: late, and for some hundreds.
        for n in choose(1 if where == "parent" else last // 2, last + 300, most):
            yield f"allocation {n} in the {where}", {"LD_PRELOAD": str(scene.preload), "FAIL_AT": str(n), "FAIL_IN": where}
