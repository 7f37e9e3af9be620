"""Where a path leads: the traps of design.md, section 7. The rows are one way each to reach a forbidden
file by another name; what does not fit a row is a test of its own."""
import json
import os
import pathlib
import random
import re

import harness
from harness import promise
from rows import LEVEL, LEVELS, Row, check_row, deepen, expand, fill, rows_for

ROWS = []


def row(name, cls, words, **more):
    ROWS.append(Row(name, cls, words, **more))


def write_row(name, words, **more):
    row(name, "write", words, **more)


# ---- /proc: what it says depends on who asks ----

for name, prefix in [("self", "s:/proc/self"), ("thread-self", "s:/proc/thread-self"),
                     ("pid", "sp:/proc/%p"), ("task", "sp:/proc/self/task/%t"),
                     ("tid", "sp:/proc/%t"), ("dots", "s:/proc/../proc/./self/../self"),
                     ("through-root", "s:/proc/self/root/proc/self")]:
    open_file = "openat cwd s:{f}/file O_RDONLY -- "
    write_row(f"proc-{name}-root", f"openat cwd {prefix}/root{{f}}/file O_WRONLY")
    write_row(f"proc-{name}-cwd", f"chdir s:{{f}} -- openat cwd {prefix}/cwd/file O_WRONLY")
    write_row(f"proc-{name}-cwd-dots", f"chdir s:{{f}}/dir -- openat cwd {prefix}/cwd/../file O_WRONLY")
    write_row(f"proc-{name}-fd", open_file + f"openat cwd {prefix}/fd/3 O_WRONLY")
    write_row(f"proc-{name}-fd-of-directory",
              f"openat cwd s:{{f}} O_PATH -- openat cwd {prefix}/fd/3/file O_WRONLY")
    write_row(f"proc-{name}-fd-of-directory-dots",
              f"openat cwd s:{{f}}/dir O_PATH -- openat cwd {prefix}/fd/3/../file O_WRONLY")
    write_row(f"proc-{name}-fd-of-handle",
              f"openat cwd s:{{f}}/file O_PATH -- openat cwd {prefix}/fd/3 O_WRONLY")
    write_row(f"proc-{name}-in-thread", open_file + f"thread openat cwd {prefix}/fd/3 O_WRONLY")
    write_row(f"proc-{name}-in-child", open_file + f"child openat cwd {prefix}/fd/3 O_WRONLY")

write_row("proc-of-parent-fd", "openat cwd s:{f}/file O_RDONLY -- "
          "child openat cwd sp:/proc/%q/fd/3 O_WRONLY")
write_row("proc-of-parent-root", "child openat cwd sp:/proc/%q/root{f}/file O_WRONLY")
write_row("proc-of-parent-task-fd", "openat cwd s:{f}/file O_RDONLY -- "
          "child openat cwd sp:/proc/%q/task/%q/fd/3 O_WRONLY")
write_row("dev-fd", "openat cwd s:{f}/file O_RDONLY -- openat cwd s:/dev/fd/3 O_WRONLY")
write_row("dev-fd-directory", "openat cwd s:{f} O_PATH -- openat cwd s:/dev/fd/3/file O_WRONLY")
write_row("proc-fd-by-dirfd", "openat cwd s:/proc/self/fd O_RDONLY --"
          " openat cwd s:{f}/file O_PATH -- openat 3 s:4 O_WRONLY")
write_row("proc-by-dirfd", "openat cwd s:/proc/self O_PATH -- openat 3 s:root{f}/file O_WRONLY")
write_row("proc-root-by-dirfd", "openat cwd s:/proc O_PATH -- openat 3 s:self/root{f}/file O_WRONLY")
write_row("proc-root-magic-dirfd", "openat cwd s:/proc/self/root O_PATH -- openat 3 s:.{f}/file O_WRONLY")
write_row("proc-by-cwd", "chdir s:/proc -- openat cwd s:self/root{f}/file O_WRONLY")
write_row("proc-self-by-cwd", "chdir s:/proc/self -- openat cwd s:root{f}/file O_WRONLY")
write_row("proc-fd-by-cwd", "chdir s:/proc/self/fd -- openat cwd s:{f}/file O_PATH --"
          " openat cwd s:3 O_WRONLY")
