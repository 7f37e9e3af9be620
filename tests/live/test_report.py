"""The page of --report in headless Chromium: what it tells, and that nothing of the command's ever runs in it."""
import re
import socket
import time

from browser import Browser, installed
from harness import promise
from reports import RAN, focus, names, page, report, row_of, rows, shown


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
    t.equal(row_of(b, "share/doc/hello/")[2], "created below: 40 created 41 paths", "directories that hold one other are one row")


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


# ---- of real runs ----

POLICY = """
    [write]
    default = log
    [read]
    deny = {dir}/secret
    [exec]
    default = log
    [log]
    results = yes
    changes = yes
    """
SCRIPT = """echo new > '<img src=x onerror={ran}>'
echo more >> old; rm gone; mv here there; mkdir sub; chmod 700 kept; : > temporary; rm temporary
cat {dir}/secret; chmod 4755 old; exit 3"""


def real(t, *options):
    """A run of which all is known, with these options."""
    for name in ("old", "gone", "here", "kept"):
        t.file(f"work/{name}", name)
    t.file("secret", "hush")
    run = t.run(["sh", "-c", SCRIPT.format(dir=t.dir, ran=RAN)], POLICY.format(dir=t.dir), options=options)
    t.equal(run.status, 3, run)
    return run


def judge_real(t, file):
    with Browser(t.dir, height=2000) as b:
        b.open(file)
        t.equal((b.console(), b.requests(), b.js("return window.ran")), ([], [file.as_uri()], None))
        t.equal(b.text("h1"), "1 call was refused")
        t.true(b.text("#effect").startswith("Files and directories: 2 created, 1 modified, 1 deleted, 1 renamed, "
                                            "attributes of 1 changed."), b.text("#effect"))
        t.true("Exit status\n3" in b.text("#facts"), b.text("#facts"))
        t.true(f"{t.dir}/secret read" in b.text("#notable").replace("\u200b", ""), b.text("#notable"))
        found = {name: rest for _, name, rest in rows(b)}
        wanted = {"old": "set-user-ID program modified", "gone": "deleted", "there": "renamed", "here": "renamed away",
                  "sub/": "created", "kept": "mode", "secret": "refused", f"<img src=x onerror={RAN}>": "created"}
        t.equal({name: found.get(name) for name in wanted}, wanted)
        b.type("#search", "work/old")
        focus(b, "#paths")
        b.press("End")
        t.true(re.search(r"sh\s+openat write O_WRONLY O_CREAT O_APPEND\s+done", b.text("#details")), b.text("#details"))


@promise(needs="once")
def report_of_a_run_tells_what_it_did(t):
    if not installed():
        t.skip("no chromium")
    real(t, f"--report={t.dir}/report.html")
    judge_real(t, t.dir / "report.html")


@promise(needs="once")
def report_of_a_record_tells_the_same(t):
    if not installed():
        t.skip("no chromium")
    real(t)
    record = next(t.records.iterdir())
    t.equal(t.task(f"--from={record}", f"--report={t.dir}/report.html").status, 0)
    judge_real(t, t.dir / "report.html")
