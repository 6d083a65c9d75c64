"""Builds each mutant of scripts/lib/mutants/ and runs the tests that must notice. Called by scripts/mutate.

A mutant is one change of one place: `old`, which stands exactly once in `file`, becomes `new`. `tests` are names of
Meson tests. A mutant is killed when one of them fails, or runs longer than Meson lets it; one that does not compile, or
whose place is gone, is an error of the table.
"""

import argparse
import shutil
import subprocess
import sys
import time
import tomllib

import trees

ROOT = trees.ROOT
COPY = ROOT / "out/mutate"
TREE = "build-mutants"  # of the copy


def mutants():
    """The rows of all tables."""
    for table in sorted((ROOT / "scripts/lib/mutants").glob("*.toml")):
        yield from tomllib.loads(table.read_text())["mutant"]


def copy_tree():
    """The tree as it is here, without rewriting what has not changed, so that only a mutant's files are built anew."""
    wanted = set(trees.files())
    for name in wanted:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)
    for path in list(COPY.rglob("*")):
        name = path.relative_to(COPY)
        if path.is_file() and str(name) not in wanted and name.parts[0] != TREE:
            path.unlink()


def build(names, tests):
    """Builds what the tests of these names run. What is wrong, or None."""
    unknown = [name for name in names if name not in tests]
    if unknown:
        return f"no such test: {', '.join(unknown)}"
    with (COPY / TREE / "ninja.log").open("w+") as log:
        if trees.ninja(TREE, trees.targets_of([tests[name] for name in names]), output=log) == 0:
            return None
        log.seek(0)
        return "does not build:\n" + log.read()[-3000:]


def first_failing(names):
    """The first of the tests that fails; None if all pass."""
    for name in names:
        result = subprocess.run(["meson", "test", "-C", COPY / TREE, "--no-rebuild", name], capture_output=True)
        if result.returncode != 0:
            return name
    return None


def try_mutant(mutant, tests):
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
        error = build(mutant["tests"], tests)
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
    chosen = [mutant for mutant in mutants() if arguments.match in f"{mutant['file']} {mutant['says']}"]
    if arguments.list or not chosen:
        for mutant in chosen:
            print(f"{mutant['file']}: {mutant['says']} ({', '.join(mutant['tests'])})")
        sys.exit(0 if chosen else f"scripts/mutate: no mutant matches {arguments.match!r}")

    copy_tree()
    trees.ROOT = COPY  # from here on, its trees are the copy's
    trees.configure(TREE)
    trees.precompile(TREE)
    tests = {test["name"]: test for test in trees.tests(TREE)}
    needed = sorted({test for mutant in chosen for test in mutant["tests"]})
    error = build(needed, tests)
    failing = None if error else first_failing(needed)
    if error or failing:
        print(error or f"{failing} fails already on the code as it is")
        sys.exit(1)

    results = {"killed": 0, "survived": 0, "error": 0}
    for mutant in chosen:
        start = time.monotonic()
        print(f"{mutant['file'] + ': ' + mutant['says']:<100} ", end="", flush=True)
        outcome, more = try_mutant(mutant, tests)
        results[outcome] += 1
        print(f"{time.monotonic() - start:5.0f} s  {outcome if outcome == 'killed' else outcome.upper()}: {more}",
              flush=True)
    if results["error"]:
        print(f"{results['error']} mutants could not be tried")
    print(f"{results['killed']} killed, {results['survived']} survived")
    sys.exit(0 if results["killed"] == len(chosen) else 1)


main()
