#include "control/membership/router_part.h"

#include <algorithm>
#include <utility>

namespace mgmd::membership {

// There may be a million. With its node of each tree, and malloc's words, it has 150 octets.
static_assert(sizeof(RouterPart<Ipv4>::Entry) <= 80 && sizeof(RouterPart<Ipv6>::Entry) <= 88);

template <class Family>
RouterPart<Family>::RouterPart(RouterSettings<Family> settings, SharedByRouters<Family>& shared,
                               MessageOut<Family>& out, RouterObserver<Family>& observer, Counters& counters)
    : settings_(std::move(settings)),
      shared_(shared),
      out_(out),
      observer_(observer),
      counters_(counters),
      querier_(settings_),
      group_room_(settings_.max_groups) {}

template <class Family>
RouterPart<Family>::~RouterPart() {
  for (const auto& [group, entry] : groups_) shared_.memberships.Give(1 + entry->group.sources().size());
}

template <class Family>
void RouterPart<Family>::Start(const Link<Family>& link, Time now, Duration delay) {
  delay_ = delay;
  ReadStatic();
  for (const auto& [group, members] : static_) observer_.Changed(group);
  SetLink(link, now);
}

template <class Family>
void RouterPart<Family>::SetLink(const Link<Family>& link, Time now) {
  const bool was_up = std::exchange(link_, link).up;
  const bool was_querier = querier_.is_querier();
  if (!link_.up) {
    querier_.Stop();
    first_query_ = kNever;
    for (auto& [group, entry] : groups_) {
      entry->group.StopChecks();
      entry->next_send = kNever;
    }
  } else if (!was_up) {
    querier_.Start(link_.address, now, std::exchange(delay_, {}));
  } else {
    querier_.SetAddress(link_.address, now);
  }
  if (querier_.is_querier() != was_querier) observer_.QuerierChanged();
  Tick(now);
}

template <class Family>
void RouterPart<Family>::SetSettings(RouterSettings<Family> settings, Time now) {
  const bool timing_changed = settings.timing != settings_.timing;
  settings_ = std::move(settings);
  if (timing_changed) querier_.SettingsChanged(now);
  group_room_.SetMost(settings_.max_groups);
  absl::btree_map<Address, Static> before = std::move(static_);
  ReadStatic();
  for (const auto& [group, members] : before) observer_.Changed(group);
  for (const auto& [group, members] : static_) observer_.Changed(group);

  SourceRooms rooms = Rooms();
  touched_.clear();
  for (auto& [group, entry] : groups_) {
    Group<Family>& state = entry->group;
    const bool excludes = state.mode() == FilterMode::kExclude;
    bool changed = false;
    if (excludes && (settings_.ssm.Has(group) || !settings_.acl.PermitsAnySource(group))) {
      changed = state.EndExclude(rooms);
    }
    sources_.clear();
    for (const auto& [source, timer] : state.sources()) {
      if (!settings_.acl.Permits(group, source)) sources_.push_back(source);
    }
    if (state.mode() == FilterMode::kInclude) changed |= state.EndSources(sources_, rooms);
    if (changed) touched_.push_back(group);
  }
  for (const Address& group : touched_) {
    if (groups_.at(group)->group.empty()) {
      Remove(group, GroupEnd::kDenied);
    } else {
      LookBy(now, group, *groups_.at(group));
    }
    observer_.Changed(group);
  }
}

template <class Family>
void RouterPart<Family>::ReadStatic() {
  static_.clear();
  for (const StaticMember<Family>& member : settings_.static_members) {
    Static& of_group = static_[member.group];
    if (!member.source) {
      of_group.any = true;
    } else {
      of_group.sources.push_back(*member.source);
    }
  }
  for (auto& [group, members] : static_) std::sort(members.sources.begin(), members.sources.end());
}

template <class Family>
void RouterPart<Family>::TellRooms() {
  if (const auto news = group_room_.News()) {
    observer_.RoomChanged(WhichRoom::kGroups, *news, group_room_.most(), Address{});
  }
  if (const auto news = shared_.memberships.News()) {
    observer_.RoomChanged(WhichRoom::kMemberships, *news, shared_.memberships.most(), Address{});
  }
}

// What a record asks for goes out once all of its message's have been read.
template <class Family>
void RouterPart<Family>::AfterMessage(const Address& group, Time now) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  Entry& entry = *found->second;
  if (entry.next_send <= now) Send(group, entry, now);
  if (entry.group.empty()) Remove(group, GroupEnd::kLeft);
}

template <class Family>
void RouterPart<Family>::Look(const Address& group, Time now) {
  Entry& entry = *groups_.at(group);
  entry.looked_at = kNever;
  if (entry.next_send <= now) Send(group, entry, now);
  const bool changed = Expire(entry, now);
  if (entry.group.empty()) {
    Remove(group, entry.was_asked ? GroupEnd::kCheck : GroupEnd::kAge);
  } else {
    LookBy(std::min(entry.group.NextExpiry(), entry.waits_to_send ? kNever : entry.next_send), group, entry);
  }
  if (changed) observer_.Changed(group);
}

