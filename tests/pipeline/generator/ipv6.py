"""IPv6 packets in plain Python, from the RFCs alone, as packets.py has those of IPv4.

An extension header is a pair: its type, and its octets after the first, which is the type of the next one.
"""

import ipaddress
import struct

from .packets import checksum, payload

HOP_BY_HOP, ROUTING, FRAGMENT, ICMPV6, NO_NEXT_HEADER, DESTINATION = 0, 43, 44, 58, 59, 60
PACKET_TOO_BIG, PARAMETER_PROBLEM = 2, 4
MOST_OF_AN_ERROR = 1280

PAD1 = b"\0"


def padn(octets):
    """The option PadN of so many octets, at least two."""
    return bytes([1, octets - 2]) + b"\0" * (octets - 2)


def router_alert(value, length=2):
    """RFC 2711 section 2.1: 0 is MLD, 1 RSVP, 2 Active Networks."""
    return bytes([5, length]) + value.to_bytes(length, "big")


def address(text):
    return ipaddress.IPv6Address(text).packed


def options(kind, some=b"", octets=0, eights=None):
    """A header of options, with Pad1 up to whole eights or to `octets`. `eights` sets its length field wrongly."""
    body = some + PAD1 * max(-(len(some) + 2) % 8, octets - 2 - len(some))
    assert len(body) % 8 == 6
    return kind, bytes([(len(body) + 2) // 8 - 1 if eights is None else eights]) + body


def hop_by_hop(some=b"", octets=0, eights=None):
    return options(HOP_BY_HOP, some, octets, eights)


def destination(some=b""):
    return options(DESTINATION, some)


def routing():
    """A routing header without a segment left (RFC 8200 section 4.4)."""
    return ROUTING, bytes([0, 253, 0, 0, 0, 0, 0])


def fragment(offset, more, ident=77):
    """RFC 8200 section 4.5, `offset` in octets."""
    return FRAGMENT, struct.pack(">BHI", 0, offset | more, ident)


def ipv6(source, group, size=26, seed=0, ttl=64, traffic_class=0, extensions=(), protocol=17, version=6,
         payload_length=None, data=None):
    """An IPv6 packet with `size` octets after its headers. `ttl` is its hop limit."""
    data = payload(size, seed) if data is None else data
    kinds = [kind for kind, _ in extensions] + [protocol]
    rest = b"".join(bytes([following]) + body for following, (_, body) in zip(kinds[1:], extensions)) + data
    first = version << 28 | traffic_class << 20 | 0x10000 + seed & 0xFFFFF
    return struct.pack(">IHBB", first, len(rest) if payload_length is None else payload_length, kinds[0],
                       ttl) + address(source) + address(group) + rest


def source_of(packet):
    return ipaddress.IPv6Address(packet[8:24]).compressed


def group_of(packet):
    return ipaddress.IPv6Address(packet[24:40]).compressed


def pseudo_sum(packet, protocol, length):
    """The one's complement sum of the pseudo-header of the upper layers (RFC 8200 section 8.1)."""
    return checksum(packet[8:40] + struct.pack(">II", length, protocol)) ^ 0xFFFF


def with_transport_checksum(packet, kind="right", protocol=17, extensions=0):
    """The UDP or TCP packet with its checksum: "right", or "left" to a network card. So many octets of extensions."""
    headers, data = packet[:40 + extensions], packet[40 + extensions:]
    place = {17: 6, 6: 16}[protocol]
    length = struct.unpack(">H", data[4:6])[0] if protocol == 17 else len(data)
    value = pseudo_sum(packet, protocol, length)
    if kind == "right":
        blank = data[:place] + b"\0\0" + data[place + 2:length]
        value = checksum(blank + b"\0" * (length % 2) + struct.pack(">H", value))
        if value == 0 and protocol == 17:
            value = 0xFFFF
    return headers + data[:place] + struct.pack(">H", value) + data[place + 2:]


def icmpv6(source, to, kind, code, word, data, ttl=64):
    """An ICMPv6 message: type, code, checksum, one word, data (RFC 4443 section 2.1)."""
    message = struct.pack(">BBHI", kind, code, 0, word) + data
    packet = ipv6(source, to, ttl=ttl, protocol=ICMPV6, data=message)
    packet = b"\x60\0\0\0" + packet[4:]
    value = checksum(message + b"\0" * (len(message) % 2) + struct.pack(">H", pseudo_sum(packet, ICMPV6, len(message))))
    return packet[:42] + struct.pack(">H", value) + packet[44:]


def error(source, kind, code, word, about):
    """The error about a packet: with as much of it as goes into the smallest MTU (RFC 4443 section 2.4 (c))."""
    return icmpv6(source, source_of(about), kind, code, word, about[:MOST_OF_AN_ERROR - 48])


def next_hop_copy(packet):
    assert packet[7] >= 2
    return packet[:7] + bytes([packet[7] - 1]) + packet[8:]


def fragments(packet, mtu):
    """No router makes any (RFC 8200 section 5)."""
    assert len(packet) <= mtu
    return [packet]


def group_mac(packet):
    """RFC 2464 section 7: 33-33 and the low 32 bits of the group."""
    return b"\x33\x33" + packet[36:40]
