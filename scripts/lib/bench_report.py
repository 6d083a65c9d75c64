"""The report of a benchmark run: JSON as measured, Markdown to read, SVG plots beside it."""

import itertools
import json
import math

import bench_aims
import bench_joins
import bench_veth
from bench_svg import line_chart

FANOUTS = bench_aims.FANOUTS


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def figure(value, digits=2):
    """"median (lowest to highest)" of a measurement in rounds."""
    if value is None:
        return "-"
    return f"{value['median']:.{digits}f} ({value['min']:.{digits}f} to {value['max']:.{digits}f})"


def _median(cell, key):
    return cell[key]["median"] if cell else None


def _of_sample(result, fanout):
    return next((sample for sample in result["sample"] if sample["fanout"] == fanout and sample["keys"]),
                None)


def _of_kernel(result, fanout):
    return next((row.get("kernel") for row in result["veth"]
                 if (row["family"], row["octets"], row["fanout"]) == ("ipv4", 60, fanout)), None)


def _floor(cell):
    return max(_median(cell, "floor_copy_mps"), _median(cell, "floor_share_mps")) if cell else None


def plots(result, reference, stem):
    """Writes the plots. Returns {file name: title}."""
    cells = {name: [bench_aims.cell(result, fanout=fanout, **properties) for fanout in FANOUTS]
             for name, properties in (("mgmd, 1,000 entries", {}), ("mgmd, random oifs", {"oifs": "random"}),
                                      ("mgmd, 1,000,000 entries", {"entries": 1_000_000}))}
    absolute = {name: [_median(cell, "copies_mps") for cell in row] for name, row in cells.items()}
    absolute["floor"] = [_floor(cell) for cell in cells["mgmd, 1,000 entries"]]
    absolute["DPDK's sample"] = [_median(_of_sample(result, fanout), "copies_mps") for fanout in FANOUTS]
    absolute["Linux, veth"] = [_median(_of_kernel(result, fanout), "copies_mps") for fanout in FANOUTS]

    ratios = {name: [_median(cell, "ratio") for cell in row] for name, row in cells.items()}
    floors = absolute["floor"]
    ratios["DPDK's sample"] = [sample / floor if sample and floor else None
                               for sample, floor in zip(absolute["DPDK's sample"], floors)]
    ratios["VPP 26.06 (reference)"] = [bench_aims.ratio_to_floor(reference, "VPP 26.06", place)
                                       for place in range(len(FANOUTS))]

    sizes = sorted({cell["octets"] for cell in result["throughput"] if cell["workers"] == 1})
    by_size = {}
    for fanout in (1, 4, 16):
        row = [bench_aims.cell(result, fanout=fanout, octets=octets) for octets in sizes]
        by_size[f"mgmd, fan-out {fanout}"] = [_median(cell, "copies_mps") for cell in row]
        by_size[f"floor, fan-out {fanout}"] = [_floor(cell) for cell in row]

    files = {}
    for name, title, chart in (
            ("fanout", "Copies by fan-out, 60 octets", (FANOUTS, absolute, "million copies/s", "fan-out")),
            ("ratio", "Copies by fan-out, over the floor's", (FANOUTS, ratios, "of the floor", "fan-out")),
            ("size", "Copies by frame size", (sizes, by_size, "million copies/s", "octets of a frame"))):
        places, series, y_title, x_title = chart
        path = stem.parent / f"{stem.name}-{name}.svg"
        path.write_text(line_chart(title, x_title, y_title, places, series))
        files[path.name] = title
    return files


def _ordinary(cell):
    return cell["build"] == "native" and cell["instructions"] == "best"


def _width_table(cells):
    """Each beside what the native build with the best instruction set got in the same run; "" where none was run."""
    lines = []
    for cell in cells:
        if _ordinary(cell):
            continue
        same = {key: cell[key] for key in ("fanout", "oifs", "entries", "octets", "mode", "workers")}
        native = bench_aims.cell({"throughput": cells}, **same)
        stages = cell["stage_cycles"]
        lines.append((cell["build"], cell["instructions"], cell["oifs"], cell["fanout"], figure(cell["ratio"]),
                      f"{cell['ratio']['median'] / native['ratio']['median']:.2f}" if native else "-",
                      *(f"{stages.get(stage, {}).get('per_packet', 0):.1f}" for stage in ("parse", "replicate"))))
    return ("Other builds and narrower registers (the hot loops are compiled for each and chosen at start):\n\n" +
            table(["build for", "hot loops", "oifs", "fan-out", "of the floor", "of native", "parse, cycles a packet",
                   "replicate"], lines)) if lines else ""


