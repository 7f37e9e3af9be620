"""What the command loses besides calls: the capabilities that undo the rules, core files, device nodes.
Each is first shown to be there without stopgate, with deeds that change nothing."""
import os
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess

import harness
from harness import PROBE32, STOPGATE, promise

PYTHON = "/usr/bin/python3"
DENIES = "[write]\ndeny = /nonexistent\n"
LOGS = "[write]\ndefault = log\n"
OFFLINE = "[connect]\ndefault = deny\n"

NAMES = """chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
    net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot
    sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease
    audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read
    perfmon bpf checkpoint_restore""".split()
LOST = set("""dac_read_search ipc_owner sys_module sys_rawio sys_ptrace sys_pacct sys_admin sys_boot
    sys_resource sys_time sys_tty_config mknod lease audit_control mac_override mac_admin syslog audit_read
    perfmon bpf checkpoint_restore""".split())
SETS = "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"


def sets_of(text):
    """From /proc/PID/status: the names of the capabilities in each set."""
    sets = {}
    for name in SETS:
        bits = int(re.search(rf"^{name}:\t(\w+)$", text, re.M)[1], 16)
        sets[name] = {NAMES[i] if i < len(NAMES) else f"cap_{i}" for i in range(64) if bits >> i & 1}
    return sets


def sets_under(t, policy, *, before=()):
    argv = ["cat", "/proc/self/status"]
    run = t.bare([*before, *argv]) if policy == "bare" else t.bare(
        [*before, STOPGATE, "-q", *t._policy_options(policy), "-o", t.dir / "sets.log", "--", *argv])
    t.equal(run.status, 0, run)
    return sets_of(run.out)


def held():
    with open("/proc/self/status", encoding="ascii") as file:
        return sets_of(file.read())["CapEff"]


# ---- which are lost ----

@promise(needs="root")
def confined_root_loses_what_undoes_the_rules_from_every_set(t):
    bare = sets_under(t, "bare")
    t.true(bare["CapEff"] & LOST, bare)
    inside = sets_under(t, DENIES)
    for name in SETS:
        t.equal(inside[name], bare[name] - LOST, name)


@promise(needs="root")
def nothing_is_lost_where_nothing_is_denied(t):
    bare = sets_under(t, "bare")
    for policy in (None, LOGS, "[policy]\nmode = permissive\n" + DENIES):
        t.equal(sets_under(t, policy), bare, policy)
    t.equal(sets_under(t, DENIES + "[system]\nallow = capabilities\n"), bare)


@promise(needs="root")
def connect_rules_take_the_network_capabilities(t):
    bare = sets_under(t, "bare")["CapEff"]
    online, offline = (sets_under(t, p)["CapEff"] for p in (DENIES, OFFLINE))
    t.equal(online & {"net_admin", "net_raw"}, bare & {"net_admin", "net_raw"})
    t.equal(offline & {"net_admin", "net_raw"}, set())
    # Core files are no matter of connections.
    t.equal("sys_resource" in offline, "sys_resource" in bare)
    t.equal("sys_resource" in online, False)


@promise(needs="root", each=[("mount", "sys_admin"), ("ptrace", "sys_ptrace"), ("modules", "sys_module"),
                             ("rawio", "sys_rawio"), ("reboot", "sys_boot"), ("devices", "mknod"),
                             ("handles", "dac_read_search"), ("accounting", "sys_pacct"),
                             ("perf", "perfmon")])
def word_keeps_what_its_calls_ask_for_and_nothing_else(t, item):
    word, capability = item
    if capability not in held():
        t.skip(f"root has no CAP_{capability.upper()} here")
    closed = sets_under(t, DENIES)["CapEff"]
    t.true(capability not in closed, closed)
    t.equal(sets_under(t, DENIES + f"[system]\nallow = {word}\n")["CapEff"], closed | {capability})


