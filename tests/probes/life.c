/* life.c: the lives of processes and threads, for tests of how stopgate follows them.
 *
 *     life WHAT [ARG]...
 *
 * Each WHAT is one function below; what it prints is written at once, so that a test may wait for
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void check(long result, const char *what)
{
        if (result >= 0)
                return;
        perror(what);
        exit(99);
}

/* Open for reading and close. Returns 0 or the errno. */
static int touch(const char *path)
{
        int fd = open(path, O_RDONLY);

        if (fd < 0)
                return errno;
        close(fd);
        return 0;
}

static void append(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);

        check(fd, path);
        check(write(fd, text, strlen(text)), "write");
        close(fd);
}

static void nap(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000};

        while (nanosleep(&time, &time) && errno == EINTR)
                ;
}

static int status_of(pid_t pid)
{
        int status;

        while (waitpid(pid, &status, __WALL) < 0)
                check(errno == EINTR ? 0 : -1, "waitpid");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pthread_t start(void *(*run)(void *), void *data)
{
        pthread_t thread;
        pthread_attr_t attr;

        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, 64 << 10);
        errno = pthread_create(&thread, &attr, run, data);
        check(errno ? -1 : 0, "pthread_create");
        return thread;
}

/* ---- opens THREADS COUNT PATH: COUNT opens by THREADS threads that all live at once ---- */

static struct {
        pthread_barrier_t barrier;
        const char *path;
        int each;
} opens;

static void *open_often(void *failures)
{
        pthread_barrier_wait(&opens.barrier);
        for (int i = 0; i < opens.each; i++) {
                if (touch(opens.path))
                        __atomic_add_fetch((int *)failures, 1, __ATOMIC_RELAXED);
        }
        pthread_barrier_wait(&opens.barrier);
        return NULL;
}

static int run_opens(char **args)
{
        int n = atoi(args[0]), failures = 0;
        pthread_t *threads = calloc((size_t)n, sizeof(*threads));

        opens.each = atoi(args[1]) / n;
        opens.path = args[2];
        pthread_barrier_init(&opens.barrier, NULL, (unsigned)n);
        for (int i = 0; i < n; i++)
                threads[i] = start(open_often, &failures);
        for (int i = 0; i < n; i++)
                pthread_join(threads[i], NULL);
        printf("%d failed\n", failures);
        return 0;
}

/* ---- fork, vfork, clone, spawn, thread: a child of that kind opens PATH ---- */

static int child_main(void *path)
{
        return touch(path) ? 1 : 0;
}

static int run_fork(char **args)
{
        pid_t pid = fork();

        check(pid, "fork");
        if (!pid)
                _exit(child_main(args[0]));
        return status_of(pid);
}

static int run_vfork(char **args)
{
        char *argv[] = {"life", "open", args[0], NULL};
        pid_t pid = vfork();

        check(pid, "vfork");
        if (!pid) {
                execv("/proc/self/exe", argv);
                _exit(98);
        }
        return status_of(pid);
}

static void *sleep_for_good(void *unused)
{
        for (;;)
                pause();
        return unused;
}

/* A process of two threads waits in vfork(2) for a child that shares its descriptors. */
static int run_vforkfiles(char **args)
{
        enum { STACK = 64 << 10 };
        char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        pid_t pid;

        start(sleep_for_good, NULL);
        pid = clone(child_main, stack + STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD,
                    args[0]);
        check(pid, "clone");
        return status_of(pid);
}

/* ROUNDS times: a process that waits in vfork(2) and its child, which has opened PATH and has a
 * program to execute still, are killed at once. */
static int run_vforkkilled(char **args)
{
        for (int rounds = atoi(args[0]); rounds; rounds--) {
                pid_t pid = fork();

                check(pid, "fork");
                if (!pid) {
                        setpgid(0, 0);
                        pid = vfork();
                        check(pid, "vfork");
                        if (!pid) {
                                touch(args[1]);
                                kill(0, SIGKILL);
                        }
                        _exit(0);
                }
                if (status_of(pid) != 128 + SIGKILL)
                        return 1;
        }
        return 0;
}

static int run_clone(char **args)
{
        enum { STACK = 64 << 10 };
        char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        /* No signal at its end: only __WALL or __WCLONE waits for it. */
        pid_t pid = clone(child_main, stack + STACK, CLONE_VM | CLONE_FILES, args[0]);

        check(pid, "clone");
        return status_of(pid);
}

static int run_spawn(char **args)
{
        char *argv[] = {"life", "open", args[0], NULL};
        pid_t pid;

        errno = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ);
        check(errno ? -1 : 0, "posix_spawn");
        return status_of(pid);
}

static void *thread_main(void *path)
{
        return touch(path) ? path : NULL;
}

