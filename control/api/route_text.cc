#include "control/api/route_text.h"

#include "absl/strings/numbers.h"

namespace mgmd::api {

template <class Family>
std::optional<FibKey<Family>> ParseRoute(std::string_view group, std::string_view source) {
  const auto range = Family::Prefix::Parse(group);
  if (!range || !range->is_multicast()) return std::nullopt;
  if (source == "*") return FibKey<Family>::AnySource(range->address(), range->length());
  const auto address = Family::Address::Parse(source);
  if (!address || range->length() != Family::kAddressBits) return std::nullopt;
  return FibKey<Family>::SourceGroup(*address, range->address());
}

std::optional<AnyFibKey> ParseAnyRoute(std::string_view group, std::string_view source) {
  if (const auto ipv4 = ParseRoute<Ipv4>(group, source)) return *ipv4;
  if (const auto ipv6 = ParseRoute<Ipv6>(group, source)) return *ipv6;
  return std::nullopt;
}

template <class Family>
std::optional<InterfaceIdOf<Family>> ParseInterface(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view index = text.substr(0, slash);
  InterfaceIdOf<Family> interface;
  if (!absl::SimpleAtoi(absl::string_view(index.data(), index.size()), &interface.index)) return std::nullopt;
  if (slash == std::string_view::npos) return interface;
  const auto next_hop = Family::Address::Parse(text.substr(slash + 1));
  if (!next_hop) return std::nullopt;
  interface.next_hop = *next_hop;
  return interface;
}

template std::optional<Ipv4FibKey> ParseRoute<Ipv4>(std::string_view group, std::string_view source);
template std::optional<Ipv6FibKey> ParseRoute<Ipv6>(std::string_view group, std::string_view source);
template std::optional<InterfaceIdOf<Ipv4>> ParseInterface<Ipv4>(std::string_view text);
template std::optional<InterfaceIdOf<Ipv6>> ParseInterface<Ipv6>(std::string_view text);

}  // namespace mgmd::api
