#ifndef MGMD_COMMON_INTERFACE_H_
#define MGMD_COMMON_INTERFACE_H_

// What control and dataplane call an interface.
//
// InterfaceId    (index, next hop), the Group Manager's identity of an interface. The next hop is zero for broadcast
//                and point-to-point interfaces and picks one link of a point-to-multipoint interface otherwise.
// InterfaceSlot  a 16-bit number that the forwarder gives to an InterfaceId of its family, as dense as may be;
//                control's tables and the FIB speak of slots. It goes to another interface only when nothing names it
//                any more. A slot is an interface of one family, which its lowest bit tells: what befalls an
//                interface in one family does not touch it in the other, since each has a stamp of its own.
// Stamp          a slot together with its epoch. FIB entries hold stamps; the interface table holds the current
//                stamp of each slot. A change of ownership bumps the epoch, and from that store on every entry built
//                before has lost the interface, however many there are.

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "common/ip_family.h"

namespace mgmd {

template <class Family>
struct InterfaceIdOf {
  uint32_t index = 0;
  typename Family::Address next_hop;

  // "12", or "12/10.0.0.1", "12/fe80::1" with a next hop.
  std::string ToString() const {
    return next_hop.is_zero() ? std::to_string(index) : std::to_string(index) + "/" + next_hop.ToString();
  }

  constexpr auto operator<=>(const InterfaceIdOf&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const InterfaceIdOf& id) {
    return H::combine(std::move(state), id.index, id.next_hop);
  }
};
using InterfaceId = InterfaceIdOf<Ipv4>;

enum class InterfaceSlot : uint16_t {};

inline constexpr InterfaceSlot kNoSlot{0xFFFF};
inline constexpr size_t kMaxSlots = 0xFFFF;       // of both families
inline constexpr size_t kMaxInterfaces = 0x7FFF;  // that a family has slots for

constexpr uint16_t Value(InterfaceSlot slot) { return static_cast<uint16_t>(slot); }
// The family of an interface's slot; kNoSlot is of none.
constexpr bool IsIpv6(uint16_t slot) { return (slot & 1) == Ipv6::kSlotBit; }

struct Stamp {
  uint16_t slot = Value(kNoSlot);
  uint16_t epoch = 0;

  constexpr bool operator==(const Stamp&) const = default;
};
static_assert(sizeof(Stamp) == 4);

}  // namespace mgmd

#endif  // MGMD_COMMON_INTERFACE_H_
