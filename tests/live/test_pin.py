"""Pinned arguments: calls run on what was judged, in memory that the command cannot write, and give what they give
without stopgate. Landlock is left out: it would hold too. tests/live/test_bare.py has the honest part."""
import errno
import os
import re

from harness import PROBE, PROBE32, PROBES, STOPGATE, promise


def scene(t):
    t.file("a/file", "allowed\n")
    t.file("f/file", "forbidden\n")
    return str(t.dir / "a/file"), str(t.dir / "f/file")


def policy(t, pin, more=""):
    return f"""
        [policy]
        pin = {pin}
        {more}
        [read]
        deny = {t.dir}/f/file
        [write]
        deny = {t.dir}/f/file
        """


# Only who has company needs room for copies.
BESIDE = ["beside", "--"]
MAPS = ["python3", "-c", "import threading, time; threading.Thread(target=time.sleep, args=(1,), daemon=True).start(); "
        "print(open('/proc/self/maps').read())"]


@promise(each=["auto", "always", "never"])
def mapping_is_there_when_the_policy_says_so(t, pin):
    scene(t)
    run = t.run(MAPS, policy(t, pin))
    found = re.findall(r"^00010000-00400000 r--s 00000000 \S+ \d+ +/memfd: \(deleted\)$", run.out, re.M)
    t.equal(len(found), pin != "never", run)


@promise
def nothing_is_pinned_where_nothing_can_be_refused(t):
    run = t.run(MAPS, "[policy]\npin = auto\n[read]\ndefault = log\n")
    t.true("memfd" not in run.out, run)
    run = t.run(MAPS, "[policy]\npin = always\n[read]\ndefault = log\n")
    t.true("memfd" in run.out, run)


# What is refused elsewhere, to write to another's memory, is not where nothing is: then all that was judged is copied.
OTHERS_MEMORY = """
import ctypes, os, signal, sys, time
libc = ctypes.CDLL(None)
path = ctypes.create_string_buffer(sys.argv[1].encode() + b".ok")
address, me, cut = ctypes.addressof(path), os.getpid(), len(sys.argv[1])
class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
if not (writer := os.fork()):
    bytes_ = [ctypes.create_string_buffer(c, 1) for c in (b"\\0", b".")]
    here = [Iovec(ctypes.addressof(b), 1) for b in bytes_]
    there = Iovec(address + cut, 1)
    while True:
        for one in here:
            if libc.process_vm_writev(me, ctypes.byref(one), 1, ctypes.byref(there), 1, 0) != 1:
                os._exit(1)
opened, end = {}, time.monotonic() + 2
while time.monotonic() < end:
    fd = libc.open(ctypes.c_void_p(address), os.O_WRONLY)
    name = os.readlink(f"/proc/self/fd/{fd}")
    opened[name] = opened.get(name, 0) + 1
    os.close(fd)
os.kill(writer, signal.SIGKILL)
print(*(opened.get(sys.argv[1] + end, 0) for end in ("", ".ok")))
"""


@promise(needs="x86-64")
def what_runs_is_what_was_recorded_where_another_writes_to_the_memory(t):
    scene(t)
    t.file("f/file.ok", "allowed\n")
    argv = ["/usr/bin/python3", "-c", OTHERS_MEMORY, t.dir / "f/file"]
    t.true("0" not in t.bare(argv).out.split())
    run = t.run(argv, "[policy]\npin = always\n[write]\ndefault = log\n")
    told = [sum(r.get("path") == str(t.dir / name) for r in run.calls) for name in ("f/file", "f/file.ok")]
    t.equal(run.out.split(), [str(n) for n in told], run.err)
    t.true(0 not in told, told)


@promise
def no_descriptor_is_left_over(t):
    scene(t)
    bare = t.bare(["ls", "/proc/self/fd"])
    t.equal(t.run(["ls", "/proc/self/fd"], policy(t, "auto")).out, bare.out)


MREMAP, MADVISE = "nr:25", "nr:28"


@promise(needs="x86-64", each=["munmap 0x10000 4096", "munmap 0x3ff000 8192", f"{MREMAP} 0x10000 4096 4096 1 0",
                               f"{MREMAP} 0x11000 4096 4096 3 0x7f0000000000", "mmap 0x10000 4096 1 0x32 -1 0",
                               f"{MADVISE} 0x10000 4096 10", "prctl 35 14 0 0 0"])
def mapping_cannot_be_taken_away(t, words):
    scene(t)
    run = t.run_probe(policy(t, "auto"), *BESIDE, "open", f"s:{t.dir}/a/file", "0", "--", *words.split())
    t.equal(run.errnos, [None, "EPERM"], run)


def run_slots(t, run, way, *more):
    return run([PROBES / "slots", way, t.dir / "a/file", t.dir / "f/file"], *more)


