"""Real programs behave under stopgate as they do without: output, status and what they leave behind."""
import os
import re
import shutil
import stat
import textwrap

from harness import PROBES, promise

ENV = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
       "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
       "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "init.defaultBranch",
       "GIT_CONFIG_VALUE_0": "main", "GIT_CONFIG_KEY_1": "safe.directory", "GIT_CONFIG_VALUE_1": "*",
       "LIFE": PROBES / "life", "PYTHONDONTWRITEBYTECODE": "1", "SOURCE_DATE_EPOCH": "0"}

NEXT = "# next\n"  # between parts that are indented differently

PROJECT = r"""
    mkdir -p src
    for n in 1 2 3 4; do echo "int f$n(int x) { return x * $n; }" > src/f$n.c; done
    echo 'int f1(int), f2(int), f3(int), f4(int); int printf(const char *, ...);
    int main(void) { return printf("%d\n", f1(1) + f2(2) + f3(3) + f4(4)) < 0; }' > src/main.c
    cat > Makefile <<'END'
    OBJS = $(patsubst src/%.c,%.o,$(wildcard src/*.c))
    PREFIX = /usr
    prog: $(OBJS)
    	$(CC) -o $@ $(sort $^)
    %.o: src/%.c
    	$(CC) -O1 -c -o $@ $<
    install: prog
    	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/prog
    	install -m 755 prog $(DESTDIR)$(PREFIX)/bin/prog
    	ln -sf prog $(DESTDIR)$(PREFIX)/bin/prog-link
    	install -m 644 Makefile $(DESTDIR)$(PREFIX)/share/doc/prog/Makefile
    END
    """ + NEXT

TREE = r"""
    mkdir -p tree/a/b tree/c
    for n in 1 2 3 4 5; do seq $n 200 > tree/a/$n; echo $n > tree/a/b/file$n; done
    ln -s ../a/1 tree/c/link; ln tree/a/2 tree/c/hard; chmod 640 tree/a/3; mkfifo tree/c/fifo
    touch -d 2020-01-02T03:04:05Z tree/a/* tree/a/b tree/c
    """ + NEXT

