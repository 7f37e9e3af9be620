/* path.h: paths as text: pure, no system calls, no allocation. Layer 0. */
#ifndef STOPGATE_PATH_H
#define STOPGATE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Join dir (absolute) and rel (may be absolute, then dir is ignored) and take "//", "." and ".."
 * out, as text: no link is followed. Works on bytes up to rel_len, no NUL is needed. The result
 * is NUL-terminated, has no trailing slash unless it is "/". Returns its length, -ENAMETOOLONG. */
ssize_t path_join(const char *dir, const char *rel, size_t rel_len, char *buf, size_t size);

/* True when path (len bytes) is dir (dir_len bytes) or below it. Both canonical. "/" covers all. */
bool path_covers(const char *dir, size_t dir_len, const char *path, size_t len);

/* True when pattern holds an unescaped wildcard: * ? [ */
bool path_has_wildcard(const char *pattern);

/* Length of the part before the first unescaped wildcard, in bytes of the pattern. */
size_t path_literal_len(const char *pattern);

/* True when the pattern holds an unescaped '[' that is not closed within its component. */
bool path_has_open_set(const char *pattern);

/* Take backslash escapes out, in place; returns the new length. For patterns without wildcards. */
size_t path_unescape(char *pattern);

/* Match the whole of text (len bytes) against a pattern: '*' any run without '/', '?' one byte but
 * '/', '[a-z]' and '[!a-z]' one byte of the set but '/', '**' any run with '/', and a double star
 * between two slashes also nothing at all (a, two stars, b matches a/b); backslash takes the next
 * byte as it is. An unclosed '[' matches itself. Time is bounded by len * strlen(pattern). A
 * pattern of PATH_PATTERN_MAX bytes or more matches nothing. */
bool path_match(const char *pattern, const char *text, size_t len);

/* The literal bytes with which all that the pattern matches ends; puts their number into len, at
 * most PATH_TAIL_MAX. Borrowed from pattern. */
#define PATH_TAIL_MAX 32
const char *path_literal_tail(const char *pattern, size_t *len);

/* True when the pattern might match something strictly below path (canonical, len bytes). */
bool path_match_below(const char *pattern, const char *path, size_t len);

/* A path of PATH_MAX bytes that are all escaped still fits. */
#define PATH_PATTERN_MAX (2 * PATH_MAX)

/* Put a backslash before every byte of text (len bytes) that would be a wildcard or an escape.
 * The result is NUL-terminated. Returns its length or -ENAMETOOLONG. */
ssize_t path_escape(const char *text, size_t len, char *buf, size_t size);

#endif
