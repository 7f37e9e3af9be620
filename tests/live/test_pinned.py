"""What is pinned gets the results it gets without stopgate: every situation of test_bare once more where arguments
cannot be left where they are, a probe of what a call leaves behind it, and programs with threads that rename.

Landlock is turned off, so that nothing but pinning can be the reason for a difference."""
import difflib
import shutil
import subprocess

import test_bare
import test_run_programs
from harness import PROBE32, PROBES, promise
from rows import expand

# ---- single calls ----

# What makes that the arguments of a call are not the caller's alone.
COMPANY = [("beside", ["beside"]), ("mapped", ["mapped", "shared"])]


def same(t, words, probe=None):
    found = {}
    more = {"program": probe} if probe else {}
    for stage in ("bare", "held"):
        root = t.dir / stage
        test_bare.honest_tree(root)
        if stage == "bare":
            run = t.probe(*words, cwd=root, **more)
        else:
            run = t.run_probe(test_bare.ELSEWHERE, *words, cwd=root, layers="stops", **more)
        found[stage] = run, run.results, test_bare.contents(root)
    t.equal(found["held"][0].status, found["bare"][0].status, found["held"][0])
    t.equal(found["held"][1], found["bare"][1], found["held"][0])
    t.equal(found["held"][2], found["bare"][2], found["held"][0])


SITUATIONS = [(f"{company}: {name}", prefix, words) for company, prefix in COMPANY
              for name, words in test_bare.situations(test_bare.SITUATIONS)]


@promise(each=SITUATIONS)
def call_is_as_bare(t, situation):
    _, prefix, words = situation
    same(t, [*prefix, "--", *(expand(w, test_bare.NAMES) for w in words.split())])


@promise(each=[s for s in SITUATIONS if s[1] == ["beside"]], needs=("i386", "once"))
def call_of_a_32_bit_program_is_as_bare(t, situation):
    _, prefix, words = situation
    same(t, [*prefix, "--", *(expand(w, test_bare.NAMES) for w in words.split())], PROBE32)


@promise(each=test_bare.situations(test_bare.DROPPED), needs="root")
def call_of_one_who_has_given_up_root_is_as_bare(t, situation):
    for directory in (t.dir, t.dir.parent):
        directory.chmod(directory.stat().st_mode | 0o755)
    words = [expand(w, test_bare.NAMES) for w in situation[1].split()]
    same(t, ["setresuid", 65534, 65534, 65534, "--", "beside", "--", *words])


# ---- what a call leaves behind it ----

HONEST = PROBES / "honest"
# Not [output]: what cannot be named is refused there, at write(2).
POLICIES = [("elsewhere", "".join(f"[{cls}]\ndeny = /nonexistent\n" for cls in ("read", "write", "create", "delete", "attr", "exec"))
             + "[connect]\ndefault = allow\ndeny = inet:240.0.0.1\n"),
            ("exception", "[read]\ndeny = {dir}/x\n[delete]\ndeny = {dir}/x\n[exec]\ndeny = {dir}/x\n"),
            ("here", "[write]\ndefault = deny\nallow = {dir}\nallow = /dev\nallow = /proc\n")]


def cases():
    if not HONEST.exists():
        return []
    return subprocess.run([HONEST, "list"], check=True, capture_output=True, text=True).stdout.split()


@promise(each=[(f"{case}/{policy}", case, text) for case in cases() for policy, text in POLICIES
               if not (policy == "here" and case.startswith("opens"))])  # it opens / to write
def program_sees_no_difference(t, item):
    _, case, policy = item
    for directory in (t.dir, t.dir.parent):
        directory.chmod(directory.stat().st_mode | 0o755)
    bare = t.bare([HONEST, case], cwd=t.mkdir("bare/in/here"))
    t.equal((bare.status, bare.err), (0, ""), bare)
    run = t.run([HONEST, case], policy.format(dir=t.dir), cwd=t.mkdir("held/in/here"), layers="stops",
                options=["-q"])
    differ = [line for line in difflib.unified_diff(bare.out.split("\n"), run.out.split("\n"), lineterm="", n=0)
              if line[:2] not in ("--", "++", "@@")]
    t.equal(differ, [], run.err)
    t.equal(run.status, bare.status, run)


# ---- programs ----

