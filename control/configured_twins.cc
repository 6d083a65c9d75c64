#include "control/configured_twins.h"

#include <algorithm>

#include "common/ipv6_header.h"

namespace mgmd {
namespace {

// All of an interface's that the host answers; what of IGMP and MLD a membership router takes it gets besides.
constexpr LocalClasses kHostClasses = {
    LocalClass::kIgmp, LocalClass::kMld,         LocalClass::kNeighbour, LocalClass::kNeighbourOther,
    LocalClass::kPim,  LocalClass::kPimRegister, LocalClass::kLinkLocal, LocalClass::kLinkLocalOther,
    LocalClass::kHost};

template <class Family>
void AddAddresses(const config::Interface& interface, PerFamily<local::TwinAddresses>& addresses) {
  for (const auto& own : interface.addresses.of<Family>())
    addresses.of<Family>().push_back({.address = own.address, .length = own.length});
}

local::TwinSettings SettingsOf(const config::Interface& interface, const views::Link& link, plane::Plane& plane) {
  local::TwinSettings settings;
  settings.link.name = interface.name;
  settings.link.mac = link.mac;
  settings.link.mtu = link.mtu;
  settings.link.ipv6 = interface.mtu >= kLowestIpv6Mtu;
  settings.link.router_addresses = interface.ipv6_auto;
  AddAddresses<Ipv4>(interface, settings.link.addresses);
  AddAddresses<Ipv6>(interface, settings.link.addresses);
  auto& ipv6 = settings.link.addresses.of<Ipv6>();
  // Every interface has one (RFC 4291 section 2.8); where routers say the addresses the kernel makes it.
  const bool has_link_local =
      std::any_of(ipv6.begin(), ipv6.end(), [](const auto& own) { return own.address.is_link_local(); });
  if (settings.link.ipv6 && !has_link_local && !interface.ipv6_auto)
    ipv6.insert(ipv6.begin(), {.address = local::LinkLocalOf(link.mac), .length = 64});
  settings.carrier = link.up;
  settings.slot = plane.forwarder<Ipv4>().Slot(interface.IdIn<Ipv4>());
  settings.ipv6_slot = plane.forwarder<Ipv6>().Slot(interface.IdIn<Ipv6>());
  settings.classes = kHostClasses;
  if (interface.tap_all) settings.classes = settings.classes | LocalClasses{LocalClass::kOther};
  const auto& deliver = interface.deliver;
  if (!deliver.of<Ipv4>().empty() || !deliver.of<Ipv6>().empty())
    settings.classes = settings.classes | LocalClasses{LocalClass::kDeliver};
  return settings;
}

}  // namespace

std::vector<local::TwinSettings> ConfiguredTwins(std::span<const config::Interface> interfaces,
                                                 std::span<const views::Link> links, plane::Plane& plane) {
  std::vector<local::TwinSettings> twins;
  for (size_t i = 0; i < interfaces.size(); ++i) {
    if (interfaces[i].tap) twins.push_back(SettingsOf(interfaces[i], links[i], plane));
  }
  return twins;
}

}  // namespace mgmd
