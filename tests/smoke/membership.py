#!/usr/bin/python3
"""Hosts that nobody here wrote join and leave: Linux's own, by IGMP and MLD of every version.

One sender, the router, and receivers in network namespaces of their own. Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import select
import socket
import struct
import sys
import tempfile

import hosts
from mgmd_process import Mgmd
from wires import TIMEOUT, checksum, enter_own_network, small_router

GROUP, GROUP6 = "239.1.1.1", "ff0e::1"
SOURCES = ("10.0.0.1", "10.0.0.2")
SOURCES6 = ("2001:db8::1", "2001:db8::2")
PORT = 5000
IP_PKTINFO = 8
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE = 42, 43, 44
MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 45, 46, 47

# --- What hosts do; each runs in a host's process.
sockets = {}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sockaddr_storage(address):
    if ":" in address:
        packed = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0)
        return packed.ljust(128, b"\0")
    return struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")


def speak(version, protocol):
    """The version of IGMP or MLD that the host's kernel speaks."""
    family = "ipv4" if protocol == "igmp" else "ipv6"
    pathlib.Path(f"/proc/sys/net/{family}/conf/eth0/force_{protocol}_version").write_text(str(version))


def change(option, group, source=None):
    family = family_of(group)
    if group not in sockets:
        sockets[group] = socket.socket(family, socket.SOCK_DGRAM)
        sockets[group].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sockets[group].setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        sockets[group].bind((group, PORT))
    request = struct.pack("=II", socket.if_nametoindex("eth0"), 0) + sockaddr_storage(group)
    if source:
        request += sockaddr_storage(source)
    sockets[group].setsockopt(socket.IPPROTO_IPV6 if family == socket.AF_INET6 else socket.IPPROTO_IP, option, request)


def join(group, source=None):
    change(MCAST_JOIN_SOURCE_GROUP if source else MCAST_JOIN_GROUP, group, source)


def leave(group, source=None):
    change(MCAST_LEAVE_SOURCE_GROUP if source else MCAST_LEAVE_GROUP, group, source)


def block(group, source):
    change(MCAST_BLOCK_SOURCE, group, source)


def receive(group, source):
    """The number of the next packet from the source."""
    sockets[group].settimeout(TIMEOUT)
    while True:
        data, sender = sockets[group].recvfrom(2048)
        if sender[0] == source:
            return struct.unpack(">I", data[:4])[0]


def missing(group, last):
    """How many packets are missing up to the last one, after the first that has come; and of those at once."""
    sockets[group].settimeout(TIMEOUT)
    numbers = []
    while not numbers or numbers[-1] < last:
        numbers.append(struct.unpack(">I", sockets[group].recv(2048)[:4])[0])
    gaps = [after - before - 1 for before, after in zip(numbers, numbers[1:])]
    return sum(gaps), max(gaps, default=0)


def last_sent(group):
    return sockets["numbers"][group]


def forget():
    """What has arrived on the wire so far does not count."""
    if "wire" in sockets:
        sockets["wire"].close()
    sockets["wire"] = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    sockets["wire"].bind(("eth0", 0))


def arrived(groups, last):
    """Which of the groups, and of which sources, came by the wire since forget(), up to the last packet of all."""
    seen = set()
    sockets["wire"].settimeout(TIMEOUT)
    while tuple(last) not in seen:
        packet = sockets["wire"].recv(2048)
        if packet[0] >> 4 == 4:
            seen.add((socket.inet_ntoa(packet[16:20]), socket.inet_ntoa(packet[12:16])))
        else:
            seen.add((socket.inet_ntop(socket.AF_INET6, packet[24:40]), socket.inet_ntop(socket.AF_INET6, packet[8:24])))
    return sorted([group, source] for group, source in seen if group in groups)


def sender_of(group, source):
    if (group, source) not in sockets:
        sender = socket.socket(family_of(group), socket.SOCK_DGRAM)
        if family_of(group) == socket.AF_INET6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth0"))
        else:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
        sender.bind((source, 0))
        sockets[group, source] = sender
    return sockets[group, source]


def send(groups, sources):
    """One packet from each source to each group."""
    numbers = sockets.setdefault("numbers", {})
    for group in groups:
        for source in sources:
            number = numbers[group] = numbers.get(group, 0) + 1
            sender_of(group, source).sendto(struct.pack(">I", number), (group, PORT))


def send_until_told(groups, sources):
    """Rounds of that, until there is another line to read."""
    hosts.say("begun")
    while not select.select([sys.stdin], [], [], 0.002)[0]:
        send(groups, sources)
    sys.stdin.readline()


def join_many(prefix, count):
    """So many groups by one socket, that all begin so."""
    pathlib.Path("/proc/sys/net/ipv4/igmp_max_memberships").write_text(str(count))
    sockets["many"] = many = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    many.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    many.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    many.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    many.bind(("", PORT))
    for number in range(count):
        group = f"{prefix}.{number // 250}.{number % 250 + 1}"
        many.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        socket.inet_aton(group) + struct.pack("@4xI", socket.if_nametoindex("eth0")))


