/* run_record.c: the record of a run: where it goes, guarded against the command. */
#include "run_record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "load.h"
#include "record_file.h"
#include "util.h"

/* The command shall not be able to write its own record, by whatever name. */
static void protect(struct policy *policy, int fd)
{
        char link[64], name[PATH_MAX];
        ssize_t len;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = readlink(link, name, sizeof(name) - 1);
        if (len <= 0)
                return;
        name[len] = '\0';
        policy_protect(policy, name);
}

/* Where the older parts of the record file are to stand; *name is theirs, without a number. */
static int prepare_rotation(struct run_record *record, struct policy *policy, bool regular,
                            const char **name)
{
        if (policy->log_rotate == 0 || record->fd < 0)
                return 0;
        if (!regular) {
                error_user("cannot rotate records on %s: only a regular file can be", record->name);
                return -EINVAL;
        }
        record->directory = record_file_find(record->fd, record->path, name);
        if (record->directory < 0) {
                error_user("cannot rotate the record file '%s': %s", record->name,
                           strerror(-record->directory));
                return record->directory;
        }
        policy_protect_parts(policy, record->path);
        return 0;
}

static int open_file(struct run_record *record, const char *name, struct stat *st)
{
        int error;

        record->name = name;
        record->fd =
                open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
        if (record->fd >= 0 && !fstat(record->fd, st))
                return 0;
        error = -errno;
        error_user("cannot open record file '%s': %s", name, strerror(-error));
        return error;
}

/* Nobody can be told that standard error is closed, least of all what is recorded. */
static int use_standard_error(struct run_record *record, unsigned closed)
{
        record->fd = STDERR_FILENO;
        record->name = "standard error";
        return closed & 1u << STDERR_FILENO ? -EBADF : 0;
}

const char *run_record_name(const struct options *options, const struct policy *policy)
{
        if (options->output)
                return options->output;
        if (policy->log_file)
                return policy->log_file;
        return load_is_silent(options) ? NULL : "/dev/stderr";
}

int run_record_open(struct run_record *record, const struct options *options, struct policy *policy,
                    unsigned closed)
{
        const char *name = options->output ? options->output : policy->log_file, *part = NULL;
        struct stat st = {0};
        int r = 0;

        *record = (struct run_record){.fd = -1, .directory = -1};
        if (name)
                r = open_file(record, name, &st);
        else if (!load_is_silent(options))
                r = use_standard_error(record, closed);
        if (!r && S_ISREG(st.st_mode))
                protect(policy, record->fd);
        if (!r)
                r = prepare_rotation(record, policy, S_ISREG(st.st_mode), &part);
        if (r)
                return r;
        record->recorder = recorder_new(&(struct recorder_options){
                .fd = record->fd,
                .format = policy->log_format,
                .colour = takes_colour(record->fd),
                .limit = policy->log_limit,
                .fold = policy->log_fold,
                .exclusive = S_ISREG(st.st_mode),
                .rotate = policy->log_rotate,
                .keep = policy->log_keep,
                .directory = record->directory,
                .name = part,
        });
        return 0;
}

void run_record_close(struct run_record *record)
{
        recorder_free(record->recorder);
        if (record->fd > STDERR_FILENO)
                close(record->fd);
        if (record->directory >= 0)
                close(record->directory);
        *record = (struct run_record){.fd = -1, .directory = -1};
}

int run_record_check(struct run_record *record)
{
        int r = recorder_flush(record->recorder);

        if (r == -ESTALE)
                error_user("the record file '%s' was changed by another process; the run was ended",
                           record->name);
        else if (r && recorder_failed_to_rotate(record->recorder))
                error_user("cannot rotate the record file '%s': %s; the run was ended",
                           record->name, strerror(-r));
        else if (r)
                error_user("cannot write records to '%s': %s; the run was ended", record->name,
                           strerror(-r));
        return r;
}

/* Until the monitor ignores what a write may raise, it is blocked: the write fails, which is
 * noticed, or goes through from the background. Not ignored, for the command would inherit that. */
int run_record_start(struct run_record *record, const struct run_info *info)
{
        sigset_t raised, before;
        int r;

        recorder_start(record->recorder, info);
        sigemptyset(&raised);
        sigaddset(&raised, SIGPIPE);
        sigaddset(&raised, SIGXFSZ);
        sigaddset(&raised, SIGTTOU);
        sigprocmask(SIG_BLOCK, &raised, &before);
        r = run_record_check(record);
        /* After a failure the signal is pending. */
        if (!r)
                sigprocmask(SIG_SETMASK, &before, NULL);
        return r;
}
