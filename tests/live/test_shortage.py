"""Where something is short or strange around stopgate: descriptors, processes, memory, the clock. Nothing forbidden happens, nothing
hangs or stays, and what cannot be done is said."""
import os
import pathlib
import sys

from harness import PROBES, STOPGATE, promise

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "faults"))
from faults import Scene  # noqa: E402


def my_processes():
    """How many of this user there are, as RLIMIT_NPROC counts: threads."""
    count = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            count += sum(os.stat(f"/proc/{pid}/task/{tid}").st_uid == os.getuid() for tid in os.listdir(f"/proc/{pid}/task"))
        except OSError:
            pass  # ended
    return count


def try_each(t, limits):
    """The scene of tests/faults under each limit; some of them are too low for any run, and some are not."""
    place, statuses = Scene(t.dir / "scene", STOPGATE), set()
    t.equal(place.run().status, 7)
    for limit in limits():
        outcome = place.run(["prlimit", limit])
        t.equal(outcome.harm(), "", f"{limit}: {outcome.status}: {outcome.err}")
        t.true(outcome.status < 125 or outcome.err, f"{limit}: {outcome.status} without a word")
        statuses.add(outcome.status)
    t.true({7, 125} <= statuses, statuses)


@promise(timeout=120)
def too_few_descriptors_let_nothing_forbidden_happen(t):
    try_each(t, lambda: [f"--nofile={n}:{n}" for n in (*range(4, 28), 32, 40, 64, 256)])


# Root has no such limit. Others of this user come and go: each limit but the first, which is too low for any run, is what there are
# now and some more. A sanitizer makes a process of its own at the end, and its failure takes the status away.
@promise(needs=("user", "plain"), timeout=120)
def too_few_processes_let_nothing_forbidden_happen(t):
    def limits():
        yield "--nproc=1"
        for more in (*range(0, 16), 200):
            yield f"--nproc={my_processes() + more}"

    try_each(t, limits)


# A sanitizer maps terabytes.
@promise(needs="plain", timeout=120)
def too_little_memory_lets_nothing_forbidden_happen(t):
    try_each(t, lambda: [f"--as={n << 18}" for n in (*range(16, 60, 2), 64, 80, 128, 1024)])


@promise(needs="plain", each=[("back", -3600), ("far_forth", 400_000_000), ("far_back", -86400 * 30)])
def clock_that_jumps_breaks_nothing_that_is_told(t, jump):
    _, seconds = jump
    env = {"LD_PRELOAD": str(PROBES / "jump_clock.so"), "JUMP_AT": "5", "JUMP_BY": str(seconds)}
    policy = """
        [write]
        default = log
        [read]
        default = log
        [log]
        results = yes
        changes = yes
        """
    report = t.dir / "report.html"
    run = t.run(["sh", "-c", "echo 1 > made; for i in 1 2 3 4 5; do cat made > copy; done; exit 7"], policy,
                options=["-s", f"--report={report}"], env=env)
    t.equal(run.status, 7, run.err)
    t.true(len({r["time"][:13] for r in run.records}) > 2, "the clock did not jump")
    t.equal([r["seq"] for r in run.records], list(range(len(run.records))))
    t.equal(sorted(r["path"].rsplit("/", 1)[1] for r in run.event("change")), ["copy", "made"])
    t.true("made" in run.err and report.stat().st_size > 0, run.err)
    again = t.task(f"--from={t.file('saved', run.record)}", "-s", f"--report={report}")
    t.equal(again.status, 0, again.err)
