#ifndef MGMD_CONTROL_MGM_RULES_MFES_H_
#define MGMD_CONTROL_MGM_RULES_MFES_H_

// MFEs come, change their way and go here and nowhere else, so that what is counted about them is always right: how
// many each limit knows, which route each depends on, which are negative, which are led away from the interface that
// the routing table names.

#include <cstdint>
#include <optional>
#include <span>

#include "absl/container/flat_hash_map.h"
#include "control/mgm/rules/alerts.h"
#include "control/mgm/rules/mfe_writer.h"
#include "control/mgm/state/mfe_limits.h"
#include "control/mgm/state/negative_list.h"
#include "control/mgm/state/route_uses.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class Mfes {
 public:
  Mfes(Tables<Family>& tables, MfeLimits<Family>& limits, Alerts<Family>& alerts, MfeNews<Family>& news,
       MfeWriter<Family>& writer)
      : interfaces_(tables.interfaces),
        cache_(tables.cache),
        limits_(limits),
        alerts_(alerts),
        news_(news),
        writer_(writer) {}

  // No MFE has the key. `header`: of its first packet.
  uint32_t Make(FibKey<Family> key, std::span<const uint8_t> header);
  // Gone at once, and from the forwarder with the next batch.
  void Drop(uint32_t mfe);
  // The MFEs with the interface as iif, for a release, which deletes them from the forwarder: calls visit(mfe) for each
  // before it goes.
  template <class Visitor>
  void KillAllOf(Interface<Family>& interface, Visitor visit);

  // The iif and the route that it comes from. kNoSlot: none.
  void SetWay(uint32_t mfe, InterfaceSlot iif, const std::optional<RouteUse<Family>>& route);
  // The iif alone.
  void SetIif(uint32_t mfe, InterfaceSlot iif);
  // Null: it depends on no route.
  const RouteUse<Family>* RouteOf(uint32_t mfe) const {
    const uint32_t number = cache_.details(mfe).route;
    return number == RouteUses<Family>::kNone ? nullptr : &route_uses_[number];
  }
  // Whether MFEs are routed by the interface, but come in on another one that its holder chose.
  bool HasLedAway(InterfaceIdOf<Family> routed) const { return led_away_.contains(routed); }

  // The MFE has got or lost oifs.
  void OilChanged(uint32_t mfe) { negative_.Changed(cache_, mfe); }
  NegativeList<Family>& negative() { return negative_; }

 private:
  // It goes.
  void Uncount(uint32_t mfe);
  void CountLedAway(uint32_t mfe, int change);

  InterfaceTable<Family>& interfaces_;
  MfeCache<Family>& cache_;
  MfeLimits<Family>& limits_;
  Alerts<Family>& alerts_;
  MfeNews<Family>& news_;
  MfeWriter<Family>& writer_;
  RouteUses<Family> route_uses_;
  NegativeList<Family> negative_;
  absl::flat_hash_map<InterfaceIdOf<Family>, uint32_t> led_away_;
};

template <class Family>
template <class Visitor>
void Mfes<Family>::KillAllOf(Interface<Family>& interface, Visitor visit) {
  cache_.KillAllOf(interface, [&](uint32_t mfe) {
    visit(mfe);
    Uncount(mfe);
  });
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_RULES_MFES_H_
