/* program.h: by which scripts a program that has just begun was started. Layer 2. Source:
 * execve(2), "Interpreter scripts", and load_script() in fs/binfmt_script.c. */
#ifndef STOPGATE_PROGRAM_H
#define STOPGATE_PROGRAM_H

#include "event.h"
#include "tracee.h"

/* t is at PTRACE_EVENT_EXEC and runs exe (O_PATH, borrowed), of which objects[0] is the name. If it
 * was a script that was executed, the kernel has put its interpreter in front of its arguments, and
 * the interpreter of that if it is a script too. Nobody else has written there yet. Each script in
 * between, which nothing else shows, is added as an object. */
void program_add_scripts(const struct tracee *t, int exe, struct event *event);

#endif
