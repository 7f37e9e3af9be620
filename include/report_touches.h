/* report_touches.h: the touches of a run as columns of numbers. Part of report.h. Layer 2. */
#ifndef STOPGATE_REPORT_TOUCHES_H
#define STOPGATE_REPORT_TOUCHES_H

#include "audit.h"
#include "report_json.h"

/* Two values with their keys: "touches", by column, and "ways", which a column of theirs names. */
void report_touches(struct json *json, const struct audit *audit);

#endif
