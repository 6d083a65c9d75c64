#include "control/mgm/rules/grace.h"

namespace mgmd::mgm {

template <class Family>
bool Grace<Family>::ExpectOif(uint32_t mfe, const Interface<Family>& interface) {
  auto& emptied = cache_[mfe];
  if (!grace_entries_.Cover(emptied.key, interface.slot) || emptied.Is(Mfe::kOrphan)) return false;
  // Where the iif's holder has the interface, too, there is nothing to tell.
  if (interfaces_[emptied.iif_slot()].holder() == interface.holder()) return false;
  emptied.Set(Mfe::kPruneInGrace, true);
  grace_entries_.AddEdge(cache_.RefTo(mfe), interface.slot, clock_.Now() + takeover_.grace);
  return true;
}

template <class Family>
void Grace<Family>::EndEdge(MfeRef edge) {
  if (!cache_.Lives(edge) || !cache_[edge.index].Is(Mfe::kPruneInGrace)) return;
  cache_[edge.index].Set(Mfe::kPruneInGrace, false);
  mfe_alerts_.AlertPruneAfterGrace(edge.index);
}

template <class Family>
void Grace<Family>::End(Interface<Family>& interface) {
  for (const FibKey<Family> key : grace_entries_.On(interface.slot)) {
    grace_entries_.Remove(key, interface.slot);
    memberships_.EndGrace(key, interface);
  }
  for (const MfeRef edge : grace_entries_.TakeEdgesOn(interface.slot)) EndEdge(edge);
}

template <class Family>
bool Grace<Family>::EndDue() {
  constexpr size_t kPerTurn = 16384;
  const Time now = clock_.Now();
  bool any = false;
  for (size_t left = kPerTurn; left > 0; --left) {
    const auto due = grace_entries_.NextDue(now);
    if (!due.has_value()) break;
    memberships_.EndGrace(due->key, interfaces_[due->slot]);
    any = true;
  }
  for (size_t left = kPerTurn; left > 0; --left) {
    const auto edge = grace_entries_.NextDueEdge(now);
    if (!edge.has_value()) break;
    any = true;
    EndEdge(*edge);
  }
  return any;
}

template class Grace<Ipv4>;
template class Grace<Ipv6>;

}  // namespace mgmd::mgm
