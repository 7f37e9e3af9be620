"""What is learned from a run: the same run goes through under it, and others do not."""
import os
import re
import shutil
import subprocess
import sys

from harness import PROBE, STOPGATE, promise

PYTHON = os.path.realpath(sys.executable)

# Moves directories as npm does: made under a name of chance, renamed into place, the old one aside.
MODULES = """
import os, random, shutil, string
def chance(n): return "".join(random.choice(string.ascii_letters + string.digits) for _ in range(n))
os.makedirs("node_modules", exist_ok=True)
for name in ("left", "right"):
    stage = f"node_modules/.{name}-{chance(8)}"
    os.makedirs(stage + "/lib")
    open(stage + "/lib/index.js", "w").write("x")
    open(stage + "/package.json", "w").write("{}")
    aside = f"node_modules/.{name}-{chance(8)}"
    if os.path.exists("node_modules/" + name):
        os.rename("node_modules/" + name, aside)
    os.rename(stage, "node_modules/" + name)
    shutil.rmtree(aside, ignore_errors=True)
print(sorted(os.listdir("node_modules")))
"""

SCRIPT = """
import json, os, tempfile
with tempfile.TemporaryDirectory() as d:
    open(d + "/x", "w").write("1")
    os.mkdir(d + "/sub")
    open(d + "/sub/y", "w").write("1")
with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
    json.dump([1, 2, 3], f)
os.rename(f.name, "data.json")
os.symlink("data.json", "next")
os.rename("next", "current")
os.link("data.json", "second")
print(open("current").read(), os.path.exists("nothing"))
"""

UNNAMED = """
import os
fd = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600)
os.write(fd, b"x")
os.fchmod(fd, 0o644)
os.link(f"/proc/self/fd/{fd}", "made", src_dir_fd=fd, follow_symlinks=True)  # linkat(2)
open("really (deleted)", "w").write("x")
print(open("really (deleted)").read())
"""

# npm's cache: a UUID each, renamed to where it stays.
UUIDS = """
mkdir -p tmp out
for i in 1 2 3 4 5 6; do
    read u < /proc/sys/kernel/random/uuid
    echo $i > tmp/$u
    mv tmp/$u out/$i
    cat out/$i
done
rm -r tmp
"""

GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@y", "-c", "gc.auto=0", "-c", "init.defaultBranch=main"]


def files(t):
    t.file("work/a", "text")
    t.file("work/odd ;#[x]*?\n$", "text")


def sources(t):
    for n in range(5):
        t.file(f"work/f{n}.c", f"int f{n}(void) {{ return {n}; }}\n")
    t.file("work/main.c", "int main(void) { return 0; }\n")
    t.file("work/Makefile", "OBJ = f0.o f1.o f2.o f3.o f4.o main.o\nprog: $(OBJ)\n\tcc -o $@ $(OBJ)\n"
           "\t./prog\n%.o: %.c\n\tcc -c $<\n")


def repository(t):
    t.file("work/origin/a", "text")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        t.bare([*GIT, "-C", t.work / "origin", *words])


def archive(t):
    for n in range(6):
        t.file(f"work/from/d{n % 2}/f{n}", "text")
    (t.work / "from/link").symlink_to("d0")
    t.bare(["tar", "cf", "a.tar", "from"])
    shutil.rmtree(t.work / "from")


def modules(t):
    t.file("work/install.py", MODULES)
    t.file("work/node_modules/left/package.json", "old")


def script(t):
    t.file("work/script.py", SCRIPT)


RUNS = {
    "cp": (files, ["cp", "-a", "a", "b"]),
    "cp-odd": (files, ["sh", "-c", 'cp "$1" "$1.copy" && cat "$1.copy"', "sh", "odd ;#[x]*?\n$"]),
    "make": (sources, ["make"]),
    "git-clone": (repository, ["git", "-c", "user.name=a", "-c", "user.email=a@b", "clone", "-q", "--no-local", "origin", "copy"]),
    "tar": (archive, ["tar", "xf", "a.tar"]),
    "python": (script, [PYTHON, "-I", "script.py"]),
    "modules": (modules, [PYTHON, "-I", "install.py"]),
    "sqlite": (files, ["sqlite3", "x.db", "create table t(a); insert into t values(1),(2); select sum(a) from t"]),
    "git-gc": (repository, ["git", "-C", "origin", "gc", "-q"]),
    "unnamed": (files, [PYTHON, "-I", "-c", UNNAMED]),
    "uuids": (files, ["sh", "-c", UUIDS]),
    "sed": (files, ["sed", "-i", "s/t/T/", "a"]),
}


