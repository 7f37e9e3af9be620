/* names.h: the words for classes, actions and flags, one table each. Layer 0. */
#ifndef STOPGATE_NAMES_H
#define STOPGATE_NAMES_H

#include "event.h"
#include "fact.h"

/* "write" for CLASS_WRITE; "deny" for ACTION_DENY. Borrowed, never NULL for a valid value. */
const char *class_name(enum call_class class);
const char *action_name(enum action action);

/* "created"; "directory" for a mode of stat(2), NULL if it has no type; the words of a set of
 * CHANGED_*, one after the other: NULL ends them. */
const char *change_name(enum change_kind kind);
const char *file_type_name(uint32_t mode);
const char *changed_name(unsigned nth);

/* The class that has a section, or the action, of that name; or -1. */
int class_from_name(const char *name);
int action_from_name(const char *name);

/* One word of a flags argument: it stands when (flags & mask) == value. A list ends with a
 * NULL name; masks are tried in order and what they cover is taken away. */
struct flag_names {
        uint64_t mask, value;
        const char *name;
};

extern const struct flag_names open_flag_names[];   /* open(2), openat(2), openat2(2) */
extern const struct flag_names at_flag_names[];     /* AT_*: fchmodat(2), linkat(2), unlinkat(2) */
extern const struct flag_names rename_flag_names[]; /* renameat2(2) */
extern const struct flag_names xattr_flag_names[];  /* setxattr(2) */

/* "O_WRONLY|O_CREAT" into buf; bits without a word follow as hexadecimal, no bits at all as "0".
 * A list may name the value 0 of a mask (O_RDONLY). Returns the length; cut to fit size. */
#define FLAGS_TEXT_MAX 512 /* holds all the words of any list */
size_t flags_format(const struct flag_names *names, uint64_t flags, char *buf, size_t size);

/* The flags of which flags_format() made that text, whole. Returns 0, or -EINVAL: of none. */
int flags_parse(const struct flag_names *names, const char *text, uint64_t *flags);

#endif
