"""Records of real runs: complete, valid, one line each; and a run ends when they cannot be written."""
import fcntl
import json
import os
import pathlib
import re
import resource
import threading
import time

from harness import STOPGATE, UNSAFE, promise
from test_run_follow import LIFE, alive, wait_until

VALIDATE = pathlib.Path(__file__).parent.parent / "validate_records.py"

HOSTILE = [
    ("newline", b"a\nb"), ("escape", b"\x1b[31mred\x1b[0m"), ("bell", b"a\x07\x08\x7f"),
    ("c1", "a\u0085b\u009bc".encode()), ("raw_c1", b"a\x9b31m"), ("not_utf8", b"\xff\xfe\x80\xc0\xaf"),
    ("surrogate", b"\xed\xa0\x80x"), ("bidi", "abc\u202etxt.exe\u2066".encode()),
    ("separator", "a\u2028b\u2029c".encode()), ("cut_short", b"tail\xe2\x82"),
    ("quotes", b"a\"b'c\\d"), ("like_a_record", b"x\n{\"event\":\"end\"}\n"), ("space", b" a  b "),
]


def validate(t, data):
    run = t.bare(["/usr/bin/python3", VALIDATE], stdin=data)
    t.equal(run.status, 0, run.err)


def exact(record, key):
    """The bytes that a record states."""
    if key + "_hex" in record:
        return bytes.fromhex(record[key + "_hex"])
    return record[key].encode()


# ---- form ----

@promise(each=HOSTILE)
def hostile_name_of_a_file_is_recorded_safely_and_exactly(t, case):
    path = os.fsencode(t.dir) + b"/" + case[1]
    pathlib.Path(os.fsdecode(path)).write_text("x")
    run = t.run([LIFE, "open", path])
    t.equal(run.out, "opened\n")
    validate(t, run.record.encode("utf-8", "surrogateescape"))
    t.true(path in [exact(r, "path") for r in run.calls if "path" in r], run)
    t.equal([exact(r, "path") for r in run.calls][-1].count(b"pipe:"), 1)


@promise(each=HOSTILE)
def hostile_name_of_a_process_and_of_arguments_is_recorded_safely(t, case):
    mark = t.file("mark")
    argv = [LIFE, "name", case[1][:15], mark]
    run = t.run(argv)
    validate(t, run.record.encode("utf-8", "surrogateescape"))
    t.equal(exact(run.one(path=mark), "comm"), case[1][:15])
    text = t.run(argv, fmt="text")
    for line in text.record.split("\n"):
        t.true(not UNSAFE.search(line) and "\x1b" not in line, repr(line))


@promise(each=HOSTILE)
def text_has_one_line_per_record(t, case):
    path = os.fsencode(t.dir) + b"/" + case[1]
    pathlib.Path(os.fsdecode(path)).write_text("x")
    for argv in ([LIFE, "open", path], ["sh", "-c", 'echo "$1" "$0"', case[1], case[1]]):
        run, text = t.run(argv), t.run(argv, fmt="text")
        lines = text.record.split("\n")
        t.equal(lines.pop(), "")
        t.equal(len(lines), len(run.records), text.record)
        for line in lines:
            t.true(not UNSAFE.search(line), repr(line))
            line.encode()  # no byte that is not UTF-8


@promise
def first_record_is_start_and_last_is_end(t):
    run = t.run(["sh", "-c", "cat /etc/passwd > copy; (exit 3); exit 2"])
    validate(t, run.record.encode())
    kinds = [r["event"] for r in run.records]
    t.equal((kinds[0], kinds[-1], kinds.count("start"), kinds.count("end")), ("start", "end", 1, 1))
    start, end = run.records[0], run.records[-1]
    t.equal(start["argv"], ["sh", "-c", "cat /etc/passwd > copy; (exit 3); exit 2"])
    t.equal((start["mode"], start["policy"], end["status"], end["dropped"]), ("enforce", [], 2, 0))
    counted = {}
    for r in run.calls:
        by = counted.setdefault(r["class"], {})
        by[r["action"]] = by.get(r["action"], 0) + 1
    t.equal(end["counts"], counted)
    times = [r["time"] for r in run.records]
    t.equal(times, sorted(times))


