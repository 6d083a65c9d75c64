#ifndef MGMD_CONTROL_MGM_SURROUNDINGS_H_
#define MGMD_CONTROL_MGM_SURROUNDINGS_H_

// What the manager of one family runs on.

#include "common/forwarder.h"
#include "common/route_table.h"
#include "control/mgm/observer.h"

namespace mgmd::mgm {

template <class Family>
struct Surroundings {
  Forwarder<Family>* forwarder = nullptr;  // null: there is no manager of the family
  const RouteTable<Family>* routes = nullptr;
  ObserverOf<Family>* observer = nullptr;  // null: nobody looks
};

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_SURROUNDINGS_H_
