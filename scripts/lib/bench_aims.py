"""The aims of the fast path, as ratios within one run, and whether a result meets them."""

import itertools
import math
from dataclasses import dataclass

import bench_joins

FANOUTS = (1, 2, 4, 8, 16)
# Copies/s over the floor's, frames of 60 octets.
TO_FLOOR = {
    ("same", 1000): (0.55, 0.65, 0.8, 0.88, 0.9),
    ("random", 1000): (0.4, 0.52, 0.68, 0.72, 0.8),
    ("same", 1_000_000): (0.27, 0.38, 0.5, 0.65, 0.75),
}
LARGE_FRAMES = {1: 0.55, 4: 0.8, 16: 0.9}
TO_SAMPLE = {1: 1.1, 2: 1.5, 4: 5}
FAMILIES = ("ipv4", "ipv6")
# Copies/s of IPv6 over IPv4's, frames of 80 octets and of 60: {(entries, fan-out): ratio}.
TO_IPV4 = {(1000, 1): 0.8, (1000, 4): 0.9, (1000, 16): 0.95,
           (1_000_000, 1): 0.7, (1_000_000, 4): 0.8, (1_000_000, 16): 0.9}
# rte_hash's cycles a key over ours, with the widest registers.
TO_RTE_HASH = {("ipv4", "source_group", 1000): 3, ("ipv4", "source_group", 1_000_000): 5,
               ("ipv4", "wildcards", 1000): 2, ("ipv4", "wildcards", 1_000_000): 3,
               ("ipv6", "source_group", 1000): 2.5, ("ipv6", "source_group", 1_000_000): 2}
# ms until the call returns, and until all is reclaimed.
RELEASES = {"release_iif": (100, 300), "release_oif": (250, 600),
            "release_iif_events": (100, 300), "release_oif_events": (250, 600)}
# That begin and are decided on one control core; a second.
NEW_STREAMS = 500_000
# Of IGMP and MLD, by membership_bench's names: (at least, at most, what). Reports may have half of control's time.
MEMBERSHIPS = {
    "v2_reports_per_second": (100_000, None, "reports of version 2 (MLD 1) a second, 100,000 groups on an interface"),
    "v2_reports_per_second_4096_interfaces": (100_000, None, "the same, 25 groups on each of 4,096 interfaces"),
    "v3_record_refreshes_per_second": (1_000_000, None, "records a second that say what is known"),
    "source_refreshes_per_second": (1_000_000, None, "the same, each source of a million"),
    "changing_joins_per_second": (10_000, None, "joins a second that change something, a full report in a turn"),
    "resync_seconds": (None, 1, "seconds in which 100,000 memberships are told anew"),
    "resync_longest_turn_ms": (None, 10, "ms of the longest turn meanwhile"),
    "check_us_of_control": (None, 50, "us of control for a leave, its questions and its end, 10,000 at once"),
    "checks_took_seconds": (None, 4, "seconds until all of them have ended, of which 1 is the rate of questions"),
    "bytes_per_group": (None, 160, "octets of a group"),
    "bytes_per_source_of_hundred": (None, 48, "octets of a source, 100 of a group"),
    "bytes_per_tracked_host": (None, 48, "octets of a host that is followed"),
    "megabytes_of_1m_sources_in_100000_groups": (None, 64, "MB of a million sources in 100,000 groups"),
}
# us from a report, one of 10,000 a second, to the FIB, of 99 in 100.
JOIN_TO_FIB = 1000
# us from a host's report on the wire to the first packet.
JOIN_US = 150


@dataclass(frozen=True)
class Aim:
    name: str
    wanted: str
    got: str
    met: bool


def cell(result, **wanted):
    """The throughput measurement with these properties, or None."""
    wanted = {"entries": 1000, "oifs": "same", "octets": 60, "mode": "copy", "workers": 1, "build": "native",
              "instructions": "best", **wanted}
    return next((found for found in result["throughput"] if wanted.items() <= found.items()), None)


def _at_least(name, value, wanted):
    return Aim(name, f"at least {wanted:g}", f"{value:.2f}", value >= wanted)


def _at_most(name, value, wanted, unit="", scale=1):
    return Aim(name, f"at most {wanted * scale:g}{unit}", f"{value * scale:.3g}{unit}", value <= wanted)


def _floor_aims(result):
    for (oifs, entries), ratios in TO_FLOOR.items():
        for fanout, wanted in zip(FANOUTS, ratios):
            found = cell(result, oifs=oifs, entries=entries, fanout=fanout)
            if found:
                yield _at_least(f"1: to the floor, {entries:,} entries, {oifs} oifs, fan-out {fanout}",
                                found["ratio"]["median"], wanted)
    for octets in (256, 512, 1280, 1518):
        for fanout, wanted in LARGE_FRAMES.items():
            found = cell(result, octets=octets, fanout=fanout)
            shared = cell(result, octets=octets, fanout=fanout, mode="share")
            if found:
                best = max(each["ratio"]["median"] for each in (found, shared) if each)
                yield _at_least(f"1: to the floor, {octets} octets, fan-out {fanout}", best, wanted)


