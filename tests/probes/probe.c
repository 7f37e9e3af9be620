/* probe: make system calls, each in just the way that is asked for, through syscall(2).
 *
 *     probe CALL ARG... [-- CALL ARG...]...
 *
 * prints a line for each call: "errno=EACCES" or "errno=0 result=3", and exits 0. All calls are
 * made by one process, so that descriptors last: the first is 3. A row is a call's name and number;
 * how its arguments are laid out is said by the arguments themselves:
 *
 *     7  0x1ff  0755  -1      a number, all 64 bits of it (32 on i386)
 *     cwd                     AT_FDCWD
 *     null, bad               no address; one that cannot be read
 *     s:TEXT                  a string
 *     sp:TEXT                 the same, with %p, %t and %q for pid, tid and ppid
 *     e:TEXT                  as s:TEXT, whose NUL is the last byte before an unreadable page
 *     u:TEXT                  the same without a NUL: it runs into the unreadable page
 *     buf:SIZE                room for SIZE bytes; the call `show` prints it, `got N` words of it
 *     int:N                   the address of an int
 *     off:N                   the address of a 64-bit offset
 *     how:FLAGS:MODE:RESOLVE  struct open_how
 *     words:ARG,ARG...        an array of words
 *     argv:ARG,ARG...         an array of pointers ended by NULL; in both a '+' stands for a comma
 *                             of the inner argument
 *     iov:TEXT,TEXT...        struct iovec array
 *     un:PATH  abs:NAME  in:PORT  in6:PORT  any:PORT  any6:PORT  mapped:PORT  unspec:PORT
 *     netlink:PID  vsock:PORT  packet:IFINDEX
 *                             a socket address; its length is `len` in the next place. in is
 * loopback, any 0.0.0.0, mapped ::ffff:127.0.0.1, unspec 127.0.0.1 without a family len the length
 * of the last socket address msg:ADDRESS,TEXT        struct msghdr; ADDRESS as above, or null
 *     mmsg:ADDRESS,TEXT,...   struct mmsghdr array
 *     route:ADDRESS,TEXT      as msg, with a source route by 127.0.0.2
 *     pid, tid, ppid          numbers of this process
 *
 * `probe names` prints the names that it knows.
 *
 * Besides the names of the table a CALL may be nr:N, a number, and on x86-64 i80:N, that number of
 * the i386 table through int 0x80, with addresses below 4 GiB. These are no calls of the kernel:
 *     show [N]      prints the last buf: up to its NUL, or N bytes
 *     sleep MS      waits
 *     child CALL... the rest of the line is done by a child process, for whose end it waits
 *     thread CALL...  the same by a thread
 *     beside        from now on a second thread is there, and does nothing
 *     mapped        from now on what arguments lead to is in the pages of a file, or with
 *     mapped shared   in pages that others may have, too
 *     deep N NAME   N times: mkdir NAME and chdir there (not printed)
 *     dive N NAME   N times: chdir NAME (not printed) */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <pthread.h>
#include <stddef.h>
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
#include <unistd.h>

#define CALL(name)                \
        {                         \
#name, SYS_##name \
        }

