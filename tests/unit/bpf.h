/* bpf.h: a small interpreter of classic BPF, as far as seccomp allows it, to ask an exported filter
 * what it answers. Source: seccomp(2), Documentation/networking/filter.rst. */
#ifndef STOPGATE_TESTS_BPF_H
#define STOPGATE_TESTS_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_program {
        struct sock_filter *code; /* owned */
        size_t len;               /* instructions */
};

/* What libseccomp would load for ctx. Returns 0 or -errno. */
int bpf_export(scmp_filter_ctx ctx, struct bpf_program *program);
void bpf_free(struct bpf_program *program);

/* The SECCOMP_RET_* value for data; SECCOMP_RET_KILL_PROCESS for a program that the kernel would
 * not load. *constant says that nothing but the ABI and the number was looked at, which is when the
 * kernel remembers an ALLOW and does not run the program again (seccomp_is_const_allow(),
 * since 5.11). */
uint32_t bpf_run(const struct bpf_program *program, const struct seccomp_data *data,
                 bool *constant);

/* Which of two stacked filters' answers the kernel takes. */
uint32_t bpf_strictest(uint32_t a, uint32_t b);

#endif
