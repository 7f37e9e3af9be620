"""The page of --report in headless Chromium: what it shows, and that nothing of the command's ever runs in it."""
import functools
import re
import socket
import subprocess
import time

from browser import Browser, installed
from harness import PROBES, promise

SAMPLE = PROBES / "report_sample"
RAN = "window.ran=1"  # what hostile names would do: tests/report_sample.c
ENOUGH = 10  # seconds for what takes less than one where nobody else works

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


# ---- harmless ----

@promise(each=["install", "hostile", "quiet", "permissive"], needs="once")
def page_asks_for_nothing_and_complains_of_nothing(t, kind):
    if not installed():
        t.skip("no chromium")
    file = report(t, kind)
    with Browser(t.dir) as b:
        b.open(file)
        t.equal(b.requests(), [file.as_uri()])
        t.equal(b.console(), [])
        t.true(b.js("return performance.getEntriesByName('shown').length"), "the page came to its end")


@page("install", complaints=True)
def what_got_into_the_page_all_the_same_could_not_act(t, b):
    outside = socket.create_server(("127.0.0.1", 0))
    outside.setblocking(False)
    b.js(f"""const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
        add('script', {{textContent: '{RAN}'}});
        add('script', {{src: 'data:text/javascript,{RAN}'}});
        add('img', {{src: 'http://127.0.0.1:{outside.getsockname()[1]}/'}});
        add('div', {{innerHTML: '<img src=x onerror="{RAN}"><style>h1 {{ display: none }}</style>'}});
        add('iframe', {{src: 'data:text/html,x'}});
        add('a', {{id: 'link', href: 'javascript:{RAN}', textContent: 'x'}});
        document.getElementById('link').click()""")
    time.sleep(0.3)
    try:
        outside.accept()
        t.fail("something was asked for")
    except BlockingIOError:
        pass
    outside.close()
    t.equal(b.style("h1", "display"), "block")
    refusals = [text for text in b.console() if "Content Security Policy" in text]
    t.true(len(refusals) >= 5, refusals)


HOSTILE = [  # as they are shown
    f"<script>{RAN}<", "script>", "<!--<script>", "]]>", f'"><img src=x onerror={RAN}>', f"'><svg onload={RAN}>",
    "&lt;b&gt;&#60;script&#62;", "<", "style><style>body{display:none}", f"javascript:{RAN}", "line\\nbreak",
    "\\x1b[31mred\\x07", "txt.\\u{202e}gnp", "zero\\u{200b}width", "two\\u{2028}lines", "not utf-8 \ufffd\ufffd",
    "\u05e9\u05dc\u05d5\u05dd", "$(touch x) `id` \\u003cscript\\u003e", "__proto__", "constructor",
    "\\x20spaces at both ends\\x20", "-"]


@page("hostile", height=8000)
def hostile_names_are_shown_and_nothing_runs(t, b):
    b.click("#everything")
    b.click("#unfold")
    every = [part for name in names(b) for part in name.split("/")]
    for name in HOSTILE:
        t.true(name in every, f"{name!r} is not among {every}")
    t.true(any(len(name) > 200 and set(name) == {"n"} for name in every), "the longest name")
    t.equal(sum(name.startswith("not utf-8 ") for name in every), 10, "names that look alike stay apart")
    t.equal(b.js("return document.querySelectorAll('img, iframe, object, a, form form, body style').length"), 0)
    t.equal(b.js("return document.scripts.length"), 2)
    t.equal(b.js("return document.querySelectorAll('svg').length"), 1)
    t.equal(b.text("#command"), f"$ '<script>{RAN}</script>' '</script>' '\"><img src=x onerror={RAN}>' '-->'"[2:])
    t.equal(b.js("return [...document.body.innerText].filter(c => /[\\u202a-\\u202e\\u2066-\\u2069\\u001b]/.test(c)).length"), 0)


