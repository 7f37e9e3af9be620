"""Much of one kind of work under stopgate, and what is promised of it: memory that does not grow, no descriptor that stays
open, and a record without a gap, with one line for each piece of work."""
import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess
import threading
import time

BEGUN, TENTH, WHOLE, ALONE = 1, 2, 3, 4  # where work.c waits
STATUS = 7  # of work.c
ROUNDS = 10  # of each of its threads
# KiB that memory may grow between the first tenth and the whole: a table that fills late; what 64 processes had that are
# kept in mind for a while, see pin.c.
SLACK, SLACK_PINNED = 128, 1024
PATIENCE = 10  # seconds for one part of the record to turn up

# Everything that work.c does is recorded. ROOM is for what a case adds to [log].
WATCH = """
[read]
default = log
[write]
default = log
[output]
default = log
[log]
data = 32
limit = 0
{room}
[trace]
calls = open openat write
"""
# A policy that refuses something: calls are pinned, threads and processes known by what they share.
HOLD = """
[read]
default = log
deny = {dir}/secret
[write]
default = deny
log = {dir}
[log]
limit = 0
{room}
"""

# Where in a line the number of a piece stands; of a path, if it is recorded whole.
PIECES = {"lines": rb'"data":"(\d+)"', "paths": rb'"path":"(?=[^"]{4095}")[^"]*number\.(\d+)"',
          "links": rb'"to":"[^"]*/number\.(\d+)"', "depths": rb'/number\.(\d+)(?:/a){2000}"'}


class Broken(AssertionError):
    pass


def demand(condition, why):
    if not condition:
        raise Broken(why)


class Case:
    """kind and count: of work.c. rotate, keep: of [log]. each: how many lines have the number of a piece. kept: bytes of
    memory that each piece may cost, for what is told of it at the end."""

    def __init__(self, name, kind, count, policy=WATCH, *, options=(), rotate=None, keep=9, each=1, kept=0):
        self.name, self.kind, self.count, self.policy = name, kind, count, policy
        self.options, self.rotate, self.keep, self.each, self.kept = options, rotate, keep, each, kept
        self.piece = re.compile(PIECES.get(kind, rb'/number\.(\d+)"'))


class Follower(threading.Thread):
    """Reads the record while it is written, from one part to the next, before the oldest is removed."""

    def __init__(self, case, path):
        super().__init__()
        self.case, self.path = case, path
        self.lines = self.parts = self.pieces = 0
        self.seen = bytearray(case.count)  # how often each piece was
        self.last = b""
        self.problem = None
        self.ended = threading.Event()  # stopgate has

    def run(self):
        try:
            file = self.open_part()
            while file:
                with file:
                    self.read_part(file)
                file = self.open_part()
        except Exception as error:  # told by whoever joins
            self.problem = error

    def names(self):
        return [self.path, *(f"{self.path}.{n}" for n in range(1, self.case.keep + 2))]

    def open_part(self):
        """The part whose first line is the next one; None: the record is at its end."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if json.loads(self.last or b"{}").get("event") == "end":
                return None
            for name in self.names():
                with contextlib.suppress(FileNotFoundError):
                    file = open(name, "rb")
                    first = re.search(rb'"seq":(\d+),', file.readline())
                    if first and int(first[1]) == self.lines:
                        file.seek(0)
                        return file
                    file.close()
            time.sleep(0.01)
        raise Broken(f"no part of the record begins with line {self.lines}")

    def is_written(self, file):
        with contextlib.suppress(FileNotFoundError):
            return not self.ended.is_set() and os.path.samestat(os.fstat(file.fileno()), os.stat(self.path))
        return False

    def read_part(self, file):
        self.parts += 1
        rest = b""
        while True:
            may_grow = self.is_written(file)
            data = file.read(1 << 20)
            if data:
                whole, newline, rest = (rest + data).rpartition(b"\n")
                self.take(whole + newline)
            elif not may_grow:
                break
            else:
                time.sleep(0.005)
        demand(not rest, f"a part ends within a line: {rest[-200:]!r}")

    def take(self, text):
        if not text:
            return
        numbers = [int(n) for n in re.findall(rb'"seq":(\d+)', text)]
        if numbers != list(range(self.lines, self.lines + len(numbers))) or len(numbers) != text.count(b"\n"):
            raise Broken(f"a gap in the record behind line {self.lines}")
        self.lines += len(numbers)
        for n in self.case.piece.findall(text):
            self.seen[int(n)] = min(255, self.seen[int(n)] + 1)
            self.pieces += 1
        self.last = text[text.rfind(b"\n", 0, -1) + 1:]
        for line in (text[:text.index(b"\n")], self.last):
            json.loads(line)


def memory_of(pid):
    """KiB: now, and at most so far; nothing of a process that has ended."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return [int(kib) for field in ("VmRSS", "VmHWM") for kib in re.findall(rf"^{field}:\s*(\d+)", status, re.M)]


class Look:
    """stopgate, while the work waits."""

    def __init__(self, pid):
        self.now, self.peak = memory_of(pid)
        self.descriptors = []
        try:
            for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):  # it has just been closed
                    self.descriptors.append(os.readlink(entry))
        except PermissionError:  # only root may see those of a program that is not dumpable
            self.descriptors = None


