#include "control/mgm/rules/questions.h"

#include <algorithm>

namespace mgmd::mgm {

std::optional<Way> Questions::AskNamer(Ipv4FibKey key, ClientIndex namer) {
  RpfChoice choice;
  calls_.Call(namer, "RPF", Context::kReadOnly, [&](ClientCallbacks& client) { client.Rpf(key, choice, {}); });
  const Interface* interface = interfaces_.Find(choice.iif);
  if (interface == nullptr || !interface->Has(namer)) return std::nullopt;
  return Way{.iif = interface->slot, .orphan = false, .upstream_neighbor = choice.upstream_neighbor, .route = {}};
}

void Questions::AskOwner(Ipv4FibKey key, ClientIndex owner, std::span<const uint8_t> header, Way& way) {
  RpfChoice choice{.iif = interfaces_[way.iif].id, .upstream_neighbor = way.upstream_neighbor, .route = {}};
  if (way.route.has_value()) choice.route = way.route->route;
  calls_.Call(owner, "RPF", Context::kReadOnly, [&](ClientCallbacks& client) { client.Rpf(key, choice, header); });
  const Interface* chosen = interfaces_.Find(choice.iif);
  if (chosen != nullptr && chosen->owner == owner) way.iif = chosen->slot;  // RFC 2715 rule 1
  way.upstream_neighbor = choice.upstream_neighbor;
  if (way.route.has_value()) {
    way.route->prefix = choice.route.prefix;
    way.route->protocol = choice.route.protocol;
  }
}

std::vector<OifPlan> Questions::PlanOifs(Ipv4FibKey key, InterfaceSlot iif, uint32_t covering) const {
  std::vector<OifPlan> plan;
  const auto add = [&](InterfaceSlot slot, uint16_t flags) {
    if (slot == iif) return;
    const auto place = std::lower_bound(plan.begin(), plan.end(), slot, [](const OifPlan& oif, InterfaceSlot wanted) {
      return Value(oif.slot) < Value(wanted);
    });
    if (place != plan.end() && place->slot == slot) {
      place->flags |= flags;
    } else {
      plan.insert(place, {slot, flags});
    }
  };
  memberships_.ForEachCovering(key, [&](const Entry& entry) {
    for (const Reference& reference : entry.references) add(reference.slot, 0);
  });
  if (covering != kNoMfe) {
    for (const OilElement& element : cache_[covering].oil.elements()) {
      if (element.flags != 0) add(InterfaceSlot{element.slot}, element.flags);
    }
  }
  return plan;
}

void Questions::AskVetoes(Ipv4FibKey key, InterfaceId iif, std::vector<OifPlan>& plan) {
  struct Listed {
    CreationOif oif;
    size_t place;
  };
  std::vector<Listed> listed;
  std::vector<CreationOif> oifs;
  for (const ClientIndex client : clients_.in_order()) {
    listed.clear();
    for (size_t place = 0; place < plan.size(); ++place) {
      if ((plan[place].flags & OilElement::kAnySuppressed) != 0) continue;
      const Interface& interface = interfaces_[plan[place].slot];
      if (!interface.Has(client)) continue;
      // IGMP answers for the oifs that stand by its memberships alone.
      if (interface.owner != client && interface.owner != kNoClient &&
          (plan[place].flags != 0 || memberships_.IsOwnersMember(key, interface.slot))) {
        continue;
      }
      listed.push_back({{interface.id, interface.igmp != kNoClient, true}, place});
    }
    if (listed.empty() && !creation_to_all_) continue;
    std::sort(listed.begin(), listed.end(),
              [](const Listed& a, const Listed& b) { return a.oif.interface < b.oif.interface; });
    oifs.clear();
    for (const Listed& item : listed) oifs.push_back(item.oif);
    calls_.Call(client, "CREATION", Context::kReadOnly,
                [&](ClientCallbacks& callbacks) { callbacks.Creation(key, iif, oifs); });
    for (size_t i = 0; i < listed.size(); ++i) {
      if (oifs[i].enabled) continue;
      OifPlan& vetoed = plan[listed[i].place];
      vetoed.flags = interfaces_[vetoed.slot].owner == client ? OilElement::kSuppressed : OilElement::kIgmpSuppressed;
    }
  }
}

}  // namespace mgmd::mgm
