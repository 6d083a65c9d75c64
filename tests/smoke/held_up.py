#!/usr/bin/python3
"""Control that is held up by a protocol module: it is said while it lasts, and signals are heard."""

import os
import pathlib
import signal
import tempfile
import threading

from mgmd_process import Mgmd, default_binary

BUILD = pathlib.Path(default_binary()).parents[1]
STUBBORN = BUILD / "tests/modules/libstubborn_protocol.so"
EXAMPLE = BUILD / "examples/libexample_protocol.so"


def configuration(directory, hang, gate=""):
    """Two ports; the stubborn module has dn1, the example has dn2 and joins a group there, which the stubborn one hears."""
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

[[interface]]
name   = "dn1"
device = "net_null1,no-rx=1"

[[interface]]
name   = "dn2"
device = "net_null2,no-rx=1"

[protocol.stubborn]
module    = "{STUBBORN}"
component = 1
options   = {{ interface = "dn1", hang = "{hang}", gate = "{gate}" }}

[protocol.example]
module    = "{EXAMPLE}"
component = 2
options   = {{ interfaces = "dn2", groups = "239.7.7.7" }}
""")
    return path


class Gate:
    """Where the module stands still until it is opened."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "gate"
        self.path.unlink(missing_ok=True)
        os.mkfifo(self.path)

    def open(self):
        os.close(os.open(self.path, os.O_WRONLY))


def check_a_callback_is_named_while_it_blocks(directory):
    gate = Gate(directory)
    with Mgmd(configuration(directory, "PRUNE", gate.path), directory) as mgmd:
        mgmd.wait_for("ready")
        shutdown = threading.Thread(target=mgmd.telemetry, args=["/mgm/shutdown,example"])
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


with tempfile.TemporaryDirectory() as scratch:
    for check in (check_a_callback_is_named_while_it_blocks, check_a_stop_is_heard_meanwhile,
                  check_a_second_signal_ends_at_once):
        check(scratch)
        print(f"{check.__name__}: ok")
