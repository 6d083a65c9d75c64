"""The demo: real multicast through mgmd, what became of it, and a protocol's shutdown. Called by scripts/run."""

import pathlib
import re
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

from mgmd_process import ROOT, Mgmd, MgmdError  # noqa: E402
from tables import drops_table, ports_table, routes_table, table  # noqa: E402

CONFIG = "examples/demo.toml"
OUT = "out/demo"


def output_captures():
    """(interface, file) for each device of the configuration that writes what it sends to a file."""
    interfaces = tomllib.loads((ROOT / CONFIG).read_text())["interface"]
    found = [(each["name"], re.search(r"tx_pcap=([^,]+)", each.get("device", ""))) for each in interfaces]
    return [(name, match[1]) for name, match in found if match]


def show_event(event):
    """The event as a line; what the tables show anyway is left out."""
    if event["event"] in ("idle", "summary_written"):
        return
    fields = [f"{key}={','.join(value) if isinstance(value, list) else value}" for key, value in event.items()
              if key not in ("event", "time", "steps")]
    print(f"  {event['event']:<18} {' '.join(fields)}".rstrip(), flush=True)


def steps_table(reply):
    """The steps of a shutdown, by their numbers; but for those that changed nothing in a microsecond at most."""
    steps = zip(range(1, reply["steps"] + 1), reply["step"], reply["us"], reply["count"])
    return table(["#", "step", "us", "count"], [row for row in steps if row[3] or row[2] > 1])


def main():
    captures = output_captures()
    for _, capture in captures:
        (ROOT / capture).parent.mkdir(parents=True, exist_ok=True)

    print(f"mgmd --config {CONFIG}, event by event:\n")
    with Mgmd(CONFIG, ROOT / OUT, on_event=show_event) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        summary = mgmd.summary()
        print(f"\nRoutes\n\n{routes_table(summary)}")
        print(f"\nPorts\n\n{ports_table(summary)}")
        print(f"\nDropped, by reason\n\n{drops_table(summary)}")

        print("\nThe static routing protocol shuts down:\n")
        reply = mgmd.telemetry("/mgm/shutdown,static")
        summary = mgmd.summary()
        print(f"\nIts {reply['steps']} steps, but for those that changed nothing and took a microsecond at most\n\n"
              f"{steps_table(reply)}")
        print(f"\nRoutes\n\n{routes_table(summary)}", flush=True)
        mgmd.stop()

    print("\nWhat each port sent (read with tcpdump -nr FILE):\n")
    print(table(["port", "file", "octets"],
                [(name, capture, (ROOT / capture).stat().st_size) for name, capture in captures]))
    print(f"\nEvents, summary and log: {OUT}/")


try:
    main()
except MgmdError as error:
    sys.exit(f"\n{error}")
