#!/usr/bin/python3
"""A link that loses messages of IGMP and MLD: as long as fewer are lost in a row than `robustness` says, hosts miss no
packet.

Between two hosts and the router each a relay in user space, which loses half of the messages of either direction, by a
seeded draw, but between two reports that arrive never as many as the robustness of the interface is (2 and 3). What the
hosts wanted they have without a gap; when nothing of what they say arrives any more it ends.
Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import random
import socket
import tempfile
import threading

import hosts
from group_hosts import FUNCTIONS, join, last_sent, leave, missing, receive, send_until_told
from lan import read_message
from mgmd_process import Mgmd
from tagger import Wires, open_wire
from wires import TIMEOUT, enter_own_network, ip, lan_interfaces, small_router

GROUPS = {"IGMP": ("239.1.1.1", "10.0.0.1"), "MLD": ("ff0e::1", "2001:db8::1")}
ROBUSTNESS = (2, 3)
LOSSES = 4  # of each protocol on each link, at least
SHARE = 0.5

if hosts.is_child():
    hosts.serve(*FUNCTIONS)


# A host that answers late, after a question was lost, leaves as much time as hosts have for an answer: three seconds,
# for machines that have other things to do.
def configuration(directory):
    text = small_router() + '[dataplane]\nidle = "sleep"\n'
    text += lan_interfaces(("up0", *(f"dn{robustness}" for robustness in ROBUSTNESS)))
    for protocol in ("igmp", "mld"):
        text += f"""
[{protocol}]
interfaces = ["up0", {", ".join(f'"dn{robustness}"' for robustness in ROBUSTNESS)}]
query_interval = 3
query_response_interval = 2.9
last_member_query_interval = 0.2
"""
        text += "".join(f'[[{protocol}.interface]]\nname = "dn{robustness}"\nrobustness = {robustness}\n'
                        for robustness in ROBUSTNESS)
    path = pathlib.Path(directory) / "loss.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


class Loss:
    """Which messages of a protocol are lost."""

    def __init__(self, seed, most_in_a_row):
        self._draw, self._most = random.Random(seed), most_in_a_row
        self._in_a_row = 0  # since the last report about the group that has arrived
        self.lost = self.passed = 0

    def lose(self, is_about_group):
        """Whether the next one is. What a host says of other groups is no help: a leave may be lost between two of
        these as often as the host says it."""
        if self._in_a_row < self._most and self._draw.random() < SHARE:
            self._in_a_row += 1
            self.lost += 1
            return True
        if is_about_group:
            self._in_a_row = 0
        self.passed += 1
        return False


class Relay(Wires):
    """Hands on what comes from either netdev by the other one, but for messages that are lost."""

    def __init__(self, host, router, robustness):
        self._host, self._router = open_wire(host), open_wire(router)
        self.losses = {protocol: Loss(f"{protocol} {robustness}", robustness - 1) for protocol in GROUPS}
        self._changed = threading.Condition()
        self._deaf = False
        super().__init__({self._host: self._hand_on, self._router: self._hand_on})

    def _hand_on(self, origin):
        frame = origin.recv(65535)
        if not self._is_lost(origin, frame):
            (self._router if origin is self._host else self._host).send(frame)

    def _is_lost(self, origin, frame):
        message = read_message(frame)
        if message is None:
            return False
        with self._changed:
            self._changed.notify_all()
            if self._deaf and origin is self._host:
                return True
            group = socket.inet_pton(hosts.family_of(message.source), GROUPS[message.protocol][0])
            return self.losses[message.protocol].lose(message.kind == "report" and group in frame)

    def wait_for_losses(self):
        with self._changed:
            assert self._changed.wait_for(
                lambda: min(loss.lost for loss in self.losses.values()) >= LOSSES, 3 * TIMEOUT)

    def lose_all_of_host(self):
        with self._changed:
            self._deaf = True


def check_nothing_missed(sender, receivers, relays, mgmd):
    for receiver in receivers:
        for group, _ in GROUPS.values():
            receiver.call(join, group)
    sender.call(send_until_told, [group for group, _ in GROUPS.values()], [source for _, source in GROUPS.values()])
    first = {(receiver, group): receiver.call(receive, group, source)
             for receiver in receivers for group, source in GROUPS.values()}
    for relay in relays:
        relay.wait_for_losses()
    sender.tell_line()
    sender.answer()
    for receiver, relay in zip(receivers, relays):
        for protocol, (group, _) in GROUPS.items():
            last = sender.call(last_sent, group)[group]
            lost, _ = receiver.call(missing, group, first[receiver, group], last)
            loss = relay.losses[protocol]
            assert lost == 0, f"{receiver.name}: {lost} of {last} packets to {group} are missing"
            print(f"{receiver.name}: {loss.lost} of {loss.lost + loss.passed} messages of {protocol} were lost, and "
                  f"none of {last} packets: ok")
    assert "has no member" not in mgmd.log, mgmd.log


def check_leaves(receivers, mgmd):
    """A leave is heard, too: hosts say it as often as they are told to."""
    for robustness, receiver in zip(ROBUSTNESS, receivers):
        for protocol, (group, _) in GROUPS.items():
            receiver.call(leave, group)
            mgmd.wait_for_log(f"{protocol} on dn{robustness}: {group} has no member: nobody has answered")
    print("leaves are heard: ok")


def check_all_lost(receiver, relay, mgmd):
    for protocol, (group, _) in GROUPS.items():
        receiver.call(join, group)
        mgmd.wait_for_log(f"{protocol} on dn{ROBUSTNESS[0]}: {group} has a member", 2)
    relay.lose_all_of_host()
    for protocol, (group, _) in GROUPS.items():
        mgmd.wait_for_log(f"{protocol} on dn{ROBUSTNESS[0]}: {group} has no member: nobody reports it any more")
    print("with all lost it ends: ok")


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        sender = stack.enter_context(hosts.Host("up0", "10.0.0.1/24", "2001:db8::1/64"))
        receivers, relays = [], []
        for number, robustness in enumerate(ROBUSTNESS, 1):
            name = f"host{robustness}"
            receivers.append(stack.enter_context(
                hosts.Host(name, f"10.{number}.0.1/24", f"2001:db8:{number}::1/64")))
            ip("link", "add", f"dn{robustness}", "type", "veth", "peer", "name", f"far{robustness}")
            for end in (f"dn{robustness}", f"far{robustness}"):
                ip("link", "set", end, "up")
            relays.append(stack.enter_context(Relay(name, f"far{robustness}", robustness)))
        mgmd = stack.enter_context(Mgmd(configuration(directory), directory))
        mgmd.wait_for("ready")
        check_nothing_missed(sender, receivers, relays, mgmd)
        check_leaves(receivers, mgmd)
        check_all_lost(receivers[0], relays[0], mgmd)
        mgmd.stop()


main()
