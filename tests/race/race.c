/* race: attacks on what is judged before it is used.
 *
 *     race list                                    the names of the attacks
 *     race keep BASE                               stands outside; see keep()
 *     race ATTACK SECONDS MOST BASE PORT PORT      tries until the time is over or MOST wins are in
 *
 * BASE/g is what the policy allows, BASE/b what it forbids: where the command's memory is what
 * flips, it is one byte. An attacker makes one call after the other that asks for something in g,
 * while a sibling makes b of it and g again. A win is what can be seen in b afterwards, or what was
 * read there: never only a call that did not fail.
 *
 * Says "attempts=N honest=N refused=N wins=N". PORTs are those of 127.0.0.1, allowed and forbidden,
 * the same for TCP and UDP. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define PAGE      4096ul
#define COUNT(a)  (sizeof(a) / sizeof(*(a)))
#define SECRET    "hush, hush"
#define MODE      0600
#define ATTRIBUTE "user.race"

/* What flips. A page of its own: some siblings replace it as a whole. */
struct target {
        char path[2048];
        struct open_how how;
        struct sockaddr_storage address;
        socklen_t length;
};

static volatile struct target *target; /* shared with the sibling */
static volatile char *flipped;         /* the one byte in it that says where */
static struct {
        volatile bool over;
} * control; /* always in shared memory */

static char base[1024], good[1100], bad[1100];
static in_port_t ports[2];
static int held[2], slot = -1; /* what a sibling moves to slot, or where it goes; pages */
static void *pages[2];

static void check(long result, const char *what)
{
        if (result >= 0)
                return;
        perror(what);
        exit(99);
}

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void nap(long us)
{
        struct timespec time = {0, us * 1000};

        nanosleep(&time, NULL);
}

/* Overwritten by the next call but seven. */
static const char *in(const char *directory, const char *name)
{
        static char names[8][1400];
        static unsigned n;
        char *text = names[n++ % COUNT(names)];

        snprintf(text, sizeof(names[0]), "%s/%s", directory, name);
        return text;
}

static const char *path(void)
{
        return (const char *)target->path;
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
               (st.st_mode & 07777) == MODE && getxattr(where, ATTRIBUTE, &value, 1) < 0;
}

static bool is_there(const char *where)
{
        struct stat st;

        return !lstat(where, &st);
}

static bool all_is_whole(void)
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

/* In one step, for the attacker looks on; and where it can be the same file, for he may hold it
 * open. */
