/* policy_keys.c: the table of keys: what a value may be, and what it does to the policy. */
#include "loader.h"

#include <errno.h>

#include "names.h"
#include "path.h"

/* ---- sections ---- */

static const struct section sections[SECTIONS] = {
        {"policy", SECTION_POLICY, 0},
        {"read", SECTION_CLASS, CLASS_READ},
        {"write", SECTION_CLASS, CLASS_WRITE},
        {"create", SECTION_CLASS, CLASS_CREATE},
        {"delete", SECTION_CLASS, CLASS_DELETE},
        {"attr", SECTION_CLASS, CLASS_ATTR},
        {"exec", SECTION_CLASS, CLASS_EXEC},
        {"connect", SECTION_CLASS, CLASS_CONNECT},
        {"output", SECTION_CLASS | SECTION_OUTPUT, CLASS_OUTPUT},
        {"system", SECTION_SYSTEM, 0},
        {"log", SECTION_LOG, 0},
        {"trace", SECTION_TRACE, 0},
};

const struct section *section_by_name(const char *name)
{
        for (size_t i = 0; i < SECTIONS; i++)
                if (!strcmp(sections[i].name, name))
                        return &sections[i];
        return NULL;
}

size_t section_names(const char *names[SECTIONS])
{
        for (size_t i = 0; i < SECTIONS; i++)
                names[i] = sections[i].name;
        return SECTIONS;
}

/* Each class has one. */
static const struct section *section_of_class(enum call_class class)
{
        const struct section *section = sections;

        while (!(section->kind & SECTION_CLASS) || section->class != class)
                section++;
        return section;
}

void keys_speak_of(struct loader *loader, enum call_class class, const struct origin *origin)
{
        struct class_policy *class_policy = &loader->policy->classes[class];

        if (!class_policy->own)
                loader->sections[class] = *origin;
        class_policy->spoken = class_policy->own = true;
}

void keys_open_section(struct loader *loader, const struct section *section,
                       const struct origin *origin)
{
        if (section->kind & SECTION_CLASS)
                keys_speak_of(loader, section->class, origin);
}

/* ---- values ---- */

enum { LOG_KEEP_MAX = 999 };

static bool parse_word(const struct pair *pair, struct setting *setting, const char *const *words,
                       size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (words[i] && !strcmp(words[i], pair->value)) {
                        setting->number = i;
                        return true;
                }
        }
        loader_unknown(pair->loader, &pair->origin, pair->key, pair->value, NULL, words, n);
        return false;
}

/* As far as there are digits. Returns what comes behind them, NULL if that is more than max. */
static const char *read_digits(const char *text, uint64_t max, uint64_t *number)
{
        *number = 0;
        for (; *text >= '0' && *text <= '9'; text++) {
                unsigned digit = (unsigned char)*text - (unsigned)'0';

                if (*number > (max - digit) / 10)
                        return NULL;
                *number = *number * 10 + digit;
        }
        return text;
}

static bool parse_number(const struct pair *pair, struct setting *setting, uint64_t min,
                         uint64_t max)
{
        const char *rest = read_digits(pair->value, max, &setting->number);

        if (rest && *rest == '\0' && setting->number >= min)
                return true;
        loader_error(pair->loader, &pair->origin, "%s is a number from %llu to %llu, not %s",
                     pair->key, (unsigned long long)min, (unsigned long long)max,
                     quote(pair->value).text);
        return false;
}

/* Bytes, or so many K, M or G. */
static bool parse_size(const struct pair *pair, struct setting *setting)
{
        static const char units[] = "KMG";
        const uint64_t max = UINT64_C(1) << 50;
        const char *rest = read_digits(pair->value, max, &setting->number);
        const char *unit = rest && *rest ? strchr(units, *rest) : NULL;
        unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

        if (rest && rest > pair->value && rest[unit != NULL] == '\0' &&
            setting->number <= max >> shift) {
                setting->number <<= shift;
                return true;
        }
        loader_error(
                pair->loader, &pair->origin,
                "%s is a number of bytes such as 500000, 64K, 10M or 1G, at most %lluG, not %s",
                pair->key, (unsigned long long)(max >> 30), quote(pair->value).text);
        return false;
}

static bool parse_text(const struct pair *pair, struct setting *setting)
{
        (void)pair;
        (void)setting;
        return true;
}

static void apply_description(struct policy *policy, const struct setting *setting)
{
        free(policy->description);
        policy->description = xstrdup(setting->text);
}

static bool parse_mode(const struct pair *pair, struct setting *setting)
{
        static const char *const words[] = {"enforce", "permissive"};

        return parse_word(pair, setting, words, ARRAY_SIZE(words));
}

static void apply_mode(struct policy *policy, const struct setting *setting)
{
        policy->permissive = setting->number;
}

