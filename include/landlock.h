/* landlock.h: policy -> Landlock ruleset, the kernel's own list of where what may happen. Layer 2.
 *
 * It stands behind the stops and is never narrower than the rules, but for what the README's
 * limits name: Landlock can only allow, by directory, what is there at the start. So a deny inside
 * of an allow is not held, and an allow of something that may be replaced, of a wildcard, or of
 * what does not exist yet is widened to the directory that holds it. It holds a class whose default
 * is deny; attributes it does not know.
 *
 * Source: landlock(7), the kernel's Documentation/userspace-api/landlock.rst. */
#ifndef STOPGATE_LANDLOCK_H
#define STOPGATE_LANDLOCK_H

#include "policy.h"

/* A place below which these classes are let through. */
struct landlock_grant {
        char *path;              /* owned, absolute; exists when the plan is made */
        unsigned classes;        /* CLASS_BIT */
        const struct rule *rule; /* whose place it is, borrowed from the policy; NULL: our own */
        bool wide;               /* wider than the rule */
        unsigned next;           /* grant of the same path, counted from 1; 0: there is none */
};

/* What is asked of the kernel. */
struct landlock {
        int abi;                /* 0: nothing is asked, or the kernel cannot */
        unsigned classes;       /* CLASS_BIT: of files, refused outside of the grants */
        bool keeps_place;       /* no file may get another directory, but between grants */
        bool abstract, signals; /* abstract sockets and processes outside cannot be reached */
        bool connects, binds;   /* internet sockets are held: to connect but to the ports below, to
                                   bind */
        uint16_t *ports;        /* owned */
        size_t nports;
        struct landlock_grant *grants; /* owned */
        size_t ngrants;
        unsigned *slots; /* owned: grants by path, private to landlock_grants.c */
        size_t nslots;
};

/* Landlock's version in the running kernel; 0: none, or it was not turned on. */
int landlock_abi(void);

/* Decide what to ask of a kernel of that version. Looks at files. landlock_fini() frees. */
void landlock_plan(struct landlock *landlock, const struct policy *policy, int abi);
void landlock_fini(struct landlock *landlock);

/* Is it an ELF interpreter in a usual place, which is let through without a rule? */
bool landlock_knows_interpreter(const char *path);

/* Set policy->backstop: what the kernel holds by itself when it got what is planned. */
void landlock_tell(const struct landlock *landlock, struct policy *policy);

/* Warn of rules that the kernel alone does not hold; if [trace] calls keeps stops from doing so
 * either, not as a minor matter. After landlock_tell(). */
struct loader;
void landlock_warn(const struct landlock *landlock, const struct policy *policy,
                   struct loader *loader);

/* Is that object refused in that class by the kernel alone, whatever call is made? */
bool landlock_holds(const struct landlock *landlock, enum call_class class,
                    const struct object *object);

/* Make the ruleset. Returns a descriptor (close-on-exec), or -errno. Not for abi 0. */
int landlock_ruleset(const struct landlock *landlock);

/* Confine the calling thread and all that it starts; it has no_new_privs. 0 or -errno. */
int landlock_enforce(int ruleset);

#endif