def _throughput_table(cells):
    return table(
        ["entries", "oifs", "octets", "mode", "workers", "fan-out", "of the floor", "copies, M/s",
         "floor copy / share, M/s",
         "cycles a copy", "without the source", "lost"],
        [(f"{cell['entries']:,}", cell["oifs"], cell["octets"], cell["mode"], cell["workers"], cell["fanout"],
          figure(cell["ratio"]), f"{cell['copies_mps']['median']:.1f}",
          f"{cell['floor_copy_mps']['median']:.1f} / {cell['floor_share_mps']['median']:.1f}",
          f"{cell['cycles_per_copy']['median']:.1f}",
          f"{cell['cycles_per_copy']['median'] - cell['stage_cycles'].get('rx', {}).get('per_copy', 0):.1f}",
          cell["lost_copies"]) for cell in cells if _ordinary(cell)])


def _stage_table(result):
    cells = [cell for cell in result["throughput"] if cell["octets"] == 60 and cell["mode"] == "copy"
             and cell["workers"] == 1 and cell["fanout"] <= 16 and _ordinary(cell)]
    stages = list(dict.fromkeys(stage for cell in cells for stage in cell["stage_cycles"]))
    return table(["entries", "oifs", "fan-out", *stages],
                 [(f"{cell['entries']:,}", cell["oifs"], cell["fanout"],
                   *(f"{cell['stage_cycles'].get(stage, {}).get('per_packet', 0):.1f}" for stage in stages))
                  for cell in cells])


def _families(result):
    """Each family alone and both in one burst. Without the source: what the worker's other stages take."""
    rows = []
    for row in result["families"]:
        cells = [row[name] for name in ("ipv4", "ipv6", "alternating")]
        own = [sum(stage["per_packet"] for name, stage in cell["stage_cycles"].items() if name != "rx")
               for cell in cells]
        mixing = {each: 100 * row["mixing"][each] for each in ("median", "min", "max")}
        rows.append((f"{row['entries']:,}", row["fanout"],
                     " / ".join(f"{cell['copies_mps']['median']:.1f}" for cell in cells), figure(row["ipv6_over_ipv4"]),
                     figure(mixing, 1), " / ".join(f"{cycles:.1f}" for cycles in own),
                     f"{200 * own[2] / (own[0] + own[1]) - 100:.1f}", sum(cell["lost_copies"] for cell in cells)))
    return table(["entries of each", "fan-out", "IPv4 / IPv6 / alternating, M copies/s", "IPv6 over IPv4",
                  "alternating costs over the mean, %", "cycles a packet without the source", "of these, %", "lost"],
                 rows)


def _crossover(result):
    """From which size on sharing is faster than copying, for `share_above`."""
    rows = []
    for shared in result["throughput"]:
        if shared["mode"] != "share":
            continue
        copied = bench_aims.cell(result, octets=shared["octets"], fanout=shared["fanout"])
        if copied:
            rows.append((shared["fanout"], shared["octets"], f"{copied['copies_mps']['median']:.1f}",
                         f"{shared['copies_mps']['median']:.1f}",
                         f"{shared['copies_mps']['median'] / copied['copies_mps']['median']:.2f}"))
    return table(["fan-out", "octets", "copying, M copies/s", "sharing, M copies/s", "sharing over copying"],
                 sorted(rows))


