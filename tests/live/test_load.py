"""Much of one kind: memory does not grow, no descriptor stays open, no record is lost. `make soak` has more of it."""
import pathlib
import sys

from harness import PROBES, STOPGATE, promise

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "soak"))

import soak  # noqa: E402

CASES = [
    soak.Case("processes", "processes", 3_000),
    soak.Case("held_processes", "processes", 1_000, soak.HOLD),
    soak.Case("killed_processes", "kills", 400, soak.HOLD),
    soak.Case("programs_of_threads", "programs", 200, soak.HOLD),
    soak.Case("threads", "threads", 1_000 * soak.ROUNDS, soak.HOLD),
    soak.Case("open_files", "files", soak.files_at_once(10_000)),
    soak.Case("long_paths", "paths", 300, soak.HOLD, each=2),
    soak.Case("summed_processes", "processes", 1_000, options=["-s"], kept=1024),
    soak.Case("summed_depths", "depths", 100, options=["-s"], kept=16 << 10),
    soak.Case("summed_links", "links", 1_500, soak.HOLD, options=["-s"], kept=1 << 10),
    soak.Case("rotated_lines", "lines", 50_000, rotate="1M", keep=12),
]


@promise(needs=("once", "plain"), each=CASES, timeout=120)
def load_costs_no_memory_no_descriptor_and_no_record(t, case):
    place = t.mkdir("place")
    soak.run(case, STOPGATE, PROBES / "soak_work", place, t.mkdir("disk"), 60)
