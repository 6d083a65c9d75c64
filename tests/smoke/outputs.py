#!/usr/bin/python3
"""Whoever does not read, and whatever is full, holds up neither control nor the end: a reader of events that sleeps, a
FIFO for the summary without a reader, a log that nobody reads, a full disk. What is written is whole lines."""

import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading

import demo_configuration
from mgmd_process import ROOT, TIMEOUT, default_binary, end_with_parent, runtime_folder

READY = "[info] ready"
ROUTES = 1500  # each with four outputs: half a megabyte of events


def configuration(directory):
    """The demo's, with many more routes, so that there is more to tell than any pipe holds."""
    routes = "".join(f'[[protocol.static.mroute]]\nfrom = "up0"\nsource = "10.0.0.9"\n'
                     f'group = "239.2.{n // 250}.{n % 250}"\n'
                     'to = ["dn1", "dn2", "dn3v10", "dn3v20"]\n' for n in range(ROUTES))
    return demo_configuration.configuration(directory, ("= 4096 ", "= 65536 "), ("= 1024 ", "= 4096 "),
                                            ("\n[log]", f"\n{routes}\n[log]"))


class Process:
    """mgmd, known by its log alone, since its events are what is on trial."""

    def __init__(self, directory, *arguments, stderr=subprocess.PIPE, **options):
        self.prefix = f"mgmd-outputs-{os.getpid()}-{pathlib.Path(directory).name}"
        self.log = []
        options.setdefault("preexec_fn", end_with_parent)
        self.process = subprocess.Popen(
            [default_binary(), "--config", configuration(directory), *arguments, "--", f"--file-prefix={self.prefix}"],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, text=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(runtime_folder(self.prefix), ignore_errors=True)  # of one that was killed

    def wait_for_log(self, *texts):
        """Reads the log until it has said all of these."""
        left = set(texts)
        guard = threading.Timer(TIMEOUT, self.process.kill)
        guard.start()
        try:
            while left:
                line = self.process.stderr.readline()
                assert line, f"mgmd ended, or was ended, before it logged {left}:\n{''.join(self.log[-20:])}"
                self.log.append(line)
                left -= {text for text in left if text in line}
        finally:
            guard.cancel()

    def telemetry(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(f"{runtime_folder(self.prefix)}/dpdk_telemetry.v2")
            greeting = json.loads(connection.recv(1024))
            connection.send(command.encode())
            return json.loads(connection.recv(greeting["max_output_len"]))

    def end(self, status=0):
        self.process.terminate()
        _, rest = self.process.communicate(timeout=TIMEOUT)
        self.log.append(rest or "")
        assert self.process.returncode == status, f"status {self.process.returncode}:\n{''.join(self.log[-20:])}"


def events_of(lines):
    return [json.loads(line)["event"] for line in lines]


def check_reader_that_sleeps(directory):
    reader, writer = os.pipe()
    with Process(directory, "--events", f"/dev/fd/{writer}", pass_fds=[writer]) as mgmd:
        os.close(writer)
        mgmd.wait_for_log(READY)
        assert "/mgm/drops" in mgmd.telemetry("/mgm/drops")
        mgmd.end()
        assert "events at its end were not written" in mgmd.log[-1], mgmd.log[-1]
    with open(reader) as lines:
        seen = events_of(lines)
    assert len(seen) > 100, len(seen)


def check_reader_that_goes(directory):
    reader, writer = os.pipe()
    with Process(directory, "--events", f"/dev/fd/{writer}", pass_fds=[writer]) as mgmd:
        os.close(writer)
        os.read(reader, 100)
        os.close(reader)
        mgmd.wait_for_log("its reader has gone")
        mgmd.end()


def check_summary_to_a_fifo_without_reader(directory):
    fifo = pathlib.Path(directory) / "summary"
    os.mkfifo(fifo)
    with Process(directory, "--summary", fifo) as mgmd:
        mgmd.wait_for_log(READY)
        mgmd.process.send_signal(signal.SIGUSR1)
        assert "/mgm/drops" in mgmd.telemetry("/mgm/drops")
        assert len(json.loads(fifo.read_text())["routes"]) == ROUTES + 3
        mgmd.process.send_signal(signal.SIGUSR1)
        assert "/mgm/drops" in mgmd.telemetry("/mgm/drops")
        mgmd.end(status=1)
        assert f"--summary {fifo}: it takes nothing" in mgmd.log[-1], mgmd.log[-1]


def check_log_that_nobody_reads(directory):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    events = pathlib.Path(directory) / "events.fifo"
    os.mkfifo(events)
    with Process(directory, "--events", events, stderr=writer) as mgmd:
        with events.open() as lines:
            ready = next(json.loads(line) for line in lines if '"ready"' in line)
            for _ in range(100):
                mgmd.process.send_signal(signal.SIGUSR1)  # logs that there is no --summary
            assert "/mgm/drops" in mgmd.telemetry("/mgm/drops")
            mgmd.process.terminate()
            assert events_of(lines)[-1] == "stopped"
        assert mgmd.process.wait(TIMEOUT) == 0
        assert ready["pid"] == mgmd.process.pid
    os.close(reader)
    os.close(writer)


def check_full_disk(directory):
    disk = pathlib.Path(directory) / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    try:
        events = disk / "events.jsonl"
        with Process(directory, "--events", events, "--summary", disk / "summary.json") as mgmd:
            mgmd.wait_for_log("events.jsonl: No space left on device", READY)
            assert "/mgm/drops" in mgmd.telemetry("/mgm/drops")
            mgmd.process.send_signal(signal.SIGUSR1)
            mgmd.wait_for_log("summary.json: No space left on device")
            assert [path.name for path in disk.iterdir()] == ["events.jsonl"]
            assert len(events_of(events.read_text().splitlines(keepends=True))) > 100
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            mgmd.end()
            assert "were not written" not in mgmd.log[-1], mgmd.log[-1]
        seen = events_of(events.read_text().splitlines())
        assert seen.count("membership_added") >= 4 * ROUTES and "summary_written" in seen and seen[-1] == "stopped", \
            seen[-5:]
        assert "events_lost" not in seen
    finally:
        subprocess.run(["umount", disk], check=True)


def check_closed_descriptors(directory):
    events = pathlib.Path(directory) / "events.jsonl"

    def close():
        for descriptor in (0, 1, 2):
            os.close(descriptor)

    with Process(directory, "--events", events, "--exit-when-idle", "200", stderr=None, preexec_fn=close) as mgmd:
        assert mgmd.process.wait(TIMEOUT) == 0
    assert events_of(events.read_text().splitlines())[-1] == "stopped"


def check_what_is_said_at_start(directory):
    directory = pathlib.Path(directory)
    victim = directory / "victim"
    victim.write_text("precious")
    link = directory / "link"
    link.symlink_to(victim)
    wrong = [("--summary", directory / "nosuch/summary", "nosuch: No such file or directory"),
             ("--summary", directory, "Is a directory"), ("--events", directory, "Is a directory"),
             ("--events", "/dev/fd/999", "Bad file descriptor")]
    if os.geteuid() == 0:
        os.lchown(link, 65534, 65534)
        wrong += [(option, link, "symbolic link of another user's") for option in ("--summary", "--events")]
    for option, path, text in wrong:
        with Process(directory, option, path) as mgmd:
            _, log = mgmd.process.communicate(timeout=TIMEOUT)
            assert mgmd.process.returncode == 1 and f"{option} {path}" in log and text in log, log
    assert victim.read_text() == "precious"


def check_summary_is_replaced(directory):
    summary = pathlib.Path(directory) / "summary.json"
    summary.write_text("old")
    summary.chmod(0o640)
    link = pathlib.Path(directory) / "link"
    link.symlink_to("summary.json")
    with summary.open() as old, Process(directory, "--summary", link, "--exit-when-idle", "200") as mgmd:
        assert mgmd.process.wait(TIMEOUT) == 0
        assert old.read() == "old"
    assert len(json.loads(summary.read_text())["routes"]) == ROUTES + 3
    assert stat.S_IMODE(summary.stat().st_mode) == 0o640 and link.is_symlink()


for check in (check_reader_that_sleeps, check_reader_that_goes, check_summary_to_a_fifo_without_reader,
              check_log_that_nobody_reads, check_full_disk, check_closed_descriptors, check_what_is_said_at_start,
              check_summary_is_replaced):
    with tempfile.TemporaryDirectory() as scratch:
        check(scratch)
    print(f"{check.__name__}: ok", flush=True)
