"""Cases of what is looked at before any stream: frames, IPv4 headers, addresses."""

from .case import case
from .families import BOTH, Ipv4
from .packets import ANOTHER, ethernet, group_mac, ipv4, SENDER_MAC, with_checksum

S, G = "10.0.0.1", "232.1.1.1"
BROADCAST = b"\xff" * 6
ROUTER_ALERT = b"\x94\x04\0\0"


def one_stream(c, receivers=2, **options):
    """up0 and receivers, and the stream (S,G) to all of these."""
    up, *down = c.standard(receivers, **options)
    c.mroute(up, down, G, source=S)
    return up, down


@case("rule-01-frame-truncated", [1], "RFC 1812 section 5.2.2")
def truncated(c):
    """Frames that end inside their Ethernet header, their tag or the smallest IPv4 header."""
    up, down = one_stream(c)
    frame = c.frame(up, ipv4(S, G))
    for size in (0, 1, 13, 14, 33):
        # A device hands no empty frame over; the shortest is one octet.
        c.send_frame("up0", frame[:max(size, 1)], drop="frame_truncated")
    tagged = ethernet(group_mac(ipv4(S, G)), SENDER_MAC, ipv4(S, G), tags=[7])
    for size in (14, 17):
        c.send_frame("up0", tagged[:size], drop="frame_truncated")
    c.send(up, ipv4(S, G, seed=1), down)


@case("rule-01-ip-version", [1], "RFC 1812 section 5.2.2")
def version(c):
    """Versions other than 4 after the IPv4 ethertype, with a checksum that would be right."""
    up, down = one_stream(c)
    for number in (0, 5, 6, 15):
        c.send(up, ipv4(S, G, version=number), drop="ip_version", family=Ipv4)
    c.send(up, ipv4(S, G, seed=1), down)


@case("rule-01-ip-header-length", [1], "RFC 1812 section 5.2.2")
def header_length(c):
    """Header lengths of 0 to 4 words."""
    up, down = one_stream(c)
    for words in range(5):
        c.send(up, ipv4(S, G, header_words=words), drop="ip_header_length")
    c.send(up, ipv4(S, G, seed=1), down)


@case("rule-01-ip-total-length", [1], "RFC 1812 section 5.2.2")
def total_length(c):
    """Total lengths below the header's, or above what the frame holds; shorter than the frame is padding.

    So are fragments that end after the 65,535 octets that a datagram can have.
    """
    up, down = one_stream(c)
    packet = ipv4(S, G)
    for length in (0, 19, len(packet) + 1, 0xFFFF):
        c.send(up, ipv4(S, G, total_length=length), drop="ip_total_length")
    c.send(up, ipv4(S, G, header_words=15), drop="ip_total_length")
    c.send(up, ipv4(S, G, options=b"\1" * 40, data=b"", total_length=59), drop="ip_total_length")
    c.send(up, ipv4(S, G, size=8, offset=65528), drop="ip_total_length")
    c.send(up, ipv4(S, G, size=1000, offset=64600, mf=True), drop="ip_total_length")
    c.send(up, ipv4(S, G, options=b"\1" * 40, data=b""), down)
    c.send(up, ipv4(S, G, data=b""), down)


@case("rule-01-ip-checksum", [1], "RFC 1812 section 5.2.2")
def bad_checksum(c):
    """Checksums that are wrong in any one bit, options included; it cannot be switched off."""
    up, down = one_stream(c)
    for bit in range(16):
        c.send(up, ipv4(S, G, bad_checksum=1 << bit), drop="ip_checksum")
    c.send(up, ipv4(S, G, bad_checksum=0xFFFF), drop="ip_checksum")
    packet = bytearray(ipv4(S, G, options=b"\x1e\x04\1\2\x1e\x04\3\4"))
    packet[27] ^= 1
    c.send(up, bytes(packet), drop="ip_checksum")
    packet[27] ^= 1
    c.send(up, bytes(packet), down)


@case("rule-01-padding", [1], "RFC 1812 section 5.2.2", families=BOTH)
def padding(c):
    """What stands in a frame after the IP packet is left behind."""
    up, down = one_stream(c)
    for size in range(0, 27):
        c.send(up, c.ip(S, G, size=size, seed=size), down, least=60)
    c.send(up, c.ip(S, G, size=100), down, least=1514)


@case("rule-02-link-local-group", [2], "RFC 5771 section 4", families=BOTH)
def link_local(c):
    """224.0.0.0/24 is never forwarded, whatever the TTL and although an entry covers it; 224.0.1.0 is."""
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], "224.0.0.0/4")
    for group in ("224.0.0.0", "224.0.0.1", "224.0.0.5", "224.0.0.251", "224.0.0.255"):
        for ttl in (1, 64, 255):
            c.send(up, c.ip(S, group, ttl=ttl), drop="no_consumer")
    for group in ("224.0.1.0", "225.0.0.1"):
        c.send(up, c.ip(S, group), [dn1, dn2], stream=("*", "224.0.0.0/4"))


