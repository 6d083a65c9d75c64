"""mgmd's values as people write them, for gdb.

    (gdb) source scripts/gdb/mgmd_printers.py
    (gdb) print key                   (10.0.0.1,232.1.1.1)
    (gdb) print entry                 accept slot 1 epoch 0, oifs {slot 2 epoch 0, slot 3 epoch 4}
    (gdb) mgmd-fib fib [MOST]         the entries of a FIB, 20 or MOST of them
    (gdb) mgmd-find fib GROUP         the entries of a group, (*,G/len) and (*,*) that cover it included

FIB is an expression for an Mfib of either family, or for a pointer to one. It is read as it stands in memory: in a core
dump, or while the process stands still in gdb, which holds up forwarding. docs/debugging.md says more.
"""

import ipaddress
import re
import struct

import gdb

NO_SLOT = 0xFFFF
DISPLACED = 1 << 31
INLINE_OIFS = 13


# --- Reading values

def atomic(value):
    """What an std::atomic holds."""
    names = [field.name for field in value.type.strip_typedefs().fields()]
    if "_M_i" in names:
        return value["_M_i"]
    if "_M_b" in names:  # a pointer's
        return value["_M_b"]["_M_p"]
    return atomic(value[value.type.strip_typedefs().fields()[0]])  # what an atomic number derives from


def octets(value):
    """The octets of a value, as they stand in memory."""
    return bytes(gdb.selected_inferior().read_memory(int(value.address), value.type.sizeof))


def words(name):
    """kIgmpSuppressed as "igmp suppressed"."""
    return re.sub("(?<!^)([A-Z])", r" \1", name.split("::")[-1].removeprefix("k")).lower()


def flags(value, owner):
    """The names of the bits of a word, from the constants of a class; what has no name as a number."""
    names, rest = [], int(value)
    for field in gdb.lookup_type(owner).fields():
        if not re.fullmatch("k[A-Z][A-Za-z0-9]*", field.name or "") or hasattr(field, "bitpos"):
            continue
        bit = int(gdb.parse_and_eval(f"{owner}::{field.name}"))
        if bit != 0 and bit & (bit - 1) == 0 and rest & bit:
            names.append(words(field.name))
            rest &= ~bit
    return names + ([hex(rest)] if rest else [])


# --- Values as text

def ipv4(number):
    return str(ipaddress.IPv4Address(int(number) & 0xFFFFFFFF))


def ipv4_key(bits):
    bits = int(bits)
    if bits == 0:
        return "no key"
    group = bits & 0xFFFFFFFF
    if bits >> 56:
        return f"({ipv4(bits >> 32)},{ipv4(group)})"
    length = bits >> 32
    return "(*,*)" if length == 4 else f"(*,{ipv4(group)}" + (f"/{length})" if length < 32 else ")")


def ipv6_key(data):
    source, group = data[:16], str(ipaddress.IPv6Address(data[16:]))
    if data == bytes(32):
        return "no key"
    if source[:12] != bytes(12):
        return f"({ipaddress.IPv6Address(source)},{group})"
    length = source[15]
    return "(*,*)" if length == 8 else f"(*,{group}" + (f"/{length})" if length < 128 else ")")


def slot(number):
    return "no slot" if int(number) == NO_SLOT else f"slot {int(number)}"


def stamp(word):
    """Of a stamp in one word: the slot below, its epoch above."""
    word = int(word)
    return slot(word & 0xFFFF) + (f" epoch {word >> 16}" if word & 0xFFFF != NO_SLOT else "")


