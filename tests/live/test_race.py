"""Races: what a class denies by default, nobody wins where Landlock is in force. `make race` has all of them."""
import pathlib
import sys

from harness import BUILD, promise

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "race"))

import races  # noqa: E402

BARE, _, BOTH = races.LAYERS
SECONDS = 0.3
SAMPLE = ["openat", "rename-to", "read-unlisted", "dirfd-process", "exchange-mkdir", "page-mmap"]


@promise(needs="once", each=SAMPLE)
def race_is_not_won_against_landlock(t, name):
    attack, = [a for a in races.attacks() if a.name == name]
    if not attack.held_by_landlock:
        t.skip("this kernel's Landlock does not hold it")
    # Bare it is won at once; the longer time is for busy machines.
    control = races.run(BUILD, t.dir, attack, BARE, 20 * SECONDS, 1)
    t.true(control.wins, f"does not work without stopgate: {control}")
    count = races.run(BUILD, t.dir, attack, BOTH, SECONDS, 1)
    t.equal(count.wins, 0, count)
    t.true(count.attempts, count)
