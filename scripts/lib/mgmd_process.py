"""A running mgmd, driven by its events.

    with Mgmd(config, directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        print(mgmd.summary()["routes"])
        print(mgmd.telemetry("/mgm/routes"))
        mgmd.stop()

Nothing here sleeps or polls: every wait is for an event that mgmd writes, or for its end. A timeout is only the guard
against a hang. What mgmd leaves in `directory`: events.jsonl, summary.json, mgmd.log (its standard output and errors).
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT = 30  # seconds
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class MgmdError(Exception):
    """mgmd ended early, failed, or did not do what was waited for."""


def default_binary():
    """The mgmd under test: $MGMD, otherwise the release build."""
    return os.environ.get("MGMD", str(ROOT / "build/control/mgmd"))


def end_with_parent(by=signal.SIGTERM):
    """To be called in a new process: it is told to stop when whoever started it has ended, however that was: what polls
    would keep a core busy for good."""
    _LIBC.prctl(PR_SET_PDEATHSIG, by)


def runtime_folder(prefix):
    """DPDK's of a process with that file prefix."""
    base = os.environ.get("RUNTIME_DIRECTORY") or (
        "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp"))
    return pathlib.Path(base) / "dpdk" / prefix


class Mgmd:
    """One mgmd process. Starts at construction; leaving the `with` block ends it however the block ended."""

    def __init__(self, config, directory, eal_args=(), binary=None, cwd=ROOT, on_event=None, before=None):
        """`on_event` is called with each event as it arrives, on a thread of its own; `before` in the new process."""
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.events = []  # every event so far, in order
        self._changes = {}  # by text, those that have been waited for
        self.log = ""  # every line of the log so far
        self._seen = 0  # wait_for goes on after the event it last returned
        self._ended = False
        self._log_ended = False
        self._changed = threading.Condition()
        self._on_event = on_event

        self._prefix = f"mgmd-{os.getpid()}-{time.monotonic_ns()}"
        # mgmd opens the pipe's end by name. Once it is gone, however it went, reading ends too.
        reader, writer = os.pipe()

        def prepare():
            end_with_parent()
            if before:
                before()

        self.process = subprocess.Popen(
            [binary or default_binary(), "--config", config,
             "--events", f"/dev/fd/{writer}", "--summary", self.directory / "summary.json",
             # A prefix of its own, so that several mgmd run side by side.
             "--", f"--file-prefix={self._prefix}", *eal_args],
            cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[writer],
            text=True, errors="replace", preexec_fn=prepare)
        os.close(writer)
        self._reading = [threading.Thread(target=self._read_events, args=[reader], daemon=True),
                         threading.Thread(target=self._read_log, daemon=True)]
        for thread in self._reading:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # does nothing after stop()
        self.end()
        # One that was killed leaves its runtime folder, which is of this prefix alone.
        shutil.rmtree(runtime_folder(self._prefix), ignore_errors=True)

    def _read_events(self, reader):
        try:
            with open(reader) as lines, (self.directory / "events.jsonl").open("w") as copy:
                for line in lines:
                    copy.write(line)
                    copy.flush()
                    event = json.loads(line)
                    if self._on_event:
                        self._on_event(event)
                    with self._changed:
                        self.events.append(event)
                        self._changed.notify_all()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _read_log(self):
        try:
            with self.process.stdout as lines, (self.directory / "mgmd.log").open("w") as copy:
                for line in lines:
                    copy.write(line)
                    copy.flush()
                    with self._changed:
                        self.log += line
                        self._changed.notify_all()
        finally:
            with self._changed:
                self._log_ended = True
                self._changed.notify_all()

    def end(self, timeout=TIMEOUT):
        """Its exit status, when it has ended and all of its events and log are here."""
        status = self.process.wait(timeout)
        for thread in self._reading:
            thread.join()
        return status

    def _failure(self, what):
        log = self.log.splitlines()[-20:]
        return MgmdError("\n".join([what, f"the end of {self.directory}/mgmd.log:", *log]))

    def wait_for(self, name, /, timeout=TIMEOUT, **fields):
        """The next event of that name (and those fields) after the one the last call returned."""
        deadline = time.monotonic() + timeout
        with self._changed:
            position = self._seen
            while True:
                for event in self.events[position:]:
                    position += 1
                    if event["event"] == name and fields.items() <= event.items():
                        self._seen = position
                        return event
                if self._ended:
                    raise self._failure(f"mgmd ended before its event '{name}'")
                if not self._changed.wait(deadline - time.monotonic()):
                    raise self._failure(f"no event '{name}' in {timeout} s")

    def wait_for_log(self, text, count=1, timeout=TIMEOUT):
        """Returns when the log has the text so many times."""
        with self._changed:
            self._changed.wait_for(lambda: self.log.count(text) >= count or self._log_ended, timeout)
            if self.log.count(text) < count:
                raise self._failure(f"no '{text}' in the log")

    def wait_for_change(self, text):
        """Returns when the log has the text once more than at the last such call, and workers go by what it says."""
        self._changes[text] = self._changes.get(text, 0) + 1
        self.wait_for_log(text, self._changes[text])
        self.telemetry("/mgm/workers")  # answered once control has ended the turn that it is in

    def summary(self):
        """What mgmd has counted up to now."""
        self.process.send_signal(signal.SIGUSR1)
        self.wait_for("summary_written")
        return self.last_summary()

    def last_summary(self):
        """The summary as last written; after stop(), the one written at the end."""
        return json.loads((self.directory / "summary.json").read_text())

    def ask(self, command):
        """Sends a DPDK telemetry command that may never be answered."""
        try:
            self.telemetry(command)
        except (OSError, ValueError):
            pass  # mgmd has ended

    def telemetry(self, command):
        """The answer to a DPDK telemetry command, such as "/mgm/shutdown,static"."""
        path = next(event for event in self.events if event["event"] == "ready")["telemetry"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(path)
            greeting = json.loads(connection.recv(1024))
            connection.send(os.fsencode(command))
            reply = json.loads(connection.recv(greeting["max_output_len"]))
        return reply[command.split(",")[0]]

    def stop(self, timeout=TIMEOUT, by=signal.SIGTERM, status=0):
        """Ends mgmd as an operator does; it must leave with the status."""
        self.process.send_signal(by)
        try:
            left = self.end(timeout)
        except subprocess.TimeoutExpired:
            raise self._failure(f"mgmd did not stop in {timeout} s") from None
        if left != status:
            raise self._failure(f"mgmd stopped with status {left}")
