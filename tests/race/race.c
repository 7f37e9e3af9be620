/* race: attacks on what is judged before it is used.
 *
 *     race list                                    the names of the attacks
 *     race int80                                   can those be made that are calls of i386?
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
#include "race.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

volatile struct target *target;
volatile char *flipped;
int held[2], slot = -1;
void *pages[2];
struct control *volatile control;

/* ---- the table ---- */

/* What the sibling is: clone(2) flags of a process, or a thread. The lowest bits, which clone(2)
 * has no flags for, say how it goes about it: by children that live for a moment (FLEETING), that
 * stop sharing halfway (UNSHARING), or that hold it up meanwhile (NESTED). */
enum { THREAD = -1, NOBODY = -2, PROCESS = 0, FLEETING = 1, UNSHARING = 2, NESTED = 4, HOWS = 7 };

#define THREADS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static const struct attack {
        const char *name;
        int sibling;
        flip *flip;
        deed *deed;
        preparation *prepare;
        const char *where;
        hammer *hammer; /* by a third one, a thread if the sibling is one */
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
        {"chown", THREAD, flip_byte, by_chown, just_aim, "@/file"},
        {"utimens", THREAD, flip_byte, by_utimens, just_aim, "@/file"},
        {"openat-carved-out", THREAD, flip_byte, by_openat, just_aim, "@/file"},
        {"read-unlisted", THREAD, flip_byte, by_reading, just_aim, "@/file"},
        {"read-secret", THREAD, flip_byte, by_reading, just_aim, "@/file"},
        {"int80-open", THREAD, flip_byte, by_int80_open, aim_low, "@/file"},
        /* by a process that shares the page */
        {"shared-openat", PROCESS, flip_byte, by_openat, just_aim, "@/file"},
        {"shared-unlink", PROCESS, flip_byte, by_unlink, just_aim, "@/only"},
        {"shared-rename-to", PROCESS, flip_byte, by_rename_to, just_aim, "@/new"},
        {"shared-read-secret", PROCESS, flip_byte, by_reading, just_aim, "@/file"},
        {"shared-chmod", PROCESS, flip_byte, by_chmod, just_aim, "@/file"},
        /* by one that shares all memory and nothing else, or for a moment only, or now and then */
        {"vm-openat", CLONE_VM, flip_byte, by_openat, just_aim, "@/file"},
        {"vm-unlink", CLONE_VM, flip_byte, by_unlink, just_aim, "@/only"},
        {"vm-nested-openat", CLONE_VM | NESTED, flip_byte, by_openat, just_aim, "@/file"},
        {"vm-fleeting-openat", CLONE_VM | FLEETING, flip_byte, by_openat, just_aim, "@/file"},
        {"fleeting-openat", THREADS | FLEETING, flip_byte, by_openat, just_aim, "@/file"},
        {"fleeting-unlink", THREADS | FLEETING, flip_byte, by_unlink, just_aim, "@/only"},
        {"stopped-openat", PROCESS, flip_byte, by_openat, just_aim, "@/file", hammer_stop_and_go},
        {"stopped-vm-openat", CLONE_VM, flip_byte, by_openat, just_aim, "@/file",
         hammer_stop_and_go},
        {"dying-openat", NOBODY, flip_byte, by_open_beside_the_dying, aim_at_tail, "b/file-more"},
        /* by one call that writes many times */
        {"many-openat", THREAD, flip_many_at_once, by_openat, aim_many, "@/file"},
        {"many-unlink", THREAD, flip_many_at_once, by_unlink, aim_many, "@/only"},
        /* other arguments in memory */
        {"how-flags", THREAD, flip_flags, by_openat2, aim_flags, "b/file"},
        {"how-resolve", THREAD, flip_resolve, by_openat2, aim_resolve, "b/file"},
        {"connect-unix", THREAD, flip_byte, by_connect, aim_unix, "@/stream"},
        {"sendto-unix", THREAD, flip_byte, by_sendto, aim_unix, "@/dgram"},
        {"sendmsg-unix", THREAD, flip_byte, by_sendmsg, aim_unix, "@/dgram"},
        {"bind", THREAD, flip_byte, by_bind, aim_unix, "@/new"},
        {"sendmsg-pointer", THREAD, flip_name, by_sendmsg_there, aim_message, "@/dgram"},
        {"sendmmsg-pointer", THREAD, flip_name, by_sendmmsg_there, aim_message, "@/dgram"},
        {"socketcall-pointer", THREAD, flip_word, by_socketcall, aim_socketcall, "@/dgram"},
        {"connect-port", THREAD, flip_port, by_connect, aim_inet, ""},
        {"sendto-port", THREAD, flip_port, by_sendto, aim_inet, ""},
        /* programs */
        {"exec", THREAD, flip_byte, by_exec_in_shared_memory, just_aim, "@/program"},
        {"exec-fork", PROCESS, flip_byte, by_exec_in_a_fork, just_aim, "@/program"},
        {"exec-carved-out", THREAD, flip_byte, by_exec_in_shared_memory, just_aim, "@/program"},
        {"exec-nested", THREAD, flip_byte, by_nested_exec, just_aim, "@/program"},
        {"exec-script", PROCESS, flip_byte, by_exec_in_a_fork, just_aim, "@/script"},
        {"exec-descriptor", THREAD, flip_descriptor, by_descriptor_exec, hold_programs, "program"},
        {"exec-descriptor-process", CLONE_FILES, flip_descriptor, by_descriptor_exec, hold_programs,
         "program"},
        {"interpreter-written", PROCESS, flip_script, by_script, lay_script, "g/way"},
        {"interpreter-exchange", PROCESS, flip_script_exchange, by_script, lay_script_exchange,
         "g/way"},
        /* what a path starts from */
        {"dirfd-thread", THREAD, flip_descriptor, by_dirfd_open, hold_directories, "file"},
        {"dirfd-process", CLONE_FILES, flip_descriptor, by_dirfd_open, hold_directories, "file"},
        {"dirfd-unlink", THREAD, flip_descriptor, by_dirfd_unlink, hold_directories, "only"},
        {"dirfd-mkdir", THREAD, flip_descriptor, by_dirfd_mkdir, hold_directories, "new"},
        {"dirfd-rename", CLONE_FILES, flip_descriptor, by_dirfd_rename, hold_directories, "only"},
        {"dirfd-chmod", CLONE_FILES, flip_descriptor, by_dirfd_chmod, hold_directories, "file"},
        {"dirfd-closed", CLONE_FILES, flip_closed_descriptor, by_dirfd_open, hold_directories,
         "file"},
        {"dirfd-fleeting", CLONE_FILES | FLEETING, flip_descriptor, by_dirfd_open, hold_directories,
         "file"},
        {"dirfd-unsharing", CLONE_FILES | UNSHARING, flip_descriptor, by_dirfd_open,
         hold_directories, "file"},
        {"cwd-thread", THREAD, flip_directory, by_openat, stand_there, "file"},
        {"cwd-process", CLONE_FS, flip_directory, by_openat, stand_there, "file"},
        {"cwd-unlink", THREAD, flip_directory, by_unlink, stand_there, "only"},
        {"cwd-mkdir", CLONE_FS, flip_directory, by_mkdir, stand_there, "new"},
        {"cwd-rename", CLONE_FS, flip_directory, by_rename_from, stand_there, "only"},
        {"cwd-fleeting", CLONE_FS | FLEETING, flip_directory, by_openat, stand_there, "file"},
        {"cwd-unsharing", CLONE_FS | UNSHARING, flip_directory, by_openat, stand_there, "file"},
        {"cwd-moved-open", PROCESS, flip_moved, by_openat, stand_where_it_moves, "../../b/file"},
        {"cwd-moved-unlink", PROCESS, flip_moved, by_unlink, stand_where_it_moves, "../../b/only"},
        {"dirfd-moved-open", PROCESS, flip_moved, by_dirfd_open, hold_what_moves, "../../b/file"},
        /* what another has open, or where it is */
        {"other-dirfd-open", PROCESS, flip_descriptor, by_openat, hold_for_another,
         "/proc/fd/%d/file"},
        {"other-dirfd-unlink", PROCESS, flip_descriptor, by_unlink, hold_for_another,
         "/proc/fd/%d/only"},
        {"other-cwd-open", PROCESS, flip_directory, by_openat, hold_for_another,
         "/proc/%d/cwd/file"},
        {"other-cwd-chmod", PROCESS, flip_directory, by_chmod, hold_for_another,
         "/proc/%d/cwd/file"},
        {"other-root-open", PROCESS, flip_root, by_openat, hold_for_another, "/proc/%d/root/file"},
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
        {"relinked-open", PROCESS, flip_relink, by_openat, lay_relink, "g/way/file"},
        {"remade-create", PROCESS, flip_remade, by_create, lay_remade, "g/way"},
        {"remade-unlink", PROCESS, flip_remade_directory, by_unlink, lay_link, "g/way/only"},
        {"exchange-thread-open", THREAD, flip_exchange, by_openat, lay_directory, "g/way/file"},
        {"exchange-read", PROCESS, flip_exchange, by_reading, lay_directory, "g/way/file"},
        {"renamed-read", PROCESS, flip_rename, by_reading, lay_directory, "g/way/file"},
        {"exchange-link", PROCESS, flip_exchange, by_link_to, lay_directory, "g/way/new"},
        {"exchange-symlink", PROCESS, flip_exchange, by_symlink, lay_directory, "g/way/new"},
        {"exchange-rename-to", PROCESS, flip_exchange, by_rename_to, lay_directory, "g/way/new"},
        {"exchange-setxattr", PROCESS, flip_exchange, by_setxattr, lay_directory, "g/way/file"},
        {"exchange-connect", PROCESS, flip_exchange, by_connect, lay_directory_unix,
         "g/way/stream"},
        {"exchange-exec", PROCESS, flip_exchange, by_exec_in_a_fork, lay_directory_program,
         "g/way/program"},
        /* a descriptor that is judged by what it leads to */
        {"fchmod", THREAD, flip_descriptor, by_fchmod, hold_files, "file"},
        {"fsetxattr", THREAD, flip_descriptor, by_fsetxattr, hold_files, "file"},
        {"fchmod-process", CLONE_FILES, flip_descriptor, by_fchmod, hold_files, "file"},
        {"fsetxattr-process", CLONE_FILES, flip_descriptor, by_fsetxattr, hold_files, "file"},
        {"fchown", THREAD, flip_descriptor, by_fchown, hold_files, "file"},
        {"fchown-process", CLONE_FILES, flip_descriptor, by_fchown, hold_files, "file"},
        {"futimens", CLONE_FILES, flip_descriptor, by_futimens, hold_files, "file"},
        {"magic-open", THREAD, flip_descriptor, by_magic_open, hold_files, "file"},
        {"magic-open-process", CLONE_FILES, flip_descriptor, by_magic_open, hold_files, "file"},
        {"magic-chmod", CLONE_FILES, flip_descriptor, by_magic_chmod, hold_files, "file"},
        /* what cannot be named otherwise, for the name itself is seen */
        {"magic-exec", CLONE_FS, flip_directory, by_exec_there, stand_there,
         "/proc/self/cwd/starter"},
        {"magic-exec-descriptor", CLONE_FILES, flip_descriptor, by_magic_exec, hold_programs,
         "starter"},
        {"cwd-exec", CLONE_FS, flip_directory, by_exec_there, stand_there, "starter"},
        {"interpreter-relative", CLONE_FS, flip_directory, by_exec_there, lay_relative_script,
         "g/way"},
        {"interpreter-rewritten", PROCESS, flip_script, by_script, lay_script_of_script, "g/way"},
        {"interpreter-magic", CLONE_FS, flip_directory, by_exec_there, lay_magic_script, "g/way"},
        {"magic-bind", CLONE_FS, flip_directory, by_bind, stand_there_unix, "/proc/self/cwd/new"},
        {"cwd-bind", CLONE_FS, flip_directory, by_bind, stand_there_unix, "new"},
        {"magic-connect", CLONE_FS, flip_directory, by_connect, stand_there_unix,
         "/proc/self/cwd/stream"},
        {"magic-sendto", CLONE_FS, flip_directory, by_sendto, stand_there_unix,
         "/proc/self/cwd/dgram"},
        {"magic-sendmsg", CLONE_FS, flip_directory, by_sendmsg, stand_there_unix,
         "/proc/self/cwd/dgram"},
        {"cwd-connect", THREAD, flip_directory, by_connect, stand_there_unix, "stream"},
        {"cwd-sendto", CLONE_FS, flip_directory, by_sendto, stand_there_unix, "dgram"},
        /* the page that holds the path */
        {"page-mmap", THREAD, flip_mmap, by_openat, print_pages, "@/file"},
        {"page-munmap", THREAD, flip_munmap, by_openat, print_pages, "@/file"},
        {"page-mremap", THREAD, flip_mremap, by_openat, print_pages, "@/file"},
        {"page-dontneed", THREAD, flip_dontneed, by_openat, copy_page, "@/file"},
        {"proc-mem", THREAD, flip_mem, by_openat, open_mem, "@/file"},
        {"proc-mem-process", PROCESS, flip_mem, by_openat, open_mem_of_sibling, "@/file"},
        {"proc-task-mem", PROCESS, flip_mem, by_openat, open_task_mem, "@/file"},
        {"proc-mem-again", THREAD, flip_mem, by_openat, open_mem_again, "@/file"},
        {"file-shared", PROCESS, flip_byte, by_openat, map_file_shared, "@/file"},
        {"file-written", PROCESS, flip_file, by_openat, map_file_private, "@/file"},
        {"file-truncated", PROCESS, flip_truncated_file, by_copied_open, map_file_private,
         "@/file"},
        {"sysv", PROCESS, flip_byte, by_openat, map_sysv, "@/file"},
        {"sysv-unlink", PROCESS, flip_byte, by_unlink, map_sysv, "@/only"},
        {"stack-shared", PROCESS, flip_stack, by_stack_open, lay_stack, "@/file"},
        /* and the low addresses, where what was judged may be kept */
        {"kept-mem", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_mem},
        {"kept-map-files", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_map_files},
        {"kept-map-files-mmap", THREAD, flip_byte, by_openat, just_aim, "@/file",
         hammer_map_files_mmap},
        {"kept-mprotect", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_mprotect},
        {"kept-pkey", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_pkey},
        {"kept-mmap", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_mmap},
        {"kept-munmap", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_munmap},
        {"kept-mremap-away", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_mremap_away},
        {"kept-mremap-onto", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_mremap_onto},
        {"kept-shmat", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_shmat},
        {"kept-remap-file-pages", THREAD, flip_byte, by_openat, just_aim, "@/file",
         hammer_remap_file_pages},
        {"kept-brk", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_brk},
        {"kept-old-mmap", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_old_mmap},
        {"kept-int80-munmap", THREAD, flip_byte, by_openat, just_aim, "@/file",
         hammer_int80_munmap},
        {"kept-dontneed", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_dontneed},
        {"kept-remove", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_remove},
        {"kept-free", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_free},
        {"kept-wipe", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_wipe},
        {"kept-process-madvise", THREAD, flip_byte, by_openat, just_aim, "@/file",
         hammer_process_madvise},
        {"kept-fork", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_fork},
        {"kept-fork-and-thread", THREAD, flip_byte, by_openat, just_aim, "@/file",
         hammer_fork_and_thread},
        {"kept-dontfork", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_dontfork},
        {"kept-vfork", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_vfork},
        {"kept-exec", THREAD, flip_byte, by_openat, just_aim, "@/file", hammer_exec},
        {"kept-squat", THREAD, flip_byte, by_openat, squat, "@/file", hammer_write},
};

