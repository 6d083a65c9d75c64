#!/usr/bin/python3
"""Ports of net_tap: what the kernel could not put into the device's queue is counted, its link is followed, and
one that somebody has deleted is made again."""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile

from mgmd_process import ROOT, Mgmd, default_binary
from wires import SKIPPED, configuration, enter_own_network, ip, number_of, numbered, port, wait_for_device

QDISC_BYPASS = 20


enter_own_network()
if not os.path.exists("/dev/net/tun"):
    print("skipped: no /dev/net/tun")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as scratch:
    devices = {f"t{n}": f"net_tap{n},iface=mgmdtap{n}" for n in range(2)}
    with Mgmd(configuration(scratch, devices), scratch) as mgmd:
        mgmd.wait_for("ready")
        host = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        host.bind(("mgmdtap0", 0))
        host.setsockopt(263, QDISC_BYPASS, 1)
        sent = 0
        for burst in (100, 5000, 5000):
            os.kill(mgmd.process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, mgmd.process.pid, os.WSTOPPED)
            for frame in numbered(burst):
                try:
                    host.send(frame)
                except OSError as error:  # no room in the queue: the sender knows of it, and the kernel counts it
                    assert error.errno == errno.ENOBUFS, error
            sent += burst
            os.kill(mgmd.process.pid, signal.SIGCONT)
            mgmd.wait_for("idle")
        summary = mgmd.summary()
        tap = port(summary, "t0")
        assert tap["rx_missed"] > 0 and tap["rx_packets"] + tap["rx_missed"] == sent, (sent, tap)
        assert summary["drops"]["device_rx_missed"] == tap["rx_missed"], summary["drops"]
        ip("link", "set", "dev", "mgmdtap1", "down")
        mgmd.wait_for("port", name="t1", up=False)
        ip("link", "set", "dev", "mgmdtap1", "up")
        mgmd.wait_for("port", name="t1", up=True)
        before = socket.if_nametoindex("mgmdtap1")
        ip("link", "del", "dev", "mgmdtap1")
        mgmd.wait_for("device", port="t1", what="gone")
        wait_for_device(mgmd, "t1")
        assert socket.if_nametoindex("mgmdtap1") != before
        receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        receiver.bind(("mgmdtap1", 0))
        receiver.settimeout(20)
        host.send(numbered(1, first=123456)[0])
        frame = receiver.recv(2048)
        assert number_of(frame) == 123456
        assert frame[6:12] not in (bytes(6), receiver.getsockname()[4]), "the netdev is the other end of the wire"
        mgmd.stop()
    path = configuration(scratch, devices, interface_keys="mtu = 2000")
    result = subprocess.run([default_binary(), "--config", path], cwd=ROOT, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1, result.stderr
    said = "interface t0: device net_tap0: takes packets of at most 1504 octets, and mtu is 2000"
    assert said in result.stderr, result.stderr
print("what a tap loses is counted: ok")
