/* learn_elf.h: what the kernel runs beside a program, and no call names. Private to learn*.c.
 * Layer 2. Source: elf(5) on PT_INTERP, execve(2). */
#ifndef STOPGATE_LEARN_ELF_H
#define STOPGATE_LEARN_ELF_H

/* The ELF interpreter that a program asks for: an absolute path, below the root that it had. Owned;
 * NULL: it has none, is no such program, or cannot be read (any more). */
char *learn_elf_interpreter(const char *program);

/* The real name of path as it is found below that root. Owned; NULL: it is not there. */
char *learn_elf_below(const char *root, const char *path);

#endif
