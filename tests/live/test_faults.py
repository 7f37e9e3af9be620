"""What fails in stopgate does not let the command do more: a choice of what `make faults` tries."""
import pathlib
import shutil
import sys

from harness import PROBES, STOPGATE, promise

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "faults"))
from faults import Scene, allocations, injections  # noqa: E402

# LeakSanitizer cannot work under strace, and a sanitizer must be the first that is preloaded: "plain".
PRELOAD = PROBES / "fail_alloc.so"


def scene(t):
    scene = Scene(t.dir / "scene", STOPGATE, PRELOAD)
    usual = scene.run()
    t.equal((usual.status, usual.forbidden, usual.hung), (7, [], False), usual.err)
    return scene, usual


def judge(t, what, outcome, usual):
    wrong = outcome.wrong(usual)
    t.true(not wrong, f"{what}: {wrong}; status {outcome.status}; {outcome.err}")


@promise(needs=("once", "plain"), timeout=120)
def system_call_of_stopgate_that_fails_lets_nothing_forbidden_happen(t):
    if not shutil.which("strace"):
        t.skip("no strace")
    place, usual = scene(t)
    tried = 0
    for what, options in injections(place, 1):
        judge(t, what, place.run(["strace", "-o", t.dir / "strace", *options]), usual)
        tried += 1
    t.true(tried > 30, tried)


@promise(needs=("once", "plain"), timeout=120)
def allocation_of_stopgate_that_fails_lets_nothing_forbidden_happen(t):
    place, usual = scene(t)
    tried = 0
    for what, env in allocations(place, 60):
        judge(t, what, place.run(env=env), usual)
        tried += 1
    t.true(tried > 30, tried)


@promise(needs="once")
def stopgate_that_is_killed_at_any_moment_leaves_no_process_and_lets_nothing_forbidden_happen(t):
    place, usual = scene(t)
    killed = 0
    for n in range(40):
        outcome = place.run(kill_after=n * 0.0025)
        judge(t, f"kill {n}", outcome, usual)
        killed += outcome.status == -9
    t.true(killed > 10, killed)
