#!/usr/bin/python3
"""Octets that are no UTF-8, wherever they can get into a text: mgmd runs on, and what it writes is JSON."""

import os
import pathlib
import shutil
import signal
import tempfile

import demo_configuration
from mgmd_process import ROOT, Mgmd, default_binary

STUBBORN = pathlib.Path(default_binary()).parents[1] / "tests/modules/libstubborn_protocol.so"
NO_UTF8 = "\udcff\udcfe"  # how Python writes such octets
SHOWN = "\ufffd\ufffd"
IN_ASCII = r"\xff\xfe"


def configuration(directory):
    """The demo's, for any folder, with dn2 given to a module that gives itself a name of such octets."""
    return demo_configuration.configuration(
        directory, ("rx_pcap=examples", f"rx_pcap={ROOT}/examples"), (', "--file-prefix=mgmd-demo"', ""),
        *demo_configuration.dn2_to_module("octets", STUBBORN, 'interface = "dn2", hang = "name"'))


def check_path_name_and_parameter(directory):
    folder = pathlib.Path(directory) / NO_UTF8
    folder.mkdir()
    with Mgmd(configuration(directory), folder, cwd=directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        mgmd.process.send_signal(signal.SIGUSR1)
        assert SHOWN in mgmd.wait_for("summary_written")["file"]
        assert len(mgmd.last_summary()["routes"]) == 3
        owners = mgmd.telemetry("/mgm/interfaces")["owner"]
        assert f"{IN_ASCII} is no UTF-8" in owners, owners  # DPDK writes ASCII
        answer = mgmd.telemetry(f"/mgm/release,{NO_UTF8},dn1")
        assert IN_ASCII in answer["error"], answer
        mgmd.stop()
        gone = [event["client"] for event in mgmd.events if event["event"] == "deregistered"]
        assert f"{SHOWN} is no UTF-8" in gone, gone


def check_prefix(directory):
    prefix = f"mgmd-bytes-{os.getpid()}-{NO_UTF8}"
    with Mgmd(configuration(directory), directory, cwd=directory, eal_args=[f"--file-prefix={prefix}"]) as mgmd:
        shown = pathlib.Path(mgmd.wait_for("ready")["telemetry"]).parent
        mgmd.stop()
    assert shown.name == prefix.replace(NO_UTF8, SHOWN), shown
    shutil.rmtree(shown.with_name(prefix), ignore_errors=True)


for check in (check_path_name_and_parameter, check_prefix):
    with tempfile.TemporaryDirectory() as scratch:
        check(scratch)
        print(f"{check.__name__}: ok")
