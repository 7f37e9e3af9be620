/* learn_text.h: what was learned, worded as a policy. Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_TEXT_H
#define STOPGATE_LEARN_TEXT_H

#include <stdio.h>
#include "audit.h"
#include "learn_wants.h"

/* A line of a policy that holds no comment: stopgate.ini(5), FILE FORMAT. */
#define LEARN_LINE_MAX 199

struct learn_text {
        const struct audit *audit;
        bool has_base;    /* base.ini is included */
        char *cwd, *home; /* as patterns, NULL: no such variable */
};

/* The pattern with ${PWD} and ${HOME}. Owned. */
char *learn_text_pattern(const struct learn_text *text, const char *pattern);

/* Does a rule for it fit on a line? */
bool learn_text_fits(const struct learn_text *text, const struct want *want);

/* The head of the policy, and a section; follows: it has none, for it is the same as [write]. */
void learn_text_head(const struct learn_text *text, FILE *out);
size_t learn_text_section(const struct learn_text *text, FILE *out, enum call_class class,
                          struct want *wants, size_t n);

/* What stands for a section of which the record does not tell all: it is left open, but for
 * connections; follows: if nothing were said it would follow [write], which is not open. */
void learn_text_unrecorded(FILE *out, enum call_class class, bool follows);

/* Lines of a comment under a title: "read /a/b". Each once, in their order. */
struct learn_lines {
        char **list; /* owned */
        size_t n;
};
void learn_lines_add(struct learn_lines *lines, enum call_class class, const struct words *path,
                     const struct words *rule);
void learn_lines_sort(struct learn_lines *lines);
void learn_lines_write(const struct learn_lines *lines, FILE *out, const char *title);
void learn_lines_fini(struct learn_lines *lines);

#endif
