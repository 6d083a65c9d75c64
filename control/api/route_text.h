#ifndef MGMD_CONTROL_API_ROUTE_TEXT_H_
#define MGMD_CONTROL_API_ROUTE_TEXT_H_

// The words for a route's source and group, the same wherever routes are shown and asked for.

#include <optional>
#include <string>
#include <string_view>

#include "common/fib_key.h"
#include "common/interface.h"

namespace mgmd::api {

// "10.0.0.1", "*" for a wildcard.
std::string SourceText(const Ipv4FibKey& key);
// "239.1.1.1", "239.1.0.0/16" for a range, "224.0.0.0/4" for all groups.
std::string GroupText(const Ipv4FibKey& key);
// The key of "GROUP,SOURCE" in those words; nothing: it is none.
std::optional<Ipv4FibKey> ParseRoute(std::string_view group, std::string_view source);

// "12", or "12/10.0.0.1" with a next hop: an interface without regard to its name.
std::string InterfaceText(InterfaceId interface);
std::optional<InterfaceId> ParseInterface(std::string_view text);

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_ROUTE_TEXT_H_