static const struct {
        const char *name;
        long nr;
} calls[] = {
/* What only older architectures have. */
#ifdef SYS_open
        CALL(access),
        CALL(chmod),
        CALL(chown),
        CALL(creat),
        CALL(dup2),
        CALL(fork),
        CALL(futimesat),
        CALL(lchown),
        CALL(link),
        CALL(mkdir),
        CALL(mknod),
        CALL(open),
        CALL(pipe),
        CALL(readlink),
        CALL(rename),
        CALL(rmdir),
        CALL(stat),
        CALL(symlink),
        CALL(unlink),
        CALL(uselib),
        CALL(utime),
        CALL(utimes),
        CALL(ioperm),
        CALL(iopl),
        CALL(create_module),
        CALL(modify_ldt),
#endif
#ifdef __i386__
        CALL(chown32),
        CALL(clock_settime64),
        CALL(fchown32),
        CALL(fcntl64),
        CALL(fstat64),
        CALL(ipc),
        CALL(lchown32),
        CALL(mmap2),
        CALL(sendfile64),
        CALL(socketcall),
        CALL(truncate64),
        CALL(umount),
        CALL(utimensat_time64),
        CALL(waitpid),
#else
        CALL(kexec_file_load),
        CALL(mmap),
        CALL(shmat),
        CALL(shmget),
#endif
        CALL(acct),
        CALL(add_key),
        CALL(bind),
        CALL(bpf),
        CALL(capset),
        CALL(chdir),
        CALL(chroot),
        CALL(clone),
        CALL(clone3),
        CALL(close),
        CALL(connect),
        CALL(copy_file_range),
        CALL(delete_module),
        CALL(dup),
        CALL(dup3),
        CALL(execve),
        CALL(execveat),
        CALL(faccessat),
        CALL(fallocate),
        CALL(fanotify_init),
        CALL(fanotify_mark),
        CALL(fchdir),
        CALL(fchmod),
        CALL(fchmodat),
        CALL(fchown),
        CALL(fchownat),
        CALL(fcntl),
        CALL(finit_module),
        CALL(fremovexattr),
        CALL(fsconfig),
        CALL(fsetxattr),
        CALL(fsmount),
        CALL(fsopen),
        CALL(fspick),
        CALL(ftruncate),
        CALL(getcwd),
        CALL(getpid),
        CALL(getsockname),
        CALL(getxattr),
        CALL(init_module),
        CALL(io_setup),
        CALL(io_submit),
        CALL(io_uring_enter),
        CALL(io_uring_register),
        CALL(io_uring_setup),
        CALL(ioctl),
        CALL(ioprio_set),
        CALL(kcmp),
        CALL(kexec_load),
        CALL(kill),
        CALL(linkat),
        CALL(listen),
        CALL(setsockopt),
        CALL(lremovexattr),
        CALL(lseek),
        CALL(lsetxattr),
        CALL(memfd_create),
        CALL(migrate_pages),
        CALL(mkdirat),
        CALL(mknodat),
        CALL(mount),
        CALL(mount_setattr),
        CALL(move_mount),
        CALL(move_pages),
        CALL(mprotect),
        CALL(munmap),
        CALL(name_to_handle_at),
        CALL(open_by_handle_at),
        CALL(open_tree),
        CALL(openat),
        CALL(openat2),
        CALL(perf_event_open),
        CALL(personality),
        CALL(pidfd_getfd),
        CALL(pidfd_open),
        CALL(pidfd_send_signal),
        CALL(pipe2),
        CALL(pivot_root),
        CALL(prctl),
        CALL(prlimit64),
        CALL(process_vm_readv),
        CALL(process_vm_writev),
        CALL(ptrace),
        CALL(pwrite64),
        CALL(pwritev),
        CALL(pwritev2),
        CALL(quotactl),
        CALL(quotactl_fd),
        CALL(read),
        CALL(readlinkat),
        CALL(reboot),
        CALL(remap_file_pages),
        CALL(removexattr),
        CALL(renameat),
        CALL(renameat2),
        CALL(rt_sigqueueinfo),
        CALL(rt_tgsigqueueinfo),
        CALL(sched_setaffinity),
        CALL(sched_setattr),
        CALL(sched_setparam),
        CALL(sched_setscheduler),
        CALL(seccomp),
        CALL(sendfile),
        CALL(sendmmsg),
        CALL(sendmsg),
        CALL(sendto),
        CALL(setns),
        CALL(setpriority),
        CALL(setresuid),
        CALL(setsid),
        CALL(setxattr),
        CALL(socket),
        CALL(socketpair),
        CALL(splice),
        CALL(swapoff),
        CALL(swapon),
        CALL(symlinkat),
        CALL(tee),
        CALL(tgkill),
        CALL(tkill),
        CALL(truncate),
        CALL(umask),
        CALL(umount2),
        CALL(unlinkat),
        CALL(unshare),
        CALL(userfaultfd),
        CALL(utimensat),
        CALL(vmsplice),
        CALL(wait4),
        CALL(write),
        CALL(writev),
        /* Newer than the headers that we may be built with: one number everywhere. */
        {"process_madvise", 440},
        {"process_mrelease", 448},
        {"fchmodat2", 452},
        {"setxattrat", 463},
        {"removexattrat", 466},
        {"open_tree_attr", 467},
        {"file_setattr", 469},
        {NULL, 0},
};

