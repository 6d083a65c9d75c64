#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_PROXIES_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_PROXIES_H_

// The instances of the proxy (RFC 4605) of IGMP, or MLD, and what their interfaces are to each other.
//
//   hosts downstream, and other protocols' receivers  ->  Proxy (its database)  ->  the upstream's host part
//
// What enters downstream leaves upstream, too (RFC 4605 section 4.2): there IGMP itself is a member of every group, by
// (*,*).
//
// Control thread.

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "common/fib_key.h"
#include "common/route_table.h"
#include "control/config/config.h"
#include "control/membership/datagram.h"
#include "control/membership/proxy.h"
#include "control/protocols/membership/interface_membership.h"
#include "control/views/counts.h"
#include "control/views/links.h"

namespace mgmd::protocols {

template <class Family>
class Proxies {
 public:
  using Interface = InterfaceIdOf<Family>;
  using Address = typename Family::Address;
  using Time = membership::Time;

  struct Around {
    // What is on an interface of an instance; it lives until Released().
    std::function<InterfaceMembership<Family>&(const Interface&)> on;
    const RouteTable<Family>& routes;
    const std::vector<views::Link>& links;
    // The upstream's host part has something to say, or WantsAll() of it is another.
    std::function<void(const Interface& upstream)> changed;
    std::function<void(const views::ProxyChange&)> told;  // may be empty
  };

  explicit Proxies(Around around) : around_(std::move(around)) {}

  void Add(const config::MembershipProxy<Family>& configured);
  bool empty() const { return instances_.empty(); }

  // --- What happens
  // Hosts there want another thing of the group; at the next Flush() their router part is asked.
  void Changed(const Interface& interface, const Address& group);
  // Somebody else than IGMP wants the entry, or nobody else does any more.
  void OthersWant(const FibKey<Family>& key, bool wanted, Time now);
  void RoutesChanged(const typename Family::Prefix& sources, Time now);
  void SetOwned(const Interface& interface, bool owned, Time now);
  // A query that has come in there.
  void HearQuery(const Interface& interface, const membership::Datagram<Family>& datagram, Time now);
  // It is no interface of IGMP's any more.
  void Released(const Interface& interface, Time now);
  // Once each turn. Returns whether there was anything to do.
  bool Flush(Time now);

  // --- What the Group Manager wants to know
  // Whether every stream goes there, but by MayForward().
  bool WantsAll(const Interface& interface) const;
  // Whether a stream may go from one to the other, as far as instances are concerned.
  bool MayForward(const Interface& in, const Interface& out) const;

 private:
  struct Instance {
    Interface upstream;
    std::vector<Interface> downstream;
    bool upstream_sends;
    membership::Proxy<Family> proxy;
    absl::btree_set<std::pair<membership::WanterId, Address>> changed{};
  };
  struct Part {
    Instance* instance = nullptr;
    std::optional<membership::WanterId> downstream{};  // its place; nothing: upstream
  };
  struct Others {
    bool any = false;
    absl::btree_set<Address> sources{};
  };
  static constexpr membership::WanterId kOthers = ~membership::WanterId{};  // beside the places

  const Part* Find(const Interface& interface) const;
  void TellOthers(const Address& group, const Others& others, Time now);
  // Does it, and says so where the instance is suspended by it, or goes on.
  template <class Function>
  void MaySuspend(Instance& instance, Function&& function);

  const Around around_;
  std::vector<std::unique_ptr<Instance>> instances_;
  absl::flat_hash_map<Interface, Part> parts_;
  absl::btree_map<Address, Others> others_;
  bool told_of_ranges_ = false;
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_PROXIES_H_
