"""Ways to make a call, as rows; and what is shown of each: it works without stopgate, a policy refuses it
and nothing is changed, a policy logs it with its true result."""
import contextlib
import os
import re
import shutil
import socket
import stat
import subprocess

import harness

# What no honest failure returns here: a refusal by the policy is told by it.
REFUSED = "EDQUOT"

WORDS = {name: value for name, value in vars(os).items()
         if name.startswith("O_") and isinstance(value, int)}
WORDS.update({
    "O_ACCMODE": 3, "AT_SYMLINK_NOFOLLOW": 0x100, "AT_REMOVEDIR": 0x200,
    "AT_SYMLINK_FOLLOW": 0x400, "AT_EMPTY_PATH": 0x1000, "RENAME_NOREPLACE": 1,
    "RENAME_EXCHANGE": 2, "RENAME_WHITEOUT": 4, "S_IFIFO": stat.S_IFIFO, "S_IFREG": stat.S_IFREG,
    "S_IFSOCK": stat.S_IFSOCK, "FS_IOC_SETFLAGS": 0x40086602, "FS_IOC32_SETFLAGS": 0x40046602,
    "FS_IOC_FSSETXATTR": 0x401C5820, "FS_IOC_SETVERSION": 0x40087602,
    "FS_IOC32_SETVERSION": 0x40047602, "FAT_IOCTL_SET_ATTRIBUTES": 0x40047211,
    "FS_IOC_ENABLE_VERITY": 0x40806685, "EXT4_IOC_SETVERSION": 0x40086604,
    "EXT4_IOC32_SETVERSION": 0x40046604, "FS_IOC_SET_ENCRYPTION_POLICY": 0x800C6613,
    "EXT4_IOC_MIGRATE": 0x6609, "BTRFS_IOC_SUBVOL_SETFLAGS": 0x4008941A, "BTRFS_IOC_SET_RECEIVED_SUBVOL": 0xC0C89425,
    "BTRFS_IOC_DEFRAG": 0x50009402, "FS_IOC_ADD_ENCRYPTION_KEY": 0xC0506617, "FS_IOC_REMOVE_ENCRYPTION_KEY": 0xC0406618,
    "FS_IOC_SETFSLABEL": 0x41009432, "F2FS_IOC_SET_PIN_FILE": 0x4004F50D, "UNKNOWN_OF_EXT4": 0x66EE,
    "XATTR_CREATE": 1, "UNIX": 1, "INET": 2, "INET6": 10, "STREAM": 1, "DGRAM": 2,
    "SEQPACKET": 5,
})


def expand(word, names):
    """O_WRONLY|O_CREAT becomes a number, and {f} and kin what they stand for."""
    def value(match):
        return str(sum(WORDS[name] for name in match[0].split("|")))

    if not word.startswith(("s:", "sp:", "un:", "e:", "u:")):
        word = re.sub(r"\b[A-Z][A-Z0-9_]*[A-Z0-9](?:\|[A-Z][A-Z0-9_]+)*\b", value, word)
    return re.sub(r"\{(\w+)\}", lambda m: str(names[m[1]]), word)


class Row:
    """A way to make a call. words: what the probe does, the last call being the one meant; cls: the
    class that is refused; deny: the pattern; recorded: the class that the refusal names; logs: the
    class by which the call is logged; young: libseccomp may not know it, then it is ENOSYS; fails: it
    need not work on this file system; deep: the tree goes deeper than PATH_MAX; silent: it is recorded only
    when refused; fields: what the record of it says."""

    def __init__(self, name, cls, words, *, deny="{f}", path="{f}/file", only=None, executes=False,
                 fails=False, young=False, recorded=None, logs=None, deep=False,
                 silent=False, **fields):
        self.name, self.cls, self.deny, self.path = name, cls, deny, path
        self.only, self.executes, self.fails, self.young = only, executes, fails, young
        self.recorded, self.logs = recorded or cls, logs or cls
        self.deep, self.silent = deep, silent
        self.fields = fields
        self.calls = [call.split() for call in words.split(" -- ")]

    @property
    def call(self):
        return next(word for word in self.calls[-1] if word not in NO_CALLS)

    def words(self, names):
        words = []
        for call in self.calls:
            words += (["--"] if words else []) + [expand(w, names) for w in call]
        return words



