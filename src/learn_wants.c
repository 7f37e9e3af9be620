/* learn_wants.c: a list of what is wanted. */
#include "learn_wants.h"

#include "util.h"

void wants_add(struct wants *wants, const struct want *want)
{
        if (wants->n == wants->room) {
                wants->room = wants->room ? 2 * wants->room : 64;
                wants->list = xreallocarray(wants->list, wants->room, sizeof(*wants->list));
        }
        wants->list[wants->n++] = *want;
}

void wants_move(struct wants *to, struct wants *from)
{
        for (size_t i = 0; i < from->n; i++)
                wants_add(to, &from->list[i]);
        free(from->list);
        *from = (struct wants){0};
}

static int compare(const void *one, const void *other)
{
        const struct want *a = one, *b = other;

        if (a->class != b->class)
                return a->class < b->class ? -1 : 1;
        return strcmp(a->pattern, b->pattern);
}

static void join(struct want *into, struct want *other)
{
        into->is |= other->is & ~(unsigned)WANT_MOVED;
        into->is &= other->is | ~(unsigned)WANT_MOVED;
        into->names += other->names;
        into->calls += other->calls;
        if (!into->note)
                into->note = other->note;
        free(other->pattern);
}

void wants_join(struct wants *wants)
{
        size_t kept = 0;

        if (wants->n)
                qsort(wants->list, wants->n, sizeof(*wants->list), compare);
        for (size_t i = 0; i < wants->n; i++) {
                if (kept && !compare(&wants->list[kept - 1], &wants->list[i]))
                        join(&wants->list[kept - 1], &wants->list[i]);
                else
                        wants->list[kept++] = wants->list[i];
        }
        wants->n = kept;
}

void wants_fini(struct wants *wants)
{
        for (size_t i = 0; i < wants->n; i++)
                free(wants->list[i].pattern);
        free(wants->list);
        *wants = (struct wants){0};
}
