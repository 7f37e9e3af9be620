"""What a live test of stopgate has to hand. Python standard library only.

HOW TO ADD A TEST
    In a module tests/live/test_*.py (found by its name):

        from harness import promise

        @promise                            # or @promise(needs="root"), see NEEDS below
        def deny_rule_refuses_an_open(t):
            "One sentence, if the name does not say it all."
            secret = t.file("secret/key", "hush")           # below t.dir, which is the test's own
            policy = f'''
                [read]
                deny = {t.dir}/secret
                '''
            t.equal(t.probe("open", f"s:{secret}", 0).errno, None)        # works without stopgate
            with t.unchanged(t.dir / "secret"):
                run = t.run_probe(policy, "open", f"s:{secret}", 0)
            t.equal(run.errno, "EACCES")
            run.one(call="open", path=secret, action="deny", rule=t.rule(policy, "deny ="))

    A test is named by its promise, and fails by an exception: t.equal(), t.true(), t.fail(),
    assert. t.skip(why) where it cannot run here (a failure if MUST_WORK is set).
    @promise(each=LIST) makes a test of every item of LIST: def f(t, item). An item is shown by
    its .name, its first element if it is a tuple, or itself; what it has in .test_needs, it needs.

WHAT RUNS A COMMAND
    t.bare(argv)                    without stopgate
    t.run(argv, policy=...)         under stopgate; policy is text (a file is made of it), a Path,
                                    a NAME of policies/, a list of these, or None: built-in
    t.start(argv, policy=...)       the same in the background: a Popen, killed at the end; then
                                    t.finish(popen)
    t.probe(CALL, ARG...)           the probe program without stopgate, see tests/probes/probe.c
    t.run_probe(policy, CALL, ARG...)  and under it; both take several calls, separated by "--"
    All give a Run: .status .out .err (text), .records (list of dict), .calls (those with
    event == "call"), .find(**fields), .one(**fields), .none(**fields), and of a probe .results,
    .errno and .result (of the last call).
    run, start and run_probe take layers="stops" (as without Landlock), "kernel" (Landlock and closed
    calls without stops: no records of calls then) or a number (as with that version of Landlock).
    The command stands in t.work (empty at first) with HOME=t.home; records go to a file below
    t.dir/record, in JSON unless fmt="text"; record=None leaves them on standard error.

RUN IT
    make live; or, when built:
    BUILD=build sh tests/run                               as CI does: as root and as nobody
    BUILD=build python3 tests/live/run.py [WORD...]        tests whose name has one of the words
    SEED=7 shuffles, JOBS=1 does one at a time, KEEP=1 keeps the scratch directories of failures,
    MUST_WORK=1 lets no test skip but for what this kernel or processor has not.
"""
import contextlib
import errno
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import textwrap

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).absolute()
STOPGATE = BUILD / "stopgate"
SWITCHED = BUILD / "tests/stopgate"  # with the switches of tests/switches.c
PROBES = BUILD / "tests"
PROBE = PROBES / "probe"
PROBE32 = PROBES / "probe32"
POLICIES = BUILD.parent / "policies"
TIMEOUT = 30  # seconds for one command, on a machine with nothing else to do; a test gets twice as much
PATIENCE = float(os.environ.get("PATIENCE") or 2)  # how much longer it may take on others; see patience()

# Control characters of C0 and C1, DEL, line separators, and what reorders text.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Skip(Exception):
    pass


class Failure(AssertionError):
    pass


def is_root():
    return os.geteuid() == 0


@functools.cache
def can_unshare(*what):
    """Not in a chroot, nor where a container forbids it."""
    return not subprocess.run(["unshare", *what, "true"], stderr=subprocess.DEVNULL, check=False).returncode


class Absent(str):
    """Why something cannot be here, whatever is installed: where MUST_WORK is set it is skipped all the same."""


