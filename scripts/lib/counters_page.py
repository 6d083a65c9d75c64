"""Makes docs/counters.md of the table of everything that is counted (common/counter_table.def).

    counters_page.py ROOT            writes the page
    counters_page.py --check ROOT    exit status 1, and what to do, where the page is behind the table
"""

import ast
import difflib
import pathlib
import re
import sys
import textwrap

TABLE = "common/counter_table.def"
PAGE = "docs/counters.md"

COLUMNS = {
    "MGMD_DROP": "enumerator name scope rule help cause remedy",
    "MGMD_PUNT": "enumerator name help cause remedy",
    "MGMD_LOCAL": "enumerator name rate burst help cause remedy",
    "MGMD_STAGE": "enumerator name help",
    "MGMD_MEMBERSHIP": "enumerator name unit help cause remedy",
    **dict.fromkeys(("MGMD_WORKER", "MGMD_CONTROL", "MGMD_PORT", "MGMD_ROUTE", "MGMD_OIF", "MGMD_INTERFACE",
                     "MGMD_LIMIT"), "field name type unit help cause remedy"),
}
SCOPE_UNITS = {"kPacket": "packets", "kCopy": "copies", "kDevice": "frames"}

SECTIONS = (
    ("Lost packets and copies", ("MGMD_DROP",),
     "`/mgm/drops`; `drops` of the summary, of each route and of `/mgm/route`. A *packet* ended here, all of it; a "
     "*copy* for one oif was not made or not sent, others of the packet may have been; a *frame* was lost by a device, "
     "as the device itself reports. Which test counts each: [dataplane-rules.md](dataplane-rules.md)."),
    ("Packets told to control", ("MGMD_PUNT", "MGMD_LOCAL"),
     "`punts` of the summary: packets without an entry by reason, and local traffic that somebody took by class."),
    ("Workers", ("MGMD_WORKER", "MGMD_STAGE"),
     "`/mgm/workers`; `workers` of the summary; of each worker. Cycles of stages are estimated from one turn in "
     "sixteen, and a stage includes what it calls."),
    ("Control", ("MGMD_CONTROL",), "`/mgm/control`; `control` of the summary."),
    ("Ports", ("MGMD_PORT",), "`ports` of the summary; of each port, most of it as its device counts."),
    ("Routes", ("MGMD_ROUTE",), "`/mgm/routes`, `/mgm/route`; `routes` of the summary; of each multicast route."),
    ("Outgoing interfaces of routes", ("MGMD_OIF",),
     "`/mgm/route`; `oif_packets` in `/mgm/routes` and in the summary, too; of each oif of a route."),
    ("Interfaces", ("MGMD_INTERFACE",), "`/mgm/interfaces`; of each interface."),
    ("IGMP and MLD", ("MGMD_MEMBERSHIP",),
     "Of each interface with a membership router or `join`, in each family. Messages and records are not taken where "
     "one of these counts them, but for `foreign`."),
    ("Limits", ("MGMD_LIMIT",), "`/mgm/limits`; `limits` of the summary; of each limit of MFEs in `[limits]`."),
)

HEAD = f"""# Counters

What mgmd counts, what that means, why it usually grows and what then helps. A counter only grows, from the
start of mgmd on; a gauge goes up and down, or is the largest value so far. `/mgm/counter,NAME` says the same of one
name on the telemetry socket ([operating.md](operating.md#telemetry)).

Not in it: what an output could not write, which it says itself, by the event `events_lost` or a line of the log
([operating.md](operating.md#output)); and the MIB's counters of a stream, which clients of the Group Manager read by
`MgmGetMfeStats` and its kin under Windows' names ([mgm.h](../control/mgm/mgm.h)).

This page is made of [{TABLE}](../{TABLE}) by `scripts/lib/counters_page.py .`; a test says
when it is out of date.
"""


def read_rows(text):
    """[(macro, {column: value})] in the order of the table."""
    rows = []
    for match in re.finditer(r"^(MGMD_\w+)\((.*?)\)$", text, re.MULTILINE | re.DOTALL):
        macro, arguments = match.groups()
        # Literals next to each other are one, as in C++; commas stand outside of literals, or inside.
        parts = re.findall(r'((?:"(?:[^"\\]|\\.)*"\s*)+|\w+)\s*(?:,|$)', arguments)
        values = ["".join(ast.literal_eval(literal) for literal in re.findall(r'"(?:[^"\\]|\\.)*"', part))
                  if part.startswith('"') else part for part in parts]
        names = COLUMNS[macro].split()
        assert len(values) == len(names), f"{macro}: {len(values)} columns instead of {len(names)}: {values}"
        rows.append((macro, dict(zip(names, values))))
    return rows


def cells(macro, row):
    """What the page shows of a row."""
    name, unit, kind = row["name"], row.get("unit", "packets"), row.get("type", "kCounter")
    if macro == "MGMD_DROP":
        unit = SCOPE_UNITS[row["scope"]]
    if macro == "MGMD_STAGE":
        name, unit = f"{name}_cycles", "cycles"
    shown = [f"`{name}`", kind[1:].lower(), unit, row["help"], row.get("cause", "-"), row.get("remedy", "-")]
    return shown + ([row["rule"]] if macro == "MGMD_DROP" else [])


def make_page(text):
    rows = read_rows(text)
    lines = [HEAD]
    for title, macros, where in SECTIONS:
        head = ["name", "type", "unit", "what is counted", "usual cause", "remedy"]
        if macros == ("MGMD_DROP",):
            head.append("rule")
        lines += [f"## {title}\n", f"{textwrap.fill(where, 120)}\n"]
        lines += [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        lines += [f"| {' | '.join(cells(macro, row))} |" for macro, row in rows if macro in macros]
        lines.append("")
    return "\n".join(lines)


def main():
    *check, root = sys.argv[1:]
    root = pathlib.Path(root)
    page = root / PAGE
    made = make_page((root / TABLE).read_text())
    if not check:
        page.write_text(made)
        return 0
    behind = list(difflib.unified_diff(page.read_text().splitlines(), made.splitlines(), PAGE, TABLE, lineterm=""))
    if behind:
        print("\n".join(behind), f"\n{PAGE} is behind {TABLE}: scripts/lib/counters_page.py .")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
