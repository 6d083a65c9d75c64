#include <algorithm>
#include <utility>

#include "control/mgm/group_manager_alerts.h"

// Taking and releasing interfaces. A change of owner is one sequence, the same in both directions:
//
//   DISABLE_IGMP -> bump the stamp -> drop memberships, queueing their alerts -> one batch: delete
//   the MFEs with the interface as iif, take it out of every OIL -> settle -> ENABLE_IGMP -> alerts
//   -> return; reclaiming follows
//
// The bump comes before the batch: from that store on no entry forwards by the interface, however
// many there are, and the batch's entries are built with the new stamp. Dead MFEs are only marked;
// the cache reclaims them later.
//
// IGMP's own release of an interface that a protocol owns is single leaves in one batch.

namespace mgmd::mgm {

absl::Status GroupManager::TakeInterface(ClientHandle handle, InterfaceId id) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  Interface* interface = interfaces_.FindOrAdd(id);
  // Poll() may not have had its turn for long. Inside a callback somebody may hold an interface.
  if (interface == nullptr && context_ == Context::kNone && interfaces_.ForgetIdle(kMaxSlots) > 0) {
    interface = interfaces_.FindOrAdd(id);
  }
  if (interface == nullptr) return absl::ResourceExhaustedError("too many interfaces");
  const bool is_igmp = clients_[client].is_igmp();
  if ((is_igmp ? interface->igmp : interface->owner) != kNoClient) {
    return absl::AlreadyExistsError("taken already");
  }
  if (!is_igmp && interface->igmp != kNoClient) {
    ChangeOwner(*interface, client, true);
  } else {
    const ClientIndex before = interface->holder();
    if (is_igmp) {
      interfaces_.SetIgmp(*interface, client);
    } else {
      interfaces_.SetOwner(*interface, client);
    }
    ++clients_[client].interfaces;
    forwarder_.SetEnabled(interface->slot, true);
    if (!is_igmp) {
      forwarder_.SetWrongInterfaceAlert(interface->slot, clients_[client].callbacks->wants_wrong_interface());
    }
    if (before == kNoClient) ReviveOrphans(*interface);
    FollowHolder(*interface, before);
    Flush();
  }
  observer_.InterfaceTaken(clients_.NameOf(client), id);
  Deliver();
  return absl::OkStatus();
}

absl::Status GroupManager::ReleaseInterface(ClientHandle handle, InterfaceId id) {
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  Interface* interface = interfaces_.Find(id);
  if (interface == nullptr || !interface->Has(client)) {
    return absl::InvalidArgumentError("the client is not on the interface");
  }
  if (interface->owner != client && interface->owner != kNoClient) {
    ReleaseIgmp(*interface, client);
  } else {
    ChangeOwner(*interface, client, false);
  }
  return absl::OkStatus();
}

// Writes the steps of a release or a take, each with the time since the one before.
class GroupManager::Tracer {
 public:
  Tracer(Clock& clock, const Client& client, InterfaceId interface, bool take)
      : clock_(clock), step_start_(clock.Now()) {
    trace->client = client.id;
    trace->client_name = client.name;
    trace->interface = interface;
    trace->take = take;
  }
  void Step(std::string_view name, uint64_t count) {
    const Time now = clock_.Now();
    trace->steps.push_back({name, now - step_start_, count});
    step_start_ = now;
  }
  // A step without a time of its own, whose count is known only later.
  size_t StepWithoutTime(std::string_view name) {
    trace->steps.push_back({name, Time(0), 0});
    return trace->steps.size() - 1;
  }
  Time step_start() const { return step_start_; }

  const std::shared_ptr<StoredTrace> trace = std::make_shared<StoredTrace>();

 private:
  Clock& clock_;
  Time step_start_;
};