@functools.cache
def lacks_i386():
    if os.uname().machine != "x86_64":
        return Absent("not x86-64")
    if not PROBE32.exists():
        return "no i386 compiler"
    try:
        subprocess.run([PROBE32, "names"], stdout=subprocess.DEVNULL, check=True)
    except OSError:
        return Absent("this kernel runs no i386 programs")
    return None


@functools.cache
def is_sanitized():
    return b"__asan_init" in STOPGATE.read_bytes()


def patience():
    return PATIENCE * (2 if is_sanitized() else 1)


NEEDS = {
    "root": lambda: None if is_root() else "not root",
    "user": lambda: "is root" if is_root() else None,
    "i386": lacks_i386,
    "x86-64": lambda: None if os.uname().machine == "x86_64" else "not x86-64",
    "cpus": lambda: None if len(os.sched_getaffinity(0)) > 1 else "one CPU",
    "mounts": lambda: None if not is_root() or can_unshare("--mount") else "no mount namespaces",
    "user-namespaces": lambda: None if can_unshare("--user", "--mount") else "no user namespaces",
}
# A need that is about who runs the tests is met in one of the two rounds: not counted as skipped.
# "once": what has no bearing on who runs it is left out of a second round.
NEEDS["once"] = lambda: "second round" if os.environ.get("ROUND") == "2" else None
# "plain": what a sanitizer in stopgate does not bear, and what the round without one tests.
NEEDS["plain"] = lambda: "built with a sanitizer" if is_sanitized() else None
BY_ROUND = ("root", "user", "once", "plain")

TESTS = []  # of Test, in the order of definition


class Test:
    def __init__(self, module, name, function, arguments, needs, timeout):
        self.id = f"{module}.{name}"
        self.function, self.arguments = function, arguments
        self.needs, self.timeout = needs, timeout


def item_name(item):
    if hasattr(item, "name"):
        return item.name
    return str(item[0] if isinstance(item, tuple) else item)


def promise(function=None, *, needs=(), each=None, timeout=2 * TIMEOUT):
    needs = (needs,) if isinstance(needs, str) else tuple(needs)

    def add(f):
        module = f.__module__.removeprefix("test_")
        for item in [None] if each is None else each:
            name = f.__name__ if each is None else f"{f.__name__}[{item_name(item)}]"
            if any(test.id == f"{module}.{name}" for test in TESTS):
                raise ValueError(f"two tests are called {module}.{name}")
            arguments = () if each is None else (item,)
            TESTS.append(Test(module, name, f, arguments, needs + tuple(getattr(item, "test_needs", ())), timeout))
        return f

    return add(function) if function else add


def text_of(data):
    return data.decode("utf-8", "surrogateescape")


def parse_records(data):
    """JSON lines, each well-formed and free of anything that a terminal might obey."""
    records = []
    if data and not data.endswith(b"\n"):
        raise Failure(f"the last record has no newline: {data[-200:]!r}")
    for line in data.split(b"\n")[:-1]:
        text = line.decode("utf-8")
        if UNSAFE.search(text):
            raise Failure(f"unescaped control character in record {text!r}")
        records.append(json.loads(text))
    return records


def brief(records, most=12):
    shown = [json.dumps({k: v for k, v in r.items() if k not in ("time", "pid", "tid")})
             for r in records[-most:]]
    return "\n    ".join(["(records)" if shown else "(no records)"] + shown)


