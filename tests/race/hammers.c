/* hammers.c: what a third one does while the other two race.
 *
 * What was judged may be kept at low addresses of the attacker's own memory, where he can read it.
 * So each of these makes a page that says b where that says g, and tries to have it there instead.
 * Where nothing is kept, they find nothing to do. */
#include "race.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct area {
        unsigned long start, end, offset;
        bool writable;
};

enum { AREAS = 64 };
#define BOTH (PROT_READ | PROT_WRITE)

/* How many there are between LOW and HIGH. */
static size_t kept_areas(struct area areas[AREAS])
{
        FILE *maps = fopen("/proc/self/maps", "re");
        char line[512], rights[5];
        size_t n = 0;

        if (!maps)
                return 0;
        while (n < AREAS && fgets(line, sizeof(line), maps)) {
                struct area *a = &areas[n];

                if (sscanf(line, "%lx-%lx %4s %lx", &a->start, &a->end, rights, &a->offset) != 4 ||
                    a->start < LOW || a->end > HIGH || rights[0] != 'r')
                        continue;
                a->writable = rights[1] == 'w';
                n++;
        }
        fclose(maps);
        return n;
}

/* The page as it is, with b for g. Is there anything to change? */
static bool forge(const char *page, char *forged)
{
        char *at = forged;
        bool changed = false;

        memcpy(forged, page, PAGE);
        while ((at = memmem(at, (size_t)(forged + PAGE - at), good, strlen(good)))) {
                at += strlen(base) + 1;
                *at = 'b';
                changed = true;
        }
        return changed;
}

typedef void on_page(const struct area *area, char *page, const char *forged);

static void on_pages(on_page *act)
{
        static __thread char *forged;
        struct area areas[AREAS];

        if (!forged)
                forged = mmap(NULL, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t i = 0, n = kept_areas(areas); i < n; i++)
                for (char *page = (char *)areas[i].start; page < (char *)areas[i].end; page += PAGE)
                        if (forge(page, forged))
                                act(&areas[i], page, forged);
}

static char *copy_of(const char *forged, int flags)
{
        char *copy = mmap(NULL, PAGE, BOTH, flags | MAP_ANONYMOUS, -1, 0);

        if (copy == MAP_FAILED)
                return NULL;
        memcpy(copy, forged, PAGE);
        return copy;
}

static void put(int fd, const char *forged, off_t where)
{
        if (fd < 0)
                return;
        if (pwrite(fd, forged, PAGE, where) < 0)
                nap(1);
        close(fd);
}

/* ---- written to ---- */

static void write_page(const struct area *area, char *page, const char *forged)
{
        if (area->writable)
                memcpy(page, forged, PAGE);
}

void hammer_write(void)
{
        on_pages(write_page);
}

static void write_by_mem(const struct area *area, char *page, const char *forged)
{
        (void)area;
        put(open("/proc/self/mem", O_RDWR | O_CLOEXEC), forged, (off_t)(uintptr_t)page);
}

void hammer_mem(void)
{
        on_pages(write_by_mem);
}

static int open_map_file(const struct area *area)
{
        char name[96];

        snprintf(name, sizeof(name), "/proc/self/map_files/%lx-%lx", area->start, area->end);
        return open(name, O_RDWR | O_CLOEXEC);
}

static off_t offset_of(const struct area *area, const char *page)
{
        return (off_t)(area->offset + ((uintptr_t)page - area->start));
}

static void write_map_file(const struct area *area, char *page, const char *forged)
{
        put(open_map_file(area), forged, offset_of(area, page));
}

void hammer_map_files(void)
{
        on_pages(write_map_file);
}

static void map_map_file(const struct area *area, char *page, const char *forged)
{
        int fd = open_map_file(area);
        char *again =
                fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, offset_of(area, page));

        if (again != MAP_FAILED) {
                memcpy(again, forged, PAGE);
                munmap(again, PAGE);
        }
        if (fd >= 0)
                close(fd);
}

void hammer_map_files_mmap(void)
{
        on_pages(map_map_file);
}

static void protect_and_write(const struct area *area, char *page, const char *forged)
{
        (void)area;
        if (!mprotect(page, PAGE, BOTH))
                memcpy(page, forged, PAGE);
}

