"""The kernel's backstop: what Landlock holds without stops, that it is no narrower than the policy,
and what takes its place on older kernels."""
import os
import socket

from harness import POLICIES, SWITCHED, promise

CREATE = os.O_WRONLY | os.O_CREAT
# What changes a tree, each as a probe: {f} a file in it, {d} its directory. With its errno.
CHANGES = [
    ("open", "open s:{f} 1", "EACCES"), ("append", "openat cwd s:{f} 0x401", "EACCES"),
    ("create", "openat cwd s:{d}/new 0x41 0600", "EACCES"), ("creat", "creat s:{d}/new 0600", "EACCES"),
    ("creat-existing", "creat s:{f} 0600", "EACCES"), ("openat2", "openat2 cwd s:{f} how:1:0:0 24", "EACCES"),
    ("openat2-trunc", "openat2 cwd s:{f} how:0x200:0:0 24", "EACCES"),
    ("readonly-trunc", "openat cwd s:{f} 0x200", "EACCES"), ("truncate", "truncate s:{f} 0", "EACCES"),
    ("unlink", "unlink s:{f}", "EACCES"), ("unlinkat", "unlinkat cwd s:{f} 0", "EACCES"),
    ("rmdir", "rmdir s:{d}/empty", "EACCES"), ("mkdir", "mkdir s:{d}/new 0700", "EACCES"),
    ("mknod-fifo", "mknodat cwd s:{d}/new 010600 0", "EACCES"), ("symlink", "symlink s:x s:{d}/new", "EACCES"),
    ("rename-out", "rename s:{f} s:mine", "EACCES"), ("rename-in", "rename s:own s:{d}/new", "EACCES"),
    ("rename-within", "rename s:{f} s:{d}/new", "EACCES"), ("exchange", "renameat2 cwd s:own cwd s:{f} 2", "EACCES"),
    ("link-out", "link s:{f} s:mine", "EXDEV"), ("link-in", "link s:own s:{d}/new", "EACCES"),
    ("bind", "socket 1 1 0 -- bind 3 un:{d}/new len", "EACCES"),
    ("tmpfile", "openat cwd s:{d} 0x410001 0600", "EACCES"),
]


def forbidden(t):
    t.outside_tmp()
    t.mkdir("forbidden/empty")
    t.file("work/own", "mine")
    return t.file("forbidden/file", "precious")


def words_of(template, file):
    return [w.format(f=file, d=file.parent) for w in template.split()]


@promise(each=CHANGES)
def core_policy_is_held_without_stops(t, item):
    """Not even the three: the kernel refuses what stops would."""
    _, template, errno = item
    file = forbidden(t)
    with t.unchanged(file.parent):
        run = t.run_probe("core", *words_of(template, file), layers="kernel")
    t.equal(run.errno, errno, run)
    t.equal(run.event("start")[0]["stops"], [], run)
    # The control, last for it changes the tree.
    t.equal(t.probe(*words_of(template, file)).errno, None)


@promise(each=CHANGES)
def core_policy_is_held_without_landlock(t, item):
    """The stops grow to all that could change something."""
    _, template, _ = item
    file = forbidden(t)
    with t.unchanged(file.parent):
        run = t.run_probe("core", *words_of(template, file), layers="stops")
    t.equal(run.errno, "EACCES", run)
    t.equal(run.find(action="deny")[-1]["rule"], "core.ini:" + default_line("core"), run)
    t.true("landlock" not in run.event("start")[0]["layers"], run)


def default_line(name):
    lines = (POLICIES / f"{name}.ini").read_text().splitlines()
    return str(lines.index("default = deny") + 1)


@promise
def core_policy_closes_what_landlock_does_not_know(t):
    file = forbidden(t)
    words = ["chmod", f"s:{file}", "0777", "--", "chown", f"s:{file}", os.getuid(), os.getgid(), "--",
             "utimensat", "cwd", f"s:{file}", "null", 0, "--", "setxattr", f"s:{file}", "s:user.a", "s:v", 1, 0]
    for layers in (None, "kernel", "stops"):
        with t.unchanged(file.parent):
            run = t.run_probe("core", *words, layers=layers)
        t.equal(run.errnos, ["EACCES"] * 4, run)
    t.equal(t.probe(*words).errnos, [None] * 4)


