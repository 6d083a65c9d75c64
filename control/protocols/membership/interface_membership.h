#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_INTERFACE_MEMBERSHIP_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_INTERFACE_MEMBERSHIP_H_

// IGMP, or MLD, on one interface: the router part, where hosts are heard there; the host part, by which the router
// itself says what it wants of other routers; the packets around both's messages, and their log.
//
//   a frame  ->  the router part, all of it; and the host part, if it is a query
//   a query of the router part's  ->  the link, the host part, and the interface's twin: other routers on the link live
//                                     on the answers
//   a report of the host part's   ->  the link alone
//
// Control thread.

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "control/config/config.h"
#include "control/local/injector.h"
#include "control/membership/host_part.h"
#include "control/membership/message_rate.h"
#include "control/membership/router_part.h"
#include "control/views/igmp_observer.h"
#include "control/views/links.h"

namespace mgmd::protocols {

template <class Family>
class InterfaceMembership : private membership::MessageOut<Family>,
                            private membership::RouterObserver<Family>,
                            private membership::HostObserver<Family> {
 public:
  using Address = typename Family::Address;
  using Time = membership::Time;

  // Who wants what the host part says.
  enum Wanter : membership::WanterId { kRouterPart, kJoin, kProxy };

  // What it is on.
  struct Around {
    InterfaceIdOf<Family> id{};
    views::IgmpObserverOf<Family>& told;
    InterfaceSlot slot = kNoSlot;
    local::Injector& injector;
    membership::SharedByRouters<Family>& shared;
    std::function<bool(const Address& group)> boundary;  // whether it stops the group
    std::function<void(const Address& group)> changed;   // what hosts want of the group
    std::function<void()> querier_changed;
    std::function<void(const membership::Datagram<Family>&)> query_heard;  // a valid one
    // A query of the router part's has left: programs of the host's on the link are to answer it, too.
    std::function<void(const Address& source, const Address& destination, std::span<const uint8_t> message)> asked;
  };

  InterfaceMembership(Around around, const config::MembershipInterface<Family>& config);

  // `delay`: of the router part's first question. The host part speaks at the next Tick().
  void Start(const views::Link& link, Time now, membership::Duration delay);
  void SetLink(const views::Link& link, Time now);

  // A frame of the protocol's class that arrived on the interface then: what control has been too busy to take has been
  // said in time all the same.
  void Take(std::span<const uint8_t> frame, Time arrived);
  void Tick(Time now);
  Time NextDeadline() const;
  // The last words of the host part.
  void Stop(Time now) { host_.Stop(now); }

  // Memberships that the Group Manager has refused for now.
  void CountRefused(size_t count) { counters_.Add(membership::Counter::kManagerRefused, count); }

  // Null: there is none.
  const membership::RouterPart<Family>* router() const { return router_ ? &*router_ : nullptr; }
  membership::HostPart<Family>& host() { return host_; }
  const membership::Counters& counters() const { return counters_; }
  const std::string& name() const { return name_; }

 private:
  void HearAsHost(const membership::Datagram<Family>& datagram, membership::MessageKind kind, Time now);
  void WantOwn(Time now);
  // What may not be wanted of the group is not.
  void Want(Wanter wanter, const Address& group, membership::Filter<Family> filter, Time now);

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
  void VersionChanged(membership::Version version) override;
  void SourcesUnsaid(const Address& group) override;

  // Whether a warning of this kind may be logged again: one in ten seconds.
  bool MayWarn(Time& last);

  const std::string name_;
  const Around around_;
  const config::Joins<Family> join_;
  const membership::Acceptance<Family> acceptance_;
  membership::Counters counters_;
  membership::MessageRate<Family> rate_;
  membership::Link<Family> link_;
  std::optional<membership::RouterPart<Family>> router_;
  membership::HostPart<Family> host_;
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
