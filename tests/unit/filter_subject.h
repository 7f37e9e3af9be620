/* filter_subject.h: a policy, its filters, and what they answer; for the tests of filter.c.
 * Evaluated by bpf.c, without a kernel. */
#ifndef STOPGATE_TESTS_FILTER_SUBJECT_H
#define STOPGATE_TESTS_FILTER_SUBJECT_H

#include "bpf.h"
#include "filter.h"

#define HIGH        0xdeadbeef00000000ull /* bits of a register that the kernel does not look at */
#define REFUSE(err) (SECCOMP_RET_ERRNO | (err))
#define ARGS(...)   ((const uint64_t[6]){__VA_ARGS__})
#define NO_ARGS     ARGS(0)

enum {
        NUMBERS = 1024, /* more than any ABI has */
        STOP = SECCOMP_RET_TRACE,
        ALLOW = SECCOMP_RET_ALLOW
};

struct subject {
        struct policy policy;
        struct filter filter;
        struct bpf_program stops;
};

/* A policy that speaks of nothing yet; what it is to say; then its filters. */
void subject_begin(struct subject *s);
void subject_speak(struct subject *s, enum call_class class, enum action fallback);
void subject_name_call(struct subject *s, const char *name); /* [trace] calls */
void subject_open_word(struct subject *s, const char *word); /* [system] allow */
void subject_build(struct subject *s);

/* The same, as --dump-filter shows it. */
void subject_build_whole(struct subject *s);
void subject_end(struct subject *s);

/* Whole policies: the built-in one; one that denies writing, and thus changing, and does not speak
 * of reading; one class alone. */
void subject_builtin(struct subject *s);
void subject_denying_writes(struct subject *s);
void subject_speaking(struct subject *s, enum call_class class, enum action fallback);

/* What the kernel does with a call; *constant: whether it will remember that. */
uint32_t subject_ask(const struct subject *s, const struct seccomp_data *data, bool *constant);
uint32_t subject_answer(const struct subject *s, uint32_t abi, int nr, const uint64_t args[6]);

/* The same answer on every ABI that has the call; on i386 alone, if this machine decodes it. */
void assert_answer(const struct subject *s, const char *name, const uint64_t args[6],
                   uint32_t expected);
void assert_i386(const struct subject *s, const char *name, const uint64_t args[6],
                 uint32_t expected);

#endif
