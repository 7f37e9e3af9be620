/* decode_socket.c: socket addresses in the command's memory -> objects. */
#include "decode_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/in6.h> /* after the C library's: linux/libc-compat.h */

#include "resolve.h"
#include "util.h"

/* Shortest sockaddr_in6 that the kernel takes: SIN6_LEN_RFC2133, net/ipv6.h. */
enum { SIN6_LEN_MIN = 24 };

union address {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_nl nl;
        struct sockaddr_storage storage;
};

static struct object *add_object(struct event *event, enum object_kind kind)
{
        struct object *object = &event->objects[event->nobjects++];

        memset(object, 0, offsetof(struct object, path));
        object->kind = kind;
        object->path[0] = '\0';
        return object;
}

static void set_name(struct object *object, const char *name)
{
        object->len = (size_t)snprintf(object->path, sizeof(object->path), "%s", name);
}

static void keep_raw(struct event *event, const char *raw)
{
        if (event->has & EVENT_HAS_RAW)
                return;
        event->raw_len = strlen(raw);
        memcpy(event->raw, raw, event->raw_len + 1);
        event->has |= EVENT_HAS_RAW;
}

static int add_unix(const struct tracee *t, const struct arg *arg, const struct sockaddr_un *un,
                    size_t len, struct event *event)
{
        char path[sizeof(un->sun_path) + 1];
        size_t n = len - offsetof(struct sockaddr_un, sun_path);
        struct object *object;

        if (len > sizeof(*un))
                return -EINVAL;
        if (!n || (arg->use == USE_CREATE && !un->sun_path[0]))
                return 0;
        if (!un->sun_path[0]) {
                object = add_object(event, OBJECT_ABSTRACT);
                object->path[0] = '@';
                memcpy(object->path + 1, un->sun_path + 1, n - 1);
                object->path[n] = '\0';
                object->len = n;
                return 0;
        }
        memcpy(path, un->sun_path, n);
        path[n] =
                '\0'; /* the kernel takes a name that fills sun_path without a NUL: unix(7), BUGS */
        keep_raw(event, path);
        if (path[0] != '/')
                event->by |= EVENT_BY_PLACES;
        object = add_object(event, OBJECT_PATH);
        return resolve_path(t, AT_FDCWD, path,
                            arg->use == USE_CREATE ? RESOLVE_ENTRY : RESOLVE_LINK, object, NULL);
}

/* To no address in particular means to this machine: ip(7), tcp_v4_connect(), tcp_v6_connect(). */
static const struct in6_addr *destination(const struct in6_addr *address)
{
        static const struct in6_addr any4 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
        static const struct in6_addr loopback4 = {
                .s6_addr = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};

        if (IN6_IS_ADDR_UNSPECIFIED(address))
                return &in6addr_loopback;
        return IN6_ARE_ADDR_EQUAL(address, &any4) ? &loopback4 : address;
}

static void add_inet(struct event *event, const struct in6_addr *given, in_port_t port)
{
        struct object *object = add_object(event, OBJECT_INET);
        const struct in6_addr *address = destination(given);
        char host[INET6_ADDRSTRLEN];
        bool v4 = IN6_IS_ADDR_V4MAPPED(address);

        memcpy(object->address, address, sizeof(object->address));
        object->port = ntohs(port);
        inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &address->s6_addr[12] : address->s6_addr, host,
                  sizeof(host));
        object->len = (size_t)snprintf(object->path, sizeof(object->path),
                                       v4 ? "inet:%s:%u" : "inet:[%s]:%u", host, object->port);
}

static int add_inet4(struct event *event, const struct sockaddr_in *in, size_t len)
{
        struct in6_addr mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

        if (len < sizeof(*in))
                return -EINVAL;
        memcpy(&mapped.s6_addr[12], &in->sin_addr, sizeof(in->sin_addr));
        add_inet(event, &mapped, in->sin_port);
        return 0;
}

static int add_inet6(struct event *event, const struct sockaddr_in6 *in6, size_t len)
{
        if (len < SIN6_LEN_MIN)
                return -EINVAL;
        add_inet(event, &in6->sin6_addr, in6->sin6_port);
        return 0;
}

/* Families that go to the internet by other ways: as frames, by addresses of their own, or as TCP
 * or UDP in disguise (packet(7), smc, rds, rxrpc, PPTP of pppox). */
