/* record_parse.h: one line of a record file in JSON -> what it states. tests/record.schema.json
 * says what lines look like; fields and events that are not known are passed over, for a newer
 * patch version may have them. Layer 2. */
#ifndef STOPGATE_RECORD_PARSE_H
#define STOPGATE_RECORD_PARSE_H

#include "fact.h"
#include "record.h"

#define RECORD_ERROR_MAX 256

struct json_t; /* jansson.h */

/* Of the line that was opened last. */
struct record_parser {
        struct json_t *object;        /* owned */
        const char *event, *version;  /* borrowed from object; NULL: there is none */
        bool inexact;                 /* numbers are floating point: one was too large */
        bool cut;                     /* it could not be opened, for it ends too early */
        char error[RECORD_ERROR_MAX]; /* what is wrong with it, in words */
        size_t used;
        char room[RECORD_LINE_MAX]; /* what object does not hold as it is: lists, exact bytes */
};

/* What a line states. All borrowed from the parser. */
struct record {
        bool states; /* a fact; if not, time, host and run of it hold nevertheless */
        struct fact fact;
        uint64_t seq;
        uint64_t part; /* a continued file begins: its number; else 0 */
};

/* Take a line for JSON, and see which event it is. Returns 0, or -EINVAL and an error. */
int record_open(struct record_parser *parser, const char *line, size_t len);

/* All that the open line states. Returns 0, or -EINVAL and an error. */
int record_parse(struct record_parser *parser, struct record *record);

void record_parser_fini(struct record_parser *parser);

#endif