def _peer_aims(result, reference):
    for sample in result["sample"]:
        found = cell(result, fanout=sample["fanout"])
        if found and sample["keys"] and sample["fanout"] in TO_SAMPLE:
            yield _at_least(f"2: to DPDK's sample, fan-out {sample['fanout']}",
                            found["copies_mps"]["median"] / sample["copies_mps"]["median"], TO_SAMPLE[sample["fanout"]])
    for place, fanout in enumerate(reference["fanout"]):
        found = cell(result, fanout=fanout)
        if found:
            yield Aim(f"2: ratio to the floor over VPP's, fan-out {fanout} (0.4 of its cycles)", "at least 2.5",
                      f"{found['ratio']['median'] / ratio_to_floor(reference, 'VPP 26.06', place):.2f}",
                      found["ratio"]["median"] >= 2.5 * ratio_to_floor(reference, "VPP 26.06", place))
    found = cell(result, fanout=256)
    if found:
        yield Aim("2: 256 oifs", "every copy sent", f"{found['lost_copies']} lost", found["lost_copies"] == 0)


def ratio_to_floor(reference, peer, place):
    """The middle of a peer's range over the middle of the floor's, on the reference machine; None: not measured."""
    values = reference["copies_mps"][peer][place]
    return values and sum(values) / sum(reference["copies_mps"]["floor"][place])


def lookup_ratios(result):
    """rte_hash's cycles a key over ours: {(family, benchmark, variant, entries): ratio}."""
    found = {}
    for benchmark in result["micro"].get("lookup_bench", []):
        if "cycles_per_key" in benchmark:
            family, kind, variant, entries = benchmark["name"].split("/")
            found[family, kind, variant, int(entries)] = benchmark["cycles_per_key"]
    return {(family, kind, variant, entries): found[family, kind, "rte_hash", entries] / cycles
            for (family, kind, variant, entries), cycles in found.items()
            if variant != "rte_hash" and (family, kind, "rte_hash", entries) in found}


def _lookup_aims(result):
    for (family, kind, variant, entries), ratio in lookup_ratios(result).items():
        wanted = TO_RTE_HASH.get((family, kind, entries))
        if wanted:
            aim = {"avx512": wanted, "avx2": 0.7 * wanted, "portable": 1}[variant]
            yield _at_least(f"3: rte_hash's cycles over ours, {family}, {kind}, {variant}, {entries:,} entries", ratio,
                            aim)


def _control_aims(result):
    if "writer" in result:
        writer = result["writer"]
        noise = max(abs(writer["noise"]["min"]), abs(writer["noise"]["max"]))
        yield _at_least("4: changes/s made, of those asked for",
                        writer["changes_per_second"]["median"] / writer["rate_asked"], 0.99)
        cost = min(writer["cost"]["median"], writer["cost_to_busy_control"]["median"])
        yield Aim("4: what 1,000,000 changes/s cost the worker", "less than 3 %, beyond the run's noise",
                  f"{cost:.1%}, noise {noise:.1%}", cost < 0.03)
    for name, family in itertools.product(RELEASES, FAMILIES):
        release = result.get(f"{name}_{family}")
        if not release:
            continue
        returns, reclaims = RELEASES[name]
        events = ", with events" if release.get("events") else ""
        what = f"5: an interface that is {release['released_as']} of {release['mfes']:,} MFEs, {family}{events}"
        for step, member, wanted in (("us until none is forwarded", "stopped_us", 100),
                                     ("ms until its release returns", "return_ms", returns),
                                     ("ms until all is reclaimed", "reclaimed_ms", reclaims)):
            happened = release[member] >= 0
            yield _at_most(f"{what}: {step}", release[member] if happened else math.inf, wanted)
        yield _at_most(f"{what}: throughput dip meanwhile",
                       min(release["dip"], release["dip_to_busy_control"]), 0.05, " %", 100)
        yield Aim(f"{what}: copies of other streams lost", "none", str(release["lost_copies"]),
                  release["lost_copies"] == 0)
    for family in FAMILIES:
        if f"memory_{family}" in result:
            yield _at_most(f"6: octets of memory for an MFE, {family}, fan-out 4",
                           result[f"memory_{family}"]["octets_per_mfe"], 192)
        streams = result.get(f"streams_{family}")
        if streams:
            yield _at_least(f"13: new streams a second, {family}", streams["streams_per_second"], NEW_STREAMS)
            yield Aim(f"13: their packets lost, and overtaken, {family}", "none",
                      f"{streams['lost']}, {streams['overtaken']}", streams["lost"] + streams["overtaken"] == 0)
            yield _at_most(f"13: control's longest turn meanwhile, {family}", streams["longest_turn_us"] / 1000, 10,
                           " ms")
    for fanout in (1, 4):
        one = cell(result, fanout=fanout)
        for found in result["throughput"]:
            if one and found["workers"] > 1 and found["fanout"] == fanout:
                share = found["copies_mps"]["median"] / one["copies_mps"]["median"] / found["workers"]
                yield _at_least(f"8: of linear, {found['workers']} workers, fan-out {fanout}", share, 0.95)


