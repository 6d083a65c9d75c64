#!/usr/bin/python3
"""Two mgmd and FRRouting's pimd on one link with Linux's hosts: one of them asks, all know the same groups; and hosts
leave while another router begins to ask.

The querier dies before a host leaves, a router with a lower address comes while the querier asks who is left, or the
querier dies when it has asked once: what nobody wants any more ends at all that are left, and what another host wants
goes on without a gap. Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import tempfile

import group_hosts
import hosts
import others
from frr import show
from group_hosts import arrived, forget, join, last_sent, leave, missing, receive, send, send_until_told
from lan import Lan
from mgmd_process import Mgmd
from wires import enter_own_network, interface, ip, small_router, wait_until

LOWEST, MIDDLE, HIGHEST = 10, 20, 30  # last octets of the routers' addresses on the link
PROTOCOLS = "IGMP", "MLD"
SOURCE, SOURCE6 = "10.0.0.1", "2001:db8::1"
ANY = "exclude", ()  # a group of which every source is wanted, as groups() has it

if hosts.is_child():
    hosts.serve(*others.FUNCTIONS, *group_hosts.FUNCTIONS)


def configuration(directory, last, interfaces):
    """`interfaces`: name -> addresses. A host that answers late, after the querier has died, has a second and a half
    until its group ends."""
    text = small_router() + '[dataplane]\nidle = "sleep"\n'
    for number, (name, addresses) in enumerate(interfaces.items()):
        text += interface(number, name, addresses)
    for protocol in ("igmp", "mld"):
        text += f"""
[{protocol}]
interfaces = {list(interfaces)}
query_interval = 3
query_response_interval = 2.9
last_member_query_interval = 2
"""
    path = pathlib.Path(directory) / f"{last}.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


def addresses(last):
    return f"10.1.0.{last}", f"fe80::{last}"


def with_lengths(last):
    ipv4, ipv6 = addresses(last)
    return f"{ipv4}/24", f"{ipv6}/64"


class Router:
    def __init__(self, directory, last, **more):
        self.interface = f"dn{last}"
        interfaces = {self.interface: with_lengths(last), **more}
        self.mgmd = Mgmd(configuration(directory, last, interfaces), directory / str(last))
        self.mgmd.wait_for("ready")

    def has_family_of(self, _):
        return True

    def wait_for_ends(self, whys):
        """Group -> why it ends, once."""
        ended = {}
        while ended.keys() < whys.keys():
            event = self.mgmd.wait_for("group_ended")
            if event["group"] in whys:
                assert event["group"] not in ended, event
                ended[event["group"]] = event["why"]
        assert ended == whys, ended

    def groups(self):
        """Group -> mode, and sources that are wanted of INCLUDE or blocked."""
        found = {}
        for protocol in ("igmp", "mld"):
            for group in self.mgmd.telemetry(f"/{protocol}/groups,{self.interface}")["group"]:
                shown = self.mgmd.telemetry(f"/{protocol}/group,{self.interface},{group}")
                if "error" not in shown:  # it has ended meanwhile
                    found[group] = shown["mode"], tuple(shown["source"])
        return found


class Pimd:
    def __init__(self, host, folder):
        self.folder = folder
        host.call(others.have_addresses, "eth0", *with_lengths(HIGHEST))
        host.call(others.start_frr, str(folder), """interface eth0
 ip igmp
 ip igmp query-max-response-time 29
 ip igmp query-interval 3
 ip igmp last-member-query-interval 20
