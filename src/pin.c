/* pin.c: memory in the command's processes that stopgate writes and they cannot. */
#include "pin_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "calls.h"
#include "util.h"

enum {
        SIZE = PINNED_END - PINNED_START,
        SLOTS = SIZE / PIN_SLOT,
        WORD_BITS = 64,
        WORDS = (SLOTS + WORD_BITS - 1) / WORD_BITS,
        /* Families without a thread are kept for a while: one may yet turn up, whose parent was
         * killed before it could tell of it. */
        RETIRED_MAX = 64
};

/* Those that have the same memfd mapped. */
struct pin_family {
        dev_t dev;
        ino_t ino;
        char *memory;
        unsigned users; /* threads that are known to be of it */
        uint64_t taken[WORDS];
        struct pin_family *next; /* the youngest first */
};

struct pins {
        const struct threads *threads;
        struct pin_family *families;
        unsigned nretired;
        unsigned nbusy; /* threads for which a mapping is made, or a guarded call runs */
        int filters;    /* that stopgate has installed; 0: not known yet */
        bool filtered;  /* the command has installed more */
};

struct pins *pins_new(const struct threads *threads)
{
        struct pins *pins = xcalloc(1, sizeof(*pins));

        pins->threads = threads;
        return pins;
}

static void free_family(struct pin_family *family)
{
        munmap(family->memory, SIZE);
        free(family);
}

void pins_free(struct pins *pins)
{
        struct pin_family *next;

        if (!pins)
                return;
        for (struct pin_family *family = pins->families; family; family = next) {
                next = family->next;
                free_family(family);
        }
        free(pins);
}

/* ---- families ---- */

static void free_oldest_retired(struct pins *pins)
{
        struct pin_family **oldest = NULL, *family;

        for (struct pin_family **link = &pins->families; *link; link = &(*link)->next)
                if (!(*link)->users)
                        oldest = link;
        if (!oldest)
                return;
        family = *oldest;
        *oldest = family->next;
        free_family(family);
        pins->nretired--;
}

static void leave(struct pins *pins, struct pin_thread *pin)
{
        struct pin_family *family = pin->family;

        pin->family = NULL;
        if (!family || --family->users)
                return;
        if (++pins->nretired > RETIRED_MAX)
                free_oldest_retired(pins);
}

static void join(struct pins *pins, struct pin_thread *pin, struct pin_family *family)
{
        if (family->users++ == 0)
                pins->nretired--;
        leave(pins, pin);
        pin->family = family;
}

static bool is_of(const struct pin_family *family, const struct tracee_mapping *mapping)
{
        return family->ino == mapping->inode && major(family->dev) == mapping->major &&
               minor(family->dev) == mapping->minor;
}

/* What the thread has mapped there says the kernel: nothing (false) or something that slots could
 * be. */
static bool look_at_mapped(pid_t tid, struct tracee_mapping *mapping)
{
        return !tracee_mapping(tid, PINNED_START, mapping) && mapping->start == PINNED_START &&
               mapping->end == PINNED_END && !mapping->offset && mapping->shared &&
               !mapping->writable;
}

static bool has_mapped(pid_t tid, const struct pin_family *family)
{
        struct tracee_mapping mapping;

        return look_at_mapped(tid, &mapping) && is_of(family, &mapping);
}

static struct pin_family *find_mapped(const struct pins *pins, pid_t tid)
{
        struct tracee_mapping mapping;

        if (!look_at_mapped(tid, &mapping))
                return NULL;
        for (struct pin_family *family = pins->families; family; family = family->next)
                if (is_of(family, &mapping))
                        return family;
        return NULL;
}

struct pin_thread *pin_thread(struct thread *thread)
{
        if (!thread->pin) {
                thread->pin = xcalloc(1, sizeof(*thread->pin));
                thread->pin->slot = thread->pin->remote = -1;
        }
        return thread->pin;
}

/* It may have been kept from the child: process_madvise(2), MADV_DONTFORK. */
void pins_inherit(struct pins *pins, const struct thread *parent, struct thread *child)
{
        bool knows = child->pin && (child->pin->family || child->pin->executed);
        struct pin_family *family = parent->pin ? parent->pin->family : NULL;

        if (!parent->pin || knows)
                return;
        if (family && has_mapped(child->tid, family))
                join(pins, pin_thread(child), family);
        else if (parent->pin->cannot)
                pin_thread(child)->cannot = true;
}

