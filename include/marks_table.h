/* marks_table.h: the files that marks.h knows by their names: data. Layer 1. */
#ifndef STOPGATE_MARKS_TABLE_H
#define STOPGATE_MARKS_TABLE_H

#include <stddef.h>

/* The first row that matches counts. A pattern without wildcards is a file or a directory and all
 * below it; one with * or ? (path_match()) is what it matches. One that begins with "~" is about
 * every home directory. */
struct mark_row {
        const char *pattern;
        const char *mark; /* NULL: nothing special, whatever further rows say */
};

/* What somebody runs, trusts or obeys later without having been asked. */
extern const struct mark_row change_marks[];
extern const size_t nchange_marks;

/* What holds keys, tokens and passwords. */
extern const struct mark_row read_marks[];
extern const size_t nread_marks;

#endif
