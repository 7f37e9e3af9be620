"""Requests of ioctl(2) that change a file, a file system or a device through a descriptor that was opened for reading only, and
those that do not."""
import os
import re
import shutil
import subprocess

from harness import PROBE, STOPGATE, promise
from rows import REFUSED, WORDS

LOOP_CONTROL = "/dev/loop-control"
LOOP_SET_FD, LOOP_CLR_FD, LOOP_GET_STATUS64, LOOP_CTL_ADD, LOOP_CTL_REMOVE = 0x4C00, 0x4C01, 0x4C05, 0x4C80, 0x4C81
BLKGETSIZE64, BLKSSZGET, BLKROGET, BLKROSET, BLKFLSBUF = 0x80081272, 0x1268, 0x125E, 0x125D, 0x1261
DENY_DEVICES = f"[write]\ndeny = /dev/loop*\nerrno = {REFUSED}\n"


def control(request, number):
    return ("openat", "cwd", f"s:{LOOP_CONTROL}", 0, "--", "ioctl", 3, request, number)


def free_number(t):
    """Of a loop device that is not there; far from those that others take."""
    if not os.path.exists(LOOP_CONTROL):
        t.skip("no loop devices")
    return next(n for n in range(1000 + os.getpid() % 1000, 3000) if not os.path.exists(f"/dev/loop{n}"))


@promise(needs="root")
def device_is_not_made_by_a_reader_of_loop_control(t):
    number = free_number(t)
    run = t.run_probe(DENY_DEVICES, *control(LOOP_CTL_ADD, number))
    t.equal(run.errnos, [None, REFUSED], run)
    t.true(not os.path.exists(f"/dev/loop{number}"))
    run.one(call="ioctl", cls="write", path=LOOP_CONTROL, fd=3, action="deny")
    for policy in ("untrusted", "readonly", "build"):
        t.true(t.run_probe(policy, *control(LOOP_CTL_ADD, number)).errno in ("EACCES", "EROFS"), policy)
    t.true(t.run_probe("core", *control(LOOP_CTL_ADD, number)).errno, "without a stop")
    bare = t.probe(*control(LOOP_CTL_ADD, number))
    if bare.errno in ("EPERM", "EINVAL"):
        t.skip("loop devices cannot be made here")
    t.equal(bare.errno, None, bare)
    t.equal(t.probe(*control(LOOP_CTL_REMOVE, number)).errno, None)


@promise(needs="root")
def device_is_not_changed_by_a_reader(t):
    number = free_number(t)
    if t.probe(*control(LOOP_CTL_ADD, number)).errno or not os.path.exists(f"/dev/loop{number}"):
        t.skip("loop devices cannot be made here")
    image = t.file("image", "x" * 65536)

    def loop(*requests, flags=os.O_RDONLY):
        words = ["openat", "cwd", f"s:/dev/loop{number}", flags, "--", "openat", "cwd", f"s:{image}", os.O_RDONLY]
        for request in requests:
            words += ["--", "ioctl", 3, *request]
        return words

    backing = f"/sys/block/loop{number}/loop/backing_file"
    try:
        t.equal(t.probe(*loop((LOOP_SET_FD, 4), (LOOP_CLR_FD, 0))).errnos, [None] * 4)
        run = t.run_probe(DENY_DEVICES, *loop((LOOP_SET_FD, 4)))
        t.equal(run.errno, REFUSED, run)
        t.true(not os.path.exists(backing))
        run.one(call="ioctl", cls="write", path=f"/dev/loop{number}", action="deny")
        # What only asks is answered, and who may write to it may do so.
        asks = loop((BLKGETSIZE64, "buf:8"), (BLKSSZGET, "buf:8"), (BLKROGET, "buf:8"), (LOOP_GET_STATUS64, "buf:232"))
        run = t.run_probe(DENY_DEVICES, *asks)
        t.equal(run.errnos, t.probe(*asks).errnos, run)
        t.equal(run.find(action="deny"), [], run)
        run = t.run_probe(DENY_DEVICES + f"allow = /dev/loop{number}\n", *loop((LOOP_SET_FD, 4), (LOOP_CLR_FD, 0)))
        t.equal(run.errnos, [None] * 4, run)
        run = t.run_probe("[attr]\ndefault = deny\n", *loop((LOOP_SET_FD, 4), (LOOP_CLR_FD, 0), flags=os.O_RDWR))
        t.equal(run.errnos, [None] * 4, run)
    finally:
        t.probe(*loop((LOOP_CLR_FD, 0)))
        t.probe(*control(LOOP_CTL_REMOVE, number))


