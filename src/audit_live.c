/* audit_live.c: what happens in a run -> facts for its audit. */
#include "audit_live.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "facts.h"
#include "util.h"

static struct timespec now(void)
{
        struct timespec time = {0};

        clock_gettime(CLOCK_REALTIME, &time);
        return time;
}

static struct words words_of(const char *text)
{
        return (struct words){text, text ? strlen(text) : 0};
}

/* Strings one after the other, each with its NUL. The caller frees the bytes. */
static struct words join(char *const *strings, size_t max)
{
        size_t len = 0, n;
        char *bytes;

        for (n = 0; n < max && strings && strings[n]; n++)
                len += strlen(strings[n]) + 1;
        bytes = xcalloc(1, len);
        len = 0;
        for (size_t i = 0; i < n; i++) {
                memcpy(bytes + len, strings[i], strlen(strings[i]) + 1);
                len += strlen(strings[i]) + 1;
        }
        return (struct words){bytes, len};
}

/* ---- standard descriptors ---- */

static bool is_same_file(int a, int b)
{
        struct stat x, y;

        return a >= 0 && b >= 0 && !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev &&
               x.st_ino == y.st_ino;
}

/* It is told as if the command had opened it now, under the name that the kernel has for it. */
static void look_at_inherited(struct audit *audit, int fd)
{
        char link[64], name[PATH_MAX];
        int flags = fcntl(fd, F_GETFL);
        struct stat st;
        ssize_t len;

        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) || !S_ISREG(st.st_mode))
                return;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = readlink(link, name, sizeof(name) - 1);
        if (len > 0 && st.st_nlink > 0)
                audit_inherit(audit, &(struct words){name, (size_t)len});
}

/* What is watched stops, unless the policy names the calls that do. */
static unsigned recorded(const struct policy *policy)
{
        return policy_recorded(policy) | (policy->calls_given ? 0 : policy->watched);
}

void audit_start(struct audit *audit, const struct run_info *info, const char *host,
                 const char *run, int records)
{
        struct words argv, policies;
        struct fact fact = {
                .kind = FACT_START,
                .time = now(),
                .host = words_of(host),
                .run = words_of(run),
                .cwd = words_of(info->cwd),
                .home = words_of(info->home),
                .permissive = info->policy->permissive,
                .has_recorded = true,
                .recorded = recorded(info->policy),
        };

        if (!audit)
                return;
        argv = join(info->argv, SIZE_MAX);
        policies = join(info->policy->files, info->policy->nfiles);
        fact.argv = argv;
        fact.policies = policies;
        audit_add(audit, &fact);
        free((char *)argv.bytes);
        free((char *)policies.bytes);
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (!is_same_file(fd, records))
                        look_at_inherited(audit, fd);
}

/* ---- calls ---- */

void audit_before(struct audit *audit, const struct event *event)
{
        if (audit)
                audit_look(audit, event);
}

bool audit_wants_result(const struct audit *audit, const struct event *event,
                        const struct verdict *verdict)
{
        if (!audit || verdict->action > ACTION_LOG)
                return false;
        for (unsigned i = 0; i < event->nasks; i++)
                if (!event->asks[i].carry && CLASS_BIT(event->asks[i].class) & AUDIT_CHANGING)
                        return true;
        return false;
}

void audit_call(struct audit *audit, const struct event *event, const struct verdict *verdict)
{
        struct fact_room room;
        struct fact fact;

        if (!audit)
                return;
        fact_of_call(event, verdict, &fact, &room);
        fact.time = now();
        audit_add(audit, &fact);
}

/* ---- processes, and the end ---- */

void audit_process(struct audit *audit, const struct process_info *info)
{
        static const enum fact_kind kinds[] = {
                [PROCESS_FORK] = FACT_FORK, [PROCESS_EXEC] = FACT_EXEC, [PROCESS_EXIT] = FACT_EXIT};
        struct fact fact = {
                .kind = kinds[info->what],
                .time = now(),
                .tgid = info->tgid,
                .tid = info->tid,
                .comm = words_of(info->comm),
                .path = {info->path, info->path_len},
                .child = info->child,
                .argv = {info->argv, info->argv_len},
                .status = info->status,
                .has_written = info->has_written,
                .written = info->written,
        };

        if (audit)
                audit_add(audit, &fact);
}

void audit_end(struct audit *audit, int exit_status, uint64_t dropped)
{
        struct fact fact = {
                .kind = FACT_END, .time = now(), .status = exit_status, .dropped = dropped};

        if (!audit)
                return;
        audit_add(audit, &fact);
        audit_settle(audit);
}
