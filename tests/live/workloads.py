"""Programs that change file systems: what they need, what is there before, and what is recorded."""
import textwrap

NEXT = "# next\n"  # between parts that are indented differently

TREE = r"""
    mkdir -p tree/a/b tree/c tree/empty
    for n in 1 2 3 4 5; do seq $n 200 > tree/a/$n; echo $n > tree/a/b/file$n; done
    ln -s ../a/1 tree/c/link; ln -s nowhere tree/c/dangling; ln tree/a/2 tree/c/hard; chmod 640 tree/a/3
    mkfifo tree/c/fifo; truncate -s 300k tree/sparse; echo end >> tree/sparse; chmod 1755 tree/empty
    touch -d 2020-01-02T03:04:05Z tree/a/* tree/a/b tree/c
    """ + NEXT

REPOSITORY = r"""
    git init -q repo; cd repo; mkdir -p src/deep; for n in 1 2 3; do seq $n 90 > src/deep/$n; echo $n > $n; git add .
    git commit -qm "number $n"; done; git checkout -q -b side; git mv src/deep/1 one; git rm -q 2; echo x > x; git add x
    git commit -qm side; git checkout -q main; cd ..
    """ + NEXT

PACKAGE = r"""
    package() {
        mkdir -p p$1/DEBIAN p$1/usr/bin p$1/usr/share/doc/demo p$1/etc p$1/usr/lib/demo$1
        printf 'Package: demo\nVersion: %s\nArchitecture: all\nMaintainer: A <a@b.invalid>\nDescription: demo\n' $1 > p$1/DEBIAN/control
        echo /etc/demo.conf > p$1/DEBIAN/conffiles; echo "setting = $1" > p$1/etc/demo.conf
        echo "echo $1" > p$1/usr/bin/demo; chmod 755 p$1/usr/bin/demo; ln -s demo p$1/usr/bin/demo-link
        ln p$1/usr/bin/demo p$1/usr/bin/demo-hard; seq $1 99 > p$1/usr/share/doc/demo/list; seq $1 > p$1/usr/lib/demo$1/only$1
        dpkg-deb -b p$1 demo-$1.deb > /dev/null; rm -r p$1
    }
    package 1; package 2
    mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers; touch root/var/lib/dpkg/status
    """ + NEXT

DPKG = "dpkg --force-not-root --force-confold --log=$PWD/dpkg.log --root=$PWD/root"

PROJECT = r"""
    mkdir -p src; echo 'int f(void) { return 0; }' > src/f.c
    echo 'int f(void); int main(void) { return f(); }' > src/main.c; echo text > prog.1
    cat > Makefile <<'END'
    OBJS = main.o f.o
    BIN = $(DESTDIR)/usr/bin
    prog: $(OBJS)
    	$(CC) -o $@ $(OBJS)
    %.o: src/%.c
    	$(CC) -O1 -c -o $@ $<
    install: prog
    	install -d $(BIN) $(DESTDIR)/usr/share/man/man1
    	install -m 755 prog $(BIN)/prog
    	ln -sf prog $(BIN)/prog-link
    	ln -f $(BIN)/prog $(BIN)/prog-hard
    	install -m 644 prog.1 $(DESTDIR)/usr/share/man/man1/prog.1
    	gzip -nf $(DESTDIR)/usr/share/man/man1/prog.1
    	chmod u+s $(BIN)/prog
    uninstall:
    	rm -rf $(DESTDIR)/usr/share
    	rm -f $(BIN)/prog*
    END
    """ + NEXT

NODE = r"""
    mkdir -p pkg/lib app; echo '{"name":"pkg","version":"1.0.0","main":"lib/i.js","bin":{"pkg":"lib/i.js"},"files":["lib"]}' > pkg/package.json
    printf '#!/usr/bin/env node\nmodule.exports = 1;\n' > pkg/lib/i.js; echo '{"name":"app","version":"1.0.0"}' > app/package.json
    """ + NEXT

DATABASE = "sqlite3 db 'create table t(a, b); insert into t values (1, 2), (3, 4)'; "
WAL = DATABASE + "sqlite3 db 'pragma journal_mode = wal' > /dev/null; "


class Workload:
    """before is run by bash alone, script under stopgate; in python it is Python."""

    def __init__(self, name, script, before="", programs="", needs=(), python=None, changes=True):
        self.name, self.programs, self.test_needs = name, programs.split(), needs
        self.before, self.script = clean(before), clean(script)
        self.argv = ["bash", "-c", "set -e; " + self.script]
        if python:
            self.argv = ["/usr/bin/python3", "-c", PRELUDE + textwrap.dedent(python)]
        self.changes = changes  # or leaves all as it was


