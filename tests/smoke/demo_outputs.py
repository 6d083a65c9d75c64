#!/usr/bin/python3
"""The demo's ports send exactly what their receivers asked for: every packet of the capture that a route names, once,
in order (each family by itself), with the TTL or hop limit one lower, a right checksum of IPv4's header, the group's
MAC address and the port's VLAN, and nothing else."""

import ipaddress
import pathlib
import struct
import sys
import tempfile

import pcap
from demo_configuration import configuration
from mgmd_process import ROOT, Mgmd
from wires import checksum

VIDEO, AUDIO, AUDIO6 = "10.0.0.1", "10.0.0.2", "2001:db8::3"
# Port -> [(VLAN, sources)], from examples/demo.toml.
EXPECTED = {"up0": [], "dn1": [(0, {VIDEO, AUDIO, AUDIO6})], "dn2": [(0, {VIDEO})],
            "dn3": [(10, {VIDEO}), (20, {VIDEO, AUDIO, AUDIO6})]}
GROUPS = {VIDEO: "232.1.1.1", AUDIO: "239.1.1.1", AUDIO6: "ff3e::8000:1"}
UDP = 17


def is_ipv6(packet):
    return packet[0] >> 4 == 6


def forwarded(packet):
    """The IP packet as it leaves a router."""
    if is_ipv6(packet):
        return packet[:7] + bytes([packet[7] - 1]) + packet[8:]
    header = bytearray(packet[:20])
    header[8] -= 1
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack(">H", checksum(bytes(header)))
    return bytes(header) + packet[20:]


def link_header(packet, tag):
    """The frame's octets before the packet, without the source's address."""
    if is_ipv6(packet):
        return b"\x33\x33" + packet[36:40] + tag + b"\x86\xdd"
    return bytes([1, 0, 0x5E, packet[17] & 0x7F]) + packet[18:20] + tag + b"\x08\x00"


def ip_packet(frame):
    """(source, group, protocol, IP packet) of an untagged frame; nothing of another one."""
    octets = frame[14:]
    if frame[12:14] == b"\x08\x00":
        packet = octets[:struct.unpack(">H", octets[2:4])[0]]
        yield str(ipaddress.IPv4Address(packet[12:16])), str(ipaddress.IPv4Address(packet[16:20])), packet[9], packet
    if frame[12:14] == b"\x86\xdd":
        packet = octets[:40 + struct.unpack(">H", octets[4:6])[0]]
        yield str(ipaddress.IPv6Address(packet[8:24])), str(ipaddress.IPv6Address(packet[24:40])), packet[6], packet


def streams(frames):
    """(source, IP packet) of each packet of the demo's streams."""
    for frame in frames:
        for source, group, protocol, packet in ip_packet(frame):
            if GROUPS.get(source) == group and protocol == UDP:
                yield source, packet


def expected_frames(port):
    """Per VLAN, destination address to end of packet, without the source address."""
    for vlan, sources in EXPECTED[port]:
        tag = struct.pack(">HH", 0x8100, vlan) if vlan else b""
        yield vlan, [link_header(packet, tag) + forwarded(packet)
                     for source, packet in streams(pcap.read(ROOT / "examples/demo/senders.pcap")) if source in sources]


def by_family(frames):
    """In the order that they have, IPv4's first: a worker makes two batches of a burst."""
    return sorted(frames, key=lambda frame: frame[0])  # of a group's MAC address, 1 or 0x33


def vlan_of(frame):
    return struct.unpack(">H", frame[14:16])[0] & 0xFFF if frame[12:14] == b"\x81\x00" else 0


with tempfile.TemporaryDirectory() as directory:
    out = pathlib.Path(directory)
    with Mgmd(configuration(directory), out) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        mgmd.stop()
    for port in EXPECTED:
        sent = pcap.read(out / f"{port}.pcap")
        by_vlan = dict(expected_frames(port))
        assert len({frame[6:12] for frame in sent}) <= 1, f"{port}: one source address"
        for vlan, expected in by_vlan.items():
            got = [frame[:6] + frame[12:] for frame in sent if vlan_of(frame) == vlan]
            assert expected, f"{port} VLAN {vlan}: the capture has packets for it"
            assert by_family(got) == by_family(expected), (
                f"{port} VLAN {vlan}: {len(got)} frames sent, {len(expected)} expected, or others")
        assert len(sent) == sum(len(frames) for frames in by_vlan.values()), f"{port}: frames of no route were sent"
        print(f"{port}: {len(sent)} frames as expected")
sys.exit(0)
