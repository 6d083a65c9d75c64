#!/usr/bin/python3
"""mgmd as an operator meets it: --check, signals, telemetry, exit statuses, and errors that name what is wrong."""

import json
import pathlib
import signal
import struct
import subprocess
import tempfile

from demo_configuration import DEMO, configuration
from mgmd_process import ROOT, Mgmd, default_binary


def run(*arguments):
    return subprocess.run([default_binary(), *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False)


def check_command_line(directory):
    result = run("--config", str(DEMO), "--check")
    assert result.returncode == 0, result.stderr
    bad = configuration(directory, ('group  = "232.1.1.1"', 'group  = "10.1.1.1"'))
    result = run("--config", str(bad), "--check")
    assert result.returncode == 1
    line = next(n for n, text in enumerate(bad.read_text().splitlines(), 1) if '"10.1.1.1"' in text)
    assert result.stderr.startswith(f"{bad}:{line}:"), result.stderr
    assert "protocol.static.mroute.group" in result.stderr, result.stderr
    assert run("--no-such-option").returncode == 2
    assert "--exit-when-idle" in run("--help").stdout
    assert run("--version").stdout.startswith("mgmd ")


def check_errors_of_the_machine(directory):
    path = configuration(directory, ("net_pcap1,tx_pcap=", "net_nosuch1,tx_pcap="))
    result = run("--config", str(path))
    assert result.returncode == 1
    assert "interface dn1" in result.stderr and "net_nosuch1" in result.stderr, result.stderr
    # The driver returns -1 for it, which is no error number.
    path = configuration(directory, ("rx_pcap=examples/demo/senders.pcap", "rx_pcap=nowhere.pcap"))
    result = run("--config", str(path))
    assert result.returncode == 1
    error = result.stderr.splitlines()[-1]
    assert "interface up0" in error and "nowhere.pcap: No such file or directory" in error, result.stderr
    assert "Operation not permitted" not in error, error
    path = configuration(directory, ('"-m", "256"', '"-m", "16"'))
    result = run("--config", str(path))
    assert result.returncode == 1
    assert "no memory for" in result.stderr and " MB: give them with -m in eal_args" in result.stderr, result.stderr
    path = configuration(directory, ("workers  = [1]", "workers  = [5]"))
    result = run("--config", str(path))
    assert result.returncode == 1
    assert "lcore 5" in result.stderr, result.stderr


def check_exit_when_idle(directory):
    summary = pathlib.Path(directory) / "summary.json"
    result = run("--config", str(configuration(directory)), "--exit-when-idle", "200", "--summary", str(summary),
                 "--", f"--file-prefix=mgmd-idle-{pathlib.Path(directory).name}")
    assert result.returncode == 0, result.stderr
    assert {route["group"]: route["packets"] for route in json.loads(summary.read_text())["routes"]} == {
        "232.1.1.1": 725, "239.1.1.1": 201, "ff3e::8000:1": 201}


def check_signals_and_telemetry(directory):
    with Mgmd(configuration(directory), directory) as mgmd:
        mgmd.wait_for("ready")
        mgmd.wait_for("idle")
        assert len(mgmd.summary()["routes"]) == 3
        routes = mgmd.telemetry("/mgm/routes")
        assert routes["group"] == ["232.1.1.1", "239.1.1.1", "ff3e::8000:1"], routes
        assert routes["packets"] == [725, 201, 201], routes
        assert routes["next"] == "" and routes["total"] == 3, routes
        assert mgmd.telemetry("/mgm/routes,239.0.0.0,*")["group"] == ["239.1.1.1", "ff3e::8000:1"]
        assert mgmd.telemetry("/mgm/routes,ff00::,*")["group"] == ["ff3e::8000:1"]
        for stream in ("239.1.1.1,10.0.0.2", "ff3e::8000:1,2001:db8::3"):
            assert mgmd.telemetry(f"/mgm/route,{stream}")["oif_packets"] == [201, 201], stream
        assert "error" in mgmd.telemetry("/mgm/routes,x")
        interfaces = mgmd.telemetry("/mgm/interfaces")
        assert sorted(zip(interfaces["family"], interfaces["name"])) == [
            ("ipv4", "dn1"), ("ipv4", "dn2"), ("ipv4", "dn3v10"), ("ipv4", "dn3v20"), ("ipv4", "up0"),
            ("ipv6", "dn1"), ("ipv6", "dn3v20"), ("ipv6", "up0")], interfaces
        assert set(interfaces["owner"]) == {"static"}, interfaces
        assert mgmd.telemetry("/mgm/drops")["no_consumer"] > 0  # a host's IGMP and MLD reports
        assert mgmd.telemetry("/mgm/workers")["packets"] == [1139]
        assert "error" in mgmd.telemetry("/mgm/release,static,nosuch")
        assert "error" in mgmd.telemetry("/mgm/release,pim,dn1")
        assert "error" in mgmd.telemetry("/mgm/release,static")

        reply = mgmd.telemetry("/mgm/release,static,dn1")
        assert any("grace period" in step for step in reply["step"]), reply
        mgmd.wait_for("release", interface="dn1")
        assert all("dn1" not in route["oifs"] for route in mgmd.summary()["routes"])
        assert "deregister" in mgmd.telemetry("/mgm/shutdown,static")["step"]
        assert mgmd.summary()["routes"] == []
        assert "error" in mgmd.telemetry("/mgm/shutdown,static")
        mgmd.process.send_signal(signal.SIGINT)
        assert mgmd.process.wait(30) == 0


def check_sizes_follow_devices(directory):
    """In the memory that mgmd chooses itself: many ports, queues of many workers, long frames, an endless capture."""
    capture = pathlib.Path(directory) / "endless.pcap"
    with capture.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for number in range(9000):
            size = 4000 if number % 100 == 0 else 100
            file.write(struct.pack("<IIII", 0, number, size, size) + bytes(size))
    endless = f"net_pcap0,rx_pcap={capture},infinite_rx=1,tx_pcap={directory}/out.pcap"
    configurations = {
        "many ports": (1, [f"net_null{n},no-rx=1" for n in range(32)], ""),
        "many workers": (3, [f"net_null{n},no-rx=1" for n in range(8)], ""),
        "long frames": (1, ["net_null0,no-rx=1", "net_null1,no-rx=1"], "mtu = 9000"),
        "few buffers": (1, [endless], "[limits]\nmbufs = 100"),
        "an endless capture": (1, [endless], ""),
    }
    for name, (workers, devices, more) in configurations.items():
        path = pathlib.Path(directory) / "sizes.toml"
        text = (f'[dpdk]\neal_args = ["--lcores=(0-{workers})@0", "--no-pci"]\n'
                f'workers = {list(range(1, workers + 1))}\n')
        text += more + "\n" if more.startswith("[") else "[limits]\n"
        text += "pending_packets = 64\n"
        for number, device in enumerate(devices):
            text += f'[[interface]]\nname = "p{number}"\ndevice = "{device}"\n'
            text += "" if more.startswith("[") else more + "\n"
        path.write_text(text)
        assert run("--config", str(path), "--check").returncode == 0, name
        with Mgmd(path, directory) as mgmd:
            mgmd.wait_for("ready")
            mgmd.stop()


def check_one_for_each_file_prefix(directory):
    config = configuration(directory)
    with Mgmd(config, directory) as first:
        ready = first.wait_for("ready")
        folder = pathlib.Path(ready["telemetry"]).parent
        # EAL shares nothing here (--no-shconf) and would start.
        second = run("--config", str(config), "--", f"--file-prefix={folder.name}")
        assert second.returncode == 1, second.stderr
        assert f"pid {first.process.pid}," in second.stderr and folder.name in second.stderr, second.stderr
        assert first.telemetry("/mgm/workers")["packets"], "the first has kept its socket"
        first.stop()
        assert not folder.exists()
    with Mgmd(config, directory) as killed:
        folder = pathlib.Path(killed.wait_for("ready")["telemetry"]).parent
        killed.process.kill()
        killed.process.wait()
        assert folder.exists()
        with Mgmd(config, directory) as next_one:
            next_one.wait_for("ready")
            assert not folder.exists()
            next_one.stop()


def check_warnings(directory):
    path = configuration(directory, ('group  = "232.1.1.1"\n', 'group  = "239.0.0.0/8"\n'),
                         ('  source = "10.0.0.1"\n', ""),
                         ('  from   = "up0"\n  source = "10.0.0.2"\n', '  from   = "dn1"\n'),
                         ('"239.1.1.1"\n  to     = ["dn1", "dn3v20"]', '"239.1.1.1"\n  to     = ["up0"]'))
    result = run("--config", str(path), "--check")
    assert result.returncode == 0 and result.stdout == f"{path}: ok\n", result
    lines = [number for number, line in enumerate(path.read_text().splitlines(), 1)
             if line.strip().startswith("[[protocol.static.mroute]]")]
    assert result.stderr.startswith(f"{path}:{lines[1]}:3: protocol.static.mroute: warning: 239.1.1.1 "), result.stderr
    assert f"line {lines[0]} " in result.stderr, result.stderr
    result = run("--config", str(path), "--exit-when-idle", "100", "--",
                 f"--file-prefix=mgmd-warnings-{pathlib.Path(directory).name}")
    assert result.returncode == 0 and f"{path}:{lines[1]}:3: " in result.stderr, result.stderr


with tempfile.TemporaryDirectory() as scratch:
    for check in (check_command_line, check_errors_of_the_machine, check_exit_when_idle, check_signals_and_telemetry,
                  check_sizes_follow_devices, check_one_for_each_file_prefix, check_warnings):
        check(scratch)
        print(f"{check.__name__}: ok")
