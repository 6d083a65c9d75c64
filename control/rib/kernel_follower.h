#ifndef MGMD_CONTROL_RIB_KERNEL_FOLLOWER_H_
#define MGMD_CONTROL_RIB_KERNEL_FOLLOWER_H_

// Follows the kernel's unicast routes of a family over rtnetlink: one dump of them at first, and another one after
// whatever may have changed them.
//
// Events only say that something has happened. They could not say what: where a link goes down, a device, an address or
// a nexthop object is deleted, routes vanish and next hops die and revive without a message of their own; a message
// about a route may replace, append or take away, and what could not be told is lost (ENOBUFS). Most are sent before
// what they tell of is done, so a dump begins 100 ms after the first event, and once more after as long if more have
// come by then: at most ten in a second. What a dump tells counts at once; what it does not tell any more is removed at
// its end, unless routes have changed meanwhile, so that it may have missed some. The kernel does not say so itself
// (NLM_F_DUMP_INTR) of routes, but an event has come. Then it is made again, and where there is no dump without such a
// change, the third in a row counts.
//
// Control thread. Poll() never waits and does little in a turn: it reads four pieces of a dump at most, some two
// thousand routes. Where nothing happens it costs one system call. The kernel tells its nexthop objects under the lock
// of its network configuration, which may be held for long (a tenth of a second by a link that goes down under 300,000
// routes): they are asked for only where routes are told by their objects alone. A kernel before 6.9 tells its routes
// under that lock, too.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/ip_family.h"
#include "control/kernel/netlink_socket.h"
#include "control/rib/kernel_messages.h"
#include "control/rib/kernel_table.h"

namespace mgmd {

template <class Family>
class KernelFollower {
 public:
  using Prefix = typename Family::Prefix;

  // Has read the table once when it returns. `table`: the number of the kernel's. `receive_buffer`: octets for events
  // that have not been read yet; 0: the system's default.
  static absl::StatusOr<std::unique_ptr<KernelFollower>> Open(uint32_t table, InterfaceOfNetdev interface_of,
                                                              int receive_buffer = 0);

  // Returns whether there was anything to do.
  bool Poll();
  // What interface_of() says of netdevs has changed: as if the kernel had told of a change.
  void ReadAgain() { Touch(); }
  // Prefixes towards whose sources routes may have changed since the last call. Of more than kMostChanges they become
  // fewer and wider, and are told when the dump that finds them has ended.
  static constexpr size_t kMostChanges = 16;
  std::vector<Prefix> TakeChanges();

  const KernelTable<Family>& routes() const { return routes_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Step : uint8_t { kWait, kReadNexthops, kReadRoutes, kRemove };

  KernelFollower(uint32_t table, InterfaceOfNetdev interface_of) : routes_(table, std::move(interface_of)) {}

  // Something may have changed.
  void Touch();
  void AddChange(const Prefix& prefix);

  bool ReadEvents();
  void HandleEvent(const nlmsghdr& message);
  // Whether a link went up or down, or its carrier did.
  bool HasTurned(const nlmsghdr& message);

  void BeginDump();
  // Asks for the next part of the dump.
  void Ask(Step step);
  bool ReadDump();
  void HandleAnswer(const nlmsghdr& message);
  // The kernel has told all of a part, or refused it with an error number.
  void EndPart(int error);

  std::unique_ptr<NetlinkSocket> events_;
  std::unique_ptr<NetlinkSocket> dumps_;
  KernelTable<Family> routes_;
  std::vector<Prefix> changes_;
  bool many_changes_ = false;
  absl::flat_hash_map<int, unsigned> links_;  // flags of those that have been told of, by index

  std::optional<Clock::time_point> due_;  // the next dump
  bool touched_again_ = false;            // after what it is due for
  Step step_ = Step::kWait;
  uint32_t request_ = 0;        // the number of the part that is being read
  bool torn_ = false;           // routes have changed during the dump
  int torn_in_a_row_ = 0;       // dumps before it
  bool reads_objects_ = false;  // dumps begin with nexthop objects
  bool needs_objects_ = false;  // the dump has a route that says no more than its object
  bool complete_ = false;       // there has been a dump
  KernelRoute<Family> route_;
  NexthopObject<Family> object_;
};

}  // namespace mgmd

#endif  // MGMD_CONTROL_RIB_KERNEL_FOLLOWER_H_
