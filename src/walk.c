/* walk.c: resolve a path component by component, as the thread itself would go. */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "path.h"
#include "place.h"
#include "util.h"

enum {
        LINKS_MAX = 40, /* MAXSYMLINKS, path_resolution(7) */
        /* The kernel bounds each text, but not what several of them leave to be walked. */
        REST_MAX = (LINKS_MAX + 1) * PATH_MAX,
        PROC_ROOT_INO = 1 /* include/linux/proc_ns.h */
};

struct walk {
        const struct tracee *t;
        unsigned mode;
        int root, at; /* O_PATH */
        unsigned links;
        int *place;     /* where to put a descriptor of the object, or NULL */
        bool own;       /* the last magic link was one of the process's own */
        int number;     /* own: of the descriptor that it stands for */
        unsigned magic; /* MAGIC_*: of all */
        bool barred;    /* some link, perhaps */
        char *rest;     /* what is still to be walked: REST_MAX bytes, borrowed */
};

static void cleanup_walk(struct walk *w)
{
        util_cleanup_fd(&w->root);
        util_cleanup_fd(&w->at);
}

static void walk_to(struct walk *w, int fd)
{
        close(w->at);
        w->at = fd;
}

static bool at_root(const struct walk *w)
{
        struct statx a, b;
        unsigned mask = STATX_INO | STATX_MNT_ID;

        return !statx(w->at, "", AT_EMPTY_PATH, mask, &a) &&
               !statx(w->root, "", AT_EMPTY_PATH, mask, &b) && a.stx_ino == b.stx_ino &&
               a.stx_mnt_id == b.stx_mnt_id && a.stx_dev_major == b.stx_dev_major &&
               a.stx_dev_minor == b.stx_dev_minor;
}

/* Put text in front of what is still to be walked. */
static int prepend(struct walk *w, const char *text)
{
        size_t len = strlen(text), rest = strlen(w->rest), slash = rest > 0;

        if (len + slash > REST_MAX - 1 - rest)
                return -EOVERFLOW;
        memmove(w->rest + len + slash, w->rest, rest + 1);
        memcpy(w->rest, text, len);
        if (slash)
                w->rest[len] = '/';
        return 0;
}

static int push_link(struct walk *w, const char *target)
{
        int r = *target ? prepend(w, target) : -ENOENT;

        if (r || *target != '/')
                return r;
        int root = place_dup(w->root);

        if (root < 0)
                return root;
        walk_to(w, root);
        return 0;
}

