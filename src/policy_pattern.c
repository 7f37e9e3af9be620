/* policy_pattern.c: one pattern: from text, and against one object. */
#include "policy_index.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "path.h"
#include "util.h"

/* '@' stands for the NUL byte that begins an abstract name, unix(7). */
enum { ABSTRACT_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) };

static const uint8_t ipv4_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_ipv4(const uint8_t address[16])
{
        return !memcmp(address, ipv4_prefix, sizeof(ipv4_prefix));
}

void address_mask(uint8_t address[16], unsigned bits)
{
        for (unsigned i = 0; i < 16; i++) {
                unsigned keep = bits > i * 8 ? bits - i * 8 : 0;

                if (keep < 8)
                        address[i] &= (uint8_t)(0xff00u >> keep);
        }
}

/* Read digits up to end, no sign, no blanks. False when it is no number from 0 to max. */
static bool parse_number(const char *text, const char *end, unsigned max, unsigned *number)
{
        *number = 0;
        if (text == end)
                return false;
        for (; text < end; text++) {
                if (*text < '0' || *text > '9')
                        return false;
                *number = *number * 10 + (unsigned)(*text - '0');
                if (*number > max)
                        return false;
        }
        return true;
}

static const char *parse_port(struct pattern *pattern, const char *text)
{
        unsigned port;

        if (!parse_number(text, text + strlen(text), UINT16_MAX, &port) || port == 0)
                return "expected a port from 1 to 65535";
        pattern->port = (uint16_t)port;
        return NULL;
}

static const char *parse_host(struct pattern *pattern, const char *text, size_t len, bool *ipv6)
{
        char host[INET6_ADDRSTRLEN];

        if (len >= sizeof(host))
                return "needs a numeric address, not a name";
        memcpy(host, text, len);
        host[len] = '\0';
        pattern->bits = ADDRESS_BITS;
        *ipv6 = inet_pton(AF_INET6, host, pattern->address) == 1;
        if (*ipv6)
                return NULL;
        memcpy(pattern->address, ipv4_prefix, sizeof(ipv4_prefix));
        if (inet_pton(AF_INET, host, pattern->address + sizeof(ipv4_prefix)) != 1)
                return "needs a numeric address, not a name";
        return NULL;
}

static const char *parse_bits(struct pattern *pattern, const char *text, const char *end, bool ipv6)
{
        unsigned max = ipv6 ? ADDRESS_BITS : IPV4_BITS;
        uint8_t masked[16];

        if (!parse_number(text, end, max, &pattern->bits))
                return ipv6 ? "expected /BITS from 1 to 128" : "expected /BITS from 0 to 32";
        if (ipv6 && pattern->bits == 0)
                return "any host, IPv4 too, is written 'inet'";
        pattern->bits += ADDRESS_BITS - max;
        memcpy(masked, pattern->address, sizeof(masked));
        address_mask(masked, pattern->bits);
        if (memcmp(masked, pattern->address, sizeof(masked)) != 0)
                return "the address has bits set beyond its /BITS";
        return NULL;
}

/* Bytes of the host that text begins with. An IPv6 host ends at its /BITS or takes all: its
 * colons leave no room for a port unless it stands in brackets. */
static size_t host_len(const char *text)
{
        size_t first = strcspn(text, ":/");
        bool ipv6 = text[first] == ':' && strchr(text + first + 1, ':');

        return ipv6 ? strcspn(text, "/") : first;
}

/* HOST, HOST/BITS, HOST:PORT or HOST/BITS:PORT; HOST may be an IPv6 literal in brackets. */
static const char *parse_address(struct pattern *pattern, const char *text)
{
        bool bracket = *text == '[', ipv6;
        const char *host = text + bracket, *why;
        size_t len = bracket ? strcspn(host, "]") : host_len(host);
        const char *rest = host + len + bracket;

        if (bracket && host[len] != ']')
                return "expected ']' after the address";
        why = parse_host(pattern, host, len, &ipv6);
        if (!why && *rest == '/') {
                const char *bits = rest + 1;

                rest = bits + strcspn(bits, ":");
                why = parse_bits(pattern, bits, rest, ipv6);
        }
        if (why || *rest == '\0')
                return why;
        return *rest == ':' ? parse_port(pattern, rest + 1) : "expected :PORT after the address";
}

static const char *parse_inet(struct pattern *pattern, const char *text)
{
        const char *rest = text + strlen("inet");
        unsigned number;

        pattern->kind = PATTERN_INET;
        if (*rest == '\0')
                return NULL;
        rest++;
        if (parse_number(rest, rest + strlen(rest), UINT_MAX / 16, &number))
                return parse_port(pattern, rest);
        return parse_address(pattern, rest);
}

/* Bytes of the literal part as they are in a name, without the escapes. */
static size_t literal_bytes(const char *text)
{
        size_t end = path_literal_len(text), n = 0;

        for (size_t p = 0; p < end; p++, n++)
                if (text[p] == '\\' && text[p + 1])
                        p++;
        return n;
}

static const char *parse_path(struct pattern *pattern, const char *text)
{
        char canonical[PATH_PATTERN_MAX];

        if (path_join("/", text, strlen(text), canonical, sizeof(canonical)) < 0 ||
            literal_bytes(canonical) >= PATH_MAX)
                return "longer than any path";
        pattern->kind = path_has_wildcard(canonical) ? PATTERN_WILDCARD : PATTERN_LITERAL;
        pattern->literal = literal_bytes(canonical);
        if (pattern->kind == PATTERN_LITERAL && path_unescape(canonical) == 1) {
                canonical[0] = '\0';
                pattern->literal = 0;
        }
        pattern->text = xstrdup(canonical);
        return NULL;
}

