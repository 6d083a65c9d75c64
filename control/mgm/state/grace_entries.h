#ifndef MGMD_CONTROL_MGM_STATE_GRACE_ENTRIES_H_
#define MGMD_CONTROL_MGM_STATE_GRACE_ENTRIES_H_

// What IGMP is expected to add again within the grace time (rules/grace.h): entries, each
// on the interfaces that IGMP had it on, and MFEs that lost their last oif with one of them. Every
// one waits for the same time, so that the oldest is always the first one due.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "common/ssm_ranges.h"
#include "control/mgm/state/memberships.h"
#include "control/mgm/state/mfe_cache.h"
#include "control/mgm/state/wildcard_lengths.h"

namespace mgmd::mgm {

template <class Family>
class GraceEntries {
 public:
  struct Due {
    FibKey<Family> key;
    InterfaceSlot slot = kNoSlot;
  };

  explicit GraceEntries(const SsmRanges<Family>& ssm) : ssm_(ssm) {}

  bool empty() const { return held_.empty(); }

  // Times never go back. A key that is held there already is held until the later one.
  void Add(FibKey<Family> key, InterfaceSlot slot, Time until) {
    std::vector<Place>& places = held_[key];
    const auto known =
        std::find_if(places.begin(), places.end(), [&](const Place& place) { return place.slot == slot; });
    if (known != places.end()) {
      known->until = until;
    } else {
      places.push_back({slot, until});
      lengths_.Add(key);
    }
    entries_.push_back({until, {key, slot}});
  }

  void Remove(FibKey<Family> key, InterfaceSlot slot) {
    const auto held = held_.find(key);
    if (held == held_.end()) return;
    const size_t removed = std::erase_if(held->second, [&](const Place& place) { return place.slot == slot; });
    if (removed != 0) lengths_.Remove(key);
    if (held->second.empty()) held_.erase(held);
  }

  // Whether the predicate holds for a slot that the key is held on.
  template <class Predicate>
  bool AnyPlace(FibKey<Family> key, Predicate predicate) const {
    const auto held = held_.find(key);
    return held != held_.end() && std::any_of(held->second.begin(), held->second.end(),
                                              [&](const Place& place) { return predicate(place.slot); });
  }

  // Whether an entry that covers the key is held on the interface.
  bool Cover(FibKey<Family> key, InterfaceSlot slot) const {
    if (held_.empty()) return false;
    const auto here = [&](InterfaceSlot held) { return held == slot; };
    return lengths_.AnyCovering(key, ssm_, [&](const FibKey<Family>& covering) { return AnyPlace(covering, here); });
  }

  // The keys that are held on the interface, in order.
  std::vector<FibKey<Family>> On(InterfaceSlot slot) const {
    std::vector<FibKey<Family>> keys;
    for (const auto& [key, places] : held_) {
      if (AnyPlace(key, [&](InterfaceSlot held) { return held == slot; })) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end(), ComesBefore);
    return keys;
  }

  // Takes out the next entry whose time is over; nothing: there is none.
  std::optional<Due> NextDue(Time now) {
    while (!entries_.empty() && entries_.front().until <= now) {
      const Due due = entries_.front().due;
      entries_.pop_front();
      const auto held = held_.find(due.key);
      if (held == held_.end()) continue;
      for (const Place& place : held->second) {
        if (place.slot != due.slot || place.until > now) continue;
        Remove(due.key, due.slot);
        return due;
      }
    }
    return std::nullopt;
  }

  // The MFE lost its last oif on the interface. Of several holds of an MFE the last one counts.
  void AddEdge(MfeRef mfe, InterfaceSlot slot, Time until) {
    held_edges_[mfe.index] = {until, mfe, slot};
    edges_.push_back({until, mfe, slot});
  }
  // Takes out the next one whose time is over.
  std::optional<MfeRef> NextDueEdge(Time now) {
    while (!edges_.empty() && edges_.front().until <= now) {
      const Edge due = edges_.front();
      edges_.pop_front();
      const auto held = held_edges_.find(due.mfe.index);
      if (held == held_edges_.end() || held->second.until > now) continue;
      const MfeRef mfe = held->second.mfe;
      held_edges_.erase(held);
      return mfe;
    }
    return std::nullopt;
  }
  // Takes out those of the interface.
  std::vector<MfeRef> TakeEdgesOn(InterfaceSlot slot) {
    std::vector<MfeRef> taken;
    absl::erase_if(held_edges_, [&](const auto& held) {
      if (held.second.slot != slot) return false;
      taken.push_back(held.second.mfe);
      return true;
    });
    std::sort(taken.begin(), taken.end(), [](const MfeRef& a, const MfeRef& b) { return a.index < b.index; });
    return taken;
  }

  // When something is due next; nothing: never.
  std::optional<Time> NextDeadline() const {
    std::optional<Time> next;
    if (!entries_.empty()) next = entries_.front().until;
    if (!edges_.empty()) next = std::min(next.value_or(Time::max()), edges_.front().until);
    return next;
  }

 private:
  struct Place {
    InterfaceSlot slot = kNoSlot;
    Time until{};
  };
  struct Waiting {
    Time until{};
    Due due;
  };
  struct Edge {
    Time until{};
    MfeRef mfe;
    InterfaceSlot slot = kNoSlot;
  };

  const SsmRanges<Family>& ssm_;
  absl::flat_hash_map<FibKey<Family>, std::vector<Place>> held_;
  WildcardLengths<Family> lengths_;  // of places
  std::deque<Waiting> entries_;
  absl::flat_hash_map<uint32_t, Edge> held_edges_;  // by MFE
  std::deque<Edge> edges_;                          // each that was ever held, in the order in which they are due
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_GRACE_ENTRIES_H_
