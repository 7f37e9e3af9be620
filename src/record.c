/* record.c: the batch of records on their way to a descriptor, and what was counted. */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "record_file.h"
#include "util.h"

/* Room for many ordinary lines before the longest one must still fit. */
#define BATCH_SIZE (RECORD_LINE_MAX + (64u << 10))

struct recorder {
        struct recorder_options options;
        const struct formatter *formatter;
        char host[RECORD_HOST_MAX + 1];
        char run[RECORD_RUN_DIGITS + 1];
        char identity[RECORD_IDENTITY_MAX]; /* both, as the format says it */
        size_t identity_len;
        struct counts counts;
        struct record_file file; /* exclusive */
        const char *version;     /* borrowed */
        unsigned part;           /* of the file, from 1 */
        bool fresh;              /* nothing but its first line stands in this part */
        bool failed_to_rotate;
        uint64_t records;           /* call and process records, those dropped left out */
        uint64_t seq;               /* lines of this run */
        int error;                  /* 0, or -errno of the first failure */
        char line[RECORD_LINE_MAX]; /* under construction */
        char held[RECORD_LINE_MAX]; /* fold: the last call record */
        size_t held_len;            /* 0: there is none, or something else came after it */
        struct timespec held_when;  /* of the last that was like it */
        uint64_t repeated;          /* that many more were like it */
        size_t len;
        char batch[BATCH_SIZE];
};

/* Records of many machines and runs are merged: each line says where it comes from. */
static int find_identity(struct recorder *recorder)
{
        struct utsname name;
        uint64_t number;

        if (uname(&name) || getrandom(&number, sizeof(number), 0) != sizeof(number))
                return -errno;
        snprintf(recorder->host, sizeof(recorder->host), "%s", name.nodename);
        snprintf(recorder->run, sizeof(recorder->run), "%016" PRIx64, number);
        recorder->identity_len = recorder->formatter->identity(
                recorder->identity, sizeof(recorder->identity), recorder->host, recorder->run);
        return 0;
}

struct recorder *recorder_new(const struct recorder_options *options)
{
        struct recorder *recorder = xcalloc(1, sizeof(*recorder));

        recorder->options = *options;
        recorder->formatter = options->format == FORMAT_JSON ? &json_formatter : &text_formatter;
        recorder->file = (struct record_file){.fd = options->fd,
                                              .directory = options->directory,
                                              .name = options->name,
                                              .keep = options->keep};
        recorder->part = 1;
        recorder->fresh = true;
        recorder->error = find_identity(recorder);
        if (!recorder->error)
                recorder->error = options->exclusive ? record_file_note(&recorder->file) : 0;
        return recorder;
}

void recorder_free(struct recorder *recorder)
{
        free(recorder);
}

const char *recorder_host(const struct recorder *recorder)
{
        return recorder->host;
}

const char *recorder_run(const struct recorder *recorder)
{
        return recorder->run;
}

static int write_batch(struct recorder *recorder)
{
        int error;

        if (!recorder->options.exclusive)
                return write_all(recorder->options.fd, recorder->batch, recorder->len);
        error = record_file_check(&recorder->file);
        if (error)
                return error;
        error = write_all(recorder->options.fd, recorder->batch, recorder->len);
        if (error) /* which is told, whether or not the rest of it can be cut off */
                record_file_cut(&recorder->file, recorder->batch, recorder->len);
        return error ? error : record_file_note(&recorder->file);
}

int recorder_flush(struct recorder *recorder)
{
        if (!recorder->error && recorder->len > 0)
                recorder->error = write_batch(recorder);
        recorder->len = 0;
        return recorder->error;
}

/* Say where the next line stands. False: it is not to be written. */
static bool open_line(struct recorder *recorder, struct stamp *stamp)
{
        if (recorder->error || recorder->options.fd < 0)
                return false;
        if (clock_gettime(CLOCK_REALTIME, &stamp->when))
                recorder->error = -errno;
        stamp->seq = recorder->seq;
        stamp->identity = recorder->identity;
        stamp->identity_len = recorder->identity_len;
        return !recorder->error;
}

/* Write a line behind the batch. Others may have come between since it was made. */
static size_t place_line(struct recorder *recorder, const struct stamp *stamp, const char *line,
                         size_t len, uint64_t repeated)
{
        char *room = recorder->batch + recorder->len;
        struct stamp now = *stamp;

        now.seq = recorder->seq;
        if (now.seq != stamp->seq || repeated > 0)
                return recorder->formatter->again(room, RECORD_LINE_MAX, &now, line, len, repeated);
        memcpy(room, line, len);
        return len;
}

static bool fits_file(const struct recorder *recorder, size_t len)
{
        return recorder->options.rotate == 0 || recorder->fresh ||
               (uint64_t)recorder->file.size + recorder->len + len <= recorder->options.rotate;
}

static int begin_part(struct recorder *recorder, const struct stamp *stamp)
{
        struct stamp now = *stamp;

        if (recorder_flush(recorder))
                return recorder->error;
        recorder->error = record_file_rotate(&recorder->file);
        recorder->failed_to_rotate = recorder->error != 0;
        if (recorder->error)
                return recorder->error;
        now.seq = recorder->seq++;
        recorder->len = recorder->formatter->part(recorder->batch, RECORD_LINE_MAX, &now,
                                                  recorder->version, ++recorder->part);
        recorder->fresh = true;
        return 0;
}

