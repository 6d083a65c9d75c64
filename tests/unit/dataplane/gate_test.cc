// Invariant: a gate lets a packet pass exactly if the stamp is the interface's, the interface is
// sendable, the packet fits its MTU, and its TTL is above the threshold; whatever stands in the
// other bits.

#include <gtest/gtest.h>

#include <cstdint>

#include "dataplane/interfaces/interface_table.h"

namespace mgmd::dataplane {
namespace {

constexpr uint32_t kStamp = Word(Stamp{7, 0xFFFE});

TEST(Gate, ComparesLengthAndTtlAtEveryEdge) {
  for (const uint16_t mtu : {uint16_t{68}, uint16_t{1500}, uint16_t{9000}, uint16_t{65535}}) {
    for (const uint8_t threshold : {1, 2, 63, 64, 128, 254, 255}) {
      const Gate gate = Gate().WithStamp(kStamp).WithLimits(mtu, threshold);
      EXPECT_EQ(gate.mtu(), mtu);
      EXPECT_EQ(gate.ttl_threshold(), threshold);
      for (const uint32_t length : {20u, 67u, 68u, 69u, 1499u, 1500u, 1501u, 9000u, 9001u, 65535u}) {
        for (uint32_t ttl = 1; ttl <= 255; ++ttl) {
          ASSERT_EQ(gate.LetsPass(kStamp, Gate::Asked(length, ttl)), length <= mtu && ttl > threshold)
              << length << " octets, MTU " << mtu << ", TTL " << ttl << ", threshold " << int{threshold};
        }
      }
    }
  }
}

TEST(Gate, IsShutToAnyOtherStampAndWhileTheInterfaceIsNotSendable) {
  const Gate gate = Gate().WithStamp(kStamp).WithLimits(1500, 1);
  const uint64_t asked = Gate::Asked(1500, 2);
  ASSERT_TRUE(gate.LetsPass(kStamp, asked));
  for (int bit = 0; bit < 32; ++bit) EXPECT_FALSE(gate.LetsPass(kStamp ^ uint32_t{1} << bit, asked)) << "bit " << bit;
  EXPECT_FALSE(gate.WithFlag(Gate::kUnsendable, true).LetsPass(kStamp, asked));
}

TEST(Gate, KeepsItsPartsApart) {
  for (const Gate::Flag flag : {Gate::kUnsendable, Gate::kUp, Gate::kEnabled, Gate::kDelivers}) {
    const Gate set = Gate().WithLimits(1500, 255).WithStamp(kStamp).WithFlag(flag, true);
    EXPECT_TRUE(set.Has(flag));
    EXPECT_EQ(set.stamp(), kStamp);
    EXPECT_EQ(set.mtu(), 1500);
    EXPECT_EQ(set.ttl_threshold(), 255);
    EXPECT_EQ(set.WithFlag(flag, false).bits(), Gate().WithLimits(1500, 255).WithStamp(kStamp).bits());
    EXPECT_EQ(set.WithStamp(0).WithLimits(0xFFFF, 0).bits(), Gate().WithFlag(flag, true).bits());
  }
}

}  // namespace
}  // namespace mgmd::dataplane