@promise(needs="root")
def lost_without_setpcap_stays_lost_over_an_exec(t):
    """Then the bounding set stays full; no_new_privs keeps it from giving anything back."""
    few = ["setpriv", "--bounding-set", "-setpcap"]
    bare = sets_under(t, "bare", before=few)
    t.true("setpcap" not in bare["CapEff"] and bare["CapEff"] & LOST, bare)
    inside = sets_under(t, DENIES, before=few)
    t.equal(inside["CapBnd"], bare["CapBnd"])
    for name in ("CapPrm", "CapEff"):
        t.equal(inside[name], bare[name] - LOST, name)


@promise(needs="root")
def ordinary_user_loses_what_it_was_lent(t):
    """Ambient capabilities; and a file with capabilities does not give them back."""
    if "sys_admin" not in held():
        t.skip("root has no CAP_SYS_ADMIN here")
    t.dir.chmod(0o777)
    t.records.chmod(0o777)
    before = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=+sys_admin,+chown",
              "--ambient-caps=+sys_admin,+chown"]
    cat = t.dir / "cat"
    cat.write_bytes(open("/bin/cat", "rb").read())
    cat.chmod(0o755)
    # Version 2, effective; permitted: CAP_SYS_ADMIN (21). <linux/capability.h>, vfs_cap_data.
    try:
        os.setxattr(cat, "security.capability", struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0))
    except OSError as error:
        t.skip(f"no file capabilities: {error.strerror}")

    def sets(*argv, under=()):
        run = t.bare([*before, *under, *argv, "/proc/self/status"])
        t.equal(run.status, 0, run)
        return sets_of(run.out)

    t.equal(sets("cat")["CapEff"], {"sys_admin", "chown"})
    t.equal(sets(cat)["CapEff"], {"sys_admin"})
    under = [STOPGATE, "-q", "-p", t.policy(DENIES), "-o", t.records / "log", "--"]
    inside = sets("cat", under=under)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        t.equal(inside[name], {"chown"}, name)
    inside = sets(cat, under=under)
    for name in ("CapPrm", "CapEff", "CapAmb"):
        t.equal(inside[name] & LOST, set(), name)


# ---- what that means ----

# Each prints "done", or ends with an OSError. DIR is the test's own directory, WORD what opens it.
DEEDS = {
    "sys_admin": "sock = __import__('socket'); sock.sethostname(sock.gethostname())",
    # glibc's settimeofday(2) would read what is not there.
    "sys_time": "call('syscall', {'x86_64': 164, 'aarch64': 170}[os.uname().machine], None, None)",
    "syslog": "call('klogctl', 0, None, 0)",
    "checkpoint_restore sys_admin":
        "os.close(os.open('/proc/self/map_files/' + os.listdir('/proc/self/map_files')[0], os.O_RDONLY))",
    "lease": "import fcntl; fd = os.open(DIR + '/lent', os.O_RDONLY); fcntl.fcntl(fd, 1024, fcntl.F_RDLCK)",
    "sys_ptrace": "os.close(os.open(f'/proc/{os.environ[\"OUTSIDE\"]}/mem', os.O_RDONLY))",
    "ipc_owner": """
r, w = os.pipe()
if not os.fork():
    os.setuid(65534)
    os.write(w, str(libc.shmget(0, 4096, 0o1600)).encode())
    os._exit(0)
os.wait()
key = int(os.read(r, 20))
try:
    at = libc.shmat(key, None, 0)
    error = ctypes.get_errno() if at == ctypes.c_void_p(-1).value else 0
finally:
    # CAP_IPC_OWNER is not what removes it.
    if not os.fork():
        os.setuid(65534)
        libc.shmctl(key, 0, None)
        os._exit(0)
    os.wait()
if error:
    raise OSError(error, '')""",
    "mknod": "os.mknod(DIR + '/node', 0o20600, os.makedev(1, 3))",
}
PREAMBLE = """
import ctypes, os, sys
DIR = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
def call(name, *args):
    if getattr(libc, name)(*args) < 0:
        raise OSError(ctypes.get_errno(), name)
try:
    exec(sys.argv[2])
except OSError as error:
    print(os.strerror(error.errno))
else:
    print('done')
"""