def clean(script):
    return "".join(map(textwrap.dedent, script.split(NEXT)))


PRELUDE = """
import ctypes, errno, fcntl, mmap, os, shutil, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
AT, EMPTY, FOLLOW = -100, 0x1000, 0x400
def call(name, *args):
    r = getattr(libc, name)(*[a.encode() if isinstance(a, str) else a for a in args])
    return r if r >= 0 else -ctypes.get_errno()
def fails(how, number, *args, **more):
    try: how(*args, **more)
    except OSError as error: assert error.errno == number, error
    else: raise AssertionError((how, args))
def put(name, text="x"):
    with open(name, "w") as f: f.write(text)
"""


def shell(name, script, before="", programs="", **more):
    return Workload(name, script, before, programs, **more)


def python(name, script, before="", **more):
    return Workload(name, "", before, python=script, **more)


INSTALLERS = [
    shell("make_install", "make -s install DESTDIR=$PWD/root", PROJECT, "make gcc"),
    shell("make_install_again", "touch -d 2030-01-01 src/f.c; make -s install DESTDIR=$PWD/root",
          PROJECT + "make -s install DESTDIR=$PWD/root", "make gcc"),
    shell("make_uninstall", "make -s uninstall DESTDIR=$PWD/root",
          PROJECT + "make -s install DESTDIR=$PWD/root", "make gcc"),
    shell("gcc_objects", "gcc -c src/*.c; ar rcD libx.a f.o; gcc -o p main.o libx.a; ./p; strip p", PROJECT, "gcc ar"),
    shell("install", "install -m 700 new old; install -D -m 644 new a/b/c; install -b new kept; install -C new same; install -d a/d",
          "echo new > new; echo old > old; echo kept > kept; cp new same; chmod 755 same; ln old second"),
    shell("dpkg_extract", "dpkg-deb -x demo-1.deb out; dpkg-deb -e demo-1.deb out/DEBIAN", PACKAGE, "dpkg-deb"),
    shell("dpkg_build", "mkdir -p q/DEBIAN; cp -r out/usr q/; cp out/DEBIAN/control q/DEBIAN; dpkg-deb -b q q.deb > /dev/null",
          PACKAGE + "dpkg-deb -R demo-1.deb out", "dpkg-deb"),
    shell("dpkg_install", DPKG + " -i demo-1.deb > /dev/null", PACKAGE, "dpkg"),
    shell("dpkg_upgrade", f"{DPKG} -i demo-2.deb > /dev/null",
          f"{PACKAGE}{DPKG} -i demo-1.deb > /dev/null; echo mine > root/etc/demo.conf", "dpkg"),
    shell("dpkg_remove", f"{DPKG} -r demo > /dev/null", f"{PACKAGE}{DPKG} -i demo-1.deb > /dev/null", "dpkg"),
    shell("dpkg_purge", f"{DPKG} -P demo > /dev/null", f"{PACKAGE}{DPKG} -i demo-1.deb > /dev/null", "dpkg"),
    shell("npm_install", "cd app; npm install --install-links --offline --no-audit --no-fund --loglevel=error ../pkg > /dev/null",
          NODE, "npm"),
    shell("npm_link", "cd app; npm install --offline --no-audit --no-fund --loglevel=error ../pkg > /dev/null", NODE, "npm"),
    shell("venv", "/usr/bin/python3 -m venv env; env/bin/python -c 'import pip'", "", "/usr/bin/python3"),
    shell("compileall", "/usr/bin/python3 -m compileall -q lib; touch lib/a.py; /usr/bin/python3 -m compileall -q lib; cd lib; /usr/bin/python3 -c 'import a.b'",
          "mkdir -p lib/a; echo x=1 > lib/a.py; echo y=2 > lib/a/__init__.py; echo z=3 > lib/a/b.py", "/usr/bin/python3"),
]

