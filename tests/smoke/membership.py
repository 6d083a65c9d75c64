#!/usr/bin/python3
"""Hosts that nobody here wrote join and leave: Linux's own, by IGMP and MLD of every version.

One sender, the router, and receivers in network namespaces of their own. Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import tempfile

import hosts
from group_hosts import (FUNCTIONS, arrived, block, forget, join, join_many, last_sent, leave, missing, readdress,
                         receive, receive_many, report_and_die, send, send_until_told, speak)
from mgmd_process import Mgmd
from wires import enter_own_network, lan_interfaces, small_router

GROUP, GROUP6 = "239.1.1.1", "ff0e::1"
SOURCES = ("10.0.0.1", "10.0.0.2")
SOURCES6 = ("2001:db8::1", "2001:db8::2")

if hosts.is_child():
    hosts.serve(*FUNCTIONS)


def configuration(directory, hitless):
    # All of a fast stream's packets fit in while control has other things to do.
    limits = "mfes_per_group = 0\npending_depth = 4096"
    text = small_router(384, limits).replace("mfes = 1024", "mfes = 4096")
    text = text.replace("pending_packets = 256", "pending_packets = 8192")
    text += lan_interfaces(("up0", "dn1", "dn2", "dn3"))
    for protocol in ("igmp", "mld"):
        text += f"""
[{protocol}]
interfaces = ["up0", "dn1", "dn2", "dn3"]
query_interval = 2
query_response_interval = 0.5
robustness = 5
last_member_query_interval = 0.1
last_member_query_count = 2
startup_query_count = 2
hitless_takeover = {str(hitless).lower()}
"""
    text += """
[[igmp.interface]]
name = "dn3"
query_interval = 3
query_response_interval = 1
robustness = 4
"""
    text += """