def attempt(t, deed, policy):
    """What comes of it, without Landlock: 'done' or an error."""
    lent = t.file("lent", "x")
    os.chown(lent, 65534, 65534)
    (t.dir / "node").unlink(missing_ok=True)
    outside = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    argv = [PYTHON, "-c", PREAMBLE, t.dir, deed]
    env = {"OUTSIDE": outside.pid}
    try:
        run = t.bare(argv, env=env) if policy == "bare" else t.run(argv, policy, env=env, layers="stops")
    finally:
        outside.kill()
        outside.wait()
    t.equal(run.status, 0, run)
    return run.out.strip()


@promise(needs="root", each=[(name, deed) for name, deed in DEEDS.items()])
def deed_of_a_lost_capability_fails(t, item):
    names, deed = item
    if not set(names.split()) & held():
        t.skip(f"root has no such capability here: {names}")
    t.equal(attempt(t, deed, "bare"), "done")
    t.equal(attempt(t, deed, LOGS), "done")
    t.true(attempt(t, deed, DENIES) in ("Operation not permitted", "Permission denied"))
    if "mknod" not in names:
        # Leases are closed as a call, too.
        more = ", leases" if names == "lease" else ""
        t.equal(attempt(t, deed, DENIES + f"[system]\nallow = capabilities{more}\n"), "done")


@promise(needs="root")
def raw_sockets_and_marks_go_with_connect_rules(t):
    if not {"net_raw", "net_admin"} <= held():
        t.skip("root has no CAP_NET_RAW and CAP_NET_ADMIN here")
    for deed in ("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()",
                 "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 255).close()",
                 "import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, 36, 1)"):
        t.equal(attempt(t, deed, "bare"), "done", deed)
        t.equal(attempt(t, deed, DENIES), "done", deed)
        # Sockets of that kind may be refused before by the filter.
        t.true(attempt(t, deed, OFFLINE) in ("Operation not permitted", "Permission denied"), deed)


@promise(needs="root")
def what_an_installer_needs_is_kept(t):
    """Owners, modes, other users, a chroot, a low port, signals to others, attributes of files."""
    deed = """
import signal, socket, time
open(DIR + '/made', 'w').close()
os.chown(DIR + '/made', 65534, 65534)
os.chmod(DIR + '/made', 0o6755)
assert os.stat(DIR + '/made').st_mode & 0o6000 == 0o6000
os.chmod(DIR + '/made', 0)
open(DIR + '/made', 'w').close()
socket.socket(socket.AF_INET).bind(('127.0.0.1', 1))
r, w = os.pipe()
pid = os.fork()
if not pid:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    os.write(w, b'x')
    time.sleep(60)
os.read(r, 1)
os.kill(pid, signal.SIGTERM)
assert os.waitpid(pid, 0)[1] == signal.SIGTERM
if not os.fork():
    os.chroot(DIR)
    os._exit(0)
assert os.wait()[1] == 0
os.remove(DIR + '/made')
"""
    t.equal(attempt(t, deed, "bare"), "done")
    t.equal(attempt(t, deed, DENIES), "done")


# ---- what is said of it ----

@promise
def layer_is_named_where_something_is_dropped(t):
    for policy, lost in ((DENIES, True), (LOGS, False), (DENIES + "[system]\nallow = capabilities\n", False)):
        run = t.run(["true"], policy)
        named = "capabilities" in run.event("start")[0]["layers"]
        t.equal(named, lost and bool(held() & LOST), run)
        check = t.task("--check", policy=policy)
        t.equal(check.out.splitlines()[-1].split(),
                ["layers", *run.event("start")[0]["layers"]], check)


