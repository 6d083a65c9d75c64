#!/usr/bin/python3
"""A routing protocol in a shared object shares a stream with the static one, is shut down, and leaves nothing behind;
one that cannot be loaded is an error that names it."""

import pathlib
import re
import subprocess
import tempfile

from mgmd_process import ROOT, Mgmd, default_binary

MODULE = pathlib.Path(default_binary()).parents[1] / "examples/libexample_protocol.so"


def configuration(directory, module):
    """The demo's, with dn2 taken from the static protocol and given to the module, which joins the audio stream's
    group."""
    text = (ROOT / "examples/demo.toml").read_text().replace("out/demo/", f"{directory}/")
    text = text.replace('interfaces = ["up0", "dn1", "dn2", ', 'interfaces = ["up0", "dn1", ')
    text = text.replace('to     = ["dn1", "dn2", ', 'to     = ["dn1", ')
    text = re.sub(r"\n\[log\]", f"""
[protocol.example]
module    = "{module}"
component = 1
options   = {{ interfaces = "dn2", groups = "239.1.1.1" }}

[log]""", text)
    path = pathlib.Path(directory) / "module.toml"
    path.write_text(text)
    return path


def audio(mgmd):
    return next(route for route in mgmd.summary()["routes"] if route["group"] == "239.1.1.1")


with tempfile.TemporaryDirectory() as scratch:
    with Mgmd(configuration(scratch, MODULE), scratch) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        route = audio(mgmd)
        assert "dn2" in route["oifs"] and route["oif_packets"]["dn2"] == 201, route
        assert "error" in mgmd.telemetry("/mgm/release,example,dn1"), "dn1 is the static protocol's"
        steps = mgmd.telemetry("/mgm/shutdown,example")["step"]
        assert any(step.startswith("release dn2") for step in steps) and steps[-1] == "deregister", steps
        mgmd.wait_for("deregistered", client="example")
        assert "dn2" not in audio(mgmd)["oifs"]
        assert "error" in mgmd.telemetry("/mgm/shutdown,example")
        mgmd.stop()
    # Stopped with everything running, mgmd lets the module shut down by itself.
    with Mgmd(configuration(scratch, MODULE), scratch) as mgmd:
        mgmd.wait_for("ready")
        mgmd.stop()
        assert [event for event in mgmd.events if event["event"] == "deregistered" and event["client"] == "example"]
    result = subprocess.run([default_binary(), "--config", configuration(scratch, "no-such-module.so")], cwd=ROOT,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1 and "protocol example: no-such-module.so" in result.stderr, result.stderr
print("a module shares, shuts down and is refused: ok")
