#include <algorithm>

#include "control/mgm/group_manager_alerts.h"

// Add and Delete (2.6, 2.7): what they do to the component-group table, to the OILs of live MFEs,
// and who hears of it.

namespace mgmd::mgm {
namespace {

// Whether state for the key can make the interface an oif of the MFE. An orphan stays without oifs
// until it is decided again: nothing can arrive for it (A15).
bool MayHaveOif(const Mfe& mfe, Ipv4FibKey key, const Interface& interface) {
  return Covers(key, mfe.key) && mfe.iif_slot() != interface.slot && !mfe.Is(Mfe::kOrphan);
}

}  // namespace

absl::Status GroupManager::CheckMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags,
                                           bool adding, ClientIndex& client, Interface*& interface) {
  // In the order of A23.
  if (absl::Status allowed = MayChange(); !allowed.ok()) return allowed;
  client = clients_.Find(handle);
  if (client == kNoClient) return absl::InvalidArgumentError("no such client");
  if (!flags.join && !flags.forward) return absl::InvalidArgumentError("neither join nor forward");
  if (flags.proactive && !flags.join) return absl::InvalidArgumentError("proactive without join");
  if (!key.group().is_multicast()) return absl::InvalidArgumentError("the group is not multicast");
  interface = interfaces_.Find(id);
  if (interface == nullptr || !interface->known()) {
    return adding ? absl::InvalidArgumentError("nobody's interface") : absl::NotFoundError("nobody's interface");
  }
  if (!interface->Has(client)) return absl::InvalidArgumentError("not the client's interface");
  return absl::OkStatus();
}

absl::Status GroupManager::AddMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags) {
  absl::Status added = Add(handle, key, id, flags);
  if (!added.ok()) return added;
  Flush();
  Deliver();
  return absl::OkStatus();
}

absl::Status GroupManager::DeleteMembership(ClientHandle handle, Ipv4FibKey key, InterfaceId id,
                                            MembershipFlags flags) {
  absl::Status deleted = Delete(handle, key, id, flags);
  if (!deleted.ok()) return deleted;
  Flush();
  Deliver();
  return absl::OkStatus();
}

absl::Status GroupManager::Add(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags) {
  ClientIndex client = kNoClient;
  Interface* interface = nullptr;
  absl::Status checked = CheckMembership(handle, key, id, flags, true, client, interface);
  if (!checked.ok()) return checked;
  if (flags.join && flags.proactive && key.is_wildcard() && !key.group().is_source_specific()) {
    // Without an iif there would be no MFE: asked first, so that the call can fail with nothing
    // done.
    const uint32_t present = cache_.Find(key);
    if (present == kNoMfe || !cache_[present].Is(Mfe::kProactive)) {
      if (!AskNamer(key, client).has_value()) {
        return absl::InvalidArgumentError("the RPF callback names no interface of the client");
      }
    }
  }
  if (flags.join) Join(client, key, *interface, flags.proactive);
  if (flags.forward) Forward(client, key, *interface, true);
  return absl::OkStatus();
}

absl::Status GroupManager::Delete(ClientHandle handle, Ipv4FibKey key, InterfaceId id, MembershipFlags flags) {
  ClientIndex client = kNoClient;
  Interface* interface = nullptr;
  absl::Status checked = CheckMembership(handle, key, id, flags, false, client, interface);
  if (!checked.ok()) return checked;
  if (flags.join) {
    const Entry* entry = memberships_.Find(key);
    const Reference* reference = entry == nullptr ? nullptr : entry->Find(interface->slot);
    const bool held = reference != nullptr && (interface->owner == client ? reference->by_owner : reference->by_igmp);
    if (!held) return absl::NotFoundError("the client has not joined the entry there");
    Leave(client, key, *interface);
  }
  if (flags.forward) Forward(client, key, *interface, false);
  return absl::OkStatus();
}

