"""stopgate.record(5): every recipe is run as it is printed, on the record of a real run."""
import functools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

from harness import BUILD, STOPGATE, promise

PAGE = BUILD.parent / "man/stopgate.record.5"

# What the run does, and what every answer is checked against.
SCRIPT = r"""
mkdir -p out/sub
echo one > out/a
cp out/a out/b
mv out/b out/sub/moved
ln -s a out/link
chmod 4755 tool
mv old out/renamed
echo more >> grown
rm gone
rmdir out
cat secret/key
cat secret/key
printf 'x' > "$(printf 'out/bad\033[2J\377')"
python3 -c 'import socket; socket.socket().connect_ex(("127.0.0.1", 1))'
exit 3
"""
POLICY = """
    [log]
    results = yes
    [connect]
    default = log
    """


@functools.cache
def recipes():
    "{title: commands}, as a reader sees them."
    found = {}
    for part in re.split(r"^\.Ss ", PAGE.read_text(), flags=re.M)[1:]:
        block = re.search(r"^\.Bd -literal\n(.*?)\n\.Ed$", part, re.M | re.S)
        if block:
            found[part.split("\n")[0]] = plain(block[1])
    return found


def plain(text):
    for escape, character in (("\\(aq", "'"), ("\\(ha", "^"), ("\\(ti", "~"), ("\\(ga", "`"),
                              ("\\&", ""), ("\\e", "\\")):
        text = text.replace(escape, character)
    return text


def tools(t, *names):
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        t.skip(f"no {' '.join(missing)}")


def record(t):
    "Make the run; its record is t.work/record.json."
    for name in ("old", "gone", "tool"):
        t.file(f"work/{name}", "#!/bin/sh\n")
    t.file("work/grown", "grown\n")
    t.file("work/secret/key", "hush")
    t.file("work/do.sh", SCRIPT)
    run = t.run(["sh", "do.sh"], ["installer", POLICY], options=["-d", t.work / "secret"])
    t.equal(run.status, 3, run)
    (t.work / "record.json").write_text(run.record)
    return run


def cook(t, title, shell="bash", **replaced):
    "The JSON texts that a recipe prints; in ASCII, whatever the names are."
    tools(t, "jq", "sqlite3", shell)
    code = recipes()[title]
    for old, new in replaced.values():
        t.true(old in code, code)
        code = code.replace(old, str(new))
    run = t.bare([shell, "-c", code])
    t.equal((run.status, run.err), (0, ""), run)
    t.true(not re.search("[\x00-\x09\x0b-\x1f\x7f-\uffff]", run.out), run.out)
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(run.out.rstrip()):
        value, at = decoder.raw_decode(run.out, at)
        found.append(value)
        at += len(run.out[at:]) - len(run.out[at:].lstrip())
    return found


@promise
def what_was_refused_by_rule(t):
    record(t)
    secret = t.work / "secret"
    t.equal(cook(t, "What was refused, by rule"), [[2, f"-d {secret}", [f"{secret}/key"]]])


@promise
def all_names_that_were_changed(t):
    record(t)
    found = {tuple(c[:1] + [os.path.relpath(p, t.work) for p in c[1:]])
             for c in cook(t, "All names that were changed") if c[1].startswith(f"{t.work}/")}
    t.equal(found, {("created", "out"), ("created", "out/a"), ("created", "out/sub"), ("created", "out/sub/moved"),
                    ("created", "out/link"), ("created", "out/bad\x1b[2J\ufffd"), ("renamed", "out/renamed", "old"),
                    ("modified", "grown"), ("deleted", "gone"), ("attributes", "tool")})


@promise
def changes_to_look_at(t):
    record(t)
    t.equal([c[1:] for c in cook(t, "Changes to look at")], [["attributes", f"{t.work}/tool"]])


@promise
def programs_that_were_run(t):
    record(t)
    found = cook(t, "Programs that were run")
    t.equal(found[0][2], ["sh", "do.sh"])
    t.equal([argv for _, _, argv in found].count(["cat", "secret/key"]), 2)
    t.true(["cp", "out/a", "out/b"] in [argv for _, _, argv in found], found)
    t.true(all(path.startswith("/") for _, path, _ in found))


