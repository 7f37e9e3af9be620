"""The network where [connect] refuses: sockets that wait for others, and those that send where no call
says. Each works without stopgate where this kernel has it; what it has not is only shown to be refused."""
import errno
import os
import shutil
import socket
import struct

import harness
from harness import PROBE32, promise
from rows import REFUSED

INET, INET6, PACKET, XDP, VSOCK, ALG = 2, 10, 17, 44, 40, 38
STREAM, DGRAM, RAW, SEQPACKET, OLD_PACKET = 1, 2, 3, 5, 10
CLOEXEC_NONBLOCK = 0o2004000

# What a kernel says of a socket that it was built without, and to who may not have it.
LACKING = ("EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EPERM", "ENODEV")

WAYS_TO_REFUSE_ALL = [
    ("default", "[connect]\ndefault = deny\n", "default =", ()),
    ("rule", "[connect]\ndeny = inet\n", "deny =", ()),
    ("rule-over-default", "[connect]\ndefault = allow\ndeny = inet\nallow = /run\n", "deny =", ()),
    ("allowed-paths", "[connect]\ndefault = deny\nallow = /run\nallow = @bus\n", "default =", ()),
    ("option", "[connect]\nallow = inet:127.0.0.1\n", None, ("-n",)),
    ("option-over-inet", "[connect]\ndefault = deny\nallow = inet\n", None, ("-n",)),
]


def policy_of(text):
    return text.replace("[connect]\n", f"[connect]\nerrno = {REFUSED}\n")


def refused(t, policy, words, path, rule, options=(), program=harness.PROBE):
    run = t.run_probe(policy, *words, options=options, program=program)
    t.equal(run.errno, REFUSED, run)
    run.one(call="socket", cls="connect", path=path, action="deny", errno=REFUSED, rule=rule)
    return run


# ---- incoming connections ----

SERVER = """
import socket, sys
family, host = (socket.AF_INET6, "::1") if sys.argv[1] == "6" else (socket.AF_INET, "127.0.0.1")
try:
    server = socket.socket(family)
    server.bind((host, 0))
    server.listen()
    client = socket.socket(family)
    client.connect(server.getsockname())
    print(server.accept()[0] is not None)
except OSError as error:
    print(error.errno)
"""


@promise(each=[(*way, "4") for way in WAYS_TO_REFUSE_ALL] + [("ipv6", *WAYS_TO_REFUSE_ALL[0][1:], "6")])
def nobody_can_connect_to_a_command_without_internet(t, item):
    _, text, rule, options, family = item
    policy = policy_of(text)
    t.equal(t.bare(["python3", "-c", SERVER, family]).out, "True\n")
    run = t.run(["python3", "-c", SERVER, family], policy, options=options)
    t.equal(run.out, f"{errno.EDQUOT}\n", run)
    run.one(call="socket", cls="connect", path="inet" if family == "4" else "inet6", action="deny",
            rule=t.rule(policy, rule) if rule else "-n")


@promise(each=[("tcp", INET, STREAM, 0, "inet"), ("tcp6", INET6, STREAM, 6, "inet6"),
               ("udp", INET, DGRAM, 0, "inet"), ("udp6", INET6, DGRAM, 17, "inet6"),
               ("flags", INET, STREAM | CLOEXEC_NONBLOCK, 0, "inet")])
def socket_is_refused_where_nothing_of_the_internet_is_allowed(t, item):
    _, family, kind, protocol, path = item
    address = "any:0" if family == INET else "any6:0"
    words = ("socket", family, kind, protocol, "--", "bind", 3, address, "len")
    t.equal(t.probe(*words).errnos, [None, None])
    for _, text, rule, options in WAYS_TO_REFUSE_ALL:
        policy = policy_of(text)
        rule = t.rule(policy, rule) if rule else "-n"
        refused(t, policy, words[:4], path, rule, options)


@promise(needs="i386")
def socket_is_refused_however_a_32_bit_call_is_made(t):
    policy = policy_of("[connect]\ndefault = deny\n")
    rule = t.rule(policy, "default =")
    for words in (("socket", INET, STREAM, 0), ("socketcall", 1, f"words:{INET},{STREAM},0")):
        t.equal(t.probe(*words, program=PROBE32).errno, None)
        refused(t, policy, words, "inet", rule, program=PROBE32)
    words = ("i80:359", INET6, STREAM, 0)
    t.equal(t.probe(*words).errno, None)
    refused(t, policy, words, "inet6", rule)


