"""The ways round of attacks.py: each works without stopgate, and under a policy changes, reads, runs and reaches
nothing that is forbidden; the errno is the policy's, and the record names what was refused. And a few that need
more than a row: the tracer killed and stopped, a terminal, a file system of somebody else's.

Three layers: both (build/stopgate), and where build/tests/stopgate stands, which takes switches from the
environment: stops (no Landlock), and kernel (no stops: what Landlock and the closed calls hold alone)."""
import fcntl
import importlib
import os
import pathlib
import pty
import re
import selectors
import signal
import socket
import struct
import termios
import time

import harness
import test_calls
import test_paths
from attacks import RAN, READ, SECRET, WAYS
from harness import PROBE, PROBES, STOPGATE, promise
from rows import BY_THE_KERNEL, LANDLOCKED, REFUSED, check_kernel, expand, fill, rows_for

ATTACK = PROBES / "attack"
LAYERS = ("both", "stops", "kernel") if (PROBES / "stopgate").exists() else ("both",)


class Held:
    """A way and the layers that hold it."""

    def __init__(self, way, layer):
        self.way, self.layer, self.test_needs = way, layer, way.needs
        self.name = f"{way.group}-{way.name}" + ("" if layer == "both" else f"/{layer}")


HELD = [Held(way, layer) for way in WAYS for layer in LAYERS if layer != "kernel" or way.kernel]


# ---- the scene ----


def put(path, text, mode=0o644):
    path.write_text(text)
    path.chmod(mode)


def set_scene(t, stage, way):
    """The trees, and what stands for what in a way's words."""
    f, a = t.dir / stage / "f", t.dir / stage / "a"
    fill(f, f)
    fill(a, f)
    put(f / "secret", SECRET + "\n")
    put(f / SECRET, "")
    put(f / "dir/inner", SECRET + "\n")
    echo = pathlib.Path("/bin/echo").read_bytes()
    for program in (f / "exe", a / "exe"):
        program.write_bytes(echo)
    put(a / "mine", "mine\n")
    names = {"stage": t.dir / stage, "f": f, "a": a, "probes": PROBES, "probe": PROBE, "attack": ATTACK, "ran": RAN,
             "outsider": os.getpid(), "device": os.stat(f).st_dev, "port": 0}
    if way.setup:
        way.setup(names)
    return names


class Outsider:
    """What this process holds open, and listens to, while an attack runs: all of it in the forbidden tree."""

    def __init__(self, names):
        f, self.fds, self.ears = names["f"], [], selectors.DefaultSelector()
        for name, path, flags in (("outsider_fd", f / "file", os.O_RDONLY), ("outsider_dir", f, os.O_RDONLY),
                                  ("outsider_secret", f / "secret", os.O_RDONLY)):
            names[name] = os.open(path, flags)
            self.fds.append(names[name])
        for kind, name in ((socket.SOCK_STREAM, "sock"), (socket.SOCK_DGRAM, "dgram"), (socket.SOCK_SEQPACKET, "seq")):
            self._listen(socket.socket(socket.AF_UNIX, kind), short(f / name))
        names["port"] = self._listen_on_a_port()

    def _listen(self, s, address):
        s.bind(address)
        if s.type != socket.SOCK_DGRAM:
            s.listen(4)
        self.ears.register(s, selectors.EVENT_READ)

    def _listen_on_a_port(self):
        for _ in range(50):
            tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
            try:
                self._listen(tcp, ("127.0.0.1", 0))
                self._listen(udp, tcp.getsockname())
                return tcp.getsockname()[1]
            except OSError:
                continue
        raise harness.Failure("no port is free for both protocols")

    def reached(self):
        return bool(self.ears.select(0))

    def close(self):
        for key in list(self.ears.get_map().values()):
            key.fileobj.close()
        for fd in self.fds:
            os.close(fd)


def short(path):
    """A socket's address may have 107 bytes."""
    return str(path) if len(os.fsencode(path)) < 108 else os.path.relpath(path)


def argv_of(way, names, bare):
    attack = way.bare if bare and way.bare else way.attack
    if way.shell:
        return ["/bin/sh", "-c", expand("s:" + way.shell, names)[2:]]
    if attack:
        return [ATTACK, *(expand("s:" + word, names)[2:] for word in attack.split())]
    return [PROBE, *(expand(word, names) for word in way.words.split())]


# ---- what came of it ----


def tree_of(f):
    try:
        return harness.snapshot(f)
    except OSError:  # moved away, or closed to its owner
        return None


def mentions(directory, text):
    """Does a file there hold the text?"""
    for where, _, files in os.walk(directory):
        for name in files:
            path = pathlib.Path(where, name)
            if not path.is_symlink() and path.is_file() and text.encode() in path.read_bytes():
                return True
    return False


