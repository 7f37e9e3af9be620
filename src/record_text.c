/* record_text.c: records for people, in columns. The time is left to machines. */
#include "record.h"

#include <string.h>
#include <sys/wait.h>

#include "line.h"
#include "names.h"
#include "record_fields.h"

enum {
        WHO_WIDTH = 21,  /* "[123456 configure]" and a space or more */
        WORD_WIDTH = 11, /* "would deny" */
        CALL_WIDTH = 11, /* "renameat2" */
        ITEMS_SHOWN = 8  /* of each list in the first line */
};

#define COLOUR_END "\033[0m"

enum colour { PLAIN, DIM, YELLOW, RED };

static const char *const colour_codes[] = {
        [PLAIN] = "", [DIM] = "\033[2m", [YELLOW] = "\033[33m", [RED] = "\033[1;31m"};

static void begin(struct line *line, char *buf, size_t size, enum colour colour)
{
        line_init(line, buf, size);
        line_str(line, colour_codes[colour]);
}

static size_t finish(struct line *line, enum colour colour)
{
        line_str(line, colour == PLAIN ? "" : COLOUR_END);
        return line_finish(line);
}

static void put_column(struct line *line, const char *before, const char *word, size_t width)
{
        size_t from = line->len;

        line_str(line, before);
        line_str(line, word);
        line_pad(line, from, width);
}

static void put_who(struct line *line, pid_t tid, const char *comm)
{
        size_t from = line->len;

        line_str(line, "[");
        line_i64(line, tid);
        line_str(line, " ");
        if (strchr(comm, ']'))
                line_quoted(line, comm, strlen(comm));
        else
                line_text(line, comm, strlen(comm));
        line_str(line, "]");
        line_pad(line, from, WHO_WIDTH);
}

static bool refuses(enum action action)
{
        return action >= ACTION_DISCARD;
}

static enum colour colour_of(const struct verdict *verdict, bool wanted)
{
        if (!wanted)
                return PLAIN;
        if (action_refuses(verdict->action))
                return RED;
        return refuses(verdict->would) ? YELLOW : DIM;
}

/* What was refused stands out in capitals. */
static const char *action_word(enum action action)
{
        switch (action) {
        case ACTION_DENY:
                return "DENY";
        case ACTION_KILL:
                return "KILL";
        case ACTION_ALLOW:
        case ACTION_LOG:
        case ACTION_DISCARD:
                break;
        }
        return action_name(action);
}

static void put_objects(struct line *line, const struct event *event, const struct verdict *verdict)
{
        struct shown_name path, to;

        record_path(event, &path);
        record_to(event, verdict, &to);
        if (path.bytes)
                line_text(line, path.bytes, path.len);
        else if (event->has & EVENT_HAS_RAW)
                line_quoted(line, event->raw, event->raw_len);
        else
                line_str(line, "-");
        if (to.bytes) {
                line_str(line, " -> ");
                line_text(line, to.bytes, to.len);
        }
        if (event->has & EVENT_HAS_FD) {
                line_str(line, " <fd ");
                line_i64(line, event->fd);
                line_str(line, ">");
        }
}

static void put_flags(struct line *line, const struct event *event)
{
        char text[FLAGS_TEXT_MAX];

        flags_format(event->flag_names, event->flags, text, sizeof(text));
        if (strcmp(text, "0") == 0)
                return;
        line_str(line, "  ");
        line_str(line, text);
}

static void put_data(struct line *line, const struct event *event)
{
        line_str(line, event->has & EVENT_HAS_COUNT ? " " : "  ");
        line_quoted(line, event->data, event->data_len);
        if (event->has & EVENT_HAS_COUNT && event->count > event->data_len)
                line_str(line, "...");
}

static void put_signal(struct line *line, const char *before, int signal)
{
        char name[SIGNAL_NAME_MAX];

        record_signal_name(signal, name, sizeof(name));
        line_str(line, before);
        line_str(line, name);
}

