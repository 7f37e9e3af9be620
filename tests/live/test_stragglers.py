"""What stays when the first process has ended: followed to its end, or killed. And nothing outlives
stopgate, or acts while it stands still."""
import os
import signal
import time

from harness import promise
from test_run_follow import LIFE, alive, wait_until

FOLLOW = "[policy]\nstragglers = follow\n[write]\ndefault = log\n"
KILL = "[policy]\nstragglers = kill\n[write]\ndefault = log\n"
BOTH = [("enforce", ""), ("permissive", "mode = permissive\n")]


def straggler(kind, mark, ms):
    """A shell command that leaves a process of that kind behind, which after some time makes mark."""
    late = f"sleep {ms / 1000}; echo late >> '{mark}'"
    return {
        "background": f"({late}) &",
        "daemon": f"'{LIFE}' daemon '{mark}' {ms}",
        "session": f"setsid sh -c \"{late}\" &",
        "deaf": f"(trap '' HUP INT QUIT TERM; {late}) &",
        # It is continued later by somebody who is a straggler, too.
        "stopped": f"sh -c 'kill -STOP $$; echo late >> \"$0\"' '{mark}' & stopped=$!;"
                   f" (sleep {ms / 1000}; kill -CONT $stopped) &",
        "leaderless": f"'{LIFE}' leaderless {ms} '{mark}' > /dev/null &",
        "vfork": f"python3 -c 'import subprocess; subprocess.run([\"sh\", \"-c\", \"{late}\"])' &",
    }[kind]


KINDS = ["background", "daemon", "session", "deaf", "stopped", "vfork"]


@promise(each=KINDS)
def followed_straggler_does_its_work(t, kind):
    mark = t.dir / "mark"
    run = t.run(["sh", "-c", straggler(kind, mark, 300) + "\nexit 7"], FOLLOW)
    t.equal(run.status, 7, run)
    t.true(mark.exists(), run)


@promise
def following_is_the_default(t):
    mark = t.dir / "mark"
    run = t.run(["sh", "-c", straggler("daemon", mark, 300) + "\nexit 7"], "[write]\ndefault = log\n")
    t.equal((run.status, mark.exists()), (7, True), run)


@promise(each=KINDS)
def straggler_is_killed_when_the_first_process_ends(t, kind):
    mark = t.dir / "mark"
    began = time.monotonic()
    run = t.run(["sh", "-c", straggler(kind, mark, 20000) + "\nsleep 0.2; exit 7"], KILL)
    t.equal(run.status, 7, run)
    t.true(time.monotonic() - began < 10, "it was waited for")
    t.true(not mark.exists() and not alive(mark), run)
    t.true(any(r.get("signal") == "SIGKILL" for r in run.event("process", "exit")), run.records)
    t.equal(run.event("end")[0]["status"], 7)


@promise
def threads_of_a_straggler_whose_leader_has_ended_are_killed(t):
    mark = t.file("mark")
    run = t.run(["sh", "-c", straggler("leaderless", mark, 20000) + "\nsleep 0.3; exit 7"], KILL)
    t.equal(run.status, 7, run)
    t.true(not alive(mark), run)


@promise
def first_process_is_all_its_threads(t):
    """Its main thread ends first: the process goes on, and is no straggler."""
    mark = t.file("mark")
    run = t.run([LIFE, "leaderless", 300, mark], KILL + "[read]\ndefault = log\n")
    t.equal(run.status, 7, run)
    run.one(call="openat", path=mark)


@promise
def first_process_may_die_of_a_signal(t):
    run = t.run(["sh", "-c", "setsid sleep 20 & sleep 0.1; kill -TERM $$"], KILL)
    t.equal(run.status, 128 + signal.SIGTERM, run)


@promise(each=BOTH)
def straggler_is_killed_in_every_mode(t, item):
    policy = f"[policy]\nstragglers = kill\n{item[1]}[write]\ndeny = /nonexistent\n"
    began = time.monotonic()
    run = t.run(["sh", "-c", "setsid sleep 20 & exit 3"], policy)
    t.equal(run.status, 3, run)
    t.true(time.monotonic() - began < 10, "it was waited for")


BORN = """
import os, sys, time
for i in range(3):
    if not os.fork():
        break
for i in range(150):
    if not os.fork():
        time.sleep(20)
        os._exit(0)
time.sleep(20)
"""


