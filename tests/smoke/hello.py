#!/usr/bin/python3
"""A protocol module speaks on the wire: two mgmd, each in a network namespace of its own, find each other by the Hello
messages of examples/hello_protocol.c in both families, and lose each other by goodbye, by silence, by their link and by
a release; with and without a twin.

Needs root; skipped otherwise.
"""

import pathlib
import tempfile

import hosts
from mgmd_process import Mgmd, default_binary
from wires import enter_network, enter_own_network, ip, small_router

MODULE = pathlib.Path(default_binary()).parents[1] / "examples/libhello_protocol.so"
ADDRESSES = {"here": ("10.0.0.1", "fe80::1"), "there": ("10.0.0.2", "fe80::2")}
LONG = 100  # seconds: nothing is said or lost by time alone


def configuration(directory, name, netdev, hello, hold, tap):
    path = pathlib.Path(directory) / f"{name}.toml"
    addresses = ", ".join(f'"{address}/{24 if "." in address else 64}"' for address in ADDRESSES[name])
    path.write_text(small_router() + f"""
[dataplane]
idle = "sleep"
[[interface]]
name = "lan"
device = "net_af_packet0,iface={netdev}"
addresses = [{addresses}]
tap = {"true" if tap else "false"}
[protocol.hello]
module = "{MODULE}"
component = 1
options = {{ hello = {hello}, hold = {hold} }}
""")
    return path


class Routers:
    """Makes the two."""

    def __init__(self, directory, host, tap):
        self.directory, self.host, self.tap = pathlib.Path(directory), host, tap

    def here(self, hello=LONG, hold=LONG):
        return self._make("here", "w0", hello, hold, None)

    def there(self, hello=LONG, hold=LONG):
        return self._make("there", "eth0", hello, hold, self._enter_there)

    def _make(self, name, netdev, hello, hold, before):
        config = configuration(self.directory, name, netdev, hello, hold, self.tap)
        return Mgmd(config, self.directory / name, before=before)

    def _enter_there(self):
        enter_network(f"/proc/{self.host.process.pid}/ns/net")


class Neighbour:
    """The other router, as one tells of it in its log: in each family what has come once more than before."""

    def __init__(self, router, name):
        self.router, self.addresses = router, ADDRESSES[name]
        self.seen = {}

    def wait_for(self, what, families=(0, 1)):
        for family in families:
            line = f"neighbour {self.addresses[family]} on lan: {what}"
            self.seen[line] = self.seen.get(line, 0) + 1
            self.router.wait_for_log(line, count=self.seen[line])

    def wait_for_up(self, hold=LONG):
        self.wait_for(f"up, held for {hold * 1000} ms")


def check(routers):
    with routers.here() as here:
        here.wait_for("ready")
        there_of_here = Neighbour(here, "there")
        with routers.there() as there:
            here_of_there = Neighbour(there, "here")
            # The one that was first hears the other's first Hello, and answers at once.
            there_of_here.wait_for_up()
            here_of_there.wait_for_up()

            # The link: whoever it is, it is lost with it and found again with it.
            ip("link", "set", "dev", "w0", "down")
            there_of_here.wait_for("down: the link is")
            here_of_there.wait_for("down: the link is")
            ip("link", "set", "dev", "w0", "up")
            there_of_here.wait_for_up()
            here_of_there.wait_for_up()

            # A stop of the whole program: its goodbye leaves before its workers end.
            there.stop()
        there_of_here.wait_for("down: it has said goodbye")

        # Without a goodbye, silence tells.
        with routers.there(hold=1) as there:
            there_of_here.wait_for_up(hold=1)
            there.process.kill()
            there_of_here.wait_for("down: its hold time is over")

        with routers.there() as there:
            here_of_there = Neighbour(there, "here")
            there_of_here.wait_for_up()
            here_of_there.wait_for_up()

            # What the operator takes away in one family the module is told, and the other one stays.
            assert "error" not in here.telemetry("/mgm/release,hello,lan,ipv6")
            there_of_here.wait_for("down: the interface has been released", families=[1])
            here_of_there.wait_for("down: it has said goodbye", families=[1])
            assert "error" not in here.telemetry("/mgm/shutdown,hello")
            there_of_here.wait_for("down: the interface has been released", families=[0])
            here_of_there.wait_for("down: it has said goodbye", families=[0])
            there.stop()
        here.stop()
        assert "left client" not in here.log and "has thrown" not in here.log, here.log


def main():
    enter_own_network()
    for tap in (False, True) if pathlib.Path("/dev/net/tun").exists() else (False,):
        with hosts.Host("w0") as host, tempfile.TemporaryDirectory() as directory:
            check(Routers(directory, host, tap))
        print(f"neighbours come and go{' by addresses of twins' if tap else ''}: ok")


if hosts.is_child():
    hosts.serve()
main()
