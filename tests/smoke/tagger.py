"""A switch in user space, for kernels without 8021q: a trunk, whose frames are tagged, and access ports for hosts,
whose frames are not, each in a VLAN.

    with Tagger("trunk", {100: "a0", 200: "a1"}) as switch:    # netdevs, which are up

A frame from an access port leaves by the trunk with the tag of its VLAN; with VLAN 0 it is tagged for its priority
alone (IEEE 802.1Q 9.6). One from the trunk leaves, without its tag, by the access port of its VLAN, one without a tag
by that of VLAN 0. A thread of its own does it.
"""

import functools
import selectors
import socket
import struct
import threading

ALL_FRAMES = 3  # ETH_P_ALL
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
AUXDATA = struct.Struct("@IIIHHHH")  # struct tpacket_auxdata
VLAN_VALID = 1 << 4  # TP_STATUS_VLAN_VALID
TAG = 0x8100


def open_wire(netdev, auxdata=False):
    """All frames that arrive there, from here on."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # which receives nothing
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    if auxdata:
        wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.bind((netdev, ALL_FRAMES))
    return wire


class Wires:
    """Has a function called for each wire on which something has come, on a thread of its own, until the block ends."""

    def __init__(self, takes):
        """`takes`: wire -> function that reads of it."""
        self._takes = takes
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.close()
        self._thread.join()
        for wire in (*self._takes, self._stopped):
            wire.close()

    def _run(self):
        with selectors.DefaultSelector() as ready:
            for wire in (*self._takes, self._stopped):
                ready.register(wire, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is self._stopped:
                        return
                    self._takes[key.fileobj](key.fileobj)


class Tagger(Wires):
    def __init__(self, trunk, access, priority=5):
        """`access`: VLAN -> netdev; `priority`: of all tags."""
        self._trunk = open_wire(trunk, auxdata=True)
        self._access = {vlan: open_wire(netdev) for vlan, netdev in access.items()}
        self.priority = priority
        # What came by the trunk so far: (VLAN and priority of its tag or None, the frame without it).
        self.from_trunk = []
        super().__init__({self._trunk: self._take_from_trunk} | {
            wire: functools.partial(self._take_from_access, vlan) for vlan, wire in self._access.items()})

    def send(self, frame, tci):
        """By the trunk, with that tag."""
        self._trunk.send(frame[:12] + struct.pack(">HH", TAG, tci) + frame[12:])

    def _take_from_access(self, vlan, wire):
        self.send(wire.recv(65535), vlan | self.priority << 13)

    def _take_from_trunk(self, _):
        """The kernel takes a tag off before a packet socket is given the frame, and tells it beside."""
        frame, beside, _, _ = self._trunk.recvmsg(65535, socket.CMSG_SPACE(AUXDATA.size))
        tci = None
        for level, kind, data in beside:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, *_, vlan_tci, _ = AUXDATA.unpack(data[:AUXDATA.size])
                if status & VLAN_VALID:
                    tci = vlan_tci
        self.from_trunk.append((tci, frame))
        wire = self._access.get(0 if tci is None else tci & 0xFFF)
        if wire:
            wire.send(frame)
