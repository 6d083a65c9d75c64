#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_INTERFACE_MEMBERSHIP_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_INTERFACE_MEMBERSHIP_H_

// IGMP, or MLD, on one interface: the packets around the router part's messages, and its log.
//
// Control thread.

#include <functional>
#include <string>

#include "control/local/injector.h"
#include "control/membership/message_rate.h"
#include "control/membership/router_part.h"
#include "control/views/igmp_observer.h"
#include "control/views/links.h"

namespace mgmd::protocols {

template <class Family>
class InterfaceMembership : private membership::MessageOut<Family>, private membership::RouterObserver<Family> {
 public:
  using Address = typename Family::Address;
  using Time = membership::Time;

  // What it is on.
  struct Around {
    std::string name;  // of the interface
    InterfaceIdOf<Family> id{};
    views::IgmpObserverOf<Family>& told;
    InterfaceSlot slot = kNoSlot;
    local::Injector& injector;
    membership::SharedByRouters<Family>& shared;
    std::function<void(const Address& group)> changed;  // what is wanted of the group
    std::function<void()> querier_changed;
  };

  InterfaceMembership(Around around, membership::RouterSettings<Family> settings);

  // `delay`: of its first question.
  void Start(const views::Link& link, Time now, membership::Duration delay);
  void SetLink(const views::Link& link, Time now);

  // A frame of the protocol's class that arrived on the interface then: what control has been too busy to take has been
  // said in time all the same.
  void Take(std::span<const uint8_t> frame, Time arrived);
  void Tick(Time now) {
    now_ = now;
    router_.Tick(now);
  }
  // Memberships that the Group Manager has refused for now.
  void CountRefused(size_t count) { counters_.Add(membership::Counter::kManagerRefused, count); }
  Time NextDeadline() const { return router_.NextDeadline(); }

  const membership::RouterPart<Family>& router() const { return router_; }
  const membership::Counters& counters() const { return counters_; }
  const std::string& name() const { return around_.name; }

 private:
  bool Send(membership::MessageKind kind, const Address& source, const Address& destination,
            std::span<const uint8_t> message) override;

  void Changed(const Address& group) override { around_.changed(group); }
  void QuerierChanged() override;
  void WrongVersion(const Address& from, membership::Version heard) override;
  void DuplicateAddress(const Address& address) override;
  void Joined(const Address& group, const Address& reporter) override;
  void Ended(const Address& group, membership::GroupEnd why, const Address& last_reporter) override;
  void RoomChanged(membership::WhichRoom which, membership::RoomNews news, uint64_t most,
                   const Address& group) override;

  // Whether a warning of this kind may be logged again: one in ten seconds.
  bool MayWarn(Time& last);

  const Around around_;
  membership::Counters counters_;
  membership::MessageRate<Family> rate_;
  membership::RouterPart<Family> router_;
  Time now_{};
  Time warned_of_version_{};
  Time warned_of_duplicate_{};
};

// "IGMP on dn1", for logs.
template <class Family>
std::string Heading(std::string_view interface) {
  return std::string(membership::Protocol<Family>::kName) + " on " + std::string(interface);
}

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_INTERFACE_MEMBERSHIP_H_
