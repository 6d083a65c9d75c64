"""What a build tree cost to build, from Ninja's log: seconds of compilers and linkers, in all, by folder and by file.

    compile_times.py TREE [ROWS]

Meaningful for a tree that was built in one go, without ccache (CCACHE_DISABLE=1), on a machine that did nothing else.
"""

import collections
import pathlib
import sys


def main():
    tree, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    seconds = {}  # of each output, the last time that it was made
    for line in (tree / ".ninja_log").read_text().splitlines()[1:]:
        begin, end, _, output, _ = line.split("\t")
        seconds[output] = (int(end) - int(begin)) / 1000
    objects = {name: time for name, time in seconds.items() if name.endswith(".o")}
    folders = collections.Counter()
    for name, time in objects.items():
        folders["/".join(name.split("/")[:-2])] += time
    print(f"{sum(objects.values()):7.0f} s of compilers, {len(objects)} files; "
          f"{sum(seconds.values()) - sum(objects.values()):.0f} s of the rest, {len(seconds) - len(objects)} targets")
    for table in (folders, collections.Counter(objects)):
        print()
        for name, time in table.most_common(rows):
            print(f"{time:7.1f} s  {name}")


main()
