#ifndef MGMD_TESTS_SUPPORT_EAL_H_
#define MGMD_TESTS_SUPPORT_EAL_H_

// DPDK for a test program: ordinary memory, no device of the machine's, and nothing that another process could see, so
// that as many as there are cores may run at a time.

#include <rte_eal.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace mgmd::support {

// Starts EAL with so many megabytes. False: it did not, and has said why.
inline bool StartEal(int megabytes, const std::string& lcores = "-l0") {
  std::vector<std::string> words = {"test",
                                    "--no-huge",
                                    "--no-shconf",
                                    "--no-pci",
                                    "--no-telemetry",
                                    "--log-level=lib.*:error",
                                    "--log-level=pmd.*:error",
                                    "-m" + std::to_string(megabytes),
                                    lcores};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  // EAL makes its runtime folder though it puts nothing there, and leaves it behind.
  const TemporaryFolder runtime;
  setenv("RUNTIME_DIRECTORY", runtime.path().c_str(), 1);
  return rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) >= 0;
}

}  // namespace mgmd::support

#endif  // MGMD_TESTS_SUPPORT_EAL_H_
