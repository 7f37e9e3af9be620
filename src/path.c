/* path.c: paths as text: pure, no system calls, no allocation. */
#include "path.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct joined {
        char *buf;
        size_t size, len;
};

static bool push_component(struct joined *joined, const char *name, size_t len)
{
        if (joined->len + len + 2 > joined->size)
                return false;
        joined->buf[joined->len++] = '/';
        memcpy(joined->buf + joined->len, name, len);
        joined->len += len;
        return true;
}

static void pop_component(struct joined *joined)
{
        while (joined->len > 0 && joined->buf[--joined->len] != '/')
                ;
}

static bool push_path(struct joined *joined, const char *path, size_t len)
{
        const char *end = path + len;

        while (path < end) {
                const char *slash = memchr(path, '/', (size_t)(end - path));
                size_t n = (size_t)((slash ? slash : end) - path);

                if (n == 2 && path[0] == '.' && path[1] == '.')
                        pop_component(joined);
                else if (n > 0 && !(n == 1 && path[0] == '.') && !push_component(joined, path, n))
                        return false;
                path += n + 1;
        }
        return true;
}

ssize_t path_join(const char *dir, const char *rel, size_t rel_len, char *buf, size_t size)
{
        struct joined joined = {.buf = buf, .size = size};
        bool absolute = rel_len > 0 && rel[0] == '/';

        if (size < 2)
                return -ENAMETOOLONG;
        if (!absolute && !push_path(&joined, dir, strlen(dir)))
                return -ENAMETOOLONG;
        if (!push_path(&joined, rel, rel_len))
                return -ENAMETOOLONG;
        if (joined.len == 0)
                buf[joined.len++] = '/';
        buf[joined.len] = '\0';
        return (ssize_t)joined.len;
}

bool path_covers(const char *dir, size_t dir_len, const char *path, size_t len)
{
        if (dir_len == 1 && dir[0] == '/')
                dir_len = 0;
        if (dir_len > len || memcmp(dir, path, dir_len) != 0)
                return false;
        return len == dir_len || path[dir_len] == '/';
}

static bool is_wildcard(char c)
{
        return c == '*' || c == '?' || c == '[';
}

size_t path_literal_len(const char *pattern)
{
        size_t p = 0;

        while (pattern[p] && !is_wildcard(pattern[p]))
                p += pattern[p] == '\\' && pattern[p + 1] ? 2 : 1;
        return p;
}

/* A slash before it may be one with that of a "**" which matches nothing. */
const char *path_literal_tail(const char *pattern, size_t *len)
{
        size_t end = strlen(pattern), at = end;

        while (at > 0 && end - at < PATH_TAIL_MAX && !is_wildcard(pattern[at - 1]) &&
               pattern[at - 1] != ']' && pattern[at - 1] != '\\')
                at--;
        while (pattern[at] == '/')
                at++;
        *len = end - at;
        return pattern + at;
}

bool path_has_wildcard(const char *pattern)
{
        return pattern[path_literal_len(pattern)] != '\0';
}

size_t path_unescape(char *pattern)
{
        size_t len = 0;

        for (size_t p = 0; pattern[p]; p++) {
                if (pattern[p] == '\\' && pattern[p + 1])
                        p++;
                pattern[len++] = pattern[p];
        }
        pattern[len] = '\0';
        return len;
}

ssize_t path_escape(const char *text, size_t len, char *buf, size_t size)
{
        size_t out = 0;

        for (size_t i = 0; i < len; i++) {
                bool special = is_wildcard(text[i]) || text[i] == '\\';

                if (out + special + 2 > size)
                        return -ENAMETOOLONG;
                if (special)
                        buf[out++] = '\\';
                buf[out++] = text[i];
        }
        if (out >= size)
                return -ENAMETOOLONG;
        buf[out] = '\0';
        return (ssize_t)out;
}

/* Matching runs all states of the pattern side by side, one bit for each offset in it, so that no
 * choice of pattern and text makes it slow: backtracking over several '**' would not be bounded. */
struct states {
        uint64_t bits[PATH_PATTERN_MAX / 64];
};

static bool states_has(const struct states *states, size_t p)
{
        return states->bits[p / 64] >> (p % 64) & 1;
}

static void states_set(struct states *states, size_t p)
{
        states->bits[p / 64] |= UINT64_C(1) << (p % 64);
}

static size_t stars_end(const char *pattern, size_t p)
{
        while (pattern[p] == '*')
                p++;
        return p;
}

/* The double star between two slashes stands for whole components, or none. Between
 * components its state is the offset of the first star, inside of one that of the second. */
static bool stars_are_directories(const char *pattern, size_t p)
{
        size_t end = stars_end(pattern, p);

        return end >= p + 2 && pattern[end] == '/' && p > 0 && pattern[p - 1] == '/';
}

static bool stars_inside(const char *pattern, size_t p)
{
        return p > 1 && pattern[p - 1] == '*' && pattern[p - 2] == '/';
}

/* Add a state, and those that it reaches without taking a byte. */
static void states_reach(struct states *states, const char *pattern, size_t p)
{
        while (!states_has(states, p)) {
                bool directories = stars_are_directories(pattern, p);

                states_set(states, p);
                if (pattern[p] != '*')
                        return;
                p = stars_end(pattern, p) + directories;
        }
}