TREE = r"""
    mkdir -p tree/a/b tree/c
    for n in 1 2 3 4 5 6 7 8; do seq $n 300 > tree/a/$n; echo $n > tree/a/b/$n; done
    ln -s ../a/1 tree/c/link; ln tree/a/2 tree/c/hard; chmod 640 tree/a/3; mkfifo tree/c/fifo
    touch -d 2020-01-02T03:04:05Z tree/a/* tree/a/b tree/c
    """ + test_run_programs.NEXT

# As in test_run_programs: (name, programs it needs, script run by bash in an empty directory)
PROGRAMS = [
    ("git_gc", "git", r"""
        git init -q r; cd r; for n in 1 2 3 4 5 6; do seq $n 2000 > f$n; git add .; git commit -qm $n; done
        git config pack.threads 4; git checkout -q -b side HEAD~2; seq 9 > g; git add g; git commit -qm side; git checkout -q main
        git merge -q --no-edit side; git repack -qad --depth=20; git gc -q --aggressive --prune=now; git fsck --full
        git rev-parse HEAD HEAD^{tree}; git cat-file --batch-check --batch-all-objects; git pack-refs --all; git reflog | wc -l
        git clone -q --no-local . ../c; git -C ../c fsck --full; git -C ../c gc -q; git worktree add -q ../w side; git -C ../w log --format=%H; git worktree remove ../w"""),
    ("make_jobs", "gcc make", r"""
        mkdir src; for n in 1 2 3 4 5 6 7 8; do echo "int f$n(int x) { return x * $n; }" > src/f$n.c; done
        echo 'int f1(int), f8(int); int printf(const char *, ...); int main(void) { return printf("%d\n", f1(1) + f8(8)) < 0; }' > src/main.c
        printf 'O = $(patsubst src/%%.c,%%.o,$(wildcard src/*.c))\nprog: lib.a\n\t$(CC) -o $@ main.o lib.a\nlib.a: $(O)\n\t$(AR) rcD $@ $(sort $^)\n%%.o: src/%%.c\n\t$(CC) -O1 -MMD -c -o $@.tmp $<\n\tmv $@.tmp $@\n' > Makefile
        make -s -j4; ./prog; rm prog *.o; make -s -j4; ./prog"""),
    ("npm_install", "npm node", r"""
        mkdir -p home dep/bin app; export HOME=$PWD/home; cd app
        echo '{"name":"dep","version":"1.0.0","bin":{"dep":"bin/dep.js"}}' > ../dep/package.json
        echo '#!/usr/bin/env node
        console.log("dep runs")' > ../dep/bin/dep.js
        echo '{"name":"app","version":"1.0.0","private":true}' > package.json
        (cd ../dep && npm pack --silent --offline) > /dev/null
        npm install --offline --no-audit --no-fund --no-update-notifier --loglevel=error ../dep/dep-1.0.0.tgz 2>&1 | sed 's/ in [0-9.]*m*s$//'
        ./node_modules/.bin/dep; cat package.json; find node_modules | sort; rm -rf "$HOME" node_modules/.package-lock.json"""),
    ("thread_pool", "/usr/bin/python3", r"""
        cat > t.py <<'END'
        import concurrent.futures, os, pathlib
        top = pathlib.Path("tree")
        def work(n):
            here = top / f"d{n % 4}"
            here.mkdir(parents=True, exist_ok=True)
            seen = []
            for i in range(25):
                a, b = here / f"{n}-{i}.new", here / f"{n}-{i}"
                a.write_text(f"{n} {i}\n"); a.rename(b); b.chmod(0o600 + i % 8); seen.append(b.read_text())
                os.symlink(b.name, a); os.link(b, here / f"{n}-{i}.hard"); seen.append(a.read_text())
                os.replace(here / f"{n}-{i}.hard", b); os.unlink(a); os.utime(b, (i, i)); os.truncate(b, 3)
                if i % 3 == 0: b.unlink()
                try: (here / "none").rename(here / "never")
                except OSError as error: seen.append(str(error.errno))
            fd = os.open(here, os.O_RDONLY | os.O_DIRECTORY)
            os.mkdir(f"m{n}", dir_fd=fd); os.rename(f"m{n}", f"r{n}", src_dir_fd=fd, dst_dir_fd=fd); os.close(fd)
            return "".join(seen)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for text in pool.map(work, range(16)): print(hash(text) and len(text), text[:20])
        END
        /usr/bin/python3 t.py"""),
    ("node_promises", "node", r"""
        cat > n.js <<'END'
        const fs = require("fs/promises"), { spawnSync } = require("child_process");
        const one = async n => {
                await fs.mkdir("d" + n % 3, { recursive: true });
                for (let i = 0; i < 20; i++) {
                        const a = `d${n % 3}/${n}-${i}`;
                        await fs.writeFile(a + ".tmp", "x" + i); await fs.rename(a + ".tmp", a); await fs.chmod(a, 0o600 + i % 8);
                        if (i % 2) await fs.unlink(a); else await fs.symlink(a, a + ".link");
                        await fs.rename("none", "never").catch(e => { if (e.code !== "ENOENT") console.log(e.code); });
                }
                return (await fs.readdir("d" + n % 3)).length > 0;
        };
        Promise.all([...Array(16).keys()].map(one)).then(r => console.log(r.join(), spawnSync("echo", ["spawned"]).stdout.toString()));
        END
        node n.js"""),
    ("cp_archive", "", TREE + "cp -a tree copy; cp -a --reflink=auto copy again; mv again moved; rm -r copy; cp -al moved linked; ls -lR --time-style=+%F moved | grep -v ^total; stat -c %h linked/a/1"),
    ("sqlite_threads", "/usr/bin/python3", r"""
        cat > s.py <<'END'
        import sqlite3, threading
        for mode in ("delete", "wal", "truncate"):
            name = f"{mode}.db"
            sqlite3.connect(name).executescript(f"pragma journal_mode = {mode}; create table t(a, b)")
            def work(n):
                db = sqlite3.connect(name, timeout=30)
                for i in range(5):
                    with db: db.execute("insert into t values (?, ?)", (n, i))
                db.close()
            threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
            [t.start() for t in threads]; [t.join() for t in threads]
            db = sqlite3.connect(name)
            print(mode, db.execute("select count(*), sum(a), sum(b) from t").fetchone(), db.execute("pragma integrity_check").fetchone())
            db.close()
        END
        /usr/bin/python3 s.py; rm -f *.db*"""),
    ("spawning_shell", "", r"""
        for i in $(seq 150); do /bin/true; echo $i | cat > f$i; mv f$i g$i; done; ls | wc -l; for i in $(seq 40); do $(which env) true & done; wait; echo $?
        seq 60 | xargs -P 4 -n 1 sh -c 'ln -s g$1 l$1; mv l$1 m$1; cat m$1' x | sort -n | md5sum"""),
    ("spawning_python", "/usr/bin/python3", r"""
        cat > p.py <<'END'
        import concurrent.futures, os, subprocess
        def work(n):
            pid = os.posix_spawn("/bin/sh", ["sh", "-c", f"exit {n % 7}"], os.environ)
            out = subprocess.run(["sh", "-c", f"echo {n} > s{n}; mv s{n} t{n}; cat t{n}"], capture_output=True, text=True).stdout
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out
        with concurrent.futures.ThreadPoolExecutor(6) as pool: print(list(pool.map(work, range(40))))
        END
        /usr/bin/python3 p.py"""),
    ("tar", "tar", TREE + "tar cf t.tar tree; mkdir out; tar xpf t.tar -C out; tar xf t.tar -C out --overwrite; tar czf t.tgz tree; tar tvzf t.tgz | wc -l; rm t.tar t.tgz; mv out/tree out/moved; diff -r tree/a out/moved/a; echo $?"),
    ("rsync", "rsync", TREE + "rsync -a tree/ copy; seq 7 > tree/a/1; rsync -a --delete tree/ copy; rsync -a --backup tree/ copy; diff -r tree/a copy/a; echo $?"),
]


# npm is not installed for it alone: it is more than all else together.
PROGRAMS = [program for program in PROGRAMS if program[0] != "npm_install" or shutil.which("npm")]


@promise(each=PROGRAMS, timeout=120)
def program_with_threads_does_as_bare(t, case):
    t.file("elsewhere/x")
    policy = "".join(f"[{cls}]\ndeny = {t.dir}/elsewhere\n" for cls in ("read", "write", "create", "delete", "attr", "exec"))
    run = test_run_programs.compare(t, case, policy, layers="stops")
    t.equal(run.find(action="deny"), [])
