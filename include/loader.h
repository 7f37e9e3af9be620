/* loader.h: what the files of the loader share; private to them. Layer 1.
 *
 * policy_load.c    a loader's life: what the caller adds, and in what order it counts
 * policy_files.c   finding, reading and including files
 * policy_reader.c  text -> lines, with inih behind: which line says what key in what section
 * policy_keys.c    the table of keys: what a value may be, and what it does to the policy
 * policy_settings.c  what can be said only once: which of several files is heard
 * policy_expand.c  ~ and ${...}: from what the user wrote to patterns
 * policy_links.c   where a path leads that a policy names
 * policy_check.c   warnings: rules that cannot do what they say
 * policy_overlap.c  warnings: rules that others make ineffective or superfluous
 * policy_messages.c  wording and collecting all that is to be said */
#ifndef STOPGATE_LOADER_H
#define STOPGATE_LOADER_H

#include <sys/stat.h>

#include "policy_load.h"
#include "util.h"

/* ---- messages ---- */

enum { MESSAGES_MAX = 50 /* of each kind */, QUOTED_MAX = 100 };
enum message_kind { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_MINOR };
#define MESSAGE_KINDS (MESSAGE_MINOR + 1)

/* Text of somebody's choosing, in quotes, control bytes escaped, cut to a readable length:
 * quote(text).text lives to the end of the full expression. */
struct quoted {
        char text[QUOTED_MAX];
};
struct quoted quote(const char *text);

/* Add "ORIGIN: text" to the loader's messages, as loader_warn() does. */
void loader_error(struct loader *loader, const struct origin *origin, const char *fmt, ...)
        PRINTF_LIKE(3, 4);

/* "unknown WHAT 'word' in [where]; did you mean 'allow'?", or which are expected, when none is
 * near. where may be NULL. words may hold NULL. */
void loader_unknown(struct loader *loader, const struct origin *origin, const char *what,
                    const char *word, const char *where, const char *const *words, size_t n);

/* "; did you mean 'allow'?" or "", owned by the caller. words may hold NULL. */
char *did_you_mean(const char *word, const char *const *words, size_t n);

/* If some were not kept, say how many. */
void loader_say_rest(struct loader *loader);

/* ---- sources and settings ---- */

/* One policy text. */
struct source {
        const char *name; /* as shown; borrowed from the policy */
        char *directory;  /* owned, absolute: what include and ${POLICY_DIR} refer to */
        bool numbered;    /* lines are worth showing: no for the built-in text */
        bool is_file;     /* the next two hold what stat(2) said */
        dev_t dev;
        ino_t ino;

        /* Which of two files wins where a setting can be said only once: that of the later -p,
         * then the one that is included by more hands, so that who includes beats what it includes.
         */
        unsigned turn, depth;

        bool reading;               /* it, or what it includes, is being read */
        struct source *reader;      /* who included it, while that is so */
        struct inclusion *includes; /* owned */
        size_t nincludes;
};

struct inclusion {
        char *path;            /* owned, absolute */
        struct origin origin;  /* of the line */
        struct source *source; /* borrowed from the loader; NULL: could not be read */
};

enum { INCLUDE_DEPTH_MAX = 4 };

/* A section as the keys see it. */
enum section_kind {
        SECTION_POLICY = 1 << 0,
        SECTION_CLASS = 1 << 1,
        SECTION_OUTPUT = 1 << 2, /* as well as SECTION_CLASS */
        SECTION_SYSTEM = 1 << 3,
        SECTION_LOG = 1 << 4,
        SECTION_TRACE = 1 << 5
};

struct section {
        const char *name;
        unsigned kind;
        enum call_class class; /* of SECTION_CLASS */
};

/* The section of that name, or NULL. Borrowed from a table. */
const struct section *section_by_name(const char *name);

/* The names of all sections; returns their number. */
enum { SECTIONS = CLASS_COUNT + 4 };
size_t section_names(const char *names[SECTIONS]);

/* One line of a policy. */
struct pair {
        struct loader *loader;
        struct source *source;
        const struct section *section;
        struct origin origin;
        const char *key, *value;
};

/* A key either can be said once (parse, apply) or as often as one likes (take). */
struct setting;
struct key {
        const char *name;
        unsigned sections; /* SECTION_* */
        bool (*parse)(const struct pair *pair, struct setting *setting);
        void (*apply)(struct policy *policy, const struct setting *setting);
        void (*take)(const struct pair *pair);
};

/* policy_list_keys.c: take one line of them. */
void list_take_rule(const struct pair *pair);
void list_take_include(const struct pair *pair);
void list_take_system(const struct pair *pair);
void list_take_calls(const struct pair *pair);

/* What a key that can be said only once was set to, by one source. */
struct setting {
        const struct section *section;
        const struct key *key;
        const struct source *source; /* NULL: the command line, which any policy beats */
        struct origin origin;
        char *text;      /* owned */
        uint64_t number; /* what text means, if it is no text */
};

