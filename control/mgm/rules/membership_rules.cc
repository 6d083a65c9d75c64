#include "control/mgm/rules/membership_rules.h"

#include <new>

namespace mgmd::mgm {
namespace {

// Whether a client may have a membership of the key.
bool HasEntryGroup(const Ipv4FibKey& key) { return key.group().is_multicast(); }
// Groups of a scope that no router forwards are none; a short prefix says no scope.
bool HasEntryGroup(const Ipv6FibKey& key) {
  constexpr int kBitsWithScope = 16;
  return key.group().is_multicast() && (key.group_length() < kBitsWithScope || !key.group().is_link_local_multicast());
}

}  // namespace

template <class Family>
absl::Status MembershipRules<Family>::Check(ClientHandle handle, const MembershipChangeOf<Family>& change,
                                            ClientIndex& client, Interface<Family>*& interface) {
  // In the order of A23.
  const MembershipFlags& flags = change.flags;
  client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  if (!flags.join && !flags.forward) return absl::InvalidArgumentError("neither join nor forward");
  if (flags.proactive && !flags.join) return absl::InvalidArgumentError("proactive without join");
  if (!HasEntryGroup(change.key)) return absl::InvalidArgumentError("not a group that may be joined");
  interface = interfaces_.Find(change.interface);
  if (interface == nullptr || !interface->known()) {
    return change.add ? absl::InvalidArgumentError("nobody's interface") : absl::NotFoundError("nobody's interface");
  }
  if (!interface->Has(client)) return absl::InvalidArgumentError("not the client's interface");
  if (change.add && IsStopped(change.key, change.interface)) {
    return absl::InvalidArgumentError("no such group crosses the interface's boundary");
  }
  if (!flags.join) return absl::OkStatus();
  if (!change.add && !HasJoined(client, change.key, *interface)) {
    return absl::NotFoundError("the client has not joined the entry there");
  }
  if (change.add && flags.proactive && !NamesIif(client, change.key)) {
    return absl::InvalidArgumentError("the RPF callback names no interface of the client");
  }
  return absl::OkStatus();
}

template <class Family>
bool MembershipRules<Family>::IsStopped(const FibKey<Family>& key, InterfaceIdOf<Family> interface) const {
  return rules_.boundaries != nullptr &&
         rules_.boundaries->Stop(interface, typename Family::Prefix(key.group(), key.group_length()));
}

template <class Family>
bool MembershipRules<Family>::HasJoined(ClientIndex client, FibKey<Family> key,
                                        const Interface<Family>& interface) const {
  const auto* entry = memberships_.Find(key);
  const Reference* reference = entry == nullptr ? nullptr : entry->Find(interface.slot);
  return reference != nullptr &&
         (interface.owner == client ? reference->by_owner : reference->by_igmp && !reference->igmp_held);
}

// Without an iif there would be no MFE: asked first, so that the call can fail with nothing done. Who puts the answer
// off is asked again when the MFE is decided.
template <class Family>
bool MembershipRules<Family>::NamesIif(ClientIndex client, FibKey<Family> key) {
  if (!key.is_wildcard() || ssm_.HasAll(key)) return true;
  const uint32_t present = cache_.Find(key);
  if (present != kNoMfe && cache_[present].Is(Mfe::kProactive)) return true;
  Decision<Family> probe{.key = key};
  return rules_.questions.AskNamer(probe, client) != Answer::kNo;
}

template <class Family>
absl::Status MembershipRules<Family>::Change(ClientHandle handle, const MembershipChangeOf<Family>& change) {
  ClientIndex client = kNoClient;
  Interface<Family>* interface = nullptr;
  absl::Status checked = Check(handle, change, client, interface);
  if (!checked.ok()) return checked;
  if (change.flags.join && change.add) Join(client, change.key, *interface, change.flags.proactive);
  if (change.flags.join && !change.add) Leave(client, change.key, *interface);
  if (change.flags.forward) Forward(client, change.key, *interface, change.add);
  return absl::OkStatus();
}

template <class Family>
absl::Status MembershipRules<Family>::ChangeOneOfMany(ClientHandle handle,
                                                      const MembershipChangeOf<Family>& change) try {
  return Change(handle, change);
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("no memory");
}

template <class Family>
void MembershipRules<Family>::Join(ClientIndex client, FibKey<Family> key, Interface<Family>& interface,
                                   bool proactive) {
  const bool as_igmp = interface.owner != client;
  auto& entry = memberships_.FindOrAdd(key);
  if (!key.is_wildcard() && !entry.joined() && entry.told.empty()) {
    memberships_.SetTowards(entry, rules_.membership_alerts.Towards(key.source()));
  }
  if (as_igmp) grace_entries_.Remove(key, interface.slot);
  Reference& reference = memberships_.FindOrAdd(entry, interface.slot);
  bool& joined = as_igmp ? reference.by_igmp : reference.by_owner;
  bool& joined_proactive = as_igmp ? reference.igmp_proactive : reference.owner_proactive;
  const bool added = !joined || (as_igmp && reference.igmp_held);
  joined = true;
  joined_proactive = proactive || (joined_proactive && !added);
  if (as_igmp) reference.igmp_held = false;

  if (added) {
    interface.memberships.Add(key);
    rules_.observer.MembershipAdded(clients_.NameOf(client), key, interface.id);
    if (as_igmp && interface.owner != kNoClient) {
      rules_.alerts.Push(AlertKind::kLocalJoin, interface.owner, key, interface.id, true);
    }
    rules_.membership_alerts.AlertMembers(key, interface.id);
    rules_.oils.Join(key, interface, as_igmp);
    rules_.open.ForgetVetoes(key, interface.id, MarkOf(as_igmp));
    if (as_igmp) AskAboutOpen(key, interface);
  }
  if (!added && !proactive) return;
  const uint32_t mfe = cache_.Find(key);
  if (mfe != kNoMfe) {
    const bool was_proactive = cache_[mfe].Is(Mfe::kProactive);
    rules_.proactive.Refresh(key);
    // It had its iif from a wider MFE; now there is somebody to name one.
    if (proactive && !was_proactive && key.is_wildcard()) rules_.decider.Decide(key, Why::kAgain, {});
  } else if (proactive || cache_.CoveringWildcard(key) != kNoMfe) {
    rules_.decider.Decide(key, Why::kMembership, {});
  }
}

template <class Family>
void MembershipRules<Family>::AskAboutOpen(FibKey<Family> key, const Interface<Family>& interface) {
  rules_.open.ForEachAwaitingVetoes(key, [&](Decision<Family>& decision) {
    if (decision.way.iif == interface.slot) return;
    if (!rules_.questions.IgmpVetoes(decision.key, decision.way.iif, interface)) return;
    decision.vetoes.push_back({interface.id, MarkOf(true)});
  });
}

template <class Family>
void MembershipRules<Family>::DropReference(ClientIndex client, FibKey<Family> key, Interface<Family>& interface,
                                            bool hold) {
  const bool as_igmp = interface.owner != client;
  auto& entry = *memberships_.Find(key);
  Reference& reference = *entry.Find(interface.slot);
  if (hold) {
    reference.igmp_held = true;
  } else {
    (as_igmp ? reference.by_igmp : reference.by_owner) = false;
    (as_igmp ? reference.igmp_proactive : reference.owner_proactive) = false;
    memberships_.DropIfEmpty(entry, interface.slot);
  }
  if (!entry.joined()) rules_.enumerations.Left(entry);
  rules_.observer.MembershipDeleted(clients_.NameOf(client), key, interface.id);
  rules_.membership_alerts.AlertMembers(key, interface.id);
  memberships_.DropIfUnused(key);
}

template <class Family>
void MembershipRules<Family>::Leave(ClientIndex client, FibKey<Family> key, Interface<Family>& interface) {
  const bool as_igmp = interface.owner != client;
  if (as_igmp && interface.owner != kNoClient) {
    rules_.alerts.Push(AlertKind::kLocalLeave, interface.owner, key, interface.id, true);
  }
  DropReference(client, key, interface);
  LeaveMfes(key, interface, as_igmp);
}

template <class Family>
void MembershipRules<Family>::LeaveMfes(FibKey<Family> key, Interface<Family>& interface, bool as_igmp) {
  const auto* left = memberships_.Find(key);
  if (left == nullptr || left->Find(interface.slot) == nullptr) interface.memberships.Erase(key);
  rules_.oils.Leave(key, interface, as_igmp);
  rules_.proactive.Refresh(key);
}

template <class Family>
void MembershipRules<Family>::EndGrace(FibKey<Family> key, Interface<Family>& interface) {
  auto* entry = memberships_.Find(key);
  if (entry == nullptr) return;
  Reference* reference = entry->Find(interface.slot);
  const bool held = reference != nullptr && reference->igmp_held;
  if (held) {
    reference->by_igmp = reference->igmp_proactive = reference->igmp_held = false;
    memberships_.DropIfEmpty(*entry, interface.slot);
  }
  rules_.membership_alerts.AlertMembers(key, interface.id);
  memberships_.DropIfUnused(key);
  if (held) LeaveMfes(key, interface, true);
}

template <class Family>
void MembershipRules<Family>::Forward(ClientIndex client, FibKey<Family> key, Interface<Family>& interface, bool add) {
  const bool as_igmp = interface.owner != client;
  if (cache_.Find(key) == kNoMfe) {
    // Under a wildcard MFE the edit needs an MFE of its own, if it changes anything.
    const uint32_t covering = cache_.CoveringWildcard(key);
    if (covering != kNoMfe && cache_[covering].iif_slot() != interface.slot) {
      const OilElement* element = cache_[covering].oil.Find(interface.slot);
      const uint16_t flags = element == nullptr ? 0 : element->flags;
      if (AfterForward(flags, as_igmp, add) != flags) rules_.decider.Decide(key, Why::kEdit, {});
    }
  }
  rules_.oils.Edit(key, interface, as_igmp, add);
  if (add) rules_.open.ForgetVetoes(key, interface.id, MarkOf(as_igmp));
}

template class MembershipRules<Ipv4>;
template class MembershipRules<Ipv6>;

}  // namespace mgmd::mgm
