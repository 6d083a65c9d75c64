"""Queriers that nobody here wrote, as stations of a LAN: what a host's process does to become one."""

from frr import Frr
from wires import ip

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
    daemons.append(Frr(folder, configuration))


def stop_frr():
    daemons.pop().close()


FUNCTIONS = (have_addresses, be_bridge, ask, start_frr, stop_frr)
