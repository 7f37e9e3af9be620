/* pin_plan.c: what a call that was judged is to run on. */
#include "pin_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exposure.h"
#include "pin_open.h"
#include "util.h"

enum { ALIGNMENT = 8 };

/* ---- the parts of a plan ---- */

/* Of socketcall(2) the arguments of the call that is meant lie in memory too. */
static int begin(const struct tracee *t, const struct event *event, struct pin_plan *plan)
{
        if (!event->call || event->undecodable || calls_by_number(t->arch, t->nr) != event->call)
                return -ENOTSUP;
        plan->nr = t->nr;
        memcpy(plan->args, t->args, sizeof(plan->args));
        plan->len = 0;
        plan->ncopies = 0;
        plan->form = (struct pin_form){.opens = false};
        return 0;
}

int pin_plan_add(struct pin_plan *plan, unsigned i, const void *bytes, size_t len)
{
        size_t at = (plan->len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

        if (plan->ncopies == PIN_COPIES || len > PIN_SLOT - at)
                return -ENOTSUP;
        plan->copies[plan->ncopies++] = (struct pin_copy){i, at, bytes, len};
        plan->len = at + len;
        return 0;
}

static const char *own_text(const struct event *event, unsigned n, size_t *len)
{
        *len = n ? event->raw2_len : event->raw_len;
        if (!(event->has & (n ? EVENT_HAS_RAW2 : EVENT_HAS_RAW)))
                return NULL;
        return n ? event->raw2 : event->raw;
}

/* Would the thread come to its name by way of it, and not by more or less? The kernel asks whether
 * it may go where another process stands, and whether it may follow a link: stopgate went with its
 * own rights, or by hand. And what a descriptor stands for may be a link, which its name follows.
 */
static bool is_reached_by_name(const struct object *object)
{
        return !object->barred && !(object->magic && object->link);
}

/* What has no canonical name, or cannot be reached by it, has an error or another kind. */
static bool has_name(const struct object *object)
{
        return object->kind == OBJECT_PATH && !object->deep && object->path[0] == '/' &&
               object->len < PATH_MAX && is_reached_by_name(object);
}

int pin_plan_name(const struct event *event, unsigned n, struct pin_plan *plan)
{
        const struct object *object = &event->objects[n];
        char *name = plan->names[n];
        size_t raw_len, len = object->len;
        const char *raw = own_text(event, n, &raw_len);

        if (!raw || !raw_len || n >= event->nobjects || !has_name(object))
                return -ENOTSUP;
        memcpy(name, object->path, len + 1);
        if (raw[raw_len - 1] == '/' && name[len - 1] != '/') {
                if (len + 1 == PATH_MAX)
                        return -ENOTSUP;
                name[len] = '/';
                name[len + 1] = '\0';
        }
        plan->form.differs |= strcmp(name, raw) != 0;
        return 0;
}

/* ---- the command's own text ---- */

/* Copies of what was judged in these roles are not kept. */
static bool lies_elsewhere(enum arg_role role)
{
        return role == ARG_OPENHOW || role == ARG_MSGHDR || role == ARG_MMSGHDR ||
               role == ARG_SUBCALL;
}

bool pin_can_copy(const struct call *call)
{
        bool can = false;

        for (unsigned i = 0; call && i < ARRAY_SIZE(call->args); i++) {
                enum arg_role role = call->args[i].role;

                can |= role == ARG_PATH || role == ARG_SOCKADDR;
        }
        return can;
}

static int add_own_path(const struct event *event, unsigned i, unsigned n, struct pin_plan *plan)
{
        size_t len;
        const char *text = own_text(event, n, &len);

        return text ? pin_plan_add(plan, i, text, len + 1) : 0;
}

/* All but paths is the same in either plan. */
static int add_other(const struct event *event, unsigned i, struct pin_plan *plan)
{
        enum arg_role role = event->call->args[i].role;
        const struct object *text = &event->objects[1];

        if (role == ARG_TEXT)
                return text->kind == OBJECT_TEXT ? pin_plan_add(plan, i, text->path, text->len + 1)
                                                 : -ENOTSUP;
        if (role == ARG_SOCKADDR && event->address_len)
                return pin_plan_add(plan, i, event->address, event->address_len);
        return lies_elsewhere(role) ? -ENOTSUP : 0;
}

int pin_plan_own_text(const struct tracee *t, const struct event *event, struct pin_plan *plan)
{
        int r = begin(t, event, plan);

        for (unsigned i = 0, n = 0; !r && i < ARRAY_SIZE(plan->args); i++) {
                if (event->call->args[i].role == ARG_PATH)
                        r = add_own_path(event, i, n++, plan);
                else
                        r = add_other(event, i, plan);
        }
        return r || plan->ncopies ? r : -ENOTSUP;
}

/* ---- names ---- */

/* "." and ".." are no entries: the kernel has answers of its own for them. */
static bool ends_in_dots(const char *path, size_t len)
{
        const char *last;

        while (len && path[len - 1] == '/')
                len--;
        for (last = path + len; last > path && last[-1] != '/'; last--)
                ;
        len -= (size_t)(last - path);
        return (len == 1 && last[0] == '.') || (len == 2 && last[0] == '.' && last[1] == '.');
}

static int add_name(const struct event *event, unsigned i, unsigned n, struct pin_plan *plan)
{
        const struct arg *arg = &event->call->args[i];
        size_t len;
        const char *text = own_text(event, n, &len);
        int r = text ? pin_plan_name(event, n, plan) : -ENOTSUP;

        if (!r && arg->follow == FOLLOW_ENTRY && ends_in_dots(text, len))
                r = -ENOTSUP;
        if (i > 0 && event->call->args[i - 1].role == ARG_DIRFD)
                plan->args[i - 1] = (uint64_t)AT_FDCWD;
        return r ? r : pin_plan_add(plan, i, plan->names[n], strlen(plan->names[n]) + 1);
}

/* The text that was given is no copy of what was judged if others can change where it leads. */
static bool leads_for_good(const struct event *event)
{
        return event->has & EVENT_HAS_RAW && event->raw[0] == '/' && !exposure_magic(event);
}

/* Of what is executed the kernel makes names that the program sees: execve(2), getauxval(3),
 * AT_EXECFN. */
static int add_program(const struct event *event, unsigned i, struct pin_plan *plan)
{
        if (!leads_for_good(event) || event->by & EVENT_BY_INTERPRETER)
                return -ENOTSUP;
        return pin_plan_add(plan, i, event->raw, event->raw_len + 1);
}

static bool names_socket(const struct event *event)
{
        const struct sockaddr *address = (const void *)event->address;

        return event->address_len > sizeof(address->sa_family) && address->sa_family == AF_UNIX &&
               address->sa_data[0];
}

/* By which name it was reached nobody sees. One that is made has the name that was given:
 * getsockname(2). */
static int add_socket(const struct event *event, unsigned i, struct pin_plan *plan)
{
        const struct object *object = &event->objects[0];
        struct sockaddr_un *un = &plan->address;
        size_t len = offsetof(struct sockaddr_un, sun_path) + object->len + 1;

        if (leads_for_good(event))
                return pin_plan_add(plan, i, event->address, event->address_len);
        if (event->call->args[i].use == USE_CREATE || !event->nobjects || !has_name(object) ||
            len > sizeof(*un))
                return -ENOTSUP;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, object->path, object->len + 1);
        plan->form.differs = true;
        plan->args[i + 1] = len;
        return pin_plan_add(plan, i, un, len);
}