write_row("proc-self-dirfd-of-parent", "openat cwd s:/proc/self O_PATH -- openat cwd s:{f}/file O_PATH --"
          " child openat 3 s:fd/4 O_WRONLY")
write_row("link-into-proc", "symlink s:/proc/self/root{f}/file s:{a}/way -- openat cwd s:{a}/way O_WRONLY")
write_row("link-into-proc-fd", "openat cwd s:{f}/file O_PATH -- symlink s:/proc/self/fd/3 s:{a}/way --"
          " openat cwd s:{a}/way O_WRONLY")
write_row("link-to-directory-in-proc", "openat cwd s:{f} O_PATH -- symlink s:/proc/self/fd/3 s:{a}/way --"
          " openat cwd s:{a}/way/file O_WRONLY")
write_row("link-to-thread-self", "symlink s:/proc/thread-self/root s:{a}/way --"
          " openat cwd s:{a}/way{f}/file O_WRONLY")
write_row("openat2-proc", "openat cwd s:{f}/file O_PATH --"
          " openat2 cwd s:/proc/self/fd/3 how:O_WRONLY:0:0 24")

# ---- links and dots ----

write_row("link", "openat cwd s:{a}/into O_WRONLY", raw="{a}/into")
write_row("link-chain", "symlink s:into s:{a}/one -- symlink s:one s:{a}/two --"
          " openat cwd s:{a}/two O_WRONLY")
write_row("link-in-the-middle", "symlink s:{f} s:{a}/way -- openat cwd s:{a}/way/file O_WRONLY")
write_row("dots-after-link", "symlink s:{f}/dir s:{a}/way -- openat cwd s:{a}/way/../file O_WRONLY")
write_row("relative-link", "symlink s:../f/file s:{a}/way -- openat cwd s:{a}/way O_WRONLY")
write_row("relative-link-with-dots", "symlink s:.././a/../f/dir/../file s:{a}/way --"
          " openat cwd s:{a}/way O_WRONLY")
write_row("dots", "openat cwd s:{f}/./dir/../file O_WRONLY")
write_row("slashes", "openat cwd s://{f}//dir///..//file O_WRONLY")
write_row("dots-above-root", "openat cwd s:/../../..{f}/file O_WRONLY")
write_row("relative", "chdir s:{f}/dir -- openat cwd s:../file O_WRONLY", raw="../file")
write_row("from-other-tree", "chdir s:{a}/dir -- openat cwd s:../../f/file O_WRONLY")
write_row("dirfd-dots", "openat cwd s:{a}/dir O_PATH -- openat 3 s:../../f/file O_WRONLY")
write_row("dirfd-link-handle", "openat cwd s:{f}/dirlink O_PATH -- openat 3 s:../file O_WRONLY")
write_row("absolute-path-ignores-dirfd", "openat cwd s:{a} O_PATH -- openat 3 s:{f}/file O_WRONLY")
write_row("absolute-path-ignores-bad-dirfd", "openat 77 s:{f}/file O_WRONLY")
write_row("fchdir", "openat cwd s:{f} O_PATH -- fchdir 3 -- openat cwd s:file O_WRONLY")
write_row("dup-of-dirfd", "openat cwd s:{f} O_PATH -- dup3 3 9 0 -- openat 9 s:file O_WRONLY")
write_row("reused-dirfd", "openat cwd s:{a} O_PATH -- openat cwd s:{f} O_PATH -- dup3 4 3 0 --"
          " openat 3 s:file O_WRONLY")

# ---- registers: an int is its low half ----

for name, words in [("dirfd", "openat 0xdeadbeef00000003 s:file O_WRONLY"),
                    ("flags", "openat 3 s:file 0xdeadbeef00000001"),
                    ("flags-sign", "openat 3 s:file 0xffffffff00000001")]:
    write_row(f"high-bits-of-{name}", f"openat cwd s:{{f}} O_PATH -- {words}", only="64")
