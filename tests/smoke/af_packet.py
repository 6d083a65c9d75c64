#!/usr/bin/python3
"""Ports of net_af_packet, which are netdevs of the kernel: their links and MTUs are followed, what waits when one goes
down is not sent when it is back, every loss is counted, and the host gets back what it had."""

import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import threading

from mgmd_process import ROOT, Mgmd, default_binary
from wires import (GROUP, GROUP6, SOURCE, SOURCE6, Wire, configuration, enter_own_network, ip, number_of, numbered,
                   port, stream_frame, stream_frame6)


def devices(*wires, arguments=""):
    return {wire.name: f"net_af_packet{n},iface={wire.name}{arguments}" for n, wire in enumerate(wires)}


def log_of(directory):
    return (pathlib.Path(directory) / "mgmd.log").read_text()


def check_links(directory):
    """Set down, carrier lost: the port is down, copies to it are lost as oif_down, and nothing old leaves
    afterwards."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        source.send(*numbered(10))
        assert [number_of(frame) for frame in receiver.receive(10)] == list(range(10))
        mgmd.wait_for("idle")

        receiver.set("down")
        mgmd.wait_for("port", name="out1", up=False)
        assert not port(mgmd.summary(), "out1")["up"]
        source.send(*numbered(700, first=100))
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        assert summary["routes"][0]["drops"] == {"oif_down": 700}, summary["routes"]
        assert summary["routes"][0]["oif_packets"] == {"out1": 10}, summary["routes"]
        receiver.set("up")
        mgmd.wait_for("port", name="out1", up=True)
        source.send(*numbered(1, first=1000))
        got = [number_of(frame) for frame in receiver.receive(1)]
        assert got == [1000], got

        ip("link", "set", "dev", receiver.peer, "down")
        mgmd.wait_for("port", name="out1", up=False)
        ip("link", "set", "dev", receiver.peer, "up")
        mgmd.wait_for("port", name="out1", up=True)
        receiver.open()
        source.send(*numbered(1, first=1001))
        assert [number_of(frame) for frame in receiver.receive(1)] == [1001]

        ip("link", "del", "dev", "out1")
        mgmd.wait_for("port", name="out1", up=False)
        mgmd.stop()
    ip("link", "del", "dev", "in0")


def check_outage_under_load(directory):
    """What was handed over is received, is an error of the device's, or was taken back; and nothing is received after
    the outage that was sent before or during it."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        stop = threading.Event()

        def send():
            burst = numbered(64)
            while not stop.is_set():
                source.send(*burst)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        before = len(receiver.receive(1000))
        assert before == 1000
        receiver.set("down")
        mgmd.wait_for("port", name="out1", up=False)
        stop.set()
        sender.join()
        mgmd.wait_for("idle")
        before += len(receiver.received_so_far())
        receiver.set("up")
        mgmd.wait_for("port", name="out1", up=True)
        source.send(*numbered(1, first=5000))
        assert [number_of(frame) for frame in receiver.receive(1)] == [5000]
        summary = mgmd.summary()
        handed_over = summary["routes"][0]["oif_packets"]["out1"]
        out = port(summary, "out1")
        assert handed_over == before + 1 + out["tx_errors"] + out["tx_taken_back"], (handed_over, before, out)
        assert summary["drops"].get("device_tx_errors", 0) == out["tx_errors"], summary["drops"]
        assert summary["drops"]["oif_down"] == (summary["routes"][0]["drops"]["oif_down"] + out["tx_taken_back"])
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_overflow(directory):
    """What finds no room in the kernel's ring is counted, once."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        for sent in (6000, 12000):
            os.kill(mgmd.process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, mgmd.process.pid, os.WSTOPPED)
            source.send(*numbered(6000))
            os.kill(mgmd.process.pid, signal.SIGCONT)
            mgmd.wait_for("idle")
            summary = mgmd.summary()
            into = port(summary, "in0")
            assert into["rx_missed"] > 0 and into["rx_packets"] + into["rx_missed"] == sent, into
            assert summary["drops"]["device_rx_missed"] == into["rx_missed"], summary["drops"]
            assert mgmd.telemetry("/mgm/drops")["device_rx_missed"] == into["rx_missed"]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_mtu(directory):
    """A netdev that takes shorter packets than the interface is given none that are longer."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        receiver.set("mtu", "1000")
        mgmd.wait_for("port_mtu", name="out1", mtu=1000)
        source.send(*numbered(1, octets=1400), *numbered(1, octets=1400, df=True), *numbered(1))
        fragments = receiver.receive(3)
        assert [len(frame) for frame in fragments] == [14 + 20 + 976, 14 + 20 + 1408 - 976, 14 + 928], fragments
        receiver.set("mtu", "1500")
        mgmd.wait_for("port_mtu", name="out1", mtu=1500)
        source.send(*numbered(1, octets=1400, df=True))
        assert [len(frame) for frame in receiver.receive(1)] == [14 + 1428]
        summary = mgmd.summary()
        assert summary["drops"] == {"fragmentation_needed": 1}, summary["drops"]
        assert port(summary, "out1")["tx_errors"] == 0, summary["ports"]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_mtu_in_ipv6(directory):
    """The same in IPv6, where nothing is cut into fragments, and the sender is told."""
    source, receiver = Wire("in0"), Wire("out1")
    fits, too_long = (stream_frame6(SOURCE6, GROUP6, bytes(octets - 40)) for octets in (1300, 1301))
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        receiver.set("mtu", "1300")
        mgmd.wait_for("port_mtu", name="out1", mtu=1300)
        source.send(too_long, fits)
        assert [len(frame) for frame in receiver.receive(1)] == [14 + 1300]
        error, = source.receive(1)
        packet_too_big, code, mtu = struct.unpack(">BB2xI", error[54:62])
        assert error[12:14] == b"\x86\xdd" and (packet_too_big, code, mtu) == (2, 0, 1300), error
        receiver.set("mtu", "1500")
        mgmd.wait_for("port_mtu", name="out1", mtu=1500)
        source.send(too_long)
        assert [len(frame) for frame in receiver.receive(1)] == [14 + 1301]
        summary = mgmd.summary()
        assert summary["drops"] == {"fragmentation_needed": 1}, summary["drops"]
        assert summary["control"]["icmpv6_errors_sent"] == 1, summary["control"]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_own_frames(directory):
    """What the host sends on the netdev of a port has not arrived there."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        host = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        host.bind(("in0", 0))
        for frame in numbered(5, source_mac=source.mac()):
            host.send(frame)
        source.send(*numbered(1, first=7))
        assert [number_of(frame) for frame in receiver.receive(1)] == [7]
        source.set("address", "02:00:00:00:00:44")
        receiver.set("address", "02:00:00:00:00:45")
        mgmd.wait_for("idle")
        for frame in numbered(3, source_mac=source.mac()):
            host.send(frame)
        source.send(*numbered(1, first=8))
        frames = receiver.receive(1)
        assert [number_of(frame) for frame in frames] == [8] and frames[0][6:12] == receiver.mac(), frames
        source.send(stream_frame6(SOURCE6, GROUP6))
        assert [frame[6:14] for frame in receiver.receive(1)] == [receiver.mac() + b"\x86\xdd"]
        assert mgmd.summary()["drops"] == {"own_frame": 8}, mgmd.last_summary()["drops"]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def offloads_of(wire):
    return subprocess.run(["ethtool", "-k", wire.name], check=True, capture_output=True, text=True).stdout


def check_host(directory):
    """What mgmd changes on the host is logged and undone; what it did not change stays."""
    source, receiver = Wire("in0", mtu=1400), Wire("out1")
    receiver.set("promisc", "on")
    subprocess.run(["ethtool", "-K", "out1", "sg", "off"], check=True, stdout=subprocess.DEVNULL)
    offloads = [offloads_of(wire) for wire in (source, receiver)]
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        assert source.link()["mtu"] == 1500 and "PROMISC" in source.link()["flags"]
        assert "\nscatter-gather: off\n" in offloads_of(source), offloads_of(source)
        mgmd.stop()
    assert [offloads_of(wire) for wire in (source, receiver)] == offloads
    assert source.link()["mtu"] == 1400 and "PROMISC" not in source.link()["flags"], source.link()
    assert receiver.link()["mtu"] == 1500 and "PROMISC" in receiver.link()["flags"], receiver.link()
    log = log_of(directory)
    assert "in0: MTU set from 1400 to 1500" in log and "in0: MTU is 1400 again" in log, log
    assert "in0: set promiscuous" in log and "out1: set promiscuous" not in log, log
    assert "in0: scatter-gather is off until mgmd stops" in log and "out1: scatter-gather" not in log, log
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def fragments_of(octets):
    """A datagram with that many octets of payload, in fragments of 1,400."""
    udp = stream_frame(SOURCE, GROUP, bytes(octets))[34:]
    frames = []
    for at in range(0, len(udp), 1400):
        part = udp[at:at + 1400]
        frame = bytearray(stream_frame(SOURCE, GROUP, bytes(len(part) - 8))[:34] + part)
        flags = at // 8 | (0x2000 if at + 1400 < len(udp) else 0)
        frame[18:20] = b"\x12\x34"
        frame[20:22] = struct.pack(">H", flags)
        frame[24:26] = b"\0\0"
        total = sum(struct.unpack(">10H", frame[14:34]))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        frame[24:26] = struct.pack(">H", ~total & 0xFFFF)
        frames.append(bytes(frame))
    return frames


def check_reassembly(directory):
    """The kernel puts fragments together for net_af_packet: said at start; what the ring then cuts has its reason, and
    with larger ring frames it is forwarded. So is the kernel's own multicast forwarding."""
    source, receiver = Wire("in0"), Wire("out1")
    kernel = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
    kernel.setsockopt(socket.IPPROTO_IP, 200, 1)  # MRT_INIT
    kernel.setsockopt(socket.IPPROTO_IP, 202,  # MRT_ADD_VIF, by index
                      struct.pack("HBBIi4x", 0, 8, 1, 0, socket.if_nametoindex("in0")))
    with Mgmd(configuration(directory, devices(source, receiver)), directory) as mgmd:
        mgmd.wait_for("ready")
        source.send(*fragments_of(2500), *numbered(1))
        assert len(receiver.receive(1)) == 1
        assert mgmd.summary()["drops"] == {"ip_total_length": 1}, mgmd.last_summary()["drops"]
        mgmd.stop()
    log = log_of(directory)
    assert "port in0: net_af_packet has the kernel put fragments together; datagrams above 1968 octets" in log, log
    assert "port in0: the kernel forwards multicast on in0 itself" in log, log
    assert "port out1: the kernel forwards multicast" not in log, log
    kernel.close()
    with Mgmd(configuration(directory, devices(source, receiver, arguments=",framesz=4096")), directory) as mgmd:
        mgmd.wait_for("ready")
        source.send(*fragments_of(2500))
        assert [len(frame) for frame in receiver.receive(2)] == [14 + 1500, 14 + 20 + 2508 - 1480]
        assert mgmd.summary()["drops"] == {}, mgmd.last_summary()["drops"]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_long_packets(directory):
    """Packets of a large MTU come in and leave whole."""
    source, receiver = Wire("in0", mtu=9000), Wire("out1", mtu=9000)
    path = configuration(directory, devices(source, receiver), memory=640, interface_keys="mtu = 9000")
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        source.send(*numbered(5, octets=8900))
        assert [len(frame) for frame in receiver.receive(5)] == [14 + 8928] * 5
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_messages(directory):
    """What the driver would get wrong is refused, and the message names the key and what it has to be."""
    wires = Wire("in0"), Wire("out1")
    for arguments, keys, message in (
            (",framesz=2048,blocksz=4096", "mtu = 9000",
             "interface in0: device \"net_af_packet0,iface=in0,framesz=2048,blocksz=4096\": framesz = 2048 holds "
             "packets of "
             "1968 octets, and the interface's MTU is 9000; it takes framesz=16384,blocksz=16384"),
            (",qpairs=2", "", "interface in0: the kernel deals what arrives to all queues of net_af_packet: rx_queues "
             "is 1 and has to be 2, the qpairs in device"),
            (",blocksz=2048", "", "blocksz = 2048 cannot be; it has to be a multiple of the page"),
            ("", "mtu = 65000", "which carries packets of 32688 octets")):
        path = configuration(directory, devices(*wires, arguments=arguments), memory=512, interface_keys=keys)
        result = subprocess.run([default_binary(), "--config", path], cwd=ROOT, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 1 and message in result.stderr, result.stderr
    assert wires[0].link()["mtu"] == 1500 and "PROMISC" not in wires[0].link()["flags"]
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


enter_own_network()
with tempfile.TemporaryDirectory() as scratch:
    for check in (check_links, check_outage_under_load, check_overflow, check_mtu, check_mtu_in_ipv6, check_own_frames,
                  check_host, check_reassembly, check_long_packets, check_messages):
        check(scratch)
        print(f"{check.__name__}: ok", flush=True)
