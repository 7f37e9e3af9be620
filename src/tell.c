/* tell.c: what is told when a run has ended, or of one that was recorded. */
#include "tell.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "learn.h"
#include "load.h"
#include "names.h"
#include "record_read.h"
#include "report.h"
#include "summary.h"
#include "util.h"

/* ---- before ---- */

/* One would take the place of the other. */
static int check_names(const struct options *options, const char *record)
{
        const struct {
                const char *what, *name;
        } files[] = {{"the record", record},
                     {"the report", options->report},
                     {"the learned policy", options->learn}};

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                for (size_t j = i + 1; j < ARRAY_SIZE(files); j++) {
                        if (!files[i].name || !files[j].name ||
                            !outfile_is_same(files[i].name, files[j].name))
                                continue;
                        error_user("'%s' cannot be both %s and %s", files[j].name, files[i].what,
                                   files[j].what);
                        return -EINVAL;
                }
        return 0;
}

static int open_one(struct outfile *file, const char *what, const char *name)
{
        int r = name ? outfile_open(file, name) : 0;

        if (r)
                error_user("cannot write the %s '%s': %s", what, name, strerror(-r));
        return r;
}

/* cwd and home: of the run that was recorded, or NULL. */
static int open_all(struct tell *tell, const struct options *options, const char *cwd,
                    const char *home)
{
        int r;

        *tell = (struct tell){.options = options, .report.dir = -1, .learned.dir = -1};
        policy_init(&tell->guarded);
        r = open_one(&tell->report, "report", options->report);
        if (!r)
                r = open_one(&tell->learned, "learned policy", options->learn);
        if (!r && options->learn)
                r = load_guarded(&tell->guarded, cwd, home);
        if (r)
                tell_close(tell);
        return r;
}

int tell_open(struct tell *tell, const struct options *options, const char *record)
{
        int r = check_names(options, record);

        return r ? r : open_all(tell, options, NULL, NULL);
}

void tell_protect(const struct tell *tell, struct policy *policy)
{
        if (tell->report.path)
                policy_protect(policy, tell->report.path);
        if (tell->learned.path)
                policy_protect(policy, tell->learned.path);
}

void tell_close(struct tell *tell)
{
        outfile_drop(&tell->report);
        outfile_drop(&tell->learned);
        policy_fini(&tell->guarded);
        policy_init(&tell->guarded);
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

/* Only what is logged by default, and nowhere allowed without a record, is recorded in whole. */
static void warn_unrecorded(unsigned classes)
{
        char words[128] = "";

        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                if (!(classes & CLASS_BIT(class)))
                        continue;
                strcat(words, *words ? ", " : "");
                strcat(words, class_name(class));
        }
        warn_user("the record does not tell all of %s: the learned policy refuses connections that "
                  "it does not tell of, and leaves the others open; --learn sees all",
                  words);
}

static int tell_learned(struct tell *tell, const struct audit *audit)
{
        char *dirs[LOAD_DIRS_MAX];
        const struct learn_options options = {&tell->guarded, (const char *const *)dirs};
        struct learned learned;

        load_search_path(dirs);
        learned = learn_write(tell->learned.stream, audit, &options);
        for (size_t i = 0; dirs[i]; i++)
                free(dirs[i]);
        if (learned.unrecorded)
                warn_unrecorded(learned.unrecorded);
        if (learned.unlearned)
                warn_user("no rule could be learned for %zu %s: the policy says which",
                          learned.unlearned, learned.unlearned == 1 ? "name" : "names");
        return finish_one(&tell->learned, "learned policy", tell->options->learn);
}

int tell_all(struct tell *tell, const struct audit *audit, FILE *summary)
{
        const struct options *options = tell->options;
        int r = 0, error;

        if (tell->report.stream) {
                report_write(tell->report.stream, audit, getenv("PATH"));
                r = finish_one(&tell->report, "report", options->report);
        }
        error = tell->learned.stream ? tell_learned(tell, audit) : 0;
        r = r ? r : error;
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
        const struct audit_run *run = audit_run(audit);
        struct tell tell;
        int r = check_names(options, strcmp(options->from, "-") ? options->from : "/dev/stdin");

        if (!r)
                r = read_record(options->from, audit);
        if (!r)
                r = open_all(&tell, options, run->cwd.bytes, run->home.bytes);
        if (!r) {
                audit_settle(audit);
                r = tell_all(&tell, audit, stdout);
                tell_close(&tell);
        }
        audit_free(audit);
        return r;
}
