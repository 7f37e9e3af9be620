/* names.c: the words for classes, actions and flags. */
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* libc says 0 where every file is large. The kernel's bit is 0100000, except where that one
 * means O_NOFOLLOW (arm, arm64): 0400000. Source: the fcntl.h of the architectures in the kernel.
 */
#define KERNEL_O_LARGEFILE (O_NOFOLLOW == 0100000 ? 0400000 : 0100000)

#ifndef AT_EXECVE_CHECK /* Linux 6.14 */
#define AT_EXECVE_CHECK 0x10000
#endif

/* clang-format off */
#define BITS(flag)        {flag, flag, #flag}
#define FIELD(mask, flag) {mask, flag, #flag}
/* clang-format on */

static const char *const class_names[RECORD_CLASSES] = {
        [CLASS_OUTPUT] = "output", [CLASS_READ] = "read",       [CLASS_ATTR] = "attr",
        [CLASS_WRITE] = "write",   [CLASS_CREATE] = "create",   [CLASS_DELETE] = "delete",
        [CLASS_EXEC] = "exec",     [CLASS_CONNECT] = "connect", [CLASS_PROCESS] = "process",
};

static const char *const action_names[ACTION_COUNT] = {
        [ACTION_ALLOW] = "allow", [ACTION_LOG] = "log",   [ACTION_DISCARD] = "discard",
        [ACTION_DENY] = "deny",   [ACTION_KILL] = "kill",
};

static const char *const change_names[CHANGE_KINDS] = {
        [CHANGE_CREATED] = "created", [CHANGE_MODIFIED] = "modified",
        [CHANGE_DELETED] = "deleted", [CHANGE_RENAMED] = "renamed",
        [CHANGE_LINKED] = "linked",   [CHANGE_ATTRIBUTES] = "attributes",
};

/* In the order of the bits CHANGED_*. */
static const char *const changed_names[] = {"mode", "owner", "times", "xattrs", "flags", NULL};

/* O_SYNC and O_TMPFILE contain the bit of another flag and stand before it. */
const struct flag_names open_flag_names[] = {
        FIELD(O_ACCMODE, O_RDONLY),
        FIELD(O_ACCMODE, O_WRONLY),
        FIELD(O_ACCMODE, O_RDWR),
        BITS(O_CREAT),
        BITS(O_EXCL),
        BITS(O_NOCTTY),
        BITS(O_TRUNC),
        BITS(O_APPEND),
        BITS(O_NONBLOCK),
        BITS(O_SYNC),
        BITS(O_DSYNC),
        BITS(O_ASYNC),
        BITS(O_DIRECT),
        {KERNEL_O_LARGEFILE, KERNEL_O_LARGEFILE, "O_LARGEFILE"},
        BITS(O_TMPFILE),
        BITS(O_DIRECTORY),
        BITS(O_NOFOLLOW),
        BITS(O_NOATIME),
        BITS(O_CLOEXEC),
        BITS(O_PATH),
        {0, 0, NULL},
};

const struct flag_names at_flag_names[] = {
        BITS(AT_SYMLINK_NOFOLLOW),
        BITS(AT_REMOVEDIR),
        BITS(AT_SYMLINK_FOLLOW),
        BITS(AT_NO_AUTOMOUNT),
        BITS(AT_EMPTY_PATH),
        BITS(AT_EXECVE_CHECK),
        {0, 0, NULL},
};

const struct flag_names rename_flag_names[] = {
        BITS(RENAME_NOREPLACE),
        BITS(RENAME_EXCHANGE),
        BITS(RENAME_WHITEOUT),
        {0, 0, NULL},
};

const struct flag_names xattr_flag_names[] = {
        BITS(XATTR_CREATE),
        BITS(XATTR_REPLACE),
        {0, 0, NULL},
};

const char *class_name(enum call_class class)
{
        return class_names[class];
}

const char *action_name(enum action action)
{
        return action_names[action];
}

const char *change_name(enum change_kind kind)
{
        return change_names[kind];
}

const char *changed_name(unsigned nth)
{
        return changed_names[nth];
}

const char *file_type_name(uint32_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFREG:
                return "file";
        case S_IFDIR:
                return "directory";
        case S_IFLNK:
                return "symlink";
        case S_IFIFO:
                return "fifo";
        case S_IFSOCK:
                return "socket";
        case S_IFCHR:
                return "char";
        case S_IFBLK:
                return "block";
        }
        return NULL;
}

static int word_index(const char *word, const char *const *words, int n)
{
        for (int i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return i;
        return -1;
}

int class_from_name(const char *name)
{
        return word_index(name, class_names, CLASS_COUNT);
}

int action_from_name(const char *name)
{
        return word_index(name, action_names, ACTION_COUNT);
}

/* Append word at len, after a bar if it is not the first; returns the new length. */
static size_t append_word(char *buf, size_t size, size_t len, const char *word)
{
        size_t room = size - 1 - len;
        size_t n = strlen(word);

        if (len > 0 && room > 0) {
                buf[len++] = '|';
                room--;
        }
        if (n > room)
                n = room;
        memcpy(buf + len, word, n);
        return len + n;
}

size_t flags_format(const struct flag_names *names, uint64_t flags, char *buf, size_t size)
{
        char rest[2 + 16 + 1];
        size_t len = 0;

        if (size == 0)
                return 0;
        for (; names && names->name; names++) {
                if ((flags & names->mask) != names->value)
                        continue;
                len = append_word(buf, size, len, names->name);
                flags &= ~names->mask;
        }
        if (flags != 0 || len == 0) {
                snprintf(rest, sizeof(rest), flags ? "0x%llx" : "0", (unsigned long long)flags);
                len = append_word(buf, size, len, rest);
        }
        buf[len] = '\0';
        return len;
}

static bool is_word(const char *word, const char *text, size_t len)
{
        return strlen(word) == len && memcmp(word, text, len) == 0;
}

/* "0x1f", as flags_format() puts what has no word; or "0". */
static int parse_number(const char *text, size_t len, uint64_t *number)
{
        static const char digits[] = "0123456789abcdef";

        *number = 0;
        if (is_word("0", text, len))
                return 0;
        if (len < 3 || len > 2 + 16 || memcmp(text, "0x", 2) != 0)
                return -EINVAL;
        for (size_t i = 2; i < len; i++) {
                const char *digit = memchr(digits, text[i], 16);

                if (!digit)
                        return -EINVAL;
                *number = *number << 4 | (uint64_t)(digit - digits);
        }
        return 0;
}

static int parse_flag(const struct flag_names *names, const char *text, size_t len, uint64_t *flag)
{
        for (; names && names->name; names++) {
                if (!is_word(names->name, text, len))
                        continue;
                *flag = names->value;
                return 0;
        }
        return parse_number(text, len, flag);
}

int flags_parse(const struct flag_names *names, const char *text, uint64_t *flags)
{
        uint64_t flag;

        for (*flags = 0;; text++) {
                size_t len = strcspn(text, "|");
                int r = parse_flag(names, text, len, &flag);

                if (r)
                        return r;
                *flags |= flag;
                text += len;
                if (*text == '\0')
                        return 0;
        }
}
