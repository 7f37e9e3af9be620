/* replay.c: in place of libFuzzer, where nothing new is searched for: each file that is named is
 * given to the fuzzer's function once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE_MAX_OF_INPUT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
        static uint8_t data[SIZE_MAX_OF_INPUT];

        for (int i = 1; i < argc; i++) {
                FILE *file = fopen(argv[i], "rb");
                size_t size = file ? fread(data, 1, sizeof(data), file) : 0;
                /* In a block of its own size: a byte too far is seen by a sanitizer. */
                uint8_t *input = malloc(size ? size : 1);

                if (!file || !input || ferror(file)) {
                        fprintf(stderr, "%s: cannot be read\n", argv[i]);
                        return 1;
                }
                fclose(file);
                for (size_t n = 0; n < size; n++)
                        input[n] = data[n];
                fprintf(stderr, "%s\n", argv[i]);
                LLVMFuzzerTestOneInput(input, size);
                free(input);
        }
        return 0;
}
