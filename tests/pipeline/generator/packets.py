"""IPv4 packets, Ethernet frames and pcap files in plain Python, from the RFCs alone.

This is the oracle of the pipeline cases: it shares nothing with the code under test. Every header it makes has its
checksum computed from scratch (RFC 1071), never updated from an old one.
"""

import struct

OPTION_END, OPTION_NOP = 0, 1
SENDER_MAC = bytes.fromhex("020000000099")
ANOTHER = bytes.fromhex("020000000001")  # a station that is nobody here
MAC_OF_PORT = bytes.fromhex("024d474d0000")


def address(text):
    return bytes(int(part) for part in text.split("."))


def checksum(header):
    """The header checksum of RFC 1071 over a header of whole 16-bit words, its checksum field taken as it is."""
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def with_checksum(packet):
    size = (packet[0] & 15) * 4
    blank = packet[:10] + b"\0\0" + packet[12:size]
    return packet[:10] + struct.pack(">H", checksum(blank)) + packet[12:]


def payload(size, seed=0):
    """A UDP header without checksum, and octets that differ with place and seed."""
    if size < 8:
        return bytes((seed + i) & 255 for i in range(size))
    body = bytes((seed * 37 + i * 11 + i // 256) & 255 for i in range(size - 8))
    return struct.pack(">4H", 5000, 5001, size & 0xFFFF, 0) + body


def ipv4(source, group, size=26, seed=0, ttl=64, dscp=0, ecn=0, ident=None, df=False, mf=False, offset=0, options=b"",
         protocol=17, version=4, header_words=None, total_length=None, bad_checksum=None, data=None):
    """An IPv4 packet with `size` octets after its header. `offset` in octets. The last few set a field wrongly."""
    options += b"\0" * (-len(options) % 4)
    data = payload(size, seed) if data is None else data
    length = 20 + len(options) + len(data)
    words = 5 + len(options) // 4
    ident = 0x1000 + seed & 0xFFFF if ident is None else ident
    header = struct.pack(">BBHHHBBH4s4s", version << 4 | (words if header_words is None else header_words),
                         dscp << 2 | ecn, length if total_length is None else total_length, ident,
                         0x4000 * df | 0x2000 * mf | offset // 8, ttl, protocol, 0, address(source), address(group))
    header += options
    right = checksum(header)
    value = right if bad_checksum is None else right ^ bad_checksum
    return header[:10] + struct.pack(">H", value) + header[12:] + data


def pseudo_sum(packet, length):
    """The one's complement sum of the pseudo-header of UDP and TCP (RFC 768, RFC 9293 section 3.1)."""
    return checksum(packet[12:20] + struct.pack(">BBH", 0, packet[9], length)) ^ 0xFFFF


def with_transport_checksum(packet, kind="right"):
    """The UDP or TCP packet with its checksum: "right", or "left": as a host leaves it to a network card."""
    size = (packet[0] & 15) * 4
    data = packet[size:]
    place = {17: 6, 6: 16}[packet[9]]
    length = struct.unpack(">H", data[4:6])[0] if packet[9] == 17 else len(data)
    value = pseudo_sum(packet, length)
    if kind == "right":
        blank = data[:place] + b"\0\0" + data[place + 2:length]
        value = checksum(blank + b"\0" * (length % 2) + struct.pack(">H", value))
        if value == 0 and packet[9] == 17:
            value = 0xFFFF
    return packet[:size] + data[:place] + struct.pack(">H", value) + data[place + 2:]


def source_of(packet):
    return ".".join(str(octet) for octet in packet[12:16])


def group_of(packet):
    return ".".join(str(octet) for octet in packet[16:20])


def split_options(options):
    """The options one by one, each as its octets; ends at the end of options."""
    at = 0
    while at < len(options) and options[at] != OPTION_END:
        size = 1 if options[at] == OPTION_NOP else options[at + 1]
        yield options[at:at + size]
        at += size


def next_hop_copy(packet):
    """The packet as the next hop gets it, before any fragmentation."""
    assert packet[8] >= 2
    return with_checksum(packet[:8] + bytes([packet[8] - 1]) + packet[9:])


def fragments(packet, mtu):
    """The packets that it becomes on a link of this MTU (RFC 791 section 3.2, example of a fragmentation procedure)."""
    if len(packet) <= mtu:
        return [packet]
    size = (packet[0] & 15) * 4
    later_options = b"".join(option for option in split_options(packet[20:size]) if option[0] & 0x80)
    later_options += b"\0" * (-len(later_options) % 4)
    flags, first = struct.unpack(">H", packet[6:8])[0] >> 13, struct.unpack(">H", packet[6:8])[0] & 0x1FFF
    assert not flags & 2, "Don't Fragment is set"
    rest, made, options = packet[size:], [], packet[20:size]
    while rest:
        head = 20 + len(options)
        blocks = (mtu - head) // 8
        piece = rest if head + len(rest) <= mtu else rest[:blocks * 8]
        rest = rest[len(piece):]
        more = bool(rest) or bool(flags & 1)
        header = bytes([0x40 | head // 4]) + packet[1:2] + struct.pack(">H", head + len(piece)) + packet[4:6]
        header += struct.pack(">H", (flags & 4) << 13 | more << 13 | first) + packet[8:10] + b"\0\0" + packet[12:20]
        made.append(with_checksum(header + options + piece))
        first += len(piece) // 8
        options = later_options
    assert b"".join(one[(one[0] & 15) * 4:] for one in made) == packet[size:]
    return made


def group_mac(packet):
    """RFC 1112 section 6.4: 01-00-5E and the low 23 bits of the group."""
    return bytes([0x01, 0x00, 0x5E, packet[17] & 0x7F, packet[18], packet[19]])


def ethernet(destination, source, packet, tags=(), ethertype=0x0800):
    frame = destination + source
    for tag in tags:
        frame += struct.pack(">HH", 0x8100, tag)
    return frame + struct.pack(">H", ethertype) + packet


def port_mac(number):
    """What the runner gives to the port that is the number-th in the configuration, from 1."""
    return MAC_OF_PORT[:5] + bytes([number])


def pcap(frames):
    """A classic pcap file, microseconds, Ethernet. Its times say the order only."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for number, frame in enumerate(frames):
        data += struct.pack("<IIII", 0, number, len(frame), len(frame)) + frame
    return data