ARCHIVERS = [
    shell("tar_extract", "mkdir out; tar xpf t.tar -C out", TREE + "tar cf t.tar tree", "tar"),
    shell("tar_extract_over", "tar xpf t.tar; tar xf t.tar --keep-newer-files 2> /dev/null; tar xf t.tar --unlink-first tree/c/link tree/a/2; tar xf t.tar --overwrite tree/a",
          TREE + "tar cf t.tar tree; rm -r tree/a/b; echo other > tree/a/1; ln tree/a/3 tree/third; chmod 700 tree/c", "tar"),
    shell("tar_xattrs", "mkdir out; tar xpf t.tar --xattrs --xattrs-include='*' --sparse -C out",
          TREE + r"""/usr/bin/python3 -c 'import os; os.setxattr("tree/a/1", "user.note", b"text")'; tar cf t.tar --xattrs --sparse tree""", "tar"),
    shell("tar_owners", "mkdir out; tar xpf t.tar -C out --same-owner",
          TREE + "chown -R 65534:1 tree/a; chmod 6755 tree/a/4; mknod tree/null c 1 3; tar cf t.tar tree", "tar", needs=("root",)),
    shell("tar_create", "tar czf t.tgz tree; tar cf t.tar tree --remove-files; tar rf t.tar t.tgz", TREE, "tar gzip"),
    shell("cp_archive", "cp -a tree copy; cp -a tree copy; cp -a --reflink=auto tree/a copy2", TREE),
    shell("cp_over", "cp tree/a/1 tree/a/2; cp --remove-destination tree/a/1 tree/a/4; cp -b tree/a/1 tree/a/5; cp -f tree/a/1 tree/readonly; cp -u tree/a/3 tree/a/1; cp -l tree/a/3 tree/l; cp -s $PWD/tree/a/3 tree/s; cp --preserve=mode tree/a/3 m",
          TREE + "echo > tree/readonly; chmod 400 tree/readonly"),
    shell("rsync", "rsync -aH tree/ copy/; echo more >> tree/a/1; rm tree/a/b/file2; rsync -aH --delete tree/ copy/; rsync -a --inplace tree/a/ copy/a/; rsync -ab tree/a/4 copy/a/5", TREE, "rsync"),
    shell("unzip", "/usr/bin/python3 -m zipfile -e z.zip out; unzip -q z.zip; unzip -qo z.zip",
          TREE + "/usr/bin/python3 -m zipfile -c z.zip tree/a", "/usr/bin/python3 unzip"),
    shell("cpio_like_pipes", "tar cf - tree | tar xf - -C tree/empty; (cd tree; tar cf - a) > t.tar", TREE, "tar"),
]

PROGRAMS = [
    shell("git_clone", "git clone -q repo clone; git clone -q --no-hardlinks --depth 1 file://$PWD/repo shallow; cd clone; git gc -q", REPOSITORY, "git"),
    shell("git_commit", "cd repo; echo y > y; git add y; git commit -qm y; git tag v1; git branch -m side other; git branch -D other 2> /dev/null; git stash list; git status --short", REPOSITORY, "git"),
    shell("git_checkout", "cd repo; git checkout -q side; git checkout -q main; git merge -q side -m merge; git reset -q --hard HEAD~1; git clean -qfd; git worktree add -q ../tree side; git worktree remove ../tree", REPOSITORY, "git"),
    shell("git_gc", "cd repo; git gc -q --aggressive --prune=now; git repack -qad; git fsck --no-progress", REPOSITORY, "git"),
    shell("git_rebase", "cd repo; git rebase -q side 2> /dev/null; git rm -q 3; git stash -q; git stash pop -q", REPOSITORY, "git"),
    shell("sed_in_place", "sed -i 's/1/one/' tree/a/1; sed -i.bak /2/d tree/a/2; sed -i 's/none/none/' tree/a/3; sed -n -i --follow-symlinks p tree/c/link", TREE),
    shell("perl_in_place", "perl -pi -e 's/1/one/' tree/a/1; perl -pi.bak -e 1 tree/a/2", TREE, "perl"),
    shell("patch", "patch -s -p0 < x.diff; patch -s -R -p0 < x.diff; patch -s -b -p0 < x.diff",
          TREE + "cp -r tree/a new; sed -i s/3/three/ new/1; echo > new/more; rm new/4; diff -Nur tree/a new > x.diff || true; rm -r new", "patch"),
    shell("sqlite_create", DATABASE + "sqlite3 db 'update t set a = a + 1; delete from t where b = 2; vacuum'", "", "sqlite3"),
    shell("sqlite_select", "sqlite3 db 'select * from t'", DATABASE, "sqlite3", changes=False),
    shell("sqlite_failed", "sqlite3 db 'insert into none values (1)' 2> /dev/null || true", DATABASE, "sqlite3", changes=False),
    shell("sqlite_rollback", "sqlite3 db 'begin; insert into t values (5, 6); rollback'", DATABASE, "sqlite3", changes=False),
    shell("sqlite_wal", "sqlite3 db 'insert into t values (5, 6); select * from t'; sqlite3 db 'pragma wal_checkpoint; pragma journal_mode = delete'", WAL, "sqlite3"),
    shell("sqlite_mmap", "sqlite3 db 'pragma mmap_size = 10000000; insert into t select a, b from t; update t set a = 7'", DATABASE, "sqlite3"),
    shell("sqlite_attach", "sqlite3 db \"attach 'other' as o; create table o.u(x); begin; insert into u values (1); insert into t values (1, 1); commit\"", DATABASE, "sqlite3"),
    shell("vim", "vim -Nu NONE -n -es -c '%s/1/one/' -c wq tree/a/1; vim -Nu NONE -es --cmd 'set backup writebackup' -c '$d' -c wq tree/a/2", TREE, "vim"),
    shell("shells", "echo x > new; echo y >> tree/a/1; : > tree/a/2; > tree/a/3; echo z >| tree/a/4; exec 5<> rw; echo to >&5; seq 9 | tee tee tree/a/5 > /dev/null; cat <<< here > h; mktemp -p . > name; printf x >> tree/c/dangling", TREE),
    shell("sort_split_dd", "sort -S 50k -T . -o sorted tree/a/1 tree/a/2; split -l 50 tree/a/1 part; csplit -sz tree/a/2 50 100; dd if=/dev/zero of=z bs=1k count=3 status=none; dd if=z of=z bs=1k seek=1 count=1 conv=notrunc status=none; shred -u -n1 part??", TREE),
    shell("find", "find tree -name 'file*' -delete; find tree -type f -exec chmod 600 {} +; find . -empty -delete", TREE),
    shell("xargs_parallel", "seq 30 | xargs -P 4 -n 1 sh -c 'mkdir -p d/$1 && echo $1 > d/$1/x && mv d/$1/x d/$1/y && ln d/$1/y d/link$1' x; rm -r d/1*", "", ""),
]

