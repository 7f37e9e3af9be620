/* intern.c: each different string of bytes once, by a number. */
#include "intern.h"

#include <search.h>

#include "util.h"

struct known {
        struct words words;
        uint32_t number;
        char bytes[];
};

struct intern {
        void *tree; /* of struct known */
        struct words *words;
        size_t n, room;
        uint64_t limit, bytes; /* of strings; of all of them together */
};

/* A limit of many short names must not be one of as many long ones. */
static bool has_room(const struct intern *intern, size_t len)
{
        uint64_t most = intern->limit * INTERN_MEAN;

        return intern->n < intern->limit && len <= most && intern->bytes <= most - len;
}

static int compare(const void *a, const void *b)
{
        const struct words *x = &((const struct known *)a)->words;
        const struct words *y = &((const struct known *)b)->words;
        size_t len = x->len < y->len ? x->len : y->len;
        int order = memcmp(x->bytes, y->bytes, len);

        return order ? order : (x->len > y->len) - (x->len < y->len);
}

struct intern *intern_new(uint64_t limit)
{
        struct intern *intern = xcalloc(1, sizeof(*intern));

        intern->limit = limit && limit < INTERN_NONE ? limit : INTERN_NONE;
        return intern;
}

void intern_free(struct intern *intern)
{
        if (!intern)
                return;
        tdestroy(intern->tree, free);
        free(intern->words);
        free(intern);
}

uint32_t intern_find(const struct intern *intern, const void *bytes, size_t len)
{
        const struct known key = {.words = {len ? bytes : "", len}};
        struct known **found = tfind(&key, &intern->tree, compare);

        return found ? (*found)->number : INTERN_NONE;
}

static struct known *new_entry(const void *bytes, size_t len, uint32_t number)
{
        struct known *entry = xcalloc(1, sizeof(*entry) + len + 1);

        if (len)
                memcpy(entry->bytes, bytes, len);
        entry->words = (struct words){entry->bytes, len};
        entry->number = number;
        return entry;
}

static void insert(struct intern *intern, struct known *entry)
{
        or_die(tsearch(entry, &intern->tree, compare));
        if (intern->n == intern->room) {
                intern->room = intern->room ? 2 * intern->room : 64;
                intern->words = xreallocarray(intern->words, intern->room, sizeof(*intern->words));
        }
        intern->words[intern->n++] = entry->words;
}

uint32_t intern_add(struct intern *intern, const void *bytes, size_t len)
{
        uint32_t number = intern_find(intern, bytes, len);

        if (number != INTERN_NONE || !has_room(intern, len))
                return number;
        intern->bytes += len;
        insert(intern, new_entry(bytes, len, (uint32_t)intern->n));
        return (uint32_t)intern->n - 1;
}

const struct words *intern_words(const struct intern *intern, size_t *n)
{
        *n = intern->n;
        return intern->words;
}
