#!/usr/bin/python3
"""What mgmd may do: as it starts, what ports are opened with; from "ready" on, what they may need again. On every
thread, DPDK's included, whoever has started it; and nothing more for what it executes."""

import ctypes
import os
import pathlib
import subprocess
import tempfile

from mgmd_process import ROOT, Mgmd, default_binary
from wires import Wire, configuration, enter_own_network, ip, numbered, wait_for_device

NUMBERS = {"CAP_NET_BIND_SERVICE": 10, "CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_IPC_LOCK": 14, "CAP_SYS_ADMIN": 21}
NOBODY = 65534
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2
libc = ctypes.CDLL(None, use_errno=True)


class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "a system call failed")


def as_nobody(*capabilities):
    """Run in the new process: another user's, with these capabilities, which it hands on to what it executes."""

    def become():
        mask = sum(1 << NUMBERS[name] for name in capabilities)
        checked(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        sets = (Sets * 2)(Sets(mask, mask, mask), Sets(0, 0, 0))
        checked(libc.capset(ctypes.byref(Header(0x20080522, 0)), sets))
        for name in capabilities:
            checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, NUMBERS[name], 0, 0))

    return become


def expect(mgmd, *names):
    """Every thread has these capabilities, may use them, hands none on and gets no others."""
    wanted = f"{sum(1 << NUMBERS[name] for name in names):016x}"
    none = f"{0:016x}"
    seen = set()
    for task in pathlib.Path(f"/proc/{mgmd.process.pid}/task").iterdir():
        lines = (line.split(":\t") for line in (task / "status").read_text().splitlines() if ":\t" in line)
        status = {name: value.strip() for name, value in lines}
        seen.add(status["Name"])
        assert (status["CapPrm"], status["CapEff"]) == (wanted, wanted), (status, names)
        assert (status["CapInh"], status["CapAmb"], status["NoNewPrivs"]) == (none, none, "1"), status
    assert {"eal-intr-thread", "rte-worker-1", "log"} <= seen, seen


def null_devices():
    return {"in0": "net_null0,no-rx=1", "out1": "net_null1,no-rx=1"}


def check_nothing_is_kept_that_nothing_needs(directory):
    with Mgmd(configuration(directory, null_devices()), directory) as mgmd:
        mgmd.wait_for("ready")
        expect(mgmd)
        mgmd.stop()
        assert "capabilities: none" in mgmd.log, mgmd.log


def check_while_it_starts(directory):
    """Ports are open and a module starts: more is there than what the ports may need again."""
    gate = pathlib.Path(directory) / "gate"
    os.mkfifo(gate)
    module = f"""
[protocol.stubborn]
module    = "{pathlib.Path(default_binary()).parents[1] / "tests/modules/libstubborn_protocol.so"}"
component = 1
options   = {{ interface = "late1", hang = "pfnStart", gate = "{gate}" }}
"""
    devices = null_devices()
    path = configuration(directory, devices, more=module)
    path.write_text(path.read_text() + '[[interface]]\nname = "late1"\ndevice = "net_null2,no-rx=1"\n')
    with Mgmd(path, directory) as mgmd:
        mgmd.wait_for_log("stands still")
        expect(mgmd, "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK")
        os.close(os.open(gate, os.O_WRONLY))
        mgmd.wait_for("ready")
        expect(mgmd)
        mgmd.stop()


def check_ports_keep_what_they_may_need_again(directory):
    """What was changed on the host is put back with that."""
    for driver, kept in (("net_af_packet", ("CAP_NET_ADMIN", "CAP_NET_RAW")), ("net_af_xdp", ("CAP_NET_ADMIN",))):
        source, receiver = Wire("in0", mtu=1400), Wire("out1")
        devices = {wire.name: f"{driver}{n},iface={wire.name}" for n, wire in enumerate((source, receiver))}
        with Mgmd(configuration(directory, devices), directory) as mgmd:
            mgmd.wait_for("ready")
            expect(mgmd, *kept)
            source.send(*numbered(3))
            assert len(receiver.receive(3)) == 3
            mgmd.stop()
        for wire, mtu in ((source, 1400), (receiver, 1500)):
            link = wire.link()
            assert link["mtu"] == mtu and "PROMISC" not in link["flags"] and "xdp" not in link, (driver, link)
            ip("link", "del", "dev", wire.name)
    taps = {"in0": "net_tap0,iface=in0", "out1": "net_tap1,iface=out1"}
    for devices, keys in ((taps, ""), (null_devices(), "tap = true")):
        with Mgmd(configuration(directory, devices, interface_keys=keys), directory) as mgmd:
            mgmd.wait_for("ready")
            expect(mgmd, "CAP_NET_ADMIN")
            mgmd.stop()
            assert "Operation not permitted" not in mgmd.log, mgmd.log


