/* pin_run.c: a call that was judged runs on a slot until it returns. */
#include "pin_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pin_plan.h"
#include "util.h"

enum {
        /* Below the stack pointer are bytes that a leaf function may use: the red zone of the
         * x86-64 ABI. Others have none, but need not be told apart. */
        RED_ZONE = 128,
        STACK_ALIGNMENT = 16,
        TRIES_MAX =
                64 /* decisions that may be overtaken before the command gets the kernel's answer
                    */
};

/* ---- the stack ---- */

static int place_on_stack(const struct tracee_saved *saved, size_t len, struct pin_area *area)
{
        uint64_t top = tracee_stack(saved);

        if (len > PIN_STACK_MAX || top < RED_ZONE + STACK_ALIGNMENT + PIN_STACK_MAX)
                return -ENOTSUP;
        area->start = (top - RED_ZONE - len) / STACK_ALIGNMENT * STACK_ALIGNMENT;
        area->end = area->start + len;
        /* A 64-bit program may make calls of 32 bits, which do not reach its stack. */
        return tracee_word_size(&saved->call) == sizeof(uint32_t) && area->end > UINT32_MAX
                       ? -ENOTSUP
                       : 0;
}

int pin_stack_area(const struct tracee *t, const struct event *event, struct pin_area *area)
{
        struct tracee_saved saved;
        struct pin_plan plan;
        int r = pin_plan_own_text(t, event, &plan);

        if (!r)
                r = tracee_save(t, &saved);
        return r ? r : place_on_stack(&saved, plan.len, area);
}

static int take_stack(struct pin_thread *pin, size_t len)
{
        int r = place_on_stack(&pin->saved, len, &pin->area);
        ssize_t got = r ? r : tracee_read(&pin->saved.call, pin->area.start, pin->bytes, len);

        if (got < 0)
                return got == -ESRCH ? -ESRCH : -ENOTSUP;
        return got == (ssize_t)len ? 0 : -ENOTSUP;
}

/* ---- the beginning ---- */

static void lay_out(const struct pin_plan *plan, char *memory)
{
        for (unsigned i = 0; i < plan->ncopies; i++)
                memcpy(memory + plan->copies[i].at, plan->copies[i].bytes, plan->copies[i].len);
}

static int write_stack(struct pin_thread *pin, const struct pin_plan *plan)
{
        char memory[PIN_STACK_MAX];
        int r = take_stack(pin, plan->len);

        if (r)
                return r;
        memcpy(memory, pin->bytes, plan->len); /* what lies between two copies stays */
        lay_out(plan, memory);
        r = tracee_write(&pin->saved.call, pin->area.start, memory, plan->len);
        if (r != -EFAULT)
                return r;
        /* A part may have been written. */
        tracee_write(&pin->saved.call, pin->area.start, pin->bytes, plan->len);
        return -ENOTSUP;
}

static int write_slot(struct pins *pins, pid_t tid, struct pin_thread *pin,
                      const struct pin_plan *plan)
{
        int r = pin_take_slot(pins, tid, pin);

        if (!r)
                lay_out(plan, pin->memory);
        return r;
}

static int replace(const struct pin_thread *pin, const struct pin_plan *plan)
{
        uint64_t args[6];

        memcpy(args, plan->args, sizeof(args));
        for (unsigned i = 0; i < plan->ncopies; i++)
                args[plan->copies[i].arg] = pin->area.start + plan->copies[i].at;
        return tracee_replace_call(&pin->saved, plan->nr, args);
}

static int put_back(struct pin_thread *pin)
{
        size_t len = (size_t)(pin->area.end - pin->area.start);

        if (pin->slot < 0)
                return tracee_write(&pin->saved.call, pin->area.start, pin->bytes, len);
        pin_give_back_slot(pin);
        return 0;
}

int pin_run(struct pins *pins, const struct tracee *t, struct thread *thread,
            const struct event *event, enum pin_provider provider)
{
        struct pin_thread *pin = pin_thread(thread);
        struct pin_plan plan;
        bool on_stack = provider == PIN_STACK, hold = pin->hold && !on_stack;
        int r = on_stack ? pin_plan_own_text(t, event, &plan) : pin_plan_names(t, event, &plan);

        pin->hold = false;
        r = hold ? -ENOTSUP : r;
        if (!r)
                r = tracee_save(t, &pin->saved);
        if (!r)
                r = on_stack ? write_stack(pin, &plan) : write_slot(pins, t->tid, pin, &plan);
        if (r)
                return r;
        pin->form = plan.form;
        r = replace(pin, &plan);
        if (r)
                put_back(pin);
        pin->runs = !r;
        pin->nr = plan.nr;
        return r;
}

bool pin_runs(const struct thread *thread)
{
        return thread->pin && thread->pin->runs;
}

int pin_number(const struct thread *thread, int nr)
{
        return pin_runs(thread) ? thread->pin->nr : nr;
}

/* ---- the return ---- */

static bool is_gone(const char *name)
{
        return faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) &&
               (errno == ENOENT || errno == ENOTDIR);
}

/* openat2 met a link, or what was there is gone: then the path may lead elsewhere by now. */
static bool is_overtaken(const struct pin_thread *pin, int64_t result)
{
        const struct pin_form *form = &pin->form;

        if (!form->opens)
                return false;
        if (result == -ENOENT || result == -ENOTDIR)
                return form->existed && is_gone(pin->memory + form->name);
        return result == -ELOOP && !form->link;
}

/* Who may not search the directories above his own gets there by a relative name all the same, and
 * by a descriptor that he was given. A socket of another family looks at an address's length first,
 * and the copy may have another. */
static int judge_return(struct pin_thread *pin, int64_t result)
{
        if (is_overtaken(pin, result) && ++pin->tries < TRIES_MAX)
                return PIN_AGAIN;
        pin->tries = 0;
        pin->hold = pin->form.differs && (result == -EACCES || result == -EAFNOSUPPORT);
        return pin->hold ? PIN_HOLD : 0;
}

static int end_run(struct pin_thread *pin)
{
        int64_t result;
        int found, r = tracee_fetch_result(&pin->saved.call, &result);

        if (r == -EPROTO) /* it is about to begin */
                return 0;
        pin->runs = false;
        found = r ? 0 : judge_return(pin, result);
        if (r || (r = put_back(pin)))
                return r;
        r = found ? tracee_reissue(&pin->saved) : tracee_restore(&pin->saved);
        return r ? r : found;
}

int pin_end(struct pins *pins, struct thread *thread)
{
        pins_note_return(pins, thread);
        return pin_runs(thread) ? end_run(thread->pin) : 0;
}
