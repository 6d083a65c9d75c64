"""What a benchmark run measures: the cells of each table, for a full and for a quick run."""

from dataclasses import dataclass

import bench_aims
import bench_floods


@dataclass(frozen=True)
class Cell:
    """One throughput measurement of forward_bench."""
    fanout: int
    entries: int = 1000
    oifs: str = "same"
    octets: int = 60
    mode: str = "copy"
    workers: int = 1
    build: str = "native"  # what the program is compiled for
    instructions: str = "best"  # the instruction set of its hot loops, which it chooses at start

    def arguments(self):
        chosen = [] if self.instructions == "best" else ["--instructions", self.instructions]
        return ["--fanout", self.fanout, "--entries", self.entries, "--oifs", self.oifs, "--size", self.octets,
                "--mode", self.mode, "--workers", self.workers, *chosen]


@dataclass(frozen=True)
class Plan:
    cells: tuple
    sample_fanouts: tuple
    process_fanouts: tuple  # of whole programs side by side
    veth: tuple  # (family, octets, fan-out) of Linux and mgmd on virtual Ethernet
    families: tuple  # (entries, fan-out) where IPv6 is measured beside IPv4
    rounds: int
    seconds: float  # of a slice; peers are measured for five (the sample) or ten times as long
    trial: float  # seconds of one of RFC 3918's trials
    inner_rounds: int  # slices of each kind in one process
    mfes: int  # of the release
    floods: tuple  # classes
    groups: int  # of RFC 3918's group capacity
    rfc_octets: tuple
    micro: tuple  # (program, filter)
    joins: int  # of a host, in turn with leaves
    scale: int  # the most streams, interfaces ... of scale_bench


FANOUTS = (1, 2, 4, 8, 16)
VETH = (*(("ipv4", 60, fanout) for fanout in (1, 4, 16)), ("ipv4", 200, 4),
        *(("ipv4", 1000, fanout) for fanout in (1, 4, 8, 16)), ("ipv6", 1000, 4))
RFC_OCTETS = (60, 124, 252, 508, 1020, 1276, 1514)  # RFC 2544's sizes, without the frame check sequence


def scaling_cells(cores):
    """One, two, four ... workers, with a core left for control."""
    workers = [2**n for n in range(1, 5) if 2**n < cores]
    return [Cell(fanout, workers=count) for count in workers for fanout in (1, 4)]


def width_cells(simd):
    """What other machines and builds get: narrower registers, and a build for any machine of the last fifteen years."""
    narrower = ["avx2"] if "avx512f" in simd else []
    others = [("native", instructions) for instructions in narrower]
    others += [("x86-64-v2", instructions) for instructions in ("best", *narrower, "portable")]
    return [Cell(fanout, oifs=oifs, build=build, instructions=instructions) for build, instructions in others
            for fanout, oifs in ((1, "same"), (4, "same"), (16, "same"), (4, "random"), (16, "random"))]


def full(rounds, seconds, cores, simd):
    cells = [Cell(fanout) for fanout in (*FANOUTS, 31)]
    cells += [Cell(fanout, oifs="random") for fanout in FANOUTS]
    cells += [Cell(fanout, entries=1_000_000) for fanout in FANOUTS]
    cells += [Cell(fanout, octets=octets) for octets in (256, 512, 1280, 1518) for fanout in (1, 4, 16)]
    cells += [Cell(fanout, octets=octets, mode="share") for octets in (60, 256, 512, 1280, 1518) for fanout in (4, 16)
              if fanout == 4 or octets >= 1280]
    cells += [Cell(fanout) for fanout in (256, 1024)]
    cells += scaling_cells(cores) + width_cells(simd)
    return Plan(cells=tuple(cells), sample_fanouts=(1, 2, 3, 4), process_fanouts=(1, 2, 4, 16),
                veth=VETH, families=tuple(bench_aims.TO_IPV4), rounds=rounds, seconds=seconds,
                trial=0.5, inner_rounds=3, mfes=1_000_000, floods=tuple(bench_floods.CLASSES), groups=1_000_000,
                rfc_octets=RFC_OCTETS,
                micro=(("lookup_bench", "."), ("fib_writer_bench", "."), ("stage_bench", "."), ("mgm_bench", ".")),
                joins=100, scale=1_000_000)


def quick(rounds, seconds, cores, simd):
    cells = [Cell(fanout) for fanout in (1, 4, 16)]
    cells += [Cell(fanout, oifs="random") for fanout in (1, 4, 16)]
    cells += [Cell(fanout, entries=1_000_000) for fanout in (1, 16)]
    cells += [Cell(4, octets=1518), Cell(4, octets=1518, mode="share"), Cell(256)]
    return Plan(cells=tuple(cells), sample_fanouts=(1, 2, 4), process_fanouts=(1, 4),
                veth=(("ipv4", 1000, 4),), families=((1000, 1), (1000, 16), (1_000_000, 4)), rounds=rounds,
                seconds=seconds,
                trial=0.2, inner_rounds=3, mfes=100_000, floods=("unknown streams", "IGMP", "ARP"), groups=10_000,
                rfc_octets=(60, 1514),
                micro=(("lookup_bench", "/source_group/.*/(1000|1000000)$"), ("stage_bench", ".")), joins=20,
                scale=30_000)
