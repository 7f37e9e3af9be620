"""What the command inherits is what it would have without stopgate, but for what is stated."""
import os
import resource
import subprocess

from harness import STOPGATE, promise
from test_run_follow import LIFE


def same(t, argv, policy=None, **more):
    """Bare and under stopgate it says the same."""
    bare, run = t.bare(argv, **more), t.run(argv, policy, **more)
    t.equal((run.status, run.out, run.err), (bare.status, bare.out, bare.err))
    return run


LIMITS = [("NOFILE", 77), ("STACK", 4 << 20), ("FSIZE", 1 << 33), ("CPU", 1000), ("NPROC", 5000)]
# AddressSanitizer needs more data than that, and sets the size of core files to 0.
if b"__asan_init" not in STOPGATE.read_bytes():
    LIMITS += [("DATA", 1 << 32), ("CORE", 4096)]


def unusual():
    os.umask(0o137)
    os.nice(3)
    for name, soft in LIMITS:
        number = getattr(resource, "RLIMIT_" + name)
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (soft if hard < 0 else min(soft, hard), hard))
    os.sched_setaffinity(0, {0})


@promise(each=[("usual", None), ("unusual", unusual)])
def attributes_are_those_of_a_bare_run(t, case):
    "umask, nice, limits, CPUs, working directory, timer slack, dumpable, group, session, ids."
    run = same(t, [LIFE, "attributes"], preexec_fn=case[1], session=False)
    t.true(run.out.count("\n") > 15, run)


@promise
def environment_is_that_of_a_bare_run(t):
    env = {"EMPTY": "", "A B": "c", "UMLAUT": "ü", "NEWLINE": "a\nb", "LD_BIND_NOW": "1"}
    same(t, ["env", "-0"], env=env)


@promise
def odd_environment_is_passed_on_too(t):
    "Twice the same name, and an entry without '=': env(1) shows what it got."
    script = r"""
        import os, sys
        libc = __import__("ctypes").CDLL(None)
        import ctypes
        argv = [a.encode() for a in sys.argv[1:]]
        array = lambda l: (ctypes.c_char_p * (len(l) + 1))(*l, None)
        libc.execve(argv[0], array(argv), array([b"A=1", b"A=2", b"odd", b"=x", b"B=\xff"]))
        """
    python = ["/usr/bin/python3", "-c", t.lines(script)]
    read = ["/bin/cat", "/proc/self/environ"]
    bare = t.bare([*python, *read])
    run = t.bare([*python, STOPGATE, "-o", "/dev/null", *read])
    t.equal((run.status, run.out), (bare.status, bare.out), run)


@promise
def name_that_exec_a_gives_is_kept_by_programs_inside(t):
    same(t, ["bash", "-c", "exec -a other-name cat /proc/self/cmdline"])


# ---- descriptors ----

def opened(t, argv, *, close=(), open_too=(), **more):
    """Which descriptors are open in the command, under stopgate."""
    out = t.dir / "open"

    def prepare():
        for fd in open_too:
            os.dup2(os.open("/etc/passwd", os.O_RDONLY), fd, inheritable=True)
        for fd in close:
            os.close(fd)

    run = t.bare([*argv, LIFE, "descriptors", out], preexec_fn=prepare, close_fds=False, **more)
    return run, out.read_text().split() if out.exists() else None


@promise
def inherited_descriptors_above_two_are_closed(t):
    extra = (3, 4, 5, 9, 10, 63, 200, 1000)
    bare = opened(t, [], open_too=extra)[1]
    t.true(all(str(fd) in bare for fd in extra), bare)
    run, fds = opened(t, [STOPGATE, "-o", t.dir / "log"], open_too=extra)
    t.equal(fds, ["0", "1", "2"], run)


@promise(each=["0", "1", "2", "0 1", "0 2", "1 2", "0 1 2"])
def closed_standard_descriptors_stay_closed(t, which):
    closed = [int(fd) for fd in which.split()]
    bare = opened(t, [], close=closed)[1]
    run, fds = opened(t, [STOPGATE, "-o", t.dir / "log"], close=closed)
    t.equal(fds, [fd for fd in bare if int(fd) <= 2], run)
    t.equal(run.status, 0, run)


@promise
def record_file_is_not_open_in_the_command(t):
    run = t.run(["ls", "-l", "/proc/self/fd"])
    t.true(str(t.records) not in run.out and "seccomp" not in run.out, run)
    t.equal(run.out.count("/proc/") + run.out.count("pipe:") + run.out.count("/dev/null"), 4, run)


# ---- what is stated to differ ----

@promise
def no_new_privs_is_set_and_a_filter_is_in_place(t):
    argv = ["grep", "-E", "^(NoNewPrivs|Seccomp):", "/proc/self/status"]
    t.equal(t.run(argv).out.split(), ["NoNewPrivs:", "1", "Seccomp:", "2"])


@promise(needs="user")
def setuid_program_gains_nothing(t):
    if not os.stat("/bin/su").st_mode & 0o4000:
        t.skip("no set-uid su")
    run = t.run(["/bin/su", "-c", "id -u"], stdin="x\n")
    t.true(run.status != 0 and run.out != "0\n", run)


@promise
def parent_of_the_command_is_stopgate(t):
    process = t.start(["sh", "-c", "echo $PPID"])
    t.equal(t.finish(process).out, f"{process.pid}\n")


@promise
def nobody_of_the_same_user_may_look_into_stopgate(t):
    process = t.start([LIFE, "tick", 15], stdout=subprocess.PIPE)
    process.stdout.readline()
    if os.geteuid():
        for name in ("mem", "fd/1", "environ", "maps", "cwd/x"):
            run = t.bare(["head", "-c", "1", f"/proc/{process.pid}/{name}"])
            t.equal((run.status, run.out), (1, ""), run)
    t.equal(os.stat(f"/proc/{process.pid}/fd").st_uid, 0, "proc(5): root owns it where it is not dumpable")
    process.kill()
