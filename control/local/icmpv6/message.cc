#include "control/local/icmpv6/message.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace mgmd::icmpv6 {
namespace {

constexpr uint8_t kHopLimit = 64;
constexpr size_t kAddresses = 32;  // octets of both, with which an IPv6 header ends

struct TypeAndCode {
  uint8_t type, code;
};
TypeAndCode Of(Icmpv6ErrorKind kind) {
  return kind == Icmpv6ErrorKind::kPacketTooBig ? TypeAndCode{2, 0} : TypeAndCode{4, 2};
}

void Append(std::vector<uint8_t>& to, std::span<const uint8_t> octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}
void Append2(std::vector<uint8_t>& to, size_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

// Of an IPv6 packet without extension headers, whose upper layer has zero in place of its checksum (RFC 8200 section
// 8.1). `addresses_and_upper`: from its addresses on.
uint16_t UpperChecksum(uint8_t protocol, std::span<const uint8_t> addresses_and_upper) {
  uint32_t sum = static_cast<uint32_t>(addresses_and_upper.size() - kAddresses) + protocol;
  for (size_t at = 0; at < addresses_and_upper.size(); ++at) {
    sum += at % 2 == 0 ? uint32_t{addresses_and_upper[at]} << 8 : addresses_and_upper[at];
  }
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

std::vector<uint8_t> MakeFrame(const Icmpv6Error& error, const Ipv6Address& source) {
  const std::span<const uint8_t> quote = error.packet.first(std::min<size_t>(error.packet.size(), kMostQuoted));
  std::vector<uint8_t> frame;
  Append(frame, error.sender_mac);
  Append(frame, error.own_mac);
  Append2(frame, 0x86DD);

  Append(frame, {{0x60, 0, 0, 0}});
  Append2(frame, kIcmpv6ErrorHeader + quote.size());
  frame.push_back(kIcmpv6);
  frame.push_back(kHopLimit);
  const size_t addresses = frame.size();
  Append(frame, source.bytes());
  Append(frame, error.packet.subspan(8, 16));  // whoever sent it

  const TypeAndCode of = Of(error.kind);
  frame.push_back(of.type);
  frame.push_back(of.code);
  const size_t checksum = frame.size();
  Append2(frame, 0);
  Append2(frame, error.value >> 16);
  Append2(frame, error.value);
  Append(frame, quote);

  const uint16_t sum = UpperChecksum(kIcmpv6, std::span<const uint8_t>(frame).subspan(addresses));
  frame[checksum] = static_cast<uint8_t>(sum >> 8);
  frame[checksum + 1] = static_cast<uint8_t>(sum);
  return frame;
}

}  // namespace mgmd::icmpv6