@promise
def older_landlock_gets_the_stops_that_it_lacks(t):
    """Version 2 does not know truncate(2), 5 no signals."""
    file = forbidden(t)
    with t.unchanged(file.parent):
        run = t.run_probe("core", "truncate", f"s:{file}", 0, layers=2)
    t.equal(run.errno, "EACCES", run)
    stops = set(run.event("start")[0]["stops"])
    t.true({"open", "openat", "write", "truncate", "creat", "kill"} <= stops and "unlink" not in stops, stops)
    stops = set(t.run_probe("core", "getpid", layers=3).event("start")[0]["stops"])
    t.true("truncate" not in stops and "kill" in stops, stops)
    run = t.run_probe("core", "getpid", layers=6)
    t.equal(sorted(run.event("start")[0]["stops"]), ["open", "openat", "write"], run)


@promise
def version_1_is_not_used(t):
    """It forbids renaming from one directory to another, which the policy allows."""
    t.outside_tmp()
    t.file("work/a/x", "x")
    t.mkdir("work/b")
    run = t.run_probe("core", "rename", "s:a/x", "s:b/x", layers=1)
    t.equal(run.errno, None, run)
    t.true("landlock" not in run.event("start")[0]["layers"], run)


# ---- never narrower than the policy ----


def allows(t, allowed, *words, class_="write", **more):
    """Each word list works bare, and under a policy that denies but for what is allowed."""
    policy = f"[{class_}]\ndefault = deny\n" + "".join(f"allow = {a}\n" for a in allowed)
    run = t.run_probe(policy, *words, **more)
    t.equal(run.errnos, [None] * (words.count("--") + 1), run)
    return run


@promise
def what_does_not_exist_yet_can_be_made(t):
    t.outside_tmp()
    new = t.dir / "deep/new"
    t.mkdir("deep")
    allows(t, [new], "mkdir", f"s:{new}", "0700", "--", "openat", "cwd", f"s:{new}/x", CREATE, "0600", "--",
           "unlink", f"s:{new}/x", "--", "rmdir", f"s:{new}")


@promise
def file_can_be_replaced(t):
    """Removed and made anew, or by a rename: it is then another inode."""
    file = t.file("work/report", "old")
    allows(t, [file], "unlink", f"s:{file}", "--", "openat", "cwd", f"s:{file}", CREATE, "0600", "--",
           "openat", "cwd", f"s:{file}", 1, "--", "truncate", f"s:{file}", 0)


@promise
def directory_here_can_be_removed_and_made_anew(t):
    t.file("work/build/x", "old")
    run = t.run(["sh", "-c", "rm -rf build && mkdir build && echo new > build/x && cat build/x"],
                f"[write]\ndefault = deny\nallow = {t.work}/build\n")
    t.equal((run.status, run.out), (0, "new\n"), run)


@promise
def wildcard_is_allowed_where_it_matches(t):
    t.mkdir("work/log")
    run = allows(t, [t.work / "log/*.txt"], "openat", "cwd", "s:log/a.txt", CREATE, "0600", "--",
                 "rename", "s:log/a.txt", "s:log/b.txt", "--", "unlink", "s:log/b.txt")
    run = t.run_probe(f"[write]\ndefault = deny\nallow = {t.work}/log/*.txt\n", "creat", "s:log/other", "0600")
    t.equal(run.errno, "EACCES", run)


@promise
def files_move_between_allowed_places(t):
    t.outside_tmp()
    t.file("a/file", "x")
    t.mkdir("b/sub")
    t.mkdir("a/dir")
    allows(t, [t.dir / "a", t.dir / "b"], "rename", f"s:{t.dir}/a/file", f"s:{t.dir}/b/sub/file", "--",
           "link", f"s:{t.dir}/b/sub/file", f"s:{t.dir}/a/again", "--",
           "rename", f"s:{t.dir}/a/dir", f"s:{t.dir}/b/dir", "--",
           "renameat2", "cwd", f"s:{t.dir}/a/again", "cwd", f"s:{t.dir}/b/dir", 2)


@promise(each=["create", "delete"])
def class_that_is_not_spoken_of_leaves_links_and_renames_alone(t, other):
    """[delete] alone denies: linking needs no more than [create]."""
    t.outside_tmp()
    t.file("a/file", "x")
    t.mkdir("b")
    denied = {"create": "delete", "delete": "create"}[other]
    policy = f"[{denied}]\ndefault = deny\nallow = {t.dir}/a\nallow = {t.dir}/b\n"
    run = t.run_probe(policy, "link", f"s:{t.dir}/a/file", f"s:{t.dir}/b/file", "--",
                      "rename", f"s:{t.dir}/b/file", f"s:{t.dir}/a/file2")
    t.equal(run.errnos, [None, None], run)


