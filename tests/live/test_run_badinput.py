"""Bad policies, options and questions: all say what is wrong, end with 125 and run nothing."""
import contextlib
import re

from harness import STOPGATE, promise


def refused(t, run, *words):
    t.equal(run.status, 125, run)
    lines = run.err.splitlines()
    t.true(lines and all(line.startswith("stopgate: ") for line in lines), run)
    for word in words:
        t.true(str(word) in run.err, f"{word!r} is not said\n{run}")
    t.equal(run.out, "", run)
    t.true(not (t.work / "ran").exists(), "the command ran")
    t.true(not list(t.records.iterdir()), "a record was written")


def with_policy(t, policy, **more):
    return t.run(["touch", "ran"], policy, **more)


# What would take the place of something else of the same run, and what is done before.
SAME = {
    "record": (["-o", "F", "--report=F"], ""),
    "record_of_policy": (["-p", "./log.ini", "--learn=F"], ""),
    "standard_error": (["--format=json", "--report=F"], ""),
    "new": (["--report=new", "--learn=./new"], ""),
    "symlink": (["-o", "F", "--report=other"], "ln -s F other"),
    "hard_link": (["-o", "F", "--learn=other"], "ln F other"),
    "read_back": (["--from=F", "--report=F"], ""),
    "learnt_from": (["--learn-from=F", "--learn=other"], "ln -s F other"),
    "standard_input": (["--from=-", "--report=F"], ""),
}


@promise(each=SAME)
def file_that_would_be_two_things_is_refused(t, name):
    options, before = SAME[name]
    t.file("work/log.ini", "[write]\ndefault = log\n[log]\nfile = F\n")
    t.bare([STOPGATE, "-o", "F", "--format=json", "--", "true"])
    t.bare(["sh", "-c", before])
    command = [] if any("from=" in o for o in options) else ["--", "touch", "ran"]
    errors = "2>> F" if name == "standard_error" else ""
    with t.unchanged(t.work) if not errors else contextlib.nullcontext():
        run = t.bare(["sh", "-c", f'"$@" < F {errors}', "sh", STOPGATE, *options, *command])
    t.equal(run.status, 125, run)
    said = run.err + (t.work / "F").read_text()
    t.true(re.search(r"stopgate: '\S+' cannot be both the \w+ and the \w+", said), run)
    t.true(not (t.work / "ran").exists())


@promise
def missing_policy_is_named(t):
    refused(t, with_policy(t, t.dir / "missing.ini"), t.dir / "missing.ini", "No such file")


@promise
def unknown_policy_name_says_where_it_was_looked_for(t):
    run = with_policy(t, "no-such-name")
    refused(t, run, "no-such-name", "/etc/stopgate")


@promise
def misspelt_policy_name_has_a_suggestion(t):
    refused(t, with_policy(t, "untrustd"), "untrustd", "did you mean", "untrusted")


@promise(needs="user")
def unreadable_policy_is_named(t):
    path = t.file("policy/closed.ini", "[read]\ndefault = log\n", 0)
    refused(t, with_policy(t, path), path, "Permission denied")


@promise
def directory_as_policy_is_named(t):
    refused(t, with_policy(t, t.policies), t.policies, "directory")


@promise
def device_as_policy_does_not_hang(t):
    refused(t, with_policy(t, "/dev/zero"), "/dev/zero")


@promise
def policy_may_come_through_a_pipe(t):
    script = f"""
        "{STOPGATE}" -p <(printf '[read]\\ndeny = /etc/passwd\\n') -o "{t.dir}/log" cat /etc/passwd
        """
    run = t.bare(["bash", "-c", script])
    t.equal((run.status, run.out), (1, ""), run)
    t.true("Permission denied" in run.err, run)


@promise
def policy_that_says_nothing_is_refused(t):
    for text in (b"", b"\n\n", b"; only a comment\n", b"\xef\xbb\xbf"):
        refused(t, with_policy(t, t.file("policy/empty.ini", text)), "empty.ini", "says nothing")


@promise(each=[("zeros", b"\0" * 1000), ("random", bytes(range(256)) * 4), ("elf", None),
               ("nul_in_a_line", b"[read]\ndeny = /a\0b\n"), ("one_long_line", b"a" * 100000),
               ("no_section", b"deny = /x\n"), ("open_bracket", b"[read\ndeny = /x\n"),
               ("utf16", "[read]\ndeny = /x\n".encode("utf-16"))])
def binary_policy_is_refused_line_by_line(t, case):
    data = case[1]
    if data is None:
        with open("/bin/true", "rb") as file:
            data = file.read()
    path = t.file("policy/binary.ini", data)
    run = with_policy(t, path)
    refused(t, run, "binary.ini:")
    t.true(len(run.err) < 100_000, f"{len(run.err)} bytes of messages")


@promise
def messages_hold_no_control_bytes_of_the_policy(t):
    path = t.file("policy/bad.ini", b"[read]\n\x1b[31mdeny\x07 = /x\n[\xff\x9b]\n\xc2\x9b=1\n")
    run = with_policy(t, path)
    refused(t, run, "bad.ini:")
    t.true(not any(ord(c) < 32 and c != "\n" or 0x7f <= ord(c) < 0xa0 for c in run.err), repr(run.err))


@promise
def policy_of_ten_megabytes_is_refused_fast(t):
    path = t.file("policy/big.ini", b"[read]\n" + b"log = /some/path/or/other\n" * 400_000)
    refused(t, with_policy(t, path, timeout=10), path)


@promise
def policy_of_a_megabyte_of_rules_works(t):
    rules = b"".join(b"deny = /nowhere/%d/file\n" % i for i in range(20_000))
    path = t.file("policy/many.ini", b"[read]\n" + rules)
    run = with_policy(t, path, timeout=20)
    t.equal(run.status, 0, run.err[-500:])


