/* report_touches.c: the touches of a run, in columns, which a browser reads faster than objects. */
#include "report_touches.h"

#include "calls.h"
#include "intern.h"
#include "names.h"
#include "util.h"

/* All of a touch but who, where and when: few of them for very many touches. Laid out without
 * holes, for they are told apart by their bytes. */
struct way {
        const struct call *call;
        uint64_t flags;
        uint32_t rule;
        int32_t error; /* 0, errno, or -1: not known */
        uint16_t asks, asks_to;
        uint8_t class, action, would, unused;
};

_Static_assert(sizeof(struct way) == 2 * sizeof(uint64_t) + 2 * 4 + 2 * 2 + 4, "no holes");

static uint32_t way_of(struct intern *ways, const struct audit_touch *touch)
{
        struct way way = {
                .call = touch->call,
                .flags = touch->flags,
                .rule = touch->rule,
                .error = touch->known ? -touch->error : -1,
                .asks = touch->asks,
                .asks_to = touch->asks_to,
                .class = touch->class,
                .action = touch->action,
                .would = touch->would,
        };

        return intern_add(ways, &way, sizeof(way));
}

/* ---- the words of a way ---- */

static const struct flag_names *names_of_role(enum arg_role role)
{
        if (role == ARG_OFLAGS || role == ARG_OPENHOW)
                return open_flag_names;
        if (role == ARG_ATFLAGS)
                return at_flag_names;
        if (role == ARG_RENAMEFLAGS)
                return rename_flag_names;
        return role == ARG_XATTRFLAGS ? xattr_flag_names : NULL;
}

/* NULL: the call has no flags that have words. */
static const struct flag_names *names_of_flags(const struct call *call)
{
        const struct flag_names *names = NULL;

        for (size_t i = 0; call && !names && i < ARRAY_SIZE(call->args); i++)
                names = names_of_role(call->args[i].role);
        return names;
}

/* No flags at all are worth a word of open(2) alone: O_RDONLY. */
static void put_flags(struct json *json, const struct way *way)
{
        const struct flag_names *names = names_of_flags(way->call);
        char text[FLAGS_TEXT_MAX] = "";

        if (names && (way->flags || names == open_flag_names))
                flags_format(names, way->flags, text, sizeof(text));
        json_text(json, text);
}

static void put_way(struct json *json, const struct way *way)
{
        json_open(json, "[");
        json_text(json, way->call ? way->call->name : "unknown");
        put_flags(json, way);
        json_text(json, way->error > 0 && errno_name(way->error) ? errno_name(way->error) : "");
        json_i64(json, way->rule == AUDIT_NONE ? -1 : (int64_t)way->rule);
        json_i64(json, way->error);
        json_u64(json, way->asks);
        json_u64(json, way->asks_to);
        json_u64(json, way->class);
        json_u64(json, way->action);
        json_u64(json, way->would);
        json_close(json, "]");
}

static void put_ways(struct json *json, const struct intern *ways)
{
        size_t n;
        const struct words *words = intern_words(ways, &n);
        struct way way;

        json_key(json, "ways");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++) {
                memcpy(&way, words[i].bytes, sizeof(way));
                put_way(json, &way);
        }
        json_close(json, "]");
}

/* ---- columns ---- */

static int64_t index_or_none(uint32_t index)
{
        return index == AUDIT_NONE ? -1 : (int64_t)index;
}

static void put_column(struct json *json, const char *key, const struct audit_touch *touches,
                       size_t n, int64_t (*value)(const struct audit_touch *touch))
{
        json_key(json, key);
        json_open(json, "[");
        for (size_t i = 0; i < n; i++)
                json_i64(json, value(&touches[i]));
        json_close(json, "]");
}

static int64_t path_of(const struct audit_touch *touch)
{
        return index_or_none(touch->path);
}

static int64_t to_of(const struct audit_touch *touch)
{
        return index_or_none(touch->to);
}

static int64_t process_of(const struct audit_touch *touch)
{
        return index_or_none(touch->process);
}

static int64_t count_of(const struct audit_touch *touch)
{
        return (int64_t)touch->count;
}

static int64_t bytes_of(const struct audit_touch *touch)
{
        return (int64_t)touch->bytes;
}

static int64_t lasted_of(const struct audit_touch *touch)
{
        return (int64_t)(touch->last - touch->first);
}

/* After the touch before it: smaller numbers. */
static void put_times(struct json *json, const struct audit_touch *touches, size_t n)
{
        json_key(json, "after");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++)
                json_i64(json, (int64_t)(touches[i].first - (i > 0 ? touches[i - 1].first : 0)));
        json_close(json, "]");
}

static void put_way_column(struct json *json, struct intern *ways,
                           const struct audit_touch *touches, size_t n)
{
        json_key(json, "way");
        json_open(json, "[");
        for (size_t i = 0; i < n; i++)
                json_u64(json, way_of(ways, &touches[i]));
        json_close(json, "]");
}

void report_touches(struct json *json, const struct audit *audit)
{
        static const struct {
                const char *key;
                int64_t (*value)(const struct audit_touch *touch);
        } columns[] = {
                {"path", path_of},   {"to", to_of},       {"process", process_of},
                {"count", count_of}, {"bytes", bytes_of}, {"lasted", lasted_of},
        };
        struct intern *ways = intern_new(0);
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);

        json_key(json, "touches");
        json_open(json, "{");
        for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
                put_column(json, columns[i].key, touches, n, columns[i].value);
        put_times(json, touches, n);
        put_way_column(json, ways, touches, n);
        json_close(json, "}");
        put_ways(json, ways);
        intern_free(ways);
}
