#!/usr/bin/python3
"""RPF follows the kernel's unicast routes in both families: whatever changes them, the iif of a stream is where its
source is now, or there is no way to it."""

import pathlib
import queue
import re
import tempfile

from mgmd_process import Mgmd
from wires import TIMEOUT, Wire, configuration, enter_own_network, ip, stream_frame, stream_frame6

WORDS = {
    "ipv4": {"IP": "-4", "P": "10.50.0.0/16", "W": "10.0.0.0/8", "G0": "10.0.0.1", "G1": "10.1.0.1", "N": "10",
             "N0": "11", "N1": "12", "AP": "10.50.0.1/16"},
    "ipv6": {"IP": "-6", "P": "2001:db8:50::/48", "W": "2001:db8::/32", "G0": "fe80::1", "G1": "fe80::2", "N": "20",
             "N0": "21", "N1": "22", "AP": "2001:db8:50::1/48"},
}
MFES = "(10.50.0.7,239.7.7.7)", "(2001:db8:50::7,ff0e::7:7)"
NO_WAY = ""

NEXTHOP_OBJECTS = (
    ("IP nexthop add id N0 via G0 dev a", NO_WAY),
    ("IP nexthop add id N1 via G1 dev b", NO_WAY),
    ("nexthop add id N group N0/N1", NO_WAY),
    ("IP route add P nhid N", "a"),
    ("IP nexthop del id N0", "b"),
    ("IP nexthop replace id N1 via G0 dev a", "a"),
    ("IP nexthop del id N1", NO_WAY),
)

# What is done, the words of WORDS standing for each family's in turn, and the iif afterwards, for IPv4 and IPv6 where
# they differ: there IPv6 takes an appended route for another next hop of the first.
STEPS = (
    # Of one prefix.
    ("IP route replace P via G1 dev b", "b"),
    ("IP route append P via G0 dev a", ("b", "a")),
    ("IP route del P via G1 dev b", "a"),
    ("IP route add P dev b metric 5000", "a"),
    ("IP route del P via G0 dev a", "b"),
    ("IP route add P dev a metric 4000", "a"),
    ("IP route del P metric 4000", "b"),
    ("IP route del P metric 5000", NO_WAY),
    # The longest prefix, and where it leads nowhere, no other.
    ("IP route add default via G1 dev b", "b"),
    ("IP route add W via G0 dev a", "a"),
    ("IP route add P dev b", "b"),
    ("IP route replace blackhole P", NO_WAY),
    ("IP route del blackhole P", "a"),
    ("IP route add unreachable P", NO_WAY),
    ("IP route del unreachable P", "a"),
    ("IP route add prohibit P", NO_WAY),
    ("IP route del prohibit P", "a"),
    ("IP route add P dev elsewhere", NO_WAY),
    ("IP route add P dev b table 1000", NO_WAY),
    ("IP route del P dev elsewhere", "a"),
    ("IP route del W", "b"),
    ("IP route del default", NO_WAY),
    # Several next hops: the lowest that is alive.
    ("IP route add P nexthop via G1 dev b nexthop via G0 dev a", "a"),
    ("link set dev a-peer down", "b"),
    ("link set dev a-peer up", "a"),
    ("link set dev a down", "b"),
    ("link set dev a up", "a"),
    # Links, addresses.
    ("IP route replace P via G1 dev b", "b"),
    ("link set dev b-peer down", NO_WAY),
    ("link set dev b-peer up", "b"),
    ("link set dev b down", NO_WAY),
    ("link set dev b up", NO_WAY),
    ("address add AP dev a", "a"),
    ("address del AP dev a", NO_WAY),
    # Objects, as the kernel tells them by default, and by their numbers alone.
    *NEXTHOP_OBJECTS,
    ("compat 0", NO_WAY),
    *NEXTHOP_OBJECTS,
    ("IP route add P dev b", "b"),
    ("link del dev b", NO_WAY),
)


