"""Processes of the same user outside of the run: the command cannot signal them, limit them, read or write
their memory, nor have the kernel do it later. Every attack is first shown to work without stopgate, on a
bystander that the test has started. Among those inside, all works as ever."""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import harness
from harness import PROBE, PROBE32, PROBES, promise
from rows import KNOWN, expand
from test_run_terminal import STOPPED, Terminal, ticks

WORD = "processes"
DENIES = "[write]\ndeny = /nonexistent\n"
HIDES = "[read]\ndeny = /nonexistent\n"
LIFE = PROBES / "life"
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else "python3"


def bystander(t, argv=("sleep", "60")):
    """In a group and session of its own."""
    process = t._spawn(list(argv), None, None, None)
    wait_for(lambda: argv[0] in pathlib.Path(f"/proc/{process.pid}/comm").read_text(), argv[0] == "sleep")
    return process


def wait_for(condition, worth=True):
    end = time.monotonic() + 5
    while worth and not condition() and time.monotonic() < end:
        time.sleep(0.005)


def is_alive(process):
    time.sleep(0.03)
    return process.poll() is None


def is_dead(process):
    wait_for(lambda: process.poll() is not None)
    return process.poll() is not None


def ioprio(pid):
    return ctypes.CDLL(None).syscall({"x86_64": 252, "aarch64": 31}[os.uname().machine], 1, pid)


def state_of(pid):
    """All that an attack could change."""
    return (os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid), os.sched_getscheduler(pid),
            ioprio(pid), pathlib.Path(f"/proc/{pid}/limits").read_text(),
            pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text())


class Attack:
    """words: {b} is the bystander; the call of that name (the last, if none is named) is the one that is
    refused. bare: what may come of it without stopgate; effect: it ends the bystander ("dies"), changes it
    ("changes") or neither ("")."""

    def __init__(self, name, words, effect="dies", *, at=-1, errno="EPERM", bare=(None,), policy=DENIES,
                 word=WORD, only=None, needs=(), path="process {b}", **fields):
        self.name, self.words, self.effect, self.at, self.errno = name, words.split(), effect, at, errno
        self.bare, self.policy, self.word, self.only, self.test_needs = bare, policy, word, only, needs
        self.path, self.fields = path, fields

    @property
    def call(self):
        return [c.split()[0] for c in " ".join(self.words).split(" -- ")][self.at]

    def fill(self, pid, bits):
        info = f"words:{9},{0xffffffff}" + ",0" * 14 if bits == 64 else "words:9,0,-1" + ",0" * 29
        names = {"b": pid, "minus": -pid, "high": 0xdead << 32 | pid, "info": info, "uid": os.getuid(),
                 "own": f"words:{pid << 32 | 1}" if bits == 64 else f"words:1,{pid}",
                 "limit": "words:5,5" if bits == 64 else "words:5,0,5,0",
                 "attr": f"words:{3 << 32 | 48},0,0,0,0,0" if bits == 64 else "words:48,3" + ",0" * 10}
        return [expand(word, names) for word in self.words]