NAMES = [
    shell("mv_within", "mv tree/a tree/moved; mv tree/moved/b .; mv b/file1 b/file2; mv tree/c/* tree/empty; mv -n b/file3 b/file4; mv -b b/file3 b/file4; mv tree forest", TREE),
    shell("mv_between_file_systems", "mv tree $OTHER/there; mv $OTHER/back .; mv -f $OTHER/file tree2",
          TREE + "mkdir -p $OTHER/back/x; echo y > $OTHER/back/x/y; ln $OTHER/back/x/y $OTHER/back/z; echo f > $OTHER/file; echo old > tree2"),
    shell("mv_replacing", "mv -T new old; mv file target; mv -T dir emptydir; mv l1 l2; mv -f one two",
          "mkdir new emptydir dir; mkdir old; touch new/x dir/y; echo file > file; ln file keep; echo t > target; ln target other; ln -s x l1; ln -s y l2; echo 1 > one; echo 2 > two; chmod 400 two"),
    shell("ln", "ln tree/a/1 hard; ln -s tree/a/1 soft; ln -sf tree/a/2 soft; ln -f tree/a/3 hard; ln -sfn tree/c dirlink; ln -L tree/c/link followed; ln -P tree/c/link itself; ln -sr tree/a/4 tree/c/rel; ln -sb soft dirlink2", TREE + "ln -s tree/a dirlink; echo > dirlink2"),
    shell("mkdir_rmdir_rm", "mkdir -p x/y/z; mkdir -m 700 x/w; rmdir -p x/y/z 2> /dev/null || true; rm -rf tree/a; rm -f none tree/c/link; rm -d tree/empty; mkdir tree/empty; unlink tree/sparse", TREE),
    shell("temporary", "mktemp > name; x=$(mktemp -d); touch $x/y; rm -r $x; rm $(cat name) name; mkdir t; rmdir t; touch u; mv u v; rm v", changes=False),
    shell("odd_names", r"""
        mkdir 'a b' $'new\nline' ü $'\xff\xfe'; echo 1 > $'new\nline/\x1b[31m'; mv $'new\nline' $'new\tline'; echo > $'\xff\xfe/\x80'; ln -s $'\xff' '<script>'; echo > '"}'; mv '"}' $'\\'; echo > 'x (deleted)'; rm 'x (deleted)'; echo > ' '; ln ' ' '* (deleted)'"""),
    shell("deep", r"""
        top=$PWD; d=$(printf 'd%.0s' {1..200}); for i in {1..18}; do mkdir $d; cd $d; done; echo deep > f; mv f g; chmod 600 g; cd $top; mv $d e"""),
    shell("built_aside", "cp -a tree .new; echo x > .new/a/x; mv tree .old; mv .new tree; rm -rf .old; mkdir -p s/1 s/2; ln -s 1 s/.t; mv -T s/.t s/current; ln -s 2 s/.t; mv -T s/.t s/current", TREE),
    python("exchange", """
        assert call("renameat2", AT, "tree/a", AT, "tree/c", 2) == 0
        assert call("renameat2", AT, "tree/a/link", AT, "tree/empty", 2) == 0
        put("tree/c/new"); assert call("renameat2", AT, "tree/c/1", AT, "tree/c/2", 2) == 0
        assert call("renameat2", AT, "tree/c/3", AT, "tree/c/4", 1) == -errno.EEXIST
        assert call("renameat2", AT, "tree/c/3", AT, "tree/c/none", 2) == -errno.ENOENT
        """, TREE),
    python("renamed_to_itself", """
        os.rename("tree/a/2", "tree/c/hard"); os.rename("tree/a", "tree/a"); os.rename("tree/a/1", "tree/a/../a/1")
        """, TREE, changes=False),
    python("whiteout", """
        r = call("renameat2", AT, "tree/a/1", AT, "tree/a/w", 4); assert r in (0, -errno.EINVAL, -errno.EPERM), r
        """, TREE),
    python("by_descriptors", """
        d = os.open("tree/a", os.O_RDONLY); e = os.open("tree/c", os.O_PATH)
        os.mkdir("x", dir_fd=d); os.rename("tree/a", "tree/z"); os.mkdir("y", dir_fd=d); os.rename("1", "2", src_dir_fd=d, dst_dir_fd=e)
        os.unlink("3", dir_fd=d); os.symlink("x", "s", dir_fd=e); os.link("4", "l", src_dir_fd=d, dst_dir_fd=e); os.rmdir("x", dir_fd=d)
        os.mkfifo("p", dir_fd=e); os.chmod("4", 0o600, dir_fd=d); os.close(os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=d))
        os.fchdir(d); put("here"); os.chdir("/"); f = os.open(f"/proc/self/fd/{d}/5", os.O_WRONLY | os.O_TRUNC); os.fchmod(f, 0o604)
        """, TREE),
    python("unlinked_while_open", """
        f = open("tree/a/3", "r+"); os.unlink("tree/a/3"); f.write("more"); f.flush(); os.fchmod(f.fileno(), 0o600); os.ftruncate(f.fileno(), 1)
        g = open("tree/a/2", "r+"); os.unlink("tree/a/2"); os.fchmod(g.fileno(), 0o604); os.rename("tree/a", "tree/n"); os.utime(g.fileno(), (1, 1))
        """, TREE),
    python("written_after_the_directory_moved", """
        f = open("tree/a/1", "a"); g = open("tree/a/b/file1", "r+b"); m = mmap.mmap(g.fileno(), 0); new = open("tree/a/new", "w")
        os.rename("tree/a", "tree/z"); os.rename("tree/z/b", "b"); os.rename("tree", "forest")
        f.write("late"); f.close(); m[:1] = b"L"; m.flush(); new.write("late"); new.close(); os.rename("forest/z/new", "forest/new")
        """, TREE),
    python("there_and_back", """
        os.rename("tree/a", "x"); os.rename("x", "y"); os.rename("y", "tree/a"); os.rename("tree/a/1", "t"); os.rename("t", "tree/a/1")
        os.chmod("tree/a/2", 0); os.chmod("tree/a/2", 0o644); os.link("tree/a/3", "l"); os.unlink("l"); os.mkdir("d"); os.rename("d", "e"); os.rmdir("e")
        os.setxattr("tree/a/4", "user.a", b"1"); os.removexattr("tree/a/4", "user.a"); os.symlink("x", "s"); os.rename("s", "r"); os.unlink("r")
        """, TREE, changes=False),
    python("chains", """
        os.rename("tree/a/1", "t"); os.rename("tree/a/2", "tree/a/1"); os.rename("tree/a/3", "tree/a/2"); os.rename("t", "tree/a/3")
        os.rename("tree/a/4", "tree/a/5"); os.rename("tree/a/b/file1", "tree/a/4"); put("tree/a/b/file1"); os.rename("tree/a/b", "b"); os.rename("tree/a", "tree/b")
        os.rename("b/file2", "tree/b/file2"); os.mkdir("tree/a"); put("tree/a/1"); os.rename("tree/b/file2", "tree/a/2"); os.rename("b", "tree/a/b")
        """, TREE),
    python("another_type_in_its_place", """
        os.unlink("tree/a/1"); os.mkdir("tree/a/1"); put("tree/a/1/x"); shutil.rmtree("tree/a/b"); put("tree/a/b"); os.unlink("tree/c/fifo"); os.symlink("x", "tree/c/fifo")
        os.unlink("tree/c/link"); put("tree/c/link"); os.rmdir("tree/empty"); os.mkfifo("tree/empty"); os.unlink("tree/a/3"); put("tree/a/3", open("tree/a/4").read())
        os.unlink("tree/c/dangling"); os.symlink("nowhere", "tree/c/dangling")
        """, TREE),
    python("chrooted", """
        if not os.fork():
            os.chroot("tree"); os.chdir("/c"); put("/a/new"); os.rename("/a/1", "one"); os.unlink("../a/2"); os.symlink("/a/3", "/abs"); put("/abs", "by a link"); os._exit(0)
        assert os.wait()[1] == 0; os.chmod("tree/a/new", 0o600)
        """, TREE, needs=("root",)),
    python("killed", """
        pid = os.fork()
        if not pid:
            put("begun"); f = open("tree/a/1", "w"); f.write("x" * 9000); os.rename("tree/a/2", "moved"); os.kill(os.getpid(), 9)
        assert os.waitpid(pid, 0)[1] == 9
        """, TREE),
    python("tmpfile", """
        f = os.open("tree", os.O_TMPFILE | os.O_RDWR, 0o600); os.write(f, b"text"); os.fchmod(f, 0o640)
        assert call("linkat", AT, f"/proc/self/fd/{f}", AT, "tree/linked", FOLLOW) == 0; os.write(f, b"more"); os.fchmod(f, 0o644)
        g = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600); os.write(g, b"lost"); os.close(g)
        h = os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_EXCL, 0o600)
        assert call("linkat", AT, f"/proc/self/fd/{h}", AT, "never", FOLLOW) == -errno.ENOENT
        """, TREE),
    python("replaced_while_written", """
        old = os.open("tree/a/1", os.O_WRONLY | os.O_APPEND)
        def write():
            for i in range(200): os.write(old, b"old")
        def replace():
            for i in range(20): put(f"n{i}", str(i)); os.rename(f"n{i}", "tree/a/1")
        threads = [threading.Thread(target=f) for f in (write, replace)]
        [t.start() for t in threads]; [t.join() for t in threads]
        """, TREE),
    python("two_processes", """
        children = []
        for n in range(4):
            pid = os.fork()
            if not pid:
                os.mkdir(f"d{n}")
                for i in range(25):
                    put(f"d{n}/f{i}", str(i)); os.chmod(f"d{n}/f{i}", 0o600 + n)
                    if i % 3: os.rename(f"d{n}/f{i}", f"d{n}/g{i}")
                    if i % 5 == 0: os.link(f"d{n}/g{i}" if i % 3 else f"d{n}/f{i}", f"l{n}.{i}")
                os.rename(f"d{n}", f"e{n}"); os._exit(0)
            children.append(pid)
        assert not any(os.waitpid(p, 0)[1] for p in children)
        """),
    python("threads", """
        def work(n):
            os.mkdir(f"d{n}")
            for i in range(20): put(f"d{n}/f{i}"); os.rename(f"d{n}/f{i}", f"d{n}/g{i}"); os.unlink(f"d{n}/g{i}") if i % 2 else None
        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        [t.start() for t in threads]; [t.join() for t in threads]
        """),
    python("nodes", """
        os.mkfifo("fifo", 0o640); os.mknod("node", 0o100600); s = socket.socket(socket.AF_UNIX); s.bind("socket"); d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        os.mkdir("sub"); os.chdir("sub"); d.bind("../socket2"); os.unlink("../socket2"); socket.socket(socket.AF_UNIX).bind("\\0abstract%d" % os.getpid())
        """),
    python("devices", "os.mknod('null', 0o20666, os.makedev(1, 3)); os.mknod('block', 0o60600, os.makedev(7, 99)); os.chmod('null', 0o600)", needs=("root",)),
]