@promise
def check_lists_what_is_dropped_and_what_keeps_it(t):
    def dropped(policy):
        run = t.task("--check", policy=policy)
        t.equal(run.status, 0, run)
        return {m[1].lower() for m in re.finditer(r"^  CAP_(\w+) ", run.out, re.M)}, run.out

    names, out = dropped(DENIES)
    t.equal(names, LOST, out)
    t.true(re.search(r"CAP_SYS_MODULE .*\(\[system\] allow = modules\)$", out, re.M), out)
    t.true("cores    are not written" in out, out)
    t.equal(dropped(OFFLINE)[0], LOST - {"sys_resource"} | {"net_admin", "net_raw"})
    t.equal(dropped(DENIES + "[system]\nallow = modules\n")[0], LOST - {"sys_module"})
    t.equal(dropped(DENIES + "[system]\nallow = capabilities\n")[0], set())
    t.equal(dropped(LOGS)[0], set())


@promise
def misspelt_word_is_an_error_with_a_hint(t):
    run = t.task("--check", policy=DENIES + "[system]\nallow = capabilites\n")
    t.equal(run.status, 125, run)
    t.true("did you mean 'capabilities'?" in run.err, run)


FAILING = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
nr = {"x86_64": 126, "aarch64": 91}[os.uname().machine]  # capset
code = b"".join(struct.pack("HBBI", *i) for i in
                [(0x20, 0, 0, 0), (0x15, 0, 1, nr), (0x06, 0, 0, 0x00050000 | 1), (0x06, 0, 0, 0x7fff0000)])