static bool parse_errno(const struct pair *pair, struct setting *setting)
{
        static const char *const usual[] = {"EACCES", "EPERM",        "ENOENT",     "EROFS",
                                            "ENOSYS", "ECONNREFUSED", "ENETUNREACH"};

        setting->number = (uint64_t)errno_from_name(pair->value);
        if (setting->number == 0)
                loader_unknown(pair->loader, &pair->origin, "errno", pair->value, NULL, usual,
                               ARRAY_SIZE(usual));
        return setting->number != 0;
}

static void apply_errno(struct policy *policy, const struct setting *setting)
{
        if (setting->section->kind & SECTION_CLASS)
                policy->classes[setting->section->class].err = (int)setting->number;
        else
                policy->err = (int)setting->number;
}

static bool parse_stragglers(const struct pair *pair, struct setting *setting)
{
        static const char *const words[] = {"follow", "kill"};

        return parse_word(pair, setting, words, ARRAY_SIZE(words));
}

static void apply_stragglers(struct policy *policy, const struct setting *setting)
{
        policy->kill_stragglers = setting->number;
}

static bool parse_pin(const struct pair *pair, struct setting *setting)
{
        static const char *const words[] = {
                [PIN_NEVER] = "never", [PIN_AUTO] = "auto", [PIN_ALWAYS] = "always"};

        return parse_word(pair, setting, words, ARRAY_SIZE(words));
}

static void apply_pin(struct policy *policy, const struct setting *setting)
{
        policy->pin = (enum pin)setting->number;
}

static bool parse_default(const struct pair *pair, struct setting *setting)
{
        static const enum action actions[] = {ACTION_ALLOW, ACTION_LOG, ACTION_DENY,
                                              ACTION_DISCARD};
        bool output = pair->section->kind & SECTION_OUTPUT;
        const char *words[ARRAY_SIZE(actions)];
        size_t n = ARRAY_SIZE(actions) - !output;

        for (size_t i = 0; i < n; i++)
                words[i] = action_name(actions[i]);
        if (!parse_word(pair, setting, words, n))
                return false;
        setting->number = actions[setting->number];
        return true;
}

static void apply_default(struct policy *policy, const struct setting *setting)
{
        struct class_policy *class_policy = &policy->classes[setting->section->class];

        class_policy->has_fallback = true;
        class_policy->fallback = (enum action)setting->number;
        class_policy->fallback_origin = setting->origin;
}

/* A name relative to where stopgate was started, as -o would take it. */
static bool parse_log_file(const struct pair *pair, struct setting *setting)
{
        cleanup_free char *text =
                expand_text(pair->loader, &pair->origin, pair->source->directory, pair->value);
        const char *cwd = pair->loader->cwd;
        char path[PATH_MAX];

        if (!text)
                return false;
        path_unescape(text);
        if ((!cwd && text[0] != '/') ||
            path_join(cwd ? cwd : "/", text, strlen(text), path, sizeof(path)) < 0) {
                loader_error(pair->loader, &pair->origin, "%s leads to no usable path",
                             quote(pair->value).text);
                return false;
        }
        free(setting->text);
        setting->text = xstrdup(path);
        return true;
}

static void apply_log_file(struct policy *policy, const struct setting *setting)
{
        free(policy->log_file);
        policy->log_file = xstrdup(setting->text);
}

