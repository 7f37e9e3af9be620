/* summary_lists.h: what an audit holds, sorted into the sections of a summary. Layer 2. */
#ifndef STOPGATE_SUMMARY_LISTS_H
#define STOPGATE_SUMMARY_LISTS_H

#include "audit.h"

/* In the order in which they are shown. */
enum summary_section {
        SECTION_LOOK,
        SECTION_REFUSED,
        SECTION_DISCARDED,
        SECTION_DELETED,
        SECTION_CREATED,
        SECTION_MODIFIED,
        SECTION_RENAMED,
        SECTION_LINKED,
        SECTION_ATTRIBUTES,
        SECTION_ELSEWHERE, /* programs that are not of the system, or were made by the run */
        SECTION_PROGRAMS,
        SECTION_READ,
        SECTION_CONNECTED
};
#define SUMMARY_SECTIONS (SECTION_CONNECTED + 1)

/* One change, or touches that are alike. All is borrowed from the audit. */
struct summary_entry {
        struct words path, to;
        const struct change *change; /* NULL: it is none */
        const char *mark;            /* LOOK: what it is; ELSEWHERE: where it is from */
        const char *comm;            /* who; NULL: not stated */
        struct words rule;
        uint64_t count;
        int error; /* REFUSED: 0, or -errno */
        uint8_t class, action, would;
};

struct summary_list {
        struct summary_entry *entries; /* owned */
        size_t n, room;
        size_t marked; /* further ones, which stand in LOOK */
};

struct summary_lists {
        struct summary_list of[SUMMARY_SECTIONS];
        bool reads_known; /* some reading was recorded that was not to be refused */
        char *home;       /* owned, or NULL */
};

/* path is $PATH, or NULL. */
void summary_lists_init(struct summary_lists *lists, const struct audit *audit, const char *path);
void summary_lists_fini(struct summary_lists *lists);

#endif