static bool in_proc(int fd)
{
        struct statfs fs;

        return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* /proc/self and /proc/thread-self say who reads them; here the thread shall be the reader. */
static bool own_proc_link(const struct walk *w, const char *name, char *target, size_t size)
{
        struct stat st;

        if (fstat(w->at, &st) || st.st_ino != PROC_ROOT_INO)
                return false;
        if (!strcmp(name, "self"))
                snprintf(target, size, "%d", w->t->tgid);
        else if (!strcmp(name, "thread-self"))
                snprintf(target, size, "%d/task/%d", w->t->tgid, w->t->tid);
        else
                return false;
        return true;
}

/* A magic link leads to an object, not to a name: proc(5), /proc/PID/fd. */
static bool is_magic(const struct walk *w, const char *name)
{
        cleanup_fd int fd = place_open(w->at, name, 0, RESOLVE_NO_MAGICLINKS);

        return fd == -ELOOP;
}

/* Is it at a file of the process's own? below: and below its directory, as its descriptors are. */
static bool is_own_proc(const struct walk *w, bool *below)
{
        static const char proc[] = "/proc/";
        struct object here;
        char *end;

        *below = false;
        if (place_name_near(w->at, &here) || strncmp(here.path, proc, sizeof(proc) - 1) != 0 ||
            strtol(here.path + sizeof(proc) - 1, &end, 10) != w->t->tgid)
                return false;
        *below = *end == '/';
        return *below || !*end;
}

static int jump(struct walk *w, const char *name)
{
        int fd = place_open(w->at, name, 0, 0);

        if (fd < 0)
                return fd;
        w->barred |= !is_own_proc(w, &w->own);
        w->number = (int)strtol(name, NULL, 10);
        w->magic |= w->own ? MAGIC_OWN : MAGIC_OTHER;
        walk_to(w, fd);
        return 0;
}

/* mount(8), nosymfollow; proc(5), /proc/sys/fs/protected_symlinks. The same link that leads to what
 * may not be searched is none of these, but need not be told apart. */
static bool is_barred(const struct walk *w, const char *name)
{
        cleanup_fd int fd = place_open(w->at, name, 0, 0);

        return fd == -ELOOP || fd == -EACCES;
}

static int follow(struct walk *w, const char *name, int link)
{
        char target[PATH_MAX];
        ssize_t len;

        if (++w->links > LINKS_MAX)
                return -ELOOP;
        if (in_proc(link)) {
                if (own_proc_link(w, name, target, sizeof(target)))
                        return push_link(w, target);
                if (is_magic(w, name))
                        return jump(w, name);
        }
        len = readlinkat(link, "", target, sizeof(target) - 1);
        if (len < 0)
                return -errno;
        target[len] = '\0';
        w->barred |= is_barred(w, name);
        return push_link(w, target);
}

/* Take the next component off what is still to be walked. slash: another or only slashes follow. */
static bool next_component(struct walk *w, char *name, bool *slash, bool *last)
{
        size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");
        size_t used = skip + len, slashes = strspn(w->rest + used, "/");

        if (!len)
                return false;
        memcpy(name, w->rest + skip, len);
        name[len] = '\0';
        *slash = slashes > 0;
        *last = !w->rest[used + slashes];
        memmove(w->rest, w->rest + used + slashes, strlen(w->rest + used + slashes) + 1);
        return true;
}

/* The walk cannot go on: the best name is what is known, with the rest as text. */
static int stuck(struct walk *w, const char *name, int error, struct object *object)
{
        struct object here;
        ssize_t len;

        object->kind = OBJECT_NONE;
        object->len = 0;
        object->path[0] = '\0';
        object->exists = false;
        if (!place_name_near(w->at, &here) && here.kind == OBJECT_PATH && !prepend(w, name)) {
                len = path_join(here.path, w->rest, strlen(w->rest), object->path,
                                sizeof(object->path));
                object->len = len < 0 ? 0 : (size_t)len;
                object->kind = len < 0 ? OBJECT_NONE : OBJECT_PATH;
        }
        return place_failed(object, error);
}

static int step_up(struct walk *w)
{
        int fd;

        if (at_root(w))
                return 0;
        fd = place_open(w->at, "..", O_DIRECTORY, 0);
        if (fd < 0)
                return fd;
        walk_to(w, fd);
        return 0;
}

static int is_directory(int fd)
{
        struct stat st;

        if (fstat(fd, &st))
                return -errno;
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static int end_at_entry(struct walk *w, const char *name, struct object *object)
{
        int r = is_directory(w->at);

        if (!r && strlen(name) > NAME_MAX)
                r = -ENAMETOOLONG;
        if (!r)
                r = place_name_entry(w->at, name, object);
        if (r)
                return stuck(w, name, r, object);
        return 0;
}

static int end_missing(struct walk *w, const char *name, struct object *object)
{
        int r = end_at_entry(w, name, object);

        if (r)
                return r;
        return w->mode == RESOLVE_NEW ? 0 : place_failed(object, -ENOENT);
}

static bool is_terminal(const struct stat *st)
{
        enum { TTY = 4, TTY_AUX = 5, PTY_FIRST = 136, PTY_LAST = 143 }; /* linux/major.h */
        unsigned type = S_ISCHR(st->st_mode) ? major(st->st_rdev) : 0;

        return type == TTY || type == TTY_AUX || (type >= PTY_FIRST && type <= PTY_LAST);
}

static bool is_open_at(int fd, const struct stat *terminal)
{
        struct stat st;

        return !fstat(fd, &st) && st.st_dev == terminal->st_dev && st.st_ino == terminal->st_ino;
}

/* The command has stopgate's, to read and to write. */
static bool is_standard(const struct stat *terminal)
{
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (is_open_at(fd, terminal))
                        return true;
        return false;
}

/* A terminal that the process holds open gives nothing new when it is opened again in the same way,
 * which may be less than the path of a link says: open(2), O_PATH. What the link is called does not
 * matter, for the thread's own descriptor of that number is looked at. */
static unsigned ways_held(const struct walk *w)
{
        static const unsigned ways[O_ACCMODE + 1] = {
                [O_RDONLY] = HELD_READ, [O_WRONLY] = HELD_WRITE, [O_RDWR] = HELD_READ | HELD_WRITE};
        struct stat st;
        int flags;

        if (fstat(w->at, &st) || !is_terminal(&st))
                return 0;
        if (is_standard(&st))
                return HELD_READ | HELD_WRITE;
        cleanup_fd int copy = tracee_copy_fd(w->t, w->number);
        flags = copy < 0 || !is_open_at(copy, &st) ? O_PATH : fcntl(copy, F_GETFL);
        return flags < 0 || flags & O_PATH ? 0 : ways[flags & O_ACCMODE];
}

static int end_here(struct walk *w, bool slash, struct object *object)
{
        int r = place_name_near(w->at, object);

        if (r)
                return place_failed(object, r);
        object->link = place_is_link(w->at);
        object->own = w->own && object->kind == OBJECT_ANONYMOUS;
        object->held = w->own && object->kind == OBJECT_PATH ? ways_held(w) : 0;
        r = slash ? is_directory(w->at) : 0;
        if (r)
                return place_failed(object, r);
        if (w->place)
                *w->place = place_dup(w->at);
        return 0;
}

static int walk(struct walk *w, struct object *object)
{
        char name[2 * PATH_MAX];
        bool slash = false, last;
        int r;

        while (next_component(w, name, &slash, &last)) {
                if (!strcmp(name, ".") || !strcmp(name, "..")) {
                        r = name[1] ? step_up(w) : is_directory(w->at);
                        if (r)
                                return stuck(w, name, r, object);
                        continue;
                }
                if (last && w->mode == RESOLVE_ENTRY)
                        return end_at_entry(w, name, object);
                /* O_CREAT makes no directory, whatever stands there: open_last_lookups(),
                 * fs/namei.c */
                if (last && slash && w->mode == RESOLVE_NEW) {
                        r = is_directory(w->at);
                        return stuck(w, name, r ? r : -EISDIR, object);
                }
                cleanup_fd int fd = place_open(w->at, name, O_NOFOLLOW, 0);
                struct stat st;

                if (fd == -ENOENT && last)
                        return end_missing(w, name, object);
                if (fd < 0 || fstat(fd, &st))
                        return stuck(w, name, fd < 0 ? fd : -errno, object);
                if (S_ISLNK(st.st_mode) && (!last || slash || w->mode != RESOLVE_NOLINK)) {
                        /* A slash after the link asks for a directory at its end. */
                        if (slash && last)
                                strcpy(w->rest, "/");
                        r = follow(w, name, fd);
                        if (r)
                                return stuck(w, name, r, object);
                        continue;
                }
                /* Too deep to be named, and with no ".." to climb by: name it by its directory. */
                if (last && !S_ISDIR(st.st_mode) && place_name(fd, object) == -ENAMETOOLONG) {
                        if (w->place)
                                *w->place = steal_fd(&fd);
                        return end_at_entry(w, name, object);
                }
                w->own = false;
                walk_to(w, steal_fd(&fd));
        }
        return end_here(w, slash, object);
}

int walk_path(const struct tracee *t, int root, int at, const char *raw, unsigned mode,
              struct object *object, int *place)
{
        static char rest[REST_MAX]; /* too large for a stack; there is one thread */
        __attribute__((cleanup(cleanup_walk))) struct walk w = {
                .t = t, .mode = mode, .root = -1, .place = place, .rest = rest};

        strcpy(w.rest, raw);
        w.at = place_dup(at);
        w.root = place_dup(root);
        if (w.at < 0 || w.root < 0)
                return place_failed(object, w.at < 0 ? w.at : w.root);
        int r = walk(&w, object);
        object->magic = w.magic;
        object->barred = w.barred;
        return r;
}
