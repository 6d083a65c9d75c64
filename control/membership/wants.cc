#include "control/membership/wants.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/ip_family.h"

namespace mgmd::membership {
namespace {

template <class Address>
void MakeSet(std::vector<Address>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

}  // namespace

template <class Family>
void Wants<Family>::Set(WanterId wanter, Filter<Family> filter) {
  MakeSet(filter.sources);
  const auto want = std::find_if(wants_.begin(), wants_.end(), [&](const Want& w) { return w.wanter == wanter; });
  if (filter.is_none()) {
    if (want != wants_.end()) wants_.erase(want);
  } else if (want != wants_.end()) {
    want->filter = std::move(filter);
  } else {
    wants_.push_back({wanter, std::move(filter)});
  }
}

template <class Family>
bool Wants<Family>::Has(WanterId wanter) const {
  return std::any_of(wants_.begin(), wants_.end(), [&](const Want& want) { return want.wanter == wanter; });
}

template <class Family>
Filter<Family> Wants<Family>::Merged() const {
  using Addresses = std::vector<typename Family::Address>;
  Addresses included;
  std::optional<Addresses> excluded;
  for (const auto& [wanter, filter] : wants_) {
    const Addresses& sources = filter.sources;
    if (filter.mode == FilterMode::kInclude) {
      included.insert(included.end(), sources.begin(), sources.end());
    } else if (!excluded) {
      excluded = sources;
    } else {
      Addresses both;
      std::set_intersection(excluded->begin(), excluded->end(), sources.begin(), sources.end(),
                            std::back_inserter(both));
      excluded = std::move(both);
    }
  }
  MakeSet(included);
  if (!excluded) return {FilterMode::kInclude, std::move(included)};
  Filter<Family> merged{FilterMode::kExclude, {}};
  std::set_difference(excluded->begin(), excluded->end(), included.begin(), included.end(),
                      std::back_inserter(merged.sources));
  return merged;
}

template class Wants<Ipv4>;
template class Wants<Ipv6>;

}  // namespace mgmd::membership
