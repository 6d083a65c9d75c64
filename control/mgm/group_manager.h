#ifndef MGMD_CONTROL_MGM_GROUP_MANAGER_H_
#define MGMD_CONTROL_MGM_GROUP_MANAGER_H_

// The Multicast Group Manager: several routing protocols and IGMP share one multicast forwarding cache through it
// without knowing each other. docs/mgm.md is the manual for its clients, docs/decisions.md says why what is so.
//
// A single-threaded state machine. It knows no thread, socket or clock of its own: the forwarder,
// the routes, the clock and the clients are given to it, and it does something only when it is
// called. runtime.h gives it a thread and mgm.h a C interface.
//
// The way of every change: check -> state -> one FibBatch -> alerts, in rounds -> return. Callbacks
// run inside the call. Calls made from inside JOIN, PRUNE, WRONG_IF and LOCAL_* callbacks are
// executed in place, and their alerts come after those that wait; from inside RPF, CREATION,
// DISABLE_IGMP and ENABLE_IGMP only reading calls are allowed.
//
// There is a manager for each address family, with the same rules; they share nothing but, if they are told to, their
// clients (Options::clients): a client that registers with both is one client with one handle and a name, and comes and
// goes in each family by itself.
//
// Errors, everywhere: kInvalidArgument for a handle that is not good, kFailedPrecondition for a call that is not
// allowed where it is made. A call that fails has changed nothing, but that a refused answer may have its question
// asked anew. Each failure's text is for people. Where memory ends, std::bad_alloc comes out, and what had begun may be
// half done; a hash table that could not grow may even be beyond use.
//
// Inside: state/ is what is known (clients, interfaces, memberships, MFEs), rules/ what is done with it. Each rule is a
// class that is tested alone and knows only those to its right and below:
//
//   registration  mfe_access  packets  ownership                      what clients and the forwarder call
//   grace  membership_rules                                           ... and what time ends
//   proactive  oil_edits  route_following  lost_interfaces            what changes MFEs that stand
//   redecisions  late_answers  decider  questions  ways               how a stream is decided
//   effects  room  mfes  mfe_writer  mfe_news                         MFEs come, go, and reach the forwarder
//   membership_alerts  mfe_alerts  alerts  client_calls               which client hears of what
//   lifetimes  decision_queue  open_decisions  release_traces         what waits for its time
//
// Cost at a million MFEs: see mfe_cache.h for memory; tests/bench/mgm_bench.cc measures the rest.

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/forwarder.h"
#include "common/punt.h"
#include "common/route_table.h"
#include "control/mgm/client.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/observer.h"
#include "control/mgm/rules/effects.h"
#include "control/mgm/rules/grace.h"
#include "control/mgm/rules/late_answers.h"
#include "control/mgm/rules/lost_interfaces.h"
#include "control/mgm/rules/membership_rules.h"
#include "control/mgm/rules/mfe_access.h"
#include "control/mgm/rules/ownership.h"
#include "control/mgm/rules/packets.h"
#include "control/mgm/rules/redecisions.h"
#include "control/mgm/rules/registration.h"
#include "control/mgm/rules/release_traces.h"
#include "control/mgm/rules/route_following.h"
#include "control/mgm/state/enumerations.h"
#include "control/mgm/state/mfe_limits.h"
#include "control/mgm/state/tables.h"

namespace mgmd::mgm {

template <class Family>
class GroupManager {
 public:
  static constexpr size_t kDeadPerTurn = 4096;  // dead MFEs that a reading call steps over

  GroupManager(Forwarder<Family>& forwarder, const RouteTable<Family>& routes, Clock& clock, const Options& options,
               ObserverOf<Family>* observer = nullptr, CallbackMonitor* monitor = nullptr);
  GroupManager(const GroupManager&) = delete;
  GroupManager& operator=(const GroupManager&) = delete;

  // --- Clients

  // kAlreadyExists: the id is registered. kResourceExhausted: too many clients.
  absl::StatusOr<ClientHandle> Register(ClientId id, std::unique_ptr<ClientCallbacksOf<Family>> callbacks);
  // kFailedPrecondition: it is still on interfaces, or this is inside its own callback.
  absl::Status Deregister(ClientHandle handle);
  absl::Status NameClient(ClientHandle handle, std::string_view name);

  // --- Interfaces

  // kAlreadyExists: owned, by whomever; for IGMP: some IGMP is on it.
  absl::Status TakeInterface(ClientHandle handle, InterfaceIdOf<Family> id);
  // kInvalidArgument: the client is not on the interface.
  absl::Status ReleaseInterface(ClientHandle handle, InterfaceIdOf<Family> id);
  // kNotFound: nobody's.
  absl::StatusOr<ClientId> ClientOn(InterfaceIdOf<Family> id);

  // --- Memberships

  absl::Status ChangeMembership(ClientHandle handle, const MembershipChangeOf<Family>& change);
  absl::Status AddMembership(ClientHandle handle, FibKey<Family> key, InterfaceIdOf<Family> id, MembershipFlags flags) {
    return ChangeMembership(handle, {true, key, id, flags});
  }
  absl::Status DeleteMembership(ClientHandle handle, FibKey<Family> key, InterfaceIdOf<Family> id,
                                MembershipFlags flags) {
    return ChangeMembership(handle, {false, key, id, flags});
  }

  // Any number of them, in order, as one (A27): one FibBatch, and nobody hears of what came and
  // went in between. What became of each; one that failed has changed nothing and stops none.
  absl::StatusOr<std::vector<absl::Status>> ChangeMemberships(ClientHandle handle,
                                                              std::span<const MembershipChangeOf<Family>> changes);

  // --- Answers to RPF and CREATION that clients have put off (client.h)

