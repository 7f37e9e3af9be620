/* facts.h: facts of calls that were judged, and what follows from a fact alone. Pure. Layer 1. */
#ifndef STOPGATE_FACTS_H
#define STOPGATE_FACTS_H

#include "fact.h"
#include "record_fields.h"

/* Where the names of a fact lie. */
struct fact_room {
        struct shown_name path, to;
        char rule[RECORD_RULE_MAX];
};

/* What the record of that call states, but the time. It borrows from event and room. */
void fact_of_call(const struct event *event, const struct verdict *verdict, struct fact *fact,
                  struct fact_room *room);

/* What the call asks for by its row and flags, on its first name and on its second (CLASS_BIT, of
 * the object alone: not what it carries). An open that may create asks for that whether or not the
 * file was there, and a rename to remove what stands at its target, so that a second run may ask
 * for the same. Of a name that is not stated nothing is asked. */
unsigned fact_asks(const struct fact *fact, unsigned *asks_to);

#endif
