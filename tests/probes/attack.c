/* attack: ways round a sandbox that take a program of their own.
 *
 *     attack WAY [ARG]...
 *
 * Each WAY is one function below, named in the table at the end. It says "errno=EACCES" or "errno=0
 * result=3" for each step that a sandbox may refuse, as probe does, and then goes on by the plain
 * way: what is refused must be refused on all of them. The deed, unless it says otherwise, is to
 * open a PATH for writing, cut it, and write to it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fuse.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static long say(long result)
{
        const char *name = result < 0 ? strerrorname_np(errno) : NULL;

        if (result >= 0)
                printf("errno=0 result=%ld\n", result);
        else
                printf("errno=%s\n", name ? name : "?");
        fflush(stdout);
        return result;
}

static void check(long result, const char *what)
{
        if (result >= 0)
                return;
        perror(what);
        exit(99);
}

static void nap(long ms)
{
        struct timespec time = {ms / 1000, ms % 1000 * 1000000};

        while (nanosleep(&time, &time) && errno == EINTR)
                ;
}

/* Does it by the number, so that no library comes in between. 0 or -1. */
static int do_quietly(const char *path)
{
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_TRUNC, 0);

        if (fd < 0)
                return -1;
        syscall(SYS_write, fd, "changed\n", 8);
        close(fd);
        return 0;
}

static int deed(const char *path)
{
        return (int)say(do_quietly(path));
}

static void wait_for(pid_t pid)
{
        int status;

        while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
                ;
}

static pthread_t start(void *(*run)(void *), void *data)
{
        pthread_attr_t attr;
        pthread_t thread;

        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, 64 << 10);
        errno = pthread_create(&thread, &attr, run, data);
        check(errno ? -1 : 0, "pthread_create");
        return thread;
}

static void *deed_of_thread(void *path)
{
        deed(path);
        return NULL;
}

static void way_deed(char **args)
{
        deed(args[0]);
}

/* ---- contents, without a write ---- */

/* For writing; if that is refused, for reading. */
static int open_anyhow(const char *path)
{
        int fd = (int)say(open(path, O_RDWR));

        if (fd < 0)
                fd = open(path, O_RDONLY);
        check(fd, path);
        return fd;
}

static void way_mmap(char **args)
{
        int fd = open_anyhow(args[0]);
        char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        if (say(at == MAP_FAILED ? -1 : 0) == 0)
                *at = 'X';
}

static void way_mprotect(char **args)
{
        int fd = open_anyhow(args[0]);
        char *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

        if (say(mprotect(at, PAGE, PROT_READ | PROT_WRITE)) == 0)
                *at = 'X';
}

/* proc(5): each mapping of a file is a magic link to it. */
static void way_map_files(char **args)
{
        int fd = open(args[0], O_RDONLY);
        char *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
        char link[128];

        check(at == MAP_FAILED ? -1 : 0, "mmap");
        close(fd);
        snprintf(link, sizeof(link), "/proc/self/map_files/%lx-%lx", (unsigned long)at,
                 (unsigned long)at + PAGE);
        deed(link);
}

static void way_mmap_read(char **args)
{
        int fd = (int)say(open(args[0], O_RDONLY));
        char *at = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

        if (at != MAP_FAILED)
                printf("%.64s\n", at);
}

/* Grants somebody else a right, and with it changes the mode. */
static void way_acl(char **args)
{
        static const struct {
                uint32_t version;
                struct {
                        uint16_t tag, perm;
                        uint32_t id;
                } entries[5];
        } acl = {2, {{1, 6, ~0u}, {2, 6, 12345}, {4, 4, ~0u}, {0x10, 6, ~0u}, {0x20, 4, ~0u}}};

        say(setxattr(args[0], "system.posix_acl_access", &acl, sizeof(acl), 0));
}

/* A file by its handle, without a path. */
static void way_handle(char **args)
{
        union {
                struct file_handle handle;
                char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } u = {.handle.handle_bytes = MAX_HANDLE_SZ};
        int mount, fd, here = open(".", O_RDONLY | O_DIRECTORY);

        check(name_to_handle_at(AT_FDCWD, args[0], &u.handle, &mount, 0), "name_to_handle_at");
        fd = (int)say(open_by_handle_at(here, &u.handle, O_WRONLY | O_TRUNC));
        if (fd < 0)
                deed(args[0]);
}

