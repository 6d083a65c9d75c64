"""A LAN for the smoke tests: stations plugged into a bridge that floods all, and what is said there by IGMP and MLD.

    lan = Lan("lan1")
    lan.make_port("dn1")               # a router's port: the netdev dn1 is ours, its other end is plugged in
    with hosts.Host("st1", ...) as host:
        lan.plug("st1")
        print(lan.next_message("IGMP", "query").source)
"""

import socket
import struct
from typing import NamedTuple

from wires import TIMEOUT, ip

ALL_FRAMES = 3  # ETH_P_ALL
SO_RCVBUFFORCE = 33


class Message(NamedTuple):
    protocol: str  # IGMP, MLD
    kind: str  # query, report, leave
    version: int
    source: str
    group: str  # of a query that is general, and of reports of many groups: 0.0.0.0, ::


# By type: kind, version; a query's version is in its length.
IGMP = {0x11: ("query", 0), 0x12: ("report", 1), 0x16: ("report", 2), 0x17: ("leave", 2), 0x22: ("report", 3)}
MLD = {130: ("query", 0), 131: ("report", 1), 132: ("leave", 1), 143: ("report", 2)}


def read_message(frame):
    """IGMP's or MLD's message in an untagged frame; nothing of others."""
    packet = frame[14:]
    if frame[12:14] == b"\x08\0" and packet[9] == socket.IPPROTO_IGMP:
        message = packet[4 * (packet[0] & 15):struct.unpack(">H", packet[2:4])[0]]
        kind, version = IGMP.get(message[0], ("other", 0))
        if kind == "query":
            version = 3 if len(message) >= 12 else 2 if message[1] else 1
        group = bytes(4) if message[0] == 0x22 else message[4:8]
        return Message("IGMP", kind, version, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(group))
    # Hop-by-hop options of eight octets: router alert.
    if frame[12:14] == b"\x86\xdd" and packet[6] == 0 and packet[40:42] == b"\x3a\0" and packet[48] in MLD:
        message = packet[48:40 + struct.unpack(">H", packet[4:6])[0]]
        kind, version = MLD[message[0]]
        if kind == "query":
            version = 2 if len(message) >= 28 else 1
        group = bytes(16) if message[0] == 143 else message[8:24]
        return Message("MLD", kind, version, socket.inet_ntop(socket.AF_INET6, packet[8:24]),
                       socket.inet_ntop(socket.AF_INET6, group))
    return None


class Lan:
    def __init__(self, name):
        self.name = name
        ip("link", "add", name, "type", "bridge", "mcast_snooping", "0")
        ip("link", "set", name, "up")
        self._wire = None
        self.listen()

    def listen(self):
        """From here on; what has been said before is forgotten."""
        if self._wire:
            self._wire.close()
        self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # which receives nothing
        self._wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self._wire.bind((self.name, ALL_FRAMES))
        self._wire.settimeout(TIMEOUT)

    def plug(self, netdev):
        ip("link", "set", netdev, "master", self.name)

    def make_port(self, name):
        """A veth: `name` is for a router, the other end is plugged in."""
        ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-far")
        self.plug(f"{name}-far")
        for end in (name, f"{name}-far"):
            ip("link", "set", end, "up")

    def next_message(self, protocol, kind):
        """The next one of the kind that anybody says there."""
        while True:
            message = read_message(self._wire.recv(65535))
            if message and (message.protocol, message.kind) == (protocol, kind):
                return message
