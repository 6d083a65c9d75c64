#!/usr/bin/python3
"""The host lives on the router's wire by an interface's twin: it answers ARP, neighbour discovery and pings, each once,
though the port is a netdev of the same host; its listeners and senders work; multicast data passes it by, but for
copies of what it is to get.

The router is in this process' network namespace, the hosts on its wires are in others. Needs root; skipped otherwise.
"""

import pathlib
import socket
import struct
import subprocess
import tempfile

import hosts
from host_programs import listener, multicast, ping, receive
from mgmd_process import Mgmd
from wires import GROUP, TIMEOUT, configuration, enter_own_network, ip

ROUTER, ROUTER6 = "10.0.0.254", "2001:db8::fe"
VIRTUAL, VIRTUAL_MAC = "10.0.0.251", "00:00:5e:00:01:07"
HOST, HOST6 = "10.0.0.1", "2001:db8::1"
DELIVERED, DELIVERED6 = "239.9.9.9", "ff1e::9:9"
KEYS = f'''tap = true
tap_all = true
macs = ["{VIRTUAL_MAC}"]
deliver = ["{DELIVERED}", "{DELIVERED6}"]'''
LLDP = 0x88CC


# --- What hosts do


def ask_arp(asked, other):
    """How many answer for `asked`. Then it asks for `other`, who answers once: all answers are here by then."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as wire:
        wire.settimeout(TIMEOUT)
        wire.bind(("eth0", 0x0806))
        mac = wire.getsockname()[4]
        answers = []
        for target in (asked, other):
            wire.send(b"\xff" * 6 + mac + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + mac
                      + socket.inet_aton(HOST) + bytes(6) + socket.inet_aton(target))
        while socket.inet_aton(other) not in answers:
            frame = wire.recv(2048)
            if frame[20:22] == b"\0\2" and frame[:6] == mac:
                answers.append(frame[28:32])
        return answers.count(socket.inet_aton(asked))


def talk(address, port):
    """Over TCP, with the checksums left to a card that is not there."""
    with socket.create_connection((address, port), TIMEOUT) as connection:
        connection.sendall(b"a question")
        return connection.recv(100).decode()


def listen_once(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.settimeout(TIMEOUT)
        listener.bind(("", port))
        listener.listen()
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(TIMEOUT)
            return connection.recv(100).decode()


# --- What is checked


def check_answers(lan):
    for address in (ROUTER, ROUTER6):
        answers = lan.call(ping, address, 20)
        assert answers == 20, f"{address}: {answers} answers"
    link_local = next(word.split("/")[0] for word in shown("lan") if word.startswith("fe80:"))
    assert lan.call(ping, link_local + "%eth0", 5) == 5
    ip("address", "add", "10.0.0.253/32", "dev", "lan")
    assert lan.call(ask_arp, ROUTER, "10.0.0.253") == 1
    # And the other way round: the router's host asks.
    assert ping(HOST, 5) == 5
    assert ping(HOST6, 5) == 5


def check_own_addresses(mgmd, lan):
    """What asks for an address of the router's has a rate of its own: those of its host count while they are there."""
    def asked_for_own(questions=100):
        before = mgmd.summary()["punts"]["neighbour"]
        for _ in range(questions):
            lan.call(ask_arp, "10.0.0.252", ROUTER)  # an own address is answered, so both have been received
        # More than these, and fewer than as many again, are what the host's kernel asks for itself.
        return mgmd.summary()["punts"]["neighbour"] - before >= 2 * questions

    assert not asked_for_own()
    ip("address", "add", "10.0.0.252/32", "dev", "lan")
    wait_for_addresses(mgmd, "10.0.0.252/32")
    assert asked_for_own()
    ip("address", "del", "10.0.0.252/32", "dev", "lan")
    while "10.0.0.252/32" in mgmd.wait_for("twin", name="lan", what="addresses")["addresses"]:
        pass
    assert not asked_for_own()