@promise
def lines_say_machine_and_run_and_are_numbered_without_a_gap(t):
    runs = [t.run(["sh", "-c", "cat /etc/passwd; cat /etc/group"]) for _ in range(2)]
    for run in runs:
        t.equal([r["seq"] for r in run.records], list(range(len(run.records))))
        t.equal({exact(r, "host") for r in run.records}, {os.fsencode(os.uname().nodename)})
        t.equal(len({r["run"] for r in run.records}), 1)
    t.true(runs[0].records[0]["run"] != runs[1].records[0]["run"])


@promise
def text_says_the_run_once(t):
    texts = [t.run(["true"], fmt="text").record.split("\n") for _ in range(2)]
    t.true(all(re.search("; run [0-9a-f]{16}$", text[0]) for text in texts), texts)
    t.true(texts[0][0] != texts[1][0])
    t.true(not any("; run " in line for text in texts for line in text[1:]))


@promise
def start_says_where_it_was_started(t):
    start = t.run(["true"]).records[0]
    t.equal((start["cwd"], start["home"]), (os.path.realpath(t.work), str(t.home)))
    for env in ({"HOME": ""}, {"HOME": "relative"}):
        t.true("home" not in t.run(["true"], env=env).records[0])


@promise(each=HOSTILE, needs="root")
def hostile_name_of_a_machine_is_recorded_safely_and_exactly(t, case):
    name = t.file("name")
    name.write_bytes(case[1][:64])
    if t.bare(["unshare", "--uts", "true"]).status:
        t.skip("no UTS namespace can be made")
    run = t.bare(["unshare", "--uts", "/usr/bin/python3", "-c",
                  "import ctypes, os, sys\n"
                  "name = open(sys.argv[1], 'rb').read()\n"
                  "ctypes.CDLL(None).sethostname(name, len(name)) and sys.exit(9)\n"
                  "os.execv(sys.argv[2], sys.argv[2:])",
                  name, STOPGATE, "--format=json", "-o", t.dir / "log", "true"])
    t.equal(run.status, 0, run)
    data = (t.dir / "log").read_bytes()
    validate(t, data)
    t.equal({exact(json.loads(line), "host") for line in data.splitlines()}, {case[1][:64]})


@promise
def records_of_a_process_are_between_its_fork_and_its_exit(t):
    run = t.run(["sh", "-c", "(cat /etc/passwd; cat /etc/group) > /dev/null & ls > /dev/null; wait"])
    begun, ended = {run.event("process", "exec")[0]["pid"]}, set()
    for r in run.records[1:-1]:
        t.true(r["pid"] in begun and r["pid"] not in ended, r)
        if r.get("process") == "fork":
            begun.add(r["child"])
        if r.get("process") == "exit":
            ended.add(r["pid"])
    t.equal(begun, ended)


@promise
def colour_is_only_for_terminals(t):
    for env in ({"TERM": "xterm"}, {"TERM": "xterm", "FORCE_COLOR": "1"}):
        run = t.run(["true"], fmt=None, record=None, env=env)
        t.true("exit status 0" in run.err and "\x1b" not in run.err, run)


# ---- completeness ----

@promise(each=[("logged", ""), ("refused", "deny")])
def every_one_of_five_thousand_opens_by_eight_threads_is_recorded(t, case):
    mark = t.file("mark")
    policy = f"""
        [read]
        default = log
        deny = {mark}
        """ if case[1] else None
    run = t.run([LIFE, "opens", 8, 5000, mark], policy)
    t.equal(run.out, "5000 failed\n" if case[1] else "0 failed\n")
    t.equal(len(run.find(path=mark, action=case[1] or "log")), 5000)
    t.equal(run.event("end")[0]["counts"]["read"][case[1] or "log"],
            5000 if case[1] else len(run.find(cls="read")))


