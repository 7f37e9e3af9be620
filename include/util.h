/* util.h: diagnostics for people, and attributes that let scope clean up. Layer 0. */
#ifndef STOPGATE_UTIL_H
#define STOPGATE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a)          (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Some examples:
 *         cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
 *         cleanup_free char *text = strdup(s);
 *         return steal_fd(&fd);
 * Cleaning up never changes errno. */
#define cleanup_fd   __attribute__((cleanup(util_cleanup_fd)))
#define cleanup_free __attribute__((cleanup(util_cleanup_free)))
#define cleanup_file __attribute__((cleanup(util_cleanup_file)))

void util_cleanup_fd(int *fd);
void util_cleanup_free(void *pointer_to_pointer);
void util_cleanup_file(FILE **file);

/* Hand over what a cleanup attribute would otherwise have ended. */
int steal_fd(int *fd);
void *steal_pointer(void *pointer_to_pointer);

/* Say "stopgate: ..." on standard error, in one write(2), with every control byte of the
 * result escaped (a message may quote what the command or a policy named). warn_user() is
 * silenced by util_set_quiet(); error_user() is not. Neither adds strerror(). */
void error_user(const char *fmt, ...) PRINTF_LIKE(1, 2);
void warn_user(const char *fmt, ...) PRINTF_LIKE(1, 2);
void util_set_quiet(bool on);

/* Say it as error_user() does, then end the process with status. Only for main.c and for the
 * child before exec (conventions.md). */
void die(int status, const char *fmt, ...) PRINTF_LIKE(2, 3) __attribute__((noreturn));

/* malloc and friends that end the program (status 125) instead of returning NULL: used before
 * the command runs, and for what grows with the number of threads or, up to a limit, of names that
 * a run touches. or_die() does that for other functions that return NULL when memory is short. */
void *or_die(void *memory);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *old, size_t n, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Write all of it, going on after EINTR and short writes, and waiting where a descriptor would not
 * block. Returns 0 or -errno. */
int write_all(int fd, const void *data, size_t len);

/* Asks for as many descriptors as the process may have: the hard limit. */
void raise_descriptor_limit(void);

/* May fd stay open for convenience alone? Half of RLIMIT_NOFILE is given to that. */
bool may_stay_open(int fd);

/* A clock that nobody sets, in ms. */
int64_t monotonic_ms(void);

/* Does the signal stop a process that does nothing about it? signal(7). */
bool is_stop_signal(int signal);

/* Is fd a terminal that shows colours, and does the user want them? no-color.org. */
bool takes_colour(int fd);

/* The word of words[0..n) nearest to word by edit distance, or NULL when none is near enough
 * to be what was meant. Borrowed from words; NULL entries are skipped. */
const char *nearest_word(const char *word, const char *const *words, size_t n);

/* "EACCES" for 13; NULL for a number without a name. Borrowed. */
const char *errno_name(int err);

/* 13 for "EACCES", 0 when no errno has that name. */
int errno_from_name(const char *name);

#endif
