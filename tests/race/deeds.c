/* deeds.c: one judged call each. */
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *path(void)
{
        return (const char *)target->path;
}

static int closed(int fd)
{
        if (fd >= 0)
                close(fd);
        return fd < 0 ? -1 : 0;
}

int by_open(void)
{
        return closed((int)syscall(SYS_open, path(), O_WRONLY | O_TRUNC));
}

int by_openat(void)
{
        return closed(openat(AT_FDCWD, path(), O_WRONLY | O_TRUNC));
}

int by_create(void)
{
        return closed(openat(AT_FDCWD, path(), O_WRONLY | O_CREAT, MODE));
}

int by_creat(void)
{
        return closed((int)syscall(SYS_creat, path(), MODE));
}

int by_truncate(void)
{
        return truncate(path(), 0);
}

int by_unlink(void)
{
        return unlink(path());
}

int by_rmdir(void)
{
        return rmdir(path());
}

int by_mkdir(void)
{
        return mkdir(path(), 0700);
}

int by_mknod(void)
{
        return mknod(path(), S_IFIFO | MODE, 0);
}

int by_symlink(void)
{
        return symlink("x", path());
}

int by_chmod(void)
{
        return chmod(path(), 0666);
}

/* Nothing changes but that MODE is no longer whole. */
int by_chown(void)
{
        return chown(path(), (uid_t)-1, (gid_t)-1);
}

int by_utimens(void)
{
        return utimensat(AT_FDCWD, path(), NULL, 0);
}

int by_setxattr(void)
{
        return setxattr(path(), ATTRIBUTE, "x", 1, 0);
}

int by_rename_from(void)
{
        int r = rename(path(), in(good, "moved"));

        if (!r)
                unlink(in(good, "moved"));
        return r;
}

int by_rename_to(void)
{
        int r = rename(in(good, "own"), path());

        if (!r)
                closed(open(in(good, "own"), O_WRONLY | O_CREAT, MODE));
        return r;
}

/* The name is gone before anybody else looks. */
int by_link_from(void)
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

int by_link_to(void)
{
        return link(in(good, "own"), path());
}

int by_reading(void)
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

int by_openat2(void)
{
        return closed(
                (int)syscall(SYS_openat2, held[0], path(), &target->how, sizeof(target->how)));
}

int by_dirfd_open(void)
{
        return closed(openat(slot, path(), O_WRONLY | O_TRUNC));
}

int by_dirfd_unlink(void)
{
        return unlinkat(slot, path(), 0);
}

int by_dirfd_mkdir(void)
{
        return mkdirat(slot, path(), 0700);
}

int by_dirfd_rename(void)
{
        int r = renameat(slot, path(), AT_FDCWD, in(good, "moved"));

        if (!r)
                unlink(in(good, "moved"));
        return r;
}

int by_dirfd_chmod(void)
{
        return fchmodat(slot, path(), 0666, 0);
}

int by_fchmod(void)
{
        return fchmod(slot, 0666);
}

int by_fsetxattr(void)
{
        return fsetxattr(slot, ATTRIBUTE, "x", 1, 0);
}

int by_fchown(void)
{
        return fchown(slot, (uid_t)-1, (gid_t)-1);
}

int by_futimens(void)
{
        return futimens(slot, NULL);
}

static const char *magic(void)
{
        static char text[64];

        snprintf(text, sizeof(text), "/proc/self/fd/%d", slot);
        return text;
}

int by_magic_open(void)
{
        return closed(open(magic(), O_WRONLY | O_TRUNC));
}

int by_magic_chmod(void)
{
        return chmod(magic(), 0666);
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

int by_connect(void)
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

int by_bind(void)
{
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0), r;

        r = bind(fd, address(), target->length);
        close(fd);
        return r;
}

/* Who got it, only the keeper knows. */
int by_sendto(void)
{
        return sendto(slot, "x", 1, MSG_DONTWAIT, address(), target->length) < 0 ? -1 : 0;
}

