#!/usr/bin/python3
"""A transport stream that ffmpeg sends to a group, with the checksums left to a card that is not there, is received by
ffmpeg behind the router, octet for octet, by ports of net_af_packet, net_af_xdp and net_tap.

The sender and the receiver are hosts in network namespaces of their own. Needs root and ffmpeg; skipped otherwise.
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import hosts
from drivers import drivers
from host_programs import datagrams_sent, start_and_join
from mgmd_process import Mgmd
from wires import GROUP, SKIPPED, SOURCE, TIMEOUT, configuration, enter_own_network, ip, port

SECONDS = 4  # of moving pictures
FFMPEG = ("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y")


# --- What hosts do


def ffmpeg(*arguments):
    subprocess.run([*FFMPEG, *arguments], check=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT)


def prepare():
    """Groups are on the wire. Returns what is left to the card."""
    ip("route", "add", "224.0.0.0/4", "dev", "eth0")
    return subprocess.run(["ethtool", "-k", "eth0"], check=True, capture_output=True, text=True).stdout


def send(stream, copy, group):
    """The pictures to the group, in a transport stream, and what is sent into a file, too. Returns the datagrams."""
    before = datagrams_sent(socket.AF_INET)
    to_group = f"udp\\://{group}\\:5000?localaddr={SOURCE}&ttl=16&pkt_size=1316"
    ffmpeg("-readrate", "8", "-i", stream, "-map", "0:v", "-c", "copy", "-f", "tee",
           f"[f=mpegts]{copy}|[f=mpegts]{to_group}")
    return datagrams_sent(socket.AF_INET) - before


receiving = None


def begin_to_receive(group):
    """ffmpeg takes what comes as it is. Returns when the host has reported the membership."""
    global receiving
    source = f"udp://{group}:5000?localaddr=10.1.0.1&buffer_size=4000000"
    receiving = start_and_join([*FFMPEG, "-f", "data", "-i", source, "-map", "0", "-c", "copy", "-f", "data", "pipe:1"],
                               group, stdout=subprocess.PIPE)


def receive(octets, into):
    """So many octets."""
    with receiving:
        pathlib.Path(into).write_bytes(receiving.stdout.read(octets))
        receiving.kill()


# --- What is checked


def check_stream(driver, stream, directory, sender, receiver):
    sent, received = (pathlib.Path(directory) / name for name in ("sent", "received"))
    devices = driver.devices({"in0": "w0", "out1": "w1"})
    with Mgmd(configuration(directory, devices, memory=512), directory) as mgmd:
        mgmd.wait_for("ready")
        driver.connect("w0", "w1")
        receiver.call(begin_to_receive, GROUP)
        datagrams = sender.call(send, str(stream), str(sent), GROUP)
        octets = sent.stat().st_size
        assert octets > 200000, octets
        receiver.call(receive, octets, str(received))
        assert received.read_bytes() == sent.read_bytes()
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        route = next(route for route in summary["routes"] if route["group"] == GROUP)
        assert (route["packets"], route["drops"]) == (datagrams, {}), (datagrams, route)
        assert route["oif_packets"] == {"out1": datagrams}, route
        if driver.name != "net_tap":  # which has the kernel complete them
            assert port(summary, "in0")["completed_checksums"] >= datagrams, summary["ports"]
        mgmd.stop()
    driver.disconnect("w0", "w1")
    print(f"{driver.name}: {octets} octets in {datagrams} datagrams, the same octets arrived", flush=True)


def main():
    if shutil.which("ffmpeg") is None:
        print("skipped: ffmpeg is not installed")
        sys.exit(SKIPPED)
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory:
        stream = pathlib.Path(directory) / "stream.ts"
        ffmpeg("-f", "lavfi", "-i", f"testsrc=size=320x240:rate=25:duration={SECONDS}", "-c:v", "mpeg2video", "-b:v",
               "2M", "-f", "mpegts", str(stream))
        with hosts.Host("w0", f"{SOURCE}/24") as sender, hosts.Host("w1", "10.1.0.1/24") as receiver:
            assert "tx-checksumming: on" in sender.call(prepare)
            receiver.call(prepare)
            for driver in drivers():
                check_stream(driver, stream, directory, sender, receiver)


if hosts.is_child():
    hosts.serve(prepare, send, begin_to_receive, receive)
main()
