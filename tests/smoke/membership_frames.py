"""Messages that hosts say, as frames: IGMP's to 224.0.0.22 and MLD's to ff02::16, with what they have to have.

    wire.send(report("10.1.0.1", [(TO_EX, "239.1.1.1", [])]), report("fe80::1", [(ALLOW, "ff0e::1", ["2001:db8::1"])]))
"""

import socket
import struct

from wires import checksum

IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)
IGMP_REPORT, MLD_REPORT = 0x22, 143
MAC = b"\x02\0\0\0\0\x77"


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def report(host, records):
    """IGMPv3's or MLDv2's, by the family of the host; `records`: (type, group, sources)."""
    body = b"".join(struct.pack(">BBH", kind, 0, len(sources)) + packed(group) + b"".join(map(packed, sources))
                    for kind, group, sources in records)
    if ":" in host:
        return mld(host, "ff02::16", struct.pack(">BBHHH", MLD_REPORT, 0, 0, 0, len(records)) + body)
    return igmp(host, "224.0.0.22", struct.pack(">BBHHH", IGMP_REPORT, 0, 0, 0, len(records)) + body)


def old_report(host, version, group):
    """IGMP's of version 1 or 2, MLD's of 1."""
    if ":" in host:
        return mld(host, group, struct.pack(">BBHHH", 131, 0, 0, 0, 0) + packed(group))
    return igmp(host, group, struct.pack(">BBH", 0x12 if version == 1 else 0x16, 0, 0) + packed(group))


def old_leave(host, group):
    """IGMP's of version 2, MLD's of 1."""
    if ":" in host:
        return mld(host, "ff02::2", struct.pack(">BBHHH", 132, 0, 0, 0, 0) + packed(group))
    return igmp(host, "224.0.0.2", struct.pack(">BBH", 0x17, 0, 0) + packed(group))


def igmp(source, destination, message):
    message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
    header = struct.pack(">BBHHHBBH", 0x46, 0xC0, 24 + len(message), 0, 0x4000, 1, 2, 0)
    header += packed(source) + packed(destination) + b"\x94\x04\0\0"
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    to = packed(destination)
    return b"\x01\0\x5e" + bytes([to[1] & 0x7F]) + to[2:] + MAC + b"\x08\0" + header + message


def mld(source, destination, message):
    pseudo = packed(source) + packed(destination) + struct.pack(">II", len(message), 58)
    message = message[:2] + struct.pack(">H", checksum(pseudo + message)) + message[4:]
    header = struct.pack(">IHBB", 0x60000000, 8 + len(message), 0, 1) + packed(source) + packed(destination)
    return b"\x33\x33" + packed(destination)[12:] + MAC + b"\x86\xdd" + header + b"\x3a\0\x05\x02\0\0\x01\0" + message
