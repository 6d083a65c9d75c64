#!/usr/bin/python3
"""The same reports into a Linux bridge that snoops and into mgmd: both know the same of every group.

Hosts say what a seeded draw gives them, by IGMP 2 and 3 and MLD 1 and 2. After each message mode, sources, which of
them are blocked, and until when all of that holds are the same on both sides; but for what a bridge is known to make of
older hosts beside others. On a second link nobody says anything any more after the first messages, and the same is left
when what was asked about has ended, and in the end. Needs root; skipped otherwise.

    bridge_differential.py [SEED]
"""

import contextlib
import itertools
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from ipaddress import ip_address
from typing import NamedTuple

from membership_frames import ALLOW, BLOCK, IS_EX, IS_IN, TO_EX, TO_IN, old_leave, old_report, report
from mgmd_process import Mgmd
from wires import TIMEOUT, Wire, enter_own_network, interface, ip, small_router

STEPS = 10  # of a round
KINDS = {IS_IN: "IS_IN", IS_EX: "IS_EX", TO_IN: "TO_IN", TO_EX: "TO_EX", ALLOW: "ALLOW", BLOCK: "BLOCK"}
RESOLUTION = 0.02  # seconds; a bridge shows hundredths


class Family(NamedTuple):
    protocol: str
    hosts: tuple
    group: str  # with a place for the round and its number
    source: str  # for the group's number and its own
    old: int  # the version before


FAMILIES = (Family("igmp", ("10.0.0.1", "10.0.0.2", "0.0.0.0"), "239.1.{}.{}", "10.9.{}.{}", 2),
            Family("mld", ("fe80::11", "fe80::12", "fe80::13"), "ff0e::{}:{}", "2001:db8:9:{}::{}", 1))
ROUNDS = range(10, 18)  # each has groups of its own: most end up in EXCLUDE
# By number of the group: how many sources there are to name. A bridge keeps 32 of a group.
SOURCES = {1: 2, 2: 4, 3: 6, 4: 32}
OLD_GROUPS = (5, 6)  # of hosts of older versions alone
MARKER = 99, 1  # the group that tells that what has been said before has been taken in


class State(NamedTuple):
    """What is known of a group. Ends are of time.monotonic(); None: there is none."""
    mode: str
    end: float | None  # of EXCLUDE
    sources: dict  # source -> end, None: blocked

    def shape(self):
        return self.mode, *sorted((source, end is None) for source, end in self.sources.items())

    def ends(self):
        return [end for end in (self.end, *(end for _, end in sorted(self.sources.items()))) if end is not None]

    def at(self, when):
        """What has become of it, RFC 9776 section 6.5; None: it has ended."""
        sources = {source: end if end and end > when else None for source, end in self.sources.items()}
        if self.mode == "exclude" and self.end > when:
            return self._replace(sources=sources)
        sources = {source: end for source, end in sources.items() if end}
        return State("include", None, sources) if sources else None


def is_of(of_round, group):
    """Of that round, or a later one."""
    return any(ip_address(group) >= ip_address(family.group.format(of_round, 0)) for family in FAMILIES
               if (":" in group) == (":" in family.group))


def shapes(states):
    return {group: state.shape() for group, state in states.items()}


def text(states):
    now = time.monotonic()
    return "\n".join(f"  {group} {state.mode}" + (f" {state.end - now:.2f}" if state.end else "") + ":" +
                     "".join(f" {source}" + (f" {end - now:.2f}" if end else " blocked")
                             for source, end in sorted(state.sources.items()))
                     for group, state in sorted(states.items()))


class Link(NamedTuple):
    """A bridge's and mgmd's. Times in seconds."""
    name: str
    number: int
    membership: float  # interval, RFC 3376's: twice that of queries, and that of answers
    last_member: float  # time: twice the interval

    def configuration(self, protocol):
        return f"""
[[{protocol}.interface]]
name = "{self.name}"
query_interval = {self.membership * 0.48}
query_response_interval = {self.membership * 0.04}
rfc3376_timers = true
last_member_query_interval = {self.last_member / 2}
"""


LONG, SHORT = LINKS = (Link("long", 0, 260, 50), Link("short", 1, 9, 3))


class Bridge:
    def __init__(self, link):
        self.name = f"br-{link.name}"
        port = f"{link.name}-port"
        ip("link", "add", self.name, "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
           "mcast_igmp_version", "3", "mcast_mld_version", "2",
           "mcast_membership_interval", str(round(link.membership * 100)), "mcast_last_member_count", "2",
           "mcast_last_member_interval", str(round(link.last_member * 50)))
        self.wire = Wire(port)
        ip("link", "set", port, "master", self.name)
        ip("link", "set", self.name, "up")

    def states(self, of_round):
        shown = subprocess.run(["bridge", "-details", "-statistics", "-json", "mdb", "show", "dev", self.name],
                               check=True, capture_output=True)
        now = time.monotonic()
        found = {}
        for entry in json.loads(shown.stdout)[0]["mdb"]:
            # One with `src` says how it forwards that source, which follows from the group's own.
            if entry["port"] == self.name or "src" in entry or not is_of(of_round, entry["grp"]):
                continue
            sources = {source["address"]: float(source["timer"]) for source in entry.get("source_list", ())}
            mode, left = entry["filter_mode"], float(entry["timer"])
            # What a record without sources begins is a group of nothing here, which the RFCs do not have.
            if mode == "exclude" or sources:
                found[entry["grp"]] = State(mode, now + left if mode == "exclude" else None, {
                    source: now + left if left else None for source, left in sources.items()})
        return found


