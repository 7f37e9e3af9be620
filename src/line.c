/* line.c: the bounded line builder, and the only place that escapes what a command supplied. */
#include "line.h"

#include <assert.h>

/* The longest escape is \u{2069}, or \xc2\x85. */
#define ESCAPE_MAX 8

/* What comes next in a run of bytes that is to be escaped. */
enum unit_kind {
        UNIT_ASCII,     /* a run of harmless ASCII */
        UNIT_CHARACTER, /* one harmless character of several bytes */
        UNIT_ESCAPE,    /* one character that must not be shown as it is */
        UNIT_INVALID    /* one byte that is not part of valid UTF-8 */
};

struct unit {
        enum unit_kind kind;
        const unsigned char *bytes;
        size_t len;
        uint32_t code; /* of one character, or the invalid byte */
};

void line_init(struct line *line, char *buf, size_t size)
{
        assert(size > LINE_RESERVE);
        *line = (struct line){.buf = buf, .content = size - LINE_RESERVE, .end = size - 1};
}

size_t line_finish(struct line *line)
{
        line->buf[line->len++] = '\n';
        return line->len;
}

size_t line_narrow(struct line *line, size_t room)
{
        size_t content = line->content;

        if (line->len < content && room < content - line->len)
                line->content = line->len + room;
        return content;
}

void line_widen(struct line *line, size_t content)
{
        line->content = content;
}

/* Digits from the last to the first, into the end of a buffer. */
static void put_digits(struct line *line, uint64_t value, unsigned base, size_t least)
{
        char digits[24]; /* 2^64 has 22 octal digits */
        size_t first = sizeof(digits);

        while (value > 0 || sizeof(digits) - first < least) {
                digits[--first] = (char)('0' + value % base);
                value /= base;
        }
        line_put(line, digits + first, sizeof(digits) - first);
}

void line_u64(struct line *line, uint64_t value)
{
        put_digits(line, value, 10, 1);
}

void line_i64(struct line *line, int64_t value)
{
        if (value < 0)
                line_put(line, "-", 1);
        put_digits(line, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 1);
}

void line_octal(struct line *line, uint32_t value)
{
        line_put(line, "0", 1);
        put_digits(line, value, 8, 3);
}

void line_pad(struct line *line, size_t from, size_t width)
{
        do
                line_put(line, " ", 1);
        while (line->len - from < width && line->len < line->end);
}

/* Length of the valid UTF-8 sequence of two bytes or more at s, or 0. The Unicode Standard, table
 * 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
static size_t utf8_sequence(const unsigned char *s, size_t len, uint32_t *code)
{
        static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
        size_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
        uint32_t value = s[0] & (0x7fu >> n);

        if (n == 0 || n > len)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                value = value << 6 | (s[i] & 0x3fu);
        }
        if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
                return 0;
        *code = value;
        return n;
}

static bool in_range(uint32_t code, uint32_t first, uint32_t last)
{
        return code >= first && code <= last;
}

/* C1 controls steer terminals as escape sequences do; U+2028 and U+2029 end lines; the others
 * make text read in another order than it has (UAX #9, "Trojan Source", CVE-2021-42574). */
static bool is_deceptive(uint32_t code)
{
        return in_range(code, 0x80, 0x9f) || code == 0x061c || in_range(code, 0x200e, 0x200f) ||
               in_range(code, 0x2028, 0x202e) || in_range(code, 0x2066, 0x2069);
}

static size_t ascii_run(const unsigned char *s, size_t len)
{
        size_t n = 0;

        while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
                n++;
        return n;
}

static struct unit next_unit(const unsigned char *s, size_t len)
{
        uint32_t code = s[0];
        size_t n = ascii_run(s, len);

        if (n > 0)
                return (struct unit){UNIT_ASCII, s, n, 0};
        if (code < 0x80)
                return (struct unit){UNIT_ESCAPE, s, 1, code};
        n = utf8_sequence(s, len, &code);
        if (n == 0)
                return (struct unit){UNIT_INVALID, s, 1, code};
        return (struct unit){is_deceptive(code) ? UNIT_ESCAPE : UNIT_CHARACTER, s, n, code};
}

size_t line_shown(const char *text, size_t len)
{
        struct unit unit = next_unit((const unsigned char *)text, len);

        if (unit.kind == UNIT_ASCII || text[0] == '"')
                return 1;
        return unit.kind == UNIT_CHARACTER ? unit.len : 0;
}

