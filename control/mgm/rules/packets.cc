#include "control/mgm/rules/packets.h"

namespace mgmd::mgm {

template <class Family>
absl::Status Packets<Family>::HandleFirst(FibKey<Family> key, Interface<Family>& arrival,
                                          std::span<const uint8_t> header) {
  if (!arrival.known()) return absl::InvalidArgumentError("nobody's interface");
  const uint32_t present = cache_.Find(key);
  if (present != kNoMfe) {
    const auto& mfe = cache_[present];
    if (!mfe.Is(Mfe::kOrphan) && mfe.iif_slot() != arrival.slot) AlertWrongInterface(key, arrival, header);
    // Another worker asked about the same stream: it is told to send what it holds, too.
    const uint32_t still = cache_.Find(key);
    if (still != kNoMfe) {
      cache_[still].Set(Mfe::kDrain, true);
      writer_.MarkDirty(still);
    }
    return absl::OkStatus();
  }
  switch (decider_.Decide(key, Why::kFirstPacket, header)) {
    case DecisionOutcome::kDecided:
    case DecisionOutcome::kWaits:
      return absl::OkStatus();
    case DecisionOutcome::kNoWay:
    case DecisionOutcome::kNoRoom:
      break;
  }
  return room_.Refusal();
}

template <class Family>
absl::Status Packets<Family>::Handle(FibKey<Family> key, InterfaceIdOf<Family> arrival,
                                     std::span<const uint8_t> header) {
  if (key.is_wildcard() || !key.group().is_multicast() || key.group().is_link_local_multicast()) {
    return absl::InvalidArgumentError("not a stream that is forwarded");
  }
  auto* interface = interfaces_.Find(arrival);
  if (interface == nullptr) return absl::InvalidArgumentError("nobody's interface");
  absl::Status handled = HandleFirst(key, *interface, header);
  if (!handled.ok()) forwarder_.DiscardPending(key);
  return handled;
}

template <class Family>
void Packets<Family>::Handle(const Punt<Family>& punt) {
  auto* interface = interfaces_.FindSlot(punt.arrival);
  switch (punt.reason) {
    case PuntReason::kNoEntry:
      if (interface == nullptr || !HandleFirst(punt.key, *interface, punt.header_bytes()).ok()) {
        forwarder_.DiscardPending(punt.key);
      }
      break;
    case PuntReason::kWrongInterface:
      if (interface != nullptr && interface->known()) AlertWrongInterface(punt.key, *interface, punt.header_bytes());
      break;
  }
}

template <class Family>
void Packets<Family>::AlertWrongInterface(FibKey<Family> key, const Interface<Family>& arrival,
                                          std::span<const uint8_t> header) {
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
  effects_.Write();  // the callee's calls see, and leave, a complete state
  const InterfaceIdOf<Family> id = arrival.id;
  calls_.Call(arrival.owner, "WRONG_IF", Context::kAlert,
              [&](ClientCallbacksOf<Family>& client) { client.WrongInterface(key, id, header); });
}

template class Packets<Ipv4>;
template class Packets<Ipv6>;

}  // namespace mgmd::mgm