class Router:
    def __init__(self, link, mgmd):
        self.name, self._mgmd = link.name, mgmd
        self.wire = Wire(link.name)

    def states(self, of_round):
        found = {}
        for family in FAMILIES:
            first = family.group.format(of_round, 0)
            for group in self._mgmd().telemetry(f"/{family.protocol}/groups,{self.name},{first}")["group"]:
                shown = self._mgmd().telemetry(f"/{family.protocol}/group,{self.name},{group}")
                if "error" in shown:
                    continue  # it has just ended
                assert shown["next"] == "", shown
                now = time.monotonic()
                mode = shown["mode"]
                found[group] = State(mode, now + shown["expires_ms"] / 1000 if mode == "exclude" else None, {
                    source: now + left / 1000 if state == "forwarded" else None for source, state, left in zip(
                        shown["source"], shown["state"], shown["source_expires_ms"])})
        return found


class Pair:
    """Both ends of what is said."""

    def __init__(self, link, mgmd):
        self.sides = (Bridge(link), Router(link, mgmd))
        self.longest = 0  # how long both took for a message, at most
        self.read = 0  # and for their last states to be read
        self.said = 0

    def take_in(self, of_round, *frames):
        """Until both have taken them in; their states then, of groups of that round and later ones. Of each protocol a
        marker follows, a group that has one source of its own after each message."""
        self.said += 1
        begin = time.monotonic()
        markers = {family.group.format(*MARKER): family.source.format(MARKER[0], self.said) for family in FAMILIES}
        for side in self.sides:
            side.wire.send(*frames, *(report(family.hosts[0], [(TO_EX, group, [source])])
                                      for family, (group, source) in zip(FAMILIES, markers.items())))
        for side in self.sides:
            while any(group not in (states := side.states(of_round)) or list(states[group].sources) != [source]
                      for group, source in markers.items()):
                assert time.monotonic() < begin + TIMEOUT, f"{side.name} has not taken it in:\n{text(states)}"
        read = time.monotonic()
        both = [side.states(of_round) for side in self.sides]
        now = time.monotonic()
        self.longest = max(self.longest, now - begin)
        self.read = now - read
        return both

    def say(self, of_round, *frames):
        """Likewise; the states are the same on both sides, and are returned once."""
        both = self.take_in(of_round, *frames)
        shown = "bridge:\n{}\nmgmd:\n{}".format(*map(text, both))
        assert shapes(both[0]) == shapes(both[1]), shown
        # What began at one instant of what was said began on both sides while that was being taken in.
        most = self.longest + self.read + RESOLUTION
        for group, state in both[0].items():
            for bridge, mgmd in zip(state.ends(), both[1][group].ends()):
                assert abs(bridge - mgmd) < most, f"{group} differs by more than {most:.2f} s; {shown}"
        return both[0]


def draw_record(draw, family, of_round, number, sources, kinds=tuple(KINDS)):
    """Type, group, sources: some of so many that there are."""
    names = [family.source.format(number, n) for n in range(1, sources + 1)]
    return draw.choice(kinds), family.group.format(of_round, number), draw.sample(names, draw.randint(0, sources))


def draw_message(draw, family, of_round):
    """Words for it, and its frame."""
    host = draw.choice(family.hosts)
    if draw.random() < 0.2:
        group = family.group.format(of_round, draw.choice(OLD_GROUPS))
        if draw.random() < 0.5:
            return f"{host} reports {group}", old_report(host, family.old, group)
        return f"{host} leaves {group}", old_leave(host, group)
    records = [draw_record(draw, family, of_round, *draw.choice(list(SOURCES.items())))
               for _ in range(draw.choice((1, 1, 2, 3)))]
    return f"{host} says " + "; ".join(
        f"{KINDS[kind]} {group} ({', '.join(sources)})" for kind, group, sources in records), report(host, records)


def check_reports(pair, seed):
    draw = random.Random(seed)
    said = []
    counts = {"include": 0, "exclude": 0, "blocked": 0}
    try:
        for of_round, _ in itertools.product(ROUNDS, range(STEPS)):
            words, frames = zip(*(draw_message(draw, family, of_round) for family in FAMILIES))
            said += words
            for state in pair.say(of_round, *frames).values():
                counts[state.mode] += 1
                counts["blocked"] += None in state.sources.values()
    except AssertionError:
        print(f"seed {seed}; the last that was said:", *said[-12:], sep="\n  ")
        raise
    assert min(counts.values()) > 100, counts
    print(f"{len(said)} messages: a bridge and mgmd agree on groups that include ({counts['include']}) and exclude "
          f"({counts['exclude']}), blocked sources ({counts['blocked']}) and timers, within {pair.longest:.3f} s: ok")