@promise
def own_pipes_and_processes_files_may_be_opened(t):
    run = t.run(["sh", "-c", "echo one | tee /dev/stderr >/dev/null; echo two > /dev/stdout; "
                             "echo x > /proc/self/comm; echo three"],
                "[write]\ndefault = deny\nallow = /dev/null\nallow = /proc/self/comm\n")
    t.equal((run.status, run.out, run.err), (0, "two\nthree\n", "one\n"), run)


@promise
def terminals_made_inside_work(t):
    run = t.run(["script", "-qec", "tty; echo written > /dev/tty", "/dev/null"], "untrusted")
    t.equal(run.status, 0, run)
    t.true("written" in run.out, run)


LISTS = "/usr /lib /lib64 /bin /etc /dev /proc /sys".split()


@promise
def programs_run_where_reading_is_a_list(t):
    """The ELF interpreter is opened by the kernel; no rule names it."""
    lists = "".join(f"allow = {d}\n" for d in LISTS if os.path.exists(d))
    run = t.run(["sh", "-c", "ls / >/dev/null 2>&1; cat /etc/hostname >/dev/null && echo done"],
                f"[read]\ndefault = deny\n{lists}")
    t.equal((run.status, run.out), (0, "done\n"), run)


@promise
def programs_run_where_executing_is_a_list(t):
    script = t.file("work/script", "#!/bin/sh\necho ran\n", 0o755)
    run = t.run([script], f"[exec]\ndefault = deny\nallow = /bin/sh\nallow = {script}\n")
    t.equal((run.status, run.out), (0, "ran\n"), run)
    run = t.run(["sh", "-c", "true; /bin/true; echo $?"],
                "[exec]\ndefault = deny\nallow = /bin/sh\n[write]\ndefault = deny\n", layers="kernel")
    t.equal(run.out, "126\n", "without stops the kernel refuses it, unless a shell may be put in its place")


# ---- reading, executing, connecting: held by the kernel alone ----


@promise
def reading_is_held_without_stops(t):
    secret = t.file("secret/key", "hush")
    lists = "".join(f"allow = {d}\n" for d in LISTS if os.path.exists(d)) + f"allow = {PROBES_DIR}\nallow = {t.work}\n"
    words = ["openat", "cwd", f"s:{secret}", 0, "--", "openat", "cwd", f"s:{secret.parent}", 0, "--",
             "openat2", "cwd", f"s:{secret}", "how:0:0:0", 24]
    t.equal(t.probe(*words).errnos, [None] * 3)
    run = t.run_probe(f"[read]\ndefault = deny\n{lists}", *words, layers="kernel")
    t.equal(run.errnos, ["EACCES"] * 3, run)


PROBES_DIR = SWITCHED.parent


@promise
def tcp_is_held_without_stops(t):
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    words = ["socket", 2, 1, 0, "--", "connect", 3, f"in:{port}", "len"]
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe("[connect]\ndefault = deny\nallow = inet:1\n", *words, layers="kernel")
    t.equal(run.errno, "EACCES", run)
    run = t.run_probe(f"[connect]\ndefault = deny\nallow = inet:{port}\n", *words, layers="kernel")
    t.equal(run.errno, None, run)
    run = t.run_probe(f"[connect]\ndefault = deny\nallow = inet:127.0.0.1:{port}\n", *words)
    t.equal(run.errno, None, run)
    server.close()


@promise
def abstract_sockets_outside_are_held_without_stops(t):
    name = f"stopgate-{t.dir.name}"
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0" + name)
    server.listen()
    words = ["socket", 1, 1, 0, "--", "connect", 3, f"abs:{name}", "len"]
    t.equal(t.probe(*words).errno, None)
    run = t.run_probe("[connect]\ndefault = deny\n", *words, layers="kernel")
    t.equal(run.errno, "EPERM", run)
    run = t.run_probe(f"[connect]\ndefault = deny\nallow = @{name}\n", *words)
    t.equal(run.errno, None, run)
    server.close()


@promise
def processes_outside_cannot_be_looked_into(t):
    """Through the links of /proc, where reading is allowed: a domain keeps them out."""
    bystander = t._spawn(["sleep", "60"], None, None, None)
    words = ["openat", "cwd", f"s:/proc/{bystander.pid}/mem", 2, "--",
             "openat", "cwd", f"s:/proc/{bystander.pid}/environ", 0, "--",
             "openat", "cwd", f"s:/proc/{bystander.pid}/cwd", 0]
    t.equal(t.probe(*words).errnos, [None] * 3)
    run = t.run_probe(f"[read]\ndeny = {t.dir}/secret\n", *words, layers="kernel")
    t.equal(run.errnos, ["EACCES"] * 3, run)


