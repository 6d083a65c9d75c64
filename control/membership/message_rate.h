#ifndef MGMD_CONTROL_MEMBERSHIP_MESSAGE_RATE_H_
#define MGMD_CONTROL_MEMBERSHIP_MESSAGE_RATE_H_

// How many messages a second an interface takes, and one host of it: so that one that floods costs neither the others
// their turn nor control its time.
//
// Of a bounded number of hosts: of more, the one that has been silent for longest makes room, which has a full bucket
// again by then.
//
// Pure. Cost: a look-up for each message.

#include <list>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "common/token_bucket.h"
#include "control/membership/tracked_hosts.h"

namespace mgmd::membership {

template <class Family>
class MessageRate {
 public:
  static constexpr size_t kMostHosts = 4096;

  // False: there are too many.
  bool Take(const Datagram<Family>& datagram, Time now) {
    const auto ticks = static_cast<uint64_t>(now.time_since_epoch().count());
    if (!of_interface_.Has(interface_, ticks)) return false;
    if (const std::optional<HostId> id = HostOf(datagram)) {
      uint64_t& host = BucketOf(*id);
      if (!of_host_.Has(host, ticks)) return false;
      of_host_.Take(host, ticks);
    }
    of_interface_.Take(interface_, ticks);
    return true;
  }

 private:
  static constexpr uint64_t kTicks = Duration::period::den / Duration::period::num;
  struct Host {
    HostId id;
    uint64_t bucket = 0;
  };

  // Its host is then the last to make room.
  uint64_t& BucketOf(const HostId& id) {
    const auto found = places_.find(id);
    if (found != places_.end()) {
      hosts_.splice(hosts_.begin(), hosts_, found->second);
      return found->second->bucket;
    }
    if (hosts_.size() >= kMostHosts) {
      places_.erase(hosts_.back().id);
      hosts_.pop_back();
    }
    hosts_.push_front({id});
    places_.emplace(id, hosts_.begin());
    return hosts_.front().bucket;
  }

  TokenRate of_interface_{kTicks, 50000, 100000};
  TokenRate of_host_{kTicks, 20000, 40000};
  uint64_t interface_ = 0;
  std::list<Host> hosts_;  // heard of last, first
  absl::flat_hash_map<HostId, typename std::list<Host>::iterator> places_;
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_MESSAGE_RATE_H_
