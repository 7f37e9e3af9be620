/* record_words.c: the words that records are made of -> what they stand for. */
#include "record_values.h"

#include <signal.h>
#include <sys/stat.h>

#include "names.h"
#include "record_fields.h"
#include "util.h"

/* ---- words ---- */

/* A string without NUL; "" of anything else. */
static const char *word_of(const json_t *value)
{
        const char *word = json_string_value(value);

        return word && strlen(word) == json_string_length(value) ? word : "";
}

RECORD_READER(record_read_signal)
{
        char name[SIGNAL_NAME_MAX];

        (void)object;
        for (int signal = 1; signal < NSIG; signal++) {
                record_signal_name(signal, name, sizeof(name));
                if (strcmp(name, word_of(value)) != 0)
                        continue;
                *(int *)record_member(field, base) = signal; /* WTERMSIG() */
                return true;
        }
        return record_is_not(parser, field, "the name of a signal");
}

RECORD_READER(record_read_class)
{
        (void)object;
        for (int class = 0; class < RECORD_CLASSES; class ++) {
                if (strcmp(class_name((enum call_class) class), word_of(value)) != 0)
                        continue;
                *(enum call_class *)record_member(field, base) = (enum call_class) class;
                return true;
        }
        return record_is_not(parser, field, "a class, such as 'write'");
}

/* What is allowed silently leaves no record. */
RECORD_READER(record_read_action)
{
        int action = action_from_name(word_of(value));

        (void)object;
        if (action <= ACTION_ALLOW)
                return record_is_not(parser, field, "'log', 'discard', 'deny' or 'kill'");
        *(enum action *)record_member(field, base) = (enum action)action;
        return true;
}

/* Of a newer version's calls nothing is known, as of "unknown". */
RECORD_READER(record_read_call)
{
        (void)object;
        if (!*word_of(value))
                return record_is_not(parser, field, "the name of a call");
        *(const struct call **)record_member(field, base) = calls_by_name(word_of(value));
        return true;
}

RECORD_READER(record_read_permissive)
{
        bool *permissive = record_member(field, base);

        (void)object;
        *permissive = strcmp(word_of(value), "permissive") == 0;
        return *permissive || strcmp(word_of(value), "enforce") == 0 ||
               record_is_not(parser, field, "'enforce' or 'permissive'");
}

RECORD_READER(record_read_truth)
{
        (void)object;
        if (!json_is_boolean(value))
                return record_is_not(parser, field, "true or false");
        *(bool *)record_member(field, base) = json_is_true(value);
        return true;
}

RECORD_READER(record_read_object)
{
        (void)object;
        (void)base;
        return json_is_object(value) || record_is_not(parser, field, "an object");
}

RECORD_READER(record_read_array)
{
        (void)object;
        (void)base;
        return json_is_array(value) || record_is_not(parser, field, "a list");
}

/* ---- files ---- */

RECORD_READER(record_read_type)
{
        static const uint32_t types[] = {S_IFREG,  S_IFDIR, S_IFLNK, S_IFIFO,
                                         S_IFSOCK, S_IFCHR, S_IFBLK};

        (void)object;
        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
                if (strcmp(file_type_name(types[i]), word_of(value)) != 0)
                        continue;
                *(uint32_t *)record_member(field, base) |= types[i];
                return true;
        }
        return record_is_not(parser, field, "the type of a file");
}

RECORD_READER(record_read_mode)
{
        const char *text = word_of(value);
        uint32_t mode = 0;

        (void)object;
        for (size_t i = 0; text[i]; i++) {
                if (text[i] < '0' || text[i] > '7' || mode > 07777 >> 3)
                        return record_is_not(parser, field, "a mode in octal digits");
                mode = mode << 3 | (uint32_t)(text[i] - '0');
        }
        *(uint32_t *)record_member(field, base) |= mode;
        return *text || record_is_not(parser, field, "a mode in octal digits");
}

RECORD_READER(record_read_kind)
{
        (void)object;
        for (int kind = 0; kind < CHANGE_KINDS; kind++) {
                if (strcmp(change_name((enum change_kind)kind), word_of(value)) != 0)
                        continue;
                *(enum change_kind *)record_member(field, base) = (enum change_kind)kind;
                return true;
        }
        return record_is_not(parser, field, "a change, such as 'created'");
}

/* The CHANGED_* bit of that word; 0: there is none. */
static unsigned changed_bit(const char *word)
{
        for (unsigned i = 0; changed_name(i); i++)
                if (strcmp(changed_name(i), word) == 0)
                        return 1u << i;
        return 0;
}

RECORD_READER(record_read_attributes)
{
        unsigned *set = record_member(field, base);

        (void)object;
        if (!json_is_array(value))
                return record_is_not(parser, field, "a list of attributes");
        for (size_t i = 0; i < json_array_size(value); i++) {
                unsigned bit = changed_bit(word_of(json_array_get(value, i)));

                if (!bit)
                        return record_is_not(parser, field, "a list of attributes");
                *set |= bit;
        }
        return true;
}

RECORD_READER(record_read_classes)
{
        unsigned *classes = record_member(field, base);

        (void)object;
        if (!json_is_array(value))
                return record_is_not(parser, field, "a list of classes");
        for (size_t i = 0; i < json_array_size(value); i++) {
                int class = class_from_name(word_of(json_array_get(value, i)));

                if (class < 0)
                        return record_is_not(parser, field, "a list of classes");
                *classes |= CLASS_BIT(class);
        }
        return true;
}

/* ---- time ---- */

/* The number of n digits at text; -1: they are none. */
static int digits(const char *text, size_t n)
{
        int number = 0;

        for (size_t i = 0; i < n; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                number = number * 10 + (text[i] - '0');
        }
        return number;
}

/* Are all other characters as in that example? */
static bool has_form(const char *text, const char *form)
{
        if (strlen(text) != strlen(form))
                return false;
        for (size_t i = 0; form[i]; i++)
                if (form[i] != '0' && form[i] != text[i])
                        return false;
        return true;
}

RECORD_READER(record_read_time)
{
        const char *text = word_of(value);
        struct timespec *when = record_member(field, base);
        struct tm tm = {0};
        int micros;

        (void)object;
        if (!has_form(text, "0000-00-00T00:00:00.000000Z"))
                return record_is_not(parser, field, "a time such as 2026-11-23T12:00:00.123456Z");
        tm.tm_year = digits(text, 4) - 1900;
        tm.tm_mon = digits(text + 5, 2) - 1;
        tm.tm_mday = digits(text + 8, 2);
        tm.tm_hour = digits(text + 11, 2);
        tm.tm_min = digits(text + 14, 2);
        tm.tm_sec = digits(text + 17, 2);
        micros = digits(text + 20, 6);
        if (tm.tm_year < -1900 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
            tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
            tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 || micros < 0)
                return record_is_not(parser, field, "a time such as 2026-11-23T12:00:00.123456Z");
        *when = (struct timespec){timegm(&tm), (long)micros * 1000};
        return true;
}