/* ---- descriptors from elsewhere inside ---- */

static void send_descriptor(int to, int fd)
{
        char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec iov = {&byte, 1};
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

        *cmsg = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                 .cmsg_type = SCM_RIGHTS,
                                 .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
        check(sendmsg(to, &msg, 0), "sendmsg");
}

static int receive_descriptor(int from)
{
        char byte, control[CMSG_SPACE(sizeof(int))] = {0};
        struct iovec iov = {&byte, 1};
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
        int fd;

        check(recvmsg(from, &msg, 0), "recvmsg");
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
        return fd;
}

/* DIR NAME: a sibling hands over a descriptor of the directory. */
static void way_passed_directory(char **args)
{
        int ends[2], dir, fd;

        check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
        if (!fork()) {
                dir = open(args[0], O_PATH);
                check(dir, args[0]);
                send_descriptor(ends[1], dir);
                _exit(0);
        }
        dir = receive_descriptor(ends[0]);
        fd = (int)say(openat(dir, args[1], O_WRONLY | O_TRUNC));
        if (fd >= 0)
                check(write(fd, "changed\n", 8), "write");
}

/* PATH: takes the descriptor out of a child that opened it. */
static void way_pidfd_getfd(char **args)
{
        int ends[2], fd, pidfd;
        pid_t pid;

        check(pipe(ends), "pipe");
        pid = fork();
        if (!pid) {
                fd = (int)say(open(args[0], O_WRONLY));
                check(write(ends[1], &fd, sizeof(fd)), "write");
                pause();
        }
        check(read(ends[0], &fd, sizeof(fd)), "read");
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        fd = (int)say(syscall(SYS_pidfd_getfd, pidfd, fd < 0 ? 1 : fd, 0));
        if (fd >= 0)
                check(write(fd, "changed\n", 8), "write");
        kill(pid, SIGKILL);
        wait_for(pid);
}

/* ---- processes of every sort ---- */

static void way_thread(char **args)
{
        pthread_join(start(deed_of_thread, args[0]), NULL);
}

static void way_vfork(char **args)
{
        pid_t pid = vfork();

        if (!pid) {
                deed(args[0]);
                _exit(0);
        }
        wait_for(pid);
}

/* PROGRAM ARG */
static void way_vfork_exec(char **args)
{
        char *const argv[] = {"exe", args[1], NULL};
        pid_t pid = vfork();

        if (!pid) {
                execv(args[0], argv);
                say(-1);
                _exit(0);
        }
        wait_for(pid);
}

static int child_main(void *path)
{
        deed(path);
        return 0;
}

static void clone_with(int flags, char *path)
{
        enum { STACK = 64 << 10 };
        char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        pid_t pid = clone(child_main, stack + STACK, flags, path);

        if (pid < 0) {
                say(-1);
                deed(path);
        } else if (!(flags & CLONE_PARENT)) {
                wait_for(pid);
        }
}

static void way_clone_shared(char **args)
{
        clone_with(CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, args[0]);
}

static void way_clone_sighand(char **args)
{
        clone_with(CLONE_VM | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_IO, args[0]);
}

/* A child of whoever started us: below stopgate, of stopgate itself. */
static void way_clone_parent(char **args)
{
        clone_with(CLONE_PARENT | SIGCHLD, args[0]);
        nap(50);
}

static void way_clone_untraced(char **args)
{
        clone_with(CLONE_UNTRACED | SIGCHLD, args[0]);
}

static void way_clone3_untraced(char **args)
{
        struct {
                uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, size, tls;
        } how = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
        pid_t pid = (pid_t)say(syscall(SYS_clone3, &how, sizeof(how)));

        if (pid <= 0)
                deed(args[0]);
        if (!pid)
                _exit(0);
        if (pid > 0)
                wait_for(pid);
}

/* When those that started it are gone. */
static void way_orphan(char **args)
{
        pid_t parent;

        if (fork())
                return;
        parent = getpid();
        if (fork())
                _exit(0);
        while (getppid() == parent)
                nap(1);
        deed(args[0]);
        _exit(0);
}

