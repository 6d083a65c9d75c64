"""Cases of the one thing that is mended in a packet: UDP and TCP checksums that a local sender has left to a card."""

import struct

from . import ipv6 as v6
from .case import case
from .cases_headers import S
from .families import Ipv6
from .ipv6 import destination, fragment, hop_by_hop, padn, router_alert, routing
from .packets import ipv4, with_transport_checksum

G = "239.1.1.1"


def udp(size, seed=0, length=None, tail=b"", **header):
    """A UDP packet of `size` octets with its header, its checksum at zero; `tail` stands after the datagram."""
    body = bytes((seed * 37 + i * 11) & 255 for i in range(size - 8))
    data = struct.pack(">4H", 5000, 5001, size if length is None else length, 0) + body + tail
    return ipv4(S, G, seed=seed, data=data, **header)


def tcp(size, seed=0, **header):
    body = bytes((seed * 41 + i * 7) & 255 for i in range(size - 20))
    data = struct.pack(">HHIIBBHHH", 5000, 5001, seed, 0, 0x50, 0x10, 1000, 0, 0) + body
    return ipv4(S, G, seed=seed, protocol=6, data=data, **header)


def whose_checksum_is_zero():
    """A UDP packet whose sum would be written as zero, which says that there is none."""
    for word in range(0x10000):
        packet = udp(18)[:-2] + struct.pack(">H", word)
        if with_transport_checksum(packet)[26:28] == b"\xff\xff":
            return packet
    raise AssertionError


def unfinished(c, **up_options):
    up = c.port("up0", addresses=["10.0.0.254/24"], complete_checksums=True)
    whole, pieces = c.port("dn1"), c.port("dn2", mtu=100)
    tagged = c.vlan(up, 7, addresses=["10.7.0.254/24"])
    wired = c.port("up1", addresses=["10.9.0.254/24"])
    down = [whole, pieces]
    for iif, source in ((up, S), (tagged, "10.7.0.1"), (wired, "10.9.0.1")):
        c.mroute(iif, down, G, source=source)

    def from_(packet, source):
        packet = packet[:12] + bytes(int(octet) for octet in source.split(".")) + packet[16:]
        size = (packet[0] & 15) * 4
        return ipv4(source, G, seed=packet[5], data=packet[size:], options=packet[20:size], protocol=packet[9])

    # Left to a card: with and without options, of odd and even lengths, in one piece or in several for dn2.
    for seed, size in enumerate((8, 9, 10, 33, 72, 73, 74, 300, 301, 1471, 1472)):
        for options in (b"", b"\x82\x04\1\2"):
            packet = udp(min(size, 1472 - len(options)), seed, options=options)
            c.send(up, with_transport_checksum(packet, "left"), down, completed=with_transport_checksum(packet))
    for seed, size in enumerate((20, 21, 80, 81, 1460)):
        c.send(up, with_transport_checksum(tcp(size, seed), "left"), down,
               completed=with_transport_checksum(tcp(size, seed)))
    zero = whose_checksum_is_zero()
    c.send(up, with_transport_checksum(zero, "left"), down, completed=with_transport_checksum(zero))
    behind = udp(40, tail=b"behind the datagram")
    c.send(up, with_transport_checksum(behind, "left"), down, completed=with_transport_checksum(behind))
    short = udp(9, 3)
    c.send(up, with_transport_checksum(short, "left"), down, completed=with_transport_checksum(short), least=60)
    # A VLAN of the port.
    packet = from_(udp(50), "10.7.0.1")
    c.send(tagged, with_transport_checksum(packet, "left"), down, completed=with_transport_checksum(packet))

    # Anything else is left as it is: right sums, wrong ones, none at all.
    for packet in (udp(60), udp(61), tcp(70), zero):
        c.send(up, with_transport_checksum(packet), down)
        c.send(up, packet[:-1] + bytes([packet[-1] ^ 1]), down)
        right = with_transport_checksum(packet)
        c.send(up, right[:-1] + bytes([right[-1] ^ 1]), down)
    # Fragments, whatever stands where the sum would be.
    for mf, offset in ((True, 0), (True, 1480), (False, 1480)):
        c.send(up, with_transport_checksum(udp(72, mf=mf, offset=offset), "left"), down)
    # Headers that do not hold together.
    for length in (0, 7, 61):
        c.send(up, with_transport_checksum(udp(60, length=length), "left"), down)
    c.send(up, ipv4(S, G, data=b"\0" * 7), down)
    c.send(up, ipv4(S, G, data=b"\0" * 19, protocol=6), down)
    # Another protocol, whose octets look the same.
    other = with_transport_checksum(udp(60), "left")
    c.send(up, ipv4(S, G, data=other[20:], protocol=136), down)
    # Another port, which is no virtual device.
    for packet in (from_(udp(60), "10.9.0.1"), from_(tcp(60), "10.9.0.1")):
        c.send(wired, with_transport_checksum(packet, "left"), down)


