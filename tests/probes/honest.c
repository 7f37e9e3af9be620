/* honest: what a program may rely on besides the result of a call, where it has threads or keeps
 * its paths in unusual places. Each line is "case: facts", and the same in every run.
 *
 *     honest CASE         one of those below; `honest list` names them
 *
 * Cases are run in the current directory, which is empty and is not empty afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE     4096ul
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static char *self;

static void say(const char *what, const char *format, ...)
{
        va_list more;

        printf("%s: ", what);
        va_start(more, format);
        vprintf(format, more);
        va_end(more);
        putchar('\n');
        fflush(stdout);
}

static const char *outcome(long result)
{
        return result < 0 ? strerrorname_np(errno) : "0";
}

static void nap(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000};

        while (nanosleep(&time, &time) && errno == EINTR)
                ;
}

static void *do_nothing(void *unused)
{
        for (;;)
                pause();
        return unused;
}

static void have_company(void)
{
        pthread_t thread;

        pthread_create(&thread, NULL, do_nothing, NULL);
}

static void make(const char *name, const char *text)
{
        int fd = open(name, O_WRONLY | O_CREAT, 0644);

        if (fd < 0 || write(fd, text, strlen(text)) < 0)
                perror(name);
        close(fd);
}

/* In the page of a file. */
static char *mapped(const char *text)
{
        int fd = memfd_create("text", MFD_CLOEXEC);
        char *at;

        if (write(fd, text, strlen(text) + 1) < 0)
                perror("memfd");
        at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
        close(fd);
        return at;
}

/* In a process of its own; if it hangs, that is said. */
static void run(void (*function)(void))
{
        int status = 0;
        pid_t pid;

        fflush(stdout);
        pid = fork();
        if (!pid) {
                alarm(20);
                function();
                exit(0);
        }
        waitpid(pid, &status, 0);
        if (WIFSIGNALED(status))
                say("ended", "signal %d", WTERMSIG(status));
}

/* ---- what an open gives ---- */

static void tell_open(const char *what, const char *path, int flags, mode_t mode)
{
        int fd = open(path, flags, mode);
        char link[64], name[5000] = "";
        struct stat st = {0};

        if (fd < 0) {
                say(what, "%s", outcome(fd));
                return;
        }
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (readlink(link, name, sizeof(name) - 1) < 0)
                strcpy(name, "?");
        if (strstr(name, "/#") && strstr(name, "(deleted)"))
                strcpy(name, "/(no name)");
        if (strncmp(name, "/proc/", 6) == 0)
                strcpy(name, "/(its number)");
        fstat(fd, &st);
        say(what, "flags %o cloexec %d mode %o links %lu size %ld name ...%s", fcntl(fd, F_GETFL),
            fcntl(fd, F_GETFD), st.st_mode, (unsigned long)st.st_nlink,
            S_ISREG(st.st_mode) ? (long)st.st_size : 0,
            strstr(name, ":[")   ? "(anonymous)"
            : strrchr(name, '/') ? strrchr(name, '/')
                                 : name);
        close(fd);
}

