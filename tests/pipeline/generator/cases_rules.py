"""Cases of the rules about streams and their copies: TTL, interfaces, scope, MTU."""

import struct

from .case import case
from .cases_headers import G, ROUTER_ALERT, S, one_stream
from .families import BOTH, Ipv4
from .packets import ipv4

COPIED_8, COPIED_3, NOT_COPIED_8 = b"\x82\x08\1\2\3\4\5\6", b"\x9e\x03\7", b"\x44\x08\5\0\0\0\0\0"


@case("rule-03-ttl-expired", [3], "RFC 1812 section 5.3.1", families=BOTH)
def ttl_expired(c):
    """TTL 1 and 0 end here, TTL 2 leaves as 1, TTL 255 as 254."""
    up, down = one_stream(c)
    for seed, ttl in enumerate((2, 1, 0, 255, 1)):
        if ttl < 2:
            c.send(up, c.ip(S, G, ttl=ttl, seed=seed), drop="ttl_expired")
        else:
            c.send(up, c.ip(S, G, ttl=ttl, seed=seed), down)


@case("rule-04-ttl-threshold", [4], "RFC 1812 section 5.2.1.3", families=BOTH)
def ttl_threshold(c):
    """A copy leaves if the TTL as received is above the oif's threshold: 16 stops at 16, 17 passes.

    Thresholds 0 and 255 take the interface out of every OIL.
    """
    up = c.port("up0", addresses=["10.0.0.254/24"])
    thresholds = [0, 1, 16, 64, 254, 255]
    down = [c.port(f"dn{i}", threshold=threshold) for i, threshold in enumerate(thresholds)]
    c.mroute(up, down, G, source=S)
    for seed, ttl in enumerate((2, 16, 17, 64, 65, 254, 255)):
        passes = [oif for oif in down if 0 < oif.threshold < ttl]
        stopped = {oif: "ttl_threshold" for oif in down if oif not in passes}
        c.send(up, c.ip(S, G, ttl=ttl, seed=seed), passes, lost=stopped)