/* Take a line into the batch, and if that gets too long for the file, into a new one. */
static void put_line(struct recorder *recorder, const struct stamp *stamp, const char *line,
                     size_t len, uint64_t repeated)
{
        size_t placed;

        if (BATCH_SIZE - recorder->len < RECORD_LINE_MAX && recorder_flush(recorder))
                return;
        placed = place_line(recorder, stamp, line, len, repeated);
        if (!fits_file(recorder, placed)) {
                if (begin_part(recorder, stamp))
                        return;
                placed = place_line(recorder, stamp, line, len, repeated);
        }
        recorder->len += placed;
        recorder->seq++;
        recorder->fresh = false;
}

/* What was folded is written once more when something else comes. */
static void end_fold(struct recorder *recorder)
{
        struct stamp stamp = {.when = recorder->held_when,
                              .identity = recorder->identity,
                              .identity_len = recorder->identity_len};

        if (recorder->held_len > 0 && recorder->repeated > 0)
                put_line(recorder, &stamp, recorder->held, recorder->held_len, recorder->repeated);
        recorder->held_len = 0;
        recorder->repeated = 0;
}

static void close_line(struct recorder *recorder, const struct stamp *stamp, size_t len)
{
        end_fold(recorder);
        put_line(recorder, stamp, recorder->line, len, 0);
}

static bool is_like_held(const struct recorder *recorder, size_t len)
{
        size_t body = recorder->formatter->body(recorder->line, len);
        size_t held = recorder->formatter->body(recorder->held, recorder->held_len);

        return len - body == recorder->held_len - held &&
               !memcmp(recorder->line + body, recorder->held + held, len - body);
}

static bool is_folded(struct recorder *recorder, const struct stamp *stamp, size_t len)
{
        if (!is_like_held(recorder, len))
                return false;
        recorder->held_when = stamp->when;
        recorder->repeated++;
        return true;
}

static void hold_line(struct recorder *recorder, size_t len)
{
        memcpy(recorder->held, recorder->line, len);
        recorder->held_len = len;
}

/* May there be another call or process record? The limit is said when it first costs one. */
static bool count_record(struct recorder *recorder)
{
        uint64_t limit = recorder->options.limit;
        struct stamp stamp;

        if (limit == 0 || recorder->records < limit) {
                recorder->records++;
                return true;
        }
        if (recorder->counts.dropped++ == 0 && open_line(recorder, &stamp))
                close_line(
                        recorder, &stamp,
                        recorder->formatter->limit(recorder->line, RECORD_LINE_MAX, &stamp, limit));
        return false;
}

int recorder_start(struct recorder *recorder, const struct run_info *info)
{
        struct stamp stamp;

        recorder->counts.permissive = info->policy->permissive;
        recorder->version = info->version;
        if (open_line(recorder, &stamp))
                close_line(
                        recorder, &stamp,
                        recorder->formatter->start(recorder->line, RECORD_LINE_MAX, &stamp, info));
        return recorder->error;
}

int recorder_call(struct recorder *recorder, const struct event *event,
                  const struct verdict *verdict)
{
        bool may_fold = recorder->held_len > 0;
        struct stamp stamp;
        size_t len;

        recorder->counts.by[verdict->class][verdict->would]++;
        if (verdict->action == ACTION_ALLOW || (!may_fold && !count_record(recorder)) ||
            !open_line(recorder, &stamp))
                return recorder->error;
        len = recorder->formatter->call(recorder->line, RECORD_LINE_MAX, &stamp, event, verdict,
                                        recorder->options.colour);
        if (may_fold && (is_folded(recorder, &stamp, len) || !count_record(recorder)))
                return recorder->error;
        close_line(recorder, &stamp, len);
        if (recorder->options.fold)
                hold_line(recorder, len);
        return recorder->error;
}

int recorder_process(struct recorder *recorder, const struct process_info *info)
{
        struct stamp stamp;

        if (count_record(recorder) && open_line(recorder, &stamp))
                close_line(recorder, &stamp,
                           recorder->formatter->process(recorder->line, RECORD_LINE_MAX, &stamp,
                                                        info, recorder->options.colour));
        return recorder->error;
}

int recorder_change(struct recorder *recorder, const struct change *change, const char *mark)
{
        struct stamp stamp;

        if (open_line(recorder, &stamp))
                close_line(recorder, &stamp,
                           recorder->formatter->change(recorder->line, RECORD_LINE_MAX, &stamp,
                                                       change, mark));
        return recorder->error;
}

int recorder_end(struct recorder *recorder, int exit_status)
{
        struct stamp stamp;

        if (open_line(recorder, &stamp))
                close_line(recorder, &stamp,
                           recorder->formatter->end(recorder->line, RECORD_LINE_MAX, &stamp,
                                                    exit_status, &recorder->counts));
        return recorder_flush(recorder);
}

uint64_t recorder_count(const struct recorder *recorder, enum call_class class, enum action action)
{
        return recorder->counts.by[class][action];
}

uint64_t recorder_calls(const struct recorder *recorder)
{
        uint64_t sum = 0;

        for (size_t class = 0; class < RECORD_CLASSES; class ++)
                for (size_t action = 0; action < ACTION_COUNT; action++)
                        sum += recorder->counts.by[class][action];
        return sum;
}

uint64_t recorder_refused(const struct recorder *recorder)
{
        uint64_t sum = 0;

        for (size_t class = 0; class < RECORD_CLASSES; class ++)
                for (size_t action = 0; action < ACTION_COUNT; action++)
                        if (action_refuses((enum action)action))
                                sum += recorder->counts.by[class][action];
        return sum;
}

uint64_t recorder_dropped(const struct recorder *recorder)
{
        return recorder->counts.dropped;
}

bool recorder_failed_to_rotate(const struct recorder *recorder)
{
        return recorder->failed_to_rotate;
}