static bool is_busy(const struct pin_thread *pin)
{
        return pin->unguarded || pin->step != STEP_NONE;
}

void pins_drop(struct pins *pins, struct thread *thread)
{
        struct pin_thread *pin = thread->pin;

        if (!pin)
                return;
        pin_give_back_slot(pin);
        leave(pins, pin);
        pins->nbusy -= is_busy(pin);
        if (pin->made)
                free_family(pin->made);
        free(pin);
        thread->pin = NULL;
}

void pins_exec(struct pins *pins, struct thread *thread)
{
        pins_drop(pins, thread);
        pin_thread(thread)->executed = true;
        if (!pins->filters)
                pins->filters = tracee_filters(thread->tid);
}

/* ---- who stands in the way ---- */

/* A thread, and which others it is asked about. */
struct neighbours {
        const struct thread *thread;
        bool (*counts)(const struct thread *);
        bool (*share)(pid_t, pid_t);
};

static bool is_far(const struct thread *other, void *data)
{
        const struct neighbours *of = data;

        return other == of->thread || !of->counts(other) || !of->share(of->thread->tid, other->tid);
}

static bool is_any(const struct thread *thread)
{
        (void)thread;
        return true;
}

static bool is_thread_busy(const struct thread *thread)
{
        return thread->pin && is_busy(thread->pin);
}

static bool shares_memory(const struct pins *pins, const struct thread *thread,
                          bool (*counts)(const struct thread *))
{
        struct neighbours of = {thread, counts, tracee_share_memory};

        return pins->nbusy && !threads_all(pins->threads, is_far, &of);
}

static bool shares_descriptors(const struct pins *pins, const struct thread *thread)
{
        struct neighbours of = {thread, is_any, tracee_share_descriptors};

        return !threads_all(pins->threads, is_far, &of);
}

/* A filter of the command's own may kill it for a call that it never makes. */
static bool has_other_filters(const struct pins *pins, pid_t tid)
{
        return pins->filters <= 0 || tracee_filters(tid) != pins->filters;
}

/* And is brk(2) out of reach of it? */
static bool is_range_free(pid_t tid)
{
        struct tracee_mapping mapping;
        uint64_t start;
        int r = tracee_mapping(tid, PINNED_START, &mapping);

        if (r != -ENOENT && (r || mapping.start < PINNED_END))
                return false;
        return !tracee_brk_start(tid, &start) && start >= PINNED_END;
}

bool pins_wants_room(const struct tracee *t)
{
        return calls_guard(calls_by_number(t->arch, t->nr), t->args) == GUARD_DESCRIPTORS;
}

static bool guards_memory(struct pins *pins, struct thread *thread)
{
        struct pin_thread *pin = pin_thread(thread);

        if (pin->family || find_mapped(pins, thread->tid) ||
            shares_memory(pins, thread, pins_prepares))
                return true;
        pins->nbusy += !is_busy(pin);
        pin->unguarded = true;
        return false;
}

bool pins_guards(struct pins *pins, const struct tracee *t, struct thread *thread)
{
        switch (calls_guard(calls_by_number(t->arch, t->nr), t->args)) {
        case GUARD_MEMORY:
                return guards_memory(pins, thread);
        case GUARD_FILTERS:
                pins->filtered = true;
                return false;
        case GUARD_NEWBORN:
                return true;
        case GUARD_DESCRIPTORS:
        case GUARD_NONE:
                return false;
        }
        return true;
}

void pins_note_return(struct pins *pins, struct thread *thread)
{
        struct pin_thread *pin = thread->pin;

        if (!pin || !pin->unguarded)
                return;
        pin->unguarded = false;
        pins->nbusy -= !is_busy(pin);
}

bool pin_awaits(const struct thread *thread)
{
        return thread->pin && (thread->pin->runs || is_busy(thread->pin));
}

/* ---- making one: memfd_create, mmap, close, in the thread's name ---- */

/* Only in this process's name was the file opened: a struct file beside stopgate's own that may
 * write, opened through /proc by somebody else, is one that the kernel counts (fcntl(2),
 * F_SETLEASE). Where it knows no leases nothing can be told by them. */
static int check_alone(int fd)
{
        if (!fcntl(fd, F_SETLEASE, F_WRLCK))
                return fcntl(fd, F_SETLEASE, F_UNLCK) ? -errno : 0;
        return errno == EAGAIN ? -EAGAIN : 0;
}

