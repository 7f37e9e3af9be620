/* resolve.c: where a path leads, as the thread sees it. */
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "path.h"
#include "util.h"

enum {
        LINKS_MAX = 40,   /* MAXSYMLINKS, path_resolution(7) */
        CLIMB_MAX = 4096, /* levels above a directory that is too deep to be named */
        PROC_ROOT_INO = 1 /* include/linux/proc_ns.h */
};

static const char deleted_suffix[] = " (deleted)";

static int open_how(int at, const char *path, uint64_t flags, uint64_t resolve)
{
        struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = resolve};
        long fd = syscall(SYS_openat2, at, path, &how, sizeof(how));

        return fd < 0 ? -errno : (int)fd;
}

static int dup_fd(int fd)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        return copy < 0 ? -errno : copy;
}

/* ---- names: what the kernel calls an object ---- */

static void set_path(struct object *object, enum object_kind kind, const char *path, size_t len)
{
        if (len >= sizeof(object->path))
                len = sizeof(object->path) - 1;
        memmove(object->path, path, len);
        object->path[len] = '\0';
        object->len = len;
        object->kind = kind;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A file may really be called "x (deleted)": then that name leads to the same inode. */
static bool is_deleted(const char *link, const char *name, size_t len)
{
        size_t suffix = sizeof(deleted_suffix) - 1;
        struct stat object, named;

        if (len <= suffix || strcmp(name + len - suffix, deleted_suffix) != 0)
                return false;
        return stat(link, &object) || lstat(name, &named) || !same_file(&object, &named);
}

static void set_deleted(struct object *object, const char *name, size_t len)
{
        static const char memfd[] = "/memfd:";

        if (!strncmp(name, memfd, sizeof(memfd) - 1))
                set_path(object, OBJECT_ANONYMOUS, name + 1, len - 1);
        else
                set_path(object, OBJECT_DELETED, name, len);
}

/* Name what a /proc/.../fd link leads to. 0, -ENAMETOOLONG if the kernel cannot, -errno. */
static int name_link(const char *link, struct object *object)
{
        char name[PATH_MAX + 1];
        ssize_t len = readlink(link, name, sizeof(name) - 1);

        if (len < 0)
                return -errno;
        name[len] = '\0';
        object->exists = true;
        if (name[0] != '/')
                set_path(object, OBJECT_ANONYMOUS, name, (size_t)len);
        else if (is_deleted(link, name, (size_t)len))
                set_deleted(object, name, (size_t)len - (sizeof(deleted_suffix) - 1));
        else
                set_path(object, OBJECT_PATH, name, (size_t)len);
        return 0;
}

static int name_fd(int fd, struct object *object)
{
        char link[64];

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        return name_link(link, object);
}

/* A directory below a chain of others may have a name that is longer than the kernel gives out. The
 * nearest one above it that can be named is what rules can speak of. */
static int name_from_above(int fd, struct object *object)
{
        cleanup_fd int at = dup_fd(fd);
        int r = -ENAMETOOLONG;

        for (unsigned i = 0; at >= 0 && i < CLIMB_MAX && r == -ENAMETOOLONG; i++) {
                int above = open_how(at, "..", O_DIRECTORY, 0);

                close(at);
                at = above;
                r = at < 0 ? -ENAMETOOLONG : name_fd(at, object);
        }
        if (!r && object->kind == OBJECT_PATH)
                set_path(object, OBJECT_PATH, strcat(object->path, "/..."), object->len + 4);
        return r;
}

static int name_place(int fd, struct object *object)
{
        int r = name_fd(fd, object);

        return r == -ENAMETOOLONG ? name_from_above(fd, object) : r;
}

/* Name an entry of directory fd by its last component, which need not exist. */
static int name_entry(int fd, const char *entry, size_t len, struct object *object)
{
        int r = name_place(fd, object);
        size_t at;

        if (r)
                return r;
        at = object->len == 1 && object->path[0] == '/' ? 0 : object->len;
        if (len + 1 > sizeof(object->path) - 1 - at)
                return -ENAMETOOLONG;
        object->path[at] = '/';
        memcpy(object->path + at + 1, entry, len);
        object->len = at + 1 + len;
        object->path[object->len] = '\0';
        return 0;
}

static bool entry_exists(int fd, const char *entry)
{
        struct stat st;

        return !fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW);
}

static int failed(struct object *object, int error)
{
        object->error = error;
        return error;
}

