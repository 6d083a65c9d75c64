#!/usr/bin/python3
"""Hosts that nobody here wrote join and leave: Linux's own, by IGMP and MLD of every version.

One sender, the router, and receivers in network namespaces of their own. Needs root; skipped otherwise.
"""

import pathlib
import socket
import struct
import sys
import tempfile
import time

import hosts
from mgmd_process import Mgmd
from wires import TIMEOUT, enter_own_network, small_router

GROUP, GROUP6 = "239.1.1.1", "ff0e::1"
SOURCES = ("10.0.0.1", "10.0.0.2")
SOURCES6 = ("2001:db8::1", "2001:db8::2")
PORT = 5000
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE = 42, 43, 44
MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 45, 46, 47

# --- What hosts do; each runs in a host's process.
sockets = {}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sockaddr_storage(address):
    if ":" in address:
        return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0).ljust(128, b"\0")
    return struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")


def speak(version, protocol):
    """The version of IGMP or MLD that the host's kernel speaks."""
    name = f"/proc/sys/net/ipv4/conf/eth0/force_igmp_version" if protocol == "igmp" else \
        f"/proc/sys/net/ipv6/conf/eth0/force_mld_version"
    pathlib.Path(name).write_text(str(version))


def change(option, group, source=None):
    family = family_of(group)
    if group not in sockets:
        sockets[group] = socket.socket(family, socket.SOCK_DGRAM)
        sockets[group].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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


def close(group):
    sockets.pop(group).close()


def receive(group, source):
    """The number of the next packet from the source."""
    sockets[group].settimeout(TIMEOUT)
    while True:
        data, sender = sockets[group].recvfrom(2048)
        if sender[0] == source:
            return struct.unpack(">I", data[:4])[0]


def receive_until(group, marks):
    """How many packets came from each source before one of the last of marks (source -> number)."""
    counts = {}
    sockets[group].settimeout(TIMEOUT)
    while True:
        data, sender = sockets[group].recvfrom(2048)
        counts[sender[0]] = counts.get(sender[0], 0) + 1
        if struct.unpack(">I", data[:4])[0] >= marks.get(sender[0], 1 << 32):
            return counts


def send(groups, sources, count, first, every):
    for number in range(first, first + count):
        for group in groups:
            for source in sources:
                key = (group, source)
                if key not in sockets:
                    sockets[key] = sender = socket.socket(family_of(group), socket.SOCK_DGRAM)
                    if family_of(group) == socket.AF_INET6:
                        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
                        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth0"))
                    else:
                        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
                        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
                    sender.bind((source, 0))
                sockets[key].sendto(struct.pack(">I", number), (group, PORT))
        time.sleep(every)


FUNCTIONS = (speak, join, leave, block, close, receive, receive_until, send)
if hosts.is_child():
    hosts.serve(*FUNCTIONS)


def configuration(directory, more=""):
    text = small_router()
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
query_interval = 20
query_response_interval = 2
last_member_query_interval = 0.1
"""
    path = pathlib.Path(directory) / "membership.toml"
    path.write_text(text + more)
    return path


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, \
            hosts.Host("up0", "10.0.0.1/24", "10.0.0.2/24", "2001:db8::1/64", "2001:db8::2/64") as sender, \
            hosts.Host("dn1", "10.1.0.1/24", "2001:db8:1::1/64") as first, \
            hosts.Host("dn2", "10.2.0.1/24", "2001:db8:2::1/64") as second, \
            hosts.Host("dn3", "10.3.0.1/24", "2001:db8:3::1/64") as third, \
            Mgmd(configuration(directory), directory) as mgmd:
        mgmd.wait_for("ready")
        for group, source in ((GROUP, SOURCES[0]), (GROUP6, SOURCES6[0])):
            first.call(join, group)
            sender.tell(send, [group], [source], 300, 0, 0.01)
            print(group, "first packet", first.call(receive, group, source))
            sender.answer()


if __name__ == "__main__":
    main()