CONTENTS = [
    python("mapped", """
        f = open("tree/a/1", "r+b"); m = mmap.mmap(f.fileno(), 0); f.close(); m[:5] = b"hello"; m.flush(); m.close()
        f = open("tree/a/2", "r+b"); m = mmap.mmap(f.fileno(), 0, mmap.MAP_PRIVATE); m[:5] = b"hello"; m.close()
        with open("new", "w+b") as f: f.truncate(9000); m = mmap.mmap(f.fileno(), 0); m[8000:8002] = b"xy"; m.close()
        """, TREE),
    python("moved_by_the_kernel", """
        a, b, c = (os.open(f"tree/a/{n}", os.O_RDWR) for n in (1, 2, 3))
        assert os.sendfile(b, a, 0, 50) == 50; assert os.copy_file_range(a, c, 60, 0, 5) == 60
        r, w = os.pipe(); os.write(w, b"spliced"); os.splice(r, os.open("s", os.O_WRONLY | os.O_CREAT), 7)
        os.pwrite(a, b"p", 3); os.writev(b, [b"v", b"w"]); os.ftruncate(c, 10); os.posix_fallocate(a, 0, 5000)
        """, TREE),
    python("inherited", """
        f = os.open("tree/a/1", os.O_WRONLY); g = os.open("new", os.O_WRONLY | os.O_CREAT)
        subprocess.run(["sh", "-c", f"echo by child >&{f}; exec 1>&{g}; echo out"], pass_fds=(f, g), check=True)
        a, b = socket.socketpair(); socket.send_fds(a, [b"x"], [os.open("tree/a/2", os.O_WRONLY)])
        if not os.fork(): os.write(socket.recv_fds(b, 1, 1)[1][0], b"passed"); os._exit(0)
        os.wait()
        """, TREE),
    python("opened_again", """
        f = os.open("tree/a/1", os.O_RDONLY); os.rename("tree/a/1", "tree/r"); w = os.open(f"/proc/self/fd/{f}", os.O_WRONLY); os.write(w, b"again")
        os.truncate("tree/a/2", 5); os.truncate("tree/c/hard", 3)
        p = os.open("tree/a/3", os.O_PATH); os.chmod(f"/proc/self/fd/{p}", 0o604); os.close(os.open(f"/dev/fd/{p}", os.O_WRONLY | os.O_TRUNC))
        """, TREE),
    python("opened_for_writing_only", """
        for flags in (os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_SYNC):
            os.close(os.open("tree/a/1", flags, 0o666))
        m = mmap.mmap(os.open("tree/a/2", os.O_RDWR), 0); m[:3]; m.close(); os.write(os.open("tree/a/3", os.O_WRONLY), b"")
        """, TREE, changes=False),
    python("same_bytes", "d = open('tree/a/1').read(); open('tree/a/1', 'r+').write(d); put('tree/a/2', open('tree/a/2').read())", TREE),
    shell("truncate_fallocate", "truncate -s 5 tree/a/1; truncate -s 0 tree/a/2; truncate -s 99k new; truncate -s +1 tree/a/3; fallocate -l 20k tree/a/4; fallocate -n -l 40k tree/a/5; fallocate -p -o 0 -l 8k tree/sparse", TREE),
    shell("empty_truncated", "> empty; truncate -s 0 empty; echo -n >> empty", "touch empty; touch -d 2001-01-01 empty"),
]

