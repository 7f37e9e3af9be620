/* record_values.c: values of JSON -> members of a struct, each with its type and range. */
#include "record_values.h"

#include <stdarg.h>

#include "util.h"

enum {
        PID_MAX = 4194304, /* PID_MAX_LIMIT, proc(5) */
        STATUS_MAX = 255,
        KEY_MAX = 32
};

bool record_fail(struct record_parser *parser, const char *fmt, ...)
{
        va_list args;

        if (parser->error[0])
                return false;
        va_start(args, fmt);
        vsnprintf(parser->error, sizeof(parser->error), fmt, args);
        va_end(args);
        return false;
}

bool record_read_fields(struct record_parser *parser, const json_t *object,
                        const struct record_field *fields, size_t n, void *base)
{
        for (size_t i = 0; i < n; i++) {
                const struct record_field *field = &fields[i];
                const json_t *value = json_object_get(object, field->key);

                if (!value && field->required)
                        return record_fail(parser, "'%s' is missing", field->key);
                if (!value)
                        continue;
                if (!field->read(parser, field, object, value, base))
                        return false;
                if (field->has > 0)
                        *(bool *)((char *)base + field->has) = true;
        }
        return true;
}

bool record_is_not(struct record_parser *parser, const struct record_field *field,
                   const char *expected)
{
        return record_fail(parser, "'%s' is not %s", field->key, expected);
}

/* ---- strings ---- */

/* Room for n bytes; NULL: a line has not so many. */
static char *room(struct record_parser *parser, size_t n)
{
        char *start = parser->room + parser->used;

        if (n > sizeof(parser->room) - parser->used) {
                record_fail(parser, "holds more than a line can hold");
                return NULL;
        }
        parser->used += n;
        return start;
}

static int digit_value(char digit)
{
        static const char digits[] = "0123456789abcdef";
        const char *found = memchr(digits, digit, 16);

        return found ? (int)(found - digits) : -1;
}

static bool read_hex(struct record_parser *parser, const char *key, const json_t *value,
                     struct words *words)
{
        const char *text = json_string_value(value);
        size_t len = json_string_length(value);
        char *bytes;

        if (!text || len % 2 != 0)
                return record_fail(parser, "'%s' is not bytes in hexadecimal", key);
        bytes = room(parser, len / 2);
        if (!bytes)
                return false;
        for (size_t i = 0; i < len; i += 2) {
                int high = digit_value(text[i]), low = digit_value(text[i + 1]);

                if (high < 0 || low < 0)
                        return record_fail(parser, "'%s' is not bytes in hexadecimal", key);
                bytes[i / 2] = (char)(high << 4 | low);
        }
        *words = (struct words){bytes, len / 2};
        return true;
}

/* The exact bytes beside a string or list that could not show them. */
static const json_t *find_exact(const json_t *object, const char *key, char exact_key[KEY_MAX])
{
        snprintf(exact_key, KEY_MAX, "%s_hex", key);
        return json_object_get(object, exact_key);
}

/* An abstract socket's name may hold NUL, and begins with '@': event.h. */
RECORD_READER(record_read_bytes)
{
        struct words *words = record_member(field, base);
        char exact_key[KEY_MAX];
        const json_t *exact = find_exact(object, field->key, exact_key);

        if (!json_is_string(value))
                return record_is_not(parser, field, "a string");
        *words = (struct words){json_string_value(value), json_string_length(value)};
        if (exact && !read_hex(parser, exact_key, exact, words))
                return false;
        if (words->len > 0 && words->bytes[0] != '@' && memchr(words->bytes, '\0', words->len))
                return record_fail(parser, "'%s' holds a NUL byte", field->key);
        return true;
}

RECORD_READER(record_read_path)
{
        struct words *words = record_member(field, base);

        if (!record_read_bytes(parser, field, object, value, base))
                return false;
        if (words->len == 0)
                words->bytes = NULL;
        return true;
}

RECORD_READER(record_read_absolute)
{
        const struct words *words = record_member(field, base);

        if (!record_read_bytes(parser, field, object, value, base))
                return false;
        if (words->len == 0 || words->bytes[0] != '/')
                return record_is_not(parser, field, "an absolute path");
        return true;
}