# (name, programs it needs, script run by bash in an empty directory)
PROGRAMS = [
    ("pipelines", "", r"""
        seq 1000 | grep 7 | sort -r | head -n 5 | tee top | wc -l
        yes | head -n 3; echo "${PIPESTATUS[*]}"
        diff <(seq 5) <(seq 2 6); comm -12 <(seq 9) <(seq 5 8)
        (exit 3) | true; echo "${PIPESTATUS[*]}"; set -o pipefail; (exit 3) | true; echo $?"""),
    ("here_documents", "", r"""
        x=5; cat <<END > one
        x is $x
        END
        cat <<'END' >> one
        x is $x
        END
        cat <<< "a here string" | tr a-z A-Z; cat one; read -r line < one; echo "$line"
        exec 7> seven; echo to seven >&7; exec 7>&-; cat seven; { echo out; echo err >&2; } 2> err; cat err"""),
    ("shell_jobs", "", r"""
        sleep 0.1 & wait $!; echo $?; (exit 4) & wait $!; echo $?
        for i in 1 2 3; do (sleep 0.0$i; echo $i > job$i) & done; wait; cat job1 job2 job3
        trap 'echo trapped' USR1; kill -USR1 $$; trap 'echo bye' EXIT; coproc cat; echo through >&"${COPROC[1]}"
        read -r x <&"${COPROC[0]}"; echo $x; kill $COPROC_PID; wait $COPROC_PID; echo $?"""),
    ("shell_job_control", "", r"""
        set -m; sleep 30 & jobs %1; kill -STOP %1; sleep 0.2; jobs %1; kill -CONT %1; sleep 0.2; jobs %1
        kill %1; wait %1; echo $?; (sleep 0.1; exit 3) & fg %1 > /dev/null; echo $?; sleep 0.1 | cat; echo $?"""),
    ("dash", "dash", r"dash -c 'set -e; f() { echo in $1; return 2; }; f x || echo $?; for i in 1 2; do (echo $i); done; false; echo no'"),
    ("tar", "tar", TREE + "tar cf t.tar tree; mkdir out; tar xpf t.tar -C out; tar tvf t.tar | wc -l; diff -r tree/a out/tree/a; tar czf t.tgz tree; tar xzOf t.tgz tree/a/1 | md5sum; rm t.tgz t.tar"),
    ("cp", "", TREE + "cp -a tree copy; cp -r tree/a plain; mv copy/a/1 copy/moved; rm -r copy/a/b; ls -lR --time-style=+%F copy | grep -v ^total"),
    ("find", "", TREE + r"find tree -type f -newermt 2021-01-01 | sort; find tree -name 'file*' -exec grep -l 3 {} +; find tree -empty; find tree -type l -delete; find tree -perm 640 -printf '%p %s\n'"),
    ("sed_in_place", "", TREE + "sed -i.bak 's/1/one/g' tree/a/[12]; sed -i '/2/d' tree/a/5; md5sum tree/a/*"),
    ("sort", "", "seq 20000 | sort -R --random-source=/dev/zero | sort -n -S 100k -T . | md5sum; seq 3 | shuf --random-source=/dev/zero; seq 10 | sort -o sorted -r; cat sorted"),
    ("dd", "", "dd if=/dev/zero of=z bs=4k count=10 conv=fsync 2>&1 | head -n 2; dd if=z of=y bs=1k skip=2 seek=3 status=none; truncate -s 5k z; stat -c '%n %s %b' y z; fallocate -l 8k w 2> /dev/null; split -b 10k y part; ls part*"),
    ("xargs", "", "seq 40 | xargs -P 4 -n 1 sh -c 'echo $1 > f$1' x; cat f* | sort -n | md5sum; seq 3 | xargs -n 1 sh -c 'exit $(($1 == 2 ? 255 : 0))' x; echo $?"),
    ("git", "git", r"""
        git init -q repo; cd repo; for n in 1 2 3; do echo $n > $n; git add .; git commit -qm "number $n"; done
        git checkout -q -b side; echo x > x; git add x; git commit -qm side; git checkout -q main; git merge -q --no-ff side -m merge
        git log --oneline --graph; git mv 1 one; git status --short; git stash -q; git stash pop -q; git commit -qam moved
        cd ..; git clone -q repo clone; cd clone; git log --format=%H; git gc -q; git fsck; git ls-files -s
        git diff HEAD~2 --stat; git archive HEAD | tar t; git rebase -q HEAD~1; git grep -n x; git tag v1; git describe --tags"""),
    ("make", "gcc make", PROJECT + "make -s -j2 prog 2>&1; ./prog; make -s prog; touch -d 2001-01-01 f1.o; make -n prog | wc -l; make -s install DESTDIR=$PWD/root; find root | sort; ./prog > out"),
    ("gcc_pipes_and_archives", "gcc ar", r"echo 'int f(void){return 3;}' > f.c; echo 'int f(void); int main(void){return f();}' | gcc -pipe -c -x c - -o m.o; gcc -c f.c; ar rcD libf.a f.o; gcc m.o -L. -lf -o p; ./p; echo $?; gcc -E f.c | tail -n 1; gcc nothing.c; echo $?"),
    ("static_binary", "gcc", r"""
        cat > s.c <<'END'
        #include <stdio.h>
        int main(int c, char **v) { FILE *f = fopen(v[c - 1], "w"); return f ? fprintf(f, "static\n") < 0 : 9; }
        END
        gcc -static s.c -o s && ./s made && cat made; ./s /no/where/x; echo $?"""),
    ("i386_binary", "gcc", r"""
        cat > s.c <<'END'
        #include <stdio.h>
        int main(int c, char **v) { FILE *f = fopen(v[c - 1], "w"); return f ? fprintf(f, "%zu\n", sizeof(f)) < 0 : 9; }
        END
        gcc -m32 s.c -o s && ./s made && cat made; ./s /no/where/x; echo $?"""),
    ("python", "/usr/bin/python3", r"""
        cat > p.py <<'END'
        import concurrent.futures, multiprocessing, os, pathlib, shutil, sqlite3, subprocess, tempfile, threading
        def work(n):
            pathlib.Path(f"w{n}").write_text(str(n * n)); return n * n
        if __name__ == "__main__":
            threads = [threading.Thread(target=work, args=(i,)) for i in range(20)]
            [x.start() for x in threads]; [x.join() for x in threads]
            with multiprocessing.Pool(3) as pool: print(pool.map(work, range(30)))
            with concurrent.futures.ThreadPoolExecutor(8) as pool: print(sum(pool.map(work, range(50))))
            print(subprocess.run(["sort", "-r"], input="a\nb\n", capture_output=True, text=True).stdout)
            print(subprocess.run("exit 5", shell=True).returncode, os.system("exit 6") >> 8)
            with tempfile.TemporaryDirectory(dir=".") as d: shutil.copytree("/etc/alternatives", d + "/x", symlinks=True)
            db = sqlite3.connect("db"); db.execute("create table t(x)"); db.executemany("insert into t values(?)", [(i,) for i in range(100)])
            db.commit(); print(db.execute("select sum(x) from t").fetchone()); db.close(); os.remove("db")
            p = multiprocessing.get_context("spawn").Process(target=work, args=(999,)); p.start(); p.join(); print(p.exitcode)
        END
        /usr/bin/python3 p.py"""),
    ("node", "node", r"""
        cat > n.js <<'END'
        const { Worker, isMainThread, parentPort } = require("worker_threads"), fs = require("fs"), cp = require("child_process");
        if (!isMainThread) { fs.writeFileSync("from-worker", "w"); parentPort.postMessage(6 * 7); }
        else new Worker(__filename).on("message", m => {
                console.log(m, cp.execSync("echo child").toString().trim(), cp.spawnSync("sh", ["-c", "exit 4"]).status);
                fs.promises.writeFile("async", "a").then(() => { console.log(fs.readdirSync(".").join()); process.exitCode = 3; });
        });
        END
        node n.js; echo $?"""),
    ("perl", "perl", r"""perl -e 'open F, ">", "p" or die; print F "x\n" x 3; close F; print `wc -l < p`; my $p = fork; if (!$p) { exit 3 } waitpid $p, 0; print $? >> 8, "\n"; rename "p", "q"; print -s "q", "\n"; local $SIG{ALRM} = sub { print "alarm\n"; exit 2 }; alarm 1; sleep 9'; echo $?"""),
    ("awk_and_friends", "awk", r"""seq 10 | awk '{ s += $1; print > "out" ($1 % 2) } END { print s; system("echo sub") }'; paste out0 out1; join <(seq 5) <(seq 3 7); seq 5 | tac | tr '\n' ' ' """),
    ("timeout", "", "timeout 0.2 sleep 5; echo $?; timeout -s KILL 0.2 sleep 5; echo $?; timeout 5 sh -c 'exit 3'; echo $?; timeout 0.2 sh -c 'trap \"trap : TERM; echo got; exit 9\" TERM; sleep 5 & wait'; echo $?; timeout --foreground 0.2 sleep 5; echo $?"),
    ("nohup", "", "nohup sh -c 'kill -HUP $$; echo survived' > out 2> err; echo $?; cat out; nohup no-such-thing 2> /dev/null; echo $?; setsid -w sh -c 'exit 5'; echo $?; nice -n 5 nice; ionice -c 3 true; echo $?"),
    ("script", "script", "script -qec 'tty > /dev/null && echo on a terminal; stty size; exit 4' typescript < /dev/null | tr -d '\\r'; echo ${PIPESTATUS[0]}; rm typescript"),
    ("sqlite", "sqlite3", "sqlite3 db 'create table t(a, b); pragma journal_mode = wal; insert into t values (1, 2), (3, 4);'; for i in 1 2 3; do sqlite3 -cmd '.timeout 5000' db \"insert into t values ($i, $i)\" & done; wait; sqlite3 db 'select count(*), sum(a) from t; vacuum; pragma integrity_check'; rm db*"),
    ("undumpable", "", "echo secret > s; $LIFE undumpable s; echo $?; $LIFE undumpable missing; echo $?"),
    ("own_seccomp_filter", "", "echo x > s; $LIFE filtered s; echo $?; $LIFE filtered missing"),
    ("fallbacks", "", "$LIFE leaderless 20 /dev/null; echo $?; $LIFE selfstop; $LIFE vfork /dev/null; $LIFE spawn /dev/null; $LIFE clone /dev/null; echo $?; $LIFE execthread 3 /dev/null"),
    ("odd_paths", "", r"""
        top=$PWD; mkdir -p 'a b' $'new\nline' ü; echo 1 > 'a b/c d'; echo 2 > $'new\nline/x'; echo 3 > ü/ö; cat */*; cd 'a b'; cat ../ü/ö "../a b/./c d" c\ d; cd ..
        d=$(printf 'd%.0s' {1..200}); for i in {1..25}; do mkdir $d && cd $d || break; done 2> /dev/null; echo deep > f; cat f; pwd -L | wc -c
        cd "$top"; rm -r d*
        ls /proc/self/fd/0 /dev/fd/1 > /dev/null; echo via > /dev/stdout; echo err 2>&1 > /dev/stderr; cat /dev/fd/0 <<< in; cat /proc/self/comm; echo $(< /proc/self/stat) | cut -d' ' -f2
        cat missing dir/ 'a b'; cat /etc/passwd/x; ln -s loop loop; cat loop; echo > /; cat ''; echo $?"""),
    ("permissions", "", "umask 077; echo x > x; mkdir d; stat -c '%a %n' x d; umask 027; install -m 4711 /bin/true t; stat -c %a t; chmod 000 x; cat x; echo $?; chmod 644 x; touch -d 2000-01-01 x; stat -c '%y' x; chmod -R go-rwx d; test -w x; echo $?"),
    ("sockets", "/usr/bin/python3", r"""
        cat > s.py <<'END'
        import os, socket, threading
        for family, address in ((socket.AF_UNIX, "sock"), (socket.AF_UNIX, f"\0abstract-{os.getpid()}"), (socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0))):
            try:
                server = socket.socket(family); server.bind(address); server.listen()
            except OSError as error: print(error.errno); continue
            client = socket.socket(family)
            thread = threading.Thread(target=lambda: client.connect(server.getsockname())); thread.start()
            connection, _ = server.accept(); thread.join()
            connection.sendall(b"hello"); print(client.recv(9))
        a, b = socket.socketpair(); socket.send_fds(a, [b"x"], [os.open("s.py", os.O_RDONLY)]); print(len(os.read(socket.recv_fds(b, 1, 1)[1][0], 10)))
        END
        /usr/bin/python3 s.py; rm sock"""),
    ("mmap_and_locks", "/usr/bin/python3", r"""
        cat > m.py <<'END'
        import fcntl, mmap, os
        with open("m", "w+b") as f:
            f.truncate(8192); m = mmap.mmap(f.fileno(), 0); m[:5] = b"hello"; m.flush(); fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fork():
                with open("m") as g:
                    try: fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError: print("locked", flush=True)
                os._exit(0)
            os.wait(); os.pwrite(f.fileno(), b"x" * 100, 50); print(os.sendfile(os.open("n", os.O_WRONLY | os.O_CREAT), f.fileno(), 0, 100))
            print(os.copy_file_range(f.fileno(), os.open("o", os.O_WRONLY | os.O_CREAT), 60, 0))
        END
        /usr/bin/python3 m.py; md5sum m n o"""),
]

