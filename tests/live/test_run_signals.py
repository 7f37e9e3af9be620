"""Signals reach the command, and stopping and continuing works as without stopgate."""
import os
import pathlib
import re
import signal
import subprocess
import time

from harness import PROBES, STOPGATE, promise
from test_run_follow import LIFE, alive, wait_until

PASSED_ON = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ALRM"]


def number(name):
    return int(getattr(signal, "SIG" + name))


def trap(name, action):
    return f"trap '{action}' {name}; echo ready; while :; do sleep 0.02; done"


def state(pid):
    """Of a process, as in proc(5); X when it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def first_child(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return int(children.read_text().split()[0])


def ready(process):
    """Wait for its line "ready", or "ready PID": that PID."""
    words = process.stdout.readline().split()
    if not words or words[0] != b"ready":
        raise AssertionError(f"the command is not ready: {words}")
    return int(words[1]) if len(words) > 1 else None


# ---- signals to stopgate ----

@promise(each=PASSED_ON)
def signal_to_stopgate_runs_the_commands_trap(t, name):
    process = t.start(["sh", "-c", trap(name, "echo trapped; exit 7")])
    ready(process)
    process.send_signal(number(name))
    run = t.finish(process)
    t.equal((run.status, run.out), (7, "trapped\n"), run)
    t.equal(run.event("end")[0]["status"], 7)


@promise(each=PASSED_ON)
def signal_to_stopgate_ends_a_command_without_a_trap(t, name):
    process = t.start(["sh", "-c", "ulimit -c 0; echo ready; exec sleep 20"])
    ready(process)
    process.send_signal(number(name))
    run = t.finish(process, timeout=10)
    t.equal(run.status, 128 + number(name), run)
    t.equal(run.event("process", "exit")[0]["signal"], "SIG" + name)


@promise(each=["TERM", "USR1", "WINCH"])
def signal_sent_once_arrives_once_and_sent_twice_twice(t, name):
    for times in (1, 2):
        process = t.start([LIFE, "count", number(name), 300])
        ready(process)
        for _ in range(times):
            process.send_signal(number(name))
            time.sleep(0.1)
        t.equal(t.finish(process).out, f"{times} times\n")


@promise
def signal_the_command_ignores_ends_neither(t):
    process = t.start(["sh", "-c", "trap '' TERM; echo ready; sleep 0.4; exit 5"])
    ready(process)
    process.send_signal(signal.SIGTERM)
    t.equal(t.finish(process).status, 5)


@promise(each=["TERM", "INT"])
def signal_to_the_whole_group_arrives_once(t, name):
    "As timeout(1) and a shell's kill %1 send it: to stopgate and the command both."
    process = t.start([LIFE, "count", number(name), 400])
    ready(process)
    os.killpg(process.pid, number(name))
    t.equal(t.finish(process).out, "1 times\n")


@promise
def signal_goes_to_what_is_left_when_the_first_process_is_gone(t):
    path = t.dir / "written"
    process = t.start([LIFE, "daemon", path, 15000])
    wait_until(t, lambda: len(alive(path)) == 2, "no daemon")
    time.sleep(0.1)
    process.terminate()
    run = t.finish(process, timeout=10)
    t.equal(run.status, 3, run)
    t.equal(run.event("process", "exit")[-1]["signal"], "SIGTERM")


@promise
def signals_at_any_moment_of_the_start_end_it_or_reach_the_command(t):
    for i in range(40):
        process = t.start(["sleep", "7.25"])
        time.sleep(i * 0.0004)
        process.terminate()
        t.true(process.wait(10) in (143, -signal.SIGTERM), process.returncode)
    t.equal(alive("7.25"), [])


@promise
def alarm_set_before_stopgate_was_executed_still_ends_the_command(t):
    "perl -e 'alarm 1; exec @ARGV': an old way to limit the time, for the timer outlives exec."
    argv = ["sleep", "10"]
    limit = ["perl", "-e", "alarm 1; exec @ARGV"]
    t.equal(t.bare([*limit, *argv]).status, -signal.SIGALRM)
    began = time.monotonic()
    run = t.bare([*limit, STOPGATE, "-o", t.dir / "log", *argv])
    t.true(time.monotonic() - began < 8, "the timer was lost")
    t.true(run.status in (128 + signal.SIGALRM, -signal.SIGALRM), run)


@promise
def timeout_ends_the_command_in_time(t):
    began = time.monotonic()
    run = t.bare(["timeout", "0.5", STOPGATE, "-o", t.dir / "log", "sleep", "20"])
    t.equal(run.status, 124)
    t.true(time.monotonic() - began < 5)


# ---- stopping and continuing, without a terminal ----

def moves(process):
    """Do its ticks arrive?"""
    before = len(process.ticks)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            process.ticks += os.read(process.stdout.fileno(), 65536)
        except BlockingIOError:
            pass
        if len(process.ticks) > before + 6:
            return True
        time.sleep(0.02)
    return False


def stands(process):
    """Do they stop, once what was on its way is read?"""
    for _ in range(40):
        before = len(process.ticks)
        time.sleep(0.15)
        try:
            process.ticks += os.read(process.stdout.fileno(), 65536)
        except BlockingIOError:
            pass
        if len(process.ticks) == before:
            return True
    return False


def ticking(t, policy=None):
    process = t.start([LIFE, "tick", 15], policy)
    process.command = ready(process)
    process.ticks = b""
    os.set_blocking(process.stdout.fileno(), False)
    return process


def finish_ticking(t, process):
    os.set_blocking(process.stdout.fileno(), True)
    run = t.finish(process)
    ticks = (process.ticks + run.out.encode()).split()
    t.equal((run.status, ticks), (0, [b"%d" % i for i in range(200)]))


@promise
def stopgate_stopped_and_continued_loses_nothing(t):
    process = ticking(t)
    t.true(moves(process))
    for _ in range(3):
        process.send_signal(signal.SIGSTOP)
        t.true(stands(process), "the command needs stopgate at each write")
        process.send_signal(signal.SIGCONT)
        t.true(moves(process), "it does not go on")
    finish_ticking(t, process)


@promise(each=["the_command", "stopgate", "both"])
def command_stopped_by_sigstop_goes_on_when_continued(t, continued):
    process = ticking(t)
    for _ in range(3):
        t.true(moves(process), "it does not go on")
        os.kill(process.command, signal.SIGSTOP)
        t.true(stands(process))
        if continued in ("stopgate", "both"):
            process.send_signal(signal.SIGCONT)
        if continued in ("the_command", "both"):
            os.kill(process.command, signal.SIGCONT)
    finish_ticking(t, process)


@promise
def many_quick_stops_and_continues_do_not_hang(t):
    process = ticking(t)
    for i in range(200):
        target = process.pid if i % 3 == 0 else process.command
        os.kill(target, signal.SIGSTOP)
        os.kill(target, signal.SIGCONT)
        time.sleep(0.001 * (i % 4))
    process.send_signal(signal.SIGCONT)
    os.kill(process.command, signal.SIGCONT)
    finish_ticking(t, process)


@promise
def stopped_command_can_be_killed(t):
    process = ticking(t)
    os.kill(process.command, signal.SIGSTOP)
    t.true(stands(process))
    os.kill(process.command, signal.SIGKILL)
    t.equal(t.finish(process, timeout=10).status, 137)


@promise
def sigterm_to_stopgate_of_a_stopped_command_acts_when_continued(t):
    process = ticking(t)
    os.kill(process.command, signal.SIGSTOP)
    t.true(stands(process))
    process.terminate()
    time.sleep(0.1)
    process.send_signal(signal.SIGCONT)
    t.equal(t.finish(process, timeout=10).status, 143)


# A traced thread is woken by signals that it ignores, too, and some waits end by that: signal(7).
WAITS = """
import ctypes, os, select, signal, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
how = sys.argv[2]
r, w = os.pipe()
poll = select.epoll()
poll.register(r, select.EPOLLIN)
room = ctypes.create_string_buffer(128)
sems = libc.semget(0, 1, 0o600)
usr1 = ctypes.create_string_buffer(128)
libc.sigemptyset(usr1)
libc.sigaddset(usr1, signal.SIGUSR1)
me = os.getpid()
# NAME: the wait, and what ends it well.
waits = {
    "epoll_wait": (lambda: libc.epoll_wait(poll.fileno(), room, 1, -1), lambda: os.write(w, b"x")),
    "epoll_pwait": (lambda: libc.epoll_pwait(poll.fileno(), room, 1, -1, usr1), lambda: os.write(w, b"x")),
    "semop": (lambda: libc.semop(sems, struct.pack("Hhh", 0, -1, 0), 1), lambda: libc.semop(sems, struct.pack("Hhh", 0, 1, 0), 1)),
    "sigwaitinfo": (lambda: libc.sigwaitinfo(usr1, None), lambda: os.kill(me, signal.SIGUSR1)),
}
moment = struct.pack("qq", 0, 500_000_000)
timed = {
    "epoll_wait": lambda: libc.epoll_wait(poll.fileno(), room, 1, 500),
    "epoll_pwait": lambda: libc.epoll_pwait(poll.fileno(), room, 1, 500, usr1),
    "semop": lambda: libc.semtimedop(sems, struct.pack("Hhh", 0, -1, 0), 1, moment),
    "sigwaitinfo": lambda: libc.sigtimedwait(usr1, None, moment),
}
wait, end = waits[sys.argv[1]]
if how in ("timed", "storm"):
    wait, end = timed[sys.argv[1]], lambda: None
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
if how == "caught":
    signal.signal(signal.SIGUSR2, lambda *_: None)