[protocol.static]
interfaces = ["up0", "dn1"]
[[protocol.static.mroute]]
from = "up0"
group = "239.8.8.8"
to = ["dn1"]
"""
    path = pathlib.Path(directory) / "membership.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


class Network:
    """One sender, the router, three receivers."""

    def __init__(self, directory, hitless=False):
        self.directory = directory
        self.hitless = hitless
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        enter = self.stack.enter_context
        self.sender = enter(hosts.Host("up0", *(f"{source}/24" for source in SOURCES),
                                       *(f"{source}/64" for source in SOURCES6)))
        self.receivers = [enter(hosts.Host(f"dn{n}", f"10.{n}.0.1/24", f"2001:db8:{n}::1/64")) for n in (1, 2, 3)]
        self.mgmd = enter(Mgmd(configuration(self.directory, self.hitless), self.directory))
        self.mgmd.wait_for("ready")
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def begin_sending(self, groups, sources, pause=0.002):
        self.sender.call(send_until_told, groups, sources, pause)

    def end_sending(self):
        self.sender.tell_line()
        self.sender.answer()

    def wait_for_end(self, protocol, interface, group):
        self.mgmd.wait_for_change(f"{protocol} on {interface}: {group} has no member")

    def streams_at(self, receiver, groups, sources, last):
        """What comes to a receiver of one round of packets to the groups and then to `last`, which it gets."""
        before = self.sender.call(last_sent, *groups, last)
        receiver.call(forget)
        self.sender.call(send, groups, sources)
        self.sender.call(send, [last], sources[:1])
        return receiver.call(arrived, groups, [last, sources[0]], before)


def check_versions(network):
    """A host of each version joins and leaves, and another one beside it sees nothing of that."""
    _, second, _ = network.receivers
    for protocol, version, group, source, marker in (
            ("IGMP", 3, GROUP, SOURCES[0], "239.9.9.9"), ("IGMP", 2, GROUP, SOURCES[0], "239.9.9.9"),
            ("IGMP", 1, GROUP, SOURCES[0], "239.9.9.9"), ("MLD", 2, GROUP6, SOURCES6[0], "ff0e::9"),
            ("MLD", 1, GROUP6, SOURCES6[0], "ff0e::9")):
        # A host of version 1 takes ten seconds to answer, whatever it is asked: dn3 waits for it.
        first = network.receivers[2 if (protocol, version) == ("IGMP", 1) else 0]
        first.call(speak, version, protocol.lower())
        second.call(join, marker)
        first.call(join, marker)
        first.call(join, group)
        network.begin_sending([group, marker], [source])
        first.call(receive, group, source)
        first.call(receive, marker, source)
        second.call(receive, marker, source)
        network.end_sending()
        assert network.streams_at(second, [group], [source], marker) == []
        assert network.streams_at(first, [group], [source], marker) == [[group, source]]
        first.call(leave, group)
        network.wait_for_end(protocol, first.name, group)
        assert network.streams_at(first, [group], [source], marker) == []
        first.call(leave, marker)
        second.call(leave, marker)
        network.wait_for_end(protocol, first.name, marker)
        network.wait_for_end(protocol, "dn2", marker)
        first.call(speak, 0, protocol.lower())
        print(f"{protocol} {version}: a host joins and leaves: ok")


def check_sources(network):
    """Of two senders to one group: one receiver takes both, one includes the first, one excludes it."""
    every, including, excluding = network.receivers
    for group, sources, marker in ((GROUP, SOURCES, "239.9.9.9"), (GROUP6, SOURCES6, "ff0e::9")):
        sources = list(sources)
        every.call(join, group)
        including.call(join, group, sources[0])
        excluding.call(join, group)
        excluding.call(block, group, sources[0])
        for receiver in network.receivers:
            receiver.call(join, marker)
        network.begin_sending([group, marker], sources)
        every.call(receive, group, sources[0])
        every.call(receive, group, sources[1])
        including.call(receive, group, sources[0])
        excluding.call(receive, group, sources[1])
        for receiver in network.receivers:
            receiver.call(receive, marker, sources[0])
        # The router has asked whether somebody wants what is blocked: until it knows, it comes.
        while [group, sources[0]] in stream_of(excluding, group, marker, sources):
            pass
        network.end_sending()
        assert network.streams_at(every, [group], sources, marker) == [[group, sources[0]], [group, sources[1]]]
        assert network.streams_at(including, [group], sources, marker) == [[group, sources[0]]]
        assert network.streams_at(excluding, [group], sources, marker) == [[group, sources[1]]]
        for receiver in network.receivers:
            receiver.call(leave, marker)
        every.call(leave, group)
        including.call(leave, group, sources[0])
        excluding.call(leave, group)
        print(f"{group}: any source, source-specific, and all but one: ok")


def stream_of(receiver, group, marker, sources):
    receiver.call(forget)
    return receiver.call(arrived, [group], [marker, sources[0]], {group: 0, marker: 0})


def check_many_groups(network):
    """A thousand groups at once."""
    _, second, _ = network.receivers
    second.call(join_many, "239.2", 1000)
    groups = [f"239.2.{number // 250}.{number % 250 + 1}" for number in range(1000)]
    network.begin_sending(groups, [SOURCES[0]])
    assert second.call(receive_many, 1000) == 1000
    network.end_sending()
    print("a thousand groups joined at once: ok")


def check_silent_death(network):
    """A receiver that says nothing any more is forgotten."""
    first, _, third = network.receivers
    third.call(join, "239.9.9.9")
    first.call(join, "239.9.9.9")
    first.call(report_and_die, "239.3.3.3")
    network.begin_sending(["239.3.3.3", "239.9.9.9"], [SOURCES[0]])
    first.call(receive, "239.9.9.9", SOURCES[0])
    while not stream_of(first, "239.3.3.3", "239.9.9.9", SOURCES):
        pass
    network.end_sending()
    network.wait_for_end("IGMP", "dn1", "239.3.3.3")
    network.mgmd.wait_for_log("nobody reports it any more; the last one to report was 10.1.0.77")
    assert network.streams_at(first, ["239.3.3.3"], [SOURCES[0]], "239.9.9.9") == []
    print("a receiver that dies silently times out: ok")


def check_addressless(network):
    """A host that has no IPv4 address yet reports from 0.0.0.0."""
    first, second, _ = network.receivers
    group, marker = "239.6.6.6", "239.9.9.8"
    first.call(readdress)
    second.call(join, marker)
    first.call(join, marker)
    first.call(join, group)
    joined = network.mgmd.wait_for("group_joined", interface="dn1", group=group)
    assert joined["reporter"] == "0.0.0.0", joined
    network.begin_sending([group, marker], [SOURCES[0]])
    first.call(receive, group, SOURCES[0])
    first.call(receive, marker, SOURCES[0])
    network.end_sending()
    first.call(leave, group)
    network.wait_for_end("IGMP", "dn1", group)
    assert network.streams_at(first, [group], [SOURCES[0]], marker) == []
    first.call(leave, marker)
    second.call(leave, marker)
    network.wait_for_end("IGMP", "dn1", marker)
    network.wait_for_end("IGMP", "dn2", marker)
    first.call(readdress, "10.1.0.1/24")
    print("a host without an address joins and leaves: ok")


def rows_of(answer, *columns):
    return list(zip(*(answer[column] for column in columns)))


def check_views(network):
    """What an operator sees of hosts: by telemetry, in the summary and in the events."""
    first, mgmd = network.receivers[0], network.mgmd
    for protocol, family, group, source in (("igmp", "ipv4", "239.5.5.5", SOURCES[0]),
                                            ("mld", "ipv6", "ff0e::5", SOURCES6[0])):
        first.call(join, group, source)
        joined = mgmd.wait_for("group_joined", interface="dn1", family=family, group=group)
        roles = rows_of(mgmd.telemetry(f"/{protocol}/interfaces"), "name", "role", "told")
        assert roles == [(name, "querier", "told") for name in ("up0", "dn1", "dn2", "dn3")], roles
        interface = mgmd.telemetry(f"/{protocol}/interface,dn1")
        assert dict(rows_of(interface, "variable", "in_force"))["query_interval"] == 2000, interface
        assert dict(rows_of(interface, "counter", "count"))["joins"] >= 1, interface
        assert interface["sources"] >= 1, interface
        groups = rows_of(mgmd.telemetry(f"/{protocol}/groups,dn1"), "group", "mode", "last_reporter", "told")
        assert (group, "include", joined["reporter"], "told") in groups, groups
        shown = rows_of(mgmd.telemetry(f"/{protocol}/group,dn1,{group}"), "source", "state", "source_told")
        assert shown == [(source, "forwarded", "joined")], shown
        totals = mgmd.summary()[protocol]
        assert totals["interfaces"] == 4 and totals["groups"] >= 1 and totals["joins"] >= 1, totals
        first.call(leave, group, source)
        ended = mgmd.wait_for("group_ended", interface="dn1", family=family, group=group)
        assert ended["why"] == "check", ended
        assert "error" in mgmd.telemetry(f"/{protocol}/group,dn1,{group}")
    print("what an operator sees of hosts: ok")


def check_shutdown(network):
    """A routing protocol that has hosts' interfaces goes: IGMP and MLD are told to stop and to start again there, and
    the hosts' packets go on without it; with `hitless_takeover` all of them."""
    first, second, _ = network.receivers
    group = "239.4.4.4"
    for receiver in (first, second):
        receiver.call(join, group)
        receiver.call(join, "ff0e::4")
    network.begin_sending([group], [SOURCES[0]], 0.0002)
    begun = [(receiver, receiver.call(receive, group, SOURCES[0])) for receiver in (first, second)]
    network.mgmd.wait_for_log(f"IGMP on dn1: {group} has a member")
    network.mgmd.wait_for_log("MLD on dn1: ff0e::4 has a member")
    steps = network.mgmd.telemetry("/mgm/shutdown,static")
    assert "error" not in steps, steps
    for family in ("ipv4", "ipv6"):
        network.mgmd.wait_for("resync", interface="dn1", family=family, what="ended")
    network.end_sending()
    last = network.sender.call(last_sent, group)[group]
    for receiver, number in begun:
        lost, at_once = receiver.call(missing, group, number, last)
        assert lost == 0 or not network.hitless, (receiver.name, lost, at_once)
        print(f"{receiver.name}: of {last - number} packets {lost} were missed while static went, {at_once} at once "
              f"({'with' if network.hitless else 'without'} hitless_takeover): ok")


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, Network(directory) as network:
        check_versions(network)
        check_sources(network)
        check_many_groups(network)
        check_silent_death(network)
        check_addressless(network)
        check_views(network)
        check_shutdown(network)
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, Network(directory, hitless=True) as network:
        check_shutdown(network)


if __name__ == "__main__":
    main()
