/* hash.h: a hash of bytes, for tables in memory. Layer 0.
 *
 * FNV-1a: the hash of a prefix is on the way to the hash of the whole. The command can choose names
 * that collide, so bytes are to be compared too. */
#ifndef STOPGATE_HASH_H
#define STOPGATE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static inline uint64_t hash_byte(uint64_t hash, char byte)
{
        return (hash ^ (unsigned char)byte) * HASH_PRIME;
}

static inline uint64_t hash_bytes(const char *bytes, size_t len)
{
        uint64_t hash = HASH_START;

        for (size_t i = 0; i < len; i++)
                hash = hash_byte(hash, bytes[i]);
        return hash;
}

/* Where to look first in a table whose size is a power of two. */
static inline size_t hash_slot(uint64_t hash, size_t size)
{
        return (hash ^ hash >> 32) & (size - 1);
}

#endif
