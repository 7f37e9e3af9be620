/* summary.h: what a run has touched, on one screen. Layer 2. */
#ifndef STOPGATE_SUMMARY_H
#define STOPGATE_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>
#include "audit.h"

struct summary_options {
        unsigned rows, columns; /* of the screen; 0: it is none, and less is left out */
        bool colour;
        const char *path; /* $PATH, or NULL */
};

/* Write it; the audit is settled. Errors are left in out. */
void summary_write(FILE *out, const struct audit *audit, const struct summary_options *options);

#endif
