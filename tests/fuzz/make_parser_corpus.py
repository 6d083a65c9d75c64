#!/usr/bin/python3
"""Writes corpus/parser_fuzz: a frame of every kind that the parser tells apart, to begin from."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pipeline"))
from generator.packets import SENDER_MAC, ethernet, group_mac, ipv4, with_transport_checksum  # noqa: E402

S, G, WIDE, NARROW = "10.0.0.1", "232.1.1.1", "225.1.1.1", "239.1.1.1"
COPIED, NOT_COPIED, ALERT = b"\x82\x08\1\2\3\4\5\6", b"\x44\x08\5\0\0\0\0\0", b"\x94\x04\0\0"


def frame(packet, tags=(), **options):
    return ethernet(group_mac(packet), SENDER_MAC, packet, tags, **options)


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

FOLDER = HERE / "corpus/parser_fuzz"
FOLDER.mkdir(parents=True, exist_ok=True)
for name, data in SEEDS.items():
    (FOLDER / name).write_bytes(data)
print(f"{len(SEEDS)} seeds")
