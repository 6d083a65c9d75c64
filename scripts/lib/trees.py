"""The build trees of scripts/test, scripts/check and scripts/mutate: how each is configured, and what is made before
ninja starts."""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORES = len(os.sched_getaffinity(0))

# Nothing here is measured or debugged: no debug information but lines for the sanitizers' reports, and little
# optimisation, since to compile takes longer than to run.
FAST = ["-Dwerror=true", "-Dprecompiled=true", "-Ddebug=false"]
# Files of one target are compiled together: most of a file's time is its templates, which its neighbours use, too.
TOGETHER = ["-Dunity=on", "-Dunity_size=6"]
GCC = ("gcc", "g++")
CLANG = ("clang-14", "clang++-14")
SANITIZED = ["-Db_lundef=false", "-Dcpp_args=-gline-tables-only", "-Dc_args=-gline-tables-only"]
TREES = {
    "build-test": (GCC, [*FAST, *TOGETHER, "-Doptimization=1"]),
    # Of a copy of the sources, which scripts/mutate breaks: a warning about that is no error.
    "build-mutants": (GCC, [*FAST, "-Doptimization=1", "-Dwerror=false"]),
    "build-asan": (CLANG, [*FAST, *TOGETHER, *SANITIZED, "-Doptimization=0", "-Db_sanitize=address,undefined",
                           "-Dfuzzers=true"]),
    "build-tsan": (CLANG, [*FAST, *TOGETHER, *SANITIZED, "-Doptimization=0", "-Db_sanitize=thread"]),
}

# What ccache has to be told to store what was compiled with a precompiled header: that neither macros before it nor
# __TIME__ in it matter, and that a file beside it says whether it is the same. Nothing of the times of included files:
# who saves one while it is compiled would get the old code ever after.
CCACHE = {"CCACHE_SLOPPINESS": "pch_defines,time_macros", "CCACHE_PCH_EXTSUM": "true"}


def files():
    """The repository's files, tracked or new."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if (ROOT / name).is_file()]


def configure(tree):
    """Configures a tree, if it is new."""
    if (ROOT / tree / "build.ninja").exists():
        return
    (c, cpp), options = TREES[tree]
    ccache = "ccache " if shutil.which("ccache") else ""
    subprocess.run(["meson", "setup", tree, *options], cwd=ROOT, check=True, env={
        **os.environ, "CC": ccache + c, "CXX": ccache + cpp, "CC_LD": "mold", "CXX_LD": "mold"})


def _ways(tree):
    """The ways in which C++ is compiled in a tree: each the words of a command without what is one file's own."""
    commands = []
    for entry in json.loads((ROOT / tree / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        if "precompiled.h" in words:
            commands.append(words[words[0].endswith("ccache"):words.index("-MD")])
    shared = set.intersection(*map(set, commands)) if commands else set()
    folders, ways = {}, collections.defaultdict(list)
    for words in commands:
        flags = []
        words = iter(words)
        for word in words:
            if word == "-isystem":
                folders[next(words)] = True
            elif word == "-include":
                next(words)
            elif word in shared or word[:2] not in ("-D", "-I"):
                flags.append(word)
        ways[frozenset(flags)].append(flags)
    # GCC does without where none fits, and makes one as slowly as it compiles three files; of two that differ in
    # visibility it takes any. Clang needs one for each way.
    gcc = TREES[tree][0] == GCC
    return [[*flags[0], *(word for folder in folders for word in ("-isystem", folder))] for way, flags in ways.items()
            if not gcc or len(flags) > 3 and "-fvisibility=hidden" not in way]


def precompile(tree):
    """Makes what is missing of a tree's precompiled headers."""
    source = ROOT / "scripts/lib/precompiled.h"
    folder = ROOT / tree / "precompiled.h.gch"
    folder.mkdir(exist_ok=True)
    version = subprocess.run([TREES[tree][0][1], "--version"], capture_output=True, check=True).stdout

    def make(command):
        name = hashlib.sha256(source.read_bytes() + version + repr(command).encode()).hexdigest()[:16]
        made = folder / f"{name}.gch"
        if not made.exists():
            clang = ["-fpch-instantiate-templates", "-Xclang", "-fno-pch-timestamp"] if TREES[tree][0] == CLANG else []
            new = made.with_suffix(".new")
            subprocess.run([*command, *clang, "-x", "c++-header", source, "-o", new], cwd=ROOT / tree, check=True)
            made.with_suffix(".gch.sum").write_text(name)
            new.rename(made)

    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        list(pool.map(make, _ways(tree)))


def tests(tree):
    """The tests of a configured tree, as Meson describes them; `suites` has the suites' names alone, `targets` what
    ninja has to build."""
    found = json.loads(subprocess.run(["meson", "introspect", "--tests", "--targets", tree], cwd=ROOT, check=True,
                                      capture_output=True).stdout)
    files = {target["id"]: [str(pathlib.Path(name).relative_to(ROOT / tree)) for name in target["filename"]]
             for target in found["targets"]}
    return [{**test, "suites": {suite.split(":")[-1] for suite in test["suite"]},
             "targets": {name for target in test["depends"] for name in files[target]}} for test in found["tests"]]


def ninja(tree, targets=(), limit=None, output=None):
    """Builds targets of a configured tree, or all. Returns ninja's exit status, or None after `limit` seconds.
    `output`: a file for what it says."""
    process = subprocess.Popen(["ninja", "-C", tree, *targets], cwd=ROOT, env={**os.environ, **CCACHE}, stdout=output)
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # it ends its compilers
        process.wait()
        return None


def targets_of(chosen):
    """What ninja has to build for these tests."""
    return sorted(set().union(*(test["targets"] for test in chosen)))


def made(tree, test):
    """When what a test runs was built, in ns; None: not yet."""
    paths = [ROOT / tree / target for target in test["targets"]]
    return max((path.stat().st_mtime_ns for path in paths), default=0) if all(path.exists() for path in paths) else None


def passed(tree):
    """{test: (made(), when it began)} of the last time that each passed, as note() left it."""
    notes = ROOT / tree / "passes.json"
    return json.loads(notes.read_text()) if notes.exists() else {}


def note_passed(tree, begin):
    """Notes which tests passed in the run of Meson's that began then (time.time_ns()); none, if it left no log."""
    log = max((ROOT / tree / "meson-logs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns, default=None)
    if not log or log.stat().st_mtime_ns < begin:
        return
    results = [json.loads(line) for line in log.read_text().splitlines()]
    note(tree, {result["name"].split(" / ")[-1] for result in results if result["result"] in ("OK", "SKIP")}, begin)


def note(tree, names, begin):
    """Takes tests for passed."""
    notes = passed(tree) | {test["name"]: (made(tree, test), begin) for test in tests(tree) if test["name"] in names}
    (ROOT / tree / "passes.json").write_text(json.dumps(notes))


def main():
    """trees.py TREE [SUITE...]: configures the tree and builds it, or what the tests of these suites need of it."""
    tree, *suites = sys.argv[1:]
    configure(tree)
    precompile(tree)
    chosen = [test for test in tests(tree) if test["suites"] & set(suites)]
    sys.exit(ninja(tree, targets_of(chosen)))


if __name__ == "__main__":
    main()
