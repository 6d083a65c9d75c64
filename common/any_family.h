#ifndef MGMD_COMMON_ANY_FAMILY_H_
#define MGMD_COMMON_ANY_FAMILY_H_

// Addresses, prefixes, keys and interfaces of either family, for whoever reads them from text, which says of which, or
// shows them.
//
//   std::visit([&]<class Prefix>(const Prefix& prefix) { Use<typename Prefix::Family>(prefix); }, any_prefix);
//
// Any thread.

#include <optional>
#include <string_view>
#include <variant>

#include "common/fib_key.h"
#include "common/interface.h"
#include "common/ip_family.h"

namespace mgmd {

using AnyAddress = std::variant<Ipv4Address, Ipv6Address>;
using AnyPrefix = std::variant<Ipv4Prefix, Ipv6Prefix>;
using AnyFibKey = std::variant<Ipv4FibKey, Ipv6FibKey>;
using AnyInterfaceId = std::variant<InterfaceIdOf<Ipv4>, InterfaceIdOf<Ipv6>>;

// "10.0.0.1", "2001:db8::1". Nothing: it is neither (ip_address.h).
std::optional<AnyAddress> ParseAddress(std::string_view text);
// "10.0.0.254/24", "2001:db8::fe/64": an address and its link's prefix length. Nothing: it is not that.
struct AddressAndLength {
  AnyAddress address;
  int length = 0;
};
std::optional<AddressAndLength> ParseAddressAndLength(std::string_view text);
// "10.0.0.0/8", "2001:db8::/32", with zero host bits; a bare address is itself alone.
std::optional<AnyPrefix> ParsePrefix(std::string_view text);

// "ipv4", "ipv6" (Family::kWord).
template <class... Values>
std::string_view FamilyWord(const std::variant<Values...>& of_either) {
  return of_either.index() == Ipv4::kSlotBit ? Ipv4::kWord : Ipv6::kWord;
}

}  // namespace mgmd

#endif  // MGMD_COMMON_ANY_FAMILY_H_
