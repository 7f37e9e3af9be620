/* policy.h: the policy in memory, and the decision. policy.c is pure: it makes no system calls and
 * prints nothing. The language is specified in stopgate.ini(5). Layer 1. */
#ifndef STOPGATE_POLICY_H
#define STOPGATE_POLICY_H

#include "calls.h"
#include "event.h"

/* Where a rule or setting was written. file is the name as shown ("untrusted.ini"), borrowed from
 * the policy; line 0 means that it has no line ("-w /tmp", "built-in"). */
struct origin {
        const char *file;
        unsigned line;
};

enum pattern_kind {
        PATTERN_LITERAL,  /* an absolute path: itself and all below it */
        PATTERN_WILDCARD, /* an absolute path with * ** ? [...]: what it matches, nothing more */
        PATTERN_ABSTRACT, /* "@name", may have wildcards */
        PATTERN_INET      /* inet, inet:HOST, inet:HOST/BITS, inet:PORT, inet:HOST:PORT */
};

struct pattern {
        enum pattern_kind kind;
        char *text;          /* owned; canonical, escapes taken out if LITERAL; "" stands for "/" */
        size_t len;          /* of text */
        size_t literal;      /* length of the literal part: what makes one rule more specific than
                                another */
        uint8_t address[16]; /* INET: network order, IPv4 as ::ffff:a.b.c.d */
        unsigned bits; /* INET: 0 any host, else leading bits of address that count (of 128) */
        uint16_t port; /* INET: 0 any port */
};

/* A line of the policy. A pattern whose own symbolic links lead elsewhere has a second spelling. */
struct rule {
        enum call_class class;
        enum action action;
        struct origin origin;
        char *source;               /* owned: the pattern as the user wrote it */
        struct pattern spelling[2]; /* as written (expanded), and with its links resolved */
        unsigned nspellings;
        bool ad_hoc; /* from the command line: its refusal beats every rule of a file */
};

struct class_policy {
        bool spoken;          /* has a section, or follows one that has */
        bool own;             /* has a section of its own */
        bool has_fallback;    /* default = was given */
        enum action fallback; /* what holds where no rule matches; ACTION_ALLOW if not given */
        struct origin fallback_origin;
        int err; /* errno of a refusal; 0: the policy's */
};

/* Whether calls run on stopgate's copy of their arguments. */
enum pin {
        PIN_NEVER,
        PIN_AUTO, /* when something may be refused */
        PIN_ALWAYS
};

enum record_format { FORMAT_TEXT, FORMAT_JSON };

#define POLICY_CALLS 64

struct policy_index; /* rules by class and path, private to policy.c */

/* What the kernel refuses by itself, whatever call is made: landlock.h tells. All false: nothing.
 */
struct backstop {
        unsigned held;    /* CLASS_BIT: all that the rules refuse in these classes */
        unsigned missing; /* CLASS_BIT: a newer kernel would hold these, and signals as
                             CLASS_PROCESS: here they need stops */
        bool signals;     /* no signal reaches a process outside of the run */
        bool memory;      /* no file of /proc can be written */
        bool processes; /* none looks into the memory, or through the /proc links, of one outside */
};

struct policy {
        char *description; /* owned, or NULL */
        bool permissive;
        int err; /* errno of a refusal, positive: EACCES unless set */
        enum pin pin;
        unsigned watched;     /* CLASS_BIT: calls of these classes stop whatever the rules say, for
                                 somebody wants to know of them */
        bool kill_stragglers; /* with the first process ends the run; else with the last */

        struct class_policy classes[CLASS_COUNT];
        struct rule *rules; /* owned */
        size_t nrules;

        /* Never to be changed by the command, whatever the rules say: the record file and the
         * policy files. Canonical absolute paths. owned. */
        char **protected_paths;
        size_t nprotected;
        char *protected_parts; /* owned, or NULL: and each name of it with ".1", ".2"... behind */

        bool calls_given; /* [trace] calls: only these raise stops */
        const struct call *calls[POLICY_CALLS];
        size_t ncalls;

        const char *system[POLICY_CALLS]; /* words that [system] allow opened; of
                                             policy_system_words() */
        size_t nsystem;

        char *log_file; /* owned, absolute, or NULL for standard error */
        enum record_format log_format;
        unsigned log_data; /* bytes of each buffer that are shown */
        bool log_results;
        bool log_changes;
        uint64_t log_limit;  /* records; 0: no limit */
        uint64_t log_rotate; /* bytes of the file; 0: never */
        unsigned log_keep;   /* older files */
        bool log_fold;       /* consecutive records alike are counted, not written */

        char **files; /* owned: the policy files, absolute, in the order they were read */
        size_t nfiles;
        char **names; /* owned: what origins point to */
        size_t nnames;

        struct policy_index *index; /* owned; NULL until policy_finish() */

        struct backstop backstop;
};

/* What was decided, and why. */
struct verdict {
        enum action action; /* what is done */
        enum action would;  /* what would have been done; differs from action in permissive mode */
        int err;            /* positive errno of a refusal */
        enum call_class class;
        unsigned object;         /* index into the event's objects */
        struct origin origin;    /* of the deciding rule or default; file NULL: none speaks of it */
        const struct rule *rule; /* NULL: a default, a protected file, or an undecodable call */
        bool backstop;           /* the kernel alone refuses the same; the monitor knows */
};

/* Does the caller get an error, or worse? What is discarded seems to succeed. */
bool action_refuses(enum action action);

/* The built-in defaults: nothing spoken of, data 64, limit 1000000, keep 9, EACCES. */
void policy_init(struct policy *policy);
void policy_fini(struct policy *policy);

