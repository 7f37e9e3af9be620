/* filter.c: policy + table -> seccomp filters. See filter.h. */
#include "filter.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "filter_context.h"
#include "tracee.h"
#include "util.h"

/* The data of a TRACE is never used: a filter of the command's own may replace it (design, 10). */
#define ACTION_STOP SCMP_ACT_TRACE(0)

/* The answer to a closed call: where it is closed only if aimed outside, or to those who have
 * pinned arguments, somebody must look. */
static uint32_t closed_action(enum call_kind kind, int err, bool outside)
{
        return outside || kind == CALL_GUARDED ? ACTION_STOP : SCMP_ACT_ERRNO((uint16_t)err);
}

/* Does a closed condition make the same tests? libseccomp takes no two answers to one question. */
static bool is_overruled(const struct policy *policy, const struct call *call,
                         const struct call_condition *condition)
{
        for (const struct call_condition *c = call->conditions; c->ntests; c++)
                if (policy_closes_condition(policy, c) && c->ntests == condition->ntests &&
                    !memcmp(c->tests, condition->tests, c->ntests * sizeof(c->tests[0])))
                        return true;
        return false;
}

/* The arguments of what socketcall(2) does lie in memory: it stops whatever they are. libseccomp
 * would test the registers of socketcall itself. */
static int add_subcall(scmp_filter_ctx stops, const struct call *call)
{
        struct call_test test = {.arg = 0, .mask = UINT32_MAX, .value = calls_subcall_number(call)};

        if (!test.value)
                return 0;
        return filter_context_add(stops, ACTION_STOP, calls_by_name("socketcall"), 1, &test);
}

/* Does the policy close all that can be closed by itself? */
static bool closes_all(const struct policy *policy)
{
        size_t n;
        const struct call *table = calls_table(&n);

        for (const struct call *call = table; call < table + n; call++) {
                if (filter_context_is_closed(call->kind, call->outside, call->signals) &&
                    !policy_closes_call(policy, call))
                        return false;
                for (const struct call_condition *c = call->conditions; c && c->ntests; c++)
                        if (filter_context_is_closed(c->kind, c->outside, c->signals) &&
                            !policy_closes_condition(policy, c))
                                return false;
        }
        return true;
}

static int add_conditions(const struct filter *filter, const struct policy *policy,
                          const struct call *call)
{
        scmp_filter_ctx stops = filter->stops;
        bool stop = policy_polices(policy, call);
        int r = stop ? add_subcall(stops, call) : 0, shut = policy_shuts(policy, call);

        for (const struct call_condition *c = call->conditions; r == 0 && c->ntests; c++) {
                if (filter->closed && filter_context_is_closed(c->kind, c->outside, c->signals))
                        continue;
                if (policy_closes_condition(policy, c))
                        r = filter_context_add(stops, closed_action(c->kind, c->err, c->outside),
                                               call, c->ntests, c->tests);
                else if ((stop || (shut && !c->wide)) && c->kind == CALL_POLICED &&
                         !is_overruled(policy, call, c))
                        r = filter_context_add(stops,
                                               stop ? ACTION_STOP : SCMP_ACT_ERRNO((uint16_t)shut),
                                               call, c->ntests, c->tests);
        }
        return r;
}

static int role_index(const struct call *call, enum arg_role role)
{
        for (unsigned i = 0; i < ARRAY_SIZE(call->args); i++)
                if (call->args[i].role == role)
                        return (int)i;
        return -1;
}

/* An open can change something only with one of these, whatever else it says; it is not asked
 * whether they make sense together. The kernel's bit of O_TMPFILE is the one beside O_DIRECTORY. */
static int add_changing_open(scmp_filter_ctx stops, const struct call *call, unsigned flags_arg)
{
        static const uint32_t bits[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC,
                                        O_TMPFILE & ~O_DIRECTORY};
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(bits); i++) {
                struct call_test test = {.arg = flags_arg, .mask = bits[i], .value = bits[i]};
                r = filter_context_add(stops, ACTION_STOP, call, 1, &test);
        }
        return r;
}

static int add_stop(scmp_filter_ctx stops, const struct policy *policy, const struct call *call)
{
        if (!policy_polices(policy, call))
                return 0;
        if (policy->calls_given)
                return filter_context_add(stops, ACTION_STOP, call, 0, NULL);
        /* The rule for connect(2) also covers socketcall(SYS_CONNECT): libseccomp sees to it. */
        if (role_index(call, ARG_SUBCALL) >= 0)
                return 0;
        int flags_arg = role_index(call, ARG_OFLAGS);
        if (flags_arg >= 0 && !policy_concerns(policy, CLASS_READ))
                return add_changing_open(stops, call, (unsigned)flags_arg);
        return filter_context_add(stops, ACTION_STOP, call, 0, NULL);
}