PIPE = "socketpair UNIX STREAM 0 buf:8 -- "
FIRE = " -- fcntl 3 10 9 -- fcntl 3 4 0x2000 -- write 4 s:x 1"
ATTACKS = [
    Attack("kill", "kill {b} 9", signal="SIGKILL"),
    Attack("kill-politely", "kill {b} 15", signal="SIGTERM"),
    Attack("kill-high-bits", "kill {high} 9", only=64),
    Attack("kill-group", "kill {minus} 9", path="process group {b}"),
    Attack("kill-real-time", "kill {b} 40"),
    Attack("kill-does-it-exist", "kill {b} 0", "", signal="0"),
    Attack("kill-from-a-thread", "thread kill {b} 9", at=0),
    Attack("kill-from-a-child", "child kill {b} 9", at=0),
    Attack("kill-int80", "i80:37 {b} 9", only=64, needs=("i386",)),
    Attack("tkill", "tkill {b} 9"),
    Attack("tgkill", "tgkill {b} {b} 9"),
    Attack("rt_sigqueueinfo", "rt_sigqueueinfo {b} 9 {info}"),
    Attack("rt_tgsigqueueinfo", "rt_tgsigqueueinfo {b} {b} 9 {info}"),
    Attack("pidfd_send_signal", "pidfd_open {b} 0 -- pidfd_send_signal 3 9 null 0", fd=3),
    Attack("pidfd_send_signal-info", "pidfd_open {b} 0 -- pidfd_send_signal 3 9 {info} 0"),
    Attack("pidfd_send_signal-proc", "openat cwd s:/proc/{b} O_DIRECTORY -- pidfd_send_signal 3 9 null 0"),
    Attack("pidfd_send_signal-thread", "pidfd_open {b} 0 -- pidfd_send_signal 3 9 null 1",
           bare=(None, "EINVAL")),
    Attack("pidfd_send_signal-group", "pidfd_open {b} 0 -- pidfd_send_signal 3 9 null 4",
           bare=(None, "EINVAL"), path="process group {b}"),
    Attack("fcntl-owner", PIPE + "fcntl 3 8 {b}" + FIRE, at=1),
    Attack("fcntl-owner-high-bits", PIPE + f"fcntl 3 {0xdead << 32 | 8} {{high}}" + FIRE, at=1, only=64),
    Attack("fcntl-owner-group", PIPE + "fcntl 3 8 {minus}" + FIRE, at=1, path="process group {b}"),
    Attack("fcntl-owner-in-memory", PIPE + "fcntl 3 15 {own}" + FIRE, at=1, path=None),
    Attack("fcntl64-owner", PIPE + "fcntl64 3 8 {b}" + FIRE, at=1, only=32),
    Attack("ioctl-FIOSETOWN", PIPE + "ioctl 3 0x8901 int:{b}" + FIRE, at=1, path=None),
    Attack("ioctl-SIOCSPGRP", PIPE + "ioctl 3 0x8902 int:{b}" + FIRE, at=1, path=None),
    Attack("prlimit64", "prlimit64 {b} 7 {limit} null", "changes"),
    Attack("prlimit64-high-bits", "prlimit64 {high} 7 {limit} null", "changes", only=64),
    Attack("setpriority", "setpriority 0 {b} 15", "changes"),
    Attack("setpriority-group", "setpriority 1 {b} 15", "changes", path="process group {b}"),
    Attack("ioprio_set", "ioprio_set 1 {b} 0x4007", "changes"),
    Attack("ioprio_set-group", "ioprio_set 2 {b} 0x4007", "changes", path="process group {b}"),
    Attack("sched_setaffinity", "sched_setaffinity {b} 8 words:1,0", "changes" if os.cpu_count() > 1 else ""),
    Attack("sched_setattr", "sched_setattr {b} {attr} 0", "changes"),
    Attack("sched_setparam", "sched_setparam {b} int:0", ""),
    Attack("sched_setscheduler", "sched_setscheduler {b} 3 int:0", "changes"),
    Attack("migrate_pages", "migrate_pages {b} 2 words:1 words:1", "", bare=(None, "ENOSYS")),
    Attack("move_pages", "move_pages {b} 0 null null null 0", "", bare=(None, "ENOSYS")),
    Attack("process_madvise", "pidfd_open {b} 0 -- process_madvise 3 iov:x 0 20 0", "",
           bare=(None, "EPERM", "ENOSYS")),
    Attack("process_mrelease", "pidfd_open {b} 0 -- process_mrelease 3 0", "", bare=("EINVAL", "ENOSYS")),
]
for flags in ("O_RDWR", "O_WRONLY"):
    for name, path in [("plain", "/proc/{b}/mem"), ("task", "/proc/{b}/task/{b}/mem"),
                       ("dots", "/proc/self/../{b}/mem"), ("thread-self", "/proc/thread-self/../../../{b}/mem"),
                       ("root", "/proc/self/root/proc/{b}/mem"), ("slashes", "/proc//{b}/./mem")]:
        ATTACKS.append(Attack(f"mem-{name}-{flags}", f"openat cwd s:{path} {flags}", "", errno="EACCES",
                              word="ptrace", cls="write", path=re.compile("^/proc/.*/mem$")))
FILE = {"errno": "EACCES", "word": "ptrace", "cls": "write"}
ATTACKS += [
    Attack("mem-creat", "creat s:/proc/{b}/mem 0600", "", path="/proc/{b}/mem", **FILE),
    Attack("mem-openat2", "openat2 cwd s:/proc/{b}/mem how:2:0:0 24", "", path="/proc/{b}/mem", **FILE),
    Attack("mem-dirfd", "openat cwd s:/proc/{b} O_PATH -- openat 3 s:mem O_RDWR", "", path="/proc/{b}/mem",
           **FILE),
    Attack("mem-handle", "openat cwd s:/proc/{b}/mem O_PATH -- openat cwd s:/proc/self/fd/3 O_RDWR", "",
           path="/proc/{b}/mem", **FILE),
    Attack("mem-chdir", "chdir s:/proc/{b}/task -- openat cwd s:{b}/mem O_RDWR", "",
           path="/proc/{b}/task/{b}/mem", **FILE),
    Attack("oom_score_adj", "openat cwd s:/proc/{b}/oom_score_adj O_WRONLY -- write 3 s:500 3", "changes",
           at=0, path="/proc/{b}/oom_score_adj", **FILE),
]
for name in ("mem", "environ"):
    ATTACKS.append(Attack(f"{name}-read", f"openat cwd s:/proc/{{b}}/{name} O_RDONLY", "", errno="EACCES",
                          policy=HIDES, word="ptrace", cls="read", path=f"/proc/{{b}}/{name}"))
NO_CALLS = {"thread", "child", "fcntl64"} | ({"i80:37"} if os.uname().machine == "x86_64" else set())
AIMED = {a.call for a in ATTACKS if a.word == WORD} - {"ioctl"} - NO_CALLS


def attacks(bits, table=None):
    return [a for a in table or ATTACKS if a.only in (None, bits)
            and (a.call in KNOWN or a.call in NO_CALLS)]


