/* launch.c: fork, hand-shake with the tracer, no_new_privs, limits, capabilities,
 * Landlock, descriptors, filter, exec. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "landlock.h"
#include "privileges.h"
#include "tracee.h"
#include "util.h"

unsigned launch_guard_descriptors(void)
{
        unsigned closed = 0;

        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                if (fcntl(fd, F_GETFD) >= 0)
                        continue;
                closed |= 1u << fd;
                if (open("/dev/null", O_RDWR) != fd)
                        die(EXIT_STOPGATE,
                            "cannot open '/dev/null' in place of a closed descriptor");
        }
        return closed;
}

/* ---- finding the command ---- */

static int can_run(const char *path)
{
        struct stat st;

        if (stat(path, &st))
                return errno == EACCES ? EXIT_CANNOT_RUN : EXIT_NOT_FOUND;
        return S_ISREG(st.st_mode) && !access(path, X_OK) ? 0 : EXIT_CANNOT_RUN;
}

static int find_along(const char *dirs, const char *command, char **path)
{
        int status = EXIT_NOT_FOUND;
        size_t len;

        for (const char *dir = dirs;; dir += len + 1) {
                len = strcspn(dir, ":");
                /* An empty entry is the working directory: environ(7). */
                cleanup_free char *candidate =
                        xasprintf("%.*s/%s", len ? (int)len : 1, len ? dir : ".", command);
                int r = can_run(candidate);

                if (!r) {
                        *path = steal_pointer(&candidate);
                        return 0;
                }
                if (r == EXIT_CANNOT_RUN)
                        status = r;
                if (!dir[len])
                        return status;
        }
}

int launch_find(const char *command, char **path)
{
        const char *dirs = getenv("PATH");

        if (!*command)
                return EXIT_NOT_FOUND;
        if (!strchr(command, '/'))
                return find_along(dirs ? dirs : "/bin:/usr/bin", command, path);
        int r = can_run(command);

        if (!r)
                *path = xstrdup(command);
        return r;
}

/* ---- the child ---- */

/* Where the child keeps the end of the pipe on which it reports a failure. */
enum { REPORT_FD = 3 };

static void report(int fd, enum launch_step step, int error)
{
        struct launch_failure failure = {step, error};

        (void)write_all(fd, &failure, sizeof(failure));
        _exit(EXIT_STOPGATE);
}

/* Nothing that stopgate or its parent holds open may reach the command, but for 0 to 2. */
static void close_inherited(int report_fd, unsigned closed)
{
        if (dup3(report_fd, REPORT_FD, O_CLOEXEC) < 0 && report_fd != REPORT_FD)
                report(report_fd, STEP_DESCRIPTORS, errno);
        if (close_range(REPORT_FD + 1, ~0u, 0))
                report(REPORT_FD, STEP_DESCRIPTORS, errno);
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                if (closed & 1u << fd)
                        close(fd);
        }
}

static void execute(const char *path, char *const *argv)
{
        size_t n = 0;

        execve(path, argv, environ);
        if (errno != ENOEXEC)
                return;
        /* A script without "#!" is the shell's, as execvp(3) and the shells have it. */
        while (argv[n])
                n++;
        char **shell = xcalloc(n + 2, sizeof(*shell));

        shell[0] = (char *)"sh";
        shell[1] = (char *)path;
        for (size_t i = 1; i < n; i++)
                shell[i + 1] = argv[i];
        execve("/bin/sh", shell, environ);
}

/* In the order that lets each step still be taken: libcap-ng reads /proc, the ruleset is a
 * descriptor, and the filter may refuse what the others need. */
static void confine(const struct confinement *confinement, int report_fd)
{
        int r;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
                report(report_fd, STEP_NO_NEW_PRIVS, errno);
        r = privileges_limit(confinement->policy);
        if (r)
                report(report_fd, STEP_LIMITS, -r);
        r = privileges_drop(confinement->policy);
        if (r)
                report(report_fd, STEP_CAPABILITIES, -r);
        r = confinement->ruleset < 0 ? 0 : landlock_enforce(confinement->ruleset);
        if (r)
                report(report_fd, STEP_LANDLOCK, -r);
        close_inherited(report_fd, confinement->closed);
        r = filter_load(confinement->filter);
        if (r)
                report(REPORT_FD, STEP_FILTER, -r);
}

