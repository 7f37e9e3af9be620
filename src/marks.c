/* marks.c: what a change amounts to, by its mode and by its name. */
#include "marks.h"

#include <sys/stat.h>

#include "marks_table.h"
#include "path.h"
#include "util.h"

#define EXECUTABLE (S_IXUSR | S_IXGRP | S_IXOTH)

static const char set_user_id[] = "set-user-ID program", set_group_id[] = "set-group-ID program";
static const char capabilities[] = "program with capabilities";
static const char device[] = "device";
static const char directory[] = "directory of start-up files or settings";
static const char path_directory[] = "directory in PATH", command[] = "command in PATH";

/* Where commands are looked for, whatever this $PATH says; file-hierarchy(7). */
static const char *const command_directories[] = {
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",        "/usr/bin", "/sbin", "/bin",
        "/usr/games",      "/snap/bin",      "/usr/local/games",
};
static const char *const home_command_directories[] = {"~/.local/bin", "~/bin"};

/* ---- names ---- */

/* The part of path below the home directory that it is in, from its slash; NULL: in none. home,
 * that of root, and what is directly in /home. */
static const char *below_home(const struct words *path, const char *home)
{
        static const char root[] = "/root", homes[] = "/home/";
        const char *end = path->bytes + path->len, *slash;
        size_t len = home ? strlen(home) : 0;

        if (len > 1 && home[len - 1] == '/')
                len--;
        if (len > 1 && path_covers(home, len, path->bytes, path->len))
                return path->bytes + len;
        if (path_covers(root, strlen(root), path->bytes, path->len))
                return path->bytes + strlen(root);
        if (path->len <= strlen(homes) || memcmp(path->bytes, homes, strlen(homes)) != 0)
                return NULL;
        slash = memchr(path->bytes + strlen(homes), '/', path->len - strlen(homes));
        return slash ? slash : end;
}

/* What a pattern is held against: the path, or its part below a home directory. */
struct subject {
        struct words path, at_home; /* at_home.bytes NULL: it is in none */
};

static struct subject subject_of(const struct words *path, const char *home)
{
        const char *rest = below_home(path, home);
        struct subject subject = {.path = *path};

        if (rest)
                subject.at_home = (struct words){rest, (size_t)(path->bytes + path->len - rest)};
        return subject;
}

/* Which of the two it is held against; takes the "~" off the pattern. */
static const struct words *side_of(const struct subject *subject, const char **pattern)
{
        if (**pattern != '~')
                return &subject->path;
        ++*pattern;
        return &subject->at_home;
}

static bool is_wildcard(char c)
{
        return c == '*' || c == '?';
}

/* Are the parts between the wildcards there? Few patterns get further, and this is quicker. */
static bool has_parts(const char *pattern, const struct words *text)
{
        for (; *pattern; pattern += strspn(pattern, "*?")) {
                size_t len = strcspn(pattern, "*?");

                if (!memmem(text->bytes, text->len, pattern, len))
                        return false;
                pattern += len;
        }
        return true;
}

/* There are hundreds of rows for each change: most differ from it in their first bytes. */
static bool row_matches(const char *pattern, const struct subject *subject)
{
        const struct words *text = side_of(subject, &pattern);
        size_t same = 0;

        if (!text->bytes)
                return false;
        while (same < text->len && pattern[same] == text->bytes[same] &&
               !is_wildcard(pattern[same]))
                same++;
        if (is_wildcard(pattern[same]))
                return has_parts(pattern, text) && path_match(pattern, text->bytes, text->len);
        return !pattern[same] && (same == text->len || text->bytes[same] == '/');
}

/* Does it name something below? Not by its wildcards: every directory could be meant by one. */
static bool row_is_below(const char *pattern, const struct subject *subject)
{
        const struct words *text = side_of(subject, &pattern);

        return text->bytes &&
               path_covers(text->bytes, text->len, pattern, path_literal_len(pattern));
}

static const struct mark_row *find_row(const struct mark_row *rows, size_t n,
                                       const struct subject *subject)
{
        for (size_t i = 0; i < n; i++)
                if (row_matches(rows[i].pattern, subject))
                        return &rows[i];
        return NULL;
}

static bool holds_marked(const struct subject *subject)
{
        for (size_t i = 0; i < nchange_marks; i++)
                if (change_marks[i].mark && row_is_below(change_marks[i].pattern, subject))
                        return true;
        return false;
}

/* ---- commands ---- */

/* Calls visit for each directory of commands until it says true. */
static bool any_command_directory(const struct subject *subject, const char *path,
                                  bool (*visit)(const struct words *text, const char *dir,
                                                size_t len))
{
        for (size_t i = 0; i < ARRAY_SIZE(command_directories); i++)
                if (visit(&subject->path, command_directories[i], strlen(command_directories[i])))
                        return true;
        for (size_t i = 0; subject->at_home.bytes && i < ARRAY_SIZE(home_command_directories); i++)
                if (visit(&subject->at_home, home_command_directories[i] + 1,
                          strlen(home_command_directories[i]) - 1))
                        return true;
        while (path && *path) {
                size_t part = strcspn(path, ":"), len = part;

                while (len > 1 && path[len - 1] == '/')
                        len--;
                if (path[0] == '/' && visit(&subject->path, path, len))
                        return true;
                path += part + (path[part] == ':');
        }
        return false;
}