# As it is without stopgate, or it is ended: what it has there is never taken for what stopgate has.
@promise(needs="x86-64", each=["dontfork", "brk", "rseq"])
def memory_of_the_commands_own_is_not_taken_for_it(t, way):
    scene(t)
    t.equal(run_slots(t, t.bare, "plain").out, "allowed\nforbidden\n")
    t.equal(run_slots(t, t.bare, way).out, "allowed\n")
    run = run_slots(t, t.run, way, policy(t, "auto"))
    t.equal((run.status, run.out), (137, "") if way == "rseq" else (0, "allowed\n"), run)
    t.equal("is killed: it left the call" in run.err, way == "rseq", run.err)


@promise(needs="x86-64", each=["mprotect 0x10000 4096 3", f"{MADVISE} 0x10000 4096 9"])
def mapping_cannot_be_written(t, words):
    scene(t)
    run = t.run_probe(policy(t, "auto"), *BESIDE, "open", f"s:{t.dir}/a/file", "0", "--", *words.split())
    t.true(run.errno in ("EACCES", "EPERM", "EINVAL"), run)


# What the kernel writes for who ends, and whom it lets go on then, is no way round.
@promise(needs="x86-64", each=["vfork", "beside", "leader", "heir"], timeout=120)
def end_of_another_changes_nothing_that_was_judged(t, way):
    scene(t)
    t.file("f/file.ok", "allowed\n")
    argv = [PROBES / "dies", way, t.dir / "f/file"]
    t.equal(t.bare([*argv, "20"]).out, "won\n")
    run = t.run([*argv, "3"], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.out), (0, ""), run)


# Neither can be made: a thread needs shared signal handlers, a pidfd is for no detached one.
@promise(needs="x86-64", each=["0x1010100", "0x601100"])
def newborn_nobody_knows_of_has_nothing_written(t, flags):
    """CLONE_VM and CLONE_CHILD_SETTID; CLONE_VM and CLONE_CHILD_CLEARTID without CLONE_THREAD."""
    scene(t)
    words = "clone", flags, 0, 0, 0, 0
    t.equal(t.probe(*words).errno, "EINVAL")
    t.equal(t.run_probe(policy(t, "auto"), *words).errno, "EPERM")
    t.equal(t.run_probe(policy(t, "never"), *words).errno, "EINVAL")


@promise
def where_a_process_outside_stands_nobody_is_led(t):
    """Landlock lets nobody follow these links; nor does stopgate, which may, go there for him."""
    scene(t)
    words = "openat", "cwd", f"s:/proc/{os.getpid()}/cwd", os.O_PATH
    t.equal(t.probe(*words).errno, None)
    for company in ([], BESIDE):
        run = t.run_probe(policy(t, "auto"), *company, *words)
        t.equal(run.errno, "EACCES", run)


@promise(needs=("root", "mounts"))
def link_that_the_kernel_does_not_follow_is_not_followed(t):
    allowed, _ = scene(t)
    t.mkdir("m")
    enter = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o nosymfollow tmpfs "$0" && ln -s "$1" "$0/link" && shift && "$@"',
             t.dir / "m", allowed)
    words = "openat", "cwd", f"s:{t.dir}/m/link", os.O_RDONLY
    t.equal(t.probe(*enter[1:], PROBE, *words, program=enter[0]).errno, "ELOOP")
    for company in ([], BESIDE):
        run = t.probe(*enter[1:], STOPGATE, "-q", "-p", t.policy(policy(t, "auto")), "-o", t.records / "m", "--",
                      PROBE, *company, *words, program=enter[0])
        t.equal(run.errno, "ELOOP", run)


@promise(needs="i386")
def i386_program_is_pinned_too(t):
    allowed, forbidden = scene(t)
    for path, wanted in ((allowed, None), (forbidden, "EACCES")):
        for call in (["open", f"s:{path}", "0"], ["openat", "cwd", f"s:{path}", "0"]):
            run = t.run_probe(policy(t, "auto"), *BESIDE, *call, "--", "munmap", "0x10000", "4096", program=PROBE32)
            t.equal(run.errnos, [wanted, "EPERM"], run)


@promise
def result_is_recorded_of_a_pinned_call(t):
    allowed, _ = scene(t)
    text = policy(t, "auto").replace("[read]", "[log]\n        results = yes\n        [read]\n        default = log")
    run = t.run_probe(text, "openat", "cwd", f"s:{allowed}", "0", "--", "openat", "cwd", f"s:{t.dir}/none", "0")
    t.equal(run.one(path=allowed)["result"], run.results[0][1], run)
    t.equal(run.one(path=f"{t.dir}/none")["result"], -errno.ENOENT, run)


