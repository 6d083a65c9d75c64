"""Measures mgmd and its peers on this machine in alternation, and reports. Called by scripts/bench."""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import bench_aims
import bench_joins
import bench_machine
import bench_plan
import bench_report
import bench_veth
from bench_floods import Floods
from bench_peer import Unavailable
from bench_process import Processes
from bench_sample import Sample

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE = pathlib.Path(os.environ.get("MGMD_BENCH_TREE", ROOT / "build-bench"))
BINARIES = TREE / "tests/bench"
TIMEOUT = 300  # seconds for one program


def run_json(program, *arguments, binaries=BINARIES):
    """What the program printed. Raises Unavailable with its last words."""
    result = subprocess.run([binaries / program, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT,
                            stdin=subprocess.DEVNULL)
    if result.returncode != 0 or not result.stdout.strip():
        raise Unavailable(f"{program}: {(result.stderr.strip().splitlines() or ['no output'])[-1]}")
    try:
        return json.loads(result.stdout)
    except ValueError as error:
        raise Unavailable(f"{program}: no result but {result.stdout.splitlines()[0]!r}") from error


def summarize(runs):
    """One result of several runs of the same measurement: each figure's median over the runs, and its whole range."""
    first = runs[0]
    if isinstance(first, dict) and {"median", "min", "max"} <= first.keys():
        return {"median": statistics.median(run["median"] for run in runs), "min": min(run["min"] for run in runs),
                "max": max(run["max"] for run in runs), "rounds": sum(run["rounds"] for run in runs)}
    if isinstance(first, dict):
        return {key: summarize([run[key] for run in runs if key in run]) for key in first}
    if not isinstance(first, (int, float)) or all(run == first for run in runs):
        return first
    return statistics.median(runs)


def spread(runs):
    """Of runs that are plain figures: {"x": 1.0} becomes {"x": {"median": ...}}."""
    return {key: {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": len(values)}
            for key in runs[0] for values in [[run[key] for run in runs]]}


class Bench:
    def __init__(self, plan, hugepages):
        self.plan = plan
        self.hugepages = hugepages
        self.skipped = []
        self.begin = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.begin:6.0f} s  {text}", flush=True)

    def attempt(self, what, measure):
        """measure()'s result; None and a line in the report where this machine cannot."""
        try:
            return measure()
        except (Unavailable, subprocess.TimeoutExpired, subprocess.CalledProcessError, OSError) as error:
            self.skipped.append({"what": what, "why": str(error)})
            self.say(f"skipped: {what}: {error}")
            return None

    def _forward(self, cell):
        tree = TREE if cell.build == "native" else TREE.with_name(f"{TREE.name}-{cell.build}")
        return {**run_json("forward_bench", *cell.arguments(), "--seconds", self.plan.seconds, "--rounds",
                           self.plan.inner_rounds, binaries=tree / "tests/bench"),
                "build": cell.build, "instructions": cell.instructions}

    def throughput(self):
        """Peer, mgmd, peer, mgmd ...: a round goes through everything once."""
        cells = {cell: [] for cell in self.plan.cells}
        sample = self.attempt("DPDK's ipv4_multicast sample", lambda: Sample(TREE / "sample", ROOT))
        samples = {(fanout, keys): [] for fanout in self.plan.sample_fanouts for keys in (True, False) if sample}
        programs = Processes(TREE / "processes", BINARIES / "floor_process", TREE / "control/mgmd")
        processes = {fanout: {"copy": [], "share": [], "mgmd": []} for fanout in self.plan.process_fanouts}
        for round_number in range(1, self.plan.rounds + 1):
            self.say(f"round {round_number} of {self.plan.rounds}")
            for cell, runs in cells.items():
                for keys in (True, False):
                    if cell.octets == 60 and cell.mode == "copy" and (cell.fanout, keys) in samples:
                        self._add(samples[cell.fanout, keys], f"sample, fan-out {cell.fanout}",
                                  lambda: sample.run(cell.fanout, 60, 5 * self.plan.seconds, self.hugepages, keys),
                                  limit=round_number)
                self._add(runs, f"forward_bench, {cell}", lambda: self._forward(cell))
            for fanout, runs in processes.items():
                seconds = 5 * self.plan.seconds
                for mode in ("copy", "share"):
                    self._add(runs[mode], "the floor as a program",
                              lambda: programs.run_floor(fanout, mode, seconds, self.hugepages))
                self._add(runs["mgmd"], "mgmd as a program", lambda: programs.run_mgmd(fanout, seconds))
        return ([summarize(runs) for runs in cells.values() if runs],
                [{"fanout": fanout, "keys": keys, **spread(runs)} for (fanout, keys), runs in samples.items() if runs],
                [{"fanout": fanout, **{who: spread(result) for who, result in runs.items()}}
                 for fanout, runs in processes.items() if all(runs.values())])

    def veth(self):
        """Linux on virtual Ethernet, and mgmd in its place by either driver."""
        cells = {cell: {router: [] for router in bench_veth.ROUTERS} for cell in self.plan.veth}
        for round_number in range(1, self.plan.rounds + 1):
            self.say(f"veth, round {round_number} of {self.plan.rounds}")
            for cell, runs in cells.items():
                for router, name in bench_veth.ROUTERS.items():
                    self._add(runs[router], f"{name} on veth, {cell[0]}", lambda: bench_veth.run(
                        BINARIES / "flood", TREE / "control/mgmd", router, *cell, 5 * self.plan.seconds))
        for runs in cells.values():
            for router in runs:
                for run, kernel in zip(runs[router], runs["kernel"]):
                    run["over_kernel"] = run["copies_mps"] / kernel["copies_mps"]
        return [{"family": family, "octets": octets, "fanout": fanout,
                 **{router: spread(of) for router, of in runs.items() if of}}
                for (family, octets, fanout), runs in cells.items()]

    def families(self):
        """IPv6 beside IPv4, and both in one burst, in turn within each process."""
        cells = {cell: [] for cell in self.plan.families}
        for round_number in range(1, self.plan.rounds + 1):
            self.say(f"families, round {round_number} of {self.plan.rounds}")
            for (entries, fanout), runs in cells.items():
                self._add(runs, f"families, {entries:,} entries, fan-out {fanout}", lambda: run_json(
                    "forward_bench", "--measure", "families", "--entries", entries, "--fanout", fanout, "--seconds",
                    self.plan.seconds, "--rounds", self.plan.inner_rounds))
        return [summarize(runs) for runs in cells.values() if runs]

    def _add(self, runs, what, measure, limit=None):
        """A measurement more, unless an earlier one was impossible or `limit` are there."""
        if limit is not None and len(runs) >= limit or any(skip["what"] == what for skip in self.skipped):
            return
        result = self.attempt(what, measure)
        if result is not None:
            runs.append(result)

    @staticmethod
    def _release(*command):
        """Of several runs, since each is one event: the medians of what it took, and the worst of what was lost."""
        runs = sorted((run_json(*command) for _ in range(5)), key=lambda run: run["return_ms"])
        middle = {key: statistics.median(run[key] for run in runs)
                  for key in ("stopped_us", "return_ms", "reclaimed_ms", "dip", "dip_to_busy_control")}
        return {**runs[len(runs) // 2], **middle, "runs": [{key: run[key] for key in middle} for run in runs],
                "lost_copies": max(run["lost_copies"] for run in runs),
                # The result names no folder of this machine.
                "events": pathlib.Path(runs[0]["events"]).name}

    @staticmethod
    def _streams(*command):
        """The middle one of three runs, with the worst of what was lost and the longest turn of all."""
        runs = sorted((run_json(*command) for _ in range(3)), key=lambda run: run["streams_per_second"])
        worst = {key: max(run[key] for run in runs) for key in ("lost", "overtaken")}
        return {**runs[1], **worst, "longest_turn_us": max(run["turn_us"]["longest"] for run in runs),
                "runs": [run["streams_per_second"] for run in runs]}

    def control(self):
        """What the FIB's changes cost, and how many streams begin."""
        length = ["--seconds", self.plan.seconds, "--rounds", 5 * self.plan.rounds]
        million = ["--entries", 1_000_000, "--fanout", 4]
        release = ["--measure", "release", "--entries", 1000, "--fanout", 4, "--mfes", self.plan.mfes, "--released-as"]
        of_families = {"memory": ["--measure", "memory", *million],
                       "streams": ["--measure", "streams", "--entries", 1, "--mfes", self.plan.mfes, "--rate", 0,
                                   "--seconds", 4],
                       "release_iif": [*release, "iif"],
                       "release_oif": [*release, "oif"],
                       "release_iif_events": [*release, "iif", "--events", TREE / "events.jsonl"],
                       "release_oif_events": [*release, "oif", "--events", TREE / "events.jsonl"]}
        result = {}
        for name, arguments in {
                "latency": ["--measure", "latency", "--entries", 1000, "--fanout", 4, *length[:2], "--rounds",
                            self.plan.rounds],
                "writer": ["--measure", "writer", *million, "--rate", 1e6, *length],
                "writer_maximum": ["--measure", "writer", *million, "--rate", 0, *length],
                **{f"{name}_{family}": [*arguments, "--family", family] for family in bench_aims.FAMILIES
                   for name, arguments in of_families.items()}}.items():
            self.say(name)
            measure = {"release": self._release, "streams": self._streams}.get(name.split("_")[0], run_json)
            measured = self.attempt(name, lambda: measure("forward_bench", *arguments))
            if measured:
                result[name] = measured
        return result

    def floods(self):
        """Streams beside a flood of each class, and beside none."""
        floods = Floods(TREE / "floods", TREE / "control/mgmd")
        rows = []
        for name in (None, *self.plan.floods):
            what = f"flood of {name}" if name else "no flood"
            self.say(what)
            rows.append(self.attempt(what, lambda: floods.run(name, 5 * self.plan.seconds)))
        return [row for row in rows if row]

    def joins(self):
        """A host that joins and leaves, by each router."""
        rows = []
        for router, name in bench_joins.ROUTERS.items():
            self.say(f"join and leave, {name}")
            measured = self.attempt(f"join and leave, {name}", lambda: bench_joins.run(
                TREE / "control/mgmd", router, self.plan.joins))
            if measured:
                rows.append({"router": router, **measured})
        return rows

    def rfc3918(self):
        self.say("RFC 3918")
        trials = []
        for octets in self.plan.rfc_octets:
            for outputs in (1, 4, 16) if octets == self.plan.rfc_octets[0] else (4,):
                groups = self.plan.groups if (octets, outputs) == (self.plan.rfc_octets[0], 4) else 0
                trials.append(self.attempt(
                    f"RFC 3918, {octets} octets to {outputs} ports",
                    lambda: run_json("rfc3918_bench", "--size", octets, "--outputs", outputs, "--trial",
                                     self.plan.trial, "--groups", groups)))
        delays = self.attempt("RFC 3918, join and leave delay",
                              lambda: run_json("rfc3918_bench", "--tests", "delays", "--outputs", 2))
        for test, why in (("4.1 mixed class, 8 burdened", "mgmd forwards no unicast traffic"),
                          ("4.4 encapsulation", "mgmd has no tunnels")):
            self.skipped.append({"what": f"RFC 3918, {test}", "why": why})
        return {"forwarding": [trial for trial in trials if trial], "delays": delays}

    def micro(self):
        results = {}
        for program, selection in self.plan.micro:
            if not (BINARIES / program).exists():
                self.skipped.append({"what": program, "why": "not built"})
                continue
            self.say(program)
            measured = self.attempt(program, lambda: run_json(
                program, "--benchmark_format=json", f"--benchmark_filter={selection}", "--benchmark_min_time=0.1"))
            if measured:
                results[program] = [{key: value for key, value in benchmark.items()
                                     if key == "name" or key.startswith("cycles") or key in ("real_time", "time_unit",
                                                                                             "items_per_second")}
                                    for benchmark in measured["benchmarks"]]
        return results

    def scale(self):
        """How control grows: a row for each thing that is measured."""
        rows = []
        for name in ("routes", "events", "unicast", "interfaces", "oifs", "memberships", "clients"):
            self.say(f"scale_bench, {name}")
            rows += self.attempt(f"scale_bench, {name}", lambda: run_json(
                "scale_bench", "--json", "--case", name, "--most", self.plan.scale)) or []
        return rows

    def memberships(self):
        """IGMP and MLD at scale, of each family."""
        self.say("membership_bench")
        measured = {family: self.attempt(f"membership_bench, {family}",
                                         lambda: run_json("membership_bench", "--family", family))
                    for family in bench_aims.FAMILIES}
        return {family: figures for family, figures in measured.items() if figures}

    def devices(self, ports):
        """Throughput on real ports, fed by somebody else's generator."""
        self.say("real ports")
        return self.attempt("real ports", lambda: run_json(
            "forward_bench", "--measure", "forward", "--devices", ports, "--fanout", max(1, len(ports.split()) - 1),
            "--seconds", 10 * self.plan.seconds, "--rounds", self.plan.rounds))


def commit():
    result = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench",
                                     description="Measures mgmd on this machine beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a selection, within three minutes")
    parser.add_argument("--rounds", type=int, help="of everything, in alternation (default: 5; quick: 2)")
    parser.add_argument("--duration", type=float,
                        help="seconds of a slice (default: 0.2; quick: 0.1); trials are longer")
    parser.add_argument("--ports", help="PCI addresses, the input first; the traffic comes from a generator behind it")
    arguments = parser.parse_args()

    bench_machine.first_in_line()
    machine = bench_machine.describe()
    make = bench_plan.quick if arguments.quick else bench_plan.full
    plan = make(arguments.rounds or (2 if arguments.quick else 5),
                arguments.duration or (0.1 if arguments.quick else 0.2),
                machine["cores"], machine["simd"])
    if machine["cores"] < 2:
        sys.exit("mgmd needs two cores: one forwards, one controls")
    with bench_machine.Hugepages() as pages, tempfile.TemporaryDirectory() as runtime:
        os.environ["RUNTIME_DIRECTORY"] = runtime  # where every program of DPDK's leaves a folder
        bench = Bench(plan, "free" in pages.note or "reserved" in pages.note)
        bench.say(f"{machine['cpu']}, {machine['cores']} cores; {pages.note}")
        throughput, sample, processes = bench.throughput()
        result = {"date": datetime.date.today().isoformat(), "commit": commit(), "machine": machine,
                  "conditions": {"quick": arguments.quick, "rounds": plan.rounds, "slice_seconds": plan.seconds,
                                 "trial_seconds": plan.trial,
                                 "memory": pages.note, "devices": "virtual"},
                  "throughput": throughput, "sample": sample, "processes": processes, "veth": bench.veth(),
                  "families": bench.families(), **bench.control(),
                  "floods": bench.floods(), "joins": bench.joins(), "rfc3918": bench.rfc3918(), "micro": bench.micro(),
                  "scale": bench.scale(), "memberships": bench.memberships()}
        if arguments.ports:
            result["real_ports"] = bench.devices(arguments.ports)
    if machine["cores"] < 4:
        bench.skipped.append({"what": "scaling over workers",
                              "why": f"{machine['cores']} cores: one worker and control"})
    bench.skipped.append({"what": "VPP", "why": "compared by its ratio to the floor, from bench/reference.json"})
    result["skipped"] = bench.skipped

    directory = ROOT / ("out/bench" if arguments.quick else "bench/results")
    path = directory / f"{result['date']}-{bench_machine.short_name(machine)}"
    reference = json.loads((ROOT / "bench/reference.json").read_text())
    report = bench_report.write(result, reference, path)
    bench.say(f"wrote {path.relative_to(ROOT)}.json and .md")
    print(bench_report.aims_text(report))


if __name__ == "__main__":
    main()
