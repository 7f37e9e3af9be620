/* decode.c: thread + row -> struct event. */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "asks.h"
#include "decode_socket.h"
#include "names.h"
#include "resolve.h"
#include "script.h"
#include "util.h"

enum {
        IOVECS_MAX = 1024, /* UIO_MAXIOV, readv(2) */
        IOVECS_A_READ = 8,
        HOW_SIZE_MAX = 4096 /* openat2(2): larger is E2BIG */
};

/* One call being decoded: what is known so far from its registers. */
struct decoding {
        const struct tracee *t;
        const struct decode_options *options;
        struct event *event;
        int dirfd;
        struct ask_flags flags;
        uint64_t resolve, atflags;
};

static void fail(struct event *event, int error)
{
        if (!event->error)
                event->error = error;
}

static void fail_blind(struct event *event, int error)
{
        fail(event, error);
        event->undecodable = true;
}

static struct object *new_object(struct event *event)
{
        struct object *object = &event->objects[event->nobjects++];

        memset(object, 0, offsetof(struct object, path));
        object->path[0] = '\0';
        return object;
}

/* ---- paths ---- */

/* O_PATH gives a handle and ignores nearly all else: open(2). */
static uint64_t effective_oflags(uint64_t flags)
{
        return flags & O_PATH ? flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : flags;
}

static unsigned open_mode(uint64_t flags)
{
        if (asks_tmpfile(flags))
                return RESOLVE_LINK;
        if (flags & O_CREAT)
                return flags & (O_EXCL | O_NOFOLLOW) ? RESOLVE_ENTRY : RESOLVE_NEW;
        return flags & O_NOFOLLOW ? RESOLVE_NOLINK : RESOLVE_LINK;
}

static unsigned resolve_mode(const struct decoding *d, const struct arg *arg)
{
        if (arg->use == USE_OPEN || arg->use == USE_CREAT)
                return open_mode(d->flags.open) |
                       (d->resolve & RESOLVE_IN_ROOT ? RESOLVE_BELOW_DIRFD : 0);
        switch (arg->follow) {
        case FOLLOW_ALWAYS:
                return RESOLVE_LINK;
        case FOLLOW_NEVER:
                return RESOLVE_NOLINK;
        case FOLLOW_FLAGS:
                return d->atflags & AT_SYMLINK_NOFOLLOW ? RESOLVE_NOLINK : RESOLVE_LINK;
        case FOLLOW_IF:
                return d->atflags & AT_SYMLINK_FOLLOW ? RESOLVE_LINK : RESOLVE_NOLINK;
        case FOLLOW_ENTRY:
                return RESOLVE_ENTRY;
        }
        return RESOLVE_ENTRY;
}

static bool read_text(struct decoding *d, uint64_t addr, char *buf, size_t size, size_t *len)
{
        ssize_t n = tracee_read_str(d->t, addr, buf, size);

        *len = n < 0 ? 0 : (size_t)n;
        if (n < 0)
                fail_blind(d->event, (int)n);
        return n >= 0;
}

/* Both paths are kept as they were given; each is read from the command's memory just once. */
static bool read_path(struct decoding *d, uint64_t addr, char *buf, size_t size)
{
        struct event *event = d->event;
        size_t len;

        if (!read_text(d, addr, buf, size, &len))
                return false;
        if (!(event->has & EVENT_HAS_RAW)) {
                memcpy(event->raw, buf, len + 1);
                event->raw_len = len;
                event->has |= EVENT_HAS_RAW;
        } else {
                memcpy(event->raw2, buf, len + 1);
                event->raw2_len = len;
                event->has |= EVENT_HAS_RAW2;
        }
        return true;
}

/* A script may name its interpreter by a relative path. */
static void note_base(struct decoding *d, const struct arg *arg, bool by_path, const char *path)
{
        bool absolute = by_path && path[0] == '/' && !(d->resolve & RESOLVE_IN_ROOT);

        if (!absolute && d->dirfd != AT_FDCWD)
                d->event->by |= EVENT_BY_FILES;
        if ((!absolute && d->dirfd == AT_FDCWD) || arg->use == USE_EXEC)
                d->event->by |= EVENT_BY_PLACES;
}

