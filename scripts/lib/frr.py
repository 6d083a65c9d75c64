"""FRRouting's pimd with its zebra, in the network namespace of this process or of one that `before` enters.

    with Frr(folder, "interface eth0\\n ip igmp\\n"):    # a folder that is not there yet
        ...
"""

import json
import pathlib
import shlex
import shutil
import signal
import subprocess

from mgmd_process import end_with_parent

DAEMONS, USER = "/usr/lib/frr", "frr"


def show(folder, command):
    """What pimd, begun in that folder, answers to a command of vtysh's that ends in `json`; nothing where it does not
    listen yet."""
    shown = subprocess.run(["vtysh", "--vty_socket", folder, "-d", "pimd", "-c", command], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
    return json.loads(shown.stdout) if shown.returncode == 0 else {}


def is_there():
    return pathlib.Path(DAEMONS, "pimd").exists() and shutil.which("unshare") is not None


class Frr:
    def __init__(self, folder, configuration, before=None):
        """Ends with close(), or with this process. Everybody must be able to enter the folder's own."""
        folder = pathlib.Path(folder)
        folder.mkdir()
        folder.chmod(0o777)  # they give root's rights up
        commands = []
        for name, text in (("zebra", ""), ("pimd", configuration)):
            (folder / f"{name}.conf").write_text(text)
            # zebra detaches itself when it can be connected to.
            commands.append(shlex.join([
                f"{DAEMONS}/{name}", "-u", USER, "-g", USER, "-z", f"{folder}/zserv", "--vty_socket", f"{folder}", "-i",
                f"{folder}/{name}.pid", "-f", f"{folder}/{name}.conf", "-A", "127.0.0.1", "-P", "0", "--log",
                f"file:{folder}/{name}.log", *(["-d"] if name == "zebra" else [])]))

        def begin():
            end_with_parent(signal.SIGKILL)
            if before:
                before()

        # The first process of a namespace of processes, which all end with it.
        self._process = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "; ".join([*commands, "exit"])],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=begin)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._process.kill()
        self._process.wait()
