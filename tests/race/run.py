#!/usr/bin/python3
"""Who wins which race. Usage: BUILD=build python3 tests/race/run.py [WORD...] (make race)

Each attack of race.c is made against each layer: bare, without stopgate, to see that a win is seen; against stops alone,
without Landlock; and against both. One line each: attempts, wins, and wins in a million attempts. Ends with 1 if a layer
lost what it should hold, or if an attack won nothing where it has to, for then its defeat elsewhere proves nothing.

What should be held is to be held a million times and more, over all attacks, if none is left out and the time is not less.

Environment: RACE_SECONDS for each attack and layer (3; less where 100 wins are in and none of them is a failure),
SCRATCH (default a fresh directory below BUILD). With WORDs, the attacks whose name has one of them.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import races  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
MANY = 1_000_000
SECONDS = float(os.environ.get("RACE_SECONDS") or 3)


def measure(scratch, attack, layer):
    """The Count, and what is wrong with it or None. Machines are noisy: twice the time for a second try."""
    expected = layer[-1](attack)
    most = 10**9 if expected == races.HOLDS else races.ENOUGH
    count = races.run(BUILD, scratch, attack, layer, SECONDS, most)
    if expected == races.LOSES and not count.wins:
        count = races.run(BUILD, scratch, attack, layer, 2 * SECONDS, most)
    if expected == races.HOLDS and count.wins:
        return count, f"{layer[0]} should hold {attack.name}: {count}"
    if expected == races.LOSES and not count.wins:
        return count, f"{attack.name} should win against {layer[0]}, or it proves nothing: {count}"
    return count, None


def row(scratch, attack, wrong, held):
    cells = [f"{attack.name:23}{attack.policy:11}"]
    for layer in races.LAYERS:
        count, complaint = measure(scratch, attack, layer)
        cells.append(f"{count.attempts:10}{count.wins:7}{count.rate():9}")
        if complaint:
            wrong.append(complaint)
        if layer[-1](attack) == races.HOLDS:
            held.setdefault(layer[0], []).append(count)
            cells.append("  held")
    print("".join(cells), flush=True)


def same_names():
    """The table here and the one in race.c."""
    listed = subprocess.run([BUILD / "tests/race", "list"], check=True, capture_output=True, text=True).stdout.split()
    named = [name for *_, name in races.ATTACKS]
    if listed != named:
        sys.exit(f"race: only in one of race.c and races.py, or in another order: {sorted(set(listed) ^ set(named))}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by the way out that cleans up
    same_names()
    wrong, held, left_out = [], {}, races.cannot_be_made(BUILD)
    print(f"{'attack':23}{'policy':11}" + "".join(f"{name:>10}{'wins':>7}{'/million':>9}" for name, *_ in races.LAYERS))
    with tempfile.TemporaryDirectory(prefix="race.", dir=os.environ.get("SCRATCH") or BUILD) as scratch:
        for attack in races.attacks(sys.argv[1:]):
            if attack.name in left_out:
                print(f"{attack.name:23}is not made: this kernel has no calls of i386", flush=True)
                continue
            try:
                row(scratch, attack, wrong, held)
            except races.Broken as broken:
                wrong.append(str(broken))
    for layer, counts in held.items():
        print(f"{layer}: {len(counts)} attacks should be held, {sum(c.attempts for c in counts)} attempts, "
              f"{sum(c.wins for c in counts)} wins")
    attempts = sum(c.attempts for counts in held.values() for c in counts)
    if not sys.argv[1:] and SECONDS >= 3 and attempts < MANY:
        wrong.append(f"only {attempts} attempts, less than {MANY}, say nothing")
    for complaint in wrong:
        print(f"WRONG {complaint}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
