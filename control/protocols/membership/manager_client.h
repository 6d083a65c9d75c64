#ifndef MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MANAGER_CLIENT_H_
#define MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MANAGER_CLIENT_H_

// IGMP, or MLD, as the client of the Group Manager that every other one shares its interfaces with.
//
// What hosts want is one set (WantedMemberships), what the Group Manager has been told is another, and calls are their
// difference: so whatever fails, or is taken away by a change of ownership, comes right by being looked at again.
//
//   client.Changed(interface, group);     // what is wanted there may be another
//   client.Flush(now);                    // once each turn: the calls, in one change for all that have come together
//
// When the owner of an interface changes the Group Manager disables IGMP there, drops what it has, and enables it again
// (mgm.h). From the first to the last nothing is called for the interface; then all of it is told anew, in slices, so
// that a hundred thousand memberships hold up nobody's turn.
//
// A stream's new MFE gets the interface as an oif by a membership of (*,G), too, that some host does not want this
// source of: CREATION says so. JOIN and PRUNE are heard only where somebody wants to know of them.
//
// Threads: control thread. One of a family in a process, since callbacks carry no context. Cost: see wanted.h, and a
// look-up for each group.

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "common/fib_key.h"
#include "common/interface.h"
#include "control/membership/wanted.h"
#include "control/mgm/c_values.h"
#include "control/mgm/client.h"

namespace mgmd::protocols {

// What is wanted where. Asked on the control thread, in callbacks of the Group Manager as well.
template <class Family>
class WantedMemberships {
 public:
  using Interface = InterfaceIdOf<Family>;
  using Address = typename Family::Address;

  virtual ~WantedMemberships() = default;
  // The zero address stands for all groups, (*,*).
  virtual membership::Wanted<Family> Describe(const Interface& interface, const Address& group) const = 0;
  // Whether packets of the source that come in by `in` go there. A zero source: of every source. A zero group: of
  // groups that nobody knows one by one.
  virtual bool Wants(const Interface& interface, const Interface& in, const Address& source,
                     const Address& group) const = 0;
  // Every group of which something may be wanted there, those that no timer ends first.
  virtual std::vector<Address> Groups(const Interface& interface) const = 0;
};

template <class Family>
class ManagerClient {
 public:
  using Interface = InterfaceIdOf<Family>;
  using Address = typename Family::Address;
  using Time = membership::Time;

  // What is told; each may be empty.
  struct Told {
    std::function<void(const Interface&, size_t count)> refused;   // memberships that are tried again
    std::function<void(const Interface&, size_t groups)> enabled;  // and told anew from then on
    // Whether a protocol has it: at the take, and when the owner has changed.
    std::function<void(const Interface&, bool)> owned = {};
    // Somebody else wants the entry, or nobody else does any more (docs/mgm.md#who-hears-of-a-membership).
    std::function<void(const FibKey<Family>&, bool)> others_want = {};
    std::function<void(const Interface&, size_t groups, std::chrono::milliseconds took)> told_anew;  // all of them
    std::function<void(const Interface&)> overdue;  // disabled for kOverdue, and still not enabled
  };

  static constexpr std::chrono::seconds kOverdue{10};
  static constexpr mgm::ClientId kId{0x4137000A, 0};  // MS_IP_IGMP, in both families

  // Both outlive it.
  ManagerClient(const WantedMemberships<Family>& wanted, Told told) : wanted_(wanted), told_(std::move(told)) {}
  ~ManagerClient();
  ManagerClient(const ManagerClient&) = delete;
  ManagerClient& operator=(const ManagerClient&) = delete;

  absl::Status Register();
  // Of an interface that it is on from then on; what is wanted there is told in the next turns.
  absl::Status Take(const Interface& interface);
  // Everything that is wanted there ends at once.
  absl::Status Release(const Interface& interface);
  // Releases what is left and deregisters. An error: it goes on with what is left. Nothing happens unless it has
  // registered.
  absl::Status Stop();

  void Changed(const Interface& interface, const Address& group);
  // As all its groups have.
  void AllChanged(const Interface& interface);

  // Tells the Group Manager, as much as a turn has time for. Returns whether there was anything.
  bool Flush(Time now);
  // When something is to be tried again that was refused. Time::max(): nothing is.
  Time NextDeadline() const { return retry_.empty() ? Time::max() : retry_at_; }

  bool has(const Interface& interface) const { return interfaces_.contains(interface); }
  std::vector<Interface> interfaces() const;
  // Whether nothing is left to tell.
  bool is_idle() const { return changed_.empty() && anew_.empty() && retry_.empty(); }
  // What the Group Manager has been told.
  membership::Wanted<Family> Synced(const Interface& interface, const Address& group) const;
  bool is_enabled(const Interface& interface) const;
  // Whether it knows all of what is wanted of the group there; of every group.
  enum class Knows : uint8_t { kAll, kWaits, kRefused, kDisabled };
  Knows What(const Interface& interface, const Address& group) const;
  Knows What(const Interface& interface) const;

 private:
  using Values = mgm::CValues<Family>;
  using Place = std::pair<Interface, Address>;
  struct Group {
    membership::Wanted<Family> synced;
    bool queued = false;
    bool refused = false;
  };
  struct State {
    absl::flat_hash_map<Address, Group> groups;
    std::optional<Time> disabled_since{};  // nothing: it is enabled
    Time anew_since{};                     // when it was enabled, while it is told anew
    size_t anew_left = 0;
    size_t anew_groups = 0;
  };
  struct Callbacks;

  void Queue(State& state, const Place& place, std::deque<Place>& queue);
  void TellOwned(const Interface& interface);
  void OthersWant(const mgm::CEntry<Family>& entry, bool wanted);
  void Disabled(const Interface& interface);
  void Enabled(const Interface& interface);
  // Of the queue's first ones. Returns whether there were any.
  bool Tell(std::deque<Place>& queue, bool anew, Time now);
  void Done(const Place& place, const membership::MembershipCall<Family>& call, DWORD result, Time now);

  static inline ManagerClient* instance_ = nullptr;

  const WantedMemberships<Family>& wanted_;
  const Told told_;
  HANDLE handle_ = nullptr;
  absl::flat_hash_map<Interface, State> interfaces_;
  std::deque<Place> changed_;                        // by hosts
  std::deque<Place> anew_;                           // since an interface was enabled
  std::vector<Place> retry_;                         // what was refused
  std::deque<std::pair<Time, Interface>> disabled_;  // interfaces that were, the longest ago first
  Time now_{};                                       // of the last Flush()
  Time retry_at_{};
  std::vector<typename Values::Change> changes_;  // scratch
};

}  // namespace mgmd::protocols

#endif  // MGMD_CONTROL_PROTOCOLS_MEMBERSHIP_MANAGER_CLIENT_H_
