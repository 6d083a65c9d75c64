#include "control/mgm/rules/questions.h"

#include <algorithm>

#include "control/mgm/state/slot_order.h"

namespace mgmd::mgm {

template <class Family>
bool Questions<Family>::PutsOff(Decision<Family>& decision, ClientIndex client, QuestionId id, Reply reply,
                                bool creation) {
  if (reply == Reply::kNow || !open_.MayWait(decision, clock_.Now())) return false;
  decision.waiting.push_back({.id = id, .client = clients_[client].handle, .creation = creation, .oifs = {}});
  return true;
}

template <class Family>
Answer Questions<Family>::AskNamer(Decision<Family>& decision, ClientIndex namer) {
  const QuestionId id{++last_id_};
  RpfChoiceOf<Family> choice;
  Reply reply = Reply::kNow;
  calls_.Call(namer, "RPF", Context::kReadOnly,
              [&](ClientCallbacksOf<Family>& client) { reply = client.Rpf(id, decision.key, choice, {}); });
  if (PutsOff(decision, namer, id, reply, false)) return Answer::kLater;
  return reply == Reply::kNow ? TakeName(decision, namer, choice) : Answer::kNo;
}

template <class Family>
Answer Questions<Family>::TakeName(Decision<Family>& decision, ClientIndex namer,
                                   const RpfChoiceOf<Family>& choice) const {
  const auto* interface = interfaces_.Find(choice.iif);
  if (interface == nullptr || !interface->Has(namer)) return Answer::kNo;
  decision.way = Way<Family>{
      .iif = interface->slot, .orphan = false, .upstream_neighbour = choice.upstream_neighbour, .route = {}};
  return Answer::kYes;
}

template <class Family>
bool Questions<Family>::AskOwner(Decision<Family>& decision, ClientIndex owner) {
  const QuestionId id{++last_id_};
  const Way<Family>& way = decision.way;
  RpfChoiceOf<Family> choice{.iif = interfaces_[way.iif].id, .upstream_neighbour = way.upstream_neighbour, .route = {}};
  if (way.route.has_value()) choice.route = way.route->route;
  Reply reply = Reply::kNow;
  calls_.Call(owner, "RPF", Context::kReadOnly, [&](ClientCallbacksOf<Family>& client) {
    reply = client.Rpf(id, decision.key, choice, decision.header);
  });
  if (PutsOff(decision, owner, id, reply, false)) return false;
  if (reply == Reply::kNow) TakeChoice(decision, owner, choice);
  return true;
}

template <class Family>
void Questions<Family>::TakeChoice(Decision<Family>& decision, ClientIndex owner,
                                   const RpfChoiceOf<Family>& choice) const {
  Way<Family>& way = decision.way;
  const auto* chosen = interfaces_.Find(choice.iif);
  if (chosen != nullptr && chosen->owner == owner) way.iif = chosen->slot;  // RFC 2715 rule 1
  way.upstream_neighbour = choice.upstream_neighbour;
  if (way.route.has_value()) {
    way.route->prefix = choice.route.prefix;
    way.route->protocol = choice.route.protocol;
  }
}

template <class Family>
std::vector<OifPlan> Questions<Family>::PlanOifs(FibKey<Family> key, InterfaceSlot iif) const {
  std::vector<OifPlan> plan;
  const auto add = [&](InterfaceSlot slot, uint16_t flags) {
    if (slot == iif) return;
    const auto place = PlaceIn(plan, slot);
    if (place != plan.end() && place->slot == slot) {
      place->flags |= flags;
    } else {
      plan.insert(place, {slot, flags});
    }
  };
  memberships_.ForEachCovering(key, [&](const Entry<Family>& entry) {
    for (const Reference& reference : entry.references) {
      add(reference.slot, JoinedBits(reference.by_owner, reference.by_igmp));
    }
  });
  const uint32_t covering = cache_.CoveringWildcard(key);
  if (covering != kNoMfe) {
    for (const OilElement& element : cache_[covering].oil.elements()) {
      const uint16_t edits = element.flags & OilElement::kEdits;
      if (edits != 0) add(InterfaceSlot{element.slot}, edits);
    }
  }
  return plan;
}

// Each is asked whatever the other has said: either mark may go before the other.
template <class Family>
void Questions<Family>::ListOifs(ClientIndex client, const std::vector<OifPlan>& plan,
                                 std::vector<CreationOifOf<Family>>& oifs) const {
  oifs.clear();
  for (const OifPlan& oif : plan) {
    const auto& interface = interfaces_[oif.slot];
    if (!interface.Has(client)) continue;
    const bool as_igmp = interface.owner != client;
    if (AfterVeto(oif.flags, as_igmp) == oif.flags) continue;
    oifs.push_back({interface.id, interface.igmp != kNoClient, true});
  }
  std::sort(oifs.begin(), oifs.end(),
            [](const CreationOifOf<Family>& a, const CreationOifOf<Family>& b) { return a.interface < b.interface; });
}

template <class Family>
bool Questions<Family>::AskVetoes(Decision<Family>& decision, std::vector<OifPlan>& plan) {
  const InterfaceIdOf<Family> iif = interfaces_[decision.way.iif].id;
  std::vector<CreationOifOf<Family>> oifs;
  for (const ClientIndex client : clients_.in_order()) {
    ListOifs(client, plan, oifs);
    if (oifs.empty() && !creation_to_all_) continue;
    const QuestionId id{++last_id_};
    Reply reply = Reply::kNow;
    calls_.Call(client, "CREATION", Context::kReadOnly,
                [&](ClientCallbacksOf<Family>& callbacks) { reply = callbacks.Creation(id, decision.key, iif, oifs); });
    if (PutsOff(decision, client, id, reply, true)) {
      for (const CreationOifOf<Family>& oif : oifs) decision.waiting.back().oifs.push_back(oif.interface);
    }
    if (reply == Reply::kLater) continue;
    for (const CreationOifOf<Family>& oif : oifs) {
      if (oif.enabled) continue;
      // The client may have written anything.
      const auto* vetoed = interfaces_.Find(oif.interface);
      OifPlan* planned = vetoed != nullptr && vetoed->Has(client) ? FindIn(plan, vetoed->slot) : nullptr;
      if (planned == nullptr) continue;
      const bool as_igmp = vetoed->owner != client;
      planned->flags = AfterVeto(planned->flags, as_igmp);
      decision.vetoes.push_back({oif.interface, MarkOf(as_igmp)});
    }
  }
  return decision.waiting.empty();
}

template <class Family>
bool Questions<Family>::IgmpVetoes(FibKey<Family> key, InterfaceSlot iif, const Interface<Family>& oif) {
  const QuestionId id{++last_id_};
  CreationOifOf<Family> asked{oif.id, true, true};
  Reply reply = Reply::kNow;
  calls_.Call(oif.igmp, "CREATION", Context::kReadOnly, [&](ClientCallbacksOf<Family>& callbacks) {
    reply = callbacks.Creation(id, key, interfaces_[iif].id, std::span(&asked, 1));
  });
  return reply == Reply::kNow && !asked.enabled;
}

template <class Family>
void Questions<Family>::TakeVetoes(Decision<Family>& decision, const OpenQuestion<Family>& question,
                                   std::span<const CreationOifOf<Family>> oifs) const {
  const ClientIndex client = clients_.Find(question.client);
  for (const CreationOifOf<Family>& oif : oifs) {
    const bool asked = std::find(question.oifs.begin(), question.oifs.end(), oif.interface) != question.oifs.end();
    const auto* interface = interfaces_.Find(oif.interface);
    if (oif.enabled || !asked || interface == nullptr || !interface->Has(client)) continue;
    decision.vetoes.push_back({oif.interface, MarkOf(interface->owner != client)});
  }
}

template <class Family>
void Questions<Family>::ApplyVetoes(const Decision<Family>& decision, std::vector<OifPlan>& plan) const {
  for (const Veto<Family>& veto : decision.vetoes) {
    const auto* interface = interfaces_.Find(veto.oif);
    OifPlan* vetoed = interface == nullptr ? nullptr : FindIn(plan, interface->slot);
    if (vetoed != nullptr) vetoed->flags = AfterVeto(vetoed->flags, veto.mark == OilElement::kIgmpSuppressed);
  }
}

template class Questions<Ipv4>;
template class Questions<Ipv6>;

}  // namespace mgmd::mgm
