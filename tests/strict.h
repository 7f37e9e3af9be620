/* strict.h: what every record must be, checked without help from the code that made it: one line,
 * valid UTF-8, nothing that steers a terminal or reorders text, and for JSON: RFC 8259, one
 * object, no key twice. For test_line.c, test_record.c and fuzz_record.c. */
#ifndef STOPGATE_TESTS_STRICT_H
#define STOPGATE_TESTS_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Length of the character at s, or 0 if it is not valid UTF-8: by ranges of code points, encoded
 * again. */
static inline size_t strict_character(const unsigned char *s, size_t len, uint32_t *code)
{
        unsigned char again[4];
        size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
        uint32_t c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

        if (n > len)
                return 0;
        for (size_t i = 1; i < n; i++)
                c = c << 6 | (s[i] & 0x3fu);
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
            n != (c < 0x80      ? 1u
                  : c < 0x800   ? 2u
                  : c < 0x10000 ? 3u
                                : 4u))
                return 0;
        again[0] = (unsigned char)(n == 1 ? c : (0xf00u >> n & 0xffu) | c >> 6 * (n - 1));
        for (size_t i = 1; i < n; i++)
                again[i] = (unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        *code = c;
        return memcmp(again, s, n) == 0 ? n : 0;
}

static inline bool strict_is_unsafe(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* One newline, at the end, and nothing unsafe before it. */
static inline bool strict_line(const char *line, size_t len)
{
        const unsigned char *s = (const unsigned char *)line;
        uint32_t code = 0;

        if (len == 0 || s[len - 1] != '\n')
                return false;
        for (size_t i = 0, n; i < len - 1; i += n) {
                n = strict_character(s + i, len - 1 - i, &code);
                if (n == 0 || strict_is_unsafe(code))
                        return false;
        }
        return true;
}

struct strict_json {
        const char *s, *end;
};

static inline bool strict_take(struct strict_json *json, const char *text)
{
        size_t n = strlen(text);

        if ((size_t)(json->end - json->s) < n || memcmp(json->s, text, n) != 0)
                return false;
        json->s += n;
        return true;
}

static inline size_t strict_span(struct strict_json *json, const char *set)
{
        const char *start = json->s;

        while (json->s < json->end && *json->s && strchr(set, *json->s))
                json->s++;
        return (size_t)(json->s - start);
}

static inline bool strict_string(struct strict_json *json)
{
        if (!strict_take(json, "\""))
                return false;
        while (json->s < json->end && *json->s != '"') {
                if (*json->s++ != '\\')
                        continue;
                if (json->s == json->end || !strchr("\"\\/bfnrtu", *json->s))
                        return false;
                if (*json->s++ != 'u')
                        continue;
                for (int i = 0; i < 4; i++, json->s++)
                        if (json->s == json->end || !strchr("0123456789abcdef", *json->s))
                                return false;
        }
        return strict_take(json, "\"");
}

/* Records hold integers only. */
static inline bool strict_number(struct strict_json *json)
{
        const char *first;
        size_t digits;

        strict_take(json, "-");
        first = json->s;
        digits = strict_span(json, "0123456789");
        return digits == 1 || (digits > 1 && *first != '0');
}

static inline bool strict_value(struct strict_json *json, int depth);

static inline bool strict_array(struct strict_json *json, int depth)
{
        if (strict_take(json, "]"))
                return true;
        do
                if (!strict_value(json, depth))
                        return false;
        while (strict_take(json, ","));
        return strict_take(json, "]");
}

static inline bool strict_members(struct strict_json *json, int depth)
{
        enum { KEYS = 64 };
        struct strict_json keys[KEYS];

        for (int n = 0; n < KEYS; n++) {
                keys[n].s = json->s;
                if (!strict_string(json))
                        return false;
                keys[n].end = json->s;
                for (int i = 0; i < n; i++)
                        if (keys[i].end - keys[i].s == keys[n].end - keys[n].s &&
                            !memcmp(keys[i].s, keys[n].s, (size_t)(keys[n].end - keys[n].s)))
                                return false;
                if (!strict_take(json, ":") || !strict_value(json, depth))
                        return false;
                if (!strict_take(json, ","))
                        return strict_take(json, "}");
        }
        return false;
}

static inline bool strict_value(struct strict_json *json, int depth)
{
        if (depth > 6 || json->s == json->end)
                return false;
        if (*json->s == '"')
                return strict_string(json);
        if (strict_take(json, "{"))
                return strict_take(json, "}") || strict_members(json, depth + 1);
        if (strict_take(json, "["))
                return strict_array(json, depth + 1);
        return strict_take(json, "true") || strict_take(json, "false") || strict_number(json);
}

/* A strict line that is one JSON object without white space. */
static inline bool strict_record(const char *line, size_t len)
{
        struct strict_json json = {line, line + len - 1};

        return strict_line(line, len) && line[0] == '{' && strict_value(&json, 0) &&
               json.s == json.end;
}

#endif