OUTSIDE = """
    [read]
    default = allow
    deny = {}/elsewhere
    [write]
    default = log
    """


def tree(directory):
    """Names, kinds, modes and contents of all below; of a repository the worktree only."""
    found = {}
    for base, dirs, files in os.walk(directory):
        if ".git" in dirs:
            dirs.remove(".git")
        for name in dirs + files:
            path = os.path.join(base, name)
            st = os.lstat(path)
            body = os.readlink(path) if stat.S_ISLNK(st.st_mode) else None
            if stat.S_ISREG(st.st_mode) and os.access(path, os.R_OK):
                with open(path, "rb") as file:
                    body = file.read()
            found[os.path.relpath(path, directory)] = (oct(st.st_mode), body)
    return found


def neutral(text, directory):
    """Output without what differs between any two runs."""
    text = text.replace(str(directory), "HERE")
    text = re.sub(r"line \d+: +\d+ (Terminated|Killed|Alarm)", r"\1", text)
    return re.sub(r"\[\d\] \d{2,}", "[N] PID", text)


def compare(t, case, policy, **layers):
    name, needs, script = case
    for need in needs.split():
        if not shutil.which(need):
            t.skip(f"no {need}")
    script = "export LC_ALL=C\n" + "".join(map(textwrap.dedent, script.split(NEXT)))
    results = []
    for kind in ("bare", "gate"):
        where = t.mkdir(f"{kind}/here")
        argv = ["bash", "-c", script]
        more = {"cwd": where, "env": ENV, "timeout": 55}
        run = t.bare(argv, **more) if kind == "bare" else t.run(argv, policy, **more, **layers)
        results.append((run, where))
    (bare, bare_at), (run, run_at) = results
    t.equal(neutral(run.out, run_at), neutral(bare.out, bare_at))
    t.equal(neutral(run.err, run_at), neutral(bare.err, bare_at))
    t.equal(run.status, bare.status)
    before, after = tree(bare_at), tree(run_at)
    differ = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
    t.equal(differ, [], [(before.get(k), after.get(k)) for k in differ[:3]])
    t.true(bare.out or before, "the script does nothing")
    return run


@promise(each=PROGRAMS, timeout=120)
def logged_by_the_built_in_policy_is_as_bare(t, case):
    compare(t, case, None)


@promise(each=PROGRAMS, timeout=120)
def refused_elsewhere_is_as_bare(t, case):
    t.file("elsewhere/x")
    run = compare(t, case, OUTSIDE.format(t.dir))
    t.equal(run.event("end")[0]["counts"].get("read", {}).get("deny"), None)