/* ---- the short way: the kernel resolves, and a result that may be the tracer's own is not taken ---- */

/* /proc/self, and all that leads there, is the tracer's when the tracer resolves it; it is a plain link, which
 * RESOLVE_NO_MAGICLINKS lets pass. Its number in the result tells. */
static bool names_tracer(const struct object *object)
{
        static char own[32];
        static size_t len;
        const char *hit = object->path;

        if (!len)
                len = (size_t)snprintf(own, sizeof(own), "/%d", getpid());
        while ((hit = strstr(hit, own))) {
                if (hit[len] == '/' || hit[len] == '\0')
                        return true;
                hit++;
        }
        return false;
}

static int open_base(const struct tracee *t, int dirfd, const char *raw)
{
        if (raw[0] == '/')
                return open_how(AT_FDCWD, "/", O_DIRECTORY, 0);
        return dirfd == AT_FDCWD ? tracee_open_cwd(t) : tracee_open_fd(t, dirfd);
}

static bool is_dots(const char *name)
{
        return !strcmp(name, ".") || !strcmp(name, "..");
}

/* The last name is missing, or is what the call is about: resolve the directory it stands in. */
static int shortcut_entry(int base, const char *raw, unsigned mode, struct object *object)
{
        char dir[PATH_MAX];
        const char *slash = strrchr(raw, '/');
        const char *last = slash ? slash + 1 : raw;
        size_t dir_len = (size_t)(last - raw);

        if (!*last || is_dots(last))
                return -EAGAIN;
        memcpy(dir, raw, dir_len);
        strcpy(dir + dir_len, dir_len ? "" : ".");
        cleanup_fd int parent = open_how(base, dir, O_DIRECTORY, RESOLVE_NO_MAGICLINKS);
        if (parent < 0 || name_entry(parent, last, strlen(last), object) || names_tracer(object))
                return -EAGAIN;
        if (object->kind != OBJECT_PATH)
                return -EAGAIN;
        object->exists = entry_exists(parent, last);
        if (mode == RESOLVE_ENTRY)
                return 0;
        if (object->exists)
                return -EAGAIN; /* a dangling link, or a race: look closely */
        return mode == RESOLVE_NEW ? 0 : failed(object, -ENOENT);
}

/* -EAGAIN: not to be had this way. */
static int shortcut(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                    struct object *object)
{
        cleanup_fd int base = raw[0] == '/' ? -1 : open_base(t, dirfd, raw);
        uint64_t flags = mode == RESOLVE_NOLINK ? O_NOFOLLOW : 0;

        if (raw[0] != '/' && base < 0)
                return -EAGAIN;
        if (mode == RESOLVE_ENTRY)
                return shortcut_entry(base, raw, mode, object);
        cleanup_fd int fd = open_how(base, raw, flags, RESOLVE_NO_MAGICLINKS);
        if (fd == -ENOENT)
                return shortcut_entry(base, raw, mode, object);
        if (fd < 0 || name_place(fd, object) || names_tracer(object))
                return -EAGAIN;
        return 0;
}

/* ---- the long way: component by component, as the thread would go ---- */

