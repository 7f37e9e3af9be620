/* learn_names.c: how names are written in a policy. */
#include "learn_names.h"

#include <ctype.h>

#include "learn_made.h"
#include "line.h"
#include "path.h"
#include "util.h"

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

static void put_token(struct text *text, const char *bytes, size_t len, bool same_length)
{
        if (!same_length)
                put(text, "*", 1);
        for (size_t i = 0; same_length && i < len; i++)
                put(text, bytes[i] == '-' ? "-" : "?", 1);
}

static void put_temporary(struct text *text, const char *component, size_t len,
                          const struct token *token)
{
        static const char any[] = "[A-Za-z0-9_]";
        bool alone = token->to - token->from == len && !token->same_length;

        /* A star alone would grant all of the directory. */
        for (size_t i = 0; alone && i < len; i++)
                put(text, any, strlen(any));
        if (alone)
                return;
        if (token->other_to) {
                put_escaped(text, component, token->other_from);
                put(text, "*", 1);
        }
        put_escaped(text, component + token->other_to, token->from - token->other_to);
        put_token(text, component + token->from, token->to - token->from, token->same_length);
        put_escaped(text, component + token->to, len - token->to);
}

char *learn_names_pattern(const struct learn_names *names, const struct words *path, pid_t tgid)
{
        struct text text = new_text(2 * path->len);
        size_t at = put_process(&text, path, tgid, false);
        bool whole_made = learn_made_find(names, path->bytes, path->len);

        while (at < path->len) {
                const char *component = path->bytes + at + 1;
                size_t len = component_len(component, path->len - at - 1);
                const struct learn_made *made = learn_made_find(names, path->bytes, at + 1 + len);
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

/* Bytes of a date, and of the time that may follow: "2026-11-23T13_24_42Z". */
static size_t date_len(const char *text)
{
        static const char shape[] = "0000-00-00";
        size_t n = 0;

        for (; shape[n]; n++)
                if (shape[n] == '0' ? !isdigit((unsigned char)text[n]) : text[n] != shape[n])
                        return 0;
        if (isdigit((unsigned char)text[n]))
                return 0;
        n += strspn(text + n, "0123456789T_:Z");
        return n;
}

char *learn_names_unversioned(const char *pattern, size_t from)
{
        struct text text = new_text(strlen(pattern));
        bool found = false;

        put(&text, pattern, from);
        for (const char *p = pattern + from; *p;) {
                bool inside = p > pattern && isdigit((unsigned char)p[-1]);
                size_t date = inside ? 0 : date_len(p), n = date || inside ? date : version_len(p);
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