RECORD_READER(record_read_run)
{
        const struct words *words = record_member(field, base);

        if (!record_read_bytes(parser, field, object, value, base))
                return false;
        for (size_t i = 0; i < words->len; i++)
                if (digit_value(words->bytes[i]) < 0)
                        return record_is_not(parser, field, "16 hexadecimal digits");
        return words->len == RECORD_RUN_DIGITS ||
               record_is_not(parser, field, "16 hexadecimal digits");
}

static bool read_items(struct record_parser *parser, const struct record_field *field,
                       const json_t *list, struct words *words)
{
        char *start = parser->room + parser->used;

        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *item = json_array_get(list, i);
                size_t len = json_string_length(item);
                char *to = json_is_string(item) ? room(parser, len + 1) : NULL;

                if (!to || memchr(json_string_value(item), '\0', len))
                        return record_is_not(parser, field, "a list of strings without NUL bytes");
                memcpy(to, json_string_value(item), len + 1);
        }
        *words = (struct words){start, (size_t)(parser->room + parser->used - start)};
        return true;
}

RECORD_READER(record_read_list)
{
        char exact_key[KEY_MAX];
        const json_t *exact = find_exact(object, field->key, exact_key);

        if (!json_is_array(value))
                return record_is_not(parser, field, "a list of strings");
        if (exact)
                return read_hex(parser, exact_key, exact, record_member(field, base));
        return read_items(parser, field, value, record_member(field, base));
}

/* ---- numbers ---- */

static const double two_to_63 = 9223372036854775808.0;
static const double two_to_64 = 18446744073709551616.0;

/* A number that no integer of jansson's holds is read as floating point, and with it all others of
 * the line: what matters of it is that it is huge. */
static bool whole_number(const json_t *value, uint64_t *number)
{
        double real = json_real_value(value);

        if (json_is_integer(value)) {
                *number = (uint64_t)json_integer_value(value);
                return json_integer_value(value) >= 0;
        }
        if (!json_is_real(value) || !(real >= 0 && real <= two_to_64))
                return false;
        *number = real < two_to_64 ? (uint64_t)real : UINT64_MAX;
        return real >= two_to_64 || (double)*number == real;
}

static bool read_up_to(struct record_parser *parser, const struct record_field *field,
                       const json_t *value, uint64_t min, uint64_t max, uint64_t *number)
{
        bool whole = !json_is_real(value) || parser->inexact;

        *number = 0;
        if (whole && whole_number(value, number) && *number >= min && *number <= max)
                return true;
        return record_fail(parser, "'%s' is not a whole number from %llu to %llu", field->key,
                           (unsigned long long)min, (unsigned long long)max);
}

RECORD_READER(record_read_number)
{
        (void)object;
        return read_up_to(parser, field, value, 0, UINT64_MAX, record_member(field, base));
}

RECORD_READER(record_read_positive)
{
        (void)object;
        return read_up_to(parser, field, value, 1, UINT64_MAX, record_member(field, base));
}

RECORD_READER(record_read_signed)
{
        int64_t *number = record_member(field, base);
        double real = json_real_value(value);

        (void)object;
        *number = json_integer_value(value);
        if (json_is_integer(value))
                return true;
        if (!json_is_real(value) || !parser->inexact || !(real >= -two_to_63 && real < two_to_63))
                return record_is_not(parser, field, "a whole number of 64 bits");
        *number = (int64_t)real;
        return (double)*number == real || record_is_not(parser, field, "a whole number of 64 bits");
}

RECORD_READER(record_read_id)
{
        uint64_t number;

        (void)object;
        if (!read_up_to(parser, field, value, 0, UINT32_MAX, &number))
                return false;
        *(uint32_t *)record_member(field, base) = (uint32_t)number;
        return true;
}

RECORD_READER(record_read_process)
{
        uint64_t number;

        (void)object;
        if (!read_up_to(parser, field, value, 1, PID_MAX, &number))
                return false;
        *(pid_t *)record_member(field, base) = (pid_t)number;
        return true;
}

RECORD_READER(record_read_status)
{
        uint64_t number;

        (void)object;
        if (!read_up_to(parser, field, value, 0, STATUS_MAX, &number))
                return false;
        *(int *)record_member(field, base) = (int)number;
        return true;
}

RECORD_READER(record_read_exit)
{
        int *status = record_member(field, base);

        if (!record_read_status(parser, field, object, value, base))
                return false;
        *status <<= 8; /* WEXITSTATUS() */
        return true;
}
