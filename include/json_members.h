/* json_members.h: members of a JSON object in a line: each is put behind what is there, with a
 * comma. Layer 0. Source: RFC 8259; what is not UTF-8 is told once more in hexadecimal digits. */
#ifndef STOPGATE_JSON_MEMBERS_H
#define STOPGATE_JSON_MEMBERS_H

#include <stdbool.h>
#include "line.h"

/* Bytes that a list takes at most: of every one in start and exec records. */
enum { JSON_LIST_ROOM = 32 << 10 };

/* ,"KEYSUFFIX": for a value that the caller puts. */
void member_key(struct line *line, const char *key, const char *suffix);

/* A word that needs no escaping. */
void member_word(struct line *line, const char *key, const char *word);

void member_i64(struct line *line, const char *key, int64_t value);
void member_u64(struct line *line, const char *key, uint64_t value);
void member_true(struct line *line, const char *key, const char *suffix);

/* As a string, and if it is not UTF-8 also as KEY_hex. */
void member_bytes(struct line *line, const char *key, const char *bytes, size_t len);

/* items end with NULL or after max of them. */
void member_strings(struct line *line, const char *key, const char *const *items, size_t max);

/* A list of strings of which as many are shown as have room. */
struct json_list {
        struct line *line;
        const char *key;
        size_t content; /* for line_widen() */
        size_t n;
        bool valid; /* all were UTF-8 */
};

/* exact: the bytes of the whole list, given when they cannot all be shown; or NULL. KEY_cut: there
 * was no room for all. */
struct json_list member_open_list(struct line *line, const char *key);
void member_add_item(struct json_list *list, const char *bytes, size_t len);
void member_close_list(struct json_list *list, const char *exact, size_t len);

#endif
