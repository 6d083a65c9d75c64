#include <algorithm>
#include <map>

#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr const char* kPrefixAllowed = "a prefix of sources, as in \"10.0.0.0/8\" or \"2001:db8::/32\"";

// Whether no address of the prefix can be the source of a packet that is forwarded (RFC 1812 section 5.3.7; RFC 4291
// sections 2.5.2 to 2.5.6 and 2.7).
bool HasNoSources(const Ipv4Prefix& prefix) {
  const uint32_t top = prefix.address().host_order() >> 24;
  return top >= 224 || (prefix.length() >= 8 && (top == 0 || top == 127));
}
bool HasNoSources(const Ipv6Prefix& prefix) {
  const Ipv6Address& address = prefix.address();
  return address.is_multicast() || (prefix.length() >= 10 && address.is_link_local()) ||
         (prefix.length() >= 96 && !address.is_valid_source());
}

// Why no neighbour on the interface can have the address; empty: one can. On an interface without addresses of IPv4 any
// can.
std::string WhyNoNeighbour(const Ipv4Address& address, const Interface& interface) {
  const auto& own = interface.addresses.of<Ipv4>();
  const bool on_link = own.empty() || std::any_of(own.begin(), own.end(),
                                                  [&](const auto& each) { return each.prefix().Contains(address); });
  return on_link ? "" : " is on no link of " + Quoted(interface.name);
}
std::string WhyNoNeighbour(const Ipv6Address& address, const Interface&) {
  return address.is_link_local() ? "" : " is not link-local";
}

constexpr const char* NextHopAllowed(const Ipv4Address&) { return "the address of a neighbour on the interface"; }
constexpr const char* NextHopAllowed(const Ipv6Address&) {
  return "the link-local address of a neighbour on the interface, as in \"fe80::1\"";
}

// Sets the next hop if a neighbour can have it.
template <class Family>
void ReadNextHop(const Field& field, const Interface* interface, StaticRoute<Family>* route) {
  const std::string allowed = NextHopAllowed(route->next_hop);
  const auto address = ReadAddress<Family>(field, allowed);
  if (!address) return;
  route->next_hop = *address;
  if (!address->is_valid_source()) {
    field.Fail(address->ToString() + " is no host's address", allowed);
    return;
  }
  if (interface == nullptr) return;
  const auto& own = interface->addresses.of<Family>();
  if (std::any_of(own.begin(), own.end(), [&](const auto& each) { return each.address == *address; })) {
    field.Fail(address->ToString() + " is this router's own address", allowed);
  } else if (const std::string why = WhyNoNeighbour(*address, *interface); !why.empty()) {
    field.Fail(address->ToString() + why, allowed);
  }
}

// Prefixes that have a route, and where it is.
template <class Family>
using Known = std::map<typename Family::Prefix, std::string>;

template <class Family>
void CheckPrefix(const Field& field, const typename Family::Prefix& prefix, int line, Known<Family>* known) {
  if (HasNoSources(prefix)) {
    field.Fail(prefix.ToString() + " has no address that is a source", kPrefixAllowed);
  } else if (const auto [same, is_new] = known->emplace(prefix, "at line " + std::to_string(line)); !is_new) {
    field.Fail(prefix.ToString() + " has a route already, " + same->second, "one route for each prefix");
  }
}

}  // namespace

void ReadRoutes(Table& root, const InterfaceNames& names, PerFamily<StaticRoutes>* routes) {
  PerFamily<Known> known;
  ForEachFamily([&]<class Family>() {
    for (const Interface& interface : names.interfaces()) {
      for (const auto& own : interface.addresses.of<Family>()) {
        known.of<Family>().emplace(own.prefix(), "as the prefix of interface " + Quoted(interface.name));
      }
    }
  });
  for (Table& table : root.Get("route").Tables()) {
    const Field prefix_field = table.Require("prefix");
    const auto prefix = prefix_field.Prefix(kPrefixAllowed);
    const Interface* interface = names.Resolve(table.Require("interface"));
    const Field next_hop = table.Get("next_hop");
    if (!prefix) {
      // Of the family that it says itself.
      next_hop.Address(NextHopAllowed(Ipv4Address()));
    } else {
      std::visit(
          [&]<class Prefix>(const Prefix& value) {
            using Family = typename Prefix::Family;
            CheckPrefix<Family>(prefix_field, value, table.position().line, &known.of<Family>());
            StaticRoute<Family>& route = routes->of<Family>().emplace_back();
            route.prefix = value;
            if (interface != nullptr) route.interface = interface->IdIn<Family>();
            ReadNextHop<Family>(next_hop, interface, &route);
          },
          *prefix);
    }
    table.Finish();
  }
}

}  // namespace mgmd::config
