"""What the shipped policies promise in their descriptions, tried out. Run by NAME, as users do."""
import os
import re
import socket

from harness import POLICIES, promise

NAMES = sorted(p.stem for p in POLICIES.glob("*.ini"))
WRITE, CREATE = os.O_WRONLY, os.O_WRONLY | os.O_CREAT


def opens(*paths, flags=WRITE):
    words = []
    for path in paths:
        words += (["--"] if words else []) + ["openat", "cwd", f"s:{path}", flags, 0o600]
    return words


def values(name, section, key):
    """(line number, value) of key = value in a section of a shipped policy."""
    found, current = [], None
    for number, line in enumerate((POLICIES / f"{name}.ini").read_text().splitlines(), 1):
        if line.startswith("["):
            current = line.strip("[] ")
        match = re.match(rf"{key}\s*=\s*(.*\S)", line)
        if match and current == section:
            found.append((number, match[1]))
    return found


@promise(each=NAMES)
def shipped_policy_loads_by_its_name(t, name):
    run = t.task("--check", policy=name)
    t.equal(run.status, 0, run)
    if name not in ("base", "caches", "secrets", "startup"):  # made to be included
        t.equal(t.run(["true"], name).err, "", "a whole policy gives no warnings")
    t.true(f"/policies/{name}.ini" in run.out, run.out[:500])
    description = values(name, "policy", "description")
    t.true(len(description) == 1 and description[0][1] in run.out, run.out[:500])


@promise(each=NAMES)
def ordinary_program_runs_under_it(t, name):
    t.file("work/text", "b\na\n")
    run = t.run(["sh", "-c", "sort < text | tee /dev/null; cat /etc/hostname > /dev/null; ls / > /dev/null"], name)
    t.equal((run.status, run.out), (0, "a\nb\n"), run)
    t.equal(run.find(action="deny"), [], run)


# ---- where writing is allowed ----

CONFINED = ("untrusted", "build", "core", "readonly")


def outside(t):
    base = t.outside_tmp()
    t.file("outside/file", "precious")
    return base / "outside"


@promise(each=CONFINED)
def writing_elsewhere_is_refused(t, name):
    where = outside(t)
    words = [*opens(where / "file"), "--", *opens(where / "file", flags=os.O_RDWR), "--",
             *opens(where / "file", flags=os.O_TRUNC), "--", *opens(where / "new", flags=CREATE), "--",
             *opens("../outside/file"), "--", *opens("/proc/self/cwd/../outside/file")]
    words += ["--", "openat2", "cwd", f"s:{where}/file", "how:1:0:0", 24, "--", "truncate", f"s:{where}/file", 0,
              "--", "unlinkat", "cwd", f"s:{where}/file", 0, "--", "mkdirat", "cwd", f"s:{where}/new", 0o700,
              "--", "renameat", "cwd", f"s:{where}/file", "cwd", "s:mine", "--",
              "linkat", "cwd", f"s:{where}/file", "cwd", "s:mine", 0, "--",
              "symlinkat", "s:x", "cwd", f"s:{where}/new", "--", "fchmodat", "cwd", f"s:{where}/file", 0o777,
              "--", "setxattr", f"s:{where}/file", "s:user.x", "s:v", 1, 0, "--",
              "mknodat", "cwd", f"s:{where}/new", 0o10600, 0, "--", "utimensat", "cwd", f"s:{where}/file", "null", 0]
    errno = "EROFS" if name == "readonly" else "EACCES"
    with t.unchanged(where):
        run = t.run_probe(name, *words)
    # core leaves what does not stop to the kernel, which says EXDEV of a link.
    t.equal([e for e in run.errnos if e != errno], ["EXDEV"] if name == "core" else [], run)
    t.true(len(run.results) == words.count("--") + 1, run)


