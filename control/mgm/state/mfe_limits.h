#ifndef MGMD_CONTROL_MGM_STATE_MFE_LIMITS_H_
#define MGMD_CONTROL_MGM_STATE_MFE_LIMITS_H_

// How many MFEs there may be: in all, of one group, with one interface as iif, and on the
// interfaces of one owner. Whoever sends from made-up sources makes an MFE for each; the limits keep
// what he can take away from others small.
//
// Here stand the numbers: what is allowed, how many MFEs each group has (those of an interface and
// of an owner are counted where they are listed, interface_table.h), where the search for an idle
// one goes on, and what was refused. rules/room.h searches and refuses.
//
// Cost: about 10 bytes for each group that has MFEs, if groups are limited.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "common/hash_parts.h"
#include "control/mgm/state/client_registry.h"
#include "control/mgm/state/mfe_cache.h"

namespace mgmd::mgm {

enum class Limit : uint8_t { kAll, kPerGroup, kPerInterface, kPerOwner };
inline constexpr size_t kLimits = 4;
// As in [limits] of the configuration.
inline constexpr std::array<std::string_view, kLimits> kLimitNames = {"mfes", "mfes_per_group", "mfes_per_interface",
                                                                      "mfes_per_owner"};
constexpr std::string_view Name(Limit limit) { return kLimitNames[static_cast<size_t>(limit)]; }

struct LimitCounts {
  uint64_t refused = 0;    // MFEs that were not made
  uint64_t made_room = 0;  // idle MFEs that went for another one
};

template <class Family>
class MfeLimits {
 public:
  explicit MfeLimits(const std::array<uint32_t, kLimits>& most) : most_(most) {}

  // 0: no limit.
  uint32_t most(Limit limit) const { return most_[static_cast<size_t>(limit)]; }
  bool IsMet(Limit limit, size_t count) const { return most(limit) != 0 && count >= most(limit); }

  void Count(FibKey<Family> key, int change) {
    if (most(Limit::kPerGroup) == 0 || key.is_wildcard()) return;
    auto* const group = groups_.Add(key.group(), 0u).first;
    group->second += static_cast<uint32_t>(change);
    if (group->second != 0) return;
    groups_.Erase(key.group());
    group_hands_.erase(key.group());
  }
  size_t CountOf(typename Family::Address group) const {
    const auto* const found = groups_.Find(group);
    return found == nullptr ? 0 : found->second;
  }

  // Where the search for an idle MFE goes on: a place in the order of keys, or in a list of an interface.
  KeyOrder<Family>& hand() { return hand_; }
  KeyOrder<Family>& HandOf(typename Family::Address group) { return group_hands_[group]; }
  uint32_t& HandOf(InterfaceSlot interface) { return interface_hands_[Value(interface)]; }
  InterfaceIdOf<Family>& HandOf(ClientIndex owner) { return owner_hands_[owner]; }

  LimitCounts& counts(Limit limit) { return counts_[static_cast<size_t>(limit)]; }
  const LimitCounts& counts(Limit limit) const { return counts_[static_cast<size_t>(limit)]; }
  // Whether a refusal may be told now: once a second for each limit.
  bool MayTell(Limit limit, Time now) {
    constexpr std::chrono::seconds kInterval{1};
    Time& told = told_[static_cast<size_t>(limit)];
    if (counts(limit).refused > 1 && now - told < kInterval) return false;
    told = now;
    return true;
  }

 private:
  const std::array<uint32_t, kLimits> most_;
  HashParts<absl::flat_hash_map<typename Family::Address, uint32_t>> groups_;  // MFEs of each, if that is limited
  KeyOrder<Family> hand_{};
  absl::flat_hash_map<typename Family::Address, KeyOrder<Family>> group_hands_;  // of those that met their limit
  absl::flat_hash_map<uint16_t, uint32_t> interface_hands_;
  absl::flat_hash_map<ClientIndex, InterfaceIdOf<Family>> owner_hands_;
  std::array<LimitCounts, kLimits> counts_{};
  std::array<Time, kLimits> told_{};
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_MFE_LIMITS_H_
