"""What a policy means while something runs: which rule wins, what each action does, what follows what."""
import os
import re

from harness import PROBE, promise
from rows import REFUSED, fill

WRITE = os.O_WRONLY


def opens(path, flags=WRITE):
    return ("openat", "cwd", f"s:{path}", flags)


# ---- which rule wins: (what the section says, path below {d}, who decides) ----

CONTESTS = {
    "deeper-allow": ("default = deny\ndeny = {d}\nallow = {d}/a", "a/b/file", "allow = {d}/a"),
    "deeper-deny": ("default = allow\nallow = {d}\ndeny = {d}/a", "a/b/file", "deny = {d}/a"),
    "allow-in-deny-in-allow": ("allow = {d}\ndeny = {d}/a\nallow = {d}/a/b", "a/b/file", "allow = {d}/a/b"),
    "deny-in-allow-in-deny": ("deny = {d}\nallow = {d}/a\ndeny = {d}/a/b", "a/b/file", "deny = {d}/a/b"),
    "sibling-is-not-covered": ("default = log\ndeny = {d}/a", "ab", "default = log"),
    "prefix-is-not-covered": ("default = log\ndeny = {d}/a/b/fil", "a/b/file", "default = log"),
    "itself-is-covered": ("default = log\ndeny = {d}/ab", "ab", "deny = {d}/ab"),
    "trailing-slash": ("default = log\ndeny = {d}/a/", "a/b/file", "deny = {d}/a/"),
    "dots-in-pattern": ("default = log\ndeny = {d}/a/./b/../b", "a/b/file", "deny = {d}/a/./b/../b"),
    "exact-beats-wildcard": ("deny = {d}/a/b/fil*\nallow = {d}/a/b/file", "a/b/file",
                             "allow = {d}/a/b/file"),
    "wildcard-with-longer-literal-beats": ("allow = {d}/*/b/file\ndeny = {d}/a/*/file", "a/b/file",
                                           "deny = {d}/a/*"),
    "star-stays-in-its-directory": ("default = log\ndeny = {d}/*", "a/b/file", "default = log"),
    "star-matches-one-name": ("default = log\ndeny = {d}/a/b/*", "a/b/file", "deny = {d}/a/b/*"),
    "question-mark": ("default = log\ndeny = {d}/a?", "ab", "deny = {d}/a?"),
    "brackets": ("default = log\ndeny = {d}/[a-c]b", "ab", "deny = {d}/[a-c]b"),
    "two-stars-cross": ("default = log\ndeny = {d}/**/file", "a/b/file", "deny = {d}/**"),
    "two-stars-at-the-end": ("default = log\ndeny = {d}/a/**", "a/b/file", "deny = {d}/a/**"),
    "tie-is-strictest": ("default = log\nlog = {d}/a\ndeny = {d}/a", "a/b/file", "deny = {d}/a"),
    "tie-log-beats-allow": ("default = deny\nallow = {d}/a\nlog = {d}/a", "a/b/file", "log = {d}/a"),
    "tie-kill-beats-deny": ("default = log\ndeny = {d}/a\nkill = {d}/a", "a/b/file", "kill = {d}/a"),
    "wildcard-tie-is-strictest": ("default = log\nallow = {d}/a/b/f*\ndeny = {d}/a/b/?ile", "a/b/file", None),
    "default-when-none-matches": ("default = deny\nallow = {d}/ab", "a/b/file", "default = deny"),
}


@promise(each=CONTESTS)
def rule_that_decides(t, name):
    """In whatever order the lines stand."""
    lines, path, winner = CONTESTS[name]
    t.file("d/a/b/file", "x")
    t.file("d/ab", "x")
    lines = lines.replace("{d}", str(t.dir / "d")).split("\n")
    outcomes = []
    for order in (lines, lines[::-1]):
        policy = "[write]\n" + "\n".join(order) + "\n"
        run = t.run_probe(policy, *opens(t.dir / "d" / path))
        record = run.find(call="openat", path=t.dir / "d" / path)
        record = record[-1] if record else {"action": "allow"}
        if winner:
            said = winner.replace("{d}", str(t.dir / "d"))
            action = said.split(" = ")[0] if not said.startswith("default") else said.split(" = ")[1]
            t.equal(record["action"], action, run)
            if action != "allow":
                t.equal(record["rule"], t.rule(policy, said), run)
        t.equal(run.status, 137 if record["action"] == "kill" else 0, run)
        if record["action"] != "kill":
            t.equal(run.errno, "EACCES" if record["action"] == "deny" else None, run)
        outcomes.append(record["action"])
    t.equal(outcomes[0], outcomes[1], "the order of lines matters")