def others():
    time.sleep(0.1)
    if how == "beside":  # a call of a thread for which the other is held, where something is refused
        for n in range(20):
            os.fchmod(r, 0o600)
    elif how == "stopped":
        os.kill(me, signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(me, signal.SIGCONT)
    elif how == "caught":
        os.kill(me, signal.SIGUSR2)
    else:
        for number in (signal.SIGURG, signal.SIGWINCH) * (50 if how == "storm" else 1):
            os.kill(me, number)
            time.sleep(0.02)
    time.sleep(0.1)
    end()
if how == "beside":
    threading.Thread(target=others).start()
elif not os.fork():
    others()
    os._exit(0)
if how == "storm":  # a wait before it, with the same arguments, is no part of it
    wait()
begun = time.monotonic()
got = wait()
print("ended well" if got >= 0 else os.strerror(ctypes.get_errno()))
if how == "storm" and not 0.49 < time.monotonic() - begun < 1.8:
    print("after", time.monotonic() - begun)
libc.semctl(sems, 0, 0)
"""
KINDS = ["epoll_wait", "epoll_pwait", "semop", "sigwaitinfo"]
WELL = ["Resource temporarily unavailable\n", "ended well\n"]  # after a timeout: others, epoll
LOOSE, HOLDING = "[exec]\ndefault = log\n", "[attr]\ndefault = log\ndeny = /nonexistent\n"


def check_wait(t, kind, how, expected):
    argv = ["/usr/bin/python3", "-c", WAITS, kind, how]
    t.equal(t.bare(argv).out, expected)
    for policy in (LOOSE, HOLDING):
        run = t.run(argv, policy)
        t.equal(run.out, expected, f"{policy}{run}")


@promise(each=KINDS)
def wait_goes_on_after_signals_that_are_ignored(t, kind):
    check_wait(t, kind, "ignored", "ended well\n")


@promise(each=KINDS)
def wait_goes_on_after_calls_of_others(t, kind):
    check_wait(t, kind, "beside", "ended well\n")


@promise(each=KINDS)
def wait_with_a_timeout_goes_on_too(t, kind):
    check_wait(t, kind, "timed", WELL[kind.startswith("epoll")])


# It may last longer than bare, for nobody knows how much of its time has gone by, but neither for good nor shorter.
@promise(each=KINDS)
def wait_with_a_timeout_ends_though_signals_go_on(t, kind):
    run = t.run(["/usr/bin/python3", "-c", WAITS, kind, "storm"], LOOSE)
    t.equal((run.status, run.out), (0, WELL[kind.startswith("epoll")]), run)


@promise(each=KINDS)
def wait_ends_when_a_handler_has_run_or_the_process_was_stopped(t, kind):
    for how in ("caught", "stopped"):
        check_wait(t, kind, how, "Interrupted system call\n")


@promise
def program_that_its_own_child_continues_does_not_hang(t):
    t.equal(t.bare([LIFE, "selfstop"]).out, "continued\n")
    run = t.run([LIFE, "selfstop"], timeout=10)
    t.equal((run.status, run.out), (0, "continued\n"), run)


@promise(each=[0, 1, 20])
def group_stops_look_to_the_parent_as_without_stopgate(t, threads):
    argv = [LIFE, "groupstop", threads, 6]
    bare = t.bare(argv)
    t.equal(bare.out, "stopped continued\n" * 6 + "137\n")
    run = t.run(argv, """
        [exec]
        default = log
        """)
    t.equal((run.status, run.out), (0, bare.out), run)


@promise
def group_stops_of_threads_that_raise_stops_look_as_without_stopgate(t):
    run = t.run([LIFE, "groupstop", 4, 6])
    t.equal((run.status, run.out), (0, "stopped continued\n" * 6 + "137\n"), run.err)


@promise
def stopped_daemon_does_not_stop_the_others(t):
    path = t.dir / "written"
    process = t.start(["sh", "-c", f"'{LIFE}' daemon '{path}' 700; echo on; sleep 0.3; exit 4"])
    wait_until(t, lambda: len([p for p in alive(path) if state(p) in "St"]) >= 1, "no daemon")
    time.sleep(0.2)
    daemon = [p for p in alive(path) if p != process.pid and pathlib.Path(
        f"/proc/{p}/cmdline").read_bytes().split(b"\0")[1] == b"daemon"][-1]
    os.kill(daemon, signal.SIGSTOP)
    time.sleep(0.8)
    t.equal(process.poll(), None, "stopgate waits for it")
    t.true(state(process.pid) != "T", "but is not stopped itself")
    t.true(not path.exists())
    os.kill(daemon, signal.SIGCONT)
    run = t.finish(process, timeout=10)
    t.equal((run.status, run.out), (4, "on\n"), run)
    t.equal(path.read_text(), "daemon\n")


# ---- a job of a shell, without a terminal ----

def shell_job(t, command, script, seconds=0.3):
    """What bash with job control says about `stopgate command` as its job %1."""
    record = t.dir / "record.text"
    text = f'''
        set -m
        "{STOPGATE}" -o "{record}" {command} &
        nap() {{ sleep "${{1:-{seconds}}}"; }}
        await() {{ for n in $(seq 100); do jobs %1 | grep -q "$1" && return; sleep 0.1; done; }}
        nap
        {script}
        '''
    return t.bare(["bash", "-c", text])


@promise(each=["TSTP", "STOP", "TTIN", "TTOU"])
def stopped_command_is_a_stopped_job(t, name):
    run = shell_job(t, f"sh -c 'kill -{name} $$; exit 3'",
                    "await Stopped; jobs %1; bg %1 > /dev/null; wait %1; echo $?")
    t.true(re.match(r"\[1\]\+  Stopped.*\n3\n", run.out), run)


@promise(each=["TSTP", "STOP"])
def job_that_is_stopped_and_continued_goes_on(t, name):
    run = shell_job(t, "sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; exit 6'", f"""
        kill -{name} %1; nap; jobs %1; nap 1; jobs %1
        bg %1 > /dev/null; nap; jobs %1; wait %1; echo $?
        """)
    t.equal([re.sub(r"^\[1\]\+  (\w+).*", r"\1", line) for line in run.out.splitlines()],
            ["Stopped", "Stopped", "Running", "6"], run)


@promise
def sigtstp_to_stopgate_alone_stops_the_command(t):
    run = shell_job(t, f"'{LIFE}' tick 15 > '{t.dir}/ticks'", f"""
        kill -TSTP $!; nap; wc -l < '{t.dir}/ticks'; nap; wc -l < '{t.dir}/ticks'; jobs %1
        kill -CONT $!; nap 1; wc -l < '{t.dir}/ticks'; kill -TERM %1; wait %1 2> /dev/null; echo $?
        """)
    lines = run.out.split()
    t.equal(lines[0], lines[1], f"it stands\n{run}")
    t.true("Stopped" in run.out, run)
    t.true(int(lines[-2]) > int(lines[1]), f"it goes on\n{run}")
    t.equal(lines[-1], "143")


# ---- dispositions ----

SHELL = "grep -E '^(Sig|Shd)' /proc/self/status"


@promise(each=["none", "ignored", "blocked", "both"])
def dispositions_and_mask_are_what_they_are_bare(t, how):
    def prepare():
        if how in ("ignored", "both"):
            for name in ("CHLD", "PIPE", "INT", "HUP", "USR1", "TSTP", "XFSZ", "ALRM", "CONT"):
                signal.signal(number(name), signal.SIG_IGN)
        if how in ("blocked", "both"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR2,
                                                      signal.SIGALRM, signal.SIGCONT, 40})
    argv = ["grep", "-E", "^(Sig|Shd)[^Q]", "/proc/self/status"]
    more = {"preexec_fn": prepare, "restore_signals": False}
    bare = t.bare(argv, **more)
    run = t.run(argv, **more)
    t.equal(run.out, bare.out)
    t.true(bare.out.count("\n") >= 5, bare)


@promise
def status_is_known_though_sigchld_is_ignored(t):
    run = t.run(["sh", "-c", "(exit 4); exit 9"],
                preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    t.equal(run.status, 9, run)


@promise
def blocked_signals_do_not_hang_stopgate(t):
    process = t.start(["sh", "-c", "echo ready; exec sleep 20"],
                      preexec_fn=lambda: signal.pthread_sigmask(
                          signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD}))
    ready(process)
    process.terminate()
    time.sleep(0.1)
    os.kill(first_child(process), signal.SIGKILL)
    t.equal(t.finish(process, timeout=10).status, 137)


@promise
def nohup_protects_the_command(t):
    process = t.start(["sh", "-c", "echo ready; sleep 0.5; exit 8"],
                      preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    ready(process)
    process.send_signal(signal.SIGHUP)
    t.equal(t.finish(process).status, 8)


@promise
def sigpipe_ends_the_writer_as_without_stopgate(t):
    script = ["bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[*]}"]
    t.equal(t.run(script, "\n[exec]\ndefault = log\n").out, t.bare(script).out)
    t.equal(t.run(["sh", "-c", "head -c 100000 /dev/zero; echo $? >&2"],
                  stdout=closed_reader()).err, "141\n")


def closed_reader():
    reader, writer = os.pipe()
    os.close(reader)
    return writer
