#include "control/membership/group.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mgmd::membership {
namespace {

template <class Address>
bool Has(std::span<const Address> sorted, const Address& address) {
  return std::binary_search(sorted.begin(), sorted.end(), address);
}

template <class Family>
bool IsBlocked(const Source<Family>& source) {
  return source.timer.expires() == Timer::kBlocked;
}

}  // namespace

template <class Family>
bool Group<Family>::Apply(RecordType type, Addresses sources, Time now, Duration lives, SourceRooms& rooms,
                          Question& question) {
  question.group = false;
  question.sources.clear();
  const Time until = now + lives;
  const bool include = includes();
  bool changed = false;
  switch (type) {
    case RecordType::kIsInclude:
    case RecordType::kAllow:
      return IncludeAll(sources, until, rooms);

    case RecordType::kToInclude:  // (A-B), or (X-A) and the group
      for (const auto& source : sources_) {
        if (!IsBlocked(source) && !Has(sources, source.address)) question.sources.push_back(source.address);
      }
      question.group = !include;
      return IncludeAll(sources, until, rooms);

    case RecordType::kIsExclude:
    case RecordType::kToExclude: {
      // INCLUDE(A) and EXCLUDE(B) are EXCLUDE(A*B, B-A). In EXCLUDE, IS_EX gives what is new the group's new time,
      // TO_EX its old one.
      const Time of_new = include ? kBlocked : type == RecordType::kIsExclude ? until : expires();
      changed = KeepOnly(sources, of_new, rooms) || include;
      SetExpires(until);
      timer_.asked_anew = false;
      if (type == RecordType::kIsExclude) return changed;
      for (const auto& source : sources_) {  // (A*B), (A-Y): all that is left runs, or is blocked
        if (!IsBlocked(source)) question.sources.push_back(source.address);
      }
      return changed;
    }

    case RecordType::kBlock: {
      std::vector<Address> missing;
      for (const Address& address : sources) {
        const auto* const source = sources_.Find(address);
        if (source == nullptr) {
          missing.push_back(address);
        } else if (!IsBlocked(*source)) {
          question.sources.push_back(address);
        }
      }
      if (include) return false;
      const size_t fit = Insert(missing, expires(), rooms);  // (A-X-Y) = group timer
      question.sources.insert(question.sources.end(), missing.begin(), missing.begin() + static_cast<ptrdiff_t>(fit));
      std::sort(question.sources.begin(), question.sources.end());
      return false;
    }
  }
  return false;
}

// What its question has set is over.
template <class Family>
void Group<Family>::SetExpires(Time expires) {
  if (expires == timer_.expires()) return;
  timer_.set_expires(expires);
  check_runs_ = false;
}

template <class Family>
size_t Group<Family>::Insert(Addresses sources, Time expires, SourceRooms& rooms) {
  const size_t most = rooms.of_group - std::min<size_t>(rooms.of_group, sources_.size());
  const size_t fit = std::min(most, sources.size());
  size_t taken = 0;
  while (taken < fit && (rooms.of_all == nullptr || rooms.of_all->Take())) ++taken;
  (taken < fit ? rooms.refused_by_all : rooms.refused_by_group) += sources.size() - taken;
  sources_.Add(sources.first(taken), expires);
  if (rooms.held != nullptr) *rooms.held += taken;
  return taken;
}

// They are wanted, whatever the mode: of EXCLUDE, they are none of Y any more.
template <class Family>
bool Group<Family>::IncludeAll(Addresses sources, Time until, SourceRooms& rooms) {
  bool changed = false;
  std::vector<Address> missing;
  for (const Address& address : sources) {
    auto* const source = sources_.Find(address);
    if (source == nullptr) {
      missing.push_back(address);
    } else {
      changed |= IsBlocked(*source);
      source->timer.set_expires(until);
      source->timer.asked_anew = false;
    }
  }
  return (Insert(missing, until, rooms) > 0 && includes()) || changed;
}

template <class Family>
bool Group<Family>::KeepSource(const Address& source, Time until, SourceRooms& rooms) {
  const auto* const found = std::as_const(sources_).Find(source);
  return IncludeAll({&source, 1}, found == nullptr ? until : std::max(found->timer.expires(), until), rooms);
}

// Deletes all others, and makes those that are not there.
template <class Family>
bool Group<Family>::KeepOnly(Addresses sources, Time of_new, SourceRooms& rooms) {
  bool changed = false;
  const auto goes = [&](const Source<Family>& source) {
    const bool is_other = !Has(sources, source.address);
    changed |= is_other && IsBlocked(source);
    return is_other;
  };
  Erase(goes, rooms);
  if (sources_.size() == sources.size()) return changed;
  std::vector<Address> missing;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(missing),
               [&](const Address& address) { return sources_.Find(address) == nullptr; });
  Insert(missing, of_new, rooms);
  return changed;
}

