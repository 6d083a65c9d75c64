"""Meson's wrapper around one test: runs it and records its test cases, since one GoogleTest binary holds many.

    count_cases.py RESULTS COMMAND...     writes RESULTS/<pid>.json: {"test", "passed", "skipped", "failed": [name]}

A test that is no GoogleTest binary is one case. One that ends badly without having said why is one failed case: so are
a crash, a leak found at exit, and a timeout, for which the record is there before the test starts.
"""

import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

SKIPPED = 77  # the exit status by which a test says, to Meson as well, that it cannot run here

results, *command = sys.argv[1:]
name = " ".join([os.path.basename(command[0]), *command[1:]])
record = pathlib.Path(results) / f"{os.getpid()}.json"
report = record.with_suffix(".xml")


def write(passed, skipped, failed):
    record.write_text(json.dumps({"test": name, "passed": passed, "skipped": skipped, "failed": failed}))


write(0, 0, [f"{name} (crashed or timed out)"])
status = subprocess.run(command, env={**os.environ, "GTEST_OUTPUT": f"xml:{report}"}).returncode

passed, skipped, failed = 0, 0, []
if report.exists():
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None:
            failed.append(f"{name}: {case.get('classname')}.{case.get('name')}")
        elif case.get("status") == "notrun" or case.get("result") == "skipped":
            skipped += 1
        else:
            passed += 1
elif status == SKIPPED:
    skipped = 1
elif status == 0:
    passed = 1
if status not in (0, SKIPPED) and not failed:
    failed.append(f"{name} (status {status})")
write(passed, skipped, failed)
sys.exit(status if status >= 0 else 128 - status)
