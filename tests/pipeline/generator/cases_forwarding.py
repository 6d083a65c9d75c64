"""Cases of the way of many packets: bursts, fan-outs, long and segmented frames, tags, pools and queues."""

from .case import case
from .cases_headers import G, S, one_stream
from .families import BOTH, Ipv4
from .packets import SENDER_MAC, ethernet, group_mac, ipv4

BURSTS = [0, 1, 31, 32, 33, 91]


@case("bursts", families=BOTH)
def bursts(c):
    """Bursts around the sizes of loops and batches; three streams with different oifs, mixed."""
    up, dn1, dn2, dn3 = c.standard(3)
    streams = {"232.1.1.1": [dn1, dn2], "232.1.1.2": [dn2, dn3], "232.1.1.3": [dn1]}
    for group, oifs in streams.items():
        c.mroute(up, oifs, group, source=S)
    c.bursts = BURSTS
    for seed in range(2 * sum(BURSTS)):
        group = list(streams)[(seed // 3 + seed % 3 * (seed // 40)) % 3]
        c.send(up, c.ip(S, group, seed=seed, size=8 + seed % 60), streams[group])


@case("bursts-of-losses", families=BOTH)
def bursts_of_losses(c):
    """The same bursts with packets among them that end in each of the stages: those around them close up."""
    up, down = one_stream(c)
    c.bursts = BURSTS
    for seed in range(2 * sum(BURSTS)):
        kind = seed * 7 % 11
        if kind == 1:
            c.send(up, c.ip(S, G, seed=seed, version=5), drop="ip_version", family=c.family)
        elif kind == 4:
            c.send(up, c.ip(S, G, seed=seed, ttl=1), drop="ttl_expired")
        elif kind == 5:
            c.send(up, c.ip(S, "224.0.0.9", seed=seed), drop="no_consumer")
        elif kind == 9:
            c.send(down[0], c.ip(S, G, seed=seed), drop="wrong_interface")
        else:
            c.send(up, c.ip(S, G, seed=seed, size=8 + seed % 60), down)


@case("rule-29-order", [29], "RFC 3918 section 3")
def order(c):
    """Order within a stream and oif is kept, whatever happens to the packets around and whatever the way of a copy.

    Among them are packets that leave in fragments, and some that are long enough to be shared.
    """
    c.dataplane["share_above"] = 1024
    up = c.port("up0", addresses=["10.0.0.254/24"])
    large, small = c.port("dn1"), c.port("dn2", mtu=576)
    tagged = c.vlan(large, 9)
    c.mroute(up, [large, small, tagged], "232.1.1.1", source=S)
    c.mroute(up, [small, large], "232.1.1.2", source=S)
    c.bursts = [91]
    for seed in range(182):
        size = (26, 1400, 300, 700)[seed * 5 % 7 % 4]
        if seed % 5 == 3:
            c.send(up, ipv4(S, "232.1.1.2", size=size, seed=seed), [small, large])
        else:
            c.send(up, ipv4(S, "232.1.1.1", size=size, seed=seed), [large, small, tagged])


@case("rule-31-counters", [31], "RFC 5132", families=BOTH)
def counters(c):
    """Each stream has its own count of everything that happened to it: matched, forwarded by oif, and each loss."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    other = c.port("up1", addresses=["10.9.0.254/24"])
    plain, high = c.port("dn1"), c.port("dn2", threshold=32)
    narrow = c.port("dn3", mtu=200 if c.family is Ipv4 else 1500)
    streams = ["239.1.1.1", "239.1.1.2"]
    for group in streams:
        c.mroute(up, [plain, high, narrow], group, source=S)
    c.made(S, "239.1.1.3", up)
    c.bursts = [33]
    for seed in range(198):
        group = streams[seed % 3 == 0]
        if seed % 11 == 0:
            c.send(other, c.ip(S, group, seed=seed), drop="wrong_interface")
        elif seed % 7 == 0:
            c.send(up, c.ip(S, group, seed=seed, ttl=1), drop="ttl_expired")
        elif seed % 13 == 0:
            c.send(up, c.ip(S, "239.1.1.3", seed=seed), drop="no_receivers")
        else:
            ttl, size = (32, 33)[seed % 2], (60, 400)[seed // 2 % 2]
            lost = {high: "ttl_threshold"} if ttl == 32 else {}
            lost |= {narrow: "fragmentation_needed"} if size > narrow.mtu else {}
            out = [oif for oif in (plain, high, narrow) if oif not in lost]
            c.send(up, c.ip(S, group, size=size, seed=seed, ttl=ttl, df=True), out, lost=lost)
    c.punts = {"no_entry": 1}


# --- Fan-outs


def fan_out(count, packets):
    """A stream to `count` VLANs, dealt to up to four ports."""
    def fill(c):
        up = c.port("up0", addresses=["10.0.0.254/24"])
        ports = [c.port(f"dn{i}", owned=False) for i in range(1, min(count, 4) + 1)]
        oifs = [c.vlan(ports[i % len(ports)], 2 + i) for i in range(count)]
        c.mroute(up, oifs, G, source=S)
        c.bursts = [33]
        for seed in range(packets):
            c.send(up, c.ip(S, G, size=18, seed=seed), oifs)
    fill.__doc__ = f"One stream to {count} VLAN{'s' * (count != 1)}."
    return fill


for _count, _packets in [(1, 66), (4, 66), (5, 66), (6, 66), (8, 66), (255, 2), (256, 2), (257, 9), (300, 2),
                         (1024, 2)]:
    case(f"fan-out-{_count}", families=BOTH if _count in (1, 4, 5, 6, 257) else (Ipv4,))(fan_out(_count, _packets))


@case("fan-out-0", families=BOTH)
def fan_out_0(c):
    """A stream with an entry and no oif."""
    up, _, _ = c.standard()
    c.made(S, G, up)
    c.bursts = [33]
    for seed in range(66):
        c.send(up, c.ip(S, G, seed=seed), drop="source_specific_unwanted")
    c.punts = {"no_entry": 1}


# --- Long frames, several segments


def jumbo(c, to=3):
    up = c.port("up0", addresses=["10.0.0.254/24"], mtu=9000)
    down = [c.port(f"dn{i}", mtu=9000) for i in range(1, to + 1)]
    tagged = c.vlan(down[0], 3)
    c.limits["mbufs"] = 4096
    c.mroute(up, [*down, tagged], G, source=S)
    return up, [*down, tagged]


def send_jumbos(c, up, oifs):
    for seed, size in enumerate((9000, 1500, 1024, 1025, 1030, 1031, 46, 4020, 8999, 28)):
        c.send(up, c.ip(S, G, size=max(size - c.family.header, 0), seed=seed), oifs)


@case("jumbo-copied", families=BOTH)
def jumbo_copied(c):
    """Packets of up to 9,000 octets, each copy whole in its own buffer."""
    c.dataplane["share_above"] = 65535
    send_jumbos(c, *jumbo(c))


@case("jumbo-shared", families=BOTH)
def jumbo_shared(c):
    """Packets longer than share_above leave as a header in front of a shared payload; tags and options included."""
    c.dataplane["share_above"] = 1024
    up, oifs = jumbo(c)
    send_jumbos(c, up, oifs)
    for seed in range(20, 24):
        c.send(up, c.with_options(S, G, size=3000, seed=seed), oifs)


@case("jumbo-fragmented")
def jumbo_fragmented(c):
    """Long packets to an interface with an ordinary MTU, beside others that get them whole, shared or not."""
    c.dataplane["share_above"] = 2000
    up, oifs = jumbo(c)
    small = c.port("small")
    c.mroutes[0][1].append(small)
    c.made(S, G, up, [*oifs, small])
    send_jumbos(c, up, [*oifs, small])


def segmented(sizes, share_above):
    def fill(c):
        c.settings["segments"] = sizes
        c.dataplane["share_above"] = share_above
        up, oifs = jumbo(c)
        if c.family is Ipv4:
            oifs.append(c.port("small", mtu=576))
            c.mroutes[0][1].append(oifs[-1])
            c.made(S, G, up, oifs)
        send_jumbos(c, up, oifs)
        c.send(up, c.ip(S, G, size=26, seed=30), oifs, least=600)
        if c.family is Ipv4:
            c.send(up, ipv4(S, G, size=26, seed=31, bad_checksum=4), drop="ip_checksum")
        c.send(up, c.ip(S, G, size=26, seed=31, version=5), drop="ip_version", family=c.family)
        c.send(up, c.with_options(S, G, size=300, seed=32), oifs)
    return fill


for _name, _sizes, _share in [("headers-apart", [14, 20], 65535), ("single-octets", [1] * 40, 65535),
                              ("copied", [100, 500, 1, 2048], 65535), ("shared", [100, 500, 1, 2048], 1024),
                              ("shared-headers-apart", [14, 20], 1024)]:
    _fill = segmented(_sizes, _share)
    _fill.__doc__ = (f"Packets that arrive in segments of {_sizes[0]} and so on octets, "
                     f"{'shared above 1,024 octets' if _share == 1024 else 'always copied'}; padding and losses among "
                     "them, and with IPv4 an oif that fragments.")
    case(f"multi-segment-{_name}", families=BOTH)(_fill)


# --- VLANs


def vlans(c):
    """Two tagged iifs and an untagged one on a port, each with its own stream, to tagged and untagged oifs."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    dn1 = c.port("dn1")
    ten, twenty = c.vlan(up, 10, addresses=["10.10.0.254/24"]), c.vlan(up, 20, addresses=["10.20.0.254/24"])
    out_ten, out_most = c.vlan(dn1, 10), c.vlan(dn1, 4094)
    c.mroute(up, [dn1, out_ten, ten], G, source="10.0.0.1")
    c.mroute(ten, [out_ten, out_most, up, twenty], G, source="10.10.0.1")
    c.mroute(twenty, [dn1, out_most], G, source="10.20.0.1")
    for seed in range(30):
        c.send(up, c.ip("10.0.0.1", G, seed=seed), [dn1, out_ten, ten])
        c.send(ten, c.ip("10.10.0.1", G, seed=seed), [out_ten, out_most, up, twenty], priority=seed % 8)
        c.send(twenty, c.ip("10.20.0.1", G, seed=seed), [dn1, out_most])
        c.send(ten, c.ip("10.20.0.1", G, seed=seed), drop="wrong_interface")


@case("vlan-in-frame", families=BOTH)
def vlan_in_frame(c):
    """Tags in the frame: in, out, from one VLAN of a port to another."""
    vlans(c)


@case("vlan-in-metadata", families=BOTH)
def vlan_in_metadata(c):
    """Tags that the device has taken out of the frame and handed over beside it."""
    c.settings["strip_vlan"] = True
    vlans(c)


# --- Priorities (IEEE 802.1p)


def priorities(settings):
    def fill(c):
        """The priority of the tag that a packet came with is on its copies, or the one that an oif has for all.

        On every way of a copy: held first packets, the packet itself, whole copies of one packet and of many,
        fragments, headers of a shared payload. What came without a tag has priority 0; a tag with VLAN 0 counts for it.
        """
        c.settings |= settings
        c.dataplane["share_above"] = 900
        up = c.port("up0", addresses=["10.0.0.254/24"])
        tagged = c.vlan(up, 7, addresses=["10.7.0.254/24"])
        dn1 = c.port("dn1", mtu=1500)
        keep, small = c.vlan(dn1, 10), c.vlan(dn1, 11, mtu=576)
        zero, five = c.vlan(dn1, 12, pcp=0), c.vlan(dn1, 13, pcp=5)
        last, member = c.vlan(dn1, 14), c.vlan(dn1, 15, owned=False)
        oifs = [keep, dn1, small, zero, five, last]
        groups = ["232.1.1.1", "232.1.1.2"]
        for iif, source in ((tagged, "10.7.0.1"), (up, S)):
            c.mroute(iif, oifs, groups[0], source=source)
            c.mroute(iif, [keep], groups[1], source=source)
        c.made("10.7.0.1", "239.5.5.5", tagged, [member])
        c.steps = ["own dn1v15", "join 239.5.5.5 dn1v15", "receive 33", "send"]
        c.bursts = [33]
        for seed in range(231):
            packet = ipv4("10.7.0.1", groups[seed % 5 == 0], size=(26, 700, 1200)[seed // 66 % 3], seed=seed)
            c.send(tagged, packet, [keep] if seed % 5 == 0 else oifs, priority=seed % 8)
            c.send(tagged, ipv4("10.7.0.1", "239.5.5.5", seed=seed), [member], priority=7 - seed % 8)
            packet = ipv4(S, groups[seed % 3 == 0], seed=seed)
            out = [keep] if seed % 3 == 0 else oifs
            if seed % 2:
                c.send(up, packet, out)
            else:
                frame = ethernet(group_mac(packet), SENDER_MAC, packet, [6 << 13])
                c.send_frame("up0", frame, packet, out, priority=6)
        c.punts = {"no_entry": 1}
    return fill


for _name, _settings in [("in-frame", {}), ("in-metadata", {"strip_vlan": True}),
                         ("in-segments", {"segments": [14, 20]})]:
    case(f"vlan-priority-{_name}")(priorities(_settings))


@case("two-workers", families=BOTH)
def two_workers(c):
    """Ports are dealt to two workers; each has its own queue to every port and counts for itself, the sum is told."""
    c.workers = 2
    ups = [c.port(f"up{i}", addresses=[f"10.0.{i}.254/24"]) for i in range(2)]
    oifs = [c.port("dn1"), c.port("dn2")]
    tagged = [c.vlan(oifs[0], 100 + i) for i in range(2)]
    c.bursts = [33]
    for i, up in enumerate(ups):
        c.mroute(up, [oifs[i], tagged[i]], G, source=f"10.0.{i}.1")
    for seed in range(99):
        for i, up in enumerate(ups):
            c.send(up, c.ip(f"10.0.{i}.1", G, seed=seed), [oifs[i], tagged[i]])


# --- Limits


@case("tx-full", families=BOTH)
def tx_full(c):
    """A device that takes no more: the copies that are left over are counted for stream and oif; the others flow."""
    up, (dn1, dn2) = one_stream(c)
    c.mroute(up, [dn2], "232.1.1.2", source=S)
    c.settings["tx_places"] = {"dn1": 63}
    c.bursts = [92]
    for seed in range(80):
        lost = seed >= 63
        c.send(up, c.ip(S, G, seed=seed), [dn2] if lost else [dn1, dn2], lost={dn1: "tx_full"} if lost else {})
    for seed in range(12):
        c.send(up, c.ip(S, "232.1.1.2", seed=seed), [dn2])


@case("no-buffers")
def no_buffers(c):
    """The pool of copies runs dry in the middle of a replication: copies are lost and counted, no buffer is."""
    up, dn1 = c.port("up0", addresses=["10.0.0.254/24"]), c.port("dn1", owned=False)
    c.limits["mbufs"] = 2048  # 1,024 for copies
    oifs = [c.vlan(dn1, 2 + i) for i in range(1100)]
    c.mroute(up, oifs, G, source=S)
    c.bursts = [1]
    # The last oif gets the packet itself. After it everything has come back.
    for seed in range(2):
        c.send(up, ipv4(S, G, size=18, seed=seed), oifs[:1024] + oifs[-1:],
               lost={oif: "no_buffers" for oif in oifs[1024:-1]})
