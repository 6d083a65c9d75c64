#!/usr/bin/python3
"""Who asks on a link: mgmd beside queriers that nobody here wrote, each on a LAN of its own, and beside another mgmd.

A Linux bridge that snoops (IGMP 2 and 3, MLD 1 and 2, with an address of IPv4 and without) and FRRouting's pimd (IGMP
2 and 3), each with a lower and with a higher address than mgmd's. The lowest asks, alone; it dies, and the other does.
And a pimd of IGMP 2 beside mgmd's 3, which takes no notice of mgmd. Needs root; skipped otherwise.
"""

import contextlib
import pathlib
import tempfile

import group_hosts
import hosts
import others
from frr import show
from lan import Lan
from mgmd_process import Mgmd
from wires import enter_network, enter_own_network, interface, small_router, wait_until

OWN, LOWER, HIGHER = 100, 50, 200  # the last octet of addresses, of IPv4 and link-local ones of IPv6
GROUP, GROUP6 = "239.1.1.1", "ff0e::1"

if hosts.is_child():
    hosts.serve(*others.FUNCTIONS, *group_hosts.FUNCTIONS)


def addresses(lan, last):
    return f"10.{lan}.0.{last}", f"fe80::{last}"


def with_lengths(lan, last):
    ipv4, ipv6 = addresses(lan, last)
    return f"{ipv4}/24", f"{ipv6}/64"


def configuration(directory, last, ports):
    """`ports`: number of the LAN, netdev, version of IGMP (MLD's is one less)."""
    text = small_router(memory=512) + '[dataplane]\nidle = "sleep"\n'
    for number, (lan, netdev, _) in enumerate(ports):
        text += interface(number, f"lan{lan}", with_lengths(lan, last), netdev, ",framecnt=256")
    listed = ", ".join(f'"lan{lan}"' for lan, _, _ in ports)
    for protocol, less in (("igmp", 0), ("mld", 1)):
        text += f"""
[{protocol}]
interfaces = [{listed}]
query_interval = 1
query_response_interval = 0.5
"""
        text += "".join(f'[[{protocol}.interface]]\nname = "lan{lan}"\nversion = {version - less}\n'
                        for lan, _, version in ports)
    path = pathlib.Path(directory) / f"{last}.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


class Station:
    """The other querier of a LAN."""
    protocols = ("IGMP", "MLD")
    version = 3
    version_of_mgmd = None  # the same

    def __init__(self, number, last):
        self.number, self.last = number, last
        self.lan = Lan(f"lan{number}")
        self.lan.make_port(f"dn{number}")
        self.host = hosts.Host(f"st{number}")
        self.lan.plug(f"st{number}")

    def address(self, protocol, last=None):
        return addresses(self.number, last or self.last)[protocol == "MLD"]

    def is_lower(self):
        return self.last == LOWER

    def comes_first(self):
        """Whether it asks already when mgmd comes."""
        return not self.is_lower()

    def check_alone(self, last):
        """Only that one asks, since lan.listen(); what crossed on the wire while they found each other is over with its
        second question."""
        for protocol in self.protocols:
            asker, heard, others_heard = self.address(protocol, last), 0, 0
            while heard < 4:
                source = self.lan.next_message(protocol, "query").source
                heard += source == asker
                others_heard += source != asker
                assert source == asker or heard < 2 and others_heard < 10, (
                    f"{protocol} on {self.lan.name}: {asker} asks, and {source} does, too")

    def wait_until_asks(self):
        for protocol in self.protocols:
            while self.lan.next_message(protocol, "query").source != self.address(protocol):
                pass


class Bridge(Station):
    def __init__(self, number, last, version):
        super().__init__(number, last)
        self.version = version
        self.host.call(others.be_bridge, version, version - 1, ["mcast_query_use_ifaddr", "1"],
                       *with_lengths(number, last))

    def comes_first(self):
        return True  # a bridge never contends with one that it has heard

    def begin(self):
        self.host.call(others.ask, True)

    def die(self):
        self.host.call(others.ask, False)

    def __str__(self):
        return f"a bridge, IGMP {self.version} and MLD {self.version - 1}"


class Pimd(Station):
    protocols = ("IGMP",)

    def __init__(self, number, last, version, directory):
        super().__init__(number, last)
        self.version = version
        self.folder = directory / f"frr{number}"
        self.is_there = True
        self.host.call(others.have_addresses, "eth0", *with_lengths(number, last))

    def begin(self):
        self.host.call(others.start_frr, str(self.folder), f"""interface eth0
 ip igmp
 ip igmp version {self.version}
 ip igmp query-max-response-time 5
 ip igmp query-interval 1
""")

    def die(self):
        self.host.call(others.stop_frr)
        self.is_there = False

    def __str__(self):
        return f"FRRouting's pimd, IGMP {self.version}"


