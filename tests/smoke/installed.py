#!/usr/bin/python3
"""What is installed is enough for a writer of protocols: headers, libmgm with its versions, pages, a configuration and
the examples, which are compiled by pkg-config alone, loaded by the installed mgmd and served by its one manager."""

import os
import pathlib
import re
import subprocess
import tempfile

from demo_configuration import configuration, dn2_to_module
from mgmd_process import Mgmd, default_binary

BUILD = pathlib.Path(default_binary()).parents[1]
OWN_MANAGER = r"""
#include <mgm.h>
#include <mgm6_ext.h>
#include <mgm_ext.h>
#include <mgmd_protocol.h>
#include <string.h>
int main(void) {
  MGM_EXT_CONFIG config;
  ROUTING_PROTOCOL_CONFIG callbacks;
  HANDLE client;
  memset(&config, 0, sizeof(config));
  memset(&callbacks, 0, sizeof(callbacks));
  config.dwSize = sizeof(config);
  if (MgmExtStart(&config) != NO_ERROR) return 1;
  if (MgmRegisterMProtocol(&callbacks, PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 1), 1, &client) != NO_ERROR)
    return 2;
  if (MgmTakeInterfaceOwnership(client, 1, 0) != NO_ERROR) return 3;
  return MgmExtStop() == NO_ERROR ? 0 : 4;
}
"""


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            timeout=60, check=False, **options)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def only(root, pattern):
    found = [path for path in root.rglob(pattern) if path.is_file() and not path.is_symlink()]
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def check_exports(library, headers):
    """The functions of the headers, each in its version's node, and nothing else."""
    exported = re.findall(r"^[0-9a-f]+ [A-Z] (\S+)$", run("nm", "-D", "--defined-only", library), re.MULTILINE)
    functions = {name for name in exported if not name.startswith("MGM_")}  # the node itself is a symbol
    declared = set()
    for header in headers:
        declared |= set(re.findall(r"\bMGM_API\s+\w+\s+(Mgm\w+)\(", header.read_text()))
    later = {"MgmExtGetRefused": "MGM_0.3", "Mgm6ExtGetRefused": "MGM_0.3"}
    first = {True: "MGM_0.2", False: "MGM_0.1"}
    versioned = {f"{name}@@{later.get(name, first[name.startswith('Mgm6')])}" for name in declared}
    assert len(declared) > 40 and functions == versioned, functions ^ versioned


with tempfile.TemporaryDirectory() as scratch:
    root = pathlib.Path(scratch) / "root"
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
    pkg_config = only(root, "mgm.pc")
    library = only(root, "libmgm.so.0*")
    documents = only(root, "mgm.md").parents[1]
    env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(root), "PKG_CONFIG_PATH": str(pkg_config.parent)}
    flags = run("pkg-config", "--cflags", "--libs", "mgm", env=env).split()
    check_exports(library, [only(root, f"{name}.h") for name in ("mgm", "mgm6", "mgm_ext", "mgm6_ext")])

    # A program with a manager of its own.
    program = pathlib.Path(scratch) / "own_manager"
    program.with_suffix(".c").write_text(OWN_MANAGER)
    run("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", program.with_suffix(".c"), *flags, "-o", program)
    run(program, env={**env, "LD_LIBRARY_PATH": str(library.parent)})

    # The examples as their first comments say, and as C++ would be compiled against the same headers.
    modules = {}
    for name in ("example", "hello"):
        source = documents / f"examples/{name}_protocol.c"
        command = re.search(rf"cc (-std=.*) {name}_protocol\.c \$\(pkg-config --cflags --libs mgm\) -o (\S+)",
                            source.read_text())
        modules[name] = pathlib.Path(scratch) / command[2]
        run("cc", *command[1].split(), "-Wall", "-Wextra", "-Werror", source, *flags, "-o", modules[name])
    run("c++", "-x", "c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *flags, program.with_suffix(".c"))

    # The samples are configurations; what the text points to is there.
    mgmd = only(root, "mgmd")
    for sample in ("mgmd.toml", "veth.toml"):
        run(mgmd, "--config", documents / "examples" / sample, "--check")
    for page in ("mgm.md", "modules.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", only(root, page).read_text()):
            assert (documents / "docs" / link).exists(), link

    # The installed mgmd loads the modules, which find libmgm beside it and the manager in mgmd.
    assert not [name for name in run("nm", "-D", "--defined-only", mgmd).split() if name.startswith("MgmHost")]
    # It joins the audio stream's group on dn2.
    changes = dn2_to_module("example", modules["example"], 'interfaces = "dn2", groups = "239.1.1.1"')
    with Mgmd(configuration(scratch, *changes), scratch, binary=str(mgmd)) as router:
        router.wait_for("taken", client="example", interface="dn2")
        router.wait_for("ready")
        router.wait_for("idle")
        route = next(route for route in router.summary()["routes"] if route["group"] == "239.1.1.1")
        assert "dn2" in route["oifs"] and route["oif_packets"]["dn2"] == 201, route
        router.stop()
        assert [event for event in router.events if event["event"] == "deregistered" and event["client"] == "example"]
    changes = dn2_to_module("hello", modules["hello"], 'interfaces = "dn2"')
    with Mgmd(configuration(scratch, *changes), scratch, binary=str(mgmd)) as router:
        router.wait_for("taken", client="hello", interface="dn2")
        router.wait_for("ready")
        router.stop()
print("what is installed compiles, is versioned and runs: ok")
