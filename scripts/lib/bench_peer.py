"""What is alike in peers that run as processes of their own on DPDK's ports: captures in, rates from telemetry."""

import json
import pathlib
import socket
import struct
import time

START_TIMEOUT = 20  # seconds
SENDER = b"\x02\0\0\0\0\1"  # its MAC address


class Unavailable(Exception):
    """Why a peer cannot be had here."""


def ipv4(source, destination, payload, protocol=17, ttl=64):
    """A packet that is not to be fragmented."""
    header = bytearray(struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, ttl, protocol, 0)
                       + socket.inet_aton(source) + socket.inet_aton(destination))
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    header[10:12] = struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF)
    return bytes(header) + payload


def to_group(packet):
    """The Ethernet frame to the group of an IPv4 packet, without frame check sequence."""
    return b"\x01\x00\x5e" + bytes([packet[17] & 0x7F]) + packet[18:20] + SENDER + b"\x08\0" + packet


def frame(octets, source, group):
    return to_group(ipv4(source, group, bytes(octets - 34)))


def stream(number):
    """Source and group of the one of that number, below 65,536."""
    return f"10.0.{number >> 8}.{number & 0xFF}", f"232.1.{number >> 8}.{number & 0xFF}"


def measure_rates(process, runtime, fanout, seconds):
    """Packets/s that the process takes in at the port after its first `fanout` ports, and copies/s that it sends to
    those, in millions, from its first packet on. Raises Unavailable."""
    with _telemetry(process, runtime) as telemetry:
        deadline = time.monotonic() + START_TIMEOUT
        while _packets(telemetry, fanout)[0] == 0:
            if time.monotonic() > deadline:
                raise Unavailable("the peer took no packet")
        before, begin = _packets(telemetry, fanout), time.monotonic()
        time.sleep(seconds)  # the length of the trial
        after, took = _packets(telemetry, fanout), time.monotonic() - begin
    return {"input_mpps": (after[0] - before[0]) / took / 1e6, "copies_mps": (after[1] - before[1]) / took / 1e6}


def _telemetry(process, runtime):
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        for path in pathlib.Path(runtime).glob("dpdk_telemetry.v2*"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            connection.settimeout(START_TIMEOUT)
            try:
                connection.connect(str(path))
                connection.recv(4096)
                return connection
            except OSError:
                connection.close()
        time.sleep(0.01)  # a process of somebody else's starts: nothing tells when
    raise Unavailable("the peer did not start")


def _packets(telemetry, fanout):
    """Packets received, and copies sent, since the start."""
    def stats(port):
        telemetry.send(f"/ethdev/stats,{port}".encode())
        answer = telemetry.recv(65536)
        if not answer:
            raise Unavailable("the peer ended early")
        # Telemetry answers before the ports are there.
        return json.loads(answer)["/ethdev/stats"] or {"ipackets": 0, "opackets": 0}
    return stats(fanout)["ipackets"], sum(stats(port)["opackets"] for port in range(fanout))
