"""Job control in a real terminal: tmux on a socket of its own, bash, and a person's keys."""
import re
import shutil
import subprocess
import time

from harness import STOPGATE, promise
from test_run_follow import LIFE, alive, wait_until

PROMPT = "PS1='$ '\n"
STOPPED = r"\[1\]\+  Stopped"


class Terminal:
    """bash in a terminal of 100 by 40, with $S stopgate and $L the probe."""

    def __init__(self, t, record="/dev/null"):
        if not shutil.which("tmux"):
            t.skip("no tmux")
        self.t = t
        shell = shutil.which("bash")
        self.env = t.environment({
            "TMUX_TMPDIR": t.dir, "SHELL": shell, "TERM": "xterm-256color",
            "S": f"{STOPGATE} -o {record}" if record else STOPGATE, "L": LIFE, "EDITOR": "vi",
            "HISTFILE": "/dev/null", "INPUTRC": "/dev/null"})
        t._started.append(self)  # its close() is called like a process's
        self.tmux("new-session", "-d", "-x", "100", "-y", "40", "-s", "s",
                  f"exec {shell} --noprofile --rcfile {t.file('rc', PROMPT)}",
                  config=True)
        self.prompt()

    def tmux(self, *words, config=False):
        run = subprocess.run(["tmux", "-L", "stopgate", *(["-f", "/dev/null"] if config else []), *words],
                             env=self.env, cwd=self.t.work, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, check=False)
        if run.returncode:
            self.t.fail(f"tmux {words}: {run.stderr.decode()}")
        return run.stdout.decode("utf-8", "replace")

    def screen(self, *options):
        return self.tmux("capture-pane", "-p", "-t", "s", *options).rstrip("\n")

    def keys(self, *keys):
        self.tmux("send-keys", "-t", "s", *keys)

    def type(self, text):
        self.tmux("send-keys", "-t", "s", "-l", text)

    def enter(self, line):
        "After which the screen shows only what came of it."
        self.clear()
        self.type(line)
        self.keys("Enter")

    def clear(self):
        self.keys("-R")
        self.tmux("clear-history", "-t", "s")

    def expect(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if re.search(pattern, screen, re.M):
                return screen
            if time.monotonic() > end:
                self.t.fail(f"not on the screen: {pattern}\n{screen}")
            time.sleep(0.03)

    def prompt(self, seconds=10):
        return self.expect(r"\$\Z", seconds)

    def run(self, line, pattern=None, seconds=10):
        "Enter a line, wait for what it must show and for the prompt."
        self.enter(line)
        if pattern:
            self.expect(pattern, seconds)
        return self.prompt(seconds)

    def job(self, line, began="ready"):
        "Enter a line that starts a job, and wait until it has begun."
        self.enter(line)
        self.expect(began)

    # The harness ends it like a process that it has started.
    session = stdin = stdout = stderr = None

    def poll(self):
        return None

    def kill(self):
        try:
            self.tmux("kill-server")
        except AssertionError:
            pass  # it has ended with its last window

    def wait(self):
        pass


def ticks(screen):
    found = re.findall(r"^\d+$", screen, re.M)
    return int(found[-1]) if found else -1


# ---- keys that send signals ----

@promise(each=[("C-c", "INT", 2), ("C-\\", "QUIT", 3)])
def key_signal_arrives_once(t, case):
    key, _, number = case
    terminal = Terminal(t)
    terminal.job(f"$S $L count {number} 400")
    terminal.keys(key)
    terminal.run("", "1 times")


@promise(each=[("C-c", 130), ("C-\\", 131)])
def key_signal_ends_the_command(t, case):
    terminal = Terminal(t)
    terminal.run("ulimit -c 0")
    terminal.job("$S sh -c 'echo ready; exec sleep 30'", "^ready")
    terminal.keys(case[0])
    terminal.prompt()
    terminal.run("echo status $?", f"status {case[1]}")


@promise
def ctrl_c_that_the_command_catches_does_not_end_it(t):
    terminal = Terminal(t)
    terminal.job("""$S sh -c 'trap "echo caught" INT; echo ready; sleep 5; echo on; exit 3'""", "^ready")
    terminal.keys("C-c")
    terminal.expect("caught\non")
    terminal.prompt()
    terminal.run("echo status $?", "status 3")


# ---- suspending ----

@promise
def ctrl_z_stops_and_fg_continues(t):
    terminal = Terminal(t)
    terminal.job("$S $L tick 50")
    for _ in range(3):
        terminal.expect(r"^\d+\n\d+\n\d+\n")
        terminal.keys("C-z")
        terminal.expect(STOPPED)
        screen = terminal.prompt()
        time.sleep(0.3)
        t.equal(ticks(terminal.screen()), ticks(screen), "it stands")
        terminal.run("jobs", STOPPED + r".*tick 50")
        terminal.enter("fg")
    terminal.expect(r"^\d+\n\d+\n\d+\n")
    terminal.keys("C-c")
    terminal.prompt()
    terminal.run("jobs; echo status $?.", r"^status 0\.")


@promise
def bg_continues_in_the_background(t):
    terminal = Terminal(t)
    terminal.job("$S $L tick 20 > ticks; echo it ended", "tick")
    wait_until(t, lambda: (t.work / "ticks").exists() and (t.work / "ticks").read_text() > "", "no ticks")
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    terminal.run("bg", r"\[1\]\+ .*tick 20.* &")
    size = (t.work / "ticks").stat().st_size
    wait_until(t, lambda: (t.work / "ticks").stat().st_size > size + 5, "it does not go on")
    terminal.run("jobs", r"\[1\]\+  Running")
    terminal.enter("fg")
    terminal.prompt(20)
    t.equal((t.work / "ticks").read_text().split()[2:], [str(i) for i in range(200)])


@promise(each=[("with_threads", "opens 20 4000000 /dev/null"),
               ("whose_main_thread_has_ended", "leaderless 4000 /dev/null")])
def ctrl_z_stops_a_program(t, case):
    terminal = Terminal(t)
    terminal.enter(f"$S $L {case[1]}")
    wait_until(t, lambda: alive("/dev/null"), "it has not begun")
    time.sleep(0.4)
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    terminal.prompt()
    terminal.run("kill -9 %1; fg")
    terminal.run("jobs")


@promise
def stopped_jobs_are_kept_apart(t):
    terminal = Terminal(t)
    for number in (1, 2):
        terminal.job(f"$S sh -c 'echo ready; read x; echo got-{number}-$x'", "^ready")
        terminal.keys("C-z")
        terminal.expect(rf"\[{number}\]\+  Stopped")
        terminal.prompt()
    for number in (1, 2):
        terminal.enter(f"fg %{number}")
        terminal.expect("sh -c")
        terminal.type(f"word{number}")
        terminal.keys("Enter")
        terminal.expect(f"got-{number}-word{number}")
        terminal.prompt()


@promise
def pipelines_are_one_job(t):
    terminal = Terminal(t)
    terminal.job("$S $L tick 50 | $S cat | cat")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    screen = terminal.prompt()
    time.sleep(0.3)
    t.equal(ticks(terminal.screen()), ticks(screen))
    terminal.enter("fg")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-c")
    terminal.prompt()
    terminal.run("jobs; echo status ${PIPESTATUS[*]}.", r"^status 0\.")


@promise
def pipeline_inside_is_stopped_as_a_whole(t):
    terminal = Terminal(t)
    terminal.job("$S bash -c '$L tick 50 | cat | cat'")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    screen = terminal.prompt()
    time.sleep(0.3)
    t.equal(ticks(terminal.screen()), ticks(screen))
    terminal.enter("fg")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-c")
    terminal.prompt()


@promise
def background_job_that_reads_is_stopped(t):
    terminal = Terminal(t)
    terminal.run("$S cat &")
    terminal.run("sleep 0.5; jobs", STOPPED)
    terminal.enter("fg")
    terminal.expect(r"^\$S cat$")
    terminal.type("hello")
    terminal.keys("Enter")
    terminal.expect("hello\nhello")
    terminal.keys("C-d")
    terminal.prompt()


@promise
def background_job_may_write_its_records(t):
    "With `stty tostop` too: it is not stopgate that is to be stopped by that."
    terminal = Terminal(t, record=None)
    terminal.run("stty tostop; $S true & sleep 1; stty -tostop", "exit status 0")
    terminal.prompt()
    terminal.run("wait; jobs; echo none.", r"^none\.")


# ---- an interactive shell inside ----

@promise
def nested_shell_has_job_control(t):
    terminal = Terminal(t)
    terminal.job("PS1='inner> ' $S bash --norc --noprofile", "^inner>")
    terminal.job("$L tick 50")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-z")
    terminal.expect(STOPPED + ".*\n(.*\n)*inner>")
    terminal.enter("jobs")
    terminal.expect(STOPPED + ".*tick")
    terminal.enter("fg")
    terminal.expect(r"^\d+\n\d+\n")
    terminal.keys("C-c")
    terminal.expect("^inner>$")
    terminal.enter("echo inner status $?")
    terminal.expect("^inner status 130")
    terminal.enter("(echo ready; sleep 30) | cat")
    terminal.expect("^ready$")  # only then it is in front for sure
    terminal.keys("C-c")
    terminal.expect("^inner>$")
    terminal.enter("exit 4")
    terminal.prompt()
    terminal.run("echo outer status $?", "^outer status 4")
    # The terminal belongs to the outer shell again.
    terminal.job("$L tick 500")
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    terminal.run("kill %1; wait")


@promise
def nested_shell_can_be_suspended(t):
    terminal = Terminal(t)
    terminal.job("PS1='inner> ' $S bash --norc --noprofile", "^inner>")
    for _ in range(2):
        terminal.enter("suspend")
        terminal.expect(STOPPED)
        terminal.prompt()
        terminal.enter("fg")
        terminal.expect("bash --norc")
        terminal.enter("echo still $((40 + 2))")
        terminal.expect("^still 42")
    terminal.enter("exit")
    terminal.prompt()


# ---- full screen programs ----

def modes(terminal):
    return [line for line in terminal.run("stty -a").splitlines() if line.startswith(("-", "is", "op"))]


@promise
def vim_edits_is_suspended_and_saves(t):
    if not shutil.which("vim"):
        t.skip("no vim")
    terminal = Terminal(t, record=t.dir / "log")
    before = modes(terminal)
    terminal.job("$S vim -u NONE -N -n -i NONE text", '"text"')
    terminal.type("ifirst line")
    terminal.keys("Escape", "C-z")
    terminal.expect(STOPPED)
    terminal.prompt()
    t.equal(modes(terminal), before)
    terminal.enter("fg")
    terminal.expect("^first line")
    terminal.type("osecond line")
    terminal.keys("Escape")
    terminal.type(":suspend")
    terminal.keys("Enter")
    terminal.expect(STOPPED)
    terminal.prompt()
    terminal.enter("fg")
    terminal.expect("^second line")
    terminal.type(":!echo from the shell")
    terminal.keys("Enter")
    terminal.expect("^from the shell")
    terminal.keys("Enter")
    terminal.type(":wq")
    terminal.keys("Enter")
    terminal.prompt()
    terminal.run("echo status $?", "status 0")
    t.equal((t.work / "text").read_text(), "first line\nsecond line\n")
    t.equal(modes(terminal), before)
    record = (t.dir / "log").read_text()
    t.true(f"{t.work}/text" in record, record[-3000:])


@promise
def nano_edits_is_suspended_and_saves(t):
    if not shutil.which("nano"):
        t.skip("no nano")
    terminal = Terminal(t)
    before = modes(terminal)
    terminal.job("$S nano -I text", "GNU nano")
    terminal.type("some words")
    terminal.expect("some words")
    terminal.keys("C-t", "C-z")
    terminal.expect(STOPPED)
    terminal.prompt()
    t.equal(modes(terminal), before)
    terminal.enter("fg")
    terminal.expect("some words")
    terminal.type(" more")
    terminal.keys("C-o", "Enter")
    terminal.expect(r"Wrote 1 line")
    terminal.keys("C-x")
    terminal.prompt()
    t.equal((t.work / "text").read_text(), "some words more\n")
    t.equal(modes(terminal), before)


@promise
def change_of_the_window_size_reaches_the_command(t):
    terminal = Terminal(t)
    terminal.job("$S bash -c 'trap \"stty size\" WINCH; echo ready; while :; do sleep 0.1; done'", "^ready")
    terminal.tmux("resize-window", "-t", "s", "-x", "90", "-y", "30")
    terminal.expect("^30 90")
    t.equal(len(re.findall("^30 90", terminal.screen(), re.M)), 1, terminal.screen())
    terminal.keys("C-c")
    terminal.prompt()


@promise
def terminal_and_foreground_group_are_the_commands(t):
    terminal = Terminal(t)
    bare = terminal.run("tty; stty size; test -t 0 && echo is a terminal", "is a terminal")
    inside = terminal.run("$S sh -c 'tty; stty size; test -t 0 && echo is a terminal'", "is a terminal")
    t.equal(inside.splitlines()[-4:], bare.splitlines()[-4:])
    terminal.run("$S sh -c 'test $(ps -o tpgid= -p $$) = $(ps -o pgid= -p $$) && echo in front'",
                 "^in front")


@promise
def closed_terminal_leaves_nothing(t):
    mark = f"mark-{t.dir}"
    terminal = Terminal(t)
    terminal.enter(f"$S sh -c 'sleep 31; :' {mark}")
    wait_until(t, lambda: len(alive(mark)) >= 2, "it has not begun")
    terminal.tmux("kill-session", "-t", "s")
    wait_until(t, lambda: not alive(mark), f"alive: {alive(mark)}")


# ---- colour ----

def shown_with(t, variables):
    terminal = Terminal(t, record=None)
    terminal.run(f"{variables} $S true", "exit status 0")
    return terminal.screen("-e")


@promise
def records_are_coloured_in_a_terminal(t):
    t.true("\x1b[2m" in shown_with(t, ""))


@promise(each=["NO_COLOR=1", "TERM=dumb", "TERM="])
def colour_is_left_out_when_unwanted(t, variables):
    t.true("\x1b" not in shown_with(t, variables))