static int map_and_seal(int fd, struct pin_family *family)
{
        const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
        struct stat st;
        int r;

        if (ftruncate(fd, SIZE) || fstat(fd, &st))
                return -errno;
        family->dev = st.st_dev;
        family->ino = st.st_ino;
        family->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (family->memory == MAP_FAILED)
                return -errno;
        r = fcntl(fd, F_ADD_SEALS, seals) ? -errno : 0;
        if (!r)
                r = fcntl(fd, F_GET_SEALS) == seals ? check_alone(fd) : -EPERM;
        if (r)
                munmap(family->memory, SIZE);
        return r;
}

/* Nobody shares the thread's descriptors: pins_prepare(). */
static int take_file(struct pin_thread *pin)
{
        cleanup_fd int fd = tracee_reopen_fd(&pin->saved.call, pin->remote, O_RDWR);
        struct pin_family *family = fd < 0 ? NULL : xcalloc(1, sizeof(*family));
        int r = fd < 0 ? fd : map_and_seal(fd, family);

        if (r)
                free(family);
        else
                pin->made = family;
        return r;
}

static int issue(struct pin_thread *pin, int nr, const uint64_t args[6])
{
        pin->nr = nr;
        memcpy(pin->args, args, sizeof(pin->args));
        return tracee_issue_call(&pin->saved, nr, args);
}

static int issue_map(struct pin_thread *pin)
{
        const uint64_t args[6] = {
                PINNED_START,          SIZE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
                (uint64_t)pin->remote, 0};
        uint32_t arch = pin->saved.call.arch;
        int nr = calls_number("mmap2", arch);

        return issue(pin, nr >= 0 ? nr : calls_number("mmap", arch), args);
}

static int issue_close(struct pin_thread *pin)
{
        const uint64_t args[6] = {(uint64_t)pin->remote};

        return issue(pin, calls_number("close", pin->saved.call.arch), args);
}

static void take_mapping(struct pins *pins, struct pin_thread *pin, int64_t result)
{
        if (result != PINNED_START || !has_mapped(pin->saved.call.tid, pin->made))
                return;
        pin->made->next = pins->families;
        pins->families = steal_pointer(&pin->made);
        pins->nretired++;
        join(pins, pin, pins->families);
}

static void end_process(const struct tracee *t, const char *why)
{
        error_user("process %d is killed: %s", t->tgid, why);
        kill(t->tgid, SIGKILL);
}

/* The call stops again as it was made. */
static enum resume end_steps(struct pins *pins, struct pin_thread *pin)
{
        const struct tracee *t = &pin->saved.call;
        int r = tracee_reissue(&pin->saved);

        pin->step = STEP_NONE;
        pin->remote = -1;
        pin->cannot = !pin->family;
        pins->nbusy -= !is_busy(pin);
        if (pin->made)
                free_family(steal_pointer(&pin->made));
        if (!r)
                r = tracee_set_signals(t->tid, pin->mask);
        if (r && r != -ESRCH)
                end_process(t, "it cannot be told what it would do after calls in its name");
        return RESUME_CONT;
}

static enum resume go_on(struct pins *pins, struct pin_thread *pin, enum pin_step step, int r)
{
        pin->step = step;
        return r ? end_steps(pins, pin) : RESUME_RESULT;
}

static enum resume after_create(struct pins *pins, struct pin_thread *pin, int64_t result)
{
        if (result < 0)
                return end_steps(pins, pin);
        pin->remote = (int)result;
        if (take_file(pin))
                return go_on(pins, pin, STEP_CLOSE, issue_close(pin));
        return go_on(pins, pin, STEP_MAP, issue_map(pin));
}

/* What it was not told to do is done by nobody who means well. */
static enum resume begin_call(const struct pin_thread *pin)
{
        const struct tracee *t = &pin->saved.call;
        int r = tracee_is_before(t, pin->nr, pin->args);

        if (r == -EPERM)
                end_process(t, "it left the call that was to be made in its name");
        else if (r && r != -ESRCH)
                end_process(t, "it cannot be told which call it makes");
        return RESUME_RESULT;
}

enum resume pins_step(struct pins *pins, struct thread *thread)
{
        struct pin_thread *pin = thread->pin;
        int64_t result;
        int r = tracee_fetch_result(&pin->saved.call, &result);

