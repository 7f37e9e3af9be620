/* asks.c: what a use of an object asks for, class by class. */
#include "asks.h"

#include <errno.h>
#include <stdio.h>

#include "util.h"

/* More than is known how to judge: nothing may be guessed. */
static void give_up(struct event *event)
{
        event->error = -EPERM;
        event->undecodable = true;
}

static void add(struct event *event, struct ask ask)
{
        if (event->nasks < EVENT_ASKS)
                event->asks[event->nasks++] = ask;
        else
                give_up(event);
}

static void add_ask(struct event *event, enum call_class class, unsigned object, bool carry)
{
        add(event, (struct ask){.class = class, .object = object, .carry = carry});
}

/* The access mode 3 asks for both, without giving either: open(2). */
static void ask_open(struct event *event, uint64_t flags, unsigned at)
{
        uint64_t mode = flags & O_ACCMODE;
        bool creates = asks_tmpfile(flags) || (flags & O_CREAT && !event->objects[at].exists);

        if (mode != O_WRONLY)
                add_ask(event, CLASS_READ, at, false);
        if (mode != O_RDONLY || flags & O_TRUNC)
                add_ask(event, CLASS_WRITE, at, false);
        if (creates)
                add_ask(event, CLASS_CREATE, at, false);
}

/* What goes from the name at to another: nothing may be more open there. What is moved is written
 * at its new name too, and so must be open to writing in any case. */
static void ask_carry(struct event *event, unsigned at, unsigned other, bool moved)
{
        static const enum call_class carried[] = {CLASS_READ, CLASS_WRITE, CLASS_ATTR, CLASS_EXEC};

        for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
                add(event, (struct ask){.class = carried[i],
                                        .object = at,
                                        .carry = true,
                                        .compared = !moved || carried[i] != CLASS_WRITE,
                                        .other = other});
}

/* What arrives may be a directory, or a link to one, and bring what a rule below its new name
 * forbids. */
static void ask_arrival(struct event *event, unsigned at)
{
        add_ask(event, CLASS_CREATE, at, false);
        add_ask(event, CLASS_CREATE, at, true);
}

/* What stands there already is not replaced. */
static void ask_new_name(struct event *event, unsigned at, bool link)
{
        struct object *object = &event->objects[at];

        object->link = link && !object->exists;
        add_ask(event, CLASS_CREATE, at, false);
        if (object->link)
                add_ask(event, CLASS_CREATE, at, true);
}

/* What leaves may be a directory, and take along what a rule below its name holds there. */
static void ask_departure(struct event *event, unsigned at, unsigned other)
{
        add_ask(event, CLASS_DELETE, at, false);
        add_ask(event, CLASS_DELETE, at, true);
        ask_carry(event, at, other, true);
}

static void ask_target(struct event *event, unsigned at, bool exchange)
{
        struct object *from = &event->objects[0], *to = &event->objects[at];
        bool directory = to->directory, link = to->link;

        to->directory |= from->directory;
        to->link |= from->link;
        ask_arrival(event, at);
        if (exchange) {
                from->directory |= directory;
                from->link |= link;
                ask_departure(event, at, 0);
                return;
        }
        if (to->exists)
                add_ask(event, CLASS_DELETE, at, false);
        add_ask(event, CLASS_WRITE, at, true);
}

/* With an exchange, or a whiteout, something stands there afterwards: renameat2(2). */
static void ask_move(struct event *event, unsigned at, bool leaves)
{
        ask_departure(event, at, at + 1);
        if (leaves)
                ask_arrival(event, at);
}

void asks_add(struct event *event, enum path_use use, unsigned at, const struct ask_flags *flags)
{
        bool exchange = flags->rename & RENAME_EXCHANGE;

        switch (use) {
        case USE_NONE:
                return;
        case USE_OPEN:
        case USE_CREAT:
                ask_open(event, flags->open, at);
                return;
        case USE_WRITE:
                add_ask(event, CLASS_WRITE, at, false);
                return;
        case USE_CREATE:
                /* By link(2) it is a second name for what stands first. */
                ask_new_name(event, at, at > 0 && event->objects[0].link);
                return;
        case USE_SYMLINK:
                ask_new_name(event, at, true);
                return;
        case USE_DELETE:
                add_ask(event, CLASS_DELETE, at, false);
                return;
        case USE_ATTR:
                add_ask(event, CLASS_ATTR, at, false);
                return;
        case USE_CONTROL:
                add_ask(event, event->objects[at].device ? CLASS_WRITE : CLASS_ATTR, at, false);
                return;
        case USE_EXEC:
                add_ask(event, CLASS_EXEC, at, false);
                return;
        case USE_OUTPUT:
                add_ask(event, CLASS_OUTPUT, at, false);
                return;
        case USE_CONNECT:
                add_ask(event, CLASS_CONNECT, at, false);
                return;
        case USE_SOCKET:
                add_ask(event, CLASS_CONNECT, at, true);
                return;
        case USE_LINK:
                ask_carry(event, at, at + 1, false);
                return;
        case USE_MOVE:
                ask_move(event, at, flags->rename & (RENAME_EXCHANGE | RENAME_WHITEOUT));
                return;
        case USE_TARGET:
                ask_target(event, at, exchange);
                return;
        }
        give_up(event);
}
