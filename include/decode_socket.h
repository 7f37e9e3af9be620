/* decode_socket.h: socket addresses in the command's memory -> objects. Layer 2.
 * Source: unix(7), ip(7), ipv6(7), sendmsg(2), sendmmsg(2). */
#ifndef STOPGATE_DECODE_SOCKET_H
#define STOPGATE_DECODE_SOCKET_H

#include "calls.h"
#include "event.h"
#include "tracee.h"

/* Add the objects that the argument names (role SOCKADDR, MSGHDR or MMSGHDR; next is the register
 * after it): mostly one. None is added where no address is given, for a bind that touches no file,
 * and for the kernel's own end of a netlink socket. Returns 0 or -errno, what the kernel would
 * answer. */
int decode_socket(const struct tracee *t, const struct arg *arg, uint64_t addr, uint64_t next,
                  struct event *event);

/* Add what socket(2) would open a way to: none for AF_UNIX and netlink, which reach nothing before
 * an address is named. */
void decode_socket_new(struct event *event, int family, int type, int protocol);

/* Add what setsockopt(2) would send to behind the back of an address; nearly always none. */
void decode_socket_option(struct event *event, int level, int name);

#endif
