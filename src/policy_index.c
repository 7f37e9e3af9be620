/* policy_index.c: the rules by class and literal part. */
#include "policy_index.h"

#include "hash.h"
#include "path.h"
#include "util.h"

enum { LENGTHS = PATH_MAX + 1, LENGTH_WORDS = LENGTHS / 64 + 1, NO_ENTRY = -1 };

/* A spelling of a rule that is no plain path. */
struct entry {
        const struct rule *rule;
        const struct pattern *pattern;
        int next; /* in the chain of its node or tail, the rule that decides first in front */
};

/* What entries of one node end with. A path is held only against those that end as it does. */
struct tail {
        const struct node *node; /* NULL: the slot is free */
        const char *text;        /* borrowed from a pattern */
        size_t len;
        int entries;
};

/* The lengths that tails of a node have. */
struct tail_length {
        size_t len;
        int next;
};

/* All that begins with the same literal part in one class. */
struct node {
        uint64_t hash;
        enum call_class class;
        const char *prefix; /* borrowed from the index; NULL: the slot is free */
        size_t len;
        const struct rule *literal; /* the strictest plain path, or NULL */
        int entries;                /* the others, but those with a tail; or NO_ENTRY */
        int tail_lengths;           /* or NO_ENTRY */
};

struct policy_index {
        const struct policy *policy; /* borrowed */
        struct node *slots;
        size_t mask;
        struct entry *entries;
        int nentries;
        struct tail *tails; /* as many slots as above */
        struct tail_length *tail_lengths;
        int ntail_lengths;
        char *prefixes, *prefixes_end; /* memory of the nodes' prefixes */
        uint64_t lengths[CLASS_COUNT]
                        [LENGTH_WORDS]; /* those of prefixes: no others are looked up */
        size_t longest[CLASS_COUNT];
        unsigned actions[CLASS_COUNT];
        uint64_t bits[ADDRESS_BITS / 64 + 1]; /* /BITS that inet rules have */
        const struct rule **ad_hoc;           /* the rules of the command line */
        size_t nad_hoc;
};

static bool has_bit(const uint64_t *words, size_t bit)
{
        return words[bit / 64] >> (bit % 64) & 1;
}