def read_slowly(fd, pause, chunk=8192):
    data = b""
    while True:
        part = os.read(fd, chunk)
        if not part:
            return data
        data += part
        time.sleep(pause)


def through_a_pipe(t, prepare, pause):
    """Start 2000 opens whose records go to a slowly read pipe."""
    mark = t.file("mark")
    reader, writer = os.pipe()
    prepare(writer)
    process = t.start([LIFE, "opens", 4, 2000, mark], record=None, stderr=writer)
    os.close(writer)
    data = read_slowly(reader, pause)
    os.close(reader)
    run = t.finish(process)
    t.equal((run.status, run.out), (0, "0 failed\n"), data[-2000:])
    records = [json.loads(line) for line in data.splitlines()]
    t.equal(len([r for r in records if r.get("path") == str(mark)]), 2000)
    t.equal(records[-1]["event"], "end")


@promise
def slow_reader_of_a_pipe_loses_nothing(t):
    through_a_pipe(t, lambda fd: None, 0.004)


@promise
def slow_reader_of_a_pipe_that_does_not_block_loses_nothing(t):
    through_a_pipe(t, lambda fd: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK), 0.004)


@promise
def tiny_pipe_loses_nothing(t):
    through_a_pipe(t, lambda fd: fcntl.fcntl(fd, 1031, 4096), 0.001)  # F_SETPIPE_SZ


@promise
def records_share_standard_error_with_the_command(t):
    with open(t.dir / "both", "wb") as both:
        t.run(["sh", "-c", "for i in 1 2 3; do echo said $i >&2; done"], record=None, fmt=None, stderr=both)
    lines = (t.dir / "both").read_text().splitlines()
    t.equal([line for line in lines if line.startswith("said")], ["said 1", "said 2", "said 3"])
    t.equal(lines[-1].split(";")[0], "stopgate: exit status 0")


@promise
def limit_of_records_is_kept_and_told(t):
    mark = t.file("mark")
    policy = """
        [read]
        default = log
        [log]
        limit = 50
        """
    run = t.run([LIFE, "opens", 2, 200, mark], policy)
    t.equal(run.status, 0)
    validate(t, run.record.encode())
    t.equal(len(run.calls) + len(run.event("process")), 50)
    t.equal([r["limit"] for r in run.event("limit")], [50])
    end = run.event("end")[0]
    logged = end["counts"]["read"]["log"]
    t.true(logged >= 200)
    t.true(end["dropped"] >= 150, end)
    text = t.run([LIFE, "opens", 2, 200, mark], policy, fmt="text")
    t.true("limit of 50 records" in text.record and "records dropped" in text.record, text.record)


@promise
def limit_does_not_keep_calls_from_being_refused(t):
    mark = t.file("mark")
    policy = f"""
        [read]
        deny = {mark}
        [log]
        limit = 5
        """
    run = t.run([LIFE, "opens", 4, 400, mark], policy)
    t.equal(run.out, "400 failed\n")
    t.equal(run.event("end")[0]["counts"]["read"]["deny"], 400)


# ---- folding ----

FOLD = """
    [read]
    default = log
    [write]
    default = log
    [output]
    default = log
    [log]
    fold = yes
    """


def unfolded(run):
    "Each call record as often as there was a call; a repeated one stands behind its first."
    calls, before = [], None
    for r in run.records:
        times = r.pop("repeated", None)
        plain = {k: v for k, v in r.items() if k not in ("time", "seq")}
        if times is not None and plain != before:
            raise AssertionError(f"repeats another record: {r}")
        before = plain
        calls += [r] * (times or 1) if r["event"] == "call" else []
    return calls