@case("rule-28-unfinished-checksums", [28], "RFC 768")
def unfinished_checksums(c):
    """UDP and TCP sums that a local sender left to a card are completed where the port says so, and nothing else is.

    Before fragmenting, over the whole packet; a sum of zero is written as ffff for UDP.
    """
    unfinished(c)


@case("rule-28-unfinished-checksums-in-segments", [28], "RFC 768")
def unfinished_checksums_in_segments(c):
    """The same where headers, sums and octets stand in several segments, of odd lengths, and payloads are shared."""
    c.settings["segments"] = [41, 1, 3, 20, 1, 7]
    c.dataplane["share_above"] = 60
    unfinished(c)


@case("rule-28-checksums-untouched", [28])
def checksums_untouched(c):
    """Where the key says false, and on devices that are not virtual, no octet after the IP header changes."""
    up = c.port("up0", addresses=["10.0.0.254/24"], complete_checksums=False)
    dn1, dn2 = c.port("dn1"), c.port("dn2", mtu=100)
    c.mroute(up, [dn1, dn2], G, source=S)
    for packet in (udp(60), udp(1472), tcp(60)):
        for kind in ("left", "right"):
            c.send(up, with_transport_checksum(packet, kind), [dn1, dn2])
        c.send(up, packet, [dn1, dn2])


def unfinished_ipv6(c):
    up = c.port("up0", addresses=["10.0.0.254/24"], complete_checksums=True)
    wired = c.port("up1", addresses=["10.9.0.254/24"])
    down = [c.port("dn1"), c.port("dn2")]
    c.mroute(up, down, G, source=S)
    c.mroute(wired, down, G, source="10.9.0.1")

    def udp(size, seed=0, source=S, extensions=()):
        body = bytes((seed * 37 + i * 11) & 255 for i in range(size - 8))
        return c.ip(source, G, seed=seed, extensions=extensions, data=struct.pack(">4H", 5000, 5001, size, 0) + body)

    def left_and_right(packet, **how):
        return [v6.with_transport_checksum(packet, kind, **how) for kind in ("left", "right")]

    for seed, size in enumerate((8, 9, 10, 33, 300, 301, 1459, 1460)):
        left, right = left_and_right(udp(size, seed))
        c.send(up, left, down, completed=right)
    for seed, size in enumerate((20, 21, 81, 1460)):
        data = struct.pack(">HHIIBBHHH", 5000, 5001, seed, 0, 0x50, 0x10, 1000, 0, 0) + bytes(range(size - 20 & 127))
        left, right = left_and_right(c.ip(S, G, seed=seed, protocol=6, data=data), protocol=6)
        c.send(up, left, down, completed=right)
    # Behind headers that do not say where else the packet goes; in a frame with padding.
    for extensions in ([hop_by_hop(router_alert(1))], [destination()], [hop_by_hop(), destination(padn(12))]):
        octets = sum(1 + len(body) for _, body in extensions)
        left, right = left_and_right(udp(61, 5, extensions=extensions), extensions=octets)
        c.send(up, left, down, completed=right)
    left, right = left_and_right(udp(9, 3))
    c.send(up, left, down, completed=right, least=90)

    # Anything else is left as it is: right sums, wrong ones, none at all; a routing header, fragments, other ports.
    for packet in (udp(60), udp(61)):
        left, right = left_and_right(packet)
        c.send(up, right, down)
        c.send(up, packet[:-1] + bytes([packet[-1] ^ 1]), down)
        c.send(up, right[:-1] + bytes([right[-1] ^ 1]), down)
    for extensions in ([routing()], [fragment(0, True)], [fragment(1480, False)], [hop_by_hop(), fragment(0, True)]):
        octets = sum(1 + len(body) for _, body in extensions)
        c.send(up, left_and_right(udp(62, extensions=extensions), extensions=octets)[0], down)
    c.send(up, c.ip(S, G, data=b"\0" * 7), down)
    c.send(wired, left_and_right(udp(60, source="10.9.0.1"))[0], down)


@case("rule-28-ipv6-unfinished-checksums", [28], "RFC 8200 section 8.1", (Ipv6,))
def unfinished_ipv6_checksums(c):
    """The same of IPv6, behind extension headers too, but for a routing header, which changes the pseudo-header."""
    unfinished_ipv6(c)


@case("rule-28-ipv6-unfinished-checksums-in-segments", [28], "RFC 8200 section 8.1", (Ipv6,))
def unfinished_ipv6_checksums_in_segments(c):
    """The same where headers, sums and octets stand in several segments, of odd lengths, and payloads are shared."""
    c.settings["segments"] = [61, 1, 3, 20, 1, 7]
    c.dataplane["share_above"] = 60
    unfinished_ipv6(c)