static void way_daemon(char **args)
{
        if (fork())
                return;
        check(setsid(), "setsid");
        if (fork())
                _exit(0);
        check(setpgid(0, 0), "setpgid");
        check(chdir("/"), "/");
        nap(20);
        deed(args[0]);
        _exit(0);
}

/* DIR NAME: by a thread whose leader is a zombie, in the directory. */
static void *deed_without_leader(void *name)
{
        nap(30);
        deed(name);
        exit(0);
}

static void way_leaderless(char **args)
{
        check(chdir(args[0]), args[0]);
        start(deed_without_leader, args[1]);
        pthread_exit(NULL);
}

static void *exec_deed(void *path)
{
        char *const argv[] = {"attack", "deed", path, NULL};

        execv("/proc/self/exe", argv);
        say(-1);
        exit(0);
}

static void way_thread_exec(char **args)
{
        start(exec_deed, args[0]);
        nap(10000);
}

/* FILE ARG...: executed from memory, where it has no name. */
static void way_memfd_exec(char **args)
{
        int from = open(args[0], O_RDONLY), to = memfd_create("program", 0);
        struct stat st;

        check(from, args[0]);
        check(fstat(from, &st), "fstat");
        for (off_t left = st.st_size; left > 0;) {
                ssize_t n = sendfile(to, from, NULL, (size_t)left);

                check(n, "sendfile");
                left -= n;
        }
        syscall(SYS_execveat, to, "", args, NULL, AT_EMPTY_PATH);
        say(-1);
}

/* ---- signals ---- */

static char *handler_path;

static void deed_of_handler(int signal)
{
        (void)signal;
        deed(handler_path);
}

static void way_handler(char **args)
{
        handler_path = args[0];
        signal(SIGUSR1, deed_of_handler);
        raise(SIGUSR1);
}

static void on_alarm(int signal)
{
        (void)signal;
}

/* Is it ever let through, when the call is interrupted all the time? */
static void way_signalled(char **args)
{
        enum { TRIES = 200 };
        struct itimerval often = {{0, 500}, {0, 500}};
        struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
        int failures = 0;

        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &often, NULL);
        for (int i = 0; i < TRIES; i++)
                failures += do_quietly(args[0]) < 0;
        say(failures == TRIES ? -1 : TRIES - failures);
}

/* FIFO PATH: a call that blocks is started again after a signal, from memory that says another
 * thing by then: signal(7), SA_RESTART. */
static char restarted[4096];

static void change_path(int signal)
{
        (void)signal;
        strcpy(restarted, handler_path);
}

static void way_restart(char **args)
{
        struct sigaction action = {.sa_handler = change_path, .sa_flags = SA_RESTART};
        struct itimerval once = {{0, 0}, {0, 50000}};

        check(mkfifo(args[0], 0600), args[0]);
        strcpy(restarted, args[0]);
        handler_path = args[1];
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &once, NULL);
        deed(restarted);
}

/* ---- many at once ---- */

static struct {
        pthread_barrier_t barrier;
        char *path;
        int tried, failed, error;
} * many;

static void try_one_of_many(void)
{
        __atomic_add_fetch(&many->tried, 1, __ATOMIC_RELAXED);
        if (do_quietly(many->path) < 0) {
                many->error = errno;
                __atomic_add_fetch(&many->failed, 1, __ATOMIC_RELAXED);
        }
}

static void prepare_many(char *path)
{
        many = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        many->path = path;
}

static void say_many(void)
{
        errno = many->error;
        say(many->failed == many->tried ? -1 : many->tried - many->failed);
        printf("tried=%d\n", many->tried);
}

static void *one_of_many(void *unused)
{
        (void)unused;
        pthread_barrier_wait(&many->barrier);
        try_one_of_many();
        return NULL;
}

static void way_threads(char **args)
{
        int n = atoi(args[1]);
        pthread_t *threads = calloc((size_t)n, sizeof(*threads));

        prepare_many(args[0]);
        pthread_barrier_init(&many->barrier, NULL, (unsigned)n);
        for (int i = 0; i < n; i++)
                threads[i] = start(one_of_many, NULL);
        for (int i = 0; i < n; i++)
                pthread_join(threads[i], NULL);
        say_many();
}