write_row("high-bits-of-at-fdcwd", "chdir s:{f} -- openat 0x00000000ffffff9c s:file O_WRONLY", only="64")
row("high-bits-of-at-flags", "attr", "fchownat cwd s:{f}/link -1 -1 0xdeadbeef00000100",
    path="{f}/link", only="64")
row("high-bits-of-unlink-flags", "delete", "unlinkat cwd s:{f}/empty 0xdeadbeef00000200",
    path="{f}/empty", only="64")
row("high-bits-of-rename-flags", "create",
    "renameat2 cwd s:{f}/file cwd s:{a}/file 0xdeadbeef00000002", to="{a}/file", only="64")

# ---- the path's own memory ----

write_row("string-before-unmapped-page", "openat cwd e:{f}/file O_WRONLY")
write_row("long-path", "openat cwd s:{f}/{dots4095}file O_WRONLY")
write_row("long-link", "symlink s:{f}/{dots4095}file s:{a}/way -- openat cwd s:{a}/way O_WRONLY")
row("long-name", "create", "openat cwd s:{f}/{x255} O_WRONLY|O_CREAT 0600", path="{f}/{x255}")
row("long-name-mkdir", "create", "mkdirat cwd s:{f}/{x255} 0700", path="{f}/{x255}")

# ---- creating through links ----

for name, words in [("openat", "openat cwd s:%s O_WRONLY|O_CREAT 0600"),
                    ("openat2", "openat2 cwd s:%s how:O_WRONLY|O_CREAT:0600:0 24"),
                    ("creat", "creat s:%s 0600"),
                    ("mode-3", "openat cwd s:%s O_ACCMODE|O_CREAT 0600")]:
    row(f"dangling-link-{name}", "create", "symlink s:{f}/new s:{a}/way -- " + words % "{a}/way",
        path="{f}/new")
    row(f"dangling-chain-{name}", "create", "symlink s:{f}/new s:{a}/one -- symlink s:one s:{a}/two -- "
        + words % "{a}/two", path="{f}/new")
    row(f"dangling-relative-{name}", "create", "symlink s:../f/dir/../new s:{a}/way -- "
        + words % "{a}/way", path="{f}/new")
    row(f"dangling-into-proc-{name}", "create", "symlink s:/proc/self/root{f}/new s:{a}/way -- "
        + words % "{a}/way", path="{f}/new")
row("create-in-proc-cwd", "create", "chdir s:{f} -- openat cwd s:/proc/self/cwd/new O_WRONLY|O_CREAT 0600",
    path="{f}/new")
row("create-in-proc-fd", "create", "openat cwd s:{f} O_PATH --"
    " openat cwd s:/proc/self/fd/3/new O_WRONLY|O_CREAT 0600", path="{f}/new")

# ---- other calls by the same ways ----

