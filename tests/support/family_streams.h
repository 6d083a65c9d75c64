#ifndef MGMD_TESTS_SUPPORT_FAMILY_STREAMS_H_
#define MGMD_TESTS_SUPPORT_FAMILY_STREAMS_H_

// Streams of either address family under the same numbers, for tests that are run for both:
//
//   template <class Family>
//   class Drain : public ::testing::Test {};
//   TYPED_TEST_SUITE(Drain, BothFamilies);
//   TYPED_TEST(Drain, ...) { rig.Receive(0, Packet<TypeParam>(7).Build()); }

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/fib_key.h"
#include "common/ip_address.h"
#include "tests/support/families.h"
#include "tests/support/packet_builder.h"
#include "tests/support/worker_rig.h"

namespace mgmd::testing {

// Which of two things is the family's.
template <class Family, typename T>
constexpr T Of(T ipv4, T ipv6) {
  return std::is_same_v<Family, Ipv4> ? ipv4 : ipv6;
}

// Of a packet without options, in octets.
template <class Family>
inline constexpr size_t kHeaderOctets = Of<Family>(20, 40);

template <class Family>
inline constexpr const char* kSource = Of<Family>("10.0.0.1", "2001:db8::1");
template <class Family>
inline constexpr const char* kOtherSource = Of<Family>("10.7.7.7", "2001:db8::7");

// Of the stream with a number from 0 to 65535. All are in Streams(), and those of the other kinds are not.
template <class Family>
std::string Group(int stream) {
  if (std::is_same_v<Family, Ipv4>) return "239.1." + std::to_string(stream >> 8) + "." + std::to_string(stream & 255);
  return "ff0e::1:" + std::to_string(stream >> 8) + ":" + std::to_string(stream & 255);
}
template <class Family>
std::string OtherGroup(int stream) {
  return Of<Family>("238.0.0.", "ff08::") + std::to_string(stream);
}
template <class Family>
std::string SourceSpecificGroup(int stream) {
  return Of<Family>("232.1.1.", "ff3e::") + std::to_string(stream);
}

template <class Family>
FibKey<Family> Key(int stream) {
  return KeyOf<Family>(kSource<Family>, Group<Family>(stream));
}
// (*,G), or (*,G/length).
template <class Family>
FibKey<Family> AnySourceOf(std::string_view group, int length = Family::kAddressBits) {
  return FibKey<Family>::AnySource(Family::Address::Parse(group).value(), length);
}
template <class Family>
FibKey<Family> Streams() {
  return AnySourceOf<Family>(Group<Family>(0), Of<Family>(16, 96));
}
template <class Family>
FibKey<Family> OtherStreams() {
  return AnySourceOf<Family>(OtherGroup<Family>(0), Of<Family>(8, 16));
}

template <class Family>
PacketBuilder Packet(int stream = 1) {
  return PacketBuilder().From(kSource<Family>).To(Group<Family>(stream));
}
// A packet of the default source to any group.
template <class Family>
PacketBuilder PacketTo(std::string_view group) {
  return PacketBuilder().From(kSource<Family>).To(group);
}

// What PacketBuilder::Id() has put into the packet of an untagged frame, up to 65535.
template <class Family>
int IdOf(const Bytes& frame) {
  const size_t at = Of<Family>(18, 16);
  return frame[at] << 8 | frame[at + 1];
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_FAMILY_STREAMS_H_
