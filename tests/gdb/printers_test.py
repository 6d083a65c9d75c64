"""What gdb shows of mgmd's values with scripts/gdb/mgmd_printers.py.

    printers_test.py PRINTERS PROGRAM     PROGRAM: printed_values
"""

import subprocess
import sys

MANY = ", ".join(f"slot {number} epoch 0" for number in range(20))

# Expression, and what `print` says of it.
PRINTED = [
    ("address4", "10.0.0.1"),
    ("address6", "2001:db8::1"),
    ("prefix", "10.1.0.0/16"),
    ("none4", "no key"),
    ("source_group4", "(10.0.0.1,232.1.1.1)"),
    ("any_source4", "(*,239.1.1.1)"),
    ("range4", "(*,239.1.0.0/16)"),
    ("all4", "(*,*)"),
    ("source_group6", "(2001:db8::1,ff3e::1)"),
    ("any_source6", "(*,ff0e::1)"),
    ("range6", "(*,ff0e:1::/32)"),
    ("all6", "(*,*)"),
    ("interface", "interface 7"),
    ("link", "interface 7/10.0.0.9"),
    ("slot", "slot 3"),
    ("no_slot", "no slot"),
    ("stamp", "slot 3 epoch 2"),
    ("bucket4", "2 taken, 1 displaced = {[0] = (10.0.0.1,232.1.1.1) -> entry 5, [2] = quarantined -> entry 6}"),
    ("bucket6", "1 taken = {[1] = hash 00001235 -> entry 9}"),
    ("negative", "accept no slot, negative, no route"),
    ("fib4->entries_[1]", "accept slot 1 epoch 0, oifs {slot 2 epoch 0, slot 4 epoch 1}"),
    ("fib4->entries_[2]", "accept slot 1 epoch 0, 20 oifs in the overflow arena from 0"),
    ("*line", "slot 3 epoch 2, mtu 9000, ttl threshold 16, {up, enabled}, port 1, vlan 10"),
    ("gate", "slot 3 epoch 2, mtu 9000, ttl threshold 16, {up, enabled}"),
    ("mfe.oil", "{slot 2, slot 4 (igmp suppressed)}"),
    ("mfe", "(10.0.0.1,232.1.1.1), iif slot 1, oifs {slot 2, slot 4 (igmp suppressed)}, timeout 900 s, {alive, drain}"),
]
# Command, and the lines it answers with.
COMMANDS = [
    ("mgmd-fib mgmd::printed::fib4", [
        "(10.0.0.1,232.1.1.1) -> entry 1: accept slot 1 epoch 0, oifs {slot 2 epoch 0, slot 4 epoch 1}",
        f"(*,239.1.0.0/16) -> entry 2: accept slot 1 epoch 0, oifs {{{MANY}}}",
        "2 entries"]),
    ("mgmd-fib *mgmd::printed::fib6 1", [
        "(2001:db8::1,ff3e::1) -> entry 1: accept slot 1 epoch 3, oifs {slot 2 epoch 0, slot 4 epoch 1}",
        "2 entries, 1 shown"]),
    ("mgmd-find mgmd::printed::fib4 239.1.7.7", [
        f"(*,239.1.0.0/16) -> entry 2: accept slot 1 epoch 0, oifs {{{MANY}}}"]),
    ("mgmd-find mgmd::printed::fib6 ff0e::9", ["(*,*) -> entry 2: accept slot 1 epoch 3, negative"]),
]


def main():
    printers, program = sys.argv[1:]
    script = ["set confirm off", "set width 0", "set print address off", f"source {printers}", "break mgmd::Ready",
              "run"]
    commands = [f"print mgmd::printed::{name}" if name[0] != "*" else f"print *mgmd::printed::{name[1:]}"
                for name, _ in PRINTED]
    commands += [command for command, _ in COMMANDS]
    for number, command in enumerate(commands):
        script += [f"echo \\n--- {number}\\n", command]
    script += ["echo \\n---\\n", "kill"]
    words = [word for line in script for word in ("-ex", line)]
    result = subprocess.run(["gdb", "-nx", "-batch", *words, program], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=60)
    answers = {}
    for part in result.stdout.split("\n--- ")[1:]:
        number, _, text = part.partition("\n")
        answers[int(number)] = [line for line in text.split("\n---\n")[0].splitlines() if line]
    wrong = 0
    expected = [[text] for _, text in PRINTED] + [lines for _, lines in COMMANDS]
    for number, lines in enumerate(expected):
        seen = answers.get(number, ["nothing"])
        if number < len(PRINTED):
            seen = [*(line.partition(" = ")[2] for line in seen[:1]), *seen[1:]]  # "$1 = "
        if seen != lines:
            wrong += 1
            print(f"{commands[number]}\n  expected: {lines}\n  seen:     {seen}")
    if wrong:
        print(f"\ngdb said:\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}")
    sys.exit(1 if wrong else 0)


main()
