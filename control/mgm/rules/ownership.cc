#include "control/mgm/rules/ownership.h"

#include <algorithm>
#include <vector>

namespace mgmd::mgm {

template <class Family>
absl::Status Ownership<Family>::Take(ClientHandle handle, InterfaceIdOf<Family> id) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  auto* interface = interfaces_.FindOrAdd(id);
  // Poll() may not have had its turn for long. Inside a callback somebody may hold an interface.
  if (interface == nullptr && !rules_.calls.running() && interfaces_.ForgetIdle(kMaxSlots) > 0) {
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
    rules_.forwarder.SetEnabled(interface->slot, true);
    if (!is_igmp) {
      rules_.forwarder.SetWrongInterfaceAlert(interface->slot, clients_[client].callbacks->wants_wrong_interface());
    }
    if (before == kNoClient) ReviveOrphans(*interface);
    FollowHolder(*interface, before);
    rules_.late_answers.RecheckSoon();
    rules_.effects.Write();
  }
  rules_.observer.InterfaceTaken(clients_.NameOf(client), id);
  rules_.alerts.Deliver();
  return absl::OkStatus();
}

template <class Family>
absl::Status Ownership<Family>::Release(ClientHandle handle, InterfaceIdOf<Family> id) {
  const ClientIndex client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  auto* interface = interfaces_.Find(id);
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

// IGMP leaves an interface that a protocol owns: the owner keeps its MFEs.
template <class Family>
void Ownership<Family>::ReleaseIgmp(Interface<Family>& interface, ClientIndex client) {
  rules_.effects.Write();
  ReleaseTracer tracer(rules_.clock, clients_.NameOf(client), interface.id, false);
  const size_t alerts_before = rules_.alerts.waiting();
  std::vector<FibKey<Family>> keys = interface.memberships.Items();
  std::sort(keys.begin(), keys.end(), ComesBefore);
  size_t dropped = 0;
  for (const FibKey<Family> key : keys) {
    const Reference& reference = *memberships_.Find(key)->Find(interface.slot);
    if (!reference.by_igmp || reference.igmp_held) continue;
    rules_.memberships.Leave(client, key, interface);
    ++dropped;
  }
  rules_.grace.End(interface);
  rules_.oils.EndEditsOfIgmp(interface);
  tracer.Step("memberships dropped", dropped);
  const size_t queued = tracer.StepWithoutTime("alerts queued");
  tracer.trace->steps[queued].count = rules_.alerts.waiting() - alerts_before;
  const size_t deleted = rules_.writer.deleted();
  tracer.Step("MFEs deleted", deleted);
  rules_.writer.FillBatch();
  const size_t updated = rules_.writer.batch_size() - std::min(deleted, rules_.writer.batch_size());
  tracer.Step("entries updated", updated);
  const BatchId batch = rules_.writer.Apply();
  tracer.Step("batch applied", deleted + updated);
  interfaces_.SetIgmp(interface, kNoClient);
  --clients_[client].interfaces;
  FinishRelease(tracer, batch, kNoClient, interface);
}

// What ends every release and take: nothing is forwarded any more by what the batch replaced, IGMP
// may go on, and those who must know are told.
template <class Family>
void Ownership<Family>::FinishRelease(ReleaseTracer& tracer, BatchId batch, ClientIndex igmp,
                                      const Interface<Family>& interface) {
  tracer.trace->settled = rules_.forwarder.Settle().settled;
  tracer.Step("grace period", 0);
  if (igmp != kNoClient) {
    rules_.calls.Call(igmp, "ENABLE_IGMP", Context::kReadOnly,
                      [&](ClientCallbacksOf<Family>& callbacks) { callbacks.EnableIgmp(interface.id); });
    tracer.Step("IGMP enabled", 0);
  }
  if (const size_t told = rules_.news.Tell(); rules_.news.wanted()) tracer.Step("observer told", told);
  rules_.traces.Add(tracer.trace);
  const uint64_t delivered = rules_.alerts.delivered();
  rules_.late_answers.RecheckSoon();
  rules_.effects.WriteAndAlert();
  tracer.Step("alerts delivered", rules_.alerts.delivered() - delivered);
  rules_.traces.AwaitReclaim(batch, tracer);
}

template <class Family>
void Ownership<Family>::ChangeOwner(Interface<Family>& interface, ClientIndex client, bool take) {
  ReleaseTracer tracer(rules_.clock, clients_.NameOf(client), interface.id, take);
  const ClientIndex igmp = interface.igmp == client ? kNoClient : interface.igmp;
  if (igmp != kNoClient) {
    rules_.calls.Call(igmp, "DISABLE_IGMP", Context::kReadOnly,
                      [&](ClientCallbacksOf<Family>& callbacks) { callbacks.DisableIgmp(interface.id); });
    tracer.Step("IGMP disabled", 0);
  }
  const bool comes_back = igmp != kNoClient && rules_.grace.on();
  const bool hitless = comes_back && rules_.grace.hitless();
  rules_.effects.Write();
  if (!hitless) rules_.forwarder.Bump(interface.slot);
  if (!take) rules_.forwarder.SetEnabled(interface.slot, igmp != kNoClient);
  const size_t alerts_before = rules_.alerts.waiting();
  if (interface.igmp == client) rules_.grace.End(interface);
  const Dropped dropped = DropMemberships(interface, comes_back);
  tracer.Step("memberships dropped", dropped.references);
  if (hitless) tracer.trace->steps[tracer.StepWithoutTime("memberships held")].count = dropped.held;
  const size_t queued = tracer.StepWithoutTime("alerts queued");

  // Wildcard MFEs that lost their reason with a membership have been marked for deletion: the same
  // batch takes them.
  const size_t deleted = FillDeletions(interface);
  tracer.Step("MFEs deleted", deleted);
  const size_t updated = hitless ? FillHitlessUpdates(interface) : FillUpdates(interface);
  tracer.Step("entries updated", updated);
  BatchId batch = rules_.writer.Apply();
  if (hitless) batch = rules_.writer.DeleteRefused(batch);
  tracer.Step("batch applied", deleted + updated);

  const ClientIndex before = interface.holder();
  if (take) {
    interfaces_.SetOwner(interface, client);
    ++clients_[client].interfaces;
    rules_.forwarder.SetEnabled(interface.slot, true);
    rules_.forwarder.SetWrongInterfaceAlert(interface.slot, clients_[client].callbacks->wants_wrong_interface());
  } else {
    if (interface.owner == client) {
      interfaces_.SetOwner(interface, kNoClient);
    } else {
      interfaces_.SetIgmp(interface, kNoClient);
    }
    rules_.forwarder.SetWrongInterfaceAlert(interface.slot, false);
    --clients_[client].interfaces;
    if (!interface.known()) interfaces_.Left(interface);
  }
  if (hitless) rules_.mfe_alerts.FollowOifs(interface, before);
  rules_.open.ForgetOwnersVetoes(interface.id);
  FollowHolder(interface, before);
  tracer.trace->steps[queued].count = rules_.alerts.waiting() - alerts_before;
  if (take) rules_.queue.RetryMissing();
  FinishRelease(tracer, batch, igmp, interface);
}

template <class Family>
void Ownership<Family>::FollowHolder(const Interface<Family>& interface, ClientIndex before) {
  rules_.membership_alerts.FollowHolder(interface, before);
  rules_.routes.FollowHolder(interface, before);
}

template <class Family>
auto Ownership<Family>::DropMemberships(Interface<Family>& interface, bool igmp_comes_back) -> Dropped {
  const bool hold = igmp_comes_back && rules_.grace.hitless();
  std::vector<FibKey<Family>> keys = interface.memberships.Items();
  std::sort(keys.begin(), keys.end(), ComesBefore);
  Dropped dropped;
  for (const FibKey<Family> key : keys) {
    const auto* entry = memberships_.Find(key);
    const Reference* found = entry == nullptr ? nullptr : entry->Find(interface.slot);
    const Reference reference = found == nullptr ? Reference() : *found;  // where memory ended in an earlier try
    if (reference.by_owner) rules_.memberships.DropReference(interface.owner, key, interface);
    // IGMP's go with the owner's: it adds them again after ENABLE_IGMP (A9).
    const bool igmps = reference.by_igmp && !reference.igmp_held;
    if (igmps) {
      if (igmp_comes_back) rules_.grace.Expect(key, interface);
      rules_.memberships.DropReference(interface.igmp, key, interface, hold);
    }
    if (hold && !reference.by_igmp) interface.memberships.Erase(key);
    dropped.references += size_t{reference.by_owner} + size_t{igmps && !hold};
    dropped.held += size_t{igmps && hold};
    rules_.proactive.Refresh(key);
  }
  if (!hold) interface.memberships = {};
  return dropped;
}

template <class Family>
size_t Ownership<Family>::FillDeletions(Interface<Family>& interface) {
  rules_.writer.Reserve(rules_.writer.deleted() + interface.iif_mfes.size() + interface.oif_mfes.size());
  rules_.news.Reserve(interface.iif_mfes.size(), interface.oif_mfes.size());
  size_t count = rules_.writer.FillDeleted();
  // Under a wildcard MFE a joined stream must have an MFE of its own: no packet would ask for it.
  const bool wildcards = cache_.wildcards() != 0;
  rules_.mfes.KillAllOf(interface, [&](uint32_t mfe) {
    const auto& killed = cache_[mfe];
    rules_.writer.FillDelete(killed.key);
    if (killed.Is(Mfe::kProactive) || (wildcards && memberships_.Stands(killed.key))) {
      rules_.queue.AddMissing(killed.key, RefusedBy::kNoIif);
    }
    ++count;
  });
  return count;
}

template <class Family>
size_t Ownership<Family>::FillUpdates(Interface<Family>& interface) {
  constexpr size_t kAhead = 8;
  const ClientIndex holder = interface.holder();
  const ChunkedList<uint32_t>& list = interface.oif_mfes;
  size_t count = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i + kAhead < list.size()) __builtin_prefetch(&cache_[list[i + kAhead]], 1);
    auto& mfe = cache_[list[i]];
    const OilElement* element = mfe.oil.Find(interface.slot);
    const bool active = element->active();
    const uint16_t before = mfe.active;
    mfe.oil.Remove(element);
    if (!active) continue;
    --mfe.active;
    if (!mfe.Is(Mfe::kAlive)) continue;
    rules_.mfes.OilChanged(list[i]);
    if (mfe.active != 0 || !rules_.grace.ExpectOif(list[i], interface))
      rules_.mfe_alerts.AlertEdge(list[i], before, holder);
    rules_.writer.FillUpdate(mfe);
    rules_.news.Written(list[i]);
    ++count;
  }
  interface.oif_mfes.clear();
  interface.edits_of_igmp = 0;
  return count;
}

template <class Family>
size_t Ownership<Family>::FillHitlessUpdates(const Interface<Family>& interface) {
  const size_t filled = rules_.writer.batch_size();
  rules_.writer.MarkRefused();
  rules_.oils.EndOwners(interface);
  rules_.writer.FillBatch();
  return rules_.writer.batch_size() - filled;
}

template <class Family>
void Ownership<Family>::ReviveOrphans(Interface<Family>& interface) {
  // Streams that found nobody on the interface: the next packet decides them from the start, and
  // what must not wait for a packet is decided by Poll(), when the new owner is ready for
  // callbacks.
  const ChunkedList<uint32_t> orphans = interface.iif_mfes;
  for (size_t i = 0; i < orphans.size(); ++i) {
    const uint32_t mfe = orphans[i];
    if (!cache_[mfe].Is(Mfe::kAlive)) continue;
    if (cache_[mfe].Is(Mfe::kProactive)) {
      rules_.queue.Add(cache_[mfe].key);
    } else {
      rules_.mfes.Drop(mfe);
    }
  }
  rules_.queue.RetryMissing();
}

template class Ownership<Ipv4>;
template class Ownership<Ipv6>;

}  // namespace mgmd::mgm
