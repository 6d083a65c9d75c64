#!/usr/bin/python3
"""Control that is held up by a protocol module: it is said while it lasts, signals are heard, and a stop ends all the
same, with its summary, and names what it left behind."""

import json
import os
import pathlib
import signal
import struct
import tempfile
import threading

from mgmd_process import Mgmd, default_binary

BUILD = pathlib.Path(default_binary()).parents[1]
STUBBORN = BUILD / "tests/modules/libstubborn_protocol.so"
NEIGHBOUR = BUILD / "tests/modules/libneighbour_protocol.so"
EXAMPLE = f"""
[protocol.example]
module    = "{BUILD / "examples/libexample_protocol.so"}"
component = 2
options   = {{ interfaces = "dn2", groups = "239.7.7.7" }}
"""


def configuration(directory, hang="", gate="", stop_timeout=30, device="net_null1,no-rx=1", other=EXAMPLE):
    """Two ports; the stubborn module has dn1, another has dn2 and is stopped first. The example joins a group there,
    which the stubborn one hears."""
    path = pathlib.Path(directory) / "mgmd.toml"
    path.write_text(f"""
[dpdk]
eal_args = ["-l", "0-1", "--no-pci"]
workers  = [1]

[limits]
mfes            = 1024
pending         = 64
pending_packets = 2048
retired         = 4096
mbufs           = 8192

[control]
stop_timeout = {stop_timeout}

[[interface]]
name   = "dn1"
device = "{device}"

[[interface]]
name   = "dn2"
device = "net_null2,no-rx=1"

[protocol.stubborn]
module    = "{STUBBORN}"
component = 1
options   = {{ interface = "dn1", hang = "{hang}", gate = "{gate}" }}
{other}""")
    return path


class Gate:
    """Where the module stands still until it is opened."""

    def __init__(self, directory, name="gate"):
        self.path = pathlib.Path(directory) / name
        self.path.unlink(missing_ok=True)
        os.mkfifo(self.path)

    def open(self):
        os.close(os.open(self.path, os.O_WRONLY))


def check_a_callback_is_named_while_it_blocks(directory):
    gate = Gate(directory)
    with Mgmd(configuration(directory, "PRUNE", gate.path), directory) as mgmd:
        mgmd.wait_for("ready")
        shutdown = threading.Thread(target=mgmd.telemetry, args=["/mgm/shutdown,example"], daemon=True)
        shutdown.start()
        mgmd.wait_for_log("PRUNE of stubborn has not returned")
        mgmd.process.send_signal(signal.SIGHUP)  # heard, though control is inside the callback
        mgmd.wait_for_log("SIGHUP")
        gate.open()
        mgmd.wait_for("blocking_callback", client="stubborn", callback="PRUNE")
        event = mgmd.wait_for("control_stood_still")
        assert event["in"] == "PRUNE of stubborn has not returned" and event["ms"] >= 1000, event
        shutdown.join()
        mgmd.stop()


def check_a_stop_is_heard_meanwhile(directory):
    gate = Gate(directory)
    with Mgmd(configuration(directory, "JOIN", gate.path), directory) as mgmd:
        mgmd.wait_for_log("JOIN of stubborn has not returned")
        mgmd.process.terminate()
        mgmd.wait_for_log("stopping: SIGTERM")
        gate.open()
        mgmd.wait_for("stopped")
        assert mgmd.end() == 0


def check_a_second_signal_ends_at_once(directory):
    with Mgmd(configuration(directory, "JOIN", Gate(directory).path), directory) as mgmd:
        mgmd.wait_for_log("stands still")
        mgmd.process.terminate()
        mgmd.wait_for_log("stopping: SIGTERM")
        mgmd.process.send_signal(signal.SIGINT)
        assert mgmd.end() == 1
        assert "ending at once: a second SIGINT" in mgmd.log, mgmd.log


def is_cut_short(mgmd, directory, *left):
    """It ends by itself and says what it left; returns its summary."""
    mgmd.process.terminate()
    assert mgmd.end() == 1, mgmd.log
    assert [event["event"] for event in mgmd.events[-2:]] == ["left_behind", "stopped"], mgmd.events
    what = mgmd.events[-2]["what"]
    for text in left:
        assert text in what, what
        assert text in mgmd.log, mgmd.log
    return json.loads((pathlib.Path(directory) / "summary.json").read_text())


def check_a_callback_that_never_returns(directory):
    with Mgmd(configuration(directory, "PRUNE", Gate(directory).path, stop_timeout=2), directory) as mgmd:
        mgmd.wait_for("ready")
        threading.Thread(target=mgmd.ask, args=["/mgm/shutdown,example"], daemon=True).start()
        mgmd.wait_for_log("stands still")
        summary = is_cut_short(mgmd, directory, "PRUNE of stubborn has not returned", "client stubborn is registered")
        assert summary["routes"] == [] and len(summary["ports"]) == 2, summary
        assert "PRUNE of stubborn has not returned" in summary["left_behind"], summary


