#include <algorithm>
#include <utility>

#include "control/mgm/group_manager_alerts.h"

// Deciding a stream (T11 to T14): which interface it comes in on (routing table, RPF callback),
// where it goes (memberships, CREATION veto), who must know (rules 4 and 5 of RFC 2715). The same
// steps serve a first packet, a proactive membership, a narrower MFE under a wildcard MFE, and an
// MFE that is decided again.
//
// The entry is with the forwarder before JOIN and PRUNE alerts are delivered: a slow callee holds
// up no stream.

namespace mgmd::mgm {

uint32_t GroupManager::CoveringWildcard(Ipv4FibKey key) const {
  if (cache_.wildcards() == 0 || key.group().is_source_specific()) return kNoMfe;
  const int longest = key.is_wildcard() ? key.group_length() - 1 : 32;
  for (int length = longest; length >= Ipv4::kAllGroupsLength; --length) {
    const uint32_t mfe = cache_.Find(Ipv4FibKey::AnySource(key.group(), length));
    if (mfe != kNoMfe) return mfe;
  }
  return kNoMfe;
}

std::vector<ClientIndex> GroupManager::Namers(Ipv4FibKey key, uint32_t present) const {
  std::vector<ClientIndex> namers;
  const Entry* entry = memberships_.Find(key);
  if (entry == nullptr) return namers;
  for (const Reference& reference : entry->references) {
    const Interface& interface = interfaces_[reference.slot];
    for (const auto& [proactive, client] :
         {std::pair(reference.owner_proactive, interface.owner), std::pair(reference.igmp_proactive, interface.igmp)}) {
      if (!proactive || std::find(namers.begin(), namers.end(), client) != namers.end()) continue;
      // Who named the present iif goes on naming it.
      const bool named = present != kNoMfe && interfaces_[cache_[present].iif_slot()].Has(client);
      namers.insert(named ? namers.begin() : namers.end(), client);
    }
  }
  return namers;
}

bool GroupManager::HasNamerOn(const Entry& entry, const Interface& iif) const {
  return std::any_of(entry.references.begin(), entry.references.end(), [&](const Reference& reference) {
    const Interface& interface = interfaces_[reference.slot];
    return (reference.owner_proactive && iif.Has(interface.owner)) ||
           (reference.igmp_proactive && iif.Has(interface.igmp));
  });
}

bool GroupManager::IsProactive(Ipv4FibKey key) const {
  const Entry* entry = memberships_.Find(key);
  return entry != nullptr && entry->proactive();
}

bool GroupManager::IsJustified(Ipv4FibKey key, uint32_t mfe) const {
  const Entry* entry = memberships_.Find(key);
  if (entry != nullptr && entry->proactive()) return true;
  if (CoveringWildcard(key) == kNoMfe) return false;
  if (entry != nullptr && entry->joined()) return true;
  const auto elements = cache_[mfe].oil.elements();
  return std::any_of(elements.begin(), elements.end(), [](const OilElement& element) { return element.flags != 0; });
}

std::optional<GroupManager::Way> GroupManager::AskNamer(Ipv4FibKey key, ClientIndex namer) {
  RpfChoice choice;
  CallBack(namer, "RPF", Context::kReadOnly, [&](ClientCallbacks& client) { client.Rpf(key, choice, {}); });
  const Interface* interface = interfaces_.Find(choice.iif);
  if (interface == nullptr || !interface->Has(namer)) return std::nullopt;
  return Way{.iif = interface->slot, .orphan = false, .upstream_neighbor = choice.upstream_neighbor, .route = {}};
}

void GroupManager::AskOwner(Ipv4FibKey key, ClientIndex owner, std::span<const uint8_t> header, Way& way) {
  RpfChoice choice{.iif = interfaces_[way.iif].id, .upstream_neighbor = way.upstream_neighbor, .route = {}};
  if (way.route.has_value()) choice.route = way.route->route;
  CallBack(owner, "RPF", Context::kReadOnly, [&](ClientCallbacks& client) { client.Rpf(key, choice, header); });
  const Interface* chosen = interfaces_.Find(choice.iif);
  if (chosen != nullptr && chosen->owner == owner) way.iif = chosen->slot;  // RFC 2715 rule 1
  way.upstream_neighbor = choice.upstream_neighbor;
  if (way.route.has_value()) {
    way.route->prefix = choice.route.prefix;
    way.route->protocol = choice.route.protocol;
  }
}

GroupManager::Way GroupManager::InheritedWay(uint32_t covering) const {
  return Way{.iif = cache_[covering].iif_slot(),
             .orphan = false,
             .inherited = true,
             .upstream_neighbor = cache_.details(covering).upstream_neighbor,
             .route = {}};
}

// The way of a stream before its owner is asked.
GroupManager::Way GroupManager::FirstWay(Ipv4FibKey key, Why why, uint32_t covering) {
  Way way;
  if (covering == kNoMfe || why == Why::kProactive || IsProactive(key)) {
    if (const std::optional<Route> route = routes_.Lookup(key.source())) {
      if (const Interface* interface = interfaces_.FindOrAdd(route->interface)) {
        way.iif = interface->slot;
        way.orphan = !interface->known();
        way.upstream_neighbor = route->upstream_neighbor;
        way.route = RouteUse{*route, route->prefix, route->protocol};
      }
    }
  }
  return way.orphan && covering != kNoMfe ? InheritedWay(covering) : way;
}

std::optional<GroupManager::Way> GroupManager::FindWay(Ipv4FibKey key, Why why, std::span<const uint8_t> header,
                                                       uint32_t present) {
  const uint32_t covering = CoveringWildcard(key);
  if (key.is_wildcard()) {
    const std::vector<ClientIndex> namers = Namers(key, present);
    for (const ClientIndex namer : namers) {
      if (std::optional<Way> named = AskNamer(key, namer)) return named;
    }
    if (!namers.empty()) {
      if (present == kNoMfe) return std::nullopt;
      return Way{.iif = cache_[present].iif_slot(),
                 .orphan = false,
                 .upstream_neighbor = cache_.details(present).upstream_neighbor,
                 .route = {}};
    }
    if (covering == kNoMfe) return std::nullopt;
    return InheritedWay(covering);
  }
  Way way = FirstWay(key, why, covering);
  if (way.orphan) return way;
  const ClientIndex owner = interfaces_[way.iif].owner;
  if (owner != kNoClient) AskOwner(key, owner, header, way);
  return way;
}

// Whoever loses the MFE to another owner, and has had JOIN for it, gets PRUNE (RFC 2715 rule 1).
// Returns whether somebody does.
bool GroupManager::AlertMove(uint32_t mfe, const Way& way) {
  const Mfe& moved = cache_[mfe];
  if (moved.Is(Mfe::kOrphan)) return false;
  const Interface& iif = interfaces_[moved.iif_slot()];
  const ClientIndex loser = iif.holder();
  if (!way.orphan && interfaces_[way.iif].holder() == loser) return false;
  if (!HasOifsOfOthers(moved, loser) && !moved.Is(Mfe::kHeldPrune)) return false;
  Push(Alert::Kind::kPrune, loser, moved.key, iif.id, false);
  return true;
}

bool GroupManager::HasOifsOfOthers(const Mfe& mfe, ClientIndex holder) const {
  const auto elements = mfe.oil.elements();
  return std::any_of(elements.begin(), elements.end(), [&](const OilElement& element) {
    return element.active() && interfaces_[InterfaceSlot{element.slot}].holder() != holder;
  });
}

std::vector<GroupManager::OifPlan> GroupManager::PlanOifs(Ipv4FibKey key, InterfaceSlot iif, uint32_t covering) const {
  std::vector<OifPlan> plan;
  const auto add = [&](InterfaceSlot slot, uint16_t flags) {
    if (slot == iif) return;
    const auto place = std::lower_bound(plan.begin(), plan.end(), slot, [](const OifPlan& oif, InterfaceSlot wanted) {
      return Value(oif.slot) < Value(wanted);
    });
    if (place != plan.end() && place->slot == slot) {
      place->flags |= flags;
    } else {
      plan.insert(place, {slot, flags});
    }
  };
  memberships_.ForEachCovering(key, [&](const Entry& entry) {
    for (const Reference& reference : entry.references) add(reference.slot, 0);
  });
  if (covering != kNoMfe) {
    for (const OilElement& element : cache_[covering].oil.elements()) {
      if (element.flags != 0) add(InterfaceSlot{element.slot}, element.flags);
    }
  }
  return plan;
}

void GroupManager::AlertCreation(Ipv4FibKey key, InterfaceId iif, std::vector<OifPlan>& plan) {
  struct Listed {
    CreationOif oif;
    size_t place;
  };
  std::vector<Listed> listed;
  std::vector<CreationOif> oifs;
  for (const ClientIndex client : clients_.in_order()) {
    listed.clear();
    for (size_t place = 0; place < plan.size(); ++place) {
      if ((plan[place].flags & OilElement::kAnySuppressed) != 0) continue;
      const Interface& interface = interfaces_[plan[place].slot];
      if (!interface.Has(client)) continue;
      // IGMP answers for the oifs that stand by its memberships alone.
      if (interface.owner != client && interface.owner != kNoClient &&
          (plan[place].flags != 0 || memberships_.IsOwnersMember(key, interface.slot))) {
        continue;
      }
      listed.push_back({{interface.id, interface.igmp != kNoClient, true}, place});
    }
    if (listed.empty() && !options_.creation_alert_to_all) continue;
    std::sort(listed.begin(), listed.end(),
              [](const Listed& a, const Listed& b) { return a.oif.interface < b.oif.interface; });
    oifs.clear();
    for (const Listed& item : listed) oifs.push_back(item.oif);
    CallBack(client, "CREATION", Context::kReadOnly,
             [&](ClientCallbacks& callbacks) { callbacks.Creation(key, iif, oifs); });
    for (size_t i = 0; i < listed.size(); ++i) {
      if (oifs[i].enabled) continue;
      OifPlan& vetoed = plan[listed[i].place];
      vetoed.flags = interfaces_[vetoed.slot].owner == client ? OilElement::kSuppressed : OilElement::kIgmpSuppressed;
    }
  }
}

uint32_t GroupManager::Resolve(Ipv4FibKey key, Why why, std::span<const uint8_t> header) {
  uint32_t mfe = cache_.Find(key);
  if (key.is_wildcard() && key.group().is_source_specific()) return kNoMfe;  // RFC 4607 section 5.2
  const bool made = mfe == kNoMfe;
  if (made && !MakeRoom({Limit::kPerGroup, Limit::kAll}, key, kNoSlot)) {
    if (why != Why::kFirstPacket) missing_.insert(key);
    return kNoMfe;
  }
  const std::optional<Way> way = FindWay(key, why, header, mfe);
  if (!way.has_value()) {
    if (mfe == kNoMfe) missing_.insert(key);
    return mfe;
  }
  if (mfe != kNoMfe && way->orphan && cache_[mfe].Is(Mfe::kInherited) && !IsProactive(key)) {
    // Made under a wildcard MFE, which is gone: nothing is left of its way.
    if (why != Why::kMoved) AlertMove(mfe, *way);
    DropMfe(mfe);
    return kNoMfe;
  }
  if (made && !MakeRoom({Limit::kPerInterface, Limit::kPerOwner}, key, way->iif)) {
    if (why != Why::kFirstPacket) missing_.insert(key);
    return kNoMfe;
  }
  NoteBefore(key);
  std::vector<OifPlan> plan;
  if (!way->orphan) {
    plan = PlanOifs(key, way->iif, CoveringWildcard(key));
    AlertCreation(key, interfaces_[way->iif].id, plan);
  }
  const InterfaceSlot old_iif = made ? kNoSlot : cache_[mfe].iif_slot();
  if (made) {
    mfe = cache_.Insert(key);
    limits_.Count(key, 1);
    cache_.SetHeader(mfe, header);
  } else if (why != Why::kMoved) {
    AlertMove(mfe, *way);
  }
  missing_.erase(key);
  Install(mfe, *way, plan, why);
  if (key.is_wildcard() && (made || old_iif != way->iif)) MakeNarrowerMfes(key);
  return mfe;
}

void GroupManager::Install(uint32_t mfe, const Way& way, const std::vector<OifPlan>& plan, Why why) {
  Mfe& installed = cache_[mfe];
  MfeDetails& details = cache_.details(mfe);
  CountLedAway(mfe, -1);
  cache_.ClearOifs(mfe);
  cache_.SetIif(mfe, way.iif);
  for (const OifPlan& oif : plan) cache_.AddOif(mfe, oif.slot, oif.flags);
  installed.Set(Mfe::kOrphan, way.orphan);
  installed.Set(Mfe::kInherited, way.inherited);
  installed.Set(Mfe::kProactive, IsProactive(installed.key));
  if (why == Why::kFirstPacket) installed.Set(Mfe::kDrain, true);
  details.upstream_neighbor = way.upstream_neighbor;
  route_uses_.Release(details.route);
  details.route = way.route.has_value() ? route_uses_.Acquire(*way.route) : RouteUses::kNone;
  CountLedAway(mfe, 1);
  installed.created = clock_.Now().count();
  installed.timeout = kDefaultTimeout;
  installed.Set(Mfe::kRedecide, false);
  installed.Set(Mfe::kSampled, false);
  installed.Set(Mfe::kLookedAt, false);
  installed.Set(Mfe::kHeldPrune, false);
  details.activity = 0;
  Schedule(mfe);
  MarkDirty(mfe);
  OilChanged(mfe);

  if (way.orphan) return;
  const Interface& iif = interfaces_[way.iif];
  if (installed.active == 0) {
    Push(Alert::Kind::kPrune, iif.holder(), installed.key, iif.id, false);
    return;
  }
  if (HasOifsOfOthers(installed, iif.holder())) {
    Push(Alert::Kind::kJoin, iif.holder(), installed.key, iif.id, false);
  }
}

void GroupManager::MakeNarrowerMfes(Ipv4FibKey key) {
  std::vector<std::pair<Ipv4FibKey, Why>> keys;
  const OrderRange range = CoveredBy(key);
  const auto& entries = memberships_.all();
  for (auto place = entries.lower_bound(range.first); place != entries.end() && place->first <= range.last; ++place) {
    const Entry& entry = *place->second;
    if (entry.key == key || !entry.joined() || !Covers(key, entry.key)) continue;
    if (cache_.Find(entry.key) == kNoMfe) keys.emplace_back(entry.key, Why::kNarrower);
  }
  cache_.ForEachIn(range, [&](uint32_t mfe) {
    const Mfe& narrower = cache_[mfe];
    if (narrower.key == key || !Covers(key, narrower.key)) return;
    if (narrower.Is(Mfe::kOrphan) || narrower.Is(Mfe::kInherited)) keys.emplace_back(narrower.key, Why::kAgain);
  });
  for (const auto& [narrower, why] : keys) {
    if (why == Why::kAgain) {
      const uint32_t mfe = cache_.Find(narrower);
      if (mfe == kNoMfe) continue;
      const auto header = cache_.Header(mfe);
      const std::vector<uint8_t> kept(header.begin(), header.end());
      Resolve(narrower, why, kept);
    } else if (cache_.Find(narrower) == kNoMfe) {
      Resolve(narrower, why, {});
    }
  }
}

}  // namespace mgmd::mgm
