"""Cases of what only IPv6 has: its header, its scopes and zones, and both families in one burst."""

from .case import case
from .cases_headers import BROADCAST, G, S, one_stream
from .families import Ipv6
from .ipv6 import hop_by_hop, icmpv6, ipv6
from .packets import ANOTHER, SENDER_MAC, ethernet, ipv4

S6 = "2001:db8::1"
ANY = ("*", "ff00::/8")
IPV6 = (Ipv6,)


def all_groups(c):
    """up0 and two receivers, and everything that is no source-specific stream to both."""
    up, *down = c.standard()
    c.mroute(up, down, "ff00::/8")
    return up, down


@case("rule-01-ipv6-frame-truncated", [1], "RFC 8200 section 3", IPV6)
def truncated(c):
    """Frames that end inside their Ethernet header, their tag or the IPv6 header."""
    up, down = one_stream(c)
    packet = c.ip(S, G)
    for size in (1, 13, 14, 33, 34, 53):
        c.send_frame("up0", c.frame(up, packet)[:size], drop="frame_truncated")
    for size in (14, 17, 18, 57):
        c.send_frame("up0", c.frame(up, packet, tags=[0])[:size], drop="frame_truncated")
    c.send(up, c.ip(S, G, data=b"", protocol=59), down)
    c.send(up, c.ip(S, G, data=b"", protocol=59), down, tags=[0])


@case("rule-01-ipv6-version", [1], "RFC 8200 section 3", IPV6)
def version(c):
    """Versions other than 6 after the IPv6 ethertype."""
    up, down = one_stream(c)
    for number in (0, 4, 5, 7, 14, 15):
        c.send(up, c.ip(S, G, version=number), drop="ip_version", family=Ipv6)
    c.send(up, c.ip(S, G, seed=1), down)


@case("rule-01-ipv6-payload-length", [1], "RFC 8200 section 3, RFC 2675", IPV6)
def payload_length(c):
    """Payload lengths above what the frame holds; below it, what is left is padding. A jumbogram is dropped."""
    up, down = one_stream(c)
    packet = c.ip(S, G)
    for length in (len(packet) - 39, 0x8000, 0xFFFF):
        c.send(up, c.ip(S, G, payload_length=length), drop="ip_total_length")
    for length in (len(packet) - 41, 1, 0):
        shorter = c.ip(S, G, payload_length=length)
        c.send_frame("up0", c.frame(up, shorter), shorter[:40 + length], down)
    jumbo = b"\xc2\x04" + (0x10000).to_bytes(4, "big")
    for options in (jumbo, b""):
        c.send(up, c.ip(S, G, extensions=[hop_by_hop(options)], payload_length=0), drop="ip_total_length")


@case("rule-15-ipv6-sources", [15], "RFC 4291 section 2.5, RFC 4007 section 9", IPV6)
def sources(c):
    """Multicast, ::/96 and ::ffff:0:0/96 are no host's, and fe80::/10 never leaves its link; their neighbours may."""
    up, down = all_groups(c)
    c.rib_routes.append(("::/0", up))
    for source in ("::", "::1", "::10.0.0.1", "::255.255.255.255", "::ffff:0.0.0.0", "::ffff:10.0.0.1",
                   "::ffff:255.255.255.255", "ff00::", "ff02::1", "ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"):
        c.send(up, ipv6(source, "ff0e::1"), drop="source_invalid")
    for source in ("fe80::", "fe80::1", "fe80:0:0:1::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"):
        for group in ("ff0e::1", "ff05::1"):
            c.send(up, ipv6(source, group), drop="source_link_local")
        c.send(up, ipv6(source, "ff02::5"), drop="no_consumer")
    # Duplicate address detection; and what breaks several rules ends for the first.
    c.send(up, icmpv6("::", "ff02::1:ff00:1", 135, 0, 0, b"\0" * 16, ttl=255), drop="no_consumer")
    c.send(up, ipv6("::1", "ff00::1"), drop="scope_reserved")
    c.send(up, ipv6("fe80::1", "ff00::1"), drop="scope_reserved")
    c.send(up, ipv6("fe80::1", "ff01::1"), drop="link_local_group")
    for source in ("::1:0:0", "::fffe:10.0.0.1", "::1:ffff:10.0.0.1", "1::", "64:ff9b::10.0.0.1", "fe7f:ffff::1",
                   "fec0::", "fec0::1", "feff::1", "fc00::1", "100::1"):
        c.send(up, ipv6(source, "ff0e::1"), down, stream=ANY)


