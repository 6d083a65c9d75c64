"""Builds what changed and runs the tests nearest to it. Called by scripts/check."""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

import lint_includes
import trees

ROOT = trees.ROOT
TREE = "build-test"
START_SECONDS = 10  # after this no more tests are begun, unless --all
BUILD_SECONDS = 30  # and after this nothing more is compiled
AT_ONCE = 8
FAR = 9  # folders: more than any path has


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")


def distance(test, changed):
    """How many folders up from a changed file the test's folder has its name; a little less if it is named like it."""
    folders = "".join(f"/{word.removeprefix(f'{ROOT}/')}" for word in test["cmd"])
    found = [FAR]
    for path in map(pathlib.PurePath, changed):
        steps = [step for step, folder in enumerate(reversed(path.parent.parts))
                 if folder != "tests" and f"/{folder}/" in folders]
        named = re.search(rf"(^|_){re.escape(path.stem.removesuffix('_test'))}($|_)", test["name"])
        found += [step - (0.5 if named else 0) for step in steps[:1]]
    return min(found)


def read_by(found, changed):
    """{test: when something was changed, in ns} of what no compiler reads (cases, scripts, examples): by the tests that
    are nearest to it, and by those that are nearest to a test's source which names it."""
    scripts = {word.removeprefix(f"{ROOT}/") for test in found for word in test["cmd"] if word.endswith(".py")}
    sources = {name: (ROOT / name).read_text() for name in {*git("ls-files", "-z", "tests/*.cc"), *scripts} - {""}
               if (ROOT / name).exists()}
    times = collections.defaultdict(int)
    for path in map(pathlib.PurePath, changed):
        if path.suffix in (".cc", ".h", ".c") or not (ROOT / path).exists():
            continue
        name = rf"(from|import) {re.escape(path.stem)}\b" if path.suffix == ".py" else re.escape(path.name)
        for place in [path, *(source for source, text in sources.items() if re.search(name, text))]:
            steps = {test["name"]: distance(test, [place]) for test in found}
            nearest = min(steps.values())
            for test in (test for test, step in steps.items() if step == nearest < FAR):
                times[test] = max(times[test], (ROOT / path).stat().st_mtime_ns)
    return times


def due(found, changed):
    """The tests that are to be built again or have not passed since they were, or since something was changed that they
    read; and those that run nothing that is built: they read the sources."""
    plan = subprocess.run(["ninja", "-C", TREE, "-n"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    stale = set(re.findall(r"Linking (?:static )?target (\S+)", plan))
    passed = trees.passed(TREE)
    read = read_by(found, changed)

    def is_due(test):
        made, begin = passed.get(test["name"], (None, 0))
        return (not test["targets"] or stale & test["targets"] or made != trees.made(TREE, test) or
                read[test["name"]] > begin)

    return [test for test in found if is_due(test)]


def run(chosen):
    """Runs tests that are built, and notes which passed. Returns the exit status."""
    command = ["meson", "test", "-C", TREE, "--no-rebuild", "--quiet", "--print-errorlogs", "--logbase", "check"]
    begin = time.time_ns()
    status = subprocess.run([*command, *(test["name"] for test in chosen)], cwd=ROOT, check=False).returncode
    trees.note_passed(TREE, begin)
    return status


def check(match, everything):
    start = time.monotonic()
    trees.configure(TREE)
    trees.precompile(TREE)
    found = trees.tests(TREE)
    if match:
        chosen = [test for test in found if match in test["name"] or match in test["suites"]]
        if not chosen:
            suites = sorted({suite for test in found for suite in test["suites"]})
            print(f"No test has \"{match}\" in its name, and no suite is called so: {', '.join(suites)}")
            return 1
    else:
        changed = {*git("diff", "-z", "--name-only", "HEAD"), *git("ls-files", "-zo", "--exclude-standard")} - {""}
        chosen = sorted(due(found, changed), key=lambda test: distance(test, changed))
    status, ran = 0, 0
    while ran < len(chosen) and (match or everything or time.monotonic() - start < START_SECONDS):
        batch = chosen[ran:] if match or everything else chosen[ran:ran + AT_ONCE]
        limit = None if match or everything else start + BUILD_SECONDS - time.monotonic()
        targets = trees.targets_of(batch)
        built = trees.ninja(TREE, targets, limit) if targets else 0  # without targets it would build everything
        if built is None:
            break
        if built:
            return built
        status |= run(batch)
        ran += len(batch)
    print(f"{ran} of {len(chosen)} tests run in {time.monotonic() - start:.1f} s" +
          ("" if ran == len(chosen) else "; the others that the change reaches: scripts/check again, or --all"))
    return status


def sample():
    """Files all over the tree, every so many, and the headers that the most files include."""
    names = sorted(name for name in git("ls-files", "-z") if name.endswith((".cc", ".h")) and
                   not name.startswith(("tests/bench", "tests/fuzz", "scripts")))
    included = collections.Counter(
        header for headers in lint_includes.reached(ROOT, names).values() for header in headers if header in names)
    return [name for name, _ in included.most_common(5)] + names[7::16]


def self_time():
    """Changes one file at a time so that it has to be compiled anew, and measures scripts/check."""
    if subprocess.run([sys.executable, __file__, "--all"], cwd=ROOT, check=False).returncode:
        return 1
    times = {}
    for name in sample():
        path = ROOT / name
        text, status = path.read_text(), path.stat()
        try:
            # A declaration makes no code, so what is built from it stays right when the file is put back.
            path.write_text(f"{text}\nstruct SelfTime{time.time_ns()};\n")
            start = time.monotonic()
            done = subprocess.run([sys.executable, __file__], cwd=ROOT, capture_output=True, text=True, check=False)
            times[name] = time.monotonic() - start
        finally:
            path.write_text(text)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        # What there was no time for is not the next file's: it is linked, and taken for passed.
        trees.ninja(TREE)
        trees.note(TREE, {test["name"] for test in trees.tests(TREE)}, time.time_ns())
        said = (done.stdout or done.stderr).splitlines() or [""]
        print(f"{times[name]:6.1f} s  {name:<50}{said[-1]}", flush=True)
        if done.returncode:
            print(done.stdout[-4000:])
            return 1
    ordered = sorted(times.values())
    print(f"{len(times)} files: half in {ordered[len(ordered) // 2]:.1f} s, nine of ten in "
          f"{ordered[len(ordered) * 9 // 10]:.1f} s, the slowest in {ordered[-1]:.1f} s")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/check",
                                     description="Builds what changed and runs the tests nearest to it.")
    parser.add_argument("match", nargs="?", metavar="MATCH",
                        help="these tests alone: with this in the name, or of this suite")
    parser.add_argument("--all", action="store_true", help="all that the change reaches, however long it takes")
    parser.add_argument("--self-time", action="store_true", help="measure this script on changes all over the tree")
    arguments = parser.parse_args()
    sys.exit(self_time() if arguments.self_time else check(arguments.match, arguments.all))


main()
