#include <algorithm>
#include <map>
#include <utility>

#include "control/config/sections.h"

namespace mgmd::config {
namespace {

ProtocolModule ReadModule(const std::string& name, Table table) {
  ProtocolModule module;
  if (!IsName(name)) table.Fail(Quoted(name) + " is no name", kNameRule);
  Assign(&module.module, table.Require("module").String("the path of a shared object; only \"static\" is built in"));
  Assign(&module.component, table.Get("component").Integer(0, UINT32_MAX));
  if (auto options = table.Get("options").AsTable()) {
    for (const Member& member : options->members()) {
      if (const auto value = options->At(member).Scalar()) module.options.emplace_back(member.key, *value);
    }
  }
  table.Finish();
  return module;
}

// The key that counts most often, and how often.
template <class Key>
std::pair<Key, size_t> Largest(const std::map<Key, size_t>& counts) {
  const auto largest =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return largest == counts.end() ? std::pair<Key, size_t>() : std::pair<Key, size_t>(*largest);
}

// The static protocol's mroutes have entries from the start on, all of which the limits of entries have to let in,
// those of each family by themselves.
template <class Family>
void CheckMfes(const Table& table, const Config& config, const StaticMroutes<Family>& mroutes) {
  const auto check = [&table](size_t count, const std::string& which, const std::string& key, uint32_t most) {
    if (most == 0 || count <= most) return;
    table.Fail("there are " + std::to_string(count) + " " + std::string(Family::kName) + " mroutes" + which,
               "at most limits." + key + ", " + std::to_string(most));
  };
  std::map<uint32_t, size_t> of_interface;
  std::map<typename Family::Address, size_t> of_group;  // with a source
  for (const StaticMroute<Family>& mroute : mroutes) {
    ++of_interface[mroute.from.index];
    if (mroute.source) ++of_group[mroute.group.address()];
  }
  const size_t all = mroutes.size();
  check(all, "", "mfes", config.limits.mfes);
  check(all, "", "mfes_per_owner", config.limits.mfes_per_owner);
  const auto [from, from_mroutes] = Largest(of_interface);
  const Interface* const interface = config.Find(InterfaceId{.index = from, .next_hop = {}});
  check(from_mroutes, " from " + Quoted(interface == nullptr ? "" : interface->name), "mfes_per_interface",
        config.limits.mfes_per_interface);
  const auto [group, group_mroutes] = Largest(of_group);
  check(group_mroutes, " of " + group.ToString(), "mfes_per_group", config.limits.mfes_per_group);
}

}  // namespace

void ReadProtocols(Table& root, const InterfaceNames& names, const BuiltRooms& rooms, Config* config) {
  auto protocols = root.Get("protocol").AsTable();
  if (!protocols) return;
  for (const Member& member : protocols->members()) {
    auto table = protocols->At(member).AsTable();
    if (!table) continue;
    if (member.key == "static") {
      StaticProtocol protocol;
      ReadStaticProtocol(*table, names, rooms, config->control.ssm, &protocol);
      ForEachFamily([&]<class Family>() { CheckMfes<Family>(*table, *config, protocol.mroutes.of<Family>()); });
      config->protocols.insert(config->protocols.begin(), {member.key, std::move(protocol)});
    } else {
      config->protocols.push_back({member.key, ReadModule(member.key, *table)});
    }
  }
}

}  // namespace mgmd::config