class Run:
    """What came of a command."""

    def __init__(self, argv, status, out, err, record=b"", fmt="json"):
        self.argv, self.status = argv, status
        self.out, self.err = text_of(out), text_of(err)
        self.record = text_of(record)  # as written
        self.records = parse_records(record) if fmt == "json" else []
        self.calls = [r for r in self.records if r["event"] == "call"]
        self.results = [
            (None if m["errno"] == "0" else m["errno"], int(m["result"]) if m["result"] else None)
            for m in re.finditer(r"^errno=(?P<errno>\w+)(?: result=(?P<result>-?\d+))?$",
                                 self.out, re.M)
        ]

    def _last(self):
        if not self.results:
            raise Failure(f"the probe said nothing\n{self}")
        return self.results[-1]

    @property
    def errno(self):
        return self._last()[0]

    @property
    def result(self):
        return self._last()[1]

    @property
    def errnos(self):
        return [errno for errno, _ in self.results]

    def find(self, **fields):
        """The call records with these fields; a value None: the field is left out. cls stands for
        class; a Path and bytes-like text are compared as text, a compiled re is searched for."""
        if "cls" in fields:
            fields["class"] = fields.pop("cls")
        return [r for r in self.calls if all(matches(r.get(k), v) for k, v in fields.items())]

    def one(self, **fields):
        found = self.find(**fields)
        if len(found) != 1:
            raise Failure(f"expected one record with {fields}, found {len(found)}\n{self}")
        return found[0]

    def none(self, **fields):
        if self.find(**fields):
            raise Failure(f"expected no record with {fields}\n{self}")

    def event(self, event, process=None):
        """The records of that event, say 'process', narrowed to one kind: 'fork'."""
        return [r for r in self.records
                if r["event"] == event and process in (None, r.get("process"))]

    def __str__(self):
        argv = " ".join(map(str, self.argv))
        return (f"  $ {argv[-1000:]}\n  status {self.status}\n  out {self.out[-1500:]!r}\n"
                f"  err {self.err[-1500:]!r}\n  {brief(self.calls)}")


def matches(value, wanted):
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and bool(wanted.search(value))
    if isinstance(wanted, pathlib.PurePath):
        return value == str(wanted)
    if isinstance(wanted, (set, frozenset)):
        return value in wanted
    return value == wanted


def fingerprint(path, at=None):
    """All of a file that a refused call must leave alone; not the time of the last access."""
    st = os.stat(path, dir_fd=at, follow_symlinks=False)
    kind, body, xattrs = stat.S_IFMT(st.st_mode), None, {}
    if stat.S_ISLNK(st.st_mode):
        body = os.readlink(path, dir_fd=at)
    elif stat.S_ISREG(st.st_mode) or stat.S_ISDIR(st.st_mode):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at)
            with os.fdopen(fd, "rb") if stat.S_ISREG(st.st_mode) else closing(fd) as file:
                if stat.S_ISREG(st.st_mode):
                    body = hashlib.sha256(file.read()).hexdigest()
                xattrs = {name: os.getxattr(fd, name) for name in os.listxattr(fd)}
        except OSError as error:
            body = errno.errorcode[error.errno]
    return {"kind": kind, "mode": oct(st.st_mode), "owner": (st.st_uid, st.st_gid),
            "size": st.st_size, "mtime": st.st_mtime_ns, "links": st.st_nlink,
            "inode": st.st_ino, "ctime": st.st_ctime_ns, "body": body, "xattrs": xattrs}


def snapshot(*roots):
    """By descriptors, for a tree may be deeper than PATH_MAX."""
    seen = {}
    for root in map(str, roots):
        seen[root] = fingerprint(root)
        for directory, dirs, files, fd in os.fwalk(root):
            for name in dirs + files:
                seen[os.path.join(directory, name)] = fingerprint(name, fd)
    return seen


@contextlib.contextmanager
def closing(fd):
    yield fd
    os.close(fd)


class Unchanged:
    def __init__(self, roots):
        self.roots = roots

    def __enter__(self):
        self.before = snapshot(*self.roots)

    def __exit__(self, kind, value, traceback):
        if kind:
            return
        after = snapshot(*self.roots)
        changes = [f"{path} appeared" for path in after.keys() - self.before.keys()]
        changes += [f"{path} is gone" for path in self.before.keys() - after.keys()]
        for path in after.keys() & self.before.keys():
            changes += [f"{path}: {key} was {value}, is {after[path][key]}"
                        for key, value in self.before[path].items() if after[path][key] != value]
        if changes:
            raise Failure("what is forbidden was changed: " + "; ".join(sorted(changes)))


