/* loops.c: one call in a loop, for tests/bench: loops open|write|getpid COUNT [PATH]. Prints the
 * nanoseconds that one round took. */
#include <fcntl.h>
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

static const struct {
        const char *name;
        long (*once)(int fd, const char *path);
} rows[] = {{"open", open_once}, {"write", write_once}, {"getpid", getpid_once}};

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

        for (size_t i = 0; count > 0 && i < sizeof(rows) / sizeof(*rows); i++) {
                if (strcmp(argv[1], rows[i].name) != 0)
                        continue;
                begin = now();
                for (long n = 0; n < count; n++)
                        failures += rows[i].once(fd, path) != 0;
                printf("%.1f\n", (now() - begin) / (double)count);
                return failures ? 1 : 0;
        }
        fprintf(stderr, "usage: loops open|write|getpid COUNT [PATH]\n");
        return 2;
}