@promise(needs="i386")
def arguments_of_socketcall_that_cannot_be_read_make_no_socket(t):
    run = t.run_probe(policy_of("[connect]\ndefault = deny\n"), "socketcall", 1, "bad", program=PROBE32)
    t.equal(run.errno, "EFAULT", run)


@promise
def one_allowed_address_leaves_sockets_and_waiting_open(t):
    """And the README says so."""
    server = socket.create_server(("127.0.0.1", 0))
    other = socket.create_server(("127.0.0.1", 0))
    port, closed = server.getsockname()[1], other.getsockname()[1]
    policy = policy_of(f"[connect]\ndefault = deny\nallow = inet:127.0.0.1:{port}\n")
    words = ("socket", INET, STREAM, 0, "--", "bind", 3, "in:0", "len", "--", "listen", 3, 1, "--",
             "socket", INET, STREAM, 0, "--", "connect", 4, f"in:{port}", "len", "--",
             "socket", INET, STREAM, 0, "--", "connect", 5, f"in:{closed}", "len")
    try:
        t.equal(set(t.probe(*words).errnos), {None})
        run = t.run_probe(policy, *words)
    finally:
        server.close()
        other.close()
    t.equal(run.errnos, [None] * 6 + [REFUSED], run)
    t.equal([r["call"] for r in run.calls], ["connect"], run)


@promise
def accepting_works_where_an_address_is_allowed(t):
    policy = "[connect]\ndefault = deny\nallow = inet:127.0.0.0/8\n"
    t.equal(t.run(["python3", "-c", SERVER, "4"], policy).out, "True\n")


@promise(each=["default = log", "log = inet", "default = log\nlog = inet:127.0.0.1"])
def socket_that_is_allowed_makes_no_record(t, how):
    words = ("socket", INET, STREAM, 0, "--", "connect", 3, "in:9", "len", "--", "socket", VSOCK, STREAM, 0, "--",
             "setsockopt", 3, 0, 4, "null", 0)
    run = t.run_probe(f"[connect]\n{how}\n", *words)
    t.equal([(r["call"], r["action"]) for r in run.calls], [("connect", "log")], run)


@promise
def permissive_records_the_socket_that_it_would_refuse(t):
    policy = "[policy]\nmode = permissive\n[connect]\ndefault = deny\n"
    run = t.run_probe(policy, "socket", INET, STREAM, 0)
    t.equal(run.errno, None, run)
    run.one(call="socket", path="inet", action="log", would="deny", rule=t.rule(policy, "default ="))


@promise
def kill_of_the_internet_is_for_its_sockets_too(t):
    run = t.run_probe("[connect]\nkill = inet\n", "socket", INET, STREAM, 0)
    t.equal(run.status, 128 + 9, run)
    run = t.run_probe("[connect]\nkill = inet:10.0.0.1\n", "socket", INET, RAW, 1)
    t.true(run.errno == "EACCES", run)


# ---- sockets that send where no call says ----


class Way:
    def __init__(self, name, path, words, bare=()):
        self.name, self.path, self.words, self.bare = name, path, words.split(), bare


UNNAMED = [
    Way("packet-raw", "packet", f"socket {PACKET} {RAW} 0"),
    Way("packet-datagram", "packet", f"socket {PACKET} {DGRAM} 0"),
    Way("packet-high-bits", "packet", f"socket {0xdead << 32 | PACKET} {RAW} 0"),
    Way("packet-old", "packet", f"socket {INET} {OLD_PACKET} 0"),
    Way("xdp", "xdp", f"socket {XDP} {RAW} 0"),
    Way("raw", "inet type 3 protocol 255", f"socket {INET} {RAW} 255"),
    Way("raw-icmp", "inet type 3 protocol 1", f"socket {INET} {RAW | CLOEXEC_NONBLOCK} 1"),
    Way("raw6", "inet6 type 3 protocol 255", f"socket {INET6} {RAW} 255"),
    Way("raw-tcp", "inet type 3 protocol 6", f"socket {INET} {RAW} 6"),
    Way("sctp", "inet type 1 protocol 132", f"socket {INET} {STREAM} 132"),
    Way("sctp-one-to-many", "inet6 type 5 protocol 132", f"socket {INET6} {SEQPACKET} 132"),
    Way("sctp-by-its-type", "inet type 5 protocol 0", f"socket {INET} {SEQPACKET} 0"),
    Way("smc", "smc", f"socket 43 {STREAM} 0"),
    Way("rds", "rds", f"socket 21 {SEQPACKET} 0"),
    Way("rxrpc", "family 33", f"socket 33 {DGRAM} 2"),
    Way("pppox", "family 24", f"socket 24 {STREAM} 2"),
    Way("kcm", "family 41", f"socket 41 {DGRAM} 0"),
]


