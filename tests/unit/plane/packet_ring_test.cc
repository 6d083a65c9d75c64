// net_af_packet's rings: chosen so that they hold what the interface carries, and refused where the driver would lose
// packets without a word.

#include "control/plane/packet_ring.h"

#include <gtest/gtest.h>

namespace mgmd::plane {
namespace {

std::string Message(const std::string& device, uint32_t mtu) {
  const auto ring = RingOf(device, mtu);
  return ring.ok() ? "" : std::string(ring.status().message());
}

TEST(PacketRing, IsChosenForTheMtu) {
  // Invariant: without arguments every packet of the MTU fits, and frames fill their blocks.
  for (const uint32_t mtu : {68u, 1500u, 1968u, 1969u, 9000u, 32688u}) {
    const auto ring = RingOf("net_af_packet0,iface=eth1", mtu);
    ASSERT_TRUE(ring.ok()) << ring.status();
    EXPECT_GE(ring->longest_packet(), mtu);
    EXPECT_EQ(ring->block_size % ring->frame_size, 0u);
    EXPECT_EQ(ring->block_size % 4096, 0u);
    EXPECT_EQ(ring->frames % (ring->block_size / ring->frame_size), 0u);
    EXPECT_GE(ring->frames, 2048u);
  }
  const auto usual = RingOf("net_af_packet0,iface=eth1", 1500);
  EXPECT_EQ(usual->frame_size, 2048u);
  EXPECT_EQ(usual->block_size, 4096u);
}

TEST(PacketRing, IsWhatTheArgumentsSay) {
  const auto ring = RingOf("net_af_packet0,iface=eth1,framesz=4096,blocksz=8192,framecnt=512", 1500);
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ(ring->frame_size, 4096u);
  EXPECT_EQ(ring->block_size, 8192u);
  EXPECT_EQ(ring->frames, 512u);
  EXPECT_EQ(WithRing("net_af_packet0,iface=eth1,framesz=4096,blocksz=8192,framecnt=512", *ring),
            "net_af_packet0,iface=eth1,framesz=4096,blocksz=8192,framecnt=512");
  EXPECT_EQ(WithRing("net_af_packet0,iface=eth1,framecnt=512", *ring),
            "net_af_packet0,iface=eth1,framecnt=512,framesz=4096,blocksz=8192");
}

TEST(PacketRing, RefusesWhatTheDriverWouldGetWrong) {
  // Invariant: the error names the argument, what it has to be, and the arguments that would do.
  EXPECT_EQ(
      Message("net_af_packet0,iface=eth1,framesz=2048,blocksz=4096", 9000),
      "device \"net_af_packet0,iface=eth1,framesz=2048,blocksz=4096\": framesz = 2048 holds packets of 1968 octets, "
      "and the interface's MTU is 9000; it takes framesz=16384,blocksz=16384");
  EXPECT_EQ(Message("net_af_packet0,iface=eth1,framesz=3072,blocksz=4096", 1500),
            "device \"net_af_packet0,iface=eth1,framesz=3072,blocksz=4096\": blocksz = 4096 cannot be; it has to be a "
            "multiple of the page (4096) and of framesz (3072)");
  EXPECT_EQ(
      Message("net_af_packet0,iface=eth1,framecnt=3", 1500),
      "device \"net_af_packet0,iface=eth1,framecnt=3\": framecnt = 3 cannot be; allowed: multiples of 2, the frames "
      "of a block");
  EXPECT_EQ(
      Message("net_af_packet0,iface=eth1", 40000),
      "device \"net_af_packet0,iface=eth1\": framesz = 65536, for MTU 40000, cannot be; allowed: multiples of 16 up "
      "to 32768, which carries packets of 32688 octets");
  EXPECT_NE(Message("net_af_packet0,iface=eth1,framesz=16", 1500), "");
  EXPECT_NE(Message("net_af_packet0,iface=eth1,blocksz=0", 1500), "");
}

}  // namespace
}  // namespace mgmd::plane