ATTRIBUTES = [
    shell("touch", "touch tree/a/1 new; touch -d 2001-02-03 tree/a/2; touch -h tree/c/link; touch -a tree/a/3; touch -c none; touch -r tree/a/2 tree/a/4; touch -m tree/c; touch tree/c/link", TREE),
    shell("touch_same", "touch -d 2020-01-02T03:04:05Z tree/a/1; touch -a tree/a/2; chmod 640 tree/a/3; chmod -R u+r tree; chown $(id -u):$(id -g) tree/a/4", TREE, changes=False),
    shell("chmod", "chmod 600 tree/a/1; chmod -R go-rwx tree/a; chmod +t tree/c; chmod u+s tree/a/2; chmod 2755 tree/empty; chmod u-w tree/c/link", TREE),
    shell("chown", "chown 65534 tree/a/1; chown -R 1:1 tree/a/b; chown -h 2 tree/c/link; chown 3 tree/c/link; chgrp 4 tree/c; chown 0:0 tree/a/5; chown 65534 suid", TREE + "echo > suid; chmod 6755 suid", needs=("root",)),
    python("xattrs", """
        os.setxattr("tree/a/1", "user.a", b"1"); os.setxattr("tree/a/2", "user.a", b"2"); os.removexattr("tree/a/2", "user.a")
        f = os.open("tree/a/3", os.O_RDONLY); os.setxattr(f, "user.f", b"f"); os.setxattr("old", "user.k", b"new"); os.removexattr("old2", "user.k")
        os.setxattr("tree/c/link", "user.l", b"followed"); fails(os.setxattr, errno.EPERM, "tree/c/link", "user.l", b"x", follow_symlinks=False)
        fails(os.removexattr, errno.ENODATA, "tree/a/4", "user.none"); os.setxattr("tree/c", "user.d", b"directory")
        """, TREE + "touch old old2; /usr/bin/python3 -c 'import os; os.setxattr(\"old\", \"user.k\", b\"v\"); os.setxattr(\"old2\", \"user.k\", b\"v\")'"),
    python("capabilities", """
        cap = bytes.fromhex("0100000200040000000000000000000000000000"); os.setxattr("new", "security.capability", cap); open("had", "a").write("x")
        """, """touch new had; /usr/bin/python3 -c 'import os; os.setxattr("had", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))'""", needs=("root",)),
    python("set_id_lost", "open('suid', 'a').write('x'); os.truncate('suid2', 1)", "for f in suid suid2; do echo text > $f; chmod 6775 $f; done", needs=("user",)),
]

