#ifndef MGMD_CONTROL_API_IGMP_EVENTS_H_
#define MGMD_CONTROL_API_IGMP_EVENTS_H_

// What IGMP, or MLD, tells of hosts and other routers, as events (events.h). Control thread.

#include <string>

#include "control/views/igmp_observer.h"

namespace mgmd::api {

class Events;

template <class Family>
class IgmpEvents : public views::IgmpObserverOf<Family> {
 public:
  using Address = typename Family::Address;
  using Interface = InterfaceIdOf<Family>;

  // Where the events go; it outlives this.
  explicit IgmpEvents(Events& events) : events_(events) {}

  void QuerierChanged(const Interface& interface, const Address& querier, bool own) override;
  void WrongVersion(const Interface& interface, const Address& from, int heard, int own) override;
  void DuplicateAddress(const Interface& interface, const Address& address) override;
  void GroupJoined(const Interface& interface, const Address& group, const Address& reporter) override;
  void GroupEnded(const Interface& interface, const Address& group, std::string_view why,
                  const Address& last_reporter) override;
  void LimitMet(const Interface& interface, std::string_view limit, std::string_view what, uint64_t most,
                const Address& group) override;
  void ResyncBegun(const Interface& interface, uint64_t groups) override;
  void ResyncEnded(const Interface& interface, uint64_t groups, std::chrono::milliseconds took) override;
  void ResyncOverdue(const Interface& interface) override;

 private:
  void PushGroup(const Interface& interface, const Address& group, const Address& reporter, std::string_view why);

  Events& events_;
  std::string record_;  // scratch
};

}  // namespace mgmd::api

#endif  // MGMD_CONTROL_API_IGMP_EVENTS_H_
