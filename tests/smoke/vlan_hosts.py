#!/usr/bin/python3
"""Hosts of two VLANs of one port, and one whose frames are tagged for their priority alone: each lives with the twin of
its own interface as it would on a wire of its own, streams go from VLAN to VLAN, and nothing else does. By ports of
net_af_packet, net_af_xdp and net_tap.

A switch in user space tags what the hosts send (tagger.py). The router is in this process' network namespace, the hosts
are in others. Needs root; skipped otherwise.
"""

import contextlib
import ipaddress
import pathlib
import socket
import struct
import tempfile
from typing import NamedTuple

import hosts
from drivers import drivers
from host_programs import listener, multicast, ping, receive
from mgmd_process import Mgmd
from tagger import Tagger, open_wire
from wires import enter_own_network, ip, port, small_router

DELIVERED = {"239.9.9.9", "ff1e::9:9"}
DATAGRAMS = 200


class Lan(NamedTuple):
    """An interface with its wire. `tag`: of its host's frames; `vlan`: of the router's, if any."""
    interface: str
    tag: int
    vlan: int | None

    @property
    def wire(self):
        return f"w{self.tag}"

    def host(self, ipv6=False):
        return f"2001:db8:f{self.tag}::1" if ipv6 else f"10.{self.tag}.0.1"

    def router(self, ipv6=False):
        return f"2001:db8:f{self.tag}::fe" if ipv6 else f"10.{self.tag}.0.254"

    def stream(self, ipv6=False):
        """The group of the stream that its host sends to the other VLAN."""
        return f"ff3e::8000:{self.tag}" if ipv6 else f"232.1.1.{self.tag}"

    def has(self, address):
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(network)
                   for network in (f"10.{self.tag}.0.0/24", f"2001:db8:f{self.tag}::/64"))


A, B, UNTAGGED = LANS = Lan("lan100", 100, 100), Lan("lan200", 200, 200), Lan("wire", 0, None)
OTHER = {A: B, B: A}


# --- What hosts do


def mac():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("eth0", 0))
        return wire.getsockname()[4].hex()


# --- The router


def configuration(directory, device):
    text = small_router(memory=512)
    for lan in (UNTAGGED, A, B):
        text += f"""
[[interface]]
name = "{lan.interface}"
{f'device = "{device}"' if lan.vlan is None else f'parent = "{UNTAGGED.interface}"' + chr(10) + f'vlan = {lan.vlan}'}
tap = true
addresses = ["{lan.router()}/24", "{lan.router(True)}/64"]
"""
        if lan is A:
            text += f"deliver = {sorted(DELIVERED)}\n"
    text += f"[protocol.static]\ninterfaces = {[lan.interface for lan in LANS]}\n"
    for lan, other in OTHER.items():
        for ipv6 in (False, True):
            text += f"""
[[protocol.static.mroute]]
from = "{lan.interface}"
source = "{lan.host(ipv6)}"
group = "{lan.stream(ipv6)}"
to = ["{other.interface}"]
"""
    path = pathlib.Path(directory) / "vlan_hosts.toml"
    path.write_text(text)
    return path


def wait_for_addresses(mgmd):
    """Until the host has the global address of IPv6 on every twin."""
    missing = {lan.interface for lan in LANS}
    while missing:
        event = mgmd.wait_for("twin", what="addresses")
        if any(address.startswith("2001:") for address in event["addresses"]):
            missing.discard(event["name"])


# --- What is checked


def check_answers(by_lan):
    """Each question is answered once, in both families, to and from each VLAN."""
    for lan, host in by_lan.items():
        for ipv6 in (False, True):
            assert host.call(ping, lan.router(ipv6), 20) == 20, (lan, ipv6)
            assert ping(lan.host(ipv6), 5) == 5, (lan, ipv6)


def check_streams(by_lan):
    """A stream of each VLAN comes to a host of the other, whole, with the checksums that its sender has left to a card;
    and one that nobody forwards does not."""
    texts = [f"datagram {number}" for number in range(DATAGRAMS)]
    for lan, other in OTHER.items():
        for ipv6 in (False, True):
            by_lan[other].tell(receive, lan.stream(ipv6), DATAGRAMS)
            assert by_lan[other].answer() == "listening"
            by_lan[lan].call(multicast, other.stream(ipv6), 16, "of the other VLAN's source")
            by_lan[lan].call(multicast, lan.stream(ipv6), 16, *texts)
            assert by_lan[other].answer() == texts, (lan, ipv6)


def check_delivered(by_lan):
    """A listener on the router hears what its own VLAN sends, and nothing of the other's."""
    for group in sorted(DELIVERED):
        with listener(group, A.interface) as router:
            by_lan[B].call(multicast, group, 16, "by another VLAN")
            by_lan[B].call(ping, B.router(), 1)  # so it is here, if it is
            by_lan[A].call(multicast, group, 16, "for the host")
            assert router.recv(100) == b"for the host"


