#include "control/mgm/host.h"
#include "control/views/counts.h"

namespace mgmd::views {

std::vector<Limit> ReadLimits() {
  std::vector<Limit> limits;
  ForEachFamily([&]<class Family>() {
    const auto visit = [](void* context, const mgm::LimitView& limit) {
      static_cast<std::vector<Limit>*>(context)->push_back({.family = Family::kWord,
                                                            .name = limit.name,
                                                            .most = limit.most,
                                                            .refused = limit.refused,
                                                            .made_room = limit.made_room});
    };
    MgmHostWalkLimits<Family>(visit, &limits);
  });
  return limits;
}

}  // namespace mgmd::views
