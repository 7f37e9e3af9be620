"""The status line of a long run, in a real terminal: seen, gone, and harmless to what the command shows."""
import re
import shutil
import time

from harness import promise
from test_run_terminal import STOPPED, Terminal

LINE = r"^stopgate: \d+ calls, \d+ refused, "

# Opens a file a hundred times a second for so many seconds, and after each a line of one of the
# forms: "lines", "dots" without a newline, "wide" as wide as the terminal, "none".
WORKER = """
import os, sys, time
form, seconds, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
width, end, n = os.get_terminal_size(os.open("/dev/tty", os.O_RDONLY)).columns, time.monotonic() + seconds, 0
while n < seconds * 100:
    os.close(os.open(path, os.O_RDONLY))
    out = {"lines": f"line {n}\\n", "dots": ".", "wide": "w" * width + "\\n", "none": ""}[form]
    os.write(1, out.encode())
    n += 1
    time.sleep(max(0, (end - time.monotonic()) / (seconds * 100 - n + 1)))
"""


def ready(t, **terminal):
    t.file("work/w.py", WORKER)
    t.file("work/here", "x")
    return Terminal(t, **terminal)


def everything(terminal):
    "Screen and scrollback, long rows put together; without the line that was entered."
    text = terminal.screen("-J", "-S", "-")
    return [line.rstrip() for line in text.split("\n")[1:]]


def sees_line(terminal, pattern=LINE, seconds=10):
    return terminal.expect(pattern, seconds)


def without_line(terminal):
    screen = terminal.screen()
    terminal.t.true("stopgate: " not in screen, screen)


def last_row(screen):
    rows = screen.split("\n")
    return len(rows), rows[-1]


# ---- seen, and gone ----

@promise
def line_tells_calls_refused_and_path(t):
    terminal = ready(t)
    terminal.enter("S2=\"$S --deny=$PWD/no\"; $S2 sh -c 'cat no; python3 w.py none 3 here'")
    screen = sees_line(terminal, r"^stopgate: \d\d+ calls, 1 refused, \S+/work/here$")
    t.equal(last_row(screen)[0], 40, "it stands in the last row")
    calls = int(re.search(r"stopgate: (\d+) calls", screen)[1])
    time.sleep(0.6)
    t.true(int(re.search(r"stopgate: (\d+) calls", terminal.screen())[1]) > calls, "it goes on")
    terminal.prompt()
    without_line(terminal)


@promise
def permissive_run_says_what_would_be_refused(t):
    terminal = ready(t)
    terminal.enter("$S --permissive --deny=$PWD/no sh -c 'cat no; python3 w.py none 2 here'")
    sees_line(terminal, r"^stopgate: \d+ calls, 1 would be refused, ")
    terminal.prompt()


@promise(each=["lines", "dots", "wide"])
def what_the_command_prints_is_left_as_it_was(t, form):
    terminal = ready(t)
    terminal.run(f"python3 w.py {form} 1.9 here; echo; echo end.", r"^end\.")
    wanted = everything(terminal)
    terminal.enter(f"$S python3 w.py {form} 1.9 here; echo; echo end.")
    sees_line(terminal)
    terminal.expect(r"^end\.")
    terminal.prompt()
    t.equal(everything(terminal), wanted)
    # The last row scrolls again.
    terminal.run("seq 60", "^60")
    t.equal(everything(terminal)[:-1], [str(i) for i in range(1, 61)])
    t.equal(last_row(terminal.screen()), (40, "$"))


@promise
def short_run_shows_none(t):
    terminal = ready(t)
    terminal.enter("$S python3 w.py none 0.8 here; echo end.")
    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        without_line(terminal)
        time.sleep(0.05)
    terminal.expect(r"^end\.")


def quiet_for_a_run(t, terminal, line):
    """Neither drawn nor sent: what reaches the terminal is what the command prints."""
    log = t.dir / "sent"
    terminal.tmux("pipe-pane", "-t", "s", f"cat > {log}")
    terminal.enter(f"{line}; echo end.")
    terminal.expect(r"^end\.")
    terminal.prompt()
    terminal.tmux("pipe-pane", "-t", "s")
    time.sleep(0.1)
    sent = log.read_bytes()
    t.true(b"end.\r\n" in sent, sent)
    t.true(b"\x1b7" not in sent and b"calls" not in sent, sent)


@promise(each=[("-q", "$S -q python3 w.py none 1.8 here"),
               ("TERM=dumb", "TERM=dumb $S python3 w.py none 1.8 here"),
               ("no TERM", "env -u TERM $S python3 w.py none 1.8 here"),
               ("stderr is a file", "$S python3 w.py none 1.8 here 2> err"),
               ("in the background", "{ $S python3 w.py none 1.8 here & wait; }"),
               ("single keys", "stty -icanon; $S python3 w.py none 1.8 here; stty icanon")])
def nothing_is_drawn_where_it_is_not_wanted(t, case):
    quiet_for_a_run(t, ready(t), case[1])


@promise
def nothing_is_drawn_where_records_are_shown(t):
    quiet_for_a_run(t, ready(t, record="/dev/tty"), "$S sh -c 'sleep 1.5; : < here' > /dev/null")


@promise
def stderr_that_is_a_file_stays_empty(t):
    terminal = ready(t)
    terminal.run("$S python3 w.py none 1.8 here 2> err; wc -c < err", "^0$")


# ---- hostile names, narrow windows ----

@promise
def hostile_names_are_harmless(t):
    name = "a\x1b[31m\x1b[2J\n\u202eb\u6f22\u00e9\x9b\udcff"
    t.file("work/" + name, "x")
    terminal = ready(t)
    terminal.enter("$S python3 w.py none 2 a*")
    screen = sees_line(terminal, LINE + r".*\\x1b\[2J\\n\\u\{202e\}b\?\?\\xc2\\x9b\\xff$")
    t.true("stopgate" in last_row(screen)[1])
    terminal.prompt()
    without_line(terminal)


