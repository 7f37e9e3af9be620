/* status.c: see status.h. */
#include "status.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "line.h"
#include "util.h"

enum {
        LONG_RUN_MS = 1000, /* what is over before needs no line */
        INTERVAL_MS = 200,
        YIELD_MS = 500, /* how long a program may take from one change of modes to the next */
        ROWS_MIN = 4,
        COLUMNS_MIN = 20,
        SEQUENCES_MAX = 128, /* around the text */
        PART_MAX = 512       /* bytes of a path's beginning, and of its end */
};

struct status {
        int fd;
        bool permissive;
        int64_t next; /* ms: not drawn before */
        bool shown;
        unsigned rows, columns; /* as it is shown */
};

/* ---- the text ---- */

/* One column for each character: who knows how wide the terminal draws the others. */
static size_t make_ascii(char *text, size_t len)
{
        size_t n = 0;

        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];

                if (c < 0x80)
                        text[n++] = (char)c;
                else if (c >= 0xc0)
                        text[n++] = '?';
        }
        return n;
}

/* What is cut out of the middle of a long one would not be shown anyway. */
static void put_path(struct line *line, const char *path, size_t len)
{
        if (len <= 2 * PART_MAX) {
                line_text(line, path, len);
                return;
        }
        line_text(line, path, PART_MAX);
        line_text(line, path + len - PART_MAX, PART_MAX);
}

/* Append text to buf, and as much of its middle as does not fit becomes dots. */
static size_t append_cut(char *buf, size_t used, size_t columns, const char *text, size_t len)
{
        static const char dots[] = "...";
        size_t room = columns - used, head, tail;

        if (len <= room) {
                memcpy(buf + used, text, len);
                return used + len;
        }
        if (room < sizeof(dots))
                return used;
        head = (room - strlen(dots)) / 2;
        tail = room - strlen(dots) - head;
        memcpy(buf + used, text, head);
        memcpy(buf + used + head, dots, strlen(dots));
        memcpy(buf + columns - tail, text + len - tail, tail);
        return columns;
}

size_t status_format(char buf[STATUS_COLUMNS_MAX], unsigned columns, const struct status_text *text)
{
        char counted[128], escaped[LINE_RESERVE + 2 * PART_MAX * 8 + 1];
        struct line path;
        size_t used;
        int len =
                snprintf(counted, sizeof(counted), "stopgate: %llu call%s, %llu %s%s",
                         (unsigned long long)text->calls, text->calls == 1 ? "" : "s",
                         (unsigned long long)text->refused,
                         text->permissive ? "would be refused" : "refused", text->path ? ", " : "");

        if (columns > STATUS_COLUMNS_MAX)
                columns = STATUS_COLUMNS_MAX;
        used = append_cut(buf, 0, columns, counted, (size_t)len);
        if (!text->path)
                return used;
        line_init(&path, escaped, sizeof(escaped));
        put_path(&path, text->path, text->len);
        return append_cut(buf, used, columns, escaped, make_ascii(escaped, path.len));
}

/* ---- the terminal ---- */

static bool has_size(const struct status *status, struct winsize *size)
{
        return !ioctl(status->fd, TIOCGWINSZ, size) && size->ws_row >= ROWS_MIN &&
               size->ws_col >= COLUMNS_MIN;
}

/* A terminal that takes no more, because its user has stopped it with Ctrl-S, must not hold up the
 * run. */
static bool takes_more(const struct status *status)
{
        struct pollfd writable = {.fd = status->fd, .events = POLLOUT};

        return poll(&writable, 1, 0) == 1 && writable.revents == POLLOUT;
}

/* Not in the background, nor where a program reads single keys: the screen is somebody else's. */
static bool is_ours(const struct status *status)
{
        struct termios modes;

        return tcgetpgrp(status->fd) == getpgrp() && !tcgetattr(status->fd, &modes) &&
               modes.c_lflag & ICANON;
}

/* Nobody is to be told if it cannot be written: the terminal is gone. */
static void send_out(const struct status *status, const char *bytes, size_t len)
{
        (void)write_all(status->fd, bytes, len);
}

