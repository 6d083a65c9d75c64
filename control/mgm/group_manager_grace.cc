#include "control/mgm/group_manager.h"

// The grace time of A9, an option. A change of owner drops IGMP's memberships on the interface, and
// IGMP adds them again after ENABLE_IGMP: PRUNE, then JOIN, for something that nobody gave up. With
// a grace time these alerts are held back: forwarding stops as ever, but until the time is over a
// client that has been told of others goes on believing in them. An entry that comes back in time
// causes neither alert; one that does not, its PRUNE then.
//
// A held entry counts for others as IGMP's reference did: for all but the holder of its interface
// and IGMP itself. Alerts that the new count of the interface asks for (A1) are not held back.

namespace mgmd::mgm {

bool GroupManager::Believes(ClientIndex client, const Entry& entry) const {
  if (memberships_.Others(client, entry)) return true;
  return entry.told.Contains(client) && held_.AnyPlace(entry.key, [&](InterfaceSlot slot) {
    const Interface& interface = interfaces_[slot];
    return interface.holder() != client && interface.igmp != client;
  });
}

// The MFE has lost its last oif, on the interface: whether PRUNE waits, since IGMP is expected to
// bring the oif back. Where the iif's holder has the interface, too, there is nothing to tell.
bool GroupManager::HoldEdge(uint32_t mfe, const Interface& interface) {
  Mfe& emptied = cache_[mfe];
  if (!held_.Cover(emptied.key, interface.slot) || emptied.Is(Mfe::kOrphan)) return false;
  if (interfaces_[emptied.iif_slot()].holder() == interface.holder()) return false;
  emptied.Set(Mfe::kHeldPrune, true);
  held_.AddEdge(cache_.RefTo(mfe), interface.slot, clock_.Now() + options_.igmp_grace);
  return true;
}

// The oif has not come back.
void GroupManager::EndEdge(MfeRef edge) {
  if (!cache_.Lives(edge) || !cache_[edge.index].Is(Mfe::kHeldPrune)) return;
  Mfe& mfe = cache_[edge.index];
  mfe.Set(Mfe::kHeldPrune, false);
  const Interface& iif = interfaces_[mfe.iif_slot()];
  if (mfe.Is(Mfe::kOrphan) || HasOifsOfOthers(mfe, iif.holder())) return;
  Push(Alert::Kind::kPrune, iif.holder(), mfe.key, iif.id, false);
}

void GroupManager::AlertEndOfHold(Ipv4FibKey key, InterfaceId cause) {
  if (memberships_.Find(key) == nullptr) return;
  AlertMembers(key, cause);
  memberships_.DropIfUnused(key);
}

// IGMP has left the interface: nothing comes back.
void GroupManager::EndHolds(const Interface& interface) {
  for (const Ipv4FibKey key : held_.On(interface.slot)) {
    held_.Remove(key, interface.slot);
    AlertEndOfHold(key, interface.id);
  }
  for (const MfeRef edge : held_.TakeEdgesOn(interface.slot)) EndEdge(edge);
}

bool GroupManager::EndDueHolds() {
  constexpr size_t kPerTurn = 16384;
  const Time now = clock_.Now();
  bool any = false;
  for (size_t left = kPerTurn; left > 0; --left) {
    const std::optional<HeldEntries::Due> due = held_.NextDue(now);
    if (!due.has_value()) break;
    AlertEndOfHold(due->key, interfaces_[due->slot].id);
    any = true;
  }
  for (size_t left = kPerTurn; left > 0; --left) {
    const std::optional<MfeRef> edge = held_.NextDueEdge(now);
    if (!edge.has_value()) break;
    any = true;
    EndEdge(*edge);
  }
  return any;
}

}  // namespace mgmd::mgm
