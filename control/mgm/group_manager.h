#ifndef MGMD_CONTROL_MGM_GROUP_MANAGER_H_
#define MGMD_CONTROL_MGM_GROUP_MANAGER_H_

// The Multicast Group Manager: several routing protocols and IGMP share one multicast forwarding
// cache through it without knowing each other. Behaviour: the specification's sections 1 to 3 and
// 7; docs/mgm.md is the manual for its clients.
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
// Errors, everywhere: kInvalidArgument for a handle that is not good, kFailedPrecondition for a
// call that is not allowed where it is made. A call that fails has changed nothing. Each failure's
// text is for people. Where memory ends, std::bad_alloc comes out, and what had begun may be half
// done; a hash table that could not grow may even be beyond use.
//
// Cost at a million MFEs: see mfe_cache.h for memory; tests/bench/mgm_bench.cc measures the rest.

#include <atomic>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/forwarder.h"
#include "common/punt.h"
#include "common/route_table.h"
#include "control/mgm/alert_queue.h"
#include "control/mgm/change_batch.h"
#include "control/mgm/client.h"
#include "control/mgm/client_registry.h"
#include "control/mgm/enumerations.h"
#include "control/mgm/expiry.h"
#include "control/mgm/group_manager_types.h"
#include "control/mgm/guarded_observer.h"
#include "control/mgm/held_entries.h"
#include "control/mgm/interface_table.h"
#include "control/mgm/memberships.h"
#include "control/mgm/mfe_cache.h"
#include "control/mgm/mfe_limits.h"
#include "control/mgm/observer.h"
#include "control/mgm/route_uses.h"

namespace mgmd::mgm {

class GroupManager {
 public:
  static constexpr uint32_t kDefaultTimeout = 900;  // seconds
  static constexpr size_t kKeptTraces = 16;
  static constexpr size_t kNegativeSlack = 1024;  // places in negative_ beyond twice the count
  // Negative MFEs that one call drops at most where there are too many; Poll() drops the rest.
  static constexpr size_t kRoomPerCall = 64;
  static constexpr size_t kDeadPerTurn = 4096;  // dead MFEs that a reading call steps over
  // MFEs that one call, or one Poll(), asks whether they depend on a changed route.
  static constexpr size_t kRouteLooksPerTurn = 4096;
  static constexpr uint32_t kRedecisionsPerSecond = 10000;
  // MFEs that are asked whether they are idle before a limit refuses another one.
  static constexpr size_t kLooksForRoom = 32;

  GroupManager(Forwarder& forwarder, const RouteTable& routes, Clock& clock, const Options& options,
               Observer* observer = nullptr, CallbackMonitor* monitor = nullptr);
  ~GroupManager();
  GroupManager(const GroupManager&) = delete;
  GroupManager& operator=(const GroupManager&) = delete;

  // --- Clients (2.1, 2.2)

  // kAlreadyExists: the id is registered. kResourceExhausted: too many clients.
  absl::StatusOr<ClientHandle> Register(ClientId id, std::unique_ptr<ClientCallbacks> callbacks);
  // kFailedPrecondition: it is still on interfaces, or this is inside its own callback.
  absl::Status Deregister(ClientHandle handle);
  absl::Status NameClient(ClientHandle handle, std::string_view name);

  // --- Interfaces (2.3 to 2.5)

  // kAlreadyExists: owned, by whomever; for IGMP: some IGMP is on it.
  absl::Status TakeInterface(ClientHandle handle, InterfaceId id);
  // kInvalidArgument: the client is not on the interface.
  absl::Status ReleaseInterface(ClientHandle handle, InterfaceId id);
  // kNotFound: nobody's.
  absl::StatusOr<ClientId> ClientOn(InterfaceId id);

  // --- Memberships (2.6, 2.7)

