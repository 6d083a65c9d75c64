#ifndef MGMD_CONTROL_RIB_CONFIGURED_BOUNDARIES_H_
#define MGMD_CONTROL_RIB_CONFIGURED_BOUNDARIES_H_

// The boundaries of the configuration's interfaces, `boundary` and `scope_boundary`, in one family.
//
// Cost of a question: a hash probe, and a compare with each prefix of the interface's `boundary`.

#include "absl/container/flat_hash_map.h"
#include "common/boundaries.h"
#include "control/config/config.h"

namespace mgmd {

template <class Family>
class ConfiguredBoundaries : public Boundaries<Family> {
 public:
  explicit ConfiguredBoundaries(const config::Config& config) {
    for (const config::Interface& interface : config.interfaces) {
      if (interface.HasBoundary<Family>()) bounded_.emplace(interface.IdIn<Family>(), interface);
    }
  }

  bool Stop(const InterfaceIdOf<Family>& interface, const typename Family::Prefix& groups) const override {
    const auto found = bounded_.find(interface);
    return found != bounded_.end() && found->second.IsBoundaryFor(groups);
  }

 private:
  absl::flat_hash_map<InterfaceIdOf<Family>, config::Interface> bounded_;  // those that have any
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_CONFIGURED_BOUNDARIES_H_
