/* policy_files.c: finding, reading and including policy files. */
#include "loader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

/* The *.ini names in a directory, without their ending. */
struct names {
        char **list;
        size_t n;
};

static void list_policies(const char *directory, struct names *names)
{
        DIR *dir = opendir(directory);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                size_t len = strlen(entry->d_name);

                if (len <= 4 || strcmp(entry->d_name + len - 4, ".ini") != 0)
                        continue;
                names->list = xreallocarray(names->list, names->n + 1, sizeof(*names->list));
                names->list[names->n++] = xasprintf("%.*s", (int)len - 4, entry->d_name);
        }
        if (dir)
                closedir(dir);
}

static void names_fini(struct names *names)
{
        for (size_t i = 0; i < names->n; i++)
                free(names->list[i]);
        free(names->list);
}

static char *join_words(char *list, const char *joint, const char *word)
{
        char *joined = xasprintf("%s%s%s", list ? list : "", list ? joint : "", word);

        free(list);
        return joined;
}

static void say_not_found(struct loader *loader, const char *name)
{
        static const struct origin nowhere = {NULL, 0};
        struct names names = {NULL, 0};
        cleanup_free char *where = NULL, *hint = NULL;

        for (size_t i = 0; loader->search && loader->search[i]; i++) {
                where = join_words(where, ", ", loader->search[i]);
                list_policies(loader->search[i], &names);
        }
        hint = did_you_mean(name, (const char *const *)names.list, names.n);
        loader_error(loader, &nowhere, "no policy named %s in %s%s", quote(name).text,
                     where ? where : "any directory", hint);
        names_fini(&names);
}

