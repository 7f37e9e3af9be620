/* learn_fit.h: what is too much, or too long, for a line each. Private to learn*.c. Layer 2. */
#ifndef STOPGATE_LEARN_FIT_H
#define STOPGATE_LEARN_FIT_H

#include "learn_collect.h"

/* Many hosts with one port become the port. */
void learn_fit_ports(struct wants *wants);

/* Patterns that do not fit on a line become shorter ones, if that is permitted. */
void learn_fit_lines(struct learning *learning);

#endif
