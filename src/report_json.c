/* report_json.c: a JSON document that can stand in an HTML page. */
#include "report_json.h"

/* In JSON these stand in strings alone. Escaped, none of what the command supplied can end the
 * element that the document stands in, or open another: no "</script>", no "<!--". */
static void write_harmless(FILE *out, const char *text, size_t len)
{
        for (size_t n; len > 0; text += n, len -= n) {
                for (n = 0; n < len && text[n] != '<' && text[n] != '>' && text[n] != '&';)
                        n++;
                fwrite(text, 1, n, out);
                if (n < len)
                        fprintf(out, "\\u%04x", (unsigned)text[n++]);
        }
}

static void flush(struct json *json)
{
        write_harmless(json->out, json->buf, json->line.len);
        line_init(&json->line, json->buf, sizeof(json->buf));
}

/* The line that takes the next value, with room for it. */
static struct line *next(struct json *json)
{
        if (json->line.len > LINE_RESERVE / 2)
                flush(json);
        if (!json->first)
                line_str(&json->line, ",");
        json->first = false;
        return &json->line;
}

void json_begin(struct json *json, FILE *out)
{
        json->out = out;
        json->first = true;
        line_init(&json->line, json->buf, sizeof(json->buf));
}

void json_end(struct json *json)
{
        flush(json);
}

void json_open(struct json *json, const char *bracket)
{
        line_str(next(json), bracket);
        json->first = true;
}

void json_close(struct json *json, const char *bracket)
{
        line_str(&json->line, bracket);
        json->first = false;
}

void json_key(struct json *json, const char *key)
{
        struct line *line = next(json);

        line_str(line, "\"");
        line_str(line, key);
        line_str(line, "\":");
        json->first = true;
}

void json_u64(struct json *json, uint64_t value)
{
        line_u64(next(json), value);
}

void json_i64(struct json *json, int64_t value)
{
        line_i64(next(json), value);
}

void json_bool(struct json *json, bool value)
{
        line_str(next(json), value ? "true" : "false");
}

/* Whether it needs its bytes beside it is known when it has been written: then the bracket that was
 * put before it is taken away again. */
void json_bytes(struct json *json, const char *bytes, size_t len)
{
        struct line *line = next(json);
        size_t start = line->len;
        size_t n = len < JSON_SHOWN_MAX ? len : JSON_SHOWN_MAX;
        bool valid;

        line_str(line, "[");
        valid = line_json_string(line, bytes, n);
        if (n < len) {
                line->len--;
                line_str(line, "\u2026\"");
        }
        if (valid) {
                line->len--;
                memmove(line->buf + start, line->buf + start + 1, line->len - start);
                return;
        }
        line_str(line, ",\"");
        line_hex(line, bytes, n);
        line_str(line, "\"]");
}

void json_text(struct json *json, const char *text)
{
        json_bytes(json, text, strlen(text));
}

void json_words(struct json *json, const struct words *words)
{
        json_bytes(json, words->bytes ? words->bytes : "", words->len);
}

void json_parts(struct json *json, const struct words *words)
{
        json_open(json, "[");
        for (size_t off = 0, n; words->bytes && off < words->len; off += n + 1) {
                n = strnlen(words->bytes + off, words->len - off);
                json_bytes(json, words->bytes + off, n);
        }
        json_close(json, "]");
}
