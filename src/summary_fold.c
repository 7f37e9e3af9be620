/* summary_fold.c: many paths on few lines. */
#include "summary_fold.h"

#include "util.h"

/* Paths of one directory: all that share its first len bytes. */
struct range {
        size_t first, end;
        size_t len; /* of the directory's name; 0: the root */
};

/* Single paths that lie in so many directories of the root stay apart: "/" tells nothing. */
#define ROOT_SINGLES 4

struct folding {
        const struct words *paths;
        struct fold *folds;
        size_t *line_of;
        size_t lines;
};

static int byte_order(unsigned char c)
{
        return c == '/' ? 0 : c + 1;
}

int fold_compare(const struct words *a, const struct words *b)
{
        size_t len = a->len < b->len ? a->len : b->len;

        for (size_t i = 0; i < len; i++)
                if (a->bytes[i] != b->bytes[i])
                        return byte_order((unsigned char)a->bytes[i]) -
                               byte_order((unsigned char)b->bytes[i]);
        return (a->len > b->len) - (a->len < b->len);
}

static size_t path_len(const struct words *path)
{
        return path->len == 1 ? 0 : path->len; /* "/" ends in the slash that others begin with */
}

/* Where the component of path ends that follows its first len bytes; they end before a slash. */
static size_t component_end(const struct words *path, size_t len)
{
        const char *slash = NULL;

        if (path_len(path) <= len)
                return len;
        if (len + 1 < path->len)
                slash = memchr(path->bytes + len + 1, '/', path->len - len - 1);
        return slash ? (size_t)(slash - path->bytes) : path->len;
}

/* The paths from first on that are, or are below, the same entry of the directory. */
static struct range entry_at(const struct folding *folding, const struct range *range, size_t first)
{
        const struct words *path = &folding->paths[first];
        struct range entry = {first, first + 1, component_end(path, range->len)};

        while (entry.end < range->end) {
                const struct words *next = &folding->paths[entry.end];

                if (component_end(next, range->len) != entry.len ||
                    memcmp(path->bytes + range->len, next->bytes + range->len,
                           entry.len - range->len) != 0)
                        break;
                entry.end++;
        }
        return entry;
}

/* A directory of several paths; else it is a path of its own, or the directory itself. */
static bool is_directory(const struct range *entry, size_t above)
{
        return entry->end - entry->first > 1 && entry->len > above;
}

static size_t add_line(struct folding *folding, size_t first)
{
        folding->folds[folding->lines] = (struct fold){.first = first};
        return folding->lines++;
}

static void put(struct folding *folding, size_t line, size_t i, size_t dir_len)
{
        struct fold *fold = &folding->folds[line];
        const struct words *path = &folding->paths[i];

        fold->count++;
        fold->dir_len = dir_len;
        fold->itself = fold->itself || path_len(path) == dir_len;
        fold->deep = fold->deep || component_end(path, dir_len) < path_len(path);
        folding->line_of[i] = line;
}

static void show_each(struct folding *folding, const struct range *range)
{
        for (size_t i = range->first; i < range->end; i++)
                put(folding, add_line(folding, i), i, range->len);
}

static void fold_all(struct folding *folding, const struct range *range)
{
        size_t line = add_line(folding, range->first);

        for (size_t i = range->first; i < range->end; i++)
                put(folding, line, i, range->len);
}

/* Down to where the paths part. */
static void descend(const struct folding *folding, struct range *range)
{
        struct range entry = entry_at(folding, range, range->first);

        while (entry.end == range->end && is_directory(&entry, range->len)) {
                *range = entry;
                entry = entry_at(folding, range, range->first);
        }
}

struct want {
        size_t lines, index;
};

static int compare_wants(const void *a, const void *b)
{
        const struct want *x = a, *y = b;

        return (x->lines > y->lines) - (x->lines < y->lines);
}

void fold_share(const size_t *wants, size_t n, size_t budget, size_t *shares)
{
        cleanup_free struct want *sorted = xcalloc(n + 1, sizeof(*sorted));

        for (size_t i = 0; i < n; i++)
                sorted[i] = (struct want){wants[i], i};
        qsort(sorted, n, sizeof(*sorted), compare_wants);
        for (size_t i = 0; i < n; i++) {
                size_t share = budget / (n - i);

                if (share > sorted[i].lines)
                        share = sorted[i].lines;
                if (share < 1 && sorted[i].lines > 0)
                        share = 1;
                shares[sorted[i].index] = share;
                budget -= share < budget ? share : budget;
        }
}

