/* tracee_registers.h: the registers of a stopped thread, as its architecture and ABI have them; for
 * tracee.c alone. Layer 1.
 *
 * t->arch must be known wherever t is taken, t->nr where a number is not given. Those that return
 * int return 0 or -errno. Source: ptrace(2), syscall(2). */
#ifndef STOPGATE_TRACEE_REGISTERS_H
#define STOPGATE_TRACEE_REGISTERS_H

#include "tracee.h"

int registers_get(const struct tracee *t, struct user_regs_struct *regs);
int registers_set(const struct tracee *t, const struct user_regs_struct *regs);

/* Argument i, 0 to 5, of the thread itself. */
int registers_write_arg(const struct tracee *t, unsigned i, uint64_t value);

/* What regs hold: the arguments, into t->args; the stack pointer. */
void registers_args(struct tracee *t, const struct user_regs_struct *regs);
uint64_t registers_stack(const struct user_regs_struct *regs);

/* For regs that are set next: the arguments; the number of the call, at whose entry the thread
 * stands; the same call or another at the same instruction once more, after its return. */
void registers_set_args(const struct tracee *t, struct user_regs_struct *regs,
                        const uint64_t *args);
int registers_set_number(const struct tracee *t, struct user_regs_struct *regs, int nr);
int registers_rewind(const struct tracee *t, struct user_regs_struct *regs, int nr);

/* The same: the result as it is now. */
int registers_keep_result(const struct tracee *t, const struct user_regs_struct *now,
                          struct user_regs_struct *regs);

/* The number of the call that has failed with EINTR; negative: none has. */
int registers_interrupted(const struct user_regs_struct *regs);

/* Mark call t->nr of the thread as one that is made again, and: is it one? */
int registers_mark_restarted(const struct tracee *t);
bool registers_restarted(const struct user_regs_struct *regs);

#endif