def check_late_ports_keep_what_they_are_opened_with(directory):
    """As nobody's process, too."""
    netdevs = {name: f"net_af_packet{n},iface={name}" for n, name in enumerate(("in0", "out1"))}
    xdp = {name: f"net_af_xdp{n},iface={name}" for n, name in enumerate(("in0", "out1"))}
    cards = {"in0": "ffff:ff:1f.6", "out1": "ffff:ff:1f.7"}
    all_of_it = ("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK")
    for devices, kept in ((xdp, (*all_of_it, "CAP_SYS_ADMIN")), (cards, all_of_it), (netdevs, all_of_it[:2])):
        with Mgmd(configuration(directory, devices, memory=512, interface_keys="late = true"), directory,
                  before=as_nobody(*all_of_it, "CAP_SYS_ADMIN")) as mgmd:
            mgmd.wait_for("ready")
            expect(mgmd, *kept)
            if devices is netdevs:
                source, receiver = Wire("in0"), Wire("out1")
                for name in devices:
                    wait_for_device(mgmd, name)
                expect(mgmd, *kept)
                source.send(*numbered(3))
                assert len(receiver.receive(3)) == 3
            mgmd.stop()
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


def start_as_nobody(path, *capabilities):
    """Where it does not start."""
    return subprocess.run([default_binary(), "--config", path], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False, preexec_fn=as_nobody(*capabilities))


def check_an_ordinary_user(directory):
    """Without a capability it runs where nothing needs one; with some that nothing needs, it drops them."""
    for capabilities in ((), ("CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE")):
        with Mgmd(configuration(directory, null_devices()), directory, before=as_nobody(*capabilities)) as mgmd:
            mgmd.wait_for("ready")
            expect(mgmd)
            mgmd.stop()
    result = start_as_nobody(configuration(directory, null_devices(), interface_keys="tap = true"))
    assert result.returncode == 1 and result.stderr == (
        "mgmd: interface in0: its device and its twin need CAP_NET_ADMIN, and mgmd has been started without "
        "CAP_NET_ADMIN\n"), result.stderr
    source, receiver = Wire("in0"), Wire("out1")
    devices = {wire.name: f"net_af_packet{n},iface={wire.name}" for n, wire in enumerate((source, receiver))}
    path = configuration(directory, devices)
    with Mgmd(path, directory, before=as_nobody("CAP_NET_ADMIN", "CAP_NET_RAW")) as mgmd:
        mgmd.wait_for("ready")
        expect(mgmd, "CAP_NET_ADMIN", "CAP_NET_RAW")
        source.send(*numbered(3))
        assert len(receiver.receive(3)) == 3
        mgmd.stop()
    needs = "interface in0: its device needs CAP_NET_ADMIN, CAP_NET_RAW, and mgmd has been started"
    for capabilities, missing in (((), "CAP_NET_ADMIN, CAP_NET_RAW"), (("CAP_NET_ADMIN",), "CAP_NET_RAW")):
        result = start_as_nobody(path, *capabilities)
        assert result.returncode == 1 and result.stderr == f"mgmd: {needs} without {missing}\n", result.stderr
    for wire in ("in0", "out1"):
        ip("link", "del", "dev", wire)


enter_own_network()
for check in (check_nothing_is_kept_that_nothing_needs, check_while_it_starts,
              check_ports_keep_what_they_may_need_again, check_late_ports_keep_what_they_are_opened_with,
              check_an_ordinary_user):
    with tempfile.TemporaryDirectory() as scratch:
        if check in (check_an_ordinary_user, check_late_ports_keep_what_they_are_opened_with):
            os.chown(scratch, NOBODY, NOBODY)
            os.environ["RUNTIME_DIRECTORY"] = scratch  # DPDK's: where there is none it would leave /tmp/dpdk behind
        check(scratch)
        print(f"{check.__name__}: ok", flush=True)
