"""How long a host waits after it has joined, and how long it gets after it has left: mgmd beside the kernel's multicast
routing, which FRRouting's pimd drives by IGMP and smcroute by commands, on the netdevs of bench_veth.py. Needs root.

A sender sends to a source-specific group, a packet every 60 us or so. The host joins (source, group) by IGMPv3 and
leaves it again, a hundred times. A packet socket at the host's end of the wire has the kernel's own times of its
reports, as they leave, and of the stream's packets, as they arrive: nothing of a program that reads is in them.
"""

import contextlib
import ctypes
import json
import pathlib
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time

from bench_peer import Unavailable
from bench_veth import STREAMS, Namespaces
from frr import Frr, is_there
from mgmd_process import Mgmd, MgmdError

SOURCE, GROUP, PORT = STREAMS["ipv4"][0], "232.1.1.1", 5000
HOST, ROUTER = "192.168.0.2", "192.168.0.1"
LAST_MEMBER_SECONDS = 0.1  # the interval; it is asked twice
LEAVE_SECONDS = 2 * LAST_MEMBER_SECONDS
PERIOD = 50e-6  # seconds that the sender sleeps after a packet
SILENCE = 0.03  # seconds without a packet after which the stream has ended
START_SECONDS = 20  # seconds; only the guard against a hang
ALL_FRAMES, IPV4 = 3, 0x0800
IGMPV3_REPORT, CHANGES = 0x22, {5: "joins", 6: "leaves"}  # ALLOW_NEW_SOURCES, BLOCK_OLD_SOURCES
PR_SET_TIMERSLACK, SO_TIMESTAMPNS, SO_RCVBUFFORCE, PACKET_OUTGOING = 29, 35, 33, 4
MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 46, 47
ROUTERS = {"poll": 'mgmd, idle = "poll"', "sleep": 'mgmd, idle = "sleep"', "pimd": "Linux by pimd",
           "smcroute": "Linux by smcroute"}


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def send():
    """Until the parent ends its line."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
    sender.bind((SOURCE, 0))
    sent, begin = 0, time.monotonic()
    while sent % 256 or not select.select([sys.stdin], [], [], 0)[0]:
        sender.sendto(bytes(100), (GROUP, PORT))
        sent += 1
        time.sleep(PERIOD)  # the stream's rate
    print(json.dumps({"packets_per_second": sent / (time.monotonic() - begin)}))


def change_in(packet):
    """What a report of IGMPv3 says of the group for the first time or again; None of others, and of answers."""
    report = packet[4 * (packet[0] & 15):]
    at = 8
    for _ in range(struct.unpack(">H", report[6:8])[0] if report[0] == IGMPV3_REPORT else 0):
        kind, sources, group = report[at], struct.unpack(">H", report[at + 2:at + 4])[0], report[at + 4:at + 8]
        if group == socket.inet_aton(GROUP) and kind in CHANGES:
            return CHANGES[kind]
        at += 8 + 4 * sources
    return None


class Wire:
    """What leaves the host and what comes to it, with the kernel's times in ns."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("sink0", ALL_FRAMES))  # a socket for one protocol sees nothing that leaves

    def next(self, seconds):
        """("joins", "leaves" or "packet", time); (None, None) after so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet, beside, _, address = self._socket.recvmsg(256, 64)
            except TimeoutError:
                break
            seconds_then, nanoseconds = struct.unpack("@qq", beside[0][2][:16])
            then = 1_000_000_000 * seconds_then + nanoseconds
            if address[1] != IPV4:
                continue
            if packet[9] == socket.IPPROTO_IGMP and address[2] == PACKET_OUTGOING:
                if (change := change_in(packet)) is not None:
                    return change, then
            if packet[16:20] == socket.inet_aton(GROUP):
                return "packet", then
        return None, None


class Smcroute:
    """Its daemon in the router's namespace, which is told what a router would hear by IGMP."""

    def __init__(self, control):
        self._control = control

    def change(self, joins):
        """Returns the time before the command."""
        words = ["add" if joins else "remove", "in", SOURCE, GROUP, *(["out0"] if joins else [])]
        text = b"".join(word.encode() + b"\0" for word in words[1:]) + b"\0"
        message = struct.pack("@QHH4x", 16 + len(text), ord("a" if joins else "r"), len(words) - 1) + text
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon:
            daemon.connect(self._control)
            then = time.clock_gettime_ns(time.CLOCK_REALTIME)
            daemon.send(message)
            daemon.recv(256)
        return then


