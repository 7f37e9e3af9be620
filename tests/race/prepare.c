/* prepare.c: preparations, before there is a sibling. */
#include "race.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path(void)
{
        return (const char *)target->path;
}

static void closed_file(const char *where)
{
        int fd = open(where, O_WRONLY | O_CREAT, 0600);

        check(fd, where);
        close(fd);
}

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

void just_aim(const char *where)
{
        aim(where);
}

void aim_flags(const char *where)
{
        aim(where);
        hold("", O_PATH | O_DIRECTORY);
}

/* With RESOLVE_IN_ROOT, the same path leads to what mirror() made below g. */
void aim_resolve(const char *where)
{
        aim_flags(where);
        target->how.flags = O_WRONLY | O_TRUNC;
}

void hold_directories(const char *where)
{
        snprintf((char *)target->path, sizeof(target->path), "%s", where);
        hold("", O_PATH | O_DIRECTORY);
}

void stand_there(const char *where)
{
        hold_directories(where);
        check(fchdir(held[0]), "fchdir");
}

void hold_files(const char *where)
{
        hold(where, O_RDONLY);
}

void aim_unix(const char *where)
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
        if (flipped)
                flipped = un->sun_path + (flipped - target->path);
        slot = socket(AF_UNIX, SOCK_DGRAM, 0);
}

void stand_there_unix(const char *where)
{
        struct sockaddr_un *un = (struct sockaddr_un *)&target->address;

        stand_there(where);
        un->sun_family = AF_UNIX;
        snprintf(un->sun_path, sizeof(un->sun_path), "%s", where);
        target->length = sizeof(*un);
        slot = socket(AF_UNIX, SOCK_DGRAM, 0);
}

void aim_inet(const char *where)
{
        struct sockaddr_in *inet = (struct sockaddr_in *)&target->address;

        (void)where;
        *inet = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(ports[0])};
        inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        target->length = sizeof(*inet);
        slot = socket(AF_INET, SOCK_DGRAM, 0);
}

/* g/way is a directory, g/way.link leads to b. */
void lay_directory(const char *where)
{
        aim(where);
        check(rename(in(good, "dirs"), in(good, "way")), "rename");
        check(symlink(bad, in(good, "way.link")), "symlink");
}

/* g/way is a file, g/way.link leads to b/file. */
void lay_file(const char *where)
{
        aim(where);
        check(rename(in(good, "way.file"), in(good, "way")), "rename");
        check(symlink(in(bad, "file"), in(good, "way.link")), "symlink");
}

void lay_link(const char *where)
{
        aim(where);
        check(symlink("dirs", in(good, "way")), "symlink");
}

/* The page twice, as a file each, once with g and once with b. */
void print_pages(const char *where)
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

void copy_page(const char *where)
{
        print_pages(where);
        map_page(true, MAP_PRIVATE);
}

/* Nobody else has it, and nobody may write to it, so it seems. */
/* The attacker's alone: only through /proc a sibling that is a process reaches it. */
static void own_page(const char *where)
{
        mmap((void *)target, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0);
        aim(where);
}

static void lock_page(const char *where)
{
        own_page(where);
        check(mprotect((void *)target, PAGE, PROT_READ), "mprotect");
}

/* To be refused it is as good as to be held. */
void open_mem(const char *where)
{
        lock_page(where);
        slot = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
}

static void open_of_attacker(const char *file)
{
        char name[64];

        snprintf(name, sizeof(name), "/proc/%d/%s", getpid(), file);
        slot = open(name, O_RDWR | O_CLOEXEC);
}

void open_mem_of_sibling(const char *where)
{
        own_page(where);
        open_of_attacker("mem");
}

void open_task_mem(const char *where)
{
        char name[64];

        own_page(where);
        snprintf(name, sizeof(name), "task/%d/mem", getpid());
        open_of_attacker(name);
}

/* First a handle, and then through the handle. */
void open_mem_again(const char *where)
{
        char name[64];
        int handle;

        lock_page(where);
        handle = open("/proc/self/mem", O_PATH | O_CLOEXEC);
        snprintf(name, sizeof(name), "/proc/self/fd/%d", handle);
        slot = open(name, O_RDWR | O_CLOEXEC);
}

/* Two addresses, and words that say which: in g and in b. */
static void name_both(const char *where)
{
        struct sockaddr_un *un = (struct sockaddr_un *)&target->other;

        aim_unix(where);
        memcpy((void *)&target->other, (void *)&target->address, sizeof(target->other));
        un->sun_path[flipped - ((struct sockaddr_un *)&target->address)->sun_path] = 'b';
}

void aim_message(const char *where)
{
        static char data = 'x';
        static struct iovec vector = {&data, 1};

        name_both(where);
        target->message.msg_name = (void *)&target->address;
        target->message.msg_namelen = target->length;
        target->message.msg_iov = &vector;
        target->message.msg_iovlen = 1;
}

/* Where 32 bits reach it. */
void aim_low(const char *where)
{
#ifdef MAP_32BIT
        target = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
                      -1, 0);
        if (target == MAP_FAILED)
                check(-1, "mmap");
#endif
        aim(where);
}

void aim_socketcall(const char *where)
{
        aim_low("");
        name_both(where);
        target->words[0] = (uint32_t)slot;
        target->words[1] = (uint32_t)(uintptr_t)&target->path;
        target->words[2] = 1;
        target->words[3] = MSG_DONTWAIT;
        target->words[4] = (uint32_t)(uintptr_t)&target->address;
        target->words[5] = target->length;
}