void GroupManager::Join(ClientIndex client, Ipv4FibKey key, Interface& interface, bool proactive) {
  const bool as_igmp = interface.owner != client;
  Entry& entry = memberships_.FindOrAdd(key);
  if (!key.is_wildcard() && !entry.joined() && entry.told.empty()) {
    memberships_.SetTowards(entry, Towards(key.source()));
  }
  if (as_igmp) held_.Remove(key, interface.slot);
  Reference& reference = memberships_.FindOrAdd(entry, interface.slot);
  bool& held = as_igmp ? reference.by_igmp : reference.by_owner;
  bool& held_proactive = as_igmp ? reference.igmp_proactive : reference.owner_proactive;
  const bool added = !held;
  held = true;
  held_proactive = held_proactive || proactive;

  if (added) {
    interface.memberships.insert(key);
    observer_.MembershipAdded(clients_.NameOf(client), key, interface.id);
    if (as_igmp && interface.owner != kNoClient) {
      Push(Alert::Kind::kLocalJoin, interface.owner, key, interface.id, true);
    }
    AlertMembers(key, interface.id);
    cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
      Mfe& changed = cache_[mfe];
      if (!MayHaveOif(changed, key, interface)) return;
      const uint16_t active = changed.active;
      if (OilElement* element = changed.oil.Find(interface.slot)) {
        if (element->active()) return;
        cache_.SetOifFlags(changed, *element, element->flags & ~OilElement::kAnySuppressed);
      } else {
        cache_.AddOif(mfe, interface.slot, 0);
      }
      MarkDirty(mfe);
      OilChanged(mfe);
      AlertEdge(mfe, active, interface.holder());
    });
  }
  if (!added && !proactive) return;
  const uint32_t mfe = cache_.Find(key);
  if (mfe != kNoMfe) {
    const bool was_proactive = cache_[mfe].Is(Mfe::kProactive);
    RefreshProactive(key);
    // It had its iif from a wider MFE; now there is somebody to name one.
    if (proactive && !was_proactive && key.is_wildcard()) Resolve(key, Why::kAgain, {});
  } else if (proactive) {
    Resolve(key, Why::kProactive, {});
  } else if (CoveringWildcard(key) != kNoMfe) {
    Resolve(key, Why::kNarrower, {});
  }
}

void GroupManager::DropReference(ClientIndex client, Ipv4FibKey key, Interface& interface) {
  const bool as_igmp = interface.owner != client;
  Entry& entry = *memberships_.Find(key);
  Reference& reference = *entry.Find(interface.slot);
  (as_igmp ? reference.by_igmp : reference.by_owner) = false;
  (as_igmp ? reference.igmp_proactive : reference.owner_proactive) = false;
  memberships_.DropIfEmpty(entry, interface.slot);
  if (!entry.joined()) enumerations_.Left(entry);
  observer_.MembershipDeleted(clients_.NameOf(client), key, interface.id);
  AlertMembers(key, interface.id);
  memberships_.DropIfUnused(key);
}

void GroupManager::Leave(ClientIndex client, Ipv4FibKey key, Interface& interface) {
  if (interface.owner != client && interface.owner != kNoClient) {
    Push(Alert::Kind::kLocalLeave, interface.owner, key, interface.id, true);
  }
  DropReference(client, key, interface);
  const Entry* left = memberships_.Find(key);
  if (left == nullptr || left->Find(interface.slot) == nullptr) interface.memberships.erase(key);
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    Mfe& changed = cache_[mfe];
    OilElement* element = changed.oil.Find(interface.slot);
    if (element == nullptr || !Covers(key, changed.key)) return;
    if ((element->flags & OilElement::kAnyForwarded) != 0) return;
    if (memberships_.IsMember(changed.key, interface.slot)) return;
    const uint16_t active = changed.active;
    cache_.RemoveOif(mfe, element);
    if (changed.active == active) return;  // it was suppressed
    MarkDirty(mfe);
    OilChanged(mfe);
    AlertEdge(mfe, active, interface.holder());
  });
  RefreshProactive(key);
}