def achieved(run, way, names, before, outsider):
    """What the attacker has."""
    won = set()
    if tree_of(names["f"]) != before:
        won.add("changes")
    if way.policy is READ and SECRET in run.out + run.err or mentions(names["a"], SECRET):
        won.add("reads")
    if RAN in run.out.split():
        won.add("runs")
    if (names["a"] / "absent/hooks").exists():
        won.add("plants")
    if outsider.reached():
        won.add("reaches")
    if way.wins == "works" and run.results and run.results[way.at][0] is None:
        won.add("works")
    return won


def attempt(t, way, stage, start):
    names = set_scene(t, stage, way)
    cwd = os.getcwd()
    os.chdir(names["stage"])
    outsider = Outsider(names)
    os.chdir(cwd)
    try:
        before = tree_of(names["f"])
        run = start(names)
        t.true(run.status != 99 and "probe: what is" not in run.err, f"the attack itself failed\n{run}")
        return names, run, achieved(run, way, names, before, outsider)
    finally:
        outsider.close()


def regex(text, names):
    return re.compile(re.sub(r"\{(\w+)\}", lambda m: re.escape(str(names[m[1]])), text))


def check_record(t, way, names, run, policy):
    """Is the attempt named, with the rule and its line?"""
    rule = t.rule(policy, way.policy.decides)
    refused = [r for r in run.find(action="deny", errno=way.policy.errno) if r.get("rule") == rule]
    if way.closed:
        return
    where = regex(way.names, names) if way.names else regex("^{f}(/|$)", names)
    named = [r for r in refused if where.search(r.get("path", "")) or where.search(r.get("to", ""))]
    t.true(named, f"no record names it, by {rule}\n{run}")
    if way.records:
        t.equal(len(named), way.records, run)


@promise(each=HELD)
def is_closed(t, held):
    way = held.way
    _, run, won = attempt(t, way, "bare", lambda names: t.bare(
        [*way.prefix, *argv_of(way, names, True)], cwd=names["a"]))
    if way.wins not in won:
        if {error for error, _ in run.results} & set(way.lacks):
            t.skip(f"{way.name}: not on this kernel or file system")
        t.fail(f"does not work without stopgate: {won or 'nothing'}\n{run}")

    layers = {} if held.layer == "both" else {"layers": held.layer}
    policy = {}

    def start(names):
        policy["text"] = expand("s:" + way.policy.text, names)[2:]
        return t.run(argv_of(way, names, False), policy["text"], cwd=names["a"], **layers)

    names, run, won = attempt(t, way, "held", start)
    t.equal(won, set(), run)
    if held.layer == "kernel":
        t.equal(run.find(action="deny"), [], run)
        t.true(way.shell or BY_THE_KERNEL & set(run.errnos), run)
        return
    if way.errno:
        t.true(run.results, f"it said nothing\n{run}")
        t.equal(run.results[way.at][0], way.errno, run)
    check_record(t, way, names, run, policy["text"])


# ---- what the rows of other modules try, without stops ----


class Landlocked:
    def __init__(self, module, row):
        self.row, self.name = row, f"{module}-{row.name}"


# The access mode 3 gives neither reading nor writing, so that Landlock has nothing to refuse.
ROWS = [Landlocked(module, row) for module, rows in (("calls", test_calls.ROWS), ("paths", test_paths.ROWS))
        for row in rows_for(rows) if row.cls in LANDLOCKED and not row.fails and not row.young
        and "neither" not in row.name]


@promise(each=ROWS if "kernel" in LAYERS else ())
def is_held_by_the_kernel_alone(t, item):
    check_kernel(t, item.row)


# ---- the tracer killed, or stopped ----


def persisting(t):
    """An attack that goes on and on, and stopgate above it."""
    fill(t.dir / "bare", t.dir / "bare")
    fill(t.dir / "f", t.dir / "f")
    before = harness.fingerprint(t.dir / "bare/file")
    t.bare([ATTACK, "persist", t.dir / "bare/file"])
    t.true(harness.fingerprint(t.dir / "bare/file") != before, "does not work without stopgate")
    process = t.start([ATTACK, "persist", t.dir / "f/file"], f"[write]\ndeny = {t.dir}/f\nerrno = {REFUSED}\n")
    t.equal(process.stdout.readline(), b"trying\n")
    return process


@promise
def killed_tracer_takes_the_attacker_along(t):
    process = persisting(t)
    with t.unchanged(t.dir / "f"):
        process.send_signal(signal.SIGKILL)
        t.equal(t.finish(process).status, -signal.SIGKILL)  # and its output is closed: nobody is left
        time.sleep(0.1)


@promise
def stopped_tracer_lets_nothing_through(t):
    process = persisting(t)
    with t.unchanged(t.dir / "f"):
        for _ in range(3):
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.1)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        process.terminate()
        t.finish(process)


# ---- a terminal ----


