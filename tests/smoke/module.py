#!/usr/bin/python3
"""A routing protocol in a shared object shares a stream with the static one, is shut down, and leaves nothing behind;
by itself it has streams of both families forwarded, on each interface in the families that it is told of; one that
cannot be loaded is an error that names it."""

import pathlib
import subprocess
import sys
import tempfile

import demo_configuration
import pcap
from mgmd_process import ROOT, Mgmd, default_binary

sys.path.insert(0, str(ROOT / "tests/pipeline"))
from generator import ipv6, packets

MODULE = pathlib.Path(default_binary()).parents[1] / "examples/libexample_protocol.so"


def configuration(directory, module):
    """The demo's, with dn2 given to the module, which joins the audio stream's group."""
    return demo_configuration.configuration(directory, *demo_configuration.dn2_to_module(
        "example", module, 'interfaces = "dn2", groups = "239.1.1.1"'))


def of_both_families(directory):
    """The module has every interface, of which `small` has no room for IPv6, and joins a group of each family."""
    streams = [packets.ipv4("10.0.0.1", "239.7.7.7", seed=i) for i in range(20)]
    frames = [packets.ethernet(packets.group_mac(one), packets.SENDER_MAC, one) for one in streams]
    streams6 = [ipv6.ipv6("2001:db8::1", "ff0e::7", seed=i) for i in range(30)]
    frames += [packets.ethernet(ipv6.group_mac(one), packets.SENDER_MAC, one, ethertype=0x86DD) for one in streams6]
    received = pathlib.Path(directory) / "up0-in.pcap"
    received.write_bytes(packets.pcap(frames))
    path = pathlib.Path(directory) / "both.toml"
    path.write_text(f"""
[dpdk]
eal_args = ["-l", "0-1", "--no-pci", "--no-huge", "--no-shconf", "-m", "256"]
workers  = [1]

[limits]
mfes            = 1024
pending         = 64
pending_packets = 2048
retired         = 4096
mbufs           = 8192

[[interface]]
name      = "up0"
device    = "net_pcap0,rx_pcap={received},tx_pcap={directory}/up0.pcap"
addresses = ["10.0.0.254/24", "2001:db8::fe/64"]

[[interface]]
name   = "dn1"
device = "net_pcap1,tx_pcap={directory}/dn1.pcap"

[[interface]]
name   = "small"
device = "net_pcap2,tx_pcap={directory}/small.pcap"
mtu    = 1279

[protocol.example]
module    = "{MODULE}"
component = 1
options   = {{ groups = "239.7.7.7 ff0e::7" }}
""")
    return path, [ipv6.next_hop_copy(one) for one in streams6]


def check_both_families(directory):
    path, copies6 = of_both_families(directory)
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        assert "protocol example: forwards (2001:db8::1,ff0e::7)" in mgmd.log, mgmd.log
        routes = {route["group"]: route for route in mgmd.summary()["routes"]}
        assert routes["239.7.7.7"]["oif_packets"] == {"dn1": 20, "small": 20}, routes
        assert routes["ff0e::7"]["oif_packets"] == {"dn1": 30}, routes
        assert "error" in mgmd.telemetry("/mgm/release,example,small,ipv6")
        steps = mgmd.telemetry("/mgm/release,example,dn1,ipv6")["step"]
        assert steps and all("ipv4" not in step for step in steps), steps
        routes = {route["group"]: route for route in mgmd.summary()["routes"]}
        assert routes["239.7.7.7"]["oifs"] == ["dn1", "small"] and routes["ff0e::7"]["oifs"] == [], routes
        mgmd.stop()
        assert "left client" not in mgmd.log, mgmd.log
    sent = [frame[14:] for frame in pcap.read(pathlib.Path(directory) / "dn1.pcap") if frame[12:14] == b"\x86\xdd"]
    assert sent == copies6, sent


def audio(mgmd):
    return next(route for route in mgmd.summary()["routes"] if route["group"] == "239.1.1.1")


with tempfile.TemporaryDirectory() as scratch:
    with Mgmd(configuration(scratch, MODULE), scratch) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        route = audio(mgmd)
        assert "dn2" in route["oifs"] and route["oif_packets"]["dn2"] == 201, route
        assert "error" in mgmd.telemetry("/mgm/release,example,dn1"), "dn1 is the static protocol's"
        steps = mgmd.telemetry("/mgm/shutdown,example")["step"]
        assert any(step.startswith("release dn2") for step in steps) and steps[-1] == "deregister", steps
        mgmd.wait_for("deregistered", client="example")
        assert "dn2" not in audio(mgmd)["oifs"]
        assert "error" in mgmd.telemetry("/mgm/shutdown,example")
        mgmd.stop()
    # Stopped with everything running, mgmd lets the module shut down by itself.
    with Mgmd(configuration(scratch, MODULE), scratch) as mgmd:
        mgmd.wait_for("ready")
        mgmd.stop()
        assert [event for event in mgmd.events if event["event"] == "deregistered" and event["client"] == "example"]
    check_both_families(scratch)
    result = subprocess.run([default_binary(), "--config", configuration(scratch, "no-such-module.so")], cwd=ROOT,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1 and "protocol example: no-such-module.so" in result.stderr, result.stderr
print("a module shares, forwards both families, shuts down and is refused: ok")
