#!/usr/bin/python3
"""What mgmd says by IGMP and MLD, as tshark reads it: every kind of question of every version, of which it calls none
malformed or suspect, no checksum wrong. Needs root and tshark; skipped without root.
"""

import contextlib
import pathlib
import subprocess
import tempfile
from typing import NamedTuple

import pcap
from membership_frames import ALLOW, BLOCK, TO_EX, TO_IN, old_leave, old_report, report
from mgmd_process import Mgmd
from wires import Wire, enter_own_network, interface, small_router

WARNING = 0x00600000  # tshark's PI_WARN


class Family(NamedTuple):
    section: str
    versions: tuple  # by interface
    host: str
    groups: tuple
    source: str
    in_report: int  # sources that a report has room for
    in_query: int  # the same of a question


FAMILIES = (Family("igmp", (1, 2, 3), "10.{}.0.1", ("239.1.1.1", "239.1.1.2"), "10.9.{}.{}", 365, 366),
            Family("mld", (1, 1, 2), "fe80::{}77", ("ff0e::1", "ff0e::2"), "2001:db8::{}:{}", 88, 89))


def configuration(directory):
    text = small_router()
    for number in range(3):
        text += interface(number, f"w{number}", (f"10.{number}.0.254/24", f"fe80::{number + 1}/64"))
    for family in FAMILIES:
        text += f"""
[{family.section}]
interfaces = ["w0", "w1", "w2"]
query_interval = 1
query_response_interval = 0.5
last_member_query_interval = 0.5
"""
        text += "".join(f'[[{family.section}.interface]]\nname = "w{number}"\nversion = {version}\n'
                        for number, version in enumerate(family.versions))
    path = pathlib.Path(directory) / "mgmd.toml"
    path.write_text(text + '[log]\nlevel = "debug"\n')
    return path


def sources_of(family, count):
    return [family.source.format(n // 200, n % 200 + 1) for n in range(count)]


def reports_of(family, host, kind, sources):
    return [report(host, [(kind, family.groups[1], sources[first:first + family.in_report])])
            for first in range(0, len(sources), family.in_report)]


def speak(family, wires, mgmd):
    """A group of a version each that somebody leaves; sources of which one is wanted again while it is asked about."""
    for number, version in enumerate(family.versions):
        host, group = family.host.format(number), family.groups[0]
        newest = number == 2
        wires[number].send(report(host, [(TO_EX, group, [])]) if newest else old_report(host, version, group))
        mgmd.wait_for_log(f"{family.section.upper()} on w{number}: {group} has a member")
        wires[number].send(report(host, [(TO_IN, group, [])]) if newest else old_leave(host, group))
        if version > 1 or family.section == "mld":
            mgmd.wait_for_log(f"{family.section.upper()} on w{number}: {group} has no member")
    host = family.host.format(2)
    sources = sources_of(family, 500)
    wires[2].send(*reports_of(family, host, ALLOW, sources), *reports_of(family, host, BLOCK, sources))
    # It is of the last question, which is repeated.
    wires[2].send(report(host, [(ALLOW, family.groups[1], sources[-1:])]))
    mgmd.wait_for_log(f"{family.section.upper()} on w2: {family.groups[1]} has a member")
    mgmd.wait_for_log(f"{family.section.upper()} on w2: {family.groups[1]} has no member")


def read_by_tshark(path, *words):
    command = ["tshark", "-n", "-r", path, "-o", "ip.check_checksum:TRUE", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def kinds(path):
    """Of each question: version, whether it is about a group, whether routers keep their timers, how many sources."""
    lines = read_by_tshark(path, "-Y", "igmp.type == 0x11 || icmpv6.type == 130", "-T", "fields", "-E", "separator=;",
                           *(word for field in ("igmp.version", "igmp.maddr", "igmp.s", "igmp.num_src", "icmpv6.type",
                                                "ipv6.plen", "icmpv6.mld.multicast_address", "icmpv6.mld.flag.s",
                                                "icmpv6.mld.nb_sources") for word in ("-e", field)))
    for line in lines:
        version, group, s, sources, mld, length, group6, s6, sources6 = line.split(";")
        if mld:
            yield ("MLD", 2 if int(length) >= 36 else 1, group6 != "::", s6 in ("1", "True"), int(sources6 or 0))
        else:
            yield ("IGMP", int(version), group != "0.0.0.0", s in ("1", "True"), int(sources or 0))


def main():
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        wires = [Wire(f"w{number}") for number in range(3)]
        mgmd = stack.enter_context(Mgmd(configuration(directory), directory))
        mgmd.wait_for("ready")
        for family in FAMILIES:
            speak(family, wires, mgmd)
        mgmd.stop()
        capture = pathlib.Path(directory) / "said.pcap"
        pcap.write(capture, [frame for wire in wires for frame in wire.received_so_far()])
        suspect = read_by_tshark(capture, "-V", "-Y", f"_ws.malformed || _ws.expert.severity >= {WARNING} || "
                                 "igmp.checksum.status == 0 || icmpv6.checksum.status == 0 || ip.checksum.status == 0")
        assert not suspect, "\n".join(suspect)
        said = set(kinds(capture))
        wanted = {("IGMP", 1, False, False, 0), ("IGMP", 2, False, False, 0), ("IGMP", 2, True, False, 0),
                  ("MLD", 1, False, False, 0), ("MLD", 1, True, False, 0)}
        for protocol, version, family in (("IGMP", 3, FAMILIES[0]), ("MLD", 2, FAMILIES[1])):
            wanted |= {(protocol, version, False, False, 0), (protocol, version, True, False, 0),
                       (protocol, version, True, False, family.in_query), (protocol, version, True, True, 1)}
        assert wanted <= said, f"not said: {wanted - said}; said: {said}"
        print(f"{len(said)} kinds of questions, and tshark finds nothing wrong with any: ok")


main()
