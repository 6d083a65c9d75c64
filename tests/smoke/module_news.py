#!/usr/bin/python3
"""A protocol module is told what happens to links, addresses and routes while mgmd runs, with a twin and without one,
in both families; and a thread of its own comes back to the control thread.

Needs root; skipped otherwise.
"""

import pathlib
import sys
import tempfile

from mgmd_process import Mgmd, default_binary
from wires import SKIPPED, Wire, configuration, enter_own_network, ip

MODULE = pathlib.Path(default_binary()).parents[1] / "tests/modules/libtold_protocol.so"

# What is done, and the line that it makes.
STEPS = (
    ("address add 10.9.9.9/24 dev lan", "link lan: up 1500 10.0.0.254/24 10.9.9.9/24 "),
    ("address del 10.0.0.254/24 dev lan", "link lan: up 1500 10.9.9.9/24 "),
    ("address add 10.0.0.254/24 dev lan", "link lan: up 1500 10.9.9.9/24 10.0.0.254/24 "),
    ("address add 2001:db8::fd/64 dev lan nodad", "2001:db8::fd/64"),
    ("link set dev w0 mtu 1400", "link lan: up 1400 10.9.9.9/24"),
    ("link set dev w0 mtu 1500", "link lan: up 1500 10.9.9.9/24"),
    ("link set dev w1 mtu 1300", "link dn: up 1300 10.1.0.254/24 2001:db8:1::fe/64"),
    ("link set dev w1 down", "link dn: down 1300 10.1.0.254/24"),
    ("link set dev w1 up", "link dn: up 1300 10.1.0.254/24"),
    ("-4 route add 10.50.0.0/16 via 10.0.0.1 dev lan metric 7", "routes 10.50.0.0/16: lan via 10.0.0.1 metric 7"),
    ("-4 route add 10.50.0.0/16 via 10.0.0.1 dev lan metric 3", "routes 10.50.0.0/16: lan via 10.0.0.1 metric 3"),
    ("-4 route del 10.50.0.0/16 metric 3", "routes 10.50.0.0/16: lan via 10.0.0.1 metric 7"),
    ("-4 route del 10.50.0.0/16", "routes 10.50.0.0/16: none"),
    ("-6 route add 2001:db8:50::/48 via fe80::7 dev lan metric 9",
     "routes 2001:db8:50::/48: lan via fe80::7 metric 9"),
    ("-6 route del 2001:db8:50::/48", "routes 2001:db8:50::/48: none"),
)


def check(directory, devices):
    config = configuration(directory, devices, more=f"""
[rib]
kernel = true
[protocol.told]
module = "{MODULE}"
component = 1
""")
    text = config.read_text()
    assert text.count('name = "lan"\n') == 1
    config.write_text(text.replace('name = "lan"\n', 'name = "lan"\ntap = true\n'))
    with Mgmd(config, directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for_log("told: link lan: up 1500\n")  # the host has no address there yet
        mgmd.wait_for_log("told: link dn: up 1500 10.1.0.254/24 2001:db8:1::fe/64\n")
        mgmd.wait_for_log("told: posted")
        # Duplicate address detection is over, of the one and of the other.
        for address in ("2001:db8::fe/64", "fe80:"):
            mgmd.wait_for_log(f" {address}")
        for command, line in STEPS:
            before = mgmd.log.count(line)
            ip(*command.split())
            mgmd.wait_for_log(line, count=before + 1)
        mgmd.stop()


enter_own_network()
if not pathlib.Path("/dev/net/tun").exists():
    print("skipped: there is no /dev/net/tun for a twin")
    sys.exit(SKIPPED)
wires = [Wire(name) for name in ("w0", "w1")]
with tempfile.TemporaryDirectory() as scratch:
    check(scratch, {"lan": "net_af_packet0,iface=w0", "dn": "net_af_packet1,iface=w1"})
print("a module is told of links, addresses and routes: ok")