@case("rule-05-no-icmp-errors", [5], "RFC 1812 section 4.3.2.7")
def no_icmp_errors(c):
    """Nothing is ever sent back towards the source: expired TTL, too big with DF, no route, nobody wants it."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    down = [c.port("dn1", mtu=576), c.port("dn2", mtu=576)]
    c.mroute(up, down, G, source=S)
    c.made("172.16.0.1", G, None)
    c.made(S, "239.9.9.9", up)
    c.send(up, ipv4(S, G, ttl=1), drop="ttl_expired")
    c.send(up, ipv4(S, G, size=1000, df=True), lost={oif: "fragmentation_needed" for oif in down})
    c.send(up, ipv4("172.16.0.1", G), drop="no_route")
    c.send(up, ipv4(S, "239.9.9.9"), drop="no_receivers")
    c.punts = {"no_entry": 2}


@case("rule-07-reverse-path", [7], "RFC 1812 section 5.2.1.3", families=BOTH)
def reverse_path(c):
    """Packets of a stream are taken from its iif only; elsewhere they end silently, oifs of the stream included."""
    up, (dn1, dn2) = one_stream(c)
    other = c.port("other", addresses=["10.9.0.254/24"])
    for seed in range(3):
        c.send(up, c.ip(S, G, seed=seed), [dn1, dn2])
        c.send(other, c.ip(S, G, seed=seed), drop="wrong_interface")
        c.send(dn1, c.ip(S, G, seed=seed), drop="wrong_interface")


@case("rule-08-arrival-interface", [8], "RFC 7761 section 4.2", families=BOTH)
def arrival_interface(c):
    """A stream never leaves by its own iif, although a wider entry would send it there."""
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], "239.1.1.1")
    c.mroute(dn1, [dn2], "239.1.1.1", source="10.1.0.1")
    c.send(up, c.ip("10.0.0.1", "239.1.1.1"), [dn1, dn2], stream=("*", "239.1.1.1"))
    c.send(dn1, c.ip("10.1.0.1", "239.1.1.1"), [dn2])
    # The same link as another VLAN is another interface.
    tagged = c.vlan(dn1, 5)
    c.mroute(dn1, [tagged], "232.1.1.1", source="10.1.0.2")
    c.send(dn1, c.ip("10.1.0.2", "232.1.1.1"), [tagged])


@case("rule-12-egress-mac", [12], "RFC 1112 section 6.4")
def egress_mac(c):
    """Copies go to 01-00-5E and the low 23 bits of the group, whatever the frame came to, from the egress port.

    Groups that share an address are told apart.
    """
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1], "232.1.1.1", source=S)
    c.mroute(up, [dn2], "232.129.1.1", source=S)
    c.mroute(up, [dn1, dn2], "239.255.255.255", source=S)
    c.send(up, ipv4(S, "232.1.1.1"), [dn1])
    c.send(up, ipv4(S, "232.129.1.1"), [dn2])
    c.send(up, ipv4(S, "239.255.255.255"), [dn1, dn2])
    c.send(up, ipv4(S, "232.1.1.1", seed=1), [dn1], destination=b"\x01\x00\x5e\x00\x00\x01")


@case("rule-13-source-specific", [13], "RFC 4607 section 5.2", families=BOTH)
def source_specific(c):
    """232/8 is forwarded by (S,G) alone: no wildcard entry covers it, and other sources are not wanted."""
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn2], "224.0.0.0/4")
    c.mroute(up, [dn1], "232.1.1.1", source=S)
    c.made("10.0.0.2", "232.1.1.1", up)
    c.made(S, "232.255.255.255", up)
    c.send(up, c.ip(S, "232.1.1.1"), [dn1])
    for seed in range(3):
        c.send(up, c.ip("10.0.0.2", "232.1.1.1", seed=seed), drop="source_specific_unwanted")
    c.send(up, c.ip(S, "232.255.255.255"), drop="source_specific_unwanted")
    c.send(up, c.ip(S, "231.255.255.255"), [dn2], stream=("*", "224.0.0.0/4"))
    c.send(up, c.ip(S, "233.0.0.0"), [dn2], stream=("*", "224.0.0.0/4"))
    c.punts = {"no_entry": 2}


@case("rule-13-other-ranges", [13], "RFC 4607 section 5.2, RFC 7371", families=BOTH)
def other_ranges(c):
    """Source-specific are the groups that the configuration says, in several ranges, and no others."""
    more = ["239.1.0.0/16", "239.2.2.0/24"] if c.family is Ipv4 else ["ffb0::/12", "ff05:2:2::/64"]
    inside = ["239.1.2.3", "239.2.2.2"] if c.family is Ipv4 else ["ffb5::1", "ffbe:0:ffff::1", "ff05:2:2::2"]
    outside = ["232.1.1.1", "239.2.3.1"] if c.family is Ipv4 else ["ff3e::1", "ffbe:1::1", "ff05:2:3::1"]
    c.control["ssm"] = more
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn2], "224.0.0.0/4")
    c.mroute(up, [dn1], inside[0], source=S)
    c.send(up, c.ip(S, inside[0]), [dn1])
    for group in inside:
        c.made("10.0.0.2", group, up)
        c.send(up, c.ip("10.0.0.2", group), drop="source_specific_unwanted")
    c.punts = {"no_entry": len(inside)}
    for group in outside:
        c.send(up, c.ip(S, group), [dn2], stream=("*", "224.0.0.0/4"))


@case("rule-13-no-ranges", [13], "RFC 4607 section 5.2", families=BOTH)
def no_ranges(c):
    """Where the configuration has no range of the family, every group may be forwarded for any source."""
    c.control["ssm"] = ["ff30::/12"] if c.family is Ipv4 else ["232.0.0.0/8"]
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1], "232.1.1.1", oifs=[dn1, dn2])
    c.mroute(up, [dn2], "224.0.0.0/4")
    c.send(up, c.ip(S, "232.1.1.1"), [dn1, dn2], stream=("*", "232.1.1.1"))
    c.send(up, c.ip(S, "232.2.2.2"), [dn2], stream=("*", "224.0.0.0/4"))


def with_boundaries(c):
    up = c.port("up0", addresses=["10.0.0.254/24"], boundary=["239.1.0.0/16"])
    plain = c.port("dn1")
    bounded = c.port("dn2", boundary=["239.2.0.0/16", "225.1.1.1/32"])
    c.mroute(up, [plain, bounded], "224.0.0.0/4")
    return up, plain, bounded, ("*", "224.0.0.0/4")


@case("rule-17-boundary-in", [17], "RFC 2365 section 5", families=BOTH)
def boundary_in(c):
    """What arrives across the iif's boundary ends here; a boundary of another interface does not matter."""
    up, plain, bounded, stream = with_boundaries(c)
    c.send(up, c.ip(S, "239.1.0.0"), drop="scope_boundary_in", stream=stream)
    c.send(up, c.ip(S, "239.1.255.255"), drop="scope_boundary_in", stream=stream)
    c.send(up, c.ip(S, "239.0.255.255"), [plain, bounded], stream=stream)
    c.send(up, c.ip(S, "239.3.0.0"), [plain, bounded], stream=stream)


