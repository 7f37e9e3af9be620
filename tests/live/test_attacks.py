"""Ways round a policy that need more than one odd name: each works without stopgate."""
import os
import shutil
import socket

from harness import PROBE, promise
from rows import REFUSED, fill

DENIED_EXEC = "[exec]\ndeny = {f}\nerrno = " + REFUSED + "\n"


def trees(t):
    fill(t.dir / "f", t.dir / "f")
    return t.dir / "f", t.work


def runs(t, policy, *words, **more):
    """Did the program at the end get executed? Then the probe's last line is missing."""
    calls = words.count("--") + 1
    run = t.probe(*words, **more) if policy is None else t.run_probe(policy, *words, **more)
    return run, run.status == 0 and len(run.results) == calls - 1


# ---- scripts ----


def refuse_interpreter(t, *words, **more):
    """The command reaches the forbidden interpreter without stopgate, and not with it."""
    run, ran = runs(t, None, *words, **more)
    t.true(ran, f"does not work without stopgate\n{run}")
    run, ran = runs(t, DENIED_EXEC.format(f=t.dir / "f"), *words, **more)
    t.true(not ran and run.errno == REFUSED, run)
    t.equal(run.find(action="deny")[-1]["to"], str(t.dir / "f/exe"), run)


@promise(each=[("plain", "#!{f}/exe\n"), ("blanks", "#! \t  {f}/exe\n"),
               ("argument", "#!{f}/exe  an argument\n"),
               ("no-newline", "#!{f}/exe"), ("tab", "#!{f}/exe\targument\n"), ("relative", "#!../f/exe\n"),
               ("through-proc", "#!/proc/self/root{f}/exe\n"), ("through-cwd", "#!/proc/self/cwd/../f/exe\n"),
               ("link", "#!{f}/exelink\n"), ("dots", "#!{f}/dir/../exe\n"), ("nul", "#!{f}/exe\0ignored\n"),
               ("long-blanks", "#!" + " " * 120 + "{f}/exe\n")])
def interpreter_is_judged_however_it_is_written(t, item):
    f, _ = trees(t)
    script = t.file("work/script", item[1].replace("{f}", str(f)), 0o755)
    refuse_interpreter(t, "execve", f"s:{script}", "argv:s:script", "null")


@promise
def interpreter_of_an_interpreter_is_judged(t):
    f, _ = trees(t)
    previous = f / "exe"
    for i in range(4):
        previous = t.file(f"work/s{i}", f"#!{previous}\n", 0o755)
    refuse_interpreter(t, "execve", f"s:{previous}", "argv:s:script", "null")


@promise(each=["execveat 3 s: argv:s:x null 0x1000", "execve s:/proc/self/fd/3 argv:s:x null",
               "execve s:/dev/fd/3 argv:s:x null", "execveat cwd s:/proc/self/fd/3 argv:s:x null 0"])
def script_in_memory_is_judged_by_its_interpreter(t, words):
    """memfd_create has no name to open, but it does have a first line."""
    f, _ = trees(t)
    line = f"#!{f}/exe\n"
    refuse_interpreter(t, "memfd_create", "s:script", 0, "--", "write", 3, f"s:{line}", len(line), "--",
                       *words.split())


@promise
def script_without_a_name_is_judged_by_its_interpreter(t):
    """Deleted after it was opened; something harmless stands in its place."""
    f, _ = trees(t)
    for stage in (None, DENIED_EXEC.format(f=f)):
        t.file("work/script", f"#!{f}/exe\n", 0o755)
        t.file("work/harmless", "#!/bin/true\n", 0o755)
        run, ran = runs(t, stage, "openat", "cwd", "s:script", 0, "--", "unlinkat", "cwd", "s:script", 0, "--",
                        "renameat", "cwd", "s:harmless", "cwd", "s:script (deleted)", "--",
                        "execveat", 3, "s:", "argv:s:x", "null", 0x1000)
        t.equal(ran, stage is None, run)


@promise
def script_deeper_than_any_name_is_judged_by_its_interpreter(t):
    f, _ = trees(t)
    shutil.copy("/bin/true", t.work / "true")
    script = t.file("work/script", f"#!{f}/exe\n", 0o755)
    words = ("deep", 42, "x" * 100, "--", "renameat", "cwd", f"s:{script}", "cwd", "s:script", "--",
             "execve", "s:script", "argv:s:x", "null")
    run = t.probe(*words)
    t.equal((run.status, run.errnos), (0, [None]), "does not work without stopgate")
    t.file("work/script", f"#!{f}/exe\n", 0o755)
    run = t.run_probe(DENIED_EXEC.format(f=f), *words)
    t.true(len(run.results) == 2 and run.errno in (REFUSED, "ENAMETOOLONG"), run)