@promise
def pattern_s_own_links_are_followed(t):
    """At load; both spellings match."""
    t.file("d/real/file", "x")
    (t.dir / "d/link").symlink_to("real")
    for pattern in ("d/link", "d/real", "d/link/file", "d/../d/link"):
        for path in ("d/link/file", "d/real/file"):
            run = t.run_probe(f"[write]\ndeny = {t.dir}/{pattern}\n", *opens(t.dir / path))
            t.equal(run.errno, "EACCES", run)


@promise
def strictest_of_several_objects_and_classes_wins(t):
    """rename needs delete here and create there; O_RDWR needs read and write."""
    file = t.file("d/file", "x")
    t.equal(t.run_probe(f"[read]\ndeny = {file}\n[write]\nallow = {file}\n", *opens(file, os.O_RDWR)).errno,
            "EACCES")
    t.equal(t.run_probe(f"[write]\ndeny = {file}\n[read]\nallow = {file}\n", *opens(file, os.O_RDWR)).errno,
            "EACCES")
    for denied in ("create", "delete"):
        other = {"create": "delete", "delete": "create"}[denied]
        policy = f"[{denied}]\ndefault = deny\nerrno = {REFUSED}\n[{other}]\ndefault = log\n"
        run = t.run_probe(policy, "renameat", "cwd", f"s:{file}", "cwd", f"s:{t.dir}/d/new")
        t.equal(run.errno, REFUSED, run)
        run.one(call="renameat", cls=denied, action="deny")


# What goes from {f}/a to {f}/b, or to {g}, in a class that allows {g} and the system: (probe, refused).
MOVES = {
    "rename": ("renameat cwd s:{f}/a cwd s:{f}/b", False),
    "rename-over": ("renameat cwd s:{f}/a cwd s:{f}/there", False),
    "rename-out": ("renameat cwd s:{f}/a cwd s:{g}/b", True),
    "link": ("linkat cwd s:{f}/a cwd s:{f}/b 0", False),
    "link-out": ("linkat cwd s:{f}/a cwd s:{g}/b 0", True),
    "link-then-out": ("linkat cwd s:{f}/a cwd s:{f}/b 0 -- renameat cwd s:{f}/b cwd s:{g}/b", True),
    "exchange": ("renameat2 cwd s:{f}/a cwd s:{f}/there 2", False),
    "exchange-out": ("renameat2 cwd s:{f}/a cwd s:{g}/there 2", True),
    "exchange-in": ("renameat2 cwd s:{g}/there cwd s:{f}/a 2", True),
    "directory": ("renameat cwd s:{f}/dir cwd s:{f}/b", True),
    "symlink": ("renameat cwd s:{f}/link cwd s:{f}/b", True),
}


@promise(each=MOVES)
def what_is_refused_here_goes_only_to_where_it_is_refused(t, name):
    """In reading, attributes and execution. A directory or link goes nowhere."""
    words, refused = MOVES[name]
    for cls in ("read", "attr", "exec"):
        f, g = t.dir / f"{cls}-f", t.dir / f"{cls}-g"
        for file in (f / "a", f / "there", f / "dir/x", g / "there"):
            t.file(str(file.relative_to(t.dir)), "x")
        (f / "link").symlink_to("a")
        policy = f"[{cls}]\ndeny = {f}\nerrno = {REFUSED}\n"
        run = t.run_probe(policy, *words.replace("{f}", str(f)).replace("{g}", str(g)).split())
        t.equal(run.errno, REFUSED if refused else None, f"{cls}\n{run}")


@promise
def what_may_not_be_written_is_linked_but_neither_moved_nor_exchanged(t):
    """Where names may be made and removed: the new name of a rename is written."""
    for name in ("f/a", "f/there"):
        t.file(name, "x")
    f = t.dir / "f"
    policy = f"[write]\ndeny = {f}\nerrno = {REFUSED}\n[create]\n[delete]\n"
    for words, errno in ((f"linkat cwd s:{f}/a cwd s:{f}/b 0", None), (f"linkat cwd s:{f}/a cwd s:{t.dir}/b 0", REFUSED),
                         (f"renameat cwd s:{f}/a cwd s:{f}/c", REFUSED),
                         (f"renameat2 cwd s:{f}/a cwd s:{f}/there 2", REFUSED)):
        run = t.run_probe(policy, *words.split())
        t.equal(run.errno, errno, run)


