#!/usr/bin/python3
"""What ports of net_af_packet, net_af_xdp and net_tap have in common, and what not: frames of their own that come back
are dropped; what becomes of a service provider's tag; who answers where the netdev has an address and no twin; and
which two processes cannot both have a netdev. Needs root; skipped otherwise."""

import pathlib
import tempfile

import hosts
from drivers import Driver, drivers
from host_programs import ping
from mgmd_process import Mgmd, default_binary
from wires import (GROUP, GROUP6, SOURCE, SOURCE6, Wire, configuration, enter_own_network, ip, number_of, numbered,
                   port, stream_frame, stream_frame6)

VLAN = 10
SERVICE_TAG = b"\x88\xa8"
TAGGED = f"""
[[interface]]
name = "out1v"
parent = "out1"
vlan = {VLAN}
[[interface]]
name = "in0v"
parent = "in0"
vlan = {VLAN}
"""
TO_TAGGED = f"""
[[protocol.static.mroute]]
from = "in0v"
source = "10.2.0.1"
group = "{GROUP}"
to = ["out1"]
"""


def routers_configuration(directory, driver):
    """The stream leaves with and without a tag, and one arrives with one."""
    path = configuration(directory, driver.devices({"in0": "w0", "out1": "w1"}), memory=512, more=TO_TAGGED)
    text = path.read_text().replace('to = ["out1"]', 'to = ["out1", "out1v"]', 2)
    text = text.replace("[protocol.static]", TAGGED + "[protocol.static]")
    path.write_text(text.replace('interfaces = ["in0", "out1"]', 'interfaces = ["in0", "out1", "in0v", "out1v"]'))
    return path


def check_frames(driver, directory):
    source, receiver = Wire("w0"), Wire("w1")
    with Mgmd(routers_configuration(directory, driver), directory) as mgmd:
        mgmd.wait_for("ready")
        driver.connect("w0", "w1")
        check_own_frames(mgmd, source, receiver)
        check_service_tag(driver, mgmd, source, receiver)
        mgmd.stop()
    driver.disconnect("w0", "w1")
    for wire in ("w0", "w1"):
        ip("link", "del", "dev", wire)


def check_own_frames(mgmd, source, receiver):
    """A wire that brings back what it was given, tagged and untagged, in both families: nothing of it has arrived."""
    source.send(*numbered(5), *[stream_frame6(SOURCE6, GROUP6, bytes([n])) for n in range(5)])
    frames = receiver.receive(20)
    assert len(frames) == 20, frames
    receiver.send(*frames)
    receiver.send(stream_frame("10.1.0.9", "239.1.1.1"))
    mgmd.wait_for("mfe_added", mfe="(10.1.0.9,239.1.1.1)")  # what came before has been looked at
    drops = mgmd.summary()["drops"]
    assert drops["own_frame"] == 20, drops
    assert port(mgmd.last_summary(), "out1")["rx_packets"] >= 21, mgmd.last_summary()["ports"]
    receiver.received_so_far()


def check_service_tag(driver, mgmd, source, receiver):
    """net_af_packet gives an 802.1ad tag as an 802.1Q tag (the kernel takes it off, and the driver puts the other one
    on); by the others it is what it is, and has no interface."""
    before = mgmd.summary()["drops"].get("unsupported_ethertype", 0)
    frame = stream_frame("10.2.0.1", GROUP, b"of the provider's VLAN", vlan=VLAN)
    source.send(frame[:12] + SERVICE_TAG + frame[14:], *numbered(1, first=9))
    if driver.name == "net_af_packet":
        assert [got[42:] for got in receiver.receive(1)] == [b"of the provider's VLAN"]
    assert len(receiver.receive(2)) == 2
    dropped = mgmd.summary()["drops"].get("unsupported_ethertype", 0) - before
    assert dropped == (driver.name != "net_af_packet"), mgmd.last_summary()["drops"]


def check_host_without_twin(directory):
    """An address on the netdev of a net_af_packet port: the kernel answers there, once."""
    driver = Driver("net_af_packet")
    with hosts.Host("w0", f"{SOURCE}/24") as lan, hosts.Host("w1"):
        ip("address", "add", "10.0.0.254/24", "dev", "w0")
        path = configuration(directory, driver.devices({"in0": "w0", "out1": "w1"}))
        with Mgmd(path, directory) as mgmd:
            mgmd.wait_for("ready")
            assert lan.call(ping, "10.0.0.254", 20) == 20
            mgmd.stop()


def check_same_process_number(directory):
    """Two routers that are each the first process of a container, with net_af_packet on one netdev: the kernel would
    deal packets to either, so the second one does not start, and says why. Each with a number of its own both start."""
    source, *receivers = (Wire(name) for name in ("x0", "x1", "x2"))
    first_of_container = pathlib.Path(directory) / "mgmd"
    first_of_container.write_text(f'#!/bin/sh\nexec unshare --pid --fork --kill-child {default_binary()} "$@"\n')
    first_of_container.chmod(0o755)
    driver = Driver("net_af_packet")

    def router(number, binary=None):
        folder = pathlib.Path(directory) / f"router{number}"
        folder.mkdir(exist_ok=True)
        devices = driver.devices({"in0": source.name, "out1": receivers[number].name})
        return Mgmd(configuration(folder, devices), folder, binary=binary)

    with router(0, first_of_container) as first:
        first.wait_for("ready")
        with router(1, first_of_container) as second:
            assert second.end() == 1
            assert "the same last 16 bits" in second.log, second.log
        with router(1) as second:
            second.wait_for("ready")
            source.send(*numbered(100))
            for receiver in receivers:
                assert [number_of(frame) for frame in receiver.receive(100)] == list(range(100)), receiver.name
            second.stop()
    for wire in ("x0", "x1", "x2"):
        ip("link", "del", "dev", wire)


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory:
        for driver in drivers():
            check_frames(driver, directory)
            print(f"{driver.name}: own frames, service tags: ok", flush=True)
        check_host_without_twin(directory)
        print("a netdev with an address and without a twin: ok", flush=True)
        check_same_process_number(directory)
        print("two routers of one number on one netdev: ok", flush=True)


if hosts.is_child():
    hosts.serve(ping)
main()
