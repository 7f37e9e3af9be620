"""What stopgate's exit status says, and how the command is found."""
import signal

from harness import STOPGATE, promise

SIGNALS = ["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "SEGV", "USR1",
           "USR2", "PIPE", "ALRM", "TERM", "XCPU", "XFSZ", "SYS", "RTMIN"]


@promise(each=[0, 1, 2, 7, 77, 124, 125, 126, 127, 128, 129, 254, 255])
def exit_status_is_the_commands_own(t, status):
    run = t.run(["sh", "-c", f"exit {status}"])
    t.equal(run.status, status, run)
    t.equal([r["status"] for r in run.event("end")], [status])
    t.equal([r["status"] for r in run.event("process", "exit")], [status])


@promise(each=SIGNALS)
def death_by_a_signal_is_128_and_its_number(t, name):
    number = getattr(signal, "SIG" + name)
    run = t.run(["sh", "-c", f"ulimit -c 0; kill -{int(number)} $$; sleep 5"])
    t.equal(run.status, 128 + number, run)
    t.equal(run.event("end")[0]["status"], 128 + number)
    if name != "RTMIN":
        t.equal(run.event("process", "exit")[0]["signal"], "SIG" + name)


@promise
def status_is_that_of_the_first_process_not_of_the_last(t):
    run = t.run(["sh", "-c", "(sleep 0.2; exit 9) & exit 3"])
    t.equal(run.status, 3, run)
    t.equal(sorted(r["status"] for r in run.event("process", "exit") if "status" in r)[-1], 9)


# ---- what cannot be run ----

def cannot(t, run, status, word):
    """It ended with that status, said why, and nothing of the command ran."""
    t.equal(run.status, status, run)
    t.true(run.err.startswith("stopgate: ") and word in run.err, run)
    t.equal(run.err.count("\n"), 1, run)
    t.equal(run.event("process", "exec"), [], run)


@promise(each=[("by_name", "no-such-command-here"), ("by_path", "./no-such-command"),
               ("below_a_file", "/etc/passwd/command"), ("empty", "")])
def missing_command_is_127(t, case):
    cannot(t, t.run([case[1], "argument"]), 127, f"'{case[1]}'")


@promise
def directory_as_command_is_126(t):
    t.mkdir("work/here")
    cannot(t, t.run(["./here"]), 126, "'./here'")
    cannot(t, t.run(["here"], env={"PATH": t.work}), 126, "'here'")


@promise
def file_that_is_not_executable_is_126(t):
    t.file("work/plain", "#!/bin/sh\nexit 0\n", 0o644)
    cannot(t, t.run(["./plain"]), 126, "'./plain'")
    cannot(t, t.run(["plain"], env={"PATH": f"{t.work}:/usr/bin"}), 126, "'plain'")


@promise(needs="user")
def file_below_a_closed_directory_is_126(t):
    t.file("work/closed/program", "#!/bin/sh\nexit 0\n", 0o755)
    (t.work / "closed").chmod(0)
    cannot(t, t.run(["closed/program"]), 126, "'closed/program'")


@promise
def missing_interpreter_is_what_env_says(t):
    t.file("work/script", "#!/no/such/interpreter\n", 0o755)
    bare = t.bare(["env", "./script"])
    cannot(t, t.run(["./script"]), bare.status, "'./script'")


@promise(each=[("of_a_script_without_a_hashbang", "echo $0 $1 $#; exit 5\n"), ("of_an_empty_file", ""),
               ("of_garbage", "\x7fEL\x00\x01\x02garbage\n")])
def behaviour_is_that_of_env(t, case):
    t.file("work/script", case[1], 0o755)
    bare = t.bare(["env", "./script", "one", "two words"])
    run = t.run(["./script", "one", "two words"])
    t.equal((run.status, run.out), (bare.status, bare.out), run)


@promise
def command_the_policy_refuses_is_126(t):
    secret = t.file("work/program", "#!/bin/sh\ntouch ran\n", 0o755)
    policy = f"""
        [exec]
        deny = {secret}
        """
    t.equal(t.bare([secret]).status, 0)
    (t.work / "ran").unlink()
    run = t.run(["./program"], policy)
    cannot(t, run, 126, "'./program'")
    run.one(call="execve", path=secret, action="deny", rule=t.rule(policy, "deny ="))
    t.true(not (t.work / "ran").exists())