for way, setup, prefix in [("proc-root", "", "/proc/self/root{f}"),
                           ("proc-cwd", "chdir s:{f} -- ", "/proc/self/cwd"),
                           ("proc-fd", "openat cwd s:{f} O_PATH -- ", "/proc/self/fd/3"),
                           ("link", "symlink s:{f} s:{a}/way -- ", "{a}/way"),
                           ("dots", "", "{a}/../f/dir/..")]:
    row(f"mkdir-by-{way}", "create", setup + f"mkdirat cwd s:{prefix}/new 0700", path="{f}/new")
    row(f"mknod-by-{way}", "create", setup + f"mknodat cwd s:{prefix}/new 0100600 0", path="{f}/new")
    row(f"symlink-by-{way}", "create", setup + f"symlinkat s:text cwd s:{prefix}/new", path="{f}/new")
    row(f"link-to-by-{way}", "create", setup + f"linkat cwd s:{{a}}/file cwd s:{prefix}/new 0",
        path="{a}/file", to="{f}/new")
    row(f"link-from-by-{way}", "write", setup + f"linkat cwd s:{prefix}/file cwd s:{{a}}/new 0",
        to="{a}/new", logs="create")
    row(f"unlink-by-{way}", "delete", setup + f"unlinkat cwd s:{prefix}/file 0")
    row(f"rmdir-by-{way}", "delete", setup + f"unlinkat cwd s:{prefix}/empty AT_REMOVEDIR",
        path="{f}/empty")
    row(f"rename-from-by-{way}", "delete", setup + f"renameat cwd s:{prefix}/file cwd s:{{a}}/new",
        to="{a}/new")
    row(f"rename-to-by-{way}", "create", setup + f"renameat cwd s:{{a}}/file cwd s:{prefix}/new",
        path="{a}/file", to="{f}/new")
    row(f"truncate-by-{way}", "write", setup + f"truncate s:{prefix}/file 3")
    row(f"chmod-by-{way}", "attr", setup + f"fchmodat cwd s:{prefix}/file 0600")
    row(f"xattr-by-{way}", "attr", setup + f"setxattr s:{prefix}/file s:user.new s:v 1 0")
    row(f"exec-by-{way}", "exec", setup + f"execve s:{prefix}/exe argv:s:exe null", path="{f}/exe",
        executes=True)
    if way in ("proc-cwd", "proc-fd", "dots"):
        row(f"connect-by-{way}", "connect", setup + "socket UNIX STREAM 0 -- "
            f"connect {4 if way == 'proc-fd' else 3} un:{prefix}/sock len", path="{f}/sock")
        row(f"bind-by-{way}", "create", setup + "socket UNIX STREAM 0 -- "
            f"bind {4 if way == 'proc-fd' else 3} un:{prefix}/new len", path="{f}/new")
row("truncate-open-file", "write", "openat cwd s:{f}/file O_PATH -- truncate s:/proc/self/fd/3 3")
row("xattr-open-file", "attr", "openat cwd s:{f}/file O_PATH --"
    " setxattr s:/proc/self/fd/3 s:user.new s:v 1 0")
row("exec-open-file", "exec", "openat cwd s:{f}/exe O_RDONLY --"
    " execve s:/dev/fd/3 argv:s:exe null", path="{f}/exe", executes=True)
row("exec-through-link-chain", "exec", "symlink s:{f}/exelink s:{a}/way --"
    " execve s:{a}/way argv:s:exe null", path="{f}/exe", executes=True)
row("link-handle-chown", "attr", "openat cwd s:{f}/link O_PATH|O_NOFOLLOW --"
    " fchownat 3 s: -1 -1 AT_EMPTY_PATH", path="{f}/link")
row("linkat-empty-path", "write", "openat cwd s:{f}/file O_PATH --"
    " linkat 3 s: cwd s:{a}/new AT_EMPTY_PATH", to="{a}/new", logs="create", only="root")
row("mkdir-with-slashes", "create", "mkdirat cwd s:{f}/new/// 0700", path="{f}/new")
row("rename-with-slashes", "create", "renameat cwd s:{a}/dir// cwd s:{f}/new//", path="{a}/dir",
    to="{f}/new")
row("rename-from-with-slashes", "delete", "renameat cwd s:{f}/dir// cwd s:{a}/new", path="{f}/dir",
    to="{a}/new")

# ---- deeper than the kernel can name ----

