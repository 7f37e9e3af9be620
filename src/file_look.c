/* file_look.c: all of a file that a run may change, but its content. */
#include "file_look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/xattr.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "siphash.h"
#include "util.h"

/* What chattr(1) sets and statx(2) tells. */
#define FLAGS                                                                                   \
        (STATX_ATTR_COMPRESSED | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP | \
         STATX_ATTR_ENCRYPTED | STATX_ATTR_VERITY)

static struct timespec timespec_of(const struct statx_timestamp *time)
{
        return (struct timespec){time->tv_sec, time->tv_nsec};
}

static bool is_young(const struct timespec *changed)
{
        struct timespec now, tick;
        int64_t age;

        if (clock_gettime(CLOCK_REALTIME, &now) || clock_getres(CLOCK_REALTIME_COARSE, &tick))
                return true;
        age = (now.tv_sec - changed->tv_sec) * INT64_C(1000000000) + now.tv_nsec - changed->tv_nsec;
        return age <= tick.tv_nsec;
}

/* Only this process knows the key, so that nobody can make two sets of attributes that look alike.
 * Without a random one they are still told apart, if nobody takes pains. */
static struct siphash digest_new(void)
{
        static uint64_t key[2];

        if (!key[0] && getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
                key[0] = 1;
        return siphash_new(key);
}

/* Unreadable ones, such as trusted.* of somebody else, count by their names. */
static void look_at_xattr(const char *path, const char *name, struct siphash *digest)
{
        cleanup_free char *value = xcalloc(1, XATTR_SIZE_MAX);
        ssize_t len = lgetxattr(path, name, value, XATTR_SIZE_MAX);

        siphash_add(digest, name, strlen(name) + 1);
        siphash_add(digest, &len, sizeof(len));
        if (len > 0)
                siphash_add(digest, value, (size_t)len);
}

/* Overlayfs counts names that it does not list. */
static void look_at_xattrs(const char *path, struct file_look *look)
{
        cleanup_free char *names = NULL;
        struct siphash digest;
        ssize_t len;

        if (llistxattr(path, NULL, 0) <= 0)
                return;
        names = xcalloc(1, XATTR_LIST_MAX + 1);
        len = llistxattr(path, names, XATTR_LIST_MAX);
        if (len <= 0)
                return;
        digest = digest_new();
        for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
                look_at_xattr(path, names + at, &digest);
                look->capabilities |= !strcmp(names + at, XATTR_NAME_CAPS);
        }
        look->xattrs = siphash_end(&digest);
}

static char *read_target(const char *path)
{
        char text[PATH_MAX];
        ssize_t len = readlink(path, text, sizeof(text) - 1);

        text[len < 0 ? 0 : len] = '\0';
        return xstrdup(text);
}

/* Asked once for files in a row that are on the same. */
static uint64_t file_system(const char *path, uint64_t device)
{
        static uint64_t asked, answer;
        cleanup_fd int fd = -1;
        struct statfs fs;

        if (major(device) != 0)
                return 0;
        if (device == asked)
                return answer;
        fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstatfs(fd, &fs))
                return 0;
        asked = device;
        answer = (uint64_t)fs.f_type;
        return answer;
}

void file_look(const char *path, struct file_look *look)
{
        struct statx st;

        memset(look, 0, sizeof(*look));
        if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                  STATX_BASIC_STATS | STATX_BTIME, &st)) {
                look->unseen = errno != ENOENT && errno != ENOTDIR;
                return;
        }
        look->state = (struct file_state){st.stx_mode, st.stx_uid, st.stx_gid, st.stx_size};
        look->device = makedev(st.stx_dev_major, st.stx_dev_minor);
        look->inode = st.stx_ino;
        look->mtime = timespec_of(&st.stx_mtime);
        look->ctime = timespec_of(&st.stx_ctime);
        look->file_system = file_system(path, look->device);
        /* Overlayfs tells that of the copy once it has made one for a write. */
        if (st.stx_mask & STATX_BTIME && look->file_system != OVERLAYFS_SUPER_MAGIC)
                look->born = timespec_of(&st.stx_btime);
        look->flags = st.stx_attributes & FLAGS;
        look->young = is_young(&look->ctime);
        if (S_ISLNK(st.stx_mode))
                look->target = read_target(path);
        look_at_xattrs(path, look);
}

void file_look_fini(struct file_look *look)
{
        free(look->target);
        free(look->content);
}

void file_look_copy(struct file_look *copy, const struct file_look *look)
{
        *copy = *look;
        copy->target = look->target ? xstrdup(look->target) : NULL;
        copy->content = NULL;
        if (look->content) {
                copy->content = xcalloc(1, look->state.size + 1);
                memcpy(copy->content, look->content, look->state.size);
        }
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The number of a file that is gone is soon given to another. */
bool file_is_same(const struct file_look *a, const struct file_look *b)
{
        return a->state.mode && b->state.mode && a->device == b->device && a->inode == b->inode &&
               same_time(&a->born, &b->born) &&
               (a->state.mode & S_IFMT) == (b->state.mode & S_IFMT);
}

unsigned file_differs(const struct file_look *a, const struct file_look *b)
{
        unsigned differs = 0;

        if ((a->state.mode ^ b->state.mode) & 07777)
                differs |= CHANGED_MODE;
        if (a->state.uid != b->state.uid || a->state.gid != b->state.gid)
                differs |= CHANGED_OWNER;
        if (!same_time(&a->mtime, &b->mtime))
                differs |= CHANGED_TIMES;
        if (a->xattrs != b->xattrs)
                differs |= CHANGED_XATTRS;
        if (a->flags != b->flags)
                differs |= CHANGED_FLAGS;
        return differs;
}

/* The content of a regular file, if it has that size, or NULL; the caller frees it. times: only if
 * it still has these, too; or NULL. Its access time stays as it is, where that is ours to say. */
static char *read_content(const char *path, uint64_t size, const struct file_look *times)
{
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        cleanup_fd int quiet = open(path, flags | O_NOATIME);
        cleanup_fd int loud = quiet < 0 ? open(path, flags) : -1;
        int fd = quiet < 0 ? loud : quiet;
        cleanup_free char *content = NULL;
        struct stat st;

        if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
                return NULL;
        if (times &&
            (!same_time(&st.st_mtim, &times->mtime) || !same_time(&st.st_ctim, &times->ctime)))
                return NULL;
        content = xcalloc(1, size + 1);
        if (pread(fd, content, size + 1, 0) != (ssize_t)size)
                return NULL;
        return steal_pointer(&content);
}

size_t file_look_keep(const char *path, struct file_look *look, size_t max)
{
        if (!S_ISREG(look->state.mode) || look->state.size > max || look->content)
                return 0;
        look->content = read_content(path, look->state.size, look);
        return look->content ? look->state.size : 0;
}

bool file_has_content(const char *path, const struct file_look *look)
{
        cleanup_free char *now = NULL;

        if (!look->content)
                return false;
        now = read_content(path, look->state.size, NULL);
        return now && !memcmp(now, look->content, look->state.size);
}