def on_ext4(t, features, prepare, words, look, policy):
    """The probe on {m}, a file system of its own; what look says before and after, and what the probe says."""
    mkfs = shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    if not mkfs:
        t.skip("no mkfs.ext4")
    mount = t.mkdir("m")
    under = ""
    if policy:
        under = f"{STOPGATE} -q --format=json -o {t.dir}/on_ext4.json -p {t.policy(policy)} -- "
    # Another test may take the same loop device meanwhile.
    script = (f"cd {t.dir} && rm -f image && : > why && truncate -s 8M image && {mkfs} -q {features} image || exit 99; "
              "i=0; until mount -o loop image m 2> why; do i=$((i + 1)); [ $i -lt 20 ] || exit 99; sleep 0.3; done; "
              f"{prepare} || {{ umount m; exit 99; }}; {look}; {under}{PROBE} {words}; {look}; umount m")
    run = t.bare(["unshare", "--mount", "sh", "-c", script.replace("{m}", str(mount))])
    if run.status == 99:
        t.skip(f"no ext4 on a loop device: {(t.dir / 'why').read_text()} {run.err}")
    lines = [line.split()[0] if "=" not in line else line for line in run.out.splitlines()]
    return lines[0], lines[1:-1], lines[-1], run


@promise(needs=("root", "mounts"))
def layout_of_a_file_is_not_changed_by_a_reader(t):
    """EXT4_IOC_MIGRATE gives a file extents, and FS_IOC_SETFSLABEL the file system a name."""
    words = f"openat cwd s:{{m}}/file 0 -- ioctl 3 {WORDS['EXT4_IOC_MIGRATE']} 0"
    # An extent that is not on the disk yet cannot be given up: EOPNOTSUPP.
    prepare = "echo x > {m}/file; sync {m}/file; chattr -e {m}/file"
    for policy in (None, f"[write]\ndeny = {t.dir}/m\nerrno = {REFUSED}\n", "[attr]\ndefault = log\n"):
        before, said, after, run = on_ext4(t, "", prepare, words, "lsattr {m}/file", policy)
        refused = policy and "deny" in policy
        t.equal(said[-1], f"errno={REFUSED}" if refused else said[-1], run)
        t.equal(before == after, bool(refused), run)
        if policy:
            record = (t.dir / "on_ext4.json").read_text()
            t.true(re.search(rf'"call":"ioctl","class":"attr","path":"{t.dir}/m/file"', record), record)


@promise
def reader_does_not_hold_up_who_writes(t):
    """A lease of a file that may not be written: whoever opens it for writing waits until it is given back."""
    t.file("f/file", "x")
    lease = ["/usr/bin/python3", "-c", "import fcntl, os, signal, sys; signal.signal(signal.SIGIO, signal.SIG_IGN);"
             f"fd = os.open('{t.dir}/f/file', os.O_RDONLY); fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK);"
             f"os.write(1, b'leased'); sys.stdin.read()"]

    def opens_at_once():
        try:
            os.close(os.open(t.dir / "f/file", os.O_WRONLY | os.O_NONBLOCK))
        except BlockingIOError:
            return False
        return True

    def hold(start):
        process = start(lease, stdin=subprocess.PIPE)
        held = process.stdout.read(6)
        result = held, opens_at_once()
        process.stdin.close()
        process.wait()
        return result

    t.equal(hold(lambda argv, **more: subprocess.Popen(argv, stdout=subprocess.PIPE, **more)), (b"leased", False))
    t.equal(hold(lambda argv, **more: t.start(argv, f"[write]\ndeny = {t.dir}/f\n", **more)), (b"", True))


@promise
def what_only_asks_about_a_file_is_answered(t):
    """By a reader, where all changes are refused; and a copy shares its blocks where it may be written."""
    t.file("work/file", "content")
    requests = ("FS_IOC_GETFLAGS", "FS_IOC_GETVERSION", "FS_IOC_FSGETXATTR", "FS_IOC_FIEMAP", "FS_IOC_GET_ENCRYPTION_POLICY")
    words = ["openat", "cwd", "s:file", 0]
    for name in requests:
        words += ["--", "ioctl", 3, ASKS[name], "buf:256"]
    bare = t.probe(*words)
    for policy in ("readonly", "core", f"[write]\ndefault = deny\nerrno = {REFUSED}\n", "[attr]\ndefault = log\n"):
        run = t.run_probe(policy, *words)
        t.equal(run.errnos, bare.errnos, run)
        t.equal(run.find(call="ioctl"), [], run)
    t.outside_tmp()
    run = t.run(["sh", "-c", "cp --reflink=auto file copy && cat copy"], "core")
    t.equal((run.status, run.out), (0, "content"), run)


ASKS = {"FS_IOC_GETFLAGS": 0x80086601, "FS_IOC_GETVERSION": 0x80087601, "FS_IOC_FSGETXATTR": 0x801C581F,
        "FS_IOC_FIEMAP": 0xC020660B, "FS_IOC_GET_ENCRYPTION_POLICY": 0x400C6615}
