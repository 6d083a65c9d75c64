#include "control/links.h"

#include <algorithm>
#include <utility>

namespace mgmd {
namespace {

template <class Family>
views::LinkAddresses<Family> AddressesOf(const config::Interface& interface, const local::Twin* twin) {
  views::LinkAddresses<Family> addresses;
  if (twin == nullptr) {
    for (const auto& own : interface.addresses.of<Family>()) addresses.push_back({own.address, own.length});
    return addresses;
  }
  const NetdevState host = twin->host();
  for (const HostAddress<Family>& own : host.addresses.of<Family>()) {
    if (own.usable()) addresses.push_back({own.address, own.length});
  }
  return addresses;
}

uint32_t MtuOf(const config::Interface& interface, const views::PortChange& port) {
  const uint32_t front = interface.encapsulation ? interface.encapsulation->front() : 0;
  return port.mtu <= front ? interface.mtu : std::min<uint32_t>(interface.mtu, port.mtu - front);
}

}  // namespace

Links::Links(const std::vector<config::Interface>& interfaces, plane::Plane& plane, const local::Twins* twins)
    : interfaces_(interfaces), plane_(plane), twins_(twins), links_(Read()) {}

std::vector<views::Link> Links::Read() const {
  std::vector<views::Link> links;
  const std::vector<views::PortChange> ports = plane_.PortsNow();
  for (const config::Interface& interface : interfaces_) {
    views::Link& link = links.emplace_back();
    link.name = interface.name;
    link.index = interface.id.index;
    link.mtu = interface.mtu;
    const auto own = std::find_if(interfaces_.begin(), interfaces_.end(),
                                  [&](const auto& each) { return each.id == interface.port && each.has_device(); });
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const auto& each) {
      return each.name == (own == interfaces_.end() ? interface.name : own->name);
    });
    if (port != ports.end()) {
      link.up = port->up;
      link.mtu = MtuOf(interface, *port);
      link.mac = port->mac;
    }
    const local::Twin* const twin =
        twins_ == nullptr ? nullptr : twins_->Find(plane_.forwarder<Ipv4>().Slot(interface.IdIn<Ipv4>()));
    ForEachFamily([&]<class Family>() { link.addresses.of<Family>() = AddressesOf<Family>(interface, twin); });
  }
  return links;
}

void Links::Follow(const std::function<void(const views::Link&)>& changed) {
  const std::vector<views::Link> before = std::exchange(links_, Read());
  for (size_t i = 0; i < links_.size(); ++i) {
    if (links_[i] != before[i]) changed(links_[i]);
  }
}

PerFamily<OwnAddressList> Links::OwnAddresses() const {
  PerFamily<OwnAddressList> own;
  for (const views::Link& link : links_) {
    ForEachFamily([&]<class Family>() {
      const InterfaceSlot slot = plane_.forwarder<Family>().Slot({.index = link.index, .next_hop = {}});
      for (const auto& address : link.addresses.of<Family>()) {
        own.of<Family>().push_back({slot, address.address, address.length});
      }
    });
  }
  return own;
}

}  // namespace mgmd
