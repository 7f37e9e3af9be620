/* outfile.c: a file that takes its name only when it is complete. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "util.h"

/* Where a symbolic link leads, or the directory of what is not there yet. NULL: errno says why. */
static char *canonical(const char *name)
{
        char *path = realpath(name, NULL);
        const char *slash = strrchr(name, '/');
        cleanup_free char *dir = NULL, *real = NULL;

        if (path || errno != ENOENT)
                return path;
        if (slash && !slash[1]) {
                errno = EISDIR;
                return NULL;
        }
        dir = slash ? xasprintf("%.*s", (int)(slash - name) + 1, name) : xstrdup(".");
        real = realpath(dir, NULL);
        if (!real)
                return NULL;
        return xasprintf("%s/%s", strcmp(real, "/") ? real : "", slash ? slash + 1 : name);
}

static int open_stream(struct outfile *file, int fd)
{
        if (fd < 0)
                return -errno;
        file->stream = fdopen(fd, "w");
        if (file->stream)
                return 0;
        int error = -errno;

        close(fd);
        return error;
}

static int open_beside(struct outfile *file, char *path)
{
        const char *slash = strrchr(path, '/');
        int r;

        file->name = path;
        file->unfinished = xasprintf("%.*s.%s.XXXXXX", (int)(slash - path) + 1, path, slash + 1);
        r = open_stream(file, mkostemp(file->unfinished, O_CLOEXEC));
        if (r)
                outfile_drop(file);
        return r;
}

int outfile_open(struct outfile *file, const char *name)
{
        struct stat st;
        char *path;

        *file = (struct outfile){0};
        if (!strcmp(name, "-"))
                return open_stream(file, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
        if (!stat(name, &st) && !S_ISREG(st.st_mode))
                return open_stream(file, open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY));
        path = canonical(name);
        return path ? open_beside(file, path) : -errno;
}

int outfile_finish(struct outfile *file)
{
        int error = 0;

        if (!file->stream)
                return 0;
        if (fflush(file->stream) || ferror(file->stream))
                error = errno ? -errno : -EIO;
        if (!error && file->name && fsync(fileno(file->stream)))
                error = -errno;
        if (!error && file->name && rename(file->unfinished, file->name))
                error = -errno;
        if (!error) {
                free(file->unfinished);
                file->unfinished = NULL;
        }
        outfile_drop(file);
        return error;
}

void outfile_drop(struct outfile *file)
{
        if (file->stream)
                fclose(file->stream);
        if (file->unfinished)
                unlink(file->unfinished);
        free(file->unfinished);
        free(file->name);
        *file = (struct outfile){0};
}