static void set_bit(uint64_t *words, size_t bit)
{
        words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* The slot where that prefix is, or would be put. The table is never full. */
static struct node *find_slot(const struct policy_index *index, enum call_class class,
                              uint64_t hash, const char *prefix, size_t len)
{
        uint64_t slot = hash ^ hash >> 32 ^ class;

        for (;; slot++) {
                struct node *node = &index->slots[slot & index->mask];

                if (!node->prefix)
                        return node;
                if (node->hash == hash && node->class == class && node->len == len &&
                    !memcmp(node->prefix, prefix, len))
                        return node;
        }
}

/* What inet rules have in place of a prefix; no path or name begins with a NUL byte. */
struct inet_key {
        char bytes[1 + 1 + 2 + 16];
};

static struct inet_key inet_key(const uint8_t address[16], unsigned bits, uint16_t port)
{
        struct inet_key key = {{0, (char)bits, (char)(port >> 8), (char)port}};
        uint8_t masked[16];

        memcpy(masked, address, sizeof(masked));
        address_mask(masked, bits);
        memcpy(key.bytes + 4, masked, sizeof(masked));
        return key;
}

/* Put the literal part of a pattern, as bytes of a name, into the memory of prefixes. */
static size_t write_prefix(const struct pattern *pattern, char *prefix)
{
        struct inet_key key;
        size_t literal;

        if (pattern->kind == PATTERN_INET) {
                key = inet_key(pattern->address, pattern->bits, pattern->port);
                memcpy(prefix, key.bytes, sizeof(key.bytes));
                return sizeof(key.bytes);
        }
        if (pattern->kind == PATTERN_LITERAL) {
                memcpy(prefix, pattern->text, pattern->len);
                return pattern->len;
        }
        literal = path_literal_len(pattern->text);
        memcpy(prefix, pattern->text, literal);
        prefix[literal] = '\0';
        return path_unescape(prefix);
}

static size_t prefix_size(const struct pattern *pattern)
{
        return pattern->len + 1 + sizeof(struct inet_key);
}

static struct node *node_of(struct policy_index *index, enum call_class class,
                            const struct pattern *pattern)
{
        char *prefix = index->prefixes_end;
        size_t len = write_prefix(pattern, prefix);
        uint64_t hash = hash_bytes(prefix, len);
        struct node *node = find_slot(index, class, hash, prefix, len);

        if (!node->prefix) {
                *node = (struct node){hash, class, prefix, len, NULL, NO_ENTRY, NO_ENTRY};
                index->prefixes_end += prefix_size(pattern);
        }
        return node;
}

static void note_length(struct policy_index *index, enum call_class class,
                        const struct pattern *pattern)
{
        if (pattern->kind == PATTERN_INET) {
                set_bit(index->bits, pattern->bits);
                return;
        }
        set_bit(index->lengths[class], pattern->literal);
        if (pattern->literal > index->longest[class])
                index->longest[class] = pattern->literal;
}

static bool is_plain(const struct pattern *pattern)
{
        return pattern->kind == PATTERN_LITERAL || pattern->kind == PATTERN_INET;
}

/* The slot where that tail is, or would be put. The table is never full. */
static struct tail *find_tail(const struct policy_index *index, const struct node *node,
                              const char *text, size_t len)
{
        uint64_t slot = hash_bytes(text, len) ^ node->hash;

        for (slot ^= slot >> 32;; slot++) {
                struct tail *tail = &index->tails[slot & index->mask];

                if (!tail->node ||
                    (tail->node == node && tail->len == len && !memcmp(tail->text, text, len)))
                        return tail;
        }
}

static void note_tail_length(struct policy_index *index, struct node *node, size_t len)
{
        for (int l = node->tail_lengths; l != NO_ENTRY; l = index->tail_lengths[l].next)
                if (index->tail_lengths[l].len == len)
                        return;
        index->tail_lengths[index->ntail_lengths] = (struct tail_length){len, node->tail_lengths};
        node->tail_lengths = index->ntail_lengths++;
}

/* Where the chain begins that an entry of the node belongs to. */
static int *chain_of(struct policy_index *index, struct node *node, const struct pattern *pattern)
{
        size_t len;
        const char *text = path_literal_tail(pattern->text, &len);
        struct tail *tail;

        if (!len)
                return &node->entries;
        tail = find_tail(index, node, text, len);
        if (!tail->node)
                *tail = (struct tail){node, text, len, NO_ENTRY};
        note_tail_length(index, node, len);
        return &tail->entries;
}

static void add_spelling(struct policy_index *index, const struct rule *rule,
                         const struct pattern *pattern)
{
        struct node *node;
        int *chain;

        if (pattern->literal >= LENGTHS) /* longer than any object's name */
                return;
        node = node_of(index, rule->class, pattern);
        note_length(index, rule->class, pattern);
        if (is_plain(pattern)) {
                node->literal = rule;
                return;
        }
        chain = chain_of(index, node, pattern);
        index->entries[index->nentries] = (struct entry){rule, pattern, *chain};
        *chain = index->nentries++;
}

static bool is_exact_name(const struct pattern *pattern)
{
        return pattern->kind == PATTERN_ABSTRACT && !path_has_wildcard(pattern->text);
}

/* Whoever is added later stands in front, so: wildcards before exact names, lenient before
 * strict, later lines before earlier ones. */
static void add_rules(struct policy_index *index, enum action action, bool exact_names)
{
        const struct policy *policy = index->policy;

        for (size_t r = policy->nrules; r-- > 0;) {
                const struct rule *rule = &policy->rules[r];

                for (unsigned s = 0; rule->action == action && s < rule->nspellings; s++)
                        if (is_exact_name(&rule->spelling[s]) == exact_names)
                                add_spelling(index, rule, &rule->spelling[s]);
        }
}

static void allocate(struct policy_index *index)
{
        const struct policy *policy = index->policy;
        size_t spellings = 0, bytes = 1, slots = 4;

        for (size_t r = 0; r < policy->nrules; r++) {
                spellings += policy->rules[r].nspellings;
                for (unsigned s = 0; s < policy->rules[r].nspellings; s++)
                        bytes += prefix_size(&policy->rules[r].spelling[s]);
        }
        while (slots < spellings * 2 + 1)
                slots *= 2;
        index->slots = xcalloc(slots, sizeof(*index->slots));
        index->mask = slots - 1;
        index->entries = xcalloc(spellings, sizeof(*index->entries));
        index->tails = xcalloc(slots, sizeof(*index->tails));
        index->tail_lengths = xcalloc(spellings, sizeof(*index->tail_lengths));
        index->prefixes = index->prefixes_end = xcalloc(bytes, 1);
        index->ad_hoc = xcalloc(policy->nrules, sizeof(*index->ad_hoc));
        for (size_t r = 0; r < policy->nrules; r++)
                if (policy->rules[r].ad_hoc)
                        index->ad_hoc[index->nad_hoc++] = &policy->rules[r];
}

struct policy_index *policy_index_new(const struct policy *policy)
{
        struct policy_index *index = xcalloc(1, sizeof(*index));

        index->policy = policy;
        for (size_t r = 0; r < policy->nrules; r++)
                index->actions[policy->rules[r].class] |= 1u << policy->rules[r].action;
        allocate(index);
        for (int exact_names = 0; exact_names <= 1; exact_names++)
                for (enum action action = ACTION_ALLOW; action < ACTION_COUNT; action++)
                        add_rules(index, action, exact_names);
        return index;
}

void policy_index_free(struct policy_index *index)
{
        if (!index)
                return;
        free(index->slots);
        free(index->entries);
        free(index->tails);
        free(index->tail_lengths);
        free(index->prefixes);
        free(index->ad_hoc);
        free(index);
}

unsigned policy_index_actions(const struct policy_index *index, enum call_class class)
{
        return index->actions[class];
}

/* The best match so far. */
struct match {
        const struct rule *rule;
        unsigned specificity;
};

static bool is_better(const struct match *best, const struct rule *rule, unsigned specificity)
{
        if (!best->rule || specificity != best->specificity)
                return !best->rule || specificity > best->specificity;
        if (rule->action != best->rule->action)
                return rule->action > best->rule->action;
        return rule < best->rule;
}

static void take_better(struct match *best, const struct rule *rule, unsigned specificity)
{
        if (is_better(best, rule, specificity))
                *best = (struct match){rule, specificity};
}

static int match_chain(const struct policy_index *index, int chain, const char *path, size_t len)
{
        while (chain != NO_ENTRY && !path_match(index->entries[chain].pattern->text, path, len))
                chain = index->entries[chain].next;
        return chain;
}

/* The entry of the node that matches and was added last, or NO_ENTRY. */
static int match_entries(const struct policy_index *index, const struct node *node,
                         const char *path, size_t len)
{
        int first = match_chain(index, node->entries, path, len);

        for (int l = node->tail_lengths; l != NO_ENTRY; l = index->tail_lengths[l].next) {
                size_t tail_len = index->tail_lengths[l].len;
                const struct tail *tail;
                int found;

                if (tail_len > len)
                        continue;
                tail = find_tail(index, node, path + len - tail_len, tail_len);
                found = tail->node ? match_chain(index, tail->entries, path, len) : NO_ENTRY;
                if (found > first)
                        first = found;
        }
        return first;
}

/* All at one node is equally long, so what comes first here decides: exact, subtree, wildcard. */
static void match_node(const struct policy_index *index, const struct node *node, const char *path,
                       size_t len, struct match *best)
{
        bool whole = node->len == len, exact;
        int first;

        if (node->literal && (whole || path[node->len] == '/')) {
                take_better(best, node->literal,
                            pattern_specificity(node->len, whole ? CLOSE_EXACT : CLOSE_SUBTREE));
                return;
        }
        first = match_entries(index, node, path, len);
        if (first == NO_ENTRY)
                return;
        exact = is_exact_name(index->entries[first].pattern);
        take_better(best, index->entries[first].rule,
                    pattern_specificity(node->len, exact ? CLOSE_EXACT : CLOSE_WILDCARD));
}

static void match_name(const struct policy_index *index, enum call_class class, const char *path,
                       size_t len, struct match *best)
{
        size_t longest = index->longest[class] < len ? index->longest[class] : len;
        uint64_t hash = HASH_START;

        for (size_t i = 0; i <= longest; i++) {
                if (has_bit(index->lengths[class], i)) {
                        const struct node *node = find_slot(index, class, hash, path, i);

                        if (node->prefix)
                                match_node(index, node, path, len, best);
                }
                if (i < longest)
                        hash = hash_byte(hash, path[i]);
        }
}

static const struct rule *lookup_inet(const struct policy_index *index, enum call_class class,
                                      const struct object *object, unsigned bits, uint16_t port)
{
        struct inet_key key = inet_key(object->address, bits, port);
        uint64_t hash = hash_bytes(key.bytes, sizeof(key.bytes));

        return find_slot(index, class, hash, key.bytes, sizeof(key.bytes))->literal;
}

/* From the longest host part down: the first that is found is the most specific. Rules of 1 to 95
 * bits are about IPv6 alone. */
static const struct rule *find_inet(const struct policy_index *index, enum call_class class,
                                    const struct object *object)
{
        bool ipv4 = address_is_ipv4(object->address);

        for (unsigned bits = ADDRESS_BITS + 1; bits-- > 0;) {
                const struct rule *rule;

                if (!has_bit(index->bits, bits) || (ipv4 && bits > 0 && bits < IPV4_OFFSET))
                        continue;
                rule = lookup_inet(index, class, object, bits, object->port);
                if (!rule && object->port)
                        rule = lookup_inet(index, class, object, bits, 0);
                if (rule)
                        return rule;
        }
        return NULL;
}

static const struct rule *find_file(const struct policy_index *index, enum call_class class,
                                    const struct object *object, pid_t tgid)
{
        char alias[OBJECT_PATH_MAX];
        size_t alias_len = object_proc_self(object, tgid, alias);
        struct match best = {NULL, 0};

        match_name(index, class, object->path, object->len, &best);
        if (alias_len)
                match_name(index, class, alias, alias_len, &best);
        return best.rule;
}

static const struct rule *find_abstract(const struct policy_index *index, enum call_class class,
                                        const struct object *object)
{
        struct match best = {NULL, 0};

        match_name(index, class, object->path, object->len, &best);
        return best.rule;
}

static const struct rule *find(const struct policy_index *index, enum call_class class,
                               const struct object *object, pid_t tgid)
{
        switch (object->kind) {
        case OBJECT_PATH:
        case OBJECT_DELETED:
                return find_file(index, class, object, tgid);
        case OBJECT_ABSTRACT:
                return find_abstract(index, class, object);
        case OBJECT_INET:
                return find_inet(index, class, object);
        case OBJECT_NONE:
        case OBJECT_ANONYMOUS:
        case OBJECT_FAMILY:
        case OBJECT_INET_ALL:
        case OBJECT_INET_ANY:
        case OBJECT_PROCESS:
        case OBJECT_TEXT:
                return NULL;
        }
        return NULL;
}

static void match_ad_hoc(const struct rule *rule, const struct object *object, pid_t tgid,
                         struct match *best)
{
        unsigned specificity;

        for (unsigned s = 0; s < rule->nspellings; s++)
                if (pattern_match(&rule->spelling[s], object, tgid, &specificity))
                        take_better(best, rule, specificity);
}

/* What the command line refuses, and does not allow more specifically itself. */
static const struct rule *find_ad_hoc(const struct policy_index *index, enum call_class class,
                                      const struct object *object, pid_t tgid)
{
        struct match best = {NULL, 0};

        for (size_t i = 0; i < index->nad_hoc; i++)
                if (index->ad_hoc[i]->class == class)
                        match_ad_hoc(index->ad_hoc[i], object, tgid, &best);
        return best.rule && action_refuses(best.rule->action) ? best.rule : NULL;
}

const struct rule *policy_index_find(const struct policy_index *index, enum call_class class,
                                     const struct object *object, pid_t tgid)
{
        const struct rule *ad_hoc = index->nad_hoc ? find_ad_hoc(index, class, object, tgid) : NULL;
        const struct rule *found = find(index, class, object, tgid);

        return ad_hoc && !(found && found->action > ad_hoc->action) ? ad_hoc : found;
}

static bool lies_below(const struct pattern *pattern, const char *path, size_t len)
{
        switch (pattern->kind) {
        case PATTERN_LITERAL:
                return pattern->len > len && path_covers(path, len, pattern->text, pattern->len);
        case PATTERN_WILDCARD:
                return path_match_below(pattern->text, path, len);
        case PATTERN_ABSTRACT:
        case PATTERN_INET:
                return false;
        }
        return false;
}

static bool rule_below(const struct rule *rule, const char *path, size_t len, bool literal)
{
        for (unsigned s = 0; s < rule->nspellings; s++)
                if ((!literal || rule->spelling[s].kind == PATTERN_LITERAL) &&
                    lies_below(&rule->spelling[s], path, len))
                        return true;
        return false;
}

const struct rule *policy_index_below(const struct policy_index *index, enum call_class class,
                                      const struct object *object, pid_t tgid, bool literal)
{
        const struct rule *found = NULL;
        char alias[OBJECT_PATH_MAX];
        size_t alias_len = object_proc_self(object, tgid, alias);

        if (object->kind != OBJECT_PATH && object->kind != OBJECT_DELETED)
                return NULL;
        for (size_t r = 0; r < index->policy->nrules; r++) {
                const struct rule *rule = &index->policy->rules[r];

                if (rule->class != class || !action_refuses(rule->action) ||
                    (found && rule->action <= found->action))
                        continue;
                if (rule_below(rule, object->path, object->len, literal) ||
                    (alias_len && rule_below(rule, alias, alias_len, literal)))
                        found = rule;
        }
        return found;
}