def check_a_start_that_never_returns(directory):
    with Mgmd(configuration(directory, "pfnStart", Gate(directory).path, stop_timeout=2), directory) as mgmd:
        mgmd.wait_for_log("stands still")
        summary = is_cut_short(mgmd, directory, "pfnStart of protocol stubborn has not returned",
                               "client stubborn is registered")
        assert len(summary["ports"]) == 2, summary


def check_a_stop_that_never_returns(directory):
    with Mgmd(configuration(directory, "pfnStop", Gate(directory).path, stop_timeout=2), directory) as mgmd:
        mgmd.wait_for("ready")
        summary = is_cut_short(mgmd, directory, "pfnStop of protocol stubborn has not returned",
                               "client stubborn is registered")
        # The example, which started later, was stopped before; the summary was written before both.
        assert "client example is registered" not in mgmd.events[-2]["what"], mgmd.events
        assert "left_behind" not in summary, summary


def check_a_goodbye_that_never_returns(directory):
    with Mgmd(configuration(directory, "pfnGoodbye", Gate(directory).path, stop_timeout=2), directory) as mgmd:
        mgmd.wait_for("ready")
        summary = is_cut_short(mgmd, directory, "pfnGoodbye of protocol stubborn has not returned",
                               "client stubborn is registered")
        assert "pfnGoodbye of protocol stubborn has not returned" in summary["left_behind"], summary


def check_a_timer_that_never_returns(directory):
    with Mgmd(configuration(directory, "timer", Gate(directory).path, stop_timeout=2), directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for_log("stands still")
        is_cut_short(mgmd, directory, "timer callback of protocol stubborn has not returned",
                     "client stubborn is registered")


def check_a_worker_that_stands_still(directory):
    """Its device reads from a pipe, and whoever writes there writes no more."""
    pipe = pathlib.Path(directory) / "packets"
    os.mkfifo(pipe)
    keeps_open = os.open(pipe, os.O_RDWR)
    os.write(keeps_open, struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    path = configuration(directory, stop_timeout=2, device=f"net_pcap1,rx_pcap={pipe}")
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for("ready")
        summary = is_cut_short(mgmd, directory, "worker on lcore 1 stands still")
        assert summary["left_behind"] == ["worker on lcore 1 stands still"], summary
        assert summary["routes"] == [] and len(summary["ports"]) == 2, summary
    os.close(keeps_open)


def check_a_thread_inside_a_call(directory):
    """pfnStop joins a thread whose calls begin while it joins: they fail, and the thread ends."""
    with Mgmd(configuration(directory, "thread"), directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.stop()
        assert "calls while it stops: 1003 1003" in mgmd.log, mgmd.log
        assert any(event["event"] == "deregistered" and event["client"] == "stubborn" for event in mgmd.events)
    with Mgmd(configuration(directory, "thread"), directory) as mgmd:
        mgmd.wait_for("ready")
        assert "deregister" in mgmd.telemetry("/mgm/shutdown,stubborn")["step"]
        mgmd.wait_for_log("calls while it stops: 1003 1003")
        mgmd.stop()


def check_the_calls_of_others_while_one_stops(directory):
    """They wait, as long as it takes."""
    call, stop = Gate(directory, "call"), Gate(directory, "stop")
    neighbour = f"""
[protocol.neighbour]
module    = "{NEIGHBOUR}"
component = 2
options   = {{ interface = "dn2", hang = "pfnStop", gate = "{stop.path}" }}
"""
    with Mgmd(configuration(directory, "call", call.path, other=neighbour), directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.process.terminate()
        mgmd.wait_for_log("protocol neighbour: stands still")
        call.open()
        mgmd.wait_for_log("since pfnStop of protocol neighbour has not returned")
        assert "its call" not in mgmd.log, mgmd.log
        stop.open()
        assert mgmd.end() == 0, mgmd.log
        # Then it is the module itself that stops.
        assert "its call: 1003" in mgmd.log, mgmd.log


CHECKS = [check_a_callback_is_named_while_it_blocks, check_a_stop_is_heard_meanwhile,
          check_a_second_signal_ends_at_once,
          check_a_callback_that_never_returns, check_a_start_that_never_returns, check_a_stop_that_never_returns,
          check_a_goodbye_that_never_returns, check_a_timer_that_never_returns,
          check_a_worker_that_stands_still, check_a_thread_inside_a_call,
          check_the_calls_of_others_while_one_stops]
for check in CHECKS:
    with tempfile.TemporaryDirectory() as scratch:
        check(scratch)
        print(f"{check.__name__}: ok")
