/* explain.c: what --check, --explain and --list-calls print, for people. */
#include "explain.h"

#include <errno.h>
#include <fcntl.h>

#include "names.h"
#include "privileges.h"
#include "resolve.h"
#include "util.h"

enum { ORIGIN_SHOWN = 320, MATCHES_SHOWN = 64 };

/* ---- --check ---- */

static void print_origin(FILE *out, const struct origin *origin)
{
        char where[ORIGIN_SHOWN] = "";

        if (origin->file)
                origin_format(origin, where, sizeof(where));
        fprintf(out, "  %s\n", where);
}

static void print_class(FILE *out, const struct policy *policy, enum call_class class)
{
        const struct class_policy *section = &policy->classes[class];

        if (!section->spoken)
                return;
        fprintf(out, "\n[%s]%s\n", class_name(class), section->own ? "" : "  follows [write]");
        if (!section->own)
                return;
        if (section->err)
                fprintf(out, "  errno    %s\n", errno_name(section->err));
        fprintf(out, "  default  %-40s", action_name(section->fallback));
        print_origin(out, &section->fallback_origin);
        for (size_t i = 0; i < policy->nrules; i++) {
                const struct rule *rule = &policy->rules[i];
                const char *shown = rule->spelling[rule->nspellings - 1].text;

                if (rule->class != class)
                        continue;
                fprintf(out, "  %-7s  %-40s", action_name(rule->action),
                        *shown                         ? shown
                        : rule->class == CLASS_CONNECT ? rule->source
                                                       : "/");
                print_origin(out, &rule->origin);
        }
}

static void print_words(FILE *out, const char *title, char *const *words, size_t n)
{
        fprintf(out, "%-9s", title);
        for (size_t i = 0; i < n; i++)
                fprintf(out, "%s%s", i ? ", " : "", words[i]);
        fputs(n ? "\n" : "none\n", out);
}

static void print_head(FILE *out, const struct policy *policy)
{
        print_words(out, "policy", policy->files, policy->nfiles);
        if (policy->description)
                fprintf(out, "         %s\n", policy->description);
        fprintf(out, "mode     %s; a refused call returns %s\n",
                policy->permissive ? "permissive: nothing is refused" : "enforce",
                errno_name(policy->err));
        fprintf(out, "records  %s, to %s%s\n", policy->log_format == FORMAT_JSON ? "json" : "text",
                policy->log_file ? policy->log_file : "standard error",
                policy->log_fold ? "; those alike in a row are counted" : "");
        if (policy->log_rotate > 0)
                fprintf(out, "         in files of at most %llu bytes; %u older ones are kept\n",
                        (unsigned long long)policy->log_rotate, policy->log_keep);
        fprintf(out, "ends     with the %s process\n", policy->kill_stragglers ? "first" : "last");
        print_words(out, "guarded", policy->protected_paths, policy->nprotected);
}

/* Why a call raises stops: the classes it asks for that some rule looks at. */
static void print_reason(FILE *out, const struct policy *policy, const struct call *call)
{
        unsigned classes = call_classes(call), carries = call_carries(call);
        const char *comma = "";

        if (policy->calls_given)
                fputs("named in [trace] calls; ", out);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                bool asked = classes & CLASS_BIT(class) && policy_concerns(policy, class);
                bool carried = carries & CLASS_BIT(class) && policy_refuses(policy, class);

                if (!asked && !carried)
                        continue;
                fprintf(out, "%s%s%s", comma, class_name(class), asked ? "" : " (only to refuse)");
                comma = ", ";
        }
        if (policy_aims(policy, call))
                fprintf(out, "%s%s", comma, class_name(CLASS_PROCESS));
        fputc('\n', out);
}

static void print_stops(FILE *out, const struct policy *policy)
{
        size_t n;
        const struct call *table = calls_table(&n);

        fputs("\nstops    calls that are looked at, and for which classes\n", out);
        for (size_t i = 0; i < n; i++) {
                if (!policy_stops(policy, &table[i]))
                        continue;
                fprintf(out, "  %-18s ", table[i].name);
                print_reason(out, policy, &table[i]);
        }
}

