/* calls.c: what follows from the rows: lookup by name and number, classes, words. */
#include "calls.h"

#include <linux/net.h>
#include <seccomp.h>

#include "calls_requests.h"
#include "util.h"

const struct call *calls_by_name(const char *name)
{
        size_t n;
        const struct call *table = calls_table(&n);

        for (size_t i = 0; i < n; i++)
                if (strcmp(table[i].name, name) == 0)
                        return &table[i];
        return NULL;
}

/* By number, not by name: on i386 libseccomp resolves the name of a call that socketcall(2) or
 * ipc(2) also does to a number of its own making, which no process ever uses. */
static const struct call *resolve(uint32_t arch, int nr)
{
        cleanup_free char *name = seccomp_syscall_resolve_num_arch(arch, nr);

        return name ? calls_by_name(name) : NULL;
}

enum {
        ARCH_MAX = 4,     /* more ABIs than any machine of ours decodes */
        NUMBER_MAX = 1024 /* the highest number of Linux 6.18 is 469 */
};

/* What resolve() said, asked once for each number: it searches two tables from their start. */
struct number_map {
        uint32_t arch; /* 0: not in use */
        bool known[NUMBER_MAX];
        const struct call *calls[NUMBER_MAX];
};

static struct number_map *map_for(uint32_t arch)
{
        static struct number_map maps[ARCH_MAX];

        for (size_t i = 0; i < ARCH_MAX; i++) {
                if (maps[i].arch == 0)
                        maps[i].arch = arch;
                if (maps[i].arch == arch)
                        return &maps[i];
        }
        return NULL;
}

static bool test_holds(const struct call_test *test, uint64_t value)
{
        if (test->low)
                return !(value & PINNED_ABOVE);
        if (test->not_zero)
                return value != 0;
        return ((uint32_t)value & test->mask) == test->value;
}

bool calls_holds(const struct call_condition *condition, const uint64_t args[6])
{
        for (unsigned i = 0; i < condition->ntests; i++)
                if (!test_holds(&condition->tests[i], args[condition->tests[i].arg]))
                        return false;
        return true;
}

bool calls_is_harmless_request(const struct call *call, const uint64_t args[6])
{
        enum { REQUEST = 1 };
        const uint32_t *harmless = call ? call->harmless_requests : NULL;

        for (; harmless && *harmless; harmless++)
                if (*harmless == CALL_REQUEST(args[REQUEST]))
                        return true;
        return false;
}

bool calls_waits_for_good(const struct call *call, const uint64_t args[6])
{
        switch (call ? call->wait : WAIT_NOT) {
        case WAIT_NOT:
                return false;
        case WAIT_FOR_GOOD:
                return true;
        case WAIT_MS:
                return (int32_t)args[call->timeout] < 0;
        case WAIT_TIME:
                return args[call->timeout] == 0;
        }
        return false;
}

enum call_guard calls_guard(const struct call *call, const uint64_t args[6])
{
        for (const struct call_condition *c = call ? call->conditions : NULL; c && c->ntests; c++)
                if (c->guard != GUARD_NONE && calls_holds(c, args))
                        return c->guard;
        return GUARD_NONE;
}

int calls_number(const char *name, uint32_t arch)
{
        return seccomp_syscall_resolve_name_arch(arch, name);
}

const struct call *calls_by_number(uint32_t arch, int nr)
{
        if (nr < 0 || nr >= NUMBER_MAX)
                return NULL;
        struct number_map *map = map_for(arch);
        if (!map)
                return resolve(arch, nr);
        if (!map->known[nr]) {
                map->calls[nr] = resolve(arch, nr);
                map->known[nr] = true;
        }
        return map->calls[nr];
}

