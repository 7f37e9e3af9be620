/* report.c: the page of --report. The page itself is in src/report; here the data are put into it,
 * as one JSON document. What it holds is read by model.js and by nobody else. */
#include "report.h"

#include "marks.h"
#include "names.h"
#include "report_json.h"
#include "report_page.h"
#include "report_touches.h"
#include "util.h"

struct report {
        struct json json;
        const struct audit *audit;
        const char *path; /* $PATH */
};

/* An index, or -1 where there is none. Where a number is not known, -1 stands too. */
static void put_index(struct json *json, uint32_t index)
{
        json_i64(json, index == AUDIT_NONE ? -1 : (int64_t)index);
}

/* ---- words ---- */

static void put_words(struct json *json)
{
        json_key(json, "classes");
        json_open(json, "[");
        for (int class = 0; class < RECORD_CLASSES; class ++)
                json_text(json, class_name((enum call_class) class));
        json_close(json, "]");
        json_key(json, "actions");
        json_open(json, "[");
        for (int action = 0; action < ACTION_COUNT; action++)
                json_text(json, action_name((enum action)action));
        json_close(json, "]");
        json_key(json, "kinds");
        json_open(json, "[");
        for (int kind = 0; kind < CHANGE_KINDS; kind++)
                json_text(json, change_name((enum change_kind)kind));
        json_close(json, "]");
}

/* ---- the run ---- */

/* "2026-11-23T12:00:00Z" */
static void put_began(struct json *json, const struct timespec *when)
{
        char text[64];
        struct tm tm = {0};

        gmtime_r(&when->tv_sec, &tm);
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
        json_key(json, "began");
        json_text(json, text);
}

static void put_names_of_run(struct json *json, const struct audit_run *run)
{
        json_key(json, "host");
        json_words(json, &run->host);
        json_key(json, "run");
        json_words(json, &run->run);
        json_key(json, "cwd");
        json_words(json, &run->cwd);
        json_key(json, "argv");
        json_parts(json, &run->argv);
        json_key(json, "policies");
        json_parts(json, &run->policies);
}

static void put_run(struct json *json, const struct audit_run *run)
{
        const struct {
                const char *key;
                uint64_t value;
        } numbers[] = {
                {"lasted", run->lasted},   {"span", run->span},       {"calls", run->calls},
                {"refused", run->refused}, {"dropped", run->dropped}, {"temporary", run->temporary},
                {"unseen", run->unseen},
        };

        json_key(json, "run");
        json_open(json, "{");
        put_names_of_run(json, run);
        put_began(json, &run->began);
        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                json_key(json, numbers[i].key);
                json_u64(json, numbers[i].value);
        }
        json_key(json, "permissive");
        json_bool(json, run->permissive);
        json_key(json, "unknown");
        json_bool(json, run->unknown);
        json_key(json, "unlooked");
        json_bool(json, run->unlooked);
        json_key(json, "ended");
        json_bool(json, run->ended);
        json_key(json, "status");
        json_i64(json, run->status);
        json_close(json, "}");
}

/* As far as the run lasted. */
static void put_spans(struct json *json, const struct audit_run *run)
{
        static const struct {
                const char *key;
                size_t offset;
        } series[] = {
                {"calls", offsetof(struct audit_span, calls)},
                {"changing", offsetof(struct audit_span, changing)},
                {"refused", offsetof(struct audit_span, refused)},
        };
        uint64_t last = run->span ? run->lasted / run->span : 0;

        json_key(json, "spans");
        json_open(json, "{");
        for (size_t s = 0; s < ARRAY_SIZE(series); s++) {
                json_key(json, series[s].key);
                json_open(json, "[");
                for (size_t i = 0; i <= last && i < AUDIT_SPANS; i++)
                        json_u64(json, *(const uint64_t *)((const char *)&run->spans[i] +
                                                           series[s].offset));
                json_close(json, "]");
        }
        json_close(json, "}");
}

static void put_list(struct json *json, const char *key, const struct words *words, size_t n)
{
        json_key(json, key);
        json_open(json, "[");
        for (size_t i = 0; i < n; i++)
                json_bytes(json, words[i].bytes, words[i].len);
        json_close(json, "]");
}

/* ---- processes ---- */