/* Each process starts two more, LEVELS deep, and tries. */
static void breed(int levels)
{
        for (int i = 0; levels > 0 && i < 2; i++) {
                if (!fork()) {
                        breed(levels - 1);
                        _exit(0);
                }
        }
        try_one_of_many();
        while (wait(NULL) > 0)
                ;
}

static void way_bomb(char **args)
{
        prepare_many(args[0]);
        breed(atoi(args[1]));
        say_many();
}

/* Until it succeeds, or for 20 s. */
static void way_persist(char **args)
{
        for (int i = 0; i < 20000; i++) {
                if (do_quietly(args[0]) == 0) {
                        say(i);
                        return;
                }
                if (!i)
                        puts("trying"), fflush(stdout);
                nap(1);
        }
}

static void way_limits(char **args)
{
        static const int resources[] = {RLIMIT_NOFILE,  RLIMIT_NPROC,      RLIMIT_CORE,
                                        RLIMIT_MEMLOCK, RLIMIT_SIGPENDING, RLIMIT_LOCKS};

        for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
                struct rlimit limit = {resources[i] == RLIMIT_NOFILE ? 4 : 0, 0};

                limit.rlim_max = limit.rlim_cur;
                check(setrlimit(resources[i], &limit), "setrlimit");
        }
        deed(args[0]);
}

/* ---- where the path lies ---- */

static char *shared_pages(int fd, size_t size)
{
        char *at;

        check(fd, "memory");
        check(ftruncate(fd, (off_t)size), "ftruncate");
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        check(at == MAP_FAILED ? -1 : 0, "mmap");
        return at;
}

static void way_memory_memfd(char **args)
{
        deed(strcpy(shared_pages(memfd_create("path", 0), PAGE), args[0]));
}

static void way_memory_secret(char **args)
{
        deed(strcpy(shared_pages((int)syscall(SYS_memfd_secret, 0), PAGE), args[0]));
}

static void way_memory_shm(char **args)
{
        int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
        char *at = shmat(id, NULL, 0);

        shmctl(id, IPC_RMID, NULL);
        deed(strcpy(at, args[0]));
}

static void way_memory_anonymous(char **args)
{
        deed(strcpy(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
                    args[0]));
}

static void way_memory_read_only(char **args)
{
        char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        strcpy(at, args[0]);
        check(mprotect(at, PAGE, PROT_READ), "mprotect");
        deed(at);
}

