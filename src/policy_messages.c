/* policy_messages.c: wording and collecting what a loader has to say. */
#include "loader.h"

#include <stdarg.h>

struct quoted quote(const char *text)
{
        enum { ROOM = sizeof("\\xff...'") };
        struct quoted quoted = {"'"};
        size_t len = 1;

        for (; *text && len + ROOM < QUOTED_MAX; text++) {
                unsigned char c = (unsigned char)*text;

                if (c < 0x20 || c == 0x7f)
                        len += (size_t)snprintf(quoted.text + len, QUOTED_MAX - len, "\\x%02x", c);
                else
                        quoted.text[len++] = (char)c;
        }
        /* Do not end within a character of UTF-8. */
        while (*text && len > 1 && ((unsigned char)*text & 0xc0) == 0x80)
                text--, len--;
        snprintf(quoted.text + len, QUOTED_MAX - len, "%s'", *text ? "..." : "");
        return quoted;
}

/* Takes ownership of text. */
static void keep(struct loader *loader, enum message_kind kind, char *text)
{
        struct messages *messages = loader->messages;

        messages->list =
                xreallocarray(messages->list, messages->count + 1, sizeof(*messages->list));
        messages->list[messages->count++] =
                (struct message){kind != MESSAGE_ERROR, kind == MESSAGE_MINOR, text};
}

static PRINTF_LIKE(2, 0) char *with_origin(const struct origin *origin, const char *fmt,
                                           va_list args)
{
        char where[PATH_MAX + 16] = "";
        cleanup_free char *text = NULL;

        if (vasprintf(&text, fmt, args) < 0)
                return xstrdup("out of memory");
        origin_format(origin, where, sizeof(where));
        return xasprintf("%s%s%s", where, *where ? ": " : "", text);
}

static PRINTF_LIKE(4, 0) void say(struct loader *loader, enum message_kind kind,
                                  const struct origin *origin, const char *fmt, va_list args)
{
        struct tally *said = &loader->said[kind];

        if (said->kept == MESSAGES_MAX) {
                said->dropped++;
                return;
        }
        said->kept++;
        keep(loader, kind, with_origin(origin, fmt, args));
}

void loader_error(struct loader *loader, const struct origin *origin, const char *fmt, ...)
{
        va_list args;

        loader->messages->errors++;
        va_start(args, fmt);
        say(loader, MESSAGE_ERROR, origin, fmt, args);
        va_end(args);
}

void loader_warn(struct loader *loader, const struct origin *origin, bool minor, const char *fmt,
                 ...)
{
        va_list args;

        va_start(args, fmt);
        say(loader, minor ? MESSAGE_MINOR : MESSAGE_WARNING, origin, fmt, args);
        va_end(args);
}

void loader_say_rest(struct loader *loader)
{
        for (enum message_kind kind = 0; kind < MESSAGE_KINDS; kind++) {
                size_t n = loader->said[kind].dropped;

                if (n)
                        keep(loader, kind,
                             xasprintf("... and %zu more %s", n,
                                       kind == MESSAGE_ERROR ? "errors" : "warnings"));
        }
}

char *did_you_mean(const char *word, const char *const *words, size_t n)
{
        const char *near = nearest_word(word, words, n);

        return near ? xasprintf("; did you mean '%s'?", near) : xstrdup("");
}

/* "; expected enforce or permissive" */
static char *list_words(const char *const *words, size_t n)
{
        char *list = xstrdup("; expected");
        size_t last = n;

        while (last > 0 && !words[last - 1])
                last--;
        for (size_t i = 0; i < last; i++) {
                cleanup_free char *before = list;
                const char *joint = i == 0 ? " " : i + 1 == last ? " or " : ", ";

                list = xasprintf("%s%s%s", before, words[i] ? joint : "", words[i] ? words[i] : "");
        }
        return list;
}

void loader_unknown(struct loader *loader, const struct origin *origin, const char *what,
                    const char *word, const char *where, const char *const *words, size_t n)
{
        const char *near = nearest_word(word, words, n);
        cleanup_free char *hint = near ? did_you_mean(word, words, n) : list_words(words, n);

        loader_error(loader, origin, "unknown %s %s%s%s%s%s", what, quote(word).text,
                     where ? " in [" : "", where ? where : "", where ? "]" : "", hint);
}

void messages_fini(struct messages *messages)
{
        for (size_t i = 0; i < messages->count; i++)
                free(messages->list[i].text);
        free(messages->list);
        memset(messages, 0, sizeof(*messages));
}
