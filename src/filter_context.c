/* filter_context.c: see filter_context.h. */
#include "filter_context.h"

#include <errno.h>

#include "tracee.h"
#include "util.h"

/* libseccomp takes x32 numbers for a foreign ABI. */
#define ACTION_FOREIGN SCMP_ACT_ERRNO(ENOSYS)

/* libseccomp 2.5 leaves out of a filter what it has no memory for, and calls that a success: only
 * errno, set by malloc(3) and cleared by nobody, tells of it. */
#define CHECKED(call) (errno = 0, checked(call))

static int checked(int r)
{
        return r || errno != ENOMEM ? r : -ENOMEM;
}

static struct scmp_arg_cmp comparison(const struct call_test *test)
{
        if (test->low)
                return SCMP_CMP64(test->arg, SCMP_CMP_MASKED_EQ, PINNED_ABOVE, 0);
        if (test->not_zero)
                return SCMP_CMP64(test->arg, SCMP_CMP_NE, 0);
        return SCMP_CMP32(test->arg, SCMP_CMP_MASKED_EQ, test->mask, test->value);
}

int filter_context_add(scmp_filter_ctx ctx, uint32_t action, const struct call *call,
                       unsigned ntests, const struct call_test *tests)
{
        struct scmp_arg_cmp compare[CALL_TESTS];
        int nr = seccomp_syscall_resolve_name(call->name);

        if (nr == __NR_SCMP_ERROR)
                return 0;
        for (unsigned i = 0; i < ntests; i++)
                compare[i] = comparison(&tests[i]);
        return CHECKED(seccomp_rule_add_array(ctx, action, nr, ntests, compare));
}

int filter_context_load(scmp_filter_ctx ctx)
{
        return CHECKED(seccomp_load(ctx));
}

static int add_abis(scmp_filter_ctx ctx)
{
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        for (size_t i = 0; i < n; i++) {
                int r = CHECKED(seccomp_arch_add(ctx, abis[i]));
                if (r < 0 && r != -EEXIST)
                        return r;
        }
        return 0;
}

enum { BINARY_TREE = 2 }; /* SCMP_FLTATR_CTL_OPTIMIZE, seccomp_attr_set(3) */

static int set_attributes(scmp_filter_ctx ctx)
{
        static const struct {
                enum scmp_filter_attr name;
                uint32_t value;
        } attributes[] = {
                {SCMP_FLTATR_ACT_BADARCH, ACTION_FOREIGN},
                {SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE},
                {SCMP_FLTATR_CTL_SSB,
                 1}, /* do not slow the command down for a guard against itself */
                {SCMP_FLTATR_CTL_NNP, 0}, /* launch sets it, and filter_load() insists */
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(attributes); i++)
                r = seccomp_attr_set(ctx, attributes[i].name, attributes[i].value);
        return r;
}

int filter_context_new(scmp_filter_ctx *ctx, uint32_t default_action)
{
        *ctx = seccomp_init(default_action);
        if (!*ctx)
                return -ENOMEM;
        int r = add_abis(*ctx);
        return r ? r : set_attributes(*ctx);
}

int filter_context_old_mmap(scmp_filter_ctx *ctx)
{
        int r;

        *ctx = seccomp_init(SCMP_ACT_ALLOW);
        if (!*ctx)
                return -ENOMEM;
        r = seccomp_arch_remove(*ctx, SCMP_ARCH_NATIVE);
        if (!r)
                r = seccomp_arch_add(*ctx, SCMP_ARCH_X86);
        if (!r)
                r = seccomp_attr_set(*ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
        if (!r)
                r = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_SSB, 1);
        if (!r)
                r = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_NNP, 0);
        return r ? r : seccomp_rule_add(*ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(mmap), 0);
}

static int build(scmp_filter_ctx *ctx, uint32_t default_action,
                 int (*add)(scmp_filter_ctx ctx, const struct call *call))
{
        size_t n;
        const struct call *table = calls_table(&n);
        int r = filter_context_new(ctx, default_action);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = add(*ctx, &table[i]);
        return r;
}

bool filter_context_is_closed(enum call_kind kind, bool outside, bool signals)
{
        return (kind == CALL_BLINDING || kind == CALL_CONFINING) && !outside && !signals;
}

static int add_closed(scmp_filter_ctx closed, const struct call *call)
{
        int r = 0;

        if (filter_context_is_closed(call->kind, call->outside, call->signals))
                return filter_context_add(closed, SCMP_ACT_ERRNO((uint16_t)call->err), call, 0,
                                          NULL);
        for (const struct call_condition *c = call->conditions; !r && c && c->ntests; c++)
                if (filter_context_is_closed(c->kind, c->outside, c->signals))
                        r = filter_context_add(closed, SCMP_ACT_ERRNO((uint16_t)c->err), call,
                                               c->ntests, c->tests);
        return r;
}

int filter_context_closed(scmp_filter_ctx *closed)
{
        return build(closed, SCMP_ACT_ALLOW, add_closed);
}

static int add_noted(scmp_filter_ctx notes, const struct call *call)
{
        if (call->note == NOTE_NOTHING)
                return 0;
        return filter_context_add(notes, SCMP_ACT_TRACE(0), call, 0, NULL);
}

int filter_context_notes(scmp_filter_ctx *notes)
{
        return build(notes, SCMP_ACT_ALLOW, add_noted);
}

static int add_known(scmp_filter_ctx gate, const struct call *call)
{
        return filter_context_add(gate, SCMP_ACT_ALLOW, call, 0, NULL);
}

int filter_context_gate(scmp_filter_ctx *gate)
{
        return build(gate, SCMP_ACT_ERRNO(ENOSYS), add_known);
}
