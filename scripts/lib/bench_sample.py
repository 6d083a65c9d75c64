"""DPDK's ipv4_multicast sample as a peer, built from the source in Debian's dpdk-doc.

The package is fetched and unpacked into the build tree, not installed. Two lines of the source are changed: the sample
asks its ports for chained buffers, which net_null does not offer and the sample then refuses to start (it sends them
all the same, and net_null frees them as it frees everything); and its ports get the rx callback that writes keys into
mgmd's and the floor's packets, so that all pay for the same source. It can be run without that callback, too.
"""

import os
import pathlib
import shlex
import subprocess
import time

import pcap
from bench_peer import Unavailable, frame, measure_rates
from mgmd_process import end_with_parent, runtime_folder

# The sample's groups, by fan-out: 224.0.0.101 goes to port 0, .103 to two, .107 to three, .115 to four ports.
GROUPS = {1: "224.0.0.101", 2: "224.0.0.103", 3: "224.0.0.107", 4: "224.0.0.115"}


class Sample:
    def __init__(self, directory, root):
        """Builds the sample in the directory, unless what stands there is current, with the packet source of the
        project at `root`. Raises Unavailable."""
        self.directory = pathlib.Path(directory)
        self.root = pathlib.Path(root)
        self.binary = self.directory / "ipv4_multicast"
        bench = self.root / "tests" / "bench"
        ours = (pathlib.Path(__file__), bench / "sample_source.c", bench / "packet_source.c", bench / "packet_source.h")
        if not self.binary.exists() or self.binary.stat().st_mtime < max(path.stat().st_mtime for path in ours):
            self._build()

    def _build(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self._run("apt-get download dpdk-doc")
            package = next(self.directory.glob("dpdk-doc_*.deb"))
            self._run(f"dpkg-deb --fsys-tarfile {shlex.quote(package.name)} | "
                      "tar --extract --strip-components=6 ./usr/share/dpdk/examples/ipv4_multicast/main.c")
            package.unlink()
        except (subprocess.CalledProcessError, StopIteration) as error:
            raise Unavailable("the source of DPDK's sample cannot be fetched (apt-get download dpdk-doc)") from error
        source = self.directory / "main.c"
        text = source.read_text()
        for line, changed in ((".offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS", ".offloads = 0"),
                              ("ret = rte_eth_dev_start(portid);",
                               "void AddPacketSource(uint16_t); AddPacketSource(portid); "
                               "ret = rte_eth_dev_start(portid);")):
            if text.count(line) != 1:
                raise Unavailable("the sample's source is not as expected")
            text = text.replace(line, changed)
        source.write_text(text)
        bench = self.root / "tests" / "bench"
        sources = shlex.join(["main.c", str(bench / "packet_source.c"), str(bench / "sample_source.c")])
        try:
            # -march after pkg-config's, so that ours counts.
            self._run(f"cc -O3 -w $(pkg-config --cflags libdpdk) -march=native -I {shlex.quote(str(self.root))} "
                      f"{sources} "
                      "-o ipv4_multicast $(pkg-config --libs libdpdk)")
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"the sample does not build: {error.stderr.strip()[-300:]}") from error

    def _run(self, command):
        subprocess.run(command, shell=True, cwd=self.directory, check=True, capture_output=True, text=True)

    def run(self, fanout, octets, seconds, hugepages=True, keys=True):
        """Packets and copies/s of one run, all packets of one group; with `keys` from the source that mgmd has."""
        environment = {**os.environ, "MGMD_SAMPLE_GROUP": GROUPS[fanout], "MGMD_SAMPLE_OCTETS": str(octets)}
        capture = self.directory / "in.pcap"
        pcap.write(capture, [frame(octets, "10.0.0.1", GROUPS[fanout])])
        prefix = f"mgmd-bench-sample-{time.monotonic_ns()}"
        ports = [word for n in range(fanout) for word in ("--vdev", f"net_null{n},no-rx=1")]
        process = subprocess.Popen(
            [self.binary, "-l", "1", "--no-pci", "-m", "768", "--in-memory" if hugepages else "--no-huge",
             f"--file-prefix={prefix}", "--log-level=error", *ports,
             "--vdev", f"net_pcap0,rx_pcap={capture},infinite_rx=1,tx_pcap=/dev/null",
             "--", "-p", hex((2 << fanout) - 1), "-q", str(fanout + 1)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment if keys else None, preexec_fn=end_with_parent)
        try:
            return measure_rates(process, runtime_folder(prefix), fanout, seconds)
        finally:
            process.kill()
            process.wait()