# Of two twins: one that is deleted is another netdev when it is there again.
TWIN_STEPS = (
    ("IP route add P via G0 dev twin0", "twin0"),
    ("IP route replace P via G1 dev twin1", "twin1"),
    ("link del dev twin1", NO_WAY),
    ("deleted twin1", NO_WAY),
    ("up twin1", NO_WAY),
    ("IP route add P dev twin1", "twin1"),
    ("IP route del P", NO_WAY),
)


def take(command):
    """Does it once for each family that has words of its own in it."""
    spoken = {re.sub(rf"\b({'|'.join(words)})\b", lambda word, words=words: words[word[0]], command)
              for words in WORDS.values()}
    for words in sorted(spoken):
        if words.startswith("compat"):
            pathlib.Path("/proc/sys/net/ipv4/nexthop_compat_mode").write_text(words.split()[1])
        else:
            ip(*words.split())


class Iifs:
    """The iif of each family's stream, change by change."""

    def __init__(self):
        self.changes = {mfe: queue.Queue() for mfe in MFES}
        self.present = [None] * len(MFES)

    def on_event(self, event):
        if event["event"] in ("mfe_added", "mfe_changed") and event["mfe"] in self.changes:
            self.changes[event["mfe"]].put(event["iif"])

    def expect(self, iifs, after):
        """Each is as said, by one change where it was not so before."""
        for family, (mfe, iif) in enumerate(zip(MFES, iifs)):
            if iif == self.present[family]:
                continue
            try:
                self.present[family] = self.changes[mfe].get(timeout=TIMEOUT)
            except queue.Empty:
                pass
            assert self.present[family] == iif, f"{mfe} after '{after}': iif {self.present[family]!r}, not {iif!r}"


def check(directory, wire, first, steps, names=("a", "b"), rib="", interface_keys=""):
    """A router with two ports, a stream of each family that nobody wants, and what becomes of its iif."""
    iifs = Iifs()
    devices = {name: f"net_af_packet{n},iface={'ab'[n]}" for n, name in enumerate(names)}
    config = configuration(directory, devices, more=f"[rib]\nkernel = true\n{rib}", interface_keys=interface_keys)
    with Mgmd(config, directory, on_event=iifs.on_event) as mgmd:
        mgmd.wait_for("ready")
        wire.send(stream_frame("10.50.0.7", "239.7.7.7"), stream_frame6("2001:db8:50::7", "ff0e::7:7"))
        iifs.expect(first, "the start")
        for command, expected in steps:
            if command.split()[0] in ("deleted", "up"):
                mgmd.wait_for("twin", what=command.split()[0], name=command.split()[1])
            else:
                take(command)
            iifs.expect(expected if isinstance(expected, tuple) else (expected, expected), command)
        mgmd.stop()
    assert all(changes.empty() for changes in iifs.changes.values()), "changes that nothing has caused"


enter_own_network()
for name in ("accept_dad", "dad_transmits"):
    pathlib.Path(f"/proc/sys/net/ipv6/conf/default/{name}").write_text("0")
wires = [Wire(name) for name in ("a", "b", "elsewhere")]
with tempfile.TemporaryDirectory() as scratch:
    if pathlib.Path("/dev/net/tun").exists():
        check(scratch, wires[0], (NO_WAY, NO_WAY), TWIN_STEPS, names=("twin0", "twin1"), interface_keys="tap = true")
        print("twins: ok")
    for n, wire in enumerate(wires):
        pathlib.Path(f"/proc/sys/net/ipv6/conf/{wire.name}/disable_ipv6").write_text("0")
        ip("address", "add", f"10.{n}.0.254/24", "dev", wire.name)
    take("IP route add P via G0 dev a")
    take("IP route add P dev b table 1000")
    check(scratch, wires[0], ("b", "b"), [("IP route del P table 1000", NO_WAY)], rib="table = 1000")
    print("another table than the main one: ok")
    check(scratch, wires[0], ("a", "a"), STEPS)
    print("what the kernel's routes say of a source: ok")