@promise
def long_path_is_cut_in_its_middle(t):
    long = t.mkdir("work/" + "d" * 80 + "/" + "e" * 80)
    (long / "file").write_text("x")
    terminal = ready(t)
    terminal.enter("$S python3 w.py none 2 d*/e*/file")
    screen = sees_line(terminal, LINE + r"/.*\.\.\..*e/file$")
    t.equal(len(last_row(screen)[1]), 99)
    terminal.prompt()


@promise
def window_may_be_resized(t):
    terminal = ready(t)
    terminal.enter("$S python3 w.py lines 4 here; echo end.")
    sees_line(terminal)
    for columns, rows in ((70, 20), (90, 35)):
        terminal.tmux("resize-window", "-t", "s", "-x", str(columns), "-y", str(rows))
        time.sleep(0.7)
        screen = terminal.screen()
        t.equal(last_row(screen)[0], rows, screen)
        t.true(re.match(LINE, last_row(screen)[1]), screen)
        t.equal(screen.count("stopgate: "), 1, screen)
    terminal.expect(r"^end\.")
    terminal.prompt()
    t.equal(everything(terminal)[-402:-2], [f"line {n}" for n in range(400)])
    terminal.run("seq 60", "^60")
    t.equal(last_row(terminal.screen()), (35, "$"))


# ---- who else uses the terminal ----

@promise
def prompt_without_newline_stays_intact(t):
    terminal = ready(t)
    terminal.enter("$S sh -c 'python3 w.py none 1 here; printf \"Go on? \"; python3 w.py none 0.6 here & "
                   "read x; echo got $x; wait'")
    terminal.expect("^Go on\\?$")
    sees_line(terminal)
    terminal.type("ye")
    terminal.expect("^Go on\\? ye$")
    sees_line(terminal)
    terminal.type("s")
    terminal.keys("Enter")
    terminal.expect("^Go on\\? yes\ngot yes")
    terminal.prompt()
    without_line(terminal)


@promise
def ctrl_z_takes_it_away_and_fg_brings_it_back(t):
    terminal = ready(t)
    terminal.enter("$S python3 w.py lines 4 here; echo end.")
    sees_line(terminal)
    terminal.keys("C-z")
    terminal.expect(STOPPED)
    terminal.prompt()
    without_line(terminal)
    t.equal(last_row(terminal.screen()), (40, "$"))
    terminal.enter("fg")
    sees_line(terminal)
    terminal.keys("C-c")
    terminal.prompt()
    without_line(terminal)
    terminal.run("seq 60", "^60")
    t.equal(last_row(terminal.screen()), (40, "$"))


@promise(each=["C-c", "TERM"])
def signal_that_ends_the_run_takes_it_away(t, signal):
    terminal = ready(t)
    if signal == "TERM":
        terminal.run("(sleep 2.5; kill -TERM $(pgrep -n -f 'stopgat[e].*w.py none 9')) & disown")
    terminal.enter("$S python3 w.py none 9 here")
    sees_line(terminal)
    if signal == "C-c":
        terminal.keys("C-c")
    terminal.prompt()
    without_line(terminal)
    terminal.run("seq 60", "^60")
    t.equal(last_row(terminal.screen()), (40, "$"))


@promise(each=["less", "vim"])
def full_screen_program_has_the_whole_screen(t, program):
    "It is started by a run that is long already, and the line is on the screen."
    if not shutil.which(program):
        t.skip(f"no {program}")
    t.file("work/text", "".join(f"row {n}\n" for n in range(1, 101)))
    program = {"less": "less text", "vim": "vim -u NONE -N -n -i NONE -c 'set noshowcmd' text"}[program]
    terminal = ready(t)
    terminal.job(program, "^row 1\n")
    shown = [terminal.screen()]
    for keys in ("C-f", "j", "j", "C-b"):
        terminal.keys(keys)
        time.sleep(0.3)
        shown.append(terminal.screen())
    terminal.type("q" if "less" in program else ":q\n")
    terminal.prompt()
    terminal.enter(f"$S sh -c 'python3 w.py lines 1.6 here; python3 w.py none 3 here & {program}; wait; "
                   "python3 w.py lines 0.3 here'; echo end.".replace("'set noshowcmd'", "\"set noshowcmd\""))
    sees_line(terminal)
    terminal.expect("^row 1\n")
    time.sleep(0.3)
    t.equal(terminal.screen(), shown[0])
    for keys, wanted in zip(("C-f", "j", "j", "C-b"), shown[1:]):
        terminal.keys(keys)
        time.sleep(0.3)
        t.equal(terminal.screen(), wanted)
    terminal.type("q" if "less" in program else ":q\n")
    sees_line(terminal)
    terminal.expect(r"^end\.")
    terminal.prompt()
    t.equal(everything(terminal)[-192:-2],
            [f"line {n}" for n in range(160)] + [f"line {n}" for n in range(30)])


@promise
def stopped_terminal_does_not_hold_up_the_run(t):
    "Ctrl-S: nobody waits for a line to be drawn."
    terminal = ready(t)
    terminal.enter("$S sh -c 'sleep 0.7; python3 w.py none 1.5 here; : > done; sleep 1'")
    time.sleep(0.5)
    terminal.keys("C-s")
    end = time.monotonic() + 6
    while not (t.work / "done").exists() and time.monotonic() < end:
        time.sleep(0.05)
    t.true((t.work / "done").exists(), "the run stands")
    terminal.keys("C-q")
    terminal.prompt()
    without_line(terminal)