def try_attack(t, attack, policy, program, bits, wins=False, **layers):
    """Its errno, and whether it had its effect. wins: it should, so that it is waited for."""
    victim = bystander(t)
    before = state_of(victim.pid)
    words = attack.fill(victim.pid, bits)
    run = (t.probe(*words, program=program) if policy == "bare" else
           t.run_probe(policy, *words, program=program, **layers))
    done = is_dead(victim) if attack.effect == "dies" and (wins or policy == "bare") else not is_alive(victim)
    if not done and attack.effect == "changes":
        done = state_of(victim.pid) != before
    victim.kill()
    return run.errnos[attack.at], done, run, victim.pid


def check_attack(t, attack, program, bits):
    native, done, run, _ = try_attack(t, attack, "bare", program, bits)
    t.true(native in attack.bare, f"without stopgate {native}\n{run}")
    if native == attack.bare[0]:
        t.equal(done, bool(attack.effect), f"without stopgate it has no effect\n{run}")
    got, done, run, pid = try_attack(t, attack, attack.policy, program, bits, layers="stops")
    t.equal((got, done), (attack.errno, False), run)
    if attack.path is not None:
        path = attack.path.replace("{b}", str(pid)) if isinstance(attack.path, str) else attack.path
        fields = {"cls": "process", **attack.fields}
        run.one(path=path, action="deny", errno=attack.errno, rule="built-in", **fields)
    opened = attack.policy + f"[system]\nallow = {attack.word}, capabilities\n"
    got, done, run, _ = try_attack(t, attack, opened, program, bits, layers="stops")
    t.equal(got, native, f"[system] allow = {attack.word}\n{run}")
    # Landlock lets the owner of a descriptor be set, and only keeps the signal back.
    got, done, run, _ = try_attack(t, attack, attack.policy, program, bits)
    t.true(not done and got in (attack.errno, *[None] * ("owner" in attack.name or "OWN" in attack.name
                                                         or "SPGRP" in attack.name)), run)


@promise(each=attacks(64))
def bystander_is_out_of_reach(t, attack):
    check_attack(t, attack, harness.PROBE, 64)


@promise(each=attacks(32), needs=("i386", "once"))
def bystander_is_out_of_reach_on_i386(t, attack):
    check_attack(t, attack, PROBE32, 32)


@promise
def nothing_is_held_where_nothing_is_denied(t):
    for policy in (None, "[write]\ndefault = log\n", "[policy]\nmode = permissive\n" + DENIES):
        for attack in (ATTACKS[0], next(a for a in ATTACKS if a.name == "fcntl-owner")):
            got, done, run, _ = try_attack(t, attack, policy, PROBE, 64, wins=True)
            t.equal((got, done), (None, True), run)


@promise
def nothing_else_is_held_where_the_stops_are_narrowed_by_hand(t):
    attack, policy = next(a for a in ATTACKS if a.name == "prlimit64"), DENIES + "[trace]\ncalls = openat\n"
    got, done, run, _ = try_attack(t, attack, policy, PROBE, 64)
    t.equal((got, done), (None, True), run)


@promise(each=[(None, []), ("stops", ["kill"])])
def signals_are_held_even_where_the_stops_are_narrowed_by_hand(t, item):
    """By the kernel, or where it is too old by more stops."""
    layers, stops = item
    got, done, run, _ = try_attack(t, ATTACKS[0], DENIES + "[trace]\ncalls = openat\n", PROBE, 64, layers=layers)
    t.equal((got, done), ("EPERM", False), run)
    t.equal([c for c in run.event("start")[0]["stops"] if c in ("kill", "prlimit64")], stops, run)


@promise
def processes_of_a_user_are_not_all_of_the_run(t):
    """Not shown bare: it would slow down everything of that user."""
    for words in (("setpriority", 2, os.getuid(), 0), ("setpriority", 2, 0, 0), ("ioprio_set", 3, os.getuid(), 0)):
        run = t.run_probe(DENIES, *words)
        t.equal(run.errno, "EPERM", run)
        run.one(cls="process", action="deny", path=f"processes of user {words[2]}")


# ---- stopgate itself: the parent of the command ----


STOPGATE_ATTACKS = [
    "kill ppid 9", "kill ppid 19", "kill ppid 0", "tkill ppid 9", "tgkill ppid ppid 9",
    "rt_sigqueueinfo ppid 9 words:9,0xffffffff,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
    "rt_tgsigqueueinfo ppid ppid 9 words:9,0xffffffff,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
    "pidfd_open ppid 0 -- pidfd_send_signal 3 9 null 0", PIPE + "fcntl 3 8 ppid",
    "prlimit64 ppid 7 words:5,5 null", "prlimit64 ppid 1 words:0,0 null", "setpriority 0 ppid 19",
    "sched_setaffinity ppid 8 words:1,0", "sched_setscheduler ppid 3 int:0",
    "process_vm_readv ppid iov:x 1 iov:x 1 0", "process_vm_writev ppid iov:x 1 iov:x 1 0",
    "ptrace 16 ppid 0 0", "ptrace 0x4206 ppid 0 0", "pidfd_open ppid 0 -- pidfd_getfd 3 0 0",
]