static int run_thread(char **args)
{
        void *result;

        pthread_join(start(thread_main, args[0]), &result);
        return result ? 1 : 0;
}

static int run_open(char **args)
{
        int err = touch(args[0]);

        printf("%s\n", err ? strerrorname_np(err) : "opened");
        return err ? 1 : 0;
}

/* ---- execthread THREADS PATH: a second thread executes "life open PATH" while others open it ----
 */

static volatile bool stop_opening;

static void *open_for_ever(void *path)
{
        while (!stop_opening)
                touch(path);
        return NULL;
}

static void *exec_open(void *path)
{
        char *argv[] = {"life", "open", path, NULL};

        nap(20);
        execv("/proc/self/exe", argv);
        _exit(98);
}

static int run_execthread(char **args)
{
        for (int n = atoi(args[0]); n > 0; n--)
                start(open_for_ever, args[1]);
        start(exec_open, args[1]);
        nap(20000);
        return 97;
}

/* ---- many COUNT PATH: COUNT short processes, each opens PATH; 32 at a time ---- */

static int run_many(char **args)
{
        enum { AT_ONCE = 32 };
        int left = atoi(args[0]), alive = 0, failures = 0, status;

        while (left > 0 || alive > 0) {
                if (left > 0 && alive < AT_ONCE) {
                        pid_t pid = fork();

                        check(pid, "fork");
                        if (!pid)
                                _exit(child_main(args[1]));
                        left--, alive++;
                        continue;
                }
                check(wait(&status), "wait");
                failures += status != 0;
                alive--;
        }
        printf("%d failed\n", failures);
        return 0;
}

/* ---- daemon PATH MS: double fork and setsid; after MS the daemon appends to PATH ---- */

static int run_daemon(char **args)
{
        pid_t pid = fork();

        check(pid, "fork");
        if (pid)
                return status_of(pid) ? 98 : 3;
        check(setsid(), "setsid");
        pid = fork();
        check(pid, "fork");
        if (pid)
                _exit(0);
        close(0);
        close(1);
        close(2);
        nap(atoi(args[1]));
        append(args[0], "daemon\n");
        _exit(5);
}

/* ---- orphan PATH: three generations; each ends before its child, which then appends to PATH ----
 */

static int run_orphan(char **args)
{
        for (int generation = 0; generation < 3; generation++) {
                pid_t pid = fork();

                check(pid, "fork");
                if (pid)
                        _exit(generation ? 0 : 4);
                nap(60);
                append(args[0], "orphan\n");
        }
        _exit(0);
}

/* ---- leaderless MS PATH: the main thread ends, the other opens PATH after MS and exits with 7
 * ---- */

static char **leaderless_args;

static void *outlive(void *unused)
{
        (void)unused;
        nap(atoi(leaderless_args[0]));
        touch(leaderless_args[1]);
        exit(7);
}

static int run_leaderless(char **args)
{
        leaderless_args = args;
        printf("ready\n");
        start(outlive, NULL);
        pthread_exit(NULL);
}

/* ---- selfstop: stops itself; its own child continues it ---- */

static int run_selfstop(char **args)
{
        (void)args;
        pid_t pid = fork();

        check(pid, "fork");
        if (!pid) {
                nap(200);
                touch("/dev/null");
                kill(getppid(), SIGCONT);
                _exit(0);
        }
        raise(SIGSTOP);
        printf("continued\n");
        return status_of(pid);
}

/* ---- groupstop THREADS ROUNDS: stop and continue a child with threads; say what wait(2) says ----
 */

static int run_groupstop(char **args)
{
        int rounds = atoi(args[1]), status;
        pid_t pid = fork();

        check(pid, "fork");
        if (!pid) {
                setpgid(0, 0); /* a group that is orphaned would ignore SIGTSTP */
                for (int n = atoi(args[0]); n > 0; n--)
                        start(open_for_ever, "/dev/null");
                nap(60000);
                _exit(0);
        }
        nap(50);
        for (int i = 0; i < rounds; i++) {
                int signal = i % 2 ? SIGTSTP : SIGSTOP;

                kill(pid, signal);
                check(waitpid(pid, &status, WUNTRACED), "waitpid");
                printf("%s ", WIFSTOPPED(status) && WSTOPSIG(status) == signal ? "stopped" : "?");
                kill(pid, SIGCONT);
                check(waitpid(pid, &status, WCONTINUED), "waitpid");
                printf("%s\n", WIFCONTINUED(status) ? "continued" : "?");
        }
        kill(pid, SIGKILL);
        printf("%d\n", status_of(pid));
        return 0;
}

/* ---- count SIGNAL MS: how often does it arrive, until MS after the first? ---- */

