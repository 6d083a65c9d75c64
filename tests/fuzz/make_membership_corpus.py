#!/usr/bin/python3
"""Writes corpus/membership_fuzz: what real hosts and routers said, and a message of every kind, to begin from."""

import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = HERE.parent / "captures"
LONGEST = 300  # octets: long inputs slow the fuzzer down
MLD, FRAME = 1, 2
REPORTS, ALL_HOSTS, ALL_ROUTERS, ROUTER = 1 << 6, 2 << 6, 3 << 6, 3 << 3

G4, F4, S4 = bytes([239, 1, 1, 1]), bytes([232, 1, 1, 1]), [bytes([10, 9, 0, n]) for n in (1, 2, 3)]
G6, F6 = bytes.fromhex("ff0e" + "00" * 13 + "01"), bytes.fromhex("ff3e" + "00" * 13 + "01")
S6 = [bytes.fromhex("20010db8" + "00" * 11) + bytes([n]) for n in (1, 2, 3)]


def old(kind, code, group):
    if len(group) == 4:
        return bytes([kind, code, 0, 0]) + group
    return bytes([kind, 0, 0, 0]) + struct.pack(">HH", code, 0) + group


def query(kind, code, group, sources=(), flags=2, interval=125):
    return old(kind, code, group) + struct.pack(">BBH", flags, interval, len(sources)) + b"".join(sources)


def report(kind, *records):
    """Records of (type, group, sources, auxiliary words)."""
    octets = bytes([kind, 0, 0, 0, 0, 0]) + struct.pack(">H", len(records))
    for record_type, group, sources, words in records:
        octets += struct.pack(">BBH", record_type, words, len(sources)) + group + b"".join(sources)
        octets += b"\xaa" * 4 * words
    return octets


def messages(query_type, old_types, leave_type, report_type, group, specific, sources):
    for record_type in range(1, 7):
        yield f"record-{record_type}", REPORTS, report(report_type, (record_type, group, sources[:2], 0))
    yield "mixed", REPORTS, report(report_type, (2, group, [], 0), (5, specific, sources, 1), (9, group, [], 0))
    yield "twice", REPORTS, report(report_type, (4, group, [], 0), (3, group, sources[:1], 0), (3, group, [], 0))
    yield "cut-off", REPORTS, report(report_type, (5, group, sources, 0))[:-3]
    yield "too-many", REPORTS, report(report_type)[:6] + b"\0\5" + report(report_type, (4, group, [], 0))[8:]
    yield "extended", REPORTS, report(report_type, (4, group, [], 0)) + b"\0\1\0\4\1\2\3\4"
    for number, old_type in enumerate(old_types):
        yield f"report-{number}", 0, old(old_type, 0, group)
    yield "leave", ALL_ROUTERS, old(leave_type, 0, group)
    zero = bytes(len(group))
    for name, code in (("general", 100), ("general-floating", 0xFF), ("general-none", 0)):
        yield name, ALL_HOSTS | ROUTER, query(query_type, code, zero)
        yield name + "-old", ALL_HOSTS | ROUTER, old(query_type, code, zero)
    yield "about-group", ROUTER, query(query_type, 10, group)
    yield "about-sources", ROUTER, query(query_type, 10, group, sources, flags=10, interval=255)
    yield "between-lengths", ALL_HOSTS | ROUTER, query(query_type, 100, zero)[:-2]
    yield "too-many-sources", ROUTER, query(query_type, 10, group, sources)[:-1]


def frames(path):
    data = path.read_bytes()
    at = 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def main():
    folder = HERE / "corpus/membership_fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    for name, control, octets in messages(0x11, (0x12, 0x16), 0x17, 0x22, G4, F4, S4):
        (folder / f"igmp-{name}").write_bytes(bytes([control]) + octets)
    for name, control, octets in messages(130, (131,), 132, 143, G6, F6, S6):
        (folder / f"mld-{name}").write_bytes(bytes([control | MLD]) + octets)
    known = set()
    for path in sorted(CAPTURES.glob("*.pcap")):
        if not path.name.startswith(("igmp", "mld", "bridge")):
            continue
        for number, frame in enumerate(frames(path)):
            if frame in known or len(frame) > LONGEST:
                continue
            known.add(frame)
            family = MLD if frame[12:14] == b"\x86\xdd" else 0
            (folder / f"{path.stem}-{number}").write_bytes(bytes([FRAME | family]) + frame)


main()
