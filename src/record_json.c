/* record_json.c: records as JSON lines. tests/record.schema.json says what they look like. */
#include "record.h"

#include <string.h>
#include <sys/wait.h>

#include "json_members.h"
#include "line.h"
#include "names.h"
#include "record_fields.h"

enum {
        WORST_SHOWN = 6,              /* one byte shown as \u0001 */
        WORST_EXACT = WORST_SHOWN + 2 /* and, after a byte that is not UTF-8, as 01 */
};

_Static_assert(RECORD_IDENTITY_MAX >= LINE_RESERVE + WORST_EXACT * RECORD_HOST_MAX,
               "the longest name of a machine fits");
_Static_assert(RECORD_LINE_MAX >= LINE_RESERVE + WORST_EXACT * (2 * OBJECT_PATH_MAX + PATH_MAX),
               "the longest change record fits");
_Static_assert(RECORD_LINE_MAX >= LINE_RESERVE + RECORD_IDENTITY_MAX +
                                          WORST_SHOWN * RECORD_RULE_MAX +
                                          WORST_EXACT * (EVENT_COMM + 2 * RECORD_NAME_MAX +
                                                         PATH_MAX + EVENT_DATA_MAX),
               "the longest call record fits");
_Static_assert(RECORD_LINE_MAX >= LINE_RESERVE + RECORD_IDENTITY_MAX + 4 * JSON_LIST_ROOM +
                                          2 * WORST_EXACT * PATH_MAX,
               "the longest start record fits");
_Static_assert(RECORD_LINE_MAX >= LINE_RESERVE + RECORD_IDENTITY_MAX +
                                          WORST_EXACT * (EVENT_COMM + PATH_MAX) +
                                          2 * JSON_LIST_ROOM,
               "the longest exec record fits");

static void put_name(struct line *line, const char *key, const struct shown_name *name)
{
        if (name->bytes)
                member_bytes(line, key, name->bytes, name->len);
}

/* "2026-11-23T12:00:00.123456Z". Most records share their second with the one before. */
static void put_time(struct line *line, const struct timespec *when)
{
        static char second[40];
        static time_t known = -1;
        struct tm tm = {0};
        char micros[] = "1000000";

        if (when->tv_sec != known || known == -1) {
                gmtime_r(&when->tv_sec, &tm);
                strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
                known = when->tv_sec;
        }
        for (long i = 6, rest = when->tv_nsec / 1000; i > 0; i--, rest /= 10)
                micros[i] = (char)('0' + rest % 10);
        member_key(line, "time", "");
        line_str(line, "\"");
        line_str(line, second);
        line_str(line, ".");
        line_str(line, micros + 1);
        line_str(line, "Z\"");
}

static size_t json_identity(char *buf, size_t size, const char *host, const char *run)
{
        struct line line;

        line_init(&line, buf, size);
        member_bytes(&line, "host", host, strnlen(host, RECORD_HOST_MAX));
        member_word(&line, "run", run);
        member_key(&line, "seq", "");
        return line.len;
}

static void put_stamp(struct line *line, const struct stamp *stamp)
{
        put_time(line, &stamp->when);
        line_put(line, stamp->identity, stamp->identity_len);
        line_u64(line, stamp->seq);
}

static void open_record(struct line *line, char *buf, size_t size, const char *event,
                        const struct stamp *stamp)
{
        line_init(line, buf, size);
        line_str(line, "{\"event\":\"");
        line_str(line, event);
        line_str(line, "\"");
        put_stamp(line, stamp);
}

static size_t close_record(struct line *line)
{
        line_str(line, "}");
        return line_finish(line);
}

static void put_thread(struct line *line, pid_t tgid, pid_t tid, const char *comm)
{
        member_i64(line, "pid", tgid);
        member_i64(line, "tid", tid);
        member_bytes(line, "comm", comm, strlen(comm));
}

static void put_argv(struct line *line, const char *argv, size_t len)
{
        struct json_list list = member_open_list(line, "argv");
        size_t n;

        for (size_t off = 0; off < len; off += n + 1) {
                n = strnlen(argv + off, len - off);
                member_add_item(&list, argv + off, n);
        }
        line->cut = line->cut || (len > 0 && argv[len - 1] != '\0');
        member_close_list(&list, argv, len);
}

/* NULL: there is none. The environment may hold more than any path. */
static void put_path(struct line *line, const char *key, const char *path)
{
        if (path)
                member_bytes(line, key, path, strnlen(path, PATH_MAX));
}

static void put_classes(struct line *line, const char *key, unsigned classes)
{
        const char *before = "[\"";

        member_key(line, key, "");
        for (int class = 0; class < CLASS_COUNT; class ++) {
                if (!(classes & CLASS_BIT(class)))
                        continue;
                line_str(line, before);
                line_str(line, class_name((enum call_class) class));
                line_str(line, "\"");
                before = ",\"";
        }
        line_str(line, before[0] == '[' ? "[]" : "]");
}