@promise
def no_file_is_linked_from_where_nothing_is_granted(t):
    """Not even to where it could be written no more than before."""
    secret = t.file("secret/key", "hush")
    policy = (f"[write]\ndefault = deny\nallow = /dev/null\n[delete]\ndefault = deny\n"
              f"[create]\ndefault = deny\nallow = {t.work}\n")
    run = t.run_probe(policy, "link", f"s:{secret}", "s:mine", layers="kernel")
    t.equal(run.errno, "EXDEV", run)
    run = t.run_probe(policy, "link", f"s:{secret}", "s:mine")
    t.equal(run.errno, "EXDEV", run)
    run = t.run_probe(policy, "link", f"s:{secret}", "s:mine0", layers="stops")
    t.equal(run.errno, None, "the rules refuse writing at both names")
    run = t.run_probe(policy.replace("allow = /dev/null\n", ""), "link", f"s:{secret}", "s:mine")
    t.equal(run.errno, None, "where nothing may be written there is no place where it could be")
    t.equal(t.probe("link", f"s:{secret}", "s:mine2").errno, None)


# ---- what is said of it ----


@promise
def record_says_whether_the_kernel_would_refuse_too(t):
    file = forbidden(t)
    policy = f"[write]\ndefault = deny\nallow = {t.work}\ndeny = {t.work}/hooks\n"
    run = t.run_probe(policy, "open", f"s:{file}", 1, "--", "creat", "s:hooks", "0600", "--", "chmod", f"s:{file}", 0)
    t.equal([r["backstop"] for r in run.find(action="deny")], [True, False, False], run)
    run = t.run_probe(policy, "open", f"s:{file}", 1, layers="stops")
    t.equal(run.one(action="deny")["backstop"], False)


@promise
def nothing_is_asked_of_the_kernel_where_nothing_is_refused(t):
    for policy in (None, "installer", "[write]\ndefault = deny\n[policy]\nmode = permissive\n"):
        run = t.run(["true"], policy)
        t.true("landlock" not in run.event("start")[0]["layers"], run)


@promise
def calls_left_out_that_nothing_holds_are_named_at_the_start(t):
    run = t.run(["true"], "[write]\ndefault = deny\nallow = /tmp\n[trace]\ncalls = open openat\n")
    t.true("test.ini:2: what [attr] refuses can still be done by chmod, chown, " in run.err, run.err)
    run = t.run(["true"], "[write]\ndefault = deny\nallow = /tmp\ndeny = /tmp/x\n[attr]\ndefault = deny\n"
                          "[trace]\ncalls = open openat\n")
    t.true("test.ini:2: what [write] refuses can still be done by creat, openat2, truncate" in run.err, run.err)


@promise
def check_shows_the_backstop_and_where_it_is_wider(t):
    run = t.task("--check", policy=f"[write]\ndefault = deny\nallow = {t.work}\ndeny = {t.work}/hooks\n"
                                   f"allow = {t.dir}/none/file\n")
    t.true(f"  write     outside of {t.work} {t.dir}" in run.out, run.out)
    t.true(f"lets through all of '{t.dir}' for 'allow = {t.dir}/none/file'" in run.err, run.err)
    t.true(f"'deny = {t.work}/hooks' is an exception" in run.err, run.err)


@promise
def too_many_domains_are_an_error_at_the_start(t):
    """The kernel takes sixteen, one in the other."""
    nest = ("import ctypes, os, struct, sys\n"
            "c = ctypes.CDLL(None, use_errno=True)\n"
            "c.prctl(38, 1, 0, 0, 0)\n"
            "for i in range(16):\n"
            "    fd = c.syscall(444, struct.pack('QQQ', 0, 0, 2), 24, 0)\n"
            "    assert fd >= 0 and c.syscall(446, fd, 0) == 0, i\n"
            "    os.close(fd)\n"
            "os.execvp(sys.argv[1], sys.argv[1:])\n")
    marker = t.work / "ran"
    run = t.bare(["python3", "-c", nest, SWITCHED, "-p", t.policy("[write]\ndefault = deny\nallow = /\n"), "--",
                  "touch", marker])
    t.equal(run.status, 125, run)
    t.true("cannot enter the Landlock domain: too many of them around this one" in run.err, run)
    t.true(not marker.exists(), "nothing runs")
