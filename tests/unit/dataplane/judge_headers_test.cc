// Invariant: whatever the headers and however many, every instruction set judges them as the portable code does, and
// writes the same.

#include "dataplane/stages/judge_headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "dataplane/frames/ip_header.h"
#include "dataplane/interfaces/egress.h"
#include "tests/support/families.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/packet_builder.h"

namespace mgmd::dataplane {
namespace {

using testing::Bytes;
using testing::PacketBuilder;

template <class Family>
struct Judged {
  bool good = false;
  bool padded = false;
  StreamBatch<Family> batch;
};

template <class Family>
std::unique_ptr<Judged<Family>> Judge(InstructionSet set, const Headers<Family>& headers, uint32_t count) {
  auto judged = std::make_unique<Judged<Family>>();
  std::fill_n(judged->batch.ip_lengths, kBatch, 77);
  std::fill_n(judged->batch.ttls, kBatch, 77);
  judged->batch.count = count;
  judged->good = FindHeaderJudge<Family>(set)(judged->batch, headers, judged->padded);
  return judged;
}

template <class Family>
void ExpectTheSame(const Headers<Family>& headers, uint32_t count) {
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

template <class Family>
class JudgeHeadersTest : public ::testing::Test {
 protected:
  static constexpr bool kIpv4 = std::is_same_v<Family, Ipv4>;

  // A packet without a fault.
  PacketBuilder Packet() {
    const auto some = [this] { return std::to_string(random_() % 256); };
    const std::string source = kIpv4 ? "10.1." + some() + "." + some() : "2001:db8::" + some() + ":" + some();
    const std::string group = kIpv4 ? "233.2." + some() + "." + some() : "ff1e::" + some() + ":" + some();
    return PacketBuilder().From(source).To(group).Ttl(static_cast<int>(random_() % 256));
  }
  void Put(uint32_t i, const Bytes& frame) {
    headers_.Put(i, frame.data() + kEthernetHeader,
                 static_cast<uint32_t>(frame.size() - kEthernetHeader + random_() % 3 / 2));
  }

  std::mt19937 random_{1};
  Headers<Family> headers_;
};

TYPED_TEST_SUITE(JudgeHeadersTest, BothFamilies);

TYPED_TEST(JudgeHeadersTest, GoodBatchesOfEverySizeAreGood) {
  for (uint32_t count = 0; count <= kBatch; ++count) {
    std::vector<Bytes> frames;
    for (uint32_t i = 0; i < count; ++i) this->Put(i, frames.emplace_back(this->Packet().Build()));
    const auto judged = Judge(InstructionSet::kPortable, this->headers_, count);
    EXPECT_TRUE(judged->good);
    for (uint32_t i = 0; i < count; ++i) {
      EXPECT_EQ(judged->batch.ttls[i], frames[i][kEthernetHeader + kHopsAt<TypeParam>]);
      EXPECT_EQ(judged->batch.ip_lengths[i], frames[i].size() - kEthernetHeader);
    }
    ExpectTheSame(this->headers_, count);
  }
}

TYPED_TEST(JudgeHeadersTest, OneFaultAnywhereIsSeenByAllAlike) {
  auto& random = this->random_;
  for (int round = 0; round < 2000; ++round) {
    const uint32_t count = 1 + random() % kBatch;
    const uint32_t spoiled = random() % count;
    for (uint32_t i = 0; i < count; ++i) {
      Bytes frame = this->Packet().Build();
      uint8_t* const ip = frame.data() + kEthernetHeader;
      if (i == spoiled && this->kIpv4) {
        // All but the bits that belong to no check are under the checksum.
        ip[random() % kIpv4Header] ^= static_cast<uint8_t>(1u << random() % 8);
      } else if (i == spoiled) {
        struct Fault {
          int octet;
          std::vector<int> values;
        };
        const std::vector<Fault> faults = {{0, {0x40, 0x50, 0x70, 0xE0}}, {4, {1, 255}},
                                           {6, {0, 43, 44, 58, 60, 103}}, {8, {0xFF}},
                                           {24, {0xFE, 0x7F, 0}},         {25, {0, 1, 2, 0x10, 0x32, 0xF1}}};
        const Fault& fault = faults[random() % faults.size()];
        ip[fault.octet] = static_cast<uint8_t>(fault.values[random() % fault.values.size()]);
        if (random() % 8 == 0) std::fill_n(ip + 8, 8, uint8_t{0});
        if (random() % 8 == 0) ip[8] = 0xFE, ip[9] = 0x80;
      }
      this->Put(i, frame);
    }
    ExpectTheSame(this->headers_, count);
    EXPECT_FALSE(Judge(InstructionSet::kPortable, this->headers_, count)->good);
  }
}

TYPED_TEST(JudgeHeadersTest, WordsOfAnyBitsAreJudgedAlike) {
  std::mt19937_64 words{2};
  for (int round = 0; round < 2000; ++round) {
    const uint32_t count = 1 + this->random_() % kBatch;
    for (uint32_t i = 0; i < count; ++i) {
      Bytes header(kIpv6Header);
      for (uint8_t& octet : header) octet = static_cast<uint8_t>(words());
      this->headers_.Put(i, header.data(), static_cast<uint32_t>(words() % 2000));
    }
    ExpectTheSame(this->headers_, count);
  }
}

TEST(JudgeIpv6Headers, TakesEverySourceThatCanSendButSomeOfTheFirstAddresses) {
  // Invariant: no source passes that is not to be forwarded, and no other fails but those whose first half is zero.
  struct Case {
    const char* source;
    bool good;
  };
  for (const Case& c : {Case{"::", false}, Case{"::1", false}, Case{"::ffff:10.0.0.1", false}, Case{"fe80::1", false},
                        Case{"febf:ffff::1", false}, Case{"ff02::1", false}, Case{"fe7f::1", true},
                        Case{"fec0::1", true}, Case{"0:0:0:1::1", true}, Case{"0:0:0:ff00::", true},
                        Case{"0:0:0:8000::", true}, Case{"8000::", true}, Case{"1::", true}, Case{"feff::", true}}) {
    Headers<Ipv6> headers;
    const Bytes ip = PacketBuilder().To("ff0e::1").From(c.source).BuildIp();
    headers.Put(0, ip.data(), static_cast<uint32_t>(ip.size()));
    for (const InstructionSet set : testing::SupportedInstructionSets()) {
      EXPECT_EQ(Judge(set, headers, 1)->good, c.good) << c.source << Name(set);
    }
  }
}

}  // namespace
}  // namespace mgmd::dataplane
