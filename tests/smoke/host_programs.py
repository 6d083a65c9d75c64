"""What hosts run in the smoke tests: pings, senders and receivers of datagrams to a group, in both families, and
programs that join one."""

import pathlib
import socket
import struct
import subprocess

import hosts
from wires import TIMEOUT, checksum

ALL_FRAMES = 3  # ETH_P_ALL, those that are sent, too
PORT = 5000
ECHO, ECHO6 = 8, 128


def ping(address, count):
    """How many answers come to `count` questions. A first one is answered before, since what waits until the
    kernel knows its neighbour may be overtaken. When the answer to the last one is here, all others are."""
    family = hosts.family_of(address)
    ipv6 = family == socket.AF_INET6
    first, last = 9998, 9999
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if ipv6 else socket.IPPROTO_ICMP) as icmp:
        icmp.settimeout(TIMEOUT)
        icmp.connect(socket.getaddrinfo(address, 0, family, socket.SOCK_DGRAM)[0][4])

        def ask(sequence):
            message = struct.pack(">BBHHH", ECHO6 if ipv6 else ECHO, 0, 0, 77, sequence) + bytes(56)
            if not ipv6:
                message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
            icmp.send(message)

        def wait_for(wanted):
            answers = []
            while wanted not in answers:
                packet = icmp.recv(2048)
                body = packet if ipv6 else packet[20:]
                if body[0] in (0, 129) and body[4:6] == struct.pack(">H", 77):
                    answers.append(struct.unpack(">H", body[6:8])[0])
            return answers

        ask(first)
        wait_for(first)
        for sequence in (*range(count), last):
            ask(sequence)
        return len(wait_for(last)) - 1


def datagrams_sent(family):
    """By this host, ever."""
    lines = [line.split() for line in pathlib.Path("/proc/self/net/snmp6" if family == socket.AF_INET6 else
                                                   "/proc/self/net/snmp").read_text().splitlines()]
    if family == socket.AF_INET6:
        return int(dict(lines)["Udp6OutDatagrams"])
    names, values = (words for words in lines if words[0] == "Udp:")
    return int(values[names.index("OutDatagrams")])


def join(receiver, group, device):
    index = socket.if_nametoindex(device)
    if hosts.family_of(group) == socket.AF_INET6:
        receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index))
    else:
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            struct.pack("@4s4si", socket.inet_aton(group), bytes(4), index))


def listener(group, device):
    """A socket that has joined the group there, and nothing but it."""
    receiver = socket.socket(hosts.family_of(group), socket.SOCK_DGRAM)
    receiver.settimeout(TIMEOUT)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.bind((group, PORT))
    join(receiver, group, device)
    return receiver


def multicast(group, hops, *texts):
    """Sends them, with the checksums left to a card that is not there, as all of the host's offloads are."""
    index = socket.if_nametoindex("eth0")
    with socket.socket(hosts.family_of(group), socket.SOCK_DGRAM) as sender:
        if sender.family == socket.AF_INET6:
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        else:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", index))
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
        for text in texts:
            sender.sendto(text.encode(), (group, PORT))


def receive(group, count):
    """The next datagrams to the group; says so when it listens."""
    with listener(group, "eth0") as receiver:
        hosts.say("listening")
        return [receiver.recv(2048).decode() for _ in range(count)]


def start_and_join(command, group, **options):
    """Starts a program, and returns when the host has reported its membership."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_FRAMES)) as wire:
        wire.settimeout(TIMEOUT)
        wire.bind(("eth0", ALL_FRAMES))
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        reported = socket.inet_pton(hosts.family_of(group), group)
        try:
            while not is_report(frame := wire.recv(2048)) or reported not in frame:
                pass
        except BaseException:
            program.kill()
            raise
        return program


def is_report(frame):
    """IGMP, or MLD behind its router alert (RFC 3810 section 5)."""
    if frame[12:14] == b"\x86\xdd":
        return frame[20] == 0 and frame[54] == socket.IPPROTO_ICMPV6
    return frame[12:14] == b"\x08\0" and frame[23] == socket.IPPROTO_IGMP