@promise(needs="root")
def script_in_a_chroot_is_judged_by_the_interpreter_there(t):
    f, _ = trees(t)
    (t.dir / "script").write_text("#!/f/exe\n")
    (t.dir / "script").chmod(0o755)
    words = ("chroot", f"s:{t.dir}", "--", "chdir", "s:/", "--", "execve", "s:/script", "argv:s:x", "null")
    # The program itself finds no libraries there: that it is tried is what counts.
    t.equal(t.probe(*words).errno, "ENOENT")
    run = t.run_probe(DENIED_EXEC.format(f=f), *words)
    t.equal(run.errno, REFUSED, run)


LEASED = """
import errno, fcntl, os, signal, sys, time
leased, script = sys.argv[1:]
r, w = os.pipe()
if os.fork() == 0:
    broken = []
    signal.signal(signal.SIGIO, lambda *a: broken.append(True))
    fd = os.open(leased, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    os.write(w, b"x")
    for i in range(100):
        if broken:
            break
        time.sleep(0.1)
    time.sleep(0.3)
    os._exit(0)
os.read(r, 1)
try:
    os.execv(script, ["s"])
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@promise(each=["script", "interpreter"])
def script_that_a_lease_hides_is_not_run_unread(t, leased):
    """stopgate does not wait for the lease to be given up, as the kernel does: fcntl(2). By itself the command can have none."""
    leases = "\n[system]\nallow = leases\n"
    f, _ = trees(t)
    t.file("f/echo", "#!/bin/echo\n", 0o755)
    t.file("work/interpreter", f"#!{f}/echo\n", 0o755)
    script = t.file("work/script", f"#!{t.work}/interpreter\n", 0o755)
    argv = ["python3", "-c", LEASED, t.work / leased, script]
    t.equal(t.bare(argv).out.split()[-1], str(script), "does not work without stopgate")
    run = t.run(argv, DENIED_EXEC.format(f=f) + leases)
    t.equal(run.out, "EAGAIN\n", run)
    run.one(call="execve", path=script, cls="exec", action="deny", errno="EAGAIN", rule=None)
    run = t.run(argv, "[read]\ndeny = /nonexistent\n[exec]\ndefault = log\n" + leases)
    t.equal(run.out.split()[-1:], [str(script)], run)


@promise
def interpreter_that_is_not_there_is_judged_by_its_name(t):
    """By the time the kernel looks it may be there."""
    f, _ = trees(t)
    script = t.file("work/script", f"#!{f}/none\n", 0o755)
    words = ("execve", f"s:{script}", "argv:s:x", "null")
    t.equal(t.probe(*words).errno, "ENOENT")
    policy = DENIED_EXEC.format(f=f)
    run = t.run_probe(policy, *words)
    t.equal(run.errno, REFUSED, run)
    run.one(call="execve", path=script, to=f"{f}/none", action="deny", rule=t.rule(policy, "deny ="))
    script.write_text(f"#!{t.work}/none\n")
    t.equal(t.run_probe(policy, *words).errno, "ENOENT")


# ---- sockets ----


WAITING = """
import contextlib, errno, os, socket, sys, threading, time
how, good, bad, name = sys.argv[1:]
os.chdir(good)
kind = socket.SOCK_STREAM if how == "connect" else socket.SOCK_DGRAM
def bound(name):
    with contextlib.suppress(OSError):
        os.unlink(name)
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(name)
    return s
there, inbox, s = bound("sock"), bound("inbox"), socket.socket(socket.AF_UNIX, kind)
if how == "connect":
    there.listen(0)
    first = socket.socket(socket.AF_UNIX)
    first.connect("sock")
else:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    s.setblocking(False)
    with contextlib.suppress(OSError):
        while True:
            s.sendto(bytes(1000), "inbox")
    s.setblocking(True)
