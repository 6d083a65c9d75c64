"""The machine under the benchmark: what it is, and its hugepages for as long as the benchmark runs."""

import atexit
import contextlib
import os
import pathlib
import platform
import re

HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
WANTED_PAGES = 1024  # 2 GiB
AUTOGROUP = pathlib.Path("/proc/self/autogroup")  # "/autogroup-10 nice 0"


def _cpu_field(name):
    match = re.search(rf"^{name}\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1).strip() if match else "unknown"


def describe():
    """What a reader of a result needs to know about the machine."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    system = pathlib.Path("/etc/os-release").read_text()
    return {
        "cpu": _cpu_field("model name"),
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in cpuinfo,
        "simd": [name for name in ("avx2", "avx512f") if f" {name} " in cpuinfo],
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release().split("-")[0],
        "system": re.search(r'^PRETTY_NAME="?([^"\n]*)', system, re.MULTILINE).group(1),
    }


def short_name(machine):
    """For file names: "amd-epyc-2"."""
    words = re.sub(r"\(.*?\)|@.*|cpu|processor", " ", machine["cpu"].lower())
    return "-".join([*re.findall(r"[a-z0-9]+", words)[:4], str(machine["cores"])])


class Hugepages:
    """With free hugepages inside the `with` block, if this is root and there were too few; the old number after it."""

    def __init__(self):
        self.before = None
        self.note = ""

    def __enter__(self):
        try:
            free = int((HUGEPAGES / "free_hugepages").read_text())
            count = int((HUGEPAGES / "nr_hugepages").read_text())
        except OSError:
            self.note = "no hugepages: the kernel has none"
            return self
        if free >= WANTED_PAGES // 2:
            self.note = f"{free} free hugepages of 2 MiB"
        elif os.geteuid() != 0:
            self.note = "no hugepages, and only root can reserve some: ordinary pages"
        else:
            self.before = count
            (HUGEPAGES / "nr_hugepages").write_text(str(count + WANTED_PAGES - free))
            self.note = f"{(HUGEPAGES / 'free_hugepages').read_text().strip()} hugepages of 2 MiB, reserved for the run"
        return self

    def __exit__(self, *_):
        if self.before is not None:
            (HUGEPAGES / "nr_hugepages").write_text(str(self.before))


def first_in_line():
    """Root's benchmark goes before other processes: a worker that is preempted is measured as slow."""
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        # Where the kernel groups processes by session it is the session that gets a share of the machine.
        with contextlib.suppress(OSError):
            before = int(AUTOGROUP.read_text().split()[-1])
            AUTOGROUP.write_text("-20")
            atexit.register(AUTOGROUP.write_text, str(before))
