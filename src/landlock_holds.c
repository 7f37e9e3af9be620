/* landlock_holds.c: what the kernel then holds alone, whatever call is made. */
#include "landlock.h"

#include "landlock_grants.h"
#include "path.h"
#include "util.h"

/* Since which version of Landlock the class is held whole: the third knows truncate(2). */
static const struct {
        enum call_class class;
        int abi;
} holding[] = {
        {CLASS_READ, 2},
        {CLASS_WRITE, 3},
        {CLASS_CREATE, 2},
        {CLASS_DELETE, 2},
};

/* ---- whole classes ---- */

static bool is_wide(const struct landlock *landlock, enum call_class class)
{
        for (size_t i = 0; i < landlock->ngrants; i++)
                if (landlock->grants[i].wide && landlock->grants[i].classes & CLASS_BIT(class))
                        return true;
        return false;
}

static bool has_refusals(const struct policy *policy, enum call_class class)
{
        for (size_t r = 0; r < policy->nrules; r++)
                if (policy->rules[r].class == policy_rules_of(policy, class) &&
                    action_refuses(policy->rules[r].action))
                        return true;
        return false;
}

/* /proc/PID/mem, of whomever. */
static bool holds_memory(const struct landlock *landlock)
{
        static const char proc[] = "/proc";
        const size_t len = sizeof(proc) - 1;

        if (!landlock->abi || !(landlock->classes & CLASS_BIT(CLASS_WRITE)))
                return false;
        for (size_t i = 0; i < landlock->ngrants; i++) {
                const struct landlock_grant *g = &landlock->grants[i];
                size_t its = strlen(g->path);

                if (g->classes & CLASS_BIT(CLASS_WRITE) &&
                    (path_covers(g->path, its, proc, len) || path_covers(proc, len, g->path, its)))
                        return false;
        }
        return true;
}

void landlock_tell(const struct landlock *landlock, struct policy *policy)
{
        struct backstop *backstop = &policy->backstop;

        *backstop = (struct backstop){
                .signals = landlock->signals,
                .processes = landlock->abi > 0,
                .memory = holds_memory(landlock),
        };
        if (!landlock->signals && policy_closes(policy, CALL_CONFINING, WORD_PROCESSES))
                backstop->missing |= CLASS_BIT(CLASS_PROCESS);
        for (size_t i = 0; i < ARRAY_SIZE(holding); i++) {
                enum call_class class = holding[i].class;

                if (!(landlock->classes & CLASS_BIT(class)) || is_wide(landlock, class) ||
                    has_refusals(policy, class))
                        continue;
                if (landlock->abi >= holding[i].abi)
                        backstop->held |= CLASS_BIT(class);
                else
                        backstop->missing |= CLASS_BIT(class);
        }
}

/* ---- one object ---- */

static bool holds_whole(const struct landlock *landlock, enum call_class class)
{
        for (size_t i = 0; i < ARRAY_SIZE(holding); i++)
                if (holding[i].class == class)
                        return landlock->abi >= holding[i].abi;
        return class == CLASS_EXEC;
}

bool landlock_holds(const struct landlock *landlock, enum call_class class,
                    const struct object *object)
{
        size_t len = object->len;

        if (!landlock->abi)
                return false;
        if (object->kind == OBJECT_ABSTRACT)
                return landlock->abstract;
        if (object->kind != OBJECT_PATH || !(landlock->classes & CLASS_BIT(class)) ||
            !holds_whole(landlock, class))
                return false;
        /* A name is made and removed by a right to its directory. */
        if (class == CLASS_CREATE || class == CLASS_DELETE)
                while (len > 1 && object->path[--len] != '/')
                        ;
        return !grants_hold(landlock, CLASS_BIT(class), object->path, len ? len : 1, false);
}