DIVE = "chdir s:{f} -- dive {levels} {level} -- "
for name, cls, words, more in [
    ("create", "create", "openat cwd s:new O_WRONLY|O_CREAT 0600", {}),
    ("write", "write", "openat cwd s:deepest O_WRONLY", {}),
    ("read", "read", "openat cwd s:deepest O_RDONLY", {"deny": "{f}/{level}"}),
    ("unlink", "delete", "unlinkat cwd s:deepest 0", {}),
    ("mkdir", "create", "mkdirat cwd s:new 0700", {}),
    ("rename", "delete", "renameat cwd s:deepest cwd s:other", {}),
    ("rename-out", "delete", "renameat cwd s:deepest cwd s:{a}/new", {}),
    ("rename-in", "create", "renameat cwd s:{a}/file cwd s:new", {"path": "{a}/file", "to_deep": "new"}),
    ("chmod", "attr", "fchmodat cwd s:deepest 0600", {}),
    ("dots", "write", "openat cwd s:../{level}/deepest O_WRONLY", {}),
    ("dirfd", "write", "openat cwd s:. O_PATH -- openat 3 s:deepest O_WRONLY", {}),
    ("proc-cwd", "write", "openat cwd s:/proc/self/cwd/deepest O_WRONLY", {}),
    ("deny-below", "write", "openat cwd s:deepest O_WRONLY", {"deny": "{f}/**/deepest"}),
    ("deny-below-create", "create", "openat cwd s:new O_WRONLY|O_CREAT 0600", {"deny": "{f}/**/new"}),
]:
    to = more.pop("to_deep", None)
    shown = re.compile(r"^\{f\}/.*\.\.\.")
    more.setdefault("path", shown)
    if to:
        more["to"] = shown
    row(f"deep-{name}", cls, DIVE + words, deep=True, **more)


@promise(each=rows_for(ROWS))
def is_seen_through(t, row):
    check_row(t, row, harness.PROBE)


@promise(each=[r for r in rows_for(ROWS, i386=True) if not r.deep], needs=("i386", "once"))
def is_seen_through_on_i386(t, row):
    check_row(t, row, harness.PROBE32)


@promise(each=["openat cwd s:/proc/self/fd/3 O_WRONLY", "fchmod 3 0600", "fsetxattr 3 s:user.new s:v 1 0"])
def a_file_too_deep_to_be_named_is_refused_rather_than_guessed(t, words):
    """By a descriptor there is no directory to name it by."""
    fill(t.dir / "f", t.dir / "f")
    deepen(t.dir / "f")
    names = {"f": t.dir / "f", "level": LEVEL, "levels": LEVELS}
    call = Row("", "", DIVE + "openat cwd s:deepest O_RDONLY -- " + words).words(names)
    policy = f"""
        [write]
        deny = {t.dir}/f
        """
    with t.unchanged(t.dir / "f"):
        run = t.run_probe(policy, *call)
    t.equal(run.errnos[:2], [None, None], run)
    t.true(run.errno in ("EACCES", "ENAMETOOLONG"), run)
    t.equal(t.probe(*call).errno, None)


@promise
def deep_and_allowed_works(t):
    """Where something else is denied."""
    policy = """
        [write]
        deny = /nonexistent
        """
    run = t.run_probe(policy, "deep", LEVELS, LEVEL, "--", "openat", "cwd", "s:new", 0o101, 0o600, "--",
                      "write", 3, "s:hello", 5, "--", "mkdirat", "cwd", "s:dir", 0o700, "--",
                      "renameat", "cwd", "s:new", "cwd", "s:dir/moved", "--",
                      "fchmodat", "cwd", "s:dir/moved", 0o640, "--",
                      "linkat", "cwd", "s:dir/moved", "cwd", "s:second", 0, "--",
                      "unlinkat", "cwd", "s:second", 0, "--", "openat", "cwd", "s:dir/../dir/moved", 2, "--",
                      "read", 4, "buf:8", 8, "--", "show")
    t.true(all(e is None for e in run.errnos) and "show=hello" in run.out, run)


# ---- lengths and memory: the same answers as without stopgate ----

