/* options.c: the command line, as one table that the parser and --help share. */
#include "options.h"

#include <errno.h>
#include <getopt.h>

#include "util.h"

enum option_id {
        OPTION_POLICY = 'p',
        OPTION_OUTPUT = 'o',
        OPTION_ALLOW_WRITE = 'w',
        OPTION_DENY = 'd',
        OPTION_NO_NETWORK = 'n',
        OPTION_SUMMARY = 's',
        OPTION_QUIET = 'q',
        OPTION_VERBOSE = 'v',
        OPTION_HELP = 'h',
        OPTION_VERSION = 'V',
        OPTION_FORMAT = 256,
        OPTION_PERMISSIVE,
        OPTION_REPORT,
        OPTION_LEARN,
        OPTION_LEARN_FROM,
        OPTION_FROM,
        OPTION_CHECK,
        OPTION_EXPLAIN,
        OPTION_DUMP_FILTER,
        OPTION_LIST_CALLS,
        OPTION_DOCTOR
};

static const struct option_row rows[] = {
        {OPTION_POLICY, "policy", "FILE|NAME", "use this policy; may be repeated, later ones add"},
        {OPTION_OUTPUT, "output", "FILE", "write the records to FILE, not to standard error"},
        {OPTION_FORMAT, "format", "text|json", "how records are written"},
        {OPTION_ALLOW_WRITE, "allow-write", "PATH",
         "allow writing at and below PATH, and else only what a policy allows"},
        {OPTION_DENY, "deny", "PATH",
         "refuse reading, writing, running and connecting at and below PATH"},
        {OPTION_NO_NETWORK, "no-network", NULL, "refuse connections to internet addresses"},
        {OPTION_PERMISSIVE, "permissive", NULL, "refuse nothing, record what would have been"},
        {OPTION_SUMMARY, "summary", NULL, "say at the end what was touched"},
        {OPTION_REPORT, "report", "FILE.html", "write the same as one self-contained page"},
        {OPTION_LEARN, "learn", "FILE.ini",
         "refuse nothing, and write a policy that allows what was done"},
        {OPTION_LEARN_FROM, "learn-from", "RECORD",
         "write that policy from a JSON record; run nothing"},
        {OPTION_FROM, "from", "RECORD",
         "make --summary, --report, --learn from a JSON record; run nothing"},
        {OPTION_CHECK, "check", NULL,
         "show the policy in effect, its stops and layers; run nothing"},
        {OPTION_EXPLAIN, "explain", "CLASS:PATH",
         "show which rule decides, and which it beats; run nothing"},
        {OPTION_DUMP_FILTER, "dump-filter", NULL,
         "show the seccomp filter as pseudo code; run nothing"},
        {OPTION_LIST_CALLS, "list-calls", NULL, "show the table of system calls; run nothing"},
        {OPTION_DOCTOR, "doctor", NULL,
         "show what this machine offers, and which promises hold here; run nothing"},
        {OPTION_QUIET, "quiet", NULL, "no warnings"},
        {OPTION_VERBOSE, "verbose", NULL, "also warn of what is most likely harmless"},
        {OPTION_HELP, "help", NULL, "show this"},
        {OPTION_VERSION, "version", NULL, "show the version"},
};

const struct option_row *options_rows(size_t *n)
{
        *n = ARRAY_SIZE(rows);
        return rows;
}

void options_help(FILE *out)
{
        fputs("usage: stopgate [OPTION]... [--] COMMAND [ARG]...\n"
              "Run COMMAND under a policy: log, allow or refuse what it does to files.\n\n",
              out);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const struct option_row *row = &rows[i];
                char option[64];

                snprintf(option, sizeof(option), "--%s%s%s", row->name, row->argument ? "=" : "",
                         row->argument ? row->argument : "");
                if (row->id <= OPTION_LETTERS)
                        fprintf(out, "  -%c, %-24s %s\n", row->id, option, row->help);
                else
                        fprintf(out, "      %-24s %s\n", option, row->help);
        }
        fputs("\nWithout a policy every open, openat and write is logged. Exit status: the "
              "command's own;\n"
              "125 stopgate failed; 126 cannot be executed; 127 not found; 128+N died of signal "
              "N.\n"
              "See stopgate(1), and stopgate.ini(5) for the policy language.\n",
              out);
}

static int add_adhoc(struct options *options, enum adhoc_kind kind, const char *path)
{
        /* An unset variable must not open or close the working directory. */
        if (path && !*path) {
                error_user("option -%c: the path is empty",
                           kind == ADHOC_DENY ? OPTION_DENY : OPTION_ALLOW_WRITE);
                return -EINVAL;
        }
        options->adhoc =
                xreallocarray(options->adhoc, options->nadhoc + 1, sizeof(*options->adhoc));
        options->adhoc[options->nadhoc++] = (struct adhoc){kind, path};
        return 0;
}

static int add_policy(struct options *options, const char *policy)
{
        options->policies = xreallocarray(options->policies, options->npolicies + 1,
                                          sizeof(*options->policies));
        options->policies[options->npolicies++] = policy;
        return 0;
}

static int set_format(struct options *options, const char *word)
{
        options->format_given = true;
        options->format = FORMAT_TEXT;
        if (!strcmp(word, "text"))
                return 0;
        options->format = FORMAT_JSON;
        if (!strcmp(word, "json"))
                return 0;
        error_user("--format: expected text or json, not '%s'", word);
        return -EINVAL;
}