@case("rule-21-igmp", [21], "RFC 3376 section 4")
def igmp(c):
    """IGMP is never forwarded: whatever its version, kind, group, TTL, options and source, whole or in fragments.

    Old and broken hosts leave the router alert out, or send with more than TTL 1. Other protocols' packets to the same
    groups are data.
    """
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], "224.0.0.0/4")
    c.mroute(up, [dn1], "232.1.1.1", source=S)
    idle = c.port("idle", owned=False)
    stream = ("*", "224.0.0.0/4")
    for group in ("239.1.1.1", "232.1.1.1", "224.0.1.0", "224.0.0.22", "224.0.0.1"):
        for kind in (0x11, 0x12, 0x16, 0x17, 0x22):
            message = bytes([kind, 0, 0, 0]) + bytes(int(octet) for octet in group.split("."))
            for options in (b"", ROUTER_ALERT, b"\1\1\1\1"):
                for ttl in (1, 2, 64):
                    c.send(up, ipv4(S, group, ttl=ttl, options=options, protocol=2, data=message), drop="no_consumer")
    for source in ("0.0.0.0", "172.16.0.1"):
        c.send(up, ipv4(source, "239.1.1.1", protocol=2), drop="no_consumer")
    c.send(up, ipv4(S, "10.0.0.254", protocol=2), drop="no_consumer", destination=up.mac)
    for group in ("239.1.1.1", "232.1.1.1", "224.0.0.22"):
        for place in ({"mf": True}, {"mf": True, "offset": 16}, {"offset": 1480}):
            for options in (b"", ROUTER_ALERT):
                c.send(up, ipv4(S, group, protocol=2, options=options, size=16, **place), drop="no_consumer")
    c.send(idle, ipv4("10.9.0.1", "239.1.1.1", protocol=2, offset=1480), drop="no_consumer")
    c.send(idle, ipv4("10.9.0.1", "239.1.1.1", protocol=2), drop="no_consumer")
    for protocol in (1, 3, 17):
        c.send(up, ipv4(S, "239.1.1.1", protocol=protocol), [dn1, dn2], stream=stream)
        c.send(up, ipv4(S, "232.1.1.1", protocol=protocol), [dn1])


@case("rule-10-source-invalid", [10], "RFC 1812 section 5.3.7")
def source_invalid(c):
    """Sources that can be no host's: 0/8, 127/8, multicast, class E, broadcast; and their neighbours that can."""
    up, dn1, dn2 = c.standard()
    c.rib_routes.append(("0.0.0.0/0", up))
    c.mroute(up, [dn1, dn2], "239.0.0.0/8")
    for source in ("0.0.0.0", "0.0.0.1", "0.255.255.255", "127.0.0.1", "127.255.255.255", "224.0.0.1", "232.1.1.1",
                   "239.255.255.255", "240.0.0.1", "255.255.255.255"):
        c.send(up, ipv4(source, "239.1.1.1"), drop="source_invalid")
    for source in ("1.0.0.0", "126.255.255.255", "128.0.0.0", "223.255.255.255"):
        c.send(up, ipv4(source, "239.1.1.1"), [dn1, dn2], stream=("*", "239.0.0.0/8"))


@case("rule-11-unicast-in-multicast-frame", [11], "RFC 1812 section 5.3.4")
def unicast_in_multicast_frame(c):
    """Unicast IP in a link-layer multicast or broadcast must not be forwarded; multicast IP in a broadcast may.

    In a broadcast it is for the router itself, as answers to BOOTP are. Frames for another station are nobody's
    business, whatever is in.
    """
    up, down = one_stream(c)
    unicast = ipv4(S, "10.1.0.1")
    c.send(up, unicast, drop="unicast_in_multicast_frame", destination=group_mac(ipv4(S, G)))
    for packet in (unicast, ipv4("0.0.0.0", "255.255.255.255")):
        c.send(up, packet, drop="no_consumer", destination=BROADCAST)
    c.send(up, ipv4(S, G), down, destination=BROADCAST)
    for packet in (ipv4(S, G), ipv4(S, G, ttl=1), ipv4("0.0.0.0", "224.0.0.1"), ipv4(S, "224.0.0.22", protocol=2),
                   unicast, ipv4(S, G, version=6), ipv4(S, G)[:20]):
        for destination in (ANOTHER, down[0].mac):
            c.send(up, packet, drop="not_for_us", destination=destination, family=Ipv4)


