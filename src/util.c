/* util.c: diagnostics for people, and attributes that let scope clean up. */
#include "util.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <time.h>

enum { EXIT_OUT_OF_MEMORY = 125, MESSAGE_MAX = 4096 };

static bool quiet;

void util_cleanup_fd(int *fd)
{
        int saved = errno;

        if (*fd >= 0)
                close(*fd);
        errno = saved;
}

void util_cleanup_free(void *pointer_to_pointer)
{
        int saved = errno;

        free(*(void **)pointer_to_pointer);
        errno = saved;
}

void util_cleanup_file(FILE **file)
{
        int saved = errno;

        if (*file)
                fclose(*file);
        errno = saved;
}

int steal_fd(int *fd)
{
        int stolen = *fd;

        *fd = -1;
        return stolen;
}

void *steal_pointer(void *pointer_to_pointer)
{
        void **pointer = pointer_to_pointer;
        void *stolen = *pointer;

        *pointer = NULL;
        return stolen;
}

/* A message may quote a file name of somebody else's choosing: no escape sequence may reach the
 * terminal. Bytes above 0x7f stay, for names in UTF-8; a C1 control is escaped in either form. */
static size_t escape_controls(char *out, size_t size, const char *in)
{
        size_t len = 0;

        for (; *in && len + 7 < size; in++) {
                unsigned char c = (unsigned char)*in;
                bool c1 = c == 0xc2 && (unsigned char)in[1] >= 0x80 && (unsigned char)in[1] < 0xa0;

                if (c < 0x20 || c == 0x7f)
                        len += (size_t)snprintf(out + len, size - len, "\\x%02x", c);
                else if (c1)
                        len += (size_t)snprintf(out + len, size - len, "\\u%04x", *++in & 0xffu);
                else
                        out[len++] = (char)c;
        }
        out[len] = '\0';
        return len;
}

static PRINTF_LIKE(1, 0) void say(const char *fmt, va_list args)
{
        char text[MESSAGE_MAX], line[MESSAGE_MAX + 16] = "stopgate: ";
        size_t len = strlen(line);

        vsnprintf(text, sizeof(text), fmt, args);
        len += escape_controls(line + len, sizeof(line) - len - 1, text);
        line[len++] = '\n';
        /* Nobody is left to be told when standard error is gone. */
        (void)write_all(STDERR_FILENO, line, len);
}

void error_user(const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        say(fmt, args);
        va_end(args);
}

void warn_user(const char *fmt, ...)
{
        va_list args;

        if (quiet)
                return;
        va_start(args, fmt);
        say(fmt, args);
        va_end(args);
}

void util_set_quiet(bool on)
{
        quiet = on;
}

void die(int status, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        say(fmt, args);
        va_end(args);
        _exit(status);
}

void *or_die(void *memory)
{
        if (!memory)
                die(EXIT_OUT_OF_MEMORY, "out of memory");
        return memory;
}

void *xcalloc(size_t n, size_t size)
{
        return or_die(calloc(n ? n : 1, size));
}

void *xreallocarray(void *old, size_t n, size_t size)
{
        return or_die(reallocarray(old, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
        return or_die(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
        va_list args;
        char *text;
        int len;

        va_start(args, fmt);
        len = vasprintf(&text, fmt, args);
        va_end(args);
        return or_die(len < 0 ? NULL : text);
}

/* A terminal or pipe that somebody else made non-blocking. */
static int wait_writable(int fd)
{
        struct pollfd pollfd = {.fd = fd, .events = POLLOUT};

        return poll(&pollfd, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int64_t monotonic_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool is_stop_signal(int signal)
{
        return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool takes_colour(int fd)
{
        const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");

        return isatty(fd) && !(no_colour && *no_colour) && term && *term &&
               strcmp(term, "dumb") != 0;
}

int write_all(int fd, const void *data, size_t len)
{
        const char *p = data;

        while (len > 0) {
                ssize_t n = write(fd, p, len);
                int error = n < 0 ? -errno : 0;

                if (error == -EAGAIN)
                        error = wait_writable(fd);
                if (error && error != -EINTR)
                        return error;
                if (n > 0) {
                        p += n;
                        len -= (size_t)n;
                }
        }
        return 0;
}

enum { WORD_MAX = 64 };

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Levenshtein's distance, one row at a time; whether a letter is a capital does not count. */
static size_t edit_distance(const char *a, const char *b)
{
        size_t row[WORD_MAX + 1], na = strlen(a), nb = strlen(b);

        for (size_t j = 0; j <= nb; j++)
                row[j] = j;
        for (size_t i = 1; i <= na; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= nb; j++) {
                        size_t change = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
                        size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];

                        diagonal = row[j];
                        row[j] = change < shorter + 1 ? change : shorter + 1;
                }
        }
        return row[nb];
}

const char *nearest_word(const char *word, const char *const *words, size_t n)
{
        const char *best = NULL;
        size_t len = strlen(word), best_distance = len / 3 + 2;

        if (len > WORD_MAX)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t distance;

                if (!words[i] || strlen(words[i]) > WORD_MAX)
                        continue;
                distance = edit_distance(word, words[i]);
                if (distance < best_distance && distance < strlen(words[i])) {
                        best = words[i];
                        best_distance = distance;
                }
        }
        return best;
}

const char *errno_name(int err)
{
        return strerrorname_np(err);
}

int errno_from_name(const char *name)
{
        enum { ERRNO_LAST = 133 }; /* EHWPOISON, asm-generic/errno.h */

        for (int err = 1; err <= ERRNO_LAST; err++) {
                const char *known = errno_name(err);

                if (known && !strcmp(known, name))
                        return err;
        }
        return 0;
}

void raise_descriptor_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit))
                return;
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
}

bool may_stay_open(int fd)
{
        struct rlimit limit;

        return !getrlimit(RLIMIT_NOFILE, &limit) && (rlim_t)fd < limit.rlim_cur / 2;
}