def reset(t, setup):
    shutil.rmtree(t.work)
    t.work.mkdir()
    setup(t)


# Records all that is learned from.
ALL = "".join(f"[{c}]\ndefault = log\n" for c in ("read", "write", "exec", "connect")) + "[log]\nresults = yes\nchanges = yes\n"


def learn(t, setup, argv, name, policy=None):
    reset(t, setup)
    path = t.dir / name
    run = t.run(argv, policy, options=[f"--learn={path}"])
    t.equal(run.status, 0, run)
    return run, path


def refused(run):
    return [(r["class"], r["path"], r.get("to")) for r in run.find(action="deny")]


@promise(each=RUNS, timeout=120)
def run_goes_through_under_what_was_learned_of_it(t, name):
    setup, argv = RUNS[name]
    first, path = learn(t, setup, argv, "learned.ini")
    reset(t, setup)
    again = t.run(argv, path)
    t.equal(refused(again), [], f"{again}\n{path.read_text()}")
    t.equal((again.status, again.out), (first.status, first.out), again)
    t.true("No rule can" not in path.read_text(), path.read_text())


# How often a program looks at a file depends on the clock: git reads again what is as young as its index.
def rules_of(path):
    return re.sub(r" +;.*", "", path.read_text())


@promise(each=RUNS, timeout=120)
def learning_twice_gives_the_same_rules(t, name):
    setup, argv = RUNS[name]
    first = rules_of(learn(t, setup, argv, "first.ini")[1])
    t.equal(rules_of(learn(t, setup, argv, "second.ini")[1]), first)


@promise(each=RUNS, timeout=120)
def other_actions_are_refused(t, name):
    """Writing elsewhere, reading secrets, other programs, connections; which go through without."""
    setup, argv = RUNS[name]
    path = learn(t, setup, argv, "learned.ini")[1]
    secret, other = t.file("home/.ssh/id", "hush"), t.file("other/file", "x")
    own = t.file("work/.bashrc", "x")
    # Only what was run may be run: the probe, too, has to be let in.
    text = path.read_text().replace("[exec]\ndefault = deny", f"[exec]\ndefault = deny\nallow = {PROBE}")
    text = text.replace("[read]\ndefault = deny", f"[read]\ndefault = deny\nallow = {PROBE}")
    for words in (f"openat cwd s:{other} 1", f"openat cwd s:{secret} 0", f"openat cwd s:{t.dir}/new 0101 0600",
                  f"unlinkat cwd s:{other} 0", f"fchmodat cwd s:{other} 0600", f"openat cwd s:{own} 1",
                  "execve s:/usr/bin/id argv:s:id null", "socket 2 1 0",
                  f"renameat cwd s:{secret} cwd s:{t.work}/x"):
        run = t.run_probe(text, *words.split())
        t.equal(run.errno, "EACCES", f"{words}\n{run}\n{text}")
    t.equal(t.probe("openat", "cwd", f"s:{other}", 1).errno, None)


@promise(each=RUNS, timeout=120)
def record_of_a_run_teaches_the_same(t, name):
    setup, argv = RUNS[name]
    run, path = learn(t, setup, argv, "learned.ini", ALL)
    record = t.records / "1.json"
    again = t.bare([STOPGATE, f"--learn-from={record}", f"--learn={t.dir}/from.ini"])
    t.equal(again.status, 0, again)
    t.equal((t.dir / "from.ini").read_text(), path.read_text(), run)