/* AT_EMPTY_PATH with an empty path, and utimensat(2) with none at all, act on the descriptor. */
static bool acts_on_dirfd(const struct decoding *d, const struct arg *arg, uint64_t addr,
                          const char *path)
{
        if (!addr)
                return arg->use == USE_ATTR && d->dirfd != AT_FDCWD;
        return !*path && d->atflags & AT_EMPTY_PATH;
}

static void decode_path(struct decoding *d, const struct arg *arg, uint64_t addr)
{
        struct event *event = d->event;
        char path[PATH_MAX] = "";
        unsigned at = event->nobjects;
        struct object *object = new_object(event);
        bool no_path = !addr && acts_on_dirfd(d, arg, addr, path);
        cleanup_fd int place = -1;
        int *keep = arg->use == USE_EXEC ? &place : NULL;
        int r;

        if (!no_path && !read_path(d, addr, path, sizeof(path))) {
                /* Of an open it is still known what for. */
                event->asks_known = arg->use == USE_OPEN || arg->use == USE_CREAT;
                if (event->asks_known)
                        asks_add(event, arg->use, at, &d->flags);
                return;
        }
        no_path = no_path || acts_on_dirfd(d, arg, addr, path);
        note_base(d, arg, !no_path, path);
        if (no_path)
                r = resolve_dir(d->t, d->dirfd, object, keep);
        else
                r = resolve_path(d->t, d->dirfd, path, resolve_mode(d, arg), object, keep);
        if (r)
                fail(event, r);
        if (object->kind == OBJECT_NONE)
                event->undecodable = true;
        if (arg->use == USE_OPEN || arg->use == USE_CREAT)
                decode_proc_file(d->t, &d->options->processes, object);
        asks_add(event, arg->use, at, &d->flags);
        if (arg->use == USE_EXEC && !event->error)
                script_add_interpreters(d->t, event, place);
}

/* Shown as the record's "to", never judged: a link may name anything. */
static void decode_text(struct decoding *d, uint64_t addr)
{
        struct object *to = &d->event->objects[1];

        memset(to, 0, offsetof(struct object, path));
        if (!read_text(d, addr, to->path, PATH_MAX, &to->len))
                return;
        to->kind = OBJECT_TEXT;
}

static void decode_fd(struct decoding *d, const struct arg *arg, int fd)
{
        struct event *event = d->event;
        unsigned at = event->nobjects;
        struct object *object = new_object(event);
        int r = resolve_fd(d->t, fd, object, NULL);

        event->by |= EVENT_BY_FILES;
        if (r)
                fail(event, r);
        if (object->kind == OBJECT_NONE)
                event->undecodable = true;
        asks_add(event, arg->use, at, &d->flags);
}

static bool is_device(int fd)
{
        struct stat st;

        return !fstat(fd, &st) && (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode));
}

/* Whoever may write to a device has been judged, when it was opened. */
static bool is_writable(const struct decoding *d, int fd)
{
        int flags = tracee_fd_flags(d->t, fd);

        return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
}

static void decode_control(struct decoding *d, const struct arg *arg, int fd)
{
        struct event *event = d->event;
        unsigned at = event->nobjects;
        struct object *object = new_object(event);
        cleanup_fd int place = -1;
        int r = resolve_fd(d->t, fd, object, &place);

        event->by |= EVENT_BY_FILES;
        if (r)
                fail(event, r);
        if (object->kind == OBJECT_NONE)
                event->undecodable = true;
        object->device = place >= 0 && is_device(place);
        if (!object->device || !is_writable(d, fd))
                asks_add(event, arg->use, at, &d->flags);
}