@promise
def threads_and_processes_have_slots_of_their_own(t):
    scene(t)
    script = """
import os, threading
def work(n):
    name = f"w{n}"
    for i in range(150):
        with open(name, "w") as f:
            f.write(name)
        with open(name) as f:
            assert f.read() == name
for p in range(3):
    os.fork()
    # whoever has forked goes on too
threads = [threading.Thread(target=work, args=(f"{os.getpid()}-{n}",)) for n in range(4)]
[x.start() for x in threads]
[x.join() for x in threads]
"""
    run = t.run(["python3", "-c", script], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.err), (0, ""), run)
    for path in t.work.iterdir():
        t.equal(path.read_text(), path.name)


@promise
def signals_in_the_middle_are_delivered(t):
    """A child is signalled as it starts and opens; none of the signals is lost, whenever it comes."""
    scene(t)
    script = """
import os, signal, time
for n in range(30):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        os.dup2(w, 9)
        os.execlp("sh", "sh", "-c", 'trap "echo got" USR1; echo up >&9; i=0; while [ $i -lt 12 ]; do'
                  ' : < /dev/null; cat /dev/null; i=$((i+1)); done; sleep 0.05; echo end')
    os.close(w)
    os.read(r, 3)
    time.sleep(n * 0.0004)
    os.kill(pid, signal.SIGUSR1)
    os.close(r)
    assert os.waitpid(pid, 0)[1] == 0
"""
    run = t.run(["python3", "-c", script], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.err, run.out.count("got")), (0, "", 30), run)


@promise
def process_that_dies_in_the_middle_is_no_error(t):
    scene(t)
    script = """
import os, signal, time
for n in range(80):
    pid = os.fork()
    if pid == 0:
        os.execlp("cat", "cat", "/dev/null")
    time.sleep(n * 0.0001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""
    run = t.run(["python3", "-c", script], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.err), (0, ""), run)


@promise(each=["auto", "always"])
def vfork_of_one_who_shares_descriptors_returns(t, pin):
    scene(t)
    run = t.run([PROBES / "life", "vforkfiles", t.file("mark")], policy(t, pin), layers="stops", timeout=10)
    t.equal((run.status, run.err), (0, ""), run)


@promise
def vfork_whose_both_sides_are_killed_at_once_ends(t):
    scene(t)
    run = t.run([PROBES / "life", "vforkkilled", "100", t.file("mark")], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.err), (0, ""), run)


@promise(each=["auto", "always"], timeout=180)
def run_goes_on_whoever_is_killed_in_the_middle(t, pin):
    scene(t)
    for seed in ("1", "2", "3"):
        argv = [PROBES / "storm", seed, "80", t.dir / "f/file"]
        t.equal(t.bare(argv).status, 1)
        run = t.run(argv, policy(t, pin), layers="stops")
        t.equal((run.status, run.err), (0, ""), run)


@promise
def stopped_in_the_middle_goes_on(t):
    scene(t)
    script = """
import os, signal, time
for n in range(30):
    pid = os.fork()
    if pid == 0:
        os.execlp("cat", "cat", "/dev/null")
    time.sleep(n * 0.0001)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.002)
    os.kill(pid, signal.SIGCONT)
    assert os.waitpid(pid, 0)[1] == 0
"""
    run = t.run(["python3", "-c", script], policy(t, "auto"), layers="stops")
    t.equal((run.status, run.err), (0, ""), run)


@promise
def interrupted_open_is_begun_again(t):
    """An open of a FIFO waits; a handler runs, and it goes on as the command asked for it."""
    scene(t)
    os.mkfifo(t.dir / "a/fifo")
    script = f"""
import os, signal, threading, time
signal.signal(signal.SIGALRM, lambda *a: print("alarm", flush=True))
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
def writer():
    time.sleep(0.5)
    os.write(os.open({str(t.dir / "a/fifo")!r}, os.O_WRONLY), b"x")
