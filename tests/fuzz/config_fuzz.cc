// Any bytes as a configuration file: what is wrong gets an error with its place, and what is accepted starts.
//
// Devices are replaced by null devices, so that any file can be started here; files that ask for more packet memory
// than the fuzzer has are read only.

#include <rte_log.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "control/config/config.h"
#include "control/plane/packet_memory.h"
#include "control/router.h"
#include "tests/support/eal.h"

namespace mgmd {
namespace {

constexpr uint64_t kMemory = 256u << 20;  // what the EAL below has, less its own
constexpr uint32_t kMostStreams = 1 << 16;

// Whether the router fits here, and starts soon enough for many tries.
bool Fits(const config::Config& config) {
  return plane::SizePools(config).bytes < kMemory && config.limits.mfes <= kMostStreams &&
         config.limits.pending <= kMostStreams && config.dpdk.workers.size() <= 4 &&
         config.protocols.size() == (config.static_protocol() != nullptr ? 1U : 0U);
}

void Start(config::Config config) {
  int devices = 0;
  for (config::Interface& interface : config.interfaces) {
    if (interface.has_device()) interface.device = absl::StrCat("net_null", devices++);
  }
  const auto router = Router::Create(config, {.stepped = true});
  if (!router.ok()) {
    std::fprintf(stderr, "config_fuzz: accepted, but does not start: %s\n", router.status().ToString().c_str());
    std::abort();
  }
  for (int turn = 0; turn < 3; ++turn) (*router)->StepControl();
}

}  // namespace
}  // namespace mgmd

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (!mgmd::support::StartEal(512)) std::abort();
  rte_log_set_level_pattern("*", RTE_LOG_EMERG);  // what a device refuses is told by the router
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mgmd;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::Result result = config::Parse(text, "fuzz.toml");
  if (!result.ok()) {
    if (result.ErrorText().rfind("fuzz.toml:", 0) != 0) std::abort();
    return 0;
  }
  if (Fits(result.config)) Start(result.config);
  return 0;
}
