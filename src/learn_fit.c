/* learn_fit.c: what is too much, or too long, for a line each. */
#include "learn_fit.h"

#include "learn_guard.h"
#include "path.h"
#include "util.h"

enum { HOSTS_MIN = 4 /* with one port, that make a rule of the port */ };

/* ---- addresses ---- */

/* The port of "inet:HOST:PORT", NULL if it has none. */
static const char *port_of(const struct want *want)
{
        const char *colon = strrchr(want->pattern, ':');

        return want->class == CLASS_CONNECT && !strncmp(want->pattern, "inet:", 5) && colon &&
                               colon > want->pattern + 5
                       ? colon + 1
                       : NULL;
}

static size_t count_port(const struct wants *wants, const char *port)
{
        size_t hosts = 0;

        for (size_t i = 0; i < wants->n; i++) {
                const char *other = port_of(&wants->list[i]);

                hosts += other && !strcmp(port, other);
        }
        return hosts;
}

/* Many hosts with one port: what varies is the host. */
void learn_fit_ports(struct wants *wants)
{
        size_t first = 0;
        cleanup_free bool *many = xcalloc(wants->n + 1, sizeof(*many));

        while (first < wants->n && wants->list[first].class != CLASS_CONNECT)
                first++;
        for (size_t i = first; i < wants->n; i++)
                many[i] = port_of(&wants->list[i]) &&
                          count_port(wants, port_of(&wants->list[i])) >= HOSTS_MIN;
        for (size_t i = first; i < wants->n; i++) {
                char *pattern;

                if (!many[i])
                        continue;
                pattern = xasprintf("inet:%s", port_of(&wants->list[i]));
                free(wants->list[i].pattern);
                wants->list[i].pattern = pattern;
                wants->list[i].is |= WANT_BELOW; /* of which names are counted */
        }
        wants_join(wants);
}

/* ---- what is too long for a line ---- */

static char *cut_name(const struct learning *l, const struct want *want, size_t room)
{
        size_t slash = (size_t)(strrchr(want->pattern, '/') - want->pattern);
        cleanup_free char *pattern = NULL;

        while (room > slash + 1 && (((unsigned char)want->pattern[room] & 0xc0) == 0x80 ||
                                    strchr("\\*?[]", want->pattern[room - 1])))
                room--;
        if (room <= slash + 1 || want->is & WANT_BELOW)
                return NULL;
        pattern = xasprintf("%.*s*", (int)room, want->pattern);
        return learn_guard_meets(l->guarded, want->class, pattern) ? NULL : steal_pointer(&pattern);
}

/* The nearest directory above that fits and may be a rule. */
static char *find_above(const struct learning *l, const struct want *want, size_t room)
{
        for (size_t len = room; len > 1; len--) {
                cleanup_free char *above = xasprintf("%.*s", (int)len, want->pattern);
                cleanup_free char *plain = xstrdup(above);

                if (want->pattern[len] != '/' || path_has_wildcard(above))
                        continue;
                path_unescape(plain);
                if (learn_paths_may_cover(&l->restraint, want->class, plain))
                        return steal_pointer(&above);
        }
        return NULL;
}

void learn_fit_lines(struct learning *l)
{
        for (size_t i = 0; i < l->wants.n; i++) {
                struct want *want = &l->wants.list[i];
                cleanup_free char *shown = learn_text_pattern(&l->text, want->pattern);
                size_t more = strlen(shown) - strlen(want->pattern), room;
                char *pattern;

                if (learn_text_fits(&l->text, want) || want->is & WANT_GUARDED ||
                    want->pattern[0] != '/')
                        continue;
                room = LEARN_LINE_MAX - strlen("allow = ") - strlen("*") - more;
                if (room >= strlen(want->pattern))
                        room = strlen(want->pattern) - 1;
                pattern = cut_name(l, want, room);
                if (!pattern) {
                        pattern = find_above(l, want, room);
                        want->is |= pattern ? WANT_BELOW : 0;
                }
                if (!pattern)
                        continue;
                free(want->pattern);
                want->pattern = pattern;
        }
        wants_join(&l->wants);
}