@promise(each=[("called", ""), ("returned", "results = yes")])
def records_alike_are_folded_and_none_is_lost(t, case):
    script = "import os\nfor i in range(300): os.write(1, b'x')\nfor i in range(50): os.write(1, b'%d' % (i % 2))"
    run = t.run(["/usr/bin/python3", "-c", script], FOLD + case[1])
    validate(t, run.record.encode())
    t.equal([r["seq"] for r in run.records], list(range(len(run.records))))
    t.equal([r.get("repeated") for r in run.find(call="write", data="x")], [None, 299])
    t.true(all(("result" in r) == bool(case[1]) for r in run.find(call="write")))
    calls = unfolded(run)
    t.equal(len([r for r in calls if r["call"] == "write"]), 350)
    counted = {}
    for r in calls:
        counted[r["class"]] = counted.get(r["class"], 0) + 1
    t.equal(run.event("end")[0]["counts"], {k: {"log": n} for k, n in counted.items()})


@promise
def first_of_records_alike_is_written_before_its_thread_goes_on(t):
    process = t.start(["/usr/bin/python3", "-c",
                       "import os, time\nfor i in range(100): os.write(1, b'x')\ntime.sleep(60)"], FOLD)
    t.equal(process.stdout.read(100), b"x" * 100)
    record = process.record.read_text()
    process.terminate()
    t.finish(process)
    t.equal((record.count('"data":"x"'), record.count('"repeated"')), (1, 0))


@promise
def folded_text_says_how_often(t):
    run = t.run(["/usr/bin/python3", "-c", "import os\nfor i in range(100): os.write(1, b'x')"], FOLD, fmt="text")
    lines = [line for line in run.record.split("\n") if '"x"' in line]
    t.equal(lines, [lines[0], lines[0] + "  (repeated 99 times)"])


# ---- rotation ----

def rotating(size, keep=999, more=""):
    return f"[read]\ndefault = log\n{more}\n[log]\nrotate = {size}\nkeep = {keep}\n"


def parts_of(record):
    "All files of the record, the oldest first."
    parts = [p for p in record.parent.glob(record.name + ".*") if p.suffix[1:].isdigit()]
    return sorted(parts, key=lambda p: -int(p.suffix[1:])) + [record]


@promise(each=[("small", "2000", 2000), ("large", "64K", 65536)])
def record_rotates_and_no_line_is_lost(t, case):
    record, mark = t.dir / "record/log", t.file("mark")
    run = t.run([LIFE, "opens", 4, 2000, mark], rotating(case[1]), record=record)
    t.equal((run.status, run.out), (0, "0 failed\n"))
    parts = parts_of(record)
    t.true(len(parts) > 5, parts)
    seq, runs = 0, set()
    for n, part in enumerate(parts):
        data = part.read_bytes()
        t.true(len(data) <= case[2], f"{part}: {len(data)}")
        t.equal(part.stat().st_mode & 0o777, 0o600)
        records = [json.loads(line) for line in data.splitlines()]
        t.equal(records[0].get("part", 1), n + 1)
        t.equal(records[0]["event"], "part" if n else "start")
        t.equal([r["seq"] for r in records], list(range(seq, seq + len(records))))
        seq += len(records)
        runs |= {r["run"] for r in records}
    t.equal(len(runs), 1)
    everything = b"".join(part.read_bytes() for part in parts)
    validate(t, everything)
    t.equal(everything.count(b'"path":"%s"' % os.fsencode(mark)), 2000)


@promise
def only_so_many_older_files_are_kept(t):
    record = t.dir / "record/log"
    old = [t.file(f"record/log.{n}", f"old {n}\n") for n in (1, 2, 5)]
    run = t.run([LIFE, "opens", 2, 300, t.file("mark")], rotating(4000, 3), record=record)
    t.equal(run.status, 0)
    t.equal([p.name for p in parts_of(record)], ["log.5", "log.3", "log.2", "log.1", "log"])
    t.equal(old[2].read_text(), "old 5\n")
    seqs = [json.loads(line)["seq"] for p in parts_of(record)[1:] for line in p.read_bytes().splitlines()]
    t.equal(seqs, list(range(seqs[0], seqs[-1] + 1)))


