/* audit_names.h: each name that a run touches: how it stood before, what stands there now, and
 * where its own content went. Private to audit_names.c, audit_moves.c and audit_changes.c. Layer 2.
 *
 * A name is where something stands; what stood at a name when the run began is called after it, and
 * moves when it is renamed. So each name knows whose content it holds now, and where its own
 * content went. What lies below a directory that was moved moves with it: such a name is looked up
 * at the place where it stands now, under the name that it had. */
#ifndef STOPGATE_AUDIT_NAMES_H
#define STOPGATE_AUDIT_NAMES_H

#include "audit_changes.h"
#include "file_look.h"

#define OWN     INTERN_NONE       /* its own, or what has been made there since */
#define NOWHERE (INTERN_NONE - 1) /* gone, or never there */

/* What calls alone tell of a name. */
enum presence { UNKNOWN, ABSENT, PRESENT };

struct name {
        bool looked;               /* before is known, or unseen */
        bool made;                 /* by the run, at least once */
        bool stated;               /* a record says itself what became of it */
        bool written, times, attr; /* calls that succeeded: wrote, set times, changed attributes */
        enum presence existed, exists;
        uint32_t holds; /* the name whose content stands here, or OWN */
        uint32_t went;  /* the name at which its content stands, OWN or NOWHERE */
        uint32_t file;  /* of before, by number in files, or INTERN_NONE */
        struct file_look before;
};

/* A file that was looked at, by whatever name: calls by any of them count for all. */
struct seen_file {
        uint32_t name; /* the first under which it was looked at */
        bool written, times;
};

struct changes {
        struct intern *names;   /* borrowed */
        unsigned char *parents; /* directories above any of them, each a bit by its hash: the names
                                 * of all that are above one path could be megabytes */
        struct intern *files;   /* that stood somewhere before, as struct identity */
        bool live, stated;
        struct name *at; /* by number */
        size_t n, room;
        struct seen_file *seen; /* by number in files */
        size_t nseen, seen_room;
        struct change *list;
        struct file_look **looks; /* owned: what list borrows from, how things stand after */
        size_t nlist, list_room, nlooks, looks_room;
        uint64_t temporary;
        size_t kept; /* bytes of contents */
};

/* The bytes of a name; all that is known of it, valid until another name is added. */
struct words changes_words(const struct changes *changes, uint32_t name);
struct name *changes_name(struct changes *changes, uint32_t name);

/* Is it a path, not a name that only stands for one? */
bool changes_is_path(const struct words *name);

/* Remember the directories above it. */
void changes_note_parents(struct changes *changes, const struct words *path);

/* Is any name that was noted below that directory? False is sure. */
bool changes_may_have_below(const struct changes *changes, const struct words *dir);

/* The name that follows from path by putting another directory, dir, in place of its first len
 * bytes. INTERN_NONE: there are too many. */
uint32_t changes_rebase(struct changes *changes, const struct words *path, size_t len,
                        uint32_t dir);

/* Where what stood at that name in the beginning stands now, as far as directories above it have
 * moved; NOWHERE. */
uint32_t changes_present_place(struct changes *changes, uint32_t name);

/* What was looked at under that name, by that name or another one: did a call write it, or set its
 * times? And the first look at it. */
bool changes_was_written(const struct changes *changes, const struct name *it);
bool changes_had_times_set(const struct changes *changes, const struct name *it);
struct file_look *changes_first_look(struct changes *changes, struct name *it);

/* Where that content stands, of all its names if the run has linked it. */
uint32_t changes_main_place(const struct changes *changes, uint32_t content);

/* Live: see how a name stands, if that is not known yet. here: where that is now which stands at
 * the name by the calls noted so far; NOWHERE: at the name, and what stood there in the beginning
 * is gone. */
void changes_look_at(struct changes *changes, uint32_t name, uint32_t here);

#endif
