#!/usr/bin/python3
"""Writes corpus/parser_fuzz: a frame of every kind that the parser tells apart, to begin from."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pipeline"))
from generator import ipv6 as v6  # noqa: E402
from generator.ipv6 import destination, fragment, hop_by_hop, ipv6, padn, router_alert, routing  # noqa: E402
from generator.packets import SENDER_MAC, ethernet, group_mac, ipv4, with_transport_checksum  # noqa: E402

S, G, WIDE, NARROW = "10.0.0.1", "232.1.1.1", "225.1.1.1", "239.1.1.1"
S6, G6, WIDE6, NARROW6 = "2001:db8::1", "ff3e::1", "ff05::1", "ff0e::1"
COPIED, NOT_COPIED, ALERT = b"\x82\x08\1\2\3\4\5\6", b"\x44\x08\5\0\0\0\0\0", b"\x94\x04\0\0"
OWN_MAC = bytes.fromhex("024d474d0000")  # of the interface without a tag on port 0


def frame(packet, tags=(), **options):
    return ethernet(group_mac(packet), SENDER_MAC, packet, tags, **options)


def frame6(packet, tags=(), to=None):
    return ethernet(to or v6.group_mac(packet), SENDER_MAC, packet, tags, ethertype=0x86DD)


def plain6(group=G6, source=S6, **fields):
    return control() + frame6(ipv6(source, group, **fields))


def behind(*extensions, **fields):
    return plain6(extensions=extensions, **fields)


def mld(kind, group="ff02::16", source="fe80::1", ttl=1, extensions=()):
    data = v6.icmpv6(source, group, kind, 0, 0, b"\0" * 16)[40:]
    return control() + frame6(ipv6(source, group, ttl=ttl, extensions=extensions, protocol=v6.ICMPV6, data=data))


def control(port=0, stripped=None, right=False, segments=()):
    first, second, third = (*segments, 0, 0, 0)[:3]
    return bytes([port | 4 * (stripped is not None) | 8 * right | third << 4, first, second, stripped or 0])


SEEDS = {
    "plain": control() + frame(ipv4(S, G)),
    "wildcard": control() + frame(ipv4("1.2.3.4", WIDE)),
    "tagged": control() + frame(ipv4(S, NARROW), tags=[7]),
    "stripped": control(stripped=7) + frame(ipv4(S, NARROW)),
    "two-tags": control() + frame(ipv4(S, G), tags=[7, 8]),
    "segments": control(segments=(14, 20, 8)) + frame(ipv4(S, G, size=300)),
    "single-octets": control(segments=(1, 1, 1)) + frame(ipv4(S, G, size=64)),
    "checksum-left-out": control() + frame(with_transport_checksum(ipv4(S, G, size=61), "left")),
    "checksum-in-segments": control(segments=(41, 1, 3)) + frame(with_transport_checksum(
        ipv4(S, G, size=63, protocol=6), "left")),
    "shared": control() + frame(ipv4(S, G, size=600)),
    "options": control() + frame(ipv4(S, G, options=COPIED + NOT_COPIED)),
    "options-fragmented": control() + frame(ipv4(S, G, size=500, options=NOT_COPIED + COPIED)),
    "options-broken": control(right=True) + frame(ipv4(S, G, options=b"\x44\0\x82\xff")),
    "igmp": control() + frame(ipv4(S, WIDE, ttl=1, options=ALERT, protocol=2, data=b"\x16\0\0\0\xe1\1\1\1")),
    "router-alert": control() + frame(ipv4(S, G, options=ALERT)),
    "dont-fragment": control() + frame(ipv4(S, G, size=700, df=True)),
    "fragment": control() + frame(ipv4(S, G, size=100, offset=1480, mf=True)),
    "ttl-1": control() + frame(ipv4(S, G, ttl=1)),
    "negative": control() + frame(ipv4(S, "232.1.1.2")),
    "unknown-stream": control() + frame(ipv4(S, "232.9.9.9")),
    "wrong-interface": control(port=1) + frame(ipv4(S, G)),
    "disabled": control(port=3) + frame(ipv4(S, G)),
    "boundary": control(port=2) + frame(ipv4(S, NARROW)),
    "link-local": control() + frame(ipv4(S, "224.0.0.5")),
    "unicast": control() + frame(ipv4(S, "10.1.0.1")),
    "bad-source": control() + frame(ipv4("127.0.0.1", G)),
    "bad-version": control(right=True) + frame(ipv4(S, G, version=6)),
    "bad-header-length": control(right=True) + frame(ipv4(S, G, header_words=15)),
    "bad-total-length": control(right=True) + frame(ipv4(S, G, total_length=1000)),
    "bad-checksum": control() + frame(ipv4(S, G, bad_checksum=1)),
    "padding": control() + frame(ipv4(S, G, size=1)) + b"\0" * 25,
    "arp": control() + frame(ipv4(S, G), ethertype=0x0806),
    "short": control() + frame(ipv4(S, G))[:17],
}

PASS_OVER, DISCARD, SAY_SO, QUIETLY = (bytes([kind, 0]) for kind in (0x1E, 0x5E, 0x9E, 0xDE))
SEEDS |= {f"ipv6-{name}": data for name, data in {
    "plain": plain6(),
    "wildcard": plain6(WIDE6, "3fff::1"),
    "tagged": control() + frame6(ipv6(S6, NARROW6), tags=[7]),
    "stripped": control(stripped=7) + frame6(ipv6(S6, NARROW6)),
    "segments": control(segments=(14, 21, 9)) + frame6(ipv6(S6, G6, size=300)),
    "single-octets": control(segments=(1, 1, 1)) + frame6(ipv6(S6, G6, size=64)),
    "options-in-segments": control(segments=(54, 3, 2)) + frame6(
        ipv6(S6, G6, extensions=[hop_by_hop(padn(2) + router_alert(1))])),
    "short": plain6()[:4 + 53],
    "short-tagged": control() + frame6(ipv6(S6, G6), tags=[7])[:57],
    "bad-version": plain6(version=4),
    "bad-payload-length": plain6(payload_length=27),
    "shorter-payload-length": plain6(payload_length=25),
    "jumbogram": behind(hop_by_hop(b"\xc2\4\0\1\0\0"), payload_length=0),
    "padding": plain6(data=b"", protocol=v6.NO_NEXT_HEADER) + b"\0" * 6,
    "unicast": plain6("2001:db8::254"),
    "unicast-frame": control() + frame6(ipv6(S6, "2001:db8::254"), to=OWN_MAC),
    "own-mac": control() + frame6(ipv6(S6, G6), to=OWN_MAC),
    "not-for-us": control() + frame6(ipv6(S6, G6), to=b"\2\0\0\0\0\1"),
    "scope-0": plain6("ff00::1"),
    "scope-1": plain6("ff01::1"),
    "scope-2": plain6("ff72::5"),
    "scope-15": plain6("ff1f::1"),
    "source-multicast": plain6(source="ff0e::1"),
    "source-loopback": plain6(source="::1"),
    "source-mapped": plain6(source="::ffff:10.0.0.1"),
    "source-of-link": plain6(source="febf::1"),
    "source-ordinary": plain6(WIDE6, "fec0::1"),
    "hop-limit-0": plain6(ttl=0),
    "hop-limit-1": plain6(ttl=1),
    "hop-limit-2": plain6(ttl=2),
    "threshold": plain6(ttl=16),
    "alert": behind(hop_by_hop(router_alert(1))),
    "alert-behind-padding": behind(hop_by_hop(b"\0" + padn(3) + router_alert(0))),
    "two-alerts": behind(hop_by_hop(router_alert(0) + router_alert(2))),
    "bad-alert": behind(hop_by_hop(router_alert(0, 1))),
    "options-too-long": behind(hop_by_hop(b"\x1e\5\0\0")),
    "options-beyond-payload": behind(hop_by_hop(eights=9)),
    "longest-options": behind(hop_by_hop(padn(257) * 5)),
    "option-pass-over": behind(hop_by_hop(PASS_OVER)),
    "option-discard": behind(hop_by_hop(DISCARD)),
    "option-discard-and-say-so": behind(hop_by_hop(SAY_SO)),
    "option-discard-quietly": behind(hop_by_hop(QUIETLY)),
    "eight-options": behind(hop_by_hop(PASS_OVER * 8)),
    "nine-options": behind(hop_by_hop(PASS_OVER * 9)),
    "mld-query": mld(130, "ff02::1", extensions=[hop_by_hop(router_alert(0))]),
    "mld-report-1-to-group": mld(131, "ff0e::1", S6, 64),
    "mld-done": mld(132, "ff02::2"),
    "mld-report-without-address": mld(143, source="::", extensions=[hop_by_hop(padn(2) + router_alert(0))]),
    "mld-behind-options": mld(143, extensions=[hop_by_hop(router_alert(0)), destination()]),
    "mld-behind-routing": mld(143, extensions=[routing()]),
    "mld-first-fragment": mld(143, extensions=[fragment(0, True)]),
    "mld-later-fragment": mld(143, "ff0e::1", S6, 64, [fragment(1480, False)]),
    "echo": mld(128, G6, S6, 64),
    "duplicate-address-detection": mld(135, "ff02::1:ff00:1", "::", 255),
    "extension-headers": behind(hop_by_hop(router_alert(1)), destination(QUIETLY), routing(), fragment(8, True)),
    "many-extension-headers": behind(*[destination()] * 10),
    "unknown-next-header": plain6(protocol=253),
    "unknown-source-specific": plain6("ff3e::9"),
    "no-source-specific": plain6("ff3e:40::1"),
    "boundary": control(port=2) + frame6(ipv6(S6, WIDE6), tags=[4094]),
    "boundary-out": plain6("ff0e::5"),
    "too-big": plain6(size=700),
    "shared": plain6(size=500),
    "traffic-class": plain6(traffic_class=255),
    "checksum-left-out": control() + frame6(v6.with_transport_checksum(ipv6(S6, G6, size=61), "left")),
    "checksum-in-segments": control(segments=(61, 1, 3)) + frame6(v6.with_transport_checksum(
        ipv6(S6, G6, size=63, protocol=6), "left", protocol=6)),
    "wrong-interface": control(port=1) + frame6(ipv6(S6, G6)),
    "disabled": control(port=3) + frame6(ipv6(S6, G6)),
    "two-tags": control() + frame6(ipv6(S6, G6), tags=[7, 8]),
}.items()}

FOLDER = HERE / "corpus/parser_fuzz"
FOLDER.mkdir(parents=True, exist_ok=True)
for name, data in SEEDS.items():
    (FOLDER / name).write_bytes(data)
print(f"{len(SEEDS)} seeds")
