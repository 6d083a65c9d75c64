#!/usr/bin/python3
"""Devices that come and go while the router runs: a netdev that is deleted and made again, under traffic, is opened
again; one that is not there at the start is opened when it appears; nothing is lost but what was under way, and no
packet buffer is."""

import json
import socket
import subprocess
import tempfile
import threading

from mgmd_process import ROOT, Mgmd, default_binary
from wires import (GROUP, SOURCE, Wire, configuration, enter_own_network, ip, number_of, numbered, port, stream_frame,
                   wait_for_device)


def devices(*wires, arguments=""):
    return {name: f"net_af_packet{n},iface={name}{arguments}" for n, name in enumerate(wires)}


def check_deleted_and_made_again(directory):
    """Both ends of the stream's way, ten times each, with another MAC address and a shorter MTU; what the port has
    counted stays counted, and the other receiver loses nothing."""
    source, receiver, witness = Wire("in0"), Wire("out1"), Wire("out2")
    with Mgmd(configuration(directory, devices("in0", "out1", "out2")), directory) as mgmd:
        mgmd.wait_for("ready")
        sent = 0
        for turn in range(10):
            source.send(*numbered(50, first=sent))
            assert [number_of(frame) for frame in receiver.receive(50)] == list(range(sent, sent + 50))
            sent += 50
            ip("link", "del", "dev", "out1")
            mgmd.wait_for("port", name="out1", up=False)
            mgmd.wait_for("device", port="out1", what="gone")
            source.send(*numbered(20, first=sent))
            sent += 20
            receiver = Wire("out1", mtu=1500)
            wait_for_device(mgmd, "out1")
        assert [number_of(frame) for frame in witness.receive(sent)] == list(range(sent))
        for turn in range(10):
            ip("link", "del", "dev", "in0")
            mgmd.wait_for("port", name="in0", up=False)
            source = Wire("in0")
            wait_for_device(mgmd, "in0")
            source.send(*numbered(50, first=sent))
            frames = receiver.receive(50)
            assert [number_of(frame) for frame in frames] == list(range(sent, sent + 50))
            assert frames[0][6:12] == receiver.mac(), frames[0]
            sent += 50
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        assert summary["routes"][0]["packets"] == sent, summary["routes"]
        assert summary["routes"][0]["drops"] == {"oif_down": 200}, summary["routes"]
        assert port(summary, "in0")["rx_packets"] == sent, summary["ports"]
        assert port(summary, "out1")["tx_packets"] == sent - 200, summary["ports"]
        mgmd.stop()
    assert "PROMISC" not in receiver.link()["flags"]
    for wire in ("in0", "out1", "out2"):
        ip("link", "del", "dev", wire)


