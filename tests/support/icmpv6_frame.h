#ifndef MGMD_TESTS_SUPPORT_ICMPV6_FRAME_H_
#define MGMD_TESTS_SUPPORT_ICMPV6_FRAME_H_

// The frame of an ICMPv6 error, written out field by field and sharing nothing with the code under test.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "common/ip_address.h"
#include "tests/support/packet_builder.h"

namespace mgmd::testing {

// The sum of an ICMPv6 message and its pseudo-header, as RFC 8200 section 8.1 draws it: 0xFFFF where the checksum is
// right.
inline uint16_t SumOfIcmpv6(const Bytes& source, const Bytes& destination, const Bytes& message) {
  Bytes summed = source;
  summed.insert(summed.end(), destination.begin(), destination.end());
  for (const int shift : {24, 16, 8, 0}) summed.push_back(static_cast<uint8_t>(message.size() >> shift));
  for (const uint8_t octet : {0, 0, 0, 58}) summed.push_back(octet);
  summed.insert(summed.end(), message.begin(), message.end());
  if (summed.size() % 2 != 0) summed.push_back(0);
  uint64_t sum = 0;
  for (size_t at = 0; at < summed.size(); at += 2) sum += uint64_t{summed[at]} * 256 + summed[at + 1];
  while (sum >= 0x10000) sum = sum / 0x10000 + sum % 0x10000;
  return static_cast<uint16_t>(sum);
}

struct TypeAndCode {
  uint8_t type, code;
};
inline constexpr TypeAndCode kPacketTooBig = {2, 0};
inline constexpr TypeAndCode kUnknownOption = {4, 2};

// About a packet that was received in `frame`, without tag; sent from `source` out of an interface with `own_mac`.
inline PacketBuilder Icmpv6Frame(TypeAndCode of, uint32_t value, std::string_view source, const Bytes& own_mac,
                                 const Bytes& frame) {
  const auto piece = [&](size_t from, size_t to) {
    return Bytes(frame.begin() + static_cast<long>(from), frame.begin() + static_cast<long>(to));
  };
  Bytes message = {of.type, of.code, 0, 0};
  for (const int shift : {24, 16, 8, 0}) message.push_back(static_cast<uint8_t>(value >> shift));
  const Bytes quote = piece(14, std::min<size_t>(frame.size(), 14 + 1232));
  message.insert(message.end(), quote.begin(), quote.end());
  const Ipv6Address from = Ipv6Address::Parse(source).value();
  const Bytes to = piece(22, 38);
  const auto checksum =
      static_cast<uint16_t>(~SumOfIcmpv6(Bytes(from.bytes().begin(), from.bytes().end()), to, message));
  message[2] = static_cast<uint8_t>(checksum >> 8);
  message[3] = static_cast<uint8_t>(checksum);
  std::array<uint8_t, 16> destination{};
  std::copy(to.begin(), to.end(), destination.begin());
  return PacketBuilder()
      .DestinationMac(piece(6, 12))
      .SourceMac(own_mac)
      .From(source)
      .To(Ipv6Address(destination).ToString())
      .Ttl(64)
      .TrafficClass(0)
      .Id(0)
      .Protocol(58)
      .Payload(message);
}

}  // namespace mgmd::testing

#endif  // MGMD_TESTS_SUPPORT_ICMPV6_FRAME_H_
