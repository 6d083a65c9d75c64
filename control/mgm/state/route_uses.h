#ifndef MGMD_CONTROL_MGM_STATE_ROUTE_USES_H_
#define MGMD_CONTROL_MGM_STATE_ROUTE_USES_H_

// Which route each MFE depends on, told once for all MFEs of a route: what the routing table said,
// by which a change is found, and what the RPF callback made of it, which the MIB shows.

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/route_table.h"

namespace mgmd::mgm {

template <class Family>
struct RouteUse {
  Route<Family> route;             // as looked up
  typename Family::Prefix prefix;  // as shown
  uint32_t protocol = 0;           // as shown

  bool operator==(const RouteUse&) const = default;
  template <typename H>
  friend H AbslHashValue(H state, const RouteUse& use) {
    return H::combine(std::move(state), use.route.prefix.address(), use.route.prefix.length(), use.route.interface,
                      use.route.upstream_neighbour, use.prefix.address());
  }
};

template <class Family>
class RouteUses {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  uint32_t Acquire(const RouteUse<Family>& use) {
    const auto [place, added] = by_use_.try_emplace(use, 0);
    if (added) {
      if (free_.empty()) {
        place->second = static_cast<uint32_t>(uses_.size());
        uses_.push_back({});
      } else {
        place->second = free_.back();
        free_.pop_back();
      }
      uses_[place->second] = {use, 0};
    }
    ++uses_[place->second].count;
    return place->second;
  }
  void Release(uint32_t number) {
    if (number == kNone || --uses_[number].count != 0) return;
    by_use_.erase(uses_[number].use);
    free_.push_back(number);
  }
  const RouteUse<Family>& operator[](uint32_t number) const { return uses_[number].use; }

 private:
  struct Counted {
    RouteUse<Family> use;
    uint32_t count = 0;
  };
  std::vector<Counted> uses_;
  std::vector<uint32_t> free_;
  absl::flat_hash_map<RouteUse<Family>, uint32_t> by_use_;
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_STATE_ROUTE_USES_H_