static size_t json_start(char *buf, size_t size, const struct stamp *stamp,
                         const struct run_info *info)
{
        const struct policy *policy = info->policy;
        struct line line;

        open_record(&line, buf, size, "start", stamp);
        member_word(&line, "version", info->version);
        member_strings(&line, "policy", (const char *const *)policy->files, policy->nfiles);
        member_strings(&line, "argv", (const char *const *)info->argv, SIZE_MAX);
        put_path(&line, "cwd", info->cwd);
        put_path(&line, "home", info->home);
        member_word(&line, "mode", policy->permissive ? "permissive" : "enforce");
        member_strings(&line, "stops", info->stops, SIZE_MAX);
        member_strings(&line, "layers", info->layers, SIZE_MAX);
        put_classes(&line, "recorded", policy_recorded(policy));
        if (policy_unpinned(policy))
                member_word(&line, "unpinned", policy_unpinned(policy));
        if (info->changes)
                member_true(&line, "changes", "");
        return close_record(&line);
}

static void put_flags(struct line *line, const struct event *event)
{
        char text[FLAGS_TEXT_MAX];

        flags_format(event->flag_names, event->flags, text, sizeof(text));
        member_word(line, "flags", text);
}

static void put_mode(struct line *line, uint32_t mode)
{
        member_key(line, "mode", "");
        line_str(line, "\"");
        line_octal(line, mode);
        line_str(line, "\"");
}

static void put_objects(struct line *line, const struct event *event, const struct verdict *verdict)
{
        struct shown_name path, to;

        record_path(event, &path);
        record_to(event, verdict, &to);
        put_name(line, "path", &path);
        put_name(line, "to", &to);
        if (record_shows_raw(event, &path))
                member_bytes(line, "raw", event->raw, event->raw_len);
}

static void put_signal(struct line *line, int signal)
{
        char name[SIGNAL_NAME_MAX];

        record_signal_name(signal, name, sizeof(name));
        member_word(line, "signal", name);
}

static void put_arguments(struct line *line, const struct event *event)
{
        if (event->has & EVENT_HAS_FD)
                member_i64(line, "fd", event->fd);
        if (event->has & EVENT_HAS_FLAGS)
                put_flags(line, event);
        if (event->has & EVENT_HAS_MODE)
                put_mode(line, event->mode);
        if (event->has & EVENT_HAS_COUNT)
                member_u64(line, "count", event->count);
        if (event->has & EVENT_HAS_DATA)
                member_bytes(line, "data", event->data, event->data_len);
        if (event->has & EVENT_HAS_SIGNAL)
                put_signal(line, event->signal);
}

static void put_outcome(struct line *line, const struct event *event, const struct verdict *verdict)
{
        char rule[RECORD_RULE_MAX];
        size_t len = record_rule(verdict, rule);
        int64_t result;

        member_word(line, "action", action_name(verdict->action));
        if (verdict->would != verdict->action)
                member_word(line, "would", action_name(verdict->would));
        if (record_result(event, verdict, &result)) {
                if (record_errno(result))
                        member_word(line, "errno", record_errno(result));
                member_i64(line, "result", result);
        }
        if (len > 0) {
                member_key(line, "rule", "");
                (void)line_json_string(line, rule, len);
        }
        member_key(line, "backstop", "");
        line_str(line, verdict->backstop ? "true" : "false");
}

static size_t json_call(char *buf, size_t size, const struct stamp *stamp,
                        const struct event *event, const struct verdict *verdict, bool colour)
{
        struct line line;

        (void)colour;
        open_record(&line, buf, size, "call", stamp);
        put_thread(&line, event->tgid, event->tid, event->comm);
        member_word(&line, "call", record_call_name(event));
        member_word(&line, "class", class_name(verdict->class));
        put_objects(&line, event, verdict);
        put_arguments(&line, event);
        put_outcome(&line, event, verdict);
        return close_record(&line);
}

static void put_exit(struct line *line, int status)
{
        if (WIFSIGNALED(status))
                put_signal(line, WTERMSIG(status));
        else
                member_i64(line, "status", WEXITSTATUS(status));
}

static size_t json_process(char *buf, size_t size, const struct stamp *stamp,
                           const struct process_info *info, bool colour)
{
        static const char *const words[] = {
                [PROCESS_FORK] = "fork", [PROCESS_EXEC] = "exec", [PROCESS_EXIT] = "exit"};
        struct line line;

        (void)colour;
        open_record(&line, buf, size, "process", stamp);
        put_thread(&line, info->tgid, info->tid, info->comm);
        member_word(&line, "process", words[info->what]);
        switch (info->what) {
        case PROCESS_FORK:
                member_i64(&line, "child", info->child);
                break;
        case PROCESS_EXEC:
                member_bytes(&line, "path", info->path, info->path_len);
                put_argv(&line, info->argv, info->argv_len);
                break;
        case PROCESS_EXIT:
                put_exit(&line, info->status);
                if (info->has_written)
                        member_u64(&line, "written", info->written);
                break;
        }
        return close_record(&line);
}

static void put_words(struct line *line, const char *key, const struct words *words)
{
        if (words->bytes)
                member_bytes(line, key, words->bytes, words->len);
}