  // kNotFound: the client has no such question open; it has been answered, its time is over, or what it was about has
  // changed or gone. `choice` as the callback would leave it.
  absl::Status AnswerRpf(ClientHandle handle, QuestionId question, const RpfChoiceOf<Family>& choice);
  // The same; vetoes those of `oifs` that are not enabled. Interfaces that the client was not asked about do not count.
  absl::Status AnswerCreation(ClientHandle handle, QuestionId question, std::span<const CreationOifOf<Family>> oifs);

  // --- Packets and routes

  // A packet without an entry, or on another interface than its entry's iif. kInvalidArgument: the interface is
  // nobody's, or the addresses are none that are forwarded. kResourceExhausted: no room for an MFE.
  // Its text says which limit is met.
  absl::Status NewPacket(FibKey<Family> key, InterfaceIdOf<Family> arrival, std::span<const uint8_t> header);
  // The same for many, with one FibBatch.
  void HandlePunts(std::span<const Punt<Family>> punts);
  // Routes towards sources in the prefix have changed (T24). With more than RouteFollowing::kLooksPerTurn MFEs Poll()
  // does the rest.
  absl::Status RoutesChanged(const typename Family::Prefix& prefix);

  // Nothing comes by the interface any more (lost_interfaces.h). Poll() does it.
  void EndStreams(InterfaceIdOf<Family> id) { lost_.Add(id); }

  // --- MFEs

  // False: there is none. `info` is reused.
  bool GetMfe(FibKey<Family> key, MfeInfoOf<Family>& info) const;
  // Calls visit(const MfeInfo&) -> bool for MFEs from `from` on (OrderOf(), key_order.h), at most
  // `limit` of them, until it returns false: that one counts as not visited. Returns the key to go
  // on from, which may come before `limit` where many dead MFEs stand in the way; nothing: all have
  // been seen.
  template <class Visitor>
  std::optional<FibKey<Family>> ReadMfes(KeyOrder<Family> from, size_t limit, Visitor visit) const;
  std::optional<EntryCounters> ReadCounters(FibKey<Family> key) const { return forwarder_.Read(key); }
  // kNotFound: no MFE. kInvalidArgument: the client does not own its iif, or the new one.
  // `iif_index` 0: keep it.
  absl::Status SetMfe(ClientHandle handle, FibKey<Family> key, typename Family::Address upstream_neighbour,
                      uint32_t iif_index);
  size_t mfe_count() const { return tables_.cache.size(); }
  const MfeLimits<Family>& limits() const { return limits_; }

  // --- Enumerations

  absl::StatusOr<EnumHandle> StartEnumeration(ClientHandle handle, EnumType type);
  // The next records, at most `room`, after few enough looks for one turn of control.
  // kInvalidArgument: no such enumeration.
  absl::StatusOr<EnumerationPiece<Family>> ReadEnumeration(EnumHandle handle, size_t room);
  absl::Status EndEnumeration(EnumHandle handle);

  // --- Time

  // Does what is due and some of what waits: expiry, decisions again, refused entries, reclamation.
  // Not from a callback. Returns whether there was anything to do.
  bool Poll();
  // Nothing: no need to poll before the next call.
  std::optional<Time> NextDeadline() const;

  // --- Inspection

  // How much there is that was refused and that Poll() tries again. `some`: at most `most` of it, in no order.
  size_t Refused(size_t most, std::vector<RefusedOf<Family>>& some) const;
  const InterfaceTable<Family>& interfaces() const { return tables_.interfaces; }
  const Memberships<Family>& memberships() const { return tables_.memberships; }
  const ClientRegistry<Family>& clients() const { return tables_.clients; }
  // Of the other family's manager as well, where they share them.
  const KeptTraces& traces() const { return traces_.kept(); }
  bool in_callback() const { return calls_.running(); }

 private:
  Forwarder<Family>& forwarder_;
  Clock& clock_;
  GuardedObserver<Family> observer_;
  std::atomic<uint64_t> own_handles_{1};
  std::atomic<uint64_t>& handles_;

  // State.
  Tables<Family> tables_;
  Enumerations<Family> enumerations_{tables_.memberships};
  MfeLimits<Family> limits_;

  // Rules, each after those that it knows.
  ClientCalls<Family> calls_;
  Lifetimes<Family> lifetimes_;
  Alerts<Family> alerts_;
  MfeAlerts<Family> mfe_alerts_;
  MembershipAlerts<Family> membership_alerts_;
  MfeNews<Family> news_;
  MfeWriter<Family> writer_;
  Mfes<Family> mfes_;
  Room<Family> room_;
  Effects<Family> effects_;
  DecisionQueue<Family> queue_;
  OpenDecisions<Family> open_;
  Ways<Family> ways_;
  Questions<Family> questions_;
  Decider<Family> decider_;
  LateAnswers<Family> late_answers_;
  Redecisions<Family> redecisions_;
  RouteFollowing<Family> routes_;
  LostInterfaces<Family> lost_;
  Proactive<Family> proactive_;
  OilEdits<Family> oils_;
  MembershipRules<Family> memberships_;
  Grace<Family> grace_;
  ReleaseTraces<Family> traces_;
  Ownership<Family> ownership_;
  Packets<Family> packets_;
  MfeAccess<Family> access_;
  Registration<Family> registration_;
};

template <class Family>
template <class Visitor>
std::optional<FibKey<Family>> GroupManager<Family>::ReadMfes(KeyOrder<Family> from, size_t limit, Visitor visit) const {
  MfeInfoOf<Family> info;
  return tables_.cache.ReadSome(from, limit, kDeadPerTurn,
                                [&](uint32_t mfe) { return visit(std::as_const(access_.Describe(mfe, info))); });
}

using Ipv4GroupManager = GroupManager<Ipv4>;

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GROUP_MANAGER_H_