@promise(each=STOPGATE_ATTACKS)
def stopgate_is_out_of_reach(t, words):
    for layers in ("stops", None):
        run = t.run_probe(DENIES, *[expand(word, {}) for word in words.split()], layers=layers)
        kept_back = layers is None and "fcntl" in words  # the signal is, not the owner
        t.equal((run.status, run.errno), (0, None if kept_back else "EPERM"), run)
        t.equal(run.event("end")[0]["status"], 0)


@promise(each=["mem", "task/%q/mem", "oom_score_adj", "environ"])
def files_of_stopgate_are_out_of_reach(t, name):
    """It is not dumpable, which holds its memory for all but root; the guard holds the rest."""
    run = t.run_probe(DENIES + HIDES, "openat", "cwd", f"sp:/proc/%q/{name}", os.O_RDWR, "--",
                      "openat", "cwd", f"sp:/proc/%q/{name}", os.O_WRONLY)
    t.equal((run.status, run.errnos), (0, ["EACCES", "EACCES"]), run)


@promise
def record_of_a_refused_signal_is_readable_as_text(t):
    victim = bystander(t)
    run = t.run_probe(DENIES, "kill", victim.pid, 9, fmt="text", layers="stops")
    t.true(re.search(rf"^\[\d+ probe\] +DENY +kill +process {victim.pid}  SIGKILL  EPERM  built-in$", run.record,
                     re.M), run.record)
    t.true("denied 1 (process 1)" in run.record, run.record)
    t.true(is_alive(victim))


# A background job, and a group in front that reads the terminal: the bystander.
FRONT = '''
import os, pty, signal, sys, time
pid, master = pty.fork()
if not pid:
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    bystander = os.fork()
    if not bystander:
        os.setpgid(0, 0)
        time.sleep(20)
    os.setpgid(bystander, bystander)
    os.tcsetpgrp(0, bystander)
    attacker = os.fork()
    if not attacker:
        os.setpgid(0, 0)
        os.execv(sys.argv[1], sys.argv[1:])
    os.waitpid(attacker, 0)
    print("READY", flush=True)
    time.sleep(0.4)
    print("bystander", "dead" if os.waitpid(bystander, os.WNOHANG)[0] else "alive", "END", flush=True)
    os.kill(bystander, 9)
    os._exit(0)
seen = b""
while b"END" not in seen:
    seen += os.read(master, 4096)
    if seen.endswith(b"READY\\r\\n"):
        os.write(master, b"x\\n")
print(seen.decode())
'''


LAYERS = ("all", "stops")


def program(layers):
    return harness.switched(None if layers == "all" else layers, {})


@promise(each=[(f"{w.split()[0]}-{l}", w, l) for w in ("fcntl 0 4 0x2002", "ioctl 0 0x5452 int:1") for l in LAYERS])
def terminal_does_not_kill_for_the_command_who_is_in_front(t, item):
    """F_SETSIG, O_ASYNC: the terminal signals the group in front at the next line that is typed."""
    _, words, layers = item
    stopgate, env = program(layers)
    probe = [harness.PROBE, "fcntl", 0, 10, 9, "--", *words.split()]
    run = t.bare([PYTHON, "-c", FRONT, *probe])
    t.true("bystander dead" in run.out, f"does not work without stopgate\n{run}")
    log = t.dir / "log"
    run = t.bare([PYTHON, "-c", FRONT, stopgate, "-q", "-o", log, "-p", t.policy(DENIES), *probe], env=env)
    t.true("bystander alive" in run.out, run)
    if layers == "stops":
        t.true(re.search(r"DENY +(fcntl|ioctl) +process group \d+( <fd 0>)?  EPERM  built-in", log.read_text()), run)


# The descriptor comes with an owner outside, whom SIGIO, which he ignores, tells of what arrives.
OWNED = '''
import fcntl, os, signal, socket, subprocess, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
victim = os.fork()
if not victim:
    time.sleep(60)
    os._exit(0)
near, far = socket.socketpair()
fcntl.fcntl(near, fcntl.F_SETOWN, victim)
fcntl.fcntl(near, fcntl.F_SETFL, fcntl.fcntl(near, fcntl.F_GETFL) | os.O_ASYNC)
print("probe", subprocess.run(sys.argv[1:], stdin=near, stdout=subprocess.DEVNULL).returncode)
far.send(b"x")
time.sleep(0.2)
print("victim", "dead" if os.waitpid(victim, os.WNOHANG)[0] else "alive")
try:
    os.kill(victim, signal.SIGKILL)
except OSError:
    pass
'''


@promise(each=LAYERS)
def owner_of_a_descriptor_is_not_told_by_another_signal(t, layers):
    stopgate, env = program(layers)
    probe = [harness.PROBE, "fcntl", 0, 10, 9]
    run = t.bare([PYTHON, "-c", OWNED, *probe])
    t.equal(run.out, "probe 0\nvictim dead\n", run)
    log = t.dir / "log"
    run = t.bare([PYTHON, "-c", OWNED, stopgate, "-q", "-o", log, "-p", t.policy(DENIES), *probe], env=env)
    t.equal(run.out, "probe 0\nvictim alive\n", run)
    t.true(re.search(r"DENY +fcntl +process \d+( <fd 0>)?  EPERM  built-in", log.read_text()), log.read_text())


