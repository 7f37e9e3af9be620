/* loops.c: one call in a loop, for tests/bench: loops LOOP COUNT [PATH]. Prints the nanoseconds
 * that one round took. Some have company that only sleeps: another process, or another thread. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long open_once(int fd, const char *path)
{
        (void)fd;
        return close(open(path, O_RDONLY));
}

static long write_once(int fd, const char *path)
{
        static char data[1024];

        (void)path;
        return write(fd, data, sizeof(data)) - (long)sizeof(data);
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

enum company { NOBODY, PROCESS, THREAD };

static const struct {
        const char *name;
        long (*once)(int fd, const char *path);
        enum company company;
} rows[] = {
        {"open", open_once, NOBODY},        {"open-process", open_once, PROCESS},
        {"open-thread", open_once, THREAD}, {"rename-process", rename_once, PROCESS},
        {"write", write_once, NOBODY},      {"getpid", getpid_once, NOBODY},
};

static void *sleep_on(void *unused)
{
        for (;;)
                pause();
        return unused;
}

/* The number of the process, or 0. */
static pid_t start(enum company company)
{
        pthread_t thread;
        pid_t pid = company == PROCESS ? fork() : 0;

        if (company == PROCESS && pid == 0)
                sleep_on(NULL);
        if (company == THREAD && pthread_create(&thread, NULL, sleep_on, NULL))
                abort();
        usleep(10000);
        return pid;
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
        const char *path = argc > 3 ? argv[3] : "/dev/null";
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        long count = argc > 2 ? atol(argv[2]) : 0, failures = 0;
        double begin;
        pid_t pid;

        for (size_t i = 0; count > 0 && i < sizeof(rows) / sizeof(*rows); i++) {
                if (strcmp(argv[1], rows[i].name) != 0)
                        continue;
                pid = start(rows[i].company);
                begin = now();
                for (long n = 0; n < count; n++)
                        failures += rows[i].once(fd, path) != 0;
                printf("%.1f\n", (now() - begin) / (double)count);
                if (pid > 0)
                        kill(pid, SIGKILL);
                return failures ? 1 : 0;
        }
        fprintf(stderr, "usage: loops LOOP COUNT [PATH]\n");
        return 2;
}
