"""The Linux kernel as a multicast router, for as long as this runs: one route, from the netdev `in` to `out0` ... It is
run by bench_veth.py in the router's network namespace:

    bench_kernel.py FAMILY FANOUT SOURCE GROUP
"""

import signal
import socket
import struct
import sys

# linux/mroute.h, linux/mroute6.h
MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = MRT6_INIT, MRT6_ADD_MIF, MRT6_ADD_MFC = 200, 202, 204
VIFF_USE_IFINDEX, MAXVIFS = 8, 32


def route_ipv4(netdevs, source, group):
    """Returns the socket that holds the route."""
    control = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
    control.setsockopt(socket.IPPROTO_IP, MRT_INIT, struct.pack("i", 1))
    for vif, index in enumerate(netdevs):
        vifctl = struct.pack("HBBIi4s", vif, VIFF_USE_IFINDEX, 1, 0, index, bytes(4))
        control.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF, vifctl)
    ttls = bytes([0, *[1] * (len(netdevs) - 1)]).ljust(MAXVIFS, b"\0")
    mfcctl = socket.inet_aton(source) + socket.inet_aton(group) + struct.pack("H", 0) + ttls + bytes(18)
    control.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC, mfcctl)
    return control


def route_ipv6(netdevs, source, group):
    """Returns the socket that holds the route."""
    def address(text):
        return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, text), 0)

    control = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    control.setsockopt(socket.IPPROTO_IPV6, MRT6_INIT, struct.pack("i", 1))
    for mif, index in enumerate(netdevs):
        control.setsockopt(socket.IPPROTO_IPV6, MRT6_ADD_MIF, struct.pack("HBBHI", mif, 0, 1, index, 0))
    oifs = sum(1 << mif for mif in range(1, len(netdevs)))
    mf6cctl = address(source) + address(group) + struct.pack("=HxxI28x", 0, oifs)
    control.setsockopt(socket.IPPROTO_IPV6, MRT6_ADD_MFC, mf6cctl)
    return control


if __name__ == "__main__":
    route = {"ipv4": route_ipv4, "ipv6": route_ipv6}[sys.argv[1]]
    names = ["in", *(f"out{n}" for n in range(int(sys.argv[2])))]
    held = route([socket.if_nametoindex(name) for name in names], *sys.argv[3:])
    print("ready", flush=True)
    signal.pause()  # until killed
