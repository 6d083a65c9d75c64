#include "control/mgm/rules/mfe_access.h"

#include <algorithm>

namespace mgmd::mgm {

MfeInfo& MfeAccess::Describe(uint32_t mfe, MfeInfo& info) const {
  const Mfe& shown = cache_[mfe];
  info.key = shown.key;
  info.orphan = shown.Is(Mfe::kOrphan);
  info.iif.reset();
  info.owner_protocol = 0;
  if (shown.iif_slot() != kNoSlot) {
    const Interface& iif = interfaces_[shown.iif_slot()];
    info.iif = iif.id;
    if (!info.orphan && iif.known()) info.owner_protocol = clients_[iif.holder()].id.protocol;
  }
  info.upstream_neighbor = cache_.details(mfe).upstream_neighbor;
  info.route = {};
  info.route_protocol = 0;
  if (const RouteUse* use = mfes_.RouteOf(mfe)) {
    info.route = use->prefix;
    info.route_protocol = use->protocol;
  }
  info.timeout = std::chrono::seconds(shown.timeout);
  info.up_time = std::min<Time>(clock_.Now() - Time(shown.created), info.timeout);
  info.oifs.clear();
  for (const OilElement& element : shown.oil.elements()) {
    if (element.active()) info.oifs.push_back(interfaces_[InterfaceSlot{element.slot}].id);
  }
  std::sort(info.oifs.begin(), info.oifs.end());
  return info;
}

// The call names no next hop: the first of the client's with the index.
const Interface* MfeAccess::FindOf(ClientIndex client, uint32_t index) const {
  const auto& all = interfaces_.all();
  for (auto place = all.lower_bound({index, Ipv4Address()}); place != all.end() && place->first.index == index;
       ++place) {
    if (place->second->holder() == client) return place->second;
  }
  return nullptr;
}

absl::Status MfeAccess::Set(ClientHandle handle, Ipv4FibKey key, Ipv4Address upstream_neighbor, uint32_t iif_index) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) return absl::NotFoundError("no such MFE");
  const Mfe& changed = cache_[mfe];
  if (changed.Is(Mfe::kOrphan) || interfaces_[changed.iif_slot()].holder() != client) {
    return absl::InvalidArgumentError("the client does not own the iif");
  }
  if (iif_index != 0 && iif_index != interfaces_[changed.iif_slot()].id.index) {
    const Interface* wanted = FindOf(client, iif_index);
    if (wanted == nullptr) return absl::InvalidArgumentError("the client does not own the new iif");
    MoveTo(*wanted, mfe);
  }
  cache_.details(mfe).upstream_neighbor = upstream_neighbor;
  return absl::OkStatus();
}

void MfeAccess::MoveTo(const Interface& iif, uint32_t mfe) {
  Mfe& changed = cache_[mfe];
  const Ipv4FibKey key = changed.key;
  const uint16_t active = changed.active;
  const InterfaceSlot old = changed.iif_slot();
  if (OilElement* element = changed.oil.Find(iif.slot)) cache_.RemoveOif(mfe, element);
  mfes_.SetIif(mfe, iif.slot);
  if (memberships_.IsMember(key, old)) cache_.AddOif(mfe, old, 0);
  oils_.Changed(mfe, active, iif);
  // Narrower MFEs have their way from it.
  if (key.is_wildcard()) decider_.DecideNarrower(key);
}

}  // namespace mgmd::mgm
