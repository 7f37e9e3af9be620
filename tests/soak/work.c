/* work.c: much of one kind, for tests/soak: work STATE KIND COUNT. STATE is a file of struct state,
 * which the runner reads. Each piece of work is one call that is to be recorded, with the number of
 * the piece in the record: an open of "number.N", which is not there, or a write of "N". Between
 * its phases it waits for a byte on standard input, so that the runner can look at stopgate. Ends
 * with status 7. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum phase { BEGUN = 1, TENTH, WHOLE, ALONE };

static struct state {
        uint64_t phase; /* of enum phase, while it waits */
        uint64_t done;  /* pieces */
} * state;

static const char *program;

static void check(int failed, const char *what)
{
        if (!failed)
                return;
        perror(what);
        exit(1);
}

static void wait_at(enum phase phase)
{
        char byte;

        __atomic_store_n(&state->phase, phase, __ATOMIC_SEQ_CST);
        check(read(STDIN_FILENO, &byte, 1) != 1, "standard input");
}

/* Called for each piece before it begins, by one thread. */
static void pass(uint64_t n, uint64_t count)
{
        if (n == count / 10)
                wait_at(TENTH);
}

static void open_number(uint64_t n)
{
        char name[32];

        snprintf(name, sizeof(name), "number.%llu", (unsigned long long)n);
        check(open(name, O_RDONLY) >= 0 || errno != ENOENT, name);
        __atomic_add_fetch(&state->done, 1, __ATOMIC_SEQ_CST);
}

/* ---- short processes: some at once, every tenth by way of another program ---- */

enum { AT_ONCE = 8, PROGRAM_EVERY = 10 };

static void spawn_number(const char *file, uint64_t n)
{
        char number[32];
        char *argv[] = {(char *)program, (char *)file, (char *)"one", number, NULL};
        pid_t pid;

        snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
        check(posix_spawn(&pid, program, NULL, NULL, argv, environ), "posix_spawn");
}

static void fork_number(uint64_t n)
{
        pid_t pid = fork();

        check(pid < 0, "fork");
        if (pid)
                return;
        open_number(n);
        _exit(0);
}

static void await_one(void)
{
        int status;

        check(wait(&status) < 0 || status, "a process");
}

static void do_processes(const char *file, uint64_t count)
{
        unsigned alive = 0;

        for (uint64_t n = 0; n < count; n++) {
                if (n == count / 10)
                        for (; alive; alive--)
                                await_one();
                pass(n, count);
                if (alive == AT_ONCE)
                        await_one();
                else
                        alive++;
                if (n % PROGRAM_EVERY)
                        fork_number(n);
                else
                        spawn_number(file, n);
        }
        for (; alive; alive--)
                await_one();
        wait_at(WHOLE);
}

/* ---- processes that are killed amid their calls: as many of them as they get done ---- */

static pid_t fork_restless(uint64_t n)
{
        pid_t pid = fork();

        check(pid < 0, "fork");
        if (pid)
                return pid;
        for (;;)
                open_number(n);
}

static void kill_one(pid_t pid, uint64_t n)
{
        const struct timespec moment = {.tv_nsec = (long)(n * 7919 % 200 * 1000)};
        int status;

        nanosleep(&moment, NULL);
        check(kill(pid, SIGKILL), "kill");
        check(waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status), "a killed process");
}

static void do_kills(const char *file, uint64_t count)
{
        pid_t pids[AT_ONCE] = {0};

        (void)file;
        for (uint64_t n = 0; n < count + AT_ONCE; n++) {
                pid_t *pid = &pids[n % AT_ONCE];

                if (*pid)
                        kill_one(*pid, n);
                *pid = 0;
                if (n < count) {
                        pass(n, count);
                        *pid = fork_restless(n);
                }
        }
        wait_at(WHOLE);
}

/* ---- programs that are executed by a thread that is not the first, while others are in calls ----
 */

enum { NOISY = 3 };

static void *make_noise(void *data)
{
        (void)data;
        for (;;)
                if (open("noise", O_RDONLY) >= 0)
                        _exit(1);
}