static int add_row(const struct filter *filter, const struct policy *policy,
                   const struct call *call)
{
        scmp_filter_ctx stops = filter->stops;

        if (filter->closed && filter_context_is_closed(call->kind, call->outside, call->signals))
                return 0;
        if (policy_closes_call(policy, call))
                return filter_context_add(
                        stops, closed_action(call->kind, call->err, call->outside), call, 0, NULL);
        if (call->conditions)
                return add_conditions(filter, policy, call);
        int shut = policy_shuts(policy, call);
        if (shut)
                return filter_context_add(stops, SCMP_ACT_ERRNO((uint16_t)shut), call, 0, NULL);
        if (policy_orders(policy, call))
                return filter_context_add(stops, ACTION_STOP, call, 0, NULL);
        if (call->kind == CALL_POLICED)
                return add_stop(stops, policy, call);
        return 0;
}

static int build_stops(struct filter *filter, const struct policy *policy)
{
        size_t n;
        const struct call *table = calls_table(&n);
        int r = filter_context_new(&filter->stops, SCMP_ACT_ALLOW);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_row(filter, policy, &table[i]);
        return r;
}

static bool has_i386(void)
{
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        for (size_t i = 0; i < n; i++)
                if (abis[i] == SCMP_ARCH_X86)
                        return true;
        return false;
}

int filter_build(struct filter *filter, const struct policy *policy, bool whole)
{
        bool closes = policy_closes(policy, CALL_BLINDING, NULL) ||
                      policy_closes(policy, CALL_CONFINING, NULL);

        *filter = (struct filter){.gate = closes, .closed = !whole && closes_all(policy)};
        int r = build_stops(filter, policy);
        filter->old_mmap = policy_pins(policy) && has_i386();
        if (r)
                filter_free(filter);
        return r;
}

/* ---- who takes the terminal ---- */

/* ioctl_tty(2), and the older names of the first three. */
static const uint32_t terminal_requests[] = {TCSETS,  TCSETSW, TCSETSF,  TCSETA,   TCSETAW,
                                             TCSETAF, TCSETS2, TCSETSW2, TCSETSF2, TIOCSPGRP};

int filter_watch_terminal(struct filter *filter)
{
        const struct call *ioctl_row = calls_by_name("ioctl");
        int r = filter_context_new(&filter->terminal, SCMP_ACT_ALLOW);

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(terminal_requests); i++) {
                struct call_test test = {
                        .arg = 1, .mask = UINT32_MAX, .value = terminal_requests[i]};
                r = filter_context_add(filter->terminal, ACTION_STOP, ioctl_row, 1, &test);
        }
        return r;
}

bool filter_hands_over_terminal(const struct call *call, const uint64_t args[6])
{
        for (size_t i = 0; i < ARRAY_SIZE(terminal_requests); i++)
                if ((uint32_t)args[1] == terminal_requests[i])
                        return call && !strcmp(call->name, "ioctl");
        return false;
}

void filter_free(struct filter *filter)
{
        if (filter->terminal)
                seccomp_release(filter->terminal);
        if (filter->stops)
                seccomp_release(filter->stops);
        *filter = (struct filter){0};
}

static int load_program(struct sock_fprog program)
{
        /* SPEC_ALLOW is what SCMP_FLTATR_CTL_SSB asks for. */
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program))
                return -errno;
        return 0;
}

int filter_load(const struct filter *filter)
{
        /* As root the kernel would not ask for it. */
        if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
                return -EACCES;
        int r = filter->gate ? load_program(filter_gate_program) : 0;
        if (!r && filter->closed)
                r = load_program(filter_closed_program);
        if (!r)
                r = load_program(filter_notes_program);
        if (!r && filter->old_mmap)
                r = load_program(filter_old_mmap_program);
        if (!r && filter->terminal)
                r = filter_context_load(filter->terminal);
        return r ? r : filter_context_load(filter->stops);
}

static int dump(scmp_filter_ctx ctx, const char *title, int fd)
{
        if (dprintf(fd, "# stopgate: %s\n", title) < 0)
                return -errno;
        return seccomp_export_pfc(ctx, fd);
}

/* What is built in, made anew. */
static int dump_built_in(int (*make)(scmp_filter_ctx *), const char *title, int fd)
{
        scmp_filter_ctx ctx;
        int r = make(&ctx);

        if (r == 0)
                r = dump(ctx, title, fd);
        if (ctx)
                seccomp_release(ctx);
        return r;
}

int filter_dump(const struct filter *filter, int fd)
{
        int r = 0;

        if (filter->gate)
                r = dump_built_in(filter_context_gate, "the gate, what is known", fd);

        if (!r)
                r = dump(filter->stops, "the stops, and what is closed", fd);
        if (!r && filter->old_mmap)
                r = dump_built_in(filter_context_old_mmap, "no mmap with its arguments in memory",
                                  fd);
        return r;
}

const char **filter_stops(const struct policy *policy)
{
        size_t n, count = 0;
        const struct call *table = calls_table(&n);
        const char **names = xcalloc(n + 1, sizeof(*names));

        for (size_t i = 0; i < n; i++)
                if (policy_stops(policy, &table[i]))
                        names[count++] = table[i].name;
        return names;
}