# After which phase there are no more descriptors than at which one, but for some: the map of the one process that is left is
# kept open.
LEAVES = {ALONE: (BEGUN, 1), WHOLE: (TENTH, 0)}


def settled(pid, looks, phase):
    """A Look. On a busy machine stopgate may not have heard yet of all threads that have ended."""
    until = time.monotonic() + PATIENCE
    before, more = LEAVES.get(phase, (None, 0))
    while True:
        time.sleep(0.05)
        look = Look(pid)
        if not before or not look.descriptors or time.monotonic() > until:
            return look
        if len(look.descriptors) <= len(looks[before].descriptors) + more:
            return look


class Outcome:
    def __init__(self, case, looks, follower, seconds):
        self.case, self.looks, self.seconds = case, looks, seconds
        self.lines, self.parts = follower.lines, follower.parts

    def __str__(self):
        fds = "-".join(str(len(look.descriptors)) for look in self.looks.values() if look.descriptors is not None)
        memory = "-".join(str(look.now) for look in self.looks.values())
        return (f"{self.case.name}: {self.case.count} in {self.seconds:.1f} s, {self.lines} lines in {self.parts} parts; "
                f"memory {memory} KiB, at most {self.looks[ALONE].peak}; descriptors {fds or 'not seen'}")


def wait_for(run, state, phase, timeout):
    until = time.monotonic() + timeout
    while int.from_bytes(state.read_bytes()[:8], "little") < phase:
        demand(run.poll() is None, f"stopgate ended early, with status {run.returncode}: {run.returncode and err_of(run)}")
        demand(time.monotonic() < until, f"phase {phase} was not reached in {timeout} s")
        time.sleep(0.01)


def watch_end(run, timeout):
    """Its memory at most, in KiB, as far as it was seen: what is told at the end takes a while."""
    until, peak = time.monotonic() + timeout, 0
    while run.poll() is None:
        demand(time.monotonic() < until, f"no end after {timeout} s")
        peak = max([peak, *memory_of(run.pid)])
        time.sleep(0.002)
    return peak


def err_of(run):
    return run.stderr.read().decode(errors="replace")[-500:]


def judge_pieces(case, follower, done):
    if case.kind == "kills":  # the last call of each may be recorded and not made
        demand(done <= follower.pieces <= done + case.count, f"{done} calls were made, {follower.pieces} recorded")
        return
    wrong = [n for n, times in enumerate(follower.seen) if times != case.each]
    demand(not wrong, f"{len(wrong)} pieces are not recorded {case.each} times, the first is {wrong and wrong[0]}, "
           f"{wrong and follower.seen[wrong[0]]} times")
    demand(done == case.count, f"{done} of {case.count} were done")


def most(case, looks):
    """KiB of memory that stopgate may have."""
    return looks[TENTH].now + (SLACK_PINNED if case.policy == HOLD else SLACK) + case.kept * case.count // 1024


def judge(case, looks, follower, done, status, err):
    demand(status == STATUS, f"status {status}, not {STATUS}: {err}")
    demand(not follower.problem, follower.problem)
    end = json.loads(follower.last)
    demand((end["event"], end.get("status"), end.get("dropped", 0)) == ("end", STATUS, 0), f"the last line is {end}")
    judge_pieces(case, follower, done)
    tenth, whole = looks[TENTH], looks[WHOLE]
    demand(whole.peak <= most(case, looks), f"memory grew from {tenth.now} to {whole.peak} KiB")
    for after, (before, more) in LEAVES.items():
        before, after = looks[before].descriptors, looks[after].descriptors
        demand(before is None or len(after) <= len(before) + more,
               f"there were {len(before or ())} descriptors, there are {len(after or ())}: {(after or ())[:30]}")


def run(case, stopgate, work, scratch, disk, timeout):
    """The Outcome; raises Broken. disk: where the record goes."""
    place, state, record = scratch / "work", scratch / "state", disk / "record"
    place.mkdir()
    state.write_bytes(bytes(16))
    (scratch / "secret").touch()
    room = f"rotate = {case.rotate}\nkeep = {case.keep}" if case.rotate else ""
    policy = scratch / "policy.ini"
    policy.write_text(case.policy.format(dir=scratch, room=room), encoding="ascii")
    follower, looks, began = Follower(case, record), {}, time.monotonic()
    tracer = subprocess.Popen([stopgate, "-p", policy, "-o", record, "--format=json", *case.options, "--", work, state, case.kind,
                               str(case.count)], cwd=place, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        follower.start()
        for phase in (BEGUN, TENTH, WHOLE, ALONE):
            wait_for(tracer, state, phase, timeout)
            looks[phase] = settled(tracer.pid, looks, phase)
            tracer.stdin.write(b"\n")
            tracer.stdin.flush()
        peak = watch_end(tracer, timeout)
        err = err_of(tracer)
    finally:
        tracer.kill()
        tracer.wait()
        follower.ended.set()
        follower.join()
        tracer.stdin.close()
        tracer.stderr.close()
    demand(peak <= most(case, looks), f"memory grew to {peak} KiB at the end")
    judge(case, looks, follower, int.from_bytes(state.read_bytes()[8:], "little"), tracer.returncode, err)
    return Outcome(case, looks, follower, time.monotonic() - began)


def files_at_once(wanted):
    """As many as may be open, and some for the program itself."""
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 64) // 10 * 10
