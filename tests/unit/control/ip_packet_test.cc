// Invariant: whatever is in a frame, nothing outside of it is read, and a packet that is found lies in it.

#include "control/local/ip_packet.h"

#include <gtest/gtest.h>

#include "tests/support/packet_builder.h"

namespace mgmd::local {
namespace {

using testing::Bytes;
using testing::Frames;
using testing::PacketBuilder;

// Of all forms that the reader looks into.
Frames AllForms() {
  const Bytes eight = {0, 0, 0, 0, 0, 0};  // without the first two octets
  return {PacketBuilder().Protocol(89).Build(),
          PacketBuilder().Options({7, 4, 4, 0}).Padding(7).Build(),
          PacketBuilder::Ipv6().Protocol(89).Build(),
          PacketBuilder::Ipv6().Extension(0, eight).Extension(43, eight).Extension(60, eight).Protocol(103).Build(),
          PacketBuilder::Ipv6().FragmentHeader(0, true).Extension(60, eight).Protocol(103).Build(),
          PacketBuilder::Ipv6().Extension(0, eight).FragmentHeader(64, false).Protocol(103).Build()};
}

// The frame has a memory of its own, by whose ends AddressSanitizer stands.
void Read(const Bytes& frame) {
  const Bytes own(frame);
  const auto packet = ReadIpPacket(own);
  if (!packet) return;
  EXPECT_GE(packet->octets.data(), own.data() + 14);
  EXPECT_LE(packet->octets.data() + packet->octets.size(), own.data() + own.size());
  EXPECT_LE(packet->payload, packet->octets.size());
  EXPECT_GE(packet->payload, packet->destination.index() == Ipv4::kSlotBit ? 20u : 40u);
}

TEST(IpPacket, IsNotReadBeyondItsFrameHoweverThatIsCut) {
  for (const Bytes& whole : AllForms()) {
    EXPECT_TRUE(ReadIpPacket(whole).has_value());
    for (size_t octets = 0; octets < whole.size(); ++octets) Read(Bytes(whole.begin(), whole.begin() + octets));
  }
}

TEST(IpPacket, IsNotReadBeyondItsFrameWhateverAnOctetSays) {
  for (const Bytes& whole : AllForms()) {
    for (size_t at = 0; at < whole.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Bytes changed = whole;
        changed[at] = static_cast<uint8_t>(value);
        Read(changed);
      }
    }
  }
}

TEST(IpPacket, SaysWhichProtocolStandsBehindExtensionHeaders) {
  const Bytes eight = {0, 0, 0, 0, 0, 0};
  struct Row {
    PacketBuilder packet;
    uint8_t protocol;
    size_t payload;
  };
  for (const Row& row : {Row{PacketBuilder().Protocol(89), 89, 20}, Row{PacketBuilder().Options(Bytes(8)), 17, 28},
                         Row{PacketBuilder::Ipv6().Protocol(103).Extension(0, eight).Extension(60, eight), 103, 56},
                         Row{PacketBuilder::Ipv6().Protocol(103).FragmentHeader(0, true), 103, 48},
                         // What a later fragment is of nobody knows but its first header.
                         Row{PacketBuilder::Ipv6().Protocol(103).FragmentHeader(64, true), 103, 48},
                         Row{PacketBuilder::Ipv6().Protocol(103).FragmentHeader(64, true).Extension(60, eight), 60, 48},
                         Row{PacketBuilder::Ipv6().Protocol(103).Extension(51, eight), 51, 40}}) {
    const Bytes frame = row.packet.Build();
    const auto packet = ReadIpPacket(frame);
    ASSERT_TRUE(packet.has_value());
    EXPECT_EQ(packet->protocol, row.protocol);
    EXPECT_EQ(packet->payload, row.payload);
  }
}

}  // namespace
}  // namespace mgmd::local
