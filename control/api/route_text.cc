#include "control/api/route_text.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mgmd::api {

std::string SourceText(const Ipv4FibKey& key) { return key.is_wildcard() ? "*" : key.source().ToString(); }

std::string GroupText(const Ipv4FibKey& key) {
  if (key.group_length() == 32) return key.group().ToString();
  return Ipv4Prefix(key.group(), key.group_length()).ToString();
}

std::optional<Ipv4FibKey> ParseRoute(std::string_view group, std::string_view source) {
  const bool is_range = group.find('/') != std::string_view::npos;
  const auto range = Ipv4Prefix::Parse(is_range ? std::string(group) : absl::StrCat(std::string(group), "/32"));
  if (!range || !range->address().is_multicast() || range->length() < Ipv4::kAllGroupsLength) return std::nullopt;
  if (source == "*") return Ipv4FibKey::AnySource(range->address(), range->length());
  const auto address = Ipv4Address::Parse(source);
  if (!address || range->length() != 32) return std::nullopt;
  return Ipv4FibKey::SourceGroup(*address, range->address());
}

std::string InterfaceText(InterfaceId interface) {
  if (interface.next_hop.is_zero()) return absl::StrCat(interface.index);
  return absl::StrCat(interface.index, "/", interface.next_hop.ToString());
}

std::optional<InterfaceId> ParseInterface(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view index = text.substr(0, slash);
  InterfaceId interface;
  if (!absl::SimpleAtoi(absl::string_view(index.data(), index.size()), &interface.index)) return std::nullopt;
  if (slash == std::string_view::npos) return interface;
  const auto next_hop = Ipv4Address::Parse(text.substr(slash + 1));
  if (!next_hop) return std::nullopt;
  interface.next_hop = *next_hop;
  return interface;
}

}  // namespace mgmd::api
