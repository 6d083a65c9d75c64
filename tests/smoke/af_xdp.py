#!/usr/bin/python3
"""Ports of net_af_xdp, on ordinary pages: every copy is received, what is lost is counted, links are followed, and the
host gets back what it had."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

from mgmd_process import ROOT, Mgmd, default_binary
from wires import SKIPPED, Wire, configuration, enter_own_network, ip, number_of, numbered, port, wait_for_device

AF_XDP = 44


def devices(*wires):
    return {wire.name: f"net_af_xdp{n},iface={wire.name}" for n, wire in enumerate(wires)}


def check_copies(directory):
    """However long it goes on: every packet leaves by every port, more of them than there are buffers; and with a
    ceiling on buffers that is far too low for the driver's queues."""
    source, *receivers = (Wire(name) for name in ("in0", "out1", "out2", "out3"))
    for limits in ("", "mbufs = 1024"):
        path = configuration(directory, devices(source, *receivers), memory=512, limits=limits)
        with Mgmd(path, directory) as mgmd:
            mgmd.wait_for("ready")
            for first in range(0, 30000, 100):
                source.send(*numbered(100, first, octets=60 if first % 200 else 1460))
                for receiver in receivers:
                    got = [number_of(frame) for frame in receiver.receive(100)]
                    assert got == list(range(first, first + 100)), (receiver.name, first, len(got))
            summary = mgmd.summary()
            assert summary["drops"] == {}, summary["drops"]
            assert summary["routes"][0]["oif_packets"] == {receiver.name: 30000 for receiver in receivers}
            mgmd.stop()
    log = (pathlib.Path(directory) / "mgmd.log").read_text()
    assert "in0: an XDP program is attached" in log and "in0: set promiscuous" in log, log
    for wire in (source, *receivers):
        assert "PROMISC" not in wire.link()["flags"] and "xdp" not in wire.link(), wire.link()
        ip("link", "del", "dev", wire.name)


def check_losses_and_links(directory):
    """What finds no room in the kernel's ring is counted; down and up are heard; nothing leaves while a port is
    down."""
    source, receiver = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, receiver), memory=512), directory) as mgmd:
        mgmd.wait_for("ready")
        os.kill(mgmd.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, mgmd.process.pid, os.WSTOPPED)
        source.send(*numbered(6000))
        os.kill(mgmd.process.pid, signal.SIGCONT)
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        into = port(summary, "in0")
        assert into["rx_missed"] > 0 and into["rx_packets"] + into["rx_missed"] == 6000, into
        assert summary["drops"]["device_rx_missed"] == into["rx_missed"], summary["drops"]
        receiver.received_so_far()

        receiver.set("down")
        mgmd.wait_for("port", name="out1", up=False)
        source.send(*numbered(100, first=100))
        mgmd.wait_for("idle")
        assert mgmd.summary()["routes"][0]["drops"] == {"oif_down": 100}, mgmd.last_summary()["routes"]
        receiver.set("up")
        mgmd.wait_for("port", name="out1", up=True)
        source.send(*numbered(1, first=1000))
        assert [number_of(frame) for frame in receiver.receive(1)] == [1000]
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_comings(directory):
    """Netdevs that were not there at the start are opened when they appear, and again each time that they come back,
    under traffic: more often than there would be packet buffers, if the kernel kept those that it had."""
    names = ("in0", "out1", "out2")
    named = {name: f"net_af_xdp{n},iface={name}" for n, name in enumerate(names)}
    path = configuration(directory, named, memory=512, interface_keys="late = true")
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        wires = {}
        for name in names:
            wires[name] = Wire(name)
            wait_for_device(mgmd, name)
        sent = 0
        for turn in range(12):
            # The one that goes has packets that nobody has fetched yet, or has just sent some.
            goes = ("in0", "out2")[turn % 2]
            os.kill(mgmd.process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, mgmd.process.pid, os.WSTOPPED)
            wires["in0"].send(*numbered(500, sent))
            os.kill(mgmd.process.pid, signal.SIGCONT)
            if goes == "out2":
                assert [number_of(frame) for frame in wires["out1"].receive(500)] == list(range(sent, sent + 500))
            ip("link", "del", "dev", goes)
            mgmd.wait_for("device", port=goes, what="gone")
            wires[goes] = Wire(goes)
            wait_for_device(mgmd, goes)
            sent += 501
            wires["in0"].send(*numbered(1, sent - 1))
            for name in ("out1", "out2"):
                while number_of(wires[name].receive(1)[0]) != sent - 1:
                    pass  # some of those before have come, too
            for first in range(sent, sent + 3000, 100):
                wires["in0"].send(*numbered(100, first))
                for name in ("out1", "out2"):
                    got = [number_of(frame) for frame in wires[name].receive(100)]
                    assert got == list(range(first, first + 100)), (turn, name, first, got)
            sent += 3000
        assert "refused" not in [event["what"] for event in mgmd.events if event["event"] == "device"], mgmd.events
        mgmd.stop()
    for wire in names:
        ip("link", "del", "dev", wire)


def check_not_late(directory):
    """One whose port is not `late` stays down, since mgmd has dropped what it takes to open it; it says so once."""
    source, gone = Wire("in0"), Wire("out1")
    with Mgmd(configuration(directory, devices(source, gone), memory=512), directory) as mgmd:
        mgmd.wait_for("ready")
        ip("link", "del", "dev", "out1")
        mgmd.wait_for("device", port="out1", what="gone")
        told = mgmd.wait_for("device", port="out1", what="refused")
        assert "late = true" in told["why"], told
        Wire("out1")
        source.send(*numbered(10))
        mgmd.wait_for("idle")
        assert mgmd.summary()["routes"][0]["drops"] == {"oif_down": 10}, mgmd.last_summary()["routes"]
        assert len([event for event in mgmd.events if event["event"] == "device"]) == 2
        mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def check_messages(directory):
    """What the driver cannot is refused, and the message names the key."""
    wires = Wire("in0", mtu=3500), Wire("out1", mtu=3500)
    path = configuration(directory, devices(*wires), memory=512, interface_keys="mtu = 3510")
    text = path.read_text()
    for changed, message in (
            (text, "interface in0: net_af_xdp carries packets of at most"),
            (text.replace("mtu = 3510", "").replace("0@0,1@1", "0@0,1@1,2@1").replace("[1]", "[1, 2]"),
             "interface in0: net_af_xdp has a queue each way or none: rx_queues is 1 and has to be 2, the number of "
             "workers")):
        path.write_text(changed)
        result = subprocess.run([default_binary(), "--config", path], cwd=ROOT, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 1 and message in result.stderr, result.stderr
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


enter_own_network()
try:
    socket.socket(AF_XDP, socket.SOCK_RAW).close()
except OSError as error:
    print(f"skipped: this kernel has no AF_XDP sockets for us: {error}")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as scratch:
    for check in (check_copies, check_losses_and_links, check_comings, check_not_late, check_messages):
        check(scratch)
        print(f"{check.__name__}: ok", flush=True)