// IGMP leaves an interface that a protocol owns: the owner keeps its MFEs.
void GroupManager::ReleaseIgmp(Interface& interface, ClientIndex client) {
  Flush();
  Tracer tracer(clock_, clients_[client], interface.id, false);
  const size_t alerts_before = alerts_.size();
  std::vector<Ipv4FibKey> keys(interface.memberships.begin(), interface.memberships.end());
  std::sort(keys.begin(), keys.end(), ComesBefore);
  size_t dropped = 0;
  for (const Ipv4FibKey key : keys) {
    if (!memberships_.Find(key)->Find(interface.slot)->by_igmp) continue;
    Leave(client, key, interface);
    ++dropped;
  }
  EndForwardStateOfIgmp(interface);
  EndHolds(interface);
  tracer.Step("memberships dropped", dropped);
  const size_t queued = tracer.StepWithoutTime("alerts queued");
  tracer.trace->steps[queued].count = alerts_.size() - alerts_before;
  const size_t deleted = deleted_.size();
  tracer.Step("MFEs deleted", deleted);
  FillBatch();
  const size_t updated = batch_.changes.size() - std::min(deleted, batch_.changes.size());
  tracer.Step("entries updated", updated);
  const BatchId batch = Apply();
  tracer.Step("batch applied", deleted + updated);
  interfaces_.SetIgmp(interface, kNoClient);
  --clients_[client].interfaces;
  FinishRelease(tracer, batch, kNoClient, interface);
}

// What ends every release and take: nothing is forwarded any more by what the batch replaced, IGMP
// may go on, and those who must know are told.
void GroupManager::FinishRelease(Tracer& tracer, BatchId batch, ClientIndex igmp, const Interface& interface) {
  tracer.trace->settled = forwarder_.Settle().settled;
  tracer.Step("grace period", 0);
  if (igmp != kNoClient) {
    CallBack(igmp, "ENABLE_IGMP", Context::kReadOnly,
             [&](ClientCallbacks& callbacks) { callbacks.EnableIgmp(interface.id); });
    tracer.Step("IGMP enabled", 0);
  }
  if (const size_t told = TellObserver(); observed_) tracer.Step("observer told", told);
  traces_.push_front(tracer.trace);
  if (traces_.size() > kKeptTraces) traces_.pop_back();
  const uint64_t delivered = delivered_;
  Flush();
  Deliver();
  tracer.Step("alerts delivered", delivered_ - delivered);
  unreclaimed_.push_back({batch, tracer.step_start(), tracer.trace});
}

void GroupManager::ChangeOwner(Interface& interface, ClientIndex client, bool take) {
  Tracer tracer(clock_, clients_[client], interface.id, take);
  const ClientIndex igmp = interface.igmp == client ? kNoClient : interface.igmp;
  if (igmp != kNoClient) {
    CallBack(igmp, "DISABLE_IGMP", Context::kReadOnly,
             [&](ClientCallbacks& callbacks) { callbacks.DisableIgmp(interface.id); });
    tracer.Step("IGMP disabled", 0);
  }
  Flush();
  forwarder_.Bump(interface.slot);
  if (!take) forwarder_.SetEnabled(interface.slot, igmp != kNoClient);
  const size_t alerts_before = alerts_.size();
  const bool comes_back = igmp != kNoClient && options_.igmp_grace > Time(0);
  if (interface.igmp == client) EndHolds(interface);
  tracer.Step("memberships dropped", DropMemberships(interface, comes_back));
  const size_t queued = tracer.StepWithoutTime("alerts queued");

  // Wildcard MFEs that lost their reason with a membership have been marked for deletion: the same
  // batch takes them.
  const size_t deleted = EmitDeletions(interface);
  tracer.Step("MFEs deleted", deleted);
  const size_t updated = EmitUpdates(interface);
  tracer.Step("entries updated", updated);
  const BatchId batch = Apply();
  tracer.Step("batch applied", deleted + updated);

  const ClientIndex before = interface.holder();
  if (take) {
    interfaces_.SetOwner(interface, client);
    ++clients_[client].interfaces;
    forwarder_.SetEnabled(interface.slot, true);
    forwarder_.SetWrongInterfaceAlert(interface.slot, clients_[client].callbacks->wants_wrong_interface());
  } else {
    if (interface.owner == client) {
      interfaces_.SetOwner(interface, kNoClient);
    } else {
      interfaces_.SetIgmp(interface, kNoClient);
    }
    forwarder_.SetWrongInterfaceAlert(interface.slot, false);
    --clients_[client].interfaces;
    if (!interface.known()) interfaces_.Left(interface);
  }
  FollowHolder(interface, before);
  tracer.trace->steps[queued].count = alerts_.size() - alerts_before;
  if (take) DecideMissing();
  FinishRelease(tracer, batch, igmp, interface);
}

