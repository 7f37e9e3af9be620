/* policy_reader.c: text -> lines -> inih. Stock inih takes an indented line for a second value,
 * cuts long lines and section names, ignores what follows ']', splits at ':' too and tells no line
 * number. So each line is looked at here first; a refused one reaches inih as an empty line. */
#include "loader.h"

#include <ini.h>

enum { UNREADABLE_MAX = 3 /* lines; then it is no text at all */ };
static const char blanks[] = " \t";

struct span {
        const char *bytes;
        size_t len;
};

struct reader {
        struct loader *loader;
        struct source *source;
        const char *next, *end; /* what has not been read yet */
        unsigned line, unreadable;
        bool in_section;
        const struct section *section; /* NULL: none that we know */
        struct span pending;           /* what inih has, until it calls the handler */
};

static struct origin here(const struct reader *r)
{
        return source_origin(r->source, r->line);
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none. Source: Unicode 15, table
 * 3-7. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
        size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

        if (n == 0 || n > len || s[0] > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
            (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

static bool refuse_byte(struct reader *r, unsigned char c)
{
        struct origin origin = here(r);

        if (c == 0)
                loader_error(r->loader, &origin, "NUL byte in the line");
        else if (c < 0x80)
                loader_error(r->loader, &origin, "control byte 0x%02x in the line", c);
        else
                loader_error(r->loader, &origin, "invalid UTF-8 (byte 0x%02x)", c);
        if (++r->unreadable == UNREADABLE_MAX) {
                r->next = r->end;
                loader_error(r->loader, &origin, "this is no text file; reading no further");
        }
        return false;
}

static bool is_text(struct reader *r, struct span line)
{
        const unsigned char *s = (const unsigned char *)line.bytes;
        size_t n;

        for (size_t i = 0; i < line.len; i += n) {
                n = utf8_len(s + i, line.len - i);
                if (n == 0 || (s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
                        return refuse_byte(r, s[i]);
        }
        return true;
}

/* The first byte that is no blank, NUL if there is none. */
static char first_byte(struct span line)
{
        for (size_t i = 0; i < line.len; i++)
                if (line.bytes[i] != ' ' && line.bytes[i] != '\t')
                        return line.bytes[i];
        return '\0';
}

static bool is_line(struct reader *r, struct span line, size_t size)
{
        struct origin origin = here(r);

        if (line.bytes[0] == ' ' || line.bytes[0] == '\t') {
                loader_error(r->loader, &origin, "indented line; begin it in the first column");
                return false;
        }
        if (line.len >= size) {
                loader_error(r->loader, &origin, "line of %zu bytes; at most %zu are read",
                             line.len, size - 1);
                return false;
        }
        return true;
}

/* [name], and nothing behind it but a comment. */
static bool take_header(struct reader *r, char *line)
{
        const char *names[SECTIONS];
        struct origin origin = here(r);
        size_t name_len = strcspn(line, "]"), gap;
        char *rest = line + name_len + 1;
        cleanup_free char *name = NULL;

        if (line[name_len] != ']') {
                loader_error(r->loader, &origin, "unclosed '[': expected ']' after %s",
                             quote(line + 1).text);
                return false;
        }
        gap = strspn(rest, blanks);
        if (rest[gap] && (rest[gap] != ';' || gap == 0))
                loader_error(r->loader, &origin, "unexpected text %s after ']'",
                             quote(rest + gap).text);
        name = xasprintf("%.*s", (int)name_len - 1, line + 1);
        r->section = section_by_name(name);
        if (r->section)
                keys_open_section(r->loader, r->section, &origin);
        else
                loader_unknown(r->loader, &origin, "section", name, NULL, names,
                               section_names(names));
        return r->section;
}

static bool take_pair(struct reader *r, struct span line, const char *text)
{
        size_t separator = strcspn(text, "=:");
        struct origin origin = here(r);

        if (text[separator] == ':') {
                loader_error(r->loader, &origin, "':' before '='; expected 'key = value', not %s",
                             quote(text).text);
                return false;
        }
        r->pending = line;
        return true;
}

static bool is_for_inih(struct reader *r, struct span line, char *buf, size_t size)
{
        bool header, readable = is_text(r, line);
        char first = first_byte(line);

        if (readable && (first == '\0' || first == ';' || first == '#'))
                return false;
        header = first == '[';
        if (header) { /* also one that is refused: what follows does not belong to the last one */
                r->in_section = true;
                r->section = NULL;
        }
        if (!readable || !is_line(r, line, size))
                return false;
        memcpy(buf, line.bytes, line.len);
        buf[line.len] = '\0';
        return header ? take_header(r, buf) : take_pair(r, line, buf);
}

static void refuse_pending(struct reader *r)
{
        struct origin origin = here(r);
        cleanup_free char *text = NULL;

        if (!r->pending.bytes)
                return;
        text = xasprintf("%.*s", (int)r->pending.len, r->pending.bytes);
        loader_error(r->loader, &origin, "expected 'key = value', not %s", quote(text).text);
        r->pending.bytes = NULL;
}

static bool take_line(struct reader *r, struct span *line)
{
        const char *newline;

        if (r->next == r->end)
                return false;
        newline = memchr(r->next, '\n', (size_t)(r->end - r->next));
        line->bytes = r->next;
        line->len = (size_t)((newline ? newline : r->end) - r->next);
        r->next = newline ? newline + 1 : r->end;
        r->line++;
        if (line->len > 0 && line->bytes[line->len - 1] == '\r')
                line->len--;
        return true;
}

/* ini_reader: the next line, empty if inih shall not see it. */
static char *next_line(char *buf, int num, void *user)
{
        struct reader *r = user;
        struct span line;

        refuse_pending(r);
        if (!take_line(r, &line))
                return NULL;
        if (!is_for_inih(r, line, buf, (size_t)num))
                buf[0] = '\0';
        return buf;
}

/* ini_handler: inih found name = value in the line that it was given last. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
        struct reader *r = user;
        struct origin origin = here(r);

        (void)section;
        r->pending.bytes = NULL;
        if (r->section)
                keys_take(r->loader, r->source, r->section, r->line, name, value);
        else if (!r->in_section)
                loader_error(r->loader, &origin,
                             "%s stands before the first section; expected one such as [read]",
                             quote(name).text);
        return 1;
}

void reader_run(struct loader *loader, struct source *source, const char *text, size_t len)
{
        static const char bom[] = "\xef\xbb\xbf";
        struct reader r = {.loader = loader, .source = source, .next = text, .end = text + len};
        struct origin origin = source_origin(source, 0);
        size_t errors = loader->messages->errors;
        int failed;

        if (len >= strlen(bom) && !memcmp(text, bom, strlen(bom)))
                r.next += strlen(bom);
        failed = ini_parse_stream(next_line, &r, take_value, &r);
        refuse_pending(&r);
        if (failed && loader->messages->errors == errors)
                loader_error(loader, &origin, "inih refuses line %d", failed);
}
