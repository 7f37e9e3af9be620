/* policy_index.h: the rules by class and literal part, so that a decision costs one pass over the
 * path, however many rules there are. Private to policy.c and policy_index.c. Layer 1. */
#ifndef STOPGATE_POLICY_INDEX_H
#define STOPGATE_POLICY_INDEX_H

#include "policy.h"

/* Build the index of all rules; it borrows the policy, whose rules must stay as they are. The
 * caller frees it. */
struct policy_index *policy_index_new(const struct policy *policy);
void policy_index_free(struct policy_index *index);

/* The actions (1 << enum action) that rules of that class state. */
unsigned policy_index_actions(const struct policy_index *index, enum call_class class);

/* The rule of that class (as written in the rule) that decides about the object, or NULL. */
const struct rule *policy_index_find(const struct policy_index *index, enum call_class class,
                                     const struct object *object, pid_t tgid);

/* A rule of that class that refuses something strictly below the object, or NULL. literal: of rules
 * without wildcards only. */
const struct rule *policy_index_below(const struct policy_index *index, enum call_class class,
                                      const struct object *object, pid_t tgid, bool literal);

/* If the object is /proc/<tgid> or below, put its other spelling, /proc/self, into alias
 * (OBJECT_PATH_MAX bytes) and return its length, else 0. */
size_t object_proc_self(const struct object *object, pid_t tgid, char *alias);

/* How closely a pattern of so many literal bytes fits: exact path over subtree over wildcard. */
enum closeness { CLOSE_WILDCARD, CLOSE_SUBTREE, CLOSE_EXACT };
unsigned pattern_specificity(size_t literal, enum closeness closeness);

enum { ADDRESS_BITS = 128, IPV4_BITS = 32, IPV4_OFFSET = ADDRESS_BITS - IPV4_BITS };

/* Whether the IPv4-mapped ::ffff:0:0/96 holds the address. */
bool address_is_ipv4(const uint8_t address[16]);

/* Keep the leading bits of address, clear the rest. */
void address_mask(uint8_t address[16], unsigned bits);

#define FOLLOWS_WRITE     (CLASS_BIT(CLASS_CREATE) | CLASS_BIT(CLASS_DELETE) | CLASS_BIT(CLASS_ATTR))
#define PROTECTED_CLASSES (CLASS_BIT(CLASS_WRITE) | FOLLOWS_WRITE)

/* Is the class looked at because /proc has files of processes outside of the run? */
bool policy_guards(const struct policy *policy, enum call_class class);

/* policy_refuses() as it would be if the policy were not permissive. */
bool policy_may_refuse(const struct policy *policy, enum call_class class);

#endif