def check_under_load(directory):
    """A port goes and comes while packets arrive and leave as fast as they can, with two workers and two queues."""
    source, receiver = Wire("in0"), Wire("out1")
    path = configuration(directory, devices("in0", "out1", arguments=",qpairs=2"), memory=384,
                         interface_keys="rx_queues = 2")
    path.write_text(path.read_text().replace("0@0,1@1", "0@0,1@1,2@1").replace("[1]", "[1, 2]"))
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        stop = threading.Event()

        def send():
            burst = numbered(64)
            while not stop.is_set():
                try:
                    source.send(*burst)
                except OSError:
                    pass  # while there is no netdev

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        for _ in range(5):
            assert len(receiver.receive(1000)) == 1000
            ip("link", "del", "dev", "out1")
            receiver = Wire("out1")
            wait_for_device(mgmd, "out1")
        for _ in range(5):
            ip("link", "del", "dev", "in0")
            source = Wire("in0")
            wait_for_device(mgmd, "in0")
            receiver.open()
            assert len(receiver.receive(1000)) == 1000
        stop.set()
        sender.join()
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        control = summary["control"]
        print(f"longest turn of control: {control['longest_turn_us']} us", flush=True)
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_late(directory):
    """Neither device is there at the start."""
    path = configuration(directory, devices("in0", "out1"), interface_keys="late = true")
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        assert [one["up"] for one in mgmd.summary()["ports"]] == [False, False]
        receiver = Wire("out1")
        wait_for_device(mgmd, "out1")
        source = Wire("in0", mtu=1400)
        wait_for_device(mgmd, "in0")
        source.send(*numbered(10))
        frames = receiver.receive(10)
        assert [number_of(frame) for frame in frames] == list(range(10))
        assert frames[0][6:12] == receiver.mac(), frames[0]
        source.set("mtu", "1000")
        mgmd.wait_for("port_mtu", name="in0", mtu=1000)
        source.set("mtu", "1500")
        mgmd.wait_for("port_mtu", name="in0", mtu=1500)
        ip("link", "set", "dev", "in0", "down")
        mgmd.wait_for("port", name="in0", up=False)
        ip("link", "set", "dev", "in0", "up")
        mgmd.wait_for("port", name="in0", up=True)
        source.send(*numbered(1, first=77))
        assert number_of(receiver.receive(1)[0]) == 77
        mgmd.stop()
    assert source.link()["mtu"] == 1400, "as it was when it appeared"
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def shown(netdev):
    """The kernel's view of it."""
    return json.loads(subprocess.run(["ip", "-j", "address", "show", "dev", netdev], check=True,
                                     capture_output=True).stdout)[0]