static const struct {
        const char *name;
        unsigned nargs;
} subcalls[] = {
        [SYS_SOCKET] = {"socket", 3},
        [SYS_BIND] = {"bind", 3},
        [SYS_CONNECT] = {"connect", 3},
        [SYS_LISTEN] = {"listen", 2},
        [SYS_ACCEPT] = {"accept", 3},
        [SYS_GETSOCKNAME] = {"getsockname", 3},
        [SYS_GETPEERNAME] = {"getpeername", 3},
        [SYS_SOCKETPAIR] = {"socketpair", 4},
        [SYS_SEND] = {"send", 4},
        [SYS_RECV] = {"recv", 4},
        [SYS_SENDTO] = {"sendto", 6},
        [SYS_RECVFROM] = {"recvfrom", 6},
        [SYS_SHUTDOWN] = {"shutdown", 2},
        [SYS_SETSOCKOPT] = {"setsockopt", 5},
        [SYS_GETSOCKOPT] = {"getsockopt", 5},
        [SYS_SENDMSG] = {"sendmsg", 3},
        [SYS_RECVMSG] = {"recvmsg", 3},
        [SYS_ACCEPT4] = {"accept4", 4},
        [SYS_RECVMMSG] = {"recvmmsg", 5},
        [SYS_SENDMMSG] = {"sendmmsg", 4},
};

const struct call *calls_by_subcall(unsigned sub, unsigned *nargs)
{
        *nargs = 0;
        if (sub >= ARRAY_SIZE(subcalls) || !subcalls[sub].name)
                return NULL;
        *nargs = subcalls[sub].nargs;
        return calls_by_name(subcalls[sub].name);
}

unsigned calls_subcall_number(const struct call *call)
{
        for (unsigned sub = 0; sub < ARRAY_SIZE(subcalls); sub++)
                if (subcalls[sub].name && !strcmp(subcalls[sub].name, call->name))
                        return sub;
        return 0;
}

static const unsigned classes_of_use[] = {
        [USE_NONE] = 0,
        [USE_OPEN] = CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE),
        [USE_CREAT] = CLASS_BIT(CLASS_WRITE) | CLASS_BIT(CLASS_CREATE),
        [USE_WRITE] = CLASS_BIT(CLASS_WRITE),
        [USE_CREATE] = CLASS_BIT(CLASS_CREATE),
        [USE_SYMLINK] = CLASS_BIT(CLASS_CREATE),
        [USE_DELETE] = CLASS_BIT(CLASS_DELETE),
        [USE_ATTR] = CLASS_BIT(CLASS_ATTR),
        [USE_CONTROL] = CLASS_BIT(CLASS_ATTR) | CLASS_BIT(CLASS_WRITE),
        [USE_EXEC] = CLASS_BIT(CLASS_EXEC),
        [USE_OUTPUT] = CLASS_BIT(CLASS_OUTPUT),
        [USE_CONNECT] = CLASS_BIT(CLASS_CONNECT),
        [USE_SOCKET] = 0,
        [USE_LINK] = 0,
        [USE_MOVE] = CLASS_BIT(CLASS_DELETE),
        [USE_TARGET] = CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE),
};

static unsigned classes_of_subcalls(void)
{
        unsigned classes = 0, nargs;

        for (unsigned sub = 0; sub < ARRAY_SIZE(subcalls); sub++) {
                const struct call *call = calls_by_subcall(sub, &nargs);
                if (call)
                        classes |= call_classes(call);
        }
        return classes;
}

unsigned call_classes(const struct call *call)
{
        unsigned classes = 0;

        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++) {
                if (call->args[i].role == ARG_SUBCALL)
                        return classes_of_subcalls();
                classes |= classes_of_use[call->args[i].use];
        }
        return classes;
}

unsigned call_carries(const struct call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++) {
                if (call->args[i].use == USE_LINK || call->args[i].use == USE_MOVE)
                        return CLASS_BIT(CLASS_READ) | CLASS_BIT(CLASS_WRITE) |
                               CLASS_BIT(CLASS_ATTR) | CLASS_BIT(CLASS_EXEC);
                if (call->args[i].use == USE_SOCKET)
                        return CLASS_BIT(CLASS_CONNECT);
        }
        return 0;
}

static size_t add_word(const char **words, size_t n, size_t max, const char *word)
{
        if (!word || n == max)
                return n;
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return n;
        words[n] = word;
        return n + 1;
}

size_t calls_system_words(const char **words, size_t max)
{
        size_t nrows, n = 0;
        const struct call *table = calls_table(&nrows);

        for (size_t i = 0; i < nrows; i++) {
                n = add_word(words, n, max, table[i].word);
                for (const struct call_condition *c = table[i].conditions; c && c->ntests; c++)
                        n = add_word(words, n, max, c->word);
        }
        return n;
}
