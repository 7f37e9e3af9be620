/* The digest is SipHash-2-4: the values are those of its authors' vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "siphash.h"
#include "util.h"

/* Of the bytes 0, 1, 2 and so on, with the key whose bytes are 0 to 15. */
static const struct vector {
        size_t len;
        uint64_t digest;
} vectors[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)}, {63, UINT64_C(0x958a324ceb064572)},
};

static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

static void digests_are_those_of_the_authors(void **state)
{
        unsigned char bytes[64];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)i;
        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
                struct siphash hash = siphash_new(key);

                siphash_add(&hash, bytes, vectors[i].len);
                assert_int_equal(siphash_end(&hash), vectors[i].digest);
        }
}

static void pieces_are_as_good_as_the_whole(void **state)
{
        static const char text[] = "security.capability and more";
        struct siphash whole = siphash_new(key);
        uint64_t digest;

        (void)state;
        siphash_add(&whole, text, sizeof(text));
        digest = siphash_end(&whole);
        for (size_t cut = 0; cut <= sizeof(text); cut++) {
                struct siphash pieces = siphash_new(key);

                siphash_add(&pieces, text, cut);
                siphash_add(&pieces, text + cut, sizeof(text) - cut);
                assert_int_equal(siphash_end(&pieces), digest);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(digests_are_those_of_the_authors),
                cmocka_unit_test(pieces_are_as_good_as_the_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