/* ---- the race ---- */

pid_t clone_with(int flags, int (*run)(void *), void *data)
{
        const size_t size = 16 * PAGE;
        static __thread char *stack;
        int memory = MAP_PRIVATE | MAP_ANONYMOUS;

        if (!stack)
                stack = mmap(NULL, size, PROT_READ | PROT_WRITE, memory, -1, 0);
        return clone(run, stack + size, flags, data);
}

static void flip_until(const struct attack *attack, double end)
{
        for (bool to_bad = true; !control->over && now() < end; to_bad = !to_bad)
                attack->flip(to_bad);
}

/* For two milliseconds; if it stops sharing then, what it does is its own. */
static int flip_a_moment(void *data)
{
        const struct attack *attack = data;

        flip_until(attack, now() + 0.002);
        if (attack->sibling & UNSHARING) {
                unshare(attack->sibling & (CLONE_FS | CLONE_FILES));
                flip_until(attack, now() + 0.001);
        }
        syscall(SYS_exit, 0);
        return 0;
}

/* A child that shares as much, again and again. It is known to have gone, and its stack to be
 * free, when the kernel says so: clone(2), CLONE_CHILD_CLEARTID. */
static void flip_by_children(const struct attack *attack)
{
        static volatile pid_t living;
        static char stack[16 * PAGE] __attribute__((aligned(16)));
        int flags = (attack->sibling & ~HOWS) | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;

        if (attack->sibling & NESTED)
                flags |= CLONE_VFORK;
        if (!(flags & CLONE_THREAD))
                flags |= SIGCHLD;
        while (!control->over) {
                living = -1;
                check(clone(flip_a_moment, stack + sizeof(stack), flags, (void *)attack, &living,
                            NULL, &living),
                      "clone");
                while (!(flags & CLONE_THREAD) && waitpid(-1, NULL, __WALL) < 0 && errno == EINTR)
                        ;
                while ((flags & CLONE_THREAD) && living)
                        nap(50);
        }
}

