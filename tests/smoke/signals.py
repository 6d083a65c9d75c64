#!/usr/bin/python3
"""Signals, and outputs whose reader goes away: whatever ends mgmd ends it cleanly, and nothing else does."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from demo_configuration import configuration
from mgmd_process import ROOT, TIMEOUT, Mgmd, default_binary, end_with_parent, runtime_folder

ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGXCPU, signal.SIGPWR]
MEANS_NOTHING = [signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGSTKFLT,
                 signal.SIGRTMIN, signal.SIGRTMIN + 7, signal.SIGRTMAX]


def lives(mgmd):
    assert mgmd.telemetry("/mgm/workers")["name"] == ["worker on lcore 1"]


def check_each_end_is_clean(directory):
    for number in ENDS:
        with Mgmd(configuration(directory), directory) as mgmd:
            mgmd.wait_for("ready")
            mgmd.wait_for("idle")
            mgmd.stop(by=number)
            assert mgmd.events[-1]["event"] == "stopped", mgmd.events[-1]
            assert f"stopping: {signal.Signals(number).name}" in mgmd.log, mgmd.log
            assert len(mgmd.last_summary()["routes"]) == 3


def check_others_end_nothing(directory):
    with Mgmd(configuration(directory), directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.process.send_signal(signal.SIGHUP)
        mgmd.wait_for_log("SIGHUP: nothing is read again")
        for number in MEANS_NOTHING:
            before = mgmd.log.count("means nothing to mgmd")
            mgmd.process.send_signal(number)
            mgmd.wait_for_log("means nothing to mgmd", count=before + 1)
            mgmd.process.send_signal(number)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            mgmd.process.send_signal(number)
        lives(mgmd)
        mgmd.stop()
        assert mgmd.log.count("means nothing to mgmd") == len(MEANS_NOTHING), mgmd.log


def check_a_claimed_signal_is_left(directory):
    """What mgmd's parent had ignored, or a preloaded library handles, is none of mgmd's business."""
    with Mgmd(configuration(directory), directory,
              before=lambda: signal.signal(signal.SIGPROF, signal.SIG_IGN)) as mgmd:
        mgmd.wait_for("ready")
        mgmd.process.send_signal(signal.SIGPROF)
        mgmd.process.send_signal(signal.SIGALRM)
        mgmd.wait_for_log("SIGALRM: it means nothing to mgmd")
        lives(mgmd)
        mgmd.stop()
        assert "SIGPROF" not in mgmd.log, mgmd.log


def check_readers_may_go(directory):
    """The readers of events and log end; what mgmd writes afterwards is lost, and nothing else is."""
    summary = pathlib.Path(directory) / "alone.json"
    events, writer = os.pipe()
    prefix = f"mgmd-readers-{os.getpid()}"
    process = subprocess.Popen(
        [default_binary(), "--config", configuration(directory), "--events", f"/dev/fd/{writer}", "--summary", summary,
         "--", f"--file-prefix={prefix}"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[writer],
        preexec_fn=end_with_parent)
    os.close(writer)
    try:
        with open(events) as lines:
            next(line for line in lines if json.loads(line)["event"] == "idle")
        process.stdout.close()
        process.send_signal(signal.SIGHUP)  # a line to the log that nobody reads
        process.terminate()  # events that nobody reads
        assert process.wait(TIMEOUT) == 0
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(runtime_folder(prefix), ignore_errors=True)
    assert len(json.loads(summary.read_text())["routes"]) == 3


with tempfile.TemporaryDirectory() as scratch:
    for check in (check_each_end_is_clean, check_others_end_nothing, check_a_claimed_signal_is_left,
                  check_readers_may_go):
        check(scratch)
        print(f"{check.__name__}: ok")
