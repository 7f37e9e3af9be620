"""What stopgate does to be fast, and nobody may notice. Threads are kept near it for a moment; whether one is depends on
what else runs. That it is at all, tests/unit/test_affinity.c shows."""
import os
import re
import resource

from harness import promise

POLICIES = [("built-in", None, "proc"), ("untrusted", "untrusted", "proc"), ("installer", "installer", ""),
            ("pinned", "[write]\ndefault = deny\nallow = ${PWD}\nallow = /dev/null\n[policy]\npin = always\n", "")]

# Between calls that stop it looks at the CPUs that it may use: by call; if asked to in /proc, which is a limit where the
# opening of files does not stop; of itself and of its children.
WATCH = r"""
import os, re, sys, threading
at = os.sched_getaffinity(0)
def look(who):
    now = os.sched_getaffinity(0)
    if now != at:
        sys.exit(f"{who}: {now}, not {at}")
def look_in_proc(who):
    if "proc" not in sys.argv:
        return
    os.close(os.open("/dev/null", os.O_WRONLY))
    with open("/proc/thread-self/status") as file:
        mask = int(re.search(r"Cpus_allowed:\s*([0-9a-f,]+)", file.read())[1].replace(",", ""), 16)
    if mask != sum(1 << cpu for cpu in at):
        sys.exit(f"{who}: {mask:x}, not {at}")
def work(who, rounds):
    for n in range(rounds):
        with open("f%d" % n, "w") as file:
            file.write("x")
        look(who)
        os.unlink("f%d" % n)
        look(who)
        if n % 8 == 0:
            look_in_proc(who)
work("main", 400)
for n in range(40):
    pid = os.fork()
    if pid == 0:
        os.close(os.open("/dev/null", os.O_WRONLY))
        look("child")
        look_in_proc("child")
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(1)
threads = [threading.Thread(target=look, args=["thread"]) for n in range(20)]
for thread in threads:
    thread.start()
    thread.join()
one = {max(at)}
os.sched_setaffinity(0, one)
at = one
work("on one CPU", 200)
print("the same")
"""


@promise(each=POLICIES, needs="cpus")
def what_cpus_it_may_use_it_sees_as_it_would_without(t, policy):
    bare = t.bare(["/usr/bin/python3", "-c", WATCH, "proc"], cwd=t.work)
    t.equal(bare.out, "the same\n", bare)
    run = t.run(["/usr/bin/python3", "-c", WATCH, policy[2]], policy[1])
    t.equal((run.status, run.out), (0, "the same\n"), run)


@promise(each=POLICIES, needs="cpus")
def set_of_the_command_is_its_own(t, policy):
    "Nor does stopgate's own set become larger."
    cpu = min(os.sched_getaffinity(0))
    script = "taskset -pc $$; for i in 1 2 3 4; do : < /dev/null; done; taskset -pc $$"
    run = t.run(["taskset", "-c", cpu, "sh", "-c", script], policy[1])
    t.equal(re.findall(r"affinity list: (.*)", run.out), [str(cpu)] * 2, run)


@promise(needs="cpus")
def stopgate_on_one_cpu_runs_the_command_there(t):
    cpu = min(os.sched_getaffinity(0))
    run = t.run(["sh", "-c", "taskset -pc $$"], preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
    t.equal(re.findall(r"affinity list: (.*)", run.out), [str(cpu)], run)


@promise
def calls_that_are_noted_leave_no_record(t):
    script = "import os; os.sched_setaffinity(0, os.sched_getaffinity(0))"
    for _, policy, _ in POLICIES:
        run = t.run(["/usr/bin/python3", "-c", script], policy)
        t.equal(run.status, 0, run)
        t.equal([r for r in run.calls if "affinity" in r["call"]], [])


@promise(needs="root")
def root_that_changes_is_seen(t):
    "Names are still those that the command sees; what the first look at its root said is not believed any more."
    script = ("import os, sys\nos.close(os.open('/dev/null', 0))\nos.chroot(sys.argv[1])\n"
              "os.chdir('/')\nos.close(os.open('/file', os.O_RDONLY))\n")
    (t.dir / "file").write_text("inside")
    run = t.run(["/usr/bin/python3", "-c", script, t.dir], None)
    t.equal(run.status, 0, run)
    run.one(call="openat", path=t.dir / "file")


@promise(needs="root")
def thread_of_real_time_runs_as_ever(t):
    script = "i=0; while [ $i -lt 300 ]; do : < /dev/null; i=$((i + 1)); done; chrt -p $$; taskset -pc $$"
    bare = t.bare(["chrt", "-f", "1", "sh", "-c", script])
    run = t.run(["chrt", "-f", "1", "sh", "-c", script])
    words = [re.sub(r"pid \d+", "", text) for text in (bare.out, run.out)]
    t.equal(words[1], words[0], run)


@promise
def few_descriptors_are_enough(t):
    "What is kept open for convenience leaves room for what is needed."
    script = "for i in $(seq 40); do (echo x > f$i; sleep 0.3; echo x >> f$i) & done; wait"
    run = t.run(["sh", "-c", script], "installer", options=["--summary"],
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
    t.equal(run.status, 0, run)
    opened = [r["path"] for r in run.find(call="openat", flags=re.compile("O_WRONLY"))]
    t.equal(sorted(set(opened) & {str(t.work / f"f{n}") for n in range(1, 41)}), sorted(str(t.work / f"f{n}") for n in range(1, 41)))
    t.equal({r["comm"] for r in run.event("process", "exit")}, {"sh", "seq", "sleep"})


@promise
def commands_limit_of_descriptors_is_its_own(t):
    for soft, hard in ((100, 200), (64, 64)):
        run = t.run(["sh", "-c", "ulimit -Sn; ulimit -Hn"], "installer",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))  # noqa: B023
        t.equal(run.out.split(), [str(soft), str(hard)], run)