@promise(each=("untrusted", "build", "core"))
def writing_here_and_in_tmp_is_allowed(t, name):
    t.outside_tmp()
    places = ["s:new", f"s:{t.work}/new2", f"s:/tmp/stopgate-{t.dir.name}"]
    words = []
    for place in places:
        words += ["openat", "cwd", place, CREATE, 0o600, "--"]
    words += ["mkdirat", "cwd", "s:sub", 0o700, "--", "openat", "cwd", "s:sub/file", CREATE, 0o600, "--",
              "renameat", "cwd", "s:sub/file", "cwd", "s:moved", "--",
              "unlinkat", "cwd", f"s:/tmp/stopgate-{t.dir.name}", 0, "--", "fchmodat", "cwd", "s:moved", 0o755]
    run = t.run_probe(name, *words)
    t.equal(run.errnos[:-1], [None] * (len(run.results) - 1), run)
    t.equal(run.errno, "EACCES" if name == "core" else None, "core changes no attributes at all")
    t.equal(run.find(action="deny"), [], run)


@promise
def build_allows_caches_and_var_tmp(t):
    t.outside_tmp()
    (t.home / ".cache").mkdir()
    (t.home / ".ccache").mkdir()
    run = t.run_probe("build", *opens(t.home / ".cache/x", t.home / ".ccache/x", f"/var/tmp/stopgate-{t.dir.name}",
                                      t.dir / "tmpdir/x", flags=CREATE), "--",
                      "unlinkat", "cwd", f"s:/var/tmp/stopgate-{t.dir.name}", 0,
                      env={"TMPDIR": t.mkdir("tmpdir")})
    t.equal(run.errnos, [None] * 5, run)


@promise
def readonly_refuses_here_too(t):
    t.file("work/file", "x")
    with t.unchanged(t.work):
        run = t.run_probe("readonly", *opens("file", "new", "/tmp/x", flags=CREATE), "--",
                          "unlinkat", "cwd", "s:file", 0)
    t.equal(run.errnos, ["EROFS"] * 4, run)


@promise
def core_stops_at_three_calls_only(t):
    run = t.run_probe("core", "getpid")
    t.equal(sorted(run.event("start")[0]["stops"]), ["open", "openat", "write"], run)
    t.true("landlock" in run.event("start")[0]["layers"], run)


DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/ptmx", "/proc/self/comm",
           "/proc/self/oom_score_adj", "/proc/thread-self/comm")


@promise(each=("untrusted", "build", "readonly"))
def devices_may_be_written_to(t, name):
    here = [d for d in DEVICES if os.path.exists(d) and os.access(d, os.W_OK)]
    run = t.run_probe(name, *opens(*here, flags=WRITE | os.O_NOCTTY))
    bare = t.probe(*opens(*here, flags=WRITE | os.O_NOCTTY))
    t.equal(run.errnos, bare.errnos, run)
    shared = f"/dev/shm/stopgate-{t.dir.name}"
    run = t.run_probe(name, *opens(shared, flags=CREATE), "--", "unlinkat", "cwd", f"s:{shared}", 0)
    t.equal(run.errnos, [None, None], run)


@promise(each=("untrusted", "build", "readonly"))
def other_devices_may_not(t, name):
    run = t.run_probe(name, *opens("/dev/sda", "/dev/vda", "/dev/mem", "/dev/kmsg", "/dev/new", flags=WRITE))
    t.equal([e for e in run.errnos if e not in ("EACCES", "EROFS", "ENOENT")], [], run)


@promise(each=["file", "directory", "moved", "link"])
def untrusted_does_not_let_a_repository_be_planted(t, how):
    """git would run the hooks that it leads to; a repository that is there may be worked in."""
    t.outside_tmp()
    t.file("work/own/x", "gitdir: own")
    words = {"file": ["openat", "cwd", "s:.git", CREATE, 0o600], "directory": ["mkdirat", "cwd", "s:.git", 0o700],
             "moved": ["renameat", "cwd", "s:own", "cwd", "s:.git"], "link": ["symlinkat", "s:own", "cwd", "s:.git"]}[how]
    run = t.run_probe("untrusted", *words)
    t.equal(run.errno, "EACCES", run)
    t.true("startup.ini:" in run.find(action="deny")[-1]["rule"], run)
    t.equal(t.probe(*words).errno, None)