@promise
def class_that_a_record_does_not_tell_all_of_refuses_nothing(t):
    """A record of the built-in policy has the interpreter of a script, and not the script."""
    t.file("work/s.sh", "#!/bin/sh\necho done\n", 0o755)
    first = t.run(["sh", "-c", "./s.sh"])
    learned = t.bare([STOPGATE, f"--learn-from={t.records}/1.json", f"--learn={t.dir}/from.ini"])
    t.true("does not tell all of attr, delete, exec, connect:" in learned.err, learned)
    again = t.run(["sh", "-c", "./s.sh"], t.dir / "from.ini")
    t.equal((again.status, again.out, refused(again)), (first.status, "done\n", []), again)


def loader():
    """The ELF interpreter of this machine's programs."""
    return re.search(r"interpreter: (\S+)\]", subprocess.run(["readelf", "-l", "/usr/bin/true"], capture_output=True,
                                                              text=True, check=True).stdout)[1]


def goes_through_again(t, argv, interpreter):
    path = t.dir / "learned.ini"
    t.equal(t.run(argv, options=[f"--learn={path}"]).status, 0)
    t.true(f"{interpreter} " in path.read_text().partition("\n[exec]\n")[2], path.read_text())
    again = t.run(argv, path)
    t.equal((again.status, again.out), (0, "done\n"), f"{again}\n{path.read_text()}")


@promise
def interpreter_in_an_unusual_place_is_learned(t):
    t.file("p.c", '#include <stdio.h>\nint main(void) { return puts("done") < 0; }\n')
    shutil.copy(loader(), t.dir / "own-ld.so")
    t.bare(["cc", f"-Wl,--dynamic-linker={t.dir}/own-ld.so", "-o", t.dir / "p", t.dir / "p.c"])
    goes_through_again(t, [t.dir / "p"], "own-ld.so")


@promise(needs="root")
def interpreter_of_a_chroot_is_learned(t):
    root = t.dir / "root"
    libraries = re.findall(r"(/\S+) \(0x", t.bare(["ldd", "/usr/bin/echo"]).out)
    for name in ("/usr/bin/echo", "/etc/ld.so.cache", *libraries):
        (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, root / name[1:])
    goes_through_again(t, ["chroot", root, "/usr/bin/echo", "done"], loader())


@promise
def nothing_that_all_share_is_granted(t):
    for name in ("git-clone", "make", "python"):
        text = learn(t, *RUNS[name], "learned.ini")[1].read_text()
        rules = re.findall(r"^allow = (\S+)", text, re.M)
        t.equal([r for r in rules if r in ("/", "${HOME}", "/etc", "/tmp", "/proc", "/dev", "/var")], [], text)


@promise
def secret_that_was_read_is_told(t):
    secret = t.file("home/.ssh/id", "hush")
    text = learn(t, files, ["cat", "a", secret], "learned.ini")[1].read_text()
    t.true(re.search(r"^allow = \$\{HOME\}/\.ssh/id +; a secret: ~/\.ssh, 1 call$", text, re.M), text)


@promise
def what_was_refused_is_told_and_not_allowed(t):
    secret = t.file("home/.ssh/id", "hush")
    reset(t, files)
    run = t.run(["cat", "a", secret], ALL + f"[read]\ndeny = {secret}\n")
    t.equal(run.status, 1, run)
    again = t.bare([STOPGATE, f"--learn-from={t.records}/1.json", f"--learn={t.dir}/from.ini"])
    t.equal(again.status, 0, again)
    text = (t.dir / "from.ini").read_text()
    t.true(f"\n# Refused in that run, and not allowed here:\n#     read {secret}  (test.ini:" in text, text)
    t.true(".ssh/id   " not in text and "allow = ${PWD}/a " in text, text)


@promise
def run_elsewhere_is_learned_as_it_was_there(t):
    """${PWD} and ${HOME} of a record are those of its run."""
    path = learn(t, files, ["cat", "a"], "learned.ini", ALL)[1]
    again = t.bare([STOPGATE, f"--learn-from={t.records}/1.json", f"--learn={t.dir}/from.ini"], cwd="/",
                   env={"HOME": "/"})
    t.equal((t.dir / "from.ini").read_text(), path.read_text(), again)