def _family_aims(result):
    for row in result["families"]:
        of = f"{row['entries']:,} entries, fan-out {row['fanout']}"
        yield _at_least(f"12: IPv6 to IPv4, {of}", row["ipv6_over_ipv4"]["median"],
                        TO_IPV4[row["entries"], row["fanout"]])
        if row["entries"] == 1000:
            yield _at_most(f"12: bursts of both families over the mean of each alone, {of}", row["mixing"]["median"],
                           0.1, " %", 100)


def _flood_aims(result):
    for row in result.get("floods", []):
        if row["flood"]:
            of = f"a flood of {row['flood']}"
            yield Aim(f"14: packets of other streams lost beside {of}", "none", str(row["lost"]), row["lost"] == 0)
            yield _at_most(f"14: control's longest turn in {of}", row["longest_turn_us"] / 1000, 10, " ms")


def _veth_aims(result):
    for row in result["veth"]:
        for router in ("af_packet", "af_xdp"):
            over = row.get(router, {}).get("over_kernel")
            if over and row["fanout"] >= 4:
                yield _at_least(f"15: to Linux on veth, net_{router}, {row['family']}, {row['octets']} octets, fan-out "
                                f"{row['fanout']}", over["median"], 1)


def _join_aims(result):
    rows = {row["router"]: row for row in result.get("joins", [])}
    for router in ("poll", "sleep"):
        if router not in rows:
            continue
        of = f'idle = "{router}"'
        join, leave = rows[router]["join_us"], rows[router]["leave_us"]
        yield _at_most(f"17: report to first packet, {of}, p50", bench_joins.quantile(join, 0.5), JOIN_US, " us")
        if "pimd" in rows:
            kernel = bench_joins.quantile(rows["pimd"]["join_us"], 0.99)
            yield _at_most(f"17: the same, p99, below Linux by pimd's, {of}", bench_joins.quantile(join, 0.99),
                           kernel, " us")
        late = bench_joins.quantile(leave, 0.5) - 1e6 * bench_joins.LEAVE_SECONDS
        yield _at_most(f"17: last packet after the last member's time, {of}, p50", max(late, 0), 1000, " us")


def scale_seconds(result, name, size):
    """How long `name` takes with so many static routes; None: not measured."""
    for row in result.get("scale", []):
        if row["case"] == "routes" and row["name"] == name and size in row["sizes"]:
            return row["seconds"][row["sizes"].index(size)]
    return None


def _scale_aims(result):
    million = [scale_seconds(result, name, 1_000_000) for name in ("configuration check", "start")]
    tenth = [scale_seconds(result, name, 100_000) for name in ("configuration check", "start")]
    if None not in million + tenth:
        yield _at_most("9: seconds until a million routes stand in the FIB, after the file is parsed", million[1], 3)
        yield _at_most("9: a million routes over 100,000, parsing included", sum(million) / sum(tenth), 12)
    for row in result.get("scale", []):
        if "p99" in row and "release" not in row["name"]:
            yield _at_most(f"10: ms of a turn that reads, 99 of 100, {row['case']}, {row['name']}", row["p99"], 0.001,
                           "", 1000)
        if "linear" in row:
            yield Aim(f"11: grows about linearly: {row['case']}, {row['name']}", "exponent at most 1.2",
                      f"{row['growth']:.2f}", row["linear"])


def _membership_aims(result):
    for family in FAMILIES:
        measured = result.get("memberships", {}).get(family, {})
        for name, (least, most, what) in MEMBERSHIPS.items():
            if name in measured:
                yield (_at_least(f"16: {what}, {family}", measured[name], least) if most is None else
                       _at_most(f"16: {what}, {family}", measured[name], most))
        if "join_to_fib_us" in measured:
            yield _at_most(f"16: us from a report to the FIB, 99 of 100, {family}", measured["join_to_fib_us"]["p99"],
                           JOIN_TO_FIB)


def aims(result, reference):
    return [*_floor_aims(result), *_peer_aims(result, reference), *_lookup_aims(result), *_control_aims(result),
            *_scale_aims(result), *_family_aims(result), *_flood_aims(result), *_veth_aims(result),
            *_membership_aims(result), *_join_aims(result)]
