/* race.h: what the parts of race share. race.c has the table of attacks and runs them. */
#ifndef RACE_H
#define RACE_H

#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define PAGE      4096ul
#define LOW       0x10000ul /* where stopgate may keep what it judged */
#define HIGH      0x400000ul
#define COUNT(a)  (sizeof(a) / sizeof(*(a)))
#define SECRET    "hush, hush"
#define MODE      04600 /* chown(2) takes the 04000 away, whoever calls it */
#define LONG_AGO  1000000000
#define ATTRIBUTE "user.race"

/* What flips. A page of its own: some siblings replace it as a whole. */
struct target {
        char path[2048];
        struct open_how how;
        struct sockaddr_storage address, other;
        socklen_t length;
        struct msghdr message;
        uint32_t words[8]; /* what socketcall(2) reads */
};

/* ---- scene.c: the places, and the keeper ---- */

extern char base[1024], good[1100], bad[1100];
extern in_port_t ports[2];

void set_base(const char *where);
void check(long result, const char *what);
double now(void);
void nap(long us);
/* Overwritten by the thread's next call but seven. Not for a sibling that shares all memory. */
const char *in(const char *directory, const char *name);
bool all_is_whole(void);
int keep(void);

/* ---- race.c ---- */

extern volatile struct target *target; /* shared with the sibling */
extern volatile char *flipped;         /* the one byte in it that says where */
extern int held[2], slot;              /* what a sibling moves to slot, or where it goes; pages */
extern void *pages[2];
extern struct control {
        volatile bool over;
        volatile pid_t sibling;
} *volatile control; /* always in shared memory */

/* Run on a stack of its own, by a process with these flags of clone(2); 0 or the number. */
pid_t clone_with(int flags, int (*run)(void *), void *data);

/* A call by int 0x80, with the numbers and the widths of i386: what it returns, -errno among them.
 * SIGSEGV where the kernel has no such calls, -ENOSYS on other machines. */
int call_i386(long number, long a, long b);

/* ---- deeds.c: one judged call. More than 0: won, though nothing in b has changed ---- */

typedef int deed(void);
deed by_open, by_openat, by_create, by_creat, by_truncate, by_unlink, by_rmdir, by_mkdir, by_mknod;
deed by_symlink, by_chmod, by_chown, by_utimens, by_setxattr, by_bind, by_reading, by_openat2;
deed by_rename_from, by_rename_to, by_link_from, by_link_to;
deed by_dirfd_open, by_dirfd_unlink, by_dirfd_mkdir, by_dirfd_rename, by_dirfd_chmod;
deed by_fchmod, by_fsetxattr, by_fchown, by_futimens, by_magic_open, by_magic_chmod;
deed by_connect, by_sendto, by_sendmsg, by_sendmsg_there, by_sendmmsg_there, by_socketcall,
        by_int80_open;
deed by_exec_in_a_fork, by_exec_in_shared_memory, by_descriptor_exec, by_script, by_nested_exec;
deed by_exec_there, by_magic_exec;
deed by_copied_open, by_stack_open, by_open_beside_the_dying;

/* ---- flips.c: what the sibling does, to and fro ---- */

typedef void flip(bool to_bad);
flip flip_byte, flip_flags, flip_resolve, flip_port, flip_name, flip_word;
flip flip_descriptor, flip_closed_descriptor, flip_directory, flip_root;
flip flip_exchange, flip_rename, flip_link, flip_relink, flip_remade, flip_remade_directory;
flip flip_moved, flip_script, flip_script_exchange;
flip flip_mmap, flip_munmap, flip_mremap, flip_dontneed, flip_mem, flip_many_at_once;
void map_page(bool to_bad, int flags);
flip flip_file, flip_truncated_file, flip_stack;

/* ---- prepare.c: preparations, before there is a sibling ---- */

typedef void preparation(const char *where);
preparation just_aim, aim_low, aim_flags, aim_resolve, aim_unix, aim_message, aim_socketcall,
        aim_inet;
preparation hold_directories, stand_there, hold_files, hold_programs, hold_for_another;
preparation lay_directory, lay_directory_unix, lay_directory_program, lay_file, lay_link,
        lay_remade;
preparation lay_relink, lay_moved, stand_where_it_moves, hold_what_moves, lay_script,
        lay_script_exchange;
preparation print_pages, copy_page, open_mem, open_mem_of_sibling, open_task_mem, open_mem_again;
preparation stand_there_unix, lay_script_of_script, lay_relative_script, lay_magic_script;
preparation map_file_shared, map_file_private, map_sysv, aim_many, lay_stack;
preparation aim_at_tail, squat;

/* ---- hammers.c: what a third one does meanwhile, to the low addresses where stopgate may keep
 * what it judged, or to the sibling ---- */

typedef void hammer(void);
hammer hammer_stop_and_go, hammer_write, hammer_mem, hammer_map_files, hammer_map_files_mmap;
hammer hammer_mremap_away, hammer_mremap_onto, hammer_munmap, hammer_mmap, hammer_mprotect;
hammer hammer_pkey, hammer_dontneed, hammer_remove, hammer_free, hammer_dontfork, hammer_wipe;
hammer hammer_process_madvise, hammer_remap_file_pages, hammer_shmat, hammer_brk, hammer_fork;
hammer hammer_fork_and_thread, hammer_old_mmap, hammer_int80_munmap, hammer_vfork, hammer_exec;

#endif