# ---- errno ----


@promise
def errno_of_the_policy_and_of_a_class(t):
    file = t.file("d/file", "x")
    policy = f"""
        [policy]
        errno = EROFS
        [read]
        deny = {t.dir}/d
        [write]
        deny = {t.dir}/d
        errno = ENOENT
        [connect]
        default = deny
        errno = ENETUNREACH
        """
    run = t.run_probe(policy, *opens(file, 0), "--", *opens(file), "--", "unlinkat", "cwd", f"s:{file}", 0,
                      "--", "socket", 2, 1, 0, "--", "connect", 3, "in:9", "len")
    refused = ["EROFS", "ENOENT", "ENOENT", "ENETUNREACH", "ENETUNREACH"]
    t.equal(run.errnos, refused, run)
    t.equal([r["errno"] for r in run.find(action="deny")], refused, run)


@promise
def every_errno_arrives_as_it_is(t):
    file = t.file("d/file", "x")
    for errno in ("EPERM", "EACCES", "ENOENT", "EIO", "EAGAIN", "ENOSYS", "ENOSPC"):
        run = t.run_probe(f"[write]\ndeny = {file}\nerrno = {errno}\n", *opens(file))
        t.equal(run.errno, errno, run)


# ---- kill ----


@promise(each=["openat cwd s:{f}/file 1", "truncate s:{f}/file 1", "unlinkat cwd s:{f}/file 0",
               "mkdirat cwd s:{f}/new 0700", "renameat cwd s:{f}/file cwd s:{f}/new",
               "thread openat cwd s:{f}/file 1", "execve s:{f}/exe argv:s:exe null"])
def kill_ends_the_process_before_the_call(t, words):
    fill(t.dir / "f", t.dir / "f")
    words = words.replace("{f}", str(t.dir / "f")).split()
    policy = f"[write]\nkill = {t.dir}/f\n[exec]\nkill = {t.dir}/f\n"
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(policy, *words, "--", "getpid")
    t.equal(run.status, 128 + 9, run)
    t.equal(run.results, [], run)
    run.one(action="kill", path=re.compile(f"^{t.dir}/f/"), errno=None, result=None)
    t.equal(run.event("end")[0]["status"], 137, run)


@promise
def kill_ends_only_the_process_that_did_it(t):
    file = t.file("f/file", "x")
    run = t.run_probe(f"[write]\nkill = {t.dir}/f\n", "child", *opens(file), "--", "getpid")
    t.equal((run.status, run.errno), (0, None), run)
    t.true("child status=9" in run.out, run)


# ---- discard ----

DISCARDED = {
    "write": ("write 3 s:hello 5", 5), "writev": ("writev 3 iov:he,llo,!! 3", 7),
    "pwrite64": ("pwrite64 3 s:hello 5 0 0", 5), "pwritev": ("pwritev 3 iov:he,llo 2 0 0", 5),
    "pwritev2": ("pwritev2 3 iov:he,llo 2 0 0 0", 5), "none": ("write 3 s:hello 0", 0),
    "null": ("write 3 null 0", 0),
}


@promise(each=DISCARDED)
def discarded_write_claims_success_and_writes_nothing(t, name):
    words, count = DISCARDED[name]
    file = t.file("f/file", "content")
    policy = f"[output]\ndiscard = {t.dir}/f\n"
    before = opens(file, os.O_RDWR)
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(policy, *before, "--", *words.split())
    t.equal(run.results[-1], (None, count), run)
    run.one(action="discard", path=file, count=count, result=count, errno=None,
            rule=t.rule(policy, "discard ="))


