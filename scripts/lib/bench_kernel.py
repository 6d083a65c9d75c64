"""Linux as a peer, and mgmd in its place: three network namespaces in a row (source, router, sinks), joined by virtual
Ethernet. A packet socket sends into the source's end; what is counted is what the sinks' interfaces have received.
Needs root.
"""

import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import time

from bench_peer import Unavailable

# linux/mroute.h
MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = 200, 202, 204
VIFF_USE_IFINDEX, MAXVIFS = 8, 32
CLONE_NEWNET = 0x40000000

# Key number 0 of tests/bench/packet_source.h.
SOURCE = socket.inet_ntoa(struct.pack(">I", 0x0A000000 | 0x9E3779B1 & 0xFFFFFF))
GROUP = socket.inet_ntoa(struct.pack(">I", 0xE1000000 | 0xC2B2AE35 >> 8))


def _ip(*words):
    result = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if result.returncode != 0:
        raise Unavailable(f"ip {' '.join(map(str, words))}: {result.stderr.strip()}")


def enter(namespace):
    with open(f"/run/netns/{namespace}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def route_in_kernel(fanout):
    """In the router's namespace: the one route. It lasts as long as the socket that is returned."""
    control = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
    control.setsockopt(socket.IPPROTO_IP, MRT_INIT, struct.pack("i", 1))
    for vif, name in enumerate(["in", *(f"out{n}" for n in range(fanout))]):
        vifctl = struct.pack("HBBIi4s", vif, VIFF_USE_IFINDEX, 1, 0, socket.if_nametoindex(name), bytes(4))
        control.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF, vifctl)
    ttls = bytes([0, *[1] * fanout, *[0] * (MAXVIFS - 1 - fanout)])
    mfcctl = socket.inet_aton(SOURCE) + socket.inet_aton(GROUP) + struct.pack("H", 0) + ttls + bytes(18)
    control.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC, mfcctl)
    return control


class Namespaces:
    """source --in--> router --out0..N--> sinks, for as long as the `with` block runs."""

    def __init__(self, fanout):
        self.fanout = fanout
        self.names = {role: f"mgmd-bench-{os.getpid()}-{role}" for role in ("source", "router", "sinks")}

    def __enter__(self):
        if os.geteuid() != 0:
            raise Unavailable("network namespaces need root")
        try:
            for name in self.names.values():
                _ip("netns", "add", name)
                for setting in ("net.ipv6.conf.default.disable_ipv6=1", "net.ipv4.conf.all.rp_filter=0",
                                "net.ipv4.conf.default.rp_filter=0"):
                    subprocess.run(["ip", "netns", "exec", name, "sysctl", "-q", "-w", setting], capture_output=True)
            self._wire("in", "source", "flood")
            _ip("-n", self.names["router"], "address", "add", "10.200.0.1/8", "dev", "in")
            for n in range(self.fanout):
                self._wire(f"out{n}", "sinks", f"sink{n}")
                _ip("-n", self.names["router"], "address", "add", f"192.168.{n}.1/24", "dev", f"out{n}")
        except Unavailable:
            self.__exit__()
            raise
        return self

    def _wire(self, name, other, other_name):
        router, far = self.names["router"], self.names[other]
        _ip("-n", router, "link", "add", name, "type", "veth", "peer", "name", other_name, "netns", far)
        _ip("-n", router, "link", "set", name, "up")
        _ip("-n", far, "link", "set", other_name, "up")

    def __exit__(self, *_):
        for name in self.names.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def inside(self, role, command, **options):
        return subprocess.Popen(["ip", "netns", "exec", self.names[role], *map(str, command)], stdin=subprocess.DEVNULL,
                                text=True, **options)

    def received(self):
        """Copies that have reached the sinks."""
        output = subprocess.run(["ip", "-n", self.names["sinks"], "-json", "-statistics", "link"], check=True,
                                capture_output=True, text=True).stdout
        return sum(link["stats64"]["rx"]["packets"] for link in json.loads(output) if link["ifname"].startswith("sink"))

    def flood(self, binary, octets, seconds):
        """Sends for `seconds`. Returns packets sent and copies received, a second."""
        before = self.received()
        sender = self.inside("source", [binary, "flood", octets, seconds], stdout=subprocess.PIPE)
        sent = int(sender.communicate()[0])
        return {"input_mpps": sent / seconds / 1e6, "copies_mps": (self.received() - before) / seconds / 1e6}


def run_kernel(flood, fanout, octets, seconds):
    """The kernel forwards."""
    with Namespaces(fanout) as namespaces:
        router = namespaces.inside("router", [sys.executable, __file__, fanout], stdout=subprocess.PIPE)
        try:
            if router.stdout.readline().strip() != "ready":
                raise Unavailable("the kernel has no IPv4 multicast routing")
            return namespaces.flood(flood, octets, seconds)
        finally:
            router.kill()
            router.wait()


def run_mgmd(flood, forward_bench, fanout, octets, seconds, hugepages=True):
    """mgmd forwards, on packet sockets (net_af_packet) on the same interfaces."""
    with Namespaces(fanout) as namespaces:
        # Frames of 1,024 octets fit the buffers; the default of 2,048 does not.
        device = "net_af_packet{},iface={},framesz=1024,framecnt=4096,qdisc_bypass=1"
        devices = " ".join(device.format(n, name) for n, name in enumerate(
            ["in", *(f"out{n}" for n in range(fanout))]))
        router = namespaces.inside("router", [forward_bench, "--measure", "forward", "--entries", 1, "--fanout", fanout,
                                              "--size", octets, "--seconds", seconds + 3, "--rounds", 1,
                                              "--devices", devices], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 20
            while not _listens(namespaces, router):
                if router.poll() is not None or time.monotonic() > deadline:
                    raise Unavailable(f"mgmd on packet sockets: {router.communicate()[1].strip()[-200:]}")
                time.sleep(0.01)  # until its packet sockets are open
            return namespaces.flood(flood, octets, seconds)
        finally:
            router.kill()
            router.wait()


def _listens(namespaces, router):
    """Whether all packet sockets of the router are there."""
    sockets = subprocess.run(["ip", "netns", "exec", namespaces.names["router"], "cat", "/proc/net/packet"],
                             capture_output=True, text=True).stdout
    return len(sockets.splitlines()) > namespaces.fanout + 1


if __name__ == "__main__":
    held = route_in_kernel(int(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.close()
    while True:
        time.sleep(3600)  # until killed