// What hosts that name sources want is what is left when the last one that names none has gone.
template <class Family>
void RouterPart<Family>::KeepIncluded(Entry& entry, Time now, SourceRooms& rooms) {
  entry.hosts->ForEachIncluded(
      now, [&](const Address& source, Time until) { entry.group.KeepSource(source, until, rooms); });
}

template <class Family>
bool RouterPart<Family>::Expire(Entry& entry, Time now) {
  SourceRooms rooms = Rooms();
  if (entry.hosts) {
    if (entry.group.mode() == FilterMode::kExclude && entry.group.expires() <= now) KeepIncluded(entry, now, rooms);
    entry.hosts->Expire(now, host_room_);
  }
  return entry.group.Expire(now, rooms);
}

template <class Family>
void RouterPart<Family>::LookBy(Time by, const Address& group, Entry& entry) {
  if (by >= entry.looked_at) return;
  if (entry.looked_at != kNever) due_.erase({entry.looked_at, group});
  entry.looked_at = by;
  due_.insert({by, group});
}

template <class Family>
void RouterPart<Family>::Remove(const Address& group, GroupEnd why) {
  const auto found = groups_.find(group);
  Entry& entry = *found->second;
  if (entry.looked_at != kNever) due_.erase({entry.looked_at, group});
  if (entry.hosts) entry.hosts->Clear(host_room_);
  const bool joined = entry.joined;
  const Address last_reporter = entry.last_reporter;
  groups_.erase(found);
  group_room_.Give();
  shared_.memberships.Give();
  if (!joined) return;
  if (why == GroupEnd::kCheck) counters_.Add(Counter::kExpiredAfterCheck);
  observer_.Ended(group, why, last_reporter);
}

template <class Family>
void RouterPart<Family>::Tick(Time now) {
  const bool was_querier = querier_.is_querier();
  if (querier_.TakeGeneralQuery(now)) SendGeneral(now);
  if (querier_.is_querier() != was_querier) {
    counters_.Add(Counter::kElectionChanges);
    observer_.QuerierChanged();
  }
  while (!waiting_.empty() && MaySend(now)) {
    const Address group = waiting_.front();
    waiting_.pop_front();
    const auto found = groups_.find(group);
    if (found == groups_.end()) continue;
    found->second->waits_to_send = false;
    LookBy(now, group, *found->second);
    if (found->second->next_send <= now) Send(group, *found->second, now);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    const Address group = due_.begin()->second;
    due_.erase(due_.begin());
    Look(group, now);
  }
  TellRooms();
}

template <class Family>
Time RouterPart<Family>::NextDeadline() const {
  Time next = querier_.NextDeadline();
  if (!due_.empty()) next = std::min(next, due_.begin()->first);
  if (!waiting_.empty()) next = std::min(next, NextToken());
  return next;
}

template <class Family>
const typename RouterPart<Family>::Entry* RouterPart<Family>::Find(const Address& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

template <class Family>
bool RouterPart<Family>::IsStaticOfAny(const Address& group) const {
  const auto found = static_.find(group);
  return found != static_.end() && found->second.any;
}

template <class Family>
bool RouterPart<Family>::IsStatic(const Address& group, const Address& source) const {
  const auto found = static_.find(group);
  return found != static_.end() &&
         std::binary_search(found->second.sources.begin(), found->second.sources.end(), source);
}

template <class Family>
Wanted<Family> RouterPart<Family>::Describe(const Address& group) const {
  Wanted<Family> wanted;
  std::vector<Address> static_sources;
  if (const auto found = static_.find(group); found != static_.end()) {
    wanted.any = found->second.any;
    static_sources = found->second.sources;
  }
  const Entry* const entry = Find(group);
  const bool excludes = entry != nullptr && entry->group.mode() == FilterMode::kExclude;
  const bool any_is_static = std::exchange(wanted.any, wanted.any || excludes);
  wanted.joined = static_sources;
  if (entry == nullptr) return wanted;
  for (const auto& [source, timer] : entry->group.sources()) {
    const bool is_static = std::binary_search(static_sources.begin(), static_sources.end(), source);
    if (!excludes && !is_static) wanted.joined.push_back(source);
    if (excludes && !any_is_static && !is_static && timer.expires() == Group<Family>::kBlocked) {
      wanted.blocked.push_back(source);
    }
  }
  std::sort(wanted.joined.begin(), wanted.joined.end());
  return wanted;
}

template <class Family>
bool RouterPart<Family>::Wants(const Address& source, const Address& group) const {
  if (IsStaticOfAny(group) || IsStatic(group, source)) return true;
  const Entry* const entry = Find(group);
  return entry != nullptr && entry->group.Wants(source);
}

template class RouterPart<Ipv4>;
template class RouterPart<Ipv6>;

}  // namespace mgmd::membership
