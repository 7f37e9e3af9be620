"""Numbers of many rounds -> medians, ratios and what they say of the targets."""
import math
import statistics


def spread(values):
    """Half the distance between the quartiles."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2


def human(seconds):
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1 or unit == "us":
            return f"{seconds * factor:.3g} {unit}"
    return ""


class Results:
    def __init__(self):
        self.seconds = {}  # (work, runner) -> one number for each round

    def add(self, work, runner, seconds):
        self.seconds.setdefault((work, runner), []).append(seconds)

    def has(self, work, runner):
        return (work, runner) in self.seconds

    def median(self, work, runner):
        return statistics.median(self.seconds[work, runner])

    def ratio(self, work, runner):
        """The median of the ratios to the bare run of the same round."""
        return statistics.median(a / b for a, b in zip(self.seconds[work, runner], self.seconds[work, "bare"]))

    def more(self, work, runner):
        """Seconds more than bare."""
        return statistics.median(a - b for a, b in zip(self.seconds[work, runner], self.seconds[work, "bare"]))

    def mean(self, works, runner):
        """Geometric, of the ratios."""
        ratios = [self.ratio(w, runner) for w in works if self.has(w, runner)]
        return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else math.nan

    def cell(self, work, runner):
        if not self.has(work, runner):
            return "-"
        values = self.seconds[work, runner]
        if runner == "bare":
            return f"{human(self.median(work, runner))} ±{spread(values) / self.median(work, runner) * 100:.0f}%"
        ratios = [a / b for a, b in zip(values, self.seconds[work, "bare"])]
        return f"{statistics.median(ratios):.2f} ±{spread(ratios):.2f}"


def columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def table(results, works, runners):
    rows = [["", *runners]]
    rows += [[w.name, *(results.cell(w.name, r) for r in runners)] for w in works]
    real = [w.name for w in works if w.real]
    if real:
        rows.append(["geometric mean, real work", "", *(f"{results.mean(real, r):.2f}" for r in runners[1:])])
    return columns(rows)


class Targets:
    """Each with what was measured and what the floor does: a report, and no test."""

    def __init__(self, results, works):
        self.results, self.lines = results, []
        self.real = [w.name for w in works if w.real]
        self.works = [w.name for w in works]

    def say(self, text, figure, limit, beside=""):
        mark = "met   " if figure <= limit else "missed"
        self.lines.append(f"{mark}  {text}: {figure:.2f}, target {limit:.2f}{beside}")

    def has(self, *pairs):
        return all(self.results.has(*pair) for pair in pairs)

    def over_real_work(self):
        r = self.results
        if not self.real:
            return
        floor = f"; floor {r.mean(self.real, 'floor'):.2f}, near {r.mean(self.real, 'near'):.2f}"
        if self.has((self.real[0], "strace")):
            strace = r.mean(self.real, "strace") - 1
            self.say("logging, mean over real work, more than bare", r.mean(self.real, "log") - 1, strace / 2,
                     f" (half of strace's {strace:.2f}){floor}")
            for work in self.real:
                self.say(f"logging, {work}, more than bare", r.ratio(work, "log") - 1, (r.ratio(work, "strace") - 1) / 2,
                         f" (half of strace's); floor {r.ratio(work, 'floor') - 1:.2f}")
        self.say("blocking writes, mean over real work", r.mean(self.real, "writes"), 1.10, floor)

    def by_work(self):
        r = self.results
        for work in ("make -j2, 12 C files", "tar x, 300 files", "git clone", "git status", "python imports"):
            if not self.has((work, "writes")):
                continue
            floor = f"; floor {r.ratio(work, 'floor'):.2f}"
            self.say(f"{work}, writes policed", r.ratio(work, "writes"), 1.03, floor)
            self.say(f"{work}, untrusted (secrets)", r.ratio(work, "untrusted"), 1.10, floor)

    def by_stop(self):
        r = self.results
        for work in ("open to read, close", "open to write, close", "write of 1 KiB"):
            if not self.has((work, "log")):
                continue
            floor = r.more(work, "floor") * 1e6
            near = r.more(work, "near") * 1e6
            self.say(f"{work}, logged, us more than bare", r.more(work, "log") * 1e6, 1.5 * floor,
                     f" (1.5 times the floor's {floor:.1f}; near {near:.1f})")
        for work in ("stat", "getpid"):
            if self.has((work, "log")):
                self.say(f"{work}, which no rule speaks of", r.ratio(work, "log"), 1.02,
                         f"; floor {r.ratio(work, 'floor'):.2f}")
        first, last = "open, 1 threads at once", "open, 512 threads at once"
        if self.has((first, "log"), (last, "log")):
            self.say("a stop with 512 threads at once, to one with 1", r.more(last, "log") / r.more(first, "log"), 4 / 3,
                     f"; floor {r.more(last, 'floor') / r.more(first, 'floor'):.2f}")
        first, last = "open to read, close", "open beside 511 that sleep"
        if self.has((first, "log"), (last, "log")):
            self.say("a stop beside 511 that sleep, to one alone", r.more(last, "log") / r.more(first, "log"), 4 / 3,
                     f"; floor {r.more(last, 'floor') / r.more(first, 'floor'):.2f}")
        if self.has(("start of true", "log")):
            for runner in ("log", "writes", "untrusted"):
                self.say(f"start of true, {runner}, ms more than bare", r.more("start of true", runner) * 1e3, 3.0,
                         f"; floor {r.more('start of true', 'floor') * 1e3:.1f}")

    def text(self):
        self.over_real_work()
        self.by_work()
        self.by_stop()
        return "\n".join(self.lines)