@case("rule-17-boundary-out", [17], "RFC 2365 section 5", families=BOTH)
def boundary_out(c):
    """No copy leaves across the oif's boundary; the others do."""
    up, plain, bounded, stream = with_boundaries(c)
    for group in ("239.2.0.0", "239.2.255.255", "225.1.1.1"):
        c.send(up, c.ip(S, group), [plain], lost={bounded: "scope_boundary_out"}, stream=stream)
    for group in ("239.3.0.0", "225.1.1.0", "225.1.1.2"):
        c.send(up, c.ip(S, group), [plain, bounded], stream=stream)


@case("rule-17-memberships", [17], "RFC 2365 section 5", families=BOTH)
def boundary_memberships(c):
    """Nobody becomes a member where the group may not leave; 239.255/16 leaves by no interface that has a boundary."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    bounded = c.port("dn1", boundary=["239.1.0.0/16"], owned=False)
    stopped = ["239.1.2.3", "239.1.0.0"] + (["239.255.1.1"] if c.family is Ipv4 else [])
    c.steps = [c.own(bounded)] + [c.join(group, bounded, refused=True) for group in stopped]
    c.steps += [c.join("239.2.1.1", bounded), "send"]
    for group in stopped:
        c.made(S, group, up)
        c.send(up, c.ip(S, group), drop="no_receivers")
    c.made(S, "239.2.1.1", up, [bounded])
    c.send(up, c.ip(S, "239.2.1.1"), [bounded])
    c.punts = {"no_entry": len(stopped) + 1}


@case("rule-17-boundary-239-255", [17], "RFC 2365 section 6.1")
def local_scope(c):
    """239.255/16 stops at any boundary, whatever that was configured for, and passes where there is none."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    plain = c.port("dn1")
    bounded = c.port("dn2", boundary=["225.1.1.1/32"])
    other = c.port("up1", addresses=["10.9.0.254/24"], boundary=["225.1.1.1/32"])
    c.mroute(up, [plain, bounded], "239.0.0.0/8")
    c.mroute(other, [plain], "224.0.0.0/4", oifs=[plain])
    stream = ("*", "239.0.0.0/8")
    for group in ("239.255.0.0", "239.255.255.255"):
        c.send(up, ipv4(S, group), [plain], lost={bounded: "scope_boundary_out"}, stream=stream)
        c.send(other, ipv4("10.9.0.1", group), drop="scope_boundary_in", stream=stream)
    c.send(up, ipv4(S, "239.254.255.255"), [plain, bounded], stream=stream)