PATH_CALLS = {
    "open": "open {} 0", "openat": "openat cwd {} 0", "openat-create": "openat cwd {} O_WRONLY|O_CREAT 0600",
    "openat2": "openat2 cwd {} how:O_RDONLY:0:0 24", "creat": "creat {} 0600",
    "truncate": "truncate {} 0", "link-old": "linkat cwd {} cwd s:new 0",
    "link-new": "linkat cwd s:file cwd {} 0", "rename-old": "renameat cwd {} cwd s:new",
    "rename-new": "renameat cwd s:file cwd {}", "symlink-text": "symlinkat {} cwd s:new",
    "symlink": "symlinkat s:text cwd {}", "mkdir": "mkdirat cwd {} 0700",
    "mknod": "mknodat cwd {} 0010600 0", "unlink": "unlinkat cwd {} 0", "rmdir": "unlinkat cwd {} 512",
    "chmod": "fchmodat cwd {} 0755", "chown": "fchownat cwd {} -1 -1 0", "lchown": "lchown {} -1 -1",
    "utimensat": "utimensat cwd {} null 0", "setxattr": "setxattr {} s:user.x s:v 1 0",
    "removexattr": "removexattr {} s:user.x", "execve": "execve {} null null",
    "execveat": "execveat cwd {} null null 0",
}
# A policy that looks at everything and forbids something elsewhere.
ELSEWHERE = "\n".join(f"[{cls}]\ndefault = allow\ndeny = /nonexistent-{cls}"
                      for cls in ("read", "write", "create", "delete", "attr", "exec")) + """
[connect]
default = allow
deny = inet:240.0.0.1
"""


@promise(each=PATH_CALLS)
def a_bad_path_gets_the_kernel_s_answer(t, name):
    """Unreadable memory, and what is too long or too short."""
    paths = ["null", "bad", "u:nowhere", "u:", "s:", "s:" + "x" * 256, "s:" + "x" * 255,
             "s:" + "/." * 2048, "s:/" + "./" * 2047 + "x", "s:/" + "x" * 4095, "s:nowhere/file",
             "s:file/", "s:file/x", "s:dir/", "s:loop", "s:loop/x", "s:" + "d/" * 41, "s:.", "s:..", "s:dangling/", "s:dangling/x", "s:way/", "s:file/.", "s:dir/..", "s:dir/.", "e:", "e:file"]
    if name in ("open", "openat", "openat2", "creat", "truncate", "mkdir", "symlink", "execve"):
        paths.append("s:/")  # only where nothing can come of it
    calls = [[expand(w, {}) for w in PATH_CALLS[name].replace("{}", path).split(" ")] for path in paths]
    words = [w for call in calls for w in (*call, "--")] + ["getpid"]
    found = {}
    for stage, policy in (("bare", 0), ("built-in", None), ("elsewhere", ELSEWHERE)):
        here = t.dir / stage / "w"
        fill(here, here)
        (here / "loop").symlink_to("loop")
        (here / "d").symlink_to(".")
        (here / "way").symlink_to("file")
        run = t.probe(*words, cwd=here) if policy == 0 else t.run_probe(policy, *words, cwd=here)
        answers = run.results[:-1]
        t.equal(len(answers), len(calls), run)
        found[stage] = list(zip((" ".join(c)[:100] for c in calls), answers)), sorted(relative(here))
    for stage in ("built-in", "elsewhere"):
        for got, wanted in zip(found[stage][0], found["bare"][0]):
            t.equal(got, wanted, stage)
        t.equal(found[stage][1], found["bare"][1], stage)


def relative(root):
    found = []
    for directory, dirs, files in os.walk(root):
        for name in dirs + files:
            path = os.path.join(directory, name)
            st = os.lstat(path)
            found.append(f"{os.path.relpath(path, root)} {st.st_mode:o} {st.st_nlink}")
    return found


# ---- longer than any one path may be ----


@promise(each=["openat cwd s:/proc/self/cwd/way0/file O_WRONLY", "truncate s:/proc/thread-self/cwd/way0/file 1",
               "mkdirat cwd s:/proc/self/cwd/way0/new 0700", "renameat cwd s:way0/file cwd s:moved"])
