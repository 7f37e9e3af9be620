/* siphash.h: a digest of bytes that nobody can aim at who does not know the key. Layer 0. Source:
 * SipHash-2-4, Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
#ifndef STOPGATE_SIPHASH_H
#define STOPGATE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash {
        uint64_t v[4], word;
        uint64_t len;
};

struct siphash siphash_new(const uint64_t key[2]);
void siphash_add(struct siphash *hash, const void *bytes, size_t len);
uint64_t siphash_end(struct siphash *hash);

#endif
