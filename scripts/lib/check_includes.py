"""Reads every #include of the program and checks who may include what.

    check_includes.py ROOT     one line for each include that is not allowed; exit status 1 if there is one

Arrows go one way: common <- dataplane, common <- control; control meets the dataplane in control/plane/ only. A kind
of interface (control/interfaces/) is included by no other folder, and who renders (control/api/) by the program's own
files in control/ only. DPDK's headers and JSON's reach only the folders named below, directly or through headers of
ours.
Tests may include everything.
"""

import pathlib
import re
import sys

ROOTS = ("common", "dataplane", "control")

# Folder: what its files may include of ours. The longest folder that fits a file counts.
ARROWS = {
    "common/": ("common/",),
    "control/interfaces/": ("common/", "control/config/", "control/interfaces/"),
    "control/": ("common/", "control/"),
    "control/config/": ("common/", "control/config/", "control/membership/response_code.h",
                        "control/membership/settings.h"),
    "control/kernel/": ("common/", "control/kernel/"),
    "control/local/": ("common/", "control/kernel/", "control/views/control_stats.h", "control/views/counts.h",
                       "control/local/"),
    "control/output/": ("control/every_thread.h", "control/output/"),
    "control/rib/": ("common/", "control/config/", "control/kernel/", "control/rib/"),
    "control/membership/": ("common/", "control/local/internet_checksum.h", "control/local/ip_packet.h",
                            "control/local/octets.h", "control/membership/"),
    "control/mgm/": ("common/", "control/mgm/"),
    "control/views/": ("common/", "control/config/", "control/mgm/", "control/views/"),
    "control/plane/": ("common/", "dataplane/", "control/config/", "control/kernel/", "control/views/",
                       "control/plane/"),
    "control/protocols/": ("common/", "control/config/", "control/local/", "control/membership/", "control/mgm/",
                           "control/views/", "control/protocols/"),
    "control/api/": ("common/", "control/config/", "control/mgm/", "control/output/",
                     "control/plane/telemetry_answer.h", "control/views/", "control/api/"),
}

# In dataplane/, each knows those before it and itself.
DATAPLANE = ("fib/", "interfaces/", "counters/", "frames/", "rings/", "pending/", "devices/", "batch/", "tx/",
             "replicate/", "worker_config.h", "stages/", "")
ARROWS |= {f"dataplane/{place}": ("common/", *(f"dataplane/{known}" for known in DATAPLANE[:end]))
           for end, place in enumerate(DATAPLANE, 1)}

KINDS = "control/interfaces/"

# Name, what its headers are called, and the folders that they may reach.
LIBRARIES = (
    ("DPDK", re.compile(r"(generic/)?(rte|bus|cmdline)_?\w*\.h$"), ("dataplane/", "control/plane/")),
    ("JSON", re.compile(r"(nlohmann|rapidjson)/"), ("control/api/",)),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)


def read_includes(root):
    """{file: [what it includes]}, both as they stand in the code."""
    files = [file for folder in ROOTS for file in sorted((root / folder).rglob("*")) if file.suffix in (".h", ".cc")]
    return {str(file.relative_to(root)): INCLUDE.findall(file.read_text()) for file in files}


def may_include(file, header):
    if header.startswith(KINDS):
        return file.startswith(KINDS)
    return header.startswith(ARROWS[max((folder for folder in ARROWS if file.startswith(folder)), key=len)])


def find_way(includes, file, header):
    """The shortest way of includes from a file to a header of the library's, both ends among them; none: []."""
    ways, seen = [[file]], {file}
    for way in ways:
        for included in includes[way[-1]]:
            if header.match(included):
                return [*way, included]
            if included in includes and included not in seen:
                seen.add(included)
                ways.append([*way, included])
    return []


def violations(root):
    includes = read_includes(root)
    found = []
    for file, included in includes.items():
        for header in included:
            if header.startswith(tuple(f"{folder}/" for folder in ROOTS)) and not may_include(file, header):
                found.append(f"{file}: may not include {header}")
        for library, header, folders in LIBRARIES:
            way = [] if file.startswith(folders) else find_way(includes, file, header)
            if way:
                found.append(f"{file}: {library} is for {' and '.join(folders)} only: {' -> '.join(way)}")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    found = violations(root)
    print("\n".join(found) or f"{len(read_includes(root))} files include what they may")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