@promise
def untrusted_lets_a_repository_be_worked_in(t):
    t.outside_tmp()
    for words in (["init", "-q"], ["config", "user.email", "a@b"], ["config", "user.name", "a"]):
        t.equal(t.bare(["git", *words]).status, 0)
    t.file("work/file", "x")
    run = t.run(["sh", "-ec", "git add file; git commit -qm one; git branch two; git gc -q; git log --oneline"], "untrusted")
    t.equal(run.status, 0, run)
    t.equal(run.find(action="deny"), [], run)


GIT = ("env", "GIT_CONFIG_NOSYSTEM=1", "git")
LED = '[core]\nrepositoryformatversion = 0\nbare = {}\nworktree = {}\nfsmonitor = "touch {}/RAN; false"\n'


def led_elsewhere(t, how):
    """What a command does in a repository so that git, later, heeds a config of the command's."""
    config = LED.format("false", t.work, t.dir).replace("\n", "\\n")
    write = f"printf '{config}'"
    return {
        "commondir": "mkdir x && cp -r .git/objects .git/refs x/ && " + write.replace(f"worktree = {t.work}\\n", "")
                     + " > x/config && echo ../x > .git/commondir",
        "worktree": write.replace(f"worktree = {t.work}\\n", "") + " > .git/config.worktree",
        "bare": "mkdir objects refs && " + write + " > config && echo ref: refs/heads/main > HEAD",
    }[how]


@promise(each=["commondir", "worktree", "bare"])
def untrusted_does_not_lead_git_to_another_config(t, how):
    t.outside_tmp()
    if how != "bare":
        t.equal(t.bare([*GIT, "init", "-q"]).status, 0)
    if how == "worktree":
        t.equal(t.bare([*GIT, "config", "extensions.worktreeConfig", "true"]).status, 0)
    script = led_elsewhere(t, how)
    run = t.run(["sh", "-c", script], "untrusted")
    t.true("startup.ini:" in run.find(action="deny")[-1]["rule"], run)
    t.bare([*GIT, "status"])
    t.true(not (t.dir / "RAN").exists(), run)
    t.bare(["sh", "-c", f"rm -rf x objects refs config; {script}"])
    status = t.bare([*GIT, "status"])
    if not (t.dir / "RAN").exists():
        t.skip(f"this git is not led by it: {status.err}")


IN_A_REPOSITORY = (".git/modules/lib/config", ".git/modules/a/b/config", ".git/modules/lib/hooks/post-checkout",
                   ".git/modules/lib/commondir", ".git/worktrees/two/commondir", ".git/worktrees/two/config.worktree",
                   ".git/hooks/pre-commit", ".git/config", ".hg/hgrc", ".hg/sharedpath")


@promise(each=IN_A_REPOSITORY)
def untrusted_does_not_change_what_a_repository_runs(t, name):
    t.outside_tmp()
    path = t.file(f"work/{name}", "before")
    for words in (opens(name), ["renameat", "cwd", "s:mine", "cwd", f"s:{name}"], ["unlinkat", "cwd", f"s:{name}", 0]):
        t.file("work/mine", "mine")
        run = t.run_probe("untrusted", *words)
        t.equal(run.errno, "EACCES", run)
        t.equal(path.read_text(), "before")
        t.true("startup.ini:" in run.find(action="deny")[-1]["rule"], run)
    t.equal(t.probe(*opens(name)).errno, None)


# ---- secrets ----


def home_secrets():
    return [(n, v[2:]) for n, v in values("secrets", "read", "deny") if v.startswith("~/")]


def make_secrets(t, paths):
    """Each as a file, or as a directory that has one, whichever its last part looks like."""
    made = []
    for _, name in paths:
        path = t.home / name
        if not re.search(r"[*?\[]", name):
            path = path if path.suffix or path.name.endswith(("rc", "history", "pass")) else path / "inner"
        else:
            path = t.home / name.replace("*", "x")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_dir():
                path.write_text("secret")
                made.append(path)
        except (NotADirectoryError, FileExistsError):
            pass
    return made


@promise(each=("secrets", "no-secrets", "untrusted"))
def secrets_in_the_home_directory_cannot_be_read(t, name):
    t.true(len(home_secrets()) > 30)
    made = make_secrets(t, home_secrets())
    t.equal(set(t.probe(*opens(*made, flags=0)).errnos), {None})
    run = t.run_probe(name, *opens(*made, flags=0))
    for path, errno in zip(made, run.errnos):
        t.equal(errno, "EACCES", f"{path}\n{run}")
    t.true(all(r["rule"].startswith("secrets.ini:") for r in run.find(action="deny")), run)


