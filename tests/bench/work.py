"""What is measured: work in a scratch directory, and who does it."""
import os
import pathlib
import shutil
import subprocess

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).absolute()
STOPGATE, LOOPS, FLOOR = BUILD / "stopgate", BUILD / "tests" / "loops", BUILD / "tests" / "floor"

WRITES = """\
[write]
default = deny
allow = ${PWD}
allow = ${TMPDIR}
allow = /dev/null
allow = /dev/tty
"""

class Runner:
    def __init__(self, name, prefix, about, tool=None):
        self.name, self.prefix, self.about = name, [str(word) for word in prefix], about
        self.tool = tool

    def is_there(self):
        return not self.tool or shutil.which(self.tool)


def runners(scratch):
    (scratch / "writes.ini").write_text(WRITES, encoding="ascii")
    return [
        Runner("bare", [], "without anything"),
        Runner("floor", [FLOOR], "a loop that stops open, openat and write, fetches registers and continues: tests/probes/floor.c"),
        Runner("near", [FLOOR, "-n"], "the same, and each thread is resumed on the loop's own CPU"),
        Runner("log", [STOPGATE, "-o", "/dev/null", "--"], "stopgate: every open, openat and write is logged"),
        Runner("writes", [STOPGATE, "-q", "-p", scratch / "writes.ini", "-o", "/dev/null", "--"],
               "stopgate: writing is refused but here and in TMPDIR; no rule is on reads"),
        Runner("untrusted", [STOPGATE, "-q", "-p", "untrusted", "-o", "/dev/null", "--"],
               "stopgate -p untrusted: the same, and secrets are not read"),
        Runner("installer", [STOPGATE, "-q", "-p", "installer", "--format=json", "-o", scratch / "record.json", "--"],
               "stopgate -p installer: all that changes something is recorded with its result, as JSON in a file"),
        Runner("strace", ["strace", "-f", "--seccomp-bpf", "-e", "trace=open,openat,write", "-o", "/dev/null"],
               "strace -f --seccomp-bpf -e trace=open,openat,write -o /dev/null", "strace"),
        Runner("bwrap", ["bwrap", "--dev-bind", "/", "/", "--ro-bind", "/usr", "/usr", "--"],
               "bwrap with /usr read-only: logs nothing", "bwrap"),
        Runner("firejail", ["firejail", "--quiet", "--noprofile", "--read-only=/usr", "--"],
               "firejail with /usr read-only: logs nothing", "firejail"),
        Runner("proot", ["proot"], "proot: logs and refuses nothing", "proot"),
    ]


class Work:
    """count: what a run of it is divided by, of a loop its rounds. real: counts in the mean over real work. few: only
    these runners."""

    def __init__(self, name, command, before=None, *, count=1, real=False, few=None, tool=None):
        self.name, self.command, self.before = name, [str(word) for word in command], before
        self.count, self.real, self.few, self.tool = count, real, few, tool

    def is_loop(self):
        return self.command[0] == str(LOOPS)


def sh(script):
    return ["sh", "-c", script]


def loop(name, call, count, path="/dev/null", company=(), **more):
    return Work(name, [LOOPS, call, count, path, *company], count=count, **more)


FAST = ("bare", "floor", "near", "log", "untrusted", "strace")
SQLITE = ("import sqlite3; d = sqlite3.connect('db'); d.execute('create table if not exists t (a)')\n"
          "for n in range(150): d.execute('insert into t values (?)', (n,)); d.commit()")

WORK = [
    loop("open to read, close", "open", 5000),
    loop("open to write, close", "open-write", 5000),
    loop("write of 1 KiB", "write", 5000, "written"),
    loop("stat", "stat", 100000),
    loop("getpid", "getpid", 200000),
    *[loop(f"open, {n} {who} at once", "open", 2048, "/dev/null", (who, n), few=FAST)
      for who in ("threads", "processes") for n in (1, 8, 64, 512)],
    *[loop(f"open beside {n} that sleep", "open", 2048, "/dev/null", ("sleeping-threads", n), few=FAST) for n in (8, 64, 511)],
    Work("start of true", ["true"]),
    Work("tar x, 300 files", ["tar", "xf", "tree.tar", "-C", "out"], "rm -rf out; mkdir out", real=True),
    Work("make -j2, 12 C files", ["make", "-s", "-j2", "-C", "project"], "rm -f project/*.o project/lib.a", real=True),
    Work("git clone", ["git", "clone", "-q", "--no-hardlinks", "tree", "clone"], "rm -rf clone", real=True),
    Work("git status", ["git", "-C", "tree", "status", "--short"], real=True),
    Work("python imports", ["/usr/bin/python3", "-c", "import json, asyncio, email, http.client, unittest"], real=True),
    Work("dpkg-deb -x", ["dpkg-deb", "-x", "p.deb", "out"], "rm -rf out; mkdir out", real=True, tool="dpkg-deb"),
    Work("1000 processes", sh("i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done"), count=1000, real=True),
    Work("sqlite, 150 commits", ["/usr/bin/python3", "-c", SQLITE], "rm -f db*", real=True),
    Work("dd bs=1k count=3000", ["dd", "if=/dev/zero", "of=zeros", "bs=1k", "count=3000", "status=none"], real=True),
]


def prepare(directory):
    """A small C project, a repository, an archive, a package."""
    project = directory / "project"
    project.mkdir()
    for n in range(12):
        (project / f"f{n}.c").write_text(
            "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
            + "".join(f"int f{n}_{i}(int x) {{ return x * {i} + (int)strlen(\"{i}\"); }}\n" for i in range(60)),
            encoding="ascii")
    (project / "Makefile").write_text(
        "O = $(patsubst %.c,%.o,$(wildcard *.c))\nlib.a: $(O)\n\tar rc $@ $^\n%.o: %.c\n\t$(CC) -O1 -c $<\n",
        encoding="ascii")
    tree = directory / "tree"
    for n in range(300):
        path = tree / f"d{n % 20}" / f"f{n}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{n}\n" * 200, encoding="ascii")
    quiet = {"cwd": directory, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["tar", "cf", "tree.tar", "tree"], **quiet)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "tree"], **quiet)
    subprocess.run([*git, "-C", "tree", "add", "."], **quiet)
    subprocess.run([*git, "-C", "tree", "commit", "-qm", "all"], **quiet)
    if shutil.which("dpkg-deb"):
        shutil.copytree(tree, directory / "p/usr/share/p", ignore=shutil.ignore_patterns(".git"))
        (directory / "p/DEBIAN").mkdir()
        (directory / "p/DEBIAN/control").write_text(
            "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: p\n", encoding="ascii")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", "p", "p.deb"], **quiet)


def policy_of(rules, directory):
    """Directories to be denied: half are there, half are not."""
    lines = ["[read]", "default = log", "[write]", "default = log"]
    for n in range(rules):
        path = directory / f"r{n % 100}" / f"d{n}"
        if n % 2:
            path.mkdir(parents=True, exist_ok=True)
        lines.append(f"deny = {path}")
    return "\n".join(lines) + "\n"