@promise
def discarded_write_fails_where_the_real_one_would(t):
    """EBADF for a descriptor that is not open for writing, and for none at all; EINVAL, EFAULT."""
    file = t.file("f/file", "content")
    policy = f"[output]\ndiscard = {t.dir}/f\n"
    words = (*opens(file, 0), "--", "write", 3, "s:hello", 5, "--", "write", 77, "s:hello", 5, "--",
             *opens(file, os.O_PATH), "--", "write", 4, "s:hello", 5, "--",
             *opens(file, os.O_RDWR), "--", "writev", 5, "iov:a", 2000, "--",
             "writev", 5, "bad", 1, "--", "writev", 5, "iov:a,b", 0, "--", "writev", 3, "iov:a", 1)
    bare = t.probe(*words)
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(policy, *words)
    t.equal(run.results, bare.results, run)


@promise
def discard_of_what_is_not_a_write_of_a_buffer_moves_nothing(t):
    """sendfile, splice, copy_file_range."""
    file, source = t.file("f/file", "content"), t.file("a/file", "hello")
    policy = f"[output]\ndiscard = {t.dir}/f\n"
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(policy, *opens(source, 0), "--", *opens(file, os.O_RDWR), "--",
                          "sendfile", 4, 3, "null", 5, "--", "copy_file_range", 3, "null", 4, "null", 5, 0)
    t.equal(run.results[2:], [(None, 5), (None, 5)], run)


# ---- permissive ----


@promise(each=["file", "option"])
def permissive_refuses_nothing_and_says_what_would_be(t, how):
    file = t.file("f/file", "content")
    policy = f"""
        [write]
        deny = {t.dir}/f
        [output]
        discard = {t.dir}/f
        [read]
        kill = {t.dir}/f
        """
    options = ["--permissive"]
    if how == "file":
        policy, options = "        [policy]\n        mode = permissive" + policy, []
    run = t.run_probe(policy, *opens(file, os.O_RDWR), "--", "write", 3, "s:CONTENT", 7, "--",
                      "unlinkat", "cwd", f"s:{file}", 0, "--", "ptrace", 0xbad, 0, 0, 0, "--",
                      "setns", 77, 0, options=options)
    t.equal(run.errnos[:3], [None] * 3, run)
    t.true("EPERM" not in run.errnos[3:] or t.probe("ptrace", 0xbad, 0, 0, 0).errno == "EPERM", run)
    t.true(not file.exists())
    # Of several that would refuse the strictest is told.
    run.one(call="openat", action="log", would="kill", errno=None, result=None, path=file)
    run.one(call="write", action="log", would="discard")
    run.one(call="unlinkat", action="log", would="deny", cls="delete", rule=t.rule(policy, "deny ="))
    t.equal(run.find(action="deny"), [], run)
    t.equal(run.event("start")[0]["mode"], "permissive")


# ---- classes that follow write, and sections of their own ----

FOLLOWERS = {
    "create": [("mkdirat", "cwd", "s:{f}/new", 0o700), ("openat", "cwd", "s:{f}/new", 0o101, 0o600),
               ("symlinkat", "s:x", "cwd", "s:{f}/new"), ("mknodat", "cwd", "s:{f}/new", 0o010600, 0)],
    "delete": [("unlinkat", "cwd", "s:{f}/file", 0), ("unlinkat", "cwd", "s:{f}/empty", 512),
               ("renameat", "cwd", "s:{f}/file", "cwd", "s:{a}/new")],
    "attr": [("fchmodat", "cwd", "s:{f}/file", 0o600), ("utimensat", "cwd", "s:{f}/file", "null", 0),
             ("fchownat", "cwd", "s:{f}/file", -1, -1, 0)],
}


def made(words, t, f="f"):
    return [str(w).replace("{f}", str(t.dir / f)).replace("{a}", str(t.dir / "work")) for w in words]


@promise(each=FOLLOWERS)
def class_follows_write(t, cls):
    fill(t.dir / "f", t.dir / "f")
    policy = f"[write]\ndeny = {t.dir}/f\n"
    for words in FOLLOWERS[cls]:
        with t.unchanged(t.dir / "f"):
            run = t.run_probe(policy, *made(words, t))
        t.equal(run.errno, "EACCES", run)
        run.one(cls=cls, action="deny", rule=t.rule(policy, "deny ="))


