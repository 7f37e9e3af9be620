"""What stopgate prints instead of running something: --check, --explain, --dump-filter, --list-calls."""
import json
import os
import re

from harness import POLICIES, STOPGATE, promise


@promise
def list_calls_has_a_line_for_every_call_and_kind(t):
    run = t.task("--list-calls")
    t.equal((run.status, run.err), (0, ""), run)
    kinds = dict(re.findall(r"^(\w+) +(policed|harmless|blinding|confining)\b", run.out, re.M))
    t.equal(set(kinds.values()), {"policed", "harmless", "blinding", "confining"})
    t.true(len(kinds) > 400, len(kinds))
    wanted = {"openat": "policed", "write": "policed", "read": "harmless", "ptrace": "confining",
              "io_uring_setup": "blinding", "clone3": "blinding", "mount": "confining", "mmap": "harmless"}
    t.equal({name: kinds.get(name) for name in wanted}, wanted)
    for name, kind, rest in re.findall(r"^(\w+) +(\w+) *(.*)$", run.out, re.M):
        if kind == "policed":
            classes = set(re.split(r", ", rest))
            t.true(classes <= {"read", "write", "create", "delete", "attr", "exec", "connect", "output"} and rest, name)
        if kind in ("blinding", "confining"):
            t.true(re.match(r"(EPERM|ENOSYS): .+", rest), (name, rest))


def calls_with(text, action):
    """{arch: names} of the calls with that action in libseccomp's pseudo code."""
    found = {}
    for arch, body in re.findall(r"# filter for arch (\w+) .*?\n(.*?)(?=# filter for arch|# invalid arch)", text, re.S):
        for name, code in re.findall(r'# filter for syscall "(\w+)".*?\n(.*?)(?=# filter for syscall|# default)', body,
                                     re.S):
            if action in code:
                found.setdefault(arch, set()).add(name)
    return found


@promise
def built_in_filter_stops_at_open_openat_write_only(t):
    run = t.task("--dump-filter")
    t.equal(run.status, 0, run)
    t.equal(run.out.count("pseudo filter code start"), 1, "nothing is closed, so one filter is enough")
    traced = calls_with(run.out, "TRACE")
    native = {"x86_64": "x86_64", "aarch64": "aarch64"}[os.uname().machine]
    t.equal(traced[native], {"openat", "write"} | ({"open"} if native == "x86_64" else set()))
    for arch, names in traced.items():
        t.true(names <= {"open", "openat", "write"}, (arch, names))
    t.equal(set(re.findall(r"default action\n\s+action (\w+)", run.out)), {"ALLOW"})
    t.true("ERRNO(38)" in run.out.split("# invalid architecture action")[1], "a foreign ABI is refused")


@promise
def filter_of_a_policy_that_denies_knows_every_call(t):
    run = t.task("--dump-filter", policy="untrusted")
    gate, stops, *more = run.out.split("# stopgate: ")[1:]
    t.equal([part.splitlines()[0] for part in more], ["no mmap with its arguments in memory"] if os.uname().machine == "x86_64" else [])
    t.equal(set(re.findall(r"default action\n\s+action (\w+)", gate)), {"ERRNO"})
    t.equal(set(re.findall(r"default action\n\s+action (\w+)", stops)), {"ALLOW"})
    for arch, names in calls_with(stops, "TRACE").items():
        t.true({"openat", "unlinkat", "renameat2", "connect"} <= names, (arch, sorted(names)))
        t.true(not names & {"read", "brk", "futex", "close"}, (arch, sorted(names)))


@promise
def start_record_check_and_filter_name_the_same_stops(t):
    for policy in (None, "untrusted", "installer", "core", "[connect]\ndeny = inet\n"):
        start = t.run(["true"], policy, record=None, fmt="json").err.split("\n")[0]
        recorded = set(json.loads(start)["stops"])
        check = t.task("--check", policy=policy).out
        stops, pinning = check.split("\nstops ")[1].split("\nclosed")[0].split("\npinning ")
        t.equal(set(re.findall(r"^  (\w+) ", stops, re.M)), recorded)
        pinned = set(re.findall(r"^  (\w+)", pinning, re.M))
        dump = t.task("--dump-filter", policy=policy).out.split("# stopgate: the stops")[1]
        traced = set().union(*calls_with(dump, "TRACE").values()) - (pinned - recorded)
        # Of i386, socketcall stands for what it does; what libseccomp cannot name has no rule.
        t.equal(traced - recorded - {"socketcall"}, set())
        t.true(recorded - traced <= {"socketcall", "setxattrat", "removexattrat", "file_setattr", "fchmodat2", "chown32",
                                     "fchown32", "lchown32", "truncate64", "sendfile64", "utimensat_time64"},
               recorded - traced)


