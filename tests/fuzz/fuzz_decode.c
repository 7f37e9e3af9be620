/* Any registers, any memory: decode must come to an end, stay within its event, and never leave
 * a call that it could not decode looking harmless. */
#include <assert.h>
#include <linux/audit.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "fake_tracee.h"

/* Pointers of the input lead here; what lies beyond is unmapped. */
#define MEMORY 0x10000u

struct input {
        uint8_t i386, nr[2], data;
        uint32_t args[6];
};

static struct event event;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct tracee t = {.tid = getpid(), .tgid = getpid()};
        struct decode_options options = {.descriptors = true};
        struct input input;

        if (size < sizeof(input))
                return 0;
        memcpy(&input, bytes, sizeof(input));
        fake_reset();
        fake_map(MEMORY, bytes + sizeof(input), size - sizeof(input));
        t.arch = input.i386 & 1 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
        t.nr = (input.nr[0] | input.nr[1] << 8) % 512;
        options.data = input.data;
        for (unsigned i = 0; i < 6; i++)
                t.args[i] = input.args[i] & 0xfff0000 ? input.args[i] : MEMORY + input.args[i];
        decode_call(&t, &options, &event);
        assert(event.nobjects <= EVENT_OBJECTS && event.nasks <= EVENT_ASKS);
        assert(event.data_len <= options.data && event.raw_len < PATH_MAX);
        assert(event.error <= 0 && (!event.undecodable || event.error));
        for (unsigned i = 0; i < event.nasks; i++)
                assert(event.undecodable ||
                       event.objects[event.asks[i].object].kind != OBJECT_NONE);
        for (unsigned i = 0; i < event.nobjects; i++)
                assert(event.objects[i].len < sizeof(event.objects[i].path));
        return 0;
}
