#!/usr/bin/python3
"""What people try a multicast router with: iperf's multicast mode, and socat, in both families. All that they send
comes to a receiver behind the router, whose host leaves checksums and segments to a card that is not there.

The sender and the receiver are hosts in network namespaces of their own. Needs root, iperf (of version 2) and socat;
skipped otherwise.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile

import hosts
from host_programs import datagrams_sent, start_and_join
from mgmd_process import Mgmd
from wires import SKIPPED, SOURCE, SOURCE6, TIMEOUT, configuration, enter_own_network, ip

RECEIVER, RECEIVER6 = "10.1.0.1", "2001:db8:1::1"
FOR_IPERF, FOR_SOCAT = ("239.1.1.1", "ff1e::1:1"), ("239.1.1.2", "ff1e::1:2")
WORDS = 50  # of socat
WORD = 1000  # octets
def is_ipv6(group):
    return hosts.family_of(group) == socket.AF_INET6


# --- What hosts do


def prepare():
    """All is on the wire: groups, and the sender, to whom iperf's server connects."""
    for family in ("-4", "-6"):
        ip(family, "route", "add", "default", "dev", "eth0")
    return subprocess.run(["ethtool", "-k", "eth0"], check=True, capture_output=True, text=True).stdout


def iperf(*arguments, group):
    return ["stdbuf", "-oL", "iperf", *(["-V"] if is_ipv6(group) else []), "-u", *arguments]


def send_by_iperf(group):
    """Returns the datagrams."""
    before = datagrams_sent(hosts.family_of(group))
    subprocess.run(iperf("-c", group + ("%eth0" if is_ipv6(group) else ""), "-T", "8", "-n", "1M", "-b", "50M",
                         group=group), check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
    return datagrams_sent(hosts.family_of(group)) - before


def send_by_socat(group):
    if is_ipv6(group):
        to = f"UDP6-DATAGRAM:[{group}]:5000,setsockopt-int=41:18:8"  # IPV6_MULTICAST_HOPS
    else:
        to = f"UDP4-DATAGRAM:{group}:5000,ip-multicast-ttl=8"
    subprocess.run(["socat", "-u", "-b", str(WORD), "-", to], check=True, input=words(), timeout=TIMEOUT)


def words():
    return b"".join(f"{number:06} ".encode().ljust(WORD, b".") for number in range(WORDS))


receiving = None


def begin(command, group):
    """Returns when the host has reported the membership."""
    global receiving
    receiving = start_and_join(command, group, stdout=subprocess.PIPE)


def begin_iperf(group):
    begin(iperf("-s", "-B", group + ("%eth0" if is_ipv6(group) else ""), group=group), group)


def begin_socat(group):
    if is_ipv6(group):
        source = f"UDP6-RECV:5000,ipv6-join-group=[{group}]:eth0"
    else:
        source = f"UDP4-RECV:5000,ip-add-membership={group}:eth0"
    begin(["socat", "-u", source, "-"], group)


def report_of_iperf():
    """What iperf has lost of how many."""
    with receiving:
        for line in receiving.stdout:
            if report := re.search(rb" (\d+)/ *(\d+) \(", line):
                receiving.kill()
                return [int(count) for count in report.groups()]
    raise AssertionError("iperf has ended without a report")


def heard_by_socat():
    with receiving:
        heard = receiving.stdout.read(len(words()))
        receiving.kill()
    return heard == words()


# --- What is checked


def route_of(mgmd, group):
    return next(route for route in mgmd.summary()["routes"] if route["group"] == group)


def check_iperf(mgmd, sender, receiver, group):
    receiver.call(begin_iperf, group)
    sent = sender.call(send_by_iperf, group)
    lost, of = receiver.call(report_of_iperf)
    route = route_of(mgmd, group)
    assert sent > 700 and (lost, of) == (0, sent), (sent, lost, of)
    assert (route["packets"], route["drops"]) == (sent, {}), (sent, route)
    assert route["oif_packets"] == {"out1": route["packets"]}, route
    print(f"iperf to {group}: {sent} datagrams, none lost", flush=True)


def check_socat(mgmd, sender, receiver, group):
    receiver.call(begin_socat, group)
    sender.call(send_by_socat, group)
    assert receiver.call(heard_by_socat)
    route = route_of(mgmd, group)
    assert (route["packets"], route["drops"]) == (WORDS, {}), route
    print(f"socat to {group}: {WORDS} datagrams, in order", flush=True)


def main():
    for program in ("iperf", "socat"):
        if shutil.which(program) is None:
            print(f"skipped: {program} is not installed")
            sys.exit(SKIPPED)
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, \
            hosts.Host("in0", f"{SOURCE}/24", f"{SOURCE6}/64") as sender, \
            hosts.Host("out1", f"{RECEIVER}/24", f"{RECEIVER6}/64") as receiver:
        offloads = sender.call(prepare)
        assert "tx-checksumming: on" in offloads and "tx-udp-segmentation: on" in offloads, offloads
        receiver.call(prepare)
        devices = {name: f"net_af_packet{number},iface={name}" for number, name in enumerate(("in0", "out1"))}
        more = "".join(f"""
[[protocol.static.mroute]]
from = "in0"
source = "{SOURCE6 if is_ipv6(group) else SOURCE}"
group = "{group}"
to = ["out1"]
""" for group in (*FOR_IPERF, *FOR_SOCAT))
        with Mgmd(configuration(directory, devices, more=more), directory) as mgmd:
            mgmd.wait_for("ready")
            for group in FOR_IPERF:
                check_iperf(mgmd, sender, receiver, group)
            for group in FOR_SOCAT:
                check_socat(mgmd, sender, receiver, group)
            mgmd.stop()


if hosts.is_child():
    hosts.serve(prepare, send_by_iperf, send_by_socat, begin_iperf, begin_socat, report_of_iperf, heard_by_socat)
main()