@promise(each=("no-secrets", "untrusted"))
def secrets_cannot_be_carried_out_by_other_calls(t, name):
    key = t.file("home/.ssh/id_ed25519", "secret")
    words = ["linkat", "cwd", f"s:{key}", "cwd", "s:mine", 0, "--", "renameat", "cwd", f"s:{key}", "cwd", "s:mine",
             "--", "renameat", "cwd", f"s:{t.home}/.ssh", "cwd", "s:mine", "--",
             "renameat", "cwd", f"s:{t.home}", "cwd", f"s:{t.dir}/work/mine", "--",
             "symlinkat", f"s:{key}", "cwd", "s:way", "--", "openat", "cwd", "s:way", 0, "--",
             "openat", "cwd", f"s:/proc/self/root{key}", 0, "--", "openat2", "cwd", f"s:{key}", "how:0:0:0", 24]
    with t.unchanged(t.home):
        run = t.run_probe(name, *words)
    t.equal(run.errnos, ["EACCES"] * 4 + [None] + ["EACCES"] * 3, run)


@promise(each=("no-secrets", "untrusted"))
def secrets_of_the_system_cannot_be_read(t, name):
    paths = [v for _, v in values("secrets", "read", "deny") if v.startswith("/etc") and "*" not in v]
    there = [p for p in paths if os.path.isfile(p)]
    run = t.run_probe(name, *opens(*there, flags=0))
    t.equal(run.errnos, ["EACCES"] * len(there), run)
    # By the rule, not by their mode.
    t.equal(len(run.find(action="deny")), len(there), run)


@promise(each=("no-secrets", "untrusted"))
def environment_of_others_cannot_be_read_but_one_s_own(t, name):
    run = t.run_probe(name, "openat", "cwd", "s:/proc/self/environ", 0, "--", "child", "openat", "cwd",
                      "sp:/proc/%q/environ", 0, "--", "child", "openat", "cwd", "s:/proc/self/environ", 0)
    t.equal(run.errnos, [None, "EACCES", None], run)


@promise
def no_secrets_lets_all_else_through(t):
    where = t.file("outside/file", "x")
    run = t.run_probe("no-secrets", *opens(where), "--", *opens("/etc/passwd", flags=0), "--",
                      "unlinkat", "cwd", f"s:{where}", 0)
    t.equal(run.errnos, [None] * 3, run)


RAW = ("sda1 hda vda xvda1 nvme0n1 ng0n1 mmcblk0p1 dm-0 mapper/home md0 md127p1 md/home loop0 loop12p1 nbd0 zram0 ram0 pmem0 dax0.0 sr0"
       " fd0 st0 nst0 sg0 bsg/0:0:0:0 bcache0 drbd0 rbd0 dasda1 zd0 mtd0ro mtdblock0 ubi0_0 ubiblock0_0 raw/raw1 mem kmem port input/event0"
       " hidraw0 usbmon0 vcs1 vcsa vcsu1").split()


@promise(each=("secrets", "no-secrets", "untrusted"))
def disks_and_keyboards_in_the_raw_cannot_be_read(t, name):
    for device in RAW:
        run = t.task(f"--explain=read:/dev/{device}", policy=name)
        t.true(run.out.startswith(f"deny read:/dev/{device}\n") and "secrets.ini:" in run.out, run)
    for device in ("null", "zero", "urandom", "tty", "ptmx", "stdin", "fd", "loop-control", "shm/x", "snd/seq", "dri/card0"):
        run = t.task(f"--explain=read:/dev/{device}", policy=name)
        t.true(not run.out.startswith("deny"), run)