@case("local-unicast", families=BOTH)
def local_unicast(c):
    """Unicast IP in a frame for the router is for the router, which a host behind it would take."""
    up, down = one_stream(c)
    idle = c.port("idle", owned=False)
    for destination in ("10.1.0.1", "10.0.0.254", "223.255.255.255", "240.0.0.1"):
        for interface in (up, idle):
            c.send(interface, c.ip(S, destination), drop="no_consumer", destination=interface.mac)
    # A unicast frame that carries multicast IP is taken: the address of the frame is the sender's affair.
    c.send(up, c.ip(S, G), down, destination=up.mac)


@case("local-pim", families=BOTH)
def local_pim(c):
    """PIM is for the router, whatever it is sent to, whoever owns the interface; its neighbours by number are data."""
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], "224.0.0.0/4")
    idle = c.port("idle", owned=False)
    for interface in (up, idle):
        for group in ("224.0.0.13", "224.0.1.0", "239.1.1.1", "232.1.1.1"):
            for ttl in (1, 64):
                c.send(interface, c.ip(S, group, ttl=ttl, protocol=103), drop="no_consumer")
        c.send(interface, c.ip(S, "10.1.0.1", protocol=103), drop="no_consumer", destination=interface.mac)
    for protocol in (39, 102, 104, 231):
        c.send(up, c.ip(S, "239.1.1.1", protocol=protocol), [dn1, dn2], stream=("*", "224.0.0.0/4"))


@case("unsupported-ethertype")
def unsupported_ethertype(c):
    """Neither IP nor one VLAN tag before IP: two tags, provider tags, lengths; and IPv4 in what is called IPv6.

    ARP is for the router itself.
    """
    up, down = one_stream(c)
    packet = ipv4(S, G)
    mac = group_mac(packet)
    c.send_frame("up0", ethernet(BROADCAST, SENDER_MAC, packet, ethertype=0x0806), drop="no_consumer")
    for ethertype in (0x88A8, 0x9100, 46):
        c.send_frame("up0", ethernet(mac, SENDER_MAC, packet, ethertype=ethertype), drop="unsupported_ethertype")
    c.send_frame("up0", ethernet(mac, SENDER_MAC, packet, ethertype=0x86DD), drop="ip_version")
    c.send_frame("up0", ethernet(mac, SENDER_MAC, packet, tags=[7, 8]), drop="unsupported_ethertype")
    c.send(up, packet, down)


@case("vlan-unknown", families=BOTH)
def vlan_unknown(c):
    """Tags for which the port has no interface; a priority tag (VLAN 0) is untagged."""
    up, down = one_stream(c)
    tagged = c.vlan(up, 7, addresses=["10.7.0.254/24"])
    c.mroute(tagged, down, G, source="10.7.0.1")
    for vlan in (1, 6, 8, 4094, 4095):
        packet = c.ip("10.7.0.1", G, seed=vlan)
        c.send(up, packet, drop="unknown_vlan", tags=[vlan])
    # On a port without VLANs every tag but 0 is unknown.
    c.send(down[0], c.ip(S, G), drop="unknown_vlan", tags=[7])
    packet = c.ip(S, G, seed=1)
    c.send(up, packet, down, tags=[5 << 13])
    c.send(tagged, c.ip("10.7.0.1", G, seed=2), down)


@case("rule-06-checksum", [6], "RFC 1624 section 3")
def checksum(c):
    """The updated checksum is right for every value it can have, those included for which the form of RFC 1141 is not.

    Identifications are chosen so that the checksum as received runs over all places where the update carries.
    """
    up, down = one_stream(c, receivers=1)
    at_zero = ipv4(S, G, ident=0)
    base = int.from_bytes(at_zero[10:12], "big")
    wanted = [0x0000, 0x0001, 0x00FF, 0x0100, 0x7FFF, 0xFDFF, 0xFE00, 0xFEFD, 0xFEFE, 0xFEFF, 0xFF00, 0xFF01, 0xFFFE]
    for value in wanted:
        # In one's complement arithmetic the identification takes away from the checksum what it adds to the sum.
        ident = (base - value) % 0xFFFF
        packet = ipv4(S, G, ident=ident)
        assert int.from_bytes(packet[10:12], "big") == value, (hex(value), packet[10:12].hex())
        c.send(up, packet, down)
    # A sender may write the other zero: 0xFFFF verifies where 0x0000 is meant.
    packet = ipv4(S, G, ident=(base - 0) % 0xFFFF)
    other_zero = packet[:10] + b"\xff\xff" + packet[12:]
    assert with_checksum(other_zero) == packet
    c.send(up, other_zero, down)
