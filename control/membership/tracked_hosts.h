#ifndef MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_
#define MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_

// What each host of a link has said of a group, so that a router knows without asking whether somebody is left when one
// leaves (RFC 9776 appendix A.2 (4) leaves this to routers). It is known only of hosts that speak version 3: those of
// older versions keep silent when another has reported.
//
// Each host is a group with one member, and what it says holds for as long as in the group: an answer may name some of
// its sources or all of them, and a lightweight host's only ever add (RFC 5790), so that a source, or a mode, which the
// host has ended by messages that were lost would otherwise be held for as long as it wants anything of the group.
//
// Pure. Cost: a record costs a look-up of its host, a walk over the host's sources and what it costs of a group; a
// question walks over the hosts, and a new host moves those behind it.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

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

  // A record of the host's; `lives`: how long it holds. False: there is no room for the host.
  bool Hear(HostId host, RecordType type, std::span<const Address> sources, Time now, Duration lives,
            uint32_t max_sources, Room& hosts);

  // Somebody has said what cannot be followed: until then it is not known who is left.
  void Miss(Time until) { missed_until_ = std::max(missed_until_, until); }
  bool is_complete(Time now) const { return now >= missed_until_; }

  // Whether a host wants the source; whether one wants every source but some.
  bool SomeoneWants(const Address& source, Time now) const;
  bool SomeoneExcludes(Time now) const;

  // Calls it with each source that a host has named as wanted, and until when.
  template <class Function>
  void ForEachIncluded(Time now, Function&& function) const {
    for (const Host& host : hosts_) {
      for (const auto& [source, timer] : host.wants.sources()) {
        if (timer.expires() > now) function(source, timer.expires());  // not kBlocked
      }
    }
  }

  // Forgets what holds no more; forgets all.
  void Expire(Time now, Room& hosts);
  void Clear(Room& hosts);

  size_t size() const { return hosts_.size(); }

 private:
  struct Host {
    HostId id;
    Group<Family> wants{};
  };

  static bool Excludes(const Host& host, Time now);

  std::vector<Host> hosts_;  // ascending
  Time missed_until_{};
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_TRACKED_HOSTS_H_
