/* record.c: the batch of records on their way to a descriptor, and what was counted. */
#include "record.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

/* Room for many ordinary lines before the longest one must still fit. */
#define BATCH_SIZE (RECORD_LINE_MAX + (64u << 10))

struct recorder {
        struct recorder_options options;
        const struct formatter *formatter;
        struct counts counts;
        uint64_t records;        /* call and process records, those dropped left out */
        off_t size;              /* exclusive: of the file as we left it */
        struct timespec changed; /* exclusive: when it was last written, by us */
        int error;               /* 0, or -errno of the first failure */
        size_t len;
        char batch[BATCH_SIZE];
};

/* Where the file stands now: the next batch must find it like that. */
static int note_file(struct recorder *recorder)
{
        struct stat st;

        if (!recorder->options.exclusive)
                return 0;
        if (fstat(recorder->options.fd, &st))
                return -errno;
        recorder->size = st.st_size;
        recorder->changed = st.st_mtim;
        return 0;
}

static int check_file(const struct recorder *recorder)
{
        struct stat st;

        if (!recorder->options.exclusive)
                return 0;
        if (fstat(recorder->options.fd, &st))
                return -errno;
        if (st.st_nlink < 1 || st.st_size != recorder->size ||
            st.st_mtim.tv_sec != recorder->changed.tv_sec ||
            st.st_mtim.tv_nsec != recorder->changed.tv_nsec)
                return -ESTALE;
        return 0;
}

struct recorder *recorder_new(const struct recorder_options *options)
{
        struct recorder *recorder = xcalloc(1, sizeof(*recorder));

        recorder->options = *options;
        recorder->formatter = options->format == FORMAT_JSON ? &json_formatter : &text_formatter;
        recorder->error = note_file(recorder);
        return recorder;
}

void recorder_free(struct recorder *recorder)
{
        free(recorder);
}

static int write_batch(struct recorder *recorder)
{
        int error = check_file(recorder);

        if (!error)
                error = write_all(recorder->options.fd, recorder->batch, recorder->len);
        return error ? error : note_file(recorder);
}

int recorder_flush(struct recorder *recorder)
{
        if (!recorder->error && recorder->len > 0)
                recorder->error = write_batch(recorder);
        recorder->len = 0;
        return recorder->error;
}

/* Make room for one line, and take the time at which it is written. */
static int make_room(struct recorder *recorder, struct timespec *now)
{
        if (BATCH_SIZE - recorder->len < RECORD_LINE_MAX)
                recorder_flush(recorder);
        if (recorder->error)
                return recorder->error;
        return clock_gettime(CLOCK_REALTIME, now) < 0 ? -errno : 0;
}

static char *room(struct recorder *recorder)
{
        return recorder->batch + recorder->len;
}

/* The limit is said when it first costs a record. */
static int drop(struct recorder *recorder)
{
        struct timespec now;
        int error;

        if (recorder->counts.dropped++ > 0)
                return recorder->error;
        error = make_room(recorder, &now);
        if (!error)
                recorder->len += recorder->formatter->limit(room(recorder), RECORD_LINE_MAX, &now,
                                                            recorder->options.limit);
        return error;
}

static bool is_limited(const struct recorder *recorder)
{
        return recorder->options.limit > 0 && recorder->records >= recorder->options.limit;
}

int recorder_start(struct recorder *recorder, const struct run_info *info)
{
        struct timespec now;
        int error = make_room(recorder, &now);

        recorder->counts.permissive = info->policy->permissive;
        if (!error)
                recorder->len +=
                        recorder->formatter->start(room(recorder), RECORD_LINE_MAX, &now, info);
        return error;
}

int recorder_call(struct recorder *recorder, const struct event *event,
                  const struct verdict *verdict)
{
        struct timespec now;
        int error;

        recorder->counts.by[verdict->class][verdict->would]++;
        if (verdict->action == ACTION_ALLOW)
                return recorder->error;
        if (is_limited(recorder))
                return drop(recorder);
        error = make_room(recorder, &now);
        if (error)
                return error;
        recorder->records++;
        recorder->len += recorder->formatter->call(room(recorder), RECORD_LINE_MAX, &now, event,
                                                   verdict, recorder->options.colour);
        return 0;
}

int recorder_process(struct recorder *recorder, const struct process_info *info)
{
        struct timespec now;
        int error;

        if (is_limited(recorder))
                return drop(recorder);
        error = make_room(recorder, &now);
        if (error)
                return error;
        recorder->records++;
        recorder->len += recorder->formatter->process(room(recorder), RECORD_LINE_MAX, &now, info,
                                                      recorder->options.colour);
        return 0;
}

int recorder_end(struct recorder *recorder, int exit_status)
{
        struct timespec now;
        int error = make_room(recorder, &now);

        if (error)
                return error;
        recorder->len += recorder->formatter->end(room(recorder), RECORD_LINE_MAX, &now,
                                                  exit_status, &recorder->counts);
        return recorder_flush(recorder);
}

uint64_t recorder_count(const struct recorder *recorder, enum call_class class, enum action action)
{
        return recorder->counts.by[class][action];
}

uint64_t recorder_dropped(const struct recorder *recorder)
{
        return recorder->counts.dropped;
}
