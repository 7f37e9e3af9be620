/* switches.c: linked into build/tests/stopgate alone, the program as it is but for what the
 * environment turns off, so that each layer can be seen holding by itself:
 *
 *     STOPGATE_TEST_ABI=N        a kernel whose Landlock is of version N, 0: without
 *     STOPGATE_TEST_STOPS=off    the filter raises no stops, but for calls aimed at processes
 *
 * ld --wrap puts these in place of the real ones; nothing that is installed reads the variables. */
#include <stdlib.h>
#include <string.h>

#include "landlock.h"

int __real_landlock_abi(void);
int __wrap_landlock_abi(void);
bool __real_policy_polices(const struct policy *policy, const struct call *call);
bool __wrap_policy_polices(const struct policy *policy, const struct call *call);
bool __real_policy_stops(const struct policy *policy, const struct call *call);
bool __wrap_policy_stops(const struct policy *policy, const struct call *call);

int __wrap_landlock_abi(void)
{
        const char *wanted = getenv("STOPGATE_TEST_ABI");
        int abi = __real_landlock_abi();

        return wanted && atoi(wanted) < abi ? atoi(wanted) : abi;
}

static bool has_stops(void)
{
        const char *stops = getenv("STOPGATE_TEST_STOPS");

        return !stops || strcmp(stops, "off") != 0;
}

bool __wrap_policy_polices(const struct policy *policy, const struct call *call)
{
        return has_stops() && __real_policy_polices(policy, call);
}

bool __wrap_policy_stops(const struct policy *policy, const struct call *call)
{
        return has_stops() && __real_policy_stops(policy, call);
}