@promise(each=FOLLOWERS)
def class_with_a_section_of_its_own_does_not_follow(t, cls):
    """Neither where write is denied and it allowed, nor the other way round."""
    for i, words in enumerate(FOLLOWERS[cls]):
        if words[0] in ("openat", "renameat"):
            continue  # asks for writing too, or carries it
        fill(t.dir / f"f{i}", t.dir / f"f{i}")
        run = t.run_probe(f"[write]\ndeny = {t.dir}/f{i}\n[{cls}]\ndefault = log\n", *made(words, t, f"f{i}"))
        t.equal(run.errno, None, run)
        run.one(cls=cls, action="log")
        fill(t.dir / f"g{i}", t.dir / f"g{i}")
        with t.unchanged(t.dir / f"g{i}"):
            run = t.run_probe(f"[write]\nallow = {t.dir}/g{i}\n[{cls}]\ndeny = {t.dir}/g{i}\n",
                              *made(words, t, f"g{i}"))
        t.equal(run.errno, "EACCES", run)


@promise
def class_without_a_section_is_allowed(t):
    file = t.file("f/file", "x")
    run = t.run_probe(f"[exec]\ndefault = log\n[read]\ndeny = /nonexistent\n", *opens(file), "--",
                      "fchmodat", "cwd", f"s:{file}", 0o600, "--", "unlinkat", "cwd", f"s:{file}", 0)
    t.equal(run.errnos, [None] * 3, run)
    t.equal({r["class"] for r in run.calls}, {"exec"}, run)


# ---- [trace] calls, and what raises no stop ----


@promise
def trace_calls_narrows_the_stops(t):
    """Only those calls are looked at; others run unseen, whatever the rules say."""
    file = t.file("f/file", "content")
    policy = f"""
        [write]
        deny = {t.dir}/f
        [trace]
        calls = openat
        """
    run = t.run_probe(policy, *opens(file), "--", "truncate", f"s:{file}", 3, "--",
                      "openat2", "cwd", f"s:{file}", "how:1:0:0", 24)
    t.equal(run.errnos, ["EACCES", None, None], run)
    t.equal(run.event("start")[0]["stops"], ["openat"], run)
    t.equal(len(run.calls), 1, run)


def filter_of(t, policy):
    run = t.task("--dump-filter", policy=policy)
    t.equal(run.status, 0, run)
    return run.out


def arch_section(text, arch):
    """Of the stops filter, which is the last one."""
    text = "".join(part for part in text.split("# stopgate: ") if part.startswith("the stops"))
    parts = re.split(r"# filter for arch (\w+) ", text)
    return dict(zip(parts[1::2], parts[2::2])).get(arch, "")


def native():
    return {"x86_64": "x86_64", "aarch64": "aarch64"}[os.uname().machine]


@promise
def read_only_open_raises_no_stop_where_no_rule_looks_at_reads(t):
    text = arch_section(filter_of(t, "[write]\ndeny = /nonexistent\n"), native())
    openat = text[text.index('"openat"'):].split("# filter for syscall")[0]
    t.true(re.search(r"\$a2\S* & 0x\w+", openat), openat)
    t.true("else" in openat or openat.count("if (") > 1, openat)
    # And where one does, all of them.
    text = arch_section(filter_of(t, "[read]\ndeny = /nonexistent\n"), native())
    openat = text[text.index('"openat"'):].split("# filter for syscall")[0]
    t.true(not re.search(r"\$a2", openat), openat)


@promise
def unstopped_read_is_not_recorded_or_counted(t):
    file = t.file("f/file", "x")
    run = t.run_probe(f"[write]\ndefault = log\n", *opens(file, 0), "--", *opens(file, os.O_DIRECTORY), "--",
                      *opens(file, os.O_RDONLY | os.O_CLOEXEC), "--", *opens(file))
    t.equal([r["flags"] for r in run.calls], ["O_WRONLY"], run)
    t.equal(run.event("end")[0]["counts"], {"write": {"log": 1}}, run)


@promise
def each_flag_that_can_change_something_raises_a_stop(t):
    fill(t.dir / "f", t.dir / "f")
    f = t.dir / "f"
    policy = f"[write]\ndeny = {f}\n"
    changing = {"O_WRONLY": 1, "O_RDWR": 2, "both": 3, "O_TRUNC": os.O_TRUNC,
                "O_CREAT": os.O_CREAT, "O_TMPFILE": os.O_TMPFILE | os.O_RDWR}
    for name, flags in changing.items():
        path = f / ("new" if name == "O_CREAT" else "empty" if name == "O_TMPFILE" else "file")
        with t.unchanged(f):
            run = t.run_probe(policy, "openat", "cwd", f"s:{path}", flags, 0o600)
        t.equal(run.errno, "EACCES", f"{name}\n{run}")


