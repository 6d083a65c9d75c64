#ifndef MGMD_CONTROL_PLANE_EAL_H_
#define MGMD_CONTROL_PLANE_EAL_H_

// Starts and stops DPDK's environment (EAL) for the process, with its memory chosen as [dpdk] memory says.
//
// Main thread, once for a process: the calling thread becomes the main lcore. Threads started later inherit the
// main lcore's affinity, unless KeepOffWorkers() gives them other cores.

#include <pthread.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace mgmd::plane {

// How much memory the packet pools and rings will need, for the choice between hugepages and ordinary pages and as
// EAL's -m where the pages are ordinary (EAL gives 64 MB there otherwise).
struct MemoryNeed {
  size_t bytes = 0;  // in ordinary pages
  size_t huge_bytes = 0;
  bool rows_of_pages = false;  // longer ones than a hugepage, for net_af_xdp: only virtual addresses go on so long
};

// The arguments as given plus those for memory: none where the arguments already speak of memory; `--in-memory` where
// free hugepages cover the need; otherwise `--no-huge --no-shconf -m MB`. Where rows of pages are needed also
// `--iova-mode=va`, unless the arguments speak of that. `note` says in words what was chosen.
// RESOURCE_EXHAUSTED: the machine has neither, and which keys ask for less.
absl::StatusOr<std::vector<std::string>> WithMemory(std::vector<std::string> eal_args, MemoryNeed need,
                                                    std::string* note);

class Eal {
 public:
  // INVALID_ARGUMENT names the arguments that EAL refused.
  static absl::StatusOr<Eal> Start(const std::string& program, const std::vector<std::string>& args);

  Eal(Eal&& other) noexcept : started_(std::exchange(other.started_, false)) {}
  Eal& operator=(Eal&&) = delete;
  ~Eal();

  // The Unix socket of DPDK's telemetry, or "" where EAL has opened none (--no-telemetry).
  std::string telemetry_socket() const;

 private:
  Eal() = default;
  bool started_ = true;
};

// Remembers on which cores the process was started. Before Eal::Start.
void RememberAffinity();

// Keeps a thread off the workers' cores: it may run on cores of those remembered that have no lcore, or on the main
// lcore's where there are none. After Eal::Start.
void KeepOffWorkers(pthread_t thread);

// Hands DPDK's messages over, line by line, instead of writing them to standard error and syslog, both of which can
// block whoever has something to say. `write` is called on any thread and outlives the process's use of DPDK. Before
// Eal::Start.
void SendLogTo(std::function<void(std::string_view line)> write);

}  // namespace mgmd::plane

#endif  // MGMD_CONTROL_PLANE_EAL_H_