@promise(needs="root")
def secret_is_not_read_from_its_disk(t):
    control = "/dev/loop-control"
    image = t.file("image", "KEY-RAW-4711" + "x" * 65536)
    number = next(n for n in range(3000 + os.getpid() % 1000, 5000) if not os.path.exists(f"/dev/loop{n}"))
    if not os.path.exists(control) or t.probe("openat", "cwd", f"s:{control}", 0, "--", "ioctl", 3, 0x4C80, number).errno:
        t.skip("loop devices cannot be made here")
    device = f"/dev/loop{number}"
    words = ("openat", "cwd", f"s:{device}", 0, "--", "read", 3, "buf:16", 12, "--", "show")
    try:
        t.probe("openat", "cwd", f"s:{device}", 2, "--", "openat", "cwd", f"s:{image}", 2, "--", "ioctl", 3, 0x4C00, 4)
        t.true("KEY-RAW-4711" in t.probe(*words).out)
        for policy in ("untrusted", "no-secrets"):
            run = t.run_probe(policy, *words)
            t.equal(run.errnos[0], "EACCES", run)
            t.true("KEY-RAW" not in run.out, run)
            run.one(call="openat", path=device, action="deny")
    finally:
        t.probe("openat", "cwd", f"s:{device}", 2, "--", "ioctl", 3, 0x4C01, 0)
        t.probe("openat", "cwd", f"s:{control}", 2, "--", "ioctl", 3, 0x4C81, number)


# ---- start-up files ----


@promise
def what_is_run_later_cannot_be_planted_in_the_home_directory(t):
    paths = [v[2:] for _, v in values("startup", "write", "deny") if v.startswith("~/")]
    t.true(len(paths) > 20)
    words = [w for p in paths for w in ["openat", "cwd", f"s:{p}", CREATE, 0o600, "--",
                                        "mkdirat", "cwd", f"s:{p}", 0o700, "--",
                                        "symlinkat", "s:/x", "cwd", f"s:{p}", "--"]]
    for p in paths:
        (t.home / p).parent.mkdir(parents=True, exist_ok=True)
    for p in [p for p in paths if (t.home / p).is_dir()]:
        words += ["openat", "cwd", f"s:{p}/new", CREATE, 0o600, "--"]
    run = t.run_probe("untrusted", *words, "getpid", cwd=t.home)
    t.equal(set(run.errnos[:-1]), {"EACCES"}, run)
    # Elsewhere in it writing is allowed, for it is the working directory.
    t.outside_tmp()
    run = t.run_probe("untrusted", *opens("other", flags=CREATE), cwd=t.home)
    t.equal(run.errno, None, run)


@promise
def what_is_run_later_cannot_be_planted_in_a_project(t):
    t.file("work/.git/config", "[core]")
    t.mkdir("work/.git/hooks")
    t.mkdir("work/.git/objects")
    t.file("work/evil/pre-commit", "x")
    refused = [("openat", "cwd", "s:.git/hooks/pre-commit", CREATE, 0o700), ("openat", "cwd", "s:.git/config", WRITE),
               ("renameat", "cwd", "s:evil", "cwd", "s:.git/hooks"), ("renameat", "cwd", "s:.git", "cwd", "s:was"),
               ("renameat2", "cwd", "s:evil", "cwd", "s:.git", 2), ("unlinkat", "cwd", "s:.git/config", 0),
               ("linkat", "cwd", "s:.git/config", "cwd", "s:mine", 0), ("chdir", "s:.git/hooks"),
               ("openat", "cwd", "s:post-merge", CREATE, 0o700)]
    words = [w for call in refused for w in (*call, "--")]
    with t.unchanged(t.work):
        run = t.run_probe("untrusted", *words, "getpid")
    t.equal(run.errnos, ["EACCES"] * 7 + [None, "EACCES", None], run)
    run = t.run_probe("untrusted", *opens(".git/objects/x", ".git/index", flags=CREATE))
    t.equal(run.errnos, [None, None], run)


# ---- network ----