/* Of what has no type nothing is known. */
static void put_state(struct line *line, const struct file_state *state)
{
        if (!file_type_name(state->mode))
                return;
        member_word(line, "type", file_type_name(state->mode));
        put_mode(line, state->mode & 07777);
        member_u64(line, "uid", state->uid);
        member_u64(line, "gid", state->gid);
        member_u64(line, "size", state->size);
}

/* An object whose first comma is taken back. */
static void put_before(struct line *line, const struct file_state *before)
{
        size_t at;

        if (!file_type_name(before->mode))
                return;
        member_key(line, "before", "");
        at = line->len;
        put_state(line, before);
        line->buf[at] = '{';
        line_str(line, "}");
}

static void put_changed(struct line *line, unsigned attributes)
{
        const char *before = "[\"";

        if (!attributes)
                return;
        member_key(line, "attributes", "");
        for (unsigned i = 0; changed_name(i); i++) {
                if (!(attributes & 1u << i))
                        continue;
                line_str(line, before);
                line_str(line, changed_name(i));
                line_str(line, "\"");
                before = ",\"";
        }
        line_str(line, "]");
}

static size_t json_change(char *buf, size_t size, const struct stamp *stamp,
                          const struct change *change, const char *mark)
{
        struct line line;

        open_record(&line, buf, size, "change", stamp);
        member_word(&line, "change", change_name(change->kind));
        put_words(&line, "path", &change->path);
        put_words(&line, "from", &change->from);
        put_words(&line, "target", &change->target);
        put_state(&line, &change->after);
        put_before(&line, &change->before);
        put_changed(&line, change->attributes);
        if (change->capabilities)
                member_true(&line, "capabilities", "");
        if (change->unseen)
                member_true(&line, "unseen", "");
        if (mark)
                member_word(&line, "mark", mark);
        return close_record(&line);
}

static size_t json_part(char *buf, size_t size, const struct stamp *stamp, const char *version,
                        unsigned part)
{
        struct line line;

        open_record(&line, buf, size, "part", stamp);
        member_word(&line, "version", version);
        member_u64(&line, "part", part);
        return close_record(&line);
}

static size_t json_limit(char *buf, size_t size, const struct stamp *stamp, uint64_t limit)
{
        struct line line;

        open_record(&line, buf, size, "limit", stamp);
        member_u64(&line, "limit", limit);
        return close_record(&line);
}

static bool all_zero(const uint64_t *by, size_t n)
{
        while (n > 0 && by[n - 1] == 0)
                n--;
        return n == 0;
}

/* "deny":3,"log":1: the strictest first and without zeros. */
static void put_action_counts(struct line *line, const uint64_t *by)
{
        const char *before = "\"";

        for (int action = ACTION_COUNT - 1; action >= 0; action--) {
                if (by[action] == 0)
                        continue;
                line_str(line, before);
                line_str(line, action_name((enum action)action));
                line_str(line, "\":");
                line_u64(line, by[action]);
                before = ",\"";
        }
}

static void put_counts(struct line *line, const struct counts *counts)
{
        const char *before = "{\"";

        member_key(line, "counts", "");
        for (int class = 0; class < RECORD_CLASSES; class ++) {
                if (all_zero(counts->by[class], ACTION_COUNT))
                        continue;
                line_str(line, before);
                line_str(line, class_name((enum call_class) class));
                line_str(line, "\":{");
                put_action_counts(line, counts->by[class]);
                line_str(line, "}");
                before = ",\"";
        }
        line_str(line, before[0] == '{' ? "{}" : "}");
}

static size_t json_end(char *buf, size_t size, const struct stamp *stamp, int exit_status,
                       const struct counts *counts)
{
        struct line line;

        open_record(&line, buf, size, "end", stamp);
        member_i64(&line, "status", exit_status);
        put_counts(&line, counts);
        member_u64(&line, "dropped", counts->dropped);
        return close_record(&line);
}

/* No name can hold these: in a string, quotes are escaped. */
static const char *find_key(const char *line, size_t len, const char *key)
{
        const char *found = memmem(line, len, key, strlen(key));

        return found ? found : line;
}

static size_t json_body(const char *line, size_t len)
{
        const char *seq = find_key(line, len, ",\"seq\":");
        size_t head = (size_t)(seq + strlen(",\"seq\":") - line);

        while (head < len && line[head] >= '0' && line[head] <= '9')
                head++;
        return head;
}

static size_t json_again(char *buf, size_t size, const struct stamp *stamp, const char *text,
                         size_t len, uint64_t repeated)
{
        size_t event = (size_t)(find_key(text, len, ",\"time\":") - text);
        size_t body = json_body(text, len);
        struct line line;

        line_init(&line, buf, size);
        line_put(&line, text, event);
        put_stamp(&line, stamp);
        line_put(&line, text + body, len - body - strlen("}\n"));
        if (repeated > 0)
                member_u64(&line, "repeated", repeated);
        return close_record(&line);
}

const struct formatter json_formatter = {
        .identity = json_identity,
        .start = json_start,
        .call = json_call,
        .process = json_process,
        .change = json_change,
        .part = json_part,
        .limit = json_limit,
        .again = json_again,
        .body = json_body,
        .end = json_end,
};
