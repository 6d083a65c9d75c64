#include "control/plane/eal.h"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "control/plane/dpdk_words.h"

namespace mgmd::plane {
namespace {

cpu_set_t startup_affinity;

bool AnyBeginsWith(const std::vector<std::string>& args, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(args.begin(), args.end(), [&](const std::string& arg) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view one) { return arg.starts_with(one); });
  });
}

bool SpeakOfMemory(const std::vector<std::string>& args) {
  return AnyBeginsWith(args, {"--no-huge", "--in-memory", "--huge-dir", "--socket-mem", "-m", "--legacy-mem",
                              "--single-file", "--huge-unlink"});
}

size_t FreeHugepageBytes() {
  size_t bytes = 0;
  std::error_code error;
  for (const auto& size : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    size_t kilobytes = 0;
    size_t pages = 0;
    const std::string name = size.path().filename().string();  // hugepages-2048kB
    if (sscanf(name.c_str(), "hugepages-%zukB", &kilobytes) != 1) continue;
    std::ifstream(size.path() / "free_hugepages") >> pages;
    bytes += pages * kilobytes * 1024;
  }
  return bytes;
}

// What the kernel can give without swapping, and the control group, if it has a limit.
size_t AvailableBytes() {
  size_t bytes = SIZE_MAX;
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    size_t kilobytes = 0;
    if (sscanf(line.c_str(), "MemAvailable: %zu kB", &kilobytes) == 1) bytes = kilobytes * 1024;
  }
  size_t limit = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit) bytes = std::min(bytes, limit);  // "max": no number
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WithMemory(std::vector<std::string> eal_args, MemoryNeed need,
                                                    std::string* note) {
  if (need.rows_of_pages && !AnyBeginsWith(eal_args, {"--iova-mode"})) eal_args.push_back("--iova-mode=va");
  if (SpeakOfMemory(eal_args)) {
    *note = "as eal_args say";
    return eal_args;
  }
  const size_t huge_mb = (need.huge_bytes >> 20) + 1;
  const size_t free_mb = FreeHugepageBytes() >> 20;
  if (free_mb >= huge_mb) {
    eal_args.push_back("--in-memory");
    *note = absl::StrCat("hugepages, ", free_mb, " MB free, about ", huge_mb, " MB needed");
    return eal_args;
  }
  const size_t need_mb = (need.bytes >> 20) + 1;
  if (const size_t available_mb = AvailableBytes() >> 20; available_mb < need_mb) {
    return absl::ResourceExhaustedError(absl::StrCat("the packet buffers of this configuration need ", need_mb,
                                                     " MB, and the machine has ", available_mb,
                                                     " MB; less by [limits] mbufs, pending_packets and local_packets, "
                                                     "by fewer rx_queues, workers and ports, or by a "
                                                     "smaller mtu"));
  }
  for (std::string arg :
       {std::string("--no-huge"), std::string("--no-shconf"), std::string("-m"), std::to_string(need_mb)}) {
    eal_args.push_back(std::move(arg));
  }
  *note = absl::StrCat("ordinary pages, ", need_mb, " MB, since hugepages offer ", free_mb, " MB and about ", huge_mb,
                       " MB of them are needed");
  return eal_args;
}

absl::StatusOr<Eal> Eal::Start(const std::string& program, const std::vector<std::string>& args) {
  std::vector<std::string> storage{program};
  storage.insert(storage.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (std::string& arg : storage) argv.push_back(arg.data());
  const DpdkWords words;
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    return absl::InvalidArgumentError(absl::StrCat("DPDK did not start with the arguments '", absl::StrJoin(args, " "),
                                                   "': ", words.Why(-rte_errno)));
  }
  return Eal();
}

Eal::~Eal() {
  if (started_) rte_eal_cleanup();
}

std::string Eal::telemetry_socket() const {
  const std::string path = absl::StrCat(rte_eal_get_runtime_dir(), "/dpdk_telemetry.v2");
  std::error_code error;
  return std::filesystem::exists(path, error) ? path : "";
}

void RememberAffinity() { sched_getaffinity(0, sizeof(startup_affinity), &startup_affinity); }

void KeepOffWorkers(pthread_t thread) {
  cpu_set_t free = startup_affinity;
  unsigned lcore = 0;
  RTE_LCORE_FOREACH(lcore) {
    const cpu_set_t used = rte_lcore_cpuset(lcore);
    cpu_set_t both;
    CPU_AND(&both, &free, &used);
    CPU_XOR(&free, &free, &both);
  }
  if (CPU_COUNT(&free) == 0) free = rte_lcore_cpuset(rte_get_main_lcore());
  pthread_setaffinity_np(thread, sizeof(free), &free);
}

void SendLogTo(std::function<void(std::string_view line)> write) {
  // DPDK writes under the stream's lock, and a message in pieces where it pleases.
  struct Lines {
    std::function<void(std::string_view line)> write;
    std::string part;
  };
  static auto* const lines = new Lines;  // DPDK's threads may speak until the process ends
  lines->write = std::move(write);
  const cookie_io_functions_t functions = {.read = nullptr,
                                           .write = [](void*, const char* text, size_t size) -> ssize_t {
                                             lines->part.append(text, size);
                                             const size_t end = lines->part.rfind('\n') + 1;  // 0: none
                                             if (end != 0) lines->write(std::string_view(lines->part).substr(0, end));
                                             lines->part.erase(0, end);
                                             return static_cast<ssize_t>(size);
                                           },
                                           .seek = nullptr,
                                           .close = nullptr};
  if (std::FILE* const stream = fopencookie(nullptr, "w", functions)) rte_openlog_stream(stream);
}

}  // namespace mgmd::plane
