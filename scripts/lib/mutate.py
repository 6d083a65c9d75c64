"""Builds each mutant of scripts/lib/mutants.toml and runs the tests that must notice. Called by scripts/mutate.

A mutant is one change of one place: `old`, which stands exactly once in `file`, becomes `new`. `tests` are names of
Meson tests. A mutant is killed when one of them fails or hangs; one that does not compile, or whose place is gone, is
an error of the table.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "out/mutate"
COPY = WORK / "tree"
BUILD = WORK / "build"
TEST_SECONDS = 120  # a mutant that runs longer hangs


def copy_tree():
    """The tree as it is here, without rewriting what has not changed, so that only a mutant's files are built anew."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True).stdout.decode().split("\0")
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)
    for path in list(COPY.rglob("*")):
        if path.is_file() and str(path.relative_to(COPY)) not in wanted:
            path.unlink()


def configure():
    if (BUILD / "build.ninja").exists():
        return
    ccache = "ccache " if shutil.which("ccache") else ""
    subprocess.run(["meson", "setup", BUILD, COPY, "-Doptimization=1", "-Ddebug=false", "-Dwerror=false"], check=True,
                   env={**os.environ, "CC": ccache + "gcc", "CXX": ccache + "g++"}, stdout=subprocess.DEVNULL)


def targets_by_test():
    """The file that each Meson test runs, as a target of ninja."""
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", BUILD], check=True,
                                      capture_output=True).stdout)
    return {test["name"]: os.path.relpath(test["cmd"][0], BUILD) for test in tests}


def build(tests, targets):
    unknown = [test for test in tests if test not in targets]
    if unknown:
        return f"no such test: {', '.join(unknown)}"
    result = subprocess.run(["ninja", "-C", BUILD, *sorted({targets[test] for test in tests})], capture_output=True,
                            text=True)
    return None if result.returncode == 0 else "does not build:\n" + result.stdout[-3000:]


def first_failing(tests):
    """The first of the tests that fails; None if all pass."""
    for test in tests:
        result = subprocess.run(["meson", "test", "-C", BUILD, "--no-rebuild", "--timeout-multiplier", "1", test],
                                capture_output=True, timeout=10 * TEST_SECONDS)
        if result.returncode != 0:
            return test
    return None


def try_mutant(mutant, targets):
    """(what became of it, more to say)."""
    path = COPY / mutant["file"]
    if not path.is_file():
        return "error", f"there is no {mutant['file']}"
    text = path.read_text()
    places = text.count(mutant["old"])
    if places != 1:
        return "error", f"`old` stands {places} times in {mutant['file']}"
    path.write_text(text.replace(mutant["old"], mutant["new"]))
    try:
        error = build(mutant["tests"], targets)
        if error:
            return "error", error
        noticed = first_failing(mutant["tests"])
        return ("killed", noticed) if noticed else ("survived", ", ".join(mutant["tests"]) + " passed")
    finally:
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/mutate", description="Checks that tests notice broken code.")
    parser.add_argument("--list", action="store_true", help="only print the mutants")
    parser.add_argument("match", nargs="?", default="", metavar="MATCH",
                        help="only those whose file or description contains it")
    arguments = parser.parse_args()
    mutants = tomllib.loads((ROOT / "scripts/lib/mutants.toml").read_text())["mutant"]
    mutants = [mutant for mutant in mutants if arguments.match in f"{mutant['file']} {mutant['says']}"]
    if arguments.list or not mutants:
        for mutant in mutants:
            print(f"{mutant['file']}: {mutant['says']} ({', '.join(mutant['tests'])})")
        sys.exit(0 if mutants else f"scripts/mutate: no mutant matches {arguments.match!r}")

    copy_tree()
    configure()
    targets = targets_by_test()
    needed = sorted({test for mutant in mutants for test in mutant["tests"]})
    error = build(needed, targets)
    failing = None if error else first_failing(needed)
    if error or failing:
        print(error or f"{failing} fails already on the code as it is")
        sys.exit(1)

    results = {"killed": 0, "survived": 0, "error": 0}
    for mutant in mutants:
        start = time.monotonic()
        print(f"{mutant['file'] + ': ' + mutant['says']:<100} ", end="", flush=True)
        outcome, more = try_mutant(mutant, targets)
        results[outcome] += 1
        print(f"{time.monotonic() - start:5.0f} s  {outcome if outcome == 'killed' else outcome.upper()}: {more}",
              flush=True)
    if results["error"]:
        print(f"{results['error']} mutants could not be tried")
    print(f"{results['killed']} killed, {results['survived']} survived")
    sys.exit(0 if results["killed"] == len(mutants) else 1)


main()
