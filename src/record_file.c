/* record_file.c: the regular file that records go to: nobody else changes it, and it has parts. */
#include "record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util.h"

enum { NUMBER_MAX = sizeof(".1000") - 1 };

static bool same_file(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is the file that fd leads to the one of that name? */
static int check_name(int fd, int directory, const char *name)
{
        struct stat opened, named;

        if (fstat(fd, &opened))
                return -errno;
        if (fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW))
                return errno == ENOENT ? -ESTALE : -errno;
        return same_file(&opened, &named) ? 0 : -ESTALE;
}

static int open_directory(char *path, const char **name)
{
        char *slash = strrchr(path, '/');
        int directory;

        if (!slash)
                return -ESTALE; /* it has no name, or none that we can reach */
        if (strlen(slash + 1) > NAME_MAX - NUMBER_MAX)
                return -ENAMETOOLONG;
        *slash = '\0';
        directory = open(slash == path ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        *slash = '/';
        *name = slash + 1;
        return directory < 0 ? -errno : directory;
}

int record_file_find(int fd, char path[PATH_MAX], const char **name)
{
        cleanup_fd int directory = -1;
        char link[64];
        ssize_t len;
        int r;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = readlink(link, path, PATH_MAX - 1);
        if (len < 0)
                return -errno;
        path[len] = '\0';
        directory = open_directory(path, name);
        if (directory < 0)
                return directory;
        if (faccessat(directory, ".", W_OK | X_OK, AT_EACCESS))
                return -errno;
        r = check_name(fd, directory, *name);
        return r ? r : steal_fd(&directory);
}

int record_file_note(struct record_file *file)
{
        struct stat st;

        if (fstat(file->fd, &st))
                return -errno;
        file->size = st.st_size;
        file->changed = st.st_mtim;
        return 0;
}

int record_file_check(const struct record_file *file)
{
        struct stat st;

        if (fstat(file->fd, &st))
                return -errno;
        if (st.st_nlink < 1 || st.st_size != file->size ||
            st.st_mtim.tv_sec != file->changed.tv_sec ||
            st.st_mtim.tv_nsec != file->changed.tv_nsec)
                return -ESTALE;
        return 0;
}

int record_file_cut(const struct record_file *file, const char *bytes, size_t len)
{
        struct stat st;
        off_t written;

        if (fstat(file->fd, &st))
                return -errno;
        written = st.st_size - file->size;
        if (written < 0 || written > (off_t)len)
                return -ESTALE;
        while (written > 0 && bytes[written - 1] != '\n')
                written--;
        return ftruncate(file->fd, file->size + written) ? -errno : 0;
}

struct part_name {
        char text[NAME_MAX + NUMBER_MAX + 1];
};

/* 0: the part that is being written. */
static struct part_name name_part(const struct record_file *file, unsigned number)
{
        struct part_name part;

        if (number == 0)
                snprintf(part.text, sizeof(part.text), "%s", file->name);
        else
                snprintf(part.text, sizeof(part.text), "%s.%u", file->name, number);
        return part;
}

/* The first number of which there is no part. If all that are kept are taken, the one behind them:
 * the oldest part waits there to be removed until there is a new one. */
static int find_free(const struct record_file *file, unsigned *number)
{
        struct stat st;

        for (*number = 1; *number <= file->keep; ++*number) {
                if (!fstatat(file->directory, name_part(file, *number).text, &st,
                             AT_SYMLINK_NOFOLLOW))
                        continue;
                return errno == ENOENT ? 0 : -errno;
        }
        return 0;
}

static int shift_parts(const struct record_file *file, unsigned last)
{
        for (unsigned number = last; number > 0; number--) {
                struct part_name from = name_part(file, number - 1), to = name_part(file, number);

                if (renameat(file->directory, from.text, file->directory, to.text))
                        return -errno;
        }
        return 0;
}

/* What somebody put there in the meantime is neither used nor followed. */
static int open_part(const struct record_file *file)
{
        cleanup_fd int fd = openat(
                file->directory, file->name,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

        if (fd < 0 || dup3(fd, file->fd, O_CLOEXEC) < 0)
                return -errno;
        return 0;
}

int record_file_rotate(struct record_file *file)
{
        unsigned last = 0;
        int r = record_file_check(file);

        if (!r)
                r = check_name(file->fd, file->directory, file->name);
        if (!r)
                r = find_free(file, &last);
        if (!r)
                r = shift_parts(file, last);
        if (!r)
                r = open_part(file);
        if (r)
                return r;
        if (last > file->keep && unlinkat(file->directory, name_part(file, last).text, 0))
                return -errno;
        return record_file_note(file);
}