struct program_call {
        const char *file;
        uint64_t n;
};

static void *execute(void *data)
{
        const struct program_call *call = data;
        char number[32];

        snprintf(number, sizeof(number), "%llu", (unsigned long long)call->n);
        execl(program, program, call->file, "one", number, (char *)NULL);
        _exit(1);
}

static void fork_program(const char *file, uint64_t n)
{
        struct program_call call = {file, n};
        pthread_t thread;
        pid_t pid = fork();

        check(pid < 0, "fork");
        if (pid)
                return;
        for (int i = 0; i < NOISY; i++)
                check(pthread_create(&thread, NULL, make_noise, NULL), "pthread_create");
        check(pthread_create(&thread, NULL, execute, &call), "pthread_create");
        pause();
        _exit(1);
}

static void do_programs(const char *file, uint64_t count)
{
        for (uint64_t n = 0; n < count; n++) {
                pass(n, count);
                fork_program(file, n);
                await_one();
        }
        wait_at(WHOLE);
}

/* ---- threads, all alive at once: each has a piece in each round ---- */

enum { ROUNDS = 10, STACK = 64 << 10 };

static pthread_barrier_t round_begins, round_ends;
static uint64_t nthreads;

static void *rounds_of(void *data)
{
        uint64_t first = (uint64_t)(uintptr_t)data;

        for (uint64_t round = 0; round < ROUNDS; round++) {
                pthread_barrier_wait(&round_begins);
                open_number(round * nthreads + first);
                pthread_barrier_wait(&round_ends);
        }
        pthread_barrier_wait(&round_begins);
        return NULL;
}

static void do_threads(const char *file, uint64_t count)
{
        pthread_t *threads = calloc(count, sizeof(*threads));
        pthread_attr_t attr;

        (void)file;
        nthreads = count / ROUNDS;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, STACK);
        pthread_barrier_init(&round_begins, NULL, (unsigned)nthreads + 1);
        pthread_barrier_init(&round_ends, NULL, (unsigned)nthreads + 1);
        for (uint64_t i = 0; i < nthreads; i++)
                check(pthread_create(&threads[i], &attr, rounds_of, (void *)(uintptr_t)i),
                      "pthread_create");
        for (uint64_t round = 0; round < ROUNDS; round++) {
                pass(round * nthreads, count);
                pthread_barrier_wait(&round_begins);
                pthread_barrier_wait(&round_ends);
        }
        wait_at(WHOLE);
        pthread_barrier_wait(&round_begins);
        for (uint64_t i = 0; i < nthreads; i++)
                check(pthread_join(threads[i], NULL), "pthread_join");
        free(threads);
}

/* ---- open files, all of them open at once ---- */

static void do_files(const char *file, uint64_t count)
{
        struct rlimit limit;
        int *fds = calloc(count, sizeof(*fds));

        (void)file;
        check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
        for (uint64_t n = 0; n < count; n++) {
                char name[32];

                pass(n, count);
                snprintf(name, sizeof(name), "number.%llu", (unsigned long long)n);
                fds[n] = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
                check(fds[n] < 0, name);
                state->done++;
        }
        wait_at(WHOLE);
        for (uint64_t n = 0; n < count; n++) {
                struct stat st;

                check(fstat(fds[n], &st) || st.st_nlink != 1, "an open file");
                close(fds[n]);
        }
}

/* ---- the longest paths: as deep as 4095 bytes allow in DEPTH directories ---- */

enum { DEPTH = 500, ROOM = 40 }; /* for the number at the end */

static void make_deep(char path[PATH_MAX])
{
        size_t above, len, room;

        check(!getcwd(path, PATH_MAX), "getcwd");
        above = len = strlen(path);
        room = PATH_MAX - 1 - ROOM - above;
        check(room < 2 * DEPTH, "the directory is too long");
        for (size_t i = 1; i <= DEPTH; i++) {
                size_t end = above + room * i / DEPTH;

                path[len++] = '/';
                memset(path + len, 'd', end - len);
                len = end;
                path[len] = '\0';
                check(mkdir(path, 0700), "mkdir");
        }
}

