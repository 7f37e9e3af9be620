"""The suites: well-known programs' own tests. Each is a list of pieces, one command each, and says how to read what a piece
found: a dictionary from a test's name to its outcome, any word, the same bare and under stopgate if nothing is different."""
import os
import re
import xml.etree.ElementTree as xml

PYTHON = """test_os test_posix test_subprocess test_signal test_threading test_threadsignals test_pty test_openpty
    test_fcntl test_mmap test_select test_selectors test_epoll test_poll test_wait3 test_wait4 test_fork1 test_thread
    test_shutil test_tempfile test_pathlib test_posixpath test_glob test_fileio test_io
    test_resource test_popen test_readline test_curses test_faulthandler test_multiprocessing_fork test_mailbox test_file
    test_stat test_sched test_queue test_tarfile test_zipfile test_eintr test_pdb test_cmd_line test_inspect""".split()

# Those whose work is system calls; nothing that fills memory or heats the machine.
STRESS = """access affinity aio alarm chdir chmod chown clone close copy-file daemon dentry dir dirdeep dup dup enosys env
    epoll eventfd exec exit-group fallocate fault fcntl fd-race fiemap fifo filename flock fork fp-error fstat futex get
    getdent getrandom handle hdd inode-flags inotify io io-uring itimer kcmp key kill landlock lease link locka lockf lockofd
    loop madvise memfd metamix mincore mknod mlock mmap mmapaddr mmapfixed mmapfork mprotect mq mremap msg msync mutex
    nanosleep nice null open personality pidfd pipe pipeherd poll ppoll prctl procfs pthread ptrace pty rawsock readahead
    rename resched revio rlimit rmap rseq schedpolicy seal seccomp seek sem sem-sysv sendfile session set shm shm-sysv
    sigabrt sigchld sigfd sigfpe sigio signal signest sigpending sigpipe sigq sigrt sigsegv sigsuspend sigtrap sigxcpu
    sigxfsz sleep sock sockabuse sockdiag sockfd sockmany sockpair splice stack switch symlink sync-file sysbadaddr sysinfo
    tee timer timerfd tmpfs touch udp unshare urandom userfaultfd usersyscall utime vdso vfork vforkmany vm-rw vm-segv
    vm-splice wait waitcpu xattr yield zombie zero""".split()

COREUTILS = """misc cp mv rm ls ln mkdir rmdir touch chmod chown chgrp dd df du install mktemp tail-2 split readlink cat
    id nice tty-eof""".split()


NOTHING = "(all of it)"  # in place of a test's name: the piece did not get so far as to tell


def words(status, pattern, text):
    """Those of PATTERN's groups name and outcome, as often as it is found."""
    found = {}
    for match in re.finditer(pattern, text, re.MULTILINE):
        found[match["name"].strip()] = match["outcome"]
    return found or {NOTHING: f"nothing was reported: status {status}"}


class Piece:
    """ARGV, run in DIRECTORY; READ(status, output, scratch) tells the outcomes. SOME(names): the ARGV for those tests alone."""

    def __init__(self, name, argv, directory, read, environment=None, seconds=300, never_root=False, some=None):
        self.name, self.argv, self.directory, self.read, self.some = name, argv, directory, read, some
        self.environment, self.seconds, self.never_root = environment or {}, seconds, never_root


def python_outcomes(status, output, scratch):
    try:
        tree = xml.parse(scratch / "junit.xml")
    except (OSError, xml.ParseError):
        return {NOTHING: f"no report: status {status}"}
    found = {}
    for case in tree.iter("testcase"):
        below = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[case.get("name")] = below[0] if below else "ok"
    return found


def python(home):
    for name in PYTHON:
        argv = ["/usr/bin/python3.11", "-m", "test", "-u", "curses", "--timeout", "500", "--junit-xml",
                "{scratch}/junit.xml", name]
        yield Piece(name, argv, "{scratch}", python_outcomes, seconds=600)


def stress(home):
    for name in dict.fromkeys(STRESS):
        argv = ["stress-ng", "--verify", "--oomable", "--no-rand-seed", "--temp-path", "{scratch}", "--timeout", "4",
                f"--{name}", "2", f"--{name}-ops", "100"]
        yield Piece(name, argv, "{scratch}", lambda status, *_: {"ends": f"status {status}"}, seconds=60)


def libuv(home):
    yield Piece("all", [f"{home}/libuv/b/uv_run_tests"], f"{home}/libuv",
                lambda status, output, _: words(status, r"^(?P<outcome>ok|not ok) \d+ - (?P<name>\w+)", output), seconds=400,
                never_root=True)


def coreutils(home):
    base = home / "coreutils"

    def check(tests):
        return ["make", "-s", "check-TESTS", "SUBDIRS=.", "TESTS=" + " ".join(tests)]

    for directory in COREUTILS:
        tests = sorted(f"tests/{directory}/{p.name}" for p in (base / "tests" / directory).glob("*")
                       if p.suffix in (".sh", ".pl"))
        if tests:
            yield Piece(directory, check(tests), base,
                        lambda status, output, _: words(status, r"^(?P<outcome>[A-Z]+): (?P<name>tests/\S+\.(?:sh|pl)) *$", output),
                        seconds=2400, some=check)


def bash(home):
    tests = home / "bash/tests"
    environment = {"THIS_SH": f"{home}/bash/bash", "BUILD_DIR": f"{home}/bash", "TZ": "EST5EDT",
                   "PATH": f"{home}/bash:{os.environ['PATH']}", "BASH_TSTOUT": "{scratch}/out", "TMPDIR": "{scratch}"}

    # The script shows where its output is not what it should be.
    def lines(status, output, _):
        kept = [line for line in output.splitlines() if line and not line.startswith(("warning:", "Binary"))]
        return {"ends": f"status {status}, {len(kept)} lines differ"}

    for script in sorted(tests.glob("run-*")):
        if script.name not in ("run-all", "run-minimal", "run-gprof"):
            yield Piece(script.name, ["sh", script.name], tests, lines, environment, seconds=120)


def gnu_make(home):
    tests = home / "make/tests"
    pattern = r"^(?P<name>\w+/\S+) \.+ (?P<outcome>.*)$"
    yield Piece("all", ["perl", "-I.", "run_make_tests.pl", "-make", "/usr/bin/make"], tests,
                lambda status, output, _: words(status, pattern, output), seconds=600)


SUITES = {"python": python, "stress": stress, "libuv": libuv, "coreutils": coreutils, "bash": bash, "make": gnu_make}