@promise
def files_of_an_earlier_run_move_on(t):
    record = t.dir / "record/log"
    t.file("record/log.1", "old\n")
    t.equal(t.run(["true"], rotating("1M"), record=record).status, 0)
    t.equal((t.dir / "record/log.1").read_text(), "old\n")
    t.equal(t.run(["true"], rotating(1), record=record).status, 0)
    t.equal(parts_of(record)[0].read_text(), "old\n")


@promise(each=[
    ("write", "echo x >> {}"), ("truncate", ": > {}"), ("remove", "rm -f {}"), ("rename", "mv {} {}.x"),
    ("replace", "echo x > x; mv -f x {}"), ("link", "ln {} {}.x"), ("mode", "chmod 644 {}"),
    ("touch", "touch {}"), ("move_directory", "mv ../record ../gone")])
def older_parts_cannot_be_changed_by_the_command(t, case):
    record = t.mkdir("place/record") / "log"
    t.file("place/record/log.1", "old\n")
    part = t.dir / "place/record/log.1"
    command = case[1].format(part, part)
    policy = rotating(1, more=f"[write]\ndefault = deny\nallow = {t.dir}\nallow = /dev/null")
    before = part.stat()
    run = t.run(["sh", "-c", command], policy, record=record, cwd=record.parent)
    # It has become log.N by now, unharmed.
    now = parts_of(record)[0]
    t.true(run.status != 0, run)
    t.equal(now.read_text(), "old\n")
    t.equal((now.stat().st_ino, now.stat().st_mode, now.stat().st_nlink, now.stat().st_mtime_ns),
            (before.st_ino, before.st_mode, 1, before.st_mtime_ns))


@promise
def newer_parts_cannot_be_changed_by_the_command(t):
    record = t.dir / "record/log"
    policy = rotating(1000, more=f"[write]\ndefault = deny\nallow = {t.dir}\nallow = /dev/null")
    script = f"cat /etc/passwd /etc/group > /dev/null; for i in 1 2 3; do echo X >> {record}.$i; rm -f {record}.$i; done"
    run = t.run(["sh", "-c", script], policy, record=record)
    everything = b"".join(p.read_bytes() for p in parts_of(record))
    records = [json.loads(line) for line in everything.splitlines()]
    t.equal([r["seq"] for r in records], list(range(len(records))))
    t.true(len([r for r in records if r.get("action") == "deny"]) >= 6, run)


@promise(each=[("standard_error", None, "standard error"), ("device", "/dev/null", "/dev/null")])
def what_is_no_regular_file_is_not_rotated(t, case):
    run = t.run(["touch", "ran"], rotating("1M"), record=case[1], fmt="text")
    ended(t, run, f"cannot rotate records on {case[2]}: only a regular file can be")
    t.true(not (t.work / "ran").exists())


@promise(needs="user")
def record_in_a_directory_that_is_not_ours_is_refused_before_the_command_runs(t):
    directory = t.mkdir("fixed")
    record = t.file("fixed/log")
    directory.chmod(0o555)
    run = t.run(["touch", "ran"], rotating("1M"), record=record, fmt="text")
    directory.chmod(0o755)
    ended(t, run, f"cannot rotate the record file '{record}': Permission denied")
    t.true(not (t.work / "ran").exists())


@promise
def check_says_how_records_are_kept(t):
    out = t.task("--check", policy=rotating("64K", 3, "[log]\nfold = yes").replace("[log]\nrotate", "rotate")).out
    t.true("records  text, to standard error; those alike in a row are counted\n"
           "         in files of at most 65536 bytes; 3 older ones are kept\n" in out, out)