static bool parse_format(const struct pair *pair, struct setting *setting)
{
        static const char *const words[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json"};

        return parse_word(pair, setting, words, ARRAY_SIZE(words));
}

static void apply_format(struct policy *policy, const struct setting *setting)
{
        policy->log_format = (enum record_format)setting->number;
}

static bool parse_data(const struct pair *pair, struct setting *setting)
{
        return parse_number(pair, setting, 0, EVENT_DATA_MAX);
}

static void apply_data(struct policy *policy, const struct setting *setting)
{
        policy->log_data = (unsigned)setting->number;
}

static bool parse_yes_no(const struct pair *pair, struct setting *setting)
{
        static const char *const words[] = {"no", "yes"};

        return parse_word(pair, setting, words, ARRAY_SIZE(words));
}

static void apply_results(struct policy *policy, const struct setting *setting)
{
        policy->log_results = setting->number;
}

static void apply_changes(struct policy *policy, const struct setting *setting)
{
        policy->log_changes = setting->number;
}

static void apply_rotate(struct policy *policy, const struct setting *setting)
{
        policy->log_rotate = setting->number;
}

static bool parse_keep(const struct pair *pair, struct setting *setting)
{
        return parse_number(pair, setting, 1, LOG_KEEP_MAX);
}

static void apply_keep(struct policy *policy, const struct setting *setting)
{
        policy->log_keep = (unsigned)setting->number;
}

static void apply_fold(struct policy *policy, const struct setting *setting)
{
        policy->log_fold = setting->number;
}

static bool parse_limit(const struct pair *pair, struct setting *setting)
{
        return parse_number(pair, setting, 0, UINT64_C(1000000000000000000));
}

static void apply_limit(struct policy *policy, const struct setting *setting)
{
        policy->log_limit = setting->number;
}

/* ---- the table ---- */

static const struct key keys[] = {
        {"description", SECTION_POLICY, parse_text, apply_description, NULL},
        {"include", SECTION_POLICY, NULL, NULL, list_take_include},
        {"mode", SECTION_POLICY, parse_mode, apply_mode, NULL},
        {"errno", SECTION_POLICY | SECTION_CLASS, parse_errno, apply_errno, NULL},
        {"stragglers", SECTION_POLICY, parse_stragglers, apply_stragglers, NULL},
        {"pin", SECTION_POLICY, parse_pin, apply_pin, NULL},
        {"default", SECTION_CLASS, parse_default, apply_default, NULL},
        {"allow", SECTION_CLASS, NULL, NULL, list_take_rule},
        {"log", SECTION_CLASS, NULL, NULL, list_take_rule},
        {"deny", SECTION_CLASS, NULL, NULL, list_take_rule},
        {"kill", SECTION_CLASS, NULL, NULL, list_take_rule},
        {"discard", SECTION_OUTPUT, NULL, NULL, list_take_rule},
        {"allow", SECTION_SYSTEM, NULL, NULL, list_take_system},
        {"file", SECTION_LOG, parse_log_file, apply_log_file, NULL},
        {"format", SECTION_LOG, parse_format, apply_format, NULL},
        {"data", SECTION_LOG, parse_data, apply_data, NULL},
        {"results", SECTION_LOG, parse_yes_no, apply_results, NULL},
        {"changes", SECTION_LOG, parse_yes_no, apply_changes, NULL},
        {"limit", SECTION_LOG, parse_limit, apply_limit, NULL},
        {"fold", SECTION_LOG, parse_yes_no, apply_fold, NULL},
        {"rotate", SECTION_LOG, parse_size, apply_rotate, NULL},
        {"keep", SECTION_LOG, parse_keep, apply_keep, NULL},
        {"calls", SECTION_TRACE, NULL, NULL, list_take_calls},
};

static const struct key *find_key(const struct section *section, const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if ((keys[i].sections & section->kind) && !strcmp(keys[i].name, name))
                        return &keys[i];
        return NULL;
}

/* Where a key of that name has its place. */
static const struct section *section_of_key(const char *name)
{
        for (size_t i = 0; i < SECTIONS; i++)
                if (find_key(&sections[i], name))
                        return &sections[i];
        return NULL;
}

static void refuse_key(const struct pair *pair)
{
        const struct section *right = section_of_key(pair->key);
        const char *names[ARRAY_SIZE(keys)];
        size_t n = 0;

        if (right) {
                loader_error(pair->loader, &pair->origin,
                             "unknown key %s in [%s]; it belongs in [%s]", quote(pair->key).text,
                             pair->section->name, right->name);
                return;
        }
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (keys[i].sections & pair->section->kind)
                        names[n++] = keys[i].name;
        loader_unknown(pair->loader, &pair->origin, "key", pair->key, pair->section->name, names,
                       n);
}

static void take_setting(const struct pair *pair, const struct key *key)
{
        const struct setting *before =
                settings_find(pair->loader, pair->source, pair->section, key);
        struct setting setting = {pair->section, key, pair->source, pair->origin, NULL, 0};
        char where[PATH_MAX + 16];

        if (before) {
                origin_format(&before->origin, where, sizeof(where));
                loader_error(pair->loader, &pair->origin, "%s is said twice in [%s]; first in %s",
                             quote(pair->key).text, pair->section->name, where);
                return;
        }
        setting.text = xstrdup(pair->value);
        if (key->parse(pair, &setting))
                settings_add(pair->loader, &setting);
        else
                free(setting.text);
}

static bool is_value(const struct pair *pair)
{
        if (pair->value[0] == '\0') {
                loader_error(pair->loader, &pair->origin, "%s has no value", quote(pair->key).text);
                return false;
        }
        if (pair->value[0] == '#' || strstr(pair->value, " #") || strstr(pair->value, "\t#")) {
                loader_error(pair->loader, &pair->origin,
                             "'#' in the value; a comment stands behind ' ;' or on its own line");
                return false;
        }
        return true;
}

void keys_take(struct loader *loader, struct source *source, const struct section *section,
               unsigned line, const char *key, const char *value)
{
        struct pair pair = {loader, source, section, source_origin(source, line), key, value};
        const struct key *row = find_key(section, key);

        if (key[0] == '\0')
                loader_error(loader, &pair.origin, "nothing before '='; expected 'key = value'");
        else if (!row)
                refuse_key(&pair);
        else if (!is_value(&pair))
                return;
        else if (row->take)
                row->take(&pair);
        else
                take_setting(&pair, row);
}

void keys_add_default(struct loader *loader, const struct origin *origin, enum call_class class,
                      enum action action)
{
        const struct section *section = section_of_class(class);
        struct setting setting = {section, find_key(section, "default"), NULL, *origin, NULL,
                                  action};

        keys_speak_of(loader, class, origin);
        setting.text = xstrdup(action_name(action));
        settings_add(loader, &setting);
}
