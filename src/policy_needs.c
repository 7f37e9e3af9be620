/* policy_needs.c: what a policy needs of the filter: classes that matter, calls that stop. */
#include "policy.h"

#include <stdio.h>
#include <string.h>

#include "policy_index.h"
#include "util.h"

#define ACTION_BIT(action) (1u << (action))
#define REFUSALS           (ACTION_BIT(ACTION_DISCARD) | ACTION_BIT(ACTION_DENY) | ACTION_BIT(ACTION_KILL))

/* What may come out for an object of that class. */
static unsigned class_actions(const struct policy *policy, enum call_class class)
{
        unsigned actions = ACTION_BIT(policy->classes[class].fallback);

        if (!policy->classes[class].spoken)
                return ACTION_BIT(ACTION_ALLOW);
        return actions | policy_index_actions(policy->index, policy_rules_of(policy, class));
}

/* A policy that names its stops by hand asks for no more of them, not even for its own files. */
static bool protects(const struct policy *policy, enum call_class class)
{
        return (PROTECTED_CLASSES & CLASS_BIT(class)) && policy->nprotected > 0 &&
               !policy->calls_given;
}

/* Reading is refused only where a rule refuses reads, and then it stops anyway. */
bool policy_guards(const struct policy *policy, enum call_class class)
{
        return class == CLASS_WRITE && !policy->calls_given && policy_guards_processes(policy) &&
               (!policy->backstop.processes || policy_pins(policy));
}

bool policy_speaks(const struct policy *policy, enum call_class class)
{
        return class_actions(policy, class) != ACTION_BIT(ACTION_ALLOW) ||
               protects(policy, class) || policy_guards(policy, class);
}

bool policy_concerns(const struct policy *policy, enum call_class class)
{
        return policy->watched & CLASS_BIT(class) || policy_speaks(policy, class);
}

bool policy_rules_refuse(const struct policy *policy, enum call_class class)
{
        return class_actions(policy, class) & REFUSALS;
}

bool policy_may_refuse(const struct policy *policy, enum call_class class)
{
        return policy_rules_refuse(policy, class) || protects(policy, class);
}

bool policy_refuses(const struct policy *policy, enum call_class class)
{
        return !policy->permissive && policy_may_refuse(policy, class);
}

bool policy_refuses_all(const struct policy *policy, enum call_class class)
{
        unsigned allowing =
                ACTION_BIT(ACTION_ALLOW) | ACTION_BIT(ACTION_LOG) | ACTION_BIT(ACTION_DISCARD);

        return policy->classes[class].spoken && !(class_actions(policy, class) & allowing);
}

/* Does a call stop that asks for it? */
static bool is_asked_for(const struct policy *policy, enum call_class class)
{
        if (!policy->calls_given)
                return true;
        for (size_t i = 0; i < policy->ncalls; i++)
                if (call_classes(policy->calls[i]) & CLASS_BIT(class))
                        return true;
        return false;
}

unsigned policy_recorded(const struct policy *policy)
{
        unsigned recorded = 0;

        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (!(class_actions(policy, class) & ACTION_BIT(ACTION_ALLOW)) &&
                    is_asked_for(policy, class))
                        recorded |= CLASS_BIT(class);
        return recorded;
}

bool policy_denies_in(const struct policy *policy, enum call_class class)
{
        return !policy->permissive && policy_rules_refuse(policy, class);
}

bool policy_denies(const struct policy *policy)
{
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (policy_denies_in(policy, class))
                        return true;
        return false;
}

bool policy_pins(const struct policy *policy)
{
        switch (policy->pin) {
        case PIN_NEVER:
                return false;
        case PIN_AUTO:
                return policy_denies(policy);
        case PIN_ALWAYS:
                return true;
        }
        return true;
}

static bool is_listed(const struct policy *policy, const struct call *call)
{
        for (size_t i = 0; i < policy->ncalls; i++)
                if (policy->calls[i] == call)
                        return true;
        return false;
}

/* The classes in which rules would refuse something that this call can do. Where all is refused,
 * nothing can be carried to where it is not. */
