"""Builds and runs every test, one line for each step, and sums up. Called by scripts/test.

One thread builds tree after tree; another tests those that are built. The tests go first where both want a core.
"""

import argparse
import json
import os
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

import trees

ROOT = trees.ROOT
LIB = ROOT / "scripts/lib"
LOGS = ROOT / "out/test"
SKIPPED = 77
LOG_TAIL = 80  # lines of a failed step's log that are shown
SMOKE_TIMEOUT = 120  # seconds for one script

# Single-threaded by design, so what AddressSanitizer and UBSan find there is found without luck.
ASAN_SUITES = ["common", "fib", "epoch", "parser", "pipeline", "mgm", "control", "membership"]
TSAN_SUITES = ["threads"]

SYMBOLIZER = "external_symbolizer_path=/usr/bin/llvm-symbolizer-14"
SANITIZER_ENV = {
    "ASAN_OPTIONS": f"{SYMBOLIZER}:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": f"{SYMBOLIZER}:halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": f"{SYMBOLIZER}:halt_on_error=1:second_deadlock_stack=1",
}

passed, skipped, failed = 0, 0, []
counting, printing = threading.Lock(), threading.Lock()
running = set()  # what would be left behind if this ended now


def count(passed_here=0, skipped_here=0, failed_here=()):
    global passed, skipped
    with counting:
        passed += passed_here
        skipped += skipped_here
        failed.extend(failed_here)