def check_refusals(directory):
    """A device that is not there is an error without the key; one that appears and cannot be opened is told, and tried
    again when something has changed with it. The twin follows: its carrier, its MAC address and its MTU."""
    taps = {"lan": "net_af_packet0,iface=w0", "dn": "net_af_packet1,iface=w1"}
    result = subprocess.run([default_binary(), "--config", configuration(directory, taps)], cwd=ROOT,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1 and "interface lan: device" in result.stderr, result.stderr
    with Mgmd(configuration(directory, taps, interface_keys="late = true\ntap = true"), directory) as mgmd:
        mgmd.wait_for("ready")
        assert shown("lan")["operstate"] == "DOWN", shown("lan")
        wire = Wire("x0", mtu=1480)
        ip("link", "set", "dev", "x0", "down")
        ip("address", "add", "10.7.0.1/24", "dev", "x0")
        ip("link", "set", "dev", "x0", "name", "w0")
        wire.name = "w0"
        event = mgmd.wait_for("device", port="lan", what="refused")
        assert "w0 has the address 10.7.0.1" in event["why"], event
        assert shown("w0")["mtu"] == 1480, "a netdev that is refused stays as it was"
        ip("address", "del", "10.7.0.1/24", "dev", "w0")
        ip("link", "set", "dev", "w0", "up")
        wait_for_device(mgmd, "lan")
        twin = shown("lan")
        assert twin["address"] == shown("w0")["address"] and "LOWER_UP" in twin["flags"], twin
        wire.set("mtu", "1300")
        mgmd.wait_for("port_mtu", name="lan", mtu=1300)
        assert shown("lan")["mtu"] == 1300
        ip("link", "del", "dev", "w0")
        mgmd.wait_for("port", name="lan", up=False)
        assert "NO-CARRIER" in shown("lan")["flags"], shown("lan")
        wire = Wire("w0")
        wait_for_device(mgmd, "lan")
        twin = shown("lan")
        assert twin["address"] == shown("w0")["address"] and "LOWER_UP" in twin["flags"], twin
        assert twin["mtu"] == 1500, twin
        assert [event["what"] for event in mgmd.events if event["event"] == "device"] == [
            "refused", "opened", "gone", "opened"]
        mgmd.stop()
    ip("link", "del", "dev", "w0")


def check_attached_by_eal(directory):
    """A netdev that eal_args have attached, with the arguments of the configuration, comes back as any other."""
    source, receiver = Wire("in0"), Wire("out1")
    of_ports = devices("in0", "out1")
    path = configuration(directory, of_ports)
    path.write_text(path.read_text().replace('"--no-pci"', f'"--no-pci", "--vdev={of_ports["out1"]}"'))
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        for turn in range(3):
            source.send(*numbered(1, first=turn))
            assert number_of(receiver.receive(1)[0]) == turn
            ip("link", "del", "dev", "out1")
            mgmd.wait_for("device", port="out1", what="gone")
            receiver = Wire("out1")
            wait_for_device(mgmd, "out1")
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_streams_go(directory):
    """The streams of a port without a device stay for vanish_linger, and then go, but for what is configured; a packet
    makes them again."""
    source, receiver = Wire("in0"), Wire("out1")
    more = """
[dataplane]
vanish_linger = 3
[[route]]
prefix = "10.9.0.0/16"
interface = "in0"
"""
    unwanted = ("10.9.0.1", "239.1.1.1")

    def streams():
        return {(route["source"], route["group"]) for route in mgmd.summary()["routes"]}

    with Mgmd(configuration(directory, devices("in0", "out1"), more=more), directory) as mgmd:
        mgmd.wait_for("ready")
        mfe = f"({','.join(unwanted)})"
        source.send(stream_frame(*unwanted))
        mgmd.wait_for("mfe_added", mfe=mfe)
        ip("link", "del", "dev", "in0")
        mgmd.wait_for("device", port="in0", what="gone")
        assert {unwanted, (SOURCE, GROUP)} <= streams()
        mgmd.wait_for("mfe_deleted", mfe=mfe)
        assert unwanted not in streams() and (SOURCE, GROUP) in streams()
        source = Wire("in0")
        wait_for_device(mgmd, "in0")
        source.send(stream_frame(*unwanted), *numbered(1))
        mgmd.wait_for("mfe_added", mfe=mfe)
        assert len(receiver.receive(1)) == 1
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_kernel_routes(directory):
    """A route that the kernel has to a netdev leads out of the port that the netdev becomes."""
    receiver = Wire("out1")
    source = Wire("x0")
    ip("route", "add", "10.9.0.0/16", "dev", "x0")
    path = configuration(directory, devices("in0", "out1"), interface_keys="late = true", more="[rib]\nkernel = true\n")
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        ip("link", "set", "dev", "x0", "name", "in0")
        wait_for_device(mgmd, "in0")
        source.send(stream_frame("10.9.0.1", "239.1.1.1"))
        added = mgmd.wait_for("mfe_added", mfe="(10.9.0.1,239.1.1.1)")
        if added["iif"] != "in0":  # it was decided before the table was read again
            mgmd.wait_for("mfe_changed", mfe="(10.9.0.1,239.1.1.1)", iif="in0")
        mgmd.stop()
    ip("link", "del", "dev", "in0")
    receiver.socket.close()
    ip("link", "del", "dev", "out1")


def check_example(directory):
    """examples/veth.toml, as docs/virtual-wires.md uses it, with wires that come later and go."""
    group = "239.1.1.1"
    with Mgmd(ROOT / "examples/veth.toml", directory) as mgmd:
        mgmd.wait_for("ready")
        receiver = Wire("out1")
        wait_for_device(mgmd, "lan1")
        for _ in range(2):
            source = Wire("in0")
            wait_for_device(mgmd, "lan0")
            source.send(stream_frame(SOURCE, group, b"hello, group"))
            # The host's own frames leave by its twin, too.
            while (frame := receiver.receive(1)[0])[30:34] != socket.inet_aton(group):
                pass
            assert frame[42:] == b"hello, group" and frame[6:12] == receiver.mac(), frame
            ip("link", "del", "dev", "in0")
            mgmd.wait_for("port", name="lan0", up=False)
        mgmd.stop()
    ip("link", "del", "dev", "out1")


enter_own_network()
with tempfile.TemporaryDirectory() as scratch:
    for check in (check_deleted_and_made_again, check_under_load, check_late, check_refusals,
                  check_attached_by_eal, check_streams_go, check_kernel_routes, check_example):
        check(scratch)
        print(f"{check.__name__}: ok", flush=True)
