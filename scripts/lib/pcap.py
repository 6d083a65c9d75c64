"""Classic pcap files as lists of frames: of microseconds or nanoseconds to read, without times to write."""

import pathlib
import struct


def read(path):
    """Every frame of the file, in order."""
    data = pathlib.Path(path).read_bytes()
    order = {0xA1B2C3D4: "<", 0xA1B23C4D: "<", 0xD4C3B2A1: ">", 0x4D3CB2A1: ">"}[struct.unpack("<I", data[:4])[0]]
    frames, at = [], 24
    while at < len(data):
        length = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def write(path, frames):
    with pathlib.Path(path).open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