static bool is_directly_in(const struct words *text, const char *dir, size_t len)
{
        return text->len > len && path_covers(dir, len, text->bytes, text->len) &&
               !memchr(text->bytes + len + 1, '/', text->len - len - 1);
}

static bool is_or_holds(const struct words *text, const char *dir, size_t len)
{
        return path_covers(text->bytes, text->len, dir, len);
}

static bool is_same(const struct words *text, const char *dir, size_t len)
{
        return text->len == len && memcmp(text->bytes, dir, len) == 0;
}

/* ---- changes ---- */

/* What is there now; of what was deleted, what was there. */
static const struct file_state *state_of(const struct change *change)
{
        return change->kind == CHANGE_DELETED ? &change->before : &change->after;
}

/* The kernel obeys the group's bit only where the group may execute: inode(7). */
static const char *id_mark(uint32_t mode)
{
        if (!S_ISREG(mode))
                return NULL;
        if (mode & S_ISUID && mode & EXECUTABLE)
                return set_user_id;
        return mode & S_ISGID && mode & S_IXGRP ? set_group_id : NULL;
}

/* What it is by itself, wherever it is. What such a program was before counts too: it was altered.
 */
static const char *mode_mark(const struct change *change)
{
        const char *mark = id_mark(change->after.mode);

        if (!mark && change->kind != CHANGE_RENAMED && change->kind != CHANGE_LINKED)
                mark = id_mark(change->before.mode);
        if (mark)
                return mark;
        if (change->capabilities)
                return capabilities;
        return S_ISBLK(state_of(change)->mode) || S_ISCHR(state_of(change)->mode) ? device : NULL;
}

/* Does it matter that this directory was changed? What is made or removed below one is said of
 * each file; but what came along with it is not. */
static bool directory_counts(const struct change *change)
{
        switch (change->kind) {
        case CHANGE_CREATED:
        case CHANGE_DELETED:
                return false;
        case CHANGE_ATTRIBUTES:
                return change->attributes & (CHANGED_MODE | CHANGED_OWNER | CHANGED_XATTRS);
        case CHANGE_MODIFIED:
        case CHANGE_RENAMED:
        case CHANGE_LINKED:
                break;
        }
        return true;
}

static const char *directory_mark(const struct change *change, const struct subject *subject,
                                  const char *path)
{
        bool moved = change->kind != CHANGE_ATTRIBUTES;
        const struct mark_row *row;

        if (!directory_counts(change))
                return NULL;
        row = find_row(change_marks, nchange_marks, subject);
        if (row)
                return row->mark;
        if (any_command_directory(subject, path, moved ? is_or_holds : is_same))
                return path_directory;
        return moved && holds_marked(subject) ? directory : NULL;
}

/* A link in the place of a directory brings all that is where it leads. */
static const char *link_mark(const struct subject *subject, const char *path)
{
        if (any_command_directory(subject, path, is_directly_in))
                return command;
        if (any_command_directory(subject, path, is_or_holds))
                return path_directory;
        return holds_marked(subject) ? directory : NULL;
}

/* Of what is known by calls alone the mode is not known: it may be anything that can be executed.
 */
static const char *name_mark(const struct change *change, const struct words *name,
                             const char *path, const char *home)
{
        struct subject subject = subject_of(name, home);
        uint32_t mode = state_of(change)->mode;
        const struct mark_row *row;

        if (S_ISDIR(mode))
                return directory_mark(change, &subject, path);
        if (S_ISSOCK(mode) || S_ISFIFO(mode))
                return NULL;
        row = find_row(change_marks, nchange_marks, &subject);
        if (row)
                return row->mark;
        if (S_ISLNK(mode))
                return link_mark(&subject, path);
        if (mode && !((mode | change->before.mode) & EXECUTABLE))
                return NULL;
        return any_command_directory(&subject, path, is_directly_in) ? command : NULL;
}

const char *change_mark(const struct change *change, const char *path, const char *home)
{
        const char *mark = mode_mark(change);

        if (!mark)
                mark = name_mark(change, &change->path, path, home);
        if (!mark && change->kind == CHANGE_RENAMED && change->from.bytes)
                mark = name_mark(change, &change->from, path, home);
        return mark;
}

const char *read_mark(const struct words *path, const char *home)
{
        struct subject subject = subject_of(path, home);
        const struct mark_row *row = find_row(read_marks, nread_marks, &subject);

        return row ? row->mark : NULL;
}

unsigned mark_rank(const char *mark)
{
        if (strcmp(mark, set_user_id) == 0 || strcmp(mark, set_group_id) == 0)
                return 0;
        if (strcmp(mark, capabilities) == 0)
                return 1;
        return strcmp(mark, command) == 0 ? 3 : 2;
}
