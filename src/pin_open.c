/* pin_open.c: how a call that opens a file runs on the name that was judged. */
#include "pin_open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <string.h>

#include "util.h"

enum {
        BIT_LARGEFILE = 0100000, /* O_LARGEFILE, which the C library has as 0 in 64 bits */
        MODE_BITS = 07777
};

/* ---- the row ---- */

static int role_index(const struct call *call, enum arg_role role)
{
        for (int i = 0; i < (int)ARRAY_SIZE(call->args); i++)
                if (call->args[i].role == role)
                        return i;
        return -1;
}

bool pin_opens(const struct call *call)
{
        int path = call ? role_index(call, ARG_PATH) : -1;

        return path >= 0 && (call->args[path].use == USE_OPEN || call->args[path].use == USE_CREAT);
}

/* ---- flags ---- */

struct open_how pin_open_how(uint64_t flags, uint64_t mode)
{
        /* O_SYNC holds O_DSYNC, and O_TMPFILE O_DIRECTORY. */
        const uint64_t valid = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
                               O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | BIT_LARGEFILE |
                               O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;
        struct open_how how = {.flags = flags & valid};

        if (flags & O_PATH)
                how.flags = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
                how.mode = mode & MODE_BITS;
        return how;
}

/* As the call gave them, whatever its arguments are. */
static struct open_how given(const struct tracee *t, const struct event *event)
{
        int flags = role_index(event->call, ARG_OFLAGS), mode = role_index(event->call, ARG_MODE);

        if (role_index(event->call, ARG_OPENHOW) >= 0)
                return (struct open_how){event->how.flags, event->how.mode, event->how.resolve};
        return (struct open_how){
                .flags = flags < 0 ? O_CREAT | O_WRONLY | O_TRUNC : (uint32_t)t->args[flags],
                .mode = mode < 0 ? 0 : t->args[mode],
        };
}

/* openat2 opens large files for anybody, but in 32 bits a program has to say that it can take them:
 * force_o_largefile() in do_sys_openat2(). */
static bool is_small(const struct tracee *t, uint64_t flags)
{
        return t->arch == AUDIT_ARCH_I386 && !(flags & (BIT_LARGEFILE | O_PATH));
}

/* ---- the name ---- */

static bool has_dots(const char *path)
{
        for (const char *at = path; (at = strstr(at, "..")); at += 2)
                if ((at == path || at[-1] == '/') && (at[2] == '/' || !at[2]))
                        return true;
        return false;
}

static bool ends_oddly(const struct event *event)
{
        const char *slash = strrchr(event->raw, '/'), *last = slash ? slash + 1 : event->raw;

        return !*last || !strcmp(last, ".") || !strcmp(last, "..");
}

/* Below what exists a name is made by text alone, and of what is created the kernel wants a last
 * name. What is below a link that a descriptor stands for (ENOTDIR) is below what it leads to, by
 * that name. */
static bool leads_there(const struct event *event, uint64_t flags)
{
        if (event->error && event->error != -ENOENT)
                return false;
        if (event->error && (has_dots(event->raw) || ends_oddly(event)))
                return false;
        return !(flags & O_CREAT && ends_oddly(event));
}

/* ---- the call ---- */

static int add_name(struct pin_plan *plan)
{
        int r = pin_plan_add(plan, 1, plan->names[0], strlen(plan->names[0]) + 1);

        if (!r)
                plan->form.name = plan->copies[plan->ncopies - 1].at;
        return r;
}

static int run_openat2(const struct tracee *t, struct open_how how, struct pin_plan *plan)
{
        const uint64_t args[6] = {(uint64_t)AT_FDCWD, 0, 0, sizeof(how)};
        int r;

        how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        plan->how = how;
        plan->nr = calls_number("openat2", t->arch);
        memcpy(plan->args, args, sizeof(args));
        r = pin_plan_add(plan, 2, &plan->how, sizeof(plan->how));
        return r ? r : add_name(plan);
}

static int run_openat(const struct tracee *t, struct open_how how, struct pin_plan *plan)
{
        const uint64_t args[6] = {(uint64_t)AT_FDCWD, 0, how.flags, how.mode};

        plan->nr = calls_number("openat", t->arch);
        memcpy(plan->args, args, sizeof(args));
        return add_name(plan);
}

int pin_open_plan(const struct tracee *t, const struct event *event, struct pin_plan *plan)
{
        const struct object *object = &event->objects[0];
        struct open_how how = given(t, event);
        int r = pin_plan_name(event, 0, plan);

        if (r || how.resolve || event->how.more || !leads_there(event, how.flags))
                return -ENOTSUP;
        plan->form.opens = true;
        plan->form.existed = object->exists && !event->error;
        plan->form.link = object->link;
        if (role_index(event->call, ARG_OPENHOW) >= 0)
                return run_openat2(t, how, plan);
        if (is_small(t, how.flags))
                return run_openat(t, how, plan);
        return run_openat2(t, pin_open_how(how.flags, how.mode), plan);
}
