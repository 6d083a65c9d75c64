#ifndef MGMD_CONTROL_MGM_OBSERVER_H_
#define MGMD_CONTROL_MGM_OBSERVER_H_

// What the Group Manager tells the program it runs in: events for logs, event files and telemetry. An observer only
// looks; it calls nothing of the manager's from inside, and what it throws ends here.
//
// Threads: on the control thread, inside the call that caused the event, except CallWaits(). What a call changes in the
// forwarder is told after the change has taken effect, and all of it at once: an observer that takes a million keys as
// they are costs a release a few milliseconds, one that makes text of each costs it seconds. Text and spans live for
// the call only. Every function does nothing by default. Only pure data crosses, so that the observer and the manager
// may live in different shared objects.

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/fib_key.h"
#include "common/interface.h"
#include "common/punt.h"

namespace mgmd::mgm {

struct ClientName {
  uint32_t protocol = 0;
  uint32_t component = 0;
  std::string_view name;  // as the client gave it, or "protocol/component" in hexadecimal and decimal
};

template <class Family>
struct MfeEventOf {
  FibKey<Family> key;
  InterfaceIdOf<Family> iif;                    // zeros: no route towards the source
  bool has_iif = false;                         // false: no route, or an iif that nobody is on
  bool added = false;                           // false: it was there, and has changed
  std::span<const InterfaceIdOf<Family>> oifs;  // ascending; empty: a negative MFE
  uint32_t owner_protocol = 0;                  // of the iif
};

struct ReleaseStep {
  std::string_view name;  // a string literal
  std::chrono::microseconds duration{};
  uint64_t count = 0;  // memberships, alerts, MFEs ... of the step
};

// One release of an interface, or one take of an interface that IGMP is on.
template <class Family>
struct ReleaseTraceOf {
  ClientName client;
  InterfaceIdOf<Family> interface;
  bool take = false;
  bool settled = true;     // every worker was quiescent within release_wait
  bool reclaimed = false;  // all its memory is free again; "reclaimed" is the last step then
  std::span<const ReleaseStep> steps;
};

template <class Family>
class ObserverOf {
 public:
  virtual ~ObserverOf() = default;

  // Whether MfesDeleted() and MfesWritten() are to be called; asked once, by the manager's constructor.
  virtual bool WantsMfes() const { return false; }
  // What one batch has changed: first what went, then what came or changed, then what the forwarder refused. A key that
  // went and came again is in both. After a release the batch's grace period has ended.
  virtual void MfesDeleted(std::span<const FibKey<Family>>) {}
  virtual void MfesWritten(std::span<const MfeEventOf<Family>>) {}

  virtual void MembershipAdded(const ClientName&, const FibKey<Family>&, InterfaceIdOf<Family>) {}
  virtual void MembershipDeleted(const ClientName&, const FibKey<Family>&, InterfaceIdOf<Family>) {}

  virtual void ClientRegistered(const ClientName&) {}
  virtual void ClientDeregistered(const ClientName&) {}
  virtual void InterfaceTaken(const ClientName&, InterfaceIdOf<Family>) {}

  // After the release, or the take, has returned to its caller's callbacks and all of it has been reclaimed; at the
  // latest when the manager stops. Steps in order: IGMP disabled, memberships dropped, memberships held, alerts queued,
  // MFEs deleted, entries updated, batch applied (the forwarder's share of the two before), grace period, IGMP enabled,
  // observer told (where it wants MFEs), alerts delivered, reclaimed.
  virtual void InterfaceReleased(const ReleaseTraceOf<Family>&) {}

  // A callback took more than 10 ms: control stood still meanwhile, forwarding did not.
  virtual void BlockingCallback(const ClientName&, std::string_view /*callback*/, std::chrono::milliseconds) {}

  // The client has put its answer to RPF or CREATION off, and not given it in time: the default holds.
  virtual void AnswerOverdue(const ClientName&, std::string_view /*callback*/, const FibKey<Family>&) {}

  // A call of another thread has waited for a second because this callback, or function of a module's, has not
  // returned. On that thread.
  virtual void CallWaits(std::string_view /*who*/, std::string_view /*function*/, std::chrono::milliseconds) {}

  // The forwarder refused an entry (it is full, or too much waits for reclamation); it is tried again.
  virtual void EntryRefused(const FibKey<Family>&) {}

  // There was no room for the MFE: the limit, by its name in [limits] of the configuration, was met, and none of the
  // MFEs that were looked at was idle. At most once a second for each limit; `refused` counts them since the start.
  virtual void LimitMet(std::string_view /*limit*/, const FibKey<Family>&, uint64_t /*refused*/) {}

  // One of these functions has thrown: what it was told is lost, and nothing else. On the thread of that event.
  virtual void Threw(std::string_view /*event*/, std::string_view /*what*/) {}
};

// Null: nobody looks.
template <class Family>
using ObserverPointer = ObserverOf<Family>*;

using MfeEvent = MfeEventOf<Ipv4>;
using ReleaseTrace = ReleaseTraceOf<Ipv4>;
using Observer = ObserverOf<Ipv4>;

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_OBSERVER_H_
