#include "control/plane/link_follower.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

namespace mgmd::plane {
LinkFollower::LinkFollower(LinkFollowerParts parts)
    : parts_(std::move(parts)), going_down_(parts_.ports->all().size()) {
  for (Ports::Port& port : parts_.ports->all()) {
    if (port.link_up) parts_.interfaces->SetSending(port.number, port.device()->port().id);
    parts_.interfaces->DropOwnFrames(port.number, port.mac);
    FollowMtu(port, port.mtu);
  }
}

template <class Visitor>
void LinkFollower::ForInterfacesOf(const Ports::Port& port, Visitor&& visit) const {
  for (size_t i = 0; i < parts_.slots.size(); ++i) {
    const config::Interface& interface = parts_.config->interfaces[i];
    if (interface.port == port.interface) visit(interface, parts_.slots[i]);
  }
}

void LinkFollower::Poll(bool look, const PortChanged& changed) {
  for (Ports::Port& port : parts_.ports->all()) {
    if (look || going_down_[port.number]) FollowLink(port, changed);
  }
}

void LinkFollower::FollowLink(Ports::Port& port, const PortChanged& changed) {
  std::optional<GoingDown>& handing_over = going_down_[port.number];
  const auto now = std::chrono::steady_clock::now();
  if (handing_over && parts_.epoch->Passed(handing_over->token)) {
    handing_over.reset();
    port.device()->TakeBackUnsent();
  } else if (handing_over &&
             now - handing_over->since >= std::chrono::milliseconds(parts_.config->dataplane.release_wait)) {
    // It may be writing to the ring, so nothing is taken back; the others are not to wait for it.
    for (const dataplane::ReaderId reader : parts_.epoch->Laggards(handing_over->token)) {
      spdlog::warn("port {}: {} stands still; what waits in the port's ring leaves when it is up again", port.name,
                   parts_.epoch->name(reader));
    }
    handing_over.reset();
  }
  const Ports::Link link = parts_.ports->LinkOf(port);
  if (link.mtu != 0 && link.mtu != port.mtu) {
    FollowMtu(port, link.mtu);
    changed(port.Changed(views::PortChange::What::kMtu));
  }
  if (link.up && link.mac != port.mac) {
    FollowMac(port, link.mac);
    changed(port.Changed(views::PortChange::What::kMac));
  }
  // Up again once nothing of before waits any more.
  if (link.up == port.link_up || handing_over) return;
  port.link_up = link.up;
  if (link.up) {
    port.device()->PassUnsent();
    parts_.interfaces->SetSending(port.number, port.device()->port().id);
  }
  ForInterfacesOf(port, [&](const config::Interface&, const auto& slots) {
    for (const InterfaceSlot slot : slots) parts_.interfaces->SetUp(slot, link.up);
  });
  if (!link.up) {
    parts_.interfaces->SetSending(port.number, dataplane::kNoDevice);
    handing_over = GoingDown{.token = parts_.epoch->Start(), .since = now};
  }
  changed(port.Changed(views::PortChange::What::kLink));
}

void LinkFollower::FollowMtu(Ports::Port& port, uint32_t mtu) {
  port.mtu = mtu;
  ForInterfacesOf(port, [&](const config::Interface& interface, const auto& slots) {
    const uint16_t usable = interface.UsableMtu(mtu);
    if (usable < interface.mtu) {
      spdlog::warn(
          "interface {}: {} takes packets of {} octets only; what is longer leaves in fragments or is lost as "
          "fragmentation_needed",
          interface.name, port.device()->netdev().name, mtu);
    }
    for (const InterfaceSlot slot : slots) parts_.interfaces->SetMtu(slot, usable);
  });
}

void LinkFollower::FollowMac(Ports::Port& port, const dataplane::MacAddress& mac) {
  port.mac = mac;
  ForInterfacesOf(port, [&](const config::Interface&, const auto& slots) {
    for (const InterfaceSlot slot : slots) parts_.interfaces->SetSource(slot, mac);
  });
  parts_.interfaces->DropOwnFrames(port.number, mac);
}

}  // namespace mgmd::plane
