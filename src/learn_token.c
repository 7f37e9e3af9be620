/* learn_token.c: which part of a name was made up for one run. What it says must not hang on the
 * letters that chance has given: where a name is known to be temporary, length and place decide. */
#include "learn_token.h"

#include <string.h>

#include "util.h"

enum {
        DIGITS_MIN = 4,
        DIGEST_MIN = 16,
        TOKEN_MAX = 64,
        UUID_LEN = 36,
        SIX = 6 /* of mkstemp(3) */
};

static bool is_lower(char c)
{
        return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
        return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
        return is_lower(c) || is_upper(c) || is_digit(c);
}

static bool is_lower_or_digit(char c)
{
        return is_lower(c) || is_digit(c);
}

static bool is_alnum_or_underscore(char c)
{
        return is_alnum(c) || c == '_';
}

static bool is_hex(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_any_hex(char c)
{
        return is_hex(c) || (c >= 'A' && c <= 'F');
}

static size_t run_of(const char *text, size_t len, bool (*is)(char))
{
        size_t n = 0;

        while (n < len && is(text[n]))
                n++;
        return n;
}

static bool ends_token(const char *name, size_t len, size_t at)
{
        return at == len || name[at] == '.' || name[at] == '-';
}

/* ---- UUIDs ---- */

static bool is_uuid(const char *text)
{
        static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

        for (size_t i = 0; i < UUID_LEN; i++)
                if (shape[i] == '-' ? text[i] != '-' : !is_any_hex(text[i]))
                        return false;
        return true;
}

/* By its shape: its letters may look like anything. */
static struct token find_uuid(const char *name, size_t len)
{
        for (size_t at = 0; at + UUID_LEN <= len; at++)
                if (is_uuid(name + at) && (at == 0 || !is_alnum(name[at - 1])) &&
                    (at + UUID_LEN == len || !is_alnum(name[at + UUID_LEN])))
                        return (struct token){.from = at, .to = at + UUID_LEN, .same_length = true};
        return (struct token){0};
}

/* ---- rustc's sessions ---- */

/* "s-hnrssdw21a-0bgh71i-working": a time and a number to the base of 36, which old versions write
 * without leading zeros. */
static struct token find_session(const char *name, size_t len)
{
        enum { TIME_LEN = 10, NUMBER_MIN = 5, NUMBER_MAX = 7 };
        const size_t from = strlen("s-"), number = from + TIME_LEN + strlen("-");
        size_t n;

        if (len < number || memcmp(name, "s-", from) != 0 || name[number - 1] != '-' ||
            run_of(name + from, TIME_LEN, is_lower_or_digit) != TIME_LEN)
                return (struct token){0};
        n = run_of(name + number, len - number, is_lower_or_digit);
        if (n < NUMBER_MIN || n > NUMBER_MAX || !ends_token(name, len, number + n))
                return (struct token){0};
        return (struct token){.from = from, .to = number + n};
}

/* ---- places and makers ---- */

/* What begins names of well-known makers, and how much they make up behind it. */
static const struct maker {
        const char *prefix;
        size_t min, max;
        bool (*takes)(char);
} makers[] = {
        {"cc", 6, 6, is_alnum},                /* gcc */
        {"tmp", 8, 8, is_alnum_or_underscore}, /* tempfile.py */
        {"tmp", 6, 6, is_alnum},
        {"tmpf", 6, 6, is_alnum},
        {"tmp.", 6, TOKEN_MAX, is_alnum}, /* mktemp(1) */
        {"sort", 6, 6, is_alnum},
        {"sed", 6, 6, is_alnum},
        {"file", 6, 6, is_alnum}, /* tmpfile(3) */
        {"rustc", 6, 6, is_alnum},
        {"go-build", DIGITS_MIN, TOKEN_MAX, is_digit},
        {"tmp_obj_", 6, 6, is_alnum}, /* git, from here on */
        {"tmp_pack_", 6, 6, is_alnum},
        {"tmp_idx_", 6, 6, is_alnum},
        {"tmp_rev_", 6, 6, is_alnum},
        {"tmp_mtimes_", 6, 6, is_alnum},
        {"tmp_objdir-incoming-", 6, 6, is_alnum},
        {"incoming-", 6, 6, is_alnum},
        {"etilqs_", 15, 20, is_alnum}, /* sqlite */
};

static struct token find_maker(const char *name, size_t len, const struct token_evidence *evidence)
{
        for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
                const struct maker *maker = &makers[i];
                size_t prefix = strlen(maker->prefix), n;
                bool sure = !is_lower(maker->prefix[prefix - 1]);

                if (len < prefix || memcmp(name, maker->prefix, prefix) != 0 ||
                    !(sure || evidence->gone || evidence->scratch))
                        continue;
                n = run_of(name + prefix, len - prefix, maker->takes);
                if (n >= maker->min && n <= maker->max && ends_token(name, len, prefix + n))
                        return (struct token){.from = prefix, .to = prefix + n};
        }
        return (struct token){0};
}

