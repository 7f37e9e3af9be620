/* fuzz_policy_load.c: no text makes the loader fail but by its messages. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy_load.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc;
        (void)argv;
        return setenv("HOME", "/home/fuzz", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct policy policy;
        struct messages messages = {0};
        struct loader *loader;

        policy_init(&policy);
        loader = loader_new(&policy, &messages);
        (void)loader_add_text(loader, "fuzz.ini", "/nowhere", (const char *)data, size);
        loader_finish(loader);
        loader_free(loader);
        messages_fini(&messages);
        policy_fini(&policy);
        return 0;
}