there.settimeout(1)
inbox.setblocking(False)
CALLS = ("42", "44", "46", "203", "206", "211")
def other():
    seen = 0
    while seen < 8 and not done:
        time.sleep(0.05)
        with open(f"/proc/self/task/{os.getpid()}/syscall") as file:
            seen = seen + 1 if file.read().split()[0] in CALLS else 0
    os.chdir(bad)
    time.sleep(0.1)
    with contextlib.suppress(OSError):
        while how == "connect":
            there.accept()
        while True:
            inbox.recv(2000)
done = []
thread = threading.Thread(target=other)
thread.start()
try:
    if how == "connect":
        s.connect(name)
        print("good" if s.getpeername() == "sock" else "bad")
    elif how == "sendto":
        s.sendto(b"good", name)
    else:
        s.sendmsg([b"good"], [], 0, name)
    if how != "connect":
        print(there.recv(9).decode())
except TimeoutError:
    print("bad")
except OSError as error:
    print(errno.errorcode[error.errno])
done.append(True)
thread.join()
"""


@promise(each=[("connect", "connect", "sock", "work", "good"),
               ("connect-magic", "connect", "/proc/self/cwd/sock", "work", "good"),
               ("connect-long", "connect", "sock", "work/" + 100 * "x", "EAGAIN"),
               ("sendto", "sendto", "sock", "work", "good"), ("sendmsg", "sendmsg", "sock", "work", "EAGAIN")])
def socket_that_waits_is_not_led_elsewhere(t, item):
    """The kernel looks for the name (again) when there is room: unix_stream_connect(), unix_dgram_sendmsg()."""
    _, how, name, good, wanted = item
    f, _ = trees(t)
    t.mkdir(good)
    argv = ["python3", "-c", WAITING, how, t.dir / good, f, name]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if how == "connect" else socket.SOCK_DGRAM) as there:
        there.bind(str(f / "sock"))
        if how == "connect":
            there.listen()
        t.equal(t.bare(argv).out, "bad\n", "does not work without stopgate")
        run = t.run(argv, f"[connect]\ndeny = {f}\n", layers="stops")
    t.equal(run.out, wanted + "\n", run)


def receiver(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(str(path))
    s.setblocking(False)
    return s


def received(s):
    got = []
    while True:
        try:
            got.append(s.recv(100))
        except BlockingIOError:
            return got


@promise
def second_message_of_sendmmsg_cannot_hide_behind_the_first(t):
    f, _ = trees(t)
    open_one, denied_one = receiver(t.work / "open"), receiver(f / "denied")
    words = ("socket", 1, 2, 0, "--", "sendmmsg", 3, f"mmsg:un:{t.work}/open,one,un:{f}/denied,two", 2, 0)
    t.equal(t.probe(*words).result, 2)
    t.equal((received(open_one), received(denied_one)), ([b"one"], [b"two"]))
    run = t.run_probe(f"[connect]\ndeny = {f}\n", *words)
    t.true(run.errno == "EACCES" or run.result == 1, run)
    t.equal(received(denied_one), [], run)
    open_one.close()
    denied_one.close()


@promise(each=["any:{port}", "any6:{port6}", "mapped:{port}"])
def loopback_is_loopback_by_whatever_address(t, address):
    """0.0.0.0 and :: lead there too: ip(7)."""
    family = 2 if address.startswith("any:") else 10
    server = socket.create_server(("127.0.0.1", 0))
    server6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
    address = address.format(port=server.getsockname()[1], port6=server6.getsockname()[1])
    words = ("socket", family, 1, 0, "--", "connect", 3, address, "len")
    try:
        t.equal(t.probe(*words).errno, None)
        run = t.run_probe("[connect]\ndeny = inet:127.0.0.0/8\ndeny = inet:[::1]\n", *words)
        t.equal(run.errno, "EACCES", run)
    finally:
        server.close()
        server6.close()


# ---- programs that hide from the tracer ----


@promise(needs="user", each=["denied", "built-in"])
def program_that_may_not_be_read_is_held_like_any_other(t, what):
    """Executable but not readable: the kernel lets nobody look into its memory. So its paths are not
    known, and where something is denied such calls are refused."""
    f, _ = trees(t)
    program = t.work / "unreadable"
    shutil.copy(PROBE, program)
    program.chmod(0o111)
    words = ("openat", "cwd", f"s:{f}/file", os.O_WRONLY)
    t.equal(t.probe(*words, program=program).errno, None)
    run = t.run_probe(f"[write]\ndeny = {f}\n" if what == "denied" else None, *words, program=program)
    if what == "denied":
        t.true(run.status != 0 or run.errno is not None, run)
    else:
        t.equal((run.status, run.errno), (0, None), run)
        t.true(run.find(call="openat", flags="O_WRONLY"), run)


# ---- races of threads that need no luck ----


@promise
def thread_with_a_cwd_of_its_own_is_resolved_from_there(t):
    """unshare(CLONE_FS) in a thread: /proc/PID/cwd is not /proc/TID/cwd."""
    f, a = trees(t)
    t.file("work/file", "x")
    script = f"""