void hammer_mprotect(void)
{
        on_pages(protect_and_write);
}

static void protect_by_key(const struct area *area, char *page, const char *forged)
{
        (void)area;
        if (!syscall(SYS_pkey_mprotect, page, PAGE, BOTH, -1))
                memcpy(page, forged, PAGE);
}

void hammer_pkey(void)
{
        on_pages(protect_by_key);
}

/* ---- replaced ---- */

static void replace(const struct area *area, char *page, const char *forged)
{
        (void)area;
        if (mmap(page, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page)
                memcpy(page, forged, PAGE);
}

void hammer_mmap(void)
{
        on_pages(replace);
}

/* From below, over its border. */
static void unmap_and_map(const struct area *area, char *page, const char *forged)
{
        munmap(page == (char *)LOW ? page : page - PAGE, page == (char *)LOW ? PAGE : 2 * PAGE);
        page = mmap(page, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (page != MAP_FAILED && (uintptr_t)page >= area->start)
                memcpy(page, forged, PAGE);
}

void hammer_munmap(void)
{
        on_pages(unmap_and_map);
}

static void move_away(const struct area *area, char *page, const char *forged)
{
        char *away = mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                            mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        if (away != MAP_FAILED)
                unmap_and_map(area, page, forged);
}

void hammer_mremap_away(void)
{
        on_pages(move_away);
}

static void move_onto(const struct area *area, char *page, const char *forged)
{
        char *copy = copy_of(forged, MAP_PRIVATE);

        (void)area;
        if (copy && mremap(copy, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page) == MAP_FAILED)
                munmap(copy, PAGE);
}

void hammer_mremap_onto(void)
{
        on_pages(move_onto);
}

/* A segment for all of them, whose page is another each time. */
static void attach(const struct area *area, char *page, const char *forged)
{
        static int id = -1;
        char *mine;

        (void)area;
        if (id < 0 && (id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600)) < 0)
                return;
        mine = shmat(id, NULL, 0);
        if (mine == (void *)-1)
                return;
        memcpy(mine, forged, PAGE);
        if (shmat(id, page, SHM_REMAP) == (void *)-1)
                shmctl(id, IPC_RMID, NULL), id = -1;
        shmdt(mine);
}

void hammer_shmat(void)
{
        on_pages(attach);
}

static void remap(const struct area *area, char *page, const char *forged)
{
        (void)forged;
        for (unsigned long n = 0; n < (area->end - area->start) / PAGE; n++)
                syscall(SYS_remap_file_pages, page, PAGE, 0, n, 0);
}

void hammer_remap_file_pages(void)
{
        on_pages(remap);
}

/* The heap is said to begin and to end here, and then it shrinks. Then it is as it was. */
static void shrink(const struct area *area, char *page, const char *forged)
{
        if (prctl(PR_SET_MM, PR_SET_MM_START_BRK, page, 0, 0) ||
            prctl(PR_SET_MM, PR_SET_MM_BRK, page + PAGE, 0, 0))
                return;
        if (syscall(SYS_brk, page) == (long)page)
                replace(area, page, forged);
}

void hammer_brk(void)
{
        on_pages(shrink);
}

#ifdef __x86_64__
enum { I386_MMAP = 90, I386_MUNMAP = 91 };

/* Its arguments are in memory, where no filter sees them. */
static void old_mmap(const struct area *area, char *page, const char *forged)
{
        static uint32_t *words;

        (void)area;
        if (!words)
                words = mmap(NULL, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        words[0] = (uint32_t)(uintptr_t)page;
        words[1] = PAGE;
        words[2] = BOTH;
        words[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
        words[4] = UINT32_MAX;
        words[5] = 0;
        if (call_i386(I386_MMAP, (long)(uintptr_t)words, 0) == (int)(uintptr_t)page)
                memcpy(page, forged, PAGE);
}

static void int80_munmap(const struct area *area, char *page, const char *forged)
{
        call_i386(I386_MUNMAP, (long)(uintptr_t)page, PAGE);
        unmap_and_map(area, page, forged);
}
#else
#define old_mmap     replace
#define int80_munmap unmap_and_map
#endif

void hammer_old_mmap(void)
{
        on_pages(old_mmap);
}

void hammer_int80_munmap(void)
{
        on_pages(int80_munmap);
}

/* ---- emptied ---- */

#define ADVISE(what, advice)                                                               \
        static void advise_##what(const struct area *area, char *page, const char *forged) \
        {                                                                                  \
                (void)area, (void)forged;                                                  \
                madvise(page, PAGE, advice);                                               \
        }                                                                                  \
        void hammer_##what(void)                                                           \
        {                                                                                  \
                on_pages(advise_##what);                                                   \
        }

ADVISE(dontneed, MADV_DONTNEED)
ADVISE(remove, MADV_REMOVE)
ADVISE(free, MADV_FREE)
ADVISE(wipe, MADV_WIPEONFORK)

static void advise_process(const struct area *area, char *page, const char *forged)
{
        const struct {
                void *start;
                size_t length;
        } vector = {page, PAGE};
        int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

        (void)area, (void)forged;
        syscall(SYS_process_madvise, fd, &vector, 1, MADV_DONTNEED, 0);
        if (fd >= 0)
                close(fd);
}

void hammer_process_madvise(void)
{
        on_pages(advise_process);
}

/* ---- in a child ---- */

static void *flip_in_child(void *end)
{
        for (bool to_bad = true; now() < *(double *)end; to_bad = !to_bad)
                *flipped = to_bad ? 'b' : 'g';
        return NULL;
}

/* A child in which the pages are the attacker's races on, by a thread of its own if it is said. */
static void race_in_child(on_page *act, bool with_thread)
{
        double end = now() + 0.02;
        pthread_t thread;
        pid_t pid = fork();

        if (pid) {
                if (pid > 0)
                        waitpid(pid, NULL, 0);
                return;
        }
        if (with_thread && pthread_create(&thread, NULL, flip_in_child, &end))
                _exit(1);
        while (now() < end) {
                on_pages(act);
                by_openat();
        }
        _exit(0);
}

void hammer_fork(void)
{
        race_in_child(replace, false);
}

void hammer_fork_and_thread(void)
{
        race_in_child(unmap_and_map, true);
}

static void keep_from_children(const struct area *area, char *page, const char *forged)
{
        (void)page, (void)forged;
        madvise((void *)area->start, area->end - area->start, MADV_DONTFORK);
}

/* Then they are free in the child, and taken before anybody else does. */
void hammer_dontfork(void)
{
        static char forged[PAGE];
        double end = now() + 0.02;
        pthread_t thread;
        pid_t pid;

        snprintf(forged, sizeof(forged), "%s/file", bad);
        on_pages(keep_from_children);
        pid = fork();
        if (pid > 0)
                waitpid(pid, NULL, 0);
        if (pid)
                return;
        for (char *page = (char *)LOW; page < (char *)LOW + 256 * PAGE; page += PAGE)
                if (mmap(page, PAGE, BOTH, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
                         0) == page)
                        memcpy(page, forged, PAGE);
        if (pthread_create(&thread, NULL, flip_in_child, &end))
                _exit(1);
        while (now() < end)
                by_openat();
        _exit(0);
}

static int be_short(void *unused)
{
        (void)unused;
        on_pages(replace);
        syscall(SYS_exit_group, 0);
        return 0;
}

/* By one that shares the memory and nothing else, and holds its parent up. */
void hammer_vfork(void)
{
        pid_t pid = clone_with(CLONE_VM | CLONE_VFORK | SIGCHLD, be_short, NULL);

        if (pid > 0)
                waitpid(pid, NULL, 0);
}

static int execute(void *unused)
{
        char *argv[] = {(char *)"true", NULL}, *envp[] = {NULL};

        (void)unused;
        execve("/bin/true", argv, envp);
        _exit(127);
}

/* One that shared the memory leaves it. */
void hammer_exec(void)
{
        pid_t pid = clone_with(CLONE_VM | SIGCHLD, execute, NULL);

        if (pid > 0)
                waitpid(pid, NULL, 0);
}

/* ---- not about pages ---- */

void hammer_stop_and_go(void)
{
        pid_t pid = control->sibling;

        if (!pid) {
                nap(100);
                return;
        }
        kill(pid, SIGSTOP);
        nap(300);
        kill(pid, SIGCONT);
        nap(300);
}
