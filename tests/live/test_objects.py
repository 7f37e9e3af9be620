"""Objects that are no plain files with a name: pipes, sockets, memfds, terminals, deleted files and
directories, what stands in a chroot or behind a mount, /proc's own files."""
import os
import pty
import re
import socket

from harness import PROBE, PROBE32, STOPGATE, promise
from rows import REFUSED, fill

TIOCSPTLCK, TIOCGPTPEER = 0x40045431, 0x5441

DENY_ALL_WRITES = """
    [write]
    default = deny
    """


def deny_write(*paths):
    return "[write]\n" + "".join(f"deny = {p}\n" for p in paths) + f"errno = {REFUSED}\n"


# ---- what a process holds itself ----


@promise
def own_pipe_may_be_opened_again(t):
    """As /dev/stdin and process substitution do; it reaches nothing new."""
    words = ("pipe2", "buf:8", 0, "--", "openat", "cwd", "s:/proc/self/fd/4", os.O_WRONLY, "--",
             "write", 5, "s:hello", 5, "--", "read", 3, "buf:8", 8, "--", "show")
    t.true("show=hello" in t.probe(*words).out)
    run = t.run_probe(DENY_ALL_WRITES, *words)
    t.true("show=hello" in run.out, run)
    run.one(call="openat", cls="write", path=re.compile(r"^pipe:\[\d+\]$"), raw="/proc/self/fd/4",
            action="log")


@promise(each=["/proc/self/fd/3", "/proc/thread-self/fd/3", "/dev/fd/3"])
def own_memfd_may_be_opened_again(t, path):
    words = ("memfd_create", "s:scratch", 0, "--", "openat", "cwd", f"s:{path}", os.O_RDWR)
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe(DENY_ALL_WRITES, *words)
    t.equal(run.errno, None, run)
    run.one(call="openat", path="memfd:scratch", raw=path, action="log")


@promise
def pipe_of_another_process_is_not_own(t):
    words = ("pipe2", "buf:8", 0, "--", "child", "openat", "cwd", "sp:/proc/%q/fd/4", os.O_WRONLY)
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe(DENY_ALL_WRITES, *words)
    t.equal(run.errno, "EACCES", run)
    run.one(call="openat", path=re.compile(r"^pipe:\[\d+\]$"), action="deny")


@promise
def pipe_reached_by_another_process_s_own_name_is_not_own(t):
    """A directory of /proc opened before a fork still means the parent."""
    words = ("pipe2", "buf:8", 0, "--", "openat", "cwd", "s:/proc/self/fd", os.O_RDONLY, "--",
             "child", "openat", 5, "s:4", os.O_WRONLY)
    t.equal(t.probe(*words).errno, None)
    t.equal(t.run_probe(DENY_ALL_WRITES, *words).errno, "EACCES")


@promise
def socket_through_proc_cannot_be_opened(t):
    words = ("socket", 1, 1, 0, "--", "openat", "cwd", "s:/proc/self/fd/3", os.O_RDWR)
    t.equal(t.probe(*words).errno, "ENXIO")
    t.equal(t.run_probe(deny_write("/nonexistent"), *words).errno, "ENXIO")


@promise
def named_pipe_is_judged_by_its_name(t):
    fill(t.dir / "f", t.dir / "f")
    words = ("openat", "cwd", f"s:{t.dir}/f/fifo", os.O_RDWR, "--",
             "openat", "cwd", "s:/proc/self/fd/3", os.O_WRONLY)
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe(f"[write]\ndeny = {t.dir}/f\n[read]\ndefault = log\n", "openat", "cwd",
                      f"s:{t.dir}/f/fifo", os.O_RDONLY | os.O_NONBLOCK, "--",
                      "openat", "cwd", "s:/proc/self/fd/3", os.O_WRONLY)
    t.equal(run.errnos, [None, "EACCES"], run)
    run.one(call="openat", path=t.dir / "f/fifo", action="deny")


# ---- standard descriptors opened again ----


