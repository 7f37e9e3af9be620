/* record_read.c: JSON lines of a record file -> facts: whose lines they are, and in which order. */
#include "record_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "record.h"
#include "record_parse.h"
#include "util.h"

enum {
        BUFFER_SIZE = 2 * RECORD_LINE_MAX,
        GAPS_TOLD = 10 /* a file that is nothing but gaps is told of no longer */
};

struct reader {
        const struct record_reader_options *options;
        FILE *in;
        int failed;    /* 0, or the errno of reading */
        uint64_t line; /* its number, from 1 on */
        bool begun, ended;
        char run[RECORD_RUN_DIGITS];
        uint64_t next; /* the seq that the next line should have */
        unsigned gaps;
        size_t begin, end; /* of what is not read yet in buf */
        char buf[BUFFER_SIZE];
        struct record_parser parser;
};

/* ---- complaints ---- */

static void vcomplain(struct reader *r, bool fatal, uint64_t line, const char *fmt, va_list args)
        __attribute__((format(printf, 4, 0)));
static void vcomplain(struct reader *r, bool fatal, uint64_t line, const char *fmt, va_list args)
{
        const struct record_reader_options *options = r->options;
        char text[RECORD_ERROR_MAX];
        cleanup_free char *message = NULL;

        vsnprintf(text, sizeof(text), fmt, args);
        if (line > 0)
                message = xasprintf("%s:%" PRIu64 ": %s", options->name, line, text);
        else
                message = xasprintf("%s: %s", options->name, text);
        options->complain(message, fatal, options->data);
}

/* The line is not as it should be. Returns -EINVAL. */
static int PRINTF_LIKE(2, 3) refuse(struct reader *r, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        vcomplain(r, true, r->line, fmt, args);
        va_end(args);
        return -EINVAL;
}

static int PRINTF_LIKE(2, 3) refuse_file(struct reader *r, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        vcomplain(r, true, 0, fmt, args);
        va_end(args);
        return -EINVAL;
}

static void PRINTF_LIKE(2, 3) warn(struct reader *r, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        vcomplain(r, false, r->line, fmt, args);
        va_end(args);
}

/* ---- lines ---- */

static void fill(struct reader *r)
{
        memmove(r->buf, r->buf + r->begin, r->end - r->begin);
        r->end -= r->begin;
        r->begin = 0;
        r->end += fread(r->buf + r->end, 1, BUFFER_SIZE - r->end, r->in);
        if (ferror(r->in))
                r->failed = errno;
}

/* The next line with its newline, as far as it is there; none at the end of the file. */
static struct words next_line(struct reader *r)
{
        const char *newline = memchr(r->buf + r->begin, '\n', r->end - r->begin);
        struct words line;

        if (!newline) {
                fill(r);
                newline = memchr(r->buf + r->begin, '\n', r->end - r->begin);
        }
        line.bytes = r->buf + r->begin;
        line.len = newline ? (size_t)(newline - line.bytes) + 1 : r->end - r->begin;
        r->begin += line.len;
        r->line++;
        return line;
}

static bool begins_with(struct words line, const char *text)
{
        return line.len >= strlen(text) && memcmp(line.bytes, text, strlen(text)) == 0;
}

/* ---- what a record begins with ---- */

static int refuse_strange(struct reader *r, struct words line)
{
        if (begins_with(line, "stopgate "))
                return refuse(r, "this is a text record, which cannot be read back; one made with "
                                 "--format=json can");
        return refuse(r, "this is no record of stopgate in JSON");
}

/* The length of "0.1" in "0.1.0": what records of one kind have in common. */
static size_t series_len(const char *version)
{
        const char *dot = strchr(version, '.');

        return dot ? (size_t)(dot - version) + 1 + strcspn(dot + 1, ".-") : strlen(version);
}

static int check_version(struct reader *r, const char *version)
{
        static const char ours[] = STOPGATE_VERSION;
        size_t len = series_len(ours);

        if (!version)
                return refuse(r, "'version' is missing");
        if (series_len(version) == len && memcmp(version, ours, len) == 0)
                return 0;
        return refuse(r, "made by stopgate %.32s; this is %s, which reads records of %.*s", version,
                      ours, (int)len, ours);
}

static bool is_event(const struct reader *r, const char *event)
{
        return strcmp(r->parser.event, event) == 0;
}

