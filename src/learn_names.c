/* learn_names.c: temporary and versioned names, and how names are written in a policy. */
#include "learn_names.h"

#include <ctype.h>

#include "learn_token.h"
#include "line.h"
#include "path.h"
#include "util.h"

enum { SHAPES_MAX = 512 /* temporary names that others are compared with */ };

/* A name that the run made. */
struct made {
        struct words path;
        uint32_t target; /* index of what it was renamed to, or AUDIT_NONE */
        bool gone;
        struct token token; /* of its last component */
};

struct learn_names {
        const struct words *paths; /* of the audit */
        struct made *made;         /* sorted by path */
        size_t nmade;
        pid_t *tgids; /* sorted */
        size_t ntgids;
};

/* ---- what the run made ---- */

static int compare_words(const struct words *a, const struct words *b)
{
        size_t len = a->len < b->len ? a->len : b->len;
        int order = memcmp(a->bytes, b->bytes, len);

        return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_made(const void *one, const void *other)
{
        return compare_words(&((const struct made *)one)->path,
                             &((const struct made *)other)->path);
}

static int compare_tgids(const void *one, const void *other)
{
        pid_t a = *(const pid_t *)one, b = *(const pid_t *)other;

        return (a > b) - (a < b);
}

/* By path: how its name came and went. */
struct fate {
        bool made, gone;
        uint32_t target;
};

static void note_touch(struct fate *fates, const struct audit_touch *touch)
{
        bool moves = touch->call && touch->to != AUDIT_NONE && touch->asks_to &&
                     touch->asks & CLASS_BIT(CLASS_DELETE);

        if ((touch->known && touch->error) || touch->path == AUDIT_NONE)
                return;
        fates[touch->path].made |= touch->asks & CLASS_BIT(CLASS_CREATE);
        fates[touch->path].gone |= touch->asks & CLASS_BIT(CLASS_DELETE);
        if (touch->to != AUDIT_NONE)
                fates[touch->to].made |= touch->asks_to & CLASS_BIT(CLASS_CREATE);
        if (moves && fates[touch->path].target == AUDIT_NONE)
                fates[touch->path].target = touch->to;
}

static struct fate *find_fates(const struct audit *audit, size_t npaths)
{
        struct fate *fates = xcalloc(npaths, sizeof(*fates));
        size_t n;
        const struct audit_touch *touches = audit_touches(audit, &n);

        for (size_t i = 0; i < npaths; i++)
                fates[i].target = AUDIT_NONE;
        for (size_t i = 0; i < n; i++)
                note_touch(fates, &touches[i]);
        return fates;
}

static const struct made *find_made(const struct learn_names *names, const char *path, size_t len)
{
        struct made key = {.path = {path, len}};

        return names->nmade ? bsearch(&key, names->made, names->nmade, sizeof(key), compare_made)
                            : NULL;
}

static int compare_change(const void *path, const void *change)
{
        return compare_words(path, &((const struct change *)change)->path);
}

/* What stood there before is not of this run, though it was opened with O_CREAT. */
static void drop_older(struct fate *fates, const struct words *paths, size_t npaths,
                       const struct audit *audit)
{
        size_t n;
        const struct change *changes = audit_changes(audit, &n);

        for (size_t i = 0; i < npaths && n; i++) {
                const struct change *change =
                        fates[i].made
                                ? bsearch(&paths[i], changes, n, sizeof(*changes), compare_change)
                                : NULL;

                if (change && change->before.mode && change->kind != CHANGE_DELETED)
                        fates[i].made = false;
        }
}

static void collect_made(struct learn_names *names, const struct audit *audit)
{
        size_t npaths;
        const struct words *paths = audit_paths(audit, &npaths);
        cleanup_free struct fate *fates = find_fates(audit, npaths);

        drop_older(fates, paths, npaths, audit);
        names->paths = paths;
        names->made = xcalloc(npaths, sizeof(*names->made));
        for (size_t i = 0; i < npaths; i++)
                if (fates[i].made && paths[i].len > 0 && paths[i].bytes[0] == '/')
                        names->made[names->nmade++] = (struct made){
                                .path = paths[i], .target = fates[i].target, .gone = fates[i].gone};
        qsort(names->made, names->nmade, sizeof(*names->made), compare_made);
}

/* ---- which of them are temporary ---- */

static bool is_pid(const void *data, unsigned long number)
{
        const struct learn_names *names = data;
        pid_t key = (pid_t)number;

        return names->ntgids &&
               bsearch(&key, names->tgids, names->ntgids, sizeof(key), compare_tgids);
}

static bool is_scratch(const char *path, size_t len)
{
        static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm"};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (path_covers(places[i], strlen(places[i]), path, len))
                        return true;
        return false;
}

/* Where the last component begins. */
static size_t last_component(const struct words *path)
{
        const char *slash = memrchr(path->bytes, '/', path->len);

        return slash ? (size_t)(slash + 1 - path->bytes) : 0;
}

static struct token find_token(const struct learn_names *names, const struct made *made)
{
        size_t last = last_component(&made->path);
        struct token_evidence evidence = {
                .gone = made->gone,
                .scratch = is_scratch(made->path.bytes, made->path.len),
                .is_pid = is_pid,
                .data = names,
        };

        if (made->target != AUDIT_NONE) {
                const struct words *target = &names->paths[made->target];
                size_t from = last_component(target);

                evidence.target = target->bytes + from;
                evidence.target_len = target->len - from;
        }
        return token_find(made->path.bytes + last, made->path.len - last, &evidence);
}

static bool is_sibling(const struct made *a, const struct made *b)
{
        size_t last = last_component(&a->path);

        return last == last_component(&b->path) && !memcmp(a->path.bytes, b->path.bytes, last) &&
               token_is_like(b->path.bytes + last, b->path.len - last, a->path.bytes + last,
                             a->path.len - last, &a->token);
}

/* Six letters may happen to be a word: who has a sibling that is temporary is so too. */
static void rescue_siblings(struct learn_names *names)
{
        cleanup_free const struct made **shapes = xcalloc(SHAPES_MAX, sizeof(*shapes));
        size_t nshapes = 0;

        for (size_t i = 0; i < names->nmade && nshapes < SHAPES_MAX; i++) {
                const struct made *made = &names->made[i];

                if (made->token.to && !(nshapes && is_sibling(shapes[nshapes - 1], made)))
                        shapes[nshapes++] = made;
        }
        for (size_t i = 0; i < names->nmade; i++)
                for (size_t s = 0; s < nshapes && !names->made[i].token.to; s++)
                        if (is_sibling(shapes[s], &names->made[i]))
                                names->made[i].token = shapes[s]->token;
}

struct learn_names *learn_names_new(const struct audit *audit)
{
        struct learn_names *names = xcalloc(1, sizeof(*names));
        const struct audit_process *processes = audit_processes(audit, &names->ntgids);

        names->tgids = xcalloc(names->ntgids, sizeof(*names->tgids));
        for (size_t i = 0; i < names->ntgids; i++)
                names->tgids[i] = processes[i].tgid;
        qsort(names->tgids, names->ntgids, sizeof(*names->tgids), compare_tgids);
        collect_made(names, audit);
        for (size_t i = 0; i < names->nmade; i++)
                names->made[i].token = find_token(names, &names->made[i]);
        rescue_siblings(names);
        return names;
}

void learn_names_free(struct learn_names *names)
{
        if (!names)
                return;
        free(names->made);
        free(names->tgids);
        free(names);
}

bool learn_names_made(const struct learn_names *names, const char *path, size_t len)
{
        return find_made(names, path, len);
}

/* ---- as text of a policy ---- */

/* A pattern under construction. */
struct text {
        char *bytes;
        size_t len, room;
};

static void put(struct text *text, const char *bytes, size_t len)
{
        if (len >= text->room - text->len) {
                text->room = (text->room + len) * 2;
                text->bytes = xreallocarray(text->bytes, text->room, 1);
        }
        memcpy(text->bytes + text->len, bytes, len);
        text->len += len;
        text->bytes[text->len] = '\0';
}

static struct text new_text(size_t room)
{
        return (struct text){.bytes = xcalloc(room + 64, 1), .room = room + 64};
}

/* A comment would begin here, or an error: stopgate.ini(5), FILE FORMAT. */
static bool is_syntax(const struct text *text, char c)
{
        char before = text->len > 0 ? text->bytes[text->len - 1] : '/';

        return (before == ' ' && (c == ';' || c == '#')) || (before == '$' && c == '{');
}

static void put_escaped(struct text *text, const char *bytes, size_t len)
{
        for (size_t i = 0; i < len;) {
                size_t shown = line_shown(bytes + i, len - i);

                if (strchr("*?[\\", bytes[i]) && bytes[i]) {
                        put(text, "\\", 1);
                        put(text, bytes + i, 1);
                        shown = 1;
                } else if (shown && !is_syntax(text, bytes[i])) {
                        put(text, bytes + i, shown);
                } else {
                        put(text, "?", 1);
                        shown = 1;
                }
                i += shown;
        }
}

/* A blank at the end would be dropped. */
static char *finish(struct text *text)
{
        if (text->len > 0 && text->bytes[text->len - 1] == ' ')
                text->bytes[text->len - 1] = '?';
        return text->bytes;
}

/* ---- /proc ---- */

static size_t component_len(const char *bytes, size_t len)
{
        const char *slash = memchr(bytes, '/', len);

        return slash ? (size_t)(slash - bytes) : len;
}

static bool is_number(const char *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (!isdigit((unsigned char)bytes[i]))
                        return false;
        return len > 0;
}

/* Process numbers are others in each run. Puts /proc/PID, and /task/TID if that follows; returns
 * how many bytes of path that was, 0 if it is about no process. */
static size_t put_process(struct text *text, const struct words *path, pid_t tgid, bool exactly)
{
        static const char proc[] = "/proc/", task[] = "/task/";
        size_t at = strlen(proc), n;
        char own[32];

        if (path->len <= at || memcmp(path->bytes, proc, at) != 0)
                return 0;
        n = component_len(path->bytes + at, path->len - at);
        if (!is_number(path->bytes + at, n))
                return 0;
        snprintf(own, sizeof(own), "%d", (int)tgid);
        if (n == strlen(own) && !memcmp(own, path->bytes + at, n))
                own[0] = '\0';
        else if (exactly)
                return 0;
        put(text, proc, at);
        if (!own[0])
                put(text, "self", 4);
        else
                put(text, "[0-9]*", 6);
        at += n;
        if (path->len - at <= strlen(task) || memcmp(path->bytes + at, task, strlen(task)) != 0)
                return at;
        n = component_len(path->bytes + at + strlen(task), path->len - at - strlen(task));
        if (!is_number(path->bytes + at + strlen(task), n))
                return at;
        put(text, "/task/*", 7);
        return at + strlen(task) + n;
}

char *learn_names_exact(const struct words *path, pid_t tgid)
{
        struct text text = new_text(2 * path->len);
        size_t at = put_process(&text, path, tgid, true);

        put_escaped(&text, path->bytes + at, path->len - at);
        return finish(&text);
}

/* ---- temporary names ---- */

/* git names objects by what they hold: another date, other names. */
static bool is_object(const char *component, size_t len, const char *rest, size_t rest_len)
{
        return len == strlen("objects") && !memcmp(component, "objects", len) && rest_len > 3 &&
               rest[0] == '/' && isxdigit((unsigned char)rest[1]) &&
               isxdigit((unsigned char)rest[2]) && rest[3] == '/';
}

static void put_temporary(struct text *text, const char *component, size_t len,
                          const struct token *token)
{
        static const char any[] = "[A-Za-z0-9_]";

        /* A star alone would grant all of the directory. */
        for (size_t i = 0; token->to - token->from == len && i < len; i++)
                put(text, any, strlen(any));
        if (token->to - token->from == len)
                return;
        put_escaped(text, component, token->from);
        put(text, "*", 1);
        put_escaped(text, component + token->to, len - token->to);
}

char *learn_names_pattern(const struct learn_names *names, const struct words *path, pid_t tgid)
{
        struct text text = new_text(2 * path->len);
        size_t at = put_process(&text, path, tgid, false);
        bool whole_made = find_made(names, path->bytes, path->len);

        while (at < path->len) {
                const char *component = path->bytes + at + 1;
                size_t len = component_len(component, path->len - at - 1);
                const struct made *made = find_made(names, path->bytes, at + 1 + len);
                const char *rest = component + len;
                size_t rest_len = path->len - at - 1 - len;

                put(&text, "/", 1);
                if (made && made->token.to) {
                        put_temporary(&text, component, len, &made->token);
                        if (rest_len)
                                put(&text, "/**", 3);
                        break;
                }
                put_escaped(&text, component, len);
                if (whole_made && is_object(component, len, rest, rest_len)) {
                        put(&text, "/**", 3);
                        break;
                }
                at += 1 + len;
        }
        return finish(&text);
}

/* ---- versions ---- */

/* Bytes of a number with at least one dot in it: "20.1.0". */
static size_t version_len(const char *text)
{
        size_t n = 0, dots = 0;

        for (;;) {
                size_t digits = strspn(text + n, "0123456789");

                if (!digits)
                        return dots > 1 ? n - 1 : 0;
                n += digits;
                if (text[n] != '.')
                        return dots ? n : 0;
                dots++;
                n++;
        }
}

char *learn_names_unversioned(const char *pattern, size_t from)
{
        struct text text = new_text(strlen(pattern));
        bool found = false;

        put(&text, pattern, from);
        for (const char *p = pattern + from; *p;) {
                bool inside = p > pattern && isdigit((unsigned char)p[-1]);
                size_t n = inside ? 0 : version_len(p);
                bool alone = n && p[-1] == '/' && (p[n] == '/' || !p[n]);

                if (n)
                        put(&text, alone ? "[0-9]*" : "*", alone ? 6 : 1);
                else
                        put(&text, p, 1);
                found = found || n;
                p += n ? n : 1;
        }
        if (!found) {
                free(text.bytes);
                return NULL;
        }
        return text.bytes;
}

/* ---- one name alone ---- */

/* In place of the last character, a byte of it each. */
static char *blur_last(const char *pattern, size_t len)
{
        size_t start = len - 1;
        char *blurred = xstrdup(pattern);

        while (start > 1 && ((unsigned char)pattern[start] & 0xc0) == 0x80)
                start--;
        memset(blurred + start, '?', len - start);
        if (start > 1 && pattern[start - 1] == '\\') /* it was escaped */
                strcpy(blurred + start - 1, "?");
        return blurred;
}

char *learn_names_alone(const char *pattern)
{
        size_t len = strlen(pattern), last = len;

        if (len == 1)
                return xstrdup("/*");
        while (pattern[last - 1] != '/')
                last--;
        if (path_has_wildcard(pattern + last))
                return xstrdup(pattern);
        for (size_t i = len; i-- > last;)
                if (isalnum((unsigned char)pattern[i]))
                        return xasprintf("%.*s[%c]%s", (int)i, pattern, pattern[i],
                                         pattern + i + 1);
        return blur_last(pattern, len);
}
