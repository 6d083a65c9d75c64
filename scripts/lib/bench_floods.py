"""Streams that flow by one port of mgmd, as a program, while another port is flooded with packets of one class.

Both ports play a capture in a circle, as fast as the worker takes it. Where this is root the flooded interface has a
twin, so that control has all the work of handing to the host what is for it.
"""

import json
import os
import pathlib
import random
import socket
import struct

import pcap
from bench_peer import SENDER, frame, ipv4, stream, to_group
from bench_process import measure_mgmd

FRAMES = 16384  # of the flood
KNOWN = 1000  # streams that flow
EVERYBODY = b"\xff" * 6
ROUTER, ROUTER6 = "10.200.255.254", "2001:db8:2::fe"  # own addresses of the flooded interface
DELIVERED = "239.9.9.9"


def _ipv4(n, destination, protocol, ttl=1, payload=b""):
    return ipv4(f"10.200.{n >> 8 & 0xFF}.{n & 0xFF}", destination, payload, protocol, ttl)


def _ipv6(n, destination, protocol, hops=1, payload=b""):
    source = socket.inet_pton(socket.AF_INET6, f"2001:db8:2::{n + 1:x}")
    header = struct.pack(">IHBB", 6 << 28, len(payload), protocol, hops)
    return header + source + socket.inet_pton(socket.AF_INET6, destination) + payload


def _to_group6(n, group, protocol, hops=1, payload=b""):
    """The frame to the group's MAC address."""
    to = socket.inet_pton(socket.AF_INET6, group)
    return b"\x33\x33" + to[12:] + SENDER + b"\x86\xdd" + _ipv6(n, group, protocol, hops, payload)


def _to_all(packet):
    """What is for the router's own address, in a frame that needs no address of its port."""
    return EVERYBODY + SENDER + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0") + packet


def _arp(target, n):
    who = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + SENDER + socket.inet_aton(f"10.200.{n >> 8 & 0xFF}.{n & 0xFF}")
    return EVERYBODY + SENDER + b"\x08\x06" + who + bytes(6) + socket.inet_aton(target)


def _garbage(n, octets=20):
    return random.Random(n).randbytes(octets)


CLASSES = {
    "unknown streams": lambda n: to_group(_ipv4(n, f"239.2.{n >> 8 & 0xFF}.{n & 0xFF}", 17, 64, bytes(20))),
    "unknown streams of IPv6": lambda n: _to_group6(n, f"ff0e::2:{n:x}", 17, 64, bytes(20)),
    "IGMP": lambda n: to_group(_ipv4(n, "224.0.0.22", 2, payload=_garbage(n))),
    "MLD": lambda n: _to_group6(n, "ff02::16", 58, payload=b"\x8f\0" + _garbage(n)),
    "ARP for an own address": lambda n: _arp(ROUTER, n),
    "ARP": lambda n: EVERYBODY + SENDER + b"\x08\x06" + _garbage(n, 28),
    "neighbour solicitations": lambda n: _to_group6(n, "ff02::1:ff00:fe", 58, 255, b"\x87\0" + _garbage(n, 22)),
    "unicast": lambda n: _to_all(_ipv4(n, ROUTER, 17, 64, _garbage(n))),
    "routing groups": lambda n: to_group(_ipv4(n, "224.0.0.5", 89, payload=_garbage(n))),
    "mDNS": lambda n: to_group(_ipv4(n, "224.0.0.251", 17, 255, _garbage(n))),
    "PIM": lambda n: to_group(_ipv4(n, "224.0.0.13", 103, payload=_garbage(n))),
    "PIM Registers": lambda n: _to_all(_ipv4(n, ROUTER, 103, 64, _garbage(n))),
    "PIM Registers of IPv6": lambda n: _to_all(_ipv6(n, ROUTER6, 103, 64, _garbage(n))),
    "delivered streams": lambda n: to_group(_ipv4(n, DELIVERED, 17, 64, bytes(20))),
    "other EtherTypes": lambda n: b"\x01\x80\xc2\0\0\x0e" + SENDER + b"\x88\xcc" + _garbage(n, 46),
}


class Floods:
    def __init__(self, directory, mgmd):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.mgmd = mgmd
        self.known = self.directory / "known.pcap"
        pcap.write(self.known, (frame(60, *stream(n % KNOWN)) for n in range(FRAMES)))
        self.twin = os.geteuid() == 0 and pathlib.Path("/dev/net/tun").exists()

    def run(self, name, seconds):
        """What the streams forwarded and lost beside the flood `name`, or none where it is None, and control's longest
        turn."""
        rates, summary = measure_mgmd(self.mgmd, self.directory, self._configuration(name), 1, seconds)
        known = [route for route in summary["routes"] if route["group"].startswith("232.1.")]
        ports = {port["name"]: port for port in summary["ports"]}
        return {"flood": name,
                "copies_mps": rates["copies_mps"],
                "lost": sum(sum(route["drops"].values()) for route in known),
                "flood_packets": ports["flood"]["rx_packets"] if name else 0,
                "drops": summary["drops"],
                "longest_turn_us": summary["control"]["longest_turn_us"],
                "long_turns": summary["control"]["long_turns"]}

    def _configuration(self, name):
        lines = ["[dpdk]", 'eal_args = ["-l", "0,1", "--no-pci"]', "workers = [1]", "[limits]",
                 # Fewer than the flood has streams, so that each is a new one whenever it comes.
                 f"negative_mfes = {FRAMES // 8}",
                 "[[interface]]", 'name = "out"', 'device = "net_null0,no-rx=1"',
                 "[[interface]]", 'name = "in"', 'addresses = ["10.0.255.254/16"]',
                 f'device = "net_pcap0,rx_pcap={self.known},infinite_rx=1,tx_pcap=/dev/null"']
        names = ["out", "in"]
        if name:
            capture = self.directory / "flood.pcap"
            pcap.write(capture, (CLASSES[name](n).ljust(60, b"\0") for n in range(FRAMES)))
            names.append("flood")
            lines += ["[[interface]]", 'name = "flood"', f'addresses = ["{ROUTER}/16", "{ROUTER6}/64"]',
                      f'device = "net_pcap1,rx_pcap={capture},infinite_rx=1,tx_pcap=/dev/null"']
            if self.twin:
                lines += ["tap = true", "tap_all = true", f'deliver = ["{DELIVERED}"]']
        lines += ["[protocol.static]", f"interfaces = {json.dumps(names)}"]
        for number in range(KNOWN):
            source, group = stream(number)
            lines += ["[[protocol.static.mroute]]", 'from = "in"', f'source = "{source}"', f'group = "{group}"',
                      'to = ["out"]']
        return "\n".join(lines) + "\n"
