/* place.h: what the kernel calls the place that an O_PATH descriptor stands for. Layer 2.
 * Source: proc(5) on /proc/PID/fd, open(2) on O_PATH, openat2(2). */
#ifndef STOPGATE_PLACE_H
#define STOPGATE_PLACE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "event.h"

/* openat2(2) with O_PATH and O_CLOEXEC. Returns a descriptor or -errno. */
int place_open(int at, const char *path, uint64_t flags, uint64_t resolve);

/* Is it the place of a symbolic link itself? */
bool place_is_link(int fd);

/* A second descriptor for the same place, or -errno. */
int place_dup(int fd);

/* From now on names are looked up through a descriptor that is kept, which is cheaper. For a
 * process that forks no more: its child would be told the names of its parent's descriptors. */
void place_keep_names(void);

/* Fill in the kind, name and length of object, and that it exists. Returns 0 or -errno;
 * -ENAMETOOLONG: the kernel has no name short enough. */
int place_name(int fd, struct object *object);

/* The same, but a directory that is too deep is named by the nearest one above it that has a
 * name, and "/...": that is what rules can speak of. */
int place_name_near(int fd, struct object *object);

/* Name the entry of directory fd, which need not exist: object->exists, ->directory and ->link say
 * what is there. 0 or -errno. */
int place_name_entry(int fd, const char *entry, struct object *object);

/* Set the error of object, and return it. */
static inline int place_failed(struct object *object, int error)
{
        object->error = error;
        return error;
}

#endif