@case("rule-11-ipv6-unicast", [11], "RFC 6085, RFC 1812 section 5.3.4", IPV6)
def unicast(c):
    """Unicast in a frame to many is never forwarded; frames for another station are nobody's business, whatever is in.

    In a frame to all, or to the port, it is for the router itself. The frame's address is not compared with the group;
    the port's own is accepted.
    """
    up, down = one_stream(c)
    for destination in (b"\x33\x33\0\0\0\1", b"\x01\0\x5e\1\1\1", BROADCAST):
        for to in ("2001:db8::254", "2001:db8:1::1", "fe80::1", "::", "::1", "feff::"):
            reason = "no_consumer" if destination == BROADCAST else "unicast_in_multicast_frame"
            c.send(up, ipv6(S6, to), drop=reason, destination=destination)
        c.send(up, c.ip(S, G), down, destination=destination)
    for to in ("2001:db8::254", "2001:db8:1::1", "::"):
        c.send(up, ipv6(S6, to), drop="no_consumer", destination=up.mac)
    c.send(up, c.ip(S, G), down, destination=up.mac)
    report = icmpv6(S6, "ff02::16", 143, 0, 0, b"", ttl=1)
    for packet in (c.ip(S, G), c.ip(S, G, ttl=1), ipv6("::", "ff02::1"), report, ipv6(S6, "2001:db8::254"),
                   c.ip(S, G, version=4), c.ip(S, G, payload_length=1000), c.ip(S, G)[:39]):
        for destination in (ANOTHER, down[0].mac):
            c.send(up, packet, drop="not_for_us", destination=destination, family=Ipv6)


@case("rule-12-ipv6-egress-mac", [12], "RFC 2464 section 7", IPV6)
def egress_mac(c):
    """Copies go to 33-33 and the low 32 bits of the group, whatever the frame came to."""
    up, dn1, dn2 = c.standard()
    groups = {"ff3e::1:2:304": [dn1], "ff3e::9:2:304": [dn2], "ff3e::ffff:ffff": [dn1, dn2], "ff3e::8000:0": [dn1]}
    for group, oifs in groups.items():
        c.mroute(up, oifs, group, source=S6)
    for seed, (group, oifs) in enumerate(groups.items()):
        c.send(up, ipv6(S6, group, seed=seed), oifs)
        c.send(up, ipv6(S6, group, seed=seed), oifs, destination=b"\x33\x33\x12\x34\x56\x78")


@case("rule-13-ipv6-source-specific-range", [13], "RFC 4607 section 1, RFC 3306 section 6", IPV6)
def source_specific_range(c):
    """ff3x::/32 is source-specific, with network prefixes that are not zero; with a prefix length it lies outside."""
    up, down = all_groups(c)
    for group in ("ff33::1", "ff35::8000:0", "ff3e::1", "ff3e:0:2001:db8::1", "ff3f:0:ffff:ffff:ffff:ffff:ffff:ffff"):
        c.made(S6, group, up)
        c.send(up, ipv6(S6, group), drop="source_specific_unwanted")
    c.punts = {"no_entry": 5}
    for group in ("ff3e:1::1", "ff3e:40:2001:db8::1", "ff3e:100::1", "ff2e::1", "ff7e::1", "ffbe::1", "ff1e::1"):
        c.send(up, ipv6(S6, group), down, stream=ANY)


@case("rule-14-scopes", [14], "RFC 4291 section 2.7", IPV6)
def scopes(c):
    """The low nibble is the scope, whatever the flags: 0 and 1 end here, 2 is for routers of the link, 15 is as 14."""
    up, down = all_groups(c)
    for scope in range(16):
        for flags in (0, 1, 3, 7):
            packet = ipv6(S6, f"ff{flags:x}{scope:x}:9::1")
            if scope == 0:
                c.send(up, packet, drop="scope_reserved")
            elif scope < 3:
                c.send(up, packet, drop="link_local_group" if scope == 1 else "no_consumer")
            else:
                c.send(up, packet, down, stream=ANY)
    for ttl in (0, 1, 255):
        c.send(up, ipv6(S6, "ff02::5", ttl=ttl), drop="no_consumer")