def _peers(result):
    rows = []
    for sample in result["sample"]:
        cell = bench_aims.cell(result, fanout=sample["fanout"])
        source = "" if sample["keys"] else ", no keys written into its packets"
        rows.append((f"DPDK's ipv4_multicast, fan-out {sample['fanout']}{source}", figure(sample["copies_mps"]),
                     figure(cell["copies_mps"]) if cell else "-",
                     f"{cell['copies_mps']['median'] / sample['copies_mps']['median']:.2f}" if cell else "-"))
    for entry in result.get("processes", []):
        sample = next((sample for sample in result["sample"]
                       if sample["fanout"] == entry["fanout"] and not sample["keys"]), None)
        mgmd = figure(entry["mgmd"]["copies_mps"])
        for mode in ("copy", "share"):
            rows.append((f"the floor as a program, {mode}, fan-out {entry['fanout']}",
                         figure(entry[mode]["copies_mps"]), f"{mgmd} as a program",
                         f"{entry['mgmd']['copies_mps']['median'] / entry[mode]['copies_mps']['median']:.2f}"))
        if sample:
            rows.append((f"DPDK's ipv4_multicast as a program, fan-out {entry['fanout']}", figure(sample["copies_mps"]),
                         f"{mgmd} as a program",
                         f"{entry['mgmd']['copies_mps']['median'] / sample['copies_mps']['median']:.2f}"))
    return table(["peer", "its copies, M/s", "mgmd's copies, M/s", "mgmd over it"], rows)


def _veth(result):
    rows = []
    for row in result["veth"]:
        cells = [figure(row[router]["copies_mps"], 3) if router in row else "-" for router in bench_veth.ROUTERS]
        over = [figure(row[router].get("over_kernel")) if router in row else "-" for router in ("af_packet", "af_xdp")]
        busy = " / ".join(f"{row[router]['busy_cores']['median']:.1f}" if router in row else "-"
                          for router in bench_veth.ROUTERS)
        rows.append((row["family"], row["octets"], row["fanout"], *cells, *over, busy))
    return table(["family", "octets", "fan-out", *(f"{name}, M copies/s" for name in bench_veth.ROUTERS.values()),
                  "net_af_packet over Linux", "net_af_xdp over Linux", "busy cores of each"], rows)


def _control(result):
    rows = []
    for name in ("writer", "writer_maximum"):
        if name in result:
            writer = result[name]
            rows.append((f"writer, {'as many changes as possible' if not writer['rate_asked'] else 'paced'}",
                         f"{writer['changes_per_second']['median']:,.0f} changes/s; the worker loses "
                         f"{writer['cost']['median']:.1%} against an idle control core, "
                         f"{writer['cost_to_busy_control']['median']:.1%} against a busy one; noise "
                         f"{writer['noise']['min']:.1%} to {writer['noise']['max']:.1%}"))
    for name, family in itertools.product(bench_aims.RELEASES, bench_aims.FAMILIES):
        release = result.get(f"{name}_{family}")
        if not release:
            continue
        steps = ", ".join(f"{step['step']} {step['us'] / 1000:.1f} ms" for step in release["steps"] if step["us"] >= 50)
        events = ", with events" if release.get("events") else ""
        rows.append((f"release of an interface that is {release['released_as']} of {release['mfes']:,} MFEs, "
                     f"{family}{events}",
                     f"stopped after {release['stopped_us']:.0f} us, returns after {release['return_ms']:.1f} ms "
                     f"({steps}), reclaimed after {release['reclaimed_ms']:.1f} ms; "
                     f"dip {release['dip']:.1%} against idle control, "
                     f"{release['dip_to_busy_control']:.1%} against busy control; "
                     f"{release['lost_copies']} copies lost"))
    for family in bench_aims.FAMILIES:
        streams = result.get(f"streams_{family}")
        if streams:
            rows.append((f"new streams, {family}, two packets each",
                         f"{streams['streams_per_second']:,.0f} a second ({streams['control_us_per_stream']:.2f} us of "
                         f"control each); {streams['lost']} packets lost, {streams['overtaken']} overtaken; control's "
                         f"turns: p99 {streams['turn_us']['p99'] / 1000:.2f} ms, longest "
                         f"{streams['longest_turn_us'] / 1000:.1f} ms"))
    for family in bench_aims.FAMILIES:
        memory = result.get(f"memory_{family}")
        if not memory:
            continue
        rows.append((f"memory for an MFE, {family}, fan-out 4",
                     f"{memory['octets_per_mfe']:.1f} octets: entry {memory['entry_lines']:.1f}, "
                     f"table {memory['tables']:.1f}, writer {memory['writer']:.1f}, "
                     f"one worker's counters {memory['counters_per_worker']:.0f}; exception table apart, "
                     f"{memory['exception_table_octets'] / 1024:.0f} KiB a worker"))
    if "latency" in result:
        for name, load in (("unloaded", "unloaded"), ("load_90_percent", "at 90 % load")):
            latency = result["latency"][name]
            quantiles, waited = (
                ", ".join(f"{quantile} {values['median']:.2f}" for quantile, values in latency[since].items())
                for since in ("us_from_rx", "us_from_arrival"))
            rows.append((f"latency {load}, fan-out 4", f"us from rx to tx: {quantiles}; from arrival: {waited}"))
    return table(["what", "result"], rows)