def check_ends(pair, seed):
    """Nobody says anything any more: what has been asked about ends first, and later all the rest."""
    draw = random.Random(seed)
    for kinds in ((IS_EX, TO_EX, ALLOW), tuple(KINDS), (TO_IN, TO_EX, BLOCK)):
        known = pair.say(0, *(report(draw.choice(family.hosts), [draw_record(draw, family, 1, n, 4, kinds)
                                                              for n in range(10, 22)]) for family in FAMILIES))
    ends = sorted(end for state in known.values() for end in state.ends())
    before, after = max(zip(ends, ends[1:]), key=lambda pair: pair[1] - pair[0])
    for when in ((before + after) / 2, ends[-1]):
        left = {group: state.at(when) for group, state in known.items() if state.at(when)}
        for side in pair.sides:
            while shapes(states := side.states(0)) != shapes(left):
                assert time.monotonic() < when + TIMEOUT, f"{side.name}:\n{text(states)}\ncame of:\n{text(known)}"
                time.sleep(0.2)  # leaves the processor to others
        switched = sum(known[group].mode != state.mode for group, state in left.items())
        print(f"nobody says anything any more: of {len(known)} groups the same {len(left)} are left, {switched} of "
              "them in another mode: ok")


# What a bridge, which knows no older hosts' modes (RFC 9776 section 7.3.2), does otherwise, as seen with Linux 6.18:
# what is said, `old` and `leave` by older hosts; what comes of it, as the RFCs have it; and what a bridge makes of it.
# States: "?": ends with the last member time; "-": blocked.
OTHERWISE = (
    (((ALLOW, "ab"), "old"), "exclude", "include a b"),
    (((IS_EX, "ab"), (ALLOW, "c"), "old"), "exclude", "exclude -a -b c"),
    (("old", (BLOCK, "a")), "exclude", "exclude a?"),
    (("old", (TO_EX, "a")), "exclude", "exclude a?"),
    (("old", (IS_EX, "a")), "exclude", "exclude a"),
    (((ALLOW, "a"), "leave"), "include a?", "include a"),
    (((IS_EX, "a"), (ALLOW, "b"), "leave"), "exclude? -a b?", "exclude? -a b"),
)
OF_VERSION_1 = (("old", "leave"), "exclude", "exclude?"), (("old", (TO_IN, "")), "exclude", "exclude?")


def check_otherwise(pair):
    known = 0
    for family in FAMILIES:
        cases = [(family.old, *case) for case in OTHERWISE]
        cases += [(1, *case) for case in OF_VERSION_1 if family.protocol == "igmp"]
        for number, (version, said, right, of_bridge) in enumerate(cases):
            group = family.group.format(50, number + 1)
            source = {name: family.source.format(50, n + 1) for n, name in enumerate("abc")}
            frames = [old_report(family.hosts[1], version, group) if what == "old" else
                      old_leave(family.hosts[1], group) if what == "leave" else
                      report(family.hosts[0], [(what[0], group, [source[name] for name in what[1]])])
                      for what in said]
            bridge, mgmd = (in_words(states[group], source) for states in pair.take_in(50, *frames))
            assert mgmd == right and bridge in (right, of_bridge), (group, said, mgmd, bridge)
            known += bridge != right
    print(f"what older hosts say beside others: a bridge differs in {known} known ways: ok")


def in_words(state, sources):
    def left(end):
        return "?" if end < time.monotonic() + (LONG.last_member + LONG.membership) / 2 else ""
    mode = state.mode + (left(state.end) if state.end else "")
    return " ".join([mode, *(name + left(state.sources[source]) if state.sources[source] else f"-{name}"
                             for name, source in sources.items() if source in state.sources)])


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    enter_own_network()
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        mgmd = None
        pairs = [Pair(link, lambda: mgmd) for link in LINKS]
        configuration = small_router() + '[dataplane]\nidle = "sleep"\n'
        for link in LINKS:
            configuration += interface(link.number, link.name, (f"10.{link.number}.0.254/24", "fe80::fe/64"))
        for family in FAMILIES:
            configuration += f'[{family.protocol}]\ninterfaces = ["long", "short"]\n'
            configuration += "".join(link.configuration(family.protocol) for link in LINKS)
        path = pathlib.Path(directory) / "differential.toml"
        path.write_text(configuration)
        mgmd = stack.enter_context(Mgmd(path, directory))
        mgmd.wait_for("ready")
        check_reports(pairs[0], seed)
        check_otherwise(pairs[0])
        check_ends(pairs[1], seed)


main()