@promise(each=[f"{name}{n}" for n, name in enumerate(("/dev/stdin ", "/dev/stdout ", "/dev/stderr "))]
         + ["/proc/self/fd/0 0", "/dev/fd/0 0"])
def standard_descriptor_reopened_is_the_file_it_leads_to(t, item):
    name, number = item.split()
    file = t.file("f/file", "content")
    words = ("openat", "cwd", f"s:{name}", os.O_WRONLY)
    policy = deny_write(t.dir / "f")

    def spawn(run, *args):
        """With the file as that descriptor; what the probe says comes by another one."""
        fd = os.open(file, os.O_RDONLY)
        try:
            if number == "0":
                return run(*args, stdin=fd)
            if number == "2":
                return run(*args, stderr=fd)
            out = os.open(t.dir / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:  # standard output cannot be both: make the file descriptor 1 only for the call
                return run(*with_stdout(args, file), stdout=out)
            finally:
                os.close(out)
        finally:
            os.close(fd)

    bare = spawn(t.probe, *words)
    t.equal(errno_said(t, bare, number), None)
    with t.unchanged(t.dir / "f"):
        run = spawn(lambda *w, **s: t.run_probe(policy, *w, **s), *words)
    t.equal(errno_said(t, run, number), REFUSED, run)
    run.one(call="openat", path=file, raw=name, action="deny")


def with_stdout(args, file):
    """As the probe prints to descriptor 1: keep it elsewhere, put the file there, and back again."""
    at = [i for i, word in enumerate(args) if word == "openat"][0]
    before = ("dup", 1, "--", "openat", "cwd", f"s:{file}", os.O_RDONLY, "--", "dup3", 4, 1, 0, "--")
    return (*args[:at], *before, *args[at:], "--", "dup3", 3, 1, 0)


def errno_said(t, run, number):
    """While the file is in the place of standard output the probe's lines are lost, but for what stdio
    still holds; the records tell."""
    if number != "1":
        return run.errno
    if run.calls:
        return run.calls[-1].get("errno")
    return None


@promise
def terminal_reopened_is_its_device(t):
    master, slave = pty.openpty()
    try:
        name = os.ttyname(slave)
        words = ("openat", "cwd", "s:/dev/stdin", os.O_RDWR | os.O_NOCTTY)
        t.equal(t.probe(*words, stdin=slave).errno, None)
        run = t.run_probe(deny_write("/dev/pts"), *words, stdin=slave)
        t.equal(run.errno, REFUSED, run)
        run.one(call="openat", path=name, raw="/dev/stdin", action="deny")
    finally:
        os.close(master)
        os.close(slave)


FOREIGN = [("write-by-a-reader", os.O_RDONLY, os.O_WRONLY), ("write-by-a-handle", os.O_PATH, os.O_WRONLY),
           ("both-by-a-reader", os.O_RDONLY, os.O_RDWR),
           ("read-by-a-writer", os.O_WRONLY, os.O_RDONLY)]
ALONE = {os.O_WRONLY: "write", os.O_RDONLY: "read", os.O_RDWR: "write"}


@promise(each=[(f"{name}/{link}", held, wanted, link) for name, held, wanted in FOREIGN
               for link in ("/proc/self/fd/3", "/dev/fd/3", "/proc/thread-self/fd/3")])
def terminal_of_others_opens_in_no_way_in_which_it_is_not_held(t, item):
    _, held, wanted, link = item
    master, slave = pty.openpty()
    try:
        words = ("openat", "cwd", f"s:{os.ttyname(slave)}", held | os.O_NOCTTY, "--",
                 "openat", "cwd", f"s:{link}", wanted | os.O_NOCTTY)
        t.equal(t.probe(*words).errnos, [None, None])
        refuses = ALONE[wanted]
        for policy in ([f"[{refuses}]\ndefault = deny\nerrno = {REFUSED}\n"
                        + "".join(f"allow = {d}\n" for d in ("/usr", "/lib", "/lib64", "/etc", "/proc", PROBE.parent)
                                  if refuses == "read" and os.path.exists(d))]
                       + (["untrusted", "readonly", "build"] if refuses == "write" else [])):
            run = t.run_probe(policy, *words)
            t.equal(run.errnos[0], None, run)
            t.true(run.errno in (REFUSED, "EACCES", "EROFS"), run)
            run.one(call="openat", path=os.ttyname(slave), raw=link, action="deny")
    finally:
        os.close(master)
        os.close(slave)


@promise(each=["untrusted", "readonly", "build"])
def terminal_that_is_given_or_made_may_be_opened_again(t, policy):
    """One that it has as standard input alone, and one that it makes (TIOCGPTPEER), in the way in which it is held."""
    master, slave = pty.openpty()
    try:
        reader = os.open(os.ttyname(slave), os.O_RDONLY | os.O_NOCTTY)
        for fd in (slave, reader):
            run = t.run_probe(policy, "openat", "cwd", "s:/dev/stdin", os.O_RDWR | os.O_NOCTTY, stdin=fd)
            t.equal(run.errno, None, run)
        os.close(reader)
    finally:
        os.close(master)
        os.close(slave)
    words = ("openat", "cwd", "s:/dev/ptmx", os.O_RDWR | os.O_NOCTTY, "--", "ioctl", 3, TIOCSPTLCK, "int:0", "--",
             "ioctl", 3, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY, "--",
             "openat", "cwd", "s:/proc/self/fd/4", os.O_RDWR | os.O_NOCTTY)
    t.equal(t.probe(*words).errnos, [None] * 4)
    run = t.run_probe(policy, *words)
    t.equal(run.errnos, [None] * 4, run)


MADE = """
import os
def what(step, *args):
    try:
        result = step(*args)
        print("yes")
        return result
    except OSError as error:
        print(error.strerror)
master, slave = os.openpty()
name = os.ttyname(slave)
os.close(slave)
again = what(os.open, name, os.O_RDWR | os.O_NOCTTY)
what(os.chmod, name, 0o600)
os.write(master, b"hello\\n")
print(os.read(again, 9).decode().strip())
if not os.fork():
    os.closerange(3, 99)  # of no use without the master
    what(os.open, name, os.O_RDWR | os.O_NOCTTY)
    os._exit(0)
os.wait()
"""


@promise(each=["untrusted", "readonly", "build"])
def terminal_that_is_made_opens_by_its_name_too(t, policy):
    """As expect, screen and sshd open it; chmod as grantpt(3). Only who holds its master."""
    argv = ["/usr/bin/python3", "-uc", MADE]
    t.equal(t.bare(argv).out.split("\n"), ["yes", "yes", "hello", "yes", ""])
    run = t.run(argv, policy)
    t.equal(run.out.split("\n")[:3], ["yes", "yes", "hello"], run)
    t.true(run.out.split("\n")[3] in ("Permission denied", "Read-only file system"), run)


@promise
def pipe_as_standard_input_may_be_reopened(t):
    words = ("openat", "cwd", "s:/dev/stdin", 0, "--", "read", 3, "buf:8", 8, "--", "show")
    policy = """
        [read]
        default = allow
        deny = /nonexistent
        [write]
        default = deny
        """
    run = t.run_probe(policy, *words, stdin=b"hello")
    t.true("show=hello" in run.out, run)


# ---- deleted ----


@promise
def deleted_file_keeps_the_rules_of_its_name(t):
    def words(f):
        return ("openat", "cwd", f"s:{f}/file", 0, "--", "unlinkat", "cwd", f"s:{f}/file", 0, "--",
                "openat", "cwd", "s:/proc/self/fd/3", os.O_WRONLY)
    for tree in ("bare", "f"):
        fill(t.dir / tree, t.dir / tree)
    t.equal(t.probe(*words(t.dir / "bare")).errno, None)
    run = t.run_probe(deny_write(t.dir / "f") + "[delete]\ndefault = allow\n", *words(t.dir / "f"))
    t.equal(run.errnos, [None, None, REFUSED], run)
    run.one(call="openat", path=f"{t.dir}/f/file (deleted)", raw="/proc/self/fd/3", action="deny")


@promise
def file_that_is_called_deleted_is_not(t):
    name = t.file("f/x (deleted)", "there")
    run = t.run_probe(deny_write(f"{t.dir}/f/x (deleted)"), "openat", "cwd", f"s:{name}", os.O_WRONLY)
    t.equal(run.errno, REFUSED, run)
    run.one(call="openat", path=name, action="deny")
    t.file("f/x", "another")
    run = t.run_probe(deny_write(f"{t.dir}/f/x"), "openat", "cwd", f"s:{name}", os.O_WRONLY)
    t.equal(run.errno, None, run)


@promise(each=[("create", "openat cwd s:new 65 0600"), ("mkdir", "mkdirat cwd s:new 0700"),
               ("open", "openat cwd s:x 0"), ("dot", "openat cwd s:. 0200000"), ("dots", "openat cwd s:.. 0"),
               ("through-dots", "openat cwd s:../file 1"), ("proc-cwd", "openat cwd s:/proc/self/cwd 0"),
               ("rename", "renameat cwd s:../file cwd s:new"), ("rmdir", "unlinkat cwd s:../gone 512"),
               ("chmod", "fchmodat cwd s:. 0700"), ("empty", "fchownat cwd s: -1 -1 0x1000")])
def deleted_directory_gives_the_kernel_s_answers(t, item):
    answers = []
    for stage, policy in (("bare", 0), ("built-in", None), ("elsewhere", deny_write("/nonexistent"))):
        fill(t.dir / stage, t.dir / stage)
        words = ("mkdirat", "cwd", "s:gone", 0o755, "--", "chdir", "s:gone", "--",
                 "unlinkat", "cwd", "s:../gone", 512, "--", *item[1].split())
        run = (t.probe(*words, cwd=t.dir / stage) if policy == 0
               else t.run_probe(policy, *words, cwd=t.dir / stage))
        answers.append(run.results)
    t.equal(answers[1:], [answers[0]] * 2)


@promise
def deleted_directory_does_not_unlock_what_is_above(t):
    fill(t.dir / "f", t.dir / "f")
    policy = deny_write(t.dir / "f/file") + f"[create]\ndefault = allow\n[delete]\ndefault = allow\n"
    with t.unchanged(t.dir / "f/file"):
        run = t.run_probe(policy, "mkdirat", "cwd", "s:gone", 0o755, "--", "chdir", "s:gone", "--",
                          "unlinkat", "cwd", "s:../gone", 512, "--", "openat", "cwd", "s:../file", 1,
                          cwd=t.dir / "f")
    t.equal(run.errnos, [None, None, None, REFUSED], run)


# ---- /proc's own ----


@promise
def running_program_by_proc_exe(t):
    """Writing to it is ETXTBSY; under the rule it is refused before that, by its real name."""
    program = t.file("f/probe", PROBE.read_bytes(), 0o755)
    words = ("openat", "cwd", "s:/proc/self/exe", os.O_WRONLY)
    t.equal(t.probe(*words, program=program).errno, "ETXTBSY")
    t.equal(t.run_probe(deny_write("/nonexistent"), *words, program=program).errno, "ETXTBSY")
    run = t.run_probe(deny_write(t.dir / "f"), *words, program=program)
    t.equal(run.errno, REFUSED, run)
    run.one(call="openat", path=program, raw="/proc/self/exe")


@promise(each=["s:/proc/self/mem", "s:/proc/thread-self/mem", "sp:/proc/%p/mem",
               "sp:/proc/self/task/%t/mem"])
def rule_for_proc_self_matches_each_process_s_own(t, path):
    words = ("openat", "cwd", path, os.O_RDWR)
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe(deny_write("/proc/self/mem", "/proc/self/task/*/mem", "/proc/thread-self/mem"), *words)
    t.equal(run.errno, REFUSED, run)
    run.one(call="openat", path=re.compile(r"^/proc/\d+/(task/\d+/)?mem$"), action="deny")


@promise
def rule_for_proc_self_does_not_match_another_process(t):
    words = ("child", "openat", "cwd", "sp:/proc/%q/comm", os.O_WRONLY)
    t.equal(t.probe(*words).errno, None)
    policy = """
        [write]
        default = deny
        allow = /proc/self/comm
        """
    t.equal(t.run_probe(policy, *words).errno, "EACCES")
    run = t.run_probe(policy, "child", "openat", "cwd", "s:/proc/self/comm", os.O_WRONLY, "--",
                      "openat", "cwd", "sp:/proc/%p/comm", os.O_WRONLY)
    t.equal(run.errnos, [None, None], run)


@promise
def proc_self_is_never_the_tracer(t):
    """What a record shows is the command's own number, and what is read is its own too."""
    run = t.run_probe("[read]\ndefault = log\n", "openat", "cwd", "s:/proc/self/stat", 0, "--",
                      "readlinkat", "cwd", "s:/proc/self", "buf:32", 32, "--", "show")
    number = re.search(r"show=(\d+)", run.out)[1]
    t.equal(run.one(raw="/proc/self/stat")["path"], f"/proc/{number}/stat", run)


# ---- other roots and mounts ----


def jail(t):
    root = t.mkdir("jail")
    fill(root / "f", root / "f")
    (root / "abs").symlink_to("/f/file")
    (root / "up").symlink_to("../../../../f/file")
    (root / "dangling").symlink_to("/f/new")
    (root / "proc").mkdir()
    return root


CHROOTED = [("absolute", "openat cwd s:/f/file 1"), ("link", "openat cwd s:/abs 1"),
            ("up", "openat cwd s:/up 1"), ("dots", "openat cwd s:/../../f/../f/file 1"),
            ("dirfd-dots", "openat 3 s:../../f/file 1"), ("relative", "openat cwd s:f/file 1"),
            ("relative-dots", "openat cwd s:../../f/file 1"),
            ("truncate", "truncate s:/f/file 1"), ("chmod", "fchmodat cwd s:/f/file 0600"),
            ("unlink", "unlinkat cwd s:/f/file 0"), ("mkdir", "mkdirat cwd s:/f/dir/new 0700"),
            ("create", "openat cwd s:/f/new 65 0600"), ("dangling", "openat cwd s:/dangling 65 0600"),
            ("rename", "renameat cwd s:/f/file cwd s:/moved")]


@promise(each=CHROOTED, needs="root")
def chrooted_process_is_judged_by_the_outside_path(t, item):
    name, words = item
    root = jail(t)
    enter = ("openat", "cwd", f"s:{root}/f", os.O_PATH, "--", "chroot", f"s:{root}", "--",
             "chdir", "s:/", "--")
    with t.unchanged(root / "f"):
        run = t.run_probe(deny_write(root / "f"), *enter, *words.split())
    t.equal(run.errno, REFUSED, run)
    record = run.find(action="deny")[-1]
    t.true(record["path"].startswith(f"{root}/f"), run)
    # Nothing is denied to the same path outside.
    run = t.run_probe(deny_write("/f", t.dir / "other"), *enter, *words.split())
    t.equal(run.errno, None, run)


@promise(needs="root")
def chrooted_process_cannot_be_told_apart_by_a_rule_for_its_inside(t):
    root = jail(t)
    run = t.run_probe(deny_write("/f"), "chroot", f"s:{root}", "--", "chdir", "s:/", "--",
                      "openat", "cwd", "s:/f/file", 1)
    t.equal(run.errno, None, run)


@promise(needs="root")
def descriptor_of_outside_leads_out_of_a_chroot(t):
    """The old way out: what is opened there is judged by where it is."""
    root = jail(t)
    fill(t.dir / "f", t.dir / "f")
    words = ("openat", "cwd", f"s:{t.dir}", os.O_PATH, "--", "chroot", f"s:{root}", "--",
             "openat", 3, "s:f/../../{}/f/file".format(t.dir.name), 1)
    t.equal(t.probe(*words).errno, None)
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(deny_write(t.dir / "f"), *words)
    t.equal(run.errno, REFUSED, run)
    run.one(call="openat", path=t.dir / "f/file", action="deny")


MOUNTED = 'mount --bind "$1/f" "$1/m" && mount -t tmpfs none "$1/f/dir" && shift && exec "$@"'


@promise(needs=("root", "mounts"))
def mount_points_are_crossed_like_directories(t):
    """In a mount namespace of the test's own."""
    fill(t.dir / "f", t.dir / "f")
    t.mkdir("m")
    enter = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", t.dir]

    def probe(policy, *words):
        return t.probe(*enter[1:], STOPGATE, "-q", "-p", t.policy(policy), "-o", t.records / "m", "--",
                       PROBE, *words, program=enter[0])

    for path in (f"s:{t.dir}/m/file", f"s:{t.dir}/m/dir/../file", f"s:{t.dir}/work/../m/file"):
        t.equal(probe(deny_write(t.dir / "m"), "openat", "cwd", path, "1").errno, REFUSED)
    # Up from what is mounted below the forbidden tree.
    t.equal(probe(deny_write(t.dir / "f"), "chdir", f"s:{t.dir}/f/dir", "--",
                  "openat", "cwd", "s:../file", "1").errno, REFUSED)
    t.equal(probe(deny_write(t.dir / "f"), "chdir", f"s:{t.dir}/f/dir", "--",
                  "openat", "cwd", "s:/proc/self/cwd/../file", "1").errno, REFUSED)
    # Across file systems a rename fails as it would; what is refused is refused before.
    t.equal(probe(deny_write("/nonexistent"), "renameat", "cwd", f"s:{t.dir}/f/file", "cwd",
                  f"s:{t.dir}/f/dir/x").errno, "EXDEV")


# ---- memory of other sorts ----


@promise(needs="i386")
def int_0x80_of_a_64_bit_program_is_decoded(t):
    """By the numbers of i386: 5 is open, 10 unlink, 38 rename."""
    for stage in ("bare", "f"):
        fill(t.dir / stage, t.dir / stage)
    for words in (("i80:5", "s:%s/file", 1), ("i80:10", "s:%s/file"), ("i80:38", "s:%s/dir", "s:%s/new"),
                  ("i80:15", "s:%s/exe", 0o600), ("i80:8", "s:%s/brand-new", 0o600),
                  ("i80:39", "s:%s/newdir", 0o700)):
        def made(f):
            return [str(w).replace("%s", str(f)) for w in words]
        t.equal(t.probe(*made(t.dir / "bare")).errno, None, words)
        with t.unchanged(t.dir / "f"):
            run = t.run_probe(deny_write(t.dir / "f"), *made(t.dir / "f"))
        t.equal(run.errno, REFUSED, run)
        t.equal(len(run.find(action="deny")), 1, run)


@promise(needs="i386")
def i386_program_is_started_by_a_64_bit_one_and_back(t):
    """The numbers are those of the program that runs, whoever started it."""
    file = t.file("f/file", "x")
    policy = deny_write(t.dir / "f")
    inner = f"openat cwd s:{file} 1".split()
    for first, second in ((PROBE, PROBE32), (PROBE32, PROBE)):
        argv = ",".join(f"s:{w}" for w in [str(second), *inner])
        run = t.run_probe(policy, "execve", f"s:{second}", f"argv:{argv}", "null", program=first)
        t.equal(run.errno, REFUSED, run)


@promise
def hard_link_made_before_is_another_name(t):
    """Rules speak of names: a second name that was there before is judged as itself."""
    fill(t.dir / "f", t.dir / "f")
    os.link(t.dir / "f/file", t.dir / "work/second")
    run = t.run_probe(deny_write(t.dir / "f"), "openat", "cwd", f"s:{t.dir}/work/second", 1)
    t.equal(run.errno, None, run)


@promise
def abstract_and_path_sockets_are_told_apart(t):
    """A rule for a path says nothing of an abstract name that looks like it."""
    name = str(t.dir / "sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen(4)
    try:
        policy = f"[connect]\ndeny = {name}\nerrno = {REFUSED}\n"
        words = ("socket", 1, 1, 0, "--", "connect", 3, f"abs:{name}", "len")
        run = t.run_probe(policy, *words)
        t.equal(run.errno, None, run)
    finally:
        listener.close()