static bool put_unit(struct line *line, const struct unit *unit,
                     size_t (*escape)(const struct unit *unit, char *out))
{
        char escaped[ESCAPE_MAX];
        const char *bytes = (const char *)unit->bytes;
        size_t len = unit->len;
        size_t room = line->len < line->content ? line->content - line->len : 0;

        if (unit->kind == UNIT_ESCAPE || unit->kind == UNIT_INVALID) {
                len = escape(unit, escaped);
                bytes = escaped;
        }
        if (len <= room) {
                line_put(line, bytes, len);
                return true;
        }
        if (unit->kind == UNIT_ASCII)
                line_put(line, bytes, room);
        return false;
}

/* False when there were invalid bytes. */
static bool put_escaped(struct line *line, const char *bytes, size_t len,
                        size_t (*escape)(const struct unit *unit, char *out))
{
        const unsigned char *s = (const unsigned char *)bytes;
        bool valid = true;

        for (size_t off = 0; off < len;) {
                struct unit unit = next_unit(s + off, len - off);

                valid = valid && unit.kind != UNIT_INVALID;
                if (!put_unit(line, &unit, escape)) {
                        line->cut = true;
                        break;
                }
                off += unit.len;
        }
        return valid;
}

static size_t put_hex_digits(char *out, uint32_t value, unsigned digits)
{
        for (unsigned i = 0; i < digits; i++)
                out[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 0xf];
        return digits;
}

/* The letter of a two-character escape, or 0. */
static char escape_letter(uint32_t code, const char *codes, const char *letters)
{
        const char *found = code > 0 && code < 0x80 ? strchr(codes, (int)code) : NULL;

        return found ? letters[found - codes] : 0;
}

static size_t escape_json(const struct unit *unit, char *out)
{
        char letter = escape_letter(unit->code, "\"\\\n\t\r\b\f", "\"\\ntrbf");

        if (unit->kind == UNIT_INVALID) {
                memcpy(out, "\xef\xbf\xbd", 3);
                return 3;
        }
        out[0] = '\\';
        out[1] = letter;
        if (letter)
                return 2;
        out[1] = 'u';
        return 2 + put_hex_digits(out + 2, unit->code, 4);
}

static size_t escape_bytes(const struct unit *unit, char *out)
{
        size_t n = 0;

        for (size_t i = 0; i < unit->len; i++) {
                out[n++] = '\\';
                out[n++] = 'x';
                n += put_hex_digits(out + n, unit->bytes[i], 2);
        }
        return n;
}

static size_t escape_quoted(const struct unit *unit, char *out)
{
        char letter = escape_letter(unit->code, "\"\\\n\t\r", "\"\\ntr");
        size_t n = 3;

        if (unit->kind == UNIT_INVALID || (unit->code < 0xa0 && !letter))
                return escape_bytes(unit, out);
        out[0] = '\\';
        out[1] = letter;
        if (letter)
                return 2;
        out[1] = 'u';
        out[2] = '{';
        n += put_hex_digits(out + n, unit->code, unit->code < 0x1000 ? 3 : 4);
        out[n++] = '}';
        return n;
}

static size_t escape_text(const struct unit *unit, char *out)
{
        if (unit->code != '"')
                return escape_quoted(unit, out);
        out[0] = '"';
        return 1;
}

bool line_json_string(struct line *line, const char *bytes, size_t len)
{
        bool valid;

        line_put(line, "\"", 1);
        valid = put_escaped(line, bytes, len, escape_json);
        line_put(line, "\"", 1);
        return valid;
}

void line_hex(struct line *line, const char *bytes, size_t len)
{
        size_t room = line->len < line->content ? line->content - line->len : 0;

        if (len > room / 2) {
                line->cut = true;
                len = room / 2;
        }
        for (size_t i = 0; i < len; i++)
                line->len += put_hex_digits(line->buf + line->len, (unsigned char)bytes[i], 2);
}

void line_text(struct line *line, const char *bytes, size_t len)
{
        (void)put_escaped(line, bytes, len, escape_text);
}

void line_quoted(struct line *line, const char *bytes, size_t len)
{
        line_put(line, "\"", 1);
        (void)put_escaped(line, bytes, len, escape_quoted);
        line_put(line, "\"", 1);
}