@promise(each=UNNAMED)
def way_round_the_address_is_refused_where_any_address_is(t, way):
    bare = t.probe(*way.words).errno
    t.true(bare is None or bare in LACKING, bare)
    for text, start in (("[connect]\ndefault = deny\nallow = inet\n", "default ="), ("[connect]\ndeny = inet\n", "deny ="),
                        ("[connect]\ndeny = inet:10.0.0.0/8\n", "deny ="),
                        ("[connect]\ndefault = deny\nallow = inet:10.0.0.1\n", "default =")):
        policy = policy_of(text)
        refused(t, policy, way.words, way.path, t.rule(policy, start))
    refused(t, policy_of("[connect]\ndefault = allow\n"), way.words, way.path, "-n", ["-n"])
    # Where only paths are refused, and where nothing is. (Root loses CAP_NET_RAW where any connection is.)
    for policy in ("[connect]\ndeny = /run\n[system]\nallow = capabilities\n", "[connect]\ndefault = log\n"):
        run = t.run_probe(policy, *way.words)
        t.equal(run.errno, bare, run)
        run.none(call="socket")


@promise(needs="root")
def frames_and_raw_packets_do_not_leave(t):
    """As root: whole frames, and packets whose own header says where."""
    # Protocol 0 receives nothing; interface 1 is loopback.
    frame = "s:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    header = "words:0x1c000045,0x40000000,0x0200007f0100007f,0"  # from 127.0.0.1 to 127.0.0.2
    packet, raw = ("socket", PACKET, RAW, 0, "--"), ("socket", INET, RAW, 255, "--")
    for words in ((*packet, "sendto", 3, frame, 32, 0, "packet:1", "len"),
                  (*packet, "bind", 3, "packet:1", "len", "--", "write", 3, frame, 32),
                  (*raw, "connect", 3, "in:0", "len", "--", "write", 3, header, 28)):
        bare = t.probe(*words)
        t.equal(set(bare.errnos), {None}, bare)
        for policy in ("[connect]\ndefault = deny\n", "[connect]\ndeny = inet:10.0.0.1\n"):
            run = t.run_probe(policy, *words)
            t.true(run.errnos[0] == "EACCES" and None not in run.errnos[1:], run)


@promise(each=[("vsock", VSOCK, STREAM, "vsock"), ("alg", ALG, SEQPACKET, "alg"), ("bluetooth", 31, RAW, "bluetooth"),
               ("can", 29, RAW, "can"), ("tipc", 30, STREAM, "tipc"), ("qrtr", 42, DGRAM, "family 42"),
               ("key", 15, RAW, "key"), ("unknown", 63, STREAM, "family 63")])
def other_family_is_judged_by_the_default(t, item):
    _, family, kind, path = item
    words = ("socket", family, kind, 2 if family == 15 else 0)
    bare = t.probe(*words).errno
    t.true(bare is None or bare in LACKING, bare)
    policy = policy_of("[connect]\ndefault = deny\nallow = inet\n")
    refused(t, policy, words, path, t.rule(policy, "default ="))
    for options, policy in ((["-n"], "[connect]\ndefault = allow\n"), ([], "[connect]\ndeny = inet\n")):
        t.equal(t.run_probe(policy, *words, options=options).errno, bare)