@promise
def policy_that_includes_itself_is_refused(t):
    path = t.policy("""
        [policy]
        include = test.ini
        """)
    refused(t, with_policy(t, path), "test.ini:2")


@promise
def policies_that_include_each_other_are_refused(t):
    for a, b in (("one", "two"), ("two", "three"), ("three", "one")):
        t.policy(f"""
            [policy]
            include = {b}.ini
            """, f"{a}.ini")
    refused(t, with_policy(t, t.policies / "one.ini"), ".ini:2")


@promise
def includes_deeper_than_four_are_refused(t):
    for i in range(8):
        t.policy(f"""
            [policy]
            include = {i + 1}.ini
            """ if i < 7 else "[read]\ndefault = log\n", f"{i}.ini")
    refused(t, with_policy(t, t.policies / "0.ini"), ".ini:2")


@promise
def missing_include_is_named_with_its_line(t):
    path = t.policy("""
        [policy]
        include = not-there.ini
        """)
    refused(t, with_policy(t, path), "test.ini:2", "not-there.ini")


@promise
def all_errors_of_a_policy_are_reported(t):
    run = with_policy(t, t.policy("""
        [read]
        alow = /x
        deny = relative
        [reed]
        deny = /y
        [log]
        data = many
        """))
    refused(t, run, "test.ini:2", "test.ini:3", "test.ini:4", "test.ini:7", "did you mean")


# ---- options ----

@promise(each=["--no-such-option", "-Z", "--polcy=x", "--format=xml", "--format=", "--quiet=yes",
               "--policy", "-p", "--output", "-o", "-w", "-d", "--explain", "--allow-write",
               "--check=1"])
def wrong_option_is_named(t, option):
    refused(t, t.bare([STOPGATE, option]), option.split("=")[0])


@promise
def wrong_letter_among_others_is_named(t):
    for option in ("-qZv", "-Zq", "-qvZ"):
        refused(t, t.bare([STOPGATE, "--quiet", option, "touch", "ran"]), "'-Z'")


@promise
def misspelt_option_has_a_suggestion(t):
    refused(t, t.bare([STOPGATE, "--permisive", "touch", "ran"]), "--permissive")


@promise(each=["--no-such-option", "-Z", "--format=xml"])
def wrong_option_keeps_the_command_from_running(t, option):
    refused(t, t.bare([STOPGATE, option, "touch", "ran"]))


@promise
def no_command_is_an_error(t):
    refused(t, t.bare([STOPGATE]), "no command", "--help")
    refused(t, t.bare([STOPGATE, "-q"]), "no command")
    refused(t, t.bare([STOPGATE, "--"]), "no command")


@promise
def options_may_be_abbreviated_only_unambiguously(t):
    refused(t, t.bare([STOPGATE, "--p=x", "touch", "ran"]))


@promise(each=[("foo:/x", "'foo' is no class"), ("WRITE:/x", "'WRITE' is no class; did you mean 'write'?")])
def word_that_is_no_class_is_called_so(t, case):
    refused(t, t.task(f"--explain={case[0]}"), case[1])


@promise
def working_directory_that_was_removed_is_told(t):
    policy = t.policy("[write]\ndefault = deny\nallow = ${PWD}\n")
    gone = t.mkdir("gone")
    run = t.bare(["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", STOPGATE, "-p", policy, "--check"], cwd=gone)
    refused(t, run, "${PWD} is not set: the working directory has no path; was it removed?")


@promise(each=["", "read", "read:", ":/x", "reed:/x", "read:relative", "READ:/x", "connect:inet:999.1.1.1",
               "connect:inet:1.2.3.4:99999", "read:/x\ny:", "/etc/passwd", "system:ptrace"])
def nonsense_to_explain_is_an_error(t, question):
    run = t.task(f"--explain={question}")
    if question == "read:relative" and run.status == 0:
        return  # taken as relative to the working directory
    if question == "read:/x\ny:" and run.status == 0:
        return  # an odd path, but a path
    refused(t, run)


@promise(each=["--check", "--dump-filter", "--explain=read:/x"])
def tasks_run_nothing(t, option):
    run = t.bare([STOPGATE, option, "touch", "ran"])
    t.equal(run.status, 0, run)
    t.true(not (t.work / "ran").exists())


@promise(each=["--check", "--dump-filter", "--list-calls", "--doctor", "--help", "--version", "--explain=read:/x"])
def tasks_notice_a_full_output(t, option):
    with open("/dev/full", "wb") as full:
        run = t.bare([STOPGATE, option], stdout=full)
    t.equal(run.status, 125, run)
    t.true("No space left" in run.err, run)


@promise(each=["--check", "--explain=read:/x", "--dump-filter"])
def tasks_report_a_bad_policy(t, option):
    path = t.policy("""
        [read]
        alow = /x
        """)
    run = t.task(option, policy=path)
    t.equal(run.status, 125, run)
    t.true("test.ini:2" in run.err, run)


@promise
def adhoc_path_may_be_relative_but_not_empty(t):
    "An unset variable must neither open nor close the working directory."
    run = t.run(["sh", "-c", "echo x > made; echo $?"], options=["-w", "."])
    t.equal(run.out, "0\n", run)
    for path in t.records.iterdir():
        path.unlink()
    for option in ("-w", "-d", "-p", "-o"):
        refused(t, t.bare([STOPGATE, option, "", "touch", "ran"]))


@promise
def policy_given_twice_is_no_error(t):
    path = t.policy("""
        [read]
        default = log
        """)
    run = t.run(["true"], [path, path])
    t.equal(run.status, 0, run)