static void mend(const char *name, bool directory)
{
        const char *where = in(bad, name);

        if (directory) {
                mkdir(where, 0700);
                return;
        }
        chmod(where, MODE);
        removexattr(where, ATTRIBUTE);
        if (is_whole(name, false))
                return;
        make_file(in(bad, ".fresh"), SECRET);
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
        copy_program("/bin/true", in(good, "program"));
        copy_program("/bin/false", in(bad, "program"));
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
static int keep(void)
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

/* ---- deeds: one judged call. More than 0: won, though nothing in b has changed ---- */

static int closed(int fd)
{
        if (fd >= 0)
                close(fd);
        return fd < 0 ? -1 : 0;
}

static int by_open(void)
{
        return closed((int)syscall(SYS_open, path(), O_WRONLY | O_TRUNC));
}

static int by_openat(void)
{
        return closed(openat(AT_FDCWD, path(), O_WRONLY | O_TRUNC));
}

static int by_create(void)
{
        return closed(openat(AT_FDCWD, path(), O_WRONLY | O_CREAT, MODE));
}

static int by_creat(void)
{
        return closed((int)syscall(SYS_creat, path(), MODE));
}

static int by_truncate(void)
{
        return truncate(path(), 0);
}

static int by_unlink(void)
{
        return unlink(path());
}

static int by_rmdir(void)
{
        return rmdir(path());
}

static int by_mkdir(void)
{
        return mkdir(path(), 0700);
}

static int by_mknod(void)
{
        return mknod(path(), S_IFIFO | MODE, 0);
}

static int by_symlink(void)
{
        return symlink("x", path());
}

static int by_chmod(void)
{
        return chmod(path(), 0666);
}

static int by_setxattr(void)
{
        return setxattr(path(), ATTRIBUTE, "x", 1, 0);
}

static int by_rename_from(void)
{
        int r = rename(path(), in(good, "moved"));

        if (!r)
                unlink(in(good, "moved"));
        return r;
}

static int by_rename_to(void)
{
        int r = rename(in(good, "own"), path());

        if (!r)
                closed(open(in(good, "own"), O_WRONLY | O_CREAT, MODE));
        return r;
}

/* The name is gone before anybody else looks. */
static int by_link_from(void)
{
        struct stat linked, forbidden_one;
        int r = link(path(), in(good, "moved"));

        if (r)
                return -1;
        r = !lstat(in(good, "moved"), &linked) && !lstat(in(bad, "only"), &forbidden_one) &&
            linked.st_ino == forbidden_one.st_ino;
        unlink(in(good, "moved"));
        return r;
}

static int by_link_to(void)
{
        return link(in(good, "own"), path());
}

static int by_reading(void)
{
        char data[sizeof(SECRET)] = "";
        int fd = open(path(), O_RDONLY);

        if (fd < 0)
                return -1;
        if (read(fd, data, sizeof(data) - 1) < 0)
                data[0] = '\0';
        close(fd);
        return strcmp(data, SECRET) == 0;
}

static int by_openat2(void)
{
        return closed(
                (int)syscall(SYS_openat2, held[0], path(), &target->how, sizeof(target->how)));
}

static int by_dirfd_open(void)
{
        return closed(openat(slot, path(), O_WRONLY | O_TRUNC));
}

static int by_dirfd_unlink(void)
{
        return unlinkat(slot, path(), 0);
}

static int by_fchmod(void)
{
        return fchmod(slot, 0666);
}

static int by_fsetxattr(void)
{
        return fsetxattr(slot, ATTRIBUTE, "x", 1, 0);
}

static bool is_bad_peer(int fd)
{
        struct sockaddr_storage peer = {0};
        const struct sockaddr_un *un = (const struct sockaddr_un *)&peer;
        const struct sockaddr_in *inet = (const struct sockaddr_in *)&peer;
        socklen_t length = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &length))
                return false;
        if (peer.ss_family == AF_UNIX)
                return strncmp(un->sun_path, bad, strlen(bad)) == 0;
        return ntohs(inet->sin_port) == ports[1];
}

static struct sockaddr *address(void)
{
        return (struct sockaddr *)&target->address;
}

static int by_connect(void)
{
        const struct linger at_once = {1, 0};
        bool local = target->address.ss_family == AF_UNIX;
        int fd = socket(target->address.ss_family, SOCK_STREAM | (local ? SOCK_NONBLOCK : 0), 0), r;

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        r = connect(fd, address(), target->length);
        if (!r)
                r = is_bad_peer(fd);
        close(fd);
        return r;
}

/* Who got it, only the keeper knows. */
static int by_sendto(void)
{
        return sendto(slot, "x", 1, MSG_DONTWAIT, address(), target->length) < 0 ? -1 : 0;
}