/* What is renamed to "x" is called "x.AbCdEf", ".x.AbCdEf" or, as mkdtemp(3) would, "xAbCdEf" until
 * then. */
static struct token find_by_target(const char *name, size_t len,
                                   const struct token_evidence *evidence)
{
        size_t dot =
                len > 0 && name[0] == '.' && evidence->target_len > 0 && evidence->target[0] != '.';
        size_t from = dot + evidence->target_len;
        bool attached = len == from + SIX && run_of(name + from, SIX, is_alnum) == SIX;

        from += !attached;
        if (!evidence->target || len < from + DIGITS_MIN ||
            memcmp(name + dot, evidence->target, evidence->target_len) != 0 ||
            (!attached && is_alnum(name[from - 1])) ||
            run_of(name + from, len - from, is_alnum_or_underscore) != len - from)
                return (struct token){0};
        return (struct token){.from = from, .to = len, .same_length = attached};
}

/* ---- letters ---- */

static bool is_usual_length(size_t n)
{
        return n == 6 || n == 8 || n == 10 || n == 12 || n == 16;
}

struct letters {
        size_t lower, upper, digits, others;
};

static struct letters count_letters(const char *text, size_t n)
{
        struct letters letters = {0, 0, 0, 0};

        for (size_t i = 0; i < n; i++) {
                letters.lower += is_lower(text[i]);
                letters.upper += is_upper(text[i]);
                letters.digits += is_digit(text[i]);
                letters.others += !is_alnum(text[i]);
        }
        return letters;
}

/* "sha256", "Base64" */
static bool is_word_with_number(const char *text, size_t n)
{
        size_t first = n > 0 && is_upper(text[0]);
        size_t word = run_of(text + first, n - first, is_lower);

        return first + word >= 3 &&
               first + word + run_of(text + first + word, n - first - word, is_digit) == n;
}

/* "TextEditor", "Debian": capitals only where a word begins. */
static bool is_words(const char *text, size_t n)
{
        size_t at = run_of(text, n, is_lower);

        while (at < n) {
                size_t word = is_upper(text[at]) ? run_of(text + at + 1, n - at - 1, is_lower) : 0;

                if (word < 2)
                        return false;
                at += 1 + word;
        }
        return true;
}

static bool looks_made_up(const char *text, size_t n)
{
        struct letters letters = count_letters(text, n);
        size_t alphas = letters.lower + letters.upper;

        if (n >= DIGEST_MIN && run_of(text, n, is_hex) == n)
                return letters.digits > 0 && alphas > 0;
        if (!is_usual_length(n) || alphas == 0)
                return false;
        if (letters.digits > 0)
                return !is_word_with_number(text, n);
        return letters.others == 0 && letters.upper > 0 && letters.lower > 0 && !is_words(text, n);
}

/* Longer than any process number: cannot be one. */
static bool is_own_number(const char *text, size_t n, const struct token_evidence *evidence)
{
        unsigned long number = 0;

        if (n < 2 || n > 9 || text[0] == '0' || !evidence->is_pid)
                return false;
        for (size_t i = 0; i < n; i++)
                number = number * 10 + (unsigned long)(text[i] - '0');
        return evidence->is_pid(evidence->data, number);
}