/* Append a rule; takes ownership of its strings. Before policy_finish() only. */
void policy_add_rule(struct policy *policy, const struct rule *rule);

/* Guard a file (canonical absolute path) against every change by the command. Before or after
 * policy_finish(). */
void policy_protect(struct policy *policy, const char *path);

/* The same of the older parts of a record file, "PATH.1" and so on; once. */
void policy_protect_parts(struct policy *policy, const char *path);

/* Let create, delete and attr follow [write] where they have no section of their own, and
 * build the index. Call once, after the last rule. */
void policy_finish(struct policy *policy);

/* The whole decision: the strictest verdict over all that the event asks for; on a tie the class
 * that comes later in enum call_class. A call that could not be decoded is denied with the errno of
 * the event, if the policy refuses anything at all in a class that its row names. */
struct verdict policy_decide(const struct policy *policy, const struct event *event);

/* The decision for one object in one class, alone. */
struct verdict policy_judge(const struct policy *policy, enum call_class class,
                            const struct object *object, pid_t tgid);

/* The rules that match an object in a class, most specific first; the first decides,
 * unless one of the command line refuses. Fills up to
 * max entries of found and returns how many match. Slow and obvious: --explain uses it, and a test
 * holds policy_judge() against it. */
size_t policy_matches(const struct policy *policy, enum call_class class,
                      const struct object *object, pid_t tgid, const struct rule **found,
                      size_t max);

/* The class whose rules hold for this one: [write] for those that follow it. */
enum call_class policy_rules_of(const struct policy *policy, enum call_class class);

/* Can a rule or the default of the class refuse, permissive or not, guarded files left aside? */
bool policy_rules_refuse(const struct policy *policy, enum call_class class);

/* Is all of the class refused, and no rule allows any of it? */
bool policy_refuses_all(const struct policy *policy, enum call_class class);

/* Can any outcome in this class be other than a silent allow? Or is it watched? Can it be a
 * refusal? */
bool policy_speaks(const struct policy *policy, enum call_class class);
bool policy_concerns(const struct policy *policy, enum call_class class);
bool policy_refuses(const struct policy *policy, enum call_class class);

/* The classes (CLASS_BIT) of which all is recorded that is asked for at the calls that stop: no
 * rule or default of theirs allows anything silently. */
unsigned policy_recorded(const struct policy *policy);

/* Does any rule or default refuse anything, in that class or in whatever class? (Permissive counts
 * as no, and the guard of files does not count.) */
bool policy_denies_in(const struct policy *policy, enum call_class class);
bool policy_denies(const struct policy *policy);

/* What of [system] is no word of a closed call: it keeps all capabilities. */
#define WORD_CAPABILITIES "capabilities"

/* The words that [system] allow takes, each once: fills words with up to max of them and returns
 * their number. Borrowed. Did the policy say that one? */
size_t policy_system_words(const char **words, size_t max);
bool policy_opens(const struct policy *policy, const char *word);

/* Does this call raise stops under this policy, by [trace] calls or by what its classes need (those
 * that [trace] calls leaves out are added where a newer kernel would hold what they might do); or
 * because it may be aimed at processes outside of the run; or for any reason? */
bool policy_polices(const struct policy *policy, const struct call *call);
bool policy_aims(const struct policy *policy, const struct call *call);
bool policy_stops(const struct policy *policy, const struct call *call);

/* Of a policed call that [trace] calls leaves out: it could only be refused, so that it is closed.
 * Returns the errno, 0 if it is open. */
int policy_shuts(const struct policy *policy, const struct call *call);

/* Of a policed call that [trace] calls leaves out: the classes (CLASS_BIT) in which rules would
 * refuse, and neither the kernel nor anything else does. */
unsigned policy_unheld(const struct policy *policy, const struct call *call);

/* Is a call of that closed kind, opened by word (may be NULL), closed under this policy? */
bool policy_closes(const struct policy *policy, enum call_kind kind, const char *word);

/* The same of a row as a whole, and of a condition of a row. One that can only signal is left to
 * a kernel that holds that itself. */
bool policy_closes_call(const struct policy *policy, const struct call *call);
bool policy_closes_condition(const struct policy *policy, const struct call_condition *condition);

/* Are the processes outside of the run to be kept from signals and the like, and their files in
 * /proc from being written? */
bool policy_holds_processes(const struct policy *policy);
bool policy_guards_processes(const struct policy *policy);

/* What a policy gives up that refuses something and says `pin = never`, in words; else NULL. */
const char *policy_unpinned(const struct policy *policy);

/* Shall nobody be able to change a call between its decision and its use? Could that one be
 * refused, so that it matters? Does it raise stops because it may change what others were judged
 * by? Is nobody let write to the memory of others? */
bool policy_pins(const struct policy *policy);
bool policy_pins_call(const struct policy *policy, const struct call *call);
bool policy_orders(const struct policy *policy, const struct call *call);
bool policy_trusts_memory(const struct policy *policy);

/* "untrusted.ini:12", or "built-in" where there is no line. Returns its length. */
size_t origin_format(const struct origin *origin, char *buf, size_t size);

/* Fill in a pattern from canonical, expanded text (policy_load.c and tests). Returns 0, or -EINVAL
 * if text is none that class takes. For paths, text must be absolute. */
int pattern_parse(struct pattern *pattern, enum call_class class, const char *text);

/* Why pattern_parse() returns -EINVAL for text, in words; NULL if it does not. */
const char *pattern_complaint(enum call_class class, const char *text);

void pattern_fini(struct pattern *pattern);

/* Does the pattern match the object? If so *specificity says how closely: greater wins. */
bool pattern_match(const struct pattern *pattern, const struct object *object, pid_t tgid,
                   unsigned *specificity);

#endif
