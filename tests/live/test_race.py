"""Races: what is pinned, nobody wins; nor what a class denies by default where Landlock is in force. `make race` has all
of them."""
import pathlib
import sys

from harness import BUILD, promise

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "race"))

import races  # noqa: E402

LAYERS = {layer[0]: layer for layer in races.LAYERS}
SECONDS = 0.3
HELD = ["openat", "rename-to", "read-unlisted", "dirfd-process", "exchange-mkdir", "page-mmap"]
# One of each kind; connections are counted outside, and late.
PINNED = ["openat-carved-out", "fleeting-unlink", "dying-openat", "many-openat", "exec-script", "interpreter-written",
          "dirfd-closed", "cwd-moved-open", "other-cwd-chmod", "exchange-read", "remade-create", "fchmod-process",
          "magic-exec", "magic-exec-descriptor", "interpreter-relative", "interpreter-rewritten", "interpreter-magic", "magic-bind", "magic-connect",
          "cwd-connect", "file-truncated", "stack-shared", "proc-mem-process", "kept-mremap-onto", "kept-dontfork"]
PINNED = [a.name for a in races.attacks() if a.name in PINNED and "pinned" in LAYERS]


def attack_of(name):
    return next(a for a in races.attacks() if a.name == name)


def is_not_won(t, attack, layer):
    """Bare it is won at once; the longer time is for busy machines."""
    control = races.run(BUILD, t.dir, attack, LAYERS["bare"], 20 * SECONDS, 1)
    t.true(control.wins, f"does not work without stopgate: {control}")
    count = races.run(BUILD, t.dir, attack, LAYERS[layer], SECONDS, 1)
    t.equal(count.wins, 0, count)
    t.true(count.attempts, count)


@promise(needs="once", each=HELD)
def race_is_not_won_against_landlock(t, name):
    attack = attack_of(name)
    if not attack.held_by_landlock:
        t.skip("this kernel's Landlock does not hold it")
    is_not_won(t, attack, "both")


@promise(needs="once", each=PINNED)
def race_is_not_won_against_what_is_pinned(t, name):
    is_not_won(t, attack_of(name), "pinned")
