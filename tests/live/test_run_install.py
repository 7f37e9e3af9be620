"""The audit of an installer: what it made is in the records, and nothing else."""
import os
import shutil
import textwrap

from harness import promise
from test_run_programs import NEXT, PROJECT


def made_below(root):
    return {os.path.join(base, name) for base, dirs, files in os.walk(root) for name in dirs + files}


def audited(t, script, policy="installer"):
    """Run it under that policy in t.work; returns the run and what exists below t.dir/root."""
    for need in ("gcc", "make"):
        if not shutil.which(need):
            t.skip(f"no {need}")
    t.equal(t.bare(["bash", "-c", textwrap.dedent(PROJECT.replace(NEXT, ""))]).status, 0)
    t.mkdir("root")
    run = t.run(["bash", "-c", textwrap.dedent(script)], policy, env={"ROOT": t.dir / "root"}, timeout=60)
    t.equal(run.status, 0, run)
    return run, made_below(t.dir / "root")


def created_names(run, root):
    """What was created, the new name of what was moved included; but not where the call failed."""
    names = {r["path"] for r in run.find(cls="create") if r.get("result", 0) >= 0}
    names |= {r["to"] for r in run.calls if r["call"].startswith(("rename", "link"))}
    return {name for name in names if name.startswith(f"{root}/")}


@promise(timeout=120)
def every_file_of_make_install_is_in_a_record(t):
    root = t.dir / "root"
    run, made = audited(t, 'make -s prog && make -s install DESTDIR="$ROOT"')
    t.equal(len(made), 8, made)
    created = created_names(run, root)
    t.equal(sorted(made - created), [], "made, but not said")
    t.equal(sorted(created - made), [], "said, but not made")
    for path in ("/usr/bin/prog", "/usr/share/doc/prog/Makefile"):
        t.true(run.find(path=f"{root}{path}", cls="attr"), f"{path}: its mode is set\n{run}")


@promise(timeout=120)
def what_is_made_and_renamed_or_deleted_is_in_a_record(t):
    root = t.dir / "root"
    run, made = audited(t, r"""
        cd "$ROOT"; cp /etc/passwd .prog.tmp; mv .prog.tmp prog; ln prog hard; ln -s prog soft; mkdir -p d/e
        echo x > d/gone; rm d/gone; mkfifo d/fifo; tar cf - prog soft d | tar xf - -C d/e; truncate -s 3 d/e/prog
        /usr/bin/python3 -c 'import os, socket; socket.socket(socket.AF_UNIX).bind("sock"); os.rename("d/e/d", "d/moved")'
        """)
    created, deleted = created_names(run, root), {r["path"] for r in run.find(cls="delete")}
    below = {p.replace("/d/e/d/", "/d/moved/") for p in created if "/d/e/d/" in p}
    t.equal(sorted(made - created - below), [])
    t.equal(sorted(p for p in created - made - deleted if "/d/e/d/" not in p), [])
    for path in (".prog.tmp", "d/gone", "d/e/d"):
        t.true(f"{root}/{path}" in deleted, path)


@promise(timeout=120)
def programs_that_an_installer_runs_are_in_a_record(t):
    run, _ = audited(t, 'make -s prog && make -s install DESTDIR="$ROOT"')
    ran = {os.path.basename(r["path"]) for r in run.find(cls="exec")}
    t.true({"bash", "make", "install", "ln"} <= ran, ran)


@promise(timeout=120)
def installer_that_fails_leaves_the_same_as_bare(t):
    run, made = audited(t, 'touch "$ROOT/a" && ! cp /no/such/file "$ROOT/b"; mkdir "$ROOT/a/c" 2> /dev/null; mkdir "$ROOT/d"; mkdir "$ROOT/d" 2> /dev/null; :')
    root = t.dir / "root"
    t.equal(made, {f"{root}/a", f"{root}/d"})
    t.equal(created_names(run, root), made)


@promise(timeout=120)
def build_policy_lets_make_build_here_and_not_install(t):
    t.outside_tmp()
    run, made = audited(t, 'make -s -j2 prog && ./prog > /dev/null && ! make -s install DESTDIR="$ROOT" 2> /dev/null', "build")
    t.equal(made, set())
    t.true((t.work / "prog").exists())
    t.true(run.find(action="deny"), run)