@promise
def rotation_that_fails_ends_the_run(t):
    record = t.dir / "record/log"
    t.file("record/log.1", "old\n")
    t.mkdir("record/log.2")
    process = t.start([LIFE, "opens", 2, 3000, t.file("mark")], rotating("64K", 1), record=record)
    process.record = None
    run = t.finish(process)
    ended(t, run, f"cannot rotate the record file '{record}': Is a directory; the run was ended")
    t.equal((t.dir / "record/log.1").read_text(), "old\n")
    validate(t, record.read_bytes())


@promise(each=["replaced", "removed", "renamed"])
def record_file_whose_name_somebody_takes_ends_the_run(t, how):
    record = t.dir / "record/log"
    process = t.start(["sh", "-c", 'echo; sleep 0.4; "$@"', "sh", LIFE, "opens", 1, 300, t.file("mark")],
                      rotating(20000), record=record)
    process.stdout.readline()
    if how == "replaced":
        os.rename(t.file("record/other", "other\n"), record)
    elif how == "removed":
        record.unlink()
    else:
        record.rename(t.dir / "record/moved")
    process.record = None
    run = t.finish(process)
    ended(t, run, str(record), "changed by another process")
    t.equal([p.name for p in parts_of(record)], ["log"])


@promise(needs="root")
def disk_that_fills_up_while_files_rotate_ends_the_run(t):
    disk = t.mkdir("disk")
    mount = t.bare(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk])
    if mount.status:
        t.skip("no tmpfs can be mounted")
    try:
        path, record = t.dir / "appended", disk / "log"
        policy = rotating("50K", more="[write]\ndefault = log\n[output]\ndefault = log")
        process = t.start([LIFE, "append", path, 20000], policy, record=record)
        process.record = None
        run = t.finish(process)
        t.equal(run.status, 125, run.err)
        t.true("No space left" in run.err, run)
        parts = parts_of(record)
        t.true(len(parts) > 3, parts)
        recorded = [line for part in parts for line in part.read_bytes().split(b"\n") if b'"call":"write"' in line]
        t.true(len(recorded) >= path.read_bytes().count(b"\n"))
        validate(t, b"".join(part.read_bytes() for part in parts[:-1]))
    finally:
        t.bare(["umount", disk])


# ---- where they cannot be written ----

def ended(t, run, *words):
    t.equal(run.status, 125, run)
    for word in words:
        t.true(word in run.err, run)


@promise
def full_device_keeps_the_command_from_running(t):
    run = t.run(["touch", "ran"], record="/dev/full")
    ended(t, run, "/dev/full", "No space left")
    t.true(not (t.work / "ran").exists())


@promise
def full_standard_error_keeps_the_command_from_running(t):
    with open("/dev/full", "wb") as full:
        run = t.run(["touch", "ran"], record=None, stderr=full)
    t.equal(run.status, 125)
    t.true(not (t.work / "ran").exists())


@promise(each=[("missing", "no/such/dir/log", "No such file"), ("directory", ".", "Is a directory"),
               ("below_a_file", "/etc/passwd/log", "Not a directory")])
def record_file_that_cannot_be_opened_keeps_the_command_from_running(t, case):
    run = t.run(["touch", "ran"], record=case[1])
    ended(t, run, "cannot open record file", case[2])
    t.true(not (t.work / "ran").exists())


def filled(t, record, **more):
    """A command whose records do not fit must end, and have done nothing that is not in them."""
    path = t.dir / "appended"
    process = t.start([LIFE, "append", path, 20000], record=record, **more)
    run = t.finish(process)  # its record has no line that is cut
    t.equal(run.status, 125, run.err)
    t.true("cannot write records" in run.err, run)
    t.equal(alive(path), [])
    lines = path.read_bytes().count(b"\n") if path.exists() else 0
    t.true(100 < lines < 20000, lines)
    recorded = run.find(call="write", path=path)
    t.true(len(recorded) >= lines, f"{lines} lines are written, {len(recorded)} are recorded")