import ctypes, os, threading
libc = ctypes.CDLL(None, use_errno=True)
def other():
    assert libc.unshare(0x200) == 0
    os.chdir({str(f)!r})
    try:
        os.close(os.open("file", os.O_WRONLY))
        print("opened")
    except OSError as error:
        print(error.errno)
thread = threading.Thread(target=other)
thread.start()
thread.join()
os.close(os.open("file", os.O_WRONLY))
print("still here")
"""
    t.equal(t.bare(["python3", "-c", script]).out, "opened\nstill here\n")
    run = t.run(["python3", "-c", script], f"[write]\ndeny = {f}\n")
    t.equal(run.out, "13\nstill here\n", run)
    run.one(path=f / "file", action="deny", raw="file")


@promise
def thread_with_descriptors_of_its_own_is_resolved_by_them(t):
    """unshare(CLONE_FILES) in a thread: the same number is another file there."""
    f, a = trees(t)
    t.mkdir("work/a")
    t.file("work/a/file", "x")
    script = f"""
import ctypes, os, threading
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("a", os.O_PATH)
def other():
    assert libc.unshare(0x400) == 0
    os.dup2(os.open({str(f)!r}, os.O_PATH), fd)
    for path, at in (("file", fd), (f"/proc/thread-self/fd/{{fd}}/file", None)):
        try:
            os.close(os.open(path, os.O_WRONLY, dir_fd=at))
            print("opened")
        except OSError as error:
            print(error.errno)
thread = threading.Thread(target=other)
thread.start()
thread.join()
os.close(os.open("file", os.O_WRONLY, dir_fd=fd))
print("still here")
"""
    t.equal(t.bare(["python3", "-c", script]).out, "opened\nopened\nstill here\n")
    run = t.run(["python3", "-c", script], f"[write]\ndeny = {f}\n")
    t.equal(run.out, "13\n13\nstill here\n", run)


# ---- what a rule could be tricked to mean ----


@promise(each=["/", "/./", "/x/../", "//"])
def odd_spelling_in_a_rule_is_the_same_rule(t, between):
    f, _ = trees(t)
    t.mkdir("x")
    run = t.run_probe(f"[write]\ndeny = {t.dir}{between}f\n", "openat", "cwd", f"s:{f}/file", os.O_WRONLY)
    t.equal(run.errno, "EACCES", run)


@promise
def names_that_look_like_patterns_are_names(t):
    """What the command calls its files is never read as a pattern, and a rule can say them."""
    for name in ("a*", "a[b]", "a?b", "a\\b", "a ; b", "a # b", "~", "${HOME}", " lead", "trail "):
        path = t.file(f"f/{name}", "x")
        run = t.run_probe(f"[write]\ndeny = {t.dir}/f\n", "openat", "cwd", f"s:{path}", os.O_WRONLY)
        t.equal(run.errno, "EACCES", run)
        run.one(path=path, action="deny")


@promise
def directory_named_like_the_tracer_is_no_hole(t):
    """A number as a name must not make the resolver look away."""
    f, _ = trees(t)
    for number in range(os.getpid(), os.getpid() + 3):
        t.file(f"f/{number}/file", "x")
        run = t.run_probe(f"[write]\ndeny = {f}\n", "openat", "cwd", f"s:{f}/{number}/file", os.O_WRONLY)
        t.equal(run.errno, "EACCES", run)


@promise
def many_threads_that_open_at_once_are_all_refused(t):
    f, _ = trees(t)
    script = f"""
import os, threading
results = set()
def worker():
    for _ in range(40):
        try:
            os.close(os.open({str(f / 'file')!r}, os.O_WRONLY))
            results.add("opened")
        except OSError as error:
            results.add(error.errno)
threads = [threading.Thread(target=worker) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(results)
"""
    run = t.run(["python3", "-c", script], f"[write]\ndeny = {f}\n")
    t.equal(run.out, "{13}\n", run)
    t.equal(len(run.find(path=f / "file", action="deny")), 320)