/* Begins in private memory, goes on in a file's, and ends at memory that is nobody's. */
static void way_memory_across(char **args)
{
        char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        size_t size = strlen(args[0]) + 1, half = size / 2;
        int fd = memfd_create("path", 0);
        char *from = at + PAGE - half;

        check(ftruncate(fd, (off_t)PAGE), "ftruncate");
        check(mmap(at + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
                              MAP_FAILED
                      ? -1
                      : 0,
              "mmap");
        check(munmap(at + 2 * PAGE, PAGE), "munmap");
        memcpy(from, args[0], size);
        deed(from);
}

static void way_memory_huge(char **args)
{
        const size_t huge = 2 << 20;
        char *at = mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *edge = (char *)(((uintptr_t)at / huge + 2) * huge);

        check(madvise(at, 4 * huge, MADV_HUGEPAGE), "madvise");
        deed(strcpy(edge - strlen(args[0]) / 2, args[0]));
}

/* FILE: its text is the path. */
static void way_memory_file(char **args)
{
        int fd = open(args[0], O_RDONLY);
        char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

        check(at == MAP_FAILED ? -1 : 0, args[0]);
        deed(at);
}

/* A page that is filled in when the kernel reads it: userfaultfd(2). */
static struct {
        int fd;
        char *page, *path;
} fault;

static void *serve_fault(void *unused)
{
        static char filled[4096] __attribute__((aligned(4096)));
        struct uffd_msg msg;
        struct uffdio_copy copy = {
                .dst = (uintptr_t)fault.page, .src = (uintptr_t)filled, .len = PAGE};

        (void)unused;
        check(read(fault.fd, &msg, sizeof(msg)), "userfaultfd");
        nap(50);
        strcpy(filled, fault.path);
        check(ioctl(fault.fd, UFFDIO_COPY, &copy), "UFFDIO_COPY");
        return NULL;
}

static void fault_memory(char **args, int fd)
{
        struct uffdio_api api = {.api = UFFD_API};
        struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};

        fault.path = args[0];
        fault.fd = fd;
        if (fault.fd < 0) {
                deed(args[0]);
                return;
        }
        fault.page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        reg.range.start = (uintptr_t)fault.page;
        reg.range.len = PAGE;
        check(ioctl(fault.fd, UFFDIO_API, &api), "UFFDIO_API");
        check(ioctl(fault.fd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
        start(serve_fault, NULL);
        deed(fault.page);
}

static void way_memory_userfaultfd(char **args)
{
        fault_memory(args, (int)say(syscall(SYS_userfaultfd, O_CLOEXEC)));
}

/* The same from a device, since Linux 6.1, which need not be opened for writing. */
static void way_memory_userfaultfd_device(char **args)
{
        int device = open("/dev/userfaultfd", O_RDONLY | O_CLOEXEC);

        fault_memory(args, (int)say(ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC)));
}

/* ---- a file system of our own, with one file that holds the path, and is slow ---- */

static struct {
        int fd;
        const char *path;
} fuse;

static struct fuse_attr fuse_attributes(uint64_t ino)
{
        struct fuse_attr attr = {.ino = ino, .nlink = 1, .size = ino == 1 ? 0 : PAGE};

        attr.mode = ino == 1 ? S_IFDIR | 0755 : S_IFREG | 0644;
        return attr;
}

static void fuse_answer(uint64_t unique, const void *data, size_t size)
{
        struct fuse_out_header out = {.len = (uint32_t)(sizeof(out) + size), .unique = unique};
        struct iovec iov[2] = {{&out, sizeof(out)}, {(void *)data, size}};

        if (writev(fuse.fd, iov, 2) < 0)
                perror("fuse");
}

static void fuse_serve_one(const struct fuse_in_header *in)
{
        struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
                                     .minor = 31,
                                     .max_write = PAGE,
                                     .max_readahead = PAGE};
        struct fuse_entry_out entry = {.nodeid = 2, .attr = fuse_attributes(2)};
        struct fuse_attr_out attr = {.attr = fuse_attributes(in->nodeid)};
        struct fuse_open_out opened = {.fh = 1};
        char page[4096] = "";

        switch (in->opcode) {
        case FUSE_INIT:
                fuse_answer(in->unique, &init, sizeof(init));
                return;
        case FUSE_LOOKUP:
                fuse_answer(in->unique, &entry, sizeof(entry));
                return;
        case FUSE_GETATTR:
                fuse_answer(in->unique, &attr, sizeof(attr));
                return;
        case FUSE_OPEN:
        case FUSE_OPENDIR:
                fuse_answer(in->unique, &opened, sizeof(opened));
                return;
        case FUSE_READ:
                nap(100);
                strcpy(page, fuse.path);
                fuse_answer(in->unique, page, sizeof(page));
                return;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
                return;
        }
        fuse_answer(in->unique, NULL, 0);
}

static void fuse_serve(void)
{
        static char request[FUSE_MIN_READ_BUFFER + 4096] __attribute__((aligned(8)));

        while (read(fuse.fd, request, sizeof(request)) > 0)
                fuse_serve_one((void *)request);
}

static int fuse_mount(const char *dir, const char *path)
{
        char options[128];

        fuse.path = path;
        fuse.fd = open("/dev/fuse", O_RDWR);
        if (fuse.fd < 0)
                return -1;
        snprintf(options, sizeof(options),
                 "fd=%d,rootmode=40000,user_id=%d,group_id=%d,allow_other", fuse.fd, getuid(),
                 getgid());
        return mount("attack", dir, "fuse", MS_NOSUID | MS_NODEV, options);
}

/* By a process that uses no file of it: an open file outlasts who serves it, and waits for him. The
 * file system goes with that process, and that with its parent. */
static void fuse_start(void)
{
        if (!fork()) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                fuse_serve();
                _exit(0);
        }
        close(fuse.fd);
}