def _floods(result):
    rows = [(row["flood"] or "none", f"{row['copies_mps']:.2f}", str(row["lost"]), f"{row['flood_packets']:,}",
             f"{row['longest_turn_us'] / 1000:.2f}",
             ", ".join(f"{reason} {count:,}" for reason, count in row["drops"].items()))
            for row in result.get("floods", [])]
    return table(["flood", "M copies/s of other streams", "their packets lost", "packets of the flood",
                  "control's longest turn, ms", "drops"], rows)


def _joins(result):
    rows = []
    for row in result.get("joins", []):
        cells = [" / ".join(f"{bench_joins.quantile(row[what], each):,.0f}" for each in (0.5, 0.95, 0.99))
                 if row[what] else "-" for what in ("own_us", "join_us", "leave_us")]
        rows.append((bench_joins.ROUTERS[row["router"]], len(row["join_us"]), *cells,
                     f"{row['packets_per_second']:,.0f}"))
    return table(["router", "joins", "the host's own, us", "report to first packet, us", "report to last packet, us",
                  "packets/s"], rows)


def _rfc3918(result):
    forwarding = result["rfc3918"]["forwarding"]
    out = ["### Aggregated multicast throughput (4.3), latency (5.1), min/max latency (5.2)\n",
           table(["octets", "(N, t), t in fps", "copies/s", "p50 / p99 / max of the slowest egress at 90 % of t, us",
                  "max - min, us"],
                 [(trial["octets"], f"({trial['4.3']['N']}, {trial['4.3']['t_fps']:,.0f})",
                   f"{trial['4.3']['copies_per_second']:,.0f}",
                   "{p50_us:.2f} / {p99_us:.2f} / {max_us:.2f}".format(
                       **max(trial["5.1 and 5.2"]["per_egress"], key=lambda egress: egress["p50_us"])),
                   f"{trial['5.1 and 5.2']['max_minus_min_us']:.2f}") for trial in forwarding])]
    for trial in forwarding:
        if "7.1" in trial:
            capacity = trial["7.1"]
            out += ["### Scaled group forwarding matrix (4.2)\n",
                    table(["groups", "tx", "rx", "rate, fps"],
                          [(f"{row['groups']:,}", row["tx"], row["rx"], f"{row['rate_fps']:,.0f}")
                           for row in trial["4.2"]]),
                    f"### Multicast group capacity (7.1)\n\n{capacity['groups_passed']:,} of "
                    f"{capacity['groups_tried']:,} groups "
                    f"passed every egress (tx {capacity['tx']:,}, rx {capacity['rx']:,}).\n"]
    delays = result["rfc3918"]["delays"]
    if delays:
        rows = [(name[-1], f"{row['offered_fps']:,.0f}", figure(row["join_us"]), figure(row["leave_us"]))
                for name, row in delays.items() if name.startswith("6") and "join_us" in row]
        out += ["### Group join delay (6.1) and leave delay (6.2), from the Group Manager's call\n",
                table(["method", "offered, fps", "join, us", "leave, us"], rows)]
    return "\n".join(out)


def _scale(result):
    def time(seconds):
        if seconds < 1e-3:
            return f"{seconds * 1e6:.0f} us"
        return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"

    rows = []
    for row in result["scale"]:
        values = ([time(each) for each in row["seconds"]] if "seconds" in row else
                  [f"{each:.1f}" for each in row["amounts"]])
        growth = f"{row['growth']:.2f}" + ("" if row["linear"] else " **not linear**") if "growth" in row else ""
        turns = f"{time(row['p99'])} / {time(row['longest'])}" if "p99" in row else ""
        cells = ", ".join(f"{size:,}: {value}" for size, value in zip(row["sizes"], values))
        rows.append((row["case"], row["name"], cells, growth, turns))
    return table(["case", "what", "at each size", "growth (exponent)", "a turn: p99 / longest"], rows)


