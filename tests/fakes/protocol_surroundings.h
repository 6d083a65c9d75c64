#ifndef MGMD_TESTS_FAKES_PROTOCOL_SURROUNDINGS_H_
#define MGMD_TESTS_FAKES_PROTOCOL_SURROUNDINGS_H_

// What protocols run on besides the Group Manager, without a router: a test says what links, routes and packets there
// are, and sees what leaves.

#include <vector>

#include "control/protocols/surroundings.h"
#include "control/rib/static_rib.h"
#include "tests/fakes/fake_local_packets.h"

namespace mgmd::fakes {

struct ProtocolSurroundings {
  static InterfaceSlot SlotOf(uint32_t index, uint16_t slot_bit) {
    return InterfaceSlot{static_cast<uint16_t>(index * 2 + slot_bit)};
  }

  std::vector<config::Interface> interfaces;
  std::vector<views::Link> links;
  FakeLocalPackets packets;
  local::Dispatcher dispatcher{packets};
  local::Injector injector{packets};
  PerFamily<StaticRib> routes;
  std::vector<views::ProxyChange> proxy_changes;  // what has been told of proxies
  const protocols::Surroundings around{
      .interfaces = interfaces,
      .links = links,
      .dispatcher = dispatcher,
      .injector = injector,
      .slot_of =
          [](const AnyInterfaceId& interface) {
            return std::visit(
                []<class Family>(const InterfaceIdOf<Family>& of) { return SlotOf(of.index, Family::kSlotBit); },
                interface);
          },
      .routes = {&routes.of<Ipv4>(), &routes.of<Ipv6>()},
      .igmp_observers = {},
      .proxy_changed = [this](const views::ProxyChange& change) { proxy_changes.push_back(change); }};
};

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_PROTOCOL_SURROUNDINGS_H_