/* DIR PATH */
static void way_memory_fuse(char **args)
{
        char name[4096], *file[] = {name};

        snprintf(name, sizeof(name), "%s/path", args[0]);
        if (say(fuse_mount(args[0], args[1])) < 0) {
                deed(args[1]);
                return;
        }
        fuse_start();
        way_memory_file(file);
}

/* DIR PATH COMMAND...: serves it for a command, which stands in its own sandbox. */
static void way_fuse_for(char **args)
{
        pid_t pid;

        check(fuse_mount(args[0], args[1]), "fuse");
        fuse_start();
        pid = fork();
        if (!pid) {
                execvp(args[2], args + 2);
                _exit(98);
        }
        wait_for(pid);
}

/* ---- into other processes ---- */

/* PATH: a child holds the name of a file that it may have, and is given another. */
static char victim_path[4096] = "mine";

static pid_t start_victim(int *wake)
{
        int ends[2];
        char byte;
        pid_t pid;

        check(pipe(ends), "pipe");
        pid = fork();
        if (!pid) {
                check(read(ends[0], &byte, 1), "read");
                do_quietly(victim_path);
                _exit(0);
        }
        *wake = ends[1];
        return pid;
}

static void let_victim_go(pid_t pid, int wake)
{
        check(write(wake, "x", 1), "write");
        wait_for(pid);
}

static void way_vm_writev(char **args)
{
        int wake;
        pid_t pid = start_victim(&wake);
        struct iovec from = {args[0], strlen(args[0]) + 1}, to = {victim_path, from.iov_len};

        say(process_vm_writev(pid, &from, 1, &to, 1, 0));
        let_victim_go(pid, wake);
}

static void way_ptrace(char **args)
{
        int wake;
        pid_t pid = start_victim(&wake);
        size_t size = strlen(args[0]) + 1;

        if (say(ptrace(PTRACE_SEIZE, pid, 0, 0)) == 0) {
                ptrace(PTRACE_INTERRUPT, pid, 0, 0);
                wait_for(pid);
                for (size_t i = 0; i < size; i += sizeof(long)) {
                        long word = 0;

                        memcpy(&word, args[0] + i,
                               size - i < sizeof(long) ? size - i : sizeof(long));
                        ptrace(PTRACE_POKEDATA, pid, victim_path + i, word);
                }
                ptrace(PTRACE_DETACH, pid, 0, 0);
        }
        let_victim_go(pid, wake);
}

static void way_proc_mem(char **args)
{
        int wake;
        pid_t pid = start_victim(&wake);
        char name[64];
        int fd;

        snprintf(name, sizeof(name), "/proc/%d/mem", pid);
        fd = (int)say(open(name, O_RDWR));
        if (fd >= 0)
                check(pwrite(fd, args[0], strlen(args[0]) + 1, (off_t)(uintptr_t)victim_path),
                      name);
        let_victim_go(pid, wake);
}

/* Its own read-only page: the kernel writes through it all the same. */
static void way_own_mem(char **args)
{
        char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int fd = (int)say(open("/proc/self/mem", O_RDWR));

        if (fd < 0) {
                deed(args[0]);
                return;
        }
        check(pwrite(fd, args[0], strlen(args[0]) + 1, (off_t)(uintptr_t)at), "mem");
        deed(at);
}

/* ---- filters of its own ---- */

/* That action for openat, ALLOW for all else. */
static int add_filter(unsigned flags, uint32_t action)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, action),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void deed_under(uint32_t action, const char *path)
{
        check(add_filter(0, action), "seccomp");
        deed(path);
}

static void way_filter_allow(char **args)
{
        deed_under(SECCOMP_RET_ALLOW, args[0]);
}

static void way_filter_log(char **args)
{
        deed_under(SECCOMP_RET_LOG, args[0]);
}

/* With data that the tracer might take for its own. */
static void way_filter_trace(char **args)
{
        deed_under(SECCOMP_RET_TRACE | 0xffff, args[0]);
}

static void way_filter_threads(char **args)
{
        check(add_filter(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ALLOW), "seccomp");
        way_thread(args);
}

/* Gone from the tracer's sight: then by a call that is like it. */
static void way_filter_errno(char **args)
{
        struct open_how how = {.flags = O_WRONLY | O_TRUNC};

        check(add_filter(0, SECCOMP_RET_ERRNO), "seccomp");
        say(syscall(SYS_openat2, AT_FDCWD, args[0], &how, sizeof(how)));
}