char *files_find(struct loader *loader, const char *name)
{
        for (size_t i = 0; loader->search && loader->search[i]; i++) {
                cleanup_free char *path = xasprintf("%s/%s.ini", loader->search[i], name);

                if (access(path, F_OK) == 0)
                        return steal_pointer(&path);
        }
        say_not_found(loader, name);
        return NULL;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* "; did you mean 'base.ini'?" for a file that is not there. */
static char *near_file(const char *path)
{
        const char *name = base_name(path);
        cleanup_free char *directory = xasprintf("%.*s", (int)(name - path), path);
        cleanup_free char *stem = xstrdup(name);
        char *dot = strrchr(stem, '.'), *hint;
        struct names names = {NULL, 0};
        struct stat st;
        const char *near;

        if (!lstat(path, &st) && S_ISLNK(st.st_mode))
                return xstrdup("; it is a symbolic link that leads nowhere");
        if (dot)
                *dot = '\0';
        list_policies(*directory ? directory : ".", &names);
        near = nearest_word(stem, (const char *const *)names.list, names.n);
        hint = near ? xasprintf("; did you mean '%s.ini'?", near) : xstrdup("");
        names_fini(&names);
        return hint;
}

static int say_unreadable(struct loader *loader, const struct origin *origin, const char *path,
                          int err)
{
        cleanup_free char *hint = err == ENOENT ? near_file(path) : xstrdup("");

        loader_error(loader, origin, "cannot read %s: %s%s", quote(path).text, strerror(err), hint);
        return -err;
}

/* Who names a pipe writes it, too; one that a file names would be waited for, for good. */
static int check_type(struct loader *loader, const struct origin *origin, const char *path,
                      const struct stat *st, bool included)
{
        if (S_ISREG(st->st_mode) || (S_ISFIFO(st->st_mode) && !included))
                return 0;
        if (S_ISDIR(st->st_mode))
                return say_unreadable(loader, origin, path, EISDIR);
        loader_error(loader, origin, "cannot read %s: %s", quote(path).text,
                     included ? "not a regular file" : "neither a file nor a pipe");
        return -EINVAL;
}

struct text {
        char *bytes; /* owned */
        size_t len;
};

static int read_all(int fd, struct text *text)
{
        size_t room = 0;

        for (;;) {
                ssize_t n;

                if (text->len == room) {
                        room = room ? room * 4 : 16u << 10;
                        text->bytes = xreallocarray(text->bytes, room, 1);
                }
                n = read(fd, text->bytes + text->len, room - text->len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                text->len += (size_t)n;
                if (text->len > POLICY_FILE_MAX)
                        return -EFBIG;
        }
}

/* A file that was read before counts for the later -p, and for the longest way to it. */
static bool deepen(struct source *source, unsigned turn, unsigned depth)
{
        bool fits = depth <= INCLUDE_DEPTH_MAX;

        if (turn < source->turn || (turn == source->turn && depth <= source->depth))
                return true;
        source->turn = turn;
        source->depth = depth;
        for (size_t i = 0; fits && i < source->nincludes; i++)
                if (source->includes[i].source)
                        fits = deepen(source->includes[i].source, turn, depth + 1);
        return fits;
}

static int say_too_deep(struct loader *loader, const struct origin *origin)
{
        loader_error(loader, origin, "files include each other more than %d deep",
                     INCLUDE_DEPTH_MAX);
        return -ELOOP;
}

static int say_circle(struct loader *loader, const struct origin *origin,
                      const struct source *source, const struct source *reader)
{
        char *chain = xstrdup(source->name);

        for (const struct source *s = reader; s; s = s == source ? NULL : s->reader) {
                char *longer = xasprintf("%s includes %s", s->name, chain);

                free(chain);
                chain = longer;
        }
        loader_error(loader, origin, "a file includes itself: %s", chain);
        free(chain);
        return -ELOOP;
}

static struct source *find_source(const struct loader *loader, const struct stat *st)
{
        for (size_t i = 0; i < loader->nsources; i++) {
                struct source *source = loader->sources[i];

                if (source->is_file && source->dev == st->st_dev && source->ino == st->st_ino)
                        return source;
        }
        return NULL;
}

/* The name by which the kernel knows an open file: no link is left in it. */
static char *name_of(int fd, const struct stat *st, const char *path)
{
        char link[32], name[PATH_MAX];
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = readlink(link, name, sizeof(name) - 1);
        if (!S_ISREG(st->st_mode) || len <= 0)
                return xstrdup(path);
        name[len] = '\0';
        return xstrdup(name);
}

static struct source *new_file(struct loader *loader, const char *path, int fd,
                               const struct stat *st)
{
        struct policy *policy = loader->policy;
        cleanup_free char *directory = xasprintf("%.*s", (int)(base_name(path) - path), path);
        struct source *source =
                loader_new_source(loader, S_ISREG(st->st_mode) ? base_name(path) : path, directory);

        source->is_file = true;
        source->dev = st->st_dev;
        source->ino = st->st_ino;
        policy->files = xreallocarray(policy->files, policy->nfiles + 1, sizeof(*policy->files));
        policy->files[policy->nfiles++] = name_of(fd, st, path);
        return source;
}

int files_read_text(struct loader *loader, struct source *source, const char *text, size_t len)
{
        size_t errors = loader->messages->errors;

        source->reading = true;
        reader_run(loader, source, text, len);
        for (size_t i = 0; i < source->nincludes; i++) {
                struct inclusion *include = &source->includes[i];

                (void)files_read(loader, include->path, source, &include->origin, &include->source);
        }
        source->reading = false;
        return loader->messages->errors > errors ? -EINVAL : 0;
}

static int read_new(struct loader *loader, const char *path, int fd, const struct stat *st,
                    struct source *reader, const struct origin *origin, struct source **read)
{
        cleanup_free char *bytes = NULL;
        struct text text = {NULL, 0};
        struct source *source;
        int result = read_all(fd, &text);

        bytes = text.bytes;
        if (result == -EFBIG)
                loader_error(loader, origin, "cannot read %s: larger than %u bytes",
                             quote(path).text, POLICY_FILE_MAX);
        else if (result < 0)
                say_unreadable(loader, origin, path, -result);
        if (result < 0)
                return result;
        source = new_file(loader, path, fd, st);
        source->reader = reader;
        source->depth = reader ? reader->depth + 1 : 0;
        if (read)
                *read = source;
        return files_read_text(loader, source, bytes, text.len);
}

static int read_again(struct loader *loader, struct source *source, struct source *reader,
                      const struct origin *origin, struct source **read)
{
        if (source->reading)
                return say_circle(loader, origin, source, reader);
        if (!deepen(source, loader->turn, reader ? reader->depth + 1 : 0))
                return say_too_deep(loader, origin);
        if (read)
                *read = source;
        return 0;
}

int files_read(struct loader *loader, const char *path, struct source *reader,
               const struct origin *origin, struct source **read)
{
        static const struct origin nowhere = {NULL, 0};
        bool relative = path[0] != '/';
        cleanup_free char *absolute = NULL;
        cleanup_fd int fd = -1;
        struct source *known;
        struct stat st;
        int result;

        if (!origin)
                origin = &nowhere;
        if (relative && !loader->cwd)
                return say_unreadable(loader, origin, path, ENOENT);
        absolute = xasprintf("%s%s%s", relative ? loader->cwd : "", relative ? "/" : "", path);
        fd = open(absolute, O_RDONLY | O_CLOEXEC | O_NOCTTY | (reader ? O_NONBLOCK : 0));
        if (fd < 0 || fstat(fd, &st))
                return say_unreadable(loader, origin, path, errno);
        result = check_type(loader, origin, path, &st, reader != NULL);
        if (result < 0)
                return result;
        known = find_source(loader, &st);
        if (known)
                return read_again(loader, known, reader, origin, read);
        if (reader && reader->depth == INCLUDE_DEPTH_MAX)
                return say_too_deep(loader, origin);
        return read_new(loader, absolute, fd, &st, reader, origin, read);
}

/* Does the user own it, or may write to it? An owner can give itself the right. */
static bool is_changeable(const char *path)
{
        struct stat st;

        return stat(path, &st) || st.st_uid == geteuid() ||
               !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS);
}

/* A file is replaced by renaming any directory above it, too. */
static bool is_replaceable(const char *path)
{
        cleanup_free char *above = xstrdup(path);

        for (char *slash; (slash = strrchr(above, '/')) && slash != above;) {
                if (is_changeable(above))
                        return true;
                *slash = '\0';
        }
        return is_changeable("/");
}

void files_guard(struct loader *loader)
{
        const struct policy *policy = loader->policy;
        struct stat st;

        for (size_t i = 0; i < policy->nfiles; i++) {
                const char *path = policy->files[i];

                if (!lstat(path, &st) && S_ISREG(st.st_mode) && is_replaceable(path))
                        policy_protect(loader->policy, path);
        }
}
