"""Where ptrace(2) is not possible stopgate says why, and runs nothing."""
import shutil

from harness import STOPGATE, promise
from test_run_follow import LIFE

# LeakSanitizer cannot work where ptrace(2) cannot.
ENV = {"ASAN_OPTIONS": "detect_leaks=0"}

ENFORCE = """
    [read]
    deny = /nowhere
    """


def refused(t, run, *words):
    t.equal(run.status, 125, run)
    t.true("stopgate: cannot trace the command: " in run.err, run)
    for word in words:
        t.true(word in run.err, run)
    t.true("it ran" not in run.out, run)


@promise
def under_strace_of_all_children_it_says_that_it_is_traced(t):
    if not shutil.which("strace"):
        t.skip("no strace")
    run = t.bare(["strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null", STOPGATE, "-o",
                  t.dir / "log", "echo", "it ran"], env=ENV)
    refused(t, run, "itself being traced", "strace")
    t.true("exit status 125" in (t.dir / "log").read_text())


@promise
def under_strace_of_stopgate_alone_it_works(t):
    if not shutil.which("strace"):
        t.skip("no strace")
    run = t.bare(["strace", "-qq", "-e", "trace=none", "-o", "/dev/null", STOPGATE, "-o",
                  t.dir / "log", "sh", "-c", "echo it ran; exit 3"], env=ENV)
    t.equal((run.status, run.out), (3, "it ran\n"), run)


@promise(each=[("built_in", None), ("enforcing", ENFORCE)])
def inside_another_stopgate_it_says_so(t, case):
    run = t.run([STOPGATE, "-o", t.dir / "inner", "echo", "it ran"], case[1], env=ENV)
    refused(t, run, "stopgate")


@promise
def inside_a_container_whose_filter_forbids_ptrace_it_says_so(t):
    run = t.bare([LIFE, "fenced", STOPGATE, "-o", t.dir / "log", "echo", "it ran"], env=ENV)
    refused(t, run, "seccomp filter", "Operation not permitted")


@promise
def strace_inside_is_refused_when_the_policy_denies(t):
    if not shutil.which("strace"):
        t.skip("no strace")
    argv = ["strace", "-f", "-o", "/dev/null", "echo", "it ran"]
    t.equal(t.bare(argv).out, "it ran\n")
    run = t.run(argv, ENFORCE)
    t.true(run.status != 0 and "it ran" not in run.out, run)
    t.true("not permitted" in run.err, run)