static void try_otherwise(int signal)
{
        struct open_how how = {.flags = O_WRONLY | O_TRUNC};

        (void)signal;
        say(syscall(SYS_openat2, AT_FDCWD, handler_path, &how, sizeof(how)));
        _exit(0);
}

static void way_filter_trap(char **args)
{
        handler_path = args[0];
        signal(SIGSYS, try_otherwise);
        deed_under(SECCOMP_RET_TRAP, args[0]);
}

/* A supervisor of its own, who lets the call go on. */
static void way_filter_listener(char **args)
{
        struct seccomp_notif notif = {0};
        struct seccomp_notif_resp response = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
        int fd = (int)say(add_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_RET_USER_NOTIF));
        pid_t pid;

        if (fd < 0) {
                deed(args[0]);
                return;
        }
        pid = fork();
        if (!pid) {
                deed(args[0]);
                _exit(0);
        }
        check(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &notif), "receive");
        response.id = notif.id;
        check(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response), "send");
        wait_for(pid);
}

/* ---- calls by other doors ---- */

/* One ring, one entry: openat with O_TRUNC. */
static void way_io_uring(char **args)
{
        struct io_uring_params p = {0};
        int fd = (int)say(syscall(SYS_io_uring_setup, 1, &p));
        struct io_uring_sqe *sqe;
        char *ring;

        if (fd < 0) {
                deed(args[0]);
                return;
        }
        ring = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
        sqe = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
        *sqe = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
                                     .fd = AT_FDCWD,
                                     .addr = (uintptr_t)args[0],
                                     .open_flags = O_WRONLY | O_TRUNC};
        *(unsigned *)(ring + p.sq_off.array) = 0;
        __atomic_store_n((unsigned *)(ring + p.sq_off.tail), 1, __ATOMIC_RELEASE);
        say(syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
}

#ifdef __x86_64__
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1
#endif

/* Calls that the kernel gives back, and that are then made on the program's behalf. */
static volatile char dispatch_blocks;

static void make_dispatched_call(int signal, siginfo_t *info, void *context)
{
        greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

        (void)signal;
        dispatch_blocks = 0;
        r[REG_RAX] = syscall(info->si_syscall, r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10]);
        if (r[REG_RAX] < 0)
                r[REG_RAX] = -errno;
}

static void way_user_dispatch(char **args)
{
        struct sigaction action = {.sa_sigaction = make_dispatched_call, .sa_flags = SA_SIGINFO};

        sigaction(SIGSYS, &action, NULL);
        check(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &dispatch_blocks),
              "user dispatch");
        dispatch_blocks = 1;
        deed(args[0]);
}

enum { I386_OPEN = 5 };

static char *low_memory(int prot)
{
        char *at = mmap(NULL, 4 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

        check(at == MAP_FAILED ? -1 : 0, "mmap");
        return at;
}

static void say_raw(long result)
{
        int low = (int)result;

        errno = low < 0 ? -low : 0;
        say(low < 0 ? -1 : low);
}

/* With something in the upper halves, which that gate does not look at. */
static void way_int80_high_bits(char **args)
{
        const uint64_t high = 0xdeadbeefull << 32;
        char *path = strcpy(low_memory(PROT_READ | PROT_WRITE), args[0]);
        long result;

        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "0"(high | I386_OPEN), "b"(high | (uintptr_t)path),
                           "c"(high | O_WRONLY | O_TRUNC), "d"(high)
                         : "memory", "r8", "r9", "r10", "r11");
        say_raw(result);
}

/* From 32-bit code: a far call to the other code segment, where int 0x80 and a far return stand.
 * All that the far return needs lies below 4 GiB. */