  absl::Status AddMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);
  absl::Status DeleteMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);

  // Any number of them, in order, as one (A27): one FibBatch, and nobody hears of what came and
  // went in between. What became of each; one that failed has changed nothing and stops none.
  absl::StatusOr<std::vector<absl::Status>> ChangeMemberships(ClientHandle handle,
                                                              std::span<const MembershipChange> changes);

  // --- Packets and routes

  // A packet without an entry, or beside its entry's iif. kInvalidArgument: the interface is
  // nobody's, or the addresses are none that are forwarded. kResourceExhausted: no room for an MFE.
  // Its text says which limit is met.
  absl::Status NewPacket(Ipv4FibKey key, InterfaceId arrival, std::span<const uint8_t> header);
  // The same for many, with one FibBatch.
  void HandlePunts(std::span<const Punt> punts);
  // Routes towards sources in the prefix have changed (T24). With more than kRouteLooksPerTurn MFEs
  // Poll() does the rest.
  absl::Status RoutesChanged(const Ipv4Prefix& prefix);

  // --- MFEs (2.8 to 2.10, 2.14)

  // False: there is none. `info` is reused.
  bool GetMfe(Ipv4FibKey key, MfeInfo& info) const;
  // Calls visit(const MfeInfo&) -> bool for MFEs from `from` on (OrderOf(), memberships.h), at most
  // `limit` of them, until it returns false: that one counts as not visited. Returns the key to go
  // on from, which may come before `limit` where many dead MFEs stand in the way; nothing: all have
  // been seen.
  template <class Visitor>
  std::optional<Ipv4FibKey> ReadMfes(uint64_t from, size_t limit, Visitor visit) const;
  std::optional<EntryCounters> ReadCounters(Ipv4FibKey key) const { return forwarder_.Read(key); }
  // kNotFound: no MFE. kInvalidArgument: the client does not own its iif, or the new one.
  // `iif_index` 0: keep it.
  absl::Status SetMfe(ClientHandle handle, Ipv4FibKey key, Ipv4Address upstream_neighbor, uint32_t iif_index);
  size_t mfe_count() const { return cache_.size(); }
  const MfeLimits& limits() const { return limits_; }

  // --- Enumerations (2.11 to 2.13)

  absl::StatusOr<EnumHandle> StartEnumeration(ClientHandle handle, EnumType type);
  // The next records, at most `room`, after few enough looks for one turn of control.
  // kInvalidArgument: no such enumeration.
  absl::StatusOr<Enumerations::Piece> ReadEnumeration(EnumHandle handle, size_t room);
  absl::Status EndEnumeration(EnumHandle handle);

  // --- Time

  // Does what is due and some of what waits: expiry, decisions again, refused entries, reclamation.
  // Not from a callback. Returns whether there was anything to do.
  bool Poll();
  // Nothing: no need to poll before the next call.
  std::optional<Time> NextDeadline() const;

  // --- Inspection

  // Entries that the forwarder refused, and MFEs that memberships ask for and that there is no room
  // for or no iif: Poll() tries them again. One of them in `*any`, if it is not null.
  size_t Waiting(Ipv4FibKey* any) const;
  const InterfaceTable& interfaces() const { return interfaces_; }
  const ClientRegistry& clients() const { return clients_; }
  const std::deque<std::shared_ptr<StoredTrace>>& traces() const { return traces_; }  // the last one first
  bool in_callback() const { return context_ != Context::kNone; }

 private:
  enum class Context : uint8_t { kNone, kReadOnly, kAlert };
  // Why an MFE is decided.
  enum class Why : uint8_t {
    kFirstPacket,
    kProactive,
    kNarrower,
    kAgain,
    kMoved,  // again, and who loses the stream has been told
  };
  // Where a stream comes from.
  struct Way {
    InterfaceSlot iif = kNoSlot;
    bool orphan = true;
    bool inherited = false;  // from a wider MFE
    Ipv4Address upstream_neighbor;
    std::optional<RouteUse> route;
  };
  // Where it goes: an element of its OIL.
  struct OifPlan {
    InterfaceSlot slot = kNoSlot;
    uint16_t flags = 0;
  };

  class Tracer;

  // Alerts and callbacks (group_manager_alerts.cc)
  template <class Function>
  void CallBack(ClientIndex client, const char* name, Context context, Function function);
  absl::Status MayChange() const;
  void Push(Alert::Kind kind, ClientIndex client, Ipv4FibKey key, InterfaceId interface, bool membership);
  void Deliver();
  void DeliverPrune(const Alert& alert);
  void AlertWildcard(Ipv4FibKey key, InterfaceId cause);
  void AlertWildcardClient(ClientIndex client, Entry& entry, InterfaceId cause, bool covered);
  // Kinds of AlertMembers(), which compares what clients have been told of an entry with what is so.
  void AlertMembers(Ipv4FibKey key, InterfaceId cause);
  void AlertSourceGroup(Entry& entry);
  // The entry's source is towards another interface, or another client, than it was.
  void FollowSource(Entry& entry, InterfaceId was_towards);
  void FollowHolder(const Interface& interface, ClientIndex before);
  ClientIndex HolderOf(std::optional<InterfaceId> id) const;  // kNoClient: nobody's
  std::optional<InterfaceId> Towards(Ipv4Address source) const;
  void AlertEdge(uint32_t mfe, uint16_t before, ClientIndex changed_holder);

  // Memberships (group_manager_memberships.cc)
  absl::Status CheckMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags, bool adding,
                               ClientIndex& client, Interface*& interface);
  // What AddMembership() and DeleteMembership() do before the forwarder and the clients hear of it.
  absl::Status Add(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);
  absl::Status Delete(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags);
  void Join(ClientIndex client, Ipv4FibKey key, Interface& interface, bool proactive);
  void Leave(ClientIndex client, Ipv4FibKey key, Interface& interface);
  // Drops what the client holds of a reference, and tells the others. Leaves the MFEs alone.
  void DropReference(ClientIndex client, Ipv4FibKey key, Interface& interface);
  void Forward(ClientIndex client, Ipv4FibKey key, Interface& interface, bool add);
  // FORWARD edits and vetoes of IGMP's on an interface that a protocol owns.
  void EndForwardStateOfIgmp(Interface& interface);
  void RefreshProactive(Ipv4FibKey key);

  // Many changes as one (group_manager_batch.cc)
  absl::Status Change(ClientHandle handle, const MembershipChange& change);
  MfeState StateOf(Ipv4FibKey key) const;
  // To be called before an MFE is made, dropped, moved, or gets or loses its only oif.
  void NoteBefore(Ipv4FibKey key);
  void NoteBefore(const Mfe& mfe, uint16_t active);

  // The grace time for IGMP (group_manager_grace.cc)
  void EndHolds(const Interface& interface);
  void AlertEndOfHold(Ipv4FibKey key, InterfaceId cause);
  // Whether others than the client want the entry, or it may go on believing so.
  bool Believes(ClientIndex client, const Entry& entry) const;
  bool HoldEdge(uint32_t mfe, const Interface& interface);
  void EndEdge(MfeRef edge);
  bool EndDueHolds();

  // Deciding (group_manager_resolve.cc)
  uint32_t Resolve(Ipv4FibKey key, Why why, std::span<const uint8_t> header);
  std::optional<Way> FindWay(Ipv4FibKey key, Why why, std::span<const uint8_t> header, uint32_t present);
  Way FirstWay(Ipv4FibKey key, Why why, uint32_t covering);
  Way InheritedWay(uint32_t covering) const;
  bool AlertMove(uint32_t mfe, const Way& way);
  bool HasOifsOfOthers(const Mfe& mfe, ClientIndex holder) const;
  std::optional<Way> AskNamer(Ipv4FibKey key, ClientIndex namer);
  void AskOwner(Ipv4FibKey key, ClientIndex owner, std::span<const uint8_t> header, Way& way);
  std::vector<OifPlan> PlanOifs(Ipv4FibKey key, InterfaceSlot iif, uint32_t covering) const;
  void AlertCreation(Ipv4FibKey key, InterfaceId iif, std::vector<OifPlan>& plan);
  void Install(uint32_t mfe, const Way& way, const std::vector<OifPlan>& plan, Why why);
  uint32_t CoveringWildcard(Ipv4FibKey key) const;
  // The clients with a proactive membership of the wildcard, in the order in which they are asked.
  std::vector<ClientIndex> Namers(Ipv4FibKey key, uint32_t present) const;
  // Whether one of them is on the interface.
  bool HasNamerOn(const Entry& entry, const Interface& iif) const;
  bool IsProactive(Ipv4FibKey key) const;
  bool IsJustified(Ipv4FibKey key, uint32_t mfe) const;
  void MakeNarrowerMfes(Ipv4FibKey key);

  // Packets (group_manager_packets.cc)
  absl::Status HandlePacket(Ipv4FibKey key, Interface& arrival, std::span<const uint8_t> header);
  void AlertWrongInterface(Ipv4FibKey key, Interface& arrival, std::span<const uint8_t> header);

  // MFEs and the forwarder (group_manager_mfes.cc)
  void MarkDirty(uint32_t mfe);
  void Emit(Mfe& mfe);
  // The MFE has been, or is being, deleted from the forwarder; written to it.
  void TellGone(const Mfe& mfe);
  void TellWritten(uint32_t mfe);
  // Tells the observer what has been written and deleted since the last time. Returns how much.
  size_t TellObserver();
  void Announce(Mfe& mfe, MfeEvent& event);
  void Flush();
  void FillBatch();
  BatchId Apply();
  void DropMfe(uint32_t mfe);
  void OilChanged(uint32_t mfe);
  // Drops the oldest of those that are too many; looks at so many at most. Returns how many went.
  size_t MakeRoomForNegative(size_t looks);
  // Whether there are too many, and not all of them have been looked at in vain.
  bool HasSurplusOfNegative() const;
  // Takes out of negative_ what is negative no longer, or listed twice.
  void ForgetOldNegatives();
  MfeInfo& Describe(uint32_t mfe, MfeInfo& info) const;

  // Room for another MFE (group_manager_limits.cc)
  // False: a limit refuses it, and has said so.
  bool MakeRoom(std::initializer_list<Limit> limits, Ipv4FibKey key, InterfaceSlot iif);
  bool IsMet(Limit limit, Ipv4FibKey key, InterfaceSlot iif) const;
  uint32_t FindIdle(Limit limit, Ipv4FibKey key, InterfaceSlot iif);
  uint32_t FindIdleIn(OrderRange range, uint64_t& hand, size_t looks);
  uint32_t FindIdleOf(const Interface& iif, size_t& looks);
  uint32_t FindIdleOf(ClientIndex owner);
  bool IsIdle(uint32_t mfe);

  // Ownership (group_manager_ownership.cc)
  void ChangeOwner(Interface& interface, ClientIndex client, bool take);
  void ReleaseIgmp(Interface& interface, ClientIndex client);
  void FinishRelease(Tracer& tracer, BatchId batch, ClientIndex igmp, const Interface& interface);
  size_t DropMemberships(Interface& interface, bool igmp_comes_back);
  size_t EmitDeletions(Interface& interface);
  size_t EmitUpdates(Interface& interface);
  void ReviveOrphans(Interface& interface);
  void TellTrace(const StoredTrace& trace);

  // Routes (group_manager_routes.cc)
  void FollowRoutesLater(const Ipv4Prefix& prefix);
  bool FollowRoutes();
  bool HasOtherRoute(uint32_t mfe) const;
  void CountLedAway(uint32_t mfe, int change);

  // Time (group_manager_time.cc)
  // False: not yet, it has been scheduled again.
  bool Due(uint32_t mfe);
  void Schedule(uint32_t mfe);
  void DecideAgainLater(Ipv4FibKey key);
  void DecideMissing();
  bool DecideAgain();
  void DecideAgain(Ipv4FibKey key);
  bool Retry();
  bool FinishReclaims();

  Forwarder& forwarder_;
  const RouteTable& routes_;
  Clock& clock_;
  const Options options_;
  GuardedObserver observer_;
  CallbackMonitor* const monitor_;

  ClientRegistry clients_;
  InterfaceTable interfaces_;
  Memberships memberships_;
  Enumerations enumerations_{memberships_};
  MfeCache cache_;
  MfeLimits limits_;
  Limit refused_by_ = Limit::kAll;  // the last one that refused
  RouteUses route_uses_;
  Expiry expiry_;
  std::atomic<uint64_t> own_handles_{1};
  std::atomic<uint64_t>& handles_;

  AlertQueue alerts_;
  std::optional<ChangeBatch> changes_;  // while many are done as one
  Context context_ = Context::kNone;
  uint64_t delivered_ = 0;

  FibBatch batch_;
  std::vector<InterfaceSlot> slots_;  // scratch
  std::vector<InterfaceId> ids_;      // scratch
  std::vector<MfeRef> dirty_;
  std::vector<Ipv4FibKey> deleted_;

  // What the observer has not been told yet.
  const bool observed_;
  std::vector<Ipv4FibKey> untold_gone_;
  std::vector<MfeRef> untold_written_;
  std::vector<Ipv4FibKey> untold_refused_;

  std::deque<MfeRef> negative_;  // oldest first; some no longer are
  uint32_t negative_count_ = 0;
  size_t negative_kept_ = 0;  // looks since the last one that went

  std::deque<Ipv4FibKey> again_;  // to be decided again
  double again_tokens_ = 0;
  Time again_filled_{};
  absl::flat_hash_set<Ipv4FibKey> missing_;  // to have an MFE at once, but without
  Time missing_tried_{};
  absl::flat_hash_set<Ipv4FibKey> refused_;  // by the forwarder
  Time refused_tried_{};
  absl::flat_hash_map<std::pair<Ipv4FibKey, InterfaceId>, Time> wrong_interface_told_;

  // Routes that have changed, and from where on MFEs have not been asked for them yet.
  struct ChangedRoutes {
    Ipv4Prefix prefix;
    uint64_t next = 0;  // by OrderOf()
  };
  std::deque<ChangedRoutes> changed_routes_;
  // How many MFEs are routed by the interface, but come in on another one that its holder chose.
  absl::flat_hash_map<InterfaceId, uint32_t> led_away_;

  HeldEntries held_;

  struct Unreclaimed {
    BatchId batch{};
    Time since{};
    std::shared_ptr<StoredTrace> trace;
  };
  std::deque<std::shared_ptr<StoredTrace>> traces_;
  std::deque<Unreclaimed> unreclaimed_;
};

template <class Visitor>
std::optional<Ipv4FibKey> GroupManager::ReadMfes(uint64_t from, size_t limit, Visitor visit) const {
  MfeInfo info;
  return cache_.ReadSome(from, limit, kDeadPerTurn,
                         [&](uint32_t mfe) { return visit(std::as_const(Describe(mfe, info))); });
}

}  // namespace mgmd::mgm

#endif  // MGMD_CONTROL_MGM_GROUP_MANAGER_H_
