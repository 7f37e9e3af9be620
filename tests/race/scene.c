/* scene.c: BASE/g, which the policy allows, BASE/b, which it forbids, and the keeper. */
#include "race.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

char base[1024], good[1100], bad[1100];
in_port_t ports[2];

void set_base(const char *where)
{
        snprintf(base, sizeof(base), "%s", where);
        snprintf(good, sizeof(good), "%s/g", base);
        snprintf(bad, sizeof(bad), "%s/b", base);
}
void check(long result, const char *what)
{
        if (result >= 0)
                return;
        perror(what);
        exit(99);
}

double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void nap(long us)
{
        struct timespec time = {0, us * 1000};

        nanosleep(&time, NULL);
}

const char *in(const char *directory, const char *name)
{
        static __thread char names[8][1400];
        static __thread unsigned n;
        char *text = names[n++ % COUNT(names)];

        snprintf(text, sizeof(names[0]), "%s/%s", directory, name);
        return text;
}

/* ---- what is forbidden, and whether it still is as it was ---- */

static const struct {
        const char *name;
        bool directory;
} forbidden[] = {{"file", false}, {"only", false}, {"dir", true}};

static bool is_whole(const char *name, bool directory)
{
        const char *where = in(bad, name);
        struct stat st;
        char value;

        if (lstat(where, &st))
                return false;
        if (directory)
                return S_ISDIR(st.st_mode);
        return S_ISREG(st.st_mode) && st.st_size == (off_t)strlen(SECRET) && st.st_nlink == 1 &&
               (st.st_mode & 07777) == MODE && st.st_mtim.tv_sec == LONG_AGO &&
               getxattr(where, ATTRIBUTE, &value, 1) < 0;
}

static bool is_there(const char *where)
{
        struct stat st;

        return !lstat(where, &st);
}

bool all_is_whole(void)
{
        for (size_t i = 0; i < COUNT(forbidden); i++)
                if (!is_whole(forbidden[i].name, forbidden[i].directory))
                        return false;
        return !is_there(in(bad, "new"));
}

static void make_file(const char *where, const char *text)
{
        int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC, MODE);

        check(fd, where);
        check(write(fd, text, strlen(text)), where);
        close(fd);
}

/* ---- the keeper: sets up, stands outside, puts right what was done ---- */

static void age(const char *where)
{
        const struct timespec times[2] = {{LONG_AGO, 0}, {LONG_AGO, 0}};

        chmod(where, MODE);
        utimensat(AT_FDCWD, where, times, 0);
}

/* In one step, for the attacker looks on; and where it can be the same file, for he may hold it
 * open. */
static void mend(const char *name, bool directory)
{
        const char *where = in(bad, name);

        if (directory) {
                mkdir(where, 0700);
                return;
        }
        age(where);
        removexattr(where, ATTRIBUTE);
        if (is_whole(name, false))
                return;
        make_file(in(bad, ".fresh"), SECRET);
        age(in(bad, ".fresh"));
        check(rename(in(bad, ".fresh"), where), where);
}

static unsigned long mend_all(void)
{
        unsigned long mended = 0;

        for (size_t i = 0; i < COUNT(forbidden); i++) {
                if (is_whole(forbidden[i].name, forbidden[i].directory))
                        continue;
                mend(forbidden[i].name, forbidden[i].directory);
                mended++;
        }
        if (is_there(in(bad, "new")) && (!unlink(in(bad, "new")) || !rmdir(in(bad, "new"))))
                mended++;
        return mended;
}

static void copy_program(const char *from, const char *to)
{
        int in_fd = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
        char block[65536];
        ssize_t n;

        check(in_fd, from);
        check(out, to);
        while ((n = read(in_fd, block, sizeof(block))) > 0)
                check(write(out, block, (size_t)n), to);
        close(in_fd);
        close(out);
}

static void make_script(const char *directory, const char *name, const char *text)
{
        make_file(in(directory, name), text);
        check(chmod(in(directory, name), 0755), "chmod");
}

/* A script with the same interpreter for both; and one whose interpreter does not open it again,
 * for by then its name may lead elsewhere. */
static void make_scripts(void)
{
        make_script(good, "script", "#!/bin/sh\nexit 0\n");
        make_script(bad, "script", "#!/bin/sh\nexit 1\n");
        make_script(good, "starter", "#!/bin/true\n");
        make_script(bad, "starter", "#!/bin/false\n");
}

