"""The page of --report in headless Chromium: search and filters, by keyboard alone, on each ground, and with much in it."""
import re
import time

from reports import focus, names, only, page, row_of, rows, shown

ENOUGH = 10  # seconds for what takes less than one where nobody else works


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


@page("flat", size=150000)
def one_directory_of_all_refused_and_deleted_is_no_harder(t, b):
    t.equal(shown(b), (150000, 150001))
    t.equal(b.texts("#notable h3"), ["Refused (150,000 calls)", "Deleted (150,000)"])
    b.click("#notable button:not(.link)")
    t.true("/flat/000500" in b.text("#notable"), "deletions and refusals are all within reach")
    b.click("#unfold")
    focus(b, "#paths")
    b.press("Home", "*", "End")
    t.true("/flat/" in b.text("#details"), b.text("#details"))
    b.click("#tab-processes")
    b.click("#unfold")
    focus(b, "#processes")
    b.press("Home", "Enter")
    t.equal(shown(b)[0], 150000)
