#include "common/any_family.h"

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
std::optional<AnyPrefix> ParsePrefix(std::string_view text) { return Parse<AnyPrefix, Ipv4Prefix, Ipv6Prefix>(text); }

}  // namespace mgmd