int by_sendmsg(void)
{
        char data = 'x';
        struct iovec vector = {&data, 1};
        struct msghdr message = {.msg_name = address(),
                                 .msg_namelen = target->length,
                                 .msg_iov = &vector,
                                 .msg_iovlen = 1};

        return sendmsg(slot, &message, MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* The msghdr is where the sibling can reach it. */
int by_sendmsg_there(void)
{
        return sendmsg(slot, (struct msghdr *)&target->message, MSG_DONTWAIT) < 0 ? -1 : 0;
}

int by_sendmmsg_there(void)
{
        struct mmsghdr *messages = (struct mmsghdr *)&target->message;

        return sendmmsg(slot, messages, 1, MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* sendto(slot, "x", 1, MSG_DONTWAIT, address, length), with the words in memory. */
int by_socketcall(void)
{
        enum { I386_SOCKETCALL = 102, CALL_SENDTO = 11 };
        int r = call_i386(I386_SOCKETCALL, CALL_SENDTO, (long)(uintptr_t)target->words);

        errno = r < 0 ? -r : 0;
        return r < 0 ? -1 : 0;
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

int by_exec_in_a_fork(void)
{
        pid_t pid = fork();

        if (!pid)
                run_path(NULL);
        return outcome(pid);
}

int by_exec_in_shared_memory(void)
{
        static char stack[65536] __attribute__((aligned(16)));

        return outcome(
                clone(run_path, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

/* The sibling changes the directory in which the one that executes stands. */
int by_exec_there(void)
{
        static char stack[65536] __attribute__((aligned(16)));
        int flags = CLONE_VM | CLONE_VFORK | CLONE_FS | SIGCHLD;

        return outcome(clone(run_path, stack + sizeof(stack), flags, NULL));
}

static int run_magic(void *unused)
{
        char *argv[] = {(char *)"program", NULL}, *envp[] = {NULL};

        (void)unused;
        execve(magic(), argv, envp);
        _exit(127);
}

int by_magic_exec(void)
{
        static char stack[65536] __attribute__((aligned(16)));
        int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;

        return outcome(clone(run_magic, stack + sizeof(stack), flags, NULL));
}

int by_int80_open(void)
{
        enum { I386_OPEN = 5 };
        int r = call_i386(I386_OPEN, (long)(uintptr_t)path(), O_WRONLY | O_TRUNC);

        errno = r < 0 ? -r : 0;
        return closed(r);
}

static int run_descriptor(void *unused)
{
        char *argv[] = {(char *)"program", NULL}, *envp[] = {NULL};

        (void)unused;
        syscall(SYS_execveat, slot, "", argv, envp, AT_EMPTY_PATH);
        _exit(127);
}

/* The sibling shares the descriptors of the one that executes. */
int by_descriptor_exec(void)
{
        static char stack[65536] __attribute__((aligned(16)));
        int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;

        return outcome(clone(run_descriptor, stack + sizeof(stack), flags, NULL));
}

static int run_nested(void *unused)
{
        static char stack[65536] __attribute__((aligned(16)));
        int status = 0;
        pid_t pid = clone(run_path, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

        (void)unused;
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
                _exit(127);
        _exit(WEXITSTATUS(status));
}

/* By a vfork child of one that shares only the memory. */
int by_nested_exec(void)
{
        static char stack[65536] __attribute__((aligned(16)));

        return outcome(clone(run_nested, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL));
}

/* Its interpreter is what flips: outcome() tells the two programs apart. */
int by_script(void)
{
        return by_exec_in_a_fork();
}

static sigjmp_buf not_there;

static void jump(int number)
{
        (void)number;
        siglongjmp(not_there, 1);
}

/* A private copy of the page is made first. It is gone when the file behind it gets shorter, and
 * so may the page be. */
int by_copied_open(void)
{
        static int delay;

        if (sigsetjmp(not_there, 1))
                return -1;
        signal(SIGBUS, jump);
        delay = (delay + 97) % 20000;
        *flipped = 'g';
        for (volatile int n = delay; n > 0; n--)
                ;
        return by_openat();
}

/* The stack is where the sibling can reach it, from pages[0] to pages[1]. */
int by_stack_open(void)
{
#ifdef __x86_64__
        char *top = (char *)pages[1] - 512;
        register long flags __asm__("r10") = 0;
        long r, saved = (long)top;

        __asm__ volatile("xchg %%rsp, %[stack]\n\tsyscall\n\txchg %%rsp, %[stack]"
                         : "=a"(r), [stack] "+b"(saved)
                         : "a"((long)SYS_openat), "D"((long)AT_FDCWD), "S"(path()),
                           "d"((long)(O_WRONLY | O_TRUNC)), "r"(flags)
                         : "memory", "rcx", "r11");
        errno = r < 0 ? (int)-r : 0;
        return closed(r < 0 ? -1 : (int)r);
#else
        return by_openat();
#endif
}

/* For as long as it takes to be in the middle of its end when the other calls. */
static int die_soon(void *loops)
{
        for (volatile long n = (long)loops; n > 0; n--)
                ;
        syscall(SYS_exit, 0);
        return 0;
}

/* Nobody shares the memory but one that dies: and the kernel writes a 0 there when it does
 * (CLONE_CHILD_CLEARTID), which makes b/file of b/file-more. */
int by_open_beside_the_dying(void)
{
        static const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                                 CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
        static char stacks[16][16384] __attribute__((aligned(16)));
        static unsigned n;
        static long loops;
        char *tail = (char *)flipped, *top;

        memcpy(tail, "-more", 5);
        loops = (loops + 997) % 100000;
        n = (n + 1) % COUNT(stacks);
        top = stacks[n] + sizeof(stacks[n]);
        if (clone(die_soon, top, flags, (void *)loops, NULL, NULL, tail) < 0)
                return -1;
        return by_openat();
}