@promise
def unix_and_netlink_sockets_need_no_rule(t):
    words = ("socket", 1, STREAM, 0, "--", "socket", 1, SEQPACKET | CLOEXEC_NONBLOCK, 0, "--", "socket", 16, RAW, 0, "--",
             "socketpair", 1, STREAM, 0, "buf:8", "--", "bind", 3, "un:", 2)
    t.equal(set(t.probe(*words).errnos), {None})
    run = t.run_probe("[connect]\ndefault = deny\n", *words)
    t.equal(set(run.errnos), {None}, run)
    t.equal(run.calls, [], run)


@promise
def socketpair_connects_no_internet(t):
    for family in (INET, INET6, PACKET):
        t.true(t.probe("socketpair", family, STREAM, 0, "buf:8").errno is not None, family)


@promise(each=[107, 108])
def unix_name_that_fills_its_address_is_judged_whole(t, size):
    """One of 108 bytes has no room for a NUL: unix(7)."""
    name = "x" * size

    def words(where):
        return ("chdir", f"s:{t.mkdir(where)}", "--", "socket", 1, DGRAM, 0, "--", "bind", 3, f"un:{name}", "len", "--",
                "socket", 1, DGRAM, 0, "--", "sendto", 4, "s:hi", 2, 0, f"un:{name}", "len", "--",
                "connect", 4, f"un:{name}", "len")
    t.equal(set(t.probe(*words("bare")).errnos), {None})
    run = t.run_probe(f"[connect]\ndeny = {t.dir}/f/{name}\n", *words("f"))
    t.equal(run.errnos, [None] * 4 + ["EACCES"] * 2, run)
    t.equal({r["path"] for r in run.calls}, {f"{t.dir}/f/{name}"}, run)


# ---- source routes ----

SENDER = """
import socket, sys
how, port = sys.argv[1], int(sys.argv[2])
route = bytes([0x83, 7, 4, 127, 0, 0, 2, 0])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    if how == "option":
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, route)
        s.sendto(b"out", ("127.0.0.1", port))
    else:
        s.connect(("127.0.0.1", port))
        s.sendmsg([b"out"], [(socket.IPPROTO_IP, 7, route)])
    print("sent")
except OSError as error:
    print(error.errno)
"""


@promise(needs="root", each=["option", "message"])
def source_route_does_not_lead_past_the_rules(t, how):
    """Only 127.0.0.1 is allowed; without stopgate the packet goes to 127.0.0.2."""
    def arrived(port):
        """The destinations of what was sent to that port."""
        found = []
        while True:
            try:
                packet = wire.recv(2048)[14:]
            except BlockingIOError:
                return found
            length = (packet[0] & 15) * 4
            if packet[9] == 17 and struct.unpack("!H", packet[length + 2:length + 4])[0] == port:
                found.append(socket.inet_ntoa(packet[16:20]))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
            wire.bind(("lo", 0))
            wire.setblocking(False)
            command = ["python3", "-c", SENDER, how, port]
            t.equal(t.bare(command).out, "sent\n")
            t.equal(set(arrived(port)), {"127.0.0.2"})
            run = t.run(command, "[connect]\ndefault = deny\nallow = inet:127.0.0.1\n")
            t.equal(run.out, "13\n", run)
            t.equal(arrived(port), [], run)
            run.one(path="source route", cls="connect", action="deny",
                    call="setsockopt" if how == "option" else "sendmsg")


# ---- connecting without connect(2) ----


@promise
def deferred_connect_is_judged_when_it_is_asked_for(t):
    """TCP_FASTOPEN_CONNECT: connect(2) sends nothing, the first write does."""
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    words = ("socket", INET, STREAM, 0, "--", "setsockopt", 3, 6, 30, "int:1", 4, "--",
             "connect", 3, f"in:{port}", "len", "--", "sendto", 3, "s:hi", 2, 0x4000, "null", 0)  # MSG_NOSIGNAL
    try:
        t.equal(t.probe(*words).errnos, [None] * 4)
        run = t.run_probe("[connect]\ndeny = inet:127.0.0.1\n", *words)
    finally:
        server.close()
    t.equal(run.errnos[:3], [None, None, "EACCES"], run)
    t.equal(run.errnos[3], "EPIPE", run)


