/* loops.c: one call in a loop, for tests/bench: loops LOOP COUNT [PATH [COMPANY N]]. Prints the
 * nanoseconds that one round took. COMPANY: N other threads or processes, which only sleep, or who
 * make the same calls at the same time, COUNT in all. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long open_once(int fd, const char *path)
{
        (void)fd;
        return close(open(path, O_RDONLY));
}

static long open_write_once(int fd, const char *path)
{
        (void)fd;
        return close(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

static long write_once(int fd, const char *path)
{
        static char data[1024];

        (void)path;
        return write(fd, data, sizeof(data)) - (long)sizeof(data);
}

static long stat_once(int fd, const char *path)
{
        struct stat st;

        (void)fd;
        return stat(path, &st);
}

static long getpid_once(int fd, const char *path)
{
        (void)fd;
        (void)path;
        return syscall(SYS_getpid) < 0;
}

/* Away and back. */
static long rename_once(int fd, const char *path)
{
        char other[256];

        (void)fd;
        snprintf(other, sizeof(other), "%s.away", path);
        return rename(path, other) | rename(other, path);
}

static const struct loop {
        const char *name;
        long (*once)(int fd, const char *path);
} loops[] = {
        {"open", open_once}, {"open-write", open_write_once}, {"write", write_once},
        {"stat", stat_once}, {"getpid", getpid_once},         {"rename", rename_once},
};

static struct {
        const struct loop *loop;
        const char *path;
        int fd;
        long rounds; /* of each */
} work;

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static long run(void)
{
        long failures = 0;

        for (long n = 0; n < work.rounds; n++)
                failures += work.loop->once(work.fd, work.path) != 0;
        return failures;
}

static void *sleep_on(void *unused)
{
        for (;;)
                pause();
        return unused;
}

static void *run_thread(void *unused)
{
        (void)unused;
        return (void *)run();
}

static pthread_t start_thread(void *(*body)(void *))
{
        pthread_attr_t attr;
        pthread_t thread;

        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, 1 << 16);
        if (pthread_create(&thread, &attr, body, NULL))
                abort();
        return thread;
}

static pid_t start_process(int sleeps)
{
        pid_t pid = fork();

        if (pid < 0)
                abort();
        if (pid > 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (sleeps)
                sleep_on(NULL);
        _exit(run() ? 1 : 0);
}

static long run_beside(const char *company, long n)
{
        int threads = !strcmp(company, "threads") || !strcmp(company, "sleeping-threads");
        int sleep = !strncmp(company, "sleeping-", 9);
        pthread_t *thread = calloc((size_t)n + 1, sizeof(*thread));
        pid_t *process = calloc((size_t)n + 1, sizeof(*process));
        long failures = 0;
        double begin;

        for (long i = 0; sleep && i < n; i++)
                if (threads)
                        thread[i] = start_thread(sleep_on);
                else
                        process[i] = start_process(1);
        if (sleep)
                usleep(20000);
        else
                work.rounds /= n;
        begin = now();
        for (long i = 0; !sleep && i < n; i++)
                if (threads)
                        thread[i] = start_thread(run_thread);
                else
                        process[i] = start_process(0);
        for (long i = 0; !sleep && i < n; i++) {
                void *result = NULL;
                int status = 0;

                if (threads)
                        pthread_join(thread[i], &result);
                else
                        waitpid(process[i], &status, 0);
                failures += (long)result + status;
        }
        if (sleep)
                failures = run();
        printf("%.1f\n", (now() - begin) / (double)(work.rounds * (sleep ? 1 : n)));
        for (long i = 0; sleep && i < n; i++)
                if (process[i] > 0)
                        kill(process[i], SIGKILL);
        fflush(stdout);
        return failures;
}

int main(int argc, char **argv)
{
        work.path = argc > 3 ? argv[3] : "/dev/null";
        work.rounds = argc > 2 ? atol(argv[2]) : 0;
        for (size_t i = 0; work.rounds > 0 && i < sizeof(loops) / sizeof(*loops); i++) {
                if (strcmp(argv[1], loops[i].name) != 0)
                        continue;
                work.loop = &loops[i];
                work.fd = open(work.path, O_WRONLY | O_CREAT, 0644);
                if (work.fd < 0)
                        return 1;
                _exit(run_beside(argc > 5 ? argv[4] : "sleeping-threads",
                                 argc > 5 ? atol(argv[5]) : 0)
                              ? 1
                              : 0);
        }
        fprintf(stderr, "usage: loops LOOP COUNT [PATH [threads | processes | sleeping-threads | "
                        "sleeping-processes N]]\n");
        return 2;
}