# ---- the files of the run itself ----

GUARDED_WAYS = [
    "openat cwd s:{x} 1", "openat cwd s:{x} 2", "openat cwd s:{x} 512", "openat cwd s:{x} 01001 0600",
    "openat cwd s:{x} 0101 0600", "openat2 cwd s:{x} how:1:0:0 24", "truncate s:{x} 0", "unlinkat cwd s:{x} 0",
    "renameat cwd s:{x} cwd s:{a}/moved", "renameat cwd s:{a}/file cwd s:{x}",
    "renameat2 cwd s:{a}/file cwd s:{x} 2", "linkat cwd s:{x} cwd s:{a}/second 0",
    "fchmodat cwd s:{x} 0666", "fchownat cwd s:{x} -1 -1 0", "utimensat cwd s:{x} null 0",
    "setxattr s:{x} s:user.x s:v 1 0", "renameat cwd s:{d} cwd s:{a}/moved",
    "renameat2 cwd s:{a}/dir cwd s:{d} 2",
    "openat cwd s:{x} O_PATH -- openat cwd s:/proc/self/fd/3 1",
    "openat cwd s:{x} O_RDONLY -- fchmod 3 0666", "chdir s:{d} -- openat cwd s:{n} 1",
    "symlinkat s:{x} cwd s:{a}/way -- openat cwd s:{a}/way 1",
    "openat cwd s:/proc/self/root{x} 1",
]


def try_guarded(t, way, policy, target, record):
    fill(t.dir / "a", t.dir / "a")
    names = {"{x}": target, "{a}": t.dir / "a", "{d}": target.parent, "{n}": target.name,
             "O_PATH": os.O_PATH, "O_RDONLY": 0}
    for old, new in names.items():
        way = way.replace(old, str(new))
    run = t.run_probe(policy, *way.split(), record=record)
    t.equal(run.errno, "EACCES", run)
    run.one(action="deny", rule="built-in")
    t.true(target.exists() and not (t.dir / "a/moved").exists(), run)


ALLOW_ALL = """
    [write]
    default = allow
    """


@promise(each=GUARDED_WAYS)
def record_cannot_be_changed_whatever_is_allowed(t, way):
    record = t.mkdir("guarded") / "own.json"
    try_guarded(t, way, ALLOW_ALL, record, record)


@promise(each=GUARDED_WAYS)
def policy_cannot_be_changed_whatever_is_allowed(t, way):
    policy = t.policy(ALLOW_ALL, "guarded/own.ini")
    with t.unchanged(policy):
        try_guarded(t, way, policy, policy, t.dir / "r.json")


@promise
def included_policy_is_guarded_too(t):
    inner = t.file("policy/inner.ini", "[write]\ndefault = allow\n")
    outer = t.file("policy/outer.ini", "[policy]\ninclude = inner.ini\n")
    run = t.run_probe(outer, *opens(inner), "--", *opens(outer), "--", *opens(inner, 0))
    t.equal(run.errnos, ["EACCES", "EACCES", None], run)


@promise
def record_can_be_read_and_appends_survive(t):
    """Reading it is nobody's business; and its own name is known by its links, too."""
    real = t.mkdir("real")
    (t.dir / "way").symlink_to(real)
    record = t.dir / "way" / "r.json"
    run = t.run_probe("[write]\ndefault = log\n", *opens(record, 0), "--", *opens(real / "r.json"), "--",
                      *opens(record), record=record)
    t.equal(run.errnos, [None, "EACCES", "EACCES"], run)


# ---- [log] ----