def receive_many(count):
    """Until packets of so many groups have come."""
    seen = set()
    sockets["many"].settimeout(TIMEOUT)
    while len(seen) < count:
        _, ancillary, _, _ = sockets["many"].recvmsg(2048, 64)
        seen.add(ancillary[0][2][8:12])
    sockets.pop("many").close()
    return len(seen)


def report_and_die(group):
    """A report of IGMPv3 by a host that never says anything again: EXCLUDE({})."""
    report = struct.pack(">BBHHH", 0x22, 0, 0, 0, 1) + struct.pack(">BBH", 4, 0, 0) + socket.inet_aton(group)
    report = report[:2] + struct.pack(">H", checksum(report)) + report[4:]
    header = struct.pack(">BBHHHBBH", 0x46, 0xC0, 24 + len(report), 0, 0, 1, 2, 0)
    header += socket.inet_aton("10.1.0.77") + socket.inet_aton("224.0.0.22") + b"\x94\x04\0\0"
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("eth0", 0))
    wire.send(b"\x01\0\x5e\0\0\x16\x02\0\0\0\0\x77\x08\0" + header + report)


FUNCTIONS = (speak, join, leave, block, receive, missing, last_sent, forget, arrived, send, send_until_told, join_many, receive_many,
             report_and_die)
if hosts.is_child():
    hosts.serve(*FUNCTIONS)


def configuration(directory):
    text = small_router(limits="mfes_per_group = 0").replace("mfes = 1024", "mfes = 4096")
    for number, name in enumerate(("up0", "dn1", "dn2", "dn3")):
        text += f"""
[[interface]]
name = "{name}"
device = "net_af_packet{number},iface={name}"
addresses = ["10.{number}.0.254/24", "2001:db8:{number}::fe/64", "fe80::{number + 1}/64"]
"""
    for protocol in ("igmp", "mld"):
        text += f"""
[{protocol}]
interfaces = ["up0", "dn1", "dn2", "dn3"]
query_interval = 2
query_response_interval = 0.5
robustness = 5
last_member_query_interval = 0.1
last_member_query_count = 2
startup_query_count = 2
"""
    text += """
[[igmp.interface]]
name = "dn3"
query_interval = 3
query_response_interval = 1
robustness = 4
"""
    text += """
[protocol.static]
interfaces = ["up0", "dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.8.8.8"
to = ["dn1"]
"""
    path = pathlib.Path(directory) / "membership.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


class Network:
    """One sender, the router, three receivers."""

    def __init__(self, directory):
        self.directory = directory
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        enter = self.stack.enter_context
        self.sender = enter(hosts.Host("up0", *(f"{source}/24" for source in SOURCES),
                                       *(f"{source}/64" for source in SOURCES6)))
        self.receivers = [enter(hosts.Host(f"dn{n}", f"10.{n}.0.1/24", f"2001:db8:{n}::1/64")) for n in (1, 2, 3)]
        self.mgmd = enter(Mgmd(configuration(self.directory), self.directory))
        self.mgmd.wait_for("ready")
        self.ended = {}  # how often a group has ended on an interface
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def begin_sending(self, groups, sources):
        self.sender.call(send_until_told, groups, sources)

    def end_sending(self):
        self.sender.tell_line()
        self.sender.answer()

    def wait_for_end(self, protocol, interface, group):
        text = f"{protocol} on {interface}: {group} has no member"
        self.ended[text] = self.ended.get(text, 0) + 1
        self.mgmd.wait_for_log(text, self.ended[text])

    def streams_at(self, receiver, groups, sources, last):
        """What comes to a receiver of one round of packets to the groups and then to `last`, which it gets."""
        receiver.call(forget)
        self.sender.call(send, groups, sources)
        self.sender.call(send, [last], sources[:1])
        return receiver.call(arrived, groups, [last, sources[0]])


def check_versions(network):
    """A host of each version joins and leaves, and another one beside it sees nothing of that."""
    _, second, _ = network.receivers
    for protocol, version, group, source, marker in (
            ("IGMP", 3, GROUP, SOURCES[0], "239.9.9.9"), ("IGMP", 2, GROUP, SOURCES[0], "239.9.9.9"),
            ("IGMP", 1, GROUP, SOURCES[0], "239.9.9.9"), ("MLD", 2, GROUP6, SOURCES6[0], "ff0e::9"),
            ("MLD", 1, GROUP6, SOURCES6[0], "ff0e::9")):
        # A host of version 1 takes ten seconds to answer, whatever it is asked: dn3 waits for it.
        first = network.receivers[2 if (protocol, version) == ("IGMP", 1) else 0]
        first.call(speak, version, protocol.lower())
        second.call(join, marker)
        first.call(join, marker)
        first.call(join, group)
        network.begin_sending([group, marker], [source])
        first.call(receive, group, source)
        first.call(receive, marker, source)
        second.call(receive, marker, source)
        network.end_sending()
        assert network.streams_at(second, [group], [source], marker) == []
        assert network.streams_at(first, [group], [source], marker) == [[group, source]]
        first.call(leave, group)
        network.wait_for_end(protocol, first.name, group)
        assert network.streams_at(first, [group], [source], marker) == []
        first.call(leave, marker)
        second.call(leave, marker)
        network.wait_for_end(protocol, first.name, marker)
        network.wait_for_end(protocol, "dn2", marker)
        first.call(speak, 0, protocol.lower())
        print(f"{protocol} {version}: a host joins and leaves: ok")


