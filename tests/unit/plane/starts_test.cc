// Invariant: what --check accepts starts, and in the memory that was sized for it before DPDK was
// asked.

#include <gtest/gtest.h>
#include <rte_malloc.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "control/config/config.h"
#include "control/plane/packet_memory.h"
#include "control/router.h"
#include "tests/support/eal_environment.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/plane/random_config.h"

namespace mgmd {
namespace {

namespace fs = std::filesystem;

constexpr int kLcores = 5;
const auto* const kEal = support::WithEal(1536, "--lcores=(0-4)@0");
constexpr int kSeeds = 40;
// Configurations that need more are left out: so much memory is not everywhere.
constexpr size_t kMost = size_t{1} << 30;

template <typename T>
void Put(std::ofstream& file, T value) {
  file.write(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A capture of so many frames of so many octets.
void WriteCapture(const fs::path& path, int frames, uint32_t octets) {
  std::ofstream file(path, std::ios::binary);
  for (const uint32_t word : {0xA1B2C3D4u, 0x00040002u, 0u, 0u, 262144u, 1u}) Put(file, word);
  const std::string frame(octets, '\x55');
  for (int i = 0; i < frames; ++i) {
    for (const uint32_t word : {0u, static_cast<uint32_t>(i), octets, octets}) Put(file, word);
    file << frame;
  }
}

size_t HeapUsed() {
  rte_malloc_socket_stats stats{};
  rte_malloc_get_socket_stats(0, &stats);
  return stats.heap_allocsz_bytes;
}

class Starts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_.emplace();
    WriteCapture(*folder_ / "short.pcap", 5000, 100);
    WriteCapture(*folder_ / "long.pcap", 300, 9000);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  // Accepted, started, turned a few times and ended.
  static void Start(const std::string& text) {
    const config::Result result = config::Parse(text, "x.toml");
    ASSERT_EQ(result.ErrorText(), "") << text;
    const size_t needed = plane::SizePools(result.config).bytes;
    if (needed > kMost) {
      ++left_out_;
      return;
    }
    const size_t used_before = HeapUsed();
    auto router = Router::Create(result.config, {.stepped = true});
    ASSERT_TRUE(router.ok()) << router.status() << "\n" << text;
    EXPECT_LE(HeapUsed(), used_before + needed) << text;
    for (int turn = 0; turn < 3; ++turn) {
      (*router)->StepWorkers();
      (*router)->StepControl();
    }
  }

  static std::optional<support::TemporaryFolder> folder_;
  static int left_out_;
};
std::optional<support::TemporaryFolder> Starts::folder_;
int Starts::left_out_ = 0;

TEST_F(Starts, WhatIsAccepted) {
  for (uint32_t seed = 1; seed <= kSeeds && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Start(testing::RandomConfig(seed, folder_->path(), kLcores).Make());
  }
  EXPECT_LT(left_out_, kSeeds / 2);
}

TEST_F(Starts, ARouterWithoutInterfaces) { Start("[dpdk]\nworkers = [1]\n[limits]\npending_packets = 64\n"); }

}  // namespace
}  // namespace mgmd
