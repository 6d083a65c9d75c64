"""A network on this machine: a sender, mgmd, and two hosts that join and leave. Called by scripts/run --live.

Every host is a process in a network namespace of its own, all are children of this one, and end with it.
"""

import contextlib
import os
import pathlib
import select
import signal
import socket
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

import hosts  # noqa: E402
from mgmd_process import ROOT, Mgmd, MgmdError  # noqa: E402
from netns import enter_own_network  # noqa: E402
from tables import table  # noqa: E402

CONFIG = "examples/live.toml"
OUT = "out/live"
STREAMS = {"239.1.1.1": "10.0.0.1", "ff0e::1": "2001:db8::1"}  # group: source
PORT = 5000
PERIOD = 0.005  # seconds between the packets of a stream
AT_LEAST = 200  # packets that a step lasts
TIMEOUT = 20  # seconds; only the guard against a hang
MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP = 42, 45

sockets = {}  # of a host's process


def play():
    """The sender: numbered packets to every group, until there is another line to read."""
    hosts.say("begun")
    for group, source in STREAMS.items():
        sockets[group] = hosts.multicast_sender(source)
    number = 0
    while not select.select([sys.stdin], [], [], PERIOD)[0]:
        for group in STREAMS:
            sockets[group].sendto(struct.pack(">I", number).ljust(1316, b"."), (group, PORT))
        number += 1
    sys.stdin.readline()
    return number


def listen():
    """A receiver: what comes by its wire from here on, joined or not, is counted."""
    sockets["wire"] = wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    wire.bind(("eth0", 0))


def membership(group, joins):
    """Joins or leaves; of a join, ms until the first packet has come."""
    if joins:
        sockets[group] = member = socket.socket(hosts.family_of(group), socket.SOCK_DGRAM)
        member.bind((group, PORT))
    family, address = hosts.family_of(group), socket.inet_pton(hosts.family_of(group), group)
    storage = struct.pack("=HHI16sI" if ":" in group else "=HH4s", family, 0,
                          *((0, address, 0) if ":" in group else (address,))).ljust(128, b"\0")
    begin = time.monotonic()
    sockets[group].setsockopt(socket.IPPROTO_IPV6 if ":" in group else socket.IPPROTO_IP,
                              MCAST_JOIN_GROUP if joins else MCAST_LEAVE_GROUP,
                              struct.pack("=II", socket.if_nametoindex("eth0"), 0) + storage)
    if not joins:
        return None
    sockets[group].settimeout(TIMEOUT)
    sockets[group].recv(2048)
    return 1000 * (time.monotonic() - begin)


def tally(waited_for):
    """Packets of each stream since the last call, and how many are missing between them; waits for so many of some."""
    numbers = {group: [] for group in STREAMS}
    while True:
        enough = all(len(numbers[group]) >= AT_LEAST for group in waited_for)
        if not select.select([sockets["wire"]], [], [], 0 if enough else TIMEOUT)[0]:
            assert enough, f"no more packets to {waited_for}"
            return {group: [len(seen), seen[-1] - seen[0] + 1 - len(seen) if seen else 0]
                    for group, seen in numbers.items()}
        packet = sockets["wire"].recv(2048)
        if packet[0] >> 4 == 6:
            protocol, group, payload = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[48:]
        else:
            protocol, group, payload = packet[9], socket.inet_ntoa(packet[16:20]), packet[28:]
        if protocol == socket.IPPROTO_UDP and group in numbers:
            numbers[group].append(struct.unpack(">I", payload[:4])[0])


class Show:
    """The network, and what has been seen of it."""

    def __init__(self, stack):
        self.sender = stack.enter_context(hosts.Host("up0", "10.0.0.1/24", "2001:db8::1/64"))
        self.receivers = {"one": stack.enter_context(hosts.Host("dn1", "10.1.0.1/24", "2001:db8:1::1/64")),
                          "two": stack.enter_context(hosts.Host("dn2", "10.2.0.1/24", "2001:db8:2::1/64"))}
        self.begin = time.monotonic()
        self.mgmd = stack.enter_context(Mgmd(CONFIG, ROOT / OUT, on_event=self.event))
        self.mgmd.wait_for("ready")
        self.joined = {name: set() for name in self.receivers}
        self.rows = []

    def say(self, text):
        print(f"  {time.monotonic() - self.begin:5.2f} s  {text}", flush=True)

    def event(self, event):
        """What the router decides."""
        if event["event"] in ("mfe_added", "mfe_changed"):
            self.say(f"  mgmd: {event['mfe']} goes from {event['iif']} to {', '.join(event['oifs']) or 'nobody'}")
        elif event["event"] == "ready":
            self.say("  mgmd is ready")

    def step(self, what, *changes):
        """`changes`: host, group, whether it joins. Lasts until every member has got packets enough."""
        self.say(what)
        for name, group, joins in changes:
            took = self.receivers[name].call(membership, group, joins)
            (self.joined[name].add if joins else self.joined[name].remove)(group)
            if joins:
                self.say(f"  host {name}: the first packet comes {took:.1f} ms after its call")
            else:
                netdev, mfe = self.receivers[name].name, f"({STREAMS[group]},{group})"
                while netdev in self.mgmd.wait_for("mfe_changed", mfe=mfe)["oifs"]:
                    pass
        got = {name: host.call(tally, sorted(self.joined[name])) for name, host in self.receivers.items()}
        self.rows.append([what, *(f"{packets:,}" + (f", {missing} missing" if missing else "")
                                  for group in STREAMS for packets, missing in (got[name][group] for name in got))])


def main():
    if os.geteuid() != 0:
        sys.exit("Network namespaces need root: sudo scripts/run --live")
    enter_own_network()
    print(f"A sender on up0, host one on dn1, host two on dn2; mgmd --config {CONFIG} between them:\n")
    v4, v6 = STREAMS
    with contextlib.ExitStack() as stack:
        show = Show(stack)
        for host in show.receivers.values():
            host.call(listen)
        show.sender.call(play)
        show.say(f"the sender plays two streams, {1 / PERIOD:.0f} packets/s each")
        show.step(f"one joins {v4}", ("one", v4, True))
        show.step("two joins both", ("two", v4, True), ("two", v6, True))
        show.step(f"one leaves {v4}", ("one", v4, False))
        show.step("nothing changes")
        show.step("two leaves both", ("two", v4, False), ("two", v6, False))
        show.step("nothing changes")
        show.sender.tell_line()
        sent = show.sender.answer()
        show.mgmd.stop()
    columns = [f"{group} at {name}" for group in STREAMS for name in show.receivers]
    print(f"\nPackets that came by each host's wire, step by step, of {sent:,} sent to each group:\n")
    print(table(["step", *columns], show.rows))
    print(f"\nEvents, summary and log: {OUT}/")


if hosts.is_child():
    hosts.serve(play, listen, membership, tally)
try:
    main()
except MgmdError as error:
    sys.exit(f"\n{error}")
except KeyboardInterrupt:
    sys.exit(128 + signal.SIGINT)