static void __attribute__((noreturn)) misunderstood(const char *what)
{
        fprintf(stderr, "probe: what is '%s'?\n", what);
        exit(2);
}

/* ---- memory: all of it below 4 GiB, for int 0x80, and with an unreadable page behind each piece
 * ---- */

#define PAGE 4096ul
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

static int mapping; /* MAP_PRIVATE or MAP_SHARED of a file; 0: of none */

static char *pages(size_t size)
{
        size_t whole = (size + PAGE - 1) / PAGE * PAGE;
        int fd = mapping ? (int)syscall(SYS_memfd_create, "arguments", 0) : -1;
        int flags = mapping ? mapping : MAP_PRIVATE | MAP_ANONYMOUS;
        char *at;

        if (mapping && ftruncate(fd, (off_t)(whole + PAGE)))
                exit(2);
        at = mmap(NULL, whole + PAGE, PROT_READ | PROT_WRITE, flags | MAP_32BIT, fd, 0);
        if (fd >= 0)
                close(fd);
        /* Not unmapped, lest something else be put there. */
        if (at == MAP_FAILED || mprotect(at + whole, PAGE, PROT_NONE))
                exit(2);
        return at;
}

static void *room(size_t size)
{
        static char *next;
        static size_t left;
        char *at;

        size = (size + 15) & ~(size_t)15;
        if (size > left) {
                left = size > 16 * PAGE ? size : 16 * PAGE;
                next = pages(left);
        }
        at = next;
        next += size;
        left -= size;
        return at;
}

static void *copy_of(const void *data, size_t size)
{
        return memcpy(room(size), data, size);
}

/* At the very end of its pages. */
static char *at_edge(const char *data, size_t size)
{
        char *at = pages(size ? size : 1);
        size_t whole = (size + PAGE - 1) / PAGE * PAGE;

        return memcpy(at + (whole ? whole : PAGE) - size, data, size);
}

static long number(const char *text)
{
        char *end;
        unsigned long long n = strtoull(text, &end, 0);

        if (!*text || *end)
                misunderstood(text);
        return (long)n;
}

/* ---- arguments ---- */

static char *last_buffer;
static long last_length;

static const char *after(const char *text, const char *prefix)
{
        size_t n = strlen(prefix);

        return strncmp(text, prefix, n) ? NULL : text + n;
}

static long argument(const char *text);

static unsigned split(const char *list, char **items, unsigned max)
{
        char *copy = strdup(list), *comma;
        unsigned n = 0;

        while (n < max) {
                items[n++] = copy;
                comma = strchr(copy, ',');
                if (!comma)
                        return n;
                *comma = '\0';
                copy = comma + 1;
        }
        misunderstood(list);
}

enum { LIST = 1024 };

static long list_of_words(const char *list, int end)
{
        char *items[LIST];
        unsigned n = split(list, items, LIST);
        long *words = room((n + 1) * sizeof(long));

        for (unsigned i = 0; i < n; i++) {
                for (char *plus = items[i]; (plus = strchr(plus, '+')); plus++)
                        *plus = ',';
                words[i] = argument(items[i]);
        }
        if (end)
                words[n] = 0;
        return (long)words;
}

static struct iovec *iovecs(const char *list, unsigned *n)
{
        char *items[LIST];
        struct iovec *iov;

        *n = split(list, items, LIST);
        iov = room(*n * sizeof(*iov));
        for (unsigned i = 0; i < *n; i++)
                iov[i] = (struct iovec){copy_of(items[i], strlen(items[i]) + 1), strlen(items[i])};
        return iov;
}

