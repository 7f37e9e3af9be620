/* outfile.c: a file that takes its name only when it is complete. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "util.h"

enum { NAMES_TRIED = 16 };

/* Where a symbolic link leads, or what is not there yet in its directory. NULL: errno says why. */
static char *canonical(const char *name)
{
        const char *slash = strrchr(name, '/');
        cleanup_free char *dir = NULL, *real = NULL;
        char *path = realpath(name, NULL);

        if (path || errno != ENOENT)
                return path;
        if (!*name || (slash && !slash[1])) {
                errno = *name ? EISDIR : ENOENT;
                return NULL;
        }
        dir = slash ? xasprintf("%.*s", (int)(slash - name) + 1, name) : xstrdup(".");
        real = realpath(dir, NULL);
        if (!real)
                return NULL;
        return xasprintf("%s/%s", strcmp(real, "/") ? real : "", slash ? slash + 1 : name);
}

bool outfile_is_same(const char *name, const char *other)
{
        cleanup_free char *a = NULL, *b = NULL;
        struct stat x, y;
        bool is = !stat(name, &x), other_is = !stat(other, &y);

        if (is && other_is)
                return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
        if (is || other_is)
                return false;
        a = canonical(name);
        b = canonical(other);
        return a && b && !strcmp(a, b);
}

static int open_stream(struct outfile *file, int fd)
{
        int error;

        if (fd < 0)
                return -errno;
        file->stream = fdopen(fd, "w");
        if (file->stream)
                return 0;
        error = -errno;
        close(fd);
        return error;
}

static char *random_name(const char *name)
{
        uint64_t number = 0;

        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
                return NULL;
        return xasprintf(".%.200s.%016" PRIx64, name, number);
}

/* Find a name that is free: give it to fd, or, if that is negative, make a file there. Returns a
 * descriptor of it, or -errno. */
static int take_name(struct outfile *file, int fd)
{
        char link[64];

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        for (int i = 0; i < NAMES_TRIED; i++) {
                cleanup_free char *name = random_name(file->name);
                int r;

                if (!name)
                        return -errno;
                if (fd < 0)
                        r = openat(file->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                else
                        r = linkat(AT_FDCWD, link, file->dir, name, AT_SYMLINK_FOLLOW) ? -1 : fd;
                if (r >= 0)
                        file->unfinished = steal_pointer(&name);
                if (r >= 0 || errno != EEXIST)
                        return r < 0 ? -errno : r;
        }
        return -EEXIST;
}

static int open_replacement(struct outfile *file)
{
        const char *slash = strrchr(file->path, '/');
        cleanup_free char *dir = xasprintf("%.*s", (int)(slash - file->path) + 1, file->path);
        int fd;

        file->name = xstrdup(slash + 1);
        file->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (file->dir < 0)
                return -errno;
        fd = openat(file->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
        if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
                fd = take_name(file, -1);
        else if (fd < 0)
                return -errno;
        return fd < 0 ? fd : open_stream(file, fd);
}

int outfile_open(struct outfile *file, const char *name)
{
        struct stat st;
        int r;

        *file = (struct outfile){.dir = -1};
        if (!strcmp(name, "-"))
                return open_stream(file, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
        if (!stat(name, &st) && !S_ISREG(st.st_mode))
                return open_stream(file, open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY));
        file->path = canonical(name);
        r = file->path ? open_replacement(file) : -errno;
        if (r)
                outfile_drop(file);
        return r;
}

static int take_place(struct outfile *file)
{
        int fd = fileno(file->stream);

        if (fsync(fd))
                return -errno;
        if (!file->unfinished) {
                int r = take_name(file, fd);

                if (r < 0)
                        return r;
        }
        if (renameat(file->dir, file->unfinished, file->dir, file->name))
                return -errno;
        free(file->unfinished);
        file->unfinished = NULL;
        return 0;
}

/* Why it could not be written: stdio(3) only remembers that. */
static int stream_error(FILE *stream)
{
        clearerr(stream);
        errno = 0;
        (void)(fputc('\n', stream) == EOF || fflush(stream));
        return errno ? -errno : -EIO;
}

int outfile_finish(struct outfile *file)
{
        int error = 0;

        if (!file->stream)
                return 0;
        if (fflush(file->stream) || ferror(file->stream))
                error = stream_error(file->stream);
        if (!error && file->name)
                error = take_place(file);
        outfile_drop(file);
        return error;
}

void outfile_drop(struct outfile *file)
{
        if (file->stream)
                fclose(file->stream);
        if (file->unfinished)
                unlinkat(file->dir, file->unfinished, 0);
        if (file->path && file->dir >= 0)
                close(file->dir);
        free(file->unfinished);
        free(file->name);
        free(file->path);
        *file = (struct outfile){.dir = -1};
}