static void step_stars(struct states *next, const char *pattern, size_t p, char c)
{
        bool inside = stars_inside(pattern, p);

        if (inside || stars_are_directories(pattern, p)) {
                if (c == '/')
                        states_reach(next, pattern, p - inside);
                else
                        states_set(next, p + !inside);
        } else if (c != '/' || pattern[p + 1] == '*') {
                states_reach(next, pattern, p);
        }
}

/* The offset behind the ']' of the set that begins at p, 0 if it is not closed within its
 * component. */
static size_t set_end(const char *pattern, size_t p)
{
        size_t first;

        p++;
        p += pattern[p] == '!' || pattern[p] == '^';
        for (first = p; pattern[p] && pattern[p] != '/'; p++) {
                if (pattern[p] == ']' && p > first)
                        return p + 1;
                if (pattern[p] == '\\' && pattern[p + 1] && pattern[p + 1] != '/')
                        p++;
        }
        return 0;
}

bool path_has_open_set(const char *pattern)
{
        for (size_t p = 0; pattern[p];) {
                size_t end = pattern[p] == '[' ? set_end(pattern, p) : 0;

                if (pattern[p] == '[' && !end)
                        return true;
                if (end)
                        p = end;
                else
                        p += pattern[p] == '\\' && pattern[p + 1] ? 2 : 1;
        }
        return false;
}

static unsigned char set_member(const char *pattern, size_t *p)
{
        if (pattern[*p] == '\\')
                ++*p;
        return (unsigned char)pattern[(*p)++];
}

static bool set_takes(const char *pattern, size_t p, size_t end, unsigned char c)
{
        bool negated = pattern[p + 1] == '!' || pattern[p + 1] == '^', found = false;

        for (p += 1 + negated; p < end - 1;) {
                unsigned char low = set_member(pattern, &p), high = low;

                if (pattern[p] == '-' && p + 1 < end - 1) {
                        p++;
                        high = set_member(pattern, &p);
                }
                found = found || (low <= c && c <= high);
        }
        return c != '/' && found != negated;
}

/* The offset after the one-byte element at p if it takes c, else 0. */
static size_t step_byte(const char *pattern, size_t p, char c)
{
        size_t end = pattern[p] == '[' ? set_end(pattern, p) : 0;

        if (end)
                return set_takes(pattern, p, end, (unsigned char)c) ? end : 0;
        if (pattern[p] == '?')
                return c != '/' ? p + 1 : 0;
        if (pattern[p] == '\\' && pattern[p + 1])
                p++;
        return pattern[p] == c ? p + 1 : 0;
}

static void step_state(struct states *next, const char *pattern, size_t p, char c)
{
        size_t after;

        if (pattern[p] == '*') {
                step_stars(next, pattern, p, c);
                return;
        }
        after = pattern[p] ? step_byte(pattern, p, c) : 0;
        if (after)
                states_reach(next, pattern, after);
}

/* Let every state take c; false when none is left. */
static bool step_states(struct states *states, size_t words, const char *pattern, char c)
{
        struct states next;
        uint64_t any = 0;

        memset(next.bits, 0, words * sizeof(next.bits[0]));
        for (size_t w = 0; w < words; w++)
                for (uint64_t left = states->bits[w]; left; left &= left - 1)
                        step_state(&next, pattern, w * 64 + (size_t)__builtin_ctzll(left), c);
        for (size_t w = 0; w < words; w++)
                any |= states->bits[w] = next.bits[w];
        return any != 0;
}

/* Run the pattern over text; returns its states after that, false if there are none. What is
 * literal at its beginning is compared directly: most patterns end there. */
static bool run_states(struct states *states, size_t *words, const char *pattern, const char *text,
                       size_t len)
{
        size_t pattern_len = strlen(pattern), p = 0;

        if (pattern_len >= PATH_PATTERN_MAX)
                return false;
        while (p < len && pattern[p] && !is_wildcard(pattern[p]) && pattern[p] != '\\') {
                if (pattern[p] != text[p])
                        return false;
                p++;
        }
        *words = pattern_len / 64 + 1;
        memset(states->bits, 0, *words * sizeof(states->bits[0]));
        states_reach(states, pattern, p);
        for (size_t i = p; i < len; i++)
                if (!step_states(states, *words, pattern, text[i]))
                        return false;
        return true;
}

bool path_match(const char *pattern, const char *text, size_t len)
{
        struct states states;
        size_t words;

        return run_states(&states, &words, pattern, text, len) &&
               states_has(&states, strlen(pattern));
}

bool path_match_below(const char *pattern, const char *path, size_t len)
{
        struct states states;
        size_t words;
        uint64_t any = 0;

        if (len == 1 && path[0] == '/')
                len = 0;
        if (!run_states(&states, &words, pattern, path, len))
                return false;
        if (!step_states(&states, words, pattern, '/'))
                return false;
        /* Whatever is left of a pattern can be matched by some text, unless nothing is left. */
        states.bits[words - 1] &= ~(UINT64_C(1) << (strlen(pattern) % 64));
        for (size_t w = 0; w < words; w++)
                any |= states.bits[w];
        return any != 0;
}
