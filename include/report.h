/* report.h: what a run has touched, as one HTML page that needs nothing else. Layer 2. */
#ifndef STOPGATE_REPORT_H
#define STOPGATE_REPORT_H

#include <stdio.h>
#include "audit.h"

/* Write it; the audit is settled. path is $PATH, or NULL. Errors are left in out. */
void report_write(FILE *out, const struct audit *audit, const char *path);

#endif