@page("hostile", height=8000)
def details_of_hostile_names_run_nothing_either(t, b):
    b.click("#unfold")
    focus(b, "#paths")
    details = []
    for _ in names(b):
        details.append(b.text("#details"))
        b.press("Down")
    together = "\n".join(details)
    for part in [f"<script>{RAN}</script>", "two\\u{2028}lines", "Renamed from", "Renamed to", "6e6f74207574662d3820fffe",
                 "6e6f74207574662d3820feff", f"</script><script>{RAN}</script>.ini:1"]:
        t.true(part in together, part)
    b.click("#tab-processes")
    focus(b, "#processes")
    commands = "\n".join(names(b))
    t.true(f"'<script>{RAN}</script>'" in commands and "'txt.\\u{202e}gnp'" in commands, commands)
    for _ in names(b):
        b.press("Down")
    b.media(printed=True)
    b.until("return document.getElementById('paper').childElementCount > 0")
    t.true("<!--<script>" in b.text("#paper"), "on paper")


# ---- what it tells ----

@page("install")
def verdict_says_first_what_was_refused_and_changed(t, b):
    t.equal(b.text("h1"), "5 calls were refused")
    t.equal(b.text("#effect"), "Files and directories: 44 created, 1 modified, 1 deleted, 1 renamed, "
                               "attributes of 1 changed.")
    t.equal(b.text("#command"), "make install")
    facts = b.text("#facts")
    for fact in ["Exit status\n2", "myhost", "/home/joe/app", "installer.ini", "enforced", "2026-11-23 12:00:00 UTC"]:
        t.true(fact in facts, (fact, facts))
    notable = b.text("#notable")
    for line in ["/home/joe/.ssh/id_ed25519 read secrets.ini:8 3 times", "inet:203.0.113.7:443 connect installer.ini:20",
                 "/usr/local/bin/hello set-user-ID program created", "/etc/shadow password hashes",
                 "/usr/local/lib/libhello.so.1 file 1.2 KiB"]:
        t.true(line in notable, (line, notable))


@page("permissive")
def permissive_run_says_what_would_have_been_refused(t, b):
    t.equal(b.text("h1"), "1 call would have been refused")
    t.equal(b.text("#effect"), "No file or directory was changed.")
    t.true("Would have been refused (1 call)" in b.text("#notable"), b.text("#notable"))
    t.true("permissive" in b.text("#facts"), b.text("#facts"))


@page("quiet")
def run_that_did_nothing_says_so(t, b):
    t.equal(b.text("h1"), "Nothing was refused")
    t.equal(b.text("#warning"), "The end of the run was not recorded.")
    t.equal((rows(b), shown(b)), ([], (0, 0)))


@page("install", height=2400)
def tree_opens_with_what_was_changed_or_refused(t, b):
    t.equal(shown(b), (52, 63))
    t.equal(row_of(b, "libhello.so.1")[2], "deleted")
    t.equal(row_of(b, "hello")[2], "set-user-ID program created")
    t.equal(row_of(b, "id_ed25519")[2], "refused 3 times")
    t.equal(row_of(b, "libhello.so.2.new")[2], "renamed away")
    t.equal(row_of(b, "hello/")[2], "mode, owner")
    t.true("libc.so.6" not in names(b), "what was only read is not among it")
    t.equal(row_of(b, "share/doc/hello/")[2], "created 41 paths", "directories that hold one other are one row")


@page("install", height=2400)
def details_say_who_did_what_when_under_which_rule(t, b):
    b.type("#search", "id_ed25519")
    focus(b, "#paths")
    b.press("End")
    details = b.text("#details")
    t.true(re.search(r"/home/joe/\.ssh/id_ed25519\s+Who did what\s+When\s+Process\s+Call\s+Result\s+Rule\s+Times\s+"
                     r"0\.\d+ s to 0\.\d+ s\s+1001 sh\s+openat read O_RDONLY\s+refused EACCES\s+secrets\.ini:8\s+3",
                     details), details)
    b.type("#search", "lib/hello")
    focus(b, "#paths")
    b.press("End")
    details = b.text("#details")
    for part in [r"The same content, other attributes\. Differs in mode, owner\.", r"Mode\s+0755 rwxr-xr-x\s+0700 rwx------",
                 r"Owner\s+0:0\s+33:33", r"fchownat attr\s+done"]:
        t.true(re.search(part, details), (part, details))


