#include "absl/strings/str_cat.h"
#include "control/mgm/group_manager_alerts.h"

// Packets that the forwarder has no entry for, or that arrived beside their entry's iif.

namespace mgmd::mgm {

absl::Status GroupManager::HandlePacket(Ipv4FibKey key, Interface& arrival, std::span<const uint8_t> header) {
  if (!arrival.known()) return absl::InvalidArgumentError("nobody's interface");
  const uint32_t present = cache_.Find(key);
  if (present != kNoMfe) {
    Mfe& mfe = cache_[present];
    if (!mfe.Is(Mfe::kOrphan) && mfe.iif_slot() != arrival.slot) AlertWrongInterface(key, arrival, header);
    // Another worker asked about the same stream: it is told to send what it holds, too.
    const uint32_t still = cache_.Find(key);
    if (still != kNoMfe) {
      cache_[still].Set(Mfe::kDrain, true);
      MarkDirty(still);
    }
    return absl::OkStatus();
  }
  if (Resolve(key, Why::kFirstPacket, header) == kNoMfe) {
    return absl::ResourceExhaustedError(absl::StrCat("no room for another MFE: ", std::string(Name(refused_by_)),
                                                     " is ", limits_.most(refused_by_),
                                                     ", and none of the MFEs looked at is idle"));
  }
  return absl::OkStatus();
}

absl::Status GroupManager::NewPacket(Ipv4FibKey key, InterfaceId arrival, std::span<const uint8_t> header) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  if (key.is_wildcard() || !key.group().is_multicast() || key.group().is_link_local_multicast()) {
    return absl::InvalidArgumentError("not a stream that is forwarded");
  }
  Interface* interface = interfaces_.Find(arrival);
  if (interface == nullptr) return absl::InvalidArgumentError("nobody's interface");
  absl::Status handled = HandlePacket(key, *interface, header);
  if (!handled.ok()) forwarder_.DiscardPending(key);
  Flush();
  Deliver();
  return handled;
}

void GroupManager::HandlePunts(std::span<const Punt> punts) {
  for (const Punt& punt : punts) {
    Interface* interface = interfaces_.FindSlot(punt.arrival);
    switch (punt.reason) {
      case PuntReason::kNoEntry:
        if (interface == nullptr || !HandlePacket(punt.key, *interface, punt.header_bytes()).ok()) {
          forwarder_.DiscardPending(punt.key);
        }
        break;
      case PuntReason::kWrongInterface:
        if (interface != nullptr && interface->known()) {
          AlertWrongInterface(punt.key, *interface, punt.header_bytes());
        }
        break;
    }
  }
  Flush();
  Deliver();
}

void GroupManager::AlertWrongInterface(Ipv4FibKey key, Interface& arrival, std::span<const uint8_t> header) {
  constexpr std::chrono::seconds kInterval{1};
  constexpr size_t kRemembered = 65536;
  if (arrival.owner == kNoClient || !clients_[arrival.owner].callbacks->wants_wrong_interface()) return;
  const Time now = clock_.Now();
  if (wrong_interface_told_.size() >= kRemembered) {
    absl::erase_if(wrong_interface_told_, [&](const auto& item) { return now - item.second >= kInterval; });
    if (wrong_interface_told_.size() >= kRemembered) return;
  }
  const auto [place, first] = wrong_interface_told_.try_emplace({key, arrival.id}, now);
  if (!first && now - place->second < kInterval) return;
  place->second = now;
  Flush();  // the callee's calls see, and leave, a complete state
  CallBack(arrival.owner, "WRONG_IF", Context::kAlert,
           [&](ClientCallbacks& client) { client.WrongInterface(key, arrival.id, header); });
}

}  // namespace mgmd::mgm
