/* json_members.c: members of a JSON object in a line. */
#include "json_members.h"

#include <string.h>

void member_key(struct line *line, const char *key, const char *suffix)
{
        line_str(line, ",\"");
        line_str(line, key);
        line_str(line, suffix);
        line_str(line, "\":");
}

void member_word(struct line *line, const char *key, const char *word)
{
        member_key(line, key, "");
        line_str(line, "\"");
        line_str(line, word);
        line_str(line, "\"");
}

void member_i64(struct line *line, const char *key, int64_t value)
{
        member_key(line, key, "");
        line_i64(line, value);
}

void member_u64(struct line *line, const char *key, uint64_t value)
{
        member_key(line, key, "");
        line_u64(line, value);
}

void member_true(struct line *line, const char *key, const char *suffix)
{
        member_key(line, key, suffix);
        line_str(line, "true");
}

void member_bytes(struct line *line, const char *key, const char *bytes, size_t len)
{
        member_key(line, key, "");
        if (line_json_string(line, bytes, len))
                return;
        member_key(line, key, "_hex");
        line_str(line, "\"");
        line_hex(line, bytes, len);
        line_str(line, "\"");
}

struct json_list member_open_list(struct line *line, const char *key)
{
        struct json_list list = {.line = line, .key = key, .valid = true};

        member_key(line, key, "");
        line_str(line, "[");
        list.content = line_narrow(line, JSON_LIST_ROOM);
        line->cut = false;
        return list;
}

void member_add_item(struct json_list *list, const char *bytes, size_t len)
{
        struct line *line = list->line;

        line->cut = line->cut || line->len >= line->content;
        if (line->cut)
                return;
        if (list->n++ > 0)
                line_str(line, ",");
        if (!line_json_string(line, bytes, len))
                list->valid = false;
}

void member_close_list(struct json_list *list, const char *exact, size_t len)
{
        struct line *line = list->line;

        line_str(line, "]");
        line_widen(line, list->content);
        if (exact && !list->valid) {
                member_key(line, list->key, "_hex");
                line_str(line, "\"");
                line_narrow(line, JSON_LIST_ROOM);
                line_hex(line, exact, len);
                line_widen(line, list->content);
                line_str(line, "\"");
        }
        if (line->cut)
                member_true(line, list->key, "_cut");
}

void member_strings(struct line *line, const char *key, const char *const *items, size_t max)
{
        struct json_list list = member_open_list(line, key);

        for (size_t i = 0; items && i < max && items[i]; i++)
                member_add_item(&list, items[i], strlen(items[i]));
        member_close_list(&list, NULL, 0);
}