/* Conditions in a row have the same reason. */
static void print_guarded(FILE *out, const struct call *call)
{
        const char *last = "";

        for (const struct call_condition *c = call->conditions; c && c->ntests; c++) {
                if (c->kind != CALL_GUARDED || !strcmp(c->why, last))
                        continue;
                last = c->why;
                fprintf(out, "  %-18s %s\n", call->name, last);
        }
}

static void print_pinned_calls(FILE *out, const struct policy *policy)
{
        size_t n;
        const struct call *table = calls_table(&n);

        for (size_t i = 0; i < n; i++) {
                if (policy_orders(policy, &table[i]))
                        fprintf(out, "  %-18s runs while no other call does\n", table[i].name);
                else
                        print_guarded(out, &table[i]);
        }
}

static void print_pinning(FILE *out, const struct policy *policy)
{
        const char *unpinned = policy_unpinned(policy);

        if (!policy_pins(policy)) {
                fprintf(out, "\npinning  none: %s\n", unpinned ? unpinned : "nothing is refused");
                return;
        }
        fputs("\npinning  what was judged is what runs; these stop for it\n", out);
        print_pinned_calls(out, policy);
}

static void print_closed_call(FILE *out, const char *name, int err, const char *word,
                              const char *why)
{
        fprintf(out, "  %-18s %-7s %s%s%s%s\n", name, errno_name(err), why,
                word ? " ([system] allow = " : "", word ? word : "", word ? ")" : "");
}

static void print_closed(FILE *out, const struct policy *policy)
{
        static const char shut[] = "all that it could do is refused";
        size_t n;
        const struct call *table = calls_table(&n);

        fputs("\nclosed   calls that are refused whatever their arguments\n", out);
        for (size_t i = 0; i < n; i++) {
                const struct call *call = &table[i];

                if (!call->outside && policy_closes_call(policy, call))
                        print_closed_call(out, call->name, call->err, call->word, call->why);
                if (policy_shuts(policy, call) && !call->conditions)
                        print_closed_call(out, call->name, policy_shuts(policy, call), NULL, shut);
        }
        fputs("\nclosed   calls that are refused for some arguments\n", out);
        for (size_t i = 0; i < n; i++) {
                const struct call *call = &table[i];
                const struct call_condition *c = call->conditions;
                const char *said = NULL;

                if (c && policy_shuts(policy, call))
                        print_closed_call(out, call->name, policy_shuts(policy, call), NULL, shut);
                if (call->outside && policy_closes_call(policy, call))
                        print_closed_call(out, call->name, call->err, call->word, call->why);
                for (; c && c->ntests; c++) {
                        if (c->kind != CALL_GUARDED && policy_closes_condition(policy, c) &&
                            c->why != said)
                                print_closed_call(out, table[i].name, c->err, c->word, c->why);
                        said = c->why;
                }
        }
}

/* Where the kernel lets a class through, whatever stopgate says of each name. */
static void print_grants(FILE *out, const struct landlock *landlock, enum call_class class)
{
        const char *before = "";

        if (!(landlock->classes & CLASS_BIT(class)))
                return;
        fprintf(out, "  %-9s outside of", class_name(class));
        for (size_t i = 0; i < landlock->ngrants; i++) {
                const struct landlock_grant *grant = &landlock->grants[i];

                if (!(grant->classes & CLASS_BIT(class)) || !strcmp(grant->path, before))
                        continue;
                before = grant->path;
                fprintf(out, " %s", grant->path);
        }
        fputc('\n', out);
}

static void print_backstop(FILE *out, const struct landlock *landlock)
{
        if (!landlock->abi)
                return;
        fprintf(out, "\nbackstop  what the kernel refuses by itself: Landlock, version %d\n",
                landlock->abi);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                print_grants(out, landlock, class);
        if (landlock->connects && !landlock->nports)
                fputs("  connect   TCP\n", out);
        for (size_t i = 0; landlock->connects && i < landlock->nports; i++)
                fprintf(out, "%s%u%s", i ? ", " : "  connect   TCP to ports other than ",
                        landlock->ports[i], i + 1 == landlock->nports ? "\n" : "");
        if (landlock->abstract)
                fputs("  connect   abstract sockets of other processes\n", out);
        if (landlock->signals)
                fputs("  signals   to other processes\n", out);
        fputs("  ptrace    and all that looks into other processes\n", out);
}

