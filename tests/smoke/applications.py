#!/usr/bin/python3
"""A transport stream that ffmpeg sends to a group, with the checksums left to a card that is not there, is received by
ffmpeg behind the router, byte for byte, by ports of net_af_packet, net_af_xdp and net_tap.

The sender and the receiver are hosts in network namespaces of their own. Needs root and ffmpeg; skipped otherwise.
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import hosts
from mgmd_process import Mgmd
from wires import GROUP, SKIPPED, SOURCE, TIMEOUT, configuration, enter_own_network, ip, port

AF_XDP = 44
ALL_FRAMES = 3  # ETH_P_ALL, those that are sent, too
FRAMES = 100  # at 25 a second
COMPARED = FRAMES - 10  # the last ones wait in the receiver for what would come after them
FFMPEG = ("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y")


# --- What hosts do


def ffmpeg(*arguments):
    subprocess.run([*FFMPEG, *arguments], check=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT)


def receive(*arguments):
    """Says so when the host has reported the membership."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_FRAMES)) as wire:
        wire.settimeout(TIMEOUT)
        wire.bind(("eth0", ALL_FRAMES))
        with subprocess.Popen([*FFMPEG, *arguments], stdin=subprocess.DEVNULL) as receiver:
            try:
                while (frame := wire.recv(2048))[12:14] != b"\x08\0" or frame[23] != socket.IPPROTO_IGMP:
                    pass
                hosts.say("joined")
                return receiver.wait(TIMEOUT)
            finally:
                receiver.kill()


def prepare():
    """Groups are on the wire. Returns what is left to the card."""
    ip("route", "add", "224.0.0.0/4", "dev", "eth0")
    return subprocess.run(["ethtool", "-k", "eth0"], check=True, capture_output=True, text=True).stdout


# --- What is checked


def make_stream(path):
    """Some seconds of moving pictures, in a transport stream."""
    ffmpeg("-f", "lavfi", "-i", f"testsrc=size=320x240:rate=25:duration={FRAMES // 25}", "-c:v", "mpeg2video", "-b:v",
           "2M", "-f", "mpegts", str(path))


def pictures(source, to):
    """What is in the pictures of a stream, as it is."""
    return ["-analyzeduration", "200000", "-f", "mpegts", "-i", source, "-map", "0:v", "-c", "copy", "-frames:v",
            str(COMPARED), "-f", "data", str(to)]


def check_stream(directory, devices, sender, receiver, when_ready=lambda: None):
    stream, sent, received = (pathlib.Path(directory) / name for name in ("stream.ts", "sent", "received"))
    with Mgmd(configuration(directory, devices, memory=512), directory) as mgmd:
        mgmd.wait_for("ready")
        when_ready()
        receiver.tell(receive, *pictures(f"udp://{GROUP}:5000?localaddr=10.1.0.1&buffer_size=4000000", received))
        assert receiver.answer() == "joined"
        sender.call(ffmpeg, "-readrate", "8", "-i", str(stream), "-c", "copy", "-f", "mpegts",
                    f"udp://{GROUP}:5000?localaddr={SOURCE}&ttl=16&pkt_size=1316")
        assert receiver.answer() == 0
        summary = mgmd.summary()
        route = next(route for route in summary["routes"] if route["group"] == GROUP)
        assert route["packets"] > 100 and route["drops"] == {}, route
        assert route["oif_packets"] == {"out1": route["packets"]}, route
        assert port(summary, "in0")["completed_checksums"] >= route["packets"] or "tap" in devices["in0"], summary
        mgmd.stop()
    ffmpeg(*pictures(str(stream), sent))
    assert sent.stat().st_size > 100000 and received.read_bytes() == sent.read_bytes(), (sent.stat(), received.stat())
    print(f"{devices['in0'].split(',')[0]}: {route['packets']} datagrams, the pictures are the same", flush=True)


def bridge(name, *members):
    ip("link", "add", "name", name, "type", "bridge", "mcast_snooping", "0")
    for netdev in (*members, name):
        ip("link", "set", "dev", netdev, "up")
    for netdev in members:
        ip("link", "set", "dev", netdev, "master", name)


def bridge_taps():
    bridge("br0", "mgmdtap0", "w0")
    bridge("br1", "mgmdtap1", "w1")


def has_af_xdp():
    try:
        socket.socket(AF_XDP, socket.SOCK_RAW).close()
    except OSError as error:
        print(f"net_af_xdp: left out, this kernel has no AF_XDP sockets for us: {error}", flush=True)
        return False
    return True


def main():
    if shutil.which("ffmpeg") is None:
        print("skipped: ffmpeg is not installed")
        sys.exit(SKIPPED)
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory:
        make_stream(pathlib.Path(directory) / "stream.ts")
        with hosts.Host("w0", f"{SOURCE}/24") as sender, hosts.Host("w1", "10.1.0.1/24") as receiver:
            assert "tx-checksumming: on" in sender.call(prepare)
            receiver.call(prepare)
            check_stream(directory, {"in0": "net_af_packet0,iface=w0", "out1": "net_af_packet1,iface=w1"}, sender,
                         receiver)
            if has_af_xdp():
                check_stream(directory, {"in0": "net_af_xdp0,iface=w0", "out1": "net_af_xdp1,iface=w1"}, sender,
                             receiver)
            if pathlib.Path("/dev/net/tun").exists():
                check_stream(directory, {"in0": "net_tap0,iface=mgmdtap0", "out1": "net_tap1,iface=mgmdtap1"}, sender,
                             receiver, bridge_taps)


if hosts.is_child():
    hosts.serve(ffmpeg, receive, prepare)
main()
