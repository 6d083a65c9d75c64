#ifndef MGMD_TESTS_UNIT_CONTROL_MODULE_SERVICES_FIXTURE_H_
#define MGMD_TESTS_UNIT_CONTROL_MODULE_SERVICES_FIXTURE_H_

// A module's table of services with two interfaces, "lan1" and "lan2", and none of the rest of a router.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/protocols/module/mgmd_services.h"
#include "control/protocols/module/service_values.h"
#include "control/protocols/module/services_table.h"
#include "tests/fakes/protocol_surroundings.h"
#include "tests/support/packet_builder.h"

namespace mgmd::protocols {

using testing::Bytes;
using testing::PacketBuilder;

inline constexpr uint32_t kOne = 1;
inline constexpr uint32_t kTwo = 2;
inline constexpr uint32_t kNone = 7;  // no interface's index
inline constexpr uint8_t kOspf = 89;
inline constexpr size_t kEthernet = 14;

inline MGMD_ADDRESS Address(const char* text) {
  return std::visit([](const auto& address) { return ToC(address); }, *ParseAddress(text));
}
inline std::string TextOf(const MGMD_ADDRESS& address) {
  return std::visit([](const auto& of_family) { return of_family.ToString(); }, *FromC(address));
}
inline std::string TextOf(const MGMD_PREFIX& prefix) {
  return absl::StrCat(TextOf(prefix.Address), "/", prefix.dwLength);
}

// A callback's context; what is called with it is done by the test.
using Do = std::function<void()>;
inline void CallDo(void* context) { (*static_cast<Do*>(context))(); }

// What a callback of packets, links, routes or releases was told, as text, and what it does besides.
struct Listener {
  std::vector<std::string> heard;
  Do besides = [] {};

  void Hear(std::string what) {
    heard.push_back(std::move(what));
    const Do now = besides;  // which may set another
    now();
  }
  static Listener& Of(void* context) { return *static_cast<Listener*>(context); }
};

inline void OnPacket(void* context, const MGMD_PACKET* packet) {
  const std::string payload(packet->pPacket + packet->dwPayload, packet->pPacket + packet->dwLength);
  Listener::Of(context).Hear(absl::StrCat(packet->dwIfIndex, " v", packet->dwFamily == MGMD_PROTOCOL_IPV4 ? 4 : 6, " ",
                                          packet->dwProtocol, ": ", payload));
}
inline Bytes Octets(const std::string& text) { return {text.begin(), text.end()}; }
inline PacketBuilder Ospf(const char* to, const std::string& payload) {
  PacketBuilder builder =
      std::string_view(to).find(':') == std::string_view::npos ? PacketBuilder() : PacketBuilder::Ipv6();
  return builder.To(to).Protocol(kOspf).Ttl(1).Payload(Octets(payload));
}

class ModuleServicesTest : public ::testing::Test {
 protected:
  ModuleServicesTest() : services_(ServicesTable::Open(name_, others_.around)) {
    for (const uint32_t index : {kOne, kTwo}) {
      others_.links.push_back({.name = absl::StrCat("lan", index), .index = index, .up = true, .mtu = 1500});
      others_.links.back().mac[5] = static_cast<uint8_t>(index);
    }
  }
  ~ModuleServicesTest() override { services_.Close(); }

  const MGMD_SERVICES* table() const { return &services_; }
  uint32_t Receive(uint32_t index, uint32_t family, uint32_t protocol, const char* group, Listener& listener,
                   MGMD_ID* id = nullptr) {
    const MGMD_ADDRESS address = group == nullptr ? MGMD_ADDRESS{} : Address(group);
    const MGMD_PACKET_FILTER filter = {index, family, protocol, group == nullptr ? nullptr : &address};
    return table()->pfnReceive(table(), &filter, &OnPacket, &listener, id);
  }
  void Arrive(LocalClass local_class, uint32_t index, uint16_t slot_bit, const Bytes& frame) {
    others_.packets.arrived.push_back({local_class, Slot(index, slot_bit), frame});
    others_.dispatcher.Poll();
  }
  static InterfaceSlot Slot(uint32_t index, uint16_t slot_bit) {
    return fakes::ProtocolSurroundings::SlotOf(index, slot_bit);
  }
  LocalClasses Wanted(uint32_t index, uint16_t slot_bit) { return others_.packets.wanted[Slot(index, slot_bit)]; }
  uint32_t SendPacket(uint32_t index, const Bytes& packet) {
    return table()->pfnSendPacket(table(), index, packet.data(), static_cast<uint32_t>(packet.size()));
  }
  uint32_t SendFrame(uint32_t index, const Bytes& frame) {
    return table()->pfnSendFrame(table(), index, frame.data(), static_cast<uint32_t>(frame.size()));
  }
  uint32_t StartTimer(uint32_t milliseconds, Do& what, MGMD_ID* id = nullptr) {
    return table()->pfnStartTimer(table(), milliseconds, &CallDo, &what, id);
  }

  const std::string name_ = "own";
  fakes::ProtocolSurroundings others_;
  ServicesTable& services_;
};

// The IP packet of a frame.
inline Bytes Ip(const PacketBuilder& builder) {
  Bytes frame = builder.Build();
  return {frame.begin() + kEthernet, frame.end()};
}

}  // namespace mgmd::protocols

#endif  // MGMD_TESTS_UNIT_CONTROL_MODULE_SERVICES_FIXTURE_H_
