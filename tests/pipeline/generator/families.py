"""What a case says in one family's words, and what that is in the other's.

Cases that are the same in both families are written with IPv4 addresses, and run for both; these are the IPv6 addresses
that stand for them: every octet becomes two, so that prefixes keep their places.
"""

import ipaddress

from . import ipv6, packets

ALL = {"*": "*", "224.0.0.0/4": "ff00::/8", "0.0.0.0/0": "::/0"}


class Ipv4:
    suffix = ""
    ethertype = 0x0800
    header = 20
    neighbour = "10.0.0.1"
    options = {"options": b"\x82\x28" + bytes(range(38))}
    module = packets

    @staticmethod
    def text(text):
        return text

    @staticmethod
    def packet(source, group, **fields):
        return packets.ipv4(source, group, **fields)


class Ipv6:
    suffix = "-ipv6"
    ethertype = 0x86DD
    header = 40
    neighbour = "fe80::1"
    options = {"extensions": [ipv6.hop_by_hop(b"\x1e\x26" + bytes(range(38)))]}
    module = ipv6

    @staticmethod
    def text(text):
        """10.1.2.3 is 2001:db8:1:2::3, 239.1.2.3 is ff05:1:2::3; 232/8 is ff3e::/32, 224.0.0/24 the link's scope."""
        if text in ALL:
            return ALL[text]
        name, _, length = text.partition("/")
        a, b, c, d = name.split(".")
        if a == "232":
            assert not length
            made = f"ff3e::{b}:{c}:{d}"
        elif name.startswith("224.0.0."):
            made = f"ff02::{d}"
        elif a == "239":
            made = f"ff05:{b}:{c}::{d}"
        elif 224 <= int(a) < 240:
            made = f"ff0e:{a}:{b}:{c}::{d}"
        elif a == "10":
            made = f"2001:db8:{b}:{c}::{d}"
        else:
            made = f"3fff:{a}:{b}:{c}::{d}"
        if not length:
            return ipaddress.IPv6Address(made).compressed
        bits = {"8": 32 if int(a) < 224 else 16, "16": 48 if int(a) < 224 else 32, "24": 64, "32": 128}[length]
        return ipaddress.IPv6Interface(f"{made}/{bits}").compressed

    @staticmethod
    def packet(source, group, df=True, **fields):
        """No router fragments it, whatever it says."""
        assert df
        return ipv6.ipv6(source, group, **fields)


BOTH = (Ipv4, Ipv6)


def family_of(packet):
    """By the version that it says it has."""
    return Ipv6 if packet[0] >> 4 == 6 else Ipv4
