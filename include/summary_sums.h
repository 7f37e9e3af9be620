/* summary_sums.h: the lines of a summary that speak of the run as a whole. Layer 2. */
#ifndef STOPGATE_SUMMARY_SUMS_H
#define STOPGATE_SUMMARY_SUMS_H

#include "line.h"
#include "summary_lists.h"

/* How it ended, whether something was refused, and whether there is something to look at. */
void summary_put_verdict(struct line *line, const struct audit *audit,
                         const struct summary_lists *lists);

/* What was written in all; nothing if nothing is known of it. */
void summary_put_sums(struct line *line, const struct audit *audit);

/* What the audit does not know; nothing if there is nothing of that kind. */
void summary_put_unknown(struct line *line, const struct audit *audit,
                         const struct summary_lists *lists);
void summary_put_dropped(struct line *line, const struct audit *audit);

#endif
