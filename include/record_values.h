/* record_values.h: values of JSON -> members of a struct, each with its type and range. For
 * record_parse.c alone; the words are in record_words.c. Layer 2. */
#ifndef STOPGATE_RECORD_VALUES_H
#define STOPGATE_RECORD_VALUES_H

#include <jansson.h>
#include "record_parse.h"
#include "util.h"

/* One key of an object, and the member of a struct that its value goes to. */
struct record_field {
        const char *key;
        bool (*read)(struct record_parser *parser, const struct record_field *field,
                     const json_t *object, const json_t *value, void *base);
        bool required;
        size_t at;  /* of the member, from base on */
        size_t has; /* of the bool that says that it is there; 0: there is none */
};

/* Read all fields of object. Returns false and sets an error if one is missing, or not as it should
 * be. */
bool record_read_fields(struct record_parser *parser, const json_t *object,
                        const struct record_field *fields, size_t n, void *base);

/* Set the error, if it is the first. Returns false. */
bool record_fail(struct record_parser *parser, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Set it to "'KEY' is not EXPECTED", if it is the first. Returns false. */
bool record_is_not(struct record_parser *parser, const struct record_field *field,
                   const char *expected);

static inline void *record_member(const struct record_field *field, void *base)
{
        return (char *)base + field->at;
}

/* Readers: the member's type stands behind each. */
#define RECORD_READER(name)                                                       \
        bool name(struct record_parser *parser, const struct record_field *field, \
                  const json_t *object, const json_t *value, void *base)

RECORD_READER(record_read_bytes);      /* struct words: exact, from KEY_hex if there is one */
RECORD_READER(record_read_path);       /* struct words: not stated if empty */
RECORD_READER(record_read_absolute);   /* struct words: begins with a slash */
RECORD_READER(record_read_run);        /* struct words: hexadecimal digits */
RECORD_READER(record_read_classes);    /* unsigned: a set of CLASS_BIT */
RECORD_READER(record_read_list);       /* struct words: strings, each ended by NUL */
RECORD_READER(record_read_time);       /* struct timespec */
RECORD_READER(record_read_number);     /* uint64_t */
RECORD_READER(record_read_positive);   /* uint64_t, not 0 */
RECORD_READER(record_read_signed);     /* int64_t */
RECORD_READER(record_read_id);         /* uint32_t: of a user or group */
RECORD_READER(record_read_process);    /* pid_t */
RECORD_READER(record_read_status);     /* int: 0 to 255 */
RECORD_READER(record_read_exit);       /* int, as from wait(2): of an exit status */
RECORD_READER(record_read_signal);     /* int, as from wait(2): of a signal's name */
RECORD_READER(record_read_class);      /* enum call_class */
RECORD_READER(record_read_action);     /* enum action */
RECORD_READER(record_read_call);       /* const struct call * */
RECORD_READER(record_read_permissive); /* bool: of the mode of a policy */
RECORD_READER(record_read_truth);      /* bool */
RECORD_READER(record_read_type);       /* uint32_t: a file's, into st_mode */
RECORD_READER(record_read_mode);       /* uint32_t: a file's, into st_mode */
RECORD_READER(record_read_kind);       /* enum change_kind */
RECORD_READER(record_read_attributes); /* unsigned: CHANGED_* */
RECORD_READER(record_read_array);      /* nothing: it only has to be one */
RECORD_READER(record_read_object);     /* the same */

#endif