/* Whatever the region was, it is left. Then room for one row below the cursor: IND scrolls if there
 * is none, but for CUU does nothing otherwise. The region excludes the last row. */
#define SAVE            "\0337"
#define RESTORE         "\0338"
#define WHOLE_SCREEN    SAVE "\033[r" RESTORE
#define MAKE_ROOM       "\033D\033[A"
#define ERASE_BELOW     "\033[J"
#define TO_ROW          "\033[%u;1H"
#define PLAIN_AND_ERASE "\033(B\033[m\033[2K"

/* Resized, the terminal has lifted the region, and perhaps moved the line; but not above the
 * cursor, and below it is nothing else. */
static void forget_place(struct status *status)
{
        static const char sequence[] = WHOLE_SCREEN ERASE_BELOW;

        if (status->shown)
                send_out(status, sequence, strlen(sequence));
        status->shown = false;
}

void status_check_size(struct status *status)
{
        struct winsize size;

        if (!status || !status->shown)
                return;
        if (ioctl(status->fd, TIOCGWINSZ, &size) || size.ws_row != status->rows ||
            size.ws_col != status->columns)
                forget_place(status);
}

void status_hide(struct status *status)
{
        char sequence[SEQUENCES_MAX];
        int len;

        status_check_size(status);
        if (!status || !status->shown)
                return;
        status->shown = false;
        len = snprintf(sequence, sizeof(sequence), SAVE "\033[r" TO_ROW PLAIN_AND_ERASE RESTORE,
                       status->rows);
        send_out(status, sequence, (size_t)len);
}

void status_yield(struct status *status)
{
        if (!status)
                return;
        status_hide(status);
        status->next = monotonic_ms() + YIELD_MS;
}

static void draw(struct status *status, const struct status_text *text)
{
        char out[SEQUENCES_MAX + STATUS_COLUMNS_MAX];
        int len = 0;

        if (!status->shown)
                len = snprintf(out, SEQUENCES_MAX, WHOLE_SCREEN MAKE_ROOM SAVE "\033[1;%ur",
                               status->rows - 1);
        else
                len = snprintf(out, SEQUENCES_MAX, SAVE);
        len += snprintf(out + len, SEQUENCES_MAX - (size_t)len, TO_ROW PLAIN_AND_ERASE,
                        status->rows);
        /* The last column stays free: nothing then depends on what happens behind it. */
        len += (int)status_format(out + len, status->columns - 1, text);
        memcpy(out + len, RESTORE, strlen(RESTORE));
        send_out(status, out, (size_t)len + strlen(RESTORE));
        status->shown = true;
}

bool status_is_due(const struct status *status)
{
        return status && monotonic_ms() >= status->next;
}

void status_note(struct status *status, uint64_t calls, uint64_t refused, const char *path,
                 size_t len)
{
        struct status_text text = {.calls = calls, .refused = refused, .path = path, .len = len};
        struct winsize size;

        if (!status_is_due(status))
                return;
        status->next = monotonic_ms() + INTERVAL_MS;
        if (!takes_more(status))
                return;
        status_check_size(status);
        if (!is_ours(status) || !has_size(status, &size)) {
                status_hide(status);
                return;
        }
        text.permissive = status->permissive;
        status->rows = size.ws_row;
        status->columns = size.ws_col;
        draw(status, &text);
}

/* ---- its life ---- */

static bool moves_cursor(void)
{
        const char *term = getenv("TERM");

        return term && *term && strcmp(term, "dumb") != 0;
}

struct status *status_new(int fd, bool permissive)
{
        struct status *status;

        if (!isatty(fd) || !moves_cursor())
                return NULL;
        status = xcalloc(1, sizeof(*status));
        *status = (struct status){
                .fd = fd, .permissive = permissive, .next = monotonic_ms() + LONG_RUN_MS};
        return status;
}

void status_free(struct status *status)
{
        status_hide(status);
        free(status);
}
