#include "control/views/refused.h"

#include "control/mgm/host.h"

namespace mgmd::views {

Refused ReadRefused(size_t limit) {
  Refused refused;
  ForEachFamily([&]<class Family>() {
    const auto visit = [](void* context, const mgm::RefusedView<Family>& route) {
      static_cast<Refused*>(context)->some.push_back({route.key, route.by});
    };
    refused.total += MgmHostReadRefused<Family>(limit - refused.some.size(), visit, &refused);
  });
  return refused;
}

}  // namespace mgmd::views
