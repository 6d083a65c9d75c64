"""Queriers that nobody here wrote, as stations of a LAN: what a host's process does to become one."""

import ctypes
import pathlib
import shlex
import signal
import subprocess

from wires import ip

FRR, FRR_USER = "/usr/lib/frr", "frr"
PR_SET_PDEATHSIG = 1

daemons = []


def have_addresses(netdev, *addresses):
    for address in addresses:
        ip("address", "add", address, "dev", netdev, *(["nodad"] if ":" in address else []))
    ip("link", "set", netdev, "up")


def be_bridge(igmp_version, mld_version, settings, *addresses):
    """eth0 becomes a port of br0, a bridge that snoops and asks every second; `settings`: ip's, of the bridge."""
    ip("link", "add", "br0", "type", "bridge", "mcast_igmp_version", str(igmp_version), "mcast_mld_version",
       str(mld_version), "mcast_query_interval", "100", "mcast_query_response_interval", "50",
       "mcast_startup_query_interval", "100", "mcast_querier_interval", "225", *settings)
    ip("link", "set", "br0", "addrgenmode", "none")
    ip("link", "set", "eth0", "master", "br0")
    have_addresses("br0", *addresses)


def ask(yes):
    """Whether the bridge asks."""
    ip("link", "set", "br0", "type", "bridge", "mcast_querier", str(int(yes)))


def start_frr(folder, configuration):
    """FRRouting's zebra and pimd, until stop_frr(), or as long as this process lives."""
    folder = pathlib.Path(folder)
    folder.mkdir()
    folder.chmod(0o777)  # they give root's rights up
    commands = []
    for name, text in (("zebra", ""), ("pimd", configuration)):
        (folder / f"{name}.conf").write_text(text)
        # zebra detaches itself when it can be connected to.
        commands.append(shlex.join([
            f"{FRR}/{name}", "-u", FRR_USER, "-g", FRR_USER, "-z", f"{folder}/zserv", "--vty_socket", f"{folder}", "-i",
            f"{folder}/{name}.pid", "-f", f"{folder}/{name}.conf", "-A", "127.0.0.1", "-P", "0", "--log",
            f"file:{folder}/{name}.log", *(["-d"] if name == "zebra" else [])]))
    # The first process of a namespace of processes, which all end with it.
    daemons.append(subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "; ".join([*commands, "exit"])],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)))


def stop_frr():
    daemon = daemons.pop()
    daemon.kill()
    daemon.wait()


FUNCTIONS = (have_addresses, be_bridge, ask, start_frr, stop_frr)
