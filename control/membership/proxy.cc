#include "control/membership/proxy.h"

#include <utility>
#include <vector>

#include "common/ip_family.h"

namespace mgmd::membership {

template <class Family>
Filter<Family> WantedOfLink(const RouterPart<Family>& router, const typename Family::Address& group, Time now) {
  const auto* const entry = router.Find(group);
  if (entry != nullptr && entry->older.Oldest(now) != Version::kV3) return {FilterMode::kExclude, {}};
  Wanted<Family> wanted = router.Describe(group);
  if (wanted.any) return {FilterMode::kExclude, std::move(wanted.blocked)};
  return {FilterMode::kInclude, std::move(wanted.joined)};
}

template <class Family>
Filter<Family> Proxy<Family>::Permitted(const Address& group, Filter<Family> filter) const {
  if (filter.mode == FilterMode::kExclude) return acl_.PermitsAnySource(group) ? filter : Filter<Family>{};
  std::erase_if(filter.sources, [&](const Address& source) { return !acl_.Permits(group, source); });
  return filter;
}

template <class Family>
void Proxy<Family>::SetWant(WanterId who, const Address& group, Filter<Family> filter, Time now) {
  filter = Permitted(group, std::move(filter));
  if (filter.is_none() && !database_.contains(group)) return;
  const auto at = database_.try_emplace(group).first;
  at->second.Set(who, std::move(filter));
  Filter<Family> merged = at->second.Merged();
  if (at->second.empty()) database_.erase(at);
  Say(group, std::move(merged), now);
}

template <class Family>
void Proxy<Family>::Withdraw(WanterId who, Time now) {
  std::vector<Address> wanted;
  for (const auto& [group, wants] : database_) {
    if (wants.Has(who)) wanted.push_back(group);
  }
  for (const Address& group : wanted) SetWant(who, group, {}, now);
}

template <class Family>
void Proxy<Family>::SetOwned(bool owned, Time now) {
  const bool was_suspended = is_suspended();
  owned_ = owned;
  SayAll(was_suspended, now);
}

template <class Family>
void Proxy<Family>::HearOwnQuery(Duration next, Time now) {
  const bool was_suspended = is_suspended();
  looped_until_ = now + next;
  SayAll(was_suspended, now);
}

template <class Family>
void Proxy<Family>::Tick(Time now) {
  if (!looped_until_ || *looped_until_ > now) return;
  const bool was_suspended = is_suspended();
  looped_until_.reset();
  SayAll(was_suspended, now);
}

// What may not be wanted of a group (all sources of a source-specific one) is not.
template <class Family>
void Proxy<Family>::Say(const Address& group, Filter<Family> merged, Time now) {
  if (is_suspended() || !upstream_.SetWant(wanter_, group, std::move(merged), now)) {
    upstream_.Withdraw(wanter_, group, now);
  }
}

template <class Family>
void Proxy<Family>::SayAll(bool was_suspended, Time now) {
  if (was_suspended == is_suspended()) return;
  for (const auto& [group, wants] : database_) Say(group, wants.Merged(), now);
}

template <class Family>
Filter<Family> Proxy<Family>::WantedOf(const Address& group) const {
  const auto at = database_.find(group);
  return at == database_.end() ? Filter<Family>() : at->second.Merged();
}

template Filter<Ipv4> WantedOfLink(const RouterPart<Ipv4>&, const Ipv4Address&, Time);
template Filter<Ipv6> WantedOfLink(const RouterPart<Ipv6>&, const Ipv6Address&, Time);
template class Proxy<Ipv4>;
template class Proxy<Ipv6>;

}  // namespace mgmd::membership
