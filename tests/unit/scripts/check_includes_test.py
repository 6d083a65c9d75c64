"""Invariant: the check of includes finds an include that is not allowed, whether a file names it or a header of ours
brings it along, and lets pass what is allowed. Argument: the repository's root."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(ROOT / "scripts/lib"))
import check_includes  # noqa: E402


class CheckIncludesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, *included):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"#include {header}\n" for header in included))

    def found(self):
        return check_includes.violations(self.root)

    def test_lets_pass_what_is_allowed(self):
        self.write("common/key.h", "<vector>")
        self.write("dataplane/worker.h", "<rte_mbuf.h>", '"common/key.h"')
        self.write("control/plane/plane.cc", '"dataplane/worker.h"', "<rte_ring.h>")
        self.write("control/api/summary.cc", "<nlohmann/json.hpp>", '"common/key.h"')
        self.write("control/mgmd.cc", '"common/key.h"', '"absl/status/status.h"')
        self.assertEqual(self.found(), [])

    def test_finds_arrows_that_go_back(self):
        self.write("common/key.h", '"dataplane/worker.h"')
        self.write("dataplane/worker.h", '"control/router.h"')
        self.write("control/router.h", '"dataplane/worker.h"')
        self.write("control/views/routes.h", '"control/api/summary.h"')
        self.write("control/local/injector.h", '"control/api/summary.h"')
        self.write("control/mgmd.cc", '"control/interfaces/vlan/vlan.h"')
        self.write("control/api/summary.h")
        self.assertEqual([line.split(":")[0] for line in self.found()],
                         ["common/key.h", "dataplane/worker.h", "control/local/injector.h", "control/mgmd.cc",
                          "control/router.h", "control/views/routes.h"])

    def test_finds_arrows_between_the_dataplanes_folders(self):
        self.write("dataplane/fib/mfib.h", '"dataplane/tx/tx.h"')
        self.write("dataplane/tx/tx.h", '"dataplane/fib/mfib.h"', '"dataplane/worker.h"')
        self.write("dataplane/worker_config.h", '"dataplane/rings/ring.h"', '"dataplane/stages/stages.h"')
        self.write("dataplane/stages/stages.h", '"dataplane/worker_config.h"', '"dataplane/tx/tx.h"')
        self.assertEqual([line.split(":")[0] for line in self.found()],
                         ["dataplane/fib/mfib.h", "dataplane/tx/tx.h", "dataplane/worker_config.h"])

    def test_finds_dpdk_and_json_out_of_their_places(self):
        self.write("common/key.h", "<rte_ip.h>")
        self.write("control/views/routes.cc", "<generic/rte_atomic.h>")
        self.write("control/router.cc", "<nlohmann/json.hpp>")
        self.write("dataplane/worker.h", "<nlohmann/json_fwd.hpp>")
        self.assertEqual(sorted(line.split(":")[0] for line in self.found()),
                         ["common/key.h", "control/router.cc", "control/views/routes.cc", "dataplane/worker.h"])

    def test_finds_what_a_header_brings_along_and_names_the_way(self):
        self.write("control/api/events.h", '"control/api/text.h"')
        self.write("control/api/text.h", "<nlohmann/json.hpp>")
        self.write("control/mgmd.cc", '"control/api/events.h"')
        found = self.found()
        self.assertEqual(len(found), 1, found)
        self.assertIn("control/mgmd.cc -> control/api/events.h -> control/api/text.h -> nlohmann/json.hpp", found[0])

    def test_finds_nothing_in_the_program_itself(self):
        self.assertEqual(check_includes.violations(ROOT), [])
        self.assertGreater(len(check_includes.read_includes(ROOT)), 100)


if __name__ == "__main__":
    unittest.main()