/* A write that is discarded must fail as the real one would: write(2), EBADF. */
static void check_writable(struct decoding *d)
{
        int flags = tracee_fd_flags(d->t, d->event->fd);

        if (flags < 0)
                fail(d->event, flags);
        else if (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
                fail(d->event, -EBADF);
}

/* ---- buffers: a bounded sample, read once ---- */

static void sample(struct decoding *d, uint64_t addr, uint64_t len)
{
        struct event *event = d->event;
        size_t room = d->options->data - event->data_len;
        size_t want = len < room ? (size_t)len : room;
        struct tracee unjudged = *d->t;
        ssize_t got;
        char byte;

        unjudged.reads = NULL;

        /* What is discarded must still fail where the real write would: at its first byte. */
        if (d->options->descriptors && len && !want)
                got = tracee_read(&unjudged, addr, &byte, 1);
        else
                got = want ? tracee_read(&unjudged, addr, event->data + event->data_len, want) : 0;
        if (got < 0 && d->options->descriptors)
                fail(event, -EFAULT);
        if (!want)
                return;
        event->has |= EVENT_HAS_DATA;
        if (got > 0)
                event->data_len += (size_t)got;
}

/* The vector is walked to its end: the count of a discarded call is the sum of all its parts. */
static void decode_iovec(struct decoding *d, uint64_t addr, uint64_t n)
{
        struct event *event = d->event;
        uint64_t total = 0, words[2 * IOVECS_A_READ];

        if (n > IOVECS_MAX) {
                fail(event, -EINVAL);
                return;
        }
        while (n > 0) {
                size_t part = n < IOVECS_A_READ ? (size_t)n : IOVECS_A_READ;

                if (tracee_read_words(d->t, addr, words, 2 * part)) {
                        fail(event, -EFAULT);
                        return;
                }
                for (size_t i = 0; i < part; i++) {
                        sample(d, words[2 * i], words[2 * i + 1]);
                        total += words[2 * i + 1];
                }
                addr += 2 * part * tracee_word_size(d->t);
                n -= part;
        }
        event->count = total;
        event->has |= EVENT_HAS_COUNT;
}

/* ---- sockets ---- */

static void ask_for_all(struct decoding *d, const struct arg *arg, unsigned from)
{
        for (unsigned at = from; at < d->event->nobjects; at++)
                asks_add(d->event, arg->use, at, &d->flags);
}

static void decode_address(struct decoding *d, const struct arg *arg, uint64_t addr, uint64_t next)
{
        unsigned at = d->event->nobjects;
        int r = decode_socket(d->t, arg, addr, next, d->event);

        if (r)
                fail(d->event, r);
        if (r && d->event->nobjects == at)
                d->event->undecodable = true;
        ask_for_all(d, arg, at);
}

/* ---- arguments in registers ---- */

static void set_flags(struct event *event, const struct flag_names *names, uint64_t flags)
{
        if (event->has & EVENT_HAS_FLAGS)
                return;
        event->flag_names = names;
        event->flags = flags;
        event->has |= EVENT_HAS_FLAGS;
}

/* Is there anything but zeros behind the struct? */
static bool has_more(const struct decoding *d, uint64_t addr, uint64_t size)
{
        static const char zeros[HOW_SIZE_MAX];
        char more[HOW_SIZE_MAX];
        size_t len = (size_t)size - sizeof(struct open_how);

        return len &&
               (tracee_read(d->t, addr + sizeof(struct open_how), more, len) != (ssize_t)len ||
                memcmp(more, zeros, len) != 0);
}

/* openat2(2): the size tells the version; what a larger one adds must be zero, which is the
 * kernel's to check, for none of it changes what is opened without changing the first three fields.
 */
static void decode_open_how(struct decoding *d, uint64_t addr, uint64_t size)
{
        struct event *event = d->event;
        struct open_how how;
        ssize_t got;

        if (size < sizeof(how) || size > HOW_SIZE_MAX) {
                fail_blind(event, size < sizeof(how) ? -EINVAL : -E2BIG);
                return;
        }
        got = tracee_read(d->t, addr, &how, sizeof(how));
        if (got != sizeof(how)) {
                fail_blind(event, got < 0 ? (int)got : -EFAULT);
                return;
        }
        event->how.flags = how.flags;
        event->how.mode = how.mode;
        event->how.resolve = how.resolve;
        event->how.more = has_more(d, addr, size);
        d->flags.open = effective_oflags(how.flags);
        d->resolve = how.resolve;
        set_flags(event, open_flag_names, how.flags);
        if (how.flags & (O_CREAT | O_TMPFILE) & ~(uint64_t)O_DIRECTORY) {
                event->mode = (uint32_t)how.mode;
                event->has |= EVENT_HAS_MODE;
        }
}

static void decode_mode(struct decoding *d, uint64_t value)
{
        bool opens = d->event->has & EVENT_HAS_FLAGS && d->event->flag_names == open_flag_names;

        /* open(2) takes a mode only with these flags; else the register holds anything. */
        if (opens && !(d->flags.open & O_CREAT) && !asks_tmpfile(d->flags.open))
                return;
        d->event->mode = (uint32_t)value;
        d->event->has |= EVENT_HAS_MODE;
}

/* First pass: all that is in registers. An int argument is its low half, whatever the rest holds.
 */
static void decode_register(struct decoding *d, const struct call *call, unsigned i)
{
        struct event *event = d->event;
        const struct arg *arg = &call->args[i];
        uint64_t value = d->t->args[i];

        switch (arg->role) {
        case ARG_OFLAGS:
                d->flags.open = effective_oflags((uint32_t)value);
                set_flags(event, open_flag_names, (uint32_t)value);
                return;
        case ARG_OPENHOW:
                decode_open_how(d, value, i < 5 ? d->t->args[i + 1] : 0);
                return;
        case ARG_ATFLAGS:
                d->atflags = (uint32_t)value;
                set_flags(event, at_flag_names, (uint32_t)value);
                return;
        case ARG_RENAMEFLAGS:
                d->flags.rename = (uint32_t)value;
                set_flags(event, rename_flag_names, (uint32_t)value);
                return;
        case ARG_XATTRFLAGS:
                set_flags(event, xattr_flag_names, (uint32_t)value);
                return;
        case ARG_MODE:
                decode_mode(d, value);
                return;
        case ARG_FD:
                event->fd = (int)value;
                event->has |= EVENT_HAS_FD;
                return;
        case ARG_COUNT:
                event->count = tracee_word_size(d->t) == 4 ? (uint32_t)value : value;
                event->has |= EVENT_HAS_COUNT;
                return;
        case ARG_SIGNAL:
                event->signal = (int)value;
                event->has |= EVENT_HAS_SIGNAL;
                return;
        case ARG_PROCESS:
                decode_process(d->t, call, i, &d->options->processes, event);
                return;
        case ARG_NONE:
        case ARG_OTHER:
        case ARG_DIRFD:
        case ARG_PATH:
        case ARG_TEXT:
        case ARG_BUF:
        case ARG_IOVEC:
        case ARG_SOCKADDR:
        case ARG_MSGHDR:
        case ARG_MMSGHDR:
        case ARG_FAMILY:
        case ARG_SOCKOPT:
        case ARG_SUBCALL:
                return;
        }
}

static uint64_t count_after(const struct decoding *d, const struct call *call, unsigned i)
{
        for (unsigned j = i + 1; j < 6; j++)
                if (call->args[j].role == ARG_COUNT)
                        return d->t->args[j];
        return 0;
}

/* Second pass: what the registers point to. */
static void decode_memory(struct decoding *d, const struct call *call, unsigned i)
{
        const struct arg *arg = &call->args[i];
        uint64_t value = d->t->args[i];

        switch (arg->role) {
        case ARG_DIRFD:
                d->dirfd = (int)value;
                return;
        case ARG_PATH:
                decode_path(d, arg, value);
                d->dirfd = AT_FDCWD;
                return;
        case ARG_TEXT:
                decode_text(d, value);
                return;
        case ARG_FD:
                if (arg->use == USE_NONE || decode_aims(d->t, call))
                        return;
                if (arg->use != USE_CONTROL)
                        decode_fd(d, arg, (int)value);
                else if (!calls_is_harmless_request(call, d->t->args))
                        decode_control(d, arg, (int)value);
                return;
        case ARG_BUF:
                sample(d, value, count_after(d, call, i));
                return;
        case ARG_IOVEC:
                decode_iovec(d, value, count_after(d, call, i));
                return;
        case ARG_SOCKADDR:
        case ARG_MSGHDR:
        case ARG_MMSGHDR:
                decode_address(d, arg, value, i < 5 ? d->t->args[i + 1] : 0);
                return;
        case ARG_FAMILY:
                decode_socket_new(d->event, (int)value, (int)d->t->args[i + 1],
                                  (int)d->t->args[i + 2]);
                ask_for_all(d, arg, 0);
                return;
        case ARG_SOCKOPT:
                decode_socket_option(d->event, (int)value, (int)d->t->args[i + 1]);
                ask_for_all(d, arg, 0);
                return;
        case ARG_NONE:
        case ARG_OTHER:
        case ARG_OFLAGS:
        case ARG_OPENHOW:
        case ARG_ATFLAGS:
        case ARG_RENAMEFLAGS:
        case ARG_XATTRFLAGS:
        case ARG_MODE:
        case ARG_COUNT:
        case ARG_SUBCALL:
        case ARG_PROCESS:
        case ARG_SIGNAL:
                return;
        }
}

/* socketcall(2): the arguments of the call that is meant lie in memory. */
static const struct call *demultiplex(struct tracee *t, struct event *event)
{
        unsigned nargs = 0;
        const struct call *call = calls_by_subcall((unsigned)t->args[0], &nargs);
        uint64_t args[6] = {0};
        int r = call ? tracee_read_words(t, t->args[1], args, nargs) : -EINVAL;

        if (r) {
                fail_blind(event, r);
                return NULL;
        }
        memcpy(t->args, args, sizeof(args));
        return call;
}

static void reset(const struct tracee *t, struct event *event)
{
        event->tgid = t->tgid;
        event->tid = t->tid;
        event->error = 0;
        event->undecodable = event->asks_known = event->first_only = false;
        event->nobjects = event->nasks = 0;
        event->by = 0;
        event->has = 0;
        event->flags = 0;
        memset(&event->how, 0, sizeof(event->how));
        event->raw_len = event->raw2_len = event->address_len = event->data_len = 0;
        event->fd = -1;
        event->objects[1].kind = OBJECT_NONE;
}

void decode_call(struct tracee *t, const struct decode_options *options, struct event *event)
{
        struct decoding d = {.t = t, .options = options, .event = event, .dirfd = AT_FDCWD};
        const struct call *call = calls_by_number(t->arch, t->nr);

        reset(t, event);
        event->call = call;
        if (!call) {
                fail_blind(event, -ENOSYS);
                return;
        }
        if (call->args[0].role == ARG_SUBCALL) {
                call = demultiplex(t, event);
                if (!call)
                        return;
                event->call = call;
        }
        for (unsigned i = 0; i < 6; i++)
                if (call->args[i].use == USE_CREAT)
                        d.flags.open = O_CREAT | O_WRONLY | O_TRUNC;
        for (unsigned i = 0; i < 6; i++)
                decode_register(&d, call, i);
        for (unsigned i = 0; i < 6 && !event->undecodable; i++)
                decode_memory(&d, call, i);
        if (event->objects[1].kind == OBJECT_TEXT && event->nobjects < 2)
                event->nobjects = 2;
        if (options->descriptors && event->nasks && event->asks[0].class == CLASS_OUTPUT)
                check_writable(&d);
}
