/* learn_check.c: does a learned policy allow what it was learned from? It is asked what stopgate
 * would ask, with all that a link or rename carries. */
#include "learn_check.h"

#include <errno.h>

#include "asks.h"
#include "learn_touches.h"
#include "policy_load.h"
#include "util.h"

struct check {
        const struct audit *audit;
        const unsigned char *kinds;
        struct policy policy;
        struct event *event;
        struct learn_refusals *refusals;
};

const char *learn_place(const struct words *place)
{
        return place->bytes && place->len > 1 && place->bytes[0] == '/' ? place->bytes : NULL;
}

/* ---- objects ---- */

static bool fill_inet(struct object *object, const struct words *path)
{
        cleanup_free char *address = learn_address(path);
        struct pattern pattern;

        if (!address || pattern_parse(&pattern, CLASS_CONNECT, address))
                return false;
        object->kind = OBJECT_INET;
        memcpy(object->address, pattern.address, sizeof(object->address));
        object->port = pattern.port;
        pattern_fini(&pattern);
        return true;
}

static bool fill_object(struct object *object, const struct words *shown, unsigned kind)
{
        const struct words judged = learn_judged_name(shown, kind), *path = &judged;

        memset(object, 0, offsetof(struct object, path));
        if (path->len >= sizeof(object->path))
                return false;
        memcpy(object->path, path->bytes, path->len);
        object->path[path->len] = '\0';
        object->len = path->len;
        object->exists = true;
        object->directory = kind & KIND_DIRECTORY;
        object->link = kind & KIND_LINK;
        object->kind = path->bytes[0] == '@' ? OBJECT_ABSTRACT : OBJECT_PATH;
        return path->bytes[0] == '/' || path->bytes[0] == '@' || fill_inet(object, path);
}

static bool add_object(struct check *check, uint32_t path)
{
        size_t n;
        const struct words *paths = audit_paths(check->audit, &n);
        struct event *event = check->event;

        return path != AUDIT_NONE && learn_is_nameable(CLASS_CONNECT, &paths[path]) &&
               fill_object(&event->objects[event->nobjects++], &paths[path], check->kinds[path]);
}

/* ---- asks ---- */

static void note_refusal(struct check *check, const struct ask *ask, uint32_t path)
{
        struct learn_refusals *refusals = check->refusals;
        const struct object *object = &check->event->objects[ask->object];

        if (refusals->n % 64 == 0)
                refusals->list =
                        xreallocarray(refusals->list, refusals->n + 64, sizeof(*refusals->list));
        refusals->list[refusals->n++] = (struct learn_refusal){
                .class = ask->class,
                .path = path,
                .tgid = check->event->tgid,
                .carried = ask->carry,
                .whole = ask->carry && object->directory,
                .link = ask->carry && object->link,
        };
}

/* One by one: of all refusals, not of the strictest alone, rules are made. */
static void judge_asks(struct check *check, const uint32_t paths[2])
{
        struct event *event = check->event;
        struct ask asks[EVENT_ASKS];
        unsigned n = event->nasks;

        memcpy(asks, event->asks, sizeof(asks));
        event->nasks = 1;
        for (unsigned i = 0; i < n; i++) {
                event->asks[0] = asks[i];
                if (action_refuses(policy_decide(&check->policy, event).would))
                        note_refusal(check, &asks[i], paths[asks[i].object]);
        }
}

static void add_classes(struct event *event, unsigned classes, unsigned object)
{
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (classes & CLASS_BIT(class) && class != CLASS_OUTPUT &&
                    event->nasks < EVENT_ASKS)
                        event->asks[event->nasks++] =
                                (struct ask){.class = class, .object = object};
}

static void check_carried(struct check *check, const struct audit_touch *touch)
{
        const uint32_t paths[2] = {touch->path, touch->to};
        struct ask_flags flags = {.rename = touch->flags};
        struct event *event = check->event;
        unsigned at = 0;

        if (!add_object(check, touch->path) || !add_object(check, touch->to))
                return;
        for (size_t i = 0; i < ARRAY_SIZE(touch->call->args) && at < 2; i++)
                if (touch->call->args[i].use != USE_NONE)
                        asks_add(event, touch->call->args[i].use, at++, &flags);
        judge_asks(check, paths);
}

static void check_one(struct check *check, uint32_t path, unsigned classes)
{
        const uint32_t paths[2] = {path, AUDIT_NONE};

        check->event->nobjects = check->event->nasks = 0;
        if (!classes || !add_object(check, path))
                return;
        add_classes(check->event, classes, 0);
        judge_asks(check, paths);
}

static void check_touch(struct check *check, const struct audit_touch *touch)
{
        size_t n;
        const struct audit_process *processes = audit_processes(check->audit, &n);

        if (learn_was_refused(touch) || touch->path == AUDIT_NONE)
                return;
        check->event->nobjects = check->event->nasks = 0;
        check->event->call = touch->call;
        check->event->tgid = touch->process < n ? processes[touch->process].tgid : 0;
        if (learn_carries(touch) && touch->to != AUDIT_NONE) {
                check_carried(check, touch);
                return;
        }
        check_one(check, touch->path, touch->asks);
        if (touch->to != AUDIT_NONE)
                check_one(check, touch->to, touch->asks_to);
}

/* ---- the whole ---- */

static char *first_error(const struct messages *messages)
{
        for (size_t i = 0; i < messages->count; i++)
                if (!messages->list[i].warning)
                        return xstrdup(messages->list[i].text);
        return xstrdup("it cannot be loaded");
}

int learn_check(const char *text, size_t len, const struct audit *audit, const char *const *search,
                const unsigned char *kinds, struct learn_refusals *refusals, char **why)
{
        const struct audit_run *run = audit_run(audit);
        struct check check = {.audit = audit, .kinds = kinds, .refusals = refusals};
        struct messages messages = {0};
        struct loader *loader;
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);
        bool failed;

        policy_init(&check.policy);
        loader = loader_new(&check.policy, &messages);
        loader_set_search(loader, search);
        loader_set_places(loader, learn_place(&run->cwd), learn_place(&run->home));
        loader_add_text(loader, "learned", "/", text, len);
        loader_finish(loader);
        failed = messages.errors > 0;
        if (failed)
                *why = first_error(&messages);
        check.event = xcalloc(1, sizeof(*check.event));
        for (size_t i = 0; i < n && !failed; i++)
                check_touch(&check, &touches[i]);
        free(check.event);
        loader_free(loader);
        messages_fini(&messages);
        policy_fini(&check.policy);
        return failed ? -EINVAL : 0;
}