static void put_arguments(struct line *line, const struct event *event)
{
        if (event->has & EVENT_HAS_FLAGS)
                put_flags(line, event);
        if (event->has & EVENT_HAS_MODE) {
                line_str(line, "  ");
                line_octal(line, event->mode);
        }
        if (event->has & EVENT_HAS_COUNT) {
                line_str(line, "  ");
                line_u64(line, event->count);
                line_str(line, event->count == 1 ? " byte" : " bytes");
        }
        if (event->has & EVENT_HAS_DATA && event->data_len > 0)
                put_data(line, event);
        if (event->has & EVENT_HAS_SIGNAL)
                put_signal(line, "  ", event->signal);
}

/* "= 3" or "= -13 EACCES" where the call was run; the errno alone where it was not. */
static void put_result(struct line *line, const struct event *event, const struct verdict *verdict)
{
        const char *name;
        int64_t result;

        if (!record_result(event, verdict, &result))
                return;
        name = record_errno(result);
        if (event->has & EVENT_HAS_RESULT || (result < 0 && !name)) {
                line_str(line, "  = ");
                line_i64(line, result);
                line_str(line, name ? " " : "");
        } else if (name) {
                line_str(line, "  ");
        }
        line_str(line, name ? name : "");
}

static void put_rule(struct line *line, const struct verdict *verdict)
{
        char rule[RECORD_RULE_MAX];
        size_t len = record_rule(verdict, rule);

        if (len == 0 || (!refuses(verdict->would) && !verdict->rule))
                return;
        line_str(line, "  ");
        line_text(line, rule, len);
}

static size_t text_call(char *buf, size_t size, const struct stamp *stamp,
                        const struct event *event, const struct verdict *verdict, bool colour)
{
        enum colour shade = colour_of(verdict, colour);
        bool would = verdict->would != verdict->action;
        struct line line;

        (void)stamp;
        begin(&line, buf, size, shade);
        put_who(&line, event->tid, event->comm);
        put_column(&line, would ? "would " : "", action_word(verdict->would), WORD_WIDTH);
        put_column(&line, "", record_call_name(event), CALL_WIDTH);
        put_objects(&line, event, verdict);
        put_arguments(&line, event);
        put_result(&line, event, verdict);
        put_rule(&line, verdict);
        return finish(&line, shade);
}

/* An argument is quoted where it could be taken for something else. */
static void put_argument(struct line *line, const char *arg, size_t len)
{
        line_str(line, " ");
        if (len == 0 || memchr(arg, ' ', len) || memchr(arg, '"', len))
                line_quoted(line, arg, len);
        else
                line_text(line, arg, len);
}

static void put_exec(struct line *line, const struct process_info *info)
{
        size_t len = info->argv_len, n;

        put_column(line, "", "exec", WORD_WIDTH);
        line_text(line, info->path, info->path_len);
        line_str(line, len > 0 ? " " : "");
        for (size_t off = 0; off < len; off += n + 1) {
                n = strnlen(info->argv + off, len - off);
                line->cut = line->cut || line->len >= line->content;
                if (!line->cut)
                        put_argument(line, info->argv + off, n);
        }
        if (line->cut || (len > 0 && info->argv[len - 1] != '\0'))
                line_str(line, " ...");
}

static void put_exit(struct line *line, int status)
{
        if (WIFSIGNALED(status)) {
                put_signal(line, "killed by ", WTERMSIG(status));
                return;
        }
        put_column(line, "", "exit", WORD_WIDTH);
        line_i64(line, WEXITSTATUS(status));
}

static size_t text_process(char *buf, size_t size, const struct stamp *stamp,
                           const struct process_info *info, bool colour)
{
        enum colour shade = colour ? DIM : PLAIN;
        struct line line;

        (void)stamp;
        begin(&line, buf, size, shade);
        put_who(&line, info->tid, info->comm);
        switch (info->what) {
        case PROCESS_FORK:
                put_column(&line, "", "fork", WORD_WIDTH);
                line_i64(&line, info->child);
                break;
        case PROCESS_EXEC:
                put_exec(&line, info);
                break;
        case PROCESS_EXIT:
                put_exit(&line, info->status);
                break;
        }
        return finish(&line, shade);
}

