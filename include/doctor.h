/* doctor.h: --doctor: what this machine offers, and which promises hold here. Layer 3. */
#ifndef STOPGATE_DOCTOR_H
#define STOPGATE_DOCTOR_H

#include <stdio.h>

/* Tries every feature of kernel.h and says what it means. Returns 0, or -ENOTSUP if something is
 * missing without which no command can be run. Errors are left in out. */
int doctor_tell(FILE *out, const char *version);

#endif