@promise
def fast_open_of_ipv6_is_judged(t):
    server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    words = ("socket", INET6, STREAM, 0, "--", "sendto", 3, "s:hi", 2, 0x20000000, f"in6:{server.getsockname()[1]}",
             "len")
    try:
        t.equal(t.probe(*words).errnos, [None, None])
        run = t.run_probe("[connect]\ndeny = inet:[::1]\n", *words)
    finally:
        server.close()
    t.equal(run.errnos, [None, "EACCES"], run)


@promise(needs="root")
def netlink_groups_are_not_the_kernel(t):
    """To a group of NETLINK_USERSOCK anybody may send, and root listens."""
    words = ("socket", 16, RAW | 0o4000, 2, "--", "bind", 3, "words:0x10,1", 12, "--", "socket", 16, RAW, 2, "--",
             "sendto", 4, "s:hi", 2, 0, "words:0x10,{groups}", 12, "--", "read", 3, "buf:8", 8)
    policy = "[connect]\ndefault = deny\n[system]\nallow = capabilities\n"

    def to(groups):
        return [str(word).format(groups=groups) for word in words]
    # The kernel has nobody there, but the group has got it by then.
    t.equal(t.probe(*to(1)).errnos, [None] * 3 + ["ECONNREFUSED", None])
    run = t.run_probe(policy, *to(1))
    t.equal(run.errnos, [None] * 3 + ["EACCES", "EAGAIN"], run)
    run.one(call="sendto", path="netlink", action="deny")
    t.equal(t.run_probe(policy, *to(0)).errnos, t.probe(*to(0)).errnos)


# ---- honest programs ----

PROGRAMS = [
    ("getaddrinfo", ["python3", "-c", "import socket; socket.getaddrinfo('example.invalid', 80)"]),
    ("create_connection", ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 9), 5)"]),
    ("getent", ["getent", "ahosts", "example.invalid"]),
    ("curl", ["curl", "-sS", "--max-time", "20", "http://127.0.0.1:9/"]),
    ("wget", ["wget", "-q", "-t", "1", "-T", "20", "-O", "/dev/null", "http://example.invalid/"]),
    ("git", ["git", "ls-remote", "https://example.invalid/x.git"]),
    ("git-protocol", ["git", "ls-remote", "git://127.0.0.1:9/x.git"]),
    ("ssh", ["ssh", "-oBatchMode=yes", "-oConnectTimeout=5", "127.0.0.1", "-p", "9", "true"]),
]


@promise(each=[p for p in PROGRAMS if shutil.which(p[1][0])], needs="once")
def program_that_wants_the_network_fails_at_once(t, item):
    for policy, options in (("untrusted", ()), (None, ("-n",))):
        run = t.run(item[1], policy, options=options, timeout=10)
        t.true(run.status not in (0, 125, 126, 127), run)
        t.true(run.find(call="socket", action="deny"), run)


@promise(each=[p for p in [
    ("import", ["python3", "-c", "import socket, ssl, asyncio; print('ok')"], "ok"),
    ("event-loop", ["python3", "-c", "import asyncio; asyncio.run(asyncio.sleep(0)); print('ok')"], "ok"),
    ("numeric-address", ["python3", "-c", "import socket; print(socket.getaddrinfo('127.0.0.1', 80)[0][4])"],
     "127.0.0.1"),
    ("localhost", ["python3", "-c", "import socket; print(socket.getaddrinfo('localhost', 80)[0][4])"], "80"),
    ("interfaces", ["ip", "-br", "addr"], "lo"),
    ("ifconfig", ["ifconfig", "lo"], "lo"),
    ("users", ["getent", "passwd", "root"], "root"),
    ("id", ["id", "root"], "root"),
    ("socketpair", ["python3", "-c", "import socket; a, b = socket.socketpair(); a.send(b'ok'); print(b.recv(9))"], "ok"),
] if shutil.which(p[1][0]) and (p[0] != "localhost" or os.path.exists("/etc/hosts"))], needs="once")
def program_that_needs_no_network_works_without(t, item):
    t.true(item[2] in t.bare(item[1]).out)
    for policy, options in (("untrusted", ()), (None, ("-n",))):
        run = t.run(item[1], policy, options=options)
        t.true(run.status == 0 and item[2] in run.out, run)
