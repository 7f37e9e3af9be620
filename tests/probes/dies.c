/* dies.c: the kernel writes to the memory of who ends, and ends a vfork(2) when the child's first
 * thread has; so what a call was judged by changes although everybody is held.
 *
 * Usage: dies WAY FORBIDDEN SECONDS. FORBIDDEN.ok is opened again and again, and becomes FORBIDDEN.
 * Says "won" as soon as FORBIDDEN was opened by a name that said FORBIDDEN.ok before. WAY:
 *
 *     vfork   the opener's parent waits for it, and is killed
 *     beside  who shares the opener's memory is killed
 *     leader  the opener's first thread ends, and so the parent goes on
 *     heir    the opener's first thread ends, for another executes the opener; FORBIDDEN itself is
 *             opened, while somebody beside renames things again and again
 *
 * In "beside" and "leader" something lies where stopgate would keep copies. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 1 << 16, OPENS = 400, MS = 1000000 };

static struct shared {
        volatile int won, opens, done;
} * shared;

static char stacks[2][STACK] __attribute__((aligned(16)));
static char path[4096] __attribute__((aligned(4096)));
static size_t cut; /* where ".ok" begins: a multiple of 4 */
static double end;

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_once(void)
{
        char link[64], name[4096];
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
        ssize_t len;

        shared->opens++;
        if (fd < 0)
                return 0;
        snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
        len = readlink(link, name, sizeof(name));
        syscall(SYS_close, fd);
        return len > 3 && memcmp(name + len - 3, ".ok", 3) != 0;
}

/* Until the path is cut, which happens once. */
static int open_until_cut(void *unused)
{
        (void)unused;
        for (int i = 0; i < OPENS && !shared->won; i++) {
                if (!((volatile char *)path)[cut])
                        break;
                shared->won = open_once();
        }
        _exit(0);
}

static int open_for_good(void *unused)
{
        (void)unused;
        while (now() < end && !shared->won)
                shared->won = open_once();
        shared->done = 1;
        syscall(SYS_exit, 0);
        return 0;
}

/* A timer of the kernel kills it: nobody who could be held. */
static void die_later(long ns)
{
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
        struct itimerspec when = {.it_value = {0, ns}};
        int timer;

        syscall(SYS_set_tid_address, path + cut);
        syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
        syscall(SYS_timer_settime, timer, 0, &when, NULL);
}

static int wait_to_die(void *ns)
{
        die_later((long)(intptr_t)ns);
        for (;;)
                syscall(SYS_pause);
        return 0;
}

static void vfork_round(long ns)
{
        die_later(ns);
        clone(open_until_cut, stacks[0] + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static void beside_round(long ns)
{
        clone(wait_to_die, stacks[0] + STACK, CLONE_VM | SIGCHLD, (void *)(intptr_t)ns);
        open_until_cut(NULL);
}

static int leave_thread(void *unused)
{
        (void)unused;
        clone(open_for_good, stacks[1] + STACK,
              CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES, NULL);
        syscall(SYS_exit, 0);
        return 0;
}

/* ---- heir ---- */

static char **arguments;

static int execute_opener(void *unused)
{
        (void)unused;
        arguments[1] = "heirs";
        execv("/proc/self/exe", arguments);
        _exit(1);
}

static int leave(void *unused)
{
        (void)unused;
        _exit(0);
}

static void rename_about(void)
{
        while (now() < end) {
                mkdir("dies.a", 0755);
                rename("dies.a", "dies.b");
                rmdir("dies.b");
        }
        _exit(0);
}

static void heir(char **argv)
{
        arguments = argv;
        for (int i = 0; i < 2; i++)
                if (fork() == 0)
                        rename_about();
        clone(leave, stacks[0] + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
        clone(execute_opener, stacks[1] + STACK,
              CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES, NULL);
        for (;;)
                pause();
}

static void open_forbidden(const char *name)
{
        while (now() < end && !shared->won) {
                int fd = open(name, O_RDONLY);

                shared->opens++;
                shared->won = fd >= 0;
        }
}

static void rounds(void (*make)(long))
{
        while (now() < end && !shared->won) {
                long ns = MS / 3 + rand() % (3 * MS);

                memcpy(path + cut, ".ok", 4);
                if (fork() == 0) {
                        make(ns);
                        _exit(0);
                }
                wait(NULL);
                usleep(1000); /* who was made by the one that died */
        }
}

static void leader(void)
{
        volatile char *at = path + cut;

        clone(leave_thread, stacks[0] + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
        while (!shared->done) {
                *at = '\0';
                for (volatile int i = 0; i < 200; i++)
                        ;
                *at = '.';
                for (volatile int i = 0; i < 200; i++)
                        ;
        }
}

int main(int argc, char **argv)
{
        size_t len = argc == 4 ? strlen(argv[2]) : sizeof(path);

        if (len + 8 > sizeof(path))
                return 2;
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        end = now() + atof(argv[3]);
        /* "///" in front, so that it can be cut at a multiple of 4. */
        cut = (len + 3) / 4 * 4;
        memset(path, '/', cut - len);
        strcpy(path + (cut - len), argv[2]);
        memcpy(path + cut, ".ok", 4);
        if (!strcmp(argv[1], "beside") || !strcmp(argv[1], "leader"))
                mmap((void *)0x20000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (!strcmp(argv[1], "leader"))
                leader();
        else if (!strcmp(argv[1], "heir"))
                heir(argv);
        else if (!strcmp(argv[1], "heirs"))
                open_forbidden(argv[2]);
        else
                rounds(argv[1][0] == 'v' ? vfork_round : beside_round);
        printf("%s", shared->won ? "won\n" : "");
        return shared->opens ? 0 : 1;
}