# ---- the trees ----


def fill(directory, forbidden):
    """What the rows speak of. forbidden: where the links of the allowed tree lead."""
    directory.mkdir(parents=True)
    (directory / "file").write_text("content\n")
    (directory / "dir").mkdir()
    (directory / "dir" / "inner").write_text("inner\n")
    (directory / "empty").mkdir()
    (directory / "link").symlink_to("file")
    (directory / "dirlink").symlink_to("dir")
    (directory / "rooted").symlink_to("/file")
    (directory / "dangling").symlink_to("missing")
    (directory / "into").symlink_to(forbidden / "file")
    os.mkfifo(directory / "fifo")
    shutil.copy("/bin/true", directory / "exe")
    (directory / "exelink").symlink_to("exe")
    (directory / "script").write_text("#!/bin/true\n")
    (directory / "into-script").write_text(f"#!{forbidden}/exe\n")
    for name in ("exe", "script", "into-script"):
        (directory / name).chmod(0o755)
    try:
        os.setxattr(directory / "file", "user.test", b"old")
    except OSError:
        pass
    (directory / "socklink").symlink_to("sock")


LEVEL, LEVELS = "x" * 100, 42


def deepen(directory, levels=LEVELS, name=LEVEL):
    """Below it a directory that has no absolute path of less than 4096 bytes; in that a file."""
    at = os.open(directory, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        at, above = os.open(name, os.O_RDONLY, dir_fd=at), at
        os.close(above)
    os.close(os.open("deepest", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=at))
    os.close(at)


class Listeners:
    """Sockets that accept and swallow whatever comes."""

    def __init__(self, trees):
        self.sockets, self.names = [], {}
        for tree in trees:
            self._unix(socket.SOCK_STREAM, str(tree / "sock"))
            self._unix(socket.SOCK_DGRAM, str(tree / "dgram"))
            self._unix(socket.SOCK_SEQPACKET, str(tree / "seq"))
        self.names["abs"] = f"stopgate-test-{os.getpid()}"
        self._unix(socket.SOCK_STREAM, "\0" + self.names["abs"])
        self.names["port"] = self._inet(socket.AF_INET, "127.0.0.1")
        self.names["port6"] = self._inet(socket.AF_INET6, "::1")

    def _unix(self, kind, address):
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(address)
        if kind != socket.SOCK_DGRAM:
            s.listen(8)
        self.sockets.append(s)

    def _inet(self, family, host):
        """One port, for both protocols."""
        for _ in range(50):
            tcp, udp = socket.socket(family), socket.socket(family, socket.SOCK_DGRAM)
            self.sockets += [tcp, udp]
            try:
                tcp.bind((host, 0))
                udp.bind((host, tcp.getsockname()[1]))
                tcp.listen(8)
                return tcp.getsockname()[1]
            except OSError:
                continue
        return 9

    def close(self):
        for s in self.sockets:
            s.close()


def known(program):
    """Names of calls; none, if it does not run here."""
    if program == harness.PROBE32 and harness.lacks_i386():
        return set()
    out = subprocess.run([program, "names"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return set(out.split())


KNOWN, KNOWN32 = known(harness.PROBE), known(harness.PROBE32)
NO_CALLS = {"child", "thread", "deep", "dive", "show", "sleep"}


def rows_for(rows, i386=False):
    """Those that this ABI has the calls for; where no i386 program runs, those of the other, to be skipped by name."""
    names = (KNOWN32 if i386 and KNOWN32 else KNOWN) | NO_CALLS
    return [r for r in rows if not (i386 and r.only == "64")
            and not (r.only == "root" and not harness.is_root())
            and {r.call} | {call[0] for call in r.calls} <= names]


def fields_of(row, names):
    fields = {"call": row.call, **row.fields}
    fields["path"] = row.path
    for key, value in fields.items():
        if isinstance(value, str):
            fields[key] = re.sub(r"\{(\w+)\}", lambda m: str(names[m[1]]), value)
        elif isinstance(value, re.Pattern):
            text = re.sub(r"\\\{(\w+)\\\}", lambda m: re.escape(str(names[m[1]])), value.pattern)
            fields[key] = re.compile(text)
    return fields


def works(run, row):
    if row.executes:
        return run.status == 0 and len(run.results) == len(row.calls) - 1
    return run.status == 0 and all(errno is None for errno in run.errnos)


@contextlib.contextmanager
def scenes(t, row, stages):
    """For each stage the trees, and what stands for what in the row's words."""
    trees = {}
    for stage in stages:
        f, a = t.dir / stage / "f", t.dir / stage / "a"
        fill(f, f)
        fill(a, f)
        trees[stage] = {"f": f, "a": a, "level": LEVEL, "levels": LEVELS, "x255": "x" * 255, "x107": "x" * 107,
                        "x108": "x" * 108, "dots4095": "./" * ((4095 - len(f"{f}/file")) // 2)}
        if row.deep:
            deepen(f)
    needs_sockets = row.cls in ("connect", "create")
    listeners = Listeners([trees[s]["f"] for s in trees]) if needs_sockets else None
    try:
        for names in trees.values():
            names.update(listeners.names if listeners else {})
        yield trees
    finally:
        if listeners:
            listeners.close()


def check_row(t, row, program):
    with scenes(t, row, ("bare", "denied", "logged")[:3 if program == harness.PROBE else 2]) as trees:
        check_bare(t, row, program, trees["bare"])
        check_denied(t, row, program, trees["denied"])
        if program == harness.PROBE:
            check_logged(t, row, program, trees["logged"])


BY_THE_KERNEL = {"EACCES", "EPERM", "EXDEV", "EROFS"}
LANDLOCKED = ("write", "create", "delete")  # of what is denied by default; and not what a link or rename carries


def check_kernel(t, row):
    """No stops: what Landlock holds alone, where only {a} is allowed. Where the rows take a rule about one name
    in a tree, it holds the tree."""
    with scenes(t, row, ("kernel",)) as trees:
        names = trees["kernel"]
        policy = f"[write]\ndefault = deny\nallow = {names['a']}\nerrno = {REFUSED}\n"
        with t.unchanged(names["f"]):
            run = t.run_probe(policy, *row.words(names), layers="kernel")
        t.true(BY_THE_KERNEL & set(run.errnos), run)
        t.equal(run.calls, [], run)


def check_bare(t, row, program, names):
    run = t.probe(*row.words(names), program=program)
    if row.fails or (row.young and run.errno == "ENOSYS"):
        t.true(run.errno != REFUSED, run)
    elif run.results and run.errno == "EOPNOTSUPP":
        t.skip(f"this file system has no {row.call}")
    else:
        t.true(works(run, row), f"does not work without stopgate\n{run}")


def check_denied(t, row, program, names):
    deny = expand("s:" + row.deny, names)[2:]
    policy = f"""
        [{row.cls}]
        deny = {deny}
        errno = {REFUSED}
        [log]
        data = 16
        """
    # Some rows lay a link first, in the allowed tree.
    lays = any(call[0].startswith("symlink") for call in row.calls[:-1])
    with t.unchanged(names["f"], *([] if lays else [names["a"]])):
        run = t.run_probe(policy, *row.words(names), program=program)
    if row.young and run.errno == "ENOSYS":
        return  # what libseccomp cannot name is closed
    t.equal(run.errno, REFUSED, run)
    t.true(all(errno is None for errno in run.errnos[:-1]), run)
    run.one(cls=row.recorded, action="deny", errno=REFUSED, rule=t.rule(policy, "deny ="),
            backstop=False, would=None, **fields_of(row, names))


def check_logged(t, row, program, names):
    """With the result it had."""
    policy = f"""
        [{row.logs}]
        default = log
        [log]
        data = 16
        results = yes
        """
    run = t.run_probe(policy, *row.words(names), program=program)
    if row.young and run.errno == "ENOSYS":
        return
    if not row.fails:
        t.true(works(run, row), f"does not work where it is logged\n{run}")
    if row.silent:
        run.none(call=row.call)
        return
    fields = fields_of(row, names)
    if row.name == "execve-interpreter":
        del fields["to"]  # shown where it is what decided
    record = run.one(cls=row.logs, action="log", rule=t.rule(policy, "default ="), **fields)
    errno, result = (None, 0) if row.executes else run.results[-1]
    t.equal(record.get("errno"), errno, run)
    if errno is None:
        t.equal(record.get("result"), result, run)
