/* line.h: one line under construction, in fixed memory that is never overrun. Layer 0.
 *
 * Two kinds of bytes go into it. Content comes from outside, may be of any length and is escaped;
 * when its room is used up, the rest of it is left out. Structure (quotes, keys, numbers, known
 * words) is bounded by what the caller writes, and LINE_RESERVE bytes are kept for it, so that a
 * line whose content was cut still ends well-formed. */
#ifndef STOPGATE_LINE_H
#define STOPGATE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LINE_RESERVE 3072

struct line {
        char *buf; /* borrowed */
        size_t len;
        size_t content; /* where content must end */
        size_t end;     /* where structure must end; the newline still fits behind it */
        bool cut;       /* something did not fit */
};

/* Start an empty line in buf; size must be greater than LINE_RESERVE. */
void line_init(struct line *line, char *buf, size_t size);

/* Add the newline. Returns the length with it. No NUL is added. */
size_t line_finish(struct line *line);

/* Leave at most room bytes for the content that comes next. Returns what to hand to line_widen().
 */
size_t line_narrow(struct line *line, size_t room);
void line_widen(struct line *line, size_t content);

/* Structure: as it is, all of it or (never, if LINE_RESERVE is respected) nothing. */
static inline void line_put(struct line *line, const char *text, size_t len)
{
        if (len > line->end - line->len) {
                line->cut = true;
                return;
        }
        memcpy(line->buf + line->len, text, len);
        line->len += len;
}

static inline void line_str(struct line *line, const char *text)
{
        line_put(line, text, strlen(text));
}

void line_u64(struct line *line, uint64_t value);
void line_i64(struct line *line, int64_t value);
void line_octal(struct line *line, uint32_t value); /* as in C, at least 0644 wide */

/* Fill up with spaces to width bytes counted from position from, at least one. */
void line_pad(struct line *line, size_t from, size_t width);

/* Content for machines: a JSON string with its quotes, in valid UTF-8 without any control character
 * or one that reorders text: RFC 8259 section 7. Each byte that is not part of valid UTF-8 becomes
 * U+FFFD; false when there was one, and its companion in hexadecimal is called for. */
bool line_json_string(struct line *line, const char *bytes, size_t len);

/* Content as lower-case hexadecimal. */
void line_hex(struct line *line, const char *bytes, size_t len);

/* Bytes of the character that text begins with, if it shows as itself to people, 0 if line_text()
 * escapes it. */
size_t line_shown(const char *text, size_t len);

/* Content for people: escapes as in C, \xHH for bytes that are no printable UTF-8, \u{202e} for
 * characters that reorder text or break lines. Quoted: between quotes, with \" inside. */
void line_text(struct line *line, const char *bytes, size_t len);
void line_quoted(struct line *line, const char *bytes, size_t len);

#endif