def _memberships(result):
    measured = result.get("memberships", {})
    names = {name: None for figures in measured.values() for name in figures if name != "join_to_fib_us"}
    rows = [(name.replace("_", " "), *(f"{figures.get(name, math.nan):,.4g}" for figures in measured.values()))
            for name in names]
    rows += [(f"us from a report to the FIB, {share}",
              *(f"{figures.get('join_to_fib_us', {}).get(share, math.nan):,.4g}" for figures in measured.values()))
             for share in ("p50", "p99", "longest")]
    return table(["what", *measured], rows)


def _micro(result):
    rows = []
    for program, benchmarks in result["micro"].items():
        for benchmark in benchmarks:
            cycles = "; ".join(f"{key.removeprefix('cycles').strip('_').replace('_', ' ') or 'each'} {value:.1f}"
                               for key, value in benchmark.items() if key.startswith("cycles"))
            time = f"{benchmark['real_time']:,.1f} {benchmark['time_unit']}" if "real_time" in benchmark else "-"
            rows.append((program, benchmark["name"], cycles or "-", time))
    return table(["program", "benchmark", "cycles", "time of an iteration"], rows)


def write(result, reference, stem):
    """Writes stem.json, stem.md and the plots. Returns the aims."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    aims = bench_aims.aims(result, reference)
    (stem.parent / f"{stem.name}.json").write_text(json.dumps(result, indent=1) + "\n")
    files = plots(result, reference, stem)
    machine, conditions = result["machine"], result["conditions"]
    out = [
        f"# mgmd measured on {machine['cpu']}, {machine['cores']} cores, {result['date']}\n",
        "Devices are virtual (net_pcap in, net_null out): no figure here is a NIC's. Trials are shorter than RFC 3918 "
        f"asks: {conditions['trial_seconds']:g} s instead of 30, latency at 90 % of t, medians of all copies instead "
        f"of one "
        "tagged frame.\n",
        f"Instruction widths: {', '.join(['SSE4.2', *machine['simd']])}. "
        f"{machine['system']}, Linux {machine['kernel']}, {machine['memory_gb']} GB"
        f"{', virtual machine' if machine['virtual'] else ''}; {conditions['memory']}; "
        f"{conditions['rounds']} rounds in alternation, slices of {conditions['slice_seconds']:g} s; commit "
        f"{result['commit']}. Figures are medians (lowest to highest). docs/benchmarks.md says what each means.\n",
        "## Aims\n", table(["aim", "wanted", "got", "met"],
                           [(aim.name, aim.wanted, aim.got, "yes" if aim.met else "**no**") for aim in aims]),
        "## Throughput\n", *(f"![{title}]({name})\n" for name, title in files.items()),
        _throughput_table(result["throughput"]),
        "Cycles a packet, by stage (rx is the source, which the floor pays too):\n", _stage_table(result),
        _width_table(result["throughput"]),
        "Copying or sharing (`share_above`):\n", _crossover(result),
        "## IPv6 beside IPv4\n", _families(result),
        "## Peers\n", _peers(result),
        f"VPP and others from bench/reference.json: {reference['source']}.\n",
        "## On virtual Ethernet\n", _veth(result),
        "## Changes, memory, latency\n", _control(result),
        "## Floods\n",
        "A thousand streams by one port, and packets of one class by another, both as fast as the worker takes them.\n",
        _floods(result),
        "## Join and leave\n",
        f"p50 / p95 / p99; a last member is asked for {bench_joins.LEAVE_SECONDS * 1000:g} ms. With smcroute its "
        "command instead of the report, which asks nobody.\n",
        _joins(result),
        "## RFC 3918\n", _rfc3918(result),
        "## Microbenchmarks\n", _micro(result),
        "## How control grows\n", _scale(result),
        "## IGMP and MLD at scale\n", _memberships(result),
        "## Skipped\n", table(["what", "why"], [(skip["what"], skip["why"]) for skip in result["skipped"]])]
    if result.get("real_ports"):
        out.append(f"## Real ports\n\n{json.dumps(result['real_ports'])}\n")
    (stem.parent / f"{stem.name}.md").write_text("\n".join(out))
    return aims


def aims_text(aims):
    met = sum(aim.met for aim in aims)
    missed = "\n".join(f"  missed: {aim.name}: {aim.got}, wanted {aim.wanted}" for aim in aims if not aim.met)
    return "\n".join(line for line in (missed, f"{met} of {len(aims)} aims met") if line)
