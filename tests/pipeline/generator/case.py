"""A pipeline case in the making: its configuration, what comes in, and what must come of it.

A case says for every frame that it sends what happens to it: out of which interfaces its copies leave, or why it ends.
From this the expected captures and the expected summary follow; nothing here decides about a packet.
"""

import json

from . import ipv6, packets
from .families import Ipv4, Ipv6, family_of

CASES = {}


def case(name, rows=(), rfc="", families=(Ipv4,)):
    """Registers a function as the case `name`, for each family once; its docstring is the description."""
    def register(function):
        for family in families:
            full = name + family.suffix if len(families) > 1 else name
            assert full not in CASES, full
            CASES[full] = lambda full=full, family=family: build(full, rows, rfc, function, family)
        return function
    return register


def build(name, rows, rfc, function, family):
    made = Case(name, list(rows), rfc, " ".join(function.__doc__.split()), family)
    function(made)
    return made.files()


class Interface:
    def __init__(self, name, port, mac, vlan=0, mtu=1500, threshold=1, boundary=(), addresses=(), owned=True,
                 complete_checksums=None, pcp="keep", scope_boundary=0):
        self.name, self.port, self.mac, self.vlan, self.mtu = name, port, mac, vlan, mtu
        self.complete_checksums = complete_checksums
        self.threshold, self.boundary, self.addresses, self.owned = threshold, list(boundary), list(addresses), owned
        self.pcp, self.scope_boundary = pcp, scope_boundary

    def tags(self, priority=0):
        return [priority << 13 | self.vlan] if self.vlan else []


# What a packet is dropped for before it is known which stream it belongs to.
BEFORE_STREAMS = {"frame_truncated", "unsupported_ethertype", "unknown_vlan", "interface_down", "ip_version",
                  "ip_header_length", "ip_total_length", "no_consumer", "ip_checksum", "unicast_in_multicast_frame",
                  "source_invalid", "source_link_local", "scope_reserved", "link_local_group",
                  "interface_disabled", "hbh_malformed", "hbh_option", "not_for_us"}


def toml(value):
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return json.dumps(value)


