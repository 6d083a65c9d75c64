"""mgmd as users run it, beside the floor as a program: the same capture in a circle, the same devices, the same core.

forward_bench measures slices of one process, with a source that draws keys; here nothing is shared between the two, and
whatever a whole program costs besides its worker's loop counts: control on the other core, telemetry, and the way that
the program's memory lies.
"""

import itertools
import json
import os
import pathlib
import random
import subprocess
import time

import pcap
from bench_peer import Unavailable, frame, measure_rates, stream
from mgmd_process import end_with_parent, runtime_folder

FRAMES = 16384
STREAMS = 1000
RECEIVED_BUFFERS = 2 * FRAMES - 1  # of the floor's input; mgmd asks the device itself
TIMEOUT = 120  # seconds for one program


def measure_mgmd(mgmd, directory, configuration, fanout, seconds):
    """What measure_rates() says of the program with that configuration, and its summary at the end."""
    config, summary, log = (directory / name for name in ("mgmd.toml", "summary.json", "mgmd.log"))
    config.write_text(configuration)
    prefix = f"mgmd-bench-{os.getpid()}-{time.monotonic_ns()}"
    with log.open("w") as output:
        process = subprocess.Popen([mgmd, "--config", config, "--summary", summary, "--", f"--file-prefix={prefix}"],
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   preexec_fn=end_with_parent)
    try:
        rates = measure_rates(process, runtime_folder(prefix), fanout, seconds)
    except Unavailable as error:
        last = (log.read_text().strip().splitlines() or ["no output"])[-1]
        raise Unavailable(f"mgmd: {error}; its last words: {last}") from error
    finally:
        process.terminate()
        process.wait(TIMEOUT)
    return rates, json.loads(summary.read_text())


class Processes:
    def __init__(self, directory, floor, mgmd, octets=60):
        """Writes the capture into the directory: FRAMES frames of STREAMS streams, drawn at random."""
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.floor, self.mgmd = floor, mgmd
        self.capture = self.directory / f"circle-{octets}.pcap"
        draw = random.Random(20261126)
        pcap.write(self.capture, (frame(octets, *stream(draw.choice(range(STREAMS)))) for _ in range(FRAMES)))

    def _devices(self, fanout):
        return [f"net_null{n},no-rx=1" for n in range(fanout)] + [
            f"net_pcap0,rx_pcap={self.capture},infinite_rx=1,tx_pcap=/dev/null"]

    def run_floor(self, fanout, mode, seconds, hugepages=True):
        devices = itertools.chain.from_iterable(("--vdev", device) for device in self._devices(fanout))
        result = subprocess.run(
            [self.floor, "-l", "1", "--no-pci", "--no-telemetry", "-m", "768",
             "--in-memory" if hugepages else "--no-huge", f"--file-prefix=mgmd-bench-floor-{time.monotonic_ns()}",
             "--log-level=error", *devices, "--", str(fanout), mode, str(seconds), str(RECEIVED_BUFFERS)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT)
        if result.returncode != 0 or not result.stdout.strip():
            raise Unavailable(f"the floor: {(result.stderr.strip().splitlines() or ['no output'])[-1]}")
        return json.loads(result.stdout.strip().splitlines()[-1])

    def run_mgmd(self, fanout, seconds):
        return measure_mgmd(self.mgmd, self.directory, self._configuration(fanout), fanout, seconds)[0]

    def _configuration(self, fanout):
        devices = self._devices(fanout)
        names = [f"out{n}" for n in range(fanout)] + ["in"]
        lines = ["[dpdk]", 'eal_args = ["-l", "0,1", "--no-pci"]', "workers = [1]"]
        for name, device in zip(names, devices):
            lines += ["[[interface]]", f'name = "{name}"', f'device = "{device}"']
            if name == "in":
                lines.append('addresses = ["10.0.255.254/16"]')
        outputs = ", ".join(f'"{name}"' for name in names[:-1])
        lines += ["[protocol.static]", f'interfaces = [{outputs}, "in"]']
        for source, group in map(stream, range(STREAMS)):
            lines += ["[[protocol.static.mroute]]", 'from = "in"', f'source = "{source}"', f'group = "{group}"',
                      f"to = [{outputs}]"]
        return "\n".join(lines) + "\n"
