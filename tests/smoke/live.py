#!/usr/bin/python3
"""scripts/run --live, without its build: what it shows is what hosts get, and whatever ends it nothing is left behind.

Needs root; skipped otherwise.
"""

import os
import pathlib
import re
import select
import signal
import subprocess
import sys

from mgmd_process import ROOT, TIMEOUT, runtime_folder
from netns import SKIPPED

COMMAND = [sys.executable, ROOT / "scripts/live.py"]
AT_LEAST = 200  # packets that who has joined gets in each step
# Of each step: what is wanted of either stream at hosts one and two. "some": until the router has asked whether anybody
# is left.
STEPS = (("one joins 239.1.1.1", "all", "none", "none", "none"), ("two joins both", "all", "all", "none", "all"),
         ("one leaves 239.1.1.1", "some", "all", "none", "all"), ("nothing changes", "none", "all", "none", "all"),
         ("two leaves both", "none", "some", "none", "some"), ("nothing changes", "none", "none", "none", "none"))


def fits(cell, wanted):
    count = int(cell.replace(",", ""))  # and no "missing" behind it
    return {"none": count == 0, "some": count > 0, "all": count >= AT_LEAST}[wanted]


def check_output():
    output = subprocess.run(COMMAND, check=True, capture_output=True, text=True, timeout=2 * TIMEOUT).stdout
    rows = iter(output.split("step by step", 1)[1].splitlines()[4:])
    for step, *wanted in STEPS:
        name, *cells = re.split(r"  +", next(rows).strip())
        assert name == step and all(map(fits, cells, wanted)), f"{name}: {cells}, wanted {step}: {wanted}\n{output}"
    assert "mgmd: (10.0.0.1,239.1.1.1) goes from up0 to dn1, dn2" in output, output
    print("hosts get what they have joined: ok")


def descendants(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def check_interruption(number, line):
    """A signal after that line: it ends as by that signal, and with it all that it has started."""
    # A shell's background job has SIGINT ignored, and so would all that it starts.
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        assert any(line in said for said in process.stdout)
        started = {pid: os.pidfd_open(pid) for pid in descendants(process.pid)}
        prefix = next(word for pid in started for word in pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                      if word.startswith("--file-prefix="))
        # A terminal's Ctrl-C is for the whole group.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        output = process.communicate(timeout=TIMEOUT)[0]
        assert process.returncode == 128 + number, (process.returncode, output)
        assert "Traceback" not in output, output
        for pid, handle in started.items():
            assert select.select([handle], [], [], TIMEOUT)[0], f"process {pid} is left"
        assert len(started) == 4, started  # three hosts and mgmd
        assert not runtime_folder(prefix.split("=")[1]).exists(), prefix
    finally:
        process.kill()
        process.wait()
    print(f"{signal.Signals(number).name} after \"{line}\" leaves nothing behind: ok")


if os.geteuid() != 0:
    print("skipped: it takes root")
    sys.exit(SKIPPED)
check_output()
for number, line in ((signal.SIGINT, "mgmd is ready"), (signal.SIGINT, "two joins"), (signal.SIGTERM, "one leaves"),
                     (signal.SIGHUP, "mgmd is ready")):
    check_interruption(number, line)
