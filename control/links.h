#ifndef MGMD_CONTROL_LINKS_H_
#define MGMD_CONTROL_LINKS_H_

// The links of all interfaces as they are now, by what the port, the configuration and, where there is a twin, the host
// say of each.
//
// Control thread.

#include <functional>
#include <vector>

#include "common/own_address.h"
#include "control/config/config.h"
#include "control/local/twin/twins.h"
#include "control/plane/plane.h"
#include "control/views/links.h"

namespace mgmd {

class Links {
 public:
  // Both outlive it. Before the first Follow() they are as without twins.
  Links(const std::vector<config::Interface>& interfaces, plane::Plane& plane);

  // In the order of the configuration, as they were last looked at.
  const std::vector<views::Link>& all() const { return links_; }
  // The router's own addresses on them.
  PerFamily<OwnAddressList> OwnAddresses() const;

  // Looks again, and calls changed(link) for each that is other than before. `twins`: of the interfaces; may be null.
  void Follow(const local::Twins* twins, const std::function<void(const views::Link&)>& changed);

 private:
  std::vector<views::Link> Read(const local::Twins* twins) const;

  const std::vector<config::Interface>& interfaces_;
  plane::Plane& plane_;
  std::vector<views::Link> links_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_LINKS_H_