@promise
def untrusted_has_no_network(t):
    tcp = socket.create_server(("127.0.0.1", 0))
    local, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    local.bind(str(t.work / "sock"))
    local.listen(4)
    name = f"stopgate-shipped-{os.getpid()}"
    abstract.bind("\0" + name)
    abstract.listen(4)
    port = tcp.getsockname()[1]
    calls = [("socket", 2, 1, 0), ("connect", 3, f"in:{port}", "len"), ("socket", 1, 1, 0),
             ("connect", 4, "un:sock", "len"), ("connect", 4, f"abs:{name}", "len"), ("socket", 2, 2, 0),
             ("sendto", 5, "s:x", 1, 0, f"in:{port}", "len"), ("sendmsg", 5, f"msg:in:{port},x", 0),
             ("sendmmsg", 5, f"mmsg:in:{port},x", 1, 0), ("connect", 5, f"in:{port}", "len"),
             ("sendto", 3, "s:x", 1, 0x20000000, f"in:{port}", "len")]
    words = [w for call in calls for w in (*call, "--")] + ["getpid"]
    try:
        bare = t.probe(*[w for call in calls[:4] for w in (*call, "--")], "getpid")
        t.equal(set(bare.errnos), {None})
        run = t.run_probe("untrusted", *words)
    finally:
        for s in (tcp, local, abstract):
            s.close()
    refused = [c[0] for c, e in zip(calls, run.errnos) if e == "EACCES"]
    t.equal(refused, [c[0] for c in calls if c != ("socket", 1, 1, 0)], run)


@promise
def untrusted_process_can_talk_to_itself(t):
    run = t.run_probe("untrusted", "socketpair", 1, 1, 0, "buf:8", "--", "sendto", 3, "s:hi", 2, 0, "null", 0, "--",
                      "read", 4, "buf:8", 8, "--", "pipe2", "buf:8", 0, "--", "write", 6, "s:hi", 2)
    t.equal(run.errnos, [None] * 5, run)


# ---- those that only look ----


@promise
def installer_records_all_changes_and_refuses_nothing(t):
    t.file("f/file", "x")
    words = ["openat", "cwd", "s:f/file", WRITE, "--", "openat", "cwd", "s:f/new", CREATE, 0o600, "--",
             "fchmodat", "cwd", "s:f/new", 0o755, "--", "renameat", "cwd", "s:f/new", "cwd", "s:f/moved", "--",
             "unlinkat", "cwd", "s:f/file", 0, "--", "mkdirat", "cwd", "s:f/dir", 0o700, "--",
             "truncate", "s:f/moved", 0, "--", "execve", "s:/bin/true", "argv:s:true", "null"]
    run = t.run_probe("installer", *words, cwd=t.dir)
    t.equal((run.status, set(run.errnos)), (0, {None}), run)
    t.equal([(r["call"], r["class"]) for r in run.calls],
            [("execve", "exec"), ("openat", "write"), ("openat", "create"), ("fchmodat", "attr"),
             ("renameat", "delete"), ("unlinkat", "delete"), ("mkdirat", "create"), ("truncate", "write"),
             ("execve", "exec")], run)
    t.equal({r["action"] for r in run.calls}, {"log"}, run)
    t.equal({e.get("path") for e in run.event("process", "exec")} >= {os.path.realpath("/bin/true")}, True, run)


@promise
def default_is_what_holds_without_a_policy(t):
    words = ["openat", "cwd", "s:/etc/passwd", 0, "--", "openat", "cwd", "s:new", CREATE, 0o600, "--",
             "write", 4, "s:hi", 2, "--", "openat2", "cwd", "s:new", "how:0:0:0", 24, "--", "unlinkat", "cwd", "s:new", 0]
    runs = [t.run_probe(policy, *words) for policy in (None, "default")]
    shown = [[{k: v for k, v in r.items() if k not in ("time", "run", "pid", "tid", "rule", "path")} for r in run.calls]
             for run in runs]
    t.equal(shown[0], shown[1])
    t.true(any(r["call"] == "write" and r["data"] == "hi" for r in runs[0].calls), runs[0])
    t.equal(sorted(runs[0].event("start")[0]["stops"]), ["open", "openat", "write"])


# ---- combined ----


@promise
def policies_combine(t):
    where = outside(t)
    key = t.file("home/.ssh/id", "secret")
    run = t.run_probe(["build", "no-secrets"], *opens(where / "file"), "--", *opens(key, flags=0), "--",
                      *opens("new", flags=CREATE))
    t.equal(run.errnos, ["EACCES", "EACCES", None], run)
