#ifndef MGMD_CONTROL_VIEWS_IGMP_OBSERVER_H_
#define MGMD_CONTROL_VIEWS_IGMP_OBSERVER_H_

// Who is told what happens to IGMP, or in IPv6 MLD, on the links of interfaces. On the control thread; it must not call
// what tells it.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "common/interface.h"
#include "common/ip_family.h"

namespace mgmd::views {

template <class Family>
class IgmpObserverOf {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;

  virtual ~IgmpObserverOf() = default;

  // Who asks from now on; zero: nobody. `own`: it is this router.
  virtual void QuerierChanged(const Interface& /*interface*/, const Address& /*querier*/, bool /*own*/) {}
  // Another router asks by a version that is not this one's, as people number them; once in ten seconds.
  virtual void WrongVersion(const Interface& /*interface*/, const Address& /*from*/, int /*heard*/, int /*own*/) {}
  // Another station speaks from an address of this router; once in ten seconds.
  virtual void DuplicateAddress(const Interface& /*interface*/, const Address& /*address*/) {}

  virtual void GroupJoined(const Interface& /*interface*/, const Address& /*group*/, const Address& /*reporter*/) {}
  // `why`, a literal: "age" (nobody has reported it any more), "check" (nobody has answered), "left" (the last of the
  // hosts that are known has left), "denied" (by settings that are new).
  virtual void GroupEnded(const Interface& /*interface*/, const Address& /*group*/, std::string_view /*why*/,
                          const Address& /*last_reporter*/) {}

  // `limit` is that of the configuration; `what`, a literal: "nearly_full", "full", "below_again". Zero: of no group.
  virtual void LimitMet(const Interface& /*interface*/, std::string_view /*limit*/, std::string_view /*what*/,
                        uint64_t /*most*/, const Address& /*group*/) {}

  // The owner of the interface has changed, and the Group Manager is told of all its groups anew; then it has been.
  // Nothing where there are none.
  virtual void ResyncBegun(const Interface& /*interface*/, uint64_t /*groups*/) {}
  virtual void ResyncEnded(const Interface& /*interface*/, uint64_t /*groups*/, std::chrono::milliseconds /*took*/) {}
  // It has been changing for so long that something is wrong.
  virtual void ResyncOverdue(const Interface& /*interface*/) {}
};

// Null: nobody listens.
template <class Family>
using IgmpObserverPointer = IgmpObserverOf<Family>*;

}  // namespace mgmd::views

#endif  // MGMD_CONTROL_VIEWS_IGMP_OBSERVER_H_