def end(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run_step(title, command, env=None, timeout=None, cwd=ROOT):
    """Runs a command. Returns (exit status, log file, what begins the step's line)."""
    log = LOGS / f"{title.replace('/', '-').replace(' ', '-')}.log"
    start = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen([str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env={**os.environ, **(env or {})},
                                   start_new_session=True)
        running.add(process)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = f"none: killed after {timeout} s"
            end(process)
        running.discard(process)
    return status, log, f"{title:<40}{time.monotonic() - start:7.1f} s  "


def report(line, log=None):
    """One step's line, and the end of its log if it failed."""
    with printing:
        print(line, flush=True)
        if log:
            lines = log.read_text(errors="replace").splitlines()
            print("\n".join(f"    {line}" for line in lines[-LOG_TAIL:]))
            print(f"    (the end of {log.relative_to(ROOT)}, {len(lines)} lines)", flush=True)


def run_case(title, command, **options):
    """A step that is one test case. True if it passed."""
    status, log, line = run_step(title, command, **options)
    if status == SKIPPED:
        count(skipped_here=1)
        report(f"{line}skipped")
    elif status == 0:
        count(passed_here=1)
        report(f"{line}passed")
    else:
        count(failed_here=[title])
        report(f"{line}FAILED (status {status})", log)
    return status == 0


def run_build(title, command, **options):
    """A step that is no test case, but one failed if it fails. True if it succeeded."""
    status, log, line = run_step(title, command, **options)
    if status == 0:
        report(f"{line}done")
        return True
    count(failed_here=[title])
    report(f"{line}FAILED (status {status})", log)
    return False


def build(tree, suites=()):
    """Builds a tree, or of it only what the tests of these suites need."""
    return run_build(f"{tree} build", ["nice", "/usr/bin/python3", LIB / "trees.py", tree, *suites])


def run_meson_tests(title, tree, suites=(), prefix=()):
    """Runs a tree's tests, which are built, and counts their cases. `suites` must have tests."""
    results = ROOT / tree / "test-cases"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    wrapper = [*prefix, "/usr/bin/python3", str(LIB / "count_cases.py"), str(results)]
    # Another tree may be compiled meanwhile, and under a sanitizer without optimisation a test takes ten times as long:
    # the time after which one is taken for one that hangs is far above what any takes.
    begin = time.time_ns()
    status, log, line = run_step(title, [
        "meson", "test", "-C", tree, "--no-rebuild", "--timeout-multiplier", "10", "--print-errorlogs",
        "--wrapper", shlex.join(wrapper),
        *[word for suite in suites for word in ("--suite", suite)]], env=SANITIZER_ENV)
    trees.note_passed(tree, begin)

    records = [json.loads(record.read_text()) for record in sorted(results.glob("*.json"))]
    passed_here = sum(record["passed"] for record in records)
    skipped_here = sum(record["skipped"] for record in records)
    failed_here = [name for record in records for name in record["failed"]]
    if status != 0 and not failed_here:
        failed_here.append(f"meson test (status {status})")
    filled = {suite for test in trees.tests(tree) for suite in test["suites"]}
    failed_here += [f"suite {suite} has no tests" for suite in suites if suite not in filled]

    count(passed_here, skipped_here, [f"{title}: {name}" for name in failed_here])
    report(f"{line}{passed_here} passed" + (f", {len(failed_here)} FAILED" if failed_here else ""),
           log if failed_here else None)


def without_address_randomization():
    """The sanitizers of clang 14 cannot map their shadow memory where a newer kernel randomizes too many bits."""
    command = ["setarch", "--addr-no-randomize"]
    return command if subprocess.run([*command, "true"], capture_output=True).returncode == 0 else []


def plain(long):
    tree = "build-test"
    run_meson_tests(f"{tree} tests", tree)
    installed = ROOT / tree / "installed"
    shutil.rmtree(installed, ignore_errors=True)
    if run_build("install", ["meson", "install", "-C", tree, "--no-rebuild", "--destdir", installed]):
        run_case("installed mgmd --version", [installed / "usr/local/bin/mgmd", "--version"])
    env = {"MGMD": str(ROOT / tree / "control/mgmd"), "PYTHONPATH": str(LIB)}
    for script in sorted((ROOT / "tests/smoke").glob("*")):
        if script.suffix in (".py", ".sh") and os.access(script, os.X_OK):
            interpreter = {".py": "/usr/bin/python3", ".sh": "bash"}[script.suffix]
            run_case(f"smoke {script.stem}", [interpreter, script], env=env, timeout=SMOKE_TIMEOUT)
    if long:
        run_case("many worlds", [ROOT / tree / "tests/unit/membership/membership_property_test"],
                 env={"MEMBERSHIP_WORLDS": "400"})
        run_case("mutants", [ROOT / "scripts/mutate"])


def addresses(fuzz_seconds):
    """Its tree is also the check that clang compiles everything without a warning, and where the fuzzers live."""
    tree = "build-asan"
    run_meson_tests(f"{tree} tests", tree, suites=ASAN_SUITES, prefix=without_address_randomization())
    fuzzers = sorted((ROOT / tree / "tests/fuzz").glob("*_fuzz"))
    for fuzzer in fuzzers:
        grown = ROOT / tree / "fuzz-corpus" / fuzzer.name
        grown.mkdir(parents=True, exist_ok=True)
        seeds = ROOT / "tests/fuzz/corpus" / fuzzer.name
        words = ROOT / "tests/fuzz" / f"{fuzzer.name}.dict"
        dictionary = [f"-dict={words}"] if words.is_file() else []
        run_case(f"{fuzzer.name}", [
            *without_address_randomization(), fuzzer, f"-max_total_time={max(1, fuzz_seconds // len(fuzzers))}",
            f"-artifact_prefix={grown.parent}/{fuzzer.name}-", *dictionary, grown,
            *([seeds] if seeds.is_dir() else [])],
            env=SANITIZER_ENV)


def threads():
    run_meson_tests("build-tsan tests", "build-tsan", suites=TSAN_SUITES, prefix=without_address_randomization())


def build_by_hand():
    """What README says to type, in a copy of what a fresh clone has, by both compilers and as both kinds of build."""
    command = re.search(r"^Building by hand: `([^`]*)`", (ROOT / "README.md").read_text(), re.MULTILINE).group(1)
    for c, cpp in (("gcc", "g++"), ("clang-14", "clang++-14")):
        for kind in ("release", "debugoptimized"):
            clone = LOGS / f"by-hand-{c}-{kind}"
            shutil.rmtree(clone, ignore_errors=True)
            for name in trees.files():
                (clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, clone / name)
            # Its last step is an installation: below the copy.
            assert "--buildtype=release" in command, command
            if run_case(f"by hand {cpp} {kind}",
                        ["bash", "-c", command.replace("--buildtype=release", f"--buildtype={kind}")], cwd=clone,
                        env={"CC": c, "CXX": cpp, "DESTDIR": str(clone / "installed")}):
                run_case(f"by hand {cpp} {kind} mgmd --version", [clone / "installed/usr/local/bin/mgmd", "--version"])
                shutil.rmtree(clone)


def main():
    parser = argparse.ArgumentParser(prog="scripts/test", description="Builds and runs every test.")
    parser.add_argument("--fuzz-seconds", type=int, default=60, metavar="N",
                        help="time for fuzzing, shared by all fuzzers (default: 60)")
    parser.add_argument("--long", action="store_true", help="also build as README says, and run scripts/mutate")
    arguments = parser.parse_args()

    LOGS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    built = queue.SimpleQueue()  # of what is to be tested, in order; None at the end

    def test():
        for work in iter(built.get, None):
            try:
                work()
            except Exception as error:  # a fault of this script's is a failed test, too
                count(failed_here=[repr(error)])

    tester = threading.Thread(target=test, daemon=True)
    tester.start()
    for tree, suites, work in (("build-test", (), lambda: plain(arguments.long)),
                               ("build-asan", (), lambda: addresses(arguments.fuzz_seconds)),
                               ("build-tsan", TSAN_SUITES, threads)):
        if build(tree, suites):
            built.put(work)
    run_case("lint", ["nice", ROOT / "scripts/lint"])
    built.put(None)
    tester.join()
    if arguments.long:
        build_by_hand()

    print(f"\n{(time.monotonic() - start) / 60:.1f} minutes" + (f", {skipped} skipped" if skipped else ""))
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


try:
    main()
finally:
    for process in list(running):
        end(process)