static void print_words_of(FILE *out, const struct capability *row)
{
        const char *lead = " ([system] allow = ";

        for (size_t i = 0; row->words[i]; i++, lead = ", ")
                fprintf(out, "%s%s", lead, row->words[i]);
        fputs(row->words[0] ? ")\n" : "\n", out);
}

static void print_lost(FILE *out, const struct policy *policy)
{
        size_t n;
        const struct capability *table = privileges_table(&n);
        uint64_t lost = privileges_lost(policy);

        fputs("\ndropped  capabilities, where stopgate has them\n", out);
        for (size_t i = 0; i < n; i++) {
                if (!(lost >> table[i].number & 1))
                        continue;
                fprintf(out, "  %-22s %s", table[i].name, table[i].why);
                print_words_of(out, &table[i]);
        }
        fprintf(out, "\ncores    %s\n",
                privileges_forbid_cores(policy) ? "are not written" : "as the limits say");
}

void explain_policy(FILE *out, const struct policy *policy, const struct landlock *landlock,
                    const char *const *layers)
{
        print_head(out, policy);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                print_class(out, policy, class);
        print_stops(out, policy);
        print_pinning(out, policy);
        print_closed(out, policy);
        print_lost(out, policy);
        print_backstop(out, landlock);
        fputs("\nlayers  ", out);
        for (size_t i = 0; layers[i]; i++)
                fprintf(out, " %s", layers[i]);
        fputc('\n', out);
}

/* ---- --explain ---- */

/* What is deleted is the name itself, though it be a link. */
static int find_object(enum call_class class, const char *text, struct object *object)
{
        unsigned mode = class == CLASS_DELETE ? RESOLVE_ENTRY : RESOLVE_NEW;
        struct tracee self = {.tid = getpid(), .tgid = getpid()};
        struct pattern pattern = {0};
        int r;

        if (class != CLASS_CONNECT || *text == '/' || *text == '.') {
                r = resolve_path(&self, AT_FDCWD, text, mode, object, NULL);
                if (object->kind != OBJECT_NONE)
                        return 0;
                error_user("--explain: cannot resolve '%s': %s", text, strerror(-r));
                return -EINVAL;
        }
        memset(object, 0, sizeof(*object));
        if (pattern_parse(&pattern, class, text)) {
                error_user(
                        "--explain: '%s' is no address: expected a path, @NAME or inet:HOST:PORT",
                        text);
                return -EINVAL;
        }
        object->kind = pattern.kind == PATTERN_INET ? OBJECT_INET : OBJECT_ABSTRACT;
        object->port = pattern.port;
        memcpy(object->address, pattern.address, sizeof(object->address));
        object->len = (size_t)snprintf(object->path, sizeof(object->path), "%s", text);
        pattern_fini(&pattern);
        return 0;
}

static void print_rule(FILE *out, const char *lead, enum action action, const char *text,
                       const struct origin *origin)
{
        fprintf(out, "  %-8s %-7s %-36s", lead, action_name(action), text);
        print_origin(out, origin);
}

static void print_decider(FILE *out, const struct class_policy *section,
                          const struct verdict *verdict)
{
        bool by_default = verdict->origin.file == section->fallback_origin.file &&
                          verdict->origin.line == section->fallback_origin.line;

        if (verdict->rule)
                print_rule(out, "decides", verdict->would, verdict->rule->source, &verdict->origin);
        else
                print_rule(out, "decides", verdict->would,
                           by_default ? "default" : "guarded by stopgate", &verdict->origin);
}

static void print_beaten(FILE *out, const struct rule *const *found, size_t n,
                         const struct rule *decider)
{
        for (size_t i = 0; i < n && found[i]; i++) {
                if (found[i] != decider)
                        print_rule(out, "beaten", found[i]->action, found[i]->source,
                                   &found[i]->origin);
        }
}

