#!/usr/bin/python3
"""The demo's ports send exactly what their receivers asked for: every packet of the capture that a route names, once,
in order, with the TTL one lower, a right checksum, the group's MAC address and the port's VLAN, and nothing else."""

import pathlib
import struct
import sys
import tempfile

import pcap
from mgmd_process import ROOT, Mgmd

VIDEO, AUDIO = "10.0.0.1", "10.0.0.2"
# Port -> [(VLAN, sources)], from examples/demo.toml.
EXPECTED = {"up0": [], "dn1": [(0, {VIDEO, AUDIO})], "dn2": [(0, {VIDEO})],
            "dn3": [(10, {VIDEO}), (20, {VIDEO, AUDIO})]}
GROUPS = {VIDEO: "232.1.1.1", AUDIO: "239.1.1.1"}


def address(data):
    return ".".join(str(byte) for byte in data)


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def forwarded(packet):
    """The IP packet as it leaves a router."""
    header = bytearray(packet[:20])
    header[8] -= 1
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack(">H", checksum(bytes(header)))
    return bytes(header) + packet[20:]


def streams(frames):
    """(source, IP packet) of each packet of the demo's streams."""
    for frame in frames:
        if frame[12:14] != b"\x08\x00":
            continue
        packet = frame[14:14 + struct.unpack(">H", frame[16:18])[0]]
        source, group = address(packet[12:16]), address(packet[16:20])
        if GROUPS.get(source) == group and packet[9] == 17:
            yield source, packet


def expected_frames(port):
    """Per VLAN, destination address to end of packet, without the source address."""
    for vlan, sources in EXPECTED[port]:
        tag = struct.pack(">HH", 0x8100, vlan) if vlan else b""
        yield vlan, [bytes([1, 0, 0x5E, packet[17] & 0x7F]) + packet[18:20] + tag + b"\x08\x00" + forwarded(packet)
                     for source, packet in streams(pcap.read(ROOT / "examples/demo/senders.pcap")) if source in sources]


def vlan_of(frame):
    return struct.unpack(">H", frame[14:16])[0] & 0xFFF if frame[12:14] == b"\x81\x00" else 0


with tempfile.TemporaryDirectory() as directory:
    out = pathlib.Path(directory)
    config = out / "demo.toml"
    config.write_text((ROOT / "examples/demo.toml").read_text().replace("out/demo/", f"{directory}/"))
    with Mgmd(config, out) as mgmd:
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
            assert got == expected, f"{port} VLAN {vlan}: {len(got)} frames sent, {len(expected)} expected, or others"
        assert len(sent) == sum(len(frames) for frames in by_vlan.values()), f"{port}: frames of no route were sent"
        print(f"{port}: {len(sent)} frames as expected")
sys.exit(0)
