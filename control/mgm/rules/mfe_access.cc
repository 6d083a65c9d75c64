#include "control/mgm/rules/mfe_access.h"

#include <algorithm>

namespace mgmd::mgm {

template <class Family>
MfeInfoOf<Family>& MfeAccess<Family>::Describe(uint32_t mfe, MfeInfoOf<Family>& info) const {
  const auto& shown = cache_[mfe];
  info.key = shown.key;
  info.orphan = shown.Is(Mfe::kOrphan);
  info.iif.reset();
  info.owner_protocol = 0;
  if (shown.iif_slot() != kNoSlot) {
    const auto& iif = interfaces_[shown.iif_slot()];
    info.iif = iif.id;
    if (!info.orphan && iif.known()) info.owner_protocol = clients_[iif.holder()].id.protocol;
  }
  info.upstream_neighbour = cache_.details(mfe).upstream_neighbour;
  info.route = {};
  info.route_protocol = 0;
  if (const auto* use = mfes_.RouteOf(mfe)) {
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
template <class Family>
const Interface<Family>* MfeAccess<Family>::FindOf(ClientIndex client, uint32_t index) const {
  const auto& all = interfaces_.all();
  for (auto place = all.lower_bound({index, typename Family::Address()});
       place != all.end() && place->first.index == index; ++place) {
    if (place->second->holder() == client) return place->second;
  }
  return nullptr;
}

template <class Family>
absl::Status MfeAccess<Family>::Set(ClientHandle handle, FibKey<Family> key,
                                    typename Family::Address upstream_neighbour, uint32_t iif_index) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) return absl::NotFoundError("no such MFE");
  const auto& changed = cache_[mfe];
  if (changed.Is(Mfe::kOrphan) || interfaces_[changed.iif_slot()].holder() != client) {
    return absl::InvalidArgumentError("the client does not own the iif");
  }
  if (iif_index != 0 && iif_index != interfaces_[changed.iif_slot()].id.index) {
    const auto* wanted = FindOf(client, iif_index);
    if (wanted == nullptr) return absl::InvalidArgumentError("the client does not own the new iif");
    MoveTo(*wanted, mfe);
  }
  cache_.details(mfe).upstream_neighbour = upstream_neighbour;
  return absl::OkStatus();
}

template <class Family>
void MfeAccess<Family>::MoveTo(const Interface<Family>& iif, uint32_t mfe) {
  auto& changed = cache_[mfe];
  const FibKey<Family> key = changed.key;
  const uint16_t active = changed.active;
  const InterfaceSlot old = changed.iif_slot();
  if (auto* element = changed.oil.Find(iif.slot)) cache_.RemoveOif(mfe, element);
  mfes_.SetIif(mfe, iif.slot);
  const auto members = memberships_.MembersOn(key, old);
  const uint16_t joined = JoinedBits(members.owner, members.igmp);
  if (joined != 0) cache_.AddOif(mfe, old, joined);
  oils_.Changed(mfe, active, iif);
  // Narrower MFEs have their way from it.
  if (key.is_wildcard()) decider_.DecideNarrower(key);
}

template class MfeAccess<Ipv4>;
template class MfeAccess<Ipv6>;

}  // namespace mgmd::mgm
