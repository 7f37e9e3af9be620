/* policy_settings.c: what can be said only once: which of several files is heard. */
#include "loader.h"

void settings_add(struct loader *loader, const struct setting *setting)
{
        loader->settings =
                xreallocarray(loader->settings, loader->nsettings + 1, sizeof(*loader->settings));
        loader->settings[loader->nsettings++] = *setting;
}

const struct setting *settings_find(const struct loader *loader, const struct source *source,
                                    const struct section *section, const struct key *key)
{
        for (size_t i = 0; i < loader->nsettings; i++) {
                const struct setting *setting = &loader->settings[i];

                if (setting->key == key && setting->section == section && setting->source == source)
                        return setting;
        }
        return NULL;
}

/* Positive when a beats b. Any file beats the command line, where only defaults come from. */
static int compare_standing(const struct setting *a, const struct setting *b)
{
        if (!a->source || !b->source)
                return (a->source != NULL) - (b->source != NULL);
        if (a->source->turn != b->source->turn)
                return a->source->turn > b->source->turn ? 1 : -1;
        if (a->source->depth != b->source->depth)
                return a->source->depth < b->source->depth ? 1 : -1;
        return 0;
}

static bool same_subject(const struct setting *a, const struct setting *b)
{
        return a->key == b->key && a->section == b->section;
}

static bool is_beaten(const struct loader *loader, const struct setting *setting)
{
        for (size_t i = 0; i < loader->nsettings; i++)
                if (same_subject(&loader->settings[i], setting) &&
                    compare_standing(&loader->settings[i], setting) > 0)
                        return true;
        return false;
}

void settings_apply(struct loader *loader)
{
        for (size_t i = 0; i < loader->nsettings; i++) {
                const struct setting *setting = &loader->settings[i];

                if (!is_beaten(loader, setting))
                        setting->key->apply(loader->policy, setting);
        }
}

static void check_setting(struct loader *loader, const struct setting *setting)
{
        char where[PATH_MAX + 16];

        for (const struct setting *other = loader->settings; other < setting; other++) {
                if (!same_subject(other, setting) || compare_standing(other, setting) != 0 ||
                    !strcmp(other->text, setting->text))
                        continue;
                origin_format(&other->origin, where, sizeof(where));
                loader_error(loader, &setting->origin,
                             "%s of [%s] contradicts %s; say it in the file that includes both",
                             quote(setting->key->name).text, setting->section->name, where);
                return;
        }
}

void settings_check(struct loader *loader)
{
        for (size_t i = 0; i < loader->nsettings; i++)
                if (loader->settings[i].source && !is_beaten(loader, &loader->settings[i]))
                        check_setting(loader, &loader->settings[i]);
}
