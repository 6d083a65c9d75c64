#include "control/protocols/membership/proxies.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

namespace mgmd::protocols {

using membership::Filter;
using membership::FilterMode;
using membership::WanterId;

template <class Family>
void Proxies<Family>::Add(const config::MembershipProxy<Family>& configured) {
  const auto id_of = [](const InterfaceId& id) { return Interface{.index = id.index, .next_hop = {}}; };
  const Interface upstream = id_of(configured.upstream);
  std::vector<Interface> downstream;
  for (const InterfaceId& id : configured.downstream) downstream.push_back(id_of(id));
  auto& host = around_.on(upstream).host();
  Instance& instance = *instances_.emplace_back(new Instance{
      upstream, downstream, configured.upstream_sends, {host, InterfaceMembership<Family>::kProxy, configured.acl}});
  parts_[upstream] = {&instance, std::nullopt};
  for (size_t place = 0; place < downstream.size(); ++place) {
    parts_[downstream[place]] = {&instance, static_cast<WanterId>(place)};
  }
}

template <class Family>
const typename Proxies<Family>::Part* Proxies<Family>::Find(const Interface& interface) const {
  const auto found = parts_.find(interface);
  return found == parts_.end() ? nullptr : &found->second;
}

template <class Family>
void Proxies<Family>::Changed(const Interface& interface, const Address& group) {
  const Part* const part = Find(interface);
  if (part != nullptr && part->downstream) part->instance->changed.emplace(*part->downstream, group);
}

template <class Family>
bool Proxies<Family>::Flush(Time now) {
  bool worked = false;
  for (const auto& instance : instances_) {
    membership::Proxy<Family>& proxy = instance->proxy;
    if (proxy.NextDeadline() <= now) MaySuspend(*instance, [&] { proxy.Tick(now); });
    if (instance->changed.empty()) continue;
    for (const auto& [place, group] : std::exchange(instance->changed, {})) {
      if (Find(instance->downstream[place]) == nullptr) continue;  // released meanwhile
      const auto* const router = around_.on(instance->downstream[place]).router();
      proxy.SetWant(place, group, membership::WantedOfLink(*router, group, now), now);
    }
    around_.changed(instance->upstream);
    worked = true;
  }
  return worked;
}

template <class Family>
void Proxies<Family>::OthersWant(const FibKey<Family>& key, bool wanted, Time now) {
  if (key.is_wildcard() && key.group_length() != Family::kAddressBits) {
    // No message asks for groups that it does not name.
    if (wanted && !std::exchange(told_of_ranges_, true)) {
      spdlog::warn("{}: a protocol wants {}, which a proxy cannot ask its upstream for",
                   membership::Protocol<Family>::kName, key.ToString());
    }
    return;
  }
  Others& others = others_[key.group()];
  if (key.is_wildcard()) {
    others.any = wanted;
  } else if (wanted) {
    others.sources.insert(key.source());
  } else {
    others.sources.erase(key.source());
  }
  TellOthers(key.group(), others, now);
  if (!others.any && others.sources.empty()) others_.erase(key.group());
}

// Single sources are asked for where the way to them leads.
template <class Family>
void Proxies<Family>::TellOthers(const Address& group, const Others& others, Time now) {
  for (const auto& instance : instances_) {
    Filter<Family> filter;
    if (others.any) {
      filter.mode = FilterMode::kExclude;
    } else {
      for (const Address& source : others.sources) {
        const auto route = around_.routes.Lookup(source);
        if (route && route->interface == instance->upstream) filter.sources.push_back(source);
      }
    }
    instance->proxy.SetWant(kOthers, group, std::move(filter), now);
    around_.changed(instance->upstream);
  }
}

template <class Family>
void Proxies<Family>::RoutesChanged(const typename Family::Prefix& sources, Time now) {
  for (const auto& [group, others] : others_) {
    if (std::any_of(others.sources.begin(), others.sources.end(),
                    [&](const Address& source) { return sources.Contains(source); })) {
      TellOthers(group, others, now);
    }
  }
}

template <class Family>
template <class Function>
void Proxies<Family>::MaySuspend(Instance& instance, Function&& function) {
  const bool was_suspended = instance.proxy.is_suspended();
  function();
  const bool is_suspended = instance.proxy.is_suspended();
  if (was_suspended == is_suspended) return;
  const std::string& upstream = around_.on(instance.upstream).name();
  const bool is_owned = instance.proxy.is_owned();
  const char* const why = !is_suspended ? ""
                          : is_owned    ? "a protocol has the interface"
                                        : "a downstream interface is on the same link";
  if (!is_suspended) {
    spdlog::info("{}: the proxy goes on", Heading<Family>(upstream));
  } else {
    spdlog::log(is_owned ? spdlog::level::warn : spdlog::level::err, "{}: the proxy is suspended: {}",
                Heading<Family>(upstream), why);
  }
  around_.changed(instance.upstream);
  if (around_.told) around_.told({std::string(membership::Protocol<Family>::kName), upstream, is_suspended, why});
}

template <class Family>
void Proxies<Family>::SetOwned(const Interface& interface, bool owned, Time now) {
  const Part* const part = Find(interface);
  if (part == nullptr || part->downstream) return;
  MaySuspend(*part->instance, [&] { part->instance->proxy.SetOwned(owned, now); });
}

template <class Family>
void Proxies<Family>::HearQuery(const Interface& interface, const membership::Datagram<Family>& datagram, Time now) {
  const Part* const part = Find(interface);
  if (part == nullptr || part->downstream) return;
  Instance& instance = *part->instance;
  for (const Interface& downstream : instance.downstream) {
    if (Find(downstream) == nullptr) continue;  // released
    // Link-local addresses are several stations', and so the station has to be this one, too.
    const auto link = std::find_if(around_.links.begin(), around_.links.end(),
                                   [&](const views::Link& each) { return each.index == downstream.index; });
    if (link == around_.links.end() || link->mac != datagram.sender) continue;
    const auto& own = link->addresses.template of<Family>();
    if (std::none_of(own.begin(), own.end(), [&](const auto& each) { return each.address == datagram.source; })) {
      continue;
    }
    const auto next = around_.on(downstream).router()->querier().timing().OtherQuerierPresent();
    MaySuspend(instance, [&] { instance.proxy.HearOwnQuery(next, now); });
  }
}

template <class Family>
void Proxies<Family>::Released(const Interface& interface, Time now) {
  const Part* const found = Find(interface);
  if (found == nullptr) return;
  const Part part = *found;
  Instance& instance = *part.instance;
  parts_.erase(interface);
  if (part.downstream) {
    instance.proxy.Withdraw(*part.downstream, now);
    around_.changed(instance.upstream);
    return;
  }
  for (const Interface& downstream : instance.downstream) parts_.erase(downstream);
  std::erase_if(instances_, [&](const auto& each) { return each.get() == &instance; });
}

template <class Family>
bool Proxies<Family>::WantsAll(const Interface& interface) const {
  const Part* const part = Find(interface);
  return part != nullptr && !part->downstream && part->instance->upstream_sends &&
         !part->instance->proxy.is_suspended();
}

template <class Family>
bool Proxies<Family>::MayForward(const Interface& in, const Interface& out) const {
  const Part* const to = Find(out);
  if (to == nullptr) return true;
  const Part* const from = Find(in);
  if (!to->downstream) return from != nullptr && from->instance == to->instance && from->downstream;
  return from == nullptr || from->instance == to->instance;
}

template class Proxies<Ipv4>;
template class Proxies<Ipv6>;

}  // namespace mgmd::protocols