static bool reaches_inet(unsigned family)
{
        static const unsigned families[] = {AF_KCM,   AF_PACKET, AF_PPPOX, AF_RDS,
                                            AF_RXRPC, AF_SMC,    AF_XDP};

        for (size_t i = 0; i < ARRAY_SIZE(families); i++)
                if (families[i] == family)
                        return true;
        return false;
}

static void add_family(struct event *event, unsigned family)
{
        static const char *const names[] = {
                [AF_NETLINK] = "netlink",
                [AF_PACKET] = "packet",
                [AF_VSOCK] = "vsock",
                [AF_ALG] = "alg",
                [AF_BLUETOOTH] = "bluetooth",
                [AF_X25] = "x25",
                [AF_CAN] = "can",
                [AF_TIPC] = "tipc",
                [AF_SMC] = "smc",
                [AF_XDP] = "xdp",
                [AF_RDS] = "rds",
                [AF_KEY] = "key",
        };
        struct object *object =
                add_object(event, reaches_inet(family) ? OBJECT_INET_ANY : OBJECT_FAMILY);

        if (family < ARRAY_SIZE(names) && names[family])
                set_name(object, names[family]);
        else
                object->len =
                        (size_t)snprintf(object->path, sizeof(object->path), "family %u", family);
}

/* connect(2) with AF_UNSPEC only undoes a connection; sendto(2) takes it for AF_INET, and on a raw
 * socket of IPv6 for AF_INET6: udp_sendmsg() in net/ipv4/udp.c, rawv6_sendmsg() in net/ipv6/raw.c.
 */
static int add_unspec(struct event *event, const union address *address, size_t len)
{
        bool connects = event->call->args[1].role == ARG_SOCKADDR;
        int r = connects || len < sizeof(address->in) ? 0 : add_inet4(event, &address->in, len);

        return connects || len < SIN6_LEN_MIN || r ? r : add_inet6(event, &address->in6, len);
}

static int add_address(const struct tracee *t, const struct arg *arg, uint64_t addr, size_t len,
                       struct event *event)
{
        union address address;
        ssize_t got;

        if (!addr || !len)
                return 0;
        if (len > sizeof(address) || len < sizeof(address.any.sa_family))
                return -EINVAL;
        memset(&address, 0, sizeof(address));
        got = tracee_read(t, addr, &address, len);
        if (got != (ssize_t)len)
                return got < 0 ? (int)got : -EFAULT;
        memcpy(event->address, &address, len);
        event->address_len = len;
        if (address.any.sa_family == AF_UNIX)
                return add_unix(t, arg, &address.un, len, event);
        if (arg->use == USE_CREATE)
                return 0; /* binding another family touches no file */
        switch (address.any.sa_family) {
        case AF_UNSPEC:
                return add_unspec(event, &address, len);
        case AF_INET:
                return add_inet4(event, &address.in, len);
        case AF_INET6:
                return add_inet6(event, &address.in6, len);
        case AF_NETLINK:
                if (!address.nl.nl_pid && !address.nl.nl_groups)
                        return 0; /* the kernel itself, which judges by capabilities */
                break;
        }
        add_family(event, address.any.sa_family);
        return 0;
}

/* The fields of struct msghdr, each in a word of its own; NAMELEN is an int. */
enum { MSG_NAME, MSG_NAMELEN, MSG_IOV, MSG_IOVLEN, MSG_CONTROL, MSG_CONTROLLEN, MSG_WORDS };

/* More in one message than any honest program sends: SCM_RIGHTS is one. */
enum { CONTROLS_MAX = 32 };

static void add_any(struct event *event, const char *name)
{
        set_name(add_object(event, OBJECT_INET_ANY), name);
}

/* A source route sends to its first stop, whatever the address: ip(7), fl6_update_dst(). IPV6_RTHDR
 * may stand in the older IPV6_2292PKTOPTIONS too, and in what a flow label is made with. */
static bool is_route(int level, int name, bool control)
{
        if (level == IPPROTO_IP)
                return name == (control ? IP_RETOPTS : IP_OPTIONS);
        if (level != IPPROTO_IPV6)
                return false;
        if (control)
                return name == IPV6_RTHDR || name == IPV6_2292RTHDR;
        return name == IPV6_RTHDR || name == IPV6_2292PKTOPTIONS || name == IPV6_FLOWLABEL_MGR;
}