static void way_code32(char **args)
{
        enum { USER32_CS = 0x23, NEAR = 16 };
        static const unsigned char far_code[] = {0xcd, 0x80, 0xcb};  /* int $0x80; lret */
        static const unsigned char near_code[] = {0xff, 0x1e, 0xc3}; /* lcall *(%rsi); ret */
        char *low = low_memory(PROT_READ | PROT_WRITE | PROT_EXEC);
        char *path = strcpy(low + PAGE, args[0]), *stack = low + 4 * PAGE;
        struct {
                uint32_t offset;
                uint16_t segment;
        } target = {(uint32_t)(uintptr_t)low, USER32_CS};
        long result;

        memcpy(low, far_code, sizeof(far_code));
        memcpy(low + NEAR, near_code, sizeof(near_code));
        __asm__ volatile("movq %%rsp, %%r12\n\t"
                         "movq %[stack], %%rsp\n\t"
                         "callq *%[near]\n\t"
                         "movq %%r12, %%rsp"
                         : "=a"(result)
                         : "0"(I386_OPEN), "b"(path), "c"(O_WRONLY | O_TRUNC), "d"(0),
                           "S"(&target), [stack] "r"(stack), [near] "r"(low + NEAR)
                         : "memory", "cc", "r8", "r9", "r10", "r11", "r12");
        say_raw(result);
}
#endif

static const struct {
        const char *name;
        int nargs;
        void (*run)(char **args);
} ways[] = {
        {"acl", 1, way_acl},
        {"bomb", 2, way_bomb},
        {"clone-parent", 1, way_clone_parent},
        {"clone-shared", 1, way_clone_shared},
        {"clone-sighand", 1, way_clone_sighand},
        {"clone-untraced", 1, way_clone_untraced},
        {"clone3-untraced", 1, way_clone3_untraced},
        {"daemon", 1, way_daemon},
        {"deed", 1, way_deed},
        {"filter-allow", 1, way_filter_allow},
        {"filter-errno", 1, way_filter_errno},
        {"filter-listener", 1, way_filter_listener},
        {"filter-log", 1, way_filter_log},
        {"filter-threads", 1, way_filter_threads},
        {"filter-trace", 1, way_filter_trace},
        {"filter-trap", 1, way_filter_trap},
        {"fuse-for", 3, way_fuse_for},
        {"handle", 1, way_handle},
        {"handler", 1, way_handler},
        {"io-uring", 1, way_io_uring},
        {"leaderless", 2, way_leaderless},
        {"limits", 1, way_limits},
        {"map-files", 1, way_map_files},
        {"memfd-exec", 1, way_memfd_exec},
        {"memory-across", 1, way_memory_across},
        {"memory-anonymous", 1, way_memory_anonymous},
        {"memory-file", 1, way_memory_file},
        {"memory-fuse", 2, way_memory_fuse},
        {"memory-huge", 1, way_memory_huge},
        {"memory-memfd", 1, way_memory_memfd},
        {"memory-read-only", 1, way_memory_read_only},
        {"memory-secret", 1, way_memory_secret},
        {"memory-shm", 1, way_memory_shm},
        {"memory-userfaultfd", 1, way_memory_userfaultfd},
        {"memory-userfaultfd-device", 1, way_memory_userfaultfd_device},
        {"mmap", 1, way_mmap},
        {"mmap-read", 1, way_mmap_read},
        {"mprotect", 1, way_mprotect},
        {"orphan", 1, way_orphan},
        {"own-mem", 1, way_own_mem},
        {"passed-directory", 2, way_passed_directory},
        {"persist", 1, way_persist},
        {"pidfd-getfd", 1, way_pidfd_getfd},
        {"proc-mem", 1, way_proc_mem},
        {"ptrace", 1, way_ptrace},
        {"restart", 2, way_restart},
        {"signalled", 1, way_signalled},
        {"thread", 1, way_thread},
        {"thread-exec", 1, way_thread_exec},
        {"threads", 2, way_threads},
        {"vfork", 1, way_vfork},
        {"vfork-exec", 2, way_vfork_exec},
        {"vm-writev", 1, way_vm_writev},
#ifdef __x86_64__
        {"code32", 1, way_code32},
        {"int80-high-bits", 1, way_int80_high_bits},
        {"user-dispatch", 1, way_user_dispatch},
#endif
};

int main(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(*ways); i++) {
                if (strcmp(argv[1], ways[i].name) != 0 || argc - 2 < ways[i].nargs)
                        continue;
                ways[i].run(argv + 2);
                return 0;
        }
        fprintf(stderr, "probe: what is '%s'?\n", argc > 1 ? argv[1] : "");
        return 2;
}