/* Who asks with other rights may not have come to that name by the one that he gave: stopgate
 * looked it up with its own. */
static bool may_go_there(const struct tracee *t, const struct pin_plan *plan)
{
        struct tracee_look look;

        if (!plan->form.differs)
                return true;
        if (tracee_has_other_root(t))
                return false;
        return geteuid() || (!tracee_look(t->tid, &look) && look.euid == 0);
}

static int add_names(const struct event *event, struct pin_plan *plan)
{
        int r = event->error ? -ENOTSUP : 0;

        for (unsigned i = 0, n = 0; !r && i < ARRAY_SIZE(plan->args); i++) {
                const struct arg *arg = &event->call->args[i];

                if (arg->role == ARG_SOCKADDR && names_socket(event))
                        r = add_socket(event, i, plan);
                else if (arg->role != ARG_PATH)
                        r = add_other(event, i, plan);
                else if (arg->use == USE_EXEC)
                        r = add_program(event, i, plan);
                else
                        r = add_name(event, i, n++, plan);
        }
        return r;
}

int pin_plan_names(const struct tracee *t, const struct event *event, struct pin_plan *plan)
{
        int r = begin(t, event, plan);

        if (!r)
                r = pin_opens(event->call) ? pin_open_plan(t, event, plan) : add_names(event, plan);
        if (!r && !plan->ncopies)
                r = -ENOTSUP;
        return r || may_go_there(t, plan) ? r : -ENOTSUP;
}
