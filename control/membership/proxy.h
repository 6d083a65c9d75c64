#ifndef MGMD_CONTROL_MEMBERSHIP_PROXY_H_
#define MGMD_CONTROL_MEMBERSHIP_PROXY_H_

// What an instance of the IGMP or MLD proxy (RFC 4605) knows: the membership database of its section 4.1, which is what
// is wanted of each group on all downstream links together. It is one want of the upstream link's host part, which says
// it there as a host would.
//
//   proxy.SetWant(downstream, group, WantedOfLink(router, group, now), now);   // after RouterObserver::Changed()
//   if (proxy.NextDeadline() <= now) proxy.Tick(now);
//
// While it is suspended nothing is wanted upstream, and the database is kept. It is, as long as
//
//   a protocol has the upstream's interface: what is wanted there is that one's to say
//   questions of this router's own on a downstream link come in upstream: both are one link, and what hosts there said
//   would be asked for there. It goes on once none has been heard for as long as one is waited for
//
// Pure. Control thread. Cost: a want merges those of all links of the group; a suspension, and its end, all groups.

#include <optional>

#include "absl/container/btree_map.h"
#include "control/membership/access_list.h"
#include "control/membership/host_part.h"
#include "control/membership/router_part.h"
#include "control/membership/wants.h"

namespace mgmd::membership {

// What hosts of a link want of the group, static members included, whether this router asks them or another one does
// (RFC 4605 section 4.1). Of groups with hosts of older versions: all sources.
template <class Family>
Filter<Family> WantedOfLink(const RouterPart<Family>& router, const typename Family::Address& group, Time now);

template <class Family>
class Proxy {
 public:
  using Address = typename Family::Address;

  static constexpr Time kNever = Time::max();

  // `upstream` outlives it, and `wanter` is its number there. What `acl` denies is not wanted upstream.
  Proxy(HostPart<Family>& upstream, WanterId wanter, AccessList<Family> acl)
      : upstream_(upstream), wanter_(wanter), acl_(std::move(acl)) {}
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // What somebody, the link of that number or whoever else, wants of the group, in place of what it wanted before.
  void SetWant(WanterId who, const Address& group, Filter<Family> filter, Time now);
  // It wants nothing any more.
  void Withdraw(WanterId who, Time now);

  // Whether a protocol has the upstream's interface.
  void SetOwned(bool owned, Time now);
  // A question of this router's own has come in upstream; the next one is due within `next`.
  void HearOwnQuery(Duration next, Time now);
  void Tick(Time now);
  Time NextDeadline() const { return looped_until_.value_or(kNever); }

  bool is_owned() const { return owned_; }
  bool is_looped() const { return looped_until_.has_value(); }
  bool is_suspended() const { return is_owned() || is_looped(); }
  // What the database says.
  Filter<Family> WantedOf(const Address& group) const;
  size_t groups() const { return database_.size(); }

 private:
  Filter<Family> Permitted(const Address& group, Filter<Family> filter) const;
  void Say(const Address& group, Filter<Family> merged, Time now);
  void SayAll(bool was_suspended, Time now);

  HostPart<Family>& upstream_;
  const WanterId wanter_;
  const AccessList<Family> acl_;
  absl::btree_map<Address, Wants<Family>> database_;
  bool owned_ = false;
  std::optional<Time> looped_until_;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_PROXY_H_