class OlderPimd(Pimd):
    """It has an older version than mgmd, whose queries it drops: it asks whatever their addresses."""
    version_of_mgmd = 3

    def __init__(self, number, last, directory):
        super().__init__(number, last, 2, directory)

    def check_alone(self, last):
        if last == self.last or not self.is_there:
            super().check_alone(last)
            return
        heard = dict.fromkeys((self.address("IGMP"), self.address("IGMP", last)), 0)
        while min(heard.values()) < 4:
            heard[self.lan.next_message("IGMP", "query").source] += 1
            assert max(heard.values()) < 20, heard

    def check_member(self, mgmd, host):
        """A host of its LAN speaks as the older querier does; both know its group."""
        host.call(group_hosts.join, GROUP)
        while (report := self.lan.next_message("IGMP", "report")).version != 2 or report.group != GROUP:
            pass
        mgmd.wait_for_log(f"IGMP on {self.lan.name}: {GROUP} has a member")
        groups = mgmd.telemetry(f"/igmp/groups,{self.lan.name}")
        assert dict(zip(groups["group"], groups["version"]))[GROUP] == 2, groups
        counters = mgmd.telemetry(f"/igmp/interface,{self.lan.name}")
        assert dict(zip(counters["counter"], counters["count"]))["wrong_version_query"] > 0, counters
        wait_until(lambda: [group["group"] for group in show(self.folder, "show ip igmp groups json")
                            .get("eth0", {"groups": ()})["groups"]], [GROUP])
        print(f"{self}: a host speaks IGMP 2, and both know its group: ok")

    def __str__(self):
        return super().__str__() + " beside mgmd's 3"


class AnotherMgmd(Station):
    def __init__(self, number, last, directory):
        super().__init__(number, last)
        self.directory = directory

    def begin(self):
        self.mgmd = Mgmd(configuration(self.directory, self.last, [(self.number, "eth0", self.version)]),
                         self.directory / "other", before=self._enter)
        self.mgmd.wait_for("ready")

    def _enter(self):
        enter_network(f"/proc/{self.host.process.pid}/ns/net")

    def die(self):
        self.mgmd.__exit__()

    def __str__(self):
        return "another mgmd"


def check_members(mgmds, host):
    """All routers of a LAN know of the host's groups, whoever asks."""
    for group in (GROUP, GROUP6):
        host.call(group_hosts.join, group)
    for mgmd in mgmds:
        mgmd.wait_for_log(f"IGMP on lan1: {GROUP} has a member")
        mgmd.wait_for_log(f"MLD on lan1: {GROUP6} has a member")
    print("two mgmd know the same groups: ok")


def check_addressless_bridge(lan, host):
    """A bridge that asks from 0.0.0.0 and does not wait for its turn, since it forgets a querier after half a second:
    in IGMP mgmd asks on."""
    host.call(others.be_bridge, 3, 2, ["mcast_querier_interval", "50"])
    host.call(others.ask, True)
    asked = {"0.0.0.0": 0, addresses(2, OWN)[0]: 0}
    while min(asked.values()) < 4:
        asked[lan.next_message("IGMP", "query").source] += 1
        assert max(asked.values()) < 20, asked
    print(f"a bridge asks from 0.0.0.0 {asked['0.0.0.0']} times, and mgmd asks on: ok")


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o711)  # FRRouting leaves root behind
        another = AnotherMgmd(1, LOWER, directory)
        stations = [another]
        silent_lan = Lan("lan2")
        silent_lan.make_port("dn2")
        silent = stack.enter_context(hosts.Host("st2"))
        silent_lan.plug("st2")
        for last in (LOWER, HIGHER):
            for version in (2, 3):
                stations += [Bridge(len(stations) + 2, last, version)]
                stations += [Pimd(len(stations) + 2, last, version, directory)]
            stations += [OlderPimd(len(stations) + 2, last, directory)]
        for station in stations:
            stack.enter_context(station.host)
        member = stack.enter_context(hosts.Host("member", "10.1.0.1/24", "2001:db8:1::1/64"))
        another.lan.plug("member")
        older = next(station for station in stations if isinstance(station, OlderPimd))
        older_member = stack.enter_context(hosts.Host("member2", f"10.{older.number}.0.1/24"))
        older.lan.plug("member2")

        lower = [station for station in stations if station.is_lower()]
        higher = [station for station in stations if not station.is_lower()]
        first = [station for station in stations if station.comes_first()]
        for station in first:
            station.begin()
        for station in first:
            station.wait_until_asks()
        ports = sorted([(2, "dn2", 3), *(
            (station.number, f"dn{station.number}", station.version_of_mgmd or station.version)
            for station in stations)])
        mgmd = stack.enter_context(Mgmd(configuration(directory, OWN, ports), directory / "own"))
        mgmd.wait_for("ready")
        for station in stations:
            if station not in first:
                station.begin()
        for station in lower:
            for protocol in station.protocols:
                mgmd.wait_for_log(f"{protocol} on {station.lan.name}: {station.address(protocol)} asks")
        for station in stations:
            station.lan.listen()
        for station in stations:
            station.check_alone(OWN if station in higher else station.last)
            both = station in higher and station.version_of_mgmd
            print(f"{station} has the {'higher' if station in higher else 'lower'} address: "
                  f"{'both ask' if both else 'the lower one asks'}: ok")
        check_members([mgmd, another.mgmd], member)
        older.check_member(mgmd, older_member)
        check_addressless_bridge(silent_lan, silent)

        for station in lower:
            station.die()
        for station in lower:
            for protocol in station.protocols:
                mgmd.wait_for_log(f"{protocol} on {station.lan.name}: this router asks", 2)
        for station in lower:
            station.lan.listen()
        for station in lower:
            station.check_alone(OWN)
            print(f"{station} dies: mgmd asks: ok")
        assert "has no member" not in mgmd.log, mgmd.log
        mgmd.stop()
        for station in higher:
            station.lan.listen()
        for station in higher:
            station.wait_until_asks()
            print(f"mgmd stops: {station} asks: ok")


main()