static void opens(void)
{
        static const struct {
                const char *name;
                int flags;
        } ways[] = {
                {"read", O_RDONLY},
                {"write", O_WRONLY},
                {"both", O_RDWR | O_CLOEXEC},
                {"neither", O_ACCMODE},
                {"path", O_PATH},
                {"path+", O_PATH | O_RDWR | O_TRUNC | O_CREAT | O_EXCL | O_APPEND},
                {"path nofollow", O_PATH | O_NOFOLLOW | O_CLOEXEC},
                {"nofollow", O_NOFOLLOW},
                {"directory", O_DIRECTORY},
                {"directory write", O_DIRECTORY | O_RDWR},
                {"append", O_WRONLY | O_APPEND | O_NOATIME},
                {"sync", O_WRONLY | O_SYNC | O_NONBLOCK | O_NOCTTY},
                {"large", O_RDONLY | O_LARGEFILE},
                {"create", O_RDWR | O_CREAT},
                {"exclusive", O_RDWR | O_CREAT | O_EXCL},
                {"temporary", O_RDWR | O_TMPFILE},
                {"temporary once", O_RDWR | O_TMPFILE | O_EXCL},
                {"nothing known", (int)0x40000000},
                {"all", -1 & ~(O_PATH | O_NONBLOCK | O_DIRECT)},
        };
        static const char *const names[] = {
                "file",
                "file/",
                "./file",
                "dir",
                "dir/",
                "dir/.",
                "dir/..",
                "link",
                "link/",
                "way",
                "way/",
                "way/file",
                "lost",
                "lost/",
                "none",
                "none/",
                "none/x",
                "file/x",
                "",
                ".",
                "..",
                "loop",
                "fifo",
                "socket",
                "/",
                "//",
                "/..",
                "/dev/null",
                "gone1",
                "gone2",
                "/proc/self",
                "/proc/thread-self",
                "/proc/self/cwd",
                "/dev/stdin",
                "/dev/fd/0",
                "/dev/tty",
                "/proc/self/fd/99",
                "/proc/self/exe",
        };

        make("file", "text");
        mkdir("dir", 0755);
        make("dir/file", "text");
        mkfifo("fifo", 0600);
        mknod("socket", S_IFSOCK | 0600, 0);
        if (symlink("file", "link") || symlink("dir", "way") || symlink("missing", "lost") ||
            symlink("loop", "loop"))
                perror("symlink");
        for (size_t i = 0; i < COUNT(ways); i++)
                for (size_t j = 0; j < COUNT(names); j++) {
                        char what[128];

                        /* Of two mistakes in one call, another may be told first. */
                        if (!*names[j] && ways[i].flags & (int)0x80000000)
                                continue;
                        snprintf(what, sizeof(what), "%s %s", ways[i].name, names[j]);
                        tell_open(what, names[j],
                                  ways[i].flags | (strcmp(names[j], "fifo") ? 0 : O_NONBLOCK),
                                  0640);
                        unlink("none");
                        unlink("missing");
                }
}

static void opens_beside(void)
{
        have_company();
        opens();
}

/* What has no name, through its descriptor. */
static void magic(void)
{
        int ends[2], fd;
        char name[64];

        have_company();
        if (pipe(ends))
                return;
        snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
        tell_open("pipe to read", name, O_RDONLY | O_NONBLOCK, 0);
        tell_open("pipe to write", name, O_WRONLY | O_NONBLOCK, 0);
        tell_open("pipe by link", name, O_RDONLY | O_NOFOLLOW, 0);
        fd = memfd_create("memory", 0);
        snprintf(name, sizeof(name), "/dev/fd/%d", fd);
        tell_open("memory", name, O_RDWR, 0);
        tell_open("memory shortened", name, O_RDWR | O_TRUNC, 0);
        make("deleted", "text");
        fd = open("deleted", O_RDONLY);
        unlink("deleted");
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        tell_open("deleted", name, O_RDWR, 0);
        say("deleted chmod", "%s", outcome(chmod(name, 0600)));
        say("deleted truncate", "%s", outcome(truncate(name, 1)));
        snprintf(name, sizeof(name), "/proc/%d/task/%d/fd/%d", getpid(), gettid(), fd);
        tell_open("deleted by task", name, O_RDONLY, 0);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        tell_open("socket", name, O_RDWR, 0);
}

/* ---- where a name starts ---- */

static void relative_calls(const char *what)
{
        printf("%s\n", what);
        tell_open("existing", "file", O_RDWR, 0);
        tell_open("new", "new", O_RDWR | O_CREAT, 0600);
        tell_open("dot", ".", O_RDONLY, 0);
        tell_open("dots", "..", O_RDONLY, 0);
        say("chmod", "%s", outcome(chmod("file", 0644)));
        say("rename", "%s", outcome(rename("new", "newer")));
        say("link", "%s", outcome(link("newer", "linked")));
        say("symlink", "%s", outcome(symlink("newer", "linked2")));
        say("unlink", "%s", outcome(unlink("linked")));
        say("mkdir", "%s", outcome(mkdir("made", 0700)));
        say("rmdir", "%s", outcome(rmdir("made")));
        say("truncate", "%s", outcome(truncate("file", 2)));
        say("execve", "%s", outcome(execve("file", (char *[]){self, NULL}, (char *[]){NULL})));
}

