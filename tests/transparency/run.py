#!/usr/bin/python3
"""Do well-known programs' own tests find stopgate? Usage: BUILD=build python3 tests/transparency/run.py [WORD...]
(make transparency)

Each piece of each suite (suites.py) runs bare, then under each policy, which refuse nothing. A test whose outcome was never
seen bare is tried again both ways, for tests are flaky, too, unless tests/transparency/known gives a reason; what differs
is shown, with its reason. Ends with 1 if something differs without one.

With WORDs, the suites, or the pieces SUITE/PIECE, that have one of them. Environment: POLICIES (of those here, default
all), TRIES (4), HOME_OF_SUITES (where they are built; default below BUILD).
"""
import fnmatch
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import suites  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
HOME = pathlib.Path(os.environ.get("HOME_OF_SUITES") or BUILD / "transparency").resolve()
TRIES = int(os.environ.get("TRIES") or 4)
POLICIES = (os.environ.get("POLICIES") or "builtin policed results").split()
BARE = "bare"


def command(policy, scratch):
    """What stands before the suite's own command."""
    if policy == BARE:
        return []
    own = [] if policy == "builtin" else ["-p", HERE / f"{policy}.ini"]
    return [BUILD / "stopgate", *own, "-q", "-o", scratch.with_suffix(".record"), "--"]


def as_user(piece):
    """Some suites do not run as root: before everything else, for stopgate is to be that user's, too."""
    drop = piece.never_root and os.geteuid() == 0
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if drop else []


def run(piece, policy, names=None):
    """The outcomes of one run of PIECE, or of what it has of NAMES; its processes are gone afterwards."""
    parent = pathlib.Path(tempfile.mkdtemp(prefix="transparency."))
    scratch = parent / "work"
    scratch.mkdir()
    if as_user(piece):
        os.chown(scratch, 65534, 65534)
        os.chown(parent, 65534, 65534)
    fill = str(scratch).join
    argv = [fill(str(word).split("{scratch}")) for word in (piece.some(names) if names else piece.argv)]
    environment = {**os.environ, **{k: fill(v.split("{scratch}")) for k, v in piece.environment.items()}}
    with open(scratch.with_suffix(".out"), "w+b") as output:
        process = subprocess.Popen([*as_user(piece), *command(policy, scratch), *argv], cwd=fill(str(piece.directory).split("{scratch}")),
                                   env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            status = process.wait(piece.seconds)
            status = 128 - status if status < 0 else status  # as stopgate ends after a signal
        except subprocess.TimeoutExpired:
            status = "out of time"
        try:
            os.killpg(process.pid, signal.SIGTERM if process.returncode is None else signal.SIGKILL)
            time.sleep(0 if process.returncode is not None else 2)
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        outcomes = piece.read(status, output.read().decode(errors="replace"), scratch)
    keep = os.environ.get("KEEP")
    for path in parent.glob("work.*") if keep else ():
        shutil.copy(path, pathlib.Path(keep) / f"{piece.name}.{policy}{path.suffix}")
    subprocess.run(["chmod", "-R", "u+rwx", parent], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(parent, ignore_errors=True)
    return outcomes


class Seen:
    """All outcomes of one piece: by policy, by test, the set of what was seen."""

    def __init__(self):
        self.by_policy = {}

    def add(self, policy, outcomes, names=None):
        """Of a run of NAMES, default all there are."""
        tests = self.by_policy.setdefault(policy, {})
        for name in names or set(tests) | set(outcomes):
            tests.setdefault(name, set()).add(outcomes.get(name, "missing"))

    def differing(self, policy):
        """Tests whose outcomes under POLICY were never seen bare, none of them."""
        bare, under = self.by_policy[BARE], self.by_policy[policy]
        return {name: (bare.get(name, {"missing"}), under.get(name, {"missing"})) for name in sorted(set(bare) | set(under))
                if not bare.get(name, {"missing"}) & under.get(name, {"missing"})}


def compare(piece, has_reason):
    seen = Seen()
    seen.add(BARE, run(piece, BARE))
    for policy in POLICIES:
        seen.add(policy, run(piece, policy))
        for _ in range(TRIES - 1):
            again = [name for name in seen.differing(policy) if not has_reason(name)]
            if not again:
                break
            names = again if piece.some and suites.NOTHING not in again else None
            for way in BARE, policy:
                seen.add(way, run(piece, way, names), names)
    # What was bare is told by all runs: also by those that came after this policy's.
    return len(set(seen.by_policy[BARE]) - {suites.NOTHING}), {policy: seen.differing(policy) for policy in POLICIES}


def known():
    """Pairs of a pattern SUITE/PIECE/TEST and the reason: see the file."""
    pairs = []
    for line in (HERE / "known").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, reason = line.split(None, 1)
            pairs.append((pattern, reason))
    return pairs


def reason_of(name, reasons):
    return next((reason for pattern, reason in reasons if fnmatch.fnmatchcase(name, pattern)), None)


def main():
    words, reasons, unknown, total = sys.argv[1:], known(), 0, 0
    chosen = [s for s in suites.SUITES if not words or any(w.split("/")[0] in s for w in words)]
    subprocess.run(["sh", HERE / "prepare", HOME, *chosen], check=True)
    for policy in set(POLICIES) - {"builtin"}:
        subprocess.run([BUILD / "stopgate", "--check", "-q", "-p", HERE / f"{policy}.ini"], check=True, stdout=subprocess.DEVNULL)
    for suite in chosen:
        began, tests, differences = time.monotonic(), 0, 0
        for piece in suites.SUITES[suite](HOME):
            if words and not any(w in f"{suite}/{piece.name}" for w in words):
                continue
            count, differ = compare(piece, lambda name, of=f"{suite}/{piece.name}": reason_of(f"{of}/{name}", reasons))
            tests += count
            if not count:
                unknown += 1
                print(f"{suite}/{piece.name}: does not run here", flush=True)
            for policy, outcomes in differ.items():
                for name, (bare, under) in outcomes.items():
                    full = f"{suite}/{piece.name}/{name}"
                    reason = reason_of(full, reasons)
                    differences += 1
                    unknown += reason is None
                    print(f"{full} {policy}: bare {' or '.join(sorted(bare))}; under stopgate {' or '.join(sorted(under))}"
                          f"{'; known: ' + reason if reason else ''}", flush=True)
        print(f"{suite}: {tests} tests, each bare and under {len(POLICIES)} policies, {differences} outcomes differ, "
              f"{time.monotonic() - began:.0f} s", flush=True)
        total += tests
    print(f"{total} tests, {unknown} differences without a reason")
    return 1 if unknown or not total else 0


if __name__ == "__main__":
    sys.exit(main())
