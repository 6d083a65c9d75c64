#include "control/protocols/module/service_values.h"

#include <algorithm>

namespace mgmd::protocols {

MGMD_ADDRESS ToC(const Ipv4Address& address) {
  const uint32_t value = address.host_order();
  return {MGMD_PROTOCOL_IPV4,
          {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
           static_cast<uint8_t>(value)}};
}

MGMD_ADDRESS ToC(const Ipv6Address& address) {
  MGMD_ADDRESS written = {MGMD_PROTOCOL_IPV6, {}};
  std::copy(address.bytes().begin(), address.bytes().end(), written.abOctets);
  return written;
}

std::optional<AnyAddress> FromC(const MGMD_ADDRESS& address) {
  const uint8_t* const octets = address.abOctets;
  if (address.dwFamily == MGMD_PROTOCOL_IPV4) return Ipv4Address(octets[0], octets[1], octets[2], octets[3]);
  if (address.dwFamily == MGMD_PROTOCOL_IPV6) return Ipv6Address::FromNetwork(octets);
  return std::nullopt;
}

std::optional<AnyInterfaceId> InterfaceFromC(uint32_t index, uint32_t family) {
  if (family == MGMD_PROTOCOL_IPV4) return InterfaceIdOf<Ipv4>{index, {}};
  if (family == MGMD_PROTOCOL_IPV6) return InterfaceIdOf<Ipv6>{index, {}};
  return std::nullopt;
}

}  // namespace mgmd::protocols
