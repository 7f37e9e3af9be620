/* fuzz_path.c: path_match() against the sentence that describes it, written as plain recursion. */
#include <stdint.h>
#include <string.h>

#include "path.h"

static size_t run_of_stars(const char *p)
{
        return strspn(p, "*");
}

/* The bytes of the set that begins at p, or 0 if it is not closed within its component. */
static size_t set_len(const char *p)
{
        size_t i = 1 + (p[1] == '!' || p[1] == '^');

        for (size_t first = i; p[i] && p[i] != '/'; i++) {
                if (p[i] == ']' && i > first)
                        return i + 1;
                if (p[i] == '\\' && p[i + 1] && p[i + 1] != '/')
                        i++;
        }
        return 0;
}

static bool in_set(const char *p, size_t len, unsigned char c)
{
        bool negated = p[1] == '!' || p[1] == '^', found = false;

        for (size_t i = 1 + negated; i + 1 < len; i++) {
                unsigned char low, high;

                i += p[i] == '\\';
                low = high = (unsigned char)p[i];
                if (p[i + 1] == '-' && i + 3 < len) {
                        i += 2;
                        i += p[i] == '\\';
                        high = (unsigned char)p[i];
                }
                found = found || (low <= c && c <= high);
        }
        return c != '/' && found != negated;
}

static bool slow_match(const char *all, const char *p, const char *text, size_t len)
{
        size_t stars = run_of_stars(p), set = *p == '[' ? set_len(p) : 0;

        if (!*p)
                return len == 0;
        if (stars > 1 && p > all && p[-1] == '/' && p[stars] == '/' &&
            slow_match(all, p + stars + 1, text, len))
                return true;
        if (stars) {
                for (size_t n = 0; n <= len; n++) {
                        if (slow_match(all, p + stars, text + n, len - n))
                                return true;
                        if (n < len && stars == 1 && text[n] == '/')
                                return false;
                }
                return false;
        }
        if (len == 0)
                return false;
        if (set)
                return in_set(p, set, (unsigned char)*text) &&
                       slow_match(all, p + set, text + 1, len - 1);
        if (*p == '?')
                return *text != '/' && slow_match(all, p + 1, text + 1, len - 1);
        if (*p == '\\' && p[1])
                p++;
        return *p == *text && slow_match(all, p + 1, text + 1, len - 1);
}

/* Some text below path matches: try a few that make a difference. */
static bool slow_match_below(const char *pattern, const char *path, size_t len)
{
        static const char *const tails[] = {"/a", "/b",      "/a/b", "/a/a",
                                            "/*", "/aa/b/a", "/]",   "/-"};
        char text[64];

        len = len == 1 && path[0] == '/' ? 0 : len;
        for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
                memcpy(text, path, len);
                strcpy(text + len, tails[i]);
                if (slow_match(pattern, pattern, text, len + strlen(tails[i])))
                        return true;
        }
        return false;
}

/* Few letters, so that they meet. */
static void spell(char *out, const uint8_t *data, size_t len)
{
        static const char letters[] = "ab/*?[]!-\\^*a/*/";

        for (size_t i = 0; i < len; i++)
                out[i] = letters[data[i] % 16];
        out[len] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char pattern[20], text[20], joined[40];
        size_t pattern_len = size > 0 ? data[0] % 16 : 0, len;

        if (size < 1 + pattern_len)
                return 0;
        spell(pattern, data + 1, pattern_len);
        len = size - 1 - pattern_len < 16 ? size - 1 - pattern_len : 16;
        spell(text, data + 1 + pattern_len, len);
        if (path_match(pattern, text, len) != slow_match(pattern, pattern, text, len))
                __builtin_trap();
        if (slow_match_below(pattern, text, len) && !path_match_below(pattern, text, len))
                __builtin_trap();
        (void)path_join("/x", text, len, joined, sizeof(joined));
        return 0;
}
