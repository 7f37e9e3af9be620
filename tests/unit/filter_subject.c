/* filter_subject.c: see filter_subject.h. */
#include "filter_subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bpf.h"
#include "tracee.h"
#include "util.h"

void subject_begin(struct subject *s)
{
        *s = (struct subject){0};
        policy_init(&s->policy);
        s->policy.pin = PIN_NEVER; /* its stops and guards are looked at by themselves */
}

void subject_speak(struct subject *s, enum call_class class, enum action fallback)
{
        s->policy.classes[class] = (struct class_policy){
                .spoken = true, .own = true, .has_fallback = true, .fallback = fallback};
}

void subject_name_call(struct subject *s, const char *name)
{
        s->policy.calls_given = true;
        s->policy.calls[s->policy.ncalls] = calls_by_name(name);
        assert_non_null(s->policy.calls[s->policy.ncalls++]);
}

void subject_open_word(struct subject *s, const char *word)
{
        s->policy.system[s->policy.nsystem++] = word;
}

static void build(struct subject *s, bool whole)
{
        policy_finish(&s->policy);
        assert_int_equal(filter_build(&s->filter, &s->policy, whole), 0);
        assert_int_equal(bpf_export(s->filter.stops, &s->stops), 0);
}

void subject_build(struct subject *s)
{
        build(s, false);
}

void subject_build_whole(struct subject *s)
{
        build(s, true);
}

void subject_end(struct subject *s)
{
        bpf_free(&s->stops);
        filter_free(&s->filter);
        policy_fini(&s->policy);
}

void subject_builtin(struct subject *s)
{
        subject_begin(s);
        subject_speak(s, CLASS_READ, ACTION_LOG);
        subject_speak(s, CLASS_WRITE, ACTION_LOG);
        subject_speak(s, CLASS_OUTPUT, ACTION_LOG);
        subject_name_call(s, "open");
        subject_name_call(s, "openat");
        subject_name_call(s, "write");
        subject_build(s);
}

void subject_denying_writes(struct subject *s)
{
        subject_begin(s);
        subject_speak(s, CLASS_WRITE, ACTION_DENY);
        subject_build(s);
}

void subject_speaking(struct subject *s, enum call_class class, enum action fallback)
{
        subject_begin(s);
        subject_speak(s, class, fallback);
        subject_build(s);
}

uint32_t subject_ask(const struct subject *s, const struct seccomp_data *data, bool *constant)
{
        uint32_t answer = bpf_run(&s->stops, data, constant);
        const struct bpf_program gate = {filter_gate_program.filter, filter_gate_program.len};
        const struct bpf_program closed = {filter_closed_program.filter, filter_closed_program.len};
        bool is_constant;

        if (s->filter.gate) {
                answer = bpf_strictest(answer, bpf_run(&gate, data, &is_constant));
                *constant = *constant && is_constant;
        }
        if (s->filter.closed) {
                answer = bpf_strictest(answer, bpf_run(&closed, data, &is_constant));
                *constant = *constant && is_constant;
        }
        return answer;
}

uint32_t subject_answer(const struct subject *s, uint32_t abi, int nr, const uint64_t args[6])
{
        struct seccomp_data data = {.nr = nr, .arch = abi};
        bool constant;

        if (args)
                memcpy(data.args, args, sizeof(data.args));
        return subject_ask(s, &data, &constant);
}

/* The number by which a process makes that call; -1 if the ABI does not have it. */
static int call_number(uint32_t abi, const char *name)
{
        int nr = seccomp_syscall_resolve_name_arch(abi, name);

        if (nr >= 0)
                return nr;
        for (nr = 0; nr < NUMBERS; nr++) {
                cleanup_free char *known = seccomp_syscall_resolve_num_arch(abi, nr);
                if (known && strcmp(known, name) == 0)
                        return nr;
        }
        return -1;
}

void assert_answer(const struct subject *s, const char *name, const uint64_t args[6],
                   uint32_t expected)
{
        size_t n;
        const uint32_t *abis = tracee_abis(&n);

        assert_non_null(calls_by_name(name));
        for (size_t i = 0; i < n; i++) {
                int nr = call_number(abis[i], name);
                uint32_t got = nr < 0 ? expected : subject_answer(s, abis[i], nr, args);

                if (got != expected)
                        fail_msg("%s(%#lx, %#lx, %#lx) on %s: %#x, expected %#x", name, args[0],
                                 args[1], args[2], tracee_abi_name(abis[i]), got, expected);
        }
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

void assert_i386(const struct subject *s, const char *name, const uint64_t args[6],
                 uint32_t expected)
{
        if (has_i386())
                assert_int_equal(
                        subject_answer(s, SCMP_ARCH_X86, call_number(SCMP_ARCH_X86, name), args),
                        expected);
}