/* For openat2 with RESOLVE_IN_ROOT: below g, the names that lead to b from the root. */
static void mirror(void)
{
        char where[2400];
        size_t start = strlen(good);

        snprintf(where, sizeof(where), "%s%s", good, bad);
        for (char *slash = where + start + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                mkdir(where, 0700);
                *slash = '/';
        }
        check(mkdir(where, 0700), where);
        make_file(in(where, "file"), "mine");
}

static void set_up(void)
{
        static const char *const files[] = {"file", "own", "new", "way.file", "dirs/file"};

        check(mkdir(good, 0755), good);
        check(mkdir(bad, 0755), bad);
        check(mkdir(in(good, "dir"), 0700), "dir");
        check(mkdir(in(good, "dirs"), 0700), "dirs");
        for (size_t i = 0; i < COUNT(files); i++)
                make_file(in(good, files[i]), "mine");
        check(mkdir(in(good, "dirs/new"), 0700), "new");
        mirror();
        make_file(in(bad, "file-more"), "mine"); /* allowed by its name, where a policy says so */
        copy_program("/bin/true", in(good, "program"));
        copy_program("/bin/false", in(bad, "program"));
        make_scripts();
        mend_all();
}

static void unix_address(struct sockaddr_un *address, const char *where)
{
        address->sun_family = AF_UNIX;
        snprintf(address->sun_path, sizeof(address->sun_path), "%s", where);
}

static int unix_socket(int type, const char *where)
{
        struct sockaddr_un address = {0};
        int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

        unix_address(&address, where);
        check(fd, "socket");
        check(bind(fd, (struct sockaddr *)&address, sizeof(address)), where);
        if (type == SOCK_STREAM)
                check(listen(fd, 1000), where);
        return fd;
}

static int inet_socket(int type, in_port_t *port)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
        socklen_t length = sizeof(address);
        int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(fd, "socket");
        if (bind(fd, (struct sockaddr *)&address, length)) {
                close(fd);
                return -1;
        }
        if (type == SOCK_STREAM)
                check(listen(fd, 1000), "listen");
        check(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
        *port = ntohs(address.sin_port);
        return fd;
}

static void inet_pair(struct pollfd *tcp, struct pollfd *udp, in_port_t *port)
{
        for (int tries = 0; tries < 100; tries++) {
                *port = 0;
                tcp->fd = inet_socket(SOCK_STREAM, port);
                check(tcp->fd, "bind");
                udp->fd = inet_socket(SOCK_DGRAM, port);
                if (udp->fd >= 0)
                        return;
                close(tcp->fd);
        }
        check(-1, "no port that both have");
}

/* How many came. */
static unsigned long drain(int fd, bool stream)
{
        unsigned long n = 0;
        char data[16];
        int peer;

        if (!stream)
                while (recv(fd, data, sizeof(data), 0) >= 0)
                        n++;
        else
                while ((peer = accept(fd, NULL, NULL)) >= 0) {
                        close(peer);
                        n++;
                }
        return n;
}

/* Says which ports it has, and mends and counts until standard input ends. "mended" and "reached"
 * are a second count of what was won, by one that no policy holds. */
int keep(void)
{
        struct pollfd fds[9] = {{.fd = 0, .events = POLLIN}};
        unsigned long mended = 0, reached = 0, n;

        set_up();
        for (int side = 0; side < 2; side++) {
                const char *where = side ? bad : good;

                fds[1 + side].fd = unix_socket(SOCK_STREAM, in(where, "stream"));
                fds[3 + side].fd = unix_socket(SOCK_DGRAM, in(where, "dgram"));
                inet_pair(&fds[5 + side], &fds[7 + side], &ports[side]);
        }
        printf("%u %u\n", ports[0], ports[1]);
        fflush(stdout);
        while (!fds[0].revents) {
                for (size_t i = 1; i < COUNT(fds); i++) {
                        fds[i].events = POLLIN;
                        n = fds[i].revents ? drain(fds[i].fd, i % 4 == 1 || i % 4 == 2) : 0;
                        reached += i % 2 ? 0 : n;
                }
                mended += mend_all();
                poll(fds, COUNT(fds), 1);
        }
        printf("mended=%lu reached=%lu\n", mended, reached);
        return 0;
}
