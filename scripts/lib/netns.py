"""Network namespaces without names, which go with their last process: nothing is left to clean up, however it ends."""

import ctypes
import pathlib
import signal
import subprocess
import sys

SKIPPED = 77
CLONE_NEWNET = 0x40000000


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


def enter_network(file):
    """Moves this process into the network namespace of that file: /proc/PID/ns/net, or one with a name."""
    with open(file) as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"the network namespace of {file} cannot be entered")


def enter_own_network():
    """Moves this process, and what it starts, into a new network namespace without anything in it. Being told to end
    is an exception from then on, so that what was made is taken away."""
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print("skipped: no network namespace can be made here (it takes root)")
        sys.exit(SKIPPED)
    # Nobody but the test speaks on the wires.
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