static long open_how(const char *text)
{
        uint64_t how[3] = {0};
        char *copy = strdup(text), *word;

        for (unsigned i = 0; i < 3 && (word = strsep(&copy, ":")); i++)
                how[i] = strtoull(word, NULL, 0);
        return (long)copy_of(how, sizeof(how));
}

static long unix_address(const char *name, int abstract)
{
        struct sockaddr_un un = {.sun_family = AF_UNIX};
        size_t n = strlen(name);

        if (n + (unsigned)abstract > sizeof(un.sun_path))
                misunderstood(name);
        memcpy(un.sun_path + abstract, name, n);
        last_length = (long)(offsetof(struct sockaddr_un, sun_path) + n + 1);
        if (n == sizeof(un.sun_path))
                last_length--;
        return (long)copy_of(&un, sizeof(un));
}

static long inet_address(long port, int family, in_addr_t host)
{
        struct sockaddr_in in = {.sin_family = (sa_family_t)family,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(host)};

        last_length = sizeof(in);
        return (long)copy_of(&in, sizeof(in));
}

static long inet6_address(long port, const char *host)
{
        struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

        inet_pton(AF_INET6, host, &in.sin6_addr);
        last_length = sizeof(in);
        return (long)copy_of(&in, sizeof(in));
}

static long netlink_address(long pid)
{
        struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)pid};

        last_length = sizeof(nl);
        return (long)copy_of(&nl, sizeof(nl));
}

static long packet_address(long interface)
{
        struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                                 .sll_protocol = htons(ETH_P_ALL),
                                 .sll_ifindex = (int)interface};

        last_length = sizeof(ll);
        return (long)copy_of(&ll, sizeof(ll));
}

static long vsock_address(long port)
{
        struct sockaddr_vm vm = {
                .svm_family = AF_VSOCK, .svm_port = (unsigned)port, .svm_cid = VMADDR_CID_LOCAL};

        last_length = sizeof(vm);
        return (long)copy_of(&vm, sizeof(vm));
}

static void fill_message(struct msghdr *msg, const char *address, const char *text)
{
        unsigned n;

        memset(msg, 0, sizeof(*msg));
        last_length = 0;
        msg->msg_name = (void *)argument(address);
        msg->msg_namelen = (socklen_t)last_length;
        msg->msg_iov = iovecs(text, &n);
        msg->msg_iovlen = n;
}

static long message(const char *list)
{
        struct msghdr msg;
        char *items[2];

        if (split(list, items, 2) != 2)
                misunderstood(list);
        fill_message(&msg, items[0], items[1]);
        return (long)copy_of(&msg, sizeof(msg));
}

/* LSRR, its length, the first unused hop, and the hop: RFC 791. */
static long routed_message(const char *list)
{
        static const unsigned char route[] = {0x83, 7, 4, 127, 0, 0, 2, 0};
        struct msghdr *msg = (struct msghdr *)message(list);

        msg->msg_controllen = CMSG_SPACE(sizeof(route));
        msg->msg_control = room(msg->msg_controllen);
        *CMSG_FIRSTHDR(msg) = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(route)),
                                               .cmsg_level = IPPROTO_IP,
                                               .cmsg_type = IP_RETOPTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(msg)), route, sizeof(route));
        return (long)msg;
}

static long messages(const char *list)
{
        char *items[LIST];
        unsigned n = split(list, items, LIST) / 2;
        struct mmsghdr *all = room(n * sizeof(*all));

        for (unsigned i = 0; i < n; i++)
                fill_message(&all[i].msg_hdr, items[2 * i], items[2 * i + 1]);
        return (long)all;
}

/* Of the caller: in a child, that of the child. */
static char *with_numbers(const char *text)
{
        char *out = room(strlen(text) + 256), *end = out;

        for (; *text; text++) {
                if (*text == '%' && text[1] && strchr("ptq", text[1])) {
                        text++;
                        end += sprintf(end, "%d",
                                       *text == 'p'   ? getpid()
                                       : *text == 't' ? gettid()
                                                      : getppid());
                } else {
                        *end++ = *text;
                }
        }
        *end = '\0';
        return out;
}