/* The directory and a name that makes it PATH_MAX with the NUL. */
static void name_number(char path[PATH_MAX], size_t directory, uint64_t n)
{
        char number[32];
        int len = snprintf(number, sizeof(number), "number.%llu", (unsigned long long)n);

        memset(path + directory, 'n', PATH_MAX - 1 - directory);
        path[directory] = '/';
        memcpy(path + PATH_MAX - 1 - len, number, (size_t)len);
        path[PATH_MAX - 1] = '\0';
}

static void do_paths(const char *file, uint64_t count)
{
        char path[PATH_MAX];
        size_t directory;

        (void)file;
        make_deep(path);
        directory = strlen(path);
        for (uint64_t n = 0; n < count; n++) {
                int fd;

                pass(n, count);
                name_number(path, directory, n);
                fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
                check(fd < 0, "open");
                close(fd);
                check(unlink(path), "unlink");
                state->done++;
        }
        wait_at(WHOLE);
}

/* ---- names of files in many directories that are not there ---- */

enum { ABSENT = 2000 };

static void do_depths(const char *file, uint64_t count)
{
        char name[PATH_MAX];

        (void)file;
        for (uint64_t n = 0; n < count; n++) {
                int len = snprintf(name, sizeof(name), "number.%llu", (unsigned long long)n);

                pass(n, count);
                for (int i = 0; i < ABSENT; i++) {
                        memcpy(name + len, "/a", sizeof("/a"));
                        len += 2;
                }
                check(open(name, O_WRONLY | O_CREAT, 0600) >= 0 || errno != ENOENT, "open");
                state->done++;
        }
        wait_at(WHOLE);
}

/* ---- names of one file that has long extended attributes, where there may be such ---- */

enum { ATTRIBUTE = 60000 };

static void set_attribute(const char *file)
{
        static char value[ATTRIBUTE];

        for (size_t len = sizeof(value); len > 0; len /= 2)
                if (!setxattr(file, "user.soak", value, len, 0))
                        return;
}

static void do_links(const char *file, uint64_t count)
{
        char name[32];

        close(open("linked", O_WRONLY | O_CREAT, 0600));
        set_attribute("linked");
        (void)file;
        for (uint64_t n = 0; n < count; n++) {
                pass(n, count);
                snprintf(name, sizeof(name), "number.%llu", (unsigned long long)n);
                check(link("linked", name), "link");
                state->done++;
        }
        wait_at(WHOLE);
}

/* ---- lines of a record ---- */

static void do_lines(const char *file, uint64_t count)
{
        int fd = open("/dev/null", O_WRONLY);

        (void)file;
        for (uint64_t n = 0; n < count; n++) {
                char number[32];
                int len = snprintf(number, sizeof(number), "%llu", (unsigned long long)n);

                pass(n, count);
                check(write(fd, number, (size_t)len) != len, "write");
                state->done++;
        }
        wait_at(WHOLE);
        close(fd);
}

static void do_one(const char *file, uint64_t n)
{
        (void)file;
        open_number(n);
        exit(0);
}

static const struct kind {
        const char *name;
        void (*work)(const char *file, uint64_t count);
} kinds[] = {
        {"processes", do_processes}, {"threads", do_threads},   {"files", do_files},
        {"depths", do_depths},       {"links", do_links},       {"paths", do_paths},
        {"kills", do_kills},         {"programs", do_programs}, {"lines", do_lines},
};

static void map_state(const char *file)
{
        int fd = open(file, O_RDWR);

        check(fd < 0, file);
        state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        check(state == MAP_FAILED, "mmap");
        close(fd);
}

int main(int argc, char **argv)
{
        uint64_t count = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;

        program = argv[0];
        if (argc != 4)
                return 2;
        map_state(argv[1]);
        if (!strcmp(argv[2], "one"))
                do_one(argv[1], count);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
                if (strcmp(argv[2], kinds[i].name))
                        continue;
                wait_at(BEGUN);
                kinds[i].work(argv[1], count);
                wait_at(ALONE);
                return 7;
        }
        return 2;
}