        if (r == -EPROTO) /* it is about to begin */
                return begin_call(pin);
        if (r)
                return end_steps(pins, pin);
        switch (pin->step) {
        case STEP_CREATE:
                return after_create(pins, pin, result);
        case STEP_MAP:
                take_mapping(pins, pin, result);
                return go_on(pins, pin, STEP_CLOSE, issue_close(pin));
        case STEP_CLOSE:
                return end_steps(pins, pin);
        case STEP_NONE:
                break;
        }
        return RESUME_CONT;
}

bool pins_prepares(const struct thread *thread)
{
        return thread->pin && thread->pin->step != STEP_NONE;
}

/* The file needs a name, and the empty one will do: a zero byte on the stack. */
static int find_empty_string(const struct tracee_saved *saved, uint64_t *address)
{
        enum { LOOK = 4096 };
        uint64_t stack = tracee_stack(saved);
        char bytes[LOOK], *zero;
        ssize_t len = tracee_read(&saved->call, stack, bytes, sizeof(bytes));

        zero = len < 0 ? NULL : memchr(bytes, 0, (size_t)len);
        *address = stack + (zero ? (size_t)(zero - bytes) : 0);
        /* A 64-bit program may make calls of 32 bits, which do not reach its stack. */
        if (tracee_word_size(&saved->call) == sizeof(uint32_t) && *address > UINT32_MAX)
                return -ENOTSUP;
        return zero ? 0 : -ENOTSUP;
}

static int make_mapping(struct pins *pins, struct pin_thread *pin, const struct tracee *t)
{
        uint64_t args[6] = {0, MFD_CLOEXEC | MFD_ALLOW_SEALING};
        int r = tracee_save(t, &pin->saved);

        if (!r)
                r = find_empty_string(&pin->saved, &args[0]);
        if (!r)
                r = tracee_hold_signals(t->tid, &pin->mask);
        if (r)
                return r;
        r = tracee_replace_call(&pin->saved, calls_number("memfd_create", t->arch), args);
        if (r) {
                tracee_set_signals(t->tid, pin->mask);
                return r;
        }
        pins->nbusy += !is_busy(pin);
        pin->step = STEP_CREATE;
        return 1;
}

int pins_prepare(struct pins *pins, const struct tracee *t, struct thread *thread)
{
        struct pin_thread *pin = pin_thread(thread);
        struct pin_family *family;
        int r;

        if (pin->family)
                return 0;
        if (pin->cannot)
                return -ENOTSUP;
        family = find_mapped(pins, t->tid);
        if (family) {
                join(pins, pin, family);
                return 0;
        }
        /* These may pass. */
        if (shares_memory(pins, thread, is_thread_busy) || shares_descriptors(pins, thread))
                return -ENOTSUP;
        r = is_range_free(t->tid) && !has_other_filters(pins, t->tid) ? make_mapping(pins, pin, t)
                                                                      : -ENOTSUP;
        pin->cannot = r < 0;
        return r == -ESRCH || r >= 0 ? r : -ENOTSUP;
}

/* ---- slots ---- */

/* -1: there is none. */
static int find_zero_bit(uint64_t bits)
{
        return ~bits ? __builtin_ctzll(~bits) : -1;
}

static int find_slot(struct pin_family *family)
{
        for (int i = 0; i < WORDS; i++) {
                int bit = find_zero_bit(family->taken[i]);
                int slot = i * WORD_BITS + bit;

                if (bit < 0 || slot >= SLOTS)
                        continue;
                family->taken[i] |= UINT64_C(1) << bit;
                return slot;
        }
        return -ENOTSUP;
}

int pin_take_slot(struct pins *pins, pid_t tid, struct pin_thread *pin)
{
        int slot;

        if (!pin->family || (pins->filtered && has_other_filters(pins, tid)))
                return -ENOTSUP;
        slot = find_slot(pin->family);
        if (slot < 0)
                return slot;
        pin->slot = slot;
        pin->area.start = PINNED_START + (uint64_t)slot * PIN_SLOT;
        pin->area.end = pin->area.start + PIN_SLOT;
        pin->memory = pin->family->memory + (size_t)slot * PIN_SLOT;
        return 0;
}

void pin_give_back_slot(struct pin_thread *pin)
{
        if (pin->slot < 0)
                return;
        pin->family->taken[pin->slot / WORD_BITS] &= ~(UINT64_C(1) << pin->slot % WORD_BITS);
        pin->slot = -1;
}