static long argument(const char *text)
{
        const char *rest;
        unsigned n;
        int word;
        int64_t offset;

        if (!strcmp(text, "null"))
                return 0;
        if (!strcmp(text, "bad"))
                return (long)pages(PAGE) + (long)PAGE;
        if (!strcmp(text, "cwd"))
                return AT_FDCWD;
        if (!strcmp(text, "len"))
                return last_length;
        if (!strcmp(text, "pid"))
                return getpid();
        if (!strcmp(text, "tid"))
                return gettid();
        if (!strcmp(text, "ppid"))
                return getppid();
        if ((rest = after(text, "s:")))
                return (long)copy_of(rest, strlen(rest) + 1);
        if ((rest = after(text, "sp:")))
                return (long)with_numbers(rest);
        if ((rest = after(text, "e:")))
                return (long)at_edge(rest, strlen(rest) + 1);
        if ((rest = after(text, "u:")))
                return (long)at_edge(rest, strlen(rest));
        if ((rest = after(text, "buf:")))
                return (long)(last_buffer = memset(room((size_t)number(rest) + 1), 0,
                                                   (size_t)number(rest) + 1));
        if ((rest = after(text, "int:"))) {
                word = (int)number(rest);
                return (long)copy_of(&word, sizeof(word));
        }
        if ((rest = after(text, "off:"))) {
                offset = number(rest);
                return (long)copy_of(&offset, sizeof(offset));
        }
        if ((rest = after(text, "how:")))
                return open_how(rest);
        if ((rest = after(text, "words:")))
                return list_of_words(rest, 0);
        if ((rest = after(text, "argv:")))
                return list_of_words(rest, 1);
        if ((rest = after(text, "iov:")))
                return (long)iovecs(rest, &n);
        if ((rest = after(text, "un:")))
                return unix_address(rest, 0);
        if ((rest = after(text, "abs:")))
                return unix_address(rest, 1);
        if ((rest = after(text, "in:")))
                return inet_address(number(rest), AF_INET, INADDR_LOOPBACK);
        if ((rest = after(text, "any:")))
                return inet_address(number(rest), AF_INET, INADDR_ANY);
        if ((rest = after(text, "unspec:")))
                return inet_address(number(rest), AF_UNSPEC, INADDR_LOOPBACK);
        if ((rest = after(text, "in6:")))
                return inet6_address(number(rest), "::1");
        if ((rest = after(text, "any6:")))
                return inet6_address(number(rest), "::");
        if ((rest = after(text, "mapped:")))
                return inet6_address(number(rest), "::ffff:127.0.0.1");
        if ((rest = after(text, "packet:")))
                return packet_address(number(rest));
        if ((rest = after(text, "netlink:")))
                return netlink_address(number(rest));
        if ((rest = after(text, "vsock:")))
                return vsock_address(number(rest));
        if ((rest = after(text, "msg:")))
                return message(rest);
        if ((rest = after(text, "route:")))
                return routed_message(rest);
        if ((rest = after(text, "mmsg:")))
                return messages(rest);
        return number(text);
}

/* ---- calls ---- */

static void say(long result)
{
        const char *name = result < 0 ? strerrorname_np(errno) : NULL;

        if (result >= 0)
                printf("errno=0 result=%ld\n", result);
        else if (name)
                printf("errno=%s\n", name);
        else
                printf("errno=%d\n", errno);
        fflush(stdout);
}

#ifdef __x86_64__
static long int80(long nr, const long *a)
{
        long result;

        /* rbp is the sixth argument, which none of ours has. */
        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "0"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                         : "memory", "r8", "r9", "r10", "r11");
        result = (int)result;
        if (result < 0 && result >= -4095) {
                errno = (int)-result;
                return -1;
        }
        return result;
}
#endif

static int call_number(const char *name, long *nr)
{
        const char *rest = after(name, "nr:");

        if (rest) {
                *nr = number(rest);
                return 1;
        }
        for (size_t i = 0; calls[i].name; i++) {
                if (!strcmp(calls[i].name, name)) {
                        *nr = calls[i].nr;
                        return 1;
                }
        }
        return 0;
}

