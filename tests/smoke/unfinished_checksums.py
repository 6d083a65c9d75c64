#!/usr/bin/python3
"""Datagrams of a host on a veth, which leaves their checksums to a card that is not there, arrive at a receiver behind
mgmd: all of them. With `complete_checksums = false` none does.

Three network namespaces, none with a name: this process is the router's, and two children are the hosts'. With the
processes they go, and all devices with them. Needs root; skipped otherwise."""

import ctypes
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

from mgmd_process import TIMEOUT, Mgmd

SKIPPED = 77
CLONE_NEWNET = 0x40000000
GROUP, PORT = "239.1.1.1", 5001
DATAGRAMS = 200
LAST = 0xFFFFFFFF
SO_NO_CHECK = 11

CONFIGURATION = """
[dpdk]
workers = [1]
eal_args = ["-l", "0-1", "--no-pci"]
[limits]
mfes = 1024
pending = 64
pending_packets = 256
retired = 1024
mbufs = 8192
[[interface]]
name = "up0"
device = "net_af_packet0,iface=up0,framesz=2048,framecnt=1024,blocksz=4096"
addresses = ["10.0.0.254/24"]
{key}
[[interface]]
name = "dn1"
device = "net_af_packet1,iface=dn1,framesz=2048,framecnt=1024,blocksz=4096"
[protocol.static]
interfaces = ["up0", "dn1"]
  [[protocol.static.mroute]]
  from = "up0"
  group = "239.1.1.1"
  to = ["dn1"]
[log]
level = "info"
"""


def run(*command):
    subprocess.run(command, check=True)


class Host:
    """A child in a network namespace of its own, with one veth whose other end is here. It obeys a line at a time."""

    def __init__(self, name, address):
        self.process = subprocess.Popen([sys.executable, __file__, "host", address], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "namespace\n"
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.process.pid))
        run("ip", "link", "set", name, "up")
        self.ask("up")

    def ask(self, what):
        self.tell(what)
        return self.answer()

    def tell(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()

    def answer(self):
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait(TIMEOUT)


def host(address):
    """The child's side."""
    new_namespace()
    print("namespace", flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "up":
            for command in ("ip link set lo up", f"ip address add {address}/24 dev eth0", "ip link set eth0 up",
                            "ip route add 224.0.0.0/4 dev eth0"):
                run(*command.split())
            for device in ("all", "eth0"):
                pathlib.Path(f"/proc/sys/net/ipv4/conf/{device}/rp_filter").write_text("0")
            print("is up", flush=True)
        elif word == "send":
            send(address)
            print("sent", flush=True)
        elif word == "receive":
            print(receive(address), flush=True)


def send(address):
    """The datagrams, and a last one that has no checksum at all and arrives in any case."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 16)
        for number in range(DATAGRAMS):
            sender.sendto(struct.pack(">I", number) + bytes(number), (GROUP, PORT))
        sender.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        sender.sendto(struct.pack(">I", LAST), (GROUP, PORT))


def receive(address):
    """How many datagrams come before the last one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(TIMEOUT)
        receiver.bind((GROUP, PORT))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            socket.inet_aton(GROUP) + socket.inet_aton(address))
        print("listening", flush=True)
        numbers = []
        while not numbers or numbers[-1] != LAST:
            numbers.append(struct.unpack(">I", receiver.recv(2048)[:4])[0])
        assert numbers[:-1] == sorted(set(numbers[:-1])), "each once, in order"
        return len(numbers) - 1


def new_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "no network namespace of its own")


def arrivals(key, sender, receiver):
    """Datagrams that arrive, and checksums that mgmd says it has completed."""
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "mgmd.toml"
        config.write_text(CONFIGURATION.format(key=key))
        with Mgmd(config, directory) as mgmd:
            mgmd.wait_for("ready")
            assert receiver.ask("receive") == "listening"
            assert sender.ask("send") == "sent"
            count = int(receiver.answer())
            mgmd.stop()
            ports = {port["name"]: port for port in mgmd.last_summary()["ports"]}
            return count, ports["up0"]["completed_checksums"]


def main():
    if os.geteuid() != 0:
        sys.exit(SKIPPED)
    new_namespace()
    sender, receiver = Host("up0", "10.0.0.1"), Host("dn1", "10.1.0.1")
    try:
        for key, expected in (("", DATAGRAMS), ('complete_checksums = "auto"', DATAGRAMS),
                              ("complete_checksums = true", DATAGRAMS), ("complete_checksums = false", 0)):
            count, completed = arrivals(key, sender, receiver)
            assert (count, completed) == (expected, expected), f"{key or 'no key'}: {count} of {DATAGRAMS} arrived, " \
                f"{completed} completed"
            print(f"{key or 'no key'}: {count} of {DATAGRAMS} arrived, as expected")
    finally:
        sender.end()
        receiver.end()


if len(sys.argv) > 1 and sys.argv[1] == "host":
    host(sys.argv[2])
else:
    main()
