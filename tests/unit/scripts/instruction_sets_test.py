"""Invariant: what is compiled for wide registers has no name that the linker could take for the same function compiled
for any machine.

instruction_sets_test.py LIBRARY...: the libraries of such objects.
"""

import subprocess
import sys


def main():
    lines = subprocess.run(["nm", "-C", "--defined-only", *sys.argv[1:]], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    symbols = [line.split(maxsplit=2)[1:] for line in lines if len(line.split(maxsplit=2)) == 3]
    if not any(kind == "T" for kind, _ in symbols):
        sys.exit("the objects define no function: what was tested?")
    shared = sorted({name for kind, name in symbols if kind in "WVu"})
    sys.exit("\n".join(f"{name}: neither inlined nor of internal linkage" for name in shared) or 0)


main()