def check_further_station(lan):
    """A virtual router's MAC address (RFC 5798) is the router's, too: a macvlan on the twin has it, as keepalived makes
    one."""
    ip("link", "add", "link", "lan", "name", "vrrp", "address", VIRTUAL_MAC, "type", "macvlan", "mode", "bridge")
    ip("address", "add", f"{VIRTUAL}/32", "dev", "vrrp")
    ip("link", "set", "dev", "vrrp", "up")
    lan.call(know_neighbour, VIRTUAL, VIRTUAL_MAC)
    assert lan.call(ping, VIRTUAL, 5) == 5
    ip("link", "del", "dev", "vrrp")


def know_neighbour(address, mac):
    ip("neigh", "replace", address, "lladdr", mac, "dev", "eth0")


def check_other_frames(lan):
    """With `tap_all` the host gets what is neither IP nor ARP, as it came."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(LLDP)) as daemon:
        daemon.settimeout(TIMEOUT)
        daemon.bind(("lan", LLDP))
        frame = bytes.fromhex("0180c200000e") + bytes(6) + struct.pack(">H", LLDP) + b"a neighbour's name".ljust(46)
        lan.call(send_frame, frame.hex())
        assert daemon.recv(2048) == frame


def send_frame(octets):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("eth0", 0))
        wire.send(bytes.fromhex(octets))


def check_connections(lan):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.settimeout(TIMEOUT)
        listener.bind(("10.0.0.254", 7000))
        listener.listen()
        lan.tell(talk, ROUTER, 7000)
        connection, peer = listener.accept()
        with connection:
            assert peer[0] == HOST
            assert connection.recv(100) == b"a question"
            connection.sendall(b"an answer")
        assert lan.answer() == "an answer"
    lan.tell(listen_once, 7001)
    while True:  # until it listens
        try:
            with socket.create_connection((HOST, 7001), TIMEOUT) as connection:
                connection.sendall(b"from the router")
            break
        except ConnectionRefusedError:
            pass
    assert lan.answer() == "from the router"


def check_multicast(lan, dn):
    """A routing protocol's group comes to a listener on the router; a stream goes through and not to the host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as router:
        router.settimeout(TIMEOUT)
        router.bind(("", 5000))
        for group in ("224.0.0.9", GROUP):
            router.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                              socket.inet_aton(group) + socket.inet_aton(ROUTER))
        dn.tell(receive, GROUP, 1)
        assert dn.answer() == "listening"
        lan.call(multicast, GROUP, 16, "a stream")
        assert dn.answer() == ["a stream"]
        lan.call(multicast, "224.0.0.9", 1, "a hello")
        assert router.recv(100) == b"a hello", "and nothing before it"
        # What the router's host sends leaves by the interface.
        lan.tell(receive, "224.0.0.9", 1)
        assert lan.answer() == "listening"
        router.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ROUTER))
        router.sendto(b"a hello back", ("224.0.0.9", 5000))
        assert lan.answer() == ["a hello back"]


def check_delivered(lan):
    """Of groups in `deliver` a listener on the router hears the stream, in both families, though nobody forwards it."""
    for group in (DELIVERED, DELIVERED6):
        with listener(group, "lan") as router:
            for text in ("for the host", "and again"):
                lan.call(multicast, group, 16, text)
                assert router.recv(100).decode() == text


def check_twin_is_kept(mgmd, lan):
    """Set down and up, deleted, its port's carrier lost: the twin is what it should be again."""
    ip("link", "set", "dev", "lan", "down")
    mgmd.wait_for("twin", name="lan", what="down")
    ip("link", "set", "dev", "lan", "up")
    mgmd.wait_for("twin", name="lan", what="up")
    wait_for_addresses(mgmd)
    assert lan.call(ping, ROUTER6, 3) == 3
    ip("link", "del", "dev", "lan")
    mgmd.wait_for("twin", name="lan", what="deleted")
    mgmd.wait_for("twin", name="lan", what="up")
    wait_for_addresses(mgmd)
    assert lan.call(ping, ROUTER, 3) == 3
    ip("link", "set", "dev", "w0", "down")
    mgmd.wait_for("port", name="lan", up=False)
    assert "NO-CARRIER" in " ".join(shown("lan"))
    ip("link", "set", "dev", "w0", "up")
    mgmd.wait_for("port", name="lan", up=True)
    assert "NO-CARRIER" not in " ".join(shown("lan"))


