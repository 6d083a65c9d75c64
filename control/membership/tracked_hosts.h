#ifndef MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_
#define MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_

// What each host of a link has said of a group, so that a router knows without asking whether somebody is left when one
// leaves (RFC 9776 appendix A.2 (4) leaves this to routers). It is known only of hosts that speak version 3: those of
// older versions keep silent when another has reported.
//
// What a host includes holds source by source, for as long as the host names it: an answer may name some of its sources
// or all of them, and lightweight hosts' records only ever add (RFC 5790), so one that a lost BLOCK has ended would
// otherwise be held for as long as the host wants anything of the group.
//
// Pure. Cost: a record costs a look-up of its host and of its sources; a question walks over the hosts.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "absl/container/btree_map.h"
#include "control/membership/datagram.h"
#include "control/membership/group.h"
#include "control/membership/room.h"

namespace mgmd::membership {

// A station of the link: its address, or its MAC address where it has none yet.
using HostId = std::pair<uint64_t, uint64_t>;
// Nothing: it cannot be told from others.
template <class Family>
std::optional<HostId> HostOf(const Datagram<Family>& datagram);

template <class Family>
class TrackedHosts {
 public:
  using Address = typename Family::Address;

  static constexpr size_t kMostOfGroup = 64;

  // A record of the host's, which holds until then. False: there is no room for the host.
  bool Hear(HostId host, RecordType type, std::span<const Address> sources, Time until, uint32_t max_sources,
            Room& hosts);

  // Whether a host wants the source; whether one wants every source but some.
  bool SomeoneWants(const Address& source, Time now) const;
  bool SomeoneExcludes(Time now) const;

  // Calls it with each source that a host includes, and until when.
  template <class Function>
  void ForEachIncluded(Time now, Function&& function) const {
    for (const auto& [id, host] : hosts_) {
      if (host.expires <= now || host.mode != FilterMode::kInclude) continue;
      for (const auto& [source, until] : host.sources) {
        if (until > now) function(source, until);
      }
    }
  }

  // Forgets what holds no more; forgets all.
  void Expire(Time now, Room& hosts);
  void Clear(Room& hosts);

  size_t size() const { return hosts_.size(); }

 private:
  struct Host {
    FilterMode mode = FilterMode::kInclude;
    absl::btree_map<Address, Time> sources{};  // of INCLUDE: until when it wants it
    Time expires{};                            // nothing of it holds for longer

    bool wants_nothing() const { return mode == FilterMode::kInclude && sources.empty(); }
  };

  absl::btree_map<HostId, Host> hosts_;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_
