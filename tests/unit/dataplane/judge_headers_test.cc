// Invariant: whatever the headers and however many, every instruction set judges them as the portable code does, and
// writes the same.

#include "dataplane/stages/judge_headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "dataplane/interfaces/egress.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/packet_builder.h"

namespace mgmd::dataplane {
namespace {

using testing::Bytes;
using testing::PacketBuilder;

struct Judged {
  bool good = false;
  bool padded = false;
  StreamBatch<Ipv4> batch;
};

std::unique_ptr<Judged> Judge(InstructionSet set, const Ipv4Headers& headers, uint32_t count) {
  auto judged = std::make_unique<Judged>();
  std::fill_n(judged->batch.ip_lengths, kBatch, 77);
  std::fill_n(judged->batch.ttls, kBatch, 77);
  judged->batch.count = count;
  judged->good = FindHeaderJudge(set)(judged->batch, headers, judged->padded);
  return judged;
}

void ExpectTheSame(const Ipv4Headers& headers, uint32_t count) {
  const auto expected = Judge(InstructionSet::kPortable, headers, count);
  for (const InstructionSet set : testing::SupportedInstructionSets()) {
    const auto judged = Judge(set, headers, count);
    ASSERT_EQ(judged->good, expected->good) << Name(set);
    ASSERT_EQ(judged->padded, expected->padded) << Name(set);
    for (uint32_t i = 0; i < count; ++i) ASSERT_EQ(judged->batch.keys[i], expected->batch.keys[i]) << Name(set);
    // All of them: nothing is written beyond the batch's packets.
    ASSERT_EQ(std::memcmp(judged->batch.ip_lengths, expected->batch.ip_lengths, sizeof expected->batch.ip_lengths), 0);
    ASSERT_EQ(std::memcmp(judged->batch.ttls, expected->batch.ttls, sizeof expected->batch.ttls), 0);
  }
}

class JudgeHeadersTest : public ::testing::Test {
 protected:
  // A header without a fault, or with one bit that is not as it was sent.
  void Put(uint32_t i, bool spoiled) {
    const std::string source = "10.1." + std::to_string(random_() % 256) + "." + std::to_string(random_() % 256);
    const std::string group = "233.2." + std::to_string(random_() % 256) + "." + std::to_string(random_() % 256);
    Bytes frame = PacketBuilder().From(source).To(group).Ttl(static_cast<int>(random_() % 256)).Build();
    uint8_t* const ip = frame.data() + kEthernetHeader;
    if (spoiled) ip[random_() % kIpv4Header] ^= static_cast<uint8_t>(1u << random_() % 8);
    headers_.first[i] = Load8(ip);
    headers_.hop[i] = 0;
    std::memcpy(&headers_.hop[i], ip + 8, 4);
    headers_.addresses[i] = Load8(ip + 12);
    headers_.room[i] = frame.size() - kEthernetHeader + random_() % 3 / 2;
  }

  std::mt19937 random_{1};
  Ipv4Headers headers_;
};

TEST_F(JudgeHeadersTest, GoodBatchesOfEverySizeAreGood) {
  for (uint32_t count = 0; count <= kBatch; ++count) {
    for (uint32_t i = 0; i < count; ++i) Put(i, false);
    EXPECT_TRUE(Judge(InstructionSet::kPortable, headers_, count)->good);
    ExpectTheSame(headers_, count);
  }
}

TEST_F(JudgeHeadersTest, OneSpoiledBitAnywhereIsSeenByAllAlike) {
  for (int round = 0; round < 2000; ++round) {
    const uint32_t count = 1 + random_() % kBatch;
    const uint32_t spoiled = random_() % count;
    for (uint32_t i = 0; i < count; ++i) Put(i, i == spoiled);
    ExpectTheSame(headers_, count);
    // All but the bits that belong to no check are under the checksum.
    EXPECT_FALSE(Judge(InstructionSet::kPortable, headers_, count)->good);
  }
}

TEST_F(JudgeHeadersTest, WordsOfAnyBitsAreJudgedAlike) {
  std::mt19937_64 words{2};
  for (int round = 0; round < 2000; ++round) {
    const uint32_t count = 1 + random_() % kBatch;
    for (uint32_t i = 0; i < count; ++i) {
      headers_.first[i] = words();
      headers_.hop[i] = words() & UINT32_MAX;
      headers_.addresses[i] = words();
      headers_.room[i] = words() % 2000;
    }
    ExpectTheSame(headers_, count);
  }
}

}  // namespace
}  // namespace mgmd::dataplane