""")

    def groups(self):
        shown = show(self.folder, "show ip igmp groups json")
        sources = show(self.folder, "show ip igmp sources json").get("eth0", {})
        return {of["group"]: (of["mode"].lower(), tuple(
            source["source"] for source in sources.get(of["group"], {"sources": ()})["sources"]
            if source["source"] != "*")) for of in shown.get("eth0", {"groups": ()})["groups"]}

    def has_family_of(self, group):
        return ":" not in group

    def querier(self):
        return show(self.folder, "show ip igmp interface json").get("eth0", {}).get("querierIp")


class Network:
    def __init__(self, directory, stack):
        self.directory, self.stack = directory, stack
        self.lan = Lan("lan1")
        for last in (LOWEST, MIDDLE):
            self.lan.make_port(f"dn{last}")
        self.sender, self.one, self.two, self.station = (stack.enter_context(hosts.Host(*host)) for host in (
            ("up0", f"{SOURCE}/24", f"{SOURCE6}/64"), ("host1", "10.1.0.1/24", "2001:db8:1::1/64"),
            ("host2", "10.1.0.2/24", "2001:db8:1::2/64"), ("frr",)))
        for port in ("host1", "host2", "frr"):
            self.lan.plug(port)
        self.begin_lowest()
        self.middle = Router(directory, MIDDLE, up0=("10.0.0.254/24", "2001:db8::fe/64", "fe80::fe/64"))
        stack.enter_context(self.middle.mgmd)
        self.pimd = Pimd(self.station, directory / "frr")

    def begin_lowest(self):
        self.lowest = Router(self.directory, LOWEST)
        self.stack.enter_context(self.lowest.mgmd)

    def wait_until_known(self, routers, groups):
        """`groups`: as Router.groups() has them; those of None are not there."""
        for router in routers:
            expected = {group: state for group, state in groups.items() if state and router.has_family_of(group)}
            wait_until(lambda: {group: state for group, state in router.groups().items() if group in groups}, expected)


def check_same(network):
    """One asks, and all know the same."""
    for protocol, address in zip(PROTOCOLS, addresses(LOWEST)):
        network.middle.mgmd.wait_for_log(f"{protocol} on dn{MIDDLE}: {address} asks")
    wait_until(network.pimd.querier, addresses(LOWEST)[0])
    network.lan.listen()
    for group, *source in (["239.1.1.1"], ["239.1.1.2", SOURCE], ["ff0e::1"], ["ff0e::2", SOURCE6]):
        network.one.call(join, group, *source)
    network.two.call(join, "239.1.1.1")
    network.two.call(join, "239.1.1.3")
    network.two.call(group_hosts.block, "239.1.1.3", SOURCE)
    wanted = {"239.1.1.1": ANY, "239.1.1.2": ("include", (SOURCE,)), "239.1.1.3": ("exclude", (SOURCE,)),
              "ff0e::1": ANY, "ff0e::2": ("include", (SOURCE6,))}
    routers = (network.lowest, network.middle, network.pimd)
    network.wait_until_known(routers, wanted)
    for protocol, address in zip(PROTOCOLS, addresses(LOWEST)):
        for _ in range(3):
            # pimd asks about groups that hosts leave also where it is not the querier.
            while (query := network.lan.next_message(protocol, "query")).group not in ("0.0.0.0", "::"):
                pass
            assert query.source == address, query
    print("two mgmd and FRRouting's pimd: the lowest asks, alone, and all know the same: ok")


def check_leave(network, number, what, event, whys):
    """One of two hosts leaves groups; `event` has it do so and something else happen. Who is left afterwards: middle,
    where the groups of IPv4 and IPv6 end by `whys`, and pimd."""
    gone, kept = ([f"239.2.{number}.{which}", f"ff0e::{number}:{which}"] for which in (1, 2))
    for group in (*gone, *kept):
        network.one.call(join, group)
    for group in kept:
        network.two.call(join, group)
    network.wait_until_known((network.middle, network.pimd), dict.fromkeys((*gone, *kept), ANY))
    network.sender.call(send_until_told, (*gone, *kept), (SOURCE, SOURCE6))
    begun = {group: network.two.call(receive, group, SOURCE6 if ":" in group else SOURCE) for group in kept}

    def leave_groups():
        for group in (*kept, *gone):
            network.one.call(leave, group)

    network.lan.listen()
    event(network, leave_groups, gone)
    network.middle.wait_for_ends(dict(zip(gone, whys)))
    network.wait_until_known((network.middle, network.pimd), dict.fromkeys(gone) | dict.fromkeys(kept, ANY))
    network.sender.tell_line()
    network.sender.answer()
    for group, first in begun.items():
        lost, _ = network.two.call(missing, group, first, network.sender.call(last_sent, group)[group])
        assert lost == 0, (group, lost)
    for group, last in zip(gone, kept):
        source = SOURCE6 if ":" in group else SOURCE
        before = network.sender.call(last_sent, group, last)
        network.two.call(forget)
        network.sender.call(send, [group, last], [source])
        assert network.two.call(arrived, [group], [last, source], before) == []
    print(f"{what}: what nobody wants any more ends, and another host misses no packet: ok")


def dies_before(network, leave_groups, _):
    network.lowest.mgmd.__exit__()
    leave_groups()


def comes_amid(network, leave_groups, gone):
    """A router with a lower address, whose link has been down."""
    ip("link", "set", f"dn{LOWEST}-far", "down")
    network.begin_lowest()
    leave_groups()
    wait_until_asked(network, gone, MIDDLE)
    ip("link", "set", f"dn{LOWEST}-far", "up")
    for protocol, address in zip(PROTOCOLS, addresses(LOWEST)):
        network.middle.mgmd.wait_for_log(f"{protocol} on dn{MIDDLE}: {address} asks", 2)


def dies_amid(network, leave_groups, gone):
    leave_groups()
    wait_until_asked(network, gone, LOWEST)
    network.lowest.mgmd.__exit__()


def wait_until_asked(network, groups, last):
    """A router asks about them."""
    for protocol, group, address in zip(PROTOCOLS, groups, addresses(last)):
        while True:
            query = network.lan.next_message(protocol, "query")
            if (query.source, query.group) == (address, group):
                break


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o711)  # FRRouting leaves root behind
        network = Network(directory, stack)
        check_same(network)
        check_leave(network, 1, "the querier dies, and a host leaves", dies_before, ("check", "age"))
        check_leave(network, 2, "a host leaves, and a lower address comes", comes_amid, ("check", "check"))
        check_leave(network, 3, "a host leaves, and the querier dies when it has asked once", dies_amid,
                    ("check", "check"))


main()