@promise(each=[("plain", termios.TIOCSTI), ("high_bits", 0xdeadbeef << 32 | termios.TIOCSTI)])
def keys_cannot_be_pushed_into_a_terminal(t, item):
    """What is typed there is read by the shell that started the command, and run."""
    for stage, policy in (("bare", None), ("held", "[write]\ndeny = /nonexistent\n")):
        master, slave = pty.openpty()
        words = ["setsid", "--", "openat", "cwd", f"s:{os.ttyname(slave)}", os.O_RDWR, "--",
                 "ioctl", 3, termios.TIOCSCTTY, 0, "--", "ioctl", 3, hex(item[1]), "s:\n"]
        try:
            run = t.run_probe(policy, *words) if policy else t.probe(*words)
            t.equal(run.errno, "EPERM" if policy else None, run)
            typed = fcntl.ioctl(slave, termios.FIONREAD, b"\0" * 4)
            t.equal(struct.unpack("i", typed)[0], 0 if policy else 1, run)
        finally:
            os.close(master)
            os.close(slave)


# ---- memory that somebody outside serves ----


@promise(needs=("root", "mounts"))
def path_in_memory_that_an_outsider_serves_slowly_is_judged_as_it_is(t):
    """A file of a FUSE file system that is mounted outside; each read of the page takes 0.1 s."""
    for stage in ("bare", "held"):
        fill(t.dir / stage, t.dir / stage)
        mount = t.mkdir(f"mount-{stage}")
        serve = ["unshare", "--mount", ATTACK, "fuse-for", mount, t.dir / stage / "file"]
        attack = [ATTACK, "memory-file", mount / "path"]
        if stage == "bare":
            t.equal(t.bare([*serve, *attack]).errno, None)
            t.equal((t.dir / "bare/file").read_text(), "changed\n")
            continue
        policy = t.policy(f"[write]\ndeny = {t.dir}/held\nerrno = {REFUSED}\n")
        with t.unchanged(t.dir / "held"):
            run = t.bare([*serve, STOPGATE, "-q", "-o", t.dir / "log", "-p", policy, "--", *attack])
        t.equal(run.errno, REFUSED, run)


# ---- limits: what stopgate(7) says that it does not hold ----


def exec_denied(t):
    fill(t.dir / "f", t.dir / "f")
    (t.dir / "f/exe").write_bytes(pathlib.Path("/bin/echo").read_bytes())
    return f"[exec]\ndeny = {t.dir}/f\n"


@promise
def limit_the_loader_runs_what_can_be_read(t):
    policy = exec_denied(t)
    loader = next(iter(sorted(pathlib.Path("/lib64").glob("ld-linux*"))), None) or next(
        iter(sorted(pathlib.Path("/lib").glob("ld-linux*"))))
    t.true(t.run([t.dir / "f/exe", "ran"], policy).status != 0)
    t.equal(t.run([loader, t.dir / "f/exe", "ran"], policy).out, "ran\n")
    held = policy + f"[read]\ndeny = {t.dir}/f\n"
    t.true("ran" not in t.run([loader, t.dir / "f/exe", "ran"], held).out)


@promise
def limit_a_copy_of_a_program_is_another_program(t):
    policy = exec_denied(t)
    run = t.run(["/bin/sh", "-c", f"cp {t.dir}/f/exe copy && ./copy ran"], policy)
    t.equal(run.out, "ran\n", run)


@promise
def limit_a_shell_reads_a_script_that_may_not_be_executed(t):
    policy = exec_denied(t)
    (t.dir / "f/script").write_text("echo ran\n")
    t.equal(t.run(["/bin/sh", t.dir / "f/script"], policy).out, "ran\n")


@promise
def limit_names_sizes_and_links_can_be_asked_for(t):
    fill(t.dir / "f", t.dir / "f")
    run = t.run(["/bin/sh", "-c", f"stat -c %s {t.dir}/f/file; readlink {t.dir}/f/link"], f"[read]\ndeny = {t.dir}/f\n")
    t.equal(run.out, "8\nfile\n", run)


# ---- the list ----


def listed():
    """The tests that stopgate(7) names; a name without a dot is one of is_closed."""
    text = (harness.BUILD.parent / "man/stopgate.7").read_text()
    names = re.findall(r"^\.It Li (\S+)$", text, re.M)
    return [name if "." in name else f"waysround.is_closed[{name}]" for name in names]


@promise(needs="x86-64")
def every_way_that_the_manual_names_has_its_test(t):
    for path in pathlib.Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(path.stem)
    tests = {name for test in harness.TESTS for name in (test.id, test.id.split("[")[0])}
    t.true(len(listed()) > 300, len(listed()))
    t.equal(sorted(set(listed()) - tests), [], "named in stopgate(7), and no live test")
    t.equal(len(set(listed())), len(listed()), "some are named twice")


@promise
def every_way_of_the_table_is_in_the_manual(t):
    ids = {f"waysround.is_closed[{way.group}-{way.name}]" for way in WAYS}
    t.equal(sorted(ids - set(listed())), [], "not in stopgate(7)")