def entry(data, overflow=None):
    """Of a FibEntry's 64 octets. `overflow`: where the oifs stand that are too many for it."""
    accept, flag_bits, count, first = struct.unpack_from("<IHHI", data)
    text = f"accept {stamp(accept)}, "
    if count == 0:
        text += "negative" + (", no route" if flag_bits & 1 else "")
    elif count <= INLINE_OIFS:
        text += "oifs {" + ", ".join(stamp(word) for word in struct.unpack_from(f"<{count}I", data, 12)) + "}"
    elif overflow is None:
        text += f"{count} oifs in the overflow arena from {first}"
    else:
        words = gdb.selected_inferior().read_memory(overflow + 4 * first, 4 * count)
        text += "oifs {" + ", ".join(stamp(word) for (word,) in struct.iter_unpack("<I", bytes(words))) + "}"
    return text


# --- Printers

class Text:
    """A value that is one text."""

    def __init__(self, text):
        self.text = text

    def to_string(self):
        return self.text


class BucketPrinter:
    """A bucket: how full it is, and what stands in each slot that is not free."""

    def __init__(self, slots, displaced):
        self.slots = slots  # (number, text) of those that are taken
        self.displaced = int(displaced) & ~DISPLACED

    def to_string(self):
        return f"{len(self.slots)} taken" + (f", {self.displaced} displaced" if self.displaced else "")

    def children(self):
        return ((f"[{number}]", text) for number, text in self.slots)


def bucket_ipv4(value):
    slots = []
    count = value["keys"].type.range()[1] + 1
    for number in range(count):
        key, index = int(atomic(value["keys"][number])), int(atomic(value["values"][number]))
        if index:
            slots.append((number, f"{ipv4_key(key) if key else 'quarantined'} -> entry {index}"))
    return BucketPrinter(slots, atomic(value["values"][count]))


def bucket_ipv6(value):
    words = ((number, int(atomic(value["words"][number]))) for number in range(value["words"].type.range()[1] + 1))
    slots = [(number, f"hash {word >> 32:08x} -> entry {word & 0xFFFFFFFF}") for number, word in words if word]
    return BucketPrinter(slots, atomic(value["displaced_keys"]))


def gate(bits):
    bits = int(bits)
    flag = gdb.lookup_type("mgmd::dataplane::Gate::Flag")
    on = [words(field.name) for field in flag.fields() if bits & field.enumval & (1 << 64) - 1]
    return (f"{stamp(bits & 0xFFFFFFFF)}, mtu {~(bits >> 32) & 0xFFFF}, ttl threshold {bits >> 49 & 0xFF}, "
            + ("{" + ", ".join(on) + "}"))


def interface_line(value):
    port, vlan = int(atomic(value["port"])), int(atomic(value["vlan"]))
    return Text(gate(atomic(value["gate"])) + f", port {port}" + (f", vlan {vlan}" if vlan else ""))


def interface_id(value):
    next_hop = int(value["next_hop"]["value_"])
    return Text(f"interface {int(value['index'])}" + (f"/{ipv4(next_hop)}" if next_hop else ""))


def oil_element(value):
    on = flags(value["flags"], str(value.type.unqualified()))
    return slot(value["slot"]) + (f" ({', '.join(on)})" if on else "")


def oil(value):
    count = int(value["count_"])
    inline = count <= value["few"].type.sizeof // value["many"].type.target().sizeof and \
        int(value["capacity_"]) * value["many"].type.target().sizeof <= value["few"].type.sizeof
    elements = value["few"]["_M_elems"] if inline else value["many"]
    return "{" + ", ".join(oil_element(elements[place]) for place in range(count)) + "}"


def mfe(value):
    on = flags(value["flags"], "mgmd::mgm::Mfe")
    return Text(f"{key_text(value['key'])}, iif {slot(value['iif'])}, oifs {oil(value['oil'])}, "
                f"timeout {int(value['timeout'])} s, " + "{" + ", ".join(on) + "}")


def key_text(value):
    return ipv4_key(value["bits_"]) if value.type.strip_typedefs().sizeof == 8 else ipv6_key(octets(value))


