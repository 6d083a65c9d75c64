"""Linux as a router, and mgmd in its place: three network namespaces in a row (source, router, sinks), joined by
virtual Ethernet. A packet socket sends into the source's end, as fast as the kernel takes it; what is counted is what
the sinks' netdevs have received. Needs root.
"""

import contextlib
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from bench_peer import Unavailable
from mgmd_process import Mgmd, MgmdError
from netns import enter_network

WARM_UP = 0.3  # seconds
ROUTERS = {"kernel": "Linux", "af_packet": "mgmd by net_af_packet", "af_xdp": "mgmd by net_af_xdp"}

# Key number 0 of tests/bench/packet_source.h, and of IPv6 behind ipv6_fronts.h.
SOURCE, GROUP = 0x0A000000 | 0x9E3779B1 & 0xFFFFFF, 0xE1000000 | 0xC2B2AE35 >> 8
STREAMS = {"ipv4": (str(ipaddress.IPv4Address(SOURCE)), str(ipaddress.IPv4Address(GROUP))),
           "ipv6": (str(ipaddress.IPv6Address(0x20010DB8 << 96 | SOURCE)),
                    str(ipaddress.IPv6Address(0xFF0E << 112 | GROUP)))}
ADDRESSES = ["10.200.0.1/8", "2001:db8::1/64"]  # of the router's end towards the source


def _ip(*words):
    result = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if result.returncode != 0:
        raise Unavailable(f"ip {' '.join(map(str, words))}: {result.stderr.strip()}")


def _busy_seconds():
    """Of all cores, since the machine started."""
    user, nice, system, _, _, irq, softirq = map(int, pathlib.Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Namespaces:
    """source --in--> router --out0..N--> sinks, for as long as the `with` block runs."""

    def __init__(self, fanout):
        self.fanout = fanout
        self.names = {role: f"mgmd-bench-{os.getpid()}-{role}" for role in ("source", "router", "sinks")}

    def __enter__(self):
        if os.geteuid() != 0:
            raise Unavailable("network namespaces need root")
        try:
            for role, name in self.names.items():
                _ip("netns", "add", name)
                # Of the two ends nobody speaks on the wires.
                for setting in (f"net.ipv6.conf.default.disable_ipv6={int(role != 'router')}",
                                "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"):
                    subprocess.run(["ip", "netns", "exec", name, "sysctl", "-q", "-w", setting], capture_output=True)
            self._wire("in", "source", "flood")
            for address in ADDRESSES:
                _ip("-n", self.names["router"], "address", "add", address, "dev", "in")
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

    def enter_router(self):
        enter_network(f"/run/netns/{self.names['router']}")

    def inside(self, role, command):
        return subprocess.Popen(["ip", "netns", "exec", self.names[role], *map(str, command)], stdin=subprocess.DEVNULL,
                                text=True, stdout=subprocess.PIPE)

    def _received(self):
        """Copies that have reached the sinks."""
        output = subprocess.run(["ip", "-n", self.names["sinks"], "-json", "-statistics", "link"], check=True,
                                capture_output=True, text=True).stdout
        return sum(link["stats64"]["rx"]["packets"] for link in json.loads(output) if link["ifname"].startswith("sink"))

    def flood(self, binary, family, octets, seconds):
        """Sends, and after a while counts for `seconds`. Returns packets sent and copies received, a second, and how
        many cores were busy."""
        length = WARM_UP + seconds + 0.1  # it is sending still when the count ends
        # Not on the core of mgmd's worker.
        sender = self.inside("source", ["taskset", "--cpu-list", 0, binary, "flood", octets, length, family])
        time.sleep(WARM_UP)
        received, busy, begin = self._received(), _busy_seconds(), time.monotonic()
        time.sleep(seconds)  # the length of the trial
        received, busy, took = self._received() - received, _busy_seconds() - busy, time.monotonic() - begin
        return {"input_mpps": int(sender.communicate()[0]) / length / 1e6, "copies_mps": received / took / 1e6,
                "busy_cores": busy / took}


@contextlib.contextmanager
def _kernel(namespaces, family):
    """The kernel forwards."""
    router = namespaces.inside("router", [sys.executable, pathlib.Path(__file__).with_name("bench_kernel.py"), family,
                                          namespaces.fanout, *STREAMS[family]])
    try:
        if router.stdout.readline().strip() != "ready":
            raise Unavailable(f"the kernel has no {family} multicast routing")
        yield
    finally:
        router.kill()
        router.wait()


@contextlib.contextmanager
def _mgmd(namespaces, family, mgmd, driver):
    """mgmd forwards, by that driver on the same netdevs, with what it chooses itself."""
    source, group = STREAMS[family]
    names = ["in", *(f"out{n}" for n in range(namespaces.fanout))]
    lines = ["[dpdk]", 'eal_args = ["--lcores=0@0,1@1", "--no-pci"]', "workers = [1]"]
    for n, name in enumerate(names):
        lines += ["[[interface]]", f'name = "{name}"', f'device = "net_{driver}{n},iface={name}"']
        if name == "in":
            lines.append(f"addresses = {json.dumps(ADDRESSES)}")
    lines += ["[protocol.static]", f"interfaces = {json.dumps(names)}", "[[protocol.static.mroute]]", 'from = "in"',
              f'source = "{source}"', f'group = "{group}"', f"to = {json.dumps(names[1:])}"]
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "mgmd.toml"
        config.write_text("\n".join(lines) + "\n")
        try:
            with Mgmd(config, directory, binary=mgmd, before=namespaces.enter_router) as router:
                router.wait_for("ready")
                yield
                router.stop()
        except MgmdError as error:
            raise Unavailable(f"mgmd by net_{driver}: {str(error).splitlines()[-1]}") from error


def run(flood, mgmd, router, family, octets, fanout, seconds):
    """What flood() says of one of ROUTERS. Raises Unavailable."""
    with Namespaces(fanout) as namespaces:
        with _kernel(namespaces, family) if router == "kernel" else _mgmd(namespaces, family, mgmd, router):
            return namespaces.flood(flood, family, octets, seconds)