static unsigned could_be_refused(const struct policy *policy, const struct call *call)
{
        unsigned asks = call_classes(call), carries = call_carries(call);

        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                if (!policy_rules_refuse(policy, class))
                        asks &= ~CLASS_BIT(class), carries &= ~CLASS_BIT(class);
                else if (policy_refuses_all(policy, class))
                        carries &= ~CLASS_BIT(class);
        }
        return asks | carries;
}

static bool is_left_out(const struct policy *policy, const struct call *call)
{
        return call->kind == CALL_POLICED && policy->calls_given && policy_denies(policy) &&
               !is_listed(policy, call);
}

/* Where an older kernel leaves a gap, [trace] calls is not heard. */
static bool fills_gap(const struct policy *policy, const struct call *call)
{
        return is_left_out(policy, call) &&
               could_be_refused(policy, call) & policy->backstop.missing;
}

bool policy_aims(const struct policy *policy, const struct call *call)
{
        if (call->outside && policy_closes_call(policy, call))
                return true;
        for (const struct call_condition *c = call->conditions; c && c->ntests; c++)
                if (c->outside && policy_closes_condition(policy, c))
                        return true;
        return false;
}

bool policy_polices(const struct policy *policy, const struct call *call)
{
        unsigned asks, carries;

        if (call->kind != CALL_POLICED)
                return false;
        if (policy->calls_given)
                return is_listed(policy, call) || fills_gap(policy, call);
        asks = call_classes(call);
        carries = call_carries(call);
        for (enum call_class class = 0; class < CLASS_COUNT; class ++) {
                if ((asks & CLASS_BIT(class)) && policy_concerns(policy, class))
                        return true;
                if ((carries & CLASS_BIT(class)) && policy_may_refuse(policy, class))
                        return true;
        }
        return false;
}

bool policy_stops(const struct policy *policy, const struct call *call)
{
        return policy_polices(policy, call) || policy_aims(policy, call);
}

/* Whether an open asks to write stands in its flags; whether a message has an address, in memory.
 */
static bool may_ask_nothing(const struct call *call)
{
        enum {
                ROLES = 1u << ARG_OFLAGS | 1u << ARG_OPENHOW | 1u << ARG_SOCKADDR |
                        1u << ARG_MSGHDR | 1u << ARG_MMSGHDR | 1u << ARG_SUBCALL
        };

        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                if (ROLES & 1u << call->args[i].role)
                        return true;
        return false;
}

int policy_shuts(const struct policy *policy, const struct call *call)
{
        unsigned classes = call_classes(call) & ~policy->backstop.held;

        if (!is_left_out(policy, call) || fills_gap(policy, call) || may_ask_nothing(call))
                return 0;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (classes & CLASS_BIT(class) && policy_refuses_all(policy, class))
                        return policy->classes[class].err ? policy->classes[class].err
                                                          : policy->err;
        return 0;
}

unsigned policy_unheld(const struct policy *policy, const struct call *call)
{
        if (!is_left_out(policy, call) || policy_polices(policy, call) ||
            policy_shuts(policy, call))
                return 0;
        return could_be_refused(policy, call) & ~policy->backstop.held;
}

size_t policy_system_words(const char **words, size_t max)
{
        size_t n = calls_system_words(words, max);

        if (n < max)
                words[n++] = WORD_CAPABILITIES;
        return n;
}

bool policy_opens(const struct policy *policy, const char *word)
{
        for (size_t i = 0; word && i < policy->nsystem; i++)
                if (!strcmp(policy->system[i], word))
                        return true;
        return false;
}

static bool speaks(const struct policy *policy)
{
        if (policy->watched)
                return true;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (policy->classes[class].spoken)
                        return true;
        return false;
}

bool policy_closes(const struct policy *policy, enum call_kind kind, const char *word)
{
        bool denies = policy_denies(policy);

        switch (kind) {
        case CALL_HARMLESS:
        case CALL_POLICED:
                return false;
        case CALL_BLINDING:
                return speaks(policy) && (denies || !policy->calls_given) &&
                       !policy_opens(policy, word);
        case CALL_CONFINING:
                return denies && !policy_opens(policy, word);
        case CALL_GUARDED:
                return policy_pins(policy);
        }
        return true;
}

