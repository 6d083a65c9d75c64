#include "control/membership/group.h"

#include <algorithm>
#include <utility>

namespace mgmd::membership {
namespace {

template <class Address>
bool Has(std::span<const Address> sorted, const Address& address) {
  return std::binary_search(sorted.begin(), sorted.end(), address);
}

}  // namespace

template <class Family>
bool Group<Family>::Apply(RecordType type, Addresses sources, Time now, Duration lives, SourceRooms& rooms,
                          Question& question) {
  question.group = false;
  question.sources.clear();
  const Time until = now + lives;
  const bool include = mode_ == FilterMode::kInclude;
  bool changed = false;
  switch (type) {
    case RecordType::kIsInclude:
    case RecordType::kAllow:
      return IncludeAll(sources, until, rooms);

    case RecordType::kToInclude:  // (A-B), or (X-A) and the group
      for (const auto& [source, state] : sources_) {
        if (state.expires != kBlocked && !Has(sources, source)) question.sources.push_back(source);
      }
      question.group = !include;
      return IncludeAll(sources, until, rooms);

    case RecordType::kIsExclude:
    case RecordType::kToExclude: {
      if (include) {
        BecomeExclude(sources, until, rooms);
        changed = true;
      } else {
        // IS_EX gives what is new the group's new time, TO_EX its old one.
        changed = KeepOnly(sources, type == RecordType::kIsExclude ? until : expires_, rooms);
        expires_ = until;
        check_.asked_anew = false;
      }
      if (type == RecordType::kIsExclude) return changed;
      for (const auto& [source, state] : sources_) {  // (A*B), (A-Y): all that is left runs, or is blocked
        if (state.expires != kBlocked) question.sources.push_back(source);
      }
      return changed;
    }

    case RecordType::kBlock:
      for (const Address& source : sources) {
        const auto found = sources_.find(source);
        if (found == sources_.end()) {
          if (include || !Insert(source, expires_, rooms)) continue;  // EXCLUDE: (A-X-Y) = group timer
        } else if (found->second.expires == kBlocked) {
          continue;
        }
        question.sources.push_back(source);
      }
      return false;
  }
  return false;
}

template <class Family>
bool Group<Family>::Insert(const Address& source, Time expires, SourceRooms& rooms) {
  if (sources_.size() >= rooms.of_group) {
    ++rooms.refused_by_group;
    return false;
  }
  if (rooms.of_all != nullptr && !rooms.of_all->Take()) {
    ++rooms.refused_by_all;
    return false;
  }
  sources_.emplace(source, Source{.expires = expires});
  if (rooms.held != nullptr) ++*rooms.held;
  return true;
}

// They are wanted, whatever the mode: of EXCLUDE, they are none of Y any more.
template <class Family>
bool Group<Family>::IncludeAll(Addresses sources, Time until, SourceRooms& rooms) {
  bool changed = false;
  for (const Address& source : sources) changed |= SetSource(source, until, rooms);
  return changed;
}

template <class Family>
bool Group<Family>::SetSource(const Address& source, Time until, SourceRooms& rooms) {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return Insert(source, until, rooms) && mode_ == FilterMode::kInclude;
  found->second.asked_anew = false;
  return std::exchange(found->second.expires, until) == kBlocked;
}

template <class Family>
bool Group<Family>::KeepSource(const Address& source, Time until, SourceRooms& rooms) {
  const auto found = sources_.find(source);
  return SetSource(source, found == sources_.end() ? until : std::max(found->second.expires, until), rooms);
}

// INCLUDE(A) and EXCLUDE(B) are EXCLUDE(A*B, B-A).
template <class Family>
void Group<Family>::BecomeExclude(Addresses sources, Time until, SourceRooms& rooms) {
  mode_ = FilterMode::kExclude;
  expires_ = until;
  KeepOnly(sources, kBlocked, rooms);
}

// Deletes all others, and makes those that are not there.
template <class Family>
bool Group<Family>::KeepOnly(Addresses sources, Time of_new, SourceRooms& rooms) {
  bool changed = false;
  for (auto at = sources_.begin(); at != sources_.end();) {
    if (Has(sources, at->first)) {
      ++at;
      continue;
    }
    changed |= at->second.expires == kBlocked;
    Forget(at, rooms);
  }
  if (sources_.size() == sources.size()) return changed;
  for (const Address& source : sources) {
    if (!sources_.contains(source)) Insert(source, of_new, rooms);
  }
  return changed;
}

template <class Family>
void Group<Family>::Forget(typename Sources::iterator& at, SourceRooms& rooms) {
  at = sources_.erase(at);
  if (rooms.of_all != nullptr) rooms.of_all->Give();
  if (rooms.held != nullptr) --*rooms.held;
}

// Of X it becomes one of Y.
template <class Family>
void Group<Family>::RunOut(typename Sources::iterator& at, SourceRooms& rooms) {
  if (mode_ == FilterMode::kInclude) return Forget(at, rooms);
  (at++)->second = {.expires = kBlocked};
}

template <class Family>
bool Group<Family>::Expire(Time now, SourceRooms& rooms) {
  bool changed = false;
  for (auto at = sources_.begin(); at != sources_.end();) {
    if (at->second.expires == kBlocked || at->second.expires > now) {
      ++at;
      continue;
    }
    changed = true;
    RunOut(at, rooms);
  }
  if (mode_ == FilterMode::kExclude && expires_ <= now) changed |= EndExclude(rooms);
  return changed;
}

template <class Family>
bool Group<Family>::EndSource(const Address& source, SourceRooms& rooms) {
  auto found = sources_.find(source);
  if (found == sources_.end() || found->second.expires == kBlocked) return false;
  RunOut(found, rooms);
  return true;
}

// EXCLUDE(X, Y) becomes INCLUDE(X).
template <class Family>
bool Group<Family>::EndExclude(SourceRooms& rooms) {
  if (mode_ != FilterMode::kExclude) return false;
  for (auto at = sources_.begin(); at != sources_.end();) {
    if (at->second.expires == kBlocked) {
      Forget(at, rooms);
    } else {
      ++at;
    }
  }
  mode_ = FilterMode::kInclude;
  expires_ = kNever;
  check_ = {.expires = kNever};
  return true;
}

template <class Family>
void Group<Family>::CheckGroup(Time now, int times) {
  const bool runs = check_.asked_anew || (check_.expires == expires_ && expires_ > now);
  if (mode_ != FilterMode::kExclude || runs) return;
  check_ = {.expires = kNever, .repeats = static_cast<uint8_t>(times), .asked_anew = true};
  asked_anew_ = true;
}

template <class Family>
void Group<Family>::CheckSources(Addresses sources, Time now, Duration answer_time, int times) {
  for (const Address& source : sources) {
    const auto found = sources_.find(source);
    if (found == sources_.end() || found->second.expires <= now + answer_time || found->second.asked_anew) continue;
    found->second.repeats = static_cast<uint8_t>(times);
    found->second.asked_anew = true;
    asked_anew_ = true;
  }
}

template <class Family>
void Group<Family>::StopChecks() {
  asked_anew_ = false;
  check_.repeats = 0;
  check_.asked_anew = false;
  for (auto& [source, state] : sources_) {
    state.repeats = 0;
    state.asked_anew = false;
  }
}

template <class Family>
typename Group<Family>::Questions Group<Family>::ToAsk(Time now, Duration answer_time) const {
  const Time answered_by = now + answer_time;
  const auto raised = [&](const Source& asked, Time expires) { return !asked.asked_anew && expires > answered_by; };
  Questions questions{.group = check_.repeats > 0, .group_suppressed = raised(check_, expires_)};
  for (const auto& [source, state] : sources_) {
    if (state.repeats == 0) continue;
    (raised(state, state.expires) ? questions.raised : questions.running_out).push_back(source);
  }
  return questions;
}

template <class Family>
bool Group<Family>::Asked(Time now, Duration answer_time) {
  const Time answered_by = now + answer_time;
  bool again = false;
  const auto count = [&](Source& asked, Time& expires) {
    if (asked.repeats == 0) return;
    if (asked.asked_anew) expires = std::min(expires, answered_by);
    asked.asked_anew = false;
    again |= --asked.repeats > 0;
  };
  asked_anew_ = false;
  const bool first = check_.asked_anew;
  count(check_, expires_);
  if (first) check_.expires = expires_;
  for (auto& [source, state] : sources_) count(state, state.expires);
  return again;
}

template <class Family>
void Group<Family>::LowerGroup(Time to) {
  if (mode_ == FilterMode::kExclude) expires_ = std::min(expires_, to);
}

template <class Family>
void Group<Family>::LowerSources(Addresses sources, Time to) {
  for (const Address& source : sources) {
    const auto found = sources_.find(source);
    if (found != sources_.end()) found->second.expires = std::min(found->second.expires, to);  // kBlocked stays
  }
}

template <class Family>
void Group<Family>::HearOlderHost(Version version, Time until) {
  Time& timer = version == Version::kV1 ? v1_until_ : v2_until_;
  timer = std::max(timer, until);
}

template <class Family>
bool Group<Family>::Wants(const Address& source) const {
  const auto found = sources_.find(source);
  if (mode_ == FilterMode::kInclude) return found != sources_.end();
  return found == sources_.end() || found->second.expires != kBlocked;
}

template <class Family>
Time Group<Family>::NextExpiry() const {
  Time next = expires_;
  for (const auto& [source, state] : sources_) {
    if (state.expires != kBlocked) next = std::min(next, state.expires);
  }
  return next;
}

template class Group<Ipv4>;
template class Group<Ipv6>;

}  // namespace mgmd::membership
