/* report_json.h: a JSON document that can stand in an HTML page, whatever is in it. Layer 1. */
#ifndef STOPGATE_REPORT_JSON_H
#define STOPGATE_REPORT_JSON_H

#include <stdio.h>
#include "fact.h"
#include "line.h"

enum {
        JSON_SHOWN_MAX = 16 << 10, /* bytes of one name or argument; no path is as long */
        JSON_WORST = 6 + 2,        /* one byte as \u0001, and once more in hexadecimal */
        JSON_PENDING_MAX = JSON_WORST * JSON_SHOWN_MAX + 2 * LINE_RESERVE
};

/* A document on its way out. Commas come by themselves. */
struct json {
        FILE *out;        /* borrowed; errors are left in it */
        bool first;       /* nothing stands before the next value, but its key or a bracket */
        struct line line; /* what is not written yet */
        char buf[JSON_PENDING_MAX];
};

void json_begin(struct json *json, FILE *out);
void json_end(struct json *json);

void json_open(struct json *json, const char *bracket);
void json_close(struct json *json, const char *bracket);
void json_key(struct json *json, const char *key);

void json_u64(struct json *json, uint64_t value);
void json_i64(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);

/* Text; or, of bytes that are not UTF-8, [text, "hexadecimal"]. What is longer than JSON_SHOWN_MAX
 * is cut and ends in an ellipsis. */
void json_bytes(struct json *json, const char *bytes, size_t len);
void json_text(struct json *json, const char *text);
void json_words(struct json *json, const struct words *words); /* "" where nothing is stated */
void json_parts(struct json *json, const struct words *words); /* a list; each is ended by NUL */

#endif
