"""The demo's configuration, as smoke tests change it."""

import pathlib

from mgmd_process import ROOT

DEMO = ROOT / "examples/demo.toml"


def configuration(directory, *changes):
    """With its outputs in the directory, and with some texts replaced."""
    text = DEMO.read_text().replace("out/demo/", f"{directory}/")
    for old, new in changes:
        assert old in text, f"the demo's configuration has no {old!r}"
        text = text.replace(old, new)
    path = pathlib.Path(directory) / "mgmd.toml"
    path.write_text(text)
    return path


def dn2_to_module(name, module, options):
    """The changes by which dn2 is taken from the static protocol and given to a module."""
    return (('interfaces = ["up0", "dn1", "dn2", ', 'interfaces = ["up0", "dn1", '),
            ('to     = ["dn1", "dn2", ', 'to     = ["dn1", '),
            ("\n[log]", f"""
[protocol.{name}]
module    = "{module}"
component = 1
options   = {{ {options} }}

[log]"""))
