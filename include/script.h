/* script.h: what "#!" lines run. Layer 2. Source: execve(2), "Interpreter scripts". */
#ifndef STOPGATE_SCRIPT_H
#define STOPGATE_SCRIPT_H

#include "event.h"
#include "tracee.h"

enum {
        SCRIPT_LINE_MAX = 256, /* BINPRM_BUF_SIZE, since 5.1 */
        SCRIPT_DEPTH_MAX = 5   /* exec_binprm() in fs/exec.c gives up beyond it */
};

/* The interpreter that the file's first line names, in line. 1; 0: it is no script, or stopgate has
 * no right to read it; or -errno. */
int script_interpreter(int place, char *line, size_t size, const char **name);

/* objects[0], of which place is an O_PATH descriptor (borrowed), is about to be executed: if it is
 * a script, add its interpreter as an object that is asked for exec, and the interpreter's, as deep
 * as the kernel goes. What cannot be resolved or read ends the chain, and is the event's error: by
 * then it may be there. A file that stopgate has no right to read is taken for a binary. */
void script_add_interpreters(const struct tracee *t, struct event *event, int place);

#endif
