/* record.c: the batch of records on their way to a descriptor, and what was counted. */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

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
        uint64_t records;        /* call and process records, those dropped left out */
        uint64_t seq;            /* lines of this run */
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
        recorder->error = find_identity(recorder);
        if (!recorder->error)
                recorder->error = note_file(recorder);
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

/* Make room for one line, and say where it stands. False: it is not to be written. */
static bool open_line(struct recorder *recorder, struct stamp *stamp)
{
        if (recorder->error || recorder->options.fd < 0)
                return false;
        if (BATCH_SIZE - recorder->len < RECORD_LINE_MAX && recorder_flush(recorder))
                return false;
        if (clock_gettime(CLOCK_REALTIME, &stamp->when))
                recorder->error = -errno;
        stamp->seq = recorder->seq;
        stamp->identity = recorder->identity;
        stamp->identity_len = recorder->identity_len;
        return !recorder->error;
}

static char *room(struct recorder *recorder)
{
        return recorder->batch + recorder->len;
}

static void close_line(struct recorder *recorder, size_t len)
{
        recorder->len += len;
        recorder->seq++;
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
                close_line(recorder, recorder->formatter->limit(room(recorder), RECORD_LINE_MAX,
                                                                &stamp, limit));
        return false;
}

int recorder_start(struct recorder *recorder, const struct run_info *info)
{
        struct stamp stamp;

        recorder->counts.permissive = info->policy->permissive;
        if (open_line(recorder, &stamp))
                close_line(recorder, recorder->formatter->start(room(recorder), RECORD_LINE_MAX,
                                                                &stamp, info));
        return recorder->error;
}

int recorder_call(struct recorder *recorder, const struct event *event,
                  const struct verdict *verdict)
{
        struct stamp stamp;

        recorder->counts.by[verdict->class][verdict->would]++;
        if (verdict->action == ACTION_ALLOW || !count_record(recorder))
                return recorder->error;
        if (open_line(recorder, &stamp))
                close_line(recorder,
                           recorder->formatter->call(room(recorder), RECORD_LINE_MAX, &stamp, event,
                                                     verdict, recorder->options.colour));
        return recorder->error;
}

int recorder_process(struct recorder *recorder, const struct process_info *info)
{
        struct stamp stamp;

        if (!count_record(recorder))
                return recorder->error;
        if (open_line(recorder, &stamp))
                close_line(recorder,
                           recorder->formatter->process(room(recorder), RECORD_LINE_MAX, &stamp,
                                                        info, recorder->options.colour));
        return recorder->error;
}

int recorder_change(struct recorder *recorder, const struct change *change, const char *mark)
{
        struct stamp stamp;

        if (open_line(recorder, &stamp))
                close_line(recorder, recorder->formatter->change(room(recorder), RECORD_LINE_MAX,
                                                                 &stamp, change, mark));
        return recorder->error;
}

int recorder_end(struct recorder *recorder, int exit_status)
{
        struct stamp stamp;

        if (open_line(recorder, &stamp))
                close_line(recorder,
                           recorder->formatter->end(room(recorder), RECORD_LINE_MAX, &stamp,
                                                    exit_status, &recorder->counts));
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
