#include "control/local/ip_packet.h"

#include <algorithm>

#include "common/ip_address.h"
#include "control/local/internet_checksum.h"

namespace mgmd::local {
namespace {

constexpr size_t kIpv4Header = 20;  // without options
constexpr size_t kShortestExtension = 8;
constexpr size_t kIpv4EtherType = 0x0800;
constexpr size_t kIpv6EtherType = 0x86DD;

// Octets of an extension header.
size_t OctetsOf(uint8_t type, const uint8_t* header) {
  if (type == kFragmentHeader) return kShortestExtension;
  if (type == kAuthenticationHeader) return (header[1] + size_t{2}) * 4;
  return (header[1] + size_t{1}) * 8;
}

std::optional<IpPacket> ReadIpv4(std::span<const uint8_t> octets) {
  if (octets.size() < kIpv4Header || octets[0] >> 4 != 4) return std::nullopt;
  const size_t header = size_t{octets[0] & 0x0Fu} * 4;
  const size_t length = LoadBig2(octets.data() + 2);
  if (header < kIpv4Header || length < header || length > octets.size()) return std::nullopt;
  if (!InternetChecksum().Add(octets.first(header)).SumsUp()) return std::nullopt;
  const auto destination = Ipv4Address(octets[16], octets[17], octets[18], octets[19]);
  return IpPacket{.octets = octets.first(length), .destination = destination, .protocol = octets[9], .payload = header};
}

std::optional<IpPacket> ReadIpv6(std::span<const uint8_t> octets) {
  if (octets.size() < kIpv6Header || octets[0] >> 4 != 6) return std::nullopt;
  const size_t length = kIpv6Header + LoadBig2(octets.data() + 4);
  if (length > octets.size()) return std::nullopt;
  const std::span<const uint8_t> packet = octets.first(length);
  const UpperLayer upper = FindUpperLayer(packet, kAuthenticationHeader);
  return IpPacket{.octets = packet,
                  .destination = Ipv6Address::FromNetwork(packet.data() + 24),
                  .protocol = upper.protocol,
                  .payload = std::min(upper.at, length)};
}

}  // namespace

bool IsExtensionHeader(uint8_t next) {
  return next == kHopByHopOptions || next == kRoutingHeader || next == kFragmentHeader ||
         next == kAuthenticationHeader || next == kDestinationOptions;
}

UpperLayer FindUpperLayer(std::span<const uint8_t> packet, uint8_t last) {
  UpperLayer upper{.protocol = packet[6]};
  while (upper.here && upper.protocol != last && IsExtensionHeader(upper.protocol) &&
         upper.at + kShortestExtension <= packet.size()) {
    const uint8_t* const header = packet.data() + upper.at;
    upper.here = upper.protocol != kFragmentHeader || (LoadBig2(header + 2) & 0xFFF8) == 0;
    upper.at += OctetsOf(upper.protocol, header);
    upper.protocol = header[0];
  }
  return upper;
}

std::optional<IpPacket> ReadIpPacket(std::span<const uint8_t> frame) {
  if (frame.size() < kEthernetHeader) return std::nullopt;
  const size_t type = LoadBig2(frame.data() + 12);
  const std::span<const uint8_t> octets = frame.subspan(kEthernetHeader);
  if (type == kIpv4EtherType) return ReadIpv4(octets);
  if (type == kIpv6EtherType) return ReadIpv6(octets);
  return std::nullopt;
}

}  // namespace mgmd::local