@promise(needs="root")
def disk_that_fills_up_ends_the_run(t):
    disk = t.mkdir("disk")
    mount = t.bare(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk])
    if mount.status:
        t.skip("no tmpfs can be mounted")
    try:
        filled(t, disk / "log")
    finally:
        t.bare(["umount", disk])


@promise
def limit_of_the_file_size_ends_the_run(t):
    "Which the kernel tells with SIGXFSZ."
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    filled(t, t.records / "limited", preexec_fn=limit)


@promise
def file_size_limit_of_nothing_keeps_the_command_from_running(t):
    run = t.run(["touch", "ran"], preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)))
    ended(t, run, "File too large")
    t.true(not (t.work / "ran").exists())


@promise
def pipe_that_nobody_reads_keeps_the_command_from_running(t):
    reader, writer = os.pipe()
    os.close(reader)
    run = t.run(["touch", "ran"], record=None, stderr=writer)
    os.close(writer)
    t.equal(run.status, 125)
    t.true(not (t.work / "ran").exists())


@promise
def reader_that_goes_away_ends_the_run(t):
    path = t.dir / "appended"
    reader, writer = os.pipe()
    process = t.start([LIFE, "append", path, 200000], record=None, stderr=writer)
    os.close(writer)
    data = os.read(reader, 20000)
    os.close(reader)
    t.true(data.startswith(b'{"event":"start"'))
    t.equal(t.finish(process).status, 125)
    t.equal(alive(path), [])


@promise(each=["truncated", "appended_to", "deleted", "overwritten"])
def record_file_that_somebody_changes_ends_the_run(t, how):
    process = t.start([LIFE, "tick", 15])
    process.stdout.readline()
    time.sleep(0.2)
    record = process.record
    if how == "truncated":
        os.truncate(record, 10)
    elif how == "deleted":
        record.unlink()
    else:
        with open(record, "ab" if how == "appended_to" else "r+b") as file:
            file.write(b"X" * 40)
    process.record = None
    run = t.finish(process, timeout=10)
    ended(t, run, str(record), "changed by another process")


@promise
def closed_standard_error_is_a_quiet_failure(t):
    run = t.run(["touch", "ran"], record=None, fmt=None, stderr=None,
                preexec_fn=lambda: os.close(2))
    t.equal((run.status, run.out), (125, ""), run)
    t.true(not (t.work / "ran").exists())


@promise
def closed_standard_error_does_not_matter_with_a_record_file(t):
    run = t.run(["sh", "-c", "echo on; exit 3"], preexec_fn=lambda: os.close(2))
    t.equal((run.status, run.out), (3, "on\n"), run)
    t.equal(run.event("end")[0]["status"], 3)


@promise
def old_record_file_is_replaced_and_private(t):
    record = t.file("record/old", "old text\n" * 100)
    run = t.run(["true"], record=record)
    t.true("old text" not in record.read_text())
    t.equal(run.records[0]["event"], "start")
    fresh = t.run(["true"])
    t.equal(fresh.status, 0)
    t.equal((t.records / "1.json").stat().st_mode & 0o777, 0o600)


@promise
def record_through_a_fifo_arrives(t):
    fifo = t.dir / "fifo"
    os.mkfifo(fifo)
    got = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    reader.start()
    run = t.run(["true"], record=fifo)
    reader.join(10)
    t.equal(run.status, 0)
    t.equal(json.loads(got[0].splitlines()[-1])["event"], "end")


@promise
def run_that_is_ended_leaves_no_process(t):
    mark = f"mark-{t.dir}"
    process = t.start([LIFE, "storm", mark, 20])
    process.stdout.readline()
    wait_until(t, lambda: len(alive(mark)) >= 5, "the storm has not begun")
    os.truncate(process.record, 0)
    t.equal(process.wait(10), 125)
    wait_until(t, lambda: not alive(mark), f"alive: {alive(mark)}")
