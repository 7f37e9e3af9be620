/* summary_cells.h: the words of a line of a summary. Layer 2. */
#ifndef STOPGATE_SUMMARY_CELLS_H
#define STOPGATE_SUMMARY_CELLS_H

#include "line.h"
#include "summary_fold.h"
#include "summary_lists.h"

/* What several entries on one line amount to. */
struct summary_totals {
        uint64_t files, directories, links, others; /* by what is there, or was */
        uint64_t size;                              /* of the files */
        uint64_t count;
        unsigned attributes; /* CHANGED_*, of any of them */
};

struct summary_line {
        const struct summary_entry *entry; /* the first of them */
        struct fold fold;                  /* count 1: the only one */
        struct summary_totals totals;
};

void summary_totals_add(struct summary_totals *totals, const struct summary_entry *entry);

/* A cell before the path; some stay empty. */
struct summary_cell {
        void (*put)(struct line *line, const struct summary_line *shown);
        bool right; /* is a number */
};

/* The cells of a section, ended by one with put NULL. */
#define SUMMARY_CELLS 6
extern const struct summary_cell summary_cells[SUMMARY_SECTIONS][SUMMARY_CELLS];

/* The last words of a line: a path, to be copied; or how many are below which one. */
void summary_put_place(struct line *line, const struct summary_line *shown, bool programs);

/* "3.4 MiB"; "1.5 s", "2 min 5 s". */
void summary_put_size(struct line *line, uint64_t bytes);
void summary_put_time(struct line *line, uint64_t micros);

/* "1 file", "2 files"; what is one, what several. */
void summary_put_number(struct line *line, uint64_t n, const char *one, const char *several);

#endif