static void run_child(int go, int report_fd, const char *path, char *const *argv,
                      const struct confinement *confinement)
{
        char byte;

        /* Nothing happens until the tracer has attached; if it could not, it is gone or says so. */
        if (read(go, &byte, 1) != 1)
                _exit(EXIT_STOPGATE);
        confine(confinement, report_fd);
        execute(path, argv);
        report(REPORT_FD, STEP_EXEC, errno);
}

/* ---- the tracer ---- */

static int adopt(struct launch *launch, int go)
{
        int r = tracee_seize(launch->pid);

        if (r)
                return r;
        launch->pidfd = (int)syscall(SYS_pidfd_open, launch->pid, 0);
        if (launch->pidfd < 0)
                return -errno;
        /* From here on nothing of the same user may look into stopgate or write to it. Not earlier:
         * the child would inherit it, and could not be attached to. */
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
                return -errno;
        return write_all(go, "", 1);
}

int launch_start(const char *path, char *const *argv, const struct confinement *confinement,
                 struct launch *launch)
{
        int go[2], failures[2], r;

        if (pipe2(go, O_CLOEXEC))
                return -errno;
        cleanup_fd int go_in = go[0], go_out = go[1];
        if (pipe2(failures, O_CLOEXEC))
                return -errno;
        cleanup_fd int report_in = failures[0], report_out = failures[1];

        launch->pid = fork();
        if (launch->pid < 0)
                return -errno;
        if (!launch->pid) {
                close(go_out);
                run_child(go_in, report_out, path, argv, confinement);
                _exit(EXIT_STOPGATE);
        }
        r = adopt(launch, go_out);
        if (r) {
                kill(launch->pid, SIGKILL);
                waitpid(launch->pid, NULL, __WALL);
                return r;
        }
        launch->report = steal_fd(&report_in);
        return 0;
}

struct launch_failure launch_failure(const struct launch *launch)
{
        struct launch_failure failure = {STEP_EXEC, 0};

        if (read(launch->report, &failure, sizeof(failure)) != sizeof(failure))
                failure.error = 0;
        return failure;
}

/* ---- where ptrace is not possible ---- */

static int number_in(const char *path, const char *key, int missing)
{
        cleanup_file FILE *file = fopen(path, "re");
        char line[256];
        size_t len = strlen(key);

        while (file && fgets(line, sizeof(line), file)) {
                if (!strncmp(line, key, len))
                        return atoi(line + len);
        }
        return missing;
}

void launch_find_obstacles(int error, struct obstacles *obstacles)
{
        *obstacles = (struct obstacles){
                .error = error,
                .tracer = number_in("/proc/self/status", "TracerPid:", 0),
                .yama = number_in("/proc/sys/kernel/yama/ptrace_scope", "", -1),
                .seccomp = number_in("/proc/self/status", "Seccomp:", 0),
        };
}

const char *launch_explain(const struct obstacles *obstacles)
{
        enum { YAMA_ADMIN = 2, YAMA_NEVER = 3, SECCOMP_MODE_IS_FILTER = 2 };

        if (obstacles->tracer)
                return "stopgate is itself being traced, and a process can have one tracer only; "
                       "run it outside of strace, gdb or another stopgate";
        if (obstacles->yama >= YAMA_NEVER)
                return "Yama forbids ptrace until the next boot (kernel.yama.ptrace_scope = 3); "
                       "set it to 1 in sysctl.d and boot again";
        if (obstacles->yama == YAMA_ADMIN)
                return "Yama keeps ptrace for administrators (kernel.yama.ptrace_scope = 2); "
                       "run stopgate as root, or 'sysctl kernel.yama.ptrace_scope=1'";
        if (obstacles->seccomp == SECCOMP_MODE_IS_FILTER)
                return "a seccomp filter around stopgate forbids ptrace, as some containers' do; "
                       "allow it ('--cap-add=SYS_PTRACE' or a seccomp profile with ptrace)";
        if (obstacles->error == ENOSYS)
                return "this kernel has no ptrace; it needs Linux 5.10 or newer";
        return "a security module may forbid it; see the kernel's log";
}