static void put_modes(struct line *line, const struct change *change)
{
        const struct file_state *before = &change->before, *after = &change->after;
        bool other = before->mode && after->mode && change->attributes & CHANGED_MODE;

        if (!before->mode && !after->mode)
                return;
        line_str(line, "  ");
        line_octal(line, (before->mode ? before->mode : after->mode) & 07777);
        if (!other)
                return;
        line_str(line, " -> ");
        line_octal(line, after->mode & 07777);
}

static void put_changed(struct line *line, unsigned attributes)
{
        for (unsigned i = 0; changed_name(i); i++) {
                if (!(attributes & 1u << i))
                        continue;
                line_str(line, "  ");
                line_str(line, changed_name(i));
        }
}

static size_t text_change(char *buf, size_t size, const struct stamp *stamp,
                          const struct change *change, const char *mark)
{
        size_t from;
        struct line line;

        (void)stamp;
        begin(&line, buf, size, PLAIN);
        from = line.len;
        line_str(&line, "[after the run]");
        line_pad(&line, from, WHO_WIDTH);
        put_column(&line, "", change_name(change->kind), WORD_WIDTH);
        if (change->from.bytes) {
                line_text(&line, change->from.bytes, change->from.len);
                line_str(&line, " -> ");
        }
        line_text(&line, change->path.bytes, change->path.len);
        if (change->target.bytes) {
                line_str(&line, " -> ");
                line_quoted(&line, change->target.bytes, change->target.len);
        }
        put_modes(&line, change);
        put_changed(&line, change->attributes);
        if (change->unseen)
                line_str(&line, "  not looked at");
        if (mark) {
                line_str(&line, "  ");
                line_str(&line, mark);
        }
        return finish(&line, PLAIN);
}

static void put_more(struct line *line, size_t more)
{
        if (more == 0)
                return;
        line_str(line, " and ");
        line_u64(line, more);
        line_str(line, " more");
}

/* The words after before, or nothing if there are none. */
static void put_list(struct line *line, const char *before, const char *const *words)
{
        size_t n = 0;

        for (; words && words[n]; n++) {
                if (n >= ITEMS_SHOWN)
                        continue;
                line_str(line, n == 0 ? before : "");
                line_str(line, " ");
                line_text(line, words[n], strlen(words[n]));
        }
        put_more(line, n > ITEMS_SHOWN ? n - ITEMS_SHOWN : 0);
}

static void put_policy(struct line *line, const struct policy *policy)
{
        size_t n = policy->nfiles;

        for (size_t i = 0; i < n && i < ITEMS_SHOWN; i++) {
                const char *slash = strrchr(policy->files[i], '/');
                const char *name = slash ? slash + 1 : policy->files[i];

                line_str(line, i > 0 ? ", " : " ");
                line_text(line, name, strlen(name));
        }
        put_more(line, n > ITEMS_SHOWN ? n - ITEMS_SHOWN : 0);
        line_str(line, n == 0 ? " no policy file" : "");
        line_str(line, policy->permissive ? "; permissive: nothing is refused" : "");
}

/* The other lines of people's records are told apart by the file they stand in. */
static size_t text_identity(char *buf, size_t size, const char *host, const char *run)
{
        struct line line;

        (void)host;
        line_init(&line, buf, size);
        line_str(&line, "; run ");
        line_str(&line, run);
        return line.len;
}

static size_t text_start(char *buf, size_t size, const struct stamp *stamp,
                         const struct run_info *info)
{
        struct line line;

        begin(&line, buf, size, PLAIN);
        line_str(&line, "stopgate ");
        line_str(&line, info->version);
        line_str(&line, ":");
        put_policy(&line, info->policy);
        put_list(&line, "; stops at", info->stops);
        put_list(&line, "; layers", info->layers);
        if (policy_unpinned(info->policy)) {
                line_str(&line, "; not pinned: ");
                line_str(&line, policy_unpinned(info->policy));
        }
        line_put(&line, stamp->identity, stamp->identity_len);
        return finish(&line, PLAIN);
}