static const char *parse_abstract(struct pattern *pattern, const char *text)
{
        if (!text[1])
                return "expected a name behind '@'";
        if (strlen(text) >= PATH_PATTERN_MAX || literal_bytes(text) > ABSTRACT_MAX)
                return "longer than any name";
        pattern->kind = PATTERN_ABSTRACT;
        pattern->literal = literal_bytes(text);
        pattern->text = xstrdup(text);
        return NULL;
}

static const char *parse(struct pattern *pattern, enum call_class class, const char *text)
{
        bool connect = class == CLASS_CONNECT;

        memset(pattern, 0, sizeof(*pattern));
        if (text[0] == '/')
                return parse_path(pattern, text);
        if (connect && text[0] == '@')
                return parse_abstract(pattern, text);
        if (connect && !strncmp(text, "inet", 4) && (text[4] == ':' || text[4] == '\0'))
                return parse_inet(pattern, text);
        return connect ? "expected an absolute path, ~, ${...}, @name, inet or inet:..."
                       : "expected an absolute path, ~ or ${...}";
}

int pattern_parse(struct pattern *pattern, enum call_class class, const char *text)
{
        if (parse(pattern, class, text))
                return -EINVAL;
        if (!pattern->text)
                pattern->text = xstrdup(text);
        pattern->len = strlen(pattern->text);
        return 0;
}

const char *pattern_complaint(enum call_class class, const char *text)
{
        struct pattern pattern;
        const char *why = parse(&pattern, class, text);

        pattern_fini(&pattern);
        return why;
}

void pattern_fini(struct pattern *pattern)
{
        free(pattern->text);
        pattern->text = NULL;
}

unsigned pattern_specificity(size_t literal, enum closeness closeness)
{
        return (unsigned)literal * 4 + closeness;
}

static bool match_path(const struct pattern *pattern, const char *path, size_t len,
                       unsigned *specificity)
{
        enum closeness closeness = CLOSE_WILDCARD;

        if (pattern->kind == PATTERN_LITERAL) {
                if (!path_covers(pattern->text, pattern->len, path, len))
                        return false;
                closeness = len == pattern->len ? CLOSE_EXACT : CLOSE_SUBTREE;
        } else if (!path_match(pattern->text, path, len)) {
                return false;
        }
        *specificity = pattern_specificity(pattern->literal, closeness);
        return true;
}

static bool match_abstract(const struct pattern *pattern, const struct object *object,
                           unsigned *specificity)
{
        bool exact = !path_has_wildcard(pattern->text);

        *specificity = pattern_specificity(pattern->literal, exact ? CLOSE_EXACT : CLOSE_WILDCARD);
        return path_match(pattern->text, object->path, object->len);
}

/* IPv4 is a part of IPv6 only in how we store it: ::/8 does not mean every IPv4 host. */
static bool match_inet(const struct pattern *pattern, const struct object *object,
                       unsigned *specificity)
{
        uint8_t masked[16];

        if (pattern->port && pattern->port != object->port)
                return false;
        if (pattern->bits > 0 && pattern->bits < IPV4_OFFSET && address_is_ipv4(object->address))
                return false;
        memcpy(masked, object->address, sizeof(masked));
        address_mask(masked, pattern->bits);
        *specificity = pattern->bits * 2 + 1 + (pattern->port != 0);
        return pattern->bits == 0 || !memcmp(masked, pattern->address, sizeof(masked));
}

size_t object_proc_self(const struct object *object, pid_t tgid, char *alias)
{
        static const char proc[] = "/proc/", self[] = "/proc/self";
        char own[32];
        size_t own_len, rest;

        if (object->len < sizeof(proc) || memcmp(object->path, proc, sizeof(proc) - 1) != 0)
                return 0;
        own_len = (size_t)snprintf(own, sizeof(own), "/proc/%d", (int)tgid);
        if (!path_covers(own, own_len, object->path, object->len))
                return 0;
        rest = object->len - own_len;
        if (sizeof(self) + rest > OBJECT_PATH_MAX)
                return 0;
        memcpy(alias, self, sizeof(self) - 1);
        memcpy(alias + sizeof(self) - 1, object->path + own_len, rest);
        return sizeof(self) - 1 + rest;
}

static bool match_file(const struct pattern *pattern, const struct object *object, pid_t tgid,
                       unsigned *specificity)
{
        char alias[OBJECT_PATH_MAX];
        size_t alias_len = object_proc_self(object, tgid, alias);
        unsigned other;
        bool matches = match_path(pattern, object->path, object->len, specificity);

        if (!alias_len || !match_path(pattern, alias, alias_len, &other))
                return matches;
        if (!matches || other > *specificity)
                *specificity = other;
        return true;
}

bool pattern_match(const struct pattern *pattern, const struct object *object, pid_t tgid,
                   unsigned *specificity)
{
        bool file = object->kind == OBJECT_PATH || object->kind == OBJECT_DELETED;

        switch (pattern->kind) {
        case PATTERN_LITERAL:
        case PATTERN_WILDCARD:
                return file && match_file(pattern, object, tgid, specificity);
        case PATTERN_ABSTRACT:
                return object->kind == OBJECT_ABSTRACT &&
                       match_abstract(pattern, object, specificity);
        case PATTERN_INET:
                return object->kind == OBJECT_INET && match_inet(pattern, object, specificity);
        }
        return false;
}