@promise
def who_wrote_a_file(t):
    record(t)
    found = cook(t, "Who wrote a file", file=("/usr/local/bin/tool", t.work / "out/sub/moved"))
    t.equal([(comm, action) for _, _, comm, _, action in found], [("mv", "log")])
    found = cook(t, "Who wrote a file", file=("/usr/local/bin/tool", t.work / "out/a"))
    t.equal([(comm, action) for _, _, comm, _, action in found], [("sh", "log")])


@promise
def ten_busiest_directories(t):
    run = record(t)
    found = dict((d, n) for n, d in cook(t, "The ten busiest directories"))
    t.true(len(found) <= 10)
    t.equal(found[f"{t.work}/"], len([c for c in run.calls if os.path.dirname(c.get("path", "")) == str(t.work)]))
    t.true(f"{t.work}/out/" in found, found)


@promise
def connections(t):
    record(t)
    found = cook(t, "Connections")
    t.true(["python3", "connect", "inet:127.0.0.1:1", "log", "ECONNREFUSED"] in [c[1:] for c in found], found)


@promise
def calls_that_failed(t):
    record(t)
    found = [c[1:] for c in cook(t, "Calls that failed")]
    t.true(any(c[0] == "rmdir" and c[2:] == [f"{t.work}/out", "ENOTEMPTY"] for c in found), found)
    t.true(all("secret" not in c[2] for c in found), found)


@promise
def tree_of_processes(t):
    record(t)
    [tree] = cook(t, "The tree of processes")
    t.equal(tree["ran"], [["sh", "do.sh"]])
    ran = [child["ran"] for child in tree["made"]]
    t.true([["mkdir", "-p", "out/sub"]] in ran and [["rm", "gone"]] in ran, ran)


@promise
def whether_a_record_is_whole(t):
    run = record(t)
    title = "Whether a record is whole"
    t.equal([w[2:] for w in cook(t, title)], [[[], True]])
    lines = run.record.splitlines(True)
    (t.work / "record.json").write_text("".join(lines[:4] + lines[6:-1]))
    (t.work / "other.json").write_text(t.run(["true"], "installer").record)
    found = {w[1]: w[2:] for w in cook(t, title)}
    t.equal(len(found), 2)
    t.equal(found[run.records[0]["run"]], [[4, 5], False])


@promise
def one_record_out_of_many(t):
    run = record(t)
    other = t.run(["true"], "installer")
    (t.work / "other.json").write_text(other.record)
    tools(t, "jq")
    code = recipes()["One record out of many"]
    merged = [json.loads(line) for line in t.bare(["sh", "-c", code]).out.splitlines()]
    t.equal(len(merged), len(run.records) + len(other.records))
    t.equal([r for r in merged if r["run"] == run.records[0]["run"]], run.records)
    t.equal([r["time"] for r in merged], sorted(r["time"] for r in merged))


@promise
def sqlite_answers(t):
    run = record(t)
    for _ in range(2):  # the second time nothing is added
        cook(t, "Load a record")
    rows = t.bare(["sqlite3", "runs.db", "SELECT count(*), sum(line LIKE '{\"event\":%}') FROM record"]).out
    t.equal(rows, f"{len(run.records)}|{len(run.records)}\n")
    t.equal(cook(t, "Refusals by rule"), [{"rule": f"-d {t.work}/secret", "refused": 2}])
    most = cook(t, "Which programs change most")
    wanted = [c for c in run.calls if c["class"] in ("write", "create", "delete", "attr") and c["action"] == "log"]
    t.equal({r["comm"]: r["calls"] for r in most}.get("cp"), len([c for c in wanted if c["comm"] == "cp"]))
    largest = cook(t, "The largest new files")
    t.equal({(r["path"], r["size"]) for r in largest if r["path"].endswith(("/a", "/moved"))},
            {(f"{t.work}/out/a", 4), (f"{t.work}/out/sub/moved", 4)})