static int flip_until_over(void *data)
{
        const struct attack *attack = data;

        if (attack->sibling > 0 && attack->sibling & HOWS)
                flip_by_children(attack);
        else
                flip_until(attack, now() + 1e6);
        return 0;
}

static int hammer_until_over(void *data)
{
        const struct attack *attack = data;

        while (!control->over)
                attack->hammer();
        return 0;
}

/* One that works beside the attacker: its number, of a process. The stack is its own, for clone(3)
 * writes to it before there is a copy. */
struct helper {
        char stack[16 * PAGE] __attribute__((aligned(16)));
        int (*run)(void *);
        const struct attack *attack;
        pthread_t thread;
        pid_t pid;
};

static void *run_thread(void *data)
{
        const struct helper *helper = data;

        helper->run((void *)helper->attack);
        return NULL;
}

static int run_process(void *data)
{
        const struct helper *helper = data;

        helper->run((void *)helper->attack);
        syscall(SYS_exit_group, 0);
        return 0;
}

static bool is_thread(const struct attack *attack)
{
        return attack->sibling == THREAD || (attack->sibling > 0 && attack->sibling & CLONE_THREAD);
}

static void start(struct helper *helper, int flags)
{
        if (is_thread(helper->attack)) {
                check(-pthread_create(&helper->thread, NULL, run_thread, helper), "thread");
                return;
        }
        helper->pid =
                clone(run_process, helper->stack + sizeof(helper->stack), flags | SIGCHLD, helper);
        check(helper->pid, "clone");
}

