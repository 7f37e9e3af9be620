#!/usr/bin/python3
"""Run the live tests: run.py [WORD...]. See harness.py for how to write one.

Environment: BUILD (has stopgate and tests/), SCRATCH (where to work; default a fresh directory below
BUILD), JOBS (2), SEED (random order), MUST_WORK (a skip is a failure, see there), KEEP (scratch directories of
failures), COUNTS (a file for "passed failed skipped"), LABEL (shown before failures), PATIENCE (how much longer than on an idle
machine anything may take), ROUND=2 (the round of an ordinary user after root's; with BRIEF of what needs one alone).
"""
import importlib
import multiprocessing
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import harness  # noqa: E402

ME = str(HERE)
FULL = 25  # failures are shown in full, further ones by name


def load(words):
    for path in sorted(HERE.glob("test_*.py")):
        importlib.import_module(path.stem)
    return [t for t in harness.TESTS if not words or any(w in t.id for w in words)]


def explain(error):
    """The lines of ours that led there, and what it says; not the whole trace."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(ME)]
    where = [f"  {pathlib.Path(f.filename).name}:{f.lineno}: {f.line}" for f in frames[1:]
             if not f.filename.endswith("harness.py")]
    name = "" if isinstance(error, harness.Failure) else type(error).__name__ + ": "
    return "\n".join(where + [f"  {name}{error}"])


def out_of_time(signum, frame):
    raise harness.Failure("the test took too long")


def missing(test):
    if os.environ.get("ROUND") == "2" and os.environ.get("BRIEF") and "user" not in test.needs:
        return "other round"
    for need in test.needs:
        why = harness.NEEDS[need]()
        if why:
            return "other round" if need in harness.BY_ROUND else why
    return None


def run_one(index):
    test = harness.TESTS[index]
    began = time.monotonic()

    def outcome(kind, text=""):
        return index, kind, text, time.monotonic() - began

    why = missing(test)
    if why:
        return outcome("elsewhere" if why == "other round" else "skipped", why)
    scratch = tempfile.mkdtemp(prefix="t.", dir=run_one.scratch)
    case = harness.Case(scratch)
    keep = False
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(int(test.timeout * harness.patience()))
    try:
        test.function(case, *test.arguments)
        return outcome("passed")
    except harness.Skip as skip:
        return outcome("skipped", str(skip))
    except Exception as error:  # whatever it is: the test has failed
        keep = bool(os.environ.get("KEEP"))
        return outcome("failed", explain(error) + (f"\n  kept: {scratch}" if keep else ""))
    finally:
        signal.alarm(0)
        case.close()
        if not keep:
            os.chdir("/")
            harness.remove_tree(scratch)


def main():
    tests = load(sys.argv[1:])
    order = [harness.TESTS.index(t) for t in tests]
    seed = os.environ.get("SEED")
    if seed:
        random.Random(seed).shuffle(order)
    must_work = bool(os.environ.get("MUST_WORK"))
    scratch = os.environ.get("SCRATCH")
    own = None
    if not scratch:
        own = scratch = tempfile.mkdtemp(prefix="live.", dir=harness.BUILD)
    run_one.scratch = scratch
    os.umask(0o022)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # nohup(1) and "&" leave them ignored
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    jobs = int(os.environ.get("JOBS") or 2)
    counts = {"passed": 0, "failed": 0, "skipped": 0, "elsewhere": 0}
    skips, times = {}, []
    label = os.environ.get("LABEL", "live")
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for index, kind, text, seconds in pool.imap_unordered(run_one, order):
            test = harness.TESTS[index]
            times.append((seconds, test.id))
            if kind == "skipped" and must_work and not isinstance(text, harness.Absent):
                kind, text = "failed", f"  skipped, and must work here: {text}"
            counts[kind] += 1
            if kind == "skipped":
                skips.setdefault(text, []).append(test.id)
            if kind == "failed":
                full = counts["failed"] <= FULL
                print(f"FAILED {label}: {test.id}" + (f"\n{text}" if full else ""), flush=True)
    for why, ids in sorted(skips.items()):
        print(f"skipped {label}: {why}: {len(ids)} ({ids[0]}{', ...' if len(ids) > 1 else ''})")
    if os.environ.get("TIMES"):
        for seconds, name in sorted(times, reverse=True)[:15]:
            print(f"  {seconds:6.2f} s {name}")
    print(f"{label}: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped")
    if os.environ.get("COUNTS"):
        pathlib.Path(os.environ["COUNTS"]).write_text(
            f"{counts['passed']} {counts['failed']} {counts['skipped']}\n", encoding="ascii")
    if own and not os.environ.get("KEEP"):
        harness.remove_tree(own)
    return 1 if counts["failed"] or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