static size_t text_part(char *buf, size_t size, const struct stamp *stamp, const char *version,
                        unsigned part)
{
        struct line line;

        begin(&line, buf, size, PLAIN);
        line_str(&line, "stopgate ");
        line_str(&line, version);
        line_str(&line, ": part ");
        line_u64(&line, part);
        line_put(&line, stamp->identity, stamp->identity_len);
        return finish(&line, PLAIN);
}

static size_t text_limit(char *buf, size_t size, const struct stamp *stamp, uint64_t limit)
{
        struct line line;

        (void)stamp;
        begin(&line, buf, size, PLAIN);
        line_str(&line, "stopgate: the limit of ");
        line_u64(&line, limit);
        line_str(&line, " records is reached, further ones are dropped");
        return finish(&line, PLAIN);
}

/* " (write 2, read 1)", the more telling class first. */
static void put_classes(struct line *line, const struct counts *counts, enum action action)
{
        const char *before = " (";

        for (int class = RECORD_CLASSES - 1; class >= 0; class --) {
                if (counts->by[class][action] == 0)
                        continue;
                line_str(line, before);
                line_str(line, class_name((enum call_class) class));
                line_str(line, " ");
                line_u64(line, counts->by[class][action]);
                before = ", ";
        }
        line_str(line, ")");
}

/* "; denied 3 (write 2, read 1)", or nothing if there were none. */
static void put_total(struct line *line, const struct counts *counts, enum action action,
                      const char **before)
{
        static const char *const words[] = {[ACTION_LOG] = "logged ",
                                            [ACTION_DISCARD] = "discarded ",
                                            [ACTION_DENY] = "denied ",
                                            [ACTION_KILL] = "killed "};
        uint64_t total = 0;

        for (int class = 0; class < RECORD_CLASSES; class ++)
                total += counts->by[class][action];
        if (total == 0)
                return;
        line_str(line, *before);
        line_str(line, counts->permissive && refuses(action) ? "would have " : "");
        line_str(line, words[action]);
        line_u64(line, total);
        if (refuses(action))
                put_classes(line, counts, action);
        *before = ", ";
}

static size_t text_end(char *buf, size_t size, const struct stamp *stamp, int exit_status,
                       const struct counts *counts)
{
        const char *before = "; ";
        struct line line;

        (void)stamp;
        begin(&line, buf, size, PLAIN);
        line_str(&line, "stopgate: exit status ");
        line_i64(&line, exit_status);
        put_total(&line, counts, ACTION_KILL, &before);
        put_total(&line, counts, ACTION_DENY, &before);
        put_total(&line, counts, ACTION_DISCARD, &before);
        put_total(&line, counts, ACTION_LOG, &before);
        if (counts->dropped > 0) {
                line_str(&line, before);
                line_u64(&line, counts->dropped);
                line_str(&line, counts->dropped == 1 ? " record dropped" : " records dropped");
        }
        return finish(&line, PLAIN);
}

static size_t text_body(const char *line, size_t len)
{
        (void)line;
        (void)len;
        return 0;
}

static bool ends_with(const char *line, size_t len, const char *end)
{
        return len >= strlen(end) && !memcmp(line + len - strlen(end), end, strlen(end));
}

static size_t text_again(char *buf, size_t size, const struct stamp *stamp, const char *text,
                         size_t len, uint64_t repeated)
{
        const char *end = ends_with(text, len, COLOUR_END "\n") ? COLOUR_END "\n" : "\n";
        struct line line;

        (void)stamp;
        line_init(&line, buf, size);
        line_put(&line, text, len - strlen(end));
        if (repeated > 0) {
                line_str(&line, "  (repeated ");
                line_u64(&line, repeated);
                line_str(&line, repeated == 1 ? " time)" : " times)");
        }
        return finish(&line, end[0] == '\n' ? PLAIN : DIM);
}

const struct formatter text_formatter = {
        .identity = text_identity,
        .start = text_start,
        .call = text_call,
        .process = text_process,
        .change = text_change,
        .part = text_part,
        .limit = text_limit,
        .again = text_again,
        .body = text_body,
        .end = text_end,
};
