#!/usr/bin/python3
"""Much work under stopgate. Usage: BUILD=build python3 tests/soak/run.py [WORD...] (make soak)

One line for each case of soak.py's: how long it took, how many lines were recorded, how much memory stopgate had and how
many descriptors, before the work, after a tenth, after the whole, and when all that it made was gone. Memory may not grow
between the first tenth and the whole, no descriptor may stay, no line of the record may be missing, and each call that was
made must be there. The records of LINES go to a small disk, in parts: for root a file system of DISK megabytes in memory.

Environment: PROCESSES (200000), THREADS (1000), FILES (10000), PATHS (5000), LINES (10000000). With WORDs, the cases whose
name has one of them. The last line is "N passed, N failed, N skipped".
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import soak  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
TIMEOUT = 1800  # seconds for one phase of a case
DISK, PART, KEEP = 128, 4, 24  # megabytes; parts beside the one that is written


def number(name, usual):
    return int(os.environ.get(name) or usual)


def cases():
    processes, paths = number("PROCESSES", 200_000), number("PATHS", 5_000)
    threads, files = number("THREADS", 1_000), soak.files_at_once(number("FILES", 10_000))
    for name, policy in (("watched", soak.WATCH), ("held", soak.HOLD)):
        yield soak.Case(f"{name} processes", "processes", processes, policy)
        yield soak.Case(f"{name} killed processes", "kills", processes // 20, policy)
        yield soak.Case(f"{name} programs of threads", "programs", processes // 40, policy)
        yield soak.Case(f"{name} threads", "threads", threads * soak.ROUNDS, policy)
        yield soak.Case(f"{name} open files", "files", files, policy)
        yield soak.Case(f"{name} long paths", "paths", paths, policy, each=2 if policy == soak.HOLD else 1)
    yield soak.Case("summed processes", "processes", processes, options=["-s"], kept=1024)
    yield soak.Case("summed absent depths", "depths", paths, options=["-s"], kept=16 << 10)
    yield soak.Case("summed links", "links", paths, soak.HOLD, options=["-s"], kept=1 << 10)
    yield soak.Case("lines on a small disk", "lines", number("LINES", 10_000_000), rotate=f"{PART}M", keep=KEEP)


def alone():
    """What is mounted is seen here only, and gone with this process."""
    if os.geteuid() or os.environ.get("ALONE") or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        return
    os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv], {**os.environ, "ALONE": "1"})


def small_disk(place):
    place.mkdir()
    if os.environ.get("ALONE"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", place], check=True)
    return place


def main():
    alone()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="soak.", dir=BUILD) as base:
        base = pathlib.Path(base)
        disk = small_disk(base / "disk")
        for case in cases():
            if sys.argv[1:] and not any(word in case.name for word in sys.argv[1:]):
                continue
            with tempfile.TemporaryDirectory(dir=base) as scratch:
                scratch = pathlib.Path(scratch)
                place = disk if case.rotate else scratch
                try:
                    print(soak.run(case, BUILD / "stopgate", BUILD / "tests/soak_work", scratch, place, TIMEOUT), flush=True)
                    passed += 1
                except (soak.Broken, OSError, ValueError) as error:
                    print(f"FAILED {case.name}: {error}", flush=True)
                    failed += 1
        if os.environ.get("ALONE"):
            subprocess.run(["umount", disk], check=False)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