/* What is in a directory: directories of several paths each, and single paths. */
struct entries {
        struct range *directories; /* owned */
        size_t ndirectories, singles;
};

static int compare_sizes(const void *a, const void *b)
{
        const struct range *x = a, *y = b;
        size_t size = x->end - x->first, other = y->end - y->first;

        if (size != other)
                return size < other ? -1 : 1;
        return x->first < y->first ? -1 : x->first > y->first;
}

static struct entries find_entries(const struct folding *folding, const struct range *range)
{
        struct entries entries = {0};
        size_t room = 0;

        for (size_t i = range->first; i < range->end;) {
                struct range entry = entry_at(folding, range, i);

                i = entry.end;
                if (!is_directory(&entry, range->len)) {
                        entries.singles += entry.end - entry.first;
                        continue;
                }
                if (entries.ndirectories == room) {
                        room = room ? 2 * room : 16;
                        entries.directories = xreallocarray(entries.directories, room,
                                                            sizeof(*entries.directories));
                }
                entries.directories[entries.ndirectories++] = entry;
        }
        return entries;
}

/* Single paths on a line each, or all of them on one. Returns how many lines that took. */
static size_t fold_singles(struct folding *folding, const struct range *range, bool together)
{
        size_t before = folding->lines, line = SIZE_MAX;

        for (size_t i = range->first; i < range->end;) {
                struct range entry = entry_at(folding, range, i);

                for (; i < entry.end && !is_directory(&entry, range->len); i++) {
                        if (line == SIZE_MAX || !together)
                                line = add_line(folding, i);
                        put(folding, line, i, range->len);
                }
                i = entry.end;
        }
        return folding->lines - before;
}

static void fold_range(struct folding *folding, struct range range, size_t budget);

/* Small ones first: what they do not need is left to the others. */
static void fold_directories(struct folding *folding, const struct entries *entries, size_t budget)
{
        if (entries->ndirectories > 0)
                qsort(entries->directories, entries->ndirectories, sizeof(*entries->directories),
                      compare_sizes);
        for (size_t i = 0; i < entries->ndirectories; i++) {
                size_t before = folding->lines, used;

                fold_range(folding, entries->directories[i], budget / (entries->ndirectories - i));
                used = folding->lines - before;
                budget -= used < budget ? used : budget;
        }
}

static void fold_range(struct folding *folding, struct range range, size_t budget)
{
        struct entries entries;
        bool each, apart;
        size_t used;

        if (range.end - range.first <= budget) {
                show_each(folding, &range);
                return;
        }
        descend(folding, &range);
        entries = find_entries(folding, &range);
        each = entries.singles + entries.ndirectories <= budget;
        each = each || (range.len == 0 && entries.singles <= ROOT_SINGLES);
        apart = entries.ndirectories > 0 && (entries.ndirectories < budget || range.len == 0);
        if (each || apart) {
                used = fold_singles(folding, &range, !each);
                fold_directories(folding, &entries, budget > used ? budget - used : 0);
        } else {
                fold_all(folding, &range);
        }
        free(entries.directories);
}

/* Number the lines in the order of their first paths. */
static void sort_lines(struct folding *folding, size_t n)
{
        cleanup_free struct fold *folds = xcalloc(folding->lines + 1, sizeof(*folds));
        cleanup_free size_t *number = xcalloc(folding->lines + 1, sizeof(*number));
        size_t lines = 0;

        for (size_t i = 0; i < n; i++) {
                size_t line = folding->line_of[i];

                if (folding->folds[line].first == i) {
                        number[line] = lines;
                        folds[lines++] = folding->folds[line];
                }
                folding->line_of[i] = number[line];
        }
        memcpy(folding->folds, folds, lines * sizeof(*folds));
}

size_t fold_paths(const struct words *paths, size_t n, size_t budget, struct fold *folds,
                  size_t *line_of)
{
        struct folding folding = {paths, folds, line_of, 0};

        if (n > 0)
                fold_range(&folding, (struct range){0, n, 0}, budget);
        sort_lines(&folding, n);
        return folding.lines;
}
