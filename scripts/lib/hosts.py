"""Hosts: children in network namespaces of their own, each at the other end of a veth of ours.

    def ping(address): ...              # runs in the child
    if hosts.is_child():
        hosts.serve(ping)
    enter_own_network()
    with hosts.Host("lan0", "10.0.0.1/24") as host:
        print(host.call(ping, "10.0.0.254"))

The namespaces have no names and go with the processes, and all devices with them.
"""

import ctypes
import json
import pathlib
import signal
import socket
import subprocess
import sys
import traceback

from netns import CLONE_NEWNET, ip

CHILD = "host"
TIMEOUT = 20  # seconds; only the guard against a hang


def is_child():
    return sys.argv[1:] == [CHILD]


def serve(*functions):
    """The child's side: calls what it is told, and answers what that returns or why it failed. It ends with its parent,
    whom a terminal's Ctrl-C is for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "no network namespace of its own")
    by_name = {function.__name__: function for function in (*functions, configure)}
    assert len(by_name) == len(functions) + 1, "two functions of one name"
    say("namespace")
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            say(by_name[name](*arguments))
        except Exception:  # the parent shows it
            say(traceback.format_exc(), "failure")
    sys.exit(0)


def say(what, kind="answer"):
    """To the parent; a function may answer before it returns, too."""
    print(json.dumps({kind: what}), flush=True)


def configure(*addresses):
    ip("link", "set", "lo", "up")
    ip("link", "set", "eth0", "up")
    for device in ("all", "eth0"):  # streams come from where the host has no route to
        pathlib.Path(f"/proc/sys/net/ipv4/conf/{device}/rp_filter").write_text("0")
    for address in addresses:
        ip("address", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []))


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def multicast_sender(source):
    """A socket of the child's that sends to groups by eth0, from that address, across a few routers."""
    sender = socket.socket(family_of(source), socket.SOCK_DGRAM)
    if sender.family == socket.AF_INET6:
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth0"))
    else:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    sender.bind((source, 0))
    return sender


class Host:
    def __init__(self, name, *addresses):
        """`name`: of our end of its wire; its own is eth0."""
        self.name = name
        self.process = subprocess.Popen([sys.executable, sys.argv[0], CHILD], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.answer() == "namespace"
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.process.pid))
        ip("link", "set", name, "up")
        self.call(configure, *addresses)

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        if failed:
            self.process.kill()  # it may wait for what does not come
        self.process.stdin.close()
        self.process.wait(TIMEOUT)

    def tell(self, function, *arguments):
        """Begins a call; answer() waits for its end."""
        self.process.stdin.write(json.dumps([function.__name__, arguments]) + "\n")
        self.process.stdin.flush()

    def tell_line(self):
        """An empty line, for a call under way that waits for one."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def answer(self):
        said = json.loads(self.process.stdout.readline())
        assert "failure" not in said, f"on the host of {self.name}: {said['failure']}"
        return said["answer"]

    def call(self, function, *arguments):
        self.tell(function, *arguments)
        return self.answer()
