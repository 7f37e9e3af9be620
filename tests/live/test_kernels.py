"""What an older kernel, or a filter around stopgate, does not offer: stopgate says so, and never refuses less."""
import errno
import shutil

from harness import STOPGATE, SWITCHED, parse_records, promise
from test_run_follow import LIFE

# LeakSanitizer cannot work where ptrace(2) cannot.
ENV = {"ASAN_OPTIONS": "detect_leaks=0"}

# (name, feature as tests/probes/life.c knows it, errno, as stopgate calls it)
NEEDED = [
    ("openat2", "openat2", errno.ENOSYS, "openat2"),
    ("openat2_that_a_container_refuses", "openat2", errno.EPERM, "openat2"),
    ("process_vm_readv", "process_vm_readv", errno.EPERM, "process_vm_readv"),
    ("pidfd_open", "pidfd_open", errno.ENOSYS, "pidfd_open"),
    ("close_range", "close_range", errno.ENOSYS, "close_range"),
    ("seccomp", "seccomp", errno.EINVAL, "seccomp filters"),
    ("PTRACE_GET_SYSCALL_INFO", "syscall_info", errno.EIO, "PTRACE_GET_SYSCALL_INFO"),
]
WANTED = [
    ("seals", "seals", errno.EINVAL, "sealed memfds"),
    ("memfd_create", "memfd_create", errno.ENOSYS, "sealed memfds"),
    ("kcmp", "kcmp", errno.ENOSYS, "kcmp"),
    ("kcmp_that_a_container_refuses", "kcmp", errno.EPERM, "kcmp"),
    ("pidfd_getfd", "pidfd_getfd", errno.ENOSYS, "pidfd_getfd"),
    ("Landlock", "landlock", errno.ENOSYS, "Landlock"),
    ("Landlock_that_was_not_turned_on", "landlock", errno.EOPNOTSUPP, "Landlock"),
]


def lacking(case, *argv):
    return [LIFE, "lacking", case[1], str(case[2]), STOPGATE, *argv]


@promise(each=NEEDED)
def without_what_is_needed_nothing_runs(t, case):
    run = t.bare(lacking(case, "-o", t.dir / "log", "echo", "it ran"), env=ENV)
    t.equal(run.status, 125, run)
    t.true("it ran" not in run.out, run)
    t.true(case[3] in run.err or "--doctor" in run.err, run)


@promise(each=WANTED)
def without_what_is_wanted_the_rules_hold(t, case):
    kept = t.file("kept", "kept\n")
    policy = t.file("policy.ini", f"[write]\ndefault = deny\nallow = {t.work}\nallow = /dev/null\n")
    script = f"echo 1 > one; (echo 2 > {kept}) & (mv one {t.dir}/moved) & wait; echo 3 > three; echo end"
    t.equal(t.bare(["sh", "-c", script]).out, "end\n")
    t.equal((kept.read_text(), (t.dir / "moved").exists()), ("2\n", True))
    kept.write_text("kept\n")
    (t.dir / "moved").unlink()
    log = t.dir / "log"
    run = t.bare(lacking(case, "-p", policy, "--format=json", "-o", log, "sh", "-c", script), env=ENV)
    t.equal((run.status, run.out), (0, "end\n"), run)
    t.equal((kept.read_text(), (t.dir / "moved").exists()), ("kept\n", False), run)
    t.true((t.work / "one").exists() and (t.work / "three").exists(), run)
    denied = {r.get("path") for r in parse_records(log.read_bytes()) if r.get("action") == "deny"}
    t.true(str(kept) in denied, denied)
    t.equal("lacks " + case[3] in run.err, case[3] != "Landlock", run)


@promise
def what_is_wanted_is_not_asked_for_where_nothing_is_refused(t):
    run = t.bare(lacking(WANTED[0], "-o", t.dir / "log", "echo", "it ran"), env=ENV)
    t.equal((run.status, run.out), (0, "it ran\n"), run)
    t.true("lacks" not in run.err, run)


@promise
def doctor_finds_that_commands_can_be_run_here(t):
    run = t.bare([STOPGATE, "--doctor"])
    t.equal(run.status, 0, run)
    t.true("yes  openat2\n" in run.out and "holds    what was judged is what runs" in run.out, run)


@promise(each=NEEDED + WANTED)
def doctor_finds_what_is_missing(t, case):
    run = t.bare(lacking(case, "--doctor"), env=ENV)
    t.equal(run.status, 125 if case in NEEDED else 0, run)
    t.true(f"  NO   {case[3]}" in run.out, run)
    t.equal("cannot run a command here" in run.out, case in NEEDED, run)


@promise
def doctor_says_what_an_older_landlock_does_not_hold(t):
    run = t.bare([SWITCHED, "--doctor"], env={"STOPGATE_TEST_ABI": "3"})
    t.equal(run.status, 0, run)
    t.true("yes  truncation" in run.out and "no   TCP ports (Landlock 4, here is 3)" in run.out, run)


@promise
def doctor_names_who_forbids_ptrace(t):
    run = t.bare([LIFE, "fenced", STOPGATE, "--doctor"], env=ENV)
    t.equal(run.status, 125, run)
    t.true("  NO   ptrace" in run.out and "a seccomp filter around stopgate" in run.out, run)


@promise
def doctor_notices_that_it_is_traced(t):
    if not shutil.which("strace"):
        t.skip("no strace")
    run = t.bare(["strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null", STOPGATE, "--doctor"], env=ENV)
    t.equal(run.status, 125, run)
    t.true("itself being traced" in run.out, run)


# Yama is not in every kernel: its setting is put where stopgate looks for it, and a filter forbids what it would forbid.
def under_yama(t, scope, *argv):
    setting = f"mount -t tmpfs none /proc/sys/kernel && mkdir /proc/sys/kernel/yama && echo {scope} > /proc/sys/kernel/yama/ptrace_scope"
    return t.bare(["unshare", "--mount", "sh", "-c", setting + ' && exec "$@"', "sh", *argv], env=ENV)


@promise(needs=("root", "mounts"), each=[2, 3])
def yama_that_forbids_ptrace_is_named(t, scope):
    for argv, said in ((["-o", t.dir / "log", "echo", "it ran"], "err"), (["--doctor"], "out")):
        run = under_yama(t, scope, LIFE, "fenced", STOPGATE, *argv)
        t.equal(run.status, 125, run)
        t.true(f"kernel.yama.ptrace_scope = {scope}" in getattr(run, said) and "it ran" not in run.out, run)


@promise(needs=("root", "mounts"))
def yama_that_lets_parents_trace_is_no_hindrance(t):
    run = under_yama(t, 1, STOPGATE, "-o", t.dir / "log", "echo", "it ran")
    t.equal((run.status, run.out), (0, "it ran\n"), run)
    run = under_yama(t, 1, STOPGATE, "--doctor")
    t.true(run.status == 0 and "yama" not in run.out, run)
