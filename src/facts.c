/* facts.c: facts of calls that were judged, and what follows from a fact alone. */
#include "facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define READS   CLASS_BIT(CLASS_READ)
#define WRITES  CLASS_BIT(CLASS_WRITE)
#define CREATES CLASS_BIT(CLASS_CREATE)
#define DELETES CLASS_BIT(CLASS_DELETE)

static struct words words_of(const struct shown_name *name)
{
        return (struct words){name->bytes, name->bytes ? name->len : 0};
}

void fact_of_call(const struct event *event, const struct verdict *verdict, struct fact *fact,
                  struct fact_room *room)
{
        size_t rule_len = record_rule(verdict, room->rule);

        record_path(event, &room->path);
        record_to(event, verdict, &room->to);
        *fact = (struct fact){
                .kind = FACT_CALL,
                .tgid = event->tgid,
                .tid = event->tid,
                .comm = {event->comm, strlen(event->comm)},
                .call = event->call,
                .class = verdict->class,
                .action = verdict->action,
                .would = verdict->would,
                .path = words_of(&room->path),
                .to = words_of(&room->to),
                .rule = {rule_len > 0 ? room->rule : NULL, rule_len},
                .has_flags = event->has & EVENT_HAS_FLAGS,
                .flags = event->has & EVENT_HAS_FLAGS ? event->flags : 0,
                .has_count = event->has & EVENT_HAS_COUNT,
                .count = event->has & EVENT_HAS_COUNT ? event->count : 0,
        };
        fact->has_result = record_result(event, verdict, &fact->result);
}

/* O_PATH gives a handle, as which it is judged, and ignores what else is asked for: open(2). */
static unsigned open_asks(uint64_t flags)
{
        uint64_t mode = flags & O_ACCMODE;
        unsigned asks = 0;

        if (flags & O_PATH)
                return READS;
        if (mode != O_WRONLY)
                asks |= READS;
        if (mode != O_RDONLY || flags & O_TRUNC)
                asks |= WRITES;
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
                asks |= CREATES;
        return asks;
}

static unsigned move_asks(const struct fact *fact)
{
        bool leaves = fact->flags & (RENAME_EXCHANGE | RENAME_WHITEOUT);

        return DELETES | (leaves ? CREATES : 0);
}

/* asks.c says it of an event, and knows more: what was there. */
static unsigned use_asks(const struct fact *fact, enum path_use use)
{
        switch (use) {
        case USE_NONE:
        case USE_SOCKET:
        case USE_LINK:
                return 0;
        case USE_OPEN:
                return fact->has_flags ? open_asks(fact->flags) : 0;
        case USE_CREAT:
                return WRITES | CREATES;
        case USE_WRITE:
                return WRITES;
        case USE_CREATE:
        case USE_SYMLINK:
                return CREATES;
        case USE_DELETE:
                return DELETES;
        case USE_ATTR:
                return CLASS_BIT(CLASS_ATTR);
        case USE_CONTROL:
                return fact->class == CLASS_WRITE ? WRITES : CLASS_BIT(CLASS_ATTR);
        case USE_EXEC:
                return CLASS_BIT(CLASS_EXEC);
        case USE_OUTPUT:
                return CLASS_BIT(CLASS_OUTPUT);
        case USE_CONNECT:
                return CLASS_BIT(CLASS_CONNECT);
        case USE_MOVE:
                return move_asks(fact);
        case USE_TARGET:
                return DELETES | CREATES;
        }
        return 0;
}

/* A call has any number of these: interpreters of a script, what a message is sent to. */
static bool may_repeat(enum path_use use)
{
        return use == USE_EXEC || use == USE_CONNECT;
}

unsigned fact_asks(const struct fact *fact, unsigned *asks_to)
{
        const struct call *call = fact->call;
        unsigned asks[2] = {0, 0}, n = 0;

        *asks_to = 0;
        if (!call || fact->class == CLASS_PROCESS)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(call->args) && n < ARRAY_SIZE(asks); i++) {
                enum path_use use = call->args[i].use;

                if (use == USE_NONE)
                        continue;
                asks[n++] = use_asks(fact, use);
                if (may_repeat(use))
                        asks[1] = asks[0];
        }
        *asks_to = fact->to.bytes ? asks[1] : 0;
        return fact->path.bytes ? asks[0] : 0;
}
