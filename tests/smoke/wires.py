"""Virtual wires for the smoke tests: a network namespace of the test's own, with veth pairs in it.

    enter_own_network()
    source, receiver = Wire("in0"), Wire("out1")    # mgmd's ends are the netdevs "in0" and "out1"
    source.send(stream_frame("10.0.0.1", "232.1.1.1"))
    frames = receiver.receive(1)

The namespace has no name and goes with the test's last process, however the test ends: nothing is left to clean up and
no other test is met. Where the kernel does not let us have one, the test is skipped (status 77).
"""

import json
import pathlib
import socket
import struct
import subprocess
import time

from netns import SKIPPED, enter_network, enter_own_network, ip

SOURCE, GROUP = "10.0.0.1", "232.1.1.1"
SOURCE6, GROUP6 = "2001:db8::1", "ff3e::8000:1"
TIMEOUT = 20  # seconds; only the guard against a hang
PACKET_IGNORE_OUTGOING = 23


class Wire:
    """A veth pair: `name` is mgmd's end, the test sends and receives at the other."""

    def __init__(self, name, mtu=1500):
        self.name, self.peer = name, f"{name}-peer"
        ip("link", "add", "name", self.name, "mtu", str(mtu), "type", "veth", "peer", "name", self.peer, "mtu",
           str(mtu))
        for end in (self.name, self.peer):
            ip("link", "set", "dev", end, "up")
        self.open()

    def open(self):
        """The test's end; what comes from here on is received."""
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 512 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((self.peer, 0))
        self.socket.setsockopt(263, PACKET_IGNORE_OUTGOING, 1)

    def link(self):
        """The kernel's view of mgmd's end."""
        shown = subprocess.run(["ip", "-j", "-d", "-s", "link", "show", "dev", self.name], check=True,
                               capture_output=True)
        return json.loads(shown.stdout)[0]

    def mac(self):
        return bytes.fromhex(self.link()["address"].replace(":", ""))

    def set(self, *words):
        ip("link", "set", "dev", self.name, *words)

    def send(self, *frames):
        for frame in frames:
            self.socket.send(frame)

    def receive(self, count, timeout=TIMEOUT):
        """The next `count` frames; fewer only where no more came in time."""
        frames = []
        deadline = time.monotonic() + timeout
        while len(frames) < count and (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frames.append(self.socket.recv(65535))
            except TimeoutError:
                break
        return frames

    def received_so_far(self):
        frames = []
        self.socket.setblocking(False)
        while True:
            try:
                frames.append(self.socket.recv(65535))
            except BlockingIOError:
                return frames


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def stream_frame(source, group, payload=b"", source_mac=b"\x02\0\0\0\0\x01", ttl=16, df=False, vlan=None):
    """An Ethernet frame with a UDP datagram without a UDP checksum."""
    to = socket.inet_aton(group)
    udp = struct.pack(">HHHH", 4000, 5000, 8 + len(payload), 0) + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000 if df else 0, ttl, 17, 0)
    header += socket.inet_aton(source) + to
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    tag = struct.pack(">HH", 0x8100, vlan) if vlan else b""
    return b"\x01\0\x5e" + bytes([to[1] & 0x7F]) + to[2:] + source_mac + tag + b"\x08\0" + header + udp


def stream_frame6(source, group, payload=b"", source_mac=b"\x02\0\0\0\0\x01", hop_limit=16):
    """The same of IPv6, but with no upper layer (next header 59)."""
    to = socket.inet_pton(socket.AF_INET6, group)
    header = struct.pack(">IHBB", 0x60000000, len(payload), 59, hop_limit)
    header += socket.inet_pton(socket.AF_INET6, source) + to
    return b"\x33\x33" + to[12:] + source_mac + b"\x86\xdd" + header + payload


def numbered(count, first=0, octets=900, **header):
    """Frames of the stream that configuration() forwards, each with its number in front."""
    return [stream_frame(SOURCE, GROUP, struct.pack(">I", n).ljust(octets, b"."), **header)
            for n in range(first, first + count)]


def number_of(frame):
    return struct.unpack(">I", frame[42:46])[0]


def port(summary, name):
    return next(port for port in summary["ports"] if port["name"] == name)


def wait_for_device(mgmd, name):
    """Until the port's device has been opened and its link is up."""
    mgmd.wait_for("device", port=name, what="opened")
    mgmd.wait_for("port", name=name, up=True)


def small_router(memory=256, limits=""):
    """The first tables of a configuration: a router with one worker, on ordinary pages."""
    return f"""[dpdk]
eal_args = ["--lcores=0@0,1@1", "--no-pci", "--no-huge", "--no-shconf", "-m", "{memory}"]
workers = [1]
[limits]
mfes = 1024
pending = 64
pending_packets = 256
retired = 4096
{limits}
"""


def interface(number, name, addresses, netdev=None, arguments=""):
    """One of a router's, on the netdev of that name if no other is said; `arguments` are its driver's."""
    return f"""
[[interface]]
name = "{name}"
device = "net_af_packet{number},iface={netdev or name}{arguments}"
addresses = {json.dumps(list(addresses))}
"""


def lan_interfaces(names):
    """Interfaces of both families on netdevs of those names: the first is 10.0.0.254, 2001:db8::fe and fe80::1."""
    return "".join(interface(number, name, (f"10.{number}.0.254/24", f"2001:db8:{number}::fe/64",
                                            f"fe80::{number + 1}/64")) for number, name in enumerate(names))


def wait_until(describe, expected):
    """For what tells nobody of a change: looks ten times a second until describe() is as expected."""
    begin = time.monotonic()
    while (found := describe()) != expected:
        assert time.monotonic() < begin + TIMEOUT, f"{found} and not {expected}"
        time.sleep(0.1)


def configuration(directory, devices, more="", memory=256, limits="", interface_keys=""):
    """A router that forwards (SOURCE, GROUP) and (SOURCE6, GROUP6) from the first of the devices (name -> DPDK device)
    to the others."""
    names = list(devices)
    text = small_router(memory, limits)
    for number, (name, device) in enumerate(devices.items()):
        text += f"""
[[interface]]
name = "{name}"
device = "{device}"
addresses = ["10.{number}.0.254/24", "2001:db8:{number}::fe/64"]
{interface_keys}
"""
    listed = ", ".join(f'"{name}"' for name in names)
    outputs = ", ".join(f'"{name}"' for name in names[1:])
    text += f"""
[protocol.static]
interfaces = [{listed}]
[[protocol.static.mroute]]
from = "{names[0]}"
source = "{SOURCE}"
group = "{GROUP}"
to = [{outputs}]
[[protocol.static.mroute]]
from = "{names[0]}"
source = "{SOURCE6}"
group = "{GROUP6}"
to = [{outputs}]
{more}
"""
    path = pathlib.Path(directory) / "wires.toml"
    path.write_text(text)
    return path