void hold_programs(const char *where)
{
        hold(where, O_RDONLY);
}

/* The sibling's number is not known yet: race.c puts it where '%d' is. */
void hold_for_another(const char *where)
{
        hold("", O_PATH | O_DIRECTORY);
        if (strstr(where, "fd/%d")) {
                char text[128];

                snprintf(text, sizeof(text), "/proc/%%d/fd/%d%s", slot, strstr(where, "fd/%d") + 5);
                snprintf((char *)target->path, sizeof(target->path), "%s", text);
                return;
        }
        snprintf((char *)target->path, sizeof(target->path), "%s", where);
}

void lay_directory_unix(const char *where)
{
        lay_directory("");
        aim_unix(where);
}

/* g/way has the allowed program. */
void lay_directory_program(const char *where)
{
        lay_directory(where);
        check(rename(in(good, "program"), in(good, "way/program")), "rename");
}

/* g/way leads to g/new, which is not there yet, or to b/new. */
void lay_remade(const char *where)
{
        aim(where);
        check(unlink(in(good, "new")), "unlink");
        check(symlink(in(good, "new"), in(good, "way")), "symlink");
}

void lay_relink(const char *where)
{
        lay_link(where);
        check(symlink("dirs", in(good, "way.good")), "symlink");
        check(symlink(bad, in(good, "way.bad")), "symlink");
}

/* g/deep/er/moves/../../b/file is g/deep/b/file; g/moves/../../b/file is b/file. */
void lay_moved(const char *where)
{
        aim(where);
        check(mkdir(in(good, "deep"), 0700), "deep");
        check(mkdir(in(good, "deep/er"), 0700), "er");
        check(mkdir(in(good, "deep/er/moves"), 0700), "moves");
        check(mkdir(in(good, "deep/b"), 0700), "b");
        closed_file(in(good, "deep/b/file"));
        closed_file(in(good, "deep/b/only"));
}

void stand_where_it_moves(const char *where)
{
        lay_moved("");
        snprintf((char *)target->path, sizeof(target->path), "%s", where);
        check(chdir(in(good, "deep/er/moves")), "chdir");
}

void hold_what_moves(const char *where)
{
        lay_moved("");
        snprintf((char *)target->path, sizeof(target->path), "%s", where);
        slot = open(in(good, "deep/er/moves"), O_PATH | O_DIRECTORY | O_CLOEXEC);
        check(slot, "moves");
}

static void write_script(const char *where, const char *directory, const char *program)
{
        int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC, 0755);

        check(fd, where);
        check(dprintf(fd, "#!%s%s\n", directory, program), where);
        close(fd);
}

/* A script for g/starter, which is one itself, of a program that nothing forbids. */
void lay_script_of_script(const char *where)
{
        aim(where);
        write_script(in(good, "way"), good, "/starter");
}

/* A script for what stands where it is run: g/starter or b/starter. */
void lay_relative_script(const char *where)
{
        stand_there("");
        aim(where);
        write_script(in(good, "way"), "", "starter");
}

void lay_magic_script(const char *where)
{
        stand_there("");
        aim(where);
        write_script(in(good, "way"), "/proc/self/cwd", "/starter");
}

/* g/way is a script for g/program. */
void lay_script(const char *where)
{
        aim(where);
        write_script(in(good, "way"), good, "/program");
}

/* And g/way.link one for b/program. */
void lay_script_exchange(const char *where)
{
        lay_script(where);
        write_script(in(good, "way.link"), bad, "/program");
}

/* g/page, whose first bytes are the target's. */
static void map_file(const char *where, int flags)
{
        aim(where);
        pages[1] = malloc(PAGE);
        memcpy(pages[1], (void *)target, PAGE);
        ((char *)pages[1])[flipped - target->path] = 'b';
        held[0] = open(in(good, "page"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        check(held[0], "page");
        check(pwrite(held[0], (void *)target, PAGE, 0), "page");
        if (mmap((void *)target, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, held[0], 0) !=
            target)
                check(-1, "mmap");
}

void map_file_shared(const char *where)
{
        map_file(where, MAP_SHARED);
}

void map_file_private(const char *where)
{
        map_file(where, MAP_PRIVATE);
}

void map_sysv(const char *where)
{
        int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);

        check(id, "shmget");
        check(munmap((void *)target, PAGE), "munmap");
        if (shmat(id, (void *)target, 0) != target)
                check(-1, "shmat");
        check(shmctl(id, IPC_RMID, NULL), "shmctl");
        aim(where);
}

/* A file of turns. */
void aim_many(const char *where)
{
        char turns[1024];

        aim(where);
        for (size_t i = 0; i < sizeof(turns); i++)
                turns[i] = i % 2 ? 'g' : 'b';
        held[0] = memfd_create("turns", MFD_CLOEXEC);
        check(pwrite(held[0], turns, sizeof(turns), 0), "turns");
}

/* The path in a file's page, so that there is a reason to copy it; the stack shared. */
void lay_stack(const char *where)
{
        const size_t size = 16 * PAGE;
        char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (stack == MAP_FAILED)
                check(-1, "mmap");
        map_file_shared(where);
        pages[0] = stack;
        pages[1] = stack + size;
}

void aim_at_tail(const char *where)
{
        aim(where);
        flipped = strchr((char *)target->path + strlen(base), '-');
}

/* Before anybody else can have the low addresses. */
void squat(const char *where)
{
        aim(where);
        if (mmap((void *)LOW, HIGH - LOW, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)LOW)
                check(-1, "mmap");
}
