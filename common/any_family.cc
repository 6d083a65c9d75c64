#include "common/any_family.h"

#include <string>

namespace mgmd {
namespace {

// No text is both.
template <class Any, class OfIpv4, class OfIpv6>
std::optional<Any> Parse(std::string_view text) {
  if (const auto ipv4 = OfIpv4::Parse(text)) return *ipv4;
  if (const auto ipv6 = OfIpv6::Parse(text)) return *ipv6;
  return std::nullopt;
}

}  // namespace

std::optional<AnyAddress> ParseAddress(std::string_view text) {
  return Parse<AnyAddress, Ipv4Address, Ipv6Address>(text);
}
std::optional<AddressAndLength> ParseAddressAndLength(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = ParseAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  return std::visit(
      [&]<class Address>(const Address& value) -> std::optional<AddressAndLength> {
        // The zero address has no bits beyond any length.
        const auto zeros = Address::Family::Prefix::Parse(Address().ToString() + std::string(text.substr(slash)));
        return zeros ? std::optional(AddressAndLength{value, zeros->length()}) : std::nullopt;
      },
      *address);
}
std::optional<AnyPrefix> ParsePrefix(std::string_view text) { return Parse<AnyPrefix, Ipv4Prefix, Ipv6Prefix>(text); }

}  // namespace mgmd