template <class Family>
template <class Predicate>
size_t Group<Family>::Erase(Predicate predicate, SourceRooms& rooms) {
  const size_t erased = sources_.EraseIf(predicate);
  if (rooms.of_all != nullptr) rooms.of_all->Give(erased);
  if (rooms.held != nullptr) *rooms.held -= erased;
  return erased;
}

// Those of X become some of Y.
template <class Family>
template <class Predicate>
bool Group<Family>::RunOut(Predicate predicate, SourceRooms& rooms) {
  const auto ends = [&](const Source<Family>& source) { return !IsBlocked(source) && predicate(source); };
  if (includes()) return Erase(ends, rooms) > 0;
  bool any = false;
  for (auto& source : sources_) {
    if (!ends(source)) continue;
    source.timer = Timer(kBlocked);
    any = true;
  }
  return any;
}

template <class Family>
bool Group<Family>::Expire(Time now, SourceRooms& rooms) {
  const bool changed = RunOut([now](const Source<Family>& source) { return source.timer.expires() <= now; }, rooms);
  return (expires() <= now && EndExclude(rooms)) || changed;
}

template <class Family>
bool Group<Family>::EndSources(Addresses sources, SourceRooms& rooms) {
  return RunOut([&](const Source<Family>& source) { return Has(sources, source.address); }, rooms);
}

// EXCLUDE(X, Y) becomes INCLUDE(X).
template <class Family>
bool Group<Family>::EndExclude(SourceRooms& rooms) {
  if (includes()) return false;
  Erase(IsBlocked<Family>, rooms);
  timer_ = Timer(kNever);
  check_runs_ = false;
  return true;
}

template <class Family>
void Group<Family>::CheckGroup(Time now, int times) {
  const bool runs = timer_.asked_anew || (check_runs_ && expires() > now);
  if (includes() || runs) return;
  timer_.repeats = static_cast<unsigned>(times);
  timer_.asked_anew = true;
  check_runs_ = false;
  asked_anew_ = true;
}

template <class Family>
void Group<Family>::CheckSources(Addresses sources, Time now, Duration answer_time, int times) {
  for (const Address& address : sources) {
    auto* const source = sources_.Find(address);
    if (source == nullptr || source->timer.expires() <= now + answer_time || source->timer.asked_anew) continue;
    source->timer.repeats = static_cast<unsigned>(times);
    source->timer.asked_anew = true;
    asked_anew_ = true;
  }
}

template <class Family>
void Group<Family>::StopChecks() {
  asked_anew_ = false;
  const auto stop = [](Timer& timer) {
    timer.repeats = 0;
    timer.asked_anew = false;
  };
  stop(timer_);
  for (auto& [source, timer] : sources_) stop(timer);
}

template <class Family>
typename Group<Family>::Questions Group<Family>::ToAsk(Time now, Duration answer_time) const {
  const Time answered_by = now + answer_time;
  const auto raised = [&](const Timer& timer) { return !timer.asked_anew && timer.expires() > answered_by; };
  Questions questions{.group = timer_.repeats > 0, .group_suppressed = raised(timer_)};
  for (const auto& [source, timer] : sources_) {
    if (timer.repeats == 0) continue;
    (raised(timer) ? questions.raised : questions.running_out).push_back(source);
  }
  return questions;
}

template <class Family>
bool Group<Family>::Asked(Time now, Duration answer_time) {
  const Time answered_by = now + answer_time;
  bool again = false;
  const auto count = [&](Timer& timer) {
    if (timer.repeats == 0) return;
    if (timer.asked_anew) timer.set_expires(std::min(timer.expires(), answered_by));
    timer.asked_anew = false;
    again |= --timer.repeats > 0;
  };
  asked_anew_ = false;
  check_runs_ |= timer_.asked_anew;
  count(timer_);
  for (auto& [source, timer] : sources_) count(timer);
  return again;
}

template <class Family>
void Group<Family>::LowerGroup(Time to) {
  if (!includes()) SetExpires(std::min(expires(), to));
}

template <class Family>
void Group<Family>::LowerSources(Addresses sources, Time to) {
  for (const Address& address : sources) {
    auto* const source = sources_.Find(address);
    if (source != nullptr) source->timer.set_expires(std::min(source->timer.expires(), to));  // kBlocked stays
  }
}

template <class Family>
bool Group<Family>::Wants(const Address& source) const {
  const auto* const found = sources_.Find(source);
  if (includes()) return found != nullptr;
  return found == nullptr || !IsBlocked(*found);
}

template <class Family>
Time Group<Family>::NextExpiry() const {
  Time next = expires();
  for (const auto& source : sources_) {
    if (!IsBlocked(source)) next = std::min(next, source.timer.expires());
  }
  return next;
}

template class Group<Ipv4>;
template class Group<Ipv6>;

}  // namespace mgmd::membership
