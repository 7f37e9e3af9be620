/* policy_load.h: INI text -> struct policy. policy_reader.c is the only file that includes ini.h.
 * The language is specified in stopgate.ini(5). Layer 1. */
#ifndef STOPGATE_POLICY_LOAD_H
#define STOPGATE_POLICY_LOAD_H

#include "policy.h"
#include "util.h"

/* What a loader has to say, in the order in which it was found; the caller prints it. */
struct message {
        bool warning; /* else an error: nothing may run */
        bool minor;   /* a warning that is shown only by --check and -v */
        char *text;   /* owned: "web.ini:12: unknown key 'alow' in [read]; did you mean 'allow'?" */
};

struct messages {
        struct message *list; /* owned */
        size_t count, errors; /* errors: how many are no warnings, those not kept included */
};

void messages_fini(struct messages *messages);

/* Text of at most this many bytes is read from one policy file. */
#define POLICY_FILE_MAX (4u << 20)

/* A loader collects files and command-line rules in the order of the command line (later ones
 * add, and win where a setting can be said only once), then is finished once. */
struct loader;
struct loader *loader_new(struct policy *policy, struct messages *messages);
void loader_free(struct loader *loader);

/* Where a bare NAME is looked up, ended by NULL: directories, absolute. Borrowed by the loader. */
void loader_set_search(struct loader *loader, const char *const *directories);

/* What ${PWD} and ${HOME} stand for, if not what they are now: for a policy about another run.
 * Absolute; NULL: as it is now. Borrowed by the loader. */
void loader_set_places(struct loader *loader, const char *cwd, const char *home);

/* -p: a path, or a NAME looked up in the search directories as NAME.ini. Errors go to messages;
 * returns 0 or -errno of the first. */
int loader_add_file(struct loader *loader, const char *file_or_name);

/* The same from memory, for tests, the fuzzer and the built-in policy: name is shown in messages
 * and origins; directory is what include and ${POLICY_DIR} refer to. text need not end with NUL. */
int loader_add_text(struct loader *loader, const char *name, const char *directory,
                    const char *text, size_t len);

/* The built-in policy, when none is named: log every open, openat and write. */
void loader_add_builtin(struct loader *loader);

/* An ad-hoc rule of the command line, PATH relative to the working directory: option is as shown
 * in origins ("-d /secret"). Without a [CLASS] section yet, this makes one. */
int loader_add_rule(struct loader *loader, const char *option, enum call_class class,
                    enum action action, const char *pattern);

/* Set the default of a class from the command line, unless a policy file has set it. */
void loader_add_default(struct loader *loader, const char *option, enum call_class class,
                        enum action action);

/* Check the whole (contradictions, rules without effect), call policy_finish(). The policy is fit
 * for use only if messages->errors is 0 afterwards. */
void loader_finish(struct loader *loader);

/* Add a warning, "ORIGIN: text", also after loader_finish(). minor: as in struct message. */
void loader_warn(struct loader *loader, const struct origin *origin, bool minor, const char *fmt,
                 ...) PRINTF_LIKE(4, 5);

#endif