/* Where the policy names by hand what is looked at, calls that may be aimed outside are not, but
 * for signals that a newer kernel would keep inside. */
static bool is_held(const struct policy *policy, bool outside, bool signals)
{
        const struct backstop *backstop = &policy->backstop;

        if (signals && backstop->signals)
                return true;
        if (signals && backstop->missing & CLASS_BIT(CLASS_PROCESS))
                return false;
        return (outside || signals) && policy->calls_given;
}

bool policy_closes_call(const struct policy *policy, const struct call *call)
{
        return policy_closes(policy, call->kind, call->word) &&
               !is_held(policy, call->outside, call->signals);
}

bool policy_closes_condition(const struct policy *policy, const struct call_condition *condition)
{
        return policy_closes(policy, condition->kind, condition->word) &&
               !is_held(policy, condition->outside, condition->signals);
}

bool policy_holds_processes(const struct policy *policy)
{
        bool left_out =
                policy->calls_given && !(policy->backstop.missing & CLASS_BIT(CLASS_PROCESS));

        return policy_closes(policy, CALL_CONFINING, WORD_PROCESSES) && !left_out;
}

bool policy_guards_processes(const struct policy *policy)
{
        return policy_closes(policy, CALL_CONFINING, WORD_PTRACE);
}

const char *policy_unpinned(const struct policy *policy)
{
        if (policy->pin != PIN_NEVER || !policy_denies(policy))
                return NULL;
        return "another thread or process may change what a call asks for after it was judged";
}

/* What could be made in the place of a link that is gone is judged, or held by the kernel. */
static bool links_matter(const struct policy *policy)
{
        return policy_may_refuse(policy, CLASS_CREATE) &&
               !(policy->backstop.held & CLASS_BIT(CLASS_CREATE));
}

bool policy_orders(const struct policy *policy, const struct call *call)
{
        if (!policy_pins(policy) || policy_closes_call(policy, call) || policy_shuts(policy, call))
                return false;
        switch (call->turns) {
        case TURNS_NOTHING:
                return false;
        case TURNS_LINKS:
                return links_matter(policy);
        case TURNS_NAMES:
                return true;
        }
        return true;
}

/* Under `pin = always` whatever is judged matters: the record shall be true. */
bool policy_pins_call(const struct policy *policy, const struct call *call)
{
        unsigned classes = call_classes(call) | call_carries(call);

        if (!policy_pins(policy))
                return false;
        if (policy_aims(policy, call))
                return true;
        if (policy->pin == PIN_ALWAYS)
                return classes || call->kind != CALL_HARMLESS;
        for (enum call_class class = 0; class < CLASS_COUNT; class ++)
                if (classes & CLASS_BIT(class) &&
                    (policy_may_refuse(policy, class) || policy_guards(policy, class)))
                        return true;
        return false;
}

static bool opens_files(const struct call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(call->args); i++)
                if (call->args[i].use == USE_OPEN || call->args[i].use == USE_CREAT)
                        return true;
        return false;
}

/* Who opens /proc/PID/mem to write is refused: policy_guards(). */
bool policy_trusts_memory(const struct policy *policy)
{
        size_t n;
        const struct call *table = calls_table(&n);

        if (!policy_guards_processes(policy))
                return false;
        if (policy->backstop.memory)
                return true;
        for (size_t i = 0; i < n; i++)
                if (opens_files(&table[i]) && !policy_polices(policy, &table[i]))
                        return false;
        return true;
}

size_t origin_format(const struct origin *origin, char *buf, size_t size)
{
        int len;

        if (!origin->file)
                len = snprintf(buf, size, "%s", "");
        else if (origin->line == 0)
                len = snprintf(buf, size, "%s", origin->file);
        else
                len = snprintf(buf, size, "%s:%u", origin->file, origin->line);
        return len < 0 || (size_t)len >= size ? strlen(buf) : (size_t)len;
}