static void put_process(struct json *json, const struct audit_process *process)
{
        json_open(json, "[");
        json_i64(json, process->tgid);
        put_index(json, process->parent);
        put_index(json, process->program);
        json_text(json, process->comm);
        json_u64(json, process->began);
        json_u64(json, process->ended);
        json_i64(json, process->has_ended ? process->status : -1);
        json_i64(json, process->has_written ? (int64_t)process->written : -1);
        json_close(json, "]");
}

static void put_processes(struct json *json, const struct audit *audit)
{
        size_t n;
        const struct audit_process *processes = audit_processes(audit, &n);

        json_key(json, "processes");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++)
                put_process(json, &processes[i]);
        json_close(json, "]");
}

static void put_programs(struct json *json, const struct audit *audit)
{
        size_t n;
        const struct audit_program *programs = audit_programs(audit, &n);

        json_key(json, "programs");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++) {
                json_open(json, "[");
                put_index(json, programs[i].process);
                put_index(json, programs[i].path);
                json_u64(json, programs[i].time);
                json_parts(json, &programs[i].argv);
                json_close(json, "]");
        }
        json_close(json, "]");
}

/* ---- changes ---- */

/* Empty: nothing was there. */
static void put_state(struct json *json, const struct file_state *state)
{
        json_open(json, "[");
        if (state->mode) {
                json_u64(json, state->mode);
                json_u64(json, state->uid);
                json_u64(json, state->gid);
                json_u64(json, state->size);
        }
        json_close(json, "]");
}

static void put_attributes(struct json *json, unsigned attributes)
{
        json_open(json, "[");
        for (unsigned i = 0; changed_name(i); i++)
                if (attributes & 1u << i)
                        json_text(json, changed_name(i));
        json_close(json, "]");
}

static void put_change(struct report *report, const struct change *change)
{
        const char *home = audit_run(report->audit)->home.bytes;
        const char *mark = change_mark(change, report->path, home);
        struct json *json = &report->json;

        json_open(json, "[");
        json_i64(json, change->kind);
        json_words(json, &change->path);
        json_words(json, &change->from);
        json_words(json, &change->target);
        put_state(json, &change->before);
        put_state(json, &change->after);
        put_attributes(json, change->attributes);
        json_text(json, mark ? mark : "");
        json_u64(json, mark ? mark_rank(mark) : 0);
        json_close(json, "]");
}

static void put_changes(struct report *report)
{
        size_t n;
        const struct change *changes = audit_changes(report->audit, &n);

        json_key(&report->json, "changes");
        json_open(&report->json, "[");
        for (size_t i = 0; i < n; i++)
                put_change(report, &changes[i]);
        json_close(&report->json, "]");
}

/* Names that are nobody else's business: [path, mark]. Whether they were read, touches tell. */
static void put_secrets(struct report *report)
{
        struct json *json = &report->json;
        const char *home = audit_run(report->audit)->home.bytes;
        size_t n;
        const struct words *paths = audit_paths(report->audit, &n);

        json_key(json, "secrets");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++) {
                const char *mark = read_mark(&paths[i], home);

                if (!mark)
                        continue;
                json_open(json, "[");
                json_u64(json, i);
                json_text(json, mark);
                json_close(json, "]");
        }
        json_close(json, "]");
}

static void put_data(struct report *report)
{
        struct json *json = &report->json;
        const struct audit *audit = report->audit;
        const struct words *words;
        size_t n;

        json_open(json, "{");
        json_key(json, "version");
        json_text(json, STOPGATE_VERSION);
        put_words(json);
        put_run(json, audit_run(audit));
        put_spans(json, audit_run(audit));
        words = audit_paths(audit, &n);
        put_list(json, "paths", words, n);
        words = audit_rules(audit, &n);
        put_list(json, "rules", words, n);
        put_processes(json, audit);
        put_programs(json, audit);
        report_touches(json, audit);
        put_changes(report);
        put_secrets(report);
        json_close(json, "}");
}

void report_write(FILE *out, const struct audit *audit, const char *path)
{
        cleanup_free struct report *report = xcalloc(1, sizeof(*report));

        report->audit = audit;
        report->path = path;
        fwrite(report_page_head, 1, report_page_head_len, out);
        json_begin(&report->json, out);
        put_data(report);
        json_end(&report->json);
        fwrite(report_page_tail, 1, report_page_tail_len, out);
}