@promise
def results_are_true_for_success_and_failure(t):
    file = t.file("f/file", "content")
    policy = """
        [read]
        default = log
        [write]
        default = log
        [output]
        default = log
        [log]
        results = yes
        """
    run = t.run_probe(policy, *opens(file, os.O_RDWR), "--", "write", 3, "s:hello", 5, "--",
                      "write", 77, "s:hello", 5, "--", *opens(t.dir / "none", 0), "--",
                      "mkdirat", "cwd", f"s:{file}", 0o700, "--", "pwritev", 3, "iov:a,bc", 2, 0, 0, "--",
                      "write", 3, "bad", 5)
    wanted = [(None, 3), (None, 5), ("EBADF", -9), ("ENOENT", -2), ("EEXIST", -17), (None, 3), ("EFAULT", -14)]
    t.equal(run.results, [(e, None if e else r) for e, r in wanted])
    shown = [(r.get("errno"), r["result"]) for r in run.calls
             if r.get("path", "").startswith(str(t.dir)) or r["call"] in ("write", "pwritev")]
    # The probe's own lines on standard output are among them.
    for pair in wanted:
        t.true(pair in shown, f"{pair} not in {shown}\n{run}")


@promise
def results_of_exec(t):
    fill(t.dir / "f", t.dir / "f")
    t.file("f/notexe", "x", 0o644)
    t.file("f/garbage", b"\x7fELF garbage", 0o755)
    policy = "[exec]\ndefault = log\n[log]\nresults = yes\n"
    run = t.run_probe(policy, "execve", f"s:{t.dir}/f/none", "argv:s:x", "null", "--",
                      "execve", f"s:{t.dir}/f/notexe", "argv:s:x", "null", "--",
                      "execve", f"s:{t.dir}/f/garbage", "argv:s:x", "null", "--",
                      "execve", f"s:{t.dir}/f/exe", "argv:s:x", "null")
    t.equal(run.errnos, ["ENOENT", "EACCES", "ENOEXEC"], run)
    shown = [(r["path"].split("/")[-1], r.get("errno"), r["result"]) for r in run.calls]
    t.equal(shown, [("probe", None, 0), ("none", "ENOENT", -2), ("notexe", "EACCES", -13),
                    ("garbage", "ENOEXEC", -8), ("exe", None, 0)], run)


@promise
def data_is_cut_to_what_the_policy_says(t):
    for data, shown in ((0, None), (3, "hel"), (4096, "hello")):
        file = t.file("f/file", "")
        run = t.run_probe(f"[output]\ndefault = log\n[log]\ndata = {data}\n", *opens(file, os.O_RDWR), "--",
                          "write", 3, "s:hello", 5)
        t.equal(run.one(call="write", path=file).get("data"), shown, run)


@promise
def limit_drops_and_says_so(t):
    file = t.file("f/file", "")
    words = opens(file) + ("--", *opens(file)) * 9
    run = t.run_probe("[write]\ndefault = log\n[log]\nlimit = 3\n", *words)
    t.equal(run.errnos, [None] * 10, run)
    t.true(len(run.calls) <= 3, run)
    t.equal(len(run.event("limit")), 1, run)
    end = run.event("end")[0]
    t.true(end["dropped"] >= 7, end)
    t.equal(end["counts"]["write"]["log"], 10, end)


@promise
def limit_does_not_stop_refusing(t):
    file = t.file("f/file", "content")
    words = opens(file) + ("--", *opens(file)) * 4
    with t.unchanged(file):
        run = t.run_probe(f"[write]\ndeny = {file}\n[log]\nlimit = 1\n", *words)
    t.equal(run.errnos, ["EACCES"] * 5, run)


@promise
def log_file_and_format_of_the_policy(t):
    file = t.file("f/file", "")
    log = t.dir / "own.log"
    run = t.run_probe(f"[write]\ndefault = log\n[log]\nfile = {log}\nformat = json\n", *opens(file),
                      record=None, fmt=None)
    t.equal(run.errno, None, run)
    t.true(f'"path":"{file}"' in log.read_text(), log.read_text())
    t.equal(run.err, "")
    run = t.run_probe(f"[write]\ndefault = log\n[log]\nfile = {log}\n", *opens(file), record=None, fmt=None)
    t.true(re.search(rf"log +openat +{file} +O_WRONLY", log.read_text()), log.read_text())


# ---- the command line ----


@promise
def allow_write_option_refuses_elsewhere(t):
    inside, outside = t.file("in/file", "x"), t.file("out/file", "x")
    run = t.run_probe(None, *opens(inside), "--", *opens(outside), "--", *opens(outside, 0),
                      options=["-w", t.dir / "in"])
    t.equal(run.errnos, [None, "EACCES", None], run)
    run = t.run_probe(None, *opens(t.dir / "in/file"), options=["--allow-write=in"], cwd=t.dir)
    t.equal(run.errno, None, run)