@promise
def kill_rule_on_the_command_itself_ends_it(t):
    policy = """
        [exec]
        kill = /usr/bin/true
        """
    run = t.run(["/usr/bin/true"], policy)
    t.true(run.status in (126, 137), run)
    t.equal(run.event("process", "exec"), [], run)


# ---- how it is found ----

def say(t, name, text, mode=0o755):
    t.file(name, f"#!/bin/sh\necho {text} \"$0\" \"$@\"\n", mode)


@promise(each=[("leading", ":/usr/bin"), ("trailing", "/usr/bin:"), ("in_the_middle", "/bin::/usr/bin"),
               ("alone", ""), ("dot", ".")])
def empty_entry_of_path_is_the_working_directory(t, case):
    say(t, "work/hello-there", "here")
    t.equal(t.bare(["/usr/bin/env", "hello-there"], env={"PATH": case[1]}).status, 0)
    run = t.run(["hello-there", "a"], env={"PATH": case[1]})
    t.equal(run.out.replace("./", ""), "here hello-there a\n", run)


@promise
def first_that_can_be_run_along_path_is_taken(t):
    say(t, "one/tool", "one", 0o644)
    t.mkdir("two/tool")
    say(t, "three/tool", "three")
    say(t, "four/tool", "four")
    path = ":".join(str(t.dir / d) for d in ("missing", "one", "two", "three", "four"))
    run = t.run(["tool", "x"], env={"PATH": path + ":/bin"})
    t.equal(run.out, f"three {t.dir}/three/tool x\n", run)


@promise
def without_path_the_system_is_searched(t):
    run = t.run(["echo", "found"], env={"PATH": None})
    t.equal(run.out, "found\n", run)


@promise
def name_with_a_slash_is_not_searched_for(t):
    say(t, "elsewhere/sub/tool", "wrong")
    cannot(t, t.run(["sub/tool"], env={"PATH": t.dir / "elsewhere"}), 127, "'sub/tool'")


# ---- what it is given ----

ARGUMENTS = ["", " ", "two words", "line\nbreak", "tab\t", "-o", "--", "--help", "'\"\\$`*",
             b"\xff\xfe\x80", "ü€\U0001f600", "\x1b[31m", "=", "a" * 5000]


@promise
def arguments_arrive_exactly(t):
    argv = ["sh", "-c", "cat /proc/$$/cmdline; :", *ARGUMENTS]
    run = t.run(argv)
    t.equal(run.out, t.bare(argv).out, run)
    t.equal(run.status, 0)


@promise
def options_after_the_command_are_the_commands(t):
    t.equal(t.run(["echo", "-o", "x", "--check"]).out, "-o x --check\n")
    run = t.bare([STOPGATE, "-q", "echo", "-p", "x"])
    t.equal((run.status, run.out), (0, "-p x\n"), run)


@promise
def name_the_command_is_called_by_stays(t):
    for argv in (["cat", "/proc/self/cmdline"], ["/bin/cat", "/proc/self/cmdline"]):
        t.equal(t.run(argv).out, t.bare(argv).out)


@promise
def a_megabyte_of_arguments_and_environment_is_fine(t):
    words = ["x" * 100_000] * 10
    env = {f"BIG{i}": "y" * 100_000 for i in range(5)}
    script = "echo $# ${#1} ${#BIG4}"
    run = t.run(["sh", "-c", script, "sh", *words], env=env)
    t.equal(run.out, "10 100000 100000\n", run.err[-300:])
    t.equal(run.event("start")[0].get("argv_cut"), True)


@promise
def too_many_arguments_are_reported_as_bare(t):
    # One string beyond MAX_ARG_STRLEN can only come to be inside: stopgate itself could not be given it.
    run = t.run(["sh", "-c", 'x=$(head -c 140000 /dev/zero | tr "\\0" x); /bin/true "$x"; echo $?'])
    t.true(run.out.strip() in ("126", "1", "2"), run)
