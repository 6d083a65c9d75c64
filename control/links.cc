#include "control/links.h"

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

}  // namespace

Links::Links(const std::vector<config::Interface>& interfaces, plane::Plane& plane)
    : interfaces_(interfaces), plane_(plane), links_(Read(nullptr)) {}

std::vector<views::Link> Links::Read(const local::Twins* twins) const {
  std::vector<views::Link> links;
  for (const config::Interface& interface : interfaces_) {
    views::Link& link = links.emplace_back();
    link.name = interface.name;
    link.index = interface.id.index;
    const views::PortChange port = plane_.PortNow(interface);
    link.up = port.up;
    link.mtu = interface.UsableMtu(port.mtu);
    link.mac = port.mac;
    const local::Twin* const twin = twins == nullptr ? nullptr : twins->Find(interface.name);
    ForEachFamily([&]<class Family>() { link.addresses.of<Family>() = AddressesOf<Family>(interface, twin); });
  }
  return links;
}

void Links::Follow(const local::Twins* twins, const std::function<void(const views::Link&)>& changed) {
  const std::vector<views::Link> before = std::exchange(links_, Read(twins));
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