struct walk {
        const struct tracee *t;
        unsigned mode;
        int root, at; /* O_PATH */
        unsigned links;
        bool own;               /* the last magic link was one of the process's own */
        char rest[2 * PATH_MAX]; /* what is still to be walked */
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

/* Put the text of a link in front of what is still to be walked. */
static int push_link(struct walk *w, const char *target)
{
        char rest[sizeof(w->rest)];
        int len = snprintf(rest, sizeof(rest), "%s%s%s", target, *w->rest ? "/" : "", w->rest);

        if (!*target)
                return -ENOENT;
        if ((size_t)len >= sizeof(rest))
                return -ENAMETOOLONG;
        memcpy(w->rest, rest, (size_t)len + 1);
        if (*target != '/')
                return 0;
        int root = dup_fd(w->root);

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
        cleanup_fd int fd = open_how(w->at, name, 0, RESOLVE_NO_MAGICLINKS);

        return fd == -ELOOP;
}

static bool is_own_proc(const struct walk *w)
{
        static const char proc[] = "/proc/";
        struct object here;
        char *end;

        return !name_place(w->at, &here) && !strncmp(here.path, proc, sizeof(proc) - 1) &&
               strtol(here.path + sizeof(proc) - 1, &end, 10) == w->t->tgid && *end == '/';
}

static int jump(struct walk *w, const char *name)
{
        int fd = open_how(w->at, name, 0, 0);

        if (fd < 0)
                return fd;
        w->own = is_own_proc(w);
        walk_to(w, fd);
        return 0;
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
        char rest[sizeof(w->rest) + PATH_MAX];
        struct object here;
        ssize_t len;

        object->kind = OBJECT_NONE;
        object->len = 0;
        object->path[0] = '\0';
        object->exists = false;
        if (!name_place(w->at, &here) && here.kind == OBJECT_PATH) {
                snprintf(rest, sizeof(rest), "%s/%s", name, w->rest);
                len = path_join(here.path, rest, strlen(rest), object->path, sizeof(object->path));
                object->len = len < 0 ? 0 : (size_t)len;
                object->kind = len < 0 ? OBJECT_NONE : OBJECT_PATH;
        }
        return failed(object, error);
}

static int step_up(struct walk *w)
{
        int fd;

        if (at_root(w))
                return 0;
        fd = open_how(w->at, "..", O_DIRECTORY, 0);
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
                r = name_entry(w->at, name, strlen(name), object);
        if (r)
                return stuck(w, name, r, object);
        object->exists = entry_exists(w->at, name);
        return 0;
}

static int end_missing(struct walk *w, const char *name, bool slash, struct object *object)
{
        int r = end_at_entry(w, name, object);

        if (r)
                return r;
        if (w->mode == RESOLVE_NEW)
                return slash ? failed(object, -EISDIR) : 0;
        return failed(object, -ENOENT);
}

static int end_here(struct walk *w, bool slash, struct object *object)
{
        int r = name_place(w->at, object);

        if (r)
                return failed(object, r);
        object->own = object->kind == OBJECT_ANONYMOUS && w->own;
        r = slash ? is_directory(w->at) : 0;
        return r ? failed(object, r) : 0;
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
                cleanup_fd int fd = open_how(w->at, name, O_NOFOLLOW, 0);
                struct stat st;

                if (fd == -ENOENT && last)
                        return end_missing(w, name, slash, object);
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
                if (last && !S_ISDIR(st.st_mode) && name_fd(fd, object) == -ENAMETOOLONG)
                        return end_at_entry(w, name, object);
                w->own = false;
                walk_to(w, steal_fd(&fd));
        }
        return end_here(w, slash, object);
}

static int walk_path(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                     struct object *object)
{
        __attribute__((cleanup(cleanup_walk))) struct walk w = {.t = t, .root = -1, .at = -1};
        bool below = mode & RESOLVE_BELOW_DIRFD;

        w.mode = mode & ~RESOLVE_BELOW_DIRFD;
        strcpy(w.rest, raw);
        w.root = below ? open_base(t, dirfd, "") : tracee_open_root(t);
        if (w.root < 0)
                return failed(object, w.root);
        w.at = raw[0] == '/' || below ? dup_fd(w.root) : open_base(t, dirfd, raw);
        if (w.at < 0)
                return failed(object, w.at);
        return walk(&w, object);
}

int resolve_path(const struct tracee *t, int dirfd, const char *raw, unsigned mode,
                 struct object *object)
{
        int r;

        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
        if (!*raw)
                return failed(object, -ENOENT);
        if (strlen(raw) >= PATH_MAX)
                return failed(object, -ENAMETOOLONG);
        if (!(mode & RESOLVE_BELOW_DIRFD) && !tracee_has_other_root(t)) {
                r = shortcut(t, dirfd, raw, mode, object);
                if (r != -EAGAIN)
                        return r;
        }
        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
        return walk_path(t, dirfd, raw, mode, object);
}

int resolve_fd(const struct tracee *t, int fd, struct object *object)
{
        cleanup_fd int copy = tracee_open_fd(t, fd);
        int r;

        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
        if (copy < 0)
                return failed(object, copy);
        r = name_place(copy, object);
        object->own = object->kind == OBJECT_ANONYMOUS;
        return r ? failed(object, r) : 0;
}

int resolve_dir(const struct tracee *t, int dirfd, struct object *object)
{
        cleanup_fd int at = -1;
        int r;

        if (dirfd != AT_FDCWD)
                return resolve_fd(t, dirfd, object);
        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
        at = tracee_open_cwd(t);
        r = at < 0 ? at : name_place(at, object);
        return r ? failed(object, r) : 0;
}
