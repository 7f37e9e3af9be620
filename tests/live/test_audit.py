"""Complete: what real programs do to a tree, held against what the record of the run says they did."""
import os
import shutil
import tempfile

from harness import promise, snapshot
from trees import is_changed, replay
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
def records_of_calls_tell_what_became_of_the_tree(t, workload):
    work = Recorded(t, workload)
    t.equal(is_changed(work.before, work.after), workload.changes, "the workload changes something, or should not")
    model = replay(work.run, work.before, work.roots)
    wrong = model.contradictions(work.before, work.after)
    t.true(not wrong, short(wrong))