@promise
def check_shows_rules_stops_closed_calls_and_layers(t):
    policy = f"""
        [policy]
        description = What it is for
        errno = EROFS
        [write]
        default = deny
        allow = {t.dir}
        """
    run = t.task("--check", policy=policy)
    t.equal(run.status, 0, run)
    for text in ("What it is for", "EROFS", "[write]", "test.ini:5", f"{t.dir}", "test.ini:6", "openat", "ptrace",
                 "io_uring_setup", "seccomp", "no_new_privs"):
        t.true(text in run.out, f"{text!r} is not shown\n{run.out}")


@promise
def check_runs_nothing_and_makes_no_file(t):
    record = t.dir / "record.json"
    marker = t.dir / "marker"
    for task in ("--check", "--dump-filter", "--explain=write:/x", "--list-calls", "--help", "--version"):
        run = t.task(task, "-o", record, "--", "touch", marker)
        t.equal(run.status, 0, run)
    t.true(not record.exists() and not marker.exists())


@promise
def explain_names_the_rule_that_decides_and_agrees_with_the_run(t):
    t.file("d/a/file", "x")
    policy = f"""
        [write]
        default = deny
        allow = {t.dir}/d
        log = {t.dir}/d/a
        deny = {t.dir}/d/a/f*
        [read]
        kill = {t.dir}/d/k
        """
    cases = {"write:d/a/file": ("deny", 5), "write:d/a/other": ("log", 4), "write:d/other": ("allow", 3),
             "write:other": ("deny", 2), "read:d/k/x": ("kill", 7), "create:d/a/new": ("log", 4), "exec:d": ("allow", 0)}
    for question, (action, line) in cases.items():
        cls, path = question.split(":")
        run = t.task(f"--explain={cls}:{t.dir}/{path}", policy=policy)
        t.equal(run.status, 0, run)
        t.true(re.match(rf"{action}\b", run.out), f"{question}: {run.out}")
        decides = re.search(r"^ *decides.*$", run.out, re.M)
        if line:
            t.true(decides and f"test.ini:{line}" in decides[0], f"{question}: {run.out}")
        if cls == "write":
            live = t.run_probe(policy, "openat", "cwd", f"s:{t.dir}/{path}", os.O_WRONLY)
            t.equal(live.errno == "EACCES", action == "deny", live)


@promise
def explain_follows_links_and_relative_paths(t):
    t.file("real/file", "x")
    (t.dir / "work/link").symlink_to(t.dir / "real")
    policy = f"[write]\ndeny = {t.dir}/real\n"
    for path in ("link/file", f"{t.work}/link/file", "../real/file"):
        run = t.task(f"--explain=write:{path}", policy=policy)
        t.true(run.out.startswith("deny"), f"{path}: {run}")


@promise
def explain_judges_a_link_itself_where_it_would_be_deleted(t):
    t.file("real/file", "x")
    (t.dir / "work/link").symlink_to(t.dir / "real/file")
    policy = f"[delete]\ndefault = allow\ndeny = {t.dir}/real\n"
    run = t.task("--explain=delete:link", policy=policy)
    t.true(run.out.startswith(f"allow delete:{t.work}/link\n  the symbolic link itself"), run)
    run = t.task(f"--explain=delete:{t.dir}/real/file", policy=policy)
    t.true(run.out.startswith("deny") and "link" not in run.out, run)
    t.equal(t.run_probe(policy, "unlinkat", "cwd", "s:link", 0).errno, None)


@promise
def explain_knows_addresses_and_abstract_names(t):
    policy = "[connect]\ndefault = deny\nallow = inet:10.0.0.0/8\nallow = @bus*\n"
    for question, action in {"inet:10.1.2.3:80": "allow", "inet:11.1.2.3:80": "deny", "inet:[::1]:80": "deny",
                             "@bus-1": "allow", "@other": "deny"}.items():
        run = t.task(f"--explain=connect:{question}", policy=policy)
        t.true(run.out.startswith(action), f"{question}: {run}")


@promise
def record_that_is_read_back_is_one_and_something_is_made_of_it(t):
    for options, why in ((["--from=a", "--from=b", "-s"], "one record"), (["--from=a", "-s", "ls"], "no command is run"),
                         (["--from=a"], "what shall be made of it")):
        run = t.bare([STOPGATE, *options])
        t.true(run.status == 125 and why in run.err, run)


@promise
def wrong_questions_are_told(t):
    for question in ("write", "bogus:/x", ":", "", "connect:nonsense", "write:"):
        run = t.task(f"--explain={question}", policy="untrusted")
        t.equal(run.status, 125, run)
        t.true(run.err.startswith("stopgate: "), run)


@promise
def every_shipped_policy_is_printed_without_control_bytes(t):
    for path in POLICIES.glob("*.ini"):
        for task in ("--check", "--dump-filter"):
            run = t.task(task, policy=path.stem)
            t.true(run.status == 0 and not re.search(r"[^\x20-\x7e\n\t]", run.out), path.name)


@promise
def output_that_cannot_be_written_is_an_error(t):
    with open("/dev/full", "wb") as full:
        for task in ("--check", "--list-calls", "--dump-filter", "--help"):
            run = t.task(task, stdout=full)
            t.equal(run.status, 125, f"{task}\n{run}")