@promise
def children_born_at_that_moment_are_killed(t):
    """The first process ends in the midst of forks, of processes that would stay."""
    for i in range(8):
        mark = t.dir / f"mark{i}"
        began = time.monotonic()
        run = t.run(["sh", "-c", f"/usr/bin/python3 -c '{BORN}' '{mark}' & sleep 0.{i + 1}; exit {i}"], KILL)
        t.equal(run.status, i, run.err)
        t.true(time.monotonic() - began < 10, "one was waited for")
        t.equal(alive(mark), [])


@promise
def storm_ends_with_the_first_process(t):
    """Processes that fork, execute, run threads and open without end."""
    for i in range(4):
        mark = t.dir / f"mark{i}"
        run = t.run(["sh", "-c", f"'{LIFE}' storm '{mark}' 20 > /dev/null & sleep 0.{i + 1}; exit {i}"],
                    KILL + "[log]\nlimit = 100\n")
        t.equal(run.status, i, run.err)
        t.equal(alive(mark), [])


@promise
def what_had_been_killed_does_not_run_on(t):
    """Many processes at the same call: none gets through after the end."""
    there = t.mkdir("there")
    loop = f"i=0; while [ $i -lt 100000 ]; do i=$((i+1)); echo > '{there}/'$$; done"
    run = t.run(["sh", "-c", f"for n in 1 2 3 4 5 6; do ({loop}) & done; sleep 0.3; exit 5"], KILL)
    before = {p.name: p.stat().st_mtime_ns for p in there.iterdir()}
    t.equal(run.status, 5, run)
    time.sleep(0.3)
    t.equal({p.name: p.stat().st_mtime_ns for p in there.iterdir()}, before)


@promise
def check_says_when_the_run_ends(t):
    for policy, text in ((KILL, "first"), (FOLLOW, "last")):
        out = t.task("--check", policy=policy).out
        t.true(f"ends     with the {text} process\n" in out, out)


@promise
def unknown_word_is_an_error(t):
    run = t.task("--check", policy="[policy]\nstragglers = kil\n[write]\n")
    t.true(run.status == 125 and "unknown stragglers 'kil'; did you mean 'kill'?" in run.err, run)


# ---- stopgate itself ----

def busy(t, mark):
    """Grandchildren of every kind, all of which have mark as an argument."""
    return ["sh", "-c", f"""
        '{LIFE}' daemon '{mark}' 40000
        setsid '{LIFE}' opens 4 100000000 '{mark}' > /dev/null &
        '{LIFE}' leaderless 40000 '{mark}' > /dev/null &
        sh -c 'kill -STOP $$; echo "$0"' '{mark}' &
        (trap '' HUP TERM; exec '{LIFE}' storm '{mark}' 40 > /dev/null) &
        sleep 1; echo ready; sleep 40"""]


@promise(each=[("follow", FOLLOW), ("kill", KILL)])
def nothing_outlives_a_killed_stopgate(t, item):
    mark = t.file("mark")
    process = t.start(busy(t, mark), item[1] + "[read]\ndeny = /nonexistent\n[log]\nlimit = 100\n")
    t.equal(process.stdout.readline(), b"ready\n")
    t.true(len(alive(mark)) >= 5, "they do not run")
    process.kill()
    process.wait()
    wait_until(t, lambda: not alive(mark), f"outlived it: {alive(mark)}")


@promise
def run_stands_still_while_stopgate_does(t):
    """Its calls that stop: none is let through, and none that is refused happens."""
    there, forbidden = t.mkdir("there"), t.mkdir("forbidden")
    count = there / "count"
    policy = f"""
        [write]
        deny = {forbidden}
        log = {there}
        [log]
        limit = 100
        """
    command = f"""
i=0
while [ $i -lt 1000000 ]; do
        echo x >> '{count}'
        (echo y > '{forbidden}/y'; mv '{count}' '{forbidden}/z'; ln '{count}' '{forbidden}/l') 2> /dev/null
done"""

    def size():
        return count.stat().st_size if count.exists() else 0

    bare = t.bare(["sh", "-c", f"echo y > '{forbidden}/y' && mv '{forbidden}/y' '{forbidden}/z'"])
    t.equal(bare.status, 0, bare)
    (forbidden / "z").unlink()
    process = t.start(["sh", "-c", f"({command}) & ({command}) & wait"], policy)
    wait_until(t, lambda: size() > 5, "it does not run")
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(0.3)
    before = size()
    with t.unchanged(there, forbidden):
        time.sleep(0.7)
    os.kill(process.pid, signal.SIGCONT)
    wait_until(t, lambda: size() > before, "it does not go on")
    process.kill()
    process.wait()
    t.equal(list(forbidden.iterdir()), [])