void GroupManager::Forward(ClientIndex client, Ipv4FibKey key, Interface& interface, bool add) {
  const bool as_igmp = interface.owner != client;
  const uint16_t forwarded = as_igmp ? OilElement::kIgmpForwarded : OilElement::kForwarded;
  const uint16_t suppressed = as_igmp ? OilElement::kIgmpSuppressed : OilElement::kSuppressed;
  if (cache_.Find(key) == kNoMfe) {
    // Under a wildcard MFE the edit needs an MFE of its own, if it changes anything.
    const uint32_t covering = CoveringWildcard(key);
    if (covering != kNoMfe) {
      const OilElement* element = cache_[covering].oil.Find(interface.slot);
      const bool present = element != nullptr && element->active();
      const bool is_iif = cache_[covering].iif_slot() == interface.slot;
      if (present != add && !is_iif) Resolve(key, Why::kNarrower, {});
    }
  }
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t mfe) {
    Mfe& changed = cache_[mfe];
    if (!MayHaveOif(changed, key, interface)) return;
    const uint16_t active = changed.active;
    OilElement* element = changed.oil.Find(interface.slot);
    if (add && element == nullptr) {
      cache_.AddOif(mfe, interface.slot, forwarded);
    } else if (add) {
      const uint16_t kept = element->flags & OilElement::kAnyForwarded;
      cache_.SetOifFlags(changed, *element, kept | forwarded);
    } else if (element != nullptr && memberships_.IsMember(changed.key, interface.slot)) {
      const uint16_t kept = element->flags & OilElement::kAnySuppressed;
      cache_.SetOifFlags(changed, *element, kept | suppressed);
    } else if (element != nullptr) {
      cache_.RemoveOif(mfe, element);
    }
    if (changed.active == active) return;
    MarkDirty(mfe);
    OilChanged(mfe);
    AlertEdge(mfe, active, interface.holder());
  });
}

void GroupManager::EndForwardStateOfIgmp(Interface& interface) {
  if (interface.edits_of_igmp == 0) return;
  const std::vector<uint32_t> mfes = interface.oif_mfes;
  for (const uint32_t mfe : mfes) {
    Mfe& changed = cache_[mfe];
    if (!changed.Is(Mfe::kAlive)) continue;
    OilElement* element = changed.oil.Find(interface.slot);
    if (!element->is_igmps()) continue;
    const uint16_t active = changed.active;
    const uint16_t left = element->flags & ~(OilElement::kIgmpForwarded | OilElement::kIgmpSuppressed);
    if (left != 0 || memberships_.IsMember(changed.key, interface.slot)) {
      cache_.SetOifFlags(changed, *element, left);
    } else {
      cache_.RemoveOif(mfe, element);
    }
    if (changed.active == active) continue;
    MarkDirty(mfe);
    OilChanged(mfe);
    AlertEdge(mfe, active, interface.holder());
  }
}

void GroupManager::RefreshProactive(Ipv4FibKey key) {
  if (key.is_wildcard() && cache_.wildcards() == 0 && missing_.empty()) return;
  const Entry* entry = memberships_.Find(key);
  const bool proactive = entry != nullptr && entry->proactive();
  const uint32_t mfe = cache_.Find(key);
  if (mfe == kNoMfe) {
    if (!proactive) missing_.erase(key);
    return;
  }
  const bool was_proactive = cache_[mfe].Is(Mfe::kProactive);
  cache_[mfe].Set(Mfe::kProactive, proactive);
  if (!key.is_wildcard()) {
    // Made by the membership and without a way, it serves nothing any more.
    if (was_proactive && !proactive && cache_[mfe].Is(Mfe::kOrphan)) DropMfe(mfe);
    return;
  }
  if (proactive) {
    // Who named the iif may have left; the next one names another.
    if (!HasNamerOn(*entry, interfaces_[cache_[mfe].iif_slot()])) DecideAgainLater(key);
    return;
  }
  if (IsJustified(key, mfe)) return;
  // Streams whose own MFE had its iif from this one look for another way; narrower wildcards may
  // lose their reason.
  std::vector<Ipv4FibKey> narrower;
  cache_.ForEachIn(CoveredBy(key), [&](uint32_t covered) {
    const Mfe& other = cache_[covered];
    if (covered != mfe && Covers(key, other.key)) narrower.push_back(other.key);
  });
  DropMfe(mfe);
  for (const Ipv4FibKey other : narrower) {
    const uint32_t covered = cache_.Find(other);
    if (covered == kNoMfe) continue;
    if (other.is_wildcard()) {
      RefreshProactive(other);
    } else if (cache_[covered].Is(Mfe::kInherited)) {
      DecideAgainLater(other);
    }
  }
}

}  // namespace mgmd::mgm