FAILURES = [
    python("failing_calls", """
        N, X = errno.ENOENT, errno.EEXIST
        fails(os.mkdir, X, "tree"); fails(os.unlink, N, "none"); fails(os.rmdir, errno.ENOTEMPTY, "tree"); fails(os.rmdir, errno.ENOTDIR, "tree/a/1")
        fails(os.unlink, errno.EISDIR, "tree"); fails(os.rename, N, "none", "x"); fails(os.rename, errno.EINVAL, "tree", "tree/a/sub")
        fails(os.rename, errno.EISDIR, "tree/a/1", "tree/c"); fails(os.rename, errno.ENOTDIR, "tree/c", "tree/a/1"); fails(os.rename, errno.ENOTEMPTY, "tree/c", "tree/a")
        fails(os.rename, errno.EXDEV, "tree/a/1", "/dev/shm/none"); fails(os.link, X, "tree/a/1", "tree/a/2"); fails(os.link, N, "none", "x")
        fails(os.link, errno.EPERM, "tree", "x"); fails(os.symlink, X, "x", "tree"); fails(os.symlink, N, "x", ""); fails(os.open, errno.EISDIR, "tree", os.O_WRONLY)
        fails(os.open, X, "tree/a/1", os.O_CREAT | os.O_EXCL); fails(os.open, N, "none/x", os.O_CREAT | os.O_WRONLY); fails(os.open, X, "tree/c/dangling", os.O_CREAT | os.O_EXCL)
        fails(os.open, errno.ELOOP, "tree/c/link", os.O_CREAT | os.O_NOFOLLOW | os.O_WRONLY); fails(os.open, errno.EISDIR, "tree/a/1/", os.O_CREAT | os.O_WRONLY)
        fails(os.open, errno.ENXIO, "tree/c/fifo", os.O_WRONLY | os.O_NONBLOCK); fails(os.chmod, N, "none", 0); fails(os.truncate, errno.EINVAL, "tree/a/1", -1)
        fails(os.truncate, errno.EISDIR, "tree", 0); fails(os.mkfifo, X, "tree"); fails(os.utime, N, "none"); fails(os.setxattr, X, "tree/a/5", "user.k", b"", os.XATTR_CREATE)
        fails(os.removexattr, errno.ENODATA, "tree/a/1", "user.none"); fails(socket.socket(socket.AF_UNIX).bind, errno.EADDRINUSE, "tree")
        fails(os.mkdir, errno.ENAMETOOLONG, "x" * 300); fails(os.rmdir, errno.EINVAL, "tree/.")
        assert call("unlink", 1) == -errno.EFAULT and call("rename", "tree", 1) == -errno.EFAULT and call("open", 1, 65, 0) == -errno.EFAULT
        assert call("fchmod", 999, 0) == -errno.EBADF and call("mkdirat", 999, "x", 0) == -errno.EBADF and call("renameat", AT, "tree", 999, "x") == -errno.EBADF
        """, TREE + "/usr/bin/python3 -c 'import os; os.setxattr(\"tree/a/5\", \"user.k\", b\"\")'", changes=False),
    python("without_permission", """
        A, P = errno.EACCES, errno.EPERM
        fails(os.mkdir, A, "/usr/x"); fails(os.unlink, A, "/etc/passwd"); fails(os.rename, A, "tree", "/usr/x"); fails(open, A, "/etc/passwd", "a"); fails(os.chmod, P, "/etc/passwd", 0)
        fails(os.chown, P, "tree", 0, 0); fails(open, A, "locked/x", "w"); fails(os.unlink, A, "locked/y"); fails(os.rename, A, "locked/y", "y"); fails(open, A, "readonly", "w"); fails(os.utime, P, "/etc/passwd", (1, 1))
        """, TREE + "mkdir locked; touch locked/y readonly; chmod 400 readonly; chmod 500 locked", needs=("user",), changes=False),
    python("links_in_the_way", """
        put("tree/c/dangling"); os.chmod("tree/c/link", 0o600); fails(os.mkdir, errno.EEXIST, "tree/c/dangling"); os.mkdir("tree/c/../d"); os.rename("dir/b", "dir/../moved")
        fails(os.rmdir, errno.ENOTDIR, "dir"); os.unlink("dir"); os.rename("tree/c/link", "l"); fails(open, errno.ELOOP, "loop", "w"); os.unlink("loop"); put("abs"); os.rename("abs", "rel/x")
        """, TREE + "ln -s tree/a dir; ln -s loop loop; ln -s tree/c rel; ln -s $PWD/tree/target abs"),
]

WORKLOADS = INSTALLERS + ARCHIVERS + PROGRAMS + NAMES + CONTENTS + ATTRIBUTES + FAILURES