buffer = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer)))
assert libc.prctl(22, 2, program) == 0, ctypes.get_errno()
os.execv(sys.argv[1], sys.argv[1:])
"""


@promise(needs="root")
def what_cannot_be_dropped_ends_the_run(t):
    """A filter around stopgate lets capset(2) fail."""
    marker = t.dir / "marker"
    for policy, status in ((DENIES, 125), (LOGS, 0)):
        run = t.bare([PYTHON, "-c", FAILING, STOPGATE, "-q", *t._policy_options(policy), "-o", t.dir / "log",
                      "--", "touch", marker])
        t.equal(run.status, status, run)
        t.equal(marker.exists(), status == 0)
    run = t.bare([PYTHON, "-c", FAILING, STOPGATE, "-q", *t._policy_options(DENIES), "-o", t.dir / "log",
                  "--", "true"])
    t.true("cannot drop capabilities: Operation not permitted" in run.err, run)


# ---- core files ----

CRASH = """
import os, resource
resource.setrlimit(resource.RLIMIT_CORE, [resource.getrlimit(resource.RLIMIT_CORE)[1]] * 2)
os.chdir(os.environ["WHERE"])
os.abort()
"""


def core_limits(t, policy):
    run = t.run(["sh", "-c", "ulimit -Sc; ulimit -Hc"], policy)
    t.equal(run.status, 0, run)
    return run.out.split()


@promise
def no_core_is_written_where_a_rule_might_refuse_it(t):
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8", errors="replace") as file:
        pattern = file.read().strip()
    if pattern.startswith("|") or "/" in pattern or not pattern:
        t.skip(f"cores do not go to the working directory: {pattern!r}")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        t.skip("the hard limit on cores is not unlimited")
    where = t.mkdir("forbidden")
    refuses = f"[create]\ndeny = {where}\n"
    env = {"WHERE": where}
    run = t.bare([PYTHON, "-c", CRASH], env=env)
    t.equal(run.status, -signal.SIGABRT, run)
    t.true(any(where.iterdir()), "without stopgate no core was written")
    for core in where.iterdir():
        core.unlink()
    run = t.run([PYTHON, "-c", CRASH], refuses, env=env)
    t.equal(run.status, 128 + signal.SIGABRT, run)
    t.equal(list(where.iterdir()), [])
    run = t.run([PYTHON, "-c", CRASH], None, env=env)
    t.true(any(where.iterdir()), f"where nothing is refused\n{run}")


@promise
def limit_on_cores_is_zero_and_stays_so(t):
    soft, hard = (str(n // 512) if n != resource.RLIM_INFINITY else "unlimited"
                  for n in resource.getrlimit(resource.RLIMIT_CORE))
    for policy in (DENIES, "[create]\ndefault = deny\nallow = /dev\n"):
        t.equal(core_limits(t, policy), ["0", "0"])
    for policy in (None, LOGS, OFFLINE, "[policy]\nmode = permissive\n" + DENIES):
        t.equal(core_limits(t, policy), [soft, hard], policy)
    raise_it = ["sh", "-c", "ulimit -c 1"]
    if hard != "0":
        t.equal(t.bare(raise_it).status, 0)
        t.equal(t.run(raise_it, None).status, 0)
    run = t.run(raise_it, DENIES)
    t.true(run.status != 0, run)


# ---- device nodes ----

def nodes(program):
    for kind, mode in (("char", stat.S_IFCHR), ("block", stat.S_IFBLK)):
        yield f"mknod-{kind}", program, ("mknod", "s:{d}", mode | 0o600, 0x103)
        yield f"mknodat-{kind}", program, ("mknodat", "cwd", "s:{d}", mode | 0o600, 0x103)


DEVICES = [n for n in nodes(harness.PROBE) if os.uname().machine == "x86_64" or "mknodat" in n[0]]


def check_device(t, item):
    _, program, words = item
    node = t.dir / "nodes" / "node"
    t.mkdir("nodes")
    words = [str(w).format(d=node) for w in words]
    if "mknod" not in held():
        t.skip("root has no CAP_MKNOD here")
    t.equal(t.probe(*words, program=program).errno, None)
    t.true(stat.S_ISCHR(node.stat().st_mode) or stat.S_ISBLK(node.stat().st_mode))
    node.unlink()
    for word in ("capabilities", "mount"):
        with t.unchanged(t.dir / "nodes"):
            run = t.run_probe(DENIES + f"[system]\nallow = {word}\n", *words, program=program)
        t.equal(run.errno, "EPERM", run)
    with t.unchanged(t.dir / "nodes"):
        t.equal(t.run_probe(DENIES, *words, program=program).errno, "EPERM")
    run = t.run_probe(DENIES + "[system]\nallow = devices\n", *words, program=program)
    t.equal(run.errno, None, run)


@promise(needs="root", each=DEVICES)
def device_node_is_not_made(t, item):
    check_device(t, item)


@promise(needs=("root", "i386"), each=list(nodes(PROBE32)))
def device_node_is_not_made_by_i386(t, item):
    check_device(t, item)


@promise
def whiteout_is_a_harmless_device(t):
    """RENAME_WHITEOUT leaves a character device 0:0, which nothing opens. No word closes it."""
    words = "renameat2", "cwd", "s:old", "cwd", "s:new", 4
    (t.work / "old").write_text("x")
    if t.probe(*words).errno:
        t.skip("the file system knows no whiteouts")
    (t.work / "old").unlink()
    (t.work / "old").write_text("x")
    run = t.run_probe(DENIES, *words)
    t.equal(run.errno, None, run)
    made = (t.work / "old").stat()
    t.true(stat.S_ISCHR(made.st_mode) and made.st_rdev == 0, made)
    t.true(t.probe("openat", "cwd", "s:old", 0).errno in ("ENXIO", "EACCES"))


RIGHTS = {"set_uid": 0o4755, "set_gid": 0o2755, "file_capabilities": 0o755}


@promise(needs="root", each=sorted(RIGHTS))
def stopgate_does_not_run_with_rights_of_its_file(t, how):
    "Else whoever writes a policy, or the command, had them."
    copy = t.dir / "copy"
    shutil.copy(STOPGATE, copy)
    t.dir.chmod(0o755)
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "echo", "it ran"]
    t.equal(t.bare(argv).out, "it ran\n")
    copy.chmod(RIGHTS[how])
    if how == "file_capabilities":  # CAP_DAC_OVERRIDE, as capabilities(7) has it in version 2
        os.setxattr(copy, "security.capability", struct.pack("<5I", 0x02000001, 1 << 1, 0, 0, 0))
    run = t.bare(argv)
    t.equal((run.status, run.out), (125, ""), run)
    t.true("will not run set-uid" in run.err, run)