def small_mtu(c):
    up = c.port("up0", addresses=["10.0.0.254/24"])
    large, middle, small = c.port("dn1"), c.port("dn2", mtu=576), c.port("dn3", mtu=68)
    c.mroute(up, [large, middle, small], G, source=S)
    return up, large, middle, small


@case("rule-18-fragment-df-clear", [18], "RFC 1812 section 4.2.2.7")
def fragment_df_clear(c):
    """Packets larger than an oif's MTU leave it in fragments, each as long as may be in whole eights.

    Sizes stand around the points where another fragment is needed. Other oifs get the packet whole.
    """
    up, large, middle, small = small_mtu(c)
    for seed, size in enumerate((47, 48, 49, 95, 96, 97, 555, 556, 557, 1104, 1105, 1480)):
        c.send(up, ipv4(S, G, size=size, seed=seed), [large, middle, small])
    assert len(c.expected["dn1"]) == 12


@case("rule-18-fragment-df-set", [18], "RFC 1812 section 5.2.1.3")
def fragment_df_set(c):
    """With Don't Fragment a copy that is too long for its oif is lost and counted, the others leave."""
    up, large, middle, small = small_mtu(c)
    c.send(up, ipv4(S, G, size=48, df=True), [large, middle, small])
    c.send(up, ipv4(S, G, size=49, df=True), [large, middle], lost={small: "fragmentation_needed"})
    c.send(up, ipv4(S, G, size=556, df=True), [large, middle], lost={small: "fragmentation_needed"})
    c.send(up, ipv4(S, G, size=557, df=True), [large],
           lost={middle: "fragmentation_needed", small: "fragmentation_needed"})


@case("rule-18-fragment-options", [18], "RFC 791 section 3.1")
def fragment_options(c):
    """The first fragment has all options, the later ones those with the copied flag, padded to whole words."""
    up, large, middle, small = small_mtu(c)
    nop, end = b"\1", b"\0"
    for seed, options in enumerate([COPIED_8, NOT_COPIED_8, NOT_COPIED_8 + COPIED_8, COPIED_3, nop + COPIED_3,
                                    COPIED_3 + nop + NOT_COPIED_8 + nop + COPIED_3, nop + nop + nop + nop,
                                    COPIED_8 + end + end + end + end + end + end + end + end]):
        c.send(up, ipv4(S, G, size=700, seed=seed, options=options), [large, middle, small])
    c.send(up, ipv4(S, G, size=700, seed=9, options=COPIED_8 * 5), [large, middle, small])


@case("rule-18-fragment-of-fragment", [18], "RFC 791 section 3.2")
def fragment_of_fragment(c):
    """A fragment that is fragmented keeps its place in the whole and its More Fragments flag on its last piece."""
    up, large, middle, small = small_mtu(c)
    for seed, (offset, more) in enumerate([(0, True), (8, True), (1480, True), (1480, False), (64000, False)]):
        c.send(up, ipv4(S, G, size=1000, seed=seed, ident=77, offset=offset, mf=more), [large, middle, small])
    c.send(up, ipv4(S, G, size=1000, seed=9, offset=1480, mf=True, options=NOT_COPIED_8 + COPIED_8),
           [large, middle, small])


@case("rule-18-fragment-vlan", [18], "RFC 1812 section 4.2.2.7")
def fragment_vlan(c):
    """The MTU is that of the interface and is of IP packets: tags do not count, and VLANs of a port may differ."""
    up, dn1 = c.standard(1)
    wide, narrow = c.vlan(dn1, 10), c.vlan(dn1, 20, mtu=600)
    c.mroute(up, [dn1, wide, narrow], G, source=S)
    for seed, size in enumerate((580, 581, 1480)):
        c.send(up, ipv4(S, G, size=size, seed=seed), [dn1, wide, narrow])


