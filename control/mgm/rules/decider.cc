#include "control/mgm/rules/decider.h"

#include <algorithm>
#include <utility>

namespace mgmd::mgm {
namespace {

template <class Item>
bool Contains(const std::vector<Item>& items, Item item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

Decider::Outcome Decider::Decide(Ipv4FibKey key, Why why, std::span<const uint8_t> header) {
  if (key.is_wildcard() && key.group().is_source_specific()) return Outcome::kNoWay;  // RFC 4607 section 5.2
  if (!rules_.open.empty()) {
    if (Decision* open = rules_.open.Find(key)) return Join(*open, why, header);
  }
  Decision decision{.key = key, .why = why, .drain = why == Why::kFirstPacket, .header = header};
  if (why == Why::kEdit) decision.deadline = rules_.clock.Now();
  const Outcome outcome = Begin(decision);
  if (outcome == Outcome::kWaits) rules_.open.Keep(std::move(decision), rules_.clock.Now());
  return outcome;
}

Decider::Outcome Decider::Join(Decision& open, Why why, std::span<const uint8_t> header) {
  if (why == Why::kFirstPacket) {
    open.drain = true;
  } else {
    open.why = why;
  }
  if (open.own_header.empty()) {
    open.own_header.assign(header.begin(), header.end());
    open.header = open.own_header;
  }
  if (why != Why::kEdit && Stands(open)) return Outcome::kWaits;
  Decision decision = rules_.open.Take(open.key);
  if (why == Why::kEdit) decision.deadline = rules_.clock.Now();
  return Run(decision, Step::kBegin);
}

void Decider::GoOn(Decision decision, Step step) { Run(decision, Stands(decision) ? step : Step::kBegin); }

Decider::Outcome Decider::Run(Decision& decision, Step step) {
  decision.waiting.clear();
  const Outcome outcome = RunFrom(decision, step);
  if (outcome == Outcome::kWaits) {
    rules_.open.Keep(std::move(decision), rules_.clock.Now());
  } else if (outcome != Outcome::kDecided && decision.drain) {
    rules_.forwarder.DiscardPending(decision.key);
  }
  return outcome;
}

Decider::Outcome Decider::RunFrom(Decision& decision, Step step) {
  if (step == Step::kBegin) return BeginAnew(decision);
  // Others may have taken the room while it waited.
  if (!HasRoom(decision)) return RefusedRoom(decision);
  if (step == Step::kFindWay) return FindWayAndOifs(decision);
  if (step == Step::kHasWay) return FindOifs(decision);
  return Complete(decision);
}

bool Decider::IsWanted(Ipv4FibKey key) const {
  const Entry* entry = memberships_.Find(key);
  return entry != nullptr && entry->joined() && (entry->proactive() || cache_.CoveringWildcard(key) != kNoMfe);
}

void Decider::NoteIif(Decision& decision) const {
  const Interface& iif = interfaces_[decision.way.iif];
  decision.iif = iif.id;
  decision.holder = iif.known() ? clients_[iif.holder()].handle : ClientHandle{};
}

bool Decider::Stands(const Decision& decision) const {
  const Ipv4FibKey key = decision.key;
  const uint32_t mfe = cache_.Find(key);
  if (mfe != decision.mfe.index || (mfe != kNoMfe && !cache_.Lives(decision.mfe))) return false;
  if (mfe == kNoMfe && !decision.drain && !IsWanted(key)) return false;
  const bool asks_way = !decision.waiting.empty() && !decision.waiting.front().creation;
  if (key.is_wildcard()) {
    const std::vector<ClientIndex> namers = rules_.ways.Namers(key, mfe);
    if (asks_way) return Contains(namers, clients_.Find(decision.waiting.front().client));
    if (!StandsByNamers(decision, namers)) return false;
  } else if (rules_.ways.First(key, cache_.CoveringWildcard(key)) != decision.first) {
    return false;
  }
  const Interface* iif = interfaces_.FindSlot(asks_way ? decision.first.iif : decision.way.iif);
  return iif != nullptr && iif->id == decision.iif && clients_.Is(iif->holder(), decision.holder);
}

// Whether a wildcard's way is still one that FindWay() could have found.
bool Decider::StandsByNamers(const Decision& decision, const std::vector<ClientIndex>& namers) const {
  const Way& way = decision.way;
  if (namers.empty()) {
    const uint32_t covering = cache_.CoveringWildcard(decision.key);
    return way.inherited && covering != kNoMfe && cache_[covering].iif_slot() == way.iif;
  }
  if (way.inherited) return false;  // there is somebody to name one now
  const uint32_t mfe = decision.mfe.index;
  const bool all_passed = std::all_of(namers.begin(), namers.end(), [&](ClientIndex namer) {
    return Contains(decision.passed, clients_[namer].handle);
  });
  if (all_passed) return mfe != kNoMfe && cache_[mfe].iif_slot() == way.iif;
  const Entry* entry = memberships_.Find(decision.key);
  const Interface* named = interfaces_.FindSlot(way.iif);
  return entry != nullptr && named != nullptr && rules_.ways.HasNamerOn(*entry, *named);
}

// The MFE may have gone, and what asked for it.
Decider::Outcome Decider::BeginAnew(Decision& decision) {
  const Ipv4FibKey key = decision.key;
  decision.passed.clear();
  decision.vetoes.clear();
  if (cache_.Find(key) != kNoMfe) {
    if (key.is_wildcard()) return Begin(decision);
    // It may move to another owner, and the old one is told first (T24).
    rules_.queue.Add(key);
    return Outcome::kNoWay;
  }
  if (decision.why == Why::kEdit) return Begin(decision);
  if (IsWanted(key)) {
    decision.why = Why::kMembership;
  } else if (decision.drain) {
    decision.why = Why::kFirstPacket;
  } else {
    rules_.queue.RemoveMissing(key);
    return Outcome::kNoWay;
  }
  return Begin(decision);
}

bool Decider::HasRoom(const Decision& decision) {
  return decision.mfe.index != kNoMfe || rules_.room.Make({Limit::kPerGroup, Limit::kAll}, decision.key, kNoSlot);
}

bool Decider::HasRoomOnIif(const Decision& decision) {
  return decision.mfe.index != kNoMfe ||
         rules_.room.Make({Limit::kPerInterface, Limit::kPerOwner}, decision.key, decision.way.iif);
}

Decider::Outcome Decider::RefusedRoom(const Decision& decision) {
  if (decision.why != Why::kFirstPacket) rules_.queue.AddMissing(decision.key);
  return Outcome::kNoRoom;
}

Decider::Outcome Decider::Begin(Decision& decision) {
  const uint32_t mfe = cache_.Find(decision.key);
  decision.mfe = mfe == kNoMfe ? MfeRef() : cache_.RefTo(mfe);
  return HasRoom(decision) ? FindWayAndOifs(decision) : RefusedRoom(decision);
}

Decider::Outcome Decider::FindWayAndOifs(Decision& decision) {
  switch (FindWay(decision)) {
    case Answer::kYes:
      return FindOifs(decision);
    case Answer::kLater:
      return Outcome::kWaits;
    case Answer::kNo:
      break;
  }
  if (decision.mfe.index == kNoMfe) rules_.queue.AddMissing(decision.key);
  return Outcome::kNoWay;
}

Answer Decider::FindWay(Decision& decision) {
  const Ipv4FibKey key = decision.key;
  const uint32_t covering = cache_.CoveringWildcard(key);
  if (key.is_wildcard()) {
    const uint32_t present = decision.mfe.index;
    const std::vector<ClientIndex> namers = rules_.ways.Namers(key, present);
    for (const ClientIndex namer : namers) {
      if (Contains(decision.passed, clients_[namer].handle)) continue;
      const Answer answer = rules_.questions.AskNamer(decision, namer);
      if (answer != Answer::kNo) return answer;
      decision.passed.push_back(clients_[namer].handle);
    }
    if (namers.empty() ? covering == kNoMfe : present == kNoMfe) return Answer::kNo;
    decision.way = namers.empty() ? rules_.ways.Inherited(covering) : rules_.ways.Present(present);
    return Answer::kYes;
  }
  decision.first = rules_.ways.First(key, covering);
  decision.way = decision.first;
  if (decision.way.orphan) return Answer::kYes;
  const ClientIndex owner = interfaces_[decision.way.iif].owner;
  if (owner == kNoClient) return Answer::kYes;
  NoteIif(decision);
  return rules_.questions.AskOwner(decision, owner) ? Answer::kYes : Answer::kLater;
}

Decider::Outcome Decider::FindOifs(Decision& decision) {
  const Ipv4FibKey key = decision.key;
  const Way& way = decision.way;
  const uint32_t mfe = decision.mfe.index;
  if (mfe != kNoMfe && way.orphan && cache_[mfe].Is(Mfe::kInherited) && !memberships_.IsProactive(key)) {
    // Made under a wildcard MFE, which is gone: nothing is left of its way.
    rules_.mfe_alerts.AlertMove(mfe, kNoSlot);
    rules_.mfes.Drop(mfe);
    return Outcome::kNoWay;
  }
  if (!HasRoomOnIif(decision)) return RefusedRoom(decision);
  rules_.alerts.NoteBefore(key);
  std::vector<OifPlan> plan;
  if (!way.orphan) {
    NoteIif(decision);
    plan = rules_.questions.PlanOifs(key, way.iif);
    if (!rules_.questions.AskVetoes(decision, plan)) return Outcome::kWaits;
  }
  return Make(decision, plan);
}

Decider::Outcome Decider::Complete(Decision& decision) {
  if (!HasRoomOnIif(decision)) return RefusedRoom(decision);
  // The oifs may be others than when it began to wait. Of new ones nobody is asked, as if they had come to the MFE.
  std::vector<OifPlan> plan = rules_.questions.PlanOifs(decision.key, decision.way.iif);
  rules_.questions.ApplyVetoes(decision, plan);
  return Make(decision, plan);
}

Decider::Outcome Decider::Make(const Decision& decision, const std::vector<OifPlan>& plan) {
  const Ipv4FibKey key = decision.key;
  uint32_t mfe = decision.mfe.index;
  const bool made = mfe == kNoMfe;
  const InterfaceSlot old_iif = made ? kNoSlot : cache_[mfe].iif_slot();
  if (made) {
    mfe = rules_.mfes.Make(key, decision.header);
  } else {
    rules_.mfe_alerts.AlertMove(mfe, decision.way.good_iif());
  }
  rules_.queue.RemoveMissing(key);
  Install(mfe, decision, plan);
  if (key.is_wildcard() && (made || old_iif != decision.way.iif)) DecideNarrower(key);
  return Outcome::kDecided;
}

void Decider::Install(uint32_t mfe, const Decision& decision, const std::vector<OifPlan>& plan) {
  Mfe& installed = cache_[mfe];
  const Way& way = decision.way;
  cache_.ClearOifs(mfe);
  rules_.mfes.SetWay(mfe, way.iif, way.route);
  for (const OifPlan& oif : plan) cache_.AddOif(mfe, oif.slot, oif.flags);
  installed.Set(Mfe::kOrphan, way.orphan);
  installed.Set(Mfe::kInherited, way.inherited);
  installed.Set(Mfe::kProactive, memberships_.IsProactive(installed.key));
  if (decision.drain) installed.Set(Mfe::kDrain, true);
  installed.Set(Mfe::kRedecide, false);
  installed.Set(Mfe::kPruneInGrace, false);
  installed.Set(Mfe::kLeaving, false);
  cache_.details(mfe).upstream_neighbor = way.upstream_neighbor;
  rules_.lifetimes.Begin(mfe);
  rules_.writer.MarkDirty(mfe);
  rules_.mfes.OilChanged(mfe);
  rules_.mfe_alerts.AlertInstalled(mfe);
}

void Decider::DecideNarrower(Ipv4FibKey key) {
  std::vector<std::pair<Ipv4FibKey, Why>> keys;
  const OrderRange range = CoveredBy(key);
  const auto& entries = memberships_.all();
  for (auto place = entries.lower_bound(range.first); place != entries.end() && place->first <= range.last; ++place) {
    const Entry& entry = *place->second;
    if (entry.key == key || !entry.joined() || !Covers(key, entry.key)) continue;
    if (cache_.Find(entry.key) == kNoMfe) keys.emplace_back(entry.key, Why::kMembership);
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
      Decide(narrower, why, kept);
    } else if (cache_.Find(narrower) == kNoMfe) {
      Decide(narrower, why, {});
    }
  }
}

}  // namespace mgmd::mgm
