/* storm.c: processes and threads that open, rename and remove the same few files, make others in
 * every way, execute programs, and are killed and stopped in the middle of it.
 *
 * Usage: storm SEED ROUNDS FORBIDDEN, in an empty directory. Ends with 0 after ROUNDS kills and
 * stops, with 1 if FORBIDDEN could be opened. Its processes form groups of their own, and all end
 * with it. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { WORKERS = 4, STACK = 64 << 10, NAMES = 5, PAUSE_MAX_NS = 20000000 };

static const char *forbidden;
static volatile int *opened;
static unsigned seed;

static int pick(unsigned *from, int n)
{
        return (int)(rand_r(from) % (unsigned)n);
}

static void look_at(const char *path, int flags)
{
        int fd = open(path, flags, 0644);

        if (fd >= 0 && path == forbidden)
                *opened = 1;
        if (fd >= 0)
                close(fd);
}

static void act(unsigned *from)
{
        char one[16], two[16], dir[16];

        snprintf(one, sizeof(one), "f%d", pick(from, NAMES));
        snprintf(two, sizeof(two), "f%d", pick(from, NAMES));
        snprintf(dir, sizeof(dir), "d%d", pick(from, NAMES));
        switch (pick(from, 8)) {
        case 0:
                rename(one, two);
                break;
        case 1:
                unlink(one);
                break;
        case 2:
                (void)!link(one, two);
                break;
        case 3:
                mkdir(dir, 0755);
                rmdir(dir);
                break;
        case 4:
                look_at(forbidden, O_RDONLY);
                break;
        default:
                look_at(one, O_RDWR | O_CREAT);
        }
}

static void execute(void)
{
        execl("/bin/true", "true", (char *)NULL);
}

static void *thread(void *number)
{
        unsigned from = (unsigned)(size_t)number;

        for (int i = 0; i < 40; i++)
                act(&from);
        if (from % 7 == 0)
                execute();
        return NULL;
}

static int child(void *number)
{
        unsigned from = (unsigned)(size_t)number;

        for (int i = 0; i < 10; i++)
                act(&from);
        if (from % 3 == 0)
                kill(0, SIGKILL);
        if (from % 3 == 1)
                execute();
        _exit(0);
}

static void make_threads(unsigned number)
{
        enum { THREADS = 3 };
        pthread_t threads[THREADS];

        for (unsigned i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], NULL, thread, (void *)(size_t)(number + i)))
                        _exit(2);
        for (unsigned i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
}

static void make_child(int flags, unsigned number)
{
        char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        clone(child, stack + STACK, flags | SIGCHLD, (void *)(size_t)number);
}

static void spawn(void)
{
        char *argv[] = {"true", NULL};
        pid_t pid;

        posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
}

static void work(unsigned from)
{
        setpgid(0, 0);
        for (;;) {
                unsigned number = (unsigned)rand_r(&from);

                switch (pick(&from, 7)) {
                case 0:
                        make_threads(number);
                        break;
                case 1:
                        make_child(CLONE_VM | CLONE_VFORK | (number % 2 ? CLONE_FILES : 0), number);
                        break;
                case 2:
                        make_child(CLONE_VM | (number % 2 ? CLONE_FS : 0), number);
                        break;
                case 3:
                        if (fork() == 0)
                                child((void *)(size_t)number);
                        break;
                case 4:
                        spawn();
                        break;
                default:
                        for (int i = 0; i < 20; i++)
                                act(&from);
                }
                while (waitpid(-1, NULL, WNOHANG) > 0)
                        ;
        }
}

static pid_t start_worker(void)
{
        unsigned from = (unsigned)rand_r(&seed);
        pid_t pid = fork();

        if (pid == 0)
                work(from);
        setpgid(pid, pid);
        return pid;
}

static void nap(void)
{
        nanosleep(&(struct timespec){0, pick(&seed, PAUSE_MAX_NS)}, NULL);
}

/* The group of a worker, or only its first process. */
static void disturb(pid_t worker)
{
        switch (pick(&seed, 6)) {
        case 0:
                kill(-worker, SIGSTOP);
                nap();
                if (pick(&seed, 2))
                        kill(-worker, SIGCONT);
                return;
        case 1:
                kill(-worker, SIGSTOP);
                break;
        case 2:
                kill(worker, SIGKILL);
                break;
        case 3:
                kill(-worker, SIGTERM);
                break;
        }
        kill(-worker, SIGKILL);
}

int main(int argc, char **argv)
{
        pid_t workers[WORKERS] = {0};

        if (argc != 4)
                return 2;
        seed = (unsigned)atoi(argv[1]);
        forbidden = argv[3];
        opened = mmap(NULL, sizeof(*opened), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        for (int rounds = atoi(argv[2]); rounds; rounds--) {
                for (int i = 0; i < WORKERS; i++)
                        if (!workers[i])
                                workers[i] = start_worker();
                nap();
                disturb(workers[pick(&seed, WORKERS)]);
                for (int i = 0; i < WORKERS; i++) {
                        if (waitpid(workers[i], NULL, WNOHANG) != workers[i])
                                continue;
                        kill(-workers[i], SIGKILL);
                        workers[i] = 0;
                }
        }
        for (int i = 0; i < WORKERS; i++)
                if (workers[i])
                        kill(-workers[i], SIGKILL);
        while (wait(NULL) > 0)
                ;
        return *opened;
}