PRINTERS = {
    r"Ipv4Address": lambda value: Text(ipv4(value["value_"])),
    r"Ipv6Address": lambda value: Text(str(ipaddress.IPv6Address(octets(value)))),
    r"Ipv4Prefix": lambda value: Text(f"{ipv4(value['address_']['value_'])}/{int(value['length_'])}"),
    r"FibKey<.*>": lambda value: Text(key_text(value)),
    r"InterfaceIdOf<mgmd::Ipv4>": interface_id,
    r"InterfaceSlot": lambda value: Text(slot(value)),
    r"Stamp": lambda value: Text(stamp(int(value["slot"]) | int(value["epoch"]) << 16)),
    r"dataplane::FibEntry": lambda value: Text(entry(octets(value))),
    r"dataplane::Bucket<mgmd::Ipv4>": bucket_ipv4,
    r"dataplane::Bucket<mgmd::Ipv6>": bucket_ipv6,
    r"dataplane::Gate": lambda value: Text(gate(value["bits_"])),
    r"dataplane::InterfaceLine": interface_line,
    r"mgm::OilElement": lambda value: Text(oil_element(value)),
    r"mgm::Oil": lambda value: Text(oil(value)),
    r"mgm::MfeOf<.*>": mfe,
}
PATTERNS = [(re.compile("mgmd::" + pattern), make) for pattern, make in PRINTERS.items()]


def find_printer(value):
    name = value.type.strip_typedefs().unqualified().name
    for pattern, make in PATTERNS if name else ():
        if pattern.fullmatch(name):
            return make(value)
    return None


# --- Commands

class Fib:
    """A FIB in the memory of the process."""

    def __init__(self, expression):
        value = gdb.parse_and_eval(expression)
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            value = value.dereference()
        self.ipv6 = value.type.strip_typedefs().name.endswith("<mgmd::Ipv6>")
        self.tables = [atomic(value[name]).dereference() for name in ("source_group_", "wildcard_")]
        self.entries, self.keys, self.overflow = (int(value[name]) for name in ("entries_", "entry_keys_", "overflow_"))

    def __iter__(self):
        """(key as text, entry index) of each entry."""
        read = gdb.selected_inferior().read_memory
        for table in self.tables:
            lines = bytes(read(int(table["buckets"]), 64 << int(table["bits"])))
            for line in range(0, len(lines), 64):
                if self.ipv6:
                    for word in struct.unpack_from("<7Q", lines, line):
                        index = word & 0xFFFFFFFF
                        if index:
                            yield ipv6_key(bytes(read(self.keys + 32 * index, 32))), index
                    continue
                keys, indices = struct.unpack_from("<5Q", lines, line), struct.unpack_from("<5I", lines, line + 40)
                for key, index in zip(keys, indices):
                    if key:
                        yield ipv4_key(key), index

    def show(self, key, index):
        data = bytes(gdb.selected_inferior().read_memory(self.entries + 64 * index, 64))
        print(f"{key} -> entry {index}: {entry(data, self.overflow)}")


class FibCommand(gdb.Command):
    """mgmd-fib FIB [MOST]: entries of a FIB, at most MOST (20)."""

    def __init__(self):
        super().__init__("mgmd-fib", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        expression, *most = gdb.string_to_argv(argument)
        fib, count, most = Fib(expression), 0, int(most[0]) if most else 20
        for key, index in fib:
            if count < most:
                fib.show(key, index)
            count += 1
        print(f"{count} entries" + (f", {most} shown" if count > most else ""))


class FindCommand(gdb.Command):
    """mgmd-find FIB GROUP: the entries that are about a group."""

    def __init__(self):
        super().__init__("mgmd-find", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        expression, group = gdb.string_to_argv(argument)
        fib, group = Fib(expression), ipaddress.ip_address(group)
        everything = "ff00::/8" if fib.ipv6 else "224.0.0.0/4"
        for key, index in fib:
            of = key[1:-1].split(",")[1].replace("*", everything)
            if group in ipaddress.ip_network(of):
                fib.show(key, index)


gdb.pretty_printers.append(find_printer)
FibCommand()
FindCommand()
