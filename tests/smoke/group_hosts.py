"""What the hosts of the membership tests do, each in a host's process: join, leave, send, receive, look at the wire."""

import contextlib
import pathlib
import select
import socket
import struct
import sys
import time

import hosts
from wires import TIMEOUT, checksum, ip

PORT = 5000
IP_PKTINFO = 8
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE = 42, 43
MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 45, 46, 47

sockets = {}


def sockaddr_storage(address):
    if ":" in address:
        packed = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0)
        return packed.ljust(128, b"\0")
    return struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")


def speak(version, protocol):
    """The version of IGMP or MLD that the host's kernel speaks."""
    family = "ipv4" if protocol == "igmp" else "ipv6"
    pathlib.Path(f"/proc/sys/net/{family}/conf/eth0/force_{protocol}_version").write_text(str(version))


def readdress(*addresses):
    """The host has these of IPv4, and no others."""
    ip("-4", "address", "flush", "dev", "eth0")
    for address in addresses:
        ip("address", "add", address, "dev", "eth0")


def change(option, group, source=None):
    family = hosts.family_of(group)
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
    """What comes from here on is received; what an earlier membership has left unread is not."""
    if group in sockets:
        sockets[group].setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                sockets[group].recv(2048)
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


def missing(group, first, last):
    """How many packets are missing after the first one, which has come, up to the last one; and of those at once."""
    sockets[group].settimeout(TIMEOUT)
    numbers = [first]
    while numbers[-1] < last:
        numbers.append(struct.unpack(">I", sockets[group].recv(2048)[:4])[0])
    gaps = [after - before - 1 for before, after in zip(numbers, numbers[1:])]
    return sum(gaps), max(gaps, default=0)


def last_sent(*groups):
    """Of each of the groups, the number of the last packet; 0 before the first one."""
    numbers = sockets.get("numbers", {})
    return {group: numbers.get(group, 0) for group in groups}


def forget():
    """What has arrived on the wire so far does not count."""
    if "wire" in sockets:
        sockets["wire"].close()
    sockets["wire"] = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    sockets["wire"].bind(("eth0", 0))


def parse(packet):
    """(group, source, the UDP payload) of an IP packet."""
    if packet[0] >> 4 == 4:
        header, family, source, group = (packet[0] & 15) * 4, socket.AF_INET, packet[12:16], packet[16:20]
    else:
        header, family, source, group = 40, socket.AF_INET6, packet[8:24], packet[24:40]
    return socket.inet_ntop(family, group), socket.inet_ntop(family, source), packet[header + 8:]


def arrived(groups, last, after):
    """Which of the groups, and of which sources, came by the wire since forget(), up to the last packet of all.
    `after`: group -> the number of its last packet that does not count, however late it comes."""
    seen = set()
    deadline = time.monotonic() + TIMEOUT
    while tuple(last) not in seen:
        # Routers' questions come all the time.
        sockets["wire"].settimeout(max(deadline - time.monotonic(), 0.001))
        group, source, payload = parse(sockets["wire"].recv(2048))
        if group in after and struct.unpack(">I", payload[:4])[0] > after[group]:
            seen.add((group, source))
    return sorted([group, source] for group, source in seen if group in groups)


def sender_of(group, source):
    if (group, source) not in sockets:
        sockets[group, source] = hosts.multicast_sender(source)
    return sockets[group, source]


def send(groups, sources):
    """One packet from each source to each group of its family."""
    numbers = sockets.setdefault("numbers", {})
    for group in groups:
        for source in (source for source in sources if hosts.family_of(source) == hosts.family_of(group)):
            number = numbers[group] = numbers.get(group, 0) + 1
            sender_of(group, source).sendto(struct.pack(">I", number), (group, PORT))


def send_until_told(groups, sources, pause=0.002):
    """Rounds of that, until there is another line to read, and one more: however seldom this host had its turn, its
    last packets are later than whatever has been waited for."""
    hosts.say("begun")
    while not select.select([sys.stdin], [], [], pause)[0]:
        send(groups, sources)
    sys.stdin.readline()
    send(groups, sources)


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


FUNCTIONS = (speak, readdress, join, leave, block, receive, missing, last_sent, forget, arrived, send, send_until_told,
             join_many, receive_many, report_and_die)