static void deleted_directory(void)
{
        have_company();
        mkdir("doomed", 0700);
        if (chdir("doomed") || rmdir("../doomed"))
                perror("doomed");
        relative_calls("deleted");
}

/* Above it nothing may be searched: its whole name leads nowhere. */
static void unreachable_directory(void)
{
        mkdir("closed", 0777);
        mkdir("closed/open", 0777);
        chmod("closed/open", 0777);
        make("closed/open/file", "text");
        chmod("closed/open/file", 0666);
        if (chdir("closed/open") || chmod("..", 0))
                perror("closed");
        if (!getuid() && setresuid(65534, 65534, 65534))
                perror("setresuid");
        have_company();
        relative_calls("unreachable");
}

static void deep_directory(void)
{
        char name[201];

        memset(name, 'd', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        for (int i = 0; i < 30; i++)
                if (mkdir(name, 0700) || chdir(name))
                        perror("deep");
        make("file", "text");
        have_company();
        relative_calls("deep");
}

static void other_root(void)
{
        mkdir("root", 0755);
        make("root/file", "text");
        make("outside", "text");
        have_company();
        if (chroot("root") || chdir("/")) {
                say("chroot", "cannot");
                return;
        }
        tell_open("absolute", "/file", O_RDWR, 0);
        tell_open("above", "/../outside", O_RDWR, 0);
        relative_calls("chroot");
}

static void renamed_directory(void)
{
        mkdir("before", 0700);
        make("before/file", "text");
        have_company();
        if (chdir("before") || rename("../before", "../after"))
                perror("before");
        relative_calls("renamed");
}

/* ---- what a call leaves as it was ---- */

#ifdef __x86_64__
struct registers {
        uint64_t a, di, si, dx, r10, r8, r9, bx, bp, r12, r13, r14, r15;
};

/* On the stack that is given, or on its own. */
static void call(struct registers *r, void *stack)
{
        __asm__ volatile("push %%rbp\n\tpush %%rbx\n\tmov %%rsp, %%r15\n\t"
                         "test %[stack], %[stack]\n\tcmovnz %[stack], %%rsp\n\t"
                         "mov %[r], %%r14\n\t"
                         "mov 0(%%r14), %%rax\n\tmov 8(%%r14), %%rdi\n\tmov 16(%%r14), %%rsi\n\t"
                         "mov 24(%%r14), %%rdx\n\tmov 32(%%r14), %%r10\n\tmov 40(%%r14), %%r8\n\t"
                         "mov 48(%%r14), %%r9\n\tmov 56(%%r14), %%rbx\n\t"
                         "mov 64(%%r14), %%rbp\n\tmov 72(%%r14), %%r12\n\tmov 80(%%r14), %%r13\n\t"
                         "syscall\n\t"
                         "mov %%rax, 0(%%r14)\n\tmov %%rdi, 8(%%r14)\n\tmov %%rsi, 16(%%r14)\n\t"
                         "mov %%rdx, 24(%%r14)\n\tmov %%r10, 32(%%r14)\n\tmov %%r8, 40(%%r14)\n\t"
                         "mov %%r9, 48(%%r14)\n\tmov %%rbx, 56(%%r14)\n\t"
                         "mov %%rbp, 64(%%r14)\n\tmov %%r12, 72(%%r14)\n\tmov %%r13, 80(%%r14)\n\t"
                         "mov %%r15, %%rsp\n\tpop %%rbx\n\tpop %%rbp"
                         :
                         : [r] "r"(r), [stack] "r"(stack)
                         : "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                           "r12", "r13", "r14", "r15");
}

/* Its result, and whether any other register came back changed. */
static void tell_call(const char *what, void *stack, long number, const void *a, const void *b,
                      long c, const void *d)
{
        struct registers before = {(uint64_t)number,
                                   (uintptr_t)a,
                                   (uintptr_t)b,
                                   (uint64_t)c,
                                   (uintptr_t)d,
                                   0x8888,
                                   0x9999,
                                   0xbbbb,
                                   0xbbbb,
                                   0xcccc,
                                   0xdddd,
                                   0,
                                   0};
        struct registers after = before;

        call(&after, stack);
        errno = (int64_t)after.a < 0 ? (int)-after.a : 0;
        if (!errno && after.a > 2 && after.a < 100)
                close((int)after.a);
        after.a = before.a;
        say(what, "%s, registers %s", errno ? strerrorname_np(errno) : "0",
            memcmp(&before, &after, sizeof(before)) ? "changed" : "kept");
}

static void tell_calls(void *stack, char *(*text)(const char *))
{
        const void *here = (void *)(intptr_t)AT_FDCWD;
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "nobody"};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        tell_call("open", stack, SYS_open, text("./file"), NULL, 0, NULL);
        tell_call("open none", stack, SYS_open, text("none"), NULL, 0, NULL);
        tell_call("openat", stack, SYS_openat, here, text(".//file"), O_RDWR, NULL);
        tell_call("openat create", stack, SYS_openat, here, text("created"), O_RDWR | O_CREAT,
                  (void *)0600);
        tell_call("creat", stack, SYS_creat, text("created"), (void *)0600, 0, NULL);
        tell_call("mkdir", stack, SYS_mkdir, text("made"), (void *)0700, 0, NULL);
        tell_call("rename", stack, SYS_rename, text("made"), text("renamed"), 0, NULL);
        tell_call("rmdir", stack, SYS_rmdir, text("renamed"), NULL, 0, NULL);
        tell_call("link", stack, SYS_link, text("file"), text("linked"), 0, NULL);
        tell_call("symlink", stack, SYS_symlink, text("file"), text("linked"), 0, NULL);
        tell_call("unlink", stack, SYS_unlink, text("linked"), NULL, 0, NULL);
        tell_call("chmod", stack, SYS_chmod, text("./file"), (void *)0644, 0, NULL);
        tell_call("fchmod", stack, SYS_fchmod, (void *)99, (void *)0644, 0, NULL);
        tell_call("truncate", stack, SYS_truncate, text("file"), (void *)1, 0, NULL);
        tell_call("execve", stack, SYS_execve, text("none"), NULL, 0, NULL);
        tell_call("connect", stack, SYS_connect, (void *)(intptr_t)fd, &address, sizeof(address),
                  NULL);
        tell_call("fault", stack, SYS_openat, here, (void *)8, 0, NULL);
        unlink("created");
        close(fd);
}

static char *plain(const char *text)
{
        return (char *)text; /* of the program's file */
}

static char *copied(const char *text)
{
        return strdup(text);
}

static void tell_stacks(void)
{
        char *area =
                mmap(NULL, 33 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        size_t changed = 0;

        make("file", "text");
        printf("its own stack, text of the program\n");
        tell_calls(NULL, plain);
        printf("its own stack, private text\n");
        tell_calls(NULL, copied);
        printf("its own stack, mapped text\n");
        tell_calls(NULL, mapped);
        memset(area, 0xa5, 32 * PAGE);
        printf("another stack\n");
        tell_calls(area + 31 * PAGE, mapped);
        for (size_t i = 31 * PAGE - 128; i < 32 * PAGE; i++)
                changed += area[i] != (char)0xa5;
        say("above and in the red zone", "%zu changed", changed);
        mprotect(area, PAGE, PROT_NONE);
        printf("a stack that is nearly full\n");
        tell_calls(area + PAGE + 64, mapped);
        mprotect(area, 2 * PAGE, PROT_READ);
        printf("a stack that cannot be written to\n");
        tell_calls(area + 2 * PAGE, mapped);
        printf("no stack\n");
        tell_calls((void *)16, mapped);
}

static void registers_alone(void)
{
        tell_stacks();
}

static void registers_beside(void)
{
        have_company();
        tell_stacks();
}
#endif

/* ---- calls that wait ---- */

static void *open_to_write(void *name)
{
        int fd = open(name, O_WRONLY);

        if (fd >= 0 && write(fd, "through", 7) < 0)
                perror("write");
        close(fd);
        return NULL;
}

static void read_from(const char *what, const char *name)
{
        char text[16] = "";
        int fd = open(name, O_RDONLY);

        if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
                strcpy(text, outcome(-1));
        say(what, "%s", text);
        close(fd);
}

static void fifo_between_threads(void)
{
        char name[64];
        int fd;

        mkfifo("fifo", 0600);
        fd = open("fifo", O_PATH);
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        for (int i = 0; i < 6; i++) {
                pthread_t thread;
                char *path = i % 2 ? name : (char *)"fifo";

                pthread_create(&thread, NULL, open_to_write, path);
                if (i / 2)
                        nap(20);
                read_from(i % 2 ? "fifo by descriptor" : "fifo", path);
                pthread_join(thread, NULL);
        }
}

enum { SIGNALS = 5 };
static volatile int *handled; /* in memory that all share */

static void handle(int number)
{
        (void)number;
        ++*handled;
}

/* One after the other: two that wait are one. Then there is something to read. */
static void signal_and_write(pthread_t thread, pid_t pid)
{
        for (int i = 0; i < SIGNALS; i++) {
                nap(20);
                if (pid)
                        kill(pid, SIGUSR1);
                else
                        pthread_kill(thread, SIGUSR1);
                while (*handled <= i)
                        nap(1);
        }
        nap(20);
        open_to_write((void *)"fifo");
}

static void *signal_thread(void *thread)
{
        signal_and_write(*(pthread_t *)thread, 0);
        return NULL;
}

static void interrupted_open(const char *what, int flags, char *path, bool beside)
{
        struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
        pthread_t thread, me = pthread_self();
        pid_t pid = 0, parent = getpid();

        sigaction(SIGUSR1, &action, NULL);
        if (beside)
                pthread_create(&thread, NULL, signal_thread, &me);
        else if (!(pid = fork())) {
                signal_and_write(0, parent);
                _exit(0);
        }
        read_from(what, path);
        while (!(flags & SA_RESTART) && *handled < SIGNALS)
                nap(5);
        if (!(flags & SA_RESTART))
                read_from("then", path);
        if (beside)
                pthread_join(thread, NULL);
        else
                while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        say("handled", "%d", *handled);
        *handled = 0;
}

static void signals(void)
{
        handled = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        mkfifo("fifo", 0600);
        for (int beside = 0; beside < 2; beside++) {
                interrupted_open("restarted", SA_RESTART, mapped("fifo"), beside);
                interrupted_open("restarted, private", SA_RESTART, strdup("./fifo"), beside);
                interrupted_open("interrupted", 0, mapped("fifo"), beside);
        }
}

static void *accept_all(void *listener)
{
        nap(50);
        for (int i = 0; i < 4; i++)
                close(accept(*(int *)listener, NULL, NULL));
        return NULL;
}

/* Only a thread of the same process can make room. */
static void connect_between_threads(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "listener"};
        int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        pthread_t thread;

        if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 0))
                perror("listen");
        pthread_create(&thread, NULL, accept_all, &listener);
        for (int i = 0; i < 4; i++) {
                int fd = socket(AF_UNIX, SOCK_STREAM, 0);

                say("connect", "%s",
                    outcome(connect(fd, (struct sockaddr *)&address, sizeof(address))));
        }
        pthread_join(thread, NULL);
}