@case("rule-25-dscp", [25], "RFC 2474 section 3")
def dscp(c):
    """DSCP and ECN leave as they came, for all their values, on copies and on fragments."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    whole, pieces = c.port("dn1"), c.port("dn2", mtu=100)
    c.mroute(up, [whole, pieces], G, source=S)
    c.bursts = [64]
    for value in range(64):
        c.send(up, ipv4(S, G, size=120, seed=value, dscp=value, ecn=value & 3), [whole, pieces])


@case("rule-26-options", [26], "RFC 1812 section 5.2.1")
def options(c):
    """Packets with options are forwarded with them; options that make no sense are no reason to stop."""
    up, down = one_stream(c)
    for seed, one in enumerate([b"\1\1\1\1", COPIED_8, NOT_COPIED_8 + COPIED_8, b"\x1e\x28" + b"\0" * 38,
                                b"\0\x94\x04\0", b"\x44\x00\x94\x04", b"\x1e\x01\x94\x04", b"\1\1\1\x44",
                                b"\x07\xff\x04\x04"]):
        c.send(up, ipv4(S, G, seed=seed, options=one), down)


@case("rule-26-router-alert", [26], "RFC 2113")
def router_alert(c):
    """Router alert, wherever it stands among the options, does not stop a packet that nothing here wants.

    Nor does it keep a first packet from waiting for the decision about its stream.
    """
    up, down = one_stream(c)
    for seed, one in enumerate([ROUTER_ALERT, b"\1\1\1\1" + ROUTER_ALERT, COPIED_8 + ROUTER_ALERT,
                                b"\1" * 36 + ROUTER_ALERT]):
        c.send(up, ipv4(S, G, seed=seed, options=one), down)
    c.send(up, ipv4(S, G, seed=9, options=COPIED_8), down)
    c.made(S, "239.9.9.9", up)
    c.send(up, ipv4(S, "239.9.9.9", options=ROUTER_ALERT), drop="no_receivers")
    c.punts = {"no_entry": 1}


def pgm(kind, sequence):
    """A PGM message (RFC 3208 section 8): ports, type, options, checksum, source's global id, length, sequence."""
    return struct.pack(">HHBBH6sHI", 7500, 7500, kind, 0, 0, b"\0\0\0\0\0\x28", 40, sequence) + b"\0" * 40


@case("rule-26-pgm", [26], "RFC 3208, RFC 2205")
def pgm_and_rsvp(c):
    """PGM and RSVP, some of them with router alert, are forwarded all, in their order, with Don't Fragment or not.

    ODATA goes without the option; SPM, NCF and RDATA have it, and so have RSVP's path messages.
    """
    up, dn1 = c.standard(1)
    c.mroute(up, [dn1], "239.255.0.0/16")
    source, group, stream = "10.0.0.45", "239.255.0.16", ("*", "239.255.0.0/16")
    spm, odata, rdata, ncf = 0, 4, 5, 10
    for sequence, kind in enumerate([spm, odata, odata, odata, odata, ncf, odata, rdata] * 4):
        options = b"" if kind == odata else ROUTER_ALERT
        packet = ipv4(source, group, ttl=16, seed=sequence, df=True, options=options, protocol=113,
                      data=pgm(kind, sequence))
        c.send(up, packet, [dn1], stream=stream)
    for seed in range(3):
        c.send(up, ipv4(source, group, size=60, ttl=16, seed=seed, options=ROUTER_ALERT, protocol=46), [dn1],
               stream=stream)


@case("rule-27-fragments", [27], "RFC 1812 section 5.2.1")
def fragments_forwarded(c):
    """Fragments are forwarded like packets, each by itself; nothing is put together."""
    up, down = one_stream(c)
    for seed, offset in enumerate((1480, 0, 2960, 64000)):
        c.send(up, ipv4(S, G, size=1480, seed=seed, ident=4711, offset=offset, mf=offset < 64000, df=offset == 0), down)
    c.send(up, ipv4(S, G, size=7, ident=4712, offset=65528), down)