static int set_task(struct options *options, enum task task)
{
        if (options->task == TASK_RUN)
                options->task = task;
        return 0;
}

static int set_from(struct options *options, const char *record)
{
        if (options->from) {
                error_user("one record at a time can be read, not '%s' and '%s'", options->from,
                           record);
                return -EINVAL;
        }
        options->from = record;
        return set_task(options, TASK_READ_BACK);
}

/* Without --learn the policy goes to standard output. */
static int set_learn_from(struct options *options, const char *record)
{
        if (!options->learn)
                options->learn = "-";
        return set_from(options, record);
}

static int apply(struct options *options, enum option_id id, const char *argument)
{
        switch (id) {
        case OPTION_POLICY:
                return add_policy(options, argument);
        case OPTION_OUTPUT:
                options->output = argument;
                return 0;
        case OPTION_FORMAT:
                return set_format(options, argument);
        case OPTION_ALLOW_WRITE:
                return add_adhoc(options, ADHOC_ALLOW_WRITE, argument);
        case OPTION_DENY:
                return add_adhoc(options, ADHOC_DENY, argument);
        case OPTION_NO_NETWORK:
                return add_adhoc(options, ADHOC_NO_NETWORK, NULL);
        case OPTION_PERMISSIVE:
                options->permissive = true;
                return 0;
        case OPTION_SUMMARY:
                options->summary = true;
                return 0;
        case OPTION_REPORT:
                options->report = argument;
                return 0;
        case OPTION_LEARN:
                options->learn = argument;
                return 0;
        case OPTION_LEARN_FROM:
                return set_learn_from(options, argument);
        case OPTION_FROM:
                return set_from(options, argument);
        case OPTION_CHECK:
                return set_task(options, TASK_CHECK);
        case OPTION_EXPLAIN:
                options->explain = argument;
                return set_task(options, TASK_EXPLAIN);
        case OPTION_DUMP_FILTER:
                return set_task(options, TASK_DUMP_FILTER);
        case OPTION_LIST_CALLS:
                return set_task(options, TASK_LIST_CALLS);
        case OPTION_DOCTOR:
                return set_task(options, TASK_DOCTOR);
        case OPTION_QUIET:
                options->quiet = true;
                return 0;
        case OPTION_VERBOSE:
                options->verbose = true;
                return 0;
        case OPTION_HELP:
                return set_task(options, TASK_HELP);
        case OPTION_VERSION:
                return set_task(options, TASK_VERSION);
        }
        return -EINVAL;
}

static void fill_getopt(struct option *longs, char *shorts)
{
        *shorts++ = '+'; /* what follows the command is the command's */
        *shorts++ = ':';
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int has = rows[i].argument ? required_argument : no_argument;

                longs[i] = (struct option){rows[i].name, has, NULL, rows[i].id};
                if (rows[i].id > OPTION_LETTERS)
                        continue;
                *shorts++ = (char)rows[i].id;
                if (rows[i].argument)
                        *shorts++ = ':';
        }
        *shorts = '\0';
}

static int complain(int found, char **argv)
{
        const char *names[ARRAY_SIZE(rows)], *given = argv[optind - 1], *nearest = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                names[i] = rows[i].name;
        if (found == ':') {
                error_user("option '%s' needs an argument; see 'stopgate --help'", given);
                return -EINVAL;
        }
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                if (optopt == rows[i].id) {
                        error_user("option '--%s' takes no argument; see 'stopgate --help'",
                                   rows[i].name);
                        return -EINVAL;
                }
        }
        if (optopt && optopt <= OPTION_LETTERS) {
                error_user("unknown option '-%c'; see 'stopgate --help'", optopt);
                return -EINVAL;
        }
        if (!strncmp(given, "--", 2))
                nearest = nearest_word(given + 2, names, ARRAY_SIZE(names));
        error_user("unknown or malformed option '%s'%s%s; see 'stopgate --help'", given,
                   nearest ? "; did you mean --" : "", nearest ? nearest : "");
        return -EINVAL;
}

bool options_tell(const struct options *options)
{
        return options->summary || options->report || options->learn;
}

/* What does not go together. */
static int check_options(const struct options *options)
{
        bool command = *options->command;

        if (options->task == TASK_RUN && !command) {
                error_user("no command given; see 'stopgate --help'");
                return -EINVAL;
        }
        if (options->task == TASK_READ_BACK && command) {
                error_user("with a record to read back no command is run: '%s'",
                           options->command[0]);
                return -EINVAL;
        }
        if (options->task == TASK_READ_BACK && !options_tell(options)) {
                error_user("--from: what shall be made of it? --summary, --report or --learn");
                return -EINVAL;
        }
        return 0;
}

int options_parse(int argc, char **argv, struct options *options)
{
        struct option longs[ARRAY_SIZE(rows) + 1] = {0};
        char shorts[2 * ARRAY_SIZE(rows) + 3];
        int id;

        *options = (struct options){.task = TASK_RUN};
        fill_getopt(longs, shorts);
        opterr = 0;
        while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
                if (id == ':' || id == '?')
                        return complain(id, argv);
                int r = apply(options, (enum option_id)id, optarg);

                if (r)
                        return r;
        }
        options->command = argv + optind;
        return check_options(options);
}

void options_fini(struct options *options)
{
        free(options->policies);
        free(options->adhoc);
}