static bool is_made_up(const char *text, size_t n, const struct token_evidence *evidence)
{
        if (n > 0 && run_of(text, n, is_digit) == n)
                return (evidence->gone && n >= DIGITS_MIN) || is_own_number(text, n, evidence);
        return looks_made_up(text, n) || (evidence->scratch && is_usual_length(n));
}

/* The last such part behind a separator. */
static struct token find_separated(const char *name, size_t len,
                                   const struct token_evidence *evidence, bool (*takes)(char))
{
        struct token found = {0};

        for (size_t at = 0; at < len;) {
                size_t n = run_of(name + at, len - at, takes);

                if (at > 0 && n > 0 && n <= TOKEN_MAX && is_made_up(name + at, n, evidence))
                        found = (struct token){.from = at, .to = at + n};
                at += n + 1;
        }
        return found;
}

/* "fooAbC1dE", "tmp12345.o": behind a lower-case prefix. */
static struct token find_attached(const char *name, size_t len,
                                  const struct token_evidence *evidence)
{
        size_t n = run_of(name, len, is_alnum), word = run_of(name, n, is_lower);

        if (!(evidence->gone || evidence->scratch) || !ends_token(name, len, n))
                return (struct token){0};
        if (word > 0 && n - word >= DIGITS_MIN &&
            run_of(name + word, n - word, is_digit) == n - word)
                return (struct token){.from = word, .to = n};
        if (n <= SIX || run_of(name, n - SIX, is_lower) != n - SIX ||
            !looks_made_up(name + n - SIX, SIX))
                return (struct token){0};
        return (struct token){.from = n - SIX, .to = n};
}

/* All of a name in a directory for temporary files: so tempfile.py tries whether it can write
 * there. A number of its own process tells of another maker. */
static struct token find_whole(const char *name, size_t len, const struct token_evidence *evidence)
{
        size_t digits = 0;

        while (digits < len && is_digit(name[len - digits - 1]))
                digits++;
        if (!evidence->gone || !evidence->scratch || !is_usual_length(len) ||
            run_of(name, len, is_alnum_or_underscore) != len ||
            is_own_number(name + len - digits, digits, evidence))
                return (struct token){0};
        return (struct token){.to = len};
}

/* "tmp-4711-pack-" before the token. */
static void find_other(const char *name, struct token *token, const struct token_evidence *evidence)
{
        for (size_t at = 0; at < token->from;) {
                size_t n = run_of(name + at, token->from - at, is_alnum);
                bool made_up = (at > 0 || n >= DIGEST_MIN) && looks_made_up(name + at, n);

                if (made_up || (n > 0 && run_of(name + at, n, is_digit) == n &&
                                is_own_number(name + at, n, evidence))) {
                        token->other_from = at;
                        token->other_to = at + n;
                }
                at += n + 1;
        }
}

struct token token_find(const char *name, size_t len, const struct token_evidence *evidence)
{
        struct token token = find_uuid(name, len);

        if (!token.to)
                token = find_session(name, len);
        if (!token.to)
                token = find_maker(name, len, evidence);
        if (!token.to)
                token = find_by_target(name, len, evidence);
        if (!token.to)
                token = find_whole(name, len, evidence);
        if (!token.to)
                token = find_separated(name, len, evidence, is_alnum);
        if (!token.to)
                token = find_separated(name, len, evidence, is_alnum_or_underscore);
        if (!token.to)
                token = find_attached(name, len, evidence);
        find_other(name, &token, evidence);
        return token;
}

bool token_is_like(const char *name, size_t len, const char *other, size_t other_len,
                   const struct token *token)
{
        return len == other_len && token->to && !memcmp(name, other, token->from) &&
               !memcmp(name + token->to, other + token->to, len - token->to) &&
               run_of(name + token->from, token->to - token->from, is_alnum_or_underscore) ==
                       token->to - token->from;
}
