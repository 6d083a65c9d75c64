#!/usr/bin/python3
"""Streams through a proxy (RFC 4605), of both families: sender - mgmd - mgmd as proxy - receivers.

One of the receivers is behind igmpproxy, below mgmd's proxy. Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import signal
import subprocess
import tempfile

import hosts
from group_hosts import FUNCTIONS, arrived, forget, join, last_sent, leave, receive, send, send_until_told
from mgmd_process import Mgmd, end_with_parent
from wires import enter_own_network, interface, ip, small_router

SOURCES = {"IGMP": "10.0.0.1", "MLD": "2001:db8::1"}
GROUPS = {"IGMP": "239.1.1.1", "MLD": "ff0e::1"}
MARKERS = {"IGMP": "239.9.9.9", "MLD": "ff0e::9"}  # what comes last of a round
UPWARD = {"IGMP": "239.2.2.2", "MLD": "ff0e::2"}
daemons = []


def be_gateway(netdev, address, configuration):
    """Between eth0 and the netdev, by igmpproxy."""
    ip("address", "add", address, "dev", netdev)
    ip("link", "set", netdev, "up")
    for name in ("ip_forward", f"conf/{netdev}/rp_filter"):
        pathlib.Path(f"/proc/sys/net/ipv4/{name}").write_text("1" if name == "ip_forward" else "0")
    ip("route", "add", "default", "via", "10.2.0.254")
    daemons.append(subprocess.Popen(["igmpproxy", "-n", configuration], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    preexec_fn=lambda: end_with_parent(signal.SIGKILL)))


if hosts.is_child():
    hosts.serve(*FUNCTIONS, be_gateway)


def write(directory, name, interfaces, more):
    """`interfaces`: name -> addresses."""
    text = small_router() + '[dataplane]\nidle = "sleep"\n[log]\nlevel = "debug"\n'
    for number, (netdev, addresses) in enumerate(interfaces.items()):
        text += interface(number, netdev, addresses, arguments=",framecnt=256")
    path = pathlib.Path(directory) / f"{name}.toml"
    path.write_text(text + more)
    return path


def speaks(protocol, interfaces):
    listed = ", ".join(f'"{interface}"' for interface in interfaces)
    return f"""
[{protocol}]
interfaces = [{listed}]
last_member_query_interval = 0.1
query_interval = 5
query_response_interval = 1
"""


class Network:
    def __init__(self, directory):
        self.directory = directory
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        enter = self.stack.enter_context
        self.sender = enter(hosts.Host("up0", "10.0.0.1/24", "2001:db8::1/64"))
        self.receiver = enter(hosts.Host("dn1", "10.1.0.1/24", "2001:db8:1::1/64"))
        self.gateway = enter(hosts.Host("dn2", "10.2.0.1/24"))
        self.behind = enter(hosts.Host("lan9", "10.9.0.1/24"))
        ip("link", "add", "mid0", "type", "veth", "peer", "name", "mid1")
        for end in ("mid0", "mid1"):
            ip("link", "set", end, "up")
        routes = """
[[route]]
prefix = "10.0.0.0/8"
interface = "mid0"
next_hop = "10.5.0.1"
[[route]]
prefix = "2001:db8::/32"
interface = "mid0"
next_hop = "fe80::52"
"""
        router = write(self.directory, "router", {
            "up0": ["10.0.0.254/24", "2001:db8::fe/64", "fe80::1/64"],
            "mid0": ["10.5.0.254/24", "2001:db8:5::fe/64", "fe80::51/64"],
        }, routes + speaks("igmp", ["up0", "mid0"]) + speaks("mld", ["up0", "mid0"]))
        instance = 'upstream = "mid1"\ndownstream = ["dn1", "dn2"]\n'
        proxy = write(self.directory, "proxy", {
            "mid1": ["10.5.0.1/24", "2001:db8:5::1/64", "fe80::52/64"],
            "dn1": ["10.1.0.254/24", "2001:db8:1::fe/64", "fe80::11/64"],
            "dn2": ["10.2.0.254/24", "2001:db8:2::fe/64", "fe80::12/64"],
        }, speaks("igmp", ["dn1", "dn2"]) + "[[igmp.proxy]]\n" + instance +
            speaks("mld", ["dn1", "dn2"]) + "[[mld.proxy]]\n" + instance)
        self.router = enter(Mgmd(router, self.directory))
        self.router.wait_for("ready")
        self.proxy = enter(Mgmd(proxy, self.directory))
        self.proxy.wait_for("ready")
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def wait_for_end(self, protocol, group):
        """Until the first router has nobody on the link to the proxy that wants it."""
        self.router.wait_for_change(f"{protocol} on mid0: {group} has no member")

    def arrive(self, receiver, protocol):
        """What comes to the receiver of one round, which it gets the last packet of."""
        group, marker, source = GROUPS[protocol], MARKERS[protocol], SOURCES[protocol]
        before = self.sender.call(last_sent, group, marker)
        receiver.call(forget)
        self.sender.call(send, [group, marker], [source])
        return receiver.call(arrived, [group], [marker, source], before)

    def check_joins_and_leaves(self, receiver, protocol):
        group, marker, source = GROUPS[protocol], MARKERS[protocol], SOURCES[protocol]
        receiver.call(join, marker)
        receiver.call(join, group)
        self.sender.call(send_until_told, [group, marker], [source])
        receiver.call(receive, group, source)
        receiver.call(receive, marker, source)
        self.sender.tell_line()
        self.sender.answer()
        assert self.arrive(receiver, protocol) == [[group, source]]
        receiver.call(leave, group)
        self.wait_for_end(protocol, group)
        assert self.arrive(receiver, protocol) == []
        receiver.call(leave, marker)
        self.wait_for_end(protocol, marker)
        print(f"{protocol}: a receiver joins and leaves through {receiver.name}: ok")

    def check_upward(self, protocol, source):
        """What a host downstream sends reaches one that has joined upstream."""
        group = UPWARD[protocol]
        self.sender.call(join, group)
        self.receiver.call(send_until_told, [group], [source])
        self.sender.call(receive, group, source)
        self.receiver.tell_line()
        self.receiver.answer()
        self.sender.call(leave, group)
        print(f"{protocol}: what is sent downstream comes upstream: ok")

    def check_igmpproxy(self):
        """igmpproxy below the proxy, as one of its hosts."""
        ip("link", "set", "lan9", "netns", str(self.gateway.process.pid))
        path = pathlib.Path(self.directory) / "igmpproxy.conf"
        path.write_text("quickleave\nphyint eth0 upstream ratelimit 0 threshold 1\n\taltnet 10.0.0.0/8\n"
                        "phyint lan9 downstream ratelimit 0 threshold 1\n")
        path.chmod(0o600)
        self.gateway.call(be_gateway, "lan9", "10.9.0.254/24", str(path))
        self.check_joins_and_leaves(self.behind, "IGMP")


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, Network(directory) as network:
        for protocol in ("IGMP", "MLD"):
            network.check_joins_and_leaves(network.receiver, protocol)
        network.check_upward("IGMP", "10.1.0.1")
        network.check_upward("MLD", "2001:db8:1::1")
        network.check_igmpproxy()


if __name__ == "__main__":
    main()
