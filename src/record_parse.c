/* record_parse.c: one line of a record file in JSON -> what it states. */
#include "record_parse.h"

#include <errno.h>
#include <sys/stat.h>

#include "names.h"
#include "record_values.h"
#include "util.h"

/* One macro, one line: */
/* clang-format off */
#define FIELD(key, reader, needed, has, member) \
        {key, record_read_##reader, needed, offsetof(struct record, member), has}
#define NEEDS(key, reader, member) FIELD(key, reader, true, 0, member)
#define MAY(key, reader, member)   FIELD(key, reader, false, 0, member)
#define MAY_HAVE(key, reader)      FIELD(#key, reader, false, \
                                         offsetof(struct record, fact.has_##key), fact.key)
#define STATE(key, reader, member) \
        {key, record_read_##reader, false, offsetof(struct file_state, member), 0}
/* clang-format on */

/* ---- calls ---- */

static RECORD_READER(record_read_flags)
{
        static const struct flag_names *const names[] = {
                [ARG_OFLAGS] = open_flag_names,      [ARG_OPENHOW] = open_flag_names,
                [ARG_ATFLAGS] = at_flag_names,       [ARG_RENAMEFLAGS] = rename_flag_names,
                [ARG_XATTRFLAGS] = xattr_flag_names,
        };
        struct fact *fact = &((struct record *)base)->fact;
        const struct flag_names *list = NULL;
        const char *text = json_string_value(value);

        (void)object;
        for (size_t i = 0; fact->call && i < ARRAY_SIZE(fact->call->args) && !list; i++)
                if (fact->call->args[i].role < ARRAY_SIZE(names))
                        list = names[fact->call->args[i].role];
        fact->has_flags = fact->call;
        if (!text || (fact->call && flags_parse(list, text, &fact->flags)))
                return record_fail(parser, "'%s' is not the flags of that call", field->key);
        return true;
}

/* What would have been done is stated where it is not what was. */
static bool finish_call(struct record_parser *parser, struct record *record)
{
        struct fact *fact = &record->fact;

        if (!json_object_get(parser->object, "would"))
                fact->would = fact->action;
        else if (fact->action != ACTION_LOG)
                return record_fail(parser, "'would' stands beside an action other than 'log'");
        return true;
}

/* ---- changes ---- */

/* Type and mode are one member. */
static const struct record_field state_fields[] = {
        STATE("type", type, mode), STATE("mode", mode, mode),   STATE("uid", id, uid),
        STATE("gid", id, gid),     STATE("size", number, size),
};

static bool read_state(struct record_parser *parser, const json_t *object, struct file_state *state)
{
        if (!record_read_fields(parser, object, state_fields, ARRAY_SIZE(state_fields), state))
                return false;
        if (state->mode && !(state->mode & S_IFMT))
                return record_fail(parser, "'mode' stands without 'type'");
        return true;
}

static RECORD_READER(record_read_before)
{
        return record_read_object(parser, field, object, value, base) &&
               read_state(parser, value, &((struct record *)base)->fact.change.before);
}

static bool finish_change(struct record_parser *parser, struct record *record)
{
        struct change *change = &record->fact.change;
        bool moved = change->kind == CHANGE_RENAMED || change->kind == CHANGE_LINKED;

        if (!read_state(parser, parser->object, &change->after))
                return false;
        if (moved && !change->from.bytes)
                return record_fail(parser, "'from' is missing");
        return true;
}

static bool finish_exit(struct record_parser *parser, struct record *record)
{
        bool status = json_object_get(parser->object, "status");
        bool signal = json_object_get(parser->object, "signal");

        (void)record;
        if (!status && !signal)
                return record_fail(parser, "'status' or 'signal' is missing");
        return !(status && signal) || record_fail(parser, "has both 'status' and 'signal'");
}

/* ---- the tables ---- */

static const struct record_field head_fields[] = {
        NEEDS("time", time, fact.time),
        NEEDS("host", bytes, fact.host),
        NEEDS("run", run, fact.run),
        NEEDS("seq", number, seq),
};

static const struct record_field thread_fields[] = {
        NEEDS("pid", process, fact.tgid),
        NEEDS("tid", process, fact.tid),
        NEEDS("comm", bytes, fact.comm),
};

static const struct record_field start_fields[] = {
        NEEDS("policy", list, fact.policies),
        NEEDS("argv", list, fact.argv),
        MAY("cwd", absolute, fact.cwd),
        MAY("home", absolute, fact.home),
        NEEDS("mode", permissive, fact.permissive),
        NEEDS("stops", array, fact),
        NEEDS("layers", array, fact),
        MAY_HAVE(recorded, classes),
        MAY("changes", truth, fact.states_changes),
};

static const struct record_field part_fields[] = {
        NEEDS("part", positive, part),
};

/* The call stands before its flags. */
static const struct record_field call_fields[] = {
        NEEDS("call", call, fact.call),
        NEEDS("class", class, fact.class),
        MAY("path", path, fact.path),
        MAY("to", path, fact.to),
        MAY("flags", flags, fact.flags),
        MAY_HAVE(count, number),
        NEEDS("action", action, fact.action),
        MAY("would", action, fact.would),
        MAY_HAVE(result, signed),
        MAY("rule", path, fact.rule),
        MAY("repeated", positive, fact.repeated),
};

static const struct record_field fork_fields[] = {
        NEEDS("child", process, fact.child),
};

static const struct record_field exec_fields[] = {
        NEEDS("path", path, fact.path),
        NEEDS("argv", list, fact.argv),
};

static const struct record_field exit_fields[] = {
        MAY("status", exit, fact.status),
        MAY("signal", signal, fact.status),
        MAY_HAVE(written, number),
};

static const struct record_field change_fields[] = {
        NEEDS("change", kind, fact.change.kind),
        NEEDS("path", absolute, fact.change.path),
        MAY("from", absolute, fact.change.from),
        MAY("target", path, fact.change.target),
        MAY("before", before, fact.change.before),
        MAY("attributes", attributes, fact.change.attributes),
        MAY("capabilities", truth, fact.change.capabilities),
        MAY("unseen", truth, fact.change.unseen),
};

static const struct record_field end_fields[] = {
        NEEDS("status", status, fact.status),
        NEEDS("counts", object, fact),
        NEEDS("dropped", number, fact.dropped),
};

/* An event and its fields; those of processes say in a second one which. */
static const struct row {
        const char *event, *process;
        bool states;
        enum fact_kind kind;
        const struct record_field *fields;
        size_t n;
        bool (*finish)(struct record_parser *parser, struct record *record);
} rows[] = {
        {"call", NULL, true, FACT_CALL, call_fields, ARRAY_SIZE(call_fields), finish_call},
        {"process", "fork", true, FACT_FORK, fork_fields, ARRAY_SIZE(fork_fields), NULL},
        {"process", "exec", true, FACT_EXEC, exec_fields, ARRAY_SIZE(exec_fields), NULL},
        {"process", "exit", true, FACT_EXIT, exit_fields, ARRAY_SIZE(exit_fields), finish_exit},
        {"change", NULL, true, FACT_CHANGE, change_fields, ARRAY_SIZE(change_fields),
         finish_change},
        {"start", NULL, true, FACT_START, start_fields, ARRAY_SIZE(start_fields), NULL},
        {"part", NULL, false, FACT_START, part_fields, ARRAY_SIZE(part_fields), NULL},
        {"end", NULL, true, FACT_END, end_fields, ARRAY_SIZE(end_fields), NULL},
};

static const struct row *find_row(const char *event, const char *process)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                if (strcmp(rows[i].event, event) != 0)
                        continue;
                if (!rows[i].process || (process && strcmp(rows[i].process, process) == 0))
                        return &rows[i];
        }
        return NULL;
}

/* Of a call or a process. */
static bool has_thread(const struct row *row)
{
        return row->process || row->kind == FACT_CALL;
}

/* ---- from the line on ---- */

void record_parser_fini(struct record_parser *parser)
{
        json_decref(parser->object);
        parser->object = NULL;
}

/* JSON's numbers have no end, jansson's integers have. */
static json_t *load(struct record_parser *parser, const char *line, size_t len, json_error_t *error)
{
        const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
        json_t *root = json_loadb(line, len, flags, error);

        parser->inexact = !root && json_error_code(error) == json_error_numeric_overflow;
        if (parser->inexact)
                root = json_loadb(line, len, flags | JSON_DECODE_INT_AS_REAL, error);
        return root;
}

static const char *string_at(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

int record_open(struct record_parser *parser, const char *line, size_t len)
{
        json_error_t error = {0};

        record_parser_fini(parser);
        parser->error[0] = '\0';
        parser->used = 0;
        parser->object = load(parser, line, len, &error);
        parser->event = string_at(parser->object, "event");
        parser->version = string_at(parser->object, "version");
        parser->cut = json_error_code(&error) == json_error_premature_end_of_input;
        if (!parser->object)
                record_fail(parser, parser->cut ? "the line is cut short" : "is no JSON: %s",
                            error.text);
        else if (!json_is_object(parser->object))
                record_fail(parser, "is no JSON object");
        else if (!parser->event)
                record_fail(parser, "'event' is missing");
        return parser->error[0] ? -EINVAL : 0;
}

static bool parse_row(struct record_parser *parser, const struct row *row, struct record *record)
{
        record->states = row->states;
        record->fact.kind = row->kind;
        if (has_thread(row) && !record_read_fields(parser, parser->object, thread_fields,
                                                   ARRAY_SIZE(thread_fields), record))
                return false;
        if (!record_read_fields(parser, parser->object, row->fields, row->n, record))
                return false;
        return !row->finish || row->finish(parser, record);
}

int record_parse(struct record_parser *parser, struct record *record)
{
        const char *process = string_at(parser->object, "process");
        const struct row *row = find_row(parser->event, process);

        *record = (struct record){.states = false};
        if (!record_read_fields(parser, parser->object, head_fields, ARRAY_SIZE(head_fields),
                                record))
                return -EINVAL;
        if (strcmp(parser->event, "process") == 0 && !process)
                record_fail(parser, "'process' is missing");
        else if (row)
                parse_row(parser, row, record);
        return parser->error[0] ? -EINVAL : 0;
}