@page("install", height=2400)
def renames_lead_from_one_name_to_the_other(t, b):
    b.type("#search", "libhello.so.2.new")
    focus(b, "#paths")
    b.press("End")
    t.true("Renamed to /usr/local/lib/libhello.so.2." in b.text("#details"), b.text("#details"))
    b.click("#details button.link")
    t.true("Renamed from /usr/local/lib/libhello.so.2.new" in b.text("#details"), b.text("#details"))
    t.true(b.text("#details").startswith("/usr/local/lib/libhello.so.2\n"))


# ---- search and filters ----

@page("install", height=2400)
def search_finds_parts_of_paths_in_any_case(t, b):
    b.type("#search", "LIBHELLO so.2")
    t.equal([name for name in names(b)], ["/usr/local/lib/", "libhello.so.2", "libhello.so.2.new"])
    b.press("Escape")
    t.equal((b.js("return document.getElementById('search').value"), shown(b)[0]), ("", 52))
    b.type("#search", "no such name")
    t.equal((rows(b), b.text("#details")), ([], "Nothing is left by these filters."))


@page("install", height=3000)
def each_kind_shows_only_its_own(t, b):
    wanted = {
        "changed": (49, "ld.so.cache", ".bashrc"), "refused": (3, ".bashrc", "ld.so.cache"),
        "vain": (1, "ld.so.cache~", "ld.so.cache"), "read": (6, "libc.so.6", "ld.so.cache~"),
        "run": (5, "dash", "libc.so.6"),
    }
    for kind, (count, inside, outside) in wanted.items():
        only(b, kind)
        b.click("#unfold")
        last = [name.rsplit("/", 1)[-1] for name in names(b)]
        t.true(inside in last and outside not in last, (kind, last))
        t.equal((shown(b)[0], int(b.text(f"#count-{kind}"))), (count, count), kind)
    only(b, "changed", "read")
    t.equal(shown(b)[0], 49 + 6 - 1, "several kinds add up; one path was both")
    only(b)
    t.equal(shown(b), (63, 63), "no kind means all")
    t.equal(b.js("return document.getElementById('kind-connected').parentElement.hidden"), True, "a kind that none has")


@page("install", height=3000)
def process_shows_what_it_and_its_children_touched(t, b):
    b.click("#everything")
    b.click("#tab-processes")
    focus(b, "#processes")
    b.press("Home", "Down", "Enter")  # sh, which started install twice
    t.equal(b.text("#chosen-text"), "of process 1001 sh")
    t.equal(b.focused(), "paths")
    with_children = shown(b)[0]
    t.true("chapter-00.html" in names(b) and "libhello.so.1" not in names(b), names(b))
    b.click("#children")
    t.true("chapter-00.html" not in names(b) and ".bashrc" in names(b), names(b))
    t.true(shown(b)[0] < with_children)
    b.click("#unchoose")
    t.equal(shown(b), (63, 63))


@page("install", height=3000)
def process_tree_shows_commands_and_how_they_ended(t, b):
    b.click("#tab-processes")
    listed = rows(b)
    t.equal([(level, name) for level, name, _ in listed], [
        (1, "1000 make install"), (2, "1001 /bin/sh -c 'install -m 755 hello /usr/local/bin && echo done'"),
        (3, "1002 install -m 755 hello /usr/local/bin"),
        (3, "1003 install -m 644 'doc/*.html' /usr/local/share/doc/hello"), (2, "1004 mv libhello.so.2.new libhello.so.2"),
        (2, "1005 ldconfig")])
    t.true("exit status 2" in listed[0][2] and "5 refused exit status 1" in listed[1][2], listed)
    focus(b, "#processes")
    b.press("Home", "Down")
    t.true(re.search(r"Started by\s+1000 make[\s\S]*exit status 1[\s\S]*Written\s+12\.1 KiB[\s\S]*/usr/bin/dash",
                     b.text("#details")), b.text("#details"))


