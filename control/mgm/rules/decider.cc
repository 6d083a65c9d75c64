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

template <class Family>
DecisionOutcome Decider<Family>::Decide(FibKey<Family> key, Why why, std::span<const uint8_t> header) {
  if (key.is_wildcard() && ssm_.HasAll(key)) return DecisionOutcome::kNoWay;  // RFC 4607 section 5.2
  if (!rules_.open.empty()) {
    if (auto* open = rules_.open.Find(key)) return Join(*open, why, header);
  }
  Decision<Family> decision{.key = key, .why = why, .drain = why == Why::kFirstPacket, .header = header};
  if (why == Why::kEdit) decision.deadline = rules_.clock.Now();
  const DecisionOutcome outcome = Begin(decision);
  if (outcome == DecisionOutcome::kWaits) rules_.open.Keep(std::move(decision), rules_.clock.Now());
  return outcome;
}

template <class Family>
DecisionOutcome Decider<Family>::Join(Decision<Family>& open, Why why, std::span<const uint8_t> header) {
  if (why == Why::kFirstPacket) {
    open.drain = true;
  } else {
    open.why = why;
  }
  if (open.own_header.empty()) {
    open.own_header.assign(header.begin(), header.end());
    open.header = open.own_header;
  }
  if (why != Why::kEdit && Stands(open)) return DecisionOutcome::kWaits;
  Decision<Family> decision = rules_.open.Take(open.key);
  if (why == Why::kEdit) decision.deadline = rules_.clock.Now();
  return Run(decision, DecisionStep::kBegin);
}

template <class Family>
void Decider<Family>::GoOn(Decision<Family> decision, DecisionStep step) {
  Run(decision, Stands(decision) ? step : DecisionStep::kBegin);
}

template <class Family>
DecisionOutcome Decider<Family>::Run(Decision<Family>& decision, DecisionStep step) {
  decision.waiting.clear();
  const DecisionOutcome outcome = RunFrom(decision, step);
  if (outcome == DecisionOutcome::kWaits) {
    rules_.open.Keep(std::move(decision), rules_.clock.Now());
  } else if (outcome != DecisionOutcome::kDecided && decision.drain) {
    rules_.forwarder.DiscardPending(decision.key);
  }
  return outcome;
}

template <class Family>
DecisionOutcome Decider<Family>::RunFrom(Decision<Family>& decision, DecisionStep step) {
  if (step == DecisionStep::kBegin) return BeginAnew(decision);
  // Others may have taken the room while it waited.
  if (!HasRoom(decision)) return RefusedRoom(decision);
  if (step == DecisionStep::kFindWay) return FindWayAndOifs(decision);
  if (step == DecisionStep::kHasWay) return FindOifs(decision);
  return Complete(decision);
}

template <class Family>
bool Decider<Family>::IsWanted(FibKey<Family> key) const {
  const auto* entry = memberships_.Find(key);
  return entry != nullptr && entry->stands() && (entry->proactive() || cache_.CoveringWildcard(key) != kNoMfe);
}

template <class Family>
void Decider<Family>::NoteIif(Decision<Family>& decision) const {
  const auto& iif = interfaces_[decision.way.iif];
  decision.iif = iif.id;
  decision.holder = iif.known() ? clients_[iif.holder()].handle : ClientHandle{};
}

template <class Family>
bool Decider<Family>::Stands(const Decision<Family>& decision) const {
  const FibKey<Family> key = decision.key;
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
  const auto* iif = interfaces_.FindSlot(asks_way ? decision.first.iif : decision.way.iif);
  return iif != nullptr && iif->id == decision.iif && clients_.Is(iif->holder(), decision.holder);
}

// Whether a wildcard's way is still one that FindWay() could have found.
template <class Family>
bool Decider<Family>::StandsByNamers(const Decision<Family>& decision, const std::vector<ClientIndex>& namers) const {
  const Way<Family>& way = decision.way;
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
  const auto* entry = memberships_.Find(decision.key);
  const auto* named = interfaces_.FindSlot(way.iif);
  return entry != nullptr && named != nullptr && rules_.ways.HasNamerOn(*entry, *named);
}

// The MFE may have gone, and what asked for it.
template <class Family>
DecisionOutcome Decider<Family>::BeginAnew(Decision<Family>& decision) {
  const FibKey<Family> key = decision.key;
  decision.passed.clear();
  decision.vetoes.clear();
  if (cache_.Find(key) != kNoMfe) {
    if (key.is_wildcard()) return Begin(decision);
    // It may move to another owner, and the old one is told first (T24).
    rules_.queue.Add(key);
    return DecisionOutcome::kNoWay;
  }
  if (decision.why == Why::kEdit) return Begin(decision);
  if (IsWanted(key)) {
    decision.why = Why::kMembership;
  } else if (decision.drain) {
    decision.why = Why::kFirstPacket;
  } else {
    rules_.queue.RemoveMissing(key);
    return DecisionOutcome::kNoWay;
  }
  return Begin(decision);
}

template <class Family>
bool Decider<Family>::HasRoom(const Decision<Family>& decision) {
  return decision.mfe.index != kNoMfe || rules_.room.Make({Limit::kPerGroup, Limit::kAll}, decision.key, kNoSlot);
}

template <class Family>
bool Decider<Family>::HasRoomOnIif(const Decision<Family>& decision) {
  return decision.mfe.index != kNoMfe ||
         rules_.room.Make({Limit::kPerInterface, Limit::kPerOwner}, decision.key, decision.way.iif);
}

