#include <algorithm>
#include <map>

#include "control/config/sections.h"

namespace mgmd::config {
namespace {

// Whether no address of the prefix can be a packet's source (RFC 1812 section 5.3.7).
bool HasNoSources(const Ipv4Prefix& prefix) {
  const uint32_t top = prefix.address().host_order() >> 24;
  return top >= 224 || (prefix.length() >= 8 && (top == 0 || top == 127));
}

// Sets the next hop if a neighbour can have it. On an interface without addresses any can.
void ReadNextHop(const Field& field, const Interface* interface, StaticRoute* route) {
  const std::string allowed = "the address of a neighbour on the interface";
  const auto address = field.Address(allowed);
  if (!address) return;
  route->next_hop = *address;
  if (!address->is_valid_source()) {
    field.Fail(address->ToString() + " is no host's address", allowed);
    return;
  }
  if (interface == nullptr || interface->addresses.empty()) return;
  const auto& own = interface->addresses;
  if (std::any_of(own.begin(), own.end(), [&](const InterfaceAddress& each) { return each.address == *address; })) {
    field.Fail(address->ToString() + " is this router's own address", allowed);
  } else if (std::none_of(own.begin(), own.end(), [&](const auto& each) { return each.prefix().Contains(*address); })) {
    field.Fail(address->ToString() + " is on no link of " + Quoted(interface->name), allowed);
  }
}

}  // namespace

void ReadRoutes(Table& root, const InterfaceNames& names, std::vector<StaticRoute>* routes) {
  std::map<Ipv4Prefix, std::string> known;  // and where it is
  for (const Interface& interface : names.interfaces()) {
    for (const InterfaceAddress& own : interface.addresses) {
      known.emplace(own.prefix(), "as the prefix of interface " + Quoted(interface.name));
    }
  }
  for (Table& table : root.Get("route").Tables()) {
    StaticRoute route;
    const Field prefix_field = table.Require("prefix");
    if (const auto prefix = prefix_field.Prefix("an IPv4 prefix of sources, as in \"10.0.0.0/8\"")) {
      route.prefix = *prefix;
      if (HasNoSources(*prefix)) {
        prefix_field.Fail(prefix->ToString() + " has no address that is a source",
                          "an IPv4 prefix of sources, as in \"10.0.0.0/8\"");
      } else if (const auto [same, is_new] = known.emplace(*prefix, "at line " + std::to_string(table.position().line));
                 !is_new) {
        prefix_field.Fail(prefix->ToString() + " has a route already, " + same->second, "one route for each prefix");
      }
    }
    const Interface* interface = names.Resolve(table.Require("interface"));
    if (interface != nullptr) route.interface = interface->id;
    ReadNextHop(table.Get("next_hop"), interface, &route);
    table.Finish();
    routes->push_back(route);
  }
}

}  // namespace mgmd::config