@page("install", height=3000)
def span_of_time_shows_what_happened_in_it(t, b):
    b.click("#everything")
    all_calls = b.text("#span-text")
    focus(b, "#from")
    b.press(*["PageUp"] * 6)
    late = b.text("#span-text")
    t.true(late != all_calls and ", 5 refused" in late, late)
    t.true(".bashrc" in names(b) and "libc.so.6" not in names(b), names(b))
    focus(b, "#to")
    b.press("Home")
    t.equal(b.js("return Number(document.getElementById('to').value) - Number(document.getElementById('from').value)"), 1,
            "the ends do not pass each other")
    b.click("#everything")
    t.equal((b.text("#span-text"), shown(b)), (all_calls, (63, 63)))


# ---- by hand ----

@page("install", height=2400)
def rows_fold_and_unfold(t, b):
    focus(b, "#paths")
    b.press("Home")
    everything = len(rows(b))
    b.press("Left")
    t.equal(names(b), ["/", "Internet", "inet:203.0.113.7:443"])
    t.equal(b.js("return document.querySelector('.row').getAttribute('aria-expanded')"), "false")
    b.press("Right")
    t.equal(len(rows(b)), everything)
    b.press("Right", "Down", "Left")
    t.equal(b.js("return document.querySelector('[aria-selected=true] .name').textContent"), "etc/", "to the parent")
    b.click("[aria-selected=true] .twist")
    t.true("ld.so.cache" not in names(b), "by pointer")
    b.click("#fold")
    t.equal(len(rows(b)), 2)
    b.click("#unfold")
    t.equal(len(rows(b)), everything)
    b.press("Home")
    focus(b, "#paths")
    b.press("Home", "Left", "*")
    t.equal(len(rows(b)), everything, "all below, by one key")


@page("install")
def page_works_by_keyboard_alone(t, b):
    b.press("/")
    t.equal(b.focused(), "search")
    b.press(*"chapter")
    t.equal(shown(b)[0], 40)
    b.press("Down")
    t.equal(b.focused(), "paths")
    b.press("End")
    t.true("chapter-39.html" in b.text("#details"))
    t.equal(b.js("""const row = document.getElementById(document.getElementById('paths').getAttribute('aria-activedescendant'));
        const {top, bottom} = row.getBoundingClientRect(), box = row.closest('[role=tree]').getBoundingClientRect();
        return [row.querySelector('.name').textContent, top >= box.top && bottom <= box.bottom + 1]"""),
            ["chapter-39.html", True], "the row with the focus is in sight")
    b.press("Home", *"chapter-07")
    t.true("chapter-07.html" in b.text("#details"), "type-ahead")
    b.press("/", "Escape", "Tab")
    t.equal(b.focused(), "kind-changed")
    b.press("Space")
    t.equal(b.js("return document.getElementById('kind-changed').checked"), False)
    seen = []
    for _ in range(12):
        b.press("Tab")
        seen.append(b.focused())
    for wanted in ["kind-refused", "kind-read", "everything", "tab-paths", "unfold", "fold", "paths", "details"]:
        t.true(wanted in seen, (wanted, seen))
    b.js("document.getElementById('tab-paths').focus()")
    b.press("Right")
    t.equal((b.focused(), b.js("return document.getElementById('panel-paths').hidden")), ("tab-processes", True))
    t.equal(b.js("""const ring = getComputedStyle(document.activeElement); return ring.outlineStyle + ring.outlineWidth"""),
            "solid2px", "the focus is seen")