size_t GroupManager::DropMemberships(Interface& interface, bool igmp_comes_back) {
  std::vector<Ipv4FibKey> keys(interface.memberships.begin(), interface.memberships.end());
  std::sort(keys.begin(), keys.end(), ComesBefore);
  size_t dropped = 0;
  for (const Ipv4FibKey key : keys) {
    const Entry* entry = memberships_.Find(key);
    const Reference* found = entry == nullptr ? nullptr : entry->Find(interface.slot);
    if (found == nullptr) continue;  // where memory ended in an earlier try
    const Reference reference = *found;
    if (reference.by_owner) DropReference(interface.owner, key, interface);
    // IGMP's go with the owner's: it adds them again after ENABLE_IGMP (A9).
    if (reference.by_igmp) {
      if (igmp_comes_back) {
        held_.Add(key, interface.slot, clock_.Now() + options_.igmp_grace);
      }
      DropReference(interface.igmp, key, interface);
    }
    dropped += size_t{reference.by_owner} + size_t{reference.by_igmp};
    RefreshProactive(key);
  }
  interface.memberships.clear();
  return dropped;
}

size_t GroupManager::EmitDeletions(Interface& interface) {
  size_t count = deleted_.size();
  batch_.changes.reserve(count + interface.iif_mfes.size() + interface.oif_mfes.size());
  if (observed_) {
    untold_gone_.reserve(untold_gone_.size() + interface.iif_mfes.size());
    untold_written_.reserve(untold_written_.size() + interface.oif_mfes.size());
  }
  for (const Ipv4FibKey key : deleted_) {
    if (cache_.Find(key) == kNoMfe) batch_.Delete(key);
  }
  deleted_.clear();
  // Under a wildcard MFE a joined stream must have an MFE of its own: no packet would ask for it.
  const bool wildcards = cache_.wildcards() != 0;
  cache_.KillAllOf(interface, [&](uint32_t mfe) {
    Mfe& killed = cache_[mfe];
    batch_.Delete(killed.key);
    TellGone(killed);
    if (killed.Is(Mfe::kNegative)) --negative_count_;
    if (killed.Is(Mfe::kProactive) || (wildcards && memberships_.IsJoined(killed.key))) {
      missing_.insert(killed.key);
    }
    CountLedAway(mfe, -1);
    limits_.Count(killed.key, -1);
    MfeDetails& details = cache_.details(mfe);
    route_uses_.Release(details.route);
    details.route = RouteUses::kNone;
    ++count;
  });
  return count;
}

size_t GroupManager::EmitUpdates(Interface& interface) {
  constexpr size_t kAhead = 8;
  const ClientIndex holder = interface.holder();
  const std::vector<uint32_t>& list = interface.oif_mfes;
  size_t count = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i + kAhead < list.size()) __builtin_prefetch(&cache_[list[i + kAhead]], 1);
    Mfe& mfe = cache_[list[i]];
    const OilElement* element = mfe.oil.Find(interface.slot);
    const bool active = element->active();
    const uint16_t before = mfe.active;
    mfe.oil.Remove(element);
    if (!active) continue;
    --mfe.active;
    if (!mfe.Is(Mfe::kAlive)) continue;
    OilChanged(list[i]);
    if (mfe.active != 0 || !HoldEdge(list[i], interface)) AlertEdge(list[i], before, holder);
    mfe.Set(Mfe::kDirty, false);
    Emit(mfe);
    TellWritten(list[i]);
    ++count;
  }
  interface.oif_mfes.clear();
  interface.edits_of_igmp = 0;
  return count;
}

void GroupManager::ReviveOrphans(Interface& interface) {
  // Streams that found nobody on the interface: the next packet decides them from the start, and
  // what must not wait for a packet is decided by Poll(), when the new owner is ready for
  // callbacks.
  const std::vector<uint32_t> orphans = interface.iif_mfes;
  for (const uint32_t mfe : orphans) {
    if (!cache_[mfe].Is(Mfe::kAlive)) continue;
    if (cache_[mfe].Is(Mfe::kProactive)) {
      DecideAgainLater(cache_[mfe].key);
    } else {
      DropMfe(mfe);
    }
  }
  DecideMissing();
}

void GroupManager::TellTrace(const StoredTrace& trace) {
  observer_.InterfaceReleased({.client = {trace.client.protocol, trace.client.component, trace.client_name},
                               .interface = trace.interface,
                               .take = trace.take,
                               .settled = trace.settled,
                               .reclaimed = trace.reclaimed,
                               .steps = trace.steps});
}

}  // namespace mgmd::mgm
