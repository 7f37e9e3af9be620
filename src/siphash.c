/* siphash.c: a digest of bytes that nobody can aim at who does not know the key. */
#include "siphash.h"

struct siphash siphash_new(const uint64_t key[2])
{
        return (struct siphash){.v = {key[0] ^ UINT64_C(0x736f6d6570736575),
                                      key[1] ^ UINT64_C(0x646f72616e646f6d),
                                      key[0] ^ UINT64_C(0x6c7967656e657261),
                                      key[1] ^ UINT64_C(0x7465646279746573)}};
}

static uint64_t rotated(uint64_t word, unsigned bits)
{
        return word << bits | word >> (64 - bits);
}

/* Adds b to a, and mixes both. */
static void mix(uint64_t *a, uint64_t *b, unsigned bits)
{
        *a += *b;
        *b = rotated(*b, bits) ^ *a;
}

static void rounds_of(uint64_t v[4], unsigned rounds)
{
        for (; rounds > 0; rounds--) {
                mix(&v[0], &v[1], 13);
                v[0] = rotated(v[0], 32);
                mix(&v[2], &v[3], 16);
                mix(&v[0], &v[3], 21);
                mix(&v[2], &v[1], 17);
                v[2] = rotated(v[2], 32);
        }
}

static void take_word(struct siphash *hash)
{
        hash->v[3] ^= hash->word;
        rounds_of(hash->v, 2);
        hash->v[0] ^= hash->word;
        hash->word = 0;
}

void siphash_add(struct siphash *hash, const void *bytes, size_t len)
{
        const unsigned char *in = bytes;

        for (size_t i = 0; i < len; i++) {
                hash->word |= (uint64_t)in[i] << 8 * (hash->len % 8);
                if (++hash->len % 8 == 0)
                        take_word(hash);
        }
}

uint64_t siphash_end(struct siphash *hash)
{
        hash->word |= hash->len << 56;
        take_word(hash);
        hash->v[2] ^= 0xff;
        rounds_of(hash->v, 4);
        return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}
