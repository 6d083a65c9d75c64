#include "control/mgm/rules/decider.h"

#include <utility>

namespace mgmd::mgm {

std::optional<Way> Decider::FindWay(Ipv4FibKey key, Why why, std::span<const uint8_t> header, uint32_t present) {
  const uint32_t covering = cache_.CoveringWildcard(key);
  if (key.is_wildcard()) {
    const std::vector<ClientIndex> namers = rules_.ways.Namers(key, present);
    for (const ClientIndex namer : namers) {
      if (std::optional<Way> named = rules_.questions.AskNamer(key, namer)) return named;
    }
    if (!namers.empty()) {
      if (present == kNoMfe) return std::nullopt;
      return rules_.ways.Present(present);
    }
    if (covering == kNoMfe) return std::nullopt;
    return rules_.ways.Inherited(covering);
  }
  Way way = rules_.ways.First(key, why, covering);
  if (way.orphan) return way;
  const ClientIndex owner = interfaces_[way.iif].owner;
  if (owner != kNoClient) rules_.questions.AskOwner(key, owner, header, way);
  return way;
}

uint32_t Decider::Decide(Ipv4FibKey key, Why why, std::span<const uint8_t> header) {
  uint32_t mfe = cache_.Find(key);
  if (key.is_wildcard() && key.group().is_source_specific()) return kNoMfe;  // RFC 4607 section 5.2
  const bool made = mfe == kNoMfe;
  if (made && !rules_.room.Make({Limit::kPerGroup, Limit::kAll}, key, kNoSlot)) {
    if (why != Why::kFirstPacket) rules_.queue.AddMissing(key);
    return kNoMfe;
  }
  const std::optional<Way> way = FindWay(key, why, header, mfe);
  if (!way.has_value()) {
    if (mfe == kNoMfe) rules_.queue.AddMissing(key);
    return mfe;
  }
  if (mfe != kNoMfe && way->orphan && cache_[mfe].Is(Mfe::kInherited) && !memberships_.IsProactive(key)) {
    // Made under a wildcard MFE, which is gone: nothing is left of its way.
    if (why != Why::kMoved) rules_.mfe_alerts.AlertMove(mfe, kNoSlot);
    rules_.mfes.Drop(mfe);
    return kNoMfe;
  }
  if (made && !rules_.room.Make({Limit::kPerInterface, Limit::kPerOwner}, key, way->iif)) {
    if (why != Why::kFirstPacket) rules_.queue.AddMissing(key);
    return kNoMfe;
  }
  rules_.alerts.NoteBefore(key);
  std::vector<OifPlan> plan;
  if (!way->orphan) {
    plan = rules_.questions.PlanOifs(key, way->iif, cache_.CoveringWildcard(key));
    rules_.questions.AskVetoes(key, interfaces_[way->iif].id, plan);
  }
  const InterfaceSlot old_iif = made ? kNoSlot : cache_[mfe].iif_slot();
  if (made) {
    mfe = rules_.mfes.Make(key, header);
  } else if (why != Why::kMoved) {
    rules_.mfe_alerts.AlertMove(mfe, way->good_iif());
  }
  rules_.queue.RemoveMissing(key);
  Install(mfe, *way, plan, why);
  if (key.is_wildcard() && (made || old_iif != way->iif)) DecideNarrower(key);
  return mfe;
}

void Decider::Install(uint32_t mfe, const Way& way, const std::vector<OifPlan>& plan, Why why) {
  Mfe& installed = cache_[mfe];
  cache_.ClearOifs(mfe);
  rules_.mfes.SetWay(mfe, way.iif, way.route);
  for (const OifPlan& oif : plan) cache_.AddOif(mfe, oif.slot, oif.flags);
  installed.Set(Mfe::kOrphan, way.orphan);
  installed.Set(Mfe::kInherited, way.inherited);
  installed.Set(Mfe::kProactive, memberships_.IsProactive(installed.key));
  if (why == Why::kFirstPacket) installed.Set(Mfe::kDrain, true);
  installed.Set(Mfe::kRedecide, false);
  installed.Set(Mfe::kHeldPrune, false);
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
      Decide(narrower, why, kept);
    } else if (cache_.Find(narrower) == kNoMfe) {
      Decide(narrower, why, {});
    }
  }
}

}  // namespace mgmd::mgm
