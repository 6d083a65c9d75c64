#!/usr/bin/python3
"""Datagrams of a host on a veth, which leaves their checksums to a card that is not there, arrive at a receiver behind
mgmd: all of them. With `complete_checksums = false` none does.

The router is in this process' network namespace, the hosts are in others. Needs root; skipped otherwise."""

import socket
import struct
import tempfile

import hosts
from mgmd_process import Mgmd
from wires import GROUP, TIMEOUT, configuration, enter_own_network, port

PORT = 5001
DATAGRAMS = 200
LAST = 0xFFFFFFFF
SO_NO_CHECK = 11
DEVICES = {name: f"net_af_packet{n},iface={name},framesz=2048,framecnt=1024,blocksz=4096"
           for n, name in enumerate(("up0", "dn1"))}


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
        hosts.say("listening")
        numbers = []
        while not numbers or numbers[-1] != LAST:
            numbers.append(struct.unpack(">I", receiver.recv(2048)[:4])[0])
        assert numbers[:-1] == sorted(set(numbers[:-1])), "each once, in order"
        return len(numbers) - 1


def arrivals(key, sender, receiver):
    """Datagrams that arrive, and checksums that mgmd says it has completed."""
    with tempfile.TemporaryDirectory() as directory:
        config = configuration(directory, DEVICES, limits="mbufs = 8192", interface_keys=key)
        with Mgmd(config, directory) as mgmd:
            mgmd.wait_for("ready")
            receiver.tell(receive, "10.1.0.1")
            assert receiver.answer() == "listening"
            sender.call(send, "10.0.0.1")
            count = receiver.answer()
            mgmd.stop()
            return count, port(mgmd.last_summary(), "up0")["completed_checksums"]


def main():
    enter_own_network()
    with hosts.Host("up0", "10.0.0.1/24") as sender, hosts.Host("dn1", "10.1.0.1/24") as receiver:
        for key, expected in (("", DATAGRAMS), ('complete_checksums = "auto"', DATAGRAMS),
                              ("complete_checksums = true", DATAGRAMS), ("complete_checksums = false", 0)):
            count, completed = arrivals(key, sender, receiver)
            assert (count, completed) == (expected, expected), f"{key or 'no key'}: {count} of {DATAGRAMS} arrived, " \
                f"{completed} completed"
            print(f"{key or 'no key'}: {count} of {DATAGRAMS} arrived, as expected")


if hosts.is_child():
    hosts.serve(send, receive)
main()
