"""The drivers by which netdevs become ports: what their devices are called, and what makes a wire of one."""

import pathlib
import socket

from wires import ip

AF_XDP = 44


class Driver:
    def __init__(self, name):
        self.name = name

    def device(self, number, wire):
        """Of the port on the netdev `wire`: for net_tap on a netdev of its own, beside it."""
        return f"{self.name}{number},iface={self.netdev(number, wire)}"

    def netdev(self, number, wire):
        return f"mgmdtap{number}" if self.name == "net_tap" else wire

    def devices(self, wires):
        """Of ports by name: port -> netdev."""
        return {port: self.device(number, wire) for number, (port, wire) in enumerate(wires.items())}

    def connect(self, *wires):
        """When the router is there: the netdevs of net_tap's and the wires, in order, in a bridge each."""
        if self.name != "net_tap":
            return
        for number, wire in enumerate(wires):
            ip("link", "add", "name", f"br{number}", "type", "bridge", "mcast_snooping", "0")
            for netdev in (self.netdev(number, wire), wire, f"br{number}"):
                ip("link", "set", "dev", netdev, "up")
            for netdev in (self.netdev(number, wire), wire):
                ip("link", "set", "dev", netdev, "master", f"br{number}")

    def disconnect(self, *wires):
        for number in range(len(wires) if self.name == "net_tap" else 0):
            ip("link", "del", "dev", f"br{number}")


def drivers():
    """Those that this machine has; says which are left out, and why."""
    yield Driver("net_af_packet")
    try:
        socket.socket(AF_XDP, socket.SOCK_RAW).close()
        yield Driver("net_af_xdp")
    except OSError as error:
        print(f"net_af_xdp: left out, this kernel has no AF_XDP sockets for us: {error}", flush=True)
    if pathlib.Path("/dev/net/tun").exists():
        yield Driver("net_tap")
    else:
        print("net_tap: left out, there is no /dev/net/tun", flush=True)