static volatile sig_atomic_t arrived;

static void on_signal(int signal)
{
        (void)signal;
        arrived++;
}

static int run_count(char **args)
{
        struct sigaction action = {.sa_handler = on_signal};

        sigaction(atoi(args[0]), &action, NULL);
        printf("ready %d\n", getpid());
        for (int i = 0; i < 10000 && !arrived; i++)
                nap(1);
        nap(atoi(args[1]));
        printf("%d times\n", (int)arrived);
        return 0;
}

/* ---- tick MS: prints a number every MS, 200 times at most: is it running? ---- */

static int run_tick(char **args)
{
        printf("ready %d\n", getpid());
        for (int i = 0; i < 200; i++) {
                nap(atoi(args[0]));
                printf("%d\n", i);
        }
        return 0;
}

/* ---- storm MARK SECONDS: processes that fork, execute, run threads and open without end ---- */

static int run_storm(char **args)
{
        char *argv[] = {"life", "open", "/dev/null", args[0], NULL};
        time_t end = time(NULL) + atoi(args[1]);

        printf("ready\n");
        signal(SIGCHLD, SIG_IGN);
        for (int i = 0; i < 4; i++) {
                if (!fork())
                        break;
        }
        setsid();
        start(open_for_ever, "/dev/null");
        while (time(NULL) < end) {
                pid_t pid = fork();

                if (!pid && execv("/proc/self/exe", argv))
                        _exit(98);
                nap(1);
        }
        return 0;
}

/* ---- descriptors: which of 0 to 1023 are open ---- */

static int run_descriptors(char **args)
{
        char text[8192] = "";
        size_t len = 0;
        int out;

        for (int fd = 0; fd < 1024; fd++) {
                if (fcntl(fd, F_GETFD) >= 0)
                        len += (size_t)snprintf(text + len, sizeof(text) - len, "%d ", fd);
        }
        if (!args[0]) {
                printf("%s\n", text);
                return 0;
        }
        /* Standard output may be closed: into a file. */
        out = open(args[0], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        check(out, args[0]);
        check(write(out, text, len), "write");
        return 0;
}

/* ---- name NAME PATH: goes by that name while it opens PATH ---- */

static int run_name(char **args)
{
        prctl(PR_SET_NAME, args[0]);
        return run_open(args + 1);
}

/* ---- calls of interest: what do they answer? ---- */

static int run_uring(char **args)
{
        char params[256] = {0};

        (void)args;
        printf("%s\n",
               syscall(SYS_io_uring_setup, 1, params) < 0 ? strerrorname_np(errno) : "works");
        return 0;
}

static int run_clone3(char **args)
{
        struct {
                uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, size, tls;
        } how = {.exit_signal = SIGCHLD};
        long pid = syscall(SYS_clone3, &how, sizeof(how));

        (void)args;
        if (!pid)
                _exit(0);
        if (pid > 0)
                status_of((pid_t)pid);
        printf("%s\n", pid < 0 ? strerrorname_np(errno) : "works");
        return 0;
}

/* ---- undumpable PATH: nobody may look into it, if that works: as ssh-agent does it ---- */

static int run_undumpable(char **args)
{
        prctl(PR_SET_DUMPABLE, 0);
        return run_open(args);
}

/* ---- filtered PATH, fenced ARGV...: with a seccomp filter of its own that refuses one call ----
 */

struct refusal {
        int nr, argument; /* -1: whatever its arguments are */
        unsigned value;
        int error;
};

static void refuse_call(const struct refusal *refusal)
{
        unsigned argument = refusal->argument < 0 ? 0 : (unsigned)refusal->argument;
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refusal->nr, 0, 3),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                         (unsigned)offsetof(struct seccomp_data, args) + 8 * argument),
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, refusal->value, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)refusal->error),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

        if (refusal->argument >= 0)
                code[3].code = BPF_JMP | BPF_JEQ | BPF_K;
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
        check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "seccomp");
}

static int run_filtered(char **args)
{
        refuse_call(&(struct refusal){SYS_getppid, -1, 0, EPERM});
        printf("%s ", syscall(SYS_getppid) < 0 ? strerrorname_np(errno) : "works");
        return run_open(args);
}

static int run_fenced(char **args)
{
        refuse_call(&(struct refusal){SYS_ptrace, -1, 0, EPERM});
        execv(args[0], args);
        perror(args[0]);
        return 98;
}

/* ---- lacking FEATURE ERRNO ARGV...: as on a kernel that does not have it ---- */