static void finish(const struct helper *helper)
{
        if (!helper->run)
                return;
        if (!helper->pid) {
                pthread_join(helper->thread, NULL);
                return;
        }
        kill(helper->pid, SIGCONT);
        waitpid(helper->pid, NULL, 0);
}

/* A path in /proc that has the sibling's number. */
static void name_sibling(pid_t pid)
{
        char text[256], *mark;

        snprintf(text, sizeof(text), "%.255s", (const char *)target->path);
        mark = strstr(text, "%d");
        if (!mark)
                return;
        *mark = '\0';
        snprintf((char *)target->path, sizeof(target->path), "%s%d%s", text, pid, mark + 2);
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

static void count(const struct attack *attack, double seconds, unsigned long most)
{
        unsigned long attempts = 0, honest = 0, refused = 0, wins = 0;

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
        printf("attempts=%lu honest=%lu refused=%lu wins=%lu\n", attempts, honest, refused, wins);
}

static void race(const struct attack *attack, double seconds, unsigned long most)
{
        static struct helper sibling, third;
        /* Asked before the sibling may take the page away. */
        bool names_it = strstr((const char *)target->path, "%d");

        if (attack->sibling != NOBODY) {
                sibling.run = flip_until_over;
                sibling.attack = attack;
                start(&sibling, attack->sibling > 0 ? attack->sibling & ~HOWS : attack->sibling);
                control->sibling = sibling.pid;
                if (sibling.pid && names_it)
                        name_sibling(sibling.pid);
        }
        if (attack->hammer) {
                third.run = hammer_until_over;
                third.attack = attack;
                start(&third, PROCESS);
        }
        count(attack, seconds, most);
        finish(&third);
        finish(&sibling);
}

static void share_memory(const struct attack *attack)
{
        int shared = MAP_SHARED | MAP_ANONYMOUS, private = MAP_PRIVATE | MAP_ANONYMOUS;
        bool all = attack->sibling < 0 || attack->sibling & CLONE_VM;

        _Static_assert(sizeof(*target) <= PAGE, "one page");
        control = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, shared, -1, 0);
        target = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, all ? private : shared, -1, 0);
        if (control == MAP_FAILED || target == MAP_FAILED)
                check(-1, "mmap");
}

int call_i386(long number, long a, long b)
{
        long r = -ENOSYS;

#ifdef __x86_64__
        __asm__ volatile("int $0x80"
                         : "=a"(r)
                         : "a"(number), "b"(a), "c"(b), "d"(0), "S"(0), "D"(0)
                         : "memory", "r8", "r9", "r10", "r11");
#endif
        return (int)r;
}

static int try_i386(void)
{
        enum { I386_GETPID = 20 };

        return call_i386(I386_GETPID, 0, 0) != getpid();
}

static int usage(void)
{
        fprintf(stderr,
                "usage: race list | int80 | keep BASE | ATTACK SECONDS MOST BASE PORT PORT\n");
        return 2;
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
        if (argc == 2 && strcmp(argv[1], "int80") == 0)
                return try_i386();
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