def check_sources(network):
    """Of two senders to one group: one receiver takes both, one includes the first, one excludes it."""
    every, including, excluding = network.receivers
    for group, sources, marker in ((GROUP, SOURCES, "239.9.9.9"), (GROUP6, SOURCES6, "ff0e::9")):
        sources = list(sources)
        every.call(join, group)
        including.call(join, group, sources[0])
        excluding.call(join, group)
        excluding.call(block, group, sources[0])
        for receiver in network.receivers:
            receiver.call(join, marker)
        network.begin_sending([group, marker], sources)
        every.call(receive, group, sources[0])
        every.call(receive, group, sources[1])
        including.call(receive, group, sources[0])
        excluding.call(receive, group, sources[1])
        for receiver in network.receivers:
            receiver.call(receive, marker, sources[0])
        # The router has asked whether somebody wants what is blocked: until it knows, it comes.
        while [group, sources[0]] in stream_of(excluding, group, marker, sources):
            pass
        network.end_sending()
        assert network.streams_at(every, [group], sources, marker) == [[group, sources[0]], [group, sources[1]]]
        assert network.streams_at(including, [group], sources, marker) == [[group, sources[0]]]
        assert network.streams_at(excluding, [group], sources, marker) == [[group, sources[1]]]
        for receiver in network.receivers:
            receiver.call(leave, marker)
        every.call(leave, group)
        including.call(leave, group, sources[0])
        excluding.call(leave, group)
        print(f"{group}: any source, source-specific, and all but one: ok")


def stream_of(receiver, group, marker, sources):
    receiver.call(forget)
    return receiver.call(arrived, [group], [marker, sources[0]])


def check_many_groups(network):
    """A thousand groups at once."""
    _, second, _ = network.receivers
    second.call(join_many, "239.2", 1000)
    groups = [f"239.2.{number // 250}.{number % 250 + 1}" for number in range(1000)]
    network.begin_sending(groups, [SOURCES[0]])
    assert second.call(receive_many, 1000) == 1000
    network.end_sending()
    print("a thousand groups joined at once: ok")


def check_silent_death(network):
    """A receiver that says nothing any more is forgotten."""
    first, _, third = network.receivers
    third.call(join, "239.9.9.9")
    first.call(join, "239.9.9.9")
    first.call(report_and_die, "239.3.3.3")
    network.begin_sending(["239.3.3.3", "239.9.9.9"], [SOURCES[0]])
    first.call(receive, "239.9.9.9", SOURCES[0])
    while not stream_of(first, "239.3.3.3", "239.9.9.9", SOURCES):
        pass
    network.end_sending()
    network.wait_for_end("IGMP", "dn1", "239.3.3.3")
    network.mgmd.wait_for_log("nobody reports it any more; the last one to report was 10.1.0.77")
    assert network.streams_at(first, ["239.3.3.3"], [SOURCES[0]], "239.9.9.9") == []
    print("a receiver that dies silently times out: ok")


def check_shutdown(network):
    """A routing protocol that has hosts' interfaces goes: IGMP and MLD are told to stop and to start again there, and
    the hosts' packets go on without it."""
    first, second, _ = network.receivers
    group = "239.4.4.4"
    for receiver in (first, second):
        receiver.call(join, group)
        receiver.call(join, "ff0e::4")
    network.begin_sending([group], [SOURCES[0]])
    for receiver in (first, second):
        receiver.call(receive, group, SOURCES[0])
    network.mgmd.wait_for_log(f"IGMP on dn1: {group} has a member")
    network.mgmd.wait_for_log("MLD on dn1: ff0e::4 has a member")
    steps = network.mgmd.telemetry("/mgm/shutdown,static")
    assert "error" not in steps, steps
    network.mgmd.wait_for_log("told anew to the Group Manager", 2)
    network.end_sending()
    for receiver, name in ((first, "dn1"), (second, "dn2")):
        lost, at_once = receiver.call(missing, group, network.sender.call(last_sent, group))
        print(f"{name}: {lost} packets were missed while static went, {at_once} at once: ok")
    network.sender.call(send, [group], [SOURCES[0]])
    for receiver in (first, second):
        receiver.call(missing, group, network.sender.call(last_sent, group))


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, Network(directory) as network:
        check_versions(network)
        check_sources(network)
        check_many_groups(network)
        check_silent_death(network)
        check_shutdown(network)


if __name__ == "__main__":
    main()
