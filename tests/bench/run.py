#!/usr/bin/python3
"""What stopgate costs. Usage: BUILD=build python3 tests/bench/run.py [WORD...] (make bench WORDS="...")

The same work is done bare and by each runner, in turn; a round is one run of each. The table shows medians of the ratios to
the bare run of the same round, and half the distance between the quartiles as the spread. Nothing is asserted: what a
stop costs depends on the machine, most of all on whether a wake-up crosses CPUs.
"""
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import table
import work
from work import BUILD, LOOPS, STOPGATE

LIMIT = 270  # seconds for all of the table; rounds are left out beyond it
ROUNDS = 7


def run_once(directory, runner, item):
    """Seconds for one round of it; of a loop as it says itself: without the start."""
    if item.before:
        subprocess.run(["sh", "-c", item.before], cwd=directory, check=True)
    argv = [*runner.prefix, *item.command]
    began = time.monotonic()
    run = subprocess.run(argv, cwd=directory, stdin=subprocess.DEVNULL, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=60)
    seconds = time.monotonic() - began
    if run.returncode:
        raise SystemExit(f"bench: {argv}: status {run.returncode}: {run.stderr.decode()[-500:]}")
    return float(run.stdout) * 1e-9 if item.is_loop() else seconds / item.count


def measure(results, directory, runners, item, end):
    chosen = [r for r in runners if not item.few or r.name in item.few]
    for number in range(ROUNDS):
        if number > 1 and time.monotonic() > end:
            break
        for runner in chosen:
            results.add(item.name, runner.name, run_once(directory, runner, item))


# ---- what is no ratio ----

def status_field(pid, name):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(rf"^{name}:\s*(\d+)", text, re.M)[1])


def memory(directory):
    """KiB that stopgate has resident while it follows so many threads."""
    lines = []
    for n in (1, 64, 512):
        argv = [STOPGATE, "-q", "-p", "untrusted", "-o", "/dev/null", "--", LOOPS, "open", 30000000, "/dev/null",
                "sleeping-threads", n]
        with subprocess.Popen([str(a) for a in argv], cwd=directory, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True) as process:
            time.sleep(1)
            kib = status_field(process.pid, "VmHWM")
            os.killpg(process.pid, signal.SIGKILL)
        lines.append(f"resident memory, untrusted, {n} threads: {kib} KiB; target {8192 + 8 * n}")
    return lines


def rules(directory):
    lines = []
    for n in (10, 1000, 10000):
        policy = directory / f"rules{n}.ini"
        policy.write_text(work.policy_of(n, directory / "rules"), encoding="ascii")
        prefix = [str(STOPGATE), "-q", "-p", str(policy), "-o", "/dev/null", "--"]
        starts, opens = [], []
        for _ in range(5):
            starts.append(run_once(directory, work.Runner("", prefix, ""), work.Work("", ["true"])))
            opens.append(run_once(directory, work.Runner("", prefix, ""), work.loop("", "open", 3000)))
        lines.append(f"{n} rules: start of true {table.human(sorted(starts)[2])}, one open and close, logged, "
                     f"{table.human(sorted(opens)[2])}")
    decisions = subprocess.run([BUILD / "tests/decide"], stdout=subprocess.PIPE, check=True, text=True, timeout=60)
    return [*lines, *decisions.stdout.splitlines()]


def machine():
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (f"{model}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()} {platform.machine()}, "
            f"load {os.getloadavg()[0]:.2f}")


def main():
    wanted = [w for w in work.WORK if (not sys.argv[1:] or any(word in w.name for word in sys.argv[1:]))
              and (not w.tool or shutil.which(w.tool))]
    began, results, began_on = time.monotonic(), table.Results(), machine()
    # Not below /tmp: that is writable under every policy.
    with tempfile.TemporaryDirectory(prefix="bench.", dir=BUILD) as scratch:
        scratch = pathlib.Path(scratch)
        os.environ["TMPDIR"] = str(scratch)
        work.prepare(scratch)
        known = work.runners(scratch)
        runners = [r for r in known if r.is_there()]
        for i, item in enumerate(wanted):
            if sys.stderr.isatty():
                print(f"bench: {item.name}", file=sys.stderr)
            left = LIMIT - (time.monotonic() - began)
            measure(results, scratch, runners, item, time.monotonic() + left / (len(wanted) - i))
        others = [] if sys.argv[1:] else [*memory(scratch), *rules(scratch)]
    targets = table.Targets(results, wanted)
    rounds = [len(v) for v in results.seconds.values()]
    text = "\n".join([
        began_on, f"{min(rounds)} to {max(rounds)} interleaved rounds: time of bare; median of the ratios to the bare run of the "
        "same round, ± half the distance of the quartiles", "", table.table(results, wanted, [r.name for r in runners]), "",
        targets.text(), *others, "",
        *(f"{r.name:<10} {r.about}" for r in runners),
        *(f"{r.name:<10} is not installed" for r in known if r not in runners), ""])
    print(text)
    (BUILD / "bench.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
