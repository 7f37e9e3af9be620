/* report_page.h: the page around the data of a report, as src/report/embed made it. Layer 0. */
#ifndef STOPGATE_REPORT_PAGE_H
#define STOPGATE_REPORT_PAGE_H

#include <stddef.h>

/* The data stand between them. */
extern const unsigned char report_page_head[], report_page_tail[];
extern const size_t report_page_head_len, report_page_tail_len;

#endif
