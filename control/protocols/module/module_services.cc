#include "control/protocols/module/module_services.h"

#include <cxxabi.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "control/protocols/module/inside.h"
#include "control/protocols/module/service_values.h"

namespace mgmd::protocols {
namespace {

constexpr uint32_t kHighestProtocol = 255;
constexpr size_t kMac = 6;
// Half of what waits for workers is room for the host's twins and for ICMPv6 errors.
constexpr size_t kMostWaiting = local::Injector::kMostWaiting / 2;

bool IsGroupOfLink(const Ipv4Address& address) { return address.is_link_local_multicast(); }
bool IsGroupOfLink(const Ipv6Address& address) { return address.is_multicast() && address.scope() == 2; }

// The family of an IP packet by its first octet; nothing: it is none.
std::optional<uint32_t> FamilyOf(std::span<const uint8_t> packet) {
  if (packet.empty()) return std::nullopt;
  if (packet[0] >> 4 == 4) return MGMD_PROTOCOL_IPV4;
  if (packet[0] >> 4 == 6) return MGMD_PROTOCOL_IPV6;
  return std::nullopt;
}

MGMD_PACKET Describe(uint32_t index, const LocalPacket& packet, const local::IpPacket& ip) {
  MGMD_PACKET described = {};
  described.dwIfIndex = index;
  described.dwFamily = FamilyToC(ip.destination);
  described.pPacket = ip.octets.data();
  described.dwLength = static_cast<uint32_t>(ip.octets.size());
  described.dwPayload = static_cast<uint32_t>(ip.payload);
  described.dwProtocol = ip.protocol;
  described.qwArrived = static_cast<uint64_t>(std::chrono::nanoseconds(packet.arrived.time_since_epoch()).count());
  std::copy_n(packet.frame.begin(), kMac, described.abDestination);
  std::copy_n(packet.frame.begin() + kMac, kMac, described.abSource);
  return described;
}

}  // namespace

template <class Function>
void ModuleServices::CallModule(const char* callback, Function&& function) const {
  const Inside inside(name_, callback);
  try {
    function();
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& error) {
    spdlog::error("protocol {}: its {} has thrown: {}", name_, callback, error.what());
  } catch (...) {
    spdlog::error("protocol {}: its {} has thrown", name_, callback);
  }
}

uint32_t ModuleServices::Registered(uint64_t number, MGMD_ID* id) {
  if (id != nullptr) *id = number;
  return MGMD_OK;
}

const views::Link* ModuleServices::FindLink(uint32_t index) const {
  const auto found =
      std::find_if(around_.links.begin(), around_.links.end(), [&](const auto& link) { return link.index == index; });
  return found == around_.links.end() ? nullptr : &*found;
}

uint32_t ModuleServices::Receive(const MGMD_PACKET_FILTER* filter, PMGMD_PACKET_CALLBACK callback, void* context,
                                 MGMD_ID* id) {
  if (filter == nullptr || callback == nullptr || filter->dwProtocol > kHighestProtocol) return MGMD_ERROR_ARGUMENT;
  const auto interface = InterfaceFromC(filter->dwIfIndex, filter->dwFamily);
  if (!interface) return MGMD_ERROR_ARGUMENT;
  std::optional<AnyAddress> group;
  if (filter->pGroup != nullptr) {
    group = FromC(*filter->pGroup);
    if (!group || group->index() != interface->index()) return MGMD_ERROR_ARGUMENT;
    if (!std::visit([](const auto& of_family) { return IsGroupOfLink(of_family); }, *group)) return MGMD_ERROR_ARGUMENT;
  }
  const uint32_t index = filter->dwIfIndex;
  if (FindLink(index) == nullptr) return MGMD_ERROR_INTERFACE;
  const auto take = [this, callback, context, index](const LocalPacket& packet, const local::IpPacket& ip) {
    const MGMD_PACKET described = Describe(index, packet, ip);
    CallModule("packet callback", [&] { callback(context, &described); });
  };
  const uint64_t number = ++last_id_;
  filters_.Add(number, {.interface = around_.slot_of(*interface),
                        .protocol = static_cast<uint8_t>(filter->dwProtocol),
                        .group = group,
                        .take = take});
  return Registered(number, id);
}

uint32_t ModuleServices::SendPacket(uint32_t index, const uint8_t* packet, uint32_t length) {
  return Send(index, InjectForm::kPacket, packet, length, 0);
}

uint32_t ModuleServices::SendFrame(uint32_t index, const uint8_t* frame, uint32_t length) {
  return Send(index, InjectForm::kFrame, frame, length, local::kEthernetHeader);
}

// `header`: octets of it that the MTU does not count.
uint32_t ModuleServices::Send(uint32_t index, InjectForm form, const uint8_t* octets, uint32_t length, size_t header) {
  if (octets == nullptr) return MGMD_ERROR_ARGUMENT;
  const views::Link* const link = FindLink(index);
  if (link == nullptr) return MGMD_ERROR_INTERFACE;
  const std::span<const uint8_t> whole(octets, length);
  // A frame leaves by the slot of either family.
  const auto family = form == InjectForm::kFrame ? MGMD_PROTOCOL_IPV4 : FamilyOf(whole);
  if (length < header || !family) return MGMD_ERROR_PACKET;
  if (length - header > link->mtu) return MGMD_ERROR_TOO_LONG;
  if (!link->up) return MGMD_ERROR_LINK_DOWN;
  if (around_.injector.waiting() >= kMostWaiting) return MGMD_ERROR_FULL;
  const InterfaceSlot out = around_.slot_of(*InterfaceFromC(index, *family));
  return around_.injector.Send(out, form, whole) ? MGMD_OK : MGMD_ERROR_PACKET;
}

uint32_t ModuleServices::FollowLinks(PMGMD_LINK_CALLBACK callback, void* context, MGMD_ID* id) {
  if (callback == nullptr) return MGMD_ERROR_ARGUMENT;
  const auto tell = [this, callback, context](const views::Link& link) {
    std::vector<MGMD_PREFIX> addresses;
    ForEachFamily([&]<class Family>() {
      for (const auto& own : link.addresses.of<Family>()) addresses.push_back(ToC(own.address, own.length));
    });
    MGMD_LINK described = {};
    described.szName = link.name.c_str();
    described.dwIfIndex = link.index;
    described.dwUp = link.up ? 1 : 0;
    described.dwMtu = link.mtu;
    std::copy(link.mac.begin(), link.mac.end(), described.abMac);
    described.dwAddressCount = static_cast<uint32_t>(addresses.size());
    described.pAddresses = addresses.data();
    CallModule("link callback", [&] { callback(context, &described); });
  };
  const uint64_t number = ++last_id_;
  links_.Add(number, tell);
  absl::Cleanup forget = [&] { links_.Remove(number); };
  Registered(number, id);  // its callback may cancel it
  for (const views::Link& link : around_.links) {
    if (!links_.Has(number)) break;
    tell(link);
  }
  std::move(forget).Cancel();
  return MGMD_OK;
}

uint32_t ModuleServices::FindRoute(const MGMD_ADDRESS* source, MGMD_ROUTE* route) const {
  const auto address = source == nullptr ? std::nullopt : FromC(*source);
  if (!address || route == nullptr) return MGMD_ERROR_ARGUMENT;
  return std::visit(
      [&]<class Address>(const Address& of_family) -> uint32_t {
        const auto* const routes = around_.routes.of<typename Address::Family>();
        const auto found = routes->Lookup(of_family);
        if (!found) return MGMD_ERROR_NOT_FOUND;
        *route = {ToC(found->prefix.address(), found->prefix.length()), found->interface.index,
                  ToC(found->upstream_neighbour), found->protocol, found->metric};
        return MGMD_OK;
      },
      *address);
}

uint32_t ModuleServices::FollowRoutes(PMGMD_ROUTES_CALLBACK callback, void* context, MGMD_ID* id) {
  if (callback == nullptr) return MGMD_ERROR_ARGUMENT;
  const uint64_t number = ++last_id_;
  routes_.Add(number, [this, callback, context](const AnyPrefix& prefix) {
    const MGMD_PREFIX written =
        std::visit([](const auto& of_family) { return ToC(of_family.address(), of_family.length()); }, prefix);
    CallModule("routes callback", [&] { callback(context, &written); });
  });
  return Registered(number, id);
}

uint32_t ModuleServices::FollowReleases(PMGMD_RELEASE_CALLBACK callback, void* context, MGMD_ID* id) {
  if (callback == nullptr) return MGMD_ERROR_ARGUMENT;
  const uint64_t number = ++last_id_;
  releases_.Add(number, [this, callback, context](const AnyInterfaceId& interface) {
    const uint32_t index = std::visit([](const auto& of_family) { return of_family.index; }, interface);
    CallModule("release callback", [&] { callback(context, index, FamilyToC(interface)); });
  });
  return Registered(number, id);
}

uint32_t ModuleServices::StartTimer(uint32_t milliseconds, PMGMD_CALLBACK callback, void* context, MGMD_ID* id) {
  if (callback == nullptr) return MGMD_ERROR_ARGUMENT;
  const uint64_t number = ++last_id_;
  timers_.Start(number, std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds),
                [this, callback, context] { CallModule("timer callback", [&] { callback(context); }); });
  return Registered(number, id);
}

uint32_t ModuleServices::Cancel(MGMD_ID id) {
  const bool had =
      filters_.Remove(id) || timers_.Cancel(id) || links_.Remove(id) || routes_.Remove(id) || releases_.Remove(id);
  return had ? MGMD_OK : MGMD_ERROR_NOT_FOUND;
}

void ModuleServices::Call(PMGMD_CALLBACK function, void* context) const {
  CallModule("posted function", [&] { function(context); });
}

bool ModuleServices::Poll() { return timers_.Poll(std::chrono::steady_clock::now()); }

}  // namespace mgmd::protocols
