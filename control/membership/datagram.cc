#include "control/membership/datagram.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "common/group_mac.h"
#include "common/ipv6_header.h"
#include "control/local/internet_checksum.h"
#include "control/local/ip_packet.h"
#include "control/local/octets.h"

namespace mgmd::membership {
namespace {

using local::Append;
using local::Append2;
using local::Append4;
using local::Store2;

constexpr uint8_t kIgmp = 2;
constexpr size_t kIpv4Header = 20;         // without options
constexpr uint8_t kNetworkControl = 0xC0;  // class selector 6 (RFC 2474 section 4.2.2.1)
constexpr uint8_t kIpv4RouterAlert = 148;  // RFC 2113 section 2.1
constexpr uint8_t kIpv6RouterAlert = 5;    // RFC 2711 section 2.1
constexpr uint16_t kIpv6AlertOfMld = 0;    // its value there
constexpr size_t kMessageChecksum = 2;     // where it is, in both
constexpr uint8_t kEndOfOptions = 0, kNoOperation = 1, kPad1 = 0;

bool HasIpv4RouterAlert(std::span<const uint8_t> options) {
  for (size_t at = 0; at < options.size() && options[at] != kEndOfOptions;) {
    if (options[at] == kIpv4RouterAlert) return true;
    if (options[at] == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size() || options[at + 1] < 2) return false;
    at += options[at + 1];
  }
  return false;
}

// `packet`: from its IPv6 header on.
bool HasMldRouterAlert(std::span<const uint8_t> packet) {
  if (packet[6] != kHopByHopOptions || packet.size() < kIpv6Header + 2) return false;
  const size_t end = std::min(packet.size(), kIpv6Header + (packet[kIpv6Header + 1] + size_t{1}) * 8);
  for (size_t at = kIpv6Header + 2; at < end;) {
    if (packet[at] == kPad1) {
      ++at;
      continue;
    }
    if (at + 2 > end) return false;
    if (packet[at] == kIpv6RouterAlert) {
      return packet[at + 1] == 2 && at + 4 <= end && local::LoadBig2(packet.data() + at + 2) == kIpv6AlertOfMld;
    }
    at += size_t{2} + packet[at + 1];
  }
  return false;
}

uint16_t SumOf(std::span<const uint8_t> message) { return local::InternetChecksum().Add(message).Field(); }

local::InternetChecksum PseudoHeader(const Ipv6Address& source, const Ipv6Address& destination, size_t length) {
  return local::InternetChecksum()
      .Add(source.bytes())
      .Add(destination.bytes())
      .Add(static_cast<uint16_t>(length))
      .Add(uint16_t{kIcmpv6});
}

}  // namespace

template <>
std::optional<Datagram<Ipv4>> ReadDatagram<Ipv4>(std::span<const uint8_t> frame) {
  const auto packet = local::ReadIpPacket(frame);
  if (!packet || packet->destination.index() != Ipv4::kSlotBit || packet->protocol != kIgmp) return std::nullopt;
  const std::span<const uint8_t> octets = packet->octets;
  if ((local::LoadBig2(octets.data() + 6) & 0x3FFF) != 0) return std::nullopt;  // a fragment
  Datagram<Ipv4> datagram{
      .source = Ipv4Address(octets[12], octets[13], octets[14], octets[15]),
      .destination = std::get<Ipv4Address>(packet->destination),
      .hop_limit = octets[8],
      .router_alert = HasIpv4RouterAlert(octets.subspan(kIpv4Header, packet->payload - kIpv4Header)),
      .message = octets.subspan(packet->payload)};
  std::copy_n(frame.begin() + 6, datagram.sender.size(), datagram.sender.begin());
  return datagram;
}

template <>
std::optional<Datagram<Ipv6>> ReadDatagram<Ipv6>(std::span<const uint8_t> frame) {
  const auto packet = local::ReadIpPacket(frame);
  if (!packet || packet->destination.index() != Ipv6::kSlotBit || packet->protocol != kIcmpv6) return std::nullopt;
  const std::span<const uint8_t> octets = packet->octets;
  if (local::FindUpperLayer(octets, kFragmentHeader).protocol != kIcmpv6) return std::nullopt;  // a fragment
  Datagram<Ipv6> datagram{.source = Ipv6Address::FromNetwork(octets.data() + 8),
                          .destination = std::get<Ipv6Address>(packet->destination),
                          .hop_limit = octets[7],
                          .router_alert = HasMldRouterAlert(octets),
                          .message = octets.subspan(packet->payload)};
  std::copy_n(frame.begin() + 6, datagram.sender.size(), datagram.sender.begin());
  return datagram;
}

template <>
std::vector<uint8_t> MakePacket<Ipv4>(const Ipv4Address& source, const Ipv4Address& destination,
                                      std::span<const uint8_t> message) {
  constexpr size_t kHeaderChecksum = 10;
  constexpr size_t kHeader = Protocol<Ipv4>::kIpHeader;
  std::vector<uint8_t> packet;
  packet.reserve(kHeader + message.size());
  packet.push_back(0x40 | kHeader / 4);
  packet.push_back(kNetworkControl);
  Append2(packet, kHeader + message.size());
  Append4(packet, 0x4000);  // no identification, which what may not be fragmented needs none of (RFC 6864 section 4.1)
  packet.push_back(1);
  packet.push_back(kIgmp);
  Append2(packet, 0);
  Append4(packet, source.host_order());
  Append4(packet, destination.host_order());
  Append(packet, {{kIpv4RouterAlert, 4, 0, 0}});
  Store2(packet, kHeaderChecksum, SumOf(packet));
  Append(packet, message);
  Store2(packet, kHeader + kMessageChecksum, 0);
  Store2(packet, kHeader + kMessageChecksum, SumOf(std::span<const uint8_t>(packet).subspan(kHeader)));
  return packet;
}

template <>
std::vector<uint8_t> MakePacket<Ipv6>(const Ipv6Address& source, const Ipv6Address& destination,
                                      std::span<const uint8_t> message) {
  constexpr size_t kHeader = Protocol<Ipv6>::kIpHeader;
  std::vector<uint8_t> packet;
  packet.reserve(kHeader + message.size());
  Append4(packet, 0x60000000 | uint32_t{kNetworkControl} << 20);
  Append2(packet, kHeader - kIpv6Header + message.size());
  packet.push_back(kHopByHopOptions);
  packet.push_back(1);
  Append(packet, source.bytes());
  Append(packet, destination.bytes());
  Append(packet, {{kIcmpv6, 0, kIpv6RouterAlert, 2, 0, kIpv6AlertOfMld, 1, 0}});  // a PadN of none at the end
  Append(packet, message);
  Store2(packet, kHeader + kMessageChecksum, 0);
  const auto sum =
      PseudoHeader(source, destination, message.size()).Add(std::span<const uint8_t>(packet).subspan(kHeader));
  Store2(packet, kHeader + kMessageChecksum, sum.Field());
  return packet;
}

template <class Family>
std::vector<uint8_t> MakeFrameForHost(const typename Family::Address& source,
                                      const typename Family::Address& destination, std::span<const uint8_t> message) {
  constexpr bool kIpv4 = std::is_same_v<Family, Ipv4>;
  std::vector<uint8_t> frame(local::kEthernetHeader - 2);
  const uint64_t station = GroupMac(destination);
  std::memcpy(frame.data(), &station, sizeof(MacAddress));
  Append2(frame, kIpv4 ? 0x0800 : 0x86DD);
  Append(frame, MakePacket<Family>(kIpv4 ? typename Family::Address() : source, destination, message));
  return frame;
}
template std::vector<uint8_t> MakeFrameForHost<Ipv4>(const Ipv4Address&, const Ipv4Address&, std::span<const uint8_t>);
template std::vector<uint8_t> MakeFrameForHost<Ipv6>(const Ipv6Address&, const Ipv6Address&, std::span<const uint8_t>);

template <>
bool ChecksumIsRight<Ipv4>(const Datagram<Ipv4>& datagram) {
  return local::InternetChecksum().Add(datagram.message).SumsUp();
}
template <>
bool ChecksumIsRight<Ipv6>(const Datagram<Ipv6>& datagram) {
  return PseudoHeader(datagram.source, datagram.destination, datagram.message.size()).Add(datagram.message).SumsUp();
}

}  // namespace mgmd::membership
