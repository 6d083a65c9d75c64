#!/usr/bin/python3
"""Writes the folders of the pipeline cases, or checks that the committed ones are what it would write.

    tests/pipeline/make_cases.py [--check]
"""

import argparse
import pathlib
import shutil
import sys

from generator import (case,  # noqa: F401 (they register)
                       cases_checksums, cases_extensions, cases_forwarding, cases_headers,
                       cases_ipv6, cases_rules, cases_streams)

FOLDER = pathlib.Path(__file__).resolve().parent / "cases"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if anything would change")
    check = parser.parse_args().check

    wanted = {f"{name}/{path}": data for name, make in case.CASES.items() for path, data in make().items()}
    if check:
        present = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
        differing = sorted(path for path in wanted.keys() | present.keys() if wanted.get(path) != present.get(path))
        for path in differing:
            print(f"{path}: not what make_cases.py writes")
        sys.exit(1 if differing else 0)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, data in wanted.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_bytes(data)
    print(f"{len(case.CASES)} cases, {sum(map(len, wanted.values())) // 1024} KiB")


main()
