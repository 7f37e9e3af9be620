"""Complete: what real programs do to a tree, held against what the record of the run says they did."""
import os
import re
import shutil
import tempfile

from harness import STOPGATE, parse_records, promise, snapshot
from trees import Changes, is_changed, replay
from workloads import WORKLOADS

ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "init.defaultBranch",
       "GIT_CONFIG_VALUE_0": "main", "GIT_CONFIG_KEY_1": "user.name", "GIT_CONFIG_VALUE_1": "a",
       "GIT_CONFIG_KEY_2": "user.email", "GIT_CONFIG_VALUE_2": "a@b.invalid", "LC_ALL": "C.UTF-8"}

RESULTS = """
    [log]
    results = yes
    """


class Recorded:
    """A workload that has run, and the trees that it could change as they were and are."""

    def __init__(self, t, workload):
        for program in workload.programs:
            if not shutil.which(program):
                t.skip(f"no {program}")
        tmp = t.mkdir("tmp")
        self.other = tempfile.mkdtemp(prefix="stopgate-", dir="/dev/shm")
        try:
            self.roots = [t.work, t.home, tmp, self.other]
            env = {**ENV, "TMPDIR": tmp, "OTHER": self.other}
            ready = t.bare(["bash", "-c", "set -e; " + workload.before], env=env)
            t.equal(ready.status, 0, ready)
            self.before = snapshot(*self.roots)
            self.run = t.run(workload.argv, ["installer", RESULTS], env=env, timeout=55)
            t.equal(self.run.status, 0, self.run)
            self.after = snapshot(*self.roots)
        finally:
            shutil.rmtree(self.other)


def short(lines, most=15):
    return "\n  ".join(["", *lines[:most]] + ([f"... {len(lines)} in all"] if len(lines) > most else []))


@promise(each=WORKLOADS, timeout=120)
def records_tell_what_became_of_the_tree(t, workload):
    work = Recorded(t, workload)
    t.equal(is_changed(work.before, work.after), workload.changes, "the workload changes something, or should not")
    model = replay(work.run, work.before, work.roots)
    wrong = model.contradictions(work.before, work.after)
    t.true(not wrong, short(wrong))
    wrong = Changes(work.run, model, work.before, work.after).check()
    t.true(not wrong, short(wrong))


# ---- results ----

# A reader comes after two alarms, or after one nobody; each when the parent sleeps.
BLOCKED = """
import ctypes, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
how = sys.argv[1]
os.mkfifo("fifo")
signal.signal(signal.SIGALRM, signal.SIG_DFL if how == "killed" else lambda *_: None)
libc.siginterrupt(signal.SIGALRM, how == "fails")
def wait_for_sleep(pid, seen=0):
    while seen < 5:
        time.sleep(0.02)
        seen = seen + 1 if open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "S" else 0
parent = os.getpid()
if not os.fork():
    ends = how in ("fails", "killed")
    for _ in range(1 if ends else 2):
        wait_for_sleep(parent)
        os.kill(parent, signal.SIGALRM if how != "stopped" else signal.SIGSTOP)
        os.kill(parent, signal.SIGCONT)
    if not ends:
        os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
        time.sleep(1)
    os._exit(0)
fd = libc.open(b"fifo", os.O_WRONLY)
print(ctypes.get_errno() if fd < 0 else "opened")
"""


@promise(each=[("restarted", "opened", None), ("stopped", "opened", None), ("fails", "4", "EINTR"), ("killed", "", None)])
def interrupted_call_is_recorded_once_and_as_it_ended(t, case):
    how, said, error = case
    run = t.run(["/usr/bin/python3", "-c", BLOCKED, how], ["installer", RESULTS])
    t.equal(run.out.strip(), said, run)
    record = run.one(call=re.compile("^open"), path=t.work / "fifo", flags=re.compile("O_WRONLY"))
    t.equal(record.get("errno"), error, run)
    t.equal("result" in record, how != "killed")
    t.equal(run.status, 128 + 14 if how == "killed" else 0)


@promise
def call_is_awaited_only_if_it_is_recorded(t):
    "PTRACE_SYSCALL lets a thread go on to the return of its call."
    policy = t.policy(f"""
        [write]
        default = allow
        log = {t.work}/seen
        [log]
        results = yes
        format = json
        """)
    trace, record = t.records / "trace", t.records / "record"
    run = t.bare(["strace", "-o", trace, "-e", "trace=ptrace", STOPGATE, "-p", policy, "-o", record, "--",
                  "dash", "-c", "for i in $(seq 200); do : > unseen; done; : > seen; mkdir d"],
                 env={"ASAN_OPTIONS": "detect_leaks=0"})  # LeakSanitizer cannot work there
    t.equal(run.status, 0, run)
    requests = re.findall(r"ptrace\((\w+)", trace.read_text())
    t.true(requests.count("PTRACE_CONT") > 200, "every open for writing stops")
    t.equal(requests.count("PTRACE_SYSCALL"), 1)
    calls = [r for r in parse_records(record.read_bytes()) if r["event"] == "call"]
    t.equal([(r["path"], r["result"]) for r in calls], [(str(t.work / "seen"), 3)])


@promise
def short_record_tells_all_changes(t):
    policy = "[write]\ndefault = log\n[log]\nlimit = 2\nchanges = yes\n"
    run = t.run(["sh", "-c", "for i in 1 2 3 4 5 6; do echo > f$i; done"], policy)
    t.equal(len(run.calls), 1, run)
    t.equal([r["path"] for r in run.event("change") if r["path"].startswith(str(t.work))],
            [str(t.work / f"f{i}") for i in range(1, 7)], run)