def switched(layers, env):
    """The program that has only these layers, and the environment that it needs."""
    if layers is None:
        return STOPGATE, env
    switches = {"stops": {"STOPGATE_TEST_ABI": 0}, "kernel": {"STOPGATE_TEST_STOPS": "off"}}
    return SWITCHED, {**(env or {}), **switches.get(layers, {"STOPGATE_TEST_ABI": layers})}


class Case:
    """One test at work: its scratch directory, and what it may do."""

    def __init__(self, directory):
        self.dir = pathlib.Path(os.path.realpath(directory))
        self.work, self.home = self.dir / "work", self.dir / "home"
        self.policies, self.records = self.dir / "policy", self.dir / "record"
        for d in (self.work, self.home, self.policies, self.records):
            d.mkdir()
        self._number = 0
        self._started = []

    # ---- judging ----

    def skip(self, why):
        raise Skip(why)

    def fail(self, why):
        raise Failure(why)

    def true(self, condition, why=""):
        if not condition:
            raise Failure(str(why) or "not true")

    def equal(self, got, wanted, why=""):
        if got != wanted:
            raise Failure(f"got {got!r}, expected {wanted!r}" + (f"\n{why}" if why != "" else ""))

    def unchanged(self, *roots):
        """A with block, at whose end these trees must be as they were: names, contents, modes,
        owners, times, links, extended attributes."""
        return Unchanged(roots)

    # ---- the scratch directory ----

    def file(self, name, content="", mode=None):
        """Make a file below t.dir, with its parents."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            path.chmod(mode)
        return path

    def mkdir(self, name):
        path = self.dir / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def outside_tmp(self):
        """t.dir, if it is not below /tmp, /var/tmp or /dev/shm; else skip."""
        if any(str(self.dir).startswith(p) for p in ("/tmp/", "/var/tmp/", "/dev/shm/")):
            self.skip("the tests run below /tmp, where shipped policies allow writing")
        return self.dir

    # ---- policies ----

    @staticmethod
    def lines(text):
        return textwrap.dedent(text).strip("\n") + "\n"

    def policy(self, text, name="test.ini"):
        """Write a policy file; the text may be indented as a whole. No [section] is added."""
        path = self.policies / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.lines(text), encoding="utf-8", errors="surrogateescape")
        return path

    def rule(self, text, start, name="test.ini"):
        """'test.ini:7': where the one line is that starts with start."""
        found = [n for n, line in enumerate(self.lines(text).split("\n"), 1)
                 if line.startswith(start)]
        if len(found) != 1:
            raise Failure(f"{len(found)} lines of the policy start with {start!r}")
        return f"{name}:{found[0]}"

    def _policy_options(self, policy, by_file=False):
        if policy is None:
            return []
        if isinstance(policy, (list, tuple)):
            return [o for p in policy for o in self._policy_options(p, by_file)]
        if isinstance(policy, str) and "\n" in policy:
            self._policies = getattr(self, "_policies", {})
            name = self._policies.setdefault(policy, f"test{len(self._policies) or ''}.ini")
            # Every text is test.ini in a directory of its own, for the records' "rule".
            return ["-p", str(self.policy(policy, f"{name[:-4]}/test.ini"))]
        # The program with switches stands where it finds no policy by name.
        named = POLICIES / f"{policy}.ini"
        return ["-p", str(named if by_file and named.exists() else policy)]

    # ---- commands ----

    def environment(self, extra):
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.home),
               "LANG": "C.UTF-8", "USER": "tester",
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
               "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}
        env.update({k: str(v) for k, v in (extra or {}).items() if v is not None})
        for key, value in (extra or {}).items():
            if value is None:
                env.pop(key, None)
        return {k: v for k, v in env.items() if v != "" or k in (extra or {})}

    def _spawn(self, argv, cwd, env, stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
               session=True, **popen):
        argv = [os.fspath(a) if isinstance(a, os.PathLike) else a if isinstance(a, bytes)
                else str(a) for a in argv]
        process = subprocess.Popen(
            argv, cwd=cwd or self.work, env=self.environment(env), start_new_session=session,
            stdin=subprocess.DEVNULL if stdin is None
            else subprocess.PIPE if isinstance(stdin, (bytes, str)) else stdin,
            stdout=stdout, stderr=stderr, **popen)
        process.session = session
        self._started.append(process)
        return process

    def _communicate(self, process, stdin=None, timeout=TIMEOUT):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        try:
            out, err = process.communicate(stdin if isinstance(stdin, bytes) else None, timeout * patience())
        except subprocess.TimeoutExpired:
            self._kill(process)
            out, err = process.communicate()
            raise Failure(f"no end after {timeout * patience():.0f} s: {' '.join(map(str, process.args))[-1000:]}\n"
                          f"  out {out and out[-1000:]!r}\n  err {err and err[-1000:]!r}") from None
        return out or b"", err or b""

    @staticmethod
    def _kill(process):
        """What was started, and what stays in its session: nothing else."""
        try:
            if process.session:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except ProcessLookupError:
            pass

    def bare(self, argv, *, cwd=None, env=None, stdin=None, timeout=TIMEOUT, **popen):
        process = self._spawn(argv, cwd, env, stdin, **popen)
        out, err = self._communicate(process, stdin, timeout)
        return Run(argv, process.returncode, out, err)

    def start(self, argv, policy=None, *, options=(), cwd=None, env=None, stdin=None, fmt="json",
              record="file", layers=None, **popen):
        """Start it under stopgate; the Popen also has .record (Path or None) and .fmt."""
        program, env = switched(layers, env)
        full = [program, *self._policy_options(policy, program != STOPGATE)]
        path = None
        if record == "file":
            self._number += 1
            path = self.records / f"{self._number}.{fmt}"
        elif record is not None:
            path = pathlib.Path(record)
        if path:
            full += ["-o", path]
        if fmt:
            full.append(f"--format={fmt}")
        full += [*options, "--", *argv]
        process = self._spawn(full, cwd, env, stdin, **popen)
        process.record, process.fmt = path, fmt
        return process

    def finish(self, process, stdin=None, timeout=TIMEOUT):
        out, err = self._communicate(process, stdin, timeout)
        record, fmt = b"", process.fmt
        if process.record and process.record.is_file():
            record = process.record.read_bytes()
        return Run(process.args, process.returncode, out, err, record, fmt)

    def run(self, argv, policy=None, *, stdin=None, timeout=TIMEOUT, **start):
        return self.finish(self.start(argv, policy, stdin=stdin, **start), stdin, timeout)

    def task(self, *options, policy=None, layers=None, env=None, **spawn):
        """stopgate with options only: --check and the like."""
        program, env = switched(layers, env)
        return self.bare([program, *self._policy_options(policy, program != STOPGATE), *options], env=env, **spawn)

    # ---- probes ----

    def probe(self, *words, program=PROBE, **bare):
        run = self.bare([program, *words], **bare)
        return self._probed(run)

    def run_probe(self, policy, *words, program=PROBE, **start):
        run = self.run([program, *words], policy, **start)
        return self._probed(run)

    def _probed(self, run):
        if run.status == 2 and "probe: " in run.err:
            raise Failure(f"the probe was not understood\n{run}")
        return run

    # ---- the end ----

    def close(self):
        for process in self._started:
            if process.poll() is None:
                self._kill(process)
                process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()


def remove_tree(path):
    try:
        shutil.rmtree(path)
        return
    except OSError:
        pass
    # Some directory may not be entered.
    subprocess.run(["chmod", "-R", "u+rwX", "--", str(path)], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["rm", "-rf", "--", str(path)], stderr=subprocess.DEVNULL, check=False)