static int run_lacking(char **args)
{
        static const struct {
                const char *name;
                struct refusal refusal;
        } features[] = {
                {"openat2", {SYS_openat2, -1, 0, 0}},
                {"process_vm_readv", {SYS_process_vm_readv, -1, 0, 0}},
                {"pidfd_open", {SYS_pidfd_open, -1, 0, 0}},
                {"close_range", {SYS_close_range, -1, 0, 0}},
                {"seccomp", {SYS_seccomp, -1, 0, 0}},
                {"syscall_info", {SYS_ptrace, 0, 0x420e, 0}},
                {"seals", {SYS_fcntl, 1, F_ADD_SEALS, 0}},
                {"memfd_create", {SYS_memfd_create, -1, 0, 0}},
                {"kcmp", {SYS_kcmp, -1, 0, 0}},
                {"pidfd_getfd", {SYS_pidfd_getfd, -1, 0, 0}},
                {"landlock", {SYS_landlock_create_ruleset, -1, 0, 0}},
        };

        for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
                struct refusal refusal = features[i].refusal;

                if (strcmp(features[i].name, args[0]))
                        continue;
                refusal.error = atoi(args[1]);
                refuse_call(&refusal);
                execv(args[2], args + 2);
        }
        perror(args[2]);
        return 98;
}

/* ---- append PATH COUNT: appends COUNT lines, each by an open, a write and a close ---- */

static int run_append(char **args)
{
        for (int i = 0; i < atoi(args[1]); i++) {
                char line[64];

                snprintf(line, sizeof(line), "%d\n", i);
                append(args[0], line);
        }
        return 0;
}

/* ---- attributes: what a process inherits, one line each ---- */

static int run_attributes(char **args)
{
        static const struct {
                int resource;
                const char *name;
        } limits[] = {
                {RLIMIT_NOFILE, "nofile"}, {RLIMIT_CORE, "core"},   {RLIMIT_STACK, "stack"},
                {RLIMIT_AS, "as"},         {RLIMIT_NPROC, "nproc"}, {RLIMIT_FSIZE, "fsize"},
                {RLIMIT_DATA, "data"},     {RLIMIT_CPU, "cpu"},     {RLIMIT_MEMLOCK, "memlock"},
        };
        cpu_set_t cpus;
        char cwd[4096];
        mode_t mask = umask(0);

        (void)args;
        umask(mask);
        printf("umask %03o\nnice %d\n", mask, getpriority(PRIO_PROCESS, 0));
        for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
                struct rlimit limit;

                getrlimit(limits[i].resource, &limit);
                printf("%s %llu %llu\n", limits[i].name, (unsigned long long)limit.rlim_cur,
                       (unsigned long long)limit.rlim_max);
        }
        sched_getaffinity(0, sizeof(cpus), &cpus);
        printf("cpus %d\npolicy %d\ncwd %s\n", CPU_COUNT(&cpus), sched_getscheduler(0),
               getcwd(cwd, sizeof(cwd)) ? cwd : "?");
        printf("dumpable %d\nslack %d\nown group %d\nown session %d\nids %d %d %d %d\n",
               prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK), getpgrp() == getpid(),
               getsid(0) == getpid(), getuid(), geteuid(), getgid(), getegid());
        return 0;
}

static const struct {
        const char *name;
        int nargs;
        int (*run)(char **args);
} rows[] = {
        {"opens", 3, run_opens},
        {"open", 1, run_open},
        {"fork", 1, run_fork},
        {"vfork", 1, run_vfork},
        {"vforkfiles", 1, run_vforkfiles},
        {"vforkkilled", 2, run_vforkkilled},
        {"clone", 1, run_clone},
        {"spawn", 1, run_spawn},
        {"thread", 1, run_thread},
        {"execthread", 2, run_execthread},
        {"many", 2, run_many},
        {"daemon", 2, run_daemon},
        {"orphan", 1, run_orphan},
        {"leaderless", 2, run_leaderless},
        {"selfstop", 0, run_selfstop},
        {"groupstop", 2, run_groupstop},
        {"count", 2, run_count},
        {"tick", 1, run_tick},
        {"storm", 2, run_storm},
        {"descriptors", 0, run_descriptors},
        {"name", 2, run_name},
        {"uring", 0, run_uring},
        {"clone3", 0, run_clone3},
        {"undumpable", 1, run_undumpable},
        {"filtered", 1, run_filtered},
        {"fenced", 1, run_fenced},
        {"lacking", 3, run_lacking},
        {"append", 2, run_append},
        {"attributes", 0, run_attributes},
};

int main(int argc, char **argv)
{
        setvbuf(stdout, NULL, _IONBF, 0);
        for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(*rows); i++) {
                if (!strcmp(argv[1], rows[i].name) && argc - 2 >= rows[i].nargs)
                        return rows[i].run(argv + 2);
        }
        fprintf(stderr, "life: not understood\n");
        return 2;
}