class Case:
    def __init__(self, name, rows, rfc, description, family):
        self.name, self.rows, self.rfc, self.description, self.family = name, rows, rfc, description, family
        self.bursts, self.steps, self.settings = [32], [], {}
        self.limits = {"mfes": 1024, "pending": 64, "pending_packets": 256, "retired": 1024, "mbufs": 8192}
        self.control, self.dataplane, self.workers, self.rib_routes, self.mroutes = {}, {}, 1, [], []
        self.interfaces, self.routes = [], {}
        self.sent, self.expected, self.drops, self.punts = {}, {}, {}, {}
        self.completed = {}

    # --- The case's family

    def text(self, text):
        """An IPv4 address or prefix, as the family of the case has it."""
        return text if ":" in text else self.family.text(text)

    def ip(self, source, group, **fields):
        """A packet of the family."""
        return self.family.packet(self.text(source), self.text(group), **fields)

    def with_options(self, source, group, **fields):
        """The same with options that nobody acts on."""
        return self.ip(source, group, **self.family.options, **fields)

    def own(self, interface):
        """The step."""
        return f"own {interface.name} ipv6" if self.family is Ipv6 else f"own {interface.name}"

    def join(self, group, interface, refused=False):
        """The step."""
        return f"join {self.text(group)} {interface.name}" + (" refused" if refused else "")

    # --- Configuration

    def port(self, name, **options):
        number = 1 + sum(one.vlan == 0 for one in self.interfaces)
        return self.add(name, name, packets.port_mac(number), **options)

    def vlan(self, parent, vlan, **options):
        options.setdefault("mtu", parent.mtu)
        return self.add(f"{parent.name}v{vlan}", parent.name, parent.mac, vlan=vlan, **options)

    def add(self, name, port, mac, addresses=(), boundary=(), **options):
        self.interfaces.append(Interface(name, port, mac, addresses=map(self.text, addresses),
                                         boundary=map(self.text, boundary), **options))
        return self.interfaces[-1]

    def standard(self, receivers=2, **options):
        """up0 with senders in 10.0.0.0/24, and dn1 and so on; `options` are for the receivers' interfaces."""
        up = self.port("up0", addresses=["10.0.0.254/24"], mtu=options.get("mtu", 1500))
        return [up] + [self.port(f"dn{i}", addresses=[f"10.{i}.0.254/24"], **options) for i in range(1, receivers + 1)]

    def mroute(self, iif, to, group, source=None, oifs=None):
        """A static multicast route; `oifs` are those that it ends up with, where they are not just `to`."""
        self.mroutes.append((iif, list(to), self.text(group), source and self.text(source)))
        self.made(source or "*", group, iif, to if oifs is None else oifs)

    def made(self, source, group, iif, oifs=()):
        """A route that must be there at the end, without or beside a static one."""
        key = self.text(source), self.text(group)
        self.routes[key] = {"source": key[0], "group": key[1], "iif": iif.name if iif else "",
                            "oifs": self.in_order(oifs), "packets": 0, "octets": 0,
                            "oif_packets": {name: 0 for name in self.in_order(oifs)}, "drops": {}}

    def in_order(self, oifs):
        wanted = {oif.name for oif in oifs}
        return [one.name for one in self.interfaces if one.name in wanted]

    def forget(self, source, group):
        """The route is gone at the end."""
        del self.routes[self.text(source), self.text(group)]

    def loses_oif(self, source, group, oif):
        """The oif is gone from the route at the end."""
        route = self.routes[self.text(source), self.text(group)]
        route["oifs"].remove(oif.name)
        del route["oif_packets"][oif.name]

    # --- Packets

    def frame(self, interface, packet, **l2):
        """The frame as a neighbour on the interface's link would send it."""
        tags = l2["tags"] if "tags" in l2 else interface.tags(l2.get("priority", 0))
        family = l2.get("family") or family_of(packet)
        frame = packets.ethernet(l2.get("destination", family.module.group_mac(packet)), packets.SENDER_MAC, packet,
                                 tags, family.ethertype)
        return frame + b"\0" * max(0, l2.get("least", 0) - len(frame))

    def send(self, interface, packet, out=(), drop=None, lost=None, stream=None, completed=None, **l2):
        """The packet comes in on the interface and leaves by each of `out`, or ends with the reason `drop`.

        `lost`: oif -> reason, for copies of a packet that is accepted. `stream`: the route that it counts for, where
        that is not its own (S,G). `completed`: the packet with the checksum that its sender has left out. `family`:
        the frame's, where the packet's version is another's.
        """
        priority = l2.get("priority", 0) if interface.vlan else 0
        self.send_frame(interface.port, self.frame(interface, packet, **l2), packet, out, drop, lost, stream, completed,
                        priority)

    def send_frame(self, port, frame, packet=None, out=(), drop=None, lost=None, stream=None, completed=None,
                   priority=0):
        self.sent.setdefault(port, []).append(frame)
        if drop in BEFORE_STREAMS:
            self.count(drop)
            return
        module = family_of(packet).module
        key = tuple(map(self.text, stream)) if stream else (module.source_of(packet), module.group_of(packet))
        route = self.routes.get(key)
        if drop:
            self.count(drop, route)
            return
        if completed:
            self.completed[port] = self.completed.get(port, 0) + 1
        route["packets"] += 1
        route["octets"] += len(packet)
        for reason in (lost or {}).values():
            self.count(reason, route)
        for oif in out:
            route["oif_packets"][oif.name] += 1
            for piece in module.fragments(module.next_hop_copy(completed or packet), oif.mtu):
                self.leaves(oif, piece, priority)

    def leaves(self, oif, packet, priority=0, destination=None):
        tags, family = oif.tags(priority if oif.pcp == "keep" else oif.pcp), family_of(packet)
        frame = packets.ethernet(destination or family.module.group_mac(packet), oif.mac, packet, tags,
                                 family.ethertype)
        self.expected.setdefault(oif.port, []).append(frame)

    def answers(self, interface, kind, code, word, about):
        """The ICMPv6 error that the sender of the packet gets, by the interface on which it arrived."""
        source = interface.addresses[0].split("/")[0]
        self.leaves(interface, ipv6.error(source, kind, code, word, about), destination=packets.SENDER_MAC)

    def count(self, reason, route=None):
        self.drops[reason] = self.drops.get(reason, 0) + 1
        if route:
            route["drops"][reason] = route["drops"].get(reason, 0) + 1

    # --- Output

    def config(self):
        lines = [f"# {self.name}: written by make_cases.py.", "", "[dpdk]",
                 f"workers = {toml(list(range(1, self.workers + 1)))}"]
        lines += ["", "[limits]"] + [f"{key} = {value}" for key, value in self.limits.items()]
        if self.dataplane:
            lines += ["", "[dataplane]"] + [f"{key} = {value}" for key, value in self.dataplane.items()]
        if self.control:
            lines += ["", "[control]"] + [f"{key} = {toml(value)}" for key, value in self.control.items()]
        for one in self.interfaces:
            lines += ["", "[[interface]]", f"name = {toml(one.name)}"]
            if one.vlan:
                lines += [f"parent = {toml(one.port)}", f"vlan = {one.vlan}"]
            else:
                lines += [f'device = "net_ring_{one.name}"']
            for key, value, usual in [("addresses", one.addresses, []), ("mtu", one.mtu, None if one.vlan else 1500),
                                      ("ttl_threshold", one.threshold, 1), ("boundary", one.boundary, []),
                                      ("scope_boundary", one.scope_boundary, 0),
                                      ("complete_checksums", one.complete_checksums, None), ("pcp", one.pcp, "keep")]:
                if key == "mtu" and one.vlan:
                    usual = next(port.mtu for port in self.interfaces if port.name == one.port)
                if value != usual:
                    lines.append(f"{key} = {toml(value)}")
        for prefix, interface in self.rib_routes:
            lines += ["", "[[route]]", f"prefix = {toml(self.text(prefix))}", f"interface = {toml(interface.name)}",
                      f"next_hop = {toml(self.family.neighbour)}"]
        lines += ["", "[protocol.static]", f"interfaces = {toml([one.name for one in self.interfaces if one.owned])}"]
        for iif, to, group, source in self.mroutes:
            lines += ["", "  [[protocol.static.mroute]]", f"  from = {toml(iif.name)}"]
            lines += [f"  source = {toml(source)}"] if source else []
            lines += [f"  group = {toml(group)}", f"  to = {toml([oif.name for oif in to])}"]
        lines += ["", "[log]", 'level = "warning"', ""]
        return "\n".join(lines)

    def about(self):
        members = {"description": self.description, "rows": self.rows, "rfc": self.rfc, "bursts": self.bursts}
        members |= self.settings | {"steps": self.steps}
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in members.items() if value)
        return f"{{\n{lines}\n}}\n"

    def files(self):
        routes = ",\n".join(f"  {json.dumps(route)}" for route in self.routes.values())
        ports = [{"name": name, "completed_checksums": count} for name, count in self.completed.items()]
        summary = (f'{{\n "routes": [\n{routes}\n ],\n' + (f' "ports": {json.dumps(ports)},\n' if ports else "") +
                   f' "drops": {json.dumps(self.drops)},\n "punts": {json.dumps(self.punts)}\n}}\n')
        files = {"case.json": self.about().encode(), "config.toml": self.config().encode(),
                 "expect.json": summary.encode()}
        files |= {f"in/{port}.pcap": packets.pcap(frames) for port, frames in self.sent.items()}
        files |= {f"expect/{port}.pcap": packets.pcap(frames) for port, frames in self.expected.items()}
        return files
