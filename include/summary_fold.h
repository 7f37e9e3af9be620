/* summary_fold.h: many paths on few lines: where a directory holds more than can be shown, one line
 * stands for all that is in it. Pure. Layer 1. */
#ifndef STOPGATE_SUMMARY_FOLD_H
#define STOPGATE_SUMMARY_FOLD_H

#include "fact.h"

/* One line: of one path, or of several. */
struct fold {
        size_t count;   /* of paths */
        size_t dir_len; /* of several: they are in the first dir_len bytes of any of them; 0: "/" */
        size_t first;   /* index of the first of them */
        bool deep;      /* some are in directories of it */
        bool itself;    /* one of them is that directory */
};

/* By components: all that is below a directory follows it. */
int fold_compare(const struct words *a, const struct words *b);

/* Assign each of the n absolute paths, which are sorted by fold_compare(), to one of at most budget
 * lines (or some more: directories of the root are not put together, for "/" tells nothing).
 * line_of[i] is an index into folds, which has room for n. Every directory gets a fair share of
 * the lines. Returns how many lines there are, in the order of their first paths. */
size_t fold_paths(const struct words *paths, size_t n, size_t budget, struct fold *folds,
                  size_t *line_of);

/* Give shares of budget to n who want that many each: who wants little gets it, the others the
 * same. Who wants any gets at least 1. shares may be wants. */
void fold_share(const size_t *wants, size_t n, size_t budget, size_t *shares);

#endif
