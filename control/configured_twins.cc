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

local::TwinSettings SettingsOf(const config::Interface& interface, const views::PortChange& port, plane::Plane& plane) {
  local::TwinSettings settings;
  settings.link.name = interface.name;
  settings.link.mac = port.mac;
  settings.link.mtu = port.mtu == 0 ? interface.mtu : std::min<uint32_t>(interface.mtu, port.mtu);
  settings.link.ipv6 = interface.mtu >= kLowestIpv6Mtu;
  settings.link.router_addresses = interface.ipv6_auto;
  AddAddresses<Ipv4>(interface, settings.link.addresses);
  AddAddresses<Ipv6>(interface, settings.link.addresses);
  auto& ipv6 = settings.link.addresses.of<Ipv6>();
  // Every interface has one (RFC 4291 section 2.8); where routers say the addresses the kernel makes it.
  const bool has_link_local =
      std::any_of(ipv6.begin(), ipv6.end(), [](const auto& own) { return own.address.is_link_local(); });
  if (settings.link.ipv6 && !has_link_local && !interface.ipv6_auto)
    ipv6.insert(ipv6.begin(), {.address = local::LinkLocalOf(port.mac), .length = 64});
  settings.port = port.name;
  settings.most_mtu = interface.mtu;
  settings.carrier = port.up;
  settings.slot = plane.forwarder<Ipv4>().Slot(interface.IdIn<Ipv4>());
  settings.ipv6_slot = plane.forwarder<Ipv6>().Slot(interface.IdIn<Ipv6>());
  settings.classes = kHostClasses;
  if (interface.tap_all) settings.classes = settings.classes | LocalClasses{LocalClass::kOther};
  const auto& deliver = interface.deliver;
  if (!deliver.of<Ipv4>().empty() || !deliver.of<Ipv6>().empty())
    settings.classes = settings.classes | LocalClasses{LocalClass::kDeliver};
  return settings;
}

const std::string& PortNameOf(const config::Interface& interface, std::span<const config::Interface> all) {
  const auto port = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == interface.port; });
  return port == all.end() ? interface.name : port->name;
}

}  // namespace

std::vector<local::TwinSettings> ConfiguredTwins(std::span<const config::Interface> interfaces, plane::Plane& plane) {
  const std::vector<views::PortChange> ports = plane.PortsNow();
  std::vector<local::TwinSettings> twins;
  for (const config::Interface& interface : interfaces) {
    if (!interface.tap) continue;
    const auto port = std::find_if(ports.begin(), ports.end(),
                                   [&](const auto& one) { return one.name == PortNameOf(interface, interfaces); });
    if (port != ports.end()) twins.push_back(SettingsOf(interface, *port, plane));
  }
  return twins;
}

}  // namespace mgmd
