#ifndef MGMD_CONTROL_PROTOCOLS_MODULE_SERVICE_VALUES_H_
#define MGMD_CONTROL_PROTOCOLS_MODULE_SERVICE_VALUES_H_

// How addresses, prefixes and interfaces of either family are written in mgmd_services.h. Pure. Any thread.

#include <cstdint>
#include <optional>

#include "common/any_family.h"
#include "control/protocols/module/mgmd_services.h"

namespace mgmd::protocols {

MGMD_ADDRESS ToC(const Ipv4Address& address);
MGMD_ADDRESS ToC(const Ipv6Address& address);
template <class Address>
MGMD_PREFIX ToC(const Address& address, int length) {
  return {ToC(address), static_cast<uint32_t>(length)};
}

// Nothing: it is of no family.
std::optional<AnyAddress> FromC(const MGMD_ADDRESS& address);
// The interface of that index in the family; nothing: there is no such family.
std::optional<AnyInterfaceId> InterfaceFromC(uint32_t index, uint32_t family);
// MGMD_PROTOCOL_IPV4 or MGMD_PROTOCOL_IPV6.
template <class... Values>
uint32_t FamilyToC(const std::variant<Values...>& of_either) {
  return of_either.index() == Ipv4::kSlotBit ? MGMD_PROTOCOL_IPV4 : MGMD_PROTOCOL_IPV6;
}

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MODULE_SERVICE_VALUES_H_
