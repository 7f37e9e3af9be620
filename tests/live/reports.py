"""What tests of reports have to hand: a report in a browser, and what its page shows."""
import functools
import re
import subprocess

from browser import Browser, installed
from harness import PROBES, promise

SAMPLE = PROBES / "report_sample"
RAN = "window.ran=1"  # what hostile names would do: tests/report_sample.c

# All that is in the tree that is shown, where the window is high enough: level, name, rest.
ROWS = """return [...document.querySelectorAll('[role=tabpanel]:not([hidden]) .row')]
    .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
    .map(row => [Number(row.getAttribute('aria-level')), row.querySelector('.name').textContent,
                 row.querySelector('.rest').innerText.replace(/\\s+/g, ' ').trim()])"""


def page(kind, height=1000, size=None, complaints=False):
    """@page("install"): a test of that report, which is open in the browser b when it begins."""
    def decorate(test):
        @functools.wraps(test)
        def run(t):
            if not installed():
                t.skip("no chromium")
            file = report(t, kind, *([size] if size else []))
            with Browser(t.dir, height=height) as b:
                b.open(file)
                test(t, b)
                t.equal(b.js("return window.ran"), None, "what a name says has run")
                t.equal(b.dialog(), None)
                t.true(complaints or b.console() == [], "the console has errors")
        return promise(run, needs="once")
    return decorate


def report(t, *args):
    file = t.dir / "report.html"
    with open(file, "wb") as out:
        subprocess.run([SAMPLE, *map(str, args)], stdout=out, check=True, timeout=60)
    return file


def rows(b):
    return [tuple(row) for row in b.js(ROWS)]


def names(b):
    return [name for _, name, _ in rows(b)]


def row_of(b, name):
    found = [row for row in rows(b) if row[1] == name]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} rows called {name!r}: {rows(b)}")
    return found[0]


def focus(b, css):
    b.js("document.querySelector(arguments[0]).focus()", css)


def shown(b):
    return tuple(int(n.replace(",", "")) for n in re.fullmatch(r"([\d,]+) paths? of ([\d,]+)", b.text("#shown")).groups())


def only(b, *kinds):
    """Tick these kinds and no others."""
    b.js("""for (const box of document.querySelectorAll('#kinds input'))
                if (box.checked !== arguments[0].includes(box.value)) box.click()""", kinds)