@page("install")
def every_control_has_a_name_and_every_row_its_place(t, b):
    nodes = b.cdp("Accessibility.getFullAXTree")["nodes"]
    value = lambda node, key: node.get(key, {}).get("value", "")
    controls = [(value(n, "role"), value(n, "name")) for n in nodes
                if value(n, "role") in ("button", "checkbox", "searchbox", "slider", "tab", "tree")]
    t.equal([c for c in controls if not c[1]], [])
    t.equal({role for role, _ in controls}, {"button", "checkbox", "searchbox", "slider", "tab", "tree"})
    items = [n for n in nodes if value(n, "role") == "treeitem"]
    t.true(len(items) > 10, len(items))
    levels = [p["value"]["value"] for n in items for p in n["properties"] if p["name"] == "level"]
    t.equal((len(levels), min(levels)), (len(items), 1))
    t.true(b.js("return [...document.querySelectorAll('.row')].every(row => row.getAttribute('aria-setsize') > 0)"))


# ---- on which ground ----

# Contrast as WCAG 2 counts it, of each text with the colour behind it; the worst.
CONTRAST = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
function behind(element) {
    for (let at = element; at; at = at.parentElement) {
        const colour = numbers(getComputedStyle(at).backgroundColor);
        if (colour.length < 4 || colour[3] === 1)
            return colour;
    }
    return numbers(getComputedStyle(document.documentElement).backgroundColor);
}
let worst = [99, ''];
for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest('script'))
        continue;
    const pair = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < worst[0])
        worst = [ratio, element.outerHTML.slice(0, 200)];
}
return worst"""


@page("install", height=2400)
def text_stands_out_in_light_and_dark(t, b):
    grounds = []
    for dark in (False, True):
        b.media(dark=dark)
        grounds.append(b.style("html", "backgroundColor"))
        ratio, where = b.js(CONTRAST)
        t.true(ratio >= 4.5, f"contrast {ratio:.2f}, {'dark' if dark else 'light'}: {where}")
    t.equal(grounds, ["rgb(255, 255, 255)", "rgb(21, 23, 27)"])


@page("install")
def paper_has_verdict_refusals_and_changes_as_lists(t, b):
    b.media(printed=True)
    b.until("return document.getElementById('paper').childElementCount > 0")
    paper = b.text("#paper")
    for line in ["Refused (5 calls)", "/home/joe/.bashrc write startup.ini:19", "Deleted (1)", "/usr/local/lib/libhello.so.1",
                 "/usr/local/bin/hello created set-user-ID program", "chapter-39.html created",
                 "/usr/local/lib/libhello.so.2 renamed from /usr/local/lib/libhello.so.2.new", "/var/lib/hello attributes"]:
        t.true(line in paper, (line, paper))
    t.equal([b.style(css, "display") for css in ("main", "#filters", "#activity", "h1")], ["none"] * 3 + ["block"])
    b.media(dark=True, printed=True)
    t.equal((b.style("html", "backgroundColor"), b.style("h1", "color")), ("rgb(255, 255, 255)", "rgb(0, 0, 0)"))
    t.true(b.pdf().startswith(b"%PDF-"))


@page("hostile")
def narrow_screen_needs_no_scrolling_sideways(t, b):
    for width in (1400, 800, 380):
        b.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        t.true(b.js("return document.documentElement.scrollWidth <= window.innerWidth"), width)


# ---- much ----

@page("large", size=200000)
def two_hundred_thousand_touches_are_there_at_once(t, b):
    ready = b.js("return performance.getEntriesByName('shown')[0].startTime") / 1000
    print(f"report of 200000 touches: {ready:.2f} s until it is shown", flush=True)
    t.true(ready < ENOUGH, ready)
    t.true(b.js("return document.querySelectorAll('*').length") < 2500, "only what is in sight is in the page")
    for act in ("document.getElementById('everything').click()", "document.getElementById('unfold').click()"):
        began = time.monotonic()
        b.js(act)
        t.true(time.monotonic() - began < ENOUGH, act)
    began = time.monotonic()
    b.type("#search", "module-001234.js")
    t.true(time.monotonic() - began < ENOUGH, "search")
    t.equal(shown(b), (1, 150001))
    t.true("module-001234.js" in names(b), names(b))
    b.click("#everything")
    focus(b, "#paths")
    b.press("Home", "*", "End")
    t.true(b.text("#details"))