template <class Family>
DecisionOutcome Decider<Family>::RefusedRoom(const Decision<Family>& decision) {
  if (decision.why != Why::kFirstPacket) rules_.queue.AddMissing(decision.key, RefusedBy::kLimit);
  return DecisionOutcome::kNoRoom;
}

template <class Family>
DecisionOutcome Decider<Family>::Begin(Decision<Family>& decision) {
  const uint32_t mfe = cache_.Find(decision.key);
  decision.mfe = mfe == kNoMfe ? MfeRef() : cache_.RefTo(mfe);
  return HasRoom(decision) ? FindWayAndOifs(decision) : RefusedRoom(decision);
}

template <class Family>
DecisionOutcome Decider<Family>::FindWayAndOifs(Decision<Family>& decision) {
  switch (FindWay(decision)) {
    case Answer::kYes:
      return FindOifs(decision);
    case Answer::kLater:
      return DecisionOutcome::kWaits;
    case Answer::kNo:
      break;
  }
  if (decision.mfe.index == kNoMfe) rules_.queue.AddMissing(decision.key, RefusedBy::kNoIif);
  return DecisionOutcome::kNoWay;
}

template <class Family>
Answer Decider<Family>::FindWay(Decision<Family>& decision) {
  const FibKey<Family> key = decision.key;
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

template <class Family>
DecisionOutcome Decider<Family>::FindOifs(Decision<Family>& decision) {
  const FibKey<Family> key = decision.key;
  const Way<Family>& way = decision.way;
  const uint32_t mfe = decision.mfe.index;
  if (mfe != kNoMfe && way.orphan && cache_[mfe].Is(Mfe::kInherited) && !memberships_.IsProactive(key)) {
    // Made under a wildcard MFE, which is gone: nothing is left of its way.
    rules_.mfe_alerts.AlertMove(mfe, kNoSlot);
    rules_.mfes.Drop(mfe);
    return DecisionOutcome::kNoWay;
  }
  if (!HasRoomOnIif(decision)) return RefusedRoom(decision);
  rules_.alerts.NoteBefore(key);
  std::vector<OifPlan> plan;
  if (!way.orphan) {
    NoteIif(decision);
    plan = rules_.questions.PlanOifs(key, way.iif);
    if (!rules_.questions.AskVetoes(decision, plan)) return DecisionOutcome::kWaits;
  }
  return Make(decision, plan);
}

template <class Family>
DecisionOutcome Decider<Family>::Complete(Decision<Family>& decision) {
  if (!HasRoomOnIif(decision)) return RefusedRoom(decision);
  // The oifs may be others than when it began to wait. Of new ones nobody is asked, as if they had come to the MFE.
  std::vector<OifPlan> plan = rules_.questions.PlanOifs(decision.key, decision.way.iif);
  rules_.questions.ApplyVetoes(decision, plan);
  return Make(decision, plan);
}

template <class Family>
DecisionOutcome Decider<Family>::Make(const Decision<Family>& decision, const std::vector<OifPlan>& plan) {
  const FibKey<Family> key = decision.key;
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
  return DecisionOutcome::kDecided;
}

template <class Family>
void Decider<Family>::Install(uint32_t mfe, const Decision<Family>& decision, const std::vector<OifPlan>& plan) {
  auto& installed = cache_[mfe];
  const Way<Family>& way = decision.way;
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
  cache_.details(mfe).upstream_neighbour = way.upstream_neighbour;
  rules_.lifetimes.Begin(mfe);
  rules_.writer.MarkDirty(mfe);
  rules_.mfes.OilChanged(mfe);
  rules_.mfe_alerts.AlertInstalled(mfe);
}

template <class Family>
void Decider<Family>::DecideNarrower(FibKey<Family> key) {
  std::vector<std::pair<FibKey<Family>, Why>> keys;
  const OrderRange<Family> range = CoveredBy(key);
  const auto& entries = memberships_.all();
  for (auto place = entries.lower_bound(range.first); place != entries.end() && place->first <= range.last; ++place) {
    const auto& entry = *place->second;
    if (entry.key == key || !entry.stands() || !Covers(key, entry.key, ssm_)) continue;
    if (cache_.Find(entry.key) == kNoMfe) keys.emplace_back(entry.key, Why::kMembership);
  }
  cache_.ForEachIn(range, [&](uint32_t mfe) {
    const auto& narrower = cache_[mfe];
    if (narrower.key == key || !Covers(key, narrower.key, ssm_)) return;
    if (narrower.Is(Mfe::kOrphan) || narrower.Is(Mfe::kInherited)) keys.emplace_back(narrower.key, Why::kAgain);
  });
  for (const auto& [narrower, why] : keys) {
    if (why == Why::kAgain) {
      const uint32_t mfe = cache_.Find(narrower);
      // What a narrower wildcard covers is decided when that one moves.
      if (mfe == kNoMfe || cache_.CoveringWildcard(narrower) != cache_.Find(key)) continue;
      const auto header = cache_.Header(mfe);
      const std::vector<uint8_t> kept(header.begin(), header.end());
      Decide(narrower, why, kept);
    } else if (cache_.Find(narrower) == kNoMfe) {
      Decide(narrower, why, {});
    }
  }
}

template class Decider<Ipv4>;
template class Decider<Ipv6>;

}  // namespace mgmd::mgm