static int forks(const char *name)
{
        return !strcmp(name, "fork") || !strcmp(name, "clone") || !strcmp(name, "clone3");
}

static void make_call(const char *name, char *const *args, unsigned n)
{
        const char *i80 = after(name, "i80:");
        long a[6] = {0}, nr = 0, result;
        int status;

        if (n > 6)
                misunderstood(args[6]);
        for (unsigned i = 0; i < n; i++)
                a[i] = argument(args[i]);
        if (!i80 && !call_number(name, &nr))
                misunderstood(name);
        fflush(stdout);
        errno = 0;
#ifdef __x86_64__
        result = i80 ? int80(number(i80), a) : syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
#else
        if (i80)
                misunderstood(name);
        result = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
#endif
        if (forks(name) && !result)
                _exit(0);
        say(result);
        if (forks(name) && result > 0)
                waitpid((pid_t)result, &status, __WALL);
}

/* ---- what is no call ---- */

static void show(char *const *args, unsigned n)
{
        size_t size = n ? (size_t)number(args[0]) : last_buffer ? strlen(last_buffer) : 0;

        fwrite("show=", 1, 5, stdout);
        fwrite(last_buffer, 1, size, stdout);
        putchar('\n');
        fflush(stdout);
}

static void descend(long levels, const char *name, int make)
{
        for (long i = 0; i < levels; i++) {
                if ((make && mkdir(name, 0755) && errno != EEXIST) || chdir(name)) {
                        printf("descend stopped at %ld: ", i);
                        say(-1);
                        return;
                }
        }
}

static void perform(char *const *words, unsigned n);

struct task {
        char *const *words;
        unsigned n;
};

static void *perform_task(void *data)
{
        const struct task *task = data;

        perform(task->words, task->n);
        return NULL;
}

static void perform_in_child(char *const *words, unsigned n)
{
        pid_t pid;
        int status;

        fflush(stdout);
        pid = fork();
        if (!pid) {
                perform(words, n);
                fflush(stdout);
                _exit(0);
        }
        waitpid(pid, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status))
                printf("child status=%d\n", status);
}

static void perform_in_thread(char *const *words, unsigned n)
{
        struct task task = {words, n};
        pthread_t thread;

        if (pthread_create(&thread, NULL, perform_task, &task) || pthread_join(thread, NULL))
                printf("no thread\n");
}

static void *do_nothing(void *unused)
{
        for (;;)
                pause();
        return unused;
}

static void have_company(void)
{
        pthread_t thread;

        if (pthread_create(&thread, NULL, do_nothing, NULL))
                printf("no thread\n");
}

static void perform(char *const *words, unsigned n)
{
        if (!n)
                misunderstood("");
        if (!strcmp(words[0], "show"))
                show(words + 1, n - 1);
        else if (!strcmp(words[0], "sleep") && n == 2)
                usleep((useconds_t)number(words[1]) * 1000);
        else if (!strcmp(words[0], "beside"))
                have_company();
        else if (!strcmp(words[0], "mapped"))
                mapping = n == 2 ? MAP_SHARED : MAP_PRIVATE;
        else if (!strcmp(words[0], "child"))
                perform_in_child(words + 1, n - 1);
        else if (!strcmp(words[0], "thread"))
                perform_in_thread(words + 1, n - 1);
        else if ((!strcmp(words[0], "deep") || !strcmp(words[0], "dive")) && n == 3)
                descend(number(words[1]), words[2], words[0][1] == 'e');
        else
                make_call(words[0], words + 1, n - 1);
}

int main(int argc, char **argv)
{
        int from = 1;

        if (argc == 2 && !strcmp(argv[1], "names")) {
                for (size_t i = 0; calls[i].name; i++)
                        puts(calls[i].name);
                return 0;
        }
        for (int i = 1; i <= argc; i++) {
                if (i < argc && strcmp(argv[i], "--") != 0)
                        continue;
                perform(argv + from, (unsigned)(i - from));
                from = i + 1;
        }
        fflush(stdout);
        return 0;
}