# ---- sending it on ----

MAKEFILE = "install:\n\tmkdir -p out\n\techo x > out/file\n"


def receivers(t):
    """A directory with stopgate, a systemd-cat that keeps what it reads, and the logger of this
    machine with a socket of ours. Returns the environment, and what yields the lines received."""
    tools(t, "bash", "make")
    t.file("work/Makefile", MAKEFILE)
    bin_dir = t.mkdir("bin")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(t.dir / "log"))
    sock.settimeout(5)
    received = []

    def listen():
        try:
            while not (received and b'"event":"end"' in received[-1]):
                received.append(sock.recv(1 << 18))
        except TimeoutError:
            pass

    listener = threading.Thread(target=listen)
    listener.start()

    def lines():
        listener.join()
        sock.close()
        return [json.loads(text[text.index(b"{"):]) for text in received]

    t.file("bin/systemd-cat", f'#!/bin/sh\n[ "$*" = "-t stopgate" ] && exec cat > {t.dir}/journal\n', 0o755)
    t.file("bin/logger", f'#!/bin/sh\nexec {shutil.which("logger") or "false"} --socket {t.dir}/log "$@"\n', 0o755)
    (bin_dir / "stopgate").symlink_to(STOPGATE)
    return {"PATH": f"{bin_dir}:/usr/local/bin:/usr/bin:/bin"}, lines


def is_whole(t, records):
    t.equal([r["seq"] for r in records], list(range(len(records))))
    t.equal((records[0]["event"], records[-1]["event"]), ("start", "end"))
    t.equal(records[0]["argv"], ["make", "install"])


def has_size_option():
    logger = shutil.which("logger")
    return logger and b"--size" in subprocess.run([logger, "--help"], stdout=subprocess.PIPE, check=False).stdout


@promise(each=["To syslog", "Through a FIFO", "To a file and to somebody else"])
def record_reaches_syslog(t, title):
    if not has_size_option():
        t.skip("no logger of util-linux")
    env, lines = receivers(t)
    run = t.bare(["bash", "-c", recipes()[title]], env=env)
    t.equal(run.status, 0, run)
    is_whole(t, lines())
    if "file" in title:
        is_whole(t, [json.loads(line) for line in (t.work / "record.json").read_text().splitlines()])


@promise
def record_reaches_the_journal(t):
    tools(t, "bash", "make")
    env, _ = receivers(t)
    run = t.bare(["bash", "-c", recipes()["To the journal"] + "; sleep 0.3"], env=env)
    t.equal(run.status, 0, run)
    is_whole(t, [json.loads(line) for line in (t.dir / "journal").read_text().splitlines()])


# ---- the page ----

@promise(needs="once")
def every_recipe_has_a_test(t):
    source = pathlib.Path(__file__).read_text()
    t.true(len(recipes()) >= 19, recipes().keys())
    t.equal([title for title in recipes() if f'"{title}"' not in source], [])


@promise(needs="once")
def recipes_can_be_copied_from_the_screen(t):
    "What man(1) prints is what was run: no quotes, dashes or line breaks of its own."
    tools(t, "man")
    run = t.bare(["man", "-l", PAGE], env={"MANWIDTH": "100", "MAN_KEEP_FORMATTING": None, "LANG": "C.UTF-8"})
    if run.status:
        t.skip("man cannot format a page")
    shown = [line.strip() for line in re.sub(".\b", "", run.out).split("\n")]
    missing = [line for code in recipes().values() for line in code.split("\n") if line.strip() not in shown]
    t.equal(missing, [])


@promise(needs="once")
def page_names_every_field(t):
    schema = json.loads((BUILD.parent / "tests/record.schema.json").read_text())
    text = PAGE.read_text()
    fields = {f for d in schema["$defs"].values() if isinstance(d, dict)
              for f in d.get("properties", {}) if not f.endswith(("_hex", "_cut"))}
    listed = {word for words in re.findall(r"^\.It (.*?) Ta ", text, re.M) for word in words.split(", ")}
    t.equal(sorted(fields - listed), [])