class Igmp:
    """The host's own membership."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", PORT + 1))  # not where the packets go: nobody has to read them
        self._request = struct.pack("=II", socket.if_nametoindex("sink0"), 0) + b"".join(
            struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")
            for address in (GROUP, SOURCE))

    def change(self, joins):
        """Returns the time before the call."""
        then = time.clock_gettime_ns(time.CLOCK_REALTIME)
        self._socket.setsockopt(socket.IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP if joins else MCAST_LEAVE_SOURCE_GROUP,
                                self._request)
        return then


def receive(rounds, control=None):
    """Joins and leaves. us of each round: from the call to the report, from that to the first packet, and from the
    report of the leave to the last packet. With `control`, smcroute's socket, its command is call and report."""
    wire, member = Wire(), Smcroute(control) if control else Igmp()
    own, join, leave = [], [], []

    def wait_for(wanted, since):
        """The time of the first one from then on."""
        while True:
            kind, then = wire.next(START_SECONDS)
            if kind is None:
                raise TimeoutError(f"no {wanted!r} on the wire")
            if kind == wanted and then >= since:
                return then

    def change(joins):
        since = member.change(joins)
        if control:
            return since
        then = wait_for("joins" if joins else "leaves", since)
        own.append((then - since) / 1000)
        return then

    for number in range(rounds + 1):  # the first one begins the stream's state, and does not count
        joined = change(True)
        first = wait_for("packet", joined)
        # At any point of what a router does periodically.
        wait_for("packet", first + 20_000_000 + 7_919_000 * number % 13_000_000)
        left = last = change(False)
        kind = "leaves"
        while kind:
            kind, then = wire.next(SILENCE)
            last = then if kind == "packet" else last
        if number:
            join.append((first - joined) / 1000)
            leave.append((last - left) / 1000)
    print(json.dumps({"own_us": own[1:], "join_us": join, "leave_us": leave}))


@contextlib.contextmanager
def _mgmd(namespaces, directory, mgmd, idle):
    config = directory / "mgmd.toml"
    config.write_text(f"""
[dpdk]
eal_args = ["--lcores=0@0,1@1", "--no-pci"]
workers = [1]
[dataplane]
idle = "{idle}"
[[interface]]
name = "in"
device = "net_af_packet0,iface=in"
addresses = ["10.200.0.1/8"]
[[interface]]
name = "out0"
device = "net_af_packet1,iface=out0"
addresses = ["{ROUTER}/24"]
[igmp]
interfaces = ["in", "out0"]
last_member_query_interval = {LAST_MEMBER_SECONDS}
last_member_query_count = 2
""")
    try:
        with Mgmd(config, directory, binary=mgmd, before=namespaces.enter_router) as router:
            router.wait_for("ready")
            yield None
            router.stop()
    except MgmdError as error:
        raise Unavailable(f"mgmd: {str(error).splitlines()[-1]}") from error


@contextlib.contextmanager
def _pimd(namespaces, directory):
    if not is_there():
        raise Unavailable("FRRouting is not installed")
    directory.chmod(0o711)
    with Frr(directory / "frr", f"""interface in
 ip pim
interface out0
 ip pim
 ip igmp
 ip igmp last-member-query-count 2
 ip igmp last-member-query-interval {round(10 * LAST_MEMBER_SECONDS)}
""", namespaces.enter_router):
        yield None


@contextlib.contextmanager
def _smcroute(namespaces, directory):
    control = directory / "smcroute"
    (directory / "smcroute.conf").write_text("")
    try:
        daemon = subprocess.Popen(["smcrouted", "-n", "-f", directory / "smcroute.conf", "-u", control, "-P",
                                   directory / "smcroute.pid"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, preexec_fn=namespaces.enter_router)
    except OSError as error:
        raise Unavailable(f"smcroute: {error}") from error
    try:
        deadline = time.monotonic() + START_SECONDS
        while not control.exists():
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise Unavailable("smcroute does not start")
            time.sleep(0.01)  # a process of somebody else's starts: nothing tells when
        yield str(control)
    finally:
        daemon.kill()
        daemon.wait()


def _start(namespaces, role, *arguments):
    return subprocess.Popen(["ip", "netns", "exec", namespaces.names[role], "taskset", "--cpu-list", "0",
                             sys.executable, __file__, *map(str, arguments)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(mgmd, router, rounds):
    """Lists of us, and the sender's rate, of one of ROUTERS. Raises Unavailable."""
    with Namespaces(1) as namespaces, tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for role, *words in (("source", "address", "add", f"{SOURCE}/8", "dev", "flood"),
                             ("source", "route", "add", "224.0.0.0/4", "dev", "flood"),
                             ("sinks", "address", "add", f"{HOST}/24", "dev", "sink0"),
                             ("sinks", "route", "add", "default", "via", ROUTER)):
            subprocess.run(["ip", "-n", namespaces.names[role], *words], check=True)
        begin = {"pimd": _pimd, "smcroute": _smcroute}.get(router)
        with begin(namespaces, directory) if begin else _mgmd(namespaces, directory, mgmd, router) as control:
            sender = _start(namespaces, "source", "send")
            try:
                host = _start(namespaces, "sinks", "receive", rounds, *([control] if control else []))
                output, errors = host.communicate()
                if host.returncode != 0:
                    raise Unavailable(f"{ROUTERS[router]}: {errors.strip().splitlines()[-1]}")
                return {**json.loads(output), **json.loads(sender.communicate("\n")[0])}
            finally:
                sender.kill()
                sender.wait()


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send()
    else:
        receive(int(sys.argv[2]), *sys.argv[3:])