@promise
def deny_option_refuses_everything_below(t):
    fill(t.dir / "f", t.dir / "f")
    words = (*opens(t.dir / "f/file", 0), "--", *opens(t.dir / "f/file"), "--", "unlinkat", "cwd",
             f"s:{t.dir}/f/file", 0, "--", "fchmodat", "cwd", f"s:{t.dir}/f/file", 0, "--",
             "mkdirat", "cwd", f"s:{t.dir}/f/new", 0o700, "--", "execve", f"s:{t.dir}/f/exe", "argv:s:x", "null")
    for policy in (None, "[write]\ndefault = allow\n[create]\ndefault = allow\n[attr]\ndefault = allow\n"):
        with t.unchanged(t.dir / "f"):
            run = t.run_probe(policy, *words, options=["-d", t.dir / "f"])
        t.equal(run.errnos, ["EACCES"] * 6, run)
    t.true(all(r["rule"] == f"-d {t.dir}/f" for r in run.find(action="deny")), run)


@promise
def no_network_option(t):
    words = ("socket", 2, 1, 0, "--", "connect", 3, "in:9", "len", "--", "socket", 10, 2, 0, "--",
             "connect", 4, "in6:9", "len", "--", "socket", 1, 1, 0, "--", "connect", 3, "un:/nonexistent", "len")
    run = t.run_probe(None, *words, options=["-n"])
    t.equal(run.errnos, ["EACCES"] * 4 + [None, "ENOENT"], run)
    t.equal({r["rule"] for r in run.find(action="deny")}, {"-n"}, run)


@promise
def later_policies_add_to_earlier_ones(t):
    one, two = t.file("f/one", "x"), t.file("f/two", "x")
    first = t.policy(f"[write]\ndeny = {one}\n[policy]\nerrno = EROFS\n", "one.ini")
    second = t.policy(f"[write]\ndeny = {two}\n[policy]\nerrno = ENOSPC\n", "two.ini")
    run = t.run_probe([first, second], *opens(one), "--", *opens(two))
    t.equal(run.errnos, ["ENOSPC", "ENOSPC"], run)
    t.equal([r["rule"] for r in run.find(action="deny")], ["one.ini:2", "two.ini:2"], run)
    t.equal(run.event("start")[0]["policy"], [str(first), str(second)], run)


# ---- what a rule is about, in the wings ----


@promise
def exec_of_a_script_asks_for_its_interpreter_too(t):
    script = t.file("f/script", "#!/bin/sh\nexit 7\n", 0o755)
    t.equal(t.bare([script]).status, 7)
    run = t.run([script], f"[exec]\ndefault = deny\nallow = {script}\n")
    t.equal(run.status, 126, run)
    run.one(call="execve", path=script, to="/usr/bin/dash" if os.path.realpath("/bin/sh").endswith("dash")
            else os.path.realpath("/bin/sh"), action="deny")
    t.equal(run.event("start") != [], True)
    run = t.run([script], f"[exec]\ndefault = deny\nallow = {script}\nallow = {os.path.realpath('/bin/sh')}\n")
    t.equal(run.status, 7, run)


@promise
def exec_of_a_memfd_is_not_a_path_that_is_allowed(t):
    """A program brought in as bytes has no name that a rule could allow."""
    words = ("openat", "cwd", "s:/bin/true", 0, "--", "memfd_create", "s:/bin/true", 0, "--",
             "sendfile", 4, 3, "null", 10000000, "--", "execveat", 4, "s:", "argv:s:true", "null", 0x1000)
    run = t.probe(*words)
    t.equal((run.status, len(run.results)), (0, 3), run)
    run = t.run_probe(f"[exec]\ndefault = deny\nallow = /bin\nallow = /usr\nallow = {PROBE}\n", *words)
    t.equal(run.errno, "EACCES", run)
    run.one(call="execveat", path="memfd:/bin/true", action="deny")


@promise
def undecodable_call_is_denied_where_the_policy_denies(t):
    """With the kernel's own answer; and recorded, without a path."""
    run = t.run_probe("[write]\ndeny = /nonexistent\n", "openat", "cwd", "bad", WRITE)
    t.equal(run.errno, "EFAULT", run)
    t.equal([(r["action"], r.get("path"), r["errno"]) for r in run.calls], [("deny", None, "EFAULT")], run)