def links_that_leave_more_to_be_walked_than_two_paths_are_followed(t, words):
    """Each text is short enough for the kernel, and so is each path; the sum is known to nobody."""
    f = t.dir / "f"
    for stage in ("bare", "held"):
        fill(f / stage, f / stage)
        for i in range(37):
            (t.mkdir(stage) / f"way{i}").symlink_to(f"way{i + 1}" + "/." * 2000)
        (t.dir / stage / "way37").symlink_to(f / stage)
    call = [expand(w, {}) for w in words.split()]
    t.equal(t.probe(*call, cwd=t.dir / "bare").errno, None)
    with t.unchanged(f / "held"):
        run = t.run_probe(f"[write]\ndeny = {f}\nerrno = EDQUOT\n", *call, cwd=t.dir / "held")
    t.equal(run.errno, "EDQUOT", run)
    t.true(run.find(action="deny")[-1]["path"].startswith(f"{f}/held/"), run)


# ---- any path: what the kernel opened is what was judged ----

OPEN_ALL = """
import ctypes, json, os, sys
opens, directories = json.load(open(sys.argv[1]))
for fd, path in enumerate(directories, 100):
    os.dup2(os.open(path, os.O_PATH), fd)
call = ctypes.CDLL(None, use_errno=True).openat
opened = []
for path, flags in opens:
    call(-100, b"mark", 0)
    fd = call(-100, path.encode(), flags, 0o600)
    opened.append(os.readlink(f"/proc/self/fd/{fd}") if fd >= 0 else None)
    if fd >= 0:
        os.close(fd)
json.dump(opened, sys.stdout)
"""
FLAGS = [os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_PATH, os.O_NOFOLLOW, os.O_PATH | os.O_NOFOLLOW, os.O_DIRECTORY,
         os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_CREAT | os.O_EXCL]


class Maze:
    """Directories, files, and links to any of them by every sort of path."""

    def __init__(self, top, seed):
        self.top, self.random = str(top), random.Random(seed)
        self.directories, self.files, self.links = [self.top], [], []
        pick = self.random.choice
        for i in range(12):
            self.directories.append(f"{pick(self.directories)}/{pick(['d', 'd e', 'x' * 60])}{i}")
            os.mkdir(self.directories[-1])
        for i in range(10):
            self.files.append(f"{pick(self.directories)}/f{i}")
            pathlib.Path(self.files[-1]).touch()
        for i in range(25):
            link = f"{pick(self.directories)}/l{i}"
            os.symlink(self.path(i), link)
            self.links.append(link)

    def path(self, number):
        pick, goal = self.random.choice, self.random.choice(self.directories + self.files + self.links)
        name, relative = os.path.basename(goal), os.path.relpath(goal, self.top)
        way = pick([goal, relative, os.path.relpath(goal, pick(self.directories)), f"/proc/self/cwd/{relative}",
                    f"/proc/self/root{goal}", f"/proc/thread-self/root{goal}", f"/proc/self/task/../cwd/{relative}",
                    f"/proc/self/fd/{pick((100, 101, 102))}/{pick(('', '..', '../' + name))}",
                    f"/dev/fd/{pick((100, 101, 102))}"])
        return way + pick(["", "", "", "/", "/.", "/..", "//", f"/new{number}", f"/../{name}", "/" + name])


@promise(each=range(1, 5))
def what_is_judged_is_what_is_opened(t, seed):
    """A few hundred paths at random; the kernel itself says where each has led."""
    maze = Maze(t.mkdir("maze"), seed)
    opens = [(maze.path(i), maze.random.choice(FLAGS)) for i in range(300)]
    plan = t.file("plan", json.dumps([opens, [maze.random.choice(maze.directories) for _ in range(3)]]))
    run = t.run(["python3", "-c", OPEN_ALL, plan], "[read]\ndefault = log\n[write]\ndefault = log\n", cwd=maze.top)
    t.equal(run.status, 0, run)
    records = run.find(call="openat")
    del records[:next(i for i, r in enumerate(records) if r.get("raw") == "mark")]
    worked = 0
    for (path, flags), opened in zip(opens, json.loads(run.out)):
        t.equal(records.pop(0).get("raw"), "mark")
        record = records.pop(0) if records and records[0].get("raw") != "mark" else {}
        if opened is not None:
            worked += 1
            t.equal(record.get("path"), opened, f"{path} {flags:o}")
    t.true(worked > 50, worked)
