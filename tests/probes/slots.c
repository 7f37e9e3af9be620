/* slots.c: tries to have memory of its own where stopgate keeps its copies of what was judged.
 *
 * Usage: slots WAY ALLOWED FORBIDDEN. Each WAY begins with a neighbour in the same memory, for
 * which calls are run on copies, and opens ALLOWED; in its own memory FORBIDDEN stands at every
 * place where a copy could be. It says what it has read. Without stopgate that is ALLOWED's;
 * "plain" shows that FORBIDDEN is there to be read. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <sys/rseq.h>
#endif

enum { START = 0x10000, SIZE = 0x400000 - START, SLOT = 2 * 4096 + 256 };

static const char *allowed, *forbidden;
static int own;
static char stack[65536] __attribute__((aligned(16)));

static volatile int ready;

static int pause_for_good(void *unused)
{
        (void)unused;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        ready = 1;
        for (;;)
                pause();
        return 0;
}

static pid_t begin_neighbour(void)
{
        pid_t pid;

        ready = 0;
        pid = clone(pause_for_good, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
        while (pid > 0 && !ready)
                usleep(1000);
        return pid;
}

static void make_own(void)
{
        struct open_how how = {.flags = O_RDONLY};
        char *memory;

        own = (int)syscall(SYS_memfd_create, "own", 0);
        if (own < 0 || ftruncate(own, SIZE))
                exit(2);
        memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
        for (int i = 0; i < SIZE / SLOT; i++) {
                memcpy(memory + i * SLOT, &how, sizeof(how));
                strcpy(memory + i * SLOT + sizeof(how), forbidden);
        }
}

static void map_own(void)
{
        mmap((void *)START, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, own, 0);
}

static int show(int fd)
{
        char text[256];
        ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

        if (len < 0)
                perror("slots");
        else
                printf("%.*s", (int)len, text);
        return len < 0;
}

static int open_allowed(void)
{
        return (int)syscall(SYS_openat, AT_FDCWD, allowed, O_RDONLY);
}

static int plain(void)
{
        return show(open_allowed()) | show(open(forbidden, O_RDONLY));
}

/* The copies are kept from a child. */
static int dontfork(void)
{
        struct iovec range = {(void *)START, SIZE};
        int self = (int)syscall(SYS_pidfd_open, getpid(), 0), status;
        pid_t pid;

        close(open_allowed());
        syscall(SYS_process_madvise, self, &range, 1, MADV_DONTFORK, 0);
        pid = fork();
        if (!pid) {
                pid_t neighbour;
                int r;

                map_own();
                neighbour = begin_neighbour();
                r = show(open_allowed());
                kill(neighbour, SIGKILL);
                fflush(stdout);
                _exit(r);
        }
        waitpid(pid, &status, 0);
        return status != 0;
}

static unsigned long field(const char *text, int n)
{
        const char *at = strrchr(text, ')') + 1;

        for (int i = 3; i < n; i++)
                at = strchr(at + 1, ' ');
        return strtoul(at, NULL, 10);
}

/* As if brk(2) moved the end of memory that holds them. */
static void lower_brk(void)
{
        char text[2048];
        int fd = open("/proc/self/stat", O_RDONLY);
        ssize_t len = read(fd, text, sizeof(text) - 1);
        struct prctl_mm_map map = {.start_brk = START, .brk = 0x410000, .exe_fd = (uint32_t)-1};

        text[len < 0 ? 0 : len] = '\0';
        map.start_code = field(text, 26);
        map.end_code = field(text, 27);
        map.start_stack = field(text, 28);
        map.start_data = field(text, 45);
        map.end_data = field(text, 46);
        map.arg_start = field(text, 48);
        map.arg_end = field(text, 49);
        map.env_start = field(text, 50);
        map.env_end = field(text, 51);
        if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
                perror("PR_SET_MM_MAP");
        make_own();
}

static int low_brk(void)
{
        close(open_allowed());
        syscall(SYS_brk, START);
        map_own();
        return show(open_allowed());
}

#if defined(__x86_64__)
/* What a tracer lets it make at its own call's instruction is left before it is made. */
static struct {
        uint32_t version, flags;
        uint64_t start, len, abort;
} __attribute__((aligned(32))) section;
long slots_own;

static int rseq(void)
{
        struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
        extern const char slots_call[], slots_abort[];
        register long mode __asm__("r10") = 0;
        long result = SYS_openat;

        slots_own = own;
        section.start = (uintptr_t)slots_call;
        section.len = 2;
        section.abort = (uintptr_t)slots_abort;
        __asm__ volatile(
                "movq %[section], %[place]\n"
                ".globl slots_call\nslots_call: syscall\n"
                "jmp 1f\n"
                ".byte 0x0f, 0xb9, 0x3d\n.long 0x53053053\n" /* RSEQ_SIG */
                ".globl slots_abort\nslots_abort:\n"
                "movl %[mmap], %%eax\n movl %[start], %%edi\n movl %[size], %%esi\n"
                "movl $3, %%edx\n movl %[how], %%r10d\n movq slots_own(%%rip), %%r8\n"
                "xorl %%r9d, %%r9d\n syscall\n ud2\n"
                "1:\n"
                : "+a"(result), [place] "=m"(area->rseq_cs)
                : "D"((long)AT_FDCWD), "S"(allowed), "d"((long)O_RDONLY),
                  "r"(mode), [section] "r"(&section), [mmap] "i"(SYS_mmap), [start] "i"(START),
                  [size] "i"(SIZE), [how] "i"(MAP_SHARED | MAP_FIXED_NOREPLACE)
                : "rcx", "r11", "memory", "r8", "r9");
        return show(result < 0 ? -1 : (int)result);
}
#endif

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                int (*go)(void);
                void (*alone)(void); /* before there is a neighbour */
        } ways[] = {
                {"plain", plain, make_own},
                {"dontfork", dontfork, make_own},
                {"brk", low_brk, lower_brk},
#if defined(__x86_64__)
                {"rseq", rseq, make_own},
#endif
        };
        pid_t neighbour;
        int r;

        for (size_t i = 0; i < sizeof(ways) / sizeof(*ways) && argc == 4; i++) {
                if (strcmp(argv[1], ways[i].name) != 0)
                        continue;
                allowed = argv[2];
                forbidden = argv[3];
                ways[i].alone();
                neighbour = begin_neighbour();
                r = ways[i].go();
                fflush(stdout);
                kill(neighbour, SIGKILL);
                return r;
        }
        return 2;
}