/* What is known of a rule beyond what the decision needs. */
struct note {
        const struct source *source; /* NULL: the command line */
        bool missing;                /* a plain path that does not exist */
        bool varies;                 /* written with ~ or ${...} */
};

struct loader {
        struct policy *policy;     /* borrowed */
        struct messages *messages; /* borrowed */
        struct tally {
                size_t kept, dropped;
        } said[MESSAGE_KINDS];
        const char *const *search; /* borrowed; may be NULL */
        char *cwd;                 /* owned, absolute; NULL if it has no name */
        const char *pwd, *home;    /* borrowed: ${PWD} and ${HOME}; NULL: as they are now */
        struct links *links;       /* owned */

        struct source **sources; /* owned */
        size_t nsources;
        unsigned turn;
        unsigned unset;           /* variables of policy_expand.c that were reported */
        struct setting *settings; /* owned */
        size_t nsettings;
        struct note *notes; /* owned; one for each rule of the policy */
        size_t nnotes;
        struct origin sections[CLASS_COUNT]; /* where a class was first spoken of */
};

/* The same text, owned by the policy. */
const char *loader_name(struct loader *loader, const char *name);

/* policy_load.c */
struct source *loader_new_source(struct loader *loader, const char *name, const char *directory);
struct origin source_origin(const struct source *source, unsigned line);

/* policy_files.c: look a bare name up. Returns an owned path, or NULL after an error message. */
char *files_find(struct loader *loader, const char *name);

/* Read the file and all that it includes. reader includes it, in the line at origin; NULL on the
 * command line. Returns 0 or -errno; what went wrong is in the messages. *read, if not NULL, is
 * then the source, borrowed from the loader. */
int files_read(struct loader *loader, const char *path, struct source *reader,
               const struct origin *origin, struct source **read);
int files_read_text(struct loader *loader, struct source *source, const char *text, size_t len);

/* Guard every file that was read and that the command could change or replace. */
void files_guard(struct loader *loader);

/* policy_reader.c */
void reader_run(struct loader *loader, struct source *source, const char *text, size_t len);

/* policy_keys.c: a line of a source says key = value in section. Errors go to the messages. */
void keys_take(struct loader *loader, struct source *source, const struct section *section,
               unsigned line, const char *key, const char *value);

/* A line of a source opens a section. */
void keys_open_section(struct loader *loader, const struct section *section,
                       const struct origin *origin);

/* A class is spoken of, at origin, if it was not before. */
void keys_speak_of(struct loader *loader, enum call_class class, const struct origin *origin);

/* Add default = action, as if it stood in a policy that every other one beats. */
void keys_add_default(struct loader *loader, const struct origin *origin, enum call_class class,
                      enum action action);

/* policy_settings.c: takes ownership of the text. */
void settings_add(struct loader *loader, const struct setting *setting);

/* What that very source said about the key in that section, or NULL. */
const struct setting *settings_find(const struct loader *loader, const struct source *source,
                                    const struct section *section, const struct key *key);

/* Let the policy hold what the settings say. May be called again after more were added. */
void settings_apply(struct loader *loader);

/* Report settings of equal standing that contradict each other. */
void settings_check(struct loader *loader);

/* policy_expand.c: expand ~ and ${...} in text, which came from origin; directory is that of the
 * policy, or NULL. What variables hold is escaped. Returns owned text, or NULL after an error
 * message. */
char *expand_text(struct loader *loader, const struct origin *origin, const char *directory,
                  const char *text);

/* Make a rule of what the user wrote and add it to the policy. source is NULL for the command
 * line, where a path may be relative. Returns 0 or -EINVAL after an error message. */
int expand_rule(struct loader *loader, const struct source *source, const struct origin *origin,
                enum call_class class, enum action action, const char *text);

/* /dev/stdout, /dev/fd and kin, canonical: other files for each process. */
bool names_own_descriptor(const char *path);

/* policy_links.c: follow all symbolic links in path (canonical, absolute), as they are now, into
 * buf. Names that do not exist stay as they are, and so do those that mean another thing to each
 * process, such as /proc/self. Returns the length, or -errno; *exists says whether all of it
 * exists. links remembers directories, for as long as it lives. */
struct links;
struct links *links_new(void);
void links_free(struct links *links);
ssize_t links_resolve(struct links *links, const char *path, char *buf, size_t size, bool *exists);

/* policy_check.c, policy_overlap.c: warnings; after policy_finish(). */
void check_rules(struct loader *loader);
void check_overlaps(struct loader *loader);

/* 'allow = /tmp', as it was written, in quotes. */
struct quoted said(const struct rule *rule);

bool from_command_line(const struct note *note);

/* A list that is included serves many policies: not all of it matters to each. */
bool is_included(const struct note *note);

/* No default, and no rule that does anything but allow. */
bool only_allows(const struct loader *loader, enum call_class class);

#endif