# ---- memory, in earnest ----

VICTIM = """
import ctypes, sys, time
buffer = ctypes.create_string_buffer(b"untouched", 16)
print(ctypes.addressof(buffer), flush=True)
while True:
    sys.stdin.readline()
    print(buffer.value.decode(), flush=True)
"""
WRITER = """
import os, sys
try:
    fd = os.open("/proc/%s/mem" % sys.argv[1], os.O_RDWR)
    os.pwrite(fd, b"overwritten", int(sys.argv[2]))
    print("written")
except OSError as error:
    print(error.strerror)
"""


@promise
def memory_of_a_bystander_stays_as_it_is(t):
    victim = t._spawn([PYTHON, "-c", VICTIM], None, None, subprocess.PIPE)
    address = victim.stdout.readline().decode().strip()

    def look():
        victim.stdin.write(b"\n")
        victim.stdin.flush()
        return victim.stdout.readline()

    run = t.run([PYTHON, "-c", WRITER, victim.pid, address], DENIES)
    t.equal((run.out, look()), ("Permission denied\n", b"untouched\n"), run)
    run = t.bare([PYTHON, "-c", WRITER, victim.pid, address])
    if run.out == "Operation not permitted\n":
        t.skip("Yama forbids it anyway")
    t.equal((run.out, look()), ("written\n", b"overwritten\n"), "does not work without stopgate")


@promise
def own_memory_and_that_of_children_is_left_to_the_rules(t):
    words = ("openat", "cwd", "s:/proc/self/mem", os.O_RDWR, "--", "openat", "cwd", "sp:/proc/%p/mem", os.O_RDWR,
             "--", "openat", "cwd", "s:/proc/thread-self/mem", os.O_RDWR, "--", "child", "openat", "cwd",
             "sp:/proc/%q/mem", os.O_RDWR, "--", "openat", "cwd", "s:/proc/self/environ", 0,
             "--", "openat", "cwd", "s:/proc/self/oom_score_adj", os.O_WRONLY)
    run = t.run_probe(DENIES + HIDES, *words)
    t.equal(run.errnos, [None] * 6, run)
    run = t.run_probe("[write]\ndeny = /proc\n", *words[:4])
    t.equal(run.errno, "EACCES", run)


@promise
def what_anybody_may_know_of_a_bystander_is_left_to_the_rules(t):
    victim = bystander(t)
    words = []
    for name in ("status", "stat", "cmdline", "comm", "limits"):
        words += ["--", "openat", "cwd", f"s:/proc/{victim.pid}/{name}", 0]
    run = t.run_probe(DENIES + HIDES, *words[1:], "--", "prlimit64", victim.pid, 7, "null", "buf:16")
    t.equal(run.errnos, [None] * 6, run)


# ---- groups ----


GROUPS = [("its_own", "0"), ("by_number", "-$(ps -o pgid= -p $$ | tr -d ' ')")]


