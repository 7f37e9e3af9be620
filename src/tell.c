/* tell.c: what is told when a run has ended, or of one that was recorded. */
#include "tell.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "load.h"
#include "record_read.h"
#include "report.h"
#include "summary.h"
#include "util.h"

/* ---- before ---- */

static int open_one(struct outfile *file, const char *what, const char *name)
{
        int r = name ? outfile_open(file, name) : 0;

        if (r)
                error_user("cannot write the %s '%s': %s", what, name, strerror(-r));
        return r;
}

int tell_open(struct tell *it, const struct options *options)
{
        int r;

        *it = (struct tell){.options = options, .report.dir = -1, .learned.dir = -1};
        policy_init(&it->guarded);
        r = open_one(&it->report, "report", options->report);
        if (!r)
                r = open_one(&it->learned, "learned policy", options->learn);
        if (!r && options->learn) {
                error_user("--learn: nothing can be learned yet");
                r = -ENOSYS;
        }
        if (r)
                tell_close(it);
        return r;
}

void tell_protect(const struct tell *it, struct policy *policy)
{
        if (it->report.path)
                policy_protect(policy, it->report.path);
        if (it->learned.path)
                policy_protect(policy, it->learned.path);
}

void tell_close(struct tell *it)
{
        outfile_drop(&it->report);
        outfile_drop(&it->learned);
        policy_fini(&it->guarded);
        policy_init(&it->guarded);
}

/* ---- afterwards ---- */

static void find_screen(struct summary_options *options, int fd)
{
        struct winsize size;

        options->colour = takes_colour(fd);
        if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size))
                return;
        options->rows = size.ws_row;
        options->columns = size.ws_col;
}

static int tell_summary(const struct audit *audit, FILE *out)
{
        struct summary_options options = {.path = getenv("PATH")};

        find_screen(&options, fileno(out));
        summary_write(out, audit, &options);
        if (!fflush(out) && !ferror(out))
                return 0;
        error_user("cannot write the summary: %s", strerror(errno));
        return -EIO;
}

static int finish_one(struct outfile *file, const char *what, const char *name)
{
        int r = outfile_finish(file);

        if (r)
                error_user("cannot write the %s '%s': %s", what, name, strerror(-r));
        return r;
}

int tell(struct tell *it, const struct audit *audit, FILE *summary)
{
        const struct options *options = it->options;
        int r = 0, error;

        if (it->report.stream) {
                report_write(it->report.stream, audit, getenv("PATH"));
                r = finish_one(&it->report, "report", options->report);
        }
        if (it->learned.stream) {
                error = finish_one(&it->learned, "learned policy", options->learn);
                r = r ? r : error;
        }
        error = options->summary ? tell_summary(audit, summary) : 0;
        return r ? r : error;
}

/* ---- of a record ---- */

static void take_fact(const struct fact *fact, void *data)
{
        audit_add(data, fact);
}

static void complain(const char *message, bool fatal, void *data)
{
        (void)data;
        if (fatal)
                error_user("%s", message);
        else
                warn_user("%s", message);
}

static int read_record(const char *name, struct audit *audit)
{
        bool standard = !strcmp(name, "-");
        cleanup_file FILE *file = standard ? NULL : fopen(name, "re");
        struct record_reader_options options = {
                .name = standard ? "standard input" : name,
                .take = take_fact,
                .complain = complain,
                .data = audit,
        };

        if (!file && !standard) {
                int error = -errno;

                error_user("cannot read the record '%s': %s", name, strerror(-error));
                return error;
        }
        return record_read(standard ? stdin : file, &options);
}

int tell_of_record(const struct options *options)
{
        struct audit *audit = audit_new(&(struct audit_options){.live = false});
        struct tell it;
        int r = read_record(options->from, audit);

        if (!r)
                r = tell_open(&it, options);
        if (!r) {
                audit_settle(audit);
                r = tell(&it, audit, stdout);
                tell_close(&it);
        }
        audit_free(audit);
        return r;
}
