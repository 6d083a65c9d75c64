"""Cases of IPv6 extension headers, of what stands behind them, and of the ICMPv6 errors that a router owes."""

from .case import case
from .cases_headers import G, S, one_stream
from .families import Ipv6
from .ipv6 import (ICMPV6, NO_NEXT_HEADER, PACKET_TOO_BIG, PAD1, PARAMETER_PROBLEM, destination, fragment, hop_by_hop,
                   icmpv6, ipv6, padn, router_alert, routing)

S6 = "2001:db8::1"
IPV6 = (Ipv6,)
MLD, RSVP, ACTIVE = (router_alert(value) for value in range(3))
# Of each class, by the two high bits of the type, with and without data.
PASS_OVER, DISCARD, DISCARD_AND_SAY_SO, DISCARD_QUIETLY = b"\x1e\x00", b"\x5e\x00", b"\x9e\x00", b"\xde\x00"
UNKNOWN_OPTION = 2  # the code of a Parameter Problem
QUERY, REPORT_1, DONE, REPORT_2 = 130, 131, 132, 143


def with_header(c, *extensions, **fields):
    return c.ip(S, G, extensions=extensions, **fields)


def walked(c):
    """Options that stop nothing, that are broken, and that ask for the packet's end."""
    up, down = one_stream(c, mtu=9000)
    for seed, options in enumerate([b"", PAD1 * 6, padn(6), MLD, RSVP, ACTIVE, router_alert(0xFFFF), RSVP + MLD,
                                    PAD1 + RSVP, PAD1 * 5 + RSVP, padn(2) + RSVP, padn(9) + PAD1 + RSVP,
                                    padn(257) + RSVP, PASS_OVER, b"\x3e\x05\1\2\3\4\5" + RSVP, PASS_OVER * 8,
                                    PASS_OVER * 7 + padn(2) * 9 + RSVP]):
        c.send(up, with_header(c, hop_by_hop(options), seed=seed), down)
    # Headers of the shortest, another and the greatest length; the last option stands at their end.
    for octets in (8, 16, 2048):
        c.send(up, with_header(c, hop_by_hop(octets=octets), size=18), down)
        for last, reason in ((DISCARD, "hbh_option"), (b"\x1e\x01", "hbh_malformed"), (b"\0\x1e", "hbh_malformed")):
            packet = with_header(c, hop_by_hop(PAD1 * (octets - 4) + last), size=18)
            c.send(up, packet, drop=reason)
    for options in (router_alert(0, 1), router_alert(0, 3), b"\x05\0", b"\x1e\x05\0\0", b"\x01\x05\0\0",
                    padn(5) + b"\x1e", RSVP + b"\x1e\xff", DISCARD[:1] + b"\x05\0\0"):
        c.send(up, with_header(c, hop_by_hop(options)), drop="hbh_malformed")
    for options in (DISCARD, DISCARD_QUIETLY, b"\x7f\x04\1\2\3\4", RSVP + DISCARD, PAD1 + DISCARD_QUIETLY,
                    PASS_OVER * 9, PASS_OVER * 8 + RSVP, b"\xc2\x04\0\1\0\0"):
        c.send(up, with_header(c, hop_by_hop(options)), drop="hbh_option")
    # Longer than the payload; cut short; a second one, which is no hop-by-hop header any more.
    for size in (0, 6):
        c.send(up, with_header(c, hop_by_hop(eights=size // 8 + 1), size=size), drop="hbh_malformed")
    c.send(up, c.ip(S, G, protocol=0, data=b"\x11\0\1\4"), drop="hbh_malformed")
    c.send(up, with_header(c, hop_by_hop(), hop_by_hop(DISCARD)), down)
    # Among the options of a packet for another group, or of one that ends for another reason first.
    c.send(up, ipv6(S6, "ff02::5", extensions=[hop_by_hop(DISCARD)]), drop="no_consumer")
    c.send(up, with_header(c, hop_by_hop(RSVP), ttl=1), drop="ttl_expired")


@case("rule-26-hop-by-hop", [26], "RFC 8200 sections 4.2 and 4.3, RFC 9673, RFC 8504 section 5.3, RFC 2711", IPV6)
def hop_by_hop_options(c):
    """Router alert and options to be passed over stop nothing; others end the packet, as their type says, silently.

    So do more than eight that are no padding, and options that do not fit into their header or packet.
    """
    walked(c)


@case("rule-26-hop-by-hop-in-segments", [26], "RFC 8200 section 4.3", IPV6)
def hop_by_hop_in_segments(c):
    """The same with segments that end in the IPv6 header and among the options."""
    c.settings["segments"] = [14, 13, 29, 1, 1, 5]
    walked(c)


@case("rule-26-hop-by-hop-single-octets", [26], "RFC 8200 section 4.3", IPV6)
def hop_by_hop_single_octets(c):
    """The same in segments of single octets."""
    c.settings["segments"] = [1] * 80
    walked(c)


@case("rule-26-hop-by-hop-passed-over", [26], "RFC 9673 section 5.2", IPV6)
def hop_by_hop_passed_over(c):
    """Where the configuration says so unknown options stop nothing and owe no answer, whatever their type says.

    What does not hold together ends all the same, and so do more than eight.
    """
    c.control["hbh_unknown"] = "ignore"
    up, down = one_stream(c)
    for seed, options in enumerate([PASS_OVER, DISCARD, DISCARD_AND_SAY_SO, DISCARD_QUIETLY, RSVP + DISCARD,
                                    padn(5) + DISCARD_AND_SAY_SO * 8]):
        c.send(up, with_header(c, hop_by_hop(options), seed=seed), down)
    for options in (router_alert(0, 1), DISCARD + b"\x1e\xff", DISCARD[:1] + b"\x05\0\0"):
        c.send(up, with_header(c, hop_by_hop(options)), drop="hbh_malformed")
    for options in (PASS_OVER * 9, DISCARD * 9, DISCARD_AND_SAY_SO * 9):
        c.send(up, with_header(c, hop_by_hop(options)), drop="hbh_option")


@case("rule-26-ipv6-extension-headers", [26, 27], "RFC 8200 section 4", IPV6)
def extension_headers(c):
    """Other extension headers are forwarded as they are, those included that make no sense; so are fragments."""
    up, down = one_stream(c)
    unknown = destination(DISCARD)
    for seed, extensions in enumerate([
            [unknown], [destination()], [routing()], [fragment(0, True)], [fragment(1480, True)],
            [fragment(64000, False)],
            [hop_by_hop(RSVP), unknown, routing(), fragment(0, True)], [unknown] * 12, [fragment(0, True)] * 3,
            [fragment(8, True), unknown], [destination(b"\x1e\xff")], [(139, b"\0" * 7)]]):
        c.send(up, with_header(c, *extensions, seed=seed), down)
    for protocol in (NO_NEXT_HEADER, 50, 51, 6, 113, 46, 253, 255):
        c.send(up, c.ip(S, G, protocol=protocol, seed=protocol), down)
    for protocol in (43, 44, 60, ICMPV6):
        for size in (0, 1, 7):
            c.send(up, c.ip(S, G, protocol=protocol, data=b"\x3a" * size), down)
    c.send(up, with_header(c, destination(), protocol=0), down)


@case("rule-21-mld", [21], "RFC 2710, RFC 9777", IPV6)
def mld(c):
    """MLD is never forwarded, whatever its type, group, hop limit, source and options are, on whatever interface.

    It may stand behind any extension headers, and what is only its first fragment ends as it does. Other ICMPv6, later
    fragments, and a first one that ends before the type, are data.
    """
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], "ff00::/8")
    idle = c.port("idle", owned=False, addresses=["10.9.0.254/24"])
    extensions = [[], [hop_by_hop(MLD)], [hop_by_hop(padn(2) + MLD)], [hop_by_hop(PAD1 + MLD + PAD1)],
                  [hop_by_hop(RSVP)], [hop_by_hop()], [destination()], [hop_by_hop(MLD), destination()], [routing()],
                  [fragment(0, True)], [hop_by_hop(MLD), fragment(0, True)], [fragment(0, True), destination()],
                  [hop_by_hop(MLD), destination(), routing(), fragment(0, True)], [fragment(0, False)],
                  [hop_by_hop(router_alert(0, 1))], [hop_by_hop(DISCARD)]]

    def message(kind, source=S6, group="ff0e::1", ttl=1, extensions=()):
        data = icmpv6(source, group, kind, 0, 0, b"\0" * 16)[40:]
        return ipv6(source, group, ttl=ttl, extensions=extensions, protocol=ICMPV6, data=data)

    for kind in (QUERY, REPORT_1, DONE, REPORT_2):
        for group in ("ff0e::1", "ff02::16", "ff02::1", "ff01::1", "ff00::1"):
            for ttl in (0, 1, 2, 64, 255):
                c.send(up, message(kind, group=group, ttl=ttl), drop="no_consumer")
        for some in extensions:
            c.send(up, message(kind, extensions=some), drop="no_consumer")
            c.send(up, message(kind, "fe80::1", "ff02::16", extensions=some), drop="no_consumer")
        for source in ("::", "fe80::1", "3fff::1", "::1", "ff02::1"):
            c.send(up, message(kind, source), drop="no_consumer")
        c.send(up, message(kind, group="2001:db8::254"), drop="no_consumer", destination=up.mac)
        c.send(idle, message(kind), drop="no_consumer")
    for kind in (1, 128, 129, 133, 142, 144, 151, 152, 153):
        for some in ([], [hop_by_hop(MLD)], [destination()]):
            c.send(up, message(kind, ttl=64, extensions=some), [dn1, dn2], stream=("*", "ff00::/8"))
    for place in (fragment(8, True), fragment(1480, False)):
        for some in ([], [hop_by_hop(MLD)]):
            c.send(up, message(REPORT_2, ttl=64, extensions=[*some, place]), [dn1, dn2], stream=("*", "ff00::/8"))
            c.send(up, message(REPORT_2, "fe80::1", "ff02::16", extensions=[*some, place]), drop="no_consumer")
    c.send(up, ipv6(S6, "ff0e::1", extensions=[fragment(0, True)], protocol=ICMPV6, data=b""), [dn1, dn2],
           stream=("*", "ff00::/8"))
    c.send(up, ipv6(S6, "ff0e::1", data=bytes([REPORT_2]) + b"\0" * 20), [dn1, dn2], stream=("*", "ff00::/8"))


def with_mtus(c):
    up = c.port("up0", addresses=["10.0.0.254/24"], mtu=9000)
    small, usual, large = c.port("dn1", mtu=1280), c.port("dn2"), c.port("dn3", mtu=9000)
    return up, small, usual, large


def too_big(c, iif, packet, oifs, mtu=0, **l2):
    """The packet goes out of those oifs that take it; its sender is told of the MTU, if there is one to tell of."""
    lost = {oif: "fragmentation_needed" for oif in oifs if len(packet) > oif.mtu}
    c.send(iif, packet, [oif for oif in oifs if oif not in lost], lost=lost, **l2)
    if mtu:
        c.answers(iif, PACKET_TOO_BIG, 0, mtu, packet)


@case("rule-19-packet-too-big", [18, 19], "RFC 8200 section 5, RFC 4443 sections 2.4 and 3.2", IPV6)
def packet_too_big(c):
    """No router fragments IPv6: the copy is lost, and the sender told of the smallest MTU, once for a packet.

    The message goes to the frame's source by the arrival interface, with its tag, and quotes the packet as it came.
    """
    up, small, usual, large = with_mtus(c)
    tagged = c.vlan(up, 7, addresses=["10.7.0.254/24"])
    oifs = [large, small, usual]
    c.mroute(up, oifs, G, source=S)
    c.mroute(tagged, oifs, G, source="10.7.0.1")
    for seed, (size, mtu) in enumerate([(1279, 0), (1280, 0), (1281, 1280), (1500, 1280), (1501, 1280), (9000, 1280)]):
        too_big(c, up, c.ip(S, G, size=size - 40, seed=seed), oifs, mtu)
    too_big(c, up, with_header(c, hop_by_hop(RSVP), fragment(0, True), size=1300), oifs, 1280)
    too_big(c, up, c.ip(S, G, size=1300, ttl=2), oifs, 1280)
    too_big(c, tagged, c.ip("10.7.0.1", G, size=1400), oifs, 1280)


@case("rule-19-smallest-mtu", [19], "RFC 4443 section 3.2", IPV6)
def smallest_mtu(c):
    """The MTU is that of an oif that would have sent the packet: behind a threshold or a boundary none counts."""
    up = c.port("up0", addresses=["10.0.0.254/24"], mtu=9000)
    far, bounded = c.port("dn1", mtu=1280, threshold=64), c.port("dn2", mtu=1300, boundary=["239.1.0.0/16"])
    usual, large = c.port("dn3"), c.port("dn4", mtu=9000)
    c.mroute(up, [far, bounded, usual, large], "224.0.0.0/4")
    for seed, (ttl, size) in enumerate([(64, 1501), (65, 1501), (64, 1500), (65, 1280)]):
        packet = c.ip(S, "239.1.1.1", size=size - 40, seed=seed, ttl=ttl)
        lost = {far: "ttl_threshold"} if ttl == 64 else {far: "fragmentation_needed"} if size > 1280 else {}
        lost[bounded] = "scope_boundary_out"
        lost |= {usual: "fragmentation_needed"} if size > 1500 else {}
        c.send(up, packet, [oif for oif in (far, usual, large) if oif not in lost], lost=lost,
               stream=("*", "224.0.0.0/4"))
        mtus = [oif.mtu for oif, reason in lost.items() if reason == "fragmentation_needed"]
        if mtus:
            c.answers(up, PACKET_TOO_BIG, 0, min(mtus), packet)


@case("rule-19-no-errors-about-errors", [19, 20], "RFC 4443 section 2.4 (e)", IPV6)
def no_errors_about_errors(c):
    """About ICMPv6 errors and redirects, behind whatever headers, there is no error; about other ICMPv6 there is."""
    up, small, _, large = with_mtus(c)
    for kind in (1, 2, 3, 4, 100, 127, 137):
        # Each from an interface of its own, which may send ten.
        iif, source = c.vlan(up, kind, addresses=[f"10.{kind}.0.254/24"]), f"10.{kind}.0.1"
        c.mroute(iif, [small, large], G, source=source)
        for some in ([], [hop_by_hop(), destination(), fragment(0, True)]):
            packet = c.ip(source, G, extensions=some, protocol=ICMPV6, data=bytes([kind, 0]) + b"\0" * 1400)
            too_big(c, iif, packet, [small, large])
        c.send(iif, c.ip(source, G, extensions=[hop_by_hop(DISCARD_AND_SAY_SO)], protocol=ICMPV6, data=bytes([kind])),
               drop="hbh_option")
        for other in (128, 136):
            packet = c.ip(source, G, protocol=ICMPV6, data=bytes([other, 0]) + b"\0" * 1400)
            too_big(c, iif, packet, [small, large], small.mtu)


@case("rule-19-packet-too-big-held", [19, 30], "RFC 4443 section 3.2", IPV6)
def packet_too_big_held(c):
    """Who sent a packet that waited for the decision is told as well, of the packet as it arrived."""
    up, small, usual, large = with_mtus(c)
    small.owned = False
    c.made(S, "239.5.5.5", up, [small])
    c.steps = [c.own(small), c.join("239.5.5.5", small), "receive 3", "send"]
    for seed in range(4):
        too_big(c, up, c.ip(S, "239.5.5.5", size=1300 - 80 * (seed % 2), seed=seed), [small], 0 if seed % 2 else 1280)
    c.punts = {"no_entry": 1}


@case("rule-20-parameter-problem", [20], "RFC 8200 section 4.2, RFC 4443 sections 2.4 (e.3) and 3.4", IPV6)
def parameter_problem(c):
    """An unknown option that wants an answer of a group, too, has one that points at it, with the packet's tag."""
    c.control["hbh_unknown"] = "act"
    up, down = one_stream(c)
    tagged = c.vlan(up, 7, addresses=["10.7.0.254/24"])
    c.mroute(tagged, down, G, source="10.7.0.1")
    for seed, (before, size) in enumerate([(b"", 26), (PAD1, 26), (RSVP, 26), (padn(200), 26), (PASS_OVER * 7, 1300)]):
        packet = with_header(c, hop_by_hop(before + b"\x9e\x02\1\2"), size=size, seed=seed)
        c.send(up, packet, drop="hbh_option")
        c.answers(up, PARAMETER_PROBLEM, UNKNOWN_OPTION, 42 + len(before), packet)
    packet = c.ip("10.7.0.1", G, extensions=[hop_by_hop(DISCARD_AND_SAY_SO)])
    c.send(tagged, packet, drop="hbh_option", priority=5)
    c.answers(tagged, PARAMETER_PROBLEM, UNKNOWN_OPTION, 42, packet)
    # None of an interface that is nobody's, nor of a ninth option.
    idle = c.port("idle", owned=False, addresses=["10.9.0.254/24"])
    c.send(idle, c.ip("10.9.0.1", G, extensions=[hop_by_hop(DISCARD_AND_SAY_SO)]), drop="interface_disabled")
    c.send(up, with_header(c, hop_by_hop(PASS_OVER * 8 + DISCARD_AND_SAY_SO)), drop="hbh_option")