static int check_beginning(struct reader *r)
{
        bool begins = is_event(r, "start") || is_event(r, "part");

        if (begins)
                return check_version(r, r->parser.version);
        if (!r->begun)
                return refuse(r,
                              "begins with '%.32s'; a record begins with 'start', or with "
                              "'part' if it is continued",
                              r->parser.event);
        return 0;
}

/* ---- the order of records ---- */

static void begin(struct reader *r, const struct record *record)
{
        r->begun = true;
        memcpy(r->run, record->fact.run.bytes, sizeof(r->run));
        if (record->part == 0)
                return;
        warn(r, "begins with part %" PRIu64 "; what came before is missing", record->part);
        r->next = record->seq;
}

static void tell_gap(struct reader *r, uint64_t from, uint64_t to)
{
        r->gaps++;
        if (r->gaps > GAPS_TOLD)
                return;
        if (from == to)
                warn(r, "record %" PRIu64 " is missing", from);
        else
                warn(r, "records %" PRIu64 " to %" PRIu64 " are missing", from, to);
        if (r->gaps == GAPS_TOLD)
                warn(r, "further records that are missing are not told of");
}

static int check_order(struct reader *r, const struct record *record)
{
        if (memcmp(r->run, record->fact.run.bytes, sizeof(r->run)) != 0)
                return refuse(r, "belongs to run %.*s; before it stands run %.*s",
                              (int)record->fact.run.len, record->fact.run.bytes,
                              (int)sizeof(r->run), r->run);
        if (r->ended)
                return refuse(r, "stands after the end of the run");
        if (record->seq < r->next)
                return refuse(r,
                              "record %" PRIu64 " stands after record %" PRIu64
                              "; parts follow one another, the oldest first",
                              record->seq, r->next - 1);
        if (is_event(r, "start") && r->next > 0)
                return refuse(r, "the run begins a second time");
        if (record->seq > r->next)
                tell_gap(r, r->next, record->seq - 1);
        r->next = record->seq + 1;
        r->ended = record->states && record->fact.kind == FACT_END;
        return 0;
}

static int take_record(struct reader *r)
{
        struct record record;
        int error = check_beginning(r);

        if (error)
                return error;
        if (record_parse(&r->parser, &record))
                return refuse(r, "%s", r->parser.error);
        if (!r->begun)
                begin(r, &record);
        error = check_order(r, &record);
        if (!error && record.states)
                r->options->take(&record.fact, r->options->data);
        return error;
}

/* One that a record may begin with: others are not told what is wrong with their JSON. */
static bool is_ours(const struct reader *r, struct words line)
{
        return r->line > 1 || begins_with(line, "{\"event\":");
}

static int open_line(struct reader *r, struct words line)
{
        if (memchr(line.bytes, '\0', line.len))
                return refuse(r, "the line holds a NUL byte");
        if (line.len == 1)
                return refuse(r, "the line is empty");
        if (!record_open(&r->parser, line.bytes, line.len - 1))
                return 0;
        return is_ours(r, line) ? refuse(r, "%s", r->parser.error) : refuse_strange(r, line);
}

static int take_line(struct reader *r, struct words line)
{
        bool whole = line.bytes[line.len - 1] == '\n';
        int error;

        if (r->line == 1 && (!begins_with(line, "{") || (!whole && !is_ours(r, line))))
                return refuse_strange(r, line);
        if (line.len > RECORD_LINE_MAX)
                return refuse(r, "the line is longer than any record: more than %u bytes",
                              RECORD_LINE_MAX);
        /* The newline is part of every record. */
        if (!whole)
                return refuse(r, "the line is cut short");
        error = open_line(r, line);
        return error ? error : take_record(r);
}

static int finish(struct reader *r)
{
        if (r->failed)
                return refuse_file(r, "%s", strerror(r->failed));
        if (!r->begun)
                return refuse_file(r, "holds no record");
        r->line--;
        if (!r->ended)
                warn(r, "the run was not ended, or the record is cut");
        return 0;
}

int record_read(FILE *in, const struct record_reader_options *options)
{
        cleanup_free struct reader *r = xcalloc(1, sizeof(*r));
        struct words line;
        int error = 0;

        r->options = options;
        r->in = in;
        while (!error && (line = next_line(r)).len > 0 && !r->failed)
                error = take_line(r, line);
        if (!error)
                error = finish(r);
        record_parser_fini(&r->parser);
        return error;
}