/* ---- calls that the program forbids itself ---- */

static void filtered(uint32_t action)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, action),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {COUNT(code), code};

        make("file", "text");
        have_company();
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        say("filter", "%s", outcome(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)));
        tell_open("filtered", "file", O_RDWR, 0);
        tell_open("filtered new", "new", O_RDWR | O_CREAT, 0600);
}

static void filter_refuses(void)
{
        filtered(SECCOMP_RET_ERRNO | EPERM);
}

static void filter_kills(void)
{
        filtered(SECCOMP_RET_KILL_PROCESS);
}

static void filter_traps(void)
{
        filtered(SECCOMP_RET_TRAP);
}

/* ---- programs ---- */

static void spawn(const char *what, const char *path, char *const *argv, bool by_vfork)
{
        int status = 0;
        pid_t pid;

        say(what, "%s", by_vfork ? "vfork" : "fork");
        pid = by_vfork ? vfork() : fork();
        if (!pid) {
                execve(path, argv, environ);
                _exit(errno);
        }
        waitpid(pid, &status, 0);
        say("status", "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void executions(void)
{
        char *report[] = {(char *)"honest", (char *)"report", NULL};
        char *script[] = {(char *)"given", (char *)"one", NULL};

        if (symlink(self, "alias") || mkdir("dir", 0700) || symlink("../alias", "dir/nested"))
                perror("alias");
        make("script", "#!/bin/sh\necho $0 $#\n");
        make("reported", "#!./alias report\n");
        chmod("script", 0755);
        chmod("reported", 0755);
        if (symlink("script", "dir/../way-to-script"))
                perror("way");
        have_company();
        for (int by_vfork = 0; by_vfork < 2; by_vfork++) {
                spawn("by link", "alias", report, by_vfork);
                spawn("by dots", "dir/../alias", report, by_vfork);
                spawn("by two links", "./dir//nested", report, by_vfork);
                spawn("script", "./script", script, by_vfork);
                spawn("script by link", "way-to-script", script, by_vfork);
                spawn("script of this", "dir/../reported", script, by_vfork);
                spawn("none", "none", script, by_vfork);
                spawn("directory", "dir", script, by_vfork);
        }
        execve("dir/../alias", report, environ);
        say("execve", "%s", outcome(-1));
}

/* How it was started. */
static void report(int argc, char **argv)
{
        char comm[32] = "", exe[4096] = "";

        prctl(PR_GET_NAME, comm);
        if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
                strcpy(exe, "?");
        say("comm", "%s", comm);
        say("execfn", "%s", (const char *)getauxval(AT_EXECFN));
        say("exe", "%s", strrchr(exe, '/'));
        for (int i = 0; i < argc; i++)
                say("argv", "%s", argv[i]);
}

/* ---- sleepers ---- */

enum { SLEEP = 400 };

static int by_epoll(void)
{
        struct epoll_event event;

        return epoll_wait(epoll_create1(0), &event, 1, SLEEP);
}

static int by_sigtimedwait(void)
{
        const struct timespec time = {0, SLEEP * 1000000};
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        return sigtimedwait(&set, NULL, &time);
}

static int by_semop(void)
{
        const struct timespec time = {0, SLEEP * 1000000};
        struct sembuf take = {0, -1, 0};
        int id = semget(IPC_PRIVATE, 1, 0600), r, error;

        r = semtimedop(id, &take, 1, &time);
        error = errno;
        semctl(id, 0, IPC_RMID);
        errno = error;
        return r;
}

static int by_nanosleep(void)
{
        const struct timespec time = {0, SLEEP * 1000000};

        return nanosleep(&time, NULL);
}

static int by_poll(void)
{
        return (int)syscall(SYS_ppoll, NULL, 0, &(struct timespec){0, SLEEP * 1000000}, NULL, 0);
}

static int by_receive(void)
{
        struct timeval time = {0, SLEEP * 1000};
        int pair[2];
        char data;

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
                return -1;
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
        return (int)recv(pair[0], &data, 1, 0);
}

static const struct sleeper {
        const char *name;
        int (*sleep)(void);
} sleepers[] = {
        {"epoll_wait", by_epoll}, {"sigtimedwait", by_sigtimedwait},
        {"semtimedop", by_semop}, {"nanosleep", by_nanosleep},
        {"ppoll", by_poll},       {"recv", by_receive},
};
static char (*results)[32]; /* in memory that all share */

static void *sleep_once(void *data)
{
        const struct sleeper *sleeper = data;

        snprintf(results[sleeper - sleepers], sizeof(*results), "%s", outcome(sleeper->sleep()));
        return NULL;
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What changes names, and what cannot be left to a copy. */
/* descriptors: also with calls that stop all who share them, for those cannot be judged otherwise;
 * whoever sleeps among them may see it: stopgate(1), Races. */
static void be_busy(bool descriptors)
{
        double end = now() + SLEEP * 1.2 / 1000;
        char name[64];

        for (int n = 0; now() < end; n++) {
                int fd = open("a", O_RDWR | O_CREAT, 0600);

                snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
                close(open(name, O_RDONLY));
                if (descriptors)
                        fchmod(fd, 0600 | (n % 2 ? 0 : 0040));
                close(fd);
                rename("a", "b");
                if (symlink("b", "c") || unlink("c") || link("b", "d") || unlink("d"))
                        return;
        }
}

static void share_results(void)
{
        results = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void say_results(void)
{
        for (size_t i = 0; i < COUNT(sleepers); i++)
                say(sleepers[i].name, "%s", results[i]);
}

static void sleepers_in_processes(void)
{
        share_results();
        for (size_t i = 0; i <= COUNT(sleepers); i++) {
                fflush(stdout);
                if (fork())
                        continue;
                if (i < COUNT(sleepers))
                        sleep_once((void *)&sleepers[i]);
                else
                        be_busy(true);
                _exit(0);
        }
        while (wait(NULL) > 0)
                ;
        say_results();
}

static void sleepers_in_threads(void)
{
        pthread_t threads[COUNT(sleepers)];
        sigset_t set;

        share_results();
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        for (size_t i = 0; i < COUNT(sleepers); i++)
                pthread_create(&threads[i], NULL, sleep_once, (void *)&sleepers[i]);
        be_busy(false);
        for (size_t i = 0; i < COUNT(sleepers); i++)
                pthread_join(threads[i], NULL);
        say_results();
}

/* ---- the table ---- */

static const struct {
        const char *name;
        void (*function)(void);
} cases[] = {
        {"opens", opens},
        {"opens_beside", opens_beside},
        {"magic", magic},
        {"deleted_directory", deleted_directory},
        {"unreachable_directory", unreachable_directory},
        {"deep_directory", deep_directory},
        {"renamed_directory", renamed_directory},
        {"other_root", other_root},
#ifdef __x86_64__
        {"registers_alone", registers_alone},
        {"registers_beside", registers_beside},
#endif
        {"fifo_between_threads", fifo_between_threads},
        {"signals", signals},
        {"connect_between_threads", connect_between_threads},
        {"filter_refuses", filter_refuses},
        {"filter_kills", filter_kills},
        {"filter_traps", filter_traps},
        {"executions", executions},
        {"sleepers_in_processes", sleepers_in_processes},
        {"sleepers_in_threads", sleepers_in_threads},
};

int main(int argc, char **argv)
{
        self = realpath("/proc/self/exe", NULL);
        if (argc >= 2 && (!strcmp(argv[1], "report") || argc > 2)) {
                report(argc, argv);
                return 0;
        }
        for (size_t i = 0; i < COUNT(cases) && argc == 2; i++) {
                if (!strcmp(argv[1], "list"))
                        puts(cases[i].name);
                if (strcmp(argv[1], cases[i].name) != 0)
                        continue;
                run(cases[i].function);
                return 0;
        }
        return argc == 2 && !strcmp(argv[1], "list") ? 0 : 2;
}