def check_duplicate(mgmd, lan):
    """An address that another station has is told, and is not used."""
    lan.call(take_address, "2001:db8::fd/64")
    ip("address", "add", "2001:db8::fd/64", "dev", "lan")
    mgmd.wait_for("twin", name="lan", what="duplicate_address", addresses=["2001:db8::fd"])


def take_address(address):
    ip("address", "add", address, "dev", "eth0", "nodad")


def shown(device):
    return subprocess.run(["ip", "address", "show", "dev", device], check=True, capture_output=True,
                          text=True).stdout.replace("<", " ").replace(",", " ").split()


def wait_for_addresses(mgmd, *more):
    """Until duplicate address detection is over, and the router's host has these, too."""
    while True:
        event = mgmd.wait_for("twin", name="lan", what="addresses")
        if {"10.0.0.254/24", "2001:db8::fe/64", *more} <= set(event["addresses"]):
            return


def settings():
    """Of the port's own netdev: what is changed beside a twin."""
    return [pathlib.Path(f"/proc/sys/net/{name}").read_text()
            for name in ("ipv6/conf/w0/disable_ipv6", "ipv4/conf/w0/rp_filter")] + [
                subprocess.run(["ethtool", "-k", "w0"], check=True, capture_output=True, text=True).stdout]


def check_errors(directory, config):
    """An address on the port's own netdev, and a name that is taken: said, and nothing starts."""
    for make, unmake, expected in (
            ("ip address add 10.9.0.1/24 dev w0", "ip address del 10.9.0.1/24 dev w0",
             "interface lan: w0 has the address 10.9.0.1"),
            ("ip link add lan type veth peer name lan-peer", "ip link del lan",
             "the twin of interface lan: lan: a netdev has that name")):
        subprocess.run(make.split(), check=True)
        with Mgmd(config, directory) as mgmd:
            assert mgmd.end() != 0
            assert expected in mgmd.log, mgmd.log
        subprocess.run(unmake.split(), check=True)


def main():
    enter_own_network()
    ip("link", "set", "lo", "up")
    with hosts.Host("w0", f"{HOST}/24", f"{HOST6}/64") as lan, hosts.Host("w1", "10.1.0.1/24") as dn:
        with tempfile.TemporaryDirectory() as directory:
            devices = {"lan": "net_af_packet0,iface=w0", "dn": "net_af_packet1,iface=w1"}
            config = configuration(directory, devices, interface_keys=KEYS)
            pathlib.Path("/proc/sys/net/ipv6/conf/w0/disable_ipv6").write_text("0")
            subprocess.run(["ethtool", "-K", "w0", "gro", "on"], check=True)
            before = settings()
            check_errors(directory, config)
            with Mgmd(config, directory) as mgmd:
                mgmd.wait_for("ready")
                wait_for_addresses(mgmd)
                disable_ipv6, rp_filter, offloads = settings()
                assert (disable_ipv6, rp_filter) == ("1\n", "1\n"), (disable_ipv6, rp_filter)
                assert "generic-receive-offload: off\n" in offloads, offloads
                check_answers(lan)
                check_own_addresses(mgmd, lan)
                check_further_station(lan)
                check_other_frames(lan)
                check_connections(lan)
                check_multicast(lan, dn)
                check_delivered(lan)
                check_twin_is_kept(mgmd, lan)
                check_duplicate(mgmd, lan)
                mgmd.stop()
            assert settings() == before
            assert not pathlib.Path("/sys/class/net/lan").exists()
    print("the host answers, speaks and listens by its twin")


if hosts.is_child():
    hosts.serve(ping, ask_arp, talk, listen_once, multicast, receive, take_address, know_neighbour,
                send_frame)
main()