static void print_decision(FILE *out, const struct policy *policy, enum call_class class,
                           const struct object *object)
{
        const struct rule *found[MATCHES_SHOWN + 1] = {NULL};
        const struct class_policy *section = &policy->classes[class];
        struct verdict verdict = policy_judge(policy, class, object, getpid());

        fprintf(out, "%s %s:%s\n", action_name(verdict.would), class_name(class), object->path);
        if (class == CLASS_DELETE && object->link)
                fputs("  the symbolic link itself, not what it leads to\n", out);
        if (!section->spoken && !verdict.origin.file) {
                fputs("  no rule speaks of this class: it is allowed without a stop\n", out);
                return;
        }
        print_decider(out, section, &verdict);
        policy_matches(policy, class, object, getpid(), found, MATCHES_SHOWN);
        print_beaten(out, found, MATCHES_SHOWN, verdict.rule);
        if (verdict.rule)
                print_rule(out, "beaten", section->fallback, "default", &section->fallback_origin);
        if (verdict.action != verdict.would)
                fputs("  permissive: it would only be recorded\n", out);
        else if (action_refuses(verdict.action))
                fprintf(out, "  the call returns %s\n", errno_name(verdict.err));
}

static void say_no_class(const char *word)
{
        const char *names[CLASS_COUNT], *nearest;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                names[class] = class_name(class);
        nearest = nearest_word(word, names, CLASS_COUNT);
        error_user("--explain: '%s' is no class%s%s%s", word, nearest ? "; did you mean '" : "",
                   nearest ? nearest : ", as read or write is", nearest ? "'?" : "");
}

int explain_decision(FILE *out, const struct policy *policy, const char *question)
{
        enum { WORD_MAX = 16 };
        cleanup_free struct object *object = xcalloc(1, sizeof(*object));
        const char *colon = strchr(question, ':');
        char word[WORD_MAX] = "";
        int class, r;

        if (colon && colon - question < WORD_MAX)
                memcpy(word, question, (size_t)(colon - question));
        class = class_from_name(word);
        if (*word && class < 0) {
                say_no_class(word);
                return -EINVAL;
        }
        if (!colon || class < 0 || !colon[1]) {
                error_user("--explain: expected CLASS:PATH such as write:/etc/passwd, not '%s'",
                           question);
                return -EINVAL;
        }
        r = find_object((enum call_class) class, colon + 1, object);
        if (!r)
                print_decision(out, policy, (enum call_class) class, object);
        return r;
}

/* ---- --list-calls ---- */

static const char *kind_name(enum call_kind kind)
{
        switch (kind) {
        case CALL_HARMLESS:
                return "harmless";
        case CALL_POLICED:
                return "policed";
        case CALL_BLINDING:
                return "blinding";
        case CALL_CONFINING:
                return "confining";
        case CALL_GUARDED:
                return "guarded";
        }
        return "unknown";
}

static void print_classes(FILE *out, unsigned classes)
{
        const char *comma = "";

        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                if (!(classes & CLASS_BIT(class)))
                        continue;
                fprintf(out, "%s%s", comma, class_name(class));
                comma = ", ";
        }
}

static void print_reason_closed(FILE *out, int err, const char *why, const char *word)
{
        fprintf(out, "%s%s%s", err ? errno_name(err) : "", err ? ": " : "", why);
        if (word)
                fprintf(out, " ([system] allow = %s)", word);
}

static void print_condition(FILE *out, const struct call_condition *condition)
{
        fprintf(out, "%-28s %-10s", "", kind_name(condition->kind));
        print_reason_closed(out, condition->err, condition->why, condition->word);
        fputc('\n', out);
}

void explain_calls(FILE *out)
{
        size_t n;
        const struct call *table = calls_table(&n);

        for (size_t i = 0; i < n; i++) {
                const struct call *call = &table[i];
                const struct call_condition *c = call->conditions;

                fprintf(out, "%-28s %-10s", call->name, kind_name(call->kind));
                print_classes(out, call_classes(call) | call_carries(call));
                if (call->why)
                        print_reason_closed(out, call->err, call->why, call->word);
                fputc('\n', out);
                for (const char *said = NULL; c && c->ntests; said = c->why, c++) {
                        if (c->why && c->why != said)
                                print_condition(out, c);
                }
        }
}
