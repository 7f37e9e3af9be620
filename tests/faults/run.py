"""make faults: fail each system call and each allocation of stopgate once. Environment: BUILD, MOST (of each call and error).
The last line is "N passed, N failed, N skipped"."""
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from faults import Scene, allocations, injections  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).absolute()
MOST = int(os.environ.get("MOST", "12"))
LASTS = 0.1  # seconds, about: a run when nobody kills stopgate


def main():
    passed = failed = 0
    ends = collections.Counter()
    words = sys.argv[1:]
    base = pathlib.Path(tempfile.mkdtemp(prefix="stopgate-faults."))
    preload = BUILD / "tests/fail_alloc.so"
    scene = Scene(base / "scene", BUILD / "stopgate", preload)
    usual = scene.run()
    began = time.monotonic()

    def judge(what, outcome):
        nonlocal passed, failed
        wrong = outcome.wrong(usual)
        ends[outcome.status] += 1
        if wrong:
            failed += 1
            print(f"FAILED {what}: {wrong}; status {outcome.status}; {outcome.err.strip()[-300:]}", flush=True)
        else:
            passed += 1
            if os.environ.get("VERBOSE"):
                print(f"{what}: {outcome.status} {outcome.err.strip()[:150]!r}", flush=True)

    assert usual.status == 7 and not usual.forbidden and not usual.hung, (usual.status, usual.forbidden, usual.err)
    if shutil.which("strace"):
        for what, options in injections(scene, MOST):
            if not words or any(w in what for w in words):
                judge(what, scene.run(["strace", "-o", base / "log", *options]))
    if not words or "kill" in words:
        for n in range(20 * MOST):
            after = n * LASTS / (20 * MOST)
            judge(f"kill after {after:.4f} s", scene.run(kill_after=after))
    if not words or "allocation" in words:
        for what, env in allocations(scene, 20 * MOST):
            judge(what, scene.run(env=env))
    print(f"{time.monotonic() - began:.0f} s; by status: " + ", ".join(f"{n} of {s}" for s, n in ends.most_common()))
    subprocess.run(["rm", "-rf", base], check=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main())