def check_unknown_vlan(mgmd, switch, by_lan):
    """A question by a VLAN that the port does not have is not answered."""
    question = (b"\xff" * 6 + bytes.fromhex(by_lan[A].call(mac)) + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1)
                + bytes.fromhex(by_lan[A].call(mac)) + socket.inet_aton(A.host()) + bytes(6)
                + socket.inet_aton(A.router()))
    switch.send(question, 300)
    by_lan[A].call(ping, A.router(), 1)
    assert mgmd.summary()["drops"]["unknown_vlan"] == 1, mgmd.last_summary()["drops"]


def source_of(frame):
    """The IP or ARP sender's address."""
    kind = frame[12:14]
    if kind == b"\x08\0":
        return socket.inet_ntoa(frame[26:30])
    if kind == b"\x08\x06":
        return socket.inet_ntoa(frame[28:32])
    assert kind == b"\x86\xdd", frame
    return socket.inet_ntop(socket.AF_INET6, frame[22:38])


def is_of_link(address):
    """It says nothing of which link: all twins have the same address there, or none yet."""
    return ipaddress.ip_address(address).is_link_local or ipaddress.ip_address(address).is_unspecified


def check_nothing_leaked(switch, twins, by_lan):
    """What left for a host has its VLAN's tag, what the router's host sent on a twin has the twin's, a stream the other
    VLAN's; and on each twin there is nothing but what its own VLAN's host has sent."""
    macs = {host.call(mac): lan for lan, host in by_lan.items()}
    own, streams = {lan: 0 for lan in LANS}, {lan: 0 for lan in LANS}
    for tci, frame in switch.from_trunk:
        lan = next(lan for lan in LANS if lan.vlan == (None if tci is None else tci & 0xFFF))
        if not frame[0] & 1:
            assert macs[frame[:6].hex()] is lan, (tci, frame)
        source = source_of(frame)
        if is_of_link(source):
            continue
        origin = next(lan for lan in LANS if lan.has(source))
        if source in (origin.router(), origin.router(True)):
            assert origin is lan, (tci, frame)
            own[lan] += 1
        else:
            assert OTHER.get(origin) is lan, (source, tci, frame)
            assert tci >> 13 == switch.priority, (tci, frame)
            streams[lan] += 1
    assert all(own.values()) and streams == {A: 2 * DATAGRAMS, B: 2 * DATAGRAMS, UNTAGGED: 0}, (own, streams)
    for lan, wire in twins.items():
        wire.setblocking(False)
        frames = 0
        try:
            while frame := wire.recv(65535):
                assert macs.get(frame[6:12].hex()) is lan, (lan, frame, macs)
                frames += 1
        except BlockingIOError:
            assert frames > 0, lan


def check(driver, directory):
    ip("link", "add", "name", "port0", "type", "veth", "peer", "name", "trunk")
    for netdev in ("port0", "trunk"):
        ip("link", "set", "dev", netdev, "up")
    with contextlib.ExitStack() as stack:
        by_lan = {lan: stack.enter_context(hosts.Host(lan.wire, f"{lan.host()}/24", f"{lan.host(True)}/64"))
                  for lan in LANS}
        mgmd = stack.enter_context(Mgmd(configuration(directory, driver.device(0, "port0")), directory))
        switch = stack.enter_context(Tagger("trunk", {lan.tag: lan.wire for lan in LANS}))
        mgmd.wait_for("ready")
        driver.connect("port0")
        twins = {lan: open_wire(lan.interface) for lan in LANS}
        wait_for_addresses(mgmd)
        check_answers(by_lan)
        check_streams(by_lan)
        check_delivered(by_lan)
        check_unknown_vlan(mgmd, switch, by_lan)
        check_nothing_leaked(switch, twins, by_lan)
        summary = mgmd.summary()
        forwarded = [(route["packets"], route["drops"]) for route in summary["routes"] if route["oifs"]]
        assert forwarded == [(DATAGRAMS, {})] * 4, summary["routes"]
        if driver.name != "net_tap":  # which has the kernel complete them
            assert port(summary, "wire")["completed_checksums"] >= 4 * DATAGRAMS, summary["ports"]
        mgmd.stop()
    driver.disconnect("port0")
    ip("link", "del", "dev", "port0")
    print(f"{driver.name}: the hosts of two VLANs, each with its twin: ok", flush=True)


def main():
    enter_own_network()
    ip("link", "set", "lo", "up")
    with tempfile.TemporaryDirectory() as directory:
        for driver in drivers():
            check(driver, directory)


if hosts.is_child():
    hosts.serve(mac, ping, multicast, receive)
main()
