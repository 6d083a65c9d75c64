#ifndef MGMD_CONTROL_API_ROUTE_TEXT_H_
#define MGMD_CONTROL_API_ROUTE_TEXT_H_

// The words for a route's source and group, the same wherever routes are shown and asked for, and in both families.

#include <optional>
#include <string>
#include <string_view>

#include "common/any_family.h"

namespace mgmd::api {

// "10.0.0.1", "2001:db8::1", "*" for a wildcard.
template <class Family>
std::string SourceText(const FibKey<Family>& key) {
  return key.is_wildcard() ? "*" : key.source().ToString();
}

// "239.1.1.1", "ff0e::/16" for a range, "224.0.0.0/4" and "ff00::/8" for all groups.
template <class Family>
std::string GroupText(const FibKey<Family>& key) {
  return typename Family::Prefix(key.group(), key.group_length()).ToShortString();
}

// The key of "GROUP,SOURCE" in those words; nothing: it is none of the family.
template <class Family>
std::optional<FibKey<Family>> ParseRoute(std::string_view group, std::string_view source);

// The same of the one family of which it is.
std::optional<AnyFibKey> ParseAnyRoute(std::string_view group, std::string_view source);

// The interface of InterfaceIdOf::ToString(); nothing: it is none of the family.
template <class Family>
std::optional<InterfaceIdOf<Family>> ParseInterface(std::string_view text);

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_ROUTE_TEXT_H_