@promise(each=[(f"{name}-{layers}", target, layers) for name, target in GROUPS for layers in LAYERS])
def group_is_signalled_inside_and_the_neighbour_is_not(t, item):
    """A pipeline or a script has stopgate and others in one process group."""
    _, target, layers = item
    stopgate, env = program(layers)
    script = f"sleep 20 & sleep 20 & kill -TERM {target}; wait; echo not reached"
    neighbour = "sleep 61 & echo $!; exec "
    bare = t._spawn(["sh", "-c", neighbour + 'sh -c "$0"', script], None, None, None)
    pid = int(bare.stdout.readline())
    out, _ = bare.communicate(timeout=10)
    t.equal((bare.returncode, out), (-15, b""))
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists() or "Z (" in
             pathlib.Path(f"/proc/{pid}/status").read_text())
    policy, record = t.policy(DENIES), t.dir / "log"
    process = t._spawn(["sh", "-c", neighbour + '"$0" -p "$1" -o "$2" sh -c "$3"', stopgate, policy, record,
                        script], None, env, None)
    pid = int(process.stdout.readline())
    process.wait(10)
    t.equal(process.returncode, 143)
    text = record.read_text()
    t.equal(len(re.findall("killed by SIGTERM", text)), 3, text)
    if layers == "stops":
        t.true(re.search(r"log +kill +(its process group|process group \d+), those inside  SIGTERM", text), text)
    t.true("Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
    t.equal(pathlib.Path(f"/proc/{pid}/comm").read_text(), "sleep\n")
    os.kill(pid, signal.SIGKILL)


@promise
def script_that_ignores_a_signal_ends_its_children_by_kill_0(t):
    script = "trap 'echo caught' TERM; sleep 20 & kill 0; wait; echo $?; exit 5"
    bare, run = t.bare(["sh", "-c", script]), t.run(["sh", "-c", script], DENIES)
    t.equal((run.status, run.out), (bare.status, bare.out), run)


@promise
def existence_of_the_group_is_told(t):
    run = t.run_probe(DENIES, "kill", 0, 0)
    t.equal(run.errno, None, run)
    t.equal(t.run_probe(DENIES, "kill", 0, 99).errno, "EINVAL")
    t.equal(t.run_probe(DENIES, "kill", 0, -1).errno, "EINVAL")
    t.equal(t.run_probe(DENIES, "kill", -(1 << 22) - 5, 9).errno, "ESRCH")


@promise(each=LAYERS)
def everybody_is_everybody_inside_but_the_caller(t, layers):
    """With SIGURG, which nobody minds who does not ask for it."""
    wait = ("import signal,sys\nsignal.pthread_sigmask(signal.SIG_BLOCK,{signal.SIGURG})\n"
            "print('ready',flush=True)\n"
            "print('got it' if signal.sigtimedwait({signal.SIGURG},float(sys.argv[1])) else 'nothing',flush=True)")
    victim = t._spawn([PYTHON, "-c", wait, "3"], None, None, None)
    victim.stdout.readline()
    script = f"""
import os, signal, subprocess, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGURG}})
child = subprocess.Popen([sys.executable, "-c", {wait!r}, "20"], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
os.kill(-1, signal.SIGURG)
print(child.communicate()[0].decode(), signal.sigtimedwait({{signal.SIGURG}}, 0.1))
"""
    run = t.run([PYTHON, "-c", script], DENIES, layers=None if layers == "all" else layers)
    t.equal(run.out, "got it\n None\n", run)
    if layers == "stops":
        run.one(call="kill", path="all processes, those inside", signal="SIGURG", action="log")
    t.equal(victim.communicate(timeout=10)[0], b"nothing\n")


@promise(each=LAYERS)
def receiver_is_told_who_sent_it(t, layers):
    """Also where stopgate sends it in the caller's place, and where the caller says it itself."""
    script = """
import ctypes, os, signal, struct
PIDFD_SEND_SIGNAL, SI_QUEUE = 424, -1
def send_info(pid, number=signal.SIGUSR1):
    info = struct.pack("iiiiiiq", number, 0, SI_QUEUE, 0, os.getpid(), os.getuid(), 42).ljust(128, b"\\0")
    return ctypes.CDLL(None).syscall(PIDFD_SEND_SIGNAL, os.pidfd_open(pid), int(signal.SIGUSR1), info, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
def sender():
    info = signal.sigwaitinfo({signal.SIGUSR1})
    return info.si_pid == parent and info.si_uid == os.getuid()
parent = os.getpid()
for send in (lambda pid: os.kill(pid, signal.SIGUSR1), lambda pid: os.kill(0, signal.SIGUSR1),
             lambda pid: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGUSR1), send_info):
    pid = os.fork()
    if not pid:
        print(sender(), flush=True)
        os._exit(0)
    send(pid)
    os.waitpid(pid, 0)
print(send_info(parent, signal.SIGUSR2))
"""
    run = t.run([PYTHON, "-c", script], DENIES, layers=None if layers == "all" else layers)
    t.equal(run.out, "True\n" * 4 + "-1\n", run)


@promise
def no_child_escapes_a_group_s_end(t):
    script = """
import os, signal, time
os.set_blocking(1, True)
for _ in range(6):
    if os.fork() == 0:
        while True:
            if os.fork() == 0:
                time.sleep(0.002)
                os._exit(0)
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                pass
time.sleep(0.2)
os.kill(0, signal.SIGKILL)
"""
    run = t.run([PYTHON, "-c", script], DENIES)
    t.equal(run.status, 137, run)


# ---- numbers ----


@promise
def number_of_nobody_gives_ESRCH(t):
    for words in (("kill", 1 << 22, 9), ("tkill", 1 << 22, 9), ("tgkill", 1 << 22, 1 << 22, 9),
                  ("prlimit64", 1 << 22, 7, "words:5,0,5,0", "null"), ("setpriority", 0, 1 << 22, 5),
                  ("sched_setaffinity", 1 << 22, 8, "words:1,0"), ("kill", -(1 << 22), 9)):
        t.equal(t.probe(*words).errno, "ESRCH")
        run = t.run_probe(DENIES, *words)
        t.equal(run.errno, "ESRCH", run)
        run.none(action="deny")


@promise(each=LAYERS)
def odd_numbers_get_what_they_get_bare(t, layers):
    for words in (("kill", 1 << 31, 9), ("kill", -(1 << 31), 9), ("tkill", 0, 9), ("tkill", -5, 9),
                  ("tgkill", "pid", 0, 9), ("tgkill", 1, "tid", 0),
                  ("rt_sigqueueinfo", -1, 9, "bad"), ("pidfd_send_signal", -1, 9, "null", 0),
                  ("pidfd_send_signal", 1, 9, "null", 0), ("pidfd_send_signal", 99, 9, "null", 0),
                  ("setpriority", 3, 5, 0), ("setpriority", 0, -5, 0), ("ioprio_set", 0, 5, 0),
                  ("sched_setaffinity", -5, 8, "words:1,0"), ("kill", "pid", 99), ("tkill", "tid", -1),
                  ("fcntl", 1, 8, 0), ("fcntl", 99, 8, "pid"), ("fcntl", 0, 8, -(1 << 31)),
                  ("pidfd_open", "pid", 0, "--", "pidfd_send_signal", 3, 99, "null", 0),
                  ("pidfd_open", "pid", 0, "--", "pidfd_send_signal", 3, 0, "bad", 0),
                  ("pidfd_open", "pid", 0, "--", "pidfd_send_signal", 3, 0, "null", 99),
                  ("pidfd_open", "pid", 0, "--", "pidfd_send_signal", 3, 0, "null", 0)):
        bare = t.probe(*words)
        run = t.run_probe(DENIES, *words, layers=None if layers == "all" else layers)
        t.equal(run.errnos, bare.errnos, run)


@promise(needs="root")
def numbers_of_another_pid_namespace_are_not_taken_for_ours(t):
    """The command's own number works there, and so does what /proc would not confuse; others do not."""
    script = ("sh -c 'kill -0 $$ && echo self; kill -0 1 2>&1 | grep -o permitted; sleep 5 & kill -9 $!' 2>&1"
              " | sort -u")
    words = ["unshare", "-p", "-f", "sh", "-c", script]
    if t.bare(words).status:
        t.skip("no pid namespaces")
    run = t.run(words, DENIES + "[system]\nallow = namespaces\n", layers="stops")
    t.true("self" in run.out and "not permitted" in run.out, run)


RACE = '''
import os, signal, subprocess, sys, threading, time
child = subprocess.Popen(["sleep", "20"])
ours, theirs = os.pidfd_open(child.pid), os.pidfd_open(int(sys.argv[1]))
fd = os.dup(ours)
going = True
def exchange():
    while going:
        os.dup2(theirs, fd)
        os.dup2(ours, fd)
thread = threading.Thread(target=exchange)
thread.start()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    try:
        signal.pidfd_send_signal(fd, signal.SIGWINCH)
    except OSError:
        pass
going = False
thread.join()
child.kill()
'''
MINDS = '''
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
print("ready", flush=True)
print("got it" if signal.sigtimedwait({signal.SIGWINCH}, 6) else "nothing")
'''


@promise
def pidfd_that_a_thread_exchanges_reaches_nobody_outside(t):
    for policy, said in ((None, b"got it\n"), (DENIES, b"nothing\n")):
        victim = t._spawn([PYTHON, "-c", MINDS], None, None, None)
        victim.stdout.readline()
        argv = [PYTHON, "-c", RACE, victim.pid]
        run = t.run(argv, policy) if policy else t.bare(argv)
        t.equal(run.status, 0, run)
        t.equal(victim.communicate(timeout=10)[0], said)


@promise
def process_that_is_dead_but_not_reaped_is_still_there(t):
    script = """
import os, signal, time
pid = os.fork()
if not pid:
    os._exit(3)
time.sleep(0.2)
os.kill(pid, 0)
os.kill(pid, signal.SIGTERM)
fd = os.pidfd_open(pid)
print(os.waitpid(pid, 0)[1] >> 8)
for again in (lambda: os.kill(pid, 0), lambda: signal.pidfd_send_signal(fd, 0)):
    try:
        again()
    except OSError as error:
        print(error.strerror)
"""
    bare, run = t.bare([PYTHON, "-c", script]), t.run([PYTHON, "-c", script], DENIES)
    t.equal((run.status, run.out), (bare.status, bare.out), run)


@promise
def newborn_is_one_of_ours(t):
    """Signalled before stopgate may have heard of it."""
    script = """
import os, signal
for _ in range(300):
    pid = os.fork()
    if not pid:
        signal.pause()
    os.kill(pid, signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == 9
print("all")
"""
    run = t.run([PYTHON, "-c", script], DENIES)
    t.equal((run.status, run.out), (0, "all\n"), run)


# ---- honest use ----

HONEST = [
    ("own child", "sh", "sleep 20 & kill $!; wait $!; echo $?"),
    ("job control", "bash", "set -m; sleep 20 & kill -STOP %1; sleep 0.1; jobs | cut -c1-12; kill -CONT %1;"
                            " kill %1; wait %1; echo $?"),
    ("pipeline of its own group", "bash", "set -m; sleep 20 | sleep 20 & kill %1; wait %1; echo $?"),
    ("timeout", "sh", "timeout 0.2 sleep 20; echo $?; timeout -s KILL 0.2 sleep 20; echo $?;"
                      " timeout --foreground 0.2 sleep 20; echo $?"),
    ("raise and abort", "python", "import os,signal,faulthandler\n"
     "for number in (signal.SIGABRT, signal.SIGTERM, signal.SIGKILL):\n"
     "    pid = os.fork()\n"
     "    if not pid: (os.abort() if number == signal.SIGABRT else signal.raise_signal(number))\n"
     "    print(os.waitpid(pid, 0)[1] & 127)"),
    ("threads", "python", "import signal,threading,time\ngot=[]\nsignal.signal(signal.SIGURG,lambda *a:got.append(1))\n"
     "thread=threading.Thread(target=time.sleep,args=(0.3,))\nthread.start()\n"
     "for _ in range(50): signal.pthread_kill(thread.ident, signal.SIGURG); time.sleep(0.002)\n"
     "thread.join()\nprint(len(got) > 0)"),
    ("limits", "sh", "prlimit --pid $$ --nofile=100:100; ulimit -n; sleep 5 & prlimit --pid $! --nofile=50:50;"
                     " prlimit --pid $! --nofile -o HARD --noheadings | tr -d ' '; kill $!"),
    ("priorities", "sh", "nice -n 5 nice; renice -n 7 -p $$ | grep -o 'new.*'; nice; sleep 5 &"
                         " renice -n 9 -p $! | grep -o 'new.*'; kill $!"),
    ("affinity", "sh", "taskset 1 true && echo yes; taskset -p 1 $$ > /dev/null && echo yes; chrt -b 0 echo batch;"
                       " ionice -c 3 echo idle; ionice -c 2 -n 7 -p $$ && ionice -p $$"),
    ("asynchronous input", "python", "import fcntl,os,signal,socket\na,b=socket.socketpair()\n"
     "signal.pthread_sigmask(signal.SIG_BLOCK,{signal.SIGIO})\nfcntl.fcntl(a,fcntl.F_SETOWN,os.getpid())\n"
     "fcntl.fcntl(a,fcntl.F_SETFL,fcntl.fcntl(a,fcntl.F_GETFL)|os.O_ASYNC)\nb.send(b'x')\n"
     "print(signal.sigwaitinfo({signal.SIGIO}).si_signo, fcntl.fcntl(a,fcntl.F_GETOWN)==os.getpid())"),
    ("session of its own", "python", "import os,signal,subprocess\n"
     "p=subprocess.Popen(['sh','-c','sleep 20 & sleep 20'],start_new_session=True)\n"
     "os.killpg(p.pid,signal.SIGTERM)\nprint(p.wait())"),
    ("pidfd", "python", "import os,signal\npid=os.fork()\nif not pid: signal.pause()\n"
     "signal.pidfd_send_signal(os.pidfd_open(pid),signal.SIGTERM)\nprint(os.waitpid(pid,0)[1])"),
]


@promise(each=HONEST)
def honest_use_works_as_ever(t, item):
    _, shell, script = item
    argv = [PYTHON, "-c", script] if shell == "python" else [shell, "-c", script]
    bare, run = t.bare(argv), t.run(argv, DENIES)
    t.equal((run.status, run.out), (bare.status, bare.out), run)
    t.true(run.out, bare)
    run.none(cls="process", action="deny")


@promise
def stopgate_still_gets_its_signals_from_outside(t):
    process = t.start(["sh", "-c", "trap 'echo trapped; exit 7' TERM; echo ready; while :; do sleep 0.02; done"],
                      DENIES)
    process.stdout.readline()
    process.terminate()
    run = t.finish(process)
    t.equal((run.status, run.out), (7, "trapped\n"), run)


# ---- job control in a terminal ----


def terminal(t):
    return Terminal(t), t.policy(DENIES)


@promise
def ctrl_z_works_where_signals_are_held(t):
    term, policy = terminal(t)
    term.job(f"$S -p {policy} $L tick 50")
    for _ in range(2):
        term.expect(r"^\d+\n\d+\n\d+\n")
        term.keys("C-z")
        term.expect(STOPPED)
        screen = term.prompt()
        time.sleep(0.3)
        t.equal(ticks(term.screen()), ticks(screen), "it stands")
        term.enter("fg")
    term.expect(r"^\d+\n\d+\n\d+\n")
    term.keys("C-c")
    term.prompt()


@promise(each=["TSTP", "STOP"])
def command_that_stops_its_group_is_a_stopped_job(t, name):
    term, policy = terminal(t)
    term.enter(f"$S -p {policy} sh -c 'kill -{name} 0; echo on; exit 3'")
    term.expect(STOPPED)
    term.prompt()
    term.enter("fg")
    term.expect("^on")
    term.prompt()
    term.run("echo status $?", "status 3")


@promise
def vim_is_suspended_where_signals_are_held(t):
    if not shutil.which("vim"):
        t.skip("no vim")
    term, policy = terminal(t)
    term.job(f"$S -p {policy} vim -u NONE -N -n -i NONE text", '"text"')
    term.type("ifirst line")
    for keys in (("Escape", "C-z"), ("Escape", ":suspend", "Enter")):
        term.keys(*keys)
        term.expect(STOPPED)
        term.prompt()
        term.enter("fg")
        term.expect("^first line")
    term.type(":wq")
    term.keys("Enter")
    term.prompt()
    t.equal((t.work / "text").read_text(), "first line\n")


@promise
def nested_shell_has_job_control_where_signals_are_held(t):
    term, policy = terminal(t)
    term.job(f"PS1='inner> ' $S -p {policy} bash --norc --noprofile", "^inner>")
    term.job("$L tick 50")
    term.expect(r"^\d+\n\d+\n")
    term.keys("C-z")
    term.expect(STOPPED + ".*\n(.*\n)*inner>")
    term.enter("kill %1; wait; echo done $((40 + 2))")
    term.expect("^done 42")
    term.enter("suspend")
    term.expect(STOPPED)
    term.prompt()
    term.enter("fg")
    term.expect("bash --norc")
    term.enter("exit")
    term.prompt()