static int by_sendmsg(void)
{
        char data = 'x';
        struct iovec vector = {&data, 1};
        struct msghdr message = {.msg_name = address(),
                                 .msg_namelen = target->length,
                                 .msg_iov = &vector,
                                 .msg_iovlen = 1};

        return sendmsg(slot, &message, MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* The allowed program is true(1), the forbidden one false(1). */
static int outcome(pid_t pid)
{
        int status = 0;

        check(pid, "fork");
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        errno = EACCES;
        return !WIFEXITED(status) || WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status) == 1;
}

static int run_path(void *unused)
{
        char *argv[] = {(char *)"program", NULL}, *envp[] = {NULL};

        (void)unused;
        execve(path(), argv, envp);
        _exit(127);
}

static int by_exec_in_a_fork(void)
{
        pid_t pid = fork();

        if (!pid)
                run_path(NULL);
        return outcome(pid);
}

static int by_exec_in_shared_memory(void)
{
        static char stack[65536] __attribute__((aligned(16)));

        return outcome(
                clone(run_path, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

/* ---- flips: what the sibling does, to and fro ---- */

static void flip_byte(bool to_bad)
{
        *flipped = to_bad ? 'b' : 'g';
}

static void flip_flags(bool to_bad)
{
        target->how.flags = to_bad ? O_WRONLY | O_TRUNC : O_RDONLY;
}

static void flip_resolve(bool to_bad)
{
        target->how.resolve = to_bad ? 0 : RESOLVE_IN_ROOT;
}

static void flip_port(bool to_bad)
{
        ((volatile struct sockaddr_in *)&target->address)->sin_port = htons(ports[to_bad]);
}

static void flip_descriptor(bool to_bad)
{
        dup2(held[to_bad], slot);
}

static void flip_directory(bool to_bad)
{
        if (fchdir(held[to_bad]))
                return;
}

/* Whether way and way.link are what their names say now, nobody has to know. */
static void flip_exchange(bool to_bad)
{
        (void)to_bad;
        syscall(SYS_renameat2, AT_FDCWD, in(good, "way"), AT_FDCWD, in(good, "way.link"),
                RENAME_EXCHANGE);
}

static void flip_rename(bool to_bad)
{
        rename(in(good, "way"), in(good, to_bad ? "way.real" : "way.link"));
        rename(in(good, to_bad ? "way.link" : "way.real"), in(good, "way"));
}

/* The link is another at once. */
static void flip_link(bool to_bad)
{
        if (!symlink(to_bad ? bad : "dirs", in(good, "way.new")))
                rename(in(good, "way.new"), in(good, "way"));
}

static void map_page(bool to_bad, int flags)
{
        mmap((void *)target, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, held[to_bad], 0);
}

static void flip_mmap(bool to_bad)
{
        map_page(to_bad, MAP_SHARED);
}

static void flip_munmap(bool to_bad)
{
        munmap((void *)target, PAGE);
        map_page(to_bad, MAP_SHARED);
}

/* A length of 0 makes a second mapping of the same pages. */
static void flip_mremap(bool to_bad)
{
        mremap(pages[to_bad], 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
}

/* The page is a private copy of the forbidden one, with one byte written; then the copy is gone. */
static void flip_dontneed(bool to_bad)
{
        if (to_bad)
                madvise((void *)target, PAGE, MADV_DONTNEED);
        else
                flip_byte(false);
}

static void flip_mem(bool to_bad)
{
        if (pwrite(slot, to_bad ? "b" : "g", 1, (off_t)(uintptr_t)flipped) < 0)
                return;
}

/* ---- preparations, before there is a sibling ---- */

/* '@' is where g and b take turns. */
static void aim(const char *where)
{
        char *mark;

        snprintf((char *)target->path, sizeof(target->path), "%s/%s", base, where);
        mark = strchr((char *)target->path + strlen(base), '@');
        flipped = mark;
        if (mark)
                *mark = 'g';
}

static void hold(const char *name, int flags)
{
        held[0] = open(in(good, name), flags | O_CLOEXEC);
        held[1] = open(in(bad, name), flags | O_CLOEXEC);
        check(held[0], "open");
        check(held[1], "open");
        slot = dup(held[0]);
}

static void just_aim(const char *where)
{
        aim(where);
}

static void aim_flags(const char *where)
{
        aim(where);
        hold("", O_PATH | O_DIRECTORY);
}

/* With RESOLVE_IN_ROOT, the same path leads to what mirror() made below g. */
static void aim_resolve(const char *where)
{
        aim_flags(where);
        target->how.flags = O_WRONLY | O_TRUNC;
}

static void hold_directories(const char *where)
{
        snprintf((char *)target->path, sizeof(target->path), "%s", where);
        hold("", O_PATH | O_DIRECTORY);
}

static void stand_there(const char *where)
{
        hold_directories(where);
        check(fchdir(held[0]), "fchdir");
}

static void hold_files(const char *where)
{
        hold(where, O_RDONLY);
}

static void aim_unix(const char *where)
{
        struct sockaddr_un *un = (struct sockaddr_un *)&target->address;

        aim(where);
        un->sun_family = AF_UNIX;
        if (strlen(path()) >= sizeof(un->sun_path)) {
                fprintf(stderr, "race: %s is too long for a socket\n", path());
                exit(99);
        }
        memcpy(un->sun_path, path(), strlen(path()) + 1);
        target->length = sizeof(*un);
        flipped = un->sun_path + (flipped - target->path);
        slot = socket(AF_UNIX, SOCK_DGRAM, 0);
}

static void aim_inet(const char *where)
{
        struct sockaddr_in *inet = (struct sockaddr_in *)&target->address;

        (void)where;
        *inet = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(ports[0])};
        inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        target->length = sizeof(*inet);
        slot = socket(AF_INET, SOCK_DGRAM, 0);
}

/* g/way is a directory, g/way.link leads to b. */
static void lay_directory(const char *where)
{
        aim(where);
        check(rename(in(good, "dirs"), in(good, "way")), "rename");
        check(symlink(bad, in(good, "way.link")), "symlink");
}

/* g/way is a file, g/way.link leads to b/file. */
static void lay_file(const char *where)
{
        aim(where);
        check(rename(in(good, "way.file"), in(good, "way")), "rename");
        check(symlink(in(bad, "file"), in(good, "way.link")), "symlink");
}

static void lay_link(const char *where)
{
        aim(where);
        check(symlink("dirs", in(good, "way")), "symlink");
}

/* The page twice, as a file each, once with g and once with b. */
static void print_pages(const char *where)
{
        aim(where);
        for (int side = 0; side < 2; side++) {
                *flipped = side ? 'b' : 'g';
                held[side] = memfd_create("page", MFD_CLOEXEC);
                check(ftruncate(held[side], PAGE), "ftruncate");
                pages[side] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, held[side], 0);
                memcpy(pages[side], (void *)target, PAGE);
        }
}

static void copy_page(const char *where)
{
        print_pages(where);
        map_page(true, MAP_PRIVATE);
}

/* Nobody may write to the page, so it seems. */
static void open_mem(const char *where)
{
        aim(where);
        slot = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
        check(slot, "/proc/self/mem");
        check(mprotect((void *)target, PAGE, PROT_READ), "mprotect");
}

/* ---- the table ---- */

/* What the sibling is: clone(2) flags of a process, or a thread. */
enum { THREAD = -1, PROCESS = 0 };

static const struct attack {
        const char *name;
        int sibling;
        void (*flip)(bool to_bad);
        int (*deed)(void);
        void (*prepare)(const char *where);
        const char *where;
} attacks[] = {
        /* the path in the command's memory, by a thread */
        {"open", THREAD, flip_byte, by_open, just_aim, "@/file"},
        {"openat", THREAD, flip_byte, by_openat, just_aim, "@/file"},
        {"openat-create", THREAD, flip_byte, by_create, just_aim, "@/new"},
        {"creat", THREAD, flip_byte, by_creat, just_aim, "@/file"},
        {"truncate", THREAD, flip_byte, by_truncate, just_aim, "@/file"},
        {"unlink", THREAD, flip_byte, by_unlink, just_aim, "@/only"},
        {"rmdir", THREAD, flip_byte, by_rmdir, just_aim, "@/dir"},
        {"mkdir", THREAD, flip_byte, by_mkdir, just_aim, "@/new"},
        {"mknod", THREAD, flip_byte, by_mknod, just_aim, "@/new"},
        {"symlink", THREAD, flip_byte, by_symlink, just_aim, "@/new"},
        {"rename-from", THREAD, flip_byte, by_rename_from, just_aim, "@/only"},
        {"rename-to", THREAD, flip_byte, by_rename_to, just_aim, "@/new"},
        {"link-from", THREAD, flip_byte, by_link_from, just_aim, "@/only"},
        {"link-to", THREAD, flip_byte, by_link_to, just_aim, "@/new"},
        {"chmod", THREAD, flip_byte, by_chmod, just_aim, "@/file"},
        {"setxattr", THREAD, flip_byte, by_setxattr, just_aim, "@/file"},
        {"openat-carved-out", THREAD, flip_byte, by_openat, just_aim, "@/file"},
        {"read-unlisted", THREAD, flip_byte, by_reading, just_aim, "@/file"},
        {"read-secret", THREAD, flip_byte, by_reading, just_aim, "@/file"},
        /* by a process that shares the page */
        {"shared-openat", PROCESS, flip_byte, by_openat, just_aim, "@/file"},
        {"shared-unlink", PROCESS, flip_byte, by_unlink, just_aim, "@/only"},
        {"shared-rename-to", PROCESS, flip_byte, by_rename_to, just_aim, "@/new"},
        {"shared-read-secret", PROCESS, flip_byte, by_reading, just_aim, "@/file"},
        /* other arguments in memory */
        {"how-flags", THREAD, flip_flags, by_openat2, aim_flags, "b/file"},
        {"how-resolve", THREAD, flip_resolve, by_openat2, aim_resolve, "b/file"},
        {"connect-unix", THREAD, flip_byte, by_connect, aim_unix, "@/stream"},
        {"sendto-unix", THREAD, flip_byte, by_sendto, aim_unix, "@/dgram"},
        {"sendmsg-unix", THREAD, flip_byte, by_sendmsg, aim_unix, "@/dgram"},
        {"connect-port", THREAD, flip_port, by_connect, aim_inet, ""},
        {"sendto-port", THREAD, flip_port, by_sendto, aim_inet, ""},
        /* programs */
        {"exec", THREAD, flip_byte, by_exec_in_shared_memory, just_aim, "@/program"},
        {"exec-fork", PROCESS, flip_byte, by_exec_in_a_fork, just_aim, "@/program"},
        {"exec-carved-out", THREAD, flip_byte, by_exec_in_shared_memory, just_aim, "@/program"},
        /* what a path starts from */
        {"dirfd-thread", THREAD, flip_descriptor, by_dirfd_open, hold_directories, "file"},
        {"dirfd-process", CLONE_FILES, flip_descriptor, by_dirfd_open, hold_directories, "file"},
        {"dirfd-unlink", THREAD, flip_descriptor, by_dirfd_unlink, hold_directories, "only"},
        {"cwd-thread", THREAD, flip_directory, by_openat, stand_there, "file"},
        {"cwd-process", CLONE_FS, flip_directory, by_openat, stand_there, "file"},
        {"cwd-unlink", THREAD, flip_directory, by_unlink, stand_there, "only"},
        /* what it leads through, by another process */
        {"exchange-open", PROCESS, flip_exchange, by_openat, lay_directory, "g/way/file"},
        {"exchange-unlink", PROCESS, flip_exchange, by_unlink, lay_directory, "g/way/only"},
        {"exchange-rename", PROCESS, flip_exchange, by_rename_from, lay_directory, "g/way/only"},
        {"exchange-mkdir", PROCESS, flip_exchange, by_mkdir, lay_directory, "g/way/new"},
        {"exchange-chmod", PROCESS, flip_exchange, by_chmod, lay_directory, "g/way/file"},
        {"exchange-last-open", PROCESS, flip_exchange, by_openat, lay_file, "g/way"},
        {"exchange-last-truncate", PROCESS, flip_exchange, by_truncate, lay_file, "g/way"},
        {"exchange-last-chmod", PROCESS, flip_exchange, by_chmod, lay_file, "g/way"},
        {"renamed-open", PROCESS, flip_rename, by_openat, lay_directory, "g/way/file"},
        {"renamed-unlink", PROCESS, flip_rename, by_unlink, lay_directory, "g/way/only"},
        {"renamed-rename", PROCESS, flip_rename, by_rename_from, lay_directory, "g/way/only"},
        {"renamed-mkdir", PROCESS, flip_rename, by_mkdir, lay_directory, "g/way/new"},
        {"renamed-chmod", PROCESS, flip_rename, by_chmod, lay_directory, "g/way/file"},
        {"renamed-last-open", PROCESS, flip_rename, by_openat, lay_file, "g/way"},
        {"renamed-last-chmod", PROCESS, flip_rename, by_chmod, lay_file, "g/way"},
        {"link-open", PROCESS, flip_link, by_openat, lay_link, "g/way/file"},
        {"link-unlink", PROCESS, flip_link, by_unlink, lay_link, "g/way/only"},
        /* a descriptor that is judged by what it leads to */
        {"fchmod", THREAD, flip_descriptor, by_fchmod, hold_files, "file"},
        {"fsetxattr", THREAD, flip_descriptor, by_fsetxattr, hold_files, "file"},
        /* the page that holds the path */
        {"page-mmap", THREAD, flip_mmap, by_openat, print_pages, "@/file"},
        {"page-munmap", THREAD, flip_munmap, by_openat, print_pages, "@/file"},
        {"page-mremap", THREAD, flip_mremap, by_openat, print_pages, "@/file"},
        {"page-dontneed", THREAD, flip_dontneed, by_openat, copy_page, "@/file"},
        {"proc-mem", THREAD, flip_mem, by_openat, open_mem, "@/file"},
};

/* ---- the race ---- */

static void flip_until_over(const struct attack *attack)
{
        for (bool to_bad = true; !control->over; to_bad = !to_bad)
                attack->flip(to_bad);
}

static void *sibling_thread(void *attack)
{
        flip_until_over(attack);
        return NULL;
}

/* Returns its number, of a process. */
static pid_t start_sibling(const struct attack *attack, pthread_t *thread)
{
        pid_t pid = 0;

        if (attack->sibling == THREAD) {
                check(-pthread_create(thread, NULL, sibling_thread, (void *)attack), "thread");
                return 0;
        }
        pid = (pid_t)syscall(SYS_clone, attack->sibling | SIGCHLD, 0, 0, 0, 0);
        check(pid, "clone");
        if (!pid) {
                flip_until_over(attack);
                _exit(0);
        }
        return pid;
}

static void wait_until_mended(void)
{
        for (double began = now(); !all_is_whole(); nap(200)) {
                if (now() < began + 10)
                        continue;
                fprintf(stderr, "race: nobody mends %s\n", bad);
                exit(99);
        }
}

static void race(const struct attack *attack, double seconds, unsigned long most)
{
        unsigned long attempts = 0, honest = 0, refused = 0, wins = 0;
        pthread_t thread;
        pid_t pid = start_sibling(attack, &thread);

        for (double end = now() + seconds; now() < end && wins < most; attempts++) {
                int r = attack->deed();
                bool denied = r < 0 && (errno == EACCES || errno == EPERM || errno == EXDEV);
                bool whole = all_is_whole();

                if (r > 0 || !whole)
                        wins++;
                else if (denied)
                        refused++;
                else
                        honest++;
                if (!whole)
                        wait_until_mended();
        }
        control->over = true;
        if (pid)
                waitpid(pid, NULL, 0);
        else
                pthread_join(thread, NULL);
        printf("attempts=%lu honest=%lu refused=%lu wins=%lu\n", attempts, honest, refused, wins);
}

static void share_memory(const struct attack *attack)
{
        int shared = MAP_SHARED | MAP_ANONYMOUS, private = MAP_PRIVATE | MAP_ANONYMOUS;

        _Static_assert(sizeof(*target) <= PAGE, "one page");
        control = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, shared, -1, 0);
        target = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                      attack->sibling == THREAD ? private : shared, -1, 0);
        if (control == MAP_FAILED || target == MAP_FAILED)
                check(-1, "mmap");
}

static int usage(void)
{
        fprintf(stderr, "usage: race list | keep BASE | ATTACK SECONDS MOST BASE PORT PORT\n");
        return 2;
}

static void set_base(const char *where)
{
        snprintf(base, sizeof(base), "%s", where);
        snprintf(good, sizeof(good), "%s/g", base);
        snprintf(bad, sizeof(bad), "%s/b", base);
}

static int list(void)
{
        for (size_t i = 0; i < COUNT(attacks); i++)
                puts(attacks[i].name);
        return 0;
}

int main(int argc, char **argv)
{
        umask(0);
        if (argc == 2 && strcmp(argv[1], "list") == 0)
                return list();
        if (argc == 3 && strcmp(argv[1], "keep") == 0) {
                set_base(argv[2]);
                return keep();
        }
        if (argc != 7)
                return usage();
        set_base(argv[4]);
        ports[0] = (in_port_t)atoi(argv[5]);
        ports[1] = (in_port_t)atoi(argv[6]);
        for (size_t i = 0; i < COUNT(attacks); i++) {
                if (strcmp(argv[1], attacks[i].name) != 0)
                        continue;
                share_memory(&attacks[i]);
                attacks[i].prepare(attacks[i].where);
                race(&attacks[i], atof(argv[2]), strtoul(argv[3], NULL, 10));
                return 0;
        }
        return usage();
}