@case("rule-16-scope-boundary", [16], "RFC 4007 sections 5 and 9, RFC 7346", IPV6)
def scope_boundary(c):
    """At the border of zones up to a scope no group of this scope or a narrower one enters or leaves.

    An address boundary of the same interface counts beside it.
    """
    up = c.port("up0", addresses=["10.0.0.254/24"], scope_boundary=4)
    plain = c.port("dn1", addresses=["10.1.0.254/24"])
    site = c.port("dn2", scope_boundary=5, boundary=["ff0e:1::/32"], addresses=["10.2.0.254/24"])
    widest = c.port("dn3", scope_boundary=13, addresses=["10.3.0.254/24"])
    c.mroute(up, [plain, site, widest], "ff00::/8")
    for flags in (0, 1, 7):
        for scope in (3, 4):
            c.send(up, ipv6(S6, f"ff{flags:x}{scope:x}::1:1"), drop="scope_boundary_in", stream=ANY)
        c.send(up, ipv6(S6, f"ff{flags:x}5::1:1"), [plain], stream=ANY,
               lost={site: "scope_boundary_out", widest: "scope_boundary_out"})
        for scope in (6, 8, 13):
            c.send(up, ipv6(S6, f"ff{flags:x}{scope:x}::1:1"), [plain, site], lost={widest: "scope_boundary_out"},
                   stream=ANY)
        for scope in (14, 15):
            c.send(up, ipv6(S6, f"ff{flags:x}{scope:x}::1:1"), [plain, site, widest], stream=ANY)
    c.send(up, ipv6(S6, "ff0e:1:ffff::1"), [plain, widest], lost={site: "scope_boundary_out"}, stream=ANY)
    c.send(up, ipv6(S6, "ff0e:2::1"), [plain, site, widest], stream=ANY)


@case("rule-16-memberships", [16], "RFC 4007 section 9", IPV6)
def scope_memberships(c):
    """At the border of zones nobody becomes a member of a group of their scope or a narrower one."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    border = c.port("dn1", scope_boundary=5, owned=False)
    stopped, others = ["ff03::1:1", "ff15::1:1", "ff05:1:2::3"], ["ff06::1:1", "ff0e::1:1"]
    c.steps = [c.own(border)] + [c.join(group, border, refused=True) for group in stopped]
    c.steps += [c.join(group, border) for group in others] + ["send"]
    for group in stopped:
        c.made(S6, group, up)
        c.send(up, ipv6(S6, group), drop="no_receivers")
    for group in others:
        c.made(S6, group, up, [border])
        c.send(up, ipv6(S6, group), [border])
    c.punts = {"no_entry": len(stopped) + len(others)}


@case("rule-25-traffic-class", [25], "RFC 2474 section 3, RFC 6437", IPV6)
def traffic_class(c):
    """Traffic class and flow label leave as they came."""
    up, down = one_stream(c)
    c.bursts = [64]
    for value in range(256):
        c.send(up, c.ip(S, G, traffic_class=value, seed=value * 0x10F1), down)


@case("mixed-families", [29], "RFC 3918 section 3")
def mixed_families(c):
    """Packets of both families in one burst, in many orders, with tags and losses between: each stream keeps its own.

    A burst begins with each family, has runs of each, and has them alternate.
    """
    both = {n: ["2001:db8:%d::254/64" % n if n else "2001:db8::254/64"] for n in range(3)}
    up = c.port("up0", addresses=["10.0.0.254/24", *both[0]])
    dn1 = c.port("dn1", addresses=["10.1.0.254/24", *both[1]])
    dn2 = c.port("dn2", addresses=["10.2.0.254/24", *both[2]], threshold=32)
    tagged = c.vlan(up, 7, addresses=["10.7.0.254/24", "2001:db8:7::254/64"])
    streams = [("232.1.1.1", "10.0.0.1", "10.7.0.1", ipv4), ("ff3e::1:1:1", S6, "2001:db8:7::1", ipv6)]
    for group, source, behind, _ in streams:
        c.mroute(up, [dn1, dn2], group, source=source)
        c.mroute(tagged, [dn2], group, source=behind)
    c.bursts = [64]
    for pattern in range(0, 64, 3):
        for place in range(64):
            family = pattern >> place % 6 & 1
            group, source, behind, make = streams[family]
            kind = (place * 5 + pattern) % 16
            seed = pattern * 64 + place
            if kind == 3:
                c.send(tagged, make(behind, group, seed=seed), [dn2], priority=place % 8)
            elif kind == 7:
                c.send(up, make(source, group, seed=seed, ttl=1), drop="ttl_expired")
            elif kind == 9:
                c.send(dn1, make(source, group, seed=seed), drop="wrong_interface")
            elif kind == 11:
                c.send(up, make(source, group, seed=seed, ttl=32), [dn1], lost={dn2: "ttl_threshold"})
            elif kind == 13:
                frame = ethernet(c.frame(up, make(source, group))[:6], SENDER_MAC, b"\0" * 46, ethertype=0x0806)
                c.send_frame("up0", frame, drop="no_consumer")
            else:
                c.send(up, make(source, group, seed=seed, size=8 + seed % 50), [dn1, dn2])
