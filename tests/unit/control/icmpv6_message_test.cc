// ICMPv6 errors as octets, and which packets they may be about.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "control/local/icmpv6/answerable.h"
#include "control/local/icmpv6/message.h"
#include "tests/support/icmpv6_frame.h"

namespace mgmd::icmpv6 {
namespace {

using testing::Bytes;
using testing::PacketBuilder;

constexpr std::array<uint8_t, 6> kOwnMac = {2, 0, 0, 0, 0, 0xAA};
constexpr std::array<uint8_t, 6> kSenderMac = {2, 0, 0, 0, 0, 0x99};

Ipv6Address Address(std::string_view text) { return Ipv6Address::Parse(text).value(); }

Icmpv6Error ErrorOf(Icmpv6ErrorKind kind, uint32_t value, const Bytes& packet) {
  return {.kind = kind,
          .value = value,
          .arrival = InterfaceSlot{1},
          .own_mac = kOwnMac,
          .sender_mac = kSenderMac,
          .packet = packet};
}

TEST(Icmpv6Message, OfAPacketThatIsTooBig) {
  // Invariant: class, label and hop limit of the message are its own, those of the quote the packet's.
  const Bytes packet = {
      0x6B, 0x81, 0x23, 0x45, 0x00, 0x09, 0x11, 0x07,                                                  // hop limit 7
      0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // 2001:db8::1
      0xFF, 0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // ff0e::1
      0x11, 0x11, 0x22, 0x22, 0x00, 0x09, 0x00, 0xAB, 0x01,                                            // UDP, 1 octet
  };
  Bytes expected = {
      0x02, 0x00, 0x00, 0x00, 0x00, 0x99, 0x02, 0x00, 0x00, 0x00, 0x00, 0xAA, 0x86, 0xDD,              // Ethernet
      0x60, 0x00, 0x00, 0x00, 0x00, 0x39, 0x3A, 0x40,                                                  // 57 octets, 64
      0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFE,  // 2001:db8::fe
      0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // 2001:db8::1
      0x02, 0x00, 0x9A, 0x93, 0x00, 0x00, 0x05, 0x00,                                                  // MTU 1280
  };
  expected.insert(expected.end(), packet.begin(), packet.end());
  EXPECT_EQ(MakeFrame(ErrorOf(Icmpv6ErrorKind::kPacketTooBig, 1280, packet), Address("2001:db8::fe")), expected);
}

TEST(Icmpv6Message, OfAnOptionThatIsNotKnown) {
  // Invariant: code 2, and the pointer is the place of the option's type in the packet (RFC 4443 section 3.4).
  const Bytes packet = {
      0x60, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0xFF,                                                  // hop-by-hop
      0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // 2001:db8::1
      0xFF, 0x0E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // ff0e::1
      0x11, 0x00, 0x01, 0x00, 0x00, 0x00, 0x9E, 0x00,                                                  // octet 46: 9E
      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,                                                  //
  };
  Bytes expected = {
      0x02, 0x00, 0x00, 0x00, 0x00, 0x99, 0x02, 0x00, 0x00, 0x00, 0x00, 0xAA, 0x86, 0xDD,              // Ethernet
      0x60, 0x00, 0x00, 0x00, 0x00, 0x40, 0x3A, 0x40,                                                  // 64 octets, 64
      0xFE, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0A,  // fe80::a
      0x20, 0x01, 0x0D, 0xB8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // 2001:db8::1
      0x04, 0x02, 0x81, 0x22, 0x00, 0x00, 0x00, 0x2E,                                                  // pointer 46
  };
  expected.insert(expected.end(), packet.begin(), packet.end());
  EXPECT_EQ(MakeFrame(ErrorOf(Icmpv6ErrorKind::kParameterProblem, 46, packet), Address("fe80::a")), expected);
}

TEST(Icmpv6Message, IsNeverLongerThanEveryLinkTakes) {
  // Invariant: as much of the packet as fits into 1,280 octets with all headers, and a checksum that is right whatever
  // is quoted. The pointer may point to what is not quoted any more.
  std::minstd_rand random(1);
  for (const size_t octets : {40u, 41u, 1231u, 1232u, 1233u, 1500u, 9000u}) {
    Bytes payload(octets - 40);
    for (uint8_t& octet : payload) octet = static_cast<uint8_t>(random());
    const Bytes received = PacketBuilder::Ipv6().From("2001:db8:ffff::ffff").Payload(payload).Build();
    const Bytes packet(received.begin() + 14, received.end());
    const Bytes frame = MakeFrame(ErrorOf(Icmpv6ErrorKind::kParameterProblem, 0x12345, packet), Address("fd00::1"));
    EXPECT_EQ(frame.size(), 14 + std::min<size_t>(octets + 48, 1280));
    EXPECT_EQ(
        frame,
        testing::Icmpv6Frame(testing::kUnknownOption, 0x12345, "fd00::1", {2, 0, 0, 0, 0, 0xAA}, received).Build());
    EXPECT_EQ(
        testing::SumOfIcmpv6(Bytes(frame.begin() + 22, frame.begin() + 38),
                             Bytes(frame.begin() + 38, frame.begin() + 54), Bytes(frame.begin() + 54, frame.end())),
        0xFFFF);
  }
}

// An own address of a link is needed to tell the address of all its routers.
bool Answered(const PacketBuilder& packet, std::array<uint8_t, 6> sender_mac = kSenderMac) {
  const std::vector<OwnAddress<Ipv6>> own = {{InterfaceSlot{1}, Address("2001:db8:1::9"), 64},
                                             {InterfaceSlot{1}, Address("2001:db8:2::1"), 127},
                                             {InterfaceSlot{1}, Address("2001:db8:3::"), 128},
                                             {InterfaceSlot{1}, Address("2001:db8:4::6"), 126}};
  Bytes octets = packet.BuildIp();
  // As a worker cuts it.
  octets.resize(std::min<size_t>(octets.size(), kMostQuoted));
  Icmpv6Error error = ErrorOf(Icmpv6ErrorKind::kPacketTooBig, 1280, octets);
  error.sender_mac = sender_mac;
  return IsAnswerable(error, OwnAddresses(own));
}

PacketBuilder Packet() { return PacketBuilder::Ipv6(); }
PacketBuilder Icmp(int type) { return Packet().Protocol(58).Payload(Bytes{static_cast<uint8_t>(type), 0, 0, 0}); }

TEST(Icmpv6Answerable, IsNeitherAnErrorNorARedirect) {
  // Invariant: RFC 4443 section 2.4 (e.1) and (e.2). Errors of types that nobody has defined yet are errors, too.
  for (int type = 0; type < 256; ++type) EXPECT_EQ(Answered(Icmp(type)), type >= 128 && type != 137) << type;
  EXPECT_TRUE(Answered(Packet()));
  EXPECT_TRUE(Answered(Packet().Payload(Bytes{1, 0, 0, 0}))) << "UDP that looks like it";
}

TEST(Icmpv6Answerable, IsLookedForBehindExtensionHeaders) {
  // Invariant: whatever stands in front of an error, none is sent about it; the same headers before anything else are
  // no reason.
  const Bytes authenticated = {58, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
  const auto check = [&](const std::string& headers, const PacketBuilder& before) {
    for (const int type : {1, 2, 4, 137, 128, 143}) {
      const bool answered = type == 128 || type == 143;
      Bytes message = {static_cast<uint8_t>(type), 0, 0, 0, 0, 0, 0, 0};
      EXPECT_EQ(Answered(PacketBuilder(before).Protocol(58).Payload(message)), answered) << headers << ", " << type;
      message.insert(message.begin(), authenticated.begin(), authenticated.end());
      EXPECT_EQ(Answered(PacketBuilder(before).Protocol(51).Payload(message)), answered) << headers << ", AH, " << type;
    }
    EXPECT_TRUE(Answered(PacketBuilder(before).Protocol(17))) << headers;
  };
  check("none", Packet());
  check("hop-by-hop", Packet().Extension(0, {5, 2, 0, 0}));
  check("long options", Packet().Extension(60, Bytes(598)));
  check("routing", Packet().Extension(43, {2, 0}));
  check("first fragment", Packet().FragmentHeader(0, true));
  check("whole in a fragment header", Packet().FragmentHeader(0, false));
  PacketBuilder many = Packet().Extension(0, {1, 4});
  for (int n = 0; n < 10; ++n) many.Extension(60, Bytes(6)).Extension(43, Bytes(14)).FragmentHeader(0, false);
  check("many", many);
}

TEST(Icmpv6Answerable, IsSeenNotToBeAnErrorOrTooLongForOne) {
  // Invariant: where the type is not in what there is of the packet it counts as an error, unless the packet is longer
  // than any error is.
  EXPECT_FALSE(Answered(Packet().Protocol(58).Payload(Bytes{}))) << "no type";
  EXPECT_FALSE(Answered(Packet().Extension(0, {1, 4}).Protocol(58).Payload(Bytes{})));
  EXPECT_FALSE(Answered(Packet().Protocol(60).Payload(Bytes{58, 9, 0, 0, 0, 0, 0, 0}))) << "runs over its end";
  EXPECT_FALSE(Answered(Packet().Protocol(60).Payload(Bytes{58, 0, 0, 0}))) << "no whole header";
  EXPECT_TRUE(Answered(Packet().Protocol(59).Payload(Bytes{})));
  EXPECT_TRUE(Answered(Packet().Protocol(50).Payload(Bytes{1, 2, 3, 4}))) << "encrypted";

  // With its options it is exactly as long as what can be quoted, then one octet more than an error.
  const PacketBuilder options = Packet().Extension(0, Bytes(1190)).Protocol(58);
  ASSERT_EQ(PacketBuilder(options).Payload(size_t{0}).BuildIp().size(), kMostQuoted);
  EXPECT_FALSE(Answered(PacketBuilder(options).Payload(48, 128)));
  EXPECT_TRUE(Answered(PacketBuilder(options).Payload(49, 1)));
  EXPECT_TRUE(Answered(Packet().Extension(0, Bytes(2046)).Protocol(58).Payload(8, 1)));

  // Only the first fragment has the type.
  EXPECT_FALSE(Answered(Packet().FragmentHeader(64, false).Protocol(58).Payload(8, 128)));
  EXPECT_FALSE(Answered(Packet().FragmentHeader(64, false).Protocol(60).Payload(8, 17)));
  EXPECT_TRUE(Answered(Packet().FragmentHeader(64, true).Protocol(58).Payload(1240, 1)));
  EXPECT_TRUE(Answered(Packet().FragmentHeader(64, false).Protocol(17).Payload(8, 128)));
}

TEST(Icmpv6Answerable, IsFromOneSingleNode) {
  // Invariant: RFC 4443 section 2.4 (e.6), and as much for the Ethernet address, to which the message would go.
  for (const char* source :
       {"::", "::1", "::10.0.0.1", "::ffff:10.0.0.1", "ff0e::5", "2001:db8:1::", "2001:db8:4::4"}) {
    EXPECT_FALSE(Answered(Packet().From(source))) << source;
  }
  for (const char* source : {"2001:db8::1", "fd00::1", "fec0::1", "fe80::1",
                             "2001:db8:2::", "2001:db8:3::", "2001:db8:4::5", "2001:db8:9::"}) {
    EXPECT_TRUE(Answered(Packet().From(source))) << source;
  }
  EXPECT_FALSE(Answered(Packet(), {3, 0, 0, 0, 0, 0x99}));
  EXPECT_FALSE(Answered(Packet(), {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}));
}

}  // namespace
}  // namespace mgmd::icmpv6