/* cmsg(3): a length that counts its own header, level and type; padded to whole words. What cannot
 * be read, or has no end, the kernel refuses or is taken for the worst. */
static bool has_route(const struct tracee *t, uint64_t addr, uint64_t len)
{
        size_t word = tracee_word_size(t), header = word + 2 * sizeof(int);
        uint64_t size;
        int kind[2];

        for (unsigned i = 0; len >= header; i++) {
                if (i == CONTROLS_MAX || tracee_read_words(t, addr, &size, 1) ||
                    tracee_read(t, addr + word, kind, sizeof(kind)) != sizeof(kind) ||
                    is_route(kind[0], kind[1], true))
                        return true;
                if (size < header || size > len - (word - 1))
                        return false;
                size = (size + word - 1) & ~(uint64_t)(word - 1);
                addr += size;
                len -= size;
        }
        return false;
}

/* Of a name that is too long the kernel takes what fits: __copy_msghdr() in net/socket.c. */
static int add_message(const struct tracee *t, const struct arg *arg, uint64_t addr,
                       struct event *event)
{
        uint64_t words[MSG_WORDS];
        int len, r = tracee_read_words(t, addr, words, MSG_WORDS);

        if (r)
                return r;
        len = (int)words[MSG_NAMELEN];
        if (len > (int)sizeof(struct sockaddr_storage))
                len = sizeof(struct sockaddr_storage);
        r = len < 0 ? -EINVAL : add_address(t, arg, words[MSG_NAME], (size_t)len, event);
        if (!r && words[MSG_CONTROL] && has_route(t, words[MSG_CONTROL], words[MSG_CONTROLLEN]))
                add_any(event, "source route");
        return r;
}

int decode_socket(const struct tracee *t, const struct arg *arg, uint64_t addr, uint64_t next,
                  struct event *event)
{
        if (arg->role == ARG_SOCKADDR)
                return add_address(t, arg, addr, (uint32_t)next, event);
        /* sendmmsg(2) may send fewer messages than it was given, and says how many: only the first
         * is judged, so only the first is sent. */
        if (arg->role == ARG_MMSGHDR && (uint32_t)next > 1)
                event->first_only = true;
        return add_message(t, arg, addr, event);
}

/* Their addresses are judged at connect, sendto and sendmsg: of other protocols SCTP has calls of
 * its own that connect, and what a raw socket sends may have a header of its own. */
static bool is_addressed(int type, int protocol)
{
        switch (protocol) {
        case 0:
                return type == SOCK_STREAM || type == SOCK_DGRAM;
        case IPPROTO_TCP:
        case IPPROTO_MPTCP:
                return type == SOCK_STREAM;
        case IPPROTO_UDP:
        case IPPROTO_UDPLITE:
        case IPPROTO_ICMP:
        case IPPROTO_ICMPV6:
                return type == SOCK_DGRAM;
        }
        return false;
}

static void add_new_inet(struct event *event, const char *family, int type, int protocol)
{
        struct object *object;

        if (is_addressed(type, protocol)) {
                set_name(add_object(event, OBJECT_INET_ALL), family);
                return;
        }
        object = add_object(event, OBJECT_INET_ANY);
        object->len = (size_t)snprintf(object->path, sizeof(object->path), "%s type %d protocol %d",
                                       family, type, protocol);
}

void decode_socket_new(struct event *event, int family, int type, int protocol)
{
        enum { TYPE_MASK = 0xf }; /* SOCK_TYPE_MASK, include/linux/net.h */

        type &= TYPE_MASK;
        if (family == AF_UNIX || family == AF_NETLINK)
                return;
        if (family == AF_INET6)
                add_new_inet(event, "inet6", type, protocol);
        else if (family != AF_INET)
                add_family(event, (unsigned)family);
        else if (type == SOCK_PACKET) /* packet(7): the oldest name for AF_PACKET */
                add_family(event, AF_PACKET);
        else
                add_new_inet(event, "inet", type, protocol);
}

void decode_socket_option(struct event *event, int level, int name)
{
        if (is_route(level, name, false))
                add_any(event, "source route");
}