threading.Thread(target=writer).start()
print(os.read(os.open({str(t.dir / "a/fifo")!r}, os.O_RDONLY), 1))
"""
    run = t.run(["python3", "-c", script], policy(t, "auto"), layers="stops")
    t.true(run.status == 0 and "alarm" in run.out and "b'x'" in run.out, run)


@promise(needs="x86-64")
def mapping_of_the_commands_own_in_its_place_stays(t):
    """Then nothing can be pinned, and nothing is refused."""
    allowed, _ = scene(t)
    words = ["mmap", "0x20000", "4096", "1", "0x100022", "-1", "0", "--", "open", f"s:{allowed}", "1", "--",
             "munmap", "0x20000", "4096", "--", "mmap", "0x30000", "4096", "1", "0x32", "-1", "0"]
    run = t.run_probe(f"[policy]\npin = auto\n[write]\ndeny = {t.dir}/f/file\n", *words)
    t.equal((run.errnos, run.err), ([None] * 4, ""), run)


LOW = """
import ctypes, threading
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
libc.mmap.restype = ctypes.c_ssize_t
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
def work(n):
    at = 0x20000 + n * 0x10000
    for i in range(300):
        assert libc.mmap(at, 4096, 3, 0x32, -1, 0) == at
        assert libc.munmap(at, 4096) == 0
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[x.start() for x in threads]
[x.join() for x in threads]
"""


@promise(needs="x86-64")
def threads_use_low_memory_where_nothing_is_pinned_yet(t):
    """Python writes no files, and its threads are started while the range is in use."""
    scene(t)
    text = f"[policy]\npin = auto\n[write]\ndeny = {t.dir}/f/file\n"
    script = LOW.replace("threads = [", "assert libc.mmap(0x10000, 4096, 1, 0x32, -1, 0) == 0x10000\nthreads = [")
    run = t.run(["python3", "-c", script], text)
    t.equal((run.status, run.err), (0, ""), run)


@promise(needs="x86-64", each=["unlink s:{}", "rename s:{} s:{}2", "mkdir s:{}3 0700", "chmod s:{} 0600", "truncate s:{} 0",
                               "symlink s:text s:{}4", "link s:{} s:{}5", "execve s:{} null null", "open s:{} 0"])
def same_calls_run_in_memory_that_is_shared(t, words):
    """The thread has slots, for it was made after they were."""
    allowed, _ = scene(t)
    words = [w.replace("{}", allowed) for w in words.split()]
    run = t.run_probe(policy(t, "auto"), "thread", *words, "--", "munmap", "0x10000", "4096")
    t.equal(run.errnos[-1], "EPERM", run)
    t.equal(run.errnos[0], "EACCES" if words[0] == "execve" else None, run)


FILTER = """
import ctypes, os, struct, sys
# Kills for memfd_create and openat2; allows the rest.
code = [(0x20, 0, 0, 0), (0x15, 2, 0, 319), (0x15, 1, 0, 437), (0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x80000000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
libc = ctypes.CDLL(None, use_errno=True)
def forbid():
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(fprog)), 0, 0) == 0
if sys.argv[1] == "after":
    open("/dev/null").close()
forbid()
print(open(sys.argv[2]).read(), end="", flush=True)
os.execv("/bin/cat", ["cat", sys.argv[2]])
"""


@promise(needs="x86-64", each=["before", "after"])
def filter_of_the_commands_own_is_not_met_by_calls_that_it_did_not_make(t, when):
    allowed, _ = scene(t)
    run = t.run(["python3", "-c", FILTER, when, allowed], policy(t, "auto"))
    t.equal((run.status, run.out, run.err), (0, "allowed\n" * 2, ""), run)


@promise(needs=("i386", "once"))
def file_that_is_too_large_for_a_32_bit_program_is_refused_as_ever(t):
    large = t.file("large")
    os.truncate(large, 3 << 30)
    scene(t)
    for words in (["open", f"s:{large}", "0"], ["openat", "cwd", f"s:{large}", "0"],
                  ["open", f"s:{large}", "0100000"], ["openat2", "cwd", f"s:{large}", "how:0:0:0", "24"]):
        bare = t.probe(*words, program=PROBE32)
        t.equal(t.run_probe(policy(t, "auto"), *words, program=PROBE32).results, bare.results, words)
    t.equal(t.probe("open", f"s:{large}", "0", program=PROBE32).errno, "EOVERFLOW")


@promise(needs="user")
def path_of_others_by_a_directory_that_may_not_be_searched(t):
    """What is reached by a name relative to a descriptor is reached as without stopgate."""
    scene(t)
    inner = t.mkdir("closed/inner")
    t.file("closed/inner/file", "text")
    words = ["openat", "cwd", f"s:{inner}", "0x200000", "--", "chmod", f"s:{t.dir}/closed", "0", "--",
             "openat", "3", "s:file", "0", "--", "chmod", f"s:{t.dir}/closed", "0700"]
    run = t.run_probe(policy(t, "auto"), *words)
    t.equal(run.errnos, [None] * 4, run)


@promise(needs="x86-64")
def program_is_run_by_the_name_that_it_was_given(t):
    """The kernel makes of it what ps shows, and what a script sees as its own name."""
    scene(t)
    script = t.file("a/script", "#!/bin/sh\necho $0\n", 0o755)
    os.symlink(script, t.dir / "a/name")
    run = t.run(["sh", "-c", f"exec {t.dir}/a/name"], policy(t, "auto"))
    t.equal(run.out, f"{t.dir}/a/name\n", run)
