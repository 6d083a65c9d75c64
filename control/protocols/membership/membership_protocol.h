#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MEMBERSHIP_PROTOCOL_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MEMBERSHIP_PROTOCOL_H_

// IGMP ([igmp]), or MLD ([mld]), as a protocol of the router: what its interfaces' hosts want, from the packets that
// arrive to the memberships that the Group Manager has.
//
//   frame -> InterfaceMembership -> RouterPart (control/membership/) -> what is wanted -> ManagerClient -> manager
//
// A report is in the forwarding table in the turn of control in which it is taken. It is on interfaces, too, where the
// router itself is only a host (`join`, the upstream of a proxy): the Group Manager has to know of it there, or no
// stream could come in.
//
// Control thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "common/boundaries.h"
#include "control/config/config.h"
#include "control/local/consumer.h"
#include "control/protocols/membership/igmp_reader.h"
#include "control/protocols/membership/interface_membership.h"
#include "control/protocols/membership/manager_client.h"
#include "control/protocols/membership/proxies.h"
#include "control/protocols/protocol.h"
#include "control/protocols/surroundings.h"

namespace mgmd::protocols {

template <class Family>
class MembershipProtocol : public Protocol, private local::Consumer, private WantedMemberships<Family> {
 public:
  using Interface = InterfaceIdOf<Family>;
  using Address = typename Family::Address;
  using Time = membership::Time;

  // Registers and is on all its interfaces; general queries begin there one after the other within a second, so that
  // not all hosts answer at once. `boundaries` and `around` outlive it. The error names what the Group Manager refused.
  static absl::StatusOr<std::unique_ptr<MembershipProtocol>> Start(
      const config::Membership<Family>& config, const Boundaries<Family>& boundaries, const Surroundings& around,
      std::function<Time()> clock = &std::chrono::steady_clock::now);
  ~MembershipProtocol() override;

  const std::string& name() const override { return name_; }
  const std::vector<mgm::ClientId>& clients() const override { return clients_; }
  bool needs_its_entries() const override { return false; }
  std::vector<AnyInterfaceId> interfaces() const override;
  PerFamily<views::IgmpPointer> igmp() const override;
  absl::StatusOr<views::Release> Release(const AnyInterfaceId& interface) override;
  bool Poll() override;
  void LinkChanged(const views::Link& link) override;
  void RoutesChanged(const AnyPrefix& prefix) override;
  void SayGoodbye() override;
  absl::Status Stop(const std::vector<mgm::ClientId>& others) override;

 private:
  struct OnInterface {
    Interface id;
    std::unique_ptr<InterfaceMembership<Family>> membership;
    const bool only_as_querier;
    Time due = Time::max();
  };

  MembershipProtocol(const config::Membership<Family>& config, const Boundaries<Family>& boundaries,
                     const Surroundings& around, std::function<Time()> clock);
  absl::Status Begin();
  typename ManagerClient<Family>::Told TellMe(bool has_proxies);

  void Take(const LocalPacket& packet) override;
  void Schedule(OnInterface& on);
  bool TickDue(Time now);

  membership::Wanted<Family> Describe(const Interface& interface, const Address& group) const override;
  bool Wants(const Interface& interface, const Interface& in, const Address& source,
             const Address& group) const override;
  std::vector<Address> Groups(const Interface& interface) const override;
  const OnInterface* Find(const Interface& interface) const;
  // Null: no hosts are heard there, or another router forwards to them.
  const membership::RouterPart<Family>* ForwardingTo(const Interface& interface) const;

  const std::string name_;
  const std::vector<mgm::ClientId> clients_{ManagerClient<Family>::kId};
  const Surroundings& around_;
  views::IgmpObserverOf<Family> nobody_;
  views::IgmpObserverOf<Family>& told_;
  const std::function<Time()> clock_;
  membership::SharedByRouters<Family> shared_;
  std::vector<std::unique_ptr<OnInterface>> on_;
  absl::flat_hash_map<InterfaceSlot, OnInterface*> by_slot_;
  absl::flat_hash_map<Interface, OnInterface*> by_id_;
  absl::btree_set<std::pair<Time, OnInterface*>> due_;
  Proxies<Family> proxies_;
  ManagerClient<Family> client_;
  const IgmpReader<Family> reader_;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MEMBERSHIP_PROTOCOL_H_
