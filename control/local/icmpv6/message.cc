#include "control/local/icmpv6/message.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "control/local/internet_checksum.h"
#include "control/local/octets.h"

namespace mgmd::icmpv6 {
namespace {

using local::Append;
using local::Append2;

constexpr uint8_t kHopLimit = 64;
constexpr size_t kAddresses = 32;  // octets of both, with which an IPv6 header ends

struct TypeAndCode {
  uint8_t type, code;
};
TypeAndCode Of(Icmpv6ErrorKind kind) {
  return kind == Icmpv6ErrorKind::kPacketTooBig ? TypeAndCode{2, 0} : TypeAndCode{4, 2};
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

  // With the upper layer's length and protocol, as of its pseudo-header (RFC 8200 section 8.1).
  const auto upper = static_cast<uint16_t>(frame.size() - addresses - kAddresses);
  const uint16_t sum = local::InternetChecksum()
                           .Add(upper)
                           .Add(uint16_t{kIcmpv6})
                           .Add(std::span<const uint8_t>(frame).subspan(addresses))
                           .Field();
  local::Store2(frame, checksum, sum);
  return frame;
}

}  // namespace mgmd::icmpv6
